"""The signed document: a COSE_Sign as a fixed layout of bytes (spec/registry.md, section 2).

As with credentials, nothing here is parsed as CBOR: bytes are compared with the one layout that exists, and the
payload stays closed until its signatures have been counted.
"""

import hashlib
from collections.abc import Collection, Iterator
from dataclasses import dataclass, field, replace
from datetime import timedelta
from enum import StrEnum
from typing import Final, Self

from healthpass.codec._cose import KID_SIZE, SIGNATURE_SIZE, byte_string, head
from healthpass.codec._keys import PublicKey
from healthpass.words._errors import DocumentError, SignatureError
from healthpass.words._limits import DOCUMENT_KINDS
from healthpass.words._outcomes import Outcome

MAX_SIGNATURES: Final = 16  # DOC-2
DAY: Final = 86_400  # seconds

_START: Final = b"\xd8\x62\x84"  # COSE_Sign: tag 98, array of 4
_TYP: Final = b"\xa1\x10"  # {16: typ} (RFC 9596)
_UNPROTECTED: Final = b"\xa0"
_SIGNED_BY: Final = bytes.fromhex("83 4d a2 01 32 04 48")  # a signature, up to its kid
_PROTECTED: Final = _SIGNED_BY[1:]  # its header {1: -19, 4: kid}, up to the kid
_AFTER_KID: Final = bytes.fromhex("a0 58 40")
_CONTEXT: Final = b"\x85\x69Signature"  # of what is signed (RFC 9052, section 4.4)
_SIGNATURE_AT: Final = len(_SIGNED_BY) + KID_SIZE + len(_AFTER_KID)
_ONE_SIGNATURE: Final = _SIGNATURE_AT + SIGNATURE_SIZE
_MIN_PAYLOAD: Final = 24


class Kind(StrEnum):
    """The kinds of documents, by their typ (spec/tables/document-kinds.csv).

    Attributes:
        max_bytes: how long one may be (DOC-1).
        max_life: how long one may be in force (DOC-9).
    """

    max_bytes: int
    max_life: timedelta

    def __new__(cls, typ: str, max_bytes: int, max_days: int) -> Self:
        member = str.__new__(cls, typ)
        member._value_ = typ
        member.max_bytes = max_bytes
        member.max_life = timedelta(days=max_days)
        return member

    @property
    def label(self) -> str:
        """Its name in words, such as `key request`."""
        return self.name.lower().replace("_", " ")

    ROOT = DOCUMENT_KINDS["root"]
    REGISTRY = DOCUMENT_KINDS["registry"]
    KEY_REQUEST = DOCUMENT_KINDS["key-request"]
    POLICY = DOCUMENT_KINDS["policy"]
    RISK_MAP = DOCUMENT_KINDS["risk-map"]
    STATUS_LIST = DOCUMENT_KINDS["status-list"]  # of another layout: spec/status.md


OF_OFFICES: Final = (Kind.POLICY, Kind.RISK_MAP)  # one office signs them with one key; POL-1


@dataclass(frozen=True, slots=True)
class Document:
    """What a document's bytes hold, before anything has been verified.

    Attributes:
        kind: its kind.
        payload: its payload, still closed.
        signatures: the signatures by kid, ascending.
    """

    kind: Kind
    payload: bytes
    signatures: dict[bytes, bytes]
    _verified: dict[PublicKey, bool] = field(default_factory=dict, init=False, repr=False, compare=False)

    @property
    def digest(self) -> bytes:
        """SHA-256 of the payload, by which a document is known."""
        return hashlib.sha256(self.payload).digest()

    def to_be_signed(self, kid: bytes) -> bytes:
        """Return the bytes that the signature of a key covers (DOC-4)."""
        typ = self.kind.encode("ascii")
        parts = (_protected(typ), _PROTECTED[1:] + kid, typ, self.payload)
        return _CONTEXT + b"".join(head(len(part)) + part for part in parts)

    def count(self, keys: Collection[PublicKey], threshold: int) -> None:
        """Count the signatures by these keys (DOC-5).

        Raises:
            DocumentError: `bad-signature`, when one of them does not verify; `threshold-not-met`.
        """
        signed = 0
        for key in set(keys):
            if key.kid in self.signatures:
                if not self._is_signed_by(key):
                    raise DocumentError(
                        Outcome.BAD_SIGNATURE, f"the signature of the key {key.kid.hex()} does not verify"
                    )
                signed += 1
        if signed < threshold:
            raise DocumentError(
                Outcome.THRESHOLD_NOT_MET, f"{signed} of the keys that must sign have signed, and {threshold} must"
            )

    def good_signatures(self, keys: Collection[PublicKey]) -> int:
        """Return how many of these keys have signed; a signature that does not verify is as none (section 6)."""
        return sum(key.kid in self.signatures and self._is_signed_by(key) for key in set(keys))

    def _is_signed_by(self, key: PublicKey) -> bool:
        # Kept: a store tries a document with one root after another, and nobody makes it verify a million times.
        if key not in self._verified:
            try:
                key.verify(self.signatures[key.kid], self.to_be_signed(key.kid))
            except SignatureError:
                self._verified[key] = False
            else:
                self._verified[key] = True
        return self._verified[key]

    def signed_with(self, kid: bytes, signature: bytes) -> Self:
        """Return the document with a signature more, in its place; one by the same kid is replaced.

        Raises:
            ValueError: when it would have more than 16.
        """
        signatures = dict(sorted({**self.signatures, kid: signature}.items()))
        if len(signatures) > MAX_SIGNATURES:
            raise ValueError(f"a document has at most {MAX_SIGNATURES} signatures")
        return replace(self, signatures=signatures)

    def __bytes__(self) -> bytes:
        signatures = (
            _SIGNED_BY + kid + _AFTER_KID + signature for kid, signature in sorted(self.signatures.items())
        )
        typ = self.kind.encode("ascii")
        protected = _protected(typ)
        start = _START + head(len(protected)) + protected + _UNPROTECTED
        count = bytes((0x80 + len(self.signatures),))
        return b"".join((start, head(len(self.payload)), self.payload, count, *signatures))


def parse(data: bytes) -> Document:
    """Take the bytes of one document apart (DOC-1 to DOC-3).

    Raises:
        DocumentError: `too-large`, `unsupported-kind` or `malformed-envelope`.
    """
    typ, payload_at = _start(data, 0)
    kind = _kind(typ)
    if len(data) > kind.max_bytes:
        raise DocumentError(
            Outcome.TOO_LARGE, f"it has {len(data):,} bytes, and {kind.max_bytes:,} are the most of a {kind.label}"
        )
    payload, at = _payload(data, payload_at)
    signatures: dict[bytes, bytes] = {}
    last = b""
    for one in _signatures(data, at):
        kid = one[len(_SIGNED_BY) : len(_SIGNED_BY) + KID_SIZE]
        if one != _SIGNED_BY + kid + _AFTER_KID + one[_SIGNATURE_AT:]:
            raise _malformed("a signature in it is not of the layout")
        if kid <= last:
            raise _malformed("its signatures do not stand in ascending order of their kids")
        signatures[kid] = one[_SIGNATURE_AT:]
        last = kid
    if kind in OF_OFFICES and len(signatures) != 1:
        raise _malformed(f"a {kind.label} has one signature (POL-1)")
    return Document(kind, payload, signatures)


def document_digest(document: bytes) -> bytes:
    """Return SHA-256 of a document's payload, by which people compare roots before they pin one.

    Raises:
        DocumentError: when this is no document.
    """
    return parse(document).digest


def end_of(data: bytes, at: int) -> int:
    """Find where the document ends that starts at `at` in a bundle, by its heads alone (BDL-2).

    Raises:
        DocumentError: `malformed-envelope`.
    """
    _, payload_at = _start(data, at)
    _, at = _payload(data, payload_at)
    end = at + 1 + _count(data, at) * _ONE_SIGNATURE
    if end > len(data):
        raise _malformed("it ends in the middle of a signature")
    return end


def _start(data: bytes, at: int) -> tuple[bytes, int]:
    """Return the typ, and where the payload begins."""
    if not data.startswith(_START, at):
        raise _malformed("it does not begin as a signed document does")
    protected, after = byte_string(data, at + len(_START), _malformed)
    typ = protected[len(_TYP) + 1 :] if len(protected) < len(_TYP) + 1 + 24 else protected[len(_TYP) + 2 :]
    if protected != _protected(typ):
        raise _malformed("its header is not {16: typ}")
    if data[after : after + 1] != _UNPROTECTED:
        raise _malformed("its unprotected header is not empty")
    return typ, after + 1


def _payload(data: bytes, at: int) -> tuple[bytes, int]:
    payload, end = byte_string(data, at, _malformed)
    if len(payload) < _MIN_PAYLOAD:
        raise _malformed(f"its payload has {len(payload)} bytes, and {_MIN_PAYLOAD} are the least")
    return payload, end


def _kind(typ: bytes) -> Kind:
    for kind in (Kind.ROOT, Kind.REGISTRY, Kind.KEY_REQUEST, *OF_OFFICES):
        if typ == kind.encode("ascii"):
            return kind
    raise DocumentError(Outcome.UNSUPPORTED_KIND, "its typ is none that is read here")


def _count(data: bytes, at: int) -> int:
    count = int.from_bytes(data[at : at + 1]) - 0x80
    if not 1 <= count <= MAX_SIGNATURES:
        raise _malformed(f"it does not have 1 to {MAX_SIGNATURES} signatures")
    return count


def _signatures(data: bytes, at: int) -> Iterator[bytes]:
    count = _count(data, at)
    if len(data) != at + 1 + count * _ONE_SIGNATURE:
        raise _malformed("it does not end with its last signature")
    for place in range(at + 1, len(data), _ONE_SIGNATURE):
        yield data[place : place + _ONE_SIGNATURE]


def _protected(typ: bytes) -> bytes:
    """Write the map {16: typ}."""
    start = bytearray(head(len(typ)))
    start[0] += 0x20  # a text string, major type 3 for 2
    return _TYP + bytes(start) + typ


def _malformed(what: str) -> DocumentError:
    return DocumentError(Outcome.MALFORMED_ENVELOPE, f"the bytes are not those of a document: {what}")
