"""Read health codes out of a picture (extra: ``scan``).

A photo holds whatever somebody held before the camera: nothing, a menu, a forged file, several passes. `scan`
gives the texts that claim to be ours, exactly as the QR codes carry them. Whether they are well formed,
signed and valid is for `healthpass.verify` to say; nothing is repaired on the way there.

The picture is decoded in a process of its own, with limits on time and memory, which is kept for the next one.
"""

import os
import stat
from collections.abc import Sequence
from importlib.util import find_spec
from pathlib import Path
from typing import Any, ClassVar, Final, NamedTuple

try:
    from PIL import Image

    if find_spec("zxingcpp") is None:
        raise ModuleNotFoundError("zxingcpp")
except ImportError as err:
    raise ImportError("scanning needs zxing-cpp and Pillow: pip install 'healthpass[scan]'") from err

from healthpass.drawing._worker import WorkerFailedError, read
from healthpass.words._discreet import discreet
from healthpass.words._errors import HealthpassError
from healthpass.words._verdicts import Verdict

__all__ = ["NotAHealthCodeError", "PictureError", "Scanned", "scan"]

PREFIXES: Final = ("HP1:", "HPP1:")  # a credential; a presentation of one
MAX_FILE_SIZE: Final = 32 * 1024 * 1024  # bytes; a phone's best JPEG has about 25 MiB

_CLOSER: Final = (
    "go closer, give more light, hold still, and have the whole code with its white margin in the picture"
)


class NotAHealthCodeError(HealthpassError):
    """The picture is fine, but no health code could be read in it."""

    verdict: ClassVar = Verdict.NO_CODE


class PictureError(HealthpassError, ValueError):
    """The data is no picture that is read here: not PNG, JPEG or WebP, damaged, too large, or made to be slow."""


class Scanned(NamedTuple):
    """What was found in a picture.

    Attributes:
        texts: the texts that begin with one of the prefixes, one at least, each once, from top to bottom and from
            left to right, unverified.
        unread: how many QR codes were seen that could not be read. Each may be a health code: ask for another
            picture before somebody passes unseen.
    """

    texts: tuple[str, ...]
    unread: int


@discreet
def scan(picture: str | os.PathLike[str] | bytes | Image.Image, *, prefixes: Sequence[str] = PREFIXES) -> Scanned:
    """Read every health code in a picture.

    The picture is read in another process, which may use a second and 0.7 s for each million pixels, 20 s at most,
    of a processor, and 2 GiB of memory. The first picture waits for that process to start. Windows bounds neither:
    there a picture may take a minute.

    Args:
        picture: the path of a PNG, JPEG or WebP file, or such a file's bytes, 32 MiB and 50 million pixels
            at most; or a Pillow image of 50 million pixels at most. Of an animation, the first frame.
        prefixes: what the texts begin with; those of a credential and of a presentation when left out. A
            holder's app that reads a gate's challenge gives ``("HPC1:",)``.

    Returns:
        The texts, and how many codes could not be read.

    Raises:
        NotAHealthCodeError: there is no QR code in the picture, none that can be read, or only others than health
            codes.
        PictureError: the data is no picture, is damaged or truncated, has another format, is too large, or takes
            too much time or memory.
        OSError: the file cannot be read, or no process can be started.
        TypeError: ``picture`` is none of the types above; ``prefixes`` is one string instead of several.
    """
    if isinstance(prefixes, str):
        raise TypeError("prefixes: expected several, such as ('HPC1:',), got one str")
    data, size = _data(picture)
    try:
        found = read(data, size, prefixes)
    except WorkerFailedError:
        raise PictureError("the picture takes too long to read, or breaks its decoder: take it again") from None
    if "problem" in found:
        raise PictureError(found["problem"])
    unread: int = found["unread"]
    if texts := tuple(text for text in found["texts"] if text.startswith(tuple(prefixes))):
        return Scanned(texts, unread)
    if found["texts"]:
        # What it says stays unsaid: a foreign text in our message would be a stage for its author.
        wanted = "a health code" if tuple(prefixes) == PREFIXES else "the one that is wanted"
        raise NotAHealthCodeError(
            f"a QR code, but not {wanted}: it does not begin with {', '.join(prefixes)}; "
            "this is another kind of code, ask for the right one"
        )
    if unread:
        raise NotAHealthCodeError(f"there is a QR code, and it cannot be read: {_CLOSER}")
    raise NotAHealthCodeError(f"no QR code found: {_CLOSER}")


def _data(picture: Any) -> tuple[bytes, tuple[int, int] | None]:
    """Get the bytes of a file; or the pixels of a Pillow image, and its size."""
    if isinstance(picture, bytes):
        return _checked(picture, len(picture)), None
    if isinstance(picture, str | os.PathLike):
        return _of_file(Path(picture)), None
    # zxing-cpp is loaded in the other process; only who has such an image loads both in this one.
    from healthpass.drawing import _reading  # noqa: PLC0415

    if not isinstance(picture, Image.Image):
        raise TypeError(f"picture: expected a path, bytes or a Pillow image, got {type(picture).__name__}")
    try:
        grey = _reading.grey(picture)
    except _reading.NoPictureError as err:
        raise PictureError(str(err)) from err.__cause__
    return grey.tobytes(), grey.size


def _of_file(path: Path) -> bytes:
    """Read a file, but not one without end, and none that somebody has yet to write to."""
    # A pipe that nobody writes to would be waited for when it is opened.
    at_once = getattr(os, "O_NONBLOCK", 0)
    with open(path, "rb", opener=lambda name, flags: os.open(name, flags | at_once)) as file:
        status = os.fstat(file.fileno())
        if not stat.S_ISREG(status.st_mode):
            raise PictureError("this is a pipe or a device, and no file with a picture")
        data = b"" if status.st_size > MAX_FILE_SIZE else file.read(MAX_FILE_SIZE + 1)
    return _checked(data, status.st_size)


def _checked(data: bytes, size: int) -> bytes:
    if max(size, len(data)) > MAX_FILE_SIZE:
        raise PictureError(f"the file is too large: expected {MAX_FILE_SIZE:,} bytes at most")
    if not data:
        raise PictureError("the file is empty")
    return data
