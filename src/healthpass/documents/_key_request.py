"""Key requests: an issuer's own word that a key is its, and for which authority (spec/registry.md, section 5)."""

from dataclasses import dataclass
from typing import Any, Final

from healthpass.codec._keys import PublicKey, Signer
from healthpass.credential._regions import IssuerId, RegionId
from healthpass.documents import _document, _statement
from healthpass.documents._document import Document, Kind
from healthpass.documents._fields import (
    Field,
    Unknown,
    code,
    cose_key,
    cose_key_map,
    read_grant,
    scope,
    scope_map,
    text,
    time,
)
from healthpass.documents._scope import Scope
from healthpass.documents._statement import Statement
from healthpass.words._code_points import KeyUse
from healthpass.words._errors import DocumentError
from healthpass.words._limits import PUBLISHED_KEYS
from healthpass.words._outcomes import Outcome


@dataclass(frozen=True, slots=True, kw_only=True)
class KeyRequest:
    """A key request.

    Attributes:
        issuer: whose key it is.
        authority: whom it asks to list the key.
        environment: where the key is to count.
        issued: when it was made, in seconds since 1970.
        expires: the end of its force, in seconds since 1970; at most 31 days later.
        public_key: the key.
        use: what it is for; a plain number where this version does not know the use.
        valid_from: from when it is to sign, in seconds since 1970.
        valid_until: until when.
        scope: what it asks to be trusted for.
    """

    issuer: IssuerId
    authority: RegionId
    environment: str
    issued: int
    expires: int
    public_key: PublicKey
    use: KeyUse | int
    valid_from: int
    valid_until: int
    scope: Scope

    def sign(self, key: Signer) -> bytes:
        """Make the document, signed by the key that it is about (REQ-2).

        Raises:
            ValueError: when it is another key, or the request breaks a rule.
        """
        if key.public_key != self.public_key:
            raise ValueError("a key request is signed by the key that it is about")
        unsigned = Document(Kind.KEY_REQUEST, self._encode(), {})
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
    def decode(cls, payload: bytes) -> "KeyRequest":
        """Read a payload, to be looked at: what nobody has verified is not acted upon (REQ-3).

        Raises:
            DocumentError: when it breaks a rule.
        """
        return _statement.decode(Kind.KEY_REQUEST, payload, cls._read)

    @classmethod
    def check(cls, data: bytes, *, authority: str, environment: str, at: int) -> "KeyRequest":
        """Read a request, and accept it as one for this authority and environment (REQ-1 to REQ-4).

        Raises:
            DocumentError: when it is refused; `code` says why.
        """
        document = _document.parse(data)
        if document.kind is not Kind.KEY_REQUEST:
            raise DocumentError(Outcome.UNSUPPORTED_KIND, f"it is a {document.kind} and no key request")
        request = cls.decode(document.payload)
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
        _statement.check_date(request.issued, at)
        if at >= request.expires:
            raise DocumentError(Outcome.REQUEST_EXPIRED, "it is no longer in force; ask for a new one")
        return request

    def _encode(self) -> bytes:
        statement = Statement(self.issuer, self.expires, self.issued, self.environment)
        granted = scope_map(self.scope)
        content = {
            1: cose_key_map(self.public_key.to_bytes()),
            2: str(self.authority),
            3: int(self.use),
            4: self.valid_from,
            5: self.valid_until,
        }
        return _statement.encode(statement, content | ({6: granted} if granted else {}))

    @classmethod
    def _read(cls, statement: Statement, content: dict[int, Any], unknown: Unknown) -> "KeyRequest":
        found = read_grant(content, _FIELDS, unknown)
        issuer, raw = IssuerId(statement.iss), found.pop("raw")
        if not issuer.region.within(found["authority"]):
            raise ValueError("the issuer does not lie within the authority's region")
        if raw in PUBLISHED_KEYS:
            raise ValueError("the key is a published test key: anybody can sign with it")
        return cls(
            issuer=issuer,
            environment=statement.environment,
            issued=statement.issued,
            expires=statement.expires,
            public_key=PublicKey(raw),
            **found,
        )


_FIELDS: Final = {
    1: Field("raw", cose_key),
    2: Field("authority", text(RegionId)),
    3: Field("use", code(KeyUse)),
    4: Field("valid_from", time),
    5: Field("valid_until", time),
    6: Field("scope", scope, required=False),
}
