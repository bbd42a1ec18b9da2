"""`TrustStore`: the state on disk from which a registry is made (spec/registry.md, sections 6 and 7)."""

import os
from collections.abc import Iterable, Mapping
from datetime import datetime, timedelta
from pathlib import Path
from typing import Final, Self

from healthpass.codec._time import from_seconds, now, to_seconds, whole
from healthpass.credential._regions import RegionId
from healthpass.documents import _document
from healthpass.documents._document import Kind
from healthpass.documents._root import Root
from healthpass.documents._statement import PRODUCTION
from healthpass.store._bundling import Bundle, joined
from healthpass.store._effects import Effects
from healthpass.store._errors import StoreError, checked_path
from healthpass.store._explain import Explanation
from healthpass.store._folder import RECORD
from healthpass.store._keeping import Keeper, Rehearsal
from healthpass.store._offered import files_of, is_address, noting
from healthpass.store._results import Update, UpdateResult
from healthpass.store._sources import apply, from_address, from_files
from healthpass.store._view import TrustView
from healthpass.trust import _update
from healthpass.trust._held import Pin
from healthpass.trust._registry import Registry
from healthpass.trust._trust import Trust
from healthpass.words._errors import DocumentError
from healthpass.words._logging import logger

_LOG: Final = logger("store")
LOCK_TIMEOUT: Final = 10.0  # seconds; an update takes a small part of one
_TOLD: Final = 3  # of the problems of an update


class TrustStore:
    """A folder with the anchors of a verifier, and with what they and those whom they recognise have published.

    Use `create` or `open` to get one. Many processes can use one folder. Each call reads the folder as it is then:
    a gate that runs for long calls `registry()` again to see what another process has fetched.

    Attributes:
        path: the folder.
    """

    def __init__(self, path: str | os.PathLike[str], *, lock_timeout: float = LOCK_TIMEOUT) -> None:
        self.path: Final = checked_path(path)
        self._keeper = Keeper(self.path, lock_timeout)

    @classmethod
    def create(
        cls,
        path: str | os.PathLike[str],
        environment: str = PRODUCTION,
        *,
        lock_timeout: float = LOCK_TIMEOUT,
    ) -> Self:
        """Make a store without anchors.

        Args:
            path: a folder that is empty or not there.
            environment: what its documents are for; `production` for real codes (DOC-10).
            lock_timeout: how long a writer waits for another one, in seconds.

        Raises:
            ValueError: when that is no name of an environment.
            StoreError: when there is something in the folder, or it cannot be made.
        """
        store = cls(path, lock_timeout=lock_timeout)
        store._keeper.make(environment)
        return store

    @classmethod
    def open(
        cls,
        path: str | os.PathLike[str],
        *,
        environment: str | None = None,
        lock_timeout: float = LOCK_TIMEOUT,
    ) -> Self:
        """Open a store.

        Args:
            path: its folder.
            environment: the environment that it must be for; any when left out.
            lock_timeout: how long a writer waits for another one, in seconds.

        Raises:
            StoreError: when there is none, it is for another environment, or what it holds cannot be read.
        """
        store = cls(path, lock_timeout=lock_timeout)
        if environment not in (None, store.environment):
            raise StoreError(
                f"the trust store {str(store.path)!r} is for the environment {store.environment!r}, "
                f"and {environment!r} was asked for"
            )
        return store

    @staticmethod
    def exists(path: str | os.PathLike[str]) -> bool:
        """Tell whether a store is kept in a folder."""
        try:
            return (Path(path) / RECORD).exists()
        except (OSError, ValueError):  # a name that no file can have
            return False

    @property
    def environment(self) -> str:
        """The environment whose documents it takes."""
        return self._keeper.load().trust.environment

    @property
    def anchors(self) -> Mapping[RegionId, Pin]:
        """The anchors, each with its pin."""
        return self._keeper.load().trust.pins

    @property
    def updated_at(self) -> datetime | None:
        """When an update last ran to its end, by the clock of that machine, or the store was made; or None.

        It is the time of a file, for those who watch over a store; nothing is judged by it.
        """
        seconds = self._keeper.last_update()
        try:
            return None if seconds is None else from_seconds(int(seconds))
        except ValueError:  # a file can have any time
            return None

    def evidence(self) -> tuple[bytes, ...]:
        """Return the documents that contradict each other, of all anchors and authorities (UPD-9).

        A piece of it that is damaged is left out.

        Raises:
            StoreError: when the store cannot be read.
        """
        return self._keeper.evidence()

    def registry(self) -> Registry:
        """Return what is trusted now, for `verify`; it does not change with later updates.

        Raises:
            StoreError: when the store cannot be read.
        """
        return self._keeper.load().registry

    def view(self, *, at: datetime | None = None) -> TrustView:
        """Show what is trusted: anchors, whom they recognise, issuers, keys, and until when all this counts.

        Args:
            at: the time for which it is shown; now when left out.

        Raises:
            TypeError: when `at` is no `datetime`.
            ValueError: when `at` has no time zone, or does not lie from 1970 to 9998.
            StoreError: when the store cannot be read.
        """
        held = self._keeper.load()
        return TrustView._of(held.trust, _moment(at), held.kept.evidence())

    def explain(self, text: str, *, environment: str = PRODUCTION, at: datetime | None = None) -> Explanation:
        """Tell path by path why a code is trusted or not.

        Args:
            text: what the QR code holds.
            environment: which environment's codes are wanted.
            at: the time of judging; now when left out.

        Raises:
            TypeError: as `verify`.
            ValueError: as `verify`.
            StoreError: when the store cannot be read.
        """
        return Explanation._of(self._keeper.load().trust, text, environment, now() if at is None else at)

    def bundle(self) -> Bundle:
        """Join what is held in one bundle, status lists last, for a gate without a network (BDL-3, STL-10).

        An update takes a limited number of documents and bytes (UPD-10). When more is held, what belongs to the
        anchors goes in first, then what belongs to the authorities that they recognise, little before much.

        Raises:
            StoreError: when the store cannot be read.
        """
        return joined(self._keeper.load().trust.states)

    def pin(self, authority: str, *, version: int, digest: bytes) -> None:
        """Make an authority an anchor, or give an anchor another root to begin with.

        Args:
            authority: its region.
            version: the version of its root.
            digest: SHA-256 of that root's payload, which a person has compared.

        Raises:
            ValueError: when the id, the version or the digest is not valid.
            StoreError: when the store cannot be read or written.
        """
        with self._keeper.changing() as trust:
            trust.pin(Pin(RegionId(authority), version, digest))
        _LOG.info("pinned %s in %s", authority, self.path)

    def pin_document(self, root: bytes, *, digest: bytes, at: datetime | None = None) -> tuple[UpdateResult, ...]:
        """Make an authority an anchor by its root, and begin with that root.

        Args:
            root: the root.
            digest: its `document_digest`. A person must have compared it: a document alone says nothing about
                whom to trust.
            at: the time; now when left out.

        Returns:
            What came of the root.

        Raises:
            StoreError: when this is no root, has another hash, or is refused here; nothing is pinned then.
        """
        try:
            document = _document.parse(root)
            if document.kind is not Kind.ROOT or document.digest != digest:
                raise StoreError(
                    f"this {document.kind.label} has the hash {document.digest.hex()}; "
                    f"a {Kind.ROOT.label} with the hash {digest.hex()} is expected"
                )
            found = Root.decode(document.payload)
        except DocumentError as error:
            raise StoreError(f"this root cannot be pinned: {error}") from error
        moment = _seconds(at)
        with self._keeper.changing() as trust:
            trust.pin(Pin(found.authority, found.version, digest))
            results = UpdateResult._all_of(_update.updated(trust, root, at=moment), trust)
            for result in results:
                if result.anchor == result.authority == found.authority and result.outcome.kind == "refused":
                    raise StoreError(f"this root cannot be pinned: {result.outcome}: {result.message}")
        _LOG.info("pinned %s in %s", found.authority, self.path)
        return results

    def unpin(self, authority: str) -> None:
        """Trust an anchor no longer, and forget all that was held by way of it.

        Raises:
            StoreError: when it is no anchor, or the store cannot be read or written.
        """
        with self._keeper.changing() as trust:
            _unpin(trust, authority)
        _LOG.info("unpinned %s in %s", authority, self.path)

    def update(self, source: bytes | Iterable[bytes], *, at: datetime | None = None) -> tuple[UpdateResult, ...]:
        """Offer documents, and write down what comes of them, state by state: each whole or not at all (UPD-1).

        Args:
            source: a bundle, or several, each of which has its own limits (UPD-10).
            at: the time; now when left out.

        Returns:
            What came of each document, for each state that it concerned. A document that is refused is no error.

        Raises:
            TypeError: when `at` is no `datetime`.
            ValueError: when `at` has no time zone, or does not lie from 1970 to 9998.
            StoreError: when the store cannot be read, or what concerns an authority cannot be kept; what concerns
                the others is kept all the same.
        """
        return apply(self._keeper, source, _seconds(at))

    def update_from(
        self, source: str | os.PathLike[str], *, at: datetime | None = None
    ) -> tuple[UpdateResult, ...]:
        """Offer the documents of a file, of the files named `*.cbor` in a folder, or of an `https://` address.

        Args:
            source: the path, or the address.
            at: the time; now when left out.

        Returns:
            As `update`; nothing when the address answers that it has nothing new.

        Raises:
            TypeError: when `at` is no `datetime`.
            ValueError: when `at` has no time zone, or does not lie from 1970 to 9998.
            StoreError: when the documents cannot be read or fetched, or the store cannot be read or written. What
                could be read of the other files of a folder has been taken all the same.
        """
        update = self.update_from_all([source], at=at)
        if update.problems:
            raise StoreError("; ".join(map(str, update.problems[:_TOLD]))) from update.problems[0]
        return update.results

    def update_from_all(
        self, sources: Iterable[str | os.PathLike[str]], *, at: datetime | None = None, rehearse: bool = False
    ) -> Update:
        """Offer what several sources hold: the files, then each address. Each has its own limits (UPD-10).

        Args:
            sources: as for `update_from`.
            at: the time; now when left out.
            rehearse: whether it is told what would come of it, and nothing is changed.

        Returns:
            What came of each document, and why a source cannot be read or fetched: none holds up another.

        Raises:
            TypeError: when `at` is no `datetime`.
            ValueError: when `at` has no time zone, or does not lie from 1970 to 9998.
            StoreError: when the store cannot be opened.
        """
        self._keeper.load()
        moment = _seconds(at)
        problems: list[StoreError] = []
        addresses: list[str] = []
        files: list[Path] = []
        for source in sources:
            with noting(problems):
                if isinstance(source, str) and is_address(source):
                    addresses.append(source)
                else:
                    files.extend(files_of(source))
        keeper = Rehearsal(self._keeper) if rehearse else self._keeper
        results = list(from_files(keeper, dict.fromkeys(files), moment, problems))
        clocks: list[timedelta] = []
        for address in addresses:
            with noting(problems):
                told, ahead = from_address(keeper, address, moment)
                results += told
                clocks += () if ahead is None else (ahead,)
        return Update(tuple(results), tuple(problems), max(clocks, key=abs, default=None))

    def rehearse(self, source: bytes | Iterable[bytes], *, at: datetime | None = None) -> tuple[UpdateResult, ...]:
        """Tell what would come of an `update`, and change nothing.

        Raises:
            TypeError: as `update`, and ValueError too.
            StoreError: when the store cannot be read.
        """
        return apply(Rehearsal(self._keeper), source, _seconds(at))

    def pin_effects(
        self, pin: Pin, source: bytes | Iterable[bytes] = (), *, at: datetime | None = None
    ) -> Effects:
        """Tell what a pin would take from other anchors, and change nothing: a name has one owner (PTH-3).

        Args:
            pin: the root that would be pinned.
            source: documents that would be offered then, such as that root.
            at: the time; now when left out.

        Raises:
            TypeError: when `at` is no `datetime`.
            ValueError: when `at` has no time zone or does not lie from 1970 to 9998, or the pin cannot be one.
            StoreError: when the store cannot be read.
        """
        moment, after = _seconds(at), self._keeper.read().trust
        after.pin(pin)
        _update.updated(after, source, at=moment)
        return self._effects(after, pin.authority, moment)

    def unpin_effects(self, authority: str, *, at: datetime | None = None) -> Effects:
        """Tell what would be lost without an anchor, and change nothing.

        Raises:
            StoreError: when it is no anchor, or the store cannot be read.
        """
        after = self._keeper.read().trust
        _unpin(after, authority)
        return self._effects(after, RegionId(authority), _seconds(at))

    def _effects(self, after: Trust, authority: RegionId, at: int) -> Effects:
        before = self._keeper.load()
        return Effects._of(before.trust, after, authority, at, before.kept.evidence())


def _unpin(trust: Trust, authority: str) -> None:
    if authority not in (pins := trust.pins):
        raise StoreError(f"{authority!r} is no anchor here; the anchors are: {', '.join(pins) or 'none'}")
    trust.unpin(authority)


def _moment(at: datetime | None) -> datetime:
    return whole(now() if at is None else at)


def _seconds(at: datetime | None) -> int:
    return to_seconds(_moment(at))
