"""Registries as documents: issuers, their keys, and who is recognised (spec/registry.md, section 4)."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any, Final, NamedTuple

from healthpass.codec._cose import KID_SIZE
from healthpass.codec._keys import PublicKey, thumbprint
from healthpass.credential._regions import IssuerId, RegionId
from healthpass.documents._document import Kind
from healthpass.documents._fields import (
    ADDRESS,
    DIGEST,
    NAMES,
    POSITIVE,
    RAW_KEY,
    SCOPE,
    TIME,
    CoseKey,
    Names,
    check_list_base,
    check_span,
    spanning,
)
from healthpass.documents._leaves import Code, Text
from healthpass.documents._scope import Scope
from healthpass.documents._statement import CONTENT, ISS, Payload
from healthpass.documents._types import Array, Field, FieldError, Map, Row
from healthpass.words._code_points import KeyEndReason, KeyUse
from healthpass.words._limits import PUBLISHED_KEYS

MAX_ISSUERS: Final = 4096  # REG-1
MAX_RECOGNITIONS: Final = 256
MAX_ISSUER_KEYS: Final = 64
MAX_KEYS: Final = 32_768  # of all issuers
RETIRED: Final = 6  # in a key entry
REVOKED: Final = 7
KEYS: Final = 4  # in an issuer
STATUS_BASE: Final = 5
ISSUERS: Final = 2  # in the content
RECOGNITIONS: Final = 3
PREVIOUS: Final = 4


class KeyEnd(NamedTuple):
    """When a key was retired or revoked, and why (KEY-5).

    Attributes:
        at: when.
        reason: why; a plain number where this version does not know the reason.
    """

    at: datetime
    reason: KeyEndReason | int


class KeyEntry(NamedTuple):
    """A key of an issuer, as a registry lists it.

    Attributes:
        raw: the 32 bytes of the public key, which may be weak: such an entry is dropped (KEY-2).
        use: what it is for; a plain number where this version does not know the use: it is good for nothing.
        valid_from: from when it signs.
        valid_until: until when.
        scope: what it may sign.
        retired: since when it signs no more.
        revoked: since when nothing that it signed counts.
    """

    raw: bytes
    use: KeyUse | int
    valid_from: datetime
    valid_until: datetime
    scope: Scope
    retired: KeyEnd | None = None
    revoked: KeyEnd | None = None

    @property
    def kid(self) -> bytes:
        """The first 8 bytes of the key's thumbprint."""
        return thumbprint(self.raw)[:KID_SIZE]

    @property
    def signs_until(self) -> datetime:
        """Until when it signs: its end, or its retirement before that (KEY-5)."""
        return min(self.valid_until, self.retired.at) if self.retired else self.valid_until

    def is_valid_at(self, signed_at: datetime) -> bool:
        """Tell whether the key could sign at a time (KEY-5)."""
        return self.valid_from <= signed_at < self.signs_until


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


class Recognition(NamedTuple):
    """An authority that is recognised: which, from which root on, from when until when, and for what (REG-5).

    Attributes:
        authority: its id.
        root_version: the version of its root.
        root_hash: SHA-256 of that root's payload.
        valid_from: from when.
        valid_until: until when.
        scope: what its issuers are trusted for here.
        names: by which names the recogniser knows it, and a gate shows it.
    """

    authority: RegionId
    root_version: int
    root_hash: bytes
    valid_from: datetime
    valid_until: datetime
    scope: Scope
    names: Names

    def covers(self, at: datetime) -> bool:
        """Tell whether it has begun and has not ended (PTH-2)."""
        return self.valid_from <= at < self.valid_until


@dataclass(frozen=True, slots=True, kw_only=True)
class RegistryDocument:
    """A registry.

    Attributes:
        authority: whose registry it is.
        environment: where it counts.
        epoch: the epoch of its root, from 1 up.
        version: its version, from 1 up.
        issued: when it was made; in documents, a time has a zone and whole seconds count.
        expires: the end of its force, at most 31 days later.
        names: what the authority is called.
        issuers: its issuers, ascending by id.
        recognitions: whom it recognises, ascending by authority.
        previous: SHA-256 of the payload of the registry before; None in the first.
    """

    authority: RegionId
    environment: str
    epoch: int
    version: int
    issued: datetime
    expires: datetime
    names: Names
    issuers: tuple[IssuerEntry, ...] = ()
    recognitions: tuple[Recognition, ...] = ()
    previous: bytes | None = None

    def __post_init__(self) -> None:
        _check_names_and_keys(
            self.authority,
            [(issuer.id, [key.raw for key in issuer.keys]) for issuer in self.issuers],
            (one.authority for one in self.recognitions),
        )

    def issuer(self, name: str) -> IssuerEntry | None:
        """Return the entry of an issuer, by its id; None where there is none."""
        return next((issuer for issuer in self.issuers if issuer.id == name), None)

    def dropped(self) -> frozenset[bytes]:
        """Return the keys that are weak or published, whose entries count as not there (KEY-2)."""
        return frozenset(key.raw for issuer in self.issuers for key in issuer.keys if not is_sound(key.raw))

    def encode(self) -> bytes:
        """Encode the payload; the order of issuers, keys and recognitions does not matter."""
        return PAYLOAD.encode(self)

    @classmethod
    def decode(cls, payload: bytes) -> "RegistryDocument":
        """Decode a payload whose signatures have been counted.

        Raises:
            DocumentError: `malformed-payload`, `malformed-document` or `unsupported-document`.
        """
        return PAYLOAD.decode(payload)


def is_sound(raw: bytes) -> bool:
    """Tell whether a key is none that is weak or published, whose entry counts as not there (KEY-2)."""
    try:
        PublicKey(raw)
    except ValueError:
        return False
    return raw not in PUBLISHED_KEYS


def _check_names_and_keys(
    authority: RegionId, issuers: Sequence[tuple[IssuerId, list[bytes]]], recognised: Iterable[str]
) -> None:
    """Check what a registry may name once, and within its region (REG-1 to REG-3, KEY-1)."""
    keys: set[bytes] = set()
    count = 0
    for at, (issuer, raws) in enumerate(issuers):
        if not issuer.region.within(authority):
            raise FieldError(f"{issuer} does not lie within {authority}", f"issuers[{at}].id", "REG-2")
        keys.update(raws)
        count += len(raws)
        if len({thumbprint(raw)[:KID_SIZE] for raw in raws}) != len(raws):
            raise FieldError(f"two keys of {issuer} have one kid", f"issuers[{at}].keys", "KEY-1")
    if count > MAX_KEYS:
        raise FieldError(f"a registry has at most {MAX_KEYS:,} keys", "issuers", "REG-1")
    if len(keys) != count:
        raise _twice(issuers)
    for at, other in enumerate(recognised):
        if other == authority:
            where = f"recognitions[{at}].authority"
            raise FieldError("an authority does not recognise itself", where, "REG-1")


def _twice(issuers: Iterable[tuple[IssuerId, list[bytes]]]) -> FieldError:
    seen: set[bytes] = set()
    for at, (_, raws) in enumerate(issuers):
        for place, raw in enumerate(raws):
            if raw in seen:
                what = f"the key {raw.hex()} stands there twice"
                return FieldError(what, f"issuers[{at}].keys[{place}].key", "REG-3")
            seen.add(raw)
    raise AssertionError


def _check_whole(wire: dict[int, Any]) -> None:
    content = wire[CONTENT]
    _check_names_and_keys(
        RegionId(wire[ISS]),
        [
            (IssuerId(issuer[1]), [key[1][-2] for key in issuer.get(KEYS, ())])
            for issuer in content.get(ISSUERS, ())
        ],
        (one[1] for one in content.get(RECOGNITIONS, ())),
    )


def _raw(key: dict[int, Any]) -> Any:
    return key[1][-2]


def _name(entry: dict[int, Any]) -> Any:
    return entry[1]


_KEY_END: Final = Row(KeyEnd, {"at": TIME, "reason": Code(KeyEndReason)})
KEY: Final = Map(
    spanning(KeyEntry, "REG-1"),
    {
        1: Field("raw", CoseKey(RAW_KEY), "KEY-1", spelled="key"),
        2: Field("use", Code(KeyUse), "KEY-3"),
        3: Field("valid_from", TIME, "REG-1", spelled="from"),
        4: Field("valid_until", TIME, "REG-1", spelled="until"),
        5: Field("scope", SCOPE, "REG-1", Scope()),
        RETIRED: Field("retired", _KEY_END, "KEY-5", None),
        REVOKED: Field("revoked", _KEY_END, "KEY-5", None),
    },
    lambda wire: check_span(wire[3], wire[4], "REG-1"),
)
ISSUER: Final = Map(
    IssuerEntry,
    {
        1: Field("id", Text(IssuerId), "REG-2"),
        2: Field("names", NAMES, "REG-1"),
        3: Field("appeal", ADDRESS, "REG-1"),
        KEYS: Field("keys", Array(KEY, MAX_ISSUER_KEYS, _raw), "REG-1", ()),
        STATUS_BASE: Field("status", Text(check_list_base), "REG-1", None),
    },
)
RECOGNITION: Final = Map(
    spanning(Recognition, "REG-1"),
    {
        1: Field("authority", Text(RegionId), "REG-1"),
        2: Field("root_version", POSITIVE, "REG-1"),
        3: Field("root_hash", DIGEST, "REG-1"),
        4: Field("valid_from", TIME, "REG-1", spelled="from"),
        5: Field("valid_until", TIME, "REG-1", spelled="until"),
        6: Field("scope", SCOPE, "REG-1", Scope()),
        7: Field("names", NAMES, "REG-5"),
    },
    lambda wire: check_span(wire[4], wire[5], "REG-1"),
)
PAYLOAD: Final = Payload(
    Kind.REGISTRY,
    RegistryDocument,
    {
        1: Field("names", NAMES, "REG-1"),
        ISSUERS: Field("issuers", Array(ISSUER, MAX_ISSUERS, _name), "REG-1", ()),
        RECOGNITIONS: Field("recognitions", Array(RECOGNITION, MAX_RECOGNITIONS, _name), "REG-1", ()),
        PREVIOUS: Field("previous", DIGEST, "REG-4", None),
    },
    whole=_check_whole,
)
