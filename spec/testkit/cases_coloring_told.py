"""Rules CLR-14 and CLR-15: the colour that is told, by what, until when, and when to look again."""

from __future__ import annotations

from typing import Final

from cases_coloring import AGAIN, AREA, CAME, STAY, TOPIC, case
from coloring import MET, colored, exposed, green, happened, met, rule, sampled, table, until, well, yellow

__all__ = ["TOPIC"]

SECOND: Final = exposed("06-22 09:00", "shared-place")
ORDER: Final = happened("order", "06-20 15:00", kind="home-quarantine")
ILL: Final = happened("diagnosis", "06-20 09:00", kind="confirmed")
SEVEN: Final = [
    rule("ill", "red", on={"event": "diagnosis"}, reason="isolation-order", ends={"event": "discharge"}),
    rule("seven", "red", on={"event": "exposure"}, ends={"days": 7}),
    rule("undeclared", None, lacking={"event": "declaration", "hours": 87_840}),
    met(ends={"days": 10}, review=True),
]
DECLARED: Final = happened("declaration", "06-01 09:00", healthy=True)
case(
    "clc-080",
    "CLR-14",
    "The first live rule colours: red before yellow.",
    table(*SEVEN),
    [DECLARED, MET],
    "06-21 12:00",
    colored("seven", MET, color="red", until="06-28 00:00", next_at="06-28 00:00"),
)
case(
    "clc-081",
    "CLR-14.1",
    "Then yellow, which a person confirms.",
    table(*SEVEN),
    [DECLARED, MET],
    "06-28 00:00",
    colored("met", MET, until="07-01 00:00", next_at="07-01 00:00", review=True),
)
case(
    "clc-082",
    "CLR-14.1",
    "Who has not declared has no code.",
    table(*SEVEN),
    [],
    "06-21 12:00",
    colored("undeclared", None, color=None),
)
case(
    "clc-083",
    "CLR-14.1",
    "But red also without a declaration.",
    table(*SEVEN),
    [MET],
    "06-21 12:00",
    colored("seven", MET, color="red", until="06-28 00:00", next_at="06-28 00:00"),
)
case(
    "clc-084",
    "CLR-14.2",
    "The latest of the events.",
    until({"days": 7}),
    [MET, SECOND],
    "06-23 12:00",
    yellow("06-30 00:00", event=SECOND),
)
PLACE: Final = exposed("06-20 15:00", "shared-place")
case(
    "clc-085",
    "CLR-14.2",
    "Of two at one time, the kind that stands first in the table.",
    until({"days": 7}),
    [PLACE, MET],
    "06-21 12:00",
    yellow("06-28 00:00"),
)
HIGH: Final = STAY | {"level": 4}
case(
    "clc-086",
    "CLR-14.2",
    "Of two at one time, the higher level.",
    table(AREA),
    [HIGH, STAY],
    "06-21 12:00",
    colored("area", HIGH, reason="risk-area"),
)
case(
    "clc-087",
    "CLR-14.3",
    "The latest end of the live rules of this colour.",
    table(rule("three", on={"event": "exposure"}, ends={"days": 3}), met(ends={"days": 7})),
    [MET],
    "06-21 12:00",
    colored("three", MET, until="06-28 00:00", next_at="06-24 00:00"),
)
case(
    "clc-088",
    "CLR-14.3",
    "One of them has no known end.",
    table(*SEVEN[:3]),
    [DECLARED, MET, ILL],
    "06-21 12:00",
    colored("ill", ILL, color="red", reason="isolation-order", next_at=None),
)
case(
    "clc-089",
    "CLR-14.3",
    "A rule of another colour does not count.",
    table(
        rule("seven", "red", on={"event": "exposure"}, ends={"days": 7}),
        rule("home", on={"event": "order"}, ends={"days": 30}),
    ),
    [MET, ORDER],
    "06-21 12:00",
    colored("seven", MET, color="red", until="06-28 00:00", next_at="06-28 00:00"),
)
case(
    "clc-090",
    "CLR-14.3",
    "An end after 9998 is none.",
    until({"days": 366}),
    [exposed("9998-06-20 15:00")],
    "9998-06-21 12:00",
    yellow(event=exposed("9998-06-20 15:00")),
)
case(
    "clc-091",
    "CLR-12.3 CLR-14.3",
    "One of them does not end: it has a ground, and no ends.",
    table(rule("three", on={"event": "exposure"}, ends={"days": 3}), rule("b", on={"event": "order"})),
    [MET, ORDER],
    "06-21 12:00",
    colored("three", MET, next_at="06-24 00:00"),
)
LATER: Final = exposed("06-22 15:00")
case(
    "clc-092",
    "CLR-14.3",
    "The end by one event is known, and by the other one it is not.",
    until({"all": [{"days": 9}, {"event": "test"}]}),
    [MET, sampled("06-21 12:00"), LATER],
    "06-23 12:00",
    yellow(event=LATER),
)
case(
    "clc-093",
    "CLR-14.3",
    "Of the ends by two events, the later one.",
    until({"days": 7}),
    [MET, LATER],
    "06-23 12:00",
    yellow("06-30 00:00", event=LATER),
)

case(
    "clc-100",
    "CLR-15",
    "Red has no end, and nothing below it matters.",
    table(rule("ill", "red", on={"event": "diagnosis"}), met(ends={"days": 7})),
    [ILL, MET],
    "06-21 12:00",
    colored("ill", ILL, color="red"),
)
case(
    "clc-101",
    "CLR-15",
    "A stricter rule begins.",
    table(rule("late", "red", on={"event": "exposure"}, after_hours=48), met()),
    [MET],
    "06-21 12:00",
    yellow(next_at="06-22 15:00"),
)
case(
    "clc-102",
    "CLR-15",
    "The colour stays, and the event changes.",
    table(rule("due", on={"event": "arrival"}, after_hours=72, reason="test-due")),
    [CAME, AGAIN],
    "06-24 16:00",
    colored("due", CAME, reason="test-due", next_at="06-27 15:00"),
)
case(
    "clc-103",
    "CLR-15",
    "Another rule of the colour begins, and moves the end.",
    table(
        rule("three", on={"event": "exposure"}, ends={"days": 3}),
        rule("b", on={"event": "order"}, after_hours=30, ends={"days": 9}),
    ),
    [MET, ORDER],
    "06-21 12:00",
    colored("three", MET, until="06-24 00:00", next_at="06-21 21:00"),
)
case(
    "clc-104",
    "CLR-15",
    "An event that does not count yet, before the end.",
    until({"days": 7}),
    [MET, well("06-22 08:00")],
    "06-21 12:00",
    yellow("06-28 00:00", next_at="06-22 08:00"),
)
case(
    "clc-105",
    "CLR-15",
    "The end, before an event that does not count yet.",
    until({"days": 7}),
    [MET, well("06-29 08:00")],
    "06-21 12:00",
    yellow("06-28 00:00"),
)
case(
    "clc-106",
    "CLR-15",
    "A week of yellow ends with green for good.",
    until({"days": 7}),
    [MET],
    "07-20 12:00",
    green(),
)
