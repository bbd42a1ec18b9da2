"""Opening a ledger by what a configuration says: a folder, or the address of a database."""

import re
from typing import TYPE_CHECKING, Final

from healthpass.ledger._errors import LedgerError
from healthpass.ledger._ledger import DatabaseLedger
from healthpass.ledger._sqlite import SqliteLedger

if TYPE_CHECKING:
    from healthpass.ledger.postgres import PostgresLedger

_SCHEMES: Final = ("postgresql://", "postgres://")
# Another address, one with a slip, or what libpq takes in its place: no folder may be made of that name.
_NEITHER: Final = re.compile(
    r"\s*(?:[A-Za-z][A-Za-z0-9+.-]+:|(?:host|hostaddr|port|dbname|service|user|password)\s*=)"
)
_EXTRA: Final = "a ledger in PostgreSQL needs the extra: pip install 'healthpass[postgres]'"


def is_address(where: str) -> bool:
    """Tell whether this is the address of a database, and not the name of a folder."""
    return where.startswith(_SCHEMES)


def open_ledger(where: str) -> DatabaseLedger:
    """Open a ledger that was made.

    Args:
        where: the folder of a `SqliteLedger`; or the address of the database of a
            `healthpass.ledger.postgres.PostgresLedger`, `postgresql://user@host/database`.

    Raises:
        TypeError: when `where` is no `str`.
        ModuleNotFoundError: when `healthpass[postgres]` is needed, and is not installed.
        LedgerError: when there is no ledger, or it cannot be read.
    """
    if not isinstance(where, str):
        raise TypeError(f"where must be a str, not {type(where).__name__}")
    if not is_address(where):
        if "://" in where:
            raise LedgerError("this is neither a folder nor an address that begins with postgresql://")
        return SqliteLedger(where)
    return postgres_ledger()(where)


def shown(where: str) -> str:
    """Return what a ledger is called where others read it: its folder, or its address without a password."""
    if not is_address(where):
        return where
    try:
        from healthpass.ledger.postgres._session import name_of  # noqa: PLC0415 - an extra

        return name_of(where)
    except (ModuleNotFoundError, LedgerError):  # nobody can tell which part of it is the password
        return f"{where.partition('://')[0]}://..."


def holds_password(where: str) -> bool:
    """Tell whether the address of a ledger holds a password: who sees a command line, or a log, would see it.

    What is wrong is not repeated in an error, since it may be one.

    Raises:
        ModuleNotFoundError: when `healthpass[postgres]` is needed, and is not installed.
        LedgerError: when it looks like an address, and is none; a password that is not escaped makes it so.
    """
    if not is_address(where):
        if _NEITHER.match(where):
            raise LedgerError(
                "this looks like an address, and is none: expected a folder, or postgresql://user@host/database"
            )
        return False
    try:
        from healthpass.ledger.postgres import _session  # noqa: PLC0415 - an extra
    except ModuleNotFoundError as error:
        raise ModuleNotFoundError(_EXTRA, name=error.name) from error
    return _session.holds_password(where)


def postgres_ledger() -> "type[PostgresLedger]":
    """Return the class of ledgers in PostgreSQL, which needs an extra.

    Raises:
        ModuleNotFoundError: when `healthpass[postgres]` is not installed.
    """
    try:
        from healthpass.ledger.postgres import PostgresLedger  # noqa: PLC0415 - an extra
    except ModuleNotFoundError as error:
        raise ModuleNotFoundError(_EXTRA, name=error.name) from error
    return PostgresLedger
