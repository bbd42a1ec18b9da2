"""The tables beside this file, and the words of the codes."""

import csv
from collections.abc import Iterator
from importlib.resources import files
from io import StringIO
from itertools import chain
from typing import Final

from healthpass.words import _code_points, _events, _finding_kinds, _issuing_findings, _outcomes, _verdicts
from healthpass.words._row import CodeName, CodeNumber, Words

_CODES: Final = (_code_points, _events, _finding_kinds, _issuing_findings, _outcomes, _verdicts)


def rows_of(table: str) -> Iterator[tuple[str, str]]:
    """Give the English and the Chinese of each row of a table."""
    text = (files(__package__) / f"{table}.csv").read_text("utf-8")
    return ((row["en"], row["zh"]) for row in csv.DictReader(StringIO(text)))


def words_of_codes() -> Iterator[tuple[str, str]]:
    """Give the words of the codes, which stand in messages too."""
    for kind in chain(*(vars(module).values() for module in _CODES)):
        if isinstance(kind, type) and issubclass(kind, CodeName | CodeNumber):
            for code in kind:
                yield from (words for words in vars(code).values() if isinstance(words, Words))
