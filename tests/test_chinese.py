"""Chinese for messages: the template a message was made of, and what nobody can make it say."""

import csv
import re
from importlib.resources import files
from io import StringIO
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

import healthpass
from healthpass import Reason
from healthpass.chinese import Phrasebook, in_chinese

FOLDER = Path(healthpass.__file__).parent / "chinese"
TABLES = sorted(path.stem for path in FOLDER.glob("*.csv"))
BOOK = Phrasebook(
    [
        ("{} has no row {}", "{1} 没有第 {2} 行"),
        ("no number", "没有数字"),
        ("{}: {}", "{1}：{2}"),
        ("{}; {}", "{1}；{2}"),
        ("expected {}, not {}", "不是 {2}，而应是 {1}"),
        ("expected {} or {}", "应为 {1} 或 {2}"),
        ("expected 'yes' or 'no', not {}", "应为 'yes' 或 'no'，不是 {1}"),
        ("'{}' is no command", "没有命令“{1}”"),
        ("the key of {} is revoked", "{1} 的密钥已撤销"),
    ]
)
HOLES = re.compile(r"\{\d*\}")


def rows(table: str) -> list[dict[str, str]]:
    """Read a table of the package."""
    return list(csv.DictReader(StringIO((files("healthpass.chinese") / f"{table}.csv").read_text("utf-8"))))


class TestPhrasebook:
    @pytest.mark.parametrize(
        ("en", "zh"),
        [
            ("no number", "没有数字"),
            ("list.csv has no row 7", "list.csv 没有第 7 行"),
            ("list.csv: no number", "list.csv：没有数字"),
            ("a.csv: b.csv has no row 1; no number", "a.csv：b.csv 没有第 1 行；没有数字"),
            ("expected 1, not 'x, not y'", "不是 'x, not y'，而应是 1"),
            ("expected 'yes' or 'no', not 'maybe'", "应为 'yes' 或 'no'，不是 'maybe'"),
            ("'verfy' is no command", "没有命令“verfy”"),
            ("the office's list.csv has no row 7", "the office's list.csv 没有第 7 行"),
            ("nobody knows", "nobody knows"),
            ("12:30: nobody knows", "12:30: nobody knows"),
            ("", ""),
        ],
    )
    def test_translates_a_text_and_its_values(self, en: str, zh: str) -> None:
        """A text has the Chinese of the longest template that it was made of; all else stays as it is."""
        assert BOOK.translate(en) == zh

    @pytest.mark.parametrize(
        ("en", "zh"),
        [
            ("the key of 'a has no row 1' is revoked", "'a has no row 1' 的密钥已撤销"),
            ("the key of 'no number' is revoked", "'no number' 的密钥已撤销"),
            ("the key of 'x is revoked, the key of y' is revoked", "'x is revoked, the key of y' 的密钥已撤销"),
            ("'the key of x is revoked': no number", "'the key of x is revoked'：没有数字"),
            (r"""'it\'s: "no number"' has no row 1""", r"""'it\'s: "no number"' 没有第 1 行"""),
        ],
    )
    def test_finds_no_template_in_quotes(self, en: str, zh: str) -> None:
        """What a stranger has written stands in quotes, and is neither translated nor cut."""
        assert BOOK.translate(en) == zh

    @pytest.mark.parametrize(
        ("en", "zh"),
        [
            ("a has no row 1; no number; b has no row 2", "a 没有第 1 行；没有数字；b 没有第 2 行"),
            ("a.csv: no number: b has no row 2", "a.csv：没有数字：b 没有第 2 行"),
            ("my list: the key of b: c is revoked", "my list：b: c 的密钥已撤销"),
            ("the key of no number is revoked", "没有数字的密钥已撤销"),
        ],
    )
    def test_translates_each_message_for_itself(self, en: str, zh: str) -> None:
        """No template reaches over two messages of a list; between Chinese and Latin there is a blank."""
        assert BOOK.translate(en) == zh

    def test_does_not_change_an_order_that_is_in_doubt(self) -> None:
        """Where a stranger's text holds the words of a template, no part of it goes to another place."""
        assert BOOK.translate("expected a, not b, not c") == "expected a, not b, not c"
        assert BOOK.translate("expected a or b or c") == "应为 a 或 b or c"

    def test_refuses_a_place_without_a_value(self) -> None:
        """A row whose Chinese has a value that the English has not is refused."""
        with pytest.raises(ValueError, match="does not have"):
            Phrasebook([("{} is here", "{2} 在此")])

    @given(st.text(), st.text())
    def test_keeps_each_quoted_value(self, one: str, other: str) -> None:
        """Whatever a value is, in quotes it stands in the Chinese as it is; control characters stay escaped."""
        said = BOOK.translate(f"expected {one!r}, not {other!r}")
        assert said == f"不是 {other!r}，而应是 {one!r}"
        assert said.isprintable()

    @given(st.lists(st.sampled_from(["a", "'", '"', "\\", " ", ": ", "expected ", ", not ", " or ", "no number"])))
    def test_any_text_has_an_answer(self, parts: list[str]) -> None:
        """No text makes it fall over, and a text of values alone stays as it is."""
        text = "".join(parts)
        said = BOOK.translate(text)
        assert said == text or re.search("[\u4e00-\u9fff：；]", said)

    @pytest.mark.parametrize("part", ["'\\", "' \\", '" ', "expected ", ", not ", ": ", " or 'x', not "])
    def test_is_not_kept_busy(self, part: str) -> None:
        """A long text that is made of a template's words is not tried in all ways."""
        text = f"expected {part * (7_900 // len(part))}, not x"
        assert BOOK.translate(text)

    def test_leaves_alone_what_is_too_long(self) -> None:
        """A text of more than 8,000 characters stays as it is."""
        assert BOOK.translate(f"{'x' * 9_000}: no number").endswith(": no number")

    def test_values_are_no_templates(self) -> None:
        """A value that looks like a place of the Chinese is a value."""
        assert BOOK.translate("{2} has no row {1}") == "{2} 没有第 {1} 行"


class TestInChinese:
    def test_has_the_words_of_codes(self) -> None:
        """The words of the code tables need no row."""
        assert in_chinese(Reason.EXPOSURE.words.en) == Reason.EXPOSURE.words.zh

    def test_leaves_alone_what_it_does_not_know(self) -> None:
        """A text without a row stays as it is."""
        assert in_chinese("we know nothing of 'this'") == "we know nothing of 'this'"


@pytest.mark.parametrize("table", TABLES)
class TestTables:
    def test_say_each_text_once(self, table: str) -> None:
        """No row has the English of another, and none is empty."""
        said = [row["en"] for row in rows(table)]
        assert sorted({*said}) == sorted(said)
        assert [row for row in rows(table) if set(row) != {"en", "zh"} or not all(row.values())] == []

    def test_have_the_same_values(self, table: str) -> None:
        """The Chinese of a row has each value of the English once."""
        wrong = [
            row["en"]
            for row in rows(table)
            if sorted(HOLES.findall(row["zh"])) != [f"{{{n + 1}}}" for n in range(row["en"].count("{}"))]
        ]
        assert wrong == []
