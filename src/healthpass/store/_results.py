"""What came of the documents that were offered to a store."""

from collections.abc import Iterable, Iterator, Sequence
from datetime import timedelta
from typing import Annotated, Any, Final, NamedTuple, Self, TypeAlias

from pydantic import InstanceOf, PlainSerializer

from healthpass.credential._model import Hex
from healthpass.credential._regions import IssuerId, RegionId
from healthpass.documents._document import Kind
from healthpass.store._errors import StoreError
from healthpass.store._issuer_view import View
from healthpass.trust._trust import Trust
from healthpass.trust._update import Result
from healthpass.words._outcomes import Outcome
from healthpass.words._row import Words

MAX_ALIKE: Final = 100  # results of one source, state and outcome; each takes memory, and junk has many
_Words: TypeAlias = Annotated[InstanceOf[Words], PlainSerializer(Words._asdict, when_used="json")]


class UpdateResult(View):
    """What came of one document, for one authority by way of one anchor (UPD-1).

    Attributes:
        source: the file or the address that it stands in; None where documents were given.
        document: its place in its source, from 0; among all that were given, where they have no name.
        kind: its kind, such as `application/vnd.healthpass.root+cose`; None where it cannot be read.
        sha256: SHA-256 of its payload, in JSON in hexadecimal digits; None where it cannot be read.
        anchor: the anchor; None where the document concerns nobody whom the store knows.
        authority: the authority; None where the document concerns nobody whom the store knows.
        epoch: the epoch of a root or a registry that is held now, or None.
        version: its version, or None.
        outcome: what came of it.
        meaning: what that means, in words.
        message: why it was refused, or None.
        where: which part of it is at fault, or None.
        notes: what else is to be told.
        issuer: the issuer of a status list, a policy or a risk map that is held now, or None.
        list: the number of the status list, or None.
        more: how many further documents of the source came to the same, and are not told one by one.
    """

    source: str | None = None
    document: int
    kind: Kind | None
    sha256: Hex | None
    anchor: RegionId | None
    authority: RegionId | None
    epoch: int | None = None
    version: int | None = None
    outcome: Outcome
    meaning: _Words
    message: str | None
    where: str | None
    notes: tuple[Outcome, ...]
    issuer: IssuerId | None = None
    list: int | None = None
    more: int = 0

    @property
    def passed_over(self) -> bool:
        """Whether the document concerns nobody whom the store knows."""
        return self.outcome is Outcome.UNKNOWN_SIGNER and self.authority is None

    @property
    def refused(self) -> bool:
        """Whether the document was refused, or cannot be read."""
        return self.outcome.kind == "refused" and not self.passed_over

    @classmethod
    def _of(cls, result: Result, source: str | None, first: int, more: int, held: dict[str, Any]) -> Self:
        return cls(
            source=source,
            document=result.document - first,
            kind=result.kind,
            sha256=result.digest,
            anchor=result.anchor,
            authority=result.authority,
            outcome=result.outcome,
            meaning=result.outcome.words,
            message=result.message or None,
            where=result.where or None,
            notes=result.notes,
            more=more,
            **held,
        )

    @classmethod
    def _all_of(cls, results: Iterable[Result], trust: Trust, sources: Sequence[str] = ()) -> tuple[Self, ...]:
        """Tell the results of an update; of many that are alike, some, and how many more there are.

        Args:
            results: the results.
            trust: what is held after it.
            sources: the names of the bundles that were given.
        """
        told: list[Result] = []
        alike: dict[
            tuple[object, ...], list[int]
        ] = {}  # how many there are, and the place of the last that is told
        firsts: dict[int, int] = {}
        for result in results:
            firsts.setdefault(result.source, result.document if sources else 0)
            count = alike.setdefault((result.source, result.anchor, result.authority, result.outcome), [0, 0])
            count[0] += 1
            if count[0] <= MAX_ALIKE or result.outcome is Outcome.APPLIED:
                count[1] = len(told)
                told.append(result)
        more = {last: count - MAX_ALIKE for count, last in alike.values() if count > MAX_ALIKE}
        held = dict(_held(trust, told))
        return tuple(
            cls._of(
                result,
                sources[result.source] if sources else None,
                firsts[result.source],
                0 if result.outcome is Outcome.APPLIED else more.get(place, 0),
                held.get(result.digest or b"", {}),
            )
            for place, result in enumerate(told)
        )


class Update(NamedTuple):
    """What came of an update from several sources.

    Attributes:
        results: what came of each document.
        problems: why a source cannot be read or fetched; the others count all the same.
        clock_ahead: how far the clock here is ahead of that of the address from which it differs most; None where
            no address has told its own.
    """

    results: tuple[UpdateResult, ...]
    problems: tuple[StoreError, ...]
    clock_ahead: timedelta | None = None


def later(results: tuple[UpdateResult, ...], again: tuple[UpdateResult, ...]) -> tuple[UpdateResult, ...]:
    """Return the results of documents that were offered twice: what was taken the second time counts."""
    taken = [one for one in again if one.outcome is Outcome.APPLIED]
    places = {(one.source, one.document, one.anchor, one.authority) for one in taken}
    places |= {(one.source, one.document, None, None) for one in taken}
    first = [one for one in results if (one.source, one.document, one.anchor, one.authority) not in places]
    order = {source: place for place, source in enumerate(dict.fromkeys(one.source for one in results))}
    return tuple(
        sorted(
            (*first, *taken),
            key=lambda one: (order[one.source], one.document, one.anchor or "", one.authority or ""),
        )
    )


def _held(trust: Trust, results: Iterable[Result]) -> Iterator[tuple[bytes, dict[str, Any]]]:
    """Give what is told of each document that is held, by the SHA-256 of its payload; no other is opened."""
    digests = {(result.kind is Kind.STATUS_LIST, result.digest) for result in results}
    has_lists = any(is_list for is_list, _ in digests)
    for state in trust.states:
        for one in state.chain:
            if (False, one.digest) in digests:
                yield one.digest, {"epoch": one.root.epoch, "version": one.root.version}
        if state.registry and (False, state.registry.digest) in digests:
            statement = state.registry.statement
            yield state.registry.digest, {"epoch": statement.epoch, "version": statement.version}
        for signed in state.of_offices:
            if (False, signed.digest) in digests:
                yield signed.digest, {"issuer": signed.place.issuer}
        for place, held in state.lists if has_lists else ():
            yield held.digest, {"issuer": place.issuer, "list": place.number}
