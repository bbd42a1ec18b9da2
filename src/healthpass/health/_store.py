"""The health of a trust store: until when a gate can judge by it, and whether it hears news."""

import os
from collections.abc import Container, Iterator
from datetime import datetime, timedelta
from typing import Final

from healthpass.credential._regions import IssuerId, RegionId
from healthpass.health._report import Check, Kind, Limits, Notes, length, moment
from healthpass.health._words import Level, Matter
from healthpass.store._errors import StoreError
from healthpass.store._issuer_view import IssuerView, KeyView, SignedView
from healthpass.store._store import TrustStore
from healthpass.store._view import AnchorView, AuthorityView, DocumentView, Standing, TrustView
from healthpass.words._code_points import KeyUse

_DEFAULT: Limits = Limits()
_NO_RIGHT: Final = "42501"  # as PostgreSQL says it
_TOLD_FOR: Final = timedelta(days=30)  # after a key has run out; an office may have closed


def check_store(
    store: TrustStore | str | os.PathLike[str], *, at: datetime | None = None, limits: Limits = _DEFAULT
) -> Check:
    """Check a trust store. Nothing is fetched, and nothing in it is changed.

    What concerns an anchor can be critical. What concerns an authority that an anchor recognises, one key or one
    issuer costs others nothing, and is a warning at most.

    Args:
        store: the store, or its folder.
        at: the time; now when left out.
        limits: how much time must be left.

    Returns:
        What came of it. A store that cannot be read is a finding, and no error.

    Raises:
        TypeError: when `at` is no `datetime`.
        ValueError: when `at` has no time zone, or does not lie from 1970 to 9998.
    """
    path = store.path if isinstance(store, TrustStore) else store
    notes = Notes("store", os.fsdecode(path), limits, moment(at))
    try:
        opened = store if isinstance(store, TrustStore) else TrustStore.open(store)
        view, updated = opened.view(at=notes.at), opened.updated_at
    except StoreError as error:
        told_error(notes, "store", error)
        return notes.check
    if updated is not None:
        notes.measure("update-age-seconds", (notes.at - updated).total_seconds())
    _clock(notes, view)
    if not view.anchors:
        notes.find(Level.CRITICAL, Matter.NO_ANCHOR, "store", "the store has no anchor: no code is valid")
    heard = {issuer.id for issuer in view.issuers() if issuer.speaks}
    for anchor in view.anchors:
        _authority(notes, anchor, None, heard)
        for one in anchor.recognised:
            _authority(notes, one, anchor.id, heard)
    return notes.check


def told_error(notes: Notes, about: str, error: Exception) -> None:
    """Tell what cannot be read: that the right to do so is missing says nothing of the thing itself."""
    cause = error.__cause__
    barred = isinstance(cause, PermissionError) or getattr(cause, "sqlstate", None) == _NO_RIGHT
    notes.find(Level.UNKNOWN if barred else Level.CRITICAL, Matter.UNREADABLE, about, str(error))


def newest_in(view: TrustView) -> datetime | None:
    """Return the newest time that a store has from anybody: of a root, a registry or a status list."""
    return max(_times(view), default=None)


def _times(view: TrustView) -> Iterator[datetime]:
    for anchor in view.anchors:
        for one in (anchor, *anchor.recognised):
            yield from (held.issued_at for held in (one.root, one.registry) if held)
            yield from (issuer.status.newest for issuer in one.issuers if issuer.status and issuer.status.newest)
            yield from (held.issued_at for issuer in one.issuers for held in (*issuer.policies, *issuer.maps))


def _clock(notes: Notes, view: TrustView) -> None:
    newest = newest_in(view)
    if newest is not None:
        notes.measure("age-seconds", (notes.at - newest).total_seconds())
    if view.clock_floor is not None and view.clock_suspect:
        behind = length(view.clock_floor - notes.at)
        notes.find(
            Level.CRITICAL,
            Matter.CLOCK_BEHIND,
            "clock",
            f"the clock here is at least {behind} behind: no code is judged",
        )
    elif newest is not None and newest - notes.at > notes.limits.clock_crit:
        # Not by an anchor: it may be the other's clock that is wrong.
        behind = length(newest - notes.at)
        notes.find(Level.WARNING, Matter.CLOCK_BEHIND, "clock", f"a document that is held is dated {behind} ahead")


def _authority(notes: Notes, one: AuthorityView, anchor: RegionId | None, heard: Container[IssuerId]) -> None:
    """Check what is held of an authority; of one that is recognised, nothing is worse than a warning."""
    name = str(one.id) if anchor is None else f"{one.id} by way of {anchor}"
    most = Level.CRITICAL if anchor is None else Level.WARNING
    if one.evidence:
        words = f"{one.evidence} documents of {name} contradict each other"
        notes.find(Level.CRITICAL, Matter.CONTRADICTION, name, words)
        notes.measure("contradictions", one.evidence, name)
    if one.standing is Standing.WITHDRAWN:
        return
    if one.standing in {Standing.EMPTY, Standing.NO_ROOT}:
        notes.find(most, Matter.NO_REGISTRY, name, f"{name}: {one.standing.words.en}")
    if recognition := one.recognition:
        begins, ends = recognition.valid_from, recognition.valid_until
        notes.end("recognition", name, begins, ends, most=most)
    kinds: tuple[tuple[Kind, DocumentView | None], ...] = (("root", one.root), ("registry", one.registry))
    for kind, held in kinds:
        if held:
            notes.end_of_document(kind, name, held.version, held.issued_at, held.expires_at, most=most)
    for issuer in one.issuers:
        if issuer.speaks:
            _issuer(notes, issuer, is_own=isinstance(one, AnchorView))
    mute = [issuer.id for issuer in one.issuers if issuer.id not in heard]
    if mute and one.standing is Standing.IN_FORCE:
        words = f"nobody speaks for {mute[0]}, one of {len(mute):,} such issuers that {name} lists"
        notes.find(Level.WARNING, Matter.NO_SPEAKER, name, words)


def _issuer(notes: Notes, issuer: IssuerView, *, is_own: bool) -> None:
    for use in KeyUse:
        if last := _last(issuer, use, notes.at):
            title = f"the last {use.label} key of {issuer.id}"
            begins, ends = last.entry.valid_from, _end(last)
            notes.end("key", f"{use.label} {issuer.id}", begins, ends, title=title, most=Level.WARNING)
    _signed(notes, "policy", issuer.id, issuer.policies)
    _signed(notes, "map", issuer.id, issuer.maps)
    lists = issuer.status
    if lists is None:
        return
    notes.measure("lists", lists.lists, issuer.id)
    if lists.expires_at is None or lists.newest is None:
        notes.find(Level.WARNING, Matter.NO_LISTS, issuer.id, f"no status list of {issuer.id} is held")
        return
    notes.measure("age-seconds", (notes.at - lists.newest).total_seconds(), f"lists {issuer.id}")
    notes.end(
        "lists",
        issuer.id,
        lists.expires_at - lists.life,
        lists.expires_at,
        title=f"the first of {lists.lists:,} status lists of {issuer.id}",
        most=Level.CRITICAL if is_own else Level.WARNING,
    )


def _signed(notes: Notes, kind: Kind, office: IssuerId, signed: tuple[SignedView, ...]) -> None:
    """Tell until when the policy or the risk map of an office holds that ends last."""
    last = max(signed, key=lambda one: one.expires_at, default=None)
    if last is None or notes.at - last.expires_at >= _TOLD_FOR:
        return
    notes.end(kind, office, last.issued_at, last.expires_at, most=Level.WARNING)
    if notes.at < last.expires_at and not any(one.in_force for one in signed):
        words = f"a {kind} of {office} is held, and none is in force"
        notes.find(Level.WARNING, Matter.NOT_IN_FORCE, f"{kind} of {office}", words)


def _last(issuer: IssuerView, use: KeyUse, at: datetime) -> KeyView | None:
    """Return the key of a use that signs for longest; None where that ended long ago, or somebody has ended it."""
    sound = [key for key in issuer.keys if key.entry.use == use and not key.weak and not key.revoked_by]
    last = max(sound, key=_end, default=None)
    if last is None or at - _end(last) >= _TOLD_FOR:
        return None
    return None if last.retired_from is not None and last.retired_from <= at else last


def _end(key: KeyView) -> datetime:
    return min(filter(None, (key.entry.valid_until, key.retired_from)))
