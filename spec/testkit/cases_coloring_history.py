"""Rules CLR-9 to CLR-11: which histories are refused, and what of a history counts."""

from __future__ import annotations

import json
from typing import Final

from coloring import color, colored, each_day, exposed, green, happened, met, rule, sampled, table, well
from topic import Json, Topic

TOPIC: Final = Topic("coloring-history")
MET: Final = exposed("06-20 15:00")
AT: Final = "06-21 12:00"
RULES: Final = table(
    rule("ill", "red", on={"event": "diagnosis"}, reason="isolation-order", ends={"event": "discharge"}),
    met(ends={"any": [{"check_ins": 3}, {"negatives": {"count": 1}}, {"event": "declaration"}]}),
)


def refused(identifier: str, clause: str, comment: str, *events: object) -> None:
    """Add a history that is refused."""
    color(TOPIC, identifier, clause, comment, RULES, json.dumps(list(events)), AT, "refused")


def told(  # noqa: PLR0917 - the columns of a table
    identifier: str, clause: str, comment: str, history: list[Json] | str, expect: Json, at: str = AT
) -> None:
    """Add a history that is coloured."""
    color(TOPIC, identifier, clause, comment, RULES, history, at, expect)


CONTACT: Final = colored("met", MET)

told("clh-001", "CLR-9", "A person of whom nothing is known.", [], green())
told("clh-002", "CLR-9", "An exposure.", [MET], CONTACT)
refused(
    "clh-010",
    "CLR-9",
    "An event that is not in the table: it might be the ground.",
    happened("quarantine", "06-20 15:00"),
)
refused("clh-011", "CLR-9.2", "A misspelt kind.", exposed("06-20 15:00", "close-contcat"))
refused("clh-012", "CLR-9.2", "A kind of another event.", exposed("06-20 15:00", "abroad"))
refused("clh-013", "CLR-9", "An exposure without a kind.", happened("exposure", "06-20 15:00"))
refused("clh-014", "CLR-9", "A member that the event does not have.", MET | {"level": 3})
refused("clh-015", "CLR-9", "A member that no event has, such as a name.", MET | {"name": "a"})
refused("clh-016", "CLR-9", "An event without a time.", {"event": "release"})
refused("clh-017", "CLR-9.1", "A time without a zone.", MET | {"at": "2022-06-20T15:00:00"})
refused("clh-018", "CLR-9.1", "A number for a time.", MET | {"at": 1655708400})
refused("clh-019", "CLR-9.1", "A fraction of a second.", MET | {"at": "2022-06-20T15:00:00.5+08:00"})
refused(
    "clh-020", "CLR-9.1", "A day that is none: 2022 is no leap year.", MET | {"at": "2022-02-29T15:00:00+08:00"}
)
refused("clh-021", "CLR-9.1", "A time before 1970.", MET | {"at": "1970-01-01T07:59:59+08:00"})
refused(
    "clh-022",
    "CLR-9.3",
    "A stay without a level: a map of tonight says nothing of last week.",
    happened("stay", "06-20 15:00"),
)
refused("clh-023", "CLR-9.3", "A level of 0.", happened("stay", "06-20 15:00", level=0))
refused("clh-024", "CLR-9.3", "true is no level.", happened("stay", "06-20 15:00", level=True))
refused("clh-025", "CLR-9.4", "A result that is not in the table.", sampled("06-20 15:00", "unknown"))
refused("clh-026", "CLR-9.4", "1 is not true.", happened("check-in", "06-20 15:00", healthy=1))
refused("clh-027", "CLR-9.4", "null is no result.", sampled("06-20 15:00") | {"result": None})
refused("clh-028", "CLR-9", "A text in the place of an event.", "exposure")
refused(
    "clh-029", "CLR-9", "One bad event among good ones refuses all.", MET, well("06-21 08:00") | {"healthy": "yes"}
)
color(
    TOPIC,
    "clh-030",
    "CLR-9",
    "An object in the place of the array.",
    RULES,
    json.dumps({"history": []}),
    AT,
    "refused",
)
color(
    TOPIC,
    "clh-031",
    "CLR-9",
    "An event with a member twice.",
    RULES,
    '[{"event": "release", "event": "discharge", "at": "2022-06-20T15:00:00Z"}]',
    AT,
    "refused",
)


def written(identifier: str, comment: str, at: str) -> None:
    """Add a history of one exposure whose time is the one of MET, written in another way."""
    told(identifier, "CLR-9.1", comment, [MET | {"at": at}], CONTACT)


written("clh-032", "T and Z in lower case.", "2022-06-20t07:00:00z")
written("clh-033", "-00:00 is UTC.", "2022-06-20T07:00:00-00:00")
written("clh-034", "A fraction of nine zeros.", "2022-06-20T15:00:00.000000000+08:00")
refused("clh-035", "CLR-9.1", "A fraction of ten.", MET | {"at": "2022-06-20T15:00:00.0000000000+08:00"})
refused("clh-036", "CLR-9.1", "A second 60: leap seconds are not counted.", MET | {"at": "2016-12-31T23:59:60Z"})
refused("clh-037", "CLR-9.1", "9998 as written, 9999 in UTC.", MET | {"at": "9998-12-31T23:59:59-00:01"})
LAST: Final = MET | {"at": "9999-01-01T07:59:59+08:00"}
told("clh-038", "CLR-9.1", "9999 as written, 9998 in UTC.", [LAST], green("9999-01-01 07:59:59"))
refused("clh-049", "CLR-9.1", "An offset of 60 minutes.", MET | {"at": "2022-06-20T15:00:00+08:60"})
told("clh-039", "CLR-10", "A byte order mark in front of a history.", "\ufeff[]", green())

ILL: Final = happened("diagnosis", "06-20 09:00", kind="suspected")
OUT: Final = happened("discharge", "06-21 09:00")
told("clh-040", "CLR-10.1", "In the order in which it happened.", [ILL, MET, OUT], CONTACT)
told("clh-041", "CLR-10.1", "In another order.", [OUT, MET, ILL], CONTACT)
told(
    "clh-042",
    "CLR-10.2",
    "Twice the same is once: three check-ins on one day are no three days.",
    [MET, *[well("06-21 08:00")] * 3],
    CONTACT,
)
told(
    "clh-043",
    "CLR-10.2",
    "The same time in another zone is the same event.",
    [MET, MET | {"at": "2022-06-20T07:00:00Z"}],
    CONTACT,
)
told(
    "clh-044",
    "CLR-10.3",
    "An exposure of the future does not count yet; it will.",
    [exposed("06-22 15:00")],
    green("06-22 15:00"),
)
told(
    "clh-045",
    "CLR-10.3",
    "A test of the future ends nothing yet.",
    [MET, sampled("06-21 12:01")],
    colored("met", MET, next_at="06-21 12:01"),
)
told("clh-046", "CLR-10.3", "At its very time it counts.", [MET, sampled("06-21 12:00")], green())
told(
    "clh-047",
    "CLR-10.3",
    "A planned release does not count, and the event after it neither.",
    [MET, happened("release", "06-23 08:00"), exposed("06-22 15:00")],
    colored("met", MET, next_at="06-22 15:00"),
)
color(
    TOPIC,
    "clh-048",
    "CLR-10",
    "A number with a fraction, in a history that is a text.",
    RULES,
    json.dumps([happened("stay", "06-20 15:00", level=3)]).replace('"level": 3', '"level": 3.0'),
    AT,
    "refused",
)

told("clh-060", "CLR-11.1", "Three healthy days.", [MET, *each_day(21, 23)], green(), "06-23 08:00")
told(
    "clh-061",
    "CLR-11.1",
    "An unhealthy check-in beats a healthy one of the same day, whichever was first.",
    [MET, *each_day(21, 23), well("06-22 20:00", healthy=False)],
    CONTACT,
    "06-23 08:00",
)
told(
    "clh-062",
    "CLR-11.1",
    "The unhealthy one was first.",
    [MET, *each_day(21, 23), well("06-22 06:00", healthy=False)],
    CONTACT,
    "06-23 08:00",
)
told(
    "clh-063",
    "CLR-11.1",
    "The day is that of the zone: 23:59 in Shanghai is the day before in UTC.",
    [MET, *each_day(21, 23), well("06-20 23:59", healthy=False)],
    green(),
    "06-23 08:00",
)
told(
    "clh-064",
    "CLR-11.1",
    "An unhealthy check-in yet to come beats nothing.",
    [MET, *each_day(21, 23), well("06-23 20:00", healthy=False)],
    green("06-23 20:00"),
    "06-23 08:00",
)
told(
    "clh-065",
    "CLR-11.2",
    "A positive test at the time of a negative one: the negative one does not count.",
    [MET, sampled("06-21 09:00"), sampled("06-21 09:00", "positive", "antigen")],
    CONTACT,
)
told(
    "clh-066",
    "CLR-11",
    "A negative antigen test is not healthy enough.",
    [MET, sampled("06-21 09:00", kind="antigen")],
    CONTACT,
)
told(
    "clh-067",
    "CLR-11",
    "A negative antibody test says nothing of today.",
    [MET, sampled("06-21 09:00", kind="antibody")],
    CONTACT,
)
told(
    "clh-068",
    "CLR-11",
    "An unhealthy declaration ends nothing.",
    [MET, happened("declaration", "06-21 09:00", healthy=False)],
    CONTACT,
)
told(
    "clh-069",
    "CLR-11",
    "A healthy one does.",
    [MET, happened("declaration", "06-21 09:00", healthy=True)],
    green(),
)
