"""A run: many orders that give the same codes however often they are carried out (spec/credential.md, ISS-9)."""

from collections.abc import Iterable
from datetime import datetime
from itertools import islice
from typing import NoReturn, final

from healthpass.codec._time import later, seconds_in, span, whole
from healthpass.credential._health import HealthCode
from healthpass.issuing._attempt import Attempt, Parts, RacedError
from healthpass.issuing._derived import Derivation, checked_ref
from healthpass.issuing._issue import Issued
from healthpass.issuing._office import Office
from healthpass.issuing._order import Order
from healthpass.issuing._run_row import Row, RowError
from healthpass.issuing._status_places import Runs, RunTerms
from healthpass.words._discreet import discreet


@final
class Run:
    """Issues the codes of many orders, and the same ones when it is asked again; `Issuer.begin_run` makes it.

    Each order has a *ref*, which names it in the office's files: 1 to 200 characters from U+0021 to U+007E, such
    as the number of a row. The ref and the run's secret, which the ledger keeps, give cti, opening and end of its
    code. So a job that was interrupted is begun again, on other machines and in other batches, or is done by two
    workers at once: no order has two codes, no place is lost, and each text is the same (ISS-9).

    Threads can share a run. Each process begins it for itself, with the same terms; a run is not pickled.

    Attributes:
        id: the run's id.
    """

    __slots__ = ("_parts",)

    def __init__(self, parts: Parts) -> None:
        self._parts = parts

    @property
    def id(self) -> str:
        """The run's id."""
        return self._parts.terms.run

    def cti_of(self, ref: str) -> bytes:
        """Return the cti of a ref's code, whether it is issued or not; to withdraw it, say.

        Raises:
            TypeError: when `ref` is not a `str`.
            ValueError: when it is no ref. The message does not repeat it.
        """
        return self._parts.derivation.cti(checked_ref(ref))

    @discreet
    def issue(self, orders: Iterable[tuple[str, HealthCode | Order]]) -> list[Issued | RowError]:
        """Issue a code for each order, or say why it has none; they are written down before any of them leaves.

        An order that was carried out before gives the same code again, whatever the clock and the registry say by
        now. One that comes with other claims under the same ref is a `ref-conflict`; of several in one call the
        first counts.

        A `BatchSigner`, such as `exec:` of `healthpass.signers`, is given all at once; another signer one by one.

        Args:
            orders: a ref with each order or health code. A thousand at once are fast; memory holds all of a call.

        Returns:
            For each order, in their order, an `Issued` or a `RowError`. When something raises, there are none; no
            place is lost, and the same orders can be given again.

        Raises:
            SignatureError: when the signer returns a wrong signature, or another one each time (SIG-7).
            LedgerError: when the ledger of `healthpass.ledger` cannot give places or write codes down.
        """
        rows = [Row.of(number, given) for number, given in enumerate(orders)]
        results = {number: row for number, row in enumerate(rows) if isinstance(row, RowError)}
        waiting: dict[bytes, list[Row]] = {}
        for row in rows:
            if isinstance(row, Row):
                waiting.setdefault(self._parts.derivation.cti(row.ref), []).append(row)
        issued: dict[int, Issued | RowError] = {**results}
        size, lost_alone = len(waiting), None
        while waiting:
            attempt, part = Attempt(self._parts), dict(islice(waiting.items(), size))
            try:
                attempt.issue(part)
            except RacedError as lost:
                # With fewer codes at once others are less in the way; and one that was lost alone is known then.
                alone = next(iter(part)) if len(part) == 1 else None
                if alone is not None and alone == lost_alone:
                    raise (lost.__cause__ or lost) from None
                size, lost_alone = max(1, len(part) // 2), alone
                continue
            issued |= attempt.results
            size *= 2
            left = {cti: [row for row in rows if row.number not in issued] for cti, rows in waiting.items()}
            waiting = {cti: rows for cti, rows in left.items() if rows}
        return [issued[number] for number in range(len(rows))]

    def __repr__(self) -> str:
        return f"Run({self.id!r}, issuer={str(self._parts.office.id)!r})"

    def __reduce__(self) -> NoReturn:
        raise TypeError("a Run is neither pickled nor copied, since it has a secret: begin it in each process")


def begin(office: Office, run: str, *, at: datetime, by: str, why: str) -> Run:
    """Begin a run of an office, or go on with it; `Issuer.begin_run` says more."""
    signer = office.signer_in_step("a run cannot wait for it")
    if office.ledger is None:
        raise ValueError("a run needs a ledger, which knows what was issued: Issuer(ledger=...)")
    if not isinstance(office.ledger, Runs):
        raise TypeError(f"a run needs a ledger that keeps runs, such as SqliteLedger, not {_type(office.ledger)}")
    starts_at, lifetime = whole(at), span(seconds_in(office.lifetime))
    later(starts_at, lifetime)  # or no code could end then
    jitter = span(seconds_in(office.jitter))
    terms = RunTerms(run, starts_at, lifetime, jitter, office.public_key.kid, by, why)
    secret = office.ledger.begin_run(terms)
    derivation = Derivation(secret, lifetime=seconds_in(lifetime), jitter=seconds_in(jitter))
    return Run(Parts(office, office.ledger, signer, terms, derivation))


def _type(thing: object) -> str:
    return type(thing).__name__
