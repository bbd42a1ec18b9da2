"""Rules as a table: their order, and that none is without effect (CLR-2, CLR-6, CLR-8)."""

from collections.abc import Sequence
from typing import Final

from healthpass.coloring._events import LEVELS
from healthpass.coloring._rules import Ends, Ground, Rule
from healthpass.words._code_points import Color
from healthpass.words._events import EventKind

STRICTEST: Final = (Color.RED, None, Color.YELLOW, Color.GREEN)  # CLR-6, CLR-16; None is no code
_DAY: Final = 24  # hours


def check_table(rules: Sequence[Rule]) -> None:
    """Check rules as a table.

    Raises:
        ValueError: when one is at the wrong place, is there twice, or is without effect.
    """
    ids = [rule.id for rule in rules]
    if twice := [name for name in ids if ids.count(name) > 1]:
        raise ValueError(f"rules: two of them have the id {twice[0]}")
    last = rules[-1]
    if last.color is not Color.GREEN or last.on or last.lacking:
        raise ValueError(f"rules: the last one, {last.id}, must be green, without on and lacking")
    for place, rule in enumerate(rules):
        if fault := _fault(rule, rules[:place], last):
            raise ValueError(f"rules[{place}]: {rule.id} {fault}")


def _fault(rule: Rule, before: Sequence[Rule], last: Rule) -> str | None:
    if rule.color is Color.GREEN and rule is not last:
        return "is green, and is not the last"
    if before and STRICTEST.index(before[-1].color) > STRICTEST.index(rule.color):
        return "is stricter than the one before it: first red, then no colour, yellow, green"
    if covering := next((earlier for earlier in before if _covers(earlier, rule)), None):
        return f"is never reached: {covering.id} is live whenever it is"
    if rule.after_hours is not None and rule.ends is not None and _too_early(rule.ends, rule.after_hours):
        return "ends before it begins: after_hours is too late"
    return None


def _covers(earlier: Rule, later: Rule) -> bool:
    """Tell whether a rule is live whenever a later one is (CLR-8.1)."""
    if earlier.lacking is not None:
        same = later.lacking is not None and later.lacking.event == earlier.lacking.event
        if not same or later.lacking is None or later.lacking.hours < earlier.lacking.hours:
            return False
    if earlier.on is None:
        return True
    if later.on is None or not _wider(earlier.on, later.on):
        return False
    in_time = (earlier.after_hours or 0) <= (later.after_hours or 0)
    return in_time and (earlier.ends is None or earlier.ends == later.ends)


def _wider(one: Ground, other: Ground) -> bool:
    """Tell whether a ground matches every event that another one matches."""
    if one.event != other.event:
        return False
    kinds = {kind for kind in EventKind if kind.event == one.event}
    levels = set(LEVELS)
    return (
        set(one.kind or kinds) >= set(other.kind or kinds)
        and set(one.level.meant if one.level else levels) >= set(other.level.meant if other.level else levels)
        and one.result in {None, other.result}
        and one.healthy in {None, other.healthy}
    )


def _too_early(ends: Ends, after_hours: int) -> bool:
    """Tell whether something has always ended before so many hours are over (CLR-8.2)."""
    if ends.hours is not None:
        return ends.hours <= after_hours
    if ends.days is not None:
        return (ends.days + 1) * _DAY <= after_hours
    if ends.all is not None:
        return all(_too_early(one, after_hours) for one in ends.all)
    return any(_too_early(one, after_hours) for one in ends.any or ())
