"""Rules CLR-1 to CLR-8: which rule files are refused."""

from __future__ import annotations

import json
from typing import Any, Final

from coloring import CLEAR, NAMES, SAY, color, colored, exposed, green, met, rule, table
from topic import Json, Topic

TOPIC: Final = Topic("coloring-file")
AT: Final = "06-21 12:00"
MET: Final = exposed("06-20 15:00")


def accepted(identifier: str, clause: str, comment: str, rules: str, expect: Json | None = None) -> None:
    """Add a file that is read."""
    color(TOPIC, identifier, clause, comment, rules, [], AT, expect or green())


def refused(identifier: str, clause: str, comment: str, rules: str) -> None:
    """Add a file that is refused."""
    color(TOPIC, identifier, clause, comment, rules, [], AT, "refused")


def only(*rules: Any) -> str:
    """Return a file with these rules and no others."""
    return json.dumps({"names": NAMES, "zone": 480, "rules": list(rules)}, ensure_ascii=False)


def on(event: str, **members: Any) -> str:
    """Return a file with one rule about an event."""
    return table(rule("one", on={"event": event, **members}))


def ending(ends: Any, **members: Any) -> str:
    """Return a file with one rule about exposures that ends."""
    return table(met(ends=ends, **members))


DEEP: Final[Json] = {"days": 1}
THREE: Final[Json] = {"all": [{"any": [{"days": 7}, {"event": "release"}]}, {"check_ins": 2}]}
FOUR: Final[Json] = {"any": [THREE, {"event": "discharge"}]}

accepted("clf-001", "CLR-2 CLR-6.2", "The smallest file: everybody is green.", table())
accepted("clf-002", "CLR-1.1", "A byte order mark in front, as some editors leave it.", "\ufeff" + table())
refused("clf-003", "CLR-1", "No JSON.", "names: a, zone: 480")
refused("clf-004", "CLR-1", "A comma after the last member.", table()[:-1] + ",}")
refused(
    "clf-005",
    "CLR-1.2",
    "A member twice: which one counts would depend on the reader.",
    table()[:-1] + ', "zone": 0}',
)
refused(
    "clf-006",
    "CLR-1.2",
    "A colour twice, deep inside.",
    table(met()).replace('"color": "yellow"', '"color": "yellow", "color": "green"'),
)
refused("clf-007", "CLR-1.3", "A number with a fraction.", table(zone=480).replace("480", "480.0"))
refused("clf-008", "CLR-1.3", "A number with an exponent.", table().replace("480", "48e1"))
refused("clf-009", "CLR-1", "NaN, which is no JSON.", table().replace("480", "NaN"))
refused("clf-010", "CLR-1", "An array in place of the object.", f"[{table()}]")
refused("clf-011", "CLR-2", "A member that nobody knows: what it means would be lost.", table(version=1))
refused("clf-012", "CLR-2", "No zone: days would be those of nowhere.", table(zone=None))
refused("clf-013", "CLR-2.2", "A zone beyond all zones.", table(zone=841))
refused("clf-014", "CLR-2.2", "true is no number.", table(zone=True))
refused("clf-015", "CLR-2.2", "A number in quotes.", table(zone="480"))
accepted("clf-016", "CLR-2.2", "The westernmost zone.", table(zone=-720))
refused("clf-017", "CLR-2.1", "A name in one language alone.", table(names={"en": "Rules"}))
refused("clf-018", "CLR-2.1", "A name that turns the line round.", table(names={"zh": "规则", "en": "a\u202eb"}))
refused("clf-019", "CLR-2.1", "A name of 301 bytes.", table(names={"zh": "规" * 100 + "r", "en": "Rules"}))
accepted("clf-020", "CLR-2.1", "A name of 300 bytes.", table(names={"zh": "规" * 100, "en": "Rules"}))
refused("clf-021", "CLR-2.3", "No rules.", only())
refused("clf-022", "CLR-2.3", "Two rules of one id.", table(met(), rule("met", on={"event": "order"})))
MANY: Final = [rule(f"r{hours}", lacking={"event": "test", "hours": hours}) for hours in range(100, 36, -1)]
accepted("clf-023", "CLR-2.3", "64 rules.", table(*MANY[:63]), colored("r100", None))
refused("clf-024", "CLR-2.3", "65 rules.", table(*MANY))
refused("clf-025", "CLR-1.1", "Two byte order marks: one is ignored.", "\ufeff\ufeff" + table())
refused("clf-026", "CLR-1.2", "A member twice, once with an escape.", table()[:-1] + ', "z\\u006fne": 480}')
accepted("clf-027", "CLR-1.3", "-0 is 0.", table(zone=0).replace('"zone": 0', '"zone": -0'))

refused("clf-030", "CLR-3.1", "A rule without an id: nobody could name it.", only({"color": "green"}))
refused("clf-031", "CLR-3.1", "An id with a capital letter.", only({"id": "Clear", "color": "green"}))
refused("clf-032", "CLR-3.1", "An id that ends with a hyphen.", only({"id": "clear-", "color": "green"}))
refused("clf-033", "CLR-3.1", "An id of 65 characters.", only({"id": "c" * 65, "color": "green"}))
refused("clf-034", "CLR-3", "A member that nobody knows.", only(CLEAR | {"until": 7}))
refused("clf-035", "CLR-3", "null in the place of what is absent.", only(CLEAR | {"on": None}))
refused(
    "clf-036", "CLR-3.4", "A colour that is not in the table.", table(rule("grey", "grey", on={"event": "order"}))
)
refused("clf-037", "CLR-3.4", "The number of a colour.", only({"id": "clear", "color": 0}))
refused(
    "clf-038",
    "CLR-3.5",
    "Yellow without a reason.",
    table({"id": "a", "on": {"event": "order"}, "color": "yellow", "say": SAY}),
)
refused("clf-039", "CLR-3.5", "Green with a reason.", only(CLEAR | {"reason": "symptoms"}))
refused(
    "clf-040",
    "CLR-3.5",
    "No code, with a reason.",
    table(rule("a", None, on={"event": "order"}, reason="exposure")),
)
refused("clf-041", "CLR-3.5", "A reason that is not in the table.", table(met(reason="debt")))
refused(
    "clf-042",
    "CLR-3.6",
    "after_hours without a ground to count from.",
    table(rule("a", lacking={"event": "test", "hours": 9}, after_hours=1)),
)
refused("clf-043", "CLR-3.6", "after_hours of 0.", table(met(after_hours=0)))
refused("clf-044", "CLR-3.6", "after_hours of more than ten years.", table(met(after_hours=87_841)))
refused(
    "clf-045",
    "CLR-3.7",
    "ends without a ground to count from.",
    table(rule("a", lacking={"event": "test", "hours": 9}, ends={"days": 1})),
)
refused("clf-046", "CLR-3.8", "review false: it is left out.", table(met(review=False)))
refused("clf-047", "CLR-3.8", "A review of green.", only(CLEAR | {"review": True}))
refused(
    "clf-048",
    "CLR-3.9",
    "Yellow, and the holder is told nothing.",
    table({k: v for k, v in met().items() if k != "say"}),
)
accepted(
    "clf-049",
    "CLR-3.4",
    "No colour: no code is issued.",
    table(rule("a", None, lacking={"event": "declaration", "hours": 24})),
    colored("a", None, color=None),
)

refused("clf-050", "CLR-3.8", "review 1, which is not true.", table(met(review=1)))
refused("clf-051", "CLR-1.3", "review 1.0: a number has no point.", table(met(review=1.0)))

refused("clf-060", "CLR-4.1", "An event that is not in the table.", on("purchase"))
refused(
    "clf-061", "CLR-4.1", "A member that the event does not have: a stay has no kind.", on("stay", kind=["abroad"])
)
refused("clf-062", "CLR-4.1", "A kind of another event.", on("exposure", kind=["abroad"]))
refused("clf-063", "CLR-4.1", "A misspelt kind would restrict nobody.", on("exposure", kind=["close-contcat"]))
refused("clf-064", "CLR-4.1", "A kind twice.", on("exposure", kind=["close-contact", "close-contact"]))
refused("clf-065", "CLR-4.1", "No kind: nothing would match.", on("exposure", kind=[]))
refused("clf-066", "CLR-4.1", "A kind that is no array.", on("exposure", kind="close-contact"))
refused("clf-067", "CLR-4.1", "A level of 6.", on("stay", level={"at_least": 6}))
refused(
    "clf-068",
    "CLR-4.1",
    "The larger bound first: no level is between them.",
    on("stay", level={"at_least": 4, "at_most": 3}),
)
refused("clf-069", "CLR-4.1", "A level without bounds.", on("stay", level={}))
refused(
    "clf-070",
    "CLR-4.2",
    "What is lacking is an exposure: to lack one is no ground.",
    table(rule("a", lacking={"event": "exposure", "hours": 24})),
)
refused("clf-071", "CLR-4.2", "Lacking for no hours.", table(rule("a", lacking={"event": "test", "hours": 0})))
refused("clf-072", "CLR-4.2", "Lacking without a time.", table(rule("a", lacking={"event": "test"})))

refused("clf-080", "CLR-5", "No end in it.", ending({}))
refused("clf-081", "CLR-5", "Two ends at once: which one counts?", ending({"days": 7, "check_ins": 7}))
refused("clf-082", "CLR-5.1", "367 days.", ending({"days": 367}))
refused("clf-083", "CLR-5.1", "Days below zero.", ending({"days": -1}))
refused("clf-084", "CLR-5.2", "No hours.", ending({"hours": 0}))
refused("clf-085", "CLR-5.3", "61 check-ins.", ending({"check_ins": 61}))
refused("clf-086", "CLR-5.3", "No check-ins: it would never begin.", ending({"check_ins": 0}))
refused("clf-087", "CLR-5.4", "Negative tests without a count.", ending({"negatives": {"hours_apart": 24}}))
refused("clf-088", "CLR-5.4", "11 negative tests.", ending({"negatives": {"count": 11}}))
refused("clf-089", "CLR-5.4", "337 hours between tests.", ending({"negatives": {"count": 2, "hours_apart": 337}}))
refused("clf-090", "CLR-5.5", "An exposure ends nothing.", ending({"event": "exposure"}))
refused("clf-091", "CLR-5.6", "All of one.", ending({"all": [{"days": 7}]}))
refused("clf-092", "CLR-5.7", "Any of nine.", ending({"any": [{"days": day} for day in range(1, 10)]}))
accepted("clf-093", "CLR-5.6", "Three ends, one within the other.", ending(THREE))
refused("clf-094", "CLR-5.6", "Four.", ending(FOUR))
NEST: Any = DEEP
for _ in range(150):
    NEST = {"all": [NEST, DEEP]}
refused("clf-095", "CLR-5.6", "150: a reader must not run out of its stack.", ending(NEST))
refused("clf-096", "CLR-5.6", "All of two that are alike.", ending({"all": [{"days": 7}, {"days": 7}]}))
ONE: Final[Json] = {"negatives": {"count": 1}}
refused(
    "clf-097",
    "CLR-5 CLR-5.7",
    "Any of two that are alike: one says the default that the other one leaves out.",
    ending({"any": [ONE, {"negatives": {"count": 1, "hours_apart": 0}}]}),
)
BOTH: Final[list[Json]] = [{"days": 7}, {"event": "release"}]
accepted(
    "clf-098",
    "CLR-5",
    "The same in another order is not alike.",
    ending({"all": [{"any": BOTH}, {"any": BOTH[::-1]}]}),
)

refused(
    "clf-100",
    "CLR-6.1",
    "Yellow before red: the strictest is first.",
    table(met(), rule("ill", "red", on={"event": "diagnosis"})),
)
refused("clf-101", "CLR-6.1", "Yellow before no code.", table(met(), rule("a", None, on={"event": "order"})))
refused(
    "clf-102",
    "CLR-6.1",
    "No code before red.",
    table(rule("a", None, on={"event": "order"}), rule("ill", "red", on={"event": "diagnosis"})),
)
refused("clf-103", "CLR-6.2", "The last rule is not green.", only(met()))
refused(
    "clf-104",
    "CLR-6.2",
    "The last rule has a ground: some history would have no answer.",
    only({"id": "a", "color": "green", "on": {"event": "discharge"}}),
)
refused(
    "clf-105", "CLR-6.2", "Two green rules.", table({"id": "a", "color": "green", "on": {"event": "discharge"}})
)
refused("clf-110", "CLR-7.1", "Red for everybody, without a ground.", table(rule("all", "red")))
refused("clf-111", "CLR-7.2", "Yellow for a negative test.", on("test", result="negative"))
refused(
    "clf-112", "CLR-7.2", "Yellow for a test, whatever its result: who is tested would be restricted.", on("test")
)
refused("clf-113", "CLR-7.2", "Yellow for a healthy check-in.", on("check-in", healthy=True))
refused("clf-114", "CLR-7.2", "Yellow for a declaration, whatever it says.", on("declaration"))
refused("clf-115", "CLR-7.2", "Yellow for a release.", on("release"))
refused("clf-120", "CLR-8.1", "After a rule that always holds.", table(rule("closed", None), met()))
refused(
    "clf-121",
    "CLR-8.1",
    "After a rule about the same event without an end.",
    table(met(), rule("near", on={"event": "exposure", "kind": ["shared-place"]})),
)
refused(
    "clf-122",
    "CLR-8.1",
    "After a rule about the same levels and more, with the same end.",
    table(
        rule("a", on={"event": "stay", "level": {"at_least": 3}}, ends={"days": 7}),
        rule("b", on={"event": "stay", "level": {"at_least": 4}}, ends={"days": 7}),
    ),
)
refused(
    "clf-123",
    "CLR-8.1",
    "After a rule that lacks the same for a shorter time.",
    table(rule("a", lacking={"event": "test", "hours": 48}), rule("b", lacking={"event": "test", "hours": 72})),
)
refused(
    "clf-124",
    "CLR-8.1",
    "After a rule that begins earlier.",
    table(met(), rule("b", on={"event": "exposure"}, after_hours=72)),
)
accepted(
    "clf-125",
    "CLR-8.1",
    "After a rule about the same event with another end.",
    table(rule("a", "red", on={"event": "exposure"}, ends={"days": 7}), met(ends={"days": 10})),
)
accepted(
    "clf-126",
    "CLR-8.1",
    "After a rule about other kinds.",
    table(
        rule("a", on={"event": "exposure", "kind": ["shared-place"]}),
        rule("b", on={"event": "exposure", "kind": ["close-contact"]}),
    ),
)
refused(
    "clf-127",
    "CLR-8.1 CLR-5",
    "After a rule with the same end, of which it writes a default.",
    table(met(ends=ONE), rule("b", on={"event": "exposure"}, ends={"negatives": {"count": 1, "from_day": 0}})),
)
accepted(
    "clf-128",
    "CLR-8.1 CLR-5",
    "After a rule with the same ends in another order: a reader need not see that they are the same.",
    table(met(ends={"any": BOTH}), rule("b", on={"event": "exposure"}, ends={"any": BOTH[::-1]})),
)
refused("clf-130", "CLR-8.2", "It ends in the hour in which it begins.", ending({"hours": 72}, after_hours=72))
refused(
    "clf-131", "CLR-8.2", "It ends with the third day, and begins after it.", ending({"days": 2}, after_hours=72)
)
accepted(
    "clf-132",
    "CLR-8.2",
    "It begins an hour earlier: late in the day there is something left.",
    ending({"days": 2}, after_hours=71),
)
refused(
    "clf-133",
    "CLR-8.2",
    "Any of its ends comes too early, and one does.",
    ending({"any": [{"hours": 24}, {"event": "release"}]}, after_hours=24),
)
accepted(
    "clf-134",
    "CLR-8.2",
    "All of its ends have to come, and one comes later.",
    ending({"all": [{"hours": 24}, {"event": "release"}]}, after_hours=24),
)
