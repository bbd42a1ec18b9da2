"""The bytes of status lists, right or wrong: entries, zlib streams, claims, and the envelope around them.

As in `documents`, nothing here refuses anything. Streams are deflated here and not by zlib, whose output
is not the same in every build.
"""

from __future__ import annotations

import functools
import itertools
import zlib
from typing import TYPE_CHECKING, Any, Final

import ed25519
from documents import DAY, DROP, ZHEJIANG, Document, Map, changed, entry, issuer, named, registry
from encode import BYTES, Key, Pairs, Raw, Signer, cbor, head
from topic import GREEN, IAT, ISSUER, KEY, Topic
from worlds import LEAN_ROOT, Step, code, pin, refused, update, world

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

TYP: Final = "application/statuslist+cwt"
SUB, EXPIRY, ISSUED, STATUS_LIST, TTL = 2, 4, 6, 65533, 65534
ORDER: Final = (SUB, EXPIRY, ISSUED, STATUS_LIST, TTL)
BASE: Final = "https://status.example/33-01"  # the `status` address of the office of the vectors
STATUS: Final = named(f"status {ISSUER} 1")
NEXT_STATUS: Final = named(f"status {ISSUER} 2")
NUMBER: Final = 3  # the list of the codes of the vectors, and their index in it
INDEX: Final = 70_000
FULL_SIZE: Final = 131_072  # bytes of 1,048,576 entries of one bit
SIZE: Final = 9_000  # bytes of the lists of most cases, which hold what they are asked for
LIST_EXP: Final = IAT + 2 * DAY

_MATCH: Final = 258  # the longest match of a deflate stream
_NINE: Final = 0x90  # the first byte whose fixed code has nine bits
_LONG: Final = 3 * _MATCH  # what is shorter is written byte by byte


def pack(entries: Mapping[int, int], *, bits: int = 1, size: int | None = None) -> bytes:
    """Return a list before it is compressed: `size` bytes, a full list unless given, 0 where nothing is said."""
    data = bytearray(FULL_SIZE * bits if size is None else size)
    for index, value in entries.items():
        data[index * bits // 8] |= value << (index * bits % 8)
    return bytes(data)


def _fixed(number: int, length: int) -> str:
    # A Huffman code stands with its first bit first; a stream is written from the right.
    return f"{number:0{length}b}"


def literals(data: bytes, *, last: bool = True) -> str:
    """Return a block of bytes in the fixed codes of RFC 1951, section 3.2.6."""
    codes = (_fixed(0x30 + one, 8) if one < _NINE else _fixed(0x190 + one - _NINE, 9) for one in data)
    return ("1" if last else "0") + "10" + "".join(codes) + "0000000"


def _zeros(matches: int, *, last: bool) -> str:
    """Return a block of one byte 0 and of matches that repeat it, 258 times each.

    It has three codes: `0` repeats, `10` is the byte, `11` ends the block; the one code of a distance is `0`.
    """
    code_lengths = {2: 2, 1: 2, 18: 1}  # of the codes for lengths: 10 for 1, 11 for 2, 0 for a run of zeros
    order = (16, 17, 18, 0, 8, 7, 9, 6, 10, 5, 11, 4, 12, 3, 13, 2, 14, 1)

    def low_first(number: int, width: int) -> str:
        return f"{number:0{width}b}"[::-1]

    def skip(count: int) -> str:
        return "0" + low_first(count - 11, 7)

    bits = ("1" if last else "0") + "01" + low_first(29, 5) + low_first(0, 5) + low_first(len(order) - 4, 4)
    bits += "".join(low_first(code_lengths.get(symbol, 0), 3) for symbol in order)
    bits += "11" + skip(138) + skip(117) + "11" + skip(28) + "10" + "10"
    return bits + "10" + "00" * matches + "11"


def deflate(data: bytes) -> bytes:
    """Compress bytes of which most are 0."""
    blocks: list[tuple[bytes, int]] = []  # bytes as they are, or nothing and a number of matches
    rest = data
    while rest:
        zeros = len(rest) - len(rest.lstrip(b"\0"))
        if zeros > _LONG:
            matches = (zeros - 1) // _MATCH
            blocks.append((b"", matches))
            rest = rest[1 + matches * _MATCH :]
        else:
            end = rest.find(bytes(_LONG + 1), max(zeros, 1))
            end = len(rest) if end < 0 else end
            blocks.append((rest[:end], 0))
            rest = rest[end:]
    blocks = blocks or [(b"", 0)]
    bits = ""
    for i, (part, matches) in enumerate(blocks):
        last = i == len(blocks) - 1
        bits += _zeros(matches, last=last) if matches else literals(part, last=last)
    return to_bytes(bits)


def to_bytes(bits: str) -> bytes:
    """Return the bits of a deflate stream as bytes, the first of each being the least significant."""
    bits += "0" * (-len(bits) % 8)
    return int(bits[::-1], 2).to_bytes(len(bits) // 8, "little")


@functools.cache
def squeeze(data: bytes) -> bytes:
    """Return a zlib stream (RFC 1950)."""
    return b"\x78\xda" + deflate(data) + zlib.adler32(data).to_bytes(4, "big")


def stored(data: bytes) -> bytes:
    """Return a zlib stream of one block that is not compressed."""
    length = len(data).to_bytes(2, "little")
    other = bytes(255 - one for one in length)
    return b"\x78\x01\x01" + length + other + data + zlib.adler32(data).to_bytes(4, "big")


def protected(kid: bytes, *, alg: int = -19, typ: str = TYP) -> bytes:
    """Return the protected header of a list, without the head of its byte string."""
    return cbor({1: alg, 4: kid, 16: typ})


@functools.cache
def _sign(seed: bytes, message: bytes) -> bytes:
    return ed25519.sign(seed, message)


def status_list(
    entries: Mapping[int, int] | None = None,
    *,
    bits: Any = 1,
    size: int | None = None,
    stream: Any = None,
    number: int | str = NUMBER,
    base: str = BASE,
    iat: int = IAT,
    exp: int | None = None,
    ttl: int | None = None,
    changes: Map | None = None,
    inner: Any = None,
    payload: bytes | None = None,
    by: Key = STATUS,
    kid: bytes | None = None,
    start: bytes = b"\xd2\x84",
    header: bytes | None = None,
    header_head: bytes | None = None,
    unprotected: bytes = b"\xa0",
    payload_head: bytes | None = None,
    signature_head: bytes = b"\x58\x40",
    signature: bytes | None = None,
    end: bytes = b"",
    context: str = "Signature1",
    aad: bytes = b"",
    sign: Signer = _sign,
    authority: str = "CN-33",
) -> Document:
    """Make a list and put the envelope around it, correctly unless told otherwise.

    Args:
        entries: The entries that are not 0, by their indices.
        bits: Bits of an entry.
        size: How many bytes the list has before it is compressed; 72,000 entries unless given.
        stream: What stands in place of the zlib stream.
        number: The number of the list, as it stands in sub.
        base: The address before it.
        iat: When it was signed.
        exp: When it expires; two days later unless given.
        ttl: Its ttl, if it has one.
        changes: Changes to the claims.
        inner: What stands in place of status_list.
        payload: Bytes that stand in place of the payload.
        by: The key that signs.
        kid: The kid to write; that of the key unless given.
        start: Tag and head of the array.
        header: The protected header, without the head of its byte string.
        header_head: That head.
        unprotected: The unprotected header.
        payload_head: The head of the payload.
        signature_head: The head of the signature.
        signature: The signature to write.
        end: What follows the signature.
        context: The context that is signed.
        aad: The external_aad that is signed.
        sign: Makes the signature from a seed and a message.
        authority: The authority of the state that it concerns, for what an update says.

    Returns:
        The list, as a document.
    """
    if stream is None:
        stream = squeeze(pack(entries or {}, bits=bits, size=SIZE * bits if size is None else size))
    whole: dict[int, Any] = {
        SUB: f"{base}/{number}",
        EXPIRY: iat + 2 * DAY if exp is None else exp,
        ISSUED: iat,
        STATUS_LIST: Pairs((("bits", bits), ("lst", stream))) if inner is None else inner,
        TTL: DROP if ttl is None else ttl,
    }
    body = cbor(changed(whole, changes)) if payload is None else payload
    kid = by.kid if kid is None else kid
    header = protected(kid) if header is None else header
    framed = (header_head or head(BYTES, len(header))) + header
    body_head = payload_head or head(BYTES, len(body))
    message = b"\x84" + cbor(context) + framed + cbor(aad) + body_head + body
    signature = sign(by.seed, message) if signature is None else signature
    data = start + framed + unprotected + body_head + body + signature_head + signature + end
    return Document(data, TYP, body, ((kid, message, signature),), authority)


def given(*claims_: tuple[Any, Any]) -> bytes:
    """Return a payload with claims in any order."""
    return cbor(Pairs(claims_))


def plain(**changes: Any) -> dict[int, Any]:
    """Return the claims of a plain list; a member that is called `_4` replaces claim 4."""
    whole: dict[int, Any] = {SUB: f"{BASE}/{NUMBER}", EXPIRY: LIST_EXP, ISSUED: IAT}
    whole[STATUS_LIST] = Pairs((("bits", 1), ("lst", squeeze(pack({}, size=SIZE)))))
    return whole | {int(key[1:]): value for key, value in changes.items()}


def raw(data: str) -> Raw:
    """Return a data item that is written in hexadecimal."""
    return Raw(bytes.fromhex(data))


def office(*entries: Map, base: str | None = BASE, identifier: str = ISSUER, keys: Any = (KEY,)) -> dict[int, Any]:
    """Return an office with a status address, and status keys as they are given."""
    changes = {} if base is None else {5: base}
    return issuer(identifier, *(entry(key) for key in keys), *entries, changes=changes)


def status_entry(key: Key = STATUS, **options: Any) -> dict[int, Any]:
    """Return the entry of a status key, which has no scope."""
    return entry(key, **{"use": 2, "scope": None, **options})


def coded(index: int = INDEX, number: int = NUMBER, changes: Any = None, **options: Any) -> str:
    """Return the text of a green code with a place in a list."""
    return code(changes, health={**GREEN, 7: [number, index]}, **options)


LISTING: Final = office(status_entry())
ZJ_LISTING: Final = registry(ZHEJIANG, LISTING)
OPEN: Final[tuple[Step, ...]] = (
    pin(LEAN_ROOT),
    update(LEAN_ROOT, ZJ_LISTING),
)  # a store that knows the status key
CLEAN: Final = status_list()
GONE: Final = status_list({INDEX: 1})
CODE_LISTED: Final = coded()


def offered(
    topic: Topic, clause: str, rows: Sequence[tuple[str, str, Sequence[int], Document]], told: Sequence[str]
) -> None:
    """Add a world for each id: lists with one fault each are offered one after the other, and no code is answered.

    Args:
        topic: The topic.
        clause: The rules.
        rows: Of each list the id of its world, its fault, rows of the list of attacks, and the list. Rows of one
            world stand together.
        told: What the update says of each.
    """
    for identifier, group in itertools.groupby(rows, key=lambda row: row[0]):
        lists = list(group)
        comment = " ".join(text for _, text, _, _ in lists)
        if len(lists) > 1:
            comment = f"In turn: {comment}"
        steps = [update(document, told=told) for *_, document in lists]
        attack = sorted({number for _, _, numbers, _ in lists for number in numbers})
        world(
            topic,
            identifier,
            clause,
            comment,
            *OPEN,
            *steps,
            refused("status-unknown", CODE_LISTED),
            attack=attack,
        )
