"""What a store holds of one authority: roots, a registry, tombstones (spec/registry.md, section 6)."""

from collections.abc import Iterator
from functools import cached_property
from typing import Any, Final, NamedTuple

import cbor2

from healthpass.credential._regions import IssuerId, RegionId
from healthpass.documents import _document
from healthpass.documents._fields import NAMES, Names
from healthpass.documents._registry_document import (
    KEY,
    RECOGNITION,
    REVOKED,
    STATUS_BASE,
    KeyEntry,
    Recognition,
)
from healthpass.documents._root import Root
from healthpass.documents._statement import CONTENT, EPOCH, EXP, IAT, VERSION
from healthpass.documents._types import FIRST_IGNORED
from healthpass.trust._held_lists import StatusKey
from healthpass.words._code_points import KeyUse
from healthpass.words._errors import DocumentError


class Pin(NamedTuple):
    """The root that a trust begins with, chosen by whoever runs the verifier, or named in a recognition.

    Attributes:
        authority: whose root it is.
        version: its version.
        digest: SHA-256 of its payload.
    """

    authority: RegionId
    version: int
    digest: bytes


class Tombstone(NamedTuple):
    """A key that was revoked for an issuer, and stays so (RVK-2)."""

    issuer: IssuerId
    raw: bytes


class HeldRoot(NamedTuple):
    """A root of a chain."""

    document: bytes
    digest: bytes
    root: Root


class Statement(NamedTuple):
    """What a held registry says of itself.

    Attributes:
        expires: the end of its force, in seconds since 1970.
        issued: when it was made, in seconds since 1970.
        epoch: its epoch.
        version: its version.
    """

    expires: int
    issued: int
    epoch: int
    version: int


class HeldRegistry:
    """A registry that was applied. Its payload has passed every check, and is opened when it is needed.

    Attributes:
        document: the whole document.
        digest: SHA-256 of its payload.
        dropped: its keys that count as not there (KEY-2).
        refused: whether the rules of today refuse it, which those of its time did not: it bounds what may come,
            and is stale.
    """

    def __init__(self, document: bytes, dropped: frozenset[bytes], *, refused: bool = False) -> None:
        self.document: Final = document
        self._parsed: Final = _document.parse(document)
        self.digest: Final = self._parsed.digest
        self.dropped: Final = dropped
        self.refused: Final = refused

    def counts_by(self, root: Root) -> bool:
        """Tell whether its good signatures reach the threshold of this root (PTH-6)."""
        return not self.refused and self._parsed.good_signatures(root.registry_keys) >= root.registry_threshold

    def is_accepted_by(self, root: Root) -> bool:
        """Tell whether this root's keys would accept it today (DOC-5): enough have signed, and none badly."""
        try:
            self._parsed.count(root.registry_keys, root.registry_threshold)
        except DocumentError:
            return False
        return True

    @cached_property
    def statement(self) -> Statement:
        """What it says of itself."""
        wire = self._wire
        return Statement(wire[EXP], wire[IAT], wire[EPOCH], wire[VERSION])

    @cached_property
    def names(self) -> Names:
        """What the authority is called."""
        read: Names = NAMES.read(self._wire[CONTENT][1], [])
        return read

    @property
    def issuers(self) -> list[dict[int, Any]]:
        """The issuers, as they stand in the payload."""
        listed: list[dict[int, Any]] = self._wire[CONTENT].get(2, [])
        return listed

    def listed(self) -> Iterator[tuple[dict[int, Any], dict[int, Any]]]:
        """Give each key with its issuer, as they stand in the payload."""
        return ((issuer, key) for issuer in self.issuers for key in issuer.get(4, ()))

    @cached_property
    def recognitions(self) -> tuple[Recognition, ...]:
        """Whom it recognises."""
        return tuple(RECOGNITION.read(one, []) for one in self._wire[CONTENT].get(3, []))

    @cached_property
    def _wire(self) -> dict[int, Any]:
        wire: dict[int, Any] = cbor2.loads(self._parsed.payload)  # checked before it was held
        for one in _maps(wire):
            if max(one, default=0) >= FIRST_IGNORED:
                for key in [key for key in one if key >= FIRST_IGNORED]:
                    del one[key]  # nobody may fill a gate's memory with what is to be ignored
        return wire

    @cached_property
    def status_keys(self) -> dict[bytes, list[StatusKey]]:
        """The keys that sign its issuers' status lists, by kid (STL-8)."""
        found: dict[bytes, list[StatusKey]] = {}
        for issuer, key in self.listed():
            if key[2] == KeyUse.STATUS and key[1][-2] not in self.dropped:
                entry: KeyEntry = KEY.read(key, [])
                found.setdefault(entry.kid, []).append(
                    StatusKey(IssuerId(issuer[1]), issuer.get(STATUS_BASE), entry)
                )
        return found

    def revoked(self) -> set[Tombstone]:
        """Return the keys that it says are revoked, also those that are dropped."""
        return {Tombstone(IssuerId(issuer[1]), key[1][-2]) for issuer, key in self.listed() if REVOKED in key}

    def revives(self, tombstones: dict[Tombstone, tuple[int, int]]) -> bool:
        """Tell whether it lists a key as good that was revoked."""
        if not tombstones:
            return False
        return any(
            Tombstone(issuer[1], key[1][-2]) in tombstones for issuer, key in self.listed() if REVOKED not in key
        )


def _maps(wire: dict[int, Any]) -> Iterator[dict[int, Any]]:
    """Give the maps of a registry's payload in which there may be keys to be ignored, the outer ones first."""
    content = wire[CONTENT]
    yield from (wire, content, content[1])
    for issuer in content.get(2, ()):
        yield from (issuer, issuer[2])
        for key in issuer.get(4, ()):
            yield key
            if _SCOPE_OF_KEY in key:
                yield key[_SCOPE_OF_KEY]
    for recognition in content.get(3, ()):
        yield recognition
        if _SCOPE_OF_RECOGNITION in recognition:
            yield recognition[_SCOPE_OF_RECOGNITION]


_SCOPE_OF_KEY: Final = 5
_SCOPE_OF_RECOGNITION: Final = 6
