"""Key files, passphrases and PINs: where they come from."""

import codecs
import os
import stat
from collections.abc import Callable
from pathlib import Path
from typing import BinaryIO, Final, TypeAlias

from healthpass.signers._errors import SignerError
from healthpass.words._discreet import discreet

MAX_KEY_FILE: Final = 4096  # bytes; an encrypted key's PEM file has some 400
MAX_PASSPHRASE: Final = 1024  # bytes in UTF-8
_OTHERS: Final = stat.S_IRWXG | stat.S_IRWXO

Passphrase: TypeAlias = str | Callable[[str], str]
"""A passphrase or a PIN, or what asks for it: it is called with words such as `the passphrase of 'root.pem'`."""


def held(passphrase: Passphrase | None) -> Passphrase | None:
    """Return what gives a passphrase and does not show it: a frame that is still running can forget nothing."""
    if passphrase is None or callable(passphrase):
        return passphrase
    return lambda _: passphrase


@discreet
def told(passphrase: Passphrase | None, what: str) -> str:
    """Return a passphrase, which is asked for where it must be.

    Raises:
        SignerError: when there is none, or it is none.
    """
    if passphrase is None:
        raise SignerError(f"{what} is needed")
    text = passphrase(what) if callable(passphrase) else passphrase
    if not isinstance(text, str):
        raise TypeError(f"a passphrase must be a str, not {type(text).__name__}")
    encoded = text.encode("utf-8", "replace")
    if not text or "\0" in text or len(encoded) > MAX_PASSPHRASE or encoded.decode() != text:
        raise SignerError(f"{what} must have 1 to {MAX_PASSPHRASE:,} bytes of UTF-8, and no null character")
    return text


@discreet
def read_passphrase(path: str | os.PathLike[str]) -> str:
    """Read a passphrase or a PIN from the one line of a file, or of a pipe, that its owner alone may read.

    Raises:
        SignerError: when it cannot be read, when others than this account and root own it or others may read it,
            or when it does not hold one line of at most 1,024 bytes.
    """
    name = repr(os.fspath(path))
    with _opened(path) as file:
        status = os.fstat(file.fileno())
        if not stat.S_ISREG(status.st_mode) and not stat.S_ISFIFO(status.st_mode):
            raise SignerError(f"{name} is no file")
        if os.name == "posix":
            if status.st_uid not in {os.geteuid(), 0}:
                raise SignerError(f"the passphrase file {name} belongs to another account")
            if status.st_mode & _OTHERS:
                mode = stat.S_IMODE(status.st_mode)
                raise SignerError(f"others may read the passphrase file {name}, mode {mode:04o}: chmod 600 {name}")
        data = _bounded(file, name, MAX_PASSPHRASE + 2)
    line = data.removesuffix(b"\n").removesuffix(b"\r")
    try:
        text = line.decode("utf-8").removeprefix("\ufeff")  # as some editors begin a file
    except UnicodeDecodeError:
        raise SignerError(f"the passphrase file {name} is not UTF-8") from None
    if not text or "\n" in text or "\0" in text:
        raise SignerError(f"the passphrase file {name} must hold one line, the passphrase")
    return text


def read_key_file(path: str) -> bytes:
    """Read a key file, but not one without end.

    Raises:
        SignerError: when it cannot be read, or has more than 4,096 bytes.
    """
    with _opened(path) as file:
        data = _bounded(file, repr(path), MAX_KEY_FILE)
    return data.removeprefix(codecs.BOM_UTF8)  # as some editors begin a file


def _opened(path: str | os.PathLike[str]) -> BinaryIO:
    try:
        return Path(path).open("rb")
    except (OSError, ValueError) as error:
        raise SignerError(f"cannot read {os.fspath(path)!r}: {why(error)}") from error


def _bounded(file: BinaryIO, name: str, at_most: int) -> bytes:
    try:
        data = file.read(at_most + 1)
    except OSError as error:
        raise SignerError(f"cannot read {name}: {why(error)}") from error
    if len(data) > at_most:
        raise SignerError(f"cannot read {name}: it has more than {at_most} bytes")
    return data


def why(error: OSError | ValueError) -> str:
    """Say what the operating system says, in our style."""
    if isinstance(error, FileNotFoundError):
        return "no such file or folder"
    reason = getattr(error, "strerror", None) or str(error) or type(error).__name__
    return reason[:1].lower() + reason[1:]
