"""The contract on processes that work at once, and on those that are killed (STI-1, STI-4, STI-6)."""

import inspect
import json
import os
import subprocess
import sys
from pathlib import Path
from typing import NamedTuple

import pytest

from healthpass.credential._health import StatusPlace
from healthpass.ledger.contract._desk import ISSUER, WHO, Desk, Ledgers, differ

_PROGRAM = """
import json, sys
sys.path[:] = json.loads(sys.argv[1])["path"]
from healthpass.ledger.contract._writers import main
main()
"""
_TIMEOUT = 300  # seconds, on a machine that is busy


class _Told(NamedTuple):
    """What the workers wrote down outside of the ledger: what left, and what was withdrawn when they say so."""

    left: dict[bytes, StatusPlace]
    withdrawn: set[bytes]


class ProcessesContract(Ledgers):
    """Whatever processes work at once, and wherever they are killed, nothing is lost or doubled."""

    def test_writers_at_once_lose_and_double_nothing(self, desk: Desk, tmp_path: Path) -> None:
        """Several processes issue and withdraw at once: each code is recorded once, each place is one code's."""
        told = self._work(tmp_path, kills=0)
        judge(desk, told)
        assert differ(desk.chosen().keys(), told.left.keys()) == "", "codes that nobody has issued"

    def test_killed_writers_lose_and_double_nothing(self, desk: Desk, tmp_path: Path) -> None:
        """Writers are killed anywhere: what left is recorded, what was withdrawn stays so, and work goes on."""
        judge(desk, self._work(tmp_path, kills=self.kills))
        self.end_leases_if_any()
        before = {desk.ledger.history(cti)[0].place for cti in desk.chosen()}
        assert not {code.place for code in desk.issue(400)} & before

    def end_leases_if_any(self) -> None:
        """Let the leases of the dead end, where the ledger has leases."""
        try:
            self.end_leases()
        except pytest.skip.Exception:
            return

    def _work(self, tmp_path: Path, *, kills: int) -> _Told:
        if not hasattr(os, "fork"):
            pytest.skip("needs POSIX, where processes fork")
        notes = tmp_path / "notes"
        notes.mkdir()
        told = {
            "path": sys.path,
            "file": inspect.getfile(type(self)),
            "module": type(self).__module__,
            "name": type(self).__qualname__,
            "folder": str(tmp_path / "ledger"),
            "issuer": ISSUER,
            "notes": str(notes),
            "writers": self.writers,
            "seconds": self.seconds,
            "kills": kills,
        }
        ran = subprocess.run(  # noqa: S603 - this Python
            [sys.executable, "-c", _PROGRAM, json.dumps(told)],
            capture_output=True,
            text=True,
            check=False,
            timeout=_TIMEOUT,
        )
        assert ran.returncode == 0, f"the writers failed:\n{ran.stdout}{ran.stderr}"
        return _read(notes)


def _read(notes: Path) -> _Told:
    told = _Told({}, set())
    for file in notes.iterdir():
        for line in file.read_text().splitlines():
            cti, *place = line.split()
            if place:
                assert bytes.fromhex(cti) not in told.left
                told.left[bytes.fromhex(cti)] = StatusPlace(*map(int, place))
            else:
                told.withdrawn.add(bytes.fromhex(cti))
    return told


def judge(desk: Desk, told: _Told) -> None:
    """Compare what left with what the ledger says."""
    ledger = desk.other()
    known = desk.chosen(ledger)
    assert told.left, "the writers issued nothing"
    assert told.withdrawn, "the writers withdrew nothing"
    assert not told.left.keys() - known.keys(), "codes left that are not recorded"
    places = {}
    for cti in known:
        actions = [action.action for action in ledger.history(cti)]
        assert actions.count("issued") == 1, "a code was recorded twice"
        assert actions[1:] in ([], ["revoked"]), "a code was withdrawn twice"
        places[cti] = ledger.history(cti)[0].place
    assert len(set(places.values())) == len(places), "a place was given to two codes"
    assert [cti for cti, place in told.left.items() if places[cti] != place] == [], (
        "other places than the codes have"
    )
    assert sum(ledger.batch(line).codes for line in {code.batch for code in known.values()}) == len(known)
    withdrawn = {cti for cti, code in known.items() if code.withdrawn}
    assert not told.withdrawn - withdrawn, "withdrawals were lost"
    assert differ(desk.shown(ledger), {places[cti] for cti in withdrawn}) == ""
    assert ledger.verify_chain() == ledger.head()
    ledger.revoke(next(iter(told.left)), **WHO)
