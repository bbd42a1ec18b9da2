"""One update: documents are offered to the states that they concern (spec/registry.md, UPD-1 to UPD-12)."""

from collections.abc import Callable, Iterable, Iterator
from collections.abc import Set as AbstractSet
from contextlib import suppress
from functools import partial
from itertools import islice
from typing import Any, Final, Generic, NamedTuple, TypeAlias, TypeVar

from healthpass.credential._regions import RegionId
from healthpass.documents._bundle import split
from healthpass.documents._document import Kind
from healthpass.trust._gap import with_gap
from healthpass.trust._held import Epoch
from healthpass.trust._offer import AnyOffer, ListOffer, Offer, OfficeOffer, read_offer
from healthpass.trust._state import Notes, State
from healthpass.trust._trust import Trust
from healthpass.words._errors import DocumentError
from healthpass.words._outcomes import Outcome

# These depend on what is held alone. A bundle with all the roots of an authority has some of them for every gate
# that begins with a later one.
_SETTLED: Final = frozenset({Outcome.UNKNOWN_SIGNER, Outcome.THRESHOLD_NOT_MET})
STRANGE: Final = "no pin and no key that is held has to do with it"
_LOOKED_AT: Final = (
    64  # roots that concern nobody: so many are looked at for a gap before them, and junk costs no more
)

Answer: TypeAlias = tuple[Outcome, Notes]
_Where: TypeAlias = tuple[int, str, str]  # a document, and anchor and authority of a state; empty for none


class Result(NamedTuple):
    """What came of one document for one state (UPD-1).

    Attributes:
        source: the place of its bundle among those that were given, from 0.
        document: the place of the document in all bundles, from 0.
        kind: its kind, if it could be read.
        digest: SHA-256 of its payload, if it could be read.
        anchor: the anchor of the state; None when it concerned no state.
        authority: the authority of the state; None when it concerned no state.
        outcome: what came of it.
        notes: what else is to be told.
        message: why it was refused, in words; empty when it was not.
        where: which part of the content is at fault; empty when none is.
    """

    source: int
    document: int
    kind: Kind | None
    digest: bytes | None
    anchor: RegionId | None
    authority: RegionId | None
    outcome: Outcome
    notes: Notes = ()
    message: str = ""
    where: str = ""


_Given = TypeVar("_Given", Offer, ListOffer, OfficeOffer)


class _Offers(Generic[_Given]):
    """What is offered of a kind. A state looks at what has one of its marks: junk costs nobody a second look."""

    def __init__(self) -> None:
        self.all: dict[int, _Given] = {}
        self._marked: dict[bytes, list[int]] = {}

    def add(self, number: int, offer: _Given, marks: Iterable[bytes]) -> None:
        """Take up a document with its marks: the hash of its payload, and the kids of its signatures."""
        self.all[number] = offer
        for mark in marks:
            self._marked.setdefault(mark, []).append(number)

    @property
    def marks(self) -> AbstractSet[bytes]:
        """All marks."""
        return self._marked.keys()

    def of(self, marks: Iterable[bytes]) -> list[tuple[int, _Given]]:
        """Return those with any of these marks, in the order in which they came."""
        numbers = {number for mark in marks for number in self._marked.get(mark, ())}
        return [(number, self.all[number]) for number in sorted(numbers)]


class Update:
    """Documents that are offered to a trust, and what has come of them so far.

    Args:
        bundles: one bundle, or several: each is a source of its own (UPD-10).
        at: the time, in seconds since 1970.
    """

    def __init__(self, bundles: bytes | Iterable[bytes], at: int) -> None:
        self.at: Final = at
        self._sources: list[int] = []
        self._roots = _Offers[Offer]()
        self._registries = _Offers[Offer]()
        self._of_offices = _Offers[OfficeOffer]()
        self._lists = _Offers[ListOffer]()
        self._results: dict[_Where, Result] = {}
        self._unread: dict[_Where, Result] = {}
        self._earlier: dict[_Where, Result] = {}  # of a run that had to begin again
        self._held: tuple[State, ...] = ()  # the states, when it was done
        for source, bundle in enumerate([bundles] if isinstance(bundles, bytes) else bundles):
            for item in split(bundle):
                self._read(source, item)

    def run(self, trust: Trust) -> Iterator[State]:
        """Offer all to all, in the order of UPD-2; give each state when it is done, before the next one begins.

        It may be run again on what is held by then. A document that the earlier run applied stays `applied`.
        """
        self._earlier = self._results
        self._results = dict(self._unread)
        for anchor in sorted(trust.pins):
            (own,) = (state for state in trust.states if state.is_own and state.anchor == anchor)
            self._offer(trust, own)
            trust.settle(anchor)
            trust.shrink(own)
            yield own
        for state in trust.states:
            if not state.is_own and state.pin:
                self._offer(trust, state)
                trust.shrink(state)
                yield state
        trust.forget()
        self._held = trust.states

    @property
    def results(self) -> tuple[Result, ...]:
        """What came of each document in the last run, by document, anchor and authority."""
        concerned = {number for number, _, _ in self._results}
        every: dict[int, AnyOffer] = {
            **self._roots.all,
            **self._registries.all,
            **self._of_offices.all,
            **self._lists.all,
        }
        strange = {number: offer for number, offer in every.items() if number not in concerned}
        unknown = dict.fromkeys(strange, DocumentError(Outcome.UNKNOWN_SIGNER, STRANGE))
        for number in islice((one for one in strange if one in self._roots.all), _LOOKED_AT):
            for state in self._held:
                unknown[number] = with_gap(unknown[number], self._roots.all[number], state.root)
        found = self._results | {
            (number, "", ""): self._result(number, offer, None, unknown[number])
            for number, offer in strange.items()
        }
        return tuple(found[where] for where in sorted(found))

    @property
    def is_settled(self) -> bool:
        """Whether nothing is left that may be taken another time, while the store is as it is now."""
        return all(result.outcome.kind == "done" or result.outcome in _SETTLED for result in self.results)

    def _read(self, source: int, item: bytes | DocumentError) -> None:
        number = len(self._sources)
        self._sources.append(source)
        try:
            if isinstance(item, DocumentError):
                raise item
            offer = read_offer(item)
        except DocumentError as error:
            self._unread[number, "", ""] = self._result(number, None, None, error)
            return
        if isinstance(offer, ListOffer):
            self._lists.add(number, offer, [offer.document.kid])
        elif isinstance(offer, OfficeOffer):
            self._of_offices.add(number, offer, [offer.kid])
        else:
            offers = self._roots if offer.is_root else self._registries
            offers.add(number, offer, [offer.digest, *offer.document.signatures])

    def _offer(self, trust: Trust, state: State) -> None:
        self._offer_roots(state)
        if not state.has_pin:
            return
        marked = self._registries.of(state.registry_marks)
        # A copy with other signatures concerns the state once the registry of its hash is held (UPD-3.2).
        for number, offer in self._registries.of([*state.registry_marks, *(one.digest for _, one in marked)]):
            if state.root and state.is_concerned_by(offer):
                self._try(number, offer, state, partial(state.publish, newest=trust.newest(Epoch.of(state.root))))
        self._offer_of_offices(trust, state)
        listed = state.usable.status_keys if self._lists.all and state.usable else ()
        for number, one in self._lists.of(listed):
            self._try(number, one, state, partial(state.take, newest=trust.newest_list))

    def _offer_of_offices(self, trust: Trust, state: State) -> None:
        """Offer what offices have signed: policies to an anchor's own state alone, maps to every state (POL-6)."""
        usable = state.usable
        if not self._of_offices.all or usable is None:
            return
        for number, offer in self._of_offices.of(self._of_offices.marks & usable.places.keys()):
            if (state.is_own or offer.kind is not Kind.POLICY) and any(usable.policy_keys(offer.kid)):
                self._try(number, offer, state, partial(state.take_of_office, newest=trust.newest_of_office))

    def _offer_roots(self, state: State) -> None:
        """Begin with the pin if it is not on the chain, then take one next link after the other (UPD-5, UPD-6)."""
        state.forget_before_pin()
        for number, offer in self._roots.of([state.pin.digest] if state.pin else []):
            if not state.has_pin:
                with suppress(DocumentError):
                    self._note(number, offer, state, state.start(offer, self.at))
        while state.has_pin and any(self._is_next(number, offer, state) for number, offer in self._by_hash(state)):
            pass
        for number, offer in self._roots.of(state.root_marks):  # what came of the others, in the end
            if (number, state.anchor, state.authority) not in self._results and state.is_concerned_by(offer):
                is_pin = state.pin is not None and offer.digest == state.pin.digest
                self._try(number, offer, state, state.start if is_pin and not state.has_pin else state.link)

    def _by_hash(self, state: State) -> list[tuple[int, Offer]]:
        return sorted(self._roots.of(state.root_marks), key=lambda one: one[1].digest)

    def _is_next(self, number: int, offer: Offer, state: State) -> bool:
        """Take a root that is the next link; tell whether it was."""
        if not offer.may_follow(state.root) or not state.is_concerned_by(offer):
            return False
        with suppress(DocumentError):
            answer = state.link(offer, self.at)
            if answer[0] is Outcome.APPLIED:
                self._note(number, offer, state, answer)
                return True
        return False

    def _try(self, number: int, offer: Any, state: State, apply: Callable[[Any, int], Answer]) -> None:
        """Offer a document to a state, and note what comes of it."""
        try:
            answer: Answer | DocumentError = apply(offer, self.at)
        except DocumentError as error:
            answer = with_gap(error, offer, state.root) if isinstance(offer, Offer) else error
        self._note(number, offer, state, answer)

    def _note(self, number: int, offer: AnyOffer, state: State, answer: Answer | DocumentError) -> None:
        where = number, str(state.anchor), str(state.authority)
        result, before = self._result(number, offer, state, answer), self._earlier.get(where)
        if before and before.outcome is Outcome.APPLIED and result.outcome is Outcome.UNCHANGED:
            result = before
        self._results[where] = result

    def _result(
        self, number: int, offer: AnyOffer | None, state: State | None, answer: Answer | DocumentError
    ) -> Result:
        anchor, authority = (state.anchor, state.authority) if state else (None, None)
        kind, digest = (offer.kind, offer.digest) if offer else (None, None)
        told = (answer.outcome, (), answer.message, answer.where) if isinstance(answer, DocumentError) else answer
        return Result(self._sources[number], number, kind, digest, anchor, authority, *told)


def updated(trust: Trust, bundles: bytes | Iterable[bytes], *, at: int) -> tuple[Result, ...]:
    """Offer documents to a trust, and tell what came of each, for each state that it concerned."""
    update = Update(bundles, at)
    for _ in update.run(trust):
        pass
    return update.results
