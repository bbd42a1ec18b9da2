"""Options that several commands have, each with what reads it; what is wrong is refused before a command runs."""

from collections.abc import Callable
from datetime import datetime, timedelta
from pathlib import Path
from typing import Annotated, Any, Final, TypeAlias, TypeVar

import typer

from healthpass import PublicKey, Registry, Verifier, read_duration, read_time
from healthpass.cli.errors import CommandError, refusing
from healthpass.cli.io.files import MAX_KEY_FILE, read, unmarked

_Value = TypeVar("_Value")

_MAX_OPENING_FILE: Final = 256  # bytes; the digits of an opening, in whatever groups somebody wrote them down
_NONCE_HINT: Final = "healthpass gate challenge makes a nonce, and the code that asks for it"


def option(name: str, read_text: Callable[[str], _Value], hint: str | None = None) -> Callable[[str], _Value]:
    """Return a parser for an option, which refuses in our words.

    Args:
        name: that of the option.
        read_text: reads it, and raises a ValueError where it is wrong.
        hint: what to do about it.
    """

    def parse(text: str) -> _Value:
        with refusing(f"{name} {text!r}", hint=hint):
            return read_text(text)

    return parse


def given(name: str, metavar: str, read_text: Callable[[str], Any], said: str) -> Any:
    """Return an option that is read before the command runs, and refused in our words.

    Args:
        name: that of the option, such as `--at`.
        metavar: what stands for its value in the help.
        read_text: reads it, and raises a ValueError or a CommandError where it is wrong.
        said: the help.
    """
    return typer.Option(name, metavar=metavar, parser=option(name, read_text), help=said)


def new_file(metavar: str, said: str = "Where it goes; a new file.") -> Any:
    """Return the option `--out`."""
    return typer.Option("--out", metavar=metavar, help=said)


def read_life(text: str) -> timedelta:
    """Read a duration, or 0 for none.

    Raises:
        ValueError: when it is neither.
    """
    try:
        return timedelta(0) if text == "0" else read_duration(text)
    except ValueError as error:
        raise ValueError(f"{error}, or 0") from None


def read_environment(text: str | None) -> str:
    """Read `--environment`; production when it is left out.

    Raises:
        CommandError: when it is no name of an environment (DOC-10).
    """
    if text is None:
        return "production"
    with refusing(f"--environment {text!r}"):
        Verifier(Registry.pinned({}), environment=text)  # a gate that trusts nobody, to have the name checked
    return text


def read_public_key(path: str | Path) -> PublicKey:
    """Read the PEM file of a public key.

    Raises:
        CommandError: when it cannot be read, or is none.
    """
    hint = "openssl pkey -in KEY.pem -pubout -out PUB.pem writes the public half of a private key"
    pem = unmarked(read(Path(path), at_most=MAX_KEY_FILE), repr(str(path)))
    with refusing(repr(str(path)), hint=hint):
        return PublicKey.from_pem(pem)


def read_nonce(text: str) -> bytes:
    """Read `--nonce`; how long it may be is for whom it is given to.

    Raises:
        CommandError: when it is not in hexadecimal digits.
    """
    try:
        return bytes.fromhex(text)
    except ValueError:
        raise CommandError(f"--nonce {text!r}: expected hexadecimal digits", hint=_NONCE_HINT) from None


def read_opening(path: str) -> bytes:
    """Read the file of an opening, as `healthpass issue --opening` writes it.

    Raises:
        CommandError: when it cannot be read, or does not hold hexadecimal digits.
    """
    data = unmarked(read(Path(path), at_most=_MAX_OPENING_FILE), repr(path))
    try:
        return bytes.fromhex(data.decode("ascii"))
    except ValueError:
        # What is in it is not repeated: it may be the right secret with a slip.
        hint = "healthpass issue --opening FILE writes it; a print sheet has it on its strip"
        raise CommandError(f"{path!r} holds no opening: expected hexadecimal digits", hint=hint) from None


Source: TypeAlias = Annotated[
    str,
    typer.Argument(metavar="TOKEN|-|IMAGE", help="A text, - for standard input, or a picture."),
]
At: TypeAlias = Annotated[datetime | None, given("--at", "RFC3339", read_time, "As of this time, not now.")]
AsJson: TypeAlias = Annotated[bool, typer.Option("--json", help="In JSON, one object a line.")]
QrFile: TypeAlias = Annotated[
    Path | None, typer.Option("--qr", metavar="FILE.png|.svg", help="Draw the QR code too; a new file.")
]
Opening: TypeAlias = Annotated[
    bytes | None, given("--opening", "FILE", read_opening, "The opening that belongs to the code's document.")
]
Nonce: TypeAlias = Annotated[
    bytes | None, given("--nonce", "HEX", read_nonce, "What the gate asks for; `gate challenge` makes it.")
]
