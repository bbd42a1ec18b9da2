"""What is judged or inspected: a text, standard input, or the codes in a picture."""

import re
import sys
from collections.abc import Iterator, Sequence
from itertools import islice
from pathlib import Path
from typing import BinaryIO, Final

from healthpass import MalformedError, Verdict
from healthpass.cli.errors import CANNOT_JUDGE, CommandError, why
from healthpass.codec._text import CREDENTIAL, MAX_TEXT, PRESENTATION

STANDARD_INPUT: Final = "-"
# A character takes 4 bytes of UTF-8 at most, and a line ends with 2: what is longer is too long a text.
_MAX_LINE: Final = 4 * MAX_TEXT + 2
_SKIPPED_AT_ONCE: Final = 65_536
# Also in small letters, which are wrong: that is for the verdict to say.
_TEXT: Final = re.compile(r"\s*HP[PC]?[0-9]*:", re.IGNORECASE)
_FILE: Final = re.compile(r"(?:[A-Za-z]:)?[^:]*(?:[/\\][^:]*|\.[A-Za-z]{3,4})")

HEALTH_CODES: Final = (CREDENTIAL, PRESENTATION)


class NoCodeError(Exception):
    """There is a picture, and no health code in it."""

    verdict: Final = Verdict.NO_CODE


class NothingReadError(NoCodeError):
    """There is not even a picture, or a line of input.

    Args:
        message: what was found.
        hint: what to do about it.
    """

    def __init__(self, message: str, hint: str | None = None) -> None:
        super().__init__(message)
        self.hint = hint


def read_texts(source: str, prefixes: Sequence[str] = HEALTH_CODES) -> Iterator[str | MalformedError]:
    """Find out what `TOKEN|-|IMAGE` is, and give its texts, or the verdict on what cannot even be one.

    Args:
        source: the argument.
        prefixes: which codes of a picture are meant.

    Raises:
        NoCodeError: when it is a picture without a health code, cannot be read, or is empty.
        CommandError: when the `scan` extra is missing.
    """
    if source == STANDARD_INPUT:
        if sys.stdin is None:
            raise NothingReadError("standard input is closed")
        yield from _lines(sys.stdin.buffer)
    elif not _TEXT.match(source) and (_exists(source) or _FILE.fullmatch(source)):
        yield from _scanned(Path(source), prefixes)
    else:
        yield source


def read_one(source: str, prefixes: Sequence[str] = HEALTH_CODES) -> str:
    """Read the one text of a command that does something with one.

    Raises:
        CommandError: when there is none, or more than one.
    """
    try:
        texts = list(islice(read_texts(source, prefixes), 2))
    except NoCodeError as error:
        raise CommandError(str(error), hint=error.hint if isinstance(error, NothingReadError) else None) from error
    if len(texts) > 1:
        where = "standard input" if source == STANDARD_INPUT else repr(source)
        raise CommandError(f"{where} holds more than one code", hint="give the one that is meant")
    (text,) = texts
    if isinstance(text, MalformedError):
        raise CommandError(text.message)
    return text


def _scanned(picture: Path, prefixes: Sequence[str]) -> tuple[str, ...]:
    try:
        # Here, because a text is judged without loading Pillow.
        from healthpass.scan import NotAHealthCodeError, PictureError, scan  # noqa: PLC0415
    except ImportError as error:
        raise CommandError(
            "reading pictures needs more packages", hint="pip install 'healthpass[scan]'", exit_code=CANNOT_JUDGE
        ) from error
    name = repr(str(picture))
    try:
        return scan(picture, prefixes=prefixes)
    except NotAHealthCodeError as error:
        raise NoCodeError(f"{name}: {error}") from error
    except PictureError as error:
        hint = "PNG, JPEG and WebP are read; texts, one a line: healthpass verify - < FILE"
        raise NothingReadError(f"{name}: {error}", hint) from error
    except OSError as error:
        if isinstance(error, FileNotFoundError):
            hint = "give a text that starts with HP1:, a picture, or - for standard input"
            raise NothingReadError(f"cannot read {name}: no such file", hint) from error
        raise NothingReadError(f"cannot read {name}: {why(error)}") from error


def _lines(stream: BinaryIO) -> Iterator[str | MalformedError]:
    """Give the lines as they come in; nothing but the line's end is taken off."""
    empty = True
    while line := _read_line(stream, _MAX_LINE):
        empty = False
        whole = line.endswith(b"\n")
        if not whole and len(line) == _MAX_LINE:
            _skip(stream)
            yield _malformed("the line is longer than any health code")
            continue
        try:
            yield (line[:-1].removesuffix(b"\r") if whole else line).decode("utf-8")
        except UnicodeDecodeError:
            yield _malformed("the line is not UTF-8")
    if empty:
        raise NothingReadError("standard input is empty", "give one text a line")


def _skip(stream: BinaryIO) -> None:
    """Read up to the end of the line, keeping nothing."""
    while (rest := _read_line(stream, _SKIPPED_AT_ONCE)) and not rest.endswith(b"\n"):
        pass


def _read_line(stream: BinaryIO, at_most: int) -> bytes:
    try:
        return stream.readline(at_most)
    except OSError as error:
        raise NothingReadError(f"cannot read standard input: {why(error)}") from error


def _malformed(message: str) -> MalformedError:
    return MalformedError(Verdict.MALFORMED_TEXT, message)


def _exists(name: str) -> bool:
    try:
        return bool(name) and Path(name).exists()  # "" is a text, and the current folder to Path
    except (OSError, ValueError):  # too long for a name, or with a null character: a text then
        return False
