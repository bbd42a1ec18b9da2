"""Policies and decisions in plain words, for an officer, a court, a traveller."""

from collections.abc import Iterator, Mapping, Sequence
from datetime import datetime, timedelta

from healthpass.deciding._decide import Reading, rules_of
from healthpass.deciding._decision import Decision, Ground
from healthpass.deciding._facts import Code
from healthpass.deciding._phrases import (
    Telling,
    condition,
    conditions,
    consequence,
    joined,
    span_of,
    unknown_of,
)
from healthpass.documents._office_document import OfficeDocument
from healthpass.documents._policy import Policy, Rule
from healthpass.documents._risk_map import MapInForce, RiskMap
from healthpass.words._row import Words

_HOW = Words(
    "The rules are tried in this order; the first that holds decides. If none holds: turn back. What is not known "
    "and would change what is done is asked first: an answer, a document that nobody has compared, a place that "
    "is not set, a region that is named too coarsely. If the identity document is another's, people decide.",
    "规则按以下顺序逐条判断，第一条成立的规则起作用；均不成立的，劝返。可能影响处置而尚不清楚的，先弄清再判定：未回答的问题、未核对的证件、未设定的场所、范围过大的地区。"
    "证件与持码人不符的，不自动判定，由工作人员处理。",
)
_NO_POLICY = Words("No policy is in force: people decide.", "没有生效的规则，由工作人员处理。")
_MISMATCH = Words(
    "The identity document is not the one of the code: people decide.", "证件与健康码不符，由工作人员处理。"
)
_ASKS = {
    "document": Words("compare the identity document", "核对证件"),
    "place": Words("set what kind of place the gate is", "设定验码点的场所类别"),
    "residence": Words("where the person lives", "核实常住地"),
    "departure": Words("where the person has been", "核实旅居史"),
}


def explain(policy: Policy, maps: Sequence[RiskMap] = ()) -> tuple[Words, ...]:
    """Tell a policy in plain words, rule by rule: a line each.

    Args:
        policy: the policy.
        maps: the risk maps of the offices that it names, in its order; the first one's names of levels are used.

    Returns:
        Lines, each in English and in Chinese.
    """
    return tuple(_told(policy, telling_of(policy, maps)))


def telling_of(policy: Policy, maps: Sequence[RiskMap]) -> Telling:
    """Return what the words of members need."""
    return Telling.of(policy, next((one.scale for one in maps if one.scale), None))


def rule_in_words(rule: Rule, telling: Telling) -> Words:
    """Tell a rule: when it holds, and what follows."""
    when = conditions(rule.when, telling)
    lead = Words(f"if {when.en}", f"{when.zh}的") if rule.when.members else when
    span, unknown = span_of(rule, telling), unknown_of(rule)
    what = consequence(rule)
    en, zh = f"{lead.en}: {what.en}", f"{lead.zh}：{what.zh}"
    if span:
        en, zh = f"{span.en}, {en}", f"{span.zh}，{zh}"
    if unknown:
        en, zh = f"{en} ({unknown.en})", f"{zh}（{unknown.zh}）"
    if rule.say:
        en, zh = f"{en}. The person is told: “{rule.say.en}”", f"{zh}。告知：“{rule.say.zh}”"
    return Words(en, zh)


def _told(policy: Policy, telling: Telling) -> Iterator[Words]:
    yield Words(policy.names.en, policy.names.zh)
    yield _HOW
    for question in policy.declared:
        yield Words(f"The guard may ask: “{question.en}”", f"工作人员可询问：“{question.zh}”")
    if policy.maps:
        offices = ", ".join(policy.maps)
        yield Words(
            f"Levels of risk are those of the maps of {offices}.", f"风险等级以 {offices} 的风险地图为准。"
        )
    for number, rule in enumerate(policy.rules, 1):
        said = rule_in_words(rule, telling)
        yield Words(f"{number}. {rule.id}: {said.en}", f"{number}. {rule.id}：{said.zh}")
    yield Words(f"Days are those of the civil time {_zone(policy.zone)}.", f"日期按 {_zone(policy.zone)} 计算。")


def _zone(minutes: int) -> str:
    return f"UTC{'-' if minutes < 0 else '+'}{abs(minutes) // 60:02}:{abs(minutes) % 60:02}"


def explain_decision(
    code: Code | None,
    policy: OfficeDocument[Policy] | None,
    *,
    at: datetime,
    maps: tuple[MapInForce, ...] = (),
    answers: Mapping[str, bool] | None = None,
    document: bool | None = None,
    place: str | None = None,
) -> tuple[Words, ...]:
    """Tell why a gate does what it does: the rule that decided, and what did not hold of each before it.

    Its arguments are those of `decide`.

    Returns:
        Lines, each in English and in Chinese. They tell nothing of the code that no rule asks for.

    Raises:
        ValueError: when an answer or the place is none of the policy's, or `at` has no time zone.
    """
    if policy is None:
        return (_NO_POLICY,)
    rules = rules_of(policy, maps)
    facts = rules.facts(code, at=at, answers=answers or {}, document=document, place=place)
    decision = rules.decide(facts)
    if decision.ground is Ground.NO_POLICY:
        return (Words("The policy has expired: people decide.", "规则已过期，由工作人员处理。"),)
    if decision.ground is Ground.DOCUMENT_MISMATCH:
        return (decision_in_words(decision, policy.content),)
    telling = telling_of(policy.content, [one.document.content for one in maps])
    lines = [decision_in_words(decision, policy.content)]
    for number, reading in enumerate(rules.readings(facts), 1):
        lines.append(_of_rule(number, reading, decision.ground, telling))
    return tuple(lines)


def decision_in_words(decision: Decision, policy: Policy | None) -> Words:
    """Tell a guard what is done, or why nothing is decided.

    Args:
        decision: the decision.
        policy: the policy; None where none is in force.
    """
    if decision.ground is Ground.NO_POLICY or policy is None:
        return _NO_POLICY
    if decision.ground is Ground.DOCUMENT_MISMATCH:
        return _MISMATCH
    if decision.ground is Ground.ASKS:
        said = joined((ask_in_words(one, policy) for one in decision.asks), "; ", "；")
        return Words(f"Nothing is decided before this is known: {said.en}", f"须先查明，再作判定：{said.zh}")
    assert decision.action is not None  # noqa: S101 - there is one, or a ground
    parts = [decision.action.words, *(duty.words for duty in decision.duties)]
    if decision.ends is not None:
        last = (decision.ends + timedelta(minutes=policy.zone, seconds=-1)).date().isoformat()
        parts.insert(1, Words(f"to the end of {last}", f"至 {last} 日终"))
    said = joined(parts, "; ", "；")
    by = Words(f"by the rule {decision.rule}", f"依据规则 {decision.rule}")
    if decision.rule is None:
        by = Words("because no rule holds", "没有规则成立")
    return Words(f"Decided {by.en}: {said.en}", f"{by.zh}：{said.zh}")


def ask_in_words(name: str, policy: Policy) -> Words:
    """Tell a guard what has to be known first: one of `Decision.asks`."""
    kind, _, question = name.partition(":")
    if kind == "declared":
        return next(Words(f"“{one.en}”", f"“{one.zh}”") for one in policy.declared if one.name == question)
    return _ASKS[name]


def _of_rule(number: int, reading: Reading, ground: Ground | None, telling: Telling) -> Words:
    rule = reading.rule
    en, zh = f"{number}. {rule.id}: ", f"{number}. {rule.id}："
    if not reading.in_time:
        span = span_of(rule, telling)
        assert span is not None  # noqa: S101 - a rule without one is never out of time
        return Words(f"{en}not in force now, but {span.en}", f"{zh}现不在生效期内（{span.zh}）")
    if reading.holds:
        what = consequence(rule)
        held = rule_holds(reading, telling)
        return Words(f"{en}holds: {held.en}. {what.en}", f"{zh}成立：{held.zh}。{what.zh}")
    if reading.holds is None:
        unknown = [name for name, holds in reading.members.items() if holds is None]
        said = joined((condition(name, getattr(rule.when, name), telling) for name in unknown), "; ", "；")
        changes = Words("it is asked", "须先查明") if ground is Ground.ASKS else _SAME
        return Words(f"{en}not known: {said.en}; {changes.en}", f"{zh}尚不清楚：{said.zh}；{changes.zh}")
    failed = [name for name, holds in reading.members.items() if holds is False] or [
        name for name, holds in reading.members.items() if holds is None
    ]
    said = joined((condition(name, getattr(rule.when, name), telling) for name in failed), "; ", "；")
    return Words(f"{en}does not hold. It requires that {said.en}", f"{zh}不成立。它要求：{said.zh}")


_SAME = Words("its answer would change nothing", "无论结果如何都不影响判定")


def rule_holds(reading: Reading, telling: Telling) -> Words:
    """Tell what holds of a rule that decides."""
    if reading.members and all(reading.members.values()):
        return conditions(reading.rule.when, telling)
    unknown = unknown_of(reading.rule)
    return unknown or conditions(reading.rule.when, telling)
