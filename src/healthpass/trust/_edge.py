"""Edges: one key, trusted by one path for one issuer (spec/registry.md, sections 8 and 9)."""

from typing import Final, NamedTuple

from healthpass.codec._keys import PublicKey
from healthpass.credential._health import StatusPlace
from healthpass.credential._regions import IssuerId, RegionId
from healthpass.documents._registry_document import KeyEntry, Recognition
from healthpass.documents._scope import Scope
from healthpass.documents._status_list import INDEX_REST, Status
from healthpass.trust._state import State
from healthpass.words._code_points import KeyUse
from healthpass.words._errors import UntrustedError
from healthpass.words._verdicts import Verdict


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
    """An authority as its registry names it.

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


class StateView:
    """What judging needs to know of a state; it does not change.

    Attributes:
        authority: its authority.
        names: that authority, as its registry names it; None without one.
        anchor: the view of the anchor's own state; this one, if it is that.
        recognition: how the anchor recognises the authority; None on an anchor's own path, and where it does not.
        is_own: whether this is an anchor's own state.
        reached: whether a registry is held and the pinned root is on the chain, here and at the anchor.
        stale_from: from when it is stale, in seconds since 1970 (PTH-6); 0 when it is already.
        newest: the largest iat of its current root, and of its registry unless that is stale by its signatures.
        dropped: keys of its registry that count as not there.
        lists: the status lists of its issuers, by issuer and number.
        revoked: who revoked which key, of all states of the store.
    """

    __slots__ = (
        "_status_keys",
        "anchor",
        "authority",
        "dropped",
        "is_own",
        "lists",
        "names",
        "newest",
        "reached",
        "recognition",
        "revoked",
        "stale_from",
    )

    def __init__(
        self, state: State, anchor: "StateView | None" = None, recognition: Recognition | None = None
    ) -> None:
        registry, root = state.registry, state.root
        counts = registry is not None and root is not None and registry.counts_by(root)
        self.authority: Final = state.authority
        self.is_own: Final = state.anchor == state.authority
        self.anchor: Final = anchor or self
        self.recognition: Final = recognition
        self.names: Final = TrustedAuthority(state.authority, *registry.names) if registry else None
        reached: bool = registry is not None and state.has_pin
        self.reached: Final[bool] = reached and (self.is_own or (recognition is not None and self.anchor.reached))
        self.stale_from: Final = (
            min(root.expires, registry.statement.expires) if reached and counts and root and registry else 0
        )
        self.newest: Final = max(
            root.issued if root and state.has_pin else 0,
            registry.statement.issued if reached and counts and registry else 0,
        )
        self.dropped: Final = registry.dropped if registry else frozenset()
        self.lists: Final = dict(state.lists)
        listed = registry.status_keys.values() if registry and state.lists else ()
        self._status_keys: Final = {(key.issuer, key.entry.raw): key for keys in listed for key in keys}
        self.revoked: dict[tuple[str, bytes], list[StateView]] = {}

    def in_force(self, at: int) -> bool:
        """Tell whether the path is in force (PTH-2)."""
        return self.reached and (self.recognition is None or self.recognition.covers(at))

    def is_stale(self, at: int) -> bool:
        """Tell whether the path is stale (PTH-6)."""
        return at >= self.stale_from or at >= self.anchor.stale_from

    def hears(self, other: "StateView", at: int) -> bool:
        """Tell whether what the other state revokes is revoked on this path too (RVK-4)."""
        recognition = other.recognition
        return (
            other is self
            or other.is_own
            or (
                recognition is not None
                and recognition.covers(at)
                and other.anchor.stale_from > 0  # the registry that recognises is its anchor's word, old or not
                and other.authority.within(self.authority)
            )
        )

    def is_revoked(self, issuer: IssuerId, raw: bytes, at: int) -> bool:
        """Tell whether an issuer's key has been revoked, by whoever is heard on this path (RVK-4)."""
        return any(self.hears(revoker, at) for revoker in self.revoked.get((issuer, raw), ()))

    def status(self, issuer: IssuerId, place: StatusPlace, *, at: int, grace: int) -> tuple[Status, int | None]:
        """Tell what the list says of a code, and when that list was made (spec/status.md, STL-12, STL-13)."""
        held = self.lists.get((issuer, place.list))
        if held is None:
            return Status.UNKNOWN, None
        key, content = self._status_keys.get((issuer, held.raw)), held.content
        if (
            key is None
            or key.base != content.base
            or not key.entry.is_valid_at(content.issued)
            or self.is_revoked(issuer, held.raw, at)
        ):
            return Status.UNKNOWN, None
        answer = content.entries().at(place.index)
        # A withdrawal is not taken back: an old list is believed that far, until its index may serve another.
        end = content.issued + INDEX_REST if answer is Status.REVOKED else content.expires + grace
        return (answer, content.issued) if at < end else (Status.UNKNOWN, None)

    @property
    def path(self) -> TrustPath | None:
        """The path, with the names that the registries give."""
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
        view: the state that lists it; None in a pinned registry.
        entry: its entry there; None in a pinned registry.
    """

    __slots__ = ("entry", "issuer", "public_key", "scope", "view")

    def __init__(
        self,
        *,
        issuer: TrustedIssuer,
        public_key: PublicKey,
        scope: Scope | None,
        view: StateView | None = None,
        entry: KeyEntry | None = None,
    ) -> None:
        self.issuer: Final = issuer
        self.public_key: Final = public_key
        self.scope: Final = scope
        self.view: Final = view
        self.entry: Final = entry

    @property
    def path(self) -> TrustPath | None:
        """The path; None in a pinned registry."""
        return self.view.path if self.view else None

    def in_force(self, at: int) -> bool:
        """Tell whether its path is in force (PTH-2)."""
        return self.view is None or self.view.in_force(at)

    def is_revoked(self, at: int) -> bool:
        """Tell whether its key has been revoked, by whoever is heard on its path (RVK-4)."""
        return self.view is not None and self.view.is_revoked(self.issuer.id, self.public_key.to_bytes(), at)

    def status(self, place: StatusPlace, *, at: int, grace: int) -> tuple[Status, int | None]:
        """Tell what the issuer's list says of a code, and when that list was made; a pinned registry has none."""
        if self.view is None:
            return Status.UNKNOWN, None
        return self.view.status(self.issuer.id, place, at=at, grace=grace)

    def is_stale(self, at: int) -> bool:
        """Tell whether its path is stale (PTH-6)."""
        return self.view is not None and self.view.is_stale(at)

    def check_key(self, signed_at: int) -> None:
        """Check that the key could sign credentials at the iat of one (PTH-7).

        Raises:
            UntrustedError: `key-not-valid`.
        """
        entry = self.entry
        if entry is None:
            return
        if entry.use != KeyUse.CREDENTIAL:
            raise UntrustedError(Verdict.KEY_NOT_VALID, "the key is not one that signs credentials")
        if not entry.is_valid_at(signed_at):
            raise UntrustedError(Verdict.KEY_NOT_VALID, "the key was not valid when the code was made")
