"""Section 12, VER-1: which verdict wins. Each text has two faults or three, of the steps that are named."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

from encode import cbor, head, seal
from topic import EXP, IAT, KEY, STATUS, UNLISTED_KEY, Topic, claims, cnf, green

TOPIC = Topic("precedence")
FULL = claims({8: cnf()}, health={1: 0, 7: STATUS})
GOOD = seal(claims(), KEY)
LATE: dict[str, Any] = {"at": EXP}
EARLY: dict[str, Any] = {"at": IAT - 99}
PAIRS: list[tuple[str, str, str, Any, dict[str, Any]]] = [
    (
        "pre-001",
        "malformed-text",
        "1 before 2: a newline, and a wrong tag.",
        seal(claims(), KEY, start=b"\x84").text + "\n",
        {},
    ),
    (
        "pre-002",
        "malformed-text",
        "1 before 3: lower case, and a key that nobody lists.",
        seal(claims(), UNLISTED_KEY).text.replace("H", "h"),
        {},
    ),
    (
        "pre-003",
        "unsupported-version",
        "1 before 2: version 2, and a byte too many.",
        seal(claims(), KEY, end=b"\0").text.replace("HP1", "HP2"),
        {},
    ),
    (
        "pre-004",
        "malformed-envelope",
        "2 before 3: a byte too many, and a key that nobody lists.",
        seal(claims(), UNLISTED_KEY, end=b"\0"),
        {},
    ),
    (
        "pre-005",
        "malformed-envelope",
        "2 before 4: a longer length, and a bad signature.",
        seal(claims(), KEY, payload_head=head(2, len(cbor(claims())), 2), sign=lambda *_: bytes(64)),
        {},
    ),
    (
        "pre-006",
        "malformed-envelope",
        "2 before 12: algorithm -8, and expired.",
        seal(claims(), KEY, protected=cbor({1: -8, 4: KEY.kid})),
        LATE,
    ),
    (
        "pre-007",
        "unknown-key",
        "3 before 4: a key that nobody lists, and a bad signature.",
        seal(claims(), UNLISTED_KEY, sign=lambda *_: bytes(64)),
        {},
    ),
    (
        "pre-008",
        "unknown-key",
        "3 before 5: a key that nobody lists, and no CBOR.",
        seal(b"\xff" * 24, UNLISTED_KEY),
        {},
    ),
    (
        "pre-009",
        "unknown-key",
        "3 before 12: a key that nobody lists, and expired.",
        seal(claims(), UNLISTED_KEY),
        LATE,
    ),
    (
        "pre-010",
        "bad-signature",
        "4 before 5: a bad signature, and no CBOR.",
        seal(b"\xff" * 24, KEY, sign=lambda *_: bytes(64)),
        {},
    ),
    (
        "pre-011",
        "bad-signature",
        "4 before 6: a bad signature, and no exp.",
        seal(claims(drop=[4]), KEY, aad=b""),
        {},
    ),
    (
        "pre-012",
        "bad-signature",
        "4 before 7: a bad signature, and another issuer's name.",
        seal(claims({1: "CN"}), KEY, aad=b""),
        {},
    ),
    ("pre-013", "bad-signature", "4 before 12: a bad signature, and expired.", seal(claims(), KEY, aad=b""), LATE),
    (
        "pre-014",
        "malformed-payload",
        "5 before 6: false as the color, and no cti.",
        claims(health={1: False}, drop=[7]),
        {},
    ),
    (
        "pre-015",
        "malformed-payload",
        "5 before 6: a byte after the claims, and a critical key.",
        cbor(green({10: 0})) + b"\0",
        {},
    ),
    (
        "pre-016",
        "malformed-payload",
        "5 before 7: null for cnf, and another issuer's name.",
        claims({1: "CN", 8: None}),
        {},
    ),
    ("pre-017", "malformed-payload", "5 before 12: a float in an extension, and expired.", green({32: 1.0}), LATE),
    (
        "pre-018",
        "malformed-claims",
        "6 in itself: the reason is missing, and a critical key is there.",
        claims(health={1: 1, 10: 0}),
        {},
    ),
    (
        "pre-019",
        "malformed-claims",
        "6 in itself: a weak device key, and the color 3.",
        claims({8: cnf(bytes(32))}, health={1: 3}),
        {},
    ),
    (
        "pre-020",
        "malformed-claims",
        "6 in itself: a claim that does not exist, and the color 3.",
        claims({9: 0}, health={1: 3}),
        {},
    ),
    (
        "pre-021",
        "malformed-claims",
        "6 before 7: a cti too short, and another issuer's name.",
        claims({1: "CN", 7: bytes(11)}),
        {},
    ),
    ("pre-022", "malformed-claims", "6 before 12: exp before iat, and over.", claims({4: IAT - 1}), {}),
    (
        "pre-023",
        "unsupported-claim",
        "6 before 7: the color 3, and another issuer's name.",
        claims({1: "CN"}, health={1: 3}),
        {},
    ),
    ("pre-024", "unsupported-claim", "6 before 12: a critical key, and expired.", green({31: 0}), LATE),
    (
        "pre-025",
        "unsupported-claim",
        "6 before 13: the color 3, and a status.",
        claims(health={1: 3, 7: STATUS}),
        {},
    ),
    ("pre-026", "issuer-mismatch", "7 before 12: another issuer's name, and expired.", claims({1: "CN"}), LATE),
    (
        "pre-027",
        "issuer-mismatch",
        "7 before 12: another issuer's name, and not yet valid.",
        claims({1: "CN"}),
        EARLY,
    ),
    (
        "pre-028",
        "issuer-mismatch",
        "7 before 13 and 14: another issuer's name, a status and a device key.",
        claims({1: "CN", 8: cnf()}, health={1: 0, 7: STATUS}),
        {},
    ),
    ("pre-029", "expired", "12 before 13: expired, and a status.", green({7: STATUS}), LATE),
    (
        "pre-030",
        "not-yet-valid",
        "12 before 13: not yet valid, and a status.",
        green({7: STATUS}),
        EARLY,
    ),
    ("pre-031", "expired", "12 before 14: expired, and a device key.", claims({8: cnf()}), LATE),
    ("pre-032", "status-unknown", "13 before 14: a status, and a device key.", FULL, {}),
    (
        "pre-033",
        "malformed-text",
        "1, 2 and 3: a space in front, no tag, and a key that nobody lists.",
        " " + seal(claims(), UNLISTED_KEY, start=b"\x84").text,
        {},
    ),
    (
        "pre-034",
        "unknown-key",
        "3, 4 and 5: a key that nobody lists, a bad signature, and no CBOR.",
        seal(b"\xff" * 24, UNLISTED_KEY, aad=b""),
        {},
    ),
    (
        "pre-035",
        "malformed-payload",
        "5, 6 and 12: 2^53, no cti, and expired.",
        claims({4: 2**53}, drop=[7]),
        LATE,
    ),
    (
        "pre-036",
        "issuer-mismatch",
        "7, 12 and 13: another issuer's name, expired, and a status.",
        claims({1: "CN"}, health={1: 0, 7: STATUS}),
        LATE,
    ),
    ("pre-037", "expired", "12, 13 and 14: expired, a status, and a device key.", FULL, LATE),
    (
        "pre-038",
        "bad-signature",
        "4, 5 and 6 with the bytes of a good signature: the payload was changed into no CBOR.",
        replace(GOOD, cose=GOOD.cose.replace(GOOD.payload, b"\xff" + GOOD.payload[1:])),
        {},
    ),
]
for identifier, verdict, comment, what, options in PAIRS:
    TOPIC.bad(identifier, verdict, "VER-1", f"Step {comment}", what, **options)
