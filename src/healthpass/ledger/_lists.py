"""The lists of a ledger: which numbers are in use, where each one's counter stands, and what it says."""

import sqlite3
from typing import Final, NamedTuple

from healthpass._document import DAY, Kind
from healthpass._status_list import BYTES_PER_BIT, ENTRIES, MAX_NUMBER
from healthpass.ledger._errors import LedgerError

MAX_LIFE: Final = Kind.STATUS_LIST.max_life  # seconds; STL-4
# A gate refuses a list that is dated more than a day ahead of its own clock (STL-9, step 5). A bit that is dropped
# a day after its code expired is thus dropped for no gate that still takes the code, however slow its clock.
SHOWN: Final = DAY
# The last list that shows the bit counts for a week more (STL-4). Only then may the index serve another code: a
# day later than STI-1 demands.
KEPT: Final = SHOWN + MAX_LIFE


class Fresh(NamedTuple):
    """Counters of a list that no block held before."""

    number: int
    first: int
    size: int


def open_first(connection: sqlite3.Connection) -> None:
    """Make the first list of a new ledger."""
    connection.execute("INSERT INTO lists (list) VALUES (0)")


def numbers(connection: sqlite3.Connection) -> tuple[int, ...]:
    """Return the numbers of the lists that exist, ascending.

    The one that will come next is among them: it is published before the first code with a place in it is shown.
    """
    return tuple(number for (number,) in connection.execute("SELECT list FROM lists ORDER BY list"))


def generation(connection: sqlite3.Connection, number: int) -> int:
    """Return how often a number was used before."""
    (found,) = connection.execute("SELECT generation FROM lists WHERE list = ?", (number,)).fetchone()
    return int(found)


def advance(connection: sqlite3.Connection, size: int, now: int) -> Fresh:
    """Take up to `size` counters of the list in use, or of the next one when that is full.

    Raises:
        LedgerError: when all 65,536 lists are full, and none is free again.
    """
    found = _current(connection)
    if found is None:
        _open(connection, now)
        found = _current(connection)
    if found is None:
        raise LedgerError(
            f"all {MAX_NUMBER + 1:,} lists are full; a number is free again {KEPT:,} s after its last code has "
            "expired, when that was forgotten"
        )
    number, first = found
    if first == 0:  # from now on this one is in use: the next one is opened
        _open(connection, now)
    size = min(size, ENTRIES - first)
    connection.execute("UPDATE lists SET next_counter = ? WHERE list = ?", (first + size, number))
    return Fresh(number, first, size)


def bitmap(connection: sqlite3.Connection, number: int, at: int) -> bytes:
    """Return the entries of a list as they are at a time, one bit each, the least significant first (STL-6)."""
    bits = bytearray(BYTES_PER_BIT)
    for (entry,) in connection.execute(
        "SELECT entry FROM issued WHERE list = ? AND revoked = 1 AND expires_at > ?", (number, at - SHOWN)
    ):
        bits[entry >> 3] |= 1 << (entry & 7)
    return bytes(bits)


def date(connection: sqlite3.Connection, number: int, at: int) -> int:
    """Return the iat of the next issue of a list: `at`, or what is needed to rise (STI-5)."""
    (last,) = connection.execute("SELECT last_issued FROM lists WHERE list = ?", (number,)).fetchone()
    issued: int = max(at, last + 1)
    connection.execute("UPDATE lists SET last_issued = ? WHERE list = ?", (issued, number))
    return issued


def note_expiry(connection: sqlite3.Connection, number: int, expires_at: int) -> None:
    """Remember the last expiry of a list's codes, after which its number rests."""
    connection.execute("UPDATE lists SET last_expiry = max(last_expiry, ?) WHERE list = ?", (expires_at, number))


def _current(connection: sqlite3.Connection) -> tuple[int, int] | None:
    """Find the list in use: one that is begun, before one that is not."""
    return connection.execute(  # type: ignore[no-any-return]
        "SELECT list, next_counter FROM lists WHERE next_counter < ? ORDER BY next_counter = 0, list LIMIT 1",
        (ENTRIES,),
    ).fetchone()


def _open(connection: sqlite3.Connection, now: int) -> None:
    """Open a list: a number that has rested long enough, or else the next one, if there is any."""
    rested = connection.execute(
        "SELECT list FROM lists WHERE next_counter = ? AND last_expiry <= ?"
        " AND NOT EXISTS (SELECT 1 FROM issued WHERE issued.list = lists.list)"
        " AND NOT EXISTS (SELECT 1 FROM blocks WHERE blocks.list = lists.list) ORDER BY list LIMIT 1",
        (ENTRIES, now - KEPT),
    ).fetchone()
    if rested:
        # Another generation has another order. Its iat goes on: gates still hold the last issue.
        connection.execute(
            "UPDATE lists SET generation = generation + 1, next_counter = 0, last_expiry = 0 WHERE list = ?",
            rested,
        )
    else:
        connection.execute(
            "INSERT INTO lists (list) SELECT last + 1 FROM (SELECT max(list) AS last FROM lists) WHERE last < ?",
            (MAX_NUMBER,),
        )
