"""`healthpass present` and `print`: what a holder's device does, and a sheet for those who have none."""

import sys
from datetime import datetime
from pathlib import Path
from typing import Annotated, Literal

import typer

from healthpass import Challenge, HolderKey, VerificationError, present
from healthpass.cli.errors import CommandError, needing, refusing, why
from healthpass.cli.io.arguments import At, Nonce, Opening, QrFile, Source, new_file
from healthpass.cli.io.files import NewFiles
from healthpass.cli.io.keys import PassphraseFile, a_key, opened_key
from healthpass.cli.io.output import answering, put
from healthpass.cli.io.sources import read_one
from healthpass.cli.show.drawing import draw, watch
from healthpass.cli.show.times import now


def present_command(
    source: Source,
    *,
    key: Annotated[str, a_key("The device key of this code.")],
    passphrase_file: PassphraseFile = None,
    nonce: Nonce = None,
    challenge: Annotated[
        str | None, typer.Option(metavar="TEXT|IMAGE", help="The gate's code that asks for it, HPC1:.")
    ] = None,
    opening: Opening = None,
    at: At = None,
    qr: QrFile = None,
    watching: Annotated[
        bool, typer.Option("--watch", help="Draw the QR code here and renew it every 30 seconds, until Ctrl-C.")
    ] = False,
) -> None:
    """Show a code that is bound to a device.

    Prints the text of a presentation, signed with the device key now and good for a minute. The code itself is
    not verified: that is the gate's part. With --opening the gate can match the document too.
    """
    if nonce is not None and challenge is not None:
        raise CommandError("--nonce and --challenge exclude each other", hint="the challenge holds the nonce")
    if watching and (at is not None or qr is not None):
        raise CommandError("--watch shows the code here and now, without --at and --qr")
    if watching and not sys.stdout.isatty():
        raise CommandError(
            "--watch draws on a terminal, and standard output is none",
            hint="without --watch the text of one presentation goes to standard output",
        )
    asked = nonce if challenge is None else _read_challenge(challenge)
    credential = read_one(source)

    with opened_key(key, passphrase_file) as signer:
        device = HolderKey.of_signer(signer)

        def text(moment: datetime) -> str:
            with refusing(hint="healthpass issue --holder-key PUB.pem binds a code to a device key"):
                return present(credential, device, at=moment, nonce=asked, opening=opening)

        if watching:
            with answering():
                watch(text)
            return
        presentation = text(at or now())
    picture = draw(presentation, qr)
    with NewFiles() as files, answering():
        files.create(qr, picture, secret=opening is not None)
        put(presentation)


def _read_challenge(source: str) -> bytes:
    text = read_one(source, ("HPC1:",))
    try:
        return Challenge.read(text)
    except VerificationError as error:
        hint = "scan the gate's code, not a health code"
        raise CommandError(f"--challenge: {error.message}", hint=hint) from error


def print_command(
    source: Source,
    *,
    out: Annotated[Path, new_file("SHEET.pdf|.svg", "Where the sheet goes; a new file.")],
    layout: Annotated[
        Literal["bilingual", "large"], typer.Option(help="Chinese and English, or Chinese in large type.")
    ] = "bilingual",
    opening: Opening = None,
    font: Annotated[
        list[Path] | None,
        typer.Option(metavar="FILE.ttf", help="A TrueType font for what the fonts here lack. Repeatable."),
    ] = None,
) -> None:
    """Lay out a code for printing.

    A page of A4 with the QR code, label, issuer, expiry and reference, and never the colour. With --opening, a
    strip to cut off, which lets a gate match the code with the document. The code is not verified, and must not
    be bound to a device key.
    """
    is_pdf = out.suffix.lower() == ".pdf"
    if not is_pdf and out.suffix.lower() != ".svg":
        raise CommandError(f"--out {str(out)!r}: the name must end in .pdf or .svg")
    if font and not is_pdf:
        raise CommandError("--font is for PDF: the viewer's fonts draw an SVG")
    text = read_one(source)
    with needing("print", "printing"):
        from healthpass import sheet  # noqa: PLC0415 - only this command needs reportlab
    try:
        if is_pdf:
            page = sheet.pdf(text, opening=opening, layout=layout, fonts=font or ())
        else:
            page = sheet.svg(text, opening=opening, layout=layout).encode()
    except OSError as error:
        raise CommandError(f"cannot read {error.filename!r}: {why(error)}") from error
    except ValueError as error:
        problem, _, advice = str(error).partition(": pass fonts=")
        hint = "write .svg, where the viewer's fonts draw it, or give --font a TrueType font that has it"
        raise CommandError(problem, hint=hint if advice else None) from error
    with NewFiles() as files:
        # The strip is the holder's alone, as the opening's own file is.
        files.create(out, page, secret=opening is not None)
