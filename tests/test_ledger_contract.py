"""The contract of ledgers: SQLite and a ledger in memory keep it, and ledgers with a fault do not."""

import subprocess
import sys
from datetime import timedelta
from pathlib import Path
from typing import Any, ClassVar, Final

import pytest

import faulty_ledgers
import faulty_runs
from healthpass.codec._time import now
from healthpass.ledger import Ledger, LedgerError, SqliteLedger, _database
from healthpass.ledger.contract import Desk, InProcessContract, LedgerContract
from healthpass.ledger.postgres import PostgresLedger
from memory_ledger import MemoryLedger, Store
from postgres import Postgres

AHEAD = [timedelta(0)]
FAULTS: Final = [*((*known, {}) for known in faulty_ledgers.FAULTS), *faulty_runs.FAULTS]


@pytest.fixture(autouse=True)
def leases(monkeypatch: pytest.MonkeyPatch) -> None:
    """Give a way to move the clock of leases."""
    AHEAD[0] = timedelta(0)
    monkeypatch.setattr(_database, "now", lambda: now() + AHEAD[0])


class OfSqlite(LedgerContract):
    kind: ClassVar[type[SqliteLedger]] = SqliteLedger

    def make(self, folder: Path, issuer: str) -> Ledger:
        """Make a ledger in the folder."""
        SqliteLedger.create(folder / "ledger", issuer).close()
        return self.open(folder, issuer)

    def open(self, folder: Path, issuer: str) -> Ledger:
        """Open it."""
        del issuer
        return self.kind(folder / "ledger")

    def end_leases(self) -> None:
        """Move the clock: a lease is an hour."""
        AHEAD[0] += timedelta(hours=2)


class TestSqlite(OfSqlite):
    """The ledger of the library keeps the contract."""


class TestPostgres(LedgerContract):
    """So does the one in PostgreSQL."""

    @pytest.fixture(autouse=True)
    def server(self, postgres: Postgres) -> None:
        """Have a server."""
        type(self).postgres = postgres

    postgres: ClassVar[Postgres]
    addresses: ClassVar[list[str]] = []

    def make(self, folder: Path, issuer: str) -> Ledger:
        """Make a ledger in a database of its own, whose address the folder has."""
        address = self.postgres.database()
        self.addresses.append(address)
        (folder / "address").write_text(address)
        PostgresLedger.create(address, issuer).close()
        return self.open(folder, issuer)

    def open(self, folder: Path, issuer: str) -> Ledger:
        """Open it."""
        del issuer
        return PostgresLedger((folder / "address").read_text())

    def end_leases(self) -> None:
        """Let the leases of the last ledger have begun earlier: the clock is the server's."""
        self.postgres.sql("UPDATE healthpass_ledger.blocks SET until = until - 7200", self.addresses[-1])


class TestMemory(InProcessContract):
    """So does one that was written from the docstrings alone, and has nothing of SQLite."""

    stores: ClassVar[dict[Path, Store]] = {}

    def make(self, folder: Path, issuer: str) -> Ledger:
        """Make a ledger."""
        self.stores[folder] = Store(issuer)
        return self.open(folder, issuer)

    def open(self, folder: Path, issuer: str) -> Ledger:
        """Make another handle of it."""
        del issuer
        return MemoryLedger(self.stores[folder])

    def end_leases(self) -> None:
        """Take all places from those who hold them."""
        for store in self.stores.values():
            store.end_leases()


class InTwoSteps(OfSqlite):
    """A ledger whose fault shows when a writer is killed."""

    kind = faulty_ledgers.RevokeInTwoSteps
    kills = 16


class TestFaults:
    @pytest.mark.parametrize(
        ("fault", "promise", "about"),
        FAULTS,
        ids=[f"{fault.__name__}-{promise}" for fault, promise, _ in FAULTS],
    )
    def test_break_a_promise(
        self, tmp_path: Path, fault: type[SqliteLedger], promise: str, about: dict[str, Any]
    ) -> None:
        """Each fault that was put into a ledger on purpose fails the test of the promise that it breaks."""
        contract = type("OfFaulty", (OfSqlite,), {"kind": fault})()
        desk = Desk(contract, tmp_path / "ledger")
        with pytest.raises((AssertionError, pytest.fail.Exception, LedgerError)):
            getattr(contract, promise)(desk, **about)
        desk.close()

    def test_show_when_a_writer_is_killed(self, tmp_path: Path) -> None:
        """What is not done in one step is found where somebody is killed in between."""
        contract = InTwoSteps()
        desk = Desk(contract, tmp_path / "ledger")
        with pytest.raises((AssertionError, LedgerError)):
            contract.test_killed_writers_lose_and_double_nothing(desk, tmp_path)
        desk.close()


class TestModule:
    def test_is_for_those_who_test(self) -> None:
        """`import healthpass.ledger` loads no pytest; the contract says that it needs it."""
        program = (
            "import sys, healthpass.ledger; print('pytest' in sys.modules); sys.modules['pytest'] = None\n"
            "try: import healthpass.ledger.contract\n"
            "except ImportError as error: print(error)"
        )
        ran = subprocess.run([sys.executable, "-c", program], capture_output=True, text=True, check=True)
        assert ran.stdout.splitlines() == [
            "False",
            "healthpass.ledger.contract needs pytest, to run its tests: pip install pytest",
        ]
