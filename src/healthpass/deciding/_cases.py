"""Cases of a policy: a table in which a row is a person, and what is expected for that person."""

import csv
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Final, NamedTuple

from healthpass.codec._source_json import MAX_PROBLEMS, SourceError
from healthpass.credential._regions import IssuerId, RegionId
from healthpass.deciding._case_facts import OF_A_CODE, CaseFacts, read_facts
from healthpass.deciding._decide import Rules
from healthpass.deciding._decision import Decision
from healthpass.documents._office_document import OfficeDocument
from healthpass.documents._policy import Policy
from healthpass.documents._risk_map import MapInForce, RiskMap
from healthpass.words._code_points import Action
from healthpass.words._errors import HealthpassError

MAX_CASES: Final = 10_000
MAX_CASES_BYTES: Final = 4_194_304
NAMES: Final = ("case", "source")
FACTS: Final = ("at", *OF_A_CODE, "shown", "document", "answers", "place")
EXPECTED: Final = ("action", "duties", "last_day", "rule", "asks")
COLUMNS: Final = (*NAMES, *FACTS, *EXPECTED)
_NOBODY: Final = IssuerId("ZZ.CASES")  # the office of a policy that nobody has signed yet
_ALWAYS: Final = datetime(9000, 1, 1, tzinfo=UTC)


@dataclass(frozen=True, slots=True, kw_only=True)
class Case:
    """A person at a gate, and what is expected.

    Attributes:
        name: what it is called; its line, if the table gives no name.
        source: which text it was taken from.
        facts: what is known.
        expected: what is expected, by the names of the columns `action`, `duties`, `last_day`, `rule` and `asks`;
            a column that the table does not have is not compared.
    """

    name: str
    source: str
    facts: CaseFacts
    expected: Mapping[str, str]


class CaseFailure(NamedTuple):
    """A case that turned out otherwise.

    Attributes:
        case: its name.
        column: in which column.
        expected: what was expected there.
        found: what was found.
    """

    case: str
    column: str
    expected: str
    found: str

    def __str__(self) -> str:
        return (
            f"{self.case}: {self.column}: expected {self.expected or 'nothing'}, found {self.found or 'nothing'}"
        )


def read_cases(table: bytes | str, policy: Policy) -> tuple[Case, ...]:
    """Read a table of cases, CSV with a line of names.

    Args:
        table: the table, UTF-8.
        policy: the policy that it is about; times are in its zone, and answers and places are its own.

    Raises:
        SourceError: with a line for each fault, an unknown column too: where, what was found and expected.
    """
    if len(table) > MAX_CASES_BYTES:
        raise SourceError(f"it has {len(table):,} bytes, and {MAX_CASES_BYTES:,} are the most of a table")
    try:
        text = table.decode("utf-8-sig") if isinstance(table, bytes) else table
    except UnicodeDecodeError as error:
        raise SourceError(f"it is not UTF-8: byte {error.start + 1} is wrong") from None
    try:
        rows = list(csv.reader((f"{line}\n" for line in text.split("\n")), strict=True))
    except csv.Error as error:
        raise SourceError(f"it is not CSV: {error}") from None
    if len(rows) > MAX_CASES + 1:
        raise SourceError(f"it has {len(rows) - 1:,} rows, and {MAX_CASES:,} are the most")
    names = [name.strip() for name in rows[0]] if rows else []
    _check_columns(names)
    faults: list[str] = []
    cases = [case for case in _read(rows[1:], names, policy, faults) if case]
    if not cases and not faults:
        faults.append("it has no case: expected a row for each, below the names of the columns")
    if faults:
        raise SourceError(*faults[:MAX_PROBLEMS])
    return tuple(cases)


def run_cases(policy: Policy, cases: Sequence[Case], maps: Sequence[RiskMap] = ()) -> tuple[CaseFailure, ...]:
    """Decide each case by a policy, and return what turned out otherwise.

    Args:
        policy: the policy; it need not be signed, and is in force at the time of each case.
        cases: the cases.
        maps: the risk maps of the offices that it names, in its order. The default of each holds within the region
            of its office.
    """
    rules = _ready(policy, maps)
    found = []
    for case in cases:
        got = outcome(rules, case)
        found += [
            CaseFailure(case.name, column, expected, got[column])
            for column, expected in case.expected.items()
            if expected != got[column]
        ]
    return tuple(found)


def passes(policy: Policy, cases: Sequence[Case], maps: Sequence[RiskMap]) -> bool:
    """Tell whether all cases turn out as expected."""
    rules = _ready(policy, maps)
    return all(
        (got := outcome(rules, case)) and all(got[one] == value for one, value in case.expected.items())
        for case in cases
    )


def outcome(rules: Rules, case: Case) -> dict[str, str]:
    """Decide a case, and return it as cells."""
    facts = case.facts
    try:
        decision = rules.decide(
            rules.facts(facts.code, at=facts.at, answers=facts.answers, document=facts.document, place=facts.place)
        )
    except ValueError as error:  # a question or a place that a changed policy does not have
        return dict.fromkeys(EXPECTED, str(error))
    return _cells(decision, rules.minutes)


def _cells(decision: Decision, zone: int) -> dict[str, str]:
    last = decision.ends and (decision.ends + timedelta(minutes=zone, seconds=-1)).date().isoformat()
    return {
        "action": decision.action.label if decision.action is not None else str(decision.ground),
        "duties": " ".join(duty.label for duty in decision.duties),
        "last_day": last or "",
        "rule": decision.rule or "",
        "asks": " ".join(decision.asks),
    }


def _ready(policy: Policy, maps: Sequence[RiskMap]) -> Rules:
    signed = OfficeDocument(issuer=_NOBODY, issued=_ALWAYS, expires=_ALWAYS, content=policy)
    in_force = [
        MapInForce(
            OfficeDocument(issuer=office, issued=_ALWAYS, expires=_ALWAYS, content=one),
            RegionId(office.partition(".")[0]),
        )
        for office, one in zip(policy.maps, maps, strict=False)
    ]
    return Rules(signed, tuple(in_force))


def _check_columns(names: Sequence[str]) -> None:
    strangers = [name for name in names if name not in COLUMNS]
    twice = sorted({name for name in names if names.count(name) > 1})
    missing = [name for name in ("at", "action") if name not in names]
    faults = [f"column {name!r} is not known: expected some of {', '.join(COLUMNS)}" for name in strangers]
    faults += [f"column {name!r} is there twice" for name in twice if name in COLUMNS]
    faults += [f"column {name!r} is missing" for name in missing]
    if faults:
        raise SourceError(*faults)


def _read(
    rows: Sequence[Sequence[str]], names: Sequence[str], policy: Policy, faults: list[str]
) -> Iterator[Case | None]:
    questions = {one.name for one in policy.declared}
    rules = {rule.id for rule in policy.rules}
    seen: set[str] = set()
    for number, row in enumerate(rows, 2):
        if not any(row):
            continue
        if len(row) != len(names):
            faults.append(f"line {number}: found {len(row)} cells, expected {len(names)}")
            continue
        cells = {name: cell.strip() for name, cell in zip(names, row, strict=True)}
        name = cells.get("case") or f"line {number}"
        if name in seen:
            faults.append(f"line {number}: case: found {name!r} twice, expected another name for each")
        seen.add(name)
        try:
            facts = read_facts(cells, policy.zone)
            _check(cells, facts, questions, set(policy.places), rules)
        except (ValueError, HealthpassError) as error:
            faults.append(f"line {number}: {error}")
            continue
        expected: dict[str, str] = {one: cells[one] for one in EXPECTED if one in cells}
        yield Case(name=name, source=cells.get("source", ""), facts=facts, expected=expected)


def _check(
    cells: Mapping[str, str], facts: CaseFacts, questions: set[str], places: set[str], rules: set[str]
) -> None:
    """Check a row as a whole: a slip must not pass for a case that is not met.

    Raises:
        ValueError: with the column.
    """
    if facts.code is None:
        given = [one for one in OF_A_CODE if cells.get(one)]
        if given:
            raise ValueError(f"{given[0]}: found {cells[given[0]]!r}, expected nothing: no code is shown")
    for answer in facts.answers:
        if answer not in questions:
            raise ValueError(f"answers: found {answer!r}, expected a question of the policy")
    if facts.place is not None and facts.place not in places:
        raise ValueError(f"place: found {facts.place!r}, expected a place of the policy")
    action = cells["action"]
    known = {one.label for one in Action} | {"asks", "document-mismatch"}
    if action not in known:
        raise ValueError(f"action: found {action!r}, expected one of {', '.join(sorted(known))}")
    if cells.get("rule") and cells["rule"] not in rules:
        raise ValueError(f"rule: found {cells['rule']!r}, expected a rule of the policy, or nothing")
