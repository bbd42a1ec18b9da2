"""What runs in the process that reads pictures: decoding one, and finding the QR codes in it.

`_worker` starts this file as a program, so that the process loads Pillow and zxing-cpp, and no more of ours. It
reads requests on standard input, and answers each with a line of JSON. Pictures come from strangers, and their
decoders are written in C: what a picture costs or breaks is this process alone.
"""

import io
import json
import os
import signal
import sys
import warnings
from collections.abc import Callable, Iterator, Sequence
from contextlib import suppress
from typing import Any, BinaryIO, Final, NamedTuple

import zxingcpp
from PIL import Image, ImageFilter, ImageOps, UnidentifiedImageError

FORMATS: Final = ("PNG", "JPEG", "WEBP")  # what cameras and screens write; each further decoder is a way in
MAX_PIXELS: Final = 50_000_000  # a phone's 48 megapixels; decoded to RGBA that is 200 MB, and more is a bomb
MAX_SIDE: Final = 32_767  # pixels; zxing-cpp refuses 65,536, and small pictures are doubled
MAX_MEMORY: Final = 2 * 1024**3  # bytes of addresses; the largest picture needs half of them
# Seconds of processor time: a photograph takes a tenth of them; pictures that are made to be slow took minutes.
LEAST_TIME: Final = 1.0
TIME_PER_MEGAPIXEL: Final = 0.7
MOST_TIME: Final = 20.0

_TOO_LARGE: Final = f"the picture is too large: expected {MAX_PIXELS:,} pixels and {MAX_SIDE:,} a side at most"
_AT_ONCE: Final = 255  # codes, with those that cannot be read; zxing-cpp gives no more of a picture
_DOUBLED_BELOW: Final = 4_000_000  # pixels; in a larger picture small modules are not the trouble


class NoPictureError(Exception):
    """There is no picture to look at; the message says why."""


class _Code(NamedTuple):
    """A QR code and its corners, in pixels of the picture as it came; without a text, it could not be read."""

    text: str | None
    corners: tuple[tuple[float, float], ...]

    @property
    def centre(self) -> tuple[float, float]:
        return sum(x for x, _ in self.corners) / 4, sum(y for _, y in self.corners) / 4

    @property
    def lower_edge(self) -> float:
        return max(y for _, y in self.corners)

    def overlaps(self, other: "_Code") -> bool:
        """Tell whether the centre of one code lies in the upright rectangle around the other."""
        return self.covers(other.centre) or other.covers(self.centre)

    def covers(self, point: tuple[float, float]) -> bool:
        """Tell whether a point lies in the upright rectangle around the code."""
        sides = zip(zip(*self.corners, strict=True), point, strict=True)
        return all(min(side) <= place <= max(side) for side, place in sides)


def grey(picture: bytes | Image.Image, then: Callable[[Image.Image], None] | None = None) -> Image.Image:
    """Open a picture within the bounds and turn it grey.

    Args:
        picture: the bytes of a file, or a picture that somebody else has opened.
        then: called when its size is known and right, before it is decoded.

    Raises:
        NoPictureError: when it is none, is damaged or too large.
    """
    try:
        if isinstance(picture, Image.Image):
            return _flat(picture, then)
        with Image.open(io.BytesIO(picture), formats=FORMATS) as opened:
            return _flat(opened, then)
    except (NoPictureError, MemoryError):
        raise
    except Image.DecompressionBombError as err:
        raise NoPictureError(_TOO_LARGE) from err
    except UnidentifiedImageError as err:
        raise NoPictureError(
            f"this is no picture of a format that is read here: expected {', '.join(FORMATS)}"
        ) from err
    except Exception as err:  # a decoder that is fed hostile bytes raises whatever its author did not expect
        raise NoPictureError("the picture is damaged or truncated: take or export it again") from err


def _flat(picture: Image.Image, then: Callable[[Image.Image], None] | None) -> Image.Image:
    """Check the size, then decode to grey; what is transparent becomes white, as paper would be."""
    if picture.width * picture.height > MAX_PIXELS or max(picture.size) > MAX_SIDE:
        raise NoPictureError(_TOO_LARGE)
    if min(picture.size) < 1:
        raise NoPictureError("the picture has no pixels")
    if then is not None:
        then(picture)
    if picture.mode.startswith("I;16"):
        # Pillow clips 16 bits to 8 instead of scaling them.
        picture = picture.point(lambda value: value * (1 / 257)).convert("L")
        picture.info.pop("transparency", None)  # it was a 16-bit value
    if picture.has_transparency_data:
        paper = Image.new("RGBA", picture.size, "white")
        paper.alpha_composite(picture.convert("RGBA"))
        picture = paper
    return picture.convert("L")


def _find(picture: Image.Image, prefixes: Sequence[str]) -> list[_Code]:
    """Find the codes of a picture, each once, in reading order.

    Cleaned-up renditions are tried until there is a text that is wanted, and no code that is seen and not read.
    Once there is such a text, others can only be read: cleaning up also makes marks that look like a code's.
    """
    read: dict[str, _Code] = {}
    unread: list[_Code] = []
    full = False
    for scale, rendition in _renditions(picture):
        looking = not any(text.startswith(tuple(prefixes)) for text in read)
        if not looking and not unread:
            break
        # Made here: kept in the module, the object would be reported as leaked when Python ends.
        formats = zxingcpp.BarcodeFormats(zxingcpp.BarcodeFormat.QRCode)
        barcodes = zxingcpp.read_barcodes(rendition, formats=formats, return_errors=True)
        full = len(barcodes) >= _AT_ONCE
        for found in barcodes:
            place = found.position
            points = (place.top_left, place.top_right, place.bottom_right, place.bottom_left)
            corners = tuple((point.x / scale, point.y / scale) for point in points)
            if found.valid:
                # The bytes, because the text is a guess at their character set. Latin-1 keeps them all.
                code = _Code(found.bytes.decode("latin-1"), corners)
                read.setdefault(str(code.text), code)
                unread = [one for one in unread if not one.overlaps(code)]
            elif looking and not any(one.overlaps(_Code(None, corners)) for one in (*read.values(), *unread)):
                unread.append(_Code(None, corners))
    if full and not unread:  # there may be more, which nobody has looked at
        unread.append(_Code(None, ()))
    return [*_in_reading_order(list(read.values())), *unread]


def _renditions(picture: Image.Image) -> Iterator[tuple[float, Image.Image]]:
    """Give the picture as it is, then cleaned up, each with its scale: most photos need only the first."""
    yield 1, picture
    clear = ImageOps.autocontrast(picture)
    if picture.width * picture.height > _DOUBLED_BELOW:
        yield 0.5, clear.reduce(2)
    else:
        clear = clear.resize((2 * picture.width, 2 * picture.height), Image.Resampling.BICUBIC)
        yield 2, clear.filter(ImageFilter.GaussianBlur(2))  # against noise
        yield 2, clear  # against blur and small modules


def _in_reading_order(codes: list[_Code]) -> list[_Code]:
    """Sort codes into rows; a code belongs to a row if its centre is above the lower edge of the first."""
    rows: list[list[_Code]] = []
    for code in sorted(codes, key=lambda code: code.centre[1]):
        if not rows or code.centre[1] > rows[-1][0].lower_edge:
            rows.append([])
        rows[-1].append(code)
    return [code for row in rows for code in sorted(row, key=lambda code: code.centre[0])]


def _allow(seconds: float) -> None:
    """Have the system end this process when it has worked for so long; 0 takes that back."""
    if hasattr(signal, "setitimer"):  # not on Windows: there the other process ends this one, a minute later
        signal.setitimer(signal.ITIMER_PROF, seconds)


def _allow_for(picture: Image.Image) -> None:
    _allow(min(LEAST_TIME + TIME_PER_MEGAPIXEL * picture.width * picture.height / 1e6, MOST_TIME))


def _answer(data: bytes, request: dict[str, Any]) -> dict[str, Any]:
    size = request["size"]
    _allow(LEAST_TIME)
    try:
        picture = grey(Image.frombytes("L", tuple(size), data) if size else data, _allow_for)
        codes = _find(picture, request["prefixes"])
    except NoPictureError as error:
        return {"problem": str(error)}
    except MemoryError:
        return {"problem": "the picture needs too much memory: take it again, smaller"}
    texts = [code.text for code in codes if code.text is not None]
    return {"texts": texts, "unread": len(codes) - len(texts)}


def _serve(requests: BinaryIO, answers: BinaryIO) -> None:
    """Answer requests until there are no more: each is a line of JSON, and then the bytes of a picture."""
    while line := requests.readline():
        request = json.loads(line)
        answer = _answer(requests.read(request["bytes"]), request)
        _allow(0)
        answers.write(json.dumps(answer).encode("ascii") + b"\n")
        answers.flush()


def _limit() -> None:
    """Bound what this process may take, where the system can: addresses, and no dump of its memory at the end."""
    with suppress(ImportError, OSError, ValueError):
        import resource  # noqa: PLC0415 - Windows has none

        resource.setrlimit(resource.RLIMIT_CORE, (0, 0))
        resource.setrlimit(resource.RLIMIT_AS, (MAX_MEMORY, MAX_MEMORY))


if __name__ == "__main__":
    _limit()
    with suppress(AttributeError):
        signal.signal(signal.SIGPROF, signal.SIG_DFL)  # it may have been inherited as ignored
    signal.signal(signal.SIGINT, signal.SIG_IGN)  # Ctrl-C is for the other process, which then ends this one
    warnings.simplefilter("ignore")  # broken EXIF, and a size that is refused, are no warnings of ours
    with os.fdopen(os.dup(1), "wb") as answers:
        os.dup2(2, 1)  # what a library may print is no answer
        _serve(sys.stdin.buffer, answers)
