"""The database of a ledger: its tables, and one connection that threads take turns with (docs/adr/0024)."""

import errno
import os
import sqlite3
import tempfile
import threading
from collections.abc import Iterator
from contextlib import ExitStack, closing, contextmanager, suppress
from pathlib import Path
from typing import Final

from healthpass.ledger._codes import identity
from healthpass.ledger._errors import DamagedError, LedgerError, WentBackError, failing
from healthpass.ledger._folder import DATABASE, MARK, Mark, Marked, check_folder, new_folder, share
from healthpass.ledger._history import checked_head, contains
from healthpass.words._logging import logger

APPLICATION: Final = 0x68704C67  # "hpLg", in SQLite's header: the file is a ledger
_LOG: Final = logger("ledger")
FORMAT: Final = 3  # a later one is made of this one here, where `check_format` refuses it now
_INTERRUPTED: Final = f"{DATABASE} is missing; `healthpass status restore` makes it anew from a copy"
_FILES: Final = ("", "-wal", "-shm", "-journal")

# codes has a row for each code until its history is forgotten: the place as long as it is held (state 0 good, 1
# withdrawn), and what is known for an appeal after that too (state 2). codes.counter is what the blocks count;
# codes.entry is the index that the list's permutation makes of it. Both are unique among the places that are held:
# that no index serves two codes (STI-1) is a constraint of the database, whatever the program does. codes.line
# is the batch, a line of the log, whose digest holds the root over its codes. Rows are in the order of
# recording, so that only the index of ctis and that of indices grow in all places at once.
# ledger.clock is the newest time in the log that came soon after those before; ledger.copied says that the file
# is a copy; lists.begun is when the first block of a list was reserved; carried has the entries that published
# lists show and no code is known for, after a copy was put back. The index of withdrawn codes holds all that a
# list is made of.
_TABLES: Final = """
CREATE TABLE ledger (
    issuer TEXT NOT NULL,
    secret BLOB NOT NULL,
    last_number INTEGER NOT NULL,
    last_hash BLOB NOT NULL,
    clock INTEGER NOT NULL,
    copied INTEGER NOT NULL DEFAULT 0
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
CREATE TABLE codes (
    cti BLOB PRIMARY KEY NOT NULL,
    line INTEGER NOT NULL,
    state INTEGER NOT NULL DEFAULT 0 CHECK (state BETWEEN 0 AND 2),
    list INTEGER NOT NULL,
    counter INTEGER NOT NULL CHECK (counter BETWEEN 0 AND 1048575),
    entry INTEGER NOT NULL CHECK (entry BETWEEN 0 AND 1048575),
    kid BLOB NOT NULL,
    issued_at INTEGER NOT NULL,
    expires_at INTEGER NOT NULL,
    device BLOB
);
CREATE UNIQUE INDEX codes_counter ON codes (list, counter) WHERE state < 2;
CREATE UNIQUE INDEX codes_entry ON codes (list, entry) WHERE state < 2;
CREATE UNIQUE INDEX codes_device ON codes (device) WHERE device IS NOT NULL;
CREATE INDEX codes_line ON codes (line);
CREATE INDEX codes_made ON codes (issued_at) WHERE state < 2;
CREATE INDEX codes_expiry ON codes (expires_at) WHERE state < 2;
CREATE INDEX codes_withdrawn ON codes (list, state, entry, expires_at) WHERE state = 1;
CREATE TABLE withdrawals (
    line INTEGER NOT NULL,
    cti BLOB NOT NULL,
    new BLOB,
    PRIMARY KEY (line, cti)
) WITHOUT ROWID;
CREATE INDEX withdrawals_cti ON withdrawals (cti);
CREATE INDEX withdrawals_new ON withdrawals (new) WHERE new IS NOT NULL;
CREATE TABLE carried (
    list INTEGER PRIMARY KEY,
    until INTEGER NOT NULL,
    bits BLOB NOT NULL
);
CREATE TABLE log (
    number INTEGER PRIMARY KEY,
    at INTEGER NOT NULL,
    action TEXT NOT NULL,
    digest BLOB NOT NULL,
    previous BLOB NOT NULL,
    facts TEXT,
    expires_at INTEGER,
    forgotten INTEGER
);
CREATE INDEX log_expiry ON log (expires_at) WHERE expires_at IS NOT NULL;
CREATE INDEX log_published ON log (number) WHERE action = 'published';
"""


class Database:
    """The database in the folder of a ledger, in SQLite's WAL mode: many processes read while one writes.

    A transaction that is committed is on the disk (`synchronous=FULL`).

    Attributes:
        path: the folder.
        file: the file.
        issuer: whose codes it holds.
        secret: what their order comes from.
    """

    def __init__(self, path: Path, timeout: float) -> None:
        self.path: Final = path
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
    def making(cls, path: Path) -> Iterator[sqlite3.Connection]:
        """Make the folder, the file and its tables, and let them be filled, all in one transaction.

        Raises:
            LedgerError: when there is something of that name, or it cannot be written.
        """
        with failing("create", path), new_folder(path) as folder:
            file = folder / DATABASE
            os.close(os.open(file, os.O_CREAT | os.O_EXCL | os.O_WRONLY, 0o600))
            with closing(sqlite3.connect(file, isolation_level=None)) as connection:
                connection.execute("PRAGMA synchronous = FULL")
                connection.executescript(f"BEGIN IMMEDIATE; {_TABLES}")
                yield connection
                connection.execute(f"PRAGMA user_version = {FORMAT}")
                connection.execute(f"PRAGMA application_id = {APPLICATION}")
                marked = marked_now(connection)
                connection.execute("COMMIT")
                connection.execute("PRAGMA journal_mode = WAL")
            Mark.make(folder / MARK, marked)

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

    def went_back(self, connection: sqlite3.Connection, marked: Marked | None) -> str | None:
        """Say how the ledger went back, if it did, from what `marked` has returned before it was read."""
        if connection.execute("SELECT copied FROM ledger").fetchone() != (0,):
            return "it is a copy, which `healthpass status backup` made"
        return behind(connection, marked)

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

    def _file_now(self) -> tuple[int, int]:
        found = self.file.lstat()
        return found.st_dev, found.st_ino

    def _connect(self, timeout: float) -> sqlite3.Connection:
        return connect(self.file, timeout)


def connect(file: Path, timeout: float) -> sqlite3.Connection:
    """Open a database that exists."""
    address = f"{file.absolute().as_uri()}?mode=rw"  # never makes a file
    connection = sqlite3.connect(address, uri=True, timeout=timeout, isolation_level=None, check_same_thread=False)
    try:
        connection.execute("PRAGMA synchronous = FULL")
        connection.execute("PRAGMA secure_delete = ON")  # what is forgotten is overwritten
        connection.execute("PRAGMA trusted_schema = OFF")
    except BaseException:
        connection.close()
        raise
    return connection


def check_format(connection: sqlite3.Connection, path: Path) -> None:
    """Make sure that a database is a ledger of this format.

    Raises:
        LedgerError: when it is not.
    """
    if connection.execute("PRAGMA application_id").fetchone() != (APPLICATION,):
        raise LedgerError(f"cannot open the ledger {str(path)!r}: this is no ledger")
    (found,) = connection.execute("PRAGMA user_version").fetchone()
    if found != FORMAT:
        raise LedgerError(
            f"cannot open the ledger {str(path)!r}: it is of format {found}, and this version knows {FORMAT}: "
            + ("publish what it holds with the version that made it" if found < FORMAT else "use a newer version")
        )


def check_schema(connection: sqlite3.Connection) -> None:
    """Make sure that the tables and indexes are those of a ledger, with all their constraints.

    Raises:
        DamagedError: when one is missing, is another, or is too many.
    """
    question = "SELECT name, sql FROM sqlite_master ORDER BY name"
    with closing(sqlite3.connect(":memory:")) as fresh:
        fresh.executescript(_TABLES)
        expected = dict(fresh.execute(question).fetchall())
    found = dict(connection.execute(question).fetchall())
    for name in sorted({*expected, *map(str, found)}):
        if expected.get(name) != found.get(name):
            raise DamagedError(
                f"the database is damaged: {name!r} is none of a ledger; `healthpass status restore` makes the "
                "ledger anew from a copy"
            )


def marked_now(connection: sqlite3.Connection) -> Marked:
    """Return how far a ledger is."""
    number, digest, last_list = connection.execute(
        "SELECT last_number, last_hash, (SELECT max(list) FROM lists) FROM ledger"
    ).fetchone()
    return Marked(checked_head(number, digest), int(last_list))


def behind(connection: sqlite3.Connection, marked: Marked | None) -> str | None:
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


def write_copy(connection: sqlite3.Connection, path: Path) -> None:
    """Write all that a connection reads into a new file, which says that it is a copy.

    Raises:
        LedgerError: when there is a file of that name, or one of the two cannot be used.
    """
    with _new_file(path, "write") as target:
        connection.backup(target)
        target.execute("PRAGMA journal_mode = DELETE")  # one file
        target.execute("UPDATE ledger SET copied = 1")


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
            _give_name(made, path)
        finally:
            for end in _FILES:
                with suppress(OSError):
                    os.unlink(f"{made}{end}")  # noqa: PTH108 - the three names differ in their ends


def _give_name(made: str, path: Path) -> None:
    """Give a file its name, never over another one."""
    try:
        os.link(made, path)
    except FileExistsError:
        raise
    except OSError:  # a stick or a share without hard links
        os.close(os.open(path, os.O_CREAT | os.O_EXCL | os.O_WRONLY, 0o600))
        os.replace(made, path)  # noqa: PTH105 - as it was made
