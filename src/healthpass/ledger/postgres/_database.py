"""The database of a ledger in PostgreSQL: a connection that threads take turns with, and one writer at a time."""

import os
import threading
import time
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING, Final

import psycopg
from psycopg import errors

from healthpass.documents._document import DAY
from healthpass.ledger._codes import identity
from healthpass.ledger._errors import LedgerError, WentBackError
from healthpass.ledger._folder import Marked
from healthpass.ledger._history import checked_head, contains
from healthpass.ledger._published import Published
from healthpass.ledger._sql import CodeRow, Connection
from healthpass.ledger.postgres._connection import PostgresConnection, stage
from healthpass.ledger.postgres._schema import STAGED, check_version, clear, day_of, make_days, version
from healthpass.ledger.postgres._session import (
    READ,
    WRITE,
    Begun,
    begin,
    commit,
    connect,
    failing,
    name_of,
    undoing,
)
from healthpass.words._logging import logger

if TYPE_CHECKING:
    from healthpass.credential._regions import IssuerId

_LOG: Final = logger("ledger")


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
        forgets_by: of how many seconds history is forgotten together.
        until: what lets one that went back be used again.
    """

    until: str = "`healthpass status recover` has put it in order"
    forgets_at_once: int = 1 << 62  # all: of most it is a line of the log for each batch, and a number
    forgets_by: int = DAY

    def __init__(self, url: str, timeout: float) -> None:
        self.name: str = name_of(url)
        self._url = url
        self._timeout = timeout
        self._lock = threading.Lock()
        self._process = os.getpid()
        self._raw: psycopg.Connection | None = None
        self._days: set[int] = set()
        self._clock = 0, 0.0
        try:
            with self._turn("open"):
                check_version(version(self._connect()), self.name)
            with self.reading("open") as connection:
                self.issuer: IssuerId
                self.issuer, self.secret = identity(connection)
                self._seen: Marked = _marked_now(connection)
        except BaseException:
            self.close()
            raise

    def now(self) -> int:
        """Return the time of the server, which is that of all hosts, whatever their own clocks say."""
        moment, measured = self._clock
        return moment + int(time.monotonic() - measured)

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
                raw, _, dropped = self._begin(READ)  # nothing is made in tables of another version
                raw.execute("COMMIT", prepare=False)
                make_days(raw, {max(day, dropped + 1) for day in days})
            self._days, known = set(), self._days | days  # after an error, perhaps they are not there
            raw, *_ = self._begin(WRITE)
            with undoing(raw):
                staged = []
                if batches:
                    raw.execute(STAGED)
                    staged = stage(raw, batches)
                ((dropped,),) = raw.execute("SELECT dropped FROM ledger FOR UPDATE")
                connection = PostgresConnection(raw, dropped, staged)
                if why := self.went_back(connection, self._seen):
                    _LOG.error("cannot %s the ledger %s: %s", to_do, self.name, why)
                    raise WentBackError(f"cannot {to_do} the ledger {self.name!r}: {why}", self.until)
                yield connection
                seen = _marked_now(connection)
                commit(raw, self.name)
            self._seen, self._days = seen, known

    @contextmanager
    def recovering(self) -> Iterator[PostgresConnection]:
        """Be the only writer, also of a ledger that went back.

        Raises:
            LedgerError: when it cannot be done.
        """
        with self.reading("put in order") as connection:
            self._seen = _marked_now(connection)
        with self.writing("put in order") as connection:
            yield connection

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
        with self._turn(to_do):
            raw, _, dropped = self._begin(READ)
            with undoing(raw):
                yield PostgresConnection(raw, dropped)
                raw.execute("COMMIT", prepare=False)

    @contextmanager
    def snapshot(self, to_do: str) -> Iterator[PostgresConnection]:
        """Read all as it is at one moment, for long, in a connection of its own: nobody waits meanwhile."""
        self.check_process()
        with failing(to_do, self.name), connect(self._url, self._timeout) as raw:
            raw.execute("SET idle_in_transaction_session_timeout = 0")  # who reads holds no lock that others need
            with undoing(raw):
                yield PostgresConnection(*begin(raw, READ, self.name)[::2])
                raw.execute("COMMIT", prepare=False)

    def tidy(self, expired_by: int) -> None:  # noqa: ARG002 - what was forgotten says which days
        """Delete the codes of the lines and days that were forgotten.

        Raises:
            LedgerError: when somebody reads for long.
        """
        with self._turn("tidy"):
            raw, _, dropped = self._begin(READ)
            with undoing(raw):
                ((forgotten,),) = raw.execute("SELECT forgotten FROM ledger")
                raw.execute("COMMIT", prepare=False)
            try:
                clear(raw, forgotten, dropped)
            except errors.LockNotAvailable as error:
                raise LedgerError(
                    "all that is due was dropped and forgotten, but codes that were forgotten are still in tables "
                    f"of {self.name!r}: somebody reads for long; forget again after that"
                ) from error

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

    def _begin(self, how: bytes) -> Begun:
        raw = self._raw if self._raw and not self._raw.closed else self._connect()
        if raw.info.transaction_status:  # a signal came between two steps
            raw.execute("ROLLBACK", prepare=False)
        try:
            begun = begin(raw, how, self.name)
        except psycopg.OperationalError:
            if not raw.closed:
                raise
            begun = begin(self._connect(), how, self.name)  # a server that was started again knows nothing of it
        self._clock = begun.at, time.monotonic()
        return begun

    def _connect(self) -> psycopg.Connection:
        self._days.clear()  # perhaps another server answers, which has not got them
        self._raw = connect(self._url, self._timeout)
        return self._raw


def _marked_now(connection: Connection) -> Marked:
    number, digest, last_list = connection.execute(
        "SELECT last_number, last_hash, (SELECT max(list) FROM lists) FROM ledger"
    ).fetchone()
    return Marked(checked_head(number, digest), int(last_list))
