"""The Merkle tree of a batch: its root stands in a line of the log for all codes that the line is about.

Hashed as RFC 9162, section 2.1 has it, with SHA-256. The entries are in the order of the ctis. Each is hashed with
a salt of its own, which comes from the ledger's secret, the line's salt and the cti: whoever is shown one entry,
its path and the facts of the line can try out nothing against the others, and when the line's salt is deleted,
nothing can be tried out at all.
"""

import hashlib
import struct
from collections.abc import Iterable, Sequence
from typing import Final

ISSUED: Final = struct.Struct(">12sHI8sqq")  # cti, list, entry, kid, issued_at, expires_at
SALT_SIZE: Final = 16
_KEY_SIZE: Final = 32
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
    while len(level) > 1:
        level = _above(level)
    return level[0] if level else hashlib.sha256().digest()


def path(leaves: Sequence[bytes], index: int) -> tuple[bytes, ...]:
    """Return the hashes with which one leaf leads to the root: its audit path (RFC 9162, section 2.1.3.1)."""
    found = []
    level = list(leaves)
    while len(level) > 1:
        found += level[index ^ 1 : (index ^ 1) + 1]
        level, index = _above(level), index >> 1
    return tuple(found)


def root_by(path: Sequence[bytes], hashed: bytes, index: int, size: int) -> bytes:
    """Return the root of a tree of a size to which a leaf leads by its path (RFC 9162, section 2.1.3.2).

    Raises:
        ValueError: when the path is longer or shorter than that of this leaf in such a tree.
    """
    last = size - 1  # in the level: as in the specification, fn and sn
    for step in path:
        if not last:
            raise ValueError("an audit path is too long")
        if index & 1 or index == last:
            hashed = node(step, hashed)
            while not index & 1:
                index, last = index >> 1, last >> 1
        else:
            hashed = node(hashed, step)
        index, last = index >> 1, last >> 1
    if last:
        raise ValueError("an audit path is too short")
    return hashed


def _above(level: list[bytes]) -> list[bytes]:
    odd = level[len(level) & ~1 :]  # goes up as it is: the left subtree is the largest power of two
    return [*map(node, level[0::2], level[1::2]), *odd]


def entry_key(secret: bytes, salt: bytes) -> bytes:
    """Return what the salts of a line's entries come from; it is in no proof, and the line's salt is."""
    return hashlib.blake2b(salt, key=secret, digest_size=_KEY_SIZE, person=b"hp-ledger-batch").digest()


def issued(  # noqa: PLR0917 - a row of the table
    key: bytes,
    cti: bytes,
    number: int,
    entry: int,
    kid: bytes,
    issued_at: int,
    expires_at: int,
    device: bytes | None,
) -> bytes:
    """Write the entry of a code that was issued: what the ledger knows of it, after the salt.

    Raises:
        TypeError: when a value is of another type.
        ValueError: when one is out of range.
    """
    if (len(cti), len(kid), len(device or _NO_DEVICE)) != _SIZES:
        raise ValueError("a cti, a kid or a device has another size")
    try:
        told = ISSUED.pack(cti, number, entry, kid, issued_at, expires_at)
    except struct.error as error:
        raise ValueError(str(error)) from error
    return _salt(key, cti) + told + (device or b"")


def withdrawn(key: bytes, cti: bytes, new: bytes | None) -> bytes:
    """Write the entry of a withdrawal: of which code, and which one came in its place, after the salt."""
    return _salt(key, cti) + cti + (new or b"")


def _salt(key: bytes, cti: bytes) -> bytes:
    return hashlib.blake2b(cti, key=key, digest_size=SALT_SIZE, person=b"hp-ledger-entry").digest()
