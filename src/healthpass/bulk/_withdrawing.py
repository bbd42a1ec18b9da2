"""Withdrawing in bulk: by the ctis of codes, or by the refs under which a run issued them."""

from collections import Counter
from collections.abc import Callable, Iterable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, replace
from functools import partial
from typing import Any, ClassVar, Final, Self, final

import pyarrow as pa

from healthpass.bulk._columns import BYTES, TEXT, WITHDRAWN, Kind
from healthpass.bulk._errors import InputError
from healthpass.bulk._issuing import run_as_json
from healthpass.bulk._rows import Row, check_input, fault_of, rows_of, unreadable
from healthpass.bulk._task import DoBatch, Task, check_no_password, counted
from healthpass.codec._time import seconds_in
from healthpass.credential._claims import CTI_SIZE
from healthpass.issuing._derived import Derivation, checked_ref
from healthpass.issuing._status_places import RunTerms
from healthpass.ledger._actions import read_cti, words
from healthpass.ledger._errors import TooManyCodesError
from healthpass.ledger._interface import Ledger
from healthpass.ledger._ledger import DatabaseLedger
from healthpass.ledger._open import open_ledger
from healthpass.ledger._withdrawing import AT_MOST
from healthpass.words._discreet import discreet

CODES: Final[Mapping[str, Kind]] = {"ref": TEXT, "cti": BYTES}
WITHDRAWN_OUTCOME: Final = "withdrawn"
UNKNOWN_OUTCOME: Final = "unknown"
_UNKNOWN: Final = "unknown-code: the ledger knows no such code: it was not issued from here, or is forgotten"


def check_codes(schema: Any, *, by_ref: bool = False) -> None:
    """Check the columns of what is withdrawn.

    Raises:
        InputError: when they are others.
    """
    check_input(schema, CODES, "ref" if by_ref else "cti")
    if by_ref and "cti" in schema.names:
        raise InputError("codes are named by 'ref' here, and there is a column 'cti' beside it")


@discreet
def withdraw_batch(
    batch: pa.RecordBatch,
    ledger: Ledger | DatabaseLedger,
    *,
    by: str,
    why: str,
    at_most: int = AT_MOST,
    cti_of: Callable[[str], bytes] | None = None,
) -> pa.RecordBatch:
    """Withdraw the codes of a batch, for good; as many rows come out as went in, in their order.

    The outcome of a row is `withdrawn` also where the code was withdrawn before: the same batch again comes to the
    same.

    Args:
        batch: the column `cti` and, if you like, `ref`, which is handed on; with `cti_of`, the column `ref` alone.
            Or the column `json`.
        ledger: the ledger of the issuer.
        by: who withdraws them.
        why: on what ground.
        at_most: how many of them may be withdrawn that are not yet.
        cti_of: gives the cti of a ref, such as `Run.cti_of`.

    Returns:
        The columns of `WITHDRAWN`.

    Raises:
        InputError: when the columns are others.
        TooManyCodesError: when more than `at_most` would be withdrawn; none is then.
        LedgerError: when the ledger cannot be read or written.
        ValueError: when `by` or `why` cannot be written down.
    """
    found = ctis_of(batch, cti_of)
    ctis = [cti for _, cti, _ in found if cti is not None]
    done = ledger.revoke_many(ctis, by=by, why=why, at_most=at_most)
    unknown = set(done.unknown)
    return pa.RecordBatch.from_pylist([_told(*one, unknown) for one in found], schema=WITHDRAWN)


def ctis_of(
    batch: pa.RecordBatch, cti_of: Callable[[str], bytes] | None
) -> list[tuple[str | None, bytes | None, str | None]]:
    """Read which codes a batch names: the ref, the cti, and what is wrong with the row, of each.

    Raises:
        InputError: when the columns are others.
    """
    check_codes(batch.schema, by_ref=cti_of is not None)
    return [_named(row, cti_of) for row in rows_of(batch, CODES)]


def _named(row: Row, cti_of: Callable[[str], bytes] | None) -> tuple[str | None, bytes | None, str | None]:
    name = "cti" if cti_of is None else "ref"
    error = fault_of(row, CODES if cti_of is None else {"ref"}, name)
    if error is not None:
        return row.ref, None, error
    try:
        cti = _cti(row.members["cti"]) if cti_of is None else cti_of(row.members["ref"])
    except ValueError as wrong:
        return row.ref, None, unreadable(f"{name}: {wrong}")
    return row.ref, cti, None


def _cti(value: Any) -> bytes:
    if isinstance(value, bytes) and len(value) == CTI_SIZE:
        return value
    return read_cti(value if isinstance(value, str) else "")


def _told(ref: str | None, cti: bytes | None, error: str | None, unknown: set[bytes]) -> dict[str, Any]:
    if cti is None:
        return {"ref": ref, "error": error}
    told: dict[str, Any] = {"ref": ref, "cti": cti.hex()}
    if cti in unknown:
        return told | {"outcome": UNKNOWN_OUTCOME, "error": _UNKNOWN}
    return told | {"outcome": WITHDRAWN_OUTCOME}


@final
@dataclass(frozen=True, kw_only=True)
class Withdrawing(Task):
    """Withdraws codes by their ctis, for good; those of a run, by their refs.

    Args:
        ledger: where the ledger is, as `open_ledger` takes it; without a password.
        by: who withdraws them.
        why: on what ground.
        at_most: how many codes of a batch may be withdrawn that are not yet; of a whole input, by `work_locally`.
        run: the run of the codes, if they are named by its refs: the terms of `Issuing`, or what `run_of` reads.

    Raises:
        ValueError: when `ledger` holds a password, or `by` or `why` cannot be written down.
        TypeError: when one of these is no `str`.
    """

    name: ClassVar[str] = "withdraw"
    columns: ClassVar[pa.Schema] = WITHDRAWN

    ledger: str
    by: str
    why: str
    at_most: int = AT_MOST
    run: RunTerms | None = None

    def __post_init__(self) -> None:
        check_no_password(self.ledger)
        words("by", self.by), words("why", self.why)

    def check(self, columns: pa.Schema) -> None:
        """Check that the columns are `cti` and perhaps `ref`, of a run `ref` alone, or `json`.

        Raises:
            InputError: when they are others.
        """
        check_codes(columns, by_ref=self.run is not None)

    def terms(self) -> dict[str, Any]:
        """Return who withdraws the codes, on what ground, in which ledger, as JSON."""
        run = None if self.run is None else run_as_json(self.run)
        return {"ledger": self.ledger, "by": self.by, "why": self.why, "run": run}

    @contextmanager
    def opened(self) -> Iterator[DoBatch]:
        """Open the ledger."""
        with open_ledger(self.ledger) as ledger:
            cti_of = self._cti_of(ledger)
            yield partial(
                withdraw_batch, ledger=ledger, by=self.by, why=self.why, at_most=self.at_most, cti_of=cti_of
            )

    def _cti_of(self, ledger: DatabaseLedger) -> Callable[[str], bytes] | None:
        """Return what gives the ctis of a run."""
        if self.run is None:
            return None
        lifetime, jitter = seconds_in(self.run.lifetime), seconds_in(self.run.jitter)
        derivation = Derivation(ledger.begin_run(self.run), lifetime=lifetime, jitter=jitter)
        return lambda ref: derivation.cti(checked_ref(ref))

    def agreed(self, batches: Iterable[pa.RecordBatch]) -> Self:
        """Count what would be withdrawn of a whole input.

        A code that is there in two batches counts twice.

        Raises:
            TooManyCodesError: when more than `at_most` would be.
            LedgerError: when the ledger cannot be read.
        """
        count = rows = 0
        with open_ledger(self.ledger) as ledger:
            cti_of = self._cti_of(ledger)
            for batch in batches:
                count += ledger.rehearse([cti for _, cti, _ in ctis_of(batch, cti_of) if cti is not None]).revoked
                rows = max(rows, batch.num_rows)
        if count > self.at_most:
            raise TooManyCodesError(count, self.at_most)
        return replace(self, at_most=rows)

    def outcomes(self, batch: pa.RecordBatch) -> Counter[str]:
        """Count the outcomes."""
        return counted(batch, "outcome")
