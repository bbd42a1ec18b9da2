"""Thumbprints: what two people read to each other over the telephone, and how a command asks whether they did."""

import re
import sys
from typing import Final

from healthpass.cli.errors import NOT_VALID, CommandError

LEAST: Final = 32  # hexadecimal digits, 128 bits: nobody finds another key that agrees in so many
_DIGITS: Final = re.compile(rf"[0-9a-f]{{{LEAST},64}}")
_GROUP: Final = 4
_LINE: Final = 8  # groups


def lines(digest: bytes) -> list[str]:
    """Write a thumbprint in groups of 4 digits, 8 on a line."""
    digits = digest.hex()
    groups = [digits[at : at + _GROUP] for at in range(0, len(digits), _GROUP)]
    return [" ".join(groups[at : at + _LINE]) for at in range(0, len(groups), _LINE)]


def confirm(digest: bytes, what: str, who: str, given: str | None) -> None:
    """Have it confirmed that a thumbprint is the one that its owner reads out.

    Args:
        digest: the thumbprint.
        what: whose it is, such as "the key".
        who: who must be asked.
        given: the option `--thumbprint`; without it, somebody is asked at the terminal.

    Raises:
        CommandError: when it is another one, or there is nobody to ask.
    """
    # What the file has is not shown: who sees it types it in, and has asked nobody.
    if given is None:
        if sys.stdin is None or not sys.stdin.isatty():
            raise CommandError(
                f"nobody has confirmed the thumbprint of {what}",
                hint=f"ask {who} by telephone, and give what you hear with --thumbprint, {LEAST} digits or more",
            )
        sys.stderr.write(f"the first {LEAST} digits or more, as {who} reads them to you by telephone: ")
        sys.stderr.flush()
        given = sys.stdin.readline()
    digits = "".join(given.split()).lower()
    if not _DIGITS.fullmatch(digits):
        raise CommandError(f"expected {LEAST} to 64 hexadecimal digits of the thumbprint of {what}")
    if not digest.hex().startswith(digits):
        raise CommandError(
            f"the thumbprint of {what} is another one",
            hint=f"what you have is not what {who} has; do not use it",
            exit_code=NOT_VALID,
        )
