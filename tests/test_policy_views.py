"""What is told of the policies and risk maps that a store holds: to guards, monitors and publishers."""

from datetime import timedelta
from pathlib import Path

import pytest

from authorities import Region
from command_line import Run, runner
from deciding_offices import add_office
from forging import AT, DAY, NOW
from healthpass.documents._opened import OpenedDocument
from healthpass.health import Level, Matter, check_published, check_store
from healthpass.store import compose_bundle, find_refused, open_bundle
from test_gate_policy import OFFICE, World

WEEK = timedelta(days=7)


@pytest.fixture
def world(tmp_path: Path) -> World:
    """Return a store that holds a policy and a map of an office."""
    made = World(tmp_path)
    made.store.update(made.office.policy() + made.office.map(life=86_400), at=NOW)
    return made


class TestView:
    def test_tells_which_is_in_force(self, world: World) -> None:
        """Each is told with its names, its key and its end, and whether it is in force at that time."""
        (issuer,) = world.store.view(at=NOW).issuers()
        (policy,), (risk_map,) = issuer.policies, issuer.maps
        assert policy.name == ("入城规则", "Entry to the city")
        assert policy.kid == world.office.key(8).public_key.kid
        assert (policy.issued_at, policy.expires_at, policy.in_force) == (NOW, NOW + WEEK, True)
        assert risk_map.in_force
        (later,) = world.store.view(at=NOW + 2 * DAY).issuers()
        assert (later.policies[0].in_force, later.maps[0].in_force) == (True, False)

    def test_a_revoked_key_has_none_in_force(self, world: World) -> None:
        """What a revoked key has signed is held, and told not to be in force."""
        world.office.revoke(8)
        world.store.update(world.region.publish(), at=NOW)
        (issuer,) = world.store.view(at=NOW).issuers()
        assert [one.in_force for one in (*issuer.policies, *issuer.maps)] == [False, False]

    def test_trust_show(
        self, world: World, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
    ) -> None:
        """The tree names them below their office, with names in both scripts; JSON has them too."""
        run: Run = runner(capsys, monkeypatch)
        at = ("--at", (NOW + 2 * DAY).isoformat().replace("+00:00", "Z"))
        shown = run("trust", "show", str(world.store.path), *at).out
        assert "✓ policy: 入城规则 Entry to the city" in shown
        assert "✗ risk map: 入城规则 Entry to the city" in shown
        assert "expired" in shown
        (anchor,) = run("trust", "show", str(world.store.path), *at, "--json").json()["anchors"]
        assert [one["in_force"] for one in anchor["issuers"][0]["policies"]] == [True]


class TestHealth:
    def test_watches_the_ends(self, world: World) -> None:
        """Before a policy ends there is a warning with what to do, after it another, and never more than that."""
        for at, matter, level in (
            (NOW, Matter.ENDS, Level.OK),
            (NOW + 6 * DAY, Matter.ENDS, Level.WARNING),
            (NOW + 8 * DAY, Matter.ENDED, Level.WARNING),
        ):
            found = [one for one in check_store(world.store, at=at).findings if one.about == f"policy of {OFFICE}"]
            assert [(one.matter, one.level, one.ends_at) for one in found] == [(matter, level, NOW + WEEK)]
        assert not [
            one
            for one in check_store(world.store, at=NOW + 60 * DAY).findings
            if one.about.startswith("policy of")
        ]

    def test_tells_that_nobody_can_follow_it(self, world: World) -> None:
        """A policy whose key was revoked is a finding of its own."""
        world.office.revoke(8)
        world.store.update(world.region.publish(), at=NOW)
        found = {(one.matter, one.about) for one in check_store(world.store, at=NOW).findings}
        assert found >= {(Matter.NOT_IN_FORCE, f"{kind} of {OFFICE}") for kind in ("policy", "map")}

    def test_of_what_is_published(self, world: World, tmp_path: Path) -> None:
        """What a gate would fetch is watched in the same way."""
        (tmp_path / "bundle.cbor").write_bytes(world.store.bundle().content)
        check = check_published(tmp_path / "bundle.cbor", stores=[world.store.path], at=NOW + 6 * DAY)
        ends = {one.about: one.level for one in check.findings if one.matter in {Matter.ENDS, Matter.ENDED}}
        assert ends[f"policy of {OFFICE}"] is Level.WARNING
        assert ends[f"map of {OFFICE}"] is Level.WARNING


class TestPublishing:
    def kinds(self, bundle: bytes) -> list[str]:
        """Return the kinds of the documents of a bundle."""
        return [one.kind.label for one in open_bundle(bundle) if isinstance(one, OpenedDocument)]

    def test_goes_on_until_it_expires(self) -> None:
        """A policy stands behind the registry, in the next bundle too, and is left out once it has expired."""
        region = Region("CN-33")
        office = add_office(region, OFFICE)
        registry = region.publish(expires=AT + 30 * 86_400)
        policy = office.policy()
        first = compose_bundle(region.roots, registry, {"policies": policy}, at=NOW)
        assert self.kinds(first.content) == ["root", "registry", "policy"]
        assert first.left_out == ()
        second = compose_bundle(region.roots, registry, {}, before=first.content, at=NOW)
        assert second.content == first.content
        third = compose_bundle(region.roots, registry, {}, before=first.content, at=NOW + 8 * DAY)
        assert self.kinds(third.content) == ["root", "registry"]
        assert "policy of CN-33-01.WJW: expired" in third.left_out[0]

    def test_names_what_a_gate_would_refuse(self) -> None:
        """A policy of an office that is not listed, and a broken one, are left out and named."""
        region = Region("CN-33")
        office, stranger = add_office(region, OFFICE), add_office(Region("CN-31"), "CN-31.WJW")
        registry = region.publish()
        sources = {"broken": office.forged({2: 841}), "foreign": stranger.policy()}
        made = compose_bundle(region.roots, registry, sources, at=NOW)
        assert self.kinds(made.content) == ["root", "registry"]
        assert any("broken" in line for line in made.left_out)
        opened = [
            one for one in open_bundle(region.bundle() + sources["broken"]) if isinstance(one, OpenedDocument)
        ]
        assert [*find_refused(opened, at=NOW).refused] == [sources["broken"]]
