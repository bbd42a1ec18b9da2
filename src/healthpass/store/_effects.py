"""What pinning or unpinning an anchor changes: who speaks for whom before it, and who after it (PTH-3)."""

from collections.abc import Iterator
from typing import Self

from healthpass.credential._regions import IssuerId, RegionId
from healthpass.documents._fields import Names
from healthpass.store._issuer_view import NamesField, View, paths_of
from healthpass.store._view import Evidence
from healthpass.trust._trust import Trust


class NamedIssuer(View):
    """An issuer by its id and its names.

    Attributes:
        id: its id.
        name: what the registry calls it that lists it.
    """

    id: IssuerId
    name: NamesField


class Share(View):
    """Issuers for which one authority speaks, on the paths of one anchor.

    Attributes:
        anchor: the anchor.
        authority: the authority; the anchor itself, or one that it recognises.
        name: what a gate calls it.
        region: whether it speaks for its region, also for issuers that it has yet to list.
        issuers: the issuers that it lists.
    """

    anchor: RegionId
    authority: RegionId
    name: NamesField | None
    region: bool
    issuers: tuple[NamedIssuer, ...]


class Effects(View):
    """What a store would trust otherwise, if an anchor were pinned or unpinned.

    Attributes:
        authority: the anchor.
        begins_anew: whether it is pinned by another root now, and the new one is not on its chain (UPD-6). What is
            held then stays, and counts if the new root's keys have signed it.
        lost: for whom a path speaks now, and does not then.
        gained: for whom a path speaks then, and does not now.
        kept: for whom more specific anchors speak all the same, within its region.
        unlisted: the issuers of `lost` for which nobody who speaks for them then lists a key.
        unreached: the other authorities that a path reaches now, and none then.
        lists: how many status lists are forgotten, and with them what they withdraw.
        evidence: how many documents are forgotten that contradict each other.
        states: how many authorities' documents are forgotten, and with them the memory of which were newest.
        revoked: how many revoked keys are forgotten.
    """

    authority: RegionId
    begins_anew: bool
    lost: tuple[Share, ...]
    gained: tuple[Share, ...]
    kept: tuple[Share, ...]
    unlisted: tuple[IssuerId, ...]
    unreached: tuple[RegionId, ...]
    lists: int
    evidence: int
    states: int
    revoked: int

    @property
    def takes(self) -> bool:
        """Whether anything is lost."""
        return bool(self.lost or self.unreached or self.lists or self.evidence or self.states)

    @classmethod
    def _of(cls, before: Trust, after: Trust, authority: RegionId, at: int, evidence: Evidence) -> Self:
        """Compare what is trusted before an anchor is pinned or unpinned, and after it."""
        old, new = _shares(before, at), _shares(after, at)
        lost = tuple(_without(old, new))
        listed = {issuer.id for share in new for issuer in share.issuers}
        reached = {authority, *(share.authority for share in new)}
        kept = {(state.anchor, state.authority) for state in after.states}
        forgotten = [state for state in before.states if (state.anchor, state.authority) not in kept]
        return cls(
            authority=authority,
            begins_anew=_begins_anew(before, after, authority),
            lost=lost,
            gained=tuple(_without(new, old)),
            kept=tuple(
                one for one in new if one.region and one.anchor != authority and one.authority.within(authority)
            ),
            unlisted=tuple(issuer.id for share in lost for issuer in share.issuers if issuer.id not in listed),
            unreached=tuple(dict.fromkeys(one.authority for one in old if one.authority not in reached)),
            lists=sum(1 for state in forgotten for _ in state.lists),
            evidence=sum(evidence.get((state.anchor, state.authority), 0) for state in forgotten),
            states=sum(1 for state in forgotten if state.registry or state.seen),
            revoked=sum(len(state.registry.revoked) for state in forgotten if state.registry),
        )


def _begins_anew(before: Trust, after: Trust, authority: RegionId) -> bool:
    """Tell whether an anchor has a chain, and its new pin is not on that."""
    pin = after.pins.get(authority)
    own = next((state for state in before.states if state.is_own and state.authority == authority), None)
    if pin is None or own is None or not own.chain:
        return False
    return pin.digest not in {one.digest for one in own.chain}


def _shares(trust: Trust, at: int) -> tuple[Share, ...]:
    """Return for whom each path speaks that is in force, stale or not."""
    registry, views = paths_of(trust)
    return tuple(
        Share(
            anchor=state.anchor,
            authority=state.authority,
            name=view.names and Names(view.names.name_zh, view.names.name_en),
            region=registry._speaks(view, IssuerId(state.authority), at),
            issuers=tuple(
                NamedIssuer(id=one.id, name=one.names)
                for one in (state.registry.content.offices() if state.registry else ())
                if registry._speaks(view, one.id, at)
            ),
        )
        for state, view in views
        if view.in_force(at)
    )


def _without(shares: tuple[Share, ...], others: tuple[Share, ...]) -> Iterator[Share]:
    """Give each share without what it has among the others too; none that is empty then."""
    known = {(one.anchor, one.authority): one for one in others}
    for share in shares:
        there = known.get((share.anchor, share.authority))
        listed = {issuer.id for issuer in there.issuers} if there else set()
        left = tuple(issuer for issuer in share.issuers if issuer.id not in listed)
        region = share.region and not (there and there.region)
        if left or region:
            yield share.model_copy(update={"region": region, "issuers": left})
