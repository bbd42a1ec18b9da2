"""The contract on withdrawing and correcting: for good, and no more than was agreed to (STI-4, ISS-7)."""

from typing import Any

import pytest

from healthpass.ledger._actions import Withdrawal
from healthpass.ledger._errors import TooManyCodesError, UnknownCodeError, WithdrawnCodeError
from healthpass.ledger._selecting import Selection
from healthpass.ledger.contract._desk import KID, WHO, Desk, Ledgers, ctis_of, differ, places_of

_UNKNOWN = bytes(range(12))
_NOBODY: list[dict[str, Any]] = [
    {"by": "", "why": "b"},
    {"by": "a", "why": " "},
    {"by": "a\nb", "why": "b"},
    {"by": "a", "why": "x" * 501},
    {"by": None, "why": "b"},
]


class WithdrawingContract(Ledgers):
    """What is withdrawn stays withdrawn (STI-4)."""

    def test_revoke_is_for_good(self, desk: Desk) -> None:
        """A withdrawn code stays so: when it is withdrawn again, for each worker, and in a ledger opened again."""
        codes = desk.issue(20)
        assert desk.ledger.revoke(codes[7].cti, **WHO) is True
        head = desk.ledger.head()
        other = desk.other()
        for ledger in (desk.ledger, other):
            assert ledger.revoke(codes[7].cti, by="officer 9", why="again") is False
            assert desk.shown(ledger) == {codes[7].place}
        desk.reopen()
        assert desk.ledger.revoke(codes[7].cti, **WHO) is False
        assert desk.shown() == {codes[7].place}
        assert [cti for cti, code in desk.chosen().items() if code.withdrawn] == [codes[7].cti]
        assert desk.ledger.head() == head
        assert desk.ledger.history(codes[7].cti)[-1].by == WHO["by"]

    def test_revoke_of_an_unknown_code(self, desk: Desk) -> None:
        """A code that the ledger does not know is an error that names it, and nothing is done."""
        desk.issue()
        head = desk.ledger.head()
        with pytest.raises(UnknownCodeError) as caught:
            desk.ledger.revoke(_UNKNOWN, **WHO)
        assert caught.value.cti == _UNKNOWN
        assert desk.ledger.head() == head

    def test_revoke_says_who_and_why(self, desk: Desk) -> None:
        """Without somebody and a ground nothing is withdrawn or corrected (STI-6)."""
        wrong, right = desk.issue(2)
        head = desk.ledger.head()
        for nobody in _NOBODY:
            with pytest.raises((TypeError, ValueError)):
                desk.ledger.revoke(wrong.cti, **nobody)
            with pytest.raises((TypeError, ValueError)):
                desk.ledger.revoke_many([wrong.cti, right.cti], **nobody)
            with pytest.raises((TypeError, ValueError)):
                desk.ledger.revoke_many(Selection(), **nobody)
            with pytest.raises((TypeError, ValueError)):
                desk.ledger.correct(wrong.cti, new=right.cti, **nobody)
        for cti in (bytes(11), "0" * 12):
            with pytest.raises((TypeError, ValueError)):
                desk.ledger.revoke_many([wrong.cti, cti], **WHO)  # type: ignore[list-item]
        assert desk.ledger.head() == head
        assert desk.shown() == set()

    def test_revoke_many_is_not_stopped_by_unknown_ones(self, desk: Desk) -> None:
        """Unknown codes are returned, and the others are withdrawn; each counts once."""
        codes = desk.issue(30)
        desk.ledger.revoke(codes[0].cti, **WHO)
        ctis = [_UNKNOWN, *ctis_of(codes[:20]), bytes(12), codes[5].cti, _UNKNOWN]
        done = desk.ledger.revoke_many(iter(ctis), **WHO)
        assert (done.revoked, done.already) == (19, 1)
        assert sorted(done.unknown) == sorted([_UNKNOWN, bytes(12)])
        assert sum(desk.ledger.batch(line).codes for line in done.batches) == 19
        assert desk.shown() == places_of(codes[:20])

    def test_revoke_many_of_none(self, desk: Desk) -> None:
        """Where there is nothing to withdraw, the log has no new line."""
        (code,) = desk.issue()
        desk.ledger.revoke(code.cti, **WHO)
        head = desk.ledger.head()
        assert desk.ledger.revoke_many([], **WHO) == Withdrawal(0, 0, ())
        assert desk.ledger.revoke_many([code.cti], **WHO) == Withdrawal(0, 1, ())
        assert desk.ledger.revoke_many([_UNKNOWN], **WHO) == Withdrawal(0, 0, (_UNKNOWN,))
        assert desk.ledger.revoke_many(Selection(), **WHO) == Withdrawal(0, 1, ())
        assert desk.ledger.head() == head

    def test_revoke_many_withdraws_at_most(self, desk: Desk) -> None:
        """More codes than were agreed to, 100 where nothing is said, are refused as a whole."""
        codes = desk.issue(101)
        head = desk.ledger.head()
        chosen: list[Any] = [ctis_of(codes), Selection(kid=KID)]
        for many in chosen:
            with pytest.raises(TooManyCodesError) as caught:
                desk.ledger.revoke_many(many, **WHO)
            assert (caught.value.count, caught.value.at_most) == (101, 100)
            for at_most in (0, 100):
                with pytest.raises(TooManyCodesError) as caught:
                    desk.ledger.revoke_many(many, at_most=at_most, **WHO)
                assert (caught.value.count, caught.value.at_most) == (101, at_most)
            for wrong in (None, True, "101"):
                with pytest.raises(TypeError):
                    desk.ledger.revoke_many(many, at_most=wrong, **WHO)  # type: ignore[arg-type]
        assert desk.ledger.head() == head
        assert desk.shown() == set()
        assert desk.ledger.revoke_many(ctis_of(codes[:2]), **WHO).revoked == 2
        assert desk.ledger.revoke_many(ctis_of(codes), **WHO).already == 2
        assert differ(desk.shown(), places_of(codes)) == ""

    def test_revoke_many_of_more_than_a_step(self, desk: Desk) -> None:
        """Thousands of codes are withdrawn in some lines of the log, which tell of all of them."""
        codes = desk.issue(4500)
        done = desk.ledger.revoke_many(Selection(kid=KID), at_most=4500, **WHO)
        assert (done.revoked, done.already, done.unknown) == (4500, 0, ())
        assert sum(desk.ledger.batch(line).codes for line in done.batches) == 4500
        assert differ(desk.shown(), places_of(codes)) == ""
        assert desk.ledger.verify_chain() == desk.ledger.head()

    def test_rehearse_changes_nothing(self, desk: Desk) -> None:
        """What withdrawing would come to is told, as often as somebody asks, and then it comes to that."""
        codes = desk.issue(150)
        desk.ledger.revoke_many(ctis_of(codes[:10]), **WHO)
        head = desk.ledger.head()
        ctis = [*ctis_of(codes[:15]), codes[3].cti, _UNKNOWN]
        for ledger in (desk.ledger, desk.other()):
            assert ledger.rehearse(ctis) == Withdrawal(5, 10, (_UNKNOWN,))
            assert ledger.rehearse(Selection(kid=KID)) == Withdrawal(140, 10, ())
            assert ledger.rehearse(Selection(withdrawn=True)) == Withdrawal(0, 10, ())
        assert desk.ledger.head() == head
        assert desk.shown() == places_of(codes[:10])
        done = desk.ledger.revoke_many(Selection(kid=KID), at_most=140, **WHO)
        assert (done.revoked, done.already) == (140, 10)

    def test_correct_names_the_new_code(self, desk: Desk) -> None:
        """A correction withdraws the wrong code alone, and tells which one came in its place (ISS-7)."""
        wrong, withdrawn, right = desk.issue(3)
        desk.ledger.revoke(withdrawn.cti, **WHO)
        for old in (wrong, withdrawn):
            desk.ledger.correct(old.cti, new=right.cti, by="appeals", why="appeal 2026-118", at=desk.now)
        assert desk.shown() == places_of([wrong, withdrawn])
        for ledger in (desk.ledger, desk.other()):
            for old in (wrong, withdrawn):
                told = ledger.history(old.cti)[-1]
                assert (told.action, told.new, told.by) == ("corrected", right.cti, "appeals")
            assert sorted(ledger.in_place_of(right.cti)) == sorted([wrong.cti, withdrawn.cti])
            assert ledger.in_place_of(wrong.cti) == ()
            assert ledger.in_place_of(_UNKNOWN) == ()
        assert desk.ledger.revoke(wrong.cti, **WHO) is False
        assert [action.action for action in desk.ledger.history(right.cti)] == ["issued"]

    def test_correct_refuses_what_is_none(self, desk: Desk) -> None:
        """Both codes must be known, two, and the new one good; or else nothing is done."""
        wrong, right, withdrawn = desk.issue(3)
        desk.ledger.revoke(withdrawn.cti, **WHO)
        head = desk.ledger.head()
        for old, new, error in (
            (wrong.cti, _UNKNOWN, UnknownCodeError),
            (_UNKNOWN, right.cti, UnknownCodeError),
            (wrong.cti, wrong.cti, ValueError),
            (wrong.cti, withdrawn.cti, WithdrawnCodeError),
            (wrong.cti, bytes(11), ValueError),
        ):
            with pytest.raises(error):
                desk.ledger.correct(old, new=new, **WHO)
        assert desk.ledger.head() == head
        assert desk.shown() == {withdrawn.place}
