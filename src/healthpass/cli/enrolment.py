"""`healthpass enrol` and `prove`: how the key of a holder's device comes to an office."""

from datetime import timedelta
from pathlib import Path
from typing import Annotated, Final

import typer

from healthpass import (
    Enrolment,
    HolderKey,
    IssuerId,
    PublicKey,
    check_proof,
    prove,
    read_time,
    write_time,
)
from healthpass.cli.errors import CommandError, refusing, why
from healthpass.cli.io.arguments import QrFile, given, new_file
from healthpass.cli.io.files import NewFiles, read
from healthpass.cli.io.keys import PassphraseFile, a_key, opened_key
from healthpass.cli.io.output import answering, put
from healthpass.cli.io.sources import read_one
from healthpass.cli.show.drawing import draw
from healthpass.cli.show.times import now

_LIFE: Final = timedelta(minutes=10)  # ENR-2
_MAX_FILE: Final = 256  # bytes: an issuer id, a challenge and a time
_HINT: Final = "healthpass enrol --issuer ID --out CHALLENGE.txt makes another one"


def enrol_command(
    *,
    issuer: Annotated[IssuerId, given("--issuer", "ID", IssuerId, "The office, as it stands in the codes.")],
    out: Annotated[Path, new_file("CHALLENGE.txt", "Where the office keeps it, for `issue`; a new file.")],
    qr: QrFile = None,
) -> None:
    """Ask a holder's phone to prove its key, before a code is bound to it.

    Prints the text of a challenge, for one phone and for 10 minutes. The phone answers with `prove`, and `issue
    --holder-proof PROOF --challenge CHALLENGE.txt` checks it, removes the file and issues the code. Give it
    to a holder whom you have identified.
    """
    ends = now() + _LIFE
    text = Enrolment(issuer).challenge()
    picture = draw(text, qr)
    with NewFiles() as files, answering():
        files.create(out, f"{issuer}\n{text}\n{write_time(ends)}\n".encode(), secret=True)
        files.create(qr, picture)
        put(text)


def prove_command(
    challenge: Annotated[str, typer.Argument(metavar="TEXT|-|IMAGE", help="The office's challenge, HPE1:.")],
    *,
    key: Annotated[str, a_key("A fresh device key, for one code.")],
    issuer: Annotated[IssuerId, given("--issuer", "ID", IssuerId, "The office that the code is wanted from.")],
    passphrase_file: PassphraseFile = None,
    qr: QrFile = None,
) -> None:
    """Prove to an office that this device has a key.

    Prints the text of the proof, which the office checks before it binds a code to the key. A challenge of another
    office than --issuer is refused.
    """
    asked = read_one(challenge, ("HPE1:",))
    with (
        opened_key(key, passphrase_file) as signer,
        refusing(hint="scan the office's challenge, not a gate's and not a health code"),
    ):
        proof = prove(asked, HolderKey.of_signer(signer), issuer=issuer)
    picture = draw(proof, qr)
    with NewFiles() as files, answering():
        files.create(qr, picture)
        put(proof)


def proved_key(proof: str, challenge: Path, issuer: IssuerId) -> PublicKey:
    """Check the proof of a device key against the challenge, which stays until `taken`.

    Raises:
        CommandError: when the proof is refused, or the challenge is none, of another issuer, over or taken.
    """
    shown = read_one(proof, ("HPK1:",))
    lines = read(challenge, at_most=_MAX_FILE).decode("ascii", "replace").split("\n")
    if len(lines) != 4 or lines[3]:  # noqa: PLR2004 - what `enrol` has written
        raise CommandError(f"{str(challenge)!r} is no challenge of an enrolment", hint=_HINT)
    office, asked, ends = lines[:3]
    if office != issuer:
        raise CommandError(f"{str(challenge)!r} is a challenge of another issuer than --issuer", hint=_HINT)
    with refusing("--holder-proof", hint=_HINT):
        key = check_proof(shown, asked)
        if now() >= read_time(ends):
            raise CommandError("the challenge has expired", hint=_HINT)
    return key


def take(challenge: Path) -> None:
    """Remove a challenge before the code for its proof is given away: who removes it has taken it.

    Raises:
        CommandError: when it cannot be removed, as when another proof has just answered it.
    """
    try:
        challenge.unlink()
    except OSError as error:
        raise CommandError(f"cannot take the challenge {str(challenge)!r}: {why(error)}", hint=_HINT) from error
