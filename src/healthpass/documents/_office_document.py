"""Documents that an office signs with one key: policies and risk maps (spec/decision.md, section 2)."""

from dataclasses import dataclass
from datetime import datetime
from typing import Any, Generic, TypeVar

from healthpass.codec import _cbor
from healthpass.codec._keys import PublicKey, Signer
from healthpass.credential._regions import IssuerId
from healthpass.documents import _document
from healthpass.documents._document import Document, Kind
from healthpass.documents._fields import check_environment
from healthpass.documents._leaves import Text
from healthpass.documents._statement import CONTENT, MAX_DEPTH, PRODUCTION, Payload
from healthpass.documents._types import Field, Map
from healthpass.words._errors import DocumentError
from healthpass.words._outcomes import Outcome

Content = TypeVar("Content")


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class OfficeDocument(Generic[Content]):
    """What a document of an office says. Two are equal if they are the same object; compare their contents.

    Attributes:
        issuer: whose word it is.
        environment: where it counts.
        issued: when it was made.
        expires: the end of its force, at most 31 days later.
        content: the policy, or the risk map.
    """

    issuer: IssuerId
    environment: str = PRODUCTION
    issued: datetime
    expires: datetime
    content: Content


class OfficePayload(Payload[OfficeDocument[Content]]):
    """How the payload of a document of an office is read, written, signed and opened."""

    def __init__(self, kind: Kind, content: Map) -> None:
        def make(**members: Any) -> OfficeDocument[Content]:
            claims = {name: members.pop(name) for name in ("issuer", "environment", "issued", "expires")}
            return OfficeDocument(**claims, content=content.make(**members))

        super().__init__(kind, make, content.fields, iss=Field("issuer", Text(IssuerId), "DOC-9", spelled="iss"))

    def encode(self, document: OfficeDocument[Content]) -> bytes:
        """Encode a payload; the same document gives the same bytes."""
        payload = self.claims.write(document) | {CONTENT: self.content.write(document.content)}
        return _cbor.encode(payload, max_depth=MAX_DEPTH)

    def sign(self, document: OfficeDocument[Content], key: Signer) -> bytes:
        """Make the document, signed by a key of use 3 of the office.

        Raises:
            ValueError: when it breaks a rule.
            SignatureError: `bad-signature`, when the key's owner returns a wrong signature.
        """
        check_environment(document.environment)
        unsigned = Document(self.kind, self.encode(document), {})
        kid = key.public_key.kid
        signed = unsigned.signed_with(kid, key.sign(unsigned.to_be_signed(kid)))
        try:
            self.open(bytes(signed), key.public_key)  # nothing leaves that would be refused
        except DocumentError as error:
            raise ValueError(f"{error.where}: {error.message}" if error.where else error.message) from None
        return bytes(signed)

    def open(self, data: bytes, key: PublicKey) -> OfficeDocument[Content]:
        """Open a document that a key has signed (POL-2).

        Raises:
            DocumentError: when it is none, was signed by another key, or breaks a rule.
        """
        document = _document.parse(data)
        if document.kind is not self.kind:
            raise DocumentError(
                Outcome.UNSUPPORTED_KIND, f"it is a {document.kind.label} and no {self.kind.label}"
            )
        if list(document.signatures) != [key.kid]:
            raise DocumentError(Outcome.UNKNOWN_SIGNER, "it is signed by another key")
        document.count([key], 1)
        return self.decode(document.payload)


def payload_of(kind: Kind, content: Map) -> OfficePayload[Any]:
    """Return how the documents of a kind are read and written."""
    return OfficePayload(kind, content)
