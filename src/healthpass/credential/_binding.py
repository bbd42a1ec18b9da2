"""The binding of a code to an identity document (spec/credential.md, section 10)."""

import hashlib
import hmac
import re
import secrets
from enum import StrEnum
from typing import Final, NamedTuple

from healthpass.credential._health import BINDING_SIZE

OPENING_SIZE: Final = 16  # BND-2
_DOMAIN: Final = b"healthpass-binding-v1"
_MOD_11_2_SIZE: Final = 18


class DocumentType(StrEnum):
    """A document that a code can be bound to (spec/registries/document-types.csv)."""

    RESIDENT_ID = "resident-id"
    HMT_RESIDENCE_PERMIT = "hmt-residence-permit"
    HM_PERMIT = "hm-permit"
    TW_PERMIT = "tw-permit"
    FOREIGNER_PR = "foreigner-pr"
    PASSPORT = "passport"


class _Spelling(NamedTuple):
    form: str
    check_digit: bool
    example: str


_DATE: Final = r"(0[1-9]|1[0-2])(0[1-9]|[12][0-9]|3[01])"
SPELLINGS: Final = {
    DocumentType.RESIDENT_ID: _Spelling(
        rf"[1-8][0-9]{{5}}(18|19|20)[0-9]{{2}}{_DATE}[0-9]{{3}}[0-9X]", True, "11010519491231002X"
    ),
    DocumentType.HMT_RESIDENCE_PERMIT: _Spelling(
        rf"8[123]0000(19|20)[0-9]{{2}}{_DATE}[0-9]{{3}}[0-9X]", True, "810000199001010019"
    ),
    DocumentType.HM_PERMIT: _Spelling(r"[HM]([0-9]{8}|A[0-9]{7})", False, "H00000000"),
    DocumentType.TW_PERMIT: _Spelling(r"[0-9]{8}", False, "00000000"),
    DocumentType.FOREIGNER_PR: _Spelling(r"([A-Z]{3}[0-9]{12}|9[0-9]{16}[0-9X])", True, "911101000199001016"),
    DocumentType.PASSPORT: _Spelling(r"[A-Z]{1,3}-[A-Z0-9]{5,9}", False, "CHN-E00000000"),
}


class IdentityDocument(NamedTuple):
    """An identity document: its type and its number, spelled as the spec's table says."""

    type: DocumentType
    number: str


class DocumentBinding(NamedTuple):
    """A binding, which stands in the credential, and its opening, which travels beside it."""

    binding: bytes
    opening: bytes


def bind_document(document_type: str, number: str, *, opening: bytes | None = None) -> DocumentBinding:
    """Commit to an identity document (BND-1).

    Args:
        document_type: a `DocumentType`, or its name such as `"resident-id"`.
        number: the number in the one spelling of the spec's table: ASCII, capital X, a passport with its country.
        opening: 16 bytes; fresh random ones when left out, as an issuer must (BND-2).

    Returns:
        The binding and the opening, 16 bytes each.

    Raises:
        TypeError: when an argument is of another type.
        ValueError: when the type is unknown, the number is spelled otherwise, or its check digit is wrong. The
            message does not repeat the number.
    """
    if opening is None:
        opening = secrets.token_bytes(OPENING_SIZE)
    elif not isinstance(opening, bytes):
        raise TypeError(f"an opening must be bytes, not {type(opening).__name__}")
    elif len(opening) != OPENING_SIZE:
        raise ValueError(f"an opening has {OPENING_SIZE} bytes, not {len(opening)}")
    kind, number = _check(document_type, number)
    committed = _DOMAIN + opening + f"{kind}:{number}".encode("ascii")
    return DocumentBinding(hashlib.sha256(committed).digest()[:BINDING_SIZE], opening)


def document_matches(binding: bytes | None, document_type: str, number: str, opening: bytes) -> bool:
    """Tell whether a binding commits to this document; without a binding, nothing matches.

    Raises:
        TypeError: as `bind_document`.
        ValueError: as `bind_document`.
    """
    expected = bind_document(document_type, number, opening=opening).binding
    return binding is not None and hmac.compare_digest(binding, expected)


def _check(document_type: str, number: str) -> IdentityDocument:
    if not isinstance(document_type, str) or not isinstance(number, str):
        raise TypeError("a document's type and number must be str")
    try:
        kind = DocumentType(document_type)
    except ValueError:
        raise ValueError(
            f"{document_type[:32]!r} is no document type; there are {', '.join(DocumentType)}"
        ) from None
    spelling = SPELLINGS[kind]
    if not re.fullmatch(spelling.form, number):
        raise ValueError(f"the number is not spelled as a {kind} number, for instance {spelling.example}")
    if spelling.check_digit and len(number) == _MOD_11_2_SIZE and not _mod_11_2(number):
        raise ValueError(f"the check digit of the {kind} number is wrong")
    return IdentityDocument(kind, number)


def _mod_11_2(number: str) -> bool:
    """Check ISO 7064 MOD 11-2 over 18 characters (BND-4)."""
    values = [10 if character == "X" else int(character) for character in number]
    return sum(value << (17 - i) for i, value in enumerate(values)) % 11 == 1
