"""Issuing in bulk: a code of a run for each row, or what is wrong with it."""

import os
import re
from collections import Counter
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import timedelta
from functools import partial
from typing import Any, ClassVar, Final, final
from urllib.parse import unquote

import pyarrow as pa
from pydantic import ValidationError

from healthpass.bulk._columns import BYTES, CODE, EVIDENCE, ISSUED, JSON, NAMES, OBJECT, TEXT, TIME, Kind
from healthpass.bulk._errors import InputError, MeansError, OutputError
from healthpass.bulk._parts import read_job
from healthpass.bulk._rows import Row, check_input, rows_of
from healthpass.bulk._task import ERROR, DoBatch, Task, check_no_password
from healthpass.codec._json import write_base64url
from healthpass.codec._keys import PublicKey
from healthpass.codec._spelling import read_time, write_time
from healthpass.codec._time import seconds_in
from healthpass.credential._health import HealthCode
from healthpass.credential._problems import problems_of
from healthpass.credential._regions import IssuerId
from healthpass.issuing._issue import Issued
from healthpass.issuing._issuer import Issuer
from healthpass.issuing._order import Order
from healthpass.issuing._run import Run
from healthpass.issuing._run_row import RowError
from healthpass.issuing._status_places import RunTerms
from healthpass.ledger._open import open_ledger
from healthpass.ledger._runs import CheckedTerms
from healthpass.signers._open import open_signer
from healthpass.signers._secrets import read_passphrase
from healthpass.store._store import TrustStore
from healthpass.words._discreet import discreet

ORDERS: Final[Mapping[str, Kind]] = {
    "ref": TEXT,
    "color": TEXT,
    "holder": TEXT,
    "reason": CODE,
    "until": TIME,
    "residence": TEXT,
    "origin": TEXT,
    "binding": BYTES,
    "document_type": TEXT,
    "document_number": TEXT,
    "evidence": EVIDENCE,
    "extensions": OBJECT,
    "holder_key": BYTES,
    "accept": NAMES,
}
ISSUED_OUTCOME: Final = "issued"
_DOCUMENT: Final = ("document_type", "document_number")
_KEY: Final = re.compile("[0-9a-f]{64}")


def check_orders(schema: Any) -> None:
    """Check the columns of what is issued.

    Raises:
        InputError: when they are others.
    """
    check_input(schema, ORDERS, "ref")
    check_input(schema, ORDERS, "color")
    if len({*_DOCUMENT} & {*schema.names}) == 1:
        raise InputError("the columns 'document_type' and 'document_number' belong together")


@discreet
def issue_batch(batch: pa.RecordBatch, run: Run) -> pa.RecordBatch:
    """Issue the codes of a batch; as many rows come out as went in, in their order.

    They are written down in one step before this returns. The same batch again comes to the same codes.

    Args:
        batch: the columns `ref` and `color` and, if you like, others of `HealthCode` and of an `Order`; or the
            column `json`.
        run: the run, which each process begins for itself.

    Returns:
        The columns of `ISSUED`.

    Raises:
        InputError: when the columns are others.
        SignatureError: as `Run.issue`.
        LedgerError: as `Run.issue`.
    """
    check_orders(batch.schema)
    read = _document if JSON in batch.schema.names else _document_of_columns
    taken = [_taken(row, read) for row in rows_of(batch, ORDERS)]
    issued = iter(run.issue([one for one in taken if not isinstance(one, _Refused)]))
    rows = [one.told() if isinstance(one, _Refused) else _told(one[0], next(issued)) for one in taken]
    return pa.RecordBatch.from_pylist(rows, schema=ISSUED)


class _Refused:
    """A row of which no order can be made."""

    def __init__(self, ref: str | None, error: str) -> None:
        self._ref = ref
        self._error = error

    def told(self) -> dict[str, str | None]:
        """Return what comes of it."""
        return {"ref": self._ref, "error": self._error}


def _told(ref: str, result: Issued | RowError) -> dict[str, Any]:
    if isinstance(result, RowError):
        return {"ref": ref, "error": str(result)}
    return {
        "ref": ref,
        "text": result.text,
        "cti": result.cti.hex(),
        "opening": None if result.opening is None else write_base64url(result.opening),
        "valid_from": result.valid_from,
        "expires_at": result.expires_at,
    }


def _taken(row: Row, document: Callable[[dict[str, Any]], tuple[str, str] | None]) -> tuple[str, Order] | _Refused:
    """Make an order of a row, whose document is read and taken out in one way or the other."""
    if row.error is not None:
        return _Refused(row.ref, row.error)
    if row.ref is None:
        return _Refused(
            None, "bad-ref: ref must be a text" if "ref" in row.members else "missing: there is no ref"
        )
    stated = {name: value for name, value in row.members.items() if name != "ref"}
    try:
        return row.ref, Order(
            holder_key=_key(stated.pop("holder_key", None)),
            document=document(stated),
            accept=_names(stated.pop("accept", None)),
            health_code=HealthCode.model_validate(stated),  # the rest
        )
    except ValidationError as error:
        return _Refused(row.ref, f"bad-order: {'; '.join(problems_of(error))}")
    except (TypeError, ValueError) as error:
        return _Refused(row.ref, f"bad-order: {error}")


def _key(value: Any) -> PublicKey | None:
    if value is None:
        return None
    if isinstance(value, str) and _KEY.fullmatch(value):
        value = bytes.fromhex(value)
    if not isinstance(value, bytes):
        raise TypeError("holder_key: expected 64 lower-case hexadecimal digits")
    try:
        return PublicKey.from_bytes(value)
    except ValueError as error:
        raise ValueError(f"holder_key: {error}") from None


def _document(stated: dict[str, Any]) -> tuple[str, str] | None:
    given = stated.pop("document", None)
    if given is not None and not (isinstance(given, dict) and given.keys() == {"type", "number"}):
        raise ValueError("document: expected an object of type and number")
    return None if given is None else _pair(given["type"], given["number"])


def _document_of_columns(stated: dict[str, Any]) -> tuple[str, str] | None:
    kind, number = (stated.pop(name, None) for name in _DOCUMENT)
    return None if kind is None and number is None else _pair(kind, number)


def _pair(kind: Any, number: Any) -> tuple[str, str]:
    if not isinstance(kind, str) or not isinstance(number, str):
        raise TypeError("document: type and number must both be texts")
    return kind, number


def _names(value: Any) -> tuple[str, ...]:
    if value is None:
        return ()
    if not isinstance(value, list) or not all(isinstance(name, str) for name in value):
        raise ValueError("accept: expected an array of the names of findings")
    return tuple(value)


@final
@dataclass(frozen=True, kw_only=True)
class Issuing(Task):
    """Issues the codes of a run: a ref gets one code, however often it is done, and in how many processes.

    Args:
        issuer: the id of the office.
        key: the office's private key, a path or a URI as `open_signer` takes it, without a secret.
        ledger: where the office's ledger is, as `open_ledger` takes it; without a password.
        run: what holds for all codes of the run. A process that finds another key than its kid issues nothing.
        trust: the folder of a trust store: no code is made that a gate with it would refuse. Without it nothing is
            compared.
        passphrase_file: the passphrase of the key or the PIN of its token, in a file that each process reads.

    Raises:
        ValueError: when `ledger` or `key` holds a secret, or a value is not valid.
        TypeError: when one is of another type.
    """

    name: ClassVar[str] = "issue"
    columns: ClassVar[pa.Schema] = ISSUED

    issuer: str
    key: str
    ledger: str
    run: RunTerms
    trust: str | None = None
    passphrase_file: str | None = None

    def __post_init__(self) -> None:
        IssuerId(self.issuer)
        CheckedTerms.of(self.run)
        check_no_password(self.ledger)
        if "pin-value" in unquote(self.key).lower():
            raise ValueError("key must hold no PIN: use passphrase_file, or pin-source= in its URI")

    def check(self, columns: pa.Schema) -> None:
        """Check that the columns are `ref`, `color` and perhaps others of an order, or `json`.

        Raises:
            InputError: when they are others.
        """
        check_orders(columns)

    def terms(self) -> dict[str, Any]:
        """Return what holds for all codes, and in which ledger they are, as JSON."""
        told = {"issuer": self.issuer, "ledger": self.ledger, "trust": self.trust}
        return told | {"run": run_as_json(self.run)}

    @contextmanager
    def opened(self) -> Iterator[DoBatch]:
        """Open the key, the ledger and the trust store, and begin the run, or go on with it."""
        store = None if self.trust is None else TrustStore.open(self.trust)
        file = self.passphrase_file
        passphrase = None if file is None else lambda _: read_passphrase(file)
        with open_signer(self.key, passphrase=passphrase) as signer, open_ledger(self.ledger) as ledger:
            found, wanted = signer.public_key.kid.hex(), self.run.kid.hex()
            if found != wanted:
                raise MeansError(f"the key {self.key!r} is {found}, and the codes are to be signed by {wanted}")
            issuer = Issuer(
                self.issuer,
                signer=signer,
                lifetime=self.run.lifetime,
                jitter=self.run.jitter,
                registry=None if store is None else store.registry,
                ledger=ledger,
            )
            run = issuer.begin_run(self.run.run, at=self.run.starts_at, by=self.run.by, why=self.run.why)
            yield partial(issue_batch, run=run)

    def outcomes(self, batch: pa.RecordBatch) -> Counter[str]:
        """Count the codes."""
        issued = batch.column("error").null_count
        return +Counter({ISSUED_OUTCOME: issued, ERROR: batch.num_rows - issued})


def run_as_json(run: RunTerms) -> dict[str, Any]:
    """Write the terms of a run as JSON."""
    return {
        **run._asdict(),
        "starts_at": write_time(run.starts_at),
        "lifetime": seconds_in(run.lifetime),
        "jitter": seconds_in(run.jitter),
        "kid": run.kid.hex(),
    }


def run_of(out: str | os.PathLike[str]) -> RunTerms:
    """Read the terms of the run whose codes `work_locally` has issued to a folder.

    Raises:
        OutputError: when no codes were issued there, or the folder cannot be read.
    """
    job = read_job(out) or {}
    try:
        told: Any = job["terms"]["run"] if job["work"] == Issuing.name else None
        return RunTerms(
            **told
            | {
                "starts_at": read_time(told["starts_at"]),
                "lifetime": timedelta(seconds=told["lifetime"]),
                "jitter": timedelta(seconds=told["jitter"]),
                "kid": bytes.fromhex(told["kid"]),
            }
        )
    except (LookupError, TypeError, ValueError, ArithmeticError) as error:
        raise OutputError(f"no run has issued codes to {str(out)!r}") from error
