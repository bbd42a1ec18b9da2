"""The Merkle tree of a batch: its root stands in a line of the log for all codes that the line is about.

Hashed as RFC 9162, section 2.1.1 has it, with SHA-256. The leaves are in the order of the ctis. Each is hashed
with a salt of its own, which comes from the line's salt and the cti: whoever is shown one leaf and its path can
try out nothing against the others, and when the line's salt is deleted, nothing can be tried out at all.
"""

import hashlib
import struct
from collections.abc import Iterable
from typing import Final

_ISSUED: Final = struct.Struct(">12sHI8sqq")  # cti, list, entry, kid, issued_at, expires_at
_SALT_SIZE: Final = 16
_NO_DEVICE: Final = bytes(16)
_SIZES: Final = (12, 8, 16)  # bytes of a cti, of a kid, and of what is kept of a device key


def leaf(data: bytes) -> bytes:
    """Hash an entry."""
    return hashlib.sha256(b"\0" + data).digest()


def node(left: bytes, right: bytes) -> bytes:
    """Hash two hashes."""
    return hashlib.sha256(b"\1" + left + right).digest()


def root(leaves: Iterable[bytes]) -> bytes:
    """Return the root over hashes of entries.

    >>> root([leaf(b"")]) == leaf(b"")
    True
    """
    level = list(leaves)
    if not level:
        return hashlib.sha256().digest()
    while len(level) > 1:
        odd = level[len(level) & ~1 :]  # goes up as it is: the left subtree is the largest power of two
        level = [*map(node, level[0::2], level[1::2]), *odd]
    return level[0]


def issued(  # noqa: PLR0917 - a row of the table
    salt: bytes,
    cti: bytes,
    number: int,
    entry: int,
    kid: bytes,
    issued_at: int,
    expires_at: int,
    device: bytes | None,
) -> bytes:
    """Hash what the ledger knows of a code that was issued.

    Raises:
        TypeError: when a value is of another type.
        ValueError: when one is out of range.
    """
    if (len(cti), len(kid), len(device or _NO_DEVICE)) != _SIZES:
        raise ValueError("a cti, a kid or a device has another size")
    try:
        told = _ISSUED.pack(cti, number, entry, kid, issued_at, expires_at)
    except struct.error as error:
        raise ValueError(str(error)) from error
    return leaf(_own(salt, cti) + told + (device or b""))


def withdrawn(salt: bytes, cti: bytes, new: bytes | None) -> bytes:
    """Hash what the ledger knows of a withdrawal: of which code, and which one came in its place."""
    return leaf(_own(salt, cti) + cti + (new or b""))


def _own(salt: bytes, cti: bytes) -> bytes:
    return hashlib.blake2b(cti, key=salt, digest_size=_SALT_SIZE, person=b"hp-ledger-entry").digest()
