"""Measure pictures and paper: `python tests/benchmarks/pictures.py`.

A typical code as PNG, SVG and characters of a terminal, with each library that can draw it; the first page of a
sheet, which reads the font, and the later ones; and a photo of 12 megapixels with two codes, which is read at its
full size (docs/adr/0026). A bare verification is libsodium's, in the same run. Times are of the processor, but for
the start of the process that reads pictures.
"""

import argparse
import io
import re
import statistics
import sys
import time
from collections.abc import Callable
from pathlib import Path
from typing import Final

from PIL import Image, ImageChops

# As a script this file sees its own folder alone, and it shares modules with the tests.
sys.path.insert(0, str(Path(__file__).resolve().parents[1]))

from benchmarks.measuring import Clock, build, clock, compare, heading, row
from benchmarks.typical import HOLDER, ISSUER, issued, jobs, typical
from healthpass import qr, sheet
from healthpass.drawing import _reading, _sheet, _symbol, _worker
from healthpass.scan import scan

BATCH: Final = 10
PAGES: Final = 12
SIZE: Final = (4000, 3000)
CAPTION: Final = (HOLDER, ISSUER, "有效至 until 2026-11-02 08:00 UTC+8")
LIBRARIES: Final = {"zxing-cpp": _symbol._of_zxing, "qrcode": _symbol._of_qrcode}
DRAWN: Final[dict[str, tuple[Callable[[str], object], str]]] = {
    "PNG": (qr.png, "<= 25"),
    "PNG and a Chinese caption": (lambda text: qr.png(text, caption=CAPTION), ""),
    "SVG": (qr.svg, ""),
    "terminal": (qr.terminal, ""),
}


def photo(texts: list[str]) -> bytes:
    """Take a photo of two codes, a large one and one of 4 pixels a module, with the grain of a sensor."""
    picture = Image.effect_noise((500, 375), 60).resize(SIZE, Image.Resampling.BICUBIC).convert("RGB")
    for text, scale, corner in zip(texts, (24, 4), ((300, 300), (3000, 2200)), strict=True):
        picture.paste(Image.open(io.BytesIO(qr.png(text, scale=scale))).convert("RGB"), corner)
    grain = Image.effect_noise(SIZE, 8)
    picture = Image.merge("RGB", [ImageChops.add(band, grain, 1, -128) for band in picture.split()])
    file = io.BytesIO()
    picture.save(file, "JPEG", quality=90)
    return file.getvalue()


def drawing(texts: list[str], bare: Clock) -> None:
    """Measure the drawings, with each library."""
    chosen = _symbol._draw
    for name, library in LIBRARIES.items():
        _symbol._draw = library()
        for what, (draw, target) in DRAWN.items():
            draw(texts[0])  # what is kept of a version is made with its first code
            ratio = compare(clock(draw, texts), bare, len(texts), BATCH)
            row(
                f"{what} of a code, by {name} / a bare verification",
                f"{ratio:.1f}",
                target if name == "zxing-cpp" else "",
            )
    _symbol._draw = chosen


def paper(texts: list[str], bare: Clock) -> None:
    """Measure the pages of sheets."""
    page = clock(sheet.pdf, texts)
    page(0, 1)
    firsts = []
    for _ in range(5):
        _sheet._fonts.begin()
        firsts.append(page(0, 1))
    verification = bare(0, len(texts)) / len(texts)
    first, later = (
        statistics.median(firsts),
        statistics.median(page(i, i + 1) for i in range(min(PAGES, len(texts)))),
    )
    row("PDF: the first page, ms", f"{1000 * first:.0f}")
    row("PDF: a later page, ms", f"{1000 * later:.0f}")
    row("PDF: a later page / a bare verification", f"{later / verification:.0f}")
    row("PDF: a later page / the first", f"{later / first:.2f}", "<= 0.34")


def scanning(texts: list[str]) -> None:
    """Measure the reading of a photo, and the start of the process that reads it."""
    taken = photo(texts)

    def there() -> float:
        start = time.perf_counter()
        assert scan(taken) == (tuple(texts), 0)
        return time.perf_counter() - start

    def here() -> float:
        start = time.thread_time()
        answer = _reading._answer(taken, {"size": None, "prefixes": ["HP1:"]})
        _reading._allow(0)  # the limit on time is for the other process
        assert answer == {"texts": texts, "unread": 0}
        return time.thread_time() - start

    row("a photo of 12 megapixels, ms", f"{1000 * statistics.median(here() for _ in range(7)):.0f}", "<= 31")
    _worker._workers.end()
    first, *others = (there() for _ in range(6))
    start = first - statistics.median(others)
    row("the start of the process, once, ms by the clock", f"{1000 * start:.0f}")
    for worker in _worker._workers._all:
        status = Path(f"/proc/{worker._process.pid}/status")
        if status.exists():  # on Linux
            peak = re.search(r"VmHWM:\s+(\d+) kB", status.read_text("ascii"))
            row("the most memory of that process, MB", f"{int(peak[1]) / 1024:.0f}" if peak else "-")


def main(count: int) -> None:
    """Measure and print the table."""
    print(build())
    codes = [typical(number) for number in range(count)]
    texts = [issued(code) for code in codes]
    function, items = jobs(codes, texts)["open"]
    bare = clock(function, items)
    heading("what")
    drawing(texts, bare)
    paper(texts, bare)
    scanning(texts[:2])


if __name__ == "__main__":
    parser = argparse.ArgumentParser(description=(__doc__ or "").split("\n", maxsplit=1)[0])
    parser.add_argument("--count", type=int, default=60, help="how many codes (60)")
    main(parser.parse_args().count)
