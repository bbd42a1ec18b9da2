"""Base45 (RFC 9285), strict, in lanes of big integers.

Three digits are a number of two bytes. Python works on one number at a time, so that here all of them stand in one
integer, a lane of 32 bits each, and are computed at once. No lane overflows into the next: the comments give the
greatest number that a lane can hold. `base45` is the reading that the tests compare with, over all 65,536 numbers.
"""

from typing import Final

_ALPHABET: Final = b"0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZ $%*+-./:"
_BASE: Final = len(_ALPHABET)
_WRONG: Final = 0xFF  # what a character becomes that is no digit
_DIGITS: Final = bytes(_ALPHABET.find(bytes((code,))) & _WRONG for code in range(256))
_CHARACTERS: Final = _ALPHABET + bytes(256 - _BASE)
_LANE: Final = 4  # bytes
_GROUP: Final = 3  # digits of a number of two bytes
# n // 45 == n * 23302 >> 20 for n < 65,536, and n * 1457 >> 16 for n < 1,457: shown for every n by a test.
_BY_45: Final = 23_302
_BY_45_BITS: Final = 20
_AGAIN_BY_45: Final = 1_457
_AGAIN_BY_45_BITS: Final = 16
_QUOTIENT: Final = b"\x00\x00\x0f\xff"  # 65,535 // 45 takes 11 bits
_DIGIT: Final = b"\x00\x00\x00\xff"


def encode(data: bytes) -> str:
    """Write bytes as Base45."""
    count, odd = divmod(len(data), 2)
    lanes = bytearray(_LANE * count)
    lanes[2::_LANE] = data[0 : 2 * count : 2]
    lanes[3::_LANE] = data[1 : 2 * count : 2]
    numbers = int.from_bytes(lanes)
    quotients = (numbers * _BY_45 >> _BY_45_BITS) & int.from_bytes(_QUOTIENT * count)
    highest = (quotients * _AGAIN_BY_45 >> _AGAIN_BY_45_BITS) & int.from_bytes(_DIGIT * count)
    digits = bytearray(_GROUP * count)
    digits[0::_GROUP] = (numbers - _BASE * quotients).to_bytes(len(lanes))[3::_LANE]
    digits[1::_GROUP] = (quotients - _BASE * highest).to_bytes(len(lanes))[3::_LANE]
    digits[2::_GROUP] = highest.to_bytes(len(lanes))[3::_LANE]
    if odd:
        digits += bytes((data[-1] % _BASE, data[-1] // _BASE))
    return digits.translate(_CHARACTERS).decode("ascii")


def decode(text: str) -> bytes:
    """Read Base45; nothing is repaired, and each byte string has one text.

    Raises:
        ValueError: when a character is no digit, one digit is left over, or a number needs more than two bytes.
    """
    digits = text.encode("ascii").translate(_DIGITS)
    count, left = divmod(len(digits), _GROUP)
    if left == 1 or _WRONG in digits:
        raise ValueError("not Base45")
    data = bytearray(2 * count)
    numbers = _lanes(digits, 0, count) + _BASE * _lanes(digits, 1, count) + _BASE**2 * _lanes(digits, 2, count)
    lanes = numbers.to_bytes(_LANE * count)  # 44 * (1 + 45 + 2025) takes 17 bits
    if any(lanes[1::_LANE]):
        raise ValueError("three digits say more than two bytes")
    data[0::2] = lanes[2::_LANE]
    data[1::2] = lanes[3::_LANE]
    if left:
        last = digits[-2] + _BASE * digits[-1]
        data.append(last)  # a ValueError above 255
    return bytes(data)


def _lanes(digits: bytes, first: int, count: int) -> int:
    lanes = bytearray(_LANE * count)
    lanes[3::_LANE] = digits[first : _GROUP * count : _GROUP]
    return int.from_bytes(lanes)
