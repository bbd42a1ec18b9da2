"""The bytes of signed documents, right or wrong: roots, registries, key requests, and who signs them.

As in `encode`, nothing here refuses anything. A document is correct unless told otherwise, and its signatures are
made over what stands in it, so that a case has the one fault that it names.
"""

from __future__ import annotations

import functools
import hashlib
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any, Final, TypeAlias

import ed25519
from encode import BYTES, Key, cbor, head, protected_header
from topic import IAT, ISSUER, KEY, OTHER_KEY

Map: TypeAlias = Mapping[int, Any]

DAY: Final = 86_400
ROOT: Final = "application/vnd.healthpass.root+cose"
REGISTRY: Final = "application/vnd.healthpass.registry+cose"
REQUEST: Final = "application/vnd.healthpass.key-request+cose"
ENVIRONMENT: Final = -65539
EPOCH: Final = -65540
VERSION: Final = -65541
CONTENT: Final = -65542
DROP: Final = object()  # stands for a member that is left out

SIGNED: Final = IAT - 2 * DAY  # when the documents of the vectors were signed
ROOT_EXP: Final = SIGNED + 400 * DAY
REGISTRY_EXP: Final = SIGNED + 31 * DAY
FROM: Final = IAT - 30 * DAY
UNTIL: Final = IAT + 365 * DAY
KEYS: Final[list[Key]] = []  # the keys below, for the `seeds` of the files
FULL: Final[Map] = {1: [0, 1, 2], 2: 7 * DAY, 3: 7 * DAY, 4: 7 * DAY}  # the scope that grants what codes here need


@functools.cache
def named(name: str) -> Key:
    """Return the key of a name, and remember it."""
    key = Key(f"healthpass test {name}")
    KEYS.append(key)
    return key


@functools.cache
def _sign(seed: bytes, message: bytes) -> bytes:
    return ed25519.sign(seed, message)


def changed(members: Map, changes: Map | None) -> dict[int, Any]:
    """Return a map with changes, without what is dropped."""
    return {key: value for key, value in {**members, **(changes or {})}.items() if value is not DROP}


@dataclass(frozen=True)
class Authority:
    """An authority and the keys that its roots may name, by number."""

    id: str

    def root_key(self, number: int) -> Key:
        """Return one of the keys that sign its roots."""
        return named(f"root {self.id} {number}")

    def registry_key(self, number: int) -> Key:
        """Return one of the keys that sign its registries."""
        return named(f"registry {self.id} {number}")


@dataclass(frozen=True)
class Hand:
    """A signature that is not as it should be.

    Attributes:
        key: The key that signs.
        kid: The kid to write.
        signature: The signature to write.
    """

    key: Key
    kid: bytes | None = None
    signature: bytes | None = None


@dataclass(frozen=True)
class Document:
    """A signed document, layer by layer."""

    data: bytes
    typ: str
    payload: bytes
    signatures: tuple[tuple[bytes, bytes, bytes], ...]  # kid, to_be_signed, signature
    authority: str = ""
    epoch: int = 1
    version: int = 1

    @property
    def hash(self) -> bytes:
        """Return SHA-256 of the payload."""
        return hashlib.sha256(self.payload).digest()

    def layers(self) -> dict[str, Any]:
        """Return every layer, as the vectors print them."""
        names = ("kid", "to_be_signed", "signature")
        signatures = [{name: part.hex() for name, part in zip(names, s, strict=True)} for s in self.signatures]
        return {"typ": self.typ, "payload": self.payload.hex(), "signatures": signatures}


def protected(typ: str) -> bytes:
    """Return the protected header of a document, with its head."""
    inner = b"\xa1\x10" + cbor(typ)
    return head(BYTES, len(inner)) + inner


def signed(
    typ: str,
    payload: Map | bytes,
    by: Sequence[Key | Hand],
    *,
    start: bytes = b"\xd8\x62\x84",
    header: bytes | None = None,
    unprotected: bytes = b"\xa0",
    payload_head: bytes | None = None,
    count: bytes | None = None,
    as_given: bool = False,
    signature_start: bytes = b"\x83",
    signature_header: bytes | None = None,
    signature_middle: bytes = b"\xa0\x58\x40",
    end: bytes = b"",
    context: str = "Signature",
    aad: str | None = None,
    signed_header: bytes | None = None,
) -> Document:
    """Sign a payload and put the envelope around it, correctly unless told otherwise.

    Args:
        typ: The typ.
        payload: The claims, or the bytes that stand in their place.
        by: Who signs.
        start: Tag and head of the array.
        header: The protected header, with its head.
        unprotected: The unprotected header.
        payload_head: The head of the payload.
        count: The head of the array of signatures.
        as_given: Keep the signatures in the order of `by`, instead of that of their kids.
        signature_start: The head of each signature's array.
        signature_header: The protected header of each signature, with its head.
        signature_middle: What stands between a signature's protected header and its 64 bytes.
        end: What follows the last signature.
        context: The context that is signed.
        aad: The external_aad that is signed; the typ unless given.
        signed_header: The protected header that is signed, if it is not the one that is written.

    Returns:
        The document.
    """
    body = payload if isinstance(payload, bytes) else cbor(dict(payload))
    header = protected(typ) if header is None else header
    body_head = payload_head or head(BYTES, len(body))
    outer = (typ if aad is None else aad).encode()
    signatures = []
    for hand in (who if isinstance(who, Hand) else Hand(who) for who in by):
        kid = hand.key.kid if hand.kid is None else hand.kid
        own = signature_header or head(BYTES, 13) + protected_header(kid)
        message = b"\x85" + cbor(context) + (signed_header or header) + own + cbor(outer) + body_head + body
        signatures.append((kid, message, hand.signature or _sign(hand.key.seed, message), own))
    if not as_given:
        signatures.sort(key=lambda signature: signature[0])
    data = start + header + unprotected + body_head + body + (count or bytes([0x80 + len(signatures)]))
    for _, _, signature, own in signatures:
        data += signature_start + own + signature_middle + signature
    return Document(data + end, typ, body, tuple((kid, message, s) for kid, message, s, _ in signatures))


def _claims(of: str, iat: int, exp: int, environment: str) -> dict[int, Any]:
    return {1: of, 4: exp, 6: iat, ENVIRONMENT: environment}


def root(
    of: Authority,
    version: int = 1,
    *,
    keys: Sequence[int] = (1, 2, 3),
    threshold: int = 2,
    registry_keys: Sequence[int] = (1,),
    registry_threshold: int = 1,
    epoch: int | None = None,
    by: Sequence[int | Key | Hand] | None = None,
    iat: int = SIGNED,
    exp: int | None = None,
    environment: str = "production",
    claims: Map | None = None,
    content: Map | None = None,
    payload: bytes | None = None,
    **knobs: Any,
) -> Document:
    """Make a root.

    Args:
        of: The authority.
        version: Its version.
        keys: The root keys, by their numbers.
        threshold: The root threshold.
        registry_keys: The registry keys, by their numbers.
        registry_threshold: The registry threshold.
        epoch: Its epoch; 1 unless given, or its version where it has other registry keys than number 1.
        by: Who signs, root keys by their numbers; the first `threshold` root keys unless given.
        iat: When it was signed.
        exp: When it expires; 400 days later unless given.
        environment: Its environment.
        claims: Changes to the claims.
        content: Changes to the content.
        payload: Bytes that stand in place of the payload.
        **knobs: Those of `signed`.

    Returns:
        The document.
    """
    if epoch is None:
        epoch = 1 if (tuple(registry_keys), registry_threshold) == ((1,), 1) else version
    inner = {
        1: sorted(of.root_key(number).public for number in keys),
        2: threshold,
        3: sorted(of.registry_key(number).public for number in registry_keys),
        4: registry_threshold,
    }
    whole = _claims(of.id, iat, iat + 400 * DAY if exp is None else exp, environment)
    whole |= {EPOCH: epoch, VERSION: version, CONTENT: changed(inner, content)}
    signers = keys[:threshold] if by is None else by
    hands = [of.root_key(who) if isinstance(who, int) else who for who in signers]
    made = signed(ROOT, changed(whole, claims) if payload is None else payload, hands, **knobs)
    return replace(made, authority=of.id, epoch=epoch, version=version)


def names(zh: str = "卫健委", en: str = "Health Office") -> dict[int, Any]:
    """Return a map of names."""
    return {1: zh, 2: en}


def entry(
    key: Key | bytes,
    *,
    use: int = 1,
    start: int = FROM,
    until: int = UNTIL,
    scope: Map | None = FULL,
    retired: Sequence[int] | None = None,
    revoked: Sequence[int] | None = None,
    changes: Map | None = None,
) -> dict[int, Any]:
    """Return a key entry; `scope` is None where there is none."""
    x = key if isinstance(key, bytes) else key.public
    optional = {5: scope, 6: retired and list(retired), 7: revoked and list(revoked)}
    members = {1: {1: 1, -1: 6, -2: x}, 2: use, 3: start, 4: until}
    return changed(members | {key: value for key, value in optional.items() if value is not None}, changes)


def issuer(identifier: str, *entries: Map, changes: Map | None = None) -> dict[int, Any]:
    """Return an issuer with its key entries, in their order."""
    listed = sorted(entries, key=lambda one: bytes(one[1][-2]))
    members = {1: identifier, 2: names(), 3: "tel:12320", 4: listed or DROP}
    return changed(members, changes)


def recognition(
    of: Document,
    *,
    start: int = FROM,
    until: int = UNTIL,
    scope: Map | None = FULL,
    changes: Map | None = None,
) -> dict[int, Any]:
    """Return a recognition of the authority whose root is given; `scope` is None where there is none."""
    members = {
        1: of.authority,
        2: of.version,
        3: of.hash,
        4: start,
        5: until,
        6: DROP if scope is None else scope,
        7: names(),
    }
    return changed(members, changes)


def registry(
    of: Authority,
    *issuers: Map,
    recognises: Sequence[Map] = (),
    after: Document | None = None,
    version: int | None = None,
    epoch: int | None = None,
    by: Sequence[int | Key | Hand] = (1,),
    iat: int = SIGNED,
    exp: int | None = None,
    environment: str = "production",
    claims: Map | None = None,
    content: Map | None = None,
    payload: bytes | None = None,
    **knobs: Any,
) -> Document:
    """Make a registry.

    Args:
        of: The authority.
        *issuers: Its issuers.
        recognises: Its recognitions.
        after: The registry before: it gives version, epoch and `previous`.
        version: Its version.
        epoch: Its epoch.
        by: Who signs, registry keys by their numbers.
        iat: When it was signed.
        exp: When it expires; 31 days later unless given.
        environment: Its environment.
        claims: Changes to the claims.
        content: Changes to the content.
        payload: Bytes that stand in place of the payload.
        **knobs: Those of `signed`.

    Returns:
        The document.
    """
    version = (after.version + 1 if after else 1) if version is None else version
    epoch = (after.epoch if after else 1) if epoch is None else epoch
    inner = {
        1: names(),
        2: sorted(issuers, key=lambda one: str(one[1])) or DROP,
        3: sorted(recognises, key=lambda one: str(one[1])) or DROP,
        4: after.hash if after else DROP,
    }
    whole = _claims(of.id, iat, iat + 31 * DAY if exp is None else exp, environment)
    whole |= {EPOCH: epoch, VERSION: version, CONTENT: changed(inner, content)}
    hands = [of.registry_key(who) if isinstance(who, int) else who for who in by]
    made = signed(REGISTRY, changed(whole, claims) if payload is None else payload, hands, **knobs)
    return replace(made, authority=of.id, epoch=epoch, version=version)


def request(
    key: Key = KEY,
    *,
    office: str = ISSUER,
    authority: str = "CN-33",
    use: int = 1,
    by: Sequence[Key | Hand] | None = None,
    iat: int = IAT,
    exp: int | None = None,
    environment: str = "production",
    claims: Map | None = None,
    content: Map | None = None,
    payload: bytes | None = None,
    **knobs: Any,
) -> Document:
    """Make a key request; `by` is who signs, the key itself unless given, and the rest is as in `registry`."""
    inner = {1: {1: 1, -1: 6, -2: key.public}, 2: authority, 3: use, 4: FROM, 5: UNTIL, 6: FULL}
    whole = _claims(office, iat, iat + 31 * DAY if exp is None else exp, environment)
    whole |= {CONTENT: changed(inner, content)}
    return signed(REQUEST, changed(whole, claims) if payload is None else payload, by or [key], **knobs)


ZHEJIANG: Final = Authority("CN-33")
SHANGHAI: Final = Authority("CN-31")
JIANGSU: Final = Authority("CN-32")
HANGZHOU: Final = Authority("CN-33-01")
CHINA: Final = Authority("CN")
SHANGHAI_ISSUER: Final = "CN-31.WJW"
OFFICE: Final = issuer(ISSUER, entry(KEY))
SHANGHAI_OFFICE: Final = issuer(SHANGHAI_ISSUER, entry(OTHER_KEY))
ZJ_ROOT: Final = root(ZHEJIANG)
ZJ_1: Final = registry(ZHEJIANG, OFFICE)
SH_ROOT: Final = root(SHANGHAI)
SH_1: Final = registry(SHANGHAI, SHANGHAI_OFFICE)
