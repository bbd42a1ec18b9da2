"""From a batch of Arrow to rows: a cell that cannot be read is an error of its row, and of no other."""

import json
from collections.abc import Collection, Mapping
from datetime import UTC, datetime, timedelta
from typing import Any, Final, NamedTuple, NoReturn

import pyarrow as pa
import pyarrow.compute as pc
from pyarrow import types as of

from healthpass.bulk._columns import ERROR, JSON, TEXT, Kind, check_columns
from healthpass.bulk._errors import InputError

_ZERO: Final = datetime(1970, 1, 1, tzinfo=UTC)
MAX_CELL: Final = 65_536  # characters; a credential has 1,024 bytes


class Row(NamedTuple):
    """A row of an input.

    Attributes:
        members: its cells that hold something, by their names.
        error: what is wrong with the row, as "code: message".
    """

    members: dict[str, Any]
    error: str | None

    @property
    def ref(self) -> str | None:
        """What the row is called."""
        ref = self.members.get("ref")
        return ref if isinstance(ref, str) else None


class _Broken(NamedTuple):
    """A cell that cannot be read."""

    why: str


def check_input(schema: Any, known: Mapping[str, Kind], *needed: str) -> None:
    """Check the columns of an input: those that are known, or one of JSON objects.

    Args:
        schema: the columns.
        known: those that may be there.
        needed: at least one of these must be.

    Raises:
        InputError: when they are others.
    """
    if JSON in schema.names:
        check_columns("", schema, {JSON: TEXT, ERROR: TEXT})
        return
    check_columns("", schema, {**known, ERROR: TEXT})
    if not set(needed) & set(schema.names):
        raise InputError(f"the column {' or '.join(map(repr, needed))} is missing")


def rows_of(batch: Any, known: Mapping[str, Kind]) -> list[Row]:
    """Read the rows of a batch, whose columns were checked; null is as good as left out."""
    columns = {name: _cells(batch.column(name)) for name in batch.schema.names}
    errors = columns.pop(ERROR, None) or [None] * batch.num_rows
    if JSON in columns:
        rows = [_row_of_json(text) for text in columns[JSON]]
    else:
        reads = [known[name].is_json for name in columns]
        rows = [_row(columns, reads, cells) for cells in zip(*columns.values(), strict=True)]
    if any(errors):
        return [row if error is None else _failed(row, error) for row, error in zip(rows, errors, strict=True)]
    return rows


def fault_of(row: Row, known: Collection[str], needed: str) -> str | None:
    """Say what is wrong with a row of texts, if something is: strangers in it, or what it needs is missing."""
    if row.error is not None:
        return row.error
    if strange := row.members.keys() - known:
        return unreadable(f"there is no such member as {min(strange)[:40]!r}")
    if needed not in row.members:
        return f"missing: there is no {needed}"
    return None if isinstance(row.members.get("ref"), str | None) else unreadable("ref must be a text")


def _failed(row: Row, error: Any) -> Row:
    """Hand on what was wrong with a row before it came here."""
    return row._replace(error=unreadable(f"error: {error.why}") if isinstance(error, _Broken) else error)


def unreadable(why: str) -> str:
    """Say that a row cannot be read."""
    return f"unreadable: {why}"


def _cells(column: Any) -> list[Any]:
    """Read a column, a cell that cannot be read as `_Broken`."""
    if of.is_dictionary(column.type):
        column = column.dictionary_decode()
    if (of.is_list(column.type) or of.is_large_list(column.type)) and of.is_struct(column.type.value_type):
        return _structs(column)
    if of.is_timestamp(column.type):  # whatever the zone is called, it is the same moment
        column = column.cast(pa.timestamp("us", tz="UTC"), safe=False).cast(pa.int64())
        return [None if cell is None else _moment(cell) for cell in column.to_pylist()]
    try:
        cells: list[Any] = column.to_pylist()
    except (ValueError, ArithmeticError):  # one of them; UnicodeDecodeError is one
        cells = [_cell(one) for one in column]
    if any(isinstance(cell, str) and len(cell) > MAX_CELL for cell in cells):
        cells = [_bounded(cell) for cell in cells]
    return cells


def _moment(microseconds: int) -> Any:
    """Read a time; pyarrow's own way takes several times as long."""
    try:
        return _ZERO + timedelta(microseconds=microseconds)
    except OverflowError:
        return _Broken("it is out of range")


def _structs(column: Any) -> list[Any]:
    """Read lists of structs, without what is null in them: member by member, which is several times as fast."""
    flat = column.flatten()
    names = [field.name for field in flat.type]
    entries: list[dict[str, Any]] = (
        [{} for _ in flat]
        if not names
        else [
            {name: cell for name, cell in zip(names, cells, strict=True) if cell is not None}
            for cells in zip(*map(_cells, flat.flatten()), strict=True)
        ]
    )
    broken = {place: wrong for place, entry in enumerate(entries) if (wrong := _broken_in(entry)) is not None}
    found: list[Any] = []
    first = 0
    for length in pc.list_value_length(column).to_pylist():
        last = first + (length or 0)
        wrong = next((broken[place] for place in range(first, last) if place in broken), None) if broken else None
        found.append(wrong or (None if length is None else entries[first:last]))
        first = last
    return found


def _broken_in(entry: Mapping[str, Any]) -> _Broken | None:
    return next((one for one in entry.values() if isinstance(one, _Broken)), None)


def _cell(one: Any) -> Any:
    try:
        return one.as_py()
    except UnicodeDecodeError as error:
        return _Broken(f"it is not UTF-8: byte {error.start + 1} is wrong")
    except (ValueError, ArithmeticError):
        return _Broken("it is out of range")


def _bounded(cell: Any) -> Any:
    if isinstance(cell, str) and len(cell) > MAX_CELL:
        return _Broken(f"it has {len(cell):,} characters, and {MAX_CELL:,} are the most")
    return cell


def _row(names: Mapping[str, Any], reads: list[bool], cells: tuple[Any, ...]) -> Row:
    members, error = {}, None
    for name, is_json, cell in zip(names, reads, cells, strict=True):
        value = cell
        if is_json and isinstance(cell, str):
            value = _parsed(cell) if cell.strip() else None
        if isinstance(value, _Broken):
            error = error or unreadable(f"{name}: {value.why}")
        elif value is not None:
            members[name] = value
    return Row(members, error)


def _row_of_json(text: Any) -> Row:
    value = _Broken("there is no JSON") if text is None else text
    if isinstance(value, str):
        value = _parsed(value)
    if not isinstance(value, _Broken) and not isinstance(value, dict):
        value = _Broken("it is not a JSON object")
    if isinstance(value, _Broken):
        return Row({}, unreadable(value.why))
    members = {name: member for name, member in value.items() if member is not None}
    error = members.pop(ERROR, None)
    return Row(members, error if error is None or isinstance(error, str) else unreadable("error: it is no text"))


def _parsed(text: str) -> Any:
    """Read JSON that somebody wrote: no member is there twice, and no number is none."""
    try:
        value = json.loads(text, object_pairs_hook=_once, parse_constant=_refuse)
        if "\\ud" in text.lower():  # half of a character can be written so, and is in no UTF-8
            json.dumps(value, ensure_ascii=False).encode()
    except json.JSONDecodeError as error:
        why = error.msg[0].lower() + error.msg[1:]
        return _Broken(f"it is not JSON: {why} at character {error.pos + 1}")
    except RecursionError:
        return _Broken("it is not read: arrays and objects are nested too deeply")
    except UnicodeEncodeError:
        return _Broken("it holds the half of a character")
    except ValueError as error:  # also a number of more digits than Python reads
        return _Broken(str(error) if isinstance(error, _StrangeError) else "it is not read: a number is too long")
    return value


class _StrangeError(ValueError):
    """JSON that readers take for different things."""


def _once(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    record = dict(pairs)
    if len(record) < len(pairs):
        raise _StrangeError("a member is there twice, and which one counts would depend on the reader")
    return record


def _refuse(name: str) -> NoReturn:
    raise _StrangeError(f"{name} is no number")
