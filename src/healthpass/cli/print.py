"""`healthpass print`: a sheet for people who carry their code on paper."""

from pathlib import Path
from typing import Annotated, Final, Literal

import typer

from healthpass.cli.errors import CommandError, needing, why
from healthpass.cli.io.arguments import Opening, Source
from healthpass.cli.io.files import NewFiles
from healthpass.cli.io.sources import read_one

HELP: Final = (
    "Lay out a code for printing.\n\nA page of A4 with the QR code, label, issuer, expiry and reference, and "
    "never the colour. With --opening, a strip to cut off, which lets a gate match the code with the document. "
    "The code is not verified, and must not be bound to a device key."
)


def command(
    source: Source,
    *,
    out: Annotated[
        Path, typer.Option(metavar="SHEET.pdf|.svg", help="Where the sheet goes; a new file.", show_default=False)
    ],
    layout: Annotated[
        Literal["bilingual", "large"], typer.Option(help="Chinese and English, or Chinese in large type.")
    ] = "bilingual",
    opening: Opening = None,
    font: Annotated[
        Path | None, typer.Option(metavar="FILE.ttf", help="A TrueType font with every character of the label.")
    ] = None,
) -> None:
    """Lay out one sheet."""
    is_pdf = out.suffix.lower() == ".pdf"
    if not is_pdf and out.suffix.lower() != ".svg":
        raise CommandError(f"--out {str(out)!r}: the name must end in .pdf or .svg")
    if font is not None and not is_pdf:
        raise CommandError("--font is for PDF: the viewer's fonts draw an SVG")
    text = read_one(source)
    with needing("print", "printing"):
        from healthpass import sheet  # noqa: PLC0415 - only this command needs reportlab
    try:
        if is_pdf:
            page = sheet.pdf(text, opening=opening, layout=layout, font=font)
        else:
            page = sheet.svg(text, opening=opening, layout=layout).encode()
    except OSError as error:
        raise CommandError(f"cannot read {str(font)!r}: {why(error)}") from error
    except ValueError as error:
        problem, _, advice = str(error).partition(": pass font=")
        hint = "write .svg, where the viewer's fonts draw it, or give --font a TrueType font that has it"
        raise CommandError(problem, hint=hint if advice else None) from error
    with NewFiles() as files:
        # The strip is the holder's alone, as the opening's own file is.
        files.create(out, page, secret=opening is not None)
