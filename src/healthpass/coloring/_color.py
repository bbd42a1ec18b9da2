"""Colouring: from a history and rules to a colour, its reason and its end (spec/coloring.md, section 4)."""

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum
from typing import Final, NamedTuple

from healthpass.codec._time import TIME_LIMIT, from_seconds, to_seconds
from healthpass.coloring._course import Course, Live
from healthpass.coloring._events import Event, checked
from healthpass.coloring._healthy import OPEN, Healthy, timed
from healthpass.coloring._rules import Rule
from healthpass.coloring._table import ColorRules
from healthpass.words._code_points import Color, Reason

_MEASURES: Final = (Color.YELLOW, Color.RED)


@dataclass(frozen=True, slots=True)
class Why:
    """Why somebody has a colour.

    Attributes:
        rule: the rule that coloured.
        event: the latest event for which it is live; None for a rule without a ground of its own.
    """

    rule: Rule
    event: Event | None


@dataclass(frozen=True, slots=True)
class Coloring:
    """What an office states about a person, by its rules.

    Attributes:
        color: the colour; None when no code is issued.
        reason: of yellow and red.
        until: the end of the measure, if it is known; of yellow and red alone.
        why: the rule and the event, for the holder and for an appeal.
        next_at: when it changes by time alone; None when it does not.
    """

    color: Color | None
    reason: Reason | None
    until: datetime | None
    why: Why
    next_at: datetime | None

    @property
    def review(self) -> bool:
        """Whether a person confirms it before it is stated (CLR-16.3)."""
        return self.why.rule.review is True


class State(StrEnum):
    """How a rule stands at a time; each member equals its name, a plain string."""

    LIVE = "live"
    ENDED = "ended"
    NOT_BEGUN = "not begun"
    NO_EVENT = "no such event"
    NOT_LACKING = "not lacking"


@dataclass(frozen=True, slots=True)
class RuleState:
    """How one rule stands, for people who ask why.

    Attributes:
        rule: the rule.
        state: whether it is live, and why not.
        event: the event that it is about, if there is one.
        begins: when it begins or began for this event.
        ends: when it ends or ended for it, if that is known.
    """

    rule: Rule
    state: State
    event: Event | None = None
    begins: datetime | None = None
    ends: datetime | None = None


class _Picture(NamedTuple):
    """What somebody sees at a time; compared, it tells whether anything changes."""

    rule: int
    event: Event | None
    until: int


def color_of(history: Iterable[Event], rules: ColorRules, *, at: datetime) -> Coloring:
    """Return the colour that rules give to a history at a time.

    Args:
        history: events in any order; at most 1,000.
        rules: the rules of the office.
        at: the time of colouring, with its zone.

    Returns:
        The colour with its reason, its end and why. The same history in another order gives the same.

    Raises:
        TypeError: when `at` or an event is of another type.
        ValueError: when `at` has no zone or does not lie from 1970 to 9998, or the events are too many.
    """
    moment, courses, upcoming = _courses(history, rules, at)
    now = _picture(courses, moment)
    rule = courses[now.rule].rule
    change = _next_change(courses, now, moment)
    return Coloring(
        color=rule.color,
        reason=rule.reason,
        until=_time(now.until) if rule.color in _MEASURES else None,
        why=Why(rule, now.event),
        next_at=_time(min(change, upcoming)),
    )


def explain(history: Iterable[Event], rules: ColorRules, *, at: datetime) -> tuple[RuleState, ...]:
    """Tell how each rule stands, up to the one that colours.

    Args:
        history: as for `color_of`.
        rules: the rules.
        at: the time of colouring.

    Raises:
        TypeError: as `color_of`.
        ValueError: as `color_of`.
    """
    moment, courses, _ = _courses(history, rules, at)
    now = _picture(courses, moment)
    return tuple(_state(course, moment) for course in courses[: now.rule + 1])


def _courses(history: Iterable[Event], rules: ColorRules, at: datetime) -> tuple[int, Sequence[Course], int]:
    """Return the time, the courses of the rules, and the first time of an event that does not count yet."""
    moment = to_seconds(at)
    from_seconds(moment)
    events = timed(checked(history))
    past = [one for one in events if one[0] <= moment]  # CLR-10.3
    upcoming = events[len(past)][0] if len(past) < len(events) else OPEN
    healthy = Healthy(past, rules.zone)
    by_name: dict[str, list[tuple[int, Event]]] = {}
    for one in past:
        by_name.setdefault(one[1].event, []).append(one)
    return moment, [Course(rule, by_name, healthy) for rule in rules.rules], upcoming


def _picture(courses: Sequence[Course], at: int) -> _Picture:
    place, live = next((place, live) for place, course in enumerate(courses) if (live := course.live(at)))
    return _Picture(place, live.event, max(end for end in _ends(courses, place, live, at)))


def _ends(courses: Sequence[Course], place: int, live: Live, at: int) -> Iterator[int]:
    """Give the ends of the live rules of a colour (CLR-14.3)."""
    yield live.end
    color = courses[place].rule.color
    if color in _MEASURES:
        for course in courses[place + 1 :]:
            if course.rule.color is color and (other := course.live(at)):
                yield other.end


def _next_change(courses: Sequence[Course], now: _Picture, moment: int) -> int:
    """Return the first time at which another picture is seen (CLR-15)."""
    color = courses[now.rule].rule.color
    beside = [place for place in range(now.rule + 1, len(courses)) if courses[place].rule.color is color]
    watched = [*range(now.rule + 1), *(beside if color in _MEASURES else ())]
    ends = {place: live.end for place in watched if (live := courses[place].live(moment))}
    changing: dict[int, list[int]] = {}
    for place in watched:
        for mark in set(courses[place].marks(moment)):
            changing.setdefault(mark, []).append(place)
    for mark in sorted(changing):
        if mark >= TIME_LIMIT:
            break
        for place in changing[mark]:  # no other rule changes at this time
            live = courses[place].live(mark)
            if place < now.rule and live is not None:
                return mark
            if place == now.rule and (live is None or live.event != now.event):
                return mark
            ends |= {place: 0 if live is None else live.end}
        if max(ends.values()) != now.until:
            return mark
    return OPEN


def _state(course: Course, moment: int) -> RuleState:
    rule, last = course.rule, course.last(moment)
    if last is None and rule.on is not None:
        if (upcoming := course.upcoming(moment)) is None:
            return RuleState(rule, State.NO_EVENT)
        return RuleState(rule, State.NOT_BEGUN, upcoming[0], _time(upcoming[1]))
    event, begins, ends = last if last is not None else (None, None, OPEN)
    if moment >= ends:
        return RuleState(rule, State.ENDED, event, _time(begins), _time(ends))
    if course.live(moment) is None:
        return RuleState(rule, State.NOT_LACKING, event, _time(course.lacks_from), _time(ends))
    return RuleState(rule, State.LIVE, event, _time(begins), _time(ends))


def _time(seconds: int | None) -> datetime | None:
    return from_seconds(seconds) if seconds is not None and seconds < TIME_LIMIT else None
