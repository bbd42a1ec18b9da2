"""Issuers as a path to an authority lists them: who speaks for each, its keys and its status lists."""

from collections.abc import Iterator
from datetime import datetime, timedelta
from typing import Annotated, Any, Self, TypeAlias

from pydantic import BaseModel, Field, InstanceOf, PlainSerializer, model_serializer

from healthpass.codec._cose import KID_SIZE
from healthpass.codec._keys import thumbprint
from healthpass.codec._spelling import write_time
from healthpass.codec._time import from_seconds, to_seconds
from healthpass.credential._model import STRICT, Hex, Time
from healthpass.credential._regions import IssuerId, RegionId
from healthpass.documents._document import Kind
from healthpass.documents._fields import SCOPE, Names
from healthpass.documents._registry_document import KeyEnd, KeyEntry, is_sound
from healthpass.documents._told import told
from healthpass.trust._edge import JudgedPath
from healthpass.trust._registry import KeysByKid, Registry
from healthpass.trust._state import State
from healthpass.trust._trust import Trust
from healthpass.trust._views import views_of
from healthpass.words._code_points import KeyEndReason, KeyUse


def _end(end: KeyEnd | None) -> dict[str, Any] | None:
    return end and {"at": write_time(end.at), "reason": KeyEndReason.label_of(end.reason)}


NamesField: TypeAlias = Annotated[InstanceOf[Names], PlainSerializer(Names._asdict, when_used="json")]
EndField: TypeAlias = Annotated[InstanceOf[KeyEnd] | None, PlainSerializer(_end, when_used="json")]


class View(BaseModel):
    """What all views share: they are frozen, and written as the JSON of `healthpass trust`."""

    model_config = STRICT


class Speaker(View):
    """Who speaks for an issuer (PTH-3): what other paths list for it makes no code valid.

    Attributes:
        anchor: the anchor on whose paths.
        authority: the nearest authority there; the anchor itself, or one that it recognises.
        owned: whether that anchor owns the name, so that no other anchor has a say.
    """

    anchor: RegionId
    authority: RegionId
    owned: bool

    @classmethod
    def _of(cls, registry: Registry, view: JudgedPath, issuer: IssuerId, at: datetime) -> Self | None:
        """Find who speaks for an issuer that a path lists; None where nobody does now."""
        found = registry._speaker(view, issuer, to_seconds(at))
        if found is None:
            return None
        anchor, authority = map(RegionId, found)
        return cls(anchor=anchor, authority=authority, owned=registry._owner(issuer) is not None)


class KeyView(View):
    """A key of an issuer.

    Attributes:
        entry: how the registry lists it; in JSON, its members are those of the key.
        good: whether it signs at the time of the view.
        weak: whether it counts as not there (KEY-2).
        revoked_by: the authorities whose registries say that it is revoked: that of the path, the anchor, or both.
        retired_from: from when it signs no more, by either of these; None where neither has retired it.
        ahead: whether it is not good for the one reason that it has yet to begin; not in JSON.
    """

    entry: InstanceOf[KeyEntry]
    good: bool
    weak: bool
    revoked_by: tuple[RegionId, ...]
    retired_from: Time | None
    ahead: bool

    @classmethod
    def _of(cls, entry: KeyEntry, issuer: IssuerId, view: JudgedPath, at: datetime) -> Self:
        """Look at a key as a path lists it, at a time."""
        above = view.parent and view.parent.endings.get((issuer, entry.raw))
        weak, revoked = not is_sound(entry.raw), []
        retired = [entry.retired.at] if entry.retired else []
        if entry.revoked:
            revoked.append(view.authority)
        if above and above.revoked:
            revoked.append(view.anchor.authority)
        if above and above.retired is not None:
            retired.append(from_seconds(above.retired))
        sound, until = not weak and not revoked, min([entry.valid_until, *retired])
        return cls(
            entry=entry,
            good=sound and entry.valid_from <= at < until,
            weak=weak,
            revoked_by=tuple(revoked),
            retired_from=min(retired, default=None),
            ahead=sound and at < entry.valid_from < until,
        )

    @model_serializer(when_used="json")
    def _as_json(self) -> dict[str, Any]:
        entry = self.entry
        return {
            "kid": entry.kid.hex(),
            "public_key": entry.raw.hex(),
            "use": KeyUse.label_of(entry.use),
            "from": write_time(entry.valid_from),
            "until": write_time(entry.valid_until),
            "good": self.good,
            "weak": self.weak,
            "revoked_by": self.revoked_by,
            "retired_from": self.retired_from and write_time(self.retired_from),
            "retired": _end(entry.retired),
            "revoked": _end(entry.revoked),
            "scope": told(SCOPE, entry.scope),
        }


class ListsView(View):
    """The status lists of an issuer, as far as a store holds them: of each number the newest that may answer.

    Attributes:
        base: the address beneath which they stand; None where the registry names none.
        lists: how many are held.
        oldest: when the oldest of them was made; None where none is held.
        newest: when the newest of them was made; None where none is held.
        expires_at: when the first of them ends; None where none is held.
        expired: how many have ended at the time of the view; not in JSON.
        life: how long the list that ends first counts; not in JSON.
        numbers: the numbers of those that have not ended; not in JSON.
    """

    base: str | None
    lists: int
    oldest: Time | None
    newest: Time | None
    expires_at: Time | None
    expired: int = Field(exclude=True)
    life: timedelta = Field(exclude=True)
    numbers: tuple[int, ...] = Field(exclude=True)

    @classmethod
    def _of(cls, view: JudgedPath, issuer: IssuerId, base: str | None, at: datetime) -> Self:
        """Look at what a path has of an issuer."""
        answering = (
            (place[1], [one.content for one in view.answering(*place)])
            for place in view.lists
            if place[0] == issuer
        )
        newest = {number: max(some, key=lambda one: one.issued) for number, some in answering if some}
        held = newest.values()
        first = min(held, key=lambda one: one.expires, default=None)
        return cls(
            base=base,
            lists=len(held),
            oldest=time_of(min((one.issued for one in held), default=0)),
            newest=time_of(max((one.issued for one in held), default=0)),
            expires_at=time_of(min((one.expires for one in held), default=0)),
            expired=sum(to_seconds(at) >= one.expires for one in held),
            numbers=tuple(sorted(number for number, one in newest.items() if to_seconds(at) < one.expires)),
            life=timedelta(seconds=first.expires - first.issued if first else 0),
        )


class SignedView(View):
    """A policy or a risk map of an office that is held.

    Attributes:
        name: what it is called.
        kid: the kid of the key that signed it.
        sha256: SHA-256 of its payload; in JSON, as the kid, in hexadecimal digits.
        issued_at: when it was made.
        expires_at: the end of its force.
        in_force: whether it is the one in force at the time of the view.
    """

    name: NamesField
    kid: Hex
    sha256: Hex
    issued_at: Time
    expires_at: Time
    in_force: bool

    @classmethod
    def _all_of(
        cls, kind: Kind, registry: Registry, view: JudgedPath, office: IssuerId, at: datetime
    ) -> tuple[Self, ...]:
        """Look at what a path has of an office, the newest first."""
        if (kind, office) not in view.of_offices:
            return ()
        found = registry._of_office(kind, office, to_seconds(at))
        held = sorted(view.of_offices.get((kind, office), ()), key=lambda one: one.issued, reverse=True)
        return tuple(
            cls(
                name=one.names,
                kid=thumbprint(one.place.raw)[:KID_SIZE],
                sha256=one.digest,
                issued_at=from_seconds(one.issued),
                expires_at=from_seconds(one.expires),
                in_force=found is not None and found[1] is one,
            )
            for one in held
        )


class IssuerView(View):
    """An issuer, its keys, its status lists, its policies and risk maps.

    Attributes:
        id: its id.
        name: what the registry calls it.
        appeal: where a holder can object.
        speaks: whether the authority that lists it here speaks for it; if not, no code is valid by this entry.
        speaker: who speaks for it; None where nobody does now.
        keys: its keys.
        status: its lists; None where the registry names no address of any, and none is held.
        policies: its policies that are held, the newest first; of a recognised authority's offices there are none.
        maps: its risk maps that are held, the newest first.
    """

    id: IssuerId
    name: NamesField
    appeal: str
    speaks: bool
    speaker: Speaker | None
    keys: tuple[KeyView, ...]
    status: ListsView | None
    policies: tuple[SignedView, ...]
    maps: tuple[SignedView, ...]


def paths_of(trust: Trust) -> tuple[Registry, tuple[tuple[State, JudgedPath], ...]]:
    """Return a registry that tells who speaks and lists no key, and each state with the view of its path."""
    views = tuple(views_of(trust))
    anchors = {str(view.authority): view for _, view in views if view.is_own}
    return Registry(KeysByKid(), anchors=anchors, views=tuple(view for _, view in views)), views


def is_of(speaker: Speaker | None, view: JudgedPath) -> bool:
    """Tell whether who speaks is the authority of a path, on that path."""
    return speaker is not None and (speaker.anchor, speaker.authority) == (view.anchor.authority, view.authority)


def issuers_of(registry: Registry, state: State, view: JudgedPath, at: datetime) -> Iterator[IssuerView]:
    """Look at the issuers that a state's registry lists, at a time."""
    for issuer in state.registry.content.issuers() if state.registry else ():
        lists = ListsView._of(view, issuer.id, issuer.status, at)
        speaker = Speaker._of(registry, view, issuer.id, at)
        yield IssuerView(
            id=issuer.id,
            name=issuer.names,
            appeal=issuer.appeal,
            speaks=is_of(speaker, view),
            speaker=speaker,
            keys=tuple(KeyView._of(entry, issuer.id, view, at) for entry in issuer.keys),
            status=lists if lists.base or lists.lists else None,
            policies=SignedView._all_of(Kind.POLICY, registry, view, issuer.id, at),
            maps=SignedView._all_of(Kind.RISK_MAP, registry, view, issuer.id, at),
        )


def time_of(seconds: int) -> datetime | None:
    """Return a time; None for 0, where there is none."""
    return from_seconds(seconds) if seconds else None
