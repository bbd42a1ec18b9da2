"""Whom a store trusts, as a graph: anchors, whom they recognise, issuers and their keys."""

from collections.abc import Iterator
from enum import Enum
from typing import Any, NamedTuple, Self, TypeAlias

from healthpass import TrustedIssuer, Words
from healthpass.authority import KeyEndReason, KeyUse
from healthpass.authority._records import moment, record
from healthpass.cli.io.output import JSON_VERSION
from healthpass.cli.lists import HeldLists
from healthpass.codec._time import from_seconds, to_seconds
from healthpass.documents._registry_document import KeyEnd, KeyEntry
from healthpass.trust._edge import Edge, StateView
from healthpass.trust._registry import Registry
from healthpass.trust._state import State
from healthpass.trust._trust import Trust
from healthpass.trust._views import views_of
from healthpass.verifying._verify import DEFAULT_SKEW

_Edges: TypeAlias = dict[tuple[str, str, str, bytes], Edge]  # by anchor, authority, issuer and public key


class Standing(Enum):
    """How it stands with a path."""

    IN_FORCE = Words("in force", "有效")
    STALE = Words("out of date", "已过期")
    EMPTY = Words("no registry that counts yet: healthpass trust update", "尚无可用的登记库，请更新")
    NOT_YET = Words("recognised later", "认可尚未开始")
    ENDED = Words("recognition has ended", "认可已到期")
    WITHDRAWN = Words("no longer recognised", "已取消认可")
    CLOCK_SUSPECT = Words("the clock is wrong", "时间不准确")

    @property
    def code(self) -> str:
        """What machines are told."""
        return self.name.lower().replace("_", "-")

    @classmethod
    def of(cls, view: StateView, at: int) -> Self:
        """Find out how it stands with the path of a state."""
        recognition = view.recognition
        if not view.is_own:
            if recognition is None:
                return cls.WITHDRAWN
            if at < to_seconds(recognition.valid_from):
                return cls.NOT_YET
            if at >= to_seconds(recognition.valid_until):
                return cls.ENDED
        if not view.reached:
            return cls.EMPTY
        return cls.STALE if view.is_stale(at) else cls.IN_FORCE


class Key(NamedTuple):
    """A key of an issuer.

    Attributes:
        entry: how it is listed.
        revoked_by: whose revocations are heard, by their ids.
        weak: whether it counts as not there (KEY-2).
    """

    entry: KeyEntry
    revoked_by: tuple[str, ...]
    weak: bool

    def is_good(self, at: int) -> bool:
        """Tell whether it signs now."""
        entry = self.entry
        return not self.weak and not self.revoked_by and entry.is_valid_at(from_seconds(at))

    def is_ahead(self, at: int) -> bool:
        """Tell whether all that is wrong with it is that it has yet to begin."""
        begins = to_seconds(self.entry.valid_from)
        return at < begins and self.is_good(begins)

    def as_json(self, at: int) -> dict[str, Any]:
        """Write it for machines."""
        entry = self.entry
        return {
            "kid": entry.kid.hex(),
            "public_key": entry.raw.hex(),
            "use": KeyUse.label_of(entry.use),
            "from": moment(entry.valid_from),
            "until": moment(entry.valid_until),
            "good": self.is_good(at),
            "weak": self.weak,
            "revoked_by": list(self.revoked_by),
            "retired": _end(entry.retired),
            "revoked": _end(entry.revoked),
            "scope": record(entry.scope),
        }


class Listing(NamedTuple):
    """An issuer, its keys and its status lists."""

    issuer: TrustedIssuer
    keys: tuple[Key, ...]
    lists: HeldLists

    def as_json(self, at: int) -> dict[str, Any]:
        """Write it for machines."""
        issuer = self.issuer
        return {
            "id": issuer.id,
            "name": {"zh": issuer.name_zh, "en": issuer.name_en},
            "appeal": issuer.appeal,
            "keys": [key.as_json(at) for key in self.keys],
            "status": self.lists.as_json() if self.lists.base or self.lists.issued else None,
        }


class Branch(NamedTuple):
    """A state: an anchor's own, or that of an authority whom it recognises or has recognised."""

    state: State
    view: StateView
    standing: Standing
    listings: tuple[Listing, ...]
    branches: tuple["Branch", ...] = ()

    @property
    def stale_from(self) -> int:
        """From when the path is out of date, in seconds since 1970; 0 when it never was up to date."""
        return min(self.view.stale_from, self.view.anchor.stale_from)

    def as_json(self, at: int) -> dict[str, Any]:
        """Write it for machines."""
        state, view, recognition = self.state, self.view, self.view.recognition
        root, registry = state.root, state.registry
        branches = (
            {} if state.anchor != state.authority else {"recognised": [b.as_json(at) for b in self.branches]}
        )
        return {
            "id": state.authority,
            "name": view.names and {"zh": view.names.name_zh, "en": view.names.name_en},
            "standing": self.standing.code,
            "stale_from": moment(from_seconds(self.stale_from)) if self.stale_from else None,
            "recognition": recognition
            and {
                "from": moment(recognition.valid_from),
                "until": moment(recognition.valid_until),
                "root_version": recognition.root_version,
                "root_sha256": recognition.root_hash.hex(),
                "scope": record(recognition.scope),
            },
            "root": root
            and {
                "epoch": root.epoch,
                "version": root.version,
                "sha256": state.chain[-1].digest.hex(),
                "expires_at": moment(root.expires),
            },
            "registry": registry
            and {
                "epoch": registry.statement.epoch,
                "version": registry.statement.version,
                "sha256": registry.digest.hex(),
                "expires_at": moment(from_seconds(registry.statement.expires)),
            },
            "tombstones": len(state.tombstones),
            "evidence": len(state.evidence),
            "issuers": [listing.as_json(at) for listing in self.listings],
            **branches,
        }


class Graph(NamedTuple):
    """All that a store trusts.

    Attributes:
        environment: the store's environment.
        at: the time for which it is drawn, in seconds since 1970.
        clock_floor: the newest time that an anchor has signed (PTH-9); None without anchors.
        clock_suspect: whether the time lies before that, by more than clocks may differ.
        anchors: the anchors.
    """

    environment: str
    at: int
    clock_floor: int | None
    clock_suspect: bool
    anchors: tuple[Branch, ...]

    @classmethod
    def of(cls, trust: Trust, at: int) -> Self:
        """Look at what a store holds."""
        registry, views = trust.registry(), views_of(trust.states)
        found: _Edges = {
            (
                edge.view.anchor.authority,
                edge.view.authority,
                str(edge.issuer.id),
                edge.public_key.to_bytes(),
            ): edge
            for edge in registry.edges()
            if edge.view
        }
        clock_floor = max((view.newest for _, view in views if view.is_own), default=None)
        suspect = clock_floor is not None and at + DEFAULT_SKEW < clock_floor

        def branch(state: State, view: StateView) -> Branch:
            standing = Standing.of(view, at)
            if suspect and standing is Standing.IN_FORCE:
                standing = Standing.CLOCK_SUSPECT
            return Branch(state, view, standing, _listings(state, registry, found, at))

        return cls(
            environment=trust.environment,
            at=at,
            clock_floor=clock_floor,
            clock_suspect=suspect,
            anchors=tuple(
                branch(state, own)._replace(
                    branches=tuple(branch(other, view) for other, view in views if view.parent is own)
                )
                for state, own in views
                if own.is_own
            ),
        )

    @property
    def stale_from(self) -> int | None:
        """From when nothing is trusted any more unless news comes; None when nothing is trusted now."""
        return max((path.stale_from for path in self._in_force()), default=None)

    @property
    def status_stale_from(self) -> int | None:
        """From when codes that can be withdrawn cannot all be judged without news; None where there are none."""
        listings = [listing for path in self._in_force() for listing in path.listings if listing.lists.base]
        return min((listing.lists.stale_from or self.at for listing in listings), default=None)

    def as_json(self) -> dict[str, Any]:
        """Write it for machines."""
        return {
            "v": JSON_VERSION,
            "environment": self.environment,
            "at": moment(from_seconds(self.at)),
            "clock_floor": self.clock_floor and moment(from_seconds(self.clock_floor)),
            "clock_suspect": self.clock_suspect,
            "stale_from": self.stale_from and moment(from_seconds(self.stale_from)),
            "status_stale_from": self.status_stale_from and moment(from_seconds(self.status_stale_from)),
            "anchors": [anchor.as_json(self.at) for anchor in self.anchors],
        }

    def _in_force(self) -> Iterator[Branch]:
        for anchor in self.anchors:
            yield from (path for path in (anchor, *anchor.branches) if path.standing is Standing.IN_FORCE)


def _listings(state: State, registry: Registry, found: _Edges, at: int) -> tuple[Listing, ...]:
    def key(issuer: str, entry: KeyEntry) -> Key:
        edge = found.get((state.anchor, state.authority, issuer, entry.raw))
        by = dict.fromkeys(str(view.authority) for view in registry.revokers(edge, at)) if edge else ()
        return Key(entry, tuple(by), weak=edge is None)

    listings = []
    for office in state.registry.content.issuers() if state.registry else ():
        issuer = TrustedIssuer(office.id, office.names.zh, office.names.en, office.appeal)
        keys = tuple(key(office.id, entry) for entry in office.keys)
        listings.append(Listing(issuer, keys, HeldLists.of(state, office.id, office.status)))
    return tuple(listings)


def _end(end: KeyEnd | None) -> dict[str, Any] | None:
    return end and {"at": moment(end.at), "reason": KeyEndReason.label_of(end.reason)}
