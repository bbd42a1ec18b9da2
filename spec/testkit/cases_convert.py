"""Rules CNV-1 to CNV-3: which codes an office converts, and what the new code says."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Final

from deciding import ADMIT, BACK, DAY, HOUR, REFER, ZONE, Rule, code, payload, risk_map, rule
from topic import AT, EXP, GREEN, IAT, STATUS, YELLOW, Topic, describe, in_json

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

TOPIC: Final = Topic("conversion-code")
BOUND: Final = dict(GREEN) | {3: bytes(range(16)), 7: STATUS}
ADMITS: Final = rule("green", {1: [0, 1]}, ADMIT)
SAME_DAY: Final = rule("today", {1: [0], 11: 0}, ADMIT)
MIDNIGHT: Final = IAT + 16 * HOUR  # of the day of judging, in China
_NUMBER: Final = iter(range(1, 1000))


def convert(
    clause: str,
    comment: str,
    *,
    refused: str | None = None,
    exp: int | None = None,
    nbf: int = AT,
    health: Mapping[int, Any] | None = None,
    given: Mapping[Any, Any] | None = None,
    rules: Sequence[Rule] = (ADMITS,),
    **more: Any,
) -> None:
    """Add a case: it is refused by a rule, or gives a code with these claims."""
    claims = code(BOUND, iss="MO.SSM", bound=True) if given is None else given
    at, policy_exp, declared = more.get("at", AT), more.get("policy_exp", IAT + 28 * DAY), more.get("declared")
    content: dict[int, Any] = {1: {1: "\u89c4\u5219", 2: "Policy"}, 2: more.get("zone", ZONE)}
    if declared:
        content[3] = [[name, f"{name}\uff1f", f"{name}?"] for name in declared]
    content[5] = list(rules)
    members = {
        "policy": payload(content, exp=policy_exp).hex(),
        "maps": [{"authority": one["authority"], "payload": one["payload"].hex()} for one in more.get("maps", ())],
        "code": {
            "claims": describe(claims),
            "shown": more.get("shown", "presentation"),
            "waived": more.get("waived", []),
        },
        "at": at,
        "answers": more.get("answers", {}),
        "document": more.get("document", "matched"),
        "place": None,
        "issuer": "CN-33-01.WJW",
        "own": more.get("own", False),
        "lifetime": more.get("lifetime", 30 * DAY),
    }
    if refused is not None:
        expect: dict[str, Any] = {"refused": refused}
    else:
        said = dict(claims[-65537] if health is None else health)
        said.pop(3, None)
        said.pop(7, None)
        names = {1: "color", 2: "holder", 4: "reason", 5: "until", 6: "evidence", 8: "residence"}
        told = {name: in_json(said[key]) for key, name in names.items() if key in said} | {"origin": claims[1]}
        expect = {"nbf": nbf, "exp": claims[4] if exp is None else exp, "health": told}
    TOPIC.add("convert", f"cnv-{next(_NUMBER):03}", clause, [], comment, **members, expect=expect)


def foreign(health: Mapping[int, Any] = BOUND, **more: Any) -> dict[Any, Any]:
    """Return the claims of a code of Macao, bound to a device."""
    return code(health, **({"iss": "MO.SSM", "bound": True} | more))


convert("CNV-1 CNV-2", "A green code of Macao.")
convert("CNV-2", "The label is not changed.", given=foreign(dict(BOUND) | {2: "\u9673*\u6587"}))
convert("CNV-2", "Without a label there is none.", given=foreign({1: 0, 3: bytes(16)}))
convert(
    "CNV-2",
    "Evidence is carried along.",
    given=foreign(dict(BOUND) | {6: [[1, AT // HOUR * HOUR, 0, 1], [9, 1, "x"]]}),
)
convert("CNV-2", "Residence is carried along.", given=foreign(dict(BOUND) | {8: "MO"}))
convert("CNV-2", "A yellow code keeps its colour and reason.", given=foreign(dict(YELLOW) | {3: bytes(16)}))
convert("CNV-2", "And its end.", given=foreign(dict(YELLOW) | {3: bytes(16), 5: EXP + DAY}))
convert(
    "CNV-2",
    "Extensions stay behind: nobody here knows what they say.",
    given=foreign(dict(BOUND) | {32: 1, -1: 2}),
    health=BOUND,
)
convert(
    "CNV-2 CNV-3",
    "A code without a status has none to carry; the new one has its own.",
    given=foreign({1: 0, 2: "\u5f20*\u4e30", 3: bytes(16)}),
)
convert("CNV-2", "A reason that no table has is carried along.", given=foreign({1: 1, 4: 77, 3: bytes(16)}))

convert("CNV-1.1", "Shown bare.", refused="CNV-1.1", given=foreign(bound=False), shown="bare")
convert(
    "CNV-1.1 VER-8",
    "Shown without its device, which was waived.",
    refused="CNV-1.1",
    shown="bare",
    waived=["presentation-required"],
)
convert(
    "CNV-1.1 VER-8", "Shown live, and something else was waived.", refused="CNV-1.1", waived=["status-unknown"]
)
convert("CNV-1.2", "Another's identity document.", refused="CNV-1.2", document="mismatch")
convert("CNV-1.2", "Nobody has compared the document.", refused="CNV-1.2", document="unchecked")
convert("CNV-1.2", "The code is bound to no document.", refused="CNV-1.2", given=foreign(GREEN))
convert("CNV-1.3", "The policy turns it back.", refused="CNV-1.3", rules=[rule("all", {}, BACK)])
convert("CNV-1.3", "No rule admits it.", refused="CNV-1.3", rules=[rule("red", {1: [2]}, ADMIT)])
convert("CNV-1.3", "The policy refers him to a doctor.", refused="CNV-1.3", rules=[rule("all", {}, REFER)])
convert(
    "CNV-1.3",
    "A question is open.",
    refused="CNV-1.3",
    rules=[rule("fever", {14: ["fever"]}, REFER), ADMITS],
    declared=["fever"],
)
convert(
    "CNV-1.3",
    "It was answered.",
    rules=[rule("fever", {14: ["fever"]}, REFER), ADMITS],
    declared=["fever"],
    answers={"fever": False},
)
convert("CNV-1.3", "The policy has expired.", refused="CNV-1.3", policy_exp=AT)
convert("CNV-1.3", "The rule asks for the document, which matched.", rules=[rule("tied", {13: 1}, ADMIT)])
convert(
    "CNV-1.3 MAP-3",
    "The level of the residence.",
    given=foreign(dict(BOUND) | {8: "MO"}),
    rules=[rule("low", {6: {2: 1}}, ADMIT)],
    maps=[risk_map([["MO", 1]])],
)
convert("CNV-1.4", "A converted code is not converted.", refused="CNV-1.4", given=foreign(dict(BOUND) | {9: "HK"}))
convert("CNV-1.4", "A code of the office's own authority.", refused="CNV-1.4", own=True)
convert(
    "CNV-1",
    "What was not shown live comes before the document.",
    refused="CNV-1.1",
    shown="bare",
    waived=["presentation-required"],
    document="mismatch",
)
convert(
    "CNV-1",
    "The document comes before the origin.",
    refused="CNV-1.2",
    given=foreign(dict(BOUND) | {9: "HK"}),
    document="mismatch",
)

convert("CNV-3", "The office's codes live for an hour.", exp=AT + HOUR, lifetime=HOUR)
convert("CNV-3", "The code ends earlier.", given=foreign(exp=AT + 60), lifetime=HOUR)
convert("CNV-3", "By a rule of the same day, it ends with the day.", rules=[SAME_DAY], exp=MIDNIGHT)
convert(
    "CNV-3",
    "With the day of the policy's zone.",
    rules=[SAME_DAY],
    zone=0,
    exp=IAT + DAY,
    given=foreign(exp=IAT + 2 * DAY),
)
convert("CNV-3", "The code ends before the day does.", rules=[SAME_DAY], given=foreign(exp=MIDNIGHT - 1))
convert("CNV-3", "A rule that counts more days does not end with the day.", rules=[rule("days", {11: 1}, ADMIT)])
convert("CNV-3", "Only the rule that admits counts.", rules=[rule("red", {1: [2], 11: 0}, ADMIT), ADMITS])
convert(
    "CNV-3",
    "A code that begins in 30 s, within the clock difference: the new one begins with it.",
    nbf=AT + 30,
    given=foreign(nbf=AT + 30),
)
convert("CNV-3", "A second is left.", given=foreign(exp=AT + 1))
convert(
    "CNV-1",
    "The origin comes before the policy.",
    refused="CNV-1.4",
    given=foreign(dict(BOUND) | {9: "HK"}),
    rules=[rule("all", {}, BACK)],
)
