"""The codes of a ledger: one row each, and the line of the log that belongs to each change."""

import sqlite3
from typing import Any

from healthpass.ledger import _history, _lists
from healthpass.ledger._actions import DROPPED, ISSUED, CheckedCode
from healthpass.ledger._errors import LedgerError, UnknownCodeError
from healthpass.ledger._history import Subject


def insert(connection: sqlite3.Connection, code: CheckedCode, counter: int, at: int) -> None:
    """Write a code down that is about to leave.

    Raises:
        LedgerError: when its cti was used before.
    """
    if _row(connection, code.cti):
        raise LedgerError(f"the code {code.cti.hex()} is recorded already: a cti is used once (ISS-2)")
    place = code.place
    connection.execute(
        "INSERT INTO issued (cti, list, counter, entry, kid, issued_at, expires_at) VALUES (?, ?, ?, ?, ?, ?, ?)",
        (code.cti, place.list, counter, place.index, code.kid, code.issued_at, code.expires_at),
    )
    _lists.note_expiry(connection, place.list, code.expires_at)
    of = Subject(code.cti, code.expires_at)
    _history.append(connection, at=at, action=ISSUED, facts=code.facts(), of=of)


def is_revoked(connection: sqlite3.Connection, cti: bytes) -> bool:
    """Tell whether a code is withdrawn.

    Raises:
        UnknownCodeError: when there is none of that cti.
    """
    row = _row(connection, cti)
    if row is None:
        raise UnknownCodeError(cti)
    return bool(row[0])


def revoke(connection: sqlite3.Connection, cti: bytes, *, at: int, action: str, facts: dict[str, Any]) -> None:
    """Withdraw a code.

    Raises:
        UnknownCodeError: when there is none of that cti.
    """
    row = _row(connection, cti)
    if row is None:
        raise UnknownCodeError(cti)
    connection.execute("UPDATE issued SET revoked = 1 WHERE cti = ?", (cti,))
    facts = {"cti": cti.hex(), **facts}
    _history.append(connection, at=at, action=action, facts=facts, of=Subject(cti, row[1]))


def of_key(connection: sqlite3.Connection, kid: bytes, since: int, until: int) -> list[bytes]:
    """Return the codes that a key signed, since <= when they were made < until."""
    rows = connection.execute(
        "SELECT cti FROM issued WHERE kid = ? AND issued_at >= ? AND issued_at < ?", (kid, since, until)
    )
    return [cti for (cti,) in rows]


def drop(connection: sqlite3.Connection, *, expired_by: int, at: int, at_most: int) -> int:
    """Drop codes that expired by some time, append the line that says so, and return how many."""
    rows = connection.execute(
        "SELECT cti FROM issued WHERE expires_at <= ? LIMIT ?", (expired_by, at_most)
    ).fetchall()
    if rows:
        _history.append(connection, at=at, action=DROPPED, facts={"codes": len(rows), "expired_by": expired_by})
        connection.executemany("DELETE FROM issued WHERE cti = ?", rows)
    return len(rows)


def _row(connection: sqlite3.Connection, cti: bytes) -> tuple[int, int] | None:
    return connection.execute(  # type: ignore[no-any-return]
        "SELECT revoked, expires_at FROM issued WHERE cti = ?", (cti,)
    ).fetchone()
