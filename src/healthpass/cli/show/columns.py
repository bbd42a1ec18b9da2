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
    text = " ".join(text.split())
    begins = [0, *breaks(text, columns)]
    return (text[begin:end].strip() for begin, end in zip(begins, [*begins[1:], len(text)], strict=True))


def breaks(text: str, columns: int) -> Iterator[int]:
    """Give where each line but the first begins, when a text is wrapped."""
    begin = end = 0
    pieces = (part for piece in _PIECE.findall(text) for part in (piece if cells(piece) > columns else [piece]))
    for piece in pieces:  # one that is longer than a line is cut anywhere
        if end > begin and cells(text[begin:end].lstrip()) + cells(piece.rstrip()) > columns:
            yield end
            begin = end
        end += len(piece)
