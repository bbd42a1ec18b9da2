"""Auditing: the chain of the log, and that the codes of the ledger are as the log tells."""

import json
import sqlite3
from collections.abc import Iterable
from typing import Any, Final

from healthpass.ledger import _history
from healthpass.ledger._actions import CORRECTED, DROPPED, ISSUED, REVOKED
from healthpass.ledger._errors import TamperedError
from healthpass.ledger._history import Head, LogLine

_OF_A_CODE: Final = frozenset({ISSUED, REVOKED, CORRECTED})


def audit(connection: sqlite3.Connection, heads: Iterable[Head]) -> Head:
    """Check the log of a ledger, and the codes against it.

    Raises:
        TamperedError: when one is not as it was written.
    """
    head = _history.head(connection)
    expired_by = _dropped(connection)  # which the chain makes sure of below
    there, revoked = 0, set()
    for line in _history.verify_chain(_history.lines(connection), head, *heads):
        if line.number > head.number:
            raise TamperedError(line.number, "comes after the head")
        if line.action not in _OF_A_CODE or line.facts is None:
            continue
        facts = json.loads(line.facts)
        cti = bytes.fromhex(facts["cti"])
        # The line must be found when its code is asked for.
        if connection.execute("SELECT cti FROM log WHERE number = ?", (line.number,)).fetchone() != (cti,):
            raise TamperedError(line.number, "is filed under another code")
        if line.action == ISSUED:
            there += _check_code(connection, line, facts, expired_by)
        else:
            revoked.add(cti)
    _check_codes(connection, head, there, revoked)
    return head


def _dropped(connection: sqlite3.Connection) -> int:
    """Return until when codes had expired that were dropped."""
    rows = connection.execute("SELECT facts FROM log WHERE action = ? AND facts IS NOT NULL", (DROPPED,))
    return max((int(json.loads(facts)["expired_by"]) for (facts,) in rows), default=0)


def _check_code(connection: sqlite3.Connection, line: LogLine, facts: dict[str, Any], expired_by: int) -> bool:
    """Check a code, and tell whether it is still there."""
    found = connection.execute(
        "SELECT list, entry, kid, issued_at, expires_at FROM issued WHERE cti = ?", (bytes.fromhex(facts["cti"]),)
    ).fetchone()
    if found is None and facts["expires"] <= expired_by:
        return False
    if found != (*facts["place"], bytes.fromhex(facts["kid"]), facts["issued"], facts["expires"]):
        raise TamperedError(line.number, "tells of a code that the ledger holds otherwise, or no longer")
    return True


def _check_codes(connection: sqlite3.Connection, head: Head, there: int, revoked: set[bytes]) -> None:
    """Check that there are no codes, and no withdrawals, but those that the log tells of."""
    if connection.execute("SELECT count(*) FROM issued").fetchone() != (there,):
        raise TamperedError(head.number, "ends a log that tells of fewer codes than there are")
    shown = {cti for (cti,) in connection.execute("SELECT cti FROM issued WHERE revoked = 1")}
    hidden = (
        connection.execute("SELECT 1 FROM issued WHERE cti = ?", (cti,)).fetchone() for cti in revoked - shown
    )
    if shown - revoked or any(hidden):
        raise TamperedError(head.number, "ends a log that tells of other withdrawals than the codes do")
