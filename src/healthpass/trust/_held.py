"""What a store holds of one authority: roots and a registry (spec/registry.md, section 6)."""

import hashlib
from collections.abc import Iterator
from functools import cached_property
from itertools import count
from typing import Final, NamedTuple, Self

import cbor2

from healthpass.codec import _cbor
from healthpass.codec._cose import KID_SIZE
from healthpass.codec._keys import PublicKey, thumbprint
from healthpass.credential._regions import IssuerId, RegionId
from healthpass.documents import _document
from healthpass.documents._checked_registry import CheckedRegistry, Ending, KeyName, Outline, Statement
from healthpass.documents._registry_document import (
    ISSUERS,
    KEYS,
    REVOKED,
    IssuerEntry,
    KeyEntry,
    Recognition,
    is_sound,
)
from healthpass.documents._root import Root
from healthpass.documents._statement import CONTENT
from healthpass.trust._held_lists import HeldDocument, StatusKey
from healthpass.words._code_points import KeyUse
from healthpass.words._limits import PUBLISHED_KEYS


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


class HeldKey(NamedTuple):
    """A key that a registry lists, with its issuer.

    Attributes:
        office: the issuer, without its keys.
        entry: how the key is listed.
        public_key: the key; None for a weak one, whose entry is dropped (KEY-2).
    """

    office: IssuerEntry
    entry: KeyEntry
    public_key: PublicKey | None


class HeldRegistry(HeldDocument):
    """A registry that was taken. Its payload has passed every check, and is opened when it is needed.

    Its outline is read when the store is opened, and the rest of it once one of its keys is asked for. It does not
    change, so that one that stays is shared by what a store held before and what it holds afterwards.

    Attributes:
        document: the whole document.
        digest: SHA-256 of its payload.
        taken: when it was taken, in seconds since 1970.
        refused: whether the rules of today refuse it, which those of its time did not: it is not usable.
    """

    def __init__(
        self, document: bytes, taken: int, *, refused: bool = False, outline: Outline | None = None
    ) -> None:
        self.document = document
        self._parsed: Final = _document.parse(document)
        self.digest: Final = self._parsed.digest
        self.taken: Final = taken
        self.refused: Final = refused
        self._keys: Final[dict[bytes, tuple[HeldKey, ...]]] = {}
        if outline:
            vars(self)["outline"] = outline

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

    @cached_property
    def outline(self) -> Outline:
        """What is wanted of every registry. For that alone, `content` is not kept: it takes ten times the room."""
        return Outline.of_checked(self._parsed.payload)

    @cached_property
    def places(self) -> dict[bytes, int]:
        """The kids of its keys, each with the place of a key among all."""
        return dict(zip(self.outline.kids, count()))

    @property
    def statement(self) -> Statement:
        """What it says of itself."""
        return self.outline.statement

    @property
    def endings(self) -> dict[KeyName, Ending]:
        """How keys have ended."""
        return self.outline.endings

    def keys(self, kid: bytes) -> tuple[HeldKey, ...]:
        """Return the keys with a kid, but those whose private half is published (KEY-2); each is read once."""
        if kid not in self.places:
            return ()
        if (keys := self._keys.get(kid)) is None:
            keys = self._keys[kid] = tuple(self._read(kid))
        return keys

    def _read(self, kid: bytes) -> Iterator[HeldKey]:
        kids, places = self.outline.kids, [self.places[kid]]
        if len(self.places) < len(kids):  # keys of two issuers have one kid
            places = [place for place, one in enumerate(kids) if one == kid]
        for place in places:
            if (listed := self.content.at(place)).raw not in PUBLISHED_KEYS:
                try:
                    key = PublicKey(listed.raw)
                except ValueError:
                    yield HeldKey(listed.office(), listed.entry(), None)
                else:
                    yield HeldKey(listed.office(), listed.entry(), key)

    def policy_keys(self, kid: bytes) -> Iterator[tuple[IssuerId, KeyEntry]]:
        """Give the keys with a kid that sign policies and maps, each with its office (POL-6)."""
        for office, entry, public_key in self.keys(kid):
            if public_key and entry.use == KeyUse.POLICY:
                yield office.id, entry

    def policy_key(self, office: IssuerId, raw: bytes) -> KeyEntry | None:
        """Return how a key of an office is listed that signs policies and maps; None where none is."""
        kid = thumbprint(raw)[:KID_SIZE]
        return next((entry for of, entry in self.policy_keys(kid) if (of, entry.raw) == (office, raw)), None)

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
    def status_keys_by_name(self) -> dict[KeyName, StatusKey]:
        """The same by issuer and key."""
        return {(key.issuer, key.entry.raw): key for keys in self.status_keys.values() for key in keys}

    @cached_property
    def revoked(self) -> dict[KeyName, bytes]:
        """The entries that it says are revoked, as they are encoded, by issuer and key (UPD-7.5)."""
        if not any(one.revoked for one in self.outline.endings.values()):
            return {}
        wire = cbor2.loads(self._parsed.payload)  # whole: also what is to be ignored stands in an entry's bytes
        return {
            (issuer[1], key[1][-2]): _cbor.encode(key)
            for issuer in wire[CONTENT].get(ISSUERS, ())
            for key in issuer.get(KEYS, ())
            if REVOKED in key
        }
