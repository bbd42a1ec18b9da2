"""The one error of a trust store, and how errors of the operating system are turned into it."""

import os
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from healthpass.words._errors import HealthpassError


class StoreError(HealthpassError):
    """A trust store cannot be read, changed or updated.

    The store holds what it held before. Only when the disk fails at the very end of an update, it may hold all
    that the update brought.
    """


@contextmanager
def failing(to_do: str, instead: str = "") -> Iterator[None]:
    """Turn an error of the operating system into a `StoreError` that says what could not be done.

    Args:
        to_do: what is being done, as "cannot ..." goes on.
        instead: what to do about it, unless all that is missing is a permission.
    """
    try:
        yield
    except OSError as error:
        why = error.strerror or type(error).__name__
        if isinstance(error, FileNotFoundError):
            why = "no such file or folder"
        if isinstance(error, PermissionError):
            instead = ""
        why = why[0].lower() + why[1:]
        if isinstance(error.filename, str):
            why = f"{why} ({os.fspath(error.filename)})"
        if instead:
            why = f"{why}; {instead}"
        raise StoreError(f"cannot {to_do}: {why}") from error


def checked_path(path: str | os.PathLike[str]) -> Path:
    """Return a path that the operating system can be asked for.

    Raises:
        StoreError: when no file can have that name.
    """
    try:
        encoded = os.fsencode(path)
    except ValueError:
        encoded = b"\0"
    if b"\0" in encoded:
        raise StoreError(f"{os.fspath(path)!r} is not the name of a file")
    return Path(path)
