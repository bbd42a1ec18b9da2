"""The contract on status lists: they show what is withdrawn, and each is later than the one before (STI-5)."""

from datetime import timedelta
from itertools import pairwise
from typing import Any, Final

import pytest

from healthpass.codec._keys import SigningKey
from healthpass.documents._opened import open_list
from healthpass.ledger._errors import LedgerError
from healthpass.ledger._publish import publish
from healthpass.ledger.contract._desk import (
    DAY,
    HOUR,
    KID,
    SECOND,
    WHO,
    Desk,
    Ledgers,
    bits_of,
    ctis_of,
    differ,
    places_of,
)

_BASE: Final = "https://status.example.cn/hangzhou"


class PublishingContract(Ledgers):
    """Lists show what is withdrawn, and go on in time (STI-5, STL-6)."""

    def test_lists_are_there_before_they_are_needed(self, desk: Desk) -> None:
        """The lists are those of all places, and one more: gates have it when its first code is shown."""
        codes = desk.issue(50)
        numbers = desk.ledger.lists()
        assert list(numbers) == sorted(set(numbers))
        assert {code.place.list for code in codes} < set(numbers)
        assert desk.other().lists() == numbers

    def test_bitmap_shows_what_is_withdrawn(self, desk: Desk) -> None:
        """The bit of each withdrawn code is set, and no other one, in all lists and for all workers."""
        codes = desk.issue(400)
        gone = codes[::3]
        desk.ledger.revoke_many(ctis_of(gone), at_most=400, **WHO)
        for ledger in (desk.ledger, desk.other()):
            assert differ(desk.shown(ledger), places_of(gone)) == ""
        desk.ledger.correct(codes[1].cti, new=codes[2].cti, **WHO)
        assert differ(desk.shown(), places_of([*gone, codes[1]])) == ""

    def test_bitmap_shows_until_a_day_after_the_code_expired(self, desk: Desk) -> None:
        """No gate that takes the code, however slow its clock, takes a list without its bit (STL-8)."""
        (code,) = desk.issue(expires_at=desk.now + HOUR)
        desk.ledger.revoke(code.cti, **WHO)
        assert desk.shown(at=desk.now + HOUR + DAY - SECOND) == {code.place}
        assert desk.shown(at=desk.now + HOUR + DAY) == set()

    def test_bitmap_of_an_unknown_list(self, desk: Desk) -> None:
        """There is no bitmap of a list that does not exist."""
        with pytest.raises(LedgerError):
            desk.ledger.bitmap(desk.ledger.lists()[-1] + 1)

    def test_issue_lists_gives_all_of_them(self, desk: Desk) -> None:
        """Each list is issued, with its bits and its times, also where nothing has changed; the log notes it."""
        codes = desk.issue(10)
        desk.ledger.revoke_many(ctis_of(codes[:4]), **WHO)
        for number in range(3):
            head, at = desk.ledger.head(), desk.now + number * HOUR
            issues = desk.ledger.issue_lists(kid=KID, at=at, lifetime=DAY)
            assert desk.ledger.head().number == head.number + 1
            assert tuple(issues) == desk.ledger.lists()
            for place, issue in issues.items():
                assert (issue.issued_at, issue.expires_at) == (at, at + DAY)
                assert issue.bitmap == desk.ledger.bitmap(place, at=at), "other bits than those of the list"

    def test_issue_lists_is_always_later(self, desk: Desk) -> None:
        """A list is later than each before, whoever issues it, though the clock stands or goes back (STI-5)."""
        desk.issue()
        dates = []
        for hours in (0, 0, -1, -23, 0, 2, 1, -1):
            for ledger in (desk.ledger, desk.other()):
                at = desk.now + hours * HOUR
                issues = ledger.issue_lists(kid=KID, at=at, lifetime=DAY)
                assert {issue.expires_at - issue.issued_at for issue in issues.values()} == {DAY}
                assert all(issue.issued_at >= at for issue in issues.values())
                dates.append({number: issue.issued_at for number, issue in issues.items()})
            desk.reopen()
        for before, after in pairwise(dates):
            assert all(after[number] > at for number, at in before.items()), "a list went back in time"
        assert max(dates[-1].values()) < desk.now + 2 * HOUR + timedelta(minutes=1)

    def test_issue_lists_shows_what_is_right_at_its_date(self, desk: Desk) -> None:
        """A list whose date had to rise shows what is right at that date, not at the clock."""
        (code,) = desk.issue(expires_at=desk.now)
        desk.ledger.revoke(code.cti, at=desk.now, **WHO)
        at = desk.now + DAY - SECOND
        place = code.place
        shown = []
        for _ in range(2):
            issue = desk.ledger.issue_lists(kid=KID, at=at, lifetime=DAY)[place.list]
            shown.append((issue.issued_at - at, set(bits_of(issue.bitmap))))
        assert shown == [(0 * SECOND, {place.index}), (SECOND, set())]

    def test_issue_lists_asks_where_the_clock_has_jumped(self, desk: Desk) -> None:
        """A time more than two days after the last action, or more than one before, is confirmed once."""
        desk.issue()
        head = desk.ledger.head()
        for way in (30 * DAY, -2 * DAY):
            with pytest.raises(LedgerError):
                desk.ledger.issue_lists(kid=KID, at=desk.now + way, lifetime=DAY)
            with pytest.raises(LedgerError):
                desk.ledger.forget(at=desk.now + way)
        assert desk.ledger.head() == head
        desk.ledger.issue_lists(kid=KID, at=desk.now + 30 * DAY, lifetime=DAY, after_pause=True)
        desk.ledger.issue_lists(kid=KID, at=desk.now + 31 * DAY, lifetime=DAY)
        assert desk.other().forget(at=desk.now + 32 * DAY) == 1

    def test_issue_lists_goes_on_from_what_a_gate_can_have_taken(self, desk: Desk) -> None:
        """A list that was dated more than a day ahead, by a wrong clock, does not date all later ones."""
        for at, confirmed, date in (
            (2 * HOUR, False, 2 * HOUR),
            (3650 * DAY, True, 3650 * DAY),
            (HOUR, True, 2 * HOUR + SECOND),
            (3 * HOUR, False, 3 * HOUR),
        ):
            issues = desk.ledger.issue_lists(kid=KID, at=desk.now + at, lifetime=DAY, after_pause=confirmed)
            assert {issue.issued_at for issue in issues.values()} == {desk.now + date}

    def test_issue_lists_keeps_to_a_week(self, desk: Desk) -> None:
        """A list lives for a second to a week (STL-4), and is signed by a key."""
        head = desk.ledger.head()
        wrong: list[dict[str, Any]] = [
            {"lifetime": timedelta(0)},
            {"lifetime": timedelta(days=-1)},
            {"lifetime": 7 * DAY + SECOND},
            {"kid": bytes(7)},
        ]
        for options in wrong:
            with pytest.raises(ValueError, match=r".*"):
                desk.ledger.issue_lists(**{"kid": KID, "at": desk.now, "lifetime": DAY, **options})
        assert desk.ledger.head() == head

    def test_publish_signs_all_lists(self, desk: Desk) -> None:
        """With `publish`, each list is signed under its address, and kept: nothing of the ledger is wrong then."""
        codes = desk.issue(10)
        desk.ledger.revoke(codes[0].cti, **WHO)
        key = SigningKey.generate()
        for _ in range(2):
            signed = publish(desk.ledger, _BASE, key, at=desk.now, lifetime=DAY)
            assert tuple(signed) == desk.ledger.lists()
            for number, data in signed.items():
                opened, claims = open_list(data)
                assert (opened.signed_by, claims.address) == ((key.public_key.kid,), f"{_BASE}/{number}")
        assert desk.ledger.verify_chain() == desk.ledger.head()
