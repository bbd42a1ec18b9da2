"""`TrustStore`: the state on disk from which a registry is made (spec/registry.md, sections 6 and 7)."""

import os
import re
from collections.abc import Iterable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import datetime
from functools import cached_property
from typing import Final, Self

from pydantic import ValidationError

from healthpass import _document
from healthpass._bundle import DOCUMENT_LIMIT, LIST_LIMIT, MAX_BUNDLE
from healthpass._document import Kind
from healthpass._errors import DocumentError
from healthpass._held import Pin
from healthpass._regions import RegionId
from healthpass._registry import Registry
from healthpass._root import Root
from healthpass._statement import PRODUCTION
from healthpass._time import now, to_seconds
from healthpass._trust import Result, Snapshot, StateSnapshot, Trust
from healthpass.store._errors import StoreError, checked_path, failing
from healthpass.store._folder import RECORD, Folder
from healthpass.store._offered import read_bundles
from healthpass.store._record import Kept, Record

LOCK_TIMEOUT: Final = 10.0  # seconds; an update takes a small part of one
_ATTEMPTS: Final = 100  # of a reader; each that fails means that a whole update took place meanwhile
_ADDRESS: Final = re.compile(r"[A-Za-z][A-Za-z0-9+.-]*://")

_HINT: Final = "; put it back from a copy, or make a new one, and pin and update it"


def document_digest(document: bytes) -> bytes:
    """Return SHA-256 of a document's payload, by which people compare roots before they pin one.

    Raises:
        DocumentError: when this is no document.
    """
    return _document.parse(document).digest


@dataclass(frozen=True)
class _Held:
    """What a store holds, as it was read."""

    text: bytes
    kept: Kept
    trust: Trust

    @cached_property
    def registry(self) -> Registry:
        return self.trust.registry()


@dataclass
class _Change:
    """A change that is being made: the trust, and the address and the ETag that it comes from."""

    trust: Trust
    origin: tuple[str, str] | None = None


class TrustStore:
    """The anchors of a verifier and what it has been told since, in a folder.

    Made by `create` or `open`. Many processes can use one folder. Each call sees the folder as it then is: a gate
    that runs for long asks for `registry()` again when it wants the news that another process has fetched.

    Attributes:
        path: the folder.
    """

    def __init__(self, path: str | os.PathLike[str], *, lock_timeout: float = LOCK_TIMEOUT) -> None:
        self.path: Final = checked_path(path)
        self._folder = Folder(self.path)
        self._lock_timeout = lock_timeout
        self._held: _Held | None = None

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
        kept = Kept.of(Trust(environment))
        store = cls(path, lock_timeout=lock_timeout)
        with failing(f"create a trust store in {str(store.path)!r}"):
            store._folder.make()
            with store._folder.locked(lock_timeout):
                store._folder.make()  # again: somebody else may have been faster
                store._folder.commit(kept.record.encode(), {}, ())
                store._folder.clear(())
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

    @property
    def environment(self) -> str:
        """The environment whose documents it takes."""
        return self._load().trust.environment

    @property
    def anchors(self) -> Mapping[RegionId, Pin]:
        """The anchors, each with its pin."""
        return self._load().trust.pins

    @property
    def states(self) -> tuple[StateSnapshot, ...]:
        """All that it holds, for each anchor and authority: documents, tombstones, evidence (UPD-9)."""
        return self.snapshot().states

    def snapshot(self) -> Snapshot:
        """Return environment, anchors and states as they are at one moment, whoever writes meanwhile.

        Raises:
            StoreError: when the store cannot be read.
        """
        return self._load().trust.snapshot()

    def registry(self) -> Registry:
        """Return what is trusted now, for `verify`; it does not change with later updates.

        Raises:
            StoreError: when the store cannot be read.
        """
        return self._load().registry

    def bundle(self) -> bytes:
        """Return all that is held as one bundle, status lists last, for a gate without a network (BDL-3, STL-11).

        Raises:
            StoreError: when the store cannot be read, or holds more than a reader takes at once (UPD-10).
        """
        states = sorted(self.states, key=lambda state: state.anchor != state.authority)
        roots = [root for state in states for root in state.chain]
        # A document that is held by way of several anchors is needed once.
        documents = dict.fromkeys([*roots, *(state.registry for state in states if state.registry)])
        lists = dict.fromkeys(data for state in states for *_, data in state.lists)
        size = sum(map(len, documents)) + sum(map(len, lists))
        if len(documents) > DOCUMENT_LIMIT or len(lists) > LIST_LIMIT or size > MAX_BUNDLE:
            raise StoreError(
                f"the trust store {str(self.path)!r} holds more than a bundle may: "
                f"{DOCUMENT_LIMIT:,} documents, {LIST_LIMIT:,} status lists, and {MAX_BUNDLE:,} bytes"
            )
        return b"".join([*documents, *lists])

    def pin(self, authority: str, *, version: int, digest: bytes) -> None:
        """Make an authority an anchor, or give an anchor another root to begin with.

        Args:
            authority: its region.
            version: the version of its root.
            digest: SHA-256 of that root's payload, which a person has compared.

        Raises:
            ValueError: when one of them cannot be what it should be.
            StoreError: when the store cannot be read or written.
        """
        with self._changing() as change:
            change.trust.pin(Pin(RegionId(authority), version, digest))

    def pin_document(self, root: bytes, *, digest: bytes, at: datetime | None = None) -> tuple[Result, ...]:
        """Make an authority an anchor by its root, and begin with that root.

        Args:
            root: the root.
            digest: its `document_digest`, which a person has compared: whom to trust is never taken from a
                document alone.
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
                    f"this {document.kind} has the hash {document.digest.hex()}; "
                    f"a {Kind.ROOT} with the hash {digest.hex()} is expected"
                )
            found = Root.decode(document.payload)
        except DocumentError as error:
            raise StoreError(f"this root cannot be pinned: {error}") from error
        moment = to_seconds(now() if at is None else at)
        with self._changing() as change:
            change.trust.pin(Pin(found.authority, found.version, digest))
            results = change.trust.update(root, at=moment)
            for result in results:
                if result.anchor == result.authority == found.authority and result.outcome.kind == "refused":
                    raise StoreError(f"this root cannot be pinned: {result.outcome}: {result.message}")
        return results

    def unpin(self, authority: str) -> None:
        """Trust an anchor no longer, and forget all that was held by way of it.

        Raises:
            StoreError: when it is no anchor, or the store cannot be read or written.
        """
        with self._changing() as change:
            if authority not in (pins := change.trust.pins):
                raise StoreError(f"{authority!r} is no anchor here; the anchors are: {', '.join(pins) or 'none'}")
            change.trust.unpin(authority)

    def update(self, source: bytes | Iterable[bytes], *, at: datetime | None = None) -> tuple[Result, ...]:
        """Offer documents, and keep what comes of them: in one step, or not at all.

        Args:
            source: a bundle, or several.
            at: the time; now when left out.

        Returns:
            What came of each document, for each state that it concerned. A document that is refused is no error.

        Raises:
            TypeError: when `at` is no `datetime`.
            ValueError: when `at` has no time zone.
            StoreError: when the store cannot be read or written.
        """
        return self._update(source, at)

    def update_from(self, source: str | os.PathLike[str], *, at: datetime | None = None) -> tuple[Result, ...]:
        """Offer the documents of a file, of the files named `*.cbor` in a folder, or of an `https://` address.

        Args:
            source: the path, or the address.
            at: the time; now when left out.

        Returns:
            As `update`; nothing when the address says that it has what this store holds.

        Raises:
            TypeError: when `at` is no `datetime`.
            ValueError: when `at` has no time zone.
            StoreError: when the documents cannot be read or fetched, or the store cannot be read or written.
        """
        if isinstance(source, str) and _ADDRESS.match(source):
            return self._update_from_address(source, at)
        path = checked_path(source)
        with failing(f"read {str(path)!r}"):
            bundles = read_bundles(path)
        return self._update(bundles, at)

    def _update_from_address(self, url: str, at: datetime | None) -> tuple[Result, ...]:
        kept = self._load().kept
        try:
            from healthpass.fetch import FetchError, fetch  # noqa: PLC0415 - httpx is an extra
        except ImportError as error:
            raise StoreError(str(error)) from error
        try:
            fetched = fetch(url, etag=kept.etag(url))
        except FetchError as error:
            raise StoreError(f"{error}; the trust store is as it was") from error
        if fetched.content is None:
            return ()
        return self._update(fetched.content, at, (url, fetched.etag) if fetched.etag else None)

    def _update(
        self, source: bytes | Iterable[bytes], at: datetime | None, origin: tuple[str, str] | None = None
    ) -> tuple[Result, ...]:
        moment = to_seconds(now() if at is None else at)
        with self._changing() as change:
            results = change.trust.update(source, at=moment)
            # What was refused may be taken another time, and then the whole bundle is needed again.
            if not any(result.outcome.kind == "refused" for result in results):
                change.origin = origin
        return results

    @contextmanager
    def _changing(self) -> Iterator[_Change]:
        """Lock the store, read it, let its trust be changed, and write down what came of it, if anything did."""
        with failing(f"change the trust store {str(self.path)!r}"), self._folder.locked(self._lock_timeout):
            held = self._read()  # UPD-11
            change = _Change(held.trust)
            yield change
            kept = Kept.of(change.trust, held.kept.record.sources, change.origin)
            text = kept.record.encode()
            if text != held.text:
                self._folder.commit(text, kept.documents, held.kept.documents)
                self._held = _Held(text, kept, change.trust)
            self._folder.clear(kept.documents)

    def _load(self) -> _Held:
        self._held = self._read(self._held)
        return self._held

    def _read(self, known: _Held | None = None) -> _Held:
        """Read what is held, again if a writer has replaced it and cleared its documents away meanwhile.

        Args:
            known: what was held before; it is returned if that is still so.

        Raises:
            StoreError: when it cannot be read.
        """
        missed = b""
        with failing(f"read the trust store {str(self.path)!r}", _HINT):
            for _ in range(_ATTEMPTS):
                text = self._folder.record()
                if known and text == known.text:
                    return known
                record = self._decoded(text)
                try:
                    documents = {name: self._folder.document(name) for name in record.documents()}
                except FileNotFoundError:
                    if text == missed:
                        raise
                    missed = text
                    continue
                return self._restored(text, Kept(record, documents))
        raise StoreError(f"the trust store {str(self.path)!r} is being changed all the time; try again")

    def _decoded(self, text: bytes) -> Record:
        try:
            return Record.decode(text)
        except ValidationError as error:
            first = error.errors(include_url=False, include_input=False)[0]
            place = ".".join(map(str, first["loc"]))
            why = f"{place}: {first['msg']}" if place else first["msg"]
        except ValueError as error:
            why = str(error)
        raise StoreError(
            f"the trust store {str(self.path)!r} cannot be read: {RECORD} is damaged, or was written by "
            f"another version or by hand ({why}){_HINT}"
        )

    def _restored(self, text: bytes, kept: Kept) -> _Held:
        try:
            return _Held(text, kept, kept.restore())
        except ValueError as error:
            raise StoreError(
                f"the trust store {str(self.path)!r} cannot be read: what it holds does not hold together "
                f"({error}){_HINT}"
            ) from error
