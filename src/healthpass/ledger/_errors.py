"""The errors of a ledger, and how errors of SQLite and of the operating system are turned into them."""

import os
import sqlite3
import struct
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Final

from healthpass.words._errors import HealthpassError

# What reading a value raises that no ledger writes: another type, a number without bounds, JSON without an end.
UNREADABLE: Final = (
    ArithmeticError, AttributeError, LookupError, RecursionError, TypeError, ValueError, struct.error
)  # fmt: skip
_DAMAGED: Final = "it is damaged; `healthpass status restore` makes it anew from a copy"
MENDED: Final = "`healthpass status restore` has put it in order"
_PROBE: Final = 1 << 17  # bytes; a disk that is full has no room for so many
# The low byte of SQLite's result codes, by what can be done about it.
_HINTS: Final = {
    sqlite3.SQLITE_BUSY: "somebody else is writing to it for too long; try again",
    sqlite3.SQLITE_READONLY: "it is read-only here",
    sqlite3.SQLITE_CORRUPT: _DAMAGED,
    sqlite3.SQLITE_CANTOPEN: "there is no such file, or it may not be read",
    sqlite3.SQLITE_NOTADB: "this is no ledger",
}


class LedgerError(HealthpassError):
    """A ledger cannot be read, or could not be changed; it holds what it held before."""


class UnknownCodeError(LedgerError):
    """The ledger knows no code of this cti: it was not recorded here, or is forgotten."""

    def __init__(self, cti: bytes) -> None:
        super().__init__(f"the ledger knows no code {cti.hex()}: it was not issued from here, or is forgotten")
        self.cti = cti


class WithdrawnCodeError(LedgerError):
    """A code that is withdrawn cannot replace another one. Perhaps the two were given in the wrong order."""

    def __init__(self, cti: bytes) -> None:
        super().__init__(f"the code {cti.hex()} is withdrawn itself, so it cannot replace another one")
        self.cti = cti


class UnknownBatchError(LedgerError):
    """The log tells of no batch of this number: no line has it, it is about no codes, or it is forgotten."""

    def __init__(self, number: int, what: str) -> None:
        super().__init__(f"there is no batch {number}: {what}")
        self.number = number


class CodeKnownError(LedgerError):
    """A code of this cti is recorded already, and it is another one (ISS-2)."""

    def __init__(self, cti: bytes) -> None:
        super().__init__(
            f"the code {cti.hex()} is recorded already, and is another one: a cti is used once (ISS-2)"
        )
        self.cti = cti


class TooManyCodesError(LedgerError):
    """More codes would be withdrawn than the caller has agreed to; none was.

    Attributes:
        count: how many would be withdrawn.
        at_most: how many were agreed to.
    """

    def __init__(self, count: int, at_most: int) -> None:
        super().__init__(f"this would withdraw {count:,} codes, and {at_most:,} at most were agreed to (at_most=)")
        self.count = count
        self.at_most = at_most


class DeviceKeyUsedError(LedgerError):
    """A device key belongs to one credential, and this one is in another code already (ISS-4)."""

    def __init__(self, cti: bytes) -> None:
        super().__init__(
            f"the device key of the new code {cti.hex()} is in another code already: "
            "a device key belongs to one credential (ISS-4); ask the holder's device for a new key"
        )
        self.cti = cti


class ProofError(HealthpassError):
    """A proof does not show, by the head that was kept, that an entry is in the log."""


class WentBackError(LedgerError):
    """The ledger says less than was known of it before: an older copy was put in its place, or there are two.

    It can be read. It gives out no place and changes nothing until `restore` was called or, in PostgreSQL,
    `recover`; there a program that has opened it anew knows of nothing that is missing.
    """

    def __init__(self, what: str, until: str = MENDED) -> None:
        super().__init__(f"{what}; it can be read, and changes nothing until {until}")


class DamagedError(LedgerError):
    """The parts of the database do not agree with each other: the disk or a program has changed bytes of it."""


class TamperedError(LedgerError):
    """The log is not as it was written: a line was changed, removed or inserted.

    Attributes:
        number: the number of the first line that is wrong.
    """

    def __init__(self, number: int, what: str) -> None:
        super().__init__(f"the log was tampered with: line {number:,} {what}")
        self.number = number


@contextmanager
def failing(to_do: str, path: Path) -> Iterator[None]:
    """Turn what SQLite, the operating system or a damaged file raises into a `LedgerError` that says what failed.

    What a caller gave is checked before, so that his mistakes stay his.
    """
    if "\0" in str(path):  # the address of a database would end there, and another file be opened
        raise LedgerError(f"cannot {to_do} the ledger {str(path)!r}: this is not the name of a file")
    try:
        yield
    except sqlite3.Error as error:
        raise LedgerError(f"cannot {to_do} the ledger {str(path)!r}: {_reason(error, path)}") from error
    except OSError as error:
        raise LedgerError(f"cannot {to_do} the ledger {str(path)!r}: {error.strerror or error}") from error
    except UNREADABLE as error:
        raise LedgerError(f"cannot {to_do} the ledger {str(path)!r}: {_DAMAGED} ({error})") from error


def _reason(error: sqlite3.Error, path: Path) -> str:
    """Say why SQLite failed, where it can be in the words of the operating system."""
    code = getattr(error, "sqlite_errorcode", None)
    if code is None:
        return str(error)
    if code & 0xFF in {sqlite3.SQLITE_IOERR, sqlite3.SQLITE_FULL}:
        # SQLite does not tell why a write failed: ask the system, by a file that has no name.
        folder = path if path.is_dir() else path.parent
        try:
            with tempfile.TemporaryFile(dir=folder) as probe:
                probe.write(bytes(_PROBE))
                probe.flush()
                os.fsync(probe.fileno())
        except OSError as reason:
            return reason.strerror or str(reason)
        if code & 0xFF == sqlite3.SQLITE_FULL:
            return "no space was left for it on the disk"
        return f"the disk failed ({error.sqlite_errorname})"
    return _HINTS.get(code & 0xFF, str(error))
