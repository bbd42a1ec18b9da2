"""`healthpass status` and `issue --ledger`: from a ledger to a gate that refuses, and hostile input."""

import json
import os
import shutil
import sqlite3
import stat
import subprocess
import threading
import zlib
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from datetime import UTC, datetime, timedelta
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any, Final

import pytest

from authorities import Region, contents, states_of
from command_line import PROGRAM, Ran, Run, in_folder, runner
from forging import AT, NOW
from healthpass import Claims, SigningKey, inspect_unverified
from healthpass.cli import language, status
from healthpass.cli.show import times
from healthpass.cli.show.times import age
from healthpass.codec import _time
from healthpass.documents._document import Kind
from healthpass.documents._status_list import BYTES_PER_BIT, SignedList, Status, StatusList, parse, sign_list
from healthpass.ledger import Head, SqliteLedger
from healthpass.store import TrustStore
from listing import BASE, STATUS_NUMBER, StatusOffice, add_office

ISSUER: Final = "CN-33-01.WJW"
STATUS_KEY: Final = StatusOffice(ISSUER).key(STATUS_NUMBER)
WHO: Final = ("--by", "officer 17", "--why", "检测阳性 a positive test")
GREEN: Final = b'{"color": "green"}'


class Clock:
    """The time that all modules are told."""

    def __init__(self, monkeypatch: pytest.MonkeyPatch) -> None:
        self._monkeypatch = monkeypatch
        for module in (_time, times):
            monkeypatch.setattr(module.now, "__code__", _staged.__code__)
        self.at = NOW

    @property
    def at(self) -> datetime:
        """The time."""
        return _time.now()

    @at.setter
    def at(self, moment: datetime) -> None:
        for module in (_time, times):
            self._monkeypatch.setattr(module, "_stage", moment, raising=False)


def _staged() -> datetime:
    return _stage  # type: ignore[name-defined,no-any-return]  # noqa: F821 - it runs in another module


@pytest.fixture
def clock(monkeypatch: pytest.MonkeyPatch) -> Clock:
    """Stop the clock at NOW."""
    return Clock(monkeypatch)


@pytest.fixture
def run(capsys: pytest.CaptureFixture[str], clock: Clock, tmp_path: Path) -> Iterator[Run]:
    """Run the command line in a folder with an office's keys, where all times are UTC."""
    del clock  # it stands still
    with in_folder(tmp_path) as patched:
        Path("KEY.pem").write_text(StatusOffice(ISSUER).key().to_pem())
        Path("STATUS.pem").write_text(STATUS_KEY.to_pem())
        yield runner(capsys, patched)


@pytest.fixture
def ledger(run: Run) -> Run:
    """Run the command line in a folder with a ledger, too."""
    assert run("status", "init", "ledger", "--issuer", ISSUER).code == 0
    return run


@pytest.fixture
def gate(run: Run) -> TrustStore:
    """Return a gate that trusts Zhejiang, whose registry lists the office."""
    del run  # for its folder
    zhejiang = Region("CN-33")
    add_office(zhejiang, ISSUER)
    zhejiang.publish()
    store = TrustStore.create("gate")
    store.pin_document(zhejiang.roots[0], digest=zhejiang.pin.digest, at=NOW)
    store.update(zhejiang.bundle(), at=NOW)
    return store


def issue(run: Run, *arguments: str) -> str:
    """Issue a code with a place, and return its text."""
    issuing = ("issue", "-", "--key", "KEY.pem", "--issuer", ISSUER, "--valid-for", "24h")
    ran = run(*issuing, "--ledger", "ledger", *WHO, *arguments, stdin=GREEN)
    assert (ran.code, ran.err.count("\n")) == (0, 1)  # nothing was compared with a registry
    return ran.out.strip()


def claims_of(text: str) -> Claims:
    """Return what a code says."""
    claimed = inspect_unverified(text).claimed
    assert claimed
    return claimed


def cti_of(text: str) -> str:
    """Return the reference of a code."""
    return claims_of(text).cti.hex()


def open_list_1() -> None:
    """Let the ledger have two lists, as one in use for long has."""
    connection = sqlite3.connect("ledger/ledger.db")
    with connection:
        connection.execute("INSERT OR IGNORE INTO lists (list) VALUES (1)")
    connection.close()


def publish(run: Run, *arguments: str, out: str = "lists") -> Ran:
    """Publish the lists."""
    return run(
        "status", "publish", "ledger", "--key", "STATUS.pem", "--base", BASE,
        "--valid-for", "24h", "--out", out, *arguments,
    )  # fmt: skip


class TestStory:
    """All commands after each other."""

    @pytest.mark.usefixtures("gate")
    def test_from_a_ledger_to_a_gate(self, ledger: Run, clock: Clock) -> None:
        """A code is issued, published as good, withdrawn, and refused by the gate that took the newer list."""
        run = ledger
        text, other = issue(run), issue(run)
        open_list_1()
        verify = ("verify", "--trust", "gate", text)
        assert run(*verify).out.startswith("CANNOT JUDGE  status-unknown")
        assert publish(run, "--trust", "gate").code == 0
        ran = run("trust", "update", "gate", "lists")
        assert (ran.code, ran.err) == (0, "")
        lines = ran.out.splitlines()
        assert lines[0].startswith(f"✓ CN-33 status list 0 of {ISSUER}  applied: ")
        assert lines[2] == "2 applied, 0 held already, 0 refused"
        clock.at = NOW + timedelta(minutes=5)
        ran = run(*verify)
        assert (ran.code, ran.err) == (0, "")
        assert "  status list   of 2026-11-01 00:00+00:00, 5 minutes old\n" in ran.out
        ran = run("status", "revoke", "ledger", cti_of(text), *WHO)
        assert (ran.code, ran.out) == (
            0,
            "1 withdrawn, 0 already, 0 unknown; batch 5\n",
        )
        assert ran.err == "hint: gates learn of it from the next `healthpass status publish`\n"
        assert run(*verify).code == 0  # nobody has told the gate
        ran = publish(run)
        assert ran.out.startswith("list 0: 1 withdrawn, ")
        assert run("trust", "update", "gate", "lists").code == 0
        ran = run(*verify)
        assert ran.code == 1
        assert ran.out.startswith("NOT VALID  revoked\n")
        assert run("verify", "--trust", "gate", other).code == 0

    def test_in_other_processes(self, ledger: Run) -> None:
        """Programs that run at the same time get different places, and all their codes are there."""
        del ledger
        arguments = ["issue", "-", "--key", "KEY.pem", "--issuer", ISSUER, "--valid-for", "24h"]
        arguments += ["--ledger", "ledger", *WHO]
        running = [
            subprocess.Popen(
                [*PROGRAM, *arguments], stdin=subprocess.PIPE, stdout=subprocess.PIPE, stderr=subprocess.PIPE
            )
            for _ in range(6)
        ]
        ended = [(one.communicate(GREEN), one.returncode) for one in running]
        assert [code for _, code in ended] == [0] * 6
        claims = [claims_of(out.decode().strip()) for (out, _), _ in ended]
        assert len({claim.health.status for claim in claims}) == 6
        with SqliteLedger("ledger") as opened:
            assert all(opened.history(claim.cti) for claim in claims)


class TestInit:
    """`healthpass status init`."""

    def test_makes_a_secret_file(self, run: Run) -> None:
        """The ledger is new, and its owner alone may read it."""
        ran = run("status", "init", "ledger", "--issuer", ISSUER)
        assert (ran.code, ran.out, ran.err) == (0, f"ledger is the ledger of {ISSUER} now\n", "")
        assert stat.S_IMODE(Path("ledger").stat().st_mode) == 0o700
        with SqliteLedger("ledger") as opened:
            assert opened.issuer == ISSUER

    def test_overwrites_nothing(self, run: Run) -> None:
        """Whatever has the name stays as it was, and is told in the words of any new file."""
        Path("ledger").write_text("mine")
        ran = run("status", "init", "ledger", "--issuer", ISSUER)
        assert (ran.code, ran.out) == (2, "")
        assert "'ledger' exists already, and nothing is overwritten\nhint: " in ran.err
        assert Path("ledger").read_text() == "mine"

    @pytest.mark.parametrize("issuer", ["", "hangzhou", "CN-3", "cn-33-01.WJW"])
    def test_issuers_that_are_none(self, run: Run, issuer: str) -> None:
        """Nothing is made for what is no issuer id."""
        ran = run("status", "init", "ledger", "--issuer", issuer)
        assert (ran.code, ran.out) == (2, "")
        assert not Path("ledger").exists()

    @pytest.mark.parametrize("path", ["nowhere/ledger", ".", "a\0b", "x" * 300])
    def test_impossible_files(self, run: Run, path: str) -> None:
        """What cannot be a new file is one line on standard error."""
        ran = run("status", "init", path, "--issuer", ISSUER)
        assert ran.code in {2, 3}
        assert ran.out == ""
        assert ran.err.startswith("healthpass: error: ")


class TestIssue:
    """`healthpass issue --ledger`."""

    def test_is_recorded_before_it_is_printed(self, ledger: Run, monkeypatch: pytest.MonkeyPatch) -> None:
        """When a text is printed, the ledger knows its code."""
        known = []

        def put(text: str) -> None:
            with SqliteLedger("ledger") as opened:
                known.append(opened.history(bytes.fromhex(cti_of(text))))

        monkeypatch.setattr("healthpass.cli.issuer.put", put)
        issuing = ("issue", "-", "--key", "KEY.pem", "--issuer", ISSUER, "--valid-for", "24h")
        assert ledger(*issuing, "--ledger", "ledger", *WHO, stdin=GREEN).code == 0
        ((action,),) = known
        assert (action.action, action.by, action.why) == ("issued", WHO[1], WHO[3])

    def test_the_reference_goes_to_a_file(self, ledger: Run) -> None:
        """With --reference an office's program need not read the code to know by which name to withdraw it."""
        code = issue(ledger, "--reference", "reference.txt")
        assert Path("reference.txt").read_text() == f"{cti_of(code)}\n"
        assert ledger("status", "revoke", "ledger", Path("reference.txt").read_text().strip(), *WHO).code == 0

    def test_nothing_is_printed_that_is_not_recorded(self, ledger: Run, monkeypatch: pytest.MonkeyPatch) -> None:
        """Where the ledger cannot be written, there is no text and no picture."""
        with sqlite3.connect("ledger/ledger.db") as connection:
            connection.execute("CREATE TRIGGER no BEFORE INSERT ON log BEGIN SELECT RAISE(ABORT, 'no'); END")
        connection.close()
        issuing = ("issue", "-", "--key", "KEY.pem", "--issuer", ISSUER, "--valid-for", "24h", "--qr", "code.png")
        ran = ledger(*issuing, "--ledger", "ledger", *WHO, stdin=GREEN)
        assert (ran.code, ran.out) == (3, "")
        assert ran.err.startswith("healthpass: error: cannot record codes in the ledger 'ledger'")
        assert not Path("code.png").exists()
        del monkeypatch

    @pytest.mark.parametrize(
        ("arguments", "claims", "says"),
        [
            (("--ledger", "ledger"), GREEN, "give --by and --why"),
            (("--ledger", "ledger", "--by", "me"), GREEN, "give --by and --why"),
            (("--by", "me", "--why", "so"), GREEN, "hint: add --ledger LEDGER"),
            (("--ledger", "ledger", "--by", " ", "--why", "so"), GREEN, "printable characters"),
            (("--ledger", "ledger", "--by", "\x1b[2J", "--why", "so"), GREEN, "printable characters"),
            (("--ledger", "ledger", "--by", "me", "--why", "x" * 501), GREEN, "printable characters"),
            (("--ledger", "ledger", *WHO), b'{"color": "green", "status": [0, 1]}', "leave status out"),
            (("--ledger", "ledger", *WHO, "--issuer", "CN-31.WJW"), GREEN, "WJW, and the code is of CN-31"),
            (("--ledger", "ledger", *WHO, "--issuer", "cn-31"), GREEN, "'cn-31' is not an issuer id"),
            (("--ledger", "nothing.db", *WHO), GREEN, "hint: healthpass status init"),
        ],
    )
    def test_refused(self, ledger: Run, arguments: tuple[str, ...], claims: bytes, says: str) -> None:
        """What does not go together is told, and no text is printed."""
        issuing = ("issue", "-", "--key", "KEY.pem", "--issuer", ISSUER, "--valid-for", "24h")
        ran = ledger(*issuing, *arguments, stdin=claims)
        assert (ran.code, ran.out) == (3 if "nothing.db" in arguments else 2, "")
        assert says in ran.err
        assert "\x1b" not in ran.err
        with SqliteLedger("ledger") as opened:
            assert opened.head().number == 1


class TestRevoke:
    """`healthpass status revoke`."""

    def test_several(self, ledger: Run) -> None:
        """Known codes are withdrawn, once; unknown ones are told, with exit code 1."""
        texts = [issue(ledger) for _ in range(3)]
        ctis = [cti_of(text) for text in texts]
        assert ledger("status", "revoke", "ledger", ctis[0].upper(), *WHO).code == 0
        ran = ledger("status", "revoke", "ledger", *ctis, "00" * 12, *WHO)
        assert (ran.code, ran.out) == (
            1,
            "2 withdrawn, 1 already, 1 unknown; batch 6\n",
        )
        assert f"healthpass: error: the ledger knows no code {'00' * 12}\n" in ran.err
        assert "hint: they were not issued from here" in ran.err
        with SqliteLedger("ledger") as opened:
            assert int.from_bytes(opened.bitmap(0)).bit_count() == 3

    def test_a_file(self, ledger: Run) -> None:
        """A file of references, with comments and thousands of codes that nobody knows."""
        cti = cti_of(issue(ledger))
        strangers = [f"{number:024x}" for number in range(5000)]
        lines = ["# appeals of today", "", f"{cti}  # the first", *strangers]
        Path("ctis.txt").write_text("\n".join(lines))
        ran = ledger("status", "revoke", "ledger", "--file", "ctis.txt", *WHO)
        assert (ran.code, ran.out) == (
            1,
            "1 withdrawn, 0 already, 5,000 unknown; batch 3\n",
        )
        assert ran.err.count("healthpass: error: ") == 11
        assert "nor 4,990 others" in ran.err

    @pytest.mark.parametrize("bad", ["zz", "00" * 11, "00" * 13, "\x1b[2J", "00" * 12 + " 1"])
    def test_a_bad_line(self, ledger: Run, bad: str) -> None:
        """A line that is no reference is named by its number, and nothing at all is withdrawn."""
        cti = cti_of(issue(ledger))
        Path("ctis.txt").write_text("\n".join([cti] * 3000 + [bad] + [cti] * 3000))
        ran = ledger("status", "revoke", "ledger", "--file", "ctis.txt", *WHO)
        assert (ran.code, ran.out) == (2, "")
        assert "line 3001 of 'ctis.txt'" in ran.err
        assert "hint: nothing was withdrawn" in ran.err
        assert "\x1b" not in ran.err
        with SqliteLedger("ledger") as opened:
            assert opened.head().number == 2

    @pytest.mark.parametrize("kind", ["nothing", "folder", "empty", "fifo", "zero", "latin", "huge", "null"])
    def test_files_that_are_none(self, ledger: Run, kind: str) -> None:
        """What cannot be read as a list of references is wrong usage, at once."""
        Path("folder").mkdir()
        os.mkfifo("fifo")
        Path("empty").write_text("# nobody\n")
        Path("latin").write_bytes(b"\xff\xfe")
        with Path("huge").open("wb") as file:
            file.truncate(1 << 40)
        path = {"zero": "/dev/zero", "null": "a\0b"}.get(kind, kind)
        ran = ledger("status", "revoke", "ledger", "--file", path, *WHO)
        assert (ran.code, ran.out) == (2, "")
        assert ran.err.startswith("healthpass: error: ")
        assert ("is a folder" in ran.err) is (kind == "folder")

    @pytest.mark.parametrize(
        "arguments",
        [
            (),
            ("00",),
            ("g" * 24,),
            ("00" * 12, "--file", "ctis.txt"),
            ("00" * 12, "--since", "2026-11-01T00:00:00Z"),
            ("--file", "ctis.txt", "--batch", "2"),
            ("--kid", "00" * 7, "--since", "2026-11-01T00:00:00Z", "--until", "2026-11-02T00:00:00Z"),
            ("--kid", "00" * 8, "--since", "2026-11-02T00:00:00Z", "--until", "2026-11-02T00:00:00Z"),
            ("--kid", "00" * 8, "--since", "yesterday", "--until", "2026-11-02T00:00:00Z"),
            ("00" * 12, "--by", ""),
            ("00" * 12, "--why", "\x1b[2J"),
        ],
    )
    def test_wrong_usage(self, ledger: Run, arguments: tuple[str, ...]) -> None:
        """What does not go together is wrong usage, and nothing is withdrawn."""
        ran = ledger("status", "revoke", "ledger", *WHO, *arguments)
        assert (ran.code, ran.out) == (2, "")
        assert ran.err.startswith("healthpass: error: ")
        with SqliteLedger("ledger") as opened:
            assert opened.head().number == 1

    def test_nobody_answers_for_it(self, ledger: Run) -> None:
        """Who and why are required."""
        for arguments in (("--by", "me"), ("--why", "so")):
            assert ledger("status", "revoke", "ledger", "00" * 12, *arguments).code == 2


class TestCorrect:
    """`healthpass status correct`."""

    def test_the_new_code_counts_and_the_old_one_does_not(self, ledger: Run) -> None:
        """A correction withdraws the old code alone, and may be made of several, and of one withdrawn before."""
        first, second, new = (cti_of(issue(ledger)) for _ in range(3))
        ledger("status", "revoke", "ledger", second, *WHO)
        for old in (first, second):
            ran = ledger("status", "correct", "ledger", old.upper(), "--new", new, *WHO)
            assert (ran.code, ran.out) == (0, f"{old} withdrawn, {new} in its place\n")
            assert ran.err == "hint: gates learn of it from the next `healthpass status publish`\n"
        with SqliteLedger("ledger") as opened:
            assert int.from_bytes(opened.bitmap(0)).bit_count() == 2
        assert f"  issued anew as {new}\n" in ledger("status", "history", "ledger", second).out
        ran = ledger("status", "history", "ledger", new)
        assert [line.split()[3] for line in ran.out.splitlines() if "in place of" in line] == [first, second]
        assert ledger("status", "history", "ledger", new, "--json").json()["in_place_of"] == [first, second]

    def test_what_is_forgotten_of_the_old_code_is_not_told_of_the_new_one(self, ledger: Run, clock: Clock) -> None:
        """The new code's history names the old one as long as the old one has a history itself."""
        old = cti_of(issue(ledger))
        clock.at += timedelta(hours=1)
        new = cti_of(issue(ledger))
        assert ledger("status", "correct", "ledger", old, "--new", new, *WHO).code == 0
        clock.at = NOW + timedelta(days=10)
        assert ledger("status", "forget", "ledger", "--keep-history", "9d", "--after-pause").code == 0
        assert ledger("status", "history", "ledger", old).code == 1
        ran = ledger("status", "history", "ledger", new, "--json")
        assert (ran.code, ran.json()["in_place_of"]) == (0, [])
        assert old not in ran.out

    def test_refused(self, ledger: Run) -> None:
        """Codes that are exchanged, one and the same, unknown or none are refused, and nothing is withdrawn."""
        old, new = (cti_of(issue(ledger)) for _ in range(2))
        ledger("status", "revoke", "ledger", old, *WHO)
        for arguments, code, says in (
            ((new, "--new", old), 1, f"the code {old} is withdrawn itself, so it cannot replace another one"),
            ((new, "--new", new), 2, "two different codes"),
            ((new, "--new", "00" * 12), 1, f"knows no code {'00' * 12}"),
            (("00" * 12, "--new", new), 1, f"knows no code {'00' * 12}"),
            ((new, "--new", "zz"), 2, "'zz' is no cti"),
            ((old, "--new", new, "--by", ""), 2, "printable characters"),
            ((old,), 2, "--new"),
        ):
            ran = ledger("status", "correct", "ledger", *WHO, *arguments)
            assert (ran.code, ran.out, says in ran.err) == (code, "", True)
        with SqliteLedger("ledger") as opened:
            assert opened.head().number == 4


class TestForget:
    """`healthpass status forget`."""

    def test_codes_go_and_the_chain_stays(self, ledger: Run, clock: Clock) -> None:
        """Codes go 8 days after their end, their history later, and the log can be checked all the while."""
        cti = cti_of(issue(ledger))
        assert ledger("status", "forget", "ledger").out == "0 forgotten\n"
        clock.at += timedelta(days=20)
        ran = ledger("status", "forget", "ledger")
        assert (ran.code, ran.out) == (3, "")
        assert "20 days ahead of when the ledger was last in use: is it right?" in ran.err
        assert ledger("status", "forget", "ledger", "--after-pause").out == "1 forgotten\n"
        assert ledger("status", "history", "ledger", cti).code == 0
        assert ledger("status", "forget", "ledger", "--keep-history", "9d").code == 0
        assert ledger("status", "history", "ledger", cti).code == 1
        assert ledger("status", "check", "ledger").code == 0

    def test_wrong_usage(self, ledger: Run) -> None:
        """A history that goes before the code, and what is no duration, are errors."""
        for wrong in ("7d", "long"):
            ran = ledger("status", "forget", "ledger", "--keep-history", wrong)
            assert (ran.code, "--keep-history" in ran.err) == (2, True)


class TestPublish:
    """`healthpass status publish`."""

    def test_tells_what_it_has_written(self, ledger: Run) -> None:
        """A line a list, with what is withdrawn and how long it is; then the head of the log."""
        ledger("status", "revoke", "ledger", cti_of(issue(ledger)), *WHO)
        open_list_1()
        ran = publish(ledger)
        sizes = [Path(f"lists/{number}.cbor").stat().st_size for number in (0, 1)]
        with SqliteLedger("ledger") as opened:
            head = opened.head()
        assert (ran.code, ran.err) == (0, "")
        assert ran.out.splitlines() == [
            f"list 0: 1 withdrawn, {sizes[0]} bytes, counts until 2026-11-02 00:00+00:00",
            f"list 1: 0 withdrawn, {sizes[1]} bytes, counts until 2026-11-02 00:00+00:00",
            f"all 2 lists are in lists; head of the log: {head}",
        ]
        signed = parse(Path("lists/0.cbor").read_bytes())
        signed.verify(STATUS_KEY.public_key)
        content = StatusList.decode(signed.payload)
        assert (content.uri, content.issued) == (f"{BASE}/0", AT)

    def test_one_file_for_gates(self, ledger: Run) -> None:
        """With --bundle all lists are in one file too, which is replaced each time, by a timer too."""
        open_list_1()
        for _ in range(2):
            assert publish(ledger, "--bundle", "lists.cbor").code == 0
            singles = [Path(f"lists/{number}.cbor").read_bytes() for number in (0, 1)]
            assert Path("lists.cbor").read_bytes() == b"".join(singles)
        assert publish(ledger, "--bundle", "nowhere/lists.cbor").code == 2

    def test_after_a_pause(self, ledger: Run, clock: Clock) -> None:
        """A clock that is far ahead publishes nothing, until somebody confirms it."""
        clock.at += timedelta(days=20)
        ran = publish(ledger)
        assert (ran.code, ran.out, Path("lists").exists()) == (3, "", False)
        assert "confirm it once with --after-pause" in ran.err
        assert publish(ledger, "--after-pause").code == 0
        assert publish(ledger).code == 0

    def test_again(self, ledger: Run) -> None:
        """A list that is published again in the same second is newer all the same."""
        open_list_1()
        publish(ledger)
        publish(ledger)
        content = StatusList.decode(parse(Path("lists/0.cbor").read_bytes()).payload)
        assert content.issued == AT + 1
        assert sorted(path.name for path in Path("lists").iterdir()) == ["0.cbor", "1.cbor"]

    def test_interrupted(self, ledger: Run, monkeypatch: pytest.MonkeyPatch) -> None:
        """Whatever stops it, each file is the old or the new one; then it is done again."""
        open_list_1()
        publish(ledger)
        old = contents(Path("lists"))
        replace = os.replace

        def full(source: str, target: str, **_: Any) -> None:
            if str(target) == "lists/1.cbor":
                raise OSError(28, "No space left on device", str(target))
            replace(source, target)

        with monkeypatch.context() as patched:
            patched.setattr("os.replace", full)
            ran = publish(ledger)
        assert ran.code == 2
        assert ran.out.startswith("list 0: 0 withdrawn")
        assert len(ran.out.splitlines()) == 1
        assert "cannot write 'lists/1.cbor': no space left on device" in ran.err
        now = contents(Path("lists"))
        assert now.keys() == old.keys()
        assert now["0.cbor"] != old["0.cbor"]
        assert now["1.cbor"] == old["1.cbor"]
        assert publish(ledger).code == 0

    def test_killed(self, ledger: Run, monkeypatch: pytest.MonkeyPatch) -> None:
        """Ctrl-C between two lists leaves whole files."""
        open_list_1()
        publish(ledger)
        written = 0

        def replace(path: Path, data: bytes, *, durable: bool) -> None:
            nonlocal written
            written += 1
            if written == 2:
                raise KeyboardInterrupt
            from healthpass.cli.io.files import replace

            replace(path, data, durable=durable)

        monkeypatch.setattr(status, "replace", replace)
        assert publish(ledger).code == 130
        for number in (0, 1):
            parse(Path(f"lists/{number}.cbor").read_bytes())

    @pytest.mark.parametrize(
        ("key", "says"),
        [
            ("KEY.pem", " is listed, but not for status lists\n"),
            ("other.pem", "list 0 would be refused: unknown-signer"),
        ],
    )
    def test_a_key_that_is_no_status_key(self, ledger: Run, gate: TrustStore, key: str, says: str) -> None:
        """With a store, lists that no gate would take are not written; without one, nobody can know."""
        Path("other.pem").write_text(SigningKey.generate().to_pem())
        ran = publish(ledger, "--key", key, "--trust", "gate")
        assert (ran.code, ran.out) == (1, "")
        assert says in ran.err
        assert "hint: nothing was written" in ran.err
        assert not Path("lists").exists()
        assert not states_of(gate)[0].lists
        assert publish(ledger, "--key", key).code == 0

    def test_another_address(self, ledger: Run, gate: TrustStore) -> None:
        """With a store, an address that the registry does not name is found out."""
        ran = publish(ledger, "--base", f"{BASE}2", "--trust", "gate")
        assert (ran.code, ran.out) == (1, "")
        assert "wrong-authority" in ran.err
        del gate

    @pytest.mark.parametrize(
        ("arguments", "code", "says"),
        [
            (("--key", "PUB.pem"), 2, "PRIVATE KEY is needed"),
            (("--key", "nothing.pem"), 2, "no such file"),
            (("--key", "ledger"), 2, "healthpass: error: "),
            (("--base", "http://x.example/s"), 2, "--base 'http://x.example/s': "),
            (("--base", f"{BASE}/"), 2, "healthpass: error: "),
            (("--base", f"{BASE}?x=1"), 2, "no ? and no #"),
            (("--base", "https://\x1b[2J.example"), 2, "healthpass: error: "),
            (("--valid-for", "8d"), 2, "--valid-for '8d': 7d at most"),
            (("--valid-for", "604801s"), 2, "7d at most"),
            (("--valid-for", "0s"), 2, "--valid-for '0s': expected a duration"),
            (("--valid-for", "24"), 2, "--valid-for '24': expected a duration"),
            (("--out", "KEY.pem"), 2, "cannot use the folder 'KEY.pem'"),
            (("--out", "nowhere/lists"), 2, "cannot use the folder"),
            (("--out", "a\0b"), 2, "embedded null "),
            (("--trust", "nothing"), 3, "cannot read the trust store"),
        ],
    )
    def test_refused(self, ledger: Run, arguments: tuple[str, ...], code: int, says: str) -> None:
        """What cannot be is one line, and nothing is written."""
        Path("PUB.pem").write_text(STATUS_KEY.public_key.to_pem())
        ran = publish(ledger, *arguments)
        assert (ran.code, ran.out) == (code, "")
        assert says in ran.err
        assert "\x1b" not in ran.err
        assert not Path("lists").exists()


class TestShow:
    """`healthpass status show`."""

    def test_a_ledger(self, ledger: Run) -> None:
        """The issuer, the log, and each list with what is withdrawn."""
        ledger("status", "revoke", "ledger", cti_of(issue(ledger)), *WHO)
        open_list_1()
        with SqliteLedger("ledger") as opened:
            head = str(opened.head())
        ran = ledger("status", "show", "ledger")
        assert (ran.code, ran.err) == (0, "")
        assert ran.out.splitlines() == [
            f"  issuer        {ISSUER}",
            f"  log           3 lines; head {head}",
            "  list 0        1 withdrawn",
            "  list 1        0 withdrawn",
        ]
        assert ledger("status", "show", "ledger", "--json").json() == {
            "v": 1,
            "issuer": ISSUER,
            "head": head,
            "lists": [{"list": 0, "withdrawn": 1}, {"list": 1, "withdrawn": 0}],
        }

    def test_a_list(self, ledger: Run) -> None:
        """What a list says, under the warning that nobody has verified it."""
        ledger("status", "revoke", "ledger", cti_of(issue(ledger)), *WHO)
        publish(ledger)
        data = Path("lists/0.cbor").read_bytes()
        ran = ledger("status", "show", "lists/0.cbor")
        assert (ran.code, ran.err) == (0, "")
        assert ran.out.splitlines() == [
            "NOT VERIFIED: anybody can have written this",
            f"  address       {BASE}/0",
            "  list          0",
            f"  signed by     {STATUS_KEY.public_key.kid.hex()}",
            "  made          2026-11-01 00:00:00+00:00",
            "  counts until  2026-11-02 00:00:00+00:00",
            "  withdrawn     1 of 1,048,576 entries",
            f"  bytes         {len(data)}",
        ]
        record = ledger("status", "show", "lists/0.cbor", "--json").json()
        assert record.pop("sha256") == parse(data).digest.hex()
        assert record == {
            "v": 1,
            "kind": Kind.STATUS_LIST,
            "bytes": len(data),
            "signed_by": [STATUS_KEY.public_key.kid.hex()],
            "claimed": {
                "address": f"{BASE}/0",
                "list": 0,
                "issued_at": "2026-11-01T00:00:00Z",
                "expires_at": "2026-11-02T00:00:00Z",
                "ttl": None,
                "bits": 1,
                "entries": 1_048_576,
                "withdrawn": 1,
                "unknown": 0,
            },
        }

    @pytest.mark.parametrize("bits", [1, 2, 4, 8])
    def test_counts_entries_of_any_width(self, bits: int) -> None:
        """What is counted by bytes is what is found entry by entry."""
        data = os.urandom(300) + bytes(700)
        content = StatusList(uri=f"{BASE}/0", issued=1, expires=2, bits=bits, compressed=zlib.compress(data))
        entries = content.entries()
        found = [entries.at(index) for index in range(len(entries))]
        assert [entries.count(status) for status in Status] == [found.count(status) for status in Status]

    def test_an_odd_list(self, run: Run) -> None:
        """An address without a number, a ttl and entries that say something else are told."""
        content = StatusList(
            uri="\x1b[2Jhere", issued=1, expires=2, bits=8, compressed=zlib.compress(b"\x01\x07"), ttl=60
        )
        Path("odd.cbor").write_bytes(bytes(SignedList(bytes(8), content.encode(), bytes(64))))
        ran = run("status", "show", "odd.cbor")
        assert ran.code == 0
        assert "\x1b" not in ran.out
        assert "no number at the end of its address" in ran.out
        assert "  ask again     after 60 s\n" in ran.out
        assert "  neither       1 entries say something else\n" in ran.out

    @pytest.mark.parametrize("kind", ["cut", "payload", "bomb", "huge"])
    def test_lists_that_are_malformed(self, run: Run, kind: str) -> None:
        """A list that breaks a rule is refused, and nothing of it is shown."""
        sound = sign_list(bytes(BYTES_PER_BIT), uri=f"{BASE}/0", key=STATUS_KEY, issued=AT, expires=AT + 60)
        bomb = StatusList(
            uri=f"{BASE}/0", issued=1, expires=2, bits=1, compressed=zlib.compress(bytes(BYTES_PER_BIT * 100), 9)
        )
        data = {
            "cut": sound[:-1],
            "payload": bytes(SignedList(bytes(8), b"\xff" * 40, bytes(64))),
            "bomb": bytes(SignedList(bytes(8), bomb.written(), bytes(64))),
            "huge": sound + bytes(Kind.STATUS_LIST.max_bytes),
        }[kind]
        Path("bad.cbor").write_bytes(data)
        ran = run("status", "show", "bad.cbor")
        assert (ran.code, ran.out) == (3 if kind == "huge" else 1, "")
        assert ran.err.startswith("healthpass: error: ")


class TestHistory:
    """`healthpass status history` and `check`."""

    def test_who_did_what(self, ledger: Run) -> None:
        """Issued, withdrawn and corrected: when, by whom, on what ground; and that the log is whole."""
        wrong, right = (issue(ledger) for _ in range(2))
        cti, new = cti_of(wrong), cti_of(right)
        with SqliteLedger("ledger") as opened:
            opened.correct(bytes.fromhex(cti), new=bytes.fromhex(new), by="appeals", why="another's test")
            head = str(opened.head())
        place = claims_of(wrong).health.status
        assert place
        ran = ledger("status", "history", "ledger", cti)
        assert (ran.code, ran.err) == (0, "")
        kid = StatusOffice(ISSUER).key().public_key.kid.hex()
        assert ran.out.splitlines() == [
            "2026-11-01 00:00+00:00  issued by officer 17: 检测阳性 a positive test",
            f"  list {place.list}, index {place.index}; key {kid}",
            "2026-11-01 00:00+00:00  corrected by appeals: another's test",
            f"  issued anew as {new}",
            f"the log is whole: 4 lines; head {head}",
        ]
        record = ledger("status", "history", "ledger", cti, "--json").json()
        assert record["log"] == {"whole": True, "head": head, "message": None}
        issued, corrected = record["actions"]
        assert issued == {
            "line": 2,
            "codes": 1,
            "at": "2026-11-01T00:00:00Z",
            "action": "issued",
            "by": "officer 17",
            "why": "检测阳性 a positive test",
            "place": [place.list, place.index],
            "kid": kid,
            "issued_at": "2026-11-01T00:00:00Z",
            "expires_at": "2026-11-02T00:00:00Z",
        }
        assert (corrected["action"], corrected["new"]) == ("corrected", new)
        assert record["in_place_of"] == []

    def test_an_unknown_code(self, ledger: Run) -> None:
        """A code that the ledger does not know is exit code 1; what is no reference is wrong usage."""
        ran = ledger("status", "history", "ledger", "00" * 12)
        assert (ran.code, ran.out) == (1, "")
        assert "knows no code" in ran.err
        assert ledger("status", "history", "ledger", "00").code == 2

    @pytest.mark.parametrize(
        "change",
        [
            "UPDATE log SET facts = replace(facts, 'officer 17', 'officer 18') WHERE number = 3",
            "UPDATE log SET at = at + 1 WHERE number = 2",
            "DELETE FROM log WHERE number = 3",
            "UPDATE codes SET state = 0",
            "UPDATE log SET facts = '{}' WHERE number = 3",
            "UPDATE log SET facts = 'garbage' WHERE number = 3",
            "UPDATE log SET facts = x'ff' WHERE number = 3",
            "UPDATE log SET at = 'x' WHERE number = 3",
        ],
    )
    def test_tampered_with(self, ledger: Run, change: str) -> None:
        """Whatever somebody changes in the file is told, with exit code 1."""
        cti = cti_of(issue(ledger))
        ledger("status", "revoke", "ledger", cti, *WHO)
        assert ledger("status", "check", "ledger").code == 0
        connection = sqlite3.connect("ledger/ledger.db")
        with connection:
            connection.execute(change)
        connection.close()
        ran = ledger("status", "check", "ledger")
        assert ran.code == 1
        assert ran.out.startswith("TAMPERED: the log ")
        assert ledger("status", "history", "ledger", cti).code == 1
        assert ledger("status", "history", "ledger", cti, "--json").code == 1

    def test_a_log_that_was_cut_off(self, ledger: Run) -> None:
        """An earlier copy of the ledger is known as one, and by a head that was kept elsewhere too."""
        before = Path("ledger/ledger.db").read_bytes()
        issue(ledger)
        head = publish(ledger).out.split()[-1]
        check = ("status", "check", "ledger")
        assert ledger(*check, "--head", head).code == 0
        Path("ledger/ledger.db").write_bytes(before)
        ran = ledger(*check)
        assert (ran.code, ran.err) == (1, "")
        assert ran.out.startswith("WENT BACK: cannot vouch for the ledger ")
        ran = ledger(*check, "--head", head)
        assert ran.code == 1
        assert ran.out.startswith("TAMPERED")

    def test_without_a_check(self, ledger: Run) -> None:
        """Of a log that takes hours to check, the history is told at once, and that nobody has checked it."""
        cti = cti_of(issue(ledger))
        connection = sqlite3.connect("ledger/ledger.db")
        with connection:
            connection.execute("UPDATE log SET at = at + 1 WHERE number = 1")
        connection.close()
        ran = ledger("status", "history", "ledger", cti, "--no-check")
        assert (ran.code, ran.err) == (0, "")
        assert ran.out.splitlines()[-1].startswith("the log was not checked")
        record = ledger("status", "history", "ledger", cti, "--no-check", "--json").json()
        assert record["log"] == {"whole": None, "head": None, "message": None}

    @pytest.mark.parametrize("change", ["'{}'", "x'ff'", '\'{"salt":0,"by":"a","why":"b","place":1,"kid":2}\''])
    def test_of_a_line_that_cannot_be_read(self, ledger: Run, change: str) -> None:
        """What is no line about a code is told, also where nobody checks the log."""
        cti = cti_of(issue(ledger))
        connection = sqlite3.connect("ledger/ledger.db")
        with connection:
            connection.execute(f"UPDATE log SET facts = {change} WHERE number = 2")  # noqa: S608
        connection.close()
        for arguments in ((), ("--no-check",)):
            ran = ledger("status", "history", "ledger", cti, *arguments)
            assert (ran.code, ran.out) == (1, "")
            assert ran.err.startswith("healthpass: error: the log ")

    @pytest.mark.parametrize(
        "head", ["1234567890123456:" + "00" * 32, "", "1", "1:", "x:00", "1:zz", ":", "-1:" + "00" * 32]
    )
    def test_heads_that_are_none(self, ledger: Run, head: str) -> None:
        """A head that cannot be one is never taken for a good one."""
        ran = ledger("status", "check", "ledger", "--head", head)
        assert (ran.code, ran.out) == (2, "")
        assert f"--head {head!r}: expected" in ran.err


class TestProof:
    """`healthpass status proof`, and `check` of what it makes."""

    @pytest.fixture
    def cti(self, ledger: Run) -> str:
        """Issue two codes, withdraw the first, and prove that; return its reference."""
        cti, _ = (cti_of(issue(ledger)) for _ in range(2))
        with SqliteLedger("ledger") as opened:
            opened.revoke(bytes.fromhex(cti), by="officer 4", why="误报")
        return cti

    def test_without_the_ledger(self, ledger: Run, cti: str) -> None:
        """What was done is proven by a head alone, line by line, and each line on its own."""
        with SqliteLedger("ledger") as opened:
            head = str(opened.head())
        ran = ledger("status", "proof", "ledger", cti, "--out", "proof.json")
        assert (ran.code, ran.err) == (0, "")
        assert ran.out == f"proof.json: 2 proofs of the code {cti}, by the head {head}\n"
        assert stat.S_IMODE(Path("proof.json").stat().st_mode) == 0o600
        shutil.rmtree("ledger")
        ran = ledger("status", "check", "proof.json", "--head", head)
        assert (ran.code, ran.err) == (0, "")
        told = ran.out.splitlines()
        assert told[0] == told[3] == f"the code {cti}"
        assert told[1].endswith("issued by officer 17: 检测阳性 a positive test")
        assert told[4:] == [
            "2026-11-01 00:00+00:00  withdrawn by officer 4: 误报",
            f"all of this is in the log with the head {head}",
        ]
        lines = Path("proof.json").read_text("utf-8").splitlines(keepends=True)
        Path("one.json").write_text(lines[1], "utf-8")
        ran = ledger("status", "check", "one.json", "--head", head)
        assert (ran.code, "officer 17" in ran.out, "officer 4" in ran.out) == (0, False, True)

    def test_up_to_a_head_that_was_kept(self, ledger: Run, cti: str) -> None:
        """With --head, what was done up to it is proven; a head that the log does not have is refused."""
        with SqliteLedger("ledger") as opened:
            heads = [str(Head(line.number, line.hash)) for line in opened.log()]
        ran = ledger("status", "proof", "ledger", cti, "--head", heads[2], "--out", "proof.json")
        assert ran.out.startswith("proof.json: 1 proof of the code ")
        assert ledger("status", "check", "proof.json", "--head", heads[2]).code == 0
        ran = ledger("status", "check", "proof.json", "--head", heads[3])
        assert (ran.code, ran.out) == (1, "")
        assert "it is for the heads of line 2 to 3" in ran.err
        ran = ledger("status", "proof", "ledger", cti, "--head", f"3:{'0' * 64}", "--out", "other.json")
        assert (ran.code, ran.out) == (3, "")
        assert not Path("other.json").exists()

    @pytest.mark.parametrize(
        ("change", "code", "says"),
        [
            (lambda text: text.replace("officer 4", "officer 5"), 1, "line 2 of 'proof.json': the log with the"),
            (lambda text: text.replace('"at":', '"at": ', 1), 1, "this is no proof of an entry"),
            (lambda text: text + "\n", 1, "line 3 of 'proof.json': this is no proof of an entry"),
            (lambda text: text.encode("utf-16-le").decode("latin-1"), 1, "this is no proof"),
            (lambda _: "{" * 100_000, 1, "this is no proof of an entry"),
            (lambda _: "", 3, "a ledger is a folder"),
        ],
    )
    def test_that_was_changed(
        self, ledger: Run, cti: str, change: Callable[[str], str], code: int, says: str
    ) -> None:
        """Of a file with one wrong line nothing is told but that."""
        with SqliteLedger("ledger") as opened:
            head = str(opened.head())
        ledger("status", "proof", "ledger", cti, "--out", "proof.json")
        Path("proof.json").write_text(change(Path("proof.json").read_text("utf-8")), "utf-8")
        ran = ledger("status", "check", "proof.json", "--head", head)
        assert (ran.code, ran.out) == (code, "")
        assert says in ran.err

    def test_needs_one_head(self, ledger: Run, cti: str) -> None:
        """A proof shows nothing without a head, and is checked by one at a time; no file is written over."""
        ledger("status", "proof", "ledger", cti, "--out", "proof.json")
        before = Path("proof.json").read_bytes()
        for heads in ((), ("--head", f"1:{'0' * 64}") * 2):
            ran = ledger("status", "check", "proof.json", *heads)
            assert (ran.code, ran.out) == (2, "")
            assert "one head" in ran.err
        assert ledger("status", "proof", "ledger", cti, "--out", "proof.json").code == 2
        assert ledger("status", "proof", "ledger", "00" * 12, "--out", "none.json").code == 1
        assert ledger("status", "proof", "ledger", "00", "--out", "none.json").code == 2
        assert (Path("proof.json").read_bytes(), Path("none.json").exists()) == (before, False)


class TestBackup:
    """`healthpass status backup`."""

    def test_copies_what_is_in_use(self, ledger: Run) -> None:
        """A copy that is made while the ledger is open has all codes, and its head is told."""
        with SqliteLedger("ledger") as opened:
            cti = cti_of(issue(ledger))
            ran = ledger("status", "backup", "ledger", "--out", "copy.db")
            assert ran.out == f"copy.db is a copy of the ledger now; head of the log: {opened.head()}\n"
        assert (ran.code, ran.err) == (0, "")
        assert stat.S_IMODE(Path("copy.db").stat().st_mode) == 0o600
        assert ledger("status", "history", "copy.db", cti).code == 3

    @pytest.mark.parametrize("out", ["ledger", "KEY.pem", "nowhere/copy.db", "a\0b", "."])
    def test_overwrites_nothing(self, ledger: Run, out: str) -> None:
        """Whatever has the name stays as it was."""
        before = contents(Path())
        ran = ledger("status", "backup", "ledger", "--out", out)
        assert (ran.code in {2, 3}, ran.out) == (True, "")
        assert ran.err.startswith("healthpass: error: ")
        assert contents(Path()) == before


class TestRestore:
    """`healthpass status restore`, and what is compared before publishing."""

    @pytest.fixture
    def lost(self, ledger: Run) -> list[str]:
        """Withdraw two codes after a copy, which lies in the place of the ledger now; return their references."""
        known = cti_of(issue(ledger))
        assert ledger("status", "backup", "ledger", "--out", "copy.db").code == 0
        unknown = cti_of(issue(ledger))
        assert ledger("status", "revoke", "ledger", known, unknown, *WHO).code == 0
        assert publish(ledger).code == 0
        Path("ledger/ledger.db").write_bytes(Path("copy.db").read_bytes())
        return [known, unknown]

    def test_a_ledger_that_went_back(self, ledger: Run, lost: list[str]) -> None:
        """A copy that somebody put back is refused; restored, the office goes on, and nothing is undone."""
        ran = ledger("status", "revoke", "ledger", lost[0], *WHO)
        assert (ran.code, ran.out) == (3, "")
        assert "it is a copy, which `healthpass status backup` made; it can be read" in ran.err
        assert "`healthpass status restore` has put it in order" in ran.err
        ran = ledger("status", "restore", "ledger/ledger.db", "ledger", *WHO)
        assert (ran.code, ran.out.splitlines()) == (
            0,
            [
                "ledger is a ledger again, from a copy with 2 lines",
                "lost: lines 3 to 5",
                "withdrawn, as published: 1, and 1 unknown codes",
                "new codes have their places from list 2 on",
                "the database that was there is kept as ledger/before-1.db",
            ],
        )
        assert ran.err.startswith("hint: withdraw again what was withdrawn and not published")
        status = claims_of(issue(ledger)).health.status
        assert status
        assert status.list == 2
        assert publish(ledger).out.startswith("list 0: 2 withdrawn")
        assert ledger("status", "check", "ledger").code == 0

    def test_from_the_lists_alone(self, ledger: Run, lost: list[str]) -> None:
        """Where the whole folder is gone, published lists are evidence, under the key that signed them."""
        del lost
        shutil.rmtree("ledger")
        restore = ("status", "restore", "copy.db", "ledger", *WHO)
        ran = ledger(*restore)
        assert (ran.code, ran.out) == (3, "")
        assert "nothing tells what was issued and withdrawn after it" in ran.err
        assert ledger(*restore, "--published", "lists").code == 2
        Path("PUB.pem").write_text(STATUS_KEY.public_key.to_pem())
        ran = ledger(*restore, "--published", "lists", "--status-key", "PUB.pem")
        assert ran.code == 0
        assert "lost: line 3 and later, if there were any\n" in ran.out
        assert publish(ledger).out.startswith("list 0: 2 withdrawn")

    def test_compares_with_what_gates_fetch(self, ledger: Run, lost: list[str], clock: Clock) -> None:
        """A ledger that is in order, and says less than the lists that are out, publishes nothing."""
        del lost
        shutil.rmtree("ledger")
        assert ledger("status", "restore", "copy.db", "ledger", *WHO, "--without-evidence").code == 0
        clock.at = NOW + timedelta(minutes=1)
        before = contents(Path("lists"))
        ran = publish(ledger, "--published", "lists")
        assert (ran.code, ran.out) == (3, "")
        assert "2 codes of list 0 were published as withdrawn, and the ledger says nothing of it" in ran.err
        assert contents(Path("lists")) == before
        assert publish(ledger, "--published", "nowhere").code == 3

    def test_compares_with_an_address(self, ledger: Run, lost: list[str], monkeypatch: pytest.MonkeyPatch) -> None:
        """The lists at an address are fetched by their numbers, as far as there are any."""
        del lost
        restored = ("status", "restore", "ledger/ledger.db", "ledger", *WHO)
        assert ledger(*restored).code == 0
        with serving(Path("lists")) as address:
            assert publish(ledger, "--published", address).code == 0
            assert publish(ledger, "--published", f"{address}/none").code == 0
        monkeypatch.setattr("healthpass.cli.restoring._NOT_THERE", "nothing")
        assert publish(ledger, "--published", address).code == 3


@contextmanager
def serving(folder: Path) -> Iterator[str]:
    """Serve lists by their numbers, on this machine."""

    class Handler(BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            """Answer with a list, or with 404."""
            path = folder / f"{self.path[1:]}.cbor"
            data = path.read_bytes() if path.is_file() else b""
            self.send_response(200 if data else 404)
            self.send_header("Content-Length", str(len(data)))
            self.end_headers()
            self.wfile.write(data)

        def log_message(self, *_: object) -> None:
            """Say nothing."""

    server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    thread = threading.Thread(target=server.serve_forever, daemon=True)
    thread.start()
    try:
        yield f"http://127.0.0.1:{server.server_port}"
    finally:
        server.shutdown()
        server.server_close()
        thread.join()


class TestHostile:
    """What lies where a ledger should be."""

    COMMANDS = (
        ("revoke", "gate.db", "00" * 12, *WHO),
        ("correct", "gate.db", "00" * 12, "--new", "11" * 12, *WHO),
        ("publish", "gate.db", "--key", "STATUS.pem", "--base", BASE, "--valid-for", "24h", "--out", "lists"),
        ("show", "gate.db"),
        ("history", "gate.db", "00" * 12),
        ("check", "gate.db"),
    )

    @pytest.mark.parametrize("command", COMMANDS, ids=lambda command: command[0])
    @pytest.mark.parametrize("kind", ["nothing", "folder", "empty", "garbage", "fifo", "cut", "database", "newer"])
    def test_ledgers_that_are_none(self, ledger: Run, command: tuple[str, ...], kind: str) -> None:
        """Each command says in a line that there is no ledger, with exit code 3, and changes nothing."""
        spoil(kind)
        before = None if kind in {"nothing", "folder", "fifo"} else Path("gate.db").read_bytes()
        ran = ledger("status", *command)
        assert (ran.code, ran.out) == (3, "")
        assert ran.err.startswith("healthpass: error: ")
        assert ("gate.db': this is no ledger" in ran.err) is (kind == "folder")
        assert before is None or Path("gate.db").read_bytes() == before
        assert not Path("lists").exists()

    @pytest.mark.usefixtures("permissions")
    def test_a_file_that_may_not_be_written(self, ledger: Run) -> None:
        """A ledger that is read-only is not written to, and says so."""
        Path("ledger/ledger.db").chmod(0o400)
        ran = publish(ledger)
        assert (ran.code, ran.out) == (3, "")
        assert "it is read-only here" in ran.err

    def test_file_names_are_harmless(self, run: Run) -> None:
        """A name that could steer a terminal is escaped where it is repeated."""
        assert run("status", "init", "\x1b[2J.db", "--issuer", ISSUER).code == 0
        for arguments in (("show", "\x1b[2J.db"), ("show", "\x1b[3J.db"), ("check", "a\0b")):
            ran = run("status", *arguments)
            assert "\x1b" not in ran.out + ran.err

    def test_a_broken_pipe(self, ledger: Run) -> None:
        """Whoever reads may stop reading."""
        cti = cti_of(issue(ledger))
        for arguments in (["show", "ledger"], ["history", "ledger", cti], ["check", "ledger"]):
            reader, writer = os.pipe()
            os.close(reader)
            with open(writer, "wb") as pipe:  # noqa: PTH123 - a descriptor
                ran = subprocess.run(
                    [*PROGRAM, "status", *arguments], stdout=pipe, stderr=subprocess.PIPE, check=False
                )
            assert (ran.returncode, ran.stderr) == (141, b"")

    def test_json_is_harmless(self, ledger: Run) -> None:
        """The JSON of every command is one line that parses."""
        cti = cti_of(issue(ledger))
        publish(ledger)
        for arguments in (("show", "ledger"), ("show", "lists/0.cbor"), ("history", "ledger", cti)):
            ran = ledger("status", *arguments, "--json")
            assert json.loads(ran.out)["v"] == 1


def spoil(kind: str) -> None:
    """Leave something at `gate.db` that is no ledger."""
    if kind == "folder":
        Path("gate.db").mkdir()
    elif kind == "fifo":
        os.mkfifo("gate.db")
    elif kind == "empty":
        Path("gate.db").touch()
    elif kind == "garbage":
        Path("gate.db").write_bytes(os.urandom(4096))
    elif kind == "cut":
        Path("gate.db").write_bytes(Path("ledger/ledger.db").read_bytes()[:5000])
    elif kind != "nothing":
        connection = sqlite3.connect("gate.db")
        with connection:
            connection.execute("CREATE TABLE ledger (issuer TEXT)")
            if kind == "newer":
                connection.execute("PRAGMA application_id = 0x68704c67")
                connection.execute("PRAGMA user_version = 99")
        connection.close()


class TestAge:
    """How old a list is, in words."""

    @pytest.mark.parametrize(
        ("seconds", "en", "zh"),
        [
            (-86_400, "dated ahead", "签署时间超前"),
            (-1, "dated ahead", "签署时间超前"),
            (0, "less than a minute old", "不到 1 分钟前签署"),
            (59, "less than a minute old", "不到 1 分钟前签署"),
            (60, "1 minute old", "1 分钟前签署"),
            (7199, "119 minutes old", "119 分钟前签署"),
            (7200, "2 hours old", "2 小时前签署"),
            (172_799, "47 hours old", "47 小时前签署"),
            (172_800, "2 days old", "2 天前签署"),
        ],
    )
    def test_words(self, seconds: int, en: str, zh: str) -> None:
        """The unit is one in which the number says something."""
        made = datetime(2026, 11, 1, tzinfo=UTC)
        told = []
        for chosen in ("en", "zh"):
            language.choose(["--lang", chosen])
            told.append(age(made, made + timedelta(seconds=seconds)))
        language.choose([])
        assert told == [en, zh]
