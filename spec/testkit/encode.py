"""The bytes of a credential, right or wrong: CBOR, Base45, Sig_structure and envelope.

Nothing here refuses anything: the encoder writes what it is told, and `seal` signs it. The signature is always
made over what stands in the credential, so that a case has the one fault that it names and no other.
"""

from __future__ import annotations

import hashlib
import struct
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from typing import Any, Final

import ed25519

ALPHABET: Final = "0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZ $%*+-./:"  # RFC 9285, table 1
ALG_ED25519: Final = -19
UINT, NEGATIVE, BYTES, TEXT, ARRAY, MAP, TAG = range(7)

Signer = Callable[[bytes, bytes], bytes]


@dataclass(frozen=True)
class Raw:
    """Bytes that stand for a data item as they are."""

    data: bytes


@dataclass(frozen=True)
class Pairs:
    """A map in the order given, with whatever it holds twice."""

    items: tuple[tuple[Any, Any], ...]


def head(major: int, number: int, width: int | None = None) -> bytes:
    """Encode the head of a data item.

    Args:
        major: The major type, 0 to 7.
        number: The argument: a value, a length, a count.
        width: Bytes of the argument, 0 (in the first byte), 1, 2, 4 or 8; the fewest unless given.

    Returns:
        One byte and the argument.
    """
    if width is None:
        width = next(
            w for w, end in ((0, 24), (1, 1 << 8), (2, 1 << 16), (4, 1 << 32), (8, 1 << 64)) if number < end
        )
    info = number if width == 0 else 23 + width.bit_length()
    return bytes([major << 5 | info]) + (number.to_bytes(width, "big") if width else b"")


def wide(value: int | bytes | str, width: int) -> Raw:
    """Encode an integer or a string with a head of `width` bytes, longer than it need be."""
    if isinstance(value, int):
        return Raw(head(UINT, value, width) if value >= 0 else head(NEGATIVE, -1 - value, width))
    data = value.encode() if isinstance(value, str) else value
    return Raw(head(TEXT if isinstance(value, str) else BYTES, len(data), width) + data)


def _integer(value: int) -> bytes:
    return head(UINT, value) if value >= 0 else head(NEGATIVE, -1 - value)


def _map(items: Iterable[tuple[Any, Any]]) -> bytes:
    encoded = [(cbor(key), cbor(value)) for key, value in items]
    return head(MAP, len(encoded)) + b"".join(key + value for key, value in encoded)


def cbor(value: Any) -> bytes:  # noqa: PLR0911 - one return for each kind of value
    """Encode a value; maps given as `dict` are sorted by the bytes of their keys (RFC 8949, section 4.2.1)."""
    match value:
        case Raw():
            return value.data
        case bool() | None:
            return {False: b"\xf4", True: b"\xf5", None: b"\xf6"}[value]
        case int():
            return _integer(value)
        case float():
            return b"\xfb" + struct.pack(">d", value)
        case bytes():
            return head(BYTES, len(value)) + value
        case str():
            return head(TEXT, len(value.encode())) + value.encode()
        case list():
            return head(ARRAY, len(value)) + b"".join(map(cbor, value))
        case Pairs():
            return _map(value.items)
        case dict():
            return _map(sorted(value.items(), key=lambda item: cbor(item[0])))
        case _:
            raise TypeError(type(value))


def base45(data: bytes) -> str:
    """Encode bytes in Base45 (RFC 9285)."""
    text = ""
    for i in range(0, len(data), 2):
        number = int.from_bytes(data[i : i + 2], "big")
        for _ in range(len(data[i : i + 2]) + 1):
            number, digit = divmod(number, 45)
            text += ALPHABET[digit]
    return text


@dataclass(frozen=True)
class Key:
    """A signing key of the vectors, made from a name."""

    name: str

    @property
    def seed(self) -> bytes:
        """Return the private key: SHA-256 of the name."""
        return hashlib.sha256(self.name.encode("ascii")).digest()

    @property
    def public(self) -> bytes:
        """Return the public key."""
        return ed25519.public_key(self.seed)

    @property
    def kid(self) -> bytes:
        """Return the first 8 bytes of the thumbprint."""
        return thumbprint(self.public)[:8]


def thumbprint(public: bytes) -> bytes:
    """Return the COSE thumbprint of a public key (RFC 9679), SIG-3."""
    return hashlib.sha256(cbor({1: 1, -1: 6, -2: public})).digest()


@dataclass(frozen=True)
class Sealed:
    """A signed credential, layer by layer."""

    cose: bytes
    protected: bytes
    payload: bytes
    to_be_signed: bytes
    signature: bytes
    kid: bytes

    @property
    def text(self) -> str:
        """Return the text of the QR code."""
        return "HP1:" + base45(self.cose)

    def layers(self) -> dict[str, str]:
        """Return every layer in hexadecimal, as the vectors print them."""
        names = ("cose", "protected", "payload", "to_be_signed", "signature", "kid")
        return {name: getattr(self, name).hex() for name in names}


def protected_header(kid: bytes) -> bytes:
    """Return the one protected header of HP1, without the head of its byte string."""
    return cbor({1: ALG_ED25519, 4: kid})


def seal(
    payload: Mapping[int, Any] | bytes,
    key: Key,
    *,
    kid: bytes | None = None,
    protected: bytes | None = None,
    protected_head: bytes | None = None,
    start: bytes = b"\xd2\x84",
    unprotected: bytes = b"\xa0",
    payload_head: bytes | None = None,
    signature_head: bytes = b"\x58\x40",
    end: bytes = b"",
    aad: bytes = b"HP1",
    context: str = "Signature1",
    sign: Signer = ed25519.sign,
) -> Sealed:
    """Sign a payload and put the envelope around it, correctly unless told otherwise.

    Args:
        payload: The claims, or the bytes that stand in their place.
        key: The key that signs.
        kid: The kid to write; that of the key unless given.
        protected: The whole protected header, without the head of its byte string.
        protected_head: The head of that byte string.
        start: Tag and head of the array.
        unprotected: The unprotected header.
        payload_head: The head of the payload; 58 or 59 by its length unless given.
        signature_head: The head of the signature.
        end: What follows the signature.
        aad: The external_aad that is signed.
        context: The context that is signed.
        sign: Makes the signature from a seed and a message.

    Returns:
        The layers of the credential.
    """
    body = payload if isinstance(payload, bytes) else cbor(dict(payload))
    kid = key.kid if kid is None else kid
    protected = protected_header(kid) if protected is None else protected
    header = (protected_head or head(BYTES, len(protected))) + protected
    body_head = payload_head or head(BYTES, len(body))
    to_be_signed = b"\x84" + cbor(context) + header + cbor(aad) + body_head + body
    signature = sign(key.seed, to_be_signed)
    cose = start + header + unprotected + body_head + body + signature_head + signature + end
    return Sealed(cose, protected, body, to_be_signed, signature, kid)
