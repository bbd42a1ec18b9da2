"""Section 6: the encoding of the payload. Every payload here has a good signature of a registered issuer."""

from __future__ import annotations

from typing import Any

from encode import BYTES, MAP, NEGATIVE, TAG, TEXT, UINT, Pairs, Raw, cbor, head, wide
from topic import CTI, EXP, HEALTH, IAT, ISSUER, MAX_INT, Topic, claims, cnf, green, swap

TOPIC = Topic("cbor")
GOOD = cbor(claims())
ITEMS = tuple(claims().items())
bad = "malformed-payload"
given: Any


def extension(value: Any) -> dict[Any, Any]:
    """Return claims with an extension, whose content a verifier ignores and whose encoding it does not."""
    return green({32: value})


def raw(text: str) -> Raw:
    """Return an item given in hexadecimal."""
    return Raw(bytes.fromhex(text))


TOPIC.good("cbr-001", "CBR-3", "The largest integer.", extension(MAX_INT))
TOPIC.good("cbr-002", "CBR-3", "The smallest integer.", extension(-MAX_INT))
TOPIC.good(
    "cbr-003", "CBR-3 CBR-5", "The largest integer and the smallest as keys.", green({MAX_INT: 1, -MAX_INT: 2})
)
TOPIC.good(
    "cbr-004",
    "CBR-4",
    "Integers on both sides of every change of length.",
    extension(
        [
            23,
            24,
            255,
            256,
            65535,
            65536,
            2**32 - 1,
            2**32,
            -24,
            -25,
            -256,
            -257,
            -65536,
            -65537,
            -(2**32),
            -(2**32) - 1,
        ]
    ),
)
TOPIC.good(
    "cbr-005",
    "CBR-5",
    "32 (18 20) before -1 (20): bytewise order, not the shorter first.",
    green({-1: 1, 32: 2}),
    attack=[33],
)
TOPIC.good(
    "cbr-006",
    "CBR-5",
    "256 (19 01 00) before -1 (20) before -2 (21) before -300.",
    green({-1: 1, -2: 1, 256: 2, -300: 3}),
)
TOPIC.good(
    "cbr-007",
    "CBR-6",
    "Text in UTF-8 of one to four bytes a character.",
    extension("a\u00e9\u4e2d\U00020000\U0010ffff"),
)
TOPIC.good(
    "cbr-008",
    "CBR-7",
    "Four open arrays and maps: payload, health code, extension, array.",
    extension([[1], {1: 2}, []]),
)
TOPIC.good("cbr-010", "CBR-6", "U+FEFF before a text is a character of it.", extension("\ufeffa"))
TOPIC.good("cbr-009", "CBR-2", "Empty strings, arrays and maps.", extension([b"", "", [], {}]))

for identifier, attack, comment, payload in [
    ("cbr-020", 33, "A byte after the payload's item.", GOOD + b"\0"),
    ("cbr-021", 33, "The payload twice.", GOOD + GOOD),
    ("cbr-022", 33, "An empty map after the payload.", GOOD + b"\xa0"),
    ("cbr-023", 34, "The last value is missing.", b"\xa6" + GOOD[1:]),
    ("cbr-024", 34, "The last byte is missing.", GOOD[:-1]),
    (
        "cbr-025",
        34,
        "A map of 2^63 pairs is announced: no memory for what is not there.",
        head(MAP, 1 << 63) + GOOD[1:],
    ),
    ("cbr-026", 34, "A map of 2^64 - 1 pairs is announced.", head(MAP, (1 << 64) - 1) + GOOD[1:]),
    ("cbr-027", 34, "An array of 2^32 - 1 elements is announced.", b"\x9a\xff\xff\xff\xff" + GOOD[1:]),
    ("cbr-028", 34, "A byte string of 2^63 bytes is announced.", cbor(extension(Raw(head(BYTES, 1 << 63))))),
    (
        "cbr-029",
        34,
        "A text string of 2^63 - 1 bytes is announced.",
        cbor(extension(Raw(head(TEXT, (1 << 63) - 1)))),
    ),
    ("cbr-030", 34, "A string one byte longer than the payload.", cbor(extension(Raw(b"\x42\0")))),
    ("cbr-031", 33, "Additional information 28, which is reserved.", cbor(extension(raw("1c")))),
    ("cbr-032", 33, "Additional information 31 on an integer.", cbor(extension(raw("1f")))),
    ("cbr-033", 33, "A break where a value belongs.", cbor(extension(raw("ff")))),
    ("cbr-034", 33, "24 zero bytes: the first is an item, the others follow it.", bytes(24)),
]:
    TOPIC.bad(identifier, bad, "CBR-1", comment, payload, attack=[attack])

for identifier, comment, given in [
    ("cbr-040", "false as the color: it is 0 in many languages.", green({1: False})),
    ("cbr-041", "true as a value of cnf, where 1 is meant.", claims({8: {1: {1: True, -1: 6, -2: cnf()[1][-2]}}})),
    ("cbr-042", "true as a key, where 1 is meant.", claims(health={raw("f5"): 0, 2: "张*丰"})),
    ("cbr-043", "null for a claim that is absent.", claims({8: None})),
    ("cbr-044", "undefined for a claim that is absent.", claims({8: raw("f7")})),
    ("cbr-045", "0.0 in two bytes as the color.", green({1: raw("f90000")})),
    ("cbr-046", "nbf as a floating-point number, as in 25 codes of the EU.", claims({5: float(IAT)})),
    ("cbr-047", "1.0 as a key.", claims(health={raw("f93c00"): 0, 2: "张*丰"})),
    (
        "cbr-048",
        "1.0 in four bytes in an extension: its content is ignored, not its encoding.",
        extension(raw("fa3f800000")),
    ),
    ("cbr-049", "NaN in an extension.", extension(raw("f97e00"))),
    ("cbr-050", "The simple value 16.", extension(raw("f0"))),
    ("cbr-051", "The simple value 255.", extension(raw("f8ff"))),
    ("cbr-052", "The simple value 20 in two bytes.", extension(raw("f814"))),
    ("cbr-053", "A tag: nbf as a time (tag 1).", claims({5: Raw(b"\xc1" + cbor(IAT))})),
    ("cbr-054", "A bignum (tag 2) for the number 1.", extension(raw("c24101"))),
    ("cbr-055", "A bignum of 2^64.", extension(raw("c249010000000000000000"))),
    ("cbr-056", "A negative bignum (tag 3).", extension(raw("c34101"))),
    ("cbr-057", "Shared references (tags 28 and 29), which can hold a cycle.", extension(raw("d81c81d81d00"))),
    ("cbr-058", "Encoded CBOR (tag 24) in a string.", extension(raw("d8184101"))),
    ("cbr-059", "A tag as a key.", claims(health={Raw(b"\xc1\x01"): 0, 2: "张*丰"})),
]:
    row = 49 if "1.0" in comment or "true" in comment else 33
    TOPIC.bad(identifier, bad, "CBR-2", comment, given, attack=[row])
TOPIC.bad("cbr-060", bad, "CBR-2", "Tag 61 (CWT) around the claims.", head(TAG, 61) + GOOD, attack=[32])
TOPIC.bad(
    "cbr-061",
    bad,
    "CBR-2",
    "Tag 55799 (self-described CBOR) around the claims.",
    head(TAG, 55799) + GOOD,
    attack=[32],
)

for identifier, comment, given in [
    ("cbr-070", "2^53 in an extension: JavaScript cannot tell it from 2^53 + 1.", extension(MAX_INT + 1)),
    ("cbr-071", "-2^53 in an extension.", extension(-MAX_INT - 1)),
    ("cbr-072", "2^64 - 1 in an extension.", extension(2**64 - 1)),
    ("cbr-073", "-2^64, beyond the integers of 64 bits.", extension(-(2**64))),
    ("cbr-074", "2^53 as a key.", green({MAX_INT + 1: 0})),
    ("cbr-075", "-2^53 as a key.", green({-MAX_INT - 1: 0})),
    (
        "cbr-076",
        "exp of 2^53: an integer of the encoding's fault before it is one of the claims.",
        claims({4: MAX_INT + 1}),
    ),
    ("cbr-077", "exp of 2^64 - 1, which is -1 in 64 bits.", claims({4: 2**64 - 1})),
    ("cbr-078", "nbf of -2^63 - 1.", claims({5: -(2**63) - 1})),
]:
    TOPIC.bad(identifier, bad, "CBR-3", comment, given, attack=[39])

for identifier, comment, given in [
    ("cbr-080", "The color 0 in two bytes.", green({1: wide(0, 1)})),
    ("cbr-081", "23 in two bytes.", extension(wide(23, 1))),
    ("cbr-082", "255 in three bytes.", extension(wide(255, 2))),
    ("cbr-083", "65,535 in five bytes.", extension(wide(65535, 4))),
    ("cbr-084", "nbf in nine bytes.", claims({5: wide(IAT, 8)})),
    ("cbr-085", "-1 in two bytes.", extension(wide(-1, 1))),
    ("cbr-086", "A key in two bytes.", swap(GOOD, b"\x02\x67", b"\x18\x02\x67")),
    ("cbr-087", "The key -65537 in nine bytes.", swap(GOOD, cbor(HEALTH), head(NEGATIVE, -1 - HEALTH, 8))),
    ("cbr-088", "The length of iss in a byte of its own.", claims({1: wide(ISSUER, 1)})),
    ("cbr-089", "The length of cti in a byte of its own.", claims({7: wide(CTI, 1)})),
    ("cbr-090", "The length of an array in a byte of its own.", extension(raw("980101"))),
    ("cbr-091", "The length of the claims in a byte of its own.", b"\xb8\x05" + GOOD[1:]),
    ("cbr-092", "The length of the claims in eight bytes.", head(MAP, 5, 8) + GOOD[1:]),
    ("cbr-093", "A text string of indefinite length.", green({2: raw("7f61416142ff")})),
    ("cbr-094", "A byte string of indefinite length.", claims({7: Raw(b"\x5f" + cbor(CTI) + b"\xff")})),
    ("cbr-095", "An array of indefinite length.", extension(raw("9f01ff"))),
    ("cbr-096", "The claims as a map of indefinite length.", b"\xbf" + GOOD[1:] + b"\xff"),
    ("cbr-097", "An empty string of indefinite length.", extension(raw("5fff"))),
    ("cbr-098", "4294967295 in nine bytes.", extension(Raw(head(UINT, 2**32 - 1, 8)))),
]:
    TOPIC.bad(identifier, bad, "CBR-4", comment, given, attack=[33])

reversed_health = Pairs(((2, "张*丰"), (1, 0)))
for identifier, attack, comment, given in [
    ("cbr-100", 33, "The claims in descending order.", cbor(Pairs(ITEMS[::-1]))),
    (
        "cbr-101",
        33,
        "exp and nbf exchanged, as in the order of the alphabet.",
        cbor(Pairs((ITEMS[0], ITEMS[2], ITEMS[1], *ITEMS[3:]))),
    ),
    ("cbr-102", 33, "The health code's keys exchanged.", claims(health=reversed_health)),
    ("cbr-103", 49, "-65537 first: by value, not by encoding.", cbor(Pairs((ITEMS[4], *ITEMS[:4])))),
    (
        "cbr-104",
        49,
        "-1 before 32: the shorter encoding first, the canonical order of RFC 7049.",
        claims(health=Pairs(((1, 0), (-1, 1), (32, 2)))),
    ),
    (
        "cbr-105",
        49,
        "-2 before -1: ascending by value, descending by encoding.",
        claims(health=Pairs(((1, 0), (-2, 1), (-1, 2)))),
    ),
    ("cbr-106", 33, "Unsorted keys in an extension.", extension(Pairs(((2, 0), (1, 0))))),
    ("cbr-107", 33, "Unsorted keys in cnf.", claims({8: {1: Pairs(((-1, 6), (1, 1), (-2, cnf()[1][-2])))}})),
    (
        "cbr-110",
        33,
        "exp twice: decoders keep the first or the last.",
        cbor(Pairs((*ITEMS[:2], (4, EXP + 1), *ITEMS[2:]))),
    ),
    ("cbr-111", 33, "exp twice with the same value.", cbor(Pairs((*ITEMS[:2], ITEMS[1], *ITEMS[2:])))),
    ("cbr-112", 33, "The color twice, red and green.", claims(health=Pairs(((1, 2), (1, 0), (2, "张*丰"))))),
    ("cbr-113", 33, "The health code twice.", cbor(Pairs((*ITEMS, (HEALTH, {1: 0}))))),
    ("cbr-114", 33, "A key twice in an extension.", extension(Pairs(((1, 0), (1, 0))))),
    ("cbr-120", 33, "A text key among the claims.", cbor(Pairs((*ITEMS, ("iss", ISSUER))))),
    ("cbr-121", 33, "A byte string as a key.", claims(health=Pairs(((1, 0), (b"\x01", 0))))),
    ("cbr-122", 33, "A text key in an extension.", extension(Pairs((("a", 0),)))),
    ("cbr-123", 33, "An array as a key.", extension(Raw(b"\xa1\x80\x00"))),
]:
    TOPIC.bad(identifier, bad, "CBR-5", comment, given, attack=[attack])

for identifier, comment, data in [
    ("cbr-130", "The byte ff.", "61ff"),
    ("cbr-131", "A continuation byte alone.", "6180"),
    ("cbr-132", "A character cut short.", "62e5bc"),
    ("cbr-133", "NUL in two bytes, an overlong form.", "62c080"),
    ("cbr-134", "/ in three bytes, an overlong form.", "63e080af"),
    ("cbr-135", "A surrogate, U+D800.", "63eda080"),
    ("cbr-136", "A pair of surrogates, as CESU-8 has them.", "66eda080edb080"),
    ("cbr-137", "U+110000, beyond Unicode.", "64f4908080"),
    ("cbr-138", "A lead byte f8 of the old five-byte form.", "65f888808080"),
    ("cbr-139", "The last surrogate, U+DFFF.", "63edbfbf"),
]:
    TOPIC.bad(identifier, bad, "CBR-6", f"{comment} In the holder.", green({2: raw(data)}), attack=[33, 38])
TOPIC.bad(
    "cbr-140",
    bad,
    "CBR-6",
    "A surrogate in an extension that nobody reads.",
    extension(raw("63eda080")),
    attack=[33],
)

TOPIC.bad(
    "cbr-141",
    "malformed-claims",
    "CBR-6 CLM-2",
    "U+FEFF before iss, which decoders drop as a byte order mark: it is a character, and no letter.",
    claims({1: "\ufeff" + ISSUER}),
    attack=[38],
)

for identifier, comment, given in [
    ("cbr-150", "Three arrays in an extension: five are open at once.", extension([[[]]])),
    ("cbr-151", "A map in a map in a map in an extension.", extension({1: {1: {}}})),
    ("cbr-152", "An array in an evidence entry: the fifth.", green({6: [[5, []]]})),
    ("cbr-153", "A hundred arrays.", extension(Raw(b"\x81" * 100 + b"\0"))),
    ("cbr-154", "Eight hundred arrays in place of the claims.", b"\x81" * 800 + b"\0"),
    ("cbr-155", "A map in an entry of evidence.", green({6: [[5, {}]]})),
]:
    TOPIC.bad(identifier, bad, "CBR-7 VER-11", comment, given, attack=[34])

# A key that compares as an integer, alone in its map: no order gives it away.
for identifier, comment, given in [
    ("cbr-160", "true as the only key: in many languages it is 1.", claims(health={raw("f5"): 0})),
    ("cbr-161", "1.0 in eight bytes as the only key.", claims(health={raw("fb3ff0000000000000"): 0})),
    ("cbr-162", "true as a key within an extension.", extension({raw("f5"): 0})),
]:
    TOPIC.bad(identifier, bad, "CBR-2 CBR-5", comment, given, attack=[49])
