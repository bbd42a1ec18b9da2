"""The tasks: verifying, and withdrawing."""

from collections import Counter
from collections.abc import Collection, Iterable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field, replace
from datetime import datetime, timedelta
from functools import partial
from typing import Any, ClassVar, Final, Self, final
from urllib.parse import parse_qs, urlsplit

import pyarrow as pa

from healthpass.bulk._columns import VERIFIED, WITHDRAWN
from healthpass.bulk._task import DoBatch, Task
from healthpass.bulk._verifying import check_texts, verify_batch
from healthpass.bulk._withdrawing import check_codes, ctis_of, withdraw_batch
from healthpass.codec._keys import PublicKey
from healthpass.codec._spelling import write_time
from healthpass.documents._statement import PRODUCTION
from healthpass.ledger._actions import words
from healthpass.ledger._errors import TooManyCodesError
from healthpass.ledger._open import open_ledger
from healthpass.ledger._withdrawing import AT_MOST
from healthpass.store._store import TrustStore
from healthpass.trust._registry import Registry
from healthpass.verifying._verify import DEFAULT_SKEW, Verifier

ERROR: Final = "error"  # what came of a row that nothing else came of


@final
@dataclass(frozen=True, kw_only=True)
class Verifying(Task):
    """Judges texts as a gate does. It remembers no showings: a presentation that is there twice is judged twice.

    Args:
        trust: the folder of a trust store; or
        keys: the public keys that are trusted by hand, by issuer id.
        environment: as for `Verifier`, as the next three.
        skew: by how much the issuer's clock may be ahead.
        waive: verdicts not to refuse by.
        status_grace: for how long beyond its end a status list is believed.
        at: the time of judging; when each batch is judged, when left out.

    Raises:
        ValueError: when there are neither keys nor a store, or both, or an argument is refused by `Verifier`.
        TypeError: when an argument is of another type.
    """

    name: ClassVar[str] = "verify"
    columns: ClassVar[pa.Schema] = VERIFIED

    trust: str | None = None
    keys: Mapping[str, Collection[PublicKey]] | None = field(default=None, hash=False)
    environment: str = PRODUCTION
    skew: timedelta = timedelta(seconds=DEFAULT_SKEW)
    waive: frozenset[str] = frozenset()
    status_grace: timedelta = timedelta(0)
    at: datetime | None = None

    def __post_init__(self) -> None:
        object.__setattr__(self, "waive", frozenset(self.waive))
        if (self.trust is None) == (self.keys is None):
            raise ValueError("say whom you trust: either trust=, a store, or keys=")
        self._gate(Registry.pinned(self.keys or {}))

    def _gate(self, registry: Registry) -> Verifier:
        return Verifier(
            registry,
            skew=self.skew,
            waive=self.waive,
            environment=self.environment,
            status_grace=self.status_grace,
        )

    def check(self, columns: pa.Schema) -> None:
        """Check that the columns are `text` and perhaps `ref`, or `json`.

        Raises:
            InputError: when they are others.
        """
        check_texts(columns)

    def terms(self) -> dict[str, Any]:
        """Return what the verdicts depend on, as JSON."""
        keys = {name: sorted(key.to_bytes().hex() for key in keys) for name, keys in (self.keys or {}).items()}
        return {
            "trust": self.trust,
            "keys": keys,
            "environment": self.environment,
            "skew": _seconds(self.skew),
            "waive": sorted(self.waive),
            "status_grace": _seconds(self.status_grace),
            "at": None if self.at is None else write_time(self.at),
        }

    @contextmanager
    def opened(self) -> Iterator[DoBatch]:
        """Open the trust store; each batch is judged by what the store trusts when the batch begins."""
        store = None if self.trust is None else TrustStore.open(self.trust)
        pinned = Registry.pinned(self.keys or {})

        def judge(batch: pa.RecordBatch) -> pa.RecordBatch:
            return verify_batch(batch, self._gate(pinned if store is None else store.registry()), at=self.at)

        yield judge

    def outcomes(self, batch: pa.RecordBatch) -> Counter[str]:
        """Count the verdicts."""
        return _counted(batch, "verdict")


@final
@dataclass(frozen=True, kw_only=True)
class Withdrawing(Task):
    """Withdraws codes by their ctis, for good.

    Args:
        ledger: where the ledger is, as `open_ledger` takes it; without a password.
        by: who withdraws them.
        why: on what ground.
        at_most: how many codes of a batch may be withdrawn that are not yet; of a whole input, by `work_locally`.

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

    def __post_init__(self) -> None:
        check_no_password(self.ledger)
        words("by", self.by), words("why", self.why)

    def check(self, columns: pa.Schema) -> None:
        """Check that the columns are `cti` and perhaps `ref`, or `json`.

        Raises:
            InputError: when they are others.
        """
        check_codes(columns)

    def terms(self) -> dict[str, Any]:
        """Return who withdraws the codes, on what ground, in which ledger, as JSON."""
        return {"ledger": self.ledger, "by": self.by, "why": self.why}

    @contextmanager
    def opened(self) -> Iterator[DoBatch]:
        """Open the ledger."""
        with open_ledger(self.ledger) as ledger:
            yield partial(withdraw_batch, ledger=ledger, by=self.by, why=self.why, at_most=self.at_most)

    def agreed(self, batches: Iterable[pa.RecordBatch]) -> Self:
        """Count what would be withdrawn of a whole input.

        A code that is there in two batches counts twice.

        Raises:
            TooManyCodesError: when more than `at_most` would be.
            LedgerError: when the ledger cannot be read.
        """
        count = rows = 0
        with open_ledger(self.ledger) as ledger:
            for batch in batches:
                count += ledger.rehearse([cti for _, cti, _ in ctis_of(batch, None) if cti is not None]).revoked
                rows = max(rows, batch.num_rows)
        if count > self.at_most:
            raise TooManyCodesError(count, self.at_most)
        return replace(self, at_most=rows)

    def outcomes(self, batch: pa.RecordBatch) -> Counter[str]:
        """Count the outcomes."""
        return _counted(batch, "outcome")


def check_no_password(where: str) -> None:
    """Check that the address of a ledger may be sent to other machines, and stand in logs.

    Raises:
        ValueError: when it holds a password.
    """
    if "://" in where:
        address = urlsplit(where)
        if address.password is not None or "password" in parse_qs(address.query, keep_blank_values=True):
            raise ValueError("ledger must hold no password: libpq reads it from PGPASSFILE or a service file")


def _counted(batch: pa.RecordBatch, column: str) -> Counter[str]:
    return Counter(ERROR if name is None else name for name in batch.column(column).to_pylist())


def _seconds(span: timedelta) -> int:
    return span // timedelta(seconds=1)
