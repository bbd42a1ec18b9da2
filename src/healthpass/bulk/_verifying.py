"""Verifying in bulk: a verdict for each row, and of a valid code whose it is and until when."""

from collections import Counter
from collections.abc import Collection, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Any, ClassVar, Final, final

import pyarrow as pa

from healthpass.bulk._columns import TEXT, VERIFIED, Kind
from healthpass.bulk._rows import Row, check_input, fault_of, rows_of, unreadable
from healthpass.bulk._task import DoBatch, Task, counted
from healthpass.codec._keys import PublicKey
from healthpass.codec._spelling import write_time
from healthpass.codec._time import seconds_in
from healthpass.documents._statement import PRODUCTION
from healthpass.store._store import TrustStore
from healthpass.trust._registry import Registry
from healthpass.verifying._verified import Verified
from healthpass.verifying._verify import DEFAULT_SKEW, Verifier
from healthpass.words._code_points import Reason
from healthpass.words._discreet import discreet
from healthpass.words._errors import VerificationError
from healthpass.words._verdicts import Verdict

TEXTS: Final[Mapping[str, Kind]] = {"ref": TEXT, "text": TEXT}


def check_texts(schema: Any) -> None:
    """Check the columns of what is verified.

    Raises:
        InputError: when they are others.
    """
    check_input(schema, TEXTS, "text")


@discreet
def verify_batch(batch: pa.RecordBatch, verifier: Verifier, *, at: datetime | None = None) -> pa.RecordBatch:
    """Judge the texts of a batch; as many rows come out as went in, in their order.

    A text that is not valid is a row like any other, with its verdict. A row has an `error` only where there is
    nothing to judge. What a code says of its holder is not in what comes out, but for its colour and the reason.

    Args:
        batch: the columns `text` and, if you like, `ref`, which is handed on; or the column `json`.
        verifier: the gate. It is asked for each row, and remembers showings only where it has something for that.
        at: the time of judging; now when left out.

    Returns:
        The columns of `VERIFIED`.

    Raises:
        InputError: when the columns are others.
        ValueError: as `Verifier.verify`.
    """
    check_texts(batch.schema)
    rows = [_judged(row, verifier, at) for row in rows_of(batch, TEXTS)]
    return pa.RecordBatch.from_pylist(rows, schema=VERIFIED)


def _judged(row: Row, verifier: Verifier, at: datetime | None) -> dict[str, Any]:
    text, ref = row.members.get("text"), row.ref
    error = fault_of(row, TEXTS, "text")
    if error is None and not isinstance(text, str):
        error = unreadable("text must be a text")
    if error is not None:
        return {"ref": ref, "error": error}
    try:
        return {"ref": ref, **_valid(verifier.verify(str(text), at=at))}
    except VerificationError as failed:
        verdict = failed.verdict
        return {"ref": ref, "verdict": verdict, "outcome": verdict.outcome, "message": failed.message}


def _valid(verified: Verified) -> dict[str, Any]:
    health, verdict = verified.health, Verdict.VALID
    return {
        "verdict": verdict,
        "outcome": verdict.outcome,
        "color": health.color.label,
        "reason": None if health.reason is None else str(Reason.label_of(health.reason)),
        "issuer": str(verified.issuer.id),
        "valid_from": verified.valid_from,
        "expires_at": verified.expires_at,
        "cti": verified.cti.hex(),
        "kid": verified.public_key.kid.hex(),
        "presented_at": verified.presented_at,
        "status_issued_at": verified.status_issued_at,
        "waived": " ".join(sorted(verified.waived)) or None,
    }


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
            "skew": seconds_in(self.skew),
            "waive": sorted(self.waive),
            "status_grace": seconds_in(self.status_grace),
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
        return counted(batch, "verdict")
