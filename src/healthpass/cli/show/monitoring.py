"""A report of health as monitoring reads it: the lines of a plugin, and the text format of Prometheus."""

from collections.abc import Iterable, Iterator
from typing import Final

from healthpass import harmless
from healthpass.cli.language import message, said, say
from healthpass.cli.show.times import local_minute
from healthpass.health import Check, Finding, Level, Report

_WHAT: Final = {
    "store": lambda: say("store"),
    "ledger": lambda: say("ledger"),
    "published": lambda: say("published"),
}
_FIRST: Final = 160  # characters of the text in the first line
_LINES: Final = 60  # findings that are told
_NUMBERS: Final = 40  # performance data
_GAUGES: Final = {
    "ends-seconds": ("ends_seconds", "Seconds until it ends; negative when it has ended."),
    "age-seconds": ("age_seconds", "Seconds since the newest time that was signed."),
    "update-age-seconds": ("update_age_seconds", "Seconds since an update last ran to its end."),
    "clock-ahead-seconds": ("clock_ahead_seconds", "Seconds that the clock here is ahead of the address's."),
    "documents": ("documents", "Documents that were found."),
    "refused": ("refused", "Documents that a store refuses."),
    "lists": ("lists", "Status lists."),
    "free-lists": ("free_lists", "Numbers that are left for new status lists."),
    "contradictions": ("contradictions", "Documents that contradict each other."),
}
_COUNTS: Final = {name for name in _GAUGES if not name.endswith("-seconds")}
HELPS: Final = dict(_GAUGES.values()) | {
    "level": "0 ok, 1 warning, 2 critical, 3 unknown.",
    "findings": "Findings of each level.",
    "checked_timestamp_seconds": "When this was checked, in seconds since 1970.",
}


def plugin_lines(report: Report) -> Iterator[str]:
    """Give the lines of a plugin: the level and the worst finding with performance data, then each finding."""
    told = [(check, finding) for check in report.checks for finding in check.findings]
    told.sort(key=lambda one: -one[1].level.rank)
    bad = [one for one in told if one[1].level is not Level.OK]
    text = _line(*(bad or told)[0]) if told else say("nothing to tell")
    more = say(" (and {} more)", len(bad) - 1) if len(bad) > 1 else ""
    text = text if len(text) <= _FIRST else f"{text[: _FIRST - 1]}…"
    numbers = " ".join(_numbers(report.checks))
    yield f"HEALTHPASS {report.level.upper()} - {text}{more}{' | ' * bool(numbers)}{numbers}"
    for check, finding in told[:_LINES]:
        yield f"[{finding.level}] {_line(check, finding)}"
        if finding.level is not Level.OK:
            yield f"  {say('{}: {}', finding.matter, said(finding.matter.advice))}"
    left = len(told[_LINES:]) + sum(check.more for check in report.checks)
    if left:
        yield say("and {} more; --json tells up to 100 of each", left)


def _line(check: Check, finding: Finding) -> str:
    told = message(finding.message)
    if finding.ends_at:
        told = say("{}, at {}", told, local_minute(finding.ends_at))
    return _plain(say("{} {}: {}", _WHAT[check.what](), check.name, told))


def _plain(text: str) -> str:
    """Return a text without what ends a plugin's text, or steers a terminal."""
    return harmless(text).replace("|", "¦").replace("\n", " ")


def _numbers(checks: Iterable[Check]) -> Iterator[str]:
    """Give performance data: of each check the least time that is left of each kind, and its other totals."""
    count = 0
    for check in checks:
        totals: dict[str, float] = {}
        for one in check.measures:
            ends = f"{one.about.partition(' ')[0]}-ends"
            name = ends if one.gauge == "ends-seconds" else one.gauge
            if one.gauge == "ends-seconds" or not one.about:
                totals[name] = min(totals.get(name, one.value), one.value)
        for name, value in totals.items():
            if (count := count + 1) > _NUMBERS:
                return
            label = _plain(f"{check.name} {name}").replace("'", "''").replace("=", "_")
            yield f"'{label}'={value:.0f}{'' if name in _COUNTS else 's'}"


def exposition(report: Report) -> str:
    """Return the text format of Prometheus, version 0.0.4; no series stands in it twice."""
    families: dict[str, dict[str, float]] = {}

    def put(name: str, value: float, /, **labels: str) -> None:
        told = ",".join(f'{label}="{_escaped(text)}"' for label, text in labels.items())
        families.setdefault(name, {}).setdefault(f"{{{told}}}" if told else "", value)

    for check in report.checks:
        labels = {"what": check.what, "name": check.name}
        put("level", check.level.exit_code, **labels)
        for level in Level:
            put("findings", sum(one.level is level for one in check.findings), **labels, level=level)
        for one in check.measures:
            put(_GAUGES[one.gauge][0], one.value, **labels, of=one.about)
    put("checked_timestamp_seconds", report.at.timestamp())
    lines = []
    for name, samples in families.items():
        lines += [f"# HELP healthpass_{name} {HELPS[name]}", f"# TYPE healthpass_{name} gauge"]
        lines += [f"healthpass_{name}{labels} {value:.0f}" for labels, value in samples.items()]
    return "\n".join([*lines, ""])


def _escaped(text: str) -> str:
    return harmless(text).replace("\\", "\\\\").replace('"', '\\"').replace("\n", "\\n")
