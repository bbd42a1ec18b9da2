"""What several processes of one computer share: workers behind one door are one gate, and one office.

A `ReplayMemory` and an `Enrolment` belong to one process. A service with four workers would let a screenshot pass
four times, once at each, and a phone that has its challenge from one would be refused by the others. These workers
share a file instead, best in memory (`/run/...`): who loses it loses what has happened in the last minutes, and no
more than that. `office_app.py` uses it.
"""

import hashlib
import os
import sqlite3
from collections.abc import Iterator
from contextlib import closing, contextmanager, suppress
from datetime import UTC, datetime
from pathlib import Path

from healthpass import Enrolment, EnrolmentError, PublicKey, check_proof

REMEMBERED_FOR = 90  # seconds: for so long a presentation can be accepted (PRS-8)
OF_ONE = 8  # presentations of one credential; then the oldest of these goes, and nobody else's
ANSWERED_FOR = 600  # seconds (ENR-2)
OPEN = 200  # challenges that wait for their proof; then the oldest goes
PATIENCE = 5.0  # seconds that a worker waits for the others
TABLES = (
    "CREATE TABLE IF NOT EXISTS seen (presentation BLOB PRIMARY KEY, credential BLOB NOT NULL, at INTEGER)",
    "CREATE INDEX IF NOT EXISTS by_credential ON seen (credential, at)",
    "CREATE INDEX IF NOT EXISTS by_time ON seen (at)",
    "CREATE TABLE IF NOT EXISTS challenges (text TEXT PRIMARY KEY, ends INTEGER NOT NULL)",
)


class SharedFile:
    """The file. Whatever goes wrong with it is raised: who cannot remember accepts nothing.

    Args:
        path: the file; the first who comes makes it, and its owner alone may read it.
    """

    def __init__(self, path: Path) -> None:
        self._path = path
        path.touch(mode=0o600)
        if path.stat().st_uid != os.geteuid():
            raise PermissionError(f"{path} belongs to somebody else")
        with self.opened() as db:
            for table in TABLES:
                db.execute(table)

    @contextmanager
    def opened(self) -> Iterator[sqlite3.Connection]:
        """Give a transaction that no other process is in: two at the same moment cannot both be the first."""
        with closing(sqlite3.connect(self._path, timeout=PATIENCE, isolation_level=None)) as db:
            db.execute("PRAGMA synchronous = OFF")  # it need not outlive the computer
            db.execute("BEGIN IMMEDIATE")
            with db:
                yield db


class SharedReplays:
    """The presentations that passed at any of several processes; give it to `Verifier(replay=...)`.

    Args:
        file: what the processes share.
    """

    def __init__(self, file: SharedFile) -> None:
        self._file = file

    def remember(self, presentation: bytes, credential: bytes, at: datetime) -> bool:
        """Remember a presentation; return False when any of the processes has seen it before."""
        shown, owner = hashlib.sha256(presentation).digest(), hashlib.sha256(credential).digest()
        seconds = int(at.timestamp())
        with self._file.opened() as db:
            db.execute("DELETE FROM seen WHERE at < ?", [seconds - REMEMBERED_FOR])
            new = db.execute("INSERT OR IGNORE INTO seen VALUES (?, ?, ?)", [shown, owner, seconds]).rowcount == 1
            if new:
                db.execute(
                    "DELETE FROM seen WHERE rowid IN "
                    "(SELECT rowid FROM seen WHERE credential = ? ORDER BY at DESC, rowid DESC LIMIT -1 OFFSET ?)",
                    [owner, OF_ONE],
                )
        return new


class SharedEnrolment:
    """The challenges that any of several processes has given out; it does what an `Enrolment` does.

    Args:
        file: what the processes share.
        issuer: the office, as it stands in the codes.
    """

    def __init__(self, file: SharedFile, issuer: str) -> None:
        self._file, self._issuer = file, issuer

    def challenge(self) -> str:
        """Make a challenge, for one holder, whom the office has just identified."""
        text = Enrolment(self._issuer).challenge()
        with self._file.opened() as db:
            db.execute("INSERT INTO challenges VALUES (?, ?)", [text, int(_now().timestamp()) + ANSWERED_FOR])
            db.execute(
                "DELETE FROM challenges WHERE rowid IN "
                "(SELECT rowid FROM challenges ORDER BY rowid DESC LIMIT -1 OFFSET ?)",
                [OPEN],
            )
        return text

    def check(self, proof: str, *, challenge: str | None = None) -> PublicKey:
        """Check a proof, and take its challenge: no second proof answers it."""
        with self._file.opened() as db:
            db.execute("DELETE FROM challenges WHERE ends <= ?", [int(_now().timestamp())])
            given = db.execute("SELECT text FROM challenges WHERE text = coalesce(?, text)", [challenge])
            for (text,) in given.fetchall():
                with suppress(EnrolmentError):
                    key = check_proof(proof, text)
                    db.execute("DELETE FROM challenges WHERE text = ?", [text])
                    return key
        raise EnrolmentError("it proves no key for a challenge that is open here: make another one")


def _now() -> datetime:
    return datetime.now(UTC)
