"""The envelope: a COSE_Sign1 as a fixed layout of bytes (spec/credential.md, sections 4 and 5).

Nothing here is parsed as CBOR. Bytes are compared with the one layout that exists, so there is no header to
smuggle, no algorithm to choose, and no attacker's CBOR to decode before the signature has been found good.
"""

from collections.abc import Callable
from typing import Final, NamedTuple

from healthpass.words._errors import HealthpassError, MalformedError
from healthpass.words._verdicts import Verdict

ALG_ED25519: Final = -19  # RFC 9864, section 2.2
KID_SIZE: Final = 8
SIGNATURE_SIZE: Final = 64
MAX_CREDENTIAL: Final = 1024  # ENV-1
MIN_PAYLOAD: Final = 24  # ENV-3: below, a CBOR head has another form; no credential is that short
MAX_PAYLOAD: Final = MAX_CREDENTIAL - 20 - 2 - SIGNATURE_SIZE

TAG_AND_ARRAY: Final = b"\xd2\x84"  # COSE_Sign1: tag 18, array of 4
CONTEXT: Final = b"\x84\x6aSignature1"  # of the bytes that are signed (RFC 9052, section 4.4)
UNPROTECTED: Final = b"\xa0"
_PROTECTED: Final = bytes.fromhex("4d a2 01 32 04 48")  # 13 bytes: {1: -19, 4: kid}, up to the kid
_START: Final = TAG_AND_ARRAY + _PROTECTED
_EXTERNAL_AAD: Final = b"\x43HP1"  # a credential is never the signature of anything else
_KID_AT: Final = len(_START)
_UNPROTECTED_AT: Final = _KID_AT + KID_SIZE
_PAYLOAD_AT: Final = _UNPROTECTED_AT + len(UNPROTECTED)
_ONE_BYTE: Final = 24  # from here the length of a byte string takes a byte of its own
_TWO_BYTES: Final = 0x100  # from here it takes two
_FOUR_BYTES: Final = 0x10000  # from here it takes four
_SIGNATURE_HEAD: Final = bytes((0x58, SIGNATURE_SIZE))
_HEAD_SIZES: Final = {b"\x58": 2, b"\x59": 3, b"\x5a": 5}


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
        raise malformed(f"it has {len(credential)} bytes, and {MAX_CREDENTIAL} are the most")
    if not credential.startswith(_START) or credential[_UNPROTECTED_AT:_PAYLOAD_AT] != UNPROTECTED:
        raise malformed("its headers are not those of HP1")
    # Most payloads have 24 to 255 bytes: then the size of the whole says where each part must lie.
    end = len(credential) - len(_SIGNATURE_HEAD) - SIGNATURE_SIZE
    size = end - _PAYLOAD_AT - 2
    if (
        _ONE_BYTE <= size < _TWO_BYTES
        and credential[_PAYLOAD_AT : end - size] == head(size)
        and credential.startswith(_SIGNATURE_HEAD, end)
    ):
        payload, signature = credential[end - size : end], credential[-SIGNATURE_SIZE:]
    else:
        payload, end = byte_string(credential, _PAYLOAD_AT)
        signature = last_byte_string(credential, end)
        if len(payload) < MIN_PAYLOAD:
            raise malformed(f"its payload has {len(payload)} bytes, and {MIN_PAYLOAD} are the least")
    kid = credential[_KID_AT:_UNPROTECTED_AT]
    to_be_signed = CONTEXT + _PROTECTED + kid + _EXTERNAL_AAD + credential[_PAYLOAD_AT:end]
    return Envelope(kid, payload, signature, to_be_signed)


def to_be_signed(kid: bytes, payload: bytes) -> bytes:
    """Return the bytes that a signature covers (SIG-4; RFC 9052, section 4.4).

    Raises:
        ValueError: when `payload` has not `MIN_PAYLOAD` to `MAX_PAYLOAD` bytes.
    """
    if not MIN_PAYLOAD <= len(payload) <= MAX_PAYLOAD:
        raise ValueError(f"a payload has {MIN_PAYLOAD} to {MAX_PAYLOAD} bytes, not {len(payload)}")
    return CONTEXT + _PROTECTED + kid + _EXTERNAL_AAD + head(len(payload)) + payload


def assemble(kid: bytes, payload: bytes, signature: bytes) -> bytes:
    """Put a credential together."""
    start = _START + kid + UNPROTECTED
    return b"".join((start, head(len(payload)), payload, head(SIGNATURE_SIZE), signature))


def head(size: int) -> bytes:
    """Write the head of a byte string in its shortest form (ENV-3, DOC-2)."""
    if size < _ONE_BYTE:
        return bytes((0x40 + size,))
    if size < _TWO_BYTES:
        return bytes((0x58, size))
    return b"\x59" + size.to_bytes(2) if size < _FOUR_BYTES else b"\x5a" + size.to_bytes(4)


def malformed(what: str) -> MalformedError:
    """Return the error of step 2."""
    return MalformedError(Verdict.MALFORMED_ENVELOPE, f"the bytes are not those of HP1: {what}")


def byte_string(data: bytes, at: int, error: Callable[[str], HealthpassError] = malformed) -> tuple[bytes, int]:
    """Read a byte string whose head is in its shortest form; return it and where it ends.

    Raises:
        HealthpassError: what `error` makes, when there is no such byte string.
    """
    form = data[at : at + 1]
    start = at + _HEAD_SIZES.get(form, 1)
    size = int.from_bytes(data[at + 1 : start]) if form in _HEAD_SIZES else int.from_bytes(form) - 0x40
    end = start + size
    # One comparison for type, form and length: the head that this size has is the head that is there.
    if not 0 <= size <= len(data) - start or data[at:start] != head(size):
        raise error("a length in it is wrong, or not in the shortest form")
    return data[start:end], end


def last_byte_string(data: bytes, at: int) -> bytes:
    """Read the signature, after which nothing follows (ENV-4).

    Raises:
        MalformedError: `malformed-envelope`, when it is not there, or not the end.
    """
    signature, end = byte_string(data, at)
    if len(signature) != SIGNATURE_SIZE or end != len(data):
        raise malformed("it does not end with a signature")
    return signature
