"""The page that people read: a terminal with colours, and labels with texts beside them."""

import sys
from typing import Final, NoReturn

from rich.console import Console
from rich.text import Text

from healthpass.cli.show.columns import breaks
from healthpass.cli.show.plain import Part, Put, Rows, put_rows

_NARROWEST: Final = 20  # columns of text


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


def lines_of(console: Console) -> Put:
    """Return what writes a line of parts there."""

    def put(*parts: Part) -> None:
        console.print(Text.assemble(*parts))

    return put


def show_rows(console: Console, rows: Rows) -> None:
    """Show labels and texts in two columns; a row without a text is left out."""
    put_rows(console.print, rows)


def show_wrapped(console: Console, label: Text, text: Text, *, column: int) -> None:
    """Show a label and, beside it from a column on, a text that is wrapped there."""
    # No table: it would fill each line with spaces, and a line of Chinese has no spaces to be wrapped at.
    label = label.copy()
    label.pad_right(max(column - label.cell_len, 1 if label else 0))
    for line in text.divide(breaks(text.plain, max(console.width - column, _NARROWEST))):
        line.rstrip()
        console.print(Text.assemble(label, line), soft_wrap=True)
        label = Text(" " * column)
