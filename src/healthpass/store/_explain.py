"""Why a code is trusted or not: the verdict, and what each path to its key comes to."""

from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field
from datetime import datetime
from functools import partial
from operator import attrgetter
from typing import Annotated, Any, Final, Self

from pydantic import Field, InstanceOf, PlainSerializer, SerializerFunctionWrapHandler, model_serializer

from healthpass.codec import _cose, _text
from healthpass.codec._keys import thumbprint
from healthpass.codec._time import from_seconds, to_seconds
from healthpass.credential._health import StatusPlace
from healthpass.credential._model import Hex, Time
from healthpass.credential._regions import IssuerId, RegionId
from healthpass.documents._fields import SCOPE
from healthpass.documents._registry_document import KeyEntry
from healthpass.documents._scope import Scope
from healthpass.documents._told import told
from healthpass.presentation import _presentation
from healthpass.store._issuer_view import EndField, KeyView, ListsView, Speaker, View, is_of
from healthpass.store._view import AuthorityView, Standing
from healthpass.trust._edge import Edge, JudgedPath, TrustedIssuer
from healthpass.trust._registry import Listed, Registry
from healthpass.trust._state import State
from healthpass.trust._trust import Trust
from healthpass.trust._views import registry_of, views_of
from healthpass.verifying._inspect import inspect_unverified
from healthpass.verifying._judgement import Judgement
from healthpass.verifying._verified import Verified
from healthpass.verifying._verify import verify
from healthpass.words._errors import VerificationError
from healthpass.words._limits import PUBLISHED_KEYS
from healthpass.words._verdicts import Verdict

_BY_ID: Final = PlainSerializer(attrgetter("id"), when_used="json")


class KeyEnding(View):
    """How a key has ended by one registry of a path: the anchor's, or that of the authority (PTH-4).

    Attributes:
        by: whose registry it is.
        epoch: its epoch.
        version: its version.
        revoked: when it was revoked, and why; None where it was not.
        retired: when it was retired, and why; None where it was not.
    """

    by: RegionId
    epoch: int
    version: int
    revoked: EndField
    retired: EndField


class Withdrawal(View):
    """A status list that withdraws the code (STL-11).

    Attributes:
        by: the authority whose registry lists the key of the list: the anchor, or the authority of the path.
        kid: the kid of the status key that signed the list.
        issued_at: when the list was made.
    """

    by: RegionId
    kid: Hex
    issued_at: Time


class PathView(View):
    """A path to the key of a code. Nothing that the code claims is in its JSON.

    Attributes:
        anchor: what is held of the anchor; in JSON its id.
        authority: what is held of the authority that lists the issuer; in JSON its id.
        issuer: the issuer as the registry names it; in JSON its id.
        speaks: whether the authority speaks for the issuer on this path; if not, no code is valid by it.
        speaker: who speaks for the issuer; None where nobody does now.
        standing: how it stands with the path.
        stale_from: from when the path is out of date; None where it never was up to date.
        key: the key.
        scope: what it is trusted for on this path.
        status: the issuer's status lists that are held; without their address.
        endings: how the key has ended, by each registry of the path that says so.
        withdrawals: the lists of the path that withdraw the code; none are told where the verdict is another one.
        ends: whether what has ended on this path makes the code invalid on every path (PTH-12).
        verdict: what `verify` says on this path alone.
        verified: what `verify` returns on this path alone; None where the code is not valid, here or on all paths
            together. Not in JSON.
    """

    anchor: Annotated[AuthorityView, _BY_ID]
    authority: Annotated[AuthorityView, _BY_ID]
    issuer: Annotated[TrustedIssuer, _BY_ID]
    speaks: bool
    speaker: Speaker | None
    standing: Standing
    stale_from: Time | None
    key: KeyView
    scope: Annotated[InstanceOf[Scope], PlainSerializer(partial(told, SCOPE), when_used="json")]
    status: ListsView
    endings: tuple[KeyEnding, ...]
    withdrawals: tuple[Withdrawal, ...]
    ends: bool
    verdict: Verdict
    verified: InstanceOf[Verified] | None = Field(exclude=True)


class Explanation(View):
    """Why a code is trusted or not. Its JSON is that of the `Judgement`, and the members here.

    Attributes:
        judged: what `verify` returns or raises.
        kid: the kid by which the key is looked up; None where the text cannot be read so far.
        paths: the paths that lead to it, and those of authorities that list it and do not speak for its issuer.
        weak_at: the authorities that list a key of this kid which counts as not there (KEY-2); not in JSON.
        asked: the anchors' own states; not in JSON.
    """

    judged: InstanceOf[Verified] | InstanceOf[VerificationError] = Field(exclude=True)
    kid: Hex | None
    paths: tuple[PathView, ...]
    weak_at: tuple[RegionId, ...] = Field(exclude=True)
    asked: tuple[AuthorityView, ...] = Field(exclude=True)

    @model_serializer(mode="wrap", when_used="json")
    def _as_json(self, write: SerializerFunctionWrapHandler) -> dict[str, Any]:
        told: dict[str, Any] = write(self)
        return Judgement.of(self.judged).model_dump(mode="json") | told

    @classmethod
    def _of(cls, trust: Trust, text: str, environment: str, at: datetime) -> Self:
        """Judge a text by what is trusted, and by each path alone."""
        registry, kid = registry_of(trust), _kid(text)
        states = {(state.anchor, state.authority): state for state in trust.states}
        look = _Looking(text, registry, states, environment, at)
        judged = look.judge(registry)
        listed = registry._listed(kid) if kid else ()
        return cls(
            judged=judged,
            kid=kid,
            paths=tuple(look.path(one, edge, judged) for one in listed if (edge := one.edge)),
            weak_at=tuple(dict.fromkeys(_weak_at(trust, kid, listed))) if kid else (),
            asked=tuple(look.state(view) for _, view in views_of(trust) if view.is_own),
        )


@dataclass(frozen=True)
class _Looking:
    """One look at what a store holds, for one text."""

    _text: str = field(repr=False)
    _registry: Registry
    _states: dict[tuple[RegionId, RegionId], State]
    _environment: str
    _at: datetime

    def judge(self, registry: Registry) -> Verified | VerificationError:
        """Judge the text."""
        try:
            return verify(self._text, registry=registry, at=self._at, environment=self._environment)
        except VerificationError as error:
            return error.with_traceback(None)

    def state(self, view: JudgedPath) -> AuthorityView:
        """Look at a state."""
        return AuthorityView._of(self._state(view), view, self._at)

    def path(self, listed: Listed, edge: Edge, whole: Verified | VerificationError) -> PathView:
        """Look at the path of an edge.

        Args:
            listed: the key as it is listed.
            edge: its edge.
            whole: what the code comes to on all paths.
        """
        view, entry, scope, issuer = listed.view, edge.entry, edge.scope, edge.issuer.id
        assert entry and scope  # noqa: PT018, S101 - of a pinned registry alone, which no store makes
        judged = self.judge(self._registry._narrowed(entry.kid, listed))
        speaker = Speaker._of(self._registry, view, issuer, self._at)
        speaks = is_of(speaker, view)
        verdict, overall = _verdict(judged), _verdict(whole)
        # Only then has the signature been verified, and the code told that it is withdrawn.
        place = self._place() if Verdict.REVOKED in (verdict, overall) else None
        counts = speaks and view.in_force(to_seconds(self._at)) and verdict is not Verdict.ISSUER_MISMATCH
        authority = self.state(view)
        withdrawals = tuple(self._withdrawals(view, issuer, place)) if place else ()
        ended = {Verdict.KEY_REVOKED: edge.ending.revoked, Verdict.REVOKED: bool(withdrawals)}
        return PathView(
            anchor=self.state(view.anchor),
            authority=authority,
            issuer=edge.issuer,
            speaks=speaks,
            speaker=speaker,
            standing=authority.standing,
            stale_from=authority.stale_from,
            key=KeyView._of(entry, issuer, view, self._at),
            scope=scope,
            status=ListsView._of(view, issuer, None, self._at),
            endings=tuple(self._endings(view, issuer, entry)),
            withdrawals=withdrawals,
            ends=counts and ended.get(overall, False),
            verdict=verdict,
            verified=judged if isinstance(judged, Verified) and isinstance(whole, Verified) else None,
        )

    def _state(self, view: JudgedPath) -> State:
        return self._states[view.anchor.authority, view.authority]

    def _place(self) -> StatusPlace | None:
        claimed = inspect_unverified(self._text).claimed
        return claimed and claimed.health.status

    def _endings(self, view: JudgedPath, issuer: IssuerId, entry: KeyEntry) -> Iterator[KeyEnding]:
        for one in dict.fromkeys((view, view.anchor)):
            registry = self._state(one).usable
            if registry is None or (issuer, entry.raw) not in one.endings:
                continue
            listed = next(key for key in registry.content.listed() if key.raw == entry.raw)
            said = listed.entry()
            yield KeyEnding(
                by=one.authority,
                epoch=registry.statement.epoch,
                version=registry.statement.version,
                revoked=said.revoked,
                retired=said.retired,
            )

    def _withdrawals(self, view: JudgedPath, issuer: IssuerId, place: StatusPlace) -> Iterator[Withdrawal]:
        for by, held, key in view.withdrawing(issuer, place, to_seconds(self._at)):
            issued = from_seconds(held.content.issued)
            yield Withdrawal(by=by.authority, kid=key.entry.kid, issued_at=issued)


def _verdict(judged: Verified | VerificationError) -> Verdict:
    return Verdict.VALID if isinstance(judged, Verified) else judged.verdict


def _weak_at(trust: Trust, kid: bytes, listed: Iterable[Listed]) -> Iterator[RegionId]:
    yield from (one.view.authority for one in listed if one.edge is None)
    published = {raw for raw in PUBLISHED_KEYS if thumbprint(raw).startswith(kid)}
    for state in trust.states if published else ():  # no registry has an entry for these
        if state.registry and any(one.raw in published for one in state.registry.content.listed()):
            yield state.authority


def _kid(text: str) -> bytes | None:
    """Return the kid by which the code's key is looked up; None where the text cannot be read so far."""
    try:
        prefix, data = _text.decode(text, _text.CREDENTIAL, _text.PRESENTATION)
        envelope = _cose.parse(data) if prefix == _text.CREDENTIAL else _presentation.parse(data).envelope
    except VerificationError:
        return None
    return envelope.kid
