"""The state of one authority by way of one anchor, and what each document does to it (spec/registry.md, 6).

Nothing here reads a file or a clock. A document that is refused raises, and has changed nothing but the evidence;
one that is applied has changed this state alone. The steps are those of UPD-4 to UPD-9.
"""

from contextlib import suppress
from typing import Final, NoReturn

from healthpass.codec._keys import PublicKey
from healthpass.codec._time import moment_of
from healthpass.credential._regions import RegionId
from healthpass.documents import _document
from healthpass.documents._checked_registry import Statement
from healthpass.documents._document import DAY
from healthpass.documents._registry_document import Recognition, RegistryDocument
from healthpass.documents._root import Root
from healthpass.documents._statement import check_date
from healthpass.documents._status_list import START as LIST_START
from healthpass.documents._status_list import StatusList
from healthpass.trust._held import HeldRegistry, HeldRoot, Pin, Tombstone
from healthpass.trust._held_lists import HeldList, HeldLists, StatusKey
from healthpass.trust._offer import ListOffer, Offer
from healthpass.words._errors import DocumentError
from healthpass.words._outcomes import Outcome

MAX_CHAIN: Final = 256  # UPD-5
MAX_TOMBSTONES: Final = 65_536  # UPD-8; and as many that stay for good, UPD-6
MAX_EVIDENCE: Final = 16  # UPD-9
MAX_LIST_EVIDENCE: Final = 8  # of these lists may fill so many: one office must not hide an authority's lie
LIST_MEMORY: Final = 14 * DAY  # seconds; STL-10
_SHOWN: Final = 64  # characters of what a document says
_FOR_GOOD: Final = (0, 0)  # the epoch and version of a tombstone that no later epoch takes away

Notes = tuple[Outcome, ...]


class State:
    """What a store holds for one pair (anchor, authority).

    Attributes:
        anchor: the anchor's id.
        authority: the authority's id; the anchor's own state has the anchor's.
        environment: the store's environment.
        pin: the root that the chain begins with, or has reached; None where the anchor recognises it no longer.
        recognition: how the anchor recognises the authority; None on the anchor's own state.
        chain: the roots, one after the other; the last is the current root.
        registry: the held registry, or None.
        tombstones: the revoked keys, with the epoch and the version of the registry that revoked each.
        evidence: documents that contradict each other.
        lists: the status lists, by issuer and number.
        named: the epoch and version of the anchor's registry that recognises the authority; (0, 0) without one.
        begun: those of the registry that had named the root with which the chain begins.
        closed: the epochs that this authority's roots have closed since, with the versions that they stand by.
    """

    def __init__(self, anchor: RegionId, authority: RegionId, environment: str) -> None:
        self.anchor: Final = anchor
        self.authority: Final = authority
        self.environment: Final = environment
        self.pin: Pin | None = None
        self.recognition: Recognition | None = None
        self.chain: list[HeldRoot] = []
        self.registry: HeldRegistry | None = None
        self.tombstones: dict[Tombstone, tuple[int, int]] = {}
        self.evidence: list[bytes] = []
        self.lists = HeldLists()
        self.named = self.begun = (0, 0)
        self.closed: list[tuple[int, int]] = []

    @property
    def root(self) -> Root | None:
        """The current root."""
        return self.chain[-1].root if self.chain else None

    @property
    def has_pin(self) -> bool:
        """Whether the pinned root is on the chain."""
        return self.holds(self.pin)

    @property
    def holds_anything(self) -> bool:
        """Whether there is anything in it that must not be forgotten."""
        return bool(self.chain or self.registry or self.tombstones or self.lists)

    def holds(self, pin: Pin | None) -> bool:
        """Tell whether a root is on the chain, by its hash and version."""
        return pin is not None and any(
            (held.digest, held.root.version) == (pin.digest, pin.version) for held in self.chain
        )

    def root_kids(self) -> set[bytes]:
        """Return the kids by which a root concerns this state (UPD-3)."""
        return _kids(self.root.root_keys) if self.root else set()

    def registry_kids(self) -> set[bytes]:
        """Return the kids by which a registry concerns this state (UPD-3)."""
        return _kids(self.root.registry_keys) if self.root and self.has_pin else set()

    def status_kids(self) -> set[bytes]:
        """Return the kids by which a status list concerns this state (STL-8)."""
        return set(self.registry.status_keys) if self.registry and self.has_pin else set()

    def digests(self) -> set[bytes]:
        """Return the hashes by which a document concerns this state (UPD-3)."""
        held = {one.digest for one in self.chain}
        return (
            held
            | ({self.pin.digest} if self.pin else set())
            | ({self.registry.digest} if self.registry and self.has_pin else set())
        )

    def link(self, offer: Offer, at: int) -> tuple[Outcome, Notes]:
        """Offer a root as the next link of the chain (UPD-5).

        Raises:
            DocumentError: why it is not the next link.
        """
        if any(held.digest == offer.digest for held in self.chain):
            if self.pin and self.pin.digest == offer.digest and not self.has_pin:
                raise DocumentError(Outcome.MALFORMED_DOCUMENT, "its version is not that of the pin")
            self._renew_first(offer)
            return Outcome.UNCHANGED, ()
        current = self.root
        if current is None:
            raise DocumentError(Outcome.UNKNOWN_SIGNER, "no root is held that it could follow")
        offer.document.count(current.root_keys, current.root_threshold)  # 1
        root = self._root(offer, at)  # 2
        if root.version < self.chain[0].root.version:  # 3
            return Outcome.SUPERSEDED, ()
        self._check_version(root, offer)
        self._check_epoch(root, current)  # 4
        offer.document.count(root.root_keys, root.root_threshold)  # 5
        if len(self.chain) >= MAX_CHAIN:  # 6
            raise DocumentError(Outcome.TOO_MANY, f"a chain has at most {MAX_CHAIN} roots; pin a later one")
        self.chain.append(HeldRoot(offer.data, offer.digest, root))
        if root.epoch == current.epoch:
            return Outcome.APPLIED, ()
        self._forget_later_than(current.epoch, root.stands_by or 0)
        self.closed.append((current.epoch, root.stands_by or 0))
        return Outcome.APPLIED, (Outcome.EPOCH_OPENED,)

    def start(self, offer: Offer, at: int) -> tuple[Outcome, Notes]:
        """Begin a chain with the pinned root (UPD-6); one that was there ends.

        Raises:
            DocumentError: why it cannot begin.
        """
        root = offer.root()
        if self.pin is None or root.version != self.pin.version:
            raise DocumentError(Outcome.MALFORMED_DOCUMENT, "its version is not that of the pin")
        self._check_statement(root, at)
        offer.document.count(root.root_keys, root.root_threshold)
        restarted = bool(self.chain)
        self.begun = self.named
        self.chain = [HeldRoot(offer.data, offer.digest, root)]
        if restarted:
            # The registry and the lists stay, so that nothing older can take their place; whether they count is
            # for the new root's keys to say.
            earliest = sorted(self.tombstones, key=lambda key: (self.tombstones[key], key))[:MAX_TOMBSTONES]
            self.tombstones = dict.fromkeys(earliest, _FOR_GOOD)
            if self.registry:  # whose word stays
                since = self.registry.statement.epoch, self.registry.statement.version
                self.tombstones = dict.fromkeys(self.registry.revoked(), since) | self.tombstones
        return Outcome.APPLIED, (Outcome.RESTARTED,) if restarted else ()

    def publish(self, offer: Offer, at: int) -> tuple[Outcome, Notes]:
        """Offer a registry (UPD-8).

        Raises:
            DocumentError: why it is refused.
        """
        held, current = self.registry, self.root
        if current is None:
            raise DocumentError(Outcome.UNKNOWN_SIGNER, "no root is held that names its keys")
        if held and held.digest == offer.digest:
            return self._sign_anew(held, current, offer), ()
        offer.document.count(current.registry_keys, current.registry_threshold)  # 1
        document = RegistryDocument.decode(offer.document.payload)  # 2
        self._check_statement(document, at)
        if document.epoch != current.epoch:  # 3
            older = document.epoch < current.epoch
            raise DocumentError(
                Outcome.ROLLBACK if older else Outcome.WRONG_EPOCH,
                f"it is of epoch {document.epoch}, and the current root opened epoch {current.epoch}",
            )
        if held:  # 4
            self._check_later(document, held, offer)
        dropped = document.dropped()
        new = HeldRegistry(offer.data, dropped)
        tombstones = self._with_tombstones(new.revoked(), (document.epoch, document.version))  # 5
        notes = []
        if dropped:
            notes.append(Outcome.WEAK_KEY)
        if new.revives(tombstones):
            notes.append(Outcome.REVOKED_KEY_LISTED)
        if held and document.previous != held.digest and _is_next(document, held.statement):
            notes.append(Outcome.BROKEN_CHAIN)
            self._keep(held.document, offer.data)
        self.registry, self.tombstones = new, tombstones
        self._drop_lists(in_new_epoch=held is not None and document.epoch > held.statement.epoch)
        return Outcome.APPLIED, tuple(notes)

    def take(self, offer: ListOffer, at: int) -> tuple[Outcome, Notes]:
        """Offer a status list (spec/status.md, STL-9).

        Raises:
            DocumentError: why it is refused.
        """
        signed = self.registry.status_keys.get(offer.document.kid, ()) if self.registry else ()
        if self.lists.has(offer.data):  # 1
            return Outcome.UNCHANGED, ()
        if not signed:
            raise DocumentError(Outcome.UNKNOWN_SIGNER, "no issuer here has this status key")
        # One key, but where two issuers have keys with one kid; an error of the last is as good as another's.
        for key in signed:  # 2
            with suppress(DocumentError):
                offer.document.verify(PublicKey(key.entry.raw))
                break
        else:
            offer.document.verify(PublicKey(signed[-1].entry.raw))
        content = StatusList.decode(offer.document.payload)  # 3
        if content.number is None or content.base != key.base:  # 4
            raise DocumentError(Outcome.WRONG_AUTHORITY, "its address is not one of this issuer's lists")
        self._check_list_key(content, key, at)  # 5
        place = key.issuer, content.number
        if held := self.lists.get(place):  # 6
            self._check_newer(content, held, offer)
        self.lists.put(place, HeldList(offer.data, key.entry.raw))  # 7
        return Outcome.APPLIED, ()

    def forget_lists(self, at: int) -> None:
        """Drop the lists that are older than any code may lean on them (STL-10)."""
        for place in [place for place, held in self.lists.items() if at >= held.content.issued + LIST_MEMORY]:
            self.lists.drop(place)

    def _check_list_key(self, content: StatusList, key: StatusKey, at: int) -> None:
        issued = moment_of(content.issued)
        check_date(issued, at)
        if not key.entry.is_valid_at(issued):
            raise DocumentError(Outcome.UNKNOWN_SIGNER, "the status key was not valid when the list was made")
        if Tombstone(key.issuer, key.entry.raw) in self.tombstones:
            raise DocumentError(Outcome.UNKNOWN_SIGNER, "the status key has been revoked")

    def _check_newer(self, content: StatusList, held: HeldList, offer: ListOffer) -> None:
        if content.issued < held.content.issued:
            raise DocumentError(Outcome.ROLLBACK, "a newer one of the same number is held")
        if content.issued == held.content.issued and held.digest != offer.digest:
            self._keep(held.document, offer.data)
            raise DocumentError(Outcome.EQUIVOCATION, "another one of the same number and time is held")

    def _root(self, offer: Offer, at: int) -> Root:
        root = offer.root()
        self._check_statement(root, at)
        return root

    def _check_statement(self, document: Root | RegistryDocument, at: int) -> None:
        """Check for whom a document speaks, where, and when it was made (UPD-4)."""
        if document.authority != self.authority:
            raise DocumentError(
                Outcome.WRONG_AUTHORITY, f"it speaks for {document.authority} and not for {self.authority}"
            )
        if document.environment != self.environment:
            raise DocumentError(
                Outcome.WRONG_ENVIRONMENT,
                f"it is of the environment {document.environment[:_SHOWN]!r}, "
                f"and this store of {self.environment!r}",
            )
        check_date(document.issued, at)

    def _check_version(self, root: Root, offer: Offer) -> None:
        first, last = self.chain[0].root.version, self.chain[-1].root.version
        if root.version > last + 1:
            raise DocumentError(
                Outcome.ROOT_GAP, f"it is version {root.version}, and version {last + 1} must come first"
            )
        if root.version <= last:
            self._refuse_other(root.version, self.chain[root.version - first].document, offer.data)

    def _refuse_other(self, version: int, held: bytes, offered: bytes) -> NoReturn:
        self._keep(held, offered)
        raise DocumentError(Outcome.EQUIVOCATION, f"another document with version {version} is held")

    def _check_epoch(self, root: Root, current: Root) -> None:
        """Check that a root goes on with its epoch, or opens the next one with new registry keys (UPD-7)."""
        opens = root.stands_by is not None
        if root.epoch != current.epoch + opens:
            raise DocumentError(
                Outcome.WRONG_EPOCH,
                f"it is of epoch {root.epoch} after {current.epoch}, and {'opens one' if opens else 'opens none'}",
            )
        earlier = {key for held in self.chain for key in held.root.registry_keys}
        if opens and earlier & set(root.registry_keys):
            raise DocumentError(
                Outcome.WRONG_EPOCH, "it opens an epoch and keeps a registry key of an earlier root"
            )

    def _drop_lists(self, *, in_new_epoch: bool) -> None:
        """Drop what a thief has signed (STL-10): with a key that is revoked, or that a new epoch does not list."""
        listed = self.registry.status_keys.values() if self.registry else ()
        signers = {(key.issuer, key.entry.raw) for keys in listed for key in keys}
        for issuer, number in list(self.lists):
            signer = issuer, self.lists[issuer, number].raw
            if signer in self.tombstones or (in_new_epoch and signer not in signers):
                self.lists.drop((issuer, number))

    def _renew_first(self, offer: Offer) -> None:
        """Hold the first root as it was offered last: who else has signed it cannot be checked here."""
        first = self.chain[0]
        if first.digest != offer.digest or first.document == offer.data:
            return
        if _document.parse(first.document).signatures.keys() <= offer.document.signatures.keys():
            with suppress(DocumentError):
                offer.document.count(first.root.root_keys, first.root.root_threshold)
                self.chain[0] = first._replace(document=offer.data)

    def _sign_anew(self, held: HeldRegistry, current: Root, offer: Offer) -> Outcome:
        """Hold the same registry with signatures that count, where those that are held do not."""
        if held.refused or held.statement.epoch != current.epoch or held.is_accepted_by(current):
            return Outcome.UNCHANGED
        try:
            offer.document.count(current.registry_keys, current.registry_threshold)
        except DocumentError:
            return Outcome.UNCHANGED
        self.registry = HeldRegistry(offer.data, held.dropped)
        return Outcome.APPLIED

    def _check_later(self, document: RegistryDocument, held: HeldRegistry, offer: Offer) -> None:
        last = held.statement.epoch, held.statement.version
        if (document.epoch, document.version) < last:
            raise DocumentError(
                Outcome.ROLLBACK,
                f"it is version {document.version} of epoch {document.epoch}, "
                f"and version {last[1]} of epoch {last[0]} is held",
            )
        if (document.epoch, document.version) == last:
            self._refuse_other(document.version, held.document, offer.data)

    def _with_tombstones(self, keys: set[Tombstone], since: tuple[int, int]) -> dict[Tombstone, tuple[int, int]]:
        """Return the tombstones with those that a registry brings."""
        new = keys - self.tombstones.keys()
        if not new:
            return self.tombstones
        counted = sum(since != _FOR_GOOD for since in self.tombstones.values())
        if counted + len(new) > MAX_TOMBSTONES:
            raise DocumentError(Outcome.TOO_MANY, f"more than {MAX_TOMBSTONES:,} keys would be revoked")
        return dict.fromkeys(new, since) | self.tombstones

    def _forget_later_than(self, epoch: int, version: int) -> None:
        """Let the tombstones fall that later registries of an epoch brought (RVK-3)."""
        self.tombstones = {
            key: since for key, since in self.tombstones.items() if since[0] != epoch or since[1] <= version
        }

    def _keep(self, *documents: bytes) -> None:
        for document in documents:
            if document not in self.evidence and has_room(len(self.evidence), document):
                self.evidence.append(document)


def has_room(kept: int, document: bytes) -> bool:
    """Tell whether a document is kept as evidence beside so many that are (UPD-9)."""
    return kept < (MAX_LIST_EVIDENCE if document.startswith(LIST_START) else MAX_EVIDENCE)


def _is_next(document: RegistryDocument, last: Statement) -> bool:
    return (document.epoch, document.version) == (last.epoch, last.version + 1)


def _kids(keys: tuple[PublicKey, ...]) -> set[bytes]:
    return {key.kid for key in keys}
