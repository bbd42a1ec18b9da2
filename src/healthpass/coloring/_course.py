"""The course of a rule: when it is live, as long as nothing more is recorded (CLR-12)."""

from bisect import bisect_right
from collections.abc import Iterator, Mapping, Sequence
from typing import Final, NamedTuple, TypeAlias

from healthpass.codec._time import HOUR
from healthpass.coloring._events import Event
from healthpass.coloring._healthy import OPEN, Healthy
from healthpass.coloring._rules import Ground, Rule

Timed: TypeAlias = Sequence[tuple[int, Event]]


class Live(NamedTuple):
    """A rule that is live.

    Attributes:
        event: the latest event for which it is; None when it has no `on`.
        end: when it ends; `OPEN` when that is not known.
    """

    event: Event | None
    end: int


class Course:
    """The course of one rule.

    What began later ends later, so that the last event for which a rule has begun tells whether it is live.

    Args:
        rule: the rule.
        events: the events that count by their names, in their order.
        healthy: the healthy ones among them.
    """

    def __init__(self, rule: Rule, events: Mapping[str, Timed], healthy: Healthy) -> None:
        self.rule: Final = rule
        self._healthy = healthy
        self._grounds: list[tuple[int, Event]] = []
        self._begins: list[int] = []
        self._lacks_from: int | None = None
        if rule.on is not None:
            later = (rule.after_hours or 0) * HOUR
            self._grounds = [one for one in events.get(rule.on.event, ()) if matches(rule.on, one[1])]
            self._begins = [at + later for at, _ in self._grounds]
        if rule.lacking is not None and (last := healthy.last(rule.lacking.event)) is not None:
            self._lacks_from = last + rule.lacking.hours * HOUR

    def last(self, at: int) -> tuple[Event, int, int] | None:
        """Return the last event for which the rule has begun at a time, its beginning and its end."""
        place = bisect_right(self._begins, at) - 1
        if place < 0:
            return None
        began, event = self._grounds[place]
        return event, self._begins[place], self._healthy.end(self.rule.ends, began)

    def live(self, at: int) -> Live | None:
        """Tell whether the rule is live at a time."""
        if self.lacks_from is not None and at < self.lacks_from:
            return None
        if self.rule.on is None:
            return Live(None, OPEN)
        last = self.last(at)
        return Live(last[0], last[2]) if last is not None and at < last[2] else None

    def upcoming(self, at: int) -> tuple[Event, int] | None:
        """Return the first event for which the rule begins later, and when."""
        place = bisect_right(self._begins, at)
        return (self._grounds[place][1], self._begins[place]) if place < len(self._begins) else None

    @property
    def lacks_from(self) -> int | None:
        """From when on that is missing which it speaks of; None when it always is."""
        return self._lacks_from

    def marks(self, at: int) -> Iterator[int]:
        """Give the times after a time at which it may begin or end, or for another event."""
        if self.lacks_from is not None and self.lacks_from > at:
            yield self.lacks_from
        first = bisect_right(self._begins, at)
        yield from self._begins[first:]
        for began, _ in self._grounds[max(first - 1, 0) :]:
            end = self._healthy.end(self.rule.ends, began)
            if at < end < OPEN:
                yield end


def matches(on: Ground, event: Event) -> bool:
    """Tell whether an event is the ground of a rule."""
    return (
        event.event is on.event
        and (on.kind is None or event.kind in on.kind)
        and (on.level is None or event.level in on.level.meant)
        and (on.result is None or event.result is on.result)
        and (on.healthy is None or event.healthy is on.healthy)
    )
