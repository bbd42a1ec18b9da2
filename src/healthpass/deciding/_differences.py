"""What has changed from one policy or risk map to the next, in words, as somebody who reviews it would say it."""

from collections.abc import Iterator, Sequence
from itertools import groupby
from typing import Any, TypeVar

from healthpass.deciding._explain import rule_in_words, telling_of
from healthpass.deciding._maps_in_words import levels_in_words
from healthpass.deciding._phrases import Telling, condition, days_of, span_of
from healthpass.deciding._regions_in_words import region_in_words
from healthpass.documents._policy import Policy, Rule
from healthpass.documents._risk_map import RiskMap
from healthpass.words._code_points import Duty
from healthpass.words._row import Words

Content = TypeVar("Content", Policy, RiskMap)
_NOTHING = Words("nothing", "无")


def differences(old: Content, new: Content) -> tuple[Words, ...]:
    """Tell every change from one policy, or one risk map, to another; none if both say the same.

    Returns:
        Lines, each in English and in Chinese.

    Raises:
        TypeError: when one is a policy and the other a risk map.
    """
    if isinstance(old, Policy) and isinstance(new, Policy):
        return tuple(_policies(old, new))
    if isinstance(old, RiskMap) and isinstance(new, RiskMap):
        return tuple(_maps(old, new))
    raise TypeError("a policy and a risk map cannot be compared")


def _policies(old: Policy, new: Policy) -> Iterator[Words]:
    yield from _names(old, new)
    was, now = ({one.name: one for one in policy.declared} for policy in (old, new))
    for name in sorted({*was, *now}):
        before, after = was.get(name), now.get(name)
        if before != after:
            yield _changed(
                Words(f"question {name}", f"问题 {name}"),
                before and Words(f"“{before.en}”", f"“{before.zh}”"),
                after and Words(f"“{after.en}”", f"“{after.zh}”"),
            )
    yield from _listed(Words("kinds of places", "场所类别"), old.places, new.places)
    yield from _listed(Words("maps, in order", "风险地图（按顺序）"), old.maps, new.maps)
    yield from _rules(old, new)


def _names(old: Policy | RiskMap, new: Policy | RiskMap) -> Iterator[Words]:
    if old.names != new.names:
        yield _changed(Words("name", "名称"), Words(old.names.en, old.names.zh), Words(new.names.en, new.names.zh))
    if old.zone != new.zone:
        yield _same(Words("zone, minutes", "时区（分钟）"), old.zone, new.zone)


def _rules(old: Policy, new: Policy) -> Iterator[Words]:
    before, after = ({rule.id: rule for rule in policy.rules} for policy in (old, new))
    tell_old, tell_new = telling_of(old, ()), telling_of(new, ())
    for rule in old.rules:
        if rule.id not in after:
            said = rule_in_words(rule, tell_old)
            yield Words(f"rule {rule.id} removed: {said.en}", f"删除规则 {rule.id}：{said.zh}")
    for number, rule in enumerate(new.rules, 1):
        if rule.id not in before:
            said = rule_in_words(rule, tell_new)
            yield Words(
                f"rule {rule.id} added in place {number}: {said.en}",
                f"新增规则 {rule.id}（第{number}条）：{said.zh}",
            )
        else:
            yield from _rule(before[rule.id], rule, tell_old, tell_new)
    kept = [one for one in before if one in after]
    order = [one for one in after if one in before]
    for one in _moved(kept, order):
        place = list(after).index(one) + 1
        yield Words(f"rule {one} is tried in place {place} now", f"规则 {one} 改为第{place}条判断")


def _moved(was: list[str], now: list[str]) -> list[str]:
    """Return the fewest that need to move for one order to become the other."""
    longest: list[list[str]] = [[]]  # the longest common order that ends with each
    for place, one in enumerate(now):
        best: list[str] = []
        for earlier in range(place):
            before = longest[earlier + 1]
            if was.index(now[earlier]) < was.index(one) and len(before) > len(best):
                best = before
        longest.append([*best, one])
    stay = {*next(some for some in longest if len(some) == max(map(len, longest)))}
    return [one for one in now if one not in stay]


def _rule(old: Rule, new: Rule, tell_old: Telling, tell_new: Telling) -> Iterator[Words]:
    where = Words(f"rule {old.id}", f"规则 {old.id}")
    for name in old.when.__slots__:
        was, now = getattr(old.when, name), getattr(new.when, name)
        if was != now:
            before = None if was is None else condition(name, was, tell_old)
            after = None if now is None else condition(name, now, tell_new)
            yield _member(where, before, after)
    if old.then != new.then:
        yield _changed(where, old.then.words, new.then.words)
    for duty in Duty:
        if duty in old.duties and duty not in new.duties:
            yield Words(f"{where.en}: no longer {duty.words.en}", f"{where.zh}：不再{duty.words.zh}")
        elif duty in new.duties and duty not in old.duties:
            yield Words(f"{where.en}: also {duty.words.en}", f"{where.zh}：增加{duty.words.zh}")
    yield from _rest(where, old, new, (tell_old, tell_new))


def _member(where: Words, before: Words | None, after: Words | None) -> Words:
    """Tell of a condition that is new, gone or another."""
    if before is None:
        assert after is not None  # noqa: S101 - they differ
        return Words(f"{where.en}: now only if {after.en}", f"{where.zh}：增加条件：{after.zh}")
    if after is None:
        return Words(f"{where.en}: no longer asks that {before.en}", f"{where.zh}：取消条件：{before.zh}")
    return _changed(where, before, after)


def _rest(where: Words, old: Rule, new: Rule, tell: tuple[Telling, Telling]) -> Iterator[Words]:
    """Tell of days, spans, what is not known, and what people are told."""
    told = [
        (Words("", ""), _days(old), _days(new)),
        (Words(", in force", "的生效期"), span_of(old, tell[0]), span_of(new, tell[1])),
        (Words(", where it is not known", "，无法确定时"), old.unknown.words, new.unknown.words),
        (Words(", what people are told", "的告知内容"), _say(old), _say(new)),
    ]
    for of, was, now in told:
        if was != now:
            yield _changed(Words(where.en + of.en, where.zh + of.zh), was, now)


def _days(rule: Rule) -> Words | None:
    return None if rule.days is None else days_of(rule)


def _say(rule: Rule) -> Words | None:
    return rule.say and Words(f"“{rule.say.en}”", f"“{rule.say.zh}”")


def _changed(what: Words, was: Any, now: Any) -> Words:
    before, after = was or _NOTHING, now or _NOTHING
    return Words(f"{what.en}: {before.en} → {after.en}", f"{what.zh}：{before.zh} → {after.zh}")


def _same(what: Words, was: object, now: object) -> Words:
    return _changed(what, Words(str(was), str(was)), Words(str(now), str(now)))


def _listed(what: Words, was: Sequence[str], now: Sequence[str]) -> Iterator[Words]:
    if was != now:
        yield _same(what, ", ".join(was) or "—", ", ".join(now) or "—")


def _maps(old: RiskMap, new: RiskMap) -> Iterator[Words]:
    yield from _names(old, new)
    if old.scale != new.scale:
        scales = [
            Words("/".join(one.en for one in scale), "/".join(one.zh for one in scale)) if scale else None
            for scale in (old.scale, new.scale)
        ]
        yield _changed(Words("names of the levels", "等级名称"), *scales)
    tell_old, tell_new = (Telling({}, one.scale or ()) for one in (old, new))
    if old.default != new.default:
        yield _changed(
            Words("all other regions of the authority", "本主管机关的其他地区"),
            old.default and tell_old.level(old.default),
            new.default and tell_new.level(new.default),
        )
    before, after = (
        {region: tuple(some) for region, some in groupby(one.entries, key=lambda entry: entry.region)}
        for one in (old, new)
    )
    for region in sorted({*before, *after}):
        if before.get(region) != after.get(region):
            was, now = (
                levels_in_words(some[region], tell) if region in some else None
                for some, tell in ((before, tell_old), (after, tell_new))
            )
            yield _changed(region_in_words(region), was, now)
