"""Documents as they are offered to a store: taken apart, and opened when it is their turn."""

from dataclasses import dataclass
from functools import cached_property
from typing import NamedTuple

from healthpass.documents import _document, _status_list
from healthpass.documents._document import Document, Kind
from healthpass.documents._root import Root
from healthpass.documents._status_list import SignedList
from healthpass.words._errors import DocumentError
from healthpass.words._outcomes import Outcome


@dataclass(frozen=True)
class Offer:
    """A document that is offered to a store: its bytes, and what they hold."""

    data: bytes
    document: Document
    digest: bytes

    @property
    def kind(self) -> Kind:
        """Its kind."""
        return self.document.kind

    @property
    def is_root(self) -> bool:
        """Whether it is a root; otherwise it is a registry."""
        return self.document.kind is Kind.ROOT

    def root(self) -> Root:
        """Decode it as a root, once: it may be tried after each link of a long chain.

        Raises:
            DocumentError: as `Root.decode`.
        """
        if isinstance(self._root, tuple):
            raise DocumentError(*self._root)
        return self._root

    def may_follow(self, root: Root | None) -> bool:
        """Tell whether it can be the next link after a root, as far as that is known without opening it."""
        known = self.__dict__.get("_root")
        if known is None:
            return True
        return isinstance(known, Root) and root is not None and known.version == root.version + 1

    @cached_property
    def _root(self) -> Root | tuple[Outcome, str, str]:
        try:
            return Root.decode(self.document.payload)
        except DocumentError as error:
            return error.outcome, error.message, error.where


class ListOffer(NamedTuple):
    """A status list that is offered to a store: its bytes, and what they hold."""

    data: bytes
    document: SignedList
    digest: bytes

    @property
    def kind(self) -> Kind:
        """Its kind."""
        return Kind.STATUS_LIST


def read_offer(data: bytes) -> Offer | ListOffer:
    """Take a document or a status list apart that a store may take.

    Raises:
        DocumentError: `too-large`, `unsupported-kind` (also for a key request) or `malformed-envelope`.
    """
    if data.startswith(_status_list.START):
        signed = _status_list.parse(data)
        return ListOffer(data, signed, signed.digest)
    document = _document.parse(data)
    if document.kind not in {Kind.ROOT, Kind.REGISTRY}:
        raise DocumentError(Outcome.UNSUPPORTED_KIND, f"a {document.kind} is nothing that a store keeps")
    return Offer(data, document, document.digest)
