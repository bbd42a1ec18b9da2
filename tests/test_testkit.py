"""The test kit of the specification: its vectors are complete and closed, its runner is strict and unshakable."""

from __future__ import annotations

import importlib
import json
import re
import subprocess
import sys
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
ed25519: Any = importlib.import_module("ed25519")

DOCUMENTS: Final = {path.name: json.loads(path.read_bytes()) for path in sorted(VECTORS.glob("*-*.json"))}
CASES: Final[list[dict[str, Any]]] = [case for whole in DOCUMENTS.values() for case in whole["cases"]]

ATTACKS: Final = {*range(30, 43), 44, 45, *range(46, 52)}
"""The rows of the list of attacks that one text and a pinned registry can show."""

WITHOUT_CASE: Final = {
    "RGN-2": "within decides what a registry and a policy allow, nothing in a credential",
    "ISS-2": "that a cti is random cannot be seen in one",
    "ISS-4": "an issuer's memory of device keys is no input of a case",
    "ISS-5": "advice on the spread of many expiries",
    "ISS-6": "a signature made elsewhere is no input of a case",
    "PRS-12": "where a nonce comes from, and how long it counts, are no inputs of a case",
    "TXT-6": "a drawing is no text",
    "VER-10": "the outcome follows from the verdict, by the table",
}
"""Rules that no case can break, and why."""


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
        """Every file, and the counts of the README, are the writer's bytes; the writer needs no package."""
        result = python(KIT / "write.py", "--check")
        assert (result.returncode, result.stderr) == (0, "")

    @pytest.mark.parametrize("name", DOCUMENTS)
    def test_satisfy_the_schema(self, name: str) -> None:
        """A misspelt or missing member is an error."""
        jsonschema = pytest.importorskip("jsonschema")
        schema = json.loads((VECTORS / "schema.json").read_bytes())
        jsonschema.Draft202012Validator(schema).validate(DOCUMENTS[name])

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
        assert len(set(inputs)) >= len(inputs) - 12, "some stand under two rules on purpose, not more"

    def test_every_rule_has_a_case(self) -> None:
        """Every rule of the specification has a case or a reason, and every case names rules that exist."""
        spec = [
            (ROOT / "spec" / name).read_text(encoding="utf-8") for name in ("credential.md", "presentation.md")
        ]
        rules = {rule for text in spec for rule in re.findall(r"\*\*([A-Z]{3}-\d+)\*\*", text)}
        named = {clause for case in CASES for clause in case["clause"]}
        assert named <= rules
        assert rules - named == set(WITHOUT_CASE)

    def test_every_attack_has_a_case(self) -> None:
        """Every row that a credential can show has a case."""
        assert {row for case in CASES for row in case["attack"]} >= ATTACKS

    def test_every_reachable_verdict_has_a_case(self) -> None:
        """Every verdict that a pinned registry can give is expected somewhere."""
        schema = json.loads((VECTORS / "schema.json").read_bytes())
        verdicts = set(schema["$defs"]["verify_refused"]["properties"]["expect"]["enum"])
        assert {case["expect"] for case in CASES if case["op"] == "verify"} == verdicts | {"valid"}

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
        """What a gate has seen came before what it judges."""
        for case in CASES:
            times = [entry["at"] for entry in case.get("seen", [])]
            assert sorted([*times, case.get("at", 0)]) == [*times, case.get("at", 0)]


def verifies(public: str, message: str, signature: str) -> bool:
    """Ask libsodium about a signature."""
    try:
        VerifyKey(bytes.fromhex(public)).verify(bytes.fromhex(message), bytes.fromhex(signature))
    except BadSignatureError:
        return False
    return True


class TestEd25519:
    """The arithmetic of the kit."""

    @given(st.binary(min_size=32, max_size=32), st.binary(max_size=200))
    def test_agrees_with_libsodium(self, seed: bytes, message: bytes) -> None:
        """Keys and signatures are those of libsodium, byte for byte."""
        key = SigningKey(seed)
        assert ed25519.public_key(seed) == key.verify_key.encode()
        signature = ed25519.sign(seed, message)
        assert signature == key.sign(message).signature
        assert ed25519.accepts(key.verify_key.encode(), message, signature)

    def test_judges_the_vectors_as_libsodium(self) -> None:
        """The rule of SIG-5 and libsodium agree on every signature of the vectors, good and ill."""
        for case in DOCUMENTS["credential-signature.json"]["cases"]:
            public = case["keys"][0]["public_key"]
            data = base45_decode(case["text"])
            start = 20 if data[17] == 0x59 else 19
            signed = bytes.fromhex("846a5369676e617475726531") + data[2:16] + b"\x43HP1" + data[17:-66]
            assert len(data) > start
            expected = verifies(public, signed.hex(), data[-64:].hex())
            assert ed25519.accepts(bytes.fromhex(public), signed, data[-64:]) == expected, case["id"]


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
        assert result.stdout.endswith("11 passed, 5 failed\n")

    def test_a_program_sees_inputs_alone(self) -> None:
        """Nothing of what is expected reaches the program."""
        program = (
            "import json, sys\n"
            "allowed = {'id', 'op', 'at', 'skew', 'waive', 'keys', 'text', 'seed', 'claims', 'type', 'number',"
            " 'r', 'binding', 'public_key', 'use', 'nonce', 'seen', 'scope', 'credential', 'opening'}\n"
            "for line in sys.stdin:\n"
            "    case = json.loads(line)\n"
            "    extra = set(case) - allowed | ({'claims'} & set(case) if case['op'] == 'verify' else set())\n"
            "    print(json.dumps({'verdict': 'saw ' + ','.join(extra)}), flush=True)\n"
        )
        _, failed, _ = run("--only", "[tp]*", program=program)
        assert failed
        assert not [got for got in failed.values() if "saw " not in got or re.search(r"saw \w", got)]


def crashing(action: str) -> str:
    """Return a program that calls every case another version, and does something before it answers."""
    return (
        "import json, sys\n"
        "for line in sys.stdin:\n"
        "    case = json.loads(line)\n"
        f"    {action}\n"
        '    print(json.dumps({"verdict": "unsupported-version"}), flush=True)'
    )
