"""From the files of a store to the states that it holds; what is known already is not opened again."""

from collections.abc import Callable, Collection, Iterable
from contextlib import suppress
from functools import cache
from typing import Final, TypeVar

from healthpass.documents import _document, _status_list
from healthpass.documents._checked_registry import Outline
from healthpass.documents._document import Kind
from healthpass.documents._status_list import StatusList
from healthpass.store import _record
from healthpass.store._record import DOCUMENT, Kept, StateKey, StateRecord
from healthpass.trust._held import Epoch, HeldRegistry, HeldRoot, Pin, Seen
from healthpass.trust._held_lists import HeldList, Place
from healthpass.trust._held_of_offices import HeldOfficeDocument, OfficePlace
from healthpass.trust._state import State
from healthpass.trust._trust import Trust
from healthpass.words._errors import DocumentError

_Held = TypeVar("_Held", HeldRoot, HeldRegistry, HeldList, HeldOfficeDocument)


def restored(
    kept: Kept, read: Callable[[str], bytes], known: Iterable[State] = (), same: Collection[StateKey] = ()
) -> Trust:
    """Return the trust that was kept.

    Args:
        kept: what is kept of it.
        read: reads a file.
        known: states that were read before, by the same rules. They stay as they are, and no document of theirs is
            opened again. One that held nothing, and that no anchor recognised any more, may be missing.
        same: whose files, by anchor and authority, are those of before: where the state is known, they need not
            even be read.

    Raises:
        ValueError: when it does not hold together.
    """
    record = kept.record
    trust, checked = Trust(record.environment), record.checker == _record.CHECKER
    once = cache(read)  # several anchors may hold the same documents
    before = {(state.anchor, state.authority): state for state in known}
    for key, one in kept.states.items():
        if key in same and key in before:
            trust.put(before[key].copy())
        elif checked:
            trust.put(_Restoring(one.record, once, before.get(key)).restored(State(*key, record.environment)))
        else:
            trust.put(_CheckingAgain(one.record, once).restored(State(*key, record.environment)))
    for pin in record.pins:
        trust.pin(Pin(pin.authority, pin.version, bytes.fromhex(pin.digest)))
    return trust


class _Restoring:
    """Gives a state what is kept of it.

    Args:
        record: what its file says.
        read: reads a file: also one whose content is known, for it may be damaged.
        before: the same state as it was read before.
    """

    def __init__(self, record: StateRecord, read: Callable[[str], bytes], before: State | None = None) -> None:
        self.record: Final = record
        self.read: Final = read
        self.before: Final = before

    def restored(self, state: State) -> State:
        """Return the state.

        Raises:
            ValueError: when it does not hold together.
        """
        record = self.record
        self.restore_chain(state)
        if record.registry:
            name, taken = record.registry
            state.registry = self.registry(name, self.read(name + DOCUMENT), taken)
        for epoch, version, digest in record.seen:
            state.seen[Epoch(bytes.fromhex(epoch))] = Seen(version, bytes.fromhex(digest))
        for issuer, number, key, iat, listed in record.lists:
            place = Place(issuer, number, bytes.fromhex(key))
            state.lists.iats[place] = iat
            if listed:
                self.restore_list(state, place, listed)
        for kind, issuer, key, iat, named in record.of_offices:
            office = OfficePlace(kind, issuer, bytes.fromhex(key))
            state.of_offices.iats[office] = iat
            if named:
                self.restore_of_office(state, office, iat, named)
        return state

    def restore_chain(self, state: State) -> None:
        """Restore the roots; the current one is opened."""
        known = {(one.name, one.taken): one for one in self.before.chain} if self.before else {}
        for name, taken in self.record.chain:
            data = self.read(name + DOCUMENT)
            state.chain.append(
                known.get((name, taken)) or _known(HeldRoot(_of_kind(data, Kind.ROOT), taken), name)
            )
        _ = state.root

    def registry(self, name: str, data: bytes, taken: int) -> HeldRegistry:
        """Restore the registry."""
        known, refused = self.before and self.before.registry, self.record.refused
        if known and (known.name, known.taken, known.refused) == (name, taken, refused):
            return known
        return _known(HeldRegistry(_of_kind(data, Kind.REGISTRY), taken, refused=refused), name)

    def restore_list(self, state: State, place: Place, name: str) -> None:
        """Restore a list."""
        data = self.read(name + DOCUMENT)
        known = self.before and self.before.lists.get(place)
        if not (known and known.name == name):
            known = _known(HeldList(_of_kind(data, Kind.STATUS_LIST), place.raw), name)
        state.lists.restore(place, known)

    def restore_of_office(self, state: State, place: OfficePlace, iat: int, name: str) -> None:
        """Restore a policy or a map."""
        data = self.read(name + DOCUMENT)
        known = self.before and self.before.of_offices.get(place)
        if not (known and (known.name, known.issued) == (name, iat)):
            known = _known(HeldOfficeDocument(_of_kind(data, place.kind), place, iat), name)
        state.of_offices.put(known)


class _CheckingAgain(_Restoring):
    """Gives a state what is kept of it, if the rules of today accept it; those of its time were others."""

    def restore_chain(self, state: State) -> None:
        """Restore the roots; a chain of which one is refused now starts again from its pin."""
        try:
            super().restore_chain(state)
            for one in state.chain:
                _ = one.root
        except DocumentError:
            state.chain = []

    def registry(self, name: str, data: bytes, taken: int) -> HeldRegistry:
        """Restore the registry; one that is refused now is not usable."""
        try:
            Outline.checked(_document.parse(_of_kind(data, Kind.REGISTRY)).payload)
        except DocumentError:
            return _known(HeldRegistry(data, taken, refused=True), name)
        return _known(HeldRegistry(data, taken), name)

    def restore_list(self, state: State, place: Place, name: str) -> None:
        """Restore a list; one that is refused now is dropped."""
        data = self.read(name + DOCUMENT)
        with suppress(DocumentError):
            StatusList.decode(_status_list.parse(data).payload)
            state.lists.restore(place, _known(HeldList(data, place.raw), name))

    def restore_of_office(self, state: State, place: OfficePlace, iat: int, name: str) -> None:
        """Restore a policy or a map; one that is refused now is dropped."""
        held = _known(HeldOfficeDocument(_of_kind(self.read(name + DOCUMENT), place.kind), place, iat), name)
        with suppress(DocumentError):
            _ = held.content
            state.of_offices.put(held)


def _known(held: _Held, name: str) -> _Held:
    """Tell a document that was read by its name what that is."""
    vars(held)["name"] = name
    return held


def _of_kind(data: bytes, kind: Kind) -> bytes:
    try:
        if kind is Kind.STATUS_LIST:
            _status_list.parse(data)
            return data
        found = _document.parse(data).kind
    except DocumentError as error:
        raise ValueError(f"a document that is held is refused: {error}") from error
    if found is not kind:
        raise ValueError(f"a {found.label} is held in the place of a {kind.label}")
    return data
