"""`healthpass keygen` and `issue`: what an issuer's office does."""

from collections.abc import Callable, Iterator
from contextlib import contextmanager, nullcontext
from datetime import timedelta
from pathlib import Path
from typing import Annotated

import typer

from healthpass import (
    FindingsError,
    Issuer,
    IssuerId,
    IssuingError,
    IssuingFinding,
    PublicKey,
    Registry,
    SigningKey,
    read_duration,
)
from healthpass.cli.errors import CommandError
from healthpass.cli.io.arguments import At, QrFile, given, new_file, read_public_key
from healthpass.cli.io.claims import MAX_CLAIMS_FILE, read_claims
from healthpass.cli.io.files import NewFiles, read, read_input
from healthpass.cli.io.keys import PassphraseFile, a_key, made_elsewhere, opened_key, under_passphrase
from healthpass.cli.io.output import answering, aside, put
from healthpass.cli.io.where import LEDGER_HELP, read_where
from healthpass.cli.language import say
from healthpass.cli.show.drawing import draw


def not_compared() -> str:
    """Say that a code was issued without a store."""
    return say("not compared with a registry: --trust STORE issues only what gates would accept")


def _read_finding(text: str) -> IssuingFinding:
    """Read the name of a finding.

    Raises:
        ValueError: when there is none of this name.
    """
    if text not in set(IssuingFinding):
        raise ValueError(f"no finding has this name; they are {', '.join(IssuingFinding)}")
    return IssuingFinding(text)


def keygen_command(
    *,
    out: Annotated[
        str, new_file("KEY.pem|pkcs11:URI", "Where the private key goes: a new file, or a hardware module.")
    ],
    public: Annotated[
        Path | None, typer.Option(metavar="PUB.pem", help="Where the public key goes too; a new file.")
    ] = None,
    encrypt: Annotated[
        bool, typer.Option("--encrypt", help="Ask for a passphrase to encrypt the file with.")
    ] = False,
    passphrase_file: Annotated[
        Path | None,
        typer.Option(
            metavar="FILE", help="The passphrase, or the module's PIN, in a file that you alone may read."
        ),
    ] = None,
) -> None:
    """Make an issuer's key, or a device's.

    An Ed25519 key as PKCS#8, in a new file that you alone can read: whoever has it can issue codes in your name,
    or show yours. With --encrypt or --passphrase-file the file has a passphrase, of 12 characters at least; who
    forgets it has lost the key. A key that is made in a hardware module (pkcs11:token=NAME;object=NEW) never
    leaves it.

    A device key is for one code: `issue --holder-key PUB.pem` binds the code to it, `present --key KEY.pem` shows
    it. Prints the key's kid and its public half.
    """
    with NewFiles() as files, answering():
        if out.startswith("pkcs11:"):
            if encrypt:
                raise CommandError("--encrypt is for a file; a hardware module has its PIN")
            public_key = made_elsewhere(out, passphrase_file)
        else:
            key = SigningKey.generate()
            public_key, pem = key.public_key, key.to_pem()
            if encrypt or passphrase_file is not None:
                pem = under_passphrase(key, out, passphrase_file)
            files.create(Path(out), pem.encode(), secret=True)
        pem = public_key.to_pem()
        files.create(public, pem.encode())
        put(f"kid: {public_key.kid.hex()}")
        put(say("public key: {}", public_key.to_bytes().hex()))
        if public is None:
            put(pem.rstrip())


def issue_command(
    claims: Annotated[str, typer.Argument(metavar="CLAIMS.json|-", help="What is stated, in JSON.")],
    *,
    key: Annotated[str, a_key("The issuer's private key.")],
    issuer: Annotated[IssuerId, given("--issuer", "ID", IssuerId, "The issuer, such as CN-33-01.WJW.")],
    valid_for: Annotated[
        timedelta, given("--valid-for", "DURATION", read_duration, "How long: 24h, 90m, 7d or 3600s.")
    ],
    passphrase_file: PassphraseFile = None,
    at: At = None,
    qr: QrFile = None,
    caption: Annotated[
        bool, typer.Option("--caption", help="Write label, issuer, expiry and reference below it.")
    ] = False,
    opening: Annotated[
        Path | None,
        typer.Option(metavar="FILE", help="Where the opening of the document goes; a new file, secret."),
    ] = None,
    reference: Annotated[
        Path | None,
        typer.Option(metavar="FILE", help="Where its reference goes, by which a ledger knows it; a new file."),
    ] = None,
    holder_key: Annotated[
        PublicKey | None,
        given("--holder-key", "PUB.pem", read_public_key, "The holder's device key, one of this code's own."),
    ] = None,
    holder_proof: Annotated[
        str | None,
        typer.Option(metavar="PROOF|-|IMAGE", help="In its place: the proof of the phone's key, HPK1:."),
    ] = None,
    challenge: Annotated[
        Path | None,
        typer.Option(metavar="CHALLENGE.txt", help="What the proof answers, of `enrol`; it is removed."),
    ] = None,
    ledger: Annotated[
        str | None,
        typer.Option(
            metavar="LEDGER", parser=read_where, help=f"The issuer's ledger, of `status init`: {LEDGER_HELP}."
        ),
    ] = None,
    by: Annotated[str, typer.Option("--by", metavar="WHO", help="Who sets the colour, for the ledger.")] = "",
    reason: Annotated[str, typer.Option("--why", metavar="GROUND", help="On what ground, for the ledger.")] = "",
    trust: Annotated[
        Path | None, typer.Option(metavar="STORE", help="Issue nothing that a gate with this store would refuse.")
    ] = None,
    force: Annotated[
        list[IssuingFinding] | None,
        given("--force", "FINDING", _read_finding, "Issue it with this finding, which is meant; may be repeated."),
    ] = None,
) -> None:
    """Sign a health code and print its text.

    CLAIMS.json, or - for standard input, says what is stated; the least is {"color": "green"}. Files are written
    before the text is printed: if anything fails, there is neither.

    With --ledger the code gets a place in the issuer's status lists, and can be withdrawn. It is written down
    before its text is printed; what fails later leaves a code in the ledger that nobody has.

    What looks like a slip is refused: a label that is not masked, a date in the future, a positive test under
    green. The error names the finding; --force FINDING issues the code with it. With --trust the key, its use, its
    time, the colours and the lifetime are compared with what gates hold.
    """
    if caption and qr is None:
        raise CommandError("--caption has no picture to stand below", hint="add --qr FILE.png or --qr FILE.svg")
    if ledger is None and (by or reason):
        raise CommandError("--by and --why are for a ledger, and there is none", hint="add --ledger LEDGER")
    if ledger is not None and not (by and reason):
        raise CommandError("a ledger notes who sets the colour and on what ground: give --by and --why")
    data = read_input(at_most=MAX_CLAIMS_FILE) if claims == "-" else read(Path(claims), at_most=MAX_CLAIMS_FILE)
    health, document = read_claims(data)
    if document is not None and opening is None:
        raise CommandError(
            "the claims name a document, and there is no place for its opening",
            hint="add --opening FILE: without the opening nobody can ever match the code with the document",
        )
    if document is None and opening is not None:
        raise CommandError(
            "--opening has nothing to write: the claims name no document",
            hint='add "document": {"type": "resident-id", "number": "..."} to the claims',
        )
    registry = _asked(trust)
    holder_key = _device(holder_key, holder_proof, challenge, issuer)
    if ledger is not None:
        from healthpass.cli import ledgers  # noqa: PLC0415 - only this needs sqlite3
    with (
        opened_key(key, passphrase_file) as signer,
        nullcontext() if ledger is None else ledgers.opened(ledger) as places,
        _refusing(trust),
    ):
        if places is not None and places.issuer != issuer:
            raise CommandError(f"{ledger!r} is the ledger of {places.issuer}, and the code is of {issuer}")
        office = Issuer(issuer, signer=signer, lifetime=valid_for, ledger=places, registry=registry)
        issued = office.issue(
            health, at=at, holder_key=holder_key, document=document, by=by, why=reason, accept=force or ()
        )
    if trust is None:
        aside(not_compared())
    picture = draw(issued, qr, caption=caption)
    with NewFiles() as files, answering():
        files.create(opening, issued.opening and f"{issued.opening.hex()}\n".encode(), secret=True)
        files.create(reference, f"{issued.cti.hex()}\n".encode())
        files.create(qr, picture)
        if challenge is not None:  # not before: what stops the code leaves the challenge to the next try
            from healthpass.cli.enrolment import take  # noqa: PLC0415 - only this reads pictures

            take(challenge)
        put(issued.text)


def _asked(trust: Path | None) -> Callable[[], Registry] | None:
    """Open the store that the issuer asks, if there is one."""
    if trust is None:
        return None
    from healthpass.cli import stores  # noqa: PLC0415 - only this needs the store

    return stores.registries(trust)


@contextmanager
def _refusing(trust: Path | None) -> Iterator[None]:
    """Say what the library has against a code.

    Raises:
        CommandError: in place of a ValueError or an IssuingError.
    """
    try:
        yield
    except FindingsError as error:
        found = (f"{finding}: {finding.words.en}" for finding in error.findings)
        again = " ".join(f"--force {finding}" for finding in error.findings)
        raise CommandError(
            *found, hint=f"correct the claims; if they are meant as they are, add {again}"
        ) from error
    except ValueError as error:
        raise CommandError(str(error)) from error
    except IssuingError as error:
        hint = f"healthpass trust show {trust} tells what this store trusts the key for"
        raise CommandError(str(error), hint=hint) from error


def _device(
    bare: PublicKey | None, proof: str | None, challenge: Path | None, issuer: IssuerId
) -> PublicKey | None:
    """Return the device key that is given bare, which is told of, or by its proof.

    Raises:
        CommandError: when the options do not fit, or the proof is refused.
    """
    if proof is None and challenge is None:
        if bare is not None:
            aside(say("nobody has proved this device key: --holder-proof PROOF has it checked"))
        return bare
    if bare is not None:
        raise CommandError("--holder-key and --holder-proof exclude each other", hint="the proof holds the key")
    if proof is None or challenge is None:
        raise CommandError(
            "--holder-proof and --challenge belong together", hint="healthpass enrol makes a challenge"
        )
    from healthpass.cli.enrolment import proved_key  # noqa: PLC0415 - only this reads pictures

    return proved_key(proof, challenge, issuer)
