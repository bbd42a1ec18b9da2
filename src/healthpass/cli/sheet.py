"""`healthpass print`: a sheet for people who carry their code on paper."""

from pathlib import Path
from typing import Annotated, Final, Literal

import typer

from healthpass.cli.errors import CommandError, why
from healthpass.cli.io.arguments import read_opening
from healthpass.cli.io.files import NewFiles
from healthpass.cli.io.sources import read_one

HELP: Final = (
    "Lay out a code for printing.\n\nA page of A4 with the QR code, label, issuer, expiry and reference, and "
    "never the colour. With --opening, a strip to cut off, which lets a gate match the code with the document. "
    "The code is not verified."
)


def command(
    source: Annotated[
        str, typer.Argument(metavar="TOKEN|-|IMAGE", help="The code, without a device key.", show_default=False)
    ],
    *,
    out: Annotated[
        Path, typer.Option(metavar="SHEET.pdf|.svg", help="Where the sheet goes; a new file.", show_default=False)
    ],
    layout: Annotated[
        Literal["bilingual", "large"], typer.Option(help="Chinese and English, or Chinese in large type.")
    ] = "bilingual",
    opening: Annotated[
        Path | None, typer.Option(metavar="FILE", help="The opening of the document, for the strip.")
    ] = None,
    font: Annotated[
        Path | None, typer.Option(metavar="FILE.ttf", help="A TrueType font with every character of the label.")
    ] = None,
) -> None:
    """Lay out one sheet."""
    suffix = out.suffix.lower()
    if suffix not in {".pdf", ".svg"}:
        raise CommandError(f"--out {str(out)!r}: the name must end in .pdf or .svg")
    if font is not None and suffix == ".svg":
        raise CommandError("--font is for PDF: the viewer's fonts draw an SVG")
    secret = read_opening(opening)
    text = read_one(source)
    sheet = _laid_out(text, secret, layout, font, pdf=suffix == ".pdf")
    with NewFiles() as files:
        # The strip is the holder's alone, as the opening's own file is.
        files.create(out, sheet, secret=secret is not None)


def _laid_out(
    text: str, opening: bytes | None, layout: Literal["bilingual", "large"], font: Path | None, *, pdf: bool
) -> bytes:
    try:
        # Here, because only this command needs reportlab.
        from healthpass import sheet  # noqa: PLC0415
    except ImportError as error:
        raise CommandError("printing needs more packages", hint="pip install 'healthpass[print]'") from error
    try:
        if pdf:
            return sheet.pdf(text, opening=opening, layout=layout, font=font)
        return sheet.svg(text, opening=opening, layout=layout).encode()
    except OSError as error:
        raise CommandError(f"cannot read {str(font)!r}: {why(error)}") from error
    except ValueError as error:
        problem, _, advice = str(error).partition(": pass font=")
        hint = "write .svg, where the viewer's fonts draw it, or give --font a TrueType font that has it"
        raise CommandError(problem, hint=hint if advice else None) from error
