"""Health codes out of pictures: clean, bad, foreign and hostile ones."""

import importlib
import io
import os
import random
import re
import signal
import struct
import subprocess
import sys
import zlib
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Any

import base45
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from PIL import Image, ImageChops, ImageFilter, ImageOps

from healthpass import qr, scan
from healthpass.drawing import _reading, _scan, _worker

TEXT = "HP1:" + base45.b45encode(bytes((73 * n + 41) % 256 for n in range(169))).decode()
OTHERS = ("HPP1:SECOND", "HP1:THIRD", "HPP1:FOURTH")
LEVELS: tuple[qr.Level, ...] = ("L", "M", "Q")


def picture(text: str = TEXT, *, level: qr.Level = "M", scale: int = 8) -> Image.Image:
    """Draw a code."""
    return Image.open(io.BytesIO(qr.png(text, level=level, scale=scale))).convert("L")


def saved(image: Image.Image, kind: str, **options: Any) -> bytes:
    """Give the file of an image."""
    file = io.BytesIO()
    image.save(file, kind, **options)
    return file.getvalue()


def smaller(image: Image.Image, percent: int = 45) -> Image.Image:
    """Scale down, to 3.6 pixels a module."""
    size = (image.width * percent // 100, image.height * percent // 100)
    return image.resize(size, Image.Resampling.BILINEAR)


def larger(image: Image.Image) -> Image.Image:
    """Scale up, to 18.4 pixels a module."""
    return image.resize((image.width * 23 // 10, image.height * 23 // 10), Image.Resampling.BICUBIC)


def rotated(image: Image.Image) -> Image.Image:
    """Turn by 7 degrees on a grey table."""
    return image.rotate(7, Image.Resampling.BICUBIC, expand=True, fillcolor=150)


def upside_down(image: Image.Image) -> Image.Image:
    """Turn by 180 degrees."""
    return image.rotate(180)


def blurred(image: Image.Image) -> Image.Image:
    """Hold the camera out of focus by a third of a module."""
    return image.filter(ImageFilter.GaussianBlur(image.width / 61 * 0.35))


def noisy(image: Image.Image) -> Image.Image:
    """Add a sensor's grain, 64 grey levels each way."""
    grain = Image.frombytes("L", image.size, random.Random(7).randbytes(image.width * image.height))  # noqa: S311
    return ImageChops.add(image, grain.point(lambda value: 128 + (value - 128) // 2), 1, -128)


def faint(image: Image.Image) -> Image.Image:
    """Leave 18 grey levels between ink and paper."""
    return image.point(lambda value: 110 + value * 18 // 255)


def everything(image: Image.Image) -> Image.Image:
    """Take the worst photo of them all."""
    return noisy(blurred(rotated(smaller(image, 75))))


def png_header(width: int, height: int) -> bytes:
    """A PNG that claims a size and holds next to nothing."""

    def chunk(kind: bytes, data: bytes) -> bytes:
        return struct.pack(">I", len(data)) + kind + data + struct.pack(">I", zlib.crc32(kind + data))

    header = struct.pack(">IIBBBBB", width, height, 8, 0, 0, 0, 0)
    return (
        b"\x89PNG\r\n\x1a\n" + chunk(b"IHDR", header) + chunk(b"IDAT", zlib.compress(b"\0")) + chunk(b"IEND", b"")
    )


class TestRoundTrip:
    """What is drawn is read, through whatever lies between."""

    @pytest.mark.parametrize(
        "worn",
        [
            Image.Image.copy,
            smaller,
            larger,
            rotated,
            upside_down,
            blurred,
            noisy,
            faint,
            ImageOps.invert,
            everything,
        ],
    )
    @pytest.mark.parametrize("level", LEVELS)
    def test_survives_the_camera(self, level: qr.Level, worn: Callable[[Image.Image], Image.Image]) -> None:
        """A picture that is scaled, turned, blurred, noisy, faint, inverted or several of it gives its text."""
        assert scan.scan(worn(picture(level=level))).texts == (TEXT,)

    @pytest.mark.parametrize("kind", ["PNG", "JPEG", "WEBP"])
    def test_reads_three_formats(self, kind: str, tmp_path: Path) -> None:
        """PNG, JPEG and WebP are read from bytes, from a path and from a path's name, whatever the suffix."""
        data = saved(picture(), kind, quality=50)
        file = tmp_path / "picture.bin"
        file.write_bytes(data)
        assert scan.scan(data) == scan.scan(file) == scan.scan(str(file)) == ((TEXT,), 0)

    @pytest.mark.parametrize("mode", ["1", "L", "LA", "P", "RGB", "RGBA", "CMYK", "YCbCr"])
    def test_reads_every_mode(self, mode: str) -> None:
        """The colour mode of a picture does not matter."""
        assert scan.scan(picture().convert(mode)).texts == (TEXT,)

    def test_reads_sixteen_bits(self) -> None:
        """A 16-bit PNG is scaled to grey, not clipped to white."""
        pixels = b"".join(struct.pack("<H", 9_000 if value == 0 else 60_000) for value in picture().tobytes())
        image = Image.frombytes("I;16", picture().size, pixels)
        assert scan.scan(saved(image, "PNG")).texts == (TEXT,)

    def test_reads_black_on_nothing(self) -> None:
        """What is transparent is paper, not ink."""
        ink = picture().point(lambda value: 255 - value)
        image = Image.new("RGBA", ink.size, (0, 0, 0, 0))
        image.putalpha(ink)
        assert scan.scan(saved(image, "PNG")).texts == (TEXT,)

    def test_does_not_care_for_bad_exif(self) -> None:
        """Broken metadata is no reason to refuse a picture."""
        assert scan.scan(saved(picture(), "JPEG", exif=b"Exif\0\0MM\0\x2a\xff\xff\xff\xff\1\2\3")).texts == (TEXT,)

    def test_reads_a_caption_past(self) -> None:
        """A caption does not disturb."""
        assert scan.scan(qr.png(TEXT, caption=["Health code", "CN-33-01.WJW", "0" * 32])).texts == (TEXT,)


class TestSeveral:
    """Pictures with several codes."""

    @staticmethod
    def sheet(*texts: str) -> Image.Image:
        """Two columns of codes, the right one a little higher."""
        page = Image.new("L", (1200, 1300), 200)
        for place, text in enumerate(texts):
            code = picture(text, scale=8 if text == TEXT else 12)
            page.paste(code, (40 + 600 * (place % 2), 60 + 620 * (place // 2) - 25 * (place % 2)))
        return page

    def test_come_in_reading_order(self) -> None:
        """Several codes come row by row, and a code that hangs a little higher is still in its row."""
        assert scan.scan(self.sheet(TEXT, *OTHERS)) == ((TEXT, *OTHERS), 0)
        assert scan.scan(self.sheet(*OTHERS, TEXT)).texts == (*OTHERS, TEXT)

    def test_a_small_one_in_a_large_photo(self) -> None:
        """In a photo of 12 megapixels, a code of 3 pixels a module is read beside a large one."""
        photo = Image.new("RGB", (4000, 3000), (190, 200, 210))
        photo.paste(picture(scale=30), (200, 200))
        photo.paste(picture(OTHERS[0], scale=3), (3100, 2300))
        assert scan.scan(saved(photo, "JPEG", quality=85)) == ((TEXT, OTHERS[0]), 0)

    def test_come_once(self) -> None:
        """The same code twice is one text."""
        assert scan.scan(self.sheet(TEXT, TEXT, OTHERS[0])).texts == (TEXT, OTHERS[0])

    def test_leave_foreign_codes_out(self) -> None:
        """Codes of other kinds beside a health code are passed over."""
        assert scan.scan(self.sheet("HTTPS://EXAMPLE.COM", TEXT)).texts == (TEXT,)


class TestUnread:
    """Codes that are seen and cannot be read."""

    @staticmethod
    def photo(*codes: Image.Image) -> Image.Image:
        """Codes side by side on a grey table."""
        photo = Image.new("L", (600, 330), 230)
        for number, code in enumerate(codes):
            photo.paste(code, (20 + 290 * number, 20))
        return photo

    @staticmethod
    def stained() -> Image.Image:
        """A code whose corners are there, and whose middle is not."""
        code = picture(scale=4)
        code.paste(
            noisy(code.point(lambda _: 128)).crop((75, 75, 165, 165)).point(lambda v: 255 * (v > 128)), (75, 75)
        )
        return code

    def test_are_counted(self) -> None:
        """Beside a code that can be read, one that is seen and cannot be read is counted."""
        assert scan.scan(self.photo(picture(scale=4), self.stained())) == ((TEXT,), 1)

    def test_are_read_where_cleaning_up_helps(self) -> None:
        """A second code that is read in a cleaned-up picture alone is one of the texts."""
        other = picture(OTHERS[0], scale=6)
        soft = other.filter(ImageFilter.GaussianBlur(2.2))
        assert scan.scan(self.photo(picture(scale=4), soft)) == ((TEXT, OTHERS[0]), 0)

    def test_are_told_where_nothing_is_read(self) -> None:
        """A picture whose one code cannot be read says that it has one."""
        with pytest.raises(scan.NotAHealthCodeError, match="there is a QR code, and it cannot be read: go closer"):
            scan.scan(self.photo(self.stained()))


class TestNoCode:
    """Pictures without a health code."""

    def test_nothing_there(self) -> None:
        """A picture without a QR code says so and how to take a better one."""
        with pytest.raises(
            scan.NotAHealthCodeError, match=r"no QR code found: go closer, give more light"
        ) as caught:
            scan.scan(Image.new("RGB", (300, 200), "white"))
        assert caught.value.verdict == "no-code"

    @pytest.mark.parametrize("text", ["HTTPS://EXAMPLE.COM", "HP1", "HP2:ABC", " HP1:ABC", "HC1:NCFOXN"])
    def test_another_kind_of_code(self, text: str) -> None:
        """A foreign QR code is called one, and what it says is not repeated."""
        with pytest.raises(scan.NotAHealthCodeError, match="a QR code, but not a health code") as caught:
            scan.scan(picture(text))
        assert caught.value.verdict == "no-code"
        assert "EXAMPLE" not in str(caught.value)

    def test_other_prefixes(self) -> None:
        """Who looks for a gate's challenge finds that alone, and is told what was looked for."""
        assert scan.scan(picture("HPC1:ABC"), prefixes=("HPC1:",)).texts == ("HPC1:ABC",)
        with pytest.raises(scan.NotAHealthCodeError, match="a QR code, but not the one.*not begin with HPC1:"):
            scan.scan(picture(), prefixes=("HPC1:",))
        with pytest.raises(scan.NotAHealthCodeError, match="not a health code"):
            scan.scan(picture("HPC1:ABC"))
        with pytest.raises(TypeError, match="prefixes: expected several"):
            scan.scan(picture("HPC1:ABC"), prefixes="HPC1:")

    def test_nothing_is_repaired(self) -> None:
        """A text that begins like ours comes as it is, to be judged elsewhere."""
        assert scan.scan(picture("HP1:%20 A")).texts == ("HP1:%20 A",)

    @pytest.mark.parametrize("size", [(1, 1), (1, 5000), (5000, 1), (2, 2)])
    def test_odd_sizes(self, size: tuple[int, int]) -> None:
        """A picture of a few pixels has no code, and that is all."""
        with pytest.raises(scan.NotAHealthCodeError):
            scan.scan(Image.new("L", size))


class TestBadPictures:
    """What is no picture, or too much of one."""

    @pytest.mark.parametrize(
        ("data", "message"),
        [
            (b"", "empty"),
            (b"HP1:NOT A PICTURE", "expected PNG, JPEG, WEBP"),
            (saved(picture(), "GIF"), "expected PNG, JPEG, WEBP"),
            (saved(picture(), "BMP"), "expected PNG, JPEG, WEBP"),
            (saved(picture(), "PNG")[:-400], "damaged or truncated"),
            (saved(picture(), "JPEG")[:-4000], "damaged or truncated"),
            (saved(picture(), "PNG")[:20], "expected PNG, JPEG, WEBP|damaged"),
            (png_header(20_000, 20_000), "too large"),
            (png_header(10_000, 10_000), "too large"),
            (png_header(7_100, 7_100), "too large"),
            (png_header(40_000, 2), "too large"),
            (png_header(2**31 - 1, 2**31 - 1), "too large"),
        ],
    )
    def test_are_refused(self, data: bytes, message: str) -> None:
        """Empty, foreign, truncated and oversized data is a PictureError that says which."""
        with pytest.raises(scan.PictureError, match=message):
            scan.scan(data)

    @pytest.mark.parametrize(("size", "message"), [((40_000, 1), "too large"), ((0, 7), "no pixels")])
    def test_bounds_hold_for_images_too(self, size: tuple[int, int], message: str) -> None:
        """A Pillow image has the same bounds as a file."""
        with pytest.raises(scan.PictureError, match=message):
            scan.scan(Image.new("1", size))

    def test_a_file_that_is_too_large_is_not_read(self, tmp_path: Path) -> None:
        """A file above 32 MiB is refused, as a file and as bytes."""
        huge = tmp_path / "huge.png"
        with huge.open("wb") as file:
            file.truncate(_scan.MAX_FILE_SIZE + 1)
        with pytest.raises(scan.PictureError, match="33,554,432 bytes at most"):
            scan.scan(huge)
        with pytest.raises(scan.PictureError, match="33,554,432 bytes at most"):
            scan.scan(bytes(_scan.MAX_FILE_SIZE + 1))

    @pytest.mark.skipif(not hasattr(os, "mkfifo"), reason="this system has no named pipes")
    def test_pipes_and_devices(self, tmp_path: Path) -> None:
        """A pipe that nobody writes to, and a device without end, are refused at once."""
        os.mkfifo(tmp_path / "pipe.png")
        for endless in (tmp_path / "pipe.png", "/dev/zero"):
            with pytest.raises(scan.PictureError, match="no file with a picture"):
                scan.scan(endless)

    def test_files_that_cannot_be_read(self, tmp_path: Path) -> None:
        """A missing file and a directory are what the system calls them."""
        with pytest.raises(FileNotFoundError):
            scan.scan(tmp_path / "missing.png")
        with pytest.raises(OSError, match=re.escape(tmp_path.name)):
            scan.scan(tmp_path)

    @pytest.mark.parametrize("thing", [None, 7, bytearray(b"x"), [TEXT]])
    def test_other_types(self, thing: Any) -> None:
        """Anything but a path, bytes or an image is a TypeError."""
        with pytest.raises(TypeError, match="expected a path, bytes or a Pillow image"):
            scan.scan(thing)

    def test_missing_package(self, monkeypatch: pytest.MonkeyPatch) -> None:
        """Without zxing-cpp the import says what to install."""
        monkeypatch.setitem(sys.modules, "zxingcpp", None)
        monkeypatch.delitem(sys.modules, "healthpass.scan")
        monkeypatch.delitem(sys.modules, "healthpass.drawing._scan")
        with pytest.raises(ImportError, match=re.escape("pip install 'healthpass[scan]'")):
            importlib.import_module("healthpass.scan")


def corner_marks(side: int) -> bytes:
    """A picture full of the marks in the corners of QR codes, which takes zxing-cpp half a minute."""
    mark = Image.new("1", (9, 9), 1)
    for inset, ink in ((1, 0), (2, 1), (3, 0)):
        mark.paste(ink, (inset, inset, 9 - inset, 9 - inset))
    page = Image.new("1", (side, side), 1)
    for y in range(0, side, 9):
        for x in range(0, side, 9):
            page.paste(mark, (x, y))
    return saved(page, "PNG", optimize=True)


def processes() -> list[int]:
    """The processes that read pictures for this one."""
    return sorted(worker._process.pid for worker in _worker._workers._all)


def run(program: str) -> subprocess.CompletedProcess[str]:
    """Run a program as its author would, without a guard around its main part."""
    return subprocess.run([sys.executable, "-c", program], capture_output=True, text=True, timeout=99, check=False)


SCRIPT = """
import io, os
from healthpass import qr
from healthpass.scan import scan
from healthpass.drawing import _worker

code = qr.png("HP1:A")
assert scan(code).texts == ("HP1:A",)
(mine,) = _worker._workers._all
"""


class TestMany:
    def test_more_than_can_be_looked_at(self) -> None:
        """A picture with more codes than the decoder looks at is not said to hold no other."""
        code = Image.open(io.BytesIO(qr.png("HP1:A", scale=2))).convert("L")
        page = Image.new("L", (16 * code.width, 16 * code.height), 255)
        for number in range(256):
            page.paste(code, (number % 16 * code.width, number // 16 * code.height))
        found = scan.scan(saved(page, "PNG"))
        assert found.texts == ("HP1:A",)
        assert found.unread >= 1


class TestItsOwnProcess:
    """The process that reads pictures."""

    def test_is_ended_by_a_picture_that_is_made_to_be_slow(self) -> None:
        """A picture of two kilobytes that keeps the decoder busy is given up, and the next one is read."""
        slow = corner_marks(1600)
        assert len(slow) < 4096
        with pytest.raises(scan.PictureError, match="takes too long"):
            scan.scan(slow)
        assert scan.scan(picture()).texts == (TEXT,)

    def test_is_kept_for_the_next_picture(self) -> None:
        """One process reads one picture after the other."""
        scan.scan(picture())
        before = processes()
        for _ in range(3):
            scan.scan(picture())
        assert processes() == before

    def test_is_started_again(self) -> None:
        """A process that somebody has ended is replaced."""
        scan.scan(picture())
        for pid in processes():
            os.kill(pid, signal.SIGTERM)
        for worker in _worker._workers._all:
            worker._process.wait()
        assert scan.scan(picture()).texts == (TEXT,)

    def test_breaks_alone(self) -> None:
        """What breaks the process is an error of this picture, and of no other one."""
        with pytest.raises(_worker.WorkerFailedError):
            _worker.read(b"four", (9, 9), ())
        assert scan.scan(picture()).texts == (TEXT,)

    @pytest.mark.skipif(sys.platform != "linux", reason="only Linux shows the limits of another process")
    def test_has_limits(self) -> None:
        """Its memory is bounded, and it leaves no dump."""
        import resource

        scan.scan(picture())
        for pid in processes():
            assert resource.prlimit(pid, resource.RLIMIT_AS)[0] == _reading.MAX_MEMORY
            assert resource.prlimit(pid, resource.RLIMIT_CORE) == (0, 0)

    def test_serves_threads(self) -> None:
        """Threads scan side by side, and get their own answers."""
        pages = [(picture(f"HP1:{number}"), f"HP1:{number}") for number in range(6)]
        with ThreadPoolExecutor(6) as pool:
            found = list(pool.map(lambda page: scan.scan(page[0]).texts, pages))
        assert found == [(text,) for _, text in pages]
        assert len(processes()) <= (os.cpu_count() or 1)

    def test_ends_with_the_program(self) -> None:
        """A script without a guard around its main part scans, and leaves no process behind."""
        ran = run(SCRIPT + "print(mine._process.pid)")
        assert (ran.returncode, ran.stderr) == (0, "")
        with pytest.raises(ProcessLookupError):
            os.kill(int(ran.stdout), 0)

    @pytest.mark.skipif(not hasattr(os, "fork"), reason="this system cannot fork")
    def test_is_not_shared_with_a_fork(self) -> None:
        """A program that was forked starts a process of its own, and leaves the first one to its parent."""
        ran = run(
            SCRIPT
            + """
child = os.fork()
if not child:
    assert scan(code).texts == ("HP1:A",)
    (other,) = _worker._workers._all
    os._exit(0 if other is not mine else 1)
assert os.waitstatus_to_exitcode(os.waitpid(child, 0)[1]) == 0
assert scan(code).texts == ("HP1:A",)
assert _worker._workers._all == {mine}
"""
        )
        assert (ran.returncode, ran.stderr) == (0, "")

    @pytest.mark.skipif(not hasattr(os, "fork"), reason="this system cannot fork")
    def test_lets_a_program_fork_while_it_reads(self) -> None:
        """A program that forks while another thread waits for an answer goes on in both processes."""
        ran = run(
            SCRIPT
            + """
import signal, threading
from PIL import Image
asked, end = threading.Event(), threading.Event()
send = _worker._Worker._send
def sent(self, data):
    send(self, data)
    asked.set()
_worker._Worker._send = sent
def reads():
    while not end.is_set():
        try:
            scan(Image.effect_noise((1200, 1200), 99))
        except Exception:
            pass
thread = threading.Thread(target=reads)
thread.start()
for _ in range(10):
    asked.clear()
    asked.wait()
    child = os.fork()
    if not child:
        os._exit(0)
    signal.alarm(20)  # a child that hangs would be waited for without end
    assert os.waitstatus_to_exitcode(os.waitpid(child, 0)[1]) == 0
end.set()
thread.join()
"""
        )
        assert (ran.returncode, ran.stderr) == (0, "")

    def test_takes_an_odd_search_path(self) -> None:
        """What is no text in sys.path is passed over, as Python does."""
        ran = run("import pathlib, sys; sys.path.append(pathlib.Path('/'))" + SCRIPT)
        assert (ran.returncode, ran.stderr) == (0, "")

    def test_needs_an_interpreter(self, monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
        """In a program that embeds Python, the interpreter of its installation is taken, where there is one."""
        assert _worker._python() == sys.executable
        monkeypatch.setattr(sys, "executable", "/usr/bin/uwsgi")
        assert Path(_worker._python()).name.startswith("python")
        monkeypatch.setattr(sys, "exec_prefix", str(tmp_path))
        with pytest.raises(OSError, match="no Python interpreter was found"):
            _worker._python()


SMALL = picture("HP1:A", scale=2)
SEEDS = [
    saved(SMALL, "PNG"),
    saved(SMALL, "JPEG", exif=b"Exif\0\0MM\0\x2a"),
    saved(SMALL, "WEBP"),
    saved(SMALL, "WEBP", lossless=True),
]


class TestHostileBytes:
    """Bytes made to break a decoder."""

    @given(st.binary(max_size=300))
    @settings(deadline=None)
    def test_noise(self, data: bytes) -> None:
        """Arbitrary bytes are refused."""
        with pytest.raises(scan.PictureError):
            scan.scan(data)

    @given(st.sampled_from(SEEDS), st.data())
    @settings(deadline=None, max_examples=300)
    def test_damaged_pictures(self, seed: bytes, data: st.DataObject) -> None:
        """A damaged picture gives its text or one of the two errors, and nothing else."""
        damaged = bytearray(seed)
        for _ in range(data.draw(st.integers(1, 8))):
            damaged[data.draw(st.integers(0, len(seed) - 1))] = data.draw(st.integers(0, 255))
        start = data.draw(st.sampled_from([b"", seed[:40]]))
        end = data.draw(st.one_of(st.just(len(seed)), st.integers(0, len(seed))))
        try:
            texts = scan.scan(start + bytes(damaged[len(start) : end])).texts
        except (scan.PictureError, scan.NotAHealthCodeError):
            return
        assert all(text.startswith(("HP1:", "HPP1:")) for text in texts)
