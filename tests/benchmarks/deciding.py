"""Measure deciding beside verifying: `python tests/benchmarks/deciding.py`.

For each rule set of docs/examples/policies, `decide()` decides its cases one after another, beside as many
verifications of distinct codes: of codes that are shown live, as at a gate, and of the same codes bare.
"""

import sys
from collections.abc import Sequence
from datetime import UTC, datetime
from itertools import cycle, islice
from pathlib import Path
from typing import Final

# As a script this file sees its own folder alone, and it shares modules with the tests.
sys.path.insert(0, str(Path(__file__).resolve().parents[1]))

from benchmarks.measuring import TOP, Clock, another_python, build, clock, compare, heading, parser, row
from benchmarks.typical import AT, NONCE, REGISTRY, WAIVE, issued, judge, typical
from healthpass import HolderKey, IssuerId, RegionId, present, verify
from healthpass.deciding import (
    Case,
    MapInForce,
    OfficeDocument,
    decide,
    read_cases,
    read_map,
    read_policy,
)

EXAMPLES: Final = TOP / "docs" / "examples" / "policies"
TARGET: Final = "<= 0.1"
_ALWAYS: Final = datetime(9000, 1, 1, tzinfo=UTC)


def main(arguments: Sequence[str]) -> int:
    """Measure and print the table."""
    options = parser(__doc__, 2000).parse_args(arguments)
    if options.python:
        return another_python(options.python, __file__, ["--count", str(options.count)])
    devices = [HolderKey.generate() for _ in range(options.count)]
    bare = [issued(typical(number), device.public_key) for number, device in enumerate(devices)]
    live = [present(code, device, at=AT, nonce=NONCE) for code, device in zip(bare, devices, strict=True)]
    judge(live[0])
    heading(f"{options.count:,} decisions of each rule set")
    row("Python", build())
    for source in sorted(EXAMPLES.glob("*-*.csv")):
        shown = _ratio(source, clock(judge, live), options.count)
        row(f"`decide()` by {source.stem} / `verify()` of a code shown live", f"{shown:.3f}", TARGET)
        ratio = _ratio(source, clock(_judge_bare, bare), options.count)
        row(f"`decide()` by {source.stem} / `verify()` of a code", f"{ratio:.3f}")
    return 0


def _judge_bare(text: str) -> None:
    verify(text, registry=REGISTRY, at=AT, waive=WAIVE | {"presentation-required"})


def _ratio(source: Path, verifying: Clock, count: int) -> float:
    """Return the time of deciding the cases of a rule set, divided by that of verifying."""
    content = read_policy(source.with_suffix(".json").read_bytes())
    policy = OfficeDocument(issuer=IssuerId("CN-33-01.WJW"), issued=_ALWAYS, expires=_ALWAYS, content=content)
    beside = source.with_suffix(".map.json")
    maps = tuple(
        MapInForce(
            OfficeDocument(issuer=office, issued=_ALWAYS, expires=_ALWAYS, content=read_map(beside.read_bytes())),
            RegionId("CN"),
        )
        for office in content.maps
    )

    def one(case: Case) -> None:
        facts = case.facts
        decide(
            facts.code,
            policy,
            at=facts.at,
            maps=maps,
            answers=facts.answers,
            document=facts.document,
            place=facts.place,
        )

    cases = read_cases(source.read_bytes(), content)
    one(cases[0])  # rules are made ready with their first use
    return compare(clock(one, list(islice(cycle(cases), count))), verifying, count)


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
