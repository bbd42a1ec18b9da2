"""Read health codes out of a picture (extra: ``scan``).

A photo holds whatever somebody held before the camera: nothing, a menu, a forged file, several passes. `scan`
gives the texts that claim to be ours, exactly as the QR codes carry them. Whether they are well formed,
signed and valid is for `healthpass.verify` to say; nothing is repaired on the way there.
"""

import io
import os
import threading
import warnings
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import ClassVar, Final

try:
    import zxingcpp
    from PIL import Image, ImageFilter, ImageOps, UnidentifiedImageError
except ImportError as err:
    raise ImportError("scanning needs zxing-cpp and Pillow: pip install 'healthpass[scan]'") from err

from healthpass.words._discreet import discreet
from healthpass.words._errors import HealthpassError
from healthpass.words._verdicts import Verdict

__all__ = ["NotAHealthCodeError", "PictureError", "scan"]

PREFIXES: Final = ("HP1:", "HPP1:")  # a credential; a presentation of one
FORMATS: Final = ("PNG", "JPEG", "WEBP")  # what cameras and screens write; each further decoder is a way in
MAX_FILE_SIZE: Final = 32 * 1024 * 1024  # bytes; a phone's best JPEG has about 25 MiB
MAX_PIXELS: Final = 50_000_000  # a phone's 48 megapixels; decoded to RGBA that is 200 MB, and more is a bomb
MAX_SIDE: Final = 32_767  # pixels; zxing-cpp refuses 65,536, and small pictures are doubled

_FILTERS: Final = threading.Lock()
_TOO_LARGE: Final = f"the picture is too large: expected {MAX_PIXELS:,} pixels and {MAX_SIDE:,} a side at most"
_DOUBLED_BELOW: Final = 4_000_000  # pixels; in a larger picture small modules are not the trouble


class NotAHealthCodeError(HealthpassError):
    """The picture is fine, but there is no health code in it."""

    verdict: ClassVar = Verdict.NO_CODE


class PictureError(HealthpassError, ValueError):
    """The data is no picture that is read here: not PNG, JPEG or WebP, damaged, or too large."""


@discreet
def scan(
    picture: str | os.PathLike[str] | bytes | Image.Image, *, prefixes: Sequence[str] = PREFIXES
) -> tuple[str, ...]:
    """Read every health code in a picture.

    Args:
        picture: the path of a PNG, JPEG or WebP file, or such a file's bytes, 32 MiB and 50 million pixels
            at most; or a Pillow image of 50 million pixels at most. Of an animation, the first frame.
        prefixes: what the texts begin with; those of a credential and of a presentation when left out. A
            holder's app that reads a gate's challenge gives ``("HPC1:",)``.

    Returns:
        The texts that begin with one of the prefixes, one at least, each once, from top to bottom and from
        left to right, unverified.

    Raises:
        NotAHealthCodeError: there is no QR code in the picture, or only others than health codes.
        PictureError: the data is no picture, is damaged or truncated, has another format or is too large.
        OSError: the file cannot be read.
        TypeError: ``picture`` is none of the types above; ``prefixes`` is one string instead of several.
    """
    if isinstance(prefixes, str):
        raise TypeError("prefixes: expected several, such as ('HPC1:',), got one str")
    grey = _grey(picture)
    seen = False
    for rendition in _renditions(grey):
        # Made here: kept in the module, the object would be reported as leaked when Python ends.
        formats = zxingcpp.BarcodeFormats(zxingcpp.BarcodeFormat.QRCode)
        codes = _in_reading_order(zxingcpp.read_barcodes(rendition, formats=formats))
        # The bytes, because the text is a guess at their character set. Latin-1 keeps them all.
        texts = dict.fromkeys(code.bytes.decode("latin-1") for code in codes)
        if found := tuple(text for text in texts if text.startswith(tuple(prefixes))):
            return found
        seen = seen or bool(codes)
    if seen:
        # What it says stays unsaid: a foreign text in our message would be a stage for its author.
        wanted = "a health code" if tuple(prefixes) == PREFIXES else "the one that is wanted"
        raise NotAHealthCodeError(
            f"a QR code, but not {wanted}: it does not begin with {' or '.join(prefixes)}; "
            "this is another kind of code, ask for the right one"
        )
    raise NotAHealthCodeError(
        "no QR code found: go closer, give more light, hold still, and have the whole code with its white "
        "margin in the picture"
    )


def _renditions(grey: Image.Image) -> Iterator[Image.Image]:
    """Give the picture as it is, then cleaned up: most photos need only the first."""
    yield grey
    clear = ImageOps.autocontrast(grey)
    if grey.width * grey.height > _DOUBLED_BELOW:
        yield clear.reduce(2)
    else:
        clear = clear.resize((2 * grey.width, 2 * grey.height), Image.Resampling.BICUBIC)
        yield clear.filter(ImageFilter.GaussianBlur(2))  # against noise
        yield clear  # against blur and small modules


def _in_reading_order(codes: list[zxingcpp.Barcode]) -> list[zxingcpp.Barcode]:
    """Sort codes into rows; a code belongs to a row if its centre is above the lower edge of the first."""

    def corners(code: zxingcpp.Barcode) -> tuple[zxingcpp.Point, ...]:
        place = code.position
        return place.top_left, place.top_right, place.bottom_right, place.bottom_left

    def across(code: zxingcpp.Barcode) -> int:
        return sum(point.x for point in corners(code))

    def down(code: zxingcpp.Barcode) -> int:
        return sum(point.y for point in corners(code))

    rows: list[list[zxingcpp.Barcode]] = []
    for code in sorted(codes, key=down):
        if not rows or down(code) > 4 * max(point.y for point in corners(rows[-1][0])):
            rows.append([])
        rows[-1].append(code)
    return [code for row in rows for code in sorted(row, key=across)]


def _grey(picture: object) -> Image.Image:
    """Open a picture within the bounds and turn it grey."""
    data = b"" if isinstance(picture, Image.Image) else _data(picture)
    try:
        if isinstance(picture, Image.Image):
            return _flat(picture)
        # Broken EXIF and a size that is refused below are no warnings of ours. The filters belong to the whole
        # process, so that only one thread at a time may put them aside.
        with _FILTERS, warnings.catch_warnings():
            warnings.simplefilter("ignore")
            opened = Image.open(io.BytesIO(data), formats=FORMATS)
        with opened:
            return _flat(opened)
    except PictureError:
        raise
    except Image.DecompressionBombError as err:
        raise PictureError(_TOO_LARGE) from err
    except UnidentifiedImageError as err:
        raise PictureError(f"not a picture that is read here: expected {', '.join(FORMATS)}") from err
    except Exception as err:  # a decoder that is fed hostile bytes raises whatever its author did not expect
        raise PictureError("the picture is damaged or truncated: take or export it again") from err


def _data(picture: object) -> bytes:
    """Get the bytes of a file, but not of a file without end."""
    if isinstance(picture, bytes):
        data, size = picture, len(picture)
    elif isinstance(picture, str | os.PathLike):
        with Path(picture).open("rb") as file:
            size = os.fstat(file.fileno()).st_size
            # One byte more than allowed, because a pipe or a device has no size of its own.
            data = b"" if size > MAX_FILE_SIZE else file.read(MAX_FILE_SIZE + 1)
    else:
        raise TypeError(f"picture: expected a path, bytes or a Pillow image, got {type(picture).__name__}")
    if max(size, len(data)) > MAX_FILE_SIZE:
        raise PictureError(f"the file is too large: expected {MAX_FILE_SIZE:,} bytes at most")
    if not data:
        raise PictureError("the file is empty")
    return data


def _flat(picture: Image.Image) -> Image.Image:
    """Check the size, then decode to grey; what is transparent becomes white, as paper would be."""
    if picture.width * picture.height > MAX_PIXELS or max(picture.size) > MAX_SIDE:
        raise PictureError(_TOO_LARGE)
    if min(picture.size) < 1:
        raise PictureError("the picture has no pixels")
    if picture.mode.startswith("I;16"):
        # Pillow clips 16 bits to 8 instead of scaling them.
        picture = picture.point(lambda value: value * (1 / 257)).convert("L")
        picture.info.pop("transparency", None)  # it was a 16-bit value
    if picture.has_transparency_data:
        paper = Image.new("RGBA", picture.size, "white")
        paper.alpha_composite(picture.convert("RGBA"))
        picture = paper
    return picture.convert("L")
