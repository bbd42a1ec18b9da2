"""The compose file of docs/examples: it is hardened, and its commands run as they stand, but for the paths.

There is no engine of containers in these tests: what they cannot say is whether an image is built.
"""

import os
import re
import shlex
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
from postgres import Postgres, binaries
from trusted_office import ADDRESS, OFFICE, Office

EXAMPLES = Path(__file__).resolve().parent.parent / "docs" / "examples"
FILE = yaml.safe_load((EXAMPLES / "compose.yaml").read_text("utf-8"))
PAGE = (EXAMPLES.parent / "examples.md").read_text("utf-8")
SERVICES: dict[str, dict[str, Any]] = FILE["services"]
BIN = Path(sys.executable).parent
PATIENCE = 120  # seconds


def free_port() -> int:
    """Return a port that nobody listens at."""
    with socket.socket() as one:
        one.bind(("127.0.0.1", 0))
        return int(one.getsockname()[1])


class Machine:
    """The volumes and the secrets of the compose file, as folders, and its database."""

    def __init__(self, folder: Path, postgres: Postgres) -> None:
        self.folder, self.postgres = folder, postgres
        for name in ("office", "web", "gate", "run/secrets"):
            (folder / name).mkdir(parents=True)
        (folder / "run" / "secrets" / "pgpass").write_text("postgres:5432:office:office:a-password\n", "utf-8")
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
        text = text.replace("@postgres/office", f"@/office?host={self.postgres.folder}")
        for port, other in self.ports.items():
            text = re.sub(rf"(?<!\d){port}(?!\d)", str(other), text)
        return re.sub(r"(?<![\w.:/])/(office|web|gate|run)(?![\w.?])", rf"{self.folder}/\1", text)

    def environment(self, name: str) -> dict[str, str]:
        """Return the environment of a service."""
        given = {key: self.here(value) for key, value in SERVICES[name].get("environment", {}).items()}
        return os.environ | given | {"PATH": f"{BIN}{os.pathsep}{os.environ['PATH']}", "NO_PROXY": "*"}

    def prepare(self) -> None:
        """Do what the page says of the first time."""
        steps = re.findall(r"^docker compose run --rm publish (.*)$", PAGE.replace("\\\n", ""), re.MULTILINE)
        assert len(steps) == 2
        for step in steps:
            command = [self.here(word) for word in shlex.split(step)]
            subprocess.run(command, check=True, env=self.environment("publish"), capture_output=True)

    @contextmanager
    def running(self, name: str) -> Iterator[None]:
        """Run the command of a service, until the block ends."""
        service = SERVICES[name]
        environment = self.environment(name)
        with (self.folder / f"{name}.log").open("wb") as log:
            process = subprocess.Popen(
                [self.here(word) for word in service["command"]],
                cwd=EXAMPLES,
                env=environment,
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
def machine(tmp_path: Path, postgres: Postgres) -> Iterator[Machine]:
    """Give a machine on which nothing runs yet but the database."""
    made = Machine(tmp_path, postgres)
    script = made.here((EXAMPLES / "postgres.sh").read_text("utf-8"))
    environment = os.environ | {"POSTGRES_USER": "tests", "PGHOST": str(postgres.folder)}
    with made.office.ledger:
        subprocess.run(["sh", "-c", script], check=True, env=environment)
        yield made
    postgres.sql("DROP DATABASE office WITH (FORCE)")
    postgres.sql("DROP ROLE office")


class TestFile:
    @pytest.mark.parametrize("name", SERVICES)
    def test_is_hardened(self, name: str) -> None:
        """No container is root, gains a privilege, or writes but to its volumes; what it names is there."""
        service = SERVICES[name]
        assert service["user"] == "10001:10001"
        assert (service["read_only"], service["cap_drop"]) == (True, ["ALL"])
        assert service["security_opt"] == ["no-new-privileges:true"]
        assert set(service.get("secrets", [])) <= FILE["secrets"].keys()
        assert {one.split(":")[0] for one in service["volumes"]} <= {*FILE["volumes"], ".", "./postgres.sh"}
        assert all(one.startswith("127.0.0.1:") for one in service.get("ports", []))

    def test_keys_go_where_they_are_needed(self) -> None:
        """Gate and web server have no secret, the publisher no key that signs codes, the database no key."""
        having = {name: set(service.get("secrets", [])) for name, service in SERVICES.items()}
        assert {name for name, secrets in having.items() if secrets} == {"office", "publish", "postgres"}
        assert having["publish"] == {"status-1.pem", "pgpass"}
        assert having["postgres"] == {"postgres.txt", "pgpass"}

    def test_the_database_is_reached_from_inside(self) -> None:
        """Those who need the database wait for it, and nobody else has a way to it."""
        assert FILE["networks"]["inside"] == {"internal": True}
        near = {name for name, service in SERVICES.items() if "inside" in service.get("networks", [])}
        assert near == {"postgres", "office", "publish"}
        assert SERVICES["postgres"]["networks"] == ["inside"]
        assert "ports" not in SERVICES["postgres"]
        for name in near - {"postgres"}:
            assert SERVICES[name]["depends_on"] == {"postgres": {"condition": "service_healthy"}}

    def test_no_password_stands_in_it(self) -> None:
        """Addresses have no password, and each variable that names a secret names one of the service's."""
        assert not re.search(r"://[^/@\s]*:[^/@\s]*@", (EXAMPLES / "compose.yaml").read_text("utf-8"))
        for service in SERVICES.values():
            for value in service.get("environment", {}).values():
                if value.startswith("/run/secrets/"):
                    assert value.removeprefix("/run/secrets/") in service["secrets"]


class TestDatabase:
    def test_the_office_is_no_administrator(self, machine: Machine) -> None:
        """The role of the office owns its database, has the password of the secret, and no right beyond."""
        told = machine.postgres.sql(
            "SELECT rolsuper, rolcreatedb, rolcreaterole, rolreplication, rolbypassrls, "
            "(SELECT datdba = r.oid FROM pg_database WHERE datname = 'office'), rolpassword LIKE 'SCRAM-SHA-256%' "
            "FROM pg_authid r WHERE rolname = 'office'"
        )
        assert told.strip() == "f|f|f|f|f|t|t"

    def test_says_when_it_is_ready(self, machine: Machine) -> None:
        """The check of the database's health runs."""
        binary, *options = SERVICES["postgres"]["healthcheck"]["test"][1:]
        here = [option.replace("127.0.0.1", str(machine.postgres.folder)) for option in options]
        found = binaries()
        assert found
        assert subprocess.run([found / binary, *here], check=False, capture_output=True).returncode == 0


class TestCommands:
    def test_from_the_office_to_the_gate(self, machine: Machine) -> None:
        """Codes that four workers issue are judged at the gate, and a presentation passes at one worker alone."""
        machine.prepare()
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
