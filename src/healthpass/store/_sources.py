"""Offering to a store what files and addresses hold. Each of them is a source with limits of its own (UPD-10)."""

from collections.abc import Iterable, Sequence
from datetime import timedelta
from pathlib import Path
from typing import Final

from healthpass.store._errors import StoreError
from healthpass.store._keeping import Keeper, Rehearsal
from healthpass.store._offered import noting, read_together
from healthpass.store._results import UpdateResult, later
from healthpass.trust._update import Update
from healthpass.words._logging import logger
from healthpass.words._outcomes import Outcome

_LOG: Final = logger("store")
_LOGGED: Final = 20  # refused documents of a source
DOUBTFUL: Final = timedelta(days=1)  # two clocks that differ by more: one of them is wrong


def apply(
    keeper: Keeper | Rehearsal,
    source: bytes | Iterable[bytes],
    at: int,
    names: Sequence[str] = (),
    origin: tuple[str, str] | None = None,
) -> tuple[UpdateResult, ...]:
    """Offer bundles, and write down what comes of them.

    Args:
        keeper: keeps the store.
        source: a bundle, or several.
        at: the time, in seconds since 1970.
        names: what the bundles are called.
        origin: the address of a single bundle, and its ETag.

    Raises:
        StoreError: when the store cannot be read or written.
    """
    update = Update(source, at)
    trust = keeper.update(update, origin)
    results = UpdateResult._all_of(update.results, trust, names)
    if isinstance(keeper, Keeper):
        _log(results)
    return results


def from_files(
    keeper: Keeper | Rehearsal, files: Iterable[Path], at: int, problems: list[StoreError]
) -> tuple[UpdateResult, ...]:
    """Offer files, as many at once as fit into memory; if that takes several updates, all of them twice.

    So a registry is taken also where its root stands in a later file. What is wrong is noted in `problems`.
    """
    results, updates = _in_turn(keeper, files, at, problems)
    return later(results, _in_turn(keeper, files, at, [])[0]) if updates > 1 else results


def from_address(
    keeper: Keeper | Rehearsal, url: str, at: int
) -> tuple[tuple[UpdateResult, ...], timedelta | None]:
    """Offer what an address answers; nothing where it has nothing new.

    Returns:
        What came of it, and how far the clock here is ahead of that of the address; None where that tells none.

    Raises:
        StoreError: when it cannot be fetched, or the store cannot be read or written.
    """
    kept = keeper.load().kept
    try:
        from healthpass.store._fetch import FetchError, fetch  # noqa: PLC0415 - httpx is an extra
    except ImportError as error:
        raise StoreError(str(error)) from error
    try:
        fetched = fetch(url, etag=kept.etag(url))
    except FetchError as error:
        raise StoreError(f"{error}; the trust store is as it was") from error
    ahead = fetched.clock_ahead
    if fetched.content is None:
        keeper.note_update()
        return (), ahead
    # What came of it under a wrong clock is not all that may come of it: with an ETag it would never come again.
    known = fetched.etag if ahead is None or abs(ahead) <= DOUBTFUL else None
    return apply(keeper, fetched.content, at, [url], (url, known) if known else None), ahead


def _in_turn(
    keeper: Keeper | Rehearsal, files: Iterable[Path], at: int, problems: list[StoreError]
) -> tuple[tuple[UpdateResult, ...], int]:
    results: list[UpdateResult] = []
    updates = 0
    for some in read_together(files, problems):
        updates += 1
        with noting(problems):
            results += apply(keeper, some.values(), at, list(map(str, some)))
    return tuple(results), updates


def _log(results: Sequence[UpdateResult]) -> None:
    refused = [result for result in results if result.refused]
    applied = sum(result.outcome is Outcome.APPLIED for result in results)
    _LOG.info("an update has applied %d documents, and refused %d", applied, len(refused))
    for one in refused[:_LOGGED]:
        named = one.authority or "nobody known"
        _LOG.warning(
            "refused: document %d of %s, of %s: %s", one.document, one.source or "an update", named, one.outcome
        )
