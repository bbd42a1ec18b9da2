"""The codes of a ledger: one row each, and the line of the log that belongs to each change."""

import sqlite3
from typing import Any

from healthpass.credential._claims import CTI_SIZE
from healthpass.credential._regions import IssuerId
from healthpass.ledger import _history, _lists
from healthpass.ledger._actions import CORRECTED, ISSUED, REVOKED, CheckedCode, checked_bytes
from healthpass.ledger._errors import LedgerError, UnknownCodeError
from healthpass.ledger._history import Subject
from healthpass.ledger._permutation import KEY_SIZE


def identity(connection: sqlite3.Connection) -> tuple[IssuerId, bytes]:
    """Return whose the codes are, and the secret of their order.

    Raises:
        TypeError: when the ledger holds something else there.
        ValueError: when it holds none, or several.
    """
    _history.head(connection)
    ((issuer, secret),) = connection.execute("SELECT issuer, secret FROM ledger").fetchall()
    return IssuerId(issuer), checked_bytes("the secret", secret, KEY_SIZE)


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
    of = Subject(code.cti, max(code.expires_at, at))
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
    _history.append(connection, at=at, action=action, facts=facts, of=Subject(cti, max(row[1], at)))


def revoked_since(connection: sqlite3.Connection, number: int) -> list[tuple[int, int, int]]:
    """Return list, index and expiry of the codes that were withdrawn after a line of the log."""
    return connection.execute(
        "SELECT list, entry, issued.expires_at FROM log CROSS JOIN issued USING (cti)"  # in this order
        " WHERE number > ? AND action IN (?, ?)",
        (number, REVOKED, CORRECTED),
    ).fetchall()


def of_key(connection: sqlite3.Connection, kid: bytes, since: int, until: int) -> list[bytes]:
    """Return the codes that a key signed, since <= when they were made < until."""
    rows = connection.execute(
        "SELECT cti FROM issued WHERE kid = ? AND issued_at >= ? AND issued_at < ?", (kid, since, until)
    )
    return [checked_bytes("a cti", cti, CTI_SIZE) for (cti,) in rows]


def _row(connection: sqlite3.Connection, cti: bytes) -> tuple[int, int] | None:
    return connection.execute(  # type: ignore[no-any-return]
        "SELECT revoked, expires_at FROM issued WHERE cti = ?", (cti,)
    ).fetchone()
