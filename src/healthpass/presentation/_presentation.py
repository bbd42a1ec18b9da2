"""The presentation: its layout, its payload, and step 14 of judging one (spec/presentation.md)."""

import hmac
from datetime import datetime, timedelta
from typing import Any, Final, NamedTuple

from healthpass.codec import _cbor, _cose
from healthpass.codec._cose import Envelope
from healthpass.codec._keys import PublicKey
from healthpass.codec._time import TIME_LIMIT, from_seconds, to_seconds
from healthpass.credential._binding import OPENING_SIZE
from healthpass.presentation._replay import Replays
from healthpass.words._errors import MalformedError, PresentationError
from healthpass.words._verdicts import Verdict

MIN_NONCE: Final = 8  # PRS-4
MAX_NONCE: Final = 64
MAX_AGE: Final = timedelta(seconds=60)  # PRS-8
MAX_AHEAD: Final = timedelta(seconds=30)
MAX_PROTECTED: Final = _cose.MAX_CREDENTIAL + 4  # PRS-2
MIN_PAYLOAD: Final = 7

IAT: Final = 6  # PRS-4; RFC 8392
NONCE: Final = 10  # RFC 9711
OPENING: Final = -65538  # a private-use key until one is assigned

_PROTECTED: Final = bytes.fromhex("a2 01 32 0d")  # {1: -19, 13: credential}, up to it; kcwt, RFC 9528
_EXTERNAL_AAD: Final = b"\x44HPP1"
_MAX_ONE_BYTE: Final = 0xFF


class Presentation(NamedTuple):
    """What a presentation's bytes hold, before anything has been verified."""

    data: bytes
    envelope: Envelope
    payload: bytes
    signature: bytes
    to_be_signed: bytes


class Showing(NamedTuple):
    """What a presentation states.

    Attributes:
        at: when it was made, in UTC.
        nonce: what the gate asked for, or None.
        opening: the opening of the binding, or None.
    """

    at: datetime
    nonce: bytes | None
    opening: bytes | None

    def __repr__(self) -> str:
        return f"Showing(at={self.at!r}, ...)"


def parse(data: bytes) -> Presentation:
    """Cut a presentation into its parts, the credential's among them (PRS-2, PRS-3).

    Raises:
        MalformedError: `malformed-envelope`, when a byte differs from the layout.
    """
    at = len(_cose.TAG_AND_ARRAY)
    if not data.startswith(_cose.TAG_AND_ARRAY):
        raise _cose.malformed("it is no COSE_Sign1")
    protected, end = _cose.byte_string(data, at)
    if not protected.startswith(_PROTECTED) or len(protected) > MAX_PROTECTED:
        raise _cose.malformed("its headers are not those of HPP1")
    envelope = _cose.parse(protected[len(_PROTECTED) :])
    if data[end : end + 1] != _cose.UNPROTECTED:
        raise _cose.malformed("its headers are not those of HPP1")
    signed_header, start = data[at:end], end + 1
    payload, end = _cose.byte_string(data, start)
    if not MIN_PAYLOAD <= len(payload) <= _MAX_ONE_BYTE:
        raise _cose.malformed(
            f"its payload has {len(payload)} bytes, and {MIN_PAYLOAD} to {_MAX_ONE_BYTE} are allowed"
        )
    signature = _cose.last_byte_string(data, end)
    to_be_signed = _cose.CONTEXT + signed_header + _EXTERNAL_AAD + data[start:end]
    return Presentation(data, envelope, payload, signature, to_be_signed)


def header(credential: bytes) -> bytes:
    """Write the protected header, as the byte string that it is in a presentation."""
    protected = _PROTECTED + credential
    return _cose.head(len(protected)) + protected


def to_be_signed(credential: bytes, payload: bytes) -> bytes:
    """Return the bytes that the device signs (PRS-5)."""
    return _cose.CONTEXT + header(credential) + _EXTERNAL_AAD + _cose.head(len(payload)) + payload


def assemble(credential: bytes, payload: bytes, signature: bytes) -> bytes:
    """Put a presentation together."""
    return b"".join(
        (
            *(_cose.TAG_AND_ARRAY, header(credential), _cose.UNPROTECTED),
            *(_cose.head(len(payload)), payload, _cose.head(len(signature)), signature),
        )
    )


def encode(showing: Showing) -> bytes:
    """Encode the payload.

    Raises:
        ValueError: when a member breaks PRS-4.
    """
    _check(showing)
    seconds = to_seconds(showing.at)
    if not 0 <= seconds < TIME_LIMIT:
        raise ValueError("the time of a showing must lie from 1970 to 9998")
    payload: dict[int, Any] = {IAT: seconds}
    if showing.nonce is not None:
        payload[NONCE] = showing.nonce
    if showing.opening is not None:
        payload[OPENING] = showing.opening
    encoded = _cbor.encode(payload)
    if len(encoded) < MIN_PAYLOAD:
        raise ValueError("a showing cannot be of 1970-01-01: its payload would be too short (PRS-2)")
    return encoded


def decode(payload: bytes) -> Showing:
    """Decode a payload whose signature has been found good (PRS-4).

    Raises:
        MalformedError: `malformed-payload`, when it is anything else.
    """
    claims = _cbor.decode(payload)
    try:
        if type(claims) is not dict or not {IAT} <= claims.keys() <= {IAT, NONCE, OPENING}:
            raise ValueError  # noqa: TRY301
        if type(claims[IAT]) is not int:
            raise TypeError  # noqa: TRY301
        return _check(Showing(from_seconds(claims[IAT]), claims.get(NONCE), claims.get(OPENING)))
    except (TypeError, ValueError):
        raise MalformedError(
            Verdict.MALFORMED_PAYLOAD, "a claim of the presentation is missing, not allowed, or breaks a rule"
        ) from None


def judge(
    presentation: Presentation,
    holder_key: PublicKey | None,
    *,
    at: datetime,
    nonce: bytes | None,
    replay: Replays | None,
) -> Showing:
    """Judge a presentation whose credential has passed every step before (step 14).

    Raises:
        VerificationError: the first verdict of section 7's list that strikes.
    """
    if holder_key is None:  # (14.1)
        raise PresentationError(Verdict.PRESENTATION_MISMATCH, "the code in it is bound to no device")
    holder_key.verify(presentation.signature, presentation.to_be_signed)  # (14.2)
    showing = decode(presentation.payload)  # (14.3)
    if not _same(showing.nonce, nonce):  # (14.4)
        raise PresentationError(Verdict.PRESENTATION_MISMATCH, "it was not made for what this gate asked")
    if not at - MAX_AGE <= showing.at <= at + MAX_AHEAD:  # (14.5)
        raise PresentationError(Verdict.PRESENTATION_STALE, "it was not made just now: show a new one")
    if replay is not None and not replay.remember(presentation.data, presentation.envelope.to_be_signed, at):
        raise PresentationError(Verdict.PRESENTATION_STALE, "it has been shown here before")
    return showing


def _same(shown: bytes | None, asked: bytes | None) -> bool:
    if shown is None or asked is None:
        return shown is asked
    return hmac.compare_digest(shown, asked)


def check_nonce(nonce: bytes) -> bytes:
    """Return a nonce that PRS-4 allows.

    Raises:
        TypeError: when it is not `bytes`.
        ValueError: when it has not 8 to 64 of them.
    """
    if not isinstance(nonce, bytes):
        raise TypeError(f"a nonce must be bytes, not {type(nonce).__name__}")
    if not MIN_NONCE <= len(nonce) <= MAX_NONCE:
        raise ValueError(f"a nonce has {MIN_NONCE} to {MAX_NONCE} bytes, not {len(nonce)}")
    return nonce


def _check(showing: Showing) -> Showing:
    if showing.nonce is not None:
        check_nonce(showing.nonce)
    opening = showing.opening
    if opening is not None and (not isinstance(opening, bytes) or len(opening) != OPENING_SIZE):
        raise ValueError(f"an opening has {OPENING_SIZE} bytes")
    return showing
