"""The page for implementers: its stages hold the vectors, its cases exist, and what is rounded is right."""

import csv
import importlib
import json
import re
import sys
from collections.abc import Iterator
from contextlib import nullcontext
from fnmatch import fnmatch
from hashlib import sha256
from pathlib import Path
from typing import Any, Final

import base45
import pytest
from cryptography.exceptions import InvalidSignature
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PublicKey
from nacl.exceptions import BadSignatureError
from nacl.signing import VerifyKey

TOP: Final = Path(__file__).resolve().parent.parent
sys.path.insert(0, str(TOP / "spec" / "testkit"))

conformance: Any = importlib.import_module("conformance")
run: Any = importlib.import_module("run")

MODULE: Final = TOP / "src" / "healthpass-js"
PAGES: Final = ("another-language.md", "another-language.zh.md")
FOR_OTHERS: Final = {"iss", "fnd", "run", "enr", "rgq"}  # what an issuer and an authority are asked

# The files of the JavaScript module whose lines each stage counts.
FILES: Final = {
    1: "lib/text.js lib/base45.js lib/envelope.js lib/bytes.js lib/errors.js",
    2: "lib/ed25519.js lib/engines.js lib/keys.js lib/digest.js lib/curve.js lib/noble.js",
    3: "lib/cbor.js lib/utf8.js lib/numbers.js lib/claims.js lib/health.js lib/regions.js lib/labels.js",
    4: "lib/verify.js lib/edges.js lib/judgement.js lib/pinned.js lib/scope.js",
    5: "lib/binding.js",
    6: "lib/showing.js lib/memory.js",
    7: "lib/holder.js lib/enrolment.js",
    8: "lib/registry/document.js lib/registry/root.js lib/registry/registry.js lib/registry/maps.js lib/layout.js",
    9: "lib/store/store.js lib/store/[ru]*.js lib/store/state.js lib/store/bundle.js",
    10: "lib/store/paths.js",
    11: "lib/status/*.js lib/store/lists.js",
    12: "lib/decision/*.js lib/store/policies.js lib/store/inforce.js",
    13: "kit/decision.mjs",
    14: "lib/coloring/*.js",
}


def text(page: str) -> str:
    """Read a page of the documentation."""
    return (TOP / "docs" / page).read_text("utf-8")


def rows(page: str) -> list[tuple[int, list[str], int, int]]:
    """Return the rows of the stages: their number, the patterns of their cases, how many these are, and lines."""
    found = re.findall(r"^\| (\d+)\. [^|]+\|[^|]+\| ([^|]+) \| ([\d,]+) \| ([\d,]+) \|$", text(page), re.MULTILINE)
    return [
        (int(number), re.findall(r"`([^`]+)`", patterns), int(cases.replace(",", "")), int(lines.replace(",", "")))
        for number, patterns, cases, lines in found
    ]


def all_cases() -> list[dict[str, Any]]:
    """Return the cases of all files."""
    return [case for cases in run.load(run.VECTORS).values() for case in cases]


def is_about(rounded: int, real: int, part: float) -> bool:
    """Tell whether a rounded number is right: by ten, or by a part of it."""
    return abs(rounded - real) <= max(10, part * real)


@pytest.mark.parametrize("page", PAGES)
class TestStages:
    def test_have_as_many_cases_as_they_say(self, page: str) -> None:
        """The cases of a stage are about those that its patterns select."""
        ids = [case["id"] for case in all_cases()]
        assert [number for number, *_ in rows(page)] == [*FILES]
        for number, patterns, cases, _ in rows(page):
            real = sum(any(fnmatch(one, pattern) for pattern in patterns) for one in ids)
            assert is_about(cases, real, 0.1), (number, real)

    def test_leave_out_no_case(self, page: str) -> None:
        """Each group of cases is of one stage, or of an issuer or an authority."""
        groups = {case["id"].partition("-")[0] for case in all_cases()}
        named = [pattern.partition("-")[0] for _, patterns, *_ in rows(page) for pattern in patterns]
        assert sorted(named) == sorted(groups - FOR_OTHERS)

    def test_have_as_many_lines_as_they_say(self, page: str) -> None:
        """The lines of a stage are about those of its files in the JavaScript module."""
        for number, _, _, lines in rows(page):
            paths = [path for name in FILES[number].split() for path in MODULE.glob(name)]
            real = sum(len(path.read_text("utf-8").splitlines()) for path in paths)
            assert is_about(lines, real, 0.2), (number, real)

    def test_claims_ask_as_many_cases_as_they_say(self, page: str) -> None:
        """The cases of a claim are about those that the kit asks for it."""
        table, files = conformance.rules_by_claim(), run.load(run.VECTORS)
        claims = re.findall(r"^\| `([\w:,]+)` \|[^|]+\| ([\d,]+) \|$", text(page), re.MULTILINE)
        assert len(claims) >= 7
        for word, cases in claims:
            wanted = conformance.claimed([word], table)
            counted = conformance.counting(files, wanted, table)
            real = len({name for claim in wanted for name in counted[claim]})
            assert is_about(int(cases.replace(",", "")), real, 0.05), (word, real)

    def test_name_cases_and_rules_that_exist(self, page: str) -> None:
        """Each case and each rule that the page names is one."""
        ids = {case["id"] for case in all_cases()}
        named = set(re.findall(r"`([a-z]{3}-\d{3})`", text(page)))
        assert named
        assert named <= ids, named - ids
        with (TOP / "spec" / "tables" / "conformance.csv").open(encoding="utf-8", newline="") as file:
            rules = {row["rule"] for row in csv.DictReader(file)}
        asked = set(re.findall(r"\b(?!SHA|UTF)[A-Z]{3}-\d+\b", text(page)))
        assert asked <= rules, asked - rules


def signatures() -> Iterator[tuple[str, bool, bytes, bytes, bytes]]:
    """Give the signatures of `sig-*` cases: id, whether good, key, what is signed, signature."""
    for case in json.loads((run.VECTORS / "credential-signature.json").read_bytes())["cases"]:
        code = base45.b45decode(case["text"].removeprefix("HP1:"))
        signed = b"\x84\x6aSignature1" + code[2:16] + b"\x43HP1" + code[17:-66]
        for listed in case["keys"]:
            key = bytes.fromhex(listed["public_key"])
            if sha256(bytes.fromhex("a301012006215820") + key).digest()[:8] == code[8:16]:
                yield case["id"], case["expect"] == "valid", key, signed, code[-64:]


class TestLibraries:
    """What the page says of two libraries is so of those that are installed here."""

    def test_libsodium_is_right_alone(self) -> None:
        """Libsodium accepts the signatures that SIG-5 accepts."""
        for name, good, key, signed, signature in signatures():
            with nullcontext() if good else pytest.raises(BadSignatureError):
                assert VerifyKey(key).verify(signed, signature) == signed, name

    def test_openssl_is_right_with_one_check(self) -> None:
        """OpenSSL accepts one signature too many, whose R is the identity."""
        wrong = []
        for name, good, key, signed, signature in signatures():
            try:
                Ed25519PublicKey.from_public_bytes(key).verify(signature, signed)
                accepted = True
            except InvalidSignature:
                accepted = False
            if accepted != good:
                wrong.append(name)
                assert signature[:32] == b"\x01" + bytes(31)
        assert wrong == ["sig-012"]


class TestLayers:
    def test_are_as_many_as_the_page_says(self) -> None:
        """Some 260 cases give their layers, and the first of signatures those that the page lists."""
        assert is_about(260, sum("layers" in case for case in all_cases()), 0.1)
        file = json.loads((run.VECTORS / "credential-signature.json").read_bytes())
        for page in PAGES:
            for name in file["cases"][0]["layers"]:
                assert f"`{name}`" in text(page)
