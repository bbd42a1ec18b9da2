"""Verifying a batch: a verdict for each row, and of a valid code whose it is and until when."""

from collections.abc import Mapping
from datetime import datetime
from typing import Any, Final

import pyarrow as pa

from healthpass.bulk._columns import TEXT, VERIFIED, Kind
from healthpass.bulk._rows import Row, check_input, fault_of, rows_of, unreadable
from healthpass.verifying._verified import Verified
from healthpass.verifying._verify import Verifier
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
