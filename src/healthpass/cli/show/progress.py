"""A bar that shows on a terminal how far work has come."""

import sys
from collections.abc import Callable, Iterator
from contextlib import contextmanager

from rich.console import Console
from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn, TimeRemainingColumn


@contextmanager
def progress(name: str) -> Iterator[Callable[[int, int], None] | None]:
    """Show a bar on standard error, where that is a terminal.

    Args:
        name: what is done.

    Yields:
        What is to be told how much is done, and of how much; None where nobody sees it.
    """
    if sys.stderr is None or not sys.stderr.isatty():
        yield None
        return
    columns = (TextColumn(name), BarColumn(), MofNCompleteColumn(), TimeRemainingColumn())
    with Progress(*columns, console=Console(file=sys.stderr), transient=True) as bar:
        task = bar.add_task(name, total=None)

        def tell(done: int, total: int) -> None:
            bar.update(task, completed=done, total=total)

        yield tell
