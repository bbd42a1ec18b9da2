"""`healthpass verify - --jobs`: several processes judge, and everything else stays as it is."""

import json
import os
import shutil
import signal
import subprocess
import time
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from datetime import timedelta
from pathlib import Path

import pytest

from authorities import Region
from command_line import DEVICE, ENDS_WITHIN, GREEN, ISSUER, KEY, PROGRAM, START, interruptible, runner, token
from forging import NOW
from healthpass import Color, HealthCode, Reason, SigningKey, StatusPlace, issue, present
from healthpass.store import TrustStore
from listing import PLACED, add_office

AT = "2026-11-01T08:30:00+08:00"
MOMENT = START + timedelta(minutes=30)
pytestmark = pytest.mark.skipif(os.name != "posix", reason="processes are looked at as Linux and macOS show them")


@pytest.fixture(autouse=True)
def folder(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> Path:
    """Work in a folder of its own, which holds PUB.pem."""
    monkeypatch.chdir(tmp_path)
    Path("PUB.pem").write_text(KEY.public_key.to_pem())
    return tmp_path


def command(*arguments: str, jobs: int = 2) -> list[str]:
    """Return the command line of `verify -`, with a key to trust."""
    return [
        *PROGRAM,
        "verify",
        "-",
        "--issuer-key",
        f"{ISSUER}=PUB.pem",
        "--at",
        AT,
        "--jobs",
        str(jobs),
        *arguments,
    ]


def ran(arguments: Sequence[str], texts: Sequence[str | bytes]) -> tuple[int, list[str], str]:
    """Run a program over lines; return its exit code, its lines and its errors."""
    lines = b"\n".join(text if isinstance(text, bytes) else text.encode() for text in texts)
    done = subprocess.run(arguments, input=lines, capture_output=True, check=False, timeout=ENDS_WITHIN * 4)
    return done.returncode, done.stdout.decode().splitlines(), done.stderr.decode()


def mixed() -> list[str | bytes]:
    """Return texts of all kinds."""
    good = token()
    red = token(HealthCode(color=Color.RED, holder='"\\*', reason=Reason.RISK_AREA))
    bound = token(holder_key=DEVICE.public_key)
    shown = present(bound, DEVICE, at=MOMENT)
    unjudged = token(GREEN.model_copy(update={"status": StatusPlace(3, 17)}))
    late = issue(GREEN, issuer=ISSUER, signer=KEY, lifetime=timedelta(days=1), at=START - timedelta(days=3)).text
    wrong: list[str | bytes] = [
        f"]Q1{good}",
        f" {good}",
        good.lower(),
        "HP2:A",
        "x\x1b[2J",
        b"\xff\xfe",
        b"",
        "A" * 20_000,
    ]
    return [good, red, bound, shown, shown, unjudged, late, token(key=SigningKey.generate()), *wrong, good]


@contextmanager
def running(*arguments: str) -> Iterator[tuple[subprocess.Popen[bytes], list[int]]]:
    """Start the command with two processes, have a text judged, and give it with the ids of its processes."""
    pipe = subprocess.PIPE
    with interruptible(command(*arguments), stdin=pipe, stdout=pipe, stderr=pipe) as process:
        assert ask(process, token()).startswith(b"valid")
        listed = subprocess.run(
            ["ps", "-A", "-o", "ppid=,pid="], capture_output=True, check=True, text=True
        ).stdout
        pairs = [line.split() for line in listed.splitlines()]
        children = [int(pid) for parent, pid in pairs if int(parent) == process.pid]
        assert len(children) == 2
        yield process, children


def ask(process: subprocess.Popen[bytes], text: str) -> bytes:
    """Write a line to a program, and read the answer."""
    assert process.stdin
    assert process.stdout
    process.stdin.write(f"{text}\n".encode())
    process.stdin.flush()
    return process.stdout.readline()


def wait_until_gone(pids: Sequence[int]) -> None:
    """Wait until processes have ended."""
    end = time.monotonic() + ENDS_WITHIN
    while any(alive(pid) for pid in pids):
        assert time.monotonic() < end
        time.sleep(0.05)


def alive(pid: int) -> bool:
    """Tell whether a process runs; one that nobody has waited for does not."""
    state = subprocess.run(["ps", "-p", str(pid), "-o", "stat="], capture_output=True, check=False).stdout
    return bool(state.strip()) and not state.startswith(b"Z")


class TestAnswers:
    """The answers are those of one process."""

    @pytest.mark.parametrize("arguments", [(), ("--json",), ("--document", "resident-id:11010519491231002X")])
    def test_are_the_same_in_the_same_order(self, arguments: tuple[str, ...]) -> None:
        """Every text has the same answer at the same place, and the exit code is the worst of all."""
        texts = mixed() * 20
        alone = ran(command(*arguments, jobs=1), texts)
        assert alone[0] == 3
        assert ran(command(*arguments, jobs=3), texts) == alone

    def test_the_worst_exit_code(self) -> None:
        """Whichever process finds it, the worst exit code counts."""
        assert ran(command(), [token()] * 40)[0] == 0
        assert ran(command(), [token()] * 20 + ["x"] + [token()] * 20)[0] == 1

    def test_of_a_store(self) -> None:
        """A trust store is opened by each process."""
        zhejiang = Region("CN-33")
        office = add_office(zhejiang, ISSUER)
        zhejiang.publish()
        store = TrustStore.create("gate")
        store.pin_document(zhejiang.roots[0], digest=zhejiang.pin.digest, at=NOW)
        Path("news.cbor").write_bytes(zhejiang.bundle() + office.status_list())
        update = [*PROGRAM, "trust", "update", "gate", "news.cbor", "--at", "2026-11-01T00:00:00Z"]
        subprocess.run(update, check=True, capture_output=True)
        judging = [*PROGRAM, "verify", "-", "--trust", "gate", "--at", "2026-11-01T00:00:00Z", "--json"]
        code, lines, _ = ran([*judging, "--jobs", "2"], [office.issue(PLACED)] * 40)
        assert (code, len(lines)) == (0, 40)
        assert {json.loads(line)["verdict"] for line in lines} == {"valid"}

    def test_of_a_store_with_a_chinese_name(self, folder: Path) -> None:
        """Each process writes the names of files as the first one, also where its locale says otherwise."""
        made = ["localedef", "-i", "zh_CN", "-f", "GBK", str(folder / "zh_CN.GBK")]
        if not shutil.which("localedef") or subprocess.run(made, capture_output=True, check=False).returncode:
            pytest.skip("the locale of GBK cannot be made here")
        TrustStore.create("店铺")
        settings = os.environ | {"LOCPATH": str(folder), "LC_ALL": "zh_CN.GBK", "PYTHONUTF8": "1"}
        arguments = [*PROGRAM, "verify", "-", "--trust", "店铺", "--jobs", "2"]
        done = subprocess.run(arguments, input=b"A\n", capture_output=True, check=False, env=settings)
        assert done.stdout.startswith(b"malformed-text")
        assert (done.returncode, done.stderr) == (1, b"")

    def test_no_line(self) -> None:
        """No line is no answer, also for several processes."""
        code, lines, errors = ran(command(), [])
        assert (code, lines) == (3, [])
        assert "standard input is empty" in errors


class TestOnce:
    """What holds once in a run holds over all processes."""

    def test_a_presentation_passes_once(self) -> None:
        """However far its second showing is from the first, and whoever would judge it, it is a replay."""
        shown = present(token(holder_key=DEVICE.public_key), DEVICE, at=MOMENT)
        texts = [shown, *[token()] * 100, shown, *[token()] * 50, shown]
        code, lines, _ = ran(command(), texts)
        words = [line.split()[0] for line in lines]
        assert code == 1
        assert [words[0], words[101], words[-1]] == ["valid", "presentation-stale", "presentation-stale"]

    def test_a_nonce_is_for_one_showing(self) -> None:
        """A second showing with the same nonce is refused."""
        bound = token(holder_key=DEVICE.public_key)
        shown = [present(bound, DEVICE, at=MOMENT + timedelta(seconds=i), nonce=bytes(8)) for i in range(2)]
        code, lines, errors = ran(command("--nonce", bytes(8).hex()), [shown[0], *[token()] * 60, shown[1]])
        assert code == 1
        assert [lines[0].split()[0], lines[-1].split()[0]] == ["valid", "presentation-mismatch"]
        assert "has been used" in errors

    def test_a_used_nonce_is_told_of_in_its_place(self) -> None:
        """What is said about an answer stands before it, not before earlier ones, where both go to one file."""
        bound = token(holder_key=DEVICE.public_key)
        shown = [present(bound, DEVICE, at=MOMENT + timedelta(seconds=i), nonce=bytes(8)) for i in range(2)]
        lines = "\n".join([shown[0], *[token()] * 40, shown[1]]).encode()
        arguments = command("--nonce", bytes(8).hex())
        done = subprocess.run(
            arguments, input=lines, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, check=False
        )
        words = [line.split()[0] for line in done.stdout.decode().splitlines()]
        assert words == ["valid"] * 41 + ["hint:", "presentation-mismatch"]


class TestEnds:
    """However it ends, it ends at once, and leaves no process behind."""

    def test_answers_do_not_wait(self) -> None:
        """Who scans one code after another has each answer before the next scan; then all processes end."""
        with running() as (process, children):
            for _ in range(4):
                assert ask(process, token()).startswith(b"valid")
            assert ask(process, "x").startswith(b"malformed-text")
            assert process.stdin
            process.stdin.close()
            assert process.wait(ENDS_WITHIN) == 1
            wait_until_gone(children)

    def test_a_process_dies(self) -> None:
        """Where a process was killed, nothing more is judged: one line, and exit code 3."""
        with running() as (process, children):
            for child in children:
                os.kill(child, signal.SIGKILL)
            assert ask(process, token()) == b""
            assert process.wait(ENDS_WITHIN) == 3
            assert process.stderr
            assert b"a process of --jobs has ended" in process.stderr.read()

    def test_interrupt(self) -> None:
        """SIGINT ends all of them silently, with 130."""
        with running() as (process, children):
            process.send_signal(signal.SIGINT)
            assert process.wait(ENDS_WITHIN) == 130
            assert process.stderr
            assert process.stderr.read() == b""
            wait_until_gone(children)

    def test_a_reader_that_leaves(self) -> None:
        """A broken pipe ends all of them silently, while more input waits."""
        with running() as (process, children):
            assert process.stdout
            process.stdout.close()
            process.stdout = None
            assert process.stdin
            process.stdin.write(b"x\n")
            process.stdin.flush()
            assert process.wait(ENDS_WITHIN) == 141
            assert process.stderr
            assert process.stderr.read() == b""
            wait_until_gone(children)

    def test_killed(self) -> None:
        """Where the first process is killed, the others end with it."""
        with running() as (process, children):
            process.kill()
            wait_until_gone(children)

    @pytest.mark.skipif(not Path("/dev/full").exists(), reason="/dev/full")
    def test_full_disk(self) -> None:
        """Answers that cannot be written are exit code 3, and one line."""
        with Path("/dev/full").open("wb") as full:
            done = subprocess.run(command(), input=b"x\n" * 5000, stdout=full, stderr=subprocess.PIPE, check=False)
        assert done.returncode == 3
        assert done.stderr == b"healthpass: error: cannot write to standard output: no space left on device\n"

    def test_who_does_not_read_is_waited_for(self) -> None:
        """Where nobody takes the answers, no more input is taken either: nothing piles up."""
        with running() as (process, _):
            assert process.stdin
            os.set_blocking(process.stdin.fileno(), False)
            taken, still = 0, time.monotonic()
            while time.monotonic() < still + 2:
                try:
                    taken += os.write(process.stdin.fileno(), b"HP1:\n" * 2000)
                    still = time.monotonic()
                except BlockingIOError:
                    time.sleep(0.05)
                assert taken < 8_000_000
            process.kill()


class TestUsage:
    """What --jobs is for."""

    @pytest.mark.parametrize("arguments", [("HP1:", "--jobs", "2"), ("-", "--jobs", "0"), ("-", "--jobs", "61")])
    def test_wrong_usage(
        self,
        arguments: tuple[str, ...],
        capsys: pytest.CaptureFixture[str],
        monkeypatch: pytest.MonkeyPatch,
    ) -> None:
        """It shares lines, and there is a process at least."""
        run = runner(capsys, monkeypatch)
        done = run("verify", "--issuer-key", f"{ISSUER}=PUB.pem", *arguments)
        assert (done.code, done.out) == (2, "")
        assert "--jobs" in done.err
