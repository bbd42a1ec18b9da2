"""QR codes as PNG, SVG and terminal text, and the captions below them."""

import importlib
import io
import re
import sys
import xml.etree.ElementTree as ET
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import base45
import pytest
from PIL import Image, ImageFont

from healthpass import qr
from healthpass.drawing import _caption

TEXT = "HP1:" + base45.b45encode(bytes((73 * n + 41) % 256 for n in range(169))).decode()
LEVELS: tuple[qr.Level, ...] = ("L", "M", "Q")
QUIET = 4
SVG = "{http://www.w3.org/2000/svg}"

# ISO/IEC 18004, table 7: the alphanumeric capacity of versions 1 to 10.
CAPACITY: dict[qr.Level, tuple[int, ...]] = {
    "L": (25, 47, 77, 114, 154, 195, 224, 279, 335, 395),
    "M": (20, 38, 61, 90, 122, 154, 178, 221, 262, 311),
    "Q": (16, 29, 47, 67, 87, 108, 125, 157, 189, 221),
}


def opened(png: bytes) -> Image.Image:
    """Open a PNG."""
    return Image.open(io.BytesIO(png)).convert("L")


def modules(png: bytes, *, scale: int = 8) -> list[list[bool]]:
    """Read the modules of a picture, quiet zone included, from its square upper part."""
    picture = opened(png)
    middle = scale // 2
    return [
        [picture.getpixel((x, y)) == 0 for x in range(middle, picture.width, scale)]
        for y in range(middle, picture.width, scale)
    ]


def svg_modules(document: str) -> list[list[bool]]:
    """Draw the path of an SVG document by hand."""
    root = ET.fromstring(document)  # noqa: S314 - it is our own
    (path,) = root.findall(f"{SVG}path")
    side = int(root.attrib["viewBox"].split()[2])
    matrix = [[False] * side for _ in range(side)]
    data = path.attrib["d"]
    runs = re.findall(r"M(\d+) (\d+)h(\d+)v1h-(\d+)z", data)
    assert "".join(f"M{x} {y}h{n}v1h-{m}z" for x, y, n, m in runs) == data
    for x, y, length, back in (map(int, run) for run in runs):
        assert length == back
        matrix[y][x : x + length] = [True] * length
    return matrix


def installed(name: str) -> bool:
    """Say whether this machine has a font."""
    try:
        ImageFont.truetype(name)
    except OSError:
        return False
    return True


CHINESE_FONTS = [name for name, _ in _caption._FONTS.get(sys.platform, ()) if installed(name)]


class TestVersion:
    """The smallest version that holds a text."""

    @pytest.mark.parametrize(("level", "expected"), [("L", 8), ("M", 9), ("Q", 11)])
    def test_of_a_typical_credential(self, level: qr.Level, expected: int) -> None:
        """The 258 characters of a typical credential need version 8, 9 and 11."""
        assert len(TEXT) == 258
        assert qr.version(TEXT, level=level) == expected

    @pytest.mark.parametrize("level", LEVELS)
    def test_is_the_smallest_of_the_alphanumeric_table(self, level: qr.Level) -> None:
        """A text that fills a version stays in it, and one character more needs the next: no byte mode."""
        for number, capacity in enumerate(CAPACITY[level], start=1):
            assert qr.version("A" * capacity, level=level) == number
            assert qr.version("A" * (capacity + 1), level=level) == number + 1

    def test_digits_stay_alphanumeric(self) -> None:
        """A text of digits is alphanumeric too: one mode for all texts."""
        assert qr.version("7" * 21, level="M") == 2

    @pytest.mark.parametrize(("level", "most"), [("L", 4296), ("M", 3391), ("Q", 2420)])
    def test_ends_at_40(self, level: qr.Level, most: int) -> None:
        """Version 40 is full to the last character, and what is longer is refused."""
        assert qr.version("A" * most, level=level) == 40
        with pytest.raises(ValueError, match=f"1 to {most} characters"):
            qr.version("A" * (most + 1), level=level)


class TestRefusals:
    """Arguments that no code is drawn for."""

    @pytest.mark.parametrize("text", ["", "HP1:a", "HP1:A\n", "HP1:A_", "健康", "HP1:Ａ", "HP1:A%20\x00"])
    @pytest.mark.parametrize("draw", [qr.version, qr.png, qr.svg, qr.terminal])
    def test_text_that_is_not_alphanumeric(self, draw: Any, text: str) -> None:
        """Every drawing refuses a text that is empty or not QR alphanumeric, lower case included."""
        with pytest.raises(ValueError, match="text: expected"):
            draw(text)

    @pytest.mark.parametrize("draw", [qr.version, qr.png, qr.svg, qr.terminal])
    def test_text_that_is_no_str(self, draw: Any) -> None:
        """Bytes are not guessed into text."""
        with pytest.raises(TypeError, match="got bytes"):
            draw(b"HP1:A")

    @pytest.mark.parametrize("level", ["H", "m", "", None])
    def test_other_levels(self, level: Any) -> None:
        """A level that is none of L, M, Q is refused, H too."""
        with pytest.raises(ValueError, match="level: expected one of L, M, Q"):
            qr.svg(TEXT, level=level)

    @pytest.mark.parametrize(
        ("scale", "error"), [(0, ValueError), (33, ValueError), (True, TypeError), (2.0, TypeError)]
    )
    def test_scale_out_of_bounds(self, scale: Any, error: type[Exception]) -> None:
        """The scale is a whole number from 1 to 32."""
        with pytest.raises(error, match="scale: expected"):
            qr.png(TEXT, scale=scale)

    @pytest.mark.parametrize("missing", [("zxingcpp", "qrcode.main"), ("PIL",)])
    def test_missing_package(self, monkeypatch: pytest.MonkeyPatch, missing: tuple[str, ...]) -> None:
        """Without zxing-cpp and qrcode, or without Pillow, the import says what to install."""
        for name in missing:
            monkeypatch.setitem(sys.modules, name, None)
        for name in ("healthpass.qr", "healthpass.drawing._qr", "healthpass.drawing._symbol"):
            monkeypatch.delitem(sys.modules, name)
        with pytest.raises(ImportError, match=re.escape("pip install 'healthpass[qr]'")):
            importlib.import_module("healthpass.qr")


class TestMatrix:
    """The modules, whatever they are drawn with."""

    @pytest.mark.parametrize("level", LEVELS)
    def test_is_the_same_in_every_rendering(self, level: qr.Level) -> None:
        """PNG, SVG and terminal show the same modules."""
        matrix = modules(qr.png(TEXT, level=level))
        assert svg_modules(qr.svg(TEXT, level=level)) == matrix
        halves = {" ": (False, False), "▀": (True, False), "▄": (False, True), "█": (True, True)}
        rows = []
        for line in qr.terminal(TEXT, level=level).split("\n"):
            drawn = re.fullmatch("\x1b\\[38;5;16;48;5;231m([ ▀▄█]+)\x1b\\[0m", line)
            assert drawn
            rows += [[halves[char][half] for char in drawn[1]] for half in (0, 1)]
        assert rows == [*matrix, [False] * len(matrix)]

    @pytest.mark.parametrize("caption", [(), ("Health code", "CN-33-01.WJW")])
    @pytest.mark.parametrize("scale", [1, 3, 8])
    def test_quiet_zone_is_four_modules(self, scale: int, caption: Sequence[str]) -> None:
        """Four modules are white on each side, not one more, and the caption keeps out of them."""
        picture = opened(qr.png(TEXT, scale=scale, caption=caption))
        code = picture.crop((0, 0, picture.width, picture.width)).point(lambda value: 255 - value)
        margin = QUIET * scale
        assert picture.width == (17 + 4 * 9 + 2 * QUIET) * scale
        assert code.getbbox() == (margin, margin, picture.width - margin, picture.width - margin)

    @pytest.mark.parametrize("level", LEVELS)
    def test_outline(self, level: qr.Level) -> None:
        """The outline is the code of the pictures, quiet zone included, in as few stretches as can be."""
        matrix = modules(qr.png(TEXT, level=level))
        drawn = [[False] * len(matrix) for _ in matrix]
        for x, y, length in qr.outline(TEXT, level=level):
            assert not any(drawn[y][x - 1 : x + length + 1])
            drawn[y][x : x + length] = [True] * length
        assert drawn == matrix

    def test_is_the_same_each_time(self) -> None:
        """The same text gives the same file."""
        assert qr.png(TEXT, caption=["Health code"]) == qr.png(TEXT, caption=["Health code"])


class TestCaption:
    """The lines below the code."""

    def test_stands_centred_below_the_code(self) -> None:
        """The caption leaves the code as it is and has the same margin left and right."""
        plain, captioned = opened(qr.png(TEXT)), opened(qr.png(TEXT, caption=["Health code", "CN-33-01.WJW"]))
        assert captioned.crop((0, 0, *plain.size)).tobytes() == plain.tobytes()
        below = captioned.crop((0, plain.height, *captioned.size)).point(lambda value: 255 - value)
        box = below.getbbox()
        assert box
        assert abs(box[0] - (plain.width - box[2])) <= 4

    def test_long_lines_are_not_cut(self) -> None:
        """Whatever its length, no line reaches beyond the width of the code."""
        plain = opened(qr.png(TEXT))
        caption = ["W" * 80, "the quick brown fox jumps over the lazy dog, twice and thrice", "0" * 60]
        captioned = opened(qr.png(TEXT, caption=caption))
        box = captioned.crop((0, plain.height, *captioned.size)).point(lambda value: 255 - value).getbbox()
        assert box
        assert box[0] >= QUIET * 8 - 2
        assert box[2] <= plain.width - QUIET * 8 + 2
        assert captioned.height - plain.height - box[3] >= QUIET * 8

    def test_wrapping_loses_no_word(self) -> None:
        """A long line wraps at its spaces, and a word that is too long wraps anywhere."""
        words = "the quick brown fox jumps over the lazy dog, twice and thrice and once more"
        root = ET.fromstring(qr.svg(TEXT, caption=["张" * 60, words]))  # noqa: S314 - it is our own
        rows = [text.text or "" for text in root.findall(f"{SVG}text")]
        assert len(rows) > 4
        chinese = [row for row in rows if "张" in row]
        assert "".join(chinese) == "张" * 60
        assert " ".join(row for row in rows if "张" not in row) == words

    def test_first_line_is_the_title(self) -> None:
        """The first line is larger than the others."""
        root = ET.fromstring(qr.svg(TEXT, caption=["Health code", "a", "b"]))  # noqa: S314 - it is our own
        title, *others = (float(text.attrib["font-size"]) for text in root.findall(f"{SVG}text"))
        assert all(title > 1.3 * size for size in others)

    def test_blank_lines_are_dropped(self) -> None:
        """Blank lines make no gaps."""
        assert qr.png(TEXT, caption=["", "a", "  "]) == qr.png(TEXT, caption=["a"])
        assert qr.svg(TEXT, caption=["  "]) == qr.svg(TEXT)

    @pytest.mark.parametrize("caption", ["Health code", 7, [b"a"], ["a", None], {"a"}])
    def test_that_is_no_sequence_of_lines(self, caption: Any) -> None:
        """A caption is a sequence of lines; a single string would be one line a character."""
        for draw in (qr.png, qr.svg):
            with pytest.raises(TypeError, match="caption: expected"):
                draw(TEXT, caption=caption)

    @pytest.mark.parametrize("char", ["\n", "\x00", "\x7f", "\u202e", "\u200d", "\u2028", "\ud800", "\uffff"])
    def test_that_cannot_be_read_as_written(self, char: str) -> None:
        """Control, bidirectional and surrogate characters are refused and named."""
        for draw in (qr.png, qr.svg):
            with pytest.raises(ValueError, match=f"U\\+{ord(char):04X}"):
                draw(TEXT, caption=[f"a{char}b"])

    @pytest.mark.parametrize("caption", [["a"] * 9, ["a" * 257]])
    def test_that_is_too_long(self, caption: list[str]) -> None:
        """A caption has eight lines and 256 characters at most."""
        with pytest.raises(ValueError, match="8 lines and 256 characters at most"):
            qr.svg(TEXT, caption=caption)


class TestFonts:
    """The glyphs of a caption in a PNG."""

    @pytest.fixture
    def bare(self, monkeypatch: pytest.MonkeyPatch) -> None:
        """A machine without Chinese fonts."""
        monkeypatch.setattr(_caption, "_FONTS", {"linux": ()})

    @pytest.mark.usefixtures("bare")
    def test_no_font_for_a_character(self) -> None:
        """Where no font has a character, the error names it and the two ways out; no boxes are drawn."""
        with pytest.raises(ValueError, match=r"no font for '张' \(U\+5F20\): pass font=.* SVG"):
            qr.png(TEXT, caption=["*", "张*丰"])

    @pytest.mark.usefixtures("bare")
    def test_latin_needs_no_installed_font(self) -> None:
        """A Latin caption is drawn anywhere."""
        assert opened(qr.png(TEXT, caption=["Health code"])).height > opened(qr.png(TEXT)).height

    def test_a_given_font_is_the_only_one(self, tmp_path: Path) -> None:
        """A character that the given font lacks is an error, even if another font has it."""
        latin = tmp_path / "latin.ttf"
        default = ImageFont.load_default(10)
        assert isinstance(default, ImageFont.FreeTypeFont)
        latin.write_bytes(default.font_bytes)
        assert qr.png(TEXT, caption=["Health code"], font=latin)
        with pytest.raises(ValueError, match="no font for '张'"):
            qr.png(TEXT, caption=["张*丰"], font=str(latin))

    def test_a_font_that_is_none(self, tmp_path: Path) -> None:
        """A font file that is missing or no font is an OSError that names it."""
        (tmp_path / "text.ttf").write_text("not a font")
        for name in ("text.ttf", "missing.ttf"):
            with pytest.raises(OSError, match=name):
                qr.png(TEXT, caption=["a"], font=tmp_path / name)

    def test_chinese_is_drawn_or_refused(self) -> None:
        """With a Chinese font two names look different; without one the caption is refused."""
        if not CHINESE_FONTS:
            with pytest.raises(ValueError, match="no font for '张'"):
                qr.png(TEXT, caption=["张*丰"])
        else:
            assert qr.png(TEXT, caption=["张*丰"]) != qr.png(TEXT, caption=["王*丰"])

    def test_each_installed_font_will_do(self, monkeypatch: pytest.MonkeyPatch) -> None:
        """A font that has only the Chinese part of a line is completed by Pillow's own."""
        for entry in _caption._FONTS.get(sys.platform, ()):
            if entry[0] in CHINESE_FONTS:
                with monkeypatch.context() as patch:
                    patch.setattr(_caption, "_FONTS", {"linux": (entry,), sys.platform: (entry,)})
                    assert qr.png(TEXT, caption=["张*丰"]) != qr.png(TEXT, caption=["王*丰"])


class TestSvg:
    """The SVG document around the code."""

    def test_escapes_the_caption(self) -> None:
        """Markup in a caption is text."""
        lines = ["<script>&amp;", "]]> \"'<!--", "张*丰"]
        root = ET.fromstring(qr.svg(TEXT, caption=lines))  # noqa: S314 - it is our own
        assert [text.text for text in root.findall(f"{SVG}text")] == lines
        assert {child.tag for child in root} == {f"{SVG}title", f"{SVG}rect", f"{SVG}path", f"{SVG}text"}

    def test_has_a_name_for_screen_readers(self) -> None:
        """The picture is an image with a title, whatever the caption says."""
        for document in (qr.svg(TEXT), qr.svg(TEXT, caption=["张*丰"])):
            root = ET.fromstring(document)  # noqa: S314 - it is our own
            assert (root.get("role"), root.findtext(f"{SVG}title")) == ("img", "QR code 二维码")

    def test_stands_alone(self) -> None:
        """The document has a size, a white ground, one path, and refers to nothing outside."""
        document = qr.svg(TEXT)
        root = ET.fromstring(document)  # noqa: S314 - it is our own
        assert root.attrib["viewBox"] == "0 0 61 61"
        assert [child.tag for child in root] == [f"{SVG}title", f"{SVG}rect", f"{SVG}path"]
        assert "href" not in document
        assert "url(" not in document
