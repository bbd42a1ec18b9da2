"""Rules DEC-1, DEC-3, DEC-9 and DEC-10: which rule decides, what follows, and until when."""

from __future__ import annotations

from typing import Any, Final

from deciding import ADMIT, BACK, CENTRAL, DAY, HOME, HOUR, REFER, TODAY, code, decide, end_of, risk_map, rule
from topic import AT, EXP, GREEN, IAT, YELLOW, Topic

TOPIC: Final = Topic("decision-order")
ASKED: Final[dict[str, Any]] = {"declared": ["area", "fever"]}
GREENS: Final = rule("green", {1: [0]}, ADMIT)
NONE: Final = rule("none", {12: [3]}, REFER)
AREA: Final = rule("area", {14: ["area"]}, BACK)
_NUMBER: Final = iter(range(1, 1000))


def case(clause: str, comment: str, rules: Any, then: Any, decided: str | None = None, **more: Any) -> None:
    """Add a case."""
    more.setdefault("given", code())
    decide(TOPIC, f"ord-{next(_NUMBER):03}", clause, comment, rules, then, decided, **more)


case("DEC-3", "The first rule that holds decides.", [GREENS, rule("any", {}, BACK)], ADMIT, "green")
case(
    "DEC-3",
    "One that does not is passed over.",
    [GREENS, rule("any", {}, REFER)],
    REFER,
    "any",
    given=code(YELLOW),
)
case("DEC-3", "None holds: turn back, by no rule.", [GREENS], BACK, given=code(YELLOW))
case(
    "DEC-3",
    "An earlier rule decides, though a later one would admit.",
    [rule("all", {1: [0, 1, 2]}, REFER), GREENS],
    REFER,
    "all",
)
case("DEC-1", "A person without a code is turned back where no rule is made for him.", [GREENS], BACK, given=None)
case(
    "DEC-1",
    "A person without a code passes where a rule says so.",
    [GREENS, rule("aid", {12: [3]}, ADMIT, duties=[0])],
    ADMIT,
    "aid",
    duties=[0],
    given=None,
)

# from, until
LATER: Final = rule("later", {}, REFER, start=AT + 1)
case("DEC-3", "A rule that does not hold yet.", [LATER, GREENS], ADMIT, "green")
case("DEC-3", "It holds from its first second on.", [LATER, GREENS], REFER, "later", at=AT + 1)
ENDED: Final = rule("ended", {}, REFER, end=AT)
case("DEC-3", "A rule that has ended.", [ENDED, GREENS], ADMIT, "green")
case("DEC-3", "It holds to its last second.", [ENDED, GREENS], REFER, "ended", at=AT - 1)
case("DEC-3", "Between its two times.", [rule("now", {}, REFER, start=AT - 1, end=AT + 1), GREENS], REFER, "now")
case(
    "DEC-3",
    "A rule that does not hold now asks nothing.",
    [rule("area", {14: ["area"]}, BACK, start=AT + 1), GREENS],
    ADMIT,
    "green",
    **ASKED,
)

# no action
case("DEC-1.1", "The policy has expired.", [GREENS], "no-policy", exp=AT)
case("DEC-1.1", "It holds to its last second.", [GREENS], ADMIT, "green", exp=AT + 1)
case("DEC-1.2", "The identity document is another's.", [GREENS], "document-mismatch", document="mismatch")
case("DEC-1", "No policy comes before the document.", [GREENS], "no-policy", exp=AT, document="mismatch")
case(
    "DEC-1.2",
    "A document that does not match decides nothing, also where a rule turns everybody back.",
    [rule("all", {}, BACK)],
    "document-mismatch",
    document="mismatch",
)
case(
    "DEC-1",
    "A document that does not match comes before what is asked.",
    [AREA, GREENS],
    "document-mismatch",
    document="mismatch",
    **ASKED,
)

# asks
case(
    "DEC-3.3",
    "A question that is open before the rule that admits.",
    [AREA, GREENS],
    "asks",
    asks=["declared:area"],
    **ASKED,
)
case(
    "DEC-3.3",
    "Answered no, the next rule decides.",
    [AREA, GREENS],
    ADMIT,
    "green",
    answers={"area": False},
    **ASKED,
)
case("DEC-3.3", "Answered yes, it decides.", [AREA, GREENS], BACK, "area", answers={"area": True}, **ASKED)
case("DEC-3.1", "What stands after the rule that decides is not asked.", [GREENS, AREA], ADMIT, "green", **ASKED)
case(
    "DEC-3.3",
    "Whatever the answer is, he is turned back: nothing is asked.",
    [AREA, GREENS],
    BACK,
    given=code(YELLOW),
    **ASKED,
)
case(
    "DEC-3.3",
    "An open rule with the same consequence asks nothing.",
    [rule("area", {14: ["area"]}, ADMIT), GREENS],
    ADMIT,
    "green",
    **ASKED,
)
case(
    "DEC-3.3",
    "The same action with other duties is another consequence.",
    [rule("area", {14: ["area"]}, ADMIT, duties=[0]), GREENS],
    "asks",
    asks=["declared:area"],
    **ASKED,
)
case(
    "DEC-3.3",
    "The same quarantine with another end.",
    [rule("area", {14: ["area"]}, HOME, days=14), rule("all", {}, HOME, days=7)],
    "asks",
    asks=["declared:area"],
    **ASKED,
)
case(
    "DEC-3.3",
    "The same end, counted in two ways, is one consequence.",
    [rule("area", {7: {3: 7}, 14: ["area"]}, HOME, days=10, count_from=1), rule("all", {}, HOME, days=7)],
    HOME,
    "all",
    ends=end_of(7),
    given=code(dict(GREEN) | {6: [[4, "CN-42", TODAY - 3]]}),
    **ASKED,
)
case(
    "DEC-3.3",
    "What to say is no consequence.",
    [rule("area", {14: ["area"]}, ADMIT, say={1: "请登记", 2: "Register"}), GREENS],
    ADMIT,
    "green",
    **ASKED,
)
case(
    "DEC-3.3",
    "Only what could change the decision is asked.",
    [rule("fever", {14: ["fever"]}, ADMIT), AREA, GREENS],
    "asks",
    asks=["declared:area"],
    **ASKED,
)
case(
    "DEC-3.3",
    "Two open rules, both of which could change it.",
    [rule("fever", {14: ["fever"]}, REFER), AREA, GREENS],
    "asks",
    asks=["declared:area", "declared:fever"],
    **ASKED,
)
case(
    "DEC-3.3",
    "One thing that two rules want to know is asked once.",
    [AREA, rule("deny", {14: ["fever"], 15: ["area"]}, REFER), GREENS],
    "asks",
    asks=["declared:area", "declared:fever"],
    **ASKED,
)
case(
    "DEC-3.3",
    "A member that is known is not asked.",
    [rule("area", {1: [0], 14: ["area"]}, BACK), GREENS],
    "asks",
    asks=["declared:area"],
    **ASKED,
)
case(
    "DEC-3.3 DEC-4",
    "What nobody at the gate can answer stays open.",
    [rule("wuhan", {5: ["CN-42-01"]}, BACK), GREENS],
    "asks",
    asks=["residence"],
)
case(
    "DEC-3.3",
    "A key area that was not ticked lets nobody on to the next rule.",
    [rule("key", {14: ["area"]}, CENTRAL, days=14), rule("low", {15: ["area"]}, ADMIT)],
    "asks",
    asks=["declared:area"],
    **ASKED,
)

# unknown
WUHAN: Final = rule("wuhan", {5: ["CN-42-01"]}, BACK, unknown=1)
case("DEC-3.1", "Unknown counts as yes where the rule says so.", [WUHAN, GREENS], BACK, "wuhan")
case("DEC-3.1", "But no stays no.", [WUHAN, GREENS], ADMIT, "green", given=code(dict(GREEN) | {8: "CN-33"}))
case(
    "DEC-3.2",
    "Unknown counts as no where the rule says so.",
    [rule("wuhan", {5: ["CN-42-01"]}, BACK, unknown=2), GREENS],
    ADMIT,
    "green",
)
case(
    "DEC-3.3",
    "Unknown 0 is the same as none.",
    [rule("wuhan", {5: ["CN-42-01"]}, BACK, unknown=0), GREENS],
    "asks",
    asks=["residence"],
)
case(
    "DEC-3.3",
    "An open rule before one that decides by an unknown.",
    [AREA, rule("wuhan", {5: ["CN-42-01"]}, REFER, unknown=1)],
    "asks",
    asks=["declared:area"],
    **ASKED,
)

# days
case(
    "DEC-9",
    "Seven days from today end with the seventh day after it.",
    [rule("q", {}, HOME, days=7)],
    HOME,
    "q",
    ends=end_of(7),
)
case(
    "DEC-9",
    "In another zone.",
    [rule("q", {}, HOME, days=7)],
    HOME,
    "q",
    ends=end_of(7, (AT - 300 * 60) // DAY, -300),
    zone=-300,
)
case(
    "DEC-9",
    "A minute before midnight.",
    [rule("q", {}, CENTRAL, days=1)],
    CENTRAL,
    "q",
    ends=end_of(1),
    at=IAT + 16 * HOUR - 60,
)
case(
    "DEC-9",
    "At midnight the next day begins.",
    [rule("q", {}, CENTRAL, days=1)],
    CENTRAL,
    "q",
    ends=end_of(1, TODAY + 1),
    at=IAT + 16 * HOUR,
)
HIGH: Final = rule("high", {7: {1: 5, 3: 7}}, CENTRAL, days=7, count_from=1)
MAP: Final = risk_map([["CN-42-01", 5]])


def left(*days: int) -> Any:
    """Return a code with departures from Wuhan, so many days ago each."""
    return code(dict(GREEN) | {6: [[4, "CN-42-01", TODAY - day] for day in days]})


case(
    "DEC-9",
    "Days count from the departure.",
    [HIGH],
    CENTRAL,
    "high",
    ends=end_of(7, TODAY - 3),
    given=left(3),
    maps=[MAP],
)
case(
    "DEC-9",
    "From the last of several.",
    [HIGH],
    CENTRAL,
    "high",
    ends=end_of(7, TODAY - 1),
    given=left(3, 1, 5),
    maps=[MAP],
)
case(
    "DEC-9",
    "On the last day some of it is left.",
    [HIGH],
    CENTRAL,
    "high",
    ends=end_of(7, TODAY - 7),
    given=left(7),
    maps=[MAP],
)
case(
    "DEC-9",
    "A departure of another region does not count.",
    [HIGH],
    CENTRAL,
    "high",
    ends=end_of(7, TODAY - 3),
    given=code(dict(GREEN) | {6: [[4, "CN-42-01", TODAY - 3], [4, "CN-42-02", TODAY]]}),
    maps=[risk_map([["CN-42", 1], ["CN-42-01", 5]])],
)
case(
    "DEC-9 DEC-3.1",
    "Where none is yes, the last that is unknown counts.",
    [rule("high", {7: {1: 5, 3: 7}}, CENTRAL, days=7, count_from=1, unknown=1)],
    CENTRAL,
    "high",
    ends=end_of(7, TODAY - 2),
    given=left(2),
)
case(
    "POL-4.1 DEC-9",
    "The duty to monitor has days, and the person passes.",
    [rule("m", {}, ADMIT, duties=[4], days=14)],
    ADMIT,
    "m",
    duties=[4],
    ends=end_of(14),
)
case(
    "DEC-10",
    "Duties stand in their order.",
    [rule("m", {}, ADMIT, duties=[0, 1, 2, 3])],
    ADMIT,
    "m",
    duties=[0, 1, 2, 3],
)

# until
case("DEC-10", "Without members of time the code's end comes first.", [GREENS], ADMIT, "green")
case("DEC-10", "The policy's end comes first.", [GREENS], ADMIT, "green", exp=EXP - 1)
case("DEC-10", "A rule begins.", [rule("soon", {1: [2]}, REFER, start=AT + 60), GREENS], ADMIT, "green")
case("DEC-10", "A rule ends.", [rule("now", {1: [0]}, ADMIT, end=AT + 60)], ADMIT, "now")
case(
    "DEC-10", "A rule that has begun does not begin again.", [rule("now", {1: [0]}, ADMIT, start=AT)], ADMIT, "now"
)
case("DEC-10", "Tests age by the hour.", [GREENS, rule("test", {8: {1: [1], 2: 0, 3: 24}}, ADMIT)], ADMIT, "green")
case("DEC-10", "Departures age by the day.", [rule("left", {7: {3: 1}}, BACK), GREENS], ADMIT, "green")
case(
    "DEC-10",
    "The code began today, and tomorrow it did not.",
    [rule("today", {1: [0], 11: 0}, ADMIT)],
    ADMIT,
    "today",
)
LEVEL: Final = [rule("level", {6: {1: 5}}, BACK, unknown=2), GREENS]
for comment, given_map in (
    ("A map's day begins earlier than the policy's.", risk_map([["CN-42", 1]], zone=540)),
    ("A map ends.", risk_map([["CN-42", 1]], exp=AT + 60)),
    ("A map that has ended does not end again.", risk_map([["CN-42", 1]], exp=AT)),
):
    case("DEC-10", comment, LEVEL, ADMIT, "green", maps=[given_map])
case(
    "DEC-10",
    "Days that count from today end later tomorrow.",
    [rule("home", {1: [0]}, HOME, days=7)],
    HOME,
    "home",
    ends=end_of(7),
)
case("DEC-10", "Without a code, only the policy ends.", [NONE], REFER, "none", given=None)

# errors of the call
for comment, more in (
    ("An answer to a question that the policy does not ask.", {"answers": {"fever": True}}),
    ("A place that the policy does not have.", {"place": "station", "places": ["village"]}),
):
    case("DEC-1", comment, [GREENS], ADMIT, "green", **more)
    TOPIC.cases[-1]["expect"] = {"error": "call"}

# maps that were looked up before, and have expired since
EAST: Final = {"zone": 540, "exp": AT}
case("DEC-1 DEC-10", "An expired map's day does not count.", LEVEL, ADMIT, "green", maps=[risk_map([], **EAST)])
case(
    "DEC-1 MAP-3",
    "An expired map gives no levels.",
    [rule("level", {6: {1: 5}}, BACK), GREENS],
    "asks",
    asks=["residence"],
    given=code({**GREEN, 8: "CN-42"}),
    maps=[risk_map([["CN-42", 1]], **EAST)],
)
