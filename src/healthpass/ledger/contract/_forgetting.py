"""The contract on forgetting: nothing too early, and no word too late."""

import pytest

from healthpass.codec._keys import SigningKey
from healthpass.ledger._errors import DeviceKeyUsedError, LedgerError, UnknownBatchError, UnknownCodeError
from healthpass.ledger.contract._desk import DAY, GONE, HOUR, KEPT, SECOND, WHO, Desk, Ledgers, ctis_of, places_of


class ForgettingContract(Ledgers):
    """A code is kept for 8 days after it expired, and its history for as long as somebody says."""

    def test_forget_drops_what_expired_long_ago(self, desk: Desk) -> None:
        """A code is dropped 8 to 9 days after it expired, not a second before, and counted once."""
        old = desk.issue(3, expires_at=desk.now - GONE)
        kept = desk.issue(2, expires_at=desk.now - KEPT + SECOND) + desk.issue(2)
        assert desk.chosen().keys() == set(ctis_of(old + kept))
        assert desk.ledger.forget(at=desk.now) == 3
        assert desk.ledger.forget(at=desk.now) == 0
        for ledger in (desk.ledger, desk.other()):
            assert desk.chosen(ledger).keys() == set(ctis_of(kept))
        assert desk.ledger.verify_chain() == desk.ledger.head()

    def test_forget_keeps_withdrawals_that_gates_need(self, desk: Desk) -> None:
        """A withdrawal is shown until a day after the code expired, though somebody forgets each hour."""
        hours = (-30, -23, -1, 1, 5, 24)
        codes = [desk.issue(expires_at=desk.now + hour * HOUR)[0] for hour in hours]
        desk.ledger.revoke_many(ctis_of(codes), **WHO)
        for _ in range(2):
            assert desk.ledger.forget(at=desk.now) == 0
            assert desk.shown() == places_of(codes[1:])
        assert desk.ledger.forget(at=desk.now + 23 * HOUR) == 0
        assert desk.shown(at=desk.now + 23 * HOUR) == places_of(codes[3:])
        issues = desk.ledger.issue_lists(kid=bytes(8), at=desk.now + 23 * HOUR, lifetime=DAY)
        assert sum(int.from_bytes(issue.bitmap).bit_count() for issue in issues.values()) == 3
        assert all(code.withdrawn for code in desk.chosen().values())

    def test_forget_leaves_nothing_to_do_with_a_code(self, desk: Desk) -> None:
        """A code that was dropped can neither be chosen, withdrawn nor corrected; others can."""
        (old,), (new,) = desk.issue(expires_at=desk.now - GONE), desk.issue()
        assert desk.ledger.forget(at=desk.now) == 1
        with pytest.raises(UnknownCodeError):
            desk.ledger.revoke(old.cti, **WHO)
        with pytest.raises(UnknownCodeError):
            desk.ledger.correct(old.cti, new=new.cti, **WHO)
        with pytest.raises(UnknownCodeError):
            desk.ledger.correct(new.cti, new=old.cti, **WHO)
        assert desk.ledger.rehearse([old.cti]).unknown == (old.cti,)
        with pytest.raises(LedgerError):
            desk.ledger.record([old])
        assert desk.ledger.revoke(new.cti, **WHO) is True

    def test_forget_keeps_history(self, desk: Desk) -> None:
        """What was done to a code is told when the code was dropped, until `keep_history` is over."""
        old = desk.code(expires_at=desk.now - GONE, holder_key=SigningKey.generate().public_key)
        desk.ledger.record([old])
        (right, young) = desk.issue(2, expires_at=desk.now + 3 * DAY)
        desk.ledger.revoke(old.cti, by="officer 3", why="test positive", at=desk.now)
        desk.ledger.correct(old.cti, new=right.cti, by="appeals", why="swapped samples", at=desk.now)
        line, head = desk.ledger.history(old.cti)[0].line, desk.ledger.head()
        for at in (desk.now, desk.now + 29 * DAY):
            desk.ledger.forget(at=at, keep_history=30 * DAY, after_pause=True)
            assert [action.by for action in desk.ledger.history(old.cti)] == ["officer 17", "officer 3", "appeals"]
            assert len(desk.ledger.prove(old.cti, head=head)) == 3
            assert desk.ledger.in_place_of(right.cti) == (old.cti,)
        with pytest.raises(DeviceKeyUsedError):
            desk.issue(holder_key=old.holder_key)
        desk.ledger.forget(at=desk.now + 32 * DAY, keep_history=30 * DAY, after_pause=True)
        for ledger in (desk.ledger, desk.other()):
            for told in (ledger.history, ledger.prove):
                with pytest.raises(UnknownCodeError):
                    told(old.cti)
            with pytest.raises(UnknownBatchError):
                ledger.batch(line)
            assert ledger.in_place_of(right.cti) == ()
            assert [action.by for action in ledger.history(young.cti)] == ["officer 17"]

    def test_forget_keeps_a_late_withdrawal_for_as_long(self, desk: Desk) -> None:
        """What was done after a code had expired is told for the whole time, as that before."""
        (code,) = desk.issue(expires_at=desk.now - DAY)
        desk.ledger.revoke(code.cti, at=desk.now, **WHO)
        desk.ledger.forget(at=desk.now + KEPT - SECOND, keep_history=KEPT, after_pause=True)
        assert desk.ledger.history(code.cti)[-1].action == "revoked"

    def test_forget_keeps_history_at_least_as_long_as_codes(self, desk: Desk) -> None:
        """A code that is still there has a history."""
        with pytest.raises(ValueError, match=r".*"):
            desk.ledger.forget(at=desk.now, keep_history=KEPT - SECOND)

    def test_forget_many(self, desk: Desk) -> None:
        """Thousands of codes are forgotten at once, and all that stay can still be checked."""
        for _ in range(3):
            desk.issue(1500, expires_at=desk.now - GONE)
        (new,) = desk.issue()
        assert desk.ledger.forget(at=desk.now) == 4500
        assert desk.chosen().keys() == {new.cti}
        assert desk.ledger.verify_chain() == desk.ledger.head()
