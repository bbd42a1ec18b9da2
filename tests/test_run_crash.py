"""Workers of a run that are really killed: two processes, one ledger, the same orders in other batches.

As a program of its own, this file keeps two workers busy for a night. It has no threads, so that forking is sound.
A worker takes the orders in an order of its own, and writes what leaves into a file; it may be told to kill itself
at a certain step.
"""

import json
import os
import random
import signal
import subprocess
import sys
import time
import traceback
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any, Final, NoReturn

import pytest

from forging import DAY, ISSUER, KEY
from healthpass import Color, HealthCode, Issued, Issuer, Order, Registry, StatusPlace, verify
from healthpass.ledger import SqliteLedger

ORDERS: Final = 1_000
STEPS: Final = ("take", "record", "recorded", "leave")
LEASE: Final = timedelta(seconds=2)  # so that others get the places of the dead within the test

pytestmark = pytest.mark.skipif(not hasattr(signal, "SIGKILL"), reason="SIGKILL")


def orders() -> list[tuple[str, Order]]:
    """Return the orders, no two alike."""
    document = ("resident-id", "11010519491231002X")
    holders = (f"{chr(0x4E00 + n)}*" for n in range(ORDERS))
    return [
        (f"order-{n}", Order(HealthCode(color=Color.GREEN, holder=holder), document=document))
        for n, holder in enumerate(holders)
    ]


def worker(ledger: SqliteLedger, start: datetime, out: Path, *dying: str) -> None:
    """Carry all orders out, or die on the way: `dying` is a seed, a step, and which time of it."""
    seed, step, left = int(dying[0]), dying[1], int(dying[2])

    def strike(now: str) -> None:
        nonlocal left
        left -= now == step
        if now == step and left == 0:
            os.kill(os.getpid(), signal.SIGKILL)

    class Mortal:
        """The ledger, in the hands of somebody who may die."""

        issuer, begin_run, recorded, give_back = (
            ledger.issuer,
            ledger.begin_run,
            ledger.recorded,
            ledger.give_back,
        )

        def take(self) -> StatusPlace:
            """Take a place."""
            strike("take")
            return ledger.take()

        def record(self, codes: Any) -> None:
            """Write codes down."""
            strike("record")
            ledger.record(codes)
            strike("recorded")

    issuer = Issuer(ISSUER, signer=KEY, lifetime=DAY, jitter=DAY / 24, ledger=Mortal())
    run = issuer.begin_run("night", at=start, by="night program", why="negative test")
    chance = random.Random(seed)  # noqa: S311 - an order
    waiting = chance.sample(orders(), ORDERS)
    with out.open("ab", buffering=0) as file:
        while waiting:
            size = chance.randint(1, 150)
            batch, waiting = waiting[:size], waiting[size:]
            results = run.issue(batch)
            strike("leave")
            for (ref, _), issued in zip(batch, results, strict=True):
                assert isinstance(issued, Issued), issued
                file.write(f"{ref}\t{issued.text}\t{(issued.opening or b'').hex()}\n".encode())


class Night:
    """Keeps two workers busy until two of them have carried out all orders."""

    def __init__(self, folder: Path, start: str) -> None:
        self.folder = folder
        self.start = datetime.fromisoformat(start)
        self.killed = self.ended = self.started = 0
        # At a step, the first time or later; or at any time, in seconds.
        self._deaths = [(step, nth) for nth in (1, 2, 3) for step in STEPS] + [(None, n / 10) for n in range(3, 9)]
        self._living: dict[int, float] = {}

    def spend(self) -> None:
        """Spend the night."""
        while self.ended < 2:
            while len(self._living) < 2:
                self._begin()
            time.sleep(0.02)
            for one, end in list(self._living.items()):
                if time.monotonic() > end:
                    os.kill(one, signal.SIGKILL)
                self._bury(one, os.WNOHANG)
        for one in list(self._living):
            self._bury(one)

    def _begin(self) -> None:
        step, nth = self._deaths.pop(0) if self._deaths else (None, float("inf"))
        out = self.folder / f"out-{self.started}"
        told = f"{self.started} {step or '-'} {int(nth) * (40 if step == 'take' else 1) if step else 0}"
        one = os.fork()
        if not one:
            self._work(out, *told.split())
        self._living[one] = float("inf") if step else time.monotonic() + nth
        self.started += 1

    def _work(self, out: Path, *dying: str) -> NoReturn:
        try:
            with SqliteLedger(self.folder / "ledger", block_size=64, lease=LEASE) as ledger:
                worker(ledger, self.start, out, *dying)
        except BaseException:  # noqa: BLE001 - it is told
            traceback.print_exc()
            os._exit(1)
        os._exit(0)

    def _bury(self, one: int, how: int = 0) -> None:
        found, status = os.waitpid(one, how)
        if found:
            del self._living[one]
            code = os.waitstatus_to_exitcode(status)
            assert code in {0, -signal.SIGKILL}
            self.killed += code != 0
            self.ended += code == 0


class TestKilledWorkers:
    def test_make_one_code_for_each_order(self, tmp_path: Path) -> None:
        """Two workers at a time, killed wherever it hurts: each order has one code, and no place has two."""
        SqliteLedger.create(tmp_path / "ledger", ISSUER).close()
        start = datetime.now(UTC).replace(microsecond=0)
        command = [sys.executable, __file__, str(tmp_path), start.isoformat()]
        assert json.loads(subprocess.run(command, stdout=subprocess.PIPE, check=True).stdout) >= 6

        left: dict[str, str] = {}
        for path in tmp_path.glob("out-*"):
            whole, _, _torn = path.read_bytes().rpartition(b"\n")
            for line in whole.decode().splitlines():
                ref, _, rest = line.partition("\t")
                assert left.setdefault(ref, rest) == rest
        assert len(left) == len(set(left.values())) == ORDERS
        registry = Registry.pinned({ISSUER: [KEY.public_key]})
        places = set()
        with SqliteLedger(tmp_path / "ledger") as ledger:
            assert ledger.verify_chain() == ledger.head()
            for rest in left.values():
                verified = verify(rest.partition("\t")[0], registry=registry, at=start, waive={"status-unknown"})
                kept = ledger.recorded([verified.cti])[verified.cti]
                assert kept.place == verified.health.status
                places.add(kept.place)
            with ledger._database.reading("count") as connection:
                assert connection.execute("SELECT COUNT(*) FROM codes").fetchone() == (ORDERS,)
        assert len(places) == ORDERS


if __name__ == "__main__":
    night = Night(Path(sys.argv[1]), sys.argv[2])
    night.spend()
    json.dump(night.killed, sys.stdout)
