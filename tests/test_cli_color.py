"""`healthpass color` and `healthpass bulk color`: the rules of an office on the command line."""

import json
from collections.abc import Iterator
from pathlib import Path
from typing import Final

import pytest

from coloring_at_random import table
from command_line import Run, in_folder, runner

EXAMPLES: Final = Path(__file__).resolve().parent.parent / "docs" / "examples" / "coloring"
RULES: Final = str(EXAMPLES / "hangzhou-2020-02.json")
CASES: Final = str(EXAMPLES / "hangzhou-2020-02.csv")
WORDS: Final = "2020-02-11 10:00 declaration healthy\n2020-02-11 12:00 order other-strict\n"
AT: Final = ("--at", "2020-02-12T09:00:00+08:00")


@pytest.fixture
def run(capsys: pytest.CaptureFixture[str], tmp_path: Path) -> Iterator[Run]:
    """Run the command line in a folder with a history."""
    with in_folder(tmp_path) as patched:
        Path("history.txt").write_text(WORDS)
        yield runner(capsys, patched)


class TestCheck:
    def test_shows_the_rules_in_their_order(self, run: Run) -> None:
        """A good file is shown, a line a rule."""
        ran = run("color", "check", RULES)
        assert (ran.code, ran.err) == (0, "")
        assert [line.split(":")[0].strip() for line in ran.out.splitlines()[1:]] == [
            "red",
            "not-declared",
            "yellow",
            "green",
        ]

    def test_tells_each_fault(self, run: Run) -> None:
        """A bad file is told with places, a line for each fault, and no more."""
        Path("bad.json").write_bytes(table({"id": "Bad", "color": "red"}, zone=9_999))
        ran = run("color", "check", "bad.json")
        assert (ran.code, ran.out) == (1, "")
        assert "bad.json: rules[0].id: expected 1 to 64 characters" in ran.err
        assert "bad.json: zone: " in ran.err

    def test_a_file_that_is_not_there(self, run: Run) -> None:
        """What cannot be read is wrong usage."""
        assert run("color", "check", "none.json").code == 2


class TestTest:
    def test_passes(self, run: Run) -> None:
        """All cases pass, and notice each change."""
        ran = run("color", "test", RULES, CASES)
        assert (ran.code, ran.out) == (0, "26 of 26 cases pass\n")

    def test_shows_what_fails(self, run: Run) -> None:
        """A case that fails is shown with what was expected."""
        Path("cases.csv").write_text("case,at,history,color\na,2020-02-12 09:00,,green\n")
        ran = run("color", "test", RULES, "cases.csv")
        assert (ran.code, ran.out.splitlines()[0]) == (1, "a: color is none, expected green")

    def test_shows_what_nobody_would_notice(self, run: Run) -> None:
        """Too few cases pass, and the changes that they would not notice are shown."""
        Path("cases.csv").write_text("case,at,history,color\na,2020-02-12 09:00,,none\n")
        ran = run("color", "test", RULES, "cases.csv")
        assert ran.code == 1
        assert "no case notices: red: taken away\n" in ran.out
        assert ran.out.endswith("1 of 1 cases pass\n")

    def test_refuses_other_tables(self, run: Run) -> None:
        """What is no table of cases is told with its line."""
        Path("cases.csv").write_text("case,at,history,color\na,tomorrow,,green\n")
        ran = run("color", "test", RULES, "cases.csv")
        assert (ran.code, "cases.csv: line 2: " in ran.err) == (1, True)


class TestExplain:
    def test_tells_people_why(self, run: Run) -> None:
        """Colour, reason, rule, event and words in both languages."""
        ran = run("color", "explain", RULES, "history.txt", *AT)
        assert ran.code == 0
        assert ran.out.startswith("■ red\n")
        assert "another strict measure, 2020-02-11 12:00+08:00" in ran.out
        assert "须隔离14天，连续14天健康打卡正常后转为绿码" in ran.out

    def test_tells_programs_why(self, run: Run) -> None:
        """The same in JSON, from standard input."""
        history = json.dumps([{"event": "order", "at": "2020-02-11T12:00:00+08:00", "kind": "other-limited"}])
        ran = run("color", "explain", RULES, "-", "--json", *AT, stdin=history.encode())
        told = json.loads(ran.out)
        assert (told["color"], told["rule"], told["review"]) == (None, "not-declared", False)
        assert told["rules"] == [
            {"id": "red", "state": "no such event", "begins": None, "ends": None},
            {"id": "not-declared", "state": "live", "begins": None, "ends": None},
        ]

    @pytest.mark.parametrize("history", ["[", "2020-02-11 purchase", '[{"event": "release"}]', "\udcff"])
    def test_a_history_that_cannot_be_read(self, run: Run, history: str) -> None:
        """It is told with the name of its file."""
        Path("bad.txt").write_bytes(history.encode("utf-8", "surrogateescape"))
        ran = run("color", "explain", RULES, "bad.txt", *AT)
        assert (ran.code, ran.out) == (1, "")
        assert "bad.txt: " in ran.err


class TestBulk:
    def test_colours_a_file(self, run: Run) -> None:
        """Only changes are written; the counts are told."""
        pytest.importorskip("pyarrow")
        declared = {"event": "declaration", "at": "2020-02-11T10:00:00+08:00", "healthy": True}
        ordered = {"event": "order", "at": "2020-02-11T12:00:00+08:00", "kind": "other-strict"}
        people = [
            {"ref": "a", "history": [declared]},
            {"ref": "b", "history": [declared, ordered], "color": "green", "rule": "green", "cti": "a0" * 12},
            {"ref": "c", "history": [], "rule": "not-declared"},
        ]
        Path("people.jsonl").write_text("".join(json.dumps(one) + "\n" for one in people))
        ran = run("bulk", "color", "people.jsonl", "--out", "out", "--rules", RULES, *AT)
        assert (ran.code, ran.out) == (0, "out: 3 rows in 1 part: 2 changed, 1 unchanged\n")
        written = [json.loads(line) for line in Path("out/part-000000.jsonl").read_text().splitlines()]
        assert [(row["ref"], row["color"], row["withdraw"]) for row in written] == [
            ("a", "green", None),
            ("b", "red", "a0" * 12),
        ]

    def test_a_row_with_an_error(self, run: Run) -> None:
        """The others are coloured, and the exit code says that one was not."""
        pytest.importorskip("pyarrow")
        Path("people.jsonl").write_text('{"ref": "a", "history": [{}]}\n{"ref": "b", "history": []}\n')
        ran = run("bulk", "color", "people.jsonl", "--out", "out", "--rules", RULES, *AT)
        assert (ran.code, "1 changed, 1 with an error" in ran.out) == (1, True)
