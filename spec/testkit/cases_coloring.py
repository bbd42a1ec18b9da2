"""Rule CLR-12: which rules are live."""

from __future__ import annotations

from typing import Final

from coloring import MET, color, colored, green, happened, met, rule, sampled, table, well, yellow
from topic import Json, Topic

TOPIC: Final = Topic("coloring-color")


def case(  # noqa: PLR0917 - the columns of a table
    identifier: str, clause: str, comment: str, rules: str, history: list[Json], at: str, expect: Json
) -> None:
    """Add a case."""
    color(TOPIC, identifier, clause, comment, rules, history, at, expect)


DUE: Final = table(rule("due", on={"event": "arrival"}, after_hours=72, ends={"event": "test"}, reason="test-due"))
CAME: Final = happened("arrival", "06-20 15:00", kind="abroad")
LAPSED: Final = table(rule("lapsed", lacking={"event": "check-in", "hours": 24}, reason="declaration-lapsed"))

case("clc-001", "CLR-12", "Without an end it stays.", table(met()), [MET], "2032-06-20 15:00", yellow())
case(
    "clc-002",
    "CLR-12.1",
    "It is live in the second of its beginning.",
    table(met()),
    [MET],
    "06-20 15:00",
    yellow(),
)
case(
    "clc-003",
    "CLR-12.1",
    "A second earlier it is not.",
    table(met()),
    [MET],
    "06-20 14:59:59",
    green("06-20 15:00"),
)
case(
    "clc-004",
    "CLR-12.1",
    "Another kind is not matched.",
    table(rule("met", on={"event": "exposure", "kind": ["shared-place"]})),
    [MET],
    "06-21 12:00",
    green(),
)
case(
    "clc-005",
    "CLR-12.1",
    "One of two kinds.",
    table(rule("met", on={"event": "exposure", "kind": ["shared-place", "close-contact"]})),
    [MET],
    "06-21 12:00",
    yellow(),
)
STAY: Final = happened("stay", "06-20 15:00", level=3)
AREA: Final = rule("area", on={"event": "stay", "level": {"at_least": 3, "at_most": 4}}, reason="risk-area")
case(
    "clc-006",
    "CLR-12.1",
    "The lower bound of levels is among them.",
    table(AREA),
    [STAY],
    "06-21 12:00",
    colored("area", STAY, reason="risk-area"),
)
case(
    "clc-007",
    "CLR-12.1",
    "A level above the upper bound is not matched.",
    table(AREA),
    [STAY | {"level": 5}],
    "06-21 12:00",
    green(),
)
case(
    "clc-008",
    "CLR-12.1",
    "A negative test is not matched where a positive one is the ground.",
    table(rule("ill", "red", on={"event": "test", "result": "positive"})),
    [sampled("06-20 15:00")],
    "06-21 12:00",
    green(),
)
case(
    "clc-009",
    "CLR-12.1",
    "72 hours after arrival, and no test.",
    DUE,
    [CAME],
    "06-23 15:00",
    colored("due", CAME, reason="test-due"),
)
case("clc-010", "CLR-12.1", "A second less.", DUE, [CAME], "06-23 14:59:59", green("06-23 15:00"))
case(
    "clc-011",
    "CLR-12.1",
    "A test before it begins: it never does.",
    DUE,
    [CAME, sampled("06-22 09:00")],
    "06-24 15:00",
    green(),
)
case(
    "clc-012",
    "CLR-12.1",
    "A test before the arrival is none after it.",
    DUE,
    [CAME, sampled("06-20 09:00")],
    "06-23 15:00",
    colored("due", CAME, reason="test-due"),
)
AGAIN: Final = happened("arrival", "06-24 15:00", kind="abroad")
case(
    "clc-013",
    "CLR-12.1",
    "Each arrival begins anew: tested after the first, not after the second.",
    DUE,
    [CAME, sampled("06-22 09:00"), AGAIN],
    "06-27 15:00",
    colored("due", AGAIN, reason="test-due"),
)
case(
    "clc-014",
    "CLR-12.1",
    "The first arrival is live while the second has not begun.",
    DUE,
    [CAME, AGAIN],
    "06-25 15:00",
    colored("due", CAME, reason="test-due", next_at="06-27 15:00"),
)
case(
    "clc-020",
    "CLR-12.2",
    "No check-in at all.",
    LAPSED,
    [],
    "06-21 12:00",
    colored("lapsed", None, reason="declaration-lapsed"),
)
case(
    "clc-021",
    "CLR-12.2",
    "A check-in, 24 hours less a second ago.",
    LAPSED,
    [well("06-20 12:00:01")],
    "06-21 12:00",
    green("06-21 12:00:01"),
)
case(
    "clc-022",
    "CLR-12.2",
    "24 hours ago.",
    LAPSED,
    [well("06-20 12:00")],
    "06-21 12:00",
    colored("lapsed", None, reason="declaration-lapsed"),
)
case(
    "clc-023",
    "CLR-12.2",
    "The last one counts.",
    LAPSED,
    [well("06-19 12:00"), well("06-20 20:00")],
    "06-21 12:00",
    green("06-21 20:00"),
)
case(
    "clc-024",
    "CLR-12.2",
    "An unhealthy check-in does not do.",
    LAPSED,
    [well("06-21 08:00", healthy=False)],
    "06-21 12:00",
    colored("lapsed", None, reason="declaration-lapsed"),
)
BOTH: Final = table(
    rule(
        "untested",
        on={"event": "arrival"},
        lacking={"event": "test", "hours": 48},
        ends={"days": 7},
        reason="test-due",
    )
)
case(
    "clc-025",
    "CLR-12.2",
    "Ground and lack together: no test in 48 hours, within a week of the arrival.",
    BOTH,
    [CAME],
    "06-21 12:00",
    colored("untested", CAME, reason="test-due", until="06-28 00:00", next_at="06-28 00:00"),
)
case(
    "clc-026",
    "CLR-12.2",
    "With a test it is not live until that one is old.",
    BOTH,
    [CAME, sampled("06-21 09:00")],
    "06-21 12:00",
    green("06-23 09:00"),
)
case(
    "clc-027",
    "CLR-12.2",
    "A healthy check-in of a day with an unhealthy one does not count: it lacks.",
    LAPSED,
    [well("06-20 15:00"), well("06-20 18:00", healthy=False)],
    "06-20 20:00",
    colored("lapsed", None, reason="declaration-lapsed"),
)
