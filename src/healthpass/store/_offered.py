"""The files that are offered to a trust store: one, or those of a folder. Each is a source of its own (UPD-10)."""

import os
import re
from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Final, NamedTuple

from healthpass.documents._bundle import DOCUMENT_LIMIT, LIST_LIMIT, MAX_BUNDLE, split
from healthpass.store._errors import StoreError, checked_path, failing
from healthpass.store._folder import read
from healthpass.words._logging import logger

_LOG: Final = logger("store")
SUFFIX: Final = ".cbor"
MAX_PIECES: Final = DOCUMENT_LIMIT + LIST_LIMIT + 2  # of a source, whose end is told too
_ADDRESS: Final = re.compile(r"[A-Za-z][A-Za-z0-9+.-]*://")


class Offered(NamedTuple):
    """What was read of files.

    Attributes:
        bundles: the files, by their paths, in the order of these.
        left_out: what is wrong with each file that is empty or too large, or cannot be read.
    """

    bundles: dict[Path, bytes]
    left_out: tuple[str, ...]


def read_bundles(source: str | os.PathLike[str]) -> Offered:
    """Read a file, or the files of a folder whose names end in `.cbor`.

    Links are followed to files. Pipes, devices and folders within the folder are passed over. What is wrong with
    one file of a folder keeps no other from being read.

    Raises:
        StoreError: when a file that is no folder's is empty, is larger than a source may be (UPD-10) or cannot be
            read; when a folder cannot be read, or holds no such file.
    """
    path = checked_path(source)
    if not path.is_dir():
        return Offered({path: _read(path)}, ())
    problems: list[StoreError] = []
    found: dict[Path, bytes] = {}
    for some in read_together(files_of(path), problems):
        found |= some
    return Offered(found, tuple(f"{error}; it is left out" for error in problems))


def is_address(source: str) -> bool:
    """Tell an address from the name of a file or a folder."""
    return _ADDRESS.match(source) is not None


def files_of(source: str | os.PathLike[str]) -> list[Path]:
    """Return a file, or the files of a folder, as `read_bundles` reads them.

    Raises:
        StoreError: when a folder cannot be read, or holds no such file.
    """
    path = checked_path(source)
    if not path.is_dir():
        return [path]
    with failing(f"read {str(path)!r}"), os.scandir(path) as entries:
        files = [path / entry.name for entry in entries if entry.name.endswith(SUFFIX) and _is_file(entry)]
    if not files:
        raise StoreError(f"there is no file named *{SUFFIX} in {str(path)!r}")
    return sorted(files)


def read_together(files: Iterable[Path], problems: list[StoreError]) -> Iterator[dict[Path, bytes]]:
    """Read files one after the other, and give as many at once as a source may have bytes and documents.

    Args:
        files: the files.
        problems: what is wrong with a file is noted here, and the others are read.
    """
    waiting: dict[Path, bytes] = {}
    size = pieces = 0
    for file in files:
        with noting(problems):
            content = _read(file)
            more = sum(1 for _ in split(content))
            if size + len(content) > MAX_BUNDLE or pieces + more > MAX_PIECES:
                yield waiting
                waiting, size, pieces = {}, 0, 0
            waiting[file] = content
            size, pieces = size + len(content), pieces + more
    if waiting:
        yield waiting


@contextmanager
def noting(problems: list[StoreError]) -> Iterator[None]:
    """Note an error, and go on: no source may hold up what others say."""
    try:
        yield
    except StoreError as error:
        _LOG.warning("%s", error)
        problems.append(error)


def _is_file(entry: os.DirEntry[str]) -> bool:
    try:
        return entry.is_file()
    except OSError:  # a link to itself, or to a name that no file can have
        return False


def _read(path: Path) -> bytes:
    with failing(f"read {str(path)!r}"):
        content = read(path, at_most=MAX_BUNDLE)
    if not content:
        raise StoreError(f"{str(path)!r} is empty")
    return content
