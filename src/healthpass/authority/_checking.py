"""Checking a root or a registry before it is published, by the rules and the code of the verifiers."""

from collections.abc import Callable, Generator, Iterable, Iterator, Sequence
from dataclasses import replace
from datetime import datetime, timedelta
from typing import Final, TypeAlias

from healthpass.authority import _findings
from healthpass.authority._findings import REGISTRY_SOON, ROOT, ROOT_SOON, Finding, finding, refusal
from healthpass.authority._records import Content
from healthpass.authority._source_json import SourceError
from healthpass.authority._sources import Signed, is_document, open_document, read_source, refuse_lists
from healthpass.codec._keys import PublicKey, SigningKey
from healthpass.codec._time import to_seconds, whole
from healthpass.documents._document import Document, Kind
from healthpass.documents._registry_document import RegistryDocument
from healthpass.documents._root import Root
from healthpass.trust._held import HeldRegistry, Pin
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
_Answer: TypeAlias = tuple[Outcome, Notes]
_Rule: TypeAlias = Callable[[Offer, str], _Answer]  # whose second argument says which keys are probed


def check_root(
    root: bytes | Root, *, previous: Sequence[bytes] = (), at: datetime, soon: timedelta = ROOT_SOON
) -> tuple[Finding, ...]:
    """Check a root: what verifiers would refuse, and what is risky.

    Args:
        root: the document; or its source, or what it shall say, of which nobody's signatures are counted.
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
        registry: the document; or its source, or what it shall say, of which nobody's signatures are counted.
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
    seconds = to_seconds(at)
    try:
        state = _chain(previous, seconds)
    except DocumentError as refused:
        yield refusal(refused, _PREVIOUS_ROOT)
        return
    before = state.root if state else None

    def rule(offer: Offer, probed: str) -> _Answer:
        return _copy(state, probed).link(offer, seconds) if state else _fresh(offer).start(offer, seconds)

    content = yield from _examined(root, Kind.ROOT, rule, before.root_keys if before else ())
    if isinstance(content, Root):
        yield from _findings.on_expiry(content, at, soon)
        yield from _findings.on_root(content, before)


def _check_registry(
    registry: bytes | RegistryDocument, root: bytes, previous: bytes | None, at: datetime, soon: timedelta
) -> Iterator[Finding]:
    seconds, before, where = to_seconds(at), None, ROOT
    try:
        state = _chain([root], seconds)
        assert state  # noqa: S101 - of one root
        if previous is not None:
            where = _PREVIOUS_REGISTRY
            before = _hold(state, previous)
    except DocumentError as refused:
        yield refusal(refused, where)
        return

    def rule(offer: Offer, probed: str) -> _Answer:
        return _copy(state, probed).publish(offer, seconds)

    in_force = state.chain[-1].root
    content = yield from _examined(registry, Kind.REGISTRY, rule, in_force.registry_keys)
    if isinstance(content, RegistryDocument):
        yield from _findings.on_expiry(content, at, soon)
        yield from _findings.on_expiry(in_force, at, ROOT_SOON, ROOT)
        yield from _findings.on_registry(content, at, soon)
        yield from _findings.on_previous(content, known=before is not None)
        if before:
            yield from _findings.on_change(content, before, in_force, at)


def _examined(
    given: bytes | Content, kind: Kind, rule: _Rule, signers: Iterable[PublicKey]
) -> Generator[Finding, None, Content | None]:
    """Tell what verifiers would say; return what it says, unless it must stay closed."""
    faults = None
    if isinstance(given, bytes) and not is_document(given):
        try:
            given = read_source(given)
        except SourceError as wrong:
            yield from (finding(FindingKind.MALFORMED_SOURCE, problem=problem) for problem in wrong.problems)
            return None
    if isinstance(given, bytes):
        faults = _asked(lambda: rule(_of_kind(given, kind), ""))
        yield from faults
        # More is wrong than missing signatures: the document stays closed (DOC-6).
        if any(one.severity == "error" and one.code != Outcome.THRESHOLD_NOT_MET for one in faults):
            return None
        try:
            signed = open_document(given)
        except DocumentError as refused:
            yield refusal(refused)
            return None
        yield from _on_envelope(signed, signers)
    else:
        signed = Signed.of(given)
        if signed.kind is not kind:
            yield refusal(_of_another_kind(signed.kind, kind))
            return None
    if faults is None or any(one.severity == "error" for one in faults):
        # It has not all its signatures: the rules are tried on it all the same.
        yield from _asked(lambda: rule(_probing(signed.document), kind.name.lower()), probing=True)
    return signed.content


def _in_order(findings: Iterator[Finding]) -> tuple[Finding, ...]:
    """Put errors first and leave out what was found twice."""
    return tuple(sorted(dict.fromkeys(findings), key=lambda finding: finding.severity != "error"))


def _chain(roots: Sequence[bytes], at: int) -> State | None:
    """Make the state of a verifier that holds these roots; None for no roots."""
    if not roots:
        return None
    first = _of_kind(roots[0], Kind.ROOT)
    state = _fresh(first)
    state.start(first, at)
    for data in roots[1:]:
        state.link(_of_kind(data, Kind.ROOT), at)
    return state


def _fresh(offer: Offer) -> State:
    """Make the state of a verifier that has pinned this root."""
    root = Root.decode(offer.document.payload)  # found by its hash, as a pin does (DOC-6)
    state = State(root.authority, root.authority, root.environment)
    state.pin = Pin(root.authority, root.version, offer.digest)
    return state


def _hold(state: State, data: bytes) -> RegistryDocument:
    """Let the state hold a registry that was published, whoever signed it then."""
    registry = RegistryDocument.decode(_of_kind(data, Kind.REGISTRY).document.payload)
    if registry.authority != state.authority:
        raise DocumentError(Outcome.WRONG_AUTHORITY, f"it is of {registry.authority} and not {state.authority}")
    state.registry = HeldRegistry(data, registry.dropped())
    state.tombstones = dict.fromkeys(state.registry.revoked(), (registry.epoch, registry.version))
    return registry


def _copy(state: State, probed: str) -> State:
    """Copy a state, so that a trial leaves nothing behind; of the keys that are probed it trusts ours alone."""
    copy = State(state.anchor, state.authority, state.environment)
    copy.pin, copy.chain, copy.registry = state.pin, list(state.chain), state.registry
    copy.tombstones = dict(state.tombstones)
    if probed:
        last, keys = copy.chain[-1], {f"{probed}_keys": (_PROBE.public_key,), f"{probed}_threshold": 1}
        copy.chain[-1] = last._replace(root=replace(last.root, **keys))  # type: ignore[arg-type]
    return copy


def _of_kind(data: bytes, kind: Kind) -> Offer:
    refuse_lists(data)
    offer = read_offer(data)
    if offer.document.kind is not kind:
        raise _of_another_kind(offer.document.kind, kind)
    return offer


def _of_another_kind(found: Kind, wanted: Kind) -> DocumentError:
    return DocumentError(Outcome.UNSUPPORTED_KIND, f"it is a {found} and no {wanted}")


def _asked(rule: Callable[[], _Answer], *, probing: bool = False) -> list[Finding]:
    """Tell what a verifier says to a document."""
    try:
        outcome, notes = rule()
    except DocumentError as refused:
        # When probing, the count of a root's own signatures comes last: who gets there has broken no other rule.
        return [] if probing and refused.outcome is Outcome.THRESHOLD_NOT_MET else [refusal(refused)]
    told = [finding(FindingKind.UNCHANGED)] if outcome is Outcome.UNCHANGED else []
    # The other notes are told key by key.
    return [*told, finding(FindingKind.BROKEN_CHAIN)] if Outcome.BROKEN_CHAIN in notes else told


def _probing(document: Document) -> Offer:
    kid = _PROBE.public_key.kid
    probing = Document(document.kind, document.payload, {kid: _PROBE.sign(document.to_be_signed(kid))})
    return Offer(bytes(probing), probing, probing.digest)


def _on_envelope(signed: Signed, signers: Iterable[PublicKey]) -> Iterator[Finding]:
    document, content = signed
    own = content.root_keys if isinstance(content, Root) else ()
    for kid in sorted(set(document.signatures) - {key.kid for key in (*own, *signers)}):
        yield finding(FindingKind.NEEDLESS_SIGNATURE, kid=kid.hex())
    if content.encode() != document.payload:
        yield finding(FindingKind.NOT_SHOWN)
