"""What `--json` prints: the members that the pages of the command line name, and no others."""

import json
import re
from pathlib import Path
from typing import Any, Final

import pytest

from authorities import Region
from command_line import DEVICE, KEY, Run, runner, token
from forging import NOW
from healthpass import present
from healthpass.store import TrustStore
from listing import BASE, PLACED, add_office

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
