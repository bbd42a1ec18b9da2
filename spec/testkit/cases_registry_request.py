"""Section 5 of registry.md: key requests."""

from __future__ import annotations

from typing import Any

from documents import (
    CONTENT,
    DAY,
    DROP,
    ENVIRONMENT,
    EPOCH,
    FROM,
    FULL,
    ROOT,
    VERSION,
    ZHEJIANG,
    ZJ_1,
    ZJ_ROOT,
    Document,
    Hand,
    protected,
    request,
    root,
)
from ed25519 import TORSION, compress
from encode import Key, head
from topic import AT, IAT, ISSUER, KEY, MAX_TIME, SECOND_KEY, Json, Topic, table

TOPIC = Topic("registry-request")
PUBLISHED = bytes.fromhex(table("published-keys")[0]["public_key"])
identifier: str
clause: str
comment: str
knobs: Any
what: Any
inputs: Any


def ask(
    identifier: str,
    clause: str,
    comment: str,
    document: Document | bytes,
    answer: str | Json,
    *attack: int,
    **inputs: Any,
) -> None:
    """Add a request, and what an authority makes of it: a word where it is refused."""
    data = document if isinstance(document, bytes) else document.data
    expect = {"outcome": answer} if isinstance(answer, str) else {"accepted": True, **answer}
    given = {"document": data.hex(), "authority": "CN-33", "environment": "production", "at": AT} | inputs
    layers = {"layers": [document.layers()]} if identifier == "rgq-001" and isinstance(document, Document) else {}
    TOPIC.add("request", identifier, clause, attack, comment, **given, expect=expect, **layers)


def accepted(use: int = 1, issuer: str = ISSUER, key: Key = KEY) -> Json:
    """Return what is told of a request that is accepted."""
    return {"issuer": issuer, "public_key": key.public.hex(), "use": use}


GOOD = request()
LAST = GOOD.signatures[0][2]
padding = 4096 - len(request(content={32: bytes(3000)}).data) + 3000
ask("rgq-001", "REQ-1 REQ-2 REQ-4", "A request of an office of Hangzhou, to Zhejiang.", GOOD, accepted())
ask("rgq-002", "REQ-1 KEY-3", "A key for status lists.", request(use=2), accepted(2))
ask("rgq-003", "REQ-1 KEY-3", "A use that is not assigned.", request(use=77), accepted(77))
ask("rgq-004", "REQ-1", "The region itself as the issuer.", request(office="CN-33"), accepted(issuer="CN-33"))
ask("rgq-005", "REQ-1", "No scope.", request(content={6: DROP}), accepted())
ask(
    "rgq-006",
    "DOC-8",
    "Keys from 32 up are ignored.",
    request(claims={32: 0}, content={99: {-1: b""}}),
    accepted(),
)
ask("rgq-007", "DOC-1", "4,096 bytes.", request(content={32: bytes(padding)}), accepted())
ask("rgq-008", "REQ-4 UPD-4", "Dated a day ahead.", request(iat=AT + DAY), accepted(), 25)
ask("rgq-009", "DOC-9 REQ-4", "A life of 31 days, in its last second.", GOOD, accepted(), at=IAT + 31 * DAY - 1)
ask("rgq-010", "REQ-4 DOC-10", "A request for a test, in a test.", request(environment="test"), accepted(), 19,
    environment="test")  # fmt: skip

# Envelope
ask("rgq-020", "DOC-1 REQ-3", "4,097 bytes.", request(content={32: bytes(padding + 1)}), "too-large", 6)
ask("rgq-021", "DOC-1", "A root.", ZJ_ROOT, "unsupported-kind", 37)
ask("rgq-022", "DOC-1", "A registry.", ZJ_1, "unsupported-kind", 37)
wide = root(ZHEJIANG, content={32: bytes(4000 + 5000 - len(root(ZHEJIANG, content={32: bytes(4000)}).data))})
ask("rgq-099", "DOC-1 REQ-3", "A root of 5,000 bytes: the limit is that of a root, whoever reads it.", wide,
    "unsupported-kind", 6, 37)  # fmt: skip
for identifier, clause, comment, what in [
    ("rgq-023", "DOC-2.4", "A byte after the signature.", GOOD.data + b"\0"),
    ("rgq-024", "DOC-2.4", "The last byte is missing.", GOOD.data[:-1]),
    ("rgq-025", "DOC-2.4", "Nothing.", b""),
    (
        "rgq-026",
        "DOC-2",
        "The payload's length in 4 bytes.",
        request(payload_head=head(2, len(GOOD.payload), 4)).data,
    ),
    ("rgq-027", "DOC-2.4", "Two requests.", GOOD.data * 2),
    ("rgq-029", "DOC-2.3", "A payload of 23 bytes.", request(payload=bytes(23)).data),
    ("rgq-028", "DOC-3 REQ-2", "The signature twice.", request(by=[KEY, KEY]).data),
    (
        "rgq-100",
        "DOC-1 DOC-2",
        "A root and a byte after it: the layout comes before the kind.",
        ZJ_ROOT.data + b"\0",
    ),
    ("rgq-101", "DOC-1 DOC-2", "A root whose last byte is missing.", ZJ_ROOT.data[:-1]),
]:
    ask(identifier, clause, comment, what, "malformed-envelope")

# Payload
for identifier, clause, comment, what in [
    ("rgq-030", "DOC-7.1", "A payload that is no CBOR.", request(payload=b"\xff" * 24)),
    ("rgq-031", "DOC-7.1", "A byte after the claims.", request(payload=GOOD.payload + b"\0")),
    ("rgq-032", "DOC-7.1", "A float.", request(content={32: 1.5})),
]:
    ask(identifier, clause, comment, what, "malformed-payload", 33)
given: list[tuple[str, str, tuple[int, ...], str, dict[str, Any]]] = [
    ("rgq-040", "DOC-9.1", (), "An epoch.", {"claims": {EPOCH: 1}}),
    ("rgq-041", "DOC-9.1", (), "A version.", {"claims": {VERSION: 1}}),
    ("rgq-042", "DOC-9.1", (), "No environment.", {"claims": {ENVIRONMENT: DROP}}),
    ("rgq-043", "DOC-9.3", (), "A life of 31 days and a second.", {"exp": IAT + 31 * DAY + 1}),
    ("rgq-044", "DOC-9.2", (), "exp is iat.", {"exp": IAT}),
    ("rgq-045", "DOC-9.1", (), "The content as an array.", {"claims": {CONTENT: []}}),
    ("rgq-050", "REQ-1", (12,), "An office of another region.", {"office": "CN-31.WJW"}),
    ("rgq-051", "REQ-1", (12,), "An office of the region above.", {"office": "CN.WJW"}),
    ("rgq-052", "REQ-1", (12,), "CN-330 is no region.", {"office": "CN-330.WJW"}),
    ("rgq-053", "REQ-1", (16,), "The identity as the key.",
     {"content": {1: {1: 1, -1: 6, -2: compress(TORSION[0])}}}),
    ("rgq-054", "REQ-1", (16,), "A key of order 8.", {"content": {1: {1: 1, -1: 6, -2: compress(TORSION[1])}}}),
    ("rgq-055", "REQ-1", (16,), "A key that is published.", {"content": {1: {1: 1, -1: 6, -2: PUBLISHED}}}),
    ("rgq-056", "REQ-1 KEY-1", (10,), "A COSE_Key with a kid.",
     {"content": {1: {1: 1, 2: KEY.kid, -1: 6, -2: KEY.public}}}),
    ("rgq-057", "REQ-1", (), "The key as bytes.", {"content": {1: KEY.public}}),
    ("rgq-058", "REQ-1", (), "No key.", {"content": {1: DROP}}),
    ("rgq-059", "REQ-1", (), "No authority.", {"content": {2: DROP}}),
    ("rgq-060", "REQ-1", (), "An office as the authority.", {"authority": "CN-33.WJW"}),
    ("rgq-061", "REQ-1", (20,), "No use.", {"content": {3: DROP}}),
    ("rgq-062", "REQ-1", (20,), "A use as text.", {"content": {3: "credential"}}),
    ("rgq-063", "REQ-1", (), "until is from.", {"content": {5: FROM}}),
    ("rgq-067", "REQ-1", (), "from before all time.", {"content": {4: -1}}),
    ("rgq-064", "REQ-1", (), "until is no time any more.", {"content": {5: MAX_TIME + 1}}),
    ("rgq-065", "REQ-1", (21,), "A scope with colors in descending order.", {"content": {6: {**FULL, 1: [1, 0]}}}),
    ("rgq-066", "DOC-8", (15,), "A negative key that nobody defined.", {"content": {-1: 0}}),
]  # fmt: skip
for identifier, clause, rows, comment, knobs in given:
    ask(identifier, clause, comment, request(**knobs), "malformed-document", *rows)
for identifier, comment, knobs in [
    ("rgq-070", "A critical key in the content.", {"content": {7: 0}}),
    ("rgq-071", "A critical key in the scope.", {"content": {6: {**FULL, 5: 0}}}),
    ("rgq-072", "A cti.", {"claims": {7: bytes(12)}}),
]:
    ask(identifier, "DOC-8", comment, request(**knobs), "unsupported-document", 15)

# REQ-2
flipped = LAST[:-1] + bytes([LAST[-1] ^ 1])
for identifier, clause, comment, knobs in [
    ("rgq-080", "REQ-2", "Another key has signed.", {"by": [SECOND_KEY]}),
    ("rgq-081", "REQ-2", "Another key has signed under the kid.", {"by": [Hand(SECOND_KEY, kid=KEY.kid)]}),
    ("rgq-082", "REQ-2", "The key has signed under another kid.", {"by": [Hand(KEY, kid=SECOND_KEY.kid)]}),
    ("rgq-083", "REQ-2", "The key and another one have signed.", {"by": [KEY, SECOND_KEY]}),
    ("rgq-084", "REQ-2 REQ-3", "One bit of the signature is another.", {"by": [Hand(KEY, signature=flipped)]}),
    ("rgq-085", "REQ-2 DOC-4", "Signed as a root.", {"aad": ROOT, "signed_header": protected(ROOT)}),
    ("rgq-086", "REQ-2 DOC-4", "Signed as a credential would be.", {"aad": "HP1", "context": "Signature1"}),
]:
    ask(identifier, clause, comment, request(**knobs), "bad-signature", *([37] if "as a" in comment else []))
forged: Any = {"by": [Hand(KEY, signature=bytes(64))]}
ask("rgq-103", "REQ-2 DOC-7", "Two signatures, and a payload that is no CBOR: a request is decoded first.",
    request(payload=b"\xff" * 24, by=[KEY, SECOND_KEY]), "malformed-payload", 33)  # fmt: skip
ask("rgq-105", "REQ-2 REQ-1", "A critical key, and another key has signed.",
    request(content={7: 0}, by=[SECOND_KEY]), "unsupported-document", 15)  # fmt: skip
ask("rgq-087", "REQ-2 REQ-3", "A bad signature, and another authority: who has not signed is told nothing else.",
    request(authority="CN", **forged), "bad-signature")  # fmt: skip

# REQ-4
for identifier, comment, what, inputs, outcome in [
    ("rgq-090", "A request to another authority.", request(office="CN-31.WJW", authority="CN-31"), {},
     "wrong-authority"),
    ("rgq-091", "A request to the region above.", request(authority="CN"), {}, "wrong-authority"),
    ("rgq-092", "A request to the city.", request(authority="CN-33-01"), {}, "wrong-authority"),
    ("rgq-093", "A request for a test.", request(environment="test"), {}, "wrong-environment"),
    ("rgq-094", "A request for production, in a test.", GOOD, {"environment": "test"}, "wrong-environment"),
    ("rgq-095", "At exp.", GOOD, {"at": IAT + 31 * DAY}, "request-expired"),
    ("rgq-096", "A year later.", GOOD, {"at": IAT + 365 * DAY}, "request-expired"),
    ("rgq-102", "Another authority, and for a test.", request(authority="CN", environment="test"), {},
     "wrong-authority"),
    ("rgq-104", "For a test, and dated ahead.", request(environment="test", iat=AT + 2 * DAY), {},
     "wrong-environment"),
    ("rgq-097", "Dated a day and a second ahead.", request(iat=AT + DAY + 1), {}, "dated-ahead"),
]:  # fmt: skip
    rows = {"wrong-environment": (19,), "dated-ahead": (25,), "wrong-authority": (29,)}.get(outcome, ())
    ask(
        identifier, "REQ-4 UPD-4" if outcome == "dated-ahead" else "REQ-4", comment, what, outcome, *rows, **inputs
    )
short = request(SECOND_KEY, office="CN-33-02.WJW")
ask("rgq-098", "REQ-2 REQ-4", "Another office, another key.", short,
    accepted(issuer="CN-33-02.WJW", key=SECOND_KEY))  # fmt: skip
