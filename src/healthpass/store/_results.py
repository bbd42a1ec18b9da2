"""What came of the documents that were offered to a store."""

from collections.abc import Iterable, Iterator
from typing import Annotated, Any, NamedTuple, Self, TypeAlias

from pydantic import InstanceOf, PlainSerializer

from healthpass.credential._model import Hex
from healthpass.credential._regions import IssuerId, RegionId
from healthpass.documents._document import Kind
from healthpass.store._errors import StoreError
from healthpass.store._view import View
from healthpass.trust._trust import Result, Trust
from healthpass.words._outcomes import Outcome
from healthpass.words._row import Words

_Words: TypeAlias = Annotated[InstanceOf[Words], PlainSerializer(Words._asdict, when_used="json")]


class UpdateResult(View):
    """What came of one document, for one authority by way of one anchor (UPD-1).

    Attributes:
        document: its place among the documents that were offered, from 0.
        kind: its kind, such as `healthpass-root`; None where it cannot be read.
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
        issuer: the issuer of a status list that is held now, or None.
        list: its number, or None.
    """

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

    @property
    def passed_over(self) -> bool:
        """Whether the document concerns nobody whom the store knows."""
        return self.outcome is Outcome.UNKNOWN_SIGNER and self.authority is None

    @property
    def refused(self) -> bool:
        """Whether the document was refused, or cannot be read."""
        return self.outcome.kind == "refused" and not self.passed_over

    @classmethod
    def _left_out(cls, document: int, why: str) -> Self:
        """Tell that a file was not offered."""
        return cls._of(Result(document, None, None, None, None, Outcome.TOO_LARGE, message=why), {})

    @classmethod
    def _of(cls, result: Result, held: dict[bytes, dict[str, Any]]) -> Self:
        return cls(
            document=result.document,
            kind=result.kind,
            sha256=result.digest,
            anchor=result.anchor,
            authority=result.authority,
            outcome=result.outcome,
            meaning=result.outcome.words,
            message=result.message or None,
            where=result.where or None,
            notes=result.notes,
            **held.get(result.digest or b"", {}),
        )

    @classmethod
    def _all_of(cls, results: Iterable[Result], trust: Trust) -> tuple[Self, ...]:
        """Tell the results of an update.

        Args:
            results: the results.
            trust: what is held after it.
        """
        held = dict(_held(trust))
        return tuple(cls._of(result, held) for result in results)


class Update(NamedTuple):
    """What came of an update from several sources.

    Attributes:
        results: what came of each document.
        problems: why a source cannot be read or fetched; the others count all the same.
    """

    results: tuple[UpdateResult, ...]
    problems: tuple[StoreError, ...]


def _held(trust: Trust) -> Iterator[tuple[bytes, dict[str, Any]]]:
    """Give what is told of each document that is held, by the SHA-256 of its payload."""
    for state in trust.states:
        for one in state.chain:
            yield one.digest, {"epoch": one.root.epoch, "version": one.root.version}
        if state.registry:
            statement = state.registry.statement
            yield state.registry.digest, {"epoch": statement.epoch, "version": statement.version}
        for (issuer, number), held in state.lists.items():
            yield held.digest, {"issuer": issuer, "list": number}
