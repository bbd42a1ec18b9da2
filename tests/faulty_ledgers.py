"""Ledgers with one fault each, such as somebody makes who writes a ledger, and the promise that each breaks."""

import time
from collections.abc import Iterator, Sequence
from dataclasses import replace
from datetime import datetime, timedelta
from typing import Any, ClassVar, Final

from healthpass import StatusPlace
from healthpass.codec._time import now, to_seconds
from healthpass.ledger import (
    Action,
    CodeRecord,
    EntryProof,
    Head,
    LedgerError,
    ListIssue,
    SelectedCode,
    Selection,
    SqliteLedger,
    UnknownCodeError,
    Withdrawal,
    _history,
)


class Faulty(SqliteLedger):
    """A ledger with a hand in its own file."""

    def sql(self, statement: str, *values: Any) -> list[Any]:
        """Do what no ledger should."""
        with self._database.writing("damage") as connection:
            return connection.execute(statement, values).fetchall()

    def knows(self, cti: bytes) -> bool:
        """Tell whether a code is recorded."""
        return bool(self.sql("SELECT 1 FROM codes WHERE cti = ?", cti))


class PlaceTwiceAfterOpening(Faulty):
    """It counts places in memory, from where it believes to have been."""

    def __init__(self, *arguments: Any) -> None:
        super().__init__(*arguments)
        self.again = self.sql("SELECT list, entry FROM codes LIMIT 1")

    def take(self) -> StatusPlace:
        """Take a place."""
        return StatusPlace(*self.again.pop()) if self.again else super().take()


class PlaceOfTwoWorkers(Faulty):
    """Now and then, it takes a place that another worker has just read too."""

    last: ClassVar[list[StatusPlace]] = []

    def take(self) -> StatusPlace:
        """Take a place."""
        self.last.append(super().take())
        return self.last[-2] if len(self.last) % 97 == 96 else self.last[-1]


class PlaceOfTwoThreads(Faulty):
    """It has no lock."""

    next: StatusPlace | None = None

    def take(self) -> StatusPlace:
        """Take a place."""
        if self.next is None:
            self.next = super().take()
        place = self.next
        time.sleep(0.0005)
        self.next = None
        return place


class PlaceGivenBackByAnybody(Faulty):
    """It believes whoever gives a place back."""

    def __init__(self, *arguments: Any) -> None:
        super().__init__(*arguments)
        self.returned: list[StatusPlace] = []

    def take(self) -> StatusPlace:
        """Take a place."""
        return self.returned.pop() if self.returned else super().take()

    def give_back(self, place: StatusPlace) -> None:
        """Give a place back."""
        self.returned.append(place)


class RecordThatIsLate(Faulty):
    """It says that codes are recorded, though their places have become others'."""

    def record(self, codes: Sequence[CodeRecord]) -> None:
        """Write codes down."""
        try:
            super().record(codes)
        except LedgerError as error:
            if "lease" not in str(error):
                raise


class RecordOneByOne(Faulty):
    """It has a transaction for each code."""

    def record(self, codes: Sequence[CodeRecord]) -> None:
        """Write codes down."""
        for code in codes:
            super().record([code])


class RecordLater(Faulty):
    """It collects codes, for speed."""

    def __init__(self, *arguments: Any) -> None:
        super().__init__(*arguments)
        self.waiting: list[CodeRecord] = []

    def record(self, codes: Sequence[CodeRecord]) -> None:
        """Write codes down."""
        self.waiting += codes
        if len(self.waiting) > 100:
            super().record(self.waiting)
            self.waiting = []


class RepeatCounted(Faulty):
    """It notes codes once more that are recorded again."""

    def record(self, codes: Sequence[CodeRecord]) -> None:
        """Write codes down."""
        repeated = [code for code in codes if self.knows(code.cti)]
        super().record(codes)
        if repeated:
            with self._database.writing("damage") as connection:
                facts = {"by": repeated[0].by, "why": repeated[0].why, "codes": len(repeated)}
                _history.append(connection, at=to_seconds(now()), action="issued", facts=facts)


class RepeatRefused(Faulty):
    """It refuses what is recorded, so that who was interrupted never learns that."""

    def record(self, codes: Sequence[CodeRecord]) -> None:
        """Write codes down."""
        if any(self.knows(code.cti) for code in codes):
            raise LedgerError("a cti is used once")
        super().record(codes)


class RepeatUnseen(Faulty):
    """It takes a cti for the same code, whatever else is said of it."""

    def record(self, codes: Sequence[CodeRecord]) -> None:
        """Write codes down."""
        super().record([code for code in codes if not self.knows(code.cti)])


class DeviceKeyTwice(Faulty):
    """It does not keep device keys."""

    def record(self, codes: Sequence[CodeRecord]) -> None:
        """Write codes down."""
        super().record([replace(code, holder_key=None) for code in codes])


class RevokeNotKept(Faulty):
    """It keeps withdrawals in memory."""

    def __init__(self, *arguments: Any) -> None:
        super().__init__(*arguments)
        self.sql("UPDATE codes SET state = 0 WHERE state = 1")


class RevokeUndone(Faulty):
    """It turns the bit over, instead of setting it."""

    def revoke(self, cti: bytes, **options: Any) -> bool:
        """Withdraw a code."""
        done = super().revoke(cti, **options)
        if not done:
            self.sql("UPDATE codes SET state = 0 WHERE cti = ?", cti)
        return done


class RevokeStopsAtUnknown(Faulty):
    """One wrong line in a file, and nothing of the file is withdrawn."""

    def revoke_many(self, chosen: Any, **options: Any) -> Withdrawal:
        """Withdraw codes."""
        if not isinstance(chosen, Selection):
            chosen = list(chosen)
            if unknown := self.rehearse(chosen).unknown:
                raise UnknownCodeError(unknown[0])
        return super().revoke_many(chosen, **options)


class RevokeAnyNumber(Faulty):
    """It withdraws as many as there are."""

    def revoke_many(self, chosen: Any, *, at_most: int = 0, **options: Any) -> Withdrawal:
        """Withdraw codes."""
        return super().revoke_many(chosen, at_most=max(at_most, 9999), **options)


class RevokeInTwoSteps(Faulty):
    """It sets the bit in one transaction, and writes the line of the log in the next."""

    def revoke_many(self, chosen: Any, **options: Any) -> Withdrawal:
        """Withdraw codes."""
        good = [] if isinstance(chosen, Selection) else [cti for cti in chosen if not self.revoked(cti)]
        for state in (1, 0):
            for cti in good:
                self.sql("UPDATE codes SET state = ? WHERE cti = ?", state, cti)
            time.sleep(0.1 * state)
        return super().revoke_many(chosen, **options)

    def revoked(self, cti: bytes) -> bool:
        """Tell whether a code is withdrawn."""
        return bool(self.sql("SELECT 1 FROM codes WHERE cti = ? AND state = 1", cti))


class RehearsalInEarnest(Faulty):
    """It counts what it withdraws."""

    def rehearse(self, chosen: Any) -> Withdrawal:
        """Tell what withdrawing would come to."""
        return replace(super().revoke_many(chosen, by="a", why="b", at_most=9999), batches=())


class CorrectionThatWithdrawsNothing(Faulty):
    """It notes the new code, and leaves the old one good."""

    def correct(self, cti: bytes, **options: Any) -> None:
        """Correct a code."""
        super().correct(cti, **options)
        self.sql("UPDATE codes SET state = 0 WHERE cti = ?", cti)


class BitmapOffByOne(Faulty):
    """It counts indices from 1."""

    def bitmap(self, number: int, *, at: datetime | None = None) -> bytes:
        """Return the entries of a list."""
        bits = int.from_bytes(super().bitmap(number, at=at), "little")
        return (bits << 1 & (1 << 1_048_576) - 1).to_bytes(131_072, "little")


class ListsByTheClock(Faulty):
    """It dates lists by its clock, also when that went back."""

    def issue_lists(self, *, at: datetime, lifetime: timedelta, **options: Any) -> dict[int, ListIssue]:
        """Give each list its iat."""
        issues = super().issue_lists(at=at, lifetime=lifetime, **options)
        return {number: ListIssue(one.bitmap, at, at + lifetime) for number, one in issues.items()}


class ListsByAnyClock(Faulty):
    """It asks nobody whether the clock is right."""

    def issue_lists(self, **options: Any) -> dict[int, ListIssue]:
        """Give each list its iat."""
        return super().issue_lists(**options | {"after_pause": True})


class ForgetsTooEarly(Faulty):
    """It drops a code when that has expired."""

    def forget(self, *, at: datetime | None = None, **options: Any) -> int:
        """Drop codes."""
        return super().forget(at=(at or now()) + timedelta(days=8), **options | {"after_pause": True})


class ForgetsHistoryToo(Faulty):
    """It drops what was done to a code with the code."""

    def forget(self, **options: Any) -> int:
        """Drop codes."""
        return super().forget(**options | {"keep_history": timedelta(days=8)})


class HistoryWithoutWho(Faulty):
    """It does not tell who did what."""

    def history(self, cti: bytes) -> tuple[Action, ...]:
        """Tell what was done to a code."""
        return tuple(replace(action, by="") for action in super().history(cti))


class HeadThatStands(Faulty):
    """It remembers the head that it read first."""

    first: Head | None = None

    def head(self) -> Head:
        """Return the head of the log."""
        self.first = self.first or super().head()
        return self.first


class ChainOfAnyHead(Faulty):
    """It checks its own log, and not whether that is the one that was told of."""

    def verify_chain(self, *heads: Head) -> Head:
        """Check the log."""
        del heads
        return super().verify_chain()


class ProofBeyondTheHead(Faulty):
    """It proves all that was done, also after the head."""

    def prove(self, cti: bytes, *, head: Head | None = None) -> tuple[EntryProof, ...]:
        """Prove what was done to a code."""
        if head is not None:
            super().prove(cti, head=head)
        return super().prove(cti)


class Ignoring(Faulty):
    """It leaves out a condition of a selection."""

    condition: ClassVar[str]

    def select(self, selection: Selection) -> Iterator[SelectedCode]:
        """Read the codes of a selection."""
        left_out: dict[str, Any] = {self.condition: None}
        return super().select(replace(selection, **left_out))


CONDITIONS: Final = ("kid", "since", "until", "set_by", "set_why", "batch", "up_to", "withdrawn")
FAULTS: Final[list[tuple[type[SqliteLedger], str]]] = [
    (PlaceTwiceAfterOpening, "test_place_stays_taken_when_the_ledger_is_opened_again"),
    (PlaceOfTwoWorkers, "test_place_is_taken_by_one_of_several_workers"),
    (PlaceOfTwoThreads, "test_place_is_one_threads"),
    (PlaceGivenBackByAnybody, "test_place_of_a_recorded_code_is_not_given_back"),
    (PlaceGivenBackByAnybody, "test_place_of_another_worker_is_not_given_back"),
    (RecordThatIsLate, "test_place_of_which_the_lease_has_ended"),
    (RecordOneByOne, "test_record_is_all_or_none"),
    (RecordOneByOne, "test_record_makes_batches"),
    (RecordLater, "test_record_is_known_to_all"),
    (RepeatCounted, "test_record_again_does_nothing"),
    (RepeatRefused, "test_record_again_does_nothing"),
    (RepeatUnseen, "test_record_with_other_content_is_refused"),
    (DeviceKeyTwice, "test_record_takes_a_device_key_once"),
    (RevokeNotKept, "test_revoke_is_for_good"),
    (RevokeUndone, "test_revoke_is_for_good"),
    (RevokeStopsAtUnknown, "test_revoke_many_is_not_stopped_by_unknown_ones"),
    (RevokeAnyNumber, "test_revoke_many_withdraws_at_most"),
    (RehearsalInEarnest, "test_rehearse_changes_nothing"),
    (CorrectionThatWithdrawsNothing, "test_correct_names_the_new_code"),
    (BitmapOffByOne, "test_bitmap_shows_what_is_withdrawn"),
    (ListsByTheClock, "test_issue_lists_is_always_later"),
    (ListsByAnyClock, "test_issue_lists_asks_where_the_clock_has_jumped"),
    (ForgetsTooEarly, "test_forget_drops_what_expired_long_ago"),
    (ForgetsTooEarly, "test_forget_keeps_withdrawals_that_gates_need"),
    (ForgetsHistoryToo, "test_forget_keeps_history"),
    (HistoryWithoutWho, "test_history_tells_who_did_what_and_why"),
    (HeadThatStands, "test_head_moves_with_each_action"),
    (ChainOfAnyHead, "test_chain_goes_on_from_heads_that_were_kept"),
    (ProofBeyondTheHead, "test_proof_by_each_head_that_was_kept"),
    *(
        (
            type(f"Ignoring {name}", (Ignoring,), {"condition": name}),
            "test_select_is_what_a_look_at_each_code_chooses",
        )
        for name in CONDITIONS
    ),
]
