"""All that a store trusts, and how documents change it (spec/registry.md, sections 6 and 7).

Anchors first, roots before registries, and each document on its own: what one authority sends can neither change
nor delay what another says. No input or output, and the time is given.
"""

from collections.abc import Callable, Iterable, Mapping
from contextlib import suppress
from typing import Any, Final, NamedTuple, Self, TypeAlias

from healthpass.codec._cbor import MAX_INTEGER
from healthpass.codec._keys import PublicKey
from healthpass.credential._regions import IssuerId, RegionId
from healthpass.documents import _status_list
from healthpass.documents._bundle import MAX_BUNDLE, split
from healthpass.documents._document import Kind
from healthpass.documents._fields import DIGEST, check_environment
from healthpass.documents._registry_document import RegistryDocument
from healthpass.documents._root import Root
from healthpass.documents._statement import PRODUCTION
from healthpass.documents._status_list import StatusList
from healthpass.trust._held import HeldRegistry, HeldRoot, Pin, Tombstone
from healthpass.trust._held_lists import HeldList
from healthpass.trust._offer import ListOffer, Offer, read_any, read_offer
from healthpass.trust._registry import Registry
from healthpass.trust._state import Notes, State
from healthpass.trust._views import registry_of, views_of
from healthpass.words._errors import DocumentError
from healthpass.words._outcomes import Outcome

MAX_READ: Final = 65_536  # documents and lists of all bundles, after which no other is begun; UPD-10
CHECKER: Final = 1  # goes up when the rules change by which documents are checked


class StateSnapshot(NamedTuple):
    """A state as it is kept on disk; the members are those of `State`, documents as bytes."""

    anchor: RegionId
    authority: RegionId
    chain: tuple[bytes, ...]
    registry: bytes | None
    dropped: frozenset[bytes]
    tombstones: tuple[tuple[str, bytes, int, int], ...]
    evidence: tuple[bytes, ...]
    lists: tuple[tuple[str, int, bytes, bytes], ...] = ()  # issuer id, number, status key, list
    refused: bool = False  # whether the registry is, by today's rules
    begun: tuple[int, int] = (0, 0)


class Snapshot(NamedTuple):
    """All states, as they are kept on disk."""

    environment: str
    pins: tuple[Pin, ...]
    states: tuple[StateSnapshot, ...]


class Result(NamedTuple):
    """What came of one document for one state (UPD-1).

    Attributes:
        document: the place of the document in the bundle, from 0.
        kind: its kind, if it could be read.
        digest: SHA-256 of its payload, if it could be read.
        anchor: the anchor of the state; None when it concerned no state.
        authority: the authority of the state; None when it concerned no state.
        outcome: what came of it.
        notes: what else is to be told.
        message: why it was refused, in words; empty when it was not.
        where: which part of it is at fault, such as `issuers[3].keys[0].from`; empty where none is.
    """

    document: int
    kind: Kind | None
    digest: bytes | None
    anchor: RegionId | None
    authority: RegionId | None
    outcome: Outcome
    notes: Notes = ()
    message: str = ""
    where: str = ""


class Trust:
    """The anchors of a verifier and what it has been told since.

    Args:
        environment: the one environment that it is for.

    Raises:
        ValueError: when that is no name of an environment (DOC-10).
    """

    def __init__(self, environment: str = PRODUCTION) -> None:
        self.environment: Final = check_environment(environment)
        self._pins: dict[RegionId, Pin] = {}
        self._states: dict[tuple[RegionId, RegionId], State] = {}

    @property
    def pins(self) -> Mapping[RegionId, Pin]:
        """The anchors, and the root that each was pinned with."""
        return dict(self._pins)

    @property
    def states(self) -> tuple[State, ...]:
        """All states: the anchors' own first, then by anchor and authority; also those no longer recognised."""
        return tuple(self._states[key] for key in sorted(self._states, key=lambda key: (key[0] != key[1], *key)))

    def pin(self, pin: Pin) -> None:
        """Make an authority an anchor, or give an anchor another root to begin with.

        Raises:
            ValueError: when the id, the version or the hash is none.
        """
        authority = RegionId(pin.authority)
        if type(pin.version) is not int or not 1 <= pin.version <= MAX_INTEGER:
            raise ValueError("the version of a pinned root must be an integer from 1 up")
        if type(pin.digest) is not bytes or len(pin.digest) != DIGEST.size:
            raise ValueError(f"the hash of a pinned root must be the {DIGEST.size} bytes of a SHA-256")
        self._pins[authority] = Pin(authority, pin.version, pin.digest)
        self._find_states()

    def unpin(self, authority: str) -> None:
        """Trust an anchor no longer, nor anything by way of it.

        Raises:
            KeyError: when it is no anchor.
        """
        del self._pins[RegionId(authority)]
        self._states = {key: state for key, state in self._states.items() if key[0] != authority}

    def update(self, bundle: bytes | Iterable[bytes], *, at: int) -> tuple[Result, ...]:
        """Offer documents (UPD-1 to UPD-11).

        Args:
            bundle: a bundle, or several, whose documents are counted through.
            at: the time, in seconds since 1970.

        Returns:
            What came of each document, for each state that it concerned.
        """
        return _Update(bundle, at).run(self)

    def registry(self) -> Registry:
        """Return what is trusted now, for verifying; it does not change with later updates."""
        return registry_of(self.environment, views_of(self.states))

    def snapshot(self) -> Snapshot:
        """Return all that `restore` needs."""
        return Snapshot(self.environment, tuple(self._pins.values()), tuple(map(_snapshot, self.states)))

    @classmethod
    def restore(cls, snapshot: Snapshot, *, checked: bool) -> Self:
        """Take up what `snapshot` returned.

        Args:
            snapshot: what was kept.
            checked: whether the documents have passed this `CHECKER`. Otherwise they are read through again, and
                what is refused now counts no longer: a chain starts again from its pin, a registry is stale and
                bounds what may come, a list is dropped. All else goes on.

        Raises:
            ValueError: when it does not hold together.
        """
        trust = cls(snapshot.environment)
        if not {kept.anchor for kept in snapshot.states} <= {pin.authority for pin in snapshot.pins}:
            raise ValueError("there is a state of an authority that is no anchor")
        try:
            for kept in snapshot.states:
                trust._states[kept.anchor, kept.authority] = _restored(kept, snapshot.environment, checked=checked)
        except DocumentError as error:
            raise ValueError(f"a document that is held is refused: {error}") from error
        for pin in snapshot.pins:
            trust.pin(pin)
        return trust

    def _find_states(self) -> None:
        """Let there be a state for each anchor and for whom it recognises, each with its pin; keep the others."""
        for state in self._states.values():
            state.pin = state.recognition = None
        for anchor, pin in self._pins.items():
            own = self._state(anchor, anchor)
            own.pin = pin
            if not (registry := own.registry):
                continue
            for recognition in registry.recognitions:
                state = self._state(anchor, recognition.authority)
                state.recognition = recognition
                state.named = registry.statement.epoch, registry.statement.version
                state.pin = Pin(recognition.authority, recognition.root_version, recognition.root_hash)
        # What is recognised no longer and has never sent anything: else a thief fills the store with names.
        self._states = {key: state for key, state in self._states.items() if state.pin or state.holds_anything}

    def _forget_what_thieves_began(self) -> None:
        """Forget states that began by registries which their anchor's new epoch does not stand by (RVK-3)."""
        for own in [state for state in self.states if state.closed]:
            for (anchor, authority), state in list(self._states.items()):
                epoch, version = state.begun
                if anchor == own.anchor and any(epoch == closed and version > last for closed, last in own.closed):
                    del self._states[anchor, authority]
            own.closed.clear()

    def _state(self, anchor: RegionId, authority: RegionId) -> State:
        return self._states.setdefault((anchor, authority), State(anchor, authority, self.environment))


AnyOffer: TypeAlias = Offer | ListOffer
Apply: TypeAlias = Callable[[Any, int], tuple[Outcome, Notes]]


class _Update:
    """One update: the documents offered, and what has come of them so far."""

    def __init__(self, bundle: bytes | Iterable[bytes], at: int) -> None:
        self._at = at
        self._offers: dict[int, AnyOffer] = {}
        self._by_mark: dict[tuple[Kind, bytes], set[int]] = {}  # by digest and by kid
        self._results: dict[tuple[int, str, str], Result] = {}
        self._read([bundle] if isinstance(bundle, bytes) else bundle)

    def run(self, trust: Trust) -> tuple[Result, ...]:
        """Apply what can be applied, in the order of UPD-2."""
        self._offer_all([state for state in trust.states if state.anchor == state.authority])
        trust._forget_what_thieves_began()  # noqa: SLF001
        trust._find_states()  # noqa: SLF001 - the anchors may recognise others now
        self._offer_all([state for state in trust.states if state.anchor != state.authority and state.pin])
        for state in trust.states:
            if state.pin:
                for number in self._concerning(state, Kind.STATUS_LIST, state.status_kids()):
                    self._try(number, state, state.take)
            state.forget_lists(self._at)
        concerned = {number for number, _, _ in self._results}
        for number, offer in self._offers.items():
            if number not in concerned:
                unknown = DocumentError(Outcome.UNKNOWN_SIGNER, "no pin and no key that is held has to do with it")
                self._note(number, offer, None, unknown)
        return tuple(self._results[key] for key in sorted(self._results))

    def _read(self, bundles: Iterable[bytes]) -> None:
        number = size = 0
        for bundle in bundles:
            error = None
            if size + len(bundle) > MAX_BUNDLE:  # the others may fit
                error = DocumentError(Outcome.TOO_LARGE, f"an update has at most {MAX_BUNDLE:,} bytes")
            elif number >= MAX_READ:
                error = DocumentError(Outcome.TOO_MANY, f"an update reads no bundle after {MAX_READ:,} documents")
            if error:
                self._note(number, None, None, error)
                number += 1
                continue
            size += len(bundle)
            for item in split(bundle):
                try:
                    if isinstance(item, DocumentError):
                        raise item
                    offer = read_any(item)
                except DocumentError as error:
                    self._note(number, None, None, error)
                else:
                    self._offers[number] = offer
                    for mark in (offer.digest, *offer.kids):
                        self._by_mark.setdefault((offer.kind, mark), set()).add(number)
                number += 1

    def _offer_all(self, states: list[State]) -> None:
        for state in states:
            self._offer_roots(state)
        for state in states:
            for number in self._concerning(state, Kind.REGISTRY, state.registry_kids()):
                # Again, since another may have taken the place of the one that it was known by.
                if number in self._concerning(state, Kind.REGISTRY, state.registry_kids()):
                    self._try(number, state, state.publish)

    def _offer_roots(self, state: State) -> None:
        """Walk from root to root; where no way leads to the pinned one, begin with it."""
        while self._applies_one(state, state.link) or (
            not state.has_pin and self._applies_one(state, state.start, only=state.pin)
        ):
            pass
        for number in self._concerning(state, Kind.ROOT, state.root_kids()):  # what came of the others, in the end
            if (number, state.anchor, state.authority) not in self._results:
                on_chain = any(held.digest == self._offers[number].digest for held in state.chain)
                starts = self._is(number, state.pin) and not on_chain
                self._try(number, state, state.start if starts else state.link)

    def _applies_one(self, state: State, apply: Apply, *, only: Pin | None = None) -> bool:
        """Apply the first root that can be, of those that concern the state; tell whether one could."""
        for number in self._concerning(state, Kind.ROOT, state.root_kids()):
            offer = self._offers[number]
            if not (self._is(number, only) if only else offer.may_follow(state.root)):
                continue
            with suppress(DocumentError):  # one that is on the chain already is unchanged
                outcome, notes = apply(offer, self._at)
                if outcome is Outcome.APPLIED:
                    self._note(number, offer, state, outcome, notes)
                    return True
        return False

    def _concerning(self, state: State, kind: Kind, kids: set[bytes]) -> list[int]:
        marks = kids | state.digests()
        return sorted({number for mark in marks for number in self._by_mark.get((kind, mark), ())})

    def _is(self, number: int, pin: Pin | None) -> bool:
        return pin is not None and self._offers[number].digest == pin.digest

    def _try(self, number: int, state: State, apply: Apply) -> None:
        """Offer a document to a state, and note what comes of it."""
        offer = self._offers[number]
        try:
            outcome, notes = apply(offer, self._at)
        except DocumentError as error:
            self._note(number, offer, state, error)
        else:
            self._note(number, offer, state, outcome, notes)

    def _note(
        self,
        number: int,
        offer: AnyOffer | None,
        state: State | None,
        outcome: Outcome | DocumentError,
        notes: Notes = (),
    ) -> None:
        code, message, where = outcome.args if isinstance(outcome, DocumentError) else (outcome, "", "")
        anchor, authority = (state.anchor, state.authority) if state else (None, None)
        kind, digest = (offer.kind, offer.digest) if offer else (None, None)
        result = Result(number, kind, digest, anchor, authority, code, notes, message, where)
        self._results[number, anchor or "", authority or ""] = result


def _snapshot(state: State) -> StateSnapshot:
    registry = state.registry
    return StateSnapshot(
        state.anchor,
        state.authority,
        tuple(held.document for held in state.chain),
        registry.document if registry else None,
        registry.dropped if registry else frozenset(),
        tuple((str(key.issuer), key.raw, *since) for key, since in state.tombstones.items()),
        tuple(state.evidence),
        tuple((str(issuer), number, held.raw, held.document) for (issuer, number), held in state.lists.items()),
        registry.refused if registry else False,
        state.begun,
    )


def _restored(kept: StateSnapshot, environment: str, *, checked: bool) -> State:
    state = State(RegionId(kept.anchor), RegionId(kept.authority), environment)
    now_refused = () if checked else (DocumentError,)
    roots = [_of_kind(data, Kind.ROOT) for data in kept.chain]
    with suppress(*now_refused):
        state.chain = [HeldRoot(offer.data, offer.digest, Root.decode(offer.document.payload)) for offer in roots]
    if kept.registry is not None:
        offer = _of_kind(kept.registry, Kind.REGISTRY)
        dropped, refused = kept.dropped, kept.refused
        if not checked:
            try:
                dropped, refused = RegistryDocument.decode(offer.document.payload).dropped(), False
            except DocumentError:
                refused = True
        state.registry = HeldRegistry(kept.registry, dropped, refused=refused)
    state.tombstones = {
        Tombstone(IssuerId(issuer), raw): (epoch, version) for issuer, raw, epoch, version in kept.tombstones
    }
    state.evidence = list(kept.evidence)
    state.begun = kept.begun
    for issuer, number, raw, data in kept.lists:
        with suppress(*now_refused):
            if not checked:
                signed = _status_list.parse(data)
                signed.verify(PublicKey(raw))
                StatusList.decode(signed.payload)
            state.lists.put((IssuerId(issuer), number), HeldList(data, raw))
    return state


def _of_kind(data: bytes, kind: Kind) -> Offer:
    offer = read_offer(data)
    if offer.document.kind is not kind:
        raise ValueError(f"a {offer.document.kind} is held in the place of a {kind}")
    return offer
