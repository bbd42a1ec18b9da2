"""`healthpass verify --jobs`: processes that judge side by side, and answers in the order of the texts.

A process is a plain program behind two pipes, and no `multiprocessing`, which would run the caller's main program
again. It reads what was asked, then a text a line, and writes an answer a line. What holds over a whole run is
judged in this process alone, in order: presentations, of which each passes once, and a nonce, which is for one.

A thread hands out the texts as they come, and waits where the processes are behind: pipes and queue are bounded.
"""

import io
import json
import os
import queue
import subprocess
import sys
import threading
from collections import deque
from collections.abc import Callable, Iterator
from contextlib import suppress
from itertools import groupby
from typing import Any, BinaryIO, Final, NamedTuple, Self

from healthpass import VerificationError
from healthpass.cli.errors import CANNOT_JUDGE, CommandError, unforeseen, why
from healthpass.cli.io.files import unbuffered
from healthpass.cli.io.sources import NoCodeError, coming
from healthpass.cli.judging import Asked, Gate, Told
from healthpass.cli.language import speak
from healthpass.cli.show.plain import text_of

_PRESENTATION: Final = "HPP"  # in any version; no text that begins otherwise is judged as a presentation
_BATCH: Final = 16  # texts; few, so that all processes have some of what has come at once
_WAITING: Final = 64  # batches that may wait for their answers to be written
_CHUNK: Final = 1 << 16  # bytes
_FAILED: Final = b"!"  # before what a process has to say; before an answer stands its exit code
_PROGRAM: Final = "import sys; sys.path[:] = {!a}; from healthpass.cli.jobs import work; work()"


class _Process:
    """A process that answers texts."""

    def __init__(self, asked: Asked) -> None:
        # In a group of its own: Ctrl-C is for the process that people see, and that ends this one.
        alone: dict[str, Any] = {"process_group": 0}
        if sys.platform == "win32":
            alone = {"creationflags": subprocess.CREATE_NEW_PROCESS_GROUP | subprocess.CREATE_NO_WINDOW}
        path = [entry for entry in sys.path if isinstance(entry, str)]
        # -I ignores PYTHONUTF8, which says how the names of files are written.
        self._process = subprocess.Popen(  # noqa: S603 - nothing of it comes from a stranger
            [sys.executable, "-I", "-X", f"utf8={sys.flags.utf8_mode}", "-c", _PROGRAM.format(path)],
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            stderr=subprocess.DEVNULL,
            bufsize=0,  # no lock that a thread could hold while another one closes the pipe
            **alone,
        )
        self._styled = asked.styled
        self._lines: deque[bytes] = deque()
        self._rest = b""
        self._asked = self._answered = 0  # each is counted by one thread
        self._send(json.dumps(asked._asdict()).encode() + b"\n")

    @property
    def unanswered(self) -> int:
        """How many of its answers have not been taken yet."""
        return self._asked - self._answered

    def ask(self, texts: list[str]) -> None:
        """Hand texts out."""
        self._asked += len(texts)
        self._send("".join([f"{text}\n" for text in texts]).encode())

    def _send(self, data: bytes) -> None:
        assert self._process.stdin is not None  # noqa: S101 - it is a pipe
        left = memoryview(data)
        with suppress(BrokenPipeError):  # then it has ended, and so do its answers
            while left:
                left = left[self._process.stdin.write(left) :]

    def answers(self, count: int, before_waiting: Callable[[], None]) -> Iterator[Told]:
        """Give so many answers.

        Raises:
            CommandError: when it could not go on.
        """
        for _ in range(count):
            line = self._line(before_waiting)
            exit_code, answer = line[:1], line[1:].decode()
            if exit_code == _FAILED:
                failed = json.loads(answer)
                raise CommandError(*failed["problems"], hint=failed["hint"], exit_code=failed["exit_code"])
            yield Told(int(exit_code), json.loads(answer) if self._styled else [answer])
            self._answered += 1

    def _line(self, before_waiting: Callable[[], None]) -> bytes:
        assert self._process.stdout is not None  # noqa: S101 - it is a pipe
        while not self._lines:
            before_waiting()
            part = self._process.stdout.read(_CHUNK)
            if not part:
                problem = "a process of --jobs has ended before it had judged all codes"
                raise CommandError(problem, hint="--jobs 1 judges without any", exit_code=CANNOT_JUDGE)
            *whole, self._rest = (self._rest + part).split(b"\n")
            self._lines.extend(whole)
        return self._lines.popleft()

    def no_more(self) -> None:
        """Say that no text follows."""
        with suppress(OSError):
            if self._process.stdin is not None:
                self._process.stdin.close()

    def end(self) -> None:
        """End the process, whatever it does."""
        self._process.kill()
        self._process.wait()
        for pipe in (self._process.stdin, self._process.stdout):
            with suppress(OSError):
                if pipe is not None:
                    pipe.close()


class _Out(NamedTuple):
    """How many texts a process was handed at once."""

    process: _Process
    texts: int


class Jobs:
    """Processes that share the texts of a stream. Use it as a context, which ends them.

    Args:
        asked: what was asked.
        gate: judges here what is not shared.
        count: how many processes.

    Raises:
        CommandError: when one cannot be started.
    """

    def __init__(self, asked: Asked, gate: Gate, count: int) -> None:
        self._gate = gate
        self._processes: list[_Process] = []
        self._queue: queue.Queue[_Out | list[str | VerificationError] | BaseException | None] = queue.Queue(
            _WAITING
        )
        self._over = False
        try:
            for _ in range(count):
                self._processes.append(_Process(asked))
        except OSError as error:
            self._end()
            raise CommandError(f"cannot start a process: {why(error)}", exit_code=CANNOT_JUDGE) from error

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self._end()

    def _end(self) -> None:
        self._over = True
        for process in self._processes:
            process.end()
        with suppress(queue.Empty):  # a thread that waits for a place gets one, and sees that it is over
            while True:
                self._queue.get_nowait()

    def answers(self, stream: BinaryIO, before_waiting: Callable[[], None]) -> Iterator[Told]:
        """Answer each text of a stream, in their order.

        Args:
            stream: the stream; the thread that reads it cannot be ended, and ends with the program.
            before_waiting: what is done before anything is waited for.

        Raises:
            NoCodeError: when there was no text, or the rest cannot be read.
            CommandError: when a process could not go on.
        """
        # Without its buffer, whose lock a thread that waits for input would hold at the end of the program.
        threading.Thread(target=self._hand_out, args=(unbuffered(stream),), daemon=True).start()
        while True:
            if self._queue.empty():
                before_waiting()
            match self._queue.get():
                case _Out(process, texts):
                    yield from process.answers(texts, before_waiting)
                case list(texts):
                    yield from map(self._gate.tell, texts)
                case None:
                    return
                case error:
                    raise error

    def _hand_out(self, stream: BinaryIO) -> None:
        end: BaseException | None = None
        try:
            for texts in coming(stream):
                for shared, group in groupby(texts, _is_shared):
                    self._hand_on([*group], shared=shared)
                    if self._over:
                        return
        except BaseException as error:  # noqa: BLE001 - it is raised where the answers are awaited
            end = error
        for process in self._processes:
            process.no_more()
        self._queue.put(end)

    def _hand_on(self, texts: list[Any], *, shared: bool) -> None:
        for start in range(0, len(texts), _BATCH):
            batch = texts[start : start + _BATCH]
            if self._over:
                return
            if not shared:
                self._queue.put(batch)
                continue
            process = min(self._processes, key=lambda process: process.unanswered)
            self._queue.put(_Out(process, len(batch)))
            process.ask(batch)


def _is_shared(text: str | VerificationError) -> bool:
    return isinstance(text, str) and not text.startswith(_PRESENTATION)


def work() -> None:
    """Answer texts, as one of the processes of `Jobs`."""
    questions = sys.stdin.buffer
    with suppress(BrokenPipeError), open(os.dup(sys.stdout.fileno()), "wb") as answers:  # noqa: PTH123
        asked = Asked(**json.loads(questions.readline()))
        # What is written to standard output would be taken for an answer; its encoding says how JSON is written.
        speak(asked.language)
        sys.stdout = io.TextIOWrapper(io.BytesIO(), encoding=asked.encoding)
        answers.writelines(line.encode() for line in _work(asked, questions, answers.flush))


def _work(asked: Asked, questions: BinaryIO, before_waiting: Callable[[], None]) -> Iterator[str]:
    try:
        gate = Gate(asked)
        for texts in coming(questions, before_waiting):
            for text in texts:
                exit_code, parts = gate.tell(text)
                yield f"{exit_code}{json.dumps(parts) if asked.styled else text_of(parts)}\n"
    except NoCodeError:
        pass  # no text came this way
    except CommandError as error:
        yield _failure(error.problems, error.hint, error.exit_code)
    except BrokenPipeError:
        raise
    except Exception as error:  # noqa: BLE001 - a mistake of ours is told where somebody sees it
        problem, hint = unforeseen(error)
        yield _failure((problem,), hint, CANNOT_JUDGE)


def _failure(problems: tuple[str, ...], hint: str | None, exit_code: int) -> str:
    told = json.dumps({"problems": problems, "hint": hint, "exit_code": exit_code})
    return f"{_FAILED.decode()}{told}\n"
