"""Why a code is trusted or not: the verdict, and what each path to its key comes to."""

from dataclasses import dataclass, field
from datetime import datetime
from functools import partial
from operator import attrgetter
from typing import Annotated, Any, Final, Self

from pydantic import Field, InstanceOf, PlainSerializer, SerializerFunctionWrapHandler, model_serializer

from healthpass.codec import _cose, _text
from healthpass.codec._keys import thumbprint
from healthpass.codec._time import to_seconds
from healthpass.credential._model import Hex, Time
from healthpass.credential._regions import RegionId
from healthpass.documents._fields import SCOPE
from healthpass.documents._scope import Scope
from healthpass.documents._told import told
from healthpass.presentation import _presentation
from healthpass.store._view import AuthorityView, KeyView, ListsView, NamesField, Standing, View
from healthpass.trust._edge import Edge, StateView, TrustedIssuer
from healthpass.trust._held import Tombstone
from healthpass.trust._registry import Registry
from healthpass.trust._state import State
from healthpass.trust._trust import Trust
from healthpass.trust._views import registry_of, views_of
from healthpass.verifying._judgement import Judgement
from healthpass.verifying._verified import Verified
from healthpass.verifying._verify import verify
from healthpass.words._errors import VerificationError
from healthpass.words._verdicts import Verdict

_BY_ID: Final = PlainSerializer(attrgetter("id"), when_used="json")


class Revocation(View):
    """Who has revoked a key, of those from whom a path accepts revocations.

    Attributes:
        by: the authority.
        name: what its registry calls it, or None.
        is_own: whether it is the authority that lists the key.
        since: the epoch and version of the registry that revoked it; None where that is not known any more.
    """

    by: RegionId
    name: NamesField | None
    is_own: bool
    since: tuple[int, int] | None


class PathView(View):
    """A path to the key of a code. Nothing that the code claims is in its JSON.

    Attributes:
        anchor: what is held of the anchor; in JSON its id.
        authority: what is held of the authority that lists the issuer; in JSON its id.
        issuer: the issuer as the registry names it; in JSON its id.
        standing: how it stands with the path.
        stale_from: from when the path is out of date; None where it never was up to date.
        key: the key.
        scope: what it is trusted for on this path.
        status: the issuer's status lists that are held; without their address.
        verdict: what `verify` says on this path alone.
        revocations: who has revoked the key; not in JSON.
        verified: what `verify` returns on this path alone; None where the code is not valid. Not in JSON.
    """

    anchor: Annotated[AuthorityView, _BY_ID]
    authority: Annotated[AuthorityView, _BY_ID]
    issuer: Annotated[TrustedIssuer, _BY_ID]
    standing: Standing
    stale_from: Time | None
    key: KeyView
    scope: Annotated[InstanceOf[Scope], PlainSerializer(partial(told, SCOPE), when_used="json")]
    status: ListsView
    verdict: Verdict
    revocations: tuple[Revocation, ...] = Field(exclude=True)
    verified: InstanceOf[Verified] | None = Field(exclude=True)


class Explanation(View):
    """Why a code is trusted or not. Its JSON is that of the `Judgement`, and the members here.

    Attributes:
        judged: what `verify` returns or raises.
        kid: the kid by which the key is looked up; None where the text cannot be read so far.
        paths: the paths that lead to it.
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
        views = views_of(trust.states)
        registry = registry_of(trust.environment, views)
        look = _Looking(text, registry, {view: state for state, view in views}, environment, at)
        kid = _kid(text)
        return cls(
            judged=look.judge(registry),
            kid=kid,
            paths=tuple(look.path(edge, edge.view) for edge in registry._edges(kid or b"") if edge.view),
            weak_at=tuple(
                state.authority
                for state, _ in views
                if kid
                and state.registry
                and any(thumbprint(raw).startswith(kid) for raw in state.registry.dropped)
            ),
            asked=tuple(look.state(view) for _, view in views if view.is_own),
        )


@dataclass(frozen=True)
class _Looking:
    """One look at what a store holds, for one text."""

    _text: str = field(repr=False)
    _registry: Registry
    _states: dict[StateView, State]
    _environment: str
    _at: datetime

    def judge(self, registry: Registry) -> Verified | VerificationError:
        """Judge the text."""
        try:
            return verify(self._text, registry=registry, at=self._at, environment=self._environment)
        except VerificationError as error:
            return error.with_traceback(None)

    def state(self, view: StateView) -> AuthorityView:
        """Look at a state."""
        return AuthorityView._of(self._states[view], view, self._at)

    def path(self, edge: Edge, view: StateView) -> PathView:
        """Look at the path of an edge."""
        entry, scope = edge.entry, edge.scope
        assert entry and scope  # noqa: PT018, S101 - of a pinned registry alone, which no store makes
        judged = self.judge(self._registry._narrowed(edge))
        revokers = self._registry._revokers_of(view, edge.issuer.id, entry.raw, to_seconds(self._at))
        authority = self.state(view)
        return PathView(
            anchor=self.state(view.anchor),
            authority=authority,
            issuer=edge.issuer,
            standing=authority.standing,
            stale_from=authority.stale_from,
            key=KeyView._of(entry, revokers, self._at),
            scope=scope,
            status=ListsView._of(self._states[view], edge.issuer.id, None, self._at),
            verdict=Verdict.VALID if isinstance(judged, Verified) else judged.verdict,
            revocations=tuple(self._revocation(one, edge, is_own=one is view) for one in revokers),
            verified=judged if isinstance(judged, Verified) else None,
        )

    def _revocation(self, view: StateView, edge: Edge, *, is_own: bool) -> Revocation:
        state = self._states[view]
        since = state.tombstones[Tombstone(edge.issuer.id, edge.public_key.to_bytes())]
        return Revocation(
            by=view.authority,
            name=state.registry.content.names() if state.registry else None,
            is_own=is_own,
            since=since if all(since) else None,
        )


def _kid(text: str) -> bytes | None:
    """Return the kid by which the code's key is looked up; None where the text cannot be read so far."""
    try:
        prefix, data = _text.decode(text, _text.CREDENTIAL, _text.PRESENTATION)
        envelope = _cose.parse(data) if prefix == _text.CREDENTIAL else _presentation.parse(data).envelope
    except VerificationError:
        return None
    return envelope.kid
