"""Verifying: from a text to a `Verified`, or to one verdict (spec/credential.md, section 12)."""

from collections.abc import Collection
from dataclasses import dataclass
from datetime import datetime
from typing import Final, final

from healthpass import _claims, _cose, _presentation, _text
from healthpass._binding import document_matches
from healthpass._claims import Claims
from healthpass._errors import (
    CannotJudgeError,
    PresentationError,
    SignatureError,
    UntrustedError,
    ValidityError,
    VerificationError,
)
from healthpass._health import HealthCode
from healthpass._keys import PublicKey
from healthpass._presentation import check_nonce
from healthpass._registry import Registry, TrustedIssuer, TrustedKey
from healthpass._replay import ReplayMemory
from healthpass._time import from_seconds, now, to_seconds
from healthpass._verdicts import WAIVABLE, Verdict

MAX_SKEW: Final = 300  # seconds
DEFAULT_SKEW: Final = 60


@final
@dataclass(frozen=True, slots=True, kw_only=True)
class Verified:
    """A credential that has passed every step; what `verify` returns, and nothing else should make.

    Attributes:
        health: what the issuer states.
        issuer: who states it, as the registry names it.
        valid_from: the start of validity, in UTC.
        expires_at: the end of validity, in UTC.
        cti: the credential's identifier, 12 bytes: with the issuer's id, what an appeal refers to.
        public_key: the key that signed it.
        holder_key: the device key that it is bound to, or None for a bearer code.
        presented_at: when the device made the presentation, in UTC; None for a credential shown bare.
        opening: the opening of the binding, 16 bytes, if the presentation carried it. Forget it after use.
        waived: the verdicts that would have struck, had the caller not waived them.
    """

    health: HealthCode
    issuer: TrustedIssuer
    valid_from: datetime
    expires_at: datetime
    cti: bytes
    public_key: PublicKey
    holder_key: PublicKey | None
    presented_at: datetime | None
    opening: bytes | None
    waived: frozenset[Verdict]

    def matches_document(self, document_type: str, number: str, opening: bytes | None = None) -> bool:
        """Tell whether the code is bound to this identity document (section 10).

        Args:
            document_type: a `DocumentType`, or its name.
            number: the number in the spelling of the spec's table.
            opening: the 16 bytes that came beside the code; those of the presentation when left out.

        Returns:
            True when the binding commits to it; False when it does not, or when the code has no binding.

        Raises:
            TypeError: when an argument is of another type.
            ValueError: when the number is not spelled as the table says, the opening has not 16 bytes, or there is
                none, neither here nor in the presentation.
        """
        opening = self.opening if opening is None else opening
        if opening is None:
            raise ValueError("nothing can be compared without the opening, and the code brought none")
        return document_matches(self.health.binding, document_type, number, opening)


def verify(
    text: str,
    *,
    registry: Registry,
    at: datetime | None = None,
    skew: int = DEFAULT_SKEW,
    waive: Collection[str] = frozenset(),
    nonce: bytes | None = None,
    replay: ReplayMemory | None = None,
) -> Verified:
    """Judge the text of a health code, offline, by the numbered steps of the spec.

    Args:
        text: what the QR code holds: a credential, `HP1:`, or a presentation, `HPP1:`, and Base45.
        registry: whom you trust.
        at: the time of judging, with a time zone; now when left out.
        skew: by how many seconds the issuer's clock may be ahead, 0 to 300.
        waive: verdicts not to refuse by, of `registry-stale`, `clock-suspect`, `status-unknown` and
            `presentation-required`; those that would have struck are in `Verified.waived`.
        nonce: what the gate asked for, 8 to 64 bytes, if it did; a presentation must carry it.
        replay: what the gate remembers, if it does; a presentation passes once.

    Returns:
        The credential, authentic and in force. Whether its colour opens the door is the gate's own rule.

    Raises:
        VerificationError: when it is not valid or cannot be judged; `code` is the verdict. The classes beneath
            it tell the kinds apart.
        TypeError: when an argument is of another type.
        ValueError: when `at` has no time zone, `skew` or `nonce` is out of range, or `waive` names what cannot be
            waived.
    """
    _check_arguments(text, registry, skew, nonce)
    waive = _check_waive(waive)
    seconds = to_seconds(now() if at is None else at)

    prefix, data = _text.decode(text, _text.CREDENTIAL, _text.PRESENTATION)  # (1)
    presentation = _presentation.parse(data) if prefix == _text.PRESENTATION else None  # (2)
    envelope = _cose.parse(data) if presentation is None else presentation.envelope
    candidates = registry.candidates(envelope.kid)  # (3)
    key = _signed_by(candidates, envelope)  # (4)
    claims = _claims.decode(envelope.payload)  # (5), (6)
    if claims.issuer != key.issuer.id:  # (7)
        raise UntrustedError(
            Verdict.ISSUER_MISMATCH, "the code names another issuer than the registry lists for its key"
        )
    # (8), (9), (11): a pinned registry has no state, key validity or clock that could fail (VER-4)
    if key.scope is not None:
        key.scope.check(claims)  # (10)
    _check_time(claims, seconds, skew)  # (12)
    waived = set()
    if claims.health.status is not None:  # (13)
        waived.add(_waive(waive, _STATUS_UNKNOWN))
    showing = None
    if presentation is not None:  # (14)
        showing = _presentation.judge(presentation, claims.holder_key, at=seconds, nonce=nonce, replay=replay)
    elif claims.holder_key is not None:
        waived.add(_waive(waive, _PRESENTATION_REQUIRED))
    return Verified(
        health=claims.health,
        issuer=key.issuer,
        valid_from=from_seconds(claims.valid_from),
        expires_at=from_seconds(claims.expires),
        cti=claims.cti,
        public_key=key.public_key,
        holder_key=claims.holder_key,
        presented_at=from_seconds(showing.at) if showing else None,
        opening=showing.opening if showing else None,
        waived=frozenset(waived),
    )


def _check_arguments(text: str, registry: Registry, skew: int, nonce: bytes | None) -> None:
    if not isinstance(text, str):
        raise TypeError(f"text must be a str, not {type(text).__name__}")
    if not isinstance(registry, Registry):
        raise TypeError(f"registry must be a Registry, not {type(registry).__name__}")
    if type(skew) is not int:
        raise TypeError(f"skew must be an int, not {type(skew).__name__}")
    if not 0 <= skew <= MAX_SKEW:
        raise ValueError(f"skew must be 0 to {MAX_SKEW} seconds, not {skew}")
    if nonce is not None:
        check_nonce(nonce)


def _check_waive(waive: Collection[str]) -> frozenset[str]:
    if isinstance(waive, str):
        raise TypeError("waive must be a collection of verdicts, such as {'status-unknown'}, not one str")
    waive = frozenset(waive)
    if not waive <= WAIVABLE:
        raise ValueError(f"only these verdicts can be waived: {', '.join(sorted(WAIVABLE))}")
    return waive


def _signed_by(candidates: tuple[TrustedKey, ...], envelope: _cose.Envelope) -> TrustedKey:
    """Return the candidate whose key verifies the signature (SIG-5, VER-3)."""
    for key in candidates:
        try:
            key.public_key.verify(envelope.signature, envelope.to_be_signed)
        except SignatureError:
            continue
        return key
    raise SignatureError(Verdict.BAD_SIGNATURE, "the signature does not verify under the issuer's key")


def _check_time(claims: Claims, at: int, skew: int) -> None:
    if claims.valid_from > at + skew:
        raise ValidityError(Verdict.NOT_YET_VALID, "the code is not in force yet")
    if at >= claims.expires:  # no skew here: the end is the issuer's word
        raise ValidityError(Verdict.EXPIRED, "the code is no longer in force")


def _waive(waive: frozenset[str], failed: tuple[type[VerificationError], Verdict, str]) -> Verdict:
    """Raise what failed, or return its verdict where the caller has waived it (VER-8)."""
    error, verdict, message = failed
    if verdict not in waive:
        raise error(verdict, message)
    return verdict


_STATUS_UNKNOWN: Final = (
    CannotJudgeError,
    Verdict.STATUS_UNKNOWN,
    "the code can be withdrawn, and there is no status list to look it up in",
)
_PRESENTATION_REQUIRED: Final = (
    PresentationError,
    Verdict.PRESENTATION_REQUIRED,
    "the code is bound to a device, and was shown without a presentation",
)
