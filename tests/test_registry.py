"""Paths: which key is trusted for what, by whom, and until when (spec/registry.md, sections 8 and 9)."""

from dataclasses import replace
from datetime import timedelta
from typing import Any

import pytest

from authorities import FULL, SECONDS, Office, Region
from forging import AT, DAY, GREEN, NOW, WHENEVER
from healthpass import (
    Color,
    HealthCode,
    Issuer,
    IssuingError,
    Reason,
    Registry,
    Scope,
    StatusPlace,
    VerificationError,
    Verified,
    verify,
)
from healthpass.trust._trust import Trust
from healthpass.trust._update import updated
from healthpass.trust._views import registry_of
from healthpass.words._code_points import KeyUse

SECOND = timedelta(seconds=1)
RED = HealthCode(color=Color.RED, reason=Reason.ISOLATION_ORDER)


class World:
    """Anchors with their bundles: what a gate holds.

    Args:
        *anchors: the regions that the gate has pinned.
        others: the regions that are only recognised.
        at: when it takes documents.
    """

    def __init__(self, *anchors: Region, others: tuple[Region, ...] = (), at: int = AT) -> None:
        self.trust = Trust()
        self.at = at
        for anchor in anchors:
            self.trust.pin(anchor.pin)
        self.take(*anchors, *others)

    def take(self, *regions: Region) -> None:
        """Update from these regions."""
        for region in regions:
            if not region.registries:
                region.publish()
        updated(self.trust, b"".join(region.bundle() for region in regions), at=self.at)

    def verified(self, text: str, **options: Any) -> Verified:
        """Judge a code at NOW."""
        return verify(text, registry=registry_of(self.trust), **{"at": NOW} | options)

    def verdict(self, text: str, **options: Any) -> str:
        """Return the verdict on a code at NOW."""
        try:
            self.verified(text, **options)
        except VerificationError as error:
            return str(error.verdict)
        return "valid"


def region(name: str, *recognised: Region, scope: Scope = FULL, **options: Any) -> Region:
    """Return a region with one office, `.WJW`, that recognises others."""
    made = Region(name)
    made.office(f"{name}.WJW")
    for other in recognised:
        made.recognise(other, scope, **options)
    return made


def code(of: Region, health: HealthCode = GREEN, **options: Any) -> str:
    """Return a code of a region's office."""
    return of.offices[f"{of.id}.WJW"].issue(health, **options)


class TestPaths:
    def test_says_by_which_path(self) -> None:
        """A code of the anchor's own and one of a recognised region say by which path, with names and appeal."""
        shanghai = region("CN-31")
        zhejiang = region("CN-33", shanghai)
        world = World(zhejiang, others=(shanghai,))
        own, other = world.verified(code(zhejiang)), world.verified(code(shanghai))
        assert own.path is not None
        assert other.path is not None
        assert (own.path.anchor.id, own.path.recognised, own.path.authority.id) == ("CN-33", None, "CN-33")
        assert (other.path.anchor.id, other.path.authority.id, other.issuer.id) == ("CN-33", "CN-31", "CN-31.WJW")
        assert own.path.authority.name_zh == other.issuer.name_zh == "某卫生健康委员会"
        assert other.issuer.appeal == "https://example.org/appeal"

    def test_a_guest_does_not_choose_its_name(self) -> None:
        """A recognised region is shown under the name that its recogniser gives, whatever it says (REG-5)."""
        guest = region("CN-31")
        guest.publish(content={1: {1: "浙江省", 2: "Zhejiang"}})
        zhejiang = region("CN-33", guest)
        path = World(zhejiang, others=(guest,)).verified(code(guest)).path
        assert path is not None
        assert path.authority == ("CN-31", "CN-31 主管机关", "Authority of CN-31")

    def test_recognition_has_a_direction(self) -> None:
        """One way is not the other way, and who is not recognised is unknown."""
        anhui = region("CN-34")
        zhejiang = region("CN-33", anhui)
        here, there = World(zhejiang, others=(anhui,)), World(anhui, others=(zhejiang,))
        assert (here.verdict(code(anhui)), there.verdict(code(zhejiang))) == ("valid", "unknown-key")

    def test_is_not_transitive(self) -> None:
        """A recognises B and B recognises C: C is a stranger at A, and a circle changes nothing (row 13)."""
        third = region("CN-32")
        second = region("CN-31", third)
        first = region("CN-33", second)
        third.recognise(first)
        second.recognise(first)
        world = World(first, others=(second, third))
        assert (world.verdict(code(second)), world.verdict(code(third))) == ("valid", "unknown-key")
        assert {(state.anchor, state.authority) for state in world.trust.states} == {
            ("CN-33", "CN-33"),
            ("CN-33", "CN-31"),
        }

    def test_known_by_one_way_used_by_another(self) -> None:
        """A key known through A says nothing where only B's word counts (row 11, the diamond)."""
        common = region("CN-34")
        first = region("CN-33", common, valid_until=AT)  # A recognised it, and does so no longer
        second = region("CN-31", common, scope=Scope())  # B recognises it, for nothing
        world = World(first, second, others=(common,))
        assert world.verdict(code(common)) == "out-of-scope"

    def test_grants_are_united_over_paths(self) -> None:
        """What one anchor does not grant another may: the best path counts, and is the one that is told."""
        common = region("CN-34")
        narrow = region("CN-31", common, scope=replace(FULL, colors=[Color.GREEN]))
        wide = region("CN-33", common)
        world = World(narrow, wide, others=(common,))
        path = world.verified(code(common, RED)).path
        assert path is not None
        assert path.anchor.id == "CN-33"
        path = world.verified(code(common)).path
        assert path is not None
        assert path.anchor.id == "CN-31"  # among equals the first

    def test_the_furthest_path_gives_the_verdict(self) -> None:
        """Of paths that all fail, the one that got furthest says why."""
        common = region("CN-34")
        narrow = region("CN-31", common, scope=replace(FULL, colors=[Color.GREEN]))
        world = World(narrow, others=(common,))
        assert world.verdict(code(common, RED)) == "out-of-scope"
        wide = region("CN-33", common)
        world = World(narrow, wide, others=(common,))
        assert world.verdict(code(common, RED), at=NOW + DAY) == "expired"

    def test_scopes_meet(self) -> None:
        """A code passes only what its key and the recognition both allow."""
        shanghai = region("CN-31")
        shanghai.offices["CN-31.WJW"].list(scope=replace(FULL, colors=[Color.GREEN, Color.YELLOW]))
        zhejiang = region("CN-33", shanghai, scope=replace(FULL, max_lifetime=DAY, max_bearer_lifetime=DAY / 2))
        world = World(zhejiang, others=(shanghai,))
        assert world.verdict(code(shanghai, lifetime=DAY / 2)) == "valid"
        assert world.verdict(code(shanghai, lifetime=DAY / 2 + SECOND)) == "out-of-scope"
        assert world.verdict(code(shanghai, RED, lifetime=DAY / 2)) == "out-of-scope"

    @pytest.mark.parametrize(
        ("at", "expected"), [(-1, "not-recognised"), (0, "valid"), (49, "valid"), (50, "not-recognised")]
    )
    def test_recognition_has_dates(self, at: int, expected: str) -> None:
        """A recognition counts from its first second to the one before its last, whatever is heard (row 14)."""
        shanghai = region("CN-31")
        zhejiang = region("CN-33", shanghai, valid_from=AT, valid_until=AT + 50)
        world = World(zhejiang, others=(shanghai,))
        assert world.verdict(code(shanghai, at=NOW - DAY / 2), at=NOW + at * SECOND) == expected

    def test_a_superseded_root_is_no_way_in(self) -> None:
        """A recognised region's old root does not do where a later one is named (row 28)."""
        shanghai = region("CN-31")
        old = shanghai.bundle() + shanghai.publish()
        shanghai.rotate(registry_keys=(2,))
        zhejiang = region("CN-33", shanghai)
        zhejiang.publish()
        world = World(zhejiang)
        results = updated(world.trust, old, at=AT)
        assert {str(result.outcome) for result in results} == {"unknown-signer"}
        shanghai.publish()
        world.take(shanghai)
        assert world.verdict(code(shanghai)) == "valid"

    def test_other_keys_use(self) -> None:
        """A key for status lists, for policies or for something unknown signs no credential (row 20)."""
        for use in (0, KeyUse.STATUS, KeyUse.POLICY, 99):
            zhejiang = region("CN-33")
            zhejiang.offices["CN-33.WJW"].list(use=use)
            assert World(zhejiang).verdict(code(zhejiang)) == "key-not-valid"

    def test_another_environment(self) -> None:
        """A test's registry is refused unless it is asked for (row 19)."""
        test = Region("CN-33", environment="test")
        text = test.office("CN-33.WJW").issue()
        trust = Trust("test")
        trust.pin(test.pin)
        updated(trust, test.roots[0] + test.publish(), at=AT)
        registry = registry_of(trust)
        with pytest.raises(VerificationError, match="wrong-environment"):
            verify(text, registry=registry, at=NOW)
        assert verify(text, registry=registry, at=NOW, environment="test").path
        with pytest.raises(ValueError, match="environment"):
            verify(text, registry=registry, environment="Test")

    def test_a_key_for_another_issuer(self) -> None:
        """A key that is listed for one office signs for no other (row 10)."""
        zhejiang = region("CN-33")
        zhejiang.office("CN-33.CDC")
        impostor = Office("CN-33.WJW")
        impostor.key = zhejiang.offices["CN-33.CDC"].key  # type: ignore[method-assign]
        assert World(zhejiang).verdict(impostor.issue()) == "issuer-mismatch"


class TestTime:
    def test_key_validity_is_judged_at_iat(self) -> None:
        """A key is good for what it signed while valid, whatever time it is now."""
        zhejiang = region("CN-33")
        zhejiang.offices["CN-33.WJW"].list(valid_from=AT, valid_until=AT + 100)
        world = World(zhejiang)
        for start, expected in ((-1, "key-not-valid"), (0, "valid"), (99, "valid"), (100, "key-not-valid")):
            assert world.verdict(code(zhejiang, at=NOW + start * SECOND), at=NOW + 200 * SECOND) == expected

    def test_a_retired_key_is_good_for_the_past(self) -> None:
        """A retired key is good for what it signed before, and for nothing later."""
        zhejiang = region("CN-33")
        zhejiang.offices["CN-33.WJW"].retire(at=AT + 50)
        world = World(zhejiang)
        for start, expected in ((49, "valid"), (50, "key-not-valid")):
            assert world.verdict(code(zhejiang, at=NOW + start * SECOND), at=NOW + 200 * SECOND) == expected

    def test_a_revoked_key_is_dead(self) -> None:
        """A revoked key is dead for all that it signed, before that time too, and also if it is retired."""
        zhejiang = region("CN-33")
        zhejiang.offices["CN-33.WJW"].revoke(at=AT + 10**9)
        zhejiang.offices["CN-33.WJW"].retire(at=AT + 10**9)
        assert World(zhejiang).verdict(code(zhejiang)) == "key-revoked"

    @pytest.mark.parametrize("who", ["CN-33", "CN-31"])
    @pytest.mark.parametrize("what", ["root", "registry"])
    def test_anything_expired_on_the_path_is_stale(self, who: str, what: str) -> None:
        """An expired root or registry of the anchor or of the authority makes the path stale, to the second."""
        end = AT + 20 * SECONDS
        shanghai, zhejiang = Region("CN-31"), Region("CN-33")
        for one in (shanghai, zhejiang):
            one.office(f"{one.id}.WJW")
        late = {"CN-31": shanghai, "CN-33": zhejiang}[who]
        if what == "root":
            late.rotate(expires=end)
        zhejiang.recognise(shanghai)
        for one in (shanghai, zhejiang):
            one.publish(expires=end if one is late and what == "registry" else None)
        world = World(zhejiang, others=(shanghai,))
        text = code(shanghai, at=NOW + 20 * DAY - DAY / 2)
        moment = NOW + 20 * DAY
        assert world.verdict(text, at=moment - SECOND) == "valid"
        assert world.verdict(text, at=moment) == "registry-stale"
        assert world.verified(text, at=moment, waive={"registry-stale"}).waived == {"registry-stale"}

    def test_unknown_keys_are_stale_when_the_anchor_is(self) -> None:
        """A stranger's code is unknown while the lists are fresh, and cannot be judged when they are not."""
        zhejiang, stranger = region("CN-33"), region("CN-31")
        world = World(zhejiang)
        text = code(stranger, at=NOW + 40 * DAY)
        assert world.verdict(text) == "unknown-key"
        later = {"at": NOW + 40 * DAY}
        assert world.verdict(text, **later) == "registry-stale"
        assert world.verdict(text, waive={"registry-stale"}, **later) == "unknown-key"
        empty = Trust()
        empty.pin(zhejiang.pin)
        with pytest.raises(VerificationError, match="registry-stale"):
            verify(text, registry=registry_of(empty), at=NOW)

    def test_a_revoked_key_is_not_excused_by_old_lists(self) -> None:
        """A jammed network does not turn a revoked key into "cannot judge"."""
        zhejiang = region("CN-33")
        zhejiang.offices["CN-33.WJW"].revoke()
        world = World(zhejiang)
        assert world.verdict(code(zhejiang, at=NOW + 40 * DAY), at=NOW + 40 * DAY) == "key-revoked"

    def test_the_clock_floor(self) -> None:
        """A clock behind what anchors have signed judges nothing; others do not move it (row 22)."""
        shanghai = region("CN-31")
        zhejiang = region("CN-33", shanghai, valid_from=AT - 90 * SECONDS)
        shanghai.publish(issued=AT + 1000)
        zhejiang.publish(issued=AT + 200)
        world = World(zhejiang, others=(shanghai,), at=AT + 1000)
        text = code(zhejiang, at=NOW - DAY / 2)
        assert world.verdict(text, at=NOW + 139 * SECOND) == "clock-suspect"
        assert world.verdict(text, at=NOW + 140 * SECOND) == "valid"
        assert world.verdict(text, at=NOW + 199 * SECOND, skew=timedelta(0)) == "clock-suspect"
        assert world.verdict(text, at=NOW + 200 * SECOND, skew=timedelta(0)) == "valid"
        expired = code(zhejiang, at=NOW - DAY - DAY)
        assert world.verdict(expired, at=NOW - DAY - SECOND) == "clock-suspect"


class TestNames:
    """One authority speaks for a name (PTH-3), and what it has ended has ended (PTH-4)."""

    def revoking(self, of: Region, office: Office) -> None:
        """Have a region list an office's key as revoked."""
        of.offices[office.id] = office
        office.revoke()
        of.publish()

    def test_a_child_speaks_for_its_own_offices(self) -> None:
        """Where a city is recognised, its province's entries for the city's offices make no edges."""
        city, province = Region("CN-33-01"), Region("CN-33")
        office = province.office("CN-33-01.WJW")
        text = office.issue()
        city.office("CN-33-01.WJW")
        province.recognise(city)
        province.publish()
        world = World(province)
        assert world.verdict(text) == "unknown-key"
        world.take(city)
        path = world.verified(text).path
        assert path is not None
        assert path.authority.id == "CN-33-01"

    def test_both_registries_of_a_path_end_a_key(self) -> None:
        """The city's office has lost its key if the city says so, and if the province does."""
        for who in ("CN-33-01", "CN-33"):
            city, province = Region("CN-33-01"), Region("CN-33")
            text = city.office("CN-33-01.WJW").issue()
            province.recognise(city)
            self.revoking(city if who == city.id else province, Office("CN-33-01.WJW"))
            world = World(province, others=(city,))
            assert world.verdict(text) == "key-revoked"

    def test_time_gives_no_name_back(self) -> None:
        """A city that is recognised no longer still speaks for its offices until the province leaves it out."""
        city, province = Region("CN-33-01"), Region("CN-33")
        text = province.office("CN-33-01.WJW").issue()
        province.recognise(city, valid_until=AT + 3600)
        province.publish()
        self.revoking(city, Office("CN-33-01.WJW"))
        world = World(province, others=(city,))
        assert world.verdict(text, at=NOW + 3599 * SECOND) == "key-revoked"
        assert world.verdict(text, at=NOW + 3600 * SECOND) == "not-recognised"
        province.recognitions.clear()
        province.publish()
        world.take(province)
        assert world.verdict(text, at=NOW + 3600 * SECOND) == "valid"

    def test_a_recognised_parent_cannot_kill(self) -> None:
        """A country that a province recognises cannot revoke the keys of the province's own offices."""
        country, province = Region("CN"), Region("CN-33")
        text = province.office("CN-33.WJW").issue()
        province.recognise(country)
        province.publish()
        self.revoking(country, Office("CN-33.WJW"))
        world = World(province, others=(country,))
        assert world.verdict(text) == "valid"

    def test_the_most_specific_anchor_owns_a_name(self) -> None:
        """A pinned country neither kills nor passes keys of a province that is pinned too, fresh or stale."""
        country, province = Region("CN"), Region("CN-33")
        text = province.office("CN-33.WJW").issue()
        province.publish(expires=AT + 3600)
        office = country.office("CN-33.WJW")
        office.list(2)
        self.revoking(country, office)
        world = World(province, country)
        assert world.verdict(text) == "valid"
        for at in (NOW, NOW + 3600 * SECOND):
            # Not `not-recognised`: no recognised authority lists it.
            expected = "unknown-key" if at == NOW else "registry-stale"
            assert world.verdict(office.issue(number=2), at=at) == expected
        world.trust.unpin("CN-33")
        assert world.verdict(office.issue(number=2)) == "valid"
        assert world.verdict(text) == "key-revoked"

    def test_a_neighbour_blocks_nobody(self) -> None:
        """A region that lists another's key, revoked, for another office changes nothing there (row 29)."""
        zhejiang, shanghai = region("CN-33"), region("CN-31")
        zhejiang.recognise(shanghai)
        zhejiang.publish()
        thief = Office("CN-31.X")
        thief.entries[1] = zhejiang.offices["CN-33.WJW"].entries[1]
        self.revoking(shanghai, thief)
        world = World(zhejiang, others=(shanghai,))
        assert world.verdict(code(zhejiang)) == "valid"


class TestIssuers:
    def issuer(self, of: Region, registry: Any, **options: Any) -> Issuer:
        """Return the region's office as an issuer that asks a registry."""
        office = of.offices[f"{of.id}.WJW"]
        return Issuer(office.id, signer=office.key(), **{"lifetime": DAY, "registry": registry} | options)

    def test_issues_what_gates_accept(self) -> None:
        """What the registry would accept is issued, whether it is given or fetched anew each time."""
        zhejiang = region("CN-33")
        world = World(zhejiang)
        for registry in (registry_of(world.trust), lambda: registry_of(world.trust)):
            issued = self.issuer(zhejiang, registry).issue(GREEN, at=NOW, accept=WHENEVER)
            assert world.verdict(issued.text) == "valid"
        with pytest.raises(TypeError, match="Registry"):
            self.issuer(zhejiang, "CN-33")

    @pytest.mark.parametrize(
        ("changes", "health", "lifetime", "expected"),
        [
            ({"use": KeyUse.STATUS}, GREEN, DAY, "key-not-valid"),
            ({"valid_from": AT + 1}, GREEN, DAY, "key-not-valid"),
            ({"scope": Scope()}, GREEN, DAY, "out-of-scope"),
            ({"scope": replace(FULL, colors=[Color.GREEN])}, RED, DAY, "out-of-scope"),
            ({}, GREEN, 15 * DAY, "out-of-scope"),
        ],
    )
    def test_refuses_what_no_gate_would_accept(
        self, changes: Any, health: HealthCode, lifetime: timedelta, expected: str
    ) -> None:
        """A key out of its time, use or scope makes no code, and says why."""
        zhejiang = region("CN-33")
        zhejiang.offices["CN-33.WJW"].list(**changes)
        issuer = self.issuer(zhejiang, registry_of(World(zhejiang).trust), lifetime=lifetime)
        for make in (issuer.issue, issuer.prepare):
            with pytest.raises(IssuingError, match="no gate would accept") as caught:
                make(health, at=NOW, accept=WHENEVER)
            assert caught.value.verdict == expected

    def test_refuses_a_key_that_is_not_listed_or_revoked(self) -> None:
        """A key that no list names, one that is another office's, and a revoked one make no code."""
        zhejiang = region("CN-33")
        registry = registry_of(World(zhejiang).trust)
        office = zhejiang.offices["CN-33.WJW"]
        office.list(2)
        for name, number, expected in (("CN-33.WJW", 2, "unknown-key"), ("CN-33.CDC", 1, "issuer-mismatch")):
            issuer = Issuer(name, signer=office.key(number), lifetime=DAY, registry=registry)
            with pytest.raises(IssuingError, match=expected):
                issuer.issue(GREEN, at=NOW, accept=WHENEVER)
        office.revoke()
        zhejiang.publish()
        with pytest.raises(IssuingError, match="key-revoked"):
            self.issuer(zhejiang, registry_of(World(zhejiang).trust)).issue(GREEN, at=NOW, accept=WHENEVER)

    def test_codes_with_a_status_or_a_device_are_no_matter(self) -> None:
        """What a gate asks of the holder is not asked of the issuer."""
        zhejiang = region("CN-33")
        issuer = self.issuer(zhejiang, registry_of(World(zhejiang).trust))
        with_status = HealthCode(color=Color.GREEN, status=StatusPlace(0, 1))
        assert issuer.issue(with_status, at=NOW, accept=WHENEVER).health == with_status
        assert (
            issuer.issue(GREEN, at=NOW, accept=WHENEVER, holder_key=Office("CN-33.X").key().public_key).health
            == GREEN
        )

    def test_stale_lists_issue_nothing(self) -> None:
        """An issuer whose lists have expired has to update them first."""
        zhejiang = region("CN-33")
        zhejiang.publish(issued=AT - 40 * SECONDS, expires=AT - 10 * SECONDS)
        with pytest.raises(IssuingError, match="registry-stale"):
            self.issuer(zhejiang, registry_of(World(zhejiang).trust)).issue(GREEN, at=NOW, accept=WHENEVER)


def test_a_pinned_registry_has_no_environment() -> None:
    """A registry of given keys serves in every environment."""
    zhejiang = region("CN-33")
    registry = Registry.pinned({"CN-33.WJW": [zhejiang.offices["CN-33.WJW"].key().public_key]})
    assert verify(code(zhejiang), registry=registry, at=NOW, environment="test").path is None
