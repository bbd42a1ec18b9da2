"""`healthpass present`: what a holder's device does."""

import sys
from datetime import UTC, datetime
from pathlib import Path
from typing import Annotated, Final

import typer

from healthpass import Challenge, HolderKey, VerificationError, present
from healthpass.cli.errors import CommandError
from healthpass.cli.io.arguments import read_at, read_holder_key, read_nonce, read_opening
from healthpass.cli.io.drawing import draw
from healthpass.cli.io.files import NewFiles
from healthpass.cli.io.output import answering, put
from healthpass.cli.io.sources import read_one
from healthpass.cli.show.watch import watch
from healthpass.codec._text import CHALLENGE

HELP: Final = (
    "Show a code that is bound to a device.\n\nPrints the text of a presentation, signed with the device key now "
    "and good for a minute. The code itself is not verified: that is the gate's part."
)


def command(
    source: Annotated[str, typer.Argument(metavar="TOKEN|-|IMAGE", help="The code.", show_default=False)],
    *,
    key: Annotated[
        Path, typer.Option(metavar="DEVICE.pem", help="The device key of this code.", show_default=False)
    ],
    nonce: Annotated[str | None, typer.Option(metavar="HEX", help="What the gate asks for.")] = None,
    challenge: Annotated[
        str | None, typer.Option(metavar="TEXT|IMAGE", help="The gate's code that asks for it, HPC1:.")
    ] = None,
    opening: Annotated[
        Path | None,
        typer.Option(metavar="FILE", help="Show the opening too, so that the gate can match the document."),
    ] = None,
    at: Annotated[str | None, typer.Option(metavar="RFC3339", help="Show it as of this time, not now.")] = None,
    qr: Annotated[
        Path | None, typer.Option(metavar="FILE.png|.svg", help="Draw the QR code too; a new file.")
    ] = None,
    watching: Annotated[
        bool, typer.Option("--watch", help="Draw the QR code here and renew it every 30 seconds, until Ctrl-C.")
    ] = False,
) -> None:
    """Make one presentation, or one after the other."""
    _check(nonce, challenge, at, qr, watching=watching)
    device_key = read_holder_key(key)
    asked = read_nonce(nonce) if challenge is None else _read_challenge(challenge)
    shown = read_opening(opening)
    moment = read_at(at)
    credential = read_one(source)

    def text(now: datetime) -> str:
        return _present(credential, device_key, now, asked, shown)

    if watching:
        with answering():
            watch(text)
        return
    presentation = text(moment or datetime.now(UTC))
    picture = None if qr is None else draw(presentation, qr)
    with NewFiles() as files, answering():
        if qr is not None and picture is not None:
            files.create(qr, picture, secret=shown is not None)
        put(presentation)


def _check(nonce: str | None, challenge: str | None, at: str | None, qr: Path | None, *, watching: bool) -> None:
    if nonce is not None and challenge is not None:
        raise CommandError("--nonce and --challenge exclude each other", hint="the challenge holds the nonce")
    if watching and (at is not None or qr is not None):
        raise CommandError("--watch shows the code here and now, without --at and --qr")
    if watching and not sys.stdout.isatty():
        raise CommandError(
            "--watch draws on a terminal, and standard output is none",
            hint="without --watch the text of one presentation goes to standard output",
        )


def _read_challenge(source: str) -> bytes:
    text = read_one(source, (CHALLENGE,))
    try:
        return Challenge.read(text)
    except VerificationError as error:
        raise CommandError(
            f"--challenge: {error.message}", hint="scan the gate's code, not a health code"
        ) from error


def _present(credential: str, key: HolderKey, at: datetime, nonce: bytes | None, opening: bytes | None) -> str:
    try:
        return present(credential, key, at=at, nonce=nonce, opening=opening)
    except ValueError as error:
        raise CommandError(
            str(error), hint="healthpass issue --holder-key PUB.pem binds a code to a device key"
        ) from error
