"""The registry: which key is trusted, for whom, by which path (spec/registry.md, sections 8 and 9)."""

from collections.abc import Iterable, Mapping
from datetime import datetime
from typing import Final, NoReturn, Protocol, Self, TypeVar, final

from healthpass.codec._keys import PublicKey
from healthpass.codec._time import to_seconds
from healthpass.credential._regions import IssuerId
from healthpass.documents._document import Kind
from healthpass.documents._office_document import OfficeDocument
from healthpass.documents._policy import Policy
from healthpass.documents._risk_map import MapInForce
from healthpass.documents._scope import Scope
from healthpass.trust._edge import Edge, JudgedPath, TrustedIssuer, regions_around
from healthpass.trust._held_of_offices import HeldOfficeDocument
from healthpass.words._errors import CannotJudgeError, UntrustedError
from healthpass.words._limits import PUBLISHED_KEYS
from healthpass.words._verdicts import Verdict

_Id = TypeVar("_Id", bound=str)  # a mapping by IssuerId is none by str for a type checker

MAX_CANDIDATES: Final = 4  # VER-3: a kid has 64 bits, and nobody makes a verifier try a thousand keys


class Listed(Protocol):
    """A key as it stands in a registry that is held; its edge is made when somebody asks for it."""

    view: JudgedPath

    @property
    def issuer(self) -> IssuerId:
        """The issuer."""

    @property
    def edge(self) -> Edge | None:
        """The edge; None for a weak key, whose entry is dropped (KEY-2)."""


class KeysByKid(dict[bytes, tuple[Edge | Listed, ...]]):
    """What is listed, by kid; nothing for a kid that nobody lists."""

    def __missing__(self, kid: bytes) -> tuple[Edge | Listed, ...]:
        """Look for a kid that nobody has asked for before."""
        return ()


@final
class Registry:
    """The immutable answer to "which key, for what?".

    `verify` requires one: nothing can be verified without saying whom one trusts. `TrustStore.registry()` makes it
    of signed registries; `Registry.pinned` of keys that were given by hand.

    Attributes:
        environment: the environment that it is of, such as `production`; None for a pinned one, which has none.
    """

    __slots__ = ("_anchors", "_by_kid", "_clock_floor", "_views", "environment")

    def __init__(
        self,
        by_kid: KeysByKid,
        *,
        environment: str | None = None,
        anchors: Mapping[str, JudgedPath] | None = None,
        clock_floor: int = 0,
        views: tuple[JudgedPath, ...] = (),
    ) -> None:
        self._by_kid = by_kid
        self._anchors = anchors or {}
        self._views = views
        self._clock_floor = clock_floor
        self.environment = environment

    @classmethod
    def pinned(cls, keys: Mapping[_Id, Iterable[PublicKey]], *, scope: Scope | None = None) -> Self:
        """Trust keys that were given by hand, each for one issuer (VER-4).

        Without a scope it grants everything for these keys: every colour, every lifetime, for ever; and with one
        or without, there is no revocation and no clock floor. It knows no status lists, so that a code with a
        status is `status-unknown` unless that is waived. It is right for tests, for a first step, and where keys
        are managed by other means.

        Args:
            keys: the public keys by issuer id.
            scope: what all of them are trusted for; everything when left out.

        Raises:
            TypeError: when it is not a mapping from `str` to iterables of `PublicKey`.
            ValueError: when an id is not an issuer id, a key is given for two issuers, or a key is one whose
                private half is published (SIG-2).
        """
        if not isinstance(keys, Mapping):
            raise TypeError(f"keys must be a mapping from issuer id to public keys, not {type(keys).__name__}")
        owners: dict[PublicKey, IssuerId] = {}
        for name, issuer_keys in keys.items():
            issuer = IssuerId(name)
            if isinstance(issuer_keys, PublicKey):
                raise TypeError(f"the keys of {issuer} must be a list: [key], not key")
            for key in issuer_keys:
                if not isinstance(key, PublicKey):
                    raise TypeError(f"a key of {issuer} must be a PublicKey, not {type(key).__name__}")
                if key.to_bytes() in PUBLISHED_KEYS:
                    raise ValueError(f"a key of {issuer} is a published test key: anybody can sign with it")
                if owners.setdefault(key, issuer) != issuer:
                    raise ValueError(f"one key is given for both {owners[key]} and {issuer}")
        if scope is not None and not isinstance(scope, Scope):
            raise TypeError(f"scope must be a Scope, not {type(scope).__name__}")
        by_kid = KeysByKid()
        for key, issuer in owners.items():
            edge = Edge(issuer=TrustedIssuer(issuer), public_key=key, scope=scope)
            by_kid[key.kid] = (*by_kid[key.kid], edge)
        return cls(by_kid)

    def policy(self, office: str, at: datetime) -> OfficeDocument[Policy] | None:
        """Return the policy of an office that is in force at a time (spec/decision.md, POL-7).

        Args:
            office: the office, such as `CN-33-01.WJW`.
            at: the time, with a time zone.

        Returns:
            The policy; None where none is in force, and with a pinned registry.

        Raises:
            ValueError: when the office is no issuer id, or `at` has no time zone.
        """
        found = self._of_office(Kind.POLICY, IssuerId(office), to_seconds(at))
        return found and found[1].content

    def maps(self, policy: OfficeDocument[Policy], at: datetime) -> tuple[MapInForce, ...]:
        """Return the risk maps in force at a time of the offices that a policy names, in its order (POL-7).

        Args:
            policy: the policy.
            at: the time, with a time zone.

        Returns:
            The maps; offices of which none is in force are left out.

        Raises:
            ValueError: when `at` has no time zone.
        """
        seconds = to_seconds(at)
        found = (self._of_office(Kind.RISK_MAP, office, seconds) for office in policy.content.maps)
        return tuple(MapInForce(one[1].content, one[0].authority) for one in found if one)

    def _of_office(self, kind: Kind, office: IssuerId, at: int) -> tuple[JudgedPath, HeldOfficeDocument] | None:
        """Return the policy or the map of an office that is in force, and by which path (POL-7)."""
        good = [
            (view, one)
            for view in self._views
            if (kind, office) in view.of_offices and view.in_force(at) and self._speaks(view, office, at)
            for one in view.good_of_office(kind, office, at)
        ]
        newest = max((one.issued for _, one in good), default=None)
        last = [found for found in good if found[1].issued == newest]
        return last[0] if len({one.document for _, one in last}) == 1 else None

    def _candidates(self, kid: bytes, *, at: int, waive: frozenset[str]) -> tuple[tuple[Edge, ...], ...]:
        """Return the edges that a kid leads to, by public key: a kid finds keys and proves nothing (PTH-5, PTH-6).

        Args:
            kid: the 8 bytes.
            at: the time of judging, in seconds since 1970.
            waive: what the caller waives.

        Returns:
            For each of at most 4 public keys, ascending by its bytes, its edges in the order of PTH-12.

        Raises:
            UntrustedError: `not-recognised`, when another authority lists such a key and none that speaks for the
                issuer does; `unknown-key`.
            CannotJudgeError: `registry-stale`, in place of `unknown-key` when an anchor's lists have expired.
        """
        edges = self._edges(kid, at)
        if not edges:
            self._refuse_unknown(kid, at, waive)
        if len(edges) == 1:
            return (edges,)
        by_key: dict[PublicKey, list[Edge]] = {}
        for edge in edges:
            by_key.setdefault(edge.public_key, []).append(edge)
        return tuple(tuple(by_key[key]) for key in sorted(by_key, key=PublicKey.to_bytes)[:MAX_CANDIDATES])

    def _edges(self, kid: bytes, at: int) -> tuple[Edge, ...]:
        """Return the edges of a kid on paths in force, of who speaks for the issuer (PTH-3, PTH-5)."""
        found = []
        for one in self._by_kid[kid]:
            if isinstance(one, Edge):
                found.append(one)
            elif one.view.in_force(at) and self._speaks(one.view, one.issuer, at) and (edge := one.edge):
                found.append(edge)
        return tuple(found)

    def _lists(self, kid: bytes) -> bool:
        """Tell whether a key with this kid is listed, in force or not."""
        return bool(self._by_kid[kid])

    def _listed(self, kid: bytes) -> tuple[Listed, ...]:
        """Return what is listed under a kid, in force or not: to be looked at, not to judge by."""
        return tuple(one for one in self._by_kid[kid] if not isinstance(one, Edge))

    def _owner(self, issuer: IssuerId) -> str | None:
        """Return the anchor that owns an issuer's name, in force or not (PTH-3.1); None where nobody does."""
        return next((region for region in regions_around(issuer) if region in self._anchors), None)

    def _speaker(self, view: JudgedPath, issuer: IssuerId, at: int) -> tuple[str, str] | None:
        """Return the anchor and the authority that speak for an issuer that a path lists (PTH-3), if any do."""
        anchor = self._owner(issuer) or view.anchor.authority
        authority = self._anchors[anchor].nearest(issuer, at)
        return None if authority is None else (anchor, authority)

    def _speaks(self, view: JudgedPath, issuer: IssuerId, at: int) -> bool:
        """Tell whether the authority of a path speaks for an issuer (PTH-3)."""
        return self._speaker(view, issuer, at) == (view.anchor.authority, view.authority)

    def _narrowed(self, kid: bytes, one: Listed) -> "Registry":
        """Return a registry that lists this key of this one and no other, and trusts the same anchors."""
        return Registry(
            KeysByKid({kid: (one,)}),
            environment=self.environment,
            anchors=self._anchors,
            clock_floor=self._clock_floor,
        )

    def _check_environment(self, environment: str) -> None:
        """Check that this is the caller's environment (step 8).

        Raises:
            UntrustedError: `wrong-environment`.
        """
        if self.environment not in (None, environment):
            raise UntrustedError(
                Verdict.WRONG_ENVIRONMENT,
                f"the registry is of the environment {self.environment!r}, and {environment!r} was asked for",
            )

    def _is_before_floor(self, moment: int) -> bool:
        """Tell whether a moment lies before the clock floor (PTH-11)."""
        return moment < self._clock_floor

    def _refuse_unknown(self, kid: bytes, at: int, waive: frozenset[str]) -> NoReturn:
        if any(not one.view.is_own and one.edge for one in self._listed(kid)):
            raise UntrustedError(
                Verdict.NOT_RECOGNISED,
                f"the key {kid.hex()} is listed by an authority that does not speak for its issuer here now",
            )
        stale = any(view.is_stale(at) or not view.in_force(at) for view in self._anchors.values())
        if stale and Verdict.REGISTRY_STALE not in waive:
            raise CannotJudgeError(
                Verdict.REGISTRY_STALE, "the key is not listed, and the lists here are out of date"
            )
        raise UntrustedError(Verdict.UNKNOWN_KEY, f"no trusted key has the kid {kid.hex()}")
