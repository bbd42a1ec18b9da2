"""What a ledger needs of where it is kept: transactions, and what tells whether it went back."""

from collections.abc import Mapping, Sequence
from contextlib import AbstractContextManager
from pathlib import Path
from typing import Protocol

from healthpass.credential._regions import IssuerId
from healthpass.ledger._folder import Marked
from healthpass.ledger._published import Published
from healthpass.ledger._sql import CodeRow, Connection


class Database(Protocol):
    """Where a ledger is kept.

    Attributes:
        name: what errors call it.
        issuer: whose codes it holds.
        secret: what the order of its places comes from.
        forgets_at_once: how many codes whose history is over are forgotten in one transaction.
        forgets_by: of how many seconds history is forgotten together: a second, or a day of UTC.
        until: what lets a ledger that went back be used again, for errors.
    """

    name: str
    issuer: IssuerId
    secret: bytes
    forgets_at_once: int
    forgets_by: int
    until: str

    def now(self) -> int:
        """Return the time, in seconds since 1970: one clock for all who have the ledger open."""

    def writing(
        self, to_do: str, batches: Sequence[Sequence[CodeRow]] = ...
    ) -> AbstractContextManager[Connection]:
        """Be the only writer, for one transaction that is on the disk at the end, or never was.

        Args:
            to_do: what is said when it cannot be done.
            batches: what `add_codes` will be called with.
        """

    def reading(self, to_do: str) -> AbstractContextManager[Connection]:
        """Read all as it is at one moment."""

    def snapshot(self, to_do: str) -> AbstractContextManager[Connection]:
        """Read all as it is at one moment, for long: nobody waits meanwhile."""

    def close(self) -> None:
        """Close it; in a forked child nothing, since it is the parent's."""

    def check_process(self) -> None:
        """Refuse to work in a process that was forked from the one that opened it."""

    def marked(self) -> Marked | None:
        """Return how far the ledger was at least; to be read before the ledger, which goes on."""

    def went_back(self, connection: Connection, marked: Marked | None) -> str | None:
        """Say how the ledger went back, if it did, from what `marked` has returned before it was read."""

    def tidy(self, expired_by: int) -> None:
        """Take what was forgotten out of the files; codes of lines that had expired by a time are not needed.

        Raises:
            LedgerError: when something of it is left.
        """

    def keep(self, lists: Mapping[int, bytes]) -> None:
        """Keep lists as those that were published last, where they would not go back together with the ledger."""

    def published(self) -> tuple[list[Published], list[tuple[Path, str]]]:
        """Return the lists that were published last, as far as they are kept, and which of them are damaged."""
