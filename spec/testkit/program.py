"""A program under test: it is asked one line at a time, and may crash, hang or babble without harm."""

from __future__ import annotations

import contextlib
import os
import queue
import signal
import subprocess
import threading
from typing import TYPE_CHECKING, Final

if TYPE_CHECKING:
    from collections.abc import Sequence

LINE_LIMIT: Final = 1 << 20  # bytes of an answer; what is longer is no answer

Lines = queue.Queue[bytes | None]


class NoAnswerError(Exception):
    """The program gave no answer to a case; the message says how."""


def _read(process: subprocess.Popen[bytes], lines: Lines) -> None:
    if process.stdout:
        with contextlib.suppress(OSError, ValueError):
            while line := process.stdout.readline(LINE_LIMIT):
                lines.put(line)
    lines.put(None)


def _send(process: subprocess.Popen[bytes], line: bytes) -> None:
    # A program that has ended, or does not read, shows itself by the answer that does not come.
    if process.stdin:
        with contextlib.suppress(OSError, ValueError):
            process.stdin.write(line)
            process.stdin.flush()


class Program:
    """A command that reads one case a line and answers one line each.

    It is started when it is needed, and again whenever it has ended or had to be ended.

    Attributes:
        has_answered: Whether it has written any line yet.
    """

    def __init__(self, command: Sequence[str], timeout: float) -> None:
        self._command = list(command)
        self._timeout = timeout
        self.has_answered = False
        self._process: subprocess.Popen[bytes] | None = None
        self._lines: Lines = queue.Queue()

    def _start(self) -> subprocess.Popen[bytes]:
        pipe = subprocess.PIPE
        process = subprocess.Popen(self._command, stdin=pipe, stdout=pipe, start_new_session=True)  # noqa: S603
        self._process, self._lines = process, queue.Queue()
        threading.Thread(target=_read, args=(process, self._lines), daemon=True).start()
        return process

    def stop(self) -> None:
        """End the program and whatever it started."""
        process, self._process = self._process, None
        if process is None:
            return
        with contextlib.suppress(OSError):
            if hasattr(os, "killpg"):
                os.killpg(process.pid, signal.SIGKILL)
            else:
                process.kill()
        process.wait()
        for pipe in (process.stdin, process.stdout):
            if pipe:
                with contextlib.suppress(OSError):
                    pipe.close()

    def ask(self, line: bytes) -> bytes:
        """Send one line and return the answer.

        Args:
            line: The case, with its newline.

        Returns:
            The answer, with its newline.

        Raises:
            NoAnswerError: The program ended, or did not answer in time. It is started again for the next case.
            OSError: The program cannot be started.
        """
        while not self._lines.empty() and self._process:
            if self._lines.get() is not None:  # a line too many: the next answers would belong to other cases
                self.stop()
                raise NoAnswerError("an answer of several lines to the case before")
            self.stop()
        fresh = self._process is None
        process = self._process or self._start()
        threading.Thread(target=_send, args=(process, line), daemon=True).start()
        try:
            answer = self._lines.get(timeout=self._timeout)
        except queue.Empty:
            self.stop()
            raise NoAnswerError(f"no answer within {self._timeout:g} s") from None
        if answer is not None:
            self.has_answered = True
            return answer
        self.stop()
        if not fresh:  # it had ended after its last answer, as it may
            return self.ask(line)
        raise NoAnswerError(f"ended without an answer, exit code {process.returncode}")
