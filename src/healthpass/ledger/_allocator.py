"""How workers share the indices of the lists without asking the disk for each.

A worker reserves a *block* of counters in one transaction and gives their indices out from memory. The block
carries a random token, which its holder alone knows, and a lease. What of a block was never recorded when its
lease is over, because its worker crashed or hangs, goes to whoever reserves next, under a new token.

Whether the worker is dead can be told for certain by nobody: a process can sleep for a day, its number can be used
again, and another container cannot see it. It need not be told. Recording a code demands that the block still has
the token that its place was taken under. A worker that has lost its block cannot record, so that its text never
leaves; and a counter that has no record when the token is exchanged was thus never seen outside, and never will
be.
"""

import secrets
import threading
from collections import Counter
from collections.abc import Iterable
from typing import Final

from healthpass.credential._health import StatusPlace
from healthpass.documents._status_list import ENTRIES
from healthpass.ledger import _lists
from healthpass.ledger._databases import Database
from healthpass.ledger._errors import LedgerError
from healthpass.ledger._permutation import Permutation, list_key
from healthpass.ledger._sql import Connection, each_of
from healthpass.words._logging import logger

_LOG: Final = logger("ledger")
MAX_LEASE: Final = 604_800  # seconds
_TOKEN_SIZE: Final = 16
_AT_ONCE: Final = 64  # old blocks that are looked through for one reservation


class _Block:
    """A block that this worker holds, or held: its place in the ledger, and the counters that are left of it."""

    __slots__ = ("first", "free", "number", "order", "token", "until")

    def __init__(self, number: int, first: int, free: list[int], order: Permutation, token: bytes) -> None:
        self.number = number
        self.first = first
        self.free = free
        self.order = order
        self.token = token
        self.until = 0


class Claim:
    """Places that are being recorded, and counters that they stand for."""

    def __init__(self, held: dict[StatusPlace, tuple[_Block, int]], until: int) -> None:
        self._held = held
        self._until = until

    def hold(self, connection: Connection) -> None:
        """Make sure, within the transaction that records them, that they are still ours, and go on holding them.

        Raises:
            LedgerError: when the lease of one was over, and another worker has its block now.
        """
        for block, count in Counter(block for block, _ in self._held.values()).items():
            if not self._hold(connection, block):
                block.until = 0  # nor are its other places ours
                _LOG.warning("the lease of %d places was over: their codes are not recorded", count)
                raise LedgerError(
                    f"the lease of {count} of these places was over, and others have them now: "
                    "make the codes anew, with new places"
                )

    def _hold(self, connection: Connection, block: _Block) -> bool:
        """Renew the lease of a block that is still ours; tell whether it is."""
        ours = (block.number, block.first, block.token)
        if block.until == self._until:  # it was renewed in this second: no page is written again
            question = "SELECT 1 FROM blocks WHERE list = ? AND first = ? AND token = ?"
            return connection.execute(question, ours).fetchone() is not None
        renewing = "UPDATE blocks SET until = ? WHERE list = ? AND first = ? AND token = ?"
        return connection.execute(renewing, (self._until, *ours)).rowcount == 1

    def places(self) -> dict[StatusPlace, tuple[_Block, int]]:
        """Return the places, each with its block and counter."""
        return self._held

    def renewed(self) -> None:
        """Note that the blocks are held for longer now."""
        for block, _ in self._held.values():
            block.until = self._until


class BlockAllocator:
    """Gives places out from blocks; threads may share it, processes have one each."""

    def __init__(self, database: Database, secret: bytes, *, block_size: int, lease: int) -> None:
        self._database = database
        self._secret = secret
        self._block_size = block_size
        self._lease = lease
        self._lock = threading.Lock()  # before the database's turn, never within it
        self._blocks: list[_Block] = []
        self._taken: dict[StatusPlace, tuple[_Block, int]] = {}
        self._orders: dict[tuple[int, int], Permutation] = {}

    def take(self) -> StatusPlace:
        """Take a place that nobody else has or had.

        Raises:
            LedgerError: when a block is needed and cannot be reserved.
        """
        self._database.check_process()
        with self._lock:
            at = self._database.now()
            block = self._block(at)
            while block is None:
                self._reserve(at)
                block = self._block(at)
            counter = block.free.pop()
            place = StatusPlace(block.number, block.order(counter))
            self._taken[place] = block, counter
            return place

    def give_back(self, place: StatusPlace) -> None:
        """Give back a place that no code left with; one that is not held is ignored."""
        with self._lock:
            if held := self._taken.pop(place, None):
                block, counter = held
                block.free.append(counter)
                if block not in self._blocks:
                    self._blocks.append(block)

    def claim(self, places: Iterable[StatusPlace]) -> Claim:
        """Take places out of what is held, to record them.

        Raises:
            LedgerError: when one is not held here, or is there twice; nothing is taken then.
        """
        self._database.check_process()
        with self._lock:
            held: dict[StatusPlace, tuple[_Block, int]] = {}
            for place in places:
                if place in held or place not in self._taken:
                    raise LedgerError(
                        f"the place [{place.list}, {place.index}] was not taken here, or has been recorded already"
                    )
                held[place] = self._taken[place]
            for place in held:
                del self._taken[place]
            return Claim(held, self._database.now() + self._lease)

    def undo(self, claim: Claim) -> None:
        """Hold places as before: they were not recorded."""
        with self._lock:
            for place, held in claim.places().items():
                self._taken.setdefault(place, held)

    def abandon(self) -> None:
        """Hold no place any more."""
        with self._lock:
            self._blocks, self._taken, self._orders = [], {}, {}

    def release(self) -> None:
        """End all leases: what is left of the blocks goes to others at once.

        Raises:
            LedgerError: when the ledger cannot be written; the leases end by themselves then.
        """
        with self._lock:
            blocks = {*self._blocks, *(block for block, _ in self._taken.values())}
            self._blocks, self._taken = [], {}
            if blocks:
                with self._database.writing("give places back to") as connection:
                    connection.executemany(
                        "UPDATE blocks SET until = 0 WHERE token = ?", [(block.token,) for block in blocks]
                    )

    def _block(self, at: int) -> _Block | None:
        """Return a block with a free counter whose lease is not over."""
        while self._blocks:
            block = self._blocks[-1]
            if block.free and at < block.until <= at + MAX_LEASE:
                return block
            self._blocks.pop()
        return None

    def _reserve(self, at: int) -> None:
        """Reserve what is left of blocks whose lease is over, or else a new block."""
        until = at + self._lease
        with self._database.writing("reserve places in") as connection:
            blocks = self._left_over(connection, at, until) or [self._new(connection, at, until)]
        for block in blocks:
            block.until = until
        self._blocks.extend(blocks)

    def _left_over(self, connection: Connection, at: int, until: int) -> list[_Block]:
        """Take over blocks whose lease is over, and drop those of which nothing is left."""
        # Where a lease ends later than any that begins now, the clock went back.
        over = connection.execute(
            "SELECT list, first, size FROM blocks WHERE until <= ? OR until > ? LIMIT ?",
            (at, at + MAX_LEASE, _AT_ONCE),
        ).fetchall()
        blocks: list[_Block] = []
        for number, first, size in over:
            order = self._order(connection, number)
            free = left(connection, number, first, size, order)
            if not free:
                connection.execute("DELETE FROM blocks WHERE list = ? AND first = ?", (number, first))
                continue
            block = _Block(number, first, free, order, secrets.token_bytes(_TOKEN_SIZE))
            connection.execute(
                "UPDATE blocks SET token = ?, until = ? WHERE list = ? AND first = ?",
                (block.token, until, number, first),
            )
            blocks.append(block)
            if sum(len(block.free) for block in blocks) >= self._block_size:
                break
        return blocks

    def _new(self, connection: Connection, at: int, until: int) -> _Block:
        number, first, size = _lists.advance(connection, self._block_size, at)
        free = list(reversed(range(first, first + size)))
        block = _Block(number, first, free, self._order(connection, number), secrets.token_bytes(_TOKEN_SIZE))
        connection.execute(
            "INSERT INTO blocks (list, first, size, token, until) VALUES (?, ?, ?, ?, ?)",
            (number, first, size, block.token, until),
        )
        return block

    def _order(self, connection: Connection, number: int) -> Permutation:
        generation = _lists.generation(connection, number)
        if (number, generation) not in self._orders:
            if len(self._orders) > _AT_ONCE:  # a worker uses one or two
                self._orders.clear()
            self._orders[number, generation] = Permutation(list_key(self._secret, number, generation))
        return self._orders[number, generation]


def left(connection: Connection, number: int, first: int, size: int, order: Permutation) -> list[int]:
    """Return the counters of a block that no code is recorded with.

    Those of dropped codes are among them: they have rested for as long as STI-1 demands.

    Raises:
        ValueError: when there can be no such block.
    """
    if not 0 <= first < first + size <= ENTRIES:
        raise ValueError(f"a block of {size} counters from {first}")
    entries = {order(counter): counter for counter in range(first, first + size)}
    question = f"SELECT entry FROM {connection.codes} WHERE list = ? AND entry IN ({{}}) AND state < 2"
    for (entry,) in each_of(connection, question, list(entries), (number,)):
        del entries[entry]
    return list(entries.values())
