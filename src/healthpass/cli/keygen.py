"""`healthpass keygen`: make a key, an issuer's or a device's."""

from pathlib import Path
from typing import Annotated, Final

import typer

from healthpass import SigningKey
from healthpass.cli.io.files import NewFiles
from healthpass.cli.io.output import answering, put

HELP: Final = (
    "Make an issuer's key, or a device's.\n\nAn Ed25519 key as PKCS#8, in a new file that you alone can read: "
    "whoever has it can issue codes in your name, or show yours. A device key is for one code: `issue "
    "--holder-key PUB.pem` binds the code to it, `present --key KEY.pem` shows it. Prints the key's kid and its "
    "public half."
)


def command(
    *,
    out: Annotated[
        Path, typer.Option(metavar="KEY.pem", help="Where the private key goes; a new file.", show_default=False)
    ],
    public: Annotated[
        Path | None, typer.Option(metavar="PUB.pem", help="Where the public key goes too; a new file.")
    ] = None,
) -> None:
    """Make a key and write it."""
    key = SigningKey.generate()
    pem = key.public_key.to_pem()
    with NewFiles() as files, answering():
        files.create(out, key.to_pem().encode(), secret=True)
        files.create(public, pem.encode())
        put(f"kid: {key.public_key.kid.hex()}")
        put(f"public key: {key.public_key.to_bytes().hex()}")
        if public is None:
            put(pem.rstrip())
