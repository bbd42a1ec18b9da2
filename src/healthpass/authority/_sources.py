"""Sources: roots and registries as JSON that people keep in git and review line by line (docs/adr/0017).

A source says what its document says, no more and no less: the same source always gives the same payload.
"""

import json
from datetime import datetime
from typing import Any, Final, NamedTuple, TypeAlias

from healthpass.authority._source_fields import MAX_SOURCE, SourceError, parse_json, validate
from healthpass.authority._source_models import RegistrySource, RootSource
from healthpass.codec._spelling import write_duration, write_time
from healthpass.codec._time import whole
from healthpass.documents._document import MAX_SIGNATURES, Document, Kind, parse
from healthpass.documents._registry_document import IssuerEntry, KeyEntry, Recognition, RegistryDocument
from healthpass.documents._root import Root
from healthpass.documents._scope import Scope
from healthpass.words._code_points import KeyEndReason, KeyUse
from healthpass.words._errors import DocumentError
from healthpass.words._outcomes import Outcome

ROOM_FOR_SIGNATURES: Final = 82 * MAX_SIGNATURES  # bytes; DOC-3
Content: TypeAlias = Root | RegistryDocument


class Signed(NamedTuple):
    """A document that has been opened for people to look at, to sign, or to go on from: nothing of it is verified.

    Attributes:
        document: its layers; of a source, without signatures.
        content: what it says.
    """

    document: Document
    content: Content

    @property
    def digest(self) -> bytes:
        """SHA-256 of the payload, by which a root is recognised and pinned."""
        return self.document.digest


_MODELS: Final[dict[str, type[RootSource] | type[RegistrySource]]] = {
    str(Kind.ROOT): RootSource,
    str(Kind.REGISTRY): RegistrySource,
}


def read_source(data: bytes) -> Content:
    """Read `root.json` or `registry.json`.

    Raises:
        SourceError: with a line for each fault: where, what was found, what was expected.
    """
    found = parse_json(data)
    if not isinstance(found, dict):
        raise SourceError("the whole: found no object, expected that of a root or a registry")
    typ = found.get("typ")
    if not isinstance(typ, str) or typ not in _MODELS:
        raise SourceError(f"typ: expected one of {', '.join(_MODELS)}")
    try:
        content = validate(_MODELS[typ], found).content()
    except ValueError as error:
        raise SourceError(f"it breaks a rule: {error}") from None
    unsigned(content)
    return content


def open_document(data: bytes) -> Signed:
    """Open a root or a registry.

    Raises:
        DocumentError: when it is no root and no registry, or breaks a rule.
    """
    document = parse(data)
    match document.kind:
        case Kind.ROOT:
            return Signed(document, Root.decode(document.payload))
        case Kind.REGISTRY:
            return Signed(document, RegistryDocument.decode(document.payload))
    raise DocumentError(Outcome.UNSUPPORTED_KIND, f"it is a {document.kind}, and no root and no registry")


def unsigned(content: Content) -> Document:
    """Make the document, without signatures; the same content always gives the same bytes.

    Raises:
        SourceError: when a reader would refuse what it says.
    """
    kind = Kind.ROOT if isinstance(content, Root) else Kind.REGISTRY
    try:
        document = Document(kind, content.encode(), {})
        if len(bytes(document)) + ROOM_FOR_SIGNATURES > kind.max_bytes:
            raise SourceError(
                f"with its signatures it would have more than the {kind.max_bytes:,} bytes of a {kind}"
            )
        type(content).decode(document.payload)  # nothing leaves that would be refused
    except DocumentError as error:
        raise SourceError(error.message) from None
    except (ValueError, TypeError) as error:
        raise SourceError(f"it breaks a rule: {error}") from None
    return document


def write_source(content: Content) -> bytes:
    """Write a source: fixed order of fields, issuers, recognitions and keys ascending, two spaces, UTF-8.

    Raises:
        SourceError: when it would be longer than a source may be.
    """
    source = (json.dumps(record(content), ensure_ascii=False, indent=2, allow_nan=False) + "\n").encode()
    if len(source) > MAX_SOURCE:
        raise SourceError(f"its source would have more than {MAX_SOURCE:,} bytes")
    return source


def record(content: Content) -> dict[str, Any]:
    """Return what a source says, as JSON has it."""
    return _root_record(content) if isinstance(content, Root) else _registry_record(content)


def scope_record(scope: Scope) -> dict[str, Any]:
    """Return a scope as its source has it."""
    lives = {
        name: write_duration(getattr(scope, name))
        for name in ("max_lifetime", "max_bearer_lifetime", "max_lifetime_without_status")
        if getattr(scope, name)
    }
    return ({"colors": [color.label for color in sorted(scope.colors)]} if scope.colors else {}) | lives


def moment(at: datetime) -> str:
    """Return a time as a source has it."""
    return write_time(whole(at))


def _root_record(root: Root) -> dict[str, Any]:
    return {
        "typ": str(Kind.ROOT),
        **_versions(root),
        **({} if root.stands_by is None else {"stands_by": root.stands_by}),
        **_dates(root),
        "root_threshold": root.root_threshold,
        "root_keys": sorted(key.to_bytes().hex() for key in root.root_keys),
        "registry_threshold": root.registry_threshold,
        "registry_keys": sorted(key.to_bytes().hex() for key in root.registry_keys),
    }


def _registry_record(registry: RegistryDocument) -> dict[str, Any]:
    issuers = sorted(registry.issuers, key=lambda issuer: issuer.id)
    recognitions = sorted(registry.recognitions, key=lambda one: one.authority)
    return {
        "typ": str(Kind.REGISTRY),
        **_versions(registry),
        **({"previous": registry.previous.hex()} if registry.previous else {}),
        **_dates(registry),
        "names": registry.names._asdict(),
        **({"issuers": list(map(_issuer_record, issuers))} if issuers else {}),
        **({"recognitions": list(map(_recognition_record, recognitions))} if recognitions else {}),
    }


def _issuer_record(issuer: IssuerEntry) -> dict[str, Any]:
    keys = sorted(issuer.keys, key=lambda key: key.raw)
    return {
        "id": str(issuer.id),
        "names": issuer.names._asdict(),
        "appeal": issuer.appeal,
        **({"status": issuer.status} if issuer.status else {}),
        **({"keys": list(map(key_record, keys))} if keys else {}),
    }


def key_record(key: KeyEntry) -> dict[str, Any]:
    """Return a key's entry as its source has it."""
    ends = {"retired": key.retired, "revoked": key.revoked}
    return {
        "key": key.raw.hex(),
        "use": KeyUse.label_of(key.use),
        "from": moment(key.valid_from),
        "until": moment(key.valid_until),
        **_scope(key.scope),
        **{
            name: {"at": moment(end.at), "reason": KeyEndReason.label_of(end.reason)}
            for name, end in ends.items()
            if end
        },
    }


def _recognition_record(one: Recognition) -> dict[str, Any]:
    return {
        "authority": str(one.authority),
        "root_version": one.root_version,
        "root_hash": one.root_hash.hex(),
        "from": moment(one.valid_from),
        "until": moment(one.valid_until),
        **_scope(one.scope),
    }


def _scope(scope: Scope) -> dict[str, Any]:
    return {"scope": granted} if (granted := scope_record(scope)) else {}


def _versions(content: Content) -> dict[str, Any]:
    return {
        "authority": str(content.authority),
        "environment": content.environment,
        "epoch": content.epoch,
        "version": content.version,
    }


def _dates(content: Content) -> dict[str, Any]:
    return {"issued": moment(content.issued), "expires": moment(content.expires)}
