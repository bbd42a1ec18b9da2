"""What ends a measure: the healthy events of a history, and the ends that they make (CLR-11, CLR-13)."""

from bisect import bisect_left, bisect_right
from collections.abc import Iterable, Mapping
from functools import cached_property
from operator import itemgetter
from typing import Final

from healthpass.codec._time import HOUR
from healthpass.coloring._events import Event
from healthpass.coloring._rules import Ends, Negatives
from healthpass.words._code_points import LabResult
from healthpass.words._events import EventKind, EventName

DAY: Final = 86_400
OPEN: Final = 1 << 62  # later than all times: an end that is not known


class Healthy:
    """The healthy events of a history.

    Args:
        events: those that count, with their seconds, in their order.
        zone: minutes by which civil days are east of UTC.
    """

    def __init__(self, events: Iterable[tuple[int, Event]], zone: int) -> None:
        self._east = 60 * zone
        self._windows: dict[int, tuple[list[int], list[int]]] = {}
        self._counted: dict[tuple[int, int], list[int]] = {}
        good: dict[EventName, list[int]] = {}
        bad: dict[EventName, list[int]] = {}
        for at, event in events:
            if (speaks := _speaks(event)) is not None:
                (good if speaks else bad).setdefault(event.event, []).append(at)
        unwell = set(map(self.day, bad.get(EventName.CHECK_IN, ())))
        positives = bad.get(EventName.TEST, [])
        check_ins = [at for at in good.pop(EventName.CHECK_IN, ()) if self.day(at) not in unwell]
        negatives = [at for at in good.pop(EventName.TEST, ()) if at not in set(positives)]
        self._by_name = good | {EventName.CHECK_IN: check_ins, EventName.TEST: negatives}
        self._positives = positives
        self._check_ins = {self.day(at): at for at in reversed(check_ins)}  # the first of each civil day

    def day(self, at: int) -> int:
        """Return the civil day of a time."""
        return (at + self._east) // DAY

    def start_of(self, day: int) -> int:
        """Return the time at which a civil day starts."""
        return day * DAY - self._east

    def last(self, name: EventName) -> int | None:
        """Return the time of the last such event; None when there is none."""
        times = self._by_name.get(name)
        return times[-1] if times else None

    def end(self, ends: Ends | None, at: int) -> int:  # noqa: PLR0911 - one for each member
        """Return when that ends which began with an event at a time; `OPEN` when it is not known (CLR-13)."""
        if ends is None:
            return OPEN
        if ends.days is not None:  # (1)
            return self.start_of(self.day(at) + ends.days + 1)
        if ends.hours is not None:  # (2)
            return at + ends.hours * HOUR
        if ends.check_ins is not None:  # (3)
            begins, completed = self._runs(ends.check_ins)
            return _at(completed, bisect_right(begins, self.day(at)))
        if ends.negatives is not None:  # (4)
            return self._negatives(ends.negatives, at)
        if ends.event is not None:  # (5)
            times = self._by_name.get(ends.event, [])
            return _at(times, bisect_right(times, at))
        if ends.all is not None:  # (6)
            return max(self.end(one, at) for one in ends.all)
        return min(self.end(one, at) for one in ends.any or ())  # (7)

    @cached_property
    def _days(self) -> list[int]:
        return sorted(self._check_ins)

    def _runs(self, length: int) -> tuple[list[int], list[int]]:
        """Return the first day of each run of so many healthy days, and the time at which it is complete."""
        if length not in self._windows:
            days = self._days
            firsts = [
                first for first, last in zip(days, days[length - 1 :], strict=False) if last - first == length - 1
            ]
            self._windows[length] = firsts, [self._check_ins[first + length - 1] for first in firsts]
        return self._windows[length]

    def _negatives(self, wanted: Negatives, at: int) -> int:
        times = self._by_name.get(EventName.TEST, [])
        earliest = max(at + 1, self.start_of(self.day(at) + wanted.from_day))
        key = wanted.count, wanted.hours_apart
        if key not in self._counted:
            self._counted[key] = _completed(times, self._positives, *key)
        return _at(self._counted[key], bisect_left(times, earliest))


def _speaks(event: Event) -> bool | None:
    """Tell whether an event speaks for a person's health, against it, or neither (CLR-11)."""
    match event.event:
        case EventName.RELEASE | EventName.DISCHARGE:
            return True
        case EventName.DECLARATION | EventName.CHECK_IN:
            return event.healthy
        case EventName.TEST if event.result is LabResult.POSITIVE:
            return False
        case EventName.TEST if event.kind is EventKind.NAAT:
            return True
    return None


def _at(times: list[int], place: int) -> int:
    return times[place] if place < len(times) else OPEN


def _completed(times: list[int], positives: list[int], count: int, hours_apart: int) -> list[int]:
    """Return, for each negative test, when so many are there if this one is the first that may count."""
    apart = max(hours_apart * HOUR, 1)
    result = [OPEN] * len(times)
    for place in range(len(times) - 1, -1, -1):
        stop = _at(positives, bisect_right(positives, times[place]))
        here, found = place, 1
        while found < count:
            here = bisect_left(times, times[here] + apart)
            if here >= len(times) or times[here] > stop:
                break
            found += 1
        if found == count:
            result[place] = times[here]
        else:  # a positive one, or the end: it begins anew after it
            after = bisect_right(times, stop)
            result[place] = result[after] if after < len(times) else OPEN
    return result


def timed(events: Iterable[Event]) -> list[tuple[int, Event]]:
    """Return events with their seconds, in their order (CLR-14.2)."""
    pairs = sorted(((event.seconds, event) for event in events), key=itemgetter(0))
    if len({at for at, _ in pairs}) < len(pairs):
        pairs.sort(key=_order)
    return pairs


def _order(one: tuple[int, Event]) -> tuple[int, int, int]:
    at, event = one
    return at, event.level or 0, -_KINDS[event.kind] if event.kind else 0


_KINDS: Final[Mapping[EventKind, int]] = {kind: place for place, kind in enumerate(EventKind)}
