"""Events: what colour rules see of a history (spec/coloring.md, section 3)."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from datetime import datetime
from types import NoneType
from typing import Any, Final

from healthpass.codec._source_json import MAX_PROBLEMS, SourceError, found_there, parse_json, path_of, short
from healthpass.codec._spelling import read_time, write_time
from healthpass.codec._time import from_seconds, to_seconds
from healthpass.words._code_points import LabResult
from healthpass.words._events import EventKind, EventName

MAX_EVENTS: Final = 1_000  # CLR-10; daily check-ins and tests of more than a year
MAX_HISTORY: Final = 262_144  # bytes
LEVELS: Final = range(1, 6)

_MEMBERS: Final = ("kind", "level", "result", "healthy")
_KNOWN: Final = frozenset({"event", "at", *_MEMBERS})
_TYPES: Final = dict(zip(_MEMBERS, (EventKind, int, LabResult, bool), strict=True))
_SHAPES: Final = {
    event: tuple(kind if name in event.members else NoneType for name, kind in _TYPES.items())
    for event in EventName
}
# By plain texts: to look an enumeration up takes several times as long.
_EVENTS: Final = {str(event): event for event in EventName}
_KINDS: Final = {str(event): {str(kind): kind for kind in EventKind if kind.event == event} for event in EventName}
_RESULTS: Final = {result.label: result for result in LabResult}


@dataclass(frozen=True, slots=True, kw_only=True)
class Event:
    """One event of a history. Constructing one checks all of CLR-9.

    >>> from datetime import UTC
    >>> Event(event=EventName.CHECK_IN, at=datetime(2020, 2, 12, tzinfo=UTC), healthy=True).event.words.en
    'daily health check-in'

    Attributes:
        event: what happened.
        at: when, with its zone; a fraction of a second is dropped.
        kind: which sort of it; for exposure, arrival, test, diagnosis and order.
        level: of a stay, the risk of the place at that time, 1 to 5, as the office recorded it.
        result: of a test.
        healthy: of a declaration and a check-in.
        seconds: when, in seconds since 1970-01-01T00:00:00Z.

    Raises:
        TypeError: when a value is of another type.
        ValueError: when a member is missing, or one that the event does not have, or out of range.
    """

    event: EventName
    at: datetime
    kind: EventKind | None = None
    level: int | None = None
    result: LabResult | None = None
    healthy: bool | None = None
    seconds: int = field(init=False, repr=False, compare=False)

    def __post_init__(self) -> None:
        if type(self.event) is not EventName:
            raise TypeError(f"event must be an EventName, not {type(self.event).__name__}")
        shape = (type(self.kind), type(self.level), type(self.result), type(self.healthy))
        if shape != _SHAPES[self.event]:
            raise ValueError(_misshapen(self.event, shape))
        if self.kind is not None and str(self.kind) not in _KINDS[self.event]:
            raise ValueError(f"kind: expected one of {', '.join(_KINDS[self.event])}")
        if self.level is not None and self.level not in LEVELS:
            raise ValueError("level must lie from 1 to 5")
        seconds = to_seconds(self.at)
        object.__setattr__(self, "at", from_seconds(seconds))
        object.__setattr__(self, "seconds", seconds)

    @classmethod
    def read(cls, found: object) -> "Event":
        """Read an event of JSON.

        Args:
            found: an object, such as `{"event": "stay", "at": "2022-06-20T15:00:00+08:00", "level": 3}`.

        Raises:
            ValueError: when it breaks CLR-9; what is said of it repeats no value.
        """
        if not isinstance(found, Mapping):
            raise ValueError("expected an object")  # noqa: TRY004 - of JSON
        if not _KNOWN.issuperset(found):
            raise ValueError(f"there is no such member as {short(min(map(str, found.keys() - _KNOWN)))!r}")
        if None in found.values():
            empty = next(name for name, value in found.items() if value is None)
            raise ValueError(f"{empty}: found null; leave out what is absent")
        name = _named("event", _EVENTS, found.get("event"))
        kind, result = found.get("kind"), found.get("result")
        return cls(
            event=name,
            at=_moment(found.get("at")),
            kind=None if kind is None else _named("kind", _KINDS[name], kind),
            level=found.get("level"),
            result=None if result is None else _named("result", _RESULTS, result),
            healthy=found.get("healthy"),
        )

    def record(self) -> dict[str, Any]:
        """Return the event as JSON has it."""
        told: dict[str, Any] = {"event": str(self.event), "at": write_time(self.at)}
        if self.kind is not None:
            told["kind"] = str(self.kind)
        if self.level is not None:
            told["level"] = self.level
        if self.result is not None:
            told["result"] = self.result.label
        if self.healthy is not None:
            told["healthy"] = self.healthy
        return told


def read_history(data: bytes) -> tuple[Event, ...]:
    """Read a history: JSON, an array of events.

    Args:
        data: UTF-8, at most 262,144 bytes.

    Raises:
        SourceError: with a line for each fault, its place first.
    """
    return events_of(parse_json(data, MAX_HISTORY))


def events_of(found: Any) -> tuple[Event, ...]:
    """Read the events of an array of JSON.

    Raises:
        SourceError: as `read_history`.
    """
    if not isinstance(found, list):
        raise SourceError(f"the whole: found {found_there(found)}, expected an array of events")
    if len(found) > MAX_EVENTS:
        raise SourceError(f"the whole: found {len(found):,} events, and {MAX_EVENTS:,} are the most")
    events, faults = [], []
    for place, one in enumerate(found):
        try:
            events.append(Event.read(one))
        except ValueError as error:
            faults.append(f"{path_of((place,))}: {error}")
    if faults:
        raise SourceError(*faults[:MAX_PROBLEMS])
    return tuple(events)


def checked(history: Iterable[Event]) -> list[Event]:
    """Return the events of a history; what is there twice does no harm (CLR-10).

    Raises:
        TypeError: when something else is among them.
        ValueError: when they are more than 1,000.
    """
    events = list(history)
    if len(events) > MAX_EVENTS:
        raise ValueError(f"a history has at most {MAX_EVENTS:,} events, and this one has {len(events):,}")
    for event in events:
        if type(event) is not Event:
            raise TypeError(f"a history is made of Event, not {type(event).__name__}")
    return events


def _misshapen(event: EventName, shape: Iterable[type]) -> str:
    for (name, kind), found, needed in zip(_TYPES.items(), shape, _SHAPES[event], strict=True):
        if found is not needed:
            if needed is NoneType:
                return f"there is no such member as {name} in {event}"
            return f"{name} is missing" if found is NoneType else f"{name} must be of {kind.__name__}"
    raise AssertionError(event)


def _named(member: str, known: Mapping[str, Any], found: object) -> Any:
    if not isinstance(found, str) or found not in known:
        raise ValueError(f"{member}: expected one of {', '.join(known)}")
    return known[found]


def _moment(found: object) -> datetime:
    if isinstance(found, datetime):
        return found
    try:
        moment = read_time(found if isinstance(found, str) else "")
    except ValueError as error:
        raise ValueError(f"at: {error}") from None
    if moment.microsecond:
        raise ValueError("at: expected a whole second")
    return moment
