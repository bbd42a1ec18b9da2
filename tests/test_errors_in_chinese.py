"""The errors and warnings of the library in Chinese: each has its row, and each row is Chinese of its English."""

import ast
import csv
import re
from collections import defaultdict
from collections.abc import Iterator
from functools import cache
from pathlib import Path
from typing import Final

import pytest

import healthpass
from healthpass.chinese import Phrasebook
from healthpass.chinese._phrasebook import _mask, _values
from healthpass.documents._document import Kind
from messages_in_source import HAN, messages, trees
from spec_in_chinese import INSTEAD, form

FOLDER: Final = Path(healthpass.__file__).parent / "chinese"
TABLES: Final = sorted(FOLDER.glob("errors*.csv"))
ROWS: Final = {
    row["en"]: row["zh"] for path in TABLES for row in csv.DictReader(path.read_text("utf-8").splitlines())
}
SHARED: Final = {  # parts of values, and what others say: the system, Python, pydantic, SQLite
    row["en"]
    for name in ("errors", "errors-foreign")
    for row in csv.DictReader((FOLDER / f"{name}.csv").read_text("utf-8").splitlines())
}
BOOK: Final = Phrasebook.read("errors")
DAMAGED: Final = "it is damaged"
LEAST: Final = 6  # letters that a template has, so that no value is taken for a message
STOP: Final = re.compile(r"\b(the|an?|is|are|was|were|has|have|must|not|of|it|its|and|or|with|for|be)\b")
QUOTED: Final = re.compile(r"`[^`]*`|'[^']*'|\w+\([^)]*\)|--?\w[\w-]*")
PIECES: Final = {  # of these there are rows for each text that a value can have
    "the key {} of {} was {} at {}",
    "{} {} of {}",
    "{} of {}",
    "there are newer lists of {} than the ledger knows of: it has published {}",
    "the clock here is {} {} that of the address",
    "the head {} belongs to the lines that were lost, {}, before the ledger was put back from a copy (line {})",
    "{} the ledger {}",
    "{} must be one token of the module, and there is {}",
    "{} or {}",
    "{} is not {}",
    "{} ended {} ago",
    "{} ends in {}",
    "{} is expected",
    "expected {}",
    "{} must be a str, not {}",
    "cannot {}: {}",
    (
        "cannot {}: {}/{}, which was published last, cannot be read: {}; "
        "`healthpass status restore` goes on with what is left"
    ),
    "cannot {} the ledger {}: {}",
}
IN_PIECES: Final = {  # and these are such values
    "{} hexadecimal digits in small letters",
    "expected a sound public key, {}",
    "rules[{}]: {} {}",
    "lists {} older",
    "ahead of",
    "{} to {}",
    "{} and later",
    "by {}",
    "with exit code {}",
    "has ended {}",
    "several; add serial=",
    "{} by {}",
    "read {}",
    "create a trust store in {}",
    "read the trust store {}",
    "change the trust store {}",
    "vouch for the ledger {}",
    "an environment such as production",
    "an https:// address",
    "an address with https://, mailto: or tel:, of 9 to 256 characters",
    "a region id such as CN, CN-33 or CN-33-01-06",
    "an issuer id such as CN-33-01.WJW",
    *(
        "restore from",
        "record codes in",
        "forget codes of",
        "withdraw codes in",
        "correct a code in",
        "put in order",
    ),
    *("begin a run in", "reserve places in", "give places back to", "keep the lists of", "publish the lists of"),
}
SHORT: Final = {  # and none of these can change what a value says
    *(
        "'{}' or '{}'",
        "line {}",
        "line {}: {}",
        "root {}",
        "map of {}",
        "{} days",
        "{} day",
        "{} hours",
        "{} hour",
    ),
    *("found {}, {}", "{}: found {}, {}", "{} {}, not {}", "[Errno {}] {}", "[Errno {}] {}: {}"),
}
NOTATION: Final = {  # what stands in a policy, a registry or a ledger, and reads the same in each language
    "unknown {}",
    "then {}",
    "then refer",
    "days {} -> {}",
    "count_from {}",
    "lists {}",
    "a cti",
    "a kid",
}


def letters(template: str) -> int:
    """Count the letters of a template."""
    return len(re.findall("[A-Za-z]", template))


def pattern(template: str) -> re.Pattern[str]:
    """Return what a text or another template of a template looks like."""
    return re.compile(re.escape(template).replace(r"\{\}", "(.+)"), re.DOTALL)


def filled(template: str, *values: str) -> str:
    """Return a message of a template: with these values, and numbers after them."""
    given = iter(values)
    count = iter(range(101, 200))
    return re.sub(r"\{\}", lambda _: next(given, "") or str(next(count)), template)


def is_chinese(text: str) -> bool:
    """Tell whether a text is Chinese but for names, and what stands in quotes."""
    return bool(HAN.search(text)) and not STOP.search(QUOTED.sub("", text))


@cache
def english() -> dict[str, str]:
    """Return the messages of the source, each with the first place where it stands."""
    found: dict[str, str] = {}
    for message in messages():
        found.setdefault(message.en, message.place)
    return found


class TestRows:
    def test_each_message_has_one(self) -> None:
        """Whatever the library says in English, the tables have its Chinese."""
        wrong = []
        for en, place in english().items():
            last = [""] * (en.count("{}") - 1) + [DAMAGED] if en.endswith(": {}") else []
            if en in ROWS:
                continue
            if en in PIECES:
                has = any(one != en and pattern(en).fullmatch(one) for one in ROWS)
            else:
                one = en.replace("cannot {} the ledger", "cannot open the ledger")
                has = is_chinese(BOOK.translate(filled(one, *last))) or f"{{}} {en}" in ROWS
            if not has and en not in IN_PIECES | NOTATION:
                wrong.append(f"{place}: {en}")
        assert wrong == []

    def test_each_one_has_a_message(self) -> None:
        """A row whose English has left the source is deleted; those of `errors.csv` are parts of values."""
        said = [pattern(en) for en in english() if letters(en) >= LEAST or en in PIECES]
        constants = {label for kind in Kind for label in (kind.label, f"{kind.label}s")} | set(texts())
        wrong = [
            en
            for en in ROWS.keys() - SHARED - english().keys()
            if en.removeprefix("found {}, ") not in english()
            and not any(one.endswith(f": {en}") for one in english())
            and not {en, en.removeprefix("{} ")} & constants
            and not any(one.fullmatch(en) or one.fullmatch(en.removeprefix("{} ")) for one in said)
            and not any(map(pattern(en).fullmatch, constants))
        ]
        assert wrong == []

    def test_pieces_are_of_the_source(self) -> None:
        """What this file excuses still stands in the source."""
        assert (PIECES | IN_PIECES | NOTATION) - english().keys() == set()

    def test_have_enough_letters(self) -> None:
        """A template of few letters would find itself in names of files and other values."""
        assert {en for en in ROWS if "{}" in en and 0 < letters(en) < LEAST} == SHORT

    def test_no_two_are_of_one_message(self) -> None:
        """Of two templates that a message can have been made of, one has more literal characters."""
        wrong = []
        weights = defaultdict(list)
        for template in BOOK._templates:
            weights[template.weight].append(template)
        for some in weights.values():
            for one in some:
                for value in ("101", "'it'", "CN-33-01.WJW", "/a/b.cbor", "a, b"):
                    text = "".join(part for literal in one.literals for part in (literal, value))[: -len(value)]
                    mask = _mask(text)
                    wrong += [
                        text for other in some if other is not one and _values(other, text, mask) is not None
                    ]
        assert wrong == []


def texts() -> Iterator[str]:
    """Yield the texts of the source that are no templates."""
    for tree in trees().values():
        for node in ast.walk(tree):
            if isinstance(node, ast.Constant) and isinstance(node.value, str):
                yield node.value


@pytest.mark.parametrize("path", TABLES, ids=lambda path: path.stem)
class TestChinese:
    def test_has_its_form(self, path: Path) -> None:
        """Marks are full width, a blank parts Latin from Chinese, and the words are those of the glossary."""
        wrong = []
        for row in csv.DictReader(path.read_text("utf-8").splitlines()):
            zh = row["zh"]
            wrong += [f"{zh}: {what}" for what in form(zh)]
            wrong += [
                f"{zh}: {found[0]}: write {right}"
                for bad, right in INSTEAD.items()
                if (found := re.search(bad, zh))
            ]
        assert wrong == []

    def test_has_no_english(self, path: Path) -> None:
        """Of English it has names alone, as the message has them."""
        wrong = []
        for row in csv.DictReader(path.read_text("utf-8").splitlines()):
            known = set(re.findall("[A-Za-z]+", row["en"]))
            new = set(re.findall("[A-Za-z]+", row["zh"])) - known
            if new or STOP.search(QUOTED.sub("", row["zh"])):
                wrong.append(row["zh"])
        assert wrong == []
