"""Checking a root or a registry before it is published, by the rules and the code of the verifiers."""

import secrets
from collections.abc import Callable, Generator, Iterator, Sequence
from dataclasses import replace
from datetime import datetime, timedelta
from typing import Final, TypeAlias

from healthpass.authority import _findings
from healthpass.authority._findings import REGISTRY_SOON, ROOT, ROOT_SOON, Finding, finding, refusal
from healthpass.authority._records import Content
from healthpass.authority._sources import Signed, is_document, read_source, refuse_lists
from healthpass.codec._keys import PublicKey, SigningKey
from healthpass.codec._source_json import SourceError
from healthpass.codec._time import to_seconds, whole
from healthpass.documents._document import Document, Kind
from healthpass.documents._registry_document import RegistryDocument
from healthpass.documents._root import Root
from healthpass.trust._held import Pin
from healthpass.trust._offer import Offer, read_offer
from healthpass.trust._state import Notes, State
from healthpass.words._errors import DocumentError
from healthpass.words._finding_kinds import FindingKind
from healthpass.words._outcomes import Outcome
from healthpass.words._row import Words

# They sign what not everybody has signed yet, for a state that trusts them, so that the rules can be tried on it.
# They are made anew in each process: nobody can list them.
_PROBES: Final = {kind: SigningKey.from_seed(secrets.token_bytes(32)) for kind in (Kind.ROOT, Kind.REGISTRY)}
_PREVIOUS_ROOT: Final = Words("previous root", "上一版根")
_PREVIOUS_REGISTRY: Final = Words("previous registry", "上一版登记库")
_Signers: TypeAlias = tuple[tuple[PublicKey, ...], int]  # and how many of them must sign
_NOBODY: Final[_Signers] = ((), 0)
_Answer: TypeAlias = tuple[Outcome, Notes]
_Opened: TypeAlias = tuple[Offer, Content]  # signed by our own key, and what it says
_Rule: TypeAlias = Callable[[Offer], _Answer]


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
        before = _current(previous, seconds)
    except DocumentError as refused:
        yield refusal(refused, _PREVIOUS_ROOT)
        return

    def rule(offer: Offer) -> _Answer:
        if before is None:
            return _pinned(offer).start(offer, seconds)
        if offer.digest in {read_offer(one).digest for one in previous}:
            return Outcome.UNCHANGED, ()
        return _trusting(before, seconds, Kind.ROOT).link(offer, seconds)

    signers = (before.root_keys, before.root_threshold) if before else _NOBODY
    content = yield from _examined(root, Kind.ROOT, signers, rule)
    if isinstance(content, Root):
        yield from _findings.ahead_of_clock(content, at)
        yield from _findings.on_expiry(content, at, soon)
        yield from _findings.on_root(content, before)


def _check_registry(
    registry: bytes | RegistryDocument, root: bytes, previous: bytes | None, at: datetime, soon: timedelta
) -> Iterator[Finding]:
    seconds, before, where = to_seconds(at), None, ROOT
    try:
        in_force = _current([root], seconds)
        assert in_force  # noqa: S101 - of one root
        state = _trusting(in_force, seconds, Kind.ROOT, Kind.REGISTRY)
        if previous is not None:
            where = _PREVIOUS_REGISTRY
            before = _hold(state, _of_kind(previous, Kind.REGISTRY), seconds)
    except DocumentError as refused:
        yield refusal(refused, where)
        return

    def rule(offer: Offer) -> _Answer:
        return state.publish(offer, seconds, next(iter(state.seen.values()), None))

    signers = in_force.registry_keys, in_force.registry_threshold
    content = yield from _examined(registry, Kind.REGISTRY, signers, rule)
    if isinstance(content, RegistryDocument):
        yield from _findings.ahead_of_clock(content, at)
        yield from _findings.on_expiry(content, at, soon)
        yield from _findings.on_expiry(in_force, at, ROOT_SOON, ROOT)
        yield from _findings.on_registry(content, at, soon)
        yield from _findings.on_previous(content, known=before is not None)
        if before:
            yield from _findings.on_change(content, before, at)


def _examined(
    given: bytes | Content, kind: Kind, signers: _Signers, rule: _Rule
) -> Generator[Finding, None, Content | None]:
    """Tell what verifiers would say; return what it says, unless it must stay closed."""
    opened = yield from _opened(given, kind, signers)
    if opened is None:
        return None
    offer, content = opened
    try:
        outcome, notes = rule(offer)
        if outcome is Outcome.SUPERSEDED:
            raise DocumentError(outcome, "it has a lower version than the previous one")  # noqa: TRY301
    except DocumentError as refused:
        # The count of a root's own signatures comes last: who gets there has broken no other rule.
        if refused.outcome is not Outcome.THRESHOLD_NOT_MET:
            yield refusal(refused)
    else:
        if outcome is Outcome.UNCHANGED:
            yield finding(FindingKind.UNCHANGED)
        if Outcome.BROKEN_CHAIN in notes:
            yield finding(FindingKind.BROKEN_CHAIN)
    return content


def _opened(given: bytes | Content, kind: Kind, signers: _Signers) -> Generator[Finding, None, _Opened | None]:
    if not isinstance(given, bytes):
        signed = Signed.of(given)
    elif is_document(given):
        return (yield from _counted(given, kind, signers))
    else:
        try:
            signed = Signed.of(read_source(given))
        except SourceError as wrong:
            yield from (finding(FindingKind.MALFORMED_SOURCE, problem=problem) for problem in wrong.problems)
            return None
    if signed.kind is kind:
        return _probing(signed.document), signed.content
    yield refusal(_of_another_kind(signed.kind, kind))
    return None


def _counted(data: bytes, kind: Kind, signers: _Signers) -> Generator[Finding, None, _Opened | None]:
    """Count the signatures of a document; when more is wrong than missing ones it stays closed (DOC-6)."""
    try:
        document = _of_kind(data, kind).document
        yield from _missing(document, signers)
        offer = _probing(document)
        content = offer.root() if offer.is_root else offer.registry()
        own = (content.root_keys, content.root_threshold) if isinstance(content, Root) else _NOBODY
        yield from _missing(document, own)
    except DocumentError as refused:
        yield refusal(refused)
        return None
    for kid in sorted(set(document.signatures) - {key.kid for key in (*own[0], *signers[0])}):
        yield finding(FindingKind.NEEDLESS_SIGNATURE, kid=kid.hex())
    if content.encode() != document.payload:
        yield finding(FindingKind.NOT_SHOWN)
    return offer, content


def _missing(document: Document, signers: _Signers) -> Iterator[Finding]:
    """Tell when too few have signed."""
    try:
        document.count(*signers)
    except DocumentError as refused:
        if refused.outcome is not Outcome.THRESHOLD_NOT_MET:
            raise
        yield refusal(refused)


def _in_order(findings: Iterator[Finding]) -> tuple[Finding, ...]:
    """Put errors first and leave out what was found twice."""
    return tuple(sorted(dict.fromkeys(findings), key=lambda finding: finding.severity != "error"))


def _current(roots: Sequence[bytes], at: int) -> Root | None:
    """Return the last of these roots as a verifier comes to hold it, which has pinned the first; None for none."""
    offers = [_of_kind(data, Kind.ROOT) for data in roots]
    if not offers:
        return None
    state = _pinned(offers[0])
    state.start(offers[0], at)
    for offer in offers[1:]:
        state.link(offer, at)
    return state.root


def _pinned(offer: Offer) -> State:
    """Make the state of a verifier that has pinned this root."""
    root = offer.root()  # found by its hash, as a pin does (DOC-6)
    state = State(root.authority, root.authority, root.environment)
    state.pin = Pin(root.authority, root.version, offer.digest)
    return state


def _trusting(root: Root, at: int, *kinds: Kind) -> State:
    """Make the state of a verifier that has pinned this root, but with our keys for these kinds in it."""
    for kind in kinds:
        name = kind.name.lower()
        keys = {f"{name}_keys": (_PROBES[kind].public_key,), f"{name}_threshold": 1}
        root = replace(root, **keys)  # type: ignore[arg-type]
    offer = _probing(Document(Kind.ROOT, root.encode(), {}))
    state = _pinned(offer)
    state.start(offer, at)
    return state


def _hold(state: State, offer: Offer, at: int) -> RegistryDocument:
    """Let a state hold a registry that was published, whoever signed it then, unless its epoch has ended."""
    probing = _probing(offer.document)
    registry = probing.registry()
    if registry.authority != state.authority:
        raise DocumentError(Outcome.WRONG_AUTHORITY, f"it is of {registry.authority} and not {state.authority}")
    if state.root and registry.epoch >= state.root.epoch:
        state.publish(probing, at, None)
    return registry


def _of_kind(data: bytes, kind: Kind) -> Offer:
    refuse_lists(data)
    offer = read_offer(data)
    if not isinstance(offer, Offer) or offer.kind is not kind:
        raise _of_another_kind(offer.kind, kind)
    return offer


def _of_another_kind(found: Kind, wanted: Kind) -> DocumentError:
    return DocumentError(Outcome.UNSUPPORTED_KIND, f"it is a {found.label} and no {wanted.label}")


def _probing(document: Document) -> Offer:
    probe = _PROBES[document.kind]
    kid = probe.public_key.kid
    signature = probe.sign(document.to_be_signed(kid))
    return _of_kind(bytes(replace(document, signatures={kid: signature})), document.kind)
