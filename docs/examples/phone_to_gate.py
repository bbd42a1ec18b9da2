"""From a phone's key to a gate's verdict, over HTTP: enrolment, issuing, publishing, showing, withdrawing.

Run it with `python docs/examples/phone_to_gate.py`. It needs no other computer and leaves no file. It prints:

    The phone has proved its key, and has a green code of CN-33-01.WJW
    The gate has fetched the registry and the lists: 3 applied
    The gate asks, the phone answers: valid
    The same answer once more: presentation-mismatch
    A screenshot of the code: presentation-required
    The office withdraws the code, and publishes: 2 lists
    The gate has fetched the lists: 2 applied
    The gate asks, the phone answers: revoked
"""

import socket
import threading
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from functools import partial
from http.server import SimpleHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from tempfile import TemporaryDirectory

import httpx
import uvicorn
from fastapi import FastAPI

from healthpass import (
    Challenge,
    Color,
    HolderKey,
    Issuer,
    IssuerId,
    RegionId,
    Scope,
    SigningKey,
    Verifier,
    present,
    prove,
)
from healthpass.authority import Entry, KeyRequest, KeyUse, Names, Root, first_registry, import_request, sign
from healthpass.ledger import SqliteLedger
from healthpass.store import TrustStore, document_digest
from office import office

NOW = datetime.now(UTC)
DAY = timedelta(days=1)
OFFICE = IssuerId("CN-33-01.WJW")
BASE = "https://status.hz.example/wjw"  # the name of the lists; where gates fetch them is another question
SCOPE = Scope(colors=list(Color), max_lifetime=DAY, max_bearer_lifetime=DAY)


class Web:
    """A folder that a web server shows; with TLS, anywhere else than on this machine."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        folder.mkdir()

    @contextmanager
    def served(self) -> Iterator[str]:
        """Serve it; give its address."""
        handler = partial(Quiet, directory=str(self.folder))
        with ThreadingHTTPServer(("127.0.0.1", 0), handler) as server:
            thread = threading.Thread(target=server.serve_forever, args=(0.01,))
            thread.start()
            yield f"http://127.0.0.1:{server.server_port}"
            server.shutdown()
            thread.join()

    def put(self, name: str, content: bytes) -> None:
        """Replace a file in one step."""
        (self.folder / "next").write_bytes(content)
        (self.folder / "next").replace(self.folder / name)


class Quiet(SimpleHTTPRequestHandler):
    """A server of files that logs nothing."""

    def log_message(self, *_: object) -> None:
        """Log nothing."""


@contextmanager
def serving(app: FastAPI) -> Iterator[str]:
    """Serve the office by a real server; give its address."""
    with socket.create_server(("127.0.0.1", 0)) as listening:
        server = uvicorn.Server(uvicorn.Config(app, log_level="warning"))
        thread = threading.Thread(target=server.run, kwargs={"sockets": [listening]})
        thread.start()
        yield f"http://127.0.0.1:{listening.getsockname()[1]}"
        server.should_exit = True
        thread.join()


def listed(key: SigningKey, status_key: SigningKey) -> tuple[bytes, bytes]:
    """Make the authority of Zhejiang, which lists the two keys of the office; return its root and its registry."""
    person, machine = SigningKey.generate(), SigningKey.generate()
    root = Root(
        authority=RegionId("CN-33"),
        environment="production",
        epoch=1,
        version=1,
        issued=NOW,
        expires=NOW + 365 * DAY,
        root_keys=(person.public_key,),
        root_threshold=1,
        registry_keys=(machine.public_key,),
        registry_threshold=1,
    )
    registry = first_registry(root, Names("浙江省", "Zhejiang"), at=NOW, lifetime=28 * DAY)
    entry: Entry | None = Entry(Names("杭州市卫生健康委员会", "Hangzhou Health Commission"), "tel:+86-571-12320")
    for one, use in ((key, KeyUse.CREDENTIAL), (status_key, KeyUse.STATUS)):
        request = KeyRequest(
            issuer=OFFICE,
            authority=RegionId("CN-33"),
            environment="production",
            issued=NOW,
            expires=NOW + 7 * DAY,
            public_key=one.public_key,
            use=use,
            valid_from=NOW,
            valid_until=NOW + 365 * DAY,
            scope=SCOPE if use == KeyUse.CREDENTIAL else Scope(),
        )
        registry, entry = import_request(registry, request, new=entry), None
    registry = replace(registry, issuers=(registry.issuers[0]._replace(status=BASE),))
    signed = sign(root, person)
    return signed, sign(registry, machine, root=signed)


def main(folder: Path, stack: ExitStack) -> None:
    """Tell the story; all files lie in the folder."""
    # 1. The authority lists the office's keys, and publishes.
    key, status_key = SigningKey.generate(), SigningKey.generate()
    root, registry = listed(key, status_key)
    web = Web(folder / "web")
    published = stack.enter_context(web.served())
    web.put("bundle.cbor", root + registry)

    # 2. The office has a store, so that it issues nothing that a gate would refuse, and a ledger.
    own = TrustStore.create(folder / "office-store")
    own.pin_document(root, digest=document_digest(root))
    own.update_from(f"{published}/bundle.cbor")
    ledger = stack.enter_context(SqliteLedger.create(folder / "ledger", OFFICE))
    issuer = Issuer(OFFICE, signer=key, lifetime=DAY, registry=own.registry, ledger=ledger)
    desk = stack.enter_context(serving(office(issuer, ledger, own.registry, status_key, BASE)))
    client = stack.enter_context(httpx.Client(base_url=desk, trust_env=False))

    # 3. The officer has identified the holder, and asks for a challenge. The phone makes a key, which never leaves
    #    it, and proves that it has it. The office binds the code to that key.
    phone = HolderKey.generate()
    challenge = client.post("/enrolments").raise_for_status().json()["challenge"]
    order = {
        "health": {"color": "green", "holder": "张*丰"},
        "by": "officer 17",
        "why": "health declaration",
        "proof": prove(challenge, phone, issuer=OFFICE),
    }
    issued = client.post("/codes", json=order).raise_for_status().json()
    print("The phone has proved its key, and has a", issued["health"]["color"], "code of", issued["issuer"])

    # 4. A job publishes the lists, every few minutes.
    def publish() -> int:
        lists = client.post("/lists").raise_for_status().json()
        web.put("lists.cbor", b"".join(map(bytes.fromhex, lists.values())))
        return len(lists)

    publish()

    # 5. A gate pins the authority, and fetches from two addresses.
    store = TrustStore.create(folder / "gate")
    store.pin_document(root, digest=document_digest(root))
    gate = Verifier(store.registry)

    def fetch(*names: str) -> int:
        update = store.update_from_all([f"{published}/{name}" for name in names])
        return sum(result.outcome == "applied" for result in update.results)

    print(f"The gate has fetched the registry and the lists: {fetch('bundle.cbor', 'lists.cbor')} applied")

    # 6. The gate shows a challenge of its own, and the phone answers it.
    def ask() -> tuple[str, str]:
        asked = Challenge()
        answer = present(issued["text"], phone, nonce=Challenge.read(asked.text))
        return answer, gate.judge(answer, nonce=asked.take()).verdict

    answer, verdict = ask()
    print("The gate asks, the phone answers:", verdict)
    print("The same answer once more:", gate.judge(answer, nonce=Challenge().take()).verdict)
    print("A screenshot of the code:", gate.judge(issued["text"]).verdict)

    # 7. The test comes back positive.
    body = {"by": "officer 17", "why": "the test came back positive"}
    client.post(f"/codes/{issued['cti']}/withdrawal", json=body).raise_for_status()
    print(f"The office withdraws the code, and publishes: {publish()} lists")
    print(f"The gate has fetched the lists: {fetch('lists.cbor')} applied")
    print("The gate asks, the phone answers:", ask()[1])


if __name__ == "__main__":
    with TemporaryDirectory() as temporary, ExitStack() as everything:
        main(Path(temporary), everything)
