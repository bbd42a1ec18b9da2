"""Each text of the command line has its Chinese, and each Chinese text its English in the source."""

import ast
import csv
import re
from collections.abc import Iterator
from functools import cache
from importlib.resources import files
from io import StringIO
from pathlib import Path
from typing import Final

import pytest

from healthpass.cli import language
from healthpass.cli.language import message, say
from healthpass.cli.show.monitoring import HELPS
from messages_in_source import HAN, Message, _Reader, name_of

CLI: Final = Path(language.__file__).parent
TABLES: Final = sorted(
    path.name.removesuffix(".csv")
    for path in files("healthpass.chinese").iterdir()
    if path.name.startswith(("cli", "errors")) and path.name.endswith(".csv")
)
WIDE: Final = re.compile("[\u3000-\u9fff\uff00-\uffef]")
OPTIONS: Final = {  # what they are given is the help, or the name of an option
    *("Option", "Argument", "given", "new_file", "option", "term", "key_file"),
    *("a_key", "a_file", "a_document", "a_policy", "a_map", "a_source", "keys", "threshold"),
}
SILENT: Final = {
    "bold ": "a style",
    "HEALTHPASS {}": "the line of a plugin, which programs read",
    "healthpass {}\n": "the name and the version",
    "healthpass demo": "a title, which has its row",
    "{} ({}/no) ": "a question, which has its row",
    "import sys;": "a program",
    "status follow": "who has done it, in the log",
    "its source {} {}: {}": "on what ground, in the log",
    "keygen --out": "a command",
    "inspect {}": "a command",
    "verify --trust {}": "a command",
    "trust show {}": "a command",
    "trust why {}": "a command",
    "status history {}": "a command",
    "counter 3": "the name of an officer",
    "cannot judge": "an outcome, which is a code",
    "not valid": "an outcome, which is a code",
    "^(": "a pattern",
    ": the answer is 404": "what another message is known by",
    "is needed": "what another message is known by",
    "unexpected extra argument": "what another message is known by",
    "Value error, ": "what pydantic says, and is left out",
    ": Input should": "what pydantic says, and is said otherwise",
    ": it should": "what is said in its place",
    "a folder, or postgresql": "a part of help",
    "{}; before you list": "in JSON, and beside it a row for people",
    "passed over": "the name of a kind of result",
    "'healthpass[{}]'": "a command",
    "pip install": "a command",
    "`healthpass ": "a command",
    "--{} must": "a part of a message of the library",
    "kid: {}": "a name, which is the same in Chinese",
    ": pass font": "what another message is known by",
    **dict.fromkeys(HELPS.values(), "the help of a metric, which programs read"),
}
PIECES: Final = {  # texts of one word, and what stands in a value
    *("1 code", "1 list", "printing", "publishing", "copies"),
    *("live", "ended", "not begun", "no such event", "not lacking"),
    "the command line needs {}, which cannot be imported",
}
TYPERS: Final = {  # what typer says
    *("no such command {}", "no such command {}. Did you mean {}?", "missing command"),
    *("no such option: {}", "no such option: {} (Possible options: {})", "no such option: {} Did you mean {}?"),
    *("missing argument {}", "missing option {}", "option {} requires an argument"),
    *("option {} requires {} arguments", "option {} does not take a value"),
    *("invalid value for {}: {}", "invalid value: {}", "{} is not one of {}"),
    "it should be a valid integer, unable to parse string as an integer",
    *("it should be less than or equal to {}", "it should be greater than or equal to {}"),
}
CONTENT: Final = {
    "cli/demo/regions.py": "what authorities and offices are called",
    "cli/demo/decisions.py": "the sources of a policy and of rules, and a name",
    "cli/demo/story.py": "names of holders",
    "cli/policy.py": "what a new policy says, in both languages",
    "cli/io/readers.py": "words in both languages",
    "cli/ledgers.py": "words in both languages",
    "cli/io/output.py": "a member of JSON, in both languages; and a colon",
    "cli/show/columns.py": "punctuation",
    "cli/show/help.py": "punctuation",
}


class _Walk(_Reader):
    """Leaves out what has a row in another table: what is said by its template, and help."""

    def visit_Call(self, node: ast.Call) -> None:  # noqa: N802 - as `ast` has it
        """Look into the values of what is said, and not into help."""
        if name_of(node) == "say":
            for one in node.args[1:]:
                self.visit(one)
        elif name_of(node) not in OPTIONS:
            super().visit_Call(node)


@cache
def rows(table: str) -> dict[str, str]:
    """Read a table of the package."""
    text = (files("healthpass.chinese") / f"{table}.csv").read_text("utf-8")
    return {row["en"]: row["zh"] for row in csv.DictReader(StringIO(text))}


@cache
def trees() -> dict[Path, ast.Module]:
    """Read the sources of the command line."""
    return {path: ast.parse(path.read_text("utf-8")) for path in sorted(CLI.rglob("*.py"))}


def said() -> Iterator[tuple[str | None, str]]:
    """Give the template of each line that is said, and where it stands."""
    for path, tree in trees().items():
        for node in ast.walk(tree):
            if isinstance(node, ast.Call) and name_of(node) == "say":
                en = node.args[0]
                place = f"{path.name}:{node.lineno}"
                yield (en.value if isinstance(en, ast.Constant) and isinstance(en.value, str) else None), place


def written() -> Iterator[Message]:
    """Give the messages that are written as texts."""
    for path, tree in trees().items():
        reader = _Walk(path.relative_to(CLI).as_posix())
        reader.visit(tree)
        yield from (one for one in reader.found if not (one.en.startswith(tuple(SILENT)) or is_help(one.en)))


def is_help(text: str) -> bool:
    """Tell whether a text is help, for which other tests look, or a command to copy."""
    return "\n\n" in text or text in rows("help") or text == "healthpass trust pin STORE ROOT.cbor"


class TestRows:
    def test_what_is_said_has_its_row(self) -> None:
        """Each line that is said is a template in the source, and has a row; no row is for none."""
        lines = list(said())
        assert [place for en, place in lines if en is None and "language.py" not in place] == []
        assert {en for en, _ in lines if en is not None} ^ rows("output").keys() == set()

    def test_each_message_has_its_row(self) -> None:
        """Each message that a command writes has its Chinese, here or among those of the library."""
        known = {en for table in TABLES for en in rows(table)}
        missing = [f"{one.place}: {one.en!r}" for one in written() if one.en not in known]
        assert missing == []

    def test_each_row_has_its_message(self) -> None:
        """No row is for a message that nobody writes any more."""
        assert rows("cli").keys() - {one.en for one in written()} - PIECES - TYPERS == set()

    @pytest.mark.parametrize("table", ["cli", "help", "output"])
    def test_rows_are_chinese(self, table: str) -> None:
        """A row is in Chinese, but for joints, addresses and names; its punctuation is full-width."""
        for en, zh in rows(table).items():
            assert HAN.search(zh) or not re.search("[a-z]{2} [a-z]{2}", en), en
            assert not re.search(r"[\u4e00-\u9fff][,;:!?](?!//)", zh), zh
            assert not re.search(r"[\u4e00-\u9fff] ?\. ?[\u4e00-\u9fff]", zh), zh

    def test_no_table_says_what_another_one_says(self) -> None:
        """A message of the library is translated once."""
        library = {en for table in TABLES if table != "cli" for en in rows(table)}
        assert rows("cli").keys() & library == set()

    def test_no_chinese_stands_in_the_code(self) -> None:
        """The code is English, but for content and for words that stand there in both languages."""
        found = {
            path.relative_to(CLI.parent).as_posix()
            for path, tree in trees().items()
            for node in ast.walk(tree)
            if isinstance(node, ast.Constant)
            and isinstance(node.value, str)
            and re.search("[\u3000-\u9fff\uff00-\uffef]", node.value)
        }
        assert found == CONTENT.keys()


class TestSay:
    """What people are told, and what a stranger's text cannot do to it."""

    @pytest.fixture(autouse=True)
    def chinese(self) -> Iterator[None]:
        """Speak Chinese for a test."""
        language.speak("zh")
        yield
        language.speak("en")

    def test_values_are_no_words_of_ours(self) -> None:
        """A value that looks like a template or like a place of it stays as it is."""
        assert say("until {}", "until {1}") == "有效至 until {1}"
        assert say("{} says that {} set the colour", "{2}", "{1}") == "{2} 称由 {1} 赋码"

    def test_counts_have_commas_from_five_digits_on(self) -> None:
        """Chinese groups the digits of a number that has five or more."""
        assert say("{} lines, whole", 9_999) == "9999 行，完整"
        assert say("{} lines, whole", 10_000) == "10,000 行，完整"

    @pytest.mark.parametrize(
        ("en", "zh"),
        [
            ("cannot read 'a: no such file': no such file", "无法读取 'a: no such file'：没有此文件"),
            ("--answer 'x': expected NAME=yes or NAME=no", "--answer 'x'：应为 NAME=yes 或 NAME=no"),
            ("no such command 'verfy'. Did you mean 'verify'?", "没有命令 'verfy'。是否为 'verify'？"),
            (
                "nobody is here to agree to withdraw 5 codes, more than 3, and nothing was withdrawn",
                "无人在场确认：未获同意撤回 5 个码（超过 3 个），未作撤回",
            ),
        ],
    )
    def test_messages(self, en: str, zh: str) -> None:
        """A message is told with its values; what is quoted in it is not taken for words of ours."""
        assert message(en) == zh
