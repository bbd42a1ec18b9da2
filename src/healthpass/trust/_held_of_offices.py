"""The policies and risk maps that a state holds, and how many they may be (spec/decision.md, POL-6)."""

import copy
from collections.abc import Callable, Collection, Iterator
from functools import cached_property
from typing import Any, Final, NamedTuple, Self

import cbor2

from healthpass.credential._regions import IssuerId
from healthpass.documents import _document, _policy, _risk_map
from healthpass.documents._document import Kind
from healthpass.documents._fields import NAMES, Names
from healthpass.documents._office_document import OfficeDocument, OfficePayload
from healthpass.documents._statement import CONTENT, EXP
from healthpass.trust._held_lists import HeldDocument, take_from_most

MAX_DOCUMENTS: Final = 256  # of a state; POL-6
MAX_BYTES: Final = 8_388_608
MAX_IATS: Final = 1_024
_NAMES: Final = 1  # of a policy, and of a map
PAYLOADS: Final[dict[Kind, OfficePayload[Any]]] = {
    Kind.POLICY: _policy.PAYLOAD,
    Kind.RISK_MAP: _risk_map.PAYLOAD,
}


class OfficePlace(NamedTuple):
    """What a policy or a map is held by: its kind, its office and the key that signed it."""

    kind: Kind
    issuer: IssuerId
    raw: bytes


class HeldOfficeDocument(HeldDocument):
    """A policy or a map that was taken. It has passed every check, and is opened when it is needed.

    It does not change, so that deciding prepares it once, also when the store is read again.

    Attributes:
        document: the whole document.
        place: what it is held by.
        issued: its iat, in seconds since 1970.
    """

    def __init__(self, document: bytes, place: OfficePlace, issued: int) -> None:
        self.document = document
        self.place: Final = place
        self.issued: Final = issued

    @cached_property
    def content(self) -> OfficeDocument[Any]:
        """What it says."""
        opened: OfficeDocument[Any] = PAYLOADS[self.place.kind].decode(_document.parse(self.document).payload)
        return opened

    @property
    def expires(self) -> int:
        """The end of its force, in seconds since 1970."""
        return self._outline[1]

    @property
    def names(self) -> Names:
        """What it is called."""
        return self._outline[0]

    @cached_property
    def _outline(self) -> tuple[Names, int]:
        """What is wanted of one that nobody follows: a large map takes long to open."""
        wire = cbor2.loads(_document.parse(self.document).payload)
        return NAMES.read(wire[CONTENT][_NAMES], []), wire[EXP]

    @property
    def digest(self) -> bytes:
        """SHA-256 of its payload."""
        return _document.parse(self.document).digest


class HeldOfOffices:
    """The policies and maps of a state by their places, and the iat of each, also of one that had to go."""

    def __init__(self) -> None:
        self._documents: dict[OfficePlace, HeldOfficeDocument] = {}
        self.iats: dict[OfficePlace, int] = {}

    def __bool__(self) -> bool:
        return bool(self.iats)

    def __iter__(self) -> Iterator[HeldOfficeDocument]:
        return iter(self._documents.values())

    def copy(self) -> Self:
        """Return the same documents, to be changed without these."""
        made = copy.copy(self)
        vars(made).update({name: copy.copy(value) for name, value in vars(self).items()})
        return made

    def get(self, place: OfficePlace) -> HeldOfficeDocument | None:
        """Return the document of a place."""
        return self._documents.get(place)

    def put(self, held: HeldOfficeDocument) -> None:
        """Hold a document, in the place of the one that is there."""
        self._documents[held.place] = held
        self.iats[held.place] = held.issued

    def drop(self, place: OfficePlace) -> None:
        """Drop the document of a place, and not its iat."""
        del self._documents[place]

    def size(self) -> int:
        """Return how many bytes the documents have."""
        return sum(len(held.document) for held in self._documents.values())

    def shrink(self, most: int, listed: Callable[[Collection[OfficePlace]], Collection[OfficePlace]]) -> None:
        """Drop documents of the office that has most, until few enough are left (POL-6).

        Args:
            most: how many bytes may be left.
            listed: tells of places those whose key is listed and not revoked; documents of others go first.
        """
        self._forget_oldest()
        if len(self._documents) <= MAX_DOCUMENTS and self.size() <= most:
            return
        good = listed(self._documents)
        places: dict[IssuerId, list[OfficePlace]] = {}
        for _, _, place in sorted(((one in good, self.iats[one], one) for one in self._documents), reverse=True):
            places.setdefault(place.issuer, []).append(place)

        def take(issuer: IssuerId) -> int:
            return len(self._documents.pop(places[issuer].pop()).document)

        def take_one(issuer: IssuerId) -> int:
            take(issuer)
            return 1

        counts = {issuer: len(some) for issuer, some in places.items()}
        take_from_most(counts, take_one, len(self._documents) - MAX_DOCUMENTS)
        sizes = {
            issuer: sum(len(self._documents[one].document) for one in some) for issuer, some in places.items()
        }
        take_from_most(sizes, take, self.size() - most)

    def _forget_oldest(self) -> None:
        """Forget the oldest iats of the offices that have most, and their documents, until few enough are left."""
        if len(self.iats) <= MAX_IATS:
            return
        places: dict[IssuerId, list[OfficePlace]] = {}
        for place in sorted(self.iats, key=lambda place: (self.iats[place], place), reverse=True):
            places.setdefault(place.issuer, []).append(place)

        def take(issuer: IssuerId) -> int:
            place = places[issuer].pop()
            del self.iats[place]
            self._documents.pop(place, None)
            return 1

        take_from_most({issuer: len(some) for issuer, some in places.items()}, take, len(self.iats) - MAX_IATS)
