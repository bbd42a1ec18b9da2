"""The contract on runs: what is begun again comes to the same, and never to two codes."""

from dataclasses import replace
from datetime import timedelta
from typing import Any, Final

import pytest

from healthpass.issuing._status_places import Recorded, RunTerms
from healthpass.ledger._errors import CodeKnownError, LedgerError
from healthpass.ledger.contract._desk import DAY, GONE, HOUR, KID, SECOND, Desk, Ledgers

_SEAL: Final = b"\1\2\3\4\5\6\7\x08"


def terms(desk: Desk, **changes: Any) -> RunTerms:
    """Make the terms of a run."""
    made = RunTerms("night of the 3rd", desk.now, 2 * DAY, HOUR, KID, "programme", "the colours of the night")
    return made._replace(**changes)


class RunsContract(Ledgers):
    """A run has a secret of its own, the same each time; a code of it is recorded once, whoever makes it again."""

    def test_begin_run_returns_a_secret_of_its_own(self, desk: Desk) -> None:
        """The secret is the same each time, for each worker; other runs and other ledgers have others."""
        secret = desk.ledger.begin_run(terms(desk))
        assert len(secret) == 32
        assert desk.other().begin_run(terms(desk)) == secret
        desk.reopen()
        assert desk.ledger.begin_run(terms(desk)) == secret
        assert desk.ledger.begin_run(terms(desk, run="night of the 4th")) != secret
        other = desk.another()
        try:
            assert other.ledger.begin_run(terms(desk)) != secret
        finally:
            other.close()
        assert desk.ledger.verify_chain() == desk.ledger.head()

    @pytest.mark.parametrize("name", ["starts_at", "lifetime", "jitter", "kid", "by", "why"])
    def test_begin_run_refuses_other_terms(self, desk: Desk, name: str) -> None:
        """A run that was begun with other terms is refused, also by another worker, and the first terms stay."""
        other = {
            "starts_at": desk.now + SECOND,
            "lifetime": DAY,
            "jitter": timedelta(0),
            "kid": bytes(8),
            "by": "somebody",
            "why": "another ground",
        }
        secret = desk.ledger.begin_run(terms(desk))
        for ledger in (desk.ledger, desk.other()):
            with pytest.raises(LedgerError, match=name):
                ledger.begin_run(terms(desk, **{name: other[name]}))
            assert ledger.begin_run(terms(desk)) == secret

    @pytest.mark.parametrize(
        "change",
        [
            {"run": ""}, {"run": " "}, {"run": "a" * 101}, {"run": "a\nb"}, {"run": "\ud800"},
            {"lifetime": timedelta(0)}, {"jitter": 2 * DAY}, {"jitter": -SECOND}, {"kid": bytes(9)},
            {"by": ""}, {"why": "a" * 501},
        ],
    )  # fmt: skip
    def test_begin_run_refuses_what_is_not_valid(self, desk: Desk, change: dict[str, Any]) -> None:
        """What is not valid is refused before anything is done."""
        with pytest.raises(ValueError, match=next(iter(change))):
            desk.ledger.begin_run(terms(desk, **change))
        if "run" not in change:
            desk.ledger.begin_run(terms(desk))

    def test_recorded_tells_of_codes_that_have_a_place(self, desk: Desk) -> None:
        """Of a code its place, key, end and seal are told; of one that is unknown or dropped nothing."""
        (code,), (plain,) = desk.issue(seal=_SEAL), desk.issue()
        (old,) = desk.issue(expires_at=desk.now - GONE)
        asked = [code.cti, plain.cti, old.cti, bytes(12)]
        told = {one.cti: Recorded(one.place, one.kid, one.expires_at, one.seal) for one in (code, plain, old)}
        for ledger in (desk.ledger, desk.other()):
            assert ledger.recorded(asked) == told
            assert ledger.recorded([]) == {}
            alone = ledger.recorded([code.cti, plain.cti], expiring=(desk.now + HOUR, desk.now + 2 * DAY))
            assert alone == {one.cti: told[one.cti] for one in (code, plain)}
        desk.ledger.forget(at=desk.now)
        del told[old.cti]
        assert desk.ledger.recorded(asked) == told

    def test_record_takes_a_code_of_a_run_again(self, desk: Desk) -> None:
        """A code with the same seal is the same, also where it was made again at another time."""
        (code,) = desk.issue(seal=_SEAL)
        head = desk.ledger.head()
        for ledger in (desk.ledger, desk.other()):
            ledger.record([replace(code, issued_at=desk.now + HOUR)])
        assert desk.ledger.head() == head

    @pytest.mark.parametrize(
        "change", [{"seal": _SEAL[::-1]}, {"seal": None}, {"kid": bytes(8)}, {"why": "other"}]
    )
    def test_record_refuses_another_code_of_the_cti(self, desk: Desk, change: dict[str, Any]) -> None:
        """Another code of the same cti is refused, and says which cti it is; nothing of the call is recorded."""
        (code,) = desk.issue(seal=_SEAL)
        good = desk.code()
        again = replace(code, place=desk.ledger.take(), **change)
        with pytest.raises(CodeKnownError) as caught:
            desk.ledger.record([good, again])
        assert caught.value.cti == code.cti
        assert desk.chosen().keys() == {code.cti}

    @pytest.mark.parametrize("seal", [_SEAL[::-1], None])
    def test_record_refuses_another_seal(self, desk: Desk, seal: bytes | None) -> None:
        """A code that differs in nothing but its seal is another code, also to another worker."""
        (code,) = desk.issue(seal=_SEAL)
        head = desk.ledger.head()
        for ledger in (desk.ledger, desk.other()):
            with pytest.raises(LedgerError):
                ledger.record([replace(code, seal=seal)])
            assert ledger.recorded([code.cti])[code.cti].seal == _SEAL
        assert desk.ledger.head() == head

    def test_record_refuses_a_seal_of_another_size(self, desk: Desk) -> None:
        """A seal has 8 bytes."""
        with pytest.raises(ValueError, match="seal"):
            desk.ledger.record([desk.code(seal=b"1")])
