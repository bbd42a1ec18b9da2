"""What a trust store holds, as one bundle that an update takes whole (spec/registry.md, section 7)."""

from collections.abc import Iterable, Mapping
from operator import attrgetter
from typing import Final, NamedTuple

from healthpass.credential._regions import RegionId
from healthpass.documents._bundle import DOCUMENT_BYTES, DOCUMENT_LIMIT, LIST_BYTES, LIST_LIMIT
from healthpass.documents._document import Kind
from healthpass.documents._opened import OpenedDocument
from healthpass.store._errors import StoreError
from healthpass.trust._state import State

_ROOT: Final = 0
_REGISTRY: Final = 1
_OF_OFFICE: Final = 2
_LIST: Final = 3


class Bundle(NamedTuple):
    """What a store holds, as one bundle.

    Attributes:
        content: the bundle.
        left_out: the anchor and the authority of each state that did not fit; nothing of it is in the bundle.
    """

    content: bytes
    left_out: tuple[tuple[RegionId, RegionId], ...]


def joined(states: Iterable[State]) -> Bundle:
    """Join states, each whole or not at all: the anchors' own, then small ones before large ones.

    So a region that is recognised takes no anchor's place, however large it is.
    """
    offered = [(state, _documents(state)) for state in states]
    offered.sort(key=lambda one: (one[0].anchor != one[0].authority, _size(one[1])))
    chosen: dict[bytes, int] = {}
    left_out = []
    for state, documents in offered:
        more = chosen | documents  # a document that is held by way of several anchors is needed once
        if _fits(more):
            chosen = more
        else:
            left_out.append((state.anchor, state.authority))
    ordered: list[bytes] = sorted(chosen, key=chosen.__getitem__)
    return Bundle(b"".join(ordered), tuple(left_out))


def join_bundle(documents: Iterable[OpenedDocument]) -> bytes:
    """Put documents in one bundle: roots, registries, policies and maps, status lists (BDL-1, STL-10).

    Raises:
        StoreError: when they are more than an update takes (UPD-10).
    """
    ordered = sorted(documents, key=attrgetter("place"))
    if not _fits({one.content: _LIST if one.kind is Kind.STATUS_LIST else _REGISTRY for one in ordered}):
        raise StoreError(
            f"a bundle has at most {DOCUMENT_LIMIT:,} documents of {DOCUMENT_BYTES:,} bytes, "
            f"and {LIST_LIMIT:,} status lists of {LIST_BYTES:,} bytes"
        )
    return b"".join(one.content for one in ordered)


def _documents(state: State) -> dict[bytes, int]:
    """Return the documents of a state, in the order of a bundle (BDL-1, STL-10)."""
    return (
        dict.fromkeys((one.document for one in state.chain), _ROOT)
        | ({state.registry.document: _REGISTRY} if state.registry else {})
        | {held.document: _OF_OFFICE for held in state.of_offices}
        | {held.document: _LIST for _, held in state.lists}
    )


def _fits(documents: Mapping[bytes, int]) -> bool:
    """Tell whether an update takes all these documents (UPD-10)."""
    lists = [data for data, kind in documents.items() if kind == _LIST]
    others = [data for data, kind in documents.items() if kind != _LIST]
    return (
        len(others) <= DOCUMENT_LIMIT
        and _size(others) <= DOCUMENT_BYTES
        and len(lists) <= LIST_LIMIT
        and _size(lists) <= LIST_BYTES
    )


def _size(documents: Iterable[bytes]) -> int:
    return sum(map(len, documents))
