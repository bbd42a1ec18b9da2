"""The database of a ledger: its tables, and one connection that threads take turns with."""

import errno
import os
import sqlite3
import tempfile
import threading
from collections.abc import Iterator
from contextlib import closing, contextmanager, suppress
from pathlib import Path
from typing import Final

from healthpass.ledger._codes import identity
from healthpass.ledger._errors import LedgerError, failing

APPLICATION: Final = 0x68704C67  # "hpLg", in SQLite's header: the file is a ledger
FORMAT: Final = 1
_FILES: Final = ("", "-wal", "-shm")

# issued.counter is what the blocks count; issued.entry is the index that the list's permutation makes of it. Both
# are unique in a list: that no index serves two codes (STI-1) is a constraint of the database, whatever the
# program does. ledger.clock is the newest time in the log that came soon after those before; lists.begun is when
# the first block of a list was reserved. The index of withdrawn codes holds all that a list is made of.
_TABLES: Final = """
CREATE TABLE ledger (
    issuer TEXT NOT NULL,
    secret BLOB NOT NULL,
    last_number INTEGER NOT NULL,
    last_hash BLOB NOT NULL,
    clock INTEGER NOT NULL
);
CREATE TABLE lists (
    list INTEGER PRIMARY KEY CHECK (list BETWEEN 0 AND 4095),
    generation INTEGER NOT NULL DEFAULT 0,
    next_counter INTEGER NOT NULL DEFAULT 0 CHECK (next_counter BETWEEN 0 AND 1048576),
    begun INTEGER NOT NULL DEFAULT 0,
    last_expiry INTEGER NOT NULL DEFAULT 0,
    last_issued INTEGER NOT NULL DEFAULT -1
);
CREATE TABLE blocks (
    list INTEGER NOT NULL,
    first INTEGER NOT NULL CHECK (first BETWEEN 0 AND 1048575),
    size INTEGER NOT NULL CHECK (size BETWEEN 1 AND 4096),
    token BLOB NOT NULL,
    until INTEGER NOT NULL,
    PRIMARY KEY (list, first)
) WITHOUT ROWID;
CREATE TABLE issued (
    cti BLOB PRIMARY KEY,
    list INTEGER NOT NULL,
    counter INTEGER NOT NULL CHECK (counter BETWEEN 0 AND 1048575),
    entry INTEGER NOT NULL CHECK (entry BETWEEN 0 AND 1048575),
    kid BLOB NOT NULL,
    issued_at INTEGER NOT NULL,
    expires_at INTEGER NOT NULL,
    revoked INTEGER NOT NULL DEFAULT 0,
    UNIQUE (list, counter),
    UNIQUE (list, entry)
) WITHOUT ROWID;
CREATE INDEX issued_expiry ON issued (expires_at);
CREATE INDEX issued_revoked ON issued (list, revoked, entry, expires_at) WHERE revoked = 1;
CREATE TABLE log (
    number INTEGER PRIMARY KEY,
    at INTEGER NOT NULL,
    action TEXT NOT NULL,
    digest BLOB NOT NULL,
    previous BLOB NOT NULL,
    cti BLOB,
    expires_at INTEGER,
    facts TEXT,
    forgotten INTEGER
);
CREATE INDEX log_cti ON log (cti) WHERE cti IS NOT NULL;
CREATE INDEX log_expiry ON log (expires_at) WHERE cti IS NOT NULL;
CREATE INDEX log_published ON log (number) WHERE action = 'published';
"""


class Database:
    """The file of a ledger, in SQLite's WAL mode: many processes read while one writes.

    A transaction that is committed is on the disk (`synchronous=FULL`).

    Attributes:
        path: the file.
        issuer: whose codes it holds.
        secret: what their order comes from.
    """

    def __init__(self, path: Path, timeout: float) -> None:
        self.path: Final = path
        self._timeout = timeout
        self._lock = threading.Lock()
        self._process = os.getpid()
        with failing("open", path):
            self._connection = self._connect(timeout)
        try:
            with self.reading("open") as connection:
                self._check(connection)
                self.issuer, self.secret = identity(connection)
        except BaseException:
            self._connection.close()
            raise

    @classmethod
    @contextmanager
    def making(cls, path: Path) -> Iterator[sqlite3.Connection]:
        """Make the file and its tables, and let them be filled, all in one transaction.

        Raises:
            LedgerError: when there is a file of that name, or it cannot be written.
        """
        with _new_file(path, "create") as connection:
            connection.execute("PRAGMA synchronous = FULL")
            connection.executescript(f"BEGIN IMMEDIATE; {_TABLES}")
            yield connection
            connection.execute(f"PRAGMA user_version = {FORMAT}")
            connection.execute(f"PRAGMA application_id = {APPLICATION}")
            connection.execute("COMMIT")
            connection.execute("PRAGMA journal_mode = WAL")  # last: until here all is in the one file

    def checkpoint(self) -> bool:
        """Bring what the `-wal` file holds into the file and empty it; tell whether nobody was in the way."""
        # Whoever waits here lets no writer in: a second must do.
        with failing("tidy", self.path), closing(self._connect(timeout=1)) as connection:
            (busy, *_) = connection.execute("PRAGMA wal_checkpoint(TRUNCATE)").fetchone()
        return not busy

    @contextmanager
    def writing(self, to_do: str) -> Iterator[sqlite3.Connection]:
        """Be the only writer, for one transaction that is on the disk at the end, or never was.

        Raises:
            LedgerError: when it cannot be done; what could not be done is then said with `to_do`.
        """
        with self._turn(to_do) as connection, self._transaction(connection, "BEGIN IMMEDIATE"):
            yield connection

    @contextmanager
    def reading(self, to_do: str) -> Iterator[sqlite3.Connection]:
        """Read all as it is at one moment."""
        with self._turn(to_do) as connection, self._transaction(connection, "BEGIN"):
            yield connection

    @contextmanager
    def snapshot(self, to_do: str) -> Iterator[sqlite3.Connection]:
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

    def check_process(self) -> None:
        """Refuse to work in a process that was forked from the one that opened the file.

        Raises:
            LedgerError: there.
        """
        # Both would hold the same places in memory, and SQLite's locks do not survive a fork.
        if os.getpid() != self._process:
            raise LedgerError("a ledger cannot be used after a fork: open it in the process that uses it")

    @contextmanager
    def _turn(self, to_do: str) -> Iterator[sqlite3.Connection]:
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

    def _connect(self, timeout: float) -> sqlite3.Connection:
        address = f"{self.path.absolute().as_uri()}?mode=rw"  # never makes a file
        connection = sqlite3.connect(
            address, uri=True, timeout=timeout, isolation_level=None, check_same_thread=False
        )
        try:
            connection.execute("PRAGMA synchronous = FULL")
            connection.execute("PRAGMA secure_delete = ON")  # what is forgotten is overwritten
        except BaseException:
            connection.close()
            raise
        return connection

    def _check(self, connection: sqlite3.Connection) -> None:
        if connection.execute("PRAGMA application_id").fetchone() != (APPLICATION,):
            raise LedgerError(f"cannot open the ledger {str(self.path)!r}: this is no ledger")
        (found,) = connection.execute("PRAGMA user_version").fetchone()
        if found != FORMAT:
            raise LedgerError(
                f"cannot open the ledger {str(self.path)!r}: "
                f"it is of format {found}, and this version knows {FORMAT}"
            )


def write_copy(connection: sqlite3.Connection, path: Path) -> None:
    """Write all that a connection reads into a new file.

    Raises:
        LedgerError: when there is a file of that name, or one of the two cannot be used.
    """
    with _new_file(path, "write") as target:
        connection.backup(target)


@contextmanager
def _new_file(path: Path, to_do: str) -> Iterator[sqlite3.Connection]:
    """Fill a database under another name, which its owner alone may read, and give it its name when it is whole.

    Who reads a ledger knows which codes are withdrawn, and in which order indices come.

    Raises:
        LedgerError: when there is a file of that name, or it cannot be written.
    """
    with failing(to_do, path):
        for end in _FILES:  # SQLite would take those of an earlier ledger for the new one's
            if os.path.lexists(f"{path}{end}"):
                raise FileExistsError(errno.EEXIST, f"File exists: {path.name + end!r}")
        descriptor, made = tempfile.mkstemp(prefix=".healthpass-", suffix=".tmp", dir=path.parent)
        os.close(descriptor)
        try:
            with closing(sqlite3.connect(made, isolation_level=None)) as connection:
                yield connection
            os.link(made, path)  # never over another file
        finally:
            for end in _FILES:
                with suppress(OSError):
                    os.unlink(f"{made}{end}")  # noqa: PTH108 - the three names differ in their ends
