"""SQLite's ledger: its order, its file and its log; test_ledger_contract.py has what each ledger promises."""

import gc
import json
import os
import shutil
import sqlite3
import statistics
import subprocess
import sys
from collections import Counter
from collections.abc import Callable, Iterator
from contextlib import contextmanager, nullcontext
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from itertools import pairwise
from pathlib import Path
from typing import Any, Final

import pytest

from forging import DAY, ISSUER, NOW
from healthpass import HealthpassError
from healthpass.documents._status_list import ENTRIES, Status, StatusList, parse
from healthpass.ledger import (
    Head,
    LedgerError,
    LogLine,
    RunTerms,
    SqliteLedger,
    TamperedError,
    UnknownCodeError,
    WentBackError,
    _database,
    publish,
    read_ctis,
    verify_chain,
)
from healthpass.ledger._database import marked_now
from healthpass.ledger._folder import Mark
from healthpass.ledger._permutation import Permutation, list_key
from offices import BASE, REST, SECOND, STATUS_KEY, Office, indices, stopped_clock

SECRET: Final = bytes(range(32))
FIRST_OF_SECRET: Final = [707823, 516410, 171039, 261242]


@pytest.fixture(autouse=True)
def clock(monkeypatch: pytest.MonkeyPatch) -> list[datetime]:
    """Stop the clock of all tests here."""
    return stopped_clock(monkeypatch)


class TestPermutation:
    def test_is_a_bijection(self) -> None:
        """Each of the 2^20 indices is given once, in range."""
        order = Permutation(list_key(SECRET, 0, 0))
        seen = bytearray(ENTRIES)
        for counter in range(ENTRIES):
            seen[order(counter)] += 1
        assert seen == b"\x01" * ENTRIES

    def test_depends_on_secret_list_and_generation(self) -> None:
        """Another secret, list or generation gives another order."""
        keys = [list_key(SECRET, 0, 0), list_key(SECRET, 1, 0), list_key(SECRET, 0, 1), list_key(bytes(32), 0, 0)]
        starts = {tuple(Permutation(key)(counter) for counter in range(8)) for key in keys}
        assert len(starts) == len(keys)

    def test_does_not_change(self) -> None:
        """The order of a ledger that exists stays what it is."""
        order = Permutation(list_key(SECRET, 0, 0))
        assert [order(counter) for counter in range(4)] == FIRST_OF_SECRET

    @pytest.mark.parametrize("key", [b"", bytes(31), bytes(33)])
    def test_needs_a_whole_key(self, key: bytes) -> None:
        """A key of another size is refused."""
        with pytest.raises(ValueError, match="32 bytes"):
            Permutation(key)


@pytest.fixture(scope="module")
def given(tmp_path_factory: pytest.TempPathFactory) -> list[int]:
    """Take 100,000 indices from a ledger, one after the other, by a fixed secret."""
    office = Office(tmp_path_factory.mktemp("order") / "ledger")
    office.sql(f"UPDATE ledger SET secret = x'{SECRET.hex()}'")  # noqa: S608
    office.ledger.close()
    with SqliteLedger(office.path, block_size=4096) as ledger:
        return [ledger.take().index for _ in range(TestOrder.COUNT)]


class TestOrder:
    """What is given shows no order. By chance each of these tests would fail once in 10,000 secrets."""

    COUNT: Final = 100_000

    def test_repeats_nothing(self, given: list[int]) -> None:
        """No index comes twice."""
        assert len(set(given)) == self.COUNT

    @pytest.mark.parametrize("lag", [1, 2, 3, 256, 1024])
    def test_has_no_serial_correlation(self, given: list[int], lag: int) -> None:
        """An index does not tell a later one."""
        assert abs(statistics.correlation(given[:-lag], given[lag:])) < 3.9 / self.COUNT**0.5

    def test_has_as_many_runs_as_chance(self, given: list[int]) -> None:
        """Indices go above and below the middle as often as by chance (Wald and Wolfowitz)."""
        above = [index >= ENTRIES // 2 for index in given]
        runs = 1 + sum(a != b for a, b in pairwise(above))
        high = sum(above)
        low = self.COUNT - high
        expected = 2 * high * low / self.COUNT + 1
        spread = ((expected - 1) * (expected - 2) / (self.COUNT - 1)) ** 0.5
        assert abs(runs - expected) < 3.9 * spread

    def test_rises_as_often_as_it_falls(self, given: list[int]) -> None:
        """The next index is as often greater as smaller."""
        rises = sum(a < b for a, b in pairwise(given))
        assert abs(rises - self.COUNT / 2) < 3.9 * (self.COUNT / 12) ** 0.5

    @pytest.mark.parametrize("part", ["high bits", "low bits", "differences", "half in half"])
    def test_fills_buckets_evenly(self, given: list[int], part: str) -> None:
        """Chi-square over 256 buckets of the high bits, the low bits, the steps, and a pair of halves."""
        of: dict[str, Callable[[int, int], int]] = {
            "high bits": lambda a, _: a >> 12,
            "low bits": lambda a, _: a & 255,
            "differences": lambda a, b: (b - a) % ENTRIES >> 12,
            "half in half": lambda a, b: (a >> 16) << 4 | (b >> 16),
        }
        found = Counter(of[part](a, b) for a, b in pairwise(given))
        expected = (self.COUNT - 1) / 256
        chi_square = sum((found[bucket] - expected) ** 2 / expected for bucket in range(256))
        assert 255 - 3.9 * (2 * 255) ** 0.5 < chi_square < 255 + 3.9 * (2 * 255) ** 0.5


class TestPlaces:
    def test_comes_back(self, office: Office) -> None:
        """A place that is given back goes to the next code, and only once."""
        place = office.ledger.take()
        office.ledger.give_back(place)
        office.ledger.give_back(place)
        assert [office.ledger.take() for _ in range(300)].count(place) == 1

    @pytest.mark.parametrize("committed", [True, False])
    def test_are_nobodys_when_a_commit_may_have_failed(
        self, office: Office, monkeypatch: pytest.MonkeyPatch, *, committed: bool
    ) -> None:
        """Where the disk fails in a commit, the place is nobody's until its lease is over."""
        writing = office.ledger._database.writing

        @contextmanager
        def failing(to_do: str, *batches: Any) -> Iterator[sqlite3.Connection]:
            with writing(to_do, *batches) as connection:
                yield connection
                if not committed:
                    raise LedgerError("the disk failed")
            raise LedgerError("the disk failed")

        code = office.code()
        with monkeypatch.context() as patch:
            patch.setattr(office.ledger._database, "writing", failing)
            with pytest.raises(LedgerError, match="the disk failed"):
                office.ledger.record([code])
        office.ledger.give_back(code.place)
        with nullcontext() if committed else pytest.raises(LedgerError, match="was not taken here"):
            office.ledger.record([code])  # so the worker learns what came of it
        assert code.place not in {code.place for code in office.issue(255)}
        office.sql("UPDATE blocks SET until = 0")
        with SqliteLedger(office.path, block_size=256) as other:
            assert (code.place in {other.take() for _ in range(256)}) == (not committed)

    def test_are_those_of_the_database_alone(self, office: Office) -> None:
        """Even a ledger that is wrong about its blocks cannot record an index twice."""
        (code,) = office.issue()
        office.ledger._places._taken[code.place] = next(iter(office.ledger._places._blocks)), 0
        with pytest.raises(LedgerError):
            office.ledger.record([office.code(place=code.place)])

    @pytest.mark.skipif(not hasattr(os, "fork"), reason="fork")
    def test_do_not_survive_a_fork(self, office: Office) -> None:
        """A forked child is refused, since its parent holds the same places."""
        code = office.code()
        child = os.fork()
        if not child:
            refused = 0
            for call in (office.ledger.take, lambda: office.ledger.record([code]), office.ledger.head):
                try:
                    call()
                except LedgerError:
                    refused += 1
            os._exit(refused)
        assert os.waitstatus_to_exitcode(os.waitpid(child, 0)[1]) == 3
        office.ledger.record([code])


class TestLeases:
    """A worker is never known to be dead; a block whose lease is over is taken from it, and it notices."""

    @pytest.fixture
    def clock(self, monkeypatch: pytest.MonkeyPatch) -> Callable[[timedelta], None]:
        """Give a way to move the clock of the leases."""
        moment = [NOW]
        monkeypatch.setattr(_database, "now", lambda: moment[0])

        def move(by: timedelta) -> None:
            moment[0] += by

        return move

    def test_end(self, office: Office, clock: Callable[[timedelta], None]) -> None:
        """What a dead worker has reserved and not recorded goes to others, and what it has recorded does not."""
        recorded = office.issue(10)
        held = [office.code() for _ in range(3)]
        other = Office(office.path)
        assert not {other.ledger.take() for _ in range(256)} & {code.place for code in recorded + held}
        clock(timedelta(hours=1))
        late = {other.ledger.take() for _ in range(256 + 246)}
        assert late >= {code.place for code in held}
        assert not late & {code.place for code in recorded}
        other.ledger.close()

    def test_count_until_somebody_else_comes(self, office: Office, clock: Callable[[timedelta], None]) -> None:
        """A lease that is over harms nobody as long as nobody has taken the block."""
        code = office.code()
        clock(timedelta(days=3))
        office.ledger.record([code])

    def test_are_renewed_by_recording(self, office: Office, clock: Callable[[timedelta], None]) -> None:
        """A worker that records keeps its block."""
        held = office.code()
        for _ in range(5):
            clock(timedelta(minutes=40))
            office.issue()
        other = Office(office.path)
        assert held.place not in {other.ledger.take() for _ in range(600)}
        office.ledger.record([held])
        other.ledger.close()

    def test_end_when_the_clock_goes_back(self, office: Office, clock: Callable[[timedelta], None]) -> None:
        """A clock that was years ahead does not keep places for years."""
        clock(timedelta(days=1000))
        place = office.ledger.take()
        clock(timedelta(days=-1000))
        other = Office(office.path)
        assert place in {other.ledger.take() for _ in range(256)}
        other.ledger.close()

    def test_end_when_the_ledger_is_closed(self, office: Office) -> None:
        """A worker that ends well gives back what it did not use."""
        recorded = office.issue(56)
        place = office.ledger.take()
        office.ledger.close()
        with Office(office.path).ledger as other:
            places = {other.take() for _ in range(200)}
        assert place in places
        assert not places & {code.place for code in recorded}

    def test_leave_no_trace_when_all_is_recorded(self, office: Office, clock: Callable[[timedelta], None]) -> None:
        """Blocks of which nothing is left are cleared away."""
        office.issue(256 * 3)
        clock(timedelta(hours=2))
        office.ledger.take()
        assert len(office.sql("SELECT * FROM blocks")) == 1


class TestLists:
    def test_begin_with_one_and_the_next(self, office: Office) -> None:
        """The list after the one in use exists already: gates have it when its first code is shown."""
        assert office.ledger.lists() == (0,)
        office.issue()
        assert office.ledger.lists() == (0, 1)

    def fill(self, office: Office, number: int = 0, but: int = 0) -> None:
        """Fill a list up to its last counters."""
        office.sql(f"UPDATE lists SET next_counter = {ENTRIES} - {but} WHERE list = {number}")  # noqa: S608

    def test_go_on_when_one_is_full(self, office: Office) -> None:
        """After the last index of a list comes the next list, and the one after that is opened."""
        self.fill(office, but=10)
        codes = office.issue(20)
        assert Counter(code.place.list for code in codes) == {0: 10, 1: 10}
        assert office.ledger.lists() == (0, 1, 2)

    def test_are_used_again_when_all_has_rested(self, office: Office, monkeypatch: pytest.MonkeyPatch) -> None:
        """A number comes again eight days after its last code expired, when that is forgotten; in a new order."""
        moment = NOW
        monkeypatch.setattr(_database, "now", lambda: moment)

        def next_list() -> int:
            """Fill the lists that are left, and return the number of the one that is then used."""
            office.sql(
                "DELETE FROM blocks",
                "UPDATE lists SET last_expiry = 9999999999 WHERE list > 0",
                "UPDATE lists SET next_counter = 1048576",
            )
            with SqliteLedger(office.path) as ledger:
                return ledger.take().list

        office.issue(5)
        office.issue(expires_at=NOW - 30 * DAY)
        moment = NOW + DAY + REST - SECOND
        office.forget(at=moment)
        assert next_list() == 2  # 0 has not rested
        moment += SECOND
        assert next_list() == 4  # 0 has rested, and is not forgotten
        assert office.forget(at=moment) == 5
        assert next_list() == 0
        assert office.sql("SELECT generation, last_expiry FROM lists WHERE list = 0") == [(1, 0)]
        office.ledger.verify_chain()

    def test_rest_though_a_wrong_clock_forgot_their_codes(self, office: Office) -> None:
        """A list rests by its last expiry, also when its codes were dropped too early."""
        today = datetime.now(UTC)
        office.ledger.record([office.code(expires_at=today - 5 * DAY), office.code(expires_at=today - 20 * DAY)])
        assert office.forget(at=today + DAY * 1000) == 2
        office.sql("DELETE FROM blocks", "UPDATE lists SET next_counter = 1048576 WHERE list = 0")
        office.clock[0] = today
        with SqliteLedger(office.path) as ledger:
            assert ledger.take().list == 1
            assert ledger.lists() == (0, 1, 2)

    def test_end_at_4096(self, office: Office) -> None:
        """When every list is full, no code is issued, and the ledger says why."""
        office.sql(
            "DELETE FROM lists",
            "INSERT INTO lists (list, next_counter) VALUES (4095, 1048576)",
            "UPDATE lists SET last_expiry = 9999999999",
        )
        with pytest.raises(LedgerError, match="all 4,096 lists .* are full.* splits into several issuers"):
            office.ledger.take()
        self.fill(office, 4095, but=1)
        assert office.ledger.take().list == 4095


class TestWithdrawing:
    def test_a_file_of_ctis_is_read(self, office: Office, tmp_path: Path) -> None:
        """Comments and empty lines are left out; a wrong line is unknown, and does not stop the others."""
        codes = office.issue(30)
        file = tmp_path / "ctis.txt"
        listed = "\n".join(code.cti.hex() for code in codes[:20])
        file.write_text(f"# a bad batch\n\n{'00' * 12} # not ours\n{listed}\n{codes[1].cti.hex()}\n")
        done = office.ledger.revoke_many(read_ctis(file), by="a", why="b", at=NOW)
        assert (done.revoked, done.unknown) == (20, (bytes(12),))

    @pytest.mark.parametrize("line", ["xyz", "00", "00" * 13])
    def test_a_file_with_a_broken_line_is_refused(self, tmp_path: Path, line: str) -> None:
        """A line that is no cti is named."""
        file = tmp_path / "ctis.txt"
        file.write_text(f"{'00' * 12}\n{line}\n")
        with pytest.raises(ValueError, match=r"line 2 of 'ctis.txt'"):
            read_ctis(file)


class TestHistory:
    def test_forgets_what_nobody_may_ask_any_more(self, office: Office) -> None:
        """When the time for appeals is over, nothing tells of a code, and the chain is whole."""
        (old,) = office.issue()
        (new,) = office.issue(expires_at=NOW + 3 * DAY)
        office.ledger.revoke(old.cti, by="officer 3", why="a secret ground", at=NOW)
        kept = office.ledger.head()
        later = NOW + DAY + timedelta(days=30)
        assert office.forget(at=later - SECOND, keep_history=timedelta(days=30)) == 2
        assert len(office.ledger.history(old.cti)) == 2
        assert office.forget(at=later, keep_history=timedelta(days=30)) == 0
        with pytest.raises(UnknownCodeError):
            office.ledger.history(old.cti)
        assert len(office.ledger.history(new.cti)) == 1
        assert office.ledger.verify_chain(kept) == office.ledger.head()
        text = "\n".join(line.to_json() for line in office.ledger.log())
        assert old.cti.hex() not in text
        assert "a secret ground" not in text
        office.ledger.close()
        stored = b"".join(path.read_bytes() for path in office.path.glob("ledger.db*"))
        assert b"a secret ground" not in stored
        assert old.cti not in stored
        assert new.cti in stored

    def test_forgets_many_in_steps(self, office: Office) -> None:
        """More codes than one transaction takes are all forgotten."""
        for _ in range(3):
            office.issue(2000)
        assert office.forget(at=NOW + DAY + REST, keep_history=REST) == 6000
        assert office.sql("SELECT count(*) FROM codes") == [(0,)]
        assert office.sql("SELECT count(*) FROM log WHERE facts IS NULL") == [(3,)]
        office.ledger.verify_chain()

    def test_can_be_checked_away_from_the_ledger(self, office: Office) -> None:
        """The log as JSON Lines is checked without the database."""
        office.issue(10)
        office.forget(at=NOW + DAY + REST, keep_history=REST)
        office.issue(10)
        exported = [line.to_json() for line in office.ledger.log()]
        read = [LogLine.from_json(line) for line in exported]
        assert [line.number for line in verify_chain(read, office.ledger.head())] == list(range(1, 6))
        assert json.loads(exported[0])["action"] == "created"
        for broken in ("", "[]", "{}", exported[0].replace("number", "nummer")):
            with pytest.raises(ValueError, match=r"no line of a log|Expecting"):
                LogLine.from_json(broken)

    def test_heads_are_written_and_read(self, office: Office) -> None:
        """A head is one short text."""
        head = office.ledger.head()
        assert Head.parse(str(head)) == head


class TestTampering:
    """Somebody writes to the file itself. What is changed is found, and where."""

    @pytest.fixture
    def told(self, office: Office, clock: list[datetime]) -> Head:
        """Give a ledger with a history, and the head that was told before its last lines."""
        codes = office.issue(6)  # line 2
        office.ledger.revoke(codes[0].cti, by="a", why="b", at=NOW)  # 3
        clock[0] = NOW - 21 * DAY
        office.issue(expires_at=NOW - 20 * DAY)  # 4
        clock[0] = NOW
        office.forget(NOW, keep_history=REST)  # 5 drops the code of 4, and 6 forgets it
        publish(office.ledger, BASE, STATUS_KEY, at=NOW, lifetime=DAY)  # 7
        head = office.ledger.head()
        office.issue(3)  # 8
        office.ledger.correct(codes[1].cti, new=codes[2].cti, by="a", why="b", at=NOW)  # 9
        assert office.ledger.verify_chain(head) == office.ledger.head()
        assert office.ledger.head().number == 9
        return head

    @pytest.mark.parametrize(
        ("statement", "number"),
        [
            ("UPDATE log SET at = at + 1 WHERE number = 4", 5),
            ("UPDATE log SET action = 'corrected' WHERE number = 3", 4),
            ("UPDATE log SET action = 'revoked' WHERE number = 2", 2),
            ("UPDATE log SET facts = replace(facts, 'close', 'no') WHERE number = 2", 2),
            ("UPDATE log SET digest = previous WHERE number = 3", 3),
            ("UPDATE log SET previous = digest WHERE number = 3", 3),
            ("UPDATE log SET facts = NULL WHERE number = 3", 3),
            ("UPDATE log SET facts = NULL, forgotten = 2 WHERE number = 3", 3),
            ("UPDATE log SET expires_at = NULL, facts = NULL, forgotten = 6 WHERE number = 3", 6),
            ("UPDATE log SET expires_at = NULL, facts = NULL, forgotten = 8 WHERE number = 3", 8),
            ("UPDATE log SET expires_at = NULL, facts = NULL, forgotten = 8 WHERE number = 2", 8),
            ("UPDATE log SET forgotten = 7 WHERE number = 4", 6),
            ("UPDATE log SET facts = '{}', forgotten = NULL WHERE number = 4", 4),
            ("UPDATE log SET expires_at = expires_at - 1 WHERE number = 3", 3),
            ("DELETE FROM log WHERE number = 1", 1),
            ("DELETE FROM log WHERE number = 5", 5),
            ("DELETE FROM log WHERE number = 9", 9),
            ("DELETE FROM log WHERE number > 3", 9),
            ("UPDATE log SET at = 0 WHERE number = 9", 9),
            ("UPDATE log SET number = -number WHERE number = 5", 1),
            ("INSERT INTO log SELECT 10, at, action, digest, previous, facts, 0, NULL FROM log LIMIT 1", 10),
            ("INSERT INTO log SELECT 10, 0, 0, digest, last_hash, facts, 0, NULL FROM ledger, log LIMIT 1", 10),
            ("UPDATE log SET number = CASE number WHEN 3 THEN -4 ELSE -3 END WHERE number IN (3, 4)", 1),
            ("UPDATE log SET facts = replace(facts, '\"codes\":1', '\"codes\":2') WHERE number = 5", 5),
            ("UPDATE codes SET state = 0", 9),
            ("UPDATE codes SET state = 1 WHERE {good}", 9),
            ("UPDATE codes SET state = 2 WHERE {good}", 2),
            ("DELETE FROM codes WHERE {good}", 2),
            ("UPDATE codes SET expires_at = expires_at - 1 WHERE {good}", 2),
            ("UPDATE codes SET kid = zeroblob(8) WHERE {good}", 2),
            ("UPDATE codes SET entry = entry + 1 WHERE {good}", 2),
            ("UPDATE codes SET device = zeroblob(16) WHERE {good}", 2),
            ("UPDATE codes SET line = 8 WHERE {good}", 2),
            ("UPDATE codes SET cti = zeroblob(12) WHERE {good}", 2),
            ("INSERT INTO codes SELECT zeroblob(12), 1, 0, 1, 2, kid, 4, 5, NULL, NULL FROM codes LIMIT 1", 9),
            ("INSERT INTO codes SELECT zeroblob(12), 99, 0, 1, 2, kid, 4, 5, NULL, NULL FROM codes LIMIT 1", 9),
            ("DELETE FROM withdrawals WHERE new IS NULL", 3),
            ("DELETE FROM withdrawals", 3),
            ("UPDATE withdrawals SET new = NULL WHERE line = 9", 9),
            ("UPDATE withdrawals SET line = 9 WHERE line = 3", 3),
            ("INSERT INTO withdrawals SELECT 7, cti, NULL FROM codes WHERE {good}", 9),
            ("INSERT INTO carried VALUES (0, 9999999999, x'00')", 9),
        ],
    )  # fmt: skip
    def test_is_found(self, office: Office, told: Head, statement: str, number: int) -> None:
        """A line or a code that was changed, removed or inserted is found and named."""
        del told
        good = "rowid = (SELECT min(rowid) FROM codes WHERE state = 0 AND line = 2)"
        office.sql(statement.replace("{good}", good))
        with pytest.raises(TamperedError) as caught:
            office.ledger.verify_chain()
        assert caught.value.number == number, caught.value

    def test_at_the_end_is_found_by_a_head_that_was_told(self, office: Office, told: Head) -> None:
        """A log that was cut off, with all that points to its end, needs a head that was kept elsewhere."""
        office.sql(
            "UPDATE ledger SET last_number = 3, last_hash = (SELECT previous FROM log WHERE number = 4)",
            "DELETE FROM log WHERE number > 3",
            "DELETE FROM codes WHERE line > 3",
            "UPDATE codes SET state = 0 WHERE cti IN (SELECT cti FROM withdrawals WHERE line > 3)",
            "DELETE FROM withdrawals WHERE line > 3",
        )
        with pytest.raises(WentBackError, match="line 9 of its log was written, and its log ends with line 3"):
            office.ledger.verify_chain()
        with office.ledger._database.reading("read") as connection:
            Mark.make(office.path / "mark", marked_now(connection))
        shutil.rmtree(office.path / "published")
        office.ledger.close()
        office.ledger = SqliteLedger(office.path)
        assert office.ledger.verify_chain().number == 3
        with pytest.raises(TamperedError, match="the log ends with line 3") as caught:
            office.ledger.verify_chain(told)
        assert caught.value.number == told.number

    def test_of_everything_is_found_by_a_head_that_was_told(self, office: Office, told: Head) -> None:
        """A log that was written anew is whole, and not the one that was told of."""
        lines: list[LogLine] = []
        for line in office.ledger.log():
            previous = lines[-1].hash if lines else line.previous
            at = line.at + 1
            lines.append(replace(line, at=at, previous=previous))
        assert len(list(verify_chain(lines))) == 9
        with pytest.raises(TamperedError, match="differs from the head that was kept"):
            list(verify_chain(lines, told))


class TestPublishing:
    def test_signs_every_list(self, office: Office) -> None:
        """All lists are signed, also empty ones, each under its address; withdrawn codes show."""
        codes = office.issue(100)
        for code in codes[:10]:
            office.ledger.revoke(code.cti, by="a", why="b", at=NOW)
        lists = publish(office.ledger, BASE, STATUS_KEY, at=NOW, lifetime=DAY, ttl=timedelta(minutes=5))
        assert set(lists) == {0, 1}
        for number, data in lists.items():
            parsed = parse(data)
            parsed.verify(STATUS_KEY.public_key)
            decoded = StatusList.decode(parsed.payload)
            assert decoded.uri == f"{BASE}/{number}"
            assert (decoded.issued, decoded.expires) == (int(NOW.timestamp()), int((NOW + DAY).timestamp()))
            assert decoded.ttl == 300
            entries = decoded.entries()
            assert len(entries) == ENTRIES
            revoked = {code.place.index for code in codes if entries.at(code.place.index) is Status.REVOKED}
            assert revoked == (indices(codes[:10]) if number == 0 else set())

    def test_is_logged(self, office: Office) -> None:
        """The log says which lists were published, and what was in them."""
        publish(office.ledger, BASE, STATUS_KEY, at=NOW, lifetime=DAY)
        *_, line = office.ledger.log()
        facts = json.loads(line.facts or "")
        assert line.action == "published"
        assert facts["kid"] == STATUS_KEY.public_key.kid.hex()
        assert [number for number, *_ in facts["lists"]] == [0]

    @pytest.mark.parametrize("base", ["http://x.cn/a", f"{BASE}/", f"{BASE}?a", ""])
    def test_needs_the_address_of_the_registry(self, office: Office, base: str) -> None:
        """A base that no registry can list is refused before anything is noted."""
        head = office.ledger.head()
        with pytest.raises(ValueError, match=r".*"):
            publish(office.ledger, base, STATUS_KEY, at=NOW, lifetime=DAY)
        assert office.ledger.head() == head


class TestFile:
    @pytest.mark.skipif(os.name != "posix", reason="POSIX permissions")
    def test_is_its_owners_alone(self, office: Office) -> None:
        """Nobody else can read the ledger, its secret, or the files that SQLite has beside it."""
        office.issue()
        found = {path.name: path.stat().st_mode & 0o777 for path in office.path.iterdir()}
        files = dict.fromkeys(("ledger.db", "ledger.db-wal", "ledger.db-shm", "mark"), 0o600)
        assert found == {**files, "published": 0o700}
        assert office.path.stat().st_mode & 0o777 == 0o700

    def test_is_never_written_over(self, office: Office, tmp_path: Path) -> None:
        """A ledger, or anything else, that is there is left as it is."""
        (code,) = office.issue()
        other = tmp_path / "other"
        other.write_text("mine")
        for path in (office.path, other):
            with pytest.raises(LedgerError, match="File exists"):
                SqliteLedger.create(path, ISSUER)
        assert other.read_text() == "mine"
        assert office.ledger.history(code.cti)

    def test_is_not_left_half_made(self, tmp_path: Path) -> None:
        """A creation that fails leaves nothing."""
        with pytest.raises(ValueError, match="time zone"):
            SqliteLedger.create(tmp_path / "ledger", ISSUER, at=datetime(2026, 1, 1))  # noqa: DTZ001
        with pytest.raises(ValueError, match="issuer id"):
            SqliteLedger.create(tmp_path / "ledger", "hangzhou")
        with pytest.raises(LedgerError, match="No such file"):
            SqliteLedger.create(tmp_path / "none" / "ledger", ISSUER)
        assert list(tmp_path.iterdir()) == []

    @pytest.mark.parametrize("content", [None, b"", b"not a database" * 100, "other", "later", "damaged"])
    def test_must_be_a_ledger(self, office: Office, tmp_path: Path, content: Any) -> None:
        """What is no ledger, or one of a later version, or damaged, is one clean error."""
        office.ledger.close()
        path = tmp_path / "it"
        shutil.copytree(office.path, path)
        file = path / "ledger.db"
        if content is None:
            file.unlink()
        elif isinstance(content, bytes):
            file.write_bytes(content)
        elif content == "damaged":
            file.write_bytes(file.read_bytes()[:5000])
        else:
            connection = sqlite3.connect(file)
            connection.execute("PRAGMA " + {"other": "application_id = 7", "later": "user_version = 9"}[content])
            connection.close()
        with pytest.raises(LedgerError, match=r"cannot (open|read) the ledger '.*it': "):
            SqliteLedger(path)

    @pytest.mark.parametrize("options", [{"block_size": 0}, {"block_size": 4097}, {"lease": timedelta(0)}])
    def test_options_have_bounds(self, office: Office, options: dict[str, Any]) -> None:
        """A block or a lease without bounds is refused."""
        with pytest.raises(ValueError, match="block_size must be"):
            SqliteLedger(office.path, **options)

    def test_says_that_somebody_else_is_writing(self, office: Office) -> None:
        """A ledger that is locked for too long is an error, after which the same codes can be recorded."""
        impatient = Office(office.path, timeout=0.05)
        code = impatient.code()
        other = sqlite3.connect(office.file, isolation_level=None)
        other.execute("BEGIN IMMEDIATE")
        for call in (
            lambda: impatient.ledger.record([code]),
            lambda: impatient.ledger.revoke(code.cti, by="a", why="b"),
            impatient.ledger.forget,
            lambda: [impatient.ledger.take() for _ in range(300)],
        ):
            with pytest.raises(LedgerError, match="somebody else is writing"):
                call()
        other.execute("ROLLBACK")
        other.close()
        impatient.ledger.record([code])
        assert impatient.ledger.history(code.cti)
        impatient.ledger.close()

    def test_says_that_the_disk_is_full(self, office: Office) -> None:
        """A full disk refuses codes, and they can be recorded when there is room."""
        connection = office.ledger._database._connection
        (pages,) = connection.execute("PRAGMA page_count").fetchone()
        codes = [office.code() for _ in range(200)]
        connection.execute(f"PRAGMA max_page_count = {pages}")
        with pytest.raises(LedgerError, match="no space was left for it on the disk"):
            office.ledger.record(codes)
        connection.execute("PRAGMA max_page_count = 1000000")
        assert office.sql("SELECT count(*) FROM codes") == [(0,)]
        office.ledger.record(codes)
        office.ledger.verify_chain()

    def test_says_that_it_is_read_only(self, office: Office) -> None:
        """A ledger that cannot be written is an error; reading goes on."""
        (code,) = office.issue()
        office.ledger._database._connection.execute("PRAGMA query_only = ON")
        with pytest.raises(LedgerError, match="cannot withdraw codes in the ledger .*read-only"):
            office.ledger.revoke(code.cti, by="a", why="b")
        assert len(office.ledger.history(code.cti)) == 1

    @pytest.mark.usefixtures("permissions")
    def test_says_that_its_file_is_read_only(self, office: Office) -> None:
        """A file without permission to write is an error."""
        office.issue()
        office.ledger.close()
        office.file.chmod(0o400)
        with pytest.raises(LedgerError), SqliteLedger(office.path) as ledger:
            ledger.take()

    def test_that_is_closed_is_an_error(self, office: Office) -> None:
        """After it was closed nothing is done; closing again is no error."""
        office.ledger.close()
        with pytest.raises(LedgerError, match="cannot reserve places in the ledger"):
            office.ledger.take()
        office.ledger.close()

    def test_errors_are_healthpass_errors(self) -> None:
        """One root for all errors."""
        assert issubclass(LedgerError, HealthpassError)
        assert issubclass(UnknownCodeError, LedgerError)
        assert issubclass(TamperedError, LedgerError)

    def test_is_not_imported_by_gates(self) -> None:
        """`import healthpass` loads neither the ledger nor sqlite3."""
        loaded = "import sys, healthpass; print({'sqlite3', 'healthpass.ledger'} & set(sys.modules))"
        ran = subprocess.run([sys.executable, "-c", loaded], capture_output=True, text=True, check=True)
        assert ran.stdout.strip() == "set()"

    def test_leaves_nothing_open(self, office: Office) -> None:
        """A snapshot that is read in part is closed again."""
        office.issue(5)
        next(office.ledger.log())
        gc.collect()
        office.ledger.verify_chain()


class TestRuns:
    def test_are_forgotten(self, office: Office) -> None:
        """The terms of a run, which name who and why, are forgotten with the history of its codes."""
        terms = RunTerms("night", NOW, 2 * DAY, timedelta(hours=1), bytes(8), "programme", "the night's colours")
        office.ledger.begin_run(terms)
        office.ledger.forget(at=NOW + 181 * DAY, after_pause=True)
        assert office.sql("SELECT count(*) FROM runs") == [(1,)]
        office.ledger.forget(at=NOW + 182 * DAY)
        assert office.sql("SELECT count(*) FROM runs") == [(0,)]

    def test_of_one_id_have_another_secret_when_the_first_is_forgotten(self, office: Office) -> None:
        """An id that is used again after its run was forgotten gives no cti again (ISS-9.1)."""
        terms = RunTerms("night", NOW, DAY, timedelta(0), bytes(8), "programme", "the night's colours")
        secret = office.ledger.begin_run(terms)
        office.ledger.forget(at=NOW + 200 * DAY, after_pause=True)
        assert office.ledger.begin_run(terms) != secret

    def test_end_when_the_ledger_is_restored(self, office: Office, tmp_path: Path) -> None:
        """What a run issued after the copy is not known: it does not go on, and no cti comes again (ISS-9.6)."""
        terms = RunTerms("before", NOW, DAY, timedelta(0), bytes(8), "programme", "the night's colours")
        office.ledger.begin_run(terms)
        office.ledger.backup(tmp_path / "copy.db")
        secret = office.ledger.begin_run(terms._replace(run="after"))
        office.ledger.close()
        SqliteLedger.restore(
            tmp_path / "copy.db", tmp_path / "anew", by="a", why="b", without_evidence=True, at=NOW
        )
        with SqliteLedger(tmp_path / "anew") as ledger:
            with pytest.raises(LedgerError, match="was begun before the ledger was restored"):
                ledger.begin_run(terms)
            assert ledger.begin_run(terms._replace(run="after")) != secret
