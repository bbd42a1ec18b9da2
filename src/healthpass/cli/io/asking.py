"""Asking somebody at the terminal to agree to what cannot be undone."""

import sys
from typing import Final

from healthpass.cli.errors import NOT_VALID, CommandError
from healthpass.cli.language import message

_YES: Final = "yes"


def agree(question: str, undone: str, hint: str) -> None:
    """Ask on the terminal.

    Args:
        question: what is asked.
        undone: what nobody did, and what was not done for it.
        hint: how to agree without a terminal.

    Raises:
        CommandError: when there is no terminal, or the answer is not yes.
    """
    if sys.stdin is None or not sys.stdin.isatty():
        raise CommandError(f"nobody is here to {undone}", hint=hint)
    sys.stderr.write(f"{message(question)} ({_YES}/no) ")
    sys.stderr.flush()
    if sys.stdin.readline().strip() != _YES:
        raise CommandError(f"nobody did {undone}", exit_code=NOT_VALID)
