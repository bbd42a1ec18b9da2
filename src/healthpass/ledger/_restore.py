"""Restoring: a ledger made of a copy, and of what is left of the one that was lost (docs/adr/0025)."""

import json
import os
import shutil
import sqlite3
import stat
from collections.abc import Iterable, Iterator
from contextlib import closing, suppress
from dataclasses import dataclass
from datetime import timedelta
from pathlib import Path
from typing import Any, Final, NamedTuple, Self, final

from healthpass.codec._keys import PublicKey
from healthpass.documents._document import DAY
from healthpass.documents._status_list import BYTES_PER_BIT
from healthpass.ledger import _codes, _history, _lists, _published
from healthpass.ledger._audit import audit
from healthpass.ledger._database import behind, check_format, connect, marked_now
from healthpass.ledger._errors import DamagedError, LedgerError, TamperedError, failing
from healthpass.ledger._folder import (
    DATABASE,
    MARK,
    PUBLISHED,
    SIDECARS,
    STAGED,
    Mark,
    Marked,
    alone,
    check_folder,
    new_folder,
    read_mark,
    sync,
)
from healthpass.ledger._history import RESTORED, Head
from healthpass.ledger._published import Published

LONGEST: Final = timedelta(days=366)  # that a code lives of which nobody knows
_AT_ONCE: Final = 4096  # codes that are withdrawn in one line
# Lists that are skipped beyond those that are known, a million codes each: after the last publication some may
# have been begun; without any evidence nobody knows how many.
_SKIPPED: Final = 8
_SKIPPED_BLINDLY: Final = 64
_TIMEOUT: Final = 5.0  # seconds
_MOST_BEFORE: Final = 9999
_ENDS: Final = ("", *SIDECARS, "-journal")


@final
@dataclass(frozen=True, slots=True, kw_only=True)
class Restored:
    """What came of restoring a ledger.

    Attributes:
        line: the line of the log that tells of it.
        copy: the head of the copy.
        lost: the last line that is known to have been written after that; None when none is known.
        withdrawn: how many codes published lists show as withdrawn, and the copy did not.
        carried: how many entries published lists show as withdrawn, of codes that the copy does not know.
        first_list: the number of the list in which the next code has its place.
        before: the name in the folder under which the database is kept that was there; None when there was none.
    """

    line: int
    copy: Head
    lost: Head | None
    withdrawn: int
    carried: int
    first_list: int
    before: str | None

    @classmethod
    def of(cls, line: int, facts: dict[str, Any], before: str | None) -> Self:
        """Read it from the log."""
        return cls(
            line=line,
            copy=Head.parse(facts["copy"]),
            lost=Head.parse(facts["lost"]) if facts["lost"] else None,
            withdrawn=facts["withdrawn"],
            carried=facts["entries"],
            first_list=facts["first_list"],
            before=before,
        )


class Order(NamedTuple):
    """What is to be done, and by whom.

    Attributes:
        at: now.
        by: who restores.
        why: on what ground.
        longest: how long a code may live of which nobody knows, in seconds.
        blindly: that there is no evidence, and somebody accepts that.
    """

    at: int
    by: str
    why: str
    longest: int
    blindly: bool


def restore(
    copy: Path, path: Path, order: Order, published: Iterable[bytes], keys: Iterable[PublicKey]
) -> Restored:
    """Make a ledger of a copy, in a new folder or in that of the ledger that is lost.

    Raises:
        LedgerError: when the copy is not whole, the ledger there is in order, there is no evidence, or something
            cannot be read or written.
    """
    given = {one.number: data for one, data in _newest(published, keys, order.at)}
    with failing("restore", path):
        if not os.path.lexists(path):
            with new_folder(path) as folder:
                done = _restore_in(folder, copy, order, given, None)
                (folder / STAGED).rename(folder / DATABASE)
                _write_mark(folder)
            return done
        check_folder(path)
        with alone(path):
            return _restore_there(path, copy, order, given)


def _restore_there(path: Path, copy: Path, order: Order, given: dict[int, bytes]) -> Restored:
    """Restore into a folder that is there: what lies in it is evidence."""
    marked = read_mark(path / MARK)
    if finished := _finished(path, copy, marked, order.at, given):
        return finished
    done = _restore_in(path, copy, order, given, marked)
    before = _keep_old(path)
    (path / STAGED).replace(path / DATABASE)
    sync(path)
    _write_mark(path)  # last: until here the old one says that the ledger went back
    return Restored.of(done.line, _restored(path / DATABASE)[done.line], before)


def _restore_in(
    folder: Path, copy: Path, order: Order, given: dict[int, bytes], marked: Marked | None
) -> Restored:
    """Prepare a database of the copy, beside the one that is there."""
    staged = folder / STAGED
    with failing("restore from", copy):
        _stage(copy, staged)
    with failing("restore from", copy), closing(connect(staged, _TIMEOUT)) as connection:
        check_format(connection, copy)
        connection.execute("PRAGMA journal_mode = DELETE")  # what its -wal file had is in it then
        try:
            audit(connection, (), order.at)
        except (TamperedError, DamagedError) as error:
            raise LedgerError(f"cannot restore from {str(copy)!r}: {error}") from error
        _published.keep(folder / PUBLISHED, given)  # so that it is still evidence if this is interrupted
        evidence = _evidence(folder / PUBLISHED, order.at)
        if marked is None and not evidence and not order.blindly:
            raise LedgerError(
                f"cannot restore from {str(copy)!r} alone: nothing tells what was issued and withdrawn after it; "
                "give the lists that were published last (--published), or accept it (--without-evidence)"
            )
        connection.execute("BEGIN IMMEDIATE")
        line, facts = _put_in_order(connection, order, marked, evidence)
        connection.execute("COMMIT")
        connection.execute("PRAGMA journal_mode = WAL")
    with staged.open("rb+") as file:
        os.fsync(file.fileno())
    return Restored.of(line, facts, None)


def _put_in_order(
    connection: sqlite3.Connection, order: Order, marked: Marked | None, evidence: list[Published]
) -> tuple[int, dict[str, Any]]:
    """Retire what was open, take over what was published, and note it; return the line and what it says."""
    copy = _history.head(connection)
    beyond = marked is not None and not _history.contains(connection, marked.head)
    numbers = (one.number for one in evidence)
    known = max(_lists.numbers(connection)[-1], marked.last_list if marked else 0, *numbers)
    if not beyond:
        known += _SKIPPED if evidence or marked else _SKIPPED_BLINDLY
    (lived,) = connection.execute("SELECT max(expires_at - issued_at) FROM codes").fetchone()
    until = order.at + max(order.longest, lived or 0)
    first = _lists.retire(connection, known, until, order.at)
    withdrawn: list[bytes] = []
    carried = []
    entries = 0
    for one in evidence:
        codes, bits, count = _unshown(connection, one)
        withdrawn += codes
        entries += count
        if count:
            carried.append([one.number, until, _lists.carry(connection, one.number, bits, until)])
        connection.execute(
            "UPDATE lists SET last_issued = max(last_issued, ?) WHERE list = ?", (one.issued, one.number)
        )
        connection.execute("UPDATE ledger SET clock = max(clock, ?)", (min(one.issued, order.at),))
    connection.execute("UPDATE ledger SET copied = 0")
    facts = {
        "by": order.by,
        "why": order.why,
        "copy": str(copy),
        "lost": str(marked.head) if marked and beyond else None,
        "first_list": first,
        "withdrawn": len(withdrawn),
        "entries": entries,
        "carried": carried,
    }
    line = _history.append(connection, at=order.at, action=RESTORED, facts=facts)
    for start in range(0, len(withdrawn), _AT_ONCE):
        _codes.revoke(connection, withdrawn[start : start + _AT_ONCE], at=order.at, by=order.by, why=order.why)
    return line, facts


def _unshown(connection: sqlite3.Connection, one: Published) -> tuple[list[bytes], bytes, int]:
    """Return the codes that a list shows as withdrawn and the copy does not, and other entries."""
    codes = []
    bits = bytearray(BYTES_PER_BIT)
    count = 0
    for entry in _published.missing(connection, one):
        cti = _published.known_code(connection, one, entry)
        if cti is not None:
            codes.append(cti)
        else:
            _lists.set_bit(bits, entry)
            count += 1
    return codes, bytes(bits), count


def _newest(published: Iterable[bytes], keys: Iterable[PublicKey], at: int) -> Iterator[tuple[Published, bytes]]:
    """Open the lists that were given; of each number the newest, which no gate refuses as dated ahead."""
    data = list(published)
    newest: dict[int, tuple[Published, bytes]] = {}
    for one, raw in zip(_published.read_lists(data, keys), data, strict=True):
        if one.issued <= at + DAY and (one.number not in newest or newest[one.number][0].issued < one.issued):
            newest[one.number] = one, raw
    return iter(newest.values())


def _evidence(folder: Path, at: int) -> list[Published]:
    """Open the lists beside the ledger; one that is dated far ahead is none: no gate has taken it (STL-8.5)."""
    opened, broken = _published.kept(folder)
    for one in opened:
        if one.issued > at + DAY:
            (folder / f"{one.number}.cbor").unlink()
    for path, _ in broken:  # nothing can be compared with it, now or later
        path.unlink()
    return [one for one in opened if one.issued <= at + DAY]


def _stage(copy: Path, staged: Path) -> None:
    """Copy a database, and what SQLite has beside it, under the name of one that is being restored.

    Raises:
        LedgerError: when something lies beside it that SQLite would play in.
        OSError: when it cannot be copied.
    """
    if copy.is_dir():
        copy /= DATABASE
    for end in _ENDS:
        Path(f"{staged}{end}").unlink(missing_ok=True)
    owner = copy.stat().st_uid
    if os.path.lexists(f"{copy}-journal"):
        raise LedgerError(
            f"cannot restore from {str(copy)!r}: {copy.name + '-journal'!r} lies beside it, which no ledger makes"
        )
    for end in ("", "-wal"):
        source = Path(f"{copy}{end}")
        if end:
            if not os.path.lexists(source):
                continue
            found = source.lstat()
            if not stat.S_ISREG(found.st_mode) or found.st_uid != owner:
                raise LedgerError(f"cannot restore from {str(copy)!r}: {source.name!r} beside it is another's")
        target = os.open(f"{staged}{end}", os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
        with source.open("rb") as reading, os.fdopen(target, "wb") as writing:
            shutil.copyfileobj(reading, writing)


def _finished(path: Path, copy: Path, marked: Marked | None, at: int, given: dict[int, bytes]) -> Restored | None:
    """Tell whether a run that was interrupted had done all, and write the mark if only that is missing.

    Raises:
        LedgerError: when the ledger there is in order, and was not made of this copy.
    """
    file = path / DATABASE
    if not file.exists():
        return None
    try:
        with closing(connect(file, _TIMEOUT)) as connection:
            check_format(connection, path)
            if connection.execute("SELECT copied FROM ledger").fetchone() != (0,):
                return None
            why = behind(connection, marked)
            audit(connection, (), at)
            published, broken = _published.kept(path / PUBLISHED)
            published += [Published.of(data, None) for data in given.values()]
            says_more = bool(broken) or _published.compare_with(connection, published).says_more
            head = _history.head(connection)
    except (LedgerError, sqlite3.Error):
        return None
    from_copy = _head_of(copy)
    for line, facts in reversed(_restored(file).items()):
        done = Restored.of(line, facts, _last_before(path))
        if from_copy not in {done.copy, head}:
            break
        if why and marked and done.lost == marked.head:
            _write_mark(path)
            return done
        if not why and from_copy == done.copy:
            return done
    if why or says_more:
        return None
    raise LedgerError(
        f"the ledger {str(path)!r} is in order, its head is {head}: nothing is restored, and nothing was changed"
    )


def _head_of(copy: Path) -> Head | None:
    file = copy / DATABASE if copy.is_dir() else copy
    with (
        suppress(sqlite3.Error, OSError, TypeError),
        closing(sqlite3.connect(f"{file.absolute().as_uri()}?mode=ro", uri=True)) as connection,
    ):
        return _history.head(connection)
    return None


def _restored(file: Path) -> dict[int, dict[str, Any]]:
    """Return what a log says of copies that were put back, by its lines."""
    with closing(connect(file, _TIMEOUT)) as connection:
        rows = connection.execute("SELECT number, facts FROM log WHERE action = ? ORDER BY number", (RESTORED,))
        return {number: json.loads(facts) for number, facts in rows}


def _write_mark(folder: Path) -> None:
    with closing(connect(folder / DATABASE, _TIMEOUT)) as connection:
        Mark.make(folder / MARK, marked_now(connection))
    sync(folder)


def _last_before(path: Path) -> str | None:
    names = [f"before-{number}.db" for number in range(1, _MOST_BEFORE)]
    there = [name for name in names if (path / name).exists()]
    return there[-1] if there else None


def _keep_old(path: Path) -> str | None:
    """Keep the database that is there under another name too, and return that."""
    old = path / DATABASE
    if not old.exists():
        return None
    with suppress(sqlite3.Error), closing(connect(old, _TIMEOUT)) as connection:  # damaged: as it is, then
        connection.execute("PRAGMA wal_checkpoint(TRUNCATE)")
    last = _last_before(path)
    if last is None or not (path / last).samefile(old):  # else an earlier run has begun it
        last = f"before-{int(last[len('before-') : -len('.db')]) + 1 if last else 1}.db"
        (path / last).hardlink_to(old)
    with suppress(FileNotFoundError):
        Path(f"{old}-wal").rename(path / f"{last}-wal")
    Path(f"{old}-shm").unlink(missing_ok=True)
    return last
