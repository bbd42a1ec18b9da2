"""A memory in a file of SQLite, for the processes of one computer."""

import os
import sqlite3
from collections.abc import Iterator
from contextlib import closing, contextmanager
from datetime import datetime, timedelta
from hashlib import sha256
from pathlib import Path
from typing import Final, final

from healthpass.codec._time import to_seconds
from healthpass.presentation._replay import MAX_OF_ONE, MAX_REMEMBERED, REMEMBERED_FOR
from healthpass.shared._errors import SharedError

FORMAT: Final = 1
_PATIENCE: Final = 5.0  # seconds that a process waits for the others
_UID: Final = getattr(os, "geteuid", None)  # on Windows files have no such owner
# `number` is the order in which they came: a clock may go back.
_TABLES: Final = (
    "CREATE TABLE replays (number INTEGER PRIMARY KEY, shown BLOB UNIQUE, owner BLOB, at INTEGER)",
    "CREATE INDEX replays_owner ON replays (owner)",
    "CREATE INDEX replays_at ON replays (at)",
    "CREATE TABLE challenges (number INTEGER PRIMARY KEY, asked BLOB UNIQUE, ends INTEGER)",
    f"PRAGMA user_version = {FORMAT}",
)
_OLDEST: Final = (
    "DELETE FROM {0} WHERE number IN "
    "(SELECT number FROM {0} ORDER BY number LIMIT max(0, (SELECT count(*) FROM {0}) - ?))"
)


@final
class FileMemory:
    """What the processes of one computer share, in a file: a `Replays` and a `Challenges`.

    All that a `ReplayMemory` and a `ChallengeMemory` promise holds over all processes. Threads may share the
    object, and a process that was forked may use it. Each call opens the file, and ends within seconds.

    Args:
        path: the file, on a disk of this computer and best in memory, such as `/run/gate/memory`: who loses it
            loses what has happened in the last minutes, and no more. Who comes first makes it, and its owner alone
            may read it.
        capacity: how many presentations and how many challenges it can hold, 1 and up.

    Raises:
        TypeError: when `capacity` is not an `int`.
        ValueError: when it is less than 1.
        SharedError: when the file is no such memory, is somebody else's, or cannot be written.
    """

    def __init__(self, path: str | os.PathLike[str], *, capacity: int = MAX_REMEMBERED) -> None:
        if type(capacity) is not int:
            raise TypeError(f"capacity must be an int, not {type(capacity).__name__}")
        if capacity < 1:
            raise ValueError(f"capacity must be 1 or more, not {capacity}")
        self._path: Final = Path(path)
        self._capacity: Final = capacity
        with self._failing():
            self._path.touch(mode=0o600)
            if _UID is not None and self._path.stat().st_uid != _UID():
                raise self._error("it belongs to somebody else")
        with self._turn() as db:
            (found,) = db.execute("PRAGMA user_version").fetchone()
            if found == 0 and db.execute("SELECT count(*) FROM sqlite_master").fetchone() == (0,):
                for statement in _TABLES:
                    db.execute(statement)
            elif found != FORMAT:
                raise self._error(f"it is of format {found}, not {FORMAT}: stop what uses it, and remove it")

    def remember(self, presentation: bytes, credential: bytes, at: datetime) -> bool:
        """Remember a presentation that is otherwise valid, for 90 seconds.

        Args:
            presentation: its bytes.
            credential: what tells the credential in it from every other one.
            at: the time of judging, with a time zone.

        Returns:
            False when one of the processes remembered it already: it is a replay.

        Raises:
            SharedError: when the file cannot be used; the presentation is not to be accepted.
        """
        seconds, owner = to_seconds(at), sha256(credential).digest()
        with self._turn() as db:
            db.execute("DELETE FROM replays WHERE at < ?", [seconds - REMEMBERED_FOR])
            row = [sha256(presentation).digest(), owner, seconds]
            if not db.execute("INSERT OR IGNORE INTO replays (shown, owner, at) VALUES (?, ?, ?)", row).rowcount:
                return False
            db.execute(
                "DELETE FROM replays WHERE number IN "
                "(SELECT number FROM replays WHERE owner = ? ORDER BY number DESC LIMIT -1 OFFSET ?)",
                [owner, MAX_OF_ONE],
            )
            db.execute(_OLDEST.format("replays"), [self._capacity])
        return True

    def keep(self, challenge: str, at: datetime, lifetime: timedelta) -> None:
        """Remember a challenge.

        Args:
            challenge: its whole text.
            at: when it is made, with a time zone.
            lifetime: for how long it can be answered, in whole seconds.

        Raises:
            SharedError: when the file cannot be used; the challenge is not to be shown.
        """
        seconds = to_seconds(at)
        with self._turn() as db:
            db.execute("DELETE FROM challenges WHERE ends <= ?", [seconds])
            row = [sha256(challenge.encode()).digest(), seconds + int(lifetime.total_seconds())]
            db.execute("INSERT OR REPLACE INTO challenges (asked, ends) VALUES (?, ?)", row)
            db.execute(_OLDEST.format("challenges"), [self._capacity])

    def take(self, challenge: str, at: datetime) -> bool:
        """Take a challenge away.

        Args:
            challenge: its whole text.
            at: when the answer came, with a time zone.

        Returns:
            True when one of the processes has kept it, none has taken it before, and it has not expired.

        Raises:
            SharedError: when the file cannot be used; the answer is not to be accepted.
        """
        seconds = to_seconds(at)
        with self._turn() as db:
            asked = [sha256(challenge.encode()).digest()]
            found = db.execute("DELETE FROM challenges WHERE asked = ? RETURNING ends", asked).fetchall()
        return any(seconds < ends for (ends,) in found)

    @contextmanager
    def _turn(self) -> Iterator[sqlite3.Connection]:
        """Give a transaction that no other process is in: two at the same moment cannot both be the first."""
        address = f"{self._path.absolute().as_uri()}?mode=rw"
        with (
            self._failing(),
            closing(sqlite3.connect(address, uri=True, timeout=_PATIENCE, isolation_level=None)) as db,
        ):
            db.execute("PRAGMA synchronous = OFF")  # it need not outlive the computer
            db.execute("BEGIN IMMEDIATE")
            with db:
                yield db

    @contextmanager
    def _failing(self) -> Iterator[None]:
        try:
            yield
        except (sqlite3.Error, OSError) as error:
            raise self._error(str(error)) from error

    def _error(self, why: str) -> SharedError:
        return SharedError(f"the shared memory {str(self._path)!r} cannot be used: {why}")
