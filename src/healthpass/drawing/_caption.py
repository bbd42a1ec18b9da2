"""The caption under a QR code: its lines, how they are set, and the fonts that draw them."""

import os
import sys
import unicodedata
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import suppress
from dataclasses import dataclass
from itertools import groupby
from typing import Final, cast

from PIL import ImageDraw, ImageFont

QUIET_ZONE: Final = 4  # modules, ISO/IEC 18004, 9.1
MAX_LINES: Final = 8  # with the next, this keeps the caption of the longest text lower than the code
MAX_CAPTION: Final = 256  # characters of all lines together

# File name and face, the best first, looked up where Pillow looks: the fonts folder of Windows, the Library
# folders of macOS, the XDG data folders elsewhere. Face 2 of the Noto collections draws Han the Chinese way.
_FONTS: Final[Mapping[str, tuple[tuple[str, int], ...]]] = {
    "darwin": (("PingFang.ttc", 0), ("Hiragino Sans GB.ttc", 0), ("STHeiti Light.ttc", 0)),
    "linux": (
        ("NotoSansCJK-Regular.ttc", 2),
        ("NotoSansCJK-VF.ttc", 2),
        ("wqy-microhei.ttc", 0),
        ("wqy-zenhei.ttc", 0),
        ("DroidSansFallbackFull.ttf", 0),
    ),
    "win32": (("msyh.ttc", 0), ("Deng.ttf", 0), ("simhei.ttf", 0), ("simsun.ttc", 0)),
}
FONT_FAMILY: Final = (
    "'Noto Sans CJK SC', 'Noto Sans SC', 'Source Han Sans SC', 'PingFang SC', 'Hiragino Sans GB', "
    "'Microsoft YaHei', 'WenQuanYi Micro Hei', 'WenQuanYi Zen Hei', SimHei, sans-serif"
)
_TITLE_INK, _BODY_INK = 0x00, 0x48  # grey levels: the title leads by size and by ink
_PROBE: Final = 40  # pixels: large enough that no two glyphs look the same


@dataclass(frozen=True, slots=True)
class Row:
    """A row of the caption; ``baseline`` counts down from the lower edge of the quiet zone."""

    text: str
    size: float
    baseline: float
    ink: int


def check_lines(caption: Sequence[str]) -> list[str]:
    """Check a caption and drop its blank lines."""
    if isinstance(caption, str) or not isinstance(caption, Sequence):
        raise TypeError(f"caption: expected a sequence of lines, got {type(caption).__name__}")
    if not all(isinstance(line, str) for line in caption):
        raise TypeError("caption: expected every line to be a str")
    text = "".join(caption)
    if len(caption) > MAX_LINES or len(text) > MAX_CAPTION:
        raise ValueError(
            f"caption: expected {MAX_LINES} lines and {MAX_CAPTION} characters at most, "
            f"got {len(caption)} and {len(text)}"
        )
    for char in text:
        # Format characters (Cf) can turn the reading order around: a caption must read as it was written.
        # The last two code points of each plane are none, and XML forbids U+FFFE and U+FFFF.
        if unicodedata.category(char) in {"Cc", "Cf", "Cs", "Zl", "Zp"} or ord(char) & 0xFFFE == 0xFFFE:  # noqa: PLR2004
            raise ValueError(f"caption: expected printable characters, got U+{ord(char):04X}; one line an item")
    return [line.strip() for line in caption if line.strip()]


def typeset(
    lines: list[str], side: float, unit: float, measure: Callable[[str, float], float]
) -> tuple[list[Row], float]:
    """Set a caption as wide as the code: shrink a line to 75 %, then wrap; give the rows and the height."""
    room = side - 2 * QUIET_ZONE * unit
    rows: list[Row] = []
    top = 0.0
    for number, line in enumerate(lines):
        size, ink = (side / 17, _TITLE_INK) if number == 0 else (side / 25, _BODY_INK)
        smallest = 0.75 * size
        while size > smallest and measure(line, size) > room:
            size = max(smallest, size * 0.97)
        rest = line
        while rest:
            cut = len(rest) if measure(rest, size) <= room else 1
            while cut < len(rest) and measure(rest[: cut + 1], size) <= room:
                cut += 1
            if cut < len(rest):  # at a space where there is one; neither Chinese nor a hex reference has any
                cut = space if (space := rest.rfind(" ", 1, cut + 1)) > 0 else cut
            rows.append(Row(rest[:cut].rstrip(), size, top + 1.08 * size, ink))
            rest = rest[cut:].lstrip()
            top += 1.45 * size
        if number == 0:
            top += 0.2 * size
    return rows, top + QUIET_ZONE * unit


def estimated_width(text: str, size: float) -> float:
    """Measure a text for a viewer whose font is unknown: an upper bound for the usual sans-serif fonts."""
    ems = 0.0
    for char in text:
        if unicodedata.east_asian_width(char) in {"W", "F", "A"} or char in "MWmw@%":
            ems += 1.0
        else:
            ems += 0.78 if char.isupper() else 0.6
    return ems * size


class Typeface:
    """The fonts that together have every character of a caption, the most capable first."""

    def __init__(self, text: str, font: str | os.PathLike[str] | None) -> None:
        self._sized: dict[tuple[int, float], ImageFont.FreeTypeFont] = {}
        faces = iter((_open(font),)) if font is not None else fonts()
        self._faces: list[tuple[ImageFont.FreeTypeFont, set[str]]] = []
        # One font for the whole caption where there is one: a patchwork looks like what it is.
        while not self._faces or self._faces[0][1]:
            if (face := next(faces, None)) is None:
                break
            self._faces.append((face, lacking(face, text)))
            self._faces.sort(key=lambda pair: len(pair[1]))
        undrawable = set(text).intersection(*(lacking for _, lacking in self._faces))
        if undrawable:
            char = min(undrawable, key=text.index)
            raise ValueError(
                f"caption: no font for {char!r} (U+{ord(char):04X}): pass font=, a font file that has it, "
                "or write SVG, where the viewer's fonts draw it"
            )

    def _runs(self, text: str, size: float) -> Iterator[tuple[str, ImageFont.FreeTypeFont]]:
        """Cut a text where the font changes."""
        for number, run in groupby(
            text, lambda char: [char in lacking for _, lacking in self._faces].index(False)
        ):
            if (number, size) not in self._sized:
                self._sized[number, size] = _regular(self._faces[number][0].font_variant(size=size))
            yield "".join(run), self._sized[number, size]

    def width(self, text: str, size: float) -> float:
        """Measure a text in pixels."""
        return sum(face.getlength(run) for run, face in self._runs(text, size))

    def draw(self, draw: ImageDraw.ImageDraw, row: Row, side: int) -> None:
        """Draw a row of the caption, centred."""
        x = (side - self.width(row.text, row.size)) / 2
        for run, face in self._runs(row.text, row.size):
            draw.text((x, side + row.baseline), run, fill=row.ink, font=face, anchor="ls")
            x += face.getlength(run)


def fonts() -> Iterator[ImageFont.FreeTypeFont]:
    """Give Pillow's own font, so that a Latin caption is the same everywhere, then the Chinese ones here."""
    # With a size it is never the bitmap font, whatever the annotation says.
    yield cast("ImageFont.FreeTypeFont", ImageFont.load_default(_PROBE))
    for name, index in _FONTS.get(sys.platform, _FONTS["linux"]):
        with suppress(OSError):
            yield _regular(ImageFont.truetype(name, _PROBE, index))


def _open(font: str | os.PathLike[str]) -> ImageFont.FreeTypeFont:
    """Open the font that the caller wants."""
    try:
        return ImageFont.truetype(os.fspath(font), _PROBE)
    except OSError as err:
        raise OSError(f"font: cannot open {os.fspath(font)!r}: {err}") from err


def _regular(face: ImageFont.FreeTypeFont) -> ImageFont.FreeTypeFont:
    """Take the variable Noto to its regular weight; it opens as the thinnest."""
    if str(face.path).endswith("-VF.ttc"):
        face.set_variation_by_axes([400])
    return face


def lacking(face: ImageFont.FreeTypeFont, text: str) -> set[str]:
    """Say which characters a font draws as nothing or as its box for missing glyphs."""

    def stamp(char: str) -> tuple[bytes, object, object]:
        mask, place = face.getmask2(char)
        return bytes(mask), mask.size, place

    # U+10FFFF is a noncharacter: no font has a glyph for it.
    box = stamp("\U0010ffff")
    return {
        char for char in set(text) if not char.isspace() and ((drawn := stamp(char)) == box or not any(drawn[0]))
    }
