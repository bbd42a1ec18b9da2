"""Ledgers on the command line: opened, and what goes wrong told in one line."""

from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Annotated, Final, TypeAlias

import typer

from healthpass.cli.errors import CANNOT_JUDGE, NOT_VALID, CommandError
from healthpass.cli.io.files import taken
from healthpass.credential._claims import CTI_SIZE
from healthpass.ledger import LedgerError, SqliteLedger, TamperedError, UnknownCodeError, WithdrawnCodeError

LedgerFile: TypeAlias = Annotated[
    Path, typer.Argument(metavar="LEDGER.db", help="The issuer's ledger.", show_default=False)
]

_HINT: Final = "healthpass status init LEDGER.db --issuer ID makes one"


@contextmanager
def using(path: Path) -> Iterator[None]:
    """Say in our style what a ledger cannot do.

    Raises:
        CommandError: with exit code 1, where it does not know a code or is not what was written; 2, where it is
            given what cannot be, or to be made where something is; 3, where it cannot be read or written.
    """
    try:
        yield
    except (UnknownCodeError, WithdrawnCodeError, TamperedError) as error:
        raise CommandError(str(error), exit_code=NOT_VALID) from error
    except LedgerError as error:
        if isinstance(error.__cause__, FileExistsError):
            raise taken(path) from error
        if _is_folder(path):
            raise CommandError(f"{str(path)!r} is a folder", exit_code=CANNOT_JUDGE) from error
        raise CommandError(str(error), hint=None if _exists(path) else _HINT, exit_code=CANNOT_JUDGE) from error
    except ValueError as error:
        raise CommandError(str(error)) from error


@contextmanager
def opened(path: Path) -> Iterator[SqliteLedger]:
    """Open a ledger, and close it in the end.

    Raises:
        CommandError: when there is none, or something goes wrong with it; as `using`.
    """
    if "\0" in str(path):  # the address of a database would end there, and another file be opened
        raise CommandError(f"{str(path)!r} is not the name of a file", exit_code=CANNOT_JUDGE)
    with using(path), SqliteLedger(path) as ledger:
        yield ledger


def read_cti(text: str) -> bytes:
    """Read the reference of a code.

    Raises:
        CommandError: when it is not 12 bytes in hexadecimal digits.
    """
    try:
        cti = bytes.fromhex(text)
    except ValueError:
        cti = b""
    if len(cti) != CTI_SIZE:
        raise CommandError(
            f"{text!r} is no cti: expected {2 * CTI_SIZE} hexadecimal digits",
            hint="healthpass verify calls it the reference; it stands below the picture of a code too",
        )
    return cti


def _is_folder(path: Path) -> bool:
    try:
        return path.is_dir()
    except (OSError, ValueError):  # a name that no file can have
        return False


def _exists(path: Path) -> bool:
    try:
        return path.exists()
    except (OSError, ValueError):  # a name that no file can have
        return True
