"""`healthpass issue`: sign a health code."""

import sys
from contextlib import nullcontext
from datetime import timedelta
from pathlib import Path
from typing import Annotated, Final

import typer

from healthpass import Issued, Issuer, IssuerId, read_duration
from healthpass.cli import ledgers
from healthpass.cli.claims import MAX_CLAIMS_FILE, read_claims
from healthpass.cli.errors import CommandError, why
from healthpass.cli.io.arguments import read_at, read_public_key, read_signing_key
from healthpass.cli.io.drawing import draw
from healthpass.cli.io.files import NewFiles, read
from healthpass.cli.io.output import answering, put
from healthpass.drawing._paper import time_at

HELP: Final = (
    "Sign a health code and print its text.\n\nCLAIMS.json, or - for standard input, says what is stated; "
    'the least is {"color": "green"}. Files are written before the text is printed: if anything fails, there is '
    "neither.\n\nWith --ledger the code gets a place in the issuer's status lists, and can be withdrawn. It is "
    "written down before its text is printed; what fails later leaves a code in the ledger that nobody has."
)


def command(
    claims: Annotated[
        str, typer.Argument(metavar="CLAIMS.json|-", help="What is stated, in JSON.", show_default=False)
    ],
    *,
    key: Annotated[Path, typer.Option(metavar="KEY.pem", help="The issuer's private key.", show_default=False)],
    issuer: Annotated[
        str, typer.Option(metavar="ID", help="The issuer, such as CN-33-01.WJW.", show_default=False)
    ],
    valid_for: Annotated[
        str, typer.Option(metavar="DURATION", help="How long: 24h, 90m, 7d or 3600s.", show_default=False)
    ],
    at: Annotated[
        str | None, typer.Option(metavar="RFC3339", help="The start of validity, if it is not now.")
    ] = None,
    qr: Annotated[
        Path | None, typer.Option(metavar="FILE.png|.svg", help="Draw the QR code too; a new file.")
    ] = None,
    caption: Annotated[
        bool, typer.Option("--caption", help="Write label, issuer, expiry and reference below it.")
    ] = False,
    opening: Annotated[
        Path | None,
        typer.Option(metavar="FILE", help="Where the opening of the document goes; a new file, secret."),
    ] = None,
    holder_key: Annotated[
        Path | None, typer.Option(metavar="PUB.pem", help="The holder's device key, one of this code's own.")
    ] = None,
    ledger: Annotated[
        Path | None,
        typer.Option(metavar="LEDGER.db", help="The issuer's ledger, which `status init` has made."),
    ] = None,
    by: Annotated[str, typer.Option("--by", metavar="WHO", help="Who sets the colour, for the ledger.")] = "",
    reason: Annotated[str, typer.Option("--why", metavar="GROUND", help="On what ground, for the ledger.")] = "",
) -> None:
    """Issue one credential, and whatever goes with it."""
    if caption and qr is None:
        raise CommandError("--caption has no picture to stand below", hint="add --qr FILE.png or --qr FILE.svg")
    signing_key = read_signing_key(key)
    device_key = None if holder_key is None else read_public_key(holder_key)
    stated = read_claims(_read(claims))
    _check_opening(opening, has_document=stated.document is not None)
    _check_ledger(ledger, by, reason)
    lifetime, start = _duration(valid_for), read_at(at)
    with nullcontext() if ledger is None else ledgers.opened(ledger) as places:
        try:
            if places is not None and places.issuer != IssuerId(issuer):
                raise CommandError(
                    f"{str(ledger)!r} is the ledger of {places.issuer}, and the code is of {issuer}"
                )
            issued = Issuer(issuer, signer=signing_key, lifetime=lifetime, ledger=places).issue(
                stated.health,
                at=start,
                holder_key=device_key,
                document=stated.document,
                by=by,
                why=reason,
            )
        except ValueError as error:
            raise CommandError(str(error)) from error
    picture = None if qr is None else draw(issued.text, qr, caption=caption_of(issued) if caption else ())
    with NewFiles() as files, answering():
        if opening is not None and issued.opening is not None:
            files.create(opening, f"{issued.opening.hex()}\n".encode(), secret=True)
        if qr is not None and picture is not None:
            files.create(qr, picture)
        put(issued.text)


def caption_of(issued: Issued) -> list[str]:
    """Say whose code it is, who issued it, until when, and what to name in an appeal. Never the colour.

    A guard would read the colour here instead of scanning.
    """
    chinese = issued.issuer.region.within("CN")
    lines = [
        issued.issuer,
        f"{'有效至 ' if chinese else ''}until {time_at(issued.issuer, issued.expires_at)}",
        f"{'编号 ' if chinese else ''}ref {issued.cti.hex()}",
    ]
    return lines if issued.health.holder is None else [issued.health.holder, *lines]


def _read(claims: str) -> bytes:
    if claims != "-":
        return read(Path(claims), at_most=MAX_CLAIMS_FILE)
    if sys.stdin is None:
        raise CommandError("standard input is closed")
    try:
        data = sys.stdin.buffer.read(MAX_CLAIMS_FILE + 1)
    except OSError as error:
        raise CommandError(f"cannot read standard input: {why(error)}") from error
    if len(data) > MAX_CLAIMS_FILE:
        raise CommandError(
            f"standard input has more than {MAX_CLAIMS_FILE} bytes, which is no health code's claims"
        )
    return data


def _check_opening(opening: Path | None, *, has_document: bool) -> None:
    if has_document and opening is None:
        raise CommandError(
            "the claims name a document, and there is no place for its opening",
            hint="add --opening FILE: without the opening nobody can ever match the code with the document",
        )
    if opening is not None and not has_document:
        raise CommandError(
            "--opening has nothing to write: the claims name no document",
            hint='add "document": {"type": "resident-id", "number": "..."} to the claims',
        )


def _check_ledger(ledger: Path | None, by: str, reason: str) -> None:
    if ledger is None and (by or reason):
        raise CommandError("--by and --why are for a ledger, and there is none", hint="add --ledger LEDGER.db")
    if ledger is not None and not (by and reason):
        raise CommandError("a ledger notes who sets the colour and on what ground: give --by and --why")


def _duration(text: str) -> timedelta:
    try:
        return read_duration(text)
    except ValueError as error:
        raise CommandError(f"--valid-for {text!r}: {error}") from error
