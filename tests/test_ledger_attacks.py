"""What a wrong clock, a hand in the file, a signal, a crash or a full office does to a ledger."""

import hashlib
import json
import os
import signal
import sqlite3
import threading
from collections.abc import Callable
from contextlib import closing, suppress
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any

import pytest

from forging import AT, DAY, ISSUER, KEY, NOW
from healthpass.documents._status_list import ENTRIES
from healthpass.ledger import (
    Head,
    LedgerError,
    Selection,
    SqliteLedger,
    TamperedError,
    UnknownCodeError,
    _batches,
    _codes,
    _history,
    _lists,
    _merkle,
    publish,
)
from healthpass.ledger._sql import Connection
from healthpass.ledger._sqlite_connection import connect
from offices import BASE, REST, STATUS_KEY, Office, indices, withdrawn

HOUR = timedelta(hours=1)


def dates(office: Office, at: datetime, **options: Any) -> list[int]:
    """Publish, and return by how many seconds the lists are dated after NOW."""
    issues = office.ledger.issue_lists(kid=bytes(8), at=at, lifetime=DAY, **options)
    return [(issue.issued_at - NOW) // timedelta(seconds=1) for issue in issues.values()]


class TestClock:
    """A clock that is wrong."""

    def test_far_ahead_is_not_believed_because_codes_were_issued_by_it(
        self, office: Office, clock: list[datetime]
    ) -> None:
        """A worker that goes on issuing while the clock is wrong does not make it right."""
        office.issue()
        clock[0] += 30 * DAY
        office.issue()
        with pytest.raises(LedgerError, match="30 days ahead"):
            office.ledger.forget()
        clock[0] = NOW + HOUR
        assert office.ledger.forget() == 0

    def test_that_goes_back_is_no_pause(self, office: Office, clock: list[datetime]) -> None:
        """What was written by a clock that was behind does not stop what comes after."""
        clock[0] = NOW - 300 * DAY
        office.issue()
        clock[0] = NOW
        assert office.ledger.forget() == 0

    def test_that_dropped_codes_is_told_by_the_audit(self, office: Office) -> None:
        """Where codes were dropped by a clock that was ahead, and somebody confirmed it, the log is not whole."""
        office.issue()
        assert office.ledger.forget(at=NOW + 30 * DAY, after_pause=True) == 1
        with pytest.raises(TamperedError, match="lies in the future") as caught:
            office.ledger.verify_chain()
        assert caught.value.number == 3


class TestEvidence:
    """Somebody writes to the file, and wants what was done to a code to be unknown. A head was kept elsewhere."""

    @pytest.fixture
    def cti(self, office: Office) -> bytes:
        """Give a code that somebody has withdrawn without a ground."""
        code, _ = office.issue(2)
        office.ledger.revoke(code.cti, by="officer 9", why="revenge", at=NOW)
        publish(office.ledger, BASE, STATUS_KEY, at=NOW, lifetime=DAY)
        return code.cti

    def erase(self, office: Office, at: int, expired_by: int, where: str) -> None:
        """Write a line as the ledger would, and take the facts out of others."""
        with closing(connect(office.file, 5)) as connection:
            numbers = [number for (number,) in connection.execute(f"SELECT number FROM log WHERE {where}")]  # noqa: S608
            digest = hashlib.sha256(b"".join(number.to_bytes(8) for number in sorted(numbers))).hexdigest()
            facts = {"lines": len(numbers), "sha256": digest, "expired_by": expired_by}
            own = _history.append(connection, at=at, action="forgotten", facts=facts)
            connection.execute(
                "UPDATE log SET expires_at = NULL, facts = NULL, forgotten = ?"  # noqa: S608
                f" WHERE {where} AND number < ?",
                (own, own),
            )
            for table in ("codes", "withdrawals"):
                gone = "line IN (SELECT number FROM log WHERE forgotten = ?)"
                connection.execute(f"DELETE FROM {table} WHERE {gone}", (own,))  # noqa: S608

    def drop(self, office: Office, cti: bytes, at: int, expired_by: int) -> None:
        """Write that a code was dropped, and drop it."""
        with closing(connect(office.file, 5)) as connection:
            _history.append(connection, at=at, action="dropped", facts={"codes": 1, "expired_by": expired_by})
            connection.execute("UPDATE codes SET state = 2 WHERE cti = ?", (cti,))

    @pytest.mark.parametrize(("at", "expired_by"), [(0, 9), (0, -7), (2, -6), (40, 30)])
    def test_of_a_code_cannot_be_dropped(
        self, office: Office, cti: bytes, clock: list[datetime], at: int, expired_by: int
    ) -> None:
        """A line that drops a code before its time is found, whichever date it has."""
        head = office.ledger.head()
        self.drop(office, cti, AT + at * 86_400, AT + expired_by * 86_400)
        for moment in (NOW, NOW + 3 * DAY):
            clock[0] = moment
            with pytest.raises(TamperedError):
                office.ledger.verify_chain(head)

    @pytest.mark.parametrize(("at", "expired_by"), [(0, 0), (0, -9), (1, 1), (9, 1), (0, 10**9)])
    def test_of_a_code_cannot_be_forgotten(self, office: Office, cti: bytes, at: int, expired_by: int) -> None:
        """A line that forgets others before their time is found."""
        head = office.ledger.head()
        self.drop(office, cti, AT, AT - 8 * 86_400)
        lines = f"(SELECT line FROM codes WHERE cti = x'{cti.hex()}' UNION SELECT line FROM withdrawals)"  # noqa: S608
        self.erase(office, AT + at * 86_400, AT + expired_by * 86_400, f"number IN {lines}")
        with pytest.raises(TamperedError):
            office.ledger.verify_chain(head)
        with pytest.raises(UnknownCodeError):
            office.ledger.history(cti)

    def test_of_what_was_published_is_never_forgotten(self, office: Office, clock: list[datetime]) -> None:
        """Only what was done to a code is forgotten; what was published stays."""
        dates(office, NOW)
        clock[0] += 30 * DAY
        self.erase(office, AT + 20 * 86_400, AT + 10 * 86_400, "action = 'published'")
        with pytest.raises(TamperedError, match="keep them for ever"):
            office.ledger.verify_chain()

    @pytest.mark.parametrize("action", ["issued", "revoked"])
    def test_is_not_erased_by_the_ledger_itself(self, office: Office, cti: bytes, action: str) -> None:
        """When a line may be forgotten is not what the file says, but what the line says."""
        office.sql(f"UPDATE log SET expires_at = 0 WHERE action = '{action}'")  # noqa: S608
        with pytest.raises(TamperedError, match="another date of forgetting"):
            office.ledger.verify_chain()
        for at in (NOW, NOW + 181 * DAY):
            with pytest.raises(TamperedError, match="has a date as if it could be forgotten"):
                office.forget(at)
            assert len(office.ledger.history(cti)) == 2

    def test_is_not_erased_by_the_ledger_itself_with_other_facts(self, office: Office, cti: bytes) -> None:
        """Facts that were changed too do not match the hash that the chain holds."""
        office.sql(
            "UPDATE log SET expires_at = 0, at = 0 WHERE expires_at IS NOT NULL",
            "UPDATE codes SET expires_at = 0",
        )
        with pytest.raises(TamperedError):
            office.forget(NOW)
        assert len(office.ledger.history(cti)) == 2

    def test_of_a_late_withdrawal_is_kept_for_as_long(self, office: Office) -> None:
        """What was done after a code had expired is kept for the whole time, as that before."""
        (code,) = office.issue()
        office.ledger.revoke(code.cti, by="a", why="b", at=NOW + 5 * DAY)
        office.forget(NOW + 12 * DAY, keep_history=REST)
        assert [action.action for action in office.ledger.history(code.cti)] == ["revoked"]
        office.ledger.verify_chain()
        office.forget(NOW + 13 * DAY, keep_history=REST)
        with pytest.raises(UnknownCodeError):
            office.ledger.history(code.cti)
        office.ledger.verify_chain()

    @pytest.mark.parametrize("action", ["published", "created"])
    def test_is_only_filed_under_its_code(self, office: Office, cti: bytes, action: str) -> None:
        """A line about something else that is filed under a code is found, and is no history."""
        wrong = f"(SELECT number FROM log WHERE action = '{action}')"  # noqa: S608
        office.sql(f"UPDATE log SET expires_at = 0 WHERE action = '{action}'")  # noqa: S608
        with pytest.raises(TamperedError, match="is about no code"):
            office.ledger.verify_chain()
        with pytest.raises(TamperedError, match="has a date as if it could be forgotten"):
            office.forget(NOW)
        office.sql(f"UPDATE codes SET line = {wrong} WHERE cti = x'{cti.hex()}'")  # noqa: S608
        with pytest.raises(TamperedError):
            office.ledger.verify_chain()
        with pytest.raises(TamperedError, match="says nothing about it"):
            office.ledger.history(cti)

    @pytest.mark.parametrize(
        "change",
        ["DELETE FROM lists WHERE list = 0", "DELETE FROM lists", "UPDATE lists SET list = 9 WHERE list = 1"],
    )
    def test_is_not_withheld_from_the_lists(self, office: Office, cti: bytes, change: str) -> None:
        """A list that was taken away, so that it is published no more, is found."""
        del cti
        office.sql(change)
        with pytest.raises(TamperedError, match="a list of the ledger is missing"):
            office.ledger.verify_chain()


class TestPublishing:
    def test_reads_all_from_an_index(self, office: Office) -> None:
        """A million withdrawals are read in a second: from the index, without a look at each code."""
        plan = office.sql(
            "EXPLAIN QUERY PLAN SELECT entry FROM codes WHERE list = 0 AND state = 1 AND expires_at > 5"
        )
        assert "USING COVERING INDEX codes_withdrawn (list=? AND state=?)" in plan[0][3]

    def meanwhile(self, monkeypatch: pytest.MonkeyPatch, do: Callable[[], None]) -> None:
        """Do something, once, while the lists have just been read."""
        bitmap, todo = _lists.bitmap, [do]

        def slow(connection: Connection, number: int, issued: int) -> bytearray:
            read = bitmap(connection, number, issued)
            if todo:
                todo.pop()()
            return read

        monkeypatch.setattr(_lists, "bitmap", slow)

    def test_lets_others_write(self, office: Office, monkeypatch: pytest.MonkeyPatch) -> None:
        """Codes are issued and withdrawn while the lists are read, and what was withdrawn is in them."""
        codes = office.issue(3)
        office.ledger.revoke(codes[0].cti, by="a", why="b", at=NOW)
        other = Office(office.path, timeout=0.1)

        def work() -> None:
            other.issue(3)
            other.ledger.revoke_many([code.cti for code in codes[1:]], by="a", why="b", at=NOW)

        self.meanwhile(monkeypatch, work)
        issue = office.ledger.issue_lists(kid=bytes(8), at=NOW, lifetime=DAY)[0]
        assert withdrawn(issue.bitmap) == indices(codes)
        *_, line = office.ledger.log()
        assert json.loads(line.facts or "")["lists"][0][3] == hashlib.sha256(issue.bitmap).hexdigest()
        other.ledger.close()

    def test_takes_no_withdrawal_back(self, office: Office, monkeypatch: pytest.MonkeyPatch) -> None:
        """Of two who publish at once, the one with the later iat has read the later withdrawals."""
        codes = office.issue(2)
        other = Office(office.path)
        told = []

        def publish_too() -> None:
            other.ledger.revoke(codes[0].cti, by="a", why="b", at=NOW)
            told.append(other.ledger.issue_lists(kid=bytes(8), at=NOW, lifetime=DAY)[0])
            other.ledger.revoke(codes[1].cti, by="a", why="b", at=NOW)

        self.meanwhile(monkeypatch, publish_too)
        issue = office.ledger.issue_lists(kid=bytes(8), at=NOW, lifetime=DAY)[0]
        assert (told[0].issued_at, issue.issued_at) == (NOW, NOW + timedelta(seconds=1))
        assert withdrawn(told[0].bitmap) == indices(codes[:1])
        assert withdrawn(issue.bitmap) == indices(codes)
        other.ledger.close()


class TestGrowing:
    """An office that fills lists in minutes."""

    def fill(self, office: Office) -> None:
        """Fill the list in use, and begin the next."""
        office.sql(
            f"UPDATE lists SET next_counter = {ENTRIES}, last_expiry = 9999999999 WHERE next_counter > 0",  # noqa: S608
            "DELETE FROM blocks",
        )
        with SqliteLedger(office.path) as ledger:
            ledger.take()

    def ahead(self, office: Office) -> int:
        """Count the lists that are open and not begun."""
        ((count,),) = office.sql("SELECT count(*) FROM lists WHERE next_counter = 0")
        return int(count)

    def test_has_as_many_lists_ahead_as_it_needs(self, office: Office, clock: list[datetime]) -> None:
        """As many lists are published in advance as were begun in two days; at least one, and not for ever."""
        seen = []
        for hour in (0, 1, 2, 3, 60, 61, 200):
            clock[0] = NOW + hour * HOUR
            self.fill(office)
            seen.append(self.ahead(office))
        assert seen == [1, 2, 3, 4, 3, 2, 1]
        assert office.ledger.lists() == tuple(range(8))

    def test_stops_at_what_a_gate_takes(self, office: Office) -> None:
        """No list is opened that no gate would take; those that are open are used up."""
        office.sql(
            "WITH RECURSIVE n(value) AS (SELECT 1 UNION ALL SELECT value + 1 FROM n WHERE value < 4094)"
            " INSERT INTO lists (list, next_counter, last_expiry) SELECT value, 1048576, 9999999999 FROM n"
        )
        assert office.ledger.take().list == 0
        assert office.ledger.lists()[-1] == 4095
        self.fill(office)
        assert self.ahead(office) == 0
        office.sql("UPDATE lists SET next_counter = 1048576, last_expiry = 9999999999", "DELETE FROM blocks")
        with SqliteLedger(office.path) as ledger, pytest.raises(LedgerError, match="splits into several issuers"):
            ledger.take()


class TestWorkers:
    def test_leave_a_block_that_others_have(self, office: Office, clock: list[datetime]) -> None:
        """A worker whose block was taken fails once, and goes on with places of its own."""
        office.issue()
        code = office.code()
        clock[0] += 2 * HOUR
        other = Office(office.path)
        other.issue()
        clock[0] = NOW
        with pytest.raises(LedgerError, match="others have them now"):
            office.ledger.record([code])
        office.ledger.give_back(code.place)
        assert len(office.issue(300)) == 300
        other.ledger.close()

    @pytest.mark.skipif(not hasattr(signal, "setitimer"), reason="POSIX timers")
    def test_survive_a_signal_while_they_wait(self, office: Office) -> None:
        """What a signal's handler raises while a worker waits for another leaves nobody locked out."""

        def handle(*_: object) -> None:
            raise KeyboardInterrupt

        other = sqlite3.connect(office.file, isolation_level=None, check_same_thread=False)
        other.execute("BEGIN IMMEDIATE")
        before = signal.signal(signal.SIGALRM, handle)
        release = threading.Timer(0.6, lambda: other.execute("COMMIT"))
        try:
            release.start()
            signal.setitimer(signal.ITIMER_REAL, 0.2)
            with pytest.raises(KeyboardInterrupt):
                office.ledger.forget()
        finally:
            signal.setitimer(signal.ITIMER_REAL, 0)
            signal.signal(signal.SIGALRM, before)
            release.join()
            other.close()
        impatient = Office(office.path, timeout=0.1)
        assert impatient.issue()
        impatient.ledger.close()
        assert office.issue()


class TestFile:
    """The file, and what SQLite has beside it."""

    def test_forgets_in_the_wal_too(self, office: Office) -> None:
        """What was forgotten is nowhere on the disk, also while other workers have the ledger open."""
        other = Office(office.path)
        office.issue(50, why="a secret ground")
        assert office.forget(NOW + 200 * DAY) == 50
        stored = b"".join(path.read_bytes() for path in office.path.glob("ledger.db*"))
        assert b"a secret ground" not in stored
        other.ledger.close()

    def test_says_that_it_could_not(self, office: Office) -> None:
        """Where somebody reads for long, forgetting says that it must be done again; all else is done."""
        office.issue(why="a secret ground")
        reading = office.ledger.log()
        next(reading)
        with pytest.raises(LedgerError, match="was dropped and forgotten, but .*'ledger.db-wal'.* forget again"):
            office.forget(NOW + 200 * DAY)
        del reading
        assert office.forget(NOW + 200 * DAY) == 0
        assert b"a secret ground" not in office.file.read_bytes()

    def test_is_copied_whole(self, office: Office, tmp_path: Path) -> None:
        """A copy has what is in the `-wal` file, is its owner's alone, and is one file."""
        office.issue(20)
        path = tmp_path / "copies" / "copy.db"
        path.parent.mkdir()
        assert office.ledger.backup(path) == office.ledger.head()
        assert [(one.name, one.stat().st_mode & 0o777) for one in path.parent.iterdir()] == [("copy.db", 0o600)]
        office.issue(5)
        with pytest.raises(LedgerError, match="a ledger is a folder, and this is a file"):
            SqliteLedger(path)

    @pytest.mark.parametrize("name", ["other", "ledger", "none/copy.db", "ledger/copy.db"])
    def test_is_never_copied_over_another(self, office: Office, tmp_path: Path, name: str) -> None:
        """A copy that cannot be made leaves all as it was."""
        (tmp_path / "other").write_text("mine")
        before = sorted(tmp_path.iterdir())
        with pytest.raises(LedgerError, match="cannot (write|copy) the ledger"):
            office.ledger.backup(tmp_path / name)
        assert (tmp_path / "other").read_text() == "mine"
        assert sorted(tmp_path.iterdir()) == before

    @pytest.mark.skipif(not hasattr(os, "fork"), reason="fork and SIGKILL")
    def test_has_its_name_when_it_is_whole(self, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
        """Whatever kills a creation, there is a ledger or none, and it can be made again."""
        path = tmp_path / "ledger"
        with monkeypatch.context() as patched:
            patched.setattr(Path, "rename", lambda *_: os.kill(os.getpid(), signal.SIGKILL))
            if not (child := os.fork()):
                SqliteLedger.create(path, ISSUER)
        assert os.WIFSIGNALED(os.waitpid(child, 0)[1])
        assert not path.exists()
        SqliteLedger.create(path, ISSUER).close()


SELECTIONS = [
    Selection(kid=KEY.public_key.kid, since=NOW - DAY, until=NOW + DAY),
    Selection(set_by="officer 17", set_why="close contact", up_to=2),
    Selection(since=NOW - DAY, set_by="officer 17", withdrawn=False),
    Selection(batch=2),
    Selection(batch=3, withdrawn=True),
]


def everything(office: Office, codes: list[bytes]) -> dict[str, Callable[[SqliteLedger], object]]:
    """Return all that is done with a ledger."""
    return {
        "issue": lambda ledger: Office.issue(_with(office, ledger)),
        "revoke": lambda ledger: ledger.revoke_many(codes, by="a", why="b"),
        "select": lambda ledger: [list(ledger.select(selection)) for selection in SELECTIONS],
        "rehearse": lambda ledger: [ledger.rehearse(chosen) for chosen in (codes, *SELECTIONS)],
        "revoke selected": lambda ledger: ledger.revoke_many(SELECTIONS[0], by="a", why="b"),
        "batch": lambda ledger: [ledger.batch(number) for number in (2, 3)],
        "correct": lambda ledger: ledger.correct(codes[0], new=codes[1], by="a", why="b"),
        "history": lambda ledger: [ledger.history(cti) for cti in codes],
        "publish": lambda ledger: ledger.issue_lists(kid=bytes(8), at=NOW, lifetime=DAY),
        "bitmap": lambda ledger: [ledger.bitmap(number, at=NOW) for number in ledger.lists()],
        "log": lambda ledger: list(ledger.log()),
        "audit": lambda ledger: ledger.verify_chain(ledger.head()),
        "forget": lambda ledger: ledger.forget(at=NOW + 300 * DAY, after_pause=True),
    }


def _with(office: Office, ledger: SqliteLedger) -> Office:
    office.ledger = ledger
    return office


VALUES = ("'x'", "x'ff'", "9223372036854775807", "-5")
COLUMNS = {
    "ledger": "issuer secret last_number last_hash clock copied restored",
    "lists": "list generation next_counter begun last_expiry last_issued",
    "blocks": "list first size token until",
    "codes": "cti line state list entry kid issued_at expires_at device seal",
    "withdrawals": "line cti new",
    "runs": "run salt restored starts_at lifetime jitter kid set_by set_why",
    "carried": "list until bits",
    "log": "number at action digest previous facts expires_at forgotten",
}


class TestDamage:
    """A file that contains what no ledger writes."""

    @pytest.mark.parametrize("table", COLUMNS)
    def test_is_an_error_of_the_ledger(self, office: Office, clock: list[datetime], table: str) -> None:
        """Whatever stands where, each call is done or raises a `LedgerError`, and ends."""
        codes = [code.cti for code in office.issue(3)]
        office.ledger.revoke(codes[2], by="a", why="b", at=NOW)
        dates(office, NOW)
        with office.ledger._database.writing("carry") as connection:
            _lists.carry(connection, 0, bytes(131_072), 5)
        office.ledger.close()
        sound, before = office.file.read_bytes(), clock[0]
        key = {"blocks": "first", "withdrawals": "line", "runs": "run"}.get(table, "rowid")
        changes = [
            f"UPDATE {table} SET {column} = {value} WHERE {key} = (SELECT max({key}) FROM {table})"  # noqa: S608
            for column in COLUMNS[table].split()
            for value in VALUES
        ]
        for change in (*changes, f"DELETE FROM {table}", f"DROP TABLE {table}"):  # noqa: S608
            clock[0] = before
            for end in ("-wal", "-shm"):
                Path(f"{office.file}{end}").unlink(missing_ok=True)
            office.file.write_bytes(sound)
            with suppress(sqlite3.Error):  # not even by hand
                office.sql("PRAGMA ignore_check_constraints = ON", change)
            with suppress(LedgerError), SqliteLedger(office.path) as ledger:
                for what, do in everything(office, codes).items():
                    try:
                        with suppress(LedgerError):
                            do(ledger)
                    except Exception as error:  # noqa: BLE001 - told
                        pytest.fail(f"{change}: {what} raises {error!r}")

    def test_of_two_owners_is_none(self, office: Office) -> None:
        """A ledger is of one issuer."""
        office.sql("INSERT INTO ledger SELECT * FROM ledger")
        with pytest.raises(LedgerError, match="it is damaged"):
            SqliteLedger(office.path)

    def test_by_json_without_an_end_is_found(self, office: Office) -> None:
        """Facts that are nested too deeply are found, not a stack that overflows."""
        deep = '{"salt":"00","expired_by":' + "[" * 100_000 + "]" * 100_000 + "}"
        with closing(connect(office.file, 5)) as connection:
            own = _history.append(connection, at=AT, action="dropped", facts={})
            digest = _merkle.leaf(deep.encode())
            connection.execute("UPDATE log SET facts = ?, digest = ? WHERE number = ?", (deep, digest, own))
            line = list(_batches.lines(connection))[-1]
            connection.execute("UPDATE ledger SET last_hash = ?", (line.hash,))
        with pytest.raises(TamperedError) as caught:
            office.ledger.verify_chain()
        assert caught.value.number == own

    @pytest.mark.parametrize("table", ["codes", "log"])
    def test_of_an_index_does_not_forget_for_ever(self, office: Office, table: str) -> None:
        """An index that names rows which are not there is an error, once."""
        office.issue(3)
        office.ledger.close()
        index = f"{table}_expiry"
        ((root, text),) = office.sql(f"SELECT rootpage, sql FROM sqlite_master WHERE name = '{index}'")  # noqa: S608
        office.sql("PRAGMA writable_schema = ON", f"DELETE FROM sqlite_master WHERE name = '{index}'")  # noqa: S608
        office.sql(
            f"DELETE FROM {table} WHERE expires_at IS NOT NULL",  # noqa: S608
            "PRAGMA writable_schema = ON",
            f"INSERT INTO sqlite_master VALUES ('index', '{index}', '{table}', {root}, '{text}')",  # noqa: S608
        )
        with SqliteLedger(office.path) as ledger:
            office.ledger = ledger
            with pytest.raises(LedgerError, match="it is damaged"):
                office.forget(NOW + 300 * DAY)

    def test_does_not_hide_what_a_caller_does_wrong(self, office: Office) -> None:
        """Wrong arguments are the caller's, and no damage of the ledger."""
        (code, other) = office.issue(2)
        wrong: Any = "5:" + "00" * 32
        naive = datetime(2026, 1, 1)  # noqa: DTZ001
        with pytest.raises(TypeError):
            office.ledger.verify_chain(wrong)
        with pytest.raises(ValueError, match="time zone"):
            office.ledger.correct(code.cti, new=other.cti, by="a", why="b", at=naive)
        with pytest.raises(ValueError, match="time zone"):
            office.ledger.bitmap(0, at=naive)
        with pytest.raises(ValueError, match="time zone"):
            office.ledger.forget(at=naive)
        assert isinstance(office.ledger.verify_chain(office.ledger.head()), Head)
        assert not _codes.is_revoked(office.ledger._database._connection, code.cti)
