"""What a store would refuse of documents that are to be joined in a bundle (BDL-4)."""

from collections.abc import Iterable, Iterator, Sequence
from datetime import datetime
from typing import Final, NamedTuple

from healthpass.codec._time import to_seconds
from healthpass.documents._opened import ListClaims, OpenedDocument
from healthpass.documents._registry_document import RegistryDocument
from healthpass.documents._root import Root
from healthpass.documents._told import moment
from healthpass.store._publishing import named, why_refused
from healthpass.trust._gap import root_gaps
from healthpass.trust._held import Pin
from healthpass.trust._trust import Trust
from healthpass.trust._update import updated
from healthpass.words._errors import DocumentError

_PARTS: Final = 8  # of a chain with gaps, each of which is judged alone; who has more has made them on purpose


class Refusals(NamedTuple):
    """What stores would refuse of documents.

    Attributes:
        refused: why, by the bytes of the document.
        gaps: a line for each root that is missing between two others.
    """

    refused: dict[bytes, str]
    gaps: tuple[str, ...]


def find_refused(documents: Sequence[OpenedDocument], *, at: datetime) -> Refusals:
    """Find out which of these documents a store would refuse that has pinned the first root of their authority.

    What has no root here, or no registry that lists its key, cannot be judged, and is not among them.

    Args:
        documents: the documents.
        at: the time; a registry that has expired is refused.
    """
    refused = {
        one.content: "what it says breaks a rule, or was changed on the way"
        for one in documents
        if one.claims is None
    }
    missing: list[str] = []
    by_authority: dict[tuple[str, str], list[OpenedDocument]] = {}
    for one in documents:
        if isinstance(one.claims, Root | RegistryDocument):
            by_authority.setdefault((one.claims.authority, one.claims.environment), []).append(one)
    for (authority, _), some in sorted(by_authority.items()):
        for one in some:
            if isinstance(one.claims, RegistryDocument) and at >= one.claims.expires:
                refused[one.content] = f"expired: it expired at {moment(one.claims.expires)}"
        roots = [one for one in some if isinstance(one.claims, Root)]
        found = list(root_gaps(one.claims.version for one in roots if isinstance(one.claims, Root)))
        missing += (f"{gap}, of {authority}: gates that hold root {gap.after} cannot go on" for gap in found)
        if roots:
            refused |= _judged(
                some, _lists_of(some, documents), [gap.before for gap in found][:_PARTS], at, refused
            )
    by_content = {one.content: one for one in documents}
    return Refusals({one: f"{named(by_content[one])}: {why}" for one, why in refused.items()}, tuple(missing))


def _judged(
    some: Sequence[OpenedDocument],
    lists: Sequence[OpenedDocument],
    starts: Sequence[int],
    at: datetime,
    refused: dict[bytes, str],
) -> dict[bytes, str]:
    """Judge the documents of an authority by each part of its chain; what one part takes is sound."""
    why: dict[bytes, str] = {}
    sound: set[bytes] = set()
    offered = [one for one in sorted((*some, *lists), key=lambda one: one.place) if one.content not in refused]
    for start in (0, *starts):
        part = [one for one in offered if not isinstance(one.claims, Root) or one.claims.version >= start]
        for one, reason in _offer(part, at):
            if reason is None:
                sound.add(one.content)
            else:
                why.setdefault(one.content, reason)
    return {content: reason for content, reason in why.items() if content not in sound}


def _offer(offered: Sequence[OpenedDocument], at: datetime) -> Iterator[tuple[OpenedDocument, str | None]]:
    """Offer documents to a store that has pinned the first sound root among them; tell why it refused each."""
    trust = None
    for one in offered:
        try:
            root = one.self_signed_root() if isinstance(one.claims, Root) else None
        except DocumentError as error:
            yield one, str(error)
            continue
        if root and trust is None:
            trust = Trust(root.environment)
            trust.pin(Pin(root.authority, root.version, one.digest))
    if trust is None:
        return
    done, last = set(), {}
    for result in updated(trust, (one.content for one in offered), at=to_seconds(at)):
        last[result.source] = result
        if result.outcome.kind == "done":
            done.add(result.source)
    for place, one in enumerate(offered):
        yield one, None if place in done else why_refused(one, last[place])


def _lists_of(some: Iterable[OpenedDocument], documents: Iterable[OpenedDocument]) -> list[OpenedDocument]:
    """Return the lists that stand where a registry of the authority says."""
    registries = [one.claims for one in some if isinstance(one.claims, RegistryDocument)]
    bases = {issuer.status for registry in registries for issuer in registry.issuers}
    return [one for one in documents if isinstance(one.claims, ListClaims) and one.claims.base in bases]
