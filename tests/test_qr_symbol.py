"""The modules of a QR code: the same from zxing-cpp and from qrcode."""

import io
import sys
from collections.abc import Iterator
from math import isqrt
from types import SimpleNamespace

import base45
import pytest
import zxingcpp
from hypothesis import example, given, settings
from hypothesis import strategies as st
from PIL import Image
from qrcode.util import lost_point

from healthpass import qr
from healthpass.drawing import _symbol

LEVELS: tuple[qr.Level, ...] = ("L", "M", "Q")
LIBRARIES = {"zxing-cpp": _symbol._of_zxing(), "qrcode": _symbol._of_qrcode()}
TEXT = "HP1:" + base45.b45encode(bytes((73 * n + 41) % 256 for n in range(169))).decode()
TEXTS = st.text(_symbol.ALPHABET, min_size=1, max_size=120)
# Digits in every place, some of them alone, so that a library has reasons to change the mode.
MIXED = st.lists(st.text("0123456789", max_size=20) | st.text("0A", max_size=12), min_size=1).map("".join)


@pytest.fixture
def library(request: pytest.FixtureRequest, monkeypatch: pytest.MonkeyPatch) -> Iterator[str]:
    """Draw with one library, and forget what the other one has drawn."""
    monkeypatch.setattr(_symbol, "_draw", LIBRARIES[request.param])
    for kept in (_symbol._version, _symbol._changes):
        kept.cache_clear()
    yield request.param
    for kept in (_symbol._version, _symbol._changes):
        kept.cache_clear()


def drawn(name: str, text: str, level: str) -> list[str]:
    """Draw with one library."""
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(_symbol, "_draw", LIBRARIES[name])
        return _symbol.symbol(text, level)


def read(png: bytes) -> zxingcpp.Barcode:
    """Read the one code of a picture."""
    formats = zxingcpp.BarcodeFormats(zxingcpp.BarcodeFormat.QRCode)
    (found,) = zxingcpp.read_barcodes(Image.open(io.BytesIO(png)), formats=formats)
    return found


class TestLibraries:
    """Two libraries, one picture."""

    @given(TEXTS | MIXED.filter(bool), st.sampled_from(LEVELS))
    @settings(deadline=None, max_examples=40)
    @example("0", "L")
    @example("A0000000", "M")
    @example("7" * 301, "Q")
    @example("0000000A" * 30, "L")
    def test_draw_the_same(self, text: str, level: qr.Level) -> None:
        """The modules are the same from both, whatever the text, many digits too."""
        assert drawn("zxing-cpp", text, level) == drawn("qrcode", text, level)

    @pytest.mark.parametrize("version", [1, 2, 7, 10, 21, 27])
    def test_draw_the_same_with_each_mask(self, version: int) -> None:
        """In each version, with each mask, a code is the same from both."""
        for level in LEVELS:
            for mask in range(8):
                first, second = (draw("A", level, mask, version) for draw in LIBRARIES.values())
                assert first == second

    @pytest.mark.parametrize("level", LEVELS)
    def test_draw_the_same_at_the_end(self, level: qr.Level) -> None:
        """The longest text is drawn the same, though it is all digits."""
        text = "0123456789" * 430
        longest = text[: _symbol.CAPACITY[level]]
        first, second = (drawn(name, longest, level) for name in LIBRARIES)
        assert first == second
        assert len(first) == 17 + 4 * 40

    @pytest.mark.parametrize("library", LIBRARIES, indirect=True)
    @pytest.mark.parametrize("text", [TEXT, "0" * 100, "HP1:" + "7" * 61, "12345678A" * 9, "31415926535"])
    def test_are_read_back(self, library: str, text: str) -> None:
        """What either draws is read, with the level and the version that were wanted."""
        assert library in LIBRARIES
        for level in LEVELS:
            found = read(qr.png(text, level=level))
            assert (found.text, found.ec_level) == (text, level)
            side = Image.open(io.BytesIO(qr.png(text, level=level, scale=1))).width
            assert side == 17 + 4 * qr.version(text, level=level) + 8

    @pytest.mark.parametrize("library", LIBRARIES, indirect=True)
    def test_make_the_same_files(self, library: str) -> None:
        """PNG, SVG and the characters of a terminal are the same bytes."""
        made = [draw(text) for draw in (qr.png, qr.svg, qr.terminal) for text in (TEXT, "4" * 50)]
        with pytest.MonkeyPatch.context() as patch:
            (other,) = set(LIBRARIES) - {library}
            patch.setattr(_symbol, "_draw", LIBRARIES[other])
            assert [draw(text) for draw in (qr.png, qr.svg, qr.terminal) for text in (TEXT, "4" * 50)] == made


class TestChoice:
    """Which library draws."""

    def test_zxing_where_it_is(self) -> None:
        """With both installed, zxing-cpp draws."""
        assert "_of_zxing" in _symbol._installed().__qualname__

    def test_qrcode_where_zxing_is_not(self, monkeypatch: pytest.MonkeyPatch) -> None:
        """Without zxing-cpp, qrcode draws."""
        monkeypatch.setitem(sys.modules, "zxingcpp", None)
        assert "_of_qrcode" in _symbol._installed().__qualname__

    @pytest.mark.parametrize("version", ["1.4", "2.3", "one that knows no masks"])
    def test_qrcode_where_zxing_is_old(self, version: str, monkeypatch: pytest.MonkeyPatch) -> None:
        """A zxing-cpp that cannot be told a mask is passed over."""
        old = SimpleNamespace(BarcodeFormat=zxingcpp.BarcodeFormat)
        if version == "2.3":
            old.create_barcode = lambda content, format, ec_level="": None  # noqa: A006, ARG005
        elif version != "1.4":
            old.create_barcode = lambda text, kind, **_: zxingcpp.create_barcode(text, kind)
        monkeypatch.setitem(sys.modules, "zxingcpp", old)
        assert "_of_qrcode" in _symbol._installed().__qualname__


class TestMask:
    """Which of the eight masks is taken."""

    @given(TEXTS, st.sampled_from(LEVELS))
    @settings(deadline=None, max_examples=25)
    def test_has_the_fewest_points(self, text: str, level: qr.Level) -> None:
        """No other mask gives a code with fewer points, as qrcode counts them in the whole code."""

        def points(modules: str) -> int:
            side = isqrt(len(modules))
            rows = [[char == "1" for char in modules[start : start + side]] for start in range(0, side**2, side)]
            assert _symbol._penalty(side, *_symbol._joined(modules, side)) == lost_point(rows)
            return int(lost_point(rows))

        every = ["".join(_symbol.symbol(text, level))]
        every += [
            LIBRARIES["zxing-cpp"](text, level, mask, 0) for mask in range(8) if not _symbol._DIGITS.search(text)
        ]
        chosen, *others = map(points, every)
        assert chosen == min((chosen, *others))
        assert every[0] in every[1:] or not others

    def test_counts_extremes(self) -> None:
        """The points of areas of one colour are those of qrcode too."""
        for modules in ("0" * 441, "1" * 441, "10" * 220 + "1", ("1" * 21 + "0" * 21) * 10 + "1" * 21):
            rows = [[char == "1" for char in modules[start : start + 21]] for start in range(0, 441, 21)]
            assert _symbol._penalty(21, *_symbol._joined(modules, 21)) == lost_point(rows)
