"""How wide a text is on a terminal, where a Chinese character takes two columns, and how it is wrapped."""

import re
from collections.abc import Iterator
from typing import Final
from unicodedata import east_asian_width

_OPENS, _CLOSES = "（“《【", "，。；：、！？）”》】…"
# What stays together on a line: a word or one Chinese character, with the punctuation beside it.
_PIECE: Final = re.compile(
    rf"\s+|\[[^\]]{{1,30}}\]|[{_OPENS}]*(?:[^\s\u2e80-\uffef{_OPENS}{_CLOSES}]+|[\u2e80-\uffef]|.)[{_CLOSES}]*",
    re.DOTALL,
)


def cells(text: str) -> int:
    """Return how many columns a text takes.

    >>> cells("绿码 green")
    10
    """
    return len(text) if text.isascii() else sum(2 if east_asian_width(one) in "WF" else 1 for one in text)


def padded(text: str, columns: int) -> str:
    """Return a text with blanks behind it, up to a column."""
    return text + " " * (columns - cells(text))


def wrapped(text: str, columns: int) -> Iterator[str]:
    """Give the lines of a text that is wrapped: English between words, Chinese between characters.

    >>> list(wrapped("离线核验健康码（offline），可重复", 14))
    ['离线核验健康码', '（offline），', '可重复']
    """
    line = ""
    for piece in _PIECE.findall(" ".join(text.split())):
        if line and cells(line) + cells(piece.rstrip()) > columns:
            yield line.rstrip()
            line = ""
        line += piece if line or not piece.isspace() else ""
    if line:
        yield line.rstrip()
