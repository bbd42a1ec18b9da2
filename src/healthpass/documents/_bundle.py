"""Bundles: documents and status lists, one after the other (spec/registry.md, section 7; STL-10)."""

from collections.abc import Iterator
from typing import Final

from healthpass.documents import _document, _status_list
from healthpass.words._errors import DocumentError
from healthpass.words._outcomes import Outcome

DOCUMENT_LIMIT: Final = 4_096  # of a source; UPD-10
DOCUMENT_BYTES: Final = 67_108_864
LIST_LIMIT: Final = 65_536
LIST_BYTES: Final = 268_435_456
MAX_BUNDLE: Final = DOCUMENT_BYTES + LIST_BYTES


class _Splitter:
    """Cuts a bundle into documents and lists, and counts them."""

    def __init__(self) -> None:
        self._documents = _Room("documents", DOCUMENT_LIMIT, DOCUMENT_BYTES)
        self._lists = _Room("status lists", LIST_LIMIT, LIST_BYTES)

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
        is_list = bundle.startswith(_status_list.START, at)
        end = _status_list.end_of(bundle, at) if is_list else _document.end_of(bundle, at)
        (self._lists if is_list else self._documents).take(end - at)
        return end


class _Room:
    """How much more of a kind a source may have."""

    def __init__(self, what: str, most: int, size: int) -> None:
        self._what: Final = what
        self._most: Final = most
        self._size: Final = size
        self._count = 0
        self._bytes = 0

    def take(self, size: int) -> None:
        """Count one more.

        Raises:
            DocumentError: `too-many` or `too-large`.
        """
        self._count += 1
        self._bytes += size
        if self._count > self._most:
            raise DocumentError(Outcome.TOO_MANY, f"a bundle has at most {self._most:,} {self._what}")
        if self._bytes > self._size:
            raise DocumentError(Outcome.TOO_LARGE, f"a bundle has at most {self._size:,} bytes of {self._what}")


def split(bundle: bytes) -> Iterator[bytes | DocumentError]:
    """Cut one bundle; what follows a fault is one error."""
    return _Splitter().split(bundle)
