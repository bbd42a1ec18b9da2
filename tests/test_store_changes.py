"""A registry that changes costs its own keys: what stays is not opened again, and its files are read as before.

Work is counted here, and no time is measured.
"""

import random
from collections import Counter
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any, Final

import pytest

from authorities import Office, Region, states_of
from forging import AT, NOW
from healthpass import UntrustedError, verify
from healthpass.documents import _document, _status_list
from healthpass.documents._checked_registry import CheckedRegistry, Outline
from healthpass.documents._root import Root
from healthpass.documents._status_list import StatusList
from healthpass.store import StoreError, TrustStore
from healthpass.store._folder import Folder
from healthpass.trust._held import HeldRegistry
from listing import PLACED, StatusOffice, add_office

COUNT: Final = 40  # authorities
FEW: Final = 9
_OPENING: Final = (
    (Outline, "of_checked"),
    (Outline, "checked"),
    (CheckedRegistry, "__init__"),
    (Root, "decode"),
    (StatusList, "decode"),
    (StatusList, "of_checked"),
    (_document, "parse"),
    (_status_list, "parse"),
)


class Land:
    """An anchor and regions that it recognises, each with an office; two have status lists."""

    def __init__(self, path: Path, count: int = COUNT) -> None:
        self.regions = [Region("CN"), *(Region(f"CN-{11 + number}") for number in range(count - 1))]
        self.offices: list[Office] = [region.office(f"{region.id}.A") for region in self.regions]
        self.listing: list[StatusOffice] = [add_office(one, f"{one.id}.B") for one in self.regions[:2]]
        for region in self.regions[1:]:
            self.regions[0].recognise(region)
        for region in self.regions:
            region.publish()
        self.store = TrustStore.create(path)
        self.store.pin("CN", version=1, digest=self.regions[0].pin.digest)
        self.store.update([one.bundle() for one in self.regions], at=NOW)
        self.store.update([one.status_list() for one in self.listing], at=NOW)

    def accepted(self, store: TrustStore) -> list[int]:
        """Return the numbers of the offices whose codes are valid by a store."""
        registry = store.registry()
        return [number for number, office in enumerate(self.offices) if _is_valid(office.issue(), registry)]


def _is_valid(code: str, registry: Any) -> bool:
    try:
        verify(code, registry=registry, at=NOW)
    except UntrustedError:
        return False
    return True


@contextmanager
def counting(*more: tuple[Any, str]) -> Iterator[Counter[str]]:
    """Count how often documents are taken apart and opened."""
    counts: Counter[str] = Counter()
    with pytest.MonkeyPatch.context() as patch:
        for owner, name in (*_OPENING, *more):
            made = getattr(owner, name)
            is_method = name in {"__init__", "content"}
            called = f"{getattr(owner, '__name__', owner).rpartition('.')[2]}.{name}"

            def counted(*args: Any, _made: Any = made, _called: str = called, **options: Any) -> Any:
                counts[_called] += 1
                return _made(*args, **options)

            plain = is_method or not isinstance(owner, type)
            patch.setattr(owner, name, counted if plain else staticmethod(counted))
        yield counts


@pytest.fixture
def land(tmp_path: Path) -> Land:
    """Give forty authorities, in a store."""
    return Land(tmp_path / "store")


@pytest.fixture
def small(tmp_path: Path) -> Land:
    """Give a few authorities, in a store."""
    return Land(tmp_path / "store", FEW)


class TestOneChangedRegistry:
    def test_a_gate_opens_it_alone(self, land: Land) -> None:
        """A gate that notices that one of 40 registries has changed opens that one."""
        gate = TrustStore.open(land.store.path)
        assert land.accepted(gate) == list(range(COUNT))
        land.offices[7].revoke()
        land.store.update(land.regions[7].publish(), at=NOW)
        with counting() as counts:
            registry = gate.registry()
        assert counts == {"Outline.of_checked": 1, "_document.parse": 2}  # HeldRegistry and what kind it is
        with counting() as counts:
            assert gate.registry() is registry
            assert not counts
        assert land.accepted(gate) == [number for number in range(COUNT) if number != 7]

    def test_the_process_that_takes_it_opens_it_alone(self, land: Land) -> None:
        """An update with one registry of 40 checks that one, and nothing else is opened again."""
        assert land.accepted(land.store) == list(range(COUNT))
        land.offices[7].revoke()
        news = land.regions[7].publish()
        with counting() as counts:
            land.store.update(news, at=NOW)
            land.store.registry()
        assert counts == {"Outline.checked": 1, "_document.parse": 2}
        assert land.accepted(land.store) == [number for number in range(COUNT) if number != 7]

    def test_an_update_that_brings_nothing_opens_nothing(self, land: Land) -> None:
        """A bundle that is known already is told from its hash."""
        bundle = b"".join(region.registries[-1] for region in land.regions)
        with counting() as counts:
            results = land.store.update(bundle, at=NOW)
        assert {str(one.outcome) for one in results} == {"unchanged"}
        assert counts == {"_document.parse": COUNT}

    def test_a_key_that_was_used_is_not_read_again(self, land: Land) -> None:
        """A key of a registry that stays is read once, whatever changes beside it."""
        gate = TrustStore.open(land.store.path)
        land.accepted(gate)
        land.store.update(land.regions[7].publish(), at=NOW)
        code = land.offices[3].issue()
        with counting() as counts:
            assert _is_valid(code, gate.registry())
        assert counts["CheckedRegistry.__init__"] == 0

    def test_a_key_that_nobody_lists_costs_a_look_into_each(
        self, land: Land, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        """Codes of nobody open nothing and are not remembered: a gate looks for their kids, and does no more."""
        registry = land.store.registry()
        registry._lists(bytes(8))
        asked: list[HeldRegistry] = []
        monkeypatch.setattr(HeldRegistry, "places", property(asked.append))
        with counting() as counts:
            for number in range(100):
                assert not registry._lists(number.to_bytes(8))
        assert not counts
        assert not asked
        assert not registry._by_kid

    def test_a_new_list_of_an_office_leaves_its_other_lists(self, land: Land) -> None:
        """Of a state in which one list is new, the registry and the other lists are not opened again."""
        office = land.listing[1]
        land.store.update(b"".join(office.status_list(number=number) for number in range(1, 9)), at=NOW)
        gate = TrustStore.open(land.store.path)
        gate.registry()
        land.store.update(office.status_list(number=9), at=NOW)
        with counting() as counts:
            gate.registry()
        assert counts == {"_status_list.parse": 1}

    def test_all_are_opened_by_a_new_process(self, land: Land) -> None:
        """What is counted here is what opening a store is about: one outline for each registry."""
        with counting() as counts:
            TrustStore.open(land.store.path).registry()
        assert counts["Outline.of_checked"] == COUNT


class TestWhatIsKnown:
    def test_an_update_reads_every_file(self, small: Land) -> None:
        """An update reads each file, whether its content is known or not: one may be damaged."""
        names = set()
        content = Folder.content

        def seen(self: Folder, name: str) -> bytes:
            names.add(name)
            return content(self, name)

        with pytest.MonkeyPatch.context() as patch:
            patch.setattr(Folder, "content", seen)
            small.store.update(b"", at=NOW)
        assert names == {file.name for file in (small.store.path / "documents").iterdir()}

    @pytest.mark.parametrize("damage", ["cut", "swapped", "gone"])
    @pytest.mark.parametrize("suffix", [".cbor", ".json"])
    def test_a_damaged_file_stops_an_update(self, small: Land, damage: str, suffix: str) -> None:
        """A file that is damaged, swapped with another one or gone stops each update, also where it is known."""
        files = sorted((small.store.path / "documents").glob(f"*{suffix}"))
        for file in files[::7]:
            good = file.read_bytes()
            if damage == "gone":
                file.unlink()
            else:
                file.write_bytes(good[:-1] if damage == "cut" else _another(files, good))
            with pytest.raises(StoreError, match="damaged|no such file"):
                small.store.update(b"", at=NOW)
            file.write_bytes(good)
        small.store.update(b"", at=NOW)

    @pytest.mark.parametrize("damage", ["cut", "gone"])
    def test_a_gate_finds_damage_in_what_has_changed(self, small: Land, damage: str) -> None:
        """A gate that reads a state again finds each damaged file of it, also one that it knows."""
        gate = TrustStore.open(small.store.path)
        gate.registry()
        known = states_of(gate)
        small.store.update(small.regions[7].publish(), at=NOW)
        (state,) = (one for one in states_of(small.store) if one.authority == small.regions[7].id)
        for document in (*state.chain, state.registry):
            (file,) = (one for one in (small.store.path / "documents").iterdir() if one.read_bytes() == document)
            file.unlink()
            if damage == "cut":
                file.write_bytes(bytes(document or b"")[:-1])
            with pytest.raises(StoreError, match="damaged|no such file"):
                gate.registry()
            file.write_bytes(document or b"")
        gate.registry()
        assert len(states_of(gate)) == len(known)

    def test_what_was_handed_out_does_not_change(self, small: Land) -> None:
        """A registry that a gate has taken stays as it was, whatever an update makes of the store's states."""
        code, recognised = small.offices[7].issue(), small.offices[8].issue()
        before = small.store.registry()
        small.offices[7].revoke()
        del small.regions[0].recognitions[small.regions[8].id]
        small.store.update([small.regions[7].publish(), small.regions[0].publish()], at=NOW)
        after = small.store.registry()
        for text in (code, recognised):
            assert (_is_valid(text, before), _is_valid(text, after)) == (True, False)

    def test_an_update_that_fails_leaves_what_is_known(self, small: Land, monkeypatch: pytest.MonkeyPatch) -> None:
        """Where nothing can be written, the process trusts what is on the disk, and no half of an update."""
        small.store.registry()
        small.offices[7].revoke()
        news = small.regions[7].publish()

        def full(*_: object) -> None:
            raise OSError(28, "No space left on device")

        with monkeypatch.context() as patch:
            patch.setattr(Folder, "commit", full)
            with pytest.raises(StoreError, match="no space left"):
                small.store.update(news, at=NOW)
        assert small.accepted(small.store) == list(range(FEW))
        assert states_of(small.store) == states_of(TrustStore.open(small.store.path))
        small.store.update(news, at=NOW)
        assert small.accepted(small.store) == [number for number in range(FEW) if number != 7]

    def test_a_rehearsal_changes_nothing(self, small: Land) -> None:
        """What is only tried leaves no trace in what the process holds."""
        small.store.registry()
        small.offices[7].revoke()
        small.store.rehearse(small.regions[7].publish(), at=NOW)
        assert small.accepted(small.store) == list(range(FEW))

    def test_many_updates_end_where_a_new_process_does(self, small: Land) -> None:
        """After any updates a process that knows the store holds what one holds that has just opened it."""
        gate = TrustStore.open(small.store.path)
        for number in (3, 0, 7, 3, 1):
            region = small.regions[number]
            small.offices[number] = region.office(f"{region.id}.C{number}")
            if number == 7:
                region.rotate()
                small.store.update(region.roots[-1], at=NOW)
            small.store.update([region.publish(), small.listing[0].status_list(issued=AT + number)], at=NOW)
            fresh = TrustStore.open(small.store.path)
            assert states_of(small.store) == states_of(gate) == states_of(fresh)
            assert small.accepted(gate) == small.accepted(fresh) == small.accepted(small.store)
            code = small.listing[0].issue(PLACED)
            assert _is_valid(code, gate.registry()) == _is_valid(code, fresh.registry())


class TestEveryCommit:
    """A gate may read after each commit: an update makes one for each state, and they are not the whole of it."""

    def gate_after(self, store: TrustStore, news: list[bytes]) -> list[tuple[Any, Any]]:
        """Update a store; return what a gate holds after each commit, and what a new one holds."""
        gate, found, commit = TrustStore.open(store.path), [], Folder.commit
        gate.registry()

        def committed(self: Folder, *args: Any) -> None:
            commit(self, *args)
            found.append((_held_by(gate), _held_by(TrustStore.open(store.path))))

        with pytest.MonkeyPatch.context() as patch:
            patch.setattr(Folder, "commit", committed)
            store.update(news, at=NOW)
        return found

    def test_an_authority_that_was_never_heard_of(self, small: Land) -> None:
        """One of which nothing is held, and that is recognised no more, leaves the store with the last commit."""
        anchor, silent = small.regions[0], Region("CN-99")
        anchor.recognise(silent)
        small.store.update(anchor.publish(), at=NOW)
        del anchor.recognitions[silent.id]
        pairs = self.gate_after(small.store, [anchor.publish(), *(one.publish() for one in small.regions[1:4])])
        assert len(pairs) == 5  # the anchor, three regions, and what is forgotten
        assert all(gate == new for gate, new in pairs)

    @pytest.mark.parametrize("seed", range(3))
    def test_any_updates(self, small: Land, seed: int) -> None:
        """Whatever comes, a gate that goes on from what it knows holds what one does that begins anew."""
        chance = random.Random(seed)  # noqa: S311 - no secret
        anchor, pins = small.regions[0], [region.pin for region in small.regions]
        for _ in range(8):
            news = []
            for number in chance.sample(range(1, FEW), 3):
                region = small.regions[number]
                match chance.randrange(6):
                    case 0:
                        anchor.recognitions.pop(region.id, None)
                    case 1:
                        anchor.recognise(region, pin=chance.choice([region.pin, pins[number]]))
                    case 2:
                        anchor.recognise(Region(f"CN-{90 + number}"))
                    case 3:
                        anchor.recognitions.pop(f"CN-{90 + number}", None)
                    case 4:
                        news.append(region.rotate())
                    case _:
                        small.offices[number].list(chance.randrange(2, 9))
                news.append(region.publish())
            news.append(anchor.publish())
            assert all(gate == new for gate, new in self.gate_after(small.store, news))


def _held_by(store: TrustStore) -> list[Any]:
    """Return what a store holds that reads what has changed, and no more."""
    store.registry()
    return [
        (
            *(state.anchor, state.authority, state.pin, state.has_pin, state.lists.iats),
            [root.document for root in state.chain],
            state.registry and state.registry.document,
            state.usable is not None,
        )
        for state in store._keeper.load().trust.states
    ]


def _another(files: list[Path], good: bytes) -> bytes:
    return next(data for file in files if (data := file.read_bytes()) != good)
