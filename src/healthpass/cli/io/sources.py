"""What is judged or inspected: a text, standard input, or the codes in a picture."""

import re
import sys
from collections.abc import Callable, Iterator, Sequence
from itertools import islice
from pathlib import Path
from typing import BinaryIO, Final, TypeVar

from healthpass import MalformedError, Verdict, VerificationError
from healthpass.cli.errors import CANNOT_JUDGE, CommandError, needing, why
from healthpass.cli.io.files import some_of, unbuffered
from healthpass.cli.io.readers import misread

STANDARD_INPUT: Final = "-"
_MAX_LINE: Final = 16_384  # bytes; a health code's text has fewer, and `verify` says how many it may have
_AT_ONCE: Final = 65_536
_LINE_END: Final = re.compile(rb"[\r\n]")
# Also in small letters, which are wrong: that is for the verdict to say.
_PREFIX: Final = re.compile(r"\s*HP[PCEK]?[0-9]*:", re.IGNORECASE)
_FILE: Final = re.compile(r"(?:[A-Za-z]:)?[^:]*(?:[/\\][^:]*|\.[A-Za-z]{3,4})")

_Judged = TypeVar("_Judged")


class NoCodeError(VerificationError):
    """There is no health code to judge.

    Args:
        message: what was found.
        hint: what to do about it.
        unread: whether there is not even a picture, or a line of input.
    """

    def __init__(self, message: str, hint: str | None = None, *, unread: bool = True) -> None:
        super().__init__(Verdict.NO_CODE, message)
        self.hint = hint
        self.unread = unread

    def __str__(self) -> str:
        return self.message


def each(source: str, judge: Callable[[str], _Judged]) -> Iterator[_Judged | VerificationError]:
    """Find out what `TOKEN|-|IMAGE` is, and judge each of its texts.

    Args:
        source: the argument.
        judge: what is done with a text.

    Yields:
        What came of each: what `judge` returns, or the error that it raises; at last a `NoCodeError`, when there
        is no code, or the rest cannot be read.

    Raises:
        CommandError: when the `scan` extra is missing.
    """
    try:
        for text in _texts(source):
            yield judged(text, judge)
    except NoCodeError as error:
        yield error


def judged(text: str | VerificationError, judge: Callable[[str], _Judged]) -> _Judged | VerificationError:
    """Judge one text, or hand on why there is none: what `judge` returns, or the error that it raises."""
    if isinstance(text, VerificationError):
        return text
    try:
        return judge(text)
    except VerificationError as error:
        return (misread(text, error) if error.verdict is Verdict.MALFORMED_TEXT else None) or error


def read_one(source: str, prefixes: Sequence[str] | None = None) -> str:
    """Read the one text of a command that does something with one.

    Args:
        source: the argument, `TOKEN|-|IMAGE`.
        prefixes: which codes of a picture are meant; health codes when left out.

    Raises:
        CommandError: when there is none, or more than one.
    """
    try:
        text, *more = islice(_texts(source, prefixes), 2)
    except NoCodeError as error:
        raise CommandError(error.message, hint=error.hint) from error
    if more:
        where = "standard input" if source == STANDARD_INPUT else repr(source)
        raise CommandError(f"{where} holds more than one code", hint="give the one that is meant")
    if isinstance(text, MalformedError):
        raise CommandError(text.message)
    return text


def _texts(source: str, prefixes: Sequence[str] | None = None) -> Iterator[str | MalformedError]:
    """Give the texts, or the verdict on what cannot even be one; one at least, or a `NoCodeError`."""
    if source == STANDARD_INPUT:
        if sys.stdin is None:
            raise NoCodeError("standard input is closed")
        # Who waits at a gate has the answer before more is read.
        for texts in coming(unbuffered(sys.stdin.buffer), sys.stdout.flush):
            yield from texts
    elif not _PREFIX.match(source) and (_exists(source) or _FILE.fullmatch(source)):
        yield from _scanned(Path(source), prefixes)
    else:
        yield source


def _scanned(picture: Path, prefixes: Sequence[str] | None) -> Iterator[str]:
    with needing("scan", "reading pictures", exit_code=CANNOT_JUDGE):
        from healthpass import scan  # noqa: PLC0415 - a text is judged without loading Pillow
    name = repr(str(picture))
    try:
        found = scan.scan(picture) if prefixes is None else scan.scan(picture, prefixes=prefixes)
    except scan.NotAHealthCodeError as error:
        raise NoCodeError(f"{name}: {error}", unread=False) from error
    except scan.PictureError as error:
        hint = "PNG, JPEG and WebP are read; texts, one a line: healthpass verify - < FILE"
        raise NoCodeError(f"{name}: {error}", hint) from error
    except FileNotFoundError as error:
        hint = "give a text that starts with HP1:, a picture, or - for standard input"
        raise NoCodeError(f"cannot read {name}: no such file", hint) from error
    except OSError as error:
        raise NoCodeError(f"cannot read {name}: {why(error)}") from error
    yield from found.texts
    if found.unread:
        codes = "1 more code is" if found.unread == 1 else f"{found.unread} more codes are"
        raise NoCodeError(f"{name}: {codes} in the picture and cannot be read: take one of each", unread=False)


def coming(
    stream: BinaryIO, before_waiting: Callable[[], object] = lambda: None
) -> Iterator[list[str | MalformedError]]:
    """Give the lines as they come in; nothing but the line's end is taken off. Empty ones are no scans.

    Args:
        stream: where they come from.
        before_waiting: what is done before more is read, which may take any time.

    Raises:
        NoCodeError: when there was no line, or the rest cannot be read.
    """
    empty = True
    for lines in _ended(stream, before_waiting):
        if texts := [_text(line) for line in lines if line.strip()]:
            empty = False
            yield texts
    if empty:
        raise NoCodeError("standard input is empty", "give one text a line")


def _text(line: bytes) -> str | MalformedError:
    if len(line) > _MAX_LINE:
        return MalformedError(Verdict.MALFORMED_TEXT, "the line is longer than any health code")
    try:
        return line.decode("utf-8")
    except UnicodeDecodeError:
        return MalformedError(Verdict.MALFORMED_TEXT, "the line is not UTF-8")


def _ended(stream: BinaryIO, before_waiting: Callable[[], object]) -> Iterator[list[bytes]]:
    """Cut a stream at each LF, CR or CR LF, as soon as the CR is there: hand-held readers send that alone.

    Between the two of a CR LF stands an empty line then, which is no scan. Of a line that is too long only the
    beginning is kept, one byte more than is allowed.
    """
    line = b""
    before_waiting()
    while some := _read_some(stream):
        *whole, rest = _LINE_END.split(some)
        if whole:
            whole[0] = line + whole[0]
            line = b""
            yield [part[: _MAX_LINE + 1] for part in whole]
        line = (line + rest)[: _MAX_LINE + 1]
        before_waiting()
    yield [line]


def _read_some(stream: BinaryIO) -> bytes:
    try:
        return some_of(stream, _AT_ONCE)
    except OSError as error:
        raise NoCodeError(f"cannot read standard input: {why(error)}") from error


def _exists(name: str) -> bool:
    try:
        return bool(name) and Path(name).exists()  # "" is a text, and the current folder to Path
    except (OSError, ValueError):  # too long for a name, or with a null character: a text then
        return False
