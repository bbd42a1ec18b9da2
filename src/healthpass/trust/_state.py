"""The state of one authority by way of one anchor, and what documents do to it (spec/registry.md, section 6).

Nothing here reads a file or a clock. A document that is refused raises, and has changed nothing but the evidence;
one that is taken has changed this state alone. The steps are those of UPD-3 to UPD-9 and STL-8.
"""

import hashlib
from collections.abc import Callable, Collection, Iterable
from typing import Final, NoReturn, Self

from healthpass.codec._cose import KID_SIZE
from healthpass.codec._keys import PublicKey, thumbprint
from healthpass.codec._time import moment_of, to_seconds
from healthpass.credential._regions import IssuerId, RegionId
from healthpass.documents._checked_registry import Outline
from healthpass.documents._registry_document import KeyEntry
from healthpass.documents._root import Root
from healthpass.documents._statement import check_date
from healthpass.trust._gap import RootGap
from healthpass.trust._held import Epoch, HeldRegistry, HeldRoot, Pin, Seen
from healthpass.trust._held_lists import HeldList, HeldLists, Place, StatusKey
from healthpass.trust._held_of_offices import HeldOfficeDocument, HeldOfOffices, OfficePlace
from healthpass.trust._offer import ListOffer, Offer, OfficeOffer
from healthpass.words._errors import DocumentError
from healthpass.words._outcomes import Outcome

MAX_CHAIN: Final = 65  # UPD-5.6: the pin and 64 links
MAX_EPOCHS: Final = 1_024
MAX_EVIDENCE: Final = 8  # UPD-9
MAX_LIST_EVIDENCE: Final = 4  # so that no office leaves its authority without room
MAX_EVIDENCE_BYTES: Final = 1 << 20
_SHOWN: Final = 64  # characters of what a document says

Notes = tuple[Outcome, ...]


class State:
    """What a store holds for one pair (anchor, authority).

    Attributes:
        anchor: the anchor's id.
        authority: the authority's id; the anchor's own state has the anchor's.
        environment: the store's environment.
        pin: the root that the chain begins with; None where the anchor does not recognise the authority now.
        chain: the pinned root and each link after it; the last is the current root.
        registry: the registry that was taken last, or None.
        lists: the status lists.
        of_offices: the policies and the risk maps.
        seen: for each epoch the newest registry that was taken; the epoch that was current last stands last.
        evidence: documents that contradict each other, and how many there may be with each.
    """

    def __init__(self, anchor: RegionId, authority: RegionId, environment: str) -> None:
        self.anchor: Final = anchor
        self.authority: Final = authority
        self.environment: Final = environment
        self.pin: Pin | None = None
        self.chain: list[HeldRoot] = []
        self.registry: HeldRegistry | None = None
        self.lists = HeldLists()
        self.of_offices = HeldOfOffices()
        self.seen: dict[Epoch, Seen] = {}
        self.evidence: dict[bytes, int] = {}

    def copy(self) -> Self:
        """Return the same state, to be changed without this one; documents do not change, and are shared.

        Evidence is left out: what is kept of it, the store has written down.
        """
        made = type(self)(self.anchor, self.authority, self.environment)
        made.pin, made.chain, made.registry = self.pin, self.chain.copy(), self.registry
        made.lists, made.seen = self.lists.copy(), self.seen.copy()
        made.of_offices = self.of_offices.copy()
        return made

    @property
    def is_own(self) -> bool:
        """Whether it is an anchor's own state."""
        return self.anchor == self.authority

    @property
    def root(self) -> Root | None:
        """The current root."""
        return self.chain[-1].root if self.chain else None

    @property
    def has_pin(self) -> bool:
        """Whether the pinned root is on the chain, by its hash and version."""
        return any(self._is_pin(held) for held in self.chain)

    @property
    def usable(self) -> HeldRegistry | None:
        """The held registry, if the pin is on the chain and the current root's keys have signed it (section 6)."""
        if self.root and self.registry and self.has_pin and self.registry.is_usable_under(self.root):
            return self.registry
        return None

    def listed_status_keys(self) -> frozenset[tuple[IssuerId, bytes]]:
        """Return the status keys that the usable registry lists and does not revoke, each with its issuer."""
        keys = self.usable.status_keys.values() if self.usable else ()
        return frozenset((key.issuer, key.entry.raw) for some in keys for key in some if not key.entry.revoked)

    def listed_policy_keys(self, places: Collection[OfficePlace]) -> frozenset[OfficePlace]:
        """Return of places those whose key the usable registry lists and does not revoke."""
        usable = self.usable
        entries = ((one, usable.policy_key(one.issuer, one.raw)) for one in places) if usable else ()
        return frozenset(place for place, entry in entries if entry and not entry.revoked)

    @property
    def root_marks(self) -> list[bytes]:
        """The hashes and kids of which a root has one, if it concerns this state (UPD-3.1)."""
        marks = [self.pin.digest] if self.pin else []
        if self.root and self.has_pin:
            marks += [*(held.digest for held in self.chain), *(key.kid for key in self.root.root_keys)]
        return marks

    @property
    def registry_marks(self) -> list[bytes]:
        """The same of a registry (UPD-3.2)."""
        keys = self.root.registry_keys if self.root else ()
        return [*(key.kid for key in keys), *([self.registry.digest] if self.registry else ())]

    def is_concerned_by(self, offer: Offer) -> bool:
        """Tell whether a root or a registry concerns this state (UPD-3)."""
        if offer.is_root and self.pin and offer.digest == self.pin.digest:
            return True
        root = self.root
        if root is None or not self.has_pin:
            return False
        held = self.chain if offer.is_root else [self.registry] if self.registry else []
        keys = root.root_keys if offer.is_root else root.registry_keys
        return any(one.digest == offer.digest for one in held) or offer.document.good_signatures(keys) > 0

    def forget_before_pin(self) -> None:
        """Drop the roots that stand before the pin, if that is on the chain (UPD-6)."""
        for place, held in enumerate(self.chain):
            if self._is_pin(held):
                del self.chain[:place]
                return

    def start(self, offer: Offer, at: int) -> tuple[Outcome, Notes]:
        """Begin the chain with the pinned root (UPD-6); what was there goes.

        Raises:
            DocumentError: why it cannot begin.
        """
        root = offer.root()
        if self.pin is None or root.version != self.pin.version:
            raise DocumentError(Outcome.MALFORMED_DOCUMENT, "its version is not that of the pin (UPD-6)")
        self._check_root(root, at)
        offer.document.count(root.root_keys, root.root_threshold)
        self.chain = [HeldRoot(offer.data, at)]
        self._make_current()
        return Outcome.APPLIED, ()

    def link(self, offer: Offer, at: int) -> tuple[Outcome, Notes]:
        """Offer a root as the next link of the chain (UPD-5).

        Raises:
            DocumentError: why it is not the next link.
        """
        if any(held.digest == offer.digest for held in self.chain):
            return Outcome.UNCHANGED, ()
        current = self.root
        if current is None or not self.has_pin:
            raise DocumentError(Outcome.UNKNOWN_SIGNER, "the root before it is not held")
        offer.document.count(current.root_keys, current.root_threshold)  # 1
        root = offer.root()  # 2
        self._check_root(root, at)
        if root.version < self.chain[0].root.version:  # 3
            return Outcome.SUPERSEDED, ()
        self._check_version(root, offer)
        opens = Epoch.of(root) != Epoch.of(current)
        if opens and root.epoch <= current.epoch:  # 4
            raise DocumentError(
                Outcome.WRONG_EPOCH, f"it has other registry keys, and its epoch is not above {current.epoch}"
            )
        offer.document.count(root.root_keys, root.root_threshold)  # 5
        if len(self.chain) >= MAX_CHAIN:  # 6
            raise DocumentError(
                Outcome.TOO_MANY, f"a chain has at most {MAX_CHAIN - 1} links after the pin; pin a later root"
            )
        self.chain.append(HeldRoot(offer.data, at))
        self._make_current()
        return Outcome.APPLIED, (Outcome.EPOCH_OPENED,) if opens else ()

    def publish(self, offer: Offer, at: int, newest: Seen | None) -> tuple[Outcome, Notes]:
        """Offer a registry (UPD-7).

        Args:
            offer: the registry.
            at: the time, in seconds since 1970.
            newest: the newest registry of the current root's epoch that any state of the store has seen.

        Raises:
            DocumentError: why it is refused.
        """
        current, held = self.root, self.registry
        if current is None:
            raise DocumentError(Outcome.UNKNOWN_SIGNER, "no root that is held names its keys")
        usable = held is not None and held.is_usable_under(current)
        if held and usable and held.digest == offer.digest:
            return Outcome.UNCHANGED, ()
        is_held = held is not None and held.digest == offer.digest
        try:
            outline = self._counted(offer, current, at)  # 1 to 3
            self._check_newer(outline.statement.version, offer, newest)  # 4
        except DocumentError:
            if is_held:
                return Outcome.UNCHANGED, ()
            raise
        said = outline.statement
        new = HeldRegistry(offer.data, at, outline=outline)
        undone = sorted(held.revoked.items() - new.revoked.items()) if held and usable else []
        if undone:  # 5
            (issuer, raw), _ = undone[0]
            which = f"{thumbprint(raw)[:KID_SIZE].hex()} of {issuer}"
            raise DocumentError(
                Outcome.REVOCATION_UNDONE, f"the key {which} was revoked, and is missing or changed in it (UPD-7)"
            )
        notes: Notes = ()
        if held and usable and said.version == held.statement.version + 1 and said.previous != held.digest:
            notes = (Outcome.BROKEN_CHAIN,)
            self._keep(held.document, offer.data)
        self.registry = new
        self.seen[Epoch.of(current)] = Seen(said.version, offer.digest)
        if len(self.seen) > MAX_EPOCHS:
            del self.seen[next(iter(self.seen))]  # what was current least recently
        return Outcome.APPLIED, notes

    def take(self, offer: ListOffer, at: int, newest: Callable[[Place], int]) -> tuple[Outcome, Notes]:
        """Offer a status list that concerns this state (STL-8).

        Args:
            offer: the list.
            at: the time, in seconds since 1970.
            newest: tells the largest iat of a list of a place that any state of the store has taken; 0 for none.

        Raises:
            DocumentError: why it is refused.
        """
        keys = self.registry.status_keys.get(offer.document.kid, ()) if self.registry else ()
        if any(self.lists.has(key.issuer, offer.data) for key in keys):  # 1
            return Outcome.UNCHANGED, ()
        key = self._signer(offer, keys)  # 2
        content = offer.content()  # 3
        if content.number is None or content.base != key.base:  # 4
            raise DocumentError(Outcome.WRONG_AUTHORITY, "its address is not one of this issuer's lists (STL-8)")
        check_date(moment_of(content.issued), at)  # 5
        place = Place(key.issuer, content.number, key.entry.raw)
        held = self.lists.get(place)
        if content.issued < newest(place):  # 7
            raise DocumentError(Outcome.ROLLBACK, "a newer list of this number and key has been taken (STL-8)")
        if held and content.issued == held.content.issued:
            self._keep(held.document, offer.data, most=MAX_LIST_EVIDENCE)
            raise DocumentError(Outcome.EQUIVOCATION, "another list of this number, key and time is held (STL-8)")
        self.lists.put(place, HeldList(offer.data, key.entry.raw))
        return Outcome.APPLIED, ()

    def take_of_office(
        self, offer: OfficeOffer, at: int, newest: Callable[[OfficePlace], int]
    ) -> tuple[Outcome, Notes]:
        """Offer a policy or a risk map that concerns this state (POL-6).

        Args:
            offer: the document.
            at: the time, in seconds since 1970.
            newest: tells the largest iat of one of a place that any state of the store has taken; 0 for none.

        Raises:
            DocumentError: why it is refused.
        """
        office, entry = self._office_key(offer)  # 1, of the keys with this kid
        place = OfficePlace(offer.kind, office, entry.raw)
        held = self.of_offices.get(place)
        if held and held.document == offer.data:
            return Outcome.UNCHANGED, ()
        if entry.revoked:  # 2
            raise DocumentError(Outcome.UNKNOWN_SIGNER, "the office's key has been revoked")
        content = offer.content()  # 3
        issued = to_seconds(content.issued)
        self._check_statement(content.issuer, content.environment, issued, at, of=office)  # 4 to 6
        if issued < newest(place):  # 7
            raise DocumentError(
                Outcome.ROLLBACK, "a newer one of this kind, office and key has been taken (POL-6)"
            )
        if held and issued == held.issued:  # 8
            self._keep(held.document, offer.data, most=MAX_LIST_EVIDENCE)
            raise DocumentError(
                Outcome.EQUIVOCATION, "another one of this kind, office, key and time is held (POL-6)"
            )
        self.of_offices.put(HeldOfficeDocument(offer.data, place, issued))
        return Outcome.APPLIED, ()

    def _office_key(self, offer: OfficeOffer) -> tuple[IssuerId, KeyEntry]:
        """Return the office and the key that signed: one, but where two offices have keys with one kid."""
        refused = DocumentError(Outcome.UNKNOWN_SIGNER, "no office here has this key")
        for office, entry in self.registry.policy_keys(offer.kid) if self.registry else ():
            try:
                offer.document.count([PublicKey(entry.raw)], 1)
            except DocumentError as error:
                refused = error
            else:
                return office, entry
        raise refused

    def _counted(self, offer: Offer, root: Root, at: int) -> Outline:
        """Open a registry that the current root's keys have signed (UPD-7.1 to UPD-7.3)."""
        offer.document.count(root.registry_keys, root.registry_threshold)
        outline = offer.outline()
        said = outline.statement
        self._check_statement(said.authority, said.environment, said.issued, at)
        if said.epoch != root.epoch:
            raise DocumentError(
                Outcome.WRONG_EPOCH, f"it is of epoch {said.epoch}, and the current root of {root.epoch}"
            )
        return outline

    def _signer(self, offer: ListOffer, keys: Iterable[StatusKey]) -> StatusKey:
        """Return the status key that signed a list: one key, but where two issuers have keys with one kid."""
        refused = DocumentError(Outcome.UNKNOWN_SIGNER, "no issuer here has this status key")
        for key in keys:
            try:
                offer.verify(key.entry.raw)
            except DocumentError as error:
                refused = error
                continue
            if key.entry.revoked:
                raise DocumentError(Outcome.UNKNOWN_SIGNER, "the status key has been revoked")
            return key
        raise refused

    def _check_root(self, root: Root, at: int) -> None:
        self._check_statement(root.authority, root.environment, to_seconds(root.issued), at)

    def _check_statement(self, iss: str, environment: str, issued: int, at: int, of: str | None = None) -> None:
        """Check for whom a document speaks, the authority or an office, where, and when it was made (UPD-4)."""
        if iss != (of := of or self.authority):
            raise DocumentError(Outcome.WRONG_AUTHORITY, f"it speaks for {iss} and not for {of}")
        if environment != self.environment:
            raise DocumentError(
                Outcome.WRONG_ENVIRONMENT,
                f"it is of the environment {environment[:_SHOWN]!r}, and this store of {self.environment!r}",
            )
        check_date(moment_of(issued), at)

    def _check_version(self, root: Root, offer: Offer) -> None:
        first, last = self.chain[0].root.version, self.chain[-1].root.version
        if root.version > last + 1:
            gap = RootGap(last, root.version)
            raise DocumentError(
                Outcome.ROOT_GAP, f"{gap}: it is root {root.version}, and root {last} is the last that is held"
            )
        if root.version <= last:
            self._refuse_other(root.version, self.chain[root.version - first].document, offer.data)

    def _check_newer(self, version: int, offer: Offer, newest: Seen | None) -> None:
        if newest is None or version > newest.version or offer.digest == newest.digest:
            return
        if version < newest.version:
            raise DocumentError(
                Outcome.ROLLBACK, f"it is version {version}, and version {newest.version} has been taken"
            )
        held = self.registry.document if self.registry and self.registry.digest == newest.digest else b""
        self._refuse_other(version, held, offer.data)

    def _refuse_other(self, version: int, held: bytes, offered: bytes) -> NoReturn:
        if held:
            self._keep(held, offered)
        raise DocumentError(Outcome.EQUIVOCATION, f"another document with version {version} is held")

    def _is_pin(self, held: HeldRoot) -> bool:
        return self.pin is not None and held.digest == self.pin.digest and held.root.version == self.pin.version

    def _make_current(self) -> None:
        """Let the epoch of the current root stand last of those that were seen."""
        root = self.root
        if root and (seen := self.seen.pop(epoch := Epoch.of(root), None)):
            self.seen[epoch] = seen

    def _keep(self, *documents: bytes, most: int = MAX_EVIDENCE) -> None:
        """Keep documents as evidence; of a long one its length and hash (UPD-9).

        Args:
            documents: the documents.
            most: how many pieces there may be with each of them.
        """
        for document in documents:
            kept = document
            if len(document) > MAX_EVIDENCE_BYTES // MAX_EVIDENCE:
                kept = len(document).to_bytes(4) + hashlib.sha256(document).digest()
            if len(self.evidence) < most:
                self.evidence.setdefault(kept, most)
