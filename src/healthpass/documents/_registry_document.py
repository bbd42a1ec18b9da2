"""Registries as documents: issuers, their keys, and who is recognised (spec/registry.md, section 4)."""

from dataclasses import dataclass
from typing import Any, Final, NamedTuple

from healthpass.codec._cose import KID_SIZE
from healthpass.codec._keys import PublicKey, thumbprint
from healthpass.credential._regions import IssuerId, RegionId
from healthpass.documents import _statement
from healthpass.documents._document import Kind
from healthpass.documents._fields import (
    Field,
    Names,
    Unknown,
    check_address,
    check_list_base,
    code,
    cose_key,
    cose_key_map,
    many,
    names,
    names_map,
    positive,
    raw_bytes,
    read_grant,
    read_map,
    scope,
    scope_map,
    text,
    time,
    uint,
)
from healthpass.documents._scope import Scope
from healthpass.documents._statement import Statement
from healthpass.words._code_points import KeyEndReason, KeyUse
from healthpass.words._limits import PUBLISHED_KEYS

MAX_ISSUERS: Final = 4096  # REG-1
MAX_RECOGNITIONS: Final = 256
MAX_ISSUER_KEYS: Final = 64
DIGEST_SIZE: Final = 32
REVOKED: Final = 7  # in a key entry
STATUS_BASE: Final = 5  # in an issuer


class KeyEnd(NamedTuple):
    """When a key was retired or revoked, and why (KEY-5).

    Attributes:
        at: in seconds since 1970.
        reason: why; a plain number where this version does not know the reason.
    """

    at: int
    reason: KeyEndReason | int


class KeyEntry(NamedTuple):
    """A key of an issuer, as a registry lists it.

    Attributes:
        raw: the 32 bytes of the public key, which may be weak: such an entry is dropped (KEY-2).
        use: what it is for; a plain number where this version does not know the use: it is good for nothing.
        valid_from: from when it signs, in seconds since 1970.
        valid_until: until when.
        scope: what it may sign.
        retired: since when it signs no more.
        revoked: since when nothing that it signed counts.
    """

    raw: bytes
    use: KeyUse | int
    valid_from: int
    valid_until: int
    scope: Scope
    retired: KeyEnd | None = None
    revoked: KeyEnd | None = None

    @property
    def kid(self) -> bytes:
        """The first 8 bytes of the key's thumbprint."""
        return thumbprint(self.raw)[:KID_SIZE]

    def is_valid_at(self, signed_at: int) -> bool:
        """Tell whether the key could sign at a time: between from and until, and before its retirement (KEY-5)."""
        until = min(self.valid_until, self.retired.at) if self.retired else self.valid_until
        return self.valid_from <= signed_at < until

    def to_map(self) -> dict[int, Any]:
        """Write the entry."""
        granted = scope_map(self.scope)
        return (
            {1: cose_key_map(self.raw), 2: int(self.use), 3: self.valid_from, 4: self.valid_until}
            | ({5: granted} if granted else {})
            | ({6: _wire(self.retired)} if self.retired else {})
            | ({7: _wire(self.revoked)} if self.revoked else {})
        )


class IssuerEntry(NamedTuple):
    """An issuer, as a registry lists it.

    Attributes:
        id: its id, within the authority's region.
        names: what it is called.
        appeal: where a holder can object.
        keys: its keys, 64 at most.
        status: the base of its status lists.
    """

    id: IssuerId
    names: Names
    appeal: str
    keys: tuple[KeyEntry, ...] = ()
    status: str | None = None

    def to_map(self) -> dict[int, Any]:
        """Write the entry."""
        keys = sorted(self.keys, key=_raw)
        return (
            {1: str(self.id), 2: names_map(self.names), 3: self.appeal}
            | ({4: [key.to_map() for key in keys]} if keys else {})
            | ({5: self.status} if self.status else {})
        )


class Recognition(NamedTuple):
    """An authority that is recognised: which, from which root on, from when until when, and for what (REG-5).

    Attributes:
        authority: its id.
        root_version: the version of its root.
        root_hash: SHA-256 of that root's payload.
        valid_from: in seconds since 1970.
        valid_until: in seconds since 1970.
        scope: what its issuers are trusted for here.
    """

    authority: RegionId
    root_version: int
    root_hash: bytes
    valid_from: int
    valid_until: int
    scope: Scope

    def covers(self, at: int) -> bool:
        """Tell whether it has begun and has not ended (PTH-2)."""
        return self.valid_from <= at < self.valid_until

    def to_map(self) -> dict[int, Any]:
        """Write the recognition."""
        granted = scope_map(self.scope)
        return {
            1: str(self.authority),
            2: self.root_version,
            3: self.root_hash,
            4: self.valid_from,
            5: self.valid_until,
        } | ({6: granted} if granted else {})


@dataclass(frozen=True, slots=True, kw_only=True)
class RegistryDocument:
    """A registry.

    Attributes:
        authority: whose registry it is.
        environment: where it counts.
        epoch: the epoch of its root, from 1 up.
        version: its version, from 1 up.
        issued: when it was made, in seconds since 1970.
        expires: the end of its force, in seconds since 1970; at most 31 days later.
        names: what the authority is called.
        issuers: its issuers, ascending by id.
        recognitions: whom it recognises, ascending by authority.
        previous: SHA-256 of the payload of the registry before; None in the first.
    """

    authority: RegionId
    environment: str
    epoch: int
    version: int
    issued: int
    expires: int
    names: Names
    issuers: tuple[IssuerEntry, ...] = ()
    recognitions: tuple[Recognition, ...] = ()
    previous: bytes | None = None

    def __post_init__(self) -> None:
        keys: set[bytes] = set()
        count = 0
        for issuer in self.issuers:
            if not issuer.id.region.within(self.authority):  # REG-2
                raise ValueError(f"{issuer.id} does not lie within {self.authority}")
            keys.update(key.raw for key in issuer.keys)
            count += len(issuer.keys)
            if len({key.kid for key in issuer.keys}) != len(issuer.keys):  # KEY-1
                raise ValueError(f"two keys of {issuer.id} have one kid")
        if len(keys) != count:  # REG-3
            raise ValueError("a key stands in it twice")
        if any(recognition.authority == self.authority for recognition in self.recognitions):
            raise ValueError("an authority does not recognise itself")

    def dropped(self) -> frozenset[bytes]:
        """Return the keys that are weak or published, whose entries count as not there (KEY-2)."""
        return frozenset(key.raw for issuer in self.issuers for key in issuer.keys if not _is_sound(key.raw))

    def encode(self) -> bytes:
        """Encode the payload; the order of issuers, keys and recognitions does not matter."""
        statement = Statement(
            self.authority, self.expires, self.issued, self.environment, self.epoch, self.version
        )
        issuers = [issuer.to_map() for issuer in sorted(self.issuers, key=_id)]
        recognitions = [one.to_map() for one in sorted(self.recognitions, key=_authority)]
        return _statement.encode(
            statement,
            {1: names_map(self.names)}
            | ({2: issuers} if issuers else {})
            | ({3: recognitions} if recognitions else {})
            | ({4: self.previous} if self.previous else {}),
        )

    @classmethod
    def decode(cls, payload: bytes) -> "RegistryDocument":
        """Decode a payload whose signatures have been counted.

        Raises:
            DocumentError: `malformed-payload`, `malformed-document` or `unsupported-document`.
        """
        return _statement.decode(Kind.REGISTRY, payload, cls._read)

    @classmethod
    def _read(cls, statement: Statement, content: dict[int, Any], unknown: Unknown) -> "RegistryDocument":
        found = read_map(content, _REGISTRY, unknown)
        return cls(authority=RegionId(statement.iss), **statement.versioned(), **found)


def read_issuer(wire: dict[int, Any], unknown: Unknown) -> IssuerEntry:
    """Read an issuer."""
    return IssuerEntry(**read_map(wire, _ISSUER, unknown))


def read_issuer_head(wire: dict[int, Any]) -> IssuerEntry:
    """Read an issuer of a registry that has been read before, without its keys."""
    return IssuerEntry(IssuerId(wire[1]), names(wire[2], []), wire[3], status=wire.get(5))


def read_key(wire: dict[int, Any], unknown: Unknown) -> KeyEntry:
    """Read a key entry."""
    return KeyEntry(**read_grant(wire, _KEY, unknown))


def read_recognition(wire: dict[int, Any], unknown: Unknown) -> Recognition:
    """Read a recognition."""
    return Recognition(**read_grant(wire, _RECOGNITION, unknown))


def _key_end(wire: Any, _: Unknown) -> KeyEnd:
    if type(wire) is not list or len(wire) != len(KeyEnd._fields):
        raise ValueError("a time and a reason are expected")
    return KeyEnd(time(wire[0], _), KeyEndReason.of(uint(wire[1])))


def _wire(end: KeyEnd) -> list[int]:
    return [end.at, int(end.reason)]


def _is_sound(raw: bytes) -> bool:
    try:
        PublicKey(raw)
    except ValueError:
        return False
    return raw not in PUBLISHED_KEYS


def _raw(key: KeyEntry) -> bytes:
    return key.raw


def _id(issuer: IssuerEntry) -> str:
    return issuer.id


def _authority(recognition: Recognition) -> str:
    return recognition.authority


_digest: Final = raw_bytes(DIGEST_SIZE)
_KEY: Final = {
    1: Field("raw", cose_key),
    2: Field("use", code(KeyUse)),
    3: Field("valid_from", time),
    4: Field("valid_until", time),
    5: Field("scope", scope, required=False),
    6: Field("retired", _key_end, required=False),
    REVOKED: Field("revoked", _key_end, required=False),
}
_ISSUER: Final = {
    1: Field("id", text(IssuerId)),
    2: Field("names", names),
    3: Field("appeal", text(check_address)),
    4: Field("keys", many(read_key, MAX_ISSUER_KEYS, order=_raw), required=False),
    STATUS_BASE: Field("status", text(check_list_base), required=False),
}
_RECOGNITION: Final = {
    1: Field("authority", text(RegionId)),
    2: Field("root_version", positive),
    3: Field("root_hash", _digest),
    4: Field("valid_from", time),
    5: Field("valid_until", time),
    6: Field("scope", scope, required=False),
}
_REGISTRY: Final = {
    1: Field("names", names),
    2: Field("issuers", many(read_issuer, MAX_ISSUERS, order=_id), required=False),
    3: Field("recognitions", many(read_recognition, MAX_RECOGNITIONS, order=_authority), required=False),
    4: Field("previous", _digest, required=False),
}
