"""A short run of the fuzzing of tests/fuzz, the same every time, and that it finds what is there to be found."""

import time
from pathlib import Path

import pytest

from fuzz import plain
from fuzz.targets import TARGETS, Target
from fuzz.watch import Watch, input_of

ROUNDS = 250
"""How many changed inputs each target gets here; `python tests/fuzz/run.py` goes on for hours."""


def target(check: object, seeds: list[bytes], **limits: int) -> Target:
    """Return a target that is not about healthpass."""
    return Target(check, lambda: seeds, "no vector", **limits)  # type: ignore[arg-type]


def watched(monkeypatch: pytest.MonkeyPatch, folder: Path, made: Target) -> Watch:
    """Watch a target that is not in the table."""
    monkeypatch.setitem(TARGETS, "made", made)
    return Watch("made", folder)


class TestTargets:
    @pytest.mark.parametrize("name", TARGETS)
    def test_hold_for_their_seeds_and_changes_of_them(self, name: str, tmp_path: Path) -> None:
        """Whatever goes in, the property of each target holds."""
        watch = Watch(name, tmp_path)
        if name == "scan":
            pytest.importorskip("zxingcpp")
        seeds = watch.target.seeds()
        assert seeds
        outcome = plain.fuzz(watch, seconds=60, executions=min(len(seeds), 100) + ROUNDS)
        assert [path.read_text(encoding="utf-8") for path in outcome.findings] == []
        assert outcome.executions >= ROUNDS


class TestWatch:
    def test_writes_a_finding_once(self, monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
        """An exception becomes a file that holds the input; the same one again does not."""

        def check(data: bytes) -> None:
            assert b"\xff" not in data

        watch = watched(monkeypatch, tmp_path, target(check, [b""]))
        for data in (b"fine", b"\xff", b"again \xff"):
            watch(data)
        (path,) = tmp_path.iterdir()
        assert input_of(path) == b"\xff"
        assert "as a vector: no vector" in path.read_text(encoding="utf-8")

    def test_notices_a_slow_input(self, monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
        """Processor time over the limit is a finding."""

        def check(_: bytes) -> None:
            end = time.process_time() + 0.02
            while time.process_time() < end:
                pass

        watch = watched(monkeypatch, tmp_path, target(check, [b""], milliseconds=5))
        watch(b"")
        assert "LimitError" in next(tmp_path.iterdir()).read_text(encoding="utf-8")

    def test_notices_a_greedy_input(self, monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
        """Memory over the limit is a finding."""

        def check(_: bytes) -> None:
            held.append(b"\1" * (peak + 64 * 2**20))

        from fuzz.watch import _peak

        held: list[bytes] = []
        peak = _peak() * 1024
        watch = watched(monkeypatch, tmp_path, target(check, [b""], milliseconds=60_000))
        watch(b"")
        assert "MiB" in next(tmp_path.iterdir()).read_text(encoding="utf-8")


class TestPlain:
    def test_reaches_what_a_seed_does_not(self, monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
        """Changes of an input find the planted bug behind it, in the same round every time."""

        def check(data: bytes) -> None:
            assert not (data.startswith(b"HP1:") and len(data) > 12)

        watch = watched(monkeypatch, tmp_path, target(check, [b"HP1:6BF"]))
        first = plain.fuzz(watch, seconds=60, executions=500)
        assert len(first.findings) == 1
        found = input_of(first.findings[0])
        first.findings[0].unlink()
        again = plain.fuzz(Watch("made", tmp_path), seconds=60, executions=500)
        assert input_of(again.findings[0]) == found
