"""A ledger in PostgreSQL under attack: crashes, wrong clocks, hosts that stop, and a hand in the tables.

The contract (tests/test_ledger_contract.py) holds it to what every ledger promises. This is what only a server can
do to it. As a program, this file is a worker that issues for some seconds.
"""

import os
import random
import subprocess
import sys
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import suppress
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from healthpass.ledger import (
    CodeRecord,
    LedgerError,
    open_ledger,
)
from healthpass.ledger.contract._desk import DAY, KID, WHO, ctis_of, differ
from healthpass.ledger.contract._processes import _read
from healthpass.ledger.postgres import _connection, _database, _session
from postgres import Postgres
from postgres_desk import PostgresDesk, end


@pytest.fixture
def desk(postgres: Postgres, tmp_path: Path) -> Iterator[PostgresDesk]:
    """Give an office with a new ledger."""
    made = PostgresDesk(postgres, tmp_path / "ledger")
    yield made
    made.close()


@pytest.fixture
def own(tmp_path: Path) -> Iterator[tuple[Postgres, PostgresDesk]]:
    """Give a server that may be struck, and an office with a ledger in it."""
    server = Postgres()
    try:
        made = PostgresDesk(server, tmp_path / "own")
        yield server, made
        made.close()
    finally:
        server.remove()


class TestServer:
    """The server is stopped, killed, or ends sessions: what was told as done stays done."""

    def test_that_was_started_again_is_asked_again(self, own: tuple[Postgres, PostgresDesk]) -> None:
        """The next call works, also with places that were taken before; while it is away, that is said."""
        server, desk = own
        held = desk.code()
        server.stop()
        for call in (desk.ledger.head, lambda: desk.ledger.record([held]), lambda: list(desk.ledger.log())):
            with pytest.raises(LedgerError, match="cannot .* the ledger 'postgresql://"):
                call()
        server.start()
        desk.ledger.record([held])
        server.kill()
        server.start()
        assert desk.ledger.recorded([held.cti]).keys() == {held.cti}
        assert desk.ledger.verify_chain() == desk.ledger.head()

    def test_that_is_killed_loses_and_doubles_nothing(
        self, own: tuple[Postgres, PostgresDesk], tmp_path: Path
    ) -> None:
        """Four workers issue and withdraw, and the server is killed three times: what left is there, no more."""
        server, desk = own
        notes = tmp_path / "notes"
        notes.mkdir()
        command = [sys.executable, __file__, desk.address, str(notes)]
        workers = [subprocess.Popen([*command, str(seed)], stdin=subprocess.PIPE) for seed in range(4)]
        chance = random.Random(2028)  # noqa: S311 - to repeat
        written = 0
        for _ in range(3):
            patience = time.monotonic() + 60
            while sum(file.stat().st_size for file in notes.iterdir()) < written + 2_000:
                assert time.monotonic() < patience
                time.sleep(chance.uniform(0.01, 0.1))
            server.kill()
            written = sum(file.stat().st_size for file in notes.iterdir())
            server.start()
        for worker in workers:
            worker.communicate(b"enough\n")
        assert [worker.returncode for worker in workers] == [0] * 4
        told = _read(notes)
        assert differ(desk.chosen().keys(), told.left.keys()) == "", "each was asked for until it was known"
        known = desk.ledger.recorded(told.left)
        assert {cti: known[cti].place for cti in known} == told.left
        assert len(set(told.left.values())) == len(told.left)
        assert told.withdrawn <= {code.cti for code in desk.chosen(withdrawn=True).values()}
        assert desk.ledger.verify_chain() == desk.ledger.head()
        (unused,) = desk.sql("SELECT count(*) FROM blocks WHERE until > 0")[0]
        assert (
            unused <= 4 * 4 + 1
        )  # where the answer of a COMMIT was lost, its places wait for the end of the lease

    @pytest.mark.parametrize("point", ["before", "staging", "locked", "at the end"])
    def test_that_ends_a_session(self, desk: PostgresDesk, monkeypatch: pytest.MonkeyPatch, point: str) -> None:
        """Wherever a session is ended, nothing is half done, and the next call goes on."""
        first, codes = desk.issue(), [desk.code() for _ in range(3)]
        other = desk.other()

        def ending(done: Callable[..., Any]) -> Callable[..., Any]:
            def struck(*arguments: Any) -> Any:
                monkeypatch.undo()
                end(desk, desk.ledger)
                return done(*arguments)

            return struck

        match point:
            case "before":
                end(desk, desk.ledger)
            case "staging":
                monkeypatch.setattr(_database, "stage", ending(_connection.stage))
            case "locked":
                add = _connection.PostgresConnection.add_codes
                monkeypatch.setattr(_connection.PostgresConnection, "add_codes", ending(add))
            case _:
                monkeypatch.setattr(_database, "commit", ending(_session.commit))
        if point != "before":
            with pytest.raises(LedgerError):
                desk.ledger.record(codes)
            assert desk.chosen().keys() == set(ctis_of(first))
            other.record([desk.code(other)])
        if point == "at the end":  # nobody knows: its places wait
            with pytest.raises(LedgerError, match="was not taken here, or has been recorded"):
                desk.ledger.record(codes)
            codes = [replace(code, place=desk.ledger.take()) for code in codes]
        desk.ledger.record(codes)
        assert desk.ledger.recorded(ctis_of(codes)).keys() == set(ctis_of(codes))
        assert desk.ledger.verify_chain() == other.head()


def issue_until_told(address: str, notes: Path, seed: int) -> None:
    """Issue codes, and ask about each batch until it is known whether that was recorded."""
    chance = random.Random(seed)  # noqa: S311 - to repeat
    out = os.open(notes / f"{seed}", os.O_WRONLY | os.O_APPEND | os.O_CREAT, 0o600)
    enough: list[str] = []
    threading.Thread(target=lambda: enough.append(sys.stdin.readline()), daemon=True).start()
    while True:
        with suppress(LedgerError):
            ledger = open_ledger(address)
            break
    while not enough:
        held: list[CodeRecord] = []
        try:
            held.extend(_code(ledger) for _ in range(chance.randint(1, 20)))
        except LedgerError:
            for code in held:
                ledger.give_back(code.place)
            time.sleep(0.05)
            continue
        if _recorded(ledger, held):
            os.write(
                out, "".join(f"{code.cti.hex()} {code.place.list} {code.place.index}\n" for code in held).encode()
            )
            if chance.random() < 0.3:
                some = ctis_of(held[::2])
                with suppress(LedgerError):
                    ledger.revoke_many(some, **WHO)
                    os.write(out, "".join(f"{cti.hex()}\n" for cti in some).encode())
    ledger.close()


def _code(ledger: Any) -> CodeRecord:
    at = _now()
    return CodeRecord(
        cti=os.urandom(12), place=ledger.take(), kid=KID, by="worker", why="to be struck",
        issued_at=at, expires_at=at + DAY,
    )  # fmt: skip


def _recorded(ledger: Any, codes: list[CodeRecord]) -> bool:
    while True:
        try:
            ledger.record(codes)
        except LedgerError as error:
            if "was not taken here" in str(error) or "lease" in str(error):
                return False
            time.sleep(0.02)
        else:
            return True


def _now() -> Any:
    from healthpass.codec._time import now

    return now().replace(microsecond=0)


if __name__ == "__main__":
    issue_until_told(sys.argv[1], Path(sys.argv[2]), int(sys.argv[3]))
