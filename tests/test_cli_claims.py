"""Claims JSON that is wrong: each mistake is one readable line."""

import json
from pathlib import Path

import pytest

from command_line import ISSUER, KEY, Ran, Run, runner

ISSUE = ("issue", "--key", "KEY.pem", "--issuer", ISSUER, "--valid-for", "24h")


@pytest.fixture(autouse=True)
def folder(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> Path:
    """Work in a folder of its own, which holds KEY.pem."""
    monkeypatch.chdir(tmp_path)
    Path("KEY.pem").write_text(KEY.to_pem())
    return tmp_path


@pytest.fixture
def run(capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch) -> Run:
    """Run the command line."""
    return runner(capsys, monkeypatch)


@pytest.fixture
def issue(run: Run) -> Run:
    """Run `issue` for claims on standard input, with the key of KEY.pem."""

    def issue(claims: object, *arguments: str) -> Ran:
        data = claims if isinstance(claims, bytes) else json.dumps(claims).encode()
        return run(*ISSUE, "--at", "2026-11-01T00:00:00Z", *arguments, "-", stdin=data)

    return issue


class TestClaims:
    """Claims JSON that is wrong."""

    @pytest.mark.parametrize(
        ("claims", "says"),
        [
            (b"", "not JSON: expecting value at line 1, column 1"),
            (b'{"color": "green",\n "holder" "x"}', "at line 2, column 11"),
            (b"\xff", "not UTF-8: byte 1"),
            (b"[]", "not a JSON object"),
            (b'{"color": "green", "color": "red"}', "'color' is there twice"),
            (b"[" * 60_000, "nested too deeply"),
            (b"9" * 5000, "cannot be read: a number in it has 5,000 digits"),
            (b" " * 70_000, "more than 65536 bytes"),
            ({}, "color: it is missing"),
            ({"color": "grey"}, "color: expected one of green, yellow, red"),
            ({"color": 0}, "color: expected one of green, yellow, red"),
            ({"color": ["green"]}, "color: expected one of"),
            ({"color": "green", "colour": "green"}, "colour: there is no such member"),
            ({"color": "green", "holder": 1}, "holder: expected a string"),
            ({"color": "green", "holder": "\u202e"}, "holder: holder must not contain U+202E"),
            ({"color": "green", "holder": ""}, "1 to 48 bytes"),
            ({"color": "green", "holder": "\ue000"}, "holder must not contain U+E000"),
            ({"color": "green", "reason": "exposure"}, "a green code has neither reason nor until"),
            ({"color": "red"}, "must have a reason"),
            (
                {"color": "red", "reason": "sick"},
                "reason: expected one of exposure, risk-area, arrival-from-abroad",
            ),
            ({"color": "red", "reason": "symptoms", "until": "2026-12-01"}, "until: expected an RFC 3339 time"),
            (
                {"color": "red", "reason": "symptoms", "until": "2026-11-01T12:00:00Z"},
                "not end after its measure",
            ),
            ({"color": "green", "status": [1]}, "status: expected an array of two integers"),
            ({"color": "green", "status": [True, 1]}, "status: expected an array of two integers"),
            ({"color": "green", "status": [1, 2**20]}, "status: "),
            ({"color": "green", "residence": "hangzhou"}, "residence: expected a region id such as CN"),
            ({"color": "green", "origin": "CN-00"}, "origin: expected an issuer id such as CN"),
            ({"color": "green", "document": "1"}, "document: expected an object"),
            ({"color": "green", "document": {"type": "resident-id"}}, "document.number: it is missing"),
            ({"color": "green", "evidence": {}}, "evidence: expected an array"),
            ({"color": "green", "evidence": [1]}, "evidence[0]: expected an object whose type is one of test"),
            ({"color": "green", "evidence": [{"type": "recovery"}]}, "evidence[0].day: it is missing"),
            ({"color": "green", "evidence": [{"type": "recovery", "day": "1"}]}, "[0].day: expected a day"),
            (
                {"color": "green", "evidence": [{"type": "vaccination", "day": "2026-01-01", "dose": 0, "of": 2}]},
                "evidence[0].dose: input should be greater than or equal to 1",
            ),
            (
                {"color": "green", "evidence": [{"type": "recovery", "day": "2026-01-01", "dose": 1}]},
                "evidence[0].dose: there is no such member",
            ),
            ({"color": "green", "evidence": [{"type": "recovery", "day": "2026-01-01"}] * 5}, "evidence: "),
        ],
    )
    def test_says_what_is_wrong(self, issue: Run, claims: object, says: str) -> None:
        """Each mistake is one readable line that names the place; nothing is issued."""
        ran = issue(claims)
        assert (ran.code, ran.out) == (2, "")
        assert says in ran.err
        errors = ran.err.splitlines()
        assert all(line.startswith(("healthpass: error: ", "hint: ")) for line in errors)
        assert all(len(line) < 250 for line in errors)

    def test_says_all_that_is_wrong(self, issue: Run) -> None:
        """Several mistakes are several lines."""
        ran = issue({"color": "blue", "holder": 1, "reasons": "exposure"})
        assert ran.err.count("healthpass: error: in the claims: ") == 3

    def test_a_wrong_number_is_not_repeated(self, issue: Run) -> None:
        """The number of a document is in no message."""
        document = {"type": "resident-id", "number": "110105194912310021"}
        ran = issue({"color": "green", "document": document}, "--opening", "opening.hex")
        assert ran.code == 2
        assert "check digit" in ran.err
        assert "110105194912310021" not in ran.err

    def test_unreadable_files(self, run: Run, folder: Path) -> None:
        """A folder, a missing file and an endless one are one line each."""
        for name in (str(folder), "nothing.json", "/dev/zero"):
            ran = run("issue", "--key", "KEY.pem", "--issuer", ISSUER, "--valid-for", "1h", name)
            assert (ran.code, ran.out) == (2, "")
            assert ran.err.startswith("healthpass: error: cannot read ")
