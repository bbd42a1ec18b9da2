"""Batches: lines of the log that are about codes, read with the root over what the tables hold of these codes."""

import json
from collections.abc import Iterator
from contextlib import suppress
from datetime import datetime
from typing import Any, Final, NamedTuple

from healthpass.codec._time import from_seconds
from healthpass.ledger import _history, _merkle
from healthpass.ledger._actions import Batch
from healthpass.ledger._errors import UNREADABLE, TamperedError, UnknownBatchError
from healthpass.ledger._history import LogLine
from healthpass.ledger._sql import Connection

ISSUED: Final = "issued"
REVOKED: Final = "revoked"
CORRECTED: Final = "corrected"
DROPPED: Final = "dropped"
OF_CODES: Final = frozenset({ISSUED, REVOKED, CORRECTED})

# What a code's row says of its place: held and good, held and withdrawn, or given up and kept for its history.
GOOD: Final = 0
WITHDRAWN: Final = 1
GIVEN_UP: Final = 2

_COLUMNS: Final = "number, at, action, digest, previous, facts, forgotten"


class Told(NamedTuple):
    """What a line of the log tells of a batch."""

    at: datetime
    action: str
    codes: int
    by: str
    why: str


class Filed(NamedTuple):
    """A line of the log, from when on it may be forgotten, and how many codes the tables have for it."""

    line: LogLine
    expires_at: int | None
    codes: int


def told(connection: Connection, number: int) -> Told:
    """Read what a line tells of its codes.

    Raises:
        UnknownBatchError: when it tells nothing of any.
        TamperedError: when it cannot be read.
    """
    row = connection.execute("SELECT at, action, facts FROM log WHERE number = ?", (number,)).fetchone()
    if row is None:
        raise UnknownBatchError(number, "the log has no such line")
    at, action, text = row
    if action not in OF_CODES:
        raise UnknownBatchError(number, "this line of the log is about no codes")
    if text is None:
        raise UnknownBatchError(number, "it is forgotten")
    try:
        facts = json.loads(text)
        return Told(from_seconds(at), action, int(facts["codes"]), str(facts["by"]), str(facts["why"]))
    except UNREADABLE as error:
        raise TamperedError(number, "is about codes, and cannot be read") from error


def batch(connection: Connection, number: int) -> Batch:
    """Tell of a batch.

    Raises:
        UnknownBatchError: when the log tells nothing of it.
        TamperedError: when its line cannot be read.
    """
    line = told(connection, number)
    withdrawn = line.codes
    if line.action == ISSUED:
        (withdrawn,) = connection.execute(
            f"SELECT count(DISTINCT cti) FROM {connection.codes_of(number)} JOIN withdrawals USING (cti)"
            " WHERE known.line = ?",
            (number,),
        ).fetchone()
    return Batch(line=number, withdrawn=withdrawn, **line._asdict())


def lines(connection: Connection) -> Iterator[LogLine]:
    """Read the log in its order."""
    return (filed.line for filed in filed_lines(connection))


def filed_lines(connection: Connection) -> Iterator[Filed]:
    """Read the log in its order, and by when each line is filed."""
    rows = connection.stream(f"SELECT {_COLUMNS}, expires_at FROM log ORDER BY number")
    return (_filed(connection, *row) for row in rows)


def filed_line(connection: Connection, number: int) -> Filed | None:
    """Read one line; None when there is none."""
    row = connection.execute(
        f"SELECT {_COLUMNS}, expires_at FROM log WHERE number = ?",
        (number,),
    ).fetchone()
    return row and _filed(connection, *row)


def entries(connection: Connection, number: int, action: str, salt: bytes) -> list[bytes]:
    """Write the entries of a line from what the tables hold of its codes, in the order of their ctis."""
    key = _history.entry_key(connection, salt)
    if action == ISSUED:
        rows = connection.execute(
            "SELECT cti, list, entry, kid, issued_at, expires_at, device"
            f" FROM {connection.codes_of(number)} WHERE line = ? ORDER BY cti",
            (number,),
        )
        return [_merkle.issued(key, *row) for row in rows]
    rows = connection.execute("SELECT cti, new FROM withdrawals WHERE line = ? ORDER BY cti", (number,))
    return [_merkle.withdrawn(key, *row) for row in rows]


def last_expiry(connection: Connection, number: int, action: str) -> tuple[int, bool]:
    """Return when the last of a line's codes expires, 0 when none is known, and whether all of them are known."""
    if action == ISSUED:
        found = connection.execute(
            f"SELECT max(expires_at), 1 FROM {connection.codes_of(number)} WHERE line = ?",
            (number,),
        ).fetchone()
    else:  # the codes are forgotten before their withdrawals are
        found = connection.execute(
            "SELECT max(expires_at), count(expires_at) = count(*) FROM withdrawals"
            f" LEFT JOIN {connection.codes_of(number)} USING (cti) WHERE withdrawals.line = ?",
            (number,),
        ).fetchone()
    return found[0] or 0, bool(found[1])


def misfiled(connection: Connection, filed: Filed) -> bool:
    """Tell whether a batch is filed by another time than that after which it may be forgotten.

    Whoever can write to the file could otherwise have it forgotten sooner, by the ledger itself.
    """
    line = filed.line
    last, all_known = last_expiry(connection, line.number, line.action)
    due = max(last, line.at)
    return filed.expires_at != due if all_known else filed.expires_at is None or filed.expires_at < due


def _filed(  # noqa: PLR0917 - a row of the table
    connection: Connection,
    number: int,
    at: int,
    action: str,
    digest: bytes,
    previous: bytes,
    facts: Any,
    forgotten: int | None,
    expires_at: int | None,
) -> Filed:
    found: list[bytes] = []
    root = None
    if facts is not None and action in OF_CODES:
        with suppress(*UNREADABLE):  # then they do not match the digest
            found = entries(connection, number, action, bytes.fromhex(json.loads(facts)["salt"]))
            root = _merkle.root(map(_merkle.leaf, found))
    line = LogLine(number, at, action, digest, previous, facts, root, forgotten)
    return Filed(line, expires_at, len(found))
