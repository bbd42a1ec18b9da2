"""Forgetting: places some days after their codes expired, and much later what was done to these codes."""

import hashlib
from typing import Final, NamedTuple

from healthpass.ledger import _batches, _history, _runs
from healthpass.ledger._batches import DROPPED, GIVEN_UP, ISSUED
from healthpass.ledger._databases import Database
from healthpass.ledger._errors import TamperedError
from healthpass.ledger._history import FORGOTTEN
from healthpass.ledger._lists import KEPT
from healthpass.ledger._sql import Connection, change_all, each_of

_AT_ONCE: Final = 4096  # codes of a transaction; others write in between
_TO_DO: Final = "forget codes of"


def forget(database: Database, *, at: int, keep_history: int, after_pause: bool) -> int:
    """Drop codes that are not needed, forget what was done to older ones, and return how many codes were dropped.

    Raises:
        TamperedError: when a line of the log is filed as one that may be forgotten sooner.
        LedgerError: when the ledger cannot be written, the clock has jumped ahead, or what was forgotten is still
            in a file.
    """
    over = (at - keep_history + 1) // database.forgets_by * database.forgets_by - 1
    with database.writing(_TO_DO) as connection:
        _history.check_clock(connection, at, after_pause=after_pause)
        _runs.forget(connection, over)
    dropped, done = 0, _AT_ONCE
    while done >= _AT_ONCE:
        with database.writing(_TO_DO) as connection:
            done = _drop(connection, at, at - KEPT)
        dropped += done
    while (due := _due(database, over)).lines:
        with database.writing(_TO_DO) as connection:
            _forget(connection, at, over, due)
    database.tidy(over)
    return dropped


def _drop(connection: Connection, at: int, expired_by: int) -> int:
    """Give up the places of codes, append the line that says so, and return how many."""
    codes = connection.give_up(expired_by, _AT_ONCE)
    carried = [
        number for (number,) in connection.execute("SELECT list FROM carried WHERE until <= ?", (expired_by,))
    ]
    if codes or carried:
        _history.append(connection, at=at, action=DROPPED, facts={"codes": codes, "expired_by": expired_by})
        change_all(connection, "DELETE FROM carried WHERE list IN ({})", carried)
    return codes


class _Due(NamedTuple):
    """Lines of the log that may be forgotten, and those of them that tell of codes that were issued."""

    lines: list[int]
    issued: list[int]


def _due(database: Database, expired_by: int) -> _Due:
    """Find whole batches that may be forgotten, and check each; others write meanwhile.

    Raises:
        TamperedError: when one is filed as if it could be forgotten, and cannot.
        ValueError: when an index names a line that is not there.
    """
    due = _Due([], [])
    codes = 0
    with database.snapshot(_TO_DO) as connection:
        question = "SELECT number FROM log WHERE expires_at <= ? ORDER BY expires_at"
        held = f"SELECT 1 FROM {connection.codes} WHERE line = ? AND state < {GIVEN_UP} LIMIT 1"
        for (number,) in connection.stream(question, (expired_by,)):
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
            if connection.execute(held, (number,)).fetchone():
                continue  # a code came so late that it is dropped later
            due.lines.append(number)
            if line.action == ISSUED:
                due.issued.append(number)
            codes += max(filed.codes, 1)
            if codes >= database.forgets_at_once:
                break
    return due


def _forget(connection: Connection, at: int, expired_by: int, due: _Due) -> None:
    """Take whole batches out of the log, and append the line that says of which lines."""
    question = "SELECT number FROM log WHERE expires_at <= ? AND number IN ({})"
    there = {number for (number,) in each_of(connection, question, due.lines, (expired_by,))}
    lines = sorted(there.intersection(due.lines))
    if lines != sorted(due.lines):  # somebody else was faster
        return
    told = hashlib.sha256(b"".join(number.to_bytes(8) for number in lines)).hexdigest()
    says = {"lines": len(lines), "sha256": told, "expired_by": expired_by}
    own = _history.append(connection, at=at, action=FORGOTTEN, facts=says)
    change_all(connection, "DELETE FROM withdrawals WHERE line IN ({})", lines)
    connection.forget_codes(due.issued, expired_by)
    change_all(
        connection,
        "UPDATE log SET expires_at = NULL, facts = NULL, forgotten = ? WHERE number IN ({})",
        lines,
        (own,),
    )
