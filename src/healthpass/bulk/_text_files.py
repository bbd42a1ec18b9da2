"""CSV and JSON Lines as batches: record by record, in bounded memory, whatever is in the file.

A record that is no row, such as one with a value too many, is a row with an `error`, and the next one is read as
if nothing were. Only a quotation mark that nothing closes is an error of the whole file: nobody knows where the
rows after it begin.
"""

import codecs
import csv
from collections.abc import Iterator
from typing import Any, BinaryIO, Final, Protocol

import pyarrow as pa

from healthpass.bulk._columns import ERROR, JSON
from healthpass.bulk._errors import InputError
from healthpass.bulk._rows import unreadable

MAX_RECORD: Final = 65_536  # bytes
_CHUNK: Final = 1 << 16  # bytes
_UTF16: Final = (codecs.BOM_UTF16_LE, codecs.BOM_UTF16_BE)
_QUOTE: Final = b'"'
_LONG: Final = unreadable(f"it has more than {MAX_RECORD:,} bytes")


class TextFormat(Protocol):
    """How a file of records is read."""

    quoted: bool

    def names(self) -> list[str]:
        """Return the columns of its batches."""

    def batch(self, records: list[bytes | None]) -> Any:
        """Make a batch of records; None is one that is too long."""


def records(file: BinaryIO, *, quoted: bool) -> Iterator[bytes | None]:
    """Give the records of a file; None in place of one that is too long. What is blank is none.

    Args:
        file: the file, from its beginning.
        quoted: whether a line may end within quotation marks, and the record not with it.

    Raises:
        InputError: when it is in UTF-16, or ends within quotation marks.
    """
    count, first = 0, True
    while line := file.readline(_CHUNK):
        if first:
            first = False
            if line.startswith(_UTF16):
                raise InputError("it is in UTF-16, as its byte order mark says; save it as UTF-8")
            line = line.removeprefix(codecs.BOM_UTF8)
        count += 1
        is_open = quoted and line.count(_QUOTE) % 2 == 1
        parts, size = [line], len(line)
        while is_open or not line.endswith(b"\n"):
            if not (line := file.readline(_CHUNK)):
                break
            is_open ^= quoted and line.count(_QUOTE) % 2 == 1
            size += len(line)
            if size <= MAX_RECORD:
                parts.append(line)
        if is_open:
            raise InputError(f"a quotation mark in record {count:,} is not closed before the end of the file")
        if size > MAX_RECORD:
            yield None
        elif (record := b"".join(parts)).strip():
            yield record.rstrip(b"\r\n")


class JsonLines:
    """JSON Lines: an object a line."""

    quoted = False

    def names(self) -> list[str]:
        """Return the columns of its batches."""
        return [JSON]

    def batch(self, found: list[bytes | None]) -> Any:
        """Make a batch of records; None is one that is too long."""
        texts: list[str | None] = []
        errors: list[str | None] = []
        for record in found:
            text, error = _decoded(record)
            texts.append(text)
            errors.append(error)
        return _batch({JSON: texts}, errors)


class Csv:
    """CSV: commas, quotation marks, and the names of the columns in the first record (RFC 4180).

    Raises:
        InputError: when there is no such record.
    """

    quoted = True

    def __init__(self, head: bytes | None) -> None:
        text, error = _decoded(head)
        cells, error = (None, error) if text is None else _cells(text)
        if cells is None:
            raise InputError(f"the names of its columns cannot be read: {error}")
        if len(set(cells)) < len(cells):
            raise InputError("two of its columns have one name")
        self._names = cells

    def names(self) -> list[str]:
        """Return the columns of its batches."""
        return self._names

    def batch(self, found: list[bytes | None]) -> Any:
        """Make a batch of records; None is one that is too long."""
        rows: list[list[str]] = []
        errors: list[str | None] = []
        width = len(self._names)
        for record in found:
            text, error = _decoded(record)
            cells = None
            if text is not None:
                cells, error = _cells(text)
            if cells is not None and len(cells) != width:
                error = unreadable(f"there are {len(cells)} values for {width} columns")
            rows.append([""] * width if cells is None or error else cells)
            errors.append(error)
        columns = {
            name: [cell or None for cell in cells]
            for name, cells in zip(self._names, zip(*rows, strict=True), strict=True)
        }
        return _batch(columns, errors)


def _batch(columns: dict[str, list[str | None]], errors: list[str | None]) -> Any:
    if ERROR in columns:  # what was wrong before counts where nothing else is
        errors = [here or before for here, before in zip(errors, columns[ERROR], strict=True)]
    if ERROR in columns or any(errors):
        columns = columns | {ERROR: errors}
    return pa.RecordBatch.from_arrays(
        [pa.array(cells, pa.string()) for cells in columns.values()], names=list(columns)
    )


def _decoded(record: bytes | None) -> tuple[str | None, str | None]:
    if record is None:
        return None, _LONG
    try:
        return record.decode(), None
    except UnicodeDecodeError as error:
        return None, unreadable(f"it is not UTF-8: byte {error.start + 1} is wrong")


def _cells(text: str) -> tuple[list[str] | None, str | None]:
    """Read a record of CSV: its cells, or what is wrong with it."""
    try:
        return next(csv.reader([text], strict=True)), None
    except csv.Error:
        return None, unreadable("it is not CSV: a quotation mark, or the end of a line, stands where none may")
