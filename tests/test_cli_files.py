"""Files that are whole or not there at all, and what only a process of its own can show."""

import json
import os
import signal
import subprocess
import time
from datetime import timedelta
from pathlib import Path

import pytest

from command_line import DEVICE, ENDS_WITHIN, ISSUER, KEY, PROGRAM, START, interruptible, runner, token
from healthpass import PublicKey, SigningKey, present
from healthpass.cli.errors import CommandError
from healthpass.cli.io.files import NewFiles, read, replace, replace_all, unmarked

needs_posix = pytest.mark.skipif(os.name != "posix", reason="POSIX permissions, pipes and devices")
needs_full = pytest.mark.skipif(not Path("/dev/full").exists(), reason="/dev/full")


@pytest.fixture(autouse=True)
def folder(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> Path:
    """Work in a folder of its own."""
    monkeypatch.chdir(tmp_path)
    return tmp_path


def names(folder: Path) -> set[str]:
    """Return the names of all files in a folder, hidden ones too."""
    return {path.name for path in folder.iterdir()}


class TestNewFiles:
    """Files that are whole or not there."""

    def test_interrupt_takes_everything_back(self, folder: Path) -> None:
        """If the block ends by any exception, no file was ever there."""
        with pytest.raises(KeyboardInterrupt), NewFiles() as files:  # noqa: PT012
            files.create(folder / "a", b"1")
            files.create(folder / "b", b"2", secret=True)
            raise KeyboardInterrupt
        assert names(folder) == set()

    def test_takes_back_only_its_own(self, folder: Path) -> None:
        """A file that somebody else has put in place meanwhile stays."""
        with pytest.raises(KeyboardInterrupt), NewFiles() as files:  # noqa: PT012
            files.create(folder / "a", b"1")
            (folder / "other").write_bytes(b"theirs")
            (folder / "other").replace(folder / "a")
            raise KeyboardInterrupt
        assert (folder / "a").read_bytes() == b"theirs"

    def test_a_link_is_not_followed(self, folder: Path) -> None:
        """A symbolic link that dangles is an existing file."""
        (folder / "link").symlink_to(folder / "elsewhere")
        with pytest.raises(CommandError, match="exists already"), NewFiles() as files:
            files.create(folder / "link", b"secret", secret=True)
        assert names(folder) == {"link"}

    @pytest.mark.parametrize("taken", [False, True])
    def test_without_hard_links(self, folder: Path, monkeypatch: pytest.MonkeyPatch, *, taken: bool) -> None:
        """On a file system without hard links, nothing is overwritten either, and all is taken back."""

        def refuse(*_: object) -> None:
            raise PermissionError(1, "Operation not permitted")

        monkeypatch.setattr(Path, "hardlink_to", refuse)
        with NewFiles() as files:
            files.create(folder / "a", b"1")
        assert (folder / "a").read_bytes() == b"1"
        if taken:
            with pytest.raises(CommandError, match="exists already"), NewFiles() as files:
                files.create(folder / "a", b"2")
        else:
            with pytest.raises(KeyboardInterrupt), NewFiles() as files:  # noqa: PT012
                files.create(folder / "b", b"2")
                raise KeyboardInterrupt
        assert (folder / "a").read_bytes() == b"1"
        assert names(folder) == {"a"}

    def test_a_full_disk(self, folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
        """A disk that fills up leaves no half of a file."""

        def full(_: int) -> None:
            raise OSError(28, "No space left on device")

        monkeypatch.setattr(os, "fsync", full)
        with pytest.raises(CommandError, match="no space left"), NewFiles() as files:
            files.create(folder / "a", b"1")
        assert names(folder) == set()

    @pytest.mark.usefixtures("permissions")
    def test_a_folder_that_cannot_be_written(self, folder: Path) -> None:
        """A folder without permission is one error."""
        closed = folder / "closed"
        closed.mkdir(mode=0o500)
        with pytest.raises(CommandError, match="permission denied"), NewFiles() as files:
            files.create(closed / "a", b"1")

    def test_replace(self, folder: Path) -> None:
        """Replacing leaves the new file alone, and a failure the old one."""
        replace(folder / "a", b"1")
        replace(folder / "a", b"2")
        assert (folder / "a").read_bytes() == b"2"
        (folder / "b").mkdir()
        with pytest.raises(CommandError, match="cannot write"):
            replace(folder / "b", b"1")
        assert names(folder) == {"a", "b"}

    @pytest.mark.parametrize("many", [False, True])
    def test_what_is_no_file_is_not_replaced(self, folder: Path, many: bool) -> None:  # noqa: FBT001
        """A device, a pipe and a link to one stay what they are: root could take /dev/null from everybody."""
        write = (lambda path, data: replace_all({path: data})) if many else replace
        os.mkfifo(folder / "pipe")
        (folder / "link").symlink_to("pipe")
        (folder / "null").symlink_to(os.devnull)
        for name in ("pipe", "link", "null"):
            with pytest.raises(CommandError, match="no plain file"):
                write(folder / name, b"1")
        assert (folder / "pipe").is_fifo()
        assert (folder / "link").is_symlink()
        assert (folder / "null").is_symlink()
        assert names(folder) == {"pipe", "link", "null"}

    def test_reads_are_bounded(self, folder: Path) -> None:
        """A file of the allowed size is read, a byte more is refused."""
        (folder / "a").write_bytes(b"12345")
        assert read(folder / "a", at_most=5) == b"12345"
        with pytest.raises(CommandError, match="more than 4 bytes"):
            read(folder / "a", at_most=4)


@needs_posix
class TestByteOrderMarks:
    """Files that people make, saved by an editor that puts a mark in front."""

    def test_is_left_out(self) -> None:
        """A byte order mark of UTF-8 is left out, and one of UTF-16 is named."""
        assert unmarked(b"\xef\xbb\xbftext", "a") == unmarked(b"text", "a") == b"text"
        for utf16 in ("utf-16-le", "utf-16-be"):
            with pytest.raises(CommandError, match="a is in UTF-16, as its byte order mark says") as caught:
                unmarked("\ufefftext".encode(utf16), "a")
            assert caught.value.hint == "save it as UTF-8"

    def test_in_every_file_of_an_office(
        self, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
    ) -> None:
        """Claims, keys, openings, document numbers and lists of references may begin with one."""
        run = runner(capsys, monkeypatch)
        number = "11010519491231002X"

        def write(name: str, text: str) -> None:
            Path(name).write_text(text, encoding="utf-8-sig")

        write("KEY.pem", KEY.to_pem())
        write("PUB.pem", KEY.public_key.to_pem())
        write("claims.json", json.dumps({"color": "green", "document": {"type": "resident-id", "number": number}}))
        write("number.txt", f"{number}\n")
        run("status", "init", "l.db", "--issuer", ISSUER)
        who = ("--by", "o", "--why", "w")
        office = (
            "issue",
            "--key",
            "KEY.pem",
            "--issuer",
            ISSUER,
            "--valid-for",
            "24h",
            "--opening",
            "opening.txt",
        )
        issued = run(*office, "--ledger", "l.db", *who, "claims.json")
        assert (issued.code, issued.err.count("\n")) == (0, 1), "what was not compared is told"
        text = issued.out.strip()
        write("opening.txt", Path("opening.txt").read_text("utf-8"))
        gate = ("verify", "--issuer-key", f"{ISSUER}=PUB.pem", "--waive", "status-unknown", "--json")
        judged = run(*gate, "--document", "resident-id:@number.txt", "--opening", "opening.txt", text).json()
        assert (judged["verdict"], judged["document"]) == ("valid", True)
        write("ctis.txt", f"{judged['cti']}\n")
        assert run("status", "revoke", "l.db", "--file", "ctis.txt", *who).code == 0
        assert SigningKey.from_pem(Path("KEY.pem").read_bytes()).public_key == KEY.public_key
        assert PublicKey.from_pem(Path("PUB.pem").read_text("utf-8")) == KEY.public_key


class TestProcess:
    """What only a process of its own can show."""

    @pytest.fixture
    def command(self) -> list[str]:
        """Give the command line of `verify -`, with a key to trust."""
        Path("PUB.pem").write_text(KEY.public_key.to_pem())
        return [*PROGRAM, "verify", "--issuer-key", f"{ISSUER}=PUB.pem", "-"]

    def test_a_reader_that_leaves(self, command: list[str]) -> None:
        """A broken pipe ends the command silently."""
        with subprocess.Popen(
            command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, stderr=subprocess.PIPE
        ) as process:
            assert process.stdin
            assert process.stdout
            assert process.stderr
            process.stdin.write(b"A\n")
            process.stdin.flush()
            assert process.stdout.readline().startswith(b"malformed-text")  # at once, not at the end
            process.stdout.close()
            process.stdin.write(b"A\n")
            process.stdin.close()
            assert process.stderr.read() == b""
            assert process.wait() == 141

    def test_no_answer_waits_for_more_input(self, command: list[str]) -> None:
        """However lines come, in bursts, in halves or one by one, each answer is there before more is awaited."""
        with subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE) as process:
            assert process.stdin
            assert process.stdout
            for burst, answers in ((b"A\n" * 300, 300), (b"A\nA\nA", 2), (b"\n", 1), (b"A\r", 1), (b"\nA\r\n", 1)):
                process.stdin.write(burst)
                process.stdin.flush()
                for _ in range(answers):
                    assert process.stdout.readline().startswith(b"malformed-text")
            process.stdin.close()
            assert process.wait() == 1

    @pytest.mark.parametrize("jobs", ["1", "2"])
    def test_input_that_does_not_wait_has_not_ended(self, command: list[str], jobs: str) -> None:
        """Where a program that shares the pipe has set it not to wait, no line is left out, and nothing ends."""
        ours, theirs = os.pipe()
        os.set_blocking(ours, False)
        arguments = [*command, "--jobs", jobs]
        with subprocess.Popen(arguments, stdin=ours, stdout=subprocess.PIPE) as process:
            assert process.stdout
            for _ in range(3):
                os.write(theirs, b"A\n")
                assert process.stdout.readline().startswith(b"malformed-text")
                time.sleep(0.1)
            os.close(theirs)
            os.close(ours)
            assert process.wait() == 1

    def test_answers_and_errors_keep_their_order(self, command: list[str]) -> None:
        """Where answers and errors go to one file, an error stands behind the answers before it."""
        text = token(holder_key=DEVICE.public_key)
        at = START + timedelta(minutes=1)
        shown = [present(text, DEVICE, at=at + timedelta(seconds=second), nonce=bytes(8)) for second in range(2)]
        given = [*command, "--json", "--nonce", bytes(8).hex(), "--at", at.isoformat()]
        ran = subprocess.run(
            ["sh", "-c", 'exec "$@" 2>&1', "sh", *given],
            input="\n".join(shown).encode(),
            capture_output=True,
            check=False,
        )
        first, second, third = ran.stdout.decode().splitlines()
        assert json.loads(first)["verdict"] == "valid"
        assert second.startswith("hint: the nonce has been used")
        assert json.loads(third)["verdict"] == "presentation-mismatch"

    def test_interrupt(self, command: list[str]) -> None:
        """SIGINT ends the command silently, with 130."""
        with interruptible(
            command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, stderr=subprocess.PIPE
        ) as process:
            assert process.stdin
            assert process.stdout
            assert process.stderr
            process.stdin.write(b"A\n")
            process.stdin.flush()
            process.stdout.readline()
            time.sleep(0.1)
            process.send_signal(signal.SIGINT)
            assert process.wait(ENDS_WITHIN) == 130
            assert process.stderr.read() == b""

    @needs_full
    def test_full_disk(self, command: list[str]) -> None:
        """A judgement that cannot be printed is exit code 3, and one line."""
        with Path("/dev/full").open("wb") as full:
            ran = subprocess.run(command, input=b"A\n", stdout=full, stderr=subprocess.PIPE, check=False)
        assert ran.returncode == 3
        assert ran.stderr == b"healthpass: error: cannot write to standard output: no space left on device\n"

    def test_closed_streams(self, command: list[str]) -> None:
        """Closed standard streams are errors, not tracebacks."""
        for redirection, says in (("<&-", b"standard input is closed"), (">&-", b"standard output is closed")):
            ran = subprocess.run(
                ["sh", "-c", f'exec "$@" {redirection}', "sh", *command],
                stdin=subprocess.DEVNULL,
                capture_output=True,
                check=False,
            )
            assert ran.returncode in (2, 3)
            assert says in ran.stderr
            assert b"Traceback" not in ran.stderr

    def test_memory_is_bounded(self, command: list[str]) -> None:
        """A line of 64 MiB is not held in memory."""
        program = (
            "import resource, sys; resource.setrlimit(resource.RLIMIT_DATA, (2**26, 2**26));"
            "from healthpass.cli import main; sys.exit(main())"
        )
        command[2] = program
        ran = subprocess.run(command, input=b"A" * 2**26, capture_output=True, check=False)
        assert ran.returncode == 1
        assert ran.stdout.startswith(b"malformed-text")
