"""Edges: one key, trusted by one path for one issuer (spec/registry.md, sections 8 and 9)."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Final, NamedTuple

from healthpass.codec._keys import PublicKey
from healthpass.codec._time import moment_of
from healthpass.credential._regions import IssuerId, RegionId
from healthpass.documents._registry_document import KeyEntry, Recognition
from healthpass.documents._scope import Scope
from healthpass.trust._held_lists import HeldList, Place, StatusKey
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


@dataclass(frozen=True, slots=True, eq=False, kw_only=True)
class StateView:
    """What judging needs to know of the state of one authority by way of one anchor.

    Attributes:
        authority: its authority.
        names: that authority, as its registry names it; None without a registry.
        parent: the view of the anchor's own state; None where this is that.
        recognition: how the anchor recognises the authority; None on an anchor's own path, and where it does not.
        reached: whether a registry is held and the pinned root is on the chain, here and at the anchor.
        stale_from: from when it is stale, in seconds since 1970 (PTH-6); 0 when it is already.
        newest: the largest iat of its current root, and of its registry unless that is stale by its signatures.
        lists: the status lists of its issuers, by issuer and number.
        status_keys: the keys that sign these, by issuer and raw key.
    """

    authority: RegionId
    names: TrustedAuthority | None
    parent: "StateView | None"
    recognition: Recognition | None
    reached: bool
    stale_from: int
    newest: int
    lists: Mapping[Place, HeldList]
    status_keys: Mapping[tuple[IssuerId, bytes], StatusKey]

    @property
    def is_own(self) -> bool:
        """Whether this is an anchor's own state."""
        return self.parent is None

    @property
    def anchor(self) -> "StateView":
        """The view of the anchor's own state; this one, if it is that."""
        return self.parent or self

    def in_force(self, at: int) -> bool:
        """Tell whether the path is in force (PTH-2)."""
        return self.reached and (self.recognition is None or self.recognition.covers(moment_of(at)))

    def is_stale(self, at: int) -> bool:
        """Tell whether the path is stale (PTH-6)."""
        return at >= self.stale_from or at >= self.anchor.stale_from

    def accepts_revocations_from(self, other: "StateView", at: int) -> bool:
        """Tell whether what the other state revokes is revoked on this path too (RVK-4)."""
        recognition = other.recognition
        return (
            other is self
            or other.is_own
            or (
                recognition is not None
                and recognition.covers(moment_of(at))
                and other.anchor.stale_from > 0  # the registry that recognises is its anchor's word, old or not
                and other.authority.within(self.authority)
            )
        )

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
        if not entry.is_valid_at(moment_of(signed_at)):
            raise UntrustedError(Verdict.KEY_NOT_VALID, "the key was not valid when the code was made")
