"""The code against the tables of spec/tables/, which are its source."""

import json
import re
from datetime import timedelta
from enum import EnumType
from functools import cache
from pathlib import Path
from string import Formatter

import pytest

import healthpass
from healthpass import Color, HealthCode, Outcome, PublicKey, SigningKey, Verdict, VerificationError, issue
from healthpass.credential import _claims
from healthpass.documents import _fields, _key_request, _policy, _registry_document, _risk_map, _root, _when
from healthpass.documents._document import Kind
from healthpass.documents._types import REQUIRED, Map
from healthpass.presentation import _presentation
from healthpass.scan import NotAHealthCodeError
from healthpass.words import _code_points, _events, _finding_kinds, _issuing_findings, _outcomes, _verdicts
from healthpass.words._finding_kinds import FindingKind
from healthpass.words._limits import DOCUMENT_KINDS, PUBLISHED_KEYS
from words_from_tables import TABLES, differing, places, table

SPEC = TABLES.parent
WITHOUT_CASE = Verdict.NO_CODE  # a case is a text, and this verdict is that of a picture or a pipe without one


@cache
def expected() -> frozenset[str]:
    """Return all that the vectors expect: verdicts, outcomes and notes."""
    found: set[str] = set()
    waiting = [
        case.get("expect")
        for path in SPEC.glob("vectors/*-*.json")
        for case in json.loads(path.read_bytes())["cases"]
    ]
    while waiting:
        if isinstance(one := waiting.pop(), str):
            found.add(one)
        elif isinstance(one, dict | list):
            waiting += one.values() if isinstance(one, dict) else one
    return frozenset(found)


def test_a_clock_that_is_ahead_is_named() -> None:
    """What a device whose clock is ahead answers to a good code tells the guard to look at the clock, too."""
    for verdict in (Verdict.EXPIRED, Verdict.REGISTRY_STALE):
        assert re.search("clock|date and time", verdict.guard.en)
        assert "时间" in verdict.guard.zh


class TestTables:
    def test_each_file_is_described(self) -> None:
        """The README of the folder names every table in it, and no other."""
        described = re.findall(
            r"^\| \[`([a-z-]+)\.csv`\]", (TABLES / "README.md").read_text("utf-8"), re.MULTILINE
        )
        assert sorted(described) == sorted(path.stem for path in TABLES.glob("*.csv"))

    def test_words_are_those_of_the_tables(self) -> None:
        """`python tests/words_from_tables.py` has been run, and each table that holds words has its place."""
        assert differing() == {}
        wordless = {"claims", "conformance", "local-colors"}
        assert set(places()) == {path.stem for path in TABLES.glob("*.csv")} - wordless

    def test_each_member_is_a_row(self) -> None:
        """No enumeration of the room has a member that its table lacks."""
        modules = (_code_points, _events, _verdicts, _outcomes, _finding_kinds, _issuing_findings)
        codes = [one for module in modules for one in vars(module).values() if isinstance(one, EnumType)]
        others = {"document-kinds", "published-keys", "forbidden-code-points"}
        assert sum(map(len, codes)) == sum(len(table(name)) for name in {*places()} - others)

    def test_findings_are_told_alike(self) -> None:
        """Each finding is told with the same values in both languages, and its name tells it from the others."""
        for kind in FindingKind:
            en, zh = ({name for _, name, _, _ in Formatter().parse(text) if name} for text in kind.words)
            assert en == zh or kind is FindingKind.MALFORMED_SOURCE  # its problems are English alone
            assert kind.startswith(kind.code)

    @pytest.mark.parametrize(("map_name", "count"), [("credential", 6), ("health", 9), ("showing", 3)])
    def test_claims(self, map_name: str, count: int) -> None:
        """Each claim has the key of the table."""
        rows = [row for row in table("claims") if row["map"] == map_name]
        assert len(rows) == count
        for row in rows:
            module = _presentation if map_name == "showing" else _claims
            assert getattr(module, row["name"].upper()) == int(row["key"])

    def test_kinds_of_documents(self) -> None:
        """Each kind of the table is read."""
        names = {name.upper().replace("-", "_") for name in DOCUMENT_KINDS}
        assert names == {kind.name for kind in Kind}

    @pytest.mark.parametrize(
        ("map_name", "described"),
        [
            ("document", _root.PAYLOAD._whole),
            ("names", _fields.NAMES),
            ("scope", _fields.SCOPE),
            ("root", _root.PAYLOAD.content),
            ("registry", _registry_document.PAYLOAD.content),
            ("issuer", _registry_document.ISSUER),
            ("recognition", _registry_document.RECOGNITION),
            ("key", _registry_document.KEY),
            ("request", _key_request.PAYLOAD.content),
            ("policy", _policy.CONTENT),
            ("rule", _policy.RULE),
            ("when", _when.WHEN),
            ("residence_level", _when.WHEN.fields[6].type),
            ("departure", _when.WHEN.fields[7].type),
            ("test", _when.WHEN.fields[8].type),
            ("vaccination", _when.WHEN.fields[9].type),
            ("recovery", _when.WHEN.fields[10].type),
            ("risk-map", _risk_map.CONTENT),
        ],
    )
    def test_maps_of_documents(self, map_name: str, described: Map) -> None:
        """Each map of a document has the keys, names and rules of the table, and the same ones are required."""
        rows = {
            int(row["key"]): (row["name"], row["rule"], row["presence"].startswith("required"))
            for row in table("claims")
            if row["map"] == map_name
        }
        assert rows == {
            key: (field.name, field.rule, field.default is REQUIRED) for key, field in described.fields.items()
        }

    def test_published_keys_are_sound(self) -> None:
        """Each published key is refused because it stands in the table, and for nothing else."""
        for raw in PUBLISHED_KEYS:
            PublicKey.from_bytes(raw)


class TestOutcomes:
    @pytest.mark.parametrize("outcome", Outcome)
    def test_a_rule_and_a_case_give_each(self, outcome: Outcome) -> None:
        """Each outcome and each note stands in the specification, and a vector expects it."""
        assert f"`{outcome}`" in (SPEC / "registry.md").read_text("utf-8") + (SPEC / "status.md").read_text(
            "utf-8"
        )
        assert outcome in expected()


class TestVerdicts:
    def test_stand_in_the_order_of_steps(self) -> None:
        """VER-1 names each verdict at its step, and no other."""
        steps = re.findall(
            r"^\| (\d+) [a-z ]+ \|.*\| ([^|]+) \|$", (SPEC / "credential.md").read_text("utf-8"), re.MULTILINE
        )
        named = {(verdict, int(step)) for step, cell in steps for verdict in re.findall(r"`([a-z-]+)`", cell)}
        assert {(str(verdict), verdict.step) for verdict in Verdict if verdict.step} <= named
        assert {verdict for verdict, _ in named} == {verdict for verdict in Verdict if verdict.step}

    @pytest.mark.parametrize("verdict", [verdict for verdict in Verdict if verdict != WITHOUT_CASE])
    def test_have_a_case(self, verdict: Verdict) -> None:
        """A vector expects each verdict."""
        assert verdict in expected()

    @pytest.mark.parametrize("verdict", Verdict)
    def test_are_told_to_people(self, verdict: Verdict) -> None:
        """Guard and holder are told a sentence each, in both languages."""
        for said in (verdict.guard, verdict.holder):
            assert re.fullmatch(r"[A-Z].{15,}\.", said.en)
            assert re.fullmatch(r"[\u4e00-\u9fff].{8,}。", said.zh)

    def test_classes(self) -> None:
        """Each verdict that is not valid has an error class, and "cannot judge" has one of its own."""
        for row in table("verdicts"):
            if row["step"]:
                assert issubclass(getattr(healthpass, row["class"]), VerificationError)
                assert (row["outcome"] == "cannot judge") == (row["class"] == "CannotJudgeError")
        assert NotAHealthCodeError.verdict == "no-code"

    def test_raised_with_the_class_of_the_table(self) -> None:
        """Wherever the code raises a verdict, it raises the class that the table names."""
        classes = {row["verdict"].upper().replace("-", "_"): row["class"] for row in table("verdicts")}
        source = Path(healthpass.__file__).parent
        raised = [
            pair
            for path in source.rglob("*.py")
            for pair in re.findall(r"(\w+Error)\(\s*Verdict\.(\w+)", path.read_text("utf-8"))
        ]
        assert len(raised) > 12
        assert all(classes[verdict] == error for error, verdict in raised)


class TestPrivateUse:
    def test_a_twin_is_named_as_gb_18030_has_it(self) -> None:
        """Where GB 18030 of 2000 gives a character of GBK its Unicode number, the table gives the same."""
        named = 0
        for row in table("forbidden-code-points"):
            twin = re.match(r"write U\+([0-9A-F]{4,5}) (.):", row["hint"])
            if twin is None:
                continue
            place = int(row["first"], 16) - 0xE815 + 0x50
            old = bytes((0xFE, place + (place >= 0x7F))).decode("gb18030")
            assert chr(int(twin[1], 16)) == twin[2]
            assert old in {twin[2], chr(int(row["first"], 16))}
            named += 1
        assert named == 66

    def test_a_rare_name_is_told_how_to_be_written(self) -> None:
        """The private-use number of 䶮 is refused with the number that Unicode has for it."""
        with pytest.raises(ValueError, match=r"U\+4DAE 䶮"):
            issue(
                HealthCode(color=Color.GREEN, holder="\ue863*"),
                issuer="CN-33-01.WJW",
                signer=SigningKey.generate(),
                lifetime=timedelta(days=1),
            )
