"""Measure many codes at once, from files to files: `python tests/benchmarks/bulk.py`.

`work_locally` issues and verifies in one process and in two, with a ledger in a folder; beside it the library does
the same with as many codes of its own. Times are of the processor, all processes together, so that the disk is not
in them; a program of its own does each, and what it takes for one code is taken off. `--count 1000000` is fine.
"""

import argparse
import os
import pickle
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable, Iterable, Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any, Final, NamedTuple

import pyarrow as pa
import pyarrow.compute as pc
import pyarrow.dataset as ds
import pyarrow.parquet as pq

# As a script this file sees its own folder alone, and it shares modules with the tests.
sys.path.insert(0, str(Path(__file__).resolve().parents[1]))

from benchmarks.measuring import build, heading, row
from benchmarks.typical import HOLDER, ISSUER, KEY, REGISTRY, WAIVE
from healthpass import Color, HealthCode, Issuer, Order, Verifier
from healthpass.bulk import Issuing, Task, Verifying
from healthpass.ledger import RunTerms, SqliteLedger

SAMPLE: Final = 20_000  # codes of the library beside it
BATCH: Final = 10_000
DOCUMENT: Final = ("resident-id", "11010519491231002X")
START: Final = datetime.now(UTC).replace(microsecond=0)
TERMS: Final = RunTerms(
    "night", START, timedelta(days=1), timedelta(hours=2), KEY.public_key.kid, "night program", "negative test"
)
PROGRAM: Final = """
import multiprocessing, os, pickle, sys
from pathlib import Path
from healthpass.bulk import work_locally

most = [0]

def look(*_):
    for pid in [process.pid for process in multiprocessing.active_children()] or [os.getpid()]:
        lines = Path(f"/proc/{pid}/status").read_text().splitlines() if Path("/proc").exists() else []
        most.extend(int(line.split()[1]) for line in lines if line.startswith("VmHWM:"))

def main():
    task, source, out, jobs = sys.argv[1:]
    work_locally(pickle.loads(bytes.fromhex(task)), source, out, jobs=int(jobs), progress=look)
    print(max(most))

if __name__ == "__main__":
    main()
"""


class Spent(NamedTuple):
    """What a program has spent.

    Attributes:
        processor: seconds of the processor, of all its processes.
        clock: seconds by the clock.
        memory: the peak of its largest process that works, in MB, where Linux tells it.
    """

    processor: float
    clock: float
    memory: float


class Place:
    """A folder with a key, a ledger for each program, and what they read and write."""

    def __init__(self, folder: Path) -> None:
        self._folder = folder
        self._count = 0
        self.key = folder / "key.pem"
        self.key.write_text(KEY.to_pem())
        self.key.chmod(0o600)

    def new(self, name: str) -> Path:
        """Return a name that is not taken."""
        self._count += 1
        return self._folder / f"{self._count}-{name}"

    def issuing(self) -> Issuing:
        """Describe a run with a ledger of its own."""
        path = self.new("ledger")
        SqliteLedger.create(path, ISSUER).close()
        return Issuing(issuer=ISSUER, key=str(self.key), ledger=str(path), run=TERMS)

    def orders(self, count: int) -> Path:
        """Write the orders of so many codes, each bound to a document."""
        path = self.new("orders.parquet")
        schema = pa.schema(
            dict.fromkeys(("ref", "color", "holder", "document_type", "document_number"), pa.string())
        )
        with pq.ParquetWriter(path, schema) as writer:
            for start in range(0, count, BATCH):
                size = min(BATCH, count - start)
                columns = [[f"row-{number}" for number in range(start, start + size)]]
                columns += [[cell] * size for cell in ("green", HOLDER, *DOCUMENT)]
                writer.write_batch(pa.RecordBatch.from_arrays(list(map(pa.array, columns)), schema=schema))
        return path

    def spent(self, task: Task, source: Path, jobs: int) -> tuple[Spent, Path]:
        """Have a program do a task; return what it has spent, and the folder that it has written."""
        out = self.new("out")
        before, start = os.times(), time.perf_counter()
        command = [sys.executable, "-c", PROGRAM, pickle.dumps(task).hex(), str(source), str(out), str(jobs)]
        memory = subprocess.run(command, check=True, capture_output=True).stdout
        after = os.times()
        processor = after.children_user + after.children_system - before.children_user - before.children_system
        return Spent(processor, time.perf_counter() - start, int(memory) / 1024), out


def seconds(function: Callable[[], object]) -> float:
    """Return the seconds of the processor that a function takes."""
    before = time.process_time()
    function()
    return time.process_time() - before


def batches(count: int) -> Iterator[list[tuple[str, Order]]]:
    """Give orders as the library takes them."""
    order = Order(HealthCode(color=Color.GREEN, holder=HOLDER), document=DOCUMENT)
    for start in range(0, count, BATCH):
        yield [(f"row-{number}", order) for number in range(start, min(start + BATCH, count))]


def issued_by_the_library(place: Place, count: int) -> float:
    """Return the seconds that a code of a run takes, made by the library alone."""
    with SqliteLedger.create(place.new("ledger"), ISSUER) as ledger:
        issuer = Issuer(ISSUER, signer=KEY, lifetime=TERMS.lifetime, jitter=TERMS.jitter, ledger=ledger)
        run = issuer.begin_run(TERMS.run, at=START, by=TERMS.by, why=TERMS.why)
        run.issue([("first", HealthCode(color=Color.GREEN))])  # the models are compiled with their first use
        return seconds(lambda: [run.issue(some) for some in batches(count)]) / count


def verified_by_the_library(texts: Iterable[str]) -> float:
    """Return the seconds that a code takes, verified by the library alone."""
    gate, some = Verifier(REGISTRY, waive=WAIVE), list(texts)
    gate.verify(some[0], at=START)
    return seconds(lambda: [gate.verify(text, at=START) for text in some]) / len(some)


def measure(place: Place, name: str, make: Callable[[], Task], sources: tuple[Path, Path], own: float) -> Path:
    """Print what a task takes for each code in one process and in two; return a folder that was written."""
    source, one = sources
    count, clocks, out = pq.ParquetFile(source).metadata.num_rows, [], Path()
    for jobs in (1, 2):
        least, _ = place.spent(make(), one, jobs)
        most, out = place.spent(make(), source, jobs)
        each = max(most.processor - least.processor, 0.0) / max(count - 1, 1)
        clocks.append(max(most.clock - least.clock, 0.0))
        words = "one process" if jobs == 1 else "two processes"
        row(f"{name}, {words}: a code / the library's", f"{each / own:.2f}", "<= 1.3" if jobs == 1 else "")
        row(f"{name}, {words}: codes a second of a processor", f"{1 / each:,.0f}" if each else "none", "")
        row(f"{name}, {words}: memory of a process that works, MB", f"{most.memory:.0f}", "")
    row(f"{name}: one process / two, by the clock", f"{clocks[0] / clocks[1]:.2f}" if clocks[1] else "none", "")
    return out


def main(count: int) -> None:
    """Measure and print the table."""
    print(build(), end="\n\n")
    heading(f"measured over {count:,} codes")
    with tempfile.TemporaryDirectory() as folder:
        place, sample = Place(Path(folder)), min(count, SAMPLE)
        orders, one = place.orders(count), place.orders(1)
        own = issued_by_the_library(place, sample)
        codes = measure(place, "issued and recorded", place.issuing, (orders, one), own)
        found = ds.dataset(codes, format="parquet")
        texts, text = place.new("texts.parquet"), place.new("text.parquet")
        with pq.ParquetWriter(texts, pa.schema({"ref": pa.string(), "text": pa.string()})) as writer:
            for batch in found.to_batches(columns=["ref", "text"], filter=pc.is_valid(pc.field("text"))):
                writer.write_batch(batch)
        some = pq.ParquetFile(texts).iter_batches(batch_size=sample)
        first: Any = next(some)
        pq.write_table(pa.Table.from_batches([first.slice(0, 1)]), text)
        own = verified_by_the_library(first.column("text").to_pylist())
        gate = Verifying(keys={ISSUER: [KEY.public_key]}, waive=WAIVE, at=START)
        measure(place, "verified", lambda: gate, (texts, text), own)


if __name__ == "__main__":
    parser = argparse.ArgumentParser(description=(__doc__ or "").split("\n", maxsplit=1)[0])
    parser.add_argument("--count", type=int, default=100_000, help="how many codes (100000)")
    main(parser.parse_args().count)
