"""Forgetting: places some days after their codes expired, and much later what was done to these codes."""

import hashlib
from collections.abc import Callable
from typing import Final

from healthpass.ledger import _batches, _history, _runs
from healthpass.ledger._batches import DROPPED, ISSUED
from healthpass.ledger._databases import Database
from healthpass.ledger._errors import TamperedError
from healthpass.ledger._history import FORGOTTEN
from healthpass.ledger._lists import KEPT
from healthpass.ledger._sql import Connection

_AT_ONCE: Final = 4096  # codes of a transaction; others write in between
_TO_DO: Final = "forget codes of"


def forget(database: Database, *, at: int, keep_history: int, after_pause: bool) -> int:
    """Drop codes that are not needed, forget what was done to older ones, and return how many codes were dropped.

    Raises:
        TamperedError: when a line of the log is filed as one that may be forgotten sooner.
        LedgerError: when the ledger cannot be written, the clock has jumped ahead, or what was forgotten is still
            in a file.
    """
    with database.writing(_TO_DO) as connection:
        _history.check_clock(connection, at, after_pause=after_pause)
        _runs.forget(connection, at - keep_history)
    dropped = _in_steps(database, _drop, at, at - KEPT)
    _in_steps(database, _forget, at, at - keep_history)
    database.tidy(at - keep_history)
    return dropped


def _in_steps(database: Database, step: Callable[..., int], at: int, expired_by: int) -> int:
    total, done = 0, _AT_ONCE
    while done >= _AT_ONCE:
        with database.writing(_TO_DO) as connection:
            done = step(connection, at, expired_by)
        total += done
    return total


def _drop(connection: Connection, at: int, expired_by: int) -> int:
    """Give up the places of codes, append the line that says so, and return how many."""
    codes = connection.give_up(expired_by, _AT_ONCE)
    carried = connection.execute("SELECT list FROM carried WHERE until <= ?", (expired_by,)).fetchall()
    if codes or carried:
        _history.append(connection, at=at, action=DROPPED, facts={"codes": codes, "expired_by": expired_by})
        change(connection, "DELETE FROM carried WHERE list = ?", carried)
    return codes


def _forget(connection: Connection, at: int, expired_by: int) -> int:
    """Take whole batches out of the log, append the line that says of which lines, and return how many codes."""
    due = connection.execute(
        "SELECT number FROM log WHERE expires_at <= ? ORDER BY expires_at LIMIT ?", (expired_by, _AT_ONCE)
    )
    numbers: list[int] = []
    issued: list[int] = []
    codes = 0
    for (number,) in due.fetchall():
        filed = _batches.filed_line(connection, number)
        if filed is None:
            raise ValueError("an index names rows that are not there")
        line = filed.line
        if (
            line.action not in _batches.OF_CODES
            or not _history.check_facts(line.facts, line.root, line.digest)
            or _batches.misfiled(connection, filed)
        ):
            raise TamperedError(number, "has a date as if it could be forgotten now")
        numbers.append(number)
        issued += [number] if line.action == ISSUED else []
        codes += max(filed.codes, 1)
        if codes >= _AT_ONCE:
            break
    if numbers:
        numbers.sort()
        told = hashlib.sha256(b"".join(number.to_bytes(8) for number in numbers)).hexdigest()
        says = {"lines": len(numbers), "sha256": told, "expired_by": expired_by}
        own = _history.append(connection, at=at, action=FORGOTTEN, facts=says)
        connection.executemany("DELETE FROM withdrawals WHERE line = ?", [(number,) for number in numbers])
        connection.forget_codes(issued, expired_by)
        change(
            connection,
            "UPDATE log SET expires_at = NULL, facts = NULL, forgotten = ? WHERE number = ?",
            [(own, number) for number in numbers],
        )
    return codes


def change(connection: Connection, statement: str, rows: list[tuple[int, ...]]) -> None:
    """Change each of the rows that an index has named; one that is damaged would name them for ever.

    Raises:
        ValueError: when a row is not there.
    """
    if rows and connection.executemany(statement, rows).rowcount != len(rows):
        raise ValueError("an index names rows that are not there")
