"""The code's constants against the tables of spec/registries/, which are their source."""

import csv
import re
from enum import IntEnum
from pathlib import Path

import pytest

import healthpass
from healthpass import (
    Color,
    DocumentType,
    LabMethod,
    LabResult,
    Outcome,
    PublicKey,
    Reason,
    Verdict,
    VerificationError,
    bind_document,
)
from healthpass.codec import _keys
from healthpass.credential import _binding, _claims, _evidence, _holder
from healthpass.documents import _fields, _key_request, _registry_document, _root, _statement
from healthpass.documents._document import Kind
from healthpass.documents._fields import Field
from healthpass.presentation import _presentation
from healthpass.scan import NotAHealthCodeError
from healthpass.words._advice import ADVICE

REGISTRIES = Path(__file__).resolve().parent.parent / "spec" / "registries"


def table(name: str) -> list[dict[str, str]]:
    """Read a table; every cell is there."""
    with (REGISTRIES / f"{name}.csv").open(encoding="utf-8", newline="") as file:
        rows = list(csv.DictReader(file, strict=True))
    assert rows
    assert all(None not in row and None not in row.values() for row in rows)
    return rows


class TestTables:
    def test_each_file_is_described(self) -> None:
        """The README of the folder names every table in it, and no other."""
        described = re.findall(
            r"^\| \[`([a-z-]+)\.csv`\]", (REGISTRIES / "README.md").read_text("utf-8"), re.MULTILINE
        )
        assert sorted(described) == sorted(path.stem for path in REGISTRIES.glob("*.csv"))

    @pytest.mark.parametrize(
        ("name", "known"),
        [("colors", Color), ("reasons", Reason), ("test-results", LabResult), ("test-methods", LabMethod)],
    )
    def test_code_points(self, name: str, known: type[IntEnum]) -> None:
        """Each enumeration has the numbers and names of its table."""
        in_table = {int(row["value"]): row["name"].replace("-", "_").upper() for row in table(name)}
        assert in_table == {int(member): member.name for member in known}

    def test_symbols(self) -> None:
        """Each colour has the shape of the table."""
        assert {row["value"]: row["symbol"] for row in table("colors")} == {str(int(c)): c.symbol for c in Color}

    def test_evidence_types(self) -> None:
        """Each type of evidence has the number, the name and as many elements as the table says."""
        for row in table("evidence-types"):
            assert getattr(_evidence, row["name"].upper()) == int(row["value"])
        assert len(table("evidence-types")) == len(_evidence._KNOWN)

    @pytest.mark.parametrize(("map_name", "count"), [("credential", 6), ("health", 9), ("showing", 3)])
    def test_claims(self, map_name: str, count: int) -> None:
        """Each claim has the key of the table."""
        rows = [row for row in table("claims") if row["map"] == map_name]
        assert len(rows) == count
        for row in rows:
            module = _presentation if map_name == "showing" else _claims
            assert getattr(module, row["name"].upper()) == int(row["key"])

    def test_kinds_of_documents(self) -> None:
        """Each kind that is read has the typ and the limits of the table; the other one is reserved."""
        rows = {row["typ"]: row for row in table("document-kinds")}
        assert rows.keys() - set(Kind) == {"healthpass-policy"}
        for kind in Kind:
            assert kind.name == rows[kind]["kind"].upper().replace("-", "_")
            assert (str(kind.max_bytes), str(kind.max_life // 86_400)) == (
                rows[kind]["max_bytes"],
                rows[kind]["max_days"],
            )

    @pytest.mark.parametrize(
        ("name", "known"),
        [("key-uses", _registry_document.USES), ("key-end-reasons", _registry_document.END_REASONS)],
    )
    def test_names_of_numbers(self, name: str, known: dict[str, int]) -> None:
        """Uses and reasons have the numbers and names of their table."""
        assert {row["name"]: int(row["value"]) for row in table(name)} == known

    def test_outcomes(self) -> None:
        """Each outcome has the kind of the table, and there is no other."""
        assert {row["outcome"]: row["kind"] for row in table("outcomes")} == {str(o): o.kind for o in Outcome}

    @pytest.mark.parametrize(
        ("map_name", "fields"),
        [
            ("document", _statement._VERSIONED),
            ("names", _fields._NAMES),
            ("scope", _fields._SCOPE),
            ("root", _root._FIELDS),
            ("registry", _registry_document._REGISTRY),
            ("issuer", _registry_document._ISSUER),
            ("recognition", _registry_document._RECOGNITION),
            ("key", _registry_document._KEY),
            ("request", _key_request._FIELDS),
        ],
    )
    def test_maps_of_documents(self, map_name: str, fields: dict[int, Field]) -> None:
        """Each map of a document has the keys of the table, and the same ones are required."""
        rows = {int(row["key"]): row["presence"] for row in table("claims") if row["map"] == map_name}
        assert rows.keys() == fields.keys()
        assert all(presence.startswith("required") == fields[key].required for key, presence in rows.items())

    def test_documents(self) -> None:
        """Each document type has the spelling, the check and the example of the table."""
        rows = table("document-types")
        assert [row["name"] for row in rows] == list(DocumentType)
        for row in rows:
            spelling = _binding.SPELLINGS[DocumentType(row["name"])]
            assert spelling.form == row["spelling"]
            assert spelling.check_digit == (row["check"] == "mod-11-2")
            assert spelling.example == row["example"]
            bind_document(row["name"], row["example"])

    def test_forbidden_code_points(self) -> None:
        """The code refuses the ranges of the table, the issuer's apart from the verifier's."""
        ranges: dict[str, list[tuple[int, int]]] = {"verifier": [], "issuer": []}
        for row in table("forbidden-code-points"):
            ranges[row["refused_by"]].append((int(row["first"], 16), int(row["last"], 16)))
        assert ranges["verifier"] == list(_holder.FORBIDDEN)
        assert ranges["issuer"] == [(first, last) for first, last, _ in _holder.FORBIDDEN_TO_ISSUERS]

    def test_published_keys(self) -> None:
        """The code refuses exactly the published keys of the table."""
        assert {bytes.fromhex(row["public_key"]) for row in table("published-keys")} == _keys.PUBLISHED_KEYS
        for raw in _keys.PUBLISHED_KEYS:
            PublicKey.from_bytes(raw)


class TestVerdicts:
    def test_verdicts(self) -> None:
        """Each verdict has the step, the outcome and the sentences of the table, and there is no other."""
        rows = {row["verdict"]: row for row in table("verdicts")}
        assert rows.keys() == set(Verdict)
        for verdict in Verdict:
            row = rows[verdict]
            assert (verdict.step, verdict.outcome) == (int(row["step"] or 0), row["outcome"])
            assert verdict.waivable == (row["waivable"] == "yes")
            assert ADVICE[verdict]._asdict() == {name: row[name] for name in ADVICE[verdict]._fields}
            assert (verdict.for_guard("zh"), verdict.for_holder()) == (row["guard_zh"], row["holder_en"])

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
