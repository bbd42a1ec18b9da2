"""Claims JSON: what an office states about a holder, as `healthpass issue` reads it."""

import json
from collections.abc import Callable, Mapping
from datetime import date, datetime
from typing import Any, Final, NamedTuple, TypeVar

from pydantic import ValidationError

from healthpass import (
    Color,
    Departure,
    Evidence,
    HealthCode,
    IssuerId,
    LabMethod,
    LabResult,
    LabTest,
    Reason,
    Recovery,
    RegionId,
    StatusPlace,
    Vaccination,
)
from healthpass.cli.errors import CommandError
from healthpass.codec._spelling import read_day, read_time

MAX_CLAIMS_FILE: Final = 65_536  # bytes; a credential has 1,024

_STATUS_SIZE: Final = 2  # list and index

_Code = TypeVar("_Code", Color, LabMethod, LabResult, Reason)


class Stated(NamedTuple):
    """What is stated, and the document to bind it to: type and number."""

    health: HealthCode
    document: tuple[str, str] | None


def read_claims(data: bytes) -> Stated:
    """Read claims JSON.

    Raises:
        CommandError: with a line for everything that is wrong.
    """
    record = _parse(data)
    problems = _strange_fields(record, _FIELDS)
    values: dict[str, Any] = {}
    for name, read in _FIELDS.items():
        if name in record:
            try:
                values[name] = read(record[name])
            except ValueError as error:
                problems.extend(_lines(error, name))
    if "color" not in record:
        problems.append("color is missing")
    document = values.pop("document", None)
    if not problems:
        try:
            return Stated(HealthCode(**values), document)
        except ValidationError as error:
            problems.extend(_lines(error))
    raise CommandError(*(f"in the claims: {problem}" for problem in problems))


def _parse(data: bytes) -> dict[str, Any]:
    try:
        # "-sig": Windows' editors put a byte order mark in front.
        record = json.loads(data.decode("utf-8-sig"), object_pairs_hook=_once)
    except json.JSONDecodeError as error:
        place = f"line {error.lineno}, column {error.colno}"
        raise CommandError(f"the claims are not JSON: {error.msg[0].lower()}{error.msg[1:]} at {place}") from error
    except UnicodeDecodeError as error:
        raise CommandError(f"the claims are not UTF-8: byte {error.start + 1} is wrong") from error
    except (ValueError, RecursionError) as error:
        why = "nested too deeply" if isinstance(error, RecursionError) else str(error)
        raise CommandError(f"the claims cannot be read: {why}") from error
    if not isinstance(record, dict):
        raise CommandError("the claims are not a JSON object", hint='the smallest is {"color": "green"}')
    return record


def _once(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    """Refuse a field that is there twice: which one counts would depend on the reader."""
    record = dict(pairs)
    if len(record) < len(pairs):
        names = [name for name, _ in pairs]
        twice = next(name for name in names if names.count(name) > 1)
        raise ValueError(f"the field {_short(twice)} is there twice")
    return record


def _lines(error: ValueError, within: str = "") -> list[str]:
    """Say what is wrong, one line each; pydantic's errors are several lines for several mistakes."""
    if not isinstance(error, ValidationError):
        return [f"{within}{'' if str(error).startswith('.') else ': '}{error}"]
    lines = []
    for mistake in error.errors(include_url=False, include_input=False):
        place = ".".join(map(str, ((within,) if within else ()) + mistake["loc"]))
        message = mistake["msg"].removeprefix("Value error, ")
        lines.append(f"{place}: {message[0].lower()}{message[1:]}" if place else message)
    return lines


def _strange_fields(record: Mapping[str, Any], known: Mapping[str, Any]) -> list[str]:
    allowed = ", ".join(known)
    return [f"unknown field {_short(name)}; allowed: {allowed}" for name in record if name not in known]


def _short(text: str) -> str:
    """Quote what somebody wrote, but no novel."""
    return repr(text if len(text) <= 40 else text[:39] + "…")  # noqa: PLR2004


def _text(value: object) -> str:
    if not isinstance(value, str):
        raise ValueError("expected a string")  # noqa: TRY004 - what JSON holds has a value, not a Python type
    return value


def _integer(value: object) -> int:
    if type(value) is not int:
        raise ValueError("expected an integer")
    return value


def _name_of(codes: type[_Code]) -> Callable[[object], _Code]:
    names = {code.label: code for code in codes}

    def read(value: object) -> _Code:
        if isinstance(value, str) and value in names:
            return names[value]
        raise ValueError(f"expected one of {', '.join(names)}")

    return read


def _time(value: object) -> datetime:
    return read_time(_text(value))


def _day(value: object) -> date:
    return read_day(_text(value))


def _fields(value: object, readers: Mapping[str, Callable[[object], Any]]) -> dict[str, Any]:
    """Read an object that has exactly these fields."""
    if not isinstance(value, dict):
        raise ValueError("expected an object")  # noqa: TRY004
    if strange := _strange_fields(value, readers):
        raise ValueError(strange[0])
    read = {}
    for name, reader in readers.items():
        if name not in value:
            raise ValueError(f"{name} is missing")
        try:
            read[name] = reader(value[name])
        except ValueError as error:
            raise ValueError(_lines(error, f".{name}")[0]) from None
    return read


def _document(value: object) -> tuple[str, str]:
    fields = _fields(value, {"type": _text, "number": _text})
    return fields["type"], fields["number"]


def _status(value: object) -> StatusPlace:
    if not isinstance(value, list) or len(value) != _STATUS_SIZE:
        raise ValueError("expected an array of two numbers, the list and the place in it")
    return StatusPlace(*map(_integer, value))


def _evidence(value: object) -> tuple[Evidence, ...]:
    if not isinstance(value, list):
        raise ValueError("expected an array")  # noqa: TRY004
    entries = []
    for number, entry in enumerate(value):
        try:
            entries.append(_entry(entry))
        except ValueError as error:
            raise ValueError(_lines(error, f".{number}")[0]) from None
    return tuple(entries)


def _entry(value: object) -> Evidence:
    kind = value.get("type") if isinstance(value, dict) else None
    if not isinstance(value, dict) or not isinstance(kind, str) or kind not in _EVIDENCE:
        raise ValueError(f"expected an object whose type is one of {', '.join(_EVIDENCE)}")
    model, readers = _EVIDENCE[kind]
    fields = _fields(value, {"type": _text, **readers})
    del fields["type"]
    return model(**fields)


_EVIDENCE: Final[dict[str, tuple[Callable[..., Evidence], dict[str, Callable[[object], Any]]]]] = {
    "test": (
        LabTest,
        {"sampled_at": _time, "result": _name_of(LabResult), "method": _name_of(LabMethod)},
    ),
    "vaccination": (Vaccination, {"day": _day, "dose": _integer, "of": _integer}),
    "recovery": (Recovery, {"day": _day}),
    "departure": (Departure, {"region": lambda value: RegionId(_text(value)), "day": _day}),
}
_FIELDS: Final[dict[str, Callable[[object], Any]]] = {
    "color": _name_of(Color),
    "holder": _text,
    "reason": _name_of(Reason),
    "until": _time,
    "document": _document,
    "status": _status,
    "residence": lambda value: RegionId(_text(value)),
    "origin": lambda value: IssuerId(_text(value)),
    "evidence": _evidence,
}
