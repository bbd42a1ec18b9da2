"""The gate of docs/examples as a service: what a back end gets, and a back end in Java over a real port."""

import os
import re
import shutil
import socket
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from time import sleep
from typing import Any

import httpx
import pytest

from asgi_client import Client
from gate_app import gate
from healthpass import Challenge, Color, HealthCode, HolderKey, Issuer, Reason, present
from healthpass.ledger import publish
from healthpass.shared import open_memory
from trusted_office import ADDRESS, DAY, NOW, OFFICE, Office

EXAMPLES = Path(__file__).resolve().parent.parent / "docs" / "examples"
JARS = (
    "/usr/share/java/jackson-annotations.jar:/usr/share/java/jackson-core.jar:/usr/share/java/jackson-databind.jar"
)
TRIES = 300  # a tenth of a second each


class Gate:
    """An office, a gate's store that holds its lists, and codes of it."""

    def __init__(self, office: Office, folder: Path) -> None:
        self.store, self.shared = folder / "trust", folder / "shared"
        self.phone = HolderKey.generate()
        issuer = Issuer(OFFICE, signer=office.key, lifetime=DAY, ledger=office.ledger)
        by, why = "officer 17", "the declaration of today"
        self.green = issuer.issue(HealthCode(color=Color.GREEN, holder="张*丰"), by=by, why=why)
        self.yellow = issuer.issue(
            HealthCode(color=Color.YELLOW, reason=Reason.EXPOSURE, until=NOW + 7 * DAY), by=by, why=why
        )
        self.bound = issuer.issue(HealthCode(color=Color.GREEN), holder_key=self.phone.public_key, by=by, why=why)
        withdrawn = issuer.issue(HealthCode(color=Color.GREEN, holder="李*"), by=by, why=why)
        office.ledger.revoke(withdrawn.cti, by=by, why="the test was positive")
        self.withdrawn = withdrawn
        for signed in publish(office.ledger, ADDRESS, office.status_key, lifetime=DAY).values():
            office.store.update(signed)

    def client(self) -> Client:
        """Return a client of a service of this gate."""
        return Client(gate(self.store, open_memory(str(self.shared))))


@pytest.fixture
def made(tmp_path: Path) -> Iterator[Gate]:
    """Return a gate that holds the newest lists."""
    office = Office(tmp_path)
    with office.ledger:
        yield Gate(office, tmp_path)


def judged(client: Client, text: str, **more: Any) -> dict[str, Any]:
    """Return the judgement of a text."""
    answer = client.post("/verifications", json={"text": text, **more})
    assert answer.status_code == 200, answer.text
    found: dict[str, Any] = answer.json()
    return found


class TestService:
    def test_judges(self, made: Gate) -> None:
        """A good code is valid; a withdrawn one is not, and nothing of it is told."""
        client = made.client()
        assert judged(client, made.green.text)["holder"] == "张*丰"
        refused = judged(client, made.withdrawn.text)
        assert (refused["verdict"], refused["outcome"]) == ("revoked", "not valid")
        assert "李" not in str(refused)
        assert judged(client, "no code")["outcome"] == "not valid"

    def test_a_presentation_passes_once_at_all_workers(self, made: Gate) -> None:
        """Two workers share what they have seen."""
        one, two = made.client(), made.client()
        shown = present(made.bound.text, made.phone)
        assert judged(one, shown)["outcome"] == "valid"
        assert judged(two, shown)["verdict"] == "presentation-stale"

    def test_a_challenge_is_answered_once(self, made: Gate) -> None:
        """A worker takes what another one has shown; the second time the service says to ask again."""
        one, two = made.client(), made.client()
        asked = one.post("/challenges").json()["challenge"]
        shown = present(made.bound.text, made.phone, nonce=Challenge.read(asked))
        assert judged(two, shown, challenge=asked)["outcome"] == "valid"
        again = one.post("/verifications", json={"text": shown, "challenge": asked})
        assert again.status_code == 409
        made_up = one.post("/verifications", json={"text": shown, "challenge": "HPC1:ABC"})
        assert made_up.status_code == 409

    @pytest.mark.parametrize(
        "body",
        [
            {},
            {"text": 5},
            {"text": "x" * 4097},
            {"text": "x", "answers": {"fever": "no"}},
            {"text": "x", "place": "station"},
            {"text": "x", "challenge": "x" * 4097},
        ],
        ids=[
            "nothing",
            "a number",
            "too long",
            "an answer that is a text",
            "a place without a policy",
            "a long challenge",
        ],
    )
    def test_wrong_bodies(self, made: Gate, body: dict[str, Any]) -> None:
        """A wrong request is refused, and not repeated; a text that is no code decides nothing."""
        answer = made.client().post("/verifications", json=body)
        assert answer.status_code == (200 if "place" in body else 422)
        assert "xxx" not in answer.text

    def test_a_name_of_its_own_is_refused_and_not_repeated(self, made: Gate) -> None:
        """A misspelt challenge is a mistake, not a judgement without one; no name that was sent comes back."""
        client = made.client()
        for more in ({"Challenge": "王小明"}, {"answers": {"王小明": "?"}}, {"王小明": 1}):
            answer = client.post("/verifications", json={"text": made.green.text, **more})
            assert (answer.status_code, "王小明" in answer.text) == (422, False)

    def test_a_broken_memory(self, made: Gate) -> None:
        """While the workers' memory cannot be used, no showing passes, and whoever watches learns it."""
        client = made.client()
        made.shared.write_bytes(b"no database")
        shown = present(made.bound.text, made.phone)
        assert client.post("/verifications", json={"text": shown}).status_code == 503
        assert client.post("/challenges").status_code == 503
        assert client.get("/health").status_code == 503

    def test_answers_that_nobody_asked_for(self, made: Gate) -> None:
        """Answers at a gate without a policy are a mistake of the caller."""
        body = {"text": made.green.text, "answers": {"fever": False}}
        assert made.client().post("/verifications", json=body).status_code == 422

    def test_health(self, made: Gate) -> None:
        """It is well; and when its store is broken, whoever watches learns it by the status."""
        client = made.client()
        assert client.get("/health").status_code == 200
        for path in made.store.rglob("*"):
            if path.is_file():
                path.write_bytes(b"")
        assert client.get("/health").status_code == 503


@contextmanager
def served(made: Gate) -> Iterator[str]:
    """Run the service with two workers, as its docstring says; give its address."""
    with socket.socket() as one:
        one.bind(("127.0.0.1", 0))
        port = str(one.getsockname()[1])
    settings = {"GATE_STORE": str(made.store), "GATE_SHARED": str(made.shared)}
    command = [sys.executable, "-m", "uvicorn", "--factory", "gate_app:app", "--port", port, "--workers", "2"]
    process = subprocess.Popen(command, cwd=EXAMPLES, env=os.environ | settings, stderr=subprocess.DEVNULL)
    address = f"http://127.0.0.1:{port}"
    try:
        for _ in range(TRIES):
            try:
                httpx.get(f"{address}/health")
                break
            except httpx.TransportError:
                sleep(0.1)
        yield address
    finally:
        process.terminate()
        process.wait(30)


@pytest.mark.parametrize("page", ["examples/gate_app.py", "start/java.md", "start/java.zh.md"])
def test_no_log_of_requests(page: str) -> None:
    """Wherever it is said how to start the service, no log keeps the addresses that are asked for."""
    (start,) = re.findall("^ *uvicorn .*$", (EXAMPLES.parent / page).read_text("utf-8"), re.MULTILINE)
    assert "--no-access-log" in start


class TestJava:
    def test_asks_the_gate(self, made: Gate, tmp_path: Path) -> None:
        """The program answers each line, lets green alone pass, and lets nobody pass when the gate is gone."""
        if not shutil.which("javac") or not all(map(os.path.exists, JARS.split(":"))):
            pytest.skip("needs the packages `default-jdk-headless` and `libjackson2-databind-java` of Debian")
        program = ["javac", "-cp", JARS, "-d", str(tmp_path), str(EXAMPLES / "AskGate.java")]
        subprocess.run(program, check=True)
        texts = [made.green.text, made.yellow.text, made.withdrawn.text, "no code", made.green.text + " "]
        with served(made) as address:
            done = self._run(tmp_path, address, texts)
        assert done[0] == f"+ 张*丰, {OFFICE}"
        assert done[1] == "- yellow"
        assert [line.partition(":")[0] for line in done[2:]] == [
            "- revoked",
            "- malformed-text",
            "- malformed-text",
        ]
        assert self._run(tmp_path, address, texts[:1])[0].startswith("? ")

    @staticmethod
    def _run(classes: Path, address: str, texts: list[str]) -> list[str]:
        command = ["java", "-cp", f"{JARS}:{classes}", "AskGate", address]
        done = subprocess.run(
            command, input="\n".join(texts) + "\n", capture_output=True, text=True, encoding="utf-8", check=False
        )
        assert (done.returncode, done.stderr) == (0, "")
        return done.stdout.splitlines()
