"""The health of what is published: what a gate would fetch from an address, or read from files."""

import os
from collections.abc import Callable, Iterable, Mapping
from datetime import datetime, timedelta
from typing import Any, Final, TypeVar

from healthpass.codec._time import now, to_seconds
from healthpass.credential._regions import IssuerId
from healthpass.documents._bundle import DOCUMENT_LIMIT, LIST_LIMIT
from healthpass.documents._office_document import OfficeDocument
from healthpass.documents._opened import ListClaims, OpenedDocument, open_bundle
from healthpass.documents._registry_document import RegistryDocument
from healthpass.documents._root import Root
from healthpass.health._ledger import compare, read_state
from healthpass.health._report import KINDS, Check, Kind, Limits, Notes, length, moment
from healthpass.health._store import told_error
from healthpass.health._words import Level, Matter
from healthpass.store._errors import StoreError
from healthpass.store._offered import files_of, is_address, read_together
from healthpass.store._results import UpdateResult
from healthpass.store._store import TrustStore
from healthpass.store._view import TrustView
from healthpass.words._errors import DocumentError, HealthpassError
from healthpass.words._outcomes import Outcome

TIMEOUT: Final = timedelta(seconds=30)  # for all of an address
MAX_FILES: Final = 1_000
_DEFAULT: Final = Limits()
_Key = TypeVar("_Key", str, int, tuple[Kind, IssuerId])
_Claims = TypeVar("_Claims", Root, RegistryDocument, ListClaims, OfficeDocument[Any])
_MAX_DOCUMENTS: Final = DOCUMENT_LIMIT + LIST_LIMIT


def check_published(
    source: str | os.PathLike[str],
    *,
    stores: Iterable[str | os.PathLike[str]] = (),
    ledgers: Iterable[str | os.PathLike[str]] = (),
    at: datetime | None = None,
    limits: Limits = _DEFAULT,
    timeout: timedelta = TIMEOUT,
) -> Check:
    """Check what is published, as a gate would fetch it. Nothing is kept, and no store is changed.

    Without a store nobody can tell who may speak: what the documents say of themselves is believed. With stores,
    each is asked what would come of it.

    Args:
        source: a file, a folder with files named `*.cbor`, or an `https://` address (extra: ``http``).
        stores: the folders of stores to compare it with.
        ledgers: the ledgers to compare its lists with, as `check_ledger` takes them. Which lists are theirs the
            stores tell, by the addresses that the registry names; without a store, all lists are taken for theirs.
        at: the time; now when left out.
        limits: how much time must be left, and how far the address's clock may differ.
        timeout: how long an address may take for all of it.

    Returns:
        What came of it. What cannot be read or fetched is a finding, and no error.

    Raises:
        TypeError: when `at` is no `datetime`.
        ValueError: when `at` has no time zone, or does not lie from 1970 to 9998.
    """
    notes = Notes("published", os.fsdecode(source), limits, moment(at))
    bundles = _read(notes, source, at, timeout)
    found = _Found(notes)
    for bundle in bundles:
        found.read(bundle)
    if bundles and not found.documents:
        notes.find(Level.CRITICAL, Matter.NOTHING, "published", "there is no document in it")
    own: set[str] | None = None
    bases: dict[str, str] = {}
    for store in stores if bundles else ():
        own = (own or set()) | _compare(notes, store, bundles, found, bases)
    for ledger in ledgers:
        _compare_lists(notes, ledger, found, bases if own is not None else None)
    found.tell(own)
    return notes.check


def _read(notes: Notes, source: str | os.PathLike[str], at: datetime | None, timeout: timedelta) -> list[bytes]:
    """Read all bundles of a source; what is wrong is a finding."""
    try:
        if isinstance(source, str) and is_address(source):
            return [_fetched(notes, source, at, timeout)]
        files = files_of(source)
        if len(files) > MAX_FILES:
            words = f"there are {len(files):,} files in it, and {MAX_FILES:,} of them are looked at"
            notes.find(Level.WARNING, Matter.REFUSED, "files", words)
        problems: list[StoreError] = []
        read = next(read_together(files[:MAX_FILES], problems), {})
        for error in problems:
            told_error(notes, "file", error)
        if len(read) + len(problems) < min(len(files), MAX_FILES):
            notes.find(Level.WARNING, Matter.REFUSED, "files", "more stands in them than one update takes at once")
        return list(read.values())
    except StoreError as error:
        told_error(notes, "published", error)
    except HealthpassError as error:
        notes.find(Level.CRITICAL, Matter.UNREACHABLE, "address", str(error))
    except ImportError as error:
        notes.find(Level.UNKNOWN, Matter.UNREADABLE, "address", str(error))
    return []


def _fetched(notes: Notes, address: str, at: datetime | None, timeout: timedelta) -> bytes:
    from healthpass.store._fetch import fetch  # noqa: PLC0415 - httpx is an extra

    fetched = fetch(address, deadline=timeout.total_seconds())
    if fetched.clock_ahead is not None:
        ahead = fetched.clock_ahead + (timedelta(0) if at is None else at - now())
        notes.measure("clock-ahead-seconds", ahead // timedelta(seconds=1))
        level = notes.limits.of_clock(ahead)
        if level is not Level.OK:
            way = "ahead of" if ahead > timedelta(0) else "behind"
            words = f"the clock here is {length(abs(ahead))} {way} that of the address"
            notes.find(level, Matter.CLOCK_OFF, "clock", words)
    return fetched.content or b""


class _Found:
    """The newest documents of a source: of each authority its root and its registry, of each number a list."""

    def __init__(self, notes: Notes) -> None:
        self._notes: Final = notes
        self.documents = 0
        self._roots: dict[str, Root] = {}
        self._registries: dict[str, RegistryDocument] = {}
        self._of_offices: dict[tuple[Kind, IssuerId], OfficeDocument[Any]] = {}
        self.lists: dict[str, dict[int, ListClaims]] = {}

    def read(self, bundle: bytes) -> None:
        """Take up what a bundle says; a document that nobody could take is a finding."""
        for one in open_bundle(bundle):
            if isinstance(one, DocumentError):
                self._notes.find(Level.WARNING, Matter.REFUSED, "document", str(one))
                continue
            self.documents += 1
            if one.claims is None:
                words = f"the {one.kind.label} {one.digest.hex()[:12]}… breaks a rule"
                self._notes.find(Level.WARNING, Matter.REFUSED, "document", words)
            elif self.documents <= _MAX_DOCUMENTS:
                self._take(one)

    def _take(self, one: OpenedDocument) -> None:
        claims = one.claims
        if isinstance(claims, Root):
            _newer(self._roots, claims.authority, claims, lambda root: (root.epoch, root.version))
        elif isinstance(claims, RegistryDocument):
            _newer(self._registries, claims.authority, claims, lambda held: (held.epoch, held.version))
        elif isinstance(claims, OfficeDocument):
            _newer(
                self._of_offices,
                (KINDS[one.kind], claims.issuer),
                claims,
                lambda held: (to_seconds(held.issued), 0),
            )
        elif isinstance(claims, ListClaims) and claims.number is not None:
            _newer(
                self.lists.setdefault(claims.base, {}),
                claims.number,
                claims,
                lambda held: (to_seconds(held.issued_at), 0),
            )

    def tell(self, own: set[str] | None) -> None:
        """Tell until when all this counts.

        Args:
            own: the anchors of the stores that it was compared with; of others nothing is worse than a warning.
        """
        notes = self._notes
        notes.measure("documents", self.documents)
        kinds: tuple[tuple[Kind, Mapping[str, Root | RegistryDocument]], ...]
        kinds = (("root", self._roots), ("registry", self._registries))
        for kind, found in kinds:
            for name, held in found.items():
                most = Level.CRITICAL if own is None or name in own else Level.WARNING
                notes.end_of_document(kind, name, held.version, held.issued, held.expires, most=most)
        for name, registry in self._registries.items():
            notes.measure("age-seconds", (notes.at - registry.issued).total_seconds(), f"registry {name}")
            for one in registry.recognitions:
                of = f"{one.authority} by {name}"
                notes.end("recognition", of, one.valid_from, one.valid_until, most=Level.WARNING)
        for (what, office), signed in self._of_offices.items():
            notes.end(what, office, signed.issued, signed.expires, most=Level.WARNING)
        for base, lists in self.lists.items():
            first = min(lists.values(), key=lambda one: one.expires_at)
            newest = max(one.issued_at for one in lists.values())
            notes.measure("lists", len(lists), base)
            notes.measure("age-seconds", (notes.at - newest).total_seconds(), f"lists {base}")
            title = f"the first of {len(lists):,} status lists of {base}"
            notes.end("lists", base, first.issued_at, first.expires_at, title=title)


def _newer(
    held: dict[_Key, _Claims], key: _Key, one: _Claims, order: Callable[[_Claims], tuple[int, int]]
) -> None:
    """Hold a document, unless a newer one is held."""
    if key not in held or order(one) > order(held[key]):
        held[key] = one


def _compare_lists(
    notes: Notes, ledger: str | os.PathLike[str], found: _Found, bases: dict[str, str] | None
) -> None:
    """Compare the lists of a ledger's issuer with the ledger.

    Args:
        notes: takes up what is found.
        ledger: its folder, or its address.
        found: what is published.
        bases: the issuers of the lists, by their addresses; None where nobody can tell.
    """
    if state := read_state(notes, ledger):
        own = [base for base in found.lists if bases is None or bases.get(base) == state.issuer]
        if newest := max((one.issued_at for base in own for one in found.lists[base].values()), default=None):
            compare(notes, state, newest)


def _compare(
    notes: Notes, path: str | os.PathLike[str], bundles: list[bytes], found: _Found, bases: dict[str, str]
) -> set[str]:
    """Ask a store what would come of it, and who publishes at which address; return its anchors."""
    name = os.fsdecode(path)
    try:
        store = TrustStore.open(path)
        results, view = store.rehearse(bundles, at=notes.at), store.view(at=notes.at)
    except StoreError as error:
        told_error(notes, name, error)
        return set()
    _outcomes(notes, name, results)
    _missing(notes, name, view, found)
    bases |= {one.status.base: one.id for one in view.issuers() if one.speaks and one.status and one.status.base}
    return set(map(str, store.anchors))


def _outcomes(notes: Notes, store: str, results: tuple[UpdateResult, ...]) -> None:
    refused = [one for one in results if one.refused]
    notes.measure("refused", sum(1 + one.more for one in refused), store)
    for one in refused:
        what = f"{one.kind.label if one.kind else 'document'} {one.document + 1}"
        of = f"{what} of {one.authority}" if one.authority else what
        words = f"{store} refuses {of}: {one.outcome}: {one.message}"
        level, matter = Level.WARNING, Matter.REFUSED
        if one.outcome is Outcome.EQUIVOCATION:
            level, matter = Level.CRITICAL, Matter.CONTRADICTION
        elif one.outcome is Outcome.ROLLBACK:
            matter = Matter.OLDER
        notes.find(level, matter, what, words)
    if results and all(one.passed_over for one in results):
        notes.find(Level.WARNING, Matter.REFUSED, store, f"nothing in it concerns {store}")


def _missing(notes: Notes, store: str, view: TrustView, found: _Found) -> None:
    """Tell which lists a store holds and the source lacks, of issuers of which it has any."""
    for issuer in view.issuers():
        lists = issuer.status
        if issuer.speaks and lists and lists.base in found.lists:
            lacking = sorted(set(lists.numbers) - found.lists[lists.base].keys())
            for number in lacking:
                words = f"list {number} of {issuer.id}, which {store} holds, is not published"
                notes.find(Level.WARNING, Matter.LIST_MISSING, issuer.id, words)
