"""Section 7 of presentation.md: the showing against clock, nonce and memory, and the credential inside."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from encode import seal
from topic import (
    AT,
    EXP,
    GREEN,
    IAT,
    ISSUER,
    KEY,
    NONCE,
    OTHER_KEY,
    SECOND_KEY,
    STATUS,
    UNLISTED_KEY,
    Json,
    Topic,
    bound,
    claims,
    present,
)

if TYPE_CHECKING:
    from showing import Shown

TOPIC = Topic("presentation-judging")
ASKED: dict[str, Any] = {"nonce": NONCE.hex()}
BARE = ["presentation-required"]
ALL = ["status-unknown", "presentation-required", "registry-stale", "clock-suspect"]
options: Any
showing: Any
mismatch, stale = "presentation-mismatch", "presentation-stale"


def seen(*shown: Shown | str, at: int = AT) -> list[Json]:
    """Return a gate's memory of what it let pass."""
    return [{"text": one if isinstance(one, str) else one.text, "at": at} for one in shown]


# The clock.
for identifier, comment, iat, options in [
    ("pjd-001", "60 seconds ago, the oldest.", AT - 60, {}),
    ("pjd-002", "30 seconds ahead, the newest.", AT + 30, {}),
    ("pjd-003", "60 seconds ago: the skew is the credential's, and 0.", AT - 60, {"skew": 0}),
    ("pjd-004", "30 seconds ahead: the skew is the credential's, and 0.", AT + 30, {"skew": 0}),
    (
        "pjd-005",
        "60 seconds ago in the credential's first second: the two iat are not compared.",
        IAT - 60,
        {"at": IAT},
    ),
    (
        "pjd-006",
        "30 seconds ahead in the credential's last second: iat is not held against exp.",
        EXP + 29,
        {"at": EXP - 1},
    ),
]:
    TOPIC.shown(identifier, "PRS-8", comment, {6: iat}, attack=[41], **options)
for identifier, comment, iat, options in [
    ("pjd-010", "61 seconds ago.", AT - 61, {}),
    ("pjd-011", "31 seconds ahead.", AT + 31, {}),
    ("pjd-012", "A screenshot of two minutes ago.", AT - 120, {}),
    ("pjd-013", "A device whose clock is two minutes fast.", AT + 120, {}),
    ("pjd-014", "A screenshot of an hour ago.", AT - 3600, {}),
    ("pjd-015", "Made in advance, for tomorrow.", AT + 86400, {}),
    ("pjd-016", "61 seconds ago: the skew of the credential is not the showing's.", AT - 61, {"skew": 300}),
    ("pjd-017", "31 seconds ahead: the skew of the credential is not the showing's.", AT + 31, {"skew": 300}),
    ("pjd-018", "A device whose clock was never set.", 86400, {}),
    ("pjd-019", "The last iat there is.", 253_370_764_799, {}),
]:
    TOPIC.bad(identifier, stale, "PRS-8", comment, present({6: iat}), attack=[41], **options)
TOPIC.bad(
    "pjd-020",
    stale,
    "PRS-8 PRS-7",
    "61 seconds ago, with the nonce that was asked for.",
    present({6: AT - 61, 10: NONCE}),
    attack=[41],
    **ASKED,
)
TOPIC.bad(
    "pjd-021",
    stale,
    "PRS-8 VER-8",
    "Every waiver there is makes nothing fresh.",
    present({6: AT - 61}),
    attack=[41],
    waive=ALL,
)

# The nonce.
nonces = [
    ("pjd-030", "The nonce that was asked for.", NONCE),
    ("pjd-031", "A nonce of 8 bytes.", NONCE[:8]),
    ("pjd-032", "A nonce of 64 bytes.", NONCE * 4),
]
for identifier, comment, nonce in nonces:
    TOPIC.shown(identifier, "PRS-7", comment, {6: AT, 10: nonce}, attack=[51], nonce=nonce.hex())
for identifier, attack, comment, showing, asked in [
    ("pjd-040", 51, "The gate asks, and the presentation carries none.", {6: AT}, NONCE),
    ("pjd-041", 41, "The nonce of another gate.", {6: AT, 10: NONCE}, NONCE[::-1]),
    ("pjd-042", 41, "A nonce that nobody here asked for.", {6: AT, 10: NONCE}, None),
    ("pjd-043", 41, "The last bit differs.", {6: AT, 10: NONCE}, NONCE[:-1] + b"\xce"),
    ("pjd-044", 41, "The first 8 bytes of the nonce.", {6: AT, 10: NONCE[:8]}, NONCE),
    ("pjd-045", 41, "The nonce and a byte more.", {6: AT, 10: NONCE + b"\0"}, NONCE),
    ("pjd-046", 41, "The last 8 bytes of the nonce.", {6: AT, 10: NONCE[8:]}, NONCE),
    ("pjd-047", 41, "Zeros in place of the nonce.", {6: AT, 10: bytes(16)}, NONCE),
    ("pjd-048", 51, "The nonce in the place of the opening.", {6: AT, -65538: NONCE}, NONCE),
]:
    options = {} if asked is None else {"nonce": asked.hex()}
    TOPIC.bad(identifier, mismatch, "PRS-7", comment, present(showing), attack=[attack], **options)
TOPIC.bad(
    "pjd-049",
    mismatch,
    "PRS-7 VER-8",
    "Every waiver there is answers no challenge.",
    present(),
    attack=[51],
    waive=ALL,
    **ASKED,
)
TOPIC.bad(
    "pjd-050",
    "presentation-required",
    "PRS-7 VER-7",
    "The gate asks, and a bound code is shown bare.",
    bound(),
    attack=[41, 51],
    **ASKED,
)
TOPIC.good("pjd-051", "PRS-7 VER-7", "The gate asks, and a bearer code has no presentation.", claims(), **ASKED)
TOPIC.good(
    "pjd-052",
    "PRS-7 VER-8",
    "The gate asks, and a bound code is shown bare, which is waived.",
    bound(),
    waive=BARE,
    **ASKED,
)

# The memory.
before = present({6: AT - 30})
TOPIC.shown("pjd-060", "PRS-9", "A memory of nothing.", {6: AT}, seen=[])
TOPIC.shown(
    "pjd-061",
    "PRS-9",
    "The device's presentation of 30 seconds ago: this is a new one.",
    {6: AT},
    attack=[41],
    seen=seen(before, at=AT - 30),
)
TOPIC.shown(
    "pjd-062",
    "PRS-9",
    "The same second with an opening: another presentation.",
    {6: AT, -65538: bytes(16)},
    seen=seen(present()),
)
TOPIC.good(
    "pjd-063",
    "PRS-9 VER-7",
    "A bearer code for the second time: the memory is of presentations.",
    claims(),
    seen=seen(seal(claims(), KEY).text),
)
for identifier, comment, what, memory, options in [
    ("pjd-070", "For the second time in the same second.", present(), seen(present()), {}),
    (
        "pjd-071",
        "For the second time, 30 seconds later: the next in the queue photographed it.",
        before,
        seen(before, at=AT - 30),
        {},
    ),
    (
        "pjd-072",
        "For the second time, with the nonce that was asked for.",
        present({6: AT, 10: NONCE}),
        seen(present({6: AT, 10: NONCE}), at=AT - 20),
        ASKED,
    ),
    (
        "pjd-073",
        "For the second time, with others between.",
        before,
        [*seen(before, at=AT - 30), *seen(present(), present({6: AT - 1}))],
        {},
    ),
    (
        "pjd-074",
        "89 seconds later: 29 ahead of the clock the first time, 60 behind it now.",
        present({6: AT - 60}),
        seen(present({6: AT - 60}), at=AT - 89),
        {},
    ),
    (
        "pjd-075",
        "90 seconds later: 30 ahead of the clock the first time, 60 behind it now, and never twice.",
        present({6: AT - 60}),
        seen(present({6: AT - 60}), at=AT - 90),
        {},
    ),
    (
        "pjd-076",
        "For the second time; every waiver there is forgets nothing.",
        present(),
        seen(present()),
        {"waive": ALL},
    ),
    (
        "pjd-079",
        "For the second time, and the gate's clock went back by 20 seconds between.",
        present(),
        seen(present(), at=AT + 20),
        {},
    ),
    (
        "pjd-078",
        "For the second time, 30 seconds later: one of 91 seconds ago is forgotten, and no other.",
        before,
        [*seen(present({6: AT - 91}), at=AT - 91), *seen(before, at=AT - 30)],
        {},
    ),
]:
    TOPIC.bad(identifier, stale, "PRS-9", comment, what, attack=[41], seen=memory, **options)
TOPIC.bad(
    "pjd-077",
    stale,
    "PRS-8 PRS-9",
    "91 seconds later: the memory may have forgotten it, and its iat is too old.",
    present({6: AT - 61}),
    attack=[41],
    seen=seen(present({6: AT - 61}), at=AT - 91),
)
TOPIC.bad(
    "pjd-069",
    stale,
    "PRS-9.4",
    "For the second time, with seven others of the same credential between: a memory holds 8 of one, or more.",
    before,
    attack=[41],
    seen=[
        *seen(before, at=AT - 30),
        *seen(*(present({6: AT - second}) for second in range(29, 22, -1)), at=AT - 20),
    ],
)

# The credential inside, shown well.
full = bound(health={**GREEN, 7: STATUS})
TOPIC.shown("pjd-080", "VER-6 VER-8", "The status is waived.", {6: AT}, given=full, waive=["status-unknown"])
TOPIC.shown(
    "pjd-081", "VER-8", "Everything that can be waived is, and nothing would have struck.", {6: AT}, waive=ALL
)
TOPIC.shown(
    "pjd-082",
    "VER-8",
    "Everything that can be waived is: the status alone would have struck.",
    {6: AT},
    given=full,
    waive=ALL,
)
TOPIC.shown(
    "pjd-083",
    "VER-4",
    "The second of two keys of an issuer.",
    {6: AT},
    signer=SECOND_KEY,
    keys=((ISSUER, KEY), (ISSUER, SECOND_KEY)),
)
TOPIC.bad(
    "pjd-084",
    "presentation-mismatch",
    "PRS-7",
    "A bearer code, wrapped by some device.",
    present(credential=seal(claims(), KEY)),
    attack=[41],
)
TOPIC.bad(
    "pjd-085",
    "presentation-mismatch",
    "PRS-7",
    "A bearer code, wrapped by its issuer's key.",
    present(credential=seal(claims(), KEY), key=KEY),
    attack=[41],
)
TOPIC.bad(
    "pjd-086",
    "presentation-mismatch",
    "PRS-7 VER-8",
    "A bearer code, wrapped; every waiver there is binds it to nothing.",
    present(credential=seal(claims(), KEY)),
    attack=[41],
    waive=ALL,
)

early: dict[str, Any] = {"at": IAT - 61}
for identifier, verdict, clause, comment, credential, options in [
    ("pjd-090", "unknown-key", "VER-2", "A key that nobody lists.", seal(bound(), UNLISTED_KEY), {}),
    ("pjd-091", "bad-signature", "SIG-5.4", "A bad signature.", seal(bound(), KEY, aad=b""), {}),
    ("pjd-092", "malformed-payload", "CBR-2", "A floating-point number.", seal(bound({5: float(IAT)}), KEY), {}),
    ("pjd-093", "malformed-claims", "CLM-4", "A cti of 11 bytes.", seal(bound({7: bytes(11)}), KEY), {}),
    ("pjd-094", "unsupported-claim", "HLT-2", "A critical key.", seal(bound(health={1: 0, 10: 0}), KEY), {}),
    (
        "pjd-095",
        "issuer-mismatch",
        "VER-4",
        "Another issuer's key.",
        seal(bound(), OTHER_KEY),
        {"keys": (("CN-31.WJW", OTHER_KEY),)},
    ),
    ("pjd-096", "not-yet-valid", "VER-5", "61 seconds before its iat.", seal(bound(), KEY), early),
    ("pjd-097", "expired", "VER-5", "At its exp.", seal(bound(), KEY), {"at": EXP}),
    ("pjd-098", "status-unknown", "VER-6", "A status.", seal(full, KEY), {}),
    (
        "pjd-099",
        "status-unknown",
        "VER-8",
        "A status; the presentation is waived, which is here.",
        seal(full, KEY),
        {"waive": BARE},
    ),
    (
        "pjd-100",
        "expired",
        "VER-8",
        "At its exp; every waiver there is.",
        seal(bound(), KEY),
        {"at": EXP, "waive": ALL},
    ),
    (
        "pjd-101",
        "status-unknown",
        "VER-9",
        "A status; the answer carries no opening.",
        seal(full, KEY),
        {"showing": {-65538: bytes(16)}},
    ),
]:
    showing = {6: options.get("at", AT), **options.pop("showing", {})}
    what = present(showing, credential=credential)
    TOPIC.bad(identifier, verdict, clause, f"Inside a good presentation: {comment}", what, **options)
