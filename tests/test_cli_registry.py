"""`healthpass registry`: registries, key requests and recognitions on the command line."""

import io
import json
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest

from command_line import ISSUER, KEY, Run, runner, token
from healthpass import SigningKey, VerificationError, verify
from healthpass.authority import RegistryDocument, open_document
from healthpass.documents._document import Document, Kind, parse
from healthpass.documents._status_list import BYTES_PER_BIT, sign_list
from healthpass.trust._held import Pin
from healthpass.trust._trust import Trust
from healthpass.trust._update import updated
from healthpass.trust._views import registry_of
from listing import BASE

AT = "2026-10-20T00:00:00Z"
LATER = "2026-10-30T00:00:00Z"
WHEN = datetime(2026, 11, 1, 6, tzinfo=UTC)
SECONDS = 1_793_577_600  # 2026-11-02T00:00:00Z
SPARE = SigningKey.from_seed(b"s" * 32)
NAMES = (
    "--name-zh",
    "杭州市卫生健康委员会",
    "--name-en",
    "Health Commission of Hangzhou",
    "--appeal",
    "tel:12320",
)
KNOWN_AS = ("--name-zh", "上海市", "--name-en", "Shanghai")
SPAN = ("--from", "2026-10-01T00:00:00+08:00", "--until", "2027-10-01T00:00:00+08:00")
SCOPE = ("--colors", "green,yellow,red", "--max-lifetime", "24h", "--max-lifetime-without-status", "24h")
BEARER = (*SCOPE, "--max-bearer-lifetime", "24h")


@pytest.fixture(autouse=True)
def folder(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> Path:
    """Work in a folder with the keys of people (a, b), machines (m, n) and the office."""
    monkeypatch.chdir(tmp_path)
    keys = {name: SigningKey.from_seed(name.encode() * 32) for name in "abmnxy"} | {"office": KEY, "spare": SPARE}
    for name, key in keys.items():
        Path(f"{name}.pem").write_text(key.to_pem())
        Path(f"{name}.pub").write_text(key.public_key.to_pem())
    return tmp_path


@pytest.fixture
def run(capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch) -> Run:
    """Run the command line."""
    return runner(capsys, monkeypatch)


def make_root(run: Run, region: str, person: str, machine: str, name: str) -> None:
    """Write and sign a root."""
    keys = ("--root-key", f"{person}.pub", "--registry-key", f"{machine}.pub")
    thresholds = ("--root-threshold", "1", "--registry-threshold", "1", "--valid-for", "400d")
    assert run("authority", "new", region, *keys, *thresholds, "--at", AT, "--out", f"{name}.json").code == 0
    signing = ("--key", f"{person}.pem", "--out", f"{name}.cbor")
    assert run("authority", "sign", f"{name}.json", *signing).code == 0


@pytest.fixture
def empty(run: Run) -> Run:
    """Write root.cbor and a registry.json with nobody in it."""
    make_root(run, "CN-33", "a", "m", "root")
    names = ("--name-zh", "浙江省卫生健康委员会", "--name-en", "Health Commission of Zhejiang")
    new = ("registry", "new", "root.cbor", *names, "--valid-for", "30d", "--at", AT, "--out", "registry.json")
    assert run(*new).code == 0
    return run


@pytest.fixture
def office(empty: Run) -> Run:
    """List the office's key, and publish."""
    assert ask(empty).code == 0
    assert (
        empty("registry", "import", "registry.json", "request.cbor", *NAMES, *thumbprint(), "--at", AT).code == 0
    )
    assert publish(empty, "registry.cbor").code == 0
    return empty


def ask(run: Run, *arguments: str, key: str = "office", out: str = "request.cbor") -> Any:
    """Make a key request."""
    who = ("--key", f"{key}.pem", "--issuer", ISSUER, "--authority", "CN-33", "--use", "credential")
    return run("registry", "request", *who, *SPAN, *BEARER, "--at", AT, "--out", out, *arguments)


def publish(run: Run, out: str, last: str = "", *, key: str = "m", root: str = "root.cbor") -> Any:
    """Sign registry.json, which follows the last one."""
    previous = ("--previous", last) if last else ()
    signing = ("--key", f"{key}.pem", "--root", root, *previous, "--out", out, "--at", source()["issued"])
    return run("registry", "sign", "registry.json", *signing)


def root_2(run: Run, *keys: str) -> None:
    """Make root-2.cbor, which opens an epoch with other registry keys."""
    assert run("authority", "next", "root.json", *keys, "--new-epoch", "--at", LATER).code == 0
    signing = ("--key", "a.pem", "--previous", "root.cbor", "--out", "root-2.cbor")
    assert run("authority", "sign", "root.json", *signing).code == 0
    ran = run("authority", "check", "root-2.cbor", "--previous", "root.cbor", "--at", LATER)
    assert (ran.code, "warning: epoch-opened: it opens an epoch" in ran.err) == (0, True)


def thumbprint(key: SigningKey = KEY, digits: int = 32) -> tuple[str, str]:
    """Return the option that confirms a key."""
    return "--thumbprint", key.public_key.thumbprint.hex()[:digits]


def source() -> dict[str, Any]:
    """Read registry.json."""
    record: dict[str, Any] = json.loads(Path("registry.json").read_text(encoding="utf-8"))
    return record


def gate(*documents: str) -> Trust:
    """Return what a gate trusts that has pinned the first root and been given the documents."""
    trust = Trust()
    root = open_document(Path(documents[0]).read_bytes())
    trust.pin(Pin(root.content.authority, root.content.version, root.digest))
    for name in documents:
        for result in updated(trust, Path(name).read_bytes(), at=SECONDS):
            assert result.outcome.kind == "done", (name, result)
    return trust


def verdict(trust: Trust, text: str) -> str:
    """Return what a gate says of a code."""
    try:
        verify(text, registry=registry_of(trust), at=WHEN)
    except VerificationError as refused:
        return refused.verdict
    return "valid"


def checked(run: Run, document: str, *arguments: str, at: str = AT) -> list[str]:
    """Return the codes of what a check finds."""
    ran = run("registry", "check", document, "--root", "root.cbor", "--at", at, "--json", *arguments)
    return [finding["code"] for finding in ran.json()["findings"]]


class TestRequest:
    """`healthpass registry request`."""

    def test_request(self, run: Run) -> None:
        """The request is a new file, and its thumbprint is there to be read out."""
        ran = ask(run)
        assert (ran.code, ran.err) == (0, "")
        digits = KEY.public_key.thumbprint.hex()
        assert digits in "".join(ran.out.split())
        assert digits[:4] + " " + digits[4:8] in ran.out
        assert ask(run).code == 2

    @pytest.mark.parametrize(
        ("arguments", "says"),
        [
            (("--authority", "CN-31"), "does not lie within"),
            (("--issuer", "hangzhou"), "not an issuer id"),
            (("--use", "sign"), "--use 'sign': expected one of credential, status, policy"),
            (("--use", "1"), "--use '1': expected one of"),
            (("--from", "2027-10-01T00:00:00+08:00"), "--until must come after --from"),
            (("--until", "tomorrow"), "--until 'tomorrow': expected an RFC 3339 time"),
            (("--colors", "orange"), "expected some of green,yellow,red"),
            (("--colors", ""), "expected some of"),
            (("--max-lifetime", "0"), "good for nothing without colours and a lifetime"),
            (("--max-lifetime", "24"), "--max-lifetime '24': expected a duration"),
            (("--max-lifetime", "999999999d"), "year 9999"),
            (("--valid-for", "32d"), "--valid-for '32d': a key request is in force for 31d at most"),
            (("--environment", "X"), "--environment 'X'"),
            (("--key", "office.pub"), "PRIVATE KEY is needed"),
        ],
    )
    def test_wrong_usage(self, run: Run, arguments: tuple[str, ...], says: str) -> None:
        """What is wrong is one line, and there is no request."""
        ran = ask(run, *arguments)
        assert (ran.code, ran.out) == (2, "")
        assert says in ran.err
        assert not Path("request.cbor").exists()


class TestImport:
    """`healthpass registry import`."""

    def test_import(self, office: Run) -> None:
        """The key is listed as was asked for, and a gate that trusts the registry accepts its codes."""
        (issuer,) = source()["issuers"]
        assert issuer["appeal"] == "tel:12320"
        assert issuer["keys"][0]["scope"]["colors"] == ["green", "yellow", "red"]
        verified = verify(
            token(), registry=registry_of(gate("root.cbor", "registry.cbor")), at=WHEN, waive={"status-unknown"}
        )
        assert verified.issuer.id == ISSUER
        assert checked(office, "registry.cbor") == ["no-second-key"]

    def test_narrower(self, empty: Run) -> None:
        """The authority may grant less than was asked for, and never more."""
        ask(empty)
        command = ("registry", "import", "registry.json", "request.cbor", *NAMES, *thumbprint(), "--at", AT)
        wider = empty(*command, "--max-lifetime", "25h")
        assert (wider.code, wider.out) == (2, "")
        assert "wider than what the office has asked for" in wider.err
        assert empty(*command, "--colors", "green", "--max-bearer-lifetime", "0").code == 0
        assert source()["issuers"][0]["keys"][0]["scope"] == {
            "colors": ["green"],
            "max_lifetime": "1d",
            "max_lifetime_without_status": "1d",
        }

    def test_second_key(self, office: Run) -> None:
        """A second key of an issuer needs no names."""
        ask(office, key="spare", out="spare.cbor")
        ran = office("registry", "import", "registry.json", "spare.cbor", *thumbprint(SPARE, 64), "--at", AT)
        assert ran.code == 0
        assert f"- {ISSUER}: key {SPARE.public_key.kid.hex()} added: use credential; " in ran.out
        assert len(source()["issuers"][0]["keys"]) == 2
        assert len(source()["issuers"]) == 1
        again = office("registry", "import", "registry.json", "spare.cbor", *thumbprint(SPARE), "--at", AT)
        assert (again.code, "is listed already" in again.err) == (2, True)

    def test_names_again(self, office: Run) -> None:
        """Names and address may be repeated with a second key, so that a loop can import all; others may not."""
        ask(office, key="spare", out="spare.cbor")
        command = ("registry", "import", "registry.json", "spare.cbor", *thumbprint(SPARE), "--at", AT, *NAMES)
        for other in (("--appeal", "tel:12345"), ("--name-en", "Hangzhou")):
            ran = office(*command, *other)
            assert (ran.code, ran.out) == (2, "")
            assert "CN-33-01.WJW has an entry already, with another name or another address" in ran.err
            assert "hint: leave out --name-zh, --name-en and --appeal: the entry has them" in ran.err
        assert office(*command).code == 0
        assert len(source()["issuers"][0]["keys"]) == 2

    def test_status_lists(self, office: Run) -> None:
        """A status key comes with the address of the lists; a gate then takes what it signs."""
        asking = ("--use", "status", "--max-lifetime", "0", "--max-lifetime-without-status", "0")
        assert ask(office, *asking, "--max-bearer-lifetime", "0", key="spare", out="spare.cbor").code == 0
        command = ("registry", "import", "registry.json", "spare.cbor", *thumbprint(SPARE), "--at", AT)
        before = Path("registry.json").read_bytes()
        for bad in ("http://x.example/s", f"{BASE}/", f"{BASE}?a", "", "https://\x1b[2J"):
            ran = office(*command, "--status-base", bad)
            assert (ran.code, ran.out) == (2, "")
        assert Path("registry.json").read_bytes() == before
        ran = office(*command, "--status-base", BASE)
        assert (ran.code, ran.err) == (0, "")
        assert f"- issuer {ISSUER}: status lists: — → {BASE}" in ran.out
        assert source()["issuers"][0]["status"] == BASE
        assert "—" not in office("registry", "show", "registry.json").out
        following = ("registry", "next", "registry.json", "--previous", "registry.cbor", "--at", LATER)
        assert office(*following).code == 0
        assert publish(office, "two.cbor", "registry.cbor").code == 0
        trust = gate("root.cbor", "registry.cbor", "two.cbor")
        data = sign_list(bytes(BYTES_PER_BIT), uri=f"{BASE}/0", key=SPARE, issued=SECONDS, expires=SECONDS + 60)
        (result,) = updated(trust, data, at=SECONDS)
        assert result.outcome == "applied"

    def test_a_status_key_without_an_address(self, office: Run) -> None:
        """A status key is good for nothing without the address, which is hinted at; another one is refused."""
        asking = ("--use", "status", "--max-lifetime", "0", "--max-lifetime-without-status", "0")
        for name, key in (("spare", SPARE), ("x", SigningKey.from_seed(b"x" * 32))):
            assert ask(office, *asking, "--max-bearer-lifetime", "0", key=name, out=f"{name}.cbor").code == 0
            command = ("registry", "import", "registry.json", f"{name}.cbor", *thumbprint(key), "--at", AT)
            if name == "spare":
                ran = office(*command)
                assert ran.code == 0
                assert ran.err.startswith("hint: the key is good for nothing until")
                source_with_address = json.loads(Path("registry.json").read_text("utf-8"))
                source_with_address["issuers"][0]["status"] = BASE
                Path("registry.json").write_text(json.dumps(source_with_address), "utf-8")
            else:
                ran = office(*command, "--status-base", f"{BASE}2")
                assert (ran.code, ran.out) == (2, "")
                assert f"the status lists of {ISSUER} stand at {BASE} already" in ran.err
                assert office(*command, "--status-base", BASE).code == 0

    def test_thumbprint_is_confirmed(self, empty: Run) -> None:
        """Without a thumbprint that somebody has heard, nothing is listed; where it differs, it is refused."""
        ask(empty)
        before = Path("registry.json").read_bytes()
        command = ("registry", "import", "registry.json", "request.cbor", *NAMES, "--at", AT)
        silent = empty(*command)
        assert (silent.code, silent.out) == (2, "")
        assert "nobody has confirmed" in silent.err
        assert "hint: ask CN-33-01.WJW by telephone" in silent.err
        assert thumbprint()[1][:4] not in silent.err  # or somebody copies it
        for given, code in (
            (thumbprint()[1][:31], 2),
            ("z" * 32, 2),
            ("0" * 32, 1),
            (thumbprint()[1] + "0" * 33, 2),
        ):
            assert empty(*command, "--thumbprint", given).code == code
        assert Path("registry.json").read_bytes() == before
        spoken = " ".join(KEY.public_key.thumbprint.hex().upper()[at : at + 4] for at in range(0, 36, 4))
        assert empty(*command, "--thumbprint", spoken).code == 0

    @pytest.mark.parametrize(("typed", "code"), [(KEY.public_key.thumbprint.hex()[:32], 0), ("yes", 2), ("", 2)])
    def test_asks_at_a_terminal(
        self,
        empty: Run,
        monkeypatch: pytest.MonkeyPatch,
        capsys: pytest.CaptureFixture[str],
        typed: str,
        code: int,
    ) -> None:
        """At a terminal somebody types what is heard; a yes is not enough."""
        ask(empty)

        class Terminal(io.TextIOWrapper):
            def isatty(self) -> bool:
                return True

        from healthpass.cli import main

        monkeypatch.setattr("sys.stdin", Terminal(io.BytesIO(f"{typed}\n".encode())))
        assert main(["registry", "import", "registry.json", "request.cbor", *NAMES, "--at", AT]) == code
        assert "as CN-33-01.WJW reads them to you by telephone: " in capsys.readouterr().err

    @pytest.mark.parametrize(
        ("arguments", "code", "says"),
        [
            (("--at", "2026-11-20T00:00:00Z"), 1, "request-expired"),
            (("--at", "2026-10-01T00:00:00Z"), 1, "dated-ahead"),
            (("--name-zh", "x" * 200), 2, "a name must have 1 to 128 bytes"),
            (("--appeal", "call us"), 2, "an address with https://"),
        ],
    )
    def test_refused(self, empty: Run, arguments: tuple[str, ...], code: int, says: str) -> None:
        """What a request or an entry must not be is refused, and the source stays as it was."""
        ask(empty)
        before = Path("registry.json").read_bytes()
        command = ("registry", "import", "registry.json", "request.cbor", *NAMES, *thumbprint(), "--at", AT)
        ran = empty(*command, *arguments)
        assert (ran.code, ran.out) == (code, "")
        assert says in ran.err
        assert Path("registry.json").read_bytes() == before

    def test_new_issuers_need_all(self, empty: Run) -> None:
        """A new issuer needs names and an address."""
        ask(empty)
        command = ("registry", "import", "registry.json", "request.cbor", *thumbprint(), "--at", AT)
        assert "there is no entry of CN-33-01.WJW" in empty(*command).err
        assert "needs all of" in empty(*command, "--name-zh", "甲").err

    def test_another_environment(self, empty: Run) -> None:
        """A request for a test does not become one for real."""
        ask(empty, "--environment", "test")
        ran = empty("registry", "import", "registry.json", "request.cbor", *NAMES, *thumbprint(), "--at", AT)
        assert (ran.code, "wrong-environment" in ran.err) == (1, True)

    @pytest.mark.parametrize("data", [b"", b"\xd8\x62\x84", bytes(5000)], ids=range(3))
    def test_hostile(self, empty: Run, data: bytes) -> None:
        """A request that is garbage is one line."""
        Path("request.cbor").write_bytes(data)
        ran = empty("registry", "import", "registry.json", "request.cbor", *NAMES)
        assert ran.code in {1, 3}
        assert ran.err.startswith("healthpass: error: ")


class TestRevoke:
    """`healthpass registry retire` and `revoke`."""

    def test_emergency(self, office: Run) -> None:
        """A theft is answered by one command and one signature, and the gate refuses what was stolen."""
        kid = KEY.public_key.kid.hex()
        arguments = ("--reason", "compromise", "--previous", "registry.cbor", "--at", LATER)
        ran = office("registry", "revoke", "registry.json", kid, *arguments)
        assert ran.code == 0
        assert f"- {ISSUER}: key {kid} revoked: {LATER} (compromise)\n" in ran.out
        assert publish(office, "registry-2.cbor", "registry.cbor").code == 0
        assert checked(office, "registry-2.cbor", "--previous", "registry.cbor", at=LATER) == [
            "issuer-without-keys"
        ]
        assert verdict(gate("root.cbor", "registry.cbor", "registry-2.cbor"), token()) == "key-revoked"

    def test_it_is_final(self, office: Run) -> None:
        """Who signs the next version gives the one before, and cannot forget what that revokes."""
        last = ("--previous", "registry.cbor", "--at", LATER)
        office("registry", "revoke", "registry.json", "office.pub", "--reason", "loss", *last)
        ran = publish(office, "registry-2.cbor")
        assert (ran.code, ran.out) == (2, "")
        assert "is compared with the one before it\nhint: add --previous registry.cbor; " in ran.err
        signing = ("--key", "m.pem", "--root", "root.cbor", "--at", LATER, "--out", "alone.cbor")
        assert office("registry", "sign", "registry.json", *signing, "--force", "previous-not-checked").code == 0
        assert publish(office, "registry-2.cbor", "registry.cbor").code == 0
        office(
            "registry", "next", "registry.json", "--previous", "registry-2.cbor", "--at", "2026-10-31T00:00:00Z"
        )
        record = source()
        del record["issuers"][0]["keys"][0]["revoked"]
        Path("registry.json").write_text(json.dumps(record), encoding="utf-8")
        ran = publish(office, "registry-3.cbor", "registry-2.cbor")
        assert (ran.code, ran.out) == (1, "")
        assert f"revocation-undone: the key {KEY.public_key.kid.hex()} of {ISSUER} was revoked" in ran.err
        assert not Path("registry-3.cbor").exists()
        at = "2026-10-31T00:00:00Z"
        codes = checked(office, "registry.json", "--previous", "registry-2.cbor", at=at)
        assert codes[:2] == ["revocation-undone", "revocation-forgotten"]
        assert publish(office, "x.cbor", "root.cbor").code == 2

    def test_by_key(self, office: Run) -> None:
        """A key is named by its file or its digits too."""
        for which in ("office.pub", KEY.public_key.to_bytes().hex()):
            before = Path("registry.json").read_bytes()
            assert office("registry", "revoke", "registry.json", which, "--reason", "loss", "--at", AT).code == 0
            assert source()["issuers"][0]["keys"][0]["revoked"] == {"at": AT, "reason": "loss"}
            assert source()["version"] == 1
            Path("registry.json").write_bytes(before)

    def test_retire(self, office: Run) -> None:
        """A key is retired from a time on, for a reason, rotation unless it is said."""
        kid = KEY.public_key.kid.hex()
        assert office("registry", "retire", "registry.json", kid, "--from", LATER).code == 0
        assert source()["issuers"][0]["keys"][0]["retired"] == {"at": LATER, "reason": "rotation"}
        again = office("registry", "retire", "registry.json", kid)
        assert (again.code, "was retired at" in again.err) == (2, True)

    @pytest.mark.parametrize(
        ("arguments", "says"),
        [
            (("0" * 16, "--reason", "loss"), "no key 0000000000000000 is listed"),
            (("0" * 64, "--reason", "loss"), "not listed in this registry"),
            (("spare.pub", "--reason", "loss"), "not listed in this registry"),
            (("nothing.pub", "--reason", "loss"), "no such file"),
            (("office.pub", "--reason", "theft"), "--reason 'theft': expected one of unspecified, rotation"),
            (("office.pub", "--reason", "loss", "--valid-for", "1d"), "--valid-for is for the next version"),
            (("office.pub", "--reason", "loss", "--previous", "root.cbor"), "a registry is needed"),
            (("office.pub", "--reason", "loss", "--previous", "registry.json"), "the signed document is needed"),
            (("office.pub",), "--reason"),
        ],
    )
    def test_wrong_usage(self, office: Run, arguments: tuple[str, ...], says: str) -> None:
        """What makes no sense is one line, and the source stays as it was."""
        before = Path("registry.json").read_bytes()
        ran = office("registry", "revoke", "registry.json", *arguments)
        assert (ran.code, ran.out) == (2, "")
        assert says in ran.err
        assert Path("registry.json").read_bytes() == before


class TestRecognise:
    """`healthpass registry recognise` and `unrecognise`."""

    def test_recognise(self, office: Run) -> None:
        """A recognition is dated and scoped, and needs the thumbprint of the root."""
        make_root(office, "CN-31", "x", "y", "shanghai")
        digest = open_document(Path("shanghai.cbor").read_bytes()).digest.hex()
        command = ("registry", "recognise", "registry.json", "shanghai.cbor", *KNOWN_AS, *SPAN, *SCOPE)
        assert "nobody has confirmed the thumbprint of the root of CN-31" in office(*command).err
        assert office(*command, "--thumbprint", "0" * 32).code == 1
        ran = office(*command, "--thumbprint", digest[:40])
        assert ran.code == 0
        assert (
            "- CN-31 recognised: name in Chinese 上海市; name in English Shanghai; root version 1; root hash "
            in ran.out
        )
        (one,) = source()["recognitions"]
        assert (one["authority"], one["root_hash"]) == ("CN-31", digest)
        assert one["until"] == "2027-09-30T16:00:00Z"
        assert one["names"] == {"zh": "上海市", "en": "Shanghai"}
        shown = office("registry", "show", "registry.json").out
        assert "recognises CN-31  上海市 / Shanghai, from its root version 1\n" in shown
        again = office(*command, "--thumbprint", digest)
        assert again.out.splitlines()[1:] == ["nothing has changed"]
        renamed = office(*command, "--name-en", "Shanghai City", "--thumbprint", digest)
        assert "- recognition of CN-31: name in English: Shanghai → Shanghai City\n" in renamed.out
        narrower = office(*command, "--colors", "green", "--thumbprint", digest)
        assert "- recognition of CN-31: scope: colors green/yellow/red" in narrower.out
        back = office("registry", "unrecognise", "registry.json", "CN-31")
        assert "- CN-31 no longer recognised\n" in back.out
        assert "is not recognised" in office("registry", "unrecognise", "registry.json", "CN-31").err
        assert office("registry", "unrecognise", "registry.json", "Shanghai").code == 2

    def test_wrong_roots(self, office: Run) -> None:
        """A source, a registry, or one's own root is no root to recognise."""
        command = ("registry", "recognise", "registry.json")
        for name, code in (("root.cbor", 2), ("registry.cbor", 2), ("root.json", 2), ("nothing", 3)):
            assert office(*command, name, *KNOWN_AS, *SPAN, *SCOPE, "--thumbprint", "0" * 16).code == code

    def test_unnamed(self, office: Run) -> None:
        """The recogniser says under which names gates show the other authority."""
        make_root(office, "CN-31", "x", "y", "shanghai")
        ran = office("registry", "recognise", "registry.json", "shanghai.cbor", *KNOWN_AS[:2], *SPAN, *SCOPE)
        assert (ran.code, "--name-en" in ran.err) == (2, True)

    def test_backwards(self, office: Run) -> None:
        """A recognition that ends before it begins is wrong usage."""
        make_root(office, "CN-31", "x", "y", "shanghai")
        terms = (*KNOWN_AS, "--from", LATER, "--until", AT)
        ran = office("registry", "recognise", "registry.json", "shanghai.cbor", *terms, "--thumbprint", "0" * 32)
        assert ran == (2, "", "healthpass: error: --until must come after --from\n")

    def test_half_signed(self, office: Run) -> None:
        """A root that its own people have not signed is refused."""
        keys = ("--root-key", "x.pub", "--root-key", "y.pub", "--registry-key", "n.pub")
        rest = ("--root-threshold", "2", "--registry-threshold", "1", "--valid-for", "1d", "--out", "half.json")
        office("authority", "new", "CN-31", *keys, *rest)
        office("authority", "sign", "half.json", "--key", "x.pem", "--out", "half.cbor")
        terms = (*KNOWN_AS, *SPAN, "--thumbprint", "0" * 16)
        ran = office("registry", "recognise", "registry.json", "half.cbor", *terms)
        assert (ran.code, "threshold-not-met" in ran.err) == (1, True)


class TestNext:
    """`healthpass registry next`, and what follows from a new root."""

    def test_next(self, office: Run) -> None:
        """The next version names the one before, and goes on for as long unless another time is given."""
        command = ("registry", "next", "registry.json", "--previous", "registry.cbor", "--at", LATER)
        assert office(*command).code == 0
        first = open_document(Path("registry.cbor").read_bytes())
        assert (source()["version"], source()["previous"]) == (2, first.digest.hex())
        assert source()["expires"] == "2026-11-29T00:00:00Z"
        assert office(*command, "--valid-for", "7d").code == 0
        assert (source()["version"], source()["expires"]) == (2, "2026-11-06T00:00:00Z")
        assert publish(office, "registry-2.cbor", "registry.cbor").code == 0
        codes = checked(office, "registry-2.cbor", "--previous", "registry.cbor", at=LATER)
        assert codes == ["no-second-key"]

    def test_in_one_step(self, office: Run) -> None:
        """What changes a registry makes it the next version too, when it is given the one before."""
        make_root(office, "CN-31", "x", "y", "shanghai")
        digest = open_document(Path("shanghai.cbor").read_bytes()).digest.hex()
        ask(office, key="spare", out="spare.cbor")
        before = Path("registry.json").read_bytes()
        life = ("--valid-for", "7d")
        last = ("--previous", "registry.cbor", "--at", LATER)
        recognition = ("registry.json", "shanghai.cbor", *KNOWN_AS, *SPAN, *SCOPE, "--thumbprint", digest)
        for command in (
            ("import", "registry.json", "spare.cbor", *thumbprint(SPARE)),
            ("retire", "registry.json", "office.pub"),
            ("revoke", "registry.json", "office.pub", "--reason", "loss"),
            ("recognise", *recognition),
        ):
            Path("registry.json").write_bytes(before)
            when = ("--at", AT) if command[0] == "import" else ()
            assert "add --previous registry.cbor" in office("registry", *command, *life, *when).err
            at = ("--at", "2026-10-25T00:00:00Z") if command[0] == "import" else ()
            assert office("registry", *command, *last, *life, *at).code == 0
            assert source()["version"] == 2
            assert source()["expires"] == ("2026-11-01T00:00:00Z" if at else "2026-11-06T00:00:00Z")
        back = ("registry", "unrecognise", "registry.json", "CN-31")
        assert "--at is for the next version" in office(*back, "--at", LATER).err
        assert office(*back, *last).code == 0
        assert (source()["version"], source().get("recognitions")) == (2, None)

    def test_stale_source(self, office: Run) -> None:
        """A source that does not go on from the registry that was published last is refused."""
        Path("registry.json").write_text(json.dumps(source() | {"version": 9}))
        ran = office("registry", "next", "registry.json", "--previous", "registry.cbor")
        assert (ran.code, "does not go on from version 1" in ran.err) == (2, True)

    def test_rotation_without_a_gap(self, office: Run) -> None:
        """Other registry keys come with a root and a registry in one bundle, and codes stay valid throughout."""
        root_2(office, "--add-registry-key", "n.pub")
        signing = ("--key", "n.pem", "--root", "root-2.cbor", "--at", LATER, "--out", "x.cbor")
        ran = office("registry", "sign", "registry.json", *signing)
        assert (ran.code, "is of epoch 1792454400, and the current root of 1793318400" in ran.err) == (1, True)
        last = ("--previous", "registry.cbor", "--root", "root-2.cbor", "--at", LATER)
        assert "- epoch: 1792454400 → 1793318400\n" in office("registry", "next", "registry.json", *last).out
        assert publish(office, "registry-2.cbor", "registry.cbor", key="n", root="root-2.cbor").code == 0
        trust = gate("root.cbor", "registry.cbor")
        assert verdict(trust, token()) == "valid"
        half, whole = (
            ("bundle", "root.cbor", "root-2.cbor"),
            ("bundle", "root.cbor", "root-2.cbor", "registry-2.cbor"),
        )
        ran = office(*half, "registry.cbor", "--at", LATER, "--out", "half.cbor")
        assert (ran.code, ran.err.startswith("hint: the last root of CN-33 opens an epoch, and no")) == (1, True)
        assert "registry 1 of CN-33: wrong-epoch" in ran.err
        assert office(*whole, "--at", LATER, "--out", "whole.cbor").err == ""
        assert office("bundle", "root.cbor", "registry.cbor").err == ""
        for documents, expected in (("half.cbor", "registry-stale"), ("whole.cbor", "valid")):
            updated(trust, Path(documents).read_bytes(), at=SECONDS)
            assert verdict(trust, token()) == expected
        assert verdict(gate("root.cbor", "registry.cbor", "whole.cbor"), token()) == "valid"

    def test_theft(self, office: Run) -> None:
        """After a theft of the registry key a new epoch undoes the thief's spite, and nothing of the authority."""
        ask(office, key="spare", out="spare.cbor")
        office("registry", "import", "registry.json", "spare.cbor", *thumbprint(SPARE), "--at", AT)
        asking = ("--use", "status", "--max-lifetime", "0", "--max-lifetime-without-status", "0")
        assert ask(office, *asking, "--max-bearer-lifetime", "0", key="x", out="x.cbor").code == 0
        status_key = SigningKey.from_seed(b"x" * 32)
        listing = ("x.cbor", *thumbprint(status_key), "--at", AT, "--status-base", BASE)
        assert office("registry", "import", "registry.json", *listing).code == 0
        revoke = ("registry", "revoke", "registry.json")
        stolen = ("spare.pub", "--reason", "compromise", "--previous", "registry.cbor", "--at", LATER)
        office(*revoke, *stolen)
        assert publish(office, "registry-2.cbor", "registry.cbor").code == 0
        honest = Path("registry.json").read_bytes()
        # The thief has the key m, and revokes that of the office.
        spite = ("office.pub", "--reason", "compromise", "--previous", "registry-2.cbor")
        office(*revoke, *spite, "--at", "2026-10-31T00:00:00Z")
        assert publish(office, "spite.cbor", "registry-2.cbor").code == 0
        trust = gate("root.cbor", "registry.cbor", "registry-2.cbor", "spite.cbor")
        assert verdict(trust, token()) == "key-revoked"
        # The authority goes on from its own last registry, with another key.
        Path("registry.json").write_bytes(honest)
        root_2(office, "--add-registry-key", "n.pub", "--drop-registry-key", "m.pub")
        last = ("--previous", "registry-2.cbor")
        ran = office(
            "registry", "next", "registry.json", *last, "--root", "root-2.cbor", "--at", "2026-11-01T00:00:00Z"
        )
        assert ran.code == 0
        assert publish(office, "registry-3.cbor", *last[1:], key="n", root="root-2.cbor").code == 0
        check = (
            "registry",
            "check",
            "registry-3.cbor",
            "--root",
            "root-2.cbor",
            *last,
            "--at",
            "2026-11-01T00:00:00Z",
        )
        assert [one["code"] for one in office(*check, "--json").json()["findings"]] == ["no-second-key"]
        updated(trust, Path("root-2.cbor").read_bytes() + Path("registry-3.cbor").read_bytes(), at=SECONDS)
        assert verdict(trust, token()) == "valid"
        assert verdict(trust, token(key=SPARE)) == "key-revoked"
        data = sign_list(
            bytes(BYTES_PER_BIT), uri=f"{BASE}/0", key=status_key, issued=SECONDS, expires=SECONDS + 60
        )
        assert [result.outcome for result in updated(trust, data, at=SECONDS)] == ["applied"]
        # The thief's key counts no longer; and nobody can forget the honest revocation on the way.
        assert [one.outcome for one in updated(trust, Path("spite.cbor").read_bytes(), at=SECONDS)] == [
            "unknown-signer"
        ]
        record = source()
        record["issuers"][0]["keys"] = [one for one in record["issuers"][0]["keys"] if "revoked" not in one]
        Path("registry.json").write_text(json.dumps(record), encoding="utf-8")
        ran = publish(office, "forgetful.cbor", *last[1:], key="n", root="root-2.cbor")
        assert (ran.code, f"revocation-forgotten: {ISSUER}, key {SPARE.public_key.kid.hex()}" in ran.err) == (
            1,
            True,
        )


class TestShowRequest:
    """`healthpass registry show` of a key request."""

    def test_request(self, run: Run) -> None:
        """It tells who asks whom for what, and that nobody has verified it."""
        ask(run)
        ran = run("registry", "show", "request.cbor")
        assert (ran.code, ran.err) == (0, "")
        head, warning, *rows = ran.out.splitlines()
        assert head == "key request of CN-33-01.WJW to CN-33, production"
        assert warning.startswith("NOT VERIFIED")
        assert [row.split(maxsplit=1)[1] for row in rows] == [
            "credential",
            "2026-09-30T16:00:00Z",
            "2027-09-30T16:00:00Z",
            "colors green/yellow/red, max_lifetime 1d, max_bearer_lifetime 1d, max_lifetime_without_status 1d",
            "2026-10-20T00:00:00Z, good until 2026-10-27T00:00:00Z",
            "verifies, by the key that it asks for",
        ]

    def test_json(self, run: Run) -> None:
        """A program reads the same, as claims."""
        ask(run)
        told = run("registry", "show", "request.cbor", "--json").json()
        assert (told["kind"], told["verified"], told["signature_verifies"]) == (
            Kind.KEY_REQUEST,
            False,
            True,
        )
        assert told["claimed"]["issuer"] == ISSUER
        assert told["claimed"]["use"] == "credential"

    def test_no_thumbprint(self, run: Run) -> None:
        """Nothing of the thumbprint is shown, and not the key: it is heard, and not seen."""
        ask(run)
        for arguments in ((), ("--json",)):
            shown = "".join(run("registry", "show", "request.cbor", *arguments).out.split())
            for secret in (KEY.public_key.thumbprint, KEY.public_key.kid, KEY.public_key.to_bytes()):
                assert secret.hex()[:8] not in shown

    def test_a_forgery(self, run: Run) -> None:
        """A signature that does not verify, and one more beside it, is cried out."""
        ask(run)
        data = bytearray(Path("request.cbor").read_bytes())
        document = parse(bytes(data))
        kid = SPARE.public_key.kid
        more = document.signed_with(kid, SPARE.sign(document.to_be_signed(kid)))
        data[-1] ^= 1
        for bad in (bytes(data), bytes(more)):
            Path("request.cbor").write_bytes(bad)
            assert "DOES NOT VERIFY" in run("registry", "show", "request.cbor").out
            assert run("registry", "show", "request.cbor", "--json").json()["signature_verifies"] is False

    def test_malformed(self, run: Run) -> None:
        """A request that breaks a rule is refused."""
        document = Document(Kind.KEY_REQUEST, b"\x1b[2J" * 10, {})
        kid = KEY.public_key.kid
        Path("bad.cbor").write_bytes(bytes(document.signed_with(kid, KEY.sign(document.to_be_signed(kid)))))
        ran = run("registry", "show", "bad.cbor")
        assert (ran.code, ran.out) == (1, "")
        assert "malformed-payload" in ran.err


class TestReview:
    """`healthpass registry sign`, `check`, `show` and `diff`."""

    def test_missing(self, office: Run) -> None:
        """A file that is not there is exit code 3, whichever it is."""
        signing = ("registry", "sign", "registry.json", "--out", "x.cbor")
        for command in (
            ("registry", "check", "nothing", "--root", "root.cbor"),
            ("registry", "check", "registry.cbor", "--root", "nothing"),
            ("registry", "check", "registry.cbor", "--root", "root.cbor", "--previous", "nothing"),
            ("registry", "show", "nothing"),
            ("registry", "diff", "nothing", "registry.cbor"),
            (*signing, "--key", "nothing", "--root", "root.cbor"),
            (*signing, "--key", "m.pem", "--root", "nothing"),
            ("registry", "import", "registry.json", "nothing"),
        ):
            ran = office(*command)
            assert (ran.code, ran.out) == (3, "")
            assert ran.err == "healthpass: error: cannot read 'nothing': no such file or folder\n"

    def test_sign(self, office: Run) -> None:
        """A key that is none of the root's is refused, and so is a root that is a source."""
        ran = publish(office, "x.cbor", key="n")
        assert (ran.code, "no registry key of the root that is in force" in ran.err) == (1, True)
        ran = publish(office, "x.cbor", root="root.json")
        assert (ran.code, "the signed document is needed" in ran.err) == (2, True)
        before = Path("registry.cbor").read_bytes()
        assert "1 of 1 registry keys have signed, and 1 must: reached" in publish(office, "registry.cbor").out
        assert Path("registry.cbor").read_bytes() == before

    def test_sign_refuses_what_check_refuses(self, office: Run) -> None:
        """An expired registry, and another one of a version that exists, is not signed unless that is named."""
        signing = ("registry", "sign", "registry.json", "--key", "m.pem", "--root", "root.cbor", "--out", "x.cbor")
        late = ("--at", "2026-12-01T00:00:00Z")
        ran = office(*signing, *late)
        assert (ran.code, ran.out, Path("x.cbor").exists()) == (1, "", False)
        assert "error: expired: it expired at 2026-11-19" in ran.err
        assert "--force expired" in ran.err
        Path("registry.json").write_text(json.dumps(source() | {"names": {"zh": "别", "en": "else"}}))
        same = ("--previous", "registry.cbor", "--at", AT)
        ran = office(*signing, *same)
        assert (ran.code, Path("x.cbor").exists()) == (1, False)
        assert "equivocation: another document with version 1" in ran.err
        assert office(*signing, *same, "--force", "expired").code == 1
        assert office(*signing, *same, *late, "--force", "expired", "--force", "equivocation").code == 0

    def test_sign_tells_of_a_status_key_that_goes(self, office: Run) -> None:
        """Whoever signs a registry of a new epoch that drops a status key is told."""
        asking = ("--use", "status", "--max-lifetime", "0", "--max-lifetime-without-status", "0")
        assert ask(office, *asking, "--max-bearer-lifetime", "0", key="x", out="x.cbor").code == 0
        listing = ("x.cbor", *thumbprint(SigningKey.from_seed(b"x" * 32)), "--status-base", BASE)
        last = ("--previous", "registry.cbor", "--at", LATER)
        assert office("registry", "import", "registry.json", *listing, "--at", AT).code == 0
        assert office("registry", "next", "registry.json", *last).code == 0
        assert publish(office, "registry-2.cbor", "registry.cbor").code == 0
        root_2(office, "--add-registry-key", "n.pub", "--drop-registry-key", "m.pub")
        opened = ("--previous", "registry-2.cbor", "--root", "root-2.cbor", "--at", "2026-10-31T00:00:00Z")
        assert office("registry", "next", "registry.json", *opened).code == 0
        record = source()
        record["issuers"][0]["keys"] = [one for one in record["issuers"][0]["keys"] if one["use"] != "status"]
        Path("registry.json").write_text(json.dumps(record), encoding="utf-8")
        ran = publish(office, "registry-3.cbor", "registry-2.cbor", key="n", root="root-2.cbor")
        assert ran.code == 0
        assert "warning: status-key-ends: " in ran.err

    def test_old_name(self, office: Run) -> None:
        """The next version does not overwrite the one before."""
        office("registry", "next", "registry.json", "--previous", "registry.cbor")
        before = Path("registry.cbor").read_bytes()
        assert publish(office, "registry.cbor").code == 2
        assert Path("registry.cbor").read_bytes() == before

    def test_check(self, office: Run) -> None:
        """Warnings go to standard error and leave 0; an error leaves 1."""
        ran = office("registry", "check", "registry.cbor", "--root", "root.cbor", "--at", AT)
        assert (ran.code, ran.out) == (0, "accepted: registry.cbor\n")
        assert ran.err.startswith(f"healthpass: warning: no-second-key: {ISSUER}: ")
        ran = office("registry", "check", "registry.json", "--root", "root.cbor", "--at", "2027-01-01T00:00:00Z")
        assert (ran.code, ran.out) == (1, "refused: registry.json\n")
        assert ran.err.startswith("healthpass: error: expired: ")
        make_root(office, "CN-31", "x", "y", "shanghai")
        ran = office("registry", "check", "registry.cbor", "--root", "shanghai.cbor", "--at", AT)
        assert (ran.code, "threshold-not-met" in ran.err) == (1, True)
        ran = office("registry", "check", "root.json", "--root", "root.cbor")
        assert (ran.code, "unsupported-kind: it is a root and no registry" in ran.err) == (1, True)

    def test_show(self, office: Run) -> None:
        """It tells issuers, keys and who has signed; without the root nothing is said to be verified."""
        ran = office("registry", "show", "registry.cbor", "--root", "root.cbor")
        assert "1 of 1 registry keys have signed, and 1 must: reached" in ran.out
        assert f"issuer {ISSUER}  杭州市卫生健康委员会 / Health Commission of Hangzhou\n" in ran.out
        assert (
            f"key {KEY.public_key.kid.hex()}  credential, 2026-09-30T16:00:00Z to 2027-09-30T16:00:00Z" in ran.out
        )
        assert "not verified: give the root with --root" in office("registry", "show", "registry.cbor").out
        told = office("registry", "show", "registry.cbor", "--json").json()
        assert (told["threshold_reached"], told["content"]) == (None, source())
        assert office("registry", "show", "registry.cbor", "--root", "root.cbor", "--json").json()[
            "threshold_reached"
        ]

    def test_show_the_thumbprint(self, office: Run) -> None:
        """The thumbprint alone is that of a registry, or of the office's own key, and never of a request."""
        digest = open_document(Path("registry.cbor").read_bytes()).digest.hex()
        for name in ("registry.cbor", "registry.json"):
            assert office("registry", "show", name, "--thumbprint") == (0, f"{digest}\n", "")
        own = KEY.public_key.thumbprint.hex()
        assert office("registry", "show", "office.pub", "--thumbprint") == (0, f"{own}\n", "")
        ran = office("registry", "show", "request.cbor", "--thumbprint")
        assert (ran.code, ran.out) == (2, "")
        assert "the office reads it to you" in ran.err
        assert own[:8] not in ran.err
        ran = office("registry", "show", "office.pem", "--thumbprint")
        assert (ran.code, ran.out) == (2, "")

    def test_diff(self, office: Run) -> None:
        """Documents and sources are compared alike."""
        same = office("registry", "diff", "registry.cbor", "registry.json")
        assert same == (0, "nothing has changed\n", "")
        Path("other.json").write_text(json.dumps(source() | {"names": {"zh": "别", "en": "else"}}))
        told = office("registry", "diff", "registry.cbor", "other.json", "--json").json()
        assert told["changes"] == [
            {"en": "name in Chinese: 浙江省卫生健康委员会 → 别", "zh": "中文名称：浙江省卫生健康委员会 → 别"},
            {
                "en": "name in English: Health Commission of Zhejiang → else",
                "zh": "英文名称：Health Commission of Zhejiang → else",
            },
        ]
        ran = office("registry", "diff", "root.cbor", "registry.cbor")
        assert (ran.code, "a registry is needed" in ran.err) == (2, True)

    def test_edited_by_hand(self, office: Run) -> None:
        """What people change in the source by hand is what the document says; what they misspell is refused."""
        text = Path("registry.json").read_text(encoding="utf-8")
        Path("registry.json").write_text(text.replace("tel:12320", "https://example.org"), encoding="utf-8")
        assert publish(office, "registry-b.cbor").code == 0
        content = open_document(Path("registry-b.cbor").read_bytes()).content
        assert isinstance(content, RegistryDocument)
        assert content.issuers[0].appeal == "https://example.org"
        Path("registry.json").write_text(text.replace('"until"', '"untill"'), encoding="utf-8")
        ran = publish(office, "registry-c.cbor")
        assert (ran.code, ran.out) == (1, "")
        assert "issuers[0].keys[0].untill: there is no such field\n" in ran.err
        assert "issuers[0].keys[0].until: it is missing\n" in ran.err
