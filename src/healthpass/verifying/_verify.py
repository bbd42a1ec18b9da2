"""Verifying: from a text to a `Verified`, or to one verdict (spec/credential.md, section 12)."""

from collections.abc import Collection
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Final, final

from healthpass.codec import _cose, _text
from healthpass.codec._keys import PublicKey
from healthpass.codec._time import TIME_LIMIT, from_seconds, now, to_seconds
from healthpass.credential import _claims
from healthpass.credential._binding import document_matches
from healthpass.credential._health import HealthCode
from healthpass.documents._fields import check_environment
from healthpass.documents._statement import PRODUCTION
from healthpass.presentation import _presentation
from healthpass.presentation._presentation import check_nonce
from healthpass.presentation._replay import ReplayMemory
from healthpass.trust._edge import Edge, TrustedIssuer, TrustPath
from healthpass.trust._registry import Registry
from healthpass.verifying._judge import Expected, best, check_all
from healthpass.words._errors import (
    PresentationError,
    SignatureError,
)
from healthpass.words._verdicts import WAIVABLE, Verdict

MAX_SKEW: Final = 300  # seconds
DEFAULT_SKEW: Final = 60
MAX_GRACE: Final = timedelta(days=7)  # STL-13
_NO_GRACE: Final = timedelta(0)
_SECOND: Final = timedelta(seconds=1)


@final
@dataclass(frozen=True, slots=True, kw_only=True)
class Verified:
    """A credential that has passed every step; what `verify` returns, and nothing else should make.

    Attributes:
        health: what the issuer states.
        issuer: who states it, as the registry names it, and where to appeal.
        path: by which way the issuer is trusted; None with a pinned registry, where it is trusted by name.
        valid_from: the start of validity, in UTC.
        expires_at: the end of validity, in UTC.
        cti: the credential's identifier, 12 bytes: with the issuer's id, what an appeal refers to.
        public_key: the key that signed it.
        holder_key: the device key that it is bound to, or None for a bearer code.
        presented_at: when the device made the presentation, in UTC; None for a credential shown bare.
        opening: the opening of the binding, 16 bytes, if the presentation carried it. Forget it after use.
        status_issued_at: when the status list was made that called the code good, in UTC; None without one.
        waived: the verdicts that would have struck, had the caller not waived them.
    """

    health: HealthCode
    issuer: TrustedIssuer
    path: TrustPath | None
    valid_from: datetime
    expires_at: datetime
    cti: bytes
    public_key: PublicKey
    holder_key: PublicKey | None
    presented_at: datetime | None
    opening: bytes | None
    status_issued_at: datetime | None
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
    environment: str = PRODUCTION,
    status_grace: timedelta = _NO_GRACE,
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
        environment: which environment's codes are wanted; a test's registry is refused unless it is asked for.
        status_grace: for how long beyond its end a status list is believed, 0 to 7 days: a gate's own choice, for
            a day on which no newer list can be had.

    Returns:
        The credential, authentic and in force. Whether its colour opens the door is the gate's own rule.

    Raises:
        VerificationError: when it is not valid or cannot be judged; `code` is the verdict. The classes beneath
            it tell the kinds apart.
        TypeError: when an argument is of another type.
        ValueError: when `at` has no time zone or is not from 1970 to 9998, `skew` or `nonce` is out of range,
            or `waive` names what cannot be waived.
    """
    _check_arguments(text, registry, skew, nonce, environment)
    waive = _check_waive(waive)
    seconds = to_seconds(now() if at is None else at)
    if not 0 <= seconds < TIME_LIMIT:
        raise ValueError("at must lie from 1970 to 9998")

    prefix, data = _text.decode(text, _text.CREDENTIAL, _text.PRESENTATION)  # (1)
    presentation = _presentation.parse(data) if prefix == _text.PRESENTATION else None  # (2)
    envelope = _cose.parse(data) if presentation is None else presentation.envelope
    candidates = registry.candidates(envelope.kid, at=seconds, waive=waive)  # (3)
    edges = _signed_by(candidates, envelope)  # (4)
    claims = _claims.decode(envelope.payload)  # (5), (6)
    expected = Expected(registry, environment, seconds, skew, waive, _seconds_of_grace(status_grace))
    edge, (waived, status_issued_at) = best(edges, claims, expected, check=check_all)  # (7) to (13)
    showing = None
    if presentation is not None:  # (14)
        showing = _presentation.judge(presentation, claims.holder_key, at=seconds, nonce=nonce, replay=replay)
    elif claims.holder_key is not None:
        if Verdict.PRESENTATION_REQUIRED not in waive:
            raise PresentationError(
                Verdict.PRESENTATION_REQUIRED,
                "the code is bound to a device, and was shown without a presentation",
            )
        waived.append(Verdict.PRESENTATION_REQUIRED)
    return Verified(
        health=claims.health,
        issuer=edge.issuer,
        path=edge.path,
        valid_from=from_seconds(claims.valid_from),
        expires_at=from_seconds(claims.expires),
        cti=claims.cti,
        public_key=edge.public_key,
        holder_key=claims.holder_key,
        presented_at=from_seconds(showing.at) if showing else None,
        opening=showing.opening if showing else None,
        status_issued_at=None if status_issued_at is None else from_seconds(status_issued_at),
        waived=frozenset(waived),
    )


def _check_arguments(text: str, registry: Registry, skew: int, nonce: bytes | None, environment: str) -> None:
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
    if environment != PRODUCTION:
        check_environment(environment)


def _seconds_of_grace(grace: timedelta) -> int:
    if not isinstance(grace, timedelta):
        raise TypeError(f"status_grace must be a timedelta, not {type(grace).__name__}")
    if not _NO_GRACE <= grace <= MAX_GRACE:
        raise ValueError(f"status_grace must be 0 to {MAX_GRACE.days} days")
    return grace // _SECOND


def _check_waive(waive: Collection[str]) -> frozenset[str]:
    if isinstance(waive, str):
        raise TypeError("waive must be a collection of verdicts, such as {'status-unknown'}, not one str")
    waive = frozenset(waive)
    if not waive <= WAIVABLE:
        raise ValueError(f"only these verdicts can be waived: {', '.join(sorted(WAIVABLE))}")
    return waive


def _signed_by(candidates: tuple[tuple[Edge, ...], ...], envelope: _cose.Envelope) -> tuple[Edge, ...]:
    """Return the edges of the candidate key that verifies the signature (SIG-5, VER-3)."""
    for edges in candidates:
        try:
            edges[0].public_key.verify(envelope.signature, envelope.to_be_signed)
        except SignatureError:
            continue
        return edges
    raise SignatureError(Verdict.BAD_SIGNATURE, "the signature does not verify under the issuer's key")
