"""Choosing codes of a ledger, counting them, and withdrawing no more than was agreed to."""

import tempfile
import tracemalloc
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from forging import DAY, KEY, NOW
from healthpass.issuing._status_places import CodeRecord
from healthpass.ledger import (
    Batch,
    LedgerError,
    Selection,
    TamperedError,
    TooManyCodesError,
    UnknownBatchError,
    Withdrawal,
    _codes,
    _selecting,
    _sqlite,
)
from offices import REST, Office, indices, opened, withdrawn

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


@dataclass
class Known:
    """What a model remembers of a code."""

    record: CodeRecord
    batch: int
    withdrawn_in: set[int]

    def fits(self, wanted: Selection) -> bool:
        """Tell whether it is one of a selection, condition by condition."""
        code = self.record
        return (
            wanted.kid in {None, code.kid}
            and (wanted.since is None or wanted.since <= code.issued_at)
            and (wanted.until is None or code.issued_at < wanted.until)
            and wanted.set_by in {None, code.by}
            and wanted.set_why in {None, code.why}
            and wanted.batch in {None, self.batch, *self.withdrawn_in}
            and (wanted.up_to is None or self.batch <= wanted.up_to)
            and wanted.withdrawn in {None, bool(self.withdrawn_in)}
        )


KIDS = [KID, bytes(8)]
BYS = ["officer 17", "officer 1", '"', "检测 import", "%"]
WHYS = ["negative test", "negative", "阴性"]
TIMES = [NOW + step * HOUR for step in range(-2, 4)]


def maybe(values: list[Any]) -> st.SearchStrategy[Any]:
    """Leave a condition out, or take one of some values."""
    return st.none() | st.sampled_from(values)


SELECTIONS: st.SearchStrategy[dict[str, Any]] = st.fixed_dictionaries(
    {
        "kid": maybe(KIDS),
        "since": maybe(TIMES),
        "until": maybe(TIMES),
        "set_by": maybe(BYS),
        "set_why": maybe(WHYS),
        "up_to": maybe([1, 2, 4, 7, 99]),
        "withdrawn": maybe([True, False]),
    }
).filter(lambda one: not (one["since"] and one["until"]) or one["since"] < one["until"])
BATCHES = st.lists(
    st.tuples(
        st.sampled_from(KIDS),
        st.sampled_from(BYS),
        st.sampled_from(WHYS),
        st.lists(st.sampled_from(TIMES), min_size=1),
    ),
    max_size=6,
)


class TestModel:
    """A ledger with some batches, against a list of what was put into it."""

    @settings(max_examples=40, deadline=None)
    @given(batches=BATCHES, gone=st.sets(st.integers(0, 30)), wanted=st.lists(SELECTIONS, min_size=1, max_size=8))
    def test_agrees(
        self,
        batches: list[tuple[bytes, str, str, list[datetime]]],
        gone: set[int],
        wanted: list[dict[str, Any]],
    ) -> None:
        """Whatever is chosen, it is what a look at each code chooses, it is counted so, and withdrawn so."""
        with tempfile.TemporaryDirectory() as folder, opened(Path(folder), [NOW]) as office:
            known: list[Known] = []
            for kid, by, why, times in batches:
                records = [office.code(kid=kid, by=by, why=why, issued_at=time) for time in times]
                office.ledger.record(records)
                line = office.ledger.head().number
                known += [Known(record, line, set()) for record in records]
            first = [one for number, one in enumerate(known) if number in gone]
            done = office.ledger.revoke_many([one.record.cti for one in first], **WHO)
            for one in first:
                one.withdrawn_in |= {*done.batches}
            lines = range(2, office.ledger.head().number + 1)
            for conditions in (*wanted, *({**wanted[0], "batch": line} for line in lines)):
                selection = Selection(**conditions)
                fitting = [one for one in known if one.fits(selection)]
                found = list(office.ledger.select(selection))
                assert sorted((code.cti, code.batch, code.withdrawn) for code in found) == sorted(
                    (one.record.cti, one.batch, bool(one.withdrawn_in)) for one in fitting
                )
                already = sum(bool(one.withdrawn_in) for one in fitting)
                assert office.ledger.rehearse(selection) == Withdrawal(len(fitting) - already, already, ())
            fitting = [one for one in known if one.fits(Selection(**wanted[0]))]
            office.ledger.revoke_many(Selection(**wanted[0]), at_most=len(fitting), **WHO)
            expected = [one.record for one in known if one.withdrawn_in or one in fitting]
            assert withdrawn(office.ledger.bitmap(0, at=NOW)) == indices(expected)
            office.ledger.verify_chain()


class TestSelection:
    """What can be asked for."""

    def test_a_key_and_a_time(self, office: Office) -> None:
        """The beginning counts, the end does not, and codes of other keys stay good."""
        codes = [office.issue(issued_at=NOW + hour * HOUR)[0] for hour in range(4)]
        office.issue(5, kid=bytes(8), issued_at=NOW + HOUR)
        stolen = Selection(kid=KID, since=NOW + HOUR, until=NOW + 3 * HOUR)
        assert office.ledger.revoke_many(stolen, **WHO).revoked == 2
        assert withdrawn(office.ledger.bitmap(0, at=NOW)) == indices(codes[1:3])

    def test_tells_what_the_ledger_knows(self, office: Office) -> None:
        """A code comes with its key, its times and its batch, and whether it is withdrawn."""
        good, bad = office.issue(2)
        office.ledger.revoke(bad.cti, **WHO)
        (code,) = office.ledger.select(Selection(withdrawn=True))
        assert (code.cti, code.kid, code.issued_at, code.expires_at) == (bad.cti, KID, NOW, NOW + DAY)
        assert (code.batch, code.withdrawn) == (2, True)
        (code,) = office.ledger.select(Selection(withdrawn=False))
        assert (code.cti, code.withdrawn) == (good.cti, False)

    def test_who_and_why_are_whole_texts(self, office: Office) -> None:
        """No part of a text, no pattern and no other spelling chooses a code."""
        codes = office.issue(2, by="officer 17", why="test 100%")
        for text in ("officer 1", "officer 1_", "officer 17 ", "Officer 17", "%", "' OR 1=1 --"):
            assert not chosen(office, set_by=text)
        assert chosen(office, set_by="officer 17", set_why="test 100%") == ctis(codes)

    def test_codes_whose_place_was_given_up_are_not_there(self, office: Office) -> None:
        """What expired 8 days ago can neither be listed nor withdrawn."""
        office.issue(2)
        assert office.forget(NOW + DAY + REST) == 2
        assert chosen(office) == chosen(office, since=NOW) == chosen(office, batch=2) == set()

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


class TestAtMost:
    """Nobody withdraws by mistake what nobody counted."""

    @pytest.mark.parametrize("by_reference", [False, True])
    def test_a_hundred_unless_more_are_agreed_to(self, office: Office, *, by_reference: bool) -> None:
        """101 codes are refused as a whole, with their number, and withdrawn when it is given."""
        codes = office.issue(101)
        many: Any = [code.cti for code in codes] if by_reference else Selection(kid=KID)
        head = office.ledger.head()
        with pytest.raises(TooManyCodesError, match="would withdraw 101 codes, and 100 at most") as caught:
            office.ledger.revoke_many(many, **WHO)
        assert (caught.value.count, caught.value.at_most) == (101, 100)
        assert office.ledger.head() == head
        assert office.ledger.rehearse(many) == Withdrawal(101, 0, ())
        assert office.ledger.head() == head
        assert office.ledger.revoke_many(many, at_most=101, **WHO) == Withdrawal(101, 0, (), (3,))
        assert withdrawn(office.ledger.bitmap(0, at=NOW)) == indices(codes)

    def test_counts_what_changes(self, office: Office) -> None:
        """Codes that are withdrawn already, unknown ones and repetitions are not counted."""
        codes = office.issue(150)
        some = [code.cti for code in codes]
        office.ledger.revoke_many(some[:50], **WHO)
        assert office.ledger.revoke_many([*some, *some, bytes(12)], **WHO) == Withdrawal(
            100, 50, (bytes(12),), (4,)
        )

    @pytest.mark.parametrize(("at_most", "error"), [(0, TooManyCodesError), (None, TypeError), (True, TypeError)])
    def test_numbers_that_agree_to_nothing(self, office: Office, at_most: Any, error: type[Exception]) -> None:
        """Without a number that is one, nothing is withdrawn."""
        office.issue()
        with pytest.raises(error):
            office.ledger.revoke_many(Selection(), at_most=at_most, **WHO)
        assert office.ledger.head().number == 2

    def test_what_is_issued_later_is_left_out(self, office: Office) -> None:
        """With `up_to`, what was counted is what is withdrawn, while others go on issuing."""
        codes = office.issue(3)
        selection = Selection(kid=KID, up_to=office.ledger.head().number)
        office.issue(3)
        assert office.ledger.revoke_many(selection, at_most=3, **WHO).revoked == 3
        assert withdrawn(office.ledger.bitmap(0, at=NOW)) == indices(codes)


class TestBatch:
    """Codes that were done together."""

    def test_is_told_by_its_line(self, office: Office) -> None:
        """A batch says who did what to how many codes, and how many of them are withdrawn now."""
        codes = office.issue(5)
        (line,) = office.ledger.revoke_many([code.cti for code in codes[:2]], **WHO).batches
        office.ledger.correct(codes[0].cti, new=codes[4].cti, by="appeals", why="another's test")
        issued = office.ledger.batch(2)
        assert issued == Batch(
            line=2, at=NOW, action="issued", codes=5, by="officer 17", why="close contact", withdrawn=2
        )
        taken = office.ledger.batch(line)
        assert (taken.line, taken.action, taken.codes, taken.by, taken.withdrawn) == (
            3,
            "revoked",
            2,
            "officer 4",
            2,
        )
        assert office.ledger.batch(4).action == "corrected"
        assert chosen(office, batch=2) == ctis(codes)
        assert chosen(office, batch=3) == ctis(codes[:2])
        assert chosen(office, batch=4) == ctis(codes[:1])

    @pytest.mark.parametrize("number", [1, 3, 2**63 - 1])
    def test_other_lines_are_none(self, office: Office, number: int) -> None:
        """A line that is about no code, and one that is not there, is no batch, also in a selection."""
        office.issue()
        with pytest.raises(UnknownBatchError, match=f"no batch {number}"):
            office.ledger.batch(number)
        with pytest.raises(UnknownBatchError):
            chosen(office, batch=number)
        with pytest.raises(UnknownBatchError):
            office.ledger.revoke_many(Selection(batch=number), **WHO)

    def test_is_forgotten(self, office: Office) -> None:
        """Of a batch that is forgotten nothing is told."""
        office.issue()
        office.forget(NOW + DAY + timedelta(days=181))
        with pytest.raises(UnknownBatchError, match="forgotten"):
            office.ledger.batch(2)

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
