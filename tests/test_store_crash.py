"""Whatever stops a writer, the store opens with the old state or the new one, and the next update succeeds.

As a program of its own, this file is a nursery: it forks updaters, kills each of them somewhere in its work, and
tells what the store then held. It has no threads, so that forking is sound.
"""

import errno
import json
import os
import random
import shutil
import signal
import struct
import subprocess
import sys
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any, Final, NoReturn

import pytest

from authorities import HeldState, Region, contents, states_of
from forging import NOW
from healthpass import UntrustedError, verify
from healthpass.store import StoreError, TrustStore, _folder

KILLS: Final = 200
LONGEST: Final = 4  # updates in the time that an updater is left to work, at most,
SECONDS: Final = 0.1  # and how long that is, at most, where the disk is slow
FILES: Final = 2 + 2 * 3  # of a whole store: record and lock, and for each region a root, a registry and the state
VERSION: Final = struct.Struct("!I")
FAILING: Final = ("mkdir", "open", "write", "fsync", "replace", "scandir", "unlink", "fstat")


class World:
    """Two regions that always publish together, so that a mixture of two updates shows."""

    def __init__(self) -> None:
        self.zhejiang, self.shanghai = Region("CN-33"), Region("CN-31")
        self.zhejiang.office("CN-33-01.WJW")
        self.zhejiang.recognise(self.shanghai)

    def publish(self) -> bytes:
        """Publish the next version of both registries."""
        self.zhejiang.publish()
        self.shanghai.publish()
        return self.zhejiang.bundle(self.shanghai)

    def go_on_from(self, store: TrustStore) -> tuple[int, int]:
        """Go on from what a store holds, and return the two versions."""
        for region, state in zip((self.zhejiang, self.shanghai), states_of(store), strict=True):
            assert state.authority == region.id
            assert state.registry
            region.go_on_from(state.registry)
        held = self.zhejiang.version, self.shanghai.version
        self.zhejiang.skip_to(max(held))
        self.shanghai.skip_to(max(held))
        return held

    def store(self, path: Path) -> TrustStore:
        """Make a store that holds the next version."""
        store = TrustStore.create(path)
        store.pin("CN-33", version=1, digest=self.zhejiang.pin.digest)
        store.update(self.publish(), at=NOW)
        return store


def update_for_ever(path: Path, world: World, told: int) -> NoReturn:
    """Update a store again and again, and tell each version that has been written."""
    store = TrustStore.open(path)
    while True:
        store.update(world.publish(), at=NOW)
        os.write(told, VERSION.pack(world.zhejiang.version))


def kill_one(path: Path, world: World, after: float) -> dict[str, Any]:
    """Start an updater, kill it some seconds after it has begun, and return what there is then."""
    hears, tells = os.pipe()
    child = os.fork()
    if not child:
        try:
            update_for_ever(path, world, tells)
        finally:
            os._exit(1)  # it never ends by itself
    os.close(tells)
    told = os.read(hears, VERSION.size)
    time.sleep(after)
    os.kill(child, signal.SIGKILL)
    _, status = os.waitpid(child, 0)
    with os.fdopen(hears, "rb") as heard:
        told += heard.read()
    store = TrustStore.open(path)
    versions = world.go_on_from(store)
    return {
        "signal": os.WTERMSIG(status) if os.WIFSIGNALED(status) else 0,
        "told": VERSION.unpack(told[-VERSION.size :])[0],
        "held": versions,
        "left_over": len(contents(path)) - FILES,
    }


class TestKilledUpdaters:
    @pytest.mark.skipif(not hasattr(os, "fork"), reason="fork and SIGKILL")
    def test_leave_the_old_state_or_the_new_one(self, tmp_path: Path) -> None:
        """After each of 200 kills each state is whole: the last that was told of, or the next; anchors first."""
        ran = subprocess.run(
            [sys.executable, __file__, str(tmp_path / "trust")], capture_output=True, text=True, check=False
        )
        assert ran.returncode == 0, ran.stderr
        kills = json.loads(ran.stdout)
        assert [kill["signal"] for kill in kills] == [signal.SIGKILL] * KILLS
        for kill in kills:
            own, recognised = kill["held"]
            assert kill["told"] <= recognised <= own <= kill["told"] + 1
        assert len({kill["told"] for kill in kills}) > KILLS // 10  # it went on all the time
        assert any(kill["left_over"] for kill in kills)  # and was struck in the middle of a commit
        assert set(contents(tmp_path / "trust")) >= {"trust.json", "lock"}
        world = World()
        store = TrustStore.open(tmp_path / "trust")
        world.go_on_from(store)
        store.update(world.publish(), at=NOW)
        assert len(contents(tmp_path / "trust")) == FILES


class Faulty:
    """The module `os`, of which one call fails, or all from one on.

    Attributes:
        calls: the names of the calls that could fail, as they came.
    """

    def __init__(self, at: int = -1, *, for_good: bool = False, error: BaseException | None = None) -> None:
        self.calls: list[str] = []
        self._at = at
        self._for_good = for_good
        self._error = error or OSError(errno.EIO, "Input/output error")

    def __getattr__(self, name: str) -> Any:
        real = getattr(os, name)
        if name not in FAILING:
            return real

        def call(*arguments: Any) -> Any:
            number = len(self.calls)
            self.calls.append(name)
            if number == self._at or (self._for_good and number > self._at >= 0):
                if name == "write":  # a disk fills up in the middle
                    real(arguments[0], arguments[1][: len(arguments[1]) // 2])
                raise self._error
            return real(*arguments)

        return call


def faults() -> list[dict[str, Any]]:
    """Return the ways in which a call can fail."""
    return [
        {},
        {"for_good": True},
        {"error": OSError(errno.ENOSPC, "No space left on device")},
        {"error": OSError(errno.EROFS, "Read-only file system"), "for_good": True},
        {"error": KeyboardInterrupt()},
    ]


def assert_between(found: tuple[HeldState, ...], old: tuple[HeldState, ...], new: tuple[HeldState, ...]) -> None:
    """Check that each state is the old one or the new one, whole; one that is yet to be filled is empty."""
    known: dict[tuple[str, str], list[HeldState]] = {(state.anchor, state.authority): [] for state in (*old, *new)}
    for state in (*old, *new):
        known[state.anchor, state.authority].append(state)
    for state in found:
        empty = not (state.chain or state.registry or state.lists or state.seen)
        assert empty or state in known[state.anchor, state.authority]


class TestFailures:
    """Each call of the operating system fails in turn. How many there are is counted, not known."""

    @pytest.fixture
    def world(self) -> World:
        """Give two regions."""
        return World()

    def changes(self, world: World) -> dict[str, Callable[[TrustStore], object]]:
        """Return the ways in which a store is changed."""
        bundle = world.publish()
        return {
            "update": lambda store: store.update(bundle, at=NOW),
            "pin": lambda store: store.pin("CN-31", version=1, digest=world.shanghai.pin.digest),
            "pin_document": lambda store: store.pin_document(
                world.shanghai.roots[0], digest=world.shanghai.pin.digest, at=NOW
            ),
            "unpin": lambda store: store.unpin("CN-33"),
        }

    @pytest.mark.parametrize("name", ["update", "pin", "pin_document", "unpin"])
    def test_leave_the_old_state_or_the_new_one(
        self, world: World, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, name: str
    ) -> None:
        """Wherever a change fails, it is made or not made, and is made when it is tried again."""
        template = tmp_path / "template"
        old = states_of(world.store(template))
        change = self.changes(world)[name]

        def changed(faulty: Faulty) -> tuple[TrustStore, BaseException | None]:
            path = tmp_path / "trust"
            shutil.rmtree(path, ignore_errors=True)
            shutil.copytree(template, path)
            with monkeypatch.context() as patch:
                patch.setattr(_folder, "os", faulty)
                store = TrustStore(path)
                try:
                    change(store)
                except (StoreError, KeyboardInterrupt) as error:
                    return store, error
            return store, None

        counted = Faulty()
        healthy, error = changed(counted)
        new, whole = states_of(healthy), set(contents(healthy.path))
        assert error is None
        assert {"open", "write", "fsync", "replace", "scandir"} <= set(counted.calls)
        seen: set[bool] = set()
        for at in range(len(counted.calls)):
            for fault in faults():
                store, error = changed(Faulty(at, **fault))
                for found in (TrustStore.open(store.path), store):
                    assert_between(states_of(found), old, new)
                    assert error is not None or states_of(found) == new
                    assert found.registry().environment == "production"
                seen.add(states_of(store) == old)
                self.can_be_tried_again(store, change, new)
                assert set(contents(store.path)) == whole, (at, fault)
        assert seen == {True, False}

    def can_be_tried_again(
        self, store: TrustStore, change: Callable[[TrustStore], object], new: tuple[HeldState, ...]
    ) -> None:
        """Check that the change can be made now, unless it was."""
        try:
            change(store)
        except StoreError as error:
            assert "is no anchor here" in str(error)  # unpinned already
        assert states_of(store) == new
        store.update(b"", at=NOW)  # which clears away what is left over

    def test_at_one_state_leave_the_others_updated(
        self, world: World, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        """A disk on which a recognised region's file finds no room still takes the anchor's revocation."""
        store = world.store(tmp_path / "trust")
        office = world.zhejiang.offices["CN-33-01.WJW"]
        office.revoke()
        bundle = world.publish()
        write = _folder._write

        room: list[bytes] = []

        def full(path: Path, data: bytes) -> None:
            if data not in room and data in {world.shanghai.registries[-1], world.zhejiang.registries[-1]}:
                raise OSError(errno.ENOSPC, "No space left on device", str(path))
            write(path, data)

        with monkeypatch.context() as patch:
            patch.setattr(_folder, "_write", full)
            says = r"\(what concerns CN-33, CN-31 is not kept, and all else is\)"
            with pytest.raises(StoreError, match=says):
                store.update(bundle, at=NOW)
            room.append(world.zhejiang.registries[-1])
            says = r"no space left on device \(what concerns CN-31 is not kept, and all else is\)"
            with pytest.raises(StoreError, match=says):
                store.update(bundle, at=NOW)
        found = TrustStore.open(store.path)
        with pytest.raises(UntrustedError, match="revoked"):
            verify(office.issue(), registry=found.registry(), at=NOW)
        own, recognised = states_of(found)
        assert own.registry == world.zhejiang.registries[-1]
        assert recognised.registry == world.shanghai.registries[-2]
        assert [str(result.outcome) for result in found.update(bundle, at=NOW)].count("applied") == 1

    def test_of_a_creation(self, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
        """A creation that fails has made a store, or can be tried again."""
        path = tmp_path / "trust"

        def create(faulty: Faulty) -> BaseException | None:
            shutil.rmtree(path, ignore_errors=True)
            with monkeypatch.context() as patch:
                patch.setattr(_folder, "os", faulty)
                try:
                    TrustStore.create(path)
                except (StoreError, KeyboardInterrupt) as error:
                    return error
            return None

        counted = Faulty()
        assert create(counted) is None
        for at in range(len(counted.calls)):
            for fault in faults():
                error = create(Faulty(at, **fault))
                if not (path / "trust.json").exists():
                    assert error is not None
                    TrustStore.create(path)
                assert TrustStore.open(path).anchors == {}

    def test_say_what_happened(self, world: World, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
        """A full disk is named, and the store said to be changed no more than it is."""
        store = world.store(tmp_path / "trust")
        bundle = world.publish()

        def full(*_: object) -> int:
            raise OSError(errno.ENOSPC, "No space left on device")

        faulty = Faulty()
        faulty.write = full  # type: ignore[attr-defined]
        with monkeypatch.context() as patch:
            patch.setattr(_folder, "os", faulty)
            with pytest.raises(StoreError, match="cannot change the trust store .*: no space left on device"):
                store.update(bundle, at=NOW)


class TestOrder:
    def test_of_what_reaches_the_disk(self, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
        """A power failure finds a whole state: what comes later is not on the disk before what it stands on.

        A file is brought to the disk before it gets its name; the names of all documents before the record gets
        its; and the record's name before a document is cleared away.
        """
        world = World()
        store = world.store(tmp_path / "trust")
        watch = _Watch(store.path)
        monkeypatch.setattr(_folder, "os", watch)
        store.update(world.publish(), at=NOW)
        assert watch.replaced.count("documents") == 4  # two registries, and the files of their states
        assert watch.replaced[-1] == "record"
        assert watch.unlinked == 4 + 1  # and the guard of what was staged


class _Watch(Faulty):
    """The module `os`, which checks the order of what is done."""

    def __init__(self, path: Path) -> None:
        super().__init__()
        self._path = path
        self._opened: dict[int, str] = {}
        self._unsynced: set[str] = set()
        self.replaced: list[str] = []
        self.unlinked = 0

    def open(self, path: Path, *arguments: int) -> int:
        """Open a file or folder."""
        descriptor = os.open(path, *arguments)
        self._opened[descriptor] = str(path)
        return descriptor

    def write(self, descriptor: int, data: bytes) -> int:
        """Write to a file, half of it at most, as the operating system may."""
        self._unsynced.add(self._opened[descriptor])
        return os.write(descriptor, data[: len(data) // 2 + 1])

    def fsync(self, descriptor: int) -> None:
        """Bring a file or folder to the disk."""
        os.fsync(descriptor)
        self._unsynced.discard(self._opened[descriptor])

    def replace(self, old: Path, new: Path) -> None:
        """Give a file its name."""
        assert str(old) not in self._unsynced
        if new.name == "trust.json":
            assert self._unsynced == set()
        old.replace(new)
        self._unsynced.add(str(new.parent))
        self.replaced.append("record" if new.name == "trust.json" else new.parent.name)

    def unlink(self, path: Path) -> None:
        """Clear a file away."""
        assert self._unsynced == set()
        path.unlink()
        self.unlinked += 1


def main(path: Path) -> None:
    """Kill one updater after the other, and print what each left."""
    chance = random.Random(20260)  # noqa: S311 - to repeat, as far as a scheduler lets itself be repeated
    world = World()
    store = world.store(path)
    start = time.monotonic()
    for _ in range(10):
        store.update(world.publish(), at=NOW)
    longest = min((time.monotonic() - start) / 10 * LONGEST, SECONDS)
    json.dump([kill_one(path, world, chance.uniform(0, longest)) for _ in range(KILLS)], sys.stdout)


if __name__ == "__main__":
    main(Path(sys.argv[1]))
