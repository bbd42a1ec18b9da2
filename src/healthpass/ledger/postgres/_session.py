"""A session with a server of PostgreSQL: how it is connected to, how a transaction begins and ends, what fails."""

import re
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from typing import Any, Final, NamedTuple

import psycopg
from psycopg import errors
from psycopg.conninfo import conninfo_to_dict, make_conninfo

from healthpass.ledger._errors import UNREADABLE, LedgerError
from healthpass.ledger.postgres._schema import SCHEMA, check_version, version

_IDLE: Final = 15  # seconds after which the server ends a transaction whose worker does nothing: it holds the lock
_VANISHED: Final = 30  # seconds after which a host that does not answer is given up, by either side
# What the address says counts more.
_CONNECTING: Final = {
    "connect_timeout": 10,
    "keepalives_idle": _VANISHED // 2,
    "keepalives_interval": 5,
    "keepalives_count": _VANISHED // 10,
    "tcp_user_timeout": _VANISHED * 1000,
    "application_name": "healthpass",
}
_SETTINGS: Final = """
    SET search_path = {schema}, pg_temp;
    SET lock_timeout = {timeout};
    SET idle_in_transaction_session_timeout = '{idle}s';
    SET tcp_keepalives_idle = {alive};
    SET tcp_keepalives_interval = 5;
    SET tcp_keepalives_count = 3;
    SET default_transaction_isolation = 'read committed';
    SET standard_conforming_strings = on;
    SET client_min_messages = warning;
    SET jit = off
"""
# A lock before anything is read: whoever takes a day away, or changes the tables, waits for us, or we for him.
_BEGIN: Final = b"""
    BEGIN ISOLATION LEVEL %s; LOCK TABLE ONLY all_codes IN ACCESS SHARE MODE;
    SELECT (SELECT max(version) FROM version), extract(epoch FROM clock_timestamp())::bigint, dropped FROM ledger
"""
WRITE: Final = _BEGIN % b"READ COMMITTED"  # nothing of READ WRITE: the database or the role may be read-only
READ: Final = _BEGIN % b"REPEATABLE READ READ ONLY"
_HINTS: Final = {
    errors.LockNotAvailable: "somebody else is using it for too long; try again",
    errors.DiskFull: "no space was left for it on the server's disk",
    errors.ReadOnlySqlTransaction: "the server, this database or this role is read-only: perhaps it is a standby",
    errors.InsufficientPrivilege: "this role may not do it",
    errors.UndefinedTable: "it is damaged: a table is missing",
    errors.OutOfMemory: "the server has no memory for it; it may need a larger max_locks_per_transaction",
}

_PORTS: Final = re.compile(r"[0-9,]*")
_SECRET: Final = b"*"  # as libpq marks what nobody may see


def name_of(url: str) -> str:
    """Return what errors call a ledger: host, port, database and service, and no password.

    Raises:
        TypeError: when it is no `str`.
        LedgerError: when it is no address of a database.
    """
    if not isinstance(url, str):
        raise TypeError(f"the address of a database is a str, not {type(url).__name__}")
    told = {one.keyword: one.val.decode() for one in _parts(url) if one.val is not None}
    host, port, database, service = (told.get(name, "") for name in (b"host", b"port", b"dbname", b"service"))
    if "@" in host + database or not _PORTS.fullmatch(port):
        # A password with a character that ends it: what follows would be taken for another part, and told.
        raise _none()
    port = f":{port}" if port.isdecimal() else ""  # one for all of several hosts
    return f"postgresql://{host}{port}/{database}{service and f'?service={service}'}"


def holds_password(url: str) -> bool:
    """Tell whether an address holds what nobody else may see, in whatever form libpq takes it.

    Raises:
        LedgerError: when it is no address of a database.
    """
    if any(_SECRET in one.dispchar for one in _parts(url) if one.val is not None):
        return True
    name_of(url)
    return False


def _parts(url: str) -> list[psycopg.pq.ConninfoOption]:
    try:
        if "\0" not in url:  # it would end there, and name another database
            return psycopg.pq.Conninfo.parse(url.encode())
    except (psycopg.Error, ValueError):  # it would show the address, and the password in it
        pass
    raise _none()


def _none() -> LedgerError:
    return LedgerError("this is no address of a database: expected postgresql://user@host/database")


@contextmanager
def failing(to_do: str, name: str) -> Iterator[None]:
    """Turn what PostgreSQL or damaged rows raise into a `LedgerError` that says what failed.

    Raises:
        LedgerError: then.
    """
    try:
        yield
    except psycopg.Error as error:
        hint = next((told for kind, told in _HINTS.items() if isinstance(error, kind)), None)
        told = error.diag.message_primary or str(error)
        reason = hint or " ".join(told.split()) or type(error).__name__
        raise LedgerError(f"cannot {to_do} the ledger {name!r}: {reason}") from error
    except UNREADABLE as error:
        raise LedgerError(f"cannot {to_do} the ledger {name!r}: it is damaged ({error})") from error


def connect(url: str, timeout: float) -> psycopg.Connection:
    """Connect to a database, and set what a ledger relies on.

    Raises:
        psycopg.Error: when it cannot be done.
    """
    told: dict[str, Any] = {**_CONNECTING, **conninfo_to_dict(url), "client_encoding": "utf8"}
    raw = psycopg.connect(make_conninfo(**told), autocommit=True)
    try:
        patience = max(1, round(timeout * 1000))
        raw.execute(_SETTINGS.format(schema=SCHEMA, timeout=patience, idle=_IDLE, alive=_VANISHED // 2))
        # What was committed must be on the disk; where the server waits for a standby too, so do we.
        if raw.execute("SHOW synchronous_commit").fetchone() == ("off",):
            raw.execute("SET synchronous_commit = on")
    except BaseException:
        raw.close()
        raise
    return raw


class Begun(NamedTuple):
    """What is known when a transaction has begun.

    Attributes:
        raw: the connection.
        at: the time of the server, in seconds since 1970.
        dropped: the last day of which the codes have lost their places.
    """

    raw: psycopg.Connection
    at: int
    dropped: int


def begin(raw: psycopg.Connection, how: bytes, name: str) -> Begun:
    """Begin a transaction on tables of this version; where it fails, none is left begun.

    Raises:
        psycopg.Error: when it cannot be done.
        LedgerError: when the tables are of another version.
    """
    with undoing(raw):
        try:
            cursor = raw.execute(how)
            while cursor.nextset():
                pass
            found, at, dropped = cursor.fetchone() or (None, 0, 0)
        except psycopg.ProgrammingError:  # perhaps a column is not there, in tables of another version
            raw.execute("ROLLBACK", prepare=False)
            check_version(version(raw), name)
            raise
        check_version(found, name)
    return Begun(raw, at, dropped)


def commit(raw: psycopg.Connection, name: str) -> None:
    """Commit a transaction.

    Raises:
        psycopg.Error: when it cannot be done.
        LedgerError: when nobody knows whether it was done.
    """
    try:
        done = raw.execute("COMMIT", prepare=False).statusmessage
    except psycopg.OperationalError as error:
        if not raw.closed:
            raise
        raise LedgerError(
            f"the connection to {name!r} was lost in the last step: nobody knows if it was done; do it again"
        ) from error
    if done != "COMMIT":
        raise LedgerError(f"{name!r} has taken back what was done")


@contextmanager
def undoing(raw: psycopg.Connection) -> Iterator[None]:
    """Undo a transaction in which something fails; where nobody can tell, the connection is given up."""
    try:
        yield
    except BaseException:
        with suppress(psycopg.Error):
            raw.execute("ROLLBACK", prepare=False)
        if raw.info.transaction_status:
            raw.close()
        raise
