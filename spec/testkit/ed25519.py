"""Ed25519 (RFC 8032) in plain integers, with the knobs that ill signatures need.

It is slow and leaks its keys through time: it makes test vectors and nothing else. `sign` makes the signature
of section 5.1.6 unless it is told to go wrong, and `broken` is SIG-5 of the specification, word for word.
"""

from __future__ import annotations

import functools
import hashlib
from typing import Final, NamedTuple

P: Final = 2**255 - 19
L: Final = 2**252 + 27742317777372353535851937790883648493
D: Final = -121665 * pow(121666, -1, P) % P
SQRT_M1: Final = pow(2, (P - 1) // 4, P)
SIGN_BIT: Final = 1 << 255


class Point(NamedTuple):
    """A point in extended coordinates: x = X/Z, y = Y/Z, x * y = T/Z."""

    X: int
    Y: int
    Z: int
    T: int


IDENTITY: Final = Point(0, 1, 1, 0)


def add(p: Point, q: Point) -> Point:
    """Add two points (RFC 8032, section 5.1.4)."""
    a, b = (p.Y - p.X) * (q.Y - q.X) % P, (p.Y + p.X) * (q.Y + q.X) % P
    c, d = 2 * p.T * q.T * D % P, 2 * p.Z * q.Z % P
    e, f, g, h = b - a, d - c, d + c, b + a
    return Point(e * f % P, g * h % P, f * g % P, e * h % P)


@functools.lru_cache(maxsize=64)
def _doublings(point: Point) -> tuple[Point, ...]:
    """Return a point doubled 0 to 259 times; the base point and the keys come again and again."""
    result = [point]
    for _ in range(259):
        result.append(add(result[-1], result[-1]))
    return tuple(result)


def multiply(scalar: int, point: Point) -> Point:
    """Multiply a point by a number from 0 to 2^260 - 1."""
    result = IDENTITY
    for i, doubled in enumerate(_doublings(point)):
        if scalar >> i & 1:
            result = add(result, doubled)
    return result


def equal(p: Point, q: Point) -> bool:
    """Tell whether two points are the same."""
    return (p.X * q.Z - q.X * p.Z) % P == 0 and (p.Y * q.Z - q.Y * p.Z) % P == 0


def compress(point: Point) -> bytes:
    """Encode a point in its one canonical form, 32 bytes."""
    inverse = pow(point.Z, -1, P)
    x, y = point.X * inverse % P, point.Y * inverse % P
    return (y | (x & 1) << 255).to_bytes(32, "little")


def _decode(number: int) -> Point | None:
    """Decode y and the sign of x, reducing y: the lenient half of `decompress`."""
    y, sign = number % SIGN_BIT % P, number >> 255
    square = (y * y - 1) * pow(D * y * y + 1, -1, P) % P
    x = pow(square, (P + 3) // 8, P)
    if (x * x - square) % P:
        x = x * SQRT_M1 % P
    if (x * x - square) % P:
        return None
    x = P - x if x & 1 != sign and x else x
    return Point(x, y, 1, x * y % P)


def decompress(data: bytes, *, lenient: bool = False) -> Point | None:
    """Decode a point.

    Args:
        data: The encoding.
        lenient: Take encodings that are not canonical too, as many libraries do.

    Returns:
        The point, or None where the bytes are not the encoding of one.
    """
    if len(data) != 32:  # noqa: PLR2004 - the length of every encoding here
        return None
    point = _decode(int.from_bytes(data, "little"))
    if point is None or (not lenient and compress(point) != data):
        return None
    return point


def has_order_l(point: Point) -> bool:
    """Tell whether a point has the prime order L."""
    return equal(multiply(L, point), IDENTITY) and not equal(point, IDENTITY)


def is_small(point: Point) -> bool:
    """Tell whether a point has one of the orders 1, 2, 4 and 8."""
    return equal(multiply(8, point), IDENTITY)


def is_public_key(data: bytes) -> bool:
    """Tell whether bytes are a public key by SIG-1."""
    point = decompress(data)
    return point is not None and has_order_l(point)


def _base() -> Point:
    """Return the base point: y = 4/5, x even."""
    point = _decode(4 * pow(5, -1, P) % P)
    if point is None:
        raise AssertionError("4/5 is the y of a point")
    return point


B: Final = _base()


def _torsion() -> tuple[Point, ...]:
    """Return the eight points of small order: i times a generator, i = 0 to 7."""
    for y in range(2, 100):
        point = _decode(y)
        if point is not None:
            generator = multiply(L, point)
            if not equal(multiply(4, generator), IDENTITY):
                return tuple(multiply(i, generator) for i in range(8))
    raise AssertionError("half of the points give a generator")


TORSION: Final = _torsion()


def _hash(*parts: bytes) -> int:
    return int.from_bytes(hashlib.sha512(b"".join(parts)).digest(), "little")


def _expand(seed: bytes) -> tuple[int, bytes]:
    digest = hashlib.sha512(seed).digest()
    scalar = int.from_bytes(digest[:32], "little")
    return scalar & (1 << 254) - 8 | 1 << 254, digest[32:]


@functools.cache
def public_key(seed: bytes) -> bytes:
    """Return the public key of a private one."""
    return compress(multiply(_expand(seed)[0], B))


def sign(
    seed: bytes,
    message: bytes,
    *,
    nonce: int | None = None,
    plus: Point = IDENTITY,
    encoded_r: bytes | None = None,
    add_l: int = 0,
) -> bytes:
    """Sign a message, correctly unless told otherwise.

    Args:
        seed: The private key, 32 bytes.
        message: What is signed.
        nonce: Use this number for r; 0 makes R the identity.
        plus: A point to add to R, of small order for a signature that only the cofactored equation accepts.
        encoded_r: Write R like this.
        add_l: Add L this often to S.

    Returns:
        The signature, 64 bytes.
    """
    scalar, prefix = _expand(seed)
    r = _hash(prefix, message) % L if nonce is None else nonce
    big_r = encoded_r or compress(add(multiply(r, B), plus))
    k = _hash(big_r, public_key(seed), message) % L
    s = (r + k * scalar) % L + add_l * L
    return big_r + s.to_bytes(32, "little")


def broken(public: bytes, message: bytes, signature: bytes) -> int:
    """Return the first of the four rules of SIG-5 that a signature of 64 bytes breaks, or 0: it is good."""
    big_r, s = decompress(signature[:32]), int.from_bytes(signature[32:], "little")
    point = decompress(public)
    if s >= L:
        return 1
    if point is None or not has_order_l(point):
        return 2
    if big_r is None or is_small(big_r):
        return 3
    k = _hash(signature[:32], public, message) % L
    return 0 if compress(add(multiply(s, B), multiply(L - k, point))) == signature[:32] else 4


def accepts_leniently(public: bytes, message: bytes, signature: bytes) -> bool:
    """Judge a signature as the laxest libraries do: S and encodings reduced, no orders, with the cofactor."""
    big_r, point = decompress(signature[:32], lenient=True), decompress(public, lenient=True)
    if big_r is None or point is None:
        return False
    s, k = int.from_bytes(signature[32:], "little"), _hash(signature[:32], public, message) % L
    return equal(multiply(8 * s, B), multiply(8, add(big_r, multiply(k, point))))
