"""Where a ledger is: a folder, or a database of PostgreSQL, whose address is given without a password."""

from contextlib import AbstractContextManager
from typing import Annotated, Final, TypeAlias

import typer

from healthpass.cli.errors import CANNOT_JUDGE, CommandError, needing

_SCHEMES: Final = ("postgresql://", "postgres://")
LEDGER_HELP: Final = "a folder, or postgresql://user@host/database"
PASSWORDS: Final = (
    "the password belongs into a file of libpq's, which your account alone may read: ~/.pgpass, the file that "
    "PGPASSFILE names, or a service file"
)


def is_address(where: str) -> bool:
    """Tell whether a ledger is in a database, and not in a folder."""
    return where.startswith(_SCHEMES)


def needing_postgres() -> AbstractContextManager[None]:
    """Name the extra, where it is missing."""
    return needing("postgres", "a ledger in PostgreSQL", exit_code=CANNOT_JUDGE)


def read_where(text: str) -> str:
    """Read where a ledger is; what is wrong is not repeated, since there may be a password in it.

    Raises:
        CommandError: when an address has a password, which all who see the processes of this machine would see;
            when it is none; or when something looks like an address, and is none of PostgreSQL.
    """
    from healthpass.ledger import LedgerError, holds_password  # noqa: PLC0415 - only where a ledger is named

    try:
        with needing_postgres():
            secret = holds_password(text)
    except LedgerError as error:
        hint = PASSWORDS if is_address(text) else "a folder of this name is ./NAME"
        raise CommandError(str(error), hint=hint) from None
    if secret:
        raise CommandError("everybody on this machine sees the password in this address", hint=PASSWORDS)
    return text


LedgerArgument: TypeAlias = Annotated[
    str,
    typer.Argument(metavar="LEDGER", parser=read_where, help=f"The issuer's ledger: {LEDGER_HELP}."),
]
