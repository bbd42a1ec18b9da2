"""The database of a ledger in PostgreSQL: a connection that threads take turns with, and one writer at a time."""

import os
import threading
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import TYPE_CHECKING, Final

import psycopg
from psycopg import errors
from psycopg.conninfo import conninfo_to_dict

from healthpass.ledger._codes import identity
from healthpass.ledger._errors import UNREADABLE, LedgerError, WentBackError
from healthpass.ledger._folder import Marked
from healthpass.ledger._history import checked_head, contains
from healthpass.ledger._published import Published
from healthpass.ledger._sql import CodeRow, Connection
from healthpass.ledger.postgres._connection import PostgresConnection
from healthpass.ledger.postgres._schema import (
    MIGRATIONS,
    STAGED,
    check_version,
    day_of,
    drop_days,
    make_days,
    use,
)
from healthpass.words._logging import logger

if TYPE_CHECKING:
    from healthpass.credential._regions import IssuerId

_LOG: Final = logger("ledger")
_CONNECTING: Final = 10  # seconds
_IDLE: Final = 60  # seconds after which the server ends a transaction whose worker does nothing: it holds the lock
_WRITE: Final = "BEGIN ISOLATION LEVEL READ COMMITTED READ WRITE"
_READ: Final = "BEGIN ISOLATION LEVEL REPEATABLE READ READ ONLY"
_HINTS: Final = {
    errors.LockNotAvailable: "somebody else is writing to it for too long; try again",
    errors.DiskFull: "no space was left for it on the server's disk",
    errors.ReadOnlySqlTransaction: "this server is read-only: it is a standby",
    errors.InsufficientPrivilege: "this role may not do it",
    errors.UndefinedTable: "it is damaged: a table is missing",
}


def name_of(url: str) -> str:
    """Return what errors call a ledger: the host and the database, and no password.

    Raises:
        LedgerError: when that is no address of a database.
    """
    try:
        told = conninfo_to_dict(url)
    except psycopg.Error as error:
        raise LedgerError("this is no address of a database, such as postgresql://user@host/database") from error
    return f"postgresql://{told.get('host', '')}/{told.get('dbname', '')}"


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
        reason = hint or " ".join(str(error).split()) or type(error).__name__
        raise LedgerError(f"cannot {to_do} the ledger {name!r}: {reason}") from error
    except UNREADABLE as error:
        raise LedgerError(f"cannot {to_do} the ledger {name!r}: it is damaged ({error})") from error


def connect(url: str, timeout: float) -> "psycopg.Connection":
    """Connect to a database, and set what a ledger relies on.

    Raises:
        psycopg.Error: when it cannot be done.
    """
    raw: psycopg.Connection = psycopg.connect(url, autocommit=True, connect_timeout=_CONNECTING)
    try:
        use(raw)
        raw.execute("SELECT set_config('lock_timeout', %s, false)", (f"{round(timeout * 1000)}ms",))
        raw.execute(f"SET idle_in_transaction_session_timeout = '{_IDLE}s'")
        # What was committed must be on the disk; where the server waits for a standby too, so do we.
        if raw.execute("SHOW synchronous_commit").fetchone() == ("off",):
            raw.execute("SET synchronous_commit = on")
    except BaseException:
        raw.close()
        raise
    return raw


class PostgresDatabase:
    """The database of a ledger.

    Whoever writes holds the one row of `ledger` until he has committed; codes come to the server before that, and
    what is computed of them is computed before. So writers wait for each other as they do with SQLite, and no two
    of them can lock rows of each other's in another order.

    Attributes:
        name: its name, for errors.
        issuer: whose codes it holds.
        secret: what their order comes from.
        forgets_at_once: how many codes are forgotten in one transaction.
    """

    def __init__(self, url: str, timeout: float) -> None:
        self.name: str = name_of(url)
        self.forgets_at_once: int = (
            1 << 62
        )  # all: it is a line of the log for each batch, and a number for each day
        self._url = url
        self._timeout = timeout
        self._lock = threading.Lock()
        self._process = os.getpid()
        self._raw: psycopg.Connection | None = None
        self._days: set[int] = set()
        self._seen: Marked | None = None
        try:
            with self.reading("open") as connection:
                check_version(connection.raw, self.name)
                self.issuer: IssuerId
                self.issuer, self.secret = identity(connection)
        except BaseException:
            self.close()
            raise

    @contextmanager
    def writing(self, to_do: str, batches: Sequence[Sequence[CodeRow]] = ()) -> Iterator[PostgresConnection]:
        """Be the only writer, for one transaction that is on the disk at the end, or never was.

        Raises:
            WentBackError: when the ledger says less than was known of it before.
            LedgerError: when it cannot be done; what could not be done is then said with `to_do`.
        """
        with self._turn(to_do):
            days = {day_of(row.expires_at) for rows in batches for row in rows} - self._days
            if days:
                with self._transaction(_READ) as raw:  # before anything is made in tables of another version
                    check_version(raw, self.name)
                make_days(raw, days)
                self._days |= days
            with self._transaction(_WRITE) as raw:
                connection = PostgresConnection(raw)
                if batches:
                    raw.execute(STAGED)
                    connection.stage(batches)
                ((found,),) = raw.execute("SELECT (SELECT max(version) FROM version) FROM ledger FOR UPDATE")
                if found != len(MIGRATIONS):
                    check_version(raw, self.name)
                if why := self.went_back(connection, self._seen):
                    _LOG.error("cannot %s the ledger %s: %s", to_do, self.name, why)
                    raise WentBackError(f"cannot {to_do} the ledger {self.name!r}: {why}")
                yield connection
                seen = _marked_now(connection)
            self._seen = seen

    def marked(self) -> Marked | None:
        """Return how far this process knows that the ledger was."""
        return self._seen

    def went_back(self, connection: Connection, marked: Marked | None) -> str | None:
        """Say how the ledger went back, if it did: a standby took over that lacked what had been committed."""
        if marked is None or contains(connection, marked.head):
            return None
        last = _marked_now(connection).head
        return (
            f"it went back: line {marked.head.number:,} of its log was written, and the log ends with line "
            f"{last.number:,}, or another line is in its place; a server took over that had not got it"
        )

    @contextmanager
    def reading(self, to_do: str) -> Iterator[PostgresConnection]:
        """Read all as it is at one moment."""
        with self._turn(to_do), self._transaction(_READ) as raw:
            yield PostgresConnection(raw)

    @contextmanager
    def snapshot(self, to_do: str) -> Iterator[PostgresConnection]:
        """Read all as it is at one moment, for long, in a connection of its own: nobody waits meanwhile."""
        self.check_process()
        with failing(to_do, self.name):
            raw = connect(self._url, self._timeout)
            try:
                raw.execute(
                    "SET idle_in_transaction_session_timeout = 0"
                )  # who reads holds no lock that others need
                with _within(raw, _READ):
                    yield PostgresConnection(raw)
            finally:
                raw.close()

    def tidy(self, expired_by: int) -> None:  # noqa: ARG002 - what was forgotten says which days
        """Drop the partitions of the days that were forgotten.

        Raises:
            LedgerError: when somebody reads one of them for long.
        """
        with self._turn("tidy"):
            with self._transaction(_READ) as raw:
                ((day,),) = raw.execute("SELECT forgotten FROM ledger")
            drop_days(raw, day)
            self._days = {one for one in self._days if one > day}

    def keep(self, lists: Mapping[int, bytes]) -> None:
        """Keep nothing: lists in the same database would go back together with it."""

    def published(self) -> tuple[list[Published], list[tuple[Path, str]]]:
        """Return nothing, as nothing was kept."""
        return [], []

    def check_process(self) -> None:
        """Refuse to work in a process that was forked from the one that opened the database.

        Raises:
            LedgerError: there.
        """
        # Both would hold the same places in memory, and speak on one connection.
        if os.getpid() != self._process:
            raise LedgerError("a ledger cannot be used after a fork: open it in the process that uses it")

    def close(self) -> None:
        """Close the connection; in a forked child nothing, since it is the parent's."""
        if os.getpid() == self._process:
            with self._lock:
                if self._raw is not None:
                    self._raw.close()
                    self._raw = None

    @contextmanager
    def _turn(self, to_do: str) -> Iterator[None]:
        self.check_process()
        with failing(to_do, self.name), self._lock:
            yield

    @contextmanager
    def _transaction(self, begin: str) -> Iterator["psycopg.Connection"]:
        if self._raw is None or self._raw.closed:
            self._raw = connect(self._url, self._timeout)
        try:
            self._raw.execute("")
        except psycopg.OperationalError:  # a server that was started again knows nothing of this connection
            self._raw.close()
            self._raw = connect(self._url, self._timeout)
        with _within(self._raw, begin):
            yield self._raw


@contextmanager
def _within(raw: "psycopg.Connection", begin: str) -> Iterator[None]:
    try:
        raw.execute(begin.encode())
        yield
        raw.execute("COMMIT")
    except BaseException:
        with suppress(psycopg.Error):
            raw.execute("ROLLBACK")
        if raw.info.transaction_status:  # neither done nor undone: the connection is lost
            raw.close()
        raise


def _marked_now(connection: Connection) -> Marked:
    number, digest, last_list = connection.execute(
        "SELECT last_number, last_hash, (SELECT max(list) FROM lists) FROM ledger"
    ).fetchone()
    return Marked(checked_head(number, digest), int(last_list))
