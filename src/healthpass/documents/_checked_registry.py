"""A registry that has passed every check, opened part by part: a gate holds many keys and asks for few."""

from collections.abc import Iterator
from typing import Any, Final, NamedTuple, Self, TypeAlias

import cbor2

from healthpass.codec._cose import KID_SIZE
from healthpass.codec._keys import thumbprint
from healthpass.credential._regions import IssuerId, RegionId
from healthpass.documents._fields import NAMES, Names
from healthpass.documents._registry_document import (
    ISSUER,
    ISSUERS,
    KEY,
    KEYS,
    PAYLOAD,
    PREVIOUS,
    RECOGNITION,
    RECOGNITIONS,
    RETIRED,
    REVOKED,
    STATUS_BASE,
    IssuerEntry,
    KeyEntry,
    Recognition,
)
from healthpass.documents._statement import CONTENT, ENVIRONMENT, EPOCH, EXP, IAT, ISS, VERSION
from healthpass.words._code_points import KeyUse

Wire: TypeAlias = dict[int, Any]
KeyName: TypeAlias = tuple[str, bytes]  # an issuer, and the 32 bytes of one of its keys


class Statement(NamedTuple):
    """What a registry says of itself.

    Attributes:
        authority: whose registry it is.
        environment: where it counts.
        expires: the end of its force, in seconds since 1970.
        issued: when it was made, in seconds since 1970.
        epoch: its epoch.
        version: its version.
        previous: SHA-256 of the payload of the registry before; None in the first.
    """

    authority: RegionId
    environment: str
    expires: int
    issued: int
    epoch: int
    version: int
    previous: bytes | None


class Ending(NamedTuple):
    """How a key has ended by one registry (KEY-5).

    Attributes:
        revoked: whether it is revoked.
        retired: from when it signs no more, in seconds since 1970; None where it is not retired.
    """

    revoked: bool
    retired: int | None


class Outline(NamedTuple):
    """What a gate wants to know of a registry before anybody asks for one of its keys.

    Attributes:
        statement: what it says of itself.
        kids: the kids of its keys, in the order in which they are listed.
        endings: how keys have ended.
    """

    statement: Statement
    kids: tuple[bytes, ...]
    endings: dict[KeyName, Ending]

    @classmethod
    def checked(cls, payload: bytes) -> Self:
        """Check a payload whose signatures have been counted, as `RegistryDocument.decode` does.

        Raises:
            DocumentError: as `RegistryDocument.decode`.
        """
        return cls._of(PAYLOAD.check(payload))

    @classmethod
    def of_checked(cls, payload: bytes) -> Self:
        """Read it of a payload that has been checked before."""
        return cls._of(cbor2.loads(payload))

    @classmethod
    def _of(cls, wire: Wire) -> Self:
        content = wire[CONTENT]
        issuers = content.get(ISSUERS, ())
        return cls(
            Statement(
                RegionId(wire[ISS]),
                wire[ENVIRONMENT],
                wire[EXP],
                wire[IAT],
                wire[EPOCH],
                wire[VERSION],
                content.get(PREVIOUS),
            ),
            tuple([thumbprint(key[1][-2])[:KID_SIZE] for issuer in issuers for key in issuer.get(KEYS, ())]),
            {
                (issuer[1], key[1][-2]): Ending(REVOKED in key, key[RETIRED][0] if RETIRED in key else None)
                for issuer in issuers
                for key in issuer.get(KEYS, ())
                if RETIRED in key or REVOKED in key
            },
        )


class ListedKey(NamedTuple):
    """A key with its issuer, as they stand in the payload; they are read when they are needed."""

    issuer: Wire
    key: Wire

    @property
    def raw(self) -> bytes:
        """The 32 bytes of the key."""
        raw: bytes = self.key[1][-2]
        return raw

    @property
    def issuer_id(self) -> str:
        """The id of the issuer, which has been checked."""
        name: str = self.issuer[1]
        return name

    @property
    def status_base(self) -> str | None:
        """The address under which the issuer's status lists stand."""
        return self.issuer.get(STATUS_BASE)

    @property
    def signs_lists(self) -> bool:
        """Whether it signs status lists."""
        return bool(self.key[2] == KeyUse.STATUS)

    def entry(self) -> KeyEntry:
        """Read the key."""
        entry: KeyEntry = KEY.read(self.key, [])
        return entry

    def office(self) -> IssuerEntry:
        """Read the issuer, without its keys."""
        wire = self.issuer
        return IssuerEntry(IssuerId(wire[1]), NAMES.read(wire[2], []), wire[3], status=self.status_base)


class CheckedRegistry:
    """A registry's payload, without what is to be ignored: nobody may fill a gate's memory with that."""

    def __init__(self, payload: bytes) -> None:
        self._content: Final[Wire] = PAYLOAD.load_checked(payload)[CONTENT]

    def names(self) -> Names:
        """Read what the authority is called."""
        names: Names = NAMES.read(self._content[1], [])
        return names

    def issuers(self) -> Iterator[IssuerEntry]:
        """Read the issuers with all their keys."""
        return (ISSUER.read(issuer, []) for issuer in self._issuers())

    def offices(self) -> Iterator[IssuerEntry]:
        """Read the issuers without their keys."""
        return (ListedKey(issuer, {}).office() for issuer in self._issuers())

    def listed(self) -> Iterator[ListedKey]:
        """Give each key with its issuer."""
        return (ListedKey(issuer, key) for issuer in self._issuers() for key in issuer.get(KEYS, ()))

    def at(self, place: int) -> ListedKey:
        """Return the key that stands at a place among all, from 0."""
        for issuer in self._issuers():
            keys = issuer.get(KEYS, ())
            if place < len(keys):
                return ListedKey(issuer, keys[place])
            place -= len(keys)
        raise IndexError

    def recognitions(self) -> tuple[Recognition, ...]:
        """Read whom it recognises."""
        return tuple(RECOGNITION.read(one, []) for one in self._content.get(RECOGNITIONS, ()))

    def _issuers(self) -> list[Wire]:
        issuers: list[Wire] = self._content.get(ISSUERS, [])
        return issuers
