"""The bundle that an authority publishes: what a gate takes that has pinned its first root (BDL-3, BDL-4)."""

from collections.abc import Iterator, Mapping, Sequence
from datetime import datetime
from typing import Final, NamedTuple

from healthpass.codec._time import from_seconds, to_seconds
from healthpass.credential._regions import RegionId
from healthpass.documents._document import Kind
from healthpass.documents._office_document import OfficeDocument
from healthpass.documents._opened import OpenedDocument, open_bundle
from healthpass.documents._registry_document import RegistryDocument
from healthpass.documents._root import Root
from healthpass.documents._told import moment
from healthpass.store._bundling import joined
from healthpass.store._errors import StoreError
from healthpass.trust._held import Pin
from healthpass.trust._held_lists import HeldLists
from healthpass.trust._state import State
from healthpass.trust._trust import Trust
from healthpass.trust._update import STRANGE, Result, Update
from healthpass.words._errors import DocumentError

_BEFORE: Final = "the bundle before"


class PublishedBundle(NamedTuple):
    """A bundle to be published.

    Attributes:
        content: the bundle; no status list is in it.
        left_out: a line for each document that a gate would refuse, with its source and why.
        lists: how many status lists were left out; they have an address of their own.
        lacking: the authorities that are recognised now, and of which no registry is in the bundle.
    """

    content: bytes
    left_out: tuple[str, ...]
    lists: int
    lacking: tuple[RegionId, ...]


def compose_bundle(
    roots: Sequence[bytes],
    registry: bytes | None,
    sources: Mapping[str, bytes],
    *,
    before: bytes = b"",
    at: datetime,
) -> PublishedBundle:
    """Put together what an authority publishes: its roots, its registry, and the regions that it recognises.

    All is offered to a gate in memory that has pinned the first root. What that refuses is left out, and so are a
    registry of another region, a policy and a map that have expired: nothing of one holds up what the others say.

    Args:
        roots: all roots of the authority, first to last.
        registry: its registry; None while there is none.
        sources: bundles with what other regions have published, by their names.
        before: the bundle that was published before. What it has of other regions goes on, and policies and maps.
        at: the time.

    Raises:
        DocumentError: when the first root is none that could be pinned.
        StoreError: when the gate refuses one of the authority's own documents.
    """
    (first,) = _opened(roots[0])
    own = first.self_signed_root()
    trust = Trust(own.environment)
    trust.pin(Pin(own.authority, own.version, first.digest))
    others = b"".join(one.content for one in _opened(before) if _goes_on(one, own.authority))
    ours = b"".join((*roots, *([registry] if registry else ())))
    bundles = {_BEFORE: others, "": ours, **sources}
    update = Update(bundles.values(), to_seconds(at))
    for _ in update.run(trust):
        pass
    given = [(source, one) for source, bundle in bundles.items() for one in open_bundle(bundle)]
    results: dict[int, list[Result]] = {}
    for result in update.results:
        results.setdefault(result.document, []).append(result)
    states = [state for state in trust.states if state.pin]
    left_out = list(_refused(given, results, {state.authority for state in states}))
    lists = sum(isinstance(one, OpenedDocument) and one.kind is Kind.STATUS_LIST for _, one in given)
    lacking = []
    for state in states:
        state.lists = HeldLists()
        left_out += _drop_expired_of_offices(state, at)
        if not state.is_own:
            left_out += _drop_expired(state, at, given)
            if not state.registry:
                lacking.append(state.authority)
    usable = states[0].usable
    recognised = {one.authority for one in usable.recognitions.values() if one.covers(at)} if usable else set()
    bundle = joined(states)
    left_out += (f"{authority}: the bundle has no more room" for _, authority in bundle.left_out)
    return PublishedBundle(
        bundle.content, tuple(left_out), lists, tuple(one for one in lacking if one in recognised)
    )


def _refused(
    given: list[tuple[str, OpenedDocument | DocumentError]],
    results: Mapping[int, list[Result]],
    known: set[RegionId],
) -> Iterator[str]:
    """Tell what the gate refused; of the authority's own documents none may be.

    Raises:
        StoreError: when one is.
    """
    for number, (source, one) in enumerate(given):
        said = results[number]
        if any(result.outcome.kind == "done" for result in said):
            continue
        why = why_refused(one, said[-1])
        if not source:
            raise StoreError(f"a gate would refuse the {named(one)}: {why}")
        stranger = isinstance(one, OpenedDocument) and one.claims is not None and _authority(one) not in known
        if source != _BEFORE and not stranger:
            yield f"{source!r}: {f'{named(one)}: ' if isinstance(one, OpenedDocument) else ''}{why}"


def why_refused(one: OpenedDocument | DocumentError, result: Result) -> str:
    """Say why a gate refused a document."""
    if isinstance(one, OpenedDocument) and one.claims is None:
        return f"{result.outcome}: what it says breaks a rule, or was changed on the way"
    if result.message == STRANGE:
        return f"{result.outcome}: it was changed, or none of the keys that sign for its authority has signed it"
    return f"{result.outcome}: {result.message or result.outcome.words.en}"


def _drop_expired(
    state: State, at: datetime, given: list[tuple[str, OpenedDocument | DocumentError]]
) -> Iterator[str]:
    registry = state.registry
    if registry is None or to_seconds(at) < registry.statement.expires:
        return
    for source, one in given:
        if isinstance(one, OpenedDocument) and one.digest == registry.digest:
            assert isinstance(one.claims, RegistryDocument)  # noqa: S101 - it was taken
            yield f"{source!r}: {named(one)}: expired: it expired at {moment(one.claims.expires)}"
            break
    state.registry = None


def _drop_expired_of_offices(state: State, at: datetime) -> Iterator[str]:
    for held in list(state.of_offices):
        if to_seconds(at) >= held.expires:
            state.of_offices.drop(held.place)
            what = f"{held.place.kind.label} of {held.place.issuer}"
            yield f"{what}: expired: it expired at {moment(from_seconds(held.expires))}"


def _goes_on(one: OpenedDocument, own: RegionId) -> bool:
    """Tell whether a document of the bundle before stands in the next one too, if nothing newer comes."""
    return isinstance(one.claims, OfficeDocument) or _authority(one) not in {None, own}


def named(one: OpenedDocument | DocumentError) -> str:
    """Say which document it is, as far as it says so itself."""
    if isinstance(one, DocumentError):
        return "document"
    claims = one.claims
    if isinstance(claims, Root | RegistryDocument):
        return f"{one.kind.label} {claims.version} of {claims.authority}"
    if isinstance(claims, OfficeDocument):
        return f"{one.kind.label} of {claims.issuer}"
    return one.kind.label


def _opened(bundle: bytes) -> Iterator[OpenedDocument]:
    return (one for one in open_bundle(bundle) if isinstance(one, OpenedDocument))


def _authority(one: OpenedDocument) -> RegionId | None:
    return one.claims.authority if isinstance(one.claims, Root | RegistryDocument) else None
