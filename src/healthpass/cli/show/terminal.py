"""The page that people read: a terminal with colours, and labels with texts beside them."""

import sys
from collections.abc import Sequence
from typing import NoReturn, TypeAlias

from rich.console import Console

from healthpass import harmless

Rows: TypeAlias = Sequence[tuple[str, str | None]]


class _Terminal(Console):
    def on_broken_pipe(self) -> NoReturn:
        """Leave a broken pipe to the program, which has one answer to it for all commands."""
        raise BrokenPipeError


def terminal(*, width: int | None = None, wraps: bool = False) -> Console:
    """Return standard output with colours, where it is a terminal that has them and NO_COLOR is not set.

    Args:
        width: the width of the page; that of the terminal when left out.
        wraps: whether long lines are wrapped at words; otherwise a line stays one.
    """
    return _Terminal(file=sys.stdout, width=width, soft_wrap=not wraps, highlight=False, markup=False, emoji=False)


def show_rows(console: Console, rows: Rows) -> None:
    """Show labels and texts in two columns; a row without a text is left out."""
    for label, text in rows:
        if text is not None:
            console.print(f"  {label:<13} {harmless(text)}")
