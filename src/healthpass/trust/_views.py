"""From states to what is frozen of them: the views, and the registry that verifying asks (spec/registry.md, 8)."""

from collections import defaultdict
from collections.abc import Iterator

from healthpass.codec._cose import KID_SIZE
from healthpass.codec._keys import PublicKey, thumbprint
from healthpass.codec._time import to_seconds
from healthpass.credential._regions import IssuerId
from healthpass.documents._checked_registry import ListedKey
from healthpass.trust._edge import Edge, Ending, JudgedPath, KeyName, Lists, TrustedAuthority, TrustedIssuer
from healthpass.trust._held import HeldRegistry
from healthpass.trust._held_lists import HeldList, newest_of
from healthpass.trust._registry import Listed, Registry
from healthpass.trust._state import State
from healthpass.trust._trust import Trust
from healthpass.words._limits import PUBLISHED_KEYS

_RETIRED = 6  # in a key entry


class _Listed:
    """A key as it stands in a registry that is held. Most are never asked for, so the edge is made when one is."""

    __slots__ = ("_edge", "_issuer", "_key", "view")

    def __init__(self, view: JudgedPath, listed: ListedKey) -> None:
        self.view = view
        # Not `listed` itself: with 30,000 objects more for the garbage collector, a store opens a fifth slower.
        self._issuer, self._key = listed
        self._edge: Edge | None = None

    @property
    def issuer(self) -> IssuerId:
        """The issuer."""
        return self._edge.issuer.id if self._edge else IssuerId(self._issuer[1])

    @property
    def edge(self) -> Edge | None:
        """The edge; None for a weak key, whose entry is dropped (KEY-2)."""
        if self._edge is None:
            listed = ListedKey(self._issuer, self._key)
            head, entry = listed.office(), listed.entry()
            recognition = self.view.recognition
            try:
                key = PublicKey(entry.raw)
            except ValueError:
                return None
            self._edge = Edge(
                issuer=TrustedIssuer(head.id, head.names.zh, head.names.en, head.appeal),
                public_key=key,
                scope=entry.scope.meet(recognition.scope) if recognition else entry.scope,  # SCP-5
                view=self.view,
                entry=entry,
            )
        return self._edge


def registry_of(trust: Trust) -> Registry:
    """Make the registry of a store's states, in the order of PTH-12."""
    found: dict[bytes, list[Edge | Listed]] = {}
    anchors = {}
    for state, view in views_of(trust):
        if view.is_own:
            anchors[str(view.authority)] = view
        for listed in state.registry.content.listed() if state.registry else ():
            if (raw := listed.raw) not in PUBLISHED_KEYS:
                found.setdefault(thumbprint(raw)[:KID_SIZE], []).append(_Listed(view, listed))
    return Registry(
        {kid: tuple(listed) for kid, listed in found.items()},
        environment=trust.environment,
        anchors=anchors,
        clock_floor=trust.floor(),
    )


def views_of(trust: Trust) -> Iterator[tuple[State, JudgedPath]]:
    """Give each state with the view of its path; the anchors' own come first."""
    own: dict[str, tuple[State, JudgedPath]] = {}
    everywhere = newest_of(state.lists for state in trust.states)
    regions = {issuer.region for issuer, _ in everywhere}
    for state in trust.states:
        lists = everywhere if any(region.within(state.authority) for region in regions) else {}
        view = _view(state, lists, *own.get(state.anchor, (None, None)))
        if state.is_own:
            own[state.anchor] = state, view
        yield state, view


def _view(state: State, everywhere: Lists, anchor: State | None, parent: JudgedPath | None) -> JudgedPath:
    usable, root = state.usable, state.root
    recognition = anchor.usable.recognitions.get(state.authority) if anchor and anchor.usable else None
    if parent is None:
        names = TrustedAuthority(state.authority, *usable.content.names()) if usable else None
    else:
        names = TrustedAuthority(state.authority, *recognition.names) if recognition else None
    lists = defaultdict[tuple[IssuerId, int], tuple[HeldList, ...]](tuple)
    for place, held in state.lists:
        lists[place.issuer, place.number] += (held,)
    return JudgedPath(
        authority=state.authority,
        names=names,
        parent=parent,
        recognition=recognition,
        reached=usable is not None and (parent is None or parent.reached),
        stale_from=min(to_seconds(root.expires), usable.statement.expires) if usable and root else 0,
        recognised={str(one.authority): to_seconds(one.valid_from) for one in usable.recognitions.values()}
        if usable
        else {},
        endings=_endings(usable) if usable else {},
        lists=dict(lists),
        everywhere=everywhere,
        status_keys={
            (key.issuer, key.entry.raw): key
            for keys in (usable.status_keys.values() if usable and everywhere else ())
            for key in keys
        },
    )


def _endings(registry: HeldRegistry) -> dict[KeyName, Ending]:
    return {
        (IssuerId(listed.issuer_id), listed.raw): Ending(
            revoked=listed.is_revoked, retired=listed.key[_RETIRED][0] if _RETIRED in listed.key else None
        )
        for listed in registry.content.listed()
        if _RETIRED in listed.key or listed.is_revoked
    }
