"""What the cases of deciding are made of: policies, maps and codes, and until when a decision holds."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any, Final

from encode import cbor
from topic import AT, CTI, DEVICE, EXP, GREEN, HEALTH, IAT, ISSUER, Json, Topic, describe

DAY: Final = 86_400
HOUR: Final = 3_600
ZONE: Final = 480  # minutes: that of China
TODAY: Final = (AT + 60 * ZONE) // DAY
ADMIT, HOME, CENTRAL, BACK, REFER = range(5)
ACTIONS: Final = ("admit", "home-quarantine", "central-quarantine", "turn-back", "refer")
DUTIES: Final = ("register", "report", "test", "retest", "monitor")
NEVER: Final = 1 << 60
BY_DAY: Final = frozenset({6, 7, 9, 10, 11})  # members of `when` that another day can change, as days do (DEC-10)
BY_HOUR: Final = 8
DAYS: Final = 5  # of a rule

Rule = Mapping[int, Any]


def rule(name: str, when: Mapping[int, Any], then: int, **more: Any) -> Rule:
    """Return a rule as it stands on the wire."""
    keys = {"duties": 4, "days": 5, "count_from": 6, "start": 7, "end": 8, "unknown": 9, "say": 10}
    return {1: name, 2: when, 3: then, **{keys[key]: value for key, value in more.items()}}


def code(health: Mapping[int, Any] = GREEN, **more: Any) -> dict[Any, Any]:
    """Return the claims of a code; `nbf`, `exp` and `iss` may be others, `bound` gives it a device key."""
    claims = {1: more.get("iss", ISSUER), 4: more.get("exp", EXP), 5: more.get("nbf", IAT), 7: CTI, HEALTH: health}
    if more.get("bound"):
        claims[8] = {1: {1: 1, -1: 6, -2: DEVICE.public}}
    return claims


def payload(content: Mapping[int, Any], *, iss: str = ISSUER, exp: int = IAT + 28 * DAY) -> bytes:
    """Return the payload of a policy or of a map."""
    return cbor({1: iss, 4: exp, 6: IAT, -65539: "production", -65542: content})


def risk_map(entries: Sequence[Sequence[Any]] = (), *, zone: int = ZONE, **more: Any) -> dict[str, Any]:
    """Return a map that a case gives: its payload, the authority that lists its office, and its end."""
    exp = more.get("exp", IAT + 28 * DAY)
    content = {1: {1: "风险地图", 2: "Risk map"}, 2: zone}
    if "default" in more:
        content[3] = more["default"]
    if entries:
        content[4] = list(map(list, entries))
    return {
        "authority": more.get("authority", "CN-33"),
        "payload": payload(content, exp=exp),
        "exp": exp,
        "zone": zone,
    }


def until(
    rules: Sequence[Rule], given: Mapping[Any, Any] | None, *, at: int, zone: int, exp: int, maps: Any
) -> int:
    """Return the moment until which a decision holds (DEC-10)."""
    ends = [exp, *(one["exp"] for one in maps)]
    ends += [given[4]] if given else []
    members = {key for one in rules for key in one[2]}
    ends += [one[key] for one in rules for key in (7, 8) if key in one]
    if members & BY_DAY or any(DAYS in one for one in rules):
        for minutes in {zone, *(one["zone"] for one in maps if one["exp"] > at)}:
            ends.append(((at + 60 * minutes) // DAY + 1) * DAY - 60 * minutes)
    if BY_HOUR in members:
        ends.append((at // HOUR + 1) * HOUR)
    found: int = min(end for end in ends if end > at)
    return found


def end_of(days: int, day: int = TODAY, zone: int = ZONE) -> int:
    """Return the end of so many days (DEC-9)."""
    return (day + days + 1) * DAY - 60 * zone


def decide(  # noqa: PLR0917 - the order in which people read a case
    topic: Topic,
    identifier: str,
    clause: str,
    comment: str,
    rules: Sequence[Rule],
    then: int | str,
    decided: str | None = None,
    *,
    given: Mapping[Any, Any] | None = None,
    shown: str = "bare",
    duties: Sequence[int] = (),
    ends: int | None = None,
    asks: Sequence[str] = (),
    at: int = AT,
    zone: int = ZONE,
    exp: int = IAT + 28 * DAY,
    attack: Sequence[int] = (),
    maps: Sequence[Mapping[str, Any]] = (),
    **facts: Any,
) -> None:
    """Add a case.

    Args:
        topic: the file.
        identifier: the name of the case.
        clause: the rules that it is about.
        comment: what it shows.
        rules: the policy's rules.
        then: the action, or why there is none.
        decided: the rule that decides.
        given: the claims of the code; None for no code.
        shown: `presentation` or `bare`.
        duties: what is expected beside the action.
        ends: when the days end.
        asks: what has to be known.
        at: the time.
        zone: the policy's zone.
        exp: the policy's end.
        attack: rows of the list of attacks.
        maps: the maps.
        **facts: `declared` and `places` of the policy; `answers`, `document`, `place` and `waived`.
    """
    content: dict[int, Any] = {1: {1: "规则", 2: "Policy"}, 2: zone}
    if "declared" in facts:
        content[3] = [[name, f"{name}？", f"{name}?"] for name in facts["declared"]]
    if "places" in facts:
        content[4] = facts["places"]
    content[5] = list(rules)
    shower = {"claims": describe(given), "shown": shown, "waived": facts.get("waived", [])} if given else None
    members: Json = {
        "policy": payload(content, exp=exp).hex(),
        "maps": [{"authority": one["authority"], "payload": one["payload"].hex()} for one in maps],
        "code": shower,
        "at": at,
        "answers": facts.get("answers", {}),
        "document": facts.get("document", "unchecked"),
        "place": facts.get("place"),
    }
    expect: Json = {
        "action": None,
        "ground": None,
        "rule": decided,
        "duties": [],
        "ends": ends,
        "asks": list(asks),
    }
    if isinstance(then, int):
        expect |= {"action": ACTIONS[then], "duties": [DUTIES[duty] for duty in duties]}
    else:
        expect["ground"] = then
    expect["until"] = None if then == "no-policy" else until(rules, given, at=at, zone=zone, exp=exp, maps=maps)
    topic.add("decide", identifier, clause, attack, comment, **members, expect=expect)
