"""Fetching a bundle from an address, for a trust store (extra: ``http``).

What comes is signed and is judged by its signatures, so that nobody on the way can put words into an authority's
mouth. What is guarded here is the fetching itself: it ends in time, takes at most so many bytes, goes to the place
that was asked for and no other, and tells no secret.

Proxies (``HTTPS_PROXY``) and certificates (``SSL_CERT_FILE``) of the environment are heeded for ``https``, since
many hospitals have no other way out; such a proxy can keep news away and no more. No credentials are taken from
anywhere else. Without TLS there is only this machine: ``http://127.0.0.1``, ``http://[::1]``, ``http://localhost``.
"""

import ipaddress
import re
import socket
import threading
from collections.abc import Mapping
from contextlib import suppress
from datetime import UTC, timedelta
from email.utils import parsedate_to_datetime
from typing import Any, Final, NamedTuple

from healthpass.codec._time import now, whole
from healthpass.documents._bundle import MAX_BUNDLE
from healthpass.words._errors import HealthpassError

try:
    import httpx
except ImportError as err:
    raise ImportError("fetching needs httpx: pip install 'healthpass[http]'") from err

__all__ = ["FetchError", "Fetched", "fetch"]

MAX_ADDRESS: Final = 2048  # characters
MAX_REDIRECTS: Final = 3
TIMEOUT: Final = 20.0  # seconds for connecting, and between two pieces of an answer
DEADLINE: Final = 300.0  # seconds for all of it; 30,000 keys have some 3 MB, and a slow line brings 20 kB in one
_SHOWN: Final = 200  # characters of what a server says
_OK: Final = 200
_NOT_MODIFIED: Final = 304
_REDIRECTS: Final = frozenset({301, 302, 303, 307, 308})
_AGE_DIGITS: Final = 9  # some 31 years
_ETAG: Final = re.compile(r'(?:W/)?"[!#-~]{0,250}"')  # RFC 9110, section 8.8.3, in ASCII


class FetchError(HealthpassError):
    """An address was refused, could not be reached, or did not answer with a whole bundle."""


class Fetched(NamedTuple):
    """What an address answered.

    Attributes:
        content: the bundle; None when it is the one that the ETag stands for.
        etag: the ETag to ask with the next time; None when there is none.
        clock_ahead: how far the clock here is ahead of the answer's `Date`, to a second; None when there is none.
    """

    content: bytes | None
    etag: str | None
    clock_ahead: timedelta | None = None


class _Stopped(Exception):  # noqa: N818 - no error: it ends the work when nobody waits for it any more
    """The deadline has passed."""


def fetch(
    url: str,
    *,
    etag: str | None = None,
    at_most: int = MAX_BUNDLE,
    timeout: float = TIMEOUT,
    deadline: float = DEADLINE,
) -> Fetched:
    """Fetch a bundle.

    Args:
        url: the address, ``https``; ``http`` on this machine alone. Redirects are followed to the same host
            and port alone.
        etag: the ETag of what is there already.
        at_most: how many bytes are taken.
        timeout: how long connecting may take, and the wait for each piece, in seconds.
        deadline: how long everything may take, in seconds.

    Returns:
        The bundle and its ETag.

    Raises:
        FetchError: when it is refused or fails; the message says what happened.
    """
    first = _checked(url)
    work = _Work(first, etag, at_most, timeout)
    # In a thread of its own, because no time-out of a single read ends an answer that drips.
    thread = threading.Thread(target=work.run, name="healthpass-fetch", daemon=True)
    thread.start()
    late = True
    try:
        thread.join(deadline)
        late = thread.is_alive()  # asked before stopping, which ends the work with an error of its own
    finally:
        work.stop()
    if late:
        raise FetchError(f"cannot fetch {str(first)!r}: it took more than {deadline:g} s")
    if not work.fetched:
        raise FetchError(f"cannot fetch {str(first)!r}: {work.why}")
    return work.fetched


class _Work:
    """One fetch, in its thread."""

    def __init__(self, url: httpx.URL, etag: str | None, at_most: int, timeout: float) -> None:
        self._url = url
        self._etag = etag
        self._at_most = at_most
        self._timeout = timeout
        self._stopped = threading.Event()
        self._sockets: list[socket.socket] = []
        self.fetched: Fetched | None = None
        self.why = ""

    def run(self) -> None:
        """Fetch, and leave what came of it in `fetched` or `why`."""
        try:
            self.fetched = self._fetch()
        except FetchError as error:
            self.why = str(error)
        except _Stopped:
            pass
        except httpx.TimeoutException:
            self.why = f"nothing came for {self._timeout:g} s"
        # ValueError and ImportError: a proxy in the environment that httpx cannot use.
        except (httpx.HTTPError, httpx.InvalidURL, OSError, ValueError, ImportError) as error:
            self.why = f"{type(error).__name__}: {str(error)[:_SHOWN]}"

    def stop(self) -> None:
        """End the work, wherever it is: nobody waits any more."""
        self._stopped.set()
        for connection in self._sockets:
            with suppress(OSError):
                # Below TLS, if there is any: that belongs to the other thread.
                socket.socket.shutdown(connection, socket.SHUT_RDWR)

    def _trace(self, event: str, info: Mapping[str, Any]) -> None:
        """Note each connection, from the first byte on."""
        stream = info.get("return_value")
        if event.endswith(".complete") and stream is not None and hasattr(stream, "get_extra_info"):
            connection = stream.get_extra_info("socket")
            if isinstance(connection, socket.socket):
                self._sockets.append(connection)
        if self._stopped.is_set():
            self.stop()

    def _fetch(self) -> Fetched:
        url = self._url
        headers = {"Accept-Encoding": "identity", "User-Agent": "healthpass"}
        if self._etag:
            headers["If-None-Match"] = self._etag
        # Between this machine and itself there is no proxy.
        with _client(timeout=self._timeout, trust_env=url.scheme == "https") as client:
            for _ in range(MAX_REDIRECTS + 1):
                with client.stream("GET", url, headers=headers, extensions={"trace": self._trace}) as response:
                    if response.status_code not in _REDIRECTS:
                        return self._answer(response)
                    url = self._redirected(url, response)
        raise FetchError(f"it leads from one address to another more than {MAX_REDIRECTS} times")

    def _redirected(self, url: httpx.URL, response: httpx.Response) -> httpx.URL:
        location = response.headers.get("Location", "")
        try:
            target = url.join(location)
        except (httpx.InvalidURL, ValueError):
            target = httpx.URL("")
        same = (target.scheme, target.raw_host, target.port) == (url.scheme, url.raw_host, url.port)
        if not location or not same or target.userinfo:
            raise FetchError(
                f"it leads to {location[:_SHOWN]!r}, which is another place; if that is right, use that address"
            )
        return target

    def _answer(self, response: httpx.Response) -> Fetched:
        status, headers = response.status_code, response.headers
        ahead = _clock_ahead(headers)  # before the content, which takes its time
        if status == _NOT_MODIFIED and self._etag:
            return Fetched(None, self._etag, ahead)
        if status != _OK:
            raise FetchError(f"the answer is {status} {response.reason_phrase[:_SHOWN]}".rstrip())
        encoding = headers.get("Content-Encoding", "identity")
        if encoding.lower() != "identity":
            raise FetchError(
                f"the answer is compressed ({encoding[:_SHOWN]!r}), which was not asked for; "
                "the server must send the bundle as it is"
            )
        chunked = headers.get("Transfer-Encoding", "").lower() == "chunked"
        size = headers.get("Content-Length", "")
        if not chunked and not (size.isascii() and size.isdigit()):
            raise FetchError("the answer does not say where it ends, so that a part of it could be missing")
        too_large = FetchError(f"the answer has more than {self._at_most:,} bytes")
        if not chunked and (len(size.lstrip("0")) > len(str(self._at_most)) or int(size) > self._at_most):
            raise too_large
        content = bytearray()
        for piece in response.iter_raw():
            content += piece
            if len(content) > self._at_most:
                raise too_large
            if self._stopped.is_set():
                raise _Stopped
        if not content:
            raise FetchError("the answer is empty")
        etag = headers.get("ETag", "")
        return Fetched(bytes(content), etag if _ETAG.fullmatch(etag) else None, ahead)


def _clock_ahead(headers: Mapping[str, str]) -> timedelta | None:
    """Return how far the clock here is ahead of the time that an answer tells (RFC 9110, section 6.6.1)."""
    age = headers.get("Age", "0")  # of a copy that a cache has kept since then
    try:
        told = parsedate_to_datetime(headers.get("Date", "")[:_SHOWN])
        kept = timedelta(seconds=int(age) if age.isascii() and age.isdigit() and len(age) <= _AGE_DIGITS else 0)
        return whole(now()) - told.replace(tzinfo=told.tzinfo or UTC) - kept
    except (ValueError, OverflowError):
        return None


def _client(*, timeout: float, trust_env: bool) -> httpx.Client:
    return httpx.Client(timeout=timeout, trust_env=trust_env, follow_redirects=False)


def _checked(address: str) -> httpx.URL:
    """Return the address, without its fragment, if it may be fetched."""
    if len(address) > MAX_ADDRESS:
        raise FetchError(f"the address has more than {MAX_ADDRESS:,} characters")
    try:
        url = httpx.URL(address)
    except (httpx.InvalidURL, ValueError) as error:
        raise FetchError(f"the address cannot be read: {error}") from error
    if url.userinfo:
        # Not shown: there may be a password in it.
        raise FetchError("the address holds a user name or a password; bundles are public, leave it out")
    if not url.host:
        raise FetchError(f"the address {address!r} names no host")
    if url.scheme != "https" and not (url.scheme == "http" and _is_here(url.host)):
        raise FetchError(
            f"the address {address!r} is not https; without TLS, bundles are fetched from this machine alone"
        )
    return url.copy_with(fragment=None)


def _is_here(host: str) -> bool:
    if host == "localhost":
        return True
    try:
        return ipaddress.ip_address(host).is_loopback
    except ValueError:
        return False
