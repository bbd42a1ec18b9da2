"""Section 4: the envelope. What is signed is signed well; only the layout differs."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

from encode import BYTES, Sealed, cbor, head, seal
from topic import AT, DEVICE, EXP, HEALTH, IAT, ISSUER, KEY, STATUS, Topic, claims, cnf, green

TOPIC = Topic("envelope")
GOOD = seal(claims(), KEY)
KID = KEY.kid


def sealed(**knobs: Any) -> Sealed:
    """Seal the plain claims with the envelope changed."""
    return seal(claims(), KEY, **knobs)


def of_size(size: int) -> dict[Any, Any]:
    """Return claims that make a payload of `size` bytes."""
    fill = size - len(cbor(green({32: b""})))
    fill -= len(head(BYTES, fill - 2)) - 1
    return green({32: bytes(fill)})


def cut(data: bytes) -> Sealed:
    """Return a credential of these bytes."""
    return replace(GOOD, cose=data)


TOPIC.good(
    "env-001",
    "ENV-3",
    "The smallest valid credential: a payload of 31 bytes, at the start of the epoch.",
    {1: "CN", 4: 1, 5: 0, 7: bytes(12), HEALTH: {1: 0}},
    at=0,
)
TOPIC.good("env-002", "ENV-3", "A payload of 255 bytes, the last with a head of two bytes.", of_size(255))
TOPIC.good("env-003", "ENV-3", "A payload of 256 bytes, the first with a head of three.", of_size(256))
TOPIC.good("env-004", "ENV-1", "A credential of 1,024 bytes, the longest.", of_size(938))
TOPIC.good(
    "env-005",
    "ENV-2",
    "The typical credential, with every place of the layout filled.",
    green({3: bytes(range(16)), 7: STATUS}),
    waive=["status-unknown"],
)

bad = "malformed-envelope"
TOPIC.bad("env-010", bad, "ENV-1", "A credential of 1,025 bytes with a good signature.", of_size(939), attack=[34])

for identifier, attack, comment, what in [
    ("env-020", 32, "No tag at all.", sealed(start=b"\x84")),
    ("env-021", 32, "Tag 17, COSE_Mac0.", sealed(start=b"\xd1\x84")),
    ("env-022", 32, "Tag 98, COSE_Sign.", sealed(start=b"\xd8\x62\x84")),
    ("env-023", 32, "Tag 61 (CWT) instead of tag 18.", sealed(start=b"\xd8\x3d\x84")),
    ("env-024", 32, "Tag 61 (CWT) around tag 18.", sealed(start=b"\xd8\x3d\xd2\x84")),
    ("env-025", 32, "Tag 18 twice.", sealed(start=b"\xd2\xd2\x84")),
    ("env-026", 32, "Tag 18 in two bytes.", sealed(start=b"\xd8\x12\x84")),
    ("env-027", 32, "Tag 55799, self-described CBOR, in front.", sealed(start=b"\xd9\xd9\xf7\xd2\x84")),
    ("env-028", 34, "An array of five.", sealed(start=b"\xd2\x85", end=b"\x00")),
    ("env-029", 33, "An array of indefinite length.", sealed(start=b"\xd2\x9f", end=b"\xff")),
    (
        "env-030",
        30,
        "Algorithm -8 (EdDSA), for the same signature: COSE libraries would take it.",
        sealed(protected=cbor({1: -8, 4: KID})),
    ),
    (
        "env-031",
        30,
        "Algorithm -7 (ES256): an algorithm is not chosen by the message.",
        sealed(protected=cbor({1: -7, 4: KID})),
    ),
    ("env-032", 30, "Algorithm 0 in place of a signature's.", sealed(protected=cbor({1: 0, 4: KID}))),
    ("env-033", 30, "No algorithm.", sealed(protected=cbor({4: KID}))),
    (
        "env-034",
        30,
        "The algorithm unprotected, where nothing signs it.",
        sealed(protected=cbor({4: KID}), unprotected=cbor({1: -19})),
    ),
    (
        "env-035",
        31,
        "The kid unprotected, where nothing signs it, as in 31 codes of the EU.",
        sealed(protected=cbor({1: -19}), unprotected=cbor({4: KID})),
    ),
    ("env-036", 31, "A second kid in the unprotected header.", sealed(unprotected=cbor({4: DEVICE.kid}))),
    ("env-037", 31, "The same algorithm again in the unprotected header.", sealed(unprotected=cbor({1: -19}))),
    ("env-038", 31, "crit in the protected header.", sealed(protected=cbor({1: -19, 2: [4], 4: KID}))),
    ("env-039", 31, "A content type in the protected header.", sealed(protected=cbor({1: -19, 3: 60, 4: KID}))),
    ("env-040", 31, "A private header beside the two.", sealed(protected=cbor({1: -19, 4: KID, -1: 0}))),
    (
        "env-041",
        31,
        "A header that would bring its own key (x5chain).",
        sealed(protected=cbor({1: -19, 4: KID, 33: b"\0"})),
    ),
    ("env-042", 31, "A kid of 7 bytes.", sealed(kid=KID[:7])),
    ("env-043", 31, "A kid of 9 bytes.", sealed(kid=KID + b"\0")),
    (
        "env-044",
        31,
        "kid before alg: the same header, not in order.",
        sealed(protected=b"\xa2\x04" + cbor(KID) + b"\x01\x32"),
    ),
    ("env-045", 31, "An empty protected header.", sealed(protected=b"")),
    ("env-046", 31, "Anything in the unprotected header, which nobody signs.", sealed(unprotected=cbor({99: 0}))),
    ("env-047", 33, "An unprotected header of indefinite length.", sealed(unprotected=b"\xbf\xff")),
    ("env-048", 30, "The algorithm in a longer form.", sealed(protected=b"\xa2\x01\x38\x12\x04" + cbor(KID))),
    ("env-049", 33, "A signature of 63 bytes.", sealed(signature_head=b"\x58\x3f", sign=lambda *_: bytes(63))),
    ("env-050", 33, "The signature's length in three bytes.", sealed(signature_head=b"\x59\x00\x40")),
    (
        "env-051",
        33,
        "The protected header's length in two bytes.",
        cut(GOOD.cose.replace(b"\x4d\xa2", b"\x58\x0d\xa2")),
    ),
    ("env-052", 33, "A detached payload, null.", cut(GOOD.cose[:17] + b"\xf6" + GOOD.cose[-66:])),
    (
        "env-054",
        31,
        "An empty array in place of the unprotected header: a byte that nobody signs.",
        sealed(unprotected=b"\x80"),
    ),
    ("env-055", 31, "null in place of the unprotected header.", sealed(unprotected=b"\xf6")),
    (
        "env-056",
        33,
        "A payload of 256 bytes as a text string.",
        seal(of_size(256), KEY, payload_head=b"\x79\x01\x00"),
    ),
    (
        "env-057",
        33,
        "The signature as a text string: two more bytes that nobody signs.",
        sealed(signature_head=b"\x78\x40"),
    ),
    ("env-058", 33, "A signature's length of 65 before 64 bytes.", sealed(signature_head=b"\x58\x41")),
    ("env-053", 33, "The payload as a text string.", sealed(payload_head=b"\x78" + GOOD.cose[18:19])),
]:
    TOPIC.bad(identifier, bad, "ENV-2", comment, what, attack=[attack])

size = len(GOOD.payload)
for identifier, attack, comment, what in [
    (
        "env-060",
        46,
        "The length as 59 00 nn: another text for the same credential.",
        sealed(payload_head=head(BYTES, size, 2)),
    ),
    (
        "env-061",
        46,
        "The same attack without a new signature: 58 nn rewritten as 59 00 nn.",
        cut(GOOD.cose[:17] + head(BYTES, size, 2) + GOOD.cose[19:]),
    ),
    ("env-062", 46, "The length in four bytes.", sealed(payload_head=head(BYTES, size, 4))),
    ("env-063", 46, "The length in eight bytes.", sealed(payload_head=head(BYTES, size, 8))),
    (
        "env-064",
        46,
        "255 bytes with a head of three bytes, just below its range.",
        seal(of_size(255), KEY, payload_head=head(BYTES, 255, 2)),
    ),
    ("env-065", 33, "A payload of 23 bytes in its shortest form, 57.", seal(bytes(23), KEY)),
    ("env-066", 33, "A payload of 23 bytes with a length byte.", seal(bytes(23), KEY, payload_head=b"\x58\x17")),
    ("env-067", 33, "An empty payload.", seal(b"", KEY)),
    (
        "env-068",
        33,
        "A payload of indefinite length, in one chunk.",
        sealed(payload_head=b"\x5f" + head(BYTES, size), signature_head=b"\xff\x58\x40"),
    ),
]:
    TOPIC.bad(
        identifier,
        bad,
        "ENV-3.1" if "23 bytes" in comment or "empty" in comment else "ENV-3.2",
        comment,
        what,
        attack=[attack],
    )
TOPIC.bad(
    "env-069",
    "malformed-claims",
    "ENV-3 CLM-1",
    "A payload of 24 bytes, the shortest that has a layout.",
    cbor({7: bytes(21)}),
)

for identifier, attack, comment, what in [
    ("env-070", 35, "A byte after the signature.", sealed(end=b"\0")),
    ("env-071", 35, "Two credentials in one text.", cut(GOOD.cose + GOOD.cose)),
    ("env-072", 34, "The last byte is missing.", cut(GOOD.cose[:-1])),
    ("env-073", 34, "The signature is missing.", cut(GOOD.cose[:-64])),
    ("env-074", 34, "Nothing after the kid.", cut(GOOD.cose[:16])),
    ("env-075", 34, "Nothing after the first byte of the length.", cut(GOOD.cose[:18])),
    ("env-076", 34, "Nothing after the first byte of a length of two.", cut(GOOD.cose[:17] + b"\x59\x01")),
    ("env-077", 34, "One byte alone.", cut(b"\xd2")),
    (
        "env-078",
        34,
        "A length one more than there is.",
        cut(GOOD.cose[:17] + head(BYTES, size + 1) + GOOD.cose[19:]),
    ),
    (
        "env-079",
        34,
        "A length one less than there is.",
        cut(GOOD.cose[:17] + head(BYTES, size - 1) + GOOD.cose[19:]),
    ),
    ("env-080", 34, "A length of 65,535 in a short text.", cut(GOOD.cose[:17] + b"\x59\xff\xff" + GOOD.cose[19:])),
    (
        "env-081",
        34,
        "A length of 2^63 in a short text.",
        cut(GOOD.cose[:17] + head(BYTES, 1 << 63) + GOOD.cose[19:]),
    ),
]:
    TOPIC.bad(identifier, bad, "ENV-4", comment, what, attack=[attack])

status_list = cbor({1: -19, 4: KID, 16: "application/statuslist+cwt"})
listed = cbor({2: "https://example.org/status/3", 6: IAT, 4: EXP, 65533: {1: 1}})
presented = cbor({1: -19, 13: seal(claims({8: cnf()}), KEY).cose})
signature = cbor({1: -19, 4: KID})
registry = cbor([[signature, {}, bytes(64)]])
for identifier, comment, what in [
    (
        "env-090",
        "A status list, which the same issuer may have signed, is no credential.",
        seal(listed, KEY, protected=status_list, aad=b""),
    ),
    (
        "env-091",
        "A presentation under the prefix of a credential.",
        seal({6: AT, 10: bytes(16)}, DEVICE, protected=presented, aad=b"HPP1"),
    ),
    (
        "env-092",
        "A registry, COSE_Sign with signatures of its own.",
        cut(b"\xd8\x62\x84" + cbor(cbor({16: "healthpass-registry"})) + b"\xa0" + cbor(GOOD.payload) + registry),
    ),
    ("env-093", "A key in COSE form is no credential.", cut(cbor({1: 1, -1: 6, -2: KEY.public}))),
]:
    TOPIC.bad(identifier, bad, "ENV-2", comment, what, attack=[37], keys=((ISSUER, KEY), (ISSUER, DEVICE)))
for identifier, comment, body in [
    ("env-100", "A payload of 23 bytes with a head of three bytes.", bytes(23)),
    ("env-101", "A payload of 22 bytes, well-formed, with a head of three bytes.", cbor({7: bytes(19)})),
    ("env-102", "An empty payload with a head of three bytes.", b""),
]:
    what = seal(body, KEY, payload_head=head(BYTES, len(body), 2))
    TOPIC.bad(identifier, bad, "ENV-3.1", comment, what, attack=[33])
