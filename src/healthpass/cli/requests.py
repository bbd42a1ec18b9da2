"""Key requests before they are listed: shown to somebody who then telephones.

The thumbprint is not shown, nor the kid, with which it begins (cli/thumbprints.py): who sees it types it in and
has asked nobody, or reads it to the office, which says yes. It comes from the office, over the telephone.
"""

from collections.abc import Iterator
from typing import Any, Final, NamedTuple, Self

from healthpass import DocumentError
from healthpass.authority import KeyRequest, KeyUse
from healthpass.authority._records import record
from healthpass.authority._words import scope_words
from healthpass.cli.inspect import WARNING
from healthpass.cli.io.output import JSON_VERSION
from healthpass.cli.showing import has_signed
from healthpass.documents._document import Kind, parse
from healthpass.documents._told import moment

_WARNING: Final = f"{WARNING}; before you list the key, have its thumbprint read to you over the telephone"


class SeenRequest(NamedTuple):
    """A request, read to be looked at: nobody has compared its thumbprint.

    Attributes:
        request: what it says.
        digest: SHA-256 of its payload, which is not the thumbprint.
        verifies: whether the key that it carries has signed it, and nobody else (REQ-2).
    """

    request: KeyRequest
    digest: bytes
    verifies: bool

    @classmethod
    def of(cls, data: bytes) -> Self:
        """Read a request.

        Raises:
            DocumentError: when it is none, or breaks a rule.
        """
        document = parse(data)
        request = KeyRequest.decode(document.payload)
        alone = list(document.signatures) == [request.public_key.kid]
        return cls(request, document.digest, alone and has_signed(document, request.public_key))

    def claimed(self) -> dict[str, Any]:
        """Write what it says for machines, without the key."""
        asked = self.request
        return {
            "issuer": asked.issuer,
            "authority": asked.authority,
            "environment": asked.environment,
            "use": KeyUse.label_of(asked.use),
            "valid_from": moment(asked.valid_from),
            "valid_until": moment(asked.valid_until),
            "scope": record(asked.scope),
            "issued_at": moment(asked.issued),
            "expires_at": moment(asked.expires),
        }

    def as_json(self) -> dict[str, Any]:
        """Write it for machines."""
        return {
            "v": JSON_VERSION,
            "kind": Kind.KEY_REQUEST,
            "verified": False,
            "warning": _WARNING,
            "sha256": self.digest.hex(),
            "signature_verifies": self.verifies,
            "claimed": self.claimed(),
        }

    def as_lines(self) -> Iterator[str]:
        """Write it for people."""
        asked = self.request
        yield f"key request of {asked.issuer} to {asked.authority}, {asked.environment}"
        yield _WARNING
        yield f"use        {KeyUse.label_of(asked.use)}"
        yield f"from       {moment(asked.valid_from)}"
        yield f"until      {moment(asked.valid_until)}"
        yield f"scope      {scope_words(asked.scope).en}"
        yield f"asked      {moment(asked.issued)}, good until {moment(asked.expires)}"
        yield f"signature  {'verifies, by the key that it asks for' if self.verifies else 'DOES NOT VERIFY'}"


def is_request(data: bytes) -> bool:
    """Tell a key request from whatever else a file may hold."""
    try:
        return parse(data).kind is Kind.KEY_REQUEST
    except DocumentError:
        return False
