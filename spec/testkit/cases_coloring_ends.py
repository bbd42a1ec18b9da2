"""Rule CLR-13: when a measure ends."""

from __future__ import annotations

from typing import Final

from coloring import (
    MET,
    color,
    colored,
    each_day,
    exposed,
    green,
    happened,
    met,
    rule,
    sampled,
    table,
    until,
    well,
    yellow,
)
from topic import Json, Topic

TOPIC: Final = Topic("coloring-ends")


def case(  # noqa: PLR0917 - the columns of a table
    identifier: str, clause: str, comment: str, rules: str, history: list[Json], at: str, expect: Json
) -> None:
    """Add a case."""
    color(TOPIC, identifier, clause, comment, rules, history, at, expect)


DUE: Final = table(rule("due", on={"event": "arrival"}, after_hours=72, ends={"event": "test"}, reason="test-due"))
CAME: Final = happened("arrival", "06-20 15:00", kind="abroad")

case(
    "clc-030",
    "CLR-13.1",
    "7 days: live in the last second of the seventh day after.",
    until({"days": 7}),
    [MET],
    "06-27 23:59:59",
    yellow("06-28 00:00"),
)
case(
    "clc-031",
    "CLR-13.1",
    "And no longer with the start of the eighth.",
    until({"days": 7}),
    [MET],
    "06-28 00:00",
    green(),
)
case(
    "clc-032",
    "CLR-13.1",
    "0 days: until midnight.",
    until({"days": 0}),
    [MET],
    "06-20 23:00",
    yellow("06-21 00:00"),
)
LATE, EARLY = exposed("06-20 23:59:59"), exposed("06-21 00:00")
case(
    "clc-033",
    "CLR-13.1",
    "The last second of a day is of that day.",
    until({"days": 1}),
    [LATE],
    "06-21 12:00",
    yellow("06-22 00:00", event=LATE),
)
case(
    "clc-034",
    "CLR-13.1",
    "The first second is of the next one.",
    until({"days": 1}),
    [EARLY],
    "06-21 12:00",
    yellow("06-23 00:00", event=EARLY),
)
LEAP: Final = exposed("2024-02-27 12:00")
case(
    "clc-035",
    "CLR-13.1",
    "A leap year has a 29 February.",
    until({"days": 2}),
    [LEAP],
    "2024-02-28 12:00",
    yellow("2024-03-01 00:00", event=LEAP),
)
OTHER: Final = table(met(ends={"days": 0}), zone=-300)
case(
    "clc-036",
    "CLR-13.1",
    "The days are those of the zone: 15:00 in Shanghai is 02:00 in New York.",
    OTHER,
    [MET],
    "06-20 16:00",
    yellow("06-21 13:00"),
)
case(
    "clc-037",
    "CLR-13.2",
    "12 hours, to the second.",
    until({"hours": 12}),
    [MET],
    "06-21 02:59:59",
    yellow("06-21 03:00"),
)
case("clc-038", "CLR-13.2", "And over.", until({"hours": 12}), [MET], "06-21 03:00", green())

RUN: Final = until({"check_ins": 3})
case(
    "clc-040",
    "CLR-13.3",
    "Three check-ins on three days, to the second of the third.",
    RUN,
    [MET, *each_day(21, 23)],
    "06-23 08:00",
    green(),
)
case(
    "clc-041",
    "CLR-13.3",
    "A second before it: the end is not known.",
    RUN,
    [MET, *each_day(21, 23)],
    "06-23 07:59:59",
    yellow(next_at="06-23 08:00"),
)
case(
    "clc-042",
    "CLR-13.3",
    "A day without one: it begins anew.",
    RUN,
    [MET, *each_day(21, 22), *each_day(24, 25)],
    "06-25 12:00",
    yellow(),
)
case(
    "clc-043",
    "CLR-13.3",
    "And ends a day later.",
    RUN,
    [MET, *each_day(21, 22), *each_day(24, 26)],
    "06-26 12:00",
    green(),
)
case(
    "clc-044",
    "CLR-13.3",
    "A check-in on the day of the exposure is of no day after it.",
    RUN,
    [MET, *each_day(20, 22, "20:00")],
    "06-22 21:00",
    yellow(),
)
case(
    "clc-045",
    "CLR-13.3",
    "Check-ins from before the exposure.",
    RUN,
    [MET, *each_day(17, 19)],
    "06-21 12:00",
    yellow(),
)
case(
    "clc-046",
    "CLR-13.3",
    "The first check-in of the third day ends it, not the second.",
    RUN,
    [MET, *each_day(21, 23), well("06-23 06:00")],
    "06-23 06:00",
    green("06-23 08:00"),
)
case(
    "clc-047",
    "CLR-13.3",
    "Over the end of a month.",
    RUN,
    [exposed("06-28 15:00"), *each_day(29, 30), *each_day(1, 1, month=7)],
    "07-01 08:00",
    green(),
)
SECOND: Final = exposed("06-22 09:00", "shared-place")
case(
    "clc-048",
    "CLR-13.3",
    "Another exposure: three days are counted from it.",
    RUN,
    [MET, SECOND, *each_day(21, 24)],
    "06-24 12:00",
    yellow(event=SECOND),
)
case(
    "clc-049",
    "CLR-13.3",
    "Once ended it stays ended, also when the person is unwell on a later day.",
    RUN,
    [MET, *each_day(21, 23), well("06-25 08:00", healthy=False)],
    "06-25 12:00",
    green(),
)

POSITIVE: Final = sampled("06-21 20:00", "positive")
TWO: Final = until({"negatives": {"count": 2, "hours_apart": 24}})
case(
    "clc-050",
    "CLR-13.4",
    "Two negative tests, 24 hours apart.",
    TWO,
    [MET, sampled("06-21 09:00"), sampled("06-22 09:00")],
    "06-22 09:00",
    green(),
)
case(
    "clc-051",
    "CLR-13.4",
    "A second less between them.",
    TWO,
    [MET, sampled("06-21 09:00"), sampled("06-22 08:59:59")],
    "06-22 12:00",
    yellow(),
)
case(
    "clc-052",
    "CLR-13.4",
    "Tests between them do no harm.",
    TWO,
    [MET, sampled("06-21 09:00"), sampled("06-21 20:00"), sampled("06-22 09:00")],
    "06-22 09:00",
    green(),
)
case(
    "clc-053",
    "CLR-13.4",
    "A positive test between them: the count is 0 again.",
    TWO,
    [MET, sampled("06-21 09:00"), sampled("06-21 20:00", "positive", "antigen"), sampled("06-22 09:00")],
    "06-22 12:00",
    yellow(),
)
case(
    "clc-054",
    "CLR-13.4",
    "And two after it.",
    TWO,
    [
        MET,
        sampled("06-21 09:00"),
        sampled("06-21 20:00", "positive"),
        *map(sampled, ("06-22 09:00", "06-23 09:00")),
    ],
    "06-23 12:00",
    green(),
)
case(
    "clc-055",
    "CLR-13.4",
    "A positive test after the end does not undo it: that is another rule's.",
    TWO,
    [MET, sampled("06-21 09:00"), sampled("06-22 09:00"), sampled("06-23 09:00", "positive")],
    "06-23 12:00",
    green(),
)
TENTH: Final = until({"negatives": {"count": 1, "from_day": 10}})
case(
    "clc-056",
    "CLR-13.4",
    "From day 10 on: in its first second.",
    TENTH,
    [MET, sampled("06-30 00:00")],
    "06-30 00:00",
    green(),
)
case(
    "clc-057",
    "CLR-13.4",
    "In the last second of day 9.",
    TENTH,
    [MET, sampled("06-29 23:59:59")],
    "06-30 12:00",
    yellow(),
)
case(
    "clc-058",
    "CLR-13.4",
    "A test in the second of the exposure is not later than it.",
    until({"negatives": {"count": 1}}),
    [MET, sampled("06-20 15:00")],
    "06-20 18:00",
    yellow(),
)

ORDER: Final = happened("order", "06-20 15:00", kind="home-quarantine")
HOME: Final = table(rule("home", on={"event": "order"}, reason="isolation-order", ends={"event": "release"}))
ORDERED: Final = colored("home", ORDER, reason="isolation-order")
case(
    "clc-060",
    "CLR-13.5",
    "A release ends an order.",
    HOME,
    [ORDER, happened("release", "06-21 09:00")],
    "06-21 09:00",
    green(),
)
case(
    "clc-061",
    "CLR-13.5",
    "A release from before does not.",
    HOME,
    [ORDER, happened("release", "06-20 14:00")],
    "06-21 09:00",
    ORDERED,
)
case(
    "clc-062",
    "CLR-13.5",
    "Nor one in the same second.",
    HOME,
    [ORDER, happened("release", "06-20 15:00")],
    "06-21 09:00",
    ORDERED,
)
case(
    "clc-063",
    "CLR-13.5",
    "A discharge is no release.",
    HOME,
    [ORDER, happened("discharge", "06-21 09:00")],
    "06-21 12:00",
    ORDERED,
)
case(
    "clc-064",
    "CLR-13.5",
    "A positive test is not the test that is due.",
    DUE,
    [CAME, sampled("06-21 09:00", "positive")],
    "06-23 15:00",
    colored("due", CAME, reason="test-due"),
)
ALL: Final = until({"all": [{"days": 10}, {"negatives": {"count": 1, "from_day": 10}}]})
case(
    "clc-070",
    "CLR-13.6",
    "Ten days and a test: the test is there.",
    ALL,
    [MET, sampled("06-30 09:00")],
    "06-30 12:00",
    yellow("07-01 00:00"),
)
case(
    "clc-071",
    "CLR-13.6",
    "The test is not there: no end is known, and days alone end nothing.",
    ALL,
    [MET],
    "07-20 12:00",
    yellow(),
)
case(
    "clc-072",
    "CLR-13.6",
    "The test came later than the days.",
    ALL,
    [MET, sampled("07-02 09:00")],
    "07-02 09:00",
    green(),
)
ANY: Final = until({"any": [{"days": 7}, {"event": "release"}]})
case(
    "clc-073",
    "CLR-13.7",
    "Seven days or a release: the days are known.",
    ANY,
    [MET],
    "06-21 12:00",
    yellow("06-28 00:00"),
)
case(
    "clc-074",
    "CLR-13.7",
    "The release came first.",
    ANY,
    [MET, happened("release", "06-21 09:00")],
    "06-21 12:00",
    green(),
)
