"""Colouring in bulk: histories in, and out what has changed since a colour was last stated (CLR-15, CLR-16)."""

import hashlib
from collections import Counter
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import datetime
from functools import partial
from itertools import chain
from typing import Any, ClassVar, Final, NamedTuple, final

import pyarrow as pa

from healthpass.bulk._columns import BYTES, HISTORY, RECOLORED, TEXT, TIME, Kind
from healthpass.bulk._rows import Row, check_input, fault_of, rows_of, unreadable
from healthpass.bulk._task import DoBatch, Task, counted
from healthpass.codec._source_json import SourceError
from healthpass.codec._spelling import read_time, write_time
from healthpass.codec._time import now
from healthpass.coloring._color import Coloring, color_of
from healthpass.coloring._effect import STRICTEST
from healthpass.coloring._events import events_of
from healthpass.coloring._table import ColorRules
from healthpass.ledger._actions import read_cti
from healthpass.words._code_points import Color
from healthpass.words._discreet import discreet

HISTORIES: Final[Mapping[str, Kind]] = {
    "ref": TEXT,
    "history": HISTORY,
    "color": TEXT,
    "reason": TEXT,
    "until": TIME,
    "rule": TEXT,
    "next_at": TIME,
    "cti": BYTES,
}
CHANGED: Final = "changed"
REVIEW: Final = "review"
LATER: Final = "later"
UNCHANGED: Final = "unchanged"
_UNCHANGED: Final = b"unchanged"  # in the metadata of a batch: how many rows did not come out


class _Stated(NamedTuple):
    """What was stated last."""

    color: str | None
    reason: str | None
    until: datetime | None
    rule: str | None


def check_histories(schema: Any) -> None:
    """Check the columns of what is coloured.

    Raises:
        InputError: when they are others.
    """
    check_input(schema, HISTORIES, "history")


@discreet
def recolor_batch(batch: pa.RecordBatch, rules: ColorRules, *, at: datetime) -> pa.RecordBatch:
    """Colour the people of a batch; out come those about whom something else is to be stated or kept.

    The outcome of a row is `changed`: state this colour; `review`: a person confirms it first; or `later`: nothing
    changes but `next_at`, which is to be kept. Beside a `review` may stand what is stated meanwhile (CLR-16.3). A
    history that cannot be read is a row with an `error`. Nobody else comes out.

    Args:
        batch: the column `history`, as lists of structs or JSON text; and, if you like, `ref`, which is handed on,
            what was stated and kept last: `color`, `reason`, `until`, `rule` and `next_at`, and `cti`, of the code
            that states it. Or the column `json`. Rows without the last five are coloured for the first time.
        rules: the rules of the office.
        at: the time of colouring.

    Returns:
        The columns of `RECOLORED`. `withdraw` is the cti of a code that is milder than the new colour (CLR-16.2).

    Raises:
        InputError: when the columns are others.
        ValueError: as `color_of`, about `at`.
    """
    check_histories(batch.schema)
    color_of((), rules, at=at)  # what is wrong with the time is wrong with all
    rows = [_recolored(row, rules, at) for row in rows_of(batch, HISTORIES)]
    done = pa.RecordBatch.from_pylist(list(chain.from_iterable(rows)), schema=RECOLORED)
    return done.replace_schema_metadata({_UNCHANGED: str(rows.count([])).encode()})


def _recolored(row: Row, rules: ColorRules, at: datetime) -> list[dict[str, Any]]:
    error = fault_of(row, HISTORIES, "history")
    if error is not None:
        return [{"ref": row.ref, "error": error}]
    try:
        stated, kept = _stated(row.members), _moment("next_at", row.members)
        cti = _cti(row.members.get("cti"))
        history = events_of(row.members["history"])
        coloring = color_of(history, rules, at=at)
    except (SourceError, ValueError) as wrong:
        return [{"ref": row.ref, "error": unreadable(str(wrong))}]
    rows = []
    told, next_at = _told(coloring), coloring.next_at
    if coloring.review and (told.color, told.rule) != (stated.color, stated.rule):
        rows.append(_row(row.ref, REVIEW, coloring, next_at))
        coloring = color_of(history, _confirmed(rules, stated.rule), at=at)  # CLR-16.3: what is stated meanwhile
        told, next_at = _told(coloring), min(filter(None, (next_at, coloring.next_at)), default=None)
    if told != stated:
        withdraw = cti if _is_milder(stated.color, coloring) else None
        rows.append(_row(row.ref, CHANGED, coloring, next_at) | {"withdraw": withdraw})
    elif next_at != kept:
        rows.append(_row(row.ref, LATER, coloring, next_at))
    return rows


def _row(ref: str | None, outcome: str, coloring: Coloring, next_at: datetime | None) -> dict[str, Any]:
    event = coloring.why.event
    return {
        "ref": ref,
        "outcome": outcome,
        **_told(coloring)._asdict(),
        "next_at": next_at,
        "event": None if event is None else str(event.event),
        "event_at": None if event is None else event.at,
    }


def _confirmed(rules: ColorRules, stated: str | None) -> ColorRules:
    """Return the rules without those that nobody has confirmed."""
    kept = tuple(rule for rule in rules.rules if not rule.review or rule.id == stated)
    return rules.model_copy(update={"rules": kept})


def _told(coloring: Coloring) -> _Stated:
    return _Stated(
        None if coloring.color is None else coloring.color.label,
        None if coloring.reason is None else coloring.reason.label,
        coloring.until,
        coloring.why.rule.id,
    )


def _is_milder(stated: str | None, coloring: Coloring) -> bool:
    before = None if stated is None else Color.named(stated)
    return STRICTEST.index(before) > STRICTEST.index(coloring.color)


def _stated(members: Mapping[str, Any]) -> _Stated:
    texts = {name: members.get(name) for name in ("color", "reason", "rule")}
    for name, value in texts.items():
        if not isinstance(value, str | None):
            raise ValueError(f"{name} must be a text")  # noqa: TRY004 - of a row
    if texts["color"] is not None:
        Color.named(texts["color"])
    return _Stated(texts["color"], texts["reason"], _moment("until", members), texts["rule"])


def _moment(name: str, members: Mapping[str, Any]) -> datetime | None:
    value = members.get(name)
    if isinstance(value, str):
        return read_time(value)
    if isinstance(value, datetime | None):
        return value
    raise ValueError(f"{name} must be a time")


def _cti(value: Any) -> str | None:
    if isinstance(value, bytes):
        value = value.hex()
    if not isinstance(value, str | None):
        raise ValueError("cti must be a text or bytes")  # noqa: TRY004 - of a row
    return None if value is None else read_cti(value).hex()


@final
@dataclass(frozen=True, kw_only=True)
class Recoloring(Task):
    """Colours people by the rules of an office; only changes come out.

    Args:
        rules: the rules.
        at: the time of colouring; when each batch is coloured, when left out.
    """

    name: ClassVar[str] = "color"
    columns: ClassVar[pa.Schema] = RECOLORED

    rules: ColorRules
    at: datetime | None = None

    def check(self, columns: pa.Schema) -> None:
        """Check that the columns are `history` and others of `recolor_batch`, or `json`.

        Raises:
            InputError: when they are others.
        """
        check_histories(columns)

    def terms(self) -> dict[str, Any]:
        """Return the digest of the rules and the time, as JSON."""
        digest = hashlib.sha256(self.rules.write()).hexdigest()
        return {"rules": digest, "at": None if self.at is None else write_time(self.at)}

    @contextmanager
    def opened(self) -> Iterator[DoBatch]:
        """Open nothing: the rules are here."""
        yield partial(recolor_batch, rules=self.rules, at=self.at or now())

    def outcomes(self, batch: pa.RecordBatch) -> Counter[str]:
        """Count the outcomes, and the rows that did not come out as `unchanged`."""
        rest = int((batch.schema.metadata or {}).get(_UNCHANGED, b"0"))
        return counted(batch, "outcome") + Counter({UNCHANGED: rest})
