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
    """Give the English and the Chinese of each row of a table: of `errors.csv` and `errors-*.csv` for `errors`."""
    for file in sorted(files(__package__).iterdir(), key=lambda one: one.name):
        if file.name == f"{table}.csv" or (file.name.startswith(f"{table}-") and file.name.endswith(".csv")):
            yield from ((row["en"], row["zh"]) for row in csv.DictReader(StringIO(file.read_text("utf-8"))))


def words_of_codes() -> Iterator[tuple[str, str]]:
    """Give the words of the codes, which stand in messages too.

    One word alone is also the name of a field or a code, such as `green` or `policy`, which stays as it is.
    """
    for kind in chain(*(vars(module).values() for module in _CODES)):
        if isinstance(kind, type) and issubclass(kind, CodeName | CodeNumber):
            for code in kind:
                yield from (words for words in vars(code).values() if isinstance(words, Words) and " " in words.en)
