"""The status lists that a state holds, and how many they may be (spec/status.md, STL-8, STL-9)."""

import copy
import hashlib
import heapq
from collections import Counter
from collections.abc import Callable, Collection, Iterable, Iterator
from functools import cached_property
from typing import Final, NamedTuple, Self, TypeVar

from healthpass.credential._regions import IssuerId
from healthpass.documents import _status_list
from healthpass.documents._registry_document import KeyEntry
from healthpass.documents._status_list import StatusList

MAX_ISSUER_LISTS: Final = 4_096  # STL-8
MAX_PLACES: Final = 16_384  # of a state: each is a file, and each is read when a store is opened
MEMORY: Final = 1_209_600  # seconds by the clock floor; STL-9


class HeldDocument:
    """A document that a store keeps."""

    document: bytes

    @cached_property
    def name(self) -> str:
        """SHA-256 of the whole document in hexadecimal digits, by which it is kept."""
        return hashlib.sha256(self.document).hexdigest()


class StatusKey(NamedTuple):
    """A key that signs an issuer's status lists, and the address under which these stand."""

    issuer: IssuerId
    base: str | None
    entry: KeyEntry


class HeldList(HeldDocument):
    """A status list that was taken. It has passed every check, and is opened when it is needed.

    Attributes:
        document: the whole list.
        raw: the status key that signed it.
    """

    def __init__(self, document: bytes, raw: bytes) -> None:
        self.document = document
        self.raw: Final = raw

    @property
    def digest(self) -> bytes:
        """SHA-256 of its payload."""
        return _status_list.parse(self.document).digest

    @cached_property
    def content(self) -> StatusList:
        """What it says."""
        return StatusList.of_checked(_status_list.parse(self.document).payload)


class Place(NamedTuple):
    """What a list is held by: its issuer, its number and the status key that signed it."""

    issuer: IssuerId
    number: int
    raw: bytes


class HeldLists:
    """The lists of a state by their places, and the iat of each, also of one that had to go."""

    def __init__(self) -> None:
        self._lists: dict[Place, HeldList] = {}
        self._documents: set[tuple[IssuerId, bytes]] = set()
        self.iats: dict[Place, int] = {}

    def __bool__(self) -> bool:
        return bool(self.iats)

    def __iter__(self) -> Iterator[tuple[Place, HeldList]]:
        return iter(self._lists.items())

    def copy(self) -> Self:
        """Return the same lists, to be changed without these."""
        made = copy.copy(self)
        vars(made).update({name: copy.copy(value) for name, value in vars(self).items()})
        return made

    def get(self, place: Place) -> HeldList | None:
        """Return the list of a place."""
        return self._lists.get(place)

    def has(self, issuer: IssuerId, document: bytes) -> bool:
        """Tell whether this very list is held of an issuer."""
        return (issuer, document) in self._documents

    def put(self, place: Place, held: HeldList) -> None:
        """Hold a list, in the place of the one that is there."""
        if before := self._lists.get(place):
            self._documents.discard((place.issuer, before.document))
        self.restore(place, held)
        self.iats[place] = held.content.issued

    def restore(self, place: Place, held: HeldList) -> None:
        """Hold a list whose iat is known."""
        self._lists[place] = held
        self._documents.add((place.issuer, held.document))

    def size(self) -> int:
        """Return how many bytes the lists have."""
        return sum(len(held.document) for held in self._lists.values())

    def shrink(self, most: int, listed: Callable[[], Collection[tuple[IssuerId, bytes]]]) -> None:
        """Drop lists of who holds most, until few enough are left (STL-8).

        Args:
            most: how many bytes may be left.
            listed: tells the status keys that are listed and not revoked; lists of other keys go first.
        """
        self._forget_oldest()
        counts = Counter(place.issuer for place in self._lists)
        surplus = self.size() - most
        if surplus <= 0 and max(counts.values(), default=0) <= MAX_ISSUER_LISTS:
            return
        good = listed()
        places: dict[IssuerId, list[Place]] = {}
        order = sorted(((place.issuer, place.raw) in good, self.iats[place], place) for place in self._lists)
        for _, _, place in reversed(order):
            places.setdefault(place.issuer, []).append(place)

        def take(issuer: IssuerId) -> int:
            held = self._lists.pop(places[issuer].pop())
            self._documents.discard((issuer, held.document))
            return len(held.document)

        for issuer, count in counts.items():
            for _ in range(count - MAX_ISSUER_LISTS):
                surplus -= take(issuer)
        take_from_most(
            {issuer: sum(len(self._lists[one].document) for one in some) for issuer, some in places.items()},
            take,
            surplus,
        )

    def _forget_oldest(self) -> None:
        """Forget the oldest places of the status keys that have most, iat and list, until few enough are left."""
        if len(self.iats) <= MAX_PLACES:
            return
        places: dict[tuple[IssuerId, bytes], list[Place]] = {}
        for place in sorted(self.iats, key=lambda place: (self.iats[place], place), reverse=True):
            places.setdefault((place.issuer, place.raw), []).append(place)

        def take(key: tuple[IssuerId, bytes]) -> int:
            self._drop(places[key].pop())
            return 1

        take_from_most({key: len(some) for key, some in places.items()}, take, len(self.iats) - MAX_PLACES)

    def _drop(self, place: Place) -> None:
        del self.iats[place]
        if held := self._lists.pop(place, None):
            self._documents.discard((place.issuer, held.document))

    def forget(self, floor: int) -> None:
        """Drop what no code may lean on any more (STL-9)."""
        for place in [place for place, iat in self.iats.items() if floor >= iat + MEMORY]:
            self._drop(place)


def newest_of(states: Iterable[HeldLists]) -> dict[tuple[IssuerId, int], tuple[HeldList, ...]]:
    """Return of all states the newest list of each issuer, number and key, by issuer and number (STL-11.1)."""
    newest: dict[Place, tuple[int, dict[bytes, HeldList]]] = {}
    for lists in states:
        for place, held in lists:
            issued = lists.iats[place]
            if issued > newest.get(place, (-1, {}))[0]:
                newest[place] = issued, {}
            if issued == newest[place][0]:
                newest[place][1][held.document] = held
    found: dict[tuple[IssuerId, int], tuple[HeldList, ...]] = {}
    for place, (_, held_lists) in newest.items():
        key = place.issuer, place.number
        found[key] = (*found.get(key, ()), *held_lists.values())
    return found


_Key = TypeVar("_Key", IssuerId, tuple[IssuerId, bytes])


def take_from_most(amounts: dict[_Key, int], take: Callable[[_Key], int], surplus: int) -> None:
    """Take from whoever has most, one after the other, until the surplus is gone."""
    heap = [(-amount, key) for key, amount in amounts.items()]
    heapq.heapify(heap)
    while surplus > 0:
        amount, key = heap[0]
        taken = take(key)
        surplus -= taken
        heapq.heapreplace(heap, (amount + taken, key))
