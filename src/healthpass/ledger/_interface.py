"""`Ledger`: what an issuer needs of whatever keeps its codes, with SQLite or with another database."""

from collections.abc import Iterable, Iterator, Mapping
from datetime import datetime, timedelta
from typing import NamedTuple, Protocol, runtime_checkable

from healthpass.issuing._status_places import Runs
from healthpass.ledger._actions import Action, Batch, Withdrawal
from healthpass.ledger._history import Head
from healthpass.ledger._proof import EntryProof
from healthpass.ledger._selecting import SelectedCode, Selection


class ListIssue(NamedTuple):
    """A list that is about to be signed.

    Attributes:
        bitmap: its entries, 131,072 bytes (STL-6).
        issued_at: when it is made, later than each issue before that a gate can have taken.
        expires_at: until when it counts.
    """

    bitmap: bytes
    issued_at: datetime
    expires_at: datetime


@runtime_checkable
class Ledger(Runs, Protocol):
    """What an issuer needs of a database: it keeps each code's cti and place, and who set it and why.

    It does not record what a code says about its holder. Each action is a line of a log, in which every change is
    noticed. `healthpass.ledger.contract` has tests that hold a class to what is said here.

    **Workers.** Threads share an object. Other processes, or other hosts, open the same ledger, and each knows
    what another one has done as soon as that call has returned. What was done stays done, whatever is killed
    afterwards. A call that is interrupted was done entirely or not at all.

    **Places.** No place is given to two codes. A place is held by the worker that took it, and only that one can
    record a code with it or give it back. A ledger may give what a worker does not come back for to others; then
    it refuses that worker's codes.

    **Recording.** `record` raises a `LedgerError` where a place is not held, or is there twice, and a
    `CodeKnownError` where a cti was used before for a code that expires on the same day, in UTC, and is not
    dropped. (A cti is random, or comes from a run, which gives the code its times too: so other days need no
    look.) It raises a `DeviceKeyUsedError` where a device key was used, also in a code that was withdrawn or
    dropped, as long as its history is kept (ISS-4). The places of the codes are still held then. The codes of a
    call with the same `by` and `why` are a batch, one line of the log. The very same codes again, by whichever
    worker, are no error and change nothing, until they are dropped. So a worker that was interrupted learns
    whether its codes may leave. A code with a seal is the same also where its `issued_at` is another.

    **Runs.** `begin_run` returns a secret that comes from one of the ledger, so that no other ledger has it.

    **Errors.** What a caller gets wrong is a `TypeError` or a `ValueError`: ctis have 12 bytes, kids 8, `by` and
    `why` 1 to 500 printable characters that are not all blanks, and times a time zone. A time that is left out
    is now; fractions of a second are dropped. All else that fails is a `LedgerError`. After an error nothing was
    done, and the log has no new line, but for the steps of `revoke_many` and `forget`.
    """

    def revoke(self, cti: bytes, *, by: str, why: str, at: datetime | None = None) -> bool:
        """Withdraw a code, for good (STI-4), and tell whether it was not withdrawn before.

        Only then the log has a new line: the first who did it stays in the history.

        Raises:
            UnknownCodeError: when the ledger does not know the code, or has dropped it.
        """

    def revoke_many(
        self,
        chosen: Selection | Iterable[bytes],
        *,
        by: str,
        why: str,
        at_most: int = ...,
        at: datetime | None = None,
    ) -> Withdrawal:
        """Withdraw codes, none where they are more than `at_most`; unknown ones do not stop the others.

        `at_most` counts what is not withdrawn yet, each code once; it is 100 when left out. Many codes may be
        withdrawn in steps, each whole and one line of the log, which is a batch. Where nothing is to be done,
        there is no line.

        Raises:
            TooManyCodesError: when more would be withdrawn.
            UnknownBatchError: when the log tells nothing of the batch of a selection.
        """

    def rehearse(self, chosen: Selection | Iterable[bytes]) -> Withdrawal:
        """Tell what withdrawing codes would come to, and change nothing; there are no batches.

        Raises:
            UnknownBatchError: when the log tells nothing of the batch of a selection.
        """

    def select(self, selection: Selection) -> Iterator[SelectedCode]:
        """Read the codes of a selection, one after the other, each once, in any order.

        Raises:
            UnknownBatchError: when the log tells nothing of its batch; at the latest when the first code is read.
        """

    def batch(self, number: int) -> Batch:
        """Tell of codes that were recorded, withdrawn or corrected together.

        Raises:
            UnknownBatchError: when there is no such line of the log, it is about no code, or it is forgotten.
        """

    def correct(self, cti: bytes, *, new: bytes, by: str, why: str, at: datetime | None = None) -> None:
        """Withdraw a code, and note which one was issued in its place (ISS-7, STI-4).

        The wrong code may be withdrawn already; the log has a new line each time.

        Raises:
            ValueError: when the two are one.
            UnknownCodeError: when the ledger does not know one of them, or has dropped it.
            WithdrawnCodeError: when the new one is withdrawn itself.
        """

    def forget(
        self, *, at: datetime | None = None, keep_history: timedelta = ..., after_pause: bool = False
    ) -> int:
        """Drop all codes that expired long enough ago, return how many, and forget what was done to older ones.

        A code is dropped 8 days (691,200 s) after it expired, no sooner (STI-1): from then on it is unknown to all
        but `history`, `prove`, `in_place_of` and `batch`. A line of the log is forgotten by these `keep_history`
        after the last of its codes expired, or after it was written if that was later. Both may come up to a day
        later, so that a database can drop a day at once. The log notes both.

        Raises:
            ValueError: when `keep_history` is less than 8 days.
            LedgerError: when the clock has jumped, as `issue_lists` says.
        """

    def history(self, cti: bytes) -> tuple[Action, ...]:
        """Tell who set, withdrew or corrected a code, when and on what ground, in the order of the log.

        Raises:
            UnknownCodeError: when the ledger does not know the code, or has forgotten what was done to it.
        """

    def prove(self, cti: bytes, *, head: Head | None = None) -> tuple[EntryProof, ...]:
        """Prove what was done to a code, to somebody who holds a head and nothing else of the ledger.

        There is a proof for each thing that was done up to the head, in the order of the log; where no head is
        given, up to now. It holds nothing of another code but hashes.

        Raises:
            UnknownCodeError: as `history` does.
            LedgerError: when the log does not have the head, or nothing was done to the code up to it.
        """

    def in_place_of(self, cti: bytes) -> tuple[bytes, ...]:
        """Tell which codes were corrected by this one, each once; none where it is unknown."""

    def lists(self) -> tuple[int, ...]:
        """Return the numbers of the lists that exist, ascending.

        One to come is among them: gates have it when the first code with a place in it is shown.
        """

    def bitmap(self, number: int, *, at: datetime | None = None) -> bytes:
        """Return the entries of a list as they are now (STL-6); 131,072 bytes.

        A withdrawn code's bit is set until 86,400 s (a day) after the code expired (STI-1), by the time `at`.

        Raises:
            LedgerError: when there is no such list.
        """

    def issue_lists(
        self, *, kid: bytes, at: datetime, lifetime: timedelta, after_pause: bool = False
    ) -> dict[int, ListIssue]:
        """Give each list its next iat, and note in the log that it is published.

        The iat is `at`, or a second after the last one if that is later (STI-5), whoever published it; an earlier
        one that is more than a day after `at` does not count, since no gate has taken it. The bits are those of
        that time.

        A time more than two days after the last action is refused, unless the caller says that there was a pause:
        when the clock jumps ahead, withdrawals would be lost. So is one more than a day before it. What was done
        at such a time counts as the last action only where a caller has said so. `forget` does the same.

        Raises:
            ValueError: when the lifetime is not 1 s to 7 days (STL-4).
            LedgerError: when the clock has jumped.
        """

    def keep_published(self, lists: Mapping[int, bytes]) -> None:
        """Keep signed lists as those that were published last, to compare with them."""

    def head(self) -> Head:
        """Return the head of the log, to be kept elsewhere; each action moves it, and what only reads does not."""

    def verify_chain(self, *heads: Head) -> Head:
        """Check the whole log, and that it continues from heads that were kept; return its head.

        Raises:
            LedgerError: when the log is not as it was written, was cut off, or never had one of the heads.
        """
