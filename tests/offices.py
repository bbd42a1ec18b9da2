"""An office's ledger for tests: codes that are written down without being made, and a hand in the file."""

import os
import sqlite3
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any, Final

import pytest

from forging import DAY, ISSUER, KEY, NOW
from healthpass import SigningKey
from healthpass.ledger import CodeRecord, SqliteLedger, _database, _lists, _sqlite

BASE: Final = "https://status.example.cn/hangzhou"
STATUS_KEY: Final = SigningKey.from_seed(bytes(range(32)))
REST: Final = timedelta(seconds=_lists.KEPT)
SECOND: Final = timedelta(seconds=1)


class Office:
    """An issuer with a ledger, which writes codes down without making them."""

    clock: list[datetime]

    def __init__(self, path: Path, **options: Any) -> None:
        self.path = path
        self.file = path / "ledger.db"
        if not path.exists():
            SqliteLedger.create(path, ISSUER, at=NOW).close()
        self.ledger = SqliteLedger(path, **{"block_size": 256} | options)
        self.made = 0

    def code(self, **changes: Any) -> CodeRecord:
        """Take a place for a code."""
        self.made += 1
        fields: dict[str, Any] = {
            "cti": os.urandom(12),
            "place": changes["place"] if "place" in changes else self.ledger.take(),
            "kid": KEY.public_key.kid,
            "by": "officer 17",
            "why": "close contact",
            "issued_at": NOW,
            "expires_at": NOW + DAY,
        }
        return CodeRecord(**fields | changes)

    def issue(self, count: int = 1, **changes: Any) -> list[CodeRecord]:
        """Record codes."""
        codes = [self.code(**changes) for _ in range(count)]
        self.ledger.record(codes)
        return codes

    def forget(self, at: datetime, **options: Any) -> int:
        """Forget after a pause, when the clock has come there."""
        self.clock[0] = at
        return self.ledger.forget(after_pause=True, **options)

    def sql(self, *statements: str) -> list[Any]:
        """Do what only somebody who can write to the file can do."""
        connection = sqlite3.connect(self.file)
        try:
            rows = [connection.execute(statement).fetchall() for statement in statements]
            connection.commit()
            return rows[-1]
        finally:
            connection.close()


def withdrawn(bitmap: bytes) -> set[int]:
    """Return the indices whose bit is set."""
    return {8 * at + bit for at, byte in enumerate(bitmap) if byte for bit in range(8) if byte >> bit & 1}


def indices(codes: list[CodeRecord]) -> set[int]:
    """Return the indices of codes."""
    return {code.place.index for code in codes}


def stopped_clock(monkeypatch: pytest.MonkeyPatch) -> list[datetime]:
    """Stop the clock of ledgers at NOW; what the list holds is the time."""
    moment = [NOW]
    for module in (_sqlite, _database):
        monkeypatch.setattr(module, "now", lambda: moment[0])
    return moment


@contextmanager
def opened(folder: Path, clock: list[datetime]) -> Iterator[Office]:
    """Give an office with a new ledger, whose clock the test sets."""
    office = Office(folder / "ledger")
    office.clock = clock
    yield office
    office.ledger.close()
