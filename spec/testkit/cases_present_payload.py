"""Section 5 of presentation.md, PRS-4: the payload of a presentation. Every one here is signed by the device."""

from __future__ import annotations

from typing import Any

from encode import NEGATIVE, TAG, Pairs, Raw, cbor, head, seal, wide
from topic import AT, KEY, MAX_INT, MAX_TIME, NONCE, OPENING, Topic, bound, green, present

TOPIC = Topic("presentation-payload")
OPEN = -65538
SHOWING: dict[Any, Any] = {6: AT, 10: NONCE}
GOOD = cbor(SHOWING)
ASKED: dict[str, Any] = {"nonce": NONCE.hex()}
TIME = cbor(AT)
given: Any
showing: Any


def raw(text: str) -> Raw:
    """Return an item given in hexadecimal."""
    return Raw(bytes.fromhex(text))


def between(first: int, last: int) -> dict[Any, Any]:
    """Return the claims of a bound credential of another time."""
    return bound({5: first, 4: last})


# What is good.
TOPIC.shown("ppl-001", "PRS-4", "iat alone.", {6: AT})
for identifier, comment, showing in [
    ("ppl-002", "A nonce of 8 bytes, the shortest.", {6: AT, 10: NONCE[:8]}),
    ("ppl-003", "A nonce of 64 bytes, the longest.", {6: AT, 10: NONCE * 4}),
    ("ppl-004", "A nonce of zeros: chance is the gate's duty.", {6: AT, 10: bytes(16)}),
]:
    TOPIC.shown(identifier, "PRS-4", comment, showing, nonce=showing[10].hex())
bind = green({3: bytes.fromhex("2e2f5a736a01b25cec85c62b78465cba")})[-65537]
TOPIC.shown(
    "ppl-005",
    "PRS-4 PRS-10",
    "The opening of the binding: the result tells it.",
    {6: AT, OPEN: OPENING},
    given=bound(health=bind),
)
TOPIC.shown(
    "ppl-006", "PRS-4 PRS-10", "Every key at once.", {**SHOWING, OPEN: OPENING}, given=bound(health=bind), **ASKED
)
TOPIC.shown(
    "ppl-007",
    "PRS-10",
    "An opening beside a credential without binding: it opens nothing, and is told.",
    {6: AT, OPEN: OPENING},
)
TOPIC.shown("ppl-008", "PRS-4", "The last iat of four bytes.", {6: 2**32 - 1}, given=between(AT, 2**33), at=2**32)
TOPIC.shown("ppl-009", "PRS-4", "The first iat of eight bytes.", {6: 2**32}, given=between(AT, 2**33), at=2**32)
TOPIC.shown(
    "ppl-010", "PRS-4", "The last iat there is.", {6: MAX_TIME}, given=between(AT, MAX_TIME), at=MAX_TIME - 1
)
TOPIC.shown(
    "ppl-011",
    "PRS-4 PRS-2",
    "The first iat there is, 0: with a nonce it has a layout.",
    {6: 0, 10: NONCE},
    given=between(0, AT),
    at=0,
    **ASKED,
)


def bad(identifier: str, clause: str, attack: int, comment: str, what: Any, **options: Any) -> None:
    """Add a payload that is refused; the gate has asked for the nonce if one is there."""
    payload = what.data if isinstance(what, Raw) else what if isinstance(what, bytes) else cbor(what)
    if not 7 <= len(payload) <= 255:  # noqa: PLR2004 - PRS-2
        raise ValueError(f"{identifier}: {len(payload)} bytes have no layout")
    asked = ASKED if NONCE in payload else {}
    TOPIC.bad(
        identifier, "malformed-payload", clause, comment, present(payload), attack=[attack], **asked, **options
    )


# The claims.
for identifier, attack, comment, given in [
    ("ppl-020", 31, "An unknown key, 7.", {6: AT, 7: 0}),
    ("ppl-021", 31, "An unknown key, 0.", {0: 0, 6: AT}),
    ("ppl-022", 31, "An expiry, which a showing does not have.", {4: AT + 60, 6: AT}),
    ("ppl-023", 31, "An audience, which a showing does not have.", {3: "gate", 6: AT}),
    ("ppl-024", 31, "A private key, -1.", {6: AT, -1: 0}),
    ("ppl-025", 31, "A health code beside the credential's.", {6: AT, -65537: {1: 0}}),
    ("ppl-026", 31, "An unknown key, -65539.", {6: AT, -65539: OPENING}),
    ("ppl-027", 31, "iat is missing: a presentation for ever.", {10: NONCE}),
    ("ppl-028", 31, "A claims set of nothing known.", {11: NONCE}),
    ("ppl-029", 39, "iat is a floating-point number.", {6: float(AT)}),
    ("ppl-030", 39, "iat is negative.", {6: -AT}),
    ("ppl-057", 39, "iat is -1, a second before 1970.", {6: -1, 10: NONCE}),
    ("ppl-031", 39, "iat is 2^53 - 1.", {6: MAX_INT}),
    ("ppl-032", 39, "iat is 2^53.", {6: MAX_INT + 1}),
    ("ppl-033", 39, "iat is 2^64 - 1.", {6: 2**64 - 1}),
    ("ppl-056", 39, "iat is in milliseconds, and so beyond the year 9999.", {6: AT * 1000}),
    ("ppl-034", 39, "iat is text.", {6: str(AT)}),
    ("ppl-035", 39, "iat is a byte string.", {6: AT.to_bytes(4, "big")}),
    ("ppl-036", 39, "iat is a tagged time (tag 1).", {6: Raw(b"\xc1" + TIME)}),
    ("ppl-037", 39, "iat is null, and there is a nonce.", {6: None, 10: NONCE}),
    ("ppl-038", 39, "iat is an array.", {6: [AT]}),
    ("ppl-039", 39, "iat is true.", {6: True, 10: NONCE}),
    ("ppl-040", 31, "A nonce of 7 bytes.", {6: AT, 10: NONCE[:7]}),
    ("ppl-041", 31, "A nonce of 65 bytes.", {6: AT, 10: NONCE * 4 + b"\0"}),
    ("ppl-042", 31, "An empty nonce.", {6: AT, 10: b""}),
    ("ppl-043", 31, "The nonce is text.", {6: AT, 10: NONCE.hex()}),
    ("ppl-044", 31, "The nonce is a number.", {6: AT, 10: 2**52}),
    ("ppl-045", 31, "Two nonces in an array, as RFC 9711 has them.", {6: AT, 10: [NONCE, NONCE]}),
    ("ppl-046", 31, "The nonce is null.", {6: AT, 10: None}),
    ("ppl-047", 31, "An opening of 15 bytes.", {6: AT, OPEN: OPENING[:15]}),
    ("ppl-048", 31, "An opening of 17 bytes.", {6: AT, OPEN: OPENING + b"\0"}),
    ("ppl-049", 31, "An empty opening.", {6: AT, OPEN: b""}),
    ("ppl-050", 31, "The opening is text.", {6: AT, OPEN: "0123456789abcdef"}),
    ("ppl-051", 31, "The opening is null.", {6: AT, OPEN: None}),
    ("ppl-052", 31, "The claims in an array.", [{6: AT}]),
    ("ppl-053", 31, "An array of the values.", [AT, NONCE]),
    ("ppl-054", 31, "The claims in a byte string.", cbor(GOOD)),
]:
    bad(identifier, "PRS-4", attack, comment, given)
TOPIC.bad(
    "ppl-055",
    "malformed-payload",
    "PRS-4 CLM-3",
    "An iat of the year 9999, two seconds from now: times end before.",
    present({6: MAX_TIME + 1}, credential=seal(between(AT, MAX_TIME), KEY)),
    at=MAX_TIME - 1,
    attack=[39],
)

# The encoding.
last, bomb = (10, NONCE), head(4, 1 << 63)
for identifier, rule, attack, comment, given in [
    ("ppl-060", "CBR-1", 33, "A byte after the claims.", GOOD + b"\0"),
    ("ppl-061", "CBR-1", 33, "The claims twice.", GOOD + GOOD),
    ("ppl-062", "CBR-1", 34, "The last byte is missing.", b"\xa2" + cbor({6: AT})[1:] + b"\x0a\x48" + NONCE[:7]),
    ("ppl-063", "CBR-1", 34, "A value is missing.", b"\xa2" + cbor({6: AT})[1:]),
    ("ppl-064", "CBR-1", 34, "A map of 2^64 - 1 pairs is announced.", head(5, (1 << 64) - 1) + GOOD[1:]),
    ("ppl-065", "CBR-1", 34, "An array of 2^63 elements is announced.", {6: AT, 10: Raw(bomb)}),
    ("ppl-066", "CBR-1", 34, "A nonce of 2^63 bytes is announced.", {6: AT, 10: Raw(head(2, 1 << 63))}),
    ("ppl-067", "CBR-1", 33, "No CBOR at all.", b"\xff" * 7),
    ("ppl-068", "CBR-1", 33, "Seven zero bytes: one item, and six that follow.", bytes(7)),
    ("ppl-069", "CBR-2", 32, "Tag 61 (CWT) around the claims.", head(TAG, 61) + GOOD),
    ("ppl-070", "CBR-2", 33, "A nonce in a tag.", {6: AT, 10: Raw(b"\xd8\x18" + cbor(NONCE))}),
    ("ppl-071", "CBR-2", 49, "6.0 as the key of iat.", Raw(b"\xa1\xf9\x46\x00" + TIME)),
    ("ppl-072", "CBR-4", 33, "The number of claims in a byte of its own.", b"\xb8\x02" + GOOD[1:]),
    ("ppl-073", "CBR-4", 33, "The key of iat in two bytes.", Raw(b"\xa1\x18\x06" + TIME)),
    ("ppl-074", "CBR-4", 33, "iat in nine bytes.", {6: wide(AT, 8)}),
    ("ppl-075", "CBR-4", 33, "The nonce's length in a byte of its own.", {6: AT, 10: wide(NONCE, 1)}),
    (
        "ppl-076",
        "CBR-4",
        33,
        "The key of the opening in nine bytes.",
        Pairs(((6, AT), (Raw(head(NEGATIVE, 65537, 8)), OPENING))),
    ),
    ("ppl-077", "CBR-4", 33, "The claims as a map of indefinite length.", b"\xbf" + GOOD[1:] + b"\xff"),
    ("ppl-078", "CBR-4", 33, "A nonce of indefinite length.", {6: AT, 10: Raw(b"\x5f" + cbor(NONCE) + b"\xff")}),
    ("ppl-079", "CBR-5", 33, "The nonce before iat.", Pairs((last, (6, AT)))),
    ("ppl-080", "CBR-5", 49, "The opening first: by value, not by encoding.", Pairs(((OPEN, OPENING), (6, AT)))),
    ("ppl-081", "CBR-5", 33, "iat twice: decoders keep the first or the last.", Pairs(((6, AT - 99), (6, AT)))),
    ("ppl-082", "CBR-5", 33, "The nonce twice.", Pairs(((6, AT), (10, NONCE[::-1]), last))),
    ("ppl-083", "CBR-5", 33, "A text key.", Pairs(((6, AT), ("nonce", NONCE)))),
    ("ppl-084", "CBR-6", 33, "A surrogate in a claim that is not known.", {6: AT, 11: raw("63eda080")}),
    ("ppl-085", "CBR-7", 34, "Two hundred arrays.", b"\x81" * 200 + b"\0"),
]:
    bad(identifier, f"PRS-4 {rule}", attack, comment, given)
