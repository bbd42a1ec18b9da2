"""One attempt to issue the codes of some orders of a run (spec/credential.md, ISS-9)."""

import hashlib
from collections.abc import Iterable, Mapping, Sequence
from typing import Any, Final, NamedTuple

from healthpass.codec._keys import BatchSigner, SigningKey
from healthpass.codec._time import now, span
from healthpass.credential._health import StatusPlace
from healthpass.issuing._derived import Derivation
from healthpass.issuing._issue import Draft, Issued, check_one_for_each
from healthpass.issuing._office import Office
from healthpass.issuing._run_row import Row, RowError
from healthpass.issuing._status_places import CodeRecord, Recorded, Runs, RunTerms
from healthpass.words._errors import FindingsError, IssuingError, SignatureError
from healthpass.words._issuing_findings import IssuingFinding
from healthpass.words._verdicts import Verdict

_SEAL_SIZE: Final = 8
_CONFLICT: Final = RowError("ref-conflict", "this ref has a code in this run already, which says something else")
_DROPPED: Final = RowError("ref-conflict", "this ref had a code in this run, which expired and was dropped")
_KEY_USED: Final = RowError(
    "device-key-used",
    "the device key is in another code: it belongs to one credential (ISS-4); ask the device for a new one",
)


class RacedError(Exception):
    """Another worker has just recorded a code of ours: asked again, the ledger knows it."""


class Parts(NamedTuple):
    """What a run consists of."""

    office: Office
    ledger: Runs
    signer: Any
    terms: RunTerms
    derivation: Derivation


class _Made(NamedTuple):
    """A code up to its signature, and its place."""

    row: Row
    draft: Draft
    place: StatusPlace


class Attempt:
    """Issues codes; what becomes of an order is in `results`, by its number.

    Where a ref has no code yet, the first order that can have one gets it. Later ones of the ref have no result:
    they are for the next attempt, which compares them with that code.
    """

    def __init__(self, parts: Parts) -> None:
        self.results: dict[int, Issued | RowError] = {}
        self._parts = parts
        self._made_at = now()
        self._registry = parts.office.newest_registry()
        self._held: list[StatusPlace] = []

    def issue(self, waiting: Mapping[bytes, Sequence[Row]]) -> None:
        """Issue the codes of orders, which are given by their ctis.

        Raises:
            RacedError: when another worker has recorded one of the codes meanwhile.
            SignatureError: when the signer returns a wrong signature, or another one each time.
            LedgerError: when the ledger cannot give places or write codes down.
        """
        known = self._known(list(waiting))
        try:
            again = [made for cti in known for row in waiting[cti] if (made := self._again(row, known[cti]))]
            anew = self._anew(rows for cti, rows in waiting.items() if cti not in known)
            signatures = self._sign([made.draft for made in (*again, *anew)])
            self._compare(again, signatures[: len(again)], known)
            self._write_down(anew, signatures[len(again) :])
        finally:
            for place in self._held:
                self._parts.ledger.give_back(place)

    def _known(self, ctis: Sequence[bytes]) -> dict[bytes, Recorded]:
        """Return what is recorded of codes, which end when those of the run do."""
        terms = self._parts.terms
        last = terms.starts_at + terms.lifetime
        return self._parts.ledger.recorded(ctis, expiring=(last - terms.jitter, last))

    def _again(self, row: Row, recorded: Recorded) -> _Made | None:
        """Make a code again, which was judged when it was made first."""
        return self._made(row, recorded.place, judged=True)

    def _anew(self, waiting: Iterable[Sequence[Row]]) -> list[_Made]:
        """Make codes for refs that have none."""
        made: list[_Made] = []
        for rows in waiting:
            for row in rows:
                if len(self._held) == len(made):  # or else the last place is left from an order that had no code
                    self._held.append(self._parts.ledger.take())
                if one := self._made(row, self._held[-1]):
                    made.append(one)
                    break
        return made

    def _made(self, row: Row, place: StatusPlace, *, judged: bool = False) -> _Made | None:
        """Make a code up to its signature; None where there is none, and the reason is in the results."""
        derivation, terms = self._parts.derivation, self._parts.terms
        try:
            draft = self._parts.office.draft(
                row.order,
                at=terms.starts_at,
                made_at=self._made_at,
                lifetime=span(derivation.lifetime(row.ref)),
                place=place,
                registry=None if judged else self._registry,
                accept=tuple(IssuingFinding) if judged else row.order.accept,
                cti=derivation.cti(row.ref),
                opening=derivation.opening(row.ref),
            )
        except FindingsError as error:
            self.results[row.number] = RowError("findings", str(error))
        except IssuingError as error:
            self.results[row.number] = RowError("not-trusted", str(error))
        except (TypeError, ValueError) as error:
            self.results[row.number] = RowError("bad-order", str(error))
        else:
            return _Made(row, draft, place)
        return None

    def _sign(self, drafts: Sequence[Draft]) -> list[bytes]:
        """Return the signatures of codes; those of any signer but our own are verified (ISS-6)."""
        signer, messages = self._parts.signer, [draft.to_be_signed for draft in drafts]
        if len(drafts) > 1 and isinstance(signer, BatchSigner):
            signatures = list(signer.sign_many(messages))
            check_one_for_each(drafts, signatures)
        else:
            signatures = [signer.sign(message) for message in messages]
        if type(signer) is not SigningKey:
            for message, signature in zip(messages, signatures, strict=True):
                self._parts.office.public_key.verify(signature, message)
        return signatures

    def _compare(
        self, again: Sequence[_Made], signatures: Sequence[bytes], known: Mapping[bytes, Recorded]
    ) -> None:
        """Let codes out that were made again, where each is the one that is recorded."""
        for (row, draft, _), signature in zip(again, signatures, strict=True):
            same = known[draft._claims.cti].seal == _seal(signature)  # noqa: SLF001
            if not same and self._parts.signer.sign(draft.to_be_signed) != signature:
                words = "the signer gives another signature each time: nothing can be made again (SIG-7)"
                raise SignatureError(Verdict.BAD_SIGNATURE, words)
            self.results[row.number] = draft._release(signature) if same else _CONFLICT  # noqa: SLF001

    def _write_down(self, anew: Sequence[_Made], signatures: Sequence[bytes]) -> None:
        """Write new codes down, and let them out then."""
        terms = self._parts.terms
        pairs = [(made, made.draft._release(signature)) for made, signature in zip(anew, signatures, strict=True)]  # noqa: SLF001
        refused = self._record(
            [
                CodeRecord(
                    cti=issued.cti,
                    place=made.place,
                    kid=terms.kid,
                    by=terms.by,
                    why=terms.why,
                    issued_at=self._made_at,
                    expires_at=issued.expires_at,
                    holder_key=made.row.order.holder_key,
                    seal=_seal(signature),
                )
                for (made, issued), signature in zip(pairs, signatures, strict=True)
            ]
        )
        self._held = [*self._held[len(anew) :], *(made.place for made, issued in pairs if issued.cti in refused)]
        self.results |= {made.row.number: refused.get(issued.cti, issued) for made, issued in pairs}

    def _record(self, records: Sequence[CodeRecord]) -> dict[bytes, RowError]:
        """Record codes, and return why some are refused.

        Raises:
            RacedError: when one of them has just been recorded.
        """
        try:
            if records:
                self._parts.ledger.record(records)
        except Exception as error:
            # An error that is about one code names it; its class is the ledger's, a room above. The code stops the
            # others too, and may not be the only one: by halves, many of them take few calls.
            named = [record for record in records if record.cti == getattr(error, "cti", None)]
            if not named:
                raise
            if self._known([named[0].cti]):
                raise RacedError from error
            rest = [record for record in records if record is not named[0]]
            half = len(rest) // 2
            refused = {named[0].cti: self._refusal(named[0])}
            return refused | self._record(rest[:half]) | self._record(rest[half:])
        return {}

    def _refusal(self, record: CodeRecord) -> RowError:
        """Tell why a code is refused that is not recorded: it was dropped, or its device key is in another one."""
        has_expired = record.expires_at <= self._made_at
        return _DROPPED if record.holder_key is None or has_expired else _KEY_USED


def _seal(signature: bytes) -> bytes:
    """Return what tells a code from another one with the same cti, and from which nobody learns what it says."""
    return hashlib.sha256(signature).digest()[:_SEAL_SIZE]
