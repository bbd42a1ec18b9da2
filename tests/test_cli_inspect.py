"""`healthpass inspect`, and what strangers write and the terminal must not obey."""

import json
from datetime import date, timedelta
from pathlib import Path

import pytest

from command_line import ISSUER, KEY, START, Run, runner, token
from healthpass import (
    Color,
    Departure,
    HealthCode,
    LabMethod,
    LabResult,
    LabTest,
    RegionId,
    SigningKey,
    StatusPlace,
    UnknownEvidence,
)
from healthpass.codec import _text
from healthpass.qr import png

VERIFY = ("verify", "--issuer-key", f"{ISSUER}=PUB.pem", "--at", "2026-11-01T08:30:00+08:00")


@pytest.fixture
def run(capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> Run:
    """Run the command line in a folder of its own, which holds PUB.pem."""
    monkeypatch.chdir(tmp_path)
    Path("PUB.pem").write_text(KEY.public_key.to_pem())
    return runner(capsys, monkeypatch)


class TestInspect:
    """`healthpass inspect`."""

    def test_says_that_nothing_is_verified(self, run: Run) -> None:
        """Each form says first that nothing has been verified."""
        text = token(key=SigningKey.generate())
        assert "NOT VERIFIED" in run("inspect", text).out.splitlines()[0]
        assert "NOT VERIFIED" in run("inspect", "--diag", text).out.splitlines()[0]
        record = run("inspect", "--json", text).json()
        assert record["verified"] is False
        assert "NOT VERIFIED" in record["warning"]
        assert record["claimed"]["holder"] == "张*丰"
        assert "verdict" not in record

    def test_diagnostic_notation(self, run: Run) -> None:
        """--diag shows the layers, with the protected header and the payload as embedded CBOR."""
        out = run("inspect", "--diag", token(health_with_everything())).out
        evidence = (
            '[[1, 1793487600, 0, 1], [4, "CN-31", 20757], [9, "\\u001b[2J\\u009b\\u202e\\r", h\'1b\', -1]], '
            "/ evidence: test 2026-10-31T23:00:00Z negative naat; departure 2026-10-31;"
        )
        for line in (
            "18([",
            "  / protected / <<{",
            "    1: -19, / alg: Ed25519 /",
            f'    1: "{ISSUER}", / iss, the issuer /',
            "    4: 1793577600, / exp, end of validity: 2026-11-02T00:00:00Z /",
            "      1: 1, / color: yellow /",
            "      4: 99, / reason /",
            f"      6: {evidence} not known here /",
            "      7: [3, 17], / status: list, index /",
        ):
            assert line in out.splitlines()

    def test_payload_that_cannot_be_read(self, run: Run) -> None:
        """A payload that is no CBOR of HP1 is shown as bytes, with the verdict on it."""
        credential = bytearray(_text.decode(token(), _text.CREDENTIAL)[1])
        credential[19] = 0xFF
        text = _text.encode(_text.CREDENTIAL, bytes(credential))
        assert "malformed-payload" in run("inspect", text).out
        assert "malformed-payload: not the CBOR of HP1 /" in run("inspect", "--diag", text).out
        record = run("inspect", "--json", text).json()
        assert (record["claimed"], record["problem"]) == (None, "malformed-payload")

    def test_claims_that_are_not_known(self, run: Run) -> None:
        """A payload whose claims break a rule is still shown in diagnostic notation."""
        out = run("inspect", "--diag", unknown_color()).out
        assert "      1: 7, / color /" in out
        assert "}>> / unsupported-claim /," in out

    def test_unreadable(self, run: Run) -> None:
        """What is no credential's text is an error with exit code 3."""
        ran = run("inspect", "HP1:A")
        assert (ran.code, ran.out) == (3, "")
        assert ran.err.startswith("healthpass: error: malformed-text: ")
        assert run("inspect", "--json", "HP1:A").json()["problem"] == "malformed-text"
        assert run("inspect", "--json", "nothing.png").json()["problem"] == "no-code"

    def test_lines_and_pictures(self, run: Run) -> None:
        """It reads lines and pictures as `verify` does."""
        ran = run("inspect", "--json", "-", stdin=f"{token()}\n\nno code\n".encode())
        assert [json.loads(line)["problem"] for line in ran.out.splitlines()] == [None, "malformed-text"]
        Path("code.png").write_bytes(png(token()))
        assert run("inspect", "code.png").code == 0

    def test_one_form(self, run: Run) -> None:
        """--json and --diag exclude each other."""
        assert run("inspect", "--json", "--diag", token()).code == 2


class TestNothingSteersTheTerminal:
    """What a stranger has written is printed without control characters."""

    @pytest.mark.parametrize("form", [(), ("--json",), ("--diag",)])
    def test_codes(self, run: Run, form: tuple[str, ...]) -> None:
        """Texts inside a code are escaped, verified or not."""
        text = token(health_with_everything())
        outputs = [run("inspect", *form, text).out]
        if form != ("--diag",):
            outputs.append(run(*VERIFY, *form, "--waive", "status-unknown", text).out)
        for out in outputs:
            assert out
            assert not {"\x1b", "\x9b", "\u202e", "\r"} & set(out)

    def test_arguments(self, run: Run) -> None:
        """File names and arguments are escaped in messages."""
        for ran in (
            run(*VERIFY, "\x1b[31m/\x9b\u202e.png"),
            run(*VERIFY, "--at", "\x1b[31m", "x"),
            run(*VERIFY, "--waive", "\x1b[31m", "x"),
            run("verify", "--\x1b[31m", "x"),
            run("\x1b[31m"),
        ):
            assert ran.code in (2, 3)
            assert not {"\x1b", "\x9b", "\u202e"} & set(ran.err + ran.out)


def unknown_color() -> str:
    """Give a green code a colour that nobody knows."""
    credential = bytearray(_text.decode(token(), _text.CREDENTIAL)[1])
    credential[credential.index(bytes.fromhex("3a00010000a20100")) + 7] = 7
    return _text.encode(_text.CREDENTIAL, bytes(credential))


def health_with_everything() -> HealthCode:
    """Make a code with texts that would steer a terminal, where the format has room for them."""
    return HealthCode(
        color=Color.YELLOW,
        reason=99,
        evidence=(
            LabTest(sampled_at=START - timedelta(hours=1), result=LabResult.NEGATIVE, method=LabMethod.NAAT),
            Departure(region=RegionId("CN-31"), day=date(2026, 10, 31)),
            UnknownEvidence(type=9, values=("\x1b[2J\x9b\u202e\r", b"\x1b", -1)),
        ),
        status=StatusPlace(3, 17),
        extensions=((32, {1: ["\x1b[2J\x9b\u202e"]}), (-1, b"\x1b")),
    )
