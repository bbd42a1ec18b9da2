"""Enrolment: how the key of a holder's device comes to an office (spec/presentation.md, section 12)."""

import hmac
import secrets
from datetime import datetime, timedelta
from typing import Final, NamedTuple, final

from healthpass.codec import _cbor, _cose, _text
from healthpass.codec._keys import HolderKey, PublicKey
from healthpass.codec._time import now
from healthpass.credential._regions import IssuerId
from healthpass.presentation._challenge_memory import ChallengeMemory, Challenges, checked
from healthpass.words._discreet import discreet
from healthpass.words._errors import EnrolmentError, SignatureError, VerificationError
from healthpass.words._limits import PUBLISHED_KEYS

NONCE_SIZE: Final = 16  # ENR-1
MAX_CHALLENGE: Final = 58  # ENR-1, bytes: the longest issuer id has 38
MAX_LIFE: Final = 600  # seconds, ENR-2

_CONTEXT: Final = b"HPK1"  # a proof is never the signature of anything else
_PROTECTED: Final = bytes.fromhex("43 a1 01 32")  # {1: -19}, as the byte string that it is
_START: Final = _cose.TAG_AND_ARRAY + _PROTECTED + _cose.UNPROTECTED + bytes.fromhex("58 34")
_NONCE_HEAD: Final = bytes.fromhex("82 50")
_KEY_HEAD: Final = bytes.fromhex("58 20")
_SIGNATURE_HEAD: Final = bytes.fromhex("58 40")
_SIZE: Final = 127  # ENR-3


class _Proof(NamedTuple):
    nonce: bytes
    public_key: bytes
    payload: bytes
    signature: bytes


@discreet
def prove(challenge: str, key: HolderKey, *, issuer: str) -> str:
    """Prove to an office that this device has a key, before a code is bound to it (ENR-5).

    >>> key = HolderKey.generate()
    >>> enrolment = Enrolment("CN-33-01.WJW")
    >>> enrolment.check(prove(enrolment.challenge(), key, issuer="CN-33-01.WJW")) == key.public_key
    True

    Args:
        challenge: the office's text, `HPE1:`.
        key: a fresh device key, for the code that the office is about to issue and for no other.
        issuer: the office that the holder means to get the code from.

    Returns:
        The text of the proof, `HPK1:` and Base45.

    Raises:
        TypeError: when an argument is of another type.
        ValueError: when the text is no such challenge, or is another office's.
    """
    if not isinstance(key, HolderKey):
        raise TypeError(f"key must be a HolderKey, not {type(key).__name__}")
    nonce, office = _read_challenge(challenge)
    if office != IssuerId(issuer):
        raise ValueError("the challenge is of another office than the one that the code is wanted from")
    payload = b"".join((_NONCE_HEAD, nonce, _KEY_HEAD, key.public_key.to_bytes()))
    signature = key._sign(_to_be_signed(office, payload))  # noqa: SLF001 - only showing and enrolling may
    return _text.encode(_text.PROOF, _START + payload + _SIGNATURE_HEAD + signature)


@discreet
def check_proof(proof: str, challenge: str) -> PublicKey:
    """Check the proof of a device key against the challenge that it answers, for an office that keeps its own.

    The caller takes each challenge once, and for at most 600 seconds (ENR-2), as `Enrolment` does.

    Args:
        proof: the device's text, `HPK1:`.
        challenge: the text that this office made for this holder, `HPE1:`.

    Returns:
        The device key, for `holder_key` of the one code that is issued next.

    Raises:
        TypeError: when an argument is not a `str`.
        ValueError: when `challenge` is none.
        EnrolmentError: when the proof is refused.
    """
    nonce, office = _read_challenge(challenge)
    return _checked(_read_proof(proof), nonce, office)


@final
class Enrolment:
    """The challenges that an office has given out, each for one device key; safe to use from several threads.

    Several processes and hosts that are one office share `challenges`: a proof is then good at any of them.

    Args:
        issuer_id: the office, as it stands in the codes.
        lifetime: for how long a challenge can be answered, 1 to 600 seconds.
        challenges: what remembers them, such as a memory of `healthpass.shared`; a `ChallengeMemory` of its own
            when left out.

    Raises:
        TypeError: when an argument is of another type.
        ValueError: when one is out of its range.
    """

    def __init__(
        self,
        issuer_id: str,
        *,
        lifetime: timedelta = timedelta(seconds=MAX_LIFE),
        challenges: Challenges | None = None,
    ) -> None:
        if not isinstance(lifetime, timedelta):
            raise TypeError(f"lifetime must be a timedelta, not {type(lifetime).__name__}")
        if not timedelta(seconds=1) <= lifetime <= timedelta(seconds=MAX_LIFE):
            raise ValueError(f"lifetime must be 1 to {MAX_LIFE} seconds")
        self._issuer = IssuerId(issuer_id)
        self._lifetime = lifetime
        self._challenges = ChallengeMemory() if challenges is None else checked(challenges)

    def challenge(self, *, at: datetime | None = None) -> str:
        """Make a challenge, for one holder, whom the office has just identified.

        Args:
            at: when it is made, with a time zone; now when left out.

        Returns:
            The text for the holder's app, `HPE1:` and Base45: in a QR code, or over the network.
        """
        text = write_challenge(secrets.token_bytes(NONCE_SIZE), self._issuer)
        self._challenges.keep(text, now() if at is None else at, self._lifetime)
        return text

    @discreet
    def check(self, proof: str, *, challenge: str | None = None, at: datetime | None = None) -> PublicKey:
        """Check a proof, and take its challenge: no second proof answers it. A refused proof takes nothing.

        Args:
            proof: the device's text, `HPK1:`.
            challenge: the one that this holder was given. Left out, the proof of any holder who was given one
                counts, and the caller has to know whose it is.
            at: when it came, with a time zone; now when left out.

        Returns:
            The device key, for `holder_key` of the one code that is issued next.

        Raises:
            TypeError: when an argument is of another type.
            ValueError: when `challenge` is none.
            EnrolmentError: when the proof is refused.
        """
        nonce = None if challenge is None else _read_challenge(challenge)[0]
        read = _read_proof(proof)
        key = _checked(read, read.nonce if nonce is None else nonce, self._issuer)
        if not self._challenges.take(write_challenge(read.nonce, self._issuer), now() if at is None else at):
            raise EnrolmentError(
                "it answers no challenge that is open here, or its challenge has expired: make another one"
            )
        return key


def write_challenge(nonce: bytes, issuer: IssuerId) -> str:
    """Write the text of a challenge (ENR-1)."""
    return _text.encode(_text.ENROLMENT, _cbor.encode([nonce, str(issuer)]))


def _read_challenge(text: str) -> tuple[bytes, IssuerId]:
    if not isinstance(text, str):
        raise TypeError(f"a challenge must be a str, not {type(text).__name__}")
    try:
        _, data = _text.decode(text, _text.ENROLMENT)
        value = _cbor.decode(data) if len(data) <= MAX_CHALLENGE else None
    except VerificationError as error:
        raise ValueError(f"this is not an office's challenge: {error.message}") from None
    match value:
        case [bytes(nonce), str(name)] if len(nonce) == NONCE_SIZE:
            return nonce, IssuerId(name)
    raise ValueError("this is not an office's challenge: it is no nonce of 16 bytes with the id of an issuer")


def _read_proof(text: str) -> _Proof:
    if not isinstance(text, str):
        raise TypeError(f"a proof must be a str, not {type(text).__name__}")
    try:
        _, data = _text.decode(text, _text.PROOF)
    except VerificationError as error:
        raise EnrolmentError(f"this is not the proof of a device key: {error.message}") from None
    parts, at = [], 0
    for head, size in (
        (_START + _NONCE_HEAD, NONCE_SIZE),
        (_KEY_HEAD, 32),
        (_SIGNATURE_HEAD, _cose.SIGNATURE_SIZE),
    ):
        start = at + len(head)
        if data[at:start] != head or len(data) != _SIZE:
            raise EnrolmentError("this is not the proof of a device key: its bytes are not those of HPK1")
        parts.append(data[start : start + size])
        at = start + size
    return _Proof(parts[0], parts[1], data[len(_START) : -len(_SIGNATURE_HEAD) - _cose.SIGNATURE_SIZE], parts[2])


def _checked(proof: _Proof, nonce: bytes, issuer: IssuerId) -> PublicKey:
    """Return the key that a proof is of (ENR-6)."""
    if not hmac.compare_digest(proof.nonce, nonce):
        raise EnrolmentError("it answers another challenge")
    if proof.public_key in PUBLISHED_KEYS:
        raise EnrolmentError("its key is a published one, whose private half everybody knows")
    try:
        key = PublicKey.from_bytes(proof.public_key)
        key.verify(proof.signature, _to_be_signed(issuer, proof.payload))
    except (ValueError, SignatureError):
        raise EnrolmentError("the device key did not sign it for this office, or is weak") from None
    return key


def _to_be_signed(issuer: IssuerId, payload: bytes) -> bytes:
    """Return the bytes that the device signs (ENR-4)."""
    context = _CONTEXT + issuer.encode("ascii")
    return b"".join(
        (_cose.CONTEXT, _PROTECTED, _cose.head(len(context)), context, _cose.head(len(payload)), payload)
    )
