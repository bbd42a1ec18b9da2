"""`healthpass keygen` and `healthpass issue`."""

import json
import os
import subprocess
import time
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest

from command_line import ISSUER, KEY, PROGRAM, Ran, Run, runner
from healthpass import PublicKey, Registry, SigningKey, bind_document, inspect_unverified, verify
from healthpass.scan import scan
from trusted_office import OFFICE, Office

ISSUE = ("issue", "--key", "KEY.pem", "--issuer", ISSUER, "--valid-for", "24h")
# What holds of claims of November 2026 at any other time, and of a booster.
FORCED = tuple(f"--force={one}" for one in ("begins-late", "expired", "evidence-ahead", "dose-above-series"))
NUMBER = "11010519491231002X"
DOCUMENT = {"type": "resident-id", "number": NUMBER}
GREEN = {"color": "green", "holder": "张*丰"}
YELLOW = {
    "color": "yellow",
    "holder": "张*丰",
    "reason": "exposure",
    "until": "2026-12-01T00:00:00+08:00",
    "status": [3, 17],
    "residence": "CN-33-01",
    "origin": "CN-33",
    "evidence": [
        {"type": "test", "sampled_at": "2026-11-01T00:40:00Z", "result": "negative", "method": "naat"},
        {"type": "vaccination", "day": "2021-05-01", "dose": 3, "of": 2},
        {"type": "recovery", "day": "2026-10-01"},
        {"type": "departure", "region": "CN-31", "day": "2026-10-20"},
    ],
}
needs_posix = pytest.mark.skipif(os.name != "posix", reason="POSIX permissions")
needs_full = pytest.mark.skipif(not Path("/dev/full").exists(), reason="/dev/full")


@pytest.fixture(autouse=True)
def folder(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> Path:
    """Work in a folder of its own."""
    monkeypatch.chdir(tmp_path)
    return tmp_path


@pytest.fixture
def key_file() -> None:
    """Write the issuer's key to KEY.pem."""
    Path("KEY.pem").write_text(KEY.to_pem())


@pytest.fixture
def run(capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch) -> Run:
    """Run the command line."""
    return runner(capsys, monkeypatch)


@pytest.fixture
def issue(run: Run) -> Run:
    """Run `issue` for claims on standard input, with the key of KEY.pem."""

    def issue(claims: object, *arguments: str) -> Ran:
        data = claims if isinstance(claims, bytes) else json.dumps(claims).encode()
        return run(*ISSUE, *FORCED, "--at", "2026-11-01T00:00:00Z", *arguments, "-", stdin=data)

    return issue


def names(folder: Path) -> set[str]:
    """Return the names of all files in a folder, hidden ones too."""
    return {path.name for path in folder.iterdir()}


class TestKeygen:
    """`healthpass keygen`."""

    def test_writes_a_key(self, run: Run) -> None:
        """It writes PKCS#8 and prints the kid and the public key."""
        ran = run("keygen", "--out", "KEY.pem")
        public = SigningKey.from_pem(Path("KEY.pem").read_text()).public_key
        assert (ran.code, ran.err) == (0, "")
        assert f"kid: {public.kid.hex()}\n" in ran.out
        assert f"public key: {public.to_bytes().hex()}\n" in ran.out
        assert public.to_pem() in ran.out
        assert "PRIVATE" not in ran.out

    def test_writes_the_public_key(self, run: Run) -> None:
        """With --public, the public key becomes a file too, and is a key that `--issuer-key` takes."""
        assert run("keygen", "--out", "KEY.pem", "--public", "PUB.pem").code == 0
        key = SigningKey.from_pem(Path("KEY.pem").read_text())
        assert PublicKey.from_pem(Path("PUB.pem").read_text()) == key.public_key

    @needs_posix
    def test_permissions(self, run: Run) -> None:
        """The private key is its owner's alone, whatever the umask; the public key follows the umask."""
        before = os.umask(0o002)
        try:
            run("keygen", "--out", "KEY.pem", "--public", "PUB.pem")
        finally:
            os.umask(before)
        assert Path("KEY.pem").stat().st_mode & 0o777 == 0o600
        assert Path("PUB.pem").stat().st_mode & 0o777 == 0o664

    @pytest.mark.parametrize("taken", ["KEY.pem", "PUB.pem"])
    def test_overwrites_nothing(self, run: Run, folder: Path, taken: str) -> None:
        """An existing file is an error, stays as it was, and leaves no other file behind."""
        Path(taken).write_text("mine")
        ran = run("keygen", "--out", "KEY.pem", "--public", "PUB.pem")
        assert (ran.code, ran.out) == (2, "")
        assert "exists already" in ran.err
        assert Path(taken).read_text() == "mine"
        assert names(folder) == {taken}

    def test_one_name_for_both(self, run: Run, folder: Path) -> None:
        """The private and the public key cannot go to the same file."""
        assert run("keygen", "--out", "K.pem", "--public", "K.pem").code == 2
        assert names(folder) == set()

    @pytest.mark.parametrize("out", ["nowhere/KEY.pem", "\x1b/KEY.pem", "KEY.pem/KEY.pem", "x" * 300])
    def test_impossible_places(self, run: Run, out: str) -> None:
        """A place that cannot be written to is one line on standard error."""
        Path("KEY.pem").touch()
        ran = run("keygen", "--out", out)
        assert (ran.code, ran.out) == (2, "")
        assert "healthpass: error: cannot create" in ran.err

    @needs_full
    def test_what_cannot_be_printed_is_not_kept(self, folder: Path) -> None:
        """If the kid cannot be printed, there is no key either."""
        with Path("/dev/full").open("wb") as full:
            ran = subprocess.run(
                [*PROGRAM, "keygen", "--out", "KEY.pem"], stdout=full, stderr=subprocess.PIPE, check=False
            )
        assert ran.returncode == 2
        assert ran.stderr == b"healthpass: error: cannot write to standard output: no space left on device\n"
        assert names(folder) == set()


@pytest.mark.usefixtures("key_file")
class TestIssue:
    """`healthpass issue`."""

    def test_prints_the_text_alone(self, issue: Run) -> None:
        """Standard output is the text alone, which verifies; that nothing was compared is said beside."""
        ran = issue({"color": "green"}, "--at", verify_now())
        assert ran.code == 0
        assert ran.err.startswith("not compared with a registry")
        assert ran.err.count("\n") == 1
        assert ran.out.startswith("HP1:")
        verify(ran.out.removesuffix("\n"), registry=Registry.pinned({ISSUER: [KEY.public_key]}))

    def test_everything(self, issue: Run, run: Run) -> None:
        """What inspect shows is what the claims said."""
        text = issue(YELLOW).out.removesuffix("\n")
        claimed = json.loads(run("inspect", "--json", text).out)["claimed"]
        stated: dict[str, Any] = {**YELLOW, "until": "2026-11-30T16:00:00Z"}
        stated["evidence"] = [
            {**stated["evidence"][0], "sampled_at": "2026-11-01T00:00:00Z"},
            *stated["evidence"][1:],
        ]
        assert {name: claimed[name] for name in stated} == stated
        assert (claimed["valid_from"], claimed["expires_at"]) == ("2026-11-01T00:00:00Z", "2026-11-02T00:00:00Z")

    def test_from_a_file(self, run: Run) -> None:
        """Claims come from a file as well, with or without a byte order mark."""
        for name, data in (("a.json", b'{"color":"green"}'), ("b.json", b'\xef\xbb\xbf{"color":"green"}')):
            Path(name).write_bytes(data)
            assert run("issue", "--key", "KEY.pem", "--issuer", ISSUER, "--valid-for", "1h", name).code == 0

    def test_document_and_opening(self, issue: Run) -> None:
        """The opening that matches the document goes to its own file, secret, and nowhere else."""
        ran = issue({**GREEN, "document": DOCUMENT}, "--opening", "opening.hex")
        opening = Path("opening.hex").read_text()
        claimed = inspect_unverified(ran.out.removesuffix("\n")).claimed
        assert claimed is not None
        assert opening.endswith("\n")
        bound = bind_document("resident-id", NUMBER, opening=bytes.fromhex(opening))
        assert bound.binding == claimed.health.binding
        assert opening.strip() not in ran.out
        if os.name == "posix":
            assert Path("opening.hex").stat().st_mode & 0o777 == 0o600

    def test_document_needs_a_place_for_the_opening(self, issue: Run) -> None:
        """A document without --opening is refused with a hint, and so is --opening without a document."""
        for arguments in (({**GREEN, "document": DOCUMENT},), (GREEN, "--opening", "opening.hex")):
            ran = issue(*arguments)
            assert (ran.code, ran.out) == (2, "")
            assert "hint: " in ran.err
            assert NUMBER not in ran.err

    @pytest.mark.parametrize("name", ["code.png", "code.PNG"])
    def test_picture(self, issue: Run, name: str) -> None:
        """The PNG holds the text that is printed."""
        ran = issue({"color": "green"}, "--qr", name)
        assert scan(name).texts == (ran.out.removesuffix("\n"),)

    def test_caption(self, issue: Run) -> None:
        """The caption names label, issuer, expiry and reference, and never the colour."""
        ran = issue({**YELLOW, "until": "2026-12-01T00:00:00Z"}, "--qr", "code.svg", "--caption")
        claimed = inspect_unverified(ran.out.removesuffix("\n")).claimed
        picture = Path("code.svg").read_text(encoding="utf-8")
        assert claimed is not None
        for words in ("张*丰", ISSUER, "2026-11-02 08:00 UTC+8", claimed.cti.hex()):
            assert words in picture
        for color in ("yellow", "黄", "▲"):
            assert color not in picture

    def test_caption_elsewhere(self, run: Run) -> None:
        """Outside China the caption is in English and UTC, and without a label there is no line for it."""
        run(
            *("issue", "--key", "KEY.pem", "--issuer", "NZ", "--valid-for", "1d", "--at", "2026-11-01T00:00:00Z"),
            *FORCED,
            *("--qr", "code.svg", "--caption", "-"),
            stdin=b'{"color":"green"}',
        )
        picture = Path("code.svg").read_text(encoding="utf-8")
        assert ">until 2026-11-02 00:00 UTC<" in picture
        assert picture.count("<text") == 3

    def test_no_font(self, issue: Run, monkeypatch: pytest.MonkeyPatch, folder: Path) -> None:
        """Where no font has the label, the hint is to write SVG, and nothing is issued."""
        monkeypatch.setattr("healthpass.drawing._caption._FONTS", dict.fromkeys(("linux", "darwin", "win32"), ()))
        ran = issue(GREEN, "--qr", "code.png", "--caption")
        assert (ran.code, ran.out) == (2, "")
        assert "hint: write .svg" in ran.err
        assert names(folder) == {"KEY.pem"}

    def test_device_key(self, issue: Run) -> None:
        """--holder-key binds the code to a device."""
        device = SigningKey.generate().public_key
        Path("DEVICE.pem").write_text(device.to_pem())
        claimed = inspect_unverified(issue(GREEN, "--holder-key", "DEVICE.pem").out.removesuffix("\n")).claimed
        assert claimed is not None
        assert claimed.holder_key == device

    @pytest.mark.parametrize(
        ("arguments", "says"),
        [
            (("--valid-for", "1 day"), "expected a duration"),
            (("--valid-for", "0h"), "expected a duration"),
            (("--valid-for", "999999999d"), "from 1970 to 9998"),
            (("--at", "tomorrow"), "expected an RFC 3339 time"),
            (("--issuer", "hangzhou"), "not an issuer id"),
            (("--key", "nothing.pem"), "no such file"),
            (("--holder-key", "KEY.pem"), "PUBLIC KEY is needed"),
            (("--qr", "code.gif"), "must end in .png or .svg"),
            (("--caption",), "no picture"),
        ],
    )
    def test_wrong_usage(self, issue: Run, folder: Path, arguments: tuple[str, ...], says: str) -> None:
        """Wrong options are one line that says what is wrong; no text is printed and no file written."""
        ran = issue({"color": "green"}, *arguments)
        assert (ran.code, ran.out) == (2, "")
        assert says in ran.err
        assert names(folder) == {"KEY.pem"}

    @pytest.mark.parametrize("taken", ["opening.hex", "code.png"])
    def test_nothing_is_left_when_a_file_exists(self, issue: Run, folder: Path, taken: str) -> None:
        """If one file exists, no text is printed, the file stays, and the other files are taken back."""
        Path(taken).write_text("mine")
        ran = issue({**GREEN, "document": DOCUMENT}, "--opening", "opening.hex", "--qr", "code.png")
        assert (ran.code, ran.out) == (2, "")
        assert Path(taken).read_text() == "mine"
        assert names(folder) == {"KEY.pem", taken}

    @needs_full
    def test_nothing_is_left_when_the_text_cannot_be_printed(self, folder: Path) -> None:
        """If standard output takes nothing, the files are taken back."""
        Path("claims.json").write_text(json.dumps({**GREEN, "document": DOCUMENT}))
        arguments = (
            "issue",
            "--key",
            "KEY.pem",
            "--issuer",
            ISSUER,
            "--valid-for",
            "1h",
            "--opening",
            "opening.hex",
        )
        with Path("/dev/full").open("wb") as full:
            ran = subprocess.run(
                [*PROGRAM, *arguments, "--qr", "code.svg", "claims.json"],
                stdout=full,
                stderr=subprocess.PIPE,
                check=False,
            )
        assert ran.returncode == 2
        assert b"no space left on device" in ran.stderr
        assert names(folder) == {"KEY.pem", "claims.json"}


@pytest.mark.usefixtures("key_file")
class TestFindings:
    """What looks like a slip (ISS-8)."""

    NOW = datetime.now(UTC)
    YESTERDAY = (NOW - timedelta(days=1)).isoformat()
    NEXT_YEAR = (NOW + timedelta(days=365)).isoformat()

    @pytest.mark.parametrize(
        ("claims", "options", "findings"),
        [
            ({"holder": "张三丰"}, (), {"label-unmasked"}),
            ({"holder": "11010519491231002X"}, (), {"label-unmasked", "label-digits"}),
            ({"holder": "+86 10 0000 0000"}, (), {"label-unmasked"}),
            ({"holder": " "}, (), {"label-unmasked", "label-blanks"}),
            ({"holder": "某*某      "}, (), {"label-blanks"}),
            ({"holder": " 某*某"}, (), {"label-blanks"}),
            ({"holder": "某*某\u3000"}, (), {"label-blanks"}),
            ({"holder": "某*某\u00a0"}, (), {"label-blanks"}),
            ({"holder": "某某.某*"}, (), {"label-dot"}),
            ({"holder": "某某．某*"}, (), {"label-dot"}),
            (
                {"evidence": [{"type": "test", "sampled_at": NEXT_YEAR, "result": "negative", "method": "naat"}]},
                (),
                {"evidence-ahead"},
            ),
            (
                {"evidence": [{"type": "vaccination", "day": YESTERDAY[:10], "dose": 3, "of": 2}]},
                (),
                {"dose-above-series"},
            ),
            (
                {"evidence": [{"type": "test", "sampled_at": YESTERDAY, "result": "positive", "method": "naat"}]},
                (),
                {"green-on-positive"},
            ),
            ({}, ("--at", (NOW + timedelta(days=36 * 365)).isoformat()), {"begins-late"}),
            ({}, ("--at", (NOW - timedelta(days=2)).isoformat()), {"expired"}),
        ],
    )
    def test_are_refused_unless_each_is_named(
        self, run: Run, claims: dict[str, Any], options: tuple[str, ...], findings: set[str]
    ) -> None:
        """A slip is refused with its name and without what was typed; --force with each name issues the code."""
        data = json.dumps({"color": "green"} | claims).encode()
        ran = run(*ISSUE, *options, "-", stdin=data)
        assert (ran.code, ran.out) == (2, "")
        assert {line.split(": ")[2] for line in ran.err.splitlines()[:-1]} == findings
        assert claims.get("holder", "nobody").strip() not in ran.err or claims["holder"] == " "
        forced = [f"--force={one}" for one in sorted(findings)]
        for missing in forced:
            other = [one for one in forced if one != missing]
            assert (
                run(
                    *ISSUE,
                    *options,
                    "--force=begins-late" if missing != "--force=begins-late" else "--force=expired",
                    *other,
                    "-",
                    stdin=data,
                ).code
                == 2
            )
        assert run(*ISSUE, *options, *forced, "-", stdin=data).out.startswith("HP1:")

    def test_sound_evidence_is_no_finding(self, run: Run) -> None:
        """A test of yesterday and a dose of the series are issued."""
        evidence = [
            {"type": "test", "sampled_at": self.YESTERDAY, "result": "negative", "method": "naat"},
            {"type": "vaccination", "day": self.YESTERDAY[:10], "dose": 2, "of": 2},
        ]
        data = json.dumps({"color": "green", "holder": "某某·某*", "evidence": evidence}).encode()
        assert run(*ISSUE, "-", stdin=data).out.startswith("HP1:")

    def test_of_no_name(self, run: Run) -> None:
        """--force with a name that no finding has is wrong usage, which lists them."""
        ran = run(*ISSUE, "--force", "everything", "-", stdin=b'{"color":"green"}')
        assert (ran.code, ran.out) == (2, "")
        assert "label-blanks" in ran.err


class TestTrust:
    """`healthpass issue --trust`."""

    def test_issues_what_a_gate_would_accept(self, run: Run, folder: Path) -> None:
        """What the store refuses is refused at the office, with the verdict and without a text."""
        made = Office(folder)
        made.ledger.close()
        for name, key in (("office", made.key), ("status", made.status_key), ("stranger", SigningKey.generate())):
            Path(f"{name}.pem").write_text(key.to_pem())
            Path(f"{name}.pub.pem").write_text(key.public_key.to_pem())
        trust = ("--trust", str(made.store.path))

        def tried(key: str, *options: str, issuer: str = OFFICE, life: str = "24h") -> Ran:
            issuing = ("issue", "--key", f"{key}.pem", "--issuer", issuer, "--valid-for", life)
            return run(*issuing, *options, "-", stdin=b'{"color":"green"}')

        ran = tried("office", *trust)
        assert (ran.code, ran.err) == (0, "")
        for verdict, ran in (
            ("key-not-valid", tried("status", *trust)),
            ("unknown-key", tried("stranger", *trust)),
            ("issuer-mismatch", tried("office", *trust, issuer="CN-33-02.WJW")),
            ("out-of-scope", tried("office", *trust, life="25h")),
            ("key-not-valid", tried("office", *trust, "--at", TestFindings.YESTERDAY, life="36h")),
        ):
            assert (ran.code, ran.out) == (2, "")
            assert verdict in ran.err
            assert "hint: healthpass trust show" in ran.err
        ran = tried("office", *trust, "--holder-key", "status.pub.pem")
        assert (ran.code, ran.out) == (2, "")
        assert "holder's own" in ran.err
        assert tried("office", "--trust", "nowhere").code == 3


def verify_now() -> str:
    """Say the time as `--at` takes it."""
    return time.strftime("%Y-%m-%dT%H:%M:%SZ", time.gmtime())
