"""The codes of a ledger: one row each, and the line of the log that belongs to each batch of changes."""

import hashlib
import sqlite3
from collections.abc import Iterable, Iterator, Sequence
from itertools import groupby
from typing import Any, Final

from healthpass.codec._keys import PublicKey
from healthpass.codec._time import from_seconds
from healthpass.credential._claims import CTI_SIZE
from healthpass.credential._health import StatusPlace
from healthpass.credential._regions import IssuerId
from healthpass.ledger import _batches, _history, _lists, _merkle
from healthpass.ledger._actions import Action, CheckedCode, checked_bytes
from healthpass.ledger._batches import CORRECTED, GIVEN_UP, GOOD, ISSUED, REVOKED, WITHDRAWN
from healthpass.ledger._errors import (
    UNREADABLE,
    DeviceKeyUsedError,
    LedgerError,
    TamperedError,
    UnknownBatchError,
    UnknownCodeError,
)
from healthpass.ledger._permutation import KEY_SIZE

_DEVICE_SIZE: Final = 16


def identity(connection: sqlite3.Connection) -> tuple[IssuerId, bytes]:
    """Return whose the codes are, and the secret of their order.

    Raises:
        TypeError: when the ledger holds something else there.
        ValueError: when it holds none, or several.
    """
    _history.head(connection)
    ((issuer, secret),) = connection.execute("SELECT issuer, secret FROM ledger").fetchall()
    return IssuerId(issuer), checked_bytes("the secret", secret, KEY_SIZE)


def device_of(secret: bytes, key: PublicKey | None) -> bytes | None:
    """Return what the ledger keeps of a device key: enough to know it again, for nobody else."""
    if key is None:
        return None
    return hashlib.blake2b(
        key.to_bytes(), key=secret, digest_size=_DEVICE_SIZE, person=b"hp-ledger-device"
    ).digest()


def insert(
    connection: sqlite3.Connection, codes: Sequence[tuple[CheckedCode, int, bytes | None]], at: int
) -> None:
    """Write codes down that are about to leave, and a line for those of each who and why.

    Args:
        connection: the ledger's.
        codes: the codes, each with its counter and what is kept of its device key.
        at: now.

    Raises:
        LedgerError: when a cti or a device key was used before.
    """
    written = 0
    ordered = sorted(codes, key=lambda one: (one[0].by, one[0].why, one[0].cti))
    try:
        for (by, why), group in groupby(ordered, key=lambda one: (one[0].by, one[0].why)):
            _insert_batch(connection, list(group), {"by": by, "why": why}, at)
            written += 1
    except sqlite3.IntegrityError:
        _explain(connection, codes, _history.next_line(connection) - written)
        raise
    ends: dict[int, int] = {}
    for code, *_ in codes:
        ends[code.place.list] = max(ends.get(code.place.list, 0), code.expires_at)
    for number, expires_at in ends.items():
        _lists.note_expiry(connection, number, expires_at)


def are_recorded(connection: sqlite3.Connection, secret: bytes, codes: Iterable[CheckedCode]) -> bool:
    """Tell whether codes are recorded already, each exactly as it is here, and have their places.

    Raises:
        TamperedError: when the line of one cannot be read.
    """
    return all(_is_recorded(connection, code, device_of(secret, code.holder_key)) for code in codes)


def _is_recorded(connection: sqlite3.Connection, code: CheckedCode, device: bytes | None) -> bool:
    row = connection.execute(
        "SELECT line, list, entry, kid, issued_at, expires_at, device FROM codes WHERE cti = ? AND state < ?",
        (code.cti, GIVEN_UP),
    ).fetchone()
    as_told = (code.place.list, code.place.index, code.kid, code.issued_at, code.expires_at, device)
    if row is None or row[1:] != as_told:
        return False
    line = _batches.told(connection, row[0])
    return (line.by, line.why) == (code.by, code.why)


def _insert_batch(
    connection: sqlite3.Connection,
    batch: list[tuple[CheckedCode, int, bytes | None]],
    facts: dict[str, Any],
    at: int,
) -> None:
    line, salt, key = _history.next_batch(connection)
    connection.executemany(
        "INSERT INTO codes (cti, line, list, counter, entry, kid, issued_at, expires_at, device)"
        " VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?)",
        [
            (c.cti, line, c.place.list, counter, c.place.index, c.kid, c.issued_at, c.expires_at, device)
            for c, counter, device in batch
        ],
    )
    root = _merkle.root(
        _merkle.leaf(
            _merkle.issued(key, c.cti, c.place.list, c.place.index, c.kid, c.issued_at, c.expires_at, device)
        )
        for c, _, device in batch
    )
    _history.append(
        connection,
        at=at,
        action=ISSUED,
        facts={**facts, "codes": len(batch)},
        salt=salt,
        root=root,
        expires_at=max(at, *(c.expires_at for c, *_ in batch)),
    )


def _explain(
    connection: sqlite3.Connection, codes: Sequence[tuple[CheckedCode, int, bytes | None]], first: int
) -> None:
    """Say which code was refused for what.

    Raises:
        LedgerError: when one has a cti or a device key that was used before; DeviceKeyUsedError for the latter.
    """
    ctis: set[bytes] = set()
    devices: set[bytes] = set()
    for code, _, device in codes:
        known = "SELECT 1 FROM codes WHERE cti = ? AND line < ?"
        if code.cti in ctis or connection.execute(known, (code.cti, first)).fetchone():
            raise LedgerError(f"the code {code.cti.hex()} is recorded already: a cti is used once (ISS-2)")
        ctis.add(code.cti)
        if device is not None:
            known = "SELECT 1 FROM codes WHERE device = ? AND line < ?"
            if device in devices or connection.execute(known, (device, first)).fetchone():
                raise DeviceKeyUsedError(code.cti)
            devices.add(device)


def is_revoked(connection: sqlite3.Connection, cti: bytes) -> bool:
    """Tell whether a code is withdrawn.

    Raises:
        UnknownCodeError: when there is none of that cti.
    """
    row = _held(connection, cti)
    if row is None:
        raise UnknownCodeError(cti)
    return row[0] == WITHDRAWN


def good_ones(connection: sqlite3.Connection, ctis: Iterable[bytes]) -> tuple[dict[bytes, int], list[bytes]]:
    """Return the expiries of the codes that are not withdrawn, and which codes are unknown."""
    good: dict[bytes, int] = {}
    unknown = []
    for cti in ctis:
        if (row := _held(connection, cti)) is None:
            unknown.append(cti)
        elif row[0] == GOOD:
            good[cti] = row[1]
    return good, unknown


def revoke(
    connection: sqlite3.Connection, ctis: Iterable[bytes], *, at: int, by: str, why: str
) -> tuple[int | None, int, list[bytes]]:
    """Withdraw codes that are not withdrawn yet, in one line; return it, how many, and those that are unknown."""
    good, unknown = good_ones(connection, ctis)
    line = None
    if good:
        line = _withdraw(connection, dict.fromkeys(good), good, action=REVOKED, at=at, by=by, why=why)
    return line, len(good), unknown


def correct(connection: sqlite3.Connection, cti: bytes, *, new: bytes, at: int, by: str, why: str) -> None:
    """Withdraw a code, which may be withdrawn already, and note which one came in its place.

    Raises:
        UnknownCodeError: when there is none of that cti.
    """
    row = _held(connection, cti)
    if row is None:
        raise UnknownCodeError(cti)
    _withdraw(connection, {cti: new}, {cti: row[1]}, action=CORRECTED, at=at, by=by, why=why)


def _withdraw(
    connection: sqlite3.Connection,
    news: dict[bytes, bytes | None],
    expiries: dict[bytes, int],
    *,
    action: str,
    at: int,
    by: str,
    why: str,
) -> int:
    line, salt, key = _history.next_batch(connection)
    rows = sorted(news.items())
    connection.executemany(
        "INSERT INTO withdrawals (line, cti, new) VALUES (?, ?, ?)", [(line, *row) for row in rows]
    )
    connection.executemany("UPDATE codes SET state = ? WHERE cti = ?", [(WITHDRAWN, cti) for cti in news])
    return _history.append(
        connection,
        at=at,
        action=action,
        facts={"by": by, "why": why, "codes": len(rows)},
        salt=salt,
        root=_merkle.root(_merkle.leaf(_merkle.withdrawn(key, *row)) for row in rows),
        expires_at=max(at, *expiries.values()),
    )


def revoked_since(connection: sqlite3.Connection, number: int) -> list[tuple[int, int, int]]:
    """Return list, index and expiry of the codes that were withdrawn after a line of the log."""
    return connection.execute(
        "SELECT list, entry, expires_at FROM withdrawals JOIN codes USING (cti) WHERE withdrawals.line > ?",
        (number,),
    ).fetchall()


def history(connection: sqlite3.Connection, cti: bytes) -> Iterator[Action]:
    """Tell what was done to a code, in the order of the log.

    Raises:
        TamperedError: when what the log says of it cannot be read.
    """
    row = connection.execute(
        "SELECT line, list, entry, kid, issued_at, expires_at FROM codes WHERE cti = ?", (cti,)
    ).fetchone()
    if row is not None:
        line, number, entry, kid, issued_at, expires_at = row
        try:
            more = {
                "place": StatusPlace(number, entry),
                "kid": kid,
                "issued_at": from_seconds(issued_at),
                "expires_at": from_seconds(expires_at),
            }
        except UNREADABLE as error:
            raise TamperedError(line, "belongs to a code of which nothing can be read") from error
        yield _action(connection, line, cti, more)
    later = connection.execute("SELECT line, new FROM withdrawals WHERE cti = ? ORDER BY line", (cti,)).fetchall()
    for line, new in later:
        yield _action(connection, line, cti, {"new": new})


def replaced_by(connection: sqlite3.Connection, cti: bytes) -> tuple[bytes, ...]:
    """Tell which codes were corrected by this one."""
    rows = connection.execute("SELECT DISTINCT cti FROM withdrawals WHERE new = ? ORDER BY line", (cti,))
    return tuple(checked_bytes("a cti", old, CTI_SIZE) for (old,) in rows)


def _action(connection: sqlite3.Connection, number: int, cti: bytes, more: dict[str, Any]) -> Action:
    try:
        return Action(line=number, cti=cti, **_batches.told(connection, number)._asdict(), **more)
    except UnknownBatchError as error:
        raise TamperedError(number, "belongs to a code, but says nothing about it") from error


def _held(connection: sqlite3.Connection, cti: bytes) -> tuple[int, int] | None:
    """Return state and expiry of a code that has its place; None when there is none."""
    return connection.execute(  # type: ignore[no-any-return]
        "SELECT state, expires_at FROM codes WHERE cti = ? AND state < ?", (cti, GIVEN_UP)
    ).fetchone()
