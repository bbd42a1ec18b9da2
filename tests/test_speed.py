"""The page on speed: its rows are those that the benchmarks print, in both languages and in the README.

`python tests/test_speed.py FIRST [SECOND]` writes the figures of all three anew. The files have what was printed:
for the first column all benchmarks (`.ci/prove benchmarks > FIRST`), for the second `ratios.py`, `instructions.py`
and `peers.py` with `--python /usr/bin/python3`, one after another. A new row is written with empty cells before.
"""

import ast
import re
import sys
from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path
from typing import Final

import prove
from benchmarks.instructions import PAIRS
from benchmarks.peers import PEERS

TOP: Final = Path(__file__).resolve().parent.parent
ENGLISH: Final = TOP / "docs" / "speed.md"
CHINESE: Final = TOP / "docs" / "speed.zh.md"
README: Final = TOP / "README.md"
AIMS: Final = ("aim", "目标")  # the last word in the head of a table of figures
AIM: Final = re.compile(
    r"(?:<=? )?[\d.,/ -]+"
)  # what needs no translation; the rest of what is printed there stays away
ANYTHING: Final = ".*"


def cells(line: str) -> list[str]:
    """Return the cells of a row."""
    return [cell.strip() for cell in re.sub(r"^\||\|$", "", line.strip()).split("|")]


def measured(text: str) -> Iterator[tuple[int, list[str]]]:
    """Give the rows of a page's tables of figures, with the numbers of their lines."""
    inside = False
    for number, line in enumerate(text.splitlines()):
        if not line.startswith("|"):
            inside = False
        elif cells(line)[-1] in AIMS:
            inside = True
        elif inside and not line.startswith("|---"):
            yield number, cells(line)


def rows(page: Path) -> list[list[str]]:
    """Return the rows of a page's tables of figures."""
    return [row for _, row in measured(page.read_text("utf-8"))]


def pattern(expression: ast.expr) -> str | None:
    """Return a pattern for what an expression in a program says, if it is a text."""
    if isinstance(expression, ast.Constant) and isinstance(expression.value, str):
        return re.escape(expression.value)
    if isinstance(expression, ast.JoinedStr):
        return "".join(pattern(part) or ANYTHING for part in expression.values)
    return None


def calls() -> Iterator[tuple[str, str]]:
    """Give, for each row that a benchmark prints, a pattern of its name, and its aim where it says it there."""
    for name in prove.BENCHMARKS:
        if name == "peers.py":  # its rows have names from a table of its own
            continue
        source = (TOP / "tests" / "benchmarks" / name).read_text("utf-8")
        for node in ast.walk(ast.parse(source)):
            if isinstance(node, ast.Call) and isinstance(node.func, ast.Name) and node.func.id == "row":
                aim = node.args[2] if len(node.args) > 2 else None
                text = aim.value if isinstance(aim, ast.Constant) and isinstance(aim.value, str) else ""
                if (found := pattern(node.args[0])) and found.replace(ANYTHING, ""):
                    yield found, text
    for *_, title, target in PAIRS:
        yield re.escape(title), target
    for peer in PEERS:
        yield re.escape(f"`verify()` / {peer.name}"), peer.verify
        yield re.escape(f"`issue()` / {peer.name}"), peer.issue
        yield re.escape(f"{peer.name}: what was measured"), ""


class TestPage:
    def test_has_rows_of_the_benchmarks(self) -> None:
        """Each row of the page and of the README has a name that a benchmark prints."""
        patterns = [found for found, _ in calls()]
        for page in (ENGLISH, README):
            named = [name for name, *_ in rows(page)]
            assert named
            for name in named:
                assert any(re.fullmatch(found, name) for found in patterns), name

    def test_leaves_out_no_aim(self) -> None:
        """What has an aim stands on the page, reached or not, and each peer does."""
        named = [name for name, *_ in rows(ENGLISH)]
        for found, aim in calls():
            if aim.startswith("<="):
                assert any(re.fullmatch(found, name) for name in named), f"speed.md and .zh.md need a row: {found}"
        for peer in PEERS:
            assert {f"`verify()` / {peer.name}", f"`issue()` / {peer.name}"} <= {*named}

    def test_says_one_thing_in_both_languages(self) -> None:
        """The Chinese page has the same figures in the same order."""
        assert [row[1:] for row in rows(CHINESE)] == [row[1:] for row in rows(ENGLISH)]

    def test_agrees_with_the_readme(self) -> None:
        """The README's figures are some of the page's."""
        assert [row for row in rows(README) if row not in rows(ENGLISH)] == []

    def test_is_filled(self) -> None:
        """No figure is missing."""
        for row in rows(ENGLISH):
            assert all(row), row


class TestRenewing:
    def test_writes_what_was_printed(self) -> None:
        """A figure goes into its column, an aim with it; what was not printed stays as it is."""
        page = (
            "| what | one | two | aim |\n|---|---|---|---|\n| a | 1 | 2 | <= 3 |\n| b | 1 | 2 | - |\n\n| a | x |\n"
        )
        names = ["a", "b"]
        assert renewed(page, names, {"a": ("5", "<= 4")}, {"b": ("6", "")}) == page.replace(
            "| a | 1 | 2 | <= 3 |", "| a | 5 | 2 | <= 4 |"
        ).replace("| b | 1 | 2 |", "| b | 1 | 6 |")
        narrow = "| 项目 | one | 目标 |\n|---|---|---|\n| 甲 | 1 | - |\n"
        assert renewed(narrow, names, {"a": ("5", "")}, {"a": ("6", "")}) == narrow.replace("| 1 |", "| 5 |")

    def test_reads_what_is_printed(self) -> None:
        """Rows are found among whatever else a report has."""
        assert printed("# report\n\n| a: b | 1 / 2 | <= 3 |\n| c | d |\n") == {"a: b": ("1 / 2", "<= 3")}


def printed(text: str) -> dict[str, tuple[str, str]]:
    """Return figure and aim of each row of three cells in what was printed."""
    found = [cells(line) for line in text.splitlines() if line.startswith("|")]
    return {row[0]: (row[1], row[2]) for row in found if len(row) == 3}


def renewed(page: str, names: Sequence[str], *columns: Mapping[str, tuple[str, str]]) -> str:
    """Return a page with new figures; the names are those of its rows, in their order, as they are printed."""
    lines = page.splitlines()
    for name, (number, row) in zip(names, measured(page), strict=False):
        for place, column in enumerate(columns[: len(row) - 2], 1):
            if name in column:
                row[place], aim = column[name]
                row[-1] = aim if AIM.fullmatch(aim) else "-"
        lines[number] = f"| {' | '.join(row)} |"
    return "\n".join(lines) + "\n"


def main(files: Sequence[str]) -> None:
    """Write the figures of the files into the pages."""
    columns = [printed(Path(file).read_text("utf-8")) for file in files]
    english = [name for name, *_ in rows(ENGLISH)]
    for page, names in ((ENGLISH, english), (CHINESE, english), (README, [name for name, *_ in rows(README)])):
        page.write_text(renewed(page.read_text("utf-8"), names, *columns), "utf-8")
    known = {name for column in columns for name in column}
    sys.stderr.writelines(f"not printed: {name}\n" for name in english if name not in known)


if __name__ == "__main__":
    main(sys.argv[1:])
