"""The specification holds together, and its example is a real one."""

import ast
import csv
import hashlib
import re
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from pathlib import Path

import cbor2
import pytest

from healthpass import (
    Color,
    HealthCode,
    IssuerId,
    PublicKey,
    RegionId,
    Registry,
    Scope,
    SigningKey,
    StatusPlace,
    bind_document,
    inspect_unverified,
    issue,
    verify,
)
from healthpass.codec import _cbor, _cose, _text, _time
from healthpass.credential import _binding, _evidence, _health, _holder
from healthpass.deciding import OfficeDocument, read_policy
from healthpass.documents import (
    _bundle,
    _document,
    _fields,
    _policy,
    _registry_document,
    _risk_map,
    _root,
    _statement,
    _status_list,
    _when,
)
from healthpass.documents._document import Document, Kind
from healthpass.documents._fields import Names
from healthpass.documents._registry_document import IssuerEntry, KeyEntry, Recognition, RegistryDocument
from healthpass.documents._root import Root
from healthpass.documents._status_list import Status, StatusList
from healthpass.issuing import _derived
from healthpass.trust import _held_lists, _held_of_offices, _registry, _state, _trust
from healthpass.verifying import _verify

SPEC = Path(__file__).resolve().parent.parent / "spec"
CREDENTIAL = (SPEC / "credential.md").read_text("utf-8")
PRESENTATION = (SPEC / "presentation.md").read_text("utf-8")
REGISTRY = (SPEC / "registry.md").read_text("utf-8")
STATUS = (SPEC / "status.md").read_text("utf-8")
COLORING = (SPEC / "coloring.md").read_text("utf-8")
CONFORMANCE = (SPEC / "conformance.md").read_text("utf-8")
DECISION = (SPEC / "decision.md").read_text("utf-8")
ALL = (
    CREDENTIAL
    + PRESENTATION
    + REGISTRY
    + STATUS
    + CONFORMANCE
    + (SPEC / "privacy.md").read_text("utf-8")
    + DECISION
    + COLORING
)
FILES = ("conformance", "credential", "presentation", "registry", "status", "privacy", "glossary", "decision")
HEAD = re.compile(r"# .+\n\n\*(HP1, edition \d+(?: draft)? · \d{4}-\d\d-\d\d) · [^·]+ · file (\d) of \[the set\]")
RULE = re.compile(r"^(?:\| )?\*\*([A-Z]{3}-\d+)\*\*", re.MULTILINE)
NOW = datetime(2026, 11, 1, tzinfo=UTC)
DAY = timedelta(days=1)
LIFETIMES = ("max_lifetime", "max_bearer_lifetime", "max_lifetime_without_status")


def rows(name: str) -> list[dict[str, str]]:
    """Return the rows of a code table."""
    with (SPEC / "tables" / f"{name}.csv").open(encoding="utf-8", newline="") as table:
        return list(csv.DictReader(table))


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
            signer=self.key,
            lifetime=timedelta(hours=24),
            at=NOW,
            cti=bytes(range(0xA0, 0xAC)),
        )
        assert issued.text == self.blocks[0].strip("\n")
        for shown in (self.key.public_key.to_bytes(), self.key.public_key.thumbprint, binding):
            assert shown.hex() in CREDENTIAL

    def test_its_bytes_are_its_text(self) -> None:
        """The annotated bytes are those of the text, and the sizes are those that the prose names."""
        text = self.blocks[0].strip("\n")
        credential = _text.decode(text, _text.CREDENTIAL)[1]
        assert hexadecimal(self.blocks[1]) == credential
        assert f"{len(text)} characters" in CREDENTIAL
        assert f"{len(credential)} bytes:" in CREDENTIAL
        unverified = inspect_unverified(text)
        assert f"{len(unverified.to_be_signed)} bytes:" in CREDENTIAL
        assert unverified.to_be_signed.startswith(bytes.fromhex("846a5369676e617475726531"))

    def test_is_valid(self) -> None:
        """The example verifies under its key."""
        registry = Registry.pinned({"CN-33-01.WJW": [self.key.public_key]})
        verified = verify(self.blocks[0].strip("\n"), registry=registry, at=NOW, waive={"status-unknown"})
        assert verified.health.status == StatusPlace(3, 70000)


class TestRegistryExample:
    """Section 1 of spec/registry.md."""

    blocks = re.findall(r"```text\n(.*?)```", REGISTRY, re.DOTALL)
    at = datetime(2026, 11, 1, tzinfo=UTC)

    def made(self, kind: Kind, payload: bytes, key: str) -> Document:
        """Sign a payload with a key that the section names."""
        document = Document(kind, payload, {})
        signer = SigningKey.from_seed(hashlib.sha256(key.encode()).digest())
        kid = signer.public_key.kid
        return document.signed_with(kid, signer.sign(document.to_be_signed(kid)))

    def public(self, key: str) -> PublicKey:
        """Return the public half of a key that the section names."""
        return SigningKey.from_seed(hashlib.sha256(key.encode()).digest()).public_key

    def test_the_root_is_made_from_its_inputs(self) -> None:
        """The library makes the root's bytes from what the prose says."""
        root = Root(
            authority=RegionId("CN-33"),
            environment="production",
            epoch=1,
            version=1,
            issued=self.at,
            expires=self.at + 365 * DAY,
            root_keys=(self.public("healthpass example root key"),),
            root_threshold=1,
            registry_keys=(self.public("healthpass example registry key"),),
            registry_threshold=1,
        )
        document = self.made(Kind.ROOT, root.encode(), "healthpass example root key")
        assert hexadecimal(self.blocks[0]) == bytes(document)
        assert f"it is {len(bytes(document))} bytes" in REGISTRY
        assert document.digest.hex() in REGISTRY

    def test_the_registry_is_made_from_its_inputs(self) -> None:
        """The library makes the registry's bytes from what the prose says."""
        office, shanghai = Scope(colors=list(Color), **dict.fromkeys(LIFETIMES, DAY)), Scope(colors=[Color.GREEN])
        key = KeyEntry(
            self.public("healthpass example issuer").to_bytes(),
            1,
            self.at,
            self.at + 365 * DAY,
            replace(office, max_lifetime=2 * DAY),
        )
        names = Names("杭州市卫健委", "Hangzhou Health Commission")
        digest = hashlib.sha256(b"healthpass example root of CN-31").digest()
        scope = replace(shanghai, max_lifetime=DAY)
        registry = RegistryDocument(
            authority=RegionId("CN-33"),
            environment="production",
            epoch=1,
            version=1,
            issued=self.at,
            expires=self.at + 28 * DAY,
            names=Names("浙江省", "Zhejiang"),
            issuers=(IssuerEntry(IssuerId("CN-33-01.WJW"), names, "tel:+86-571-12320", (key,)),),
            recognitions=(
                Recognition(
                    RegionId("CN-31"), 1, digest, self.at, self.at + 181 * DAY, scope, Names("上海市", "Shanghai")
                ),
            ),
        )
        document = self.made(Kind.REGISTRY, registry.encode(), "healthpass example registry key")
        assert hexadecimal(self.blocks[1]) == bytes(document)
        assert f"it is {len(bytes(document))} bytes" in REGISTRY


class TestStatusExample:
    """Section 1 of spec/status.md."""

    (block,) = re.findall(r"```text\nd2 84(.*?)```", STATUS, re.DOTALL)
    data = hexadecimal("d2 84" + block)

    def test_is_a_list_that_withdraws_the_example(self) -> None:
        """The bytes are a list of the key that the section names, and withdraw the code of credential.md."""
        key = SigningKey.from_seed(hashlib.sha256(b"healthpass example status key").digest()).public_key
        signed = _status_list.parse(self.data)
        signed.verify(key)
        content = StatusList.decode(signed.payload)
        assert key.to_bytes().hex() in STATUS
        assert f"It is {len(self.data)} bytes" in STATUS
        assert (content.number, content.entries().at(70_000)) == (3, Status.REVOKED)
        assert content.uri in STATUS


class TestDocuments:
    def test_rules_are_numbered_once(self) -> None:
        """Each rule stands once, and the numbers of a group have no gap."""
        rules = RULE.findall(ALL)
        assert len(rules) == len(set(rules)) > 80
        for group in {rule[:3] for rule in rules}:
            numbers = [int(rule[4:]) for rule in rules if rule.startswith(group)]
            assert numbers == list(range(1, len(numbers) + 1)), group

    def test_parts_are_numbered_once(self) -> None:
        """The parts of a rule are numbered from 1, without a gap, and are at most 9: a vector can cite each."""
        bodies = re.split(
            r"^(?:\| )?\*\*([A-Z]{3}-\d+)\*\*",
            re.sub(r"^#.*", "\n**END-0**", ALL, flags=re.MULTILINE),
            flags=re.MULTILINE,
        )
        for rule, body in zip(bodies[1::2], bodies[2::2], strict=True):
            if rule != "END-0":
                rows_and_lists = re.findall(rf"^(?:\| {rule}\.(\d+) \||(\d+)\. )", body, re.MULTILINE)
                numbers = [int(row or item) for row, item in rows_and_lists]
                assert numbers == list(range(1, len(numbers) + 1))[:9], rule

    @pytest.mark.parametrize("path", sorted(SPEC.rglob("*.md")), ids=lambda path: str(path.relative_to(SPEC)))
    def test_references_lead_somewhere(self, path: Path) -> None:
        """Each rule that is named exists, and each link leads to a file."""
        text = path.read_text("utf-8")
        rules = set(RULE.findall(ALL))
        named = set(
            re.findall(
                r"\b(?:TXT|ENV|SIG|CBR|CLM|RGN|HLT|BND|ISS|VER|PRS|ENR|SCP|DOC|ROT|REG|KEY|REQ|UPD|BDL|PTH|AUT|STL|STI|POL|MAP|DEC|CNV|CLR|CNF|SEC|PRV)-\d+\b",
                text,
            )
        )
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
            (
                "ref of an order, secret of a run",
                f"1 to {_derived.MAX_REF} characters, {_derived.SECRET_SIZE} bytes",
            ),
            ("skew", f"0 to {_verify.MAX_SKEW} s, {_verify.DEFAULT_SKEW} by default"),
        ],
    )
    def test_limits_are_those_of_the_code(self, limit: str, value: str) -> None:
        """The table of limits says what the code does."""
        assert f"| {limit} | {value} |" in CREDENTIAL
        assert _cbor.MAX_INTEGER == 2**53 - 1

    @pytest.mark.parametrize(
        ("limit", "value"),
        [
            ("root", f"{Kind.ROOT.max_bytes:,} bytes, {Kind.ROOT.max_life.days} days"),
            ("registry", f"{Kind.REGISTRY.max_bytes:,} bytes, {Kind.REGISTRY.max_life.days} days"),
            ("key request", f"{Kind.KEY_REQUEST.max_bytes:,} bytes, {Kind.KEY_REQUEST.max_life.days} days"),
            ("signatures of a document", f"1 to {_document.MAX_SIGNATURES}"),
            ("open arrays and maps", str(_statement.MAX_DEPTH)),
            ("data items of a payload", f"{_statement.MAX_ITEMS:,}"),
            ("names", f"1 to {_fields.MAX_NAME} bytes of UTF-8"),
            ("address", f"9 to {_fields.MAX_ADDRESS} characters"),
            ("root keys, registry keys", f"1 to {_root.MAX_KEYS} each"),
            (
                "issuers, recognitions, key entries",
                (
                    f"{_registry_document.MAX_ISSUERS:,}, {_registry_document.MAX_RECOGNITIONS} and "
                    f"{_registry_document.MAX_KEYS:,}"
                ),
            ),
            ("keys of an issuer", str(_registry_document.MAX_ISSUER_KEYS)),
            ("colours of a scope", str(_fields.MAX_COLORS)),
            ("links after the pin", str(_state.MAX_CHAIN - 1)),
            ("epochs seen", f"{_state.MAX_EPOCHS:,}"),
            ("date ahead of an update", f"{_statement.MAX_AHEAD:,} s"),
            ("documents of a source", f"{_bundle.DOCUMENT_LIMIT:,}, {_bundle.DOCUMENT_BYTES:,} bytes"),
            ("evidence of a state", f"{_state.MAX_EVIDENCE} documents, {_state.MAX_EVIDENCE_BYTES:,} bytes"),
            ("states no longer recognised", f"{_trust.MAX_LEFT} of an anchor, {_trust.MEMORY // 86_400} days"),
        ],
    )
    def test_limits_of_registries_are_those_of_the_code(self, limit: str, value: str) -> None:
        """The table of limits of registry.md says what the code does."""
        assert f"| {limit} | {value} |" in REGISTRY

    @pytest.mark.parametrize(
        ("limit", "value"),
        [
            ("list", f"{Kind.STATUS_LIST.max_bytes:,} bytes, {Kind.STATUS_LIST.max_life.days} days"),
            ("entries of a list", f"{_status_list.ENTRIES:,}"),
            ("inflated", f"{_status_list.BYTES_PER_BIT:,} bytes for each bit of an entry"),
            ("lists of an issuer, by number", f"{_status_list.MAX_NUMBER + 1:,}"),
            ("lists of an issuer in a state", f"{_held_lists.MAX_ISSUER_LISTS:,}"),
            (
                "bytes of lists: a recognised authority's state, an anchor's own, all recognised by an anchor",
                f"{_trust.MAX_LISTS:,}, {_trust.MAX_OWN_LISTS:,}, {_trust.MAX_ALL_LISTS:,}",
            ),
            ("iats of lists in a state", f"{_held_lists.MAX_PLACES:,}"),
            ("memory of a list", f"{_held_lists.MEMORY:,} s"),
            ("lists of a source", f"{_bundle.LIST_LIMIT:,}, {_bundle.LIST_BYTES:,} bytes"),
            ("grace", f"0 to {int(_verify.MAX_GRACE.total_seconds()):,} s, 0 by default"),
        ],
    )
    def test_limits_of_lists_are_those_of_the_code(self, limit: str, value: str) -> None:
        """The table of limits of status.md says what the code does."""
        assert f"| {limit} | {value} |" in STATUS

    @pytest.mark.parametrize(
        ("limit", "value"),
        [
            (
                "policy, risk map",
                (
                    f"{Kind.POLICY.max_bytes:,} and {Kind.RISK_MAP.max_bytes:,} bytes, "
                    f"{Kind.POLICY.max_life.days} days"
                ),
            ),
            (
                "rules, questions, places, maps of a policy",
                f"{_policy.MAX_RULES}, {_when.MAX_NAMES}, {_when.MAX_NAMES}, {_policy.MAX_MAPS}",
            ),
            ("days", f"1 to {_policy.MAX_DAYS}"),
            ("entries of a map", f"{_risk_map.MAX_ENTRIES:,}"),
            (
                "policies and maps of a state",
                (
                    f"{_held_of_offices.MAX_DOCUMENTS}, {_held_of_offices.MAX_BYTES:,} bytes, "
                    f"{_held_of_offices.MAX_IATS:,} iats"
                ),
            ),
            ("those of all recognised by an anchor", f"{_trust.MAX_ALL_MAPS:,} bytes"),
        ],
    )
    def test_limits_of_policies_are_those_of_the_code(self, limit: str, value: str) -> None:
        """The table of limits of decision.md says what the code does."""
        assert f"| {limit} | {value} |" in DECISION
        assert Kind.POLICY.max_life == Kind.RISK_MAP.max_life

    def test_heads_are_alike(self) -> None:
        """Each file of the set begins with the same edition and date, and with its number."""
        heads = [HEAD.match((SPEC / f"{name}.md").read_text("utf-8")) for name in FILES]
        assert [head and int(head[2]) for head in heads] == list(range(1, len(FILES) + 1))
        (edition,) = {head[1] for head in heads if head}
        number, date = edition.removeprefix("HP1, edition ").split(" · ")
        assert f"| {number} | {date} |" in CONFORMANCE

    def test_the_policy_is_its_source(self) -> None:
        """The policy of section 1 of decision.md is, in CBOR, what its source says."""
        source, told, encoded = re.findall(r"```(?:json|text)\n(.*?)```", DECISION, re.DOTALL)[:3]
        policy = OfficeDocument(
            issuer=IssuerId("CN-33-01.WJW"),
            issued=NOW,
            expires=NOW + timedelta(days=28),
            content=read_policy(source),
        )
        payload = _policy.PAYLOAD.encode(policy)
        assert payload == bytes.fromhex(encoded)
        assert f"{len(payload)} bytes, of which SHA-256 is `{hashlib.sha256(payload).hexdigest()}`" in DECISION
        assert ast.literal_eval(told) == cbor2.loads(payload)

    def test_every_file_stands_in_the_set(self) -> None:
        """The list of the set names each file and each folder of the specification."""
        listed = set(re.findall(r"[(`]([A-Za-z-]+(?:\.md|\.cddl|/))", CONFORMANCE.partition("## 2.")[0]))
        there = {path.name + "/" * path.is_dir() for path in SPEC.iterdir() if not path.name.endswith(".zh.md")}
        assert listed == there

    def test_references_stand_in_one_place(self) -> None:
        """What the rules and the CDDL cite is listed, nothing else is, and there is no other list."""
        listed = CONFORMANCE.partition("## 2. References")[2].partition("## 3.")[0]
        others = [(SPEC / name).read_text("utf-8") for name in ("healthpass.cddl", "tables/README.md")]
        citing = "".join(
            [CREDENTIAL, PRESENTATION, REGISTRY, STATUS, DECISION, CONFORMANCE.replace(listed, ""), *others]
        )
        cited, known = (
            {" ".join(one.split()) for one in re.findall(r"\b(?:RFC|ISO/IEC|ISO|FIPS|GB/T)\s+\d+(?:-\d\b)?", text)}
            for text in (citing, listed)
        )
        assert cited == known
        assert re.findall(r"^## .*References", ALL, re.MULTILINE) == ["## 2. References"]

    def test_an_arrow_leads_to_a_verdict(self) -> None:
        """What stands after an arrow is a verdict or an outcome."""
        words = {
            row[name] for table, name in (("verdicts", "verdict"), ("outcomes", "outcome")) for row in rows(table)
        }
        prose = re.sub(r"```.*?```", "", ALL, flags=re.DOTALL)
        for target in re.findall(r"→\s+(\S+)", prose):
            word = target.strip('`.,;*"')
            assert word in words | {"verdict"}, target

    def test_every_rule_belongs_to_a_class(self) -> None:
        """The table of classes has each rule, once for a class and option, and no other."""
        table = [tuple(row.values()) for row in rows("conformance")]
        assert len(table) == len(set(table))
        assert {rule for *_, rule in table} == set(RULE.findall(ALL))

    def test_classes_are_those_of_the_text(self) -> None:
        """The table of classes has the classes and the options that section 4 describes."""
        described = re.findall(r"^\| [A-Z][a-z ]+ \| `([a-z]+)` \|.*\| (.*)\|$", CONFORMANCE, re.MULTILINE)
        wanted = {(name, option) for name, text in described for option in ("", *re.findall(r"([A-Z]\w+):", text))}
        assert {(row["class"], row["option"].capitalize()) for row in rows("conformance")} == wanted

    def test_tables_of_claims_agree(self) -> None:
        """The claims in the text have the keys, names and rules of the table."""
        for line in (SPEC / "tables" / "claims.csv").read_text("utf-8").splitlines()[1:]:
            _, key, name, *_, rule = line.split(",")
            label = {"health": "health code"}.get(name, name)
            assert re.search(rf"^\| {key} \| {label}[,| ]|\b{label} \({key}\)", ALL, re.MULTILINE), name
            assert rule in RULE.findall(ALL)
