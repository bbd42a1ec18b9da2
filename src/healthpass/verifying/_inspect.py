"""Inspecting: what a text holds, without judging it."""

from dataclasses import dataclass, field
from typing import final

from healthpass.codec import _cose, _text
from healthpass.credential import _claims
from healthpass.credential._claims import Claims
from healthpass.presentation import _presentation
from healthpass.presentation._presentation import Showing
from healthpass.words._discreet import discreet
from healthpass.words._errors import VerificationError
from healthpass.words._verdicts import Verdict


@final
@dataclass(frozen=True, slots=True, kw_only=True)
class Unverified:
    """What a text claims to be. No signature has been verified: anybody can have written it.

    It is a type of its own, with names of its own, so that it is never taken for a `Verified`. Its `repr` shows
    nothing of a holder.

    Attributes:
        kid: the kid of the key that it claims to be signed with, 8 bytes.
        payload: the payload's bytes.
        signature: the signature's bytes.
        to_be_signed: the bytes that the signature should cover.
        claimed: what the payload claims, or None where it cannot be read.
        showing: what the presentation around it claims; None for a credential shown bare.
        problem: the verdict where claims or showing cannot be read.
    """

    kid: bytes
    payload: bytes = field(repr=False)
    signature: bytes = field(repr=False)
    to_be_signed: bytes = field(repr=False)
    claimed: Claims | None = field(repr=False)
    showing: Showing | None = field(repr=False)
    problem: Verdict | None


@discreet
def inspect_unverified(text: str) -> Unverified:
    """Take a text apart for a developer to look at. This is not verifying.

    Raises:
        TypeError: when `text` is not a `str`.
        MalformedError: when it is not the text of a credential or a presentation (steps 1 and 2).
        UnsupportedError: when it is of another version.
    """
    if not isinstance(text, str):
        raise TypeError(f"text must be a str, not {type(text).__name__}")
    prefix, data = _text.decode(text, _text.CREDENTIAL, _text.PRESENTATION)
    presentation = _presentation.parse(data) if prefix == _text.PRESENTATION else None
    envelope = _cose.parse(data) if presentation is None else presentation.envelope
    claimed, showing, problem = None, None, None
    try:
        claimed = _claims.decode(envelope.payload)
        showing = _presentation.decode(presentation.payload) if presentation else None
    except VerificationError as error:
        problem = error.verdict
    return Unverified(
        kid=envelope.kid,
        payload=envelope.payload,
        signature=envelope.signature,
        to_be_signed=envelope.to_be_signed,
        claimed=claimed,
        showing=showing,
        problem=problem,
    )
