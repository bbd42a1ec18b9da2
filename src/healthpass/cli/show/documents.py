"""How roots, registries, key requests and findings are told: to people by lines, to programs by JSON."""

from collections.abc import Iterator, Sequence
from typing import Any, Final

from healthpass import PublicKey, Scope, harmless, write_time
from healthpass.authority import (
    Change,
    Content,
    IssuerEntry,
    KeyEndReason,
    KeyEntry,
    KeyRequest,
    KeyUse,
    Kind,
    RegistryDocument,
    Root,
    Signed,
    SignedRequest,
    record,
)
from healthpass.cli.io.output import WARNING
from healthpass.cli.language import is_chinese, say

_GROUP: Final = 4  # digits of a thumbprint
_LINE: Final = 8  # groups
# The thumbprint of a request is not shown, nor the kid, with which it begins: who sees it types it in and has
# asked nobody, or reads it to the office, which says yes. It comes from the office, over the telephone.
_HEAR_IT: Final = f"{WARNING}; before you list the key, have its thumbprint read to you over the telephone"


def title(content: Content) -> str:
    """Say which document it is, on one line."""
    kind = "root" if isinstance(content, Root) else "registry"
    environment = harmless(content.environment)  # a document may say anything here
    return f"{kind} of {content.authority}, {environment}, epoch {content.epoch}, version {content.version}"


def thumbprint_lines(digest: bytes) -> list[str]:
    """Write a thumbprint in groups of 4 digits, 8 on a line: what two people read to each other by telephone."""
    digits = digest.hex()
    groups = [digits[at : at + _GROUP] for at in range(0, len(digits), _GROUP)]
    return [" ".join(groups[at : at + _LINE]) for at in range(0, len(groups), _LINE)]


def change_lines(changes: Sequence[Change]) -> Iterator[str]:
    """Tell each change, or that there is none."""
    if not changes:
        yield say("nothing has changed")
    for change in changes:
        yield f"- {harmless(change.zh if is_chinese() else change.en)}"


def document_json(signed: Signed, root: Root | None = None) -> dict[str, Any]:
    """Return what a document says, who has signed it, and whether they are enough, where that can be known."""
    keys, threshold = _signers(signed.content, root)
    return {
        "sha256": signed.digest,
        "signatures": [kid.hex() for kid in signed.signatures],
        "signed_by": [key.kid.hex() for key in signed.signers(keys)],
        "threshold_reached": signed.reaches(keys, threshold) if keys else None,
        "content": record(signed.content),
    }


def document_lines(signed: Signed, root: Root | None = None) -> Iterator[str]:
    """Show a document, its thumbprint first: that is what people compare."""
    content = signed.content
    yield title(content)
    yield "thumbprint, SHA-256 of the payload:"
    yield from (f"  {line}" for line in thumbprint_lines(signed.digest))
    yield f"issued   {write_time(content.issued)}"
    yield f"expires  {write_time(content.expires)}"
    if isinstance(content, Root):
        yield from _root_lines(content, signed)
    else:
        yield from _registry_lines(content, signed, root)


def progress(signed: Signed, root: Root | None, previous: Root | None) -> Iterator[str]:
    """Say how many of those who must sign a document have signed.

    Args:
        signed: the document.
        root: for a registry, the root that is in force.
        previous: for a root, the one before it.
    """
    content = signed.content
    if isinstance(content, Root):
        yield _count(signed, content.root_keys, content.root_threshold, "root keys")
        if previous is not None:
            yield _count(signed, previous.root_keys, previous.root_threshold, "root keys of the previous root")
        elif content.version > 1:
            yield "the people of the root before it must sign too: --previous counts them"
    if root is not None:
        yield _count(signed, root.registry_keys, root.registry_threshold, "registry keys")


def request_json(asked: SignedRequest) -> dict[str, Any]:
    """Return what a request says; it is not its thumbprint by which it is known here."""
    return {
        "kind": Kind.KEY_REQUEST,
        "verified": False,
        "warning": _HEAR_IT,
        "sha256": asked.digest,
        "signature_verifies": asked.is_signed,
        "claimed": request_claims(asked.content),
    }


def request_claims(request: KeyRequest) -> dict[str, Any]:
    """Return what a request says, without the key."""
    names = {"issued": "issued_at", "expires": "expires_at", "from": "valid_from", "until": "valid_until"}
    said = {names.get(name, name): value for name, value in record(request).items()}
    return {name: value for name, value in ({"scope": {}} | said).items() if name not in {"typ", "key"}}


def request_lines(asked: SignedRequest) -> Iterator[str]:
    """Show a request to somebody who then telephones."""
    request = asked.content
    yield f"key request of {request.issuer} to {request.authority}, {request.environment}"
    yield _HEAR_IT
    yield f"use        {KeyUse.label_of(request.use)}"
    yield f"from       {write_time(request.valid_from)}"
    yield f"until      {write_time(request.valid_until)}"
    yield f"scope      {_scope(request.scope) or '—'}"
    yield f"asked      {write_time(request.issued)}, good until {write_time(request.expires)}"
    yield f"signature  {'verifies, by the key that it asks for' if asked.is_signed else 'DOES NOT VERIFY'}"


def _signers(content: Content, root: Root | None) -> tuple[tuple[PublicKey, ...], int]:
    if isinstance(content, Root):
        return content.root_keys, content.root_threshold
    return (root.registry_keys, root.registry_threshold) if root else ((), 0)


def _count(signed: Signed, keys: Sequence[PublicKey], threshold: int, what: str) -> str:
    reached = "reached" if signed.reaches(keys, threshold) else "not reached"
    return f"{len(signed.signers(keys))} of {len(keys)} {what} have signed, and {threshold} must: {reached}"


def _root_lines(root: Root, signed: Signed) -> Iterator[str]:
    yield _count(signed, root.root_keys, root.root_threshold, "root keys")
    signers = signed.signers(root.root_keys)
    for key in root.root_keys:
        wrong = "A SIGNATURE THAT DOES NOT VERIFY" if key.kid in signed.signatures else "has not signed"
        yield f"  {key.kid.hex()}  {'has signed' if key in signers else wrong}"
    yield f"registry keys, of which {root.registry_threshold} must sign a registry:"
    yield from (f"  {key.kid.hex()}" for key in root.registry_keys)


def _registry_lines(registry: RegistryDocument, signed: Signed, root: Root | None) -> Iterator[str]:
    if root is not None:
        yield _count(signed, root.registry_keys, root.registry_threshold, "registry keys")
    for kid in signed.signatures if root is None else ():
        yield f"signed by {kid.hex()}, not verified: give the root with --root"
    yield f"previous {registry.previous.hex() if registry.previous else 'none'}"
    yield f"names    {registry.names.zh} / {registry.names.en}"
    for issuer in registry.issuers:
        yield from _issuer_lines(issuer)
    for one in registry.recognitions:
        known_as = f"{one.names.zh} / {one.names.en}"
        yield f"recognises {one.authority}  {known_as}, from its root version {one.root_version}"
        yield f"  {write_time(one.valid_from)} to {write_time(one.valid_until)}: {_scope(one.scope) or '—'}"
        yield from (f"  {line}" for line in thumbprint_lines(one.root_hash))


def _issuer_lines(issuer: IssuerEntry) -> Iterator[str]:
    yield f"issuer {issuer.id}  {issuer.names.zh} / {issuer.names.en}"
    yield f"  appeals {issuer.appeal}{f', status lists {issuer.status}' if issuer.status else ''}"
    for key in issuer.keys:
        span = f"{write_time(key.valid_from)} to {write_time(key.valid_until)}"
        yield f"  key {key.kid.hex()}  {KeyUse.label_of(key.use)}, {span}"
        if said := "; ".join(_terms(key)):
            yield f"    {said}"


def _terms(key: KeyEntry) -> Iterator[str]:
    """Tell for how much a key is good, if for anything, and whether it has ended."""
    if said := _scope(key.scope):
        yield said
    for how, end in (("REVOKED", key.revoked), ("retired", key.retired)):
        if end:
            yield f"{how} {write_time(end.at)}, {KeyEndReason.label_of(end.reason)}"


def _scope(scope: Scope) -> str:
    said = record(scope)
    colors = {"colors": "/".join(said["colors"])} if "colors" in said else {}
    return ", ".join(f"{name} {value}" for name, value in (said | colors).items())
