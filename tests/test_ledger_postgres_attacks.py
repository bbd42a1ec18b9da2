"""A ledger in PostgreSQL under attack: servers and hosts that fail, wires that are cut, full disks.

As a program, this file is a host that carries out the orders of a run, or one that stands still while it holds
what all writers wait for.
"""

import os
import resource
import signal
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import closing, contextmanager, suppress
from datetime import UTC, datetime, timedelta
from functools import partial
from itertools import count
from pathlib import Path
from typing import Any, Final

import pytest

from forging import GREEN, KEY
from healthpass import Issued, Issuer
from healthpass.ledger import CodeRecord, LedgerError, Selection, WentBackError, publish
from healthpass.ledger.contract._desk import DAY, GONE, WHO, ctis_of
from healthpass.ledger.postgres import PostgresLedger, _database, _session
from postgres import Postgres
from postgres_desk import ISSUER, PostgresDesk, Wire

ORDERS: Final = 160
IDLE: Final = 3  # seconds that a host may stand still with the lock; 15 in earnest
HOST: Final = [sys.executable, __file__]
NIGHT: Final[dict[str, Any]] = {"by": "night program", "why": "negative test"}
SEGMENT: Final = 1 << 24  # bytes of a file of the write-ahead log
STEP: Final = 20  # orders that are carried out at once


@pytest.fixture
def desk(postgres: Postgres, tmp_path: Path) -> Iterator[PostgresDesk]:
    """Give an office with a new ledger."""
    with closing(PostgresDesk(postgres, tmp_path / "ledger")) as made:
        yield made


@pytest.fixture(scope="module")
def own() -> Iterator[Postgres]:
    """Give a server that may be struck."""
    server = Postgres()
    yield server
    server.remove()


@pytest.fixture
def wired(desk: PostgresDesk) -> Iterator[Wire]:
    """Give the wire to the server of an office."""
    with desk.wired() as wire:
        yield wire


class TestRuns:
    """Hosts carry out a run at once, whatever happens to the server."""

    def test_four_hosts_and_a_server_that_is_killed(self, own: Postgres, tmp_path: Path) -> None:
        """Each order has one code with a place of its own, and all have the same bytes of it, also afterwards."""
        with closing(PostgresLedger.create(own.database(), ISSUER)) as ledger:
            url = ledger._database._url
            start = datetime.now(UTC).replace(microsecond=0).isoformat()
            notes = [tmp_path / str(number) for number in range(4)]
            hosts = [subprocess.Popen([*HOST, "run", url, start, str(note)]) for note in notes]
            struck = written = 0
            while any(one.poll() is None for one in hosts):
                if struck < 2 and sum(len(lines(note)) for note in notes) > written:
                    own.kill()
                    written = sum(len(lines(note)) for note in notes)
                    own.start()
                    struck += 1
                time.sleep(0.01)
            assert [one.returncode for one in hosts] == [0] * 4
            assert struck == 2
            told = [dict(line.split("\t") for line in lines(note)) for note in notes]
            assert len(told[0]) == ORDERS
            assert told[1:] == told[:1] * 3
            again = dict(zip(orders(), carried_out(ledger, start, list(orders())), strict=True))
            assert again == told[0]
            known = ledger.recorded([run_of(ledger, start).cti_of(ref) for ref in orders()])
            assert len({one.place for one in known.values()}) == ORDERS
            assert len(list(ledger.select(Selection()))) == ORDERS
            assert ledger.verify_chain() == ledger.head()

    def test_begun_with_other_terms_at_once(self, desk: PostgresDesk) -> None:
        """Of hosts that begin it with two terms at once, those of one have begun it, and the others are told."""

        def begin(number: int) -> str:
            with closing(PostgresLedger(desk.address)) as ledger:
                try:
                    run_of(ledger, (desk.now + number % 2 * DAY).isoformat())
                except LedgerError as error:
                    assert "was begun with other terms" in str(error)
                    return "refused"
                return "begun"

        with ThreadPoolExecutor(8) as threads:
            assert sorted(threads.map(begin, range(8))) == ["begun"] * 4 + ["refused"] * 4


class TestWire:
    """The wire to the server is cut at each message: nothing is half done, and the next call goes on."""

    @pytest.mark.parametrize("answers", [False, True], ids=["before", "answer"])
    @pytest.mark.parametrize("deed", ["record", "revoke", "correct", "begin", "lists"])
    def test_is_cut_at_each_message(self, desk: PostgresDesk, wired: Wire, deed: str, *, answers: bool) -> None:
        """A deed is done or it is not, and one that was told as done is; once more does it, and once."""
        for cut in count(1):
            (old, *more), codes = desk.issue(3), [desk.code() for _ in range(3)]
            do: dict[str, Callable[[], object]] = {
                "record": partial(desk.ledger.record, codes),
                "revoke": partial(desk.ledger.revoke_many, ctis_of(more), **WHO),
                "correct": partial(desk.ledger.correct, old.cti, new=more[0].cti, **WHO),
                "begin": partial(run_of, desk.ledger, desk.now.isoformat(), f"night {cut}"),
                "lists": partial(publish, desk.ledger, "https://s.example", KEY, lifetime=DAY),
            }
            before = desk.ledger.head().number
            wired.arm(cut, answers=answers)
            with suppress(LedgerError):
                do[deed]()
                if wired.passed < cut:
                    break
            wired.arm(None)
            lines = desk.ledger.head().number - before
            assert 0 <= lines <= 1
            assert len(desk.ledger.recorded(ctis_of(codes))) == (3 * lines if deed == "record" else 0)
        assert cut > 4
        wired.arm(None)
        assert desk.ledger.verify_chain() == desk.ledger.head()

    def test_the_answer_of_the_commit_is_lost(self, desk: PostgresDesk, wired: Wire) -> None:
        """Nobody knows whether codes were recorded; the same call tells that they were, and adds nothing."""
        desk.issue()
        codes = [desk.code() for _ in range(3)]
        wired.arm(b"COMMIT\0", answers=True)
        with pytest.raises(LedgerError, match="nobody knows if it was done; do it again"):
            desk.ledger.record(codes)
        head = desk.ledger.head()
        desk.ledger.record(codes)
        assert desk.ledger.head() == head
        assert desk.ledger.recorded(ctis_of(codes)).keys() == set(ctis_of(codes))


class TestHostThatStands:
    def test_while_it_holds_the_lock(self, desk: PostgresDesk) -> None:
        """The others wait for a bounded time, and are told; then the server ends its turn, and nothing is done."""
        command = [*HOST, "stand", desk.address]
        stands = subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True)
        assert stands.stdout
        assert stands.stdout.readline() == "holds\n"
        with closing(PostgresLedger(desk.address, timeout=0.3)) as hasty:
            os.kill(stands.pid, signal.SIGSTOP)
            begun = time.monotonic()
            try:
                with pytest.raises(LedgerError, match="somebody else is using it for too long; try again"):
                    hasty.take()
                assert time.monotonic() - begun < IDLE
                assert hasty.head() == desk.ledger.head()  # who reads waits for nobody
                desk.issue(2)  # after the seconds that the server gives the one that stands
            finally:
                os.kill(stands.pid, signal.SIGCONT)
        out, _ = stands.communicate("go on\n", timeout=30)
        assert "cannot record codes in the ledger" in out
        assert len(desk.chosen()) == 2
        assert desk.ledger.verify_chain() == desk.ledger.head()


class TestFullDisk:
    def test_nothing_is_half_done(self, tmp_path: Path) -> None:
        """Where the server can write no more, that is said; what was told is there, and with room work goes on."""
        server = Postgres()
        try:
            with closing(PostgresDesk(server, tmp_path / "full")) as desk:
                desk.issue(3)
                ((table,),) = desk.sql("SELECT relname FROM pg_class WHERE relname ~ '^codes_[0-9]+$'")
                desk.sql(f"ALTER TABLE {table} SET (fillfactor = 10)")
                known = 3
                with limited(server, SEGMENT + 100), pytest.raises(LedgerError, match="no space was left"):  # noqa: PT012
                    while known < 30_000:
                        many = [desk.code() for _ in range(3_000)]
                        desk.ledger.record(many)
                        known += len(many)
                assert len(desk.chosen()) == known > 3_000
                assert desk.ledger.verify_chain() == desk.ledger.head()
                desk.ledger.record(many)
                assert len(desk.ledger.recorded(ctis_of(many))) == len(many)
        finally:
            server.remove()


@contextmanager
def limited(server: Postgres, size: int) -> Iterator[None]:
    """Let a server write no file that is larger, as if its disk were full then."""
    soft, hard = resource.getrlimit(resource.RLIMIT_FSIZE)
    server.stop()
    resource.setrlimit(resource.RLIMIT_FSIZE, (size, hard))
    try:
        server.start()
    finally:
        resource.setrlimit(resource.RLIMIT_FSIZE, (soft, hard))
    yield
    server.stop()
    server.start()


class TestReadOnly:
    """A database that must not be written to is not."""

    def test_a_database(self, desk: PostgresDesk) -> None:
        """One that an administrator made read-only is read, and whoever writes is told why not."""
        held = desk.code()
        (code,) = desk.issue()
        desk.sql(f"ALTER DATABASE {desk.database} SET default_transaction_read_only = on")
        head = desk.ledger.head()
        with closing(PostgresLedger(desk.address)) as ledger:
            assert ledger.recorded([code.cti]).keys() == {code.cti}
            assert ledger.verify_chain() == head
            for call in (
                ledger.take,
                lambda: ledger.revoke(code.cti, **WHO),
                lambda: ledger.forget(at=desk.now + GONE, after_pause=True),
                lambda: publish(ledger, "https://s.example", KEY, lifetime=DAY),
                lambda: run_of(ledger, desk.now.isoformat()),
                lambda: PostgresLedger.create(desk.address, ISSUER),
            ):
                with pytest.raises(
                    LedgerError, match="this database or this role is read-only|there is one in this"
                ):
                    call()
        assert desk.ledger.head() == head
        desk.ledger.record([held])  # a session of before goes on

    def test_a_standby_that_takes_over_and_lacks_commits(self, own: Postgres, tmp_path: Path) -> None:
        """A standby is read; where it took over without commits, who knows of them waits until that is mended."""
        with closing(PostgresDesk(own, tmp_path / "led")) as desk:
            desk.issue(3)
            other = own.standby()
            try:
                url = other.url(desk.database)
                with closing(PostgresLedger(url)) as ledger:
                    assert ledger.verify_chain() == desk.ledger.head()
                    with pytest.raises(LedgerError, match="perhaps it is a standby"):
                        ledger.take()
                other.promote()
                (lost,) = desk.issue()
                desk.ledger._database._url = url
                desk.ledger._database._raw.close()  # type: ignore[union-attr]
                assert desk.ledger.recorded([lost.cti]) == {}
                for call in (
                    lambda: desk.ledger.record([desk.code()]),
                    lambda: desk.ledger.revoke(lost.cti, **WHO),
                ):
                    with pytest.raises(WentBackError, match="a server took over.*`healthpass status recover`"):
                        call()
                done = desk.ledger.recover(**WHO, without_evidence=True)
                assert {code.place.list for code in desk.issue(3)} == {done.first_list}
                assert desk.ledger.verify_chain() == desk.ledger.head()
            finally:
                other.remove()


def lines(note: Path) -> list[str]:
    """Return the lines that a host has written."""
    return note.read_text().splitlines() if note.exists() else []


def orders() -> dict[str, Any]:
    """Return the orders of a night."""
    return {f"order-{number}": GREEN for number in range(ORDERS)}


def run_of(ledger: PostgresLedger, start: str, name: str = "night") -> Any:
    """Begin the run of a night, or go on with it."""
    office = Issuer(ISSUER, signer=KEY, lifetime=DAY, jitter=timedelta(hours=1), ledger=ledger)
    return office.begin_run(name, at=datetime.fromisoformat(start), **NIGHT)


def carried_out(ledger: PostgresLedger, start: str, refs: list[str]) -> list[str]:
    """Carry orders out, and return the texts."""
    issued = run_of(ledger, start).issue([(ref, GREEN) for ref in refs])
    assert all(isinstance(one, Issued) for one in issued), issued
    return [one.text for one in issued]


def _run(url: str, start: str, note: str) -> None:
    """Carry out all orders, begun at one of one's own, until it is done."""
    refs, ledger = list(orders()), None
    with Path(note).open("w", buffering=1) as file:
        for first in range(0, ORDERS, STEP):
            some = refs[(first + int(note[-1]) * 40) % ORDERS :][:STEP]
            while True:
                with suppress(LedgerError):
                    ledger = ledger or PostgresLedger(url)
                    texts = carried_out(ledger, start, some)
                    file.writelines(f"{ref}\t{text}\n" for ref, text in zip(some, texts, strict=True))
                    break
                time.sleep(0.03)


def _stand(url: str) -> None:
    """Hold what all writers wait for, until somebody says to go on."""
    _session._IDLE = IDLE  # type: ignore[misc]
    with closing(PostgresLedger(url)) as ledger:

        def waiting(*arguments: Any) -> None:
            sys.stdout.write("holds\n")
            sys.stdout.flush()
            sys.stdin.readline()
            _session.commit(*arguments)

        place = ledger.take()
        setattr(_database, "commit", waiting)  # noqa: B010 - where it was imported
        at = datetime.now(UTC).replace(microsecond=0)
        code = CodeRecord(
            cti=os.urandom(12), place=place, kid=bytes(8), by="a", why="b", issued_at=at, expires_at=at + DAY
        )
        try:
            ledger.record([code])
        except LedgerError as error:
            sys.stdout.write(f"{error}\n")
        setattr(_database, "commit", _session.commit)  # noqa: B010


if __name__ == "__main__":
    _run(*sys.argv[2:]) if sys.argv[1] == "run" else _stand(*sys.argv[2:])
