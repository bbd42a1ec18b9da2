"""Cases: histories with the colours that they should have, in a table that people read."""

import csv
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any, Final

from healthpass.codec._source_json import SourceError
from healthpass.codec._time import to_seconds
from healthpass.coloring._color import Coloring, color_of
from healthpass.coloring._events import Event
from healthpass.coloring._notation import read_events, read_moment
from healthpass.coloring._table import ColorRules

MAX_CASES: Final = 10_000
MAX_TABLE: Final = 4_194_304  # bytes
NO_CODE: Final = "none"
_NEEDED: Final = ("case", "at", "history", "color")
_COMPARED: Final = ("color", "reason", "until", "rule", "review", "next_at")
_TOLD: Final = ("source", "comment")


@dataclass(frozen=True, slots=True)
class Case:
    """One case.

    Attributes:
        name: by which it is called.
        at: the time of colouring.
        history: what has happened.
        expected: what each column says that is compared, as text; times as `2020-02-25 08:00`.
    """

    name: str
    at: datetime
    history: tuple[Event, ...]
    expected: tuple[tuple[str, str], ...]

    def fault(self, rules: ColorRules) -> str | None:
        """Return what is otherwise than expected, or None."""
        coloring = color_of(self.history, rules, at=self.at)
        for column, wanted in self.expected:
            found = _cell(column, coloring, self.at)
            if found != wanted:
                return f"{self.name}: {column} is {found or 'empty'}, expected {wanted or 'empty'}"
        return None


def read_cases(data: bytes, rules: ColorRules) -> tuple[Case, ...]:
    """Read a table of cases.

    Args:
        data: CSV in UTF-8 with the columns case, at, history and color. The columns reason, until, rule,
            review (yes) and next_at, if they are there, are compared too; source and comment are not. The color
            `none` is no code.
        rules: the rules that they are for; their zone is that of all times.

    Raises:
        SourceError: with the number of the line.
    """
    if len(data) > MAX_TABLE:
        raise SourceError(f"it has {len(data):,} bytes, and {MAX_TABLE:,} are the most of a table of cases")
    try:
        table = csv.DictReader(data.decode("utf-8-sig").splitlines(keepends=True), strict=True)
        columns = list(table.fieldnames or ())
        _check_columns(columns)
        cases: list[Case] = []
        for row in table:
            if len(cases) == MAX_CASES:
                raise SourceError(f"it has more than {MAX_CASES:,} cases")
            try:
                cases.append(_case(row, columns, rules))
            except (ValueError, SourceError) as error:
                raise SourceError(f"line {table.line_num}: {error}") from None
    except (UnicodeDecodeError, csv.Error) as error:
        raise SourceError(f"it is not CSV in UTF-8: {error}") from None
    if not cases:
        raise SourceError("it has no case")
    if len({case.name for case in cases}) < len(cases):
        raise SourceError("two cases have one name")
    return tuple(cases)


def _case(row: dict[str, Any], columns: Sequence[str], rules: ColorRules) -> Case:
    if None in row or None in row.values():
        raise ValueError("it has more or fewer cells than there are columns")
    expected = tuple((name, row[name].strip()) for name in _COMPARED if name in columns)
    if dict(expected)["color"] not in {"green", "yellow", "red", NO_CODE}:
        raise ValueError("color: expected green, yellow, red or none")
    if not row["case"].strip():
        raise ValueError("case: it has no name")
    at = read_moment(row["at"].strip(), rules.zone)
    return Case(row["case"].strip(), at, read_events(row["history"], rules.zone), expected)


def _check_columns(columns: Sequence[str]) -> None:
    if missing := [name for name in _NEEDED if name not in columns]:
        raise SourceError(f"the column {missing[0]} is missing")
    known = {*_NEEDED, *_COMPARED, *_TOLD}
    if strange := [name for name in columns if name not in known]:
        raise SourceError(f"nobody knows the column {strange[0][:40]!r}")
    if len(set(columns)) < len(columns):
        raise SourceError("two columns have one name")


def _cell(column: str, coloring: Coloring, at: datetime) -> str:
    """Write what came of a case, as its column has it."""
    match column:
        case "color":
            return NO_CODE if coloring.color is None else coloring.color.label
        case "reason":
            return "" if coloring.reason is None else coloring.reason.label
        case "rule":
            return coloring.why.rule.id
        case "review":
            return "yes" if coloring.review else ""
    moment = coloring.until if column == "until" else coloring.next_at
    if moment is None:
        return ""
    local = moment.astimezone(at.tzinfo)
    return local.strftime("%Y-%m-%d %H:%M:%S" if to_seconds(local) % 60 else "%Y-%m-%d %H:%M")
