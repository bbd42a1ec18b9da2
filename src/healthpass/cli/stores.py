"""Trust stores on the command line: opened, read and updated, and what goes wrong told in one line."""

from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from datetime import datetime
from pathlib import Path
from typing import Final, NamedTuple

from healthpass import HealthpassError, Registry
from healthpass.cli.errors import CANNOT_JUDGE, CommandError
from healthpass.documents._bundle import MAX_BUNDLE
from healthpass.store import Result, StoreError, TrustStore
from healthpass.store._errors import checked_path, failing
from healthpass.store._folder import RECORD
from healthpass.store._offered import Offered, read_bundles
from healthpass.trust._trust import Trust

_ADDRESS: Final = "://"
_HINT: Final = "healthpass trust pin STORE ROOT.cbor makes one"
_SOURCES: Final = "a source is a file, a folder with files named *.cbor, or an https:// address"
_GOES_ON: Final = "the store goes on with what it holds; healthpass trust show STORE tells until when"


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


def is_store(path: Path) -> bool:
    """Tell whether a store is kept in this folder."""
    try:
        return (path / RECORD).exists()
    except (OSError, ValueError):  # a name that no file can have
        return False


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


def held(path: Path, *, evidence: bool = False) -> Trust:
    """Return all that a store holds, to be looked at.

    Args:
        path: its folder.
        evidence: whether the evidence is wanted, which may be large.

    Raises:
        CommandError: when there is none, or it cannot be read.
    """
    with using(path):
        return Trust.restore(TrustStore(path).snapshot(evidence=evidence), checked=True)


class Updated(NamedTuple):
    """An update from several sources.

    Attributes:
        results: what came of each document.
        problems: why a source could not be read or fetched; the others count all the same.
        hint: what to know about that; None where the problems say it all.
    """

    results: tuple[Result, ...]
    problems: tuple[str, ...]
    hint: str | None


def updated(path: Path, sources: Sequence[str], at: datetime | None) -> Updated:
    """Offer documents to a store: those of files together, as far as an update takes them, then of each address.

    Raises:
        CommandError: when the store cannot be opened.
    """
    store = opened(path)
    addresses = [source for source in sources if _ADDRESS in source]
    results: list[Result] = []
    problems: list[StoreError] = []
    for found in _together([source for source in sources if source not in addresses], problems):
        with _noting(problems):
            results.extend(store.update(found, at=at))
    for address in addresses:
        with _noting(problems):
            results.extend(store.update_from(address, at=at))
    return Updated(tuple(results), tuple(map(str, problems)), _hint(problems))


def offered(source: str) -> Offered:
    """Read a file, or a folder with files named `*.cbor`.

    Raises:
        StoreError: when it cannot be read.
    """
    path = checked_path(source)
    with failing(f"read {source!r}"):
        return read_bundles(path)


def _together(sources: Sequence[str], problems: list[StoreError]) -> Iterator[list[bytes]]:
    """Read files, and give as many at once as an update takes: a registry may come before its root.

    What one source holds takes nothing from the others: each file has its own count of documents, and what would
    not fit beside those before it begins another update.
    """
    waiting: list[bytes] = []
    for source in sources:
        found: list[bytes] = []
        with _noting(problems):
            read = offered(source)
            found.extend(read.bundles.values())
            problems.extend(map(StoreError, read.left_out))
        if waiting and sum(map(len, waiting + found)) > MAX_BUNDLE:
            yield waiting
            waiting = []
        waiting.extend(found)
    if waiting:
        yield waiting


@contextmanager
def _noting(problems: list[StoreError]) -> Iterator[None]:
    """Go on after a source that cannot be read: no source may hold up what others say."""
    try:
        yield
    except StoreError as error:
        problems.append(error)


def _hint(problems: Sequence[StoreError]) -> str | None:
    causes = [problem.__cause__ for problem in problems]
    if any(isinstance(cause, FileNotFoundError) for cause in causes):
        return _SOURCES
    # Of fetching; those of the operating system, such as of a full disk, are no `HealthpassError`.
    return _GOES_ON if any(isinstance(cause, HealthpassError) for cause in causes) else None
