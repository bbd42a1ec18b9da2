"""Section 5: signatures that verifiers disagree on, and everything else that is signed wrongly."""

from __future__ import annotations

import hashlib
from dataclasses import replace
from typing import Any

import ed25519
from ed25519 import IDENTITY, TORSION, P, compress
from encode import Sealed, Signer, seal
from topic import IAT, ISSUER, KEY, OTHER_KEY, SECOND_KEY, UNLISTED_KEY, Topic, claims, cnf

TOPIC = Topic("signature")
GOOD = seal(claims(), KEY)
IDENTITY_PLUS_P = (P + 1).to_bytes(32, "little")
IDENTITY_MINUS_ZERO = (1 + (1 << 255)).to_bytes(32, "little")

bad = "bad-signature"
knobs: Any


def ill(**knobs: Any) -> Signer:
    """Return a signer with one of the knobs of `ed25519.sign`."""
    return lambda seed, message: ed25519.sign(seed, message, **knobs)


def signed(sign: Signer) -> Sealed:
    """Seal the plain claims with another signer."""
    return seal(claims(), KEY, sign=sign)


def flipped(byte: int, bit: int) -> Sealed:
    """Return the good credential with one bit changed."""
    cose = bytearray(GOOD.cose)
    cose[byte] ^= 1 << bit
    return replace(GOOD, cose=bytes(cose))


def part(sealed: Sealed) -> str:
    """Return the part of SIG-5 that a signature under KEY breaks first."""
    if sealed.cose[:-66] != GOOD.cose[:-66]:
        return "SIG-5.4"
    return f"SIG-5.{ed25519.broken(KEY.public, GOOD.to_be_signed, sealed.cose[-64:])}"


TOPIC.good("sig-001", "SIG-4 SIG-5 SIG-7", "The plain credential: every layer is given.", claims())
TOPIC.good("sig-002", "SIG-5", "Another key, with the sign bit of x the other way.", claims(), signer=SECOND_KEY)

for identifier, attack, comment, sign in [
    ("sig-010", [36], "S + L: the same signature to a verifier that reduces S, so a second text.", ill(add_l=1)),
    ("sig-011", [36], "S + 8 L: its highest bits are set, but it is the same number modulo L.", ill(add_l=8)),
    (
        "sig-012",
        [36, 48],
        "R is the identity and S = k a: the plain equation holds, and WebCrypto accepts.",
        ill(nonce=0),
    ),
    ("sig-013", [36, 48], "R is the identity, written as y = p + 1.", ill(nonce=0, encoded_r=IDENTITY_PLUS_P)),
    (
        "sig-014",
        [36, 48],
        "R is the identity, written with the sign of zero.",
        ill(nonce=0, encoded_r=IDENTITY_MINUS_ZERO),
    ),
    (
        "sig-015",
        [36, 48],
        "R has order 2: only the equation with the cofactor holds.",
        ill(nonce=0, plus=TORSION[4]),
    ),
    (
        "sig-016",
        [36, 48],
        "R has order 4: only the equation with the cofactor holds.",
        ill(nonce=0, plus=TORSION[2]),
    ),
    (
        "sig-017",
        [36, 48],
        "R has order 8: only the equation with the cofactor holds.",
        ill(nonce=0, plus=TORSION[1]),
    ),
    (
        "sig-018",
        [36],
        "R is a good point plus one of order 8: only the equation with the cofactor holds.",
        ill(plus=TORSION[1]),
    ),
    (
        "sig-019",
        [36],
        "R is a good point plus one of order 2: only the equation with the cofactor holds.",
        ill(plus=TORSION[4]),
    ),
]:
    sealed = signed(sign)
    TOPIC.bad(identifier, bad, part(sealed), comment, sealed, attack=attack)
    if not ed25519.accepts_leniently(KEY.public, sealed.to_be_signed, sealed.signature):
        raise AssertionError(f"{identifier}: a lenient verifier is to accept it, or it shows nothing")

y_of_no_point = (2).to_bytes(32, "little")
for identifier, comment, signature in [
    ("sig-030", "64 zero bytes.", bytes(64)),
    ("sig-031", "64 bytes ff.", b"\xff" * 64),
    ("sig-032", "R is the identity and S is zero.", compress(IDENTITY) + bytes(32)),
    ("sig-033", "R is no point of the curve.", y_of_no_point + GOOD.signature[32:]),
    ("sig-034", "R is y = p, not canonical.", P.to_bytes(32, "little") + GOOD.signature[32:]),
    (
        "sig-035",
        "R is y = p + 3, a point of large order that is not canonical.",
        (P + 3).to_bytes(32, "little") + GOOD.signature[32:],
    ),
    ("sig-036", "S = L.", GOOD.signature[:32] + ed25519.L.to_bytes(32, "little")),
    ("sig-037", "R and S exchanged.", GOOD.signature[32:] + GOOD.signature[:32]),
    ("sig-038", "S most significant byte first.", GOOD.signature[:32] + GOOD.signature[:31:-1]),
    ("sig-039", "The signature of another credential.", seal(claims({5: IAT + 1}), KEY).signature),
]:
    sealed = signed(lambda *_, s=signature: s)
    TOPIC.bad(identifier, bad, part(sealed), comment, sealed, attack=[36])

size = len(GOOD.cose)
for identifier, byte, bit, comment in [
    ("sig-040", size - 64, 0, "The first bit of R."),
    ("sig-041", size - 48, 3, "A bit in the middle of R."),
    ("sig-042", size - 33, 7, "The sign of R."),
    ("sig-043", size - 32, 0, "The first bit of S."),
    ("sig-044", size - 16, 5, "A bit in the middle of S."),
    ("sig-045", size - 1, 4, "Bit 252 of S."),
    ("sig-046", size - 1, 5, "Bit 253 of S."),
    ("sig-047", size - 1, 6, "Bit 254 of S."),
    ("sig-048", size - 1, 7, "The last bit of S, which old verifiers mask off."),
    ("sig-049", 20, 0, "The first bit of the payload's second byte."),
    ("sig-050", size - 67, 0, "The last byte of the payload."),
    ("sig-051", GOOD.cose.index(b"\xa2\x01\x00\x02") + 2, 0, "The bit that makes green yellow."),
]:
    sealed = flipped(byte, bit)
    TOPIC.bad(identifier, bad, part(sealed), f"One bit is flipped. {comment}", sealed, attack=[36])
TOPIC.bad(
    "sig-052",
    "unknown-key",
    "SIG-3 VER-2",
    "One bit of the kid is flipped: it finds no key.",
    flipped(8, 0),
    attack=[36],
)
TOPIC.bad(
    "sig-053",
    "malformed-envelope",
    "ENV-2",
    "One bit of the algorithm is flipped.",
    flipped(5, 0),
    attack=[30, 36],
)

prehash = b"SigEd25519 no Ed25519 collisions\x01\x00"
for identifier, comment, knobs in [
    ("sig-060", "An empty external_aad: any COSE_Sign1 of the key could be a credential.", {"aad": b""}),
    ("sig-061", "The external_aad of a presentation.", {"aad": b"HPP1"}),
    ("sig-062", "The external_aad of another version.", {"aad": b"HP2"}),
    ("sig-063", "The context of a COSE_Sign signature.", {"context": "Signature"}),
    ("sig-064", "The context of a countersignature.", {"context": "CounterSignature"}),
    ("sig-065", "Ed25519ph instead of Ed25519.", {"sign": lambda seed, m: ed25519.sign(seed, prehash + m)}),
]:
    TOPIC.bad(identifier, bad, "SIG-4", comment, seal(claims(), KEY, **knobs), attack=[37])
TOPIC.bad(
    "sig-066",
    bad,
    "SIG-4",
    "The payload alone is signed, without the structure around it.",
    signed(lambda seed, _: ed25519.sign(seed, GOOD.payload)),
)
TOPIC.bad(
    "sig-067",
    bad,
    "SIG-4",
    "The payload's head is signed in a longer form than the one that stands there.",
    signed(lambda seed, m: ed25519.sign(seed, m.replace(b"\x43HP1\x58", b"\x43HP1\x59\x00"))),
)
TOPIC.bad(
    "sig-068",
    bad,
    "SIG-4",
    "The protected header is left out of what is signed.",
    signed(lambda seed, m: ed25519.sign(seed, m.replace(b"\x4d" + GOOD.protected, b"\x40"))),
)

TOPIC.bad(
    "sig-070",
    bad,
    "SIG-3 SIG-5.4",
    "Signed by a key that nobody lists, under the kid of a good one: a kid is not proof.",
    seal(claims(), UNLISTED_KEY, kid=KEY.kid),
)
TOPIC.bad(
    "sig-071",
    "unknown-key",
    "SIG-3",
    "The kid is the first 8 bytes of SHA-256 of the bare key, as others compute it.",
    seal(claims(), KEY, kid=hashlib.sha256(KEY.public).digest()[:8]),
)
TOPIC.bad(
    "sig-072",
    bad,
    "SIG-5.4",
    "Signed by the key of another issuer, under the kid of this one.",
    seal(claims(), OTHER_KEY, kid=KEY.kid),
    keys=((ISSUER, KEY), ("CN-31.WJW", OTHER_KEY)),
)
TOPIC.bad(
    "sig-073",
    "unknown-key",
    "SIG-3 VER-2",
    "The device key signs the credential itself: a credential brings no key.",
    seal(claims({8: cnf(UNLISTED_KEY.public)}), UNLISTED_KEY),
)
TOPIC.bad(
    "sig-074",
    bad,
    "SIG-6",
    "A bad signature over bytes that are a bomb to decode: nothing of an attacker's is decoded.",
    seal(b"\x9b\x7f" + b"\xff" * 7 + bytes(32), UNLISTED_KEY, kid=KEY.kid),
    attack=[34],
)
