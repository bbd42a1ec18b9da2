"""The test kit of the specification: its vectors are complete and closed, its runner is strict and unshakable."""

from __future__ import annotations

import csv
import importlib
import json
import re
import subprocess
import sys
import zlib
from pathlib import Path
from typing import Any, Final

import cbor2
import pytest
from hypothesis import given
from hypothesis import strategies as st
from nacl.exceptions import BadSignatureError
from nacl.signing import SigningKey, VerifyKey

ROOT: Final = Path(__file__).resolve().parent.parent
KIT: Final = ROOT / "spec" / "testkit"
VECTORS: Final = ROOT / "spec" / "vectors"
WRONG: Final = ROOT / "tests" / "testkit" / "wrong_verifier.py"

sys.path.insert(0, str(KIT))
edition: Any = importlib.import_module("edition")
ed25519: Any = importlib.import_module("ed25519")
encode: Any = importlib.import_module("encode")
status_lists: Any = importlib.import_module("lists")

DOCUMENTS: Final = {path.name: json.loads(path.read_bytes()) for path in sorted(VECTORS.glob("*-*.json"))}
CASES: Final[list[dict[str, Any]]] = [case for whole in DOCUMENTS.values() for case in whole["cases"]]

with (ROOT / "spec" / "tables" / "outcomes.csv").open(encoding="utf-8", newline="") as table:
    ROWS: Final = list(csv.DictReader(table))
OUTCOMES: Final = {
    kind: [row["outcome"] for row in ROWS if row["kind"] == kind] for kind in ("done", "refused", "note")
}

ATTACKS: Final = {*range(1, 23), *range(25, 53)}
"""The rows of the list of attacks that a text and a store can show: not a crash, and not a split view."""

with (KIT / "without_vectors.csv").open(encoding="utf-8", newline="") as table:
    WITHOUT: Final = list(csv.DictReader(table))


def python(*arguments: str | Path) -> subprocess.CompletedProcess[str]:
    """Run a program of the kit, without any package."""
    command = [sys.executable, "-S", "-E", *map(str, arguments)]
    return subprocess.run(command, capture_output=True, text=True, check=False, timeout=300)


def run(*options: str, program: str | Path) -> tuple[int, dict[str, str], str]:
    """Run the vectors over a program; return the exit code, what failed with the answer, and standard error."""
    command = ["-c", program] if isinstance(program, str) else [program]
    result = python(KIT / "run.py", "--json", *options, "--", sys.executable, *command)
    cases = json.loads(result.stdout)["cases"] if result.stdout else []
    return result.returncode, {case["id"]: case["got"] for case in cases if not case["passed"]}, result.stderr


class TestVectors:
    """The files of spec/vectors/."""

    def test_are_what_the_writer_writes(self) -> None:
        """Every file has the writer's bytes; the writer needs no package."""
        result = python(KIT / "write.py", "--check")
        assert (result.returncode, result.stderr) == (0, "")

    @pytest.mark.parametrize("name", DOCUMENTS)
    def test_satisfy_the_schema(self, name: str) -> None:
        """A misspelt or missing member is an error; the edition is that of the kit, and the schema has a name."""
        jsonschema = pytest.importorskip("jsonschema")
        schema = json.loads((VECTORS / "schema.json").read_bytes())
        jsonschema.Draft202012Validator(schema).validate(DOCUMENTS[name])
        assert schema["$id"].startswith("urn:uuid:")
        assert DOCUMENTS[name]["edition"] == edition.EDITION

    def test_schema_is_closed(self) -> None:
        """Every object of the schema says which members it has, and has no others."""

        def objects(node: Any) -> list[dict[str, Any]]:
            if isinstance(node, list):
                return [found for item in node for found in objects(item)]
            if not isinstance(node, dict):
                return []
            here = [node] if node.get("type") == "object" else []
            return here + [found for item in node.values() for found in objects(item)]

        schema = json.loads((VECTORS / "schema.json").read_bytes())
        open_objects = [node for node in objects(schema) if node.get("additionalProperties") is not False]
        assert open_objects == [schema["properties"]["seeds"]]

    def test_ids_are_unique(self) -> None:
        """An id names one case."""
        ids = [case["id"] for case in CASES]
        assert len(ids) == len(set(ids))

    def test_inputs_are_unique(self) -> None:
        """No two cases ask the same."""
        inputs = [
            json.dumps({k: v for k, v in c.items() if k not in {"id", "clause", "attack", "comment"}})
            for c in CASES
        ]
        assert len(set(inputs)) >= len(inputs) - 14, "some stand under two rules on purpose, not more"

    def test_every_rule_has_a_case(self) -> None:
        """Every rule of the specification has a case or a reason, and every case names rules that exist."""
        rules = parts_by_rule()
        named = {clause for case in CASES for clause in case["clause"]}
        assert named <= rules.keys() | {part for parts in rules.values() for part in parts}
        without = [row["rule"] for row in WITHOUT]
        assert rules.keys() - {clause.partition(".")[0] for clause in named} == set(without)
        assert without == sorted(set(without), key=lambda rule: (rule[:3], int(rule[4:])))

    def test_rules_without_a_case_say_why(self) -> None:
        """Each has a reason, and what shows it instead is a file of the tests that is there."""
        for row in WITHOUT:
            assert row["reason"], row
            assert not row["shown_by"] or (ROOT / row["shown_by"]).is_file(), row

    def test_parts_of_rules_are_found(self) -> None:
        """What can be cited: the parts of tables, of lists, and of one cell of a table."""
        rules = parts_by_rule()
        assert rules["UPD-5"] == {f"UPD-5.{number}" for number in range(1, 7)}
        assert rules["PTH-3"] == {"PTH-3.1", "PTH-3.2"}
        assert rules["PTH-8"] == {"PTH-8.1", "PTH-8.2", "PTH-8.3"}
        assert rules["PTH-9"] == set()

    def test_every_attack_has_a_case(self) -> None:
        """Every row that a credential or a store can show has a case."""
        assert {row for case in CASES for row in case["attack"]} >= ATTACKS

    def test_every_reachable_verdict_has_a_case(self) -> None:
        """Every verdict that a pinned registry can give is expected somewhere."""
        schema = json.loads((VECTORS / "schema.json").read_bytes())
        verdicts = set(schema["$defs"]["verify_refused"]["properties"]["expect"]["enum"])
        expected = [case["expect"] for case in CASES if case["op"] == "verify"]
        assert {one for one in expected if one != {"error": "call"}} == verdicts | {"valid"}

    def test_every_outcome_of_a_world_has_a_case(self) -> None:
        """Every verdict that a signed registry adds, every outcome and every note is expected somewhere."""
        lived = [case["expect"] for case in CASES if case["op"] == "world"]
        results = [result for expect in lived if isinstance(expect, list) for result in expect]
        told = [entry for result in results if isinstance(result, list) for entry in result]
        outcomes = {entry["outcome"] for entry in told}
        outcomes |= {case["expect"].get("outcome", "applied") for case in CASES if case["op"] == "request"}
        assert outcomes == set(OUTCOMES["done"] + OUTCOMES["refused"])
        assert {note for entry in told for note in entry["notes"]} == set(OUTCOMES["note"])
        verdicts = {result["verdict"] for result in results if isinstance(result, dict) and "verdict" in result}
        wanted = {"not-recognised", "wrong-environment", "key-revoked", "registry-stale", "key-not-valid"}
        assert verdicts >= wanted | {"clock-suspect", "status-unknown", "revoked", "valid"}

    def test_worlds_are_well_told(self) -> None:
        """A world has one result for each step, of its kind; entries stand in order, a refusal has no notes."""
        kinds = {"pin": str, "update": list, "verify": dict, "restart": str, "policy": dict}
        for case in CASES:
            if case["op"] == "world" and case["expect"] != {"error": "call"}:
                for step, result in zip(case["steps"], case["expect"], strict=True):
                    assert isinstance(result, kinds[step["do"]]) or result == {"error": "call"}, case["id"]
                for told in (result for result in case["expect"] if isinstance(result, list)):
                    places = [(e["document"], e.get("anchor", ""), e.get("authority", "")) for e in told]
                    assert places == sorted(set(places)), case["id"]
                    assert not [e for e in told if e["notes"] and e["outcome"] != "applied"], case["id"]

    def test_good_documents_satisfy_libsodium(self) -> None:
        """What signs the documents of the layers is a named key, over the bytes that cbor2 makes of RFC 9052."""
        documents = [one for case in CASES if isinstance(case.get("layers"), list) for one in case["layers"]]
        status = "application/statuslist+cwt"
        names = ("root", "registry", "key-request", "policy", "risk-map")
        kinds = {f"application/vnd.healthpass.{kind}+cose" for kind in names}
        assert {one["typ"] for one in documents} == kinds | {status}
        keys = [seed for whole in DOCUMENTS.values() for seed in whole["seeds"].values()]
        by_kid = {encode.thumbprint(bytes.fromhex(public))[:8].hex(): public for public in keys}
        for one in documents:
            payload, typ = bytes.fromhex(one["payload"]), one["typ"]
            cbor2.loads(payload)
            for signature in one["signatures"]:
                own = cbor2.dumps({1: -19, 4: bytes.fromhex(signature["kid"])})
                signed = ["Signature", cbor2.dumps({16: typ}), own, typ.encode(), payload]
                if typ == status:
                    own = cbor2.dumps({1: -19, 4: bytes.fromhex(signature["kid"]), 16: typ})
                    signed = ["Signature1", own, b"", payload]
                assert cbor2.dumps(signed).hex() == signature["to_be_signed"]
                assert verifies(by_kid[signature["kid"]], signature["to_be_signed"], signature["signature"])

    def test_good_signatures_satisfy_libsodium(self) -> None:
        """What the kit calls valid or issued carries a signature that libsodium accepts."""
        layers = [case["layers"] for case in CASES if "kid" in case.get("layers", {})]
        assert layers
        publics = {e["public_key"] for case in CASES for e in case.get("keys", [])}
        publics |= {
            SigningKey(bytes.fromhex(c["seed"])).verify_key.encode().hex() for c in CASES if c["op"] == "issue"
        }
        by_kid = {case["kid"]: case["public_key"] for case in CASES if case["op"] == "key" and "kid" in case}
        for layer in layers:
            candidates = [by_kid[layer["kid"]]] if layer["kid"] in by_kid else publics
            assert any(verifies(public, layer["to_be_signed"], layer["signature"]) for public in candidates)

    def test_good_presentations_satisfy_libsodium(self) -> None:
        """What the kit shows is signed by the device key, around a credential that an issuer has signed."""
        shown = [case for case in CASES if "presentation" in case.get("layers", {})]
        assert {case["op"] for case in shown} == {"verify", "present"}
        for case in shown:
            layer, text = case["layers"], case["text"] if case["op"] == "verify" else case["expect_text"]
            protected, credential = bytes.fromhex(layer["protected"]), bytes.fromhex(layer["credential"])
            data = base45_decode(text.removeprefix("HPP1:"))
            assert data.hex() == layer["presentation"]
            assert protected == bytes.fromhex("a201320d") + credential
            assert data == cbor2.dumps(
                cbor2.CBORTag(18, [protected, {}, *map(bytes.fromhex, (layer["payload"], layer["signature"]))])
            )
            signed = cbor2.dumps(["Signature1", protected, b"HPP1", bytes.fromhex(layer["payload"])])
            assert signed.hex() == layer["to_be_signed"]
            claims = cbor2.loads(cbor2.loads(credential).value[2])
            assert verifies(claims[8][1][-2].hex(), layer["to_be_signed"], layer["signature"]), case["id"]
            header, _, payload, signature = cbor2.loads(credential).value
            inner = cbor2.dumps(["Signature1", header, b"HP1", payload]).hex()
            publics = [entry["public_key"] for entry in case.get("keys", [])]
            assert not publics or any(verifies(public, inner, signature.hex()) for public in publics), case["id"]

    def test_hold_the_example_of_presentations(self) -> None:
        """Section 1 of presentation.md is made and judged, byte for byte."""
        spec = (ROOT / "spec" / "presentation.md").read_text(encoding="utf-8")
        made, judged = (next(case for case in CASES if case["id"] == name) for name in ("psh-001", "ptx-001"))
        assert made["expect_text"] == judged["text"]
        assert f"\n{made['expect_text']}\n" in spec
        block = spec.partition("The presentation that it carries")[2].split("```")[1]
        columns = [re.match(r" *((?:[0-9a-f]{2,} ?)+)", line) for line in block.removeprefix("text").splitlines()]
        assert "".join(c[1] for c in columns if c).replace(" ", "") == made["layers"]["presentation"]

    def test_memories_are_of_the_past(self) -> None:
        """What a gate has seen came before what it judges, but for one gate whose clock went back."""
        back = set()
        for case in CASES:
            times = [*(entry["at"] for entry in case.get("seen", [])), case.get("at", 0)]
            if times != sorted(times):
                back.add(case["id"])
        assert back == {"pjd-079"}


def parts_by_rule() -> dict[str, set[str]]:
    """Return the rules of the specification, and the parts of each that have a number."""
    found: dict[str, set[str]] = {}
    for path in (ROOT / "spec").glob("*.md"):
        if path.name.endswith(".zh.md"):
            continue
        text = path.read_text(encoding="utf-8")
        for rule, body in re.findall(
            r"\*\*([A-Z]{3}-\d+)\*\*(.*?)(?=\*\*[A-Z]{3}-\d+\*\*|^## |\Z)", text, re.DOTALL | re.MULTILINE
        ):
            listed = re.findall(r"(?:^|\| |; )(\d)\. ", body, re.MULTILINE)
            found[rule] = {f"{rule}.{number}" for number in listed} | set(
                re.findall(rf"^\| ({rule}\.\d+) \|", body, re.MULTILINE)
            )
    return found


def verifies(public: str, message: str, signature: str) -> bool:
    """Ask libsodium about a signature."""
    try:
        VerifyKey(bytes.fromhex(public)).verify(bytes.fromhex(message), bytes.fromhex(signature))
    except BadSignatureError:
        return False
    return True


class TestLists:
    """The streams of the kit's status lists."""

    @given(st.lists(st.one_of(st.binary(max_size=20), st.integers(0, 3000).map(bytes)), max_size=6).map(b"".join))
    def test_inflate_to_what_was_packed(self, data: bytes) -> None:
        """What the kit deflates, zlib inflates."""
        assert zlib.decompress(status_lists.squeeze(data)) == data

    def test_of_zeros_are_small(self) -> None:
        """A list in which nothing is set, and a bomb, are small."""
        assert len(status_lists.squeeze(bytes(131_072))) < 200
        assert len(status_lists.squeeze(bytes(20_000_000))) < 20_000


class TestEd25519:
    """The arithmetic of the kit."""

    @given(st.binary(min_size=32, max_size=32), st.binary(max_size=200))
    def test_agrees_with_libsodium(self, seed: bytes, message: bytes) -> None:
        """Keys and signatures are those of libsodium, byte for byte."""
        key = SigningKey(seed)
        assert ed25519.public_key(seed) == key.verify_key.encode()
        signature = ed25519.sign(seed, message)
        assert signature == key.sign(message).signature
        assert ed25519.broken(key.verify_key.encode(), message, signature) == 0

    def test_judges_the_vectors_as_libsodium(self) -> None:
        """The rule of SIG-5 and libsodium agree on every signature of the vectors, good and ill."""
        for case in DOCUMENTS["credential-signature.json"]["cases"]:
            public = case["keys"][0]["public_key"]
            data = base45_decode(case["text"])
            start = 20 if data[17] == 0x59 else 19
            signed = bytes.fromhex("846a5369676e617475726531") + data[2:16] + b"\x43HP1" + data[17:-66]
            assert len(data) > start
            expected = verifies(public, signed.hex(), data[-64:].hex())
            rule = ed25519.broken(bytes.fromhex(public), signed, data[-64:])
            assert (rule == 0) == expected, case["id"]
            told = [clause for clause in case["clause"] if clause.startswith("SIG-5.")]
            assert told in ([], [f"SIG-5.{rule}"]), case["id"]


def base45_decode(text: str) -> bytes:
    """Decode the body of a text."""
    base45 = importlib.import_module("base45")
    data: bytes = base45.b45decode(text.removeprefix("HP1:"))
    return data


class TestRunner:
    """spec/testkit/run.py."""

    WRONGNESS: Final = {
        "strips white space": "txt-070",
        "repairs lower case": "txt-054",
        "takes algorithm -8": "env-030",
        "takes a kid that nobody signed": "env-035",
        "takes a longer length": "env-061",
        "takes other tags": "env-021",
        "does not check S < L": "sig-010",
        "takes R of small order": "sig-012",
        "verifies with the cofactor": "sig-018",
        "reads 0.0 as 0": "cbr-045",
        "reads false as 0": "cbr-040",
        "takes bytes after the payload": "cbr-020",
        "takes a key twice": "cbr-112",
        "takes claims in any order": "cbr-100",
        "takes yellow without a reason": "hlt-060",
        "shows hidden characters": "hld-u202e",
        "ignores critical keys": "hlt-021",
        "takes a weak device key": "clm-080",
        "ignores exp": "tim-020",
        "ignores the status": "trs-030",
        "takes a screenshot": "trs-031",
        "takes any signature of a device": "psg-020",
        "takes a longer header's length": "pen-041",
        "takes a showing with unknown claims": "ppl-020",
        "takes a float for the time of a showing": "ppl-029",
        "takes a presentation of yesterday": "pjd-014",
        "takes a presentation twice": "pjd-070",
        "takes a presentation without the nonce": "pjd-040",
        "takes another gate's nonce": "pjd-042",
        "takes a wrapped bearer code": "pjd-084",
        "takes every lifetime": "scp-030",
        "takes every color": "scp-020",
    }

    CARELESSNESS: Final = {
        "takes a document as nobody signed it": "rge-080",
        "takes a document of a stranger": "rge-106",
        "takes a root that too few have signed": "rgr-043",
        "takes a threshold of 0": "rgr-025",
        "takes a root two versions on": "rgr-060",
        "takes an older registry": "rgu-003",
        "takes two registries of one version": "rgu-006",
        "takes a document of a test": "rgu-023",
        "takes a document of next week": "rgu-020",
        "takes an issuer of another region": "rgc-020",
        "takes a critical key": "rgd-022",
        "takes a key for status lists": "rgj-040",
        "takes the colours of every path": "rgj-073",
        "takes a key that was revoked once": "rgv-101",
        "lets a country speak for a province's office": "rgs-003",
        "answers a call that is none": "rst-040",
        "takes a recognition that has ended": "rgp-013",
        "takes what a recognised authority recognises": "rgp-020",
        "takes what expired": "rgj-001",
        "takes a clock that was set back": "rgj-092",
        "takes a request that another key signed": "rgq-081",
    }

    HEEDLESSNESS: Final = {
        "takes no list for an answer": "slj-001",
        "reads an entry from the wrong end of its byte": "slt-001",
        "reads every list as one of 1 bit": "slt-010",
        "takes an index beyond the last entry": "slt-006",
        "takes a list that another key has signed": "sle-069",
        "takes a list that a key for codes has signed": "sle-081",
        "takes a list of another office": "slu-022",
        "takes an older list": "slu-082",
        "takes two lists of one time": "slu-084",
        "takes a list of next week": "slu-071",
        "takes a list that lives too long": "slp-080",
        "takes claims in any order": "slp-020",
        "inflates whatever it is given": "slp-122",
        "takes a list that has expired": "slj-010",
        "takes a list of a key that was revoked": "slj-040",
        "takes the list of another path": "slj-073",
    }

    def test_tells_every_mistake_with_status_lists(self) -> None:
        """A store that keeps lists by their numbers alone is told of each thing that it forgot."""
        code, failed, _ = run("--only", "sl?-*", program=WRONG)
        assert code == 1
        assert {mistake for mistake, name in self.HEEDLESSNESS.items() if name not in failed} == set()
        assert "slj-026" not in failed

    def test_tells_every_mistake_of_a_careless_store(self) -> None:
        """A store that puts every key of every registry into one pool is told of each thing that it forgot."""
        code, failed, _ = run("--only", "r[gs]?-*", program=WRONG)
        assert code == 1
        assert {mistake for mistake, name in self.CARELESSNESS.items() if name not in failed} == set()
        assert not failed.keys() & {"rge-001", "rge-002", "rgq-001"}
        assert failed["rgu-003"].startswith("step 2 update: [")

    def test_tells_every_mistake_of_a_wrong_verifier(self) -> None:
        """Each mistake is shown by the case that is meant to show it, which the wrong verifier calls valid."""
        code, failed, _ = run(program=WRONG)
        assert code == 1
        assert {mistake: failed.get(name) for mistake, name in self.WRONGNESS.items()} == dict.fromkeys(
            self.WRONGNESS, "valid"
        )
        assert not failed.keys() & {
            "ptx-002",
            "pjd-001",
            "scp-001",
            "txt-001",
            "sig-001",
            "env-003",
            "trs-020",
            "tim-010",
        }

    def test_a_crash_fails_a_case_alone(self) -> None:
        """A program that dies on one case is started again for the next."""
        program = crashing('sys.exit(3) if "021" in case["id"] else None')
        code, failed, _ = run("--only", "txt-02[0-2]", program=program)
        assert (code, failed) == (1, {"txt-021": "(ended without an answer, exit code 3)"})

    def test_a_hang_fails_a_case_alone(self) -> None:
        """A program that does not answer in time is ended and started again."""
        program = crashing('__import__("time").sleep(60) if "021" in case["id"] else None')
        code, failed, _ = run("--only", "txt-02[0-2]", "--timeout", "1", program=program)
        assert (code, failed) == (1, {"txt-021": "(no answer within 1 s)"})

    @pytest.mark.parametrize(
        "garbage",
        ["hello", "[]", "{}", "nan", '{"verdict":', '{"verdict": "valid", "id": "x"}', "\x00", "[" * 9999],
    )
    def test_garbage_fails_a_case_alone(self, garbage: str) -> None:
        """A line that is no answer is reported, and the next case has a fresh program."""
        program = crashing(f'print({garbage!r}, flush=True) if "021" in case["id"] else None')
        code, failed, _ = run("--only", "txt-02[0-2]", program=program)
        assert code == 1
        assert set(failed) == {"txt-021"}
        assert failed["txt-021"].startswith("(not an answer: ")

    def test_a_program_may_answer_once_and_exit(self) -> None:
        """A program for one case is started for each."""
        code, failed, _ = run("--only", "txt-02?", program=crashing("None") + "\n    break")
        assert (code, failed) == (0, {})

    def test_claims_of_a_refused_code_fail(self) -> None:
        """An answer that carries claims beside a refusal breaks VER-9."""
        program = 'import sys\nfor _ in sys.stdin: print(\'{"verdict": "expired", "claims": {}}\', flush=True)'
        code, failed, _ = run("--only", "trs-041", program=program)
        assert code == 1
        assert "claims" in failed["trs-041"]

    def test_a_refused_showing_fails(self) -> None:
        """An answer that carries the opening beside a refusal breaks VER-9 too."""
        program = (
            'import sys\nfor _ in sys.stdin: print(\'{"verdict": "status-unknown", "showing": {}}\', flush=True)'
        )
        code, failed, _ = run("--only", "pjd-101", program=program)
        assert code == 1
        assert "claims" in failed["pjd-101"]

    def test_a_wrong_showing_fails(self) -> None:
        """What a presentation says is compared where a program gives it; a bare code says nothing."""
        program = (
            'import sys\nfor _ in sys.stdin: print(\'{"verdict": "valid", "showing": {"at": 1}}\', flush=True)'
        )
        for name in ("ptx-001", "txt-001"):
            code, failed, _ = run("--only", name, program=program)
            assert code == 1
            assert failed[name].startswith("valid, but with the showing")

    def test_results_of_a_world_are_compared_exactly(self) -> None:
        """A result too few, a member too many and an answer without results are told apart."""
        expected = next(case["expect"] for case in CASES if case["id"] == "rgp-055")
        for results, told in [
            ("[]", "0 results for 1 steps"),
            (json.dumps([{**expected[0], "claims": {}}]), "step 0 verify: "),
            ("null", "(not an answer: "),
        ]:
            program = f"import sys\nfor _ in sys.stdin: print('{{\"results\": {results}}}', flush=True)"
            code, failed, _ = run("--only", "rgp-055", program=program)
            assert code == 1
            assert failed["rgp-055"].startswith(told)

    def test_a_wrong_outcome_fails(self) -> None:
        """What a verdict means to a gate is compared where a program gives it and a case asks (VER-10)."""
        for name, outcome, passes in (
            ("trs-054", "cannot judge", True),
            ("trs-054", "not valid", False),
            ("trs-042", "not valid", True),
        ):
            answer = json.dumps({"verdict": "status-unknown", "outcome": outcome})
            program = f"import sys\nfor _ in sys.stdin: print({answer!r}, flush=True)"
            assert (run("--only", name, program=program)[0] == 0) is passes, (name, outcome)

    def test_wrong_claims_fail(self) -> None:
        """Claims are compared where a program gives them, 1 and 1.0 being two things."""
        program = 'import sys\nfor _ in sys.stdin: print(\'{"verdict": "valid", "claims": {}}\', flush=True)'
        code, failed, _ = run("--only", "txt-001", program=program)
        assert code == 1
        assert failed["txt-001"].startswith("valid, but with the claims")

    def test_expected_failures_are_strict(self, tmp_path: Path) -> None:
        """A listed case that fails is no failure; one that passes is; one that does not exist is an error."""
        listed = tmp_path / "known.txt"
        options = ("--only", "tim-0[0-1]*", "--expected-failures", str(listed))
        listed.write_text("# none\n")
        assert run(*options, program=WRONG)[:2] == (0, {})
        listed.write_text("tim-010  # passes\n")
        code, failed, _ = run(*options, program=WRONG)
        assert (code, set(failed)) == (1, {"tim-010"})
        listed.write_text("tim-020\n")
        assert run("--only", "tim-020", *options[2:], program=WRONG)[:2] == (0, {})
        listed.write_text("tim-999\n")
        code, _, message = run(*options, program=WRONG)
        assert code == 2
        assert "tim-999" in message

    def test_what_cannot_be_run_is_told(self, tmp_path: Path) -> None:
        """No program, no vectors and no case are exit code 2."""
        for options in (["--only", "nothing"], ["--vectors", str(tmp_path)]):
            assert run(*options, program=WRONG)[0] == 2
        result = python(KIT / "run.py", "--", tmp_path / "no-such-program")
        assert result.returncode == 2
        assert "cannot run" in result.stderr

    def test_a_wrong_command_is_given_up(self) -> None:
        """A program that answers nothing at all is no verifier, and costs no thousand starts."""
        code, _, message = run(program="raise SystemExit(2)")
        assert code == 2
        assert "no answer to the first 20 cases" in message

    def test_prints_tables_and_a_last_line(self) -> None:
        """The report names rules, attacks and the failing cases, and ends with the sum."""
        result = python(KIT / "run.py", "--only", "tim-*", "--", sys.executable, WRONG)
        assert "VER-5" in result.stdout
        assert "FAILED tim-020: At exp." in result.stdout
        last = re.search(r"\n(\d+) passed, (\d+) failed, (\d+) skipped\n\Z", result.stdout)
        assert last
        assert int(last[1]) + int(last[2]) == len([case for case in CASES if case["id"].startswith("tim-")])
        assert sum(map(int, last.groups())) == len(CASES)
        times, texts = (len(DOCUMENTS[f"credential-{name}.json"]["cases"]) for name in ("time", "text"))
        assert re.search(
            rf"\ncredential-time\.json +{last[1]} +{last[2]} +{times - int(last[1]) - int(last[2])}\n",
            result.stdout,
        )
        assert re.search(rf"\ncredential-text\.json +0 +0 +{texts}\n", result.stdout)

    def test_what_keeps_nothing_is_skipped(self) -> None:
        """Where a program keeps nothing, a case with a restart is skipped if its other results are right."""
        case = next(case for case in CASES if case["id"] == "rst-001")
        assert case["steps"][2] == {"do": "restart"}
        told = [*case["expect"][:2], "no-storage", *case["expect"][3:]]
        for results, passed, skipped in ((told, 0, 1), (case["expect"], 1, 0), (["no-storage", *told[1:]], 0, 0)):
            answer = json.dumps({"results": results})
            program = f"import sys\nfor _ in sys.stdin: print({answer!r}, flush=True)"
            result = python(KIT / "run.py", "--json", "--only", "rst-001", "--", sys.executable, "-c", program)
            counts = json.loads(result.stdout)
            assert counts["files"]["registry-store.json"][:2] == [passed, 1 - passed - skipped]
            assert counts["skipped"] == len(CASES) - 1 + skipped

    def test_errors_of_the_call_are_no_verdicts(self) -> None:
        """A call that is none has one answer, and a case that is one has another."""
        for name, answer, passes in (
            ("cal-001", '{"error": "call"}', True),
            ("cal-001", '{"verdict": "valid"}', False),
            ("txt-020", '{"error": "call"}', False),
            ("rst-050", '{"error": "call"}', True),
            ("rst-050", '{"results": []}', False),
            ("rgp-055", '{"error": "call"}', False),
        ):
            program = f"import sys\nfor _ in sys.stdin: print({answer!r}, flush=True)"
            assert (run("--only", name, program=program)[0] == 0) is passes, (name, answer)

    def test_a_program_sees_inputs_alone(self) -> None:
        """Nothing of what is expected reaches the program."""
        program = (
            "import json, sys\n"
            "allowed = {'id', 'op', 'at', 'skew', 'waive', 'keys', 'text', 'seed', 'claims', 'type', 'number',"
            " 'r', 'binding', 'public_key', 'use', 'nonce', 'seen', 'scope', 'credential', 'opening',"
            " 'environment', 'steps', 'document', 'authority', 'challenge', 'issuer',"
            " 'secret', 'ref', 'lifetime', 'jitter'}\n"
            "for line in sys.stdin:\n"
            "    case = json.loads(line)\n"
            "    extra = set(case) - allowed | ({'claims'} & set(case) if case['op'] == 'verify' else set())\n"
            "    saw = 'saw ' + ','.join(extra)\n"
            "    told = {'verdict': saw, 'outcome': saw, 'results': [saw] * len(case.get('steps', []))}\n"
            "    print(json.dumps(told), flush=True)\n"
        )
        _, failed, _ = run("--only", "[tpr]*", program=program)
        assert failed
        seen = [got for got in failed.values() if got != "0 results"]  # of a world that has no steps
        assert not [got for got in seen if "saw " not in got or re.search(r"saw \w", got)]


def crashing(action: str) -> str:
    """Return a program that calls every case another version, and does something before it answers."""
    return (
        "import json, sys\n"
        "for line in sys.stdin:\n"
        "    case = json.loads(line)\n"
        f"    {action}\n"
        '    print(json.dumps({"verdict": "unsupported-version"}), flush=True)'
    )
