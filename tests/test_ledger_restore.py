"""A ledger that went back knows it, and is put in order from a copy; its folder is its owner's alone."""

import errno
import os
import shutil
import sqlite3
import struct
from collections.abc import Callable
from datetime import datetime, timedelta
from pathlib import Path
from threading import Thread
from typing import Any

import pytest

from forging import AT, DAY, ISSUER, NOW
from healthpass import SigningKey
from healthpass.documents._status_list import sign_list
from healthpass.ledger import (
    DamagedError,
    Head,
    LedgerError,
    Restored,
    SqliteLedger,
    TamperedError,
    WentBackError,
    _audit,
    _folder,
    _lists,
    _reading,
    _restore,
    compare,
    publish,
)
from healthpass.ledger._folder import Marked
from offices import BASE, STATUS_KEY, Office, indices, withdrawn

WHO: Any = {"by": "engineer 4", "why": "the disk died"}
KEYS = [STATUS_KEY.public_key]


def published(office: Office, at: datetime = NOW, key: SigningKey = STATUS_KEY) -> dict[int, bytes]:
    """Publish the lists."""
    return publish(office.ledger, BASE, key, at=at, lifetime=DAY)


def swap(office: Office, copy: Path) -> None:
    """Put a copy in the place of the database by hand, and open the ledger again."""
    office.ledger.close()
    for end in ("-wal", "-shm"):
        Path(f"{office.file}{end}").unlink(missing_ok=True)
    shutil.copy(copy, office.file)
    office.ledger = SqliteLedger(office.path)


def raw_copy(office: Office, tmp_path: Path) -> Path:
    """Copy the database as it is, as somebody does with `cp`."""
    office.ledger.close()
    shutil.copy(office.file, tmp_path / "raw.db")
    office.ledger = SqliteLedger(office.path)
    return tmp_path / "raw.db"


def restore(office: Office, copy: Path, **options: Any) -> Restored:
    """Restore into the office's folder, and open the ledger again."""
    office.ledger.close()
    done = SqliteLedger.restore(copy, office.path, **WHO, **options)
    office.ledger = SqliteLedger(office.path)
    return done


WRITING: list[Callable[[Office], object]] = [
    lambda office: [office.ledger.take() for _ in range(300)],
    lambda office: office.issue(300),
    lambda office: office.ledger.revoke(bytes(12), by="a", why="b"),
    published,
    lambda office: office.ledger.forget(),
]


class TestGoneBack:
    """An older copy lies where the ledger was."""

    @pytest.fixture
    def gone(self, office: Office, tmp_path: Path) -> Office:
        """Give an office whose ledger was replaced by a copy of two lines."""
        copy = raw_copy(office, tmp_path)
        office.issue(3)
        office.issue(3)
        swap(office, copy)
        return office

    @pytest.mark.parametrize("do", WRITING)
    def test_changes_nothing(self, gone: Office, do: Callable[[Office], object]) -> None:
        """No place is given out, nothing is recorded, withdrawn, published or forgotten, and it is said why."""
        head = gone.ledger.head()
        with pytest.raises(
            WentBackError, match=r"went back: line 3 of its log was written, and its log ends with line 1.*restore"
        ):
            do(gone)
        assert gone.ledger.head() == head

    def test_is_read(self, gone: Office) -> None:
        """Its log, its lists and its state can be read, and say that it went back."""
        assert gone.ledger.lists() == (0,)
        assert len(list(gone.ledger.log())) == 1
        assert "line 3" in str(gone.ledger.state().went_back)
        with pytest.raises(WentBackError, match="cannot vouch for"):
            gone.ledger.verify_chain()

    def test_is_known_by_its_lines_too(self, office: Office, tmp_path: Path) -> None:
        """A copy that somebody has issued from is as long as the ledger, and another one all the same."""
        copy = raw_copy(office, tmp_path)
        SqliteLedger.restore(copy, tmp_path / "other", **WHO, without_evidence=True)
        office.issue()
        office.issue()
        swap(office, tmp_path / "other" / "ledger.db")
        with pytest.raises(WentBackError, match="line 3 of its log was written"):
            office.issue()

    def test_is_a_ledger_without_its_mark(self, office: Office) -> None:
        """A database that was moved into another folder does not know how far it was."""
        office.issue()
        for change in (Path.unlink, lambda path: path.write_bytes(bytes(50))):
            change(office.path / "mark")
            with SqliteLedger(office.path) as ledger, pytest.raises(WentBackError, match="its mark is missing or"):
                ledger.take()
            (office.path / "mark").touch(0o600)

    def test_is_a_copy(self, office: Office, tmp_path: Path) -> None:
        """What `backup` made says that it is a copy, also where nothing was lost."""
        office.issue()
        office.ledger.backup(tmp_path / "copy.db")
        swap(office, tmp_path / "copy.db")
        with pytest.raises(WentBackError, match="it is a copy, which `healthpass status backup` made"):
            office.ledger.take()

    def test_is_not_one_that_was_killed_before_its_mark(
        self, office: Office, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        """A mark that says less than the ledger is right: nobody was stopped by a crash."""
        with monkeypatch.context() as patched:
            patched.setattr(office.ledger._database._mark, "write", lambda _: None)
            office.issue()
        assert office.issue()
        office.ledger.verify_chain()

    def test_is_not_one_that_others_write_to_meanwhile(
        self, office: Office, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        """Auditing and monitoring a ledger see what it was, and not what others have added since, as missing."""
        other = Office(office.path)
        audit, read, to_do = _audit.audit, _folder.Mark.read, [other.issue]

        def reading(mark: _folder.Mark) -> Marked | None:
            if to_do:
                to_do.pop()()
            return read(mark)

        with monkeypatch.context() as patched:
            patched.setattr(_reading, "audit", lambda *told: (audit(*told), other.issue())[0])
            office.ledger.verify_chain()
            patched.setattr(_folder.Mark, "read", reading)
            assert office.ledger.state().went_back is None
            assert not to_do
        other.ledger.close()

    def test_is_not_one_whose_threads_read_and_write_the_mark(self, tmp_path: Path) -> None:
        """Threads share the place in the file: none reads or writes past its end."""
        _folder.Mark.make(tmp_path / "mark", Marked(Head(1, bytes(32)), 1))
        mark = _folder.Mark(tmp_path / "mark")
        read: list[Marked | None] = []

        def go_on() -> None:
            for number in range(2, 3000):
                mark.write(Marked(Head(number, bytes(32)), 1))

        threads = [
            Thread(target=go_on),
            Thread(target=lambda: read.extend(mark.read() for _ in range(3000))),
        ]
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join()
        assert None not in read
        assert mark.read() == Marked(Head(2999, bytes(32)), 1)
        mark.close()

    def test_is_known_by_the_process_that_was_furthest(self, tmp_path: Path) -> None:
        """A process that was held up after its commit does not take the mark of another one back."""
        _folder.Mark.make(tmp_path / "mark", Marked(Head(1, bytes(32)), 1))
        slow, fast = _folder.Mark(tmp_path / "mark"), _folder.Mark(tmp_path / "mark")
        fast.write(Marked(Head(9, bytes(32)), 2))
        slow.write(Marked(Head(8, bytes(32)), 1))
        assert slow.read() == Marked(Head(9, bytes(32)), 2)
        slow.close()
        fast.close()

    def test_cannot_be_known_where_the_mark_cannot_be_written(
        self, office: Office, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        """No place of a list leaves before the mark says that the list was begun."""

        def fail(_: int) -> None:
            raise OSError(errno.EIO, "Input/output error")

        with SqliteLedger(office.path) as ledger:
            monkeypatch.setattr(os, "fsync", fail)
            with pytest.raises(LedgerError, match="cannot reserve places in the ledger .*: Input/output error"):
                ledger.take()

    def test_is_seen_while_it_is_in_use(self, office: Office, tmp_path: Path) -> None:
        """Who has the ledger open when another database is put in its place writes to none of the two."""
        copy = raw_copy(office, tmp_path)
        code = office.code()
        shutil.copy(copy, tmp_path / "new")
        (tmp_path / "new").replace(office.file)
        with pytest.raises(LedgerError, match="another database was put in its place; open it anew"):
            office.ledger.record([code])


class TestPublished:
    """The lists that were published last are evidence."""

    @pytest.fixture
    def kept(self, office: Office) -> dict[int, bytes]:
        """Publish one code as withdrawn, and one as good."""
        one, _ = office.issue(2)
        office.ledger.revoke(one.cti, by="a", why="b", at=NOW)
        return published(office)

    def test_are_kept_beside_the_ledger(self, office: Office, kept: dict[int, bytes]) -> None:
        """The folder has the last list of each number."""
        assert {path.name: path.read_bytes() for path in (office.path / "published").iterdir()} == {
            f"{number}.cbor": data for number, data in kept.items()
        }

    def test_by_another_ledger_are_found(self, office: Office, kept: dict[int, bytes], tmp_path: Path) -> None:
        """Two ledgers of one issuer: what one has published, the other does not say."""
        other = Office(tmp_path / "other")
        told = compare(other.ledger, kept.values(), keys=KEYS)
        assert (told.newer, told.unknown, told.withdrawn) == ((0,), (1,), {0: 1})
        assert told.says_more
        assert "1 codes of list 0 were published as withdrawn" in str(told)
        assert not compare(office.ledger, kept.values(), keys=KEYS).says_more
        other.ledger.close()

    def test_that_say_more_are_not_followed_by_others(self, office: Office, kept: dict[int, bytes]) -> None:
        """With a mark that somebody has mended, what was published still tells."""
        office.sql("UPDATE codes SET state = 0", "DELETE FROM withdrawals")
        with pytest.raises(WentBackError, match="1 codes of list 0 were published as withdrawn"):
            published(office)
        office.sql("UPDATE lists SET last_issued = last_issued - 5", "DELETE FROM log WHERE action = 'published'")
        with pytest.raises(WentBackError, match="list 0, 1 was published with a later date"):
            published(office)
        del kept

    def test_of_codes_that_are_over_are_no_evidence(self, office: Office, kept: dict[int, bytes]) -> None:
        """A withdrawal that was dropped with its code is not missed."""
        office.forget(NOW + 20 * DAY)
        assert not compare(office.ledger, kept.values(), keys=KEYS).says_more
        office.ledger.issue_lists(kid=bytes(8), at=NOW + 20 * DAY, lifetime=DAY)

    def test_of_a_code_whose_place_another_one_has_are_no_evidence(
        self, office: Office, kept: dict[int, bytes], clock: list[datetime]
    ) -> None:
        """A code that was recorded after the list was made is not the one that the list shows as withdrawn."""
        before = withdrawn(office.ledger.bitmap(0, at=NOW))
        office.forget(NOW + 20 * DAY)
        office.ledger.close()
        office.ledger = SqliteLedger(office.path)
        later = office.issue(256, issued_at=clock[0], expires_at=clock[0] + DAY)
        assert before < indices(later)
        assert not compare(office.ledger, kept.values(), keys=KEYS).says_more
        office.ledger.issue_lists(kid=bytes(8), at=clock[0], lifetime=DAY)

    def test_must_be_signed_by_a_known_key(self, office: Office, kept: dict[int, bytes]) -> None:
        """A list that somebody else has signed is no evidence."""
        stranger = SigningKey.generate()
        forged = sign_list(b"\xff" * 131_072, uri=f"{BASE}/0", key=stranger, issued=AT, expires=AT + 9)
        with pytest.raises(LedgerError, match="is signed by the key .* was not given"):
            compare(office.ledger, [forged], keys=KEYS)
        broken = kept[0][:-1] + bytes([kept[0][-1] ^ 1])
        for data in (broken, b"", b"\0" * 99, os.urandom(500)):
            with pytest.raises(LedgerError, match="list 1 of those published cannot be compared"):
                compare(office.ledger, [data], keys=KEYS)

    def test_that_are_damaged_are_said(self, office: Office, kept: dict[int, bytes]) -> None:
        """A list beside the ledger that cannot be read stops publishing until somebody looks at it."""
        (office.path / "published" / "0.cbor").write_bytes(kept[0][:99])
        with pytest.raises(LedgerError, match="published/0.cbor, which was published last, cannot be read"):
            published(office)
        (office.path / "published" / "0.cbor").write_bytes(kept[1])
        with pytest.raises(LedgerError, match="published/0.cbor, .*cannot be read: it is list 1"):
            published(office)

    def test_with_other_entries_than_were_told_are_found(self, office: Office, kept: dict[int, bytes]) -> None:
        """The audit compares the lists beside the ledger with what the log says of them."""
        forged = sign_list(bytes(131_072), uri=f"{BASE}/0", key=STATUS_KEY, issued=AT, expires=AT + 86_400)
        (office.path / "published" / "0.cbor").write_bytes(forged)
        with pytest.raises(TamperedError, match="list 0 shows other entries than were told"):
            office.ledger.verify_chain()
        del kept


class TestRestoring:
    """A disk died, and there is a copy of before."""

    def test_goes_on_at_once(self, office: Office, tmp_path: Path) -> None:
        """New codes have places in fresh lists; what was published as withdrawn is so; what was not is lost."""
        known = office.issue(3)
        office.ledger.backup(tmp_path / "copy.db")
        unknown = office.issue(3)
        office.ledger.revoke_many([known[0].cti, unknown[0].cti], by="a", why="b", at=NOW)
        lists = published(office)
        office.ledger.revoke_many([known[1].cti, unknown[1].cti], by="a", why="b", at=NOW)
        lost = office.ledger.head()
        swap(office, tmp_path / "copy.db")
        done = restore(office, office.file)
        assert (done.line, done.copy.number, done.lost) == (3, 2, lost)
        assert (done.withdrawn, done.carried, done.first_list, done.before) == (1, 1, 2, "before-1.db")
        new = office.issue(300)
        assert {code.place.list for code in new} == {2}
        assert withdrawn(office.ledger.bitmap(0, at=NOW)) == indices([known[0], unknown[0]])
        assert [one.action for one in office.ledger.history(known[0].cti)] == ["issued", "revoked"]
        again = publish(office.ledger, BASE, STATUS_KEY, at=NOW, lifetime=DAY)
        assert set(again) == {0, 1, 2, 3, 4}
        assert not compare(office.ledger, lists.values(), keys=KEYS).says_more
        assert office.ledger.verify_chain() == office.ledger.head()

    @pytest.mark.parametrize("by_hand", [True, False])
    def test_into_the_folder_or_a_new_one(self, office: Office, tmp_path: Path, *, by_hand: bool) -> None:
        """Where the whole folder is gone, lists from their address are the evidence."""
        known = office.issue(3)
        office.ledger.backup(tmp_path / "copy.db")
        office.ledger.revoke(known[0].cti, by="a", why="b", at=NOW)
        lists = published(office)
        office.ledger.close()
        shutil.rmtree(office.path)
        if by_hand:
            office.path.mkdir(0o700)
            shutil.copy(tmp_path / "copy.db", office.file)
        with pytest.raises(LedgerError, match="alone: nothing tells what was issued"):
            SqliteLedger.restore(tmp_path / "copy.db", office.path, **WHO)
        assert office.path.exists() == by_hand
        done = restore(
            office, office.file if by_hand else tmp_path / "copy.db", published=lists.values(), keys=KEYS
        )
        assert (done.lost, done.withdrawn, done.first_list) == (None, 1, 1 + _restore._SKIPPED + 1)
        assert withdrawn(office.ledger.bitmap(0, at=NOW)) == indices(known[:1])
        dates = office.ledger.issue_lists(kid=bytes(8), at=NOW, lifetime=DAY)
        assert dates[0].issued_at == NOW + timedelta(seconds=1)
        assert sorted(path.name for path in (office.path / "published").iterdir()) == ["0.cbor", "1.cbor"]

    def test_without_evidence(self, office: Office, tmp_path: Path) -> None:
        """Where nothing is left but the copy, and somebody accepts that, many lists are skipped."""
        office.issue()
        office.ledger.backup(tmp_path / "copy.db")
        done = SqliteLedger.restore(tmp_path / "copy.db", tmp_path / "new", **WHO, without_evidence=True)
        with SqliteLedger(tmp_path / "new") as ledger:
            assert ledger.take().list == done.first_list == 1 + 64 + 1
            assert ledger.lists()[:67] == tuple(range(67))
            ledger.verify_chain()

    def test_twice_from_one_copy_begins_elsewhere(self, office: Office, tmp_path: Path) -> None:
        """What an earlier restoration gave out and lost, unpublished, is given to no other, most probably."""
        office.ledger.backup(tmp_path / "copy.db")
        places = set()
        for number in range(3):
            folder = tmp_path / str(number)
            SqliteLedger.restore(tmp_path / "copy.db", folder, **WHO, without_evidence=True)
            with SqliteLedger(folder) as ledger:
                places |= {ledger.take() for _ in range(300)}
                ledger.verify_chain()
        assert len(places) == 900

    def test_again_is_no_other_restoration(self, office: Office, tmp_path: Path) -> None:
        """A second call with the same copy, or with what was put back by hand, says what the first one did."""
        office.ledger.backup(tmp_path / "copy.db")
        office.issue()
        swap(office, tmp_path / "copy.db")
        first = restore(office, tmp_path / "copy.db")
        head = office.ledger.head()
        assert restore(office, tmp_path / "copy.db") == restore(office, office.file) == first
        assert office.ledger.head() == head
        office.issue()
        with pytest.raises(LedgerError, match="is in order"):
            restore(office, office.file)
        office.ledger = SqliteLedger(office.path)

    def test_of_a_ledger_in_order_is_refused(self, office: Office, tmp_path: Path) -> None:
        """Nobody loses a good ledger to an old copy."""
        office.ledger.backup(tmp_path / "copy.db")
        office.issue()
        office.ledger.close()
        with pytest.raises(LedgerError, match="is in order"):
            SqliteLedger.restore(tmp_path / "copy.db", office.path, **WHO)

    def test_of_one_in_order_that_says_less_than_its_address(self, office: Office, tmp_path: Path) -> None:
        """A whole folder that was put back is in order by itself; lists from elsewhere tell."""
        office.ledger.close()
        shutil.copytree(office.path, tmp_path / "snapshot", symlinks=True)
        office.ledger = SqliteLedger(office.path)
        (code,) = office.issue()
        office.ledger.revoke(code.cti, by="a", why="b", at=NOW)
        lists = published(office)
        (tmp_path / "snapshot").chmod(0o700)
        done = SqliteLedger.restore(
            tmp_path / "snapshot", tmp_path / "snapshot", **WHO, published=lists.values(), keys=KEYS
        )
        assert (done.withdrawn, done.carried) == (0, 1)
        with SqliteLedger(tmp_path / "snapshot") as ledger:
            assert withdrawn(ledger.bitmap(0, at=NOW)) == indices([code])
            assert not compare(ledger, lists.values(), keys=KEYS).says_more

    def test_while_others_work_is_refused(self, office: Office, tmp_path: Path) -> None:
        """Programs that have the ledger open must end first."""
        office.ledger.backup(tmp_path / "copy.db")
        with pytest.raises(LedgerError, match="other programs use it; end them first"):
            SqliteLedger.restore(tmp_path / "copy.db", office.path, **WHO)

    def test_after_opening_has_failed(self, office: Office, tmp_path: Path) -> None:
        """A program that could not open a damaged ledger does not hold it, and can restore it itself."""
        office.issue()
        office.ledger.backup(tmp_path / "copy.db")
        office.ledger.close()
        office.file.write_bytes(b"damaged " * 1024)
        with pytest.raises(LedgerError, match="this is no ledger"):
            SqliteLedger(office.path)
        restore(office, tmp_path / "copy.db")
        office.issue()

    def test_needs_a_copy_that_is_whole(self, office: Office, tmp_path: Path) -> None:
        """A copy that was tampered with, is damaged, or is none, makes no ledger, and changes nothing."""
        office.issue(3)
        office.ledger.backup(tmp_path / "copy.db")
        office.issue()
        office.ledger.close()
        (office.path / "mark").unlink()
        for change in ("UPDATE codes SET kid = zeroblob(8)", "PRAGMA user_version = 1", "DROP TABLE blocks"):
            shutil.copy(tmp_path / "copy.db", tmp_path / "bad.db")
            connection = sqlite3.connect(tmp_path / "bad.db")
            with connection:
                connection.execute(change)
            connection.close()
            with pytest.raises(LedgerError):
                SqliteLedger.restore(tmp_path / "bad.db", office.path, **WHO, without_evidence=True)
        (tmp_path / "bad.db").write_bytes(b"nothing" * 999)
        for name in ("bad.db", "none.db"):
            with pytest.raises(LedgerError, match=f"cannot restore from the ledger .*{name}"):
                SqliteLedger.restore(tmp_path / name, office.path, **WHO, without_evidence=True)
        office.ledger = SqliteLedger(office.path)

    def test_rests_the_places_that_may_be_taken(self, office: Office, tmp_path: Path) -> None:
        """Entries of unknown codes are shown, and their lists rest, as long as such a code may live."""
        office.ledger.backup(tmp_path / "copy.db")
        (code,) = office.issue()
        office.ledger.revoke(code.cti, by="a", why="b", at=NOW)
        published(office)
        swap(office, tmp_path / "copy.db")
        restore(office, office.file, longest=30 * DAY)
        for days, shown in ((0, True), (30, True), (31, False)):
            assert withdrawn(office.ledger.bitmap(0, at=NOW + days * DAY)) == (indices([code]) if shown else set())
        assert office.sql("SELECT last_expiry FROM lists WHERE list = 0") == [(AT + 30 * 86_400,)]
        office.forget(NOW + 30 * DAY + timedelta(seconds=_lists.KEPT - 1))
        assert office.sql("SELECT count(*) FROM carried") == [(1,)]
        office.forget(NOW + 30 * DAY + timedelta(seconds=_lists.KEPT))
        assert office.sql("SELECT count(*) FROM carried") == [(0,)]
        office.ledger.verify_chain()

    def test_of_carried_entries_is_audited(self, office: Office, tmp_path: Path) -> None:
        """Whoever takes a carried entry away is found."""
        office.ledger.backup(tmp_path / "copy.db")
        (code,) = office.issue()
        office.ledger.revoke(code.cti, by="a", why="b", at=NOW)
        published(office)
        swap(office, tmp_path / "copy.db")
        restore(office, office.file)
        office.sql("DELETE FROM carried")
        with pytest.raises(TamperedError, match="other entries are carried over"):
            office.ledger.verify_chain()

    def test_of_retired_lists_is_audited(self, office: Office, tmp_path: Path) -> None:
        """Whoever opens a retired list again, as one flipped bit does, is found."""
        office.ledger.backup(tmp_path / "copy.db")
        office.issue()
        swap(office, tmp_path / "copy.db")
        restore(office, office.file)
        sound = office.file.read_bytes()
        for change in ("UPDATE lists SET next_counter = 0", "UPDATE lists SET last_expiry = 0"):
            office.sql(f"{change} WHERE list = 0")
            with pytest.raises(TamperedError, match="a list that was retired gives out places again"):
                office.ledger.verify_chain()
            office.ledger.close()
            office.file.write_bytes(sound)
            office.ledger = SqliteLedger(office.path)
        office.ledger.verify_chain()

    def test_again_with_more_evidence_takes_it_over(self, office: Office, tmp_path: Path) -> None:
        """Lists that turn up later are taken over by the ledger itself, which knows the codes issued since."""
        known = office.issue(3)
        office.ledger.backup(tmp_path / "copy.db")
        office.ledger.revoke(known[0].cti, by="a", why="b", at=NOW)
        lists = published(office)
        office.ledger.close()
        shutil.rmtree(office.path)
        restore(office, tmp_path / "copy.db", without_evidence=True)
        (new,) = office.issue()
        with pytest.raises(LedgerError, match="give the ledger itself in the place of the copy"):
            restore(office, tmp_path / "copy.db", published=lists.values(), keys=KEYS)
        assert restore(office, office.file, published=lists.values(), keys=KEYS).withdrawn == 1
        assert withdrawn(office.ledger.bitmap(0, at=NOW)) == indices(known[:1])
        assert office.ledger.history(new.cti)
        assert {code.place for code in office.issue(300)}.isdisjoint({new.place})
        office.ledger.verify_chain()

    @pytest.mark.parametrize("way", ["older", "newer"])
    def test_takes_nothing_published_back(self, office: Office, tmp_path: Path, way: str) -> None:
        """Of two lists of a number, what each shows is withdrawn, whichever is newer and wherever it lies."""
        known = office.issue(3)
        office.ledger.backup(tmp_path / "copy.db")
        given = published(office)
        office.ledger.revoke(known[0].cti, by="a", why="b", at=NOW)
        published(office, NOW + timedelta(minutes=5))
        if way == "newer":  # of another ledger of this issuer, which has not heard of it
            bits = bytearray(131_072)
            bits[known[1].place.index >> 3] |= 1 << (known[1].place.index & 7)
            issued = AT + 600
            given[0] = sign_list(
                bytes(bits), uri=f"{BASE}/0", key=STATUS_KEY, issued=issued, expires=issued + 86_400
            )
        swap(office, tmp_path / "copy.db")
        restore(office, office.file, published=given.values(), keys=KEYS)
        shown = withdrawn(office.ledger.bitmap(0, at=NOW))
        assert shown == indices(known[:1] if way == "older" else known[:2])
        again = publish(office.ledger, BASE, STATUS_KEY, at=NOW, lifetime=DAY)
        assert not compare(office.ledger, [*given.values(), *again.values()], keys=KEYS).says_more

    @pytest.mark.parametrize("days", [-9000, -3, 0, 400])
    def test_under_a_wrong_clock_loses_no_withdrawal(
        self, office: Office, tmp_path: Path, clock: list[datetime], days: int
    ) -> None:
        """A new computer's clock is often wrong: no evidence is thrown away, and no place rests too shortly."""
        known = office.issue(3)
        office.ledger.backup(tmp_path / "copy.db")
        unknown = office.issue(3)
        office.ledger.revoke_many([known[0].cti, unknown[0].cti], by="a", why="b", at=NOW)
        published(office)
        swap(office, tmp_path / "copy.db")
        clock[0] = NOW + timedelta(days=days)
        restore(office, office.file)
        for _ in range(2):  # and what is evidence of it stays there
            swap(office, tmp_path / "copy.db")
            restore(office, office.file)
        clock[0] = NOW
        assert withdrawn(office.ledger.bitmap(0, at=NOW)) == indices([known[0], unknown[0]])
        assert office.sql("SELECT min(last_expiry) FROM lists WHERE list < 2")[0][0] >= AT + 366 * 86_400
        office.issue()
        again = publish(office.ledger, BASE, STATUS_KEY, at=NOW + timedelta(hours=1), lifetime=DAY)
        assert not compare(office.ledger, again.values(), keys=KEYS).says_more
        office.ledger.verify_chain()

    def test_twice_carries_entries_for_the_longer_time(self, office: Office, tmp_path: Path) -> None:
        """A second restoration that expects shorter lives does not shorten what the first has told."""
        office.ledger.backup(tmp_path / "copy.db")
        codes = office.issue(2)
        office.ledger.revoke(codes[0].cti, by="a", why="b", at=NOW)
        published(office)
        swap(office, tmp_path / "copy.db")
        restore(office, office.file)
        office.ledger.backup(tmp_path / "second.db")
        office.issue()
        bits = bytearray(131_072)
        for code in codes:
            bits[code.place.index >> 3] |= 1 << (code.place.index & 7)
        more = sign_list(bytes(bits), uri=f"{BASE}/0", key=STATUS_KEY, issued=AT + 9, expires=AT + 86_400)
        swap(office, tmp_path / "second.db")
        restore(office, office.file, published=[more], keys=KEYS, longest=9 * DAY)
        assert withdrawn(office.ledger.bitmap(0, at=NOW + 300 * DAY)) == indices(codes)
        office.ledger.verify_chain()

    def test_of_something_else_is_refused(self, office: Office, tmp_path: Path) -> None:
        """Neither a copy of another issuer's ledger, nor lists of another address, are taken over."""
        office.issue()
        lists = published(office)
        office.ledger.backup(tmp_path / "copy.db")
        swap(office, tmp_path / "copy.db")
        with SqliteLedger.create(tmp_path / "other", "CN-33-02.WJW", at=NOW) as other:
            other.backup(tmp_path / "other.db")
            strange = publish(other, "https://elsewhere.example", STATUS_KEY, at=NOW, lifetime=DAY)
        with pytest.raises(LedgerError, match=f"it is of CN-33-02.WJW, and the ledger is of {ISSUER}"):
            restore(office, tmp_path / "other.db")
        with pytest.raises(LedgerError, match=f"several addresses: https://elsewhere.example, {BASE}"):
            restore(office, tmp_path / "copy.db", published=[*strange.values(), *lists.values()], keys=KEYS)
        assert not (office.path / "restoring.db").exists()
        restore(office, tmp_path / "copy.db")

    def test_is_told_of_a_head_that_was_lost(self, office: Office, tmp_path: Path) -> None:
        """A head of the lost part is no sign of tampering, and is said to be lost."""
        office.ledger.backup(tmp_path / "copy.db")
        office.issue()
        office.issue()
        lost = office.ledger.head()
        swap(office, tmp_path / "copy.db")
        restore(office, office.file)
        office.issue()
        with pytest.raises(WentBackError, match=r"the head 3 belongs to the lines that were lost, 2 to 3"):
            office.ledger.verify_chain(lost)
        with pytest.raises(TamperedError, match="differs from the head"):
            office.ledger.verify_chain(Head(1, bytes(32)))
        with pytest.raises(TamperedError, match="was kept as a head"):
            office.ledger.verify_chain(Head(99, bytes(32)))

    def test_does_not_believe_lists_of_the_far_future(self, office: Office, tmp_path: Path) -> None:
        """A list that was once dated far ahead has been taken by no gate: dates do not go on from it."""
        office.ledger.backup(tmp_path / "copy.db")
        ahead = publish(office.ledger, BASE, STATUS_KEY, at=NOW + 9 * DAY, lifetime=DAY, after_pause=True)
        swap(office, tmp_path / "copy.db")
        restore(office, office.file, published=ahead.values(), keys=KEYS)
        assert office.ledger.issue_lists(kid=bytes(8), at=NOW, lifetime=DAY)[0].issued_at == NOW


class TestFolder:
    """Nobody else can write to it, or put something beside the database."""

    @pytest.mark.parametrize(
        ("plant", "says"),
        [
            (lambda path: (path / "ledger.db-journal").write_bytes(b"x"), "which SQLite would apply to it"),
            (lambda path: (path / "stranger").write_bytes(b"x"), "'stranger' is none of its files"),
            (lambda path: (path / "copy.db").write_bytes(b"x"), "'copy.db' is none of its files"),
            (lambda path: (path / "published" / "x.txt").write_bytes(b"x"), "is none of its files"),
            (lambda path: path.chmod(0o770), "others may write to it"),
            (lambda path: path.chmod(0o707), "others may write to it"),
            (lambda path: (path / "mark").chmod(0o666), "others may write to it"),
            (lambda path: (path / "ledger.db").chmod(0o660), "others may write to it"),
        ],
    )
    def test_with_something_foreign_is_refused(
        self, office: Office, plant: Callable[[Path], object], says: str
    ) -> None:
        """What lies there and is not the ledger's is said, and the ledger is not opened."""
        office.ledger.close()
        plant(office.path)
        with pytest.raises(LedgerError, match=says):
            SqliteLedger(office.path)

    @pytest.mark.parametrize("name", ["ledger.db", "mark", "published", "ledger.db-wal", ""])
    def test_with_links_is_refused(self, office: Office, tmp_path: Path, name: str) -> None:
        """A link in the place of the folder, or of anything in it, is not followed."""
        office.ledger.close()
        there = office.path / name if name else office.path
        aside = tmp_path / "aside"
        if there.exists():
            there.rename(aside)
        else:
            aside.touch()
        there.symlink_to(aside)
        with pytest.raises(LedgerError, match="link|not a plain file|not a folder"):
            SqliteLedger(office.path)

    @pytest.mark.skipif(not hasattr(os, "geteuid") or os.geteuid() != 0, reason="only root can give files away")
    @pytest.mark.parametrize("name", ["", "ledger.db", "mark", "published", "ledger.db-wal"])
    def test_of_another_user_is_refused(self, office: Office, name: str) -> None:
        """Root makes files beside a database that lock its owner out; others wrote what nobody knows."""
        os.chown(office.path / name, 65534, 65534)
        with pytest.raises(LedgerError, match="belongs to user 65534, and this program runs as user 0"):
            SqliteLedger(office.path)

    def test_takes_no_planted_journal(self, office: Office, tmp_path: Path) -> None:
        """A rollback journal with the pages of another ledger, as SQLite would play it in, is refused."""
        evil = SqliteLedger.create(tmp_path / "evil", ISSUER, at=NOW - 5 * DAY)
        evil.close()
        (code,) = office.issue()
        office.ledger.close()
        (office.path / "ledger.db-journal").write_bytes(hot_journal(tmp_path / "evil" / "ledger.db"))
        with pytest.raises(LedgerError, match="'ledger.db-journal' lies in it"):
            SqliteLedger(office.path)
        (office.path / "ledger.db-journal").unlink()
        with SqliteLedger(office.path) as ledger:
            assert ledger.history(code.cti)
            ledger.verify_chain()

    def test_restores_from_no_planted_journal(self, office: Office, tmp_path: Path) -> None:
        """What somebody puts beside a copy is not played in either."""
        office.ledger.backup(tmp_path / "copy.db")
        (tmp_path / "copy.db-journal").write_bytes(b"x")
        with pytest.raises(LedgerError, match="'copy.db-journal' lies beside it"):
            SqliteLedger.restore(tmp_path / "copy.db", tmp_path / "new", **WHO, without_evidence=True)
        assert not (tmp_path / "new").exists()


def hot_journal(database: Path) -> bytes:
    """Write a rollback journal that puts this database's pages into whatever ledger lies beside it."""
    pages = database.read_bytes()
    size = struct.unpack(">H", pages[16:18])[0]
    count, nonce = len(pages) // size, 7
    start = bytes.fromhex("d9d505f920a163d7") + struct.pack(">IIIII", count, nonce, count, 512, size)
    cut = [pages[n * size : (n + 1) * size] for n in range(count)]
    sums = [(nonce + sum(page[i] for i in range(size - 200, 0, -200))) & 0xFFFFFFFF for page in cut]
    records = (struct.pack(">I", n + 1) + cut[n] + struct.pack(">I", sums[n]) for n in range(count))
    return start.ljust(512, b"\0") + b"".join(records)


class TestDamage:
    def test_of_the_index_of_withdrawn_codes_is_found(self, office: Office) -> None:
        """A flipped bit in an index, which hides a withdrawal from the lists, is found by the audit."""
        code = next(code for code in office.issue(200) if code.place.index > 1 << 16)  # SQLite takes 3 bytes
        office.ledger.revoke(code.cti, by="a", why="b", at=NOW)
        office.ledger.close()
        ((page, size),) = office.sql(
            "SELECT rootpage, (SELECT page_size FROM pragma_page_size) FROM sqlite_master"
            " WHERE name = 'codes_withdrawn'"
        )
        data = bytearray(office.file.read_bytes())
        entry = code.place.index.to_bytes(3)
        at = data.index(entry, (page - 1) * size, page * size)
        data[at + 2] ^= 1
        office.file.write_bytes(data)
        with SqliteLedger(office.path) as ledger:
            assert withdrawn(ledger.bitmap(0, at=NOW)) != indices([code])
            with pytest.raises(DamagedError, match="the database is damaged: .*codes_withdrawn"):
                ledger.verify_chain()

    @pytest.mark.parametrize(
        "change",
        [
            "UPDATE lists SET generation = 'x'",
            "UPDATE codes SET entry = entry + 0.5",
            "UPDATE lists SET last_issued = last_issued - 1 WHERE list = 1",
            "UPDATE ledger SET issuer = 'CN-33-01.WJV'",
        ],
    )
    def test_of_what_lists_are_made_of_is_found(self, office: Office, change: str) -> None:
        """What the log says otherwise, or no ledger writes, is found, and is no error of another kind."""
        office.issue()
        published(office)
        office.sql("PRAGMA ignore_check_constraints = ON", change)
        with pytest.raises((DamagedError, TamperedError)):
            office.ledger.verify_chain()


class TestCopy:
    def test_goes_to_a_disk_without_hard_links(
        self, office: Office, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        """A stick knows no hard links; the copy is made all the same, and never over another file."""

        def refuse(*_: object) -> None:
            raise PermissionError(errno.EPERM, "Operation not permitted")

        office.issue()
        monkeypatch.setattr(os, "link", refuse)
        assert office.ledger.backup(tmp_path / "copy.db") == office.ledger.head()
        with pytest.raises(LedgerError, match="File exists"):
            office.ledger.backup(tmp_path / "copy.db")
        SqliteLedger.restore(tmp_path / "copy.db", tmp_path / "new", **WHO, without_evidence=True)


class TestState:
    def test_is_told_to_a_monitor(self, office: Office) -> None:
        """How far the log is, how many numbers are left, and until when the lists count."""
        state = office.ledger.state(at=NOW)
        assert (state.issuer, state.lists, state.free_lists) == (ISSUER, (0,), 4095)
        assert (state.last_published, state.published_until, state.went_back) == (None, None, None)
        (code,) = office.issue()
        office.ledger.revoke(code.cti, by="a", why="b", at=NOW)
        published(office, NOW + timedelta(hours=2))
        state = office.ledger.state(at=NOW)
        assert state.last_published == state.clock == NOW + timedelta(hours=2)
        assert state.published_until == NOW + timedelta(hours=26)
        assert (state.withdrawn, state.head) == (1, office.ledger.head())
