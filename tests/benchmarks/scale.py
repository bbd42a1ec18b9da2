"""Measure ledgers that grow, and many writers at once: `python tests/benchmarks/scale.py`.

SQLite and a real PostgreSQL, which waits for the disk as in production (`fsync=on`), side by side. Times are by
the clock, since most of the work is in another process: let nothing else run. What matters is how they grow from
one size to the next. A night is computed from what one core issues and what one ledger takes.
"""

import argparse
import itertools
import json
import os
import random
import statistics
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from datetime import UTC, datetime, timedelta
from functools import partial
from pathlib import Path
from typing import Any, Final

# As a script this file sees its own folder alone, and it shares modules with the tests.
sys.path.insert(0, str(Path(__file__).resolve().parents[1]))

from benchmarks.measuring import build, heading, row
from forging import ISSUER, KEY
from healthpass import Color, HealthCode, Issuer, SigningKey, StatusPlace
from healthpass.ledger import CodeRecord, DatabaseLedger, SqliteLedger, open_ledger, publish
from healthpass.ledger.postgres import PostgresLedger
from postgres import Postgres, binaries

BASE: Final = "https://status.example.cn/hz"
STATUS_KEY: Final = SigningKey.generate()
DAY: Final = timedelta(days=1)
SECOND: Final = timedelta(seconds=1)
DAYS: Final = 10  # on which the codes of a ledger expire
AT_ONCE: Final = 1_000  # codes of a batch
KID: Final = bytes(8)
NIGHT: Final = 60_000_000
CORES: Final = (16, 64, 256)
WHO: Final[dict[str, Any]] = {"by": "programme", "why": "the colours of the night"}


def now() -> datetime:
    """Return the time, in whole seconds."""
    return datetime.now(UTC).replace(microsecond=0)


def records(ledger: DatabaseLedger, count: int, at: datetime, days: int = 1) -> list[CodeRecord]:
    """Make records of codes, with places; each batch expires at the end of one of several days."""
    end = at.replace(hour=0, minute=0, second=0) + (2 + random.randrange(days)) * DAY - SECOND  # noqa: S311
    return [
        CodeRecord(cti=os.urandom(12), place=ledger.take(), kid=KID, issued_at=at, expires_at=end, **WHO)
        for _ in range(count)
    ]


def seconds(function: Callable[[], object]) -> float:
    """Return the seconds that a function takes by the clock."""
    before = time.perf_counter()
    function()
    return time.perf_counter() - before


def write(where: str, count: float) -> None:
    """Record batches of 100 for some seconds, and print what left: this is a program of its own."""
    with open_ledger(where) as ledger:
        print("ready", flush=True)
        sys.stdin.readline()
        end = time.monotonic() + count
        left = []
        while time.monotonic() < end:
            codes = records(ledger, 100, now())
            ledger.record(codes)
            left += [[code.cti.hex(), code.place.list, code.place.index] for code in codes]
    print(json.dumps(left))


def writing(name: str, where: str, writers: int, count: float) -> None:
    """Let processes write to one ledger at once, and print what came of it."""
    command = [sys.executable, __file__, "--write", where, str(count)]
    running = [
        subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True) for _ in range(writers)
    ]
    for one in running:
        assert one.stdout
        assert one.stdout.readline() == "ready\n"
    for one in running:
        assert one.stdin
        one.stdin.write("\n")
        one.stdin.flush()
    told = [json.loads(one.communicate()[0]) for one in running]
    left = {bytes.fromhex(cti): StatusPlace(*place) for cti, *place in itertools.chain(*told)}
    with open_ledger(where) as ledger:
        known = ledger.recorded(left)
        ledger.verify_chain()
    lost = sum(cti not in known or known[cti].place != place for cti, place in left.items())
    doubled = sum(map(len, told)) - len(set(left.values()))
    counts = sorted(map(len, told))
    row(f"{name}, {writers} writers for {count:.0f} s: codes", f"{len(left):,}")
    row("lost; doubled", f"{lost}; {doubled}", "0; 0")
    row("codes of the slowest writer / of the fastest", f"{counts[0] / max(counts[-1], 1):.2f}")


def fill(ledger: DatabaseLedger, count: int, at: datetime) -> float:
    """Record codes, 1 % of which are withdrawn, and return the seconds a code takes."""
    took = 0.0
    for _ in range(count // AT_ONCE):
        codes = records(ledger, AT_ONCE, at, DAYS)
        took += seconds(partial(ledger.record, codes))
        ledger.revoke_many([code.cti for code in codes[::100]], **WHO)
    return took / count


def history_of_one(ledger: DatabaseLedger, at: datetime) -> float:
    """Return the seconds that the history of a code takes, in the middle of 50."""
    codes = [records(ledger, 1, at, DAYS)[0] for _ in range(50)]
    ledger.record(codes)
    return statistics.median(seconds(partial(ledger.history, code.cti)) for code in codes)


def growing(name: str, make: Callable[[], DatabaseLedger], size: Callable[[], int], sizes: list[int]) -> None:
    """Print what things cost in a ledger of one size after the other."""
    at = now()
    with make() as ledger:
        filled = 0
        for count in sizes:
            ledger._database.tidy(0)
            before = size()
            took = fill(ledger, count - filled, at)
            ledger._database.tidy(0)
            each = (size() - before) / (count - filled)
            filled = count
            batches = [records(ledger, AT_ONCE, at, DAYS) for _ in range(9)]
            once = statistics.median(seconds(partial(ledger.record, batch)) for batch in batches)
            published = seconds(lambda: publish(ledger, BASE, STATUS_KEY, lifetime=DAY))
            row(f"{name}, {count:,} codes: recorded until here, us a code", f"{took * 1e6:.1f}")
            row("a batch of 1,000 recorded, ms", f"{once * 1e3:.1f}")
            row(f"published, ms: {len(ledger.lists())} lists, 1 % withdrawn", f"{published * 1e3:.0f}")
            row("the history of one code, ms", f"{history_of_one(ledger, at) * 1e3:.2f}")
            row("bytes a code, log and all indexes included", f"{each:.0f}")
        after = at.replace(hour=0, minute=0, second=0) + 10 * DAY  # the first of the days is over since 8
        dropped = 0

        def drop() -> None:
            nonlocal dropped
            dropped = ledger.forget(at=after, after_pause=True)

        took = seconds(drop)
        each = 1e6 / max(dropped, 1)
        row(f"a day of {dropped:,} codes dropped, ms; us a code", f"{took * 1e3:.0f}; {took * each:.2f}")
        took = seconds(lambda: ledger.forget(at=after, keep_history=8 * DAY, after_pause=True))
        row("its history forgotten, ms; us a code", f"{took * 1e3:.0f}; {took * each:.2f}")


def held(ledger: DatabaseLedger, batches: int) -> float:
    """Return for how long nobody else can write while a batch is recorded, in seconds a code."""
    database, times = ledger._database, []
    before = database.writing

    @contextmanager
    def timed(*arguments: object) -> Iterator[object]:
        with before(*arguments) as connection:  # type: ignore[arg-type]
            start = time.perf_counter()
            yield connection
        times.append(time.perf_counter() - start)  # until the commit is on the disk

    codes = [records(ledger, AT_ONCE, now()) for _ in range(batches)]
    database.writing = timed  # type: ignore[method-assign, assignment]
    for one in codes:
        ledger.record(one)
    del database.writing
    return statistics.median(times) / AT_ONCE


def night(name: str, ledger: DatabaseLedger, batches: int) -> None:
    """Print what a night of 60 million codes takes, from what one core and the ledger do."""
    issuer = Issuer(ISSUER, signer=KEY, lifetime=DAY, ledger=ledger)
    code = HealthCode(color=Color.GREEN, holder="张*丰")
    before = time.process_time()
    for _ in range(batches):
        issuer.issue_many([code] * AT_ONCE, **WHO)
    core = (time.process_time() - before) / batches / AT_ONCE
    lock = held(ledger, batches)
    row(f"{name}: one core issues and records, us a code", f"{core * 1e6:.1f}")
    row("nobody else can write, us a code", f"{lock * 1e6:.1f}")
    for cores in CORES:
        making, taking = NIGHT * core / cores / 60, NIGHT * lock / 60
        bound = "the ledger" if taking > making else "the cores"
        row(f"60,000,000 codes on {cores} cores, minutes; what bounds them", f"{max(making, taking):.0f}; {bound}")


def main() -> None:
    """Measure."""
    arguments = argparse.ArgumentParser(description=__doc__)
    arguments.add_argument("--write", nargs=2, help=argparse.SUPPRESS)
    arguments.add_argument("--writers", type=int, default=16)
    arguments.add_argument("--seconds", type=float, default=60)
    arguments.add_argument("--sizes", type=int, nargs="*", default=[10_000, 100_000, 1_000_000, 10_000_000])
    arguments.add_argument("--batches", type=int, default=40, help="of 1,000 codes, for the night")
    arguments.add_argument("--only", choices=["sqlite", "postgresql"])
    chosen = arguments.parse_args()
    if chosen.write:
        write(chosen.write[0], float(chosen.write[1]))
        return
    print(build())
    heading("Ledgers")
    if chosen.only != "postgresql":
        with tempfile.TemporaryDirectory() as folder:
            numbers = itertools.count()

            def sqlite() -> SqliteLedger:
                return SqliteLedger.create(f"{folder}/{next(numbers)}", ISSUER)

            def size() -> int:
                return sum(file.stat().st_size for file in Path(folder).rglob("ledger.db"))

            sqlite().close()
            writing("SQLite", f"{folder}/0", chosen.writers, chosen.seconds)
            with sqlite() as ledger:
                night("SQLite", ledger, chosen.batches)
            growing("SQLite", sqlite, size, chosen.sizes)
    if chosen.only != "sqlite" and binaries() is None:
        row("PostgreSQL", "not measured: it is not installed")
    elif chosen.only != "sqlite":
        server = Postgres(fsync="on", shared_buffers="1GB", max_wal_size="4GB")
        try:
            PostgresLedger.create(url := server.database(), ISSUER).close()
            writing("PostgreSQL", url, chosen.writers, chosen.seconds)
            with PostgresLedger.create(server.database(), ISSUER) as other:
                night("PostgreSQL", other, chosen.batches)
            name = server.database()
            growing(
                "PostgreSQL", lambda: PostgresLedger.create(name, ISSUER), lambda: server.size(name), chosen.sizes
            )
        finally:
            server.remove()


if __name__ == "__main__":
    main()
