"""DOC-7 to DOC-11 of registry.md: the encoding and the claims of documents, shown on well signed registries."""

from __future__ import annotations

from typing import Any

from documents import (
    CONTENT,
    DAY,
    DROP,
    ENVIRONMENT,
    EPOCH,
    OFFICE,
    SH_ROOT,
    SIGNED,
    VERSION,
    ZHEJIANG,
    changed,
    entry,
    issuer,
    names,
    recognition,
    registry,
)
from encode import Pairs, Raw, cbor, wide
from topic import ISSUER, KEY, MAX_TIME, Topic
from worlds import LEAN, update, valid, world

TOPIC = Topic("registry-document")
Z = ZHEJIANG
CLAIMS: dict[int, Any] = {
    1: Z.id,
    4: SIGNED + 31 * DAY,
    6: SIGNED,
    ENVIRONMENT: "production",
    EPOCH: 1,
    VERSION: 1,
}
INNER: dict[int, Any] = {1: names(), 2: [OFFICE]}
WHOLE = {**CLAIMS, CONTENT: INNER}
identifier: str
clause: str
comment: str
changes: Any
payload: Any


def ill(identifier: str, outcome: str, clause: str, comment: str, attack: list[int], **knobs: Any) -> None:
    """Add a store that holds a root and refuses a registry."""
    document = registry(Z, OFFICE, **knobs)
    steps = (*LEAN, update(document, told=[f"0 CN-33 {outcome}"]))
    world(TOPIC, identifier, clause, comment, *steps, attack=attack)


def fine(identifier: str, clause: str, comment: str, attack: list[int], **knobs: Any) -> None:
    """Add a store that holds a root, takes a registry, and judges a code by it."""
    world(TOPIC, identifier, clause, comment, *LEAN, update(registry(Z, OFFICE, **knobs)), valid(), attack=attack)


# DOC-7
nested: Any = 0
for _ in range(6):
    nested = [nested]
fine(
    "rgd-001",
    "DOC-7",
    "8 arrays and maps are open at once: the claims, the content, and 6 more.",
    [34],
    content={32: nested},
)
unsorted = Pairs(tuple(sorted(WHOLE.items(), key=lambda item: cbor(item[0]), reverse=True)))
twice = Pairs(((1, Z.id), *sorted(WHOLE.items(), key=lambda item: cbor(item[0]))))
whole = cbor(WHOLE)
for identifier, comment, rows, payload in [
    ("rgd-002", "9 arrays and maps are open at once.", [34], {CONTENT: {**INNER, 32: [nested]}}),
    ("rgd-003", "A byte after the claims.", [33], whole + b"\0"),
    ("rgd-004", "Two claims sets.", [33], whole + whole),
    ("rgd-005", "The last byte is missing.", [33], whole[:-1]),
    ("rgd-006", "The claims in descending order.", [33], cbor(unsorted)),
    ("rgd-007", "iss twice.", [33], cbor(twice)),
    ("rgd-008", "The version as 1.0.", [33], {VERSION: 1.0}),
    ("rgd-009", "The version as true.", [33], {VERSION: True}),
    ("rgd-010", "The version in more bytes than it needs.", [33], {VERSION: wide(1, 2)}),
    ("rgd-018", "The version in 8 bytes.", [33], {VERSION: wide(1, 8)}),
    ("rgd-019", "-2^53 in an ignored key.", [33], {32: -(2**53)}),
    ("rgd-102", "A byte string that says it is longer than what is left.", [33], {CONTENT: Raw(b"\x44\0")}),
    ("rgd-011", "The version is 2^53.", [5, 33], {VERSION: 2**53}),
    ("rgd-012", "null in an ignored key.", [33], {32: None}),
    ("rgd-013", "A tag in an ignored key.", [33], {32: Raw(b"\xc1\x00")}),
    ("rgd-014", "A map of indefinite length in an ignored key.", [33], {32: Raw(b"\xbf\xff")}),
    ("rgd-015", "Text that is no UTF-8.", [33], {1: Raw(b"\x65CN-3\xff")}),
    ("rgd-016", "A text key.", [33], {32: {"a": 1}}),
    ("rgd-017", "An array that says it has 2^32 - 1 entries.", [6, 34], {32: Raw(b"\x9a\xff\xff\xff\xff")}),
]:  # fmt: skip
    data = payload if isinstance(payload, bytes) else cbor(changed(WHOLE, payload))
    ill(identifier, "malformed-payload", "DOC-7", comment, rows, payload=data)

# DOC-8
for identifier, comment, changes in [
    ("rgd-020", "0 among the claims.", {"claims": {0: 1}}),
    ("rgd-021", "5, nbf, among the claims.", {"claims": {5: 1}}),
    ("rgd-022", "31 among the claims.", {"claims": {31: 1}}),
    ("rgd-023", "5 in the content.", {"content": {5: 1}}),
    ("rgd-024", "3 in the names.", {"content": {1: {**names(), 3: "x"}}}),
    ("rgd-025", "6 in an issuer.", {"content": {2: [{**OFFICE, 6: 0}]}}),
    ("rgd-026", "8 in a key entry.", {"content": {2: [issuer(ISSUER, entry(KEY, changes={8: 0}))]}}),
    ("rgd-027", "5 in a scope.", {"content": {2: [issuer(ISSUER, entry(KEY, scope={5: 1}))]}}),
    ("rgd-028", "8 in a recognition.", {"content": {3: [recognition(SH_ROOT, changes={8: 0})]}}),
    ("rgd-029", "0 in the scope of a recognition.", {"content": {3: [recognition(SH_ROOT, scope={0: 1})]}}),
]:
    ill(identifier, "unsupported-document", "DOC-8", f"A key that nobody defined: {comment}", [15], **changes)
for identifier, comment, changes in [
    ("rgd-030", "-1 among the claims.", {"claims": {-1: 0}}),
    ("rgd-031", "-65543 among the claims.", {"claims": {-65543: 0}}),
    ("rgd-032", "-1 in the content.", {"content": {-1: 0}}),
    ("rgd-033", "-1 in an issuer.", {"content": {2: [{**OFFICE, -1: 0}]}}),
    ("rgd-034", "-1 in a scope.", {"content": {2: [issuer(ISSUER, entry(KEY, scope={-1: 0}))]}}),
]:
    ill(identifier, "malformed-document", "DOC-8", f"A key that nobody defined: {comment}", [15], **changes)
spare = {32: 0, 99: [{}, "x", {-1: {0: b""}}], 2**53 - 1: b""}
flat = {32: 0, 2**53 - 1: b""}
everywhere = issuer(
    ISSUER, entry(KEY, scope={1: [0], 2: DAY, 3: DAY, 4: DAY, **flat}, changes=flat), changes=spare
)
recognised = recognition(SH_ROOT, changes=spare)
fine("rgd-035", "DOC-8", "Keys from 32 up among the claims are ignored, whatever they hold.", [15], claims=spare)
fine(
    "rgd-036",
    "DOC-8",
    "Keys from 32 up in every map are ignored.",
    [15],
    content={**spare, 1: {**names(), **spare}, 2: [everywhere], 3: [recognised]},
)
fault = {5: 0, 1: DROP}
ill("rgd-037", "malformed-document", "DOC-8", "A critical key, and no names: that fault wins.", [], content=fault)
both = {"content": {5: 0}, "environment": "test"}
ill("rgd-038", "unsupported-document", "DOC-8", "A critical key, and of a test: the first wins.", [], **both)

# DOC-9
for identifier, comment, changes in [
    ("rgd-040", "No iss.", {1: DROP}),
    ("rgd-041", "No exp.", {4: DROP}),
    ("rgd-042", "No iat.", {6: DROP}),
    ("rgd-043", "No environment.", {ENVIRONMENT: DROP}),
    ("rgd-044", "No epoch.", {EPOCH: DROP}),
    ("rgd-045", "No version.", {VERSION: DROP}),
    ("rgd-046", "No content.", {CONTENT: DROP}),
    ("rgd-047", "iss as bytes.", {1: b"CN-33"}),
    ("rgd-048", "iss is no region id.", {1: "CN-330"}),
    ("rgd-049", "iss is an issuer id.", {1: "CN-33.WJW"}),
    ("rgd-050", "Epoch 0.", {EPOCH: 0}),
    ("rgd-051", "Version 0.", {VERSION: 0}),
    ("rgd-052", "Version -1.", {VERSION: -1}),
    ("rgd-053", "Version as text.", {VERSION: "1"}),
    ("rgd-054", "A negative iat.", {6: -1}),
    ("rgd-055", "exp is no time any more.", {4: MAX_TIME + 1}),
    ("rgd-063", "exp is no time any more, and iat is one.", {4: MAX_TIME + 1, 6: MAX_TIME}),
    ("rgd-056", "exp is iat.", {4: SIGNED}),
    ("rgd-057", "exp before iat.", {4: SIGNED - 1}),
    ("rgd-058", "A life of 31 days and a second.", {4: SIGNED + 31 * DAY + 1}),
    ("rgd-059", "The content as an array.", {CONTENT: [names()]}),
    ("rgd-060", "The environment as bytes.", {ENVIRONMENT: b"production"}),
]:
    ill(identifier, "malformed-document", "DOC-9", comment, [2] if "life" in comment else [], claims=changes)
ill(
    "rgd-064",
    "malformed-document",
    "DOC-9 REG-2",
    "iss is an issuer id, in a registry without issuers.",
    [12],
    claims={1: "CN-33.WJW"},
    content={2: DROP},
)
ill("rgd-061", "malformed-document", "DOC-9.1", "The claims as an array.", [], payload=cbor([CLAIMS]))
ill(
    "rgd-065",
    "malformed-document",
    "DOC-9 DOC-7",
    "The payload is a text.",
    [],
    payload=cbor("no map, but a text of one line"),
)
ill("rgd-066", "malformed-document", "DOC-9.1 DOC-7", "The payload is a byte string.", [], payload=cbor(bytes(30)))
fine("rgd-062", "DOC-9.3", "A life of 31 days.", [], exp=SIGNED + 31 * DAY)

# DOC-10
for identifier, comment, environment in [
    ("rgd-070", "Of a test.", "test"),
    ("rgd-071", "The environment in capitals.", "PRODUCTION"),
    ("rgd-072", "The environment with a space after it.", "production "),
    ("rgd-073", "Another environment whose name starts the same.", "production-2"),
    ("rgd-074", "An empty environment.", ""),
]:
    ill(identifier, "wrong-environment", "DOC-10", comment, [19], environment=environment)

# DOC-11
face = issuer(ISSUER, entry(KEY), changes={2: {1: "", 2: "x"}})
for identifier, comment, given in [
    ("rgd-080", "An empty name.", names("", "x")),
    ("rgd-081", "No Chinese name.", {2: "x"}),
    ("rgd-082", "No English name.", {1: "x"}),
    ("rgd-083", "A name of 129 bytes.", names("x", "x" * 129)),
    ("rgd-084", "A name of 43 characters, which are 129 bytes.", names("省" * 43)),
    ("rgd-085", "A name that turns the text round.", names("x", "abc\u202edef")),
    ("rgd-086", "A name with a line break.", names("x", "a\nb")),
    ("rgd-087", "A name with a zero-width space.", names("浙\u200b江")),
    ("rgd-088", "A name as bytes.", {1: "x", 2: b"x"}),
]:
    rows = [38] if "b" in str(given) and identifier in {"rgd-085", "rgd-086", "rgd-087"} else []
    ill(identifier, "malformed-document", "DOC-11.1", comment, rows, content={1: given})
ill("rgd-089", "malformed-document", "DOC-11.1", "An empty name of an issuer.", [], content={2: [face]})
fine("rgd-103", "DOC-11.1", "Names of 1 byte.", [], content={1: names("x", "y")})
fine("rgd-090", "DOC-11.1", "Names of 128 bytes.", [], content={1: names("省" * 42 + "xx", "x" * 128)})
fine(
    "rgd-091",
    "DOC-11",
    "A middle dot that issuers must not write into labels stands in a name.",
    [],
    content={1: names("浙江", "A\u2027B")},
)
longest = "https://" + "!~" * 124
for identifier, comment, address in [
    ("rgd-092", "An address of 8 characters.", "tel:1234"),
    ("rgd-093", "An address of 257 characters.", longest + "x"),
    ("rgd-094", "An address that starts with http://.", "http://wjw.zj.gov.cn"),
    ("rgd-095", "An address with a space.", "mailto:a b@example.cn"),
    ("rgd-096", "An address with a Chinese character.", "https://浙江.example"),
    ("rgd-097", "An address that runs a program.", "javascript:alert(1)"),
    ("rgd-098", "An address in capitals.", "HTTPS://EXAMPLE.CN"),
    ("rgd-099", "An address as bytes.", b"tel:12320"),
]:
    appeal = issuer(ISSUER, entry(KEY), changes={3: address})
    ill(identifier, "malformed-document", "DOC-11.2 REG-1", comment, [], content={2: [appeal]})
for identifier, comment, address in [
    ("rgd-100", "An address of 256 characters.", longest),
    ("rgd-101", "An address for mail.", "mailto:12345@wjw.example.cn"),
]:
    appeal = issuer(ISSUER, entry(KEY), changes={3: address})
    fine(identifier, "DOC-11.2", comment, [], content={2: [appeal]})
