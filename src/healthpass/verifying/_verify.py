"""Verifying: from a text to a `Verified`, a `Judgement`, or one verdict (spec/credential.md, section 12)."""

from collections.abc import Callable, Collection, Mapping, Sequence
from datetime import datetime, timedelta
from typing import Final, final

from healthpass.codec import _cose, _text
from healthpass.codec._time import TIME_LIMIT, from_seconds, now, seconds_in, to_seconds
from healthpass.credential import _claims
from healthpass.credential._regions import IssuerId
from healthpass.documents._fields import check_environment
from healthpass.documents._office_document import OfficeDocument
from healthpass.documents._policy import Policy
from healthpass.documents._risk_map import MapInForce
from healthpass.documents._statement import PRODUCTION
from healthpass.presentation import _presentation
from healthpass.presentation._presentation import check_nonce
from healthpass.presentation._replay import Replays
from healthpass.trust._edge import Edge
from healthpass.trust._registry import Registry
from healthpass.verifying._decided import Decided
from healthpass.verifying._judge import Expected, best, check_all
from healthpass.verifying._judgement import FailedJudgement, Judgement, ValidJudgement
from healthpass.verifying._verified import Verified
from healthpass.words._discreet import discreet
from healthpass.words._errors import PresentationError, SignatureError, VerificationError
from healthpass.words._verdicts import WAIVABLE, Verdict

MAX_SKEW: Final = 300  # seconds
DEFAULT_SKEW: Final = 60
MAX_GRACE: Final = timedelta(days=7)  # STL-12
_SKEW: Final = timedelta(seconds=DEFAULT_SKEW)
_NONE: Final = timedelta(0)
_MAX_SKEW: Final = timedelta(seconds=MAX_SKEW)


@final
class Verifier:
    """A gate: what it decides once, and then the texts that it judges, offline.

    >>> from healthpass import Registry, SigningKey
    >>> gate = Verifier(Registry.pinned({"CN-33-01.WJW": [SigningKey.generate().public_key]}))
    >>> gate.judge("not a code").verdict.guard.en
    'This is not a complete health code; ask the holder to open the code and scan again, or check another way.'

    Args:
        registry: whom it trusts: a `Registry`, or whatever returns the newest, such as
            `TrustStore.open("gate").registry`, which is asked for each text.
        replay: what it remembers, if it does, such as a `ReplayMemory`; a presentation passes once.
        skew: by how much the issuer's clock may be ahead, 0 to 300 seconds.
        waive: verdicts not to refuse by, of `registry-stale`, `clock-suspect`, `status-unknown` and
            `presentation-required`; those that would have struck are in `Verified.waived`.
        environment: which environment's codes are wanted; a test's registry is refused unless it is asked for.
        status_grace: for how long beyond its end a status list is believed, 0 to 7 days: a gate's own choice, for
            a day on which no newer list can be had.
        policy: the office whose policy it follows, such as `CN-33-01.WJW`, which the registry holds; or an opened
            policy that was given by hand. None to follow none.
        maps: the risk maps of a policy that was given by hand, in its order.

    Raises:
        TypeError: when an argument is of another type.
        ValueError: when the policy is no issuer id, is of another environment, or is an office's and the registry
            a pinned one; when `skew` or `status_grace` is out of range, `environment` is no name of one, or
            `waive` names what cannot be waived.
    """

    __slots__ = ("_environment", "_grace", "_maps", "_policy", "_registry", "_replay", "_skew", "_waive")

    def __init__(
        self,
        registry: Registry | Callable[[], Registry],
        *,
        replay: Replays | None = None,
        skew: timedelta = _SKEW,
        waive: Collection[str] = frozenset(),
        environment: str = PRODUCTION,
        status_grace: timedelta = _NONE,
        policy: str | OfficeDocument[Policy] | None = None,
        maps: Sequence[MapInForce] = (),
    ) -> None:
        if not isinstance(registry, Registry) and not callable(registry):
            raise TypeError(f"registry must be a Registry, or return one, not {type(registry).__name__}")
        if replay is not None and not isinstance(replay, Replays):
            raise TypeError(f"replay must be a ReplayMemory or the like, not {type(replay).__name__}")
        if environment != PRODUCTION:
            check_environment(environment)
        self._registry = registry
        self._replay = replay
        self._skew = _seconds("skew", skew, _MAX_SKEW)
        self._waive = _check_waive(waive)
        self._environment = environment
        self._grace = _seconds("status_grace", status_grace, MAX_GRACE)
        self._policy = _check_policy(policy, registry, environment)
        self._maps = tuple(maps)
        if self._maps and not isinstance(policy, OfficeDocument):
            raise ValueError("maps go with a policy that is given by hand: a registry holds those of an office")

    @discreet
    def verify(self, text: str, *, nonce: bytes | None = None, at: datetime | None = None) -> Verified:
        """Judge the text of a health code by the numbered steps of the spec.

        Args:
            text: what the QR code holds: a credential, `HP1:`, or a presentation, `HPP1:`, and Base45.
            nonce: what the gate asked for, 8 to 64 bytes, if it did; a presentation must carry it.
            at: the time of judging, with a time zone; now when left out.

        Returns:
            The credential, authentic and in force. Whether its colour opens the door is the gate's own rule.

        Raises:
            VerificationError: when it is not valid or cannot be judged; `verdict` says why. The classes beneath
                it tell the kinds apart.
            TypeError: when an argument is of another type.
            ValueError: when `at` has no time zone or is not from 1970 to 9998, or `nonce` has another size.
        """
        return self._verify(text, nonce, at)

    def judge(
        self,
        text: str,
        *,
        nonce: bytes | None = None,
        at: datetime | None = None,
        answers: Mapping[str, bool] | None = None,
        document: bool | None = None,
        place: str | None = None,
    ) -> ValidJudgement | FailedJudgement:
        """Judge the text of a health code, decide by the gate's policy, and raise nothing for either.

        Args:
            text: as for `verify`.
            nonce: as for `verify`.
            at: as for `verify`.
            answers: as for `decide`.
            document: as for `decide`.
            place: as for `decide`.

        Returns:
            What the code says where it is valid, and what is done then; else the verdict, and what to tell the
            guard and the holder.

        Raises:
            TypeError: as `verify`.
            ValueError: as `verify` and `decide`.
        """
        at = now() if at is None else at
        try:
            verified = self.verify(text, nonce=nonce, at=at)
        except VerificationError as error:
            return Judgement.of(error)
        if self._policy is None and answers is None and document is None and place is None:
            return Judgement.of(verified)
        return Judgement.of(
            verified, self.decide(verified, at=at, answers=answers, document=document, place=place)
        )

    def decide(
        self,
        code: Verified | None,
        *,
        at: datetime | None = None,
        answers: Mapping[str, bool] | None = None,
        document: bool | None = None,
        place: str | None = None,
    ) -> Decided:
        """Decide what is done with a person by the policy that the gate follows (spec/decision.md).

        Args:
            code: what `verify` has returned for this time; None for a person without a code.
            at: the time, with a time zone; now when left out.
            answers: the answers to the policy's questions, by their names: True for yes, False for no.
            document: True when the person's identity document is the code's, False when it is another's, None when
                nobody has compared it.
            place: what kind of place the gate is, one of the policy's.

        Returns:
            What is done, or what has to be known first.

        Raises:
            ValueError: when the gate follows no policy, an answer or the place is none of the policy's, or `at`
                has no time zone.
        """
        # A gate that follows no policy loads nothing of this.
        from healthpass.deciding._decide import decide  # noqa: PLC0415
        from healthpass.deciding._decision import Ground  # noqa: PLC0415

        at = now() if at is None else at
        if self._policy is None:
            raise ValueError("this gate follows no policy: Verifier(policy=...) names one")
        policy, maps = self._in_force(at)
        decision = decide(code, policy, at=at, maps=maps, answers=answers, document=document, place=place)
        return Decided.of(decision, policy if decision.ground is not Ground.NO_POLICY else None)

    def _in_force(self, at: datetime) -> tuple[OfficeDocument[Policy] | None, tuple[MapInForce, ...]]:
        """Return the policy that is in force, and its maps."""
        if not isinstance(self._policy, str):
            return self._policy, self._maps
        registry = self._registry if isinstance(self._registry, Registry) else self._registry()
        policy = registry.policy(self._policy, at)
        return policy, registry.maps(policy, at) if policy else ()

    def _verify(self, text: str, nonce: bytes | None, at: datetime | None) -> Verified:
        if not isinstance(text, str):
            raise TypeError(f"text must be a str, not {type(text).__name__}")
        if nonce is not None:
            check_nonce(nonce)
        seconds = to_seconds(now() if at is None else at)
        if not 0 <= seconds < TIME_LIMIT:
            raise ValueError("at must lie from 1970 to 9998")
        registry, waive = self._registry, self._waive
        if not isinstance(registry, Registry):
            registry = registry()
            if not isinstance(registry, Registry):
                raise TypeError(f"registry must return a Registry, not {type(registry).__name__}")
        prefix, data = _text.decode(text, _text.CREDENTIAL, _text.PRESENTATION)  # (1)
        presentation = _presentation.parse(data) if prefix == _text.PRESENTATION else None  # (2)
        envelope = _cose.parse(data) if presentation is None else presentation.envelope
        candidates = registry._candidates(envelope.kid, at=seconds, waive=waive)  # (3)
        edges = _signed_by(candidates, envelope)  # (4)
        claims = _claims.decode(envelope.payload)  # (5), (6)
        expected = Expected(registry, self._environment, seconds, seconds + self._skew, waive, self._grace)
        edge, (waived, status_issued_at) = best(edges, claims, expected, check=check_all)  # (7) to (13)
        showing = None
        if presentation is not None:  # (14)
            showing = _presentation.judge(
                presentation, claims.holder_key, at=from_seconds(seconds), nonce=nonce, replay=self._replay
            )
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
            valid_from=claims.valid_from,
            expires_at=claims.expires_at,
            cti=claims.cti,
            public_key=edge.public_key,
            holder_key=claims.holder_key,
            presented_at=showing.at if showing else None,
            opening=showing.opening if showing else None,
            status_issued_at=None if status_issued_at is None else from_seconds(status_issued_at),
            waived=frozenset(waived),
        )


@discreet
def verify(
    text: str,
    *,
    registry: Registry,
    at: datetime | None = None,
    skew: timedelta = _SKEW,
    waive: Collection[str] = frozenset(),
    nonce: bytes | None = None,
    replay: Replays | None = None,
    environment: str = PRODUCTION,
    status_grace: timedelta = _NONE,
) -> Verified:
    """Judge the text of a health code, offline, by the numbered steps of the spec.

    Whoever judges many makes a `Verifier` once.

    Args:
        text: as for `Verifier.verify`.
        registry: whom you trust.
        at: as for `Verifier.verify`.
        skew: as for `Verifier`.
        waive: as for `Verifier`.
        nonce: as for `Verifier.verify`.
        replay: as for `Verifier`.
        environment: as for `Verifier`.
        status_grace: as for `Verifier`.

    Returns:
        The credential, authentic and in force. Whether its colour opens the door is the gate's own rule.

    Raises:
        VerificationError: as `Verifier.verify`.
        TypeError: as `Verifier` and its `verify`.
        ValueError: as `Verifier` and its `verify`.
    """
    if not isinstance(registry, Registry):
        raise TypeError(f"registry must be a Registry, not {type(registry).__name__}")
    gate = Verifier(
        registry, replay=replay, skew=skew, waive=waive, environment=environment, status_grace=status_grace
    )
    return gate._verify(text, nonce, at)  # noqa: SLF001


def _seconds(name: str, span: timedelta, at_most: timedelta) -> int:
    if not isinstance(span, timedelta):
        raise TypeError(f"{name} must be a timedelta, not {type(span).__name__}")
    if not _NONE <= span <= at_most:
        raise ValueError(f"{name} must be 0 to {seconds_in(at_most):,} seconds")
    return seconds_in(span)


def _check_policy(
    policy: str | OfficeDocument[Policy] | None, registry: object, environment: str
) -> IssuerId | OfficeDocument[Policy] | None:
    if isinstance(policy, str):
        if isinstance(registry, Registry) and registry.environment is None:
            raise ValueError("a pinned registry holds no policy of an office; give an opened one")
        return IssuerId(policy)
    if policy is None:
        return None
    if not isinstance(policy, OfficeDocument) or not isinstance(policy.content, Policy):
        raise TypeError(f"policy must be an office's id or an opened policy, not {type(policy).__name__}")
    if policy.environment != environment:
        raise ValueError(
            f"the policy is of the environment {policy.environment!r}, and the gate of {environment!r}"
        )
    return policy


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
