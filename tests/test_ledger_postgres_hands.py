"""A ledger in PostgreSQL, and many hands in it: races, wrong clocks, forgetting, rows that were tampered with.

As a program, this file is a host whose clock is wrong.
"""

import json
import os
import shutil
import subprocess
import sys
import time
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import closing, suppress
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from itertools import count
from pathlib import Path
from typing import Any, Final

import pytest

from forging import KEY
from healthpass import HolderKey
from healthpass.ledger import (
    CodeKnownError,
    CodeRecord,
    DamagedError,
    DeviceKeyUsedError,
    Head,
    LedgerError,
    SqliteLedger,
    TamperedError,
    open_list,
    publish,
)
from healthpass.ledger.contract._desk import DAY, GONE, KEPT, WHO, ctis_of
from healthpass.ledger.postgres import PostgresLedger, _schema
from healthpass.ledger.postgres._database import PostgresDatabase
from postgres import Postgres
from postgres_desk import ISSUER, SCHEMA, PostgresDesk, locked


@pytest.fixture
def desk(postgres: Postgres, tmp_path: Path) -> Iterator[PostgresDesk]:
    """Give an office with a new ledger."""
    with closing(PostgresDesk(postgres, tmp_path / "ledger")) as made:
        yield made


class TestRaces:
    """Several hosts make or change the same thing at once."""

    def test_making_a_ledger(self, postgres: Postgres) -> None:
        """One makes it; the others are told that there is one, and it is whole."""
        url = postgres.database()

        def make(_: int) -> str:
            try:
                PostgresLedger.create(url, ISSUER).close()
            except LedgerError as error:
                assert "there is one in this database" in str(error)
                return "told"
            return "made"

        with ThreadPoolExecutor(6) as threads:
            assert sorted(threads.map(make, range(6))) == ["made"] + ["told"] * 5
        with closing(PostgresLedger(url)) as ledger:
            assert ledger.verify_chain() == ledger.head()

    def test_making_days(self, desk: PostgresDesk) -> None:
        """All of them record codes of the same new days, in one order and the other; each day has one table."""
        ends = [desk.now + day * DAY for day in range(1, 13)]

        def record(number: int) -> None:
            with closing(PostgresLedger(desk.address, block_size=64)) as ledger:
                for end in ends[:: -1 if number % 2 else 1]:
                    ledger.record(
                        [desk.code(ledger, expires_at=end), desk.code(ledger, expires_at=end + 15 * DAY)]
                    )

        with ThreadPoolExecutor(4) as threads:
            list(threads.map(record, range(4)))
        assert len(desk.chosen()) == 4 * 2 * len(ends)
        assert desk.ledger.verify_chain() == desk.ledger.head()

    def test_bringing_up_the_tables(self, desk: PostgresDesk, monkeypatch: pytest.MonkeyPatch) -> None:
        """One does it, after whoever is at work; the others find it done, and programs of before do nothing."""
        before = PostgresLedger(desk.address)
        monkeypatch.setattr(_schema, "MIGRATIONS", [*_schema.MIGRATIONS, "CREATE TABLE later (a integer)"])
        with ThreadPoolExecutor(5) as threads, locked(desk):
            done = [threads.submit(PostgresLedger.migrate, desk.address) for _ in range(5)]
            time.sleep(0.2)
            assert not any(one.done() for one in done)
        assert sorted(one.result() for one in done) == [(1, 2)] + [(2, 2)] * 4
        monkeypatch.undo()
        with (
            closing(before),
            pytest.raises(LedgerError, match="are of version 2, and this program knows 1: use a newer"),
        ):
            before.take()
        assert desk.sql("SELECT count(*) FROM all_codes") == [(0,)]

    def test_threads_that_share_a_ledger(self, desk: PostgresDesk) -> None:
        """They take turns: no place is two codes', and a withdrawal is told of once."""

        def work(_: int) -> tuple[list[CodeRecord], int]:
            codes = [code for _ in range(5) for code in desk.issue(4)]
            return codes, desk.ledger.revoke_many(ctis_of(desk_codes), **WHO).revoked

        desk_codes = desk.issue(6)
        with ThreadPoolExecutor(6) as threads:
            done = list(threads.map(work, range(6)))
        assert len({code.place for codes, _ in done for code in codes}) == 6 * 20
        assert sum(revoked for _, revoked in done) == 6
        assert desk.ledger.verify_chain() == desk.ledger.head()

    @pytest.mark.skipif(not hasattr(os, "fork"), reason="needs fork")
    def test_a_fork(self, desk: PostgresDesk) -> None:
        """A child is refused, by each call, and its end does not end the parent's session."""
        held = desk.code()
        child = os.fork()
        if not child:
            refused = 0
            for call in (desk.ledger.take, desk.ledger.head, lambda: desk.ledger.record([held])):
                try:
                    call()
                except LedgerError as error:
                    refused += "after a fork" in str(error)
            desk.ledger.close()
            os._exit(refused)
        assert os.waitstatus_to_exitcode(os.waitpid(child, 0)[1]) == 3
        desk.ledger.record([held])
        assert desk.ledger.recorded([held.cti]).keys() == {held.cti}


@pytest.mark.skipif(not shutil.which("faketime"), reason="the program faketime is not installed")
class TestClocks:
    @pytest.mark.parametrize("wrong", ["+1d", "+10d", "-10d"])
    def test_of_one_host_are_wrong(self, desk: PostgresDesk, wrong: str) -> None:
        """The server's clock counts, for leases, withdrawals and lists, for what is forgotten and put in order."""
        held = desk.code()
        (code,) = desk.issue()
        command = ["faketime", "-f", wrong, sys.executable, __file__, desk.address, code.cti.hex()]
        ran = subprocess.run(command, capture_output=True, text=True, check=False)
        assert ran.returncode == 0, ran.stderr
        told = json.loads(ran.stdout)
        assert abs(told["clock"] - time.time()) > 80_000
        assert told["forgotten"] == (wrong == "-10d")  # whose own code had expired before it was made
        assert all(abs(at - time.time()) < 60 for at in told["issued_at"])
        assert all(abs(line.at - time.time()) < 60 for line in list(desk.ledger.log()))
        with pytest.raises(LedgerError, match="others have them now|was not taken here"):
            desk.ledger.record([held])  # the list was retired


class TestForgetting:
    """Hosts forget at once, and one is cut off between two steps: what is due goes, and nothing else."""

    def left(self, desk: PostgresDesk) -> list[Any]:
        """Return what is left of days."""
        return desk.sql("SELECT relname FROM pg_class WHERE relname ~ '^codes_[0-9]+$' ORDER BY 1")

    def is_whole(self, desk: PostgresDesk, at: datetime) -> bool:
        """Check the log at a time: what forgets must not lie in the future."""
        with pytest.MonkeyPatch.context() as patch:
            patch.setattr(PostgresDatabase, "now", lambda _: int(at.timestamp()))
            return desk.ledger.verify_chain() == desk.ledger.head()

    def test_from_two_hosts_at_once(self, desk: PostgresDesk) -> None:
        """Each code is dropped once, and both come to an end."""
        for day in range(1, 7):
            desk.issue(3, expires_at=desk.now + day * DAY)
        (kept,) = desk.issue(expires_at=desk.now + 30 * DAY)
        at = desk.now + 20 * DAY
        with ThreadPoolExecutor(4) as threads:
            options: dict[str, Any] = {"at": at, "keep_history": KEPT, "after_pause": True}
            done = [threads.submit(desk.other().forget, **options) for _ in range(4)]
        assert sum(one.result() for one in done) == 18
        assert desk.chosen().keys() == {kept.cti}
        assert len(self.left(desk)) == 1
        assert self.is_whole(desk, at)

    def test_that_is_cut_off_at_each_step(self, desk: PostgresDesk) -> None:
        """Whoever forgets next goes on; no device key and no table of what was forgotten stays."""
        (kept,), other = desk.issue(expires_at=desk.now + 900 * DAY), desk.other()
        with desk.wired() as wire:
            for cut in count(1, 3):
                end = desk.now + 4 * cut * DAY
                desk.issue(2, expires_at=end, holder_key=None)
                desk.issue(expires_at=end, holder_key=HolderKey.generate().public_key)
                options: dict[str, Any] = {"at": end + 10 * DAY, "keep_history": KEPT, "after_pause": True}
                wire.arm(cut)
                with suppress(LedgerError):
                    desk.ledger.forget(**options)
                    if wire.passed < cut:
                        break
                wire.arm(None)
                other.forget(**options)
                assert desk.chosen().keys() == {kept.cti}
                assert len(self.left(desk)) == 1
                assert desk.sql("SELECT (SELECT count(*) FROM devices), (SELECT count(*) FROM days)") == [(0, 1)]
        assert cut > 15
        assert self.is_whole(desk, desk.now + 900 * DAY)


class TestBatches:
    def test_mixed(self, desk: PostgresDesk) -> None:
        """Codes of several officers, days and device keys go in one call; what does not go together stops all."""
        desk.issue(expires_at=desk.now - GONE)
        desk.ledger.forget(at=desk.now, after_pause=True)
        keys = [HolderKey.generate().public_key for _ in range(12)]
        codes = [
            desk.code(
                by=f"officer {number % 3}",
                why=f"ground {number % 2}",
                expires_at=desk.now + (number % 5 - 2) * 3 * DAY,
                holder_key=keys[number] if number % 4 == 0 else None,
                seal=bytes(8) if number % 3 == 0 else None,
            )
            for number in range(12)
        ]
        known = desk.ledger.head().number
        for wrong, error in (
            (replace(codes[3], place=desk.ledger.take(), why="another"), CodeKnownError),
            (desk.code(holder_key=keys[4]), DeviceKeyUsedError),
        ):
            with pytest.raises(error) as caught:
                desk.ledger.record([*codes, wrong])
            assert getattr(caught.value, "cti") == wrong.cti  # noqa: B009 - of both
            assert desk.ledger.head().number == known
        desk.ledger.record(codes[::-1])
        desk.ledger.record(codes)
        assert desk.ledger.head().number == known + 6
        assert desk.ledger.recorded(ctis_of(codes)).keys() == set(ctis_of(codes))
        assert desk.ledger.verify_chain() == desk.ledger.head()

    def test_withdrawn_that_are_not_found_again(self, desk: PostgresDesk, tmp_path: Path) -> None:
        """Where an index names a row that is not there, nothing is withdrawn, and it is said."""
        (code,) = desk.issue()
        folder = SqliteLedger.create(tmp_path / "folder", ISSUER)
        for ledger, known in ((desk.ledger, [(code.cti, None)]), (folder, [])):
            with (
                pytest.raises(DamagedError, match="an index and a table disagree, and nothing was withdrawn"),
                ledger._database.writing("withdraw codes in") as connection,
            ):
                connection.withdraw(9, [*known, (bytes(12), None)])
        folder.close()
        assert desk.sql("SELECT count(*) FROM withdrawals") == [(0,)]
        assert not desk.chosen(withdrawn=True)


class TestTampering:
    # What is done, and how it is undone; of a code that was withdrawn, and one that was not.
    CHANGES: Final = [
        ("all_codes", "kid = '\\x0000000000000000' WHERE cti = {good}"),
        ("all_codes", "issued_at = issued_at - 1 WHERE cti = {good}"),
        ("all_codes", "expires_at = expires_at + 60 WHERE cti = {good}"),
        ("all_codes", "entry = (entry + 7) % 1048576 WHERE cti = {good}"),
        ("all_codes", "list = list + 1 WHERE cti = {good}"),
        ("all_codes", "line = line - 1 WHERE cti = {good}"),
        ("all_codes", "device = NULL WHERE cti = {good}"),
        ("all_codes", "cti = '\\x000000000000000000000000' WHERE cti = {good}"),
        ("all_codes", "state = 1 WHERE cti = {good}"),
        ("all_codes", "state = 0 WHERE cti = {bad}"),
        ("withdrawals", "new = {good} WHERE cti = {bad}"),
        ("withdrawals", "cti = {good}"),
        ("devices", "line = line + 1"),
        ("days", "codes = codes + 1"),
        ("days", "last_line = first_line - 1"),
        ("days", "keep_until = keep_until - 1"),
        ("log", "facts = replace(facts, 'officer', 'Officer') WHERE number = 2"),
        ("log", "at = at + 1 WHERE number = 2"),
        ("log", "expires_at = expires_at - 1 WHERE number = 2"),
        ("log", "previous = digest WHERE number = 2"),
        ("log", "number = number + 1 WHERE number = 4"),
        ("ledger", "secret = sha256(secret)"),
        ("ledger", "issuer = 'CN-33-02.WJW'"),
        ("ledger", "last_number = last_number - 1"),
        ("ledger", "dropped = dropped + 30000"),
        ("ledger", "forgotten = forgotten + 30000"),
    ]

    def test_of_rows_is_noticed(self, desk: PostgresDesk) -> None:
        """Each change by whoever can write to the tables is found by a check; one of a code by a proof, too."""
        good, bad = desk.issue(1, holder_key=HolderKey.generate().public_key) + desk.issue()
        desk.ledger.revoke(bad.cti, **WHO)
        head = desk.ledger.head()
        names = {"good": f"'\\x{good.cti.hex()}'::bytea", "bad": f"'\\x{bad.cti.hex()}'::bytea"}
        for table, change in self.CHANGES:
            before = desk.sql(f"SELECT t.ctid, * FROM {table} AS t")  # noqa: S608
            desk.sql(f"CREATE TABLE saved AS SELECT * FROM {table}")  # noqa: S608
            desk.sql(f"UPDATE {table} SET {change.format(**names)}")  # noqa: S608
            assert before != desk.sql(f"SELECT t.ctid, * FROM {table} AS t"), change  # noqa: S608
            with pytest.raises((TamperedError, DamagedError)):
                assert checked(desk, head), change
            if table == "all_codes" and "state" not in change:
                with pytest.raises(LedgerError):
                    desk.ledger.prove(good.cti, head=head)
            desk.sql(f"DELETE FROM {table}")  # noqa: S608
            desk.sql(f"INSERT INTO {table} SELECT * FROM saved")  # noqa: S608
            desk.sql("DROP TABLE saved")
            assert desk.ledger.verify_chain(head) == head, change

    def test_of_rows_that_are_gone(self, desk: PostgresDesk) -> None:
        """A row that was deleted is missed, in whichever table."""
        desk.issue(2, holder_key=None)
        codes = desk.issue(1, holder_key=HolderKey.generate().public_key)
        desk.ledger.revoke(codes[0].cti, **WHO)
        for table in ("all_codes", "withdrawals", "devices", "days", "log", "lists", "ledger"):
            desk.sql(f"CREATE TABLE saved AS SELECT * FROM {table}")  # noqa: S608
            desk.sql(f"DELETE FROM {table} WHERE ctid = (SELECT max(ctid) FROM {table})")  # noqa: S608
            with pytest.raises(LedgerError):
                assert checked(desk), table
            desk.sql(f"DELETE FROM {table}; INSERT INTO {table} SELECT * FROM saved; DROP TABLE saved")  # noqa: S608
        assert desk.ledger.verify_chain() == desk.ledger.head()


class TestIndexes:
    LARGE: Final = ("devices", "log", "withdrawals", "runs")

    def scans(self, desk: PostgresDesk) -> dict[str, int]:
        """Return how often each large table was read as a whole, and by whichever session."""
        told = desk.sql("SELECT relname, seq_scan FROM pg_stat_user_tables WHERE schemaname = %s", SCHEMA)
        return {name: scans for name, scans in told if name in self.LARGE or name.startswith("codes_")}

    def test_serve_all_that_is_done_day_by_day(self, desk: PostgresDesk) -> None:
        """Nothing that grows is read as a whole, where the server may choose, and avoids it if there is a way."""
        desk.sql(f"ALTER DATABASE {desk.database} SET enable_seqscan = off")
        codes = [*desk.issue(3), *desk.issue(3, expires_at=desk.now + 2 * DAY)]
        before = self.scans(desk)
        with closing(PostgresLedger(desk.address)) as ledger:
            pid = ledger._database._raw.info.backend_pid  # type: ignore[union-attr]
            for _ in range(8):  # a plan for all values comes after some repetitions
                (code,) = desk.issue(ledger=ledger, holder_key=HolderKey.generate().public_key)
                ledger.record([code])
                assert len(ledger.recorded(ctis_of(codes))) == 6
                ledger.recorded([code.cti], expiring=(desk.now, desk.now + DAY))
                ledger.revoke(code.cti, **WHO)
                ledger.history(code.cti)
                ledger.in_place_of(code.cti)
                with pytest.raises(DeviceKeyUsedError):
                    ledger.record([desk.code(ledger, holder_key=code.holder_key)])
        while desk.sql("SELECT 1 FROM pg_stat_activity WHERE pid = %s", pid):
            time.sleep(0.01)
        assert {name: scans for name, scans in self.scans(desk).items() if scans != before.get(name, 0)} == {}


def checked(desk: PostgresDesk, *heads: Head) -> bool:
    """Open a ledger anew, and check it."""
    with closing(PostgresLedger(desk.address)) as ledger:
        ledger.verify_chain(*heads)
    return False


def _wrong_clock(url: str, cti: str) -> None:
    """Do what a host does whose clock is wrong."""
    with closing(PostgresLedger(url)) as ledger:
        now = datetime.now(UTC).replace(microsecond=0)
        place = ledger.take()
        code = CodeRecord(
            cti=bytes(12), place=place, kid=bytes(8), by="a", why="b", issued_at=now, expires_at=now + DAY
        )
        ledger.record([code])
        ledger.revoke(bytes.fromhex(cti), by="a", why="b")
        lists = publish(ledger, "https://s.example", KEY, lifetime=timedelta(hours=1))
        forgotten = ledger.forget()
        ledger.recover(by="a", why="b", without_evidence=True)
        told = {
            "clock": time.time(),
            "issued_at": [open_list(data)[1].issued_at.timestamp() for data in lists.values()],
            "forgotten": forgotten,
        }
    sys.stdout.write(json.dumps(told))


if __name__ == "__main__":
    _wrong_clock(*sys.argv[1:])
