"""The bytes of a batch in each format: the same batch gives the same bytes."""

import io
import json
from typing import Any

import pyarrow as pa
import pyarrow.compute as pc
import pyarrow.csv
import pyarrow.parquet as pq
from pyarrow import types as of

from healthpass.bulk._inputs import Format


def encoded(batch: Any, format_: Format) -> bytes:
    """Write a batch in a format; in CSV and JSON Lines, times as RFC 3339 has them."""
    sink = io.BytesIO()
    if format_ is Format.PARQUET:
        pq.write_table(pa.Table.from_batches([batch]), sink)
        return sink.getvalue()
    told = pa.RecordBatch.from_arrays([_told(column) for column in batch.columns], names=batch.schema.names)
    if format_ is Format.CSV:
        pyarrow.csv.write_csv(told, sink)
        return sink.getvalue()
    lines = [json.dumps(row, ensure_ascii=False) + "\n" for row in told.to_pylist()]
    return "".join(lines).encode()


def _told(column: Any) -> Any:
    """Write times as text, `2026-11-01T00:00:00Z`."""
    if not of.is_timestamp(column.type):
        return column
    return pc.replace_substring(column.cast(pa.timestamp("s", tz="UTC")).cast(pa.string()), " ", "T")
