"""Status lists in a store, and what a gate says of a code that can be withdrawn (spec/status.md, 3 and 4)."""

from collections.abc import Iterator, Sequence
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest

from authorities import SECONDS, Office, Region
from forging import AT, DAY, GREEN, NOW
from healthpass import (
    Color,
    HealthCode,
    HolderKey,
    Issuer,
    Order,
    StatusPlace,
    VerificationError,
    Verified,
    verify,
)
from healthpass.documents import _bundle
from healthpass.documents._registry_document import KeyEnd
from healthpass.documents._status_list import BYTES_PER_BIT, sign_list
from healthpass.ledger import DeviceKeyUsedError, SqliteLedger, publish
from healthpass.trust import _held_lists, _trust
from healthpass.trust._trust import Trust
from healthpass.trust._update import updated
from healthpass.trust._views import registry_of
from healthpass.words._code_points import KeyUse

BASE = "https://status.example.cn/"
CODE = HealthCode(color=Color.GREEN, status=StatusPlace(3, 70_000))
GRACE = timedelta(hours=1)


class Withdrawing(Office):
    """An office whose second key signs status lists."""

    def __init__(self, name: str) -> None:
        super().__init__(name)
        self.list(2, use=KeyUse.STATUS)

    def to_entry(self) -> Any:
        """Return how the registry lists it, with the address of its lists."""
        return super().to_entry()._replace(status=BASE + self.id)

    def status_list(
        self, withdrawn: Sequence[int] = (), *, number: int = 3, issued: int = AT, life: int = 3600, **other: Any
    ) -> bytes:
        """Return a list in which these indices are withdrawn."""
        bitmap = bytearray(BYTES_PER_BIT)
        for index in withdrawn:
            bitmap[index >> 3] |= 1 << (index & 7)
        made: dict[str, Any] = {
            "uri": f"{BASE}{self.id}/{number}",
            "key": self.key(2),
            "issued": issued,
            "expires": issued + life,
        }
        return sign_list(bytes(bitmap), **(made | other))


def region(name: str) -> Region:
    """Return a region with one office that can withdraw codes."""
    made = Region(name)
    made.offices[f"{name}.WJW"] = Withdrawing(f"{name}.WJW")
    return made


def office(of: Region) -> Withdrawing:
    """Return that office."""
    found = of.offices[f"{of.id}.WJW"]
    assert isinstance(found, Withdrawing)
    return found


@pytest.fixture
def zhejiang() -> Region:
    """Return a region that has published a registry."""
    made = region("CN-33")
    made.publish()
    return made


def trusting(anchor: Region, *others: Region) -> Trust:
    """Return what a gate holds of an anchor and of those that it recognises."""
    trust = Trust()
    trust.pin(anchor.pin)
    updated(trust, anchor.bundle(*others), at=AT)
    return trust


def offered(trust: Trust, *lists: bytes, at: int = AT) -> list[str]:
    """Offer lists, and return what came of each."""
    return [str(result.outcome) for result in updated(trust, b"".join(lists), at=at)]


def verified(trust: Trust, text: str, **options: Any) -> Verified:
    """Judge a code at NOW."""
    return verify(text, registry=registry_of(trust), **{"at": NOW} | options)


def verdict(trust: Trust, text: str, **options: Any) -> str:
    """Return the verdict on a code at NOW."""
    try:
        verified(trust, text, **options)
    except VerificationError as error:
        return str(error.verdict)
    return "valid"


class TestJudging:
    def test_withdrawn_at_noon_refused_at_five_past(self, zhejiang: Region) -> None:
        """A gate that took the newer list refuses; one that did not accepts, and says how old its list is."""
        text = office(zhejiang).issue(CODE, at=NOW - DAY / 2)
        here, there = trusting(zhejiang), trusting(zhejiang)
        for trust in (here, there):
            assert verdict(trust, text) == "status-unknown"
            assert offered(trust, office(zhejiang).status_list()) == ["applied"]
        assert offered(here, office(zhejiang).status_list([70_000], issued=AT + 240)) == ["applied"]
        later = NOW + timedelta(minutes=5)
        assert verdict(here, text, at=later) == "revoked"
        assert verified(there, text, at=later).status_issued_at == NOW

    def test_a_neighbouring_bit_is_another_code(self, zhejiang: Region) -> None:
        """A list withdraws the code at its index, and in its number, and no other."""
        trust = trusting(zhejiang)
        others = office(zhejiang).status_list([69_999, 70_001, 1_048_575])
        assert offered(trust, others, office(zhejiang).status_list([70_000], number=4)) == ["applied"] * 2
        assert verdict(trust, office(zhejiang).issue(CODE)) == "valid"

    def test_lists_end_and_a_grace_is_named(self, zhejiang: Region) -> None:
        """A list that has expired tells nothing, but where the caller names a grace, to the second."""
        trust = trusting(zhejiang)
        text = office(zhejiang).issue(CODE)
        offered(trust, office(zhejiang).status_list())
        second = timedelta(seconds=1)
        for at, grace, expected in (
            (GRACE - second, 0 * GRACE, "valid"),
            (GRACE, 0 * GRACE, "status-unknown"),
            (2 * GRACE - second, GRACE, "valid"),
            (2 * GRACE, GRACE, "status-unknown"),
        ):
            assert verdict(trust, text, at=NOW + at, status_grace=grace) == expected
        assert verdict(trust, text, at=NOW + 2 * GRACE, waive={"status-unknown"}) == "valid"

    @pytest.mark.parametrize("grace", [timedelta(days=7, seconds=1), timedelta(seconds=-1)])
    def test_a_grace_has_bounds(self, zhejiang: Region, grace: timedelta) -> None:
        """A grace is 0 to 7 days, and a timedelta."""
        with pytest.raises(ValueError, match="status_grace"):
            verified(trusting(zhejiang), office(zhejiang).issue(CODE), status_grace=grace)
        with pytest.raises(TypeError, match="status_grace"):
            verified(trusting(zhejiang), office(zhejiang).issue(CODE), status_grace=60)

    def test_a_withdrawal_is_believed_for_a_week(self, zhejiang: Region) -> None:
        """An old list that says a code is withdrawn is believed for 7 days, and nobody can waive it (STL-11)."""
        trust = trusting(zhejiang)
        text = office(zhejiang).issue(CODE, lifetime=14 * DAY)
        offered(trust, office(zhejiang).status_list([70_000]))
        for at in (NOW, NOW + 7 * DAY - timedelta(seconds=1)):
            assert verdict(trust, text, at=at, waive={"status-unknown"}) == "revoked"
        assert verdict(trust, text, at=NOW + 7 * DAY) == "status-unknown"
        assert verdict(trust, text, at=NOW + 7 * DAY, waive={"status-unknown"}) == "valid"

    def test_a_status_key_must_be_good(self, zhejiang: Region) -> None:
        """A list counts while its key is listed, for lists, not revoked, and was valid when it signed."""
        text = office(zhejiang).issue(CODE)
        for changes in (
            {"use": 1},
            {"valid_from": AT + 1},
            {"valid_until": AT},
            {"retired": KeyEnd(NOW, 1)},
            {"revoked": KeyEnd(NOW, 2)},
        ):
            trust = trusting(zhejiang)
            offered(trust, office(zhejiang).status_list())
            assert verdict(trust, text) == "valid"
            before = office(zhejiang).entries[2]
            office(zhejiang).list(2, **changes)
            updated(trust, zhejiang.publish(), at=AT)
            assert verdict(trust, text) == "status-unknown", changes
            office(zhejiang).entries[2] = before
            zhejiang.publish()

    def test_a_list_of_a_retired_key_still_withdraws(self, zhejiang: Region) -> None:
        """A retired status key says good of nothing any more; what it withdrew stays withdrawn (STL-11)."""
        trust = trusting(zhejiang)
        offered(trust, office(zhejiang).status_list([70_000]))
        office(zhejiang).retire(2, at=AT)
        offered(trust, zhejiang.publish())
        assert verdict(trust, office(zhejiang).issue(CODE)) == "revoked"
        other = HealthCode(color=Color.GREEN, status=StatusPlace(3, 70_001))
        assert verdict(trust, office(zhejiang).issue(other)) == "status-unknown"

    def test_lists_of_two_keys_stand_side_by_side(self, zhejiang: Region) -> None:
        """Another status key's newer list does not hide what the first has withdrawn, and answers for the rest."""
        of = office(zhejiang)
        of.list(3, use=KeyUse.STATUS)
        zhejiang.publish()
        trust = trusting(zhejiang)
        lists = of.status_list([70_000]), of.status_list(key=of.key(3), issued=AT + 10)
        assert offered(trust, *lists) == ["applied"] * 2
        assert verdict(trust, of.issue(CODE)) == "revoked"
        other = HealthCode(color=Color.GREEN, status=StatusPlace(3, 70_001))
        assert verified(trust, of.issue(other)).status_issued_at == NOW + timedelta(seconds=10)
        of.revoke(2)
        offered(trust, zhejiang.publish())
        assert verdict(trust, of.issue(CODE)) == "valid"

    def test_the_edge_decides(self) -> None:
        """Each issuer has its own lists: what one office signs says nothing of another's codes."""
        shanghai, anchor = region("CN-31"), region("CN-33")
        shanghai.publish()
        anchor.recognise(shanghai)
        anchor.publish()
        trust = trusting(anchor, shanghai)
        assert offered(trust, office(anchor).status_list([70_000])) == ["applied"]
        assert verdict(trust, office(shanghai).issue(CODE)) == "status-unknown"
        assert offered(trust, office(shanghai).status_list()) == ["applied"]
        assert verdict(trust, office(shanghai).issue(CODE)) == "valid"
        assert verdict(trust, office(anchor).issue(CODE)) == "revoked"

    def test_the_anchors_word_ends_a_code_too(self) -> None:
        """A list held for the anchor's own state withdraws codes of a city that speaks for itself (STL-11.1)."""
        city, province = Region("CN-33-01"), Region("CN-33")
        of = Withdrawing("CN-33-01.WJW")
        for one in (city, province):
            one.offices[of.id] = of
        city.publish()
        province.recognise(city)
        province.publish()
        trust = trusting(province, city)
        withdrawing = of.status_list([70_000])
        results = updated(trust, withdrawing, at=AT)
        assert [(r.authority, str(r.outcome)) for r in results] == [("CN-33", "applied"), ("CN-33-01", "applied")]
        assert verdict(trust, of.issue(CODE)) == "revoked"
        city.offices.clear()
        city.offices[of.id] = Office(of.id)
        offered(trust, city.publish())
        assert verdict(trust, of.issue(CODE)) == "revoked"


class TestUpdating:
    def test_a_list_never_goes_back(self, zhejiang: Region) -> None:
        """An older list, and another of the same time, are refused (row 1)."""
        trust = trusting(zhejiang)
        new = office(zhejiang).status_list([70_000], issued=AT + 10)
        old, other = office(zhejiang).status_list(), office(zhejiang).status_list(issued=AT + 10)
        assert offered(trust, new, old, other, new) == ["applied", "rollback", "equivocation", "unchanged"]

    def test_what_is_not_the_issuers(self, zhejiang: Region) -> None:
        """A credential key, a stranger and another address make no list of the issuer's (rows 3, 20 and 43)."""
        trust = trusting(zhejiang)
        of = office(zhejiang)
        assert offered(
            trust,
            of.status_list(key=of.key(1)),
            of.status_list(key=of.key(9)),
            of.status_list(uri=f"{BASE}{of.id}"),
            of.status_list(uri=f"{BASE}{of.id}/03"),
            of.status_list(uri=f"{BASE}CN-33.CDC/3"),
            of.status_list(issued=AT + 86_401),
        ) == ["unknown-signer"] * 2 + ["wrong-authority"] * 3 + ["dated-ahead"]

    def test_a_key_that_changes_hands_takes_its_list_along(self, zhejiang: Region) -> None:
        """A list that is held of one issuer is taken of another to whom its key and address went."""
        trust, first, second = trusting(zhejiang), office(zhejiang), Withdrawing("CN-33.CDC")
        held = first.status_list()
        assert offered(trust, held) == ["applied"]
        second.entries[2] = first.entries.pop(2)
        moved = second.to_entry()._replace(status=BASE + first.id)
        zhejiang.offices[second.id] = second
        with pytest.MonkeyPatch.context() as patch:
            patch.setattr(second, "to_entry", lambda: moved)
            assert offered(trust, zhejiang.publish(), held) == ["applied", "applied"]
        assert verdict(trust, second.issue(CODE)) == "valid"
        assert offered(trust, held) == ["unchanged"]

    def test_lists_come_with_their_registry(self, zhejiang: Region) -> None:
        """One bundle can bring root, registry and list, in any order."""
        trust = Trust()
        trust.pin(zhejiang.pin)
        assert (
            offered(trust, office(zhejiang).status_list(), zhejiang.registries[0], zhejiang.roots[0])
            == ["applied"] * 3
        )

    def test_what_one_state_has_taken_binds_the_others(self) -> None:
        """A list that is older than one of the same key on another anchor's path is a rollback there too."""
        common, first, second = region("CN-34"), Region("CN-33"), Region("CN-31")
        common.publish()
        first.recognise(common)
        first.publish()
        trust = trusting(first, common)
        old, new = office(common).status_list(), office(common).status_list([70_000], issued=AT + 1)
        assert offered(trust, new) == ["applied"]
        trust.pin(second.pin)
        second.recognise(common)
        second.publish()
        updated(trust, second.bundle(common), at=AT)
        assert offered(trust, old) == ["rollback"] * 2
        assert offered(trust, new) == ["applied", "unchanged"]

    @pytest.mark.parametrize("by_bytes", [True, False])
    def test_lists_have_a_bound(
        self, zhejiang: Region, monkeypatch: pytest.MonkeyPatch, *, by_bytes: bool
    ) -> None:
        """Of too many lists, or too many bytes, the oldest goes, and never its iat (row 6)."""
        trust, of = trusting(zhejiang), office(zhejiang)
        lists = [of.status_list(number=number, issued=AT + number) for number in range(3)]
        if by_bytes:
            monkeypatch.setattr(_trust, "MAX_OWN_LISTS", sum(map(len, lists[:2])))
        else:
            monkeypatch.setattr(_held_lists, "MAX_ISSUER_LISTS", 2)
        assert offered(trust, *lists) == ["applied"] * 3
        assert [place.number for place, _ in trust.states[0].lists] == [1, 2]
        assert offered(trust, of.status_list([7], number=0, issued=AT - 1)) == ["rollback"]

    def test_contradictions_have_a_bound(self, zhejiang: Region) -> None:
        """Of an office that contradicts itself without end four documents are kept (UPD-9)."""
        trust = trusting(zhejiang)
        told = offered(trust, *(office(zhejiang).status_list([number]) for number in range(12)))
        assert told == ["applied"] + ["equivocation"] * 11
        assert len(trust.states[0].evidence) == 4  # room is left for the authority's own (UPD-9)

    def test_one_office_does_not_keep_out_another(self, zhejiang: Region, monkeypatch: pytest.MonkeyPatch) -> None:
        """A flood of lists by one office costs that office its oldest, and nobody else anything (row 6)."""
        thief, other = office(zhejiang), Withdrawing("CN-33-02.WJW")
        zhejiang.offices[other.id] = other
        trust = trusting(zhejiang)
        offered(trust, zhejiang.publish(), other.status_list(issued=AT - 60))
        flood = [thief.status_list(number=number, issued=AT + number) for number in range(4)]
        monkeypatch.setattr(_trust, "MAX_OWN_LISTS", 3 * len(flood[0]) + 10)
        assert offered(trust, *flood) == ["applied"] * 4
        held = [(place.issuer, place.number) for place, _ in trust.states[0].lists]
        assert held == [(other.id, 3), (thief.id, 2), (thief.id, 3)]

    def test_a_revoked_key_keeps_no_list_out(self, zhejiang: Region, monkeypatch: pytest.MonkeyPatch) -> None:
        """A thief fills an office's share with lists of tomorrow; with his key revoked, they go first (row 6)."""
        monkeypatch.setattr(_held_lists, "MAX_ISSUER_LISTS", 3)
        of = office(zhejiang)
        of.list(3, use=KeyUse.STATUS)
        zhejiang.publish()
        trust = trusting(zhejiang)
        flood = [of.status_list(number=number, key=of.key(3), issued=AT + SECONDS) for number in range(4, 9)]
        assert offered(trust, *flood) == ["applied"] * 5
        assert offered(trust, of.status_list()) == ["applied"]
        assert verdict(trust, of.issue(CODE)) == "status-unknown"
        of.revoke(3)
        assert offered(trust, zhejiang.publish(), of.status_list(issued=AT + 1)) == ["applied"] * 2
        assert verdict(trust, of.issue(CODE)) == "valid"
        assert [place.raw for place, _ in trust.states[0].lists].count(of.key(2).public_key.to_bytes()) == 1

    def test_one_region_does_not_keep_out_another(self, monkeypatch: pytest.MonkeyPatch) -> None:
        """A recognised region that floods an anchor's share loses lists of its own first (row 6)."""
        monkeypatch.setattr(_trust, "MAX_LISTS", 700)
        monkeypatch.setattr(_trust, "MAX_ALL_LISTS", 1000)
        nation, honest, thief = Region("CN"), region("CN-31"), region("CN-32")
        for one in (honest, thief):
            one.publish()
            nation.recognise(one)
        nation.publish()
        trust = trusting(nation, honest, thief)
        mine = office(honest).status_list(issued=AT - 60)
        assert len(mine) < 350
        offered(trust, mine, *(office(thief).status_list(number=number) for number in range(8)))
        sizes = {str(state.authority): state.lists.size() for state in trust.states}
        assert sizes["CN-31"] == len(mine)
        assert 0 < sizes["CN-32"] <= 700

    def test_a_source_brings_so_many(self, zhejiang: Region, monkeypatch: pytest.MonkeyPatch) -> None:
        """Lists are counted apart from documents; at the first one too many a source is at its end (UPD-10)."""
        trust = trusting(zhejiang)
        lists = [office(zhejiang).status_list(number=number) for number in range(4)]
        monkeypatch.setattr(_bundle, "LIST_LIMIT", 3)
        monkeypatch.setattr(_bundle, "DOCUMENT_LIMIT", 1)
        root = zhejiang.roots[0]
        assert offered(trust, *lists[:3], root) == ["applied"] * 3 + ["unchanged"]
        assert offered(trust, *lists, root) == ["unchanged"] * 3 + ["too-many"]
        assert offered(trust, root, root, lists[0]) == ["unchanged", "too-many"]

    def test_old_lists_are_forgotten(self, zhejiang: Region) -> None:
        """Two weeks after it was made, by the clock floor and no local clock, a list goes (STL-9)."""
        trust = trusting(zhejiang)
        old = office(zhejiang).status_list()
        offered(trust, old)
        offered(trust, at=AT + 20 * SECONDS)
        for late, held in ((14 * SECONDS - 1, True), (14 * SECONDS, False)):
            offered(trust, zhejiang.publish(issued=AT + late), at=AT + late)
            assert bool(trust.states[0].lists) is held
            assert offered(trust, office(zhejiang).status_list(issued=AT - 1)) == [
                "rollback" if held else "applied"
            ]


class TestIssuing:
    """`Issuer(status=...)` with a real ledger."""

    @pytest.fixture
    def ledger(self, tmp_path: Path) -> Iterator[SqliteLedger]:
        """Return a new ledger of the office."""
        with SqliteLedger.create(tmp_path / "ledger", "CN-33.WJW") as made:
            yield made

    def issuer(self, zhejiang: Region, ledger: SqliteLedger) -> Issuer:
        """Return the office as an issuer with a ledger."""
        return Issuer("CN-33.WJW", signer=office(zhejiang).key(), lifetime=DAY, ledger=ledger)

    def test_from_issuing_to_the_gate(self, zhejiang: Region, ledger: SqliteLedger) -> None:
        """A code gets a place, is withdrawn by its identifier, and refused by the list that follows."""
        issuer, of = self.issuer(zhejiang, ledger), office(zhejiang)
        one, two = (issuer.issue(GREEN, by="officer 17", why="negative test") for _ in range(2))
        assert one.health.status != two.health.status
        trust = trusting(zhejiang)
        now = datetime.now(UTC)
        for withdrawn, expected in ((False, "valid"), (True, "revoked")):
            if withdrawn:
                ledger.revoke(one.cti, by="officer 4", why="the sample was another's")
            lists = publish(ledger, BASE + of.id, of.key(2), lifetime=DAY, at=now)
            updated(trust, b"".join(lists.values()), at=int(now.timestamp()))
            assert verdict(trust, one.text, at=now, waive={"registry-stale"}) == expected
            assert verdict(trust, two.text, at=now, waive={"registry-stale"}) == "valid"
            now += timedelta(seconds=5)

    def test_many_at_once(self, zhejiang: Region, ledger: SqliteLedger) -> None:
        """Many codes are written down in one step, each with a place of its own; or none, and no place is lost."""
        issuer = self.issuer(zhejiang, ledger)
        bound = [Order(GREEN, holder_key=HolderKey.generate().public_key) for _ in range(50)]
        issued = issuer.issue_many([*bound, *[GREEN] * 50], by="app", why="daily renewal")
        assert len({one.health.status for one in issued}) == 100
        with pytest.raises(TypeError):
            issuer.issue_many([GREEN, "green"], by="app", why="daily renewal")  # type: ignore[list-item]
        again = issuer.issue_many([GREEN] * 100, by="app", why="daily renewal")
        places = {one.health.status for one in (*issued, *again)}
        assert len(places) == 200

    def test_a_device_key_of_another_code_is_refused(self, zhejiang: Region, ledger: SqliteLedger) -> None:
        """A device key belongs to one credential (ISS-4): of a batch with another one nothing leaves."""
        issuer, head = self.issuer(zhejiang, ledger), ledger.head
        device = HolderKey.generate().public_key
        issuer.issue(GREEN, holder_key=device, by="app", why="an enrolment")
        fresh = HolderKey.generate().public_key
        before = head()
        for keys in ([fresh, device], [fresh, fresh]):
            with pytest.raises(DeviceKeyUsedError, match="is in another code already"):
                issuer.issue_many([Order(GREEN, holder_key=key) for key in keys], by="app", why="an enrolment")
        assert head() == before
        issuer.issue(GREEN, holder_key=fresh, by="app", why="an enrolment")

    def test_a_draft_is_written_down_when_it_is_sealed(self, zhejiang: Region, ledger: SqliteLedger) -> None:
        """With a key that is elsewhere the code is written down before its text is returned."""
        key = office(zhejiang).key()
        issuer = Issuer("CN-33.WJW", signer=key.public_key, lifetime=DAY, ledger=ledger)
        draft = issuer.prepare(GREEN, by="officer 17", why="negative test")
        assert ledger.head().number == (before := ledger.head().number)
        issued = draft.seal(key.sign(draft.to_be_signed))
        assert ledger.head().number > before
        assert [action.by for action in ledger.history(issued.cti)] == ["officer 17"]

    def test_what_a_ledger_demands(self, zhejiang: Region, ledger: SqliteLedger) -> None:
        """Somebody sets the colour on some ground; the place is the ledger's to give; and it is this issuer's."""
        issuer = self.issuer(zhejiang, ledger)
        with pytest.raises(ValueError, match="who sets the colour"):
            issuer.issue(GREEN)
        with pytest.raises(ValueError, match="leave status out"):
            issuer.issue(CODE, by="officer 17", why="negative test")
        with pytest.raises(ValueError, match="ledger of CN-33.CDC"):
            Issuer("CN-33.CDC", signer=office(zhejiang).key(), lifetime=DAY, ledger=ledger)
        with pytest.raises(TypeError, match="ledger must be one"):
            Issuer("CN-33.CDC", signer=office(zhejiang).key(), lifetime=DAY, ledger="ledger")  # type: ignore[arg-type]
        with pytest.raises(ValueError, match="has none"):
            Issuer("CN-33.WJW", signer=office(zhejiang).key(), lifetime=DAY).issue(
                GREEN, by="officer 17", why="test"
            )
