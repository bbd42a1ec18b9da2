"""Lines of output, given in parts: a text, or a text and its style."""

from collections.abc import Callable, Iterable, Sequence
from typing import Final, TypeAlias

from healthpass import harmless
from healthpass.cli.show.columns import padded

Part: TypeAlias = str | tuple[str, str]  # the style is in the words of rich
Put: TypeAlias = Callable[..., None]  # writes a line of parts
_LABELS: Final = 13  # columns
Rows: TypeAlias = Sequence[tuple[str, str | None]]


def text_of(parts: Iterable[Part]) -> str:
    """Return the text of a line, without its styles."""
    return "".join([part if isinstance(part, str) else part[0] for part in parts])


def put_rows(put: Put, rows: Rows) -> None:
    """Write labels and texts in two columns; a row without a text is left out."""
    for label, text in rows:
        if text is not None:
            put(f"  {padded(label, _LABELS)} {harmless(text)}")
