"""Documents and status lists, opened for people to look at: nobody has counted a signature."""

from collections.abc import Callable, Iterator
from contextlib import suppress
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from functools import cached_property
from typing import Final, NamedTuple, Self, TypeAlias

from healthpass.codec._time import from_seconds, span, to_seconds
from healthpass.documents import _document, _policy, _risk_map, _status_list
from healthpass.documents._bundle import split
from healthpass.documents._document import Kind
from healthpass.documents._key_request import PAYLOAD, KeyRequest
from healthpass.documents._office_document import OfficeDocument
from healthpass.documents._policy import Policy
from healthpass.documents._registry_document import RegistryDocument
from healthpass.documents._risk_map import RiskMap
from healthpass.documents._root import Root
from healthpass.documents._status_list import Entries, Status, StatusList
from healthpass.words._errors import DocumentError
from healthpass.words._outcomes import Outcome

_ORDER: Final = {Kind.ROOT: 0, Kind.POLICY: 2, Kind.RISK_MAP: 2, Kind.STATUS_LIST: 3}  # the others before these


@dataclass(frozen=True)
class ListClaims:
    """What a status list says of itself.

    Attributes:
        address: where it stands.
        base: the address without the number.
        number: its number; None where its address ends with none.
        issued_at: when it was made.
        expires_at: until when it counts.
        ttl: after how long it is worth asking again, or None.
        bits: how wide an entry is.
    """

    address: str
    base: str
    number: int | None
    issued_at: datetime
    expires_at: datetime
    ttl: timedelta | None
    bits: int
    _entries: Entries = field(repr=False, compare=False)

    @classmethod
    def _of(cls, content: StatusList) -> Self:
        """Take over what a payload says."""
        return cls(
            address=content.uri,
            base=content.base,
            number=content.number,
            issued_at=from_seconds(content.issued),
            expires_at=from_seconds(content.expires),
            ttl=None if content.ttl is None else span(content.ttl),
            bits=content.bits,
            _entries=content.entries(),
        )

    @property
    def entries(self) -> int:
        """How many entries it has."""
        return len(self._entries)

    @cached_property
    def withdrawn(self) -> int:
        """How many of them are withdrawn."""
        return self._entries.count(Status.REVOKED)

    @cached_property
    def unknown(self) -> int:
        """How many of them say something else than good or withdrawn."""
        return self._entries.count(Status.UNKNOWN)


Claims: TypeAlias = (
    Root | RegistryDocument | KeyRequest | ListClaims | OfficeDocument[Policy] | OfficeDocument[RiskMap]
)


class OpenedDocument(NamedTuple):
    """A document or a status list that nobody has verified.

    Attributes:
        content: its bytes.
        kind: its kind, such as `application/vnd.healthpass.root+cose`.
        digest: SHA-256 of its payload; that of a root is its thumbprint.
        signed_by: the kids of its signatures, which nobody has verified.
        claims: what it says; None where that breaks a rule.
    """

    content: bytes
    kind: Kind
    digest: bytes
    signed_by: tuple[bytes, ...]
    claims: Claims | None

    @property
    def place(self) -> tuple[int, bool, str, int, int]:
        """Where it belongs in a bundle (BDL-1, STL-10), by whose and which it is."""
        claims = self.claims
        number: tuple[str, int, int] = ("", 0, 0)
        if isinstance(claims, ListClaims):
            number = claims.base, claims.number or 0, to_seconds(claims.issued_at)
        elif isinstance(claims, KeyRequest):
            number = claims.issuer, to_seconds(claims.valid_from), to_seconds(claims.valid_until)
        elif isinstance(claims, OfficeDocument):
            number = claims.issuer, to_seconds(claims.issued), 0
        elif claims:
            number = claims.authority, claims.epoch, claims.version
        return _ORDER.get(self.kind, 1), claims is None, *number

    def self_signed_root(self) -> Root:
        """Return what a root says, once enough of its own keys have signed it. Whose it is, it alone says.

        Raises:
            DocumentError: when it is no root, breaks a rule, or too few of its own keys have signed.
        """
        document = _document.parse(self.content)
        root = Root.decode(document.payload)
        document.count(root.root_keys, root.root_threshold)
        return root


def open_bundle(bundle: bytes) -> Iterator[OpenedDocument | DocumentError]:
    """Open the documents of a bundle, one after the other.

    Yields:
        Each document, or what is wrong with it; what follows a fault in the layout is one error.
    """
    for item in split(bundle):
        try:
            if isinstance(item, DocumentError):
                raise item
            opened, payload = _parsed(item)
            with suppress(DocumentError):
                opened = opened._replace(claims=_CLAIMS[opened.kind](payload))
            yield opened
        except DocumentError as error:
            yield error


def open_list(data: bytes) -> tuple[OpenedDocument, ListClaims]:
    """Open a status list, and return what it says beside it.

    Raises:
        DocumentError: when the bytes are none, or what it says breaks a rule.
    """
    opened, payload = _parsed(data)
    if opened.kind is not Kind.STATUS_LIST:
        raise DocumentError(Outcome.UNSUPPORTED_KIND, f"it is a {opened.kind.label} and no status list")
    claims = ListClaims._of(StatusList.decode(payload))
    return opened._replace(claims=claims), claims


def is_list(start: bytes) -> bool:
    """Tell a status list from whatever else a file may hold, by its first bytes."""
    return start.startswith(_status_list.START)


def _parsed(data: bytes) -> tuple[OpenedDocument, bytes]:
    if is_list(data):
        signed = _status_list.parse(data)
        return OpenedDocument(data, Kind.STATUS_LIST, signed.digest, (signed.kid,), None), signed.payload
    document = _document.parse(data)
    opened = OpenedDocument(data, document.kind, document.digest, tuple(document.signatures), None)
    return opened, document.payload


_CLAIMS: Final[dict[Kind, Callable[[bytes], Claims]]] = {
    Kind.ROOT: Root.decode,
    Kind.REGISTRY: RegistryDocument.decode,
    Kind.KEY_REQUEST: PAYLOAD.decode,
    Kind.POLICY: _policy.PAYLOAD.decode,
    Kind.RISK_MAP: _risk_map.PAYLOAD.decode,
    Kind.STATUS_LIST: lambda payload: ListClaims._of(StatusList.decode(payload)),
}
