"""What a store trusts, as data for people and programs to look at: no code is judged by it."""

from collections.abc import Iterator
from datetime import datetime
from typing import Annotated, Any, Literal, Self, TypeAlias

from pydantic import BaseModel, Field, InstanceOf, PlainSerializer, model_serializer

from healthpass.codec._spelling import write_time
from healthpass.codec._time import from_seconds, to_seconds
from healthpass.credential._model import STRICT, Hex, Time
from healthpass.credential._regions import IssuerId, RegionId
from healthpass.documents._checked_registry import Statement
from healthpass.documents._fields import SCOPE, Names
from healthpass.documents._registry_document import KeyEnd, KeyEntry, Recognition
from healthpass.documents._root import Root
from healthpass.documents._told import told
from healthpass.trust._edge import StateView
from healthpass.trust._registry import Registry
from healthpass.trust._state import State
from healthpass.trust._trust import Trust
from healthpass.trust._views import registry_of, views_of
from healthpass.verifying._verify import DEFAULT_SKEW
from healthpass.words._code_points import KeyEndReason, KeyUse
from healthpass.words._row import CodeName, Words


def _end(end: KeyEnd | None) -> dict[str, Any] | None:
    return end and {"at": write_time(end.at), "reason": KeyEndReason.label_of(end.reason)}


def _recognition(one: Recognition) -> dict[str, Any]:
    return {
        "from": write_time(one.valid_from),
        "until": write_time(one.valid_until),
        "root_version": one.root_version,
        "root_sha256": one.root_hash.hex(),
        "scope": told(SCOPE, one.scope),
    }


NamesField: TypeAlias = Annotated[InstanceOf[Names], PlainSerializer(Names._asdict, when_used="json")]
RecognitionField: TypeAlias = Annotated[InstanceOf[Recognition], PlainSerializer(_recognition, when_used="json")]


class View(BaseModel):
    """What all views share: they are frozen, and written as the JSON of `healthpass trust`."""

    model_config = STRICT


class Standing(CodeName):
    """How it stands with the path to an authority; each member equals its code, a plain string.

    Attributes:
        words: what it means.
    """

    words: Words

    IN_FORCE = "in-force", Words("in force", "有效")
    STALE = "stale", Words("out of date", "已过期")
    EMPTY = "empty", Words("no registry that counts yet", "尚无可用的登记库")
    NOT_YET = "not-yet", Words("recognised later", "认可尚未开始")
    ENDED = "ended", Words("recognition has ended", "认可已到期")
    WITHDRAWN = "withdrawn", Words("no longer recognised", "已取消认可")
    CLOCK_SUSPECT = "clock-suspect", Words("the clock is wrong", "时间不准确")


class KeyView(View):
    """A key of an issuer.

    Attributes:
        entry: how the registry lists it; in JSON, its members are those of the key.
        good: whether it signs at the time of the view.
        weak: whether it counts as not there (KEY-2).
        revoked_by: the authorities that revoked it, of those from whom the path accepts revocations.
        ahead: whether it is not good for the one reason that it has yet to begin; not in JSON.
    """

    entry: InstanceOf[KeyEntry]
    good: bool
    weak: bool
    revoked_by: tuple[RegionId, ...]
    ahead: bool

    @classmethod
    def _of(cls, entry: KeyEntry, revokers: tuple[StateView, ...], at: datetime, *, weak: bool = False) -> Self:
        """Look at a key as it is listed, at a time."""
        sound = not weak and not revokers
        return cls(
            entry=entry,
            good=sound and entry.is_valid_at(at),
            weak=weak,
            revoked_by=tuple(dict.fromkeys(view.authority for view in revokers)),
            ahead=sound and at < entry.valid_from and entry.is_valid_at(entry.valid_from),
        )

    @model_serializer(when_used="json")
    def _as_json(self) -> dict[str, Any]:
        entry = self.entry
        return {
            "kid": entry.kid.hex(),
            "public_key": entry.raw.hex(),
            "use": KeyUse.label_of(entry.use),
            "from": write_time(entry.valid_from),
            "until": write_time(entry.valid_until),
            "good": self.good,
            "weak": self.weak,
            "revoked_by": self.revoked_by,
            "retired": _end(entry.retired),
            "revoked": _end(entry.revoked),
            "scope": told(SCOPE, entry.scope),
        }


class ListsView(View):
    """The status lists of an issuer, as far as a store holds them.

    Attributes:
        base: the address beneath which they stand; None where the registry names none.
        lists: how many are held.
        oldest: when the oldest of them was made; None where none is held.
        newest: when the newest of them was made; None where none is held.
        expires_at: when the first of them ends; None where none is held.
        expired: how many have ended at the time of the view; not in JSON.
    """

    base: str | None
    lists: int
    oldest: Time | None
    newest: Time | None
    expires_at: Time | None
    expired: int = Field(exclude=True)

    @classmethod
    def _of(cls, state: State, issuer: IssuerId, base: str | None, at: datetime) -> Self:
        """Look at what a state holds of an issuer."""
        held = [one.content for (of, _), one in state.lists.items() if of == issuer]
        return cls(
            base=base,
            lists=len(held),
            oldest=_time(min((one.issued for one in held), default=0)),
            newest=_time(max((one.issued for one in held), default=0)),
            expires_at=_time(min((one.expires for one in held), default=0)),
            expired=sum(to_seconds(at) >= one.expires for one in held),
        )


class IssuerView(View):
    """An issuer, its keys and its status lists.

    Attributes:
        id: its id.
        name: what the registry calls it.
        appeal: where a holder can object.
        keys: its keys.
        status: its lists; None where the registry names no address of any, and none is held.
    """

    id: IssuerId
    name: NamesField
    appeal: str
    keys: tuple[KeyView, ...]
    status: ListsView | None


class DocumentView(View):
    """A root or a registry that is held.

    Attributes:
        epoch: its epoch.
        version: its version.
        sha256: SHA-256 of its payload; in JSON in hexadecimal digits.
        expires_at: the end of its force.
    """

    epoch: int
    version: int
    sha256: Hex
    expires_at: Time

    @classmethod
    def _of(cls, held: Root | Statement, digest: bytes) -> Self:
        """Look at a document."""
        expires = held.expires if isinstance(held, Root) else from_seconds(held.expires)
        return cls(epoch=held.epoch, version=held.version, sha256=digest, expires_at=expires)


class AuthorityView(View):
    """What is held of an authority by way of an anchor.

    Attributes:
        id: its id.
        name: what its registry calls it; None where none is held.
        standing: how it stands with the path to it.
        stale_from: from when the path is out of date; None where it never was up to date.
        recognition: how the anchor recognises it; None with an anchor, and where it does not.
        root: its current root, or None.
        registry: its registry, or None.
        tombstones: how many revocations are remembered.
        evidence: how many documents are kept that contradict what was held.
        issuers: its issuers; left out where one code is explained.
        first_root: SHA-256 of the root with which the chain begins, or None; not in JSON.
        counts_until: until when its own root and registry count; None where they do not. Not in JSON.
    """

    id: RegionId
    name: NamesField | None
    standing: Standing
    stale_from: Time | None
    recognition: RecognitionField | None
    root: DocumentView | None
    registry: DocumentView | None
    tombstones: int
    evidence: int
    issuers: tuple[IssuerView, ...] = ()
    first_root: bytes | None = Field(exclude=True)
    counts_until: datetime | None = Field(exclude=True)

    @classmethod
    def _of(cls, state: State, view: StateView, at: datetime, **members: Any) -> Self:
        """Look at a state, at a time."""
        root, registry = state.root, state.registry
        return cls(
            id=state.authority,
            name=registry.content.names() if registry else None,
            standing=_standing(view, at),
            stale_from=_time(min(view.stale_from, view.anchor.stale_from)),
            recognition=view.recognition,
            root=DocumentView._of(root, state.chain[-1].digest) if root else None,
            registry=DocumentView._of(registry.statement, registry.digest) if registry else None,
            tombstones=len(state.tombstones),
            evidence=len(state.evidence),
            first_root=state.chain[0].digest if state.chain else None,
            counts_until=_time(view.stale_from),
            **members,
        )


class AnchorView(AuthorityView):
    """An anchor, and whom it recognises.

    Attributes:
        recognised: whom it recognises or has recognised.
    """

    recognised: tuple[AuthorityView, ...]


class TrustView(View):
    """All that a store trusts, at a time.

    Attributes:
        v: the version of this form.
        environment: the store's environment.
        at: the time.
        clock_floor: the newest time that an anchor has signed (PTH-9), before which no clock can be; or None.
        clock_suspect: whether the time lies before that by more than clocks may differ.
        stale_from: from when nothing can be judged without news; None where nothing can be now.
        status_stale_from: from when codes that can be withdrawn cannot all be judged without news; None where
            there are none.
        anchors: the anchors.
    """

    v: Literal[1] = 1
    environment: str
    at: Time
    clock_floor: Time | None
    clock_suspect: bool
    stale_from: Time | None
    status_stale_from: Time | None
    anchors: tuple[AnchorView, ...]

    @classmethod
    def _of(cls, trust: Trust, at: datetime) -> Self:
        """Look at what is trusted."""
        views = views_of(trust.states)
        registry = registry_of(trust.environment, views)
        floor = max((view.newest for _, view in views if view.is_own), default=0)
        suspect = to_seconds(at) + DEFAULT_SKEW < floor

        def look(kind: type[AuthorityView], state: State, view: StateView, **members: Any) -> Any:
            found = kind._of(state, view, at, issuers=tuple(_issuers(registry, state, view, at)), **members)
            if suspect and found.standing is Standing.IN_FORCE:
                return found.model_copy(update={"standing": Standing.CLOCK_SUSPECT})
            return found

        anchors = tuple(
            look(
                AnchorView,
                state,
                own,
                recognised=tuple(look(AuthorityView, other, view) for other, view in views if view.parent is own),
            )
            for state, own in views
            if own.is_own
        )
        paths = [path for path in _paths(anchors) if path.standing is Standing.IN_FORCE]
        lists = [one.status for path in paths for one in path.issuers if one.status and one.status.base]
        return cls(
            environment=trust.environment,
            at=at,
            clock_floor=_time(floor),
            clock_suspect=suspect,
            stale_from=max((path.stale_from for path in paths if path.stale_from), default=None),
            status_stale_from=min((one.expires_at or at for one in lists), default=None),
            anchors=anchors,
        )

    def issuers(self) -> Iterator[IssuerView]:
        """Give all issuers, each as often as a path leads to it."""
        return (issuer for path in _paths(self.anchors) for issuer in path.issuers)


def _paths(anchors: tuple[AnchorView, ...]) -> Iterator[AuthorityView]:
    return (path for anchor in anchors for path in (anchor, *anchor.recognised))


def _issuers(registry: Registry, state: State, view: StateView, at: datetime) -> Iterator[IssuerView]:
    held = state.registry
    for issuer in held.content.issuers() if held else ():
        lists = ListsView._of(state, issuer.id, issuer.status, at)
        keys = []
        for entry in issuer.keys:
            weak = held is not None and entry.raw in held.dropped
            revokers = () if weak else registry._revokers_of(view, issuer.id, entry.raw, to_seconds(at))
            keys.append(KeyView._of(entry, revokers, at, weak=weak))
        yield IssuerView(
            id=issuer.id,
            name=issuer.names,
            appeal=issuer.appeal,
            keys=tuple(keys),
            status=lists if lists.base or lists.lists else None,
        )


def _standing(view: StateView, at: datetime) -> Standing:
    """Find out how it stands with the path of a state."""
    recognition = view.recognition
    if not view.is_own:
        if recognition is None:
            return Standing.WITHDRAWN
        if not recognition.covers(at):
            return Standing.NOT_YET if at < recognition.valid_from else Standing.ENDED
    if not view.reached:
        return Standing.EMPTY
    return Standing.STALE if view.is_stale(to_seconds(at)) else Standing.IN_FORCE


def _time(seconds: int) -> datetime | None:
    return from_seconds(seconds) if seconds else None
