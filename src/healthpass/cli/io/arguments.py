"""Arguments of commands: times, nonces, and files that hold a key or an opening."""

import re
from collections.abc import Callable
from datetime import datetime
from pathlib import Path
from typing import Final, TypeVar

from healthpass import HolderKey, PublicKey, SigningKey, read_time
from healthpass.cli.errors import USAGE, CommandError
from healthpass.cli.io.files import MAX_KEY_FILE, read
from healthpass.credential._binding import OPENING_SIZE
from healthpass.documents._fields import check_environment
from healthpass.documents._statement import PRODUCTION
from healthpass.presentation._presentation import check_nonce
from healthpass.verifying._verify import MAX_SKEW

_Key = TypeVar("_Key", PublicKey, SigningKey, HolderKey)

_MAX_OPENING_FILE: Final = 256  # bytes; the digits of an opening, in whatever groups somebody wrote them down


def read_at(text: str | None) -> datetime | None:
    """Read `--at`.

    Raises:
        CommandError: when it is not a time with its zone, from 1970 to 9998.
    """
    try:
        return None if text is None else read_time(text)
    except ValueError as error:
        raise CommandError(f"--at {text!r}: {error}") from error


def read_skew(text: str) -> int:
    """Read `--skew`.

    Raises:
        CommandError: when it is no number of seconds, or a greater one than VER-12 allows.
    """
    if not re.fullmatch(r"\d{1,3}", text, re.ASCII) or int(text) > MAX_SKEW:
        raise CommandError(f"--skew {text!r}: 0 to {MAX_SKEW} seconds", hint="healthpass verify --help")
    return int(text)


def read_environment(text: str | None) -> str:
    """Read `--environment`; production when it is left out.

    Raises:
        CommandError: when it is no name of an environment (DOC-10).
    """
    try:
        return PRODUCTION if text is None else check_environment(text)
    except ValueError as error:
        raise CommandError(f"--environment {text!r}: {error}") from error


def read_public_key(path: Path) -> PublicKey:
    """Read the PEM file of a public key.

    Raises:
        CommandError: when it cannot be read, or is none.
    """
    hint = "openssl pkey -in KEY.pem -pubout -out PUB.pem writes the public half of a private key"
    return _read_key(path, PublicKey.from_pem, hint)


def read_signing_key(path: Path, *, unreadable: int = USAGE) -> SigningKey:
    """Read the PEM file of a private key.

    Raises:
        CommandError: when it cannot be read, with the exit code `unreadable`, or is none.
    """
    return _read_key(path, SigningKey.from_pem, "healthpass keygen --out KEY.pem makes one", unreadable)


def read_holder_key(path: Path) -> HolderKey:
    """Read the PEM file of a device key.

    Raises:
        CommandError: when it cannot be read, or is none.
    """
    return _read_key(path, HolderKey.from_pem, "healthpass keygen --out DEVICE.pem makes one")


def _read_key(path: Path, from_pem: Callable[[bytes], _Key], hint: str, unreadable: int = USAGE) -> _Key:
    pem = read(path, at_most=MAX_KEY_FILE, exit_code=unreadable)
    try:
        return from_pem(pem)
    except ValueError as error:
        raise CommandError(f"{str(path)!r}: {error}", hint=hint) from error


def read_nonce(text: str | None) -> bytes | None:
    """Read `--nonce`.

    Raises:
        CommandError: when it is not 8 to 64 bytes in hexadecimal digits.
    """
    if text is None:
        return None
    try:
        nonce = bytes.fromhex(text)
    except ValueError as error:
        raise CommandError(f"--nonce {text!r}: expected hexadecimal digits", hint=_NONCE_HINT) from error
    try:
        return check_nonce(nonce)
    except ValueError as error:
        raise CommandError(f"--nonce: {error}", hint=_NONCE_HINT) from error


def read_opening(path: Path | None) -> bytes | None:
    """Read the file of an opening, as `healthpass issue --opening` writes it.

    Raises:
        CommandError: when it cannot be read, or does not hold 16 bytes in hexadecimal digits.
    """
    if path is None:
        return None
    data = read(path, at_most=_MAX_OPENING_FILE)
    try:
        opening = bytes.fromhex(data.decode("ascii"))
    except ValueError:
        opening = b""
    if len(opening) != OPENING_SIZE:
        # What is in it is not repeated: it may be the right secret with a slip.
        raise CommandError(
            f"{str(path)!r} holds no opening: expected {2 * OPENING_SIZE} hexadecimal digits",
            hint="healthpass issue --opening FILE writes it; a print sheet has it on its strip",
        )
    return opening


_NONCE_HINT: Final = "healthpass gate challenge makes a nonce, and the code that asks for it"
