"""The specification holds together, and its example is a real one."""

import hashlib
import re
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from healthpass import (
    Color,
    HealthCode,
    Registry,
    SigningKey,
    StatusPlace,
    _binding,
    _cbor,
    _cose,
    _evidence,
    _health,
    _holder,
    _registry,
    _text,
    _time,
    _verify,
    bind_document,
    inspect,
    issue,
    verify,
)

SPEC = Path(__file__).resolve().parent.parent / "spec"
CREDENTIAL = (SPEC / "credential.md").read_text("utf-8")
PRESENTATION = (SPEC / "presentation.md").read_text("utf-8")
BOTH = CREDENTIAL + PRESENTATION
RULE = re.compile(r"^\*\*([A-Z]{3}-\d+)\*\*", re.MULTILINE)
NOW = datetime(2026, 11, 1, tzinfo=UTC)


def hexadecimal(block: str) -> bytes:
    """Return the bytes of an annotated hex dump: the columns up to the 41st, or lines of nothing but hex."""
    lines = (line if re.fullmatch(r"[0-9a-f ]+", line) else line[:41] for line in block.splitlines())
    return bytes.fromhex("".join(re.sub(r"[^0-9a-f]", "", line) for line in lines))


class TestExample:
    """Section 1 of spec/credential.md."""

    key = SigningKey.from_seed(hashlib.sha256(b"healthpass example issuer").digest())
    blocks = re.findall(r"```text\n(.*?)```", CREDENTIAL, re.DOTALL)

    def test_is_made_from_its_inputs(self) -> None:
        """The library makes the example's text from the inputs that the spec names."""
        binding = bind_document("resident-id", "11010519491231002X", opening=bytes(range(0x10, 0x20))).binding
        health = HealthCode(color=Color.GREEN, holder="张*丰", binding=binding, status=StatusPlace(3, 70000))
        issued = issue(
            health,
            issuer="CN-33-01.WJW",
            key=self.key,
            valid_for=timedelta(hours=24),
            at=NOW,
            cti=bytes(range(0xA0, 0xAC)),
        )
        assert issued.text == self.blocks[0].strip("\n")
        for shown in (bytes(self.key.public_key), self.key.public_key.thumbprint, binding):
            assert shown.hex() in CREDENTIAL

    def test_its_bytes_are_its_text(self) -> None:
        """The annotated bytes are those of the text, and the sizes are those that the prose names."""
        text = self.blocks[0].strip("\n")
        credential = _text.decode(text, _text.CREDENTIAL)[1]
        assert hexadecimal(self.blocks[1]) == credential
        assert f"{len(text)} characters" in CREDENTIAL
        assert f"{len(credential)} bytes:" in CREDENTIAL
        unverified = inspect(text)
        assert f"{len(unverified.to_be_signed)} bytes:" in CREDENTIAL
        assert unverified.to_be_signed.startswith(bytes.fromhex("846a5369676e617475726531"))

    def test_is_valid(self) -> None:
        """The example verifies under its key."""
        registry = Registry.pinned({"CN-33-01.WJW": [self.key.public_key]})
        verified = verify(self.blocks[0].strip("\n"), registry=registry, at=NOW, waive={"status-unknown"})
        assert verified.health.status == StatusPlace(3, 70000)


class TestDocuments:
    def test_rules_are_numbered_once(self) -> None:
        """Each rule stands once, and the numbers of a group have no gap."""
        rules = RULE.findall(BOTH)
        assert len(rules) == len(set(rules)) > 80
        for group in {rule[:3] for rule in rules}:
            numbers = [int(rule[4:]) for rule in rules if rule.startswith(group)]
            assert numbers == list(range(1, len(numbers) + 1)), group

    @pytest.mark.parametrize("path", sorted(SPEC.rglob("*.md")), ids=lambda path: str(path.relative_to(SPEC)))
    def test_references_lead_somewhere(self, path: Path) -> None:
        """Each rule that is named exists, and each link leads to a file."""
        text = path.read_text("utf-8")
        rules = set(RULE.findall(BOTH))
        named = set(re.findall(r"\b(?:TXT|ENV|SIG|CBR|CLM|RGN|HLT|BND|ISS|VER|PRS|SCP)-\d+\b", text))
        assert named <= rules
        for target in re.findall(r"\]\(([^)#]+)(?:#[^)]*)?\)", text):
            if "://" not in target:
                assert (path.parent / target).exists(), target

    @pytest.mark.parametrize(
        ("limit", "value"),
        [
            ("text, prefix included", f"{_text.MAX_TEXT:,} characters, and 1,540 of a credential"),
            ("credential", f"{_cose.MAX_CREDENTIAL:,} bytes"),
            ("payload", f"{_cose.MIN_PAYLOAD} to {_cose.MAX_PAYLOAD} bytes"),
            ("open arrays and maps", str(_cbor.MAX_DEPTH)),
            ("times", f"0 to {_time.TIME_LIMIT - 1:,}"),
            ("days", f"0 to {_time.DAY_LIMIT - 1:,}"),
            ("holder", f"1 to {_holder.MAX_HOLDER} bytes of UTF-8"),
            ("binding, opening", f"{_binding.OPENING_SIZE} bytes each"),
            ("evidence", f"1 to {_health.MAX_EVIDENCE} entries"),
            ("dose, of", f"1 to {_evidence.MAX_DOSE}"),
            ("extensions", str(_health.MAX_EXTENSIONS)),
            ("keys tried for one kid", str(_registry.MAX_CANDIDATES)),
            ("skew", f"0 to {_verify.MAX_SKEW} s, {_verify.DEFAULT_SKEW} by default"),
        ],
    )
    def test_limits_are_those_of_the_code(self, limit: str, value: str) -> None:
        """The table of limits says what the code does."""
        assert f"| {limit} | {value} |" in CREDENTIAL
        assert _cbor.MAX_INTEGER == 2**53 - 1

    def test_tables_of_claims_agree(self) -> None:
        """The claims in the text have the keys, names and rules of the table."""
        for line in (SPEC / "registries" / "claims.csv").read_text("utf-8").splitlines()[1:]:
            _, key, name, *_, rule = line.split(",")
            label = {"health": "health code"}.get(name, name)
            assert re.search(rf"^\| {key} \| {label}[,| ]", BOTH, re.MULTILINE), name
            assert rule in RULE.findall(BOTH)
