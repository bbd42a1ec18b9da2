"""The bytes of enrolment, right or wrong: an office's challenge, and a device's proof of its key."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from encode import ALG_ED25519, Key, Raw, base45, cbor, seal

ENROLLING = bytes(range(0xE0, 0xF0))


@dataclass(frozen=True)
class Proof:
    """A proof, layer by layer."""

    proof: bytes
    protected: bytes
    payload: bytes
    to_be_signed: bytes
    signature: bytes

    @property
    def text(self) -> str:
        """Return its text."""
        return "HPK1:" + base45(self.proof)

    def layers(self) -> dict[str, str]:
        """Return every layer in hexadecimal, as the vectors print them."""
        names = ("proof", "protected", "payload", "to_be_signed", "signature")
        return {name: getattr(self, name).hex() for name in names}


def challenge(issuer: Any, nonce: Any = ENROLLING) -> str:
    """Return the text of a challenge."""
    return challenge_of(cbor([nonce, issuer]))


def challenge_of(data: bytes) -> str:
    """Return the text of any bytes in the place of a challenge."""
    return "HPE1:" + base45(data)


def prove(
    key: Key,
    issuer: str,
    *,
    nonce: bytes = ENROLLING,
    public: bytes | None = None,
    aad: bytes | None = None,
    payload: bytes | None = None,
    **knobs: Any,
) -> Proof:
    """Prove a key to an office, correctly unless told otherwise.

    Args:
        key: The key that signs.
        issuer: The office.
        nonce: The nonce that is answered.
        public: The key in the payload; that of `key` unless given.
        aad: The external_aad that is signed.
        payload: The bytes that stand in the payload's place.
        **knobs: The other knobs of `seal`.

    Returns:
        The layers of the proof.
    """
    body = cbor([nonce, key.public if public is None else public]) if payload is None else payload
    context = b"HPK1" + issuer.encode("ascii") if aad is None else aad
    options = {"protected": cbor({1: ALG_ED25519})} | knobs
    sealed = seal(body, key, aad=context, **options)
    return Proof(sealed.cose, sealed.protected, sealed.payload, sealed.to_be_signed, sealed.signature)


def with_raw(*items: bytes) -> bytes:
    """Return a CBOR array of items that are bytes already."""
    return cbor([Raw(item) for item in items])
