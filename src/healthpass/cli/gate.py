"""`healthpass gate`: what a checkpoint does besides verifying."""

from typing import Annotated, Final

import typer

from healthpass import Challenge
from healthpass.cli.io.arguments import AsJson, QrFile
from healthpass.cli.io.files import NewFiles
from healthpass.cli.io.output import answering, aside, json_line, put
from healthpass.cli.show.drawing import characters, draw

HELP: Final = "What a checkpoint does besides verifying."
_CHALLENGE_HELP: Final = (
    "Ask the next holder for a nonce.\n\nPrints the text of the code that the holder's app scans, and the nonce "
    "on standard error: give it to `verify --nonce`. It is for one showing, within two minutes."
)


def challenge(
    *,
    qr: QrFile = None,
    terminal: Annotated[
        bool, typer.Option("--terminal", help="Draw the QR code in the terminal, on standard error.")
    ] = False,
    as_json: AsJson = False,
) -> None:
    """Make a challenge and show it."""
    made = Challenge()
    nonce = made.take()
    picture = draw(made.text, qr)
    drawing = characters(made.text) if terminal else None
    with NewFiles() as files, answering():
        files.create(qr, picture)
        if drawing is not None:
            aside(drawing)
        if as_json:
            put(json_line({"text": made.text, "nonce": nonce, "expires_at": made.expires_at}))
            return
        aside(f"nonce: {nonce.hex()}")
        put(made.text)


COMMANDS: Final = (("challenge", _CHALLENGE_HELP, challenge),)
