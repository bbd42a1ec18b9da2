"""Forgetting: codes some days after they expired, and much later what was done to them."""

import hashlib
import json
import sqlite3
from collections.abc import Callable
from typing import Final

from healthpass.ledger import _history
from healthpass.ledger._actions import DROPPED, ISSUED
from healthpass.ledger._database import Database
from healthpass.ledger._errors import LedgerError, TamperedError
from healthpass.ledger._history import FORGOTTEN, Subject
from healthpass.ledger._lists import KEPT

_AT_ONCE: Final = 4096  # of a transaction; others write in between
_TO_DO: Final = "forget codes of"


def forget(database: Database, *, at: int, keep_history: int, after_pause: bool) -> int:
    """Drop codes that are not needed, forget what was done to older ones, and return how many codes were dropped.

    Raises:
        TamperedError: when a line of the log is filed as one that may be forgotten sooner.
        LedgerError: when the ledger cannot be written, the clock has jumped ahead, or what was forgotten is still
            in the `-wal` file.
    """
    with database.writing(_TO_DO) as connection:
        _history.check_clock(connection, at, after_pause=after_pause)
    dropped = _in_steps(database, _drop, at, at - KEPT)
    _in_steps(database, _forget, at, at - keep_history)
    if not database.checkpoint():
        raise LedgerError(
            f"{dropped:,} codes were dropped, but the words that were forgotten are still in "
            f"{database.path.name + '-wal'!r}: somebody reads or writes for long; forget again after that"
        )
    return dropped


def misfiled(connection: sqlite3.Connection, action: str, at: int, filed: Subject, facts: str) -> bool:
    """Tell whether a line about a code is filed by another time than that after which it may be forgotten.

    Whoever can write to the file could otherwise have it forgotten sooner, by the ledger itself.
    """
    if action != ISSUED:
        row = connection.execute(
            "SELECT facts, digest FROM log WHERE cti = ? AND action = ?", (filed.cti, ISSUED)
        ).fetchone()
        if row is None:  # it is forgotten already
            return filed.expires_at < at
        facts, digest = row
        if not _history.check_facts(facts, digest):
            return True
    return bool(filed.expires_at != max(json.loads(facts)["expires"], at))


def _in_steps(database: Database, step: Callable[..., int], at: int, expired_by: int) -> int:
    total, done = 0, _AT_ONCE
    while done == _AT_ONCE:
        with database.writing(_TO_DO) as connection:
            done = step(connection, at, expired_by)
        total += done
    return total


def _drop(connection: sqlite3.Connection, at: int, expired_by: int) -> int:
    """Drop codes, append the line that says so, and return how many."""
    rows = connection.execute(
        "SELECT cti FROM issued WHERE expires_at <= ? LIMIT ?", (expired_by, _AT_ONCE)
    ).fetchall()
    if rows:
        _history.append(connection, at=at, action=DROPPED, facts={"codes": len(rows), "expired_by": expired_by})
        _change(connection, "DELETE FROM issued WHERE cti = ?", rows)
    return len(rows)


def _forget(connection: sqlite3.Connection, at: int, expired_by: int) -> int:
    """Take the facts of codes out of the log, append the line that says of which lines, and return how many."""
    rows = connection.execute(
        "SELECT number, facts, digest, action, at, cti, expires_at FROM log"
        " WHERE cti IS NOT NULL AND expires_at <= ? ORDER BY expires_at LIMIT ?",
        (expired_by, _AT_ONCE),
    ).fetchall()
    for number, facts, digest, action, written, *filed in rows:
        if not _history.check_facts(facts, digest) or misfiled(
            connection, action, written, Subject(*filed), facts
        ):
            raise TamperedError(number, "has a date as if it could be forgotten now")
    if numbers := sorted(number for number, *_ in rows):
        told = hashlib.sha256(b"".join(number.to_bytes(8) for number in numbers)).hexdigest()
        says = {"lines": len(numbers), "sha256": told, "expired_by": expired_by}
        own = _history.append(connection, at=at, action=FORGOTTEN, facts=says)
        _change(
            connection,
            "UPDATE log SET cti = NULL, expires_at = NULL, facts = NULL, forgotten = ? WHERE number = ?",
            [(own, number) for number in numbers],
        )
    return len(numbers)


def _change(connection: sqlite3.Connection, statement: str, rows: list[tuple[object, ...]]) -> None:
    """Change each of the rows that an index has named; one that is damaged would name them for ever."""
    if connection.executemany(statement, rows).rowcount != len(rows):
        raise sqlite3.DatabaseError("it is damaged: an index names rows that are not there")
