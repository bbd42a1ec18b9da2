"""Roots that are missing between two others, in words: a gap must not look like a forgery (UPD-5).

Who holds root 1 and is offered root 3 lacks the keys by which to judge it. What is told here is told to people, of
a document that nobody has verified, and decides nothing.
"""

from collections.abc import Iterable, Iterator
from itertools import pairwise
from typing import Final, NamedTuple

from healthpass.documents._root import Root
from healthpass.trust._offer import Offer
from healthpass.words._errors import DocumentError
from healthpass.words._outcomes import Outcome

# What a root gets that cannot be judged without those before it.
_ANSWERS: Final = frozenset({Outcome.THRESHOLD_NOT_MET, Outcome.UNKNOWN_SIGNER})


class RootGap(NamedTuple):
    """Roots that are missing.

    Attributes:
        after: the version of the root before them.
        before: the version of the root after them.
    """

    after: int
    before: int

    def __str__(self) -> str:
        first, last = self.after + 1, self.before - 1
        return f"root {first} is missing" if first == last else f"roots {first} to {last} are missing"


def root_gaps(versions: Iterable[int]) -> Iterator[RootGap]:
    """Give the gaps between versions of roots."""
    for after, before in pairwise(sorted(set(versions))):
        if before > after + 1:
            yield RootGap(after, before)


def with_gap(refused: DocumentError, offer: Offer, root: Root | None) -> DocumentError:
    """Say of a refused root that others are missing before it, if that is what it says of itself.

    Args:
        refused: why it was refused.
        offer: the root; it is decoded here to be told of, whoever signed it.
        root: the last root that is held of the authority, if any is.

    Returns:
        The refusal, with the same outcome.
    """
    if refused.outcome not in _ANSWERS or not offer.is_root or root is None:
        return refused
    try:
        said = Root.decode(offer.document.payload)
    except DocumentError:
        return refused
    ours = (said.authority, said.environment) == (root.authority, root.environment)
    if not ours or said.version <= root.version + 1:
        return refused
    gap = RootGap(root.version, said.version)
    what = (
        f"it says that it is root {said.version}; if so, {gap}, and root {root.version} is the last that is held"
    )
    return DocumentError(refused.outcome, what, refused.where)
