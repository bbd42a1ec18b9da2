"""Histories in few words, for tables of cases and for people at a terminal.

    2020-02-11 09:00 order other-strict; 2020-02-12..2020-02-25 08:00 check-in healthy

Events with semicolons between them. Each has a day, a time of day in the zone of the rules, the name of the event
and what is known of it, in any order. Two days with `..` between them are the same event on each day.
"""

import re
from collections.abc import Iterator
from datetime import datetime, timedelta, timezone
from typing import Any, Final

from healthpass.codec._source_json import SourceError, short
from healthpass.codec._spelling import read_day
from healthpass.coloring._events import MAX_EVENTS, Event
from healthpass.words._code_points import LabResult
from healthpass.words._events import EventKind, EventName

_EVENT: Final = re.compile(r"(\S+?)(?:\.\.(\S+))? (\d\d:\d\d(?::\d\d)?) (\S+)((?: \S+)*)")
_MAX_TEXT: Final = 65_536  # characters
_WORDS: Final[dict[str, tuple[str, Any]]] = {
    "healthy": ("healthy", True),
    "unhealthy": ("healthy", False),
    **{result.label: ("result", result) for result in LabResult},
    **{str(kind): ("kind", kind) for kind in EventKind},
    **{f"level-{level}": ("level", level) for level in range(1, 6)},
}


def read_events(text: str, zone: int) -> tuple[Event, ...]:
    """Read a history that is written in few words.

    >>> [event.at.isoformat() for event in read_events("2020-02-12..2020-02-13 08:00 check-in healthy", 480)]
    ['2020-02-12T00:00:00+00:00', '2020-02-13T00:00:00+00:00']

    Args:
        text: the words; empty for a person of whom nothing is known.
        zone: minutes by which the times are east of UTC.

    Raises:
        SourceError: when they are others.
    """
    if len(text) > _MAX_TEXT:
        raise SourceError(f"the history has {len(text):,} characters, and {_MAX_TEXT:,} are the most")
    events: list[Event] = []
    for one in filter(None, (" ".join(part.split()) for part in text.split(";"))):
        try:
            events += _events(one, zone)
        except ValueError as error:
            raise SourceError(f"{short(one)!r}: {error}") from None
        if len(events) > MAX_EVENTS:
            raise SourceError(f"a history has at most {MAX_EVENTS:,} events")
    return tuple(events)


def read_moment(text: str, zone: int) -> datetime:
    """Read a day and a time of day, such as `2020-02-11 09:00`, in a zone.

    Raises:
        ValueError: when it is none.
    """
    day, _, clock = text.partition(" ")
    try:
        moment = datetime.fromisoformat(f"{read_day(day).isoformat()}T{clock}")
        if clock in {moment.strftime("%H:%M"), moment.strftime("%H:%M:%S")}:
            return moment.replace(tzinfo=timezone(timedelta(minutes=zone)))
    except ValueError:
        pass
    raise ValueError(f"found {short(text)!r}, expected a time such as 2020-02-11 09:00")


def _events(one: str, zone: int) -> Iterator[Event]:
    if not (found := _EVENT.fullmatch(one)):
        raise ValueError("expected an event such as 2020-02-11 09:00 exposure close-contact")
    first, last, clock, name, rest = found.groups()
    if name not in list(EventName):
        raise ValueError(f"expected one of {', '.join(EventName)}")
    members: dict[str, Any] = {}
    for word in rest.split():
        if word not in _WORDS or _WORDS[word][0] in members:
            raise ValueError(f"{short(word)!r} says nothing of it")
        member, value = _WORDS[word]
        members[member] = value
    days = (read_day(last or first) - read_day(first)).days
    if not 0 <= days < MAX_EVENTS:
        raise ValueError("the last day comes before the first, or is too far away")
    begin = read_moment(f"{first} {clock}", zone)
    for day in range(days + 1):
        yield Event(event=EventName(name), at=begin + timedelta(days=day), **members)
