"""The order in which the indices of a list are given: a keyed permutation of 0 to 2^20 - 1 (STI-2).

A balanced Feistel network over two halves of 10 bits, as format-preserving encryption uses it: FF1 of NIST SP
800-38G has 10 rounds, and revision 1 asks for domains of a million and more. Feistel networks over small domains
fall to attacks that see many times the whole domain under one key (Bellare, Hoang, Tessaro: Message-recovery
attacks on Feistel-based format preserving encryption, CCS 2016). Here each list has its own key, and nobody
outside learns more than some of its 2^20 indices, without their counters.

The halves are so small that each round function is written out as a table, drawn with SHAKE256 from the key.
"""

import hashlib
import struct
from array import array
from typing import Final, final

HALF: Final = 10  # bits
ROUNDS: Final = 10  # as FF1
KEY_SIZE: Final = 32
_SIDE: Final = 1 << HALF
_MASK: Final = _SIDE - 1
_LIST: Final = struct.Struct(">HQ")  # number and generation


def list_key(secret: bytes, number: int, generation: int) -> bytes:
    """Derive the key of a list from the ledger's secret.

    Args:
        secret: 32 bytes.
        number: the list's number.
        generation: how often the number has been used before; each time the order is another one.
    """
    return hashlib.blake2b(
        _LIST.pack(number, generation), key=secret, person=b"hp-status-order", digest_size=KEY_SIZE
    ).digest()


@final
class Permutation:
    """A permutation of 0 to 1,048,575.

    >>> order = Permutation(bytes(32))
    >>> len({order(counter) for counter in range(1000)})
    1000
    """

    __slots__ = ("_rounds",)

    def __init__(self, key: bytes) -> None:
        if len(key) != KEY_SIZE:
            raise ValueError(f"the key of a permutation has {KEY_SIZE} bytes, not {len(key)}")
        self._rounds = [_table(key, number) for number in range(ROUNDS)]

    def __call__(self, counter: int) -> int:
        """Return the index of a counter, both 0 to 1,048,575."""
        left, right = counter >> HALF, counter & _MASK
        for table in self._rounds:
            left, right = right, left ^ table[right]
        return left << HALF | right


def _table(key: bytes, number: int) -> "array[int]":
    """Draw the round function of a round: 1,024 values of 10 bits."""
    drawn = struct.unpack(f">{_SIDE}H", hashlib.shake_256(key + bytes((number,))).digest(2 * _SIDE))
    return array("H", [value & _MASK for value in drawn])  # 2^16 is a multiple of 2^10: no bias
