"""What of a tally may be published: no cell of fewer than eleven people, and how freely codes let people move."""

import csv
import json
from collections import Counter
from collections.abc import Iterable, Mapping
from datetime import datetime
from typing import Any, Final, NamedTuple

from healthpass.codec._source_json import SourceError
from healthpass.codec._spelling import write_time
from healthpass.codec._time import HOUR, from_seconds, to_seconds
from healthpass.deciding._tally import Cell, Tally, place_of
from healthpass.words._code_points import Action, Color
from healthpass.words._verdicts import Verdict

LEAST: Final = 11  # people in a cell
_FINE: Final = 110  # codes from which on a share is told in hundredths: less than one person in eleven
_HELP: Final = "What gates did with codes and people; cells of fewer than 11 are joined."
_INDEX: Final = ("name", "side", "weight", "source", "en", "zh")
_SIDES: Final = ("control", "fluency")


class Fluency(NamedTuple):
    """How many of the authentic green codes of a region another region admits.

    Attributes:
        issued_in: the region of the issuers.
        shown_in: the region of the gates.
        share: from 0 to 1, rounded: nobody can tell from it what happened to one person.
    """

    issued_in: str
    shown_in: str
    share: float


class Indicator(NamedTuple):
    """A row of an index.

    Attributes:
        name: its name.
        side: `control` or `fluency`.
        weight: its weight, above 0.
        source: where it is from, `reported` or `example`.
        en: what it is.
        zh: the same in Chinese.
    """

    name: str
    side: str
    weight: float
    source: str
    en: str
    zh: str


def publishable(tally: Tally, *, at: datetime) -> dict[Cell, int]:
    """Return the cells of hours that have ended, with small ones joined until each has eleven or more.

    A small cell loses, in this order, the issuer, the action and colour, the verdict, the gate, the hour. What is
    still too small is joined to the smallest cell. The sum stays, or nothing is published. Publish an hour once:
    of two publications of it the difference could be one person.

    Args:
        tally: the counts.
        at: the time; the hour in which it lies has not ended.
    """
    ended = to_seconds(at) // HOUR
    small = Counter({cell: n for cell, n in tally.cells.items() if cell.hour is not None and cell.hour < ended})
    published: Counter[Cell] = Counter()
    for names in ((), ("issuer",), ("action", "color"), ("verdict",), ("gate",), ("hour",)):
        joined: Counter[Cell] = Counter()
        for cell, number in small.items():
            joined[cell._replace(**dict.fromkeys(names))] += number
        # What has been published without a name may be joined by more: each row stands once.
        for cell in [cell for cell in joined if cell in published or joined[cell] >= LEAST]:
            published[cell] += joined.pop(cell)
        small = joined
    rest = small.total()
    if rest and published:
        least = min(published, key=lambda cell: (published[cell], str(cell)))
        rest += published.pop(least)
        published[Cell(*(None,) * len(Cell._fields))] += rest
    return dict(published)


def to_json(cells: Mapping[Cell, int]) -> bytes:
    """Write what is published as JSON; null is what was joined, or what there was none of."""
    rows = [
        {**cell._asdict(), "hour": None if cell.hour is None else write_time(_start(cell.hour)), "number": number}
        for cell, number in sorted(cells.items(), key=str)
    ]
    return (json.dumps({"v": 1, "least": LEAST, "published": rows}, indent=1) + "\n").encode()


def to_prometheus(cells: Mapping[Cell, int]) -> str:
    """Write what is published in the text format of Prometheus, version 0.0.4, the hours added up."""
    sums: Counter[Cell] = Counter()
    for cell, number in cells.items():
        sums[cell._replace(hour=None)] += number
    lines = [f"# HELP healthpass_gate_people {_HELP}", "# TYPE healthpass_gate_people gauge"]
    for cell, number in sorted(sums.items(), key=str):
        labels = ",".join(f'{name}="{value or ""}"' for name, value in cell._asdict().items() if name != "hour")
        lines.append(f"healthpass_gate_people{{{labels}}} {number}")
    return "\n".join(lines) + "\n"


def fluency(tally: Tally) -> tuple[Fluency, ...]:
    """Return, for each two regions, the share of authentic green codes that is admitted; none for under eleven."""
    green: Counter[tuple[str, str]] = Counter()
    admitted: Counter[tuple[str, str]] = Counter()
    for cell, number in tally.cells.items():
        if (
            (cell.verdict, cell.color) == (str(Verdict.VALID), Color.GREEN.label)
            and cell.issuer
            and cell.gate
            and cell.action is not None
        ):
            pair = cell.issuer, place_of(cell.gate)
            green[pair] += number
            if cell.action == Action.ADMIT.label:
                admitted[pair] += number
    return tuple(
        Fluency(*pair, round(admitted[pair] / number, 2 if number >= _FINE else 1))
        for pair, number in sorted(green.items())
        if number >= LEAST
    )


def read_index(table: str) -> tuple[Indicator, ...]:
    """Read the indicators of an index, CSV with the columns name, side, weight, source, en and zh.

    Raises:
        SourceError: with the line, when one is wrong.
    """
    rows = list(csv.reader((f"{line}\n" for line in table.split("\n")), strict=True))
    if not rows or tuple(rows[0]) != _INDEX:
        raise SourceError(f"line 1: expected the columns {', '.join(_INDEX)}")
    found = []
    for number, row in enumerate(rows[1:], 2):
        if row:
            found.append(_indicator(row, number))
    return tuple(found)


def index_of(indicators: Iterable[Indicator], values: Mapping[str, float]) -> dict[str, float]:
    """Return the weighted mean of each side of an index, from 0 to 100.

    Args:
        indicators: its rows.
        values: a number from 0 to 1 for each.

    Raises:
        ValueError: when one is missing or out of range: an index of half its indicators misleads.
    """
    sums: dict[str, list[float]] = {}
    for one in indicators:
        value = values.get(one.name)
        if value is None or not 0 <= value <= 1:
            raise ValueError(f"{one.name}: found {value}, expected a number from 0 to 1")
        total = sums.setdefault(one.side, [0.0, 0.0])
        total[0] += one.weight * value
        total[1] += one.weight
    return {side: round(100 * value / weight, 1) for side, (value, weight) in sums.items()}


def _indicator(row: list[str], number: int) -> Indicator:
    cells: dict[str, Any] = dict(zip(_INDEX, row, strict=False))
    try:
        cells["weight"] = float(cells.get("weight", ""))
    except ValueError:
        cells["weight"] = 0.0
    if len(row) != len(_INDEX) or cells["side"] not in _SIDES or not 0 < cells["weight"] <= 1:
        raise SourceError(f"line {number}: expected six cells, a side of control or fluency, a weight of 0 to 1")
    return Indicator(**cells)


def _start(hour: int) -> datetime:
    return from_seconds(hour * HOUR)
