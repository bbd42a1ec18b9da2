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

from healthpass.codec._time import now, to_seconds
from healthpass.credential._regions import RegionId
from healthpass.documents import _document
from healthpass.documents._document import Kind
from healthpass.documents._root import Root
from healthpass.documents._statement import PRODUCTION
from healthpass.store._bundling import Bundle, joined
from healthpass.store._errors import StoreError, checked_path, failing
from healthpass.store._folder import RECORD, Folder
from healthpass.store._offered import read_bundles
from healthpass.store._record import Kept, Record
from healthpass.trust._held import Pin
from healthpass.trust._registry import Registry
from healthpass.trust._trust import Result, Snapshot, StateSnapshot, Trust
from healthpass.words._errors import DocumentError
from healthpass.words._outcomes import Outcome

LOCK_TIMEOUT: Final = 10.0  # seconds; an update takes a small part of one
_ATTEMPTS: Final = 100  # of a reader; each that fails means that a whole update took place meanwhile
_ADDRESS: Final = re.compile(r"[A-Za-z][A-Za-z0-9+.-]*://")

_HINT: Final = "; put it back from a copy, or make a new one, and pin and update it"
# What was refused may be taken another time, and then its bundle is needed again: its ETag is not kept. But these
# depend on what is held alone, and where that changes, no ETag counts any more. A bundle with all the roots of an
# authority has some of them for every gate that begins with a later one.
_SETTLED: Final = frozenset({Outcome.UNKNOWN_SIGNER, Outcome.THRESHOLD_NOT_MET})


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
        kept, _ = Kept.of(Trust(environment))
        store = cls(path, lock_timeout=lock_timeout)
        with failing(f"create a trust store in {str(store.path)!r}"):
            store._folder.make()
            with store._folder.locked(lock_timeout):
                store._folder.make()  # again: somebody else may have been faster
                store._folder.commit(kept.record.encode(), {})
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

    def snapshot(self, *, evidence: bool = True) -> Snapshot:
        """Return environment, anchors and states as they are at one moment, whoever writes meanwhile.

        Args:
            evidence: whether to read the evidence too; a piece of it that is damaged is left out.

        Raises:
            StoreError: when the store cannot be read.
        """
        # Read anew, and not kept: the evidence may be large, and no code is judged by it.
        return self._read(evidence=evidence).trust.snapshot()

    def registry(self) -> Registry:
        """Return what is trusted now, for `verify`; it does not change with later updates.

        Raises:
            StoreError: when the store cannot be read.
        """
        return self._load().registry

    def bundle(self) -> Bundle:
        """Join what is held in one bundle, status lists last, for a gate without a network (BDL-3, STL-11).

        What no reader would take whole (UPD-10) is of no use: of too much, the anchors' own states go in, and then
        those of whom they recognise, smaller ones before larger ones.

        Raises:
            StoreError: when the store cannot be read.
        """
        return joined(self._load().trust.snapshot().states)

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
            As `update`; nothing when the address says that it has what this store holds. Of a folder with more
            bytes than an update takes (UPD-10), the small files count, and each that is left out has a result.

        Raises:
            TypeError: when `at` is no `datetime`.
            ValueError: when `at` has no time zone.
            StoreError: when the documents cannot be read or fetched, or the store cannot be read or written.
        """
        if isinstance(source, str) and _ADDRESS.match(source):
            return self._update_from_address(source, at)
        path = checked_path(source)
        with failing(f"read {str(path)!r}"):
            offered = read_bundles(path)
        results = self._update(offered.bundles.values(), at)
        after = results[-1].document + 1 if results else 0
        return (
            *results,
            *(
                Result(after + number, None, None, None, None, Outcome.TOO_LARGE, message=why)
                for number, why in enumerate(offered.left_out)
            ),
        )

    def _update_from_address(self, url: str, at: datetime | None) -> tuple[Result, ...]:
        kept = self._load().kept
        try:
            from healthpass.store._fetch import FetchError, fetch  # noqa: PLC0415 - httpx is an extra
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
            if all(result.outcome.kind == "done" or result.outcome in _SETTLED for result in results):
                change.origin = origin
        return results

    @contextmanager
    def _changing(self) -> Iterator[_Change]:
        """Lock the store, read it, let its trust be changed, and write down what came of it, if anything did."""
        with failing(f"change the trust store {str(self.path)!r}"), self._folder.locked(self._lock_timeout):
            held = self._read()  # UPD-11
            change = _Change(held.trust)
            yield change
            kept, files = Kept.of(change.trust, held.kept, change.origin)
            text, names = kept.record.encode(), kept.files()
            if text != held.text:
                self._folder.commit(text, {name: files[name] for name in names - held.kept.files()})
                self._held = _Held(text, kept, change.trust)
            self._folder.clear(names)

    def _load(self) -> _Held:
        self._held = self._read(self._held)
        return self._held

    def _read(self, known: _Held | None = None, *, evidence: bool = False) -> _Held:
        """Read what is held, again if a writer has replaced it and cleared files away meanwhile.

        Args:
            known: what was held before; it is returned if that is still so.
            evidence: whether the evidence is wanted, which only people look at.

        Raises:
            StoreError: when it cannot be read.
        """
        missed = b""
        with failing(f"read the trust store {str(self.path)!r}", _HINT):
            for _ in range(_ATTEMPTS):
                text = self._folder.record()
                if known and text == known.text:
                    return known
                with self._whole():
                    record = Record.decode(text)
                try:
                    with self._whole():
                        kept = Kept.read(record, self._folder.content, evidence=evidence)
                except FileNotFoundError:
                    if text == missed:
                        raise
                    missed = text
                    continue
                return self._restored(text, kept)
        raise StoreError(f"the trust store {str(self.path)!r} is being changed all the time; try again")

    @contextmanager
    def _whole(self) -> Iterator[None]:
        """Say what is wrong with a record, or with the file of a state."""
        try:
            yield
        except ValidationError as error:
            first = error.errors(include_url=False, include_input=False)[0]
            place = ".".join(map(str, first["loc"]))
            why = f"{place}: {first['msg']}" if place else first["msg"]
        except ValueError as error:
            why = str(error)
        else:
            return
        raise StoreError(
            f"the trust store {str(self.path)!r} cannot be read: {RECORD}, or what it names, is damaged, or was "
            f"written by another version or by hand ({why}){_HINT}"
        )

    def _restored(self, text: bytes, kept: Kept) -> _Held:
        try:
            return _Held(text, kept, kept.restore())
        except ValueError as error:
            raise StoreError(
                f"the trust store {str(self.path)!r} cannot be read: what it holds does not hold together "
                f"({error}){_HINT}"
            ) from error
