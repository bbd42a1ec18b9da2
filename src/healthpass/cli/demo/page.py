"""The page on which the demo is told: scenes, labels with texts beside them, and verdicts."""

from typing import Final

from rich.console import Console
from rich.text import Text

from healthpass import Verdict, Verified
from healthpass.cli.language import message, said, say
from healthpass.cli.show import answer
from healthpass.cli.show.terminal import show_wrapped

_LABELS: Final = 12  # columns
_RULE: Final = 4  # columns that are left for the line beside a heading, at least


class Page:
    """Tells scenes, one below the other.

    Args:
        console: where to.
    """

    def __init__(self, console: Console) -> None:
        self._console = console
        self._scenes = 0
        self._explained: set[Verdict] = set()

    def scene(self, name: str) -> None:
        """Begin the next scene."""
        self._scenes += 1
        self.gap()
        title = Text(f"{self._scenes}  {name} ", "bold")
        if title.cell_len + _RULE <= self._console.width:
            self._console.rule(title, align="left", style="dim")
        else:  # a rule would cut it
            show_wrapped(self._console, Text(), title, column=0)

    def gap(self) -> None:
        """Leave a line empty."""
        self._console.print()

    def row(self, label: str, *texts: str | Text) -> None:
        """Write a label and, beside it, one text below the other."""
        for text in texts:
            show_wrapped(self._console, Text(f"  {label}", "dim"), Text.assemble(text), column=_LABELS)
            label = ""

    def verdict(self, judged: answer.Judged) -> None:
        """Write a verdict: by which path a code is trusted; or why not, and once what the guard is told then."""
        told = Text.assemble(*answer.heading(judged))
        if isinstance(judged, Verified):
            path = f"  {answer.path_ids(judged.path, judged.issuer)}" if judged.path else ""
            self.row(say("verdict"), told.append(path, "dim"))
            return
        self.row(say("verdict"), told)
        self.row(say("why"), message(judged.message))
        if judged.verdict not in self._explained:
            self._explained.add(judged.verdict)
            self.row(say("guard"), said(judged.verdict.guard))
