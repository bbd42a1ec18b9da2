"""Millions of codes: rows in, rows out, for one machine or for an engine such as Spark (extra: ``bulk``).

`issue_batch`, `verify_batch` and `withdraw_batch` take a `RecordBatch` of Arrow and return one, with a row for
each row; `recolor_batch` returns the rows of those people alone about whom something else is to be stated. What is
wrong with a row stands in its column `error`, and stops no other.

>>> import pyarrow as pa
>>> from healthpass import Registry, Verifier
>>> batch = pa.RecordBatch.from_pydict({"ref": ["a", "b"], "text": ["not a code", None]})
>>> [(row["verdict"], row["error"]) for row in verify_batch(batch, Verifier(Registry.pinned({}))).to_pylist()]
[('malformed-text', None), (None, 'missing: there is no text')]

A task, `Issuing`, `Verifying`, `Withdrawing` or `Recoloring`, says what is to be done in such a way that any
process can do it: on this machine with `work_locally`, from files to files, or on an engine that gives it batches
of Arrow:

>>> run = RunTerms("2026-11-28/night", at, lifetime, jitter, kid, "program", "negative test")  # doctest: +SKIP
>>> task = Issuing(issuer="CN-33-01.WJW", key="key.pem", ledger="postgresql://db/hz", run=run)  # doctest: +SKIP
>>> work_locally(task, "orders.parquet", "codes", jobs=8)  # doctest: +SKIP
>>> frame.mapInArrow(task, spark_schema(task.columns))  # doctest: +SKIP

The command is `healthpass bulk`.
"""

try:
    import pyarrow as pa  # noqa: F401 - so that who lacks it learns how to get it
except ImportError as err:
    raise ImportError("healthpass.bulk needs pyarrow: pip install 'healthpass[bulk]'") from err

from healthpass.bulk._columns import ISSUED, RECOLORED, VERIFIED, WITHDRAWN, spark_schema
from healthpass.bulk._errors import BulkError, InputError, MeansError, OtherWorkError, OutputError, StoppedError
from healthpass.bulk._inputs import Format
from healthpass.bulk._issuing import Issuing, issue_batch, run_of
from healthpass.bulk._local import Done, work_locally
from healthpass.bulk._parts import read_job
from healthpass.bulk._recoloring import Recoloring, recolor_batch
from healthpass.bulk._task import Task
from healthpass.bulk._verifying import Verifying, verify_batch
from healthpass.bulk._withdrawing import Withdrawing, withdraw_batch

__all__ = [
    "ISSUED",
    "RECOLORED",
    "VERIFIED",
    "WITHDRAWN",
    "BulkError",
    "Done",
    "Format",
    "InputError",
    "Issuing",
    "MeansError",
    "OtherWorkError",
    "OutputError",
    "Recoloring",
    "StoppedError",
    "Task",
    "Verifying",
    "Withdrawing",
    "issue_batch",
    "read_job",
    "recolor_batch",
    "run_of",
    "spark_schema",
    "verify_batch",
    "withdraw_batch",
    "work_locally",
]
