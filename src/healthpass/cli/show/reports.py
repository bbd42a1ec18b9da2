"""What came of an update, told line by line."""

from collections import Counter
from collections.abc import Sequence
from itertools import islice
from typing import Final, Literal

from rich.console import Console
from rich.text import Text

from healthpass import Outcome, harmless
from healthpass.store import UpdateResult

_PASSED: Final = "passed over"  # what is told of documents that are none of this store's business
_SIGNS: Final = {"done": "✓", "refused": "✗", "note": "!", _PASSED: "·"}
_STYLES: Final = {"done": "green", "refused": "bold red", "note": "yellow", _PASSED: "dim"}
_SHOWN: Final = 6  # bytes of a hash, enough to find the document again
_COLUMN: Final = 26  # where the outcome stands, unless what came of it is long
_SOURCES: Final = 200  # that are told
_LINES: Final = 30  # of an outcome, for each source
_NAMES: Final = {Outcome.APPLIED: "applied", Outcome.UNCHANGED: "held already"}


def show(console: Console, results: Sequence[UpdateResult]) -> None:
    """Write a line for each document and state, a line for each note, and the sum."""
    if not results:
        console.print("nothing new 没有新内容")
        return
    sources: dict[str | None, list[UpdateResult]] = {}
    for result in results:
        sources.setdefault(result.source, []).append(result)
    for own in islice(sources.values(), _SOURCES):
        _show_some(console, own)
    if (left := len(sources) - _SOURCES) > 0:
        console.print(f"and {left:,} more sources; --json tells of all 另有 {left} 个来源")
    counts = Counter[Outcome]()
    for result in results:
        counts[result.outcome] += 1 + result.more
    told = [f"{counts[outcome]} {name}" for outcome, name in _NAMES.items()]
    if older := counts[Outcome.SUPERSEDED]:
        told.append(f"{older} older")
    told.append(f"{number_of(results, 'refused')} refused")
    if passed_over := number_of(results, "passed_over"):
        told.append(f"{passed_over} {_PASSED}")
    console.print(", ".join(told))


def number_of(results: Sequence[UpdateResult], what: Literal["refused", "passed_over"]) -> int:
    """Return how many documents were refused, or passed over; those that are not told one by one too."""
    return sum(1 + result.more for result in results if getattr(result, what))


def _show_some(console: Console, results: Sequence[UpdateResult]) -> None:
    """Write a line for each result, as far as a person reads them: of each outcome some, and how many more."""
    counts = Counter[Outcome]()
    for result in results:
        counts[result.outcome] += 1
        if counts[result.outcome] <= _LINES:
            console.print(_line(result))
            show_notes(console, [result])
        counts[result.outcome] += result.more
    for outcome, count in counts.items():
        if count > _LINES:
            console.print(f"  and {count - _LINES:,} more: {outcome} 另有 {count - _LINES} 项")


def show_notes(console: Console, results: Sequence[UpdateResult]) -> None:
    """Write what else is to be told, and nothing of what came of each document."""
    for result in results:
        for note in result.notes:
            console.print(_colored("note", f"  {_SIGNS['note']} {note}: {note.words}"))


def _line(result: UpdateResult) -> Text:
    kind = _PASSED if result.passed_over else result.outcome.kind
    because = ": ".join(part for part in (result.where, result.message) if part)
    start = f"{_SIGNS[kind]} {' '.join(_what(result))}"
    meaning = f"{result.outcome}: {result.meaning}"
    return _colored(kind, f"{start:<{_COLUMN}}", f"  {meaning}{because and f' ({because})'}")


def _what(result: UpdateResult) -> list[str]:
    """Say which document it is, and whose."""
    states = " → ".join(dict.fromkeys(filter(None, (result.anchor, result.authority))))
    if result.version:
        which = str(result.version)
    elif result.issuer:
        which = f"of {result.issuer}" if result.list is None else f"{result.list} of {result.issuer}"
    elif result.sha256:
        which = f"{result.sha256[:_SHOWN].hex()}…"
    else:
        which = f"number {result.document + 1}"
    kind = result.kind.label if result.kind else "document"
    where = f"in {result.source}" if result.source and result.refused else None
    return [*filter(None, [states, kind, which, where])]


def _colored(kind: str, start: str, rest: str = "") -> Text:
    return Text.assemble((harmless(start), _STYLES[kind]), harmless(rest))
