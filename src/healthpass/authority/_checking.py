"""Checking a root or a registry before it is published, by the rules and the code of the verifiers."""

from collections.abc import Callable, Iterator, Sequence
from dataclasses import replace
from datetime import datetime, timedelta
from typing import Final

from healthpass.authority import _findings
from healthpass.authority._findings import REGISTRY_SOON, ROOT, ROOT_SOON, Finding, finding, refusal
from healthpass.authority._records import Content
from healthpass.authority._sources import unsigned
from healthpass.codec._keys import PublicKey, SigningKey
from healthpass.codec._time import to_seconds, whole
from healthpass.documents._document import Document, Kind
from healthpass.documents._registry_document import RegistryDocument
from healthpass.documents._root import Root
from healthpass.trust._held import HeldRegistry, HeldRoot, Pin
from healthpass.trust._offer import Offer, read_offer
from healthpass.trust._state import Notes, State
from healthpass.words._errors import DocumentError
from healthpass.words._finding_kinds import FindingKind
from healthpass.words._outcomes import Outcome
from healthpass.words._row import Words

# Signs what nobody has signed yet, for a state that trusts this key, so that the rules can be tried on it.
_PROBE: Final = SigningKey.generate()  # anew in each process: nobody can list it
_PREVIOUS_ROOT: Final = Words("previous root", "上一版根")
_PREVIOUS_REGISTRY: Final = Words("previous registry", "上一版登记库")
_Rule = Callable[[Offer], tuple[Outcome, Notes]]


def check_root(
    root: bytes | Root, *, previous: Sequence[bytes] = (), at: datetime, soon: timedelta = ROOT_SOON
) -> tuple[Finding, ...]:
    """Check a root: what verifiers would refuse, and what is risky.

    Args:
        root: the document, or what it shall say; then signatures are not looked at.
        previous: the roots before it, the last of them at the end; none for the first.
        at: the time.
        soon: an expiry within this time is warned of.

    Returns:
        The findings, errors first.

    Raises:
        SourceError: when what it shall say cannot be written as a document.
    """
    return _in_order(_check_root(root, previous, whole(at), soon))


def check_registry(
    registry: bytes | RegistryDocument,
    *,
    root: bytes,
    previous: bytes | None = None,
    at: datetime,
    soon: timedelta = REGISTRY_SOON,
) -> tuple[Finding, ...]:
    """Check a registry: what verifiers would refuse, and what is risky.

    Args:
        registry: the document, or what it shall say; then signatures are not looked at.
        root: the root that is in force.
        previous: the registry that was published last; none for the first.
        at: the time.
        soon: an end within this time is warned of.

    Returns:
        The findings, errors first.

    Raises:
        SourceError: when what it shall say cannot be written as a document.
    """
    return _in_order(_check_registry(registry, root, previous, whole(at), soon))


def _check_root(root: bytes | Root, previous: Sequence[bytes], at: datetime, soon: timedelta) -> Iterator[Finding]:
    try:
        state = _chain(previous, at)
    except DocumentError as refused:
        yield refusal(refused, _PREVIOUS_ROOT)
        return
    if isinstance(root, bytes):
        faults = _try(root, Kind.ROOT, lambda offer: _offer_root(state, offer, at))
        yield from faults
        if _is_final(faults):
            return
        try:
            document = read_offer(root).document
            content = Root.decode(document.payload)
        except DocumentError as refused:
            yield refusal(refused)
            return
        before = state.root.root_keys if state and state.root else ()
        yield from _on_envelope(document, content, {*content.root_keys, *before})
    else:
        faults = None
        content, document = root, unsigned(root)
    if faults is None or _has_error(faults):
        yield from _probe_root(document, state, at)
    yield from _findings.on_expiry(content, at, soon)
    yield from _findings.on_root(content, state.root if state else None)


def _check_registry(
    registry: bytes | RegistryDocument, root: bytes, previous: bytes | None, at: datetime, soon: timedelta
) -> Iterator[Finding]:
    try:
        state = _chain([root], at)
    except DocumentError as refused:
        yield refusal(refused, ROOT)
        return
    assert state  # noqa: S101 - of one root
    assert state.root  # noqa: S101
    before = None
    if previous is not None:
        try:
            before = _hold(state, previous)
        except DocumentError as refused:
            yield refusal(refused, _PREVIOUS_REGISTRY)
            return
    if isinstance(registry, bytes):
        faults = _try(registry, Kind.REGISTRY, lambda offer: _copy(state).publish(offer, to_seconds(at)))
        yield from faults
        if _is_final(faults):
            return
        try:
            document = read_offer(registry).document
            content = RegistryDocument.decode(document.payload)
        except DocumentError as refused:
            yield refusal(refused)
            return
        yield from _on_envelope(document, content, set(state.root.registry_keys))
    else:
        faults = None
        content, document = registry, unsigned(registry)
    if faults is None or _has_error(faults):
        yield from _probe_registry(document, state, at)
    yield from _findings.on_expiry(content, at, soon)
    yield from _findings.on_expiry(state.root, at, ROOT_SOON, ROOT)
    yield from _findings.on_registry(content, at, soon)
    yield from _findings.on_previous(content, known=before is not None)
    if before:
        yield from _findings.on_change(content, before, state.root, at)


def _in_order(findings: Iterator[Finding]) -> tuple[Finding, ...]:
    """Put errors first and leave out what was found twice."""
    return tuple(sorted(dict.fromkeys(findings), key=lambda finding: finding.severity != "error"))


def _has_error(findings: list[Finding]) -> bool:
    return any(finding.severity == "error" for finding in findings)


def _is_final(findings: list[Finding]) -> bool:
    """Tell whether more is wrong than missing signatures; then the document stays closed (DOC-6)."""
    return any(one.severity == "error" and one.code != Outcome.THRESHOLD_NOT_MET for one in findings)


def _chain(roots: Sequence[bytes], at: datetime) -> State | None:
    """Make the state of a verifier that holds these roots; None for no roots."""
    state = None
    for data in roots:
        offer = read_offer(data)
        if state is None:
            state = _fresh(offer)
            state.start(offer, to_seconds(at))
        else:
            state.link(offer, to_seconds(at))
    return state


def _fresh(offer: Offer) -> State:
    """Make the state of a verifier that has pinned this root."""
    if offer.document.kind is not Kind.ROOT:
        raise DocumentError(Outcome.UNSUPPORTED_KIND, "it is a registry, and a root is needed")
    root = Root.decode(offer.document.payload)  # found by its hash, as a pin does (DOC-6)
    state = State(root.authority, root.authority, root.environment)
    state.pin = Pin(root.authority, root.version, offer.digest)
    return state


def _hold(state: State, data: bytes) -> RegistryDocument:
    """Let the state hold a registry that was published, whoever signed it then."""
    offer = read_offer(data)
    if offer.document.kind is not Kind.REGISTRY:
        raise DocumentError(Outcome.UNSUPPORTED_KIND, "it is a root, and a registry is needed")
    registry = RegistryDocument.decode(offer.document.payload)
    if registry.authority != state.authority:
        raise DocumentError(Outcome.WRONG_AUTHORITY, f"it is of {registry.authority} and not {state.authority}")
    state.registry = HeldRegistry(data, registry.dropped())
    state.tombstones = dict.fromkeys(state.registry.revoked(), (registry.epoch, registry.version))
    return registry


def _copy(state: State) -> State:
    """Copy a state, so that a trial leaves nothing behind."""
    copy = State(state.anchor, state.authority, state.environment)
    copy.pin, copy.chain, copy.registry = state.pin, list(state.chain), state.registry
    copy.tombstones = dict(state.tombstones)
    return copy


def _offer_root(state: State | None, offer: Offer, at: datetime) -> tuple[Outcome, Notes]:
    seconds = to_seconds(at)
    return _copy(state).link(offer, seconds) if state else _fresh(offer).start(offer, seconds)


def _try(data: bytes, kind: Kind, rule: _Rule) -> list[Finding]:
    """Offer a document as to a verifier."""
    try:
        offer = read_offer(data)
        if offer.document.kind is not kind:
            other = DocumentError(Outcome.UNSUPPORTED_KIND, f"it is a {offer.document.kind} and no {kind}")
            return [refusal(other)]
        outcome, notes = rule(offer)
    except DocumentError as refused:
        return [refusal(refused)]
    return _told(outcome, notes)


def _told(outcome: Outcome, notes: Notes) -> list[Finding]:
    told = []
    if outcome is Outcome.UNCHANGED:
        told.append(finding(FindingKind.UNCHANGED))
    if Outcome.BROKEN_CHAIN in notes:
        told.append(finding(FindingKind.BROKEN_CHAIN))
    return told  # the other notes are told key by key


def _probe_root(document: Document, state: State | None, at: datetime) -> list[Finding]:
    """Try the rules on a root that has not all its signatures."""
    offer = _probing(document)
    if state is not None:
        state = _copy(state)
        last = state.chain[-1]
        state.chain[-1] = HeldRoot(
            last.document, last.digest, replace(last.root, root_keys=(_PROBE.public_key,), root_threshold=1)
        )
    try:
        outcome, notes = _offer_root(state, offer, at)
    except DocumentError as refused:
        # The count of its own signatures comes last: who gets there has broken no other rule.
        return [] if refused.outcome is Outcome.THRESHOLD_NOT_MET else [refusal(refused)]
    return _told(outcome, notes)


def _probe_registry(document: Document, state: State, at: datetime) -> list[Finding]:
    """Try the rules on a registry that has not all its signatures."""
    state = _copy(state)
    last = state.chain[-1]
    root = replace(last.root, registry_keys=(_PROBE.public_key,), registry_threshold=1)
    state.chain[-1] = HeldRoot(last.document, last.digest, root)
    try:
        outcome, notes = state.publish(_probing(document), to_seconds(at))
    except DocumentError as refused:
        return [refusal(refused)]
    return _told(outcome, notes)


def _probing(document: Document) -> Offer:
    kid = _PROBE.public_key.kid
    probing = Document(document.kind, document.payload, {kid: _PROBE.sign(document.to_be_signed(kid))})
    return Offer(bytes(probing), probing, probing.digest)


def _on_envelope(document: Document, content: Content, known: set[PublicKey]) -> Iterator[Finding]:
    for kid in sorted(set(document.signatures) - {key.kid for key in known}):
        yield finding(FindingKind.NEEDLESS_SIGNATURE, kid=kid.hex())
    if content.encode() != document.payload:
        yield finding(FindingKind.NOT_SHOWN)
