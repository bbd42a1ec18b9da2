"""Private keys of commands: `--key`, a path or a URI, and `--passphrase-file`."""

import sys
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from getpass import getpass
from pathlib import Path
from typing import Annotated, Any, Final, TypeAlias

import typer

from healthpass import PublicKey, SignatureError, Signer, SigningKey
from healthpass.cli.errors import USAGE, CommandError
from healthpass.signers import SignerError, create_key, encrypt_key, open_signer, read_passphrase

_HINT: Final = "healthpass keygen --out KEY.pem makes one"

PassphraseFile: TypeAlias = Annotated[
    Path | None,
    typer.Option(
        "--passphrase-file",
        metavar="FILE",
        help="Its passphrase or PIN, in a file that you alone may read; asked for, if left out.",
    ),
]

PassphraseFiles: TypeAlias = Annotated[
    list[Path] | None,
    typer.Option(
        "--passphrase-file",
        metavar="FILE",
        help="For each key that has one, in their order; asked for, if left out.",
    ),
]


def a_key(said: str) -> Any:
    """Return the option `--key`."""
    return typer.Option("--key", metavar="KEY.pem|URI", help=said)


@contextmanager
def opened_key(uri: str, passphrase_file: Path | None, *, exit_code: int = USAGE) -> Iterator[Signer]:
    """Open a private key, and say what goes wrong with it.

    Args:
        uri: what `--key` was given.
        passphrase_file: what `--passphrase-file` was given.
        exit_code: the exit code.

    Raises:
        CommandError: when it cannot be opened or, within the block, does not sign as it must.
    """
    files = [] if passphrase_file is None else [passphrase_file]
    with opened_with(uri, files, exit_code=exit_code) as signer:
        if files:
            raise unused(files)
        yield signer


@contextmanager
def opened_with(uri: str, files: list[Path], *, exit_code: int = USAGE) -> Iterator[Signer]:
    """Open one of several keys: whichever has a passphrase takes the next of the files, and it from the list.

    Raises:
        CommandError: as `opened_key`.
    """
    try:
        with open_signer(
            uri, passphrase=lambda what: read_passphrase(files.pop(0)) if files else ask(what)
        ) as key:
            yield key
    except SignerError as error:
        is_none = isinstance(error.__cause__, ValueError) and "passphrase" not in str(error)
        raise CommandError(str(error), hint=_HINT if is_none else None, exit_code=exit_code) from error
    except SignatureError as error:
        raise CommandError(error.message, hint="nothing was signed with it", exit_code=exit_code) from error


def unused(files: Sequence[Path]) -> CommandError:
    """Say that a passphrase was given, and no key has one: somebody takes a key for better kept than it is."""
    return CommandError(f"--passphrase-file {str(files[0])!r}: the key has no passphrase and asks for no PIN")


def ask(what: str) -> str:
    """Ask for a passphrase or a PIN on the terminal, without showing what is typed.

    Raises:
        CommandError: when there is no terminal, or nothing is typed.
    """
    if sys.stdin is None or not sys.stdin.isatty():
        raise CommandError(
            f"{what} is needed, and there is no terminal to ask on", hint="add --passphrase-file FILE"
        )
    try:
        return getpass(f"{what}: ")
    except EOFError:
        raise CommandError(f"{what} is needed") from None


def under_passphrase(key: SigningKey, name: str, passphrase_file: Path | None) -> str:
    """Write a new key under a passphrase, which is asked for twice where there is no file of it.

    Raises:
        CommandError: when there is none, or it is too short.
    """
    what = f"the passphrase of {name!r}"
    try:
        passphrase = ask(what) if passphrase_file is None else read_passphrase(passphrase_file)
        if passphrase_file is None and ask(f"{what}, again") != passphrase:
            raise CommandError("these are two different passphrases")
        return encrypt_key(key, passphrase)
    except (SignerError, ValueError) as error:
        raise CommandError(str(error)) from None


def made_elsewhere(uri: str, passphrase_file: Path | None) -> PublicKey:
    """Make a key in a hardware module.

    Raises:
        CommandError: when it makes none.
    """
    try:
        return create_key(
            uri, passphrase=lambda what: ask(what) if passphrase_file is None else read_passphrase(passphrase_file)
        )
    except SignerError as error:
        raise CommandError(str(error)) from error
