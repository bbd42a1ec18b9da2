"""The systemd units of docs/examples: systemd reads them, and their commands do what they say."""

import os
import shlex
import shutil
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

pytest.importorskip("httpx")

from healthpass import Color, HealthCode, Issuer, Verifier
from healthpass.store import TrustStore
from test_fetch import Handler, Server, served
from trusted_office import ADDRESS, DAY, OFFICE, Office

UNITS = Path(__file__).resolve().parent.parent / "docs" / "examples" / "systemd"
PROGRAM = "/opt/healthpass/bin/healthpass"
BIN = Path(sys.executable).parent
TIMERS = sorted(path.stem for path in UNITS.glob("*.timer"))


def settings(path: Path) -> dict[str, list[str]]:
    """Read a unit: each setting of each section, as often as it stands there."""
    found: dict[str, list[str]] = {}
    section = ""
    for line in path.read_text("utf-8").splitlines():
        if line.startswith("["):
            section = line.strip("[]")
        elif line and not line.startswith("#"):
            name, _, value = line.partition("=")
            found.setdefault(f"{section}.{name}", []).append(value)
    return found


class Machine:
    """A computer with an office and a gate, and a web server between them."""

    def __init__(self, folder: Path, server: Server) -> None:
        self.state = folder / "lib"
        office = self.state / "healthpass-office"
        self.backups = folder / "backups"
        for made in (
            office / "web",
            self.state / "healthpass-gate",
            self.state / "healthpass-health",
            self.backups,
        ):
            made.mkdir(parents=True)
        self.office = Office(office)
        self.web = office / "web" / "lists.cbor"
        self.gate = TrustStore.create(self.state / "healthpass-gate" / "store")
        for pin in self.office.store.anchors.values():
            self.gate.pin(pin.authority, version=pin.version, digest=pin.digest)
        (folder / "status.pem").write_text(self.office.status_key.to_pem(), "utf-8")
        published = self.office.store.bundle().content
        here = f"http://127.0.0.1:{server.server_port}"

        def answer(handler: Handler) -> None:
            handler.reply(published if handler.path == "/bundle.cbor" else self.web.read_bytes())

        server.answer = answer
        self._instead = {
            PROGRAM: str(BIN / "healthpass"),
            "%S/healthpass-office/store": str(office / "trust"),
            "%S": str(self.state),
            "%d": str(folder),
            "%%": "%",
            "$$": "$",
            "/var/backups/healthpass": str(self.backups),
            "https://wjw.zj.example": here,
            "https://status.hz.example/lists.cbor": f"{here}/lists.cbor",
            "https://status.hz.example/wjw": ADDRESS,
        }

    def start(self, unit: str) -> None:
        """Run the commands of a service, in order."""
        service = settings(UNITS / f"{unit}.service")
        fine = {
            0,
            *(int(code) for codes in service.get("Service.SuccessExitStatus", []) for code in codes.split()),
        }
        for command in service["Service.ExecStart"]:
            for old, new in self._instead.items():
                command = command.replace(old, new)  # noqa: PLW2901
            done = subprocess.run(
                shlex.split(command),
                env=os.environ | {"NO_PROXY": "*"},
                capture_output=True,
                text=True,
                check=False,
                timeout=60,
            )
            assert done.returncode in fine, f"{command}\n{done.stdout}\n{done.stderr}"


@pytest.fixture
def machine(tmp_path: Path) -> Iterator[Machine]:
    """Give a computer whose web server runs."""
    with served(Server()) as server:
        made = Machine(tmp_path, server)
        with made.office.ledger:
            yield made


class TestUnits:
    def test_each_timer_has_a_service(self) -> None:
        """A timer starts the service of its name, once, and is started with the computer."""
        assert len(TIMERS) >= 5
        for name in TIMERS:
            timer = settings(UNITS / f"{name}.timer")
            assert timer["Install.WantedBy"] == ["timers.target"]
            assert timer["Timer.OnCalendar"]
            assert settings(UNITS / f"{name}.service")["Service.Type"] == ["oneshot"]

    def test_each_service_is_hardened(self) -> None:
        """No service is root; what is written for all of them by its prefix holds for each."""
        common = settings(UNITS / "healthpass-.service.d" / "hardened.conf")
        assert common["Service.ProtectSystem"] == ["strict"]
        for path in UNITS.glob("healthpass-*.service"):
            service = settings(path)
            assert service["Service.User"][0].startswith("healthpass-")
            assert service["Service.User"][0] in (UNITS / "healthpass.sysusers").read_text("utf-8")
            assert service["Service.StateDirectory"]
            keys = [
                word for line in service["Service.ExecStart"] for word in line.split() if word.endswith(".pem")
            ]
            assert all(
                word.startswith("%d/") for word in keys
            )  # a credential, not a file that the account can read

    @pytest.mark.skipif(not shutil.which("systemd-analyze"), reason="systemd-analyze is not installed")
    def test_systemd_reads_them(self, tmp_path: Path) -> None:
        """Systemd finds no fault with them, and little exposed."""
        shutil.copytree(UNITS, tmp_path, dirs_exist_ok=True)
        for path in tmp_path.glob("*.service"):  # it wants each program to be there
            path.write_text(path.read_text("utf-8").replace(PROGRAM, str(BIN / "healthpass")), "utf-8")
        names = sorted(path.name for path in (*tmp_path.glob("*.service"), *tmp_path.glob("*.timer")))
        environment = os.environ | {"SYSTEMD_UNIT_PATH": f"{tmp_path}:"}
        for check in (["verify"], ["security", "--offline=true", "--threshold=20"]):
            some = [
                name
                for name in names
                if check == ["verify"] or (name.startswith("healthpass") and "service" in name)
            ]
            done = subprocess.run(
                ["systemd-analyze", "--no-pager", *check, *(f"./{name}" for name in some)],
                cwd=tmp_path,
                env=environment,
                stdout=subprocess.PIPE,
                stderr=subprocess.STDOUT,
                text=True,
                check=False,
            )
            assert done.returncode == 0, done.stdout
            assert check != ["verify"] or not done.stdout


class TestCommands:
    def test_do_what_they_say(self, machine: Machine) -> None:
        """Lists go from the office to the gate, the numbers to node_exporter, and a copy to another disk."""
        issuer = Issuer(OFFICE, signer=machine.office.key, lifetime=DAY, ledger=machine.office.ledger)
        code = issuer.issue(HealthCode(color=Color.GREEN), by="officer 17", why="declaration")
        for unit in ("healthpass-office-update", "healthpass-office-publish", "healthpass-office-publish"):
            machine.start(unit)  # the second time in the place of the first
        machine.start("healthpass-gate-update")
        assert Verifier(machine.gate.registry).judge(code.text).verdict == "valid"
        machine.start("healthpass-gate-health")
        numbers = (machine.state / "healthpass-health" / "healthpass.prom").read_text("utf-8")
        assert 'healthpass_level{what="store"' in numbers
        assert "healthpass_lists" in numbers
        machine.start("healthpass-office-night")
        assert len(list(machine.backups.iterdir())) == 1
