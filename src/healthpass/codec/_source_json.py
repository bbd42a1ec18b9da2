"""The JSON of sources: UTF-8 in which no field is there twice, within bounds (docs/adr/0017)."""

import json
from collections.abc import Iterator
from typing import Any, Final, TypeAlias

from healthpass.words._errors import HealthpassError

MAX_SOURCE: Final = 16_777_216  # bytes: some 30,000 keys; parsing takes many times as much memory
MAX_FIELDS: Final = 32  # of an object; the models have half as many, and each stranger is a fault to tell
MAX_PROBLEMS: Final = 20  # told at once; who has made more will run it again
_LONGEST_INTEGER: Final = 17  # digits, which 2^53 does not reach

Place: TypeAlias = tuple[str | int, ...]


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


def parse_json(data: bytes, at_most: int = MAX_SOURCE) -> Any:
    """Parse JSON in which no field is there twice.

    Args:
        data: the JSON.
        at_most: how many bytes it may have.

    Raises:
        SourceError: when it is too long, not UTF-8, not JSON, nested too deeply, or a field is there twice.
    """
    if len(data) > at_most:
        raise SourceError(f"it has {len(data):,} bytes, and {at_most:,} are the most of a source")
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
        why = error.msg[0].lower() + error.msg[1:]
        raise SourceError(f"it is not JSON: {why} at line {error.lineno}, column {error.colno}") from None
    except UnicodeDecodeError as error:
        raise SourceError(
            f"it is not UTF-8: byte {error.start + 1} is wrong, so it is no source, and no document either"
        ) from None
    except RecursionError:
        raise SourceError("it is not a source: arrays and objects are nested too deeply") from None
    if repeated:
        raise SourceError(*_repetitions(value))
    return value


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
                found.append(f"{path_of((*names[1:], item.name))}: the field is there twice")
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


def path_of(place: Place) -> str:
    """Write the place of a field, such as `issuers[3].keys[0].from`."""
    path = "".join(f"[{part}]" if isinstance(part, int) else f".{short(part)}" for part in place)
    return path.removeprefix(".") or "the whole"


def short(text: str) -> str:
    """Shorten what somebody wrote to what can be told."""
    return text if len(text) <= 72 else text[:71] + "…"  # noqa: PLR2004


def found_there(value: Any) -> str:
    """Name what was found in a place, in few characters."""
    match value:
        case dict():
            return "an object"
        case list():
            return "an array"
        case str():
            return repr(short(value))
    return short(json.dumps(value))
