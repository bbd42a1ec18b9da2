"""What a command says when it cannot go on, and the exit codes."""

import traceback
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Final

DONE: Final = 0  # or judged and valid
NOT_VALID: Final = 1
USAGE: Final = 2  # wrong usage, and files that cannot be read or written
CANNOT_JUDGE: Final = 3
BROKEN_PIPE: Final = 141  # 128 + SIGPIPE, as of any program whose reader has gone; 1 would say "not valid"
INTERRUPTED: Final = 130  # 128 + SIGINT


class CommandError(Exception):
    """A command cannot go on.

    Args:
        problems: what is wrong, one line each, without a capital or a full stop.
        hint: what to do about it.
        exit_code: `USAGE`, or `CANNOT_JUDGE` where a judging command has nothing to judge.
    """

    def __init__(self, *problems: str, hint: str | None = None, exit_code: int = USAGE) -> None:
        super().__init__(*problems)
        self.problems = problems
        self.hint = hint
        self.exit_code = exit_code


@contextmanager
def refusing(what: str = "", *, hint: str | None = None) -> Iterator[None]:
    """Say what the library has against an argument.

    Args:
        what: which argument.
        hint: what to do about it.

    Raises:
        CommandError: in place of a ValueError.
    """
    try:
        yield
    except ValueError as error:
        raise CommandError(f"{what}: {error}" if what else str(error), hint=hint) from error


@contextmanager
def needing(extra: str, what: str, *, exit_code: int = USAGE) -> Iterator[None]:
    """Name the extra that somebody has to install.

    Args:
        extra: its name.
        what: what it is needed for.
        exit_code: the exit code.

    Raises:
        CommandError: in place of an ImportError.
    """
    try:
        yield
    except ImportError as error:
        hint = f"pip install 'healthpass[{extra}]'"
        raise CommandError(f"{what} needs more packages", hint=hint, exit_code=exit_code) from error


def unforeseen(error: Exception) -> tuple[str, str]:
    """Tell of a mistake of ours in one line, and what to do about it."""
    place = traceback.extract_tb(error.__traceback__)[-1]
    # Not its message, which may hold what somebody wrote into a code.
    problem = f"unforeseen {type(error).__name__} in {place.filename}, line {place.lineno}"
    return problem, "this is a mistake of healthpass; please report it"


def why(error: OSError) -> str:
    """Say what the operating system says, in our style."""
    reason = error.strerror or type(error).__name__
    return reason[0].lower() + reason[1:]
