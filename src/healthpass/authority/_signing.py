"""Signing roots and registries: several people, one after another, in any order (spec/registry.md, section 2)."""

from collections.abc import Collection
from typing import Final

from healthpass.authority._findings import forgotten
from healthpass.authority._records import Content
from healthpass.authority._sources import Signed, open_document
from healthpass.codec._keys import PublicKey, Signer
from healthpass.documents._document import MAX_SIGNATURES, Document, parse
from healthpass.documents._fields import ENVIRONMENT
from healthpass.documents._registry_document import RegistryDocument
from healthpass.documents._root import Root
from healthpass.words._errors import DocumentError, HealthpassError
from healthpass.words._finding_kinds import FindingKind
from healthpass.words._outcomes import Outcome

_FORGOTTEN: Final = FindingKind.REVOCATION_FORGOTTEN.code
_NEEDLESS: Final = FindingKind.NEEDLESS_SIGNATURE.code
_UNREAD: Final = FindingKind.NOT_SHOWN.code


class SigningError(HealthpassError):
    """A document is not signed: the key does not matter for it, or it is not what its signer takes it for."""


def sign(
    document: bytes | Content,
    key: Signer,
    *,
    root: bytes | None = None,
    previous: bytes | None = None,
    force: Collection[str] = (),
) -> bytes:
    """Add a signature to a root or a registry.

    Whoever signs first, the bytes are the same in the end; and who signs twice has signed once.

    Args:
        document: what it says, or the document that others have signed.
        key: the signer's key.
        root: for a registry, the root that is in force, whose registry keys sign it.
        previous: the document before it: of a root, whose root keys sign it too; of a registry, none of whose
            revocations may be forgotten.
        force: the codes of what is found and meant so: `needless-signature` for a key that does not matter,
            `not-shown` for what this version cannot show entirely, `revocation-forgotten` for one that is.

    Returns:
        The document, with one signature more unless the key had signed it.

    Raises:
        SigningError: when the key is none that matters, the document does not go with the root, or it forgets a
            revocation.
        DocumentError: when the document, or the root or the previous root, would be refused; `bad-signature`, when
            a signature that stands in the document does not verify.
        SourceError: when the content breaks a rule.
    """
    signed = open_document(document) if isinstance(document, bytes) else Signed.of(document)
    content = signed.content
    if not ENVIRONMENT.fullmatch(content.environment):
        raise SigningError("its environment is not a valid name, so that every verifier would refuse it (DOC-10)")
    if isinstance(content, Root):
        before = _in_force(previous, content, "the previous root").root_keys if previous else ()
        known = {*content.root_keys, *before}
    else:
        known = {*_in_force(root, content, "the root").registry_keys} if root else set()
        if previous and _FORGOTTEN not in force:
            _check_revocations(content, previous)
    if _UNREAD not in force and content.encode() != signed.document.payload:
        raise SigningError("it holds more than this version of healthpass reads, and could show you")
    if _NEEDLESS not in force and key.public_key not in known:
        raise SigningError(_does_not_matter(content, key.public_key, has_root=root is not None))
    signed.document.count(known, 0)
    kid = key.public_key.kid
    if key.public_key in known and kid in signed.document.signatures:
        return bytes(signed.document)
    message = signed.document.to_be_signed(kid)
    signature = key.sign(message)
    key.public_key.verify(signature, message)  # a key in a module may be another than it says
    try:
        return bytes(signed.document.signed_with(kid, signature))
    except ValueError as error:
        raise SigningError(str(error)) from None


def join(first: bytes, second: bytes) -> bytes:
    """Put together the signatures of one document that people have signed apart.

    Raises:
        DocumentError: when one of the two is no document.
        SigningError: when they are not the same document, or have contradicting or more than 16 signatures.
    """
    one, other = parse(first), parse(second)
    if (one.kind, one.payload) != (other.kind, other.payload):
        raise SigningError("they are not the same document")
    signatures = one.signatures | other.signatures
    if len(signatures) > MAX_SIGNATURES:
        raise SigningError(f"a document has at most {MAX_SIGNATURES} signatures")
    if signatures != other.signatures | one.signatures:
        raise SigningError("they hold different signatures by one key")
    return bytes(Document(one.kind, one.payload, dict(sorted(signatures.items()))))


def _in_force(data: bytes, content: Content, what: str) -> Root:
    """Open a root that its own keys have signed, of the authority and environment of a content."""
    signed = open_document(data)
    root = signed.content
    if not isinstance(root, Root):
        raise SigningError(f"{what} is a registry, and must be a root")
    try:
        signed.document.count(root.root_keys, root.root_threshold)
    except DocumentError as error:
        raise DocumentError(error.outcome, f"{what} is not signed as it must be: {error.message}") from None
    if (root.authority, root.environment) != (content.authority, content.environment):
        raise SigningError(f"{what} is none of {content.authority} in {content.environment!r}")
    if isinstance(content, RegistryDocument) and root.epoch != content.epoch:
        raise SigningError(f"the registry is of epoch {content.epoch}, and the root of epoch {root.epoch}")
    return root


def _check_revocations(registry: RegistryDocument, previous: bytes) -> None:
    """Check that a registry keeps the revocations of the one before it (UPD-7.5, AUT-5)."""
    before = open_document(previous).content
    if not isinstance(before, RegistryDocument) or before.authority != registry.authority:
        raise SigningError(f"the previous document is no registry of {registry.authority}")
    for office, key in forgotten(registry, before, registry.issued):
        raise SigningError(
            f"{Outcome.REVOCATION_UNDONE}: the key {key.kid.hex()} of {office} was revoked, and is not listed as "
            "it was in the registry before"
        )


def _does_not_matter(content: Content, key: PublicKey, *, has_root: bool) -> str:
    kid = key.kid.hex()
    if isinstance(content, Root):
        return f"the key {kid} is no root key of this root or of the one before it; that one must be given too"
    if not has_root:
        return "the root that is in force is needed to tell whether the key matters"
    return f"the key {kid} is no registry key of the root that is in force"
