"""The binding of a code to an identity document (spec/credential.md, section 10)."""

import hashlib
import hmac
import re
import secrets
from typing import Final, NamedTuple

from healthpass.credential._health import BINDING_SIZE
from healthpass.words._code_points import DocumentType
from healthpass.words._discreet import discreet

OPENING_SIZE: Final = 16  # BND-2
_DOMAIN: Final = b"healthpass-binding-v1"
_MOD_11_2_SIZE: Final = 18


class IdentityDocument(NamedTuple):
    """An identity document: its type and its number, spelled as the spec's table says."""

    type: DocumentType
    number: str

    def __repr__(self) -> str:
        return f"IdentityDocument({str(self.type)!r}, ...)"


class DocumentBinding(NamedTuple):
    """A binding, which stands in the credential, and its opening, which travels beside it."""

    binding: bytes
    opening: bytes

    def __repr__(self) -> str:
        return "DocumentBinding(...)"


@discreet
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
        ValueError: when the type is unknown, the number is that of another type or spelled otherwise, or its check
            digit is wrong. The message does not repeat the number.
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
        # Not repeated: it is the number, where somebody has given the two in the other order.
        raise ValueError(f"this is no document type; there are {', '.join(DocumentType)}") from None
    if not re.fullmatch(kind.spelling, number):
        if others := [other for other in DocumentType if _is_right(other, number)]:
            raise ValueError(f"this is the number of another type, {', '.join(others)}, and no {kind} has such")
        is_passport = kind is DocumentType.PASSPORT
        example = f"{kind.example}; Germany's passports have D, not DEU" if is_passport else kind.example
        raise ValueError(f"the number is not spelled as a {kind} number, for instance {example}")
    if not _is_right(kind, number):
        raise ValueError(f"the check digit of the {kind} number is wrong")
    return IdentityDocument(kind, number)


def _is_right(kind: DocumentType, number: str) -> bool:
    """Tell whether a number is spelled as this type's are, its check digit included."""
    has_check = kind.has_check_digit and len(number) == _MOD_11_2_SIZE
    return re.fullmatch(kind.spelling, number) is not None and (not has_check or _mod_11_2(number))


def _mod_11_2(number: str) -> bool:
    """Check ISO 7064 MOD 11-2 over 18 characters (BND-4)."""
    values = [10 if character == "X" else int(character) for character in number]
    return sum(value << (17 - i) for i, value in enumerate(values)) % 11 == 1
