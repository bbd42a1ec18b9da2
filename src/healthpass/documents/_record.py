"""Documents read from JSON, field by field, by the tables that say how they stand on the wire (docs/adr/0017)."""

import json
from datetime import date, datetime
from typing import Any

from healthpass.codec._cbor import MAX_INTEGER
from healthpass.codec._source_json import MAX_PROBLEMS, Place, SourceError, found_there, path_of
from healthpass.codec._spelling import read_day, read_duration, read_time
from healthpass.codec._time import whole
from healthpass.documents._fields import CoseKey, SoundKey
from healthpass.documents._leaves import Bytes, Code, Day, Life, Number, Text, Time
from healthpass.documents._told import fields_of
from healthpass.documents._types import REQUIRED, Array, Field, FieldError, List, Map, Row, Type


def read_record(kind: Map, found: Any) -> Any:
    """Make a document of what JSON says.

    Raises:
        SourceError: with the place, what was found there and what was expected, a line for each fault.
    """
    reading = _Reading()
    content = reading.map(kind, found, ())
    lines = reading.faults
    if lines:
        more = [f"and {len(lines) - MAX_PROBLEMS} more faults"] if len(lines) > MAX_PROBLEMS else []
        raise SourceError(*lines[:MAX_PROBLEMS], *more)
    return content


class _Reading:
    """What has been wrong so far. What stands in the place of a faulty value is never used."""

    def __init__(self) -> None:
        self.faults: list[str] = []

    def map(self, kind: Map, found: Any, place: Place) -> Any:
        """Read an object."""
        fields = fields_of(kind)
        members = self._members(fields, found, place)
        if members is None:
            return None
        try:
            return kind.make(**{field.attribute: field.default for field in fields.values()} | members)
        except FieldError as error:
            # A document that is made whole has its arrays in order, so that their indices are not those here.
            self._note(place, str(error), error.where if "[" not in error.where else "")
        except ValueError as error:
            self._note(place, str(error))
        return None

    def _members(self, fields: dict[str, Field], found: Any, place: Place) -> dict[str, Any] | None:
        before, members = len(self.faults), {}
        if type(found) is not dict:
            self._note(place, f"found {found_there(found)}, expected an object")
            return None
        for name, field in fields.items():
            if name not in found:
                if field.default is REQUIRED:
                    self._note((*place, name), "it is missing")
            elif found[name] is not None or field.default is not None:
                members[field.attribute] = self._value(field.type, found[name], (*place, name))
        for name in found:
            if name not in fields:
                self._note((*place, name), "there is no such field")
        return members if len(self.faults) == before else None

    def _value(self, kind: Type, found: Any, place: Place) -> Any:
        match kind:
            case Map():
                return self.map(kind, found, place)
            case Array():
                return self._array(kind, found, place)
            case Row():
                last = len(kind.places) - kind.optional
                fields = {
                    name: Field(name, at, "", REQUIRED if number < last else None)
                    for number, (name, at) in enumerate(kind.places.items())
                }
                members = self._members(fields, found, place)
                return None if members is None else kind.make(**members)
        try:
            return _leaf(kind, found)
        except ValueError as error:
            what, shown = str(error), found_there(found)
            self._note(place, what if what.startswith(shown) else f"found {shown}, {what}")
            return None

    def _array(self, kind: Array, found: Any, place: Place) -> tuple[Any, ...]:
        """Read an array up to the first item that is wrong: a megabyte could hold a million faults."""
        items: dict[Any, Any] = {}
        if type(found) is not list:
            self._note(place, f"found {found_there(found)}, expected an array")
            return ()
        if len(found) > kind.at_most:
            self._note(place, f"found {len(found)} entries, expected {kind.at_most} at most")
        before = len(self.faults)
        for at, value in enumerate(found[: kind.at_most]):
            item = self._value(kind.item, value, (*place, at))
            if len(self.faults) > before:
                break
            order = at if isinstance(kind, List) else kind.place(item)
            if order in items:
                self._note((*place, at), "it stands there twice")
            items[order] = item
        return tuple(items[order] for order in sorted(items))

    def _note(self, place: Place, what: str, inner: str = "") -> None:
        self.faults.append(f"{path_of((*place, inner) if inner else place)}: {what}")


def _leaf(kind: Type, found: Any) -> Any:  # noqa: C901, PLR0911 - one for each type
    """Read a value that is neither an object nor an array.

    Raises:
        ValueError: with what was expected.
    """
    match kind:
        case Code():
            return _code(kind, found)
        case Number() if not isinstance(kind, Day):
            if type(found) is not int or not kind.least <= found <= kind.most:
                most = "2^53 - 1" if kind.most == MAX_INTEGER else f"{kind.most:,}"
                raise ValueError(f"expected an integer from {kind.least} to {most}")
            return found
        case CoseKey():
            return _leaf(kind.x, found)
    if type(found) is not str:
        raise ValueError("expected a string")
    match kind:
        case Time():
            return _time(found)
        case Day():
            return _day(found)
        case Life():
            return read_duration(found)
        case Bytes():
            return _bytes(kind, found)
        case Text():
            return kind.make(found)
    raise AssertionError(kind)


def _code(kind: Code, found: Any) -> int:
    """Read a code by its name, and one that has none here by its number: one spelling for each."""
    names = {code.label: code for code in kind.codes}
    if type(found) is str and found in names:
        return names[found]
    if not kind.is_open:
        raise ValueError(f"expected one of {', '.join(names)}")
    if type(found) is not int or not 0 <= found <= MAX_INTEGER:
        raise ValueError(f"expected one of {', '.join(names)}, or another's number")
    if found in names.values():
        raise ValueError(f"expected its name, {json.dumps(kind.codes.label_of(found))}")
    return found


def _time(text: str) -> datetime:
    at = read_time(text)
    if at.microsecond:
        raise ValueError("expected a whole second")
    return whole(at)


def _day(text: str) -> date:
    return Day().read(Day().write(read_day(text)), [])


def _bytes(kind: Bytes, text: str) -> Any:
    try:
        raw = bytes.fromhex(text)
        if raw.hex() == text:  # one spelling
            return kind.read(raw, [])
    except ValueError:
        pass
    digits = f"{2 * kind.size} hexadecimal digits in small letters"
    raise ValueError(
        f"expected a sound public key, {digits}" if isinstance(kind, SoundKey) else f"expected {digits}"
    )
