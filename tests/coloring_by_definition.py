"""Sections 3 and 4 of spec/coloring.md, rule by rule: slow, and with nothing of the library's code."""

from collections.abc import Sequence
from datetime import datetime, timedelta
from typing import NamedTuple

from healthpass.coloring import (
    Color,
    Coloring,
    ColorRules,
    Ends,
    Event,
    EventKind,
    EventName,
    LabResult,
    Reason,
    Rule,
)

DAY = timedelta(days=1)
HOUR = timedelta(hours=1)
KINDS = list(EventKind)


class Picture(NamedTuple):
    """What a colouring says, but for when it changes."""

    color: Color | None
    reason: Reason | None
    until: datetime | None
    rule: str
    event: Event | None

    @classmethod
    def of(cls, coloring: Coloring) -> "Picture":
        """Return what a colouring says."""
        why = coloring.why
        return cls(coloring.color, coloring.reason, coloring.until, why.rule.id, why.event)


class Known:
    """What is known of a person at a time."""

    def __init__(self, history: Sequence[Event], rules: ColorRules, at: datetime) -> None:
        self.at = at
        self.east = timedelta(minutes=rules.zone)
        self.events = [one for one in history if one.at <= at]
        self.unwell = {self.day(one.at) for one in self.events if one.event == "check-in" and not one.healthy}
        self.positive = [one.at for one in self.events if one.result is LabResult.POSITIVE]

    def day(self, moment: datetime) -> int:
        """Return the civil day of a time."""
        return (moment + self.east - datetime(1970, 1, 1, tzinfo=moment.tzinfo)) // DAY

    def start(self, day: int, like: datetime) -> datetime:
        """Return the time at which a civil day begins."""
        return datetime(1970, 1, 1, tzinfo=like.tzinfo) + day * DAY - self.east

    def healthy(self, name: EventName, after: datetime | None = None) -> list[datetime]:
        """Return the times of the healthy events of a name that count."""
        found = set()
        for one in self.events:
            good = one.event in {EventName.RELEASE, EventName.DISCHARGE} or one.healthy is True
            if one.event is EventName.CHECK_IN and self.day(one.at) in self.unwell:
                good = False
            if one.event is EventName.TEST:
                good = one.kind is EventKind.NAAT and one.result is LabResult.NEGATIVE
                good = good and one.at not in self.positive
            if one.event is name and good and (after is None or one.at > after):
                found.add(one.at)
        return sorted(found)

    def end(self, ends: Ends | None, ground: datetime) -> datetime | None:  # noqa: PLR0911 - one for each
        """Return when something ends that began with an event; None when it is not known."""
        if ends is None:
            return None
        if ends.days is not None:
            return self.start(self.day(ground) + ends.days + 1, ground)
        if ends.hours is not None:
            return ground + ends.hours * HOUR
        if ends.event is not None:
            return min(self.healthy(ends.event, ground), default=None)
        if ends.check_ins is not None:
            return self._run(ends.check_ins, ground)
        if ends.negatives is not None:
            wanted = ends.negatives
            earliest = self.start(self.day(ground) + wanted.from_day, ground)
            times = [one for one in self.healthy(EventName.TEST, ground) if one >= earliest]
            return min(
                (one for one in times if self._counted(times, one, wanted.hours_apart) >= wanted.count),
                default=None,
            )
        inner = [self.end(one, ground) for one in ends.all or ends.any or ()]
        known = [one for one in inner if one is not None]
        if ends.all:
            return max(known) if len(known) == len(inner) else None
        return min(known, default=None)

    def _run(self, length: int, ground: datetime) -> datetime | None:
        times = self.healthy(EventName.CHECK_IN, ground)
        first = {self.day(one): one for one in reversed(times) if self.day(one) > self.day(ground)}
        whole = [day for day in first if all(day - back in first for back in range(length))]
        return first[min(whole)] if whole else None

    def _counted(self, times: list[datetime], last: datetime, apart: int) -> int:
        """Return how many tests can be chosen up to this one, without a positive one between them."""
        before = [
            one
            for one in times
            if one < last and last - one >= apart * HOUR and not any(one < bad < last for bad in self.positive)
        ]
        return 1 + max((self._counted(times, one, apart) for one in before), default=0)

    def live(self, rule: Rule) -> list[tuple[Event | None, datetime | None]]:
        """Return the events for which a rule is live, with their ends."""
        if rule.lacking is not None:
            last = max(self.healthy(rule.lacking.event), default=None)
            if last is not None and self.at < last + rule.lacking.hours * HOUR:
                return []
        if rule.on is None:
            return [(None, None)]
        found: list[tuple[Event | None, datetime | None]] = []
        for one in self.events:
            on = rule.on
            if one.event is not on.event or (on.kind and one.kind not in on.kind):
                continue
            if on.level and one.level not in on.level.meant:
                continue
            if on.result not in {None, one.result} or on.healthy not in {None, one.healthy}:
                continue
            end = self.end(rule.ends, one.at)
            if one.at + (rule.after_hours or 0) * HOUR <= self.at and (end is None or self.at < end):
                found.append((one, end))
        return found


def picture(history: Sequence[Event], rules: ColorRules, at: datetime) -> Picture:
    """Return what the rules say of a history at a time."""
    known = Known(history, rules, at)
    live = [(rule, known.live(rule)) for rule in rules.rules]
    rule, grounds = next((rule, grounds) for rule, grounds in live if grounds)
    events = [one for one, _ in grounds if one is not None]
    latest = max(
        events, key=lambda one: (one.at, one.level or 0, -KINDS.index(one.kind) if one.kind else 0), default=None
    )
    until = None
    if rule.color in {Color.YELLOW, Color.RED}:
        ends = [end for other, some in live if other.color is rule.color for _, end in some]
        until = None if None in ends else max(end for end in ends if end is not None)
    return Picture(rule.color, rule.reason, until, rule.id, latest)
