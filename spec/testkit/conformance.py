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
    "issuer": {"issue", "findings", "enrol", "bind", "key", "derive", "convert"},
    "verifier": {"verify", "world", "key", "bind", "decide"},
    "gate": {"verify", "world"},
    "holder": {"present", "challenge", "prove"},
    "authority": {"request"},
    "coloring": {"color"},
    "publisher": set[str](),
}
OPTIONS: Final = (
    "live",
    "store",
    "status",
    "runs",
    "decide",
    "convert",
)  # each of the first three needs those before it
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
        listed: Ids of cases that are expected to fail, with the reason of each.
        reasons: Why a case was not asked, by its id.
        vectors: The folder of the vectors.
    """

    name: str
    release: str
    claims: Sequence[Claim]
    date: str
    command: str
    listed: Mapping[str, str]
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


def needed(name: str, case: Json) -> set[str]:
    """Return the options that a case of this file needs."""
    texts = [one.get("text", "") for one in (case, *case.get("steps", ()))]
    shown = any(text.startswith("HPP1:") for text in texts) or name.startswith("presentation-")
    live = (
        "cnf" in case["claims"]
        if case["op"] in {"issue", "findings"}
        else shown and case["op"] in {"verify", "world", "enrol"}
    )
    found = {"live"} if live else set[str]()
    found |= {"store"} if case["op"] == "world" else set()
    found |= {"runs"} if case["op"] == "derive" else set()
    found |= {"decide"} if case["op"] == "decide" or name.startswith("policy-") else set()
    found |= {"convert"} if case["op"] == "convert" else set()
    return found | ({"status"} if name.startswith("status-") else set())


def rows_of(name: str, case: Json, table: Mapping[Claim, Sequence[str]]) -> list[Claim]:
    """Return where a case counts: in each class that does what it asks and has a rule that it cites, once.

    Args:
        name: The file of the case.
        case: The case.
        table: The rules of each class and of each option.
    """
    cited = {clause.partition(".")[0] for clause in case["clause"]}
    found: list[Claim] = []
    for one, operations in OPERATIONS.items():
        own = {claim.option: set(rules) for claim, rules in table.items() if claim.conformance_class == one}
        if case["op"] in operations and any(cited & rules for rules in own.values()):
            options = [option for option in OPTIONS if option in own and option in needed(name, case)]
            found.append(Claim(one, options[-1] if options else ""))
    return found


def counting(
    files: Mapping[str, Sequence[Json]], claims: Sequence[Claim], table: Mapping[Claim, Sequence[str]]
) -> dict[Claim, list[str]]:
    """Return the ids of the cases that count for each class and each option.

    For what is claimed, a case counts if all options that it needs are claimed.
    """
    counted: dict[Claim, list[str]] = {claim: [] for claim in table}
    options = {claim.option for claim in claims}
    for name, cases in files.items():
        for case in cases:
            for row in rows_of(name, case, table):
                if row not in claims or needed(name, case) <= options:
                    counted[row].append(case["id"])
    return counted


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
    table = rules_by_claim()
    return {
        "format": FORMAT,
        "implementation": {"name": run.name, "version": run.release},
        "specification": EDITION,
        "kit": {"version": VERSION, "vectors": digest(run.vectors), "cases": len(cases)},
        "date": run.date,
        "command": run.command,
        "total": _counted(states.values()),
        "classes": [
            _of_class(claim, len(table[claim]), [states[name] for name in names], claimed=claim in run.claims)
            for claim, names in counting(files, run.claims, table).items()
        ],
        "failures": [_failure(case, known[case["id"]], run) for case in cases if _told(states[case["id"]])],
        "skipped": [{"reason": reason, "cases": names} for reason, names in skipped.items()],
        "files": {name: _counted(states[case["id"]] for case in whole) for name, whole in files.items()},
        "rules": {name: _counted(map(states.__getitem__, kinds[name])) for name in sorted(kinds, key=order)},
        "rules_without_vectors": {row["rule"]: row["reason"] for row in rows(WITHOUT)},
    }


def _told(state: str) -> bool:
    return state in {"failed", "expected_failures"}


def _failure(case: Json, result: Result, run: Run) -> Json:
    expected, got = (text[:LONGEST] for text in (result.expected, result.got))
    start = {"id": case["id"], "clause": case["clause"], "comment": case["comment"]}
    named = {"listed": case["id"] in run.listed, "reason": run.listed.get(case["id"], "")}
    return start | named | {"expected": expected, "got": got}


def _of_class(claim: Claim, rules: int, states: Sequence[str], *, claimed: bool) -> Json:
    named = {"class": claim.conformance_class, "option": claim.option, "claimed": claimed}
    return named | {"rules": rules} | _counted(states)
