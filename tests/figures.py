"""Count what the tests and the specification hold: `python tests/figures.py` prints the tables as Markdown.

The site shows them on docs/evidence.md, so nobody writes such a number by hand.
"""

import csv
import json
import re
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Final

# As a script this file sees its own folder alone, and runs there.
sys.path.insert(0, str(Path(__file__).resolve().parent))

from fuzz.targets import TARGETS
from model.run import EXCUSED, RULES
from model.worlds import WORLDS
from mutation.judging import source_of
from mutation.mutants import mutants_of
from mutation.register import excuses
from mutation.run import MODULES

SPEC: Final = Path(__file__).resolve().parent.parent / "spec"
_RULE: Final = re.compile(r"^(?:\| )?\*\*([A-Z]{3}-\d+)\*\*", re.MULTILINE)


def rules() -> dict[str, list[str]]:
    """Return the ids of the rules of each document that has some."""
    pages = (path for path in sorted(SPEC.glob("*.md")) if not path.name.endswith(".zh.md"))
    found = {path.stem: _RULE.findall(path.read_text("utf-8")) for path in pages}
    return {name: ids for name, ids in found.items() if ids}


def cases() -> dict[str, int]:
    """Count the cases of each file of vectors."""
    return {
        path.stem: len(json.loads(path.read_bytes())["cases"]) for path in sorted(SPEC.glob("vectors/*-*.json"))
    }


def shown() -> set[str]:
    """Return the rules that some case names, with or without the number of a part."""
    whole = (json.loads(path.read_bytes())["cases"] for path in SPEC.glob("vectors/*-*.json"))
    return {clause.partition(".")[0] for file in whole for case in file for clause in case["clause"]}


def figures() -> Iterator[tuple[str, int]]:
    """Give what can be counted, and how many there are."""
    every = {rule for ids in rules().values() for rule in ids}
    yield "rules", len(every)
    yield "rules that a case of the vectors names", len(every & shown())
    yield "cases in the vectors", sum(cases().values())
    with (SPEC / "tables" / "verdicts.csv").open(encoding="utf-8", newline="") as file:
        yield "verdicts, with `valid` and `no-code`", len(list(csv.DictReader(file)))
    yield "attacks listed", len(re.findall(r"^\| \d+ \|", (SPEC / "threats.md").read_text("utf-8"), re.MULTILINE))
    yield "worlds of the trust model", len(WORLDS)
    yield "of these, worlds that break a promise, each with its reason", sum(bool(one.breaks) for one in WORLDS)
    yield "rules of the model, each deleted in turn", len(RULES)
    yield "of these, rules whose loss no world notices, each with its reason", len(EXCUSED)
    sources = {module: source_of(module) for module in MODULES}
    mutants = [one for module, source in sources.items() for one in mutants_of(module, source)]
    reasons = excuses(sources)
    yield "modules that are mutated", len(MODULES)
    yield "mutants", len(mutants)
    yield (
        "of these, with a reason why no case can notice them",
        sum(any(reason.covers(one) for reason in reasons) for one in mutants),
    )
    yield "ways in that are fuzzed", len(TARGETS)


def tables() -> Iterator[str]:
    """Give the lines of the tables."""
    yield "| what | how many |\n|---|---|"
    yield from (f"| {what} | {number:,} |" for what, number in figures())
    yield "\n| document | rules | files of vectors | cases |\n|---|---|---|---|"
    for document, ids in rules().items():
        mine = [number for name, number in cases().items() if name.startswith(f"{document}-")]
        yield f"| `{document}.md` | {len(ids)} | {len(mine)} | {sum(mine):,} |"
    yield "\n| file | cases |\n|---|---|"
    yield from (f"| `{name}.json` | {number} |" for name, number in cases().items())


if __name__ == "__main__":
    sys.stdout.writelines(f"{line}\n" for line in tables())
