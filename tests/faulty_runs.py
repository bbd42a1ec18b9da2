"""Ledgers with one fault each in how they keep runs, and the promise that each breaks."""

import hashlib
import os
from collections.abc import Collection, Sequence
from dataclasses import replace
from datetime import datetime
from typing import Any, ClassVar, Final

from faulty_ledgers import Faulty
from healthpass import StatusPlace
from healthpass.codec._time import from_seconds
from healthpass.ledger import CodeRecord, LedgerError, Recorded, RunTerms, SqliteLedger


class SecretOfEachTime(Faulty):
    """It makes a secret whenever it is asked."""

    def begin_run(self, terms: RunTerms) -> bytes:
        """Begin a run."""
        super().begin_run(terms)
        return os.urandom(32)


class SecretOfAProcess(Faulty):
    """It keeps secrets in memory."""

    def __init__(self, *arguments: Any) -> None:
        super().__init__(*arguments)
        self.own = os.urandom(32)

    def begin_run(self, terms: RunTerms) -> bytes:
        """Begin a run."""
        return hashlib.sha256(self.own + super().begin_run(terms)).digest()


class SecretOfTheName(Faulty):
    """It derives the secret from what everybody knows."""

    def begin_run(self, terms: RunTerms) -> bytes:
        """Begin a run."""
        super().begin_run(terms)
        return hashlib.sha256(terms.run.encode()).digest()


class SecretOfAllRuns(Faulty):
    """It has one secret."""

    def begin_run(self, terms: RunTerms) -> bytes:
        """Begin a run."""
        super().begin_run(terms)
        return hashlib.sha256(self._database.secret).digest()


class RunsForgotten(Faulty):
    """It forgets runs when it is opened."""

    def __init__(self, *arguments: Any) -> None:
        super().__init__(*arguments)
        self.sql("DELETE FROM runs")


class TermIgnored(Faulty):
    """It does not compare a term."""

    term: ClassVar[str]
    begun: ClassVar[dict[tuple[str, str], RunTerms]] = {}

    def begin_run(self, terms: RunTerms) -> bytes:
        """Begin a run."""
        first = self.begun.setdefault((self._database.name, terms.run), terms)
        return super().begin_run(terms._replace(**{self.term: getattr(first, self.term)}))


class LastTerms(Faulty):
    """It refuses other terms, and keeps them all the same."""

    def begin_run(self, terms: RunTerms) -> bytes:
        """Begin a run."""
        try:
            return super().begin_run(terms)
        except LedgerError:
            self.sql("UPDATE runs SET set_by = ? WHERE run = ?", terms.by, terms.run)
            raise


class SealIgnored(Faulty):
    """It does not compare seals."""

    def record(self, codes: Sequence[CodeRecord]) -> None:
        """Write codes down."""
        known = self.recorded([code.cti for code in codes])
        super().record([replace(code, seal=known[code.cti].seal) if code.cti in known else code for code in codes])


class SealNotKept(Faulty):
    """It does not keep seals."""

    def record(self, codes: Sequence[CodeRecord]) -> None:
        """Write codes down."""
        super().record([replace(code, seal=None) for code in codes])


class TimeCompared(Faulty):
    """It takes a code that was made again at another time for another one."""

    def record(self, codes: Sequence[CodeRecord]) -> None:
        """Write codes down."""
        if any(
            self.sql("SELECT 1 FROM codes WHERE cti = ? AND issued_at < ?", c.cti, c.issued_at.timestamp())
            for c in codes
        ):
            raise LedgerError("a cti is used once")
        super().record(codes)


class DroppedAreTold(Faulty):
    """It tells of codes whose places have become others'."""

    def recorded(
        self, ctis: Collection[bytes], *, expiring: tuple[datetime, datetime] | None = None
    ) -> dict[bytes, Recorded]:
        """Tell what is recorded."""
        columns = "list, entry, kid, expires_at, seal"
        rows = {cti: self.sql(f"SELECT {columns} FROM codes WHERE cti = ?", cti) for cti in ctis}  # noqa: S608
        return super().recorded(ctis, expiring=expiring) | {
            cti: Recorded(StatusPlace(number, entry), kid, from_seconds(end), seal)
            for cti, found in rows.items()
            for number, entry, kid, end, seal in found
        }


class UnknownAreTold(Faulty):
    """It tells of each cti that it is asked for."""

    def recorded(
        self, ctis: Collection[bytes], *, expiring: tuple[datetime, datetime] | None = None
    ) -> dict[bytes, Recorded]:
        """Tell what is recorded."""
        told = super().recorded(ctis, expiring=expiring)
        return {cti: told.get(cti) or next(iter(told.values())) for cti in ctis if told}


class SealNotTold(Faulty):
    """It does not tell what a code was sealed with."""

    def recorded(
        self, ctis: Collection[bytes], *, expiring: tuple[datetime, datetime] | None = None
    ) -> dict[bytes, Recorded]:
        """Tell what is recorded."""
        return {cti: one._replace(seal=None) for cti, one in super().recorded(ctis, expiring=expiring).items()}


_SECRET: Final = "test_begin_run_returns_a_secret_of_its_own"  # noqa: S105 - a test
_TERMS: Final = "test_begin_run_refuses_other_terms"
_SEAL: Final = "test_record_refuses_another_seal"
_RECORDED: Final = "test_recorded_tells_of_codes_that_have_a_place"
# The fault, the promise, and what that is about.
FAULTS: Final[list[tuple[type[SqliteLedger], str, dict[str, Any]]]] = [
    (SecretOfEachTime, _SECRET, {}),
    (SecretOfAProcess, _SECRET, {}),
    (SecretOfTheName, _SECRET, {}),
    (SecretOfAllRuns, _SECRET, {}),
    (RunsForgotten, _SECRET, {}),
    (LastTerms, _TERMS, {"name": "by"}),
    *(
        (type(f"TermIgnored {term}", (TermIgnored,), {"term": term}), _TERMS, {"name": term})
        for term in ("starts_at", "lifetime", "jitter", "kid", "by", "why")
    ),
    (SealIgnored, _SEAL, {"seal": bytes(8)}),
    (SealIgnored, _SEAL, {"seal": None}),
    (SealNotKept, _SEAL, {"seal": bytes(8)}),
    (TimeCompared, "test_record_takes_a_code_of_a_run_again", {}),
    (DroppedAreTold, _RECORDED, {}),
    (UnknownAreTold, _RECORDED, {}),
    (SealNotTold, _RECORDED, {}),
]
