"""`healthpass registry publish` is killed, or the disk is full: what is published stays whole, and a version one.

`HEALTHPASS_KILLS` says how often it is killed at a random time; more than the default is for the night.
"""

import json
import os
import random
import resource
import signal
import sys
import time
from collections.abc import Callable
from pathlib import Path

import pytest

from healthpass import SigningKey
from healthpass.authority import RegistryDocument, Root, open_document
from healthpass.cli import main
from healthpass.documents._opened import OpenedDocument, open_bundle
from healthpass.trust._held import Pin
from healthpass.trust._trust import Trust
from healthpass.trust._update import updated

KILLS = int(os.environ.get("HEALTHPASS_KILLS", "12"))
SECONDS = 1_793_577_600  # 2026-11-02T00:00:00Z
AT = "2026-10-20T00:00:00Z"
STEPS = frozenset({"open", "os.rename", "os.link", "os.remove", "os.mkdir"})


@pytest.fixture(autouse=True)
def folder(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> Path:
    """Publish the first registry of an authority whose root one person signs."""
    monkeypatch.chdir(tmp_path)
    for name in "am":
        key = SigningKey.from_seed(name.encode() * 32)
        Path(f"{name}.pem").write_text(key.to_pem())
        Path(f"{name}.pub").write_text(key.public_key.to_pem())
    keys = ("--root-key", "a.pub", "--root-threshold", "1", "--registry-key", "m.pub", "--registry-threshold", "1")
    names = ("--name-zh", "浙江省", "--name-en", "Zhejiang", "--valid-for", "28d", "--at", AT)
    for command in (
        ("authority", "new", "CN-33", *keys, "--valid-for", "400d", "--at", AT, "--out", "root.json"),
        ("authority", "sign", "root.json", "--key", "a.pem", "--out", "root-1.cbor"),
        ("registry", "new", "root-1.cbor", *names, "--out", "registry.json"),
        publishing(AT, "--root", "root-1.cbor"),
    ):
        assert main(command) == 0
    return tmp_path


def publishing(at: str, *arguments: str) -> tuple[str, ...]:
    """Return the command of the routine."""
    return (
        "registry",
        "publish",
        "registry.json",
        "--key",
        "m.pem",
        "--published",
        "site",
        "--at",
        at,
        *arguments,
    )


def in_a_child(command: tuple[str, ...], prepare: Callable[[], None]) -> int:
    """Start a command in a process of its own; return its pid."""
    sys.stdout.flush()
    if pid := os.fork():
        return pid
    code = 99
    try:
        nowhere = os.open(os.devnull, os.O_WRONLY)
        os.dup2(nowhere, 1)
        os.dup2(nowhere, 2)
        prepare()
        code = main(command)
    finally:
        os._exit(code)


def killed_at(step: int) -> Callable[[], None]:
    """Return what has a process kill itself at this step of all that it does with files."""
    left = [step]

    def hook(event: str, _: object) -> None:
        if event in STEPS:
            left[0] -= 1
            if left[0] < 0:
                os.kill(os.getpid(), signal.SIGKILL)

    return lambda: sys.addaudithook(hook)


class Watch:
    """Somebody who keeps every registry that is ever seen, and lets a gate take what is published."""

    def __init__(self) -> None:
        self.seen: dict[int, bytes] = {}

    def look(self) -> int:
        """Look at what is published and kept; return the version that a gate comes to hold."""
        for path in (*Path().glob("registry-*.cbor"), Path("site/registry.cbor")):
            self._note(path.read_bytes())
        bundle = Path("site/bundle.cbor").read_bytes()
        for one in open_bundle(bundle):
            assert isinstance(one, OpenedDocument)
            if isinstance(one.claims, RegistryDocument):
                self._note(one.content)
        json.loads(Path("registry.json").read_text(encoding="utf-8"))
        trust, first = Trust(), open_document(Path("site/root-1.cbor").read_bytes())
        assert isinstance(first.content, Root)
        trust.pin(Pin(first.content.authority, 1, first.digest))
        assert {result.outcome.kind for result in updated(trust, bundle, at=SECONDS)} == {"done"}
        usable = trust.states[0].usable
        assert usable
        return usable.statement.version

    def _note(self, document: bytes) -> None:
        signed = open_document(document)
        assert self.seen.setdefault(signed.content.version, signed.digest) == signed.digest


def minute(number: int) -> str:
    """Return another time for each run."""
    return f"2026-10-2{1 + number // 1440}T{number // 60 % 24:02}:{number % 60:02}:00Z"


class TestKilled:
    """At any point."""

    def test_at_each_step(self) -> None:
        """Killed before each thing that it does with a file: old or new, whole, and the next run goes on."""
        watch, step, killed = Watch(), 0, True
        while killed:
            before = watch.look()
            pid = in_a_child(publishing(minute(2 * step)), killed_at(step))
            killed = os.WIFSIGNALED(os.waitpid(pid, 0)[1])
            assert watch.look() in {before, before + 1}
            assert main(publishing(minute(2 * step + 1))) == 0
            assert watch.look() in {before + 1, before + 2}
            assert Path("site/registry.cbor").read_bytes() == Path(f"registry-{watch.look()}.cbor").read_bytes()
            step += 1
        assert step > 20

    def test_at_random(self) -> None:
        """Killed at a random time."""
        watch, chance = Watch(), random.Random(1)  # noqa: S311 - a time to kill
        began = time.monotonic()
        assert os.waitpid(in_a_child(publishing(minute(0)), lambda: None), 0)[1] == 0
        takes = time.monotonic() - began
        for number in range(1, KILLS + 1):
            pid = in_a_child(publishing(minute(number)), lambda: None)
            time.sleep(chance.uniform(0, takes))
            os.kill(pid, signal.SIGKILL)
            os.waitpid(pid, 0)
            watch.look()
        last = watch.look()
        assert main(publishing("2026-10-28T00:00:00Z")) == 0
        assert watch.look() > last - 1


class TestFullDisk:
    """At each write."""

    def test_each_write(self) -> None:
        """A write that finds no room leaves what is published as it was, and the next run goes on."""
        watch, failed = Watch(), set()
        for number, room in enumerate(range(0, 1_000, 25)):
            old = {path.name: path.read_bytes() for path in Path("site").iterdir()}

            def limit(room: int = room) -> None:
                resource.setrlimit(resource.RLIMIT_FSIZE, (room, room))

            pid = in_a_child(publishing(minute(2 * number)), limit)
            code = os.waitstatus_to_exitcode(os.waitpid(pid, 0)[1])
            before = watch.look()
            assert code in {0, 2}
            if code:
                failed.add(max(path.stat().st_mtime_ns for path in Path("site").iterdir()))
                assert {path.name: path.read_bytes() for path in Path("site").iterdir()} == old
            assert main(publishing(minute(2 * number + 1))) == 0
            assert watch.look() == before + 1
        assert len(failed) > 3
