"""Section 5 of presentation.md, PRS-5: who signs a presentation, over what, and how."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING, Any

import ed25519
from ed25519 import IDENTITY, TORSION, P, compress
from encode import Key, Signer, seal
from topic import AT, BOUND, CTI, DEVICE, KEY, NONCE, UNLISTED_KEY, Topic, bound, cnf, present, swap

if TYPE_CHECKING:
    from showing import Shown

TOPIC = Topic("presentation-signature")
GOOD = present({6: AT, 10: NONCE})
ASKED: dict[str, Any] = {"nonce": NONCE.hex()}
bad = "bad-signature"
attack: Any


def ill(**knobs: Any) -> Shown:
    """Sign with one of the knobs of `ed25519.sign`."""
    return present(sign=lambda seed, message: ed25519.sign(seed, message, **knobs))


def signed(sign: Signer) -> Shown:
    """Show the credential with another signer."""
    return present(sign=sign)


def changed(old: bytes, new: bytes) -> Shown:
    """Return the good presentation with bytes exchanged, and the old signature."""
    return replace(GOOD, presentation=swap(GOOD.presentation, old, new))


def flipped(byte: int, bit: int) -> Shown:
    """Return the good presentation with one bit changed."""
    data = bytearray(GOOD.presentation)
    data[byte] ^= 1 << bit
    return replace(GOOD, presentation=bytes(data))


def part(what: Shown) -> str:
    """Return the part of SIG-5 that a signature of the device breaks first."""
    return f"SIG-5.{ed25519.broken(DEVICE.public, what.to_be_signed, what.signature)}"


TOPIC.shown("psg-001", "PRS-5", "The plain presentation: every layer is given.", {6: AT})
TOPIC.shown(
    "psg-002", "PRS-5", "Another device.", {6: AT}, given=bound({8: cnf(UNLISTED_KEY.public)}), device=UNLISTED_KEY
)

other = seal(bound({7: CTI[::-1]}), KEY)
thief = seal(bound({7: CTI[::-1], 8: cnf(UNLISTED_KEY.public)}), KEY)
for identifier, attack, comment, what, options in [
    ("psg-010", 41, "Another device signs: the photograph of a friend's code.", present(key=UNLISTED_KEY), {}),
    ("psg-011", 41, "The issuer's key signs.", present(key=KEY), {}),
    (
        "psg-012",
        41,
        "The thief's own credential goes into the presentation of another.",
        changed(BOUND.cose, thief.cose),
        ASKED,
    ),
    (
        "psg-013",
        41,
        "Another credential of the same device key goes in: the header is signed too.",
        changed(BOUND.cose, other.cose),
        ASKED,
    ),
    (
        "psg-014",
        41,
        "Another device key goes into the credential, and signs.",
        present(credential=swap(BOUND.cose, DEVICE.public, UNLISTED_KEY.public), key=UNLISTED_KEY),
        {},
    ),
    (
        "psg-015",
        37,
        "The credential's signature in place of the device's.",
        present(sign=lambda *_: BOUND.signature),
        {},
    ),
]:
    TOPIC.bad(identifier, bad, "PRS-5", comment, what, attack=[attack], **options)

prehash = b"SigEd25519 no Ed25519 collisions\x01\x00"
for identifier, comment, what in [
    ("psg-020", "The external_aad of a credential.", present(aad=b"HP1")),
    (
        "psg-021",
        "An empty external_aad: any COSE_Sign1 of the device key could be a presentation.",
        present(aad=b""),
    ),
    ("psg-022", "The external_aad of another version.", present(aad=b"HPP2")),
    ("psg-023", "The context of a COSE_Sign signature.", present(context="Signature")),
    ("psg-024", "Ed25519ph instead of Ed25519.", signed(lambda seed, m: ed25519.sign(seed, prehash + m))),
    ("psg-025", "The payload alone is signed.", signed(lambda seed, _: ed25519.sign(seed, present().payload))),
    (
        "psg-026",
        "The header is left out of what is signed.",
        signed(lambda seed, m: ed25519.sign(seed, m.replace(m[12 : m.index(b"\x44HPP1")], b"\x40"))),
    ),
    (
        "psg-027",
        "The credential alone is signed as the header.",
        signed(lambda seed, m: ed25519.sign(seed, swap(m, present().protected, BOUND.cose))),
    ),
    (
        "psg-028",
        "The header's head is signed in a longer form.",
        signed(lambda seed, m: ed25519.sign(seed, m.replace(b"\x58", b"\x59\x00", 1))),
    ),
    (
        "psg-029",
        "The payload's head is signed in a longer form.",
        signed(lambda seed, m: ed25519.sign(seed, swap(m, b"HPP1\x47", b"HPP1\x58\x07"))),
    ),
]:
    TOPIC.bad(identifier, bad, "PRS-5", comment, what, attack=[37])

for identifier, attack, comment, what in [
    ("psg-030", [36], "S + L: the same signature to a verifier that reduces S, so a second text.", ill(add_l=1)),
    ("psg-031", [36, 48], "R is the identity and S = k a: WebCrypto accepts.", ill(nonce=0)),
    (
        "psg-032",
        [36, 48],
        "R is the identity, written as y = p + 1.",
        ill(nonce=0, encoded_r=(P + 1).to_bytes(32, "little")),
    ),
    (
        "psg-033",
        [36, 48],
        "R has order 8: only the equation with the cofactor holds.",
        ill(nonce=0, plus=TORSION[1]),
    ),
    (
        "psg-034",
        [36],
        "R is a good point plus one of order 2: only the equation with the cofactor holds.",
        ill(plus=TORSION[4]),
    ),
]:
    TOPIC.bad(identifier, bad, f"PRS-5 {part(what)}", comment, what, attack=attack)
    if not ed25519.accepts_leniently(DEVICE.public, what.to_be_signed, what.signature):
        raise AssertionError(f"{identifier}: a lenient verifier is to accept it, or it shows nothing")
for identifier, comment, signature in [
    ("psg-035", "64 zero bytes.", bytes(64)),
    ("psg-036", "R is the identity and S is zero.", compress(IDENTITY) + bytes(32)),
    ("psg-037", "R and S exchanged.", GOOD.signature[32:] + GOOD.signature[:32]),
    ("psg-038", "The signature of another second.", present({6: AT - 1, 10: NONCE}).signature),
]:
    what = present({6: AT, 10: NONCE}, sign=lambda *_, s=signature: s)
    TOPIC.bad(identifier, bad, f"PRS-5 {part(what)}", comment, what, attack=[36], **ASKED)

size, start = len(GOOD.presentation), GOOD.presentation.index(BOUND.cose)
payload = start + BOUND.cose.index(BOUND.payload)
for identifier, verdict, rule, comment, byte, bit in [
    ("psg-040", "unknown-key", "SIG-3", "The first bit of the kid inside.", start + 8, 0),
    ("psg-041", bad, "SIG-5.4", "A bit of iss inside.", payload + 4, 0),
    (
        "psg-042",
        bad,
        "SIG-5.4",
        "The bit that makes green yellow.",
        start + BOUND.cose.index(b"\xa2\x01\x00\x02") + 2,
        0,
    ),
    ("psg-043", bad, "SIG-5.4", "The first bit of cnf.", start + BOUND.cose.index(DEVICE.public), 0),
    ("psg-044", bad, "SIG-5", "The first bit of the issuer's R.", start + len(BOUND.cose) - 64, 0),
    ("psg-045", bad, "SIG-5.1", "The last bit of the issuer's S.", start + len(BOUND.cose) - 1, 7),
    ("psg-046", bad, "PRS-5", "The bit that makes the showing a second later.", size - 67 - 18, 0),
    ("psg-047", bad, "PRS-5", "The last bit of the nonce.", size - 67, 0),
    ("psg-048", bad, "PRS-5", "The first bit of R.", size - 64, 0),
    ("psg-049", bad, "PRS-5", "The sign of R.", size - 33, 7),
    ("psg-050", bad, "PRS-5", "The first bit of S.", size - 32, 0),
    ("psg-051", bad, "PRS-5", "Bit 253 of S.", size - 1, 5),
    ("psg-052", bad, "PRS-5", "The last bit of S.", size - 1, 7),
]:
    TOPIC.bad(
        identifier, verdict, rule, f"One bit is flipped. {comment}", flipped(byte, bit), attack=[36], **ASKED
    )

for identifier, attack, comment, what, options in [
    (
        "psg-060",
        41,
        "A new time is written into an old presentation.",
        replace(
            GOOD,
            presentation=swap(
                present({6: AT - 99, 10: NONCE}).presentation, (AT - 99).to_bytes(4, "big"), AT.to_bytes(4, "big")
            ),
        ),
        ASKED,
    ),
    (
        "psg-061",
        51,
        "The nonce that is asked for is written into another presentation.",
        changed(NONCE, NONCE[::-1]),
        {"nonce": NONCE[::-1].hex()},
    ),
    (
        "psg-062",
        34,
        "A bad signature over a bomb: the payload is not decoded before.",
        present(b"\x9b\x7f" + b"\xff" * 7, key=UNLISTED_KEY),
        {},
    ),
]:
    TOPIC.bad(identifier, bad, "PRS-5", comment, what, attack=[attack], **options)


def weak(x: bytes, signature: bytes) -> Shown:
    """Show a credential whose device key is weak, with a signature that lenient verifiers take."""
    return present(credential=seal(bound({8: cnf(x)}), KEY), key=Key("nobody"), sign=lambda *_: signature)


for identifier, comment, x in [
    ("psg-070", "The device key is the identity: any presentation verifies in OpenSSL and WebCrypto.", TORSION[0]),
    ("psg-071", "The device key has order 2: every second presentation verifies there.", TORSION[4]),
]:
    TOPIC.bad(
        identifier,
        "malformed-claims",
        "CLM-5 PRS-5",
        comment,
        weak(compress(x), compress(IDENTITY) + bytes(32)),
        attack=[47],
    )
