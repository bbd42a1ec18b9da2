"""A connection to PostgreSQL, as the rules of a ledger ask it."""

from collections import Counter
from collections.abc import Iterable, Iterator, Sequence
from functools import cache
from itertools import count
from typing import TYPE_CHECKING, Any, Final, cast

from healthpass.ledger._errors import DamagedError
from healthpass.ledger._published import dropped_by
from healthpass.ledger._sql import CodeRow, ConflictError, Cursor
from healthpass.ledger.postgres._schema import STAGED_TYPES, day_of, last_day, make_days

if TYPE_CHECKING:
    import psycopg

_ROWS: Final = 5_000  # that come from the server at once
_COLUMNS: Final = "batch, cti, list, entry, kid, issued_at, expires_at, device, seal, day"
_COPY: Final = f"COPY staged ({_COLUMNS}) FROM STDIN (FORMAT BINARY)"
_ADD: Final = """
    INSERT INTO all_codes (cti, day, line, list, entry, kid, issued_at, expires_at, device, seal)
    SELECT cti, greatest(day, %s), %s, list, entry, kid, issued_at, expires_at, device, seal FROM staged
    WHERE batch = %s ORDER BY cti ON CONFLICT DO NOTHING
"""
_ADD_DEVICES: Final = """
    INSERT INTO devices (device, line, day) SELECT device, %s, greatest(day, %s) FROM staged
    WHERE batch = %s AND device IS NOT NULL ORDER BY device ON CONFLICT DO NOTHING
"""
_ADD_DAY: Final = """
    INSERT INTO days AS known (day, codes, keep_until) VALUES (%s, %s, %s)
    ON CONFLICT (day) DO UPDATE SET codes = known.codes + EXCLUDED.codes,
    keep_until = greatest(known.keep_until, EXCLUDED.keep_until)
"""
_NAMES: Final = count()


class PostgresConnection:
    """A connection within a transaction."""

    every_code: str = "every_code"
    devices: str = "devices"
    by: str = "(log.facts::jsonb ->> 'by')"
    why: str = "(log.facts::jsonb ->> 'why')"

    def __init__(self, raw: "psycopg.Connection") -> None:
        self.raw = raw
        self._days: list[Counter[int]] = []  # how many codes of each staged batch expire on which day
        self._devices: list[int] = []  # how many have a device key

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
            yield from cursor

    def expiring(self, first: int, last: int) -> str:
        """Return the condition that leaves all other days out."""
        return f" AND day BETWEEN {day_of(first)} AND {day_of(last)}"

    def stage(self, batches: Sequence[Sequence[CodeRow]]) -> None:
        """Bring codes to the server, before anybody waits for it."""
        with self.raw.cursor() as cursor, cursor.copy(_COPY) as copy:
            copy.set_types(STAGED_TYPES)
            for number, rows in enumerate(batches):
                days = [day_of(row.expires_at) for row in rows]
                for row, day in zip(rows, days, strict=True):
                    copy.write_row((number, *row, day))
                self._days.append(Counter(days))
                self._devices.append(sum(row.device is not None for row in rows))

    def add_codes(self, batch: int, line: int, rows: Sequence[CodeRow], keep_until: int) -> None:
        """Add the codes of a batch that was staged.

        Raises:
            ConflictError: when a cti, a place or a device key is there already.
        """
        ((dropped,),) = self.raw.execute("SELECT dropped FROM ledger")
        first = dropped + 1  # a code that expired before goes with those of that day: it is kept no shorter
        days: Counter[int] = Counter()
        for day, codes in self._days[batch].items():
            days[max(first, day)] += codes
        if first in days:
            make_days(self.raw, [first])
        devices = self._devices[batch]
        if self.raw.execute(_ADD, (first, line, batch)).rowcount != len(rows):
            raise ConflictError
        if devices and self.raw.execute(_ADD_DEVICES, (line, first, batch)).rowcount != devices:
            raise ConflictError
        for day, codes in sorted(days.items()):
            self.raw.execute(_ADD_DAY, (day, codes, keep_until))

    def give_up(self, expired_by: int, at_most: int) -> int:  # noqa: ARG002 - see Connection
        """Give up the places of all codes of the days that had ended by a time."""
        day = last_day(expired_by)
        ((codes,),) = self.raw.execute(
            "SELECT coalesce(sum(codes), 0)::bigint FROM days"
            " WHERE day <= %s AND day > (SELECT dropped FROM ledger)",
            (day,),
        )
        self.raw.execute("UPDATE ledger SET dropped = %s WHERE dropped < %s", (day, day))
        return int(codes)

    def forget_codes(self, lines: Sequence[int], expired_by: int) -> None:
        """Forget the codes of lines: whole days where all of a day are forgotten, and else one by one."""
        ((kept,),) = self.raw.execute("SELECT min(day) FROM days WHERE keep_until > %s", (expired_by,))
        day = last_day(expired_by) if kept is None else min(kept - 1, last_day(expired_by))
        self.raw.execute("UPDATE ledger SET forgotten = %s WHERE forgotten < %s", (day, day))
        gone = self.raw.execute(
            "WITH gone AS (DELETE FROM all_codes WHERE line = ANY(%s) AND day > %s RETURNING day, device),"
            " keys AS (DELETE FROM devices WHERE device IN (SELECT device FROM gone))"
            " SELECT day, count(*) FROM gone GROUP BY day",
            (list(lines), day),
        ).fetchall()
        for one, codes in gone:
            self.raw.execute("UPDATE days SET codes = codes - %s WHERE day = %s", (codes, one))

    def check(self) -> None:
        """Compare what PostgreSQL cannot: places over all days, the counts of days, and which are dropped."""
        twice = self.raw.execute("SELECT 1 FROM codes GROUP BY list, entry HAVING count(*) > 1 LIMIT 1").fetchone()
        if twice:
            raise DamagedError("the database is damaged: two codes have one place")
        counted: dict[int, int] = dict(
            self.raw.execute("SELECT day, count(*) FROM every_code GROUP BY day").fetchall()
        )
        known: dict[int, int] = dict(
            self.raw.execute(
                "SELECT day, codes FROM days WHERE codes > 0 AND day > (SELECT forgotten FROM ledger)"
            ).fetchall()
        )
        if counted != known:
            raise DamagedError("the database is damaged: it has other codes of a day than it counted")
        ((dropped, forgotten),) = self.raw.execute("SELECT dropped, forgotten FROM ledger")
        if dropped > max(last_day(dropped_by(self)), -1) or forgotten > dropped:
            raise DamagedError("the database is damaged: a day was dropped of which the log does not tell")


@cache
def _here(statement: str) -> bytes:
    return statement.replace("?", "%s").encode()
