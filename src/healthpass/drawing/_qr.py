"""A credential's text as a QR code: PNG, SVG or the half blocks of a terminal (extra: ``qr`` or ``scan``).

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
import re
import struct
import zlib
from collections.abc import Iterable, Iterator, Sequence
from typing import Final, Literal, TypeAlias

try:
    from PIL import Image, ImageDraw

    from healthpass.drawing._caption import (
        FONT_FAMILY,
        QUIET_ZONE,
        Typeface,
        check_lines,
        estimated_width,
        typeset,
    )
    from healthpass.drawing._symbol import symbol
    from healthpass.drawing._symbol import version as smallest_version
except ImportError as err:
    raise ImportError(
        "drawing QR codes needs qrcode or zxing-cpp 3, and Pillow: pip install 'healthpass[qr]'"
    ) from err

__all__ = ["Level", "outline", "png", "svg", "terminal", "version"]

Level: TypeAlias = Literal["L", "M", "Q"]
"""Error correction: L restores about 7 % of the code, M 15 %, Q 25 %."""

SVG_TITLE: Final = "QR code 二维码"  # what a screen reader says: the colour is for whoever scans
MAX_SCALE: Final = 32  # pixels a module; whoever needs more needs SVG

_DARK: Final = re.compile("1+")
_GREYS: Final = bytes.maketrans(b"01", b"\xff\x00")
_HALVES: Final = {("0", "0"): " ", ("1", "0"): "▀", ("0", "1"): "▄", ("1", "1"): "█"}


def version(text: str, *, level: Level = "M") -> int:
    """Say the smallest QR version, 1 to 40, that holds a text; its side is ``17 + 4 * version`` modules.

    Args:
        text: 1 to 4,296 (L), 3,391 (M) or 2,420 (Q) characters of the QR alphanumeric set.
        level: the error correction.

    Raises:
        TypeError: ``text`` is not a ``str``.
        ValueError: the text is empty, too long or not alphanumeric, or the level is none of L, M, Q.
    """
    return smallest_version(text, level)


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
    return _stretches(_matrix(text, level))


def _stretches(matrix: list[str]) -> Iterator[tuple[int, int, int]]:
    for y, row in enumerate(matrix):
        for run in _DARK.finditer(row):
            start, end = run.span()
            yield start, y, end - start


def svg_path(stretches: Iterable[tuple[int, int, int]]) -> str:
    """Write the dark stretches as the data of an SVG path."""
    return "".join(f"M{x} {y}h{run}v1h-{run}z" for x, y, run in stretches)


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
    code = Image.frombytes("L", (len(matrix), len(matrix)), "".join(matrix).encode("ascii").translate(_GREYS))
    if not lines:
        return _black_and_white(code.resize((side, len(matrix)), Image.Resampling.NEAREST), scale)
    typeface = Typeface("".join(lines), font)
    rows, height = typeset(lines, side, scale, typeface.width)
    picture = Image.new("L", (side, side + math.ceil(height)), 255)
    picture.paste(code.resize((side, side), Image.Resampling.NEAREST))
    draw = ImageDraw.Draw(picture)
    for row in rows:
        typeface.draw(draw, row, side)
    file = io.BytesIO()
    picture.save(file, "PNG")
    return file.getvalue()


def _black_and_white(picture: Image.Image, repeat: int) -> bytes:
    """Write a PNG of one bit a pixel in which each row stands so many times.

    Pillow would compress each row anew. Here a row says that it is the one above: 4 times as fast, and smaller.
    """
    width, length = picture.width, -(-picture.width // 8)
    rows = picture.convert("1", dither=Image.Dither.NONE).tobytes()
    again = (b"\2" + bytes(length)) * (repeat - 1)  # filter 2: what differs from the row above
    lines = b"".join(b"\0" + rows[start : start + length] + again for start in range(0, len(rows), length))
    header = struct.pack(">IIBBBBB", width, picture.height * repeat, 1, 0, 0, 0, 0)
    chunks = ((b"IHDR", header), (b"IDAT", zlib.compress(lines)), (b"IEND", b""))
    return b"\x89PNG\r\n\x1a\n" + b"".join(
        struct.pack(">I", len(data)) + kind + data + struct.pack(">I", zlib.crc32(kind + data))
        for kind, data in chunks
    )


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
    matrix = _matrix(text, level)
    side = len(matrix)
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
        f'<path d="{svg_path(_stretches(matrix))}" fill="#000" shape-rendering="crispEdges"/>\n'
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
    matrix.append("0" * len(matrix))  # the side is odd, a character is two modules high
    # 16 and 231 are the black and the white of the fixed colour cube; themes redefine 0 to 15.
    return "\n".join(
        "\x1b[38;5;16;48;5;231m" + "".join(map(_HALVES.__getitem__, zip(upper, lower, strict=True))) + "\x1b[0m"
        for upper, lower in zip(matrix[0:-1:2], matrix[1::2], strict=True)
    )


def _matrix(text: str, level: str) -> list[str]:
    """Encode a text: rows of modules, "1" is dark, with the quiet zone around them."""
    modules = symbol(text, level)
    edge = "0" * QUIET_ZONE
    blank = ["0" * (len(modules) + 2 * QUIET_ZONE)] * QUIET_ZONE
    return [*blank, *(edge + row + edge for row in modules), *blank]
