"""A credential's text as a QR code: PNG, SVG or the half blocks of a terminal (extra: ``qr``).

The text is one segment in alphanumeric mode, 5.5 bits a character, which is what Base45 was made for, in the
smallest version that holds it. The quiet zone of four modules is always there. Level H is not offered: it
makes the modules so small that a camera loses more than the correction wins back.

A caption stands below the quiet zone, its first line as the title. What it says is the caller's matter, with
one rule: never the colour of the health code, or guards read the caption and no longer scan.
"""

import html
import io
import math
import os
from collections.abc import Iterator, Mapping, Sequence
from itertools import groupby
from typing import Final, Literal, TypeAlias

try:
    from PIL import Image, ImageDraw
    from qrcode.constants import (
        ERROR_CORRECT_L,
        ERROR_CORRECT_M,
        ERROR_CORRECT_Q,
    )
    from qrcode.main import QRCode
    from qrcode.util import MODE_ALPHA_NUM, QRData

    from healthpass.drawing._caption import (
        FONT_FAMILY,
        QUIET_ZONE,
        Typeface,
        check_lines,
        estimated_width,
        typeset,
    )
except ImportError as err:
    raise ImportError("drawing QR codes needs qrcode and Pillow: pip install 'healthpass[qr]'") from err

__all__ = ["Level", "outline", "png", "svg", "terminal", "version"]

Level: TypeAlias = Literal["L", "M", "Q"]
"""Error correction: L restores about 7 % of the code, M 15 %, Q 25 %."""

ALPHABET: Final = frozenset("0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZ $%*+-./:")  # ISO/IEC 18004, 7.3.4
SVG_TITLE: Final = "QR code 二维码"  # what a screen reader says: the colour is for whoever scans
MAX_SCALE: Final = 32  # pixels a module; whoever needs more needs SVG

# Level: the constant of qrcode, and the alphanumeric capacity of version 40 (ISO/IEC 18004, table 7).
_LEVELS: Final[Mapping[str, tuple[int, int]]] = {
    "L": (ERROR_CORRECT_L, 4296),
    "M": (ERROR_CORRECT_M, 3391),
    "Q": (ERROR_CORRECT_Q, 2420),
}


def version(text: str, *, level: Level = "M") -> int:
    """Say the smallest QR version, 1 to 40, that holds a text; its side is ``17 + 4 * version`` modules.

    Args:
        text: 1 to 4,296 (L), 3,391 (M) or 2,420 (Q) characters of the QR alphanumeric set.
        level: the error correction.

    Raises:
        TypeError: ``text`` is not a ``str``.
        ValueError: the text is empty, too long or not alphanumeric, or the level is none of L, M, Q.
    """
    return int(_symbol(text, level).version)


def outline(text: str, *, level: Level = "M") -> Iterator[tuple[int, int, int]]:
    """Give the dark stretches of a QR code, for a drawing of one's own.

    Args:
        text: as for `version`.
        level: the error correction.

    Returns:
        The stretches row by row: x, y and length in modules, from the upper left corner of the quiet zone, which
        is four modules wide on every side.

    Raises:
        TypeError: as for `version`.
        ValueError: as for `version`.
    """
    for y, row in enumerate(_matrix(text, level)):
        x = 0
        for dark, run in groupby(row):
            length = len(list(run))
            if dark:
                yield x, y, length
            x += length


def svg_path(text: str, level: Level = "M") -> str:
    """Write the dark stretches as the data of an SVG path."""
    return "".join(f"M{x} {y}h{run}v1h-{run}z" for x, y, run in outline(text, level=level))


def png(
    text: str,
    *,
    level: Level = "M",
    scale: int = 8,
    caption: Sequence[str] = (),
    font: str | os.PathLike[str] | None = None,
) -> bytes:
    """Draw a QR code as a PNG.

    Args:
        text: as for `version`.
        level: the error correction.
        scale: pixels a module, 1 to 32.
        caption: lines below the code, 8 of them and 256 characters at most, without control characters;
            blank lines are dropped. A line that is too long shrinks a little, then wraps.
        font: the path of a font file, or the file name of an installed font, that has every character of
            the caption. Without it, Pillow's own font draws what it can, an installed Chinese font the rest.

    Returns:
        The file: black and white without a caption, grey with one.

    Raises:
        TypeError: an argument has the wrong type; ``caption`` is one string instead of lines.
        ValueError: as for `version`; ``scale`` or ``caption`` is out of bounds; no font can draw a character.
        OSError: ``font`` is not there or is no font.
    """
    if type(scale) is not int:  # not bool either
        raise TypeError(f"scale: expected an int, got {type(scale).__name__}")
    if not 1 <= scale <= MAX_SCALE:
        raise ValueError(f"scale: expected 1 to {MAX_SCALE} pixels a module, got {scale}")
    lines = check_lines(caption)
    matrix = _matrix(text, level)
    side = len(matrix) * scale
    pixels = bytes(0 if dark else 255 for row in matrix for dark in row)
    code = Image.frombytes("L", (len(matrix), len(matrix)), pixels).resize((side, side), Image.Resampling.NEAREST)
    if lines:
        typeface = Typeface("".join(lines), font)
        rows, height = typeset(lines, side, scale, typeface.width)
        picture = Image.new("L", (side, side + math.ceil(height)), 255)
        picture.paste(code)
        draw = ImageDraw.Draw(picture)
        for row in rows:
            typeface.draw(draw, row, side)
    else:
        picture = code.convert("1")
    file = io.BytesIO()
    picture.save(file, "PNG", optimize=True)
    return file.getvalue()


def svg(text: str, *, level: Level = "M", caption: Sequence[str] = ()) -> str:
    """Draw a QR code as an SVG document, one unit a module; the viewer's fonts draw the caption.

    Args:
        text: as for `version`.
        level: the error correction.
        caption: as for `png`.

    Raises:
        TypeError: as for `png`.
        ValueError: as for `version`; ``caption`` is out of bounds.
    """
    lines = check_lines(caption)
    side = 17 + 4 * version(text, level=level) + 2 * QUIET_ZONE
    rows, height = typeset(lines, side, 1, estimated_width) if lines else ([], 0)
    total = side + math.ceil(height)
    namespace = 'xmlns="http://www.w3.org/2000/svg"'
    texts = "".join(
        f'<text x="{side / 2:g}" y="{side + row.baseline:.2f}" font-size="{row.size:.2f}" '
        f'fill="#{row.ink:02x}{row.ink:02x}{row.ink:02x}">{html.escape(row.text, quote=False)}</text>\n'
        for row in rows
    )
    return (
        f'<svg {namespace} role="img" viewBox="0 0 {side} {total}" width="{side * 8}" height="{total * 8}" '
        f'font-family="{FONT_FAMILY}" text-anchor="middle">\n<title>{SVG_TITLE}</title>\n'
        f'<rect width="{side}" height="{total}" fill="#fff"/>\n'
        f'<path d="{svg_path(text, level)}" fill="#000" shape-rendering="crispEdges"/>\n'
        f"{texts}</svg>\n"
    )


def terminal(text: str, *, level: Level = "M") -> str:
    """Draw a QR code with half blocks, two modules a character, black on white whatever the theme.

    Args:
        text: as for `version`.
        level: the error correction.

    Returns:
        Lines joined by newlines, each with its own colours (256-colour ANSI) and a reset.

    Raises:
        TypeError: as for `version`.
        ValueError: as for `version`.
    """
    matrix = _matrix(text, level)
    matrix.append([False] * len(matrix))  # the side is odd, a character is two modules high
    halves = {(False, False): " ", (True, False): "▀", (False, True): "▄", (True, True): "█"}
    # 16 and 231 are the black and the white of the fixed colour cube; themes redefine 0 to 15.
    return "\n".join(
        "\x1b[38;5;16;48;5;231m" + "".join(map(halves.__getitem__, zip(upper, lower, strict=True))) + "\x1b[0m"
        for upper, lower in zip(matrix[0:-1:2], matrix[1::2], strict=True)
    )


def _symbol(text: str, level: str) -> QRCode:
    """Check a text and give it the smallest version."""
    if not isinstance(text, str):
        raise TypeError(f"text: expected a str, got {type(text).__name__}")
    if level not in _LEVELS:
        raise ValueError(f"level: expected one of {', '.join(_LEVELS)}, got {level!r}")
    correction, capacity = _LEVELS[level]
    if not 1 <= len(text) <= capacity:
        raise ValueError(f"text: expected 1 to {capacity} characters at level {level}, got {len(text)}")
    if not ALPHABET.issuperset(text):
        raise ValueError(
            "text: expected only the QR alphanumeric set (0-9, A-Z, space and $%*+-./:), as Base45 gives it"
        )
    symbol = QRCode(error_correction=correction)
    symbol.add_data(QRData(text, mode=MODE_ALPHA_NUM))
    symbol.best_fit()
    return symbol


def _matrix(text: str, level: str) -> list[list[bool]]:
    """Encode a text: rows of modules, dark is true, with the quiet zone around them."""
    symbol = _symbol(text, level)
    try:
        symbol.make(fit=False)
    except ValueError as err:  # qrcode cannot correct a block that is nothing but zeros
        raise ValueError("text: expected bytes with some variety, got a text that qrcode cannot draw") from err
    side = symbol.modules_count + 2 * QUIET_ZONE
    blank = [[False] * side for _ in range(QUIET_ZONE)]
    edge = [False] * QUIET_ZONE
    return [*blank, *([*edge, *map(bool, row), *edge] for row in symbol.modules), *map(list, blank)]
