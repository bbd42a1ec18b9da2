"""Restoring: a ledger made of a copy, and of what is left of the one that was lost (docs/adr/0025)."""

import json
import os
import secrets
import sqlite3
from collections.abc import Iterable
from contextlib import closing, suppress
from dataclasses import dataclass
from datetime import timedelta
from pathlib import Path
from typing import Any, Final, NamedTuple, Self, TypeAlias, final

from healthpass.codec._keys import PublicKey
from healthpass.documents._status_list import BYTES_PER_BIT, ENTRIES
from healthpass.ledger import _codes, _history, _lists, _published
from healthpass.ledger._audit import audit
from healthpass.ledger._database import behind, marked_now
from healthpass.ledger._errors import DamagedError, LedgerError, TamperedError, failing
from healthpass.ledger._folder import (
    DATABASE,
    MARK,
    PUBLISHED,
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
from healthpass.ledger._sql import Connection
from healthpass.ledger._sqlite_connection import check_format, connect
from healthpass.ledger._staging import TIMEOUT, keep_old, last_before, stage, unstage

LONGEST: Final = timedelta(days=366)  # that a code lives of which nobody knows
_AT_ONCE: Final = 4096  # codes that are withdrawn in one line
# Lists that are skipped beyond those that are known, a million codes each: after the last publication some may
# have been begun; without any evidence nobody knows how many.
_SKIPPED: Final = 8
_SKIPPED_BLINDLY: Final = 64


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


_Given: TypeAlias = tuple[Published, bytes]  # a list, and its bytes


def restore(
    copy: Path, path: Path, order: Order, published: Iterable[bytes], keys: Iterable[PublicKey]
) -> Restored:
    """Make a ledger of a copy, in a new folder or in that of the ledger that is lost.

    Raises:
        LedgerError: when the copy is not whole, the ledger there is in order, there is no evidence, or something
            cannot be read or written.
    """
    lists = list(published)
    given = list(zip(_published.read_lists(lists, keys), lists, strict=True))
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


def _restore_there(path: Path, copy: Path, order: Order, given: list[_Given]) -> Restored:
    """Restore into a folder that is there: what lies in it is evidence."""
    marked = read_mark(path / MARK)
    if finished := _finished(path, copy, marked, order, given):
        return finished
    done = _restore_in(path, copy, order, given, marked)
    before = keep_old(path)
    (path / STAGED).replace(path / DATABASE)
    sync(path)
    for broken, _ in _published.kept(path / PUBLISHED)[1]:  # nothing can be compared with it, now or later
        broken.unlink()
    _write_mark(path)  # last: until here the old one says that the ledger went back
    return Restored.of(done.line, _restored(path / DATABASE)[done.line], before)


def _restore_in(folder: Path, copy: Path, order: Order, given: list[_Given], marked: Marked | None) -> Restored:
    """Prepare a database of the copy, beside the one that is there."""
    staged = folder / STAGED
    try:
        with failing("restore from", copy):
            stage(copy, staged)
            return _prepare(folder, copy, order, given, marked)
    except BaseException:
        unstage(staged)
        raise


def _prepare(folder: Path, copy: Path, order: Order, given: list[_Given], marked: Marked | None) -> Restored:
    with closing(connect(folder / STAGED, TIMEOUT)) as connection:
        check_format(connection, copy)
        connection.execute("PRAGMA journal_mode = DELETE")  # what its -wal file had is in it then
        try:
            audit(connection, (), order.at)
        except (TamperedError, DamagedError) as error:
            raise LedgerError(f"cannot restore from {str(copy)!r}: {error}") from error
        _check_issuer(connection, copy, folder / DATABASE)
        kept, _ = _published.kept(folder / PUBLISHED)
        evidence = [*kept, *(one for one, _ in given)]
        if len(bases := {one.base for one in evidence}) > 1:
            raise LedgerError(f"the lists are those of several addresses: {', '.join(sorted(bases))}")
        _published.keep(folder / PUBLISHED, _to_keep(kept, given))  # evidence still, if this is interrupted
        if marked is None and not evidence and not order.blindly:
            raise LedgerError(
                f"cannot restore from {str(copy)!r} alone: nothing tells what was issued and withdrawn after it; "
                "give the lists that were published last (--published), or accept it (--without-evidence)"
            )
        connection.execute("BEGIN IMMEDIATE")
        line, facts = put_in_order(connection, order, marked, evidence)
        connection.execute("UPDATE ledger SET copied = 0")
        connection.execute("COMMIT")
        connection.execute("PRAGMA journal_mode = WAL")
    with (folder / STAGED).open("rb+") as file:
        os.fsync(file.fileno())
    return Restored.of(line, facts, None)


def _check_issuer(connection: Connection, copy: Path, there: Path) -> None:
    """Make sure that a copy is of the issuer whose ledger is there, where that can be read."""
    issuer, _ = _codes.identity(connection)
    found = None
    if there.exists():
        with suppress(sqlite3.Error, TypeError, ValueError), closing(connect(there, TIMEOUT)) as other:
            found, _ = _codes.identity(other)
    if found not in {None, issuer}:
        raise LedgerError(f"cannot restore from {str(copy)!r}: it is of {issuer}, and the ledger is of {found}")


def _to_keep(kept: list[Published], given: list[_Given]) -> dict[int, bytes]:
    """Choose of the lists that were given those that say all that the ones beside the ledger do, and more."""
    newest = {one.number: one for one in kept}
    chosen = {}
    for one, data in given:
        known = newest.get(one.number)
        if known is None or (known.issued < one.issued and one.shows_all_of(known)):
            newest[one.number], chosen[one.number] = one, data
    return chosen


def put_in_order(
    connection: Connection, order: Order, marked: Marked | None, evidence: list[Published]
) -> tuple[int, dict[str, Any]]:
    """Retire what was open, take over what was published, and note it; return the line and what it says."""
    copy = _history.head(connection)
    beyond = marked is not None and not _history.contains(connection, marked.head)
    numbers = (one.number for one in evidence)
    known = max(_lists.numbers(connection)[-1], marked.last_list if marked else 0, *numbers)
    if not beyond:
        known += _SKIPPED if evidence or marked else _SKIPPED_BLINDLY
    (lived,) = connection.execute(f"SELECT max(expires_at - issued_at) FROM {connection.codes}").fetchone()
    (clock,) = connection.execute("SELECT clock FROM ledger").fetchone()
    # The clock of a new computer may be years behind: then codes live on from what is known to have been.
    until = max(order.at, clock, *(one.issued for one in evidence)) + max(order.longest, lived or 0)
    first = _lists.retire(connection, known, until, order.at)
    if not beyond:  # an earlier restoration, of which nothing is left, may have begun this list as well
        begin = secrets.randbelow(ENTRIES // 2)
        connection.execute("UPDATE lists SET next_counter = ?, begun = ? WHERE list = ?", (begin, order.at, first))
    known_codes: dict[bytes, None] = {}
    carried = []
    entries = 0
    for one in evidence:
        codes, bits, count = _unshown(connection, one)
        known_codes |= dict.fromkeys(codes)
        entries += count
        if count:
            carried.append([one.number, *_lists.carry(connection, one.number, bits, until)])
        # From one that is dated far ahead, which no gate has taken, publishing does not go on (STL-8.5).
        connection.execute(
            "UPDATE lists SET last_issued = ? WHERE list = ? AND last_issued < ?",
            (one.issued, one.number, one.issued),
        )
        moment = min(one.issued, order.at)
        connection.execute("UPDATE ledger SET clock = ? WHERE clock < ?", (moment, moment))
    withdrawn = list(known_codes)
    facts = {
        "by": order.by,
        "why": order.why,
        "copy": str(copy),
        "lost": str(marked.head) if marked and beyond else None,
        "first_list": first,
        "until": until,
        "withdrawn": len(withdrawn),
        "entries": entries,
        "carried": carried,
    }
    line = _history.append(connection, at=order.at, action=RESTORED, facts=facts)
    connection.execute("UPDATE ledger SET restored = ?", (line,))
    for start in range(0, len(withdrawn), _AT_ONCE):
        _codes.revoke(connection, withdrawn[start : start + _AT_ONCE], at=order.at, by=order.by, why=order.why)
    return line, facts


def _unshown(connection: Connection, one: Published) -> tuple[list[bytes], bytes, int]:
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


def _finished(path: Path, copy: Path, marked: Marked | None, order: Order, given: list[_Given]) -> Restored | None:
    """Tell whether an earlier run has done all, and write the mark if only that is missing.

    Raises:
        LedgerError: when the ledger there is in order, and was not made of this copy; or when it knows more than
            the copy does, and published lists say more than both.
    """
    file = path / DATABASE
    if not file.exists():
        return None
    from_copy = _head_of(copy)
    try:
        with closing(connect(file, TIMEOUT)) as connection:
            check_format(connection, path)
            if connection.execute("SELECT copied FROM ledger").fetchone() != (0,):
                return None
            why = behind(connection, marked)
            audit(connection, (), order.at)
            published, broken = _published.kept(path / PUBLISHED)
            published += [one for one, _ in given]
            says_more = bool(broken) or _published.compare_with(connection, published).says_more
            head = _history.head(connection)
            (last,) = connection.execute("SELECT max(number) FROM log WHERE action != 'revoked'").fetchone()
            older = from_copy not in {None, head} and _history.contains(connection, from_copy)
    except (LedgerError, sqlite3.Error):
        return None
    for line, facts in reversed(_restored(file).items()):
        done = Restored.of(line, facts, last_before(path))
        if says_more or from_copy not in {done.copy, head}:
            break
        if why and marked and done.lost == marked.head:
            _write_mark(path)
            return done
        if not why and (from_copy == done.copy or last == done.line):
            return done
    if not why and says_more and older:
        raise LedgerError(
            f"cannot restore from {str(copy)!r}: the ledger {str(path)!r} has all of it, and more, and published "
            "lists say more than both: give the ledger itself in the place of the copy"
        )
    if why or says_more:
        return None
    raise LedgerError(
        f"the ledger {str(path)!r} is in order, its head is {head}: nothing is restored, and nothing was changed"
    )


def _head_of(copy: Path) -> Head | None:
    file = copy / DATABASE if copy.is_dir() else copy
    with suppress(sqlite3.Error, OSError, TypeError), closing(connect(file, TIMEOUT, mode="ro")) as connection:
        return _history.head(connection)
    return None


def _restored(file: Path) -> dict[int, dict[str, Any]]:
    """Return what a log says of copies that were put back, by its lines."""
    with closing(connect(file, TIMEOUT)) as connection:
        rows = connection.execute("SELECT number, facts FROM log WHERE action = ? ORDER BY number", (RESTORED,))
        return {number: json.loads(facts) for number, facts in rows}


def _write_mark(folder: Path) -> None:
    with closing(connect(folder / DATABASE, TIMEOUT)) as connection:
        Mark.make(folder / MARK, marked_now(connection))
    sync(folder)
