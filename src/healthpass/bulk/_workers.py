"""Processes that work on batches side by side: each has one at a time, and a killed one is noticed."""

import signal
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from multiprocessing import get_context, resource_tracker
from multiprocessing.connection import Connection, wait
from traceback import extract_tb
from types import TracebackType
from typing import Any, Final, NamedTuple, Self

import pyarrow as pa

from healthpass.bulk._errors import BulkError, StoppedError
from healthpass.bulk._parts import Part

_SPAWN: Final = get_context("spawn")  # a fork would copy locks and files that are open
_ENDS_WITHIN: Final = 30.0  # seconds, in which a process closes what it has opened

DoPart = Callable[[int, Any], Part]


class _Failed(NamedTuple):
    """Why a process could not do a batch."""

    kind: type[BulkError]
    message: str


class _Process:
    """A process behind a pipe."""

    def __init__(self, do_part: DoPart) -> None:
        self.pipe, its = _SPAWN.Pipe()
        self._process = _SPAWN.Process(target=_work, args=(do_part, its), daemon=True)
        try:
            self._process.start()
        finally:
            its.close()  # so that the pipe ends where the process ends

    def ask(self, number: int, batch: Any) -> None:
        """Hand a batch out."""
        with suppress(OSError):  # it has ended, and so does its answer
            self.pipe.send_bytes(number.to_bytes(8) + _packed(batch))

    def answer(self) -> Part:
        """Take the answer.

        Raises:
            BulkError: when there is none.
        """
        try:
            told = self.pipe.recv()
        except (EOFError, OSError):
            self._process.join(_ENDS_WITHIN)
            code = self._process.exitcode
            by = f"signal {-code}" if code is not None and code < 0 else f"exit code {code}"
            raise StoppedError(f"a process has ended before its work was done ({by})") from None
        if isinstance(told, _Failed):
            raise told.kind(told.message)
        part: Part = told
        return part

    def end(self, *, killed: bool) -> None:
        """End the process: at once, or when it has closed what it opened."""
        if killed:
            self._process.kill()
        self.pipe.close()
        self._process.join(_ENDS_WITHIN)
        if self._process.is_alive():
            self._process.kill()
            self._process.join()


class Workers:
    """Processes that share batches. Use it as a context, which ends them.

    Args:
        do_part: does a batch and writes its part; it is pickled.
        count: how many processes.

    Raises:
        StoppedError: when one cannot be started.
    """

    def __init__(self, do_part: DoPart, count: int) -> None:
        self._all: list[_Process] = []
        try:
            with _without_interrupts():
                for _ in range(count):
                    self._all.append(_Process(do_part))
        except OSError as error:
            self._end(killed=True)
            raise StoppedError(f"cannot start a process: {error.strerror or error}") from error

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, traceback: TracebackType | None
    ) -> None:
        self._end(killed=kind is not None)

    def _end(self, *, killed: bool) -> None:
        for process in self._all:
            process.end(killed=killed)

    def parts(self, batches: Iterator[tuple[int, Any]]) -> Iterator[Part]:
        """Have all batches done, and give their parts as they become whole, in any order.

        Raises:
            BulkError: when one cannot be done, or a process ends.
        """
        idle, busy = list(self._all), dict[Any, _Process]()
        following = next(batches, None)
        while following or busy:
            while following and idle:
                process = idle.pop()
                process.ask(*following)
                busy[process.pipe] = process
                following = next(batches, None)  # read while the processes work
            for pipe in wait(list(busy)):
                process = busy.pop(pipe)
                yield process.answer()
                idle.append(process)


def _work(do_part: DoPart, pipe: Connection) -> None:
    """Do batches until the other end of the pipe is closed."""
    with suppress(EOFError, BrokenPipeError, ConnectionResetError):  # nobody is there any more
        try:
            while True:
                message = pipe.recv_bytes()
                pipe.send(do_part(int.from_bytes(message[:8]), _unpacked(message[8:])))
        except BulkError as error:
            pipe.send(_Failed(type(error), str(error)))
        except (EOFError, ConnectionError):
            raise
        except Exception as error:  # noqa: BLE001 - a mistake of ours is told where somebody sees it
            place = extract_tb(error.__traceback__)[-1]
            # Not its message, which may hold what somebody wrote into a row.
            told = f"unforeseen {type(error).__name__} in {place.filename}, line {place.lineno}"
            pipe.send(_Failed(StoppedError, told))


@contextmanager
def _without_interrupts() -> Iterator[None]:
    """Start processes that Ctrl-C does not reach: whoever started them ends them."""
    if not hasattr(signal, "pthread_sigmask"):  # Windows
        yield
        return
    resource_tracker.ensure_running()  # it would let signals through again when it is started
    before = signal.pthread_sigmask(signal.SIG_BLOCK, {signal.SIGINT})
    try:
        yield
    finally:
        signal.pthread_sigmask(signal.SIG_SETMASK, before)


def _packed(batch: Any) -> bytes:
    sink = pa.BufferOutputStream()
    with pa.ipc.new_stream(sink, batch.schema) as writer:
        writer.write_batch(batch)
    data: bytes = sink.getvalue().to_pybytes()
    return data


def _unpacked(data: bytes) -> Any:
    with pa.ipc.open_stream(data) as reader:
        return reader.read_next_batch()
