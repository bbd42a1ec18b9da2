"""Base45 (RFC 9285), strict, in lanes of big integers.

Three digits are a number of two bytes. Python works on one number at a time, so that here all of them stand in one
integer, a lane each, and are computed at once. No lane overflows into the next: the comments give the greatest
number that a lane can hold. `base45` is the reading that the tests compare with, over all 65,536 numbers.
"""

from typing import Final

MAX_DATA: Final = 1365  # bytes, which 2,048 digits say (TXT-1)
MAX_DIGITS: Final = 2048
_ALPHABET: Final = b"0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZ $%*+-./:"
_BASE: Final = len(_ALPHABET)
_WRONG: Final = 0xFF  # what a character becomes that is no digit
_DIGITS: Final = bytes(_ALPHABET.find(bytes((code,))) & _WRONG for code in range(256))
_CHARACTERS: Final = _ALPHABET + bytes(256 - _BASE)
_GROUP: Final = 3  # digits of a number of two bytes
_MOST: Final = MAX_DIGITS // _GROUP + 1  # lanes

# Writing: a lane of 32 bits holds a number, later a marked byte and its three digits, the lowest first.
_LANE: Final = 4  # bytes
_MARKS: Final = int.from_bytes(b"\xff\x00\x00\x00" * _MOST)
_MARK: Final = b"\xff"
# n // 45 == n * 23302 >> 20 for n < 65,536, and n * 1457 >> 16 for n < 1,457: shown for every n by a test.
_BY_45: Final = 23_302
_BY_45_BITS: Final = 20
_AGAIN_BY_45: Final = 1_457
_AGAIN_BY_45_BITS: Final = 16
_QUOTIENTS: Final = int.from_bytes(b"\x00\x00\x0f\xff" * _MOST)  # 65,535 // 45 takes 11 bits
_HIGHEST: Final = int.from_bytes(b"\x00\x00\x00\xff" * _MOST)
# The digits n - 45q, q - 45h and h of n, at bits 16, 8 and 0, are 2^16 n - (45 * 2^16 - 2^8) q - (45 * 2^8 - 1) h.
_OF_QUOTIENTS: Final = (_BASE << 16) - (1 << 8)
_OF_HIGHEST: Final = (_BASE << 8) - 1

# Reading: the bytes of three digits are a lane of 24 bits, later that of their number.
_LAST: Final = int.from_bytes(b"\x00\x00\xff" * _MOST)
_TOO_MUCH: Final = int.from_bytes(b"\xff\x00\x00" * _MOST)


def encode(data: bytes) -> str:
    """Write bytes as Base45.

    Raises:
        ValueError: when there are more than a text can have.
    """
    if len(data) > MAX_DATA:
        raise ValueError(f"a text holds at most {MAX_DATA:,} bytes, not {len(data):,}")
    count, odd = divmod(len(data), 2)
    lanes = bytearray(_LANE * count)
    lanes[2::_LANE] = data[0 : 2 * count : 2]
    lanes[3::_LANE] = data[1 : 2 * count : 2]
    numbers = int.from_bytes(lanes)
    quotients = (numbers * _BY_45 >> _BY_45_BITS) & _QUOTIENTS
    highest = (quotients * _AGAIN_BY_45 >> _AGAIN_BY_45_BITS) & _HIGHEST
    digits = (numbers << 16) - quotients * _OF_QUOTIENTS - highest * _OF_HIGHEST
    marked = digits | _MARKS >> 8 * _LANE * (_MOST - count)
    text = marked.to_bytes(_LANE * count).translate(_CHARACTERS, _MARK).decode("ascii")
    return text + chr(_CHARACTERS[data[-1] % _BASE]) + chr(_CHARACTERS[data[-1] // _BASE]) if odd else text


def decode(text: str) -> bytes:
    """Read Base45; nothing is repaired, and each byte string has one text.

    Raises:
        ValueError: when a character is no digit, one digit is left over, a number needs more than two bytes, or
            there are more than 2,048 digits.
    """
    digits = text.encode("ascii").translate(_DIGITS)
    count, left = divmod(len(digits), _GROUP)
    if left == 1 or _WRONG in digits or len(digits) > MAX_DIGITS:
        raise ValueError("not Base45")
    triples = int.from_bytes(digits[: _GROUP * count])
    numbers = (triples >> 16 & _LAST) + _BASE * (triples >> 8 & _LAST) + _BASE**2 * (triples & _LAST)
    if numbers & _TOO_MUCH:  # 44 * (1 + 45 + 2025) takes 17 bits
        raise ValueError("three characters say more than two bytes")
    lanes = numbers.to_bytes(_GROUP * count)
    data = bytearray(2 * count)
    data[0::2] = lanes[1::_GROUP]
    data[1::2] = lanes[2::_GROUP]
    if left:
        data.append(digits[-2] + _BASE * digits[-1])  # a ValueError above 255
    return bytes(data)
