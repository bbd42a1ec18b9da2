"""How a root or a registry is shown: to people line by line, to programs as JSON."""

from collections.abc import Collection, Iterator
from typing import Any

from healthpass import DocumentError, PublicKey, Scope
from healthpass.authority import Content, IssuerEntry, KeyEndReason, KeyEntry, KeyUse, RegistryDocument, Root
from healthpass.authority._records import record
from healthpass.authority._words import scope_words
from healthpass.cli.documents import Loaded, title
from healthpass.cli.io.output import JSON_VERSION
from healthpass.cli.thumbprints import lines
from healthpass.documents._document import Document, parse
from healthpass.documents._told import moment


def as_json(loaded: Loaded, root: Root | None = None) -> dict[str, Any]:
    """Return what a document says, who has signed it, and whether they are enough, where that can be known."""
    content, document = loaded.content, loaded.signed.document
    keys, threshold = _signers(content, root)
    return {
        "v": JSON_VERSION,
        "sha256": loaded.signed.digest.hex(),
        "signatures": [kid.hex() for kid in document.signatures],
        "signed_by": [key.kid.hex() for key in keys if has_signed(document, key)],
        "threshold_reached": is_reached(document, keys, threshold) if keys else None,
        "content": record(content),
    }


def as_lines(loaded: Loaded, root: Root | None = None) -> Iterator[str]:
    """Show a document, its thumbprint first: that is what people compare."""
    content, document = loaded.content, loaded.signed.document
    yield title(content)
    yield "thumbprint, SHA-256 of the payload:"
    yield from (f"  {line}" for line in lines(loaded.signed.digest))
    yield f"issued   {moment(content.issued)}"
    yield f"expires  {moment(content.expires)}"
    if isinstance(content, Root):
        yield from _root_lines(content, document)
    else:
        yield from _registry_lines(content, document, root)


def progress(content: Content, data: bytes, root: Root | None, previous: Root | None) -> Iterator[str]:
    """Say how many of those who must sign a document have signed.

    Args:
        content: what the document says.
        data: the document.
        root: for a registry, the root that is in force.
        previous: for a root, the one before it.
    """
    document = parse(data)
    if isinstance(content, Root):
        yield _count(document, content.root_keys, content.root_threshold, "root keys")
    if isinstance(content, Root) and previous is not None:
        yield _count(document, previous.root_keys, previous.root_threshold, "root keys of the previous root")
    elif isinstance(content, Root) and content.version > 1:
        yield "the people of the root before it must sign too: --previous counts them"
    if root is not None:
        yield _count(document, root.registry_keys, root.registry_threshold, "registry keys")


def has_signed(document: Document, key: PublicKey) -> bool:
    """Tell whether a key has signed, and its signature verifies."""
    return is_reached(document, [key], 1)


def is_reached(document: Document, keys: Collection[PublicKey], threshold: int) -> bool:
    """Tell whether as many of the keys have signed as must, and no signature of theirs fails."""
    try:
        document.count(keys, threshold)
    except DocumentError:
        return False
    return True


def _signers(content: Content, root: Root | None) -> tuple[tuple[PublicKey, ...], int]:
    if isinstance(content, Root):
        return content.root_keys, content.root_threshold
    return (root.registry_keys, root.registry_threshold) if root else ((), 0)


def _count(document: Document, keys: Collection[PublicKey], threshold: int, what: str) -> str:
    signed = sum(has_signed(document, key) for key in keys)
    reached = "reached" if is_reached(document, keys, threshold) else "not reached"
    return f"{signed} of {len(keys)} {what} have signed, and {threshold} must: {reached}"


def _root_lines(root: Root, document: Document) -> Iterator[str]:
    if root.stands_by is not None:
        yield f"opens epoch {root.epoch}, and stands by the registry up to version {root.stands_by}"
    yield _count(document, root.root_keys, root.root_threshold, "root keys")
    for key in root.root_keys:
        yield f"  {key.kid.hex()}  {_state(document, key)}"
    yield f"registry keys, of which {root.registry_threshold} must sign a registry:"
    for key in root.registry_keys:
        yield f"  {key.kid.hex()}"


def _state(document: Document, key: PublicKey) -> str:
    if key.kid not in document.signatures:
        return "has not signed"
    return "has signed" if has_signed(document, key) else "A SIGNATURE THAT DOES NOT VERIFY"


def _registry_lines(registry: RegistryDocument, document: Document, root: Root | None) -> Iterator[str]:
    if root is not None:
        yield _count(document, root.registry_keys, root.registry_threshold, "registry keys")
    for kid in document.signatures if root is None else ():
        yield f"signed by {kid.hex()}, not verified: give the root with --root"
    yield f"previous {registry.previous.hex() if registry.previous else 'none'}"
    yield f"names    {registry.names.zh} / {registry.names.en}"
    for issuer in registry.issuers:
        yield from _issuer_lines(issuer)
    for one in registry.recognitions:
        yield f"recognises {one.authority} from its root version {one.root_version}"
        yield f"  {moment(one.valid_from)} to {moment(one.valid_until)}: {scope_words(one.scope).en}"
        yield from (f"  {line}" for line in lines(one.root_hash))


def _issuer_lines(issuer: IssuerEntry) -> Iterator[str]:
    yield f"issuer {issuer.id}  {issuer.names.zh} / {issuer.names.en}"
    yield f"  appeals {issuer.appeal}{f', status lists {issuer.status}' if issuer.status else ''}"
    for key in issuer.keys:
        span = f"{moment(key.valid_from)} to {moment(key.valid_until)}"
        yield f"  key {key.kid.hex()}  {KeyUse.label_of(key.use)}, {span}"
        if said := "; ".join(_terms(key)):
            yield f"    {said}"


def _terms(key: KeyEntry) -> Iterator[str]:
    """Tell for how much a key is good, if for anything, and whether it has ended."""
    if key.scope != Scope():
        yield scope_words(key.scope).en
    for how, end in (("REVOKED", key.revoked), ("retired", key.retired)):
        if end:
            yield f"{how} {moment(end.at)}, {KeyEndReason.label_of(end.reason)}"
