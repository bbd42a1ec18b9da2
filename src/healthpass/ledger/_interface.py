"""`Ledger`: what an issuer needs of whatever keeps its codes, with SQLite or with another database."""

from collections.abc import Iterable, Iterator, Mapping
from datetime import datetime, timedelta
from typing import NamedTuple, Protocol, runtime_checkable

from healthpass.issuing._status_places import StatusPlaces
from healthpass.ledger._actions import Action, Batch, Withdrawal
from healthpass.ledger._history import Head
from healthpass.ledger._proof import EntryProof
from healthpass.ledger._selecting import SelectedCode, Selection


class ListIssue(NamedTuple):
    """A list that is about to be signed.

    Attributes:
        bitmap: its entries, 131,072 bytes (STL-6).
        issued_at: when it is made, later than each issue before.
        expires_at: until when it counts.
    """

    bitmap: bytes
    issued_at: datetime
    expires_at: datetime


@runtime_checkable
class Ledger(StatusPlaces, Protocol):
    """What an issuer needs of a database: it keeps each code's cti and place, and who set it and why.

    It does not record what a code says about its holder. Each action is a line of a log, in which every change is
    noticed.
    """

    def revoke(self, cti: bytes, *, by: str, why: str, at: datetime | None = None) -> bool:
        """Withdraw a code, for good (STI-4), and tell whether it was not withdrawn before."""

    def revoke_many(
        self,
        chosen: Selection | Iterable[bytes],
        *,
        by: str,
        why: str,
        at_most: int = ...,
        at: datetime | None = None,
    ) -> Withdrawal:
        """Withdraw codes, none where they are more than `at_most`; unknown ones do not stop the others."""

    def rehearse(self, chosen: Selection | Iterable[bytes]) -> Withdrawal:
        """Tell what withdrawing codes would come to, and change nothing."""

    def select(self, selection: Selection) -> Iterator[SelectedCode]:
        """Read the codes of a selection, one after the other."""

    def batch(self, number: int) -> Batch:
        """Tell of codes that were recorded, withdrawn or corrected together."""

    def correct(self, cti: bytes, *, new: bytes, by: str, why: str, at: datetime | None = None) -> None:
        """Withdraw a code, and note which one was issued in its place (ISS-7, STI-4)."""

    def forget(
        self, *, at: datetime | None = None, keep_history: timedelta = ..., after_pause: bool = False
    ) -> int:
        """Drop all codes that expired long enough ago, return how many, and forget what was done to older ones."""

    def history(self, cti: bytes) -> tuple[Action, ...]:
        """Tell who set, withdrew or corrected a code, when and on what ground."""

    def prove(self, cti: bytes, *, head: Head | None = None) -> tuple[EntryProof, ...]:
        """Prove what was done to a code, to somebody who holds a head and nothing else of the ledger."""

    def in_place_of(self, cti: bytes) -> tuple[bytes, ...]:
        """Tell which codes were corrected by this one."""

    def lists(self) -> tuple[int, ...]:
        """Return the numbers of the lists that exist, ascending."""

    def bitmap(self, number: int, *, at: datetime | None = None) -> bytes:
        """Return the entries of a list as they are now (STL-6)."""

    def issue_lists(
        self, *, kid: bytes, at: datetime, lifetime: timedelta, after_pause: bool = False
    ) -> dict[int, ListIssue]:
        """Give each list its next iat, and note that it is published.

        A time long after the last action is refused, unless the caller says that there was a pause: when the clock
        jumps ahead, withdrawals would be lost. `forget` does the same.
        """

    def keep_published(self, lists: Mapping[int, bytes]) -> None:
        """Keep signed lists as those that were published last, to compare with them."""

    def head(self) -> Head:
        """Return the head of the log, to be kept elsewhere."""

    def verify_chain(self, *heads: Head) -> Head:
        """Check the whole log, and that it continues from heads that were kept."""
