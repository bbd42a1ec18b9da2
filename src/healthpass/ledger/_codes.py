"""The codes of a ledger: one row each, and the line of the log that belongs to each batch of changes."""

import hashlib
from collections.abc import Iterable, Iterator, Sequence
from itertools import groupby
from typing import Any, Final, NamedTuple

from healthpass.codec._keys import PublicKey
from healthpass.codec._time import from_seconds
from healthpass.credential._claims import CTI_SIZE
from healthpass.credential._health import StatusPlace
from healthpass.credential._regions import IssuerId
from healthpass.issuing._status_places import Recorded
from healthpass.ledger import _batches, _history, _lists, _merkle
from healthpass.ledger._actions import Action, CheckedCode, checked_bytes
from healthpass.ledger._batches import CORRECTED, GIVEN_UP, GOOD, ISSUED, REVOKED, WITHDRAWN, Told
from healthpass.ledger._errors import (
    UNREADABLE,
    CodeKnownError,
    DeviceKeyUsedError,
    LedgerError,
    TamperedError,
    UnknownBatchError,
    UnknownCodeError,
)
from healthpass.ledger._permutation import KEY_SIZE
from healthpass.ledger._sql import CodeRow, ConflictError, Connection, each_of

_DEVICE_SIZE: Final = 16


def identity(connection: Connection) -> tuple[IssuerId, bytes]:
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


class Batch(NamedTuple):
    """Codes that are about to leave, set by one person on one ground: a line of the log.

    Attributes:
        by: who set them.
        why: on what ground.
        rows: the codes, in the order of their ctis.
        salt: the salt of the line's facts, and of its entries.
        root: the root over the codes.
        ends: when the last of them expires in each list.
    """

    by: str
    why: str
    rows: list[CodeRow]
    salt: bytes
    root: bytes
    ends: dict[int, int]


def batches_of(secret: bytes, codes: Iterable[CheckedCode]) -> list[Batch]:
    """Put codes together that one person set on one ground, and compute the roots.

    Nothing is read or written: others may write meanwhile.
    """
    ordered = sorted(codes, key=lambda code: (code.by, code.why, code.cti))
    return [
        _batch(secret, by, why, [_row(secret, code) for code in group])
        for (by, why), group in groupby(ordered, key=lambda code: (code.by, code.why))
    ]


def _row(secret: bytes, code: CheckedCode) -> CodeRow:
    return CodeRow(
        code.cti,
        code.place.list,
        code.place.index,
        code.kid,
        code.issued_at,
        code.expires_at,
        device_of(secret, code.holder_key),
        code.seal,
    )


def _batch(secret: bytes, by: str, why: str, rows: list[CodeRow]) -> Batch:
    salt = _history.new_salt()
    key = _merkle.entry_key(secret, salt)
    root = _merkle.root(_merkle.leaf(_merkle.issued(key, *row[:7])) for row in rows)
    ends: dict[int, int] = {}
    for row in rows:
        ends[row.list] = max(ends.get(row.list, 0), row.expires_at)
    return Batch(by, why, rows, salt, root, ends)


def insert(connection: Connection, batches: Sequence[Batch], codes: Sequence[CheckedCode], at: int) -> None:
    """Write codes down that are about to leave, and a line for each batch of them.

    Args:
        connection: the ledger's.
        batches: the codes.
        codes: the same, in the order of the call: of two that do not go together, the later one is refused.
        at: now.

    Raises:
        CodeKnownError: when a cti was used before.
        DeviceKeyUsedError: when a device key was.
        LedgerError: when a place was.
    """
    first = _history.next_line(connection)
    try:
        connection.add_codes(first, [batch.rows for batch in batches], at)
    except ConflictError as error:
        devices = {row.cti: row.device for one in batches for row in one.rows}
        _explain(connection, [(code.cti, devices[code.cti]) for code in codes], first)
        raise LedgerError("two codes have one place, or one cti: none was recorded") from error
    for batch in batches:
        _history.append(
            connection,
            at=at,
            action=ISSUED,
            facts={"by": batch.by, "why": batch.why, "codes": len(batch.rows)},
            salt=batch.salt,
            root=batch.root,
            expires_at=max(at, *batch.ends.values()),
        )
        for where, expires_at in batch.ends.items():
            _lists.note_expiry(connection, where, expires_at)


def are_recorded(connection: Connection, batches: Sequence[Batch]) -> bool:
    """Tell whether codes are recorded already, each exactly as it is here, and have their places.

    Raises:
        TamperedError: when the line of one cannot be read.
    """
    question = (
        f"SELECT line, cti, list, entry, kid, issued_at, expires_at, device, seal FROM {connection.codes}"
        f" WHERE state < {GIVEN_UP} AND cti IN ({{}})"
    )
    ctis = [row.cti for batch in batches for row in batch.rows]
    found = {told[1]: (told[0], CodeRow(*told[1:])) for told in each_of(connection, question, ctis)}
    said = {line: _batches.told(connection, line) for line, _ in found.values()}
    return all(
        row.cti in found and _is_same(row, batch, found[row.cti][1], said[found[row.cti][0]])
        for batch in batches
        for row in batch.rows
    )


def _is_same(code: CodeRow, batch: Batch, known: CodeRow, said: Told) -> bool:
    if code.seal is not None:  # it may be made again at another time
        known = known._replace(issued_at=code.issued_at)
    return known == code and (said.by, said.why) == (batch.by, batch.why)


def _explain(connection: Connection, codes: Sequence[tuple[bytes, bytes | None]], first: int) -> None:
    """Say which code was refused for what.

    Raises:
        CodeKnownError: when one has a cti that was used before.
        DeviceKeyUsedError: when one has a device key that was.
    """
    known = f"SELECT cti FROM {connection.codes} WHERE line < ? AND cti IN ({{}})"
    used = f"SELECT device FROM {connection.devices} WHERE line < ? AND device IN ({{}})"
    given = {device for _, device in codes if device is not None}
    ctis = {cti for (cti,) in each_of(connection, known, {cti for cti, _ in codes}, (first,))}
    devices = {device for (device,) in each_of(connection, used, given, (first,))}
    for cti, device in codes:
        if cti in ctis:
            raise CodeKnownError(cti)
        ctis.add(cti)
        if device is not None:
            if device in devices:
                raise DeviceKeyUsedError(cti)
            devices.add(device)


def recorded(
    connection: Connection, ctis: Iterable[bytes], between: tuple[int, int] | None
) -> dict[bytes, Recorded]:
    """Return what is recorded of codes that have their places, and expire between two times if these are known."""
    question = (
        f"SELECT cti, list, entry, kid, expires_at, seal FROM {connection.codes}"
        f" WHERE state < {GIVEN_UP} AND cti IN ({{}})"
    )
    if between:
        question += connection.expiring(*between)
    return {
        cti: Recorded(StatusPlace(number, entry), kid, from_seconds(expires_at), seal)
        for cti, number, entry, kid, expires_at, seal in each_of(connection, question, ctis)
    }


def is_revoked(connection: Connection, cti: bytes) -> bool:
    """Tell whether a code is withdrawn.

    Raises:
        UnknownCodeError: when there is none of that cti.
    """
    row = _held(connection, cti)
    if row is None:
        raise UnknownCodeError(cti)
    return row[0] == WITHDRAWN


def good_ones(connection: Connection, ctis: Iterable[bytes]) -> tuple[dict[bytes, int], list[bytes]]:
    """Return the expiries of the codes that are not withdrawn, and which codes are unknown."""
    wanted = list(ctis)
    question = f"SELECT cti, state, expires_at FROM {connection.codes} WHERE state < {GIVEN_UP} AND cti IN ({{}})"
    held: dict[bytes, tuple[int, int]] = {}
    for cti, state, expires_at in each_of(connection, question, wanted):
        held[cti] = max(held.get(cti, (0, 0)), (state, expires_at))  # two only where a cti was used on two days
    good = {cti: held[cti][1] for cti in wanted if cti in held and held[cti][0] == GOOD}
    return good, [cti for cti in wanted if cti not in held]


def revoke(
    connection: Connection, ctis: Iterable[bytes], *, at: int, by: str, why: str
) -> tuple[int | None, int, list[bytes]]:
    """Withdraw codes that are not withdrawn yet, in one line; return it, how many, and those that are unknown."""
    good, unknown = good_ones(connection, ctis)
    line = None
    if good:
        line = _withdraw(connection, dict.fromkeys(good), good, action=REVOKED, at=at, by=by, why=why)
    return line, len(good), unknown


def correct(connection: Connection, cti: bytes, *, new: bytes, at: int, by: str, why: str) -> None:
    """Withdraw a code, which may be withdrawn already, and note which one came in its place.

    Raises:
        UnknownCodeError: when there is none of that cti.
    """
    row = _held(connection, cti)
    if row is None:
        raise UnknownCodeError(cti)
    _withdraw(connection, {cti: new}, {cti: row[1]}, action=CORRECTED, at=at, by=by, why=why)


def _withdraw(
    connection: Connection,
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
    connection.withdraw(line, rows)
    return _history.append(
        connection,
        at=at,
        action=action,
        facts={"by": by, "why": why, "codes": len(rows)},
        salt=salt,
        root=_merkle.root(_merkle.leaf(_merkle.withdrawn(key, *row)) for row in rows),
        expires_at=max(at, *expiries.values()),
    )


def revoked_since(connection: Connection, number: int) -> list[tuple[int, int, int]]:
    """Return list, index and expiry of the codes that were withdrawn after a line of the log."""
    return connection.execute(
        f"SELECT list, entry, expires_at FROM withdrawals JOIN {connection.codes} USING (cti)"
        " WHERE withdrawals.line > ?",
        (number,),
    ).fetchall()


def history(connection: Connection, cti: bytes) -> Iterator[Action]:
    """Tell what was done to a code, in the order of the log.

    Raises:
        TamperedError: when what the log says of it cannot be read.
    """
    row = _row_of(connection, cti)
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
            raise TamperedError(line, "belongs to a code that cannot be read") from error
        yield _action(connection, line, cti, more)
    later = connection.execute("SELECT line, new FROM withdrawals WHERE cti = ? ORDER BY line", (cti,)).fetchall()
    for line, new in later:
        yield _action(connection, line, cti, {"new": new})


def _row_of(connection: Connection, cti: bytes) -> Any:
    """Return line, place, kid and times of a code whose history is kept; None when there is none."""
    for table in dict.fromkeys((connection.codes, connection.every_code)):  # most have their places
        question = f"SELECT line, list, entry, kid, issued_at, expires_at FROM {table} WHERE cti = ?"
        if row := connection.execute(question, (cti,)).fetchone():
            return row
    return None


def lines_of(connection: Connection, cti: bytes) -> list[int]:
    """Return the lines that tell of a code, ascending."""
    row = _row_of(connection, cti)
    later = connection.execute("SELECT line FROM withdrawals WHERE cti = ? ORDER BY line", (cti,))
    return [*(row[:1] if row else ()), *(line for (line,) in later)]


def replaced_by(connection: Connection, cti: bytes) -> tuple[bytes, ...]:
    """Tell which codes were corrected by this one."""
    rows = connection.execute("SELECT cti FROM withdrawals WHERE new = ? GROUP BY cti ORDER BY min(line)", (cti,))
    return tuple(checked_bytes("a cti", old, CTI_SIZE) for (old,) in rows)


def _action(connection: Connection, number: int, cti: bytes, more: dict[str, Any]) -> Action:
    try:
        return Action(line=number, cti=cti, **_batches.told(connection, number)._asdict(), **more)
    except UnknownBatchError as error:
        raise TamperedError(number, "belongs to a code, but says nothing about it") from error


def _held(connection: Connection, cti: bytes) -> tuple[int, int] | None:
    """Return state and expiry of a code that has its place; None when there is none."""
    return connection.execute(  # type: ignore[no-any-return]
        f"SELECT state, expires_at FROM {connection.codes} WHERE cti = ? AND state < ?"
        " ORDER BY expires_at DESC LIMIT 1",
        (cti, GIVEN_UP),
    ).fetchone()
