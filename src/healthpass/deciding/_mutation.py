"""Changed policies: each differs in one thing, and a case should notice it."""

from collections.abc import Iterator, Sequence
from dataclasses import replace
from typing import Any, Final, NamedTuple

from healthpass.codec._time import span
from healthpass.deciding._cases import Case, passes
from healthpass.deciding._equivalent import can_be_unknown, exchanged_for_nothing, widened_for_nothing
from healthpass.documents._document import DAY
from healthpass.documents._policy import CONTENT, CountFrom, Policy, Rule, Unknown
from healthpass.documents._risk_map import RiskMap
from healthpass.documents._types import FirstUnknown
from healthpass.words._code_points import Action, Color, Duty, LabMethod, LabResult, Shown
from healthpass.words._verdicts import WAIVABLE

_OPTIONAL: Final = ("at_least", "at_most", "hours_apart")
_REGIONS: Final = ("issuer", "origin", "residence")
_OTHER_ACTION: Final = {
    Action.ADMIT: Action.TURN_BACK,
    Action.TURN_BACK: Action.ADMIT,
    Action.REFER: Action.ADMIT,
    Action.HOME_QUARANTINE: Action.CENTRAL_QUARANTINE,
    Action.CENTRAL_QUARANTINE: Action.HOME_QUARANTINE,
}


class Mutant(NamedTuple):
    """A policy that differs from another in one thing.

    Attributes:
        what: the rule and what was done, such as `high: departure.within_days 7 -> 8`.
        policy: the policy, changed.
    """

    what: str
    policy: Policy


def mutants_of(policy: Policy) -> Iterator[Mutant]:
    """Delete and alter each member of each rule, and the order of rules, duties, days, spans and `unknown`.

    Changes that break the form are left out, and those that plainly cannot matter. What people are told is not
    changed: no case looks at it.
    """
    rules = policy.rules
    for number, rule in enumerate(rules):
        yield from _made(policy, f"{rule.id}: deleted", [*rules[:number], *rules[number + 1 :]])
        if number + 1 < len(rules) and not exchanged_for_nothing(rule, rules[number + 1], rules[:number]):
            swapped = [*rules[:number], rules[number + 1], rule, *rules[number + 2 :]]
            yield from _made(policy, f"{rule.id}: moved after {rules[number + 1].id}", swapped)
        for what, altered in _of_rule(rule, policy, rules[:number]):
            yield from _made(policy, f"{rule.id}: {what}", [*rules[:number], altered, *rules[number + 1 :]])
    for number, office in enumerate(policy.maps):
        left = (*policy.maps[:number], *policy.maps[number + 1 :])
        yield from _made(replace(policy, maps=left), f"maps - {office}", list(rules))


def unnoticed(policy: Policy, cases: Sequence[Case], maps: Sequence[RiskMap] = ()) -> tuple[str, ...]:
    """Return the changes that no case notices; the cases must hold for the policy as it is.

    Raises:
        ValueError: when a case does not hold for the policy as it is.
    """
    if not passes(policy, cases, maps):
        raise ValueError("the cases do not hold for the policy as it is: run them first")
    found = []
    for mutant in mutants_of(policy):
        kept = tuple(one for office, one in zip(policy.maps, maps, strict=False) if office in mutant.policy.maps)
        if passes(mutant.policy, cases, kept):
            found.append(mutant.what)
    return tuple(found)


def _made(policy: Policy, what: str, rules: Sequence[Rule]) -> Iterator[Mutant]:
    try:
        made = replace(policy, rules=tuple(rules))
        CONTENT.read(CONTENT.write(made), FirstUnknown())
    except ValueError:
        return
    yield Mutant(what, made)


def _of_rule(rule: Rule, policy: Policy, earlier: Sequence[Rule]) -> Iterator[tuple[str, Rule]]:
    for name, value in rule.when.members:
        if not widened_for_nothing(rule, name, None, earlier):
            yield from _rule(f"{name}: deleted", rule, when=replace(rule.when, **{name: None}))
        for what, altered in _of_member(name, value, policy):
            if isinstance(altered, tuple) and widened_for_nothing(rule, name, altered, earlier):
                continue
            yield from _rule(what, rule, when=replace(rule.when, **{name: altered}))
    yield from _swapped_answers(rule)
    yield from _of_consequence(rule)
    for name, spelled in (("valid_from", "from"), ("valid_until", "until")):
        if (moment := getattr(rule, name)) is not None:
            yield from _rule(f"{spelled}: deleted", rule, **{name: None})
            for days in (-1, 1):
                yield from _rule(f"{spelled} {days:+} d", rule, **{name: moment + days * span(DAY)})
    for unknown in Unknown:
        if unknown is not rule.unknown and can_be_unknown(rule.when):
            yield from _rule(f"unknown {unknown.label}", rule, unknown=unknown)


def _of_consequence(rule: Rule) -> Iterator[tuple[str, Rule]]:
    other = _OTHER_ACTION[rule.then]
    yield from _rule(f"then {other.label}", rule, then=other)
    if Action.REFER not in {other, rule.then} and rule.days is None:
        yield from _rule("then refer", rule, then=Action.REFER)
    for duty in Duty:
        changed = tuple(sorted({*rule.duties} ^ {duty}))
        what = f"duties {'-' if duty in rule.duties else '+'} {duty.label}"
        yield from _rule(what, rule, duties=changed)
    if rule.days is not None:
        for days in (rule.days - 1, rule.days + 1):
            yield from _rule(f"days {rule.days} -> {days}", rule, days=days)
        other_day = CountFrom.DECISION if rule.count_from is CountFrom.DEPARTURE else CountFrom.DEPARTURE
        yield from _rule(f"count_from {other_day.label}", rule, count_from=other_day)


def _rule(what: str, rule: Rule, **changed: Any) -> Iterator[tuple[str, Rule]]:
    try:
        yield what, replace(rule, **changed)
    except ValueError:
        return


def _of_member(name: str, value: Any, policy: Policy) -> Iterator[tuple[str, Any]]:
    if isinstance(value, tuple):
        yield from _of_array(name, value, policy)
    elif name == "starts_within_days":
        for number in (value - 1, value + 1):
            yield f"{name} {value} -> {number}", number
    elif name != "document":
        yield from _of_map(name, value)


def _of_array(name: str, value: tuple[Any, ...], policy: Policy) -> Iterator[tuple[str, Any]]:
    if len(value) > 1:
        for one in value:
            yield f"{name} - {_spelled(one)}", tuple(other for other in value if other != one)
    for one in _others(name, value, policy):
        yield f"{name} + {_spelled(one)}", tuple(sorted((*value, one)))
    if name in _REGIONS:
        yield from _wider(name, value)


def _others(name: str, value: tuple[Any, ...], policy: Policy) -> list[Any]:
    known: dict[str, Any] = {
        "color": Color,
        "shown": Shown,
        "place": policy.places,
        "waived": sorted(map(str, WAIVABLE)),
        "declared": [one.name for one in policy.declared],
        "denied": [one.name for one in policy.declared],
    }
    return [one for one in known.get(name, ()) if one not in value]


def _wider(name: str, value: tuple[str, ...]) -> Iterator[tuple[str, Any]]:
    for one in value:
        if "-" in one:
            parent = type(one)(one.rpartition("-")[0])
            yield f"{name} {one} -> {parent}", tuple(sorted({*value, parent} - {one}))


def _of_map(name: str, value: Any) -> Iterator[tuple[str, Any]]:
    for member in value.__slots__:
        if (found := getattr(value, member)) is not None:
            for what, changed in _of_place(f"{name}.{member}", member, found):
                try:
                    yield what, replace(value, **{member: changed})
                except ValueError:
                    continue


def _of_place(where: str, member: str, value: Any) -> Iterator[tuple[str, Any]]:
    if member == "methods":
        for method in LabMethod:
            if methods := tuple(sorted({*value} ^ {method})):
                yield f"{where} {'-' if method in value else '+'} {method.label}", methods
    elif member == "result":
        yield f"{where}: turned", LabResult(1 - value)
    elif member == "regions":
        yield f"{where}: deleted", None
        if len(value) > 1:
            for one in value:
                yield f"{where} - {one}", tuple(other for other in value if other != one)
        yield from _wider(where, value)
    else:
        for number in (value - 1, value + 1):
            yield f"{where} {value} -> {number}", number
        if member in _OPTIONAL:
            yield f"{where}: deleted", None


def _swapped_answers(rule: Rule) -> Iterator[tuple[str, Rule]]:
    when = rule.when
    if when.declared or when.denied:
        swapped = replace(when, declared=when.denied, denied=when.declared)
        yield from _rule("declared and denied exchanged", rule, when=swapped)


def _spelled(one: Any) -> str:
    return str(getattr(one, "label", one))
