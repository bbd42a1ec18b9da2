"""`healthpass color`: the colour rules of an office, checked, tested and explained."""

from collections.abc import Iterator
from contextlib import contextmanager
from datetime import datetime, timedelta, timezone
from pathlib import Path
from typing import Annotated, Any, Final, TypeAlias

import typer

from healthpass import harmless
from healthpass.cli.errors import NOT_VALID, CommandError, refusing
from healthpass.cli.io.arguments import AsJson, At
from healthpass.cli.io.files import read, read_input
from healthpass.cli.io.output import answering, json_line, put
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
        put(f"{found.names.zh} {found.names.en}: {len(found.rules)} rules 条规则")
        for rule in found.rules:
            colored = "no code 不发码" if rule.color is None else f"{rule.color.symbol} {rule.color.words}"
            put(f"  {rule.id}: {colored}" + (f", {rule.reason.words}" if rule.reason else ""))


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
            put(harmless(line))
        for line in changes:
            put(f"no case notices 无用例可发现: {line}")
        put(f"{len(table) - len(faults)} of {len(table)} cases pass 个用例通过")
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
    lines = ["no code 不发码" if color is None else f"{color.symbol} {color.words}"]
    lines += [f"  reason 原因: {coloring.reason.words}"] if coloring.reason else []
    lines += [f"  until 截止: {_local(coloring.until, zone)}"] if coloring.until else []
    lines += ["  a person confirms it first 须经人工复核"] if coloring.review else []
    lines.append(f"  rule 规则: {rule.id}")
    if event := coloring.why.event:
        kind = f", {event.kind.words}" if event.kind else ""
        lines.append(f"  because of 依据: {event.event.words}{kind}, {_local(event.at, zone)}")
    lines += [f"  {rule.say.zh}", f"  {rule.say.en}"] if rule.say else []
    if coloring.next_at:
        lines.append(f"  changes by time alone 到时变化: {_local(coloring.next_at, zone)}")
    for one in states[:-1]:
        when = one.ends if one.state == "ended" else one.begins if one.state != "live" else None
        lines.append(f"{one.rule.id}: {one.state}" + (f", {_local(when, zone)}" if when else ""))
    return lines


def _local(moment: datetime, zone: timezone) -> str:
    return moment.astimezone(zone).isoformat(sep=" ", timespec="minutes")


COMMANDS: Final = (check, test, explain_)
