"""The next issue of each list: its iat, its bits, and the line of the log that tells of it (STI-5)."""

import hashlib
from typing import Final

from healthpass.codec._time import from_seconds
from healthpass.ledger import _codes, _history, _lists, _published
from healthpass.ledger._databases import Database
from healthpass.ledger._interface import ListIssue

_TO_DO: Final = "publish the lists of"


def issue_lists(database: Database, *, kid: bytes, at: int, life: int, after_pause: bool) -> dict[int, ListIssue]:
    """Give each list its next iat and its bits, and note in the log that it is published.

    To read millions of withdrawals takes seconds, in which others go on writing. What they withdrew meanwhile is
    added at the end, and an issue that somebody else was faster with is made anew: none takes a withdrawal back.

    Raises:
        WentBackError: when the lists that were published last say more than the ledger.
        LedgerError: when the ledger cannot be written, or the clock has jumped ahead.
    """
    while True:
        published = database.published()  # before the ledger, which goes on
        with database.snapshot("read") as connection:
            seen = _history.head(connection).number
            last = _lists.last_dates(connection)
            _published.refuse_if_more(connection, published, f"{_TO_DO} the ledger {database.name!r}")
            dates = _lists.next_dates(connection, last, at)
            bitmaps = {number: _lists.bitmap(connection, number, issued) for number, issued in dates.items()}
        with database.writing(_TO_DO) as connection:
            _history.check_clock(connection, at, after_pause=after_pause)
            if not last.items() <= _lists.last_dates(connection).items():
                continue
            for number, entry, expires_at in _codes.revoked_since(connection, seen):
                if number in dates and expires_at > dates[number] - _lists.SHOWN:
                    _lists.set_bit(bitmaps[number], entry)
            _lists.note_dates(connection, dates)
            told = [
                [n, dates[n], dates[n] + life, hashlib.sha256(bits).hexdigest()] for n, bits in bitmaps.items()
            ]
            _history.append(connection, at=at, action="published", facts={"kid": kid.hex(), "lists": told})
        return {
            n: ListIssue(bytes(bits), from_seconds(dates[n]), from_seconds(dates[n] + life))
            for n, bits in bitmaps.items()
        }
