"""`healthpass bulk`: many codes at once, on the command line."""

import json
import os
import pty
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Final

import pytest

from command_line import ENDS_WITHIN, ISSUER, KEY, PROGRAM, Run, in_folder, runner, token
from forging import NOW
from healthpass.ledger import _sqlite
from offices import Office

AT: Final = "2026-11-01T08:30:00+08:00"
WHO: Final = ("--by", "officer 4", "--why", "samples mixed up")
pytestmark = pytest.mark.skipif(os.name != "posix", reason="a ledger in a folder of POSIX permissions")


@pytest.fixture
def run(capsys: pytest.CaptureFixture[str], tmp_path: Path) -> Iterator[Run]:
    """Run the command line in a folder with a key to trust, and texts: two valid ones, and one that is not."""
    with in_folder(tmp_path) as patched:
        patched.setattr(_sqlite, "now", lambda: NOW)
        Path("PUB.pem").write_text(KEY.public_key.to_pem())
        Path("texts.csv").write_text("\n".join(["ref,text", f"a,{token()}", "b,HP1:", f"c,{token()}"]))
        yield runner(capsys, patched)


@pytest.fixture
def office(run: Run) -> Iterator[Office]:
    """Give the ledger of an office with three codes, and a file of their references."""
    del run  # for its folder
    office = Office(Path("ledger"))
    ctis = [code.cti.hex() for code in office.issue(3)]
    Path("ctis.csv").write_text("\n".join(["cti", *ctis]))
    yield office
    office.ledger.close()


def verifying(*arguments: str, source: str = "texts.csv") -> list[str]:
    """Return the arguments of `bulk verify`."""
    return ["bulk", "verify", source, "--out", "out", "--issuer-key", f"{ISSUER}=PUB.pem", *arguments]


def withdrawing(*arguments: str, source: str = "ctis.csv") -> list[str]:
    """Return the arguments of `bulk withdraw`."""
    return ["bulk", "withdraw", source, "--out", "out", "--ledger", "ledger", *WHO, *arguments]


def issuing(*arguments: str, source: str = "orders.csv") -> list[str]:
    """Return the arguments of `bulk issue`."""
    options = [
        "--issuer",
        ISSUER,
        "--key",
        "key.pem",
        "--ledger",
        "ledger",
        "--run",
        "night",
        "--valid-for",
        "24h",
    ]
    return ["bulk", "issue", source, "--out", "codes", *options, *WHO, *arguments]


class TestIssue:
    @pytest.fixture(autouse=True)
    def orders(self, run: Run) -> None:
        """Give a key, a ledger and orders, of which one is wrong."""
        Path("PUB.pem").unlink()
        run("keygen", "--out", "key.pem", "--public", "PUB.pem")
        run("status", "init", "ledger", "--issuer", ISSUER)
        Path("orders.csv").write_text("ref,color,holder\n1,green,张*丰\n2,grey,李*\n3,green,王*\n")

    def test_issues(self, run: Run) -> None:
        """A line tells how many have a code; each is valid, and a wrong row stops no other."""
        done = run(*issuing("--format", "jsonl"))
        assert (done.code, done.out) == (
            1,
            "codes: 3 rows in 1 part: 2 issued, 1 with an error\n",
        )
        assert done.err.startswith("not compared with a registry")
        rows = [json.loads(line) for line in Path("codes/part-000000.jsonl").read_text().splitlines()]
        assert [row["ref"] for row in rows] == ["1", "2", "3"]
        assert rows[1]["error"] == "bad-order: color: expected one of green, yellow, red"
        Path("texts.csv").write_text("\n".join(["text", *(row["text"] for row in rows if row["text"])]))
        done = run(*verifying("--waive", "status-unknown"))
        assert (done.code, done.out) == (0, "out: 2 rows in 1 part: 2 valid\n")

    def test_again(self, run: Run) -> None:
        """The same command gives the same codes, with the time of the first; so does another folder with it."""
        run(*issuing())
        whole = Path("codes/part-000000.csv").read_bytes()
        starts_at = json.loads(Path("codes/_job.json").read_text())["terms"]["run"]["starts_at"]
        Path("codes/part-000000.csv").unlink()
        assert run(*issuing()).code == 1
        assert Path("codes/part-000000.csv").read_bytes() == whole
        assert run(*issuing("--out", "more", "--at", starts_at)).code == 1
        assert Path("more/part-000000.csv").read_bytes() == whole
        done = run(*issuing("--out", "other", "--at", "2026-11-01T00:00:00Z"))
        assert done.code == 3
        assert "was begun with other terms: starts_at" in done.err

    def test_withdrawn_by_refs(self, run: Run) -> None:
        """Refs name the codes of a folder of `bulk issue`."""
        run(*issuing())
        Path("refs.csv").write_text("ref\n3\n")
        done = run(*withdrawing("--issued", "codes", source="refs.csv"))
        assert (done.code, done.out) == (0, "out: 1 rows in 1 part: 1 withdrawn\n")
        done = run(*withdrawing("--issued", "out", source="refs.csv"))
        assert (done.code, done.out) == (2, "")
        assert "no run has issued codes to 'out'" in done.err

    def test_under_a_passphrase(self, run: Run) -> None:
        """A key under a passphrase needs its file, for every process."""
        Path("passphrase.txt").write_text("correct horse battery")
        Path("passphrase.txt").chmod(0o600)
        run("keygen", "--out", "locked.pem", "--passphrase-file", "passphrase.txt")
        done = run(*issuing("--key", "locked.pem"))
        assert (done.code, done.out) == (2, "")
        assert "hint: --passphrase-file FILE gives it to each process" in done.err
        assert run(*issuing("--key", "locked.pem", "--passphrase-file", "passphrase.txt")).code == 1
        assert run(*issuing("--passphrase-file", "passphrase.txt")).code == 2

    @pytest.mark.parametrize(
        ("arguments", "code", "problem"),
        [
            (issuing("--key", "none.pem"), 2, "cannot read 'none.pem': no such file"),
            (issuing("--ledger", "none"), 3, "there is no such folder"),
            (issuing("--trust", "none"), 3, "none"),
            (issuing("--issuer", "CN-33-09.WJW"), 3, "ledger must be a ledger of CN-33-09.WJW"),
            (issuing("--run", " "), 2, "run must be 1 to 100 printable characters"),
            (issuing("--jitter", "24h"), 2, "jitter must not be negative"),
            (issuing("--ledger", "postgresql://a:b@c/d"), 2, "sees the password in this address"),
            (issuing(source="texts.csv"), 2, "nobody knows the column 'text'"),
        ],
    )
    def test_what_cannot_be_done(self, run: Run, arguments: list[str], code: int, problem: str) -> None:
        """It is said in one line, and nothing is issued."""
        done = run(*arguments)
        assert (done.code, done.out) == (code, "")
        assert problem in done.err


class TestVerify:
    def test_tells_what_came_of_it(self, run: Run) -> None:
        """One line tells how many came to what; the exit code is the worst; the rows are in the folder."""
        done = run(*verifying("--at", AT, "--format", "jsonl", "--batch", "2"))
        assert (done.code, done.err) == (1, "")
        assert done.out == "out: 3 rows in 2 parts: 1 malformed-envelope, 2 valid\n"
        lines = Path("out/part-000000.jsonl").read_text() + Path("out/part-000001.jsonl").read_text()
        rows = [json.loads(line) for line in lines.splitlines()]
        assert [(row["ref"], row["verdict"]) for row in rows] == [
            ("a", "valid"),
            ("b", "malformed-envelope"),
            ("c", "valid"),
        ]

    @pytest.mark.parametrize(
        ("lines", "code", "told"),
        [
            ([token()], 0, "1 rows in 1 part: 1 valid"),
            ([], 0, "0 rows in 0 parts: none"),
            (["x", token() + ",x"], 3, "1 malformed-text, 1 with an error"),
            (["x", token(key=KEY)[:-9]], 1, "malformed"),
        ],
    )
    def test_exit_codes(self, run: Run, lines: list[str], code: int, told: str) -> None:
        """The worst of several: 3, then 1, then 0."""
        Path("some.csv").write_text("\n".join(["text", *lines]))
        done = run(*verifying("--at", AT, source="some.csv"))
        assert done.code == code
        assert told in done.out

    def test_goes_on_with_its_time(self, run: Run) -> None:
        """Without --at all is judged as of when the work began, also when the command is given again later."""
        run(*verifying("--at", AT))
        before = {path.name: path.read_bytes() for path in Path("out").iterdir()}
        Path("out/part-000000.csv").unlink()
        assert run(*verifying()).code == 1
        assert {path.name: path.read_bytes() for path in Path("out").iterdir()} == before

    @pytest.mark.parametrize(
        ("arguments", "code", "problem"),
        [
            (verifying(source="none.csv"), 2, "cannot read 'none.csv': no such file or directory"),
            (verifying(source="PUB.pem"), 2, "must all end in one of"),
            (verifying("--jobs", "0"), 2, "--jobs"),
            (verifying("--batch", "0"), 2, "--batch"),
            (verifying("--format", "xlsx"), 2, "xlsx"),
            (verifying("--status-grace", "1d"), 2, "--status-grace needs --trust"),
            (verifying("--waive", "expired"), 2, "only these verdicts can be waived"),
            (verifying("--trust", "gate"), 2, "exclude each other"),
            (["bulk", "verify", "texts.csv", "--out", "out"], 2, "whom do you trust"),
            (["bulk", "verify", "texts.csv", "--out", "out", "--trust", "gate"], 3, "gate"),
            (
                ["bulk", "verify", "texts.csv", "--out", "PUB.pem", "--issuer-key", f"{ISSUER}=PUB.pem"],
                2,
                "file exists",
            ),
        ],
    )
    def test_what_cannot_be_done(self, run: Run, arguments: list[str], code: int, problem: str) -> None:
        """It is said in one line, and nothing is on standard output."""
        done = run(*arguments)
        assert (done.code, done.out) == (code, "")
        assert problem in done.err

    def test_other_work(self, run: Run) -> None:
        """A folder of other work is not touched, and what differs is told."""
        run(*verifying("--at", AT))
        done = run(*verifying("--at", AT, "--batch", "7"))
        assert done.code == 2
        assert done.err == (
            "healthpass: error: the folder 'out' is of other work: batch was 10000, and is 7\n"
            "hint: choose another folder, or give the command as it was begun\n"
        )

    def test_jobs(self, run: Run, tmp_path: Path) -> None:
        """Several processes judge, from the program as users call it."""
        del run
        arguments = [*PROGRAM, *verifying("--at", AT, "--jobs", "2", "--batch", "1")]
        done = subprocess.run(arguments, cwd=tmp_path, capture_output=True, check=False, timeout=ENDS_WITHIN * 4)
        assert (done.returncode, done.stderr) == (1, b"")
        assert "3 rows in 3 parts" in done.stdout.decode()

    def test_a_bar_on_a_terminal(self, run: Run, tmp_path: Path) -> None:
        """Somebody who waits at a terminal sees how far it is; standard output has the one line."""
        del run
        ours, its = pty.openpty()
        arguments = [*PROGRAM, *verifying("--at", AT, "--batch", "1")]
        with subprocess.Popen(arguments, cwd=tmp_path, stdout=subprocess.PIPE, stderr=its, text=True) as process:
            os.close(its)
            shown = b""
            try:
                while some := os.read(ours, 4096):
                    shown += some
            except OSError:  # the other end is closed
                pass
            assert process.stdout
            assert process.stdout.read().startswith("out: 3 rows in 3 parts")
        os.close(ours)
        assert b"3/3" in shown

    def test_without_the_extra(self) -> None:
        """It says which extra is missing."""
        program = "import sys; sys.modules['pyarrow'] = None; from healthpass.cli import main; sys.exit(main())"
        arguments = [sys.executable, "-c", program, *withdrawing()]
        done = subprocess.run(arguments, capture_output=True, check=False, text=True)
        assert (done.returncode, done.stdout) == (2, "")
        assert done.stderr == (
            "healthpass: error: bulk work needs more packages\nhint: pip install 'healthpass[bulk]'\n"
        )


class TestWithdraw:
    def test_withdraws(self, run: Run, office: Office) -> None:
        """All codes of a file are withdrawn; what gates know is said."""
        done = run(*withdrawing())
        assert (done.code, done.out) == (0, "out: 3 rows in 1 part: 3 withdrawn\n")
        assert "status publish" in done.err
        assert office.ledger.rehearse(ctis()).revoked == 0

    def test_an_unknown_code(self, run: Run, office: Office) -> None:
        """It is exit code 1, and the others are withdrawn."""
        Path("ctis.csv").write_text(Path("ctis.csv").read_text() + "\n" + "00" * 12 + "\nx\n")
        done = run(*withdrawing())
        assert done.code == 1
        assert done.out == "out: 5 rows in 1 part: 1 unknown, 3 withdrawn, 1 with an error\n"
        assert office.ledger.rehearse(ctis()[:3]).revoked == 0

    def test_more_than_was_agreed(self, run: Run, office: Office) -> None:
        """Without a terminal none is withdrawn; --max agrees to so many."""
        done = run(*withdrawing("--max", "2"))
        assert (done.code, done.out) == (2, "")
        assert "nobody is here to agree to withdraw 3 codes, more than 2, and nothing was withdrawn" in done.err
        assert office.ledger.rehearse(ctis()).revoked == 3
        assert run(*withdrawing("--max", "3")).code == 0

    @pytest.mark.parametrize(("answer", "code"), [("yes", 0), ("no", 1)])
    def test_asks_at_a_terminal(self, office: Office, tmp_path: Path, answer: str, code: int) -> None:
        """At a terminal somebody is asked."""
        ours, its = pty.openpty()
        os.write(ours, f"{answer}\n".encode())
        arguments = [*PROGRAM, *withdrawing("--max", "2")]
        done = subprocess.run(arguments, cwd=tmp_path, stdin=its, capture_output=True, check=False, timeout=120)
        os.close(ours)
        os.close(its)
        assert done.returncode == code, done.stderr
        assert "Withdraw 3 codes, for good?" in done.stderr.decode()
        assert office.ledger.rehearse(ctis()).revoked == (0 if code == 0 else 3)

    @pytest.mark.parametrize(
        ("arguments", "code", "problem"),
        [
            (withdrawing("--ledger", "none"), 3, "there is no such folder"),
            (withdrawing("--by", ""), 2, "by must be 1 to 500 printable characters"),
            (withdrawing("--ledger", "postgresql://a:b@c/d"), 2, "sees the password in this address"),
            (withdrawing(source="texts.csv"), 2, "nobody knows the column 'text'"),
        ],
    )
    @pytest.mark.usefixtures("office")
    def test_what_cannot_be_done(self, run: Run, arguments: list[str], code: int, problem: str) -> None:
        """It is said in one line."""
        done = run(*arguments)
        assert (done.code, done.out) == (code, "")
        assert problem in done.err


def ctis() -> list[bytes]:
    """Return the ctis of the file."""
    digits = Path("ctis.csv").read_text().splitlines()[1:]
    return [bytes.fromhex(cti) for cti in digits if len(cti) == 24]
