"""Bundles: documents and status lists, one after the other (spec/registry.md, section 7; STL-11)."""

from collections.abc import Iterator
from typing import Final

from healthpass.documents import _document, _status_list
from healthpass.words._errors import DocumentError
from healthpass.words._outcomes import Outcome

MAX_BUNDLE: Final = 268_435_456  # bytes of an update; UPD-10
DOCUMENT_LIMIT: Final = 4_096  # of a bundle; UPD-10
LIST_LIMIT: Final = 65_536  # of a bundle; STL-8


class _Splitter:
    """Cuts a bundle into documents and lists, and counts them."""

    def __init__(self) -> None:
        self._documents = DOCUMENT_LIMIT
        self._lists = LIST_LIMIT

    def split(self, bundle: bytes) -> Iterator[bytes | DocumentError]:
        """Cut a bundle (BDL-1, BDL-2); the rest after a fault is one error."""
        at = 0
        while at < len(bundle):
            try:
                end = self._end(bundle, at)
            except DocumentError as error:
                yield error
                return
            yield bundle[at:end]
            at = end

    def _end(self, bundle: bytes, at: int) -> int:
        if bundle.startswith(_status_list.START, at):
            self._lists -= 1
            if self._lists < 0:
                raise DocumentError(Outcome.TOO_MANY, f"a bundle has at most {LIST_LIMIT:,} status lists")
            return _status_list.end_of(bundle, at)
        self._documents -= 1
        if self._documents < 0:
            raise DocumentError(Outcome.TOO_MANY, f"a bundle has at most {DOCUMENT_LIMIT:,} documents")
        return _document.end_of(bundle, at)


def split(bundle: bytes) -> Iterator[bytes | DocumentError]:
    """Cut one bundle; what follows a fault is one error."""
    return _Splitter().split(bundle)
