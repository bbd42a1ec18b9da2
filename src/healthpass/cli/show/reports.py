"""What came of an update, told line by line."""

from collections import Counter
from collections.abc import Sequence
from itertools import islice
from typing import Final, Literal

from rich.console import Console
from rich.text import Text

from healthpass import Outcome, harmless
from healthpass.cli.language import message, said, say
from healthpass.cli.show.columns import padded
from healthpass.cli.show.documents import kind_words
from healthpass.store import UpdateResult

_PASSED: Final = "passed over"  # what are none of this store's business
_SIGNS: Final = {"done": "✓", "refused": "✗", "note": "!", _PASSED: "·"}
_STYLES: Final = {"done": "green", "refused": "bold red", "note": "yellow", _PASSED: "dim"}
_SHOWN: Final = 6  # bytes of a hash, enough to find the document again
_COLUMN: Final = 26  # where the outcome stands, unless what came of it is long
_SOURCES: Final = 200  # that are told
_LINES: Final = 30  # of an outcome, for each source


def show(console: Console, results: Sequence[UpdateResult]) -> None:
    """Write a line for each document and state, a line for each note, and the sum."""
    if not results:
        console.print(say("nothing new"))
        return
    sources: dict[str | None, list[UpdateResult]] = {}
    for result in results:
        sources.setdefault(result.source, []).append(result)
    for own in islice(sources.values(), _SOURCES):
        _show_some(console, own)
    if (left := len(sources) - _SOURCES) > 0:
        console.print(say("and {} more sources; --json tells of all", left))
    counts = Counter[Outcome]()
    for result in results:
        counts[result.outcome] += 1 + result.more
    told = [say("{} applied", counts[Outcome.APPLIED]), say("{} held already", counts[Outcome.UNCHANGED])]
    if older := counts[Outcome.SUPERSEDED]:
        told.append(say("{} older", older))
    told.append(say("{} refused", number_of(results, "refused")))
    if passed_over := number_of(results, "passed_over"):
        told.append(say("{} passed over", passed_over))
    console.print(say(", ").join(told))


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
            console.print(f"  {say('and {} more: {}', count - _LINES, outcome)}")


def show_notes(console: Console, results: Sequence[UpdateResult]) -> None:
    """Write what else is to be told, and nothing of what came of each document."""
    for result in results:
        for note in result.notes:
            console.print(_colored("note", f"  {_SIGNS['note']} {say('{}: {}', note, said(note.words))}"))


def _line(result: UpdateResult) -> Text:
    kind = _PASSED if result.passed_over else result.outcome.kind
    because = ": ".join(part for part in (result.where, message(result.message or "")) if part)
    start = f"{_SIGNS[kind]} {' '.join(_what(result))}"
    meaning = say("{}: {}", result.outcome, said(result.meaning))
    return _colored(kind, padded(start, _COLUMN), f"  {meaning}{because and say(' ({})', because)}")


def _what(result: UpdateResult) -> list[str]:
    """Say which document it is, and whose."""
    states = " → ".join(dict.fromkeys(filter(None, (result.anchor, result.authority))))
    kind = kind_words(result.kind) if result.kind else None
    known_by = f"{result.sha256[:_SHOWN].hex()}…" if result.sha256 else None
    if kind is None:
        number = result.document + 1
        which = say("document with the hash {}", known_by) if known_by else say("document number {}", number)
    elif result.version:
        which = f"{kind} {result.version}"
    elif result.issuer and result.list is None:
        which = say("{} of {}", kind, result.issuer)
    elif result.issuer:
        which = say("{} {} of {}", kind, str(result.list), result.issuer)
    else:
        which = f"{kind} {known_by or say('number {}', result.document + 1)}"
    where = say("in {}", result.source) if result.source and result.refused else None
    return [*filter(None, [states, which, where])]


def _colored(kind: str, start: str, rest: str = "") -> Text:
    return Text.assemble((harmless(start), _STYLES[kind]), harmless(rest))
