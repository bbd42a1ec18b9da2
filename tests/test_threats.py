"""The list of attacks in spec/threats.md is whole, and its rules and cases exist."""

import csv
import json
import re
from collections import defaultdict
from pathlib import Path
from typing import Final, NamedTuple

import pytest

SPEC: Final = Path(__file__).resolve().parent.parent / "spec"
PAGE: Final = (SPEC / "threats.md").read_text("utf-8")
RULES: Final = frozenset(
    rule
    for page in (
        "conformance.md",
        "credential.md",
        "presentation.md",
        "registry.md",
        "status.md",
        "privacy.md",
        "decision.md",
    )
    for rule in re.findall(r"^(?:\| )?\*\*([A-Z]{3}-\d+)\*\*", (SPEC / page).read_text("utf-8"), re.MULTILINE)
)
ROW: Final = re.compile(r"^\| (\d+) \| (.+) \| (.+) \| (.+) \| (.+) \|$", re.MULTILINE)
LINK: Final = re.compile(r"\[([a-z-]+)\]\(vectors/([a-z]+-[a-z]+\.json)\) ([a-z0-9]+-[a-z0-9]+(?:, [a-z0-9-]+)*)")
ATTACKS: Final = range(1, 60)
SHOWN: Final = tuple(
    sorted({*ATTACKS} - {23, 24, 57, 58})
)  # a crash, what one store cannot see, a ledger, a signer


class Row(NamedTuple):
    """A row of the tables."""

    number: int
    answer: str
    rules: frozenset[str]
    cases: str
    linked: dict[str, frozenset[str]]  # file of vectors -> ids named beside it


def _row(cells: tuple[str, ...]) -> Row:
    """Take a row of the tables apart."""
    number, _attack, _seen, answer, cases = cells
    linked = {file: frozenset(ids.split(", ")) for _, file, ids in LINK.findall(cases)}
    return Row(int(number), answer, frozenset(re.findall(r"\b[A-Z]{3}-\d+\b", answer)), cases, linked)


def _tagged() -> dict[int, dict[str, set[str]]]:
    """Return what the vectors say: attack -> file -> ids of its cases."""
    found: dict[int, dict[str, set[str]]] = defaultdict(lambda: defaultdict(set))
    for path in (SPEC / "vectors").glob("*-*.json"):
        for case in json.loads(path.read_text("utf-8"))["cases"]:
            for number in case.get("attack", ()):
                found[number][path.name].add(case["id"])
    return found


ROWS: Final = tuple(_row(cells) for cells in ROW.findall(PAGE))
TAGGED: Final = _tagged()
EACH_ROW: Final = pytest.mark.parametrize("row", ROWS, ids=lambda row: str(row.number))


class TestTables:
    def test_every_attack_stands_once(self) -> None:
        """Each number from 1 to 59 has one row."""
        assert sorted(row.number for row in ROWS) == list(ATTACKS)

    def test_no_line_of_a_table_is_missed(self) -> None:
        """Each line that starts with a number in a cell is a row of five cells."""
        assert len(re.findall(r"^\| *\d", PAGE, re.MULTILINE)) == len(ROWS)

    def test_to_come_is_explained(self) -> None:
        """The page says what it means by an answer that is to come."""
        explained = "*To come* means: answered by a part that is still to come"
        assert explained in " ".join(PAGE.split())

    def test_is_short_enough_to_be_read(self) -> None:
        """A reviewer reads the whole page."""
        assert PAGE.count("\n") < 250


class TestAnswers:
    @EACH_ROW
    def test_is_a_rule_or_to_come(self, row: Row) -> None:
        """Each attack is answered by a rule, or the row says that the answer is to come."""
        assert row.rules or "to come" in row.answer

    @EACH_ROW
    def test_names_rules_that_exist(self, row: Row) -> None:
        """Each rule that is named is one of the specification."""
        assert row.rules <= RULES

    @EACH_ROW
    def test_names_verdicts_that_exist(self, row: Row) -> None:
        """Each verdict that is named is one of verdicts.csv."""
        with (SPEC / "tables" / "verdicts.csv").open(encoding="utf-8", newline="") as table:
            verdicts = {line["verdict"] for line in csv.DictReader(table)}
        assert set(re.findall(r"`([a-z-]+)`", row.answer)) <= verdicts

    @EACH_ROW
    def test_has_the_rules_that_its_cases_are_about(self, row: Row) -> None:
        """Each case named shows at least one of the rules that the row names."""
        for file, ids in row.linked.items():
            for case in json.loads((SPEC / "vectors" / file).read_text("utf-8"))["cases"]:
                if case["id"] in ids:
                    assert row.rules & {clause.partition(".")[0] for clause in case["clause"]}, case["id"]


class TestCases:
    @EACH_ROW
    def test_links_are_all_that_the_cell_holds(self, row: Row) -> None:
        """The cell of the cases is a list of links with ids, or a dash."""
        assert LINK.sub("", row.cases).replace("; ", "") == ("" if row.linked else "-")
        for name, file, _ in LINK.findall(row.cases):
            assert f"{name}.json" in (file, file.removeprefix("credential-")), file

    @EACH_ROW
    def test_named_cases_carry_the_number(self, row: Row) -> None:
        """Each case that is named stands in the file that is linked, under the row's number."""
        for file, ids in row.linked.items():
            assert ids <= TAGGED[row.number][file], f"row {row.number}, {file}"

    @pytest.mark.parametrize("number", sorted(TAGGED))
    def test_every_file_with_cases_is_linked(self, number: int) -> None:
        """Each file that has cases of an attack is linked from the attack's row."""
        (row,) = (row for row in ROWS if row.number == number)
        missing = {file: sorted(ids)[:3] for file, ids in TAGGED[number].items() if file not in row.linked}
        assert not missing, f"row {number} does not link {missing}"

    @pytest.mark.parametrize("number", SHOWN)
    def test_what_is_answered_is_shown(self, number: int) -> None:
        """Each attack that one text or one store can show has a case."""
        (row,) = (row for row in ROWS if row.number == number)
        assert row.linked
