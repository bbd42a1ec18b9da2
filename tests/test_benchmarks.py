"""The benchmarks: each runs, with few codes, and measures what it says. No time is judged here."""

import os
import re
import subprocess
import sys
from collections.abc import Sequence
from pathlib import Path
from typing import Final

import pytest

import prove
from benchmarks import instructions, peers
from benchmarks.measuring import build, compare

FOLDER: Final = Path(__file__).resolve().parent / "benchmarks"
SMALL: Final = {  # what is run: those that can be told to take few codes, and one that is quick anyhow
    **{name: ["--count", "2"] for name in prove.BENCHMARKS if '"--count"' in (FOLDER / name).read_text("utf-8")},
    "lists.py": [],
    "scale.py": ["--writers", "2", "--seconds", "1", "--sizes", "1000", "2000", "--batches", "1"],
}
DUMP: Final = """\
version: 1
ob=(1) /lib/python3.11/lib-dynload/libpython3.11.so.1.0
fn=(1) loop
10 7
+2 1
cfn=(2) verify
cob=(2) /lib/python3.11/site-packages/nacl/_sodium.abi3.so
calls=3 0
10 600

ob=(2)
fn=(2)
0 500
* 100
ob=(3) /lib/libc.so.6
fn=(3) memcpy
-4 2
totals: 610
"""


def run(name: str, *arguments: str) -> list[list[str]]:
    """Run a benchmark without a package index; return the cells of the rows that it prints."""
    done = subprocess.run(
        [sys.executable, FOLDER / name, *arguments],
        env={**os.environ, "PIP_NO_INDEX": "1", "PIP_FIND_LINKS": ""},
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode == 0, done.stderr
    lines = [line for line in done.stdout.splitlines() if line.startswith("|")]
    return [[cell.strip() for cell in line.strip("|").split("|")] for line in lines]


def figure(rows: Sequence[Sequence[str]], name: str) -> float:
    """Return the figure of a row."""
    return next(float(cells[1]) for cells in rows if cells[0] == name)


class TestScripts:
    @pytest.mark.parametrize("name", SMALL)
    def test_run_with_few_codes(self, name: str) -> None:
        """Each prints a table of three columns."""
        rows = run(name, *SMALL[name])
        assert ["---", "---", "---"] in rows
        assert len(rows) > 2
        assert {len(cells) for cells in rows} == {3}
        if name == "peers.py":
            assert rows[-1][1] == "not measured: their packages cannot be installed"

    def test_all_are_proved(self) -> None:
        """`.ci/prove` runs each, and nothing that only helps them."""
        assert {"ratios.py", "instructions.py", "peers.py", "registries.py", "lists.py", "hostile.py"} <= {
            *prove.BENCHMARKS
        }
        assert "peer_worker.py" not in prove.BENCHMARKS
        for name in prove.BENCHMARKS:
            assert "main(" in (FOLDER / name).read_text("utf-8")


class TestMeasuring:
    def test_a_ratio_is_the_median_of_the_turns(self) -> None:
        """One slow turn of either side changes nothing."""
        turns = iter([2.0, 90.0, 4.0, 2.0, 2.0])
        asked: list[tuple[int, int]] = []

        def ours(start: int, end: int) -> float:
            asked.append((start, end))
            return next(turns)

        assert compare(ours, lambda *_: 1.0, 25, batch=5) == 2.0
        assert asked == [(0, 5), (5, 10), (10, 15), (15, 20), (20, 25)]

    def test_the_build_is_told(self) -> None:
        """The version of Python and its compiler's options stand in the table."""
        assert sys.version.split()[0] in build()
        assert re.search(r"-O|no -O", build())


class TestInstructions:
    def test_are_of_the_place_that_has_them(self) -> None:
        """What a called function took is not counted twice, and a number stands for a file named before."""
        assert instructions.places(DUMP) == {"Python": 8, "libsodium": 600, "other": 2}

    def test_need_valgrind(self, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]) -> None:
        """Without it a row says so."""
        monkeypatch.setenv("PATH", "")
        assert instructions.main(["--count", "1"]) == 0
        assert "not measured: valgrind is not installed" in capsys.readouterr().out

    def test_work_without_valgrind(self) -> None:
        """What is counted runs alone too."""
        instructions.work(1)


class TestPeers:
    def test_work_in_turns(self, capsys: pytest.CaptureFixture[str]) -> None:
        """A worker issues and verifies; the one peer whose packages the tests have stands for all."""
        peers.table(sys.executable, 2, [peer for peer in peers.PEERS if peer.key == "openssl"])
        rows = [[cell.strip() for cell in line.split("|")[1:-1]] for line in capsys.readouterr().out.splitlines()]
        assert figure(rows, "`verify()` / bare OpenSSL") > 0
        assert figure(rows, "`issue()` / bare OpenSSL") > 0
        assert rows[2][1].startswith("cryptography ")

    def test_each_has_a_worker(self) -> None:
        """The table and the workers name the same peers."""
        from benchmarks.peer_worker import PEERS

        assert {peer.key for peer in peers.PEERS} == {*PEERS}
