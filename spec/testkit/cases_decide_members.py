"""Rules DEC-2 and DEC-4 to DEC-8, MAP-2 and MAP-3: when each member of `when` holds."""

from __future__ import annotations

from typing import Any, Final

from deciding import ADMIT, BACK, DAY, HOUR, TODAY, code, decide, risk_map, rule
from topic import AT, GREEN, IAT, YELLOW, Topic

TOPIC: Final = Topic("decision-members")
_NUMBER: Final = iter(range(1, 1000))
NOW: Final = AT // HOUR * HOUR  # the full hour of the time of judging


def holds(answer: bool | str, clause: str, comment: str, when: Any, given: Any, **more: Any) -> None:  # noqa: FBT001
    """Add a case of one rule: whether it holds, or what is asked."""
    identifier = f"dec-{next(_NUMBER):03}"
    rules = [rule("it", when, ADMIT)]
    if answer is True:
        decide(TOPIC, identifier, clause, comment, rules, ADMIT, "it", given=given, **more)
    elif answer is False:
        decide(TOPIC, identifier, clause, comment, rules, BACK, given=given, **more)
    else:
        decide(TOPIC, identifier, clause, comment, rules, "asks", given=given, asks=answer.split(), **more)


def lived(region: str | None) -> Any:
    """Return a code with a residence."""
    return code(dict(GREEN) | ({8: region} if region else {}))


def proved(*entries: list[Any]) -> Any:
    """Return a code with evidence."""
    return code(dict(GREEN) | {6: [list(one) for one in entries]})


# color, reason
holds(True, "DEC-2", "No condition: it always holds.", {}, code())
holds(True, "DEC-2", "The colour is one of those.", {1: [0]}, code())
holds(True, "DEC-2", "The colour is one of two.", {1: [0, 1]}, code(YELLOW))
holds(False, "DEC-2", "The colour is another.", {1: [1, 2]}, code())
holds(False, "POL-5", "A colour that nobody knows matches nothing.", {1: [3, 99]}, code())
holds(True, "DEC-2", "The reason is one of those.", {2: [1, 2]}, code(YELLOW))
holds(False, "DEC-2", "The reason is another.", {2: [1]}, code(YELLOW))
holds(False, "DEC-2", "A green code has no reason: absent is no.", {2: [1, 2, 3]}, code())
holds(True, "DEC-2", "A reason that no table has is compared as a number.", {2: [77]}, code({1: 1, 4: 77}))

# issuer, origin
holds(True, "DEC-2", "The issuer lies within the region.", {3: ["CN-33"]}, code())
holds(True, "DEC-2", "The issuer's region itself.", {3: ["CN-33-01"]}, code())
holds(False, "DEC-2", "The issuer lies within the region's neighbour.", {3: ["CN-31", "CN-34"]}, code())
holds(
    False,
    "DEC-2",
    "The issuer's region is larger: an office of the province is none of the city.",
    {3: ["CN-33-01"]},
    code(iss="CN-33.WJW"),
)
holds(False, "DEC-2 RGN-2", "Components are compared, not characters.", {3: ["US-33"]}, code(iss="US-330"))
holds(True, "DEC-2", "The office that set the colour.", {4: ["MO"]}, code(dict(GREEN) | {9: "MO.SSM"}))
holds(False, "DEC-2", "Another office set the colour.", {4: ["HK"]}, code(dict(GREEN) | {9: "MO.SSM"}))
holds(False, "DEC-2", "Without an origin: absent is no.", {4: ["CN"]}, code())

# residence
holds(True, "DEC-4", "The residence lies within.", {5: ["CN-42"]}, lived("CN-42-01"))
holds(False, "DEC-4", "The residence lies elsewhere.", {5: ["CN-42"]}, lived("CN-33-01"))
holds("residence", "DEC-4", "Nobody knows where the holder lives.", {5: ["CN-42"]}, lived(None))
holds("residence", "DEC-4", "Who lives in Hubei may live in Wuhan.", {5: ["CN-42-01"]}, lived("CN-42"))
holds(True, "DEC-4", "One region holds it, another lies within it.", {5: ["CN-42", "CN-42-01"]}, lived("CN-42"))

# residence_level and maps
WUHAN: Final = risk_map([["CN-42", 3], ["CN-42-01", 5]])
holds(
    True, "DEC-4 MAP-2", "The level of the longest region counts.", {6: {1: 5}}, lived("CN-42-01-03"), maps=[WUHAN]
)
holds(False, "DEC-4 MAP-2", "A neighbour has the province's level.", {6: {1: 5}}, lived("CN-42-02"), maps=[WUHAN])
holds(True, "DEC-4", "At most.", {6: {2: 3}}, lived("CN-42-02"), maps=[WUHAN])
holds(True, "DEC-4", "From and to.", {6: {1: 3, 2: 3}}, lived("CN-42-02"), maps=[WUHAN])
holds(
    "residence",
    "DEC-4 MAP-2",
    "Parts of the province have another level.",
    {6: {1: 5}},
    lived("CN-42"),
    maps=[WUHAN],
)
holds(True, "DEC-4 MAP-2", "Whichever part it is, it is at least 3.", {6: {1: 3}}, lived("CN-42"), maps=[WUHAN])
holds(
    False, "DEC-4 MAP-2", "Whichever part it is, it is not at most 2.", {6: {2: 2}}, lived("CN-42"), maps=[WUHAN]
)
holds("residence", "MAP-2", "The map does not answer.", {6: {1: 3}}, lived("CN-11"), maps=[WUHAN])
holds("residence", "MAP-3", "There is no map.", {6: {1: 3}}, lived("CN-42-01"))
holds(
    "residence",
    "MAP-3",
    "The map has expired.",
    {6: {1: 3}},
    lived("CN-42-01"),
    maps=[risk_map([["CN-42", 3]], exp=AT)],
)
holds("residence", "DEC-4", "No residence, and so no level.", {6: {1: 1}}, lived(None), maps=[risk_map(default=1)])
holds(
    True,
    "MAP-2.2",
    "The default holds within the authority of the map.",
    {6: {2: 1}},
    lived("CN-33-02"),
    maps=[risk_map(default=1)],
)
holds(
    "residence",
    "MAP-2.2",
    "It does not hold elsewhere.",
    {6: {2: 1}},
    lived("CN-31"),
    maps=[risk_map(default=1)],
    attack=[],
)
holds(
    True,
    "MAP-3",
    "The first map that answers counts.",
    {6: {1: 5}},
    lived("CN-42-01"),
    maps=[risk_map([["CN-42", 5]]), risk_map([["CN-42-01", 1]])],
)
holds(
    True,
    "MAP-3",
    "One that does not answer is passed over.",
    {6: {1: 4}},
    lived("CN-42-01"),
    maps=[risk_map([["CN-31", 1]]), risk_map([["CN-42-01", 4]], authority="CN-42")],
)
holds(
    True,
    "MAP-2.1",
    "An entry counts from its day on.",
    {6: {1: 5}},
    lived("CN-42-01"),
    maps=[risk_map([["CN-42-01", 5, TODAY]])],
)
holds(
    "residence",
    "MAP-2.1",
    "An entry of tomorrow does not count.",
    {6: {1: 5}},
    lived("CN-42-01"),
    maps=[risk_map([["CN-42-01", 5, TODAY + 1]])],
)
holds(
    True,
    "MAP-2.1",
    "Before its day the region around it counts.",
    {6: {1: 3, 2: 3}},
    lived("CN-42-01"),
    maps=[risk_map([["CN-42", 3], ["CN-42-01", 5, TODAY + 1]])],
)
holds(
    True,
    "MAP-2.1",
    "Of two entries of a region the later one counts.",
    {6: {2: 1}},
    lived("CN-42-01"),
    maps=[risk_map([["CN-42-01", 5], ["CN-42-01", 1, TODAY]])],
)
holds(
    True,
    "MAP-2.1 MAP-2.3",
    "What does not count yet is no part with another level.",
    {6: {1: 3, 2: 3}},
    lived("CN-42"),
    maps=[risk_map([["CN-42", 3], ["CN-42-01", 5, TODAY + 1]])],
)
holds(
    True,
    "DEC-4",
    "Today is the day in the map's own zone.",
    {6: {1: 5}},
    lived("CN-42-01"),
    at=IAT + 15 * HOUR,
    maps=[risk_map([["CN-42-01", 5, (IAT + 15 * HOUR) // DAY + 1]], zone=540)],
)

# departure
LEFT: Final = proved([4, "CN-42-01", TODAY - 3])
holds(True, "DEC-5", "The holder left a region three days ago.", {7: {3: 3}}, LEFT)
holds(False, "DEC-5", "That was longer ago.", {7: {3: 2}}, LEFT)
holds(True, "DEC-5", "Today is day 0.", {7: {3: 0}}, proved([4, "CN-42-01", TODAY]))
holds(False, "DEC-5", "A departure of tomorrow does not count.", {7: {3: 14}}, proved([4, "CN-42-01", TODAY + 1]))
holds(False, "DEC-2 DEC-5", "No departure: absent is no.", {7: {3: 14}}, code())
holds(True, "DEC-5", "From one of the regions.", {7: {3: 7, 4: ["CN-42"]}}, LEFT)
holds(False, "DEC-5", "From another.", {7: {3: 7, 4: ["CN-31"]}}, LEFT)
holds(
    "departure",
    "DEC-5",
    "Who left Hubei may have left Wuhan.",
    {7: {3: 7, 4: ["CN-42-01"]}},
    proved([4, "CN-42", TODAY]),
)
holds(False, "DEC-5", "But not within the days.", {7: {3: 7, 4: ["CN-42-01"]}}, proved([4, "CN-42", TODAY - 8]))
holds(
    True,
    "DEC-5",
    "One entry is enough.",
    {7: {3: 7, 4: ["CN-42"]}},
    proved([4, "CN-31", TODAY], [4, "CN-42", TODAY - 7]),
)
holds(
    True,
    "DEC-5",
    "One that is yes beside one that is unknown.",
    {7: {3: 7, 4: ["CN-42-01"]}},
    proved([4, "CN-42", TODAY], [4, "CN-42-01", TODAY]),
)
holds(True, "DEC-5", "The level of the region.", {7: {1: 5, 3: 7}}, LEFT, maps=[WUHAN])
holds(False, "DEC-5", "The level is too high.", {7: {2: 4, 3: 7}}, LEFT, maps=[WUHAN])
holds(
    "departure", "DEC-5", "No map knows the region.", {7: {1: 5, 3: 7}}, proved([4, "CN-11", TODAY]), maps=[WUHAN]
)
holds(
    True,
    "DEC-5",
    "The level of the day on which he left counts: it had begun.",
    {7: {1: 5, 3: 7}},
    LEFT,
    maps=[risk_map([["CN-42-01", 5, TODAY - 3]])],
)
holds(
    "departure",
    "DEC-5",
    "It had not begun.",
    {7: {1: 5, 3: 7}},
    LEFT,
    maps=[risk_map([["CN-42-01", 5, TODAY - 2]])],
)
holds(
    False,
    "DEC-5",
    "It had ended.",
    {7: {1: 5, 3: 7}},
    LEFT,
    maps=[risk_map([["CN-42-01", 5], ["CN-42-01", 1, TODAY - 3]])],
)
holds(
    False,
    "DEC-5",
    "The region is no; the level, of which nobody knows, does not matter.",
    {7: {1: 5, 3: 7, 4: ["CN-31"]}},
    LEFT,
)

# test
NEGATIVE: Final = proved([1, NOW - 48 * HOUR, 0, 1])
TEST: Final = {1: [1], 2: 0, 3: 48}
holds(True, "DEC-6", "A negative test, 48 hours old.", {8: TEST}, NEGATIVE)
holds(True, "DEC-6", "Until the end of that hour.", {8: TEST}, NEGATIVE, at=NOW + HOUR - 1)
holds(False, "DEC-6", "One second later it is 49 hours old.", {8: TEST}, NEGATIVE, at=NOW + HOUR)
holds(False, "DEC-6", "A test of the next hour does not count.", {8: TEST}, proved([1, NOW + HOUR, 0, 1]))
holds(True, "DEC-6", "A test of this hour does.", {8: TEST}, proved([1, NOW, 0, 1]))
holds(False, "DEC-6", "By another method.", {8: TEST}, proved([1, NOW, 0, 2]))
holds(True, "DEC-6", "By one of two methods.", {8: {1: [1, 2], 2: 0, 3: 24}}, proved([1, NOW, 0, 2]))
holds(False, "POL-5 DEC-6", "A method that nobody knows.", {8: {1: [9], 2: 0, 3: 24}}, proved([1, NOW, 0, 1]))
holds(
    True,
    "DEC-6",
    "A method that no table has is compared as a number.",
    {8: {1: [9], 2: 0, 3: 24}},
    proved([1, NOW, 0, 9]),
)
holds(False, "DEC-6", "Another result.", {8: TEST}, proved([1, NOW, 1, 1]))
holds(True, "DEC-6", "A positive test.", {8: {1: [1], 2: 1, 3: 168}}, proved([1, NOW - HOUR, 1, 1]))
holds(
    True,
    "DEC-6",
    "A positive test counts beside a later negative one.",
    {8: {1: [1], 2: 1, 3: 168}},
    proved([1, NOW - 2 * HOUR, 1, 1], [1, NOW - HOUR, 0, 1]),
)
holds(
    False,
    "DEC-6",
    "A negative test before a positive one.",
    {8: TEST},
    proved([1, NOW - 2 * HOUR, 0, 1], [1, NOW - HOUR, 1, 1]),
)
holds(
    False,
    "DEC-6",
    "A negative test of the same hour as a positive one.",
    {8: TEST},
    proved([1, NOW - HOUR, 0, 1], [1, NOW - HOUR, 1, 1]),
)
holds(
    False,
    "DEC-6",
    "A positive one by another method.",
    {8: TEST},
    proved([1, NOW - 2 * HOUR, 0, 1], [1, NOW - HOUR, 1, 2]),
)
holds(
    False,
    "DEC-6",
    "A positive one that is dated ahead.",
    {8: TEST},
    proved([1, NOW - HOUR, 0, 1], [1, NOW + 5 * HOUR, 1, 1]),
)
holds(
    True,
    "DEC-6",
    "A negative test after a positive one.",
    {8: TEST},
    proved([1, NOW - HOUR, 0, 1], [1, NOW - 2 * HOUR, 1, 1]),
)
TWICE: Final = {1: [1], 2: 0, 3: 72, 4: 2, 5: 24}
holds(
    True,
    "DEC-6",
    "Two tests, 24 hours apart.",
    {8: TWICE},
    proved([1, NOW - 30 * HOUR, 0, 1], [1, NOW - 6 * HOUR, 0, 1]),
)
holds(
    False,
    "DEC-6",
    "Two tests, 23 hours apart.",
    {8: TWICE},
    proved([1, NOW - 29 * HOUR, 0, 1], [1, NOW - 6 * HOUR, 0, 1]),
)
holds(
    True,
    "DEC-6",
    "Of three, the first and the last are far enough apart.",
    {8: TWICE},
    proved([1, NOW - 30 * HOUR, 0, 1], [1, NOW - 20 * HOUR, 0, 1], [1, NOW - 6 * HOUR, 0, 1]),
)
holds(
    True,
    "DEC-6",
    "In any order in the code.",
    {8: TWICE},
    proved([1, NOW - 6 * HOUR, 0, 1], [1, NOW - 30 * HOUR, 0, 1]),
)
holds(False, "DEC-6", "One test.", {8: TWICE}, proved([1, NOW - 6 * HOUR, 0, 1]))
holds(
    False,
    "DEC-6",
    "The same test twice is one.",
    {8: {1: [1], 2: 0, 3: 72, 4: 2}},
    proved([1, NOW - 6 * HOUR, 0, 1], [1, NOW - 6 * HOUR, 0, 1]),
)
holds(
    True,
    "DEC-6",
    "Of two hours, where nothing is said of hours apart.",
    {8: {1: [1], 2: 0, 3: 72, 4: 2}},
    proved([1, NOW - 6 * HOUR, 0, 1], [1, NOW - 7 * HOUR, 0, 1]),
)
holds(False, "DEC-2 HLT-10", "Evidence of an unknown type has no effect.", {8: TEST}, proved([9, NOW, 0, 1]))

# vaccination, recovery
DONE: Final = proved([2, TODAY - 14, 2, 2])
holds(True, "DEC-7", "Two doses of two, 14 days ago.", {9: {1: 2, 2: 14}}, DONE)
holds(False, "DEC-7", "A day too early.", {9: {1: 2, 2: 15}}, DONE)
holds(False, "DEC-7", "More doses are wanted.", {9: {1: 3}}, DONE)
holds(False, "DEC-7", "The first of two is not complete.", {9: {1: 1}}, proved([2, TODAY - 14, 1, 2]))
holds(True, "DEC-7", "One of one is.", {9: {1: 1}}, proved([2, TODAY - 14, 1, 1]))
holds(True, "DEC-7", "A third dose of two.", {9: {1: 3}}, proved([2, TODAY, 3, 2]))
holds(False, "DEC-7", "A dose of tomorrow.", {9: {1: 1}}, proved([2, TODAY + 1, 2, 2]))
holds(True, "DEC-7", "A recovery, 180 days ago.", {10: {1: 180}}, proved([3, TODAY - 180]))
holds(False, "DEC-7", "A day longer ago.", {10: {1: 180}}, proved([3, TODAY - 181]))
holds(False, "DEC-7", "A recovery of tomorrow.", {10: {1: 180}}, proved([3, TODAY + 1]))

# starts_within_days, shown, document
holds(True, "DEC-2", "The code began today.", {11: 0}, code())
holds(
    False,
    "DEC-2 DEC-9",
    "It began at 23:59 yesterday, by the policy's clock.",
    {11: 0},
    code(nbf=IAT - 8 * HOUR - 1),
)
holds(True, "DEC-2 DEC-9", "It began at midnight.", {11: 0}, code(nbf=IAT - 8 * HOUR))
holds(
    False,
    "DEC-2",
    "A code that begins tomorrow, within the clock difference.",
    {11: 7},
    code(nbf=IAT + 16 * HOUR),
    at=IAT + 16 * HOUR - 30,
)
holds(True, "DEC-1", "Shown live.", {12: [0]}, code(bound=True), shown="presentation")
holds(False, "DEC-1", "A bearer code is not live.", {12: [0]}, code())
holds(True, "DEC-1", "A bearer code.", {12: [1]}, code())
holds(
    True,
    "DEC-1 VER-8",
    "A code of a device that was shown without it.",
    {12: [2]},
    code(bound=True),
    waived=["presentation-required"],
)
holds(False, "DEC-1 VER-8", "It is no bearer code.", {12: [1]}, code(bound=True), waived=["presentation-required"])
holds(False, "POL-5", "A way of showing that nobody knows.", {12: [9]}, code())
TIED: Final = code(dict(GREEN) | {3: bytes(16)})
holds(True, "DEC-8", "The identity document matched.", {13: 1}, TIED, document="matched")
holds("document", "DEC-8", "Nobody has compared it.", {13: 1}, TIED)
holds(False, "DEC-8", "The code has no binding.", {13: 1}, code())

# declared, denied, place, waived
ASKED: Final[dict[str, Any]] = {"declared": ["area", "fever"]}
holds(
    True, "DEC-8", "Yes to all.", {14: ["area", "fever"]}, code(), answers={"area": True, "fever": True}, **ASKED
)
holds(
    False,
    "DEC-8",
    "No to one, the other is open.",
    {14: ["area", "fever"]},
    code(),
    answers={"area": False},
    **ASKED,
)
holds(
    "declared:fever",
    "DEC-8",
    "Yes to one, the other is open.",
    {14: ["area", "fever"]},
    code(),
    answers={"area": True},
    **ASKED,
)
holds("declared:area declared:fever", "DEC-8", "Both are open.", {14: ["area", "fever"]}, code(), **ASKED)
holds(
    True, "DEC-8", "No to all.", {15: ["area", "fever"]}, code(), answers={"area": False, "fever": False}, **ASKED
)
holds(
    False,
    "DEC-8",
    "Yes to one that has to be denied.",
    {15: ["area", "fever"]},
    code(),
    answers={"area": True},
    **ASKED,
)
holds("declared:area", "DEC-8", "What has to be denied is open.", {15: ["area"]}, code(), **ASKED)
PLACES: Final[dict[str, Any]] = {"places": ["station", "village"]}
holds(True, "DEC-8", "The gate is one of the places.", {16: ["station"]}, code(), place="station", **PLACES)
holds(False, "DEC-8", "The gate is another.", {16: ["station"]}, code(), place="village", **PLACES)
holds("place", "DEC-8", "Nobody has said what place the gate is.", {16: ["station"]}, code(), **PLACES)
holds(True, "DEC-2", "Nothing was waived.", {17: []}, code())
holds(False, "DEC-2", "Something was.", {17: []}, code(), waived=["registry-stale"])
holds(
    True,
    "DEC-2",
    "It was one that may be.",
    {17: ["registry-stale", "status-unknown"]},
    code(),
    waived=["registry-stale"],
)
holds(
    False,
    "DEC-2",
    "One of two may not be.",
    {17: ["registry-stale"]},
    code(),
    waived=["registry-stale", "status-unknown"],
)

# without a code
for member, name in enumerate(
    (
        "color",
        "reason",
        "issuer",
        "origin",
        "residence",
        "residence_level",
        "departure",
        "test",
        "vaccination",
        "recovery",
        "starts_within_days",
    ),
    1,
):
    wanted: dict[int, Any] = {
        1: [0],
        2: [1],
        3: ["CN"],
        4: ["CN"],
        5: ["CN"],
        6: {1: 1},
        7: {3: 365},
        8: TEST,
        9: {1: 1},
        10: {1: 365},
        11: 7,
    }
    holds(False, "DEC-2", f"Without a code {name} is no, and nothing is asked.", {member: wanted[member]}, None)
holds(False, "DEC-2", "Without a code the document is no.", {13: 1}, None)
holds(False, "DEC-2", "Without a code waived is no.", {17: []}, None)
holds(True, "DEC-1 DEC-2", "Without a code nothing was shown.", {12: [3]}, None)
holds(False, "DEC-1", "With a code, something was.", {12: [3]}, code())
holds(
    True,
    "DEC-2",
    "Questions are asked without a code too.",
    {12: [3], 15: ["fever"]},
    None,
    answers={"fever": False},
    **ASKED,
)

# several members
holds(True, "DEC-2", "Two members, both yes.", {1: [0], 3: ["CN"]}, code())
holds(False, "DEC-2", "One is no, the other unknown: no.", {1: [2], 5: ["CN-42"]}, code())
holds("residence", "DEC-2", "One is yes, the other unknown: unknown.", {1: [0], 5: ["CN-42"]}, code())
holds(
    "declared:fever residence",
    "DEC-2 DEC-3",
    "Two are unknown: both are asked.",
    {5: ["CN-42"], 14: ["fever"]},
    code(),
    **ASKED,
)
