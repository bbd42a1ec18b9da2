"""A memory of presentations that several processes of one computer share: workers behind one door are one gate.

A `ReplayMemory` belongs to one process. A service with four workers would let a screenshot pass four times, once
at each. These workers share a file instead, best in memory (`/run/...`): it holds hashes of the last 90 seconds,
and who loses it loses no more than that. `office.py` uses it.
"""

import hashlib
import os
import sqlite3
from collections.abc import Iterator
from contextlib import closing, contextmanager
from datetime import datetime
from pathlib import Path

REMEMBERED_FOR = 90  # seconds: for so long a presentation can be accepted (PRS-8)
OF_ONE = 8  # presentations of one credential; then the oldest of these goes, and nobody else's
PATIENCE = 5.0  # seconds that a worker waits for the others


class SharedReplays:
    """The presentations that passed at any of several processes; give it to `Verifier(replay=...)`.

    Whatever goes wrong with the file is raised: a gate that cannot remember accepts nothing.

    Args:
        path: the file; the first who comes makes it, and its owner alone may read it.
    """

    def __init__(self, path: Path) -> None:
        self._path = path
        path.touch(mode=0o600)
        if path.stat().st_uid != os.geteuid():
            raise PermissionError(f"{path} belongs to somebody else")
        with self._opened() as db:
            db.execute(
                "CREATE TABLE IF NOT EXISTS seen "
                "(presentation BLOB PRIMARY KEY, credential BLOB NOT NULL, at INTEGER NOT NULL)"
            )
            db.execute("CREATE INDEX IF NOT EXISTS by_credential ON seen (credential, at)")
            db.execute("CREATE INDEX IF NOT EXISTS by_time ON seen (at)")

    def remember(self, presentation: bytes, credential: bytes, at: datetime) -> bool:
        """Remember a presentation; return False when any of the processes has seen it before."""
        shown, owner = hashlib.sha256(presentation).digest(), hashlib.sha256(credential).digest()
        seconds = int(at.timestamp())
        with self._opened() as db:
            db.execute("DELETE FROM seen WHERE at < ?", [seconds - REMEMBERED_FOR])
            new = db.execute("INSERT OR IGNORE INTO seen VALUES (?, ?, ?)", [shown, owner, seconds]).rowcount == 1
            if new:
                db.execute(
                    "DELETE FROM seen WHERE rowid IN "
                    "(SELECT rowid FROM seen WHERE credential = ? ORDER BY at DESC, rowid DESC LIMIT -1 OFFSET ?)",
                    [owner, OF_ONE],
                )
        return new

    @contextmanager
    def _opened(self) -> Iterator[sqlite3.Connection]:
        """Give a transaction that no other process is in: two at the same moment cannot both be the first."""
        with closing(sqlite3.connect(self._path, timeout=PATIENCE, isolation_level=None)) as db:
            db.execute("PRAGMA synchronous = OFF")  # it need not outlive the computer
            db.execute("BEGIN IMMEDIATE")
            with db:
                yield db
