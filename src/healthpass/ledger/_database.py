"""The database of a ledger: its tables, and one connection that threads take turns with (docs/adr/0024)."""

import os
import sqlite3
import threading
from collections.abc import Iterator, Mapping, Sequence
from contextlib import ExitStack, closing, contextmanager, suppress
from pathlib import Path
from typing import Final

from healthpass.codec._time import now, to_seconds
from healthpass.ledger._codes import identity
from healthpass.ledger._errors import MENDED, LedgerError, WentBackError, failing
from healthpass.ledger._folder import DATABASE, MARK, PUBLISHED, Mark, Marked, check_folder, new_folder, share
from healthpass.ledger._history import checked_head, contains
from healthpass.ledger._published import Published, keep, kept
from healthpass.ledger._sql import CodeRow, Connection
from healthpass.ledger._sqlite_connection import (
    APPLICATION,
    FORMAT,
    TABLES,
    SqliteConnection,
    check_format,
    connect,
)
from healthpass.words._logging import logger

_LOG: Final = logger("ledger")
_INTERRUPTED: Final = f"{DATABASE} is missing; `healthpass status restore` makes it anew from a copy"


class SqliteDatabase:
    """The database in the folder of a ledger, in SQLite's WAL mode: many processes read while one writes.

    A transaction that is committed is on the disk (`synchronous=FULL`).

    Attributes:
        path: the folder.
        name: its name, for errors.
        file: the file.
        issuer: whose codes it holds.
        secret: what their order comes from.
    """

    forgets_at_once: int = 4096  # others write in between
    forgets_by: int = 1
    until: str = MENDED

    def __init__(self, path: Path, timeout: float) -> None:
        self.path: Final = path
        self.name: str = str(path)
        self.file: Final = path / DATABASE
        self._timeout = timeout
        self._lock = threading.Lock()
        self._process = os.getpid()
        with failing("open", path), ExitStack() as undo:
            check_folder(path)
            if not self.file.exists():
                raise LedgerError(f"cannot open the ledger {str(path)!r}: {_INTERRUPTED}")
            self._held = share(path)
            undo.callback(self._held.close)
            self._mark = Mark(path / MARK)
            undo.callback(self._mark.close)
            self._connection = self._connect(timeout)
            undo.callback(self._connection.close)
            self._inode = self._file_now()
            with self.reading("open") as connection:
                check_format(connection, path)
                self.issuer, self.secret = identity(connection)
            undo.pop_all()

    @classmethod
    @contextmanager
    def making(cls, path: Path) -> Iterator[SqliteConnection]:
        """Make the folder, the file and its tables, and let them be filled, all in one transaction.

        Raises:
            LedgerError: when there is something of that name, or it cannot be written.
        """
        with failing("create", path), new_folder(path) as folder:
            file = folder / DATABASE
            os.close(os.open(file, os.O_CREAT | os.O_EXCL | os.O_WRONLY, 0o600))
            with closing(sqlite3.connect(file, isolation_level=None, factory=SqliteConnection)) as connection:
                connection.execute("PRAGMA synchronous = FULL")
                connection.executescript(f"BEGIN IMMEDIATE; {TABLES}")
                yield connection
                connection.execute(f"PRAGMA user_version = {FORMAT}")
                connection.execute(f"PRAGMA application_id = {APPLICATION}")
                marked = marked_now(connection)
                connection.execute("COMMIT")
                connection.execute("PRAGMA journal_mode = WAL")
            Mark.make(folder / MARK, marked)

    def now(self) -> int:
        """Return the time of this machine."""
        return to_seconds(now())

    def tidy(self, expired_by: int) -> None:  # noqa: ARG002 - see Database
        """Bring what the `-wal` file holds into the file and empty it.

        Raises:
            LedgerError: when somebody was in the way.
        """
        # Whoever waits here lets no writer in: a second must do.
        with failing("tidy", self.path), closing(self._connect(timeout=1)) as connection:
            (busy, *_) = connection.execute("PRAGMA wal_checkpoint(TRUNCATE)").fetchone()
        if busy:
            raise LedgerError(
                "all that is due was dropped and forgotten, but the words that were forgotten are still in "
                f"{self.file.name + '-wal'!r}: somebody reads or writes for long; forget again after that"
            )

    def keep(self, lists: Mapping[int, bytes]) -> None:
        """Keep lists beside the ledger, as those that were published last.

        Raises:
            LedgerError: when they cannot be written.
        """
        with failing("keep the lists of", self.path):
            keep(self.path / PUBLISHED, lists)

    def published(self) -> tuple[list[Published], list[tuple[Path, str]]]:
        """Open the lists that were published last, and say which are damaged, and how."""
        return kept(self.path / PUBLISHED)

    @contextmanager
    def writing(
        self,
        to_do: str,
        batches: Sequence[Sequence[CodeRow]] = (),  # noqa: ARG002 - see Database
    ) -> Iterator[SqliteConnection]:
        """Be the only writer, for one transaction that is on the disk at the end, or never was.

        Raises:
            WentBackError: when the ledger says less than was known of it before.
            LedgerError: when it cannot be done; what could not be done is then said with `to_do`.
        """
        with self._turn(to_do) as connection:
            with self._transaction(connection, "BEGIN IMMEDIATE"):
                if self._file_now() != self._inode:
                    raise LedgerError(
                        f"cannot {to_do} the ledger {str(self.path)!r}: another database was put in its "
                        "place; open it anew"
                    )
                if why := self.went_back(connection, self._mark.read()):
                    _LOG.error("cannot %s the ledger %s: %s", to_do, self.path, why)
                    raise WentBackError(f"cannot {to_do} the ledger {str(self.path)!r}: {why}")
                yield connection
                marked = marked_now(connection)
            self._mark.write(marked)

    def marked(self) -> Marked | None:
        """Return how far the ledger was at least; to be read before the ledger, which goes on."""
        with failing("read", self.path):
            return self._mark.read()

    def went_back(self, connection: Connection, marked: Marked | None) -> str | None:
        """Say how the ledger went back, if it did, from what `marked` has returned before it was read."""
        if connection.execute("SELECT copied FROM ledger").fetchone() != (0,):
            return "it is a copy, which `healthpass status backup` made"
        return behind(connection, marked)

    @contextmanager
    def reading(self, to_do: str) -> Iterator[SqliteConnection]:
        """Read all as it is at one moment."""
        with self._turn(to_do) as connection, self._transaction(connection, "BEGIN"):
            yield connection

    @contextmanager
    def snapshot(self, to_do: str) -> Iterator[SqliteConnection]:
        """Read all as it is at one moment, for long: nobody waits meanwhile."""
        with (
            failing(to_do, self.path),
            closing(self._connect(self._timeout)) as connection,
            self._transaction(connection, "BEGIN"),
        ):
            yield connection

    def close(self) -> None:
        """Close the file; in a forked child nothing, since it is the parent's."""
        if os.getpid() == self._process:
            with self._lock:
                self._connection.close()
                self._mark.close()
                self._held.close()

    def check_process(self) -> None:
        """Refuse to work in a process that was forked from the one that opened the file.

        Raises:
            LedgerError: there.
        """
        # Both would hold the same places in memory, and SQLite's locks do not survive a fork.
        if os.getpid() != self._process:
            raise LedgerError("a ledger cannot be used after a fork: open it in the process that uses it")

    @contextmanager
    def _turn(self, to_do: str) -> Iterator[SqliteConnection]:
        self.check_process()
        with failing(to_do, self.path), self._lock:
            yield self._connection

    @contextmanager
    def _transaction(self, connection: sqlite3.Connection, begin: str) -> Iterator[None]:
        try:
            connection.execute(begin)  # here too, what a signal's handler raises must not leave it open
            yield
            connection.execute("COMMIT")
        except BaseException:
            with suppress(sqlite3.Error):  # some errors have rolled it back already
                connection.execute("ROLLBACK")
            raise

    def _file_now(self) -> tuple[int, int]:
        found = self.file.lstat()
        return found.st_dev, found.st_ino

    def _connect(self, timeout: float) -> SqliteConnection:
        return connect(self.file, timeout)


def marked_now(connection: Connection) -> Marked:
    """Return how far a ledger is."""
    number, digest, last_list = connection.execute(
        "SELECT last_number, last_hash, (SELECT max(list) FROM lists) FROM ledger"
    ).fetchone()
    return Marked(checked_head(number, digest), int(last_list))


def behind(connection: Connection, marked: Marked | None) -> str | None:
    """Say how a ledger is behind its mark, if it is."""
    if marked is None:
        return "its mark is missing or damaged, and so it cannot tell whether an older copy was put in its place"
    last, last_list = marked_now(connection)
    if marked.head != last and not contains(connection, marked.head):
        known = f"line {marked.head.number:,} of its log was written"
        if marked.head.number > last.number:
            return f"it went back: {known}, and its log ends with line {last.number:,}"
        return f"it went back: {known}, and another one is in its place"
    if last_list < marked.last_list:
        return f"it went back: list {marked.last_list} was begun, and its lists end with {last_list}"
    return None
