"""The print sheet: what stands on it, what never does, and that the code on it can be scanned."""

import hashlib
import importlib
import os
import re
import shutil
import subprocess
import sys
import xml.etree.ElementTree as ET
from concurrent.futures import ThreadPoolExecutor
from datetime import timedelta
from pathlib import Path
from typing import Any

import pypdfium2
import pytest
import reportlab
import zxingcpp
from PIL import Image, ImageDraw, ImageFont
from reportlab.pdfbase.ttfonts import TTFError

from command_line import DEVICE, ISSUER, KEY, START, rendered, token
from healthpass import Color, HealthCode, Issued, Reason, issue, present, sheet
from healthpass.drawing import _layout, _sheet
from healthpass.scan import scan

SVG = "{http://www.w3.org/2000/svg}"
LAYOUTS: tuple[sheet.Layout, ...] = ("bilingual", "large")
DOCUMENT = ("resident-id", "11010519491231002X")
VERA = Path(reportlab.__file__).parent / "fonts" / "Vera.ttf"
HOLDER_1 = token(HealthCode(color=Color.GREEN, holder="张Ø*"))
HOLDER_2 = token(HealthCode(color=Color.GREEN, holder="李Å*"))
FONTS = dict.fromkeys(("linux", "darwin", "win32"), ())


def issued(**options: Any) -> Issued:
    """Issue a yellow code that is bound to a document."""
    health = HealthCode(color=Color.YELLOW, holder="张*丰", reason=Reason.TEST_DUE)
    expectations: dict[str, Any] = {"issuer": ISSUER, "signer": KEY, "lifetime": timedelta(days=7), "at": START}
    return issue(health, **(expectations | {"document": DOCUMENT} | options))


def words(pdf: bytes) -> str:
    """Read the text of a page."""
    text: str = pypdfium2.PdfDocument(pdf)[0].get_textpage().get_text_range()
    return text


def drawn(document: str, *, scale: int = 6) -> Image.Image:
    """Draw the codes of an SVG sheet by hand, so many pixels a millimetre."""
    root = ET.fromstring(document)  # noqa: S314 - it is our own
    picture = Image.new("L", (_layout.WIDTH * scale, _layout.HEIGHT * scale), 255)
    draw = ImageDraw.Draw(picture)
    for path in root.iter(f"{SVG}path"):
        place = re.fullmatch(r"translate\((\S+) (\S+)\) scale\((\S+)\)", path.get("transform", ""))
        if place is None:
            continue
        left, top, module = map(float, place.groups())
        for x, y, run in (map(int, found) for found in re.findall(r"M(\d+) (\d+)h(\d+)v1", path.get("d", ""))):
            corner = (left + x * module) * scale, (top + y * module) * scale
            draw.rectangle((*corner, corner[0] + run * module * scale, corner[1] + module * scale), fill=0)
    return picture


def below_the_cut(picture: Image.Image, millimetres: float) -> Image.Image:
    """Cut the strip off."""
    return picture.crop((0, int(picture.height * millimetres / _layout.HEIGHT), *picture.size))


@pytest.mark.parametrize("layout", LAYOUTS)
class TestCode:
    """The code on the sheet."""

    @pytest.mark.parametrize("dots_per_inch", [75, 150, 300])
    def test_scans_from_pdf(self, layout: sheet.Layout, dots_per_inch: int) -> None:
        """A printed and scanned sheet gives the identical text."""
        code = issued()
        assert scan(rendered(sheet.pdf(code, layout=layout), dots_per_inch=dots_per_inch)) == ((code.text,), 0)

    def test_scans_from_svg(self, layout: sheet.Layout) -> None:
        """The code of an SVG sheet gives the identical text."""
        code = issued()
        assert scan(drawn(sheet.svg(code, layout=layout))) == ((code.text,), 0)

    @pytest.mark.parametrize("size", [0, 90])
    def test_is_large_enough(self, layout: sheet.Layout, size: int) -> None:
        """The code is 50 mm wide or more, a module 0.8 mm, and it stays on the page, whatever its size."""
        health = HealthCode(
            color=Color.GREEN, extensions=((-1, bytes(range(1, 256)) * 3 + bytes(range(1, size))),) if size else ()
        )
        text = token(health)
        mark = _layout._code(text, layout)
        assert mark.module >= 0.8
        assert _layout._side(mark) >= 50
        assert _layout._side(mark) <= 115
        assert scan(rendered(sheet.pdf(text, layout=layout))) == ((text,), 0)

    def test_everything_is_on_the_page(self, layout: sheet.Layout) -> None:
        """Every line ends before the edge of the paper, the longest label's too, by the metrics of the font."""
        code = issue(
            HealthCode(color=Color.GREEN, holder="王" * 15 + "*"),
            issuer="CN-33-01.ABCDEFGH",
            signer=KEY,
            lifetime=timedelta(days=7),
            document=DOCUMENT,
        )
        picture = rendered(sheet.pdf(code, layout=layout)).convert("L")
        edge = picture.width * 15 // _layout.WIDTH
        rows = int(picture.height * 205 / _layout.HEIGHT)  # the cutting line goes from edge to edge
        for left in (0, picture.width - edge):
            assert picture.crop((left, 0, left + edge, rows)).getextrema() == (255, 255)


@pytest.mark.parametrize("layout", LAYOUTS)
class TestWords:
    """What is written on the sheet."""

    def test_has_a_name_for_screen_readers(self, layout: sheet.Layout) -> None:
        """An SVG sheet is an image with a title, which does not tell the colour."""
        root = ET.fromstring(sheet.svg(issued(), layout=layout))  # noqa: S314 - it is our own
        assert (root.get("role"), root.findtext(f"{SVG}title")) == ("img", "Health code 健康码")

    def test_what_people_need(self, layout: sheet.Layout) -> None:
        """Label, issuer, expiry and reference are there, in Chinese that can be searched."""
        code = issued()
        reference = code.cti.hex(" ", 2)
        svg = ET.fromstring(sheet.svg(code, layout=layout))  # noqa: S314 - it is our own
        for text in (words(sheet.pdf(code, layout=layout)), "".join(svg.itertext())):
            until = "2026年11月8日 08:00（北京时间）" if layout == "large" else "2026-11-08 08:00 UTC+8"
            for expected in ("健康码", "张*丰", ISSUER, until, reference[:14], reference[15:], "证件核对条"):
                assert expected in text

    def test_never_the_colour(self, layout: sheet.Layout) -> None:
        """Neither the colour nor its reason is written, in words, letters or shapes, in any language."""
        for color in Color:
            health = HealthCode(color=color, reason=None if color is Color.GREEN else Reason.TEST_DUE)
            code = token(health)
            for text in (words(sheet.pdf(code, layout=layout)), sheet.svg(code, layout=layout)):
                assert not re.search(
                    r"\b(green|yellow|red|amber)\b|[绿黄红●▲■]|应检未检|test is due", text, re.IGNORECASE
                )

    def test_the_opening_is_on_the_strip(self, layout: sheet.Layout) -> None:
        """The opening is written once, and drawn once, below the cutting line; without one there is no strip."""
        code = issued()
        assert code.opening is not None
        marks = list(_sheet._laid_out(code, None, layout))
        (cut,) = (mark.y for mark in marks if isinstance(mark, _layout.Rule) and mark.dashed)
        secret = [
            mark for mark in marks if code.opening.hex() in getattr(mark, "text", "").replace(" ", "").lower()
        ]
        assert len(secret) == 2
        assert all(mark.y > cut for mark in secret)
        strip = below_the_cut(rendered(sheet.pdf(code, layout=layout)), cut)
        (found,) = zxingcpp.read_barcodes(strip)
        assert bytes.fromhex(found.text) == code.opening
        without = sheet.pdf(code.text, layout=layout)
        assert "证件核对条" not in words(without)
        assert code.opening.hex() not in words(without).replace(" ", "")


class TestInput:
    """What a sheet is made of."""

    def test_text_and_opening(self) -> None:
        """A text and its opening make the sheet that the `Issued` makes."""
        code = issued()
        assert sheet.pdf(code.text, opening=code.opening) == sheet.pdf(code)
        assert sheet.svg(code.text, opening=code.opening) == sheet.svg(code)

    def test_the_same_each_time(self) -> None:
        """The same input gives the same bytes: no time, no random number."""
        code = issued()
        assert sheet.pdf(code) == sheet.pdf(code)

    @pytest.mark.parametrize("make", [sheet.pdf, sheet.svg])
    def test_refusals(self, make: Any) -> None:
        """What cannot be used from paper, or is no code, is refused with the reason."""
        bound = token(holder_key=DEVICE.public_key)
        for text, options, says in (
            (bound, {}, "bound to a device, and no gate accepts it from paper"),
            (present(bound, DEVICE, at=START), {}, "a presentation, which is good for a minute"),
            (token(), {"opening": bytes(16)}, "bound to no document"),
            (issued().text, {"opening": bytes(15)}, "16 bytes, not 15"),
            ("HP1:A", {}, "not the text of a credential: malformed-text"),
            ("HP2:A", {}, "not the text of a credential: unsupported-version"),
            (token(), {"layout": "huge"}, "expected one of bilingual, large"),
        ):
            with pytest.raises(ValueError, match=says):
                make(text, **options)
        for argument, options in ((token().encode(), {}), (issued().text, {"opening": "00" * 16})):
            with pytest.raises(TypeError):
                make(argument, **options)

    def test_elsewhere(self) -> None:
        """Outside China the expiry is in UTC."""
        code = issued(issuer="NZ")
        assert "2026-11-08 00:00 UTC" in words(sheet.pdf(code))
        assert "协调世界时" in words(sheet.pdf(code, layout="large"))


class TestFonts:
    """Chinese is really drawn, or the caller is told what to do."""

    def test_without_an_installed_font(self, monkeypatch: pytest.MonkeyPatch) -> None:
        """Without a font to embed, the viewer's own Chinese font is asked for, and the text can be searched."""
        monkeypatch.setattr("healthpass.drawing._caption._FONTS", FONTS)
        file = sheet.pdf(issued())
        assert b"STSong-Light" in file
        assert "张*丰" in words(file)

    def test_a_font_that_is_given(self) -> None:
        """A font that is given is embedded."""
        for name in ("wqy-microhei.ttc", "wqy-zenhei.ttc", "simhei.ttf", "STHeiti Light.ttc"):
            try:
                path = str(ImageFont.truetype(name).path)
            except OSError:
                continue
            assert b"/FontFile2" in sheet.pdf(issued(), fonts=[path])
            return
        pytest.skip("no Chinese TrueType font is installed")

    def test_no_font(self, monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
        """Where no font has a character, the message says which, and what to do."""
        monkeypatch.setattr("healthpass.drawing._caption._FONTS", FONTS)
        with pytest.raises(ValueError, match=r"'𰻝' \(U\+30EDD\): no font here has it: pass fonts=.*SVG"):
            sheet.pdf(token(HealthCode(color=Color.GREEN, holder="𰻝*")))
        with pytest.raises(ValueError, match="from right to left"):
            sheet.pdf(token(HealthCode(color=Color.GREEN, holder="ئا*")))
        assert "𰻝*" in sheet.svg(token(HealthCode(color=Color.GREEN, holder="𰻝*")))
        (tmp_path / "no.ttf").write_bytes(b"no font")
        with pytest.raises(ValueError, match="cannot be embedded"):
            sheet.pdf(token(), fonts=[tmp_path / "no.ttf"])
        with pytest.raises(FileNotFoundError):
            sheet.pdf(token(), fonts=[tmp_path / "nothing.ttf"])

    def test_a_damaged_font(self, monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
        """Whatever is wrong with a font's file, it is refused as one that cannot be embedded, or it is drawn."""
        monkeypatch.setattr("healthpass.drawing._caption._FONTS", FONTS)
        good = VERA.read_bytes()
        cut = [good[:size] for size in (4, 12, 60, 300, 5_000, len(good) // 2, len(good) - 3_000)]
        tables = range(12, 12 + 16 * int.from_bytes(good[4:6]), 16)  # name, checksum, offset and length of each
        wrong = [
            good[: at + part] + value + good[at + part + 4 :]
            for at in tables
            for part, value in ((0, b"none"), (8, bytes(4)), (12, b"\0\0\0\1"), (8, b"\x7f\xff\xff\xff"))
        ]
        refused = 0
        for number, data in enumerate((*cut, *wrong)):
            font = tmp_path / f"{number}.ttf"
            font.write_bytes(data)
            try:
                sheet.pdf(HOLDER_1, fonts=[font])
            except ValueError as error:
                assert "cannot be embedded" in str(error)
                refused += 1
        assert refused > len(tables)
        assert b"/FontFile2" in sheet.pdf(HOLDER_1, fonts=[VERA])

    def test_a_font_adds_to_what_is_there(self, monkeypatch: pytest.MonkeyPatch) -> None:
        """A font with a rare character and no Chinese draws that character; the rest is drawn as without it."""
        monkeypatch.setattr("healthpass.drawing._caption._FONTS", FONTS)
        code = token(HealthCode(color=Color.GREEN, holder="张Ø*"))
        with pytest.raises(ValueError, match=r"'Ø' \(U\+00D8\): no font here has it"):
            sheet.pdf(code)
        file = sheet.pdf(code, fonts=[VERA])
        assert "张Ø*" in words(file)
        assert b"STSong-Light" in file
        assert b"/FontFile2" in file
        assert file == sheet.pdf(code, fonts=[VERA])
        with pytest.raises(TypeError, match="several paths"):
            sheet.pdf(code, fonts=str(VERA))

    def test_variation_selectors(self) -> None:
        """A selector, which a label may have and which asks for a form of a character, is left out of the PDF."""
        chosen = token(HealthCode(color=Color.GREEN, holder="某\U000e0100*"))
        assert "某*" in words(sheet.pdf(chosen))
        assert "某\U000e0100*" in sheet.svg(chosen)

    def test_outlines_that_cannot_be_embedded(self, monkeypatch: pytest.MonkeyPatch) -> None:
        """Where an installed font has the character and cannot be embedded, the message says that."""
        monkeypatch.setattr(_sheet, "fonts_here", lambda: iter([ImageFont.truetype(str(VERA), 40)]))

        def refuse(*_: object, **__: object) -> None:
            raise TTFError("postscript outlines are not supported")

        monkeypatch.setattr(_sheet, "TTFont", refuse)
        monkeypatch.setattr(_sheet, "_fonts", _sheet._Fonts())
        with pytest.raises(
            ValueError, match=r"Vera.ttf has it, and its CFF outlines cannot be embedded: pass fonts="
        ):
            sheet.pdf(token(HealthCode(color=Color.GREEN, holder="张Ø*")))


class TestReading:
    """A font is read once, and what one sheet draws with it stays in that sheet."""

    @pytest.fixture
    def read(self, monkeypatch: pytest.MonkeyPatch) -> list[str]:
        """Note the files that are read as fonts."""
        files: list[str] = []

        class Noted(_sheet.TTFont):  # type: ignore[misc, name-defined]
            def __init__(self, name: str, path: str, **options: Any) -> None:
                files.append(path)
                super().__init__(name, path, **options)

        monkeypatch.setattr(_sheet, "TTFont", Noted)
        monkeypatch.setattr("healthpass.drawing._caption._FONTS", FONTS)
        _sheet._fonts.begin()
        return files

    def test_once(self, read: list[str], tmp_path: Path) -> None:
        """A font is read for the first sheet, and again when the file is another one."""
        font = tmp_path / "font.ttf"
        shutil.copy(VERA, font)
        first = sheet.pdf(HOLDER_1, fonts=[font])
        assert read.count(str(font)) == 1
        count = len(read)
        assert sheet.pdf(HOLDER_1, fonts=[font]) == first
        assert len(read) == count
        (tmp_path / "other.ttf").write_bytes(VERA.with_name("VeraBd.ttf").read_bytes())
        (tmp_path / "other.ttf").replace(font)
        assert sheet.pdf(HOLDER_1, fonts=[font]) != first
        assert read.count(str(font)) == 2
        font.write_bytes(b"no font")
        for _ in range(2):
            with pytest.raises(ValueError, match="cannot be embedded"):
                sheet.pdf(HOLDER_1, fonts=[font])
        assert read.count(str(font)) == 3
        font.unlink()
        with pytest.raises(FileNotFoundError):
            sheet.pdf(HOLDER_1, fonts=[font])

    def test_nothing_of_another_holder(self) -> None:
        """A sheet is the same, to the last byte, whoever's sheet was drawn before, and with which fonts."""
        program = (
            "import hashlib, sys; from healthpass import sheet\n"
            "for text in sys.argv[2:]: file = sheet.pdf(text, fonts=sys.argv[1:2])\n"
            "print(hashlib.sha256(file).hexdigest())"
        )

        def last_of(*texts: str) -> str:
            """Draw sheets in a new process, and give the hash of the last."""
            return subprocess.run(
                [sys.executable, "-c", program, str(VERA), *texts], capture_output=True, text=True, check=True
            ).stdout.strip()

        alone = last_of(HOLDER_2)
        assert last_of(HOLDER_1, HOLDER_2) == alone
        sheet.pdf(HOLDER_1, fonts=[VERA.with_name("VeraBd.ttf")])
        assert hashlib.sha256(sheet.pdf(HOLDER_2, fonts=[VERA])).hexdigest() == alone
        assert hashlib.sha256(sheet.pdf(HOLDER_1, fonts=[VERA])).hexdigest() != alone

    def test_threads(self, monkeypatch: pytest.MonkeyPatch) -> None:
        """Threads that draw at the same time, with other fonts at the same place, draw what they would alone."""
        monkeypatch.setattr("healthpass.drawing._caption._FONTS", FONTS)
        tasks = [
            (text, VERA.with_name(name)) for text in (HOLDER_1, HOLDER_2) for name in ("Vera.ttf", "VeraBd.ttf")
        ]
        alone = [sheet.pdf(text, fonts=[font]) for text, font in tasks]
        assert len(set(alone)) == 4
        with ThreadPoolExecutor(4) as pool:
            assert list(pool.map(lambda task: sheet.pdf(task[0], fonts=[task[1]]), tasks * 3)) == alone * 3

    @pytest.mark.skipif(not hasattr(os, "fork"), reason="this system cannot fork")
    def test_a_fork(self) -> None:
        """A program that forks while a thread draws draws in the new process too."""
        program = (
            "import os, signal, sys; from healthpass import sheet; from healthpass.drawing import _sheet\n"
            "with _sheet._fonts.lock:\n"
            "    child = os.fork()\n"
            "    if not child:\n"
            "        signal.alarm(20)\n"
            "        os._exit(0 if sheet.pdf(sys.argv[1]) else 1)\n"
            "    print(os.waitstatus_to_exitcode(os.waitpid(child, 0)[1]))"
        )
        ran = subprocess.run(
            [sys.executable, "-c", program, HOLDER_1], capture_output=True, text=True, check=False, timeout=60
        )
        assert (ran.stdout, ran.stderr) == ("0\n", "")


class TestExtra:
    """The extra ``print``."""

    def test_without_reportlab(self, monkeypatch: pytest.MonkeyPatch) -> None:
        """Without reportlab the import says what to install."""
        for name in [name for name in sys.modules if name == "reportlab" or name.startswith("reportlab.")]:
            monkeypatch.setitem(sys.modules, name, None)
        monkeypatch.delitem(sys.modules, "healthpass.sheet")
        monkeypatch.delitem(sys.modules, "healthpass.drawing._sheet")
        with pytest.raises(ImportError, match=r"pip install 'healthpass\[print\]'"):
            importlib.import_module("healthpass.sheet")
