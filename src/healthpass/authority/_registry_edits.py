"""How a registry changes: versions, keys, recognitions (spec/registry.md, sections 4, 5 and 10).

Each takes a registry and returns another; nothing is signed, written or read from a clock here.
"""

from dataclasses import replace
from datetime import datetime, timedelta
from operator import attrgetter
from typing import Final, NamedTuple

from healthpass.authority._sources import Signed
from healthpass.codec._time import SECOND, later, whole
from healthpass.credential._regions import IssuerId, RegionId
from healthpass.documents._fields import Names, check_list_base
from healthpass.documents._key_request import KeyRequest
from healthpass.documents._registry_document import IssuerEntry, KeyEnd, KeyEntry, Recognition, RegistryDocument
from healthpass.documents._root import Root
from healthpass.documents._scope import Scope
from healthpass.documents._told import moment
from healthpass.words._code_points import KeyEndReason

_FIRST: Final = 1


class Entry(NamedTuple):
    """What the entry of an issuer needs, besides its id.

    Attributes:
        names: what it is called.
        appeal: where a holder can object.
    """

    names: Names
    appeal: str


def first_registry(root: Root, names: Names, *, at: datetime, lifetime: timedelta) -> RegistryDocument:
    """Return the first registry of an authority: no issuers, and nobody recognised.

    Args:
        root: the authority's root.
        names: what the authority is called.
        at: when it is made; whole seconds count.
        lifetime: how long it is in force.
    """
    return RegistryDocument(
        authority=root.authority,
        environment=root.environment,
        epoch=root.epoch,
        version=_FIRST,
        issued=whole(at),
        expires=later(at, lifetime),
        names=names,
    )


def next_registry(
    registry: RegistryDocument,
    *,
    previous: Signed,
    at: datetime,
    lifetime: timedelta | None = None,
    root: Root | None = None,
) -> RegistryDocument:
    """Return the registry as the version that follows the one published last.

    Args:
        registry: what it shall say.
        previous: the registry that was published last; after a theft, the last one that is honest.
        at: when it is made; whole seconds count. It is dated one second after `previous` at least.
        lifetime: how long it is in force; as long as before when left out.
        root: the root that is in force, if it has opened an epoch since.

    Raises:
        ValueError: when `previous` is no registry of this authority, or the source does not go on from it.
    """
    last = previous.content
    if not isinstance(last, RegistryDocument) or last.authority != registry.authority:
        raise ValueError(f"the previous document is no registry of {registry.authority}")
    if last.environment != registry.environment:
        raise ValueError(f"the previous registry is of {last.environment!r} and not {registry.environment!r}")
    if registry.version not in {last.version, last.version + 1}:
        raise ValueError(
            f"the source is at version {registry.version} and does not go on from version {last.version}: "
            "take the registry that was published last, and the source that it was made of"
        )
    if root is not None and (root.authority, root.environment) != (registry.authority, registry.environment):
        raise ValueError(f"the root is none of {registry.authority} in {registry.environment!r}")
    issued = max(whole(at), last.issued + SECOND)
    return replace(
        registry,
        epoch=registry.epoch if root is None else root.epoch,
        version=last.version + 1,
        previous=previous.digest,
        issued=issued,
        expires=later(issued, registry.expires - registry.issued if lifetime is None else lifetime),
    )


def import_request(
    registry: RegistryDocument,
    request: KeyRequest,
    *,
    scope: Scope | None = None,
    new: Entry | None = None,
    status_base: str | None = None,
) -> RegistryDocument:
    """List the key of a request that `KeyRequest.check` has accepted (AUT-6).

    Args:
        registry: where to list it.
        request: the request.
        scope: what the key is trusted for; what was asked for when left out, and never more.
        new: names and appeal, for an issuer that has no entry; those of its entry, for one that has.
        status_base: the address beneath which the issuer's status lists stand; that of its entry when left out.

    Raises:
        ValueError: when the key is listed, the issuer has no entry or another one, the scope is wider than what
            was asked for, or the issuer's lists cannot stand there or stand elsewhere.
    """
    raw = request.public_key.to_bytes()
    granted = request.scope if scope is None else scope
    for issuer in registry.issuers:
        if any(key.raw == raw for key in issuer.keys):
            raise ValueError(f"the key {request.public_key.kid.hex()} is listed already, for {issuer.id}")
    if granted.meet(request.scope) != granted:
        raise ValueError("the scope is wider than what the office has asked for")
    office = registry.issuer(request.issuer)
    if office and new and new != Entry(office.names, office.appeal):
        raise ValueError(f"{request.issuer} has an entry already, with another name or another address")
    if new and not office:
        office = IssuerEntry(request.issuer, *new)
    if not office:
        raise ValueError(
            f"there is no entry of {request.issuer}, and a new one needs names and an address for appeals"
        )
    if status_base is not None:
        check_list_base(status_base)
        if office.status not in {None, status_base}:
            raise ValueError(
                f"the status lists of {office.id} stand at {office.status} already; change that in the source"
            )
        office = office._replace(status=status_base)
    entry = KeyEntry(raw, request.use, request.valid_from, request.valid_until, granted)
    return _with_issuer(registry, office._replace(keys=(*office.keys, entry)))


def retire(
    registry: RegistryDocument, raw: bytes, *, at: datetime, reason: KeyEndReason | int
) -> RegistryDocument:
    """Retire a key: what it signs from then on does not count (KEY-5).

    Args:
        registry: where it is listed.
        raw: the 32 bytes of the key.
        at: from when on; not before the last nbf that it has signed (AUT-4).
        reason: why.

    Raises:
        ValueError: when it is not listed, or has ended already.
    """
    issuer, key = _find(registry, raw, "revoked", "retired")
    return _with_key(registry, issuer, key._replace(retired=KeyEnd(whole(at), reason)))


def revoke(
    registry: RegistryDocument, raw: bytes, *, at: datetime, reason: KeyEndReason | int
) -> RegistryDocument:
    """Revoke a key: nothing that it ever signed counts (KEY-5).

    Args:
        registry: where it is listed.
        raw: the 32 bytes of the key.
        at: when, for people to know.
        reason: why.

    Raises:
        ValueError: when it is not listed, or is revoked already.
    """
    issuer, key = _find(registry, raw, "revoked")
    return _with_key(registry, issuer, key._replace(revoked=KeyEnd(whole(at), reason)))


def recognise(
    registry: RegistryDocument,
    root: Signed,
    *,
    names: Names,
    valid_from: datetime,
    valid_until: datetime,
    scope: Scope,
) -> RegistryDocument:
    """Recognise the authority of a root, or recognise it anew: from then, until then, for this much (REG-5).

    Args:
        registry: whose act it is.
        root: the other authority's root, whose hash somebody has compared by other means.
        names: the names that gates here show for it.
        valid_from: from when.
        valid_until: until when.
        scope: what its issuers are trusted for.

    Raises:
        ValueError: when it is no root, or one of this authority, of another environment, or not signed by its own
            threshold.
    """
    content = root.content
    if not isinstance(content, Root):
        raise ValueError("it is a registry, and an authority is recognised by its root")  # noqa: TRY004
    if content.authority == registry.authority:
        raise ValueError("an authority does not recognise itself")
    if content.environment != registry.environment:
        raise ValueError(f"the root is of {content.environment!r} and the registry of {registry.environment!r}")
    root.document.count(content.root_keys, content.root_threshold)
    new = Recognition(
        content.authority, content.version, root.digest, whole(valid_from), whole(valid_until), scope, names
    )
    others = (one for one in registry.recognitions if one.authority != content.authority)
    return replace(registry, recognitions=tuple(sorted((*others, new), key=attrgetter("authority"))))


def unrecognise(registry: RegistryDocument, authority: str) -> RegistryDocument:
    """Take a recognition back.

    Raises:
        ValueError: when there is none of this authority.
    """
    others = tuple(one for one in registry.recognitions if one.authority != authority)
    if len(others) == len(registry.recognitions):
        raise ValueError(f"{RegionId(authority)} is not recognised")
    return replace(registry, recognitions=others)


def find_keys(registry: RegistryDocument, kid: bytes) -> tuple[tuple[IssuerId, KeyEntry], ...]:
    """Find the keys that have a kid, which is one unless somebody has made two on purpose."""
    return tuple((issuer.id, key) for issuer in registry.issuers for key in issuer.keys if key.kid == kid)


def _find(registry: RegistryDocument, raw: bytes, *ends: str) -> tuple[IssuerEntry, KeyEntry]:
    """Find a key that has not ended in these ways."""
    for issuer in registry.issuers:
        for key in issuer.keys:
            if key.raw == raw:
                for how in ends:
                    if ended := getattr(key, how):
                        raise ValueError(f"the key {key.kid.hex()} of {issuer.id} was {how} at {moment(ended.at)}")
                return issuer, key
    raise ValueError("the key is not listed in this registry")


def _with_key(registry: RegistryDocument, issuer: IssuerEntry, changed: KeyEntry) -> RegistryDocument:
    others = (key for key in issuer.keys if key.raw != changed.raw)
    return _with_issuer(registry, issuer._replace(keys=(*others, changed)))


def _with_issuer(registry: RegistryDocument, changed: IssuerEntry) -> RegistryDocument:
    changed = changed._replace(keys=tuple(sorted(changed.keys, key=attrgetter("raw"))))
    others = (issuer for issuer in registry.issuers if issuer.id != changed.id)
    return replace(registry, issuers=tuple(sorted((*others, changed), key=attrgetter("id"))))
