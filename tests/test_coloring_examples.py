"""The rule sets of 2020 and 2022, and the cases by which they are checked (docs/examples/coloring)."""

from pathlib import Path
from typing import Final

import pytest

from coloring_at_random import table
from healthpass.coloring import ColorRules, SourceError, read_cases, unnoticed

FOLDER: Final = Path(__file__).resolve().parent.parent / "docs" / "examples" / "coloring"
NAMES: Final = sorted(path.stem for path in FOLDER.glob("*.json"))
HEAD: Final = "case,at,history,color\n"


def rules_of(name: str) -> ColorRules:
    """Return one of the rule sets."""
    return ColorRules.read((FOLDER / f"{name}.json").read_bytes())


@pytest.mark.parametrize("name", NAMES)
class TestRuleSets:
    def test_passes_its_cases(self, name: str) -> None:
        """Each case has the colour, reason, end and rule that the texts of that time say; each says where."""
        rules = rules_of(name)
        cases = read_cases((FOLDER / f"{name}.csv").read_bytes(), rules)
        assert len(cases) >= 20
        assert [fault for case in cases if (fault := case.fault(rules))] == []
        assert {rule for case in cases for column, rule in case.expected if column == "rule"} == {
            rule.id for rule in rules.rules
        }

    def test_each_change_of_each_rule_is_noticed(self, name: str) -> None:
        """Whatever rule or member is taken away or altered, some case has another result."""
        rules = rules_of(name)
        cases = read_cases((FOLDER / f"{name}.csv").read_bytes(), rules)
        assert unnoticed(rules, cases) == ()

    def test_is_written_as_people_write(self, name: str) -> None:
        """The file says nothing that it could leave out."""
        rules = rules_of(name)
        assert ColorRules.read(rules.write()) == rules


class TestSets:
    def test_there_are_three(self) -> None:
        """The sets that the page tells of are there, each with its table."""
        assert NAMES == ["hangzhou-2020-02", "hubei-2020-03", "seven-and-three-2022-06"]
        assert sorted(path.stem for path in FOLDER.glob("*.csv")) == NAMES

    def test_hangzhou_never_ends_by_days(self) -> None:
        """In Hangzhou only check-ins, or the office, turned a code green again."""
        assert b'"days"' not in rules_of("hangzhou-2020-02").write()

    @pytest.mark.parametrize("name", NAMES)
    def test_fewer_cases_notice_less(self, name: str) -> None:
        """With every other case left out, some change is not noticed: the tables are not longer than they need."""
        rules = rules_of(name)
        cases = read_cases((FOLDER / f"{name}.csv").read_bytes(), rules)
        assert unnoticed(rules, cases[::2]) != ()


class TestTables:
    """What a table of cases may be."""

    RULES: Final = ColorRules.read(table())

    def test_a_fault_names_the_column(self) -> None:
        """A case that fails says what is there and what was expected."""
        (case,) = read_cases(f"{HEAD}a,2022-06-20 12:00,,red\n".encode(), self.RULES)
        assert case.fault(self.RULES) == "a: color is green, expected red"

    @pytest.mark.parametrize(
        ("text", "word"),
        [
            ("case,at,history\n", "color is missing"),
            ("case,at,history,color,colour\n", "nobody knows"),
            ("case,at,history,color,color\n", "one name"),
            (HEAD, "no case"),
            ("", "is missing"),
            (f"{HEAD}a,2022-06-20 12:00,,red,x\n", "line 2"),
            (f"{HEAD}a,2022-06-20 12:00\n", "line 2"),
            (f"{HEAD}a,2022-06-20 12:00,,grey\n", "expected green"),
            (f"{HEAD}a,2022-06-20T12:00:00Z,,red\n", "expected a time"),
            (f"{HEAD}a,2022-06-20 12:00,2022-06-20 12:00 purchase,red\n", "expected one of"),
            (f"{HEAD},2022-06-20 12:00,,red\n", "no name"),
            (f"{HEAD}a,2022-06-20 12:00,,red\na,2022-06-21 12:00,,red\n", "two cases"),
            (f'{HEAD}a,2022-06-20 12:00,"x,red\n', "CSV"),
            (f"{HEAD}a,2022-06-20 12:00,,red\xff\n", "CSV in UTF-8"),
        ],
    )
    def test_others_are_refused(self, text: str, word: str) -> None:
        """Nothing is guessed, and the line is named."""
        with pytest.raises(SourceError, match=word):
            read_cases(text.encode("latin-1"), self.RULES)
