"""Keys that are elsewhere: files under a passphrase, and programs that sign (healthpass.signers)."""

import asyncio
import base64
import os
import shutil
import signal
import subprocess
import sys
import threading
import traceback
from collections.abc import Callable
from datetime import timedelta
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from healthpass import (
    BatchSigner,
    Color,
    HealthCode,
    HolderKey,
    Issuer,
    Registry,
    SignatureError,
    SigningKey,
    present,
    verify,
)
from healthpass.codec import _pem
from healthpass.signers import (
    SignerError,
    _bridge,
    _encrypted,
    create_key,
    encrypt_key,
    open_signer,
    read_passphrase,
)

ISSUER = "CN-33-01.WJW"
KEY = SigningKey.from_seed(bytes(range(40, 72)))
WRONG = "Sesame, open"
PHRASE = "correct horse battery"
DAY = timedelta(days=1)
GREEN = HealthCode(color=Color.GREEN)
BRIDGE = Path(__file__).resolve().parent.parent / "docs" / "examples" / "kms_bridge.py"


def refused(uri: str | Path, **options: object) -> str:
    """Return why a key cannot be opened."""
    with pytest.raises(SignerError) as caught, open_signer(uri, **options):  # type: ignore[arg-type]
        pytest.fail("it was opened")
    return str(caught.value)


def openssl(*arguments: str) -> None:
    """Run openssl; skip the test and say so where there is none."""
    if shutil.which("openssl") is None:
        pytest.skip("openssl is not installed")
    subprocess.run(["openssl", *arguments], capture_output=True, check=True)


@pytest.fixture
def plain(tmp_path: Path) -> Path:
    """Return a key file."""
    path = tmp_path / "key.pem"
    path.write_text(KEY.to_pem())
    return path


@pytest.fixture
def locked(tmp_path: Path) -> Path:
    """Return a key file under a passphrase."""
    path = tmp_path / "locked.pem"
    path.write_text(encrypt_key(KEY, PHRASE))
    return path


class TestFiles:
    def test_a_path_and_a_uri_are_the_same(self, plain: Path, monkeypatch: pytest.MonkeyPatch) -> None:
        """A key is opened by its path, by `file:` and a path, and by a whole URI."""
        monkeypatch.chdir(plain.parent)
        shutil.copy(plain, "a key.pem")
        for uri in (
            plain,
            str(plain),
            "key.pem",
            f"file:{plain}",
            f"file://{plain}",
            "file:a%20key.pem",
            "a key.pem",
        ):
            with open_signer(uri) as key:
                assert key.public_key == KEY.public_key
                KEY.public_key.verify(key.sign(b"m"), b"m")

    def test_another_scheme_is_a_path(self, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
        """What begins in no known way is the name of a file."""
        monkeypatch.chdir(tmp_path)
        assert refused("kms:key") == "cannot read 'kms:key': no such file or folder"
        assert "another machine" in refused("file://server/key.pem")
        assert "null" in refused("a\0b")
        Path("c:key.pem").write_text(KEY.to_pem())
        with open_signer("c:key.pem") as key:
            assert key.public_key == KEY.public_key

    def test_what_is_no_key_is_refused(self, tmp_path: Path) -> None:
        """A file without a key, one without an end, and a folder are no keys."""
        other = tmp_path / "other.pem"
        other.write_text(KEY.public_key.to_pem())
        assert "PRIVATE KEY is needed" in refused(other)
        assert "more than 4096 bytes" in refused("/dev/zero")
        assert "is a directory" in refused(tmp_path)


class TestEncrypted:
    def test_our_file_is_opened(self, locked: Path) -> None:
        """A key comes out of its file with the passphrase, which is asked for once and by the file's name."""
        asked = []

        def ask(what: str) -> str:
            asked.append(what)
            return PHRASE

        for passphrase in (PHRASE, ask):
            with open_signer(locked, passphrase=passphrase) as key:
                assert key.public_key == KEY.public_key
        assert asked == [f"the passphrase of {str(locked)!r}"]

    def test_openssl_reads_ours(self, locked: Path, tmp_path: Path) -> None:
        """OpenSSL opens what encrypt_key() writes."""
        out = tmp_path / "out.pem"
        openssl("pkey", "-in", str(locked), "-passin", f"pass:{PHRASE}", "-out", str(out))
        assert SigningKey.from_pem(out.read_bytes()).public_key == KEY.public_key

    @pytest.mark.parametrize(
        "how",
        [
            "-scrypt",
            "-iter 600000",
            "-iter 100000 -v2 aes-128-cbc -v2prf hmacWithSHA512",
        ],
    )
    def test_we_read_those_of_openssl(self, plain: Path, tmp_path: Path, how: str) -> None:
        """A file that OpenSSL has encrypted well is opened."""
        out = tmp_path / "out.pem"
        openssl("pkcs8", "-topk8", *how.split(), "-in", str(plain), "-passout", f"pass:{PHRASE}", "-out", str(out))
        with open_signer(out, passphrase=PHRASE) as key:
            assert key.public_key == KEY.public_key

    @pytest.mark.parametrize(
        ("how", "why"),
        [
            ("-iter 2048", "weakly encrypted, by PBKDF2 with 2,048 rounds"),
            ("-scrypt -scrypt_N 1024", "weakly encrypted, by scrypt with N = 1024"),
            ("-v2 des3", "another cipher than AES"),
            ("-v2prf hmacWithSHA1 -iter 200000", "another hash"),
            ("-v1 PBE-SHA1-3DES", "older than PBES2"),
        ],
    )
    def test_weak_ones_are_refused(self, plain: Path, tmp_path: Path, how: str, why: str) -> None:
        """A file whose passphrase would be found soon is refused, with what makes a better one, and unasked."""
        out = tmp_path / "out.pem"
        openssl("pkcs8", "-topk8", *how.split(), "-in", str(plain), "-passout", f"pass:{PHRASE}", "-out", str(out))
        message = refused(out, passphrase=lambda _: pytest.fail("asked for nothing"))
        assert why in message
        assert "openssl pkcs8 -topk8 -scrypt" in message

    def test_a_wrong_passphrase(self, locked: Path) -> None:
        """A wrong passphrase, none, and one that is no text are told apart, and none is repeated."""
        message = refused(locked, passphrase=WRONG)
        assert "the passphrase is wrong" in message
        assert "Sesame" not in message
        assert refused(locked) == f"the passphrase of {str(locked)!r} is needed"
        for none in ("", "a\0b", "a" * 1025, "\ud800"):
            assert "must have 1 to 1,024 bytes" in refused(locked, passphrase=none)

    def test_nothing_of_it_stays_in_an_error(self, locked: Path) -> None:
        """No frame of ours in a traceback holds the passphrase, whether the key was opened or not."""
        errors = []
        with pytest.raises(SignerError) as caught, open_signer(locked, passphrase=WRONG):
            pass
        errors.append(caught.value)
        with pytest.raises(SignerError) as caught:
            create_key("pkcs11:token=a;object=b?module-path=/no/such.so", passphrase=WRONG)
        errors.append(caught.value)
        with pytest.raises(ZeroDivisionError) as failed, open_signer(locked, passphrase=PHRASE):
            _ = 1 / 0
        for error in (*errors, failed.value):
            for frame, _ in traceback.walk_tb(error.__traceback__):
                if frame.f_globals.get("__name__", "").startswith("healthpass."):
                    assert "Sesame" not in repr(frame.f_locals)
                    assert PHRASE not in repr(frame.f_locals)

    @pytest.mark.parametrize(
        ("numbers", "why"),
        [
            ((1 << 40, 8, 1), "would take too long to open, by scrypt"),
            ((1 << 20, 8, 1), "would take too long to open, by scrypt"),
            ((1 << 15, 8, 100), "would take too long to open, by scrypt"),
            ((1 << 62, 1 << 61, 1), "would take too long to open, by scrypt"),
            ((16384, 8, 1 << 40), "would take too long to open, by scrypt"),
            ((2, 1 << 20, 2), "weakly encrypted, by scrypt with N = 2"),  # the same work in a gigabyte
            ((2, 1, 1 << 21), "weakly encrypted, by scrypt with N = 2"),
            ((1 << 9, 256, 1), "weakly encrypted, by scrypt with N = 512"),
        ],
    )
    def test_a_costly_file_is_refused_before_it_costs(
        self, numbers: tuple[int, int, int], why: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        """A file that asks for much time or memory is refused by its numbers; nothing is derived."""
        costly = tmp_path / "costly.pem"
        monkeypatch.setattr(_encrypted, "_scrypt", lambda *_, **__: bytes(32))
        monkeypatch.setattr(_encrypted, "_OURS", dict(zip("nrp", numbers, strict=True)))
        costly.write_text(encrypt_key(KEY, PHRASE))
        monkeypatch.setattr(_encrypted, "_scrypt", lambda *_, **__: pytest.fail("derived"))
        assert why in refused(costly, passphrase=PHRASE)

    def test_costly_rounds_are_refused(self, plain: Path, tmp_path: Path) -> None:
        """PBKDF2 has at most ten million rounds."""
        out = tmp_path / "out.pem"
        openssl(
            "pkcs8", "-topk8", "-iter", "100000", "-in", str(plain), "-passout", f"pass:{PHRASE}", "-out", str(out)
        )
        der = base64.b64decode("".join(out.read_text().splitlines()[1:-1]))
        rounds = bytes.fromhex("0203") + (100_000).to_bytes(3)
        assert der.count(rounds) == 1
        # one byte more: a number of four bytes, and each length around it
        start = der.index(rounds)
        longer = bytearray(der[:start] + bytes.fromhex("0204") + (20_000_000).to_bytes(4) + der[start + 5 :])
        for place in range(start):
            if longer[place] == 0x30 and longer[place + 1] < 0x80 and place + 2 + longer[place + 1] > start:
                longer[place + 1] += 1
            if longer[place] == 0x30 and longer[place + 1] == 0x81:
                longer[place + 2] += 1
        assert "too long to open, by PBKDF2 with 20,000,000" in refused(
            written(tmp_path, bytes(longer)), passphrase=PHRASE
        )

    @settings(max_examples=300)
    @given(st.data())
    def test_a_damaged_file_is_no_traceback(self, data: st.DataObject) -> None:
        """Whatever stands in an encrypted file, it is a key or a ValueError."""
        good = bytearray(base64.b64decode("".join(encrypted_once().splitlines()[1:-1])))
        for _ in range(data.draw(st.integers(1, 3))):
            good[data.draw(st.integers(0, len(good) - 1))] = data.draw(st.integers(0, 255))
        cut = data.draw(st.integers(0, len(good)))
        pem = _pem.write(_pem.ENCRYPTED, bytes(good[:cut] if cut % 3 == 0 else good))
        with pytest.MonkeyPatch.context() as patch:
            patch.setattr(_encrypted, "_scrypt", lambda *_, **__: bytes(32))  # 300 times half a second
            try:
                _encrypted.decrypt_key(pem.encode(), PHRASE, "it")
            except (ValueError, SignerError) as error:
                assert PHRASE not in str(error)

    def test_a_new_passphrase_is_long(self) -> None:
        """A key is not written under a passphrase of fewer than 12 characters."""
        with pytest.raises(ValueError, match="at least 12 characters, not 5"):
            encrypt_key(KEY, "short")

    def test_a_device_key_too(self, tmp_path: Path) -> None:
        """A device key may have a passphrase as well."""
        path = tmp_path / "device.pem"
        path.write_text(encrypt_key(HolderKey.from_seed(bytes(range(32))), PHRASE))
        with open_signer(path, passphrase=PHRASE) as key:
            assert key.public_key == HolderKey.from_seed(bytes(range(32))).public_key

    def test_without_the_extra(self, locked: Path) -> None:
        """Where cryptography is missing, the error names the extra; a plain file needs none."""
        program = (
            "import sys; sys.modules['cryptography'] = None\n"
            "from healthpass.signers import open_signer\n"
            "with open_signer(sys.argv[1], passphrase='x'): pass\n"
        )
        done = subprocess.run([sys.executable, "-c", program, locked], capture_output=True, text=True, check=False)
        assert "pip install 'healthpass[passphrase]'" in done.stderr.splitlines()[-1]


_ONCE: list[str] = []


def encrypted_once() -> str:
    """Return one encrypted file, the same each time."""
    if not _ONCE:
        _ONCE.append(encrypt_key(KEY, PHRASE))
    return _ONCE[0]


def written(folder: Path, der: bytes) -> Path:
    """Write an encrypted key file."""
    path = folder / "written.pem"
    path.write_text(_pem.write(_pem.ENCRYPTED, der))
    return path


class TestPassphraseFiles:
    @pytest.mark.parametrize("text", [PHRASE, f"{PHRASE}\n", f"{PHRASE}\r\n", f"\ufeff{PHRASE}\n"])
    def test_one_line(self, tmp_path: Path, text: str) -> None:
        """A passphrase is the one line of a file, however that ends."""
        path = tmp_path / "phrase"
        path.touch(0o600)
        path.write_bytes(text.encode())
        assert read_passphrase(path) == PHRASE

    def test_others_may_not_read_it(self, tmp_path: Path) -> None:
        """A file that others may read holds no secret any more."""
        path = tmp_path / "phrase"
        path.touch(0o640)
        path.write_text(PHRASE)
        with pytest.raises(SignerError, match="others may read the passphrase file .* mode 0640: chmod 600"):
            read_passphrase(path)

    @pytest.mark.parametrize("data", [b"", b"\n", b"two\nlines\n", b"a\0b", b"\xff\xfe", b"x" * 2000])
    def test_anything_else_is_refused(self, tmp_path: Path, data: bytes) -> None:
        """Nothing, several lines, no text, and a file without end are no passphrases, and are not shown."""
        path = tmp_path / "phrase"
        path.touch(0o600)
        path.write_bytes(data)
        with pytest.raises(SignerError) as caught:
            read_passphrase(path)
        assert "lines'" not in str(caught.value)

    def test_a_pipe(self) -> None:
        """What a password manager writes into a pipe of the shell is read."""
        read, write = os.pipe()
        os.write(write, PHRASE.encode())
        os.close(write)
        try:
            assert read_passphrase(f"/dev/fd/{read}") == PHRASE
        finally:
            os.close(read)


@pytest.fixture
def program(tmp_path: Path) -> Callable[[str], str]:
    """Return a function that writes a bridge and returns its URI; `key` and `say` are there for it."""
    start = (
        "import base64, os, signal, sys, time\n"
        "from healthpass import SigningKey\n"
        f"key = SigningKey.from_seed({bytes(range(40, 72))!r})\n"
        "def b64(data): return base64.b64encode(data).decode()\n"
        "def say(text, end='\\n'): print(text, end=end, flush=True)\n"
        "greeting = 'healthpass-bridge 1 ' + b64(key.public_key.to_bytes())\n"
        "def asked(): return base64.b64decode(sys.stdin.readline())\n"
    )

    def write(body: str) -> str:
        path = tmp_path / "a bridge.py"
        path.write_text(start + body)
        return f"exec:'{sys.executable}' '{path}'"

    return write


HONEST = "say(greeting)\nwhile message := asked(): say(b64(key.sign(message)))\n"


class TestBridge:
    def test_signs(self, program: Callable[[str], str]) -> None:
        """A program signs, message by message or many at once, and is gone in the end."""
        with open_signer(program(HONEST)) as key:
            assert key.public_key == KEY.public_key
            assert key.sign(b"one") == KEY.sign(b"one")
            assert isinstance(key, BatchSigner)
            many = [b"%d" % number for number in range(300)]
            assert key.sign_many(many) == [KEY.sign(message) for message in many]
            assert key.sign_many([]) == []
            process = key._process  # type: ignore[attr-defined]
        assert process.returncode == 0
        with pytest.raises(SignerError, match="is closed"):
            key.sign(b"late")

    def test_large_messages_both_ways(self, program: Callable[[str], str]) -> None:
        """Messages larger than any pipe pass, also when the program answers only in the end."""
        late = "say(greeting)\nall = [asked() for _ in range(5)]\nfor one in all: say(b64(key.sign(one)))\n"
        with open_signer(program(late)) as key:
            assert isinstance(key, BatchSigner)
            many = [bytes([number]) * 500_000 for number in range(5)]
            assert key.sign_many(many) == [KEY.sign(message) for message in many]

    def test_many_threads(self, program: Callable[[str], str]) -> None:
        """Each thread has its own signature."""
        wrong = []
        with open_signer(program(HONEST)) as key:

            def work(number: int) -> None:
                for turn in range(20):
                    message = b"%d %d" % (number, turn)
                    if key.sign(message) != KEY.sign(message):
                        wrong.append(message)

            threads = [threading.Thread(target=work, args=(number,)) for number in range(8)]
            for thread in threads:
                thread.start()
            for thread in threads:
                thread.join()
        assert wrong == []

    def test_a_refusal_is_told_and_is_not_the_end(self, program: Callable[[str], str]) -> None:
        """What the program says against one message is told, without what steers a terminal; others are signed."""
        body = (
            "say(greeting)\n"
            "while message := asked():\n"
            "    say('error: not \\x1b[2J today' if message == b'no' else b64(key.sign(message)))\n"
        )
        with open_signer(program(body)) as key:
            assert isinstance(key, BatchSigner)
            for messages in ([b"no"], [b"yes"] * 100 + [b"no"] + [b"yes"] * 100):
                with pytest.raises(SignerError, match=r"refuses to sign: not \\u001b\[2J today"):
                    key.sign_many(messages)
            assert key.sign(b"yes") == KEY.sign(b"yes")

    @pytest.mark.parametrize(
        ("body", "why"),
        [
            ("sys.exit(3)", "has ended with exit code 3"),
            ("os.kill(os.getpid(), signal.SIGKILL)", "has ended by SIGKILL"),
            pytest.param(
                "os.kill(os.getpid(), signal.SIGRTMIN + 6)",
                "has ended by signal",
                marks=pytest.mark.skipif(not hasattr(signal, "SIGRTMIN"), reason="no real-time signals here"),
            ),
            ("time.sleep(60)", "has not answered within 1 s"),
            ("while True: sys.stdout.write('x' * 1000)", "writes a line of more than 1,024 bytes"),
            ("while True: say('.', end=''); time.sleep(0.1)", "has not answered within 1 s"),
            ("say('hello')", "must begin with 'healthpass-bridge 1 ' and a public key in base64, not 'hello'"),
            ("say(greeting.replace('1', '2', 1))", "must begin with"),
            ("say('healthpass-bridge 1 ?')", "begins with no public key"),
            ("say('healthpass-bridge 1 ' + b64(bytes(32)))", "weak public key"),
            ("os.close(1); time.sleep(60)", "has closed its output"),
            ("say('error: no credentials'); sys.exit(1)", "cannot sign: no credentials"),
        ],
    )
    def test_a_bad_beginning(self, program: Callable[[str], str], body: str, why: str) -> None:
        """A program that does not begin as it must is ended, and the error says what it did."""
        timeout = 1.0 if "within 1 s" in why else 60.0
        assert why in refused(program(body), timeout=timeout)

    def test_an_end_with_words(self, program: Callable[[str], str]) -> None:
        """What a program says before it ends by itself is told, though it has not read the request."""
        with open_signer(program("say(greeting); say('error: signed out'); sys.exit(5)")) as key:
            assert isinstance(key, _bridge.Bridge)
            key._process.wait()
            with pytest.raises(SignerError, match="has ended with exit code 5: signed out"):
                key.sign(b"message")

    @pytest.mark.parametrize(
        ("body", "why"),
        [
            ("asked(); sys.exit(4)", "has ended with exit code 4"),
            ("time.sleep(60)", "has not answered within 1 s"),
            ("asked()\nwhile True: sys.stdout.write('x' * 1000)", "writes a line of more than 1,024 bytes"),
            ("asked(); say('?')", "answers no signature of 64 bytes in base64"),
            ("asked(); say('')", "answers no signature of 64 bytes in base64"),
            ("asked(); say(b64(bytes(63)))", "answers no signature of 64 bytes in base64"),
            ("m = asked(); say(b64(key.sign(m)) + '\\n' + b64(key.sign(m)))", "answers more than it was asked"),
        ],
    )
    def test_a_bad_answer(
        self, program: Callable[[str], str], body: str, why: str, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        """A program that answers otherwise is ended for good; nothing starts it again."""
        with open_signer(program(f"say(greeting)\n{body}\ntime.sleep(60)")) as key:
            if "within 1 s" in why:
                monkeypatch.setattr(key, "_timeout", 1.0)
            for _ in range(2):
                with pytest.raises(SignerError) as caught:
                    key.sign(b"message")
                assert why in str(caught.value)

    @pytest.mark.parametrize(
        "body",
        [
            "asked(); say(b64(bytes(64)))",
            "asked(); say(b64(key.sign(b'other')))",
            "say(b64(SigningKey.generate().sign(asked())))",
        ],
    )
    def test_a_wrong_signature_never_leaves(self, program: Callable[[str], str], body: str) -> None:
        """A signature of something else, or by another key, is an error, and the last one."""
        with open_signer(program(f"say(greeting)\n{body}\ntime.sleep(60)")) as key:
            with pytest.raises(SignatureError, match="does not verify under its public key") as caught:
                key.sign(b"message")
            assert caught.value.verdict == "bad-signature"
            with pytest.raises(SignerError, match="was ended"):
                key.sign(b"message")

    @pytest.mark.parametrize(
        ("command", "why"),
        [
            ("", "names no program"),
            ("  ", "names no program"),
            ("'open", "names no program that can be read"),
            ("/no/such/program", "cannot start the program '/no/such/program': no such file or folder"),
            ("/", "cannot start the program '/': permission denied"),
        ],
    )
    def test_what_cannot_be_started(self, command: str, why: str) -> None:
        """A command line without a program, and a program that is not there, are errors."""
        assert why in refused(f"exec:{command}")

    def test_no_shell_reads_the_command(self, program: Callable[[str], str]) -> None:
        """What a shell would act upon is an argument like any other."""
        body = "assert sys.argv[1:] == ['$HOME;', '`touch x`', '>y', '*'], sys.argv\n" + HONEST
        with open_signer(program(body) + " $HOME\\; '`touch x`' '>y' '*'") as key:
            assert key.sign(b"m") == KEY.sign(b"m")

    def test_it_inherits_no_files(self, program: Callable[[str], str]) -> None:
        """No file that this process has open is open in the program."""
        body = "assert len(os.listdir('/proc/self/fd')) == 4, os.listdir('/proc/self/fd')\n" + HONEST
        read, write = os.pipe()
        os.set_inheritable(read, True)
        try:
            with open_signer(program(body)) as key:
                assert key.sign(b"m") == KEY.sign(b"m")
        finally:
            os.close(read)
            os.close(write)

    def test_one_that_does_not_go_is_ended(
        self, program: Callable[[str], str], monkeypatch: pytest.MonkeyPatch
    ) -> None:
        """A program that stays when its input has ended, and heeds no SIGTERM, is killed."""
        monkeypatch.setattr(_bridge, "_PATIENCE", 0.2)
        stays = "signal.signal(signal.SIGTERM, signal.SIG_IGN)\n" + HONEST.replace(
            "say(greeting)", "say(greeting)", 1
        )
        with open_signer(program(f"{stays}\nwhile True: time.sleep(1)")) as key:
            key.sign(b"m")
            process = key._process  # type: ignore[attr-defined]
        assert process.returncode == -9

    def test_an_interrupt_ends_it(self, program: Callable[[str], str], monkeypatch: pytest.MonkeyPatch) -> None:
        """After an interrupt no late answer is taken for that to another message."""
        with open_signer(program(HONEST)) as key:

            def interrupted(*_: object) -> None:
                raise KeyboardInterrupt

            monkeypatch.setattr(key, "_wait", interrupted)
            with pytest.raises(KeyboardInterrupt):
                key.sign(b"m")
            with pytest.raises(SignerError, match="ended by an interruption"):
                key.sign(b"m")

    def test_not_across_a_fork(self, program: Callable[[str], str], monkeypatch: pytest.MonkeyPatch) -> None:
        """A child of this process does not speak in between."""
        with open_signer(program(HONEST)) as key:
            monkeypatch.setattr(key, "_owner", -1)
            with pytest.raises(SignerError, match="open the key after the fork"):
                key.sign(b"m")
            monkeypatch.undo()


@pytest.fixture
def bridge(plain: Path) -> str:
    """Return the example's URI, with a delay."""
    return f"exec:{sys.executable} '{BRIDGE}' '{plain}' --delay 0.02"


class TestIssuing:
    def test_many_codes_are_not_signed_one_by_one(self, bridge: str) -> None:
        """A bridge has several requests under way: it is asked for all codes of issue_many() at once."""
        with open_signer(bridge) as key:
            issuer = Issuer(ISSUER, signer=key, lifetime=DAY)
            codes = [*issuer.issue_many([GREEN] * 40), issuer.issue(GREEN)]
            codes += asyncio.run(issuer.issue_many_async([GREEN] * 40))
        registry = Registry.pinned({ISSUER: [KEY.public_key]})
        assert len({verify(code.text, registry=registry).cti for code in codes}) == 81

    def test_a_signer_for_many_must_return_as_many(self) -> None:
        """Fewer signatures than codes, or a wrong one among them, and no code leaves."""

        class Short:
            public_key = KEY.public_key

            def sign(self, message: bytes) -> bytes:
                return KEY.sign(message)

            def sign_many(self, messages: list[bytes]) -> list[bytes]:
                return [KEY.sign(message) for message in messages[1:]]

        issuer = Issuer(ISSUER, signer=Short(), lifetime=DAY)
        with pytest.raises(SignatureError, match="returned 2 signatures for 3 codes"):
            issuer.issue_many([GREEN] * 3)
        with pytest.raises(SignatureError, match="returned 2 signatures for 3 codes"):
            asyncio.run(issuer.issue_many_async([GREEN] * 3))

    def test_a_device_key_behind_a_program(self, bridge: str) -> None:
        """A code is shown with a device key that is elsewhere, which cannot be written."""
        issuer = Issuer(ISSUER, signer=SigningKey.generate(), lifetime=DAY)
        with open_signer(bridge) as key:
            device = HolderKey.of_signer(key)
            text = present(issuer.issue(GREEN, holder_key=device.public_key).text, device)
            with pytest.raises(TypeError, match="is elsewhere"):
                device.to_pem()
        registry = Registry.pinned({ISSUER: [issuer.public_key]})
        assert verify(text, registry=registry).health == GREEN
        with pytest.raises(TypeError, match="signer must be a Signer, not str"):
            HolderKey.of_signer("key")  # type: ignore[arg-type]


def test_nobody_else_loads_it() -> None:
    """`import healthpass` brings neither this along nor what it needs."""
    program = (
        "import sys, healthpass, healthpass.authority, healthpass.ledger\n"
        "print([name for name in sys.modules if name.split('.')[0] in ('cryptography', 'pkcs11')"
        " or name in ('healthpass.signers', 'selectors')])"
    )
    done = subprocess.run([sys.executable, "-c", program], capture_output=True, text=True, check=True)
    assert done.stdout.strip() == "[]"
