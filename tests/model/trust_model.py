"""The trust model of spec/registry.md and spec/status.md as a program: no bytes, no cryptography, no folder.

A signature is the name of the key that made it, and a hash is the content itself. What is left is what decides:
what a store keeps of a path, which document changes it, who speaks for an issuer, and what a code is worth. It
leaves out scopes, limits of size, and evidence.

Each rule is asked by the number of its clause where it decides, as `kept("UPD-5.1", ...)`. A test deletes each in
turn and expects a world to notice, or a reason why none can (`tests/test_trust_model.py`).
"""

from collections.abc import Iterable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, replace
from typing import Final, NamedTuple, TypeAlias

DAY: Final = 86_400
MAX_LINKS: Final = 64
LIST_LIFE: Final = 7 * DAY  # here each list lives as long as one may
LIST_MEMORY: Final = 14 * DAY
STATE_MEMORY: Final = 32 * DAY

_deleted: set[str] = set()


@contextmanager
def without(*rules: str) -> Iterator[None]:
    """Delete rules for a time."""
    _deleted.update(rules)
    try:
        yield
    finally:
        _deleted.difference_update(rules)


def kept(rule: str, condition: bool = True) -> bool:  # noqa: FBT001, FBT002 - read as a sentence
    """Tell whether a rule is met; one that is deleted always is."""
    return condition or rule in _deleted


def stands(rule: str) -> bool:
    """Tell whether a rule is in the model, where it is no condition."""
    return rule not in _deleted


class Root(NamedTuple):
    """A root; `order` stands in for its hash where two are compared."""

    authority: str
    version: int
    epoch: int
    keys: frozenset[str]
    threshold: int
    registry_keys: frozenset[str]
    registry_threshold: int
    issued: int
    expires: int
    order: int = 0
    signers: frozenset[str] = frozenset()

    @property
    def content(self) -> "Root":
        """What its hash is made of."""
        return self._replace(signers=frozenset())


class Key(NamedTuple):
    """An entry of a registry: a key that signs codes of an issuer, or its status lists."""

    issuer: str
    name: str
    is_status: bool = False
    revoked: bool = False
    retired: int | None = None


class Recognition(NamedTuple):
    """One authority recognises another, by the content of a root."""

    authority: str
    pin: Root
    begins: int
    ends: int


class Registry(NamedTuple):
    """A registry."""

    authority: str
    epoch: int
    version: int
    keys: tuple[Key, ...]
    recognitions: tuple[Recognition, ...]
    issued: int
    expires: int
    signers: frozenset[str] = frozenset()

    @property
    def content(self) -> "Registry":
        """What its hash is made of."""
        return self._replace(signers=frozenset())


class StatusList(NamedTuple):
    """A status list: which codes of an issuer are withdrawn."""

    issuer: str
    number: int
    issued: int
    withdrawn: frozenset[int]
    signer: str


class Code(NamedTuple):
    """A code: who says to have signed it, its key, its place in the lists, and its nbf (now, unless given)."""

    issuer: str
    key: str
    place: tuple[int, int] | None = None
    begins: int | None = None


Document: TypeAlias = Root | Registry | StatusList
Epoch: TypeAlias = tuple[str, int, tuple[str, ...], int]
Place: TypeAlias = tuple[str, int, str]  # issuer, number, status key


def region_of(issuer: str) -> str:
    """Return the region of an issuer."""
    return issuer.split(".", maxsplit=1)[0]


def around(region: str) -> list[str]:
    """Give a region and all that hold it, the nearest first."""
    parts = region.split("-")
    return ["-".join(parts[:count]) for count in range(len(parts), 0, -1)]


def signed(document: Root | Registry, keys: frozenset[str], threshold: int) -> bool:
    """Tell whether enough keys have signed a document."""
    return len(document.signers & keys) >= threshold


def epoch_of(root: Root) -> Epoch:
    """Return what an epoch is (ROT-3)."""
    return (
        root.authority,
        root.epoch if stands("ROT-3 number") else 0,
        tuple(sorted(root.registry_keys)) if stands("ROT-3 keys") else (),
        root.registry_threshold if stands("ROT-3 threshold") else 0,
    )


@dataclass(frozen=True)
class State:
    """What a store keeps of one path: the chain, the registry that was taken last, lists, and what was seen."""

    chain: tuple[tuple[Root, int], ...] = ()  # each with the time when it was taken
    registry: tuple[Registry, int] | None = None
    lists: tuple[tuple[Place, StatusList], ...] = ()
    seen: tuple[tuple[Epoch, tuple[int, Registry]], ...] = ()

    @property
    def root(self) -> Root | None:
        """The current root."""
        return self.chain[-1][0] if self.chain else None

    def is_on(self, pin: Root | None) -> bool:
        """Tell whether a pin is on the chain."""
        return any(root.content == pin for root, _ in self.chain)

    def usable(self, pin: Root | None) -> Registry | None:
        """Return the held registry if it counts under the current root, and the chain under the pin."""
        root = self.root
        if not (root and self.registry and kept("PTH-2 pin", self.is_on(pin))):
            return None
        held = self.registry[0]
        number = kept("usable number", held.epoch == root.epoch)
        counted = kept("usable signed", signed(held, root.registry_keys, root.registry_threshold))
        return held if number and counted else None

    def cut(self, pin: Root | None) -> "State":
        """Drop what stands before the pin (UPD-6)."""
        places = [place for place, (root, _) in enumerate(self.chain) if root.content == pin]
        return replace(self, chain=self.chain[places[0] :]) if places and stands("UPD-6 cut") else self

    def with_roots(self, pin: Root, roots: Iterable[Root], at: int) -> "State":
        """Begin with the pin if need be, then take one next link after the other (UPD-5, UPD-6)."""
        roots = [root for root in roots if kept("UPD-4.4 root", root.issued <= at + DAY)]
        chain = self.cut(pin).chain
        if not self.is_on(pin) and (stands("UPD-6 start") or not chain):
            start = [
                root
                for root in roots
                if root.content == pin and kept("UPD-6.4", signed(root, root.keys, root.threshold))
            ]
            chain = ((start[0], at),) if start else chain
        if not kept("UPD-6 first", any(root.content == pin for root, _ in chain)) or not chain:
            return replace(self, chain=chain)
        while nexts := [root for root in roots if follows(root, chain[-1][0])]:
            if not kept("UPD-5.6", len(chain) <= MAX_LINKS):
                break
            least = min(nexts, key=lambda root: root.order) if stands("UPD-5 least") else nexts[0]
            chain = (*chain, (least, at))
        return replace(self, chain=chain)

    def with_registry(
        self, offer: Registry, authority: str, pin: Root, newest: tuple[int, Registry] | None, at: int
    ) -> "State":
        """Take a registry, or not (UPD-7)."""
        root, held = self.root, self.usable(pin)
        if root is None or not kept("UPD-4.2", offer.authority == authority):
            return self
        if not kept("UPD-7.1", signed(offer, root.registry_keys, root.registry_threshold)):
            return self
        if not kept("UPD-4.4 registry", offer.issued <= at + DAY) or not kept(
            "UPD-7.3", offer.epoch == root.epoch
        ):
            return self
        same = newest is not None and offer.content == newest[1]
        if newest and not kept("UPD-7.4", offer.version > newest[0] or (same and stands("UPD-7.4 same"))):
            return self
        if held and (offer.content == held.content or not kept("UPD-7.5", not takes_back(offer, held))):
            return self
        seen = dict(self.seen) if stands("UPD-7.4 epochs") else {}
        seen[epoch_of(root)] = offer.version, offer.content
        return replace(self, registry=(offer, at), seen=tuple(sorted(seen.items(), key=lambda one: one[0])))

    def with_list(self, offer: StatusList, keys: Iterable[Key], newest: int, at: int) -> "State":
        """Take a list, or not (STL-8); `keys` are those that sign lists here, and are not revoked."""
        listed = any(key.issuer == offer.issuer and key.name == offer.signer for key in keys)
        if not kept("STL-8 key", listed) or not kept("STL-8.5", offer.issued <= at + DAY):
            return self
        place, lists = (offer.issuer, offer.number, offer.signer), dict(self.lists)
        if not kept("STL-8.6", offer.issued >= newest) or (place in lists and offer.issued == lists[place].issued):
            return self
        if not stands("STL-8 by key"):
            lists = {other: one for other, one in lists.items() if other[:2] != place[:2]}
        return replace(self, lists=tuple(sorted((lists | {place: offer}).items(), key=lambda one: one[0])))


def follows(root: Root, last: Root) -> bool:
    """Tell whether a root is a next link after another (UPD-5)."""
    return (
        kept("UPD-4.2", root.authority == last.authority)
        and kept("UPD-5.3", root.version == last.version + 1)
        and (stands("UPD-5.3") or root.version > last.version)
        and kept("UPD-5.1", signed(root, last.keys, last.threshold))
        and kept("UPD-5.4", epoch_of(root) == epoch_of(last) or root.epoch > last.epoch)
        and kept("UPD-5.5", signed(root, root.keys, root.threshold))
    )


def takes_back(new: Registry, old: Registry) -> bool:
    """Tell whether a registry leaves out, or changes, an entry that was revoked."""
    return any(key.revoked and key not in new.keys for key in old.keys)


class Edge(NamedTuple):
    """A key, as one path lists it."""

    anchor: str
    authority: str
    entry: Key


@dataclass(frozen=True)
class Store:
    """Anchors with their pins, and a state for each pair of anchor and authority. It does not change."""

    pins: tuple[tuple[str, Root], ...] = ()
    states: tuple[tuple[tuple[str, str], State], ...] = ()

    def state(self, anchor: str, authority: str) -> State:
        """Return a state."""
        return dict(self.states).get((anchor, authority), State())

    def pin(self, anchor: str, root: Root | None) -> "Store":
        """Pin an anchor by a root; None unpins it."""
        pins = {**dict(self.pins), anchor: root.content} if root else {a: r for a, r in self.pins if a != anchor}
        states = {pair: state for pair, state in self.states if pair[0] in pins}
        if root and (anchor, anchor) in states:
            states[anchor, anchor] = states[anchor, anchor].cut(root.content)
        return _store(pins, states)

    def update(self, documents: Sequence[Document], at: int) -> "Store":
        """Offer documents to all states: the anchors' own come first (UPD-2)."""
        pins, states = dict(self.pins), dict(self.states)
        for anchor, pin in pins.items():
            self._offer(states, (anchor, anchor), pin, pins, documents, at)
        for anchor in pins:
            for one in _store(pins, states).recognised_by(anchor):
                self._offer(states, (anchor, one.authority), one.pin, pins, documents, at)
        return _store(pins, states).forgetting(at)

    def recognised_by(self, anchor: str) -> tuple[Recognition, ...]:
        """Return whom an anchor recognises, at whatever time."""
        usable = self.state(anchor, anchor).usable(dict(self.pins)[anchor])
        return usable.recognitions if usable else ()

    def floor(self) -> int:
        """Return the clock floor (UPD-12)."""
        dates = [0]
        for anchor, pin in self.pins:
            own = self.state(anchor, anchor)
            current: list[tuple[Root | Registry, int]] = [own.chain[-1]] if own.is_on(pin) else []
            current += [own.registry] if own.registry and own.usable(pin) else []
            dates += [min(one.issued, taken) if stands("UPD-12 taken") else one.issued for one, taken in current]
        return max(dates)

    def judge(self, code: Code, at: int) -> str:
        """Return the verdict of a code (section 9)."""
        edges = list(self._edges(code.key, at))
        if not edges:
            return self._unknown(code.key, at)
        verdicts = [self._on(edge, code, at) for edge in edges]
        if "valid" not in verdicts:
            return max(verdicts, key=VERDICTS.index)
        ours = [edge for edge in edges if edge.entry.issuer == code.issuer]
        if stands("PTH-12 key") and any(self._ending(edge, code.key)[0] for edge in ours):
            return "key-revoked"
        if stands("PTH-12 list") and any(self._withdrawn(edge, code, at) for edge in ours):
            return "revoked"
        return "valid"

    @staticmethod
    def _offer(  # noqa: PLR0917
        states: dict[tuple[str, str], State],
        pair: tuple[str, str],
        pin: Root,
        pins: Mapping[str, Root],
        documents: Sequence[Document],
        at: int,
    ) -> None:
        state = states.get(pair, State()).cut(pin)
        roots = [one for one in documents if isinstance(one, Root) and kept("UPD-4.2", one.authority == pair[1])]
        state = state.with_roots(pin, roots, at)
        states[pair] = state
        if state.root is None or not kept("UPD-6 first", state.is_on(pin)):
            return
        for offer in documents:
            others = list(states.values()) if stands("UPD-7.4 any") else [state]
            if isinstance(offer, Registry):
                seen = [one.seen for one in others]
                newest = [last for ones in seen for epoch, last in ones if epoch == epoch_of(state.root)]
                states[pair] = state = state.with_registry(
                    offer, pair[1], pin, max(newest, default=None, key=lambda one: one[0]), at
                )
        store = _store(pins, states)
        keys = [key for key in store.status_keys(pair) if kept("STL-8.2", not key.revoked)]
        for offer in documents:
            if isinstance(offer, StatusList):
                others = list(states.values()) if stands("STL-8.6 any") else [state]
                place = (offer.issuer, offer.number, offer.signer)
                newest_list = max(
                    (dict(one.lists)[place].issued for one in others if place in dict(one.lists)), default=0
                )
                states[pair] = state = state.with_list(offer, keys, newest_list, at)

    def forgetting(self, at: int) -> "Store":
        """Drop what is too old (UPD-12, STL-9), and states that hold nothing."""
        floor = self.floor()
        states = {}
        for (anchor, authority), state in self.states:
            recognised = {anchor, *(one.authority for one in self.recognised_by(anchor))}
            made = state.registry[0].issued if state.registry else 0
            if authority not in recognised and not (stands("UPD-12 kept") and floor < made + STATE_MEMORY):
                continue
            now = floor if stands("STL-9") else at
            lists = tuple((place, one) for place, one in state.lists if now < one.issued + LIST_MEMORY)
            states[anchor, authority] = replace(state, lists=lists)
        return _store(dict(self.pins), states)

    def _usable(self, anchor: str, authority: str) -> Registry | None:
        """Return the usable registry of a path; none of one that is not recognised."""
        if anchor == authority:
            return self.state(anchor, anchor).usable(dict(self.pins)[anchor])
        pin = next((one.pin for one in self.recognised_by(anchor) if one.authority == authority), None)
        return self.state(anchor, authority).usable(pin)

    def status_keys(self, pair: tuple[str, str]) -> tuple[Key, ...]:
        """Return the keys that sign lists on a path, revoked ones too."""
        usable = self._usable(*pair)
        return tuple(key for key in usable.keys if key.is_status) if usable else ()

    def _edges(self, key: str, at: int) -> Iterator[Edge]:
        """Give the edges of a key, on paths in force, of who speaks for the issuer (PTH-2, PTH-3)."""
        for anchor, authority in sorted(
            (pair for pair, _ in self.states), key=lambda pair: (pair[0] != pair[1], pair)
        ):
            usable = self._usable(anchor, authority)
            if not usable or not self._in_force(anchor, authority, at):
                continue
            for entry in usable.keys:
                if entry.name == key and self._speaks(anchor, authority, entry.issuer, at):
                    yield Edge(anchor, authority, entry)

    def _in_force(self, anchor: str, authority: str, at: int) -> bool:
        if anchor == authority:
            return True
        one = next((one for one in self.recognised_by(anchor) if one.authority == authority), None)
        return one is not None and one.begins <= at and kept("PTH-2 until", at < one.ends)

    def _speaks(self, anchor: str, authority: str, issuer: str, at: int) -> bool:
        """Tell whether an authority speaks for an issuer on an anchor's paths (PTH-3)."""
        regions = around(region_of(issuer))
        owners = [pinned for pinned, _ in self.pins if pinned in regions]
        if not stands("PTH-3 owner out"):
            owners = [owner for owner in owners if self._usable(owner, owner)]
        if owners and not kept("PTH-3 owner", max(owners, key=len) == anchor):
            return False
        names = {anchor} | {
            one.authority
            for one in self.recognised_by(anchor)
            if kept("PTH-3 nearest from", one.begins <= at) and (stands("PTH-3 nearest over") or at < one.ends)
        }
        nearest = next((region for region in regions if region in names), None)
        return kept("PTH-3 nearest", nearest == authority)

    def _ending(self, edge: Edge, key: str) -> tuple[bool, int | None]:
        """Tell whether a key is revoked on a path, and from when it is retired (PTH-4)."""
        own, other = self._usable(edge.anchor, edge.anchor), self._usable(edge.anchor, edge.authority)
        here = [one for one in (other.keys if other else ()) if (one.issuer, one.name) == (edge.entry.issuer, key)]
        above = [one for one in (own.keys if own else ()) if (one.issuer, one.name) == (edge.entry.issuer, key)]
        revokers = here + (above if stands("PTH-4 revoked") else [])
        retirers = here + (above if stands("PTH-4 anchor retires") else [])
        retired = [one.retired for one in retirers if one.retired is not None]
        return any(one.revoked for one in revokers), min(retired, default=None)

    def _on(self, edge: Edge, code: Code, at: int) -> str:  # noqa: PLR0911 - one return for each step
        """Judge a code on one edge: steps 7 to 13."""
        if not kept("PTH-5 key", edge.entry.issuer == code.issuer):
            return "issuer-mismatch"
        revoked, retired = self._ending(edge, code.key)
        if not kept("PTH-8 revoked", not revoked):
            return "key-revoked"
        if self._is_stale(edge.anchor, edge.authority, at):
            return "registry-stale"
        begins = at if code.begins is None else code.begins
        if edge.entry.is_status or not kept("PTH-4 retired", retired is None or begins < retired):
            return "key-not-valid"
        if not kept("PTH-11", at >= self.floor()):
            return "clock-suspect"
        if self._withdrawn(edge, code, at):
            return "revoked"
        return "valid" if code.place is None or self._vouched(edge, code, at) else "status-unknown"

    def _is_stale(self, anchor: str, authority: str, at: int) -> bool:
        return not kept("PTH-8 stale", at < self._end(anchor, authority)) or not kept(
            "PTH-8 anchor", authority == anchor or at < self._end(anchor, anchor)
        )

    def _end(self, anchor: str, authority: str) -> int:
        root, registry = self.state(anchor, authority).root, self._usable(anchor, authority)
        return min(root.expires, registry.expires) if root and registry else 0

    def _counting(
        self, edge: Edge, authority: str, code: Code, lists: Iterable[tuple[Place, StatusList]]
    ) -> Iterator[tuple[StatusList, int | None]]:
        """Give the lists of a code whose key an authority lists, each with the retirement of that (STL-11)."""
        listed = {
            key.name for key in self.status_keys((edge.anchor, authority)) if key.issuer == edge.entry.issuer
        }
        for (issuer, number, signer), one in lists:
            if code.place and (issuer, number) == (edge.entry.issuer, code.place[0]) and signer in listed:
                revoked, retired = self._ending(edge, signer)
                if kept("STL-11 revoked", not revoked):
                    yield one, retired

    def _withdrawn(self, edge: Edge, code: Code, at: int) -> bool:
        held = [one for _, state in self.states for one in state.lists]
        newest = {place: max(one.issued for other, one in held if other == place) for place, _ in held}
        if not stands("STL-11 everywhere"):
            here = {(edge.anchor, edge.authority), (edge.anchor, edge.anchor)}
            held = [one for pair, state in self.states if pair in here for one in state.lists]
        lists = [
            one
            for authority in ([edge.authority, edge.anchor] if stands("STL-11 anchor") else [edge.authority])
            for one, retired in self._counting(edge, authority, code, held)
            if kept("STL-11 newest", one.issued == newest[one.issuer, one.number, one.signer])
            and at < one.issued + LIST_LIFE
            and (stands("STL-11 retired withdraws") or retired is None or one.issued < retired)
        ]
        if not stands("STL-11 any"):
            lists = [max(lists, key=lambda one: one.issued)] if lists else []
        return code.place is not None and any(code.place[1] in one.withdrawn for one in lists)

    def _vouched(self, edge: Edge, code: Code, at: int) -> bool:
        held = self.state(edge.anchor, edge.authority).lists
        lists = [
            one
            for one, retired in self._counting(edge, edge.authority, code, held)
            if kept("STL-11 age", at < one.issued + LIST_LIFE)
            and kept("STL-11 retired", retired is None or one.issued < retired)
        ]
        made = max((one.issued for one in lists), default=None)
        newest = [one for one in lists if one.issued == made]
        return bool(newest) and all(code.place and code.place[1] not in one.withdrawn for one in newest)

    def _unknown(self, key: str, at: int) -> str:
        """Return the verdict of a code whose key is on no edge (PTH-5)."""
        for (anchor, authority), state in self.states:
            held = state.registry[0].keys if state.registry else ()
            if anchor != authority and any(one.name == key for one in held):
                return "not-recognised"
        if any(not self._usable(anchor, anchor) or self._is_stale(anchor, anchor, at) for anchor, _ in self.pins):
            return "registry-stale"
        return "unknown-key"


VERDICTS: Final = (
    *("issuer-mismatch", "key-revoked", "registry-stale", "key-not-valid", "clock-suspect", "status-unknown"),
    "revoked",
)


def _store(pins: Mapping[str, Root], states: Mapping[tuple[str, str], State]) -> Store:
    held = ((pair, state) for pair, state in states.items() if state != State())
    return Store(tuple(sorted(pins.items())), tuple(sorted(held, key=lambda one: one[0])))
