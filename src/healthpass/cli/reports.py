"""What came of an update, told line by line, or as JSON."""

from collections import Counter
from collections.abc import Iterable
from typing import Any, Final

from rich.console import Console
from rich.text import Text

from healthpass import harmless
from healthpass.cli.io.output import JSON_VERSION
from healthpass.credential._regions import IssuerId
from healthpass.documents._document import Kind
from healthpass.store import Result
from healthpass.trust._trust import Trust
from healthpass.words._outcomes import Outcome

_PASSED: Final = "passed over"  # what is told of documents that are none of this store's business
_SIGNS: Final = {"done": "✓", "refused": "✗", "note": "!", _PASSED: "·"}
_STYLES: Final = {"done": "green", "refused": "bold red", "note": "yellow", _PASSED: "dim"}
_SHOWN: Final = 6  # bytes of a hash, enough to find the document again
_COLUMN: Final = 26  # where the outcome stands, unless what came of it is long
_LIST: Final = "status list"
_NAMES: Final = {Outcome.APPLIED: "applied", Outcome.UNCHANGED: "held already"}


class Report:
    """The results of an update.

    Args:
        results: what came of each document.
        trust: what the store holds after it, from which versions and the numbers of lists are known.
    """

    def __init__(self, results: tuple[Result, ...], trust: Trust) -> None:
        self.results: Final = results
        self._versions = dict(_versions(trust))
        self._lists = dict(_lists(trust))

    @property
    def refused(self) -> int:
        """How many times a document was refused for a state, or could not be read."""
        return self._count("refused")

    @property
    def passed_over(self) -> int:
        """How many documents concern nobody whom the store knows."""
        return self._count(_PASSED)

    @property
    def is_good(self) -> bool:
        """Whether nothing was refused, and not all was passed over: a bundle is for many stores."""
        return not self.refused and (not self.results or self.passed_over < len(self.results))

    def tell(self, console: Console) -> None:
        """Write a line for each document and state, a line for each note, and the sum."""
        if not self.results:
            console.print("nothing new 没有新内容")
            return
        for result in self.results:
            console.print(self._line(result))
            _tell_notes(console, result)
        counts = Counter(result.outcome for result in self.results)
        told = [f"{counts[outcome]} {name}" for outcome, name in _NAMES.items()]
        if older := counts[Outcome.SUPERSEDED]:
            told.append(f"{older} older")
        told.append(f"{self.refused} refused")
        if self.passed_over:
            told.append(f"{self.passed_over} {_PASSED}")
        console.print(", ".join(told))

    def tell_notes(self, console: Console) -> None:
        """Write what else is to be told, and nothing of what came of each document."""
        for result in self.results:
            _tell_notes(console, result)

    def as_json(self, problems: tuple[str, ...] = ()) -> dict[str, Any]:
        """Write all results as one record, and why a source could not be read."""
        return {
            "v": JSON_VERSION,
            "problems": list(problems),
            "refused": self.refused,
            "passed_over": self.passed_over,
            "results": [self._as_json(result) for result in self.results],
        }

    def _count(self, kind: str) -> int:
        return sum(_sort(result) == kind for result in self.results)

    def _line(self, result: Result) -> Text:
        states = " → ".join(dict.fromkeys(filter(None, (result.anchor, result.authority))))
        what = [states, _kind(result.kind)]
        if version := self._versions.get(result.digest or b""):
            epoch, number = version
            what.append(str(number) if epoch == 1 else f"{number} of epoch {epoch}")
        elif found := self._lists.get(result.digest or b""):
            issuer, number = found
            what.append(f"{number} of {issuer}")
        elif result.digest:
            what.append(f"{result.digest[:_SHOWN].hex()}…")
        else:
            what.append(f"number {result.document + 1}")
        kind = _sort(result)
        because = ": ".join(part for part in (result.where, result.message) if part)
        start = f"{_SIGNS[kind]} {' '.join(filter(None, what))}"
        return _colored(kind, f"{start:<{_COLUMN}}", f"  {_meaning(result.outcome)}{because and f' ({because})'}")

    def _as_json(self, result: Result) -> dict[str, Any]:
        epoch, version = self._versions.get(result.digest or b"", (None, None))
        issuer, number = self._lists.get(result.digest or b"", (None, None))
        words = result.outcome.words
        return {
            "document": result.document,
            "kind": result.kind,
            "sha256": None if result.digest is None else result.digest.hex(),
            "anchor": result.anchor,
            "authority": result.authority,
            "epoch": epoch,
            "version": version,
            "outcome": str(result.outcome),
            "meaning": {"en": words.en, "zh": words.zh},
            "message": result.message or None,
            "where": result.where or None,
            "notes": [str(note) for note in result.notes],
            "issuer": issuer,
            "list": number,
        }


def _sort(result: Result) -> str:
    """Tell what sort of result it is: a document that concerns no state is no worse for that."""
    strange = result.outcome is Outcome.UNKNOWN_SIGNER and result.authority is None
    return _PASSED if strange else result.outcome.kind


def _versions(trust: Trust) -> Iterable[tuple[bytes, tuple[int, int]]]:
    """Give the epoch and the version of each document that is held, by its hash."""
    for state in trust.states:
        for held in state.chain:
            yield held.digest, (held.root.epoch, held.root.version)
        if state.registry:
            yield state.registry.digest, (state.registry.statement.epoch, state.registry.statement.version)


def _lists(trust: Trust) -> Iterable[tuple[bytes, tuple[IssuerId, int]]]:
    """Give the issuer and the number of each status list that is held, by its hash."""
    for state in trust.states:
        for place, held in state.lists.items():
            yield held.digest, place


def _kind(kind: Kind | None) -> str:
    if kind is Kind.STATUS_LIST:
        return _LIST
    return "document" if kind is None else kind.removeprefix("healthpass-")


def _tell_notes(console: Console, result: Result) -> None:
    for note in result.notes:
        console.print(_colored("note", f"  {_SIGNS['note']} {_meaning(note)}"))


def _meaning(outcome: Outcome) -> str:
    return f"{outcome}: {outcome.words}"


def _colored(kind: str, start: str, rest: str = "") -> Text:
    return Text.assemble((harmless(start), _STYLES[kind]), harmless(rest))
