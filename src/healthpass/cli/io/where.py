"""Where a ledger is: a folder, or a database of PostgreSQL, whose address is given without a password."""

import re
from contextlib import AbstractContextManager
from typing import Annotated, Final, TypeAlias

import typer

from healthpass.cli.errors import CANNOT_JUDGE, CommandError, needing

_SCHEMES: Final = ("postgresql://", "postgres://")
# Another address, one with a slip, or what libpq takes in its place: no folder may be made of that name.
_NEITHER: Final = re.compile(
    r"\s*(?:[A-Za-z][A-Za-z0-9+.-]+:|(?:host|hostaddr|port|dbname|service|user|password)\s*=)"
)
_SECRET: Final = b"*"  # as libpq marks what nobody may see
_PORTS: Final = re.compile(rb"[0-9,]*")
_FORMS: Final = "expected a folder, or postgresql://user@host/database"
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
    if not is_address(text):
        if _NEITHER.match(text):
            raise CommandError(f"this is not where a ledger is: {_FORMS}", hint="a folder of this name is ./NAME")
        return text
    with needing_postgres():
        import psycopg  # noqa: PLC0415 - an extra, and slow to load
    try:
        told = {one.keyword: one for one in psycopg.pq.Conninfo.parse(text.encode()) if one.val is not None}
    except (psycopg.Error, ValueError):
        raise CommandError(f"this is no address of a database: {_FORMS}") from None
    if any(_SECRET in one.dispchar for one in told.values()):
        raise CommandError("everybody on this machine sees the password in this address", hint=PASSWORDS)
    port, database = told.get(b"port"), text.partition("://")[2].partition("/")[2].partition("?")[0]
    if "\0" in text or "@" in database or not _PORTS.fullmatch((port and port.val) or b""):
        # A password with a character that ends it: what follows would be taken for another part, and told.
        raise CommandError(f"this is no address of a database: {_FORMS}", hint=PASSWORDS)
    return text


LedgerArgument: TypeAlias = Annotated[
    str,
    typer.Argument(metavar="LEDGER", parser=read_where, help=f"The issuer's ledger: {LEDGER_HELP}."),
]
