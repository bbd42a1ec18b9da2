"""What a store trusts, as data for people and programs to look at: no code is judged by it."""

from collections.abc import Iterator, Mapping
from datetime import datetime
from typing import Annotated, Any, Final, Literal, Self, TypeAlias

from pydantic import Field, InstanceOf, PlainSerializer

from healthpass.codec._spelling import write_time
from healthpass.codec._time import from_seconds, to_seconds
from healthpass.credential._model import Hex, Time
from healthpass.credential._regions import RegionId
from healthpass.documents._checked_registry import Statement
from healthpass.documents._fields import SCOPE, Names
from healthpass.documents._registry_document import Recognition
from healthpass.documents._root import Root
from healthpass.documents._told import told
from healthpass.store._issuer_view import IssuerView, NamesField, View, issuers_of, paths_of, time_of
from healthpass.trust._edge import JudgedPath
from healthpass.trust._state import State
from healthpass.trust._trust import Trust
from healthpass.verifying._verify import DEFAULT_SKEW
from healthpass.words._row import CodeName, Words


def _recognition(one: Recognition) -> dict[str, Any]:
    return {
        "from": write_time(one.valid_from),
        "until": write_time(one.valid_until),
        "root_version": one.root_version,
        "root_sha256": one.root_hash.hex(),
        "scope": told(SCOPE, one.scope),
        "names": one.names._asdict(),
    }


RecognitionField: TypeAlias = Annotated[InstanceOf[Recognition], PlainSerializer(_recognition, when_used="json")]
Evidence: TypeAlias = Mapping[tuple[RegionId, RegionId], int]  # how many documents, by anchor and authority

_NO_EVIDENCE: Final[Evidence] = {}


class Standing(CodeName):
    """How it stands with the path to an authority; each member equals its code, a plain string.

    Attributes:
        words: what it means.
    """

    words: Words

    IN_FORCE = "in-force", Words("in force", "生效")
    STALE = "stale", Words("out of date", "已过期")
    NO_ROOT = "no-root", Words("the root that is named has not come yet", "尚未收到指定的根")
    EMPTY = "empty", Words("no registry that counts yet", "尚无可用的登记库")
    NOT_YET = "not-yet", Words("recognised later", "认可尚未开始")
    ENDED = "ended", Words("recognition has ended", "认可已到期")
    WITHDRAWN = "withdrawn", Words("no longer recognised", "已取消认可")
    CLOCK_SUSPECT = "clock-suspect", Words("the clock is wrong", "时间不准确")


class DocumentView(View):
    """A root or a registry that is held.

    Attributes:
        epoch: its epoch.
        version: its version.
        sha256: SHA-256 of its payload; in JSON in hexadecimal digits.
        issued_at: when it was made.
        expires_at: the end of its force.
    """

    epoch: int
    version: int
    sha256: Hex
    issued_at: Time
    expires_at: Time

    @classmethod
    def _of(cls, held: Root | Statement, digest: bytes) -> Self:
        """Look at a document."""
        if isinstance(held, Root):
            issued, expires = held.issued, held.expires
        else:
            issued, expires = from_seconds(held.issued), from_seconds(held.expires)
        return cls(epoch=held.epoch, version=held.version, sha256=digest, issued_at=issued, expires_at=expires)


class AuthorityView(View):
    """What is held of an authority by way of an anchor.

    Attributes:
        id: its id.
        name: what a gate calls it: an anchor as its own registry does, another one as the anchor's recognition
            does; None where there is none now.
        standing: how it stands with the path to it.
        stale_from: from when the path is out of date; None where it never was up to date.
        recognition: how the anchor recognises it; None with an anchor, and where it does not.
        root: its current root, or None.
        registry: its registry, or None.
        evidence: how many documents are kept that contradict what was held; 0 where one code is explained.
        issuers: its issuers; left out there.
        lists: how many status lists are held; not in JSON.
        counts_until: until when its own root and registry count; None where they do not. Not in JSON.
    """

    id: RegionId
    name: NamesField | None
    standing: Standing
    stale_from: Time | None
    recognition: RecognitionField | None
    root: DocumentView | None
    registry: DocumentView | None
    evidence: int = 0
    issuers: tuple[IssuerView, ...] = ()
    lists: int = Field(exclude=True)
    counts_until: datetime | None = Field(exclude=True)

    @classmethod
    def _of(cls, state: State, view: JudgedPath, at: datetime, **members: Any) -> Self:
        """Look at a state, at a time; `members` are those that it does not hold itself."""
        root, registry, names = state.root, state.registry, view.names
        return cls(
            id=state.authority,
            name=names and Names(names.name_zh, names.name_en),
            standing=_standing(state, view, at),
            stale_from=time_of(min(view.stale_from, view.anchor.stale_from)),
            recognition=view.recognition,
            root=DocumentView._of(root, state.chain[-1].digest) if root else None,
            registry=DocumentView._of(registry.statement, registry.digest) if registry else None,
            lists=sum(1 for _ in state.lists),
            counts_until=time_of(view.stale_from),
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
        clock_floor: the newest time that an anchor has signed (UPD-12), before which no clock can be; or None.
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
    def _of(cls, trust: Trust, at: datetime, evidence: Evidence = _NO_EVIDENCE) -> Self:
        """Look at what is trusted.

        Args:
            trust: what is trusted.
            at: the time.
            evidence: how many documents are kept as evidence.
        """
        registry, views = paths_of(trust)
        floor = trust.floor()
        suspect = to_seconds(at) + DEFAULT_SKEW < floor

        def look(kind: type[AuthorityView], state: State, view: JudgedPath, **members: Any) -> Any:
            found = kind._of(
                state,
                view,
                at,
                evidence=evidence.get((state.anchor, state.authority), 0),
                issuers=tuple(issuers_of(registry, state, view, at)),
                **members,
            )
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
        speaking = [one.status for path in paths for one in path.issuers if one.speaks]
        lists = [one for one in speaking if one and one.base]
        return cls(
            environment=trust.environment,
            at=at,
            clock_floor=time_of(floor),
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


def _standing(state: State, view: JudgedPath, at: datetime) -> Standing:
    """Find out how it stands with the path of a state."""
    recognition = view.recognition
    if not view.is_own:
        if not view.anchor.reached:
            return Standing.EMPTY
        if recognition is None:
            return Standing.WITHDRAWN
        if not recognition.covers(at):
            return Standing.NOT_YET if at < recognition.valid_from else Standing.ENDED
    if not state.has_pin:
        return Standing.NO_ROOT
    if not view.reached:
        return Standing.EMPTY
    return Standing.STALE if view.is_stale(to_seconds(at)) else Standing.IN_FORCE
