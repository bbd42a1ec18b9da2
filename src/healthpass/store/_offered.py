"""The files that are offered to a trust store: one, or those of a folder."""

import errno
import os
from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from itertools import islice
from pathlib import Path
from typing import Final, NamedTuple

from healthpass.documents._bundle import DOCUMENT_LIMIT, MAX_BUNDLE
from healthpass.store._errors import StoreError, checked_path, failing
from healthpass.store._folder import read

SUFFIX: Final = ".cbor"


class Offered(NamedTuple):
    """What was read of files.

    Attributes:
        bundles: the files, by their paths, in the order of these.
        left_out: what is wrong with each file that cannot be read, or is too large, with the others or by itself.
    """

    bundles: dict[Path, bytes]
    left_out: tuple[str, ...]


def read_bundles(source: str | os.PathLike[str]) -> Offered:
    """Read a file, or the files of a folder whose names end in `.cbor`.

    Links are followed to files. Pipes, devices and folders within the folder are passed over, and small files are
    read before large ones: whoever fills it cannot keep the rest from being read.

    Raises:
        StoreError: when a file that is no folder's cannot be read, or is too large for an update (UPD-10); when
            a folder holds more files than an update takes, or none.
    """
    path = checked_path(source)
    with failing(f"read {str(path)!r}"):
        return _read(path)


def together(sources: Iterable[str | os.PathLike[str]], problems: list[StoreError]) -> Iterator[list[bytes]]:
    """Read files, and give as many at once as an update takes: a registry may come before its root.

    What one source holds takes nothing from the others: each file has its own count of documents, and what would
    not fit beside those before it begins another update.

    Args:
        sources: files and folders.
        problems: what cannot be read is noted here.
    """
    waiting: list[bytes] = []
    for source in sources:
        found: list[bytes] = []
        with noting(problems):
            offered = read_bundles(source)
            found.extend(offered.bundles.values())
            problems.extend(map(StoreError, offered.left_out))
        if waiting and sum(map(len, waiting + found)) > MAX_BUNDLE:
            yield waiting
            waiting = []
        waiting.extend(found)
    if waiting:
        yield waiting


@contextmanager
def noting(problems: list[StoreError]) -> Iterator[None]:
    """Note an error, and go on: no source may hold up what others say."""
    try:
        yield
    except StoreError as error:
        problems.append(error)


def _read(path: Path) -> Offered:
    if not path.is_dir():
        bundle = read(path, at_most=MAX_BUNDLE)
        if not bundle:
            raise StoreError(f"{str(path)!r} is empty")
        return Offered({path: bundle}, ())
    with os.scandir(path) as entries:
        names = (entry.name for entry in entries if entry.name.endswith(SUFFIX) and (path / entry.name).is_file())
        files = [path / name for name in sorted(islice(names, DOCUMENT_LIMIT + 1))]
    if not files:
        raise StoreError(f"there is no file named *{SUFFIX} in {str(path)!r}")
    if len(files) > DOCUMENT_LIMIT:
        raise StoreError(f"{str(path)!r} holds more than the {DOCUMENT_LIMIT:,} files that an update takes")
    left = MAX_BUNDLE
    found: dict[Path, bytes] = {}
    left_out = []
    for file in sorted(files, key=lambda file: file.stat().st_size):
        try:
            found[file] = read(file, at_most=left)
        except OSError as error:
            too_large = f"an update takes {MAX_BUNDLE:,} bytes, of small files first"
            why = too_large if error.errno == errno.EFBIG else error.strerror
            left_out.append(f"{str(file)!r} is left out: {why}")
        else:
            left -= len(found[file])
            if not found[file]:
                left_out.append(f"{str(file)!r} is left out: it is empty")
                del found[file]
    return Offered(dict(sorted(found.items())), tuple(left_out))
