"""The three pages, in Chromium: built, pinned, scanned, shown, without a network; and with a real office."""

import base64
import hashlib
import json
import shutil
import ssl
import subprocess
import sys
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from functools import partial
from http.server import SimpleHTTPRequestHandler, ThreadingHTTPServer
from io import BytesIO
from pathlib import Path
from typing import Final

import pytest
import qrcode

from healthpass import Enrolment, Issuer, SigningKey
from healthpass.ledger import SqliteLedger
from healthpass.store import TrustStore, document_digest
from node import copied, run

ROOT: Final = Path(__file__).parent.parent
sys.path.insert(0, str(ROOT / "docs" / "examples"))
import phone_to_gate  # noqa: E402 - the example whose office these pages meet
from office import office  # noqa: E402

OFFICE: Final = Enrolment("CN-33-01.WJW")


@pytest.fixture(scope="module")
def pages(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A copy of the pages with their packages, and `site`, what was built from them."""
    copy = copied(tmp_path_factory.mktemp("pages"), "pages", "spec/tables", "spec/credential.md", "LICENSE")
    run("node", str(copy / "build.mjs"), str(copy / "site"), cwd=copy)
    return copy


def _video(text: str) -> bytes:
    """A camera's pictures of a phone that moves: frames of JPEG, one after the other."""
    from PIL import Image

    made = qrcode.QRCode(error_correction=qrcode.ERROR_CORRECT_M, box_size=5, border=4)
    made.add_data(text)
    code = made.make_image().convert("L")
    frames = BytesIO()
    for n in range(12):
        frame = Image.new("L", (640, 480), 90)
        turned = code.rotate(n - 6, expand=True, fillcolor=90)
        frame.paste(turned, ((640 - turned.width) // 2 + 3 * n - 18, (480 - turned.height) // 2))
        frame.convert("RGB").save(frames, "JPEG", quality=80)
    return frames.getvalue()


@pytest.fixture(scope="module")
def world(pages: Path) -> Path:
    """A bundle, codes, and what a camera sees of one."""
    folder = pages / "world"
    run("node", str(pages / "test" / "world.mjs"), str(folder), cwd=pages)
    text = json.loads((folder / "world.json").read_text("utf-8"))["codes"]["green"]
    (folder / "green.mjpeg").write_bytes(_video(text))
    with (folder / "green.png").open("wb") as file:
        qrcode.make(text).save(file)
    (folder / "challenge.txt").write_text(OFFICE.challenge(), "ascii")
    return folder


class _Open(SimpleHTTPRequestHandler):
    """Files that pages of other sites may read, as docs/pages.md says; `closed/` has no such header."""

    def end_headers(self) -> None:
        if not self.path.startswith("/closed/"):
            self.send_header("Access-Control-Allow-Origin", "*")
        super().end_headers()

    def log_message(self, *_: object) -> None:
        """Log nothing."""


@contextmanager
def _published(folder: Path) -> Iterator[tuple[str, str]]:
    """Serve a folder over HTTPS; give its address, and the hash of the key by which browsers know it."""
    key, certificate = folder.parent / "server-key.der", folder.parent / "server.crt"
    subject = ("-subj", "/CN=localhost", "-addext", "subjectAltName=DNS:localhost", "-days", "2")
    curve = ("-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:prime256v1", "-nodes", "-keyout", str(key))
    run("openssl", "req", "-x509", *curve, *subject, "-out", str(certificate), cwd=folder)
    public = ("openssl", "pkey", "-in", str(key), "-pubout", "-outform", "DER")
    spki = base64.b64encode(
        hashlib.sha256(subprocess.run(public, capture_output=True, check=True).stdout).digest()
    )
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.load_cert_chain(certificate, key)
    with ThreadingHTTPServer(("localhost", 0), partial(_Open, directory=str(folder))) as server:
        server.socket = context.wrap_socket(server.socket, server_side=True, do_handshake_on_connect=False)
        thread = threading.Thread(target=server.serve_forever, args=(0.01,))
        thread.start()
        yield f"https://localhost:{server.server_port}", spki.decode("ascii")
        server.shutdown()
        thread.join()


@pytest.fixture(scope="module")
def desk(tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    """The office of docs/examples/office.py behind uvicorn, and a server of bundles: what a test has to know."""
    folder = tmp_path_factory.mktemp("desk")
    key, status_key = SigningKey.generate(), SigningKey.generate()
    root, registry = phone_to_gate.listed(key, status_key)
    own = TrustStore.create(folder / "store")
    own.pin_document(root, digest=document_digest(root))
    own.update(root + registry)
    web = folder / "web"
    web.mkdir()
    (web / "authority.cbor").write_bytes(root + registry)
    with (
        SqliteLedger.create(folder / "ledger", phone_to_gate.OFFICE) as ledger,
        _published(web) as (address, spki),
    ):
        issuer = Issuer(
            phone_to_gate.OFFICE, signer=key, lifetime=phone_to_gate.DAY, registry=own.registry, ledger=ledger
        )
        app = office(issuer, ledger, own.registry, status_key, phone_to_gate.BASE)
        with phone_to_gate.serving(app) as served:
            told = {"office": served, "web": address, "folder": str(web), "spki": spki}
            yield json.dumps({**told, "thumbprint": document_digest(root).hex()})


def test_types_hold(pages: Path) -> None:
    """The compiler finds nothing wrong: nothing that may be absent is taken for present."""
    run("npm", "run", "types", cwd=pages)


def test_in_a_browser(pages: Path, world: Path, desk: str) -> None:
    """What `pages/test` says of each page holds in Chromium; the files run side by side."""
    chromium = shutil.which("chromium") or shutil.which("google-chrome")
    if not chromium:
        pytest.skip("needs chromium")
    tests = sorted(str(path) for path in (pages / "test").glob("*.test.js"))
    told = run(
        *("node", "--test", "--test-concurrency=2", "--test-timeout=300000", "--test-reporter=tap", *tests),
        cwd=pages,
        HEALTHPASS_PAGES=str(pages / "site"),
        HEALTHPASS_PAGES_WORLD=str(world),
        HEALTHPASS_PAGES_DESK=desk,
        HEALTHPASS_CHROMIUM=chromium,
    )
    assert len(tests) == 7
    assert "# fail 0" in told
    challenge, proof = ((world / f"{name}.txt").read_text("ascii") for name in ("challenge", "proof"))
    assert OFFICE.check(proof, challenge=challenge) is not None  # the wallet's, by the other implementation
