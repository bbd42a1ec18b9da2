"""Auditing: the chain of the log, and that the codes of the ledger are as the log tells."""

import json
import sqlite3
from collections.abc import Iterable
from typing import Any, Final

from healthpass.ledger import _history
from healthpass.ledger._actions import CORRECTED, DROPPED, ISSUED, REVOKED
from healthpass.ledger._errors import UNREADABLE, TamperedError
from healthpass.ledger._forgetting import misfiled
from healthpass.ledger._history import FORGOTTEN, PAUSE, Head, LogLine, Subject
from healthpass.ledger._lists import KEPT

_OF_A_CODE: Final = frozenset({ISSUED, REVOKED, CORRECTED})


def audit(connection: sqlite3.Connection, heads: Iterable[Head], at: int) -> Head:
    """Check the log of a ledger, and the codes against it.

    Raises:
        TamperedError: when one is not as it was written.
    """
    number = 1
    try:
        head = _history.head(connection)
        lists = _count_lists(connection, head)
        expired_by = _dropped(connection)  # which the chain makes sure of below
        there, revoked = 0, set()
        lines = _history.verify_chain(_history.lines(connection), head, *heads)
        filed = connection.execute("SELECT cti, expires_at FROM log ORDER BY number")
        for line, (cti, expires_at) in zip(lines, filed, strict=False):
            number = line.number
            if number > head.number:
                raise TamperedError(number, "stands after the head")
            if line.facts is None or line.action not in _OF_A_CODE:
                _check_other(line, (cti, expires_at), at)
                continue
            facts = json.loads(line.facts)
            # The line must be found when its code is asked for, and forgotten when it is time, not sooner.
            if bytes.fromhex(facts["cti"]) != cti:
                raise TamperedError(number, "belongs to another code than it names")
            if misfiled(connection, line.action, line.at, Subject(cti, expires_at), line.facts):
                raise TamperedError(number, "has another date of forgetting than its facts allow")
            if line.action == ISSUED:
                there += _check_code(connection, line, facts, expired_by, lists)
            else:
                revoked.add(cti)
        _check_codes(connection, head, there, revoked)
    except UNREADABLE as error:
        raise TamperedError(number, "cannot be compared with what the ledger holds") from error
    return head


def _count_lists(connection: sqlite3.Connection, head: Head) -> int:
    """Return how many lists there are; a number that is missing would not be published."""
    count, first, last = connection.execute("SELECT count(*), min(list), max(list) FROM lists").fetchone()
    if (first, last) != (0, count - 1):
        raise TamperedError(head.number, "is the last one, but a list of the ledger is missing")
    return int(count)


def _dropped(connection: sqlite3.Connection) -> int:
    """Return until when codes had expired that were dropped."""
    expired_by = 0
    for number, facts in connection.execute("SELECT number, facts FROM log WHERE action = ?", (DROPPED,)):
        try:
            expired_by = max(expired_by, json.loads(facts)["expired_by"])
        except UNREADABLE as error:
            raise TamperedError(number, "drops codes, but does not say which") from error
    return expired_by


def _check_other(line: LogLine, filed: tuple[object, object], at: int) -> None:
    """Check a line that tells of no code, or not any more."""
    if filed != (None, None):
        raise TamperedError(line.number, "belongs to a code that it does not name")
    if line.facts is None and line.action not in _OF_A_CODE:
        raise TamperedError(line.number, "has no facts, but such a line must keep them for ever")
    # What takes something away needs time that has passed; the facts of FORGOTTEN were compared by the chain.
    if line.action in {DROPPED, FORGOTTEN} and line.at > at + PAUSE:
        raise TamperedError(line.number, "lies in the future, and removes what is still needed")
    if line.action == DROPPED and json.loads(line.facts or "")["expired_by"] > line.at - KEPT:
        raise TamperedError(line.number, "drops codes too early")


def _check_code(
    connection: sqlite3.Connection, line: LogLine, facts: dict[str, Any], expired_by: int, lists: int
) -> bool:
    """Check a code, and tell whether it is still there."""
    found = connection.execute(
        "SELECT list, entry, kid, issued_at, expires_at FROM issued WHERE cti = ?", (bytes.fromhex(facts["cti"]),)
    ).fetchone()
    if found is None and facts["expires"] <= expired_by:
        return False
    if found != (*facts["place"], bytes.fromhex(facts["kid"]), facts["issued"], facts["expires"]):
        raise TamperedError(line.number, "does not agree with the code in the ledger")
    if not 0 <= found[0] < lists:
        raise TamperedError(line.number, "names a list that the ledger does not have")
    return True


def _check_codes(connection: sqlite3.Connection, head: Head, there: int, revoked: set[bytes]) -> None:
    """Check that there are no codes, and no withdrawals, but those that the log tells of."""
    if connection.execute("SELECT count(*) FROM issued").fetchone() != (there,):
        raise TamperedError(head.number, "is the last one, but the ledger has more codes than the log")
    shown = {cti for (cti,) in connection.execute("SELECT cti FROM issued WHERE revoked = 1")}
    hidden = (
        connection.execute("SELECT 1 FROM issued WHERE cti = ?", (cti,)).fetchone() for cti in revoked - shown
    )
    if shown - revoked or any(hidden):
        raise TamperedError(head.number, "is the last one, but the log and the codes differ in what is withdrawn")
