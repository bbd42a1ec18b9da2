"""`healthpass authority`: roots on the command line."""

import json
import os
from pathlib import Path
from typing import Any

import pytest

from command_line import Run, runner
from healthpass import SigningKey
from healthpass.authority import MAX_SOURCE, open_document
from healthpass.authority._sources import unsigned
from healthpass.documents import _status_list
from healthpass.documents._document import Kind

AT = "2026-11-23T00:00:00Z"
EPOCH = 1_795_392_000  # the same, in seconds: the number of the first epoch (AUT-9)
NEW = (
    *("authority", "new", "CN-33", "--root-key", "a.pub", "--root-key", "b.pub", "--root-key", "c.pub"),
    *("--root-threshold", "2", "--registry-key", "m.pub", "--registry-threshold", "1"),
    *("--valid-for", "400d", "--at", AT, "--out", "root.json"),
)
BEFORE = "2026-11-22T00:00:00Z"
ROOT_TYP = f'{{"typ":"{Kind.ROOT}"'.encode()
CHECK = ("authority", "check", "--at", AT)


@pytest.fixture(autouse=True)
def folder(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> Path:
    """Work in a folder with the keys of people (a to e) and of machines (m, n)."""
    monkeypatch.chdir(tmp_path)
    for name in "abcdemn":
        key = SigningKey.from_seed(name.encode() * 32)
        Path(f"{name}.pem").write_text(key.to_pem())
        Path(f"{name}.pub").write_text(key.public_key.to_pem())
    return tmp_path


@pytest.fixture
def run(capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch) -> Run:
    """Run the command line."""
    return runner(capsys, monkeypatch)


@pytest.fixture
def root(run: Run) -> Run:
    """Write root.json and the signed root.cbor."""
    assert run(*NEW).code == 0
    for name in "ab":
        assert run("authority", "sign", "root.json", "--key", f"{name}.pem", "--out", "root.cbor").code == 0
    return run


def kid(name: str) -> str:
    """Return the kid of a key."""
    return SigningKey.from_seed(name.encode() * 32).public_key.kid.hex()


def source() -> dict[str, Any]:
    """Read root.json."""
    record: dict[str, Any] = json.loads(Path("root.json").read_text(encoding="utf-8"))
    return record


class TestNew:
    """`healthpass authority new`."""

    def test_writes_a_source(self, run: Run) -> None:
        """It writes what was said, for people to read."""
        ran = run(*NEW)
        assert (ran.code, ran.out, ran.err) == (
            0,
            f"root.json: root of CN-33, production, epoch {EPOCH}, version 1\n",
            "",
        )
        record = source()
        assert (record["issued"], record["expires"]) == (AT, "2027-12-28T00:00:00Z")
        assert (len(record["root_keys"]), record["root_threshold"]) == (3, 2)

    def test_overwrites_nothing(self, run: Run) -> None:
        """A file that is there stays."""
        Path("root.json").write_text("mine")
        ran = run(*NEW)
        assert ran.code == 2
        assert "exists already" in ran.err
        assert Path("root.json").read_text() == "mine"

    @pytest.mark.parametrize(
        ("arguments", "code", "says"),
        [
            (("--root-threshold", "4"), 2, "a threshold is at least 1, and at most the number of keys"),
            (("--root-threshold", "0"), 2, "--root-threshold"),
            (("--valid-for", "401d"), 2, "--valid-for '401d': a root is in force for 400d at most"),
            (("--valid-for", "400"), 2, "--valid-for '400': expected a duration"),
            (("--environment", "Production"), 2, "--environment 'Production'"),
            (("--root-key", "a.pub"), 2, "each once"),
            (("--root-key", "m.pub"), 2, "both a root key and a registry key"),
            (("--root-key", "a.pem"), 2, "PUBLIC KEY is needed"),
            (("--at", "now"), 2, "--at 'now': expected an RFC 3339 time"),
        ],
    )
    def test_wrong_usage(self, run: Run, arguments: tuple[str, ...], code: int, says: str) -> None:
        """What is wrong is one line, and no file is written."""
        ran = run(*NEW, *arguments)
        assert (ran.code, ran.out) == (code, "")
        assert says in ran.err
        assert not Path("root.json").exists()


class TestSign:
    """`healthpass authority sign`."""

    def test_one_after_another(self, run: Run) -> None:
        """Several people sign on one disk or pass the document on; the bytes are the same."""
        run(*NEW)
        first = run("authority", "sign", "root.json", "--key", "a.pem", "--out", "root.cbor")
        assert "1 of 3 root keys have signed, and 2 must: not reached" in first.out
        second = run("authority", "sign", "root.json", "--key", "b.pem", "--out", "root.cbor")
        assert "2 of 3 root keys have signed, and 2 must: reached" in second.out
        whole = Path("root.cbor").read_bytes()
        run("authority", "sign", "root.json", "--key", "b.pem", "--out", "b.cbor")
        assert run("authority", "sign", "b.cbor", "--key", "a.pem", "--out", "other.cbor").code == 0
        assert Path("other.cbor").read_bytes() == whole
        assert run("authority", "sign", "root.cbor", "--key", "a.pem", "--out", "root.cbor").code == 0
        assert Path("root.cbor").read_bytes() == whole

    def test_out_is_not_overwritten(self, root: Run) -> None:
        """Another document with the name of --out stays as it is."""
        for held in (b"mine", Path("root.cbor").read_bytes()):
            Path("out.cbor").write_bytes(held)
            record = source() | {"version": 2}
            Path("other.json").write_text(json.dumps(record))
            ran = root("authority", "sign", "other.json", "--key", "a.pem", "--out", "out.cbor")
            assert (ran.code, ran.out) == (2, "")
            assert "is not this document; nothing is overwritten" in ran.err
            assert Path("out.cbor").read_bytes() == held

    def test_wrong_key(self, root: Run) -> None:
        """A key that does not matter is refused, and nothing is written."""
        ran = root("authority", "sign", "root.json", "--key", "m.pem", "--out", "out.cbor")
        assert (ran.code, ran.out) == (1, "")
        assert "no root key of this root" in ran.err
        assert not Path("out.cbor").exists()
        forced = ("--key", "m.pem", "--out", "o.cbor", "--force", "needless-signature")
        assert root("authority", "sign", "root.json", *forced).code == 0

    def test_damaged(self, root: Run) -> None:
        """A bad signature that stands there is refused, in the document and in --out."""
        data = bytearray(Path("root.cbor").read_bytes())
        data[-1] ^= 1
        Path("bad.cbor").write_bytes(data)
        for arguments in (("bad.cbor", "--out", "out.cbor"), ("root.json", "--out", "bad.cbor")):
            ran = root("authority", "sign", "--key", "c.pem", *arguments)
            assert ran.code == 1
            assert "bad-signature" in ran.err
        assert Path("bad.cbor").read_bytes() == data


class TestCheck:
    """`healthpass authority check`."""

    def test_accepted(self, root: Run) -> None:
        """A sound root is accepted without a word on standard error; a source too, and it says so."""
        assert root(*CHECK, "root.cbor") == (0, "accepted: root.cbor\n", "")
        ran = root(*CHECK, "root.json")
        assert (ran.code, ran.out) == (0, "accepted: root.json; a source, so nobody's signatures were counted\n")

    def test_half_signed(self, run: Run) -> None:
        """A half-signed root is refused."""
        run(*NEW)
        run("authority", "sign", "root.json", "--key", "a.pem", "--out", "root.cbor")
        ran = run(*CHECK, "root.cbor")
        assert (ran.code, ran.out) == (1, "refused: root.cbor\n")
        assert ran.err.startswith("healthpass: error: threshold-not-met: ")
        assert ran.err.count("\n") == 1
        assert run(*CHECK, "root.cbor", "--lang", "zh").err.endswith("：应签署的密钥中已有 1 把签署，应有 2 把\n")

    def test_ahead_of_the_clock(self, root: Run) -> None:
        """A date ahead of the clock is warned of, when a root is checked and when it is signed."""
        ran = root("authority", "check", "root.cbor", "--at", "2026-11-22T16:00:00Z")
        assert (ran.code, ran.out) == (0, "accepted: root.cbor\n")
        assert ran.err.startswith(
            f"healthpass: warning: ahead-of-clock: it is dated {AT}, and the clock here says 2"
        )
        assert root(*NEW[:-3], "2998-01-01T00:00:00Z", "--out", "ahead.json").code == 0
        signing = ("authority", "sign", "ahead.json", "--key", "a.pem", "--out", "ahead.cbor")
        for at, code in (("2997-12-31T16:00:00Z", 0), ("2997-12-01T00:00:00Z", 1)):
            ran = root(*signing, "--at", at)
            assert (ran.code, "warning: ahead-of-clock: it is dated 2998-01-01T00:00:00Z" in ran.err) == (
                code,
                True,
            )
        assert "dated-ahead" in ran.err
        assert root(*signing, "--at", "2997-12-01T00:00:00Z", "--force", "dated-ahead").code == 0

    def test_json(self, root: Run) -> None:
        """A program reads verdict and findings, also of what is no document at all."""
        assert root(*CHECK, "root.cbor", "--json").json() == {"v": 1, "verdict": "accepted", "findings": []}
        Path("bad.json").write_text(json.dumps(source() | {"version": True}))
        Path("bad.cbor").write_bytes(b"\xd8" + bytes(10))
        for name, code in (("bad.json", "malformed-source"), ("bad.cbor", "malformed-envelope")):
            ran = root(*CHECK, name, "--json")
            assert (ran.code, ran.json()["verdict"], ran.err) == (1, "refused", "")
            (finding,) = ran.json()["findings"]
            assert (finding["code"], finding["zh"].isascii()) == (code, False)

    def test_in_chinese_says_what_was_found(self, root: Run) -> None:
        """The general words of an outcome are not all that Chinese readers are told: the member is named."""
        Path("bad.json").write_text(json.dumps(source() | {"version": True}))
        for name, says in (("bad.json", "version"), ("list.cbor", "状态列表")):
            Path("list.cbor").write_bytes(_status_list.START + bytes(100))
            assert says in root(*CHECK, name, "--lang", "zh").err

    def test_something_else(self, root: Run) -> None:
        """A status list, and what is neither a text nor a document, is said to be that."""
        Path("list.cbor").write_bytes(_status_list.START + bytes(100))
        Path("any").write_bytes(b"\x93" + bytes(100))
        for name, code, says in (
            ("list.cbor", "unsupported-kind", "it is a status list, and no root and no registry"),
            ("any", "malformed-source", "so it is no source, and no document either"),
        ):
            ran = root(*CHECK, name)
            assert (ran.code, ran.out) == (1, f"refused: {name}\n")
            assert ran.err.startswith(f"healthpass: error: {code}: ")
            assert says in ran.err
            assert says in root("authority", "show", name).err

    def test_warnings(self, root: Run) -> None:
        """What is risky is a warning on standard error, and the root is accepted."""
        ran = root("authority", "check", "root.cbor", "--at", "2027-12-01T00:00:00Z")
        assert (ran.code, ran.out) == (0, "accepted: root.cbor\n")
        assert ran.err.startswith("healthpass: warning: expires-soon: ")
        ran = root("authority", "check", "root.cbor", "--at", "2027-12-01T00:00:00Z", "--lang", "zh")
        assert ran.err == "healthpass 警告：expires-soon：将于 2027-12-28T00:00:00Z 过期，请发布下一版\n"
        assert root("authority", "check", "root.cbor", "--at", "2027-12-01T00:00:00Z", "--within", "7d").err == ""

    def test_a_registry(self, root: Run) -> None:
        """A registry is refused as another kind, be it a source or a document."""
        root(
            "registry",
            "new",
            "root.cbor",
            "--name-zh",
            "甲",
            "--name-en",
            "A",
            "--valid-for",
            "1d",
            "--out",
            "r.json",
        )
        ran = root(*CHECK, "r.json")
        assert ran.code == 1
        assert "unsupported-kind: it is a registry and no root" in ran.err


class TestShowAndDiff:
    """`healthpass authority show` and `diff`."""

    def test_show(self, root: Run) -> None:
        """It tells thumbprint, dates, keys, and who has signed."""
        ran = root("authority", "show", "root.cbor")
        digest = open_document(Path("root.cbor").read_bytes()).digest.hex()
        assert "".join(ran.out.split()).count(digest) == 1
        assert f"  {digest[:4]} {digest[4:8]} " in ran.out
        assert "2 of 3 root keys have signed, and 2 must: reached" in ran.out
        assert f"  {kid('a')}  has signed\n" in ran.out
        assert f"  {kid('c')}  has not signed\n" in ran.out
        assert f"  {kid('m')}\n" in ran.out
        assert "expires  2027-12-28T00:00:00Z" in ran.out

    def test_show_json(self, root: Run) -> None:
        """A program reads the same."""
        told = root("authority", "show", "root.cbor", "--json").json()
        assert told["sha256"] == open_document(Path("root.cbor").read_bytes()).digest.hex()
        assert told["signed_by"] == sorted([kid("a"), kid("b")], key=told["signed_by"].index)
        assert told["threshold_reached"] is True
        assert told["content"] == source()

    def test_show_the_thumbprint(self, root: Run) -> None:
        """The thumbprint alone is for another command, and a document has that of its source."""
        digest = open_document(Path("root.cbor").read_bytes()).digest.hex()
        for name in ("root.cbor", "root.json"):
            assert root("authority", "show", name, "--thumbprint") == (0, f"{digest}\n", "")

    def test_show_a_forgery(self, root: Run) -> None:
        """A signature that does not verify is cried out."""
        data = bytearray(Path("root.cbor").read_bytes())
        data[-1] ^= 1
        Path("bad.cbor").write_bytes(data)
        ran = root("authority", "show", "bad.cbor")
        assert "A SIGNATURE THAT DOES NOT VERIFY" in ran.out
        assert "not reached" in ran.out

    def test_diff(self, root: Run) -> None:
        """Each change is told, between sources and documents alike, in the language spoken; in both in JSON."""
        assert root("authority", "diff", "root.json", "root.cbor").out == "nothing has changed\n"
        assert root("authority", "diff", "root.json", "root.cbor", "--json").json()["changes"] == []
        root("authority", "next", "root.json", "--add-root-key", "d.pub", "--drop-root-key", kid("a"), "--at", AT)
        ran = root("authority", "diff", "root.cbor", "root.json")
        assert f"- root key {kid('d')} added\n" in ran.out
        assert f"- root key {kid('a')} dropped\n" in ran.out
        ran = root("authority", "diff", "root.cbor", "root.json", "--lang", "zh")
        assert f"- 移除根密钥 {kid('a')}\n- 新增根密钥 {kid('d')}\n" in ran.out
        told = root("authority", "diff", "root.cbor", "root.json", "--json").json()
        assert told["changes"][0] == {"en": "version: 1 → 2", "zh": "版本：1 → 2"}


class TestNext:
    """`healthpass authority next`."""

    def test_rotation(self, root: Run) -> None:
        """The next root takes the old people and the new, and says what has changed."""
        ran = root(
            "authority", "next", "root.json", "--add-root-key", "d.pub", "--drop-root-key", "a.pub", "--at", BEFORE
        )
        assert ran.code == 0
        assert "- version: 1 → 2\n" in ran.out
        alone = root("authority", "sign", "root.json", "--key", "d.pem", "--out", "alone.cbor")
        assert "the people of the root before it must sign too: --previous counts them" in alone.out
        for name in "bd":
            arguments = ("--key", f"{name}.pem", "--previous", "root.cbor", "--out", "root-2.cbor")
            last = root("authority", "sign", "root.json", *arguments)
        assert "1 of 3 root keys of the previous root have signed, and 2 must: not reached" in last.out
        assert root(*CHECK, "root-2.cbor", "--previous", "root.cbor").code == 1
        root(
            "authority", "sign", "root-2.cbor", "--key", "a.pem", "--previous", "root.cbor", "--out", "root-2.cbor"
        )
        check = ("authority", "check", "root-2.cbor", "--previous", "root.cbor", "--at", "2026-11-23T00:00:01Z")
        assert root(*check) == (0, "accepted: root-2.cbor\n", "")

    def test_previous(self, root: Run) -> None:
        """With --previous, a second change goes into the same version."""
        for name in "de":
            ran = root(
                "authority", "next", "root.json", "--add-root-key", f"{name}.pub", "--previous", "root.cbor"
            )
            assert ran.code == 0
        assert (source()["version"], len(source()["root_keys"])) == (2, 5)
        root("authority", "next", "root.json")
        ran = root("authority", "next", "root.json", "--previous", "root.cbor")
        assert ran.code == 2
        assert "does not go on from version 1" in ran.err

    def test_epoch(self, root: Run) -> None:
        """Other registry keys open an epoch, whose number is the time; the next root stays in it."""
        command = ("authority", "next", "root.json", "--add-registry-key", "n.pub", "--drop-registry-key", "m.pub")
        ran = root(*command, "--new-epoch", "--at", "2026-11-24T00:00:00Z")
        assert ran.code == 0
        assert f"- epoch: {EPOCH} → {EPOCH + 86_400}\n" in ran.out
        assert f"- registry key {kid('m')} dropped" in ran.out
        ran = root("authority", "check", "root.json", "--previous", "root.cbor", "--at", "2026-11-24T00:00:00Z")
        assert (ran.code, ran.err.startswith("healthpass: warning: epoch-opened: ")) == (0, True)
        root("authority", "next", "root.json")
        assert source()["epoch"] == EPOCH + 86_400

    def test_an_epoch_for_the_same_keys(self, root: Run) -> None:
        """Whoever opens an epoch and keeps a registry key is told which, since a thief may have it."""
        ran = root("authority", "next", "root.json", "--new-epoch", "--at", BEFORE)
        assert f"warning: registry-key-kept: it opens an epoch, and keeps the registry key {kid('m')}" in ran.err
        ran = root("authority", "next", "root.json", "--at", BEFORE)
        assert ran.err == ""

    def test_undoing(self, root: Run) -> None:
        """An epoch is opened with the same keys too, by which an authority undoes a revocation of its own."""
        assert root("authority", "next", "root.json", "--new-epoch", "--at", BEFORE).code == 0
        assert (source()["epoch"], source()["issued"]) == (EPOCH + 1, "2026-11-23T00:00:01Z")

    @pytest.mark.parametrize(
        ("arguments", "says"),
        [
            (("--add-registry-key", "n.pub"), "other registry keys open an epoch"),
            (("--add-registry-key", "n.pub"), "hint: add --new-epoch, and publish the root in one bundle with"),
            (("--drop-registry-key", "m.pub", "--new-epoch"), "1 to 8 keys"),
            (("--add-registry-key", "m.pub", "--new-epoch"), "cannot be added"),
            (("--drop-root-key", "0" * 16), "no key 0000000000000000 is among"),
            (("--drop-root-key", "d.pub"), "cannot be dropped"),
            (("--add-root-key", "a.pub"), "cannot be added"),
            (("--root-threshold", "4"), "a threshold is"),
            (("--drop-root-key", "nothing.pem"), "no such file"),
        ],
    )
    def test_wrong_usage(self, root: Run, arguments: tuple[str, ...], says: str) -> None:
        """What makes no sense is one line, and the source stays as it was."""
        before = Path("root.json").read_bytes()
        ran = root("authority", "next", "root.json", *arguments)
        assert (ran.code, ran.out) == (2, "")
        assert says in ran.err
        assert Path("root.json").read_bytes() == before

    def test_a_document_is_not_changed(self, root: Run) -> None:
        """What is signed is not edited."""
        ran = root("authority", "next", "root.cbor")
        assert ran.code == 2
        assert "is signed, and what is signed is not changed" in ran.err


class TestFiles:
    """What is read, and how it is written."""

    def test_missing(self, root: Run) -> None:
        """A file that is not there is exit code 3, whichever it is."""
        signing = ("authority", "sign", "root.json", "--out", "x.cbor")
        for command in (
            (*CHECK, "nothing"),
            (*CHECK, "root.cbor", "--previous", "nothing"),
            ("authority", "show", "nothing"),
            ("authority", "diff", "root.cbor", "nothing"),
            ("authority", "next", "nothing"),
            ("authority", "sign", "nothing", "--key", "a.pem", "--out", "x.cbor"),
            (*signing, "--key", "nothing"),
            (*signing, "--key", "a.pem", "--previous", "nothing"),
        ):
            assert root(*command) == (
                3,
                "",
                "healthpass: error: cannot read 'nothing': no such file or folder\n",
            )

    @pytest.mark.parametrize("stage", ["pathlib.Path.replace", "os.fsync"])
    @pytest.mark.parametrize(
        "error", [OSError(28, "No space left on device"), KeyboardInterrupt()], ids=["full", "^C"]
    )
    def test_interrupted(
        self, root: Run, folder: Path, monkeypatch: pytest.MonkeyPatch, stage: str, error: BaseException
    ) -> None:
        """A write that fails or is interrupted leaves the old source, whole, and nothing else."""
        before, names = Path("root.json").read_bytes(), sorted(folder.iterdir())

        def fail(*_: object) -> None:
            raise error

        with monkeypatch.context() as patch:
            patch.setattr(stage, fail)
            ran = root("authority", "next", "root.json")
        assert ran.code == (2 if isinstance(error, OSError) else 130)
        assert Path("root.json").read_bytes() == before
        assert sorted(folder.iterdir()) == names

    def test_a_link_stays_one(self, root: Run) -> None:
        """A source that is a link is changed where it is."""
        Path("real.json").write_bytes(Path("root.json").read_bytes())
        Path("link.json").symlink_to("real.json")
        assert root("authority", "next", "link.json").code == 0
        assert Path("link.json").is_symlink()
        assert json.loads(Path("real.json").read_text())["version"] == 2

    def test_changed_meanwhile(self, root: Run, monkeypatch: pytest.MonkeyPatch) -> None:
        """What somebody else has changed meanwhile is not overwritten."""

        def diff(*_: object) -> tuple[()]:
            Path("root.json").write_text("somebody else's")
            return ()

        monkeypatch.setattr("healthpass.cli.io.documents.diff", diff)
        ran = root("authority", "next", "root.json")
        assert ran.code == 2
        assert "has been changed meanwhile" in ran.err
        assert Path("root.json").read_text() == "somebody else's"

    def test_huge(self, run: Run, monkeypatch: pytest.MonkeyPatch) -> None:
        """A huge file is refused before anything of it is read."""
        with Path("huge.json").open("wb") as file:
            file.truncate(MAX_SOURCE + 1)
        monkeypatch.setattr("healthpass.cli.io.documents.read", pytest.fail)
        for command in (("show",), ("check",), ("sign", "--key", "a.pem", "--out", "x"), ("next",)):
            ran = run("authority", *command, "huge.json")
            assert (ran.code, ran.out) == (3, "")
            assert f"{MAX_SOURCE + 1:,} bytes" in ran.err

    @pytest.mark.skipif(not Path("/dev/zero").exists(), reason="/dev/zero")
    def test_endless(self, run: Run) -> None:
        """A file without end is refused."""
        assert "it has more than" in run("authority", "show", "/dev/zero").err

    @pytest.mark.parametrize(
        "data",
        [
            b"",
            b"\xd8",
            b"\xd8\x62\x84" * 50,
            b"[" * 100_000,
            ROOT_TYP + b',"version":true}',
            ROOT_TYP + b',"typ":"' + Kind.ROOT.encode() + b'"}',
            ROOT_TYP + b',"version":' + b"9" * 9999 + b"}",
            ROOT_TYP + b',"\\ud800":"\\udfff"}',
            b"\x1b[2J",
            os.urandom(100),
        ],
        ids=range(10),
    )
    def test_hostile(self, root: Run, data: bytes) -> None:
        """Whatever a file holds, it is a clean refusal, and nothing in it steers the terminal."""
        Path("bad").write_bytes(data)
        for command in (("show",), ("sign", "--key", "a.pem", "--out", "x"), ("next",), ("diff", "root.json")):
            ran = root("authority", *command, "bad")
            assert (ran.code, ran.out) == (1, "")
            assert ran.err.startswith("healthpass: error: 'bad': ")
            assert "\x1b" not in ran.err

    def test_another_kind(self, root: Run) -> None:
        """A registry is not taken for a root."""
        root(
            "registry",
            "new",
            "root.cbor",
            "--name-zh",
            "甲",
            "--name-en",
            "A",
            "--valid-for",
            "1d",
            "--out",
            "r.json",
        )
        ran = root("authority", "show", "r.json")
        assert ran.code == 2
        assert "is a registry, and a root is needed" in ran.err

    def test_same_bytes_each_time(self, root: Run) -> None:
        """The payload of a source is the same each time."""
        payloads = {open_document(Path("root.cbor").read_bytes()).document.payload for _ in range(3)}
        loaded = open_document(Path("root.cbor").read_bytes()).content
        assert payloads == {unsigned(loaded).payload}
        assert (
            root("authority", "show", "root.json").out.splitlines()[2:4]
            == (root("authority", "show", "root.cbor").out.splitlines()[2:4])
        )

    def test_help(self, run: Run) -> None:
        """Each command has its help."""
        for group in ("authority", "registry"):
            listed = run(group, "--help")
            assert listed.code == 0
            assert all(name in listed.out for name in ("new", "next", "sign", "check", "show", "diff"))
            assert "..." not in listed.out.partition("Commands:")[2]  # each says in its line what it does
            assert all(f"{code} " in run(group, "check", "--help").out for code in range(4))
