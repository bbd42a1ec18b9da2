"""Whether one `when` can hold only where another holds: member by member, never by guessing."""

from collections.abc import Callable
from typing import Any, Final

from healthpass.deciding._conditions import within
from healthpass.documents._policy import Rule
from healthpass.documents._when import (
    DepartureCondition,
    LabTestCondition,
    LevelRange,
    RecoveryCondition,
    VaccinationCondition,
    When,
)


def implies(narrow: When, wide: When) -> bool:
    """Tell whether each member of `wide` is in `narrow` too, with the same or fewer values.

    It is sure where it says yes: whatever meets `narrow` meets `wide`. It says no where it cannot see it.
    """
    members = dict(narrow.members)
    return all(name in members and _IMPLIES[name](members[name], value) for name, value in wide.members)


def covers(earlier: Rule, later: Rule) -> bool:
    """Tell whether a rule is in force whenever another is."""
    starts = earlier.valid_from is None or (
        later.valid_from is not None and earlier.valid_from <= later.valid_from
    )
    ends = earlier.valid_until is None or (
        later.valid_until is not None and earlier.valid_until >= later.valid_until
    )
    return starts and ends


def _subset(narrow: tuple[Any, ...], wide: tuple[Any, ...]) -> bool:
    return set(narrow) <= set(wide)


def _superset(narrow: tuple[Any, ...], wide: tuple[Any, ...]) -> bool:
    return set(narrow) >= set(wide)


def _inside(narrow: tuple[str, ...], wide: tuple[str, ...]) -> bool:
    return all(within(region, wide) for region in narrow)


def _levels(narrow: LevelRange | DepartureCondition, wide: LevelRange | DepartureCondition) -> bool:
    if (wide.at_least, wide.at_most) == (None, None):
        return True
    if (narrow.at_least, narrow.at_most) == (None, None):
        return False  # nobody knows that there is a level
    return (narrow.at_least or 1) >= (wide.at_least or 1) and (narrow.at_most or 5) <= (wide.at_most or 5)


def _departure(narrow: DepartureCondition, wide: DepartureCondition) -> bool:
    regions = wide.regions is None or (narrow.regions is not None and _inside(narrow.regions, wide.regions))
    return narrow.within_days <= wide.within_days and regions and _levels(narrow, wide)


def _test(narrow: LabTestCondition, wide: LabTestCondition) -> bool:
    return (
        _subset(narrow.methods, wide.methods)
        and narrow.result == wide.result
        and narrow.within_hours <= wide.within_hours
        and narrow.count >= wide.count
        and (wide.count == 1 or (narrow.hours_apart or 1) >= (wide.hours_apart or 1))
    )


def _vaccination(narrow: VaccinationCondition, wide: VaccinationCondition) -> bool:
    return narrow.doses >= wide.doses and narrow.days_since >= wide.days_since


def _recovery(narrow: RecoveryCondition, wide: RecoveryCondition) -> bool:
    return narrow.within_days <= wide.within_days


_IMPLIES: Final[dict[str, Callable[[Any, Any], bool]]] = {
    "color": _subset,
    "reason": _subset,
    "issuer": _inside,
    "origin": _inside,
    "residence": _inside,
    "residence_level": _levels,
    "departure": _departure,
    "test": _test,
    "vaccination": _vaccination,
    "recovery": _recovery,
    "starts_within_days": lambda narrow, wide: narrow <= wide,
    "shown": _subset,
    "document": lambda _narrow, _wide: True,
    "declared": _superset,
    "denied": _superset,
    "place": _subset,
    "waived": _subset,
}
