"""A sheet to print for people who carry their code on paper (extra: ``print``).

A page of A4 with the QR code, large enough for any camera, and what people need beside it: label, issuer, expiry,
and the reference for appeals. Never the colour: guards would read the paper and no longer scan. Where the code is
bound to an identity document, the opening stands on a strip that is cut off and kept apart.

Printing is not verifying: the sheet says what the code claims, and the office prints its own codes.
"""

import html
import io
import os
import re
import threading
import unicodedata
from collections.abc import Callable, Iterator, Mapping, Sequence
from itertools import groupby
from pathlib import Path
from typing import Any, Final, NamedTuple

try:
    from reportlab.lib.units import mm
    from reportlab.pdfbase import pdfmetrics
    from reportlab.pdfbase.cidfonts import UnicodeCIDFont
    from reportlab.pdfbase.ttfonts import TTFError, TTFont
    from reportlab.pdfgen.canvas import Canvas

    from healthpass.drawing._caption import FONT_FAMILY, QUIET_ZONE, lacking
    from healthpass.drawing._caption import fonts as fonts_here
    from healthpass.drawing._layout import (
        HEIGHT,
        WIDTH,
        Code,
        Layout,
        Mark,
        Rule,
        Words,
        bilingual,
        content,
        large,
    )
    from healthpass.drawing._qr import outline, svg_path
except ImportError as err:
    raise ImportError(
        "printing needs reportlab, qrcode or zxing-cpp 3, and Pillow: pip install 'healthpass[print]'"
    ) from err

from healthpass.issuing._issue import Issued
from healthpass.words._discreet import discreet

__all__ = ["Layout", "pdf", "svg"]

_LAYOUTS: Final[Mapping[str, Any]] = {"bilingual": bilingual, "large": large}
_TITLE: Final = "Health code 健康码"  # never the colour
_LATIN, _FIXED = "Helvetica", "Courier"  # of the fonts that every viewer has
_WORDS: Final = re.compile(r"\S+|\s+")
_SELECTORS: Final = re.compile("[\ufe00-\ufe0f\U000e0100-\U000e01ef]")
_SONG: Final = "STSong-Light"  # a name that every viewer knows, and puts a Chinese font of its own in for
_RULE_INK: Final = 0x90
_RULE_WIDTH: Final = 0.25  # mm
_DASHES: Final = (1.6, 1.4)  # mm


@discreet
def pdf(
    code: Issued | str,
    *,
    opening: bytes | None = None,
    layout: Layout = "bilingual",
    fonts: Sequence[str | os.PathLike[str]] = (),
) -> bytes:
    """Lay a sheet out as PDF, one page of A4. The same input and fonts give the same bytes.

    Args:
        code: what `issue` has returned, or the text of a credential, without a device key.
        opening: the opening of the binding, 16 bytes; that of an `Issued` when left out. Without it there is no
            strip.
        layout: ``"bilingual"``, or ``"large"``: Chinese alone, in large type, for the elderly.
        fonts: paths of TrueType fonts, to be embedded: each draws the characters that those before it lack. What
            none of them has is drawn by an installed Chinese font, or else by the viewer's own. Variation
            selectors, which ask for a form of a character, are left out.

    Returns:
        The file.

    Raises:
        TypeError: an argument has the wrong type.
        ValueError: it is no credential, is bound to a device, or is bound to no document and there is an opening;
            ``opening`` has not 16 bytes; ``layout`` is unknown; no font has a character, or one of
            ``fonts`` cannot be embedded.
        TypeError: ``fonts`` is one path instead of several.
        OSError: one of ``fonts`` cannot be read.
    """
    if isinstance(fonts, str | os.PathLike):
        raise TypeError("fonts: expected several paths, got one")
    marks = [_plain(mark) for mark in _laid_out(code, opening, layout)]
    with _fonts.lock:
        return _page(marks, fonts)


def _page(marks: Sequence[Mark], fonts: Sequence[str | os.PathLike[str]]) -> bytes:
    typeface = _Typeface("".join(mark.text for mark in marks if isinstance(mark, Words)), fonts)
    file = io.BytesIO()
    canvas = Canvas(file, pagesize=(WIDTH * mm, HEIGHT * mm), invariant=1, lang="zh-CN")
    canvas.setTitle(_TITLE)
    canvas.setCreator("healthpass")
    for mark in marks:
        match mark:
            case Words():
                _write(canvas, mark, typeface)
            case Code():
                _draw(canvas, mark)
            case Rule():
                canvas.setStrokeGray(_RULE_INK / 255)
                canvas.setLineWidth(_RULE_WIDTH * mm)
                canvas.setDash(*([[dash * mm for dash in _DASHES]] if mark.dashed else []))
                canvas.line(mark.x * mm, _up(mark.y), mark.end * mm, _up(mark.y))
    canvas.showPage()
    try:
        canvas.save()
    except Exception as err:  # the outlines of a font are read last
        raise ValueError(f"font: the outlines of one cannot be embedded, its file may be damaged: {err}") from err
    return file.getvalue()


@discreet
def svg(code: Issued | str, *, opening: bytes | None = None, layout: Layout = "bilingual") -> str:
    """Lay a sheet out as an SVG document of A4; the viewer's fonts draw the text.

    Args:
        code: as for `pdf`.
        opening: as for `pdf`.
        layout: as for `pdf`.

    Raises:
        TypeError: as for `pdf`.
        ValueError: as for `pdf`, without a word about fonts.
    """
    body = []
    for mark in _laid_out(code, opening, layout):
        match mark:
            case Words(text, x, y, size, ink, anchor, fixed):
                family = " font-family=\"'Courier New', Courier, monospace\"" if fixed else ""
                body.append(
                    f'<text x="{x:g}" y="{y:g}" font-size="{size:.4g}" fill="{_hex(ink)}" text-anchor="{anchor}"'
                    f"{family}>{html.escape(text, quote=False)}</text>"
                )
            case Code(text, x, y, module):
                corner = f"{x - QUIET_ZONE * module:.4f} {y - QUIET_ZONE * module:.4f}"
                body.append(
                    f'<path transform="translate({corner}) scale({module:.6f})" d="{svg_path(outline(text))}" '
                    'fill="#000" shape-rendering="crispEdges"/>'
                )
            case Rule(y, x, end, dashed):
                dashes = f' stroke-dasharray="{_DASHES[0]} {_DASHES[1]}"' if dashed else ""
                line = f'd="M{x:g} {y:g}H{end:g}" stroke="{_hex(_RULE_INK)}" stroke-width="{_RULE_WIDTH}"'
                body.append(f"<path {line}{dashes}/>")
    return (
        f'<svg xmlns="http://www.w3.org/2000/svg" role="img" viewBox="0 0 {WIDTH} {HEIGHT}" width="{WIDTH}mm" '
        f'height="{HEIGHT}mm" font-family="{FONT_FAMILY}" xml:space="preserve">\n'
        f"<title>{_TITLE}</title>\n"
        f'<rect width="{WIDTH}" height="{HEIGHT}" fill="#fff"/>\n' + "\n".join(body) + "\n</svg>\n"
    )


def _laid_out(code: Issued | str, opening: bytes | None, layout: str) -> Iterator[Mark]:
    if layout not in _LAYOUTS:
        raise ValueError(f"layout: expected one of {', '.join(_LAYOUTS)}, got {layout!r}")
    marks: Iterator[Mark] = _LAYOUTS[layout](content(code, opening))
    return marks


def _up(y: float) -> float:
    """Count from the lower edge of the page, in points, as PDF does."""
    return float((HEIGHT - y) * mm)


def _hex(ink: int) -> str:
    return f"#{ink:02x}{ink:02x}{ink:02x}"


def _draw(canvas: Any, code: Code) -> None:
    """Draw a code as one path, so that no hairline shows between its rows."""
    path = canvas.beginPath()
    module = code.module * mm
    left, top = code.x * mm - QUIET_ZONE * module, _up(code.y) + QUIET_ZONE * module
    for x, y, run in outline(code.text):
        path.rect(left + x * module, top - (y + 1) * module, run * module, module)
    canvas.setFillGray(0)
    canvas.drawPath(path, stroke=0, fill=1)


def _write(canvas: Any, words: Words, typeface: "_Typeface") -> None:
    size = words.size * mm
    runs = list(typeface.runs(words.text, fixed=words.fixed))
    width = sum(pdfmetrics.stringWidth(run, font, size) for font, run in runs)
    line = canvas.beginText(
        words.x * mm - {"start": 0, "middle": width / 2, "end": width}[words.anchor], _up(words.y)
    )
    line.setFillGray(words.ink / 255)
    for font, run in runs:
        line.setFont(font, size)
        line.textOut(run)
    canvas.drawText(line)


def _plain(mark: Mark) -> Mark:
    """Leave variation selectors out of a line: they are not drawn, and no font that is embedded knows them."""
    return mark._replace(text=_SELECTORS.sub("", mark.text)) if isinstance(mark, Words) else mark


class _Fonts:
    """The fonts that were read, by the names that reportlab knows them by.

    Reading one takes longer than all the rest of a page, so it is kept until another has its name: there are as
    many as a sheet was ever given, and as are installed. What of them a document uses, reportlab keeps with the
    document.

    Attributes:
        lock: held while a sheet is drawn: the names are known to all threads, and a font is read in one place at a
            time.
    """

    def __init__(self) -> None:
        self.begin()

    def begin(self) -> None:
        """Begin without any font: at first, and in a program that was forked, maybe while a thread was drawing."""
        self.lock = threading.Lock()
        self._last: dict[str, tuple[object, Any]] = {}

    def read(self, name: str, path: str, index: int = 0) -> Any:
        """Read a font, unless it is the one that was read last under this name.

        Raises:
            TTFError: when it cannot be embedded.
            OSError: when it cannot be read.
        """
        # Before it is read: if it is replaced meanwhile, it is read once more.
        status = os.stat(path)  # noqa: PTH116 - of a path that may be bytes
        file = (path, index, status.st_dev, status.st_ino, status.st_size, status.st_mtime_ns)
        if name not in self._last or self._last[name][0] != file:
            try:
                self._last[name] = (file, TTFont(name, path, subfontIndex=index))
            except OSError:
                raise
            except Exception as err:  # noqa: BLE001 - reportlab stumbles over a damaged file in any way
                self._last[name] = (file, str(err) or type(err).__name__)
        font = self._last[name][1]
        if isinstance(font, str):
            raise TTFError(font)
        return font


_fonts: Final = _Fonts()
if hasattr(os, "register_at_fork"):
    os.register_at_fork(after_in_child=_fonts.begin)


class _Face(NamedTuple):
    """A font of the page: its name, and which characters it has."""

    name: str
    has: Callable[[str], bool]


class _Typeface:
    """A Latin font that every viewer has, and others, the best first, for what it lacks."""

    def __init__(self, text: str, given: Sequence[str | os.PathLike[str]]) -> None:
        beyond = {char for word in _WORDS.findall(text) if not word.isascii() for char in word}
        for char in sorted(beyond):
            if unicodedata.bidirectional(char) in {"R", "AL"}:
                raise ValueError(_cannot_draw(char, "it is written from right to left"))
        self._faces = [_given(number, path) for number, path in enumerate(given)]
        outlines: list[Any] = []
        for face in _installed(outlines):
            if not self._lacking(beyond):
                break
            self._faces.append(face)
        if self._lacking(beyond):
            self._faces.append(_viewer())
        for char in self._lacking(beyond):
            others = [Path(face.path).name for face in outlines if not lacking(face, char)]
            why = (
                f"{others[0]} has it, and its CFF outlines cannot be embedded" if others else "no font here has it"
            )
            raise ValueError(_cannot_draw(char, why))

    def _lacking(self, chars: set[str]) -> list[str]:
        return sorted(char for char in chars if not any(face.has(char) for face in self._faces))

    def runs(self, text: str, *, fixed: bool) -> Iterator[tuple[str, str]]:
        """Cut a text where the font changes: the font's name, and what is in it."""
        # Not inside a word: a masked name or a date is one piece, to the eye and to a program that reads the page.
        for ascii_only, run in groupby(_WORDS.findall(text), str.isascii):
            if ascii_only:
                yield _FIXED if fixed else _LATIN, "".join(run)
            else:
                yield from self._beyond("".join(run))

    def _beyond(self, text: str) -> Iterator[tuple[str, str]]:
        """One font for the whole where there is one; else the first for each character."""
        for face in self._faces:
            if all(map(face.has, text)):
                yield face.name, text
                return
        for name, run in groupby(text, lambda char: next(face.name for face in self._faces if face.has(char))):
            yield name, "".join(run)


def _given(number: int, font: str | os.PathLike[str]) -> _Face:
    path = os.fspath(font)
    with open(path, "rb"):  # noqa: PTH123 - an OSError of the system's, where it cannot be read
        pass
    try:
        return _embedded(_fonts.read(f"given-{number}", path))
    except TTFError as err:
        raise ValueError(f"font: {path!r} cannot be embedded, TrueType outlines are needed: {err}") from err


def _installed(outlines: list[Any]) -> Iterator[_Face]:
    """Give the installed Chinese fonts that can be embedded, and note in `outlines` those that cannot."""
    for number, found in enumerate(fonts_here()):
        if not isinstance(found.path, str):
            continue  # Pillow's own, which has no Chinese
        try:
            yield _embedded(_fonts.read(f"installed-{number}", found.path, found.index))
        except TTFError:  # CFF outlines, as of Noto Sans CJK, cannot be embedded by reportlab
            outlines.append(found)


def _viewer() -> _Face:
    """Ask the viewer for a Chinese font of its own: each behind that name has the characters of GBK."""

    def has(char: str) -> bool:
        try:
            return bool(char.encode("gbk"))
        except UnicodeEncodeError:
            return False

    pdfmetrics.registerFont(UnicodeCIDFont(_SONG))
    return _Face(_SONG, has)


def _embedded(face: Any) -> _Face:
    # registerFont() keeps the first font of a name, and the first of two files in which a font has the same name.
    pdfmetrics._fonts[face.fontName] = face  # noqa: SLF001
    return _Face(str(face.fontName), lambda char: char.isspace() or ord(char) in face.face.charToGlyph)


def _cannot_draw(char: str, why: str) -> str:
    return (
        f"no PDF with {char!r} (U+{ord(char):04X}): {why}: pass fonts=, a TrueType font that has it, "
        "or write SVG, where the viewer's fonts draw it"
    )
