"""The lists of a ledger: which numbers are in use, where each one's counter stands, and what it says."""

import hashlib
import json
import zlib
from collections.abc import Iterator, Mapping
from typing import Final, NamedTuple

from healthpass.codec._time import SECOND
from healthpass.documents._document import DAY, Kind
from healthpass.documents._status_list import BYTES_PER_BIT, ENTRIES
from healthpass.ledger._errors import LedgerError
from healthpass.ledger._sql import Connection

MAX_LISTS: Final = 4_096  # of an issuer, at a gate (STL-8)
MAX_LIFE: Final = Kind.STATUS_LIST.max_life // SECOND  # seconds; STL-4
# A gate refuses a list that is dated more than a day ahead of its own clock (STL-8.5). A bit that is dropped
# a day after its code expired is thus dropped for no gate that still takes the code, however slow its clock.
SHOWN: Final = DAY
# The last list that shows the bit counts for a week more (STL-4). Only then may the index serve another code: a
# day later than STI-1 demands.
KEPT: Final = SHOWN + MAX_LIFE
_LOOK_AHEAD: Final = 2 * DAY


class Fresh(NamedTuple):
    """Counters of a list that no block held before."""

    number: int
    first: int
    size: int


def open_first(connection: Connection) -> None:
    """Make the first list of a new ledger."""
    connection.execute("INSERT INTO lists (list) VALUES (0)")


def numbers(connection: Connection) -> tuple[int, ...]:
    """Return the numbers of the lists that exist, ascending.

    The one that will come next is among them: it is published before the first code with a place in it is shown.
    """
    return tuple(number for (number,) in connection.execute("SELECT list FROM lists ORDER BY list"))


def rested(connection: Connection, now: int) -> Iterator[int]:
    """Find the numbers that have rested long enough to be used again, ascending."""
    rows = connection.execute(
        "SELECT list FROM lists WHERE next_counter = ? AND last_expiry <= ?"
        " AND NOT EXISTS (SELECT 1 FROM carried WHERE carried.list = lists.list)"
        " AND NOT EXISTS (SELECT 1 FROM blocks WHERE blocks.list = lists.list) ORDER BY list",
        (ENTRIES, now - KEPT),
    ).fetchall()
    held = f"SELECT 1 FROM {connection.codes} WHERE list = ? AND state < 2 LIMIT 1"
    return (number for (number,) in rows if connection.execute(held, (number,)).fetchone() is None)


def generation(connection: Connection, number: int) -> int:
    """Return how often a number was used before."""
    (found,) = connection.execute("SELECT generation FROM lists WHERE list = ?", (number,)).fetchone()
    return int(found)


def advance(connection: Connection, size: int, now: int) -> Fresh:
    """Take up to `size` counters of the list in use, or of the next one when that is full.

    As many lists stay open ahead as were begun in two days: gates have each before the first code with a place in
    it is shown, though they get lists but once a day.

    Raises:
        LedgerError: when all 4,096 lists are full, and none is free again.
    """
    found = _current(connection)
    if found is None:
        _open(connection, now)
        found = _current(connection)
    if found is None:
        raise LedgerError(
            f"all {MAX_LISTS:,} lists that a gate takes of an issuer are full; a number is free again {KEPT:,} s "
            "after its last code has expired, when that was forgotten; an office that issues more codes splits "
            "into several issuers"
        )
    number, first = found
    if first < 0:
        raise ValueError(f"a counter of {first}")
    size = min(size, ENTRIES - first)
    connection.execute("UPDATE lists SET next_counter = ? WHERE list = ?", (first + size, number))
    if first == 0:
        connection.execute("UPDATE lists SET begun = ? WHERE list = ?", (now, number))
        begun, ahead = connection.execute(
            "SELECT count(*) FILTER (WHERE begun BETWEEN ? AND ?), count(*) FILTER (WHERE next_counter = 0)"
            " FROM lists",
            (now - _LOOK_AHEAD, now),
        ).fetchone()
        for _ in range(begun - ahead):
            _open(connection, now)
    return Fresh(number, first, size)


def bitmap(connection: Connection, number: int, issued: int) -> bytearray:
    """Return the entries of a list with an iat, one bit each, the least significant first (STL-6)."""
    bits = bytearray(BYTES_PER_BIT)
    for (entry,) in connection.execute(
        f"SELECT entry FROM {connection.codes} WHERE list = ? AND state = 1 AND expires_at > ?",
        (number, issued - SHOWN),
    ):
        set_bit(bits, entry)
    for (packed,) in connection.execute(
        "SELECT bits FROM carried WHERE list = ? AND until > ?", (number, issued - SHOWN)
    ):
        bits = bytearray(union(bytes(bits), unpack(packed)))
    return bits


def carry(connection: Connection, number: int, bits: bytes, until: int) -> tuple[int, str]:
    """Show entries of which no code is known; return until when, and the SHA-256 of what is kept for it."""
    known = connection.execute("SELECT bits, until FROM carried WHERE list = ?", (number,)).fetchone()
    if known:
        bits, until = union(bits, unpack(known[0])), max(until, known[1])
    packed = zlib.compress(bits)
    connection.execute("DELETE FROM carried WHERE list = ?", (number,))
    connection.execute("INSERT INTO carried (list, until, bits) VALUES (?, ?, ?)", (number, until, packed))
    return until, hashlib.sha256(packed).hexdigest()


def union(one: bytes, other: bytes) -> bytes:
    """Return the entries that one of two bitmaps shows."""
    return (int.from_bytes(one) | int.from_bytes(other)).to_bytes(BYTES_PER_BIT)


def unpack(packed: bytes) -> bytes:
    """Inflate a bitmap.

    Raises:
        ValueError: when it is none.
    """
    try:
        bits = zlib.decompressobj().decompress(packed, BYTES_PER_BIT + 1)
    except zlib.error as error:
        raise ValueError(str(error)) from error
    if len(bits) != BYTES_PER_BIT:
        raise ValueError(f"a bitmap has {BYTES_PER_BIT:,} bytes")
    return bits


def set_bit(bits: bytearray, entry: int) -> None:
    """Show a code as withdrawn."""
    bits[entry >> 3] |= 1 << (entry & 7)


def last_dates(connection: Connection) -> dict[int, int]:
    """Return the iat of the last issue of each list, ascending by their numbers."""
    return dict(connection.execute("SELECT list, last_issued FROM lists ORDER BY list").fetchall())


def next_dates(connection: Connection, last: Mapping[int, int], at: int) -> dict[int, int]:
    """Return the iat of the next issue of each list: `at`, or what is needed to rise (STI-5)."""
    limit = at + DAY
    before = {number: issued if issued <= limit else -1 for number, issued in last.items()}
    if far := {number for number, issued in last.items() if issued > limit}:
        # Once the clock was far ahead. No gate whose clock is right has taken that issue (STL-8.5): this one
        # goes on from the newest that a gate can have.
        for (facts,) in connection.execute("SELECT facts FROM log WHERE action = 'published'"):
            for number, issued, *_ in json.loads(facts)["lists"]:
                if number in far and issued <= limit:
                    before[number] = max(before[number], issued)
    return {number: max(at, issued + 1) for number, issued in before.items()}


def note_dates(connection: Connection, dates: Mapping[int, int]) -> None:
    """Remember the iat of the last issue of each list."""
    connection.executemany(
        "UPDATE lists SET last_issued = ? WHERE list = ?", [(issued, number) for number, issued in dates.items()]
    )


def note_expiry(connection: Connection, number: int, expires_at: int) -> None:
    """Remember the last expiry of a list's codes, after which its number rests."""
    connection.execute(  # a page is written only where it rises
        "UPDATE lists SET last_expiry = ? WHERE list = ? AND last_expiry < ?", (expires_at, number, expires_at)
    )


def _current(connection: Connection) -> tuple[int, int] | None:
    """Find the list in use: one that is begun, before one that is not."""
    return connection.execute(  # type: ignore[no-any-return]
        "SELECT list, next_counter FROM lists WHERE next_counter < ? ORDER BY (next_counter = 0), list LIMIT 1",
        (ENTRIES,),
    ).fetchone()


def retire(connection: Connection, up_to: int, last_expiry: int, now: int) -> int:
    """Fill all lists up to a number, and open fresh ones; return the number of the first of these.

    Codes that nobody knows of may have places in them, so that the numbers rest as if each was full until then.
    """
    connection.execute("DELETE FROM blocks")
    known = numbers(connection)[-1]
    connection.executemany(
        "INSERT INTO lists (list) VALUES (?)",
        [(number,) for number in range(known + 1, min(up_to, MAX_LISTS - 1) + 1)],
    )
    connection.execute("UPDATE lists SET next_counter = ?", (ENTRIES,))
    connection.execute("UPDATE lists SET last_expiry = ? WHERE last_expiry < ?", (last_expiry, last_expiry))
    for _ in range(2):
        _open(connection, now)
    return max(known, up_to) + 1


def _open(connection: Connection, now: int) -> None:
    """Open a list: a number that has rested long enough, or else the next one, if there is any."""
    free = next(rested(connection, now), None)
    if free is not None:
        # Another generation has another order. Its iat goes on: gates still hold the last issue.
        connection.execute(
            "UPDATE lists SET generation = generation + 1, next_counter = 0, last_expiry = 0 WHERE list = ?",
            (free,),
        )
    else:
        connection.execute(
            "INSERT INTO lists (list) SELECT last + 1 FROM (SELECT max(list) AS last FROM lists) AS known"
            " WHERE last < ?",
            (MAX_LISTS - 1,),
        )
