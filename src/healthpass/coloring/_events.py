"""Events: what colour rules see of a history (spec/coloring.md, section 3)."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any, Final

from healthpass.codec._source_json import MAX_PROBLEMS, SourceError, found_there, parse_json, path_of, short
from healthpass.codec._spelling import read_time, write_time
from healthpass.codec._time import whole
from healthpass.words._code_points import LabResult
from healthpass.words._events import EventKind, EventName

MAX_EVENTS: Final = 1_000  # CLR-10; daily check-ins and tests of more than a year
MAX_HISTORY: Final = 262_144  # bytes
LEVELS: Final = range(1, 6)

_MEMBERS: Final = ("kind", "level", "result", "healthy")
_NEEDED: Final = {event: tuple(name in event.members for name in _MEMBERS) for event in EventName}
_TYPES: Final = (EventKind, int, LabResult, bool)


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

    def __post_init__(self) -> None:
        if type(self.event) is not EventName:
            raise TypeError(f"event must be an EventName, not {type(self.event).__name__}")
        values = (self.kind, self.level, self.result, self.healthy)
        for name, value, kind, needed in zip(_MEMBERS, values, _TYPES, _NEEDED[self.event], strict=True):
            if needed and type(value) is not kind:
                raise ValueError(f"{name} is missing" if value is None else f"{name} must be of {kind.__name__}")
            if value is not None and not needed:
                raise ValueError(f"there is no such member as {name} in {self.event}")
        if self.kind is not None and self.kind.event != self.event:
            raise ValueError(f"kind: expected {_one_of(self.event)}")
        if self.level is not None and self.level not in LEVELS:
            raise ValueError("level must lie from 1 to 5")
        object.__setattr__(self, "at", whole(self.at))

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
        if strange := found.keys() - {"event", "at", *_MEMBERS}:
            raise ValueError(f"there is no such member as {short(min(map(str, strange)))!r}")
        if empty := [one for one, value in found.items() if value is None]:
            raise ValueError(f"{empty[0]}: found null; leave out what is absent")
        name = _named(EventName, "event", found.get("event"))
        members: dict[str, Any] = {one: value for one, value in found.items() if one not in {"event", "at"}}
        if "kind" in members:
            members["kind"] = _named(EventKind, "kind", members["kind"], _kinds_of(name))
        if "result" in members:
            members["result"] = _read("result", LabResult.named, members["result"])
        return cls(event=name, at=_moment(found.get("at")), **members)

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


def checked(history: Iterable[Event]) -> frozenset[Event]:
    """Return the events of a history, each once (CLR-10).

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
    return frozenset(events)


def _named(known: Any, member: str, found: object, among: Iterable[Any] | None = None) -> Any:
    names = list(known if among is None else among)
    if not isinstance(found, str) or found not in names:
        raise ValueError(f"{member}: expected one of {', '.join(names)}")
    return known(found)


def _read(member: str, read: Any, found: object) -> Any:
    try:
        return read(found)
    except ValueError as error:
        raise ValueError(f"{member}: {error}") from None


def _moment(found: object) -> datetime:
    if isinstance(found, datetime):
        return found
    moment: datetime = _read("at", lambda text: read_time(text if isinstance(text, str) else ""), found)
    if moment.microsecond:
        raise ValueError("at: expected a whole second")
    return moment


def _kinds_of(event: EventName) -> list[EventKind]:
    return [kind for kind in EventKind if kind.event == event]


def _one_of(event: EventName) -> str:
    return f"one of {', '.join(_kinds_of(event))}"
