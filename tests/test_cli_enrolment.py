"""`healthpass enrol`, `prove` and `issue --holder-proof`."""

from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest

from command_line import DEVICE, ISSUER, KEY, Ran, Run, runner
from healthpass import Issued, Issuer, inspect_unverified, prove, write_time

ISSUE = ("issue", "--key", "KEY.pem", "--issuer", ISSUER, "--valid-for", "24h")


@pytest.fixture(autouse=True)
def folder(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> Path:
    """Work in a folder with the keys of an office and of a device, and a challenge."""
    monkeypatch.chdir(tmp_path)
    Path("KEY.pem").write_text(KEY.to_pem())
    Path("DEVICE.pem").write_text(DEVICE.to_pem())
    return tmp_path


@pytest.fixture
def run(capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch) -> Run:
    """Run the command line."""
    return runner(capsys, monkeypatch)


@pytest.fixture
def asked(run: Run) -> str:
    """Return a challenge, which CHALLENGE.txt keeps."""
    return run("enrol", "--issuer", ISSUER, "--out", "CHALLENGE.txt").out.strip()


def issue(run: Run, proof: str, *arguments: str) -> Ran:
    """Issue a code to the device of a proof."""
    given = ("--holder-proof", proof, "--challenge", "CHALLENGE.txt")
    return run(*ISSUE, *given, *arguments, "-", stdin=b'{"color":"green"}')


class TestEnrolment:
    def test_a_code_for_the_key_that_was_proved(self, run: Run, asked: str) -> None:
        """The proof of the device's key, from a picture, binds the code to it; the challenge is gone then."""
        assert run("prove", asked, "--key", "DEVICE.pem", "--issuer", ISSUER, "--qr", "proof.png").code == 0
        ran = issue(run, "proof.png")
        claimed = inspect_unverified(ran.out.strip()).claimed
        assert claimed is not None
        assert claimed.holder_key == DEVICE.public_key
        assert "nobody has proved" not in ran.err
        assert not Path("CHALLENGE.txt").exists()
        again = issue(run, "proof.png")
        assert (again.code, again.out) == (2, "")

    def test_a_bare_key_is_told_of(self, run: Run) -> None:
        """A public key that nobody has proved still binds a code, and a line says so."""
        Path("PUB.pem").write_text(DEVICE.public_key.to_pem())
        ran = run(*ISSUE, "--holder-key", "PUB.pem", "-", stdin=b'{"color":"green"}')
        assert ran.code == 0
        assert "nobody has proved this device key" in ran.err

    def test_another_office(self, run: Run, asked: str) -> None:
        """A device does not answer another office, and no office takes its challenge for another's code."""
        ran = run("prove", asked, "--key", "DEVICE.pem", "--issuer", "CN-31.WJW")
        assert (ran.code, ran.out) == (2, "")
        assert "another office" in ran.err
        ran = issue(run, prove(asked, DEVICE, issuer=ISSUER), "--issuer", "CN-31.WJW")
        assert (ran.code, ran.out) == (2, "")
        assert Path("CHALLENGE.txt").exists()

    @pytest.mark.parametrize("proof", ["HPK1:", "HPK1:" + "0" * 191, "HPC1:00", "\u202e", "nothing.png"])
    def test_a_wrong_proof(self, run: Run, asked: str, proof: str) -> None:
        """What is no proof makes no code, and takes no challenge."""
        ran = issue(run, proof)
        assert (ran.code, ran.out) == (2, "")
        assert issue(run, prove(asked, DEVICE, issuer=ISSUER)).code == 0

    def test_a_code_that_is_not_issued(self, run: Run, asked: str) -> None:
        """A slip in the claims or in a file name takes no challenge: the same proof answers it afterwards."""
        proof = prove(asked, DEVICE, issuer=ISSUER)
        given = ("--holder-proof", proof, "--challenge", "CHALLENGE.txt")
        ran = run(*ISSUE, *given, "-", stdin='{"color":"green","holder":"张三丰"}'.encode())
        assert (ran.code, ran.out) == (2, "")
        Path("code.png").touch()
        ran = issue(run, proof, "--qr", "code.png")  # a file that is there is not overwritten
        assert (ran.code, ran.out) == (2, "")
        assert issue(run, proof).code == 0

    def test_another_takes_it_meanwhile(self, run: Run, asked: str, monkeypatch: pytest.MonkeyPatch) -> None:
        """Of two that issue at the same moment one gets the challenge, and the other prints no code."""
        checked = Issuer.issue

        def slow(*args: Any, **options: Any) -> Issued:
            Path("CHALLENGE.txt").unlink()  # by the other one
            return checked(*args, **options)

        monkeypatch.setattr(Issuer, "issue", slow)
        ran = issue(run, prove(asked, DEVICE, issuer=ISSUER), "--qr", "code.png")
        assert (ran.code, ran.out) == (2, "")
        assert "cannot take the challenge" in ran.err
        assert not Path("code.png").exists()

    def test_too_late(self, run: Run, asked: str) -> None:
        """A challenge is good for ten minutes."""
        past = write_time(datetime.now(UTC).replace(microsecond=0) - timedelta(seconds=1))
        Path("CHALLENGE.txt").write_text(f"{ISSUER}\n{asked}\n{past}\n")
        ran = issue(run, prove(asked, DEVICE, issuer=ISSUER))
        assert (ran.code, ran.out) == (2, "")
        assert "expired" in ran.err

    @pytest.mark.parametrize(
        "data", [b"", b"\xff" * 40, b"\n\n\n", b"x" * 9999, f"{ISSUER}\nHPE1:\nnow\n".encode()]
    )
    def test_a_challenge_that_is_none(self, run: Run, asked: str, data: bytes) -> None:
        """Another file in its place is one line that says so, and stays."""
        Path("CHALLENGE.txt").write_bytes(data)
        ran = issue(run, prove(asked, DEVICE, issuer=ISSUER))
        assert (ran.code, ran.out) == (2, "")
        assert Path("CHALLENGE.txt").read_bytes() == data

    @pytest.mark.parametrize("text", ["HPC1:00", "HP1:00", "HPE1:", "\u202e"])
    def test_no_challenge(self, run: Run, text: str) -> None:
        """A phone proves nothing to a gate, and nothing for a text that is no challenge."""
        ran = run("prove", text, "--key", "DEVICE.pem", "--issuer", ISSUER)
        assert (ran.code, ran.out) == (2, "")

    def test_belong_together(self, run: Run, asked: str) -> None:
        """A proof needs its challenge."""
        ran = run(*ISSUE, "--holder-proof", prove(asked, DEVICE, issuer=ISSUER), "-", stdin=b'{"color":"green"}')
        assert (ran.code, ran.out) == (2, "")
        assert "belong together" in ran.err
