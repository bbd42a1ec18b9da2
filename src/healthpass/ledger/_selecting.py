"""Choosing codes by what the ledger knows of them: key, times, who set them on what ground, and their batch.

What is chosen is streamed in one snapshot, and found by an index where the ledger is large: a time by
`codes_made`, a batch by its line. Who and why stand in the log, a line a batch: it is read, and not each code.
"""

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime
from typing import Any, Final, final

from healthpass.codec._cose import KID_SIZE
from healthpass.codec._time import from_seconds, to_seconds
from healthpass.credential._claims import CTI_SIZE
from healthpass.ledger import _batches
from healthpass.ledger._actions import checked_bytes, words
from healthpass.ledger._batches import ISSUED
from healthpass.ledger._sql import Connection

_MAX_LINE: Final = 2**63 - 1  # SQLite's integers
_STATES: Final = {None: "", False: " AND codes.state = 0", True: " AND codes.state = 1"}


@final
@dataclass(frozen=True, slots=True, kw_only=True)
class Selection:
    """Which codes of a ledger; all conditions hold together, and one that is left out holds for every code.

    A code is there until 8 days after it expired.

    Attributes:
        kid: signed by this key, 8 bytes.
        since: made then or later. A draft is made when it is prepared: where signatures come later, begin as much
            earlier.
        until: made before then.
        set_by: set by exactly these words, the `by` with which it was recorded.
        set_why: set on exactly this ground, the `why` with which it was recorded.
        batch: recorded, withdrawn or corrected in this line of the log.
        up_to: recorded in this line of the log or in one before, from 1.
        withdrawn: withdrawn, or not.

    Raises:
        TypeError: when a value is of another type.
        ValueError: when a value is not valid, or `until` is not after `since`.
    """

    kid: bytes | None = None
    since: datetime | None = None
    until: datetime | None = None
    set_by: str | None = None
    set_why: str | None = None
    batch: int | None = None
    up_to: int | None = None
    withdrawn: bool | None = None

    def __post_init__(self) -> None:
        if self.kid is not None:
            checked_bytes("kid", self.kid, KID_SIZE)
        since, until = _seconds("since", self.since), _seconds("until", self.until)
        if since is not None and until is not None and since >= until:
            raise ValueError("until must be after since")
        for name, text in (("set_by", self.set_by), ("set_why", self.set_why)):
            if text is not None:
                words(name, text)
        for name, line in (("batch", self.batch), ("up_to", self.up_to)):
            if line is not None:
                checked_line(name, line)
        if self.withdrawn is not None and type(self.withdrawn) is not bool:
            raise TypeError(f"withdrawn must be True, False or None, not {self.withdrawn!r}")


@final
@dataclass(frozen=True, slots=True, kw_only=True)
class SelectedCode:
    """What a ledger knows of a code that was chosen.

    Attributes:
        cti: its reference, 12 bytes.
        kid: the kid of the key that signed it, 8 bytes.
        issued_at: when it was made.
        expires_at: when it expires.
        batch: the line of the log in which it was recorded.
        withdrawn: whether it is withdrawn.
    """

    cti: bytes
    kid: bytes
    issued_at: datetime
    expires_at: datetime
    batch: int
    withdrawn: bool


def checked_line(name: str, line: int) -> int:
    """Check the number of a line of the log.

    Raises:
        TypeError: when it is no `int`.
        ValueError: when no line can have it.
    """
    if type(line) is not int:
        raise TypeError(f"{name} must be an int, not {type(line).__name__}")
    if not 1 <= line <= _MAX_LINE:
        raise ValueError(f"{name} must be 1 to {_MAX_LINE}, as lines of the log are numbered")
    return line


def codes(connection: Connection, selection: Selection) -> Iterator[SelectedCode]:
    """Read the codes of a selection.

    Raises:
        UnknownBatchError: when the log tells nothing of its batch.
    """
    columns = "codes.cti, codes.kid, codes.issued_at, codes.expires_at, codes.line, codes.state"
    for cti, kid, issued_at, expires_at, line, state in _rows(connection, selection, columns):
        yield SelectedCode(
            cti=checked_bytes("a cti", cti, CTI_SIZE),
            kid=checked_bytes("a kid", kid, KID_SIZE),
            issued_at=from_seconds(issued_at),
            expires_at=from_seconds(expires_at),
            batch=line,
            withdrawn=bool(state),
        )


def ctis(connection: Connection, selection: Selection) -> Iterator[bytes]:
    """Read only their ctis."""
    return (checked_bytes("a cti", cti, CTI_SIZE) for (cti,) in _rows(connection, selection, "codes.cti"))


def count(connection: Connection, selection: Selection) -> tuple[int, int]:
    """Count the codes of a selection: those that are not withdrawn, and those that are."""
    ((good, withdrawn),) = _rows(
        connection, selection, "count(*) FILTER (WHERE codes.state = 0), count(*) FILTER (WHERE codes.state = 1)"
    )
    return int(good), int(withdrawn)


def _rows(connection: Connection, selection: Selection, columns: str) -> Iterator[Any]:
    # `state < 2` also where it follows from another condition: SQLite takes an index by the words of its own.
    where, values = f"codes.state < 2{_STATES[selection.withdrawn]}", []
    for condition, value in (
        ("codes.kid = ?", selection.kid),
        ("codes.issued_at >= ?", _seconds("since", selection.since)),
        ("codes.issued_at < ?", _seconds("until", selection.until)),
        ("codes.line <= ?", selection.up_to),
        (f"{connection.by} = ?", selection.set_by),
        (f"{connection.why} = ?", selection.set_why),
    ):
        if value is not None:
            where += f" AND {condition}"
            values.append(value)
    if selection.batch is not None:
        issued = _batches.told(connection, selection.batch).action == ISSUED
        withdrawals = "codes.cti IN (SELECT cti FROM withdrawals WHERE line = ?)"
        where += f" AND {'codes.line = ?' if issued else withdrawals}"
        values.append(selection.batch)
    tables = connection.codes
    if selection.set_by is not None or selection.set_why is not None:
        few = selection.since or selection.until or selection.batch  # then by their index; else the log is shorter
        tables = f"{tables} CROSS JOIN log" if few else f"log CROSS JOIN {tables}"
        where += " AND log.number = codes.line"
    return connection.stream(f"SELECT {columns} FROM {tables} WHERE {where}", values)


def _seconds(name: str, moment: datetime | None) -> int | None:
    return None if moment is None else to_seconds(moment, name)
