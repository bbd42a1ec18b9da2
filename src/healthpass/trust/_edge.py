"""Edges: one key, trusted by one path for one issuer (spec/registry.md, section 8)."""

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from typing import Final, NamedTuple, Protocol

from healthpass.codec._keys import PublicKey
from healthpass.codec._time import moment_of
from healthpass.credential._health import StatusPlace
from healthpass.credential._regions import IssuerId, RegionId
from healthpass.documents._checked_registry import Ending, KeyName
from healthpass.documents._document import Kind
from healthpass.documents._registry_document import KeyEntry, Recognition
from healthpass.documents._scope import Scope
from healthpass.documents._status_list import INDEX_REST, Status
from healthpass.trust._held_lists import HeldList, StatusKey
from healthpass.trust._held_of_offices import HeldOfficeDocument
from healthpass.words._code_points import KeyUse
from healthpass.words._errors import UntrustedError
from healthpass.words._verdicts import Verdict

Lists = Mapping[tuple[IssuerId, int], tuple[HeldList, ...]]  # by issuer and number


class TrustedIssuer(NamedTuple):
    """An issuer as the registry names it.

    Attributes:
        id: its id.
        name_zh: its name in Chinese; None with a pinned registry, which has no names.
        name_en: its name in English, or None.
        appeal: where a holder can object, or None.
    """

    id: IssuerId
    name_zh: str | None = None
    name_en: str | None = None
    appeal: str | None = None


class TrustedAuthority(NamedTuple):
    """An authority as a gate names it: an anchor as its registry does, another one as its recogniser does.

    Attributes:
        id: its id, a region.
        name_zh: its name in Chinese.
        name_en: its name in English.
    """

    id: RegionId
    name_zh: str
    name_en: str


class TrustPath(NamedTuple):
    """By which way an issuer is trusted (PTH-1).

    Attributes:
        anchor: the authority that the verifier has pinned.
        recognised: the authority that the anchor recognises; None where the anchor lists the issuer itself.
    """

    anchor: TrustedAuthority
    recognised: TrustedAuthority | None

    @property
    def authority(self) -> TrustedAuthority:
        """The authority that lists the issuer."""
        return self.recognised or self.anchor


class UsableRegistry(Protocol):
    """What judging needs to know of a registry that is held and usable; it is read when it is asked for."""

    @property
    def endings(self) -> Mapping[KeyName, Ending]:
        """How keys have ended."""

    @property
    def status_keys_by_name(self) -> Mapping[KeyName, StatusKey]:
        """The keys that sign status lists, by issuer and key."""

    def policy_key(self, office: IssuerId, raw: bytes) -> KeyEntry | None:
        """Return how a key of an office is listed that signs policies and maps; None where none is."""


@dataclass(frozen=True, slots=True, eq=False, kw_only=True)
class JudgedPath:
    """What judging needs to know of one path. It does not change.

    Attributes:
        authority: the authority that it leads to.
        names: that authority, as a gate names it; None without a usable registry of the anchor.
        parent: the view of the anchor's own path; None where this is that.
        recognition: how the anchor recognises the authority; None on an anchor's own path, and where it does not.
        reached: whether the pin is on the chain and the registry usable, here and at the anchor.
        stale_from: from when it is stale, in seconds since 1970 (PTH-8); 0 when it is already.
        recognised: from when on the anchor recognises whom, in seconds since 1970; on an anchor's own path alone.
        lists: the status lists by issuer and number.
        everywhere: those of all states of the store, of each issuer, number and key the newest.
        of_offices: the policies and the risk maps, by kind and office.
        held: its registry, if that is usable.
    """

    authority: RegionId
    names: TrustedAuthority | None
    parent: "JudgedPath | None"
    recognition: Recognition | None
    reached: bool
    stale_from: int
    recognised: Mapping[str, int] = field(default_factory=dict)
    lists: Lists = field(default_factory=dict)
    everywhere: Lists = field(default_factory=dict)
    of_offices: Mapping[tuple[Kind, IssuerId], tuple[HeldOfficeDocument, ...]] = field(default_factory=dict)
    held: UsableRegistry | None = None

    @property
    def endings(self) -> Mapping[KeyName, Ending]:
        """How keys have ended, by its registry."""
        return self.held.endings if self.held else {}

    @property
    def is_own(self) -> bool:
        """Whether this is an anchor's own path."""
        return self.parent is None

    @property
    def anchor(self) -> "JudgedPath":
        """The view of the anchor's own path; this one, if it is that."""
        return self.parent or self

    def in_force(self, at: int) -> bool:
        """Tell whether the path is in force (PTH-2)."""
        return self.reached and (
            self.is_own or (self.recognition is not None and self.recognition.covers(moment_of(at)))
        )

    def is_stale(self, at: int) -> bool:
        """Tell whether the path is stale (PTH-8)."""
        return at >= self.stale_from or at >= self.anchor.stale_from

    def nearest(self, issuer: IssuerId, at: int) -> str | None:
        """Return the nearest authority on the anchor's paths that holds the issuer, if any does (PTH-3.2)."""
        own = self.anchor
        for region in regions_around(issuer):
            if region == own.authority or own.recognised.get(region, at + 1) <= at:
                return region
        return None

    def ending(self, key: KeyName) -> Ending:
        """Tell how a key has ended, by whichever registry of the path says so (PTH-4)."""
        said = [one for view in (self, self.anchor) if (one := view.endings.get(key))]
        retired = min((one.retired for one in said if one.retired is not None), default=None)
        return Ending(any(one.revoked for one in said), retired)

    def withdraws(self, issuer: IssuerId, place: StatusPlace, at: int) -> bool:
        """Tell whether a list withdraws a code, whichever state of the store holds it (STL-11.1)."""
        return any(self.withdrawing(issuer, place, at))

    def withdrawing(
        self, issuer: IssuerId, place: StatusPlace, at: int
    ) -> Iterator[tuple["JudgedPath", HeldList, StatusKey]]:
        """Give the lists that withdraw a code, each with whose registry lists its key, and that key."""
        for view in dict.fromkeys((self, self.anchor)):
            held_lists = view.everywhere.get((issuer, place.list), ())
            for held, key in view._counting(held_lists, issuer, self):  # noqa: SLF001 - a view of the same path
                recent = at < held.content.issued + INDEX_REST
                if recent and held.content.entries().at(place.index) is Status.REVOKED:
                    yield view, held, key

    def vouches(self, issuer: IssuerId, place: StatusPlace, at: int, grace: int) -> int | None:
        """Return the iat of the newest list that may answer, if it says that the code is good (STL-11.2)."""
        vouching = [held for held in self.answering(issuer, place.list) if at < held.content.expires + grace]
        made = max((held.content.issued for held in vouching), default=None)
        newest = (held.content.entries().at(place.index) for held in vouching if held.content.issued == made)
        return made if all(answer is Status.GOOD for answer in newest) else None

    def answering(self, issuer: IssuerId, number: int) -> Iterator[HeldList]:
        """Give the lists that may say of a code that it is good, also those that have ended."""
        for held, key in self._counting(self.lists.get((issuer, number), ()), issuer, self):
            made = held.content.issued
            retired = self.ending((issuer, held.raw)).retired
            if key.entry.is_valid_at(moment_of(made)) and (retired is None or made < retired):
                yield held

    def _counting(
        self, lists: Iterable[HeldList], issuer: IssuerId, path: "JudgedPath"
    ) -> Iterator[tuple[HeldList, StatusKey]]:
        """Give the lists whose key the registry lists, and no registry of the path revokes (STL-11)."""
        for held in lists:
            key = self.held and self.held.status_keys_by_name.get((issuer, held.raw))
            if key and key.base == held.content.base and not path.ending((issuer, held.raw)).revoked:
                yield held, key

    def good_of_office(self, kind: Kind, office: IssuerId, at: int) -> Iterator[HeldOfficeDocument]:
        """Give the policies or maps of an office that count at a time by their keys (POL-7)."""
        for one in self.of_offices.get((kind, office), ()):
            entry = self.held.policy_key(office, one.place.raw) if self.held else None
            revoked, retired = self.ending((office, one.place.raw))
            if entry is None or revoked or not entry.is_valid_at(moment_of(one.issued)):  # 1, 2
                continue
            if (retired is None or one.issued < retired) and at < one.expires:  # 2, 3
                yield one

    @property
    def path(self) -> TrustPath | None:
        """The path, with the names that a gate shows."""
        names, anchor = self.names, self.anchor.names
        if names is None or anchor is None:
            return None
        return TrustPath(names, None) if self.is_own else TrustPath(anchor, names)


class Edge:
    """A key, the issuer for which it is listed, and what it is trusted for by one path.

    Attributes:
        issuer: the issuer.
        public_key: the key.
        scope: what it is trusted for; None is everything, which only a pinned registry grants.
        view: the path; None in a pinned registry.
        entry: its entry there; None in a pinned registry.
        ending: how its key has ended, by whichever registry of its path says so (PTH-4).
    """

    __slots__ = ("ending", "entry", "issuer", "public_key", "scope", "view")

    def __init__(
        self,
        *,
        issuer: TrustedIssuer,
        public_key: PublicKey,
        scope: Scope | None,
        view: JudgedPath | None = None,
        entry: KeyEntry | None = None,
    ) -> None:
        self.issuer: Final = issuer
        self.public_key: Final = public_key
        self.scope: Final = scope
        self.view: Final = view
        self.entry: Final = entry
        self.ending: Final = view.ending((issuer.id, public_key.to_bytes())) if view else _NEVER

    @property
    def path(self) -> TrustPath | None:
        """The path; None in a pinned registry."""
        return self.view.path if self.view else None

    def is_stale(self, at: int) -> bool:
        """Tell whether its path is stale (PTH-8)."""
        return self.view is not None and self.view.is_stale(at)

    def withdraws(self, place: StatusPlace, at: int) -> bool:
        """Tell whether a list of its path withdraws a code (STL-11.1); a pinned registry has no lists."""
        return self.view is not None and self.view.withdraws(self.issuer.id, place, at)

    def vouches(self, place: StatusPlace, at: int, grace: int) -> int | None:
        """Return the iat of the list that says that a code is good (STL-11.2)."""
        return self.view.vouches(self.issuer.id, place, at, grace) if self.view else None

    def check_key(self, signed_for: int) -> None:
        """Check that the key could sign credentials for the nbf of one (PTH-9).

        Raises:
            UntrustedError: `key-not-valid`.
        """
        entry = self.entry
        if entry is None:
            return
        if entry.use != KeyUse.CREDENTIAL:
            raise UntrustedError(Verdict.KEY_NOT_VALID, "the key is not one that signs credentials")
        retired = self.ending.retired
        if not entry.is_valid_at(moment_of(signed_for)) or (retired is not None and signed_for >= retired):
            raise UntrustedError(Verdict.KEY_NOT_VALID, "the key is not valid for the time from which the code is")


def regions_around(issuer: IssuerId) -> Iterator[str]:
    """Give the region of an issuer and all that hold it, the most specific first."""
    region = issuer.partition(".")[0]  # which has been checked with the id
    while region:
        yield region
        region = region.rpartition("-")[0]


_NEVER: Final = Ending(revoked=False, retired=None)
