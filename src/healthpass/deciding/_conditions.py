"""The members of `when`, each made into a function once: yes, no or unknown (spec/decision.md, DEC-2 to DEC-8)."""

from collections.abc import Callable, Iterable
from typing import Any, Final, TypeAlias

from healthpass.codec._time import to_days, to_seconds
from healthpass.credential._evidence import Departure
from healthpass.credential._regions import RegionId
from healthpass.deciding._facts import Facts
from healthpass.documents._document import DAY
from healthpass.documents._when import DepartureCondition, LabTestCondition, LevelRange, VaccinationCondition, When

Holds: TypeAlias = bool | None  # None: unknown
Condition: TypeAlias = Callable[[Facts], Holds]

WITHOUT_CODE: Final = frozenset({"shown", "declared", "denied", "place"})  # DEC-2: the others are no without one
_ASKED: Final = {"residence": "residence", "residence_level": "residence", "departure": "departure"}


def both(values: Iterable[Holds]) -> Holds:
    """Return no if one is no; otherwise unknown if one is; otherwise yes (DEC-2)."""
    found: Holds = True
    for value in values:
        if value is False:
            return False
        if value is None:
            found = None
    return found


def either(values: Iterable[Holds]) -> Holds:
    """Return yes if one is yes; otherwise unknown if one is; otherwise no (DEC-5)."""
    found: Holds = False
    for value in values:
        if value:
            return True
        if value is None:
            found = None
    return found


def compiled(when: When) -> tuple[tuple[str, Condition], ...]:
    """Make the members of `when` into functions, each with its name; but those of `WITHOUT_CODE` need a code."""
    return tuple((name, _MAKERS[name](value)) for name, value in when.members)


def within(region: str, listed: tuple[str, ...]) -> bool:
    """Tell whether a region lies within one of some (RGN-2)."""
    return any(region == one or region.startswith(f"{one}-") for one in listed)


def _somewhere(region: str, listed: tuple[str, ...]) -> Holds:
    """Tell the same of a place that the region may be too coarse to name (DEC-4)."""
    if within(region, listed):
        return True
    return None if any(one.startswith(f"{region}-") for one in listed) else False


def _leveled(levels: frozenset[int], at_least: int | None, at_most: int | None) -> Holds:
    """Tell whether levels are within two: yes if all are, no if none is (DEC-4)."""
    meant = range(at_least or 0, (at_most or 9) + 1)
    good = [level in meant for level in levels]
    return good[0] if good and good.count(good[0]) == len(good) else None


def departed(condition: DepartureCondition, facts: Facts, one: Departure, day: int) -> Holds:
    """Tell whether a departure within the days is one that is meant (DEC-5)."""
    place = _somewhere(one.region, condition.regions) if condition.regions is not None else True
    if place is False or (condition.at_least is None and condition.at_most is None):
        return place
    return both((place, _leveled(facts.levels(one.region, day), condition.at_least, condition.at_most)))


def _departure(condition: DepartureCondition) -> Condition:
    within_days = condition.within_days

    def holds(facts: Facts) -> Holds:
        if not facts.left:
            return False
        return either(departed(condition, facts, *one) for one in facts.departures(within_days))

    return holds


def _color(codes: tuple[int, ...]) -> Condition:
    wanted = frozenset(map(int, codes))
    return lambda facts: facts.health is not None and facts.health.color in wanted


def _reason(codes: tuple[int, ...]) -> Condition:
    wanted = frozenset(map(int, codes))
    return lambda facts: facts.health is not None and facts.health.reason in wanted


def _issuer(regions: tuple[RegionId, ...]) -> Condition:
    return lambda facts: facts.code is not None and within(facts.code.issuer.id.partition(".")[0], regions)


def _origin(regions: tuple[RegionId, ...]) -> Condition:
    def holds(facts: Facts) -> Holds:
        origin = facts.health.origin if facts.health else None
        return origin is not None and within(origin.partition(".")[0], regions)

    return holds


def _residence(regions: tuple[RegionId, ...]) -> Condition:
    def holds(facts: Facts) -> Holds:
        residence = facts.health.residence if facts.health else None
        return None if residence is None else _somewhere(residence, regions)

    return holds


def _residence_level(levels: LevelRange) -> Condition:
    def holds(facts: Facts) -> Holds:
        residence = facts.health.residence if facts.health else None
        if residence is None:
            return None
        return _leveled(facts.levels(residence, None), levels.at_least, levels.at_most)

    return holds


def _test(condition: LabTestCondition) -> Condition:
    methods = frozenset(map(int, condition.methods))
    result, hours, count = int(condition.result), condition.within_hours, condition.count
    apart = condition.hours_apart or 1

    def holds(facts: Facts) -> Holds:
        if count == 1:
            return bool(facts.tests(methods, result, hours))
        found = 0
        last = None
        for hour in facts.tests(methods, result, hours):  # the earliest first, so that most are found
            if last is None or hour - last >= apart:
                found, last = found + 1, hour
        return found >= count

    return holds


def _vaccination(condition: VaccinationCondition) -> Condition:
    return lambda facts: facts.vaccinated(condition.doses, condition.days_since)


def _starts(days: int) -> Condition:
    def holds(facts: Facts) -> Holds:
        if facts.code is None:
            return False
        day = (to_seconds(facts.code.valid_from) + facts.zone) // DAY
        return 0 <= facts.day - day <= days

    return holds


def _shown(codes: tuple[int, ...]) -> Condition:
    wanted = frozenset(map(int, codes))
    return lambda facts: facts.shown in wanted


def _document(_: Any) -> Condition:
    def holds(facts: Facts) -> Holds:
        if facts.health is None or facts.health.binding is None:
            return False
        return facts.document

    return holds


def _answered(wanted: bool) -> Callable[[tuple[str, ...]], Condition]:  # noqa: FBT001 - which answer is wanted
    def make(names: tuple[str, ...]) -> Condition:
        if len(names) == 1:  # as most are
            (name,) = names

            def holds_one(facts: Facts) -> Holds:
                answer = facts.answers.get(name)
                return None if answer is None else answer is wanted

            return holds_one

        def holds(facts: Facts) -> Holds:
            answers = (facts.answers.get(name) for name in names)
            return both(None if answer is None else answer is wanted for answer in answers)

        return holds

    return make


def _place(places: tuple[str, ...]) -> Condition:
    return lambda facts: None if facts.place is None else facts.place in places


def _waived(verdicts: tuple[str, ...]) -> Condition:
    allowed = frozenset(verdicts)
    return lambda facts: facts.code is not None and facts.code.waived <= allowed


_MAKERS: Final[dict[str, Callable[[Any], Condition]]] = {
    "color": _color,
    "reason": _reason,
    "issuer": _issuer,
    "origin": _origin,
    "residence": _residence,
    "residence_level": _residence_level,
    "departure": _departure,
    "test": _test,
    "vaccination": _vaccination,
    "recovery": lambda condition: lambda facts: facts.recovered(condition.within_days),
    "starts_within_days": _starts,
    "shown": _shown,
    "document": _document,
    "declared": _answered(True),
    "denied": _answered(False),
    "place": _place,
    "waived": _waived,
}


def asked(when: When, facts: Facts, name: str) -> tuple[str, ...]:
    """Return what is unknown of a member that is unknown: questions by their names, other things by theirs."""
    if name in {"declared", "denied"}:
        return tuple(f"declared:{one}" for one in getattr(when, name) if one not in facts.answers)
    return (_ASKED.get(name, name),)


def day_of(condition: DepartureCondition, facts: Facts, *, or_unknown: bool) -> int | None:
    """Return the last day of a departure that is meant (DEC-9).

    Args:
        condition: which is meant.
        facts: what is known.
        or_unknown: whether one of which that is not known counts too.
    """
    days = [
        to_days(one.day)
        for one, day in facts.departures(condition.within_days)
        if (held := departed(condition, facts, one, day)) or (held is None and or_unknown)
    ]
    return max(days, default=None)
