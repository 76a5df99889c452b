# SPDX-FileCopyrightText: 2026 Draw Things Bridge maintainers
# SPDX-License-Identifier: GPL-3.0-or-later

"""One bounded HTTP exchange: bounded in time, in bytes, and in where it may lead.

Every exchange has a connection of its own (Draw Things closes one after five requests or five idle
seconds), no proxy or netrc of the environment, no redirects, and credentials for this server only.
Bytes are counted where they come out of the socket, so that heads, sizes of chunks and trailers count too,
which urllib3 reads without a bound (1.26.8 and 2.4.0, those that Blender ships).
What the server says is for status_errors.py and the dialects; here is only whether it said it whole.
"""

from __future__ import annotations

import base64
import contextlib
import http.client
import io
import socket
import ssl
import threading
import time
import zlib
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from typing import Any

import requests
import urllib3
from requests.adapters import HTTPAdapter
from urllib3.connection import HTTPConnection, HTTPSConnection
from urllib3.connectionpool import HTTPConnectionPool, HTTPSConnectionPool

from ...errors import (
    AnswerInvalid,
    AnswerTooLarge,
    BridgeError,
    ConnectionLost,
    ServerError,
    ServerNotVerified,
)
from . import connecting, failures, tls
from .address import Server
from .exchanges import exchanging
from .failures import SPEAKS_TLS, WITH_TLS, HungUp, LetGo, NotHttp, SpeaksTls, Stage
from .untrusted_json import Buffer, to_json

#: Of an error page nothing after this is read.
MAX_ERROR_BYTES = 1 << 20
#: What may come beside the body: the head, and the sizes of chunks, which are a 64th at the most where a
#: server sends a kilobyte at a time.
_OVERHEAD = 1 << 20
_PIECE = 1 << 18
#: Of an answer in chunks, which http.client keeps one by one until there is so much: each may be one byte.
_PIECE_OF_CHUNKS = 1 << 16
#: Bytes that nobody refuses for their number.
_LARGE = 1 << 16
_OK = 200
#: Seconds for the rest of an error page.
_PAGE_SECONDS = 10.0
#: What breaks an exchange, below our own errors.
_BROKEN = (
    requests.RequestException,
    urllib3.exceptions.HTTPError,
    http.client.HTTPException,
    OSError,
    ValueError,
)
#: Seconds for finding out what speaks there if not HTTP.
_DOUBT = 2.0
#: These have no body, whatever Content-Length says.
_BODYLESS = (204, 304)


#: Told of the end of each exchange: None for a whole answer, of any status; else what broke the connection.
Listener = Callable[[ServerError | None], None]


@dataclass(frozen=True)
class Reply:
    """A whole answer, of any status."""

    status: int
    content_type: str
    """Lower case, without parameters: application/json."""
    location: str
    """Where a redirect points to; never followed."""
    body: Buffer
    retry_after: str = ""
    """When a server that has too much to do wants to be asked again: seconds, or a date."""
    authenticate: str = ""
    """Which kind of login is asked for: Basic realm="…"."""


class Transport:
    """Exchanges with one server. Safe to use from several threads; each exchange blocks its own."""

    def __init__(self, server: Server, listener: Listener = lambda _error: None) -> None:
        self.server = server
        self._listener = listener
        self._lines: set[_Line] = set()
        self._lock = threading.Lock()

    def get(self, path: str, *, limit: int, timeout: float) -> Reply:
        """GET `path`. `limit` is in bytes, `timeout` in seconds until the last byte; raises ServerError."""
        return self._exchange("GET", path, None, limit, timeout)

    def post(self, path: str, body: Mapping[str, Any], *, limit: int, timeout: float) -> Reply:
        """POST `body` as JSON to `path`; otherwise like `get`."""
        return self._exchange("POST", path, to_json(body), limit, timeout)

    def abort(self) -> None:
        """Let go of every exchange under way, from another thread: it raises ConnectionLost there."""
        with self._lock:
            lines = tuple(self._lines)
        for line in lines:
            line.cut()

    def _exchange(self, method: str, path: str, body: bytes | None, limit: int, timeout: float) -> Reply:
        try:
            reply = self._exchanged(method, path, body, limit, timeout)
        except LetGo:
            raise
        except (AnswerInvalid, AnswerTooLarge):
            self._listener(None)
            raise
        except ServerError as error:
            self._listener(error)
            raise
        self._listener(None)
        return reply

    def _exchanged(self, method: str, path: str, body: bytes | None, limit: int, timeout: float) -> Reply:
        line = _Line(self.server, timeout, limit)
        with self._lock:
            self._lines.add(line)
        try:
            with exchanging(line.cut):
                return _send_uncut(self.server, line, method, path, body, limit)
        finally:
            with self._lock:
                self._lines.discard(line)


class _Line:
    """One connection, the moment when it is given up, and the meter of what it brings.

    A socket's own time-out starts anew with each byte, so a server that sends one byte a minute would
    never meet it: before each read it is set to what is left.
    """

    def __init__(self, server: Server, timeout: float, limit: int) -> None:
        self.server = server
        self.timeout = timeout
        self.limit = limit
        self._room = max(limit, MAX_ERROR_BYTES) * 65 // 64 + _OVERHEAD
        self.stage = Stage.CONNECTING
        self.is_cut = False
        self._socket: socket.socket | None = None
        self._lock = threading.Lock()
        self._deadline = 0.0

    def connect(self) -> socket.socket:
        """A connection of its own, within the time for that: name, address, and TLS where that is wanted.

        Raises ServerNotVerified, or OSError.
        """
        server = self.server
        deadline = time.monotonic() + server.connect_timeout
        context = tls.context(server) if server.has_tls else None
        connected = connecting.connect(server.host, server.port, deadline, lambda: self.is_cut)
        try:
            if context is not None:
                self.stage = Stage.SECURING
                connected = context.wrap_socket(
                    connected, server_hostname=server.host, do_handshake_on_connect=False
                )
            self._hold(connected)
            if isinstance(connected, ssl.SSLSocket):
                connected.settimeout(max(deadline - time.monotonic(), 0.01))
                connected.do_handshake()
        except BaseException:
            self.close()
            connected.close()
            raise
        # Until here the connection's time-out held; it would also be the limit for sending all of a
        # picture.
        self._deadline = time.monotonic() + self.timeout
        connected.settimeout(self.timeout)
        self.stage = Stage.ASKING
        return connected

    def hurry(self, seconds: float) -> None:
        """The rest of the answer is there within that time, or is done without."""
        self._deadline = min(self._deadline, time.monotonic() + seconds)

    def _hold(self, connected: socket.socket) -> None:
        with self._lock:
            self._socket = connected
            if self.is_cut:
                _shut(connected)

    @contextlib.contextmanager
    def sending(self, size: int) -> Iterator[None]:
        """Who refuses a request before it is whole has said so, and is heard."""
        try:
            yield
        except (ConnectionError, ssl.SSLEOFError):
            if self.stage is Stage.CONNECTING:
                raise
            if size > _LARGE:
                self.stage = Stage.HALF_ASKED

    def about_to_read(self) -> None:
        """The next read waits no longer than until the whole answer must be there. Raises TimeoutError."""
        connected = self._socket
        left = self._deadline - time.monotonic()
        if left <= 0:
            raise TimeoutError
        if connected is not None:
            connected.settimeout(left)

    def check_protocol(self) -> None:
        """Wait for the answer's first bytes; raises NotHttp at once when they are not HTTP/1.

        An HTTP/2 server sends a frame and waits, which http.client would take for half a line.
        """
        connected = self._socket
        if connected is None or isinstance(connected, ssl.SSLSocket):
            return
        self.about_to_read()
        first = connected.recv(5, socket.MSG_PEEK)
        if not b"HTTP/".startswith(first):
            raise NotHttp(first)

    def brought(self, count: int) -> None:
        """So many bytes came out of the socket. Raises AnswerTooLarge."""
        self._room -= count
        if self._room < 0:
            raise failures.too_large(self.server, self.limit)

    def cut(self) -> None:
        with self._lock:
            self.is_cut = True
            if self._socket is not None:
                _shut(self._socket)

    def close(self) -> None:
        with self._lock:
            self._socket = None


class _Metered(io.RawIOBase):
    """What a socket brings, counted."""

    def __init__(self, raw: io.RawIOBase, line: _Line) -> None:
        self._raw = raw
        self._line = line

    def readable(self) -> bool:
        return True

    def readinto(self, buffer: Any) -> int | None:
        self._line.about_to_read()
        count = self._raw.readinto(buffer)
        self._line.brought(count or 0)
        return count

    def close(self) -> None:
        self._raw.close()
        super().close()


def _shut(connected: socket.socket) -> None:
    with contextlib.suppress(OSError):
        # The plain method also for TLS, whose own would pull the session from under a reading
        # thread.
        socket.socket.shutdown(connected, socket.SHUT_RDWR)


class _Session(requests.Session):
    """Without the look at Location, for which requests reads the whole body of a redirect."""

    def get_redirect_target(self, resp: requests.Response) -> None:
        return None


class _Adapter(HTTPAdapter):
    """Connections over the socket of a `_Line`."""

    def __init__(self, line: _Line) -> None:
        self._line = line
        super().__init__(max_retries=0)

    def init_poolmanager(self, *args: Any, **kwargs: Any) -> None:
        super().init_poolmanager(*args, **kwargs)
        line = self._line

        class Response(http.client.HTTPResponse):
            def __init__(self, *args: Any, **kwargs: Any) -> None:
                super().__init__(*args, **kwargs)
                self.fp = io.BufferedReader(_Metered(self.fp.detach(), line))

        class Connection(HTTPConnection):
            response_class = Response

            def connect(self) -> None:
                self.sock = line.connect()

            def send(self, data: Any) -> None:
                with line.sending(len(data)):
                    super().send(data)

            def getresponse(self) -> Any:
                line.check_protocol()
                return super().getresponse()

        class TlsConnection(Connection, HTTPSConnection):
            def connect(self) -> None:
                super().connect()
                # For urllib3, which would warn otherwise.
                self.is_verified = True

        class Pool(HTTPConnectionPool):
            ConnectionCls = Connection

        class TlsPool(HTTPSConnectionPool):
            ConnectionCls = TlsConnection

        self.poolmanager.pool_classes_by_scheme = {"http": Pool, "https": TlsPool}


def _send_uncut(server: Server, line: _Line, method: str, path: str, body: bytes | None, limit: int) -> Reply:
    if line.is_cut:
        raise failures.let_go(server)
    try:
        reply = _send(server, line, method, path, body, limit)
    except (BridgeError, *_BROKEN) as error:
        if line.is_cut:
            raise failures.let_go(server) from error
        if isinstance(error, BridgeError):
            raise
        raise _explained(line, error, method) from error
    finally:
        line.close()
    # To http.client a line that was cut can look like the regular end of an answer.
    if line.is_cut:
        raise failures.let_go(server)
    return reply


def _send(server: Server, line: _Line, method: str, path: str, body: bytes | None, limit: int) -> Reply:
    headers = {
        "Accept": "application/json",
        "Accept-Encoding": "identity",
        "Connection": "close",
        "User-Agent": "drawthings_addon",
    }
    if body is not None:
        headers["Content-Type"] = "application/json"
    with _Session() as session:
        session.trust_env = False
        adapter = _Adapter(line)
        for scheme in ("http://", "https://"):
            session.mount(scheme, adapter)
        if server.has_credentials:
            # Sent unasked: A1111's 401 has no WWW-Authenticate to answer to.
            session.headers["Authorization"] = basic_credentials(server)
        response = session.request(
            method,
            server.url + path,
            data=body,
            headers=headers,
            timeout=(server.connect_timeout, line.timeout),
            allow_redirects=False,
            stream=True,
        )
        line.stage = Stage.ANSWERING
        with response:
            is_error = response.status_code != _OK
            if is_error:
                line.hurry(_PAGE_SECONDS)
            return Reply(
                status=response.status_code,
                content_type=response.headers.get("Content-Type", "").partition(";")[0].strip().lower(),
                location=response.headers.get("Location", ""),
                authenticate=response.headers.get("WWW-Authenticate", ""),
                retry_after=response.headers.get("Retry-After", ""),
                body=_read_page(server, response) if is_error else _read(server, response, limit),
            )


def basic_credentials(server: Server) -> str:
    """The value of the Authorization header; it holds the password."""
    return "Basic " + base64.b64encode(f"{server.username}:{server.password}".encode()).decode("ascii")


def _read(server: Server, response: requests.Response, limit: int) -> Buffer:
    """The body, decoded. Raises AnswerTooLarge for more than `limit` bytes, ConnectionLost for less than
    all."""
    announced = _content_length(response)
    if announced is not None and announced > limit:
        raise failures.too_large(server, limit)
    body = bytearray()
    received = _take(server, response, body, limit)
    if len(body) > limit:
        raise failures.too_large(server, limit)
    # urllib3 before 2.0 (Blender 4.2) does not compare these.
    if announced is not None and received < announced and response.status_code not in _BODYLESS:
        raise failures.cut_off(server)
    return body


def _read_page(server: Server, response: requests.Response) -> Buffer:
    """What comes with another status than 200, as far as it comes: the status tells more than a page without
    its end. Whoever refuses a large request often hangs up beside the page."""
    body = bytearray()
    with contextlib.suppress(AnswerInvalid, ConnectionLost, *_BROKEN):
        _take(server, response, body, MAX_ERROR_BYTES)
    return bytes(body[:MAX_ERROR_BYTES])


def _take(server: Server, response: requests.Response, body: bytearray, limit: int) -> int:
    """Decode the answer into `body`, until it is over or more than `limit` bytes have come; how many came out
    of the socket."""
    received = 0
    coding = _coding(server, response)
    size = _PIECE_OF_CHUNKS if _content_length(response) is None else _PIECE
    # Not `stream`, which reads the sizes of chunks with urllib3's own code: http.client's bounds each line.
    while piece := response.raw.read(size, decode_content=False):
        received += len(piece)
        body += coding.decode(piece, limit + 1 - len(body))
        if len(body) > limit:
            return received
    if received and not coding.is_whole:
        raise failures.cut_off(server)
    return received


def _content_length(response: requests.Response) -> int | None:
    text = response.headers.get("Content-Length", "")
    if "Transfer-Encoding" in response.headers or not text.isascii() or not text.isdigit():
        return None
    return int(text[:20])


class _Plain:
    """A body as it is."""

    is_whole = True

    def decode(self, piece: bytes, room: int) -> bytes:
        return piece


class _Inflating:
    """Undoes a compression piece by piece, into so many bytes, whatever a small body would grow to."""

    def __init__(self, server: Server) -> None:
        self._server = server
        # 32: a zlib or a gzip header, whichever comes.
        self._inflate = zlib.decompressobj(zlib.MAX_WBITS | 32)

    @property
    def is_whole(self) -> bool:
        return self._inflate.eof

    def decode(self, piece: bytes, room: int) -> bytes:
        try:
            return self._inflate.decompress(piece, room)
        except zlib.error as error:
            raise AnswerInvalid(
                "The compressed answer of {server} is damaged.", server=self._server.label
            ) from error


def _coding(server: Server, response: requests.Response) -> _Plain | _Inflating:
    """No compression is asked for; a server that compresses all the same is read."""
    coding = response.headers.get("Content-Encoding", "identity").strip().lower()
    if coding in ("identity", ""):
        return _Plain()
    if coding not in ("gzip", "x-gzip", "deflate"):
        raise AnswerInvalid("{server} answers in a compression that was not asked for.", server=server.label)
    return _Inflating(server)


def _explained(line: _Line, error: BaseException, method: str) -> BridgeError:
    """In words. A port that speaks TLS says nothing to HTTP, or closes, as does one that speaks gRPC: it is
    asked which of them it is, unless that follows an order, before which somebody has answered there."""
    server = line.server
    explained = failures.explained(server, error, line.stage, line.timeout)
    is_doubtful = isinstance(explained, (HungUp, ServerNotVerified, SpeaksTls))
    if method != "GET" or not is_doubtful or line.stage is Stage.CONNECTING:
        return explained
    deadline = time.monotonic() + min(server.connect_timeout, _DOUBT)
    spoken = tls.spoken(server, deadline, lambda: line.is_cut)
    if spoken == "GRPC":
        return failures.speaks_grpc(server)
    if spoken == "HTTP" and not server.has_tls:
        return SpeaksTls(SPEAKS_TLS, WITH_TLS, server=server.label)
    return explained
