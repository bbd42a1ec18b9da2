"""What the form of a policy allows, and its office should not sign unawares."""

from collections.abc import Iterator, Sequence
from datetime import datetime
from typing import Any, Final

from healthpass.deciding._equivalent import OF_A_CODE
from healthpass.deciding._findings import PolicyFinding, error, warning
from healthpass.deciding._implied import covers, implies
from healthpass.documents._policy import Policy, Rule, Unknown
from healthpass.documents._risk_map import RiskMap
from healthpass.documents._told import moment
from healthpass.documents._when import LabTestCondition
from healthpass.words._code_points import Action, Color, LabMethod, Reason, Shown
from healthpass.words._row import CodeNumber
from healthpass.words._verdicts import WAIVABLE

_CODES: Final[dict[str, type[CodeNumber]]] = {"color": Color, "reason": Reason, "shown": Shown}


def check_policy(policy: Policy, maps: Sequence[RiskMap] = (), *, at: datetime) -> tuple[PolicyFinding, ...]:
    """Find what cannot be meant so, and what is risky.

    Args:
        policy: the policy; what its form refuses is refused when it is read.
        maps: the risk maps of the offices that it names, if they are at hand.
        at: the time at which it shall be in force.
    """
    found = [*_on_order(policy)]
    for rule in policy.rules:
        found += _on_rule(rule, at)
    found += _on_what_is_listed(policy)
    found += _on_levels(policy, maps)
    if not any(_is_for_people_without_a_code(rule) for rule in policy.rules):
        found.append(
            warning(
                "code-only",
                "",
                "all rules turn back whoever has no code, and the code must not be the only way in "
                "(国办发〔2020〕45号): add a rule with shown none",
                "无码人员一律劝返，而健康码不得作为唯一凭证（国办发〔2020〕45号）：请增加 shown 为 none 的规则",
            )
        )
    return tuple(found)


def _on_order(policy: Policy) -> Iterator[PolicyFinding]:
    for number, rule in enumerate(policy.rules):
        for earlier in policy.rules[:number]:
            hides = earlier.unknown is Unknown.YES or rule.unknown is not Unknown.YES
            if hides and covers(earlier, rule) and implies(rule.when, earlier.when):
                yield error(
                    "never-reached",
                    rule.id,
                    f"{earlier.id} before it holds whenever it does: delete it, or put it before that",
                    f"凡符合本条的，必先符合前面的 {earlier.id}，本条不会起作用：请删除，或移到 {earlier.id} 之前",
                )
                break


def _on_rule(rule: Rule, at: datetime) -> Iterator[PolicyFinding]:
    when = rule.when
    for en, zh in _impossible(rule):
        yield error("never-holds", rule.id, f"{en}: correct it, or delete the rule", f"{zh}：请更正，或删除本条")
    for name, value in _unknown_values(rule):
        yield error(
            "unknown-value",
            rule.id,
            f"{name} has {value}, which matches nothing: expected what the code tables have",
            f"{name} 含有 {value}，不会匹配任何情形：应为代码表中的值",
        )
    if rule.valid_until is not None and rule.valid_until <= at:
        end = moment(rule.valid_until)
        yield error(
            "ended",
            rule.id,
            f"it ended at {end}: delete it, or give it another end",
            f"已于 {end} 失效：请删除，或另定期限",
        )
    elif rule.valid_from is not None and rule.valid_from > at:
        start = moment(rule.valid_from)
        yield warning("not-yet", rule.id, f"it holds only from {start} on", f"自 {start} 起才生效")
    elif rule.valid_from is not None:
        start = moment(rule.valid_from)
        yield warning(
            "began", rule.id, f"it holds since {start}: its from can go", f"已自 {start} 起生效，from 可以删去"
        )
    if rule.then is not Action.ADMIT and rule.say is None:
        yield warning(
            "nothing-said",
            rule.id,
            f"it does {rule.then.label}, and tells the person nothing: add say, with the reason and a contact",
            f"{rule.then.words.zh}而没有告知内容：请增加 say，写明原因和申诉渠道",
        )
    if rule.unknown is Unknown.YES and rule.then is Action.ADMIT and when.members:
        yield warning(
            "admits-unknown",
            rule.id,
            "it admits people of whom it is not known whether they meet it",
            "情况不明的人也予以放行",
        )


def _impossible(rule: Rule) -> Iterator[tuple[str, str]]:
    when = rule.when
    color, reason = when.color, when.reason
    if reason is not None and color is not None and set(color) == {Color.GREEN}:
        yield "a green code has no reason", "绿码没有赋码原因"
    members = {name for name, _ in when.members} & OF_A_CODE
    if when.shown is not None and set(when.shown) == {Shown.NONE} and members:
        yield f"without a code there is no {min(members)}", f"未出示健康码时没有 {min(members)}"
    test = when.test
    if isinstance(test, LabTestCondition) and (test.count - 1) * (test.hours_apart or 1) > test.within_hours:
        yield (
            f"{test.count} tests so far apart do not fit into {test.within_hours} hours",
            f"{test.within_hours}小时内容纳不下间隔如此之长的{test.count}次检测",
        )


def _unknown_values(rule: Rule) -> Iterator[tuple[str, Any]]:
    for name, codes in _CODES.items():
        for value in getattr(rule.when, name) or ():
            if not isinstance(codes.of(value), codes):
                yield name, value
    for value in rule.when.test.methods if rule.when.test else ():
        if not isinstance(LabMethod.of(value), LabMethod):
            yield "test.methods", value
    for verdict in rule.when.waived or ():
        if verdict not in WAIVABLE:
            yield "waived", verdict


def _on_what_is_listed(policy: Policy) -> Iterator[PolicyFinding]:
    asked = {name for rule in policy.rules for name in (*(rule.when.declared or ()), *(rule.when.denied or ()))}
    for question in policy.declared:
        if question.name not in asked:
            yield error(
                "question-unused",
                question.name,
                "no rule looks at the answer: delete the question",
                "没有规则用到其回答：请删除该问题",
            )
    places = {name for rule in policy.rules for name in rule.when.place or ()}
    for place in policy.places:
        if place not in places:
            yield warning("place-unused", place, "no rule speaks of it", "没有规则提到该场所类别")


def _on_levels(policy: Policy, maps: Sequence[RiskMap]) -> Iterator[PolicyFinding]:
    using = [rule.id for rule in policy.rules if _uses_levels(rule)]
    if using and not policy.maps:
        yield error(
            "no-map",
            using[0],
            "it asks for levels of risk, and the policy names no map: they are never known; add maps",
            "用到风险等级，但本规则没有指定风险地图，等级始终不明：请增加 maps",
        )
    if policy.maps and not using:
        yield warning("map-unused", policy.maps[0], "no rule asks for levels of risk", "没有规则用到风险等级")
    for office, one in zip(policy.maps, maps, strict=False):
        if one.default is None:
            yield warning(
                "no-default",
                office,
                "regions that it does not list have no level, and are asked for",
                "未列出的地区没有等级，遇到时须询问",
            )


def _uses_levels(rule: Rule) -> bool:
    departure = rule.when.departure
    return rule.when.residence_level is not None or (
        departure is not None and (departure.at_least, departure.at_most) != (None, None)
    )


def _is_for_people_without_a_code(rule: Rule) -> bool:
    members = {name for name, _ in rule.when.members}
    shown = rule.when.shown
    return not members & OF_A_CODE and (shown is None or Shown.NONE in shown) and rule.then is not Action.TURN_BACK
