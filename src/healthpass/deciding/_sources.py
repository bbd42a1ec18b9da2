"""Policies and risk maps as JSON that officers review, and as documents that gates take."""

import json
from dataclasses import dataclass
from typing import Any, Final, TypeVar

from healthpass.codec._keys import PublicKey, Signer
from healthpass.codec._source_json import SourceError, parse_json
from healthpass.documents import _document, _policy, _risk_map
from healthpass.documents._document import Kind
from healthpass.documents._office_document import OfficeDocument
from healthpass.documents._policy import Policy
from healthpass.documents._record import read_record
from healthpass.documents._risk_map import RiskMap
from healthpass.documents._told import told
from healthpass.documents._types import FieldError, FirstUnknown, Map
from healthpass.words._errors import DocumentError
from healthpass.words._outcomes import Outcome

_Content = TypeVar("_Content", Policy, RiskMap)
_FORMS: Final[dict[type[Policy | RiskMap], Map]] = {Policy: _policy.CONTENT, RiskMap: _risk_map.CONTENT}


def read_policy(source: bytes | str) -> Policy:
    """Read the source of a policy.

    Raises:
        SourceError: with a line for each fault: where, what was found, what was expected.
    """
    return _read(Policy, source)


def read_map(source: bytes | str) -> RiskMap:
    """Read the source of a risk map.

    Raises:
        SourceError: with a line for each fault: where, what was found, what was expected.
    """
    return _read(RiskMap, source)


def write_source(content: Policy | RiskMap) -> bytes:
    """Write a policy or a risk map as JSON for people: fixed order of fields, two spaces, UTF-8."""
    found = told(_FORMS[type(content)], content)
    return (json.dumps(found, ensure_ascii=False, indent=2, allow_nan=False) + "\n").encode()


def sign_policy(policy: OfficeDocument[Policy], key: Signer) -> bytes:
    """Make the document of a policy, signed by a key of use 3 of the office.

    Raises:
        ValueError: when it breaks a rule.
        SignatureError: `bad-signature`, when the key's owner returns a wrong signature.
    """
    return _policy.PAYLOAD.sign(policy, key)


def sign_map(risk_map: OfficeDocument[RiskMap], key: Signer) -> bytes:
    """Make the document of a risk map, signed by a key of use 3 of the office.

    Raises:
        ValueError: when it breaks a rule.
        SignatureError: `bad-signature`, when the key's owner returns a wrong signature.
    """
    return _risk_map.PAYLOAD.sign(risk_map, key)


def open_policy(data: bytes, key: PublicKey) -> OfficeDocument[Policy]:
    """Open a policy that a key has signed, one that was given by hand (POL-2).

    Raises:
        DocumentError: when it is none, was signed by another key, or breaks a rule.
    """
    opened: OfficeDocument[Policy] = _policy.PAYLOAD.open(data, key)
    return opened


def open_map(data: bytes, key: PublicKey) -> OfficeDocument[RiskMap]:
    """Open a risk map that a key has signed, one that was given by hand (POL-2).

    Raises:
        DocumentError: when it is none, was signed by another key, or breaks a rule.
    """
    opened: OfficeDocument[RiskMap] = _risk_map.PAYLOAD.open(data, key)
    return opened


def _read(kind: type[_Content], source: bytes | str) -> _Content:
    found: Any = parse_json(source.encode() if isinstance(source, str) else source)
    form = _FORMS[kind]
    content: _Content = read_record(form, found)
    try:
        form.read(form.write(content), FirstUnknown())  # nothing is read that a document could not say
    except FieldError as error:
        raise SourceError(f"{error.where or 'the whole'}: {error}") from None
    return content


@dataclass(frozen=True, slots=True, kw_only=True)
class UnverifiedDocument:
    """A policy or a risk map whose signature nobody has verified: for people to look at, never to decide by.

    Attributes:
        document: what it says.
        kid: the kid of the key that has signed it, as it says.
        digest: SHA-256 of its payload.
    """

    document: OfficeDocument[Policy] | OfficeDocument[RiskMap]
    kid: bytes
    digest: bytes


def inspect_document(data: bytes) -> UnverifiedDocument:
    """Read a policy or a risk map without a key.

    Raises:
        DocumentError: when it is neither, or breaks a rule.
    """
    found = _document.parse(data)
    if found.kind not in _document.OF_OFFICES:
        raise DocumentError(Outcome.UNSUPPORTED_KIND, f"it is a {found.kind.label}, and no policy or risk map")
    payload = _policy.PAYLOAD if found.kind is Kind.POLICY else _risk_map.PAYLOAD
    return UnverifiedDocument(
        document=payload.decode(found.payload), kid=next(iter(found.signatures)), digest=found.digest
    )
