"""The files of the states: what one region sends burdens itself alone, also when the rules change."""

import json
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest

from authorities import Office, Region, contents, states_of
from forging import AT, NOW
from healthpass import CannotJudgeError, IssuerId, UntrustedError, verify
from healthpass.codec._cbor import MAX_INTEGER
from healthpass.documents._checked_registry import Outline
from healthpass.documents._document import parse
from healthpass.documents._root import Root
from healthpass.documents._status_list import StatusList
from healthpass.store import StoreError, TrustStore, _folder, _record
from healthpass.trust._held_lists import MAX_PLACES
from healthpass.trust._state import MAX_CHAIN, MAX_EPOCHS, MAX_EVIDENCE
from healthpass.words._errors import DocumentError
from healthpass.words._outcomes import Outcome
from listing import add_office

LONGEST = IssuerId("XX-AAAAAAAA-AAAAAAAA-AAAAAAAA.AAAAAAAA")


class World:
    """China recognises two regions; each has an office with status lists."""

    def __init__(self, path: Path) -> None:
        self.china, self.good, self.bad = Region("CN"), Region("CN-33"), Region("XX")
        self.offices = {region.id: add_office(region, f"{region.id}.A") for region in (self.good, self.bad)}
        self.bad.publish()  # which nobody hears of before the next one
        for region in (self.good, self.bad):
            region.publish()
            self.china.recognise(region)
        self.china.publish()
        self.store = TrustStore.create(path)
        self.store.pin("CN", version=1, digest=self.china.pin.digest)
        lists = [office.status_list() for office in self.offices.values()]
        self.store.update([self.china.bundle(self.good, self.bad), *lists], at=NOW)

    def verdict(self, office: Office) -> str:
        """Return what a gate says of a code of an office."""
        try:
            verify(office.issue(), registry=TrustStore.open(self.store.path).registry(), at=NOW)
        except (CannotJudgeError, UntrustedError) as error:
            return str(error.verdict)
        return "valid"

    def update(self, *documents: bytes) -> list[str]:
        """Offer documents, as a process of its own would, and return what came of each."""
        results = TrustStore.open(self.store.path).update(b"".join(documents), at=NOW)
        return [str(result.outcome) for result in results]

    def names(self) -> dict[str, str]:
        """Return the names of the states' files, by authority."""
        record = _record.Record.decode((self.store.path / "trust.json").read_bytes())
        return {str(state.authority): state.state for state in record.states}


@pytest.fixture
def world(tmp_path: Path) -> World:
    """Give a store that has been updated."""
    return World(tmp_path / "trust")


class TestSize:
    def test_the_largest_state_fits(self) -> None:
        """Whatever the limits let a state have, its file can be read again."""
        name = "0" * 64
        largest = _record.StateRecord(
            chain=((name, MAX_INTEGER),),
            registry=(name, MAX_INTEGER),
            refused=False,
            seen=((name, MAX_INTEGER, name),),
            lists=((LONGEST, 65_535, name, MAX_INTEGER, name),),
            evidence=(name,),
        )
        written = json.loads(largest.model_dump_json())
        limits = {"chain": MAX_CHAIN, "seen": MAX_EPOCHS, "evidence": MAX_EVIDENCE, "lists": MAX_PLACES}
        size = len(largest.model_dump_json()) + sum(
            most * len(json.dumps(written[field], separators=(",", ":"))) for field, most in limits.items()
        )
        assert size <= _folder.MAX_STATE

    @pytest.mark.parametrize("kind", [".json", "trust.json", ".cbor"])
    def test_what_could_not_be_read_is_not_written(
        self, world: World, monkeypatch: pytest.MonkeyPatch, kind: str
    ) -> None:
        """A file that would be too large refuses the update, and the store is as it was."""
        world.offices[world.bad.id].revoke()
        document, before, most = world.bad.publish(), contents(world.store.path), _folder._most
        there = {Path(name).name for name in before} - {"trust.json"}
        with monkeypatch.context() as patch:
            patch.setattr(
                _folder, "_most", lambda name: 1 if name.endswith(kind) and name not in there else most(name)
            )
            with pytest.raises(StoreError, match="cannot change the trust store .*: it would have"):
                world.update(document)
        assert contents(world.store.path) == before
        assert world.update(document) == ["applied"]

    def test_a_region_burdens_itself_alone(self, world: World, monkeypatch: pytest.MonkeyPatch) -> None:
        """What a region sends makes its own file larger, and no other is written, or even serialised, again."""
        before, record = world.names(), (world.store.path / "trust.json").stat().st_size
        for number in range(100, 160):
            world.offices[world.bad.id].list(number, raw=world.bad.root_key(number).public_key.to_bytes())
            world.offices[world.bad.id].revoke(number)
        written: list[object] = []
        dump = _record.StateRecord.model_dump_json

        def dumped(state: _record.StateRecord) -> str:
            written.append(state)
            return dump(state)

        monkeypatch.setattr(_record.StateRecord, "model_dump_json", dumped)
        assert world.update(world.bad.publish()) == ["applied"]
        after = world.names()
        assert {name for name in after if after[name] != before[name]} == {"XX"}
        assert (world.store.path / "trust.json").stat().st_size == record
        assert len(written) == 1

    def test_what_a_state_holds_is_listed_once(self, world: World, monkeypatch: pytest.MonkeyPatch) -> None:
        """However many states an update changes, the files of one that stays are gone through twice (row 55)."""
        stays, gone_through = world.names()["XX"], 0
        files = _record.KeptState.files

        def counted(state: _record.KeptState) -> Iterator[str]:
            nonlocal gone_through
            gone_through += state.name == stays
            return files(state)

        monkeypatch.setattr(_record.KeptState, "files", counted)
        newer = world.offices[world.good.id].status_list(issued=AT + 1)
        documents = world.china.publish(), world.good.publish(), newer
        assert world.update(*documents) == ["applied"] * 3
        assert gone_through == 2

    def test_an_update_opens_no_link_for_nothing(self, world: World, monkeypatch: pytest.MonkeyPatch) -> None:
        """Of a long chain an update that has nothing to do with it opens the first root and the last (row 55)."""
        links = [world.bad.rotate() for _ in range(3)]
        assert world.update(*links) == ["applied"] * 3
        opened: list[bytes] = []
        decode = Root.decode

        def decoded(payload: bytes) -> Root:
            opened.append(payload)
            return decode(payload)

        monkeypatch.setattr(Root, "decode", decoded)
        assert world.update(world.china.publish()) == ["applied"]
        ends = {root for region in (world.china, world.good, world.bad) for root in region.roots[:: len(links)]}
        assert set(opened) == {parse(document).payload for document in ends}


class TestLists:
    def test_what_is_no_list_is_refused(self, world: World) -> None:
        """A state that names another document as its list is damaged, also where every hash is right."""
        record = _record.Record.decode((world.store.path / "trust.json").read_bytes())
        documents, (bad,) = world.store.path / "documents", [s for s in record.states if s.authority == "XX"]
        state = json.loads((documents / f"{bad.state}.json").read_bytes())
        state["lists"][0][4] = state["registry"][0]
        written = json.dumps(state, separators=(",", ":")).encode()
        named = bad.model_copy(update={"state": _record.sha256(written)})
        (documents / f"{named.state}.json").write_bytes(written)
        states = tuple(named if one is bad else one for one in record.states)
        (world.store.path / "trust.json").write_bytes(record.model_copy(update={"states": states}).encode())
        with pytest.raises(StoreError, match="is damaged, or was .* not those of a status list"):
            TrustStore.open(world.store.path)


class TestEvidence:
    def test_is_read_when_it_is_looked_at(self, world: World) -> None:
        """A store is opened and updated without its evidence, which stays, grows, and is shown."""
        other = [world.bad.publish(version=2, previous=bytes([n]) * 32, keep=False) for n in range(2)]
        assert world.update(other[0]) == ["equivocation"]
        file = world.store.path / "documents" / f"{_record.sha256(other[0])}.cbor"
        whole = file.read_bytes()
        file.write_bytes(b"")
        assert world.verdict(world.offices[world.good.id]) == "valid"
        assert world.update(other[1]) == ["equivocation"]
        assert world.update(other[0]) == ["equivocation"]
        state = next(state for state in states_of(TrustStore.open(world.store.path)) if state.authority == "XX")
        assert state.evidence == (world.bad.registries[-1], other[1])  # the damaged piece is left out
        file.write_bytes(whole)
        state = next(state for state in states_of(world.store) if state.authority == "XX")
        assert state.evidence == (world.bad.registries[-1], *other)

    def test_has_an_end(self, world: World) -> None:
        """No more is kept of a state than may be, over all updates."""
        for number in range(1, 20):
            world.update(world.bad.publish(version=2, previous=bytes([number]) * 32, keep=False))
        state = next(state for state in states_of(world.store) if state.authority == "XX")
        assert len(state.evidence) == MAX_EVIDENCE
        assert world.verdict(world.offices[world.good.id]) == "valid"

    def test_of_lists_leaves_room(self, world: World) -> None:
        """An office that contradicts itself again and again hides no contradiction of its authority."""
        office = world.offices[world.bad.id]
        for number in range(1, 9):
            world.update(office.status_list([number]))
        other = world.bad.publish(version=2, previous=bytes(32), keep=False)
        assert world.update(other) == ["equivocation"]
        state = next(state for state in states_of(world.store) if state.authority == "XX")
        assert state.evidence[4:] == (world.bad.registries[-1], other)


class TestStricterRules:
    """Another version refuses what this one has taken from a region. The store opens, and all else goes on."""

    @pytest.fixture(autouse=True)
    def other_version(self, world: World, monkeypatch: pytest.MonkeyPatch) -> None:
        """Let the store be opened by another version."""
        del world  # which this version made
        monkeypatch.setattr(_record, "CHECKER", 1000)

    def others(self, world: World) -> None:
        """Check that nobody else is any worse for it, before and after the next update."""
        for _ in range(2):
            assert world.verdict(world.offices[world.good.id]) == "valid"
            world.update(world.good.publish())

    def test_a_registry(self, world: World) -> None:
        """A registry that is refused is not usable, and bounds what may come, until a newer one is taken."""
        with refusing(Outline, world.bad):
            self.others(world)
        assert world.verdict(world.offices[world.bad.id]) == "not-recognised"
        assert world.update(world.bad.registries[0]) == ["rollback"]
        assert world.update(world.bad.publish()) == ["applied"]
        assert world.verdict(world.offices[world.bad.id]) == "valid"

    def test_an_anchors_registry(self, world: World) -> None:
        """Where it is the anchor's, nothing is judged by it, and nothing forgotten."""
        before = states_of(world.store)
        with refusing(Outline, world.china):
            assert world.verdict(world.offices[world.good.id]) == "not-recognised"
            world.update()
        assert [state._replace(refused=False) for state in states_of(world.store)] == [*before]
        assert world.verdict(world.offices[world.good.id]) == "not-recognised"

    def test_that_are_loosened_again(self, world: World, monkeypatch: pytest.MonkeyPatch) -> None:
        """What one version refused and the next takes counts again."""
        with refusing(Outline, world.bad):
            world.update()
        assert world.verdict(world.offices[world.bad.id]) == "not-recognised"
        monkeypatch.setattr(_record, "CHECKER", 1001)
        assert world.verdict(world.offices[world.bad.id]) == "valid"

    def test_a_root(self, world: World) -> None:
        """A root that is refused ends its chain, which starts again from its pin."""
        with refusing(Root, world.bad):
            self.others(world)
        state = next(state for state in states_of(world.store) if state.authority == "XX")
        assert (state.chain, state.registry) == ((), world.bad.registries[-1])
        assert world.verdict(world.offices[world.bad.id]) == "not-recognised"
        assert world.update(world.bad.bundle()) == ["applied", "unchanged"]
        assert world.verdict(world.offices[world.bad.id]) == "valid"

    def test_a_list(self, world: World) -> None:
        """A list that is refused is dropped."""
        assert [len(state.lists) for state in states_of(world.store)] == [0, 1, 1]
        with refusing(StatusList):
            self.others(world)
        assert [len(state.lists) for state in states_of(world.store)] == [0, 0, 0]


@contextmanager
def refusing(kind: type[Root | Outline | StatusList], region: Region | None = None) -> Iterator[None]:
    """Refuse the documents of a kind: those of one region, or all."""
    name = "checked" if kind is Outline else "decode"
    decode = getattr(kind, name)

    def decoded(payload: bytes) -> object:
        found = decode(payload)
        said = found.statement if isinstance(found, Outline) else found
        if region is None or said.authority == region.id:
            raise DocumentError(Outcome.MALFORMED_DOCUMENT, "a rule that came later")
        return found

    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(kind, name, decoded)
        yield
