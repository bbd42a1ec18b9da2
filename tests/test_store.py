"""The trust store: what it keeps, what it takes, and what it says when it cannot."""

import doctest
import errno
import json
import os
import threading
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

import authorities
from authorities import Office, Region, contents, digest_of, flipped, states_of
from forging import NOW
from healthpass import HealthpassError, UntrustedError, verify
from healthpass.documents._checked_registry import Outline
from healthpass.documents._document import Document, Kind
from healthpass.documents._root import Root
from healthpass.documents._statement import PRODUCTION
from healthpass.store import (
    StoreError,
    TrustStore,
    UpdateResult,
    _bundling,
    _folder,
    _offered,
    _record,
    _store,
    document_digest,
)
from healthpass.store._restoring import restored
from healthpass.trust._trust import Trust
from healthpass.trust._update import updated
from healthpass.words._outcomes import Outcome
from listing import add_office

needs_posix = pytest.mark.skipif(os.name != "posix", reason="POSIX links, pipes and permissions")


class World:
    """Zhejiang recognises Shanghai; each has an office."""

    def __init__(self, environment: str = PRODUCTION) -> None:
        self.zhejiang = Region("CN-33", environment=environment)
        self.shanghai = Region("CN-31", environment=environment)
        self.hangzhou: Office = self.zhejiang.office("CN-33-01.WJW")
        self.pudong: Office = self.shanghai.office("CN-31-15.WJW")
        self.zhejiang.recognise(self.shanghai)
        self.publish()

    def publish(self) -> bytes:
        """Publish both registries, and return the bundle of both."""
        self.shanghai.publish()
        self.zhejiang.publish()
        return self.bundle()

    def bundle(self) -> bytes:
        """Return the bundle of both."""
        return self.zhejiang.bundle(self.shanghai)


def outcomes(results: tuple[UpdateResult, ...]) -> list[str]:
    """Return what came of each document."""
    return [str(result.outcome) for result in results]


def accepts(store: TrustStore, office: Office) -> bool:
    """Tell whether codes of an office are accepted."""
    try:
        verify(office.issue(), registry=store.registry(), at=NOW)
    except UntrustedError:
        return False
    return True


@pytest.fixture
def world() -> World:
    """Give two regions."""
    return World()


@pytest.fixture
def path(tmp_path: Path) -> Path:
    """Give a place for a store."""
    return tmp_path / "trust"


@pytest.fixture
def store(world: World, path: Path) -> TrustStore:
    """Give a store that Zhejiang is pinned in."""
    made = TrustStore.create(path)
    made.pin(world.zhejiang.id, version=1, digest=world.zhejiang.pin.digest)
    return made


@pytest.fixture
def filled(store: TrustStore, world: World) -> TrustStore:
    """Give a store that has been updated."""
    store.update(world.bundle(), at=NOW)
    return store


class TestCreation:
    def test_a_new_store_trusts_nobody(self, path: Path) -> None:
        """A new store is for real codes, and has no anchor."""
        store = TrustStore.create(path)
        assert store.environment == "production"
        assert store.anchors == {}
        assert states_of(store) == ()
        assert store.bundle() == (b"", ())

    def test_nothing_is_overwritten(self, path: Path, filled: TrustStore) -> None:
        """A folder with anything in it stays as it is."""
        before = contents(path)
        with pytest.raises(StoreError, match="there is something in it"):
            TrustStore.create(path)
        assert contents(path) == before
        assert filled.anchors

    def test_an_empty_folder_will_do(self, path: Path) -> None:
        """A folder that is there and empty becomes a store, and so does what an interrupted creation left."""
        path.mkdir()
        (path / _folder.LOCK).touch()
        (path / _folder.DOCUMENTS).mkdir()
        (path / f".healthpass-{'0' * 16}.tmp").touch()
        TrustStore.create(path)
        assert set(contents(path)) == {"trust.json", "lock"}

    @needs_posix
    @pytest.mark.parametrize("planted", [(_folder.DOCUMENTS,), (_folder.LOCK,), (_folder.DOCUMENTS, _folder.LOCK)])
    def test_a_planted_link_empties_no_other_store(
        self, path: Path, filled: TrustStore, tmp_path: Path, planted: tuple[str, ...]
    ) -> None:
        """A folder in which somebody has left links to another store is refused, and that store stays whole."""
        assert filled.path == path
        before = contents(path)
        prepared = tmp_path / "prepared"
        prepared.mkdir()
        for name in planted:
            (prepared / name).symlink_to(path / name)
        with pytest.raises(StoreError, match="must be a folder|symbolic link"):
            TrustStore.create(prepared)
        assert contents(path) == before

    def test_environments_are_named(self, path: Path) -> None:
        """What is no name of an environment makes no store."""
        with pytest.raises(ValueError, match="environment"):
            TrustStore.create(path, "No Environment")
        assert not path.exists()

    def test_a_folder_in_nothing(self, path: Path) -> None:
        """The folder above must be there."""
        with pytest.raises(StoreError, match="no such file or folder"):
            TrustStore.create(path / "deeper")

    @pytest.mark.parametrize("name", ["a\0b", "\ud800"])
    def test_impossible_names(self, name: str) -> None:
        """A name that no file can have is an error of ours."""
        for attempt in (TrustStore.create, TrustStore.open):
            with pytest.raises(StoreError, match="not the name of a file"):
                attempt(name)

    @needs_posix
    def test_nobody_else_may_write(self, path: Path, filled: TrustStore) -> None:
        """Others can write to no file of it, nor to the folder, whatever the umask; nor can they hold the lock."""
        assert filled.path == path
        for found in (path, *path.rglob("*")):
            assert not found.stat().st_mode & 0o022
        assert not (path / _folder.LOCK).stat().st_mode & 0o077  # to open it is enough to hold it

    @needs_posix
    @pytest.mark.parametrize("there", [True, False])
    def test_is_the_owners_alone(self, path: Path, *, there: bool) -> None:
        """A new store can be entered by its account alone, also in a folder that was open to all."""
        if there:
            path.mkdir()
            path.chmod(0o777)
        TrustStore.create(path)
        assert [one.stat().st_mode & 0o777 for one in (path, path / _folder.DOCUMENTS)] == [0o700, 0o700]

    @needs_posix
    def test_of_another_account_is_not_written_to(
        self, path: Path, filled: TrustStore, world: World, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        """Who owns a folder can put another one in its place: a store there is not written to; it is read."""
        empty = tmp_path / "empty"
        empty.mkdir()
        before = contents(path)
        uid = os.geteuid()
        monkeypatch.setattr(_folder, "_UID", lambda: uid + 1)
        with pytest.raises(StoreError, match=rf"belongs to another account \(uid {uid}\)"):
            TrustStore.create(empty)
        with pytest.raises(StoreError, match="belongs to another account"):
            TrustStore.open(path).update(world.zhejiang.publish(), at=NOW)
        assert contents(path) == before
        assert list(empty.iterdir()) == [empty / _folder.DOCUMENTS] or not list(empty.iterdir())
        assert TrustStore.open(path).anchors == filled.anchors

    @pytest.mark.skipif(os.name != "posix" or os.geteuid() != 0, reason="only root can give a file away")
    @pytest.mark.parametrize("name", ["trust.json", "documents/*"])
    def test_a_file_of_another_account_is_refused(self, path: Path, filled: TrustStore, name: str) -> None:
        """What somebody else has put into a store is not read, and nothing is written beside it."""
        planted = next(path.glob(name))
        os.chown(planted, 12_345, 12_345)
        with pytest.raises(StoreError, match=r"belongs to another account \(uid 12345\)"):
            TrustStore.open(path)
        assert filled.path == path

    @needs_posix
    @pytest.mark.parametrize("name", ["trust.json", "documents/*", "documents"])
    def test_a_link_in_a_store_is_not_followed(
        self, path: Path, filled: TrustStore, tmp_path: Path, name: str
    ) -> None:
        """Not even to what the store holds already."""
        planted = next(path.glob(name))
        planted.rename(tmp_path / "elsewhere")
        planted.symlink_to(tmp_path / "elsewhere")
        with pytest.raises(StoreError, match="link"):
            TrustStore.open(path)
        assert filled.path == path

    def test_others_see_it_at_once(self, path: Path) -> None:
        """Of many who create one store at once, one does."""
        made: list[TrustStore] = []
        refused: list[StoreError] = []

        def create() -> None:
            try:
                made.append(TrustStore.create(path))
            except StoreError as error:
                refused.append(error)

        threads = [threading.Thread(target=create) for _ in range(8)]
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join()
        assert (len(made), len(refused)) == (1, 7)


class TestOpening:
    def test_finds_what_was_left(self, filled: TrustStore, path: Path, world: World) -> None:
        """A store that is opened again holds what it held."""
        again = TrustStore.open(path, environment="production")
        assert again.anchors == filled.anchors == {"CN-33": world.zhejiang.pin}
        assert states_of(again) == states_of(filled)
        assert (again.environment, again.anchors) == ("production", {"CN-33": world.zhejiang.pin})
        assert accepts(again, world.hangzhou)
        assert accepts(again, world.pudong)

    def test_there_must_be_one(self, path: Path) -> None:
        """A folder that is no store is an error, and is not made one."""
        path.mkdir()
        with pytest.raises(StoreError, match="no such file or folder"):
            TrustStore.open(path)
        assert list(path.iterdir()) == []

    def test_the_environment_must_be_that_asked_for(self, path: Path) -> None:
        """A store of tests is not opened where one of real codes is asked for."""
        TrustStore.create(path, "test")
        assert TrustStore.open(path).environment == "test"
        with pytest.raises(StoreError, match="for the environment 'test', and 'production' was asked for"):
            TrustStore.open(path, environment="production")

    def test_other_rules_check_again(
        self, filled: TrustStore, path: Path, world: World, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        """Documents that were checked by other rules are checked again, until an update writes that they were."""
        checked = []
        check = Outline.checked

        def seen(payload: bytes) -> Outline:
            checked.append(payload)
            return check(payload)

        monkeypatch.setattr(Outline, "checked", seen)
        monkeypatch.setattr(_record, "CHECKER", 1000)
        assert accepts(TrustStore.open(path), world.hangzhou)
        assert len(checked) == 2
        assert outcomes(filled.update(world.bundle(), at=NOW)) == ["unchanged"] * 4
        checked.clear()
        assert accepts(TrustStore.open(path), world.hangzhou)
        assert checked == []

    def test_a_long_chain_costs_nothing(
        self, filled: TrustStore, world: World, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        """When a store is opened, the current root of each chain is decoded, and no other (attack 55)."""
        for _ in range(20):
            world.zhejiang.rotate()
        filled.update(world.publish(), at=NOW)
        decoded = []
        decode = Root.decode

        def seen(payload: bytes) -> Root:
            decoded.append(decode(payload))
            return decoded[-1]

        monkeypatch.setattr(Root, "decode", seen)
        assert accepts(TrustStore.open(filled.path), world.hangzhou)
        found = {(root.authority, root.version) for root in decoded}
        assert found <= {("CN-33", 1), ("CN-33", 21), ("CN-31", 1)}  # the pinned and the current ones


class TestPins:
    def test_a_root_is_pinned_by_its_hash(self, path: Path, world: World) -> None:
        """A root whose hash a person has compared is pinned and held."""
        store = TrustStore.create(path)
        root = world.zhejiang.roots[0]
        results = store.pin_document(root, digest=document_digest(root), at=NOW)
        assert outcomes(results) == ["applied"]
        assert store.anchors == {"CN-33": world.zhejiang.pin}
        assert states_of(store)[0].chain == (root,)

    def test_another_hash_pins_nothing(self, path: Path, world: World) -> None:
        """A root with another hash than the person saw is refused, and so is what is no root."""
        store = TrustStore.create(path)
        registry = world.zhejiang.registries[0]
        for document, digest in (
            (world.zhejiang.roots[0], digest_of(world.shanghai.roots[0])),
            (registry, digest_of(registry)),
        ):
            with pytest.raises(StoreError, match="this (root|registry) has .* a root with .* is expected"):
                store.pin_document(document, digest=digest, at=NOW)
        with pytest.raises(StoreError, match="malformed-envelope"):
            store.pin_document(b"no document", digest=bytes(32), at=NOW)
        assert store.anchors == {}

    def test_a_root_that_is_refused_pins_nothing(self, path: Path) -> None:
        """A root of another environment, or signed by too few, is no anchor."""
        store = TrustStore.create(path)
        for root, why in (
            (Region("CN-33", environment="test").roots[0], "wrong-environment"),
            (Region("CN-33", by=[]).roots[0], "malformed-envelope"),
            (Region("CN-33", by=[Region("CN-33").root_key(1)]).roots[0], "threshold-not-met"),
            (Region("CN-33", content={9: 0}).roots[0], "unsupported-document"),
        ):
            with pytest.raises(StoreError, match=why):
                store.pin_document(root, digest=_digest_or_zero(root), at=NOW)
        assert store.anchors == {}

    def test_nonsense_is_no_pin(self, store: TrustStore) -> None:
        """An id, a version or a hash that is none is a mistake of the caller."""
        before = contents(store.path)
        for authority, version, digest in (("CN-00", 1, bytes(32)), ("CN-31", 0, bytes(32)), ("CN-31", 1, b"")):
            with pytest.raises(ValueError, match=r"."):
                store.pin(authority, version=version, digest=digest)
        assert contents(store.path) == before

    def test_unpinning_forgets(self, filled: TrustStore, world: World) -> None:
        """What came by way of an anchor goes with it, documents too."""
        filled.unpin("CN-33")
        assert filled.anchors == {}
        assert not accepts(filled, world.hangzhou)
        assert set(contents(filled.path)) == {"trust.json", "lock"}

    def test_only_anchors_are_unpinned(self, filled: TrustStore) -> None:
        """What is recognised is no anchor, and an error says what the anchors are."""
        with pytest.raises(StoreError, match="'CN-31' is no anchor here; the anchors are: CN-33"):
            filled.unpin("CN-31")

    def test_two_anchors(self, filled: TrustStore, world: World) -> None:
        """A document that is held by way of two anchors is one file, and stays while either needs it."""
        filled.pin("CN-31", version=1, digest=world.shanghai.pin.digest)
        filled.update(world.bundle(), at=NOW)
        assert len(states_of(filled)) == 3
        assert len(contents(filled.path)) == 2 + 4 + 2  # also the file of a state that both have
        filled.unpin("CN-31")
        assert accepts(filled, world.pudong)


class TestUpdates:
    def test_tell_what_came_of_each(self, store: TrustStore, world: World) -> None:
        """Each document has its result, and what is held already is unchanged."""
        assert outcomes(store.update(world.bundle(), at=NOW)) == ["applied"] * 4
        before = contents(store.path)
        assert outcomes(store.update(world.bundle(), at=NOW)) == ["unchanged"] * 4
        assert contents(store.path) == before

    @pytest.mark.parametrize("at", [datetime(1969, 12, 31, 23, tzinfo=UTC), datetime(9999, 1, 2, tzinfo=UTC)])
    def test_a_time_that_no_document_can_have(self, path: Path, at: datetime) -> None:
        """A time before 1970, or after 9998, is an error of the call, and nothing has changed."""
        region = Region("CN-33")
        early = region.rotate(issued=0)
        store = TrustStore.create(path)
        store.pin("CN-33", version=2, digest=digest_of(early))
        before = contents(path)
        for asked in (lambda: store.update(early, at=at), lambda: store.view(at=at)):
            with pytest.raises(ValueError, match="^a time must lie from 1970 to 9998$"):
                asked()
        assert contents(path) == before

    def test_the_clock_is_read_when_no_time_is_given(
        self, store: TrustStore, world: World, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        """Without a time, it is now."""
        monkeypatch.setattr(_store, "now", lambda: datetime(2020, 1, 1, tzinfo=UTC))
        assert outcomes(store.update(world.bundle()))[0] == "dated-ahead"

    @pytest.mark.parametrize(("at", "error"), [(0, TypeError), (datetime(2026, 1, 1), ValueError)])  # noqa: DTZ001
    def test_times_are_times(self, store: TrustStore, at: Any, error: type[Exception]) -> None:
        """A time without a zone, or what is no time, is a mistake of the caller."""
        with pytest.raises(error):
            store.update(b"", at=at)

    def test_one_refused_document_changes_nothing_else(self, store: TrustStore, world: World) -> None:
        """A bad neighbour is refused alone."""
        bad = world.shanghai.publish(by=[world.zhejiang.registry_key(1)], keep=False)
        good = world.bundle()
        assert outcomes(store.update([bad, good], at=NOW)) == ["wrong-authority", *["applied"] * 4]

    def test_a_long_lived_reader_sees_the_news(self, filled: TrustStore, world: World) -> None:
        """A gate that keeps its store open gets what another process has written, and keeps no old document."""
        gate = TrustStore.open(filled.path)
        first = gate.registry()
        assert gate.registry() is first
        world.hangzhou.revoke()
        filled.update(world.publish(), at=NOW)
        assert not accepts(gate, world.hangzhou)
        with pytest.raises(UntrustedError, match="revoked"):
            verify(world.hangzhou.issue(), registry=gate.registry(), at=NOW)
        verify(world.hangzhou.issue(), registry=first, at=NOW)  # which does not change
        assert len(contents(filled.path)) == 2 + 4 + 2

    def test_revocations_and_evidence_stay(self, filled: TrustStore, world: World) -> None:
        """What was revoked and what contradicts itself outlives the process."""
        world.hangzhou.revoke()
        filled.update(world.publish(), at=NOW)
        other = world.zhejiang.publish(version=2, previous=bytes(32), keep=False)
        assert "equivocation" in outcomes(filled.update(other, at=NOW))
        world.hangzhou.list(1, revoked=None)
        again = TrustStore.open(filled.path)
        assert "revocation-undone" in outcomes(again.update(world.publish(), at=NOW))
        assert again.evidence() == (world.zhejiang.registries[1], other)
        assert not accepts(again, world.hangzhou)

    def test_a_weak_key_is_dropped_alone(self, filled: TrustStore, world: World) -> None:
        """An entry with a weak key is as if it were not there, after reopening too (KEY-2)."""
        world.hangzhou.list(2, raw=bytes(32))
        assert set(outcomes(filled.update(world.publish(), at=NOW))) == {"applied", "unchanged"}
        again = TrustStore.open(filled.path)
        assert accepts(again, world.hangzhou)
        listed = {key.entry.raw: key.good for issuer in again.view(at=NOW).issuers() for key in issuer.keys}
        assert listed[bytes(32)] is False

    def test_the_bundle_fills_another_store(self, filled: TrustStore, world: World, tmp_path: Path) -> None:
        """An offline gate gets everything from one bundle: roots in order, anchors first, then registries."""
        world.shanghai.rotate()
        world.zhejiang.rotate()
        filled.update(world.publish(), at=NOW)
        bundle, left_out = filled.bundle()
        assert left_out == ()
        roots, registries = [*world.zhejiang.roots, *world.shanghai.roots], [world.zhejiang, world.shanghai]
        assert bundle == b"".join([*roots, *(region.registries[-1] for region in registries)])
        gate = TrustStore.create(tmp_path / "gate")
        gate.pin("CN-33", version=1, digest=digest_of(roots[0]))
        assert set(outcomes(gate.update(bundle, at=NOW))) == {"applied"}
        for one, other in zip(states_of(gate), states_of(filled), strict=True):
            assert one._replace(seen={}) == other._replace(seen={})  # the gate has not seen earlier epochs

    def test_a_bundle_is_one_that_can_be_read(self, filled: TrustStore, monkeypatch: pytest.MonkeyPatch) -> None:
        """Of more than an update takes, the anchor's own state is in the bundle, and what is left out is named."""
        own = states_of(filled)[0]
        monkeypatch.setattr(_bundling, "DOCUMENT_LIMIT", 3)
        assert filled.bundle() == (own.chain[0] + (own.registry or b""), (("CN-33", "CN-31"),))

    @pytest.mark.parametrize(
        ("limit", "value"), [("DOCUMENT_LIMIT", 5), ("LIST_LIMIT", 2), ("LIST_BYTES", 99), ("DOCUMENT_BYTES", 0)]
    )
    def test_a_large_region_is_left_out_alone(
        self, filled: TrustStore, world: World, monkeypatch: pytest.MonkeyPatch, limit: str, value: int
    ) -> None:
        """What a region sends costs itself its place in the bundle, whichever limit it breaks, and nobody else."""
        large = Region("CN-11")
        office = add_office(large, "CN-11.A")
        large.rotate()
        large.publish()
        world.zhejiang.recognise(large)
        lists = [office.status_list(number=number) for number in range(3)]
        filled.update([world.zhejiang.publish(), large.bundle(), *lists], at=NOW)
        whole, _ = filled.bundle()
        assert whole.endswith(b"".join(lists))
        documents = len(whole) - sum(map(len, lists))
        monkeypatch.setattr(_bundling, limit, value or documents - 1)
        content, left_out = filled.bundle()
        assert left_out == (("CN-33", "CN-11"),)
        assert content == b"".join(
            [
                *world.zhejiang.roots,
                *world.shanghai.roots,
                world.zhejiang.registries[-1],
                world.shanghai.registries[-1],
            ]
        )


class TestFilesThatAreOffered:
    def test_a_file(self, store: TrustStore, world: World, tmp_path: Path) -> None:
        """A file is a bundle."""
        (tmp_path / "bundle").write_bytes(world.bundle())
        assert outcomes(store.update_from(tmp_path / "bundle", at=NOW)) == ["applied"] * 4
        assert outcomes(store.update_from(str(tmp_path / "bundle"), at=NOW)) == ["unchanged"] * 4

    def test_a_folder(self, store: TrustStore, world: World, tmp_path: Path) -> None:
        """The files of a folder are read in the order of their names, and one that is none stops no other."""
        offered = tmp_path / "offered"
        (offered / "folder.cbor").mkdir(parents=True)
        (offered / "0.cbor").write_bytes(b"no document")
        (offered / "1.cbor").write_bytes(world.zhejiang.roots[0])
        (offered / "2.cbor").write_bytes(world.zhejiang.registries[0] + world.shanghai.roots[0])
        (offered / "3.txt").write_bytes(world.shanghai.registries[0])
        assert outcomes(store.update_from(offered, at=NOW)) == ["malformed-envelope", *["applied"] * 3]

    @needs_posix
    def test_pipes_and_links(self, store: TrustStore, world: World, tmp_path: Path) -> None:
        """Links to files are followed; circles, loose ends, pipes and devices are passed over at once."""
        offered = tmp_path / "offered"
        offered.mkdir()
        (tmp_path / "bundle").write_bytes(world.bundle())
        (offered / "bundle.cbor").symlink_to(tmp_path / "bundle")
        (offered / "circle.cbor").symlink_to(offered / "circle.cbor")
        (offered / "device.cbor").symlink_to("/dev/zero")
        (offered / "loose.cbor").symlink_to(tmp_path / "nothing")
        (offered / "self.cbor").symlink_to(offered)
        os.mkfifo(offered / "pipe.cbor")
        assert outcomes(store.update_from(offered, at=NOW)) == ["applied"] * 4
        for name in ("pipe.cbor", "device.cbor", "circle.cbor", "loose.cbor"):
            with pytest.raises(StoreError, match="cannot read"):
                store.update_from(offered / name, at=NOW)

    def test_what_is_not_there(self, store: TrustStore, tmp_path: Path) -> None:
        """No file, a folder without one, and a name that cannot be are errors that say so."""
        (tmp_path / "empty").mkdir()
        (tmp_path / "cut.cbor").write_bytes(b"")  # a download that was cut off
        before = contents(store.path)
        for source, says in (
            (tmp_path / "missing", "no such file"),
            (tmp_path / "empty", r"no file named \*\.cbor"),
            (tmp_path / "cut.cbor", "is empty"),
            ("a\0b", "not the name"),
            ("ftp://example.org/bundle", "not https|httpx"),
        ):
            with pytest.raises(StoreError, match=says):
                store.update_from(source, at=NOW)
        assert contents(store.path) == before

    def test_many_files(self, store: TrustStore, world: World, tmp_path: Path) -> None:
        """Thousands of empty files in a folder keep no other from being taken, and are told of (attack 55)."""
        for number in range(4_097):
            (tmp_path / f"x{number}.cbor").touch()
        (tmp_path / "cn-33.cbor").write_bytes(world.bundle())
        update = store.update_from_all([tmp_path], at=NOW)
        assert outcomes(update.results) == ["applied"] * 4
        assert len(update.problems) == 4_097
        assert str(update.problems[0]).endswith("x0.cbor' is empty")

    @pytest.mark.parametrize("size", [1 << 40, 20_001])
    def test_a_large_file_beside_others(
        self, store: TrustStore, world: World, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, size: int
    ) -> None:
        """A file that is too large is left out and told; the others count."""
        offered = tmp_path / "offered"
        offered.mkdir()
        (offered / "1.cbor").write_bytes(world.zhejiang.bundle())
        (offered / "2.cbor").write_bytes(world.shanghai.bundle())
        with (offered / "0.cbor").open("wb") as file:
            file.truncate(size)
        monkeypatch.setattr(_offered, "MAX_BUNDLE", 20_000)
        with pytest.raises(StoreError, match=r"0\.cbor': it has more than 20,000 bytes"):
            store.update_from(offered, at=NOW)
        assert accepts(store, world.hangzhou)
        assert accepts(store, world.pudong)

    def test_more_than_fits_at_once(
        self, store: TrustStore, world: World, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        """Files that do not fit into one update are taken in several, also a registry before its root."""
        for number, document in enumerate([*world.zhejiang.registries, *world.zhejiang.roots]):
            (tmp_path / f"{number}.cbor").write_bytes(
                document + bytes(Document(Kind.ROOT, bytes(24), {bytes(8): bytes(64)}))
            )
        monkeypatch.setattr(_offered, "MAX_BUNDLE", 1_500)
        results = store.update_from(tmp_path, at=NOW)
        assert outcomes(results) == ["applied", "unknown-signer", "applied", "unknown-signer"]
        assert [result.document for result in results] == [0, 1, 0, 1], "counted in each file"
        assert [Path(str(result.source)).name for result in results] == ["0.cbor", "0.cbor", "1.cbor", "1.cbor"]

    def test_each_file_has_its_own_count(self, store: TrustStore, world: World, tmp_path: Path) -> None:
        """The documents of one file do not use up what is read of another, nor of another bundle."""
        junk = b"".join(bytes(Document(Kind.ROOT, i.to_bytes(24), {bytes(8): bytes(64)})) for i in range(4097))
        offered = tmp_path / "offered"
        offered.mkdir()
        (offered / "0.cbor").write_bytes(junk)
        (offered / "1.cbor").write_bytes(world.bundle())
        told = outcomes(store.update_from(offered, at=NOW))
        assert told == [*["unknown-signer"] * 100, "too-many", *["applied"] * 4]

    def test_a_file_that_is_too_large(
        self, store: TrustStore, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        """A file is read up to the limit and no further."""
        monkeypatch.setattr(_offered, "MAX_BUNDLE", 99)
        (tmp_path / "large").write_bytes(bytes(100))
        with pytest.raises(StoreError, match="it has more than 99 bytes"):
            store.update_from(tmp_path / "large", at=NOW)


class TestDamage:
    """A store that cannot be read says so, and changes nothing (UPD-11)."""

    def refuses(self, store: TrustStore, world: World, says: str) -> None:
        """Check that the store cannot be opened or changed, and stays as it is."""
        before = contents(store.path)
        attempts = (
            lambda: TrustStore.open(store.path),
            lambda: TrustStore(store.path).registry(),
            lambda: store.update(world.publish(), at=NOW),
            lambda: store.pin("CN", version=1, digest=bytes(32)),
            lambda: store.unpin("CN-33"),
        )
        for attempt in attempts:
            with pytest.raises(StoreError, match=says):
                attempt()
        assert contents(store.path) == before

    def test_a_damaged_document(self, filled: TrustStore, world: World) -> None:
        """Each document is compared with its name."""
        for file in sorted((filled.path / "documents").iterdir()):
            whole = file.read_bytes()
            for damaged in (flipped(whole, -1), whole[:-1], whole + b"\0", b""):
                file.write_bytes(damaged)
                self.refuses(filled, world, "is damaged: its SHA-256 is not its name")
            file.write_bytes(whole)
        assert accepts(TrustStore.open(filled.path), world.hangzhou)

    def test_a_document_that_is_gone(self, filled: TrustStore, world: World) -> None:
        """A missing document is an error, not a state with less in it."""
        next((filled.path / "documents").iterdir()).unlink()
        self.refuses(filled, world, "no such file")

    @needs_posix
    def test_a_document_that_is_none(self, filled: TrustStore, world: World) -> None:
        """A pipe in the place of a document holds nobody up."""
        file = next((filled.path / "documents").iterdir())
        file.unlink()
        os.mkfifo(file)
        self.refuses(filled, world, "not a regular file")

    def test_a_folder_in_the_place_of_the_record(self, filled: TrustStore) -> None:
        """A gate that looks again and again leaves no descriptor open."""
        file = filled.path / "trust.json"
        file.unlink()
        file.mkdir()
        free = os.dup(0)
        os.close(free)
        for _ in range(3):
            with pytest.raises(StoreError, match="cannot read the trust store"):
                filled.registry()
        after = os.dup(0)
        os.close(after)
        assert after == free

    def test_truncations(self, filled: TrustStore, world: World) -> None:
        """A record that ends early is never taken for a shorter one, wherever it ends."""
        file = filled.path / "trust.json"
        whole = file.read_bytes()
        for size in range(0, len(whole), 3):
            file.write_bytes(whole[:size])
            with pytest.raises(StoreError, match="is damaged"):
                TrustStore.open(filled.path)
        self.refuses(filled, world, "is damaged")

    def test_every_flipped_bit(self, filled: TrustStore) -> None:
        """A bit that flips in the record is noticed, wherever it is: no tombstone is lost."""
        file = filled.path / "trust.json"
        whole = file.read_bytes()
        for at in range(len(whole)):
            file.write_bytes(flipped(whole, at, 1 << at % 7))
            with pytest.raises(StoreError):
                TrustStore.open(filled.path)

    @pytest.mark.parametrize(
        "change",
        [
            {"unknown": 1},
            {"format": 3},
            {"format": "1"},
            {"environment": "Production"},
            {"environment": None},
            {"checker": -1},
            {"checker": True},
            {"pins": []},
            {"pins": [{"authority": "CN-33", "version": 0, "digest": "00" * 32}]},
            {"pins": [{"authority": "CN-33", "version": 1, "digest": "00" * 31}]},
            {"pins": [{"authority": "CN-00", "version": 1, "digest": "00" * 32}]},
            {"pins": 2 * [{"authority": "CN-33", "version": 1, "digest": "00" * 32}]},
            {"states": None},
            {"states": [{}]},
            {"sources": [{"url": "https://a.cn", "etag": '"1"', "held": "0"}]},
        ],
    )
    @pytest.mark.parametrize("sealed", [False, True])
    def test_another_record(
        self,
        filled: TrustStore,
        world: World,
        change: dict[str, Any],
        monkeypatch: pytest.MonkeyPatch,
        *,
        sealed: bool,
    ) -> None:
        """A record with an unknown field, another format or a wrong value is refused, whatever its hash."""
        file = filled.path / "trust.json"
        changed = json.loads(file.read_text()) | change
        file.write_text(json.dumps(changed, indent=1) + "\n")
        if sealed:
            monkeypatch.setattr(_record.Record, "encode", lambda _: file.read_bytes())
        self.refuses(filled, world, "cannot be read|no such file")

    def test_documents_of_the_wrong_kind(self, filled: TrustStore, world: World) -> None:
        """A state that takes a registry for a root is held in the place of."""
        state = self.state(filled)
        self.take(filled, state | {"chain": [state["registry"]]})
        self.refuses(filled, world, "is held in the place of")

    @pytest.mark.parametrize(
        "change",
        [
            {"unknown": 1},
            {"registry": "00"},
            {"chain": 257 * ["00" * 32]},
            {"refused": 0},
            {"tombstones": [["CN-33-01.WJW", "00" * 32, 1]]},
            {"tombstones": [["CN-33-01.WJW", "00" * 32, -1, 1]]},
            {"lists": [["CN-33-01.WJW", 1, "00" * 32, None]]},
            {"dropped": None},
        ],
    )
    def test_another_state(self, filled: TrustStore, world: World, change: dict[str, Any]) -> None:
        """A state with an unknown field or a wrong value is refused, whatever its name."""
        self.take(filled, self.state(filled) | change)
        self.refuses(filled, world, "cannot be read: trust.json, or what it names, is damaged")

    def state(self, store: TrustStore) -> dict[str, Any]:
        """Return what is written of the first state."""
        name = _record.Record.decode((store.path / "trust.json").read_bytes()).states[0].state
        written: dict[str, Any] = json.loads((store.path / "documents" / f"{name}.json").read_bytes())
        return written

    def take(self, store: TrustStore, written: dict[str, Any]) -> None:
        """Put another in the place of the first state."""
        data = json.dumps(written).encode()
        (store.path / "documents" / f"{_record.sha256(data)}.json").write_bytes(data)
        file = store.path / "trust.json"
        record = _record.Record.decode(file.read_bytes())
        first = record.states[0].model_copy(update={"state": _record.sha256(data)})
        file.write_bytes(record.model_copy(update={"states": (first, *record.states[1:])}).encode())

    @given(
        st.binary(max_size=64)
        | st.recursive(
            st.none() | st.booleans() | st.integers() | st.floats() | st.text(),
            lambda inner: (
                st.lists(inner) | st.dictionaries(st.sampled_from(["format", "pins", "states", "x"]), inner)
            ),
        ).map(lambda value: json.dumps(value).encode())
    )
    def test_garbage(self, garbage: bytes) -> None:
        """Whatever stands in the record, the error is ours."""
        with pytest.raises(ValueError, match=r"."):
            _record.Record.decode(garbage)

    @pytest.mark.parametrize(
        "garbage",
        [
            b"",
            b"\0",
            b"null",
            b"[" * 100_000,
            b'{"a":' * 100_000,
            b"1" * 100_000,
            b'"\\ud800"',
            b"\xff\xfe{}",
            b"NaN",
        ],
    )
    def test_garbage_in_the_folder(self, filled: TrustStore, world: World, garbage: bytes) -> None:
        """What a record must never hold is an error of the store."""
        (filled.path / "trust.json").write_bytes(garbage)
        self.refuses(filled, world, "cannot be read")

    def test_a_record_without_end(self, filled: TrustStore, world: World, monkeypatch: pytest.MonkeyPatch) -> None:
        """A record is read up to its limit and no further."""
        monkeypatch.setattr(_folder, "MAX_RECORD", 99)
        self.refuses(filled, world, "it has more than 99 bytes")

    def test_flipped_bytes_in_a_bundle(self, world: World) -> None:
        """A damaged bundle has results like any other; no byte of it raises anything."""
        whole = world.bundle()
        seen = set()
        for at in range(0, len(whole), 7):
            trust = Trust()
            trust.pin(world.zhejiang.pin)
            for result in updated(trust, flipped(whole, at, 1 << at % 8), at=int(NOW.timestamp())):
                seen.add(result.outcome)
        assert {Outcome.APPLIED, Outcome.UNKNOWN_SIGNER, Outcome.BAD_SIGNATURE, Outcome.MALFORMED_ENVELOPE} <= seen

    @given(data=st.data())
    def test_mangled_bundles(self, data: st.DataObject) -> None:
        """Pieces of bundles in any order, cut and changed anywhere, have results and raise nothing."""
        pieces = [
            *WORLD.zhejiang.roots,
            *WORLD.shanghai.roots,
            *WORLD.zhejiang.registries,
            *WORLD.shanghai.registries,
        ]
        mangled = bytearray(
            b"".join(data.draw(st.lists(st.sampled_from(pieces) | st.binary(max_size=9), max_size=5)))
        )
        for at in data.draw(st.lists(st.integers(0, max(len(mangled) - 1, 0)), max_size=4)):
            mangled[at : at + 1] = data.draw(st.binary(max_size=2))
        trust = Trust()
        trust.pin(WORLD.zhejiang.pin)
        for result in updated(trust, bytes(mangled), at=int(NOW.timestamp())):
            assert result.outcome.kind in {"done", "refused"}
        kept, files = _record.Kept.of(trust).only(trust), dict[str, bytes]()
        for state in trust.states:
            kept = kept.with_state(state, files, evidence=True)
        read = _record.Kept.read(_record.Record.decode(kept.record.encode()), files.__getitem__, {})
        assert read.states == kept.states
        again, more = restored(read, files.__getitem__), dict[str, bytes]()
        for state in again.states:
            assert read.with_state(state, more, evidence=True) is read  # nothing is lost


class TestSimulator:
    def test_its_example(self) -> None:
        """The authorities that these tests use do what they say."""
        assert doctest.testmod(authorities).failed == 0


class TestTrouble:
    def test_only_errors_of_ours(self) -> None:
        """The one error of the store is a HealthpassError."""
        assert issubclass(StoreError, HealthpassError)

    @pytest.mark.usefixtures("permissions")
    def test_a_folder_that_cannot_be_written(self, filled: TrustStore, world: World) -> None:
        """A store in a folder without permission to write is read, and an update says why it is none."""
        before = contents(filled.path)
        folders = [filled.path, filled.path / "documents"]
        for folder in folders:
            folder.chmod(0o500)
        try:
            with pytest.raises(StoreError, match="cannot change the trust store .* permission denied"):
                filled.update(world.publish(), at=NOW)
            assert accepts(TrustStore.open(filled.path), world.hangzhou)
        finally:
            for folder in folders:
                folder.chmod(0o700)
        assert contents(filled.path) == before

    @pytest.mark.parametrize("number", [errno.EACCES, errno.EPERM, errno.EIO])
    def test_what_to_do(self, filled: TrustStore, monkeypatch: pytest.MonkeyPatch, number: int) -> None:
        """Nobody is told to make a new store where all that is missing is the permission to read."""

        def refuse(*_: Any, **__: Any) -> bytes:
            raise OSError(number, os.strerror(number))

        monkeypatch.setattr(_folder, "read", refuse)
        with pytest.raises(StoreError, match="cannot read the trust store") as caught:
            TrustStore.open(filled.path)
        assert ("put it back from a copy" in str(caught.value)) == (number == errno.EIO)

    def test_two_writers(self, filled: TrustStore, world: World) -> None:
        """While somebody writes, another writer waits, and then says so; readers do not wait."""
        other = TrustStore.open(filled.path, lock_timeout=0.1)
        with filled._keeper._folder.locked(1):
            with pytest.raises(StoreError, match=r"somebody else is writing .* was not done in 0\.1 s; try again"):
                other.update(world.publish(), at=NOW)
            assert accepts(other, world.hangzhou)
        assert outcomes(other.update(world.bundle(), at=NOW)).count("applied") == 2

    def test_nobody_waits_for_what_a_writer_brings_to_the_disk(
        self, filled: TrustStore, world: World, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        """While a writer brings its files to the disk, another one updates the store; nothing is lost."""
        news, others = world.zhejiang.publish(), TrustStore.open(filled.path, lock_timeout=0.1)
        put, told = _folder.Stage.put, list[str]()

        def slow(stage: _folder.Stage, name: str, data: bytes) -> None:
            put(stage, name, data)
            if not told:
                told.append("")
                told.extend(outcomes(others.update(news, at=NOW)))

        monkeypatch.setattr(_folder.Stage, "put", slow)
        assert outcomes(filled.update(world.shanghai.publish(), at=NOW)) == ["applied"]
        assert told[1:] == ["applied"]
        held = {state.authority: state.registry for state in states_of(TrustStore.open(filled.path))}
        assert held == {region.id: region.registries[-1] for region in (world.zhejiang, world.shanghai)}
        assert len(contents(filled.path)) == 2 + 4 + 2

    def test_a_gate_reads_again_what_has_changed(
        self, filled: TrustStore, world: World, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        """What another process has not changed is not read again."""
        gate = TrustStore.open(filled.path)
        assert accepts(gate, world.pudong)
        filled.update(world.zhejiang.publish(), at=NOW)
        read, names = _folder.Folder.content, list[str]()

        def content(folder: _folder.Folder, name: str) -> bytes:
            names.append(name)
            return read(folder, name)

        monkeypatch.setattr(_folder.Folder, "content", content)
        assert accepts(gate, world.hangzhou)
        assert accepts(gate, world.pudong)
        assert len(names) == 3  # of Zhejiang: the file of the state, the root, the registry

    def test_writers_in_turn(self, filled: TrustStore, world: World) -> None:
        """Many writers at once all get their turn, and nothing is lost."""
        regions = [Region(f"CN-{number}") for number in (11, 12, 13, 14)]

        def work(region: Region) -> None:
            store = TrustStore.open(filled.path)
            store.pin(region.id, version=1, digest=region.pin.digest)
            for _ in range(5):
                region.publish()
                store.update(region.bundle(), at=NOW)

        threads = [threading.Thread(target=work, args=[region]) for region in regions]
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join()
        found = {state.authority: state.registry for state in states_of(filled)}
        assert [found[region.id] for region in regions] == [region.registries[-1] for region in regions]
        assert found[world.zhejiang.id] == world.zhejiang.registries[-1]

    def test_a_reader_beside_a_writer(self, filled: TrustStore, world: World) -> None:
        """Who reads while somebody writes gets one whole state after the other, and never an error."""
        bundles = [world.publish() for _ in range(100)]
        seen: list[tuple[int, int]] = []
        errors: list[BaseException] = []
        done = threading.Event()

        def read() -> None:
            versions = {
                document: number
                for region in (world.zhejiang, world.shanghai)
                for number, document in enumerate(region.registries)
            }
            try:
                while not done.is_set():
                    own, other = states_of(TrustStore.open(filled.path))
                    seen.append((versions[own.registry or b""], versions[other.registry or b""]))
            except BaseException as error:  # noqa: BLE001 - shown below
                errors.append(error)

        readers = [threading.Thread(target=read) for _ in range(2)]
        for reader in readers:
            reader.start()
        for bundle in bundles:
            filled.update(bundle, at=NOW)
        done.set()
        for reader in readers:
            reader.join()
        assert errors == []
        assert all(other <= own <= other + 1 for own, other in seen)  # the anchor's news come first
        assert len(set(seen)) > 1

    def test_a_reader_gives_up(self, filled: TrustStore, monkeypatch: pytest.MonkeyPatch) -> None:
        """Where documents go faster than they are read, a reader ends, and says why."""
        texts = iter(range(1000))

        def vanish(_: str) -> bytes:
            file = filled.path / "trust.json"
            record = _record.Record.decode(file.read_bytes())
            file.write_bytes(record.model_copy(update={"checker": next(texts)}).encode())
            raise FileNotFoundError

        store = TrustStore(filled.path)
        monkeypatch.setattr(store._keeper._folder, "content", vanish)
        with pytest.raises(StoreError, match="is being changed all the time; try again"):
            store.registry()


WORLD = World()


def _digest_or_zero(document: bytes) -> bytes:
    try:
        return document_digest(document)
    except HealthpassError:
        return bytes(32)
