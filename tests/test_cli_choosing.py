"""`healthpass status revoke`, `list` and `history --batch`: many codes, chosen, counted and agreed to."""

import json
import os
import pty
import subprocess
from collections.abc import Iterator
from datetime import timedelta
from pathlib import Path

import pytest

from command_line import PROGRAM, Ran, Run, in_folder, runner
from forging import KEY, NOW
from healthpass.ledger import Selection, SqliteLedger
from offices import Office, stopped_clock

KID = KEY.public_key.kid.hex()
WHO = ("--by", "officer 4", "--why", "samples mixed up")
SINCE = ("--since", "2026-11-01T01:00:00Z")
pytestmark = pytest.mark.skipif(os.name != "posix", reason="a ledger in a folder of POSIX permissions")


@pytest.fixture
def run(capsys: pytest.CaptureFixture[str], tmp_path: Path) -> Iterator[Run]:
    """Run the command line in a folder of its own, where all times are UTC and the ledger's clock stands."""
    with in_folder(tmp_path) as patched:
        stopped_clock(patched)
        yield runner(capsys, patched)


@pytest.fixture
def office(run: Run) -> Iterator[Office]:
    """Give the ledger of an office: batch 2 of 150 codes, and batch 3 of 5 codes, an hour later."""
    del run  # for its folder
    office = Office(Path("ledger"))
    office.issue(150, by="laboratory import", why="negative test 阴性")
    office.issue(5, issued_at=NOW + timedelta(hours=1))
    yield office
    office.ledger.close()


def revoke(run: Run, *arguments: str) -> Ran:
    """Withdraw codes."""
    return run("status", "revoke", "ledger", *WHO, *arguments)


def withdrawn() -> int:
    """Count the codes that are withdrawn."""
    with SqliteLedger("ledger") as ledger:
        return int.from_bytes(ledger.bitmap(0, at=NOW)).bit_count()


def ctis(office: Office, **conditions: int) -> list[str]:
    """Return the references of codes."""
    return [code.cti.hex() for code in office.ledger.select(Selection(**conditions))]  # type: ignore[arg-type]


class TestRevoke:
    """`healthpass status revoke`, by what codes have in common."""

    @pytest.mark.parametrize(
        ("arguments", "count"),
        [
            (("--kid", KID, *SINCE), 5),
            (("--until", "2026-11-01T01:00:00Z", "--max", "150"), 150),
            (("--set-by", "officer 17"), 5),
            (("--set-why", "negative test 阴性", "--max", "200"), 150),
            (("--batch", "3"), 5),
            (("--batch", "3", "--set-by", "officer 17", *SINCE), 5),
        ],
    )
    def test_what_they_have_in_common(
        self, run: Run, office: Office, arguments: tuple[str, ...], count: int
    ) -> None:
        """Codes are chosen by key, time, who, ground and batch; the batch of the withdrawal is told."""
        assert office.ledger.head().number == 3
        ran = revoke(run, *arguments)
        assert (ran.code, ran.out) == (
            0,
            f"{count} withdrawn, 0 already, 0 unknown; batch 4\n",
        )
        assert withdrawn() == count
        ran = revoke(run, *arguments)
        assert ran.out == f"0 withdrawn, {count} already, 0 unknown\n"

    @pytest.mark.usefixtures("office")
    @pytest.mark.parametrize("arguments", [("--kid", "00" * 8), ("--set-by", "nobody"), (*SINCE, "--batch", "2")])
    def test_nothing_in_common(self, run: Run, arguments: tuple[str, ...]) -> None:
        """A choice that no code fits is an error, exit code 1: it may have a slip."""
        ran = revoke(run, *arguments)
        assert (ran.code, ran.out) == (1, "")
        assert "no such code is known here" in ran.err

    @pytest.mark.usefixtures("office")
    @pytest.mark.parametrize("number", ["1", "4", "99"])
    def test_no_such_batch(self, run: Run, number: str) -> None:
        """A number that is no batch is an error, exit code 1."""
        for command in (("revoke", "ledger", *WHO), ("list", "ledger"), ("history", "ledger")):
            ran = run("status", *command, "--batch", number)
            assert (ran.code, ran.out) == (1, "")
            assert f"there is no batch {number}: " in ran.err

    @pytest.mark.usefixtures("office")
    def test_a_batch_of_several_steps(self, run: Run, office: Office) -> None:
        """A withdrawal in several steps has several batches, of which the first and the last are told."""
        office.ledger.record([office.code() for _ in range(4100)])
        ran = revoke(run, "--kid", KID, "--max", "10000")
        assert ran.out == "4,255 withdrawn, 0 already, 0 unknown; batch 5-6\n"


class TestMany:
    """More codes than --max."""

    @pytest.fixture(params=["common", "file", "arguments"])
    def many(self, request: pytest.FixtureRequest, office: Office) -> tuple[str, ...]:
        """Choose all 155 codes, in each of the ways."""
        references = ctis(office)
        Path("ctis.txt").write_text("\n".join(references))
        ways = {"common": ("--kid", KID), "file": ("--file", "ctis.txt"), "arguments": tuple(references)}
        return ways[request.param]

    def test_nobody_is_asked(self, run: Run, many: tuple[str, ...]) -> None:
        """Without a terminal nothing is withdrawn; the count is told, and what to type."""
        ran = revoke(run, *many)
        assert (ran.code, ran.out) == (2, "")
        assert "nobody is here to agree to withdraw 155 codes, more than 100, and nothing was withdrawn" in ran.err
        assert "hint: --dry-run tells which they are; --max 155 agrees to so many\n" in ran.err
        assert withdrawn() == 0
        assert revoke(run, *many, "--max", "154").code == 2
        assert withdrawn() == 0
        assert revoke(run, *many, "--max", "155").code == 0
        assert withdrawn() == 155

    def test_only_what_changes_is_counted(self, run: Run, many: tuple[str, ...]) -> None:
        """Codes that are withdrawn already ask for nobody's consent."""
        assert revoke(run, "--batch", "2", "--max", "150").code == 0
        ran = revoke(run, *many, "--max", "5")
        assert ran.code == 0
        assert ran.out.startswith("5 withdrawn, 150 already, 0 unknown")

    @pytest.mark.parametrize(
        ("typed", "code", "count"), [("yes\n", 0, 155), ("y\n", 1, 0), ("\n", 1, 0), ("\4", 1, 0)]
    )
    def test_somebody_is_asked(self, many: tuple[str, ...], typed: str, code: int, count: int) -> None:
        """On a terminal the count is told and somebody asked; only yes withdraws."""
        ours, theirs = pty.openpty()
        try:
            process = subprocess.Popen(
                [*PROGRAM, "status", "revoke", "ledger", *WHO, *many],
                stdin=theirs,
                stdout=subprocess.PIPE,
                stderr=subprocess.PIPE,
            )
            os.write(ours, typed.encode())
            out, err = process.communicate(timeout=60)
        finally:
            os.close(ours)
            os.close(theirs)
        assert process.returncode == code, err.decode()
        assert "Withdraw 155 codes, for good? (yes/no) " in err.decode()
        assert (b"155 withdrawn" in out) is (count == 155)
        assert withdrawn() == count

    def test_what_is_issued_while_somebody_thinks(self, office: Office) -> None:
        """Yes is said to the codes that were counted; what others issue before it is typed stays good."""
        ours, theirs = pty.openpty()
        try:
            process = subprocess.Popen(
                [*PROGRAM, "status", "revoke", "ledger", *WHO, "--kid", KID],
                stdin=theirs,
                stdout=subprocess.PIPE,
                stderr=subprocess.PIPE,
            )
            assert process.stderr
            asked = b""
            while not asked.endswith(b"(yes/no) "):
                read = process.stderr.read(1)
                assert read, asked
                asked += read
            office.issue(20)
            os.write(ours, b"yes\n")
            out, _ = process.communicate(timeout=60)
        finally:
            os.close(ours)
            os.close(theirs)
        assert "155 withdrawn, 0 already" in out.decode()
        assert withdrawn() == 155

    def test_rehearsed(self, run: Run, office: Office, many: tuple[str, ...]) -> None:
        """--dry-run tells the count, and changes nothing, however many they are."""
        head = office.ledger.head()
        ran = revoke(run, *many, "--dry-run")
        assert ran.code == 0
        first, *rest = ran.out.splitlines()
        assert first == "155 would be withdrawn, 0 already, 0 unknown"
        if many[0] == "--kid":
            assert {line.strip() for line in rest[:10]} <= {*ctis(office)}
            assert rest[10:] == ["  and 145 others"]
        assert ran.err == "nothing was changed\n"
        assert office.ledger.head() == head

    @pytest.mark.usefixtures("office")
    @pytest.mark.parametrize("number", ["-1", "many", "1.5", ""])
    def test_numbers_that_are_none(self, run: Run, number: str) -> None:
        """What is no number of codes is wrong usage."""
        assert revoke(run, "--kid", KID, "--max", number).code == 2
        assert withdrawn() == 0


class TestList:
    """`healthpass status list`."""

    def test_is_what_revoke_reads(self, run: Run, office: Office) -> None:
        """What was listed by some conditions is withdrawn with --file."""
        ran = run("status", "list", "ledger", "--set-by", "laboratory import", "--kid", KID)
        assert (ran.code, ran.err) == (0, "150 codes\n")
        Path("ctis.txt").write_text(ran.out)
        assert revoke(run, "--file", "ctis.txt", "--max", "150").code == 0
        ran = run("status", "list", "ledger", "--withdrawn")
        assert sorted(ran.out.splitlines()) == sorted(Path("ctis.txt").read_text().splitlines())
        ran = run("status", "list", "ledger", "--batch", "4")
        assert sorted(ran.out.splitlines()) == sorted(Path("ctis.txt").read_text().splitlines())
        ran = run("status", "list", "ledger", "--not-withdrawn")
        assert len(ran.out.splitlines()) == 5
        assert sorted(run("status", "list", "ledger").out.splitlines()) == sorted(ctis(office))

    def test_in_json(self, run: Run, office: Office) -> None:
        """A line of JSON tells key, times, batch and whether it is withdrawn, and nothing of the holder."""
        records = ctis(office, batch=3)
        office.ledger.revoke(bytes.fromhex(records[0]), by="a", why="b")
        ran = run("status", "list", "ledger", *SINCE, "--json")
        told = [json.loads(line) for line in ran.out.splitlines()]
        assert sorted(one["cti"] for one in told) == sorted(records)
        assert next(one for one in told if one["withdrawn"]) == {
            "v": 1,
            "cti": records[0],
            "kid": KID,
            "issued_at": "2026-11-01T01:00:00Z",
            "expires_at": "2026-11-02T00:00:00Z",
            "batch": 3,
            "withdrawn": True,
        }

    @pytest.mark.usefixtures("office")
    def test_nothing(self, run: Run) -> None:
        """Where no code fits, nothing is listed, and that is told."""
        ran = run("status", "list", "ledger", "--set-by", "nobody")
        assert (ran.code, ran.out, ran.err) == (0, "", "0 codes\n")

    @pytest.mark.usefixtures("office")
    @pytest.mark.parametrize(
        "arguments",
        [
            ("--kid", "00"),
            ("--since", "yesterday"),
            ("--since", "2026-11-02T00:00:00Z", "--until", "2026-11-02T00:00:00Z"),
            ("--set-by", ""),
            ("--set-why", "\x1b[2J"),
            ("--batch", "0"),
            ("--batch", str(2**63)),
        ],
    )
    def test_wrong_usage(self, run: Run, arguments: tuple[str, ...]) -> None:
        """What no code can have is wrong usage."""
        ran = run("status", "list", "ledger", *arguments)
        assert (ran.code, ran.out) == (2, "")
        assert "\x1b" not in ran.err

    def test_of_no_ledger(self, run: Run) -> None:
        """Where there is no ledger, exit code 3."""
        assert run("status", "list", "nothing").code == 3


class TestHistory:
    """`healthpass status history`: a batch."""

    def test_of_a_batch(self, run: Run, office: Office) -> None:
        """Who did what to how many codes, when and on what ground, and how many of them are withdrawn now."""
        revoke(run, "--batch", "3")
        head = str(office.ledger.head())
        whole = f"the log is whole: 4 lines; head {head}"
        assert run("status", "history", "ledger", "--batch", "2").out.splitlines() == [
            "2026-11-01 00:00+00:00  issued by laboratory import: negative test 阴性",
            "  batch 2: 150 codes, 0 of them withdrawn",
            whole,
        ]
        ran = run("status", "history", "ledger", "--batch", "4", "--no-check")
        assert "withdrawn by officer 4: samples mixed up\n  batch 4: 5 codes" in ran.out
        assert run("status", "history", "ledger", "--batch", "3", "--json").json() == {
            "v": 1,
            "line": 3,
            "at": "2026-11-01T00:00:00Z",
            "action": "issued",
            "codes": 5,
            "by": "officer 17",
            "why": "close contact",
            "withdrawn": 5,
            "log": {"whole": True, "head": head, "message": None},
        }

    def test_of_a_code(self, run: Run, office: Office) -> None:
        """A code's history tells the batches that it was in."""
        cti = ctis(office, batch=3)[0]
        revoke(run, "--batch", "3")
        out = run("status", "history", "ledger", cti).out
        assert "  batch 3: 5 codes\n" in out
        assert "  batch 4: 5 codes\n" in out

    @pytest.mark.usefixtures("office")
    @pytest.mark.parametrize("arguments", [(), ("00" * 12, "--batch", "2"), ("--batch", "0"), ("--batch", "x")])
    def test_wrong_usage(self, run: Run, arguments: tuple[str, ...]) -> None:
        """A code or a batch is told of, and not both or neither."""
        ran = run("status", "history", "ledger", *arguments)
        assert (ran.code, ran.out) == (2, "")

    @pytest.mark.usefixtures("office")
    def test_of_a_batch_that_cannot_be_read(self, run: Run, office: Office) -> None:
        """What is wrong with it is told, with exit code 1."""
        office.sql("UPDATE log SET facts = '{' WHERE number = 2")
        for arguments in ((), ("--no-check",)):
            ran = run("status", "history", "ledger", "--batch", "2", *arguments)
            assert (ran.code, ran.out) == (1, "")
            assert "line 2" in ran.err
