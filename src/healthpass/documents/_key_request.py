"""Key requests: an issuer's own word that a key is its, and for which authority (spec/registry.md, section 5)."""

from dataclasses import dataclass
from datetime import datetime
from typing import Final, NamedTuple

from healthpass.codec._keys import PublicKey, Signer
from healthpass.codec._time import to_seconds
from healthpass.credential._regions import IssuerId, RegionId
from healthpass.documents import _document, _statement
from healthpass.documents._document import Document, Kind
from healthpass.documents._fields import SCOPE, SOUND_KEY, TIME, CoseKey, check_span
from healthpass.documents._leaves import Code, Text
from healthpass.documents._scope import Scope
from healthpass.documents._statement import Payload
from healthpass.documents._types import Field, FieldError
from healthpass.words._code_points import KeyUse
from healthpass.words._errors import DocumentError
from healthpass.words._limits import PUBLISHED_KEYS
from healthpass.words._outcomes import Outcome


@dataclass(frozen=True, slots=True, kw_only=True)
class KeyRequest:
    """A key request.

    Attributes:
        issuer: whose key it is; it lies within the authority's region.
        authority: whom it asks to list the key.
        environment: where the key is to count.
        issued: when it was made.
        expires: the end of its force, at most 31 days later.
        public_key: the key.
        use: what it is for; a plain number where this version does not know the use.
        valid_from: from when it is to sign.
        valid_until: until when.
        scope: what it asks to be trusted for.

    Raises:
        ValueError: when it breaks REQ-1.
    """

    issuer: IssuerId
    authority: RegionId
    environment: str
    issued: datetime
    expires: datetime
    public_key: PublicKey
    use: KeyUse | int
    valid_from: datetime
    valid_until: datetime
    scope: Scope

    def __post_init__(self) -> None:
        check_span(self.valid_from, self.valid_until, "REQ-1")
        if not self.issuer.region.within(self.authority):
            raise FieldError("the issuer does not lie within the authority's region", "iss", "REQ-1")
        if self.public_key.to_bytes() in PUBLISHED_KEYS:
            raise FieldError("the key is a published test key: anybody can sign with it", "key", "REQ-1")

    def sign(self, key: Signer) -> bytes:
        """Make the document, signed by the key that it is about (REQ-2).

        Raises:
            ValueError: when it is another key, or the request breaks a rule.
        """
        if key.public_key != self.public_key:
            raise ValueError("a key request is signed by the key that it is about")
        unsigned = Document(Kind.KEY_REQUEST, PAYLOAD.encode(self), {})
        kid = self.public_key.kid
        document = bytes(unsigned.signed_with(kid, key.sign(unsigned.to_be_signed(kid))))
        try:
            self.check(
                document, authority=self.authority, environment=self.environment, at=self.issued
            )  # nothing leaves that would be refused
        except DocumentError as error:
            raise ValueError(error.message) from None
        return document

    @classmethod
    def check(cls, data: bytes, *, authority: str, environment: str, at: datetime) -> "KeyRequest":
        """Read a request, and accept it as one for this authority and environment (REQ-1 to REQ-4).

        Raises:
            DocumentError: when it is refused; `outcome` says why.
        """
        document, request = open_request(data)
        if list(document.signatures) != [request.public_key.kid]:
            raise DocumentError(
                Outcome.BAD_SIGNATURE, "it is not signed by the key that it carries, and by it alone"
            )
        document.count([request.public_key], 1)
        if request.authority != authority:
            raise DocumentError(Outcome.WRONG_AUTHORITY, f"it asks {request.authority} and not {authority}")
        if request.environment != environment:
            raise DocumentError(
                Outcome.WRONG_ENVIRONMENT, f"it is for {request.environment!r} and not {environment!r}"
            )
        _statement.check_date(request.issued, to_seconds(at))
        if at >= request.expires:
            raise DocumentError(Outcome.REQUEST_EXPIRED, "it is no longer in force; ask for a new one")
        return request


class SignedRequest(NamedTuple):
    """A key request that has been opened to be looked at: what nobody has verified is not acted upon (REQ-3).

    Attributes:
        document: its layers.
        content: what it says.
    """

    document: Document
    content: KeyRequest

    @property
    def digest(self) -> bytes:
        """SHA-256 of the payload, which is not the thumbprint of the key."""
        return self.document.digest

    @property
    def is_signed(self) -> bool:
        """Whether the key that it carries has signed it, and nobody else (REQ-2)."""
        key = self.content.public_key
        return list(self.document.signatures) == [key.kid] and self.document.good_signatures([key]) == 1


def open_request(data: bytes) -> SignedRequest:
    """Open a key request.

    Raises:
        DocumentError: when it is none, or breaks a rule.
    """
    document = _document.parse(data)
    if document.kind is not Kind.KEY_REQUEST:
        raise DocumentError(Outcome.UNSUPPORTED_KIND, f"it is a {document.kind.label} and no key request")
    return SignedRequest(document, PAYLOAD.decode(document.payload))


def is_request(data: bytes) -> bool:
    """Tell a key request from whatever else a file may hold."""
    try:
        return _document.parse(data).kind is Kind.KEY_REQUEST
    except DocumentError:
        return False


PAYLOAD: Final = Payload(
    Kind.KEY_REQUEST,
    KeyRequest,
    {
        1: Field("public_key", CoseKey(SOUND_KEY), "REQ-1", spelled="key"),
        2: Field("authority", Text(RegionId), "REQ-1"),
        3: Field("use", Code(KeyUse), "REQ-1"),
        4: Field("valid_from", TIME, "REQ-1", spelled="from"),
        5: Field("valid_until", TIME, "REQ-1", spelled="until"),
        6: Field("scope", SCOPE, "REQ-1", Scope()),
    },
    iss=Field("issuer", Text(IssuerId), "DOC-9", spelled="iss"),
)
