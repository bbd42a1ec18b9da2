"""Documents as they are offered to a store: taken apart at once, and opened once, when it is their turn."""

from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any, Final, TypeAlias

from healthpass.codec._keys import PublicKey
from healthpass.documents import _document, _status_list
from healthpass.documents._checked_registry import Outline
from healthpass.documents._document import OF_OFFICES, Document, Kind
from healthpass.documents._office_document import OfficeDocument
from healthpass.documents._registry_document import RegistryDocument
from healthpass.documents._root import Root
from healthpass.documents._status_list import SignedList, StatusList
from healthpass.trust._held_of_offices import PAYLOADS
from healthpass.words._errors import DocumentError
from healthpass.words._outcomes import Outcome


@dataclass(frozen=True, eq=False)
class _Offered:
    """Bytes that are offered to a store. What was found out of them is kept: each state may ask for it."""

    data: bytes
    digest: bytes
    _found: dict[object, Any] = field(default_factory=dict, init=False, repr=False)

    def _once(self, key: object, find: Callable[[], Any]) -> Any:
        """Find something out, or raise what was raised when it was first asked for."""
        if key not in self._found:
            try:
                self._found[key] = find()
            except DocumentError as error:
                self._found[key] = _Refused(error.outcome, error.message, error.where)
        found = self._found[key]
        if isinstance(found, _Refused):
            raise DocumentError(*found.why)
        return found


class _Refused:
    def __init__(self, *why: Any) -> None:
        self.why: Final = why


@dataclass(frozen=True, eq=False)
class Offer(_Offered):
    """A root or a registry that is offered to a store: its bytes, and what they hold."""

    document: Document

    @property
    def kind(self) -> Kind:
        """Its kind."""
        return self.document.kind

    @property
    def is_root(self) -> bool:
        """Whether it is a root; otherwise it is a registry."""
        return self.document.kind is Kind.ROOT

    def root(self) -> Root:
        """Decode it as a root.

        Raises:
            DocumentError: as `Root.decode`.
        """
        root: Root = self._once(Root, lambda: Root.decode(self.document.payload))
        return root

    def registry(self) -> RegistryDocument:
        """Decode it as a registry.

        Raises:
            DocumentError: as `RegistryDocument.decode`.
        """
        found: RegistryDocument = self._once(
            RegistryDocument, lambda: RegistryDocument.decode(self.document.payload)
        )
        return found

    def outline(self) -> Outline:
        """Check it as a registry; what is wanted of it at once is returned.

        Raises:
            DocumentError: as `RegistryDocument.decode`.
        """
        found: Outline = self._once(Outline, lambda: Outline.checked(self.document.payload))
        return found

    def may_follow(self, root: Root | None) -> bool:
        """Tell whether it can be the next link after a root, as far as that is known without opening it."""
        known = self._found.get(Root)
        if known is None:
            return True
        return isinstance(known, Root) and root is not None and known.version == root.version + 1


@dataclass(frozen=True, eq=False)
class ListOffer(_Offered):
    """A status list that is offered to a store: its bytes, and what they hold."""

    document: SignedList
    kind = Kind.STATUS_LIST

    def verify(self, raw: bytes) -> None:
        """Verify its signature by a status key.

        Raises:
            DocumentError: `bad-signature`.
        """
        self._once(raw, lambda: self.document.verify(PublicKey(raw)))

    def content(self) -> StatusList:
        """Decode it.

        Raises:
            DocumentError: as `StatusList.decode`.
        """
        content: StatusList = self._once(StatusList, lambda: StatusList.decode(self.document.payload))
        return content


@dataclass(frozen=True, eq=False)
class OfficeOffer(_Offered):
    """A policy or a risk map that is offered to a store: its bytes, and what they hold."""

    document: Document

    @property
    def kind(self) -> Kind:
        """Its kind."""
        return self.document.kind

    @property
    def kid(self) -> bytes:
        """The kid of its one signature."""
        return next(iter(self.document.signatures))

    def content(self) -> OfficeDocument[Any]:
        """Decode it.

        Raises:
            DocumentError: as `Policy` and `RiskMap` are decoded.
        """
        content: OfficeDocument[Any] = self._once(
            OfficeDocument, lambda: PAYLOADS[self.kind].decode(self.document.payload)
        )
        return content


AnyOffer: TypeAlias = Offer | ListOffer | OfficeOffer


def read_offer(data: bytes) -> AnyOffer:
    """Take a document or a status list apart that a store may take.

    Raises:
        DocumentError: `too-large`, `unsupported-kind` (also for a key request) or `malformed-envelope`.
    """
    if data.startswith(_status_list.START):
        signed = _status_list.parse(data)
        return ListOffer(data, signed.digest, signed)
    document = _document.parse(data)
    if document.kind in OF_OFFICES:
        return OfficeOffer(data, document.digest, document)
    if document.kind not in {Kind.ROOT, Kind.REGISTRY}:
        raise DocumentError(Outcome.UNSUPPORTED_KIND, f"a {document.kind.label} is nothing that a store keeps")
    return Offer(data, document.digest, document)
