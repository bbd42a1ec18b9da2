"""The fields of `root.json` and `registry.json`, as pydantic reads them (docs/adr/0017)."""

from collections import Counter
from collections.abc import Iterable
from datetime import timedelta
from typing import Annotated, Any, Final, Literal, Self

from pydantic import AfterValidator, BaseModel, Field, model_validator

from healthpass.authority._source_fields import (
    Address,
    ColorName,
    Digest,
    EndReason,
    Environment,
    Life,
    ListBase,
    Moment,
    Name,
    Office,
    Positive,
    RawKey,
    Region,
    SoundKey,
    Uint,
    Use,
)
from healthpass.codec._keys import PublicKey
from healthpass.credential._model import STRICT
from healthpass.documents._fields import MAX_COLORS, Names
from healthpass.documents._registry_document import (
    MAX_ISSUER_KEYS,
    MAX_ISSUERS,
    MAX_RECOGNITIONS,
    IssuerEntry,
    KeyEnd,
    KeyEntry,
    Recognition,
    RegistryDocument,
)
from healthpass.documents._root import MAX_KEYS, Root
from healthpass.documents._scope import Scope

_NONE: Final = timedelta(0)


def _many(at_most: int) -> Any:
    """Return what makes a tuple of a JSON array.

    It stops at the first item that is wrong: a source of a megabyte could hold a million faults.
    """
    return Field(strict=False, fail_fast=True, max_length=at_most)


def _each_once(colors: tuple[Any, ...]) -> tuple[Any, ...]:
    if len(set(colors)) < len(colors):
        raise ValueError("expected each colour once")
    return colors


class NamesSource(BaseModel):
    """Names."""

    model_config = STRICT

    zh: Name
    en: Name


class ScopeSource(BaseModel):
    """A scope; what is left out allows nothing."""

    model_config = STRICT

    colors: Annotated[tuple[ColorName, ...], _many(MAX_COLORS), AfterValidator(_each_once)] = ()
    max_lifetime: Life = _NONE
    max_bearer_lifetime: Life = _NONE
    max_lifetime_without_status: Life = _NONE

    def scope(self) -> Scope:
        """Return the scope."""
        return Scope(**dict(self))


class EndSource(BaseModel):
    """When a key was retired or revoked, and why."""

    model_config = STRICT

    at: Moment
    reason: EndReason

    def end(self) -> KeyEnd:
        """Return both."""
        return KeyEnd(self.at, self.reason)


class KeySource(BaseModel):
    """A key of an issuer."""

    model_config = STRICT

    key: RawKey
    use: Use
    valid_from: Moment = Field(alias="from")
    valid_until: Moment = Field(alias="until")
    scope: ScopeSource = ScopeSource()
    retired: EndSource | None = None
    revoked: EndSource | None = None

    def entry(self) -> KeyEntry:
        """Return the entry."""
        return KeyEntry(
            self.key,
            self.use,
            self.valid_from,
            self.valid_until,
            self.scope.scope(),
            self.retired.end() if self.retired else None,
            self.revoked.end() if self.revoked else None,
        )


class IssuerSource(BaseModel):
    """An issuer."""

    model_config = STRICT

    id: Office
    names: NamesSource
    appeal: Address
    status: ListBase | None = None
    keys: Annotated[tuple[KeySource, ...], _many(MAX_ISSUER_KEYS)] = ()

    def entry(self) -> IssuerEntry:
        """Return the entry."""
        keys = tuple(sorted((key.entry() for key in self.keys), key=lambda entry: entry.raw))
        return IssuerEntry(self.id, Names(**dict(self.names)), self.appeal, keys, self.status)


class RecognitionSource(BaseModel):
    """A recognition."""

    model_config = STRICT

    authority: Region
    root_version: Positive
    root_hash: Digest
    valid_from: Moment = Field(alias="from")
    valid_until: Moment = Field(alias="until")
    scope: ScopeSource = ScopeSource()

    def recognition(self) -> Recognition:
        """Return the recognition."""
        return Recognition(**{**dict(self), "scope": self.scope.scope()})


class RegistrySource(BaseModel):
    """`registry.json`."""

    model_config = STRICT

    typ: Literal["healthpass-registry"]
    authority: Region
    environment: Environment
    epoch: Positive
    version: Positive
    previous: Digest | None = None
    issued: Moment
    expires: Moment
    names: NamesSource
    issuers: Annotated[tuple[IssuerSource, ...], _many(MAX_ISSUERS)] = ()
    recognitions: Annotated[tuple[RecognitionSource, ...], _many(MAX_RECOGNITIONS)] = ()

    @model_validator(mode="after")
    def _stands_once(self) -> Self:
        _once("the issuer", (issuer.id for issuer in self.issuers))
        _once("the recognition of", (one.authority for one in self.recognitions))
        _once("the key", (key.key.hex() for issuer in self.issuers for key in issuer.keys))
        return self

    def content(self) -> RegistryDocument:
        """Return the registry."""
        issuers = sorted((issuer.entry() for issuer in self.issuers), key=lambda entry: entry.id)
        recognitions = sorted((one.recognition() for one in self.recognitions), key=lambda one: one.authority)
        return RegistryDocument(
            authority=self.authority,
            environment=self.environment,
            epoch=self.epoch,
            version=self.version,
            issued=self.issued,
            expires=self.expires,
            names=Names(**dict(self.names)),
            issuers=tuple(issuers),
            recognitions=tuple(recognitions),
            previous=self.previous,
        )


class RootSource(BaseModel):
    """`root.json`."""

    model_config = STRICT

    typ: Literal["healthpass-root"]
    authority: Region
    environment: Environment
    epoch: Positive
    version: Positive
    stands_by: Uint | None = None
    issued: Moment
    expires: Moment
    root_threshold: Positive
    root_keys: Annotated[tuple[SoundKey, ...], _many(MAX_KEYS)]
    registry_threshold: Positive
    registry_keys: Annotated[tuple[SoundKey, ...], _many(MAX_KEYS)]

    def content(self) -> Root:
        """Return the root."""
        members = {name: value for name, value in self if name != "typ"}
        keys = {
            name: tuple(sorted(members[name], key=PublicKey.to_bytes)) for name in ("root_keys", "registry_keys")
        }
        return Root(**{**members, **keys})


def _once(what: str, names: Iterable[str]) -> None:
    twice = [name for name, count in Counter(names).items() if count > 1]
    if twice:
        raise ValueError(f"expected each but once: {what} {twice[0]} stands there twice")
