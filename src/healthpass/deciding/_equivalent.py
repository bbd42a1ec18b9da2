"""Changes of a policy that cannot matter, as its rules plainly say: no case could notice them."""

from collections.abc import Iterator, Sequence
from dataclasses import replace
from typing import Any, Final

from healthpass.deciding._conditions import within
from healthpass.deciding._implied import covers, implies
from healthpass.documents._policy import Rule
from healthpass.documents._when import When
from healthpass.words._code_points import Color, Shown

# DEC-2: no without a code.
OF_A_CODE: Final = frozenset(
    {
        *("color", "reason", "issuer", "origin", "residence", "residence_level", "departure", "test"),
        *("vaccination", "recovery", "starts_within_days", "document", "waived"),
    }
)
_MAY_BE_UNKNOWN: Final = ("residence", "residence_level", "departure", "document", "declared", "denied", "place")
_CLOSED: Final[dict[str, tuple[int, ...]]] = {"color": tuple(Color), "shown": tuple(Shown)}


def can_be_unknown(when: When) -> bool:
    """Tell whether a `when` can be unknown at all (DEC-2)."""
    return any(getattr(when, name) is not None for name in _MAY_BE_UNKNOWN)


def widened_for_nothing(rule: Rule, name: str, value: tuple[Any, ...] | None, earlier: Sequence[Rule]) -> bool:
    """Tell whether all that a wider colour or way of showing lets in is decided by earlier rules.

    Args:
        rule: the rule.
        name: the member, `color` or `shown`.
        value: its new value, or None where it is deleted.
        earlier: the rules before it.
    """
    if name not in _CLOSED:
        return False
    had = set(getattr(rule.when, name))
    new = [one for one in value or _CLOSED[name] if one not in had]
    members = dict(rule.when.members)
    let_in = [When(**members | {name: (one,)}) for one in new]
    if value is None and name == "color":  # and people without a code, who have no colour
        rest = When(**{one: value for one, value in members.items() if one != "color"})
        let_in += [one for one in _parts(rest) if one.shown == (Shown.NONE,)]
    return bool(new) and all(_decided(rule, when, earlier) for when in let_in)


def exchanged_for_nothing(one: Rule, other: Rule, earlier: Sequence[Rule]) -> bool:
    """Tell whether no person meets two rules that are exchanged, or each who does is decided by an earlier one."""
    if _apart(one, other):
        return True
    members = dict(one.when.members)
    for name, value in other.when.members:
        if name not in members or implies(When(**{name: value}), When(**{name: members[name]})):
            members[name] = value
    return _decided(one, When(**members), earlier)


def _decided(rule: Rule, when: When, earlier: Sequence[Rule]) -> bool:
    """Tell whether whoever meets `when` is decided by one of the earlier rules, or nobody meets it."""
    return all(
        any(
            covers(before, rule) and not can_be_unknown(before.when) and implies(part, before.when)
            for before in earlier
        )
        for part in _parts(when)
    )


def _parts(when: When) -> Iterator[When]:
    """Take a `when` apart by colour, which everybody with a code has; nothing is left of what nobody meets."""
    members = {name for name, _ in when.members}
    shown = when.shown or tuple(Shown)
    if members & OF_A_CODE:
        shown = tuple(way for way in shown if way != Shown.NONE)
    if not shown:
        return
    if Shown.NONE in shown:
        yield replace(when, shown=(Shown.NONE,))
    ways = tuple(way for way in shown if way != Shown.NONE)
    for color in (when.color or tuple(Color)) if ways else ():
        yield replace(when, shown=ways, color=(color,))


def _apart(one: Rule, other: Rule) -> bool:
    """Tell whether nobody can meet two rules."""
    times = _before(one.valid_until, other.valid_from) or _before(other.valid_until, one.valid_from)
    first, second = one.when, other.when
    for name in ("color", "shown", "place"):
        these, those = getattr(first, name), getattr(second, name)
        if these is not None and those is not None and not {*these} & {*those}:
            return True
    for here, there in ((first, second), (second, first)):
        if {*(here.declared or ())} & {*(there.denied or ())}:
            return True
        if here.shown == (Shown.NONE,) and {name for name, _ in there.members} & OF_A_CODE:
            return True
    return times or _elsewhere(first.issuer, second.issuer)


def _before(end: Any, start: Any) -> bool:
    return end is not None and start is not None and end <= start


def _elsewhere(these: tuple[str, ...] | None, those: tuple[str, ...] | None) -> bool:
    if these is None or those is None:
        return False
    return not any(within(one, those) for one in these) and not any(within(one, these) for one in those)
