"""What `--json` prints: the members that the pages of the command line name, and no others."""

import json
import re
from dataclasses import replace
from pathlib import Path
from typing import Any, Final

import pytest

from authorities import Region
from command_line import DEVICE, KEY, Run, runner, token
from forging import NOW, REGISTRY, issued
from healthpass import (
    Color,
    HealthCode,
    Judgement,
    RegionId,
    TrustedAuthority,
    Verdict,
    VerificationError,
    Verified,
    Verifier,
    present,
)
from healthpass.cli.io.output import json_line
from healthpass.cli.show.answer import as_json
from healthpass.store import TrustStore
from listing import BASE, PLACED, add_office
from test_json import ALL

DOCS: Final = Path(__file__).resolve().parent.parent / "docs"
AT: Final = "2026-11-01T00:00:00Z"
ISSUER: Final = "CN-33-01.WJW"
SHARED: Final = {"v", "zh", "en", "colors", "max_lifetime", "max_bearer_lifetime", "max_lifetime_without_status"}


@pytest.fixture
def run(capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> Run:
    """Run the command line in a folder with a key, a ledger and the trust store of a gate."""
    monkeypatch.chdir(tmp_path)
    Path("KEY.pem").write_text(KEY.to_pem())
    Path("PUB.pem").write_text(KEY.public_key.to_pem())
    zhejiang, shanghai = Region("CN-33"), Region("CN-31")
    office = add_office(zhejiang, ISSUER)
    office.list(2)
    office.retire(2)
    zhejiang.recognise(shanghai)
    shanghai.publish()
    zhejiang.publish()
    store = TrustStore.create("gate")
    store.pin_document(zhejiang.roots[0], digest=zhejiang.pin.digest, at=NOW)
    Path("news.cbor").write_bytes(zhejiang.bundle(shanghai) + office.status_list())
    Path("code.txt").write_text(office.issue(PLACED))
    return runner(capsys, monkeypatch)


def section(page: str, command: str) -> str:
    """Return what a page says of the JSON of a command."""
    found = re.search(rf"^### `{command}`\n(.*?)^##", (DOCS / page).read_text("utf-8"), re.MULTILINE | re.DOTALL)
    assert found, command
    return found[1]


def members(value: Any) -> set[str]:
    """Return the names of all members, however deep."""
    if isinstance(value, list):
        return set().union(*map(members, value))
    return set(value).union(*map(members, value.values())) if isinstance(value, dict) else set()


def printed(run: Run, command: str) -> list[str]:
    """Run a command so that it prints whatever it can."""
    store = ("--trust", "gate", "--at", AT, "--json")
    if command == "verify":
        run("trust", "update", "gate", "news.cbor", "--at", AT)
        bound = ("--document", "resident-id:11010519491231002X")
        return [run("verify", *store, *bound, Path("code.txt").read_text()).out, run("verify", *store, "x").out]
    if command == "inspect":
        shown = present(token(holder_key=DEVICE.public_key), DEVICE, nonce=bytes(8), at=NOW)
        return [run("inspect", "--json", text).out for text in (shown, "x")]
    if command == "status":
        return statuses(run)
    if command == "trust why":
        run("trust", "update", "gate", "news.cbor", "--at", AT)
        return [run("trust", "why", "gate", Path("code.txt").read_text(), "--at", AT, "--json").out]
    rest = {
        "bundle": ["news.cbor"],
        "trust update": ["gate", "news.cbor", "--at", AT],
        "trust show": ["gate", "--at", AT],
    }
    if command == "trust show":
        printed(run, "trust update")
    return [run(*command.split(), *rest.get(command, ()), "--json").out]


def statuses(run: Run) -> list[str]:
    """Let a ledger and a list be shown, and the histories of a code and of the one in its place."""
    who = ("--by", "officer 17", "--why", "an appeal")
    assert run("status", "init", "ledger", "--issuer", ISSUER).code == 0
    issuing = ("issue", "-", "--key", "KEY.pem", "--issuer", ISSUER, "--valid-for", "24h", "--ledger", "ledger")
    texts = [run(*issuing, *who, stdin=b'{"color": "green"}').out.strip() for _ in range(2)]
    old, new = (json.loads(run("inspect", "--json", text).out)["claimed"]["cti"] for text in texts)
    assert run("status", "correct", "ledger", old, "--new", new, *who).code == 0
    publishing = ("--key", "KEY.pem", "--base", BASE, "--valid-for", "1d", "--out", "lists")
    assert run("status", "publish", "ledger", *publishing).code == 0
    shown = (("show", "ledger"), ("show", "lists/0.cbor"), ("history", "ledger", old))
    return [run("status", *arguments, "--json").out for arguments in shown]


@pytest.mark.parametrize("page", ["command-line.md", "command-line.zh.md"])
@pytest.mark.parametrize(
    "command",
    ["verify", "inspect", "gate challenge", "trust show", "trust why", "trust update", "bundle", "status"],
)
def test_the_pages_name_what_is_printed(run: Run, page: str, command: str) -> None:
    """Each member that is printed is named, and each that begins a row is printed."""
    text = section(page, command)
    if command == "trust why":
        text += section(page, "verify") + section(page, "trust show")
    named = set(re.findall(r"`([a-z_0-9]+)`", text)) | SHARED
    rows = [line.split("|")[1] for line in text.splitlines() if line.startswith("| `")]
    found = set().union(*(members(json.loads(line)) for line in printed(run, command)))
    assert found - named == set()
    if command not in {"trust show", "trust why"}:  # what there is depends on what the store holds
        assert set(re.findall(r"`(\w+)`", " ".join(rows))) - found == set()


class TestAnswer:
    """What `verify --json` writes is a `Judgement`, though no model is made for it."""

    @staticmethod
    def told(judged: Verified | VerificationError) -> list[tuple[str, Any]]:
        """Return the members as the command line writes them, in their order, but for the version."""
        return [*json.loads(json_line(as_json(judged))).items()][1:]

    @staticmethod
    def model(judged: Verified | VerificationError) -> list[tuple[str, Any]]:
        """Return those of the model."""
        return [*Judgement.of(judged).model_dump(mode="json").items()][1:]

    def test_of_valid_codes(self) -> None:
        """Of a code that says all that a code can say, of one that says little, and of one that a phone shows."""
        gate = Verifier(REGISTRY, waive={"status-unknown"})
        little = HealthCode(color=Color.GREEN)
        for text in (
            issued(ALL),
            issued(little),
            present(issued(little, holder_key=DEVICE.public_key), DEVICE, at=NOW),
        ):
            judged = gate.verify(text, at=NOW)
            assert self.told(judged) == self.model(judged)

    def test_of_a_code_by_a_store(self, run: Run) -> None:
        """Names, appeal, path and status list are those of the model, too."""
        run("trust", "update", "gate", "news.cbor", "--at", AT)
        judged = Verifier(TrustStore.open("gate").registry).verify(Path("code.txt").read_text(), at=NOW)
        assert judged.path is not None
        assert judged.status_issued_at is not None
        assert self.told(judged) == self.model(judged)
        assert judged.path.recognised is None
        shanghai = TrustedAuthority(RegionId("CN-31"), "上海", "Shanghai")
        judged = replace(judged, path=judged.path._replace(recognised=shanghai))
        assert self.told(judged) == self.model(judged)

    @pytest.mark.parametrize("verdict", sorted(set(Verdict) - {Verdict.VALID}))
    def test_of_each_verdict(self, verdict: Verdict) -> None:
        """Each verdict is told as the model tells it."""
        judged = VerificationError(verdict, "found")
        assert self.told(judged) == self.model(judged)
