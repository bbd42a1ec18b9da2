"""`open_signer`: from what `--key` takes to a `Signer`."""

import os
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Final
from urllib.parse import unquote

from healthpass.codec._keys import PublicKey, Signer, SigningKey
from healthpass.signers import _token
from healthpass.signers._bridge import Bridge
from healthpass.signers._encrypted import decrypt_key, is_encrypted
from healthpass.signers._errors import SignerError
from healthpass.signers._secrets import Passphrase, held, read_key_file
from healthpass.words._discreet import discreet

TIMEOUT: Final = 60.0  # seconds; a KMS that has to be woken, a person who has to touch a token


@contextmanager
def open_signer(
    uri: str | os.PathLike[str], *, passphrase: Passphrase | None = None, timeout: float = TIMEOUT
) -> Iterator[Signer]:
    """Open a private key for the length of a `with` block, wherever it is.

    A URI decides which programs run and which libraries are loaded: take it from nobody who may not decide that.

    >>> with open_signer("pkcs11:token=office;object=registry", passphrase=ask) as key:  # doctest: +SKIP
    ...     signed = sign(registry, key, root=root)

    Args:
        uri: a path, or `file:`, of a PKCS#8 PEM file; `pkcs11:`; or `exec:` and a command line, which no shell
            reads. Whatever begins otherwise is a path.
        passphrase: that of an encrypted file or the PIN of a token, or what asks for it; called only when needed.
        timeout: how long a program behind `exec:` may take for its first line and for each answer, in seconds.

    Yields:
        The signer. That of a program has `sign_many`, too; see `BatchSigner`.

    Raises:
        SignerError: when the key cannot be opened; within the block, when it does not sign.
        SignatureError: within the block, when a signature that came back does not verify.
    """
    passphrase = held(passphrase)
    text = os.fspath(uri)
    scheme, colon, rest = text.partition(":")
    if colon and scheme == "pkcs11":
        with _token.token_key(rest, passphrase) as key:
            yield key
    elif colon and scheme == "exec":
        bridge = Bridge(rest, timeout)
        try:
            yield bridge
        finally:
            bridge.close()
    else:
        yield _of_file(_path(rest) if colon and scheme == "file" else text, passphrase)


@discreet
def create_key(uri: str, *, passphrase: Passphrase | None = None) -> PublicKey:
    """Make a key pair in a hardware module (extra: ``pkcs11``); its private half never leaves it.

    Args:
        uri: `pkcs11:`, with the token and with the name of the new object.
        passphrase: the PIN, or what asks for it.

    Returns:
        The public half.

    Raises:
        SignerError: when the URI is another, the name is taken, or the module makes no such key.
    """
    scheme, _, rest = uri.partition(":")
    if scheme != "pkcs11":
        raise SignerError("a key is made in a token, pkcs11:; for a file there is SigningKey.generate()")
    return _token.create_in_token(rest, passphrase)


def _path(text: str) -> str:
    """Return the path of a `file:` URI (RFC 8089), which may also be relative."""
    path = unquote(text)
    if not path.startswith("//"):
        return path
    host, slash, local = path[2:].partition("/")
    if host not in {"", "localhost"} or not slash:
        raise SignerError("file: names another machine; expected file:PATH or file:///PATH")
    return f"/{local}"


@discreet
def _of_file(path: str, passphrase: Passphrase | None) -> SigningKey:
    pem = read_key_file(path)
    try:
        if is_encrypted(pem):
            return decrypt_key(pem, passphrase, f"the passphrase of {path!r}")
        return SigningKey.from_pem(pem)
    except ValueError as error:
        raise SignerError(f"{path!r}: {error}") from error
