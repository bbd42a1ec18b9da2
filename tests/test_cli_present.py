"""`healthpass present`, `gate challenge`, and `verify` of what they make."""

import json
import os
import re
import signal
import subprocess
import time
from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from command_line import (
    DEVICE,
    ENDS_WITHIN,
    GREEN,
    ISSUER,
    KEY,
    PROGRAM,
    START,
    Ran,
    Run,
    interruptible,
    runner,
    token,
)
from healthpass import (
    Challenge,
    HealthCode,
    HolderKey,
    Registry,
    StatusPlace,
    bind_document,
    inspect_unverified,
    issue,
    present,
    verify,
)
from healthpass.cli.show import drawing
from healthpass.qr import png
from healthpass.scan import scan

AT = "2026-11-01T00:00:30Z"
NOW = datetime.fromisoformat(AT)
NONCE = "0123456789abcdef"
NUMBER = "11010519491231002X"
ANOTHER = "11999919491231003X"
OPENING = bytes(range(16))
BOUND = token(
    GREEN.model_copy(update={"binding": bind_document("resident-id", NUMBER, opening=OPENING).binding}),
    holder_key=DEVICE.public_key,
)
needs_full = pytest.mark.skipif(not Path("/dev/full").exists(), reason="/dev/full")
needs_pty = pytest.mark.skipif(os.name != "posix", reason="a pseudo-terminal")


@pytest.fixture
def run(capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> Run:
    """Run the command line in a folder of its own, with a device key, an opening, and a key to trust."""
    monkeypatch.chdir(tmp_path)
    Path("DEVICE.pem").write_text(DEVICE.to_pem())
    Path("PUB.pem").write_text(KEY.public_key.to_pem())
    Path("opening.hex").write_text(f"{OPENING.hex()}\n")
    return runner(capsys, monkeypatch)


@pytest.fixture
def show(run: Run) -> Run:
    """Run `present` with the device key, half a minute after `START`."""

    def show(*arguments: str, code: str = BOUND) -> Ran:
        return run("present", "--key", "DEVICE.pem", "--at", AT, *arguments, code)

    return show


@pytest.fixture
def judge(run: Run) -> Run:
    """Run `verify`, trusting the key of PUB.pem, half a minute after `START`."""

    def judge(*arguments: str, stdin: bytes = b"", at: str = AT) -> Ran:
        return run("verify", "--issuer-key", f"{ISSUER}=PUB.pem", "--at", at, *arguments, stdin=stdin)

    return judge


def names() -> set[str]:
    """Return the names of all files here, hidden ones too."""
    return {path.name for path in Path().iterdir()}


class TestPresent:
    """`healthpass present`."""

    def test_prints_the_text_alone(self, show: Run) -> None:
        """Standard output is the presentation and a newline, and it verifies."""
        ran = show()
        assert (ran.code, ran.err) == (0, "")
        registry = Registry.pinned({ISSUER: [KEY.public_key]})
        verified = verify(ran.out.removesuffix("\n"), registry=registry, at=NOW)
        assert (verified.presented_at, verified.opening) == (NOW, None)

    def test_now(self, run: Run) -> None:
        """Without --at it is shown now."""
        before = datetime.now(UTC).timestamp()
        ran = run("present", "--key", "DEVICE.pem", BOUND)
        showing = inspect_unverified(ran.out.removesuffix("\n")).showing
        assert showing is not None
        assert int(before) <= showing.at.timestamp() <= datetime.now(UTC).timestamp()

    def test_everything(self, show: Run) -> None:
        """Nonce and opening are those that were given."""
        ran = show("--nonce", NONCE, "--opening", "opening.hex")
        assert ran.out == present(BOUND, DEVICE, at=NOW, nonce=bytes.fromhex(NONCE), opening=OPENING) + "\n"

    def test_standard_input_and_pictures(self, run: Run) -> None:
        """The code is a text, a line on standard input, or in a picture."""
        Path("code.png").write_bytes(png(BOUND))
        arguments = ("present", "--key", "DEVICE.pem", "--at", AT)
        texts = {
            run(*arguments, BOUND).out,
            run(*arguments, "-", stdin=f"{BOUND}\n".encode()).out,
            run(*arguments, "code.png").out,
        }
        assert texts == {present(BOUND, DEVICE, at=NOW) + "\n"}

    @pytest.mark.parametrize("name", ["shown.png", "shown.svg"])
    def test_picture(self, show: Run, name: str) -> None:
        """The picture holds the text that is printed."""
        ran = show("--qr", name)
        assert ran.code == 0
        if name.endswith(".png"):
            assert scan(name).texts == (ran.out.removesuffix("\n"),)

    def test_an_opening_as_it_stands_on_paper(self, show: Run) -> None:
        """The opening may be written in groups, as on a strip."""
        Path("typed.txt").write_text(OPENING.hex(" ", 2).upper())
        assert show("--opening", "typed.txt").out == show("--opening", "opening.hex").out

    @pytest.mark.parametrize(
        ("arguments", "says"),
        [
            (("--nonce", "0011223344556"), "expected hexadecimal digits"),
            (("--nonce", "00112233445566"), "8 to 64 bytes, not 7"),
            (("--nonce", "00" * 65), "8 to 64 bytes, not 65"),
            (("--nonce", NONCE, "--challenge", "HPC1:"), "exclude each other"),
            (("--challenge", "HPC1:"), "8 to 64 bytes, not 0"),
            (("--challenge", "HPC1:?"), "not Base45"),
            (("--challenge", BOUND), "'HPC1:' is read here"),
            (("--challenge", "nothing.png"), "no such file"),
            (("--opening", "PUB.pem"), "holds no opening"),
            (("--opening", "nothing.hex"), "no such file"),
            (("--key", "PUB.pem"), "PRIVATE KEY is needed"),
            (("--key", "nothing.pem"), "no such file"),
            (("--at", "now"), "RFC 3339"),
            (("--qr", "shown.gif"), "must end in .png or .svg"),
            (("--qr", "PUB.pem"), "must end in .png or .svg"),
            (("--watch",), "without --at and --qr"),
        ],
    )
    def test_wrong_usage(self, show: Run, arguments: tuple[str, ...], says: str) -> None:
        """Wrong options are one line that says what is wrong; no text is printed and no file written."""
        ran = show(*arguments)
        assert (ran.code, ran.out) == (2, "")
        assert says in ran.err
        assert "hint: " in ran.err or "--at" in ran.err or "must end" in ran.err or "no such file" in ran.err
        assert names() == {"DEVICE.pem", "PUB.pem", "opening.hex"}

    def test_codes_that_cannot_be_shown(self, run: Run) -> None:
        """Another device's code, a bearer code, a presentation and what is none are refused with the reason."""
        other = token(holder_key=HolderKey.generate().public_key)
        shown = present(BOUND, DEVICE, at=NOW)
        for code, says in (
            (other, "bound to another device key"),
            (token(), "bound to another device key, or to none"),
            (shown, "not the text of a credential"),
            ("hello", "not the text of a credential"),
        ):
            ran = run("present", "--key", "DEVICE.pem", code)
            assert (ran.code, ran.out) == (2, "")
            assert says in ran.err

    def test_one_code(self, run: Run) -> None:
        """No line, two lines and a line that is no text are refused."""
        for stdin, says in (
            (b"", "standard input is empty"),
            (f"{BOUND}\n{BOUND}\n".encode(), "more than one code"),
            (b"\xff\n", "not UTF-8"),
        ):
            ran = run("present", "--key", "DEVICE.pem", "-", stdin=stdin)
            assert (ran.code, ran.out) == (2, "")
            assert says in ran.err

    def test_overwrites_nothing(self, show: Run) -> None:
        """An existing picture is an error, stays as it was, and no text is printed."""
        Path("shown.png").write_text("mine")
        ran = show("--qr", "shown.png")
        assert (ran.code, ran.out) == (2, "")
        assert "exists already" in ran.err
        assert Path("shown.png").read_text() == "mine"

    @needs_full
    @pytest.mark.usefixtures("run")
    def test_a_full_disk(self) -> None:
        """If the text cannot be printed, there is no picture either."""
        arguments = [*PROGRAM, "present", "--key", "DEVICE.pem", "--qr", "shown.png", BOUND]
        with Path("/dev/full").open("wb") as full:
            ran = subprocess.run(arguments, stdout=full, stderr=subprocess.PIPE, check=False)
        assert ran.returncode == 2
        assert ran.stderr == b"healthpass: error: cannot write to standard output: no space left on device\n"
        assert "shown.png" not in names()


class TestChallenge:
    """`healthpass gate challenge`."""

    def test_text_and_nonce(self, run: Run) -> None:
        """The text is on standard output, the nonce in it on standard error."""
        ran = run("gate", "challenge")
        assert ran.code == 0
        nonce = Challenge.read(ran.out.removesuffix("\n"))
        assert ran.err == f"nonce: {nonce.hex()}\n"
        assert run("gate", "challenge").out != ran.out

    def test_as_json(self, run: Run) -> None:
        """With --json all is on standard output, with the time when it ends."""
        ran = run("gate", "challenge", "--json")
        record = ran.json()
        assert (ran.code, ran.err, set(record)) == (0, "", {"v", "text", "nonce", "expires_at"})
        assert Challenge.read(record["text"]).hex() == record["nonce"]
        left = datetime.fromisoformat(record["expires_at"]) - datetime.now(UTC)
        assert timedelta(seconds=60) < left <= timedelta(seconds=120)

    def test_drawings(self, run: Run) -> None:
        """A picture goes to a new file, a drawing for the terminal to standard error."""
        ran = run("gate", "challenge", "--qr", "gate.png", "--terminal")
        assert ran.out.startswith("HPC1:")
        assert scan("gate.png", prefixes=("HPC1:",)).texts == (ran.out.removesuffix("\n"),)
        assert "▀" in ran.err
        again = run("gate", "challenge", "--qr", "gate.png")
        assert (again.code, again.out) == (2, "")
        assert "exists already" in again.err

    @needs_full
    def test_a_nonce_that_cannot_be_told(self, run: Run) -> None:
        """If standard error takes nothing, there is no challenge either: nobody could judge the answer."""
        assert run("--version").code == 0
        arguments = [*PROGRAM, "gate", "challenge", "--qr", "gate.svg"]
        with Path("/dev/full").open("wb") as full:
            ran = subprocess.run(arguments, stdout=subprocess.PIPE, stderr=full, check=False)
        assert (ran.returncode, ran.stdout) == (2, b"")
        assert "gate.svg" not in names()

    def test_the_whole_exchange(self, run: Run) -> None:
        """A gate asks with a picture, the device answers with one, and the gate judges it once."""
        trust = ("verify", "--issuer-key", f"{ISSUER}=PUB.pem", "--json")
        asked = run("gate", "challenge", "--qr", "gate.png", "--json").json()
        now = datetime.now(UTC)
        code = issue(
            GREEN, issuer=ISSUER, signer=KEY, lifetime=timedelta(hours=1), at=now, holder_key=DEVICE.public_key
        )
        shown = ("present", "--key", "DEVICE.pem", "--challenge")
        assert run(*shown, "gate.png", "--qr", "answer.png", code.text).code == 0
        assert run(*trust, "--nonce", asked["nonce"], "answer.png").json()["verdict"] == "valid"
        assert run(*trust, "answer.png").json()["verdict"] == "presentation-mismatch"
        assert run(*shown, asked["text"], code.text).code == 0
        wrong = run(*shown, "answer.png", code.text)
        assert (wrong.code, wrong.out) == (2, "")
        assert "does not begin with HPC1:" in wrong.err


class TestVerify:
    """`healthpass verify` of presentations."""

    def test_valid(self, judge: Run) -> None:
        """A presentation is valid, and it is told when it was made."""
        shown = present(BOUND, DEVICE, at=NOW)
        ran = judge(shown)
        assert (ran.code, ran.err) == (0, "")
        assert "\n  presented     2026-11-0" in ran.out
        assert judge("--json", shown).json()["presented_at"] == AT
        assert "  presented 2026-11-0" in judge("-", stdin=shown.encode()).out

    def test_nonce(self, judge: Run) -> None:
        """The nonce must be the one that was asked for; a bearer code passes without one."""
        answer = present(BOUND, DEVICE, at=NOW, nonce=bytes.fromhex(NONCE))
        for nonce, shown, verdict in (
            (("--nonce", NONCE), answer, "valid"),
            (("--nonce", NONCE.replace("f", "e")), answer, "presentation-mismatch"),
            ((), answer, "presentation-mismatch"),
            (("--nonce", NONCE), present(BOUND, DEVICE, at=NOW), "presentation-mismatch"),
            (("--nonce", NONCE), token(), "valid"),
        ):
            assert judge("--json", *nonce, shown).json()["verdict"] == verdict
        for wrong in ("00112233445566", "HPC1:AB"):
            assert judge("--nonce", wrong, answer).code == 2

    def test_a_nonce_is_for_one_showing(self, judge: Run) -> None:
        """Of three phones that answer one nonce, one passes; codes that carry none do not use it up."""
        shown = []
        for _ in range(3):
            phone = HolderKey.generate()
            code = token(holder_key=phone.public_key)
            shown.append(present(code, phone, at=NOW, nonce=bytes.fromhex(NONCE)))
        unasked = present(BOUND, DEVICE, at=NOW)
        ran = judge("--nonce", NONCE, "-", stdin="\n".join((token(), unasked, *shown, unasked, token())).encode())
        wrong = "presentation-mismatch"
        assert ran.first_words() == ["valid", wrong, "valid", wrong, wrong, wrong, "valid"]
        assert ran.code == 1
        assert ran.err.count("the nonce has been used") == 3

    def test_stale(self, judge: Run) -> None:
        """A presentation is stale after a minute, and when it comes twice in one run."""
        shown = present(BOUND, DEVICE, at=NOW)
        assert judge("--json", shown, at="2026-11-01T00:01:31Z").json()["verdict"] == "presentation-stale"
        again = present(BOUND, DEVICE, at=NOW + timedelta(seconds=30))
        ran = judge("-", stdin=f"{shown}\n{again}\n{shown}\n{again}".encode())
        assert ran.first_words() == ["valid", "valid", "presentation-stale", "presentation-stale"]
        assert ran.code == 1

    def test_document(self, judge: Run) -> None:
        """--document is answered apart from the verdict; the opening is never printed."""
        bare, carrying = present(BOUND, DEVICE, at=NOW), present(BOUND, DEVICE, at=NOW, opening=OPENING)
        mine, another = ("--document", f"resident-id:{NUMBER}"), ("--document", f"resident-id:{ANOTHER}")
        for arguments, shown, matches, words in (
            (mine, carrying, True, "✓ matches"),
            (another, carrying, False, "✗ does not match"),
            ((*mine, "--opening", "opening.hex"), bare, True, "✓ matches"),
            (mine, bare, None, "? nobody has shown the opening"),
            ((*mine, "--opening", "opening.hex"), token(), False, "✗ does not match"),
        ):
            ran = judge("--json", *arguments, shown)
            assert (ran.code, ran.json()["document"]) == (0, matches)
            told = judge(*arguments, shown).out
            assert f"\n  document      {words}" in told
            assert told.count("document") == 1
            assert f"document {words}" in judge(*arguments, "-", stdin=shown.encode()).out
            assert OPENING.hex() not in ran.out + told
            assert NUMBER not in ran.out + told
        Path("number.txt").write_text(f"{NUMBER}\n")
        assert judge("--json", "--document", "resident-id:@number.txt", carrying).json()["document"] is True
        assert judge("--document", "resident-id:@nowhere.txt", carrying).code == 2
        assert "document" not in judge("--json", carrying).json()
        assert "document" not in judge("--json", *mine, "HP1:A").json()

    @pytest.mark.parametrize(
        ("arguments", "says"),
        [
            (("--document", NUMBER), "no document type"),
            (("--document", "resident-id"), "not spelled"),
            (("--document", "resident-id:110105194912310020"), "check digit"),
            (("--opening", "opening.hex"), "nothing to open"),
            (("--document", f"resident-id:{NUMBER}", "--opening", "PUB.pem"), "holds no opening"),
            (("--bearer-for", "1 day"), "expected a duration"),
        ],
    )
    def test_wrong_usage(self, judge: Run, arguments: tuple[str, ...], says: str) -> None:
        """Wrong options are one line that says what is wrong."""
        ran = judge(*arguments, token())
        assert (ran.code, ran.out) == (2, "")
        assert says in ran.err
        assert "110105194912310020" not in ran.err

    def test_bearer_codes(self, judge: Run) -> None:
        """--bearer-for refuses bearer codes that live longer, and touches nothing else."""
        for duration, code, verdict in (
            ("24h", token(), "valid"),
            ("23h", token(), "out-of-scope"),
            ("0", token(), "out-of-scope"),
            ("0", present(BOUND, DEVICE, at=NOW), "valid"),
        ):
            assert judge("--json", "--bearer-for", duration, code).json()["verdict"] == verdict

    def test_presentations_in_pictures(self, judge: Run) -> None:
        """A picture of a presentation is judged as its text is."""
        Path("shown.png").write_bytes(png(present(BOUND, DEVICE, at=NOW)))
        assert judge("shown.png").code == 0
        Path("gate.png").write_bytes(png(Challenge().text))
        assert judge("--json", "gate.png").json()["verdict"] == "no-code"
        assert judge("--json", Challenge().text).json()["verdict"] == "malformed-text"


class TestInspect:
    """`healthpass inspect` of presentations."""

    def test_shows_what_the_device_says(self, run: Run) -> None:
        """Time, nonce and opening of the showing stand beside the claims."""
        shown = present(BOUND, DEVICE, at=NOW, nonce=bytes.fromhex(NONCE), opening=OPENING)
        out = run("inspect", shown).out
        for row in ("issuer        " + ISSUER, "presented     2026-11-0", f"nonce         {NONCE}"):
            assert f"\n  {row}" in out
        record = run("inspect", "--json", shown).json()
        assert record["showing"] == {"at": AT, "nonce": NONCE, "opening": OPENING.hex()}
        assert record["claimed"]["holder"] == "张*丰"
        assert run("inspect", "--json", BOUND).json()["showing"] is None

    def test_diagnostic_notation(self, run: Run) -> None:
        """--diag shows the presentation, with the credential in its protected header."""
        lines = run(
            "inspect", "--diag", present(BOUND, DEVICE, at=NOW, nonce=bytes.fromhex(NONCE))
        ).out.splitlines()
        for line in (
            "    13: / kcwt: the credential, as it was issued /",
            "    18([",
            f'        1: "{ISSUER}", / iss, the issuer /',
            "    ])",
            "  }>>,",
            "  / payload, 17 bytes / <<{",
            f"    6: {int(NOW.timestamp())}, / iat, time of the showing: {AT} /",
            f"    10: h'{NONCE}' / nonce, what the gate asked for /",
        ):
            assert line in lines

    def test_a_showing_that_cannot_be_read(self, run: Run) -> None:
        """A payload of a presentation that breaks a rule is shown, with the verdict on it."""
        from healthpass.codec import _text
        from healthpass.presentation import _presentation

        _, data = _text.decode(BOUND, _text.CREDENTIAL)
        text = _text.encode(
            _text.PRESENTATION, _presentation.assemble(data, bytes.fromhex("a1061b0020000000000000"), bytes(64))
        )
        assert "malformed-payload; --diag shows what is there" in run("inspect", text).out
        assert run("inspect", "--json", text).json()["problem"] == "malformed-payload"
        assert "malformed-payload" in run("inspect", "--diag", text).out


class Stop(Exception):  # noqa: N818 - it is no error
    """The user has had enough."""


class Screen:
    """A clock that a test moves, and what was made by it."""

    def __init__(self, seconds: int, size: tuple[int, int] = (100, 60), skip: float = 0) -> None:
        self.now = START.timestamp()
        self.end = self.now + seconds
        self.size = size
        self.skip = skip
        self.made: list[float] = []

    def make(self, at: datetime) -> str:
        """Make a text that tells the time."""
        self.made.append(at.timestamp() - START.timestamp())
        return present(BOUND, DEVICE, at=at)

    def sleep(self, seconds: float) -> None:
        """Let time go by; the laptop is shut after the first second."""
        assert 0 < seconds <= 1
        self.now += seconds + self.skip
        self.skip = 0
        if self.now >= self.end:
            raise Stop

    def watch(self) -> None:
        """Watch until the end."""
        with pytest.raises(Stop):
            drawing.watch(self.make, clock=lambda: self.now, sleep=self.sleep, size=lambda: self.size)


class TestWatch:
    """`healthpass present --watch`."""

    def test_renews(self, capsys: pytest.CaptureFixture[str]) -> None:
        """The code is made anew every 30 seconds, and the countdown runs without drawing the code again."""
        screen = Screen(65)
        screen.watch()
        out = capsys.readouterr().out
        assert screen.made == [0, 30, 60]
        assert out.count("\x1b[H") == 3
        assert re.findall(r"renewed in +(\d+) s", out) == [str(30 - n % 30) for n in range(65)]
        assert out.startswith("\x1b[?1049h\x1b[?25l")
        assert out.endswith("\x1b[?25h\x1b[?1049l")
        assert "\x1b[2J" not in out

    def test_after_sleep(self) -> None:
        """When the laptop wakes up, the code is made anew at once."""
        screen = Screen(1010, skip=1000)
        screen.watch()
        assert screen.made == [0, 1001]

    def test_a_small_window(self, capsys: pytest.CaptureFixture[str]) -> None:
        """A window that is too small for the code says so."""
        screen = Screen(2, size=(80, 24))
        screen.watch()
        out = capsys.readouterr().out
        assert "the code needs 77 by 42 characters, and this window has 80 by 24" in out
        assert "▀" not in out

    def test_without_a_terminal(self, run: Run) -> None:
        """Off a terminal there is nothing to draw on, and the hint says what to do instead."""
        ran = run("present", "--key", "DEVICE.pem", "--watch", BOUND)
        assert (ran.code, ran.out) == (2, "")
        assert "standard output is none" in ran.err
        assert "hint: without --watch" in ran.err

    @needs_pty
    @pytest.mark.usefixtures("run")
    def test_interrupt(self) -> None:
        """Ctrl-C gives the terminal back as it was, and leaves with 130."""
        import fcntl
        import pty
        import struct
        import termios

        ours, theirs = pty.openpty()
        fcntl.ioctl(theirs, termios.TIOCSWINSZ, struct.pack("HHHH", 60, 120, 0, 0))
        arguments = [*PROGRAM, "present", "--key", "DEVICE.pem", "--watch", BOUND]
        with interruptible(arguments, stdout=theirs, stderr=subprocess.PIPE) as process:
            os.close(theirs)
            out = read_until(ours, lambda out: b"renewed in" in out)
            process.send_signal(signal.SIGINT)
            out += read_until(ours, lambda out: b"\x1b[?1049l" in out)
            assert process.wait(ENDS_WITHIN) == 130
            assert process.stderr is not None
            assert process.stderr.read() == b""
        os.close(ours)
        assert out.startswith(b"\x1b[?1049h\x1b[?25l")
        assert b"\xe2\x96\x80" in out
        assert out.endswith(b"\x1b[?25h\x1b[?1049l")

    @needs_pty
    @pytest.mark.usefixtures("run")
    def test_a_wrong_key_leaves_the_screen_alone(self) -> None:
        """What fails at once fails before the screen is taken."""
        import pty

        Path("OTHER.pem").write_text(HolderKey.generate().to_pem())
        ours, theirs = pty.openpty()
        arguments = [*PROGRAM, "present", "--key", "OTHER.pem", "--watch", BOUND]
        ran = subprocess.run(arguments, stdout=theirs, stderr=subprocess.PIPE, check=False, timeout=60)
        os.write(theirs, b"END")
        assert os.read(ours, 100) == b"END"
        os.close(ours)
        os.close(theirs)
        assert ran.returncode == 2
        assert b"bound to another device key" in ran.stderr


def read_until(descriptor: int, done: Callable[[bytes], bool]) -> bytes:
    """Read what a terminal shows, for ten seconds at most."""
    out, end = b"", time.monotonic() + 10
    while not done(out) and time.monotonic() < end:
        out += os.read(descriptor, 65536)
    return out


class TestStatus:
    """Waiving goes with presentations too."""

    def test_status_unknown(self, judge: Run) -> None:
        """A presentation of a code that can be withdrawn is not judged without a list."""
        health = HealthCode(color=GREEN.color, status=StatusPlace(3, 17))
        shown = present(token(health, holder_key=DEVICE.public_key), DEVICE, at=NOW)
        assert judge(shown).code == 3
        assert json.loads(judge("--json", "--waive", "status-unknown", shown).out)["waived"] == ["status-unknown"]
