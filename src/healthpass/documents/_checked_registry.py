"""A registry that has passed every check, opened part by part: a gate holds many keys and asks for few."""

from collections.abc import Iterator
from typing import Any, Final, NamedTuple, TypeAlias

from healthpass.credential._regions import IssuerId
from healthpass.documents._fields import NAMES, Names
from healthpass.documents._registry_document import (
    ISSUER,
    KEY,
    PAYLOAD,
    RECOGNITION,
    REVOKED,
    STATUS_BASE,
    IssuerEntry,
    KeyEntry,
    Recognition,
)
from healthpass.documents._statement import CONTENT, EPOCH, EXP, IAT, VERSION
from healthpass.words._code_points import KeyUse

Wire: TypeAlias = dict[int, Any]


class Statement(NamedTuple):
    """What a registry says of itself.

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
    def is_revoked(self) -> bool:
        """Whether it is listed as revoked."""
        return REVOKED in self.key

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
    """A registry's payload, without what is to be ignored: nobody may fill a gate's memory with that.

    Attributes:
        statement: what it says of itself.
    """

    def __init__(self, payload: bytes) -> None:
        wire = PAYLOAD.load_checked(payload)
        self._content: Final[Wire] = wire[CONTENT]
        self.statement: Final = Statement(wire[EXP], wire[IAT], wire[EPOCH], wire[VERSION])

    def names(self) -> Names:
        """Read what the authority is called."""
        names: Names = NAMES.read(self._content[1], [])
        return names

    def issuers(self) -> Iterator[IssuerEntry]:
        """Read the issuers with all their keys."""
        return (ISSUER.read(issuer, []) for issuer in self._content.get(2, ()))

    def offices(self) -> Iterator[IssuerEntry]:
        """Read the issuers without their keys."""
        return (ListedKey(issuer, {}).office() for issuer in self._content.get(2, ()))

    def listed(self) -> Iterator[ListedKey]:
        """Give each key with its issuer."""
        return (ListedKey(issuer, key) for issuer in self._content.get(2, ()) for key in issuer.get(4, ()))

    def recognitions(self) -> tuple[Recognition, ...]:
        """Read whom it recognises."""
        return tuple(RECOGNITION.read(one, []) for one in self._content.get(3, ()))
