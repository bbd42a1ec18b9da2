"""What came of an update, told line by line."""

from collections import Counter
from collections.abc import Sequence
from typing import Final

from rich.console import Console
from rich.text import Text

from healthpass import Outcome, harmless
from healthpass.store import UpdateResult

_PASSED: Final = "passed over"  # what is told of documents that are none of this store's business
_SIGNS: Final = {"done": "✓", "refused": "✗", "note": "!", _PASSED: "·"}
_STYLES: Final = {"done": "green", "refused": "bold red", "note": "yellow", _PASSED: "dim"}
_SHOWN: Final = 6  # bytes of a hash, enough to find the document again
_COLUMN: Final = 26  # where the outcome stands, unless what came of it is long
_NAMES: Final = {Outcome.APPLIED: "applied", Outcome.UNCHANGED: "held already"}


def show(console: Console, results: Sequence[UpdateResult]) -> None:
    """Write a line for each document and state, a line for each note, and the sum."""
    if not results:
        console.print("nothing new 没有新内容")
        return
    for result in results:
        console.print(_line(result))
        show_notes(console, [result])
    counts = Counter(result.outcome for result in results)
    told = [f"{counts[outcome]} {name}" for outcome, name in _NAMES.items()]
    if older := counts[Outcome.SUPERSEDED]:
        told.append(f"{older} older")
    told.append(f"{sum(result.refused for result in results)} refused")
    if passed_over := sum(result.passed_over for result in results):
        told.append(f"{passed_over} {_PASSED}")
    console.print(", ".join(told))


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
        which = f"{result.list} of {result.issuer}"
    elif result.sha256:
        which = f"{result.sha256[:_SHOWN].hex()}…"
    else:
        which = f"number {result.document + 1}"
    kind = result.kind.label if result.kind else "document"
    return [*filter(None, [states]), kind, which]


def _colored(kind: str, start: str, rest: str = "") -> Text:
    return Text.assemble((harmless(start), _STYLES[kind]), harmless(rest))
