"""The registry: which key is trusted, for whom, by which path (spec/registry.md, section 9)."""

from collections.abc import Iterable, Mapping, Sequence
from types import MappingProxyType
from typing import Final, NoReturn, Protocol, Self, TypeAlias, TypeVar, final

from healthpass.codec._keys import PublicKey
from healthpass.codec._time import moment_of
from healthpass.credential._health import StatusPlace
from healthpass.credential._regions import IssuerId
from healthpass.documents._scope import Scope
from healthpass.documents._status_list import INDEX_REST, Status
from healthpass.trust._edge import Edge, StateView, TrustedIssuer
from healthpass.words._errors import CannotJudgeError, UntrustedError
from healthpass.words._limits import PUBLISHED_KEYS
from healthpass.words._verdicts import Verdict

_Id = TypeVar("_Id", bound=str)  # a mapping by IssuerId is none by str for a type checker

MAX_CANDIDATES: Final = 4  # VER-3: a kid has 64 bits, and nobody makes a verifier try a thousand keys


class Listed(Protocol):
    """A key as it stands in a registry that is held; its edge is made when somebody asks for it."""

    @property
    def edge(self) -> Edge:
        """The edge."""


ByKid: TypeAlias = Mapping[bytes, tuple[Edge | Listed, ...]]
Revokers: TypeAlias = Mapping[tuple[str, bytes], Sequence[StateView]]  # by issuer and raw key
_NOBODY: Final[Revokers] = MappingProxyType({})


@final
class Registry:
    """The immutable answer to "which key, for what?".

    `verify` requires one: nothing can be verified without saying whom one trusts. `TrustStore.registry()` makes it
    of signed registries; `Registry.pinned` of keys that were given by hand.

    Attributes:
        environment: the environment that it is of, such as `production`; None for a pinned one, which has none.
    """

    __slots__ = ("_anchors", "_by_kid", "_clock_floor", "_revokers", "environment")

    def __init__(
        self,
        by_kid: ByKid,
        *,
        environment: str | None = None,
        anchors: tuple[StateView, ...] = (),
        revokers: Revokers = _NOBODY,
    ) -> None:
        self._by_kid = by_kid
        self._anchors = anchors
        self._revokers = revokers
        self._clock_floor = max((view.newest for view in anchors), default=None)
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
        by_kid: dict[bytes, tuple[Edge | Listed, ...]] = {}
        for key, issuer in owners.items():
            edge = Edge(issuer=TrustedIssuer(issuer), public_key=key, scope=scope)
            by_kid[key.kid] = (*by_kid.get(key.kid, ()), edge)
        return cls(by_kid)

    def _candidates(self, kid: bytes, *, at: int, waive: frozenset[str]) -> tuple[tuple[Edge, ...], ...]:
        """Return the edges that a kid leads to, by public key: a kid finds keys and proves nothing (PTH-3, PTH-4).

        Args:
            kid: the 8 bytes.
            at: the time of judging, in seconds since 1970.
            waive: what the caller waives.

        Returns:
            For each of at most 4 public keys, ascending by its bytes, its edges in the order of PTH-10.

        Raises:
            UntrustedError: `not-recognised`, when it leads to none that is in force; `unknown-key`.
            CannotJudgeError: `registry-stale`, in place of `unknown-key` when an anchor's lists have expired.
        """
        listed = self._by_kid.get(kid)
        if not listed:
            self._refuse_unknown(kid, at, waive)
        edges = [edge for edge in map(_made, listed) if edge.in_force(at)]
        if len(edges) == 1:
            return (tuple(edges),)
        if not edges:
            if all(edge.view is not None and edge.view.is_own for edge in map(_made, listed)):
                self._refuse_unknown(kid, at, waive)  # the anchor's pinned root has not come yet
            raise UntrustedError(
                Verdict.NOT_RECOGNISED, f"the key {kid.hex()} is listed by an authority that is not recognised now"
            )
        by_key: dict[PublicKey, list[Edge]] = {}
        for edge in edges:
            by_key.setdefault(edge.public_key, []).append(edge)
        return tuple(tuple(by_key[key]) for key in sorted(by_key, key=PublicKey.to_bytes)[:MAX_CANDIDATES])

    def _edges(self, kid: bytes) -> tuple[Edge, ...]:
        """Return the edges of a kid, in force or not: to be looked at, and not to judge a code by."""
        return tuple(map(_made, self._by_kid.get(kid, ())))

    def _narrowed(self, edge: Edge) -> "Registry":
        """Return a registry of one edge of this one."""
        by_kid = {edge.public_key.kid: (edge,)}
        return Registry(by_kid, environment=self.environment, anchors=self._anchors, revokers=self._revokers)

    def _revokers_of(self, view: StateView, issuer: IssuerId, raw: bytes, at: int) -> tuple[StateView, ...]:
        """Return who has revoked an issuer's key, of those from whom a path accepts revocations (RVK-4)."""
        by = self._revokers.get((issuer, raw), ())
        return tuple(one for one in by if view.accepts_revocations_from(one, at))

    def _status_of(self, edge: Edge, place: StatusPlace, *, at: int, grace: int) -> tuple[Status, int | None]:
        """Tell what the issuer's list says of a code, and when that list was made (STL-12, STL-13).

        A pinned registry has no lists.
        """
        view, issuer = edge.view, edge.issuer.id
        held = view.lists.get((issuer, place.list)) if view else None
        if view is None or held is None:
            return Status.UNKNOWN, None
        key, content = view.status_keys.get((issuer, held.raw)), held.content
        if (
            key is None
            or key.base != content.base
            or not key.entry.is_valid_at(moment_of(content.issued))
            or self._revokers_of(view, issuer, held.raw, at)
        ):
            return Status.UNKNOWN, None
        answer = content.entries().at(place.index)
        # A withdrawal is not taken back: an old list is believed that far, until its index may serve another.
        end = content.issued + INDEX_REST if answer is Status.REVOKED else content.expires + grace
        return (answer, content.issued) if at < end else (Status.UNKNOWN, None)

    def _check_edge(self, edge: Edge, environment: str, *, at: int) -> None:
        """Check that this is the caller's environment, and that the edge's key is not revoked (step 8).

        Raises:
            UntrustedError: `wrong-environment` or `key-revoked`.
        """
        if self.environment not in (None, environment):
            raise UntrustedError(
                Verdict.WRONG_ENVIRONMENT,
                f"the registry is of the environment {self.environment!r}, and {environment!r} was asked for",
            )
        if edge.view and self._revokers_of(edge.view, edge.issuer.id, edge.public_key.to_bytes(), at):
            raise UntrustedError(Verdict.KEY_REVOKED, "the key that signed the code has been revoked")

    def _is_before_floor(self, moment: int) -> bool:
        """Tell whether a moment lies before the newest time that an anchor has signed (PTH-9)."""
        return self._clock_floor is not None and moment < self._clock_floor

    def _refuse_unknown(self, kid: bytes, at: int, waive: frozenset[str]) -> NoReturn:
        if any(view.is_stale(at) for view in self._anchors) and Verdict.REGISTRY_STALE not in waive:
            raise CannotJudgeError(
                Verdict.REGISTRY_STALE, "the key is not listed, and the lists here are out of date"
            )
        raise UntrustedError(Verdict.UNKNOWN_KEY, f"no trusted key has the kid {kid.hex()}")


def _made(listed: Edge | Listed) -> Edge:
    return listed if isinstance(listed, Edge) else listed.edge
