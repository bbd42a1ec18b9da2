"""A simulator of authorities: regions that rotate roots, publish registries, recognise each other, or misbehave.

>>> zhejiang, shanghai = Region("CN-33"), Region("CN-31")
>>> office = zhejiang.office("CN-33-01.WJW")
>>> zhejiang.recognise(shanghai)
>>> shanghai.publish() != zhejiang.publish()
True
>>> zhejiang.rotate() in zhejiang.bundle(shanghai)
True

Everything is made of seeds and of one clock, so that the same calls make the same bytes; times are in seconds
since 1970. A document is sound unless the call says otherwise: `claims` and `content` change the payload's map and
the content's before they are signed (`DROP` leaves a member out), `payload` puts other bytes in its place, `by`
says who signs, and `keep=False` makes a document that the region itself does not go on from.
"""

import hashlib
from collections.abc import Iterable, Mapping
from datetime import timedelta
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final, NamedTuple

from forging import AT, DAY, GREEN, NOW
from healthpass import Color, HealthCode, IssuerId, RegionId, Scope, SigningKey, issue
from healthpass.codec import _cbor
from healthpass.codec._time import from_seconds
from healthpass.documents._document import Document, Kind, parse
from healthpass.documents._fields import Names
from healthpass.documents._registry_document import IssuerEntry, KeyEnd, KeyEntry, Recognition, RegistryDocument
from healthpass.documents._root import Root
from healthpass.documents._statement import CONTENT, MAX_DEPTH, PRODUCTION
from healthpass.trust._held import Pin
from healthpass.words._code_points import KeyUse

if TYPE_CHECKING:
    from healthpass.store import TrustStore

SECONDS: Final = 86_400  # of a day
ROOT_LIFE: Final = 400 * SECONDS
REGISTRY_LIFE: Final = 31 * SECONDS
LONG: Final = timedelta(days=14)
FULL: Final = Scope(
    colors=list(Color), max_lifetime=LONG, max_bearer_lifetime=LONG, max_lifetime_without_status=LONG
)
DROP: Final = object()  # stands for a member that is left out
NAMES: Final = Names("某卫生健康委员会", "A health commission")


def key_of(name: str) -> SigningKey:
    """Return the key of a name, the same each time."""
    return SigningKey.from_seed(hashlib.sha256(f"healthpass test {name}".encode()).digest())


def signed(kind: Kind, payload: bytes, by: Iterable[SigningKey]) -> bytes:
    """Return a document with these signatures."""
    document = Document(kind, payload, {})
    for key in by:
        kid = key.public_key.kid
        document = document.signed_with(kid, key.sign(document.to_be_signed(kid)))
    return bytes(document)


def flipped(data: bytes, at: int, mask: int = 1) -> bytes:
    """Return the bytes with one of them changed; counted from the end when `at` is negative."""
    changed = bytearray(data)
    changed[at] ^= mask
    return bytes(changed)


def digest_of(document: bytes) -> bytes:
    """Return SHA-256 of the payload of a document that this file made."""
    return parse(document).digest


class Office:
    """An office that signs health codes, as its region's registry lists it.

    Attributes:
        id: its issuer id.
        entries: how its keys are listed, by their numbers.
    """

    def __init__(self, name: str) -> None:
        self.id: Final = IssuerId(name)
        self.entries: dict[int, KeyEntry] = {}
        self.list(1)

    def key(self, number: int = 1) -> SigningKey:
        """Return one of its keys."""
        return key_of(f"office {self.id} {number}")

    def list(self, number: int = 1, **changes: Any) -> None:
        """Have a key listed from the next registry on, or listed in another way."""
        raw = self.key(number).public_key.to_bytes()
        entry = KeyEntry(raw, KeyUse.CREDENTIAL, NOW - 30 * DAY, NOW + 365 * DAY, FULL)
        for name in changes.keys() & {"valid_from", "valid_until"}:
            changes[name] = from_seconds(changes[name])
        self.entries[number] = self.entries.get(number, entry)._replace(**changes)

    def revoke(self, number: int = 1, *, at: int = AT, reason: int = 2) -> None:
        """Have a key revoked from the next registry on."""
        self.list(number, revoked=KeyEnd(from_seconds(at), reason))

    def retire(self, number: int = 1, *, at: int = AT, reason: int = 1) -> None:
        """Have a key retired from the next registry on."""
        self.list(number, retired=KeyEnd(from_seconds(at), reason))

    def issue(self, health: HealthCode = GREEN, *, number: int = 1, **options: Any) -> str:
        """Return the text of a code that it signs, valid for a day from NOW."""
        chosen: dict[str, Any] = {"lifetime": DAY, "at": NOW} | options
        return issue(health, issuer=self.id, signer=self.key(number), **chosen).text

    def to_entry(self) -> IssuerEntry:
        """Return how the registry lists it."""
        return IssuerEntry(self.id, NAMES, "https://example.org/appeal", tuple(self.entries.values()))


class Region:
    """An authority: it has published a root, and a registry for each call of `publish`.

    Attributes:
        id: its region.
        environment: where its documents count.
        roots: the roots that it has published, first to last.
        registries: the registries that it has published, first to last.
        offices: its offices by issuer id.
        recognitions: whom it recognises, by region.

    Args:
        name: its region.
        environment: where its documents count.
        root_keys: the numbers of the keys of its first root.
        threshold: how many of them sign.
        epoch: the epoch that it begins in.
    """

    def __init__(
        self,
        name: str,
        *,
        environment: str = PRODUCTION,
        root_keys: Iterable[int] = (1, 2, 3),
        threshold: int = 2,
        epoch: int = 1,
        **tampering: Any,
    ) -> None:
        self.id: Final = RegionId(name)
        self.environment: Final = environment
        self.roots: list[bytes] = []
        self.registries: list[bytes] = []
        self.offices: dict[str, Office] = {}
        self.recognitions: dict[str, Recognition] = {}
        self._root: Root | None = None
        self._keys: dict[bytes, SigningKey] = {}
        self._version = 0
        self._first_epoch = epoch
        self.rotate(root_keys=root_keys, threshold=threshold, registry_keys=(1,), **tampering)

    @property
    def root(self) -> Root:
        """Its current root."""
        assert self._root
        return self._root

    @property
    def pin(self) -> Pin:
        """The pin of its current root."""
        return Pin(self.id, self.root.version, digest_of(self.roots[-1]))

    @property
    def version(self) -> int:
        """The version of its last registry, 0 when there is none."""
        return self._version

    def root_key(self, number: int) -> SigningKey:
        """Return one of the keys that its roots may name."""
        return self._named("root", number)

    def registry_key(self, number: int) -> SigningKey:
        """Return one of the keys that sign its registries."""
        return self._named("registry", number)

    def office(self, name: str) -> Office:
        """Return an office, which the next registry lists."""
        return self.offices.setdefault(name, Office(name))

    def recognise(
        self,
        other: "Region",
        scope: Scope = FULL,
        *,
        pin: Pin | None = None,
        valid_from: int = AT - SECONDS,
        valid_until: int = AT + 90 * SECONDS,
        names: Names | None = None,
    ) -> None:
        """Recognise another region by its current root, from the next registry on."""
        named, names = pin or other.pin, names or Names(f"{other.id} 主管机关", f"Authority of {other.id}")
        start, end = from_seconds(valid_from), from_seconds(valid_until)
        self.recognitions[other.id] = Recognition(other.id, named.version, named.digest, start, end, scope, names)

    def rotate(
        self,
        *,
        root_keys: Iterable[int] | None = None,
        threshold: int | None = None,
        registry_keys: Iterable[int] | None = None,
        registry_threshold: int | None = None,
        epoch: int | None = None,
        version: int | None = None,
        issued: int = AT,
        expires: int | None = None,
        keep: bool = True,
        **tampering: Any,
    ) -> bytes:
        """Publish the next root; with other keys if they are given; other registry keys open an epoch (ROT-3)."""
        old = self._root
        signers = _public(map(self.registry_key, registry_keys)) if registry_keys else self.root.registry_keys
        registry_threshold = registry_threshold or (old.registry_threshold if old else 1)
        opens = old and ({*signers}, registry_threshold) != ({*old.registry_keys}, old.registry_threshold)
        root = Root(
            authority=self.id,
            environment=self.environment,
            epoch=epoch or (old.epoch + bool(opens) if old else self._first_epoch),
            version=version or (old.version + 1 if old else 1),
            issued=from_seconds(issued),
            expires=from_seconds(expires or issued + ROOT_LIFE),
            root_keys=_public(map(self.root_key, root_keys)) if root_keys else self.root.root_keys,
            root_threshold=threshold or self.root.root_threshold,
            registry_keys=signers,
            registry_threshold=registry_threshold,
        )
        by = [*root.root_keys[: root.root_threshold], *(old.root_keys[: old.root_threshold] if old else ())]
        document = self._sign(Kind.ROOT, root.encode(), map(self._private, dict.fromkeys(by)), **tampering)
        if keep:
            self._root = root
            self.roots.append(document)
            if old and old.epoch != root.epoch:
                self._version = 0
        return document

    def publish(
        self,
        *,
        version: int | None = None,
        issued: int = AT,
        expires: int | None = None,
        previous: bytes | None = None,
        keep: bool = True,
        **tampering: Any,
    ) -> bytes:
        """Publish the next registry."""
        if previous is None and self.registries:
            previous = digest_of(self.registries[-1])
        registry = RegistryDocument(
            authority=self.id,
            environment=self.environment,
            epoch=self.root.epoch,
            version=version or self._version + 1,
            issued=from_seconds(issued),
            expires=from_seconds(expires or issued + REGISTRY_LIFE),
            names=NAMES,
            issuers=tuple(office.to_entry() for office in self.offices.values()),
            recognitions=tuple(self.recognitions.values()),
            previous=previous,
        )
        by = map(self._private, self.root.registry_keys[: self.root.registry_threshold])
        document = self._sign(Kind.REGISTRY, registry.encode(), by, **tampering)
        if keep:
            self._version = registry.version
            self.registries.append(document)
        return document

    def go_on_from(self, registry: bytes) -> None:
        """Let the next registry follow this one, which the region published in another process."""
        self._version = RegistryDocument.decode(parse(registry).payload).version
        self.registries = [registry]

    def skip_to(self, version: int) -> None:
        """Let the next registry have the version after this one."""
        self._version = version

    def bundle(self, *others: "Region") -> bytes:
        """Return a bundle: all roots of this region and of others, and the last registry of each (BDL-3)."""
        regions = (self, *others)
        return b"".join(
            [
                *(root for region in regions for root in region.roots),
                *(r for one in regions for r in one.registries[-1:]),
            ]
        )

    def _sign(
        self,
        kind: Kind,
        payload: bytes,
        signers: Iterable[SigningKey],
        /,
        *,
        claims: Mapping[int, Any] | None = None,
        content: Mapping[int, Any] | None = None,
        by: Iterable[SigningKey] | None = None,
        **other: bytes,
    ) -> bytes:
        if claims or content:
            wire: dict[Any, Any] = dict(_cbor.decode(payload, max_depth=MAX_DEPTH))  # type: ignore[arg-type]
            wire[CONTENT] = _changed(wire[CONTENT], content)
            payload = _cbor.encode(_changed(wire, claims), max_depth=MAX_DEPTH)
        return signed(kind, other.get("payload", payload), signers if by is None else by)

    def _named(self, kind: str, number: int) -> SigningKey:
        key = key_of(f"{kind} {self.id} {number}")
        self._keys[key.public_key.to_bytes()] = key
        return key

    def _private(self, public: Any) -> SigningKey:
        return self._keys[public.to_bytes()]


def _public(keys: Iterable[SigningKey]) -> tuple[Any, ...]:
    return tuple(key.public_key for key in keys)


def _changed(members: Mapping[int, Any], changes: Mapping[int, Any] | None) -> dict[int, Any]:
    kept = {key: value for key, value in {**members, **(changes or {})}.items() if value is not DROP}
    return {key: kept[key] for key in sorted(kept, key=_cbor.rank)}


class HeldState(NamedTuple):
    """What a store holds for a path, as bytes that can be compared."""

    anchor: str
    authority: str
    chain: tuple[bytes, ...]
    registry: bytes | None
    seen: dict[Any, Any]
    lists: tuple[tuple[IssuerId, int, bytes, bytes], ...]
    evidence: tuple[bytes, ...]
    refused: bool


def states_of(store: "TrustStore") -> tuple[HeldState, ...]:
    """Return all that a store holds, with the evidence."""
    held = store._keeper.read()
    return tuple(
        HeldState(
            state.anchor,
            state.authority,
            tuple(one.document for one in state.chain),
            state.registry.document if state.registry else None,
            dict(state.seen),
            tuple((place.issuer, place.number, place.raw, one.document) for place, one in sorted(state.lists)),
            tuple(kept.evidence(store._keeper._folder.content)) if kept else (),
            state.registry is not None and state.registry.refused,
        )
        for state in held.trust.states
        for kept in [held.kept.states.get((state.anchor, state.authority))]
    )


def contents(folder: Path) -> dict[str, bytes]:
    """Return all files of a folder, to see that nothing has changed."""
    return {str(path.relative_to(folder)): path.read_bytes() for path in folder.rglob("*") if path.is_file()}
