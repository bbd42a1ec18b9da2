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
from healthpass.cli.io.output import WARNING, warning
from healthpass.cli.language import is_chinese, say

_GROUP: Final = 4  # digits of a thumbprint
_LINE: Final = 8  # groups
# The thumbprint of a request is not shown, nor the kid, with which it begins: who sees it types it in and has
# asked nobody, or reads it to the office, which says yes. It comes from the office, over the telephone.
_HEAR_IT: Final = (
    f"{WARNING}; before you list the key, have its thumbprint read to you over the telephone"  # in JSON
)


def title(content: Content) -> str:
    """Say which document it is, on one line."""
    kind = kind_words(Kind.ROOT if isinstance(content, Root) else Kind.REGISTRY)
    environment = harmless(content.environment)  # a document may say anything here
    which = (str(content.epoch), str(content.version))
    return say("{} of {}, {}, epoch {}, version {}", kind, content.authority, environment, *which)


def kind_words(kind: Kind) -> str:
    """Write what kind of document it is."""
    told = {
        Kind.ROOT: say("root"),
        Kind.REGISTRY: say("registry"),
        Kind.KEY_REQUEST: say("key request"),
        Kind.STATUS_LIST: say("status list"),
        Kind.POLICY: say("policy"),
        Kind.RISK_MAP: say("risk map"),
    }
    return told[kind]


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
    yield say("thumbprint, SHA-256 of the payload:")
    yield from (f"  {line}" for line in thumbprint_lines(signed.digest))
    yield say("issued   {}", write_time(content.issued))
    yield say("expires  {}", write_time(content.expires))
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
        yield _count(signed, content.root_keys, content.root_threshold, say("root keys"))
        if previous is not None:
            yield _count(
                signed, previous.root_keys, previous.root_threshold, say("root keys of the previous root")
            )
        elif content.version > 1:
            yield say("the people of the root before it must sign too: --previous counts them")
    if root is not None:
        yield _count(signed, root.registry_keys, root.registry_threshold, say("registry keys"))


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
    yield say("key request of {} to {}, {}", request.issuer, request.authority, request.environment)
    yield say("{}; before you list the key, have its thumbprint read to you over the telephone", warning())
    yield say("use        {}", KeyUse.label_of(request.use))
    yield say("from       {}", write_time(request.valid_from))
    yield say("until      {}", write_time(request.valid_until))
    yield say("scope      {}", _scope(request.scope) or "—")
    yield say("asked      {}, good until {}", write_time(request.issued), write_time(request.expires))
    yield (
        say("signature  verifies, by the key that it asks for")
        if asked.is_signed
        else say("signature  DOES NOT VERIFY")
    )


def _signers(content: Content, root: Root | None) -> tuple[tuple[PublicKey, ...], int]:
    if isinstance(content, Root):
        return content.root_keys, content.root_threshold
    return (root.registry_keys, root.registry_threshold) if root else ((), 0)


def _count(signed: Signed, keys: Sequence[PublicKey], threshold: int, what: str) -> str:
    reached = say("reached") if signed.reaches(keys, threshold) else say("not reached")
    signers = len(signed.signers(keys))
    return say("{} of {} {} have signed, and {} must: {}", signers, len(keys), what, threshold, reached)


def _root_lines(root: Root, signed: Signed) -> Iterator[str]:
    yield _count(signed, root.root_keys, root.root_threshold, say("root keys"))
    signers = signed.signers(root.root_keys)
    for key in root.root_keys:
        wrong = say("A SIGNATURE THAT DOES NOT VERIFY") if key.kid in signed.signatures else say("has not signed")
        yield f"  {key.kid.hex()}  {say('has signed') if key in signers else wrong}"
    yield say("registry keys, of which {} must sign a registry:", root.registry_threshold)
    yield from (f"  {key.kid.hex()}" for key in root.registry_keys)


def _registry_lines(registry: RegistryDocument, signed: Signed, root: Root | None) -> Iterator[str]:
    if root is not None:
        yield _count(signed, root.registry_keys, root.registry_threshold, say("registry keys"))
    for kid in signed.signatures if root is None else ():
        yield say("signed by {}, not verified: give the root with --root", kid.hex())
    yield say("previous {}", registry.previous.hex()) if registry.previous else say("previous none")
    yield say("names    {} / {}", registry.names.zh, registry.names.en)
    for issuer in registry.issuers:
        yield from _issuer_lines(issuer)
    for one in registry.recognitions:
        names = (one.names.zh, one.names.en)
        yield say("recognises {}  {} / {}, from its root version {}", one.authority, *names, str(one.root_version))
        span = (write_time(one.valid_from), write_time(one.valid_until))
        yield f"  {say('{} to {}: {}', *span, _scope(one.scope) or '—')}"
        yield from (f"  {line}" for line in thumbprint_lines(one.root_hash))


def _issuer_lines(issuer: IssuerEntry) -> Iterator[str]:
    yield say("issuer {}  {} / {}", issuer.id, issuer.names.zh, issuer.names.en)
    if issuer.status:
        yield f"  {say('appeals {}, status lists {}', issuer.appeal, issuer.status)}"
    else:
        yield f"  {say('appeals {}', issuer.appeal)}"
    for key in issuer.keys:
        span = (write_time(key.valid_from), write_time(key.valid_until))
        yield f"  {say('key {}  {}, {} to {}', key.kid.hex(), KeyUse.label_of(key.use), *span)}"
        if terms := say("; ").join(_terms(key)):
            yield f"    {terms}"


def _terms(key: KeyEntry) -> Iterator[str]:
    """Tell for how much a key is good, if for anything, and whether it has ended."""
    if scope := _scope(key.scope):
        yield scope
    if end := key.revoked:
        yield say("REVOKED {}, {}", write_time(end.at), KeyEndReason.label_of(end.reason))
    if end := key.retired:
        yield say("retired {}, {}", write_time(end.at), KeyEndReason.label_of(end.reason))


def _scope(scope: Scope) -> str:
    said = record(scope)
    colors = {"colors": "/".join(said["colors"])} if "colors" in said else {}
    return ", ".join(f"{name} {value}" for name, value in (said | colors).items())
