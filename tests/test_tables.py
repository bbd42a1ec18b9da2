"""The code against the tables of spec/registries/, which are its source."""

import re
from pathlib import Path
from string import Formatter

import pytest

import healthpass
from healthpass import PublicKey, VerificationError
from healthpass.credential import _claims
from healthpass.documents import _fields, _key_request, _registry_document, _root
from healthpass.documents._document import Kind
from healthpass.documents._types import REQUIRED, Map
from healthpass.presentation import _presentation
from healthpass.scan import NotAHealthCodeError
from healthpass.words._finding_kinds import FindingKind
from healthpass.words._limits import DOCUMENT_KINDS, PUBLISHED_KEYS
from words_from_tables import TABLES, differing, places, table


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
        assert set(places()) == {path.stem for path in TABLES.glob("*.csv")} - {"claims", "local-colors"}

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
        """Each kind of the table is read, but for the one that is reserved."""
        names = {name.upper().replace("-", "_") for name in DOCUMENT_KINDS}
        assert names == {kind.name for kind in Kind} | {"POLICY"}

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


class TestVerdicts:
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
