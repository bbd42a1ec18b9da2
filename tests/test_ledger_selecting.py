"""Choosing codes of SQLite's ledger: what the contract of ledgers does not ask for (test_ledger_contract.py)."""

import tracemalloc
from collections.abc import Iterator
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest

from forging import KEY, NOW
from healthpass.issuing._status_places import CodeRecord
from healthpass.ledger import (
    LedgerError,
    Selection,
    TamperedError,
    _codes,
    _selecting,
    _sqlite,
)
from offices import Office, indices, opened

KID = KEY.public_key.kid
HOUR = timedelta(hours=1)
WHO: dict[str, Any] = {"by": "officer 4", "why": "laboratory 12 mixed up its samples"}


@pytest.fixture
def office(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Office]:
    """Give an office with a new ledger, whose clock stands at NOW."""
    moment = [NOW]
    monkeypatch.setattr(_sqlite, "now", lambda: moment[0])
    with opened(tmp_path, moment) as made:
        yield made


def chosen(office: Office, **conditions: Any) -> set[bytes]:
    """Return the ctis of a selection; none comes twice."""
    found = [code.cti for code in office.ledger.select(Selection(**conditions))]
    assert len(set(found)) == len(found)
    return set(found)


def ctis(codes: list[CodeRecord]) -> set[bytes]:
    """Return the ctis of codes."""
    return {code.cti for code in codes}


class TestSelection:
    """What can be asked for."""

    @pytest.mark.parametrize(
        ("conditions", "error"),
        [
            ({"kid": bytes(7)}, ValueError),
            ({"kid": KID.hex()}, TypeError),
            ({"since": NOW, "until": NOW}, ValueError),
            ({"since": NOW.replace(tzinfo=None)}, ValueError),
            ({"until": 1}, TypeError),
            ({"set_by": ""}, ValueError),
            ({"set_why": "a\nb"}, ValueError),
            ({"set_by": b"a"}, TypeError),
            ({"batch": 0}, ValueError),
            ({"batch": True}, TypeError),
            ({"batch": 2**63}, ValueError),
            ({"up_to": -1}, ValueError),
            ({"up_to": "2"}, TypeError),
            ({"withdrawn": 1}, TypeError),
        ],
    )
    def test_values_that_are_none(self, conditions: dict[str, Any], error: type[Exception]) -> None:
        """A mistake in a condition is the caller's, before any ledger is read."""
        with pytest.raises(error):
            Selection(**conditions)

    def test_facts_that_are_no_json(self, office: Office) -> None:
        """Where a line of the log cannot be read, nothing is chosen by who, rather than a part."""
        office.issue(2)
        office.issue(2)
        office.sql("UPDATE log SET facts = '{' WHERE number = 2")
        with pytest.raises(LedgerError):
            chosen(office, set_by="officer 17")


class TestBatch:
    """Codes that were done together."""

    @pytest.mark.parametrize("facts", ["'{'", "'[]'", '\'{"by": "a"}\'', "5", "x'ff'"])
    def test_is_damaged(self, office: Office, facts: str) -> None:
        """A line that cannot be read is one that was tampered with."""
        office.issue()
        office.sql(f"UPDATE log SET facts = {facts} WHERE number = 2")  # noqa: S608
        with pytest.raises(TamperedError, match="line 2"):
            office.ledger.batch(2)

    @pytest.mark.parametrize("number", ["2", 2.0, True])
    def test_numbers_that_are_none(self, office: Office, number: Any) -> None:
        """A number of another type is refused."""
        with pytest.raises(TypeError):
            office.ledger.batch(number)


class TestMany:
    """20,000 codes."""

    @pytest.fixture
    def many(self, office: Office) -> list[CodeRecord]:
        """Record them, a thousand a batch, a minute apart."""
        codes = []
        for minute in range(20):
            codes += office.issue(1000, issued_at=NOW + timedelta(minutes=minute))
        return codes

    def test_are_streamed(self, office: Office, many: list[CodeRecord]) -> None:
        """Listing and withdrawing keep some thousand codes in memory, and never all of them."""
        selection = Selection(set_by="officer 17", since=NOW)
        tracemalloc.start()
        try:
            assert sum(1 for _ in office.ledger.select(selection)) == len(many)
            listing = tracemalloc.get_traced_memory()[1]
            tracemalloc.reset_peak()
            done = office.ledger.revoke_many(selection, at_most=20_000, **WHO)
            withdrawing = tracemalloc.get_traced_memory()[1]
        finally:
            tracemalloc.stop()
        assert (done.revoked, len(done.batches)) == (20_000, 5)
        assert listing < 500_000
        assert withdrawing < 3_000_000
        assert len(indices(many)) == int.from_bytes(office.ledger.bitmap(0, at=NOW)).bit_count()

    def test_are_found_by_an_index(self, office: Office, many: list[CodeRecord]) -> None:
        """A minute, a batch, or an officer's batches are read, and not all codes."""
        for selection in (
            Selection(kid=KID, since=many[-1].issued_at),
            Selection(since=many[-1].issued_at, withdrawn=False, set_why="close contact"),
            Selection(batch=21),
            Selection(batch=21, set_by="officer 17"),
            Selection(set_by="officer 17", up_to=2),
        ):
            steps = self.steps(office, selection)
            assert steps < self.steps(office, Selection()) / 5, selection
            assert office.ledger.rehearse(selection).revoked == 1000

    @staticmethod
    def steps(office: Office, selection: Selection) -> int:
        """Count the steps, hundreds of SQLite's instructions, in which codes are counted."""
        counted = 0

        def step() -> int:
            nonlocal counted
            counted += 1
            return 0

        connection = office.ledger._database._connection
        connection.set_progress_handler(step, 100)
        try:
            _selecting.count(connection, selection)
        finally:
            connection.set_progress_handler(None, 0)
        return counted

    def test_others_write_meanwhile(self, office: Office, many: list[CodeRecord]) -> None:
        """While a list is read, codes are issued and withdrawn; it goes on as it was when it began."""
        reading = office.ledger.select(Selection())
        first = next(reading)
        (new,) = office.issue()
        office.ledger.revoke_many(Selection(batch=21), at_most=1000, **WHO)
        rest = list(reading)
        assert {first.cti, *(code.cti for code in rest)} == ctis(many)
        assert not any(code.withdrawn for code in rest)
        assert new.cti in chosen(office)

    def test_again_after_an_interruption(
        self, office: Office, many: list[CodeRecord], monkeypatch: pytest.MonkeyPatch
    ) -> None:
        """What was withdrawn before an interruption stays so, each step whole; then the rest follows."""
        calls = iter(range(9))
        revoke = _codes.revoke

        def interrupted(*arguments: Any, **options: Any) -> Any:
            if next(calls) == 2:
                raise KeyboardInterrupt
            return revoke(*arguments, **options)

        with monkeypatch.context() as patched:
            patched.setattr(_codes, "revoke", interrupted)
            with pytest.raises(KeyboardInterrupt):
                office.ledger.revoke_many(Selection(), at_most=len(many), **WHO)
        done = office.ledger.revoke_many(Selection(kid=KID), at_most=len(many), **WHO)
        assert (done.revoked, done.already) == (20_000 - 8192, 8192)
        office.ledger.verify_chain()
