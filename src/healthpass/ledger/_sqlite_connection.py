"""A connection to the SQLite database of a ledger: its tables, its format, and copies of it (docs/adr/0024)."""

import errno
import os
import sqlite3
import tempfile
from collections.abc import Iterator, Sequence
from contextlib import closing, contextmanager, suppress
from pathlib import Path
from typing import Any, Final

from healthpass.ledger._batches import GIVEN_UP, WITHDRAWN
from healthpass.ledger._errors import DamagedError, LedgerError, failing
from healthpass.ledger._sql import CodeRow, ConflictError, change_all

APPLICATION: Final = 0x68704C67  # "hpLg", in SQLite's header: the file is a ledger
FORMAT: Final = 4  # a later one is made of this one here, where `check_format` refuses it now
_MOST_TOLD: Final = 3  # things that SQLite finds wrong
_FILES: Final = ("", "-wal", "-shm", "-journal")

# codes has a row for each code until its history is forgotten: the place as long as it is held (state 0 good, 1
# withdrawn), and what is known for an appeal after that too (state 2). codes.entry is the index in its list. It is
# unique among the places that are held: that no index serves two codes (STI-1) is a constraint of the database,
# whatever the program does. codes.seal is what tells a code of a run from another one of its cti. codes.line is
# the batch, a line of the log, whose digest holds the root over its codes. Rows are in the order of recording, so
# that only the index of ctis and that of indices grow in all places at once. ledger.clock is the newest time in
# the log that came soon after those before; ledger.copied says that the file is a copy; restored is the line that
# tells of the last restoration, and of a run, what that was when it began; lists.begun is when the first block of
# a list was reserved; carried has the entries that published lists show and no code is known for, after a copy was
# put back. The index of withdrawn codes holds all that a list is made of.
TABLES: Final = """
CREATE TABLE ledger (
    issuer TEXT NOT NULL,
    secret BLOB NOT NULL,
    last_number INTEGER NOT NULL,
    last_hash BLOB NOT NULL,
    clock INTEGER NOT NULL,
    copied INTEGER NOT NULL DEFAULT 0,
    restored INTEGER NOT NULL DEFAULT 0
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
    entry INTEGER NOT NULL CHECK (entry BETWEEN 0 AND 1048575),
    kid BLOB NOT NULL,
    issued_at INTEGER NOT NULL,
    expires_at INTEGER NOT NULL,
    device BLOB,
    seal BLOB
);
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
CREATE TABLE runs (
    run TEXT PRIMARY KEY NOT NULL,
    salt BLOB NOT NULL,
    restored INTEGER NOT NULL,
    starts_at INTEGER NOT NULL,
    lifetime INTEGER NOT NULL,
    jitter INTEGER NOT NULL,
    kid BLOB NOT NULL,
    set_by TEXT NOT NULL,
    set_why TEXT NOT NULL
) WITHOUT ROWID;
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


class SqliteConnection(sqlite3.Connection):
    """A connection to the database of a ledger, as the rules of a ledger ask it."""

    codes: str = "codes"
    every_code: str = "codes"
    devices: str = "codes"
    by: str = "json_extract(log.facts, '$.by')"
    why: str = "json_extract(log.facts, '$.why')"

    def stream(self, statement: str, parameters: Sequence[Any] = (), /) -> Iterator[Any]:
        """Ask for rows: SQLite reads each when it is needed."""
        return self.execute(statement, parameters)

    def expiring(self, first: int, last: int) -> str:  # noqa: ARG002 - see Connection
        """Return nothing: a cti is found as fast without it."""
        return ""

    def codes_of(self, line: int) -> str:  # noqa: ARG002 - its index is by lines
        """Return the table of codes."""
        return "codes AS known"

    def add_codes(self, first: int, batches: Sequence[Sequence[CodeRow]], at: int) -> None:  # noqa: ARG002
        """Add codes, each with its line."""
        try:
            self.executemany(
                "INSERT INTO codes (line, cti, list, entry, kid, issued_at, expires_at, device, seal)"
                " VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?)",
                [(line, *row) for line, rows in enumerate(batches, first) for row in rows],
            )
        except sqlite3.IntegrityError as error:
            raise ConflictError from error

    def withdraw(self, line: int, news: Sequence[tuple[bytes, bytes | None]]) -> None:
        """Withdraw codes.

        Raises:
            DamagedError: when one that was there a moment ago is not found again.
        """
        self.executemany(
            "INSERT INTO withdrawals (line, cti, new) VALUES (?, ?, ?)", [(line, *row) for row in news]
        )
        withdrawing = f"UPDATE codes SET state = {WITHDRAWN} WHERE cti = ?"
        if self.executemany(withdrawing, [(cti,) for cti, _ in news]).rowcount != len(news):
            raise DamagedError("the database is damaged: an index and a table disagree, and nothing was withdrawn")

    def give_up(self, expired_by: int, at_most: int) -> int:
        """Give up the places of codes that had expired by a time, some of them."""
        found = self.execute(
            "SELECT cti FROM codes WHERE expires_at <= ? AND state < ? LIMIT ?", (expired_by, GIVEN_UP, at_most)
        ).fetchall()
        ctis = [cti for (cti,) in found]
        if change_all(self, f"UPDATE codes SET state = {GIVEN_UP} WHERE cti IN ({{}})", ctis) != len(ctis):
            raise ValueError("an index names rows that are not there")  # it would name them for ever
        return len(ctis)

    def forget_codes(self, lines: Sequence[int], expired_by: int) -> None:  # noqa: ARG002 - see Connection
        """Delete the codes of lines."""
        # By the state too: a place is given up by a line of its own, and never here.
        change_all(self, f"DELETE FROM codes WHERE state = {GIVEN_UP} AND line IN ({{}})", lines)

    def check(self) -> None:
        """Let SQLite compare its pages, its tables and their indexes, and compare these with those of a ledger."""
        found = [text for (text,) in self.execute(f"PRAGMA integrity_check({_MOST_TOLD})")]
        if found != ["ok"]:
            told = "; ".join(" ".join(str(text).split()) for text in found)
            raise DamagedError(
                f"the database is damaged: {told}; `healthpass status restore` makes the ledger anew from a copy"
            )
        _check_schema(self)


def connect(file: Path, timeout: float, mode: str = "rw") -> SqliteConnection:
    """Open a database that exists."""
    address = f"{file.absolute().as_uri()}?mode={mode}"  # never makes a file
    connection = sqlite3.connect(
        address, uri=True, timeout=timeout, isolation_level=None, check_same_thread=False, factory=SqliteConnection
    )
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


def _check_schema(connection: sqlite3.Connection) -> None:
    """Make sure that the tables and indexes are those of a ledger, with all their constraints.

    Raises:
        DamagedError: when one is missing, is another, or is too many.
    """
    question = "SELECT name, sql FROM sqlite_master ORDER BY name"
    with closing(sqlite3.connect(":memory:")) as fresh:
        fresh.executescript(TABLES)
        expected = dict(fresh.execute(question).fetchall())
    found = dict(connection.execute(question).fetchall())
    for name in sorted({*expected, *map(str, found)}):
        if expected.get(name) != found.get(name):
            raise DamagedError(
                f"the database is damaged: {name!r} is none of a ledger; `healthpass status restore` makes the "
                "ledger anew from a copy"
            )


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
