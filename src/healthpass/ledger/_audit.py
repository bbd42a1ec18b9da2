"""Auditing: the database itself, the chain of the log, and that the codes are as the log tells."""

import hashlib
import json
from collections.abc import Iterable
from typing import Any

from healthpass.documents._status_list import ENTRIES
from healthpass.ledger import _batches, _codes, _history
from healthpass.ledger._batches import DROPPED, GIVEN_UP, ISSUED, OF_CODES, Filed
from healthpass.ledger._errors import UNREADABLE, TamperedError
from healthpass.ledger._history import FORGOTTEN, PAUSE, RESTORED, Head, LogLine
from healthpass.ledger._lists import KEPT, last_dates
from healthpass.ledger._published import Published, dropped_by
from healthpass.ledger._sql import Connection


def audit(  # noqa: C901 - one pass over the log
    connection: Connection, heads: Iterable[Head], at: int, published: Iterable[Published] = ()
) -> Head:
    """Check the database of a ledger, its log, the codes against it, and the lists that were published last.

    Raises:
        DamagedError: when tables and indexes do not agree.
        TamperedError: when something is not as it was written.
        WentBackError: when a head belongs to what was lost before the ledger was put back from a copy.
    """
    connection.check()
    number = 1
    try:
        head = _history.head(connection)
        issuer, _ = _codes.identity(connection)
        _check_lists(connection, head)
        expired_by = _dropped(connection, head)  # which the chain makes sure of below
        codes = {True: 0, False: 0}  # by whether they were issued or withdrawn
        restored: list[dict[str, Any]] = []
        latest = at
        batches: list[Filed] = []

        def passed() -> Iterable[LogLine]:
            for filed in _batches.filed_lines(connection):
                batches[:] = [filed]
                yield filed.line

        for line in _history.verify_chain(passed(), head, *heads):
            number, (filed,) = line.number, batches
            latest = max(latest, line.at)
            if number > head.number:
                raise TamperedError(number, "stands after the head")
            if line.facts is None or line.action not in OF_CODES:
                _check_other(filed, at)
                if number == 1 and json.loads(line.facts or "")["issuer"] != issuer:
                    raise TamperedError(number, "was written for another issuer")
                if line.action == RESTORED:
                    restored.append(json.loads(line.facts or ""))
                continue
            # The line must be found and forgotten when it is time, not sooner.
            if _batches.misfiled(connection, filed):
                raise TamperedError(number, "has another date of forgetting than its codes allow")
            if filed.codes != json.loads(line.facts)["codes"] or not filed.codes:
                raise TamperedError(number, "is about more or fewer codes than it says")
            if line.action == ISSUED:
                _check_codes(connection, number, expired_by)
            codes[line.action == ISSUED] += filed.codes
        _check_all(connection, head, codes[True], codes[False])
        carried = {one[0]: one for facts in restored for one in facts["carried"]}
        _check_carried(connection, head, carried, expired_by)
        _check_retired(connection, head, restored, latest)
        _check_published(connection, head, published)
    except UNREADABLE as error:
        raise TamperedError(number, "cannot be compared with what the ledger holds") from error
    return head


def _dropped(connection: Connection, head: Head) -> int:
    """Return until when codes had expired that were dropped."""
    try:
        return dropped_by(connection)
    except UNREADABLE as error:
        raise TamperedError(head.number, "is the last one, and one that drops codes does not say which") from error


def _check_other(filed: Filed, at: int) -> None:
    """Check a line that tells of no code, or not any more."""
    line = filed.line
    if filed.expires_at is not None:
        raise TamperedError(line.number, "is filed as one to be forgotten, and is about no code")
    if line.facts is None and line.action not in OF_CODES:
        raise TamperedError(line.number, "has no facts, but such a line must keep them for ever")
    # What takes something away needs time that has passed; the facts of FORGOTTEN were compared by the chain.
    if line.action in {DROPPED, FORGOTTEN} and line.at > at + PAUSE:
        raise TamperedError(line.number, "lies in the future, and removes what is still needed")
    if line.action == DROPPED and json.loads(line.facts or "")["expired_by"] > line.at - KEPT:
        raise TamperedError(line.number, "drops codes too early")


def _check_lists(connection: Connection, head: Head) -> None:
    """Check that no list is missing, and that each can be used."""
    rows = connection.execute("SELECT list, generation, next_counter FROM lists ORDER BY list").fetchall()
    if any(type(value) is not int for row in rows for value in row):
        raise TamperedError(head.number, "is the last one, but a list of the ledger cannot be read")
    numbers = [number for number, *_ in rows]
    if numbers != list(range(len(numbers))) or not numbers:
        raise TamperedError(head.number, "is the last one, but a list of the ledger is missing")


def _check_codes(connection: Connection, number: int, expired_by: int) -> None:
    """Check that no code of a batch lost its place too early; what else is known of its codes has the root."""
    early = connection.execute(
        f"SELECT 1 FROM {connection.codes_of(number)} WHERE line = ? AND state = {GIVEN_UP} AND expires_at > ?",
        (number, expired_by),
    ).fetchone()
    if early:
        raise TamperedError(number, "has a code that lost its place before its time")


def _check_all(connection: Connection, head: Head, issued: int, withdrawn: int) -> None:
    """Check that there are no codes, and no withdrawals, but those that the log tells of."""
    if connection.execute(f"SELECT count(*) FROM {connection.every_code}").fetchone() != (issued,):
        raise TamperedError(head.number, "is the last one, but the ledger has other codes than the log")
    if connection.execute("SELECT count(*) FROM withdrawals").fetchone() != (withdrawn,):
        raise TamperedError(head.number, "is the last one, but the ledger has other withdrawals than the log")
    differing = connection.execute(
        f"SELECT 1 FROM {connection.codes} WHERE state < 2"
        " AND (state = 1) != EXISTS (SELECT 1 FROM withdrawals WHERE withdrawals.cti = codes.cti)"
    ).fetchone()
    if differing:
        raise TamperedError(head.number, "is the last one, but the log and the codes differ in what is withdrawn")


def _check_carried(connection: Connection, head: Head, told: dict[int, list[Any]], expired_by: int) -> None:
    """Check the entries that were published as withdrawn, of codes that nobody knows any more."""
    found = {
        number: [number, until, hashlib.sha256(bits).hexdigest()]
        for number, until, bits in connection.execute("SELECT list, until, bits FROM carried")
    }
    due = {number: one for number, one in told.items() if number in found or one[1] > expired_by}
    if found != due:
        raise TamperedError(head.number, "is the last one, but other entries are carried over than was told")


def _check_retired(connection: Connection, head: Head, restored: Iterable[dict[str, Any]], latest: int) -> None:
    """Check that lists in which nobody knows the places give out none, as long as such a code may live."""
    for facts in restored:
        opened = connection.execute(
            "SELECT 1 FROM lists WHERE list < ? AND (next_counter != ? OR last_expiry < ?)",
            (facts["first_list"], ENTRIES, facts["until"]),
        ).fetchone()
        if opened and latest < facts["until"] + KEPT:
            raise TamperedError(head.number, "is the last one, but a list that was retired gives out places again")


def _check_published(connection: Connection, head: Head, published: Iterable[Published]) -> None:
    """Check that the lists that were published last are those that the log tells of."""
    told: dict[tuple[int, int], tuple[int, str]] = {}
    last: dict[int, int] = {}
    for (facts,) in connection.execute("SELECT facts FROM log WHERE action = 'published' ORDER BY number"):
        for number, issued, expires, digest in json.loads(facts)["lists"]:
            told[number, issued] = expires, digest
            last[number] = issued
    dates = last_dates(connection)
    for number, issued in last.items():
        if dates[number] < issued:
            raise TamperedError(head.number, f"is the last one, but list {number} was published with a later date")
    for one in published:
        # A list of before the ledger was put back is in no line; that it is not taken back is compared elsewhere.
        expected = told.get((one.number, one.issued))
        if expected and expected != (one.expires, hashlib.sha256(one.bits).hexdigest()):
            raise TamperedError(
                head.number,
                f"is the last one, but list {one.number} shows other entries than were told",
            )
