"""The envelope: a COSE_Sign1 as a fixed layout of bytes (spec/credential.md, sections 4 and 5).

Nothing here is parsed as CBOR. Bytes are compared with the one layout that exists, so there is no header to
smuggle, no algorithm to choose, and no attacker's CBOR to decode before the signature has been found good.
"""

from typing import Final, NamedTuple

from healthpass._errors import MalformedError
from healthpass._verdicts import Verdict

ALG_ED25519: Final = -19  # RFC 9864, section 2.2
KID_SIZE: Final = 8
SIGNATURE_SIZE: Final = 64
MAX_CREDENTIAL: Final = 1024  # ENV-1
MIN_PAYLOAD: Final = 24  # ENV-3: below, a CBOR head has another form; no credential is that short
MAX_PAYLOAD: Final = MAX_CREDENTIAL - 20 - 2 - SIGNATURE_SIZE

# {1: -19, 4: kid}: d2 tag 18, 84 array of 4, 4d 13 bytes of protected header, up to the kid
_PROTECTED: Final = bytes.fromhex("4d a2 01 32 04 48")
_START: Final = bytes.fromhex("d2 84") + _PROTECTED
_UNPROTECTED: Final = b"\xa0"
_TWO_BYTES: Final = 0x100  # ENV-3: from here the length takes two bytes
_SIGNATURE_HEAD: Final = b"\x58\x40"
_KID_AT: Final = len(_START)
_UNPROTECTED_AT: Final = _KID_AT + KID_SIZE
_HEAD_AT: Final = _UNPROTECTED_AT + 1
_CONTEXT: Final = b"\x84\x6aSignature1" + _PROTECTED
_EXTERNAL_AAD: Final = b"\x43HP1"  # a credential is never the signature of anything else


class Envelope(NamedTuple):
    """What a credential's bytes hold, before anything has been verified."""

    kid: bytes
    payload: bytes
    signature: bytes
    to_be_signed: bytes


def parse(credential: bytes) -> Envelope:
    """Cut a credential into its parts (ENV-1 to ENV-4).

    Raises:
        MalformedError: `malformed-envelope`, when a byte differs from the layout.
    """
    if len(credential) > MAX_CREDENTIAL:
        raise _malformed(f"it has {len(credential)} bytes, and {MAX_CREDENTIAL} are the most")
    if not credential.startswith(_START) or credential[_UNPROTECTED_AT:_HEAD_AT] != _UNPROTECTED:
        raise _malformed("its headers are not those of HP1")
    start = _HEAD_AT + (2 if credential[_HEAD_AT : _HEAD_AT + 1] == b"\x58" else 3)
    end = len(credential) - 2 - SIGNATURE_SIZE
    try:
        head = _payload_head(end - start)
    except ValueError as error:
        raise _malformed(str(error)) from None
    # One comparison for form and length: the head that this payload must have is the head that is there.
    if credential[_HEAD_AT:start] != head:
        raise _malformed("the length of its payload is wrong, or not in the shortest form")
    if credential[end : end + 2] != _SIGNATURE_HEAD:
        raise _malformed("its signature is not where it should be")
    kid = credential[_KID_AT:_UNPROTECTED_AT]
    to_be_signed = _CONTEXT + kid + _EXTERNAL_AAD + credential[_HEAD_AT:end]
    return Envelope(kid, credential[start:end], credential[end + 2 :], to_be_signed)


def to_be_signed(kid: bytes, payload: bytes) -> bytes:
    """Return the bytes that a signature covers (SIG-4; RFC 9052, section 4.4)."""
    return _CONTEXT + kid + _EXTERNAL_AAD + _payload_head(len(payload)) + payload


def assemble(kid: bytes, payload: bytes, signature: bytes) -> bytes:
    """Put a credential together; `payload` has `MIN_PAYLOAD` to `MAX_PAYLOAD` bytes."""
    head = _payload_head(len(payload))
    return b"".join((_START, kid, _UNPROTECTED, head, payload, _SIGNATURE_HEAD, signature))


def _payload_head(size: int) -> bytes:
    """Write the head of a byte string of `size` bytes in its shortest form (ENV-3)."""
    if MIN_PAYLOAD <= size < _TWO_BYTES:
        return bytes((0x58, size))
    if _TWO_BYTES <= size <= MAX_PAYLOAD:
        return bytes((0x59, size >> 8, size & 0xFF))
    raise ValueError(f"a payload has {MIN_PAYLOAD} to {MAX_PAYLOAD} bytes, not {size}")


def _malformed(what: str) -> MalformedError:
    return MalformedError(Verdict.MALFORMED_ENVELOPE, f"this is not an HP1 credential: {what}")
