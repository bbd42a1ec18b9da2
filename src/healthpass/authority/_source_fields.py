"""What the sources of documents are made of: strict JSON, and the types of its fields (docs/adr/0017)."""

import json
from collections.abc import Callable, Iterator, Mapping
from datetime import datetime, timedelta
from typing import Annotated, Any, Final, NoReturn, TypeAlias, TypeVar

from pydantic import BaseModel, PlainValidator, ValidationError

from healthpass.codec._cbor import MAX_INTEGER
from healthpass.codec._keys import KEY_SIZE, PublicKey
from healthpass.codec._spelling import read_duration, read_time
from healthpass.codec._time import whole
from healthpass.credential._regions import IssuerId, RegionId
from healthpass.documents import _fields
from healthpass.words._code_points import Color, KeyEndReason, KeyUse
from healthpass.words._errors import HealthpassError
from healthpass.words._row import CodeNumber

MAX_SOURCE: Final = 16_777_216  # bytes: some 30,000 keys; parsing takes many times as much memory
MAX_FIELDS: Final = 32  # of an object; the models have half as many, and each stranger is a fault to tell
MAX_PROBLEMS: Final = 20  # told at once; who has made more will run it again
_LONGEST_INTEGER: Final = 17  # digits, which 2^53 does not reach

Place: TypeAlias = tuple[str | int, ...]
M = TypeVar("M", bound=BaseModel)


class SourceError(HealthpassError):
    """A source is not what it should be.

    Attributes:
        problems: what is wrong, a line each, with the place.
    """

    def __init__(self, *problems: str) -> None:
        super().__init__(*problems)
        self.problems = problems

    def __str__(self) -> str:
        return "; ".join(self.problems)


def parse_json(data: bytes) -> Any:
    """Parse JSON in which no field is there twice.

    Raises:
        SourceError: when it is too long, not UTF-8, not JSON, nested too deeply, or a field is there twice.
    """
    if len(data) > MAX_SOURCE:
        raise SourceError(f"it has {len(data):,} bytes, and {MAX_SOURCE:,} are the most of a source")
    repeated = False

    def once(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
        nonlocal repeated
        if len(pairs) > MAX_FIELDS:
            raise SourceError(f"an object in it has {len(pairs):,} fields, and no source has as many")
        record = dict(pairs)
        if len(record) == len(pairs):
            return record
        repeated = True
        return _Repeated(pairs)

    try:
        # "-sig": Windows' editors put a byte order mark in front.
        text = data.decode("utf-8-sig")
        value = json.loads(text, object_pairs_hook=once, parse_int=_integer)
    except json.JSONDecodeError as error:
        place = f"line {error.lineno}, column {error.colno}"
        raise SourceError(f"it is not JSON: {error.msg[0].lower()}{error.msg[1:]} at {place}") from None
    except UnicodeDecodeError as error:
        raise SourceError(
            f"it is not UTF-8: byte {error.start + 1} is wrong, so it is no source, and no document either"
        ) from None
    except RecursionError:
        raise SourceError("it is not a source: arrays and objects are nested too deeply") from None
    if repeated:
        raise SourceError(*_repetitions(value))
    return value


def validate(model: type[M], record: Any) -> M:
    """Validate a parsed source.

    Raises:
        SourceError: with the place, what was found there and what was expected, a line for each fault.
    """
    try:
        return model.model_validate(record)
    except ValidationError as error:
        faults = error.errors(include_url=False)
    lines = [_line(fault["type"], fault["loc"], fault.get("ctx", {}), fault["input"]) for fault in faults]
    more = len(lines) - MAX_PROBLEMS
    raise SourceError(*lines[:MAX_PROBLEMS], *([f"and {more} more faults"] if more > 0 else ()))


class _Repeated(dict[str, Any]):
    """An object in which a field is there twice."""

    def __init__(self, pairs: list[tuple[str, Any]]) -> None:
        super().__init__(pairs)
        names = [name for name, _ in pairs]
        self.name = next(name for name in self if names.count(name) > 1)


def _repetitions(value: Any) -> list[str]:
    """Find the objects in which a field is there twice."""
    found: list[str] = []
    # The members still to be seen of all that is open, and no more: a source of 1 MB may have 500,000 of them.
    names: list[str | int] = []
    waiting: list[Iterator[tuple[str | int, Any]]] = [iter([("", value)])]
    while waiting and len(found) < MAX_PROBLEMS:
        for name, item in waiting[-1]:
            names.append(name)
            waiting.append(_members(item))
            if isinstance(item, _Repeated):
                found.append(f"{_path((*names[1:], item.name))}: the field is there twice")
            break
        else:
            waiting.pop()
            del names[-1:]
    return found


def _members(value: Any) -> Iterator[tuple[str | int, Any]]:
    if isinstance(value, dict):
        return iter(value.items())
    return iter(enumerate(value)) if isinstance(value, list) else iter(())


def _integer(digits: str) -> int | float:
    """Read an integer; one beyond all bounds becomes a float, which no field takes."""
    return int(digits) if len(digits) <= _LONGEST_INTEGER else float(digits)


def _path(place: Place) -> str:
    path = "".join(f"[{part}]" if isinstance(part, int) else f".{short(part)}" for part in place)
    return path.removeprefix(".") or "the whole"


def short(text: str) -> str:
    """Shorten what somebody wrote to what can be told."""
    return text if len(text) <= 72 else text[:71] + "…"  # noqa: PLR2004


def _line(kind: str, place: Place, context: Mapping[str, Any], found: Any) -> str:
    match kind:
        case "missing":
            what = "it is missing"
        case "extra_forbidden" | "string_unicode":  # half of a surrogate pair in its name
            what = "there is no such field"
        case "value_error":
            what = f"found {_found(found)}, {context['error']}"
        case "too_long":
            what = f"found {context['actual_length']} entries, expected {context['max_length']} at most"
        case "literal_error":
            what = f"found {_found(found)}, expected {context['expected']}"
        case "list_type" | "tuple_type":
            what = f"found {_found(found)}, expected an array"
        case _:
            what = f"found {_found(found)}, expected an object"
    return f"{_path(place)}: {what}"


def _found(value: Any) -> str:
    match value:
        case dict():
            return "an object"
        case list() | tuple():
            return "an array"
        case str():
            return repr(short(value))
    return short(json.dumps(value))


def _expected(what: str) -> NoReturn:
    raise ValueError(f"expected {what}")


def _text(make: Callable[[str], Any], what: str = "") -> PlainValidator:
    def read(value: object) -> Any:
        if type(value) is not str:
            _expected("a string")
        try:
            return make(value)
        except ValueError as error:
            if what:
                _expected(what)
            raise ValueError(str(error)) from None  # not a UnicodeError, which pydantic tells in its own way

    return PlainValidator(read)


def _whole(least: int) -> PlainValidator:
    def read(value: object) -> int:
        if type(value) is not int or not least <= value <= MAX_INTEGER:
            _expected(f"an integer from {least} to 2^53 - 1")
        return value

    return PlainValidator(read)


def _number_or_name(codes: type[CodeNumber]) -> PlainValidator:
    """Take a known number by its name and another by itself: one spelling for each."""
    names = {code.label: code for code in codes}

    def read(value: object) -> int:
        if type(value) is str and value in names:
            return names[value]
        if type(value) is int and value in names.values():
            _expected(f"its name, {json.dumps(codes.label_of(value))}")
        if type(value) is not int or not 0 <= value <= MAX_INTEGER:
            _expected(f"one of {', '.join(names)}, or another's number")
        return value

    return PlainValidator(read)


def _time(text: str) -> datetime:
    moment = read_time(text)
    if moment.microsecond:
        _expected("a whole second")
    return whole(moment)


def _digits(size: int) -> Callable[[str], bytes]:
    def read(text: str) -> bytes:
        raw = bytes.fromhex(text)
        if raw.hex() != text or len(raw) != size:  # one spelling
            raise ValueError(text)
        return raw

    return read


def _color(name: str) -> Color:
    return Color[name.upper()] if name in COLOR_NAMES else _expected(f"one of {', '.join(COLOR_NAMES)}")


COLOR_NAMES: Final = tuple(color.label for color in Color)
_HEX_KEY: Final = f"{2 * KEY_SIZE} hexadecimal digits in small letters"

Uint: TypeAlias = Annotated[int, _whole(0)]
Positive: TypeAlias = Annotated[int, _whole(1)]
Moment: TypeAlias = Annotated[datetime, _text(_time)]
Life: TypeAlias = Annotated[timedelta, _text(read_duration)]
RawKey: TypeAlias = Annotated[bytes, _text(_digits(KEY_SIZE), _HEX_KEY)]
SoundKey: TypeAlias = Annotated[
    PublicKey, _text(lambda text: PublicKey(_digits(KEY_SIZE)(text)), f"a sound public key, {_HEX_KEY}")
]
Digest: TypeAlias = Annotated[bytes, _text(_digits(_fields.DIGEST.size), f"SHA-256, {_HEX_KEY}")]
Use: TypeAlias = Annotated[int, _number_or_name(KeyUse)]
EndReason: TypeAlias = Annotated[int, _number_or_name(KeyEndReason)]
ColorName: TypeAlias = Annotated[Color, _text(_color)]
Region: TypeAlias = Annotated[RegionId, _text(RegionId, "a region id such as CN, CN-33 or CN-33-01-06")]
Office: TypeAlias = Annotated[IssuerId, _text(IssuerId, "an issuer id such as CN-33-01.WJW")]
Environment: TypeAlias = Annotated[str, _text(_fields.check_environment)]
Name: TypeAlias = Annotated[str, _text(_fields.check_name)]
Address: TypeAlias = Annotated[str, _text(_fields.check_address)]
ListBase: TypeAlias = Annotated[str, _text(_fields.check_list_base)]
