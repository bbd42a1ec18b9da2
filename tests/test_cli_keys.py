"""`--key`, a path or a URI, wherever a command signs; and `--passphrase-file`."""

import json
import os
import pty
import select
import subprocess
import sys
import time
from pathlib import Path

import pytest

from command_line import DEVICE, GREEN, ISSUER, KEY, START, Ran, Run, runner, token
from healthpass import PublicKey, SigningKey
from healthpass.signers import encrypt_key, open_signer
from tokens import PIN, pin_file, tokens

PHRASE = "correct horse battery"
BRIDGE = Path(__file__).resolve().parent.parent / "docs" / "examples" / "kms_bridge.py"
ISSUE = ("issue", "claims.json", "--issuer", ISSUER, "--valid-for", "24h")


@pytest.fixture
def run(capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> Run:
    """Run commands in a folder with keys, one of them under a passphrase."""
    monkeypatch.chdir(tmp_path)
    Path("claims.json").write_text('{"color": "green"}')
    Path("key.pem").write_text(KEY.to_pem())
    Path("locked.pem").write_text(encrypt_key(KEY, PHRASE))
    Path("device.pem").write_text(encrypt_key(DEVICE, PHRASE))
    Path("phrase").touch(0o600)
    Path("phrase").write_text(f"{PHRASE}\n")
    return runner(capsys, monkeypatch)


def bridge(key: str, *options: str) -> str:
    """Return the URI of a bridge that signs with a key file."""
    return " ".join((f"exec:{sys.executable} {BRIDGE} {key}", *options))


def on_terminal(*arguments: str, typed: tuple[str, ...]) -> tuple[int, str]:
    """Run a command on a terminal of its own, and type a line at each prompt; return what the terminal shows."""
    leader, follower = pty.openpty()
    start = "import os, fcntl, termios; os.setsid(); fcntl.ioctl(0, termios.TIOCSCTTY, 0)\n"
    program = start + "import sys; from healthpass.cli import main; sys.exit(main(sys.argv[1:]))"
    with subprocess.Popen(
        [sys.executable, "-c", program, *arguments], stdin=follower, stdout=follower, stderr=follower
    ) as process:
        os.close(follower)
        shown, waiting, until = b"", list(typed), time.monotonic() + 60
        while time.monotonic() < until:
            if not select.select([leader], [], [], 1)[0]:
                continue
            try:
                data = os.read(leader, 4096)
            except OSError:  # all others have closed it
                break
            shown += data
            if data.endswith(b": ") and waiting:
                os.write(leader, waiting.pop(0).encode() + b"\n")
        os.close(leader)
        return process.wait(10), shown.decode()


class TestPassphrases:
    def test_from_a_file(self, run: Run) -> None:
        """A key under a passphrase signs with --passphrase-file."""
        ran = run(*ISSUE, "--key", "locked.pem", "--passphrase-file", "phrase")
        assert (ran.code, PHRASE in ran.err) == (0, False)
        assert ran.out.startswith("HP1:")

    def test_from_a_terminal(self, run: Run) -> None:
        """Without a file it is asked for on the terminal, which does not show it."""
        assert run is not None
        code, shown = on_terminal(*ISSUE, "--key", "locked.pem", typed=(PHRASE,))
        assert code == 0, shown
        assert shown.startswith("the passphrase of 'locked.pem': ")
        assert "HP1:" in shown
        assert PHRASE not in shown
        code, shown = on_terminal(*ISSUE, "--key", "locked.pem", typed=("Sesame, open",))
        assert code == 2
        assert "healthpass: error: 'locked.pem': the passphrase is wrong" in shown
        assert "Sesame" not in shown

    def test_without_either(self, run: Run) -> None:
        """Where nobody can be asked, the hint names the option."""
        ran = run(*ISSUE, "--key", "locked.pem")
        assert ran == Ran(
            2,
            "",
            "healthpass: error: the passphrase of 'locked.pem' is needed, and there is no terminal to ask on\n"
            "hint: add --passphrase-file FILE\n",
        )

    def test_one_that_others_may_read(self, run: Run) -> None:
        """A passphrase file that others may read is refused, with the command that mends it."""
        Path("phrase").chmod(0o644)
        ran = run(*ISSUE, "--key", "locked.pem", "--passphrase-file", "phrase")
        assert (ran.code, ran.out) == (2, "")
        assert "others may read the passphrase file 'phrase', mode 0644: chmod 600 'phrase'" in ran.err

    def test_one_too_many(self, run: Run) -> None:
        """A passphrase for a key that has none is refused: somebody takes the key for encrypted."""
        ran = run(*ISSUE, "--key", "key.pem", "--passphrase-file", "phrase")
        assert (ran.code, ran.out) == (2, "")
        assert "the key has no passphrase" in ran.err

    def test_each_of_several_keys_has_its_own(self, run: Run) -> None:
        """Each of several keys that has a passphrase takes the next file, and none may be left over."""
        Path("other").touch(0o600)
        Path("other").write_text("another long phrase")
        for name, file in (("a", "phrase"), ("b", "other")):
            given = ("--out", f"{name}.pem", "--public", f"{name}.pub", "--passphrase-file", file)
            assert run("keygen", *given).code == 0
        Path("key.pub").write_text(KEY.public_key.to_pem())
        keys = "--root-key key.pub --root-threshold 1 --registry-key a.pub --registry-key b.pub"
        for line in (
            f"authority new CN-33 {keys} --registry-threshold 2 --valid-for 365d --out root.json",
            "authority sign root.json --key key.pem --out root-1.cbor",
            "registry new root-1.cbor --name-zh 浙江省 --name-en Zhejiang --valid-for 14d --out registry.json",
        ):
            assert run(*line.split()).code == 0, line
        Path("site").mkdir()
        signing = ("--root", "root-1.cbor", "--key", "a.pem", "--key", "b.pem")
        publish = ("registry", "publish", "registry.json", "--published", "site", *signing)
        ran = run(*publish, "--passphrase-file", "other", "--passphrase-file", "phrase")
        assert (ran.code, "'a.pem': the passphrase is wrong" in ran.err) == (3, True)
        third = ("--passphrase-file", "phrase", "--passphrase-file", "other", "--passphrase-file", "phrase")
        ran = run(*publish, *third)
        assert (ran.code, "--passphrase-file 'phrase': the key has no passphrase" in ran.err) == (2, True)
        assert not list(Path("site").iterdir())
        ran = run(*publish, *third[:4])
        assert ran.code == 0, ran
        assert Path("site/bundle.cbor").exists()

    def test_a_new_key(self, run: Run) -> None:
        """`keygen` writes a key under a passphrase, which a file has or which is asked for twice."""
        ran = run("keygen", "--out", "new.pem", "--public", "pub.pem", "--passphrase-file", "phrase")
        assert (ran.code, ran.err) == (0, "")
        assert Path("new.pem").read_text().startswith("-----BEGIN ENCRYPTED PRIVATE KEY-----")
        assert Path("new.pem").stat().st_mode & 0o777 == 0o600
        with open_signer("new.pem", passphrase=PHRASE) as key:
            assert key.public_key == PublicKey.from_pem(Path("pub.pem").read_text())
        code, shown = on_terminal("keygen", "--out", "asked.pem", "--encrypt", typed=(PHRASE, PHRASE))
        assert code == 0, shown
        with open_signer("asked.pem", passphrase=PHRASE) as key:
            assert key.public_key.kid.hex() in shown
        code, shown = on_terminal("keygen", "--out", "no.pem", "--encrypt", typed=(PHRASE, "another phrase"))
        assert (code, "two different passphrases" in shown) == (2, True)
        assert not Path("no.pem").exists()

    def test_a_new_key_needs_a_long_one(self, run: Run) -> None:
        """`keygen` refuses a short passphrase, and makes nothing."""
        Path("phrase").write_text("short")
        ran = run("keygen", "--out", "new.pem", "--passphrase-file", "phrase")
        assert ran == Ran(2, "", "healthpass: error: a passphrase has at least 12 characters, not 5\n")
        assert not Path("new.pem").exists()
        ran = run("keygen", "--out", "new.pem", "--encrypt")
        assert (ran.code, "no terminal" in ran.err) == (2, True)


class TestPrograms:
    def test_issue(self, run: Run) -> None:
        """A code is signed by a program."""
        Path("pub.pem").write_text(KEY.public_key.to_pem())
        ran = run(*ISSUE, "--key", bridge("key.pem", "--delay", "0.01"))
        assert ran.code == 0, ran
        assert run("verify", ran.out.strip(), "--issuer-key", f"{ISSUER}=pub.pem").code == 0

    @pytest.mark.parametrize(
        ("program", "why"),
        [
            ("false", "the program 'false' has ended with exit code 1"),
            ("/no/such", "cannot start the program '/no/such': no such file or folder"),
            ("echo healthpass-bridge 1 nothing", "begins with no public key in base64"),
            ("", "exec: names no program"),
        ],
    )
    def test_what_goes_wrong(self, run: Run, program: str, why: str) -> None:
        """A program that does not do its part is an error in one line, and no code comes out."""
        ran = run(*ISSUE, "--key", f"exec:{program}")
        assert (ran.code, ran.out) == (2, "")
        assert why in ran.err
        assert ran.err.count("\n") == 1

    def test_a_wrong_signature(self, run: Run) -> None:
        """A program that signs with another key than it names has no code issued."""
        named, other = SigningKey.generate(), SigningKey.generate()
        Path("liar.py").write_text(
            "import base64, sys\nfrom healthpass import SigningKey\n"
            f"key = SigningKey.from_pem('''{other.to_pem()}''')\n"
            f"public = base64.b64encode({named.public_key.to_bytes()!r}).decode()\n"
            "print('healthpass-bridge 1', public, flush=True)\n"
            "for line in sys.stdin:\n"
            "    print(base64.b64encode(key.sign(base64.b64decode(line))).decode(), flush=True)\n"
        )
        ran = run(*ISSUE, "--key", f"exec:{sys.executable} liar.py", "--qr", "code.png")
        assert (ran.code, ran.out) == (2, "")
        assert "returned a signature that does not verify" in ran.err
        assert not Path("code.png").exists()

    def test_present(self, run: Run) -> None:
        """A device key may be behind a program, or under a passphrase."""
        code = token(GREEN, holder_key=DEVICE.public_key)
        Path("plain.pem").write_text(DEVICE.to_pem())
        at = ("--at", START.isoformat())
        shown = run("present", code, "--key", bridge("plain.pem"), *at)
        assert (shown.code, shown.err) == (0, "")
        again = run("present", code, "--key", "device.pem", "--passphrase-file", "phrase", *at)
        assert again.out == shown.out


class TestTokens:
    def test_from_the_root_to_the_gate(self, run: Run, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
        """Root, registry, codes and lists are signed in a hardware module, and a gate judges the codes."""
        monkeypatch.setenv("PKCS11_MODULE_PATH", tokens())
        pin = ("--passphrase-file", str(pin_file(tmp_path)))
        base = "https://codes.example/status"

        def key(name: str) -> tuple[str, ...]:
            return ("--key", f"pkcs11:token=office;object={name}-of-all", *pin)

        def done(line: str, *more: str) -> str:
            ran = run(*line.split(), *more)
            assert ran.code == 0, ran
            assert PIN not in ran.out + ran.err
            return ran.out

        for name in ("root", "registry", "code", "status"):
            done(f"keygen --out {key(name)[1]} --public {name}.pub", *pin)
        assert {path.name for path in tmp_path.glob("*.pem")} == {"key.pem", "locked.pem", "device.pem"}
        keys = "--root-key root.pub --root-threshold 1 --registry-key registry.pub --registry-threshold 1"
        done(f"authority new CN-33 {keys} --valid-for 365d --out root.json")
        done("authority sign root.json --out root.cbor", *key("root"))
        done("registry new root.cbor --name-zh 浙江省 --name-en Zhejiang --valid-for 14d --out registry.json")
        day = "--max-lifetime 24h --max-bearer-lifetime 24h --max-lifetime-without-status 24h"
        for name, scope in (("code", f"--use credential --colors green {day}"), ("status", "--use status")):
            whose = f"--issuer {ISSUER} --authority CN-33 --from 2020-01-01T00:00:00Z --until 2030-01-01T00:00:00Z"
            asked = done(f"registry request {whose} {scope} --out {name}.cbor", *key(name))
            digits = "".join(asked.partition("thumbprint of the key:")[2].split())
            who = f"--name-zh 杭州 --name-en Hangzhou --appeal tel:12320 --status-base {base}" * (name == "code")
            done(f"registry import registry.json {name}.cbor --thumbprint {digits} {who}")
        done("registry sign registry.json --root root.cbor --out registry.cbor", *key("registry"))
        done(f"status init ledger --issuer {ISSUER}")
        issue = f"{' '.join(ISSUE)} --ledger ledger --by officer --why test"
        good, withdrawn = (done(issue, *key("code")).strip() for _ in range(2))
        reference = json.loads(done("inspect --json", withdrawn))["claimed"]["cti"]
        done(f"status revoke ledger {reference} --by officer --why test")
        done(f"status publish ledger --base {base} --valid-for 1d --out lists", *key("status"))
        lists = " ".join(map(str, sorted(Path("lists").glob("*.cbor"))))
        done(f"bundle root.cbor registry.cbor {lists} --out bundle.cbor")
        done(f"trust pin gate root.cbor --thumbprint {done('authority show root.cbor --thumbprint')}")
        done("trust update gate bundle.cbor")
        done("verify --trust gate", good)
        refused = run("verify", "--trust", "gate", "--json", withdrawn)
        assert (refused.code, refused.json()["verdict"]) == (1, "revoked")

    def test_a_key_is_made_once(self, run: Run, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
        """A key that is made in a module has no file, and one that is there already is not replaced."""
        monkeypatch.setenv("PKCS11_MODULE_PATH", tokens())
        pin = ("--passphrase-file", str(pin_file(tmp_path)))
        uri = "pkcs11:token=office;object=made-once"
        made = run("keygen", "--out", uri, *pin)
        assert (made.code, made.err) == (0, "")
        assert made.first_words()[:2] == ["kid:", "public"]
        again = run("keygen", "--out", uri, *pin)
        assert (again.code, again.out) == (2, "")
        assert "nothing is overwritten" in again.err
        assert run("keygen", "--out", uri, "--encrypt").code == 2
        refused = run(*ISSUE, "--key", f"{uri}?pin-value=1234")
        assert (refused.code, refused.out) == (2, "")
        assert "use pin-source=FILE" in refused.err
        assert "1234" not in refused.err
        without = run(*ISSUE, "--key", uri)
        assert "the PIN of the token 'office' is needed, and there is no terminal" in without.err
