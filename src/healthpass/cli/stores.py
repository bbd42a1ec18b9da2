"""Trust stores on the command line: opened, and what goes wrong told in one line."""

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Final

from healthpass import Registry
from healthpass.cli.errors import CANNOT_JUDGE, CommandError
from healthpass.store import Offered, StoreError, TrustStore, read_bundles

_HINT: Final = "healthpass trust pin STORE ROOT.cbor makes one"


@contextmanager
def using(path: Path, hint: str | None = None) -> Iterator[None]:
    """Say in our style what a store cannot do.

    Raises:
        CommandError: with exit code 3, where the block raises a `StoreError`.
    """
    try:
        yield
    except StoreError as error:
        # Not where it may be there, and is not ours to see.
        missing = hint is None and isinstance(error.__cause__, FileNotFoundError) and not path.exists()
        raise CommandError(str(error), hint=_HINT if missing else hint, exit_code=CANNOT_JUDGE) from error


def is_folder(path: Path) -> bool:
    """Tell whether this is a folder."""
    try:
        return path.is_dir()
    except (OSError, ValueError):  # a name that no file can have
        return False


def opened(path: Path) -> TrustStore:
    """Open a store.

    Raises:
        CommandError: when there is none, or it cannot be read.
    """
    with using(path):
        return TrustStore.open(path)


def registries(path: Path) -> Callable[[], Registry]:
    """Open a store, and return what asks it whom it trusts now, also when another process has updated it since.

    Raises:
        CommandError: when there is none, or it cannot be read; also from what is returned.
    """
    store = opened(path)

    def registry() -> Registry:
        with using(path):
            return store.registry()

    registry()  # what cannot be read is said before anything is judged
    return registry


def offered(source: str, hint: str) -> Offered:
    """Read a file, or a folder with files named `*.cbor`.

    Raises:
        CommandError: when it cannot be read.
    """
    with using(Path(source), hint):
        return read_bundles(source)
