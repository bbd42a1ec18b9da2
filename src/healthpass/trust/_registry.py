"""The registry: which key is trusted, for whom, by which path (spec/registry.md, section 9)."""

from collections.abc import Iterable, Mapping
from typing import Any, Final, NoReturn, Self, final

from healthpass.codec._cose import KID_SIZE
from healthpass.codec._keys import PublicKey, thumbprint
from healthpass.credential._regions import IssuerId
from healthpass.documents._registry_document import KEY, read_issuer_head
from healthpass.documents._scope import Scope
from healthpass.trust._edge import Edge, StateView, TrustedIssuer
from healthpass.trust._state import State
from healthpass.words._errors import CannotJudgeError, UntrustedError
from healthpass.words._limits import PUBLISHED_KEYS
from healthpass.words._verdicts import Verdict

MAX_CANDIDATES: Final = 4  # VER-3: a kid has 64 bits, and nobody makes a verifier try a thousand keys


class _Listed:
    """A key as it stands in a registry that is held. Most are never asked for, so the edge is made when one is."""

    __slots__ = ("_edge", "_issuer", "_key", "_view")

    def __init__(self, view: StateView, issuer: dict[int, Any], key: dict[int, Any]) -> None:
        self._view = view
        self._issuer = issuer
        self._key = key
        self._edge: Edge | None = None

    @property
    def edge(self) -> Edge:
        """The edge."""
        if self._edge is None:
            head = read_issuer_head(self._issuer)
            entry = KEY.read(self._key, [])
            recognition = self._view.recognition
            self._edge = Edge(
                issuer=TrustedIssuer(head.id, head.names.zh, head.names.en, head.appeal),
                public_key=PublicKey._of_checked(entry.raw),  # noqa: SLF001 - when the registry was applied
                scope=entry.scope.meet(recognition.scope) if recognition else entry.scope,  # SCP-5
                view=self._view,
                entry=entry,
            )
        return self._edge


@final
class Registry:
    """The immutable answer to "which key, for what?".

    `verify` requires one: nothing can be verified without saying whom one trusts. `TrustStore.registry()` makes it
    of signed registries; `Registry.pinned` of keys that were given by hand.

    Attributes:
        environment: the environment that it is of, such as `production`; None for a pinned one, which has none.
    """

    __slots__ = ("_anchors", "_by_kid", "_clock_floor", "environment")

    def __init__(
        self,
        by_kid: dict[bytes, tuple[Edge | _Listed, ...]],
        *,
        environment: str | None = None,
        anchors: tuple[StateView, ...] = (),
    ) -> None:
        self._by_kid = by_kid
        self._anchors = anchors
        self._clock_floor = max((view.newest for view in anchors), default=None)
        self.environment = environment

    @classmethod
    def pinned(cls, keys: Mapping[str, Iterable[PublicKey]], *, scope: Scope | None = None) -> Self:
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
        by_kid: dict[bytes, tuple[Edge | _Listed, ...]] = {}
        for key, issuer in owners.items():
            edge = Edge(issuer=TrustedIssuer(issuer), public_key=key, scope=scope)
            by_kid[key.kid] = (*by_kid.get(key.kid, ()), edge)
        return cls(by_kid)

    @classmethod
    def of_states(cls, environment: str, states: Iterable[State]) -> Self:
        """Make the registry of a store's states, in the order of PTH-10; `TrustStore.registry` calls it."""
        states = tuple(states)
        own = {state.anchor: StateView(state) for state in states if state.anchor == state.authority}
        revoked: dict[tuple[str, bytes], list[StateView]] = {}
        found: dict[bytes, list[Edge | _Listed]] = {}
        for state in states:
            is_own = state.anchor == state.authority
            view = own[state.anchor] if is_own else StateView(state, own[state.anchor], state.recognition)
            view.revoked = revoked
            for tombstone in state.tombstones:
                revoked.setdefault(tombstone, []).append(view)
            for issuer in state.registry.issuers if state.registry else ():
                for key in issuer.get(4, ()):
                    raw = key[1][-2]
                    if raw not in view.dropped:
                        found.setdefault(thumbprint(raw)[:KID_SIZE], []).append(_Listed(view, issuer, key))
        return cls(
            {kid: tuple(listed) for kid, listed in found.items()},
            environment=environment,
            anchors=tuple(own.values()),
        )

    def candidates(self, kid: bytes, *, at: int, waive: frozenset[str]) -> tuple[tuple[Edge, ...], ...]:
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

    def edges(self, kid: bytes | None = None) -> tuple[Edge, ...]:
        """Return the edges of a kid, or all, in force or not: to be looked at, and not to judge a code by."""
        found = [self._by_kid.get(kid, ())] if kid is not None else self._by_kid.values()
        return tuple(_made(one) for listed in found for one in listed)

    def narrowed(self, edges: Iterable[Edge]) -> "Registry":
        """Return a registry of these edges of this one and no others."""
        by_kid: dict[bytes, tuple[Edge | _Listed, ...]] = {}
        for edge in edges:
            by_kid[edge.public_key.kid] = (*by_kid.get(edge.public_key.kid, ()), edge)
        return Registry(by_kid, environment=self.environment, anchors=self._anchors)

    def check(self, edge: Edge, environment: str, *, at: int) -> None:
        """Check that this is the caller's environment, and that the edge's key is not revoked (step 8).

        Raises:
            UntrustedError: `wrong-environment` or `key-revoked`.
        """
        if self.environment not in (None, environment):
            raise UntrustedError(
                Verdict.WRONG_ENVIRONMENT,
                f"the registry is of the environment {self.environment!r}, and {environment!r} was asked for",
            )
        if edge.is_revoked(at):
            raise UntrustedError(Verdict.KEY_REVOKED, "the key that signed the code has been revoked")

    def is_before_floor(self, moment: int) -> bool:
        """Tell whether a moment lies before the newest time that an anchor has signed (PTH-9)."""
        return self._clock_floor is not None and moment < self._clock_floor

    def _refuse_unknown(self, kid: bytes, at: int, waive: frozenset[str]) -> NoReturn:
        if any(view.is_stale(at) for view in self._anchors) and Verdict.REGISTRY_STALE not in waive:
            raise CannotJudgeError(
                Verdict.REGISTRY_STALE, "the key is not listed, and the lists here are out of date"
            )
        raise UntrustedError(Verdict.UNKNOWN_KEY, f"no trusted key has the kid {kid.hex()}")


def _made(listed: Edge | _Listed) -> Edge:
    return listed if isinstance(listed, Edge) else listed.edge
