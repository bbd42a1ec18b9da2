"""The status lists that a state holds, the keys that sign them, and how many they may be (STL-9)."""

from collections import Counter
from functools import cached_property
from typing import Final, NamedTuple, TypeAlias

from healthpass.credential._regions import IssuerId
from healthpass.documents import _status_list
from healthpass.documents._registry_document import KeyEntry
from healthpass.documents._status_list import StatusList
from healthpass.words._errors import DocumentError
from healthpass.words._outcomes import Outcome

MAX_LISTS: Final = 4_096  # of a state; STL-9
MAX_BYTES: Final = 134_217_728
MAX_ISSUER_LISTS: Final = 1_024  # of one issuer, so that one cannot keep out the others
MAX_ISSUER_BYTES: Final = 33_554_432

Place: TypeAlias = tuple[IssuerId, int]  # issuer and number


class StatusKey(NamedTuple):
    """A key that signs an issuer's status lists, and the address under which these stand."""

    issuer: IssuerId
    base: str | None
    entry: KeyEntry


class HeldList:
    """A status list that was applied. It has passed every check, and is opened when it is needed.

    Attributes:
        document: the whole list.
        digest: SHA-256 of its payload.
        raw: the status key that signed it.
    """

    def __init__(self, document: bytes, raw: bytes) -> None:
        self.document: Final = document
        self.raw: Final = raw
        self.digest: Final = _status_list.parse(document).digest

    @cached_property
    def content(self) -> StatusList:
        """What it says."""
        return StatusList.of_checked(_status_list.parse(self.document).payload)


class HeldLists(dict[Place, HeldList]):
    """The lists of a state, by issuer and number. It is changed by `put` and `drop` alone."""

    def __init__(self) -> None:
        super().__init__()
        self._documents: set[bytes] = set()
        self._count: Counter[IssuerId] = Counter()
        self._bytes: Counter[IssuerId] = Counter()

    def has(self, document: bytes) -> bool:
        """Tell whether this very list is held."""
        return document in self._documents

    def put(self, place: Place, held: HeldList) -> None:
        """Hold a list, in the place of the one that is there.

        Raises:
            DocumentError: `too-many`; nothing has changed then.
        """
        issuer, before = place[0], self.get(place)
        lists, size = (0, len(held.document) - len(before.document)) if before else (1, len(held.document))
        if (
            self._count[issuer] + lists > MAX_ISSUER_LISTS
            or self._bytes[issuer] + size > MAX_ISSUER_BYTES
            or len(self) + lists > MAX_LISTS
            or self._bytes.total() + size > MAX_BYTES
        ):
            raise DocumentError(
                Outcome.TOO_MANY,
                f"an issuer has at most {MAX_ISSUER_LISTS:,} lists and {MAX_ISSUER_BYTES:,} bytes here, "
                f"and an authority {MAX_LISTS:,} and {MAX_BYTES:,}",
            )
        if before:
            self._documents.discard(before.document)
        self[place] = held
        self._documents.add(held.document)
        self._count[issuer] += lists
        self._bytes[issuer] += size

    def drop(self, place: Place) -> None:
        """Hold the list of a place no longer."""
        held = self.pop(place)
        self._documents.discard(held.document)
        self._count[place[0]] -= 1
        self._bytes[place[0]] -= len(held.document)
