"""The compose file of docs/examples: it is hardened, and its commands run as they stand, but for the paths.

There is no engine of containers in these tests: what they cannot say is whether an image is built.
"""

import os
import re
import signal
import socket
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from datetime import timedelta
from pathlib import Path
from typing import Any

import httpx
import pytest
import yaml

from healthpass import Color, HealthCode, HolderKey, Issuer, Verifier, present, prove
from healthpass.store import TrustStore
from trusted_office import ADDRESS, OFFICE, Office

EXAMPLES = Path(__file__).resolve().parent.parent / "docs" / "examples"
FILE = yaml.safe_load((EXAMPLES / "compose.yaml").read_text("utf-8"))
SERVICES: dict[str, dict[str, Any]] = FILE["services"]
BIN = Path(sys.executable).parent
PATIENCE = 120  # seconds


def free_port() -> int:
    """Return a port that nobody listens at."""
    with socket.socket() as one:
        one.bind(("127.0.0.1", 0))
        return int(one.getsockname()[1])


class Machine:
    """The volumes and the secrets of the compose file, as folders."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        for name in ("office", "web", "gate", "shared", "run/secrets"):
            (folder / name).mkdir(parents=True)
        self.office = Office(folder / "office")
        (folder / "office" / "trust").rename(folder / "office" / "store")
        store = TrustStore.open(folder / "office" / "store")
        (folder / "bundle.cbor").write_bytes(store.bundle().content)
        self.gate = TrustStore.create(folder / "gate" / "store")
        for pin in store.anchors.values():
            self.gate.pin(pin.authority, version=pin.version, digest=pin.digest)
        for name, key in (("wjw-1", self.office.key), ("status-1", self.office.status_key)):
            (folder / "run" / "secrets" / f"{name}.pem").write_text(key.to_pem(), "utf-8")
        self.ports = {"8000": free_port(), "8080": free_port()}

    def here(self, text: str) -> str:
        """Put this machine's paths, addresses and ports into a word."""
        text = text.replace("https://wjw.zj.example/bundle.cbor", str(self.folder / "bundle.cbor"))
        text = text.replace("https://status.hz.example/wjw", ADDRESS).replace("0.0.0.0", "127.0.0.1")  # noqa: S104
        for port, other in self.ports.items():
            text = re.sub(rf"(?<!\d){port}(?!\d)", str(other), text)
        return re.sub(r"(?<![\w.:/])/(office|web|gate|shared|run)(?![\w.])", rf"{self.folder}/\1", text)

    @contextmanager
    def running(self, name: str) -> Iterator[None]:
        """Run the command of a service, until the block ends."""
        service = SERVICES[name]
        environment = {key: self.here(value) for key, value in service.get("environment", {}).items()}
        with (self.folder / f"{name}.log").open("wb") as log:
            process = subprocess.Popen(
                [self.here(word) for word in service["command"]],
                cwd=EXAMPLES,
                env=os.environ | environment | {"PATH": f"{BIN}{os.pathsep}{os.environ['PATH']}", "NO_PROXY": "*"},
                stdout=log,
                stderr=subprocess.STDOUT,
                start_new_session=True,
            )
        try:
            yield
        finally:
            os.killpg(process.pid, signal.SIGTERM)  # it is the first of a session of its own
            process.wait(PATIENCE)

    def post(self, path: str, body: dict[str, Any]) -> Any:
        """Send a request to the office."""
        url = f"http://127.0.0.1:{self.ports['8000']}{path}"
        return httpx.post(url, json=body, timeout=PATIENCE, trust_env=False).raise_for_status().json()

    def presentation(self) -> str:
        """Show a code of the office on a phone."""
        phone = HolderKey.generate()
        issuer = Issuer(OFFICE, signer=self.office.key, lifetime=timedelta(hours=1))
        return present(issuer.issue(HealthCode(color=Color.GREEN), holder_key=phone.public_key).text, phone)

    def until(self, name: str, ready: Any) -> Any:
        """Wait until a service has done something."""
        end = time.monotonic() + PATIENCE
        while time.monotonic() < end:
            with suppress(httpx.ConnectError):
                if found := ready():
                    return found
            time.sleep(0.05)
        pytest.fail((self.folder / f"{name}.log").read_text("utf-8"))


@pytest.fixture
def machine(tmp_path: Path) -> Iterator[Machine]:
    """Give a machine on which nothing runs yet."""
    made = Machine(tmp_path)
    with made.office.ledger:
        yield made


class TestFile:
    @pytest.mark.parametrize("name", SERVICES)
    def test_is_hardened(self, name: str) -> None:
        """No container is root, gains a privilege, or writes but to its volumes; what it names is there."""
        service = SERVICES[name]
        assert service["user"] == "10001:10001"
        assert (service["read_only"], service["cap_drop"]) == (True, ["ALL"])
        assert service["security_opt"] == ["no-new-privileges:true"]
        assert set(service.get("secrets", [])) <= FILE["secrets"].keys()
        assert {one.split(":")[0] for one in service["volumes"]} <= {*FILE["volumes"], "."}
        assert all(one.startswith("127.0.0.1:") for one in service.get("ports", []))

    def test_keys_go_where_they_are_needed(self) -> None:
        """The gate and the web server have no key, and the publisher none that signs codes."""
        having = {name: set(service.get("secrets", [])) for name, service in SERVICES.items()}
        assert {name for name, keys in having.items() if keys} == {"office", "publish"}
        assert having["publish"] == {"status-1.pem"}


class TestCommands:
    def test_from_the_office_to_the_gate(self, machine: Machine) -> None:
        """Codes that four workers issue are judged at the gate, and a presentation passes at one worker alone."""
        with machine.running("office"):
            order = {"health": {"color": "green"}, "by": "officer 17", "why": "declaration"}
            codes = [machine.until("office", lambda: machine.post("/codes", order)) for _ in range(3)]
            assert {code["issuer"] for code in codes} == {OFFICE}
            phone = HolderKey.generate()
            proof = prove(machine.post("/enrolments", {})["challenge"], phone, issuer=OFFICE)
            bound = machine.post("/codes", order | {"proof": proof})
            with machine.running("publish"):
                lists = machine.folder / "web" / "lists.cbor"
                machine.until("publish", lists.exists)
            shown = machine.presentation()
            verdicts = [machine.post("/verifications", {"text": shown})["verdict"] for _ in range(8)]
            assert sorted(verdicts) == ["presentation-stale"] * 7 + ["valid"]
        with machine.running("web"), machine.running("gate"):
            judge = Verifier(machine.gate.registry).judge
            machine.until("gate", lambda: judge(codes[0]["text"]).verdict == "valid")
        assert judge(present(bound["text"], phone)).verdict == "valid"
        check = [machine.here(word) for word in SERVICES["gate"]["healthcheck"]["test"][1:]]
        done = subprocess.run([BIN / check[0], *check[1:]], capture_output=True, text=True, check=False)
        assert done.returncode == 0, done.stdout
