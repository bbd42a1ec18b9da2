"""The modules of a QR code: zxing-cpp draws them where it is installed, or else qrcode, which is slower.

Both give the same modules. The text is one segment in alphanumeric mode, in the smallest version that holds it.
The libraries differ in two things only: how they choose one of the eight data masks, and what they do with digits.
So both are asked for mask 0, the best mask is chosen here, and neither is asked to draw many digits.
"""

import re
from collections.abc import Callable, Mapping
from functools import lru_cache
from itertools import product
from math import isqrt
from typing import Any, Final, TypeAlias

ALPHABET: Final = "0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZ $%*+-./:"  # ISO/IEC 18004, 7.3.4, by value
CAPACITY: Final[Mapping[str, int]] = {"L": 4296, "M": 3391, "Q": 2420}  # of version 40 (ISO/IEC 18004, table 7)

# Draws a text at a level with a mask, in a version or (0) the smallest: a "1" for each dark module, row by row.
_Engine: TypeAlias = Callable[[str, str, int, int], str]

_DIGITS: Final = re.compile(r"[0-9]{7}|\A[0-9]+\Z")  # zxing-cpp may put them into a segment in numeric mode
_MASKS: Final = range(8)


def _of_zxing() -> _Engine:
    """Draw with zxing-cpp.

    Raises:
        ImportError: when it is not installed, or older than 3.0.
    """
    import zxingcpp  # noqa: PLC0415 - an extra, which may be missing

    colours = bytes.maketrans(b"\x00\xff", b"10")

    def draw(text: str, level: str, mask: int, version: int) -> str:
        options: dict[str, Any] = {"version": version} if version else {}
        # The format is looked up here: kept, the object would be reported as leaked when Python ends.
        symbol: Any = zxingcpp.create_barcode(
            text, zxingcpp.BarcodeFormat.QRCode, ec_level=level, dataMask=mask, **options
        )
        return bytes(memoryview(symbol.to_image(add_quiet_zones=False))).translate(colours).decode("ascii")

    try:
        chooses = draw("A", "L", 0, 0) != draw("A", "L", 1, 0)
    except (AttributeError, TypeError):
        chooses = False
    if not chooses:
        raise ImportError("this zxing-cpp cannot draw with a mask: it is older than 3.0")
    return draw


def _of_qrcode() -> _Engine:
    """Draw with qrcode.

    Raises:
        ImportError: when it is not installed.
    """
    from qrcode.constants import ERROR_CORRECT_L, ERROR_CORRECT_M, ERROR_CORRECT_Q  # noqa: PLC0415 - an extra
    from qrcode.main import QRCode  # noqa: PLC0415
    from qrcode.util import MODE_ALPHA_NUM, QRData  # noqa: PLC0415

    levels = {"L": ERROR_CORRECT_L, "M": ERROR_CORRECT_M, "Q": ERROR_CORRECT_Q}

    def draw(text: str, level: str, mask: int, version: int) -> str:
        symbol = QRCode(version or None, error_correction=levels[level], mask_pattern=mask)
        symbol.add_data(QRData(text, mode=MODE_ALPHA_NUM))
        symbol.make(fit=True)
        return "".join("1" if dark else "0" for row in symbol.modules for dark in row)

    return draw


def _installed() -> _Engine:
    try:
        return _of_zxing()
    except ImportError:
        return _of_qrcode()


_draw: _Engine = _installed()


def version(text: str, level: str) -> int:
    """Say the smallest version that holds a text.

    Raises:
        TypeError: the text is no `str`.
        ValueError: it is empty, too long or not alphanumeric, or the level is unknown.
    """
    _check(text, level)
    return _version(len(text), level)


@lru_cache(maxsize=1024)
def _version(length: int, level: str) -> int:
    return (isqrt(len(_draw("A" * length, level, 0, 0))) - 17) // 4


def symbol(text: str, level: str) -> list[str]:
    """Draw a text: rows of modules, "1" is dark and "0" is light, without a quiet zone.

    Raises:
        TypeError: as for `version`.
        ValueError: as for `version`.
    """
    _check(text, level)
    plain = _plain(text, level)
    side = isqrt(len(plain))
    rows, columns = _joined(plain, side)
    masked = ((rows ^ change, columns ^ turned) for change, turned in _changes(side, level))
    best, _ = min(masked, key=lambda pair: _penalty(side, *pair))
    drawn = f"{best:0{side * (side + 1) - 1}b}"
    return [drawn[start : start + side] for start in range(0, len(drawn), side + 1)]


def _check(text: str, level: str) -> None:
    if not isinstance(text, str):
        raise TypeError(f"text: expected a str, got {type(text).__name__}")
    if level not in CAPACITY:
        raise ValueError(f"level: expected one of {', '.join(CAPACITY)}, got {level!r}")
    if not 1 <= len(text) <= CAPACITY[level]:
        raise ValueError(f"text: expected 1 to {CAPACITY[level]} characters at level {level}, got {len(text)}")
    if not set(ALPHABET).issuperset(text):
        raise ValueError(
            "text: expected only the QR alphanumeric set (0-9, A-Z, space and $%*+-./:), as Base45 gives it"
        )


def _plain(text: str, level: str) -> str:
    """Draw a text with mask 0.

    Where there are many digits, three texts without them are drawn. All that is in a QR code, the error correction
    too, is linear in the bits of the text: where three texts of one length have the bits of this one when they are
    combined by exclusive or, so have their modules.
    """
    if not _DIGITS.search(text):
        return _draw(text, level, 0, 0)
    pairs = re.findall("..?", text)
    texts = zip(*(_without_digits(pair) if pair.isdigit() else (pair,) * 3 for pair in pairs), strict=True)
    first, second, third = (int(_draw("".join(parts), level, 0, 0), 2) for parts in texts)
    side = 17 + 4 * _version(len(text), level)
    return f"{first ^ second ^ third:0{side * side}b}"


@lru_cache(maxsize=110)
def _without_digits(digits: str) -> tuple[str, str, str]:
    """Give three pairs of characters, or three characters, that combined are two digits, or one."""
    others = _without_any(len(digits))
    first = "A" * len(digits)
    rest = _value(digits) ^ _value(first)
    second = next(value for value in others if rest ^ value in others)
    return first, others[second], others[rest ^ second]


@lru_cache(maxsize=2)
def _without_any(length: int) -> dict[int, str]:
    """Give the characters, or the pairs, without a digit, by their number."""
    return {_value(pair): pair for pair in map("".join, product(ALPHABET[10:], repeat=length))}


def _value(pair: str) -> int:
    """Give the number that stands for two characters, or one (ISO/IEC 18004, 7.4.4)."""
    return int(sum(ALPHABET.index(char) * 45**place for place, char in enumerate(reversed(pair))))


def _joined(modules: str, side: int) -> tuple[int, int]:
    """Write the rows as one number, and the columns, with a bit between them that is neither dark nor light."""
    rows = "0".join(modules[start : start + side] for start in range(0, side * side, side))
    return int(rows, 2), int("0".join(modules[start::side] for start in range(side)), 2)


@lru_cache(maxsize=120)
def _changes(side: int, level: str) -> tuple[tuple[int, int], ...]:
    """Say what each mask changes in a code with mask 0, in its rows and its columns: the same in all texts."""
    drawn = [_joined(_draw("A", level, mask, (side - 17) // 4), side) for mask in _MASKS]
    rows, columns = drawn[0]
    return tuple((masked ^ rows, turned ^ columns) for masked, turned in drawn)


@lru_cache(maxsize=40)
def _whole(side: int) -> int:
    return _joined("1" * side * side, side)[0]


def _penalty(side: int, rows: int, columns: int) -> int:
    """Count what makes a code hard to read (ISO/IEC 18004, 7.8.3): the mask with the fewest points is the best."""
    points, area = 0, side * side
    whole = _whole(side)
    for dark in (rows, columns):
        light = whole ^ dark
        for colour in (dark, light):  # five or more in a line: as many points, less two
            two = colour & colour >> 1
            five = two & two >> 2 & colour >> 4
            points += five.bit_count() + 2 * (five & ~(five >> 1)).bit_count()
        # What looks like the mark in a corner, 1:1:3:1:1, beside four light modules.
        two = light & light >> 1
        four = two & two >> 2
        mark = dark & light >> 1 & dark >> 2 & dark >> 3 & dark >> 4 & light >> 5 & dark >> 6
        points += 40 * ((mark & four >> 7).bit_count() + (four & mark >> 4).bit_count())
    for colour in (rows, whole ^ rows):  # a square of four
        two = colour & colour >> 1
        points += 3 * (two & two >> (side + 1)).bit_count()
    return points + 10 * (10 * abs(2 * rows.bit_count() - area) // area)  # for each 5 % off one half
