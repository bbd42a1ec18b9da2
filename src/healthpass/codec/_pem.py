"""Ed25519 keys as PEM files, as RFC 8410 lays them out.

Only the one DER encoding that an Ed25519 key has is read, by comparing bytes, so there is no ASN.1 to parse.
"""

import base64
import binascii
import re
from typing import Final

PRIVATE: Final = "PRIVATE KEY"
ENCRYPTED: Final = "ENCRYPTED PRIVATE KEY"
_PKCS8: Final = bytes.fromhex("302e020100300506032b657004220420")
_PKCS8_WITH_PUBLIC_KEY: Final = bytes.fromhex("3051020101300506032b657004220420")  # RFC 8410, section 10.3
_PUBLIC_KEY_PART: Final = bytes.fromhex("812100")
_SPKI: Final = bytes.fromhex("302a300506032b6570032100")
_MAX_PEM: Final = 4096  # a key file has 120 bytes; nobody needs to read a disk image
_BLOCK: Final = re.compile(r"\s*-----BEGIN ([A-Z0-9 ]+)-----\s+([A-Za-z0-9+/=\s]*)-----END \1-----\s*")


def write_private(seed: bytes) -> str:
    """Write a seed of 32 bytes as PKCS#8."""
    return write(PRIVATE, _PKCS8 + seed)


def write_public(key: bytes) -> str:
    """Write a public key of 32 bytes as SubjectPublicKeyInfo."""
    return write("PUBLIC KEY", _SPKI + key)


def read_private(pem: str | bytes) -> tuple[bytes, bytes | None]:
    """Read the seed, and the public key where the file holds one.

    Raises:
        TypeError: when `pem` is neither `str` nor `bytes`.
        ValueError: when it is not the PKCS#8 PEM file of an Ed25519 key.
    """
    der = read(pem, PRIVATE)
    if der.startswith(_PKCS8) and len(der) == len(_PKCS8) + 32:
        return der[-32:], None
    if der.startswith(_PKCS8_WITH_PUBLIC_KEY) and len(der) == 83 and der[48:51] == _PUBLIC_KEY_PART:  # noqa: PLR2004
        return der[16:48], der[51:]
    raise ValueError("this private key is not an Ed25519 key; openssl genpkey -algorithm ed25519 makes one")


def read_public(pem: str | bytes) -> bytes:
    """Read the 32 bytes of a public key.

    Raises:
        TypeError: when `pem` is neither `str` nor `bytes`.
        ValueError: when it is not the SubjectPublicKeyInfo PEM file of an Ed25519 key.
    """
    der = read(pem, "PUBLIC KEY")
    if der.startswith(_SPKI) and len(der) == len(_SPKI) + 32:
        return der[-32:]
    raise ValueError("this public key is not an Ed25519 key")


def write(label: str, der: bytes) -> str:
    """Write a PEM file with one block."""
    return f"-----BEGIN {label}-----\n{base64.b64encode(der).decode()}\n-----END {label}-----\n"


def read(pem: str | bytes, label: str) -> bytes:
    """Read what the one block of a PEM file holds.

    Raises:
        TypeError: when `pem` is neither `str` nor `bytes`.
        ValueError: when it is not a PEM file with one block of that label.
    """
    if not isinstance(pem, str | bytes):
        raise TypeError(f"a PEM file must be str or bytes, not {type(pem).__name__}")
    if len(pem) > _MAX_PEM:
        raise ValueError("this is too large for the PEM file of a key")
    text = pem if isinstance(pem, str) else pem.decode("utf-8", "replace")
    text = text.removeprefix("\ufeff")  # with which editors of Windows begin a file
    block = _BLOCK.fullmatch(text)
    if block is None:
        raise ValueError(f"this is not a PEM file with one {label}")
    if block[1] != label and block[1] == ENCRYPTED:
        raise ValueError("the key file is encrypted: healthpass.signers.open_signer opens it with its passphrase")
    if block[1] != label:
        raise ValueError(f"this PEM file holds a {block[1]}, and a {label} is needed")
    try:
        return base64.b64decode("".join(block[2].split()), validate=True)
    except binascii.Error:
        raise ValueError("the PEM file is damaged: what it holds is not Base64") from None
