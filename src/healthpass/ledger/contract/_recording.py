"""The contract on recording: all or none, once, and before a text leaves (STI-6)."""

from dataclasses import replace
from datetime import datetime
from typing import Any, Final

import pytest

from healthpass.codec._keys import SigningKey
from healthpass.credential._health import StatusPlace
from healthpass.ledger._errors import DeviceKeyUsedError, LedgerError, UnknownCodeError
from healthpass.ledger.contract._desk import DAY, SECOND, WHO, Desk, Ledgers, ctis_of, only

_WRONG: Final[list[tuple[str, Any]]] = [
    ("cti", bytes(11)),
    ("cti", "0" * 12),
    ("kid", bytes(7)),
    ("by", ""),
    ("by", " "),
    ("by", 17),
    ("why", "a\nb"),
    ("why", "x" * 501),
    ("why", None),
    ("place", (0, 1)),
    ("issued_at", 5),
    ("issued_at", datetime(2026, 1, 1)),  # noqa: DTZ001 - without a zone, on purpose
    ("expires_at", "2026-11-02"),
]


class RecordingContract(Ledgers):
    """Codes are recorded all or none, and once (STI-6, ISS-2, ISS-4)."""

    def test_record_is_known_to_all(self, desk: Desk) -> None:
        """When `record` returns, each worker knows the codes, also one that opens the ledger later."""
        other = desk.other()
        codes = desk.issue(7)
        for ledger in (desk.ledger, other, desk.other()):
            assert desk.chosen(ledger).keys() == set(ctis_of(codes))
            for code in codes:
                told = only(ledger.history(code.cti))
                assert (told.action, told.place, told.kid) == ("issued", code.place, code.kid)
                assert (told.issued_at, told.expires_at) == (code.issued_at, code.expires_at)
        desk.reopen()
        assert desk.chosen().keys() == set(ctis_of(codes))

    def test_record_of_no_code(self, desk: Desk) -> None:
        """To record no code is no error, and does nothing."""
        head = desk.ledger.head()
        desk.ledger.record([])
        assert desk.ledger.head() == head

    def test_record_is_all_or_none(self, desk: Desk) -> None:
        """Where one code is refused, none is recorded, and the others can be recorded afterwards."""
        (old,) = desk.issue()
        good = [desk.code() for _ in range(3)]
        bad = desk.code(cti=old.cti)
        head = desk.ledger.head()
        for codes in ([*good, bad], [bad, *good], [good[0], bad, *good[1:]]):
            with pytest.raises(LedgerError):
                desk.ledger.record(codes)
            assert desk.ledger.head() == head
            for code in good:
                with pytest.raises(UnknownCodeError):
                    desk.ledger.history(code.cti)
        assert desk.chosen().keys() == {old.cti}
        desk.ledger.record(good)
        assert desk.chosen().keys() == {old.cti, *ctis_of(good)}

    def test_record_again_does_nothing(self, desk: Desk) -> None:
        """The same codes may be recorded again, by whomever: it is no error, and counts nothing twice."""
        codes = desk.issue(3) + desk.issue(2, by="officer 18")
        device = desk.code(holder_key=SigningKey.generate().public_key)
        desk.ledger.record([device])
        head = desk.ledger.head()
        for _ in range(2):
            for ledger in (desk.ledger, desk.other()):
                ledger.record(codes[:3])
                ledger.record(codes[3:])
                ledger.record([device])
                ledger.record(codes)
            desk.reopen()
        assert desk.ledger.head() == head
        assert desk.chosen().keys() == {device.cti, *ctis_of(codes)}
        assert [desk.ledger.batch(line).codes for line in range(head.number - 2, head.number + 1)] == [3, 2, 1]
        assert all(len(desk.ledger.history(code.cti)) == 1 for code in codes)
        desk.ledger.revoke(codes[0].cti, **WHO)
        desk.ledger.record(codes[:3])
        assert desk.chosen()[codes[0].cti].withdrawn

    def test_record_with_other_content_is_refused(self, desk: Desk) -> None:
        """A cti is used once (ISS-2): with any other content it is refused, and nothing changes."""
        (code,) = desk.issue()
        head, history = desk.ledger.head(), desk.ledger.history(code.cti)
        changes: list[dict[str, Any]] = [
            {"place": desk.ledger.take()},
            {"kid": bytes(8)},
            {"by": "officer 18"},
            {"why": "negative test"},
            {"issued_at": code.issued_at - SECOND},
            {"expires_at": code.expires_at + DAY},
            {"holder_key": SigningKey.generate().public_key},
        ]
        for change in changes:
            with pytest.raises(LedgerError):
                desk.ledger.record([replace(code, **change)])
        twice = desk.code()
        with pytest.raises(LedgerError):
            desk.ledger.record([twice, desk.code(cti=twice.cti)])
        assert (desk.ledger.head(), desk.ledger.history(code.cti)) == (head, history)

    def test_record_needs_a_place_that_is_held(self, desk: Desk) -> None:
        """A place that was made up, that somebody else holds, or that comes twice in a call, is refused."""
        held, other = desk.code(), desk.other()
        made_up = [StatusPlace(0, 1), StatusPlace(4095, 7), StatusPlace(65_535, 7), other.take()]
        for place in made_up:
            with pytest.raises(LedgerError):
                desk.ledger.record([held, desk.code(place=place)])
        with pytest.raises(LedgerError):
            desk.ledger.record([held, desk.code(place=held.place)])
        returned = desk.code()
        desk.ledger.give_back(returned.place)
        with pytest.raises(LedgerError):
            desk.ledger.record([returned])
        assert desk.chosen() == {}
        desk.ledger.record([held])
        assert desk.chosen().keys() == {held.cti}

    def test_record_needs_a_place_of_its_own(self, desk: Desk) -> None:
        """The place of a recorded code is refused for another one (STI-1)."""
        (code,) = desk.issue()
        for ledger in (desk.ledger, desk.other()):
            with pytest.raises(LedgerError):
                ledger.record([desk.code(place=code.place)])
        assert desk.chosen().keys() == {code.cti}

    def test_record_takes_a_device_key_once(self, desk: Desk) -> None:
        """A device key is in one code (ISS-4), whoever records the other one, also after it was withdrawn."""
        key = SigningKey.generate().public_key
        first = desk.code(holder_key=key)
        desk.ledger.record([first])
        desk.ledger.revoke(first.cti, **WHO)
        other = desk.other()
        for ledger in (desk.ledger, other):
            good, bad = desk.code(ledger), desk.code(ledger, holder_key=key)
            with pytest.raises(DeviceKeyUsedError) as caught:
                ledger.record([good, bad])
            assert caught.value.cti == bad.cti
        fresh = SigningKey.generate().public_key
        with pytest.raises(DeviceKeyUsedError):
            desk.ledger.record([desk.code(holder_key=fresh), desk.code(holder_key=fresh)])
        assert desk.chosen().keys() == {first.cti}
        desk.reopen()
        with pytest.raises(DeviceKeyUsedError):
            desk.issue(holder_key=key)

    def test_record_says_who_and_why(self, desk: Desk) -> None:
        """What cannot be a record is refused with a `TypeError` or a `ValueError`, and the place is still held."""
        place, head = desk.ledger.take(), desk.ledger.head()
        for field, value in _WRONG:
            with pytest.raises((TypeError, ValueError)):
                desk.ledger.record([desk.code(**{"place": place, field: value})])
        assert desk.ledger.head() == head
        desk.ledger.record([desk.code(place=place, by="检测 import", why="阴性 100%")])

    def test_record_makes_batches(self, desk: Desk) -> None:
        """The codes of one call with the same who and why are a batch, which the log tells in one line."""
        first = desk.ledger.head().number
        mixed = [desk.code(by=f"officer {number % 2}") for number in range(10)]
        desk.ledger.record(mixed)
        assert desk.ledger.head().number == first + 2
        found = desk.chosen()
        for by in ("officer 0", "officer 1"):
            line = only({found[code.cti].batch for code in mixed if code.by == by})
            batch = desk.ledger.batch(line)
            assert (batch.line, batch.action, batch.codes, batch.by) == (line, "issued", 5, by)
            assert (batch.why, batch.withdrawn) == ("close contact", 0)
