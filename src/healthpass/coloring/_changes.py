"""Whether cases notice it when a rule is changed: a table that notices everything says all that the rules say."""

from collections.abc import Iterator, Sequence
from typing import Any, Final, TypeAlias

from healthpass.coloring._cases import Case
from healthpass.coloring._table import ColorRules
from healthpass.words._events import EventKind

_Change: TypeAlias = tuple[str, Any]

_NOT_CHANGED: Final = "say"  # words change no colour
_OTHERS: Final = {  # other values of members that are names
    "color": ("red", "yellow"),
    "reason": ("under-correction", "exposure"),
    "result": ("positive", "negative"),
    "event": ("release", "discharge", "declaration", "diagnosis"),
}


def unnoticed(rules: ColorRules, cases: Sequence[Case]) -> tuple[str, ...]:
    """Return the changes of rules that no case notices.

    Each rule is taken away once, and so is each of its members; and each value is altered: a number by one, a name
    to another one. `say` stays as it is. A change that leaves no rules that can be read needs no case.

    Args:
        rules: the rules; all cases have to pass.
        cases: the cases.

    Returns:
        The changes, in words; none when the cases are enough.
    """
    return tuple(what for what, changed in _changed(rules) if not any(case.fault(changed) for case in cases))


def _changed(rules: ColorRules) -> Iterator[tuple[str, ColorRules]]:
    """Give the rules with each change that leaves rules."""
    record = rules.model_dump(mode="json", exclude_defaults=True)
    for what, table in _of_list("rules", record["rules"]):
        try:
            changed = ColorRules.model_validate(record | {"rules": table})
        except ValueError:
            continue
        if changed != rules:
            yield what, changed


def _of_list(name: str, entries: Sequence[Any]) -> Iterator[_Change]:
    for place, entry in enumerate(entries):
        before, after = entries[:place], entries[place + 1 :]
        called = entry["id"] if isinstance(entry, dict) and "id" in entry else f"{name}[{place}]"
        yield f"{called}: taken away", [*before, *after]
        for what, other in _of_value(called, name, entry):
            yield what, [*before, other, *after]


def _of_object(called: str, members: dict[str, Any]) -> Iterator[_Change]:
    for name, value in members.items():
        if name != _NOT_CHANGED:
            yield f"{called}.{name}: taken away", {one: kept for one, kept in members.items() if one != name}
            for what, other in _of_value(f"{called}.{name}", name, value):
                yield what, members | {name: other}


def _of_value(called: str, name: str, value: Any) -> Iterator[_Change]:
    """Give a value with each single change."""
    match value:
        case bool():
            yield f"{called}: {not value}", not value
        case int():
            yield f"{called}: {value + 1}", value + 1
            yield f"{called}: {value - 1}", value - 1
        case str():
            yield from ((f"{called}: {other}", other) for other in _other_names(name, value))
        case list():
            yield from _of_list(called, value)
        case dict():
            yield from _of_object(called, value)


def _other_names(name: str, value: str) -> Iterator[str]:
    """Give other values of a member that is a name."""
    if name == "id":
        yield f"{value}-2"
    elif value in list(EventKind):
        yield from (kind for kind in EventKind if kind.event == EventKind(value).event and kind != value)
    else:
        yield from _OTHERS.get(name, ())
