"""Measure colouring by rules: `python tests/benchmarks/coloring.py`.

`color_of` for a history of 30 events under the rules of 7+3 beside one verification, and a night of as many people
as `--count` says: `Recoloring` over batches of Arrow, in this process. Histories have 0 to 30 events, as those
of people who check in daily; four in five have nothing else. `--count 1000000` is fine.
"""

import argparse
import sys
import time
from collections.abc import Sequence
from datetime import UTC, datetime, timedelta
from pathlib import Path
from random import Random
from typing import Any, Final

import pyarrow as pa

# As a script this file sees its own folder alone, and it shares modules with the tests.
sys.path.insert(0, str(Path(__file__).resolve().parents[1]))

from benchmarks.measuring import TOP, build, clock, compare, heading, row
from benchmarks.typical import issued, judge, typical
from healthpass.bulk import Recoloring
from healthpass.coloring import ColorRules, Event, EventKind, EventName, LabResult, color_of

RULES: Final = ColorRules.read((TOP / "docs/examples/coloring/seven-and-three-2022-06.json").read_bytes())
AT: Final = datetime(2022, 7, 20, 16, tzinfo=UTC)
DAY: Final = timedelta(days=1)
SAMPLE: Final = 2_000  # histories beside verifications
BATCH: Final = 10_000
LONG: Final = 30
HISTORY: Final = pa.list_(
    pa.struct(
        {
            "event": pa.string(),
            "at": pa.timestamp("us", tz="UTC"),
            "kind": pa.string(),
            "level": pa.int8(),
            "result": pa.string(),
            "healthy": pa.bool_(),
        }
    )
)


def history(chance: Random, length: int) -> list[Event]:
    """Return check-ins and tests day by day, and for one person in five also a ground."""
    events = []
    for number in range(length):
        at = AT - number * DAY - timedelta(minutes=chance.randrange(600))
        if number % 3:
            events.append(Event(event=EventName.CHECK_IN, at=at, healthy=True))
        else:
            test = Event(event=EventName.TEST, at=at, kind=EventKind.NAAT, result=LabResult.NEGATIVE)
            events.append(test)
    if length and chance.random() < 0.2:
        at = AT - chance.randrange(1, 12) * DAY
        events[-1] = chance.choice(
            [
                Event(event=EventName.EXPOSURE, at=at, kind=EventKind.CLOSE_CONTACT),
                Event(event=EventName.ARRIVAL, at=at, kind=EventKind.ABROAD),
                Event(event=EventName.STAY, at=at, level=5),
            ]
        )
    return events


def record(event: Event) -> dict[str, Any]:
    """Return an event as a struct of Arrow has it."""
    return event.record() | {"at": event.at}


def batch(chance: Random, count: int, first: int) -> pa.RecordBatch:
    """Return people, each of whom was green the night before."""
    records = [[record(event) for event in history(chance, chance.randint(0, LONG))] for _ in range(count)]
    columns = {
        "ref": [f"p{first + number}" for number in range(count)],
        "history": pa.array(records, HISTORY),
        "color": ["green"] * count,
        "rule": ["green"] * count,
    }
    return pa.RecordBatch.from_pydict(columns)


def night(count: int) -> None:
    """Colour people batch by batch; what makes their histories is not counted."""
    task, chance, seconds, changed, events = Recoloring(rules=RULES, at=AT), Random(1), 0.0, 0, 0  # noqa: S311
    for first in range(0, count, BATCH):
        people = batch(chance, min(BATCH, count - first), first)
        events += len(people.column("history").flatten())
        before = time.process_time()
        (done,) = task([people])
        seconds += time.process_time() - before
        changed += done.num_rows
    row("people coloured in a CPU second", f"{count / seconds:,.0f}")
    row("events of a history, on average", f"{events / count:.1f}")
    row("of them written, %", f"{100 * changed / count:.1f}")


def main(arguments: Sequence[str]) -> int:
    """Measure and print the table."""
    options = argparse.ArgumentParser(description=__doc__)
    options.add_argument("--count", type=int, default=20_000, help="how many people, 2 or more")
    count = options.parse_args(arguments).count
    sample = min(count, SAMPLE)
    chance = Random(0)  # noqa: S311
    texts = [issued(typical(number)) for number in range(sample)]
    verifying = clock(judge, texts)
    heading(f"{count:,} people, {build()}")
    for length in (LONG, 5):
        people = [history(chance, length) for _ in range(sample)]
        coloring = clock(lambda one: color_of(one, RULES, at=AT), people)
        row(f"`color_of`, {length} events / one verification", f"{compare(coloring, verifying, sample):.2f}")
    most = [Event(event=EventName.ARRIVAL, at=AT - number * DAY, kind=EventKind.ABROAD) for number in range(1_000)]
    worst = clock(lambda one: color_of(one, RULES, at=AT), [most])
    row("`color_of`, 1,000 arrivals, ms", f"{1000 * min(worst(0, 1) for _ in range(9)):.1f}")
    night(count)
    return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
