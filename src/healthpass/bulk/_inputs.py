"""What bulk work reads: a file of Parquet, CSV or JSON Lines, or a folder of such, as a stream of batches."""

import hashlib
import os
from collections.abc import Callable, Iterable, Iterator
from contextlib import closing, contextmanager
from enum import StrEnum
from functools import partial
from itertools import islice
from pathlib import Path
from typing import Any, BinaryIO, Final, NamedTuple

import pyarrow as pa
import pyarrow.parquet as pq

from healthpass.bulk._errors import InputError
from healthpass.bulk._text_files import MAX_RECORD, Csv, JsonLines, TextFormat, records

_MAX_BATCH: Final = 1 << 25  # bytes; of many rows, which are large, fewer are read at once
_BUFFER: Final = 1 << 20  # bytes; without it pyarrow reads whole groups of rows


class Format(StrEnum):
    """A format of files; each member equals its name, a plain string."""

    PARQUET = "parquet"
    CSV = "csv"
    JSONL = "jsonl"


_SUFFIXES: Final = {
    ".parquet": Format.PARQUET,
    ".csv": Format.CSV,
    ".jsonl": Format.JSONL,
    ".ndjson": Format.JSONL,
}


class Scanned(NamedTuple):
    """What an input is, to the last byte.

    Attributes:
        bytes: how many it has.
        sha256: their digest, in hexadecimal digits; of a folder, that of a list of its files' digests and names.
        rows: how many rows.
    """

    bytes: int
    sha256: str
    rows: int


class Input:
    """A file, or the files of a folder in the order of their names, whose names begin with neither _ nor a dot.

    Args:
        path: the file or the folder.

    Raises:
        InputError: when there is none, or its format is not known.
    """

    def __init__(self, path: str | os.PathLike[str]) -> None:
        self.path = Path(path)
        with _reading(self.path):
            if self.path.is_dir():
                self._files = sorted(file for file in self.path.iterdir() if file.name[0] not in "._")
            else:
                self._files = [self.path]
            if not self._files:
                raise InputError("there is no file in it")
            formats = {_SUFFIXES.get(file.suffix.lower()) for file in self._files}
            format_, *others = formats
            if others or format_ is None:
                raise InputError(f"the names of its files must all end in one of {', '.join(_SUFFIXES)}")
            for file in self._files:
                if not file.is_file():
                    file.stat()  # whatever there is not says so
                    raise InputError("it is no file")
        self.format = format_
        self._seen: list[tuple[int, int]] = []

    def check(self, check: Callable[[Any], None]) -> None:
        """Have the columns of each file checked.

        Raises:
            InputError: when they are others, or cannot be read.
        """
        for path in self._files:
            with _reading(path):
                check(self._schema(path))

    def scan(self) -> Scanned:
        """Read all of it once: what it is, how many rows it has, and that its rows can be told apart.

        Raises:
            InputError: when it cannot be read.
        """
        size = rows = 0
        digests = []
        self._seen = [self._state(path) for path in self._files]
        for path in self._files:
            with _reading(path), path.open("rb") as file:
                digests.append(hashlib.file_digest(file, "sha256").hexdigest())
                size += file.tell()
                rows += self._count(file, path)
        if self._files == [self.path]:
            return Scanned(size, digests[0], rows)
        told = "".join(f"{digest}  {path.name}\n" for digest, path in zip(digests, self._files, strict=True))
        return Scanned(size, hashlib.sha256(told.encode("utf-8", "surrogateescape")).hexdigest(), rows)

    def batches(self, size: int, wanted: Callable[[int], bool]) -> Iterator[tuple[int, Any]]:
        """Give the batches that are wanted, each with its number, which is always the same.

        Args:
            size: how many rows a batch has at most.
            wanted: tells of a number whether it is.

        Raises:
            InputError: when it cannot be read, or has changed since it was scanned.
        """
        number = 0
        for path in self._files:
            with _reading(path):
                for make in self._makers(path, size):
                    if wanted(number):
                        yield number, make()
                    number += 1
        if self._seen != [self._state(path) for path in self._files]:
            raise _TellingError(f"{str(self.path)!r} has changed while it was read")

    def _state(self, path: Path) -> tuple[int, int]:
        with _reading(path):
            found = path.stat()
        return found.st_size, found.st_mtime_ns

    def _schema(self, path: Path) -> Any:
        if self.format is Format.PARQUET:
            with _parquet(path) as file:
                return file.schema_arrow
        with path.open("rb") as file:
            names = self._begun(file)[0].names()
        return pa.schema([(name, pa.string()) for name in names])

    def _begun(self, file: BinaryIO) -> tuple[TextFormat, Iterator[bytes | None]]:
        """Begin to read a file of records: how they are read, and those of rows."""
        found = records(file, quoted=self.format is Format.CSV)
        if self.format is Format.JSONL:
            return JsonLines(), found
        for head in islice(found, 1):
            return Csv(head), found
        raise InputError("it is empty, and should begin with the names of its columns")

    def _count(self, file: BinaryIO, path: Path) -> int:
        if self.format is Format.PARQUET:
            with _parquet(path) as parquet:
                return int(parquet.metadata.num_rows)
        file.seek(0)
        return sum(1 for _ in self._begun(file)[1])

    def _makers(self, path: Path, size: int) -> Iterator[Callable[[], Any]]:
        """Give what makes each batch of a file."""
        if self.format is Format.PARQUET:
            with _parquet(path) as parquet:
                for batch in parquet.iter_batches(batch_size=size, use_threads=False):
                    for part in _split(batch):
                        yield partial(_same, part)
            return
        with path.open("rb") as file:
            read, found = self._begun(file)
            for some in _chunks(found, size):
                yield partial(read.batch, some)


def _parquet(path: Path) -> Any:
    return closing(pq.ParquetFile(path, pre_buffer=False, buffer_size=_BUFFER))


def _same(batch: Any) -> Any:
    return batch


def _split(batch: Any) -> Iterator[Any]:
    """Cut a batch into halves, until each is small or one row."""
    if batch.num_rows <= 1 or batch.nbytes <= _MAX_BATCH:
        yield batch
        return
    half = batch.num_rows // 2
    yield from _split(batch.slice(0, half))
    yield from _split(batch.slice(half))


def _chunks(found: Iterable[bytes | None], size: int) -> Iterator[list[bytes | None]]:
    """Put records together, so many or so large."""
    some: list[bytes | None] = []
    room = _MAX_BATCH
    for record in found:
        some.append(record)
        room -= MAX_RECORD if record is None else len(record)
        if len(some) == size or room < 0:
            yield some
            some, room = [], _MAX_BATCH
    if some:
        yield some


class _TellingError(InputError):
    """It says already which file cannot be read."""


@contextmanager
def _reading(path: Path) -> Iterator[None]:
    """Say of which file it is that something cannot be read.

    Raises:
        InputError: in place of an error of the system or of pyarrow.
    """
    name = repr(str(path))
    try:
        yield
    except _TellingError:
        raise
    except InputError as error:
        raise _TellingError(f"cannot read {name}: {error}") from error
    except (OSError, pa.ArrowException) as error:
        if isinstance(error, OSError) and error.strerror:
            reason = error.strerror[:1].lower() + error.strerror[1:]
        else:  # of pyarrow
            reason = f"it is not a whole Parquet file ({str(error).partition(chr(10))[0]})"
        raise _TellingError(f"cannot read {name}: {reason}") from error
    except ValueError as error:  # a name that no file can have
        raise _TellingError(f"cannot read {name}: {error}") from error
