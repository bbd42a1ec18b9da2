"""What a store holds of one authority: roots, a registry, tombstones (spec/registry.md, section 6)."""

from functools import cached_property
from typing import Final, NamedTuple

from healthpass.credential._regions import IssuerId, RegionId
from healthpass.documents import _document
from healthpass.documents._checked_registry import CheckedRegistry, Statement
from healthpass.documents._registry_document import Recognition
from healthpass.documents._root import Root
from healthpass.trust._held_lists import StatusKey
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
    def content(self) -> CheckedRegistry:
        """What it says, opened part by part."""
        return CheckedRegistry(self._parsed.payload)

    @property
    def statement(self) -> Statement:
        """What it says of itself."""
        return self.content.statement

    @cached_property
    def recognitions(self) -> tuple[Recognition, ...]:
        """Whom it recognises."""
        return self.content.recognitions()

    @cached_property
    def status_keys(self) -> dict[bytes, list[StatusKey]]:
        """The keys that sign its issuers' status lists, by kid (STL-8)."""
        found: dict[bytes, list[StatusKey]] = {}
        for listed in self.content.listed():
            if listed.signs_lists and listed.raw not in self.dropped:
                entry = listed.entry()
                found.setdefault(entry.kid, []).append(
                    StatusKey(IssuerId(listed.issuer_id), listed.status_base, entry)
                )
        return found

    def revoked(self) -> set[Tombstone]:
        """Return the keys that it says are revoked, also those that are dropped."""
        return {Tombstone(IssuerId(one.issuer_id), one.raw) for one in self.content.listed() if one.is_revoked}

    def revives(self, tombstones: dict[Tombstone, tuple[int, int]]) -> bool:
        """Tell whether it lists a key as good that was revoked."""
        return bool(tombstones) and any(
            (one.issuer_id, one.raw) in tombstones for one in self.content.listed() if not one.is_revoked
        )
