"""Section 7 of presentation.md: which verdict wins. Each presentation has two faults or three."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from cases_present_judging import ASKED, seen
from encode import seal
from topic import (
    AT,
    EXP,
    GREEN,
    IAT,
    KEY,
    NONCE,
    STATUS,
    UNLISTED_KEY,
    Topic,
    bound,
    claims,
    cnf,
    present,
)

if TYPE_CHECKING:
    from showing import Shown

TOPIC = Topic("presentation-precedence")
OLD = {6: AT - 3600}
UNKNOWN = {6: AT, 7: 0}
LATE: dict[str, Any] = {"at": EXP}
NO_KEY, BEARER = seal(bound(), UNLISTED_KEY), seal(claims(), KEY)
FORGED, WEAK = seal(bound(), KEY, aad=b""), seal(bound({8: cnf(bytes(32))}), KEY)
ELSEWHERE, CRITICAL = seal(bound({1: "CN"}), KEY), seal(bound(health={1: 0, 10: 0}), KEY)
FULL = seal(bound(health={**GREEN, 7: STATUS}), KEY)
mismatch, stale = "presentation-mismatch", "presentation-stale"


def foreign(showing: Any = None, **knobs: Any) -> Shown:
    """Show a credential with another device's key."""
    return present(showing, key=UNLISTED_KEY, **knobs)


PAIRS: list[tuple[str, str, str, Shown | str, dict[str, Any]]] = [
    (
        "ppr-001",
        "malformed-text",
        "1 before 2: a newline, and a byte too many.",
        present(end=b"\0").text + "\n",
        {},
    ),
    ("ppr-002", "malformed-text", "1 before 14: a newline, and an hour old.", present(OLD).text + "\n", {}),
    (
        "ppr-003",
        "unsupported-version",
        "1 before 2: version 2, and a byte too many.",
        present(end=b"\0").text.replace("HPP1", "HPP2"),
        {},
    ),
    (
        "ppr-004",
        "malformed-envelope",
        "2 before 3: a byte too many, and a key that nobody lists.",
        present(credential=NO_KEY, end=b"\0"),
        {},
    ),
    (
        "ppr-005",
        "malformed-envelope",
        "2 before 3: a byte too many inside, and a key that nobody lists.",
        present(credential=seal(bound(), UNLISTED_KEY, end=b"\0")),
        {},
    ),
    (
        "ppr-006",
        "malformed-envelope",
        "2 before 12: a longer head, and expired.",
        present({6: EXP}, payload_head=b"\x58\x07"),
        LATE,
    ),
    (
        "ppr-007",
        "malformed-envelope",
        "2 before 14: a byte too many, and a bearer code inside.",
        present(credential=BEARER, end=b"\0"),
        {},
    ),
    (
        "ppr-008",
        "malformed-envelope",
        "2 before 14: a payload of 6 bytes, and another device.",
        foreign(b"\xa1\x06\x44\0\0\0"),
        {},
    ),
    (
        "ppr-009",
        "unknown-key",
        "3 before 14: a key that nobody lists, and another device.",
        foreign(credential=NO_KEY),
        {},
    ),
    (
        "ppr-010",
        "unknown-key",
        "3 before 14: a key that nobody lists, and an hour old.",
        present(OLD, credential=NO_KEY),
        {},
    ),
    (
        "ppr-011",
        "bad-signature",
        "4 before 14: a forged credential, and an unknown key in the showing.",
        present(UNKNOWN, credential=FORGED),
        {},
    ),
    (
        "ppr-012",
        "bad-signature",
        "4 before 14: a forged bearer code.",
        present(credential=seal(claims(), KEY, aad=b"")),
        {},
    ),
    (
        "ppr-013",
        "bad-signature",
        "4 before 14: a forged credential, and an hour old.",
        present(OLD, credential=FORGED),
        {},
    ),
    (
        "ppr-014",
        "malformed-payload",
        "5 before 14: no CBOR inside, and so no device key.",
        present(credential=seal(b"\xff" * 24, KEY)),
        {},
    ),
    (
        "ppr-015",
        "malformed-claims",
        "6 before 14: a weak device key, and its signature.",
        foreign(credential=WEAK),
        {},
    ),
    (
        "ppr-016",
        "unsupported-claim",
        "6 before 14: a critical key, and no nonce.",
        present(credential=CRITICAL),
        ASKED,
    ),
    (
        "ppr-017",
        "issuer-mismatch",
        "7 before 14: another issuer's name, and an hour old.",
        present(OLD, credential=ELSEWHERE),
        {},
    ),
    (
        "ppr-018",
        "issuer-mismatch",
        "7 before 14: another issuer's name, and another device.",
        foreign(credential=ELSEWHERE),
        {},
    ),
    ("ppr-019", "expired", "12 before 14: expired, and an hour old.", present({6: EXP - 3600}), LATE),
    ("ppr-020", "expired", "12 before 14: expired, and another device.", foreign({6: EXP}), LATE),
    (
        "ppr-021",
        "expired",
        "12 before 14: an expired bearer code inside.",
        present({6: EXP}, credential=BEARER),
        LATE,
    ),
    (
        "ppr-022",
        "not-yet-valid",
        "12 before 14: not yet valid, and no nonce.",
        present({6: IAT - 99}),
        {"at": IAT - 99, **ASKED},
    ),
    ("ppr-023", "status-unknown", "13 before 14: a status, and another device.", foreign(credential=FULL), {}),
    ("ppr-024", "status-unknown", "13 before 14: a status, and an hour old.", present(OLD, credential=FULL), {}),
    (
        "ppr-025",
        "status-unknown",
        "13 before 14: a status, and the second time.",
        present(credential=FULL),
        {"seen": seen(present())},
    ),
    (
        "ppr-026",
        stale,
        "13 waived, then 14: an hour old.",
        present(OLD, credential=FULL),
        {"waive": ["status-unknown"]},
    ),
    (
        "ppr-030",
        mismatch,
        "14, 1 before 3: a bearer code, and an unknown key in the showing.",
        present(UNKNOWN, credential=BEARER),
        {},
    ),
    (
        "ppr-031",
        mismatch,
        "14, 1 before 3: a bearer code, and no CBOR.",
        foreign(b"\xff" * 7, credential=BEARER),
        {},
    ),
    ("ppr-032", mismatch, "14, 1 before 5: a bearer code, and an hour old.", present(OLD, credential=BEARER), {}),
    ("ppr-033", "bad-signature", "14, 2 before 3: another device, and an unknown key.", foreign(UNKNOWN), {}),
    ("ppr-034", "bad-signature", "14, 2 before 3: another device, and no CBOR.", foreign(b"\xff" * 7), {}),
    ("ppr-035", "bad-signature", "14, 2 before 4: another device, and no nonce.", foreign(), ASKED),
    ("ppr-036", "bad-signature", "14, 2 before 5: another device, and an hour old.", foreign(OLD), {}),
    ("ppr-037", "malformed-payload", "14, 3 before 4: an unknown key, and no nonce.", present(UNKNOWN), ASKED),
    (
        "ppr-038",
        "malformed-payload",
        "14, 3 before 4: a nonce of 7 bytes that nobody asked for.",
        present({6: AT, 10: NONCE[:7]}),
        {},
    ),
    (
        "ppr-039",
        "malformed-payload",
        "14, 3 before 5: an unknown key, and an hour old.",
        present({**OLD, 7: 0}),
        {},
    ),
    ("ppr-040", mismatch, "14, 4 before 5: no nonce, and an hour old.", present(OLD), ASKED),
    (
        "ppr-041",
        mismatch,
        "14, 4 before 5: a nonce that nobody asked for, and an hour old.",
        present({**OLD, 10: NONCE}),
        {},
    ),
    (
        "ppr-042",
        mismatch,
        "14, 4 before 5: another gate's nonce, an hour ahead.",
        present({6: AT + 3600, 10: NONCE[::-1]}),
        ASKED,
    ),
    ("ppr-043", "bad-signature", "14, 2, 3, 4 and 5: everything at once.", foreign({**OLD, 7: 0, 10: NONCE}), {}),
]
for identifier, verdict, comment, what, options in PAIRS:
    TOPIC.bad(identifier, verdict, "VER-1", f"Step {comment}", what, **options)
