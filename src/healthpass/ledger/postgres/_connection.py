"""A connection to PostgreSQL, as the rules of a ledger ask it."""

from collections import Counter
from collections.abc import Iterable, Iterator, Sequence
from contextlib import suppress
from itertools import count
from typing import Any, Final, NamedTuple, cast

import psycopg

from healthpass.ledger._batches import WITHDRAWN
from healthpass.ledger._errors import DamagedError
from healthpass.ledger._published import dropped_by
from healthpass.ledger._sql import CodeRow, ConflictError, Cursor
from healthpass.ledger.postgres._schema import STAGED_TYPES, day_of, last_day, make_days

_ROWS: Final = 5_000  # that come from the server at once
_COLUMNS: Final = "batch, cti, list, entry, kid, issued_at, expires_at, device, seal, day"
_COPY: Final = f"COPY staged ({_COLUMNS}) FROM STDIN (FORMAT BINARY)"
_ADD: Final = """
    INSERT INTO all_codes (cti, day, line, list, entry, kid, issued_at, expires_at, device, seal)
    SELECT cti, greatest(day, %s), %s::bigint + batch, list, entry, kid, issued_at, expires_at, device, seal
    FROM staged ORDER BY cti ON CONFLICT DO NOTHING
"""
_ADD_DEVICES: Final = """
    INSERT INTO devices (device, line) SELECT device, %s::bigint + batch FROM staged
    WHERE device IS NOT NULL ORDER BY device ON CONFLICT DO NOTHING
"""
_ADD_DAYS: Final = """
    INSERT INTO days AS known (day, codes, keep_until, first_line, last_line)
    SELECT * FROM unnest(%s::integer[], %s::bigint[], %s::bigint[], %s::bigint[], %s::bigint[])
    ON CONFLICT (day) DO UPDATE SET codes = known.codes + EXCLUDED.codes, last_line = EXCLUDED.last_line,
    keep_until = greatest(known.keep_until, EXCLUDED.keep_until)
"""
_NOTE_LINE: Final = "UPDATE days SET last_line = %s WHERE day = ANY(%s::integer[])"
# What must not be there.
_SOUND: Final = {
    "it does not know between which lines, or until when, those of a day are": """
        SELECT 1 FROM (SELECT day, line FROM every_code GROUP BY day, line) AS known
        LEFT JOIN log ON log.number = known.line LEFT JOIN days USING (day)
        GROUP BY day, keep_until, first_line, last_line HAVING keep_until IS NULL
        OR keep_until < max(log.expires_at) OR first_line > min(line) OR last_line < max(line)
    """,
    "a device key of a code is missing": """
        SELECT 1 FROM every_code AS known WHERE device IS NOT NULL AND NOT EXISTS
        (SELECT 1 FROM devices WHERE devices.device = known.device AND devices.line = known.line)
    """,
}
_NAMES: Final = count()


class _Day(NamedTuple):
    """What is noted of the codes that expire on a day."""

    day: int
    codes: int
    keep_until: int
    first_line: int
    last_line: int


class Staged(NamedTuple):
    """A batch that was staged: how many codes expire on each day, when the last does, and how many device keys."""

    days: Counter[int]
    expires_at: int
    devices: int


class PostgresConnection:
    """A connection within a transaction.

    Args:
        raw: the connection.
        dropped: the last day the codes of which have lost their places.
        staged: the batches that were staged.
    """

    every_code: str = "every_code"
    devices: str = "devices"
    by: str = "(log.facts::jsonb ->> 'by')"
    why: str = "(log.facts::jsonb ->> 'why')"

    def __init__(self, raw: psycopg.Connection, dropped: int = -1, staged: Sequence[Staged] = ()) -> None:
        self.raw = raw
        self.dropped = dropped
        self._staged = staged
        self._lines: list[tuple[int, int, int]] | None = None

    @property
    def codes(self) -> str:
        """The codes that have their places."""
        # With the number itself, PostgreSQL leaves the other days out when it plans: it neither opens nor locks
        # their partitions, of which there are hundreds, with several indexes each.
        return f"(SELECT * FROM all_codes WHERE day > {self.dropped}) AS codes"

    def codes_of(self, line: int) -> str:
        """Return the codes of the days that a line can be about."""
        if self._lines is None:
            question = "SELECT day, first_line, last_line FROM days WHERE day > (SELECT forgotten FROM ledger)"
            self._lines = self.raw.execute(question).fetchall()
        days = [day for day, first, last in self._lines if first <= line <= last] or [-1]
        return f"(SELECT * FROM every_code WHERE day BETWEEN {min(days)} AND {max(days)}) AS known"

    def execute(self, statement: str, parameters: Sequence[Any] = (), /) -> Cursor:
        """Ask, or change something."""
        return cast("Cursor", self.raw.execute(_here(statement), parameters))

    def executemany(self, statement: str, rows: Iterable[Sequence[Any]], /) -> Cursor:
        """Change something for each of several rows, in one way to the server and back."""
        cursor = self.raw.cursor()
        cursor.executemany(_here(statement), rows)
        return cast("Cursor", cursor)

    def stream(self, statement: str, parameters: Sequence[Any] = (), /) -> Iterator[Any]:
        """Ask for rows that may be millions: some thousands come at once."""
        with self.raw.cursor(name=f"s{next(_NAMES)}") as cursor:
            cursor.itersize = _ROWS
            cursor.execute(_here(statement), parameters)
            try:
                yield from cursor
            finally:
                with suppress(
                    psycopg.OperationalError
                ):  # where the connection is lost it is closed the second time
                    cursor.close()

    def expiring(self, first: int, last: int) -> str:
        """Return the condition that leaves all other days out."""
        return f" AND day BETWEEN {day_of(first)} AND {day_of(last)}"

    def add_codes(self, first: int, batches: Sequence[Sequence[CodeRow]], at: int) -> None:
        """Add the codes that were staged.

        Raises:
            ConflictError: when a cti, a place or a device key is there already.
        """
        # A code that expired before goes with those of that day: it is kept no shorter.
        earliest = self.dropped + 1
        days = _by_days(self._staged, earliest, first, at)
        if earliest in days:
            make_days(self.raw, [earliest])
        if self.raw.execute(_ADD, (earliest, first)).rowcount != sum(map(len, batches)):
            raise ConflictError
        devices = sum(batch.devices for batch in self._staged)
        if devices and self.raw.execute(_ADD_DEVICES, (first,)).rowcount != devices:
            raise ConflictError
        self.raw.execute(_ADD_DAYS, [list(column) for column in zip(*sorted(days.values()), strict=True)])
        self._lines = None

    def withdraw(self, line: int, news: Sequence[tuple[bytes, bytes | None]]) -> None:
        """Withdraw codes.

        Raises:
            DamagedError: when one that was there a moment ago is not found again.
        """
        # In one message each: between several, a process that stands still would hold the lock for ever.
        ctis = [cti for cti, _ in news]
        self.raw.execute(
            "INSERT INTO withdrawals (line, cti, new) SELECT %s, * FROM unnest(%s::bytea[], %s::bytea[])",
            (line, ctis, [new for _, new in news]),
        )
        changed = self.raw.execute(
            f"UPDATE all_codes SET state = {WITHDRAWN} WHERE cti = ANY(%s) AND day > {self.dropped}"
            " RETURNING cti, day",
            (ctis,),
        ).fetchall()
        if {cti for cti, _ in changed} != set(ctis):
            raise DamagedError("the database is damaged: an index and a table disagree, and nothing was withdrawn")
        self.raw.execute(_NOTE_LINE, (line, sorted({day for _, day in changed})))
        self._lines = None

    def give_up(self, expired_by: int, at_most: int) -> int:  # noqa: ARG002 - see Connection
        """Give up the places of all codes of the days that had ended by a time."""
        day = last_day(expired_by)
        ((codes,),) = self.raw.execute(
            "SELECT coalesce(sum(codes), 0)::bigint FROM days WHERE day BETWEEN %s AND %s",
            (self.dropped + 1, day),
        )
        if codes:  # else no line tells of it
            self.raw.execute("UPDATE ledger SET dropped = %s", (day,))
            self.dropped = day
        return int(codes)

    def forget_codes(self, lines: Sequence[int], expired_by: int) -> None:
        """Forget all days up to the first of which a code is kept, and note what is left of these lines."""
        day = min(last_day(expired_by), self.dropped)
        ((kept,),) = self.raw.execute(
            "SELECT min(day) FROM days WHERE keep_until > %s AND day > (SELECT forgotten FROM ledger)",
            (expired_by,),
        )
        if kept is not None and kept <= day:
            day = kept - 1
            self.raw.execute(
                "INSERT INTO leaving SELECT unnest(%s::bigint[]) ON CONFLICT DO NOTHING", (list(lines),)
            )
        self.raw.execute("UPDATE ledger SET forgotten = %s WHERE forgotten < %s", (day, day))
        self._lines = None

    def check(self) -> None:
        """Compare what PostgreSQL cannot: places over all days, the counts of days, and which are dropped."""
        twice = self.raw.execute(
            f"SELECT 1 FROM {self.codes} GROUP BY list, entry HAVING count(*) > 1 LIMIT 1".encode()
        )
        if twice.fetchone():
            raise DamagedError("the database is damaged: two codes have one place")
        counted = self.raw.execute(f"SELECT day, count(*) FROM {self.codes} GROUP BY day".encode()).fetchall()
        known = self.raw.execute("SELECT day, codes FROM days WHERE codes > 0 AND day > %s", (self.dropped,))
        if sorted(counted) != sorted(known.fetchall()):
            raise DamagedError("the database is damaged: it has other codes of a day than it counted")
        for what, question in _SOUND.items():
            if self.raw.execute(question).fetchone():
                raise DamagedError(f"the database is damaged: {what}")
        ((forgotten,),) = self.raw.execute("SELECT forgotten FROM ledger")
        if self.dropped > max(last_day(dropped_by(self)), -1) or forgotten > self.dropped:
            raise DamagedError("the database is damaged: a day was dropped of which the log does not tell")


def stage(raw: psycopg.Connection, batches: Sequence[Sequence[CodeRow]]) -> list[Staged]:
    """Bring codes to the server, and count them, before anybody waits for it."""
    staged = []
    with raw.cursor() as cursor, cursor.copy(_COPY) as copy:
        copy.set_types(STAGED_TYPES)
        for number, rows in enumerate(batches):
            days = [day_of(row.expires_at) for row in rows]
            for row, day in zip(rows, days, strict=True):
                copy.write_row((number, *row, day))
            last = max(row.expires_at for row in rows)
            staged.append(Staged(Counter(days), last, sum(row.device is not None for row in rows)))
    return staged


def _by_days(staged: Iterable[Staged], earliest: int, first: int, at: int) -> dict[int, _Day]:
    days: dict[int, _Day] = {}
    for line, batch in enumerate(staged, first):
        keep_until = max(at, batch.expires_at)
        for expiring, codes in batch.days.items():
            day = max(earliest, expiring)
            known = days.get(day, _Day(day, 0, keep_until, line, line))
            days[day] = _Day(day, known.codes + codes, max(known.keep_until, keep_until), known.first_line, line)
    return days


def _here(statement: str) -> bytes:
    return statement.replace("?", "%s").encode()
