"""Writing to the terminal and to pipes: nothing that a stranger wrote may steer either."""

import json
import os
import re
import sys
from collections.abc import Iterable, Iterator, Mapping
from contextlib import contextmanager, suppress
from datetime import datetime
from typing import TYPE_CHECKING, Any, Final

from healthpass import Outcome, PublicKey, harmless, write_time
from healthpass.cli.errors import USAGE, CommandError, why
from healthpass.cli.language import is_chinese, message, say
from healthpass.cli.show.plain import Put, text_of

WARNING: Final = (
    "NOT VERIFIED 未经核验: anybody can have written this"  # in JSON, beside what no signature vouches for
)
if TYPE_CHECKING:
    from healthpass.authority import Finding
    from healthpass.deciding import PolicyFinding

_VERSION: Final = 1
_SOURCE: Final = "malformed-source"
_UTF_8: Final = ("utf-8", "UTF-8", "utf8", "UTF8")  # another spelling is taken for another encoding
_COLOURS: Final = ("FORCE_COLOR", "TTY_COMPATIBLE")  # what makes rich take a pipe for a terminal
_HALF: Final = r"[\ud800-\udfff]"  # of a surrogate pair, alone


def json_line(record: Mapping[str, Any]) -> str:
    r"""Write a record as one line of JSON, its version first.

    Bytes and keys become hexadecimal digits, and times what RFC 3339 has. A byte of a file's name that is no UTF-8
    is written out, as `\udcff`: the half of a character is in no valid JSON.
    """
    text = _ENCODER.encode({"v": _VERSION, **record})
    try:
        text.encode()
    except UnicodeEncodeError:
        text = re.sub(_HALF, lambda half: rf"\\u{ord(half[0]):04x}", text)
    if sys.stdout.encoding not in _UTF_8 and not text.isascii():
        text = json.dumps(json.loads(text))  # a pipe of another encoding gets plain ASCII, which is the same JSON
    return harmless(text)


def _spelled(value: object) -> str:
    match value:
        case bytes():
            return value.hex()
        case PublicKey():
            return value.to_bytes().hex()
        case datetime():
            return write_time(value)
    raise TypeError(f"{type(value).__name__} has no JSON here")


_ENCODER: Final = json.JSONEncoder(ensure_ascii=False, check_circular=False, allow_nan=False, default=_spelled)


@contextmanager
def answering(exit_code: int = USAGE) -> Iterator[None]:
    """Make sure that what is written inside has left the program, or say that it could not.

    Raises:
        CommandError: with `exit_code`, when standard output takes no more.
    """
    try:
        yield
        sys.stdout.flush()
    except BrokenPipeError:
        raise
    except OSError as error:
        raise CommandError(f"cannot write to standard output: {why(error)}", exit_code=exit_code) from error


def warning() -> str:
    """Say what stands beside what no signature vouches for."""
    return say("NOT VERIFIED: anybody can have written this")


def put(line: str) -> None:
    """Write one line to standard output, at once."""
    write(line)
    sys.stdout.flush()


def write(line: str) -> None:
    """Write one of many lines to standard output; before more input is awaited, or at the end, it leaves."""
    sys.stdout.write(line + "\n")


def styled() -> bool:
    """Tell whether lines may have colours: whether rich may take standard output for a terminal."""
    return sys.stdout.isatty() or any(name in os.environ for name in _COLOURS)


def lines(*, plain: bool = False) -> Put:
    """Return what writes one of many lines, in parts: by rich where there may be colours, else plainly."""
    if styled() and not plain:
        from healthpass.cli.show.terminal import lines_of, terminal  # noqa: PLC0415 - rich is slow to load

        return lines_of(terminal())
    return lambda *parts: write(text_of(parts))


def aside(line: str) -> None:
    """Write one line to standard error that is no result, and which somebody needs all the same.

    Raises:
        CommandError: when it cannot be written.
    """
    try:
        sys.stderr.write(line + "\n")
        sys.stderr.flush()
    except OSError as error:
        raise CommandError(f"cannot write to standard error: {why(error)}") from error


def warn(problem: str) -> None:
    """Write one line to standard error of what somebody should look at, in the words of the library or ours.

    Raises:
        CommandError: when it cannot be written.
    """
    aside(say("healthpass: warning: {}", harmless(message(problem))))


def tell_findings(findings: Iterable["Finding | PolicyFinding"]) -> None:
    """Tell on standard error what a check has found."""
    for finding in findings:
        told = _in_chinese(finding) if is_chinese() else str(finding)
        if finding.severity == "error":
            complain((told,), None)
        else:
            warn(told)


def _in_chinese(finding: "Finding | PolicyFinding") -> str:
    told = f"{finding.code}：{finding.zh}"
    # A refusal by a verifier or a reader of sources has the Chinese of its kind alone: what was found follows.
    kind = next((one.words.zh for one in Outcome if one == finding.code), "")
    is_general = finding.code == _SOURCE or (kind and finding.zh.endswith(kind))
    return f"{told}：{message(finding.message)}" if is_general else told


def advise(text: str) -> None:
    """Write a hint to standard error.

    Raises:
        CommandError: when it cannot be written.
    """
    aside(say("hint: {}", harmless(message(text))))


def complain(problems: tuple[str, ...], hint: str | None) -> None:
    """Write errors to standard error, one line each."""
    lines = [say("healthpass: error: {}", harmless(message(problem))) + "\n" for problem in problems]
    if hint:
        lines.append(say("hint: {}", harmless(message(hint))) + "\n")
    with suppress(OSError, AttributeError):  # nobody is left to be told, or nowhere to say it
        sys.stdout.flush()  # what was answered before comes first, also where both are one file
    with suppress(OSError, AttributeError):
        sys.stderr.write("".join(lines))
        sys.stderr.flush()


def abandon_stdout() -> None:
    """Throw away what standard output did not take, so that Python does not fail on it again at its end."""
    with suppress(OSError, ValueError):
        nowhere = os.open(os.devnull, os.O_WRONLY)
        os.dup2(nowhere, sys.stdout.fileno())
        os.close(nowhere)
