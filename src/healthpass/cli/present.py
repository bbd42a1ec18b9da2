"""`healthpass present`: what a holder's device does."""

import sys
from datetime import datetime
from typing import Annotated, Final

import typer

from healthpass import Challenge, HolderKey, VerificationError, present
from healthpass.cli.errors import CommandError, refusing
from healthpass.cli.io.arguments import At, Nonce, Opening, QrFile, Source, read_holder_key
from healthpass.cli.io.files import NewFiles
from healthpass.cli.io.output import answering, put
from healthpass.cli.io.sources import read_one
from healthpass.cli.show.drawing import draw, watch
from healthpass.cli.show.times import now

HELP: Final = (
    "Show a code that is bound to a device.\n\nPrints the text of a presentation, signed with the device key now "
    "and good for a minute. The code itself is not verified: that is the gate's part. With --opening the gate can "
    "match the document too."
)


def command(
    source: Source,
    *,
    key: Annotated[
        HolderKey,
        typer.Option(
            metavar="DEVICE.pem", parser=read_holder_key, help="The device key of this code.", show_default=False
        ),
    ],
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
    """Make one presentation, or one after the other."""
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

    def text(moment: datetime) -> str:
        with refusing(hint="healthpass issue --holder-key PUB.pem binds a code to a device key"):
            return present(credential, key, at=moment, nonce=asked, opening=opening)

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
