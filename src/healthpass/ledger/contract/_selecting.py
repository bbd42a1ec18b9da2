"""The contract on choosing codes: what fits all conditions, and nothing else."""

import random
from dataclasses import dataclass
from datetime import timedelta
from typing import Any, Final

import pytest

from healthpass.issuing._status_places import CodeRecord
from healthpass.ledger._actions import Withdrawal
from healthpass.ledger._errors import UnknownBatchError
from healthpass.ledger._selecting import Selection
from healthpass.ledger.contract._desk import HOUR, KID, WHO, Desk, Ledgers, ctis_of, only, places_of

_KIDS: Final = [KID, bytes(8)]
_BYS: Final = ["officer 17", "officer 1", "officer_17", '"', "检测 import", "%"]
_WHYS: Final = ["negative test", "negative", "阴性"]
_HOURS: Final = [timedelta(hours=number) for number in range(-3, 4)]


@dataclass
class _Known:
    """What the test remembers of a code."""

    record: CodeRecord
    batch: int
    withdrawn_in: int | None = None

    def fits(self, wanted: Selection) -> bool:
        """Tell whether it is one of a selection, condition by condition."""
        code = self.record
        return (
            wanted.kid in {None, code.kid}
            and (wanted.since is None or wanted.since <= code.issued_at)
            and (wanted.until is None or code.issued_at < wanted.until)
            and wanted.set_by in {None, code.by}
            and wanted.set_why in {None, code.why}
            and wanted.batch in {None, self.batch, self.withdrawn_in or self.batch}
            and (wanted.up_to is None or self.batch <= wanted.up_to)
            and wanted.withdrawn in {None, self.withdrawn_in is not None}
        )


def _population(desk: Desk, chance: random.Random) -> list[_Known]:
    """Record batches of many kinds, and withdraw some of the codes."""
    known: list[_Known] = []
    for _ in range(25):
        kid, by, why = chance.choice(_KIDS), chance.choice(_BYS), chance.choice(_WHYS)
        records = [
            desk.code(kid=kid, by=by, why=why, issued_at=desk.now + chance.choice(_HOURS))
            for _ in range(chance.randint(1, 4))
        ]
        desk.ledger.record(records)
        known += [_Known(record, desk.ledger.head().number) for record in records]
    for _ in range(4):
        some = [one for one in chance.sample(known, 5) if one.withdrawn_in is None]
        done = desk.ledger.revoke_many(ctis_of(one.record for one in some), **WHO)
        for one in some:
            one.withdrawn_in = done.batches[0]
    return known


def _conditions(desk: Desk, chance: random.Random, lines: int) -> dict[str, Any]:
    """Choose conditions that some codes fit."""
    since = chance.choice(_HOURS[:4])
    of: dict[str, Any] = {
        "kid": chance.choice(_KIDS),
        "since": desk.now + since,
        "until": desk.now + chance.choice([one for one in _HOURS if one > since]),
        "set_by": chance.choice(_BYS),
        "set_why": chance.choice(_WHYS),
        "batch": chance.randint(lines - 28, lines),
        "up_to": chance.randint(1, lines + 2),
        "withdrawn": chance.choice([True, False]),
    }
    return {name: of[name] for name in chance.sample(list(of), chance.choice([0, 1, 1, 1, 2, 2, 3]))}


class SelectingContract(Ledgers):
    """A selection has the codes that fit all its conditions, and no others."""

    def test_select_is_what_a_look_at_each_code_chooses(self, desk: Desk) -> None:
        """Whatever is asked for, each code that fits is there once, and is counted so."""
        chance = random.Random(2026)  # noqa: S311 - no secret
        known = _population(desk, chance)
        lines = desk.ledger.head().number
        tried: set[str] = set()
        for _ in range(120):
            conditions = _conditions(desk, chance, lines)
            selection = Selection(**conditions)
            fitting = {one.record.cti: one for one in known if one.fits(selection)}
            found = desk.chosen(**conditions)
            assert found.keys() == fitting.keys(), f"{conditions} chooses other codes"
            for cti, code in found.items():
                record, withdrawn = fitting[cti].record, fitting[cti].withdrawn_in is not None
                told = (code.kid, code.issued_at, code.expires_at, code.batch, code.withdrawn)
                assert told == (record.kid, record.issued_at, record.expires_at, fitting[cti].batch, withdrawn)
            already = sum(one.withdrawn_in is not None for one in fitting.values())
            assert desk.ledger.rehearse(selection) == Withdrawal(len(fitting) - already, already, ())
            tried |= conditions.keys() if 0 < len(fitting) < len(known) else set()
        assert len(tried) == 8

    def test_select_compares_whole_texts(self, desk: Desk) -> None:
        """No part of a text, no pattern and no other spelling chooses a code."""
        codes = desk.issue(2, by="officer 17", why="test 100%")
        desk.issue(by="officer 18", why="test 100")
        for text in ("officer 1", "officer 1_", "officer 17 ", "Officer 17", "officer%", "%", "' OR 1=1 --"):
            assert desk.chosen(set_by=text) == {}
        assert desk.chosen(set_by="officer 17", set_why="test 100%").keys() == set(ctis_of(codes))

    def test_select_withdraws_what_it_reads(self, desk: Desk) -> None:
        """What a selection reads is what withdrawing it withdraws; the beginning counts, the end does not."""
        codes = [desk.issue(issued_at=desk.now + hour * HOUR)[0] for hour in range(4)]
        desk.issue(5, kid=bytes(8), issued_at=desk.now + HOUR)
        stolen = Selection(kid=KID, since=desk.now + HOUR, until=desk.now + 3 * HOUR)
        assert desk.ledger.revoke_many(stolen, **WHO).revoked == 2
        assert desk.shown() == places_of(codes[1:3])

    def test_select_leaves_out_what_comes_later(self, desk: Desk) -> None:
        """With `up_to`, what was counted is what is withdrawn, while others go on issuing."""
        codes = desk.issue(3)
        selection = Selection(kid=KID, up_to=desk.ledger.head().number)
        desk.issue(3, ledger=desk.other())
        assert desk.ledger.revoke_many(selection, at_most=3, **WHO).revoked == 3
        assert desk.shown() == places_of(codes)

    def test_batch_is_told_by_its_line(self, desk: Desk) -> None:
        """A batch says who did what to how many codes, and how many of them are withdrawn now."""
        codes = desk.issue(5)
        issued = desk.ledger.head().number
        line = only(desk.ledger.revoke_many(ctis_of(codes[:2]), at=desk.now, **WHO).batches)
        desk.ledger.correct(codes[0].cti, new=codes[4].cti, by="appeals", why="another's test")
        told = desk.ledger.batch(issued)
        assert (told.line, told.action, told.codes, told.withdrawn) == (issued, "issued", 5, 2)
        assert (told.by, told.why) == ("officer 17", "close contact")
        told = desk.ledger.batch(line)
        assert (told.line, told.at, told.action, told.codes, told.by) == (line, desk.now, "revoked", 2, WHO["by"])
        told = desk.ledger.batch(desk.ledger.head().number)
        assert (told.action, told.codes, told.by, told.withdrawn) == ("corrected", 1, "appeals", 1)
        assert desk.chosen(batch=issued).keys() == set(ctis_of(codes))
        assert desk.chosen(batch=line).keys() == set(ctis_of(codes[:2]))
        assert desk.chosen(batch=told.line).keys() == {codes[0].cti}

    def test_batch_of_another_line_is_none(self, desk: Desk) -> None:
        """A line that is about no code, and one that is not there, is no batch, also in a selection."""
        desk.issue()
        desk.ledger.issue_lists(kid=KID, at=desk.now, lifetime=HOUR)
        for number in (desk.ledger.head().number, desk.ledger.head().number + 1, 2**63 - 1):
            with pytest.raises(UnknownBatchError):
                desk.ledger.batch(number)
            with pytest.raises(UnknownBatchError):
                desk.chosen(batch=number)
            with pytest.raises(UnknownBatchError):
                desk.ledger.rehearse(Selection(batch=number))
            with pytest.raises(UnknownBatchError):
                desk.ledger.revoke_many(Selection(batch=number), **WHO)
