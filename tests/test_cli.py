"""The command line as a program, and `healthpass verify`."""

import io
import json
import os
import re
import subprocess
import sys
from collections.abc import Callable
from datetime import datetime
from pathlib import Path
from typing import Any

import pytest
from PIL import Image

from authorities import Office, Region
from command_line import GREEN, ISSUER, KEY, PROGRAM, START, Ran, Run, runner, token
from healthpass import (
    Color,
    HealthCode,
    HolderKey,
    IssuerId,
    Reason,
    SigningKey,
    StatusPlace,
    Verdict,
    Verified,
    Verifier,
    present,
)
from healthpass.cli import main
from healthpass.codec import _text
from healthpass.qr import png
from healthpass.store import TrustStore
from healthpass.verifying._verify import DEFAULT_SKEW, MAX_GRACE, MAX_SKEW
from listing import PLACED, StatusOffice, add_office

AT = "2026-11-01T08:00:00+08:00"
COMMANDS: list[tuple[str, ...]] = [
    (),
    ("demo",),
    ("keygen",),
    ("enrol",),
    ("prove",),
    ("issue",),
    ("verify",),
    ("inspect",),
]
COMMANDS += [("present",), ("print",), ("gate",), ("gate", "challenge"), ("bundle",), ("trust",)]
COMMANDS += [("trust", name) for name in ("pin", "unpin", "update", "show", "why")]
COMMANDS += [("policy",), ("map",), ("tally",)]
COMMANDS += [("policy", name) for name in ("new", "check", "test", "explain", "diff", "sign", "show")]
COMMANDS += [("map", name) for name in ("new", "check", "explain", "diff", "sign", "show")]
COMMANDS += [("tally", name) for name in ("merge", "publish", "fluency")]
COMMANDS += [("status",)]
COMMANDS += [("status", name) for name in ("init", "revoke", "list", "publish", "show", "history", "check")]


@pytest.fixture
def run(capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> Run:
    """Run the command line in a folder of its own, which holds PUB.pem."""
    monkeypatch.chdir(tmp_path)
    Path("PUB.pem").write_text(KEY.public_key.to_pem())
    return runner(capsys, monkeypatch)


@pytest.fixture
def verify(run: Run) -> Run:
    """Run `verify`, trusting the key of PUB.pem, half an hour after `START`."""

    def verify(*arguments: str, stdin: bytes = b"", at: str = "2026-11-01T08:30:00+08:00") -> Ran:
        return run("verify", "--issuer-key", f"{ISSUER}=PUB.pem", "--at", at, *arguments, stdin=stdin)

    return verify


class TestProgram:
    """What every command does."""

    def test_version(self, run: Run) -> None:
        """`--version` prints name and version."""
        ran = run("--version")
        assert ran.code == 0
        assert ran.out.startswith("healthpass 0.")

    @pytest.mark.parametrize("flag", ["-h", "--help"])
    @pytest.mark.parametrize("command", COMMANDS)
    def test_help(self, run: Run, command: tuple[str, ...], flag: str) -> None:
        """Every command explains itself, without a word about shell completion."""
        ran = run(*command, flag)
        assert ran.code == 0
        assert ran.out.startswith("Usage: healthpass")
        assert "completion" not in ran.out

    def test_no_command_is_wrong_usage(self, run: Run) -> None:
        """Without a command, the help goes to standard error and the exit code is 2."""
        ran = run()
        assert (ran.code, ran.out) == (2, "")
        assert "Usage: healthpass" in ran.err

    @pytest.mark.parametrize(
        "arguments",
        [
            ("frobnicate",),
            ("verify",),
            ("verify", "--frob", "x"),
            ("print", "--layout", "huge", "--out", "x.svg", "x"),
            ("authority", "next", "root.json", "--root-threshold", "9"),
            ("gate",),
            ("trust",),
            ("status",),
        ],
    )
    def test_wrong_usage(self, run: Run, arguments: tuple[str, ...]) -> None:
        """Wrong usage is one error line without capital or full stop, a hint, and exit code 2."""
        ran = run(*arguments)
        error, hint = ran.err.splitlines()
        assert (ran.code, ran.out) == (2, "")
        assert error.startswith("healthpass: error: ")
        assert error.removeprefix("healthpass: error: ")[0].islower()
        assert not error.endswith(".")
        assert hint.startswith("hint: healthpass")
        assert "Input" not in error
        assert "Value" not in error

    def test_a_text_without_quotes(self, run: Run) -> None:
        """A code's text has spaces: who forgets the quotes is told so, and the text is not repeated."""
        ran = run("verify", "HP1:RRQT", "60GO0$2K:HLV", "K8CKSI7")
        assert (ran.code, ran.out) == (2, "")
        assert "in quotes" in ran.err
        assert "60GO0" not in ran.err

    def test_a_mistake_of_ours_is_no_traceback(
        self, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
    ) -> None:
        """An unforeseen exception is one line that does not repeat what the exception says."""

        def fail() -> None:
            raise RuntimeError("\x1b[2J secret")

        monkeypatch.setattr("healthpass.cli.issuer.SigningKey.generate", fail)
        assert main(["keygen", "--out", "KEY.pem"]) == 3
        error, hint = capsys.readouterr().err.splitlines()
        assert error.startswith("healthpass: error: unforeseen RuntimeError in ")
        assert "secret" not in error
        assert hint.startswith("hint: ")

    def test_interrupt(self, run: Run, monkeypatch: pytest.MonkeyPatch) -> None:
        """Ctrl-C ends a command silently, with 130."""

        def interrupt(*_: object, **__: object) -> None:
            raise KeyboardInterrupt

        monkeypatch.setattr("healthpass.Verifier.verify", interrupt)
        assert run("verify", "--issuer-key", f"{ISSUER}=PUB.pem", token()) == (130, "", "")

    def test_interrupt_while_it_loads(
        self, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
    ) -> None:
        """Ctrl-C is as silent before the command has begun."""

        class Interrupting:
            def find_spec(self, *_: object) -> None:
                raise KeyboardInterrupt

        monkeypatch.delitem(sys.modules, "healthpass.cli.app", raising=False)
        monkeypatch.delattr("healthpass.cli.app", raising=False)
        monkeypatch.setattr(sys, "meta_path", [Interrupting()])
        assert (main(["--version"]), *capsys.readouterr()) == (130, "", "")

    @pytest.mark.parametrize("missing", ["typer", "rich"])
    def test_without_the_extra(self, missing: str) -> None:
        """Without typer or rich there is an error with the hint to install the extra, and exit code 2."""
        program = (
            f"import sys; sys.modules[{missing!r}] = None; from healthpass.cli import main; sys.exit(main([]))"
        )
        ran = subprocess.run([sys.executable, "-c", program], capture_output=True, text=True, check=False)
        assert (ran.returncode, ran.stdout) == (2, "")
        assert ran.stderr.startswith("healthpass: error: ")
        assert ran.stderr.endswith("hint: pip install 'healthpass[cli]'\n")

    @pytest.mark.parametrize("arguments", [["--version"], ["verify", "--issuer-key", f"{ISSUER}=PUB.pem", "HP1:"]])
    def test_a_command_loads_what_it_needs(self, arguments: list[str]) -> None:
        """A command starts without what only other commands need."""
        rooms = ("authority", "chinese", "drawing", "ledger", "store", "cli.trust")
        program = (
            f"import sys; from healthpass.cli import main; main({arguments!r})\n"
            f"sys.exit(bool(sys.modules.keys() & {{f'healthpass.{{room}}' for room in {rooms}}}))"
        )
        ran = subprocess.run([sys.executable, "-c", program], capture_output=True, text=True, check=False)
        assert ran.returncode == 0

    @pytest.mark.parametrize("arguments", [("trust", "show", "gate"), ("status", "show", "gate")])
    def test_files_are_opened_and_not_looked_at(
        self, run: Run, monkeypatch: pytest.MonkeyPatch, arguments: tuple[str, ...]
    ) -> None:
        """What may not be read is the command's own error with its own exit code, and no wrong usage."""
        Path("gate").write_bytes(b"")
        monkeypatch.setattr("os.access", lambda *_, **__: False)
        assert run(*arguments).code == 3

    @pytest.mark.parametrize("encoding", ["ascii", "ascii:surrogateescape"])
    def test_an_ascii_terminal(self, encoding: str) -> None:
        """Where the terminal has no Chinese, it is escaped, and JSON stays JSON."""
        for arguments in (["inspect", token()], ["inspect", "--json", token()]):
            ran = subprocess.run(
                [
                    sys.executable,
                    "-c",
                    "import sys; from healthpass.cli import main; sys.exit(main())",
                    *arguments,
                ],
                capture_output=True,
                check=False,
                env={"PYTHONIOENCODING": encoding, "PYTHONUTF8": "0", "HEALTHPASS_LANG": "zh"},
            )
            assert ran.returncode == 0
            assert ran.stdout.isascii()
        assert json.loads(ran.stdout)["claimed"]["holder"] == "张*丰"


class TestVerify:
    """`healthpass verify`."""

    def test_valid(self, verify: Run) -> None:
        """A valid code: the verdict first, the colour as shape and words, issuer, expiry, and exit code 0."""
        ran = verify(token())
        assert (ran.code, ran.err) == (0, "")
        assert ran.out.startswith("VALID  ● green\n")
        assert ISSUER in ran.out
        assert "  valid until   2026-11-0" in ran.out  # in the zone of this machine
        assert "张*丰" in ran.out
        assert "\x1b" not in ran.out

    def test_valid_as_json(self, verify: Run) -> None:
        """The JSON of a valid code has all fields, always the same ones."""
        record = verify("--json", token()).json()
        assert record.pop("cti") != record.pop("kid")
        assert record == {
            "v": 1,
            "verdict": "valid",
            "outcome": "valid",
            "decision": None,
            "issuer": ISSUER,
            "issuer_name": None,
            "appeal": None,
            "path": None,
            "color": "green",
            "holder": "张*丰",
            "reason": None,
            "until": None,
            "evidence": [],
            "status": None,
            "residence": None,
            "origin": None,
            "binding": None,
            "extensions": {},
            "valid_from": "2026-11-01T00:00:00Z",
            "expires_at": "2026-11-02T00:00:00Z",
            "holder_key": None,
            "presented_at": None,
            "waived": [],
            "status_issued_at": None,
        }

    def test_refused_as_json(self, verify: Run) -> None:
        """The JSON of a refused code has the verdict and sentences, and no claim of the code."""
        ran = verify("--json", token(), at="2026-11-03T00:00:00Z")
        record = ran.json()
        assert ran.code == 1
        assert (record["verdict"], record["outcome"], record["step"]) == ("expired", "not valid", 12)
        assert record["advice"]["guard"]["zh"] == Verdict.EXPIRED.guard.zh
        assert record["advice"]["holder"]["en"] == Verdict.EXPIRED.holder.en
        assert "张" not in ran.out
        assert ISSUER not in ran.out

    @pytest.mark.parametrize("verdict", ["expired", "unknown-key", "bad-signature", "malformed-text"])
    def test_no_claim_of_a_refused_code(self, verify: Run, verdict: str) -> None:
        """A refused code is told by its verdict and a sentence in the language spoken; nothing of it is shown."""
        text = {"unknown-key": token(key=SigningKey.generate()), "bad-signature": tampered(), "expired": token()}
        at = "2026-11-03T00:00:00Z" if verdict == "expired" else "2026-11-01T00:00:00Z"
        ran = verify(text.get(verdict, "HP1:?"), at=at)
        assert ran.code == 1
        assert ran.out.startswith(f"NOT VALID  {verdict}\n")
        found = next(each for each in Verdict if each == verdict)
        assert found.guard.en in ran.out
        assert found.guard.zh not in ran.out
        chinese = verify(text.get(verdict, "HP1:?"), "--lang", "zh", at=at)
        assert chinese.code == 1
        assert chinese.out.startswith(f"无效  {verdict}\n  {found.guard.zh}\n")
        assert found.guard.en not in chinese.out
        assert "张*丰" not in ran.out + chinese.out
        assert ISSUER not in ran.out

    def test_cannot_judge(self, verify: Run) -> None:
        """A code that can be withdrawn is not judged without a list: exit code 3, unless that is waived."""
        text = token(GREEN.model_copy(update={"status": StatusPlace(3, 17)}))
        refused = verify(text)
        assert refused.code == 3
        assert refused.out.startswith("CANNOT JUDGE  status-unknown\n")
        waived = verify("--waive", "status-unknown", "--json", text)
        assert waived.code == 0
        assert waived.json()["waived"] == ["status-unknown"]
        assert "waived" in verify("--waive", "status-unknown", text).out

    def test_device_bound(self, verify: Run) -> None:
        """A code that is bound to a device and shown bare is refused."""
        text = token(holder_key=SigningKey.generate().public_key)
        assert verify("--json", text).json()["verdict"] == "presentation-required"
        assert verify("--json", "--waive", "presentation-required", text).json()["holder_key"] is not None

    def test_skew(self, verify: Run) -> None:
        """`--skew` says how far the issuer's clock may be ahead."""
        at = "2026-10-31T23:58:00Z"
        assert verify(token(), at=at).code == 1
        assert verify("--skew", "120", token(), at=at).code == 0

    @pytest.mark.parametrize("skew", ["301", "1000", "-1", "1.5", "soon", "", "0_1", "１"])
    def test_skew_out_of_range(self, verify: Run, skew: str) -> None:
        """What is no number of seconds that VER-12 allows is wrong usage."""
        ran = verify(f"--skew={skew}", token())
        assert (ran.code, ran.out) == (2, "")
        assert ran.err.startswith("healthpass: error: --skew ")
        assert "seconds\n" in ran.err

    def test_the_help_has_the_limits(self, run: Run) -> None:
        """The help names the limits that the library holds."""
        told = " ".join(run("verify", "--help").out.split())
        assert f"{MAX_SKEW} at most. [default: {DEFAULT_SKEW}]" in told
        assert f"{MAX_GRACE.days}d at most" in told

    def test_whom_do_you_trust(self, run: Run) -> None:
        """Without an issuer's key nothing is verified: wrong usage."""
        ran = run("verify", token())
        assert (ran.code, ran.out) == (2, "")
        assert "hint: --issuer-key" in ran.err

    @pytest.mark.parametrize(
        ("pair", "says"),
        [
            ("PUB.pem", "expected ID=PUB.pem"),
            (f"{ISSUER}=", "expected ID=PUB.pem"),
            ("cn=PUB.pem", "not an issuer id"),
            (f"{ISSUER}=nothing.pem", "no such file"),
            (f"{ISSUER}=.", "is a directory"),
            (f"{ISSUER}=/dev/zero", "more than 4096 bytes"),
            (f"{ISSUER}=KEY.pem", "PUBLIC KEY is needed"),
            (f"{ISSUER}=claims.json", "not a PEM file"),
        ],
    )
    def test_wrong_key(self, run: Run, pair: str, says: str) -> None:
        """A wrong --issuer-key is wrong usage, and the message says in what way."""
        Path("KEY.pem").write_text(KEY.to_pem())
        Path("claims.json").write_text("{}")
        ran = run("verify", "--issuer-key", pair, token())
        assert (ran.code, ran.out) == (2, "")
        assert says in ran.err

    def test_wrong_options(self, verify: Run) -> None:
        """Unknown verdicts to waive and times without a zone are wrong usage."""
        for option, value, says in (
            ("--waive", "expired", "only these verdicts can be waived: clock-suspect"),
            ("--at", "2026-11-01T00:00:00", "RFC 3339"),
            ("--at", "2026-13-01T00:00:00Z", "RFC 3339"),
            ("--at", "1969-12-31T23:59:59Z", "from 1970 to 9998"),
            ("--at", "9999-01-01T00:00:00Z", "from 1970 to 9998"),
        ):
            ran = verify(option, value, token())
            assert (ran.code, ran.out) == (2, "")
            assert says in ran.err

    def test_several_keys(self, run: Run) -> None:
        """Each --issuer-key is trusted for its issuer."""
        other = SigningKey.generate()
        Path("OTHER.pem").write_text(other.public_key.to_pem())
        keys = ("--issuer-key", f"{ISSUER}=PUB.pem", "--issuer-key", f"{ISSUER}=OTHER.pem")
        for key in (KEY, other):
            assert run("verify", *keys, "--at", AT, token(key=key)).code == 0


class TestVerifyTrust:
    """`healthpass verify --trust`."""

    @pytest.fixture
    def shanghai(self, run: Run) -> Office:
        """Make the store `gate`, by which Zhejiang and Shanghai are trusted, and return an office of Shanghai."""
        del run  # for its folder
        zhejiang, shanghai = Region("CN-33"), Region("CN-31")
        office = shanghai.office("CN-31.WJW")
        zhejiang.recognise(shanghai)
        zhejiang.publish()
        shanghai.publish()
        store = TrustStore.create("gate")
        store.pin_document(zhejiang.roots[0], digest=zhejiang.pin.digest, at=START)
        store.update(zhejiang.bundle(shanghai), at=START)
        return office

    def test_tells_the_path(self, run: Run, shanghai: Office) -> None:
        """Who has issued it, who lists the issuer, who recognises that, and where to appeal."""
        ran = run("verify", "--trust", "gate", "--at", AT, shanghai.issue())
        assert (ran.code, ran.err) == (0, "")
        called = "某卫生健康委员会 A health commission"
        assert f"  issuer        CN-31.WJW, which CN-31 calls {called}\n" in ran.out
        assert "  listed by     CN-31 CN-31 主管机关 Authority of CN-31\n" in ran.out
        assert "  recognised by CN-33 某卫生健康委员会 A health commission\n" in ran.out
        assert "  appeal        https://example.org/appeal\n" in ran.out
        line = run("verify", "--trust", "gate", "--at", AT, "-", stdin=shanghai.issue().encode()).out
        assert "  CN-33 → CN-31 → CN-31.WJW  until " in line

    def test_as_json(self, run: Run, shanghai: Office) -> None:
        """The path stands beside what the JSON has always had."""
        record = run("verify", "--trust", "gate", "--at", AT, "--json", shanghai.issue()).json()
        names = {"zh": "某卫生健康委员会", "en": "A health commission"}
        assert (record["v"], record["verdict"], record["issuer"]) == (1, "valid", "CN-31.WJW")
        assert (record["issuer_name"], record["appeal"]) == (names, "https://example.org/appeal")
        called = {"zh": "CN-31 主管机关", "en": "Authority of CN-31"}  # as CN-33 does, and not as it calls itself
        assert record["path"] == {"anchor": {"id": "CN-33", **names}, "recognised": {"id": "CN-31", **called}}

    def test_no_line_on_a_foreign_office_reads_as_one_on_our_own(self, run: Run) -> None:
        """A region that gives itself and its office the anchor's very names is not taken for it."""
        home, guest = Region("CN-33"), Region("CN-31")
        own, foreign = home.office("CN-33-01.WJW"), guest.office("CN-31.WJW")
        home.recognise(guest)
        home.publish()
        guest.publish()
        store = TrustStore.create("gate")
        store.pin_document(home.roots[0], digest=home.pin.digest, at=START)
        store.update(home.bundle(guest), at=START)
        for command in (("verify", "--trust", "gate"), ("trust", "why", "gate")):
            genuine, imitated = (run(*command, "--at", AT, office.issue()).out for office in (own, foreign))
            names = ("某卫生健康委员会", "A health commission")
            assert all(name in out for name in names for out in (genuine, imitated))
            without_ids = [
                {
                    " ".join(re.sub(r"CN[-0-9]*(\.WJW)?", "", line).split())
                    for line in out.splitlines()
                    if any(name in line for name in names) and part in line
                }
                for out, part in ((genuine, ""), (imitated, "CN-31"))
            ]
            assert not without_ids[0] & without_ids[1]

    def test_the_origin_is_what_the_issuer_says(self, run: Run, shanghai: Office) -> None:
        """Nobody has checked it, and no line says as a fact that the other office has set the colour."""
        health = HealthCode(color=Color.RED, reason=Reason.ISOLATION_ORDER, origin=IssuerId("CN-33-01.WJW"))
        code = shanghai.issue(health)
        ran = run("verify", "--trust", "gate", "--at", AT, code)
        told = [line for line in ran.out.splitlines() if "CN-33-01.WJW" in line]
        assert told == ["  origin        CN-31.WJW says that CN-33-01.WJW set the colour"]
        assert "  来源          CN-31.WJW 称由 CN-33-01.WJW 赋码\n" in run("inspect", code, "--lang", "zh").out
        inspected = [line for line in run("inspect", code).out.splitlines() if "CN-33-01.WJW" in line]
        assert inspected == told

    def test_waivers(self, run: Run, shanghai: Office) -> None:
        """A stale registry and a clock that is behind cannot judge, unless that is waived, by name."""
        for verdict, at in (
            ("registry-stale", "2026-12-15T00:00:00Z"),
            ("clock-suspect", "2026-10-31T12:00:00Z"),
        ):
            moment = datetime.fromisoformat(at)
            verify = ("verify", "--trust", "gate", "--at", at, "--json", shanghai.issue(at=moment))
            refused = run(*verify)
            assert (refused.code, refused.json()["verdict"]) == (3, verdict)
            assert "CN-31" not in refused.out
            waived = run(*verify, "--waive", verdict)
            assert (waived.code, waived.json()["waived"]) == (0, [verdict])

    def test_hears_the_news_between_two_lines(
        self, run: Run, shanghai: Office, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        """A gate that reads line after line refuses a key from the moment on when the store knows of its theft."""
        text = shanghai.issue()
        real = Verifier.verify

        def judge(gate: Verifier, text: str, **options: Any) -> Verified:
            verified: Verified = real(gate, text, **options)
            store = TrustStore.open("gate")
            for anchor in store.anchors:
                store.unpin(anchor)  # as another process does
            return verified

        monkeypatch.setattr("healthpass.Verifier.verify", judge)
        ran = run("verify", "--trust", "gate", "--at", AT, "-", stdin=f"{text}\n{text}\n".encode())
        assert ran.first_words() == ["valid", "unknown-key"]

    def test_environment(self, run: Run, shanghai: Office) -> None:
        """A store of real codes is not right for those of a test."""
        verify = ("verify", "--trust", "gate", "--at", AT, "--json", shanghai.issue(), "--environment")
        assert run(*verify, "production").json()["verdict"] == "valid"
        assert run(*verify, "test").json()["verdict"] == "wrong-environment"

    @pytest.mark.parametrize(
        "arguments",
        [
            ("--trust", "gate", "--issuer-key", f"{ISSUER}=PUB.pem"),
            ("--trust", "gate", "--bearer-for", "1h"),
            ("--trust", "gate", "--environment", "No Such"),
            ("--issuer-key", f"{ISSUER}=PUB.pem", "--environment", "test"),
            ("--issuer-key", f"{ISSUER}=PUB.pem", "--status-grace", "1h"),
        ],
    )
    def test_one_answer_to_whom_do_you_trust(self, run: Run, shanghai: Office, arguments: tuple[str, ...]) -> None:
        """A store or keys, and what goes with them; anything else is wrong usage."""
        ran = run("verify", *arguments, shanghai.issue())
        assert (ran.code, ran.out) == (2, "")

    def test_status_lists(self, run: Run, withdrawing: StatusOffice) -> None:
        """A code that can be withdrawn: the answer says how old the list is that told of it."""
        verify = ("verify", "--trust", "gate")
        text, at = withdrawing.issue(PLACED), ("--at", "2026-11-01T00:45:00Z")
        record = run(*verify, *at, "--json", text).json()
        assert (record["verdict"], record["status_issued_at"]) == ("valid", "2026-11-01T00:00:00Z")
        assert ", 45 minutes old\n" in run(*verify, *at, text).out
        assert "status list 45 minutes old" in run(*verify, *at, "-", stdin=text.encode()).out
        plain = run(*verify, *at, "--json", withdrawing.issue()).json()
        assert (plain["verdict"], plain["status_issued_at"]) == ("valid", None)
        assert "status list" not in run(*verify, *at, withdrawing.issue()).out
        revoked = withdrawing.issue(PLACED.model_copy(update={"status": StatusPlace(3, 5)}))
        ran = run(*verify, *at, "--json", revoked)
        assert (ran.code, ran.json()["verdict"]) == (1, "revoked")
        assert "status_issued_at" not in ran.json()
        assert run(*verify, *at, "--waive", "status-unknown", revoked).code == 1

    def test_status_grace(self, run: Run, withdrawing: StatusOffice) -> None:
        """Beyond its end a list is believed for as long as the caller says, or when that is waived."""
        verify = ("verify", "--trust", "gate", "--at", "2026-11-01T01:30:00Z", "--json", withdrawing.issue(PLACED))
        for grace, verdict in ((None, "status-unknown"), ("0", "status-unknown"), ("30m", "status-unknown")):
            ran = run(*verify, *(("--status-grace", grace) if grace else ()))
            assert (ran.code, ran.json()["verdict"]) == (3, verdict)
        for grace in ("31m", "7d"):
            ran = run(*verify, "--status-grace", grace)
            assert (ran.code, ran.json()["status_issued_at"]) == (0, "2026-11-01T00:00:00Z")
        waived = run(*verify, "--waive", "status-unknown").json()
        assert (waived["waived"], waived["status_issued_at"]) == (["status-unknown"], None)

    @pytest.mark.parametrize("grace", ["8d", "604801s", "-1s", "soon", "", "1"])
    def test_a_grace_that_is_none(self, run: Run, shanghai: Office, grace: str) -> None:
        """A grace is a duration of 7 days at most, or 0."""
        ran = run("verify", "--trust", "gate", f"--status-grace={grace}", shanghai.issue())
        assert (ran.code, ran.out) == (2, "")
        assert "--status-grace" in ran.err

    @pytest.fixture
    def withdrawing(self, run: Run) -> StatusOffice:
        """Make the store `gate`, which holds list 3 of an office, and return the office."""
        del run  # for its folder
        zhejiang = Region("CN-33")
        office = add_office(zhejiang, "CN-33-02.WJW")
        zhejiang.publish()
        store = TrustStore.create("gate")
        store.pin_document(zhejiang.roots[0], digest=zhejiang.pin.digest, at=START)
        store.update(zhejiang.bundle() + office.status_list([5]), at=START)
        return office

    @pytest.mark.parametrize("store", ["nothing", "PUB.pem", "empty", "garbage"])
    def test_a_store_that_cannot_be_opened(self, run: Run, store: str) -> None:
        """Without its store a verifier cannot judge: exit code 3, and nothing on standard output."""
        Path("empty").mkdir()
        Path("garbage").mkdir()
        Path("garbage/trust.json").write_bytes(b"{}")
        ran = run("verify", "--trust", store, token())
        assert (ran.code, ran.out) == (3, "")
        assert ran.err.startswith("healthpass: error: ")


class TestVerifyLines:
    """`healthpass verify -`."""

    def test_one_answer_a_line(self, verify: Run) -> None:
        """Every line gets one answer, in order, also one that is no text."""
        good = token().encode()
        lines = [good, b"\xff\xfe", b" " + good, good + b" ", b"HP2:A", good]
        ran = verify("-", stdin=b"\n".join(lines) + b"\n")
        answers = ran.first_words()
        wrong = "malformed-text"
        assert answers == ["valid", wrong, wrong, wrong, "unsupported-version", "valid"]
        assert ran.code == 1

    def test_json_lines(self, verify: Run) -> None:
        """With --json every answer is an object on its own line."""
        ran = verify("--json", "-", stdin=token().encode() + b"\r\nHP1:\n")
        assert [json.loads(line)["verdict"] for line in ran.out.splitlines()] == ["valid", "malformed-envelope"]

    @pytest.mark.parametrize("end", [b"\n", b"\r", b"\r\n", b"\r\n\r\n", b"\r\r", b"\n \t\n"])
    def test_ends_of_lines(self, verify: Run, end: bytes) -> None:
        """LF, CR and CR LF end a line; an empty line is no scan, and gets no answer."""
        good = token().encode()
        for stdin in (good + end + good + end, end + good + end + good):
            ran = verify("-", stdin=stdin)
            assert (ran.code, ran.first_words()) == (0, ["valid", "valid"])

    @pytest.mark.parametrize("end", [b"\r", b"\r\n"])
    @pytest.mark.usefixtures("verify")
    def test_an_answer_does_not_wait_for_the_next_scan(self, end: bytes) -> None:
        """A reader that ends a scan with CR, as most do, has its answer before the next scan."""
        command = [
            *PROGRAM,
            "verify",
            "--issuer-key",
            f"{ISSUER}=PUB.pem",
            "--at",
            "2026-11-01T08:30:00+08:00",
            "-",
        ]
        with subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE) as gate:
            assert gate.stdin is not None
            assert gate.stdout is not None
            for _ in range(2):
                gate.stdin.write(token().encode() + end)
                gate.stdin.flush()
                assert gate.stdout.readline().startswith(b"valid")
            gate.stdin.close()
            assert gate.wait() == 0

    def test_the_worst_exit_code(self, verify: Run) -> None:
        """The exit code is that of the worst answer: 3 over 1 over 0."""
        good, bad = token(), "HP1:"
        unjudged = token(GREEN.model_copy(update={"status": StatusPlace(3, 17)}))
        for texts, code in (((good, good), 0), ((bad, good), 1), ((good, unjudged, bad), 3)):
            assert verify("-", stdin="\n".join(texts).encode()).code == code

    def test_endless_line(self, verify: Run) -> None:
        """A line that is too long is refused without being held, and the next one is judged."""
        ran = verify("-", stdin=b"HP1:" + b"A" * 1_000_000 + b"\n" + token().encode() + b"\n")
        assert ran.first_words() == ["malformed-text", "valid"]

    @pytest.mark.parametrize("size", [2049, 8192, 8193, 8194, 8195])
    def test_around_the_bound(self, verify: Run, size: int) -> None:
        """Lines around the bound are one line each."""
        for end in (b"\n", b"\r\n", b""):
            ran = verify("-", stdin=b"A" * size + end)
            assert ran.first_words() == ["malformed-text"]

    def test_no_line(self, verify: Run) -> None:
        """No line is no answer: nothing was judged, exit code 3."""
        ran = verify("-")
        assert (ran.code, ran.out) == (3, "")
        assert "standard input is empty" in ran.err


class TestReaders:
    """Hand-held readers that are set otherwise than a code needs."""

    @pytest.mark.parametrize(
        ("written", "setting"),
        [
            (lambda text: "]Q1" + text, "AIM"),
            (lambda text: text + "\t", "tab"),
            (lambda text: "\x02" + text + "\x03", "control character"),
            (str.lower, "caps lock"),
            (lambda text: "\ufeff" + text, "byte order mark"),
            (lambda text: " " + text, "spaces"),
            (lambda text: "".join(chr(ord(c) + 0xFEE0) if c != " " else "\u3000" for c in text), "input method"),
        ],
    )
    def test_the_setting_is_named(self, verify: Run, written: Callable[[str], str], setting: str) -> None:
        """What a reader has changed stays malformed-text, and the answer names its setting, not the holder."""
        for arguments, stdin in ((("-",), written(token())), ((written(token()),), "")):
            ran = verify(*arguments, stdin=stdin.encode())
            assert ran.code == 1
            assert "malformed-text" in ran.out
            assert setting in ran.out
            assert "ask the holder" not in ran.out
            assert "扫码枪" not in ran.out
            assert "扫码枪" in verify(*arguments, "--lang", "zh", stdin=stdin.encode()).out
        assert verify("--json", written(token())).json()["verdict"] == "malformed-text"

    def test_several_settings(self, verify: Run) -> None:
        """Settings that work together are all named."""
        out = verify("-", stdin=f"]q1{token().lower()}\t\r".encode()).out
        assert all(setting in out for setting in ("AIM", "tab", "caps lock"))

    @pytest.mark.parametrize("text", ["]Q1HELLO", "not a code", "]Q1", "\ufeff", "HP1:AAAA".lower(), "x\t"])
    def test_junk_is_no_setting(self, verify: Run, text: str) -> None:
        """Where no whole code stands in the text, no reader is blamed."""
        ran = verify("-", stdin=text.encode())
        assert "The reader" not in ran.out

    def test_one_small_letter_is_no_setting(self, verify: Run) -> None:
        """A setting changes all letters of a code; where one is small, the code is damaged."""
        ran = verify("-", stdin=(token()[:-1] + "a").encode())
        assert "malformed-text" in ran.out
        assert "caps lock" not in ran.out

    def test_presentations_too(self, verify: Run) -> None:
        """A presentation that a reader has changed is told in the same way."""
        phone = HolderKey.generate()
        shown = present(token(holder_key=phone.public_key), phone)
        assert "AIM" in verify("-", stdin=f"]Q1{shown}\n".encode()).out


class TestVerifyPictures:
    """`healthpass verify IMAGE`."""

    def test_every_code_in_it(self, verify: Run) -> None:
        """Every code in a picture is judged; the worst gives the exit code."""
        picture = side_by_side(png(token(), scale=4), png(token(key=SigningKey.generate()), scale=4))
        Path("two.png").write_bytes(picture)
        ran = verify("two.png")
        assert ran.code == 1
        assert "VALID" in ran.out
        assert "\n\nNOT VALID  unknown-key\n" in ran.out
        assert verify("--json", "two.png").out.count("\n") == 2

    def test_a_code_that_cannot_be_read(self, verify: Run) -> None:
        """A second code that is seen and cannot be read is an answer of its own: no-code, exit code 3."""
        torn = Image.open(io.BytesIO(png(token(), scale=4)))
        torn.paste(0, (80, 80, 170, 170))
        file = io.BytesIO()
        torn.save(file, "PNG")
        Path("family.png").write_bytes(side_by_side(png(token(), scale=4), file.getvalue()))
        ran = verify("family.png")
        assert ran.code == 3
        assert "VALID  ● green" in ran.out
        assert "\n\nCANNOT JUDGE  no-code\n" in ran.out
        assert "1 more code is in the picture and cannot be read" in ran.out
        answers = [json.loads(line)["verdict"] for line in verify("--json", "family.png").out.splitlines()]
        assert answers == ["valid", "no-code"]

    @pytest.mark.skipif(not hasattr(os, "mkfifo"), reason="this system has no named pipes")
    def test_a_pipe_is_not_waited_for(self, verify: Run) -> None:
        """A named pipe that nobody writes to is no picture."""
        os.mkfifo("pipe.png")
        ran = verify("pipe.png")
        assert (ran.code, ran.out) == (3, "")
        assert "no file with a picture" in ran.err

    def test_no_health_code(self, verify: Run) -> None:
        """A picture of something else is `no-code`, and its content is not shown."""
        Path("menu.png").write_bytes(png("HTTPS://EXAMPLE.COM"))
        ran = verify("--json", "menu.png")
        assert ran.code == 3
        assert ran.json()["verdict"] == "no-code"
        assert "EXAMPLE" not in ran.out
        assert verify("menu.png").out.startswith("CANNOT JUDGE  no-code\n")

    @pytest.mark.parametrize("name", ["nothing.png", "folder/nothing", "folder", "PUB.pem", "empty.png"])
    def test_unreadable(self, verify: Run, name: str) -> None:
        """What is not there or no picture is an error with exit code 3, and `no-code` in JSON."""
        Path("folder").mkdir()
        Path("empty.png").touch()
        ran = verify(name)
        assert (ran.code, ran.out) == (3, "")
        assert ran.err.startswith("healthpass: error: ")
        ran = verify("--json", name)
        assert (ran.code, ran.json()["verdict"]) == (3, "no-code")

    @pytest.mark.parametrize(
        "text", ["hello", "hp1:AB/CD.EF", "HP1:X/Y.png", "https://example.com/a.png", " HP1:AB", "A" * 5000, ""]
    )
    def test_texts_are_no_file_names(self, verify: Run, text: str) -> None:
        """What does not look like a file is judged as a text."""
        ran = verify(text)
        assert ran.code == 1
        assert "malformed-text" in ran.out

    def test_a_file_is_no_text_because_of_its_name(self, verify: Run) -> None:
        """A picture whose name begins with HP is a picture."""
        Path("HP-photo").write_bytes(png(token()))
        assert verify("HP-photo").code == 0


def tampered() -> str:
    """Change the colour in the bytes of a green code."""
    credential = bytearray(_text.decode(token(), _text.CREDENTIAL)[1])
    at = credential.index(bytes.fromhex("3a00010000a20100")) + 7
    credential[at] = Color.YELLOW
    return _text.encode(_text.CREDENTIAL, bytes(credential))


def side_by_side(*pictures: bytes) -> bytes:
    """Put pictures into one."""
    opened = [Image.open(io.BytesIO(picture)).convert("L") for picture in pictures]
    both = Image.new("L", (sum(one.width for one in opened), max(one.height for one in opened)), 255)
    left = 0
    for one in opened:
        both.paste(one, (left, 0))
        left += one.width
    file = io.BytesIO()
    both.save(file, "PNG")
    return file.getvalue()
