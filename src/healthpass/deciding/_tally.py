"""What gates did, counted by the hour, without a trace of a person."""

import json
import re
from collections import Counter
from collections.abc import Iterable, Iterator, Mapping
from datetime import datetime
from typing import Any, Final, NamedTuple, Protocol, Self

from healthpass.codec._source_json import SourceError, parse_json
from healthpass.codec._time import HOUR, to_seconds
from healthpass.deciding._decision import Ground
from healthpass.words._code_points import Action, Color
from healthpass.words._verdicts import Verdict

MAX_TALLY: Final = 67_108_864  # bytes of JSON; a nation's gates are merged region by region
MAX_HOUR: Final = 70_389_528  # the year 9999 begins less than that many hours after 1970
MAX_COUNT: Final = 2**53
_GATE: Final = re.compile(r"([A-Z]{2}(?:-[A-Z0-9]{1,8}){0,3})/[a-z0-9-]{1,32}")
_REGION: Final = re.compile(r"[A-Z]{2}(?:-[A-Z0-9]{1,8})?")
_COLORS: Final = {color.label for color in Color}
_ACTIONS: Final = {action.label for action in Action} | {str(ground) for ground in Ground}


class Judged(Protocol):
    """What counting needs of a judgement: a `Judgement` has it."""

    @property
    def verdict(self) -> Verdict:
        """What came of it."""


class Acted(Protocol):
    """What counting needs of a decision: a `Decision` has it, and what `Verifier.decide` returns."""

    @property
    def action(self) -> Action | None:
        """What is done."""

    @property
    def ground(self) -> str | None:
        """Why nothing is."""


class Cell(NamedTuple):
    """What is counted together.

    Attributes:
        hour: hours since 1970; in what is published, None where hours are joined.
        gate: where, `REGION/name`; None where gates are joined.
        verdict: what came of judging the code; None where verdicts are joined.
        color: the colour of an authentic code; None for none, and where colours are joined.
        action: what was done, or the ground for no action; None where nothing was decided, or joined.
        issuer: the province, or the country, of the issuer of an authentic code; None for none, or joined.
    """

    hour: int | None
    gate: str | None
    verdict: str | None
    color: str | None
    action: str | None
    issuer: str | None


class Tally:
    """Counts of what gates did. Two are merged with `+`, in whatever order.

    >>> from datetime import UTC, datetime
    >>> from healthpass import Verdict
    >>> class Seen:
    ...     verdict = Verdict.EXPIRED
    >>> tally = Tally()
    >>> tally.count(Seen(), gate="CN-33-01/east-station", at=datetime(2026, 11, 1, 9, 30, tzinfo=UTC))
    >>> sum((tally + tally).cells.values())
    2

    Attributes:
        cells: how many, by cell.
    """

    __slots__ = ("cells",)

    def __init__(self, cells: Mapping[Cell, int] | None = None) -> None:
        self.cells: Final[Counter[Cell]] = Counter(cells or {})

    def __add__(self, other: "Tally") -> "Tally":
        return Tally(self.cells + other.cells)

    def __eq__(self, other: object) -> bool:
        return isinstance(other, Tally) and self.cells == other.cells

    __hash__ = None  # type: ignore[assignment] # it changes

    def count(self, judged: Judged | None, *, gate: str, at: datetime, decision: Acted | None = None) -> None:
        """Count what a gate did with one code, or with a person without one.

        Of the code it takes the verdict, the colour and the province of the issuer, and nothing else.

        Args:
            judged: the judgement; None for a person without a code.
            gate: which gate, `REGION/name`, such as `CN-33-01/east-station`.
            at: when; the hour is kept.
            decision: what was decided; that of the judgement, if it has one and this is left out.

        Raises:
            ValueError: when the gate is not written so, or `at` has no time zone.
        """
        if not _GATE.fullmatch(gate):
            raise ValueError(f"gate {gate!r}: expected REGION/name, such as CN-33-01/east-station")
        made: Acted | None = getattr(judged, "decision", None) if decision is None else decision
        color, issuer = getattr(judged, "color", None), getattr(judged, "issuer", None)
        action = None
        if made is not None:
            action = made.action.label if made.action is not None else made.ground and str(made.ground)
        cell = Cell(
            to_seconds(at) // HOUR,
            gate,
            str(Verdict.NO_CODE if judged is None else judged.verdict),
            None if color is None else Color(color).label,
            action,
            None if issuer is None else province_of(str(issuer)),
        )
        self.cells[cell] += 1

    def to_json(self) -> bytes:
        """Write it for another computer of the same office: exact counts are not for publishing."""
        rows = [[*cell, number] for cell, number in sorted(self.cells.items(), key=_order)]
        return (json.dumps({"v": 1, "cells": rows}, separators=(",", ":"), allow_nan=False) + "\n").encode()

    @classmethod
    def from_json(cls, data: bytes) -> Self:
        """Read what `to_json` has written.

        Raises:
            SourceError: when it is something else.
        """
        found = parse_json(data, MAX_TALLY)
        if not isinstance(found, dict) or found.keys() != {"v", "cells"} or found["v"] != 1:
            raise SourceError("expected a tally, an object of v (1) and cells")
        if not isinstance(found["cells"], list):
            raise SourceError("cells: expected an array")
        cells: Counter[Cell] = Counter()
        for number, row in enumerate(found["cells"]):
            cell, count = _cell(row, number)
            cells[cell] += count
        return cls(cells)


def province_of(issuer: str) -> str:
    """Return the first level of an issuer's region, which is where recognition fails or not."""
    return "-".join(issuer.partition(".")[0].split("-")[:2])


def place_of(gate: str) -> str:
    """Return the first level of the region where a gate stands."""
    return province_of(gate.partition("/")[0])


def merged(tallies: Iterable[Tally]) -> Tally:
    """Merge any number."""
    cells: Counter[Cell] = Counter()
    for one in tallies:
        cells.update(one.cells)
    return Tally(cells)


def _order(item: tuple[Cell, int]) -> tuple[str, ...]:
    return tuple("" if part is None else f"{part:012}" if isinstance(part, int) else part for part in item[0])


def _cell(row: Any, number: int) -> tuple[Cell, int]:
    if not isinstance(row, list) or len(row) != len(Cell._fields) + 1:
        raise SourceError(f"cells[{number}]: expected an array of {', '.join(Cell._fields)} and a number")
    faults = list(_faults(Cell(*row[:-1]), row[-1]))
    if faults:
        raise SourceError(*(f"cells[{number}].{name}: found {found!r}" for name, found in faults))
    return Cell(*row[:-1]), row[-1]


def _faults(cell: Cell, count: Any) -> Iterator[tuple[str, Any]]:
    if type(cell.hour) is not int or not 0 <= cell.hour <= MAX_HOUR:
        yield "hour", cell.hour
    if not isinstance(cell.gate, str) or not _GATE.fullmatch(cell.gate):
        yield "gate", cell.gate
    if cell.verdict not in {str(verdict) for verdict in Verdict}:
        yield "verdict", cell.verdict
    if cell.color is not None and cell.color not in _COLORS:
        yield "color", cell.color
    if cell.action is not None and cell.action not in _ACTIONS:
        yield "action", cell.action
    if cell.issuer is not None and not (isinstance(cell.issuer, str) and _REGION.fullmatch(cell.issuer)):
        yield "issuer", cell.issuer
    if type(count) is not int or not 1 <= count < MAX_COUNT:
        yield "number", count
