"""`exec:PROGRAM [ARGS]`: a program that signs, such as a bridge to a KMS.

There is no thread: whoever signs holds the lock, writes
requests and reads answers at once, so that several requests are under way and neither side waits for the other.
"""

import base64
import binascii
import os
import selectors
import shlex
import subprocess
import threading
import time
from collections.abc import Iterator, Sequence
from contextlib import suppress
from signal import Signals
from typing import IO, Any, Final, NoReturn

from healthpass.codec._cose import SIGNATURE_SIZE
from healthpass.codec._keys import PublicKey
from healthpass.credential._holder import harmless
from healthpass.signers._errors import SignerError, checked
from healthpass.signers._secrets import why
from healthpass.words._errors import SignatureError
from healthpass.words._logging import logger

_LOG: Final = logger("signers")
MAX_LINE: Final = 1024  # bytes of what the program says, with the line's end
MAX_MESSAGE: Final = 1 << 24  # bytes; the largest registry has fewer
IN_FLIGHT: Final = 64  # requests that wait for their answers
_GREETING: Final = b"healthpass-bridge 1 "
_REFUSAL: Final = b"error: "
_UNASKED: Final = "answers more than it was asked"
_SHOWN: Final = 200  # characters of what it says
_PATIENCE: Final = 5.0  # seconds for its end


class Bridge:
    """A key behind a program, which runs until it is closed. Several threads may use it."""

    def __init__(self, command: str, timeout: float) -> None:
        arguments = _split(command)
        self._who = f"the program {arguments[0]!r}"
        self._timeout = timeout
        self._lock = threading.Lock()
        self._owner = os.getpid()
        self._said = bytearray()  # by the program, and not taken yet
        self._end = ""  # why nothing is signed any more
        self._process, self._input, self._output = _start(arguments, self._who)
        _LOG.debug("started %s", self._who)
        try:
            self.public_key = self._greeting()
        except BaseException:
            self._stop()
            raise

    def sign(self, message: bytes) -> bytes:
        """Have a message signed, and verify the signature.

        Raises:
            TypeError: when `message` is not `bytes`.
            SignerError: when the program refuses, is silent for too long, ends, or says something else.
            SignatureError: `bad-signature`, when the signature does not verify.
        """
        return self.sign_many([message])[0]

    def sign_many(self, messages: Sequence[bytes]) -> list[bytes]:
        """Have messages signed, with up to 64 requests under way, and verify the signatures.

        Raises:
            TypeError: as `sign`.
            SignerError: as `sign`.
            SignatureError: as `sign`.
        """
        for message in messages:
            if not isinstance(message, bytes):
                raise TypeError(f"a message must be bytes, not {type(message).__name__}")
            if len(message) > MAX_MESSAGE:
                raise SignerError(f"a message has at most {MAX_MESSAGE:,} bytes, not {len(message):,}")
        with self._lock:
            if os.getpid() != self._owner:
                raise SignerError(f"{self._who} belongs to another process: open the key after the fork")
            if self._end:
                raise SignerError(self._end)
            try:
                answers = self._exchange(messages)
                return [self._signature(*pair) for pair in zip(answers, messages, strict=True)]
            except SignatureError as error:  # nothing is believed any more
                self._end = f"{self._who} was ended: {error.message}"
                self._stop()
                raise
            except BaseException as error:
                if not isinstance(error, SignerError):  # an interrupt: answers would come to the next question
                    self._end = f"{self._who} was ended by an interruption"
                    self._stop()
                raise

    def close(self) -> None:
        """End the program: its input ends, and it has 5 seconds to go by itself."""
        if os.getpid() != self._owner:
            return
        with self._lock:
            self._end = self._end or f"the key behind {self._who} is closed"
            with suppress(OSError):
                self._input.close()
            with suppress(subprocess.TimeoutExpired):
                self._process.wait(_PATIENCE)
            self._stop()

    def _greeting(self) -> PublicKey:
        until = time.monotonic() + self._timeout
        with selectors.DefaultSelector() as selector:
            selector.register(self._output, selectors.EVENT_READ)
            while (line := self._line()) is None:
                self._wait(selector, until)
                self._receive()
        if line.startswith(_REFUSAL):
            self._fail(f"cannot sign: {_shown(line.removeprefix(_REFUSAL))}")
        if not line.startswith(_GREETING):
            self._fail(f"must begin with {_GREETING.decode()!r} and a public key in base64, not {_shown(line)!r}")
        try:
            return PublicKey(base64.b64decode(line.removeprefix(_GREETING), validate=True))
        except ValueError as error:
            self._fail(f"begins with no public key in base64: {error}")

    def _exchange(self, messages: Sequence[bytes]) -> list[bytes]:
        """Write requests and read answers. After a refusal only the requests under way are answered.

        Raises:
            SignerError: when one is refused, or the program does not keep to the protocol, which ends it.
        """
        answers: list[bytes] = []
        wanted, sent, request = len(messages), 0, memoryview(b"")
        until = time.monotonic() + self._timeout
        with selectors.DefaultSelector() as selector:
            selector.register(self._output, selectors.EVENT_READ)
            while len(answers) < wanted:
                if not request and sent < wanted and sent - len(answers) < IN_FLIGHT:
                    request = memoryview(base64.b64encode(messages[sent]) + b"\n")
                    sent += 1
                    selector.register(self._input, selectors.EVENT_WRITE)
                ready = self._wait(selector, until)
                if self._input in ready and not (request := self._write(request)):
                    selector.unregister(self._input)
                if self._output in ready:
                    self._receive()
                for line in self._lines(sent - len(answers)):
                    answers.append(line)
                    until = time.monotonic() + self._timeout
                    wanted = sent if line.startswith(_REFUSAL) else wanted
        if self._said or request:
            self._fail(_UNASKED)
        refusals = [answer for answer in answers if answer.startswith(_REFUSAL)]
        if refusals:
            raise SignerError(f"{self._who} refuses to sign: {_shown(refusals[0].removeprefix(_REFUSAL))}")
        return answers

    def _signature(self, answer: bytes, message: bytes) -> bytes:
        try:
            signature = base64.b64decode(answer, validate=True)
        except binascii.Error:
            signature = b""
        if len(signature) != SIGNATURE_SIZE:
            self._fail("answers no signature of 64 bytes in base64")
        return checked(signature, message, self.public_key, self._who)

    def _wait(self, selector: selectors.BaseSelector, until: float) -> set[Any]:
        """Return which of the pipes are ready."""
        ready = {key.fileobj for key, _ in selector.select(max(0.0, until - time.monotonic()))}
        if not ready or time.monotonic() > until:
            self._fail(f"has not answered within {self._timeout:g} s")
        return ready

    def _write(self, request: memoryview) -> memoryview:
        """Write what the pipe takes, and return the rest."""
        try:
            return request[os.write(self._input.fileno(), request) :]
        except BlockingIOError:
            return request
        except OSError:
            self._gone()

    def _receive(self) -> None:
        try:
            data = os.read(self._output.fileno(), MAX_LINE)
        except BlockingIOError:
            return
        if not data:
            self._gone()
        self._said += data

    def _lines(self, at_most: int) -> Iterator[bytes]:
        """Give the whole lines that are there."""
        while (line := self._line()) is not None:
            if not at_most:
                self._fail(_UNASKED)
            at_most -= 1
            yield line

    def _line(self) -> bytes | None:
        """Take the next whole line."""
        size = self._said.find(b"\n", 0, MAX_LINE)
        if size < 0 and len(self._said) >= MAX_LINE:
            self._fail(f"writes a line of more than {MAX_LINE:,} bytes")
        if size < 0:
            return None
        line = bytes(self._said[:size])
        del self._said[: size + 1]
        return line

    def _gone(self) -> NoReturn:
        try:
            code = self._process.wait(1)
        except subprocess.TimeoutExpired:
            self._fail("has closed its output")
        how = f"by {_named(-code)}" if code < 0 else f"with exit code {code}"
        with suppress(OSError):
            self._said += os.read(self._output.fileno(), MAX_LINE)
        last = bytes(self._said[:MAX_LINE]).partition(b"\n")[0]
        if last.startswith(_REFUSAL):
            how = f"{how}: {_shown(last.removeprefix(_REFUSAL))}"
        self._fail(f"has ended {how}")

    def _fail(self, said: str) -> NoReturn:
        """End the program, for good: what it says after this belongs to nothing that was asked."""
        self._end = f"{self._who} {said}"
        _LOG.error("%s", self._end)
        self._stop()
        raise SignerError(self._end)

    def _stop(self) -> None:
        for end in (self._process.terminate, self._process.kill):
            if self._process.poll() is None:
                end()
                with suppress(subprocess.TimeoutExpired):
                    self._process.wait(1)
        for pipe in (self._input, self._output):
            with suppress(OSError):
                pipe.close()


def _named(number: int) -> str:
    try:
        return Signals(number).name
    except ValueError:  # most real-time signals have no name
        return f"signal {number}"


def _split(command: str) -> list[str]:
    try:
        arguments = shlex.split(command)
    except ValueError as error:
        raise SignerError(f"exec: names no program that can be read: {error}") from None
    if not arguments:
        raise SignerError("exec: names no program")
    return arguments


def _start(arguments: list[str], who: str) -> tuple[subprocess.Popen[bytes], IO[bytes], IO[bytes]]:
    if os.name != "posix":
        raise SignerError("exec: needs a POSIX system, such as Linux")
    try:
        # No shell. It has these two pipes, our standard error and our environment, and no other file of ours.
        pipe = subprocess.PIPE
        process = subprocess.Popen(arguments, stdin=pipe, stdout=pipe, bufsize=0, close_fds=True)  # noqa: S603
    except (OSError, ValueError) as error:
        raise SignerError(f"cannot start {who}: {why(error)}") from error
    assert process.stdin is not None  # noqa: S101 - both are pipes
    assert process.stdout is not None  # noqa: S101
    os.set_blocking(process.stdin.fileno(), False)
    os.set_blocking(process.stdout.fileno(), False)
    return process, process.stdin, process.stdout


def _shown(line: bytes) -> str:
    return harmless(line.decode("utf-8", "replace")[:_SHOWN])
