"""What a store holds of one authority: roots and a registry (spec/registry.md, section 6)."""

import hashlib
from functools import cached_property
from typing import Final, NamedTuple, Self

import cbor2

from healthpass.codec import _cbor
from healthpass.credential._regions import IssuerId, RegionId
from healthpass.documents import _document
from healthpass.documents._checked_registry import CheckedRegistry, Statement
from healthpass.documents._registry_document import REVOKED, Recognition, is_sound
from healthpass.documents._root import Root
from healthpass.documents._statement import CONTENT
from healthpass.trust._held_lists import HeldDocument, StatusKey


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


class Epoch(bytes):
    """An epoch: SHA-256 over an authority, an epoch number, its registry keys and their threshold (ROT-3)."""

    @classmethod
    def of(cls, root: Root) -> Self:
        """Return the epoch of a root."""
        keys = sorted(key.to_bytes() for key in root.registry_keys)
        parts = [str(root.authority), root.epoch, keys, root.registry_threshold]
        return cls(hashlib.sha256(_cbor.encode(parts)).digest())


class Seen(NamedTuple):
    """The newest registry of an epoch that was taken: its version, and SHA-256 of its payload."""

    version: int
    digest: bytes


class HeldRoot(HeldDocument):
    """A root of a chain. It has passed every check, and is opened when it is needed.

    Attributes:
        document: the whole document.
        digest: SHA-256 of its payload.
        taken: when it was taken, in seconds since 1970.
    """

    def __init__(self, document: bytes, taken: int) -> None:
        self.document = document
        self._payload: Final = _document.parse(document).payload
        self.digest: Final = hashlib.sha256(self._payload).digest()
        self.taken: Final = taken

    @cached_property
    def root(self) -> Root:
        """What it says."""
        return Root.decode(self._payload)


class HeldRegistry(HeldDocument):
    """A registry that was taken. Its payload has passed every check, and is opened when it is needed.

    Attributes:
        document: the whole document.
        digest: SHA-256 of its payload.
        taken: when it was taken, in seconds since 1970.
        refused: whether the rules of today refuse it, which those of its time did not: it is not usable.
    """

    def __init__(self, document: bytes, taken: int, *, refused: bool = False) -> None:
        self.document = document
        self._parsed: Final = _document.parse(document)
        self.digest: Final = self._parsed.digest
        self.taken: Final = taken
        self.refused: Final = refused

    def is_usable_under(self, root: Root) -> bool:
        """Tell whether it is of the root's epoch number, and enough of the root's keys have signed it well."""
        return (
            not self.refused
            and self.statement.epoch == root.epoch
            and self._parsed.good_signatures(root.registry_keys) >= root.registry_threshold
        )

    @cached_property
    def content(self) -> CheckedRegistry:
        """What it says, opened part by part."""
        return CheckedRegistry(self._parsed.payload)

    @property
    def statement(self) -> Statement:
        """What it says of itself."""
        return self.content.statement

    @cached_property
    def recognitions(self) -> dict[RegionId, Recognition]:
        """Whom it recognises, by authority."""
        return {one.authority: one for one in self.content.recognitions()}

    @cached_property
    def status_keys(self) -> dict[bytes, list[StatusKey]]:
        """The keys that sign its issuers' status lists, by kid, revoked ones too (STL-8)."""
        found: dict[bytes, list[StatusKey]] = {}
        for listed in self.content.listed():
            if listed.signs_lists and is_sound(listed.raw):
                entry = listed.entry()
                found.setdefault(entry.kid, []).append(
                    StatusKey(IssuerId(listed.issuer_id), listed.status_base, entry)
                )
        return found

    @cached_property
    def revoked(self) -> dict[tuple[str, bytes], bytes]:
        """The entries that it says are revoked, as they are encoded, by issuer and key (UPD-7.5)."""
        wire = cbor2.loads(self._parsed.payload)  # whole: also what is to be ignored stands in an entry's bytes
        return {
            (issuer[1], key[1][-2]): _cbor.encode(key)
            for issuer in wire[CONTENT].get(2, ())
            for key in issuer.get(4, ())
            if REVOKED in key
        }
