"""The library as something to explore: a world's documents as signed bytes, in its trust core or in a folder.

`Core` offers them to `healthpass.trust`, which `TrustStore` keeps on disk; `Folder` to a `TrustStore` itself.
What `Both` does with one of them it does with the model, and it compares every verdict.
"""

import functools
import hashlib
import itertools
from collections.abc import Hashable, Sequence
from datetime import timedelta
from pathlib import Path
from typing import Final, Protocol, Self

from authorities import FULL, NAMES, key_of, signed
from forging import GREEN
from healthpass import (
    HealthCode,
    IssuerId,
    PublicKey,
    RegionId,
    Registry,
    StatusPlace,
    VerificationError,
    issue,
    verify,
)
from healthpass.codec._time import from_seconds
from healthpass.documents._document import Kind
from healthpass.documents._registry_document import IssuerEntry, KeyEnd, KeyEntry, Recognition, RegistryDocument
from healthpass.documents._root import Root
from healthpass.documents._statement import PRODUCTION
from healthpass.documents._status_list import BYTES_PER_BIT, sign_list
from healthpass.store import TrustStore
from healthpass.trust._held import Pin
from healthpass.trust._held_lists import HeldLists
from healthpass.trust._state import State
from healthpass.trust._trust import Trust
from healthpass.trust._update import updated
from healthpass.trust._views import registry_of
from healthpass.words._code_points import KeyUse
from model import trust_model as model
from model.trust_model import DAY, LIST_LIFE

HALF: Final = 128  # a hash begins with a byte below it where a root's `order` is 0
_LONG: Final = 2_000 * DAY


class Differs(Exception):  # noqa: N818 - a verdict does
    """The library judges a code in another way than the model."""


def bytes_of(document: model.Document) -> bytes:
    """Return a document of the model, signed."""
    match document:
        case model.Root():
            return _root(document)
        case model.Registry():
            return _registry(document)
    return _list(document)


def pin_of(root: model.Root) -> Pin:
    """Return the pin of a root."""
    return Pin(RegionId(root.authority), root.version, hashlib.sha256(_payload(root.content)).digest())


@functools.cache
def _payload(root: model.Root) -> bytes:
    """Return the payload of a root; the end of its force is moved until its hash is as its `order` says."""
    for shorter in itertools.count():
        payload = Root(
            authority=RegionId(root.authority),
            environment=PRODUCTION,
            epoch=root.epoch,
            version=root.version,
            issued=from_seconds(root.issued),
            expires=from_seconds(root.expires - shorter),
            root_keys=_public(root.keys),
            root_threshold=root.threshold,
            registry_keys=_public(root.registry_keys),
            registry_threshold=root.registry_threshold,
        ).encode()
        if (hashlib.sha256(payload).digest()[0] >= HALF) == bool(root.order):
            return payload
    raise AssertionError


@functools.cache
def _root(root: model.Root) -> bytes:
    return signed(Kind.ROOT, _payload(root.content), map(key_of, sorted(root.signers)))


@functools.cache
def _registry(registry: model.Registry) -> bytes:
    issuers = sorted({key.issuer for key in registry.keys})
    payload = RegistryDocument(
        authority=RegionId(registry.authority),
        environment=PRODUCTION,
        epoch=registry.epoch,
        version=registry.version,
        issued=from_seconds(registry.issued),
        expires=from_seconds(registry.expires),
        names=NAMES,
        issuers=tuple(
            IssuerEntry(
                *(IssuerId(issuer), NAMES, "https://example.org/appeal"),
                tuple(_entry(key) for key in registry.keys if key.issuer == issuer),
                _base(issuer),
            )
            for issuer in issuers
        ),
        recognitions=tuple(map(_recognition, registry.recognitions)),
    ).encode()
    return signed(Kind.REGISTRY, payload, map(key_of, sorted(registry.signers)))


def _recognition(one: model.Recognition) -> Recognition:
    pin = pin_of(one.pin)
    return Recognition(*pin, from_seconds(one.begins), from_seconds(one.ends), FULL, NAMES)


def _entry(key: model.Key) -> KeyEntry:
    use = KeyUse.STATUS if key.is_status else KeyUse.CREDENTIAL
    ends = {
        "revoked": KeyEnd(from_seconds(1_700_000_000), 2) if key.revoked else None,
        "retired": None if key.retired is None else KeyEnd(from_seconds(key.retired), 1),
    }
    begins, until = from_seconds(1_700_000_000), from_seconds(1_700_000_000 + _LONG)
    return KeyEntry(key_of(key.name).public_key.to_bytes(), use, begins, until, FULL, **ends)


@functools.cache
def _list(one: model.StatusList) -> bytes:
    bitmap = bytearray(BYTES_PER_BIT)
    for index in one.withdrawn:
        bitmap[index >> 3] |= 1 << (index & 7)
    address = f"{_base(one.issuer)}/{one.number}"
    return sign_list(
        bytes(bitmap), uri=address, key=key_of(one.signer), issued=one.issued, expires=one.issued + LIST_LIFE
    )


@functools.cache
def _text(code: model.Code, begins: int) -> str:
    place = StatusPlace(*code.place) if code.place else None
    health = HealthCode(color=GREEN.color, holder=GREEN.holder, status=place)
    made = issue(
        health, issuer=code.issuer, signer=key_of(code.key), lifetime=timedelta(days=7), at=from_seconds(begins)
    )
    return made.text


def _base(issuer: str) -> str:
    return f"https://status.example.cn/{issuer.lower()}"


def _public(names: frozenset[str]) -> tuple[PublicKey, ...]:
    return tuple(key_of(name).public_key for name in sorted(names))


def _judged(registry: Registry, code: model.Code, at: int) -> str:
    text = _text(code, at if code.begins is None else code.begins)
    try:
        verify(text, registry=registry, at=from_seconds(at), skew=timedelta(0))
    except VerificationError as error:
        return str(error.verdict)
    return "valid"


class Core:
    """What the library holds in memory. It does not change: each step is made on a copy."""

    def __init__(self, trust: Trust | None = None) -> None:
        self._trust: Final = trust or Trust()
        self._registry: Registry | None = None
        self._mark: Final = tuple(map(_mark, self._trust.states))

    def __hash__(self) -> int:
        return hash(self._mark)

    def __eq__(self, other: object) -> bool:
        return isinstance(other, Core) and self._mark == other._mark

    def pin(self, anchor: str, root: model.Root | None) -> Self:
        """Pin an anchor by a root."""
        trust = _copied(self._trust)
        if root:
            trust.pin(pin_of(root))
        else:
            trust.unpin(anchor)
        return type(self)(trust)

    def update(self, documents: Sequence[model.Document], at: int) -> Self:
        """Offer documents."""
        trust = _copied(self._trust)
        updated(trust, b"".join(map(bytes_of, documents)), at=at)
        return type(self)(trust)

    def judge(self, code: model.Code, at: int) -> str:
        """Judge a code."""
        self._registry = self._registry or registry_of(self._trust)
        return _judged(self._registry, code, at)


def _mark(state: State) -> Hashable:
    """Return what tells two states apart."""
    held = state.registry
    return (
        *(state.anchor, state.authority, state.pin, tuple((root.document, root.taken) for root in state.chain)),
        *(held and (held.document, held.taken), tuple(state.seen.items()), frozenset(state.lists.iats.items())),
        frozenset(one.document for _, one in state.lists),
    )


def _copied(trust: Trust) -> Trust:
    copy = Trust(trust.environment)
    for pin in trust.pins.values():
        copy.pin(pin)
    for state in trust.states:
        new = State(state.anchor, state.authority, state.environment)
        new.pin, new.chain, new.registry = state.pin, list(state.chain), state.registry
        new.seen, new.lists = dict(state.seen), HeldLists()
        for place, held in state.lists:
            new.lists.restore(place, held)
        new.lists.iats = dict(state.lists.iats)
        copy.put(new)
    return copy


class Folder:
    """What the library holds in a folder. A step changes the folder itself: there is one way, and no other."""

    def __init__(self, path: Path) -> None:
        self._store: Final = TrustStore.open(path) if TrustStore.exists(path) else TrustStore.create(path)

    def pin(self, anchor: str, root: model.Root | None) -> Self:
        """Pin an anchor by a root."""
        if root:
            pin = pin_of(root)
            self._store.pin(pin.authority, version=pin.version, digest=pin.digest)
        else:
            self._store.unpin(anchor)
        return self

    def update(self, documents: Sequence[model.Document], at: int) -> Self:
        """Offer documents."""
        self._store.update(b"".join(map(bytes_of, documents)), at=from_seconds(at))
        return self

    def judge(self, code: model.Code, at: int) -> str:
        """Judge a code, as a process does that opens the folder now."""
        return _judged(TrustStore.open(self._store.path).registry(), code, at)


class _Real(Protocol):
    def pin(self, anchor: str, root: model.Root | None, /) -> Self: ...
    def update(self, documents: Sequence[model.Document], at: int, /) -> Self: ...
    def judge(self, code: model.Code, at: int, /) -> str: ...


class Both:
    """The model and the library, side by side."""

    def __init__(self, of_model: model.Store, real: _Real) -> None:
        self.of_model: Final = of_model
        self.real: Final = real

    def __hash__(self) -> int:
        return hash((self.of_model, self.real))

    def __eq__(self, other: object) -> bool:
        return isinstance(other, Both) and (self.of_model, self.real) == (other.of_model, other.real)

    def has(self, anchor: str) -> bool:
        """Tell whether an authority is an anchor."""
        return anchor in dict(self.of_model.pins)

    def pin(self, anchor: str, root: model.Root | None) -> "Both":
        """Pin an anchor by a root."""
        return Both(self.of_model.pin(anchor, root), self.real.pin(anchor, root))

    def update(self, documents: Sequence[model.Document], at: int) -> "Both":
        """Offer documents."""
        return Both(self.of_model.update(documents, at), self.real.update(documents, at))

    def judge(self, code: model.Code, at: int) -> str:
        """Judge a code by both.

        Raises:
            Differs: when they do not agree.
        """
        verdict, real = self.of_model.judge(code, at), self.real.judge(code, at)
        if verdict != real:
            raise Differs(f"{code}: {real} in the library, {verdict} in the model", self.of_model)
        return verdict
