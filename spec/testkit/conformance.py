"""The conformance report of one run, as JSON; report-schema.json describes it, page.py shows it to people."""

from __future__ import annotations

import csv
import hashlib
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final, TypeAlias

from edition import EDITION, VERSION

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping, Sequence

    from run import Result

Json: TypeAlias = dict[str, Any]

FORMAT: Final = "healthpass-report-1"
HERE: Final = Path(__file__).resolve().parent
CLASSES: Final = HERE.parent / "tables" / "conformance.csv"
WITHOUT: Final = HERE / "without_vectors.csv"
STATES: Final = ("passed", "failed", "expected_failures", "skipped")
OPERATIONS: Final = {  # what a class does; no case asks what a publisher of bundles does
    "issuer": {"issue", "bind", "key"},
    "verifier": {"verify", "world", "key", "bind"},
    "gate": {"verify", "world"},
    "holder": {"present", "challenge", "bind"},
    "authority": {"request"},
    "publisher": set[str](),
}
LONGEST: Final = 500  # characters of an answer that a report repeats


@dataclass(frozen=True)
class Claim:
    """What an implementation says that it conforms to: a class, or an option of one."""

    conformance_class: str
    option: str


@dataclass(frozen=True)
class Run:
    """What a report is told of a run, beside its cases.

    Attributes:
        name: The implementation's name.
        release: Its version.
        claims: What it says that it conforms to.
        date: When it ran, as RFC 3339.
        command: How the report is made again.
        listed: Ids of cases that are expected to fail.
        reasons: Why a case was not asked, by its id.
        vectors: The folder of the vectors.
    """

    name: str
    release: str
    claims: Sequence[Claim]
    date: str
    command: str
    listed: frozenset[str]
    reasons: Mapping[str, str]
    vectors: Path


def rows(path: Path) -> list[dict[str, str]]:
    """Return the rows of a table."""
    with path.open(encoding="utf-8", newline="") as file:
        return list(csv.DictReader(file))


def rules_by_claim(path: Path = CLASSES) -> dict[Claim, list[str]]:
    """Return the rules of each class and of each option of a class."""
    found: dict[Claim, list[str]] = {}
    for row in rows(path):
        found.setdefault(Claim(row["class"], row["option"]), []).append(row["rule"])
    return found


def claimed(words: Iterable[str], known: Iterable[Claim]) -> list[Claim]:
    """Return what words such as `verifier` and `verifier:live,store` claim: the class, and its options.

    Raises:
        ValueError: There is no such class or option.
    """
    claims: list[Claim] = []
    for word in words:
        name, _, options = word.partition(":")
        wanted = [Claim(name, option) for option in ("", *filter(None, options.split(",")))]
        claims += [claim for claim in wanted if claim not in claims]
    every = list(known)
    unknown = [f"{one.conformance_class}:{one.option}".rstrip(":") for one in claims if one not in every]
    if unknown:
        choices = ", ".join(f"{one.conformance_class}:{one.option}".rstrip(":") for one in every)
        raise ValueError(f"no such class or option: {', '.join(unknown)}; there are {choices}")
    return claims


def digest(folder: Path) -> str:
    """Return the SHA-256 of the vectors of a folder: of their names and their bytes, in the order of the names."""
    paths = sorted(folder.glob("*-*.json"))
    lines = "".join(f"{hashlib.sha256(path.read_bytes()).hexdigest()}  {path.name}\n" for path in paths)
    return hashlib.sha256(lines.encode()).hexdigest()


def order(clause: str) -> tuple[str, int, int]:
    """Return the place of a rule, or of a part of one, among the others."""
    rule, _, part = clause.partition(".")
    family, _, number = rule.partition("-")
    return family, int(number), int(part or 0)


def _counted(states: Iterable[str]) -> dict[str, int]:
    counts = dict.fromkeys(STATES, 0)
    for state in states:
        counts[state] += 1
    return counts


def _state(result: Result | None, *, listed: bool) -> str:
    if result is None or result.skipped:
        return "skipped"
    if listed:
        return "failed" if result.passed else "expected_failures"
    return "passed" if result.passed else "failed"


def built(files: Mapping[str, Sequence[Json]], results: Sequence[Result], run: Run) -> Json:
    """Return the report.

    Args:
        files: All cases, by their files.
        results: What came of those that were asked, before the list of expected failures turns any round.
        run: What else is known of the run.
    """
    known = {result.id: result for result in results}
    cases = [case for whole in files.values() for case in whole]
    states = {case["id"]: _state(known.get(case["id"]), listed=case["id"] in run.listed) for case in cases}
    kinds: dict[str, list[str]] = {}
    for case in cases:
        for name in {*case["clause"], *(clause.partition(".")[0] for clause in case["clause"])}:
            kinds.setdefault(name, []).append(case["id"])
    skipped: dict[str, list[str]] = {}
    for name, state in states.items():
        if state == "skipped":
            skipped.setdefault(run.reasons.get(name, "the program has no storage"), []).append(name)
    without = rows(WITHOUT)
    return {
        "format": FORMAT,
        "implementation": {"name": run.name, "version": run.release},
        "specification": EDITION,
        "kit": {"version": VERSION, "vectors": digest(run.vectors), "cases": len(cases)},
        "date": run.date,
        "command": run.command,
        "total": _counted(states.values()),
        "classes": [_of_class(claim, rules, cases, states, run) for claim, rules in rules_by_claim().items()],
        "failures": [_failure(case, known[case["id"]], run) for case in cases if _told(states[case["id"]])],
        "skipped": [{"reason": reason, "cases": names} for reason, names in skipped.items()],
        "files": {name: _counted(states[case["id"]] for case in whole) for name, whole in files.items()},
        "rules": {name: _counted(map(states.__getitem__, kinds[name])) for name in sorted(kinds, key=order)},
        "rules_without_vectors": {row["rule"]: row["reason"] for row in without},
    }


def _told(state: str) -> bool:
    return state in {"failed", "expected_failures"}


def _failure(case: Json, result: Result, run: Run) -> Json:
    expected, got = (text[:LONGEST] for text in (result.expected, result.got))
    start = {"id": case["id"], "clause": case["clause"], "comment": case["comment"]}
    return start | {"listed": case["id"] in run.listed, "expected": expected, "got": got}


def _of_class(
    claim: Claim, rules: Sequence[str], cases: Iterable[Json], states: Mapping[str, str], run: Run
) -> Json:
    asked = OPERATIONS[claim.conformance_class]
    of_rules = [
        case["id"]
        for case in cases
        if case["op"] in asked and {c.partition(".")[0] for c in case["clause"]} & set(rules)
    ]
    return {
        "class": claim.conformance_class,
        "option": claim.option,
        "claimed": claim in run.claims,
        "rules": len(rules),
        **_counted(states[name] for name in of_rules),
    }
