"""The files of a restoration: the copy that is made ready, and the database that was there."""

import os
import shutil
import sqlite3
import stat
from contextlib import closing, suppress
from pathlib import Path
from typing import Final

from healthpass.ledger._errors import LedgerError
from healthpass.ledger._folder import DATABASE, SIDECARS
from healthpass.ledger._sqlite_connection import connect

TIMEOUT: Final = 5.0  # seconds
_MOST_BEFORE: Final = 9999
_ENDS: Final = ("", *SIDECARS, "-journal")


def stage(copy: Path, staged: Path) -> None:
    """Copy a database, and what SQLite has beside it, under the name of one that is being restored.

    Raises:
        LedgerError: when something lies beside it that SQLite would play in.
        OSError: when it cannot be copied.
    """
    if copy.is_dir():
        copy /= DATABASE
    unstage(staged)
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


def unstage(staged: Path) -> None:
    """Take away what was made ready, and is not needed."""
    for end in _ENDS:
        Path(f"{staged}{end}").unlink(missing_ok=True)


def last_before(path: Path) -> str | None:
    """Return the name under which a database was kept last; None when none was."""
    names = [f"before-{number}.db" for number in range(1, _MOST_BEFORE)]
    there = [name for name in names if (path / name).exists()]
    return there[-1] if there else None


def keep_old(path: Path) -> str | None:
    """Keep the database that is there under another name too, and return that."""
    old = path / DATABASE
    if not old.exists():
        return None
    with suppress(sqlite3.Error), closing(connect(old, TIMEOUT)) as connection:  # damaged: as it is, then
        connection.execute("PRAGMA wal_checkpoint(TRUNCATE)")
    last = last_before(path)
    if last is None or not (path / last).samefile(old):  # else an earlier run has begun it
        last = f"before-{int(last[len('before-') : -len('.db')]) + 1 if last else 1}.db"
        (path / last).hardlink_to(old)
    with suppress(FileNotFoundError):
        Path(f"{old}-wal").rename(path / f"{last}-wal")
    Path(f"{old}-shm").unlink(missing_ok=True)
    return last
