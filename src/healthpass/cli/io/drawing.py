"""QR codes as files, in the form that the file's name asks for."""

from collections.abc import Sequence
from pathlib import Path

from healthpass.cli.errors import CommandError


def draw(text: str, path: Path, *, caption: Sequence[str] = ()) -> bytes:
    """Draw the code for `--qr`; the file is the caller's to create.

    Raises:
        CommandError: when the name ends in neither .png nor .svg, no font has a character of the caption, or the
            `qr` extra is missing.
    """
    try:
        # Here, because only --qr needs Pillow.
        from healthpass.qr import png, svg  # noqa: PLC0415
    except ImportError as error:
        raise CommandError("drawing QR codes needs more packages", hint="pip install 'healthpass[qr]'") from error
    suffix = path.suffix.lower()
    if suffix == ".svg":
        return svg(text, caption=caption).encode()
    if suffix != ".png":
        raise CommandError(f"--qr {str(path)!r}: the name must end in .png or .svg")
    try:
        return png(text, caption=caption)
    except ValueError as error:  # no font here has a character of the caption
        hint = "write .svg, where the viewer's fonts draw it, or install a Chinese font such as Noto Sans CJK"
        raise CommandError(str(error).partition(": pass font=")[0], hint=hint) from error
