"""Arguments that several commands take: times, and key files."""

from datetime import datetime
from pathlib import Path

from healthpass import PublicKey, SigningKey
from healthpass.cli.errors import CommandError
from healthpass.cli.files import MAX_KEY_FILE, read
from healthpass.cli.times import read_time


def read_at(text: str | None) -> datetime | None:
    """Read `--at`.

    Raises:
        CommandError: when it is not a time with its zone.
    """
    try:
        return None if text is None else read_time(text)
    except ValueError as error:
        raise CommandError(f"--at {text!r}: {error}") from error


def read_public_key(path: Path) -> PublicKey:
    """Read the PEM file of a public key.

    Raises:
        CommandError: when it cannot be read, or is none.
    """
    pem = read(path, at_most=MAX_KEY_FILE)
    try:
        return PublicKey.from_pem(pem)
    except ValueError as error:
        hint = "openssl pkey -in KEY.pem -pubout -out PUB.pem writes the public half of a private key"
        raise CommandError(f"{str(path)!r}: {error}", hint=hint) from error


def read_signing_key(path: Path) -> SigningKey:
    """Read the PEM file of a private key.

    Raises:
        CommandError: when it cannot be read, or is none.
    """
    pem = read(path, at_most=MAX_KEY_FILE)
    try:
        return SigningKey.from_pem(pem)
    except ValueError as error:
        raise CommandError(f"{str(path)!r}: {error}", hint="healthpass keygen --out KEY.pem makes one") from error
