"""Policies and risk maps in a store: who floods loses its own, order does not matter, and nothing goes back."""

import json
import random
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest

from authorities import Region, flipped
from deciding_offices import GREEN_ADMITTED, NAMES, POLICY_NUMBER, DecidingOffice, add_office
from forging import AT, NOW
from healthpass import DocumentError, Outcome, RegionId
from healthpass.codec import _cbor
from healthpass.codec._time import TIME_LIMIT, from_seconds
from healthpass.deciding import MapEntry, OfficeDocument, Policy, RiskMap, decide, open_policy, sign_map
from healthpass.documents._document import Kind
from healthpass.store import TrustStore
from healthpass.store._record import Record, StateRecord, sha256
from healthpass.trust import _held_of_offices, _trust
from healthpass.trust._held_of_offices import OfficePlace
from healthpass.trust._trust import Trust
from healthpass.trust._update import updated
from healthpass.trust._views import registry_of
from healthpass.words._code_points import KeyUse

OFFICE = "CN-33-01.WJW"
POLICY = Kind.POLICY


def trusting(*regions: Region) -> Trust:
    """Return a trust that has pinned the first of these, and holds what all have published."""
    trust = Trust()
    trust.pin(regions[0].pin)
    updated(trust, regions[0].bundle(*regions[1:]), at=AT)
    return trust


def zhejiang(*names: str) -> tuple[Region, list[DecidingOffice]]:
    """Return Zhejiang, which lists offices with a policy key each."""
    region = Region("CN-33")
    offices = [add_office(region, name) for name in names or (OFFICE,)]
    region.publish()
    return region, offices


def offered(trust: Trust, *documents: bytes, at: int = AT) -> list[str]:
    """Offer documents, each as a bundle of its own; return their outcomes."""
    return [result.outcome for document in documents for result in updated(trust, document, at=at)]


def held_of(trust: Trust) -> dict[OfficePlace, bytes]:
    """Return what is held of offices, in all states."""
    return {one.place: one.document for state in trust.states for one in state.of_offices}


class TestBytes:
    def test_no_byte_can_be_changed(self) -> None:
        """Whichever byte of a policy is changed, no policy is in force; the changed one is refused."""
        region, (office,) = zhejiang()
        policy = office.policy()
        trust = trusting(region)
        for at in range(len(policy)):
            assert not {Outcome.APPLIED, Outcome.UNCHANGED} & {*offered(trust, flipped(policy, at))}, at
        assert registry_of(trust).policy(OFFICE, NOW) is None
        assert offered(trust, policy) == [Outcome.APPLIED]

    def test_no_byte_can_be_cut_or_added(self) -> None:
        """A policy that was cut, or that something follows, costs the registry after it nothing."""
        region, (office,) = zhejiang()
        policy = office.policy()
        for length in range(1, len(policy), 7):
            assert Outcome.APPLIED not in offered(trusting(region), policy[:length])
        assert offered(trusting(region), policy + b"\0") == [Outcome.APPLIED, Outcome.MALFORMED_ENVELOPE]

    @pytest.mark.parametrize(
        ("junk", "outcome"),
        [
            ({32: _cbor.decode(b"\x81" * 6 + b"\x00", max_depth=9)}, Outcome.APPLIED),
            ({32: [[[[[[[[0]]]]]]]]}, Outcome.MALFORMED_PAYLOAD),
            ({32: [0] * 60_000}, Outcome.APPLIED),
            ({32: [[] for _ in range(60_000)]}, Outcome.APPLIED),
            ({32: "a" * 60_000}, Outcome.APPLIED),
            ({1: {1: "入\u202e城", 2: "Entry"}}, Outcome.MALFORMED_DOCUMENT),
            ({1: {1: "入城", 2: "a" * 129}}, Outcome.MALFORMED_DOCUMENT),
            ({2: -(2**53) + 1}, Outcome.MALFORMED_DOCUMENT),
            ({2: 2**53 - 1}, Outcome.MALFORMED_DOCUMENT),
            ({5: [[]] * 60_000}, Outcome.MALFORMED_DOCUMENT),
            ({5: [{1: "r", 2: {k: [0] for k in range(100, 9_000)}, 3: 0}]}, Outcome.UNSUPPORTED_DOCUMENT),
        ],
    )
    def test_what_an_office_can_sign(self, junk: dict[int, Any], outcome: Outcome) -> None:
        """Whatever a listed key signs, it is judged, and a good policy beside it is in force."""
        region, (office,) = zhejiang()
        trust = trusting(region)
        assert offered(trust, office.forged(junk, issued=AT - 60), office.policy()) == [outcome, Outcome.APPLIED]
        policy = registry_of(trust).policy(OFFICE, NOW)
        assert policy
        assert policy.content == GREEN_ADMITTED

    def test_the_longest_map(self) -> None:
        """A map of 8,192 entries is taken; one more breaks the rule; too many bytes are not looked at."""
        region, (office,) = zhejiang()
        trust = trusting(region)
        regions = sorted(f"US-{n:05}" for n in range(8_193))
        assert offered(trust, office.map(*((one, 1) for one in regions[:-1]))) == [Outcome.APPLIED]
        with pytest.raises(ValueError, match="8,192|8192"):
            office.map(*((one, 1) for one in regions), issued=AT + 1)
        long = office.forged({32: "a" * 270_000}, kind=Kind.RISK_MAP)
        assert offered(trust, long) == [Outcome.TOO_LARGE]

    @pytest.mark.parametrize("zone", [-720, 840])
    @pytest.mark.parametrize("at", [0, 1, TIME_LIMIT - 1])
    def test_the_ends_of_time(self, zone: int, at: int) -> None:
        """At the first and the last second that there is, in the outermost zones, a policy decides."""
        policy = Policy(names=NAMES, zone=zone, rules=GREEN_ADMITTED.rules[1:])
        moment = from_seconds(at)
        whole: OfficeDocument[Policy] = OfficeDocument(
            issuer=DecidingOffice(OFFICE).id, issued=moment, expires=from_seconds(TIME_LIMIT - 1), content=policy
        )
        decision = decide(None, whole, at=moment)
        assert bool(decision) == (at < TIME_LIMIT - 1)


class TestFloods:
    def test_who_floods_loses_its_own(self, monkeypatch: pytest.MonkeyPatch) -> None:
        """An office that signs with many keys costs no other office a policy, and loses its oldest first."""
        monkeypatch.setattr(_held_of_offices, "MAX_DOCUMENTS", 8)
        monkeypatch.setattr(_held_of_offices, "MAX_IATS", 12)
        region = Region("CN-33")
        honest, thief = add_office(region, OFFICE), add_office(region, "CN-33-02.WJW")
        for number in range(20, 50):
            thief.list(number, use=KeyUse.POLICY)
        region.publish()
        trust = trusting(region)
        mine = honest.policy(issued=AT - 3_600)
        flood = [thief.policy(number=number, issued=AT + number) for number in range(20, 50)]
        assert set(offered(trust, mine, honest.map(), *flood)) == {Outcome.APPLIED}
        (own,) = trust.states
        assert registry_of(trust).policy(OFFICE, NOW)
        assert sum(one.place.issuer == honest.id for one in own.of_offices) == 2
        theirs = [one.issued - AT for one in own.of_offices if one.place.issuer == thief.id]
        assert sorted(theirs) == list(range(44, 50))
        assert len(own.of_offices.iats) == 12

    def test_of_bytes_too(self, monkeypatch: pytest.MonkeyPatch) -> None:
        """Who takes most bytes loses its oldest document, and not its iat."""
        region, (honest, thief) = zhejiang(OFFICE, "CN-33-02.WJW")
        trust = trusting(region)
        mine, large = honest.policy(), thief.forged({32: "a" * 60_000})
        monkeypatch.setattr(_trust, "MAX_BYTES", len(mine) + len(large) - 1)
        assert offered(trust, large, mine) == [Outcome.APPLIED] * 2
        assert list(held_of(trust).values()) == [mine]
        assert offered(trust, thief.policy(issued=AT - 1)) == [Outcome.ROLLBACK]

    def test_keys_that_have_ended_go_first(self, monkeypatch: pytest.MonkeyPatch) -> None:
        """A policy of a revoked key is lost before an older one of a key that is listed."""
        monkeypatch.setattr(_held_of_offices, "MAX_DOCUMENTS", 1)
        region = Region("CN-33")
        office = add_office(region, OFFICE)
        office.list(9, use=KeyUse.POLICY)
        region.publish()
        trust = trusting(region)
        offered(trust, office.policy(number=9))
        office.revoke(9)
        offered(trust, region.publish(), office.policy(issued=AT - 60))
        assert [place.raw for place in held_of(trust)] == [office.key(POLICY_NUMBER).public_key.to_bytes()]

    def test_recognised_regions_share_their_room(self, monkeypatch: pytest.MonkeyPatch) -> None:
        """The maps of all whom an anchor recognises have one limit: who has less loses nothing."""
        own, small, large = Region("CN-33"), Region("CN-31"), Region("CN-32")
        offices = [add_office(region, f"{region.id}.WJW") for region in (small, large)]
        for region in (small, large):
            region.publish()
            own.recognise(region)
        own.publish()
        trust = trusting(own, small, large)
        maps = [offices[0].map(), offices[1].map(*((f"US-{n:05}", 1) for n in range(500)))]
        monkeypatch.setattr(_trust, "MAX_ALL_MAPS", 4_000)
        assert offered(trust, *maps) == [Outcome.APPLIED] * 2
        assert list(held_of(trust).values()) == [maps[0]]

    def test_evidence_is_bounded(self) -> None:
        """An office that contradicts itself leaves its authority room for evidence of its own."""
        region, (office,) = zhejiang()
        trust = trusting(region)
        others = [office.forged({4: [f"p{n:02}"]}) for n in range(20)]
        assert offered(trust, office.policy(), *others) == [Outcome.APPLIED, *[Outcome.EQUIVOCATION] * 20]
        (own,) = trust.states
        assert len(own.evidence) == 4


class TestOrder:
    def test_does_not_matter(self) -> None:
        """In whatever order honest documents are offered, the same policy and maps are in force in the end."""
        own, guest = Region("CN-33"), Region("CN-31")
        office, other = add_office(own, OFFICE), add_office(guest, "CN-31.WJW")
        guest.publish()
        own.recognise(guest)
        own.publish()
        policies = [office.policy(issued=AT - n) for n in range(4)]
        maps = [one.map(("CN-42", n + 1), issued=AT - n) for one in (office, other) for n in range(3)]
        ends = set()
        for seed in range(12):
            documents = [*policies, *maps, other.policy(), office.forged({2: 9_999})]
            random.Random(seed).shuffle(documents)  # noqa: S311 - an order, the same each time
            trust = trusting(own, guest)
            for part in range(0, len(documents), 3):
                updated(trust, b"".join(documents[part : part + 3]), at=AT)
            before = held_of(trust)
            updated(trust, b"".join(documents), at=AT)
            assert held_of(trust) == before, "what is offered again changes nothing"
            ends.add(frozenset(before.items()))
        assert len(ends) == 1
        (end,) = ends
        assert {document for _, document in end} == {policies[0], maps[0], maps[3]}

    def test_a_registry_stays_as_it_was_taken(self, tmp_path: Path) -> None:
        """What verifying holds in its hands does not change with a later update; the next one does."""
        region, (office,) = zhejiang()
        store = TrustStore.create(tmp_path / "store")
        store.pin(region.id, version=1, digest=region.pin.digest)
        store.update(region.bundle() + office.policy(), at=NOW)
        before = store.registry()
        store.update(office.policy(issued=AT + 60), at=NOW)
        first, second = before.policy(OFFICE, NOW), store.registry().policy(OFFICE, NOW)
        assert first
        assert second
        assert (first.issued, second.issued) == (NOW, NOW + timedelta(seconds=60))
        assert store.registry().policy(OFFICE, NOW) is second, "it is opened once"


class TestKept:
    def made(self, folder: Path) -> tuple[Region, DecidingOffice, TrustStore]:
        """Return a store that holds a policy and a map."""
        region, (office,) = zhejiang()
        store = TrustStore.create(folder / "store")
        store.pin(region.id, version=1, digest=region.pin.digest)
        store.update(region.bundle() + office.policy() + office.map(), at=NOW)
        return region, office, store

    def test_a_store_reads_what_it_kept(self, tmp_path: Path) -> None:
        """A policy is in force when the store is opened anew, and goes back to none that is older."""
        _, office, _ = self.made(tmp_path)
        store = TrustStore.open(tmp_path / "store")
        assert store.registry().policy(OFFICE, NOW)
        assert [result.outcome for result in store.update(office.policy(issued=AT - 1), at=NOW)] == [
            Outcome.ROLLBACK
        ]

    def test_a_bundle_brings_all_of_it(self, tmp_path: Path) -> None:
        """What a store gives out as a bundle makes another store the same, with lists behind policies."""
        region, office, store = self.made(tmp_path)
        bundle = store.bundle().content
        assert bundle.index(office.policy()) > bundle.index(region.registries[-1])
        other = TrustStore.create(tmp_path / "other")
        other.pin(region.id, version=1, digest=region.pin.digest)
        assert {result.outcome for result in other.update(bundle, at=NOW)} == {Outcome.APPLIED}
        assert other.registry().policy(OFFICE, NOW)

    def test_a_store_of_the_format_before_is_read(self, tmp_path: Path) -> None:
        """A store that knew no policies is read, and written in today's format with the next change."""
        region, office, store = self.made(tmp_path)
        record_file = store.path / "trust.json"
        record = Record.decode(record_file.read_bytes())
        (named,) = record.states
        state = json.loads((store.path / "documents" / f"{named.state}.json").read_bytes())
        del state["of_offices"]
        old = json.dumps(state).encode()
        (store.path / "documents" / f"{sha256(old)}.json").write_bytes(old)
        states = (named.model_copy(update={"state": sha256(old)}),)
        record_file.write_bytes(record.model_copy(update={"format": 1, "states": states}).encode())
        opened = TrustStore.open(store.path)
        assert opened.registry().policy(OFFICE, NOW) is None
        opened.update(region.bundle() + office.policy(), at=NOW)
        assert json.loads(record_file.read_bytes())["format"] == 2
        assert TrustStore.open(store.path).registry().policy(OFFICE, NOW)

    def test_a_later_format_is_said_to_be_of_another_version(self, tmp_path: Path) -> None:
        """A store that a later version wrote is told in plain words."""
        _, _, store = self.made(tmp_path)
        file = store.path / "trust.json"
        file.write_bytes(file.read_bytes().replace(b'"format": 2', b'"format": 3'))
        with pytest.raises(Exception, match="written by another version"):
            TrustStore.open(store.path).registry()

    def test_only_policies_and_maps_stand_there(self) -> None:
        """The record of a state has no root in the place of a policy."""
        empty: dict[str, Any] = {
            "chain": [],
            "registry": None,
            "refused": False,
            "seen": [],
            "lists": [],
            "evidence": [],
        }
        StateRecord.model_validate_json(json.dumps(empty))
        wrong = [[Kind.ROOT, OFFICE, "00" * 32, 1, None]]
        with pytest.raises(ValueError, match="a policy or a risk map is expected"):
            StateRecord.model_validate_json(json.dumps(empty | {"of_offices": wrong}))


class TestByHand:
    def test_another_key_opens_nothing(self) -> None:
        """What was given by hand is opened with the key that was given, and with no other (POL-2)."""
        office = DecidingOffice(OFFICE)
        policy = office.policy()
        assert open_policy(policy, office.key(POLICY_NUMBER).public_key).content == GREEN_ADMITTED
        for data, number in ((policy, 1), (flipped(policy, -1), POLICY_NUMBER), (office.map(), POLICY_NUMBER)):
            with pytest.raises(DocumentError):
                open_policy(data, office.key(number).public_key)

    def test_a_map_of_two_entries_for_one_region_is_not_signed(self) -> None:
        """What no store would take leaves no office."""
        office = DecidingOffice(OFFICE)
        twice = (MapEntry(RegionId("CN-42"), 5), MapEntry(RegionId("CN-42"), 4))
        content = RiskMap(names=NAMES, zone=480, entries=twice)
        whole: OfficeDocument[RiskMap] = OfficeDocument(
            issuer=office.id, issued=NOW, expires=NOW + timedelta(days=1), content=content
        )
        with pytest.raises(ValueError, match="ascend"):
            sign_map(whole, office.key(POLICY_NUMBER))
