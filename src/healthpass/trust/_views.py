"""From states to what is frozen of them: the views, and the registry that verifying asks (spec/registry.md, 9)."""

from collections.abc import Iterable

from healthpass.codec._cose import KID_SIZE
from healthpass.codec._keys import PublicKey, thumbprint
from healthpass.codec._time import to_seconds
from healthpass.documents._checked_registry import ListedKey
from healthpass.trust._edge import Edge, StateView, TrustedAuthority, TrustedIssuer
from healthpass.trust._registry import Listed, Registry
from healthpass.trust._state import State


class _Listed:
    """A key as it stands in a registry that is held. Most are never asked for, so the edge is made when one is."""

    __slots__ = ("_edge", "_issuer", "_key", "_view")

    def __init__(self, view: StateView, listed: ListedKey) -> None:
        self._view = view
        # Not `listed` itself: with 30,000 objects more for the garbage collector, a store opens a fifth slower.
        self._issuer, self._key = listed
        self._edge: Edge | None = None

    @property
    def edge(self) -> Edge:
        """The edge."""
        if self._edge is None:
            listed = ListedKey(self._issuer, self._key)
            head, entry = listed.office(), listed.entry()
            recognition = self._view.recognition
            self._edge = Edge(
                issuer=TrustedIssuer(head.id, head.names.zh, head.names.en, head.appeal),
                public_key=PublicKey._of_checked(entry.raw),  # noqa: SLF001 - when the registry was applied
                scope=entry.scope.meet(recognition.scope) if recognition else entry.scope,  # SCP-5
                view=self._view,
                entry=entry,
            )
        return self._edge


def views_of(states: Iterable[State]) -> list[tuple[State, StateView]]:
    """Return each state with the view of it; the anchors' own states come first, as in `Trust.states`."""
    own: dict[str, StateView] = {}
    views = []
    for state in states:
        if state.anchor == state.authority:
            own[state.anchor] = view = _view(state, None)
        else:
            view = _view(state, own[state.anchor])
        views.append((state, view))
    return views


def registry_of(environment: str, views: Iterable[tuple[State, StateView]]) -> Registry:
    """Make the registry of a store's states, in the order of PTH-10."""
    views = tuple(views)
    revokers: dict[tuple[str, bytes], list[StateView]] = {}
    found: dict[bytes, list[Edge | Listed]] = {}
    for state, view in views:
        for tombstone in state.tombstones:
            revokers.setdefault(tombstone, []).append(view)
        if registry := state.registry:
            for listed in registry.content.listed():
                if (raw := listed.raw) not in registry.dropped:
                    found.setdefault(thumbprint(raw)[:KID_SIZE], []).append(_Listed(view, listed))
    return Registry(
        {kid: tuple(listed) for kid, listed in found.items()},
        environment=environment,
        anchors=tuple(view for _, view in views if view.is_own),
        revokers=revokers,
    )


def _view(state: State, parent: StateView | None) -> StateView:
    registry, root = state.registry, state.root
    counts = registry is not None and root is not None and registry.counts_by(root)
    reached = registry is not None and state.has_pin
    listed = registry.status_keys.values() if registry and state.lists else ()
    return StateView(
        authority=state.authority,
        names=TrustedAuthority(state.authority, *registry.content.names()) if registry else None,
        parent=parent,
        recognition=state.recognition,
        reached=reached and (parent is None or (state.recognition is not None and parent.reached)),
        stale_from=min(to_seconds(root.expires), registry.statement.expires)
        if reached and counts and root and registry
        else 0,
        newest=max(
            to_seconds(root.issued) if root and state.has_pin else 0,
            registry.statement.issued if reached and counts and registry else 0,
        ),
        lists=dict(state.lists),
        status_keys={(key.issuer, key.entry.raw): key for keys in listed for key in keys},
    )
