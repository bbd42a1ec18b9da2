"""`SqliteLedger`: a ledger in one folder, shared by the threads and processes of one machine."""

import os
import secrets
from collections.abc import Iterable
from datetime import datetime, timedelta
from pathlib import Path
from typing import Final, Self

from healthpass.codec._keys import PublicKey
from healthpass.codec._time import now, to_seconds
from healthpass.credential._regions import IssuerId
from healthpass.ledger import _history, _lists
from healthpass.ledger._actions import words
from healthpass.ledger._database import SqliteDatabase
from healthpass.ledger._errors import LedgerError
from healthpass.ledger._history import Head
from healthpass.ledger._ledger import BLOCK_SIZE, LEASE, DatabaseLedger, check_blocks
from healthpass.ledger._permutation import KEY_SIZE
from healthpass.ledger._restore import LONGEST, Order, Restored, restore
from healthpass.ledger._sqlite_connection import write_copy
from healthpass.words._logging import logger

_LOG: Final = logger("ledger")
TIMEOUT: Final = 30.0  # seconds that a writer waits for the others; a transaction takes some milliseconds


class SqliteLedger(DatabaseLedger):
    """The codes of one issuer, their places and their log, in a folder that only its owner may use.

    Threads can share one object. Each process must open its own; after a fork, it is refused. The folder must be
    on a disk of this machine, not on a network share, and belong to the user who opens it.

    A ledger knows that it went back: where its database was replaced by an older copy, it can be read, and all
    that would give out a place or change it raises `WentBackError`, until `restore` was called.

    Attributes:
        path: the folder.
        issuer: the issuer whose lists these are.

    Args:
        path: a folder that `create` has made.
        timeout: how long a writer waits for the others, in seconds.
        block_size: how many places a worker reserves at once, 1 to 4,096.
        lease: how long it holds them without recording a code, a second to a week. A signature must not take
            longer. After a crash, others get the rest of the places when this time is over.

    Raises:
        ValueError: when an argument is out of range.
        LedgerError: when there is no ledger, it cannot be read, or others can write to its folder.
    """

    _database: SqliteDatabase

    def __init__(
        self,
        path: str | os.PathLike[str],
        *,
        timeout: float = TIMEOUT,
        block_size: int = BLOCK_SIZE,
        lease: timedelta = LEASE,
    ) -> None:
        check_blocks(block_size, lease)
        self.path = Path(path)
        super().__init__(SqliteDatabase(self.path, timeout), block_size, lease)

    @classmethod
    def create(
        cls,
        path: str | os.PathLike[str],
        issuer: str,
        *,
        at: datetime | None = None,
    ) -> Self:
        """Make a ledger for an issuer that has none.

        Args:
            path: a folder that is not there.
            issuer: the issuer's id.
            at: the time; now when left out.

        Raises:
            ValueError: when that is no issuer id.
            LedgerError: when there is something of that name, or it cannot be written.
        """
        facts, moment = {"issuer": str(IssuerId(issuer))}, to_seconds(at or now())
        with SqliteDatabase.making(Path(path)) as connection:
            connection.execute(
                "INSERT INTO ledger (issuer, secret, last_number, last_hash, clock) VALUES (?, ?, 0, ?, ?)",
                (str(issuer), secrets.token_bytes(KEY_SIZE), _history.START, moment),
            )
            _lists.open_first(connection)
            _history.append(connection, at=moment, action="created", facts=facts)
        _LOG.info("made the ledger %s of %s", path, issuer)
        return cls(path)

    @classmethod
    def restore(
        cls,
        copy: str | os.PathLike[str],
        path: str | os.PathLike[str],
        *,
        by: str,
        why: str,
        published: Iterable[bytes] = (),
        keys: Iterable[PublicKey] = (),
        without_evidence: bool = False,
        longest: timedelta = LONGEST,
        at: datetime | None = None,
    ) -> Restored:
        """Make a ledger of a copy, so that issuing goes on at once, and no place is given out twice.

        All lists of the copy are retired, and codes get their places in fresh ones. What the lists that were
        published last show as withdrawn is withdrawn, or shown on where the copy does not know the code; none is
        taken back. What was withdrawn after the copy and not published is lost, and must be told again.

        Call it again where it was interrupted.

        Args:
            copy: a file that `backup` made, or the database of a ledger; it may lie in the folder itself.
            path: a folder that is not there; or that of the ledger that is lost or went back, whose mark and whose
                lists are evidence. Its database is kept in it under another name.
            by: who restores it.
            why: on what ground.
            published: the lists that were published last.
            keys: the issuer's status keys; each of these lists is signed by one.
            without_evidence: that there is neither a mark nor a list that tells what came after the copy.
            longest: how long a code may live that the copy does not know.
            at: the time; now when left out.

        Raises:
            TypeError: when an argument is of another type.
            ValueError: when a value is not valid.
            LedgerError: when the copy is not whole, the ledger there is in order or in use, there is no
                evidence, or something cannot be read or written.
        """
        order = Order(
            to_seconds(at or now()),
            words("by", by),
            words("why", why),
            longest // timedelta(seconds=1),
            without_evidence,
        )
        done = restore(Path(copy), Path(path), order, published, keys)
        _LOG.warning("restored the ledger %s from %s", path, copy)
        return done

    def backup(self, path: str | os.PathLike[str]) -> Head:
        """Copy the whole ledger, as it is at one moment, into a new file; others go on writing.

        A copy of the file alone, made while it is in use, lacks what is in the `-wal` file. The copy is no ledger:
        `restore` makes one of it.

        Args:
            path: a new file, outside of the ledger's folder.

        Returns:
            The head of its log.

        Raises:
            LedgerError: when there is a file of that name, or one of the two cannot be used.
        """
        if Path(path).absolute().parent.resolve() == self.path.resolve():
            raise LedgerError(
                f"cannot copy the ledger into its own folder {str(self.path)!r}: nothing else lies there"
            )
        with self._database.snapshot("copy") as connection:
            head = _history.head(connection)
            write_copy(connection, Path(path))
        return head
