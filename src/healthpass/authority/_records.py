"""Documents as JSON, field by field, by the tables that say how they stand on the wire (docs/adr/0017)."""

from collections.abc import Callable
from typing import Any, Final, TypeAlias

from healthpass.documents import _key_request, _registry_document, _root
from healthpass.documents._document import Kind
from healthpass.documents._fields import SCOPE, check_environment
from healthpass.documents._key_request import KeyRequest
from healthpass.documents._leaves import Text
from healthpass.documents._registry_document import RegistryDocument
from healthpass.documents._root import Root
from healthpass.documents._scope import Scope
from healthpass.documents._statement import Payload
from healthpass.documents._told import told
from healthpass.documents._types import Map

Content: TypeAlias = Root | RegistryDocument

_ENVIRONMENT: Final = Text(check_environment)  # stricter than what a reader compares (DOC-10)


def _whole(payload: Payload[Any], make: Callable[..., Any]) -> Map:
    """Return a document as one map: what all documents say, by its names here, and its content."""
    claims = {field.attribute: field._replace(spelled="") for field in payload.claims.fields.values()}
    claims["environment"] = claims["environment"]._replace(type=_ENVIRONMENT)
    return Map(make, dict(enumerate([*claims.values(), *payload.content.fields.values()])))


MAPS: Final[dict[Kind, Map]] = {
    Kind.ROOT: _whole(_root.PAYLOAD, Root),
    Kind.REGISTRY: _whole(_registry_document.PAYLOAD, RegistryDocument),
    Kind.KEY_REQUEST: _whole(_key_request.PAYLOAD, KeyRequest),
}


def record(of: Content | KeyRequest | Scope) -> dict[str, Any]:
    """Return what a document or a scope says, as JSON has it.

    >>> from datetime import timedelta
    >>> record(Scope(max_lifetime=timedelta(days=1)))
    {'max_lifetime': '1d'}
    """
    if isinstance(of, Scope):
        return told(SCOPE, of)
    kind = Kind.ROOT if isinstance(of, Root) else Kind.REGISTRY
    kind = Kind.KEY_REQUEST if isinstance(of, KeyRequest) else kind
    return {"typ": str(kind), **told(MAPS[kind], of)}
