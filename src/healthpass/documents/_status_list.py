"""Status lists: which codes have been withdrawn (spec/status.md, sections 2 and 5).

As with credentials, bytes are compared with one layout, and the payload stays closed until the signature has been
found good. The list inside is inflated to its greatest size at most, whatever it says of itself.
"""

import hashlib
import re
import zlib
from collections import Counter
from dataclasses import dataclass
from enum import Enum
from functools import lru_cache
from typing import Any, Final, Self

import cbor2

from healthpass.codec._cbor import MAX_INTEGER
from healthpass.codec._cose import (
    CONTEXT,
    KID_SIZE,
    SIGNATURE_SIZE,
    TAG_AND_ARRAY,
    UNPROTECTED,
    byte_string,
    head,
)
from healthpass.codec._keys import PublicKey, Signer
from healthpass.codec._time import SECOND, TIME_LIMIT
from healthpass.documents._document import Kind
from healthpass.words._errors import DocumentError, SignatureError
from healthpass.words._outcomes import Outcome

ENTRIES: Final = 1_048_576  # of a list; HLT-11, STI-3
BYTES_PER_BIT: Final = ENTRIES // 8  # STL-5
MAX_NUMBER: Final = 65_535  # STL-8.4
INDEX_REST: Final = 604_800  # seconds; STI-1
_NUMBER: Final = re.compile(r"/(0|[1-9][0-9]{0,4})\Z", re.ASCII)
WIDTHS: Final = frozenset({1, 2, 4, 8})  # bits of an entry; STL-5

_KIND: Final = Kind.STATUS_LIST
_MAX_LIFE: Final = _KIND.max_life // SECOND
_TYP: Final = _KIND.encode("ascii")
_PROTECTED: Final = bytes.fromhex("a3 01 32 04 48")  # {1: -19, 4: kid, 16: typ}, up to the kid
_AFTER_KID: Final = bytes.fromhex("10 78 1a") + _TYP
_PROTECTED_HEAD: Final = head(len(_PROTECTED) + KID_SIZE + len(_AFTER_KID))
START: Final = TAG_AND_ARRAY + _PROTECTED_HEAD
_KID_AT: Final = len(START) + len(_PROTECTED)
_PAYLOAD_AT: Final = _KID_AT + KID_SIZE + len(_AFTER_KID) + len(UNPROTECTED)
_MIN_PAYLOAD: Final = 24
_NO_EXTERNAL_AAD: Final = b"\x40"
_SUB, _EXP, _IAT, _STATUS_LIST, _TTL = 2, 4, 6, 65533, 65534


class Status(Enum):
    """What a list says of a code (STL-6)."""

    GOOD = "good"
    REVOKED = "revoked"
    UNKNOWN = "unknown"


@dataclass(frozen=True, slots=True)
class SignedList:
    """What a list's bytes hold, before anything has been verified.

    Attributes:
        kid: the kid of the status key.
        payload: the payload, still closed.
        signature: the signature.
    """

    kid: bytes
    payload: bytes
    signature: bytes

    @property
    def digest(self) -> bytes:
        """SHA-256 of the payload, by which a list is known."""
        return hashlib.sha256(self.payload).digest()

    def verify(self, key: PublicKey) -> None:
        """Verify the signature (STL-2).

        Raises:
            DocumentError: `bad-signature`.
        """
        try:
            key.verify(self.signature, _to_be_signed(self.kid, self.payload))
        except SignatureError:
            raise DocumentError(
                Outcome.BAD_SIGNATURE, f"the signature of the status key {self.kid.hex()} does not verify"
            ) from None

    def __bytes__(self) -> bytes:
        start = START + _PROTECTED + self.kid + _AFTER_KID + UNPROTECTED
        return b"".join((start, head(len(self.payload)), self.payload, head(SIGNATURE_SIZE), self.signature))


def parse(data: bytes) -> SignedList:
    """Take the bytes of a list apart (STL-1).

    Raises:
        DocumentError: `too-large` or `malformed-envelope`.
    """
    if len(data) > _KIND.max_bytes:
        raise DocumentError(
            Outcome.TOO_LARGE, f"it has {len(data):,} bytes, and {_KIND.max_bytes:,} are the most of a list"
        )
    kid = data[_KID_AT : _KID_AT + KID_SIZE]
    if data[:_PAYLOAD_AT] != START + _PROTECTED + kid + _AFTER_KID + UNPROTECTED:
        raise _malformed("its headers are not those of a status list")
    payload, at = byte_string(data, _PAYLOAD_AT, _malformed)
    signature, end = byte_string(data, at, _malformed)
    if len(payload) < _MIN_PAYLOAD or len(signature) != SIGNATURE_SIZE or end != len(data):
        raise _malformed("it does not end with a signature, or holds nothing")
    return SignedList(kid, payload, signature)


def end_of(data: bytes, at: int) -> int:
    """Find where the list ends that starts at `at` in a bundle (STL-11).

    Raises:
        DocumentError: `malformed-envelope`.
    """
    _, after = byte_string(data, at + _PAYLOAD_AT, _malformed)
    _, end = byte_string(data, after, _malformed)
    return end


@dataclass(frozen=True, slots=True, kw_only=True)
class StatusList:
    """A list whose signature has been found good.

    Attributes:
        uri: its address.
        issued: when it was made, in seconds since 1970.
        expires: until when it counts, in seconds since 1970.
        bits: how wide an entry is.
        compressed: the entries, as zlib packed them.
        ttl: after how many seconds it is worth asking again, or None.
    """

    uri: str
    issued: int
    expires: int
    bits: int
    compressed: bytes
    ttl: int | None = None

    @property
    def number(self) -> int | None:
        """The number of the list, by the end of its address; None when there is none (STL-9)."""
        found = _NUMBER.search(self.uri)
        return int(found[1]) if found and int(found[1]) <= MAX_NUMBER else None

    @property
    def base(self) -> str:
        """The address without the number."""
        return self.uri.rpartition("/")[0]

    @classmethod
    def decode(cls, payload: bytes) -> Self:
        """Decode a payload (STL-3 to STL-5).

        Raises:
            DocumentError: `malformed-payload`, when the bytes are not of the one form; `malformed-document`, when
                a value breaks a rule.
        """
        try:
            found = cls._read(
                cbor2.loads(payload, max_depth=2, allow_indefinite=False, allow_duplicate_keys=False)
            )
            numbers = (found.issued, found.expires, found.bits, found.ttl or 0)
            if not 0 <= min(numbers) <= max(numbers) <= MAX_INTEGER or found.written() != payload:
                raise ValueError  # noqa: TRY301 - there is one way to write it
        except Exception:  # noqa: BLE001 - whatever it is, it is not of the form
            raise DocumentError(
                Outcome.MALFORMED_PAYLOAD, "its payload is not of the form of a status list"
            ) from None
        found.check()
        return found

    @classmethod
    def of_checked(cls, payload: bytes) -> Self:
        """Decode a payload that `decode` has accepted before."""
        return cls._read(cbor2.loads(payload))

    @classmethod
    def _read(cls, claims: Any) -> Self:
        inner = claims[_STATUS_LIST]
        return cls(
            uri=_exactly(str, claims[_SUB]),
            issued=_exactly(int, claims[_IAT]),
            expires=_exactly(int, claims[_EXP]),
            bits=_exactly(int, inner["bits"]),
            compressed=_exactly(bytes, inner["lst"]),
            ttl=_exactly(int, claims[_TTL]) if _TTL in claims else None,
        )

    def encode(self) -> bytes:
        """Encode the payload.

        Raises:
            DocumentError: `malformed-document`, when a value breaks a rule.
        """
        self.check()
        return self.written()

    def entries(self) -> "Entries":
        """Inflate the entries.

        Raises:
            DocumentError: `malformed-document`, when they are no zlib stream of 1 to 131,072 bytes for each bit.
        """
        return _inflated(self.bits, self.compressed)

    def written(self) -> bytes:
        """Write the payload, whatever its values are."""
        inner = {"bits": self.bits, "lst": self.compressed}
        claims: dict[int, Any] = {_SUB: self.uri, _EXP: self.expires, _IAT: self.issued, _STATUS_LIST: inner}
        return cbor2.dumps(claims if self.ttl is None else {**claims, _TTL: self.ttl})

    def check(self) -> None:
        """Check the values (STL-4, STL-5).

        Raises:
            DocumentError: `malformed-document`, when one breaks a rule.
        """
        if not 0 <= self.issued < self.expires <= min(self.issued + _MAX_LIFE, TIME_LIMIT - 1):  # STL-4
            raise _broken(f"exp - iat must be 1 to {_MAX_LIFE:,} s (STL-4)", "exp")
        if self.bits not in WIDTHS:  # STL-5
            raise _broken("1, 2, 4 or 8 bits of an entry are expected (STL-5)", "status_list.bits")
        _inflated.__wrapped__(self.bits, self.compressed)  # not kept: most lists that come are never looked at


class Entries:
    r"""The entries of a list, ready to be looked at.

    >>> Entries(1, b"\x02").at(1)
    <Status.REVOKED: 'revoked'>
    """

    __slots__ = ("_bits", "_data")

    def __init__(self, bits: int, data: bytes) -> None:
        self._bits = bits
        self._data = data

    def __len__(self) -> int:
        return len(self._data) * 8 // self._bits

    def at(self, index: int) -> Status:
        """Return what the entry says (STL-6)."""
        place = index * self._bits
        if not 0 <= place < len(self._data) * 8:
            return Status.UNKNOWN
        value = self._data[place >> 3] >> (place & 7) & (1 << self._bits) - 1
        return _VALUES.get(value, Status.UNKNOWN)

    def withdrawn(self) -> bytes:
        """Return a bitmap of 1,048,576 entries, the least significant bit first: set where a code is withdrawn."""
        if self._bits == 1:
            return self._data.ljust(BYTES_PER_BIT, b"\0")
        bits = bytearray(BYTES_PER_BIT)
        for index in range(len(self)):
            bits[index >> 3] |= (self.at(index) is Status.REVOKED) << (index & 7)
        return bytes(bits)

    def count(self, status: Status) -> int:
        """Count the entries that say this."""
        in_byte = _in_byte(self._bits, status)
        return sum(times * in_byte[byte] for byte, times in Counter(self._data).items())


def sign_list(bitmap: bytes, *, uri: str, key: Signer, issued: int, expires: int, ttl: int | None = None) -> bytes:
    """Make a list of one bit an entry (STL-5).

    Args:
        bitmap: 131,072 bytes, the least significant bit first; a set bit is a code that is withdrawn.
        uri: the list's address.
        key: the status key.
        issued: when it is made, in seconds since 1970.
        expires: until when it counts, at most 7 days later.
        ttl: after how many seconds it is worth asking again.

    Raises:
        ValueError: when the bitmap has another size, or a value breaks a rule.
        SignatureError: `bad-signature`, when the key's owner returns a wrong signature.
    """
    if len(bitmap) != BYTES_PER_BIT:
        raise ValueError(f"a bitmap has {BYTES_PER_BIT:,} bytes, not {len(bitmap):,}")
    made = StatusList(uri=uri, issued=issued, expires=expires, bits=1, compressed=_deflated(bitmap), ttl=ttl)
    try:
        payload = made.encode()
    except DocumentError as error:
        raise ValueError(f"{error.where}: {error.message}") from None
    kid = key.public_key.kid
    signature = key.sign(_to_be_signed(kid, payload))
    key.public_key.verify(signature, _to_be_signed(kid, payload))  # a key may be elsewhere (ISS-6)
    return bytes(SignedList(kid, payload, signature))


def _deflated(bitmap: bytes) -> bytes:
    """Compress entries.

    Withdrawn codes lie at random, so that nothing repeats but the zeros between them. Looking for runs alone
    finds these, in a hundredth of the time in which the highest level looks for more.
    """
    stream = zlib.compressobj(memLevel=9, strategy=zlib.Z_RLE)
    return stream.compress(bitmap) + stream.flush()


@lru_cache(maxsize=128)  # a gate looks at the same lists again and again; inflated, each has 128 KiB for each bit
def _inflated(bits: int, compressed: bytes) -> Entries:
    most = bits * BYTES_PER_BIT
    stream = zlib.decompressobj()
    try:
        inflated = stream.decompress(compressed, most + 1)
    except zlib.error:
        inflated = b""
    if not 0 < len(inflated) <= most or not stream.eof or stream.unused_data:
        raise _broken(f"a zlib stream of 1 to {most:,} bytes is expected (STL-5)", "status_list.lst")
    return Entries(bits, inflated)


@lru_cache
def _in_byte(bits: int, status: Status) -> tuple[int, ...]:
    """Return, for each value of a byte, how many of its entries say this."""
    every = (Entries(bits, bytes((byte,))) for byte in range(256))
    return tuple(sum(one.at(index) is status for index in range(len(one))) for one in every)


def _to_be_signed(kid: bytes, payload: bytes) -> bytes:
    protected = _PROTECTED_HEAD + _PROTECTED + kid + _AFTER_KID
    return b"".join((CONTEXT, protected, _NO_EXTERNAL_AAD, head(len(payload)), payload))


def _exactly(kind: type, value: Any) -> Any:
    if type(value) is not kind:
        raise TypeError
    return value


def _malformed(what: str) -> DocumentError:
    return DocumentError(Outcome.MALFORMED_ENVELOPE, f"the bytes are not those of a status list: {what}")


def _broken(what: str, where: str) -> DocumentError:
    return DocumentError(Outcome.MALFORMED_DOCUMENT, what, where)


_VALUES: Final = {0: Status.GOOD, 1: Status.REVOKED}
