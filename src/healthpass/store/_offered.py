"""The files that are offered to a trust store: one, or those of a folder."""

import os
from itertools import islice
from pathlib import Path
from typing import Final

from healthpass._bundle import DOCUMENT_LIMIT, MAX_BUNDLE
from healthpass.store._errors import StoreError
from healthpass.store._folder import read

SUFFIX: Final = ".cbor"


def read_bundles(path: Path) -> list[bytes]:
    """Read a file, or the files of a folder, as `named_bundles` does."""
    return [bundle for _, bundle in named_bundles(path)]


def named_bundles(path: Path) -> list[tuple[Path, bytes]]:
    """Read a file, or the files of a folder whose names end in `.cbor`, in the order of their names.

    Links are followed to files. Pipes, devices and folders within the folder are passed over: whoever fills it
    cannot keep the rest from being read.

    Raises:
        OSError: when one of them cannot be read.
        StoreError: when there are more files or bytes than an update takes (UPD-10), or no file at all.
    """
    if not path.is_dir():
        return [(path, read(path, at_most=MAX_BUNDLE))]
    with os.scandir(path) as entries:
        names = (entry.name for entry in entries if entry.name.endswith(SUFFIX) and (path / entry.name).is_file())
        files = [path / name for name in sorted(islice(names, DOCUMENT_LIMIT + 1))]
    if not files:
        raise StoreError(f"there is no file named *{SUFFIX} in {str(path)!r}")
    left = MAX_BUNDLE
    if len(files) > DOCUMENT_LIMIT or sum(file.stat().st_size for file in files) > left:
        raise StoreError(
            f"{str(path)!r} holds more than an update takes: "
            f"{DOCUMENT_LIMIT:,} files named *{SUFFIX}, and {MAX_BUNDLE:,} bytes"
        )
    bundles = []
    for file in files:
        bundles.append((file, read(file, at_most=left)))
        left -= len(bundles[-1][1])
    return bundles
