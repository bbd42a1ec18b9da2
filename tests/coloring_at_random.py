"""Histories, rules and times that meet each other, made of a number: so that most rules are live at some time."""

import json
from datetime import UTC, datetime, timedelta
from random import Random
from typing import Any, Final

from healthpass.coloring import ColorRules, Event, EventKind, EventName, SourceError

SAY: Final = {"zh": "须隔离", "en": "Stay at home"}
START: Final = datetime(2022, 6, 1, tzinfo=UTC)
HOUR: Final = timedelta(hours=1)
SPAN: Final = 24 * 9  # hours from the first event to the last
GROUNDS: Final = [one for one in EventName if one is not EventName.RELEASE]
ENDING: Final = ["declaration", "check-in", "test", "discharge", "release"]


def table(*rules: dict[str, Any], **changes: Any) -> bytes:
    """Return a rule file with these rules and green."""
    green = {"id": "clear", "color": "green"}
    return json.dumps({"names": SAY, "zone": 480, "rules": [*rules, green]} | changes).encode()


def at(hours: float) -> datetime:
    """Return a time so many hours after the start."""
    return START + hours * HOUR


def event(name: str, hours: float, **members: Any) -> Event:
    """Return an event so many hours after the start."""
    return Event.read({"event": name, "at": at(hours), **members})


class Chance:
    """What is made of a number: an event more, a history, rules, and a time.

    Args:
        number: the number.
    """

    def __init__(self, number: int) -> None:
        self._random = Random(number)  # noqa: S311 - no secret
        self.rules = self._rules()
        self.history = self._history()
        self.more = self._event(self._random.choice([*EventName]))
        seconds = self._random.choice([-1, 0, 0, 1])
        self.moment = at(self._random.randint(12, SPAN)) + timedelta(seconds=seconds)

    def _event(self, name: EventName) -> Event:
        members: dict[str, Any] = {}
        for member in name.members:
            match member:
                case "kind":
                    members[member] = self._random.choice(_kinds(name)[:2])
                case "level":
                    members[member] = self._random.randint(1, 5)
                case "result":
                    members[member] = self._random.choice(["positive", "negative", "negative", "negative"])
                case "healthy":
                    members[member] = self._random.random() < 0.8
        return event(name, self._random.randint(0, SPAN), **members)

    def _history(self) -> list[Event]:
        grounds = [rule.on.event for rule in self.rules.rules if rule.on]
        often = [*grounds * 2, *[EventName.TEST] * 6, *EventName]
        found = [self._event(self._random.choice(often)) for _ in range(self._random.randint(0, 14))]
        first, hour = self._random.randint(0, 5), self._random.randint(0, 23)
        daily = [day for day in range(first, first + self._random.randint(0, 6)) if self._random.random() < 0.9]
        return [*found, *(event("check-in", 24 * day + hour, healthy=True) for day in daily)]

    def _ends(self, depth: int = 0) -> dict[str, Any]:
        if depth < 2 and self._random.random() < 0.4:
            inner = [self._ends(depth + 1) for _ in range(2)]
            return {self._random.choice(["all", "any"]): inner}
        negatives = {
            "count": self._random.randint(1, 3),
            "hours_apart": self._random.choice([0, 5, 24]),
            "from_day": self._random.randint(0, 3),
        }
        return self._random.choice(
            [
                {"days": self._random.randint(0, 6)},
                {"hours": self._random.randint(1, 90)},
                {"check_ins": self._random.randint(1, 3)},
                {"negatives": negatives},
                {"event": self._random.choice(ENDING)},
            ]
        )

    def _ground(self) -> dict[str, Any]:
        name = self._random.choice([*GROUNDS, *[EventName.EXPOSURE] * 5])
        on: dict[str, Any] = {"event": str(name)}
        if name is EventName.TEST:
            on["result"] = "positive"
        if "healthy" in name.members:
            on["healthy"] = False
        if "kind" in name.members and self._random.random() < 0.3:
            on["kind"] = [self._random.choice(_kinds(name)[:2])]
        if "level" in name.members and self._random.random() < 0.5:
            on["level"] = {"at_least": self._random.randint(1, 5)}
        return on

    def _rule(self, place: int) -> dict[str, Any]:
        color = self._random.choice(["red", None, "yellow", "yellow"])
        rule: dict[str, Any] = {"id": f"r{place}", "say": SAY}
        if color:
            rule |= {"color": color, "reason": self._random.choice(["exposure", "symptoms"])}
        lacking = self._random.random() < 0.2
        if lacking:
            event_ = self._random.choice(["declaration", "check-in", "test"])
            rule["lacking"] = {"event": event_, "hours": self._random.randint(1, 60)}
        if not lacking or self._random.random() < 0.5:
            rule["on"] = self._ground()
            rule |= {"ends": self._ends()} if self._random.random() < 0.9 else {}
            rule |= {"after_hours": self._random.randint(1, 80)} if self._random.random() < 0.3 else {}
        return rule

    def _rules(self) -> ColorRules:
        """Make a table of rules; those that make none together are left out."""
        rules = sorted(
            map(self._rule, range(6)), key=lambda rule: ["red", None, "yellow"].index(rule.get("color"))
        )
        zone = 60 * self._random.randint(-12, 14)
        whole: list[dict[str, Any]] = []
        for rule in rules:
            try:
                ColorRules.read(table(*whole, rule, zone=zone))
            except SourceError:
                continue
            whole.append(rule)
        return ColorRules.read(table(*whole, zone=zone))


def _kinds(name: EventName) -> list[str]:
    return [str(kind) for kind in EventKind if kind.event == name]
