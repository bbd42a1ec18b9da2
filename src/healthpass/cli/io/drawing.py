"""QR codes, as files in the form that the file's name asks for, and as characters of a terminal."""

from pathlib import Path

from healthpass import Issued
from healthpass.cli.errors import CommandError, needing


def draw(shown: str | Issued, path: Path, *, caption: bool = False) -> bytes:
    """Draw the code for `--qr`; the file is the caller's to create.

    Args:
        shown: a text, or a code that was issued.
        path: the file's name.
        caption: whether to write below it whose code it is, of one that was issued.

    Raises:
        CommandError: when the name ends in neither .png nor .svg, no font has a character of the caption, or the
            `qr` extra is missing.
    """
    with needing("qr", "drawing QR codes"):
        from healthpass import qr  # noqa: PLC0415 - only what draws needs Pillow
    text = shown.text if isinstance(shown, Issued) else shown
    lines = qr.caption_of(shown) if caption and isinstance(shown, Issued) else ()
    suffix = path.suffix.lower()
    if suffix == ".svg":
        return qr.svg(text, caption=lines).encode()
    if suffix != ".png":
        raise CommandError(f"--qr {str(path)!r}: the name must end in .png or .svg")
    try:
        return qr.png(text, caption=lines)
    except ValueError as error:  # no font here has a character of the caption
        hint = "write .svg, where the viewer's fonts draw it, or install a Chinese font such as Noto Sans CJK"
        raise CommandError(str(error).partition(": pass font=")[0], hint=hint) from error


def characters(text: str) -> str:
    """Draw the code for a terminal.

    Raises:
        CommandError: when the `qr` extra is missing.
    """
    with needing("qr", "drawing QR codes"):
        from healthpass import qr  # noqa: PLC0415
    return qr.terminal(text)
