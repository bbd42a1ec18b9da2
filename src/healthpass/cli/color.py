"""`healthpass color`: the colour rules of an office, checked, tested and explained."""

from collections.abc import Iterator
from contextlib import contextmanager
from datetime import datetime, timedelta, timezone
from pathlib import Path
from typing import Annotated, Any, Final, TypeAlias

import typer

from healthpass import Color, harmless
from healthpass.cli.errors import NOT_VALID, CommandError, refusing
from healthpass.cli.io.arguments import AsJson, At
from healthpass.cli.io.files import read, read_input
from healthpass.cli.io.output import answering, json_line, put
from healthpass.cli.language import message, said, say
from healthpass.cli.show.times import now
from healthpass.coloring import (
    Coloring,
    ColorRules,
    Event,
    RuleState,
    SourceError,
    color_of,
    explain,
    read_cases,
    read_events,
    read_history,
    unnoticed,
)

HELP: Final = (
    "Check, test and explain the colour rules of an office.\n\nRules are a file of JSON that people review. "
    "`healthpass bulk color` colours many people by them."
)

_MAX_RULES: Final = 262_144  # bytes
_MAX_HISTORY: Final = 262_144
_MAX_CASES: Final = 4_194_304
_Rules: TypeAlias = Annotated[Path, typer.Argument(metavar="RULES", help="The rule file.")]


def read_rules(path: Path) -> ColorRules:
    """Read a rule file.

    Raises:
        CommandError: with exit code 1 when it breaks a rule, a line for each fault.
    """
    with _telling(path):
        return ColorRules.read(read(path, at_most=_MAX_RULES))


def check(rules: _Rules) -> None:
    """Check a rule file, and show its rules in their order.

    Exit codes: 0 it can be used, 1 it breaks a rule, 2 wrong usage, or the file cannot be read.
    """
    found = read_rules(rules)
    with answering():
        put(say("{} {}: {} rules", found.names.zh, found.names.en, len(found.rules)))
        for rule in found.rules:
            colored = _color(rule.color)
            if rule.reason:
                colored = say("{}, {}", colored, said(rule.reason.words))
            put(f"  {say('{}: {}', rule.id, colored)}")


def test(
    rules: _Rules,
    cases: Annotated[Path, typer.Argument(metavar="CASES.csv", help="The cases: case, at, history, color, ...")],
) -> None:
    """Run cases over a rule file, and show whether they would notice if a rule were changed.

    When all cases pass, each rule and each of its members is taken away and altered once, and the changes that no
    case notices are shown.

    Exit codes: 0 all cases pass and notice each change, 1 one does not, or the rules or the cases cannot be used,
    2 wrong usage, or a file cannot be read.
    """
    found = read_rules(rules)
    with _telling(cases):
        table = read_cases(read(cases, at_most=_MAX_CASES), found)
    faults = [fault for case in table if (fault := case.fault(found))]
    changes = [] if faults else unnoticed(found, table)
    with answering():
        for line in faults:
            put(harmless(message(line)))
        for line in changes:
            put(say("no case notices: {}", message(line)))
        put(say("{} of {} cases pass", len(table) - len(faults), len(table)))
    if faults or changes:
        raise typer.Exit(NOT_VALID)


def explain_(
    rules: _Rules,
    history: Annotated[
        str,
        typer.Argument(metavar="HISTORY", help="A file with a history, JSON or few words; - for standard input."),
    ],
    *,
    at: At = None,
    as_json: AsJson = False,
) -> None:
    """Show which colour a person has by the rules, why, until when, and how the rules before it stand.

    A history in few words has a line such as `2020-02-11 09:00 exposure close-contact` for each event, in the time
    of the rules.

    Exit codes: 0 done, 1 the rules or the history cannot be used, 2 wrong usage, or a file cannot be read.
    """
    found = read_rules(rules)
    data = read_input(at_most=_MAX_HISTORY) if history == "-" else read(Path(history), at_most=_MAX_HISTORY)
    with _telling(Path(history)):
        events = _events(data, found)
    moment = at or now().replace(microsecond=0)
    with refusing():
        coloring, states = color_of(events, found, at=moment), explain(events, found, at=moment)
    with answering():
        if as_json:
            put(json_line(_record(coloring, states)))
        else:
            for line in _lines(coloring, states, timezone(timedelta(minutes=found.zone))):
                put(line)


def _events(data: bytes, rules: ColorRules) -> tuple[Event, ...]:
    if data.lstrip()[:1] in {b"[", b"{"}:
        return read_history(data)
    try:
        words = data.decode("utf-8-sig")
    except UnicodeDecodeError:
        raise SourceError("it is not UTF-8") from None
    return read_events(";".join(words.splitlines()), rules.zone)


@contextmanager
def _telling(path: Path) -> Iterator[None]:
    """Say what is wrong with a file, a line for each fault.

    Raises:
        CommandError: in place of a SourceError, with exit code 1.
    """
    try:
        yield
    except SourceError as error:
        problems = [harmless(f"{path}: {one}") for one in error.problems]
        raise CommandError(*problems, exit_code=NOT_VALID) from error


def _record(coloring: Coloring, states: tuple[RuleState, ...]) -> dict[str, Any]:
    return {
        "color": None if coloring.color is None else coloring.color.label,
        "reason": None if coloring.reason is None else coloring.reason.label,
        "until": coloring.until,
        "next_at": coloring.next_at,
        "review": coloring.review,
        "rule": coloring.why.rule.id,
        "event": None if coloring.why.event is None else coloring.why.event.record(),
        "rules": [
            {"id": one.rule.id, "state": str(one.state), "begins": one.begins, "ends": one.ends} for one in states
        ],
    }


def _lines(coloring: Coloring, states: tuple[RuleState, ...], zone: timezone) -> list[str]:
    color, rule = coloring.color, coloring.why.rule
    lines = []
    if coloring.reason:
        lines.append(say("reason: {}", said(coloring.reason.words)))
    if coloring.until:
        lines.append(say("until: {}", _local(coloring.until, zone)))
    if coloring.review:
        lines.append(say("a person confirms it first"))
    lines.append(say("rule: {}", rule.id))
    if event := coloring.why.event:
        told, when = said(event.event.words), _local(event.at, zone)
        if event.kind:
            told = say("{}, {}", told, said(event.kind.words))
        lines.append(say("because of: {}, {}", told, when))
    lines += [rule.say.zh, rule.say.en] if rule.say else []  # people are told it in either language
    if coloring.next_at:
        lines.append(say("changes by time alone: {}", _local(coloring.next_at, zone)))
    return [_color(color), *(f"  {line}" for line in lines), *(_state(one, zone) for one in states[:-1])]


def _color(color: Color | None) -> str:
    return say("no code") if color is None else f"{color.symbol} {said(color.words)}"


def _state(one: RuleState, zone: timezone) -> str:
    told = say("{}: {}", one.rule.id, message(str(one.state)))
    when = one.ends if one.state == "ended" else one.begins if one.state != "live" else None
    return say("{}, {}", told, _local(when, zone)) if when else told


def _local(moment: datetime, zone: timezone) -> str:
    return moment.astimezone(zone).isoformat(sep=" ", timespec="minutes")


COMMANDS: Final = (check, test, explain_)
