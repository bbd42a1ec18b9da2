"""The members of a rule in plain words, in English and in Chinese."""

from collections.abc import Callable, Iterable, Sequence
from datetime import UTC, datetime, timedelta
from typing import Any, Final, NamedTuple

from healthpass.deciding._regions_in_words import region_in_words
from healthpass.documents._fields import Names
from healthpass.documents._policy import ISOLATING, CountFrom, Policy, Rule, Unknown
from healthpass.documents._when import DepartureCondition, LabTestCondition, LevelRange, VaccinationCondition, When
from healthpass.words._code_points import Color, Duty, LabMethod, LabResult, Reason, Shown
from healthpass.words._row import CodeNumber, Words
from healthpass.words._verdicts import Verdict

_WAIVED: Final = {
    Verdict.REGISTRY_STALE: Words("the age of the lists", "登记库是否过期"),
    Verdict.CLOCK_SUSPECT: Words("the clock", "设备时间"),
    Verdict.STATUS_UNKNOWN: Words("whether it was withdrawn", "是否已被撤回"),
    Verdict.PRESENTATION_REQUIRED: Words("that it is shown live", "是否实时出示"),
}
_SHOWN: Final[dict[int, Words]] = {
    Shown.LIVE: Words("it is shown live on the holder's device", "由本人设备实时出示"),
    Shown.BEARER: Words("it is bound to no device, such as a code on paper", "出示未绑定设备的码（如纸质码）"),
    Shown.BARE: Words(
        "it is bound to a device and shown without it, such as a screenshot", "以截图等方式出示绑定设备的码"
    ),
    Shown.NONE: Words("no code is shown", "未出示健康码"),
}
_NO_POSITIVE: Final = Words(" and no positive result since", "且其后无阳性结果")  # DEC-6
_HIGHEST: Final = 5
ALWAYS: Final = Words("always", "任何情况下")


class Telling(NamedTuple):
    """What the words of a member need beside it.

    Attributes:
        questions: what is asked, by name.
        scale: what the levels 1 to 5 are called; empty for numbers alone.
        zone: the zone of the policy, in minutes.
    """

    questions: dict[str, Words]
    scale: tuple[Names, ...] = ()
    zone: int = 0

    @classmethod
    def of(cls, policy: Policy, scale: tuple[Names, ...] | None = None) -> "Telling":
        """Take the questions of a policy, and the scale of its first map."""
        return cls({one.name: Words(one.en, one.zh) for one in policy.declared}, scale or (), policy.zone)

    def level(self, level: int) -> Words:
        """Name a level."""
        if not self.scale:
            return Words(f"level {level}", f"{level}级")
        name = self.scale[level - 1]
        return Words(f"level {level} ({name.en})", f"{level}级（{name.zh}）")


def joined(parts: Iterable[Words], en: str, zh: str) -> Words:
    """Join parts in each language."""
    some = list(parts)
    return Words(en.join(part.en for part in some), zh.join(part.zh for part in some))


def either_of(parts: Iterable[Words]) -> Words:
    """Join alternatives."""
    return joined(parts, " or ", "或")


def condition(name: str, value: Any, telling: Telling) -> Words:
    """Tell one member of `when`."""
    return _TELLERS[name](value, telling)


def conditions(when: When, telling: Telling) -> Words:
    """Tell all members of `when`."""
    members = [condition(name, value, telling) for name, value in when.members]
    return joined(members, ", and ", "，且") if members else ALWAYS


def consequence(rule: Rule) -> Words:
    """Tell what follows from a rule: the action, how long, and the duties."""
    parts = [rule.then.words]
    if rule.days is not None and rule.then in ISOLATING:
        parts.append(days_of(rule))
    for duty in rule.duties:
        parts.append(duty.words)
        if duty is Duty.MONITOR and rule.days is not None and rule.then not in ISOLATING:
            parts.append(days_of(rule))
    return joined(parts, "; ", "；")


def days_of(rule: Rule) -> Words:
    """Tell the days of a rule, and from when they count."""
    plural = "" if rule.days == 1 else "s"
    if rule.count_from is CountFrom.DEPARTURE:
        return Words(f"for {rule.days} day{plural} after the day of departure", f"自离开次日起{rule.days}天")
    return Words(f"for {rule.days} day{plural} after today", f"自判定次日起{rule.days}天")


def span_of(rule: Rule, telling: Telling) -> Words | None:
    """Tell from when until when a rule holds, in civil time; None for always."""
    start, end = (one and civil(one, telling.zone) for one in (rule.valid_from, rule.valid_until))
    if start and end:
        return Words(f"from {start} until {end}", f"{start} 起至 {end} 止")
    if start:
        return Words(f"from {start} on", f"自 {start} 起")
    return Words(f"until {end}", f"至 {end} 止") if end else None


def civil(at: datetime, zone: int) -> str:
    """Write a time in the zone of a policy."""
    return (at.astimezone(UTC) + timedelta(minutes=zone)).strftime("%Y-%m-%d %H:%M")


def unknown_of(rule: Rule) -> Words | None:
    """Tell what follows where it is not known; None where it is asked."""
    if rule.unknown is Unknown.ASK:
        return None
    held = rule.unknown is Unknown.YES
    return Words(
        f"where this is not known, the rule {'holds' if held else 'does not hold'}",
        f"无法确定时，视为{'成立' if held else '不成立'}",
    )


def _codes(codes: type[CodeNumber], en: str, zh: str) -> Callable[[Sequence[int], Telling], Words]:
    def tell(values: Sequence[int], _: Telling) -> Words:
        said = either_of(codes.words_of(value) for value in values)
        return Words(en.format(said.en), zh.format(said.zh))

    return tell


def _regions(en: str, zh: str) -> Callable[[Sequence[str], Telling], Words]:
    def tell(values: Sequence[str], _: Telling) -> Words:
        said = either_of(map(region_in_words, values))
        return Words(en.format(said.en), zh.format(said.zh))

    return tell


def _levels(at_least: int | None, at_most: int | None, telling: Telling) -> Words:
    if at_least is not None and at_most is not None:
        low, high = telling.level(at_least), telling.level(at_most)
        return low if at_least == at_most else Words(f"{low.en} to {high.en}", f"{low.zh}至{high.zh}")
    if at_least is not None:
        low = telling.level(at_least)
        return low if at_least == _HIGHEST else Words(f"{low.en} or higher", f"{low.zh}及以上")
    high = telling.level(at_most or 1)
    return Words(f"{high.en} or lower", f"{high.zh}及以下")


def _residence_level(value: LevelRange, telling: Telling) -> Words:
    said = _levels(value.at_least, value.at_most, telling)
    return Words(f"the person lives in a region of risk {said.en}", f"常住地风险等级为{said.zh}")


def _departure(value: DepartureCondition, telling: Telling) -> Words:
    place = either_of(map(region_in_words, value.regions)) if value.regions else Words("a region", "")
    en, zh = place.en, place.zh
    if value.at_least is not None or value.at_most is not None:
        said = _levels(value.at_least, value.at_most, telling)
        en, zh = f"{en} of risk {said.en} on that day", f"{zh}{'中' if zh else ''}当日风险等级为{said.zh}的地区"
    since = Words("today", "当天") if value.within_days == 0 else _within(value.within_days)
    return Words(f"the person left {en} {since.en}", f"{since.zh}离开过{zh or '任一地区'}")


def _within(days: int) -> Words:
    return Words(f"within the last {days} day{'' if days == 1 else 's'}", f"{days}天内")


def _test(value: LabTestCondition, _: Telling) -> Words:
    methods = either_of(LabMethod.words_of(method) for method in value.methods)
    result = LabResult.words_of(value.result)
    since = _NO_POSITIVE if value.result == LabResult.NEGATIVE else Words("", "")
    if value.count == 1:
        return Words(
            f"the code has a {result.en} {methods.en} of the last {value.within_hours} hours{since.en}",
            f"持{value.within_hours}小时内{methods.zh}{result.zh}结果{since.zh}",
        )
    apart = value.hours_apart or 1
    return Words(
        f"the code has {value.count} {result.en} results ({methods.en}) of the last {value.within_hours} hours, "
        f"each at least {apart} hour{'' if apart == 1 else 's'} after the one before{since.en}",
        f"持{value.within_hours}小时内{value.count}次{methods.zh}{result.zh}结果，每次间隔至少{apart}小时{since.zh}",
    )


def _vaccination(value: VaccinationCondition, _: Telling) -> Words:
    en, zh = f"at least {value.doses} dose{'' if value.doses == 1 else 's'}", f"至少{value.doses}剂"
    if value.days_since:
        en += f", the last at least {value.days_since} days ago"
        zh += f"，末剂已满{value.days_since}天"
    return Words(f"the code has a complete vaccination of {en}", f"已完成全程疫苗接种（{zh}）")


def _starts(days: int, _: Telling) -> Words:
    if days == 0:
        return Words("the code began today", "健康码当天生效")
    return Words(f"the code began at most {days} day{'' if days == 1 else 's'} ago", f"健康码{days}天内生效")


def _answered(en: str, zh: str) -> Callable[[Sequence[str], Telling], Words]:
    def tell(names: Sequence[str], telling: Telling) -> Words:
        asked = [telling.questions.get(name, Words(name, name)) for name in names]
        said = joined((Words(f"“{one.en}”", f"“{one.zh}”") for one in asked), " and ", "、")
        return Words(f"the answer to {said.en} is {en}", f"对{said.zh}回答“{zh}”")

    return tell


def _place(names: Sequence[str], _: Telling) -> Words:
    said = " or ".join(names)
    return Words(f"the gate is at a place of the kind {said}", f"验码点属于 {'、'.join(names)} 类场所")


def _shown(values: Sequence[int], _: Telling) -> Words:
    return either_of(_SHOWN.get(value) or Shown.words_of(value) for value in values)


def _waived(verdicts: Sequence[str], _: Telling) -> Words:
    if not verdicts:
        return Words("no check of the code was waived", "核验健康码时没有豁免任何检查")
    known: dict[str, Words] = {str(verdict): words for verdict, words in _WAIVED.items()}
    said = either_of(known.get(one, Words(one, one)) for one in verdicts)
    return Words(f"no check of the code was waived but: {said.en}", f"核验健康码时豁免的检查不超出：{said.zh}")


_TELLERS: Final[dict[str, Callable[[Any, Telling], Words]]] = {
    "color": _codes(Color, "the code is {}", "健康码为{}"),
    "reason": _codes(Reason, "the reason of its colour is: {}", "赋码原因为：{}"),
    "issuer": _regions("the code was issued in {}", "健康码由{}签发"),
    "origin": _regions("the colour was set in {}", "颜色由{}认定"),
    "residence": _regions("the person lives in {}", "常住地在{}"),
    "residence_level": _residence_level,
    "departure": _departure,
    "test": _test,
    "vaccination": _vaccination,
    "recovery": lambda value, _: Words(
        f"the person recovered {_within(value.within_days).en}", f"{value.within_days}天内康复"
    ),
    "starts_within_days": _starts,
    "shown": _shown,
    "document": lambda _value, _: Words("the identity document is the holder's", "证件与持码人相符"),
    "declared": _answered("yes", "是"),
    "denied": _answered("no", "否"),
    "place": _place,
    "waived": _waived,
}
