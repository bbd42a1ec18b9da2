"""The errors of a ledger, and how errors of SQLite and of the operating system are turned into them."""

import sqlite3
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Final

from healthpass.words._errors import HealthpassError

# What reading a value raises that no ledger writes: another type, a number without bounds, JSON without an end.
UNREADABLE: Final = (ArithmeticError, AttributeError, LookupError, RecursionError, TypeError, ValueError)
_DAMAGED: Final = "it is damaged; put it back from a copy, and compare the log's head"
# The low byte of SQLite's result codes, by what can be done about it.
_HINTS: Final = {
    sqlite3.SQLITE_BUSY: "somebody else is writing to it for too long; try again",
    sqlite3.SQLITE_READONLY: "it is read-only here",
    sqlite3.SQLITE_IOERR: "the disk failed",
    sqlite3.SQLITE_CORRUPT: _DAMAGED,
    sqlite3.SQLITE_FULL: "the disk is full",
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
        code = getattr(error, "sqlite_errorcode", None)
        why = str(error) if code is None else _HINTS.get(code & 0xFF, str(error))
        raise LedgerError(f"cannot {to_do} the ledger {str(path)!r}: {why}") from error
    except OSError as error:
        raise LedgerError(f"cannot {to_do} the ledger {str(path)!r}: {error.strerror or error}") from error
    except UNREADABLE as error:
        raise LedgerError(f"cannot {to_do} the ledger {str(path)!r}: {_DAMAGED} ({error})") from error
