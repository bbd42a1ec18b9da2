"""A registry that is checked without being read: it must be what reading it says, whoever wrote it."""

import random

import cbor2
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from authorities import Region
from drafts import registries
from fuzz.changes import change_values
from healthpass import DocumentError
from healthpass.codec._keys import thumbprint
from healthpass.codec._time import to_seconds
from healthpass.documents import _checked_registry
from healthpass.documents._checked_registry import CheckedRegistry, Ending, Outline
from healthpass.documents._registry_document import ISSUER, RegistryDocument
from healthpass.documents._types import Map, SharedMap
from healthpass.trust._held import HeldRegistry
from healthpass.words._limits import PUBLISHED_KEYS

FAR = 2**60  # no critical key, and no number that a document can hold


def refusal(error: DocumentError) -> tuple[object, ...]:
    """Return all that is told of a refusal."""
    return error.outcome, error.message, error.where


def agree(payload: bytes) -> bool:
    """Read a payload and check it, and make sure that both come to the same; tell whether it is good."""
    try:
        document = RegistryDocument.decode(payload)
    except DocumentError as error:
        with pytest.raises(DocumentError) as raised:
            Outline.checked(payload)
        assert refusal(raised.value) == refusal(error)
        return False
    outline = Outline.checked(payload)
    assert Outline.of_checked(payload) == outline
    said, keys = outline.statement, [(issuer, key) for issuer in document.issuers for key in issuer.keys]
    assert (said.authority, said.environment) == (document.authority, document.environment)
    assert (said.issued, said.expires) == (to_seconds(document.issued), to_seconds(document.expires))
    assert (said.epoch, said.version, said.previous) == (document.epoch, document.version, document.previous)
    assert outline.kids == tuple(key.kid for _, key in keys)
    assert outline.endings == {
        (issuer.id, key.raw): Ending(key.revoked is not None, to_seconds(key.retired.at) if key.retired else None)
        for issuer, key in keys
        if key.retired or key.revoked
    }
    opened = CheckedRegistry(payload)
    assert (tuple(opened.issuers()), opened.recognitions()) == (document.issuers, document.recognitions)
    places = [opened.at(place) for place in range(len(keys))]
    assert [(one.issuer_id, one.entry()) for one in places] == [(issuer.id, key) for issuer, key in keys]
    with pytest.raises(IndexError):
        opened.at(len(keys))
    return True


class TestOutline:
    @given(registries())
    def test_says_what_the_document_says(self, document: RegistryDocument) -> None:
        """A registry that is good is good by both ways, and both find the same in it."""
        assert agree(document.encode())

    @settings(max_examples=60)
    @given(registries(), st.integers(0, 2**32))
    def test_refuses_what_reading_refuses(self, document: RegistryDocument, seed: int) -> None:
        """Whatever is changed in a payload, it is refused with the same outcome, words and place."""
        payload, chance = document.encode(), random.Random(seed)  # noqa: S311 - no secret
        for _ in range(12):
            agree(change_values(payload, chance))

    @pytest.mark.parametrize("place", ["whole", "content", "issuer", "key", "scope"])
    @pytest.mark.parametrize("spare", [9, 31, 32, -FAR])
    @settings(max_examples=15)
    @given(document=registries())
    def test_knows_the_critical_keys_of_each_map(self, place: str, spare: int, document: RegistryDocument) -> None:
        """A critical key that is not known is refused wherever it stands, and one to be ignored is ignored."""
        wire = cbor2.loads(document.encode())
        content = wire[-65542]
        maps = {"whole": wire, "content": content}
        for issuer in content.get(2, ()):
            maps["issuer"] = issuer
            for key in issuer.get(4, ()):
                maps["key"] = key
                maps.update({"scope": key[5]} if 5 in key else {})
        if place in maps:
            found = maps[place]
            entries = {**found, spare: 1}
            found.clear()
            found.update(sorted(entries.items(), key=lambda one: (one[0] < 0, abs(one[0]))))
            assert agree(cbor2.dumps(wire)) is (spare == 32)


class TestSharedMap:
    def test_reads_each_once(self) -> None:
        """Scopes that are the same on the wire are one object, so that thirty thousand keys have few."""
        scope = _scope()
        assert scope.read({1: [1], 2: 60}, []) is scope.read({1: [1], 2: 60}, [])
        assert scope.read({1: [1], 2: 60}, []) != scope.read({1: [1], 2: 61}, [])

    def test_notes_each_time_what_is_not_known(self) -> None:
        """What stands in a critical key is noted with every key that has such a scope."""
        scope = _scope()
        for _ in range(2):
            unknown: list[int] = []
            scope.read({2: 60, 7: 1}, unknown)
            assert unknown == [7]

    def test_tells_true_from_one(self) -> None:
        """What equals a scope in Python, and is none, is not taken for it."""
        scope = _scope()
        scope.read({2: 1}, [])
        for other in ({2: True}, {2: 1.0}):
            with pytest.raises(ValueError, match="seconds"):
                scope.read(other, [])

    def test_does_not_keep_what_is_long(self) -> None:
        """A scope with a megabyte to be ignored in it is read, and is not kept."""
        scope = _scope()
        before = scope._read.cache_info().currsize
        scope.read({2: 60, 32: bytes(1_000_000)}, [])
        assert scope._read.cache_info().currsize == before


def _scope() -> SharedMap:
    keys = ISSUER.fields[4].type.item  # type: ignore[attr-defined]
    assert isinstance(keys, Map)
    found = keys.fields[5].type
    assert isinstance(found, SharedMap)
    return found


class TestHeldRegistry:
    def region(self) -> Region:
        """Return a region with three offices, one key each."""
        region = Region("CN-33")
        for number in range(1, 4):
            region.office(f"CN-33-0{number}.A")
        region.publish()
        return region

    def test_finds_the_key_of_a_kid(self) -> None:
        """A kid leads to the key that has it, with its issuer; a kid that nobody has leads to none."""
        region = self.region()
        held = HeldRegistry(region.registries[-1], 0)
        for office in region.offices.values():
            (found,) = held.keys(office.key().public_key.kid)
            assert (found.public_key, found.office.id) == (office.key().public_key, office.id)
            assert held.keys(office.key().public_key.kid)[0] is found
        assert held.keys(bytes(8)) == ()

    def test_finds_all_keys_of_one_kid(self, monkeypatch: pytest.MonkeyPatch) -> None:
        """Where the kids of several issuers' keys are one, it leads to all of them, in their order."""
        monkeypatch.setattr(_checked_registry, "thumbprint", lambda _: bytes(32))
        held = HeldRegistry(self.region().registries[-1], 0)
        assert [key.office.id for key in held.keys(bytes(8))] == [f"CN-33-0{number}.A" for number in range(1, 4)]

    def test_leaves_out_published_keys(self) -> None:
        """A key whose private half is published is as one that is not there; a weak one has no public key."""
        region = self.region()
        office = next(iter(region.offices.values()))
        published, weak = next(iter(PUBLISHED_KEYS)), bytes(32)
        office.list(8, raw=published)
        office.list(9, raw=weak)
        region.publish()
        held = HeldRegistry(region.registries[-1], 0)
        assert held.keys(thumbprint(published)[:8]) == ()
        assert [key.public_key for key in held.keys(thumbprint(weak)[:8])] == [None]

    def test_reads_the_rest_when_a_key_is_asked_for(self) -> None:
        """What every registry is asked for does not open the whole of it."""
        held = HeldRegistry(self.region().registries[-1], 0)
        assert held.statement.version == 1
        assert len(held.places) == 3
        assert "content" not in vars(held)
        assert held.keys(held.outline.kids[1])
        assert "content" in vars(held)
