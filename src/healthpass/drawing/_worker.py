"""The processes that read pictures: started when they are needed, kept for the next picture, ended when they fail.

A process of its own, because no decoder can be stopped from outside otherwise. It is a plain program behind two
pipes, and not `multiprocessing`, which would run the caller's main program again.
"""

import atexit
import json
import os
import subprocess
import sys
import threading
from collections.abc import Iterator, Sequence
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import Any, Final

from healthpass.words._logging import logger

_LOG: Final = logger("scan")
_PROGRAM: Final = Path(__file__).with_name("_reading.py")
_TIME: Final = 60.0  # seconds by the clock, where the system cannot bound the processor time
_MAX_ANSWER: Final = 4 * 1024 * 1024  # bytes; hundreds of codes
_CHUNK: Final = 1 << 16  # bytes


class WorkerFailedError(Exception):
    """The process has ended without an answer: the picture took too long, or broke it."""


class _Worker:
    """A process that reads one picture after the other."""

    def __init__(self) -> None:
        run = f"runpy.run_path({str(_PROGRAM)!r}, run_name='__main__')"
        path = [entry for entry in sys.path if isinstance(entry, str)]  # Python passes over what is none
        start = f"import runpy, sys; sys.path[:] = {path!r}; {run}"
        self._process = subprocess.Popen(  # noqa: S603 - nothing of it comes from a stranger
            [_python(), "-I", "-c", start],
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            stderr=subprocess.DEVNULL,
            bufsize=0,  # no lock and no unsent bytes, which a fork would copy as they are at that moment
            creationflags=getattr(subprocess, "CREATE_NO_WINDOW", 0),
        )
        self._late = False

    @property
    def alive(self) -> bool:
        return self._process.poll() is None and not self._late

    def ask(self, request: dict[str, Any], data: bytes) -> dict[str, Any]:
        """Send a request with the bytes of a picture, and wait for the answer.

        Raises:
            WorkerFailedError: when there is none.
        """
        limit = threading.Timer(_TIME, self._end_late)
        limit.daemon = True
        limit.start()
        try:
            with suppress(BrokenPipeError):  # then there is no answer either
                self._send(json.dumps({**request, "bytes": len(data)}).encode("ascii") + b"\n")
                self._send(data)
            line = self._line()
        finally:
            limit.cancel()
        if not line.endswith(b"\n"):
            _LOG.warning("a picture took too long to read, or broke its decoder")
            raise WorkerFailedError
        answer: dict[str, Any] = json.loads(line)
        return answer

    def _send(self, data: bytes) -> None:
        assert self._process.stdin is not None  # noqa: S101 - it is a pipe
        left = memoryview(data)
        while left:
            left = left[self._process.stdin.write(left) :]

    def _line(self) -> bytearray:
        assert self._process.stdout is not None  # noqa: S101 - it is a pipe
        line = bytearray()
        while not line.endswith(b"\n") and len(line) <= _MAX_ANSWER:
            part = self._process.stdout.read(_CHUNK)
            if not part:
                break
            line += part
        return line

    def _end_late(self) -> None:
        self._late = True
        self._process.kill()

    def end(self) -> None:
        """End the process, whatever it does."""
        self._process.kill()
        self._close()
        self._process.wait()

    def forget(self) -> None:
        """Leave the process to the program that has started it: this one was forked from that."""
        self._close()
        self._process.returncode = 0  # nobody waits for it here

    def _close(self) -> None:
        for pipe in (self._process.stdin, self._process.stdout):
            with suppress(OSError):
                if pipe is not None:
                    pipe.close()


class _Workers:
    """At most one process a processor, each used by one thread at a time."""

    def __init__(self) -> None:
        self._all: set[_Worker] = set()
        self.begin()

    def begin(self) -> None:
        """Begin without any process: at first, and in a program that was forked."""
        for worker in self._all:
            worker.forget()
        self._all = set()
        self._idle: list[_Worker] = []
        self._lock = threading.Lock()
        self._places = threading.BoundedSemaphore(os.cpu_count() or 1)

    @contextmanager
    def one(self) -> Iterator[_Worker]:
        """Lend a process; one that has failed is ended."""
        with self._places:
            worker = self._take()
            try:
                yield worker
            except BaseException:  # also an interrupt: an answer may still be on its way
                self._end(worker)
                raise
            with self._lock:
                self._idle.append(worker)

    def _take(self) -> _Worker:
        while True:
            with self._lock:
                worker = self._idle.pop() if self._idle else None
                if worker is None:
                    worker = _Worker()
                    self._all.add(worker)
                    return worker
            if worker.alive:
                return worker
            self._end(worker)

    def _end(self, worker: _Worker) -> None:
        with self._lock:
            self._all.discard(worker)
        worker.end()

    def end(self) -> None:
        """End all of them."""
        for worker in tuple(self._all):
            self._end(worker)


_workers: Final = _Workers()
atexit.register(_workers.end)
if hasattr(os, "register_at_fork"):
    os.register_at_fork(after_in_child=_workers.begin)


def read(data: bytes, size: tuple[int, int] | None, prefixes: Sequence[str]) -> dict[str, Any]:
    """Have a process read a picture.

    Args:
        data: the bytes of a file, or of grey pixels.
        size: width and height of the grey pixels.
        prefixes: what the texts that are wanted begin with.

    Returns:
        What `_reading` answers.

    Raises:
        WorkerFailedError: when the picture took too long or broke the process.
        OSError: when no process can be started.
    """
    with _workers.one() as worker:
        return worker.ask({"size": size, "prefixes": [*prefixes]}, data)


def _python() -> str:
    """Find the interpreter: in a program that embeds Python, `sys.executable` may be that program."""
    here = Path(sys.executable or "")
    if here.stem.lower().startswith(("python", "pypy")):
        return str(here)
    folder, name = Path(sys.exec_prefix), f"python{sys.version_info.major}.{sys.version_info.minor}"
    for found in (folder / "bin" / name, folder / "bin" / "python3", folder / "python.exe"):
        if found.exists():
            return str(found)
    raise OSError(f"pictures are read in a process of their own, and no Python interpreter was found in {folder}")
