"""From states to what is frozen of them: the views, and the registry that verifying asks (spec/registry.md, 8)."""

from collections import defaultdict
from collections.abc import Iterator
from functools import cached_property, lru_cache

from healthpass.codec._time import to_seconds
from healthpass.credential._regions import IssuerId
from healthpass.documents._document import Kind
from healthpass.documents._scope import Scope
from healthpass.trust._edge import Edge, JudgedPath, Lists, TrustedAuthority, TrustedIssuer
from healthpass.trust._held import HeldKey, HeldRegistry
from healthpass.trust._held_lists import HeldList, newest_of
from healthpass.trust._held_of_offices import HeldOfficeDocument
from healthpass.trust._registry import KeysByKid, Registry
from healthpass.trust._state import State
from healthpass.trust._trust import Trust


class _Listed:
    """A key as it stands in a registry that is held; not all count here, so the edge is made when it is needed."""

    __slots__ = ("_edge", "_key", "view")

    def __init__(self, view: JudgedPath, key: HeldKey) -> None:
        self.view = view
        self._key = key
        self._edge: Edge | None = None

    @property
    def issuer(self) -> IssuerId:
        """The issuer."""
        return self._key.office.id

    @property
    def edge(self) -> Edge | None:
        """The edge; None for a weak key, whose entry is dropped (KEY-2)."""
        office, entry, public_key = self._key
        if self._edge is None and public_key:
            recognition = self.view.recognition
            self._edge = Edge(
                issuer=TrustedIssuer(office.id, office.names.zh, office.names.en, office.appeal),
                public_key=public_key,
                scope=_met(entry.scope, recognition.scope) if recognition else entry.scope,  # SCP-5
                view=self.view,
                entry=entry,
            )
        return self._edge


class _HeldByKid(KeysByKid):
    """What the registries of all states list: few of many keys are ever asked for, and those are kept here."""

    def __init__(self, held: list[tuple[JudgedPath, HeldRegistry]]) -> None:
        super().__init__()
        self._held = held

    @cached_property
    def _places(self) -> list[dict[bytes, int]]:
        """The kids of each registry: whoever shows codes of nobody makes a gate look into all, each time."""
        return [held.places for _, held in self._held]

    def __missing__(self, kid: bytes) -> tuple[_Listed, ...]:
        listing = [self._held[number] for number, places in enumerate(self._places) if kid in places]
        found = tuple(_Listed(view, key) for view, held in listing for key in held.keys(kid))
        if found:  # what nobody lists is not kept: whoever shows codes must not fill the memory
            self[kid] = found
        return found


@lru_cache(maxsize=256)  # of the many keys of an authority nearly all have the same scope
def _met(listed: Scope, recognised: Scope) -> Scope:
    return listed.meet(recognised)


def registry_of(trust: Trust) -> Registry:
    """Make the registry of a store's states, in the order of PTH-12."""
    views = list(views_of(trust))
    return Registry(
        _HeldByKid([(view, state.registry) for state, view in views if state.registry]),
        environment=trust.environment,
        anchors={str(view.authority): view for _, view in views if view.is_own},
        clock_floor=trust.floor(),
        views=tuple(view for _, view in views if view.of_offices),
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
    of_offices = defaultdict[tuple[Kind, IssuerId], tuple[HeldOfficeDocument, ...]](tuple)
    for one in state.of_offices:
        of_offices[one.place.kind, one.place.issuer] += (one,)
    return JudgedPath(
        authority=state.authority,
        names=names,
        parent=parent,
        recognition=recognition,
        reached=usable is not None and (parent is None or parent.reached),
        stale_from=min(to_seconds(root.expires), usable.statement.expires) if usable and root else 0,
        recognised={str(one.authority): to_seconds(one.valid_from) for one in usable.recognitions.values()}
        if usable and parent is None
        else {},
        lists=dict(lists),
        everywhere=everywhere,
        of_offices=dict(of_offices),
        held=usable,
    )
