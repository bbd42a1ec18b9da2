"""Fetching bundles from a server that helps, and from one that does not."""

import contextlib
import gzip
import hashlib
import http.server
import os
import shutil
import ssl
import subprocess
import sys
import threading
import time
from collections.abc import Callable, Iterator
from datetime import timedelta
from functools import partial
from pathlib import Path
from typing import Any

import pytest

from authorities import Region, contents, states_of
from forging import AT, NOW
from healthpass.store import StoreError, TrustStore
from healthpass.trust import _held_lists
from listing import add_office

httpx = pytest.importorskip("httpx")

from healthpass.fetch import FetchError, fetch  # noqa: E402
from healthpass.store import _fetch as fetching  # noqa: E402 - what it needs may be missing


class Server(http.server.ThreadingHTTPServer):
    """A server on this machine, which answers as it is told.

    Attributes:
        answer: writes the answer to a request.
        asked: the headers of the requests that came.
    """

    daemon_threads = True
    block_on_close = False

    def __init__(self) -> None:
        super().__init__(("127.0.0.1", 0), Handler)
        self.answer: Callable[[Handler], None] = lambda handler: handler.reply(b"")
        self.asked: list[dict[str, str]] = []

    @property
    def url(self) -> str:
        """The address of its bundle."""
        return f"http://127.0.0.1:{self.server_port}/bundle"

    def handle_error(self, *_: Any) -> None:
        """Say nothing of clients that went away: they were meant to."""


class Handler(http.server.BaseHTTPRequestHandler):
    """One request."""

    server: Server
    protocol_version = "HTTP/1.1"

    def do_GET(self) -> None:
        """Answer."""
        self.server.asked.append(dict(self.headers.items()))
        self.close_connection = True
        self.server.answer(self)

    def reply(self, body: bytes, status: int = 200, *, length: int | None = None, **headers: str) -> None:
        """Answer with these headers; the length is that of the body unless given, and left out where negative."""
        self.send_response(status)
        for name, value in headers.items():
            self.send_header(name.replace("_", "-"), value)
        if length is None or length >= 0:
            self.send_header("Content-Length", str(len(body) if length is None else length))
        self.end_headers()
        self.wfile.write(body)

    def log_message(self, *_: Any) -> None:
        """Say nothing."""


@contextlib.contextmanager
def served(server: Server) -> Iterator[Server]:
    """Let a server serve."""
    thread = threading.Thread(target=partial(server.serve_forever, poll_interval=0.01))
    thread.start()
    try:
        yield server
    finally:
        server.shutdown()
        server.server_close()
        thread.join()


@pytest.fixture
def server() -> Iterator[Server]:
    """Give a server."""
    with served(Server()) as running:
        yield running


@pytest.fixture
def region() -> Region:
    """Give an authority that has published."""
    made = Region("CN-33")
    made.publish()
    return made


@pytest.fixture
def store(region: Region, tmp_path: Path) -> TrustStore:
    """Give a store that has the authority pinned."""
    made = TrustStore.create(tmp_path / "trust")
    made.pin(region.id, version=1, digest=region.pin.digest)
    return made


def drip(handler: Handler, *, body: bool) -> None:
    """Answer a byte at a time, without end."""
    handler.wfile.write(b"HTTP/1.1 200 OK\r\n" + b"Content-Length: 1000000\r\n\r\n" * body)
    while True:
        handler.wfile.write(b"A")
        handler.wfile.flush()
        time.sleep(0.02)


def leads_to(location: str, status: int = 302) -> Callable[[Handler], None]:
    """Answer with a redirect."""
    return lambda handler: handler.reply(b"", status, Location=location)


def chunked(handler: Handler, *pieces: bytes, end: bytes = b"0\r\n\r\n") -> None:
    """Answer in chunks."""
    handler.reply(b"", length=-1, Transfer_Encoding="chunked")
    handler.wfile.write(b"".join(b"%x\r\n%b\r\n" % (len(piece), piece) for piece in pieces) + end)


class TestAnswers:
    def test_a_bundle(self, server: Server) -> None:
        """A bundle comes with its ETag; nothing but what is needed is told to the server."""
        server.answer = lambda handler: handler.reply(b"bundle", ETag='"1"')
        assert fetch(server.url)[:2] == (b"bundle", '"1"')
        (asked,) = server.asked
        assert asked["Accept-Encoding"] == "identity"
        assert not asked.keys() & {"Authorization", "Cookie", "If-None-Match", "Referer"}
        assert asked["User-Agent"] == "healthpass"

    def test_in_chunks(self, server: Server) -> None:
        """An answer in chunks is as good as one with a length."""
        server.answer = lambda handler: chunked(handler, b"bun", b"dle")
        assert fetch(server.url)[:2] == (b"bundle", None)

    def test_not_modified(self, server: Server) -> None:
        """Who has it already is told so."""
        server.answer = lambda handler: handler.reply(b"", 304)
        assert fetch(server.url, etag='W/"1"')[:2] == (None, 'W/"1"')
        assert server.asked[0]["If-None-Match"] == 'W/"1"'

    @pytest.mark.parametrize("etag", ["1", '"' + "a" * 300 + '"', '"a b"', "", 'w/"1"'])
    def test_what_is_no_etag_is_not_kept(self, server: Server, etag: str) -> None:
        """An ETag that breaks its grammar, or is too long to keep, is as none."""
        server.answer = lambda handler: handler.reply(b"bundle", ETag=etag)
        assert fetch(server.url).etag is None

    def test_the_largest(self, server: Server) -> None:
        """What has just the size that is taken is taken."""
        server.answer = lambda handler: handler.reply(b"12345")
        assert fetch(server.url, at_most=5).content == b"12345"

    @pytest.mark.parametrize("status", [301, 302, 303, 307, 308])
    @pytest.mark.parametrize("where", ["/other", "?part=2", "{url}/there"])
    def test_a_redirect_on_the_same_host(self, server: Server, status: int, where: str) -> None:
        """A redirect to the same host and port is followed."""

        def answer(handler: Handler) -> None:
            if handler.path == "/bundle":
                leads_to(where.format(url=server.url), status)(handler)
            else:
                handler.reply(b"bundle", Set_Cookie="a=b")

        server.answer = answer
        assert fetch(server.url).content == b"bundle"
        assert len(server.asked) == 2

    @pytest.mark.parametrize(
        "date", ["", "soon", "Sun, 01 Nov 99999999999 00:00:00 GMT", "0" * 9000, "\xff", "-1"]
    )
    def test_a_date_that_is_none(self, server: Server, date: str) -> None:
        """What an address says of the time is not needed for what it brings."""

        def answer(handler: Handler) -> None:
            handler.send_response_only(200)
            handler.send_header("Date", date)
            handler.send_header("Content-Length", "6")
            handler.end_headers()
            handler.wfile.write(b"bundle")

        server.answer = answer
        assert fetch(server.url) == (b"bundle", None, None)


class TestRefusals:
    """Each of these leaves the store unchanged, and the error says what happened."""

    @pytest.fixture
    def refused(
        self, server: Server, store: TrustStore, region: Region, monkeypatch: pytest.MonkeyPatch
    ) -> Callable[..., str]:
        """Give a check that an update fails, which returns what the error says."""
        store.update(region.bundle(), at=NOW)

        def check(answer: Callable[[Handler], None], url: str = "", **options: Any) -> str:
            monkeypatch.setattr(fetching, "fetch", partial(fetch, **options))
            server.answer = answer
            before = contents(store.path)
            with pytest.raises(StoreError) as caught:
                store.update_from(url or server.url, at=NOW)
            assert contents(store.path) == before
            return str(caught.value)

        return check

    def test_too_large(self, refused: Callable[..., str]) -> None:
        """An answer that says it is too large is not read; one that does not is cut off."""
        says = "the answer has more than 9 bytes"
        assert says in refused(lambda handler: handler.reply(b"", length=10), at_most=9)
        assert says in refused(lambda handler: handler.reply(b"", length=10**18), at_most=9)
        assert says in refused(lambda handler: chunked(handler, b"123456", b"7890"), at_most=9)
        endless = (b"x" * 1000 for _ in iter(int, 1))
        assert says in refused(lambda handler: chunked(handler, next(endless), next(endless), end=b""), at_most=9)

    @pytest.mark.parametrize("length", ["-1", "1_0", "٣", "0x10", "", "9, 8", "9" * 5000, "0" * 5000])
    def test_what_is_no_length(self, refused: Callable[..., str], length: str) -> None:
        """A length that is no number is no answer."""

        def answer(handler: Handler) -> None:
            handler.wfile.write(f"HTTP/1.1 200 OK\r\nContent-Length: {length}\r\n\r\nbundle".encode())

        assert "cannot fetch" in refused(answer)

    def test_truncated(self, refused: Callable[..., str], region: Region) -> None:
        """An answer that ends early is no answer, also where what came is whole documents."""
        for part in (region.roots[0], b""):
            assert "RemoteProtocolError" in refused(
                lambda handler, part=part: handler.reply(part, length=len(region.bundle()))
            )
        assert "RemoteProtocolError" in refused(lambda handler: chunked(handler, region.roots[0], end=b""))
        assert "does not say where it ends" in refused(lambda handler: handler.reply(region.roots[0], length=-1))

    def test_slow(self, refused: Callable[..., str]) -> None:
        """An answer that drips is cut off in the end, in its headers and in its body; silence ends sooner."""
        for body in (False, True):
            start = time.monotonic()
            says = refused(partial(drip, body=body), deadline=0.3)
            assert "it took more than 0.3 s" in says
            assert time.monotonic() - start < 60
        assert "nothing came for 0.5 s" in refused(lambda _: time.sleep(3), timeout=0.5)

    def test_the_deadline_is_what_is_told(
        self, refused: Callable[..., str], monkeypatch: pytest.MonkeyPatch
    ) -> None:
        """The error names the deadline, and not the connection that was closed because of it."""
        stop = fetching._Work.stop

        def stop_and_wait(work: fetching._Work) -> None:
            stop(work)
            for thread in threading.enumerate():
                if thread.name == "healthpass-fetch" and thread is not threading.current_thread():
                    thread.join(60)

        monkeypatch.setattr(fetching._Work, "stop", stop_and_wait)
        assert "it took more than 0.2 s" in refused(partial(drip, body=False), deadline=0.2)

    def test_no_work_goes_on(self, refused: Callable[..., str]) -> None:
        """What was given up is not worked on in the background."""
        refused(partial(drip, body=False), deadline=0.2)
        for thread in threading.enumerate():
            if thread.name == "healthpass-fetch":
                thread.join(5)
                assert not thread.is_alive()

    @pytest.mark.parametrize("encoding", ["gzip", "br", "deflate", "identity, gzip"])
    def test_compressed(self, refused: Callable[..., str], region: Region, encoding: str) -> None:
        """A compressed answer is refused unopened: it was not asked for, and could be a bomb."""
        body = gzip.compress(region.bundle())
        says = refused(lambda handler: handler.reply(body, Content_Encoding=encoding))
        assert "the answer is compressed" in says

    @pytest.mark.parametrize("status", [201, 204, 206, 300, 304, 401, 403, 404, 429, 500, 503])
    def test_statuses(self, refused: Callable[..., str], status: int) -> None:
        """Any status but 200 is an error that names it; also 304 where nothing was held."""
        assert f"the answer is {status}" in refused(lambda handler: handler.reply(b"", status))

    def test_empty(self, refused: Callable[..., str]) -> None:
        """An empty answer is no bundle."""
        assert "the answer is empty" in refused(lambda handler: handler.reply(b""))

    def test_no_http(self, refused: Callable[..., str]) -> None:
        """What is no HTTP is an error."""
        assert "RemoteProtocolError" in refused(
            lambda handler: handler.wfile.write(b"SSH-2.0-nothing\r\n") and None
        )

    @pytest.mark.parametrize(
        "where",
        [
            "http://localhost:{port}/bundle",
            "http://127.0.0.1:1/bundle",
            "http://127.0.0.1/bundle",
            "https://127.0.0.1:{port}/bundle",
            "//127.0.0.2:{port}/bundle",
            "https://example.org/bundle",
            "http://user:secret@127.0.0.1:{port}/bundle",
            "file:///etc/passwd",
            "http://[",
            "http://127.0.0.1:99999999/",
            "",
        ],
    )
    def test_redirects_to_another_place(self, refused: Callable[..., str], server: Server, where: str) -> None:
        """A redirect to another scheme, host or port, or to none, is not followed."""
        assert "which is another place" in refused(leads_to(where.format(port=server.server_port)))
        assert len(server.asked) == 1

    def test_circles(self, refused: Callable[..., str], server: Server) -> None:
        """Redirects end."""
        assert "more than 3 times" in refused(leads_to("/bundle"))
        assert len(server.asked) == 4

    def test_nobody_there(self, refused: Callable[..., str]) -> None:
        """A port where nobody listens is an error."""
        with Server() as gone:
            url = gone.url
        assert "ConnectError" in refused(lambda _: None, url)

    def test_without_httpx(self, store: TrustStore, monkeypatch: pytest.MonkeyPatch) -> None:
        """Without httpx, the error names the extra."""
        monkeypatch.delitem(sys.modules, "healthpass.store._fetch")
        monkeypatch.setitem(sys.modules, "httpx", None)
        with pytest.raises(StoreError, match=r"needs httpx: pip install 'healthpass\[http\]'"):
            store.update_from("https://example.org/bundle")


class TestAddresses:
    @pytest.mark.parametrize(
        ("url", "says"),
        [
            ("http://example.org/bundle", "is not https"),
            ("http://127.1/bundle", "is not https"),
            ("http://2130706433/bundle", "is not https"),
            ("http://localhost.example.org/", "is not https"),
            ("http://0.0.0.0/", "is not https"),
            ("http://10.0.0.1/", "is not https"),
            ("ftp://127.0.0.1/bundle", "is not https"),
            ("file:///etc/passwd", "names no host"),
            ("https://", "names no host"),
            ("https:///bundle", "names no host"),
            ("https://a\nb/", "cannot be read"),
            ("https://[::1", "cannot be read"),
            ("https://\ud800.cn/", "cannot be read"),
            ("https://example.org:port/", "cannot be read"),
            ("https://" + "a" * 2048, "more than 2,048 characters"),
        ],
    )
    def test_that_are_refused(self, url: str, says: str) -> None:
        """What is not https to somewhere, nor this machine, is not asked."""
        with pytest.raises(FetchError, match=says):
            fetch(url)

    @pytest.mark.parametrize("user", ["user:secret", "user", ":secret"])
    def test_credentials_are_refused_and_not_repeated(self, user: str) -> None:
        """An address with a password is refused, and the error does not show it."""
        with pytest.raises(FetchError, match="user name or a password") as caught:
            fetch(f"https://{user}@example.org/bundle")
        assert "secret" not in str(caught.value)

    @pytest.mark.parametrize("host", ["127.0.0.1", "localhost", "127.8.9.10", "[::1]"])
    def test_this_machine(self, host: str) -> None:
        """Without TLS, this machine may be asked."""
        with Server() as gone:
            port = gone.server_port
        with pytest.raises(FetchError, match="ConnectError"):
            fetch(f"http://{host}:{port}/", timeout=2)

    def test_the_proxy_is_not_asked_for_this_machine(
        self, server: Server, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        """A proxy of the environment sees nothing of what stays on this machine, and serves the rest."""
        server.answer = lambda handler: handler.reply(b"bundle")
        monkeypatch.delenv("NO_PROXY", raising=False)
        monkeypatch.delenv("no_proxy", raising=False)
        with Server() as gone:
            for name in ("HTTP_PROXY", "HTTPS_PROXY", "ALL_PROXY", "http_proxy", "https_proxy", "all_proxy"):
                monkeypatch.setenv(name, f"http://127.0.0.1:{gone.server_port}")
        assert fetch(server.url).content == b"bundle"
        with pytest.raises(FetchError, match="ConnectError"):
            fetch("https://example.invalid/bundle")
        for name in ("HTTPS_PROXY", "https_proxy"):
            monkeypatch.setenv(name, "nonsense://127.0.0.1")
        with pytest.raises(FetchError, match="cannot fetch"):
            fetch("https://example.invalid/bundle")

    def test_no_credentials_of_the_user(
        self, server: Server, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
    ) -> None:
        """What stands in a netrc file is told to nobody."""
        (tmp_path / ".netrc").write_text("machine 127.0.0.1 login user password secret\n")
        monkeypatch.setenv("HOME", str(tmp_path))
        monkeypatch.setenv("NETRC", str(tmp_path / ".netrc"))
        server.answer = lambda handler: handler.reply(b"bundle")
        fetch(server.url)
        assert "Authorization" not in server.asked[0]


class TestTLS:
    def test_https(self, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
        """A server is believed by its certificate, also by one of the environment; it may not lead to http."""
        if not shutil.which("openssl"):
            pytest.skip("openssl makes the certificate")
        key, certificate = tmp_path / "key.pem", tmp_path / "certificate.pem"
        command = (
            "openssl req -x509 -newkey ec -pkeyopt ec_paramgen_curve:P-256 -nodes -days 2 -subj /CN=localhost"
        )
        files = ["-addext", "subjectAltName=IP:127.0.0.1", "-keyout", str(key), "-out", str(certificate)]
        subprocess.run([*command.split(), *files], check=True, capture_output=True)
        for name in ("HTTPS_PROXY", "https_proxy", "ALL_PROXY", "all_proxy"):
            monkeypatch.delenv(name, raising=False)
        context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
        context.load_cert_chain(certificate, key)
        server = Server()
        server.socket = context.wrap_socket(server.socket, server_side=True)
        url = server.url.replace("http:", "https:")
        server.answer = lambda handler: handler.reply(b"bundle")
        with served(server):
            with pytest.raises(FetchError, match="(?i)certificate"):
                fetch(url)
            monkeypatch.setenv("SSL_CERT_FILE", str(certificate))
            assert fetch(url).content == b"bundle"
            server.answer = leads_to(server.url)
            with pytest.raises(FetchError, match="which is another place"):
                fetch(url)
            server.answer = partial(drip, body=False)
            with pytest.raises(FetchError, match="it took more than"):
                fetch(url, deadline=0.3)


class TestStore:
    def test_is_updated(self, server: Server, store: TrustStore, region: Region) -> None:
        """What comes from an address is applied as what comes from a file is."""
        server.answer = lambda handler: handler.reply(region.bundle())
        assert [result.outcome for result in store.update_from(server.url, at=NOW)] == ["applied"] * 2
        assert states_of(store)[0].registry == region.registries[0]

    def test_wrong_content_changes_nothing(self, server: Server, store: TrustStore, region: Region) -> None:
        """A page in place of a bundle is refused as a document is, and its ETag not kept."""
        store.update(region.bundle(), at=NOW)
        before = contents(store.path)
        server.answer = lambda handler: handler.reply(b"<html>please log in</html>", ETag='"1"')
        (result,) = store.update_from(server.url, at=NOW)
        assert result.outcome == "malformed-envelope"
        assert contents(store.path) == before

    def test_asks_only_for_news(self, server: Server, store: TrustStore, region: Region) -> None:
        """The ETag is kept across processes and honoured, until the store holds something else."""

        def answer(handler: Handler) -> None:
            etag = f'"{region.version}"'
            if handler.headers.get("If-None-Match") == etag:
                handler.reply(b"", 304)
            else:
                handler.reply(region.bundle(), ETag=etag)

        server.answer = answer

        def update() -> tuple[str | None, list[str]]:
            results = TrustStore.open(store.path).update_from(server.url, at=NOW)
            return server.asked[-1].get("If-None-Match"), [str(result.outcome) for result in results]

        assert update() == (None, ["applied", "applied"])
        assert update() == ('"1"', [])
        region.publish()
        assert update() == ('"1"', ["unchanged", "applied"])
        assert update() == ('"2"', [])
        store.pin("CN-31", version=1, digest=bytes(32))  # now other documents of the same bundle may count
        assert update() == (None, ["unchanged", "unchanged"])
        assert update() == ('"2"', [])
        store.unpin("CN-31")
        region.publish()
        store.update(region.bundle(), at=NOW)  # from elsewhere
        assert update() == (None, ["unchanged", "unchanged"])
        assert update() == ('"3"', [])

    def test_what_was_refused_is_asked_for_again(self, server: Server, store: TrustStore, region: Region) -> None:
        """A document that was refused may be taken another time: the bundle with it is fetched again."""
        region.publish(claims={6: AT + 2 * 86_400})
        server.answer = lambda handler: handler.reply(region.bundle(), ETag='"1"')
        for _ in range(2):
            assert store.update_from(server.url, at=NOW)[-1].outcome == "dated-ahead"
        assert "If-None-Match" not in server.asked[-1]

    def test_no_etag_is_kept_while_nothing_is_in_force(
        self, server: Server, store: TrustStore, region: Region
    ) -> None:
        """A clock that is far ahead does not keep a store from asking for all of it again."""
        server.answer = lambda handler: handler.reply(region.bundle(), ETag='"1"')
        store.update_from(server.url, at=NOW + timedelta(days=40))
        store.update_from(server.url, at=NOW)
        assert "If-None-Match" not in server.asked[-1]
        store.update_from(server.url, at=NOW)
        assert server.asked[-1]["If-None-Match"] == '"1"', "by a clock that can be right it is kept"

    def test_no_etag_is_kept_by_another_clock(self, server: Server, store: TrustStore, region: Region) -> None:
        """A clock that differs from the server's by more than a day keeps none either, and that is told."""

        def answer(handler: Handler) -> None:
            body = region.bundle()
            handler.send_response_only(200)
            handler.send_header("Date", "Thu, 01 Oct 2026 00:00:00 GMT")
            handler.send_header("ETag", '"1"')
            handler.send_header("Content-Length", str(len(body)))
            handler.end_headers()
            handler.wfile.write(body)

        server.answer = answer
        for _ in range(2):
            update = store.update_from_all([server.url], at=NOW)
            assert update.clock_ahead is not None
            assert update.clock_ahead > timedelta(days=1)
            assert "If-None-Match" not in server.asked[-1]

    def test_registry_and_lists_at_two_addresses(self, server: Server, tmp_path: Path, region: Region) -> None:
        """New lists every few minutes cost no gate the registry again: each address is 304 by itself."""
        office = add_office(region, "CN-33-02.WJW")
        region.publish()
        store = TrustStore.create(tmp_path / "gate")
        store.pin(region.id, version=1, digest=region.pin.digest)
        sent: list[tuple[str, int, int]] = []
        lists = office.status_list()

        def answer(handler: Handler) -> None:
            body = region.bundle() if handler.path == "/registry" else lists
            etag = f'"{hashlib.sha256(body).hexdigest()}"'
            status = 304 if handler.headers.get("If-None-Match") == etag else 200
            body = b"" if status == 304 else body
            sent.append((handler.path, status, len(body)))
            handler.reply(body, status, ETag=etag)

        server.answer = answer
        addresses = [server.url.replace("/bundle", path) for path in ("/registry", "/lists")]

        def update() -> list[tuple[str, int]]:
            sent.clear()
            assert not store.update_from_all(addresses, at=NOW).problems
            return [(path, status) for path, status, _ in sent]

        assert update() == [("/registry", 200), ("/lists", 200)]
        os.utime(store.path / "lock", (0, 0))
        assert update() == [("/registry", 304), ("/lists", 304)]
        assert store.updated_at is not None
        assert store.updated_at.year > 1970, (
            "an update that brings nothing is one, for those who watch over the timer"
        )
        lists = office.status_list([7], issued=AT + 60)
        assert update() == [("/registry", 304), ("/lists", 200)]
        assert sum(size for path, _, size in sent if path == "/registry") == 0
        for number in range(2, 6):
            lists = office.status_list([8], issued=AT + 60 * number)
            assert update() == [("/registry", 304), ("/lists", 200)], "each time anew"
        region.publish()
        assert update() == [("/registry", 200), ("/lists", 200)], "by another registry other lists may count"
        assert update() == [("/registry", 304), ("/lists", 304)]

    def test_a_list_that_had_to_go_is_asked_for_again(
        self, server: Server, store: TrustStore, region: Region, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        """Where lists of one address push out one of another, that one's ETag is not kept."""
        office = add_office(region, "CN-33-02.WJW")
        region.publish()
        store.update(region.bundle(), at=NOW)
        lists = {"/a": office.status_list(number=1), "/b": office.status_list(number=2, issued=AT + 60)}
        server.answer = lambda handler: handler.reply(lists[handler.path], ETag=f'"{handler.path}"')
        addresses = [server.url.replace("/bundle", path) for path in lists]
        monkeypatch.setattr(_held_lists, "MAX_ISSUER_LISTS", 1)
        for _ in range(2):
            store.update_from_all(addresses, at=NOW + timedelta(minutes=2))
            assert "If-None-Match" not in server.asked[-2]

    def test_what_others_need_is_not(self, server: Server, store: TrustStore, region: Region) -> None:
        """The roots before the one that was pinned, and strangers, do not have an honest bundle fetched again."""
        for keys in ((4, 5, 6), (5, 6, 7)):
            region.rotate(root_keys=keys)
        region.publish()
        store.unpin(region.id)
        store.pin(region.id, version=3, digest=region.pin.digest)
        bundle = region.bundle(Region("CN-31"))
        server.answer = lambda handler: handler.reply(bundle, ETag='"1"')
        told = [str(result.outcome) for result in store.update_from(server.url, at=NOW)]
        assert set(told) == {"unknown-signer", "threshold-not-met", "applied"}
        store.update_from(server.url, at=NOW)
        assert server.asked[-1]["If-None-Match"] == '"1"'

    def test_several_addresses(self, server: Server, store: TrustStore, region: Region) -> None:
        """Each address has its ETag; they do not grow without end."""
        server.answer = lambda handler: handler.reply(region.bundle(), ETag=f'"{handler.path}"')
        for number in range(70):
            store.update_from(f"{server.url}{number}", at=NOW)
        for number, known in ((69, True), (0, False)):
            store.update_from(f"{server.url}{number}", at=NOW)
            assert ("If-None-Match" in server.asked[-1]) == known
        assert len(store._keeper.load().kept.record.sources) == 64
