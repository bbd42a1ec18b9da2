"""How a store's states follow the documents that it is offered, and what they withstand."""

import random
from collections.abc import Iterable
from typing import Any, cast

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from authorities import DROP, FULL, SECONDS, Region, digest_of, flipped, key_of, signed
from forging import AT, NOW
from healthpass import RegionId, VerificationError, verify
from healthpass.documents import _bundle
from healthpass.documents._document import Kind, parse
from healthpass.documents._registry_document import KeyEnd
from healthpass.trust import _state, _trust
from healthpass.trust._held import Pin
from healthpass.trust._offer import Offer
from healthpass.trust._trust import Trust
from healthpass.trust._update import Result, Update
from healthpass.trust._update import updated as update
from healthpass.trust._views import registry_of
from healthpass.words._outcomes import Outcome

OFFICE = "CN-33-01.WJW"


def trusting(*regions: Region) -> Trust:
    """Return a trust with these anchors and nothing else."""
    trust = Trust()
    for region in regions:
        trust.pin(region.pin)
    return trust


def updated(trust: Trust, *documents: bytes, at: int = AT) -> list[str]:
    """Offer documents, and return what came of each."""
    return [str(result.outcome) for result in update(trust, b"".join(documents), at=at)]


def told(results: Iterable[Result]) -> list[tuple[Any, ...]]:
    """Return what an update says, without its words."""
    return [(r.document, r.anchor, r.authority, str(r.outcome), *map(str, r.notes)) for r in results]


def verdict(trust: Trust, text: str, **options: Any) -> str:
    """Return the verdict of a code at NOW."""
    try:
        verify(text, registry=registry_of(trust), **{"at": NOW} | options)
    except VerificationError as error:
        return str(error.verdict)
    return "valid"


def held(trust: Trust) -> dict[tuple[str, str], Any]:
    """Return what each state holds and has seen, but for the times at which it was taken."""
    return {
        (state.anchor, state.authority): (
            [root.document for root in state.chain],
            state.registry and state.registry.document,
            {place: one.document for place, one in state.lists},
            state.seen,
        )
        for state in trust.states
    }


@pytest.fixture
def zhejiang() -> Region:
    """Return a region with an office and a registry."""
    region = Region("CN-33")
    region.office(OFFICE)
    region.publish()
    return region


class TestRoots:
    @pytest.mark.parametrize(("keys", "threshold"), [((1,), 1), ((1, 2, 3), 2), ((1, 2, 3, 4, 5), 3)])
    def test_thresholds(self, keys: tuple[int, ...], threshold: int) -> None:
        """Roots of 1 of 1, 2 of 3 and 3 of 5 start a chain and rotate; with one signature less they do neither."""
        region = Region("CN-33", root_keys=keys, threshold=threshold)
        trust = trusting(region)
        few = [region.root_key(number) for number in keys[: threshold - 1]] or [key_of("stranger")]
        pinned = region.root.encode()
        assert updated(trust, signed(Kind.ROOT, pinned, few)) == ["threshold-not-met"]
        assert updated(trust, region.roots[0]) == ["applied"]
        half = region.rotate(keep=False, by=few)
        assert updated(trust, half)[0] in {"threshold-not-met", "unknown-signer"}
        assert updated(trust, region.rotate()) == ["applied"]

    def test_walks_over_five_roots_after_a_long_sleep(self, zhejiang: Region) -> None:
        """A store that slept for years walks every link, also those that have expired, whatever their order."""
        trust = trusting(zhejiang)
        for number in range(1, 6):
            year = AT + number * 300 * SECONDS
            zhejiang.rotate(root_keys=(number + 1, number + 2, number + 3), issued=year)
        last = AT + 5 * 300 * SECONDS
        zhejiang.publish(issued=last)
        documents = [*zhejiang.roots, zhejiang.registries[-1]]
        random.Random(1).shuffle(documents)  # noqa: S311 - an order, no secret
        assert set(updated(trust, *documents, at=last)) == {"applied"}
        assert len(trust.states[0].chain) == 6

    @pytest.mark.parametrize(
        ("keys", "outcome"),
        [((1, 2, 4), "root-gap"), ((1, 4, 5), "threshold-not-met"), ((4, 5, 6), "unknown-signer")],
    )
    def test_a_missing_root_is_named(self, keys: tuple[int, ...], outcome: str) -> None:
        """Whoever signed a root after a gap, its message names the missing one; that of a forgery does not."""
        region = Region("CN-33")
        trust = trusting(region)
        region.rotate()
        third = region.rotate(root_keys=keys, by=[region.root_key(number) for number in keys])
        forged = region.rotate(root_keys=(1,), threshold=1, by=[region.root_key(1)], version=2, keep=False)
        results = update(trust, b"".join((region.roots[0], third, forged)), at=AT)
        assert [str(result.outcome) for result in results[1:]] == [outcome, "threshold-not-met"]
        assert "root 2 is missing" in results[1].message
        # Of what nobody here can verify, nothing is told as a fact.
        assert ("it says that it is root 3; if so, " in results[1].message) == (outcome != "root-gap")
        assert "missing" not in results[2].message

    def test_more_missing_roots_are_counted(self) -> None:
        """Several missing roots are named by the first and the last of them, and other regions' roots by none."""
        region, other = Region("CN-33"), Region("CN-31")
        trust = trusting(region)
        last = [region.rotate() for _ in range(4)][-1]
        strange = [other.rotate() for _ in range(2)][-1]
        results = update(trust, b"".join((region.roots[0], last, strange)), at=AT)
        assert "roots 2 to 4 are missing" in results[1].message
        assert "missing" not in results[2].message

    def test_a_gap_is_not_jumped(self, zhejiang: Region) -> None:
        """Without the link between, a later root is refused, and what is held stays."""
        trust = trusting(zhejiang)
        zhejiang.rotate()
        third = zhejiang.rotate()
        assert updated(trust, zhejiang.roots[0], third) == ["applied", "root-gap"]
        assert updated(trust, zhejiang.roots[1], third) == ["applied", "applied"]

    def test_a_root_needs_the_old_and_the_new(self, zhejiang: Region) -> None:
        """A root with the old keys' signatures alone, or with the new ones' alone, is refused."""
        trust = trusting(zhejiang)
        updated(trust, zhejiang.bundle())
        old, new = [zhejiang.root_key(n) for n in (1, 2)], [zhejiang.root_key(n) for n in (7, 8)]
        by_old = zhejiang.rotate(root_keys=(7, 8, 9), keep=False, by=old)
        by_new = zhejiang.rotate(root_keys=(7, 8, 9), keep=False, by=new)
        half = zhejiang.rotate(root_keys=(7, 8, 9), keep=False, by=[*old[:1], *new])
        assert updated(trust, by_old, by_new, half) == ["threshold-not-met", "unknown-signer", "threshold-not-met"]
        assert updated(trust, zhejiang.rotate(root_keys=(7, 8, 9), by=[*old, *new])) == ["applied"]

    def test_a_stolen_registry_key_dies_with_its_root(self, zhejiang: Region) -> None:
        """What a dropped registry key signed is not usable at once, whatever its exp (row 52)."""
        trust = trusting(zhejiang)
        updated(trust, zhejiang.bundle())
        text = zhejiang.offices[OFFICE].issue()
        assert verdict(trust, text) == "valid"
        assert updated(trust, zhejiang.rotate(registry_keys=(2,))) == ["applied"]
        assert verdict(trust, text) == "registry-stale"
        assert updated(trust, zhejiang.publish()) == ["applied"]
        assert verdict(trust, text) == "valid"

    def test_a_chain_has_an_end(self, zhejiang: Region, monkeypatch: pytest.MonkeyPatch) -> None:
        """A chain that has reached its length takes no further root until a later one is pinned."""
        monkeypatch.setattr(_state, "MAX_CHAIN", 3)
        trust = trusting(zhejiang)
        for _ in range(3):
            zhejiang.rotate()
        assert updated(trust, *zhejiang.roots) == ["applied", "applied", "applied", "too-many"]
        trust.pin(zhejiang.pin)
        assert updated(trust, zhejiang.roots[-1]) == ["applied"]
        assert len(trust.states[0].chain) == 1

    def test_a_pin_further_on_drops_what_stands_before(self, zhejiang: Region) -> None:
        """Pinned to a root of its chain, a store goes on from there; pinned back, it has to begin anew (UPD-6)."""
        trust = trusting(zhejiang)
        first = zhejiang.pin
        zhejiang.rotate()
        zhejiang.rotate()
        text = zhejiang.offices[OFFICE].issue()
        updated(trust, zhejiang.bundle())
        trust.pin(zhejiang.pin)
        assert [root.document for root in trust.states[0].chain] == zhejiang.roots[-1:]
        assert verdict(trust, text) == "valid"
        trust.pin(first)
        assert verdict(trust, text) == "registry-stale"
        assert updated(trust, zhejiang.bundle()) == ["applied"] * 3 + ["unchanged"]
        assert verdict(trust, text) == "valid"

    def test_an_epoch_needs_a_greater_number(self, zhejiang: Region) -> None:
        """Other registry keys, or another threshold of them, under the current number are refused (ROT-3)."""
        trust = trusting(zhejiang)
        updated(trust, zhejiang.bundle())
        same = zhejiang.rotate(registry_keys=(2,), epoch=1, keep=False)
        two = zhejiang.rotate(registry_keys=(1, 2), registry_threshold=2, epoch=1, keep=False)
        assert updated(trust, same, two) == ["wrong-epoch"] * 2
        assert updated(trust, zhejiang.rotate(registry_keys=(2,))) == ["applied"]


class TestRegistries:
    def test_never_goes_back(self, zhejiang: Region) -> None:
        """An older registry is refused, and so is another one of the same version (rows 1 and 26)."""
        trust = trusting(zhejiang)
        first = zhejiang.registries[0]
        second = zhejiang.publish()
        other = zhejiang.publish(version=2, issued=AT + 1, keep=False)
        assert updated(trust, zhejiang.bundle()) == ["applied", "applied"]
        assert updated(trust, first, other, second) == ["rollback", "equivocation", "unchanged"]
        assert set(trust.states[0].evidence) == {second, other}

    def test_keeps_a_bounded_evidence(self, zhejiang: Region) -> None:
        """Of endless contradictions eight documents are kept, and of a long one its length and its hash."""
        trust = trusting(zhejiang)
        updated(trust, zhejiang.bundle())
        others = [zhejiang.publish(version=1, issued=AT + number, keep=False) for number in range(1, 30)]
        assert set(updated(trust, *others)) == {"equivocation"}
        assert [*trust.states[0].evidence] == [zhejiang.registries[0], *others[:7]]
        long = {200: bytes(_state.MAX_EVIDENCE_BYTES // _state.MAX_EVIDENCE)}
        trust = trusting(zhejiang)
        updated(trust, zhejiang.roots[0], zhejiang.publish(version=1, content=long, keep=False))
        assert updated(trust, zhejiang.registries[0]) == ["equivocation"]
        assert [len(one) for one in trust.states[0].evidence] == [36, len(zhejiang.registries[0])]

    def test_a_broken_chain_is_told(self, zhejiang: Region) -> None:
        """A registry that does not follow the one that is held is applied, told, and both are kept (row 4)."""
        trust = trusting(zhejiang)
        updated(trust, zhejiang.bundle())
        results = update(trust, zhejiang.publish(previous=bytes(32)), at=AT)
        assert told(results) == [(0, "CN-33", "CN-33", "applied", "broken-chain")]
        assert len(trust.states[0].evidence) == 2

    def test_a_huge_version_is_undone_by_an_epoch(self, zhejiang: Region) -> None:
        """A thief who runs the version up and revokes every key is undone by a new epoch (rows 5 and 27)."""
        trust = trusting(zhejiang)
        text = zhejiang.offices[OFFICE].issue()
        updated(trust, zhejiang.bundle())
        zhejiang.offices[OFFICE].revoke()
        updated(trust, zhejiang.publish(version=2**53 - 1))
        assert verdict(trust, text) == "key-revoked"
        zhejiang.offices[OFFICE].list(revoked=None)
        assert zhejiang.rotate(registry_keys=(2,))
        zhejiang.publish()
        results = update(trust, zhejiang.bundle(), at=AT)
        assert told(results)[1] == (1, "CN-33", "CN-33", "applied", "epoch-opened")
        assert verdict(trust, text) == "valid"

    def test_a_revoked_key_stays_revoked(self, zhejiang: Region) -> None:
        """A registry that lists a revoked key as good, otherwise or no more is refused (row 27)."""
        trust = trusting(zhejiang)
        office = zhejiang.offices[OFFICE]
        text = office.issue()
        office.list(2)
        office.revoke()
        zhejiang.publish()
        updated(trust, zhejiang.bundle())
        revoked = office.entries[1]
        for undone in (
            revoked._replace(revoked=None),
            revoked._replace(revoked=KeyEnd(NOW, 4)),
            revoked._replace(use=2),
            None,
        ):
            if undone:
                office.entries[1] = undone
            else:
                del office.entries[1]
            (result,) = update(trust, zhejiang.publish(), at=AT)
            assert str(result.outcome) == "revocation-undone"
            assert result.message.startswith(
                f"the key {office.key().public_key.kid.hex()} of {OFFICE} was revoked"
            )
            assert verdict(trust, text) == "key-revoked"
        office.entries[1] = revoked
        office.revoke(2)
        assert updated(trust, zhejiang.publish()) == ["applied"]

    def test_what_one_state_has_seen_binds_the_others(self) -> None:
        """An older registry is a rollback on every anchor's path to an authority, new ones included (UPD-7.4)."""
        first, second, common = Region("CN-33"), Region("CN-31"), Region("CN-34")
        office = common.office("CN-34.WJW")
        text = office.issue()
        common.publish()
        office.revoke()
        common.publish()
        first.recognise(common)
        first.publish()
        trust = trusting(first, second)
        updated(trust, first.bundle(common), second.roots[0])
        second.recognise(common)
        results = update(trust, second.publish() + common.roots[0] + common.registries[0], at=AT)
        assert [(r.anchor, str(r.outcome)) for r in results if r.document == 2] == [
            ("CN-31", "rollback"),
            ("CN-33", "rollback"),
        ]
        assert verdict(trust, text) == "key-revoked"
        assert updated(trust, common.registries[1]) == ["applied", "unchanged"]

    def test_epochs_that_are_seen_have_a_bound(self, zhejiang: Region, monkeypatch: pytest.MonkeyPatch) -> None:
        """Of more epochs than a state remembers, the one that was current least recently yields at once."""
        monkeypatch.setattr(_state, "MAX_EPOCHS", 2)
        trust = trusting(zhejiang)
        updated(trust, zhejiang.bundle())
        seen = [*trust.states[0].seen]
        for number in (2, 3, 4):
            updated(trust, zhejiang.rotate(registry_keys=(number,)), zhejiang.publish())
            seen += [epoch for epoch in trust.states[0].seen if epoch not in seen]
            assert [*trust.states[0].seen] == seen[-2:]
        assert len(seen) == 4

    def test_counted_again_when_the_root_changes(self, zhejiang: Region) -> None:
        """A registry is usable while enough of the current root's keys have signed it well, and no longer."""
        trust = trusting(zhejiang)
        text = zhejiang.offices[OFFICE].issue()
        more = zhejiang.publish(by=[zhejiang.registry_key(n) for n in (1, 2)])
        updated(trust, zhejiang.roots[0], more)
        zhejiang.rotate(registry_keys=(2,), epoch=1)
        assert updated(trust, zhejiang.roots[1]) == ["wrong-epoch"]
        assert verdict(trust, text) == "valid"
        zhejiang.roots.pop()
        updated(trust, zhejiang.rotate(version=2, registry_keys=(2,), epoch=2))
        assert verdict(trust, text) == "registry-stale"

    @pytest.mark.parametrize(("ahead", "expected"), [(86_400, "applied"), (86_401, "dated-ahead")])
    def test_is_not_dated_ahead(self, zhejiang: Region, ahead: int, expected: str) -> None:
        """A registry dated more than a day ahead does not move anybody's clock floor (row 25)."""
        trust = trusting(zhejiang)
        updated(trust, *zhejiang.roots)
        assert updated(trust, zhejiang.publish(issued=AT + ahead)) == [expected]

    def test_a_corrected_date_lowers_the_floor(self, zhejiang: Region) -> None:
        """The floor is that of the documents in force: a later registry with an earlier date lowers it."""
        trust = trusting(zhejiang)
        text = zhejiang.offices[OFFICE].issue()
        ahead = zhejiang.publish(issued=AT + 86_000)
        updated(trust, zhejiang.roots[0], ahead)
        assert verdict(trust, text) == "valid"  # it was taken at AT: a signer's clock ahead stops nobody
        trust = trusting(zhejiang)
        updated(trust, zhejiang.roots[0], ahead, at=AT + 86_000)
        assert verdict(trust, text) == "clock-suspect"
        assert verdict(trust, text, waive={"clock-suspect"}) == "valid"
        updated(trust, zhejiang.publish(issued=AT))
        assert verdict(trust, text) == "valid"

    def test_limits(self) -> None:
        """4,097 issuers, 65 keys of one, or 257 recognitions are refused; one less of each is not (row 6)."""
        names = {1: "某", 2: "A"}

        def issuers(count: int, keys: int = 0) -> list[dict[int, Any]]:
            raw = sorted(key_of(f"key {n}").public_key.to_bytes() for n in range(keys))
            listed = [{1: {1: 1, -1: 6, -2: one}, 2: 1, 3: 1, 4: 2} for one in raw]
            ids = sorted(f"CN-33.{number:05d}" for number in range(count))
            return [{1: i, 2: names, 3: "tel:12320"} | ({4: listed} if listed else {}) for i in ids]

        def recognitions(count: int) -> list[dict[int, Any]]:
            ids = sorted(f"US-{number:05d}" for number in range(count))
            return [{1: region, 2: 1, 3: bytes(32), 4: 1, 5: 2, 7: names} for region in ids]

        for content, expected in (
            ({2: issuers(4096)}, "applied"),
            ({2: issuers(4097)}, "malformed-document"),
            ({2: issuers(1, 64)}, "applied"),
            ({2: issuers(1, 65)}, "malformed-document"),
            ({3: recognitions(256)}, "applied"),
            ({3: recognitions(257)}, "malformed-document"),
        ):
            region = Region("CN-33")
            trust = trusting(region)
            assert updated(trust, region.roots[0], region.publish(content=content)) == ["applied", expected]

    @pytest.mark.parametrize(
        ("changes", "expected"),
        [
            ({"content": {31: 0}}, "unsupported-document"),
            ({"content": {32: [[{1: 2}]], 2**53 - 1: b""}}, "applied"),
            ({"claims": {0: 1}}, "unsupported-document"),
            ({"claims": {40: 1}}, "applied"),
            ({"claims": {-65600: 1}}, "malformed-document"),
            ({"claims": {-65539: "test"}}, "wrong-environment"),
            ({"claims": {-65539: "Production"}}, "wrong-environment"),
            ({"claims": {-65539: b"production"}}, "malformed-document"),
            ({"claims": {1: "CN-31"}}, "malformed-document"),
            ({"content": {2: DROP}, "claims": {1: "CN-31"}}, "wrong-authority"),
            ({"content": {1: DROP}}, "malformed-document"),
            ({"content": {2: []}}, "malformed-document"),
            ({"claims": {4: AT + 31 * SECONDS + 1}}, "malformed-document"),
            ({"claims": {4: AT}}, "malformed-document"),
            ({"claims": {-65540: 2}}, "wrong-epoch"),
            ({"claims": {-65541: 0}}, "malformed-document"),
            ({"payload": bytes(30)}, "malformed-payload"),
            ({"payload": b"\xbf" + bytes(30)}, "malformed-payload"),
        ],
    )
    def test_content_that_is_signed_and_wrong(self, zhejiang: Region, changes: Any, expected: str) -> None:
        """A signed registry that breaks a rule is refused like a stranger's."""
        trust = trusting(zhejiang)
        assert updated(trust, zhejiang.roots[0], zhejiang.publish(**changes)) == ["applied", expected]


class TestSecondRuns:
    """An update begins again where somebody else has changed the store meanwhile."""

    def test_tell_what_came_of_the_last(self) -> None:
        """What an abandoned run said of a state that is gone, or of a document unknown then, is not told."""
        zhejiang, shanghai = Region("CN-33"), Region("CN-31")
        zhejiang.publish()
        shanghai.publish()
        offered = Update([zhejiang.bundle(), shanghai.bundle()], AT)
        first, second = trusting(zhejiang), trusting(shanghai)
        for trust, anchor, known in ((first, "CN-33", {0, 1}), (second, "CN-31", {2, 3})):
            for _ in offered.run(trust):
                pass
            results = offered.results
            assert {one.document for one in results if one.outcome is Outcome.APPLIED} == known
            assert {one.anchor for one in results} == {anchor, None}
            assert [one.document for one in results] == [0, 1, 2, 3]
            assert offered.results == results

    def test_offer_each_root_again(self) -> None:
        """A root that came too early in the first run is judged anew, and what was applied stays applied."""
        region = Region("CN-33")
        pin = region.pin
        middle, last = region.rotate(), region.rotate()
        offered = Update([region.roots[0] + last], AT)
        outcomes = []
        for already in ((), (region.roots[0], middle)):
            trust = Trust()
            trust.pin(pin)
            update(trust, b"".join(already), at=AT)
            for _ in offered.run(trust):
                pass
            outcomes.append([str(result.outcome) for result in offered.results])
        assert outcomes == [["applied", "root-gap"], ["applied", "applied"]]


class TestUpdates:
    def test_nobody_blocks_another(self) -> None:
        """Refused documents of one region leave every other region's as they are (row 6)."""
        anchor, good, bad = Region("CN-33"), Region("CN-31"), Region("CN-34")
        for region in (good, bad):
            anchor.recognise(region)
            region.publish()
        anchor.publish()
        trust = trusting(anchor)
        broken = [flipped(document, -1) for document in (bad.roots[0], bad.registries[0])]
        results = update(trust, b"".join([*broken, anchor.bundle(good)]), at=AT)
        assert [str(r.outcome) for r in results if r.authority == "CN-34"] == ["bad-signature"]
        assert {(r.authority, str(r.outcome)) for r in results if r.authority in {"CN-33", "CN-31"}} == {
            ("CN-33", "applied"),
            ("CN-31", "applied"),
        }

    def test_junk_is_looked_at_by_nobody(self, monkeypatch: pytest.MonkeyPatch) -> None:
        """What bears no kid and no hash that a state knows costs no state a look (row 55)."""
        anchor, stranger = Region("CN-33"), Region("XX")
        others = [Region(f"CN-{number}") for number in range(40, 45)]
        for region in others:
            region.publish()
            anchor.recognise(region)
        anchor.publish()
        trust = trusting(anchor)
        updated(trust, anchor.bundle(*others))
        looked: list[bytes] = []
        concerned = _state.State.is_concerned_by

        def counted(state: _state.State, offer: Offer) -> bool:
            looked.append(offer.data)
            return concerned(state, offer)

        monkeypatch.setattr(_state.State, "is_concerned_by", counted)
        junk = [stranger.rotate(keep=False, issued=AT - number) for number in range(5)]
        junk += [stranger.publish(keep=False, issued=AT - number) for number in range(5)]
        assert updated(trust, *junk, anchor.registries[0]) == ["unknown-signer"] * 10 + ["unchanged"]
        assert set(looked) == {anchor.registries[0]}

    def test_a_copy_is_known_by_what_was_taken_just_now(self, zhejiang: Region) -> None:
        """A registry that a stranger alone has signed is the held one, where its payload was taken before it."""
        (registry,) = zhejiang.registries
        copy = signed(Kind.REGISTRY, parse(registry).payload, [key_of("stranger")])
        assert updated(trusting(zhejiang), *zhejiang.roots, registry, copy)[1:] == ["applied", "unchanged"]
        assert updated(trusting(zhejiang), *zhejiang.roots, copy, registry)[1:] == ["unknown-signer", "applied"]

    def test_order_does_not_matter(self) -> None:
        """Whatever the order of the documents, the same is held in the end."""
        anchor, other = Region("CN-33"), Region("CN-31")
        anchor.recognise(other)
        anchor.office(OFFICE)
        other.publish()
        anchor.rotate(root_keys=(4, 5, 6))
        other.rotate()
        anchor.publish()
        documents = [*anchor.roots, *other.roots, *anchor.registries, *other.registries]
        pin = Pin(RegionId("CN-33"), 1, digest_of(anchor.roots[0]))
        kept = []
        for seed in range(20):
            trust = Trust()
            trust.pin(pin)
            random.Random(seed).shuffle(documents)  # noqa: S311 - an order, no secret
            assert set(updated(trust, *documents)) == {"applied"}
            kept.append(held(trust))
        assert all(one == kept[0] for one in kept)

    def test_recognition_that_is_taken_back_is_remembered(self) -> None:
        """What is no longer recognised is kept, not updated, and says so; recognised again, it goes on."""
        anchor, other = Region("CN-33"), Region("CN-31")
        text = other.office("CN-31.WJW").issue()
        other.publish()
        anchor.recognise(other)
        anchor.publish()
        trust = trusting(anchor)
        updated(trust, anchor.bundle(other))
        assert verdict(trust, text) == "valid"
        recognition = anchor.recognitions.pop("CN-31")
        updated(trust, anchor.publish())
        assert verdict(trust, text) == "not-recognised"
        assert updated(trust, other.publish()) == ["unknown-signer"]
        anchor.recognitions["CN-31"] = recognition
        assert updated(trust, anchor.publish(), other.registries[-1]) == ["applied", "applied"]
        assert updated(trust, other.registries[0]) == ["rollback"]
        assert verdict(trust, text) == "valid"

    def test_another_pin_begins_anew(self) -> None:
        """A region that lost its root keys begins anew by a new pin, in an epoch of its own."""
        lost, anew = Region("CN-33"), Region("CN-33", root_keys=(7, 8, 9), epoch=2)
        for region in (lost, anew):
            region.office(OFFICE)
        text = lost.offices[OFFICE].issue()
        lost.offices[OFFICE].revoke()
        for region in (lost, anew):
            region.publish()
        trust = trusting(lost)
        updated(trust, lost.bundle())
        assert updated(trust, anew.bundle()) == ["unknown-signer", "wrong-epoch"]  # the registry key is the same
        trust.pin(anew.pin)
        assert verdict(trust, text) == "registry-stale"
        assert updated(trust, anew.bundle()) == ["applied"] * 2
        assert verdict(trust, text) == "valid"

    def test_another_pin_in_the_same_epoch_does_not_go_back(self) -> None:
        """A new pin with the registry keys and the number of before is of the same epoch: nothing comes back."""
        lost, anew = Region("CN-33"), Region("CN-33", root_keys=(7, 8, 9))
        for region in (lost, anew):
            region.office(OFFICE)
        text = lost.offices[OFFICE].issue()
        first = lost.publish()
        lost.offices[OFFICE].revoke()
        lost.publish()
        trust = trusting(lost)
        updated(trust, lost.bundle())
        trust.pin(anew.pin)
        assert updated(trust, *anew.roots, first) == ["applied", "rollback"]
        assert verdict(trust, text) == "key-revoked"  # the held one is signed by the new root's keys too
        assert updated(trust, anew.publish(version=3)) == ["revocation-undone"]

    @pytest.mark.parametrize("epoch", [2, 2**53 - 1])
    def test_what_a_thief_of_the_anchor_recognised_falls_with_his_epoch(self, epoch: int) -> None:
        """The chain that a thief's recognition began goes with its end, and the honest one begins again."""
        nation, province = Region("CN"), Region("CN-31")
        text = province.office("CN-31.WJW").issue()
        province.publish()
        nation.recognise(province)
        nation.publish()
        trust = trusting(nation)
        updated(trust, nation.bundle(province))
        assert verdict(trust, text) == "valid"
        forged = Region("CN-31", root_keys=(7, 8, 9), epoch=epoch)
        forged.office("CN-31.WJW").revoke()
        forged.publish()
        nation.recognise(forged)
        nation.publish(version=1000)
        updated(trust, nation.bundle(forged))
        assert verdict(trust, text) == "key-revoked"
        nation.recognise(province)
        nation.rotate(registry_keys=(5,))
        nation.publish()
        updated(trust, nation.bundle(province))
        assert verdict(trust, text) == "valid"

    def test_names_that_never_sent_anything_are_not_kept(self) -> None:
        """Whom an anchor recognised, and recognises no more, takes no room if nothing ever came of it (row 6)."""
        nation = Region("CN")
        for name in ("CN-31", "CN-32"):
            nation.recognise(Region(name))
        nation.publish()
        trust = trusting(nation)
        updated(trust, nation.bundle())
        assert len(trust.states) == 3
        nation.recognitions.clear()
        updated(trust, nation.publish())
        assert len(trust.states) == 1

    def test_whom_a_thief_of_an_anchor_recognised_says_nothing_of_anothers_names(self) -> None:
        """A thief of an anchor's registry key neither kills nor passes what another anchor owns (PTH-3.1)."""
        nation, other, forged = Region("CN"), Region("CN-44"), Region("CN-33")
        text = nation.office("CN-33.WJW").issue()
        nation.publish()
        thief = forged.office("CN-33.WJW")
        thief.list(2)
        thief.revoke()
        forged.publish()
        trust = trusting(nation, other)
        updated(trust, nation.bundle(), other.roots[0])
        other.recognise(forged)
        other.publish(version=1000)
        assert set(updated(trust, other.bundle(forged))) == {"applied", "unchanged"}
        assert verdict(trust, text) == "valid"
        assert verdict(trust, thief.issue(number=2)) == "not-recognised"

    def test_states_that_are_left_have_a_bound(self, monkeypatch: pytest.MonkeyPatch) -> None:
        """Of the states that an anchor no longer recognises the oldest yield, and all after 32 days (UPD-12)."""
        monkeypatch.setattr(_trust, "MAX_LEFT", 2)
        nation = Region("CN")
        others = [Region(f"CN-{number}") for number in (31, 32, 33)]
        for number, other in enumerate(others):
            nation.recognise(other)
            other.publish(issued=AT + number)
        nation.publish()
        trust = trusting(nation)
        updated(trust, nation.bundle(*others))
        nation.recognitions.clear()
        updated(trust, nation.publish())
        assert [state.authority for state in trust.states] == ["CN", "CN-32", "CN-33"]
        for late, left in ((32 * SECONDS, ["CN", "CN-32", "CN-33"]), (32 * SECONDS + 1, ["CN", "CN-33"])):
            updated(trust, nation.publish(issued=AT + late), at=AT + late)
            assert [state.authority for state in trust.states] == left

    def test_a_local_clock_ahead_forgets_nothing(self, zhejiang: Region) -> None:
        """The floor is the lesser of iat and the time of acceptance: no wrong clock moves it (UPD-12)."""
        trust = trusting(zhejiang)
        updated(trust, zhejiang.bundle(), at=AT + 20 * SECONDS)
        assert trust.floor() == AT
        behind = trusting(zhejiang)
        updated(behind, zhejiang.bundle(), at=AT - 3600)
        assert behind.floor() == AT - 3600

    def test_an_unpinned_anchor_is_gone(self, zhejiang: Region) -> None:
        """What came by way of an anchor goes with it."""
        trust = trusting(zhejiang)
        updated(trust, zhejiang.bundle())
        trust.unpin("CN-33")
        assert (trust.pins, trust.states) == ({}, ())
        assert verdict(trust, zhejiang.offices[OFFICE].issue()) == "unknown-key"
        with pytest.raises(KeyError):
            trust.unpin("CN-33")

    @settings(max_examples=300)
    @given(at=st.integers(0, 10_000), mask=st.integers(1, 255), count=st.integers(1, 3))
    def test_a_damaged_bundle_changes_nothing_wrongly(self, at: int, mask: int, count: int) -> None:
        """However a bundle is damaged, an update answers, and holds no document that was not offered whole."""
        whole = [*ANCHOR.roots, *ANCHOR.registries, *NEIGHBOUR.roots, *NEIGHBOUR.registries]
        bundle = b"".join(whole)
        for number in range(count):
            bundle = flipped(bundle, (at * (number + 1)) % len(bundle), mask)
        trust = trusting(ANCHOR)
        kinds = {result.outcome.kind for result in update(trust, bundle, at=AT)}
        assert "refused" in kinds or bundle == b"".join(whole)
        for roots, registry, lists, _ in held(trust).values():
            kept = {*roots, *([registry] if registry else []), *lists.values()}
            assert {digest_of(document) for document in kept} <= {digest_of(document) for document in whole}
        registry_of(trust)

    def test_a_source_is_bounded(self, zhejiang: Region, monkeypatch: pytest.MonkeyPatch) -> None:
        """What lies beyond the number of a source is not read; the other sources are (UPD-10)."""
        monkeypatch.setattr(_bundle, "DOCUMENT_LIMIT", 3)
        trust = trusting(zhejiang)
        (root,) = zhejiang.roots
        # A key request is passed over, and is counted all the same.
        request = signed(Kind.KEY_REQUEST, bytes(24), [key_of("stranger")])
        results = update(trust, [request + root * 4, root + b"\xd8"], at=AT)
        assert [(r.source, r.document, str(r.outcome)) for r in results] == [
            (0, 0, "unsupported-kind"),
            (0, 1, "applied"),
            (0, 2, "unchanged"),
            (0, 3, "too-many"),
            (1, 4, "unchanged"),
            (1, 5, "malformed-envelope"),
        ]

    def test_the_bytes_of_a_source_are_bounded(self, zhejiang: Region, monkeypatch: pytest.MonkeyPatch) -> None:
        """At the first byte too many the reading of a source ends; another one has room of its own (UPD-10)."""
        (root,), (registry,) = zhejiang.roots, zhejiang.registries
        for most, first in ((len(root + registry), "applied"), (len(root + registry) - 1, "too-large")):
            monkeypatch.setattr(_bundle, "DOCUMENT_BYTES", most)
            results = update(trusting(zhejiang), [root + registry + root, root + registry], at=AT)
            told = [(r.source, str(r.outcome)) for r in results]
            last = [(0, "too-large")] if first == "applied" else []
            second = "unchanged" if first == "applied" else "too-large"
            assert told == [(0, "applied"), (0, first), *last, (1, "unchanged"), (1, second)]


class TestPins:
    @pytest.mark.parametrize(
        "pin",
        [
            Pin(RegionId("CN"), 0, bytes(32)),
            Pin(RegionId("CN"), 1, bytes(31)),
            Pin(RegionId("CN"), 2**53, bytes(32)),
            Pin(RegionId("CN"), 1, cast("bytes", "0" * 32)),
            Pin(cast("RegionId", "CN-1"), 1, bytes(32)),
        ],
    )
    def test_a_pin_is_checked(self, pin: Any) -> None:
        """What is no region, no version and no hash is no pin."""
        with pytest.raises(ValueError, match="."):
            Trust().pin(pin)


ANCHOR, NEIGHBOUR = Region("CN-33"), Region("CN-31")
ANCHOR.office(OFFICE)
NEIGHBOUR.office("CN-31.WJW")
NEIGHBOUR.publish()
ANCHOR.recognise(NEIGHBOUR, FULL)
ANCHOR.publish()
