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
import errno
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
    ServerTimedOut,
    ServerUnreachable,
    WrongProtocol,
)
from ...imaging.png import ASK_FOR_LESS
from .address import Server
from .exchanges import exchanging
from .untrusted_json import Buffer, to_json

#: Of an error page nothing after this is read.
MAX_ERROR_BYTES = 1 << 20
#: What may come beside the body: the head, and the sizes of chunks, which are a 64th at the most where a
#: server sends a kilobyte at a time.
_OVERHEAD = 1 << 20
_CHUNK = 1 << 16
_OK = 200
#: These have no body, whatever Content-Length says.
_BODYLESS = (204, 304)


class HungUp(ConnectionLost):
    """The connection was closed before the first byte of an answer."""


class LetGo(ConnectionLost):
    """This side hung up, which tells nothing of the server."""


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
        self.is_open = False
        """The connection stands, with TLS where that is wanted."""
        self.has_answered = False
        self.is_cut = False
        self._socket: socket.socket | None = None
        self._lock = threading.Lock()
        self._deadline = 0.0

    def opened(self, connected: socket.socket) -> None:
        # Until here the connection's time-out held; it would also be the limit for sending all of a
        # picture.
        self._deadline = time.monotonic() + self.timeout
        connected.settimeout(self.timeout)
        self.is_open = True
        with self._lock:
            self._socket = connected
            if self.is_cut:
                _shut(connected)

    def about_to_read(self) -> None:
        """The next read waits no longer than until the whole answer must be there. Raises TimeoutError."""
        connected = self._socket
        left = self._deadline - time.monotonic()
        if left <= 0:
            raise TimeoutError
        if connected is not None:
            connected.settimeout(left)

    def check_protocol(self) -> None:
        """Wait for the answer's first bytes; raises BadStatusLine at once when they are not HTTP/1.

        An HTTP/2 server sends a frame and waits, which http.client would take for half a line.
        """
        connected = self._socket
        if connected is None or isinstance(connected, ssl.SSLSocket):
            return
        self.about_to_read()
        first = connected.recv(5, socket.MSG_PEEK)
        if not b"HTTP/".startswith(first):
            raise http.client.BadStatusLine(repr(first))

    def brought(self, count: int) -> None:
        """So many bytes came out of the socket. Raises AnswerTooLarge."""
        self._room -= count
        if self._room < 0:
            raise _too_large(self.server, self.limit)

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
    """Connections that tell a `_Line` of their socket."""

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
                super().connect()
                line.opened(self.sock)

            def getresponse(self) -> Any:
                line.check_protocol()
                return super().getresponse()

        class TlsConnection(HTTPSConnection):
            response_class = Response

            def connect(self) -> None:
                super().connect()
                line.opened(self.sock)

        class Pool(HTTPConnectionPool):
            ConnectionCls = Connection

        class TlsPool(HTTPSConnectionPool):
            ConnectionCls = TlsConnection

        self.poolmanager.pool_classes_by_scheme = {"http": Pool, "https": TlsPool}


def _send_uncut(server: Server, line: _Line, method: str, path: str, body: bytes | None, limit: int) -> Reply:
    if line.is_cut:
        raise _let_go(server)
    try:
        reply = _send(server, line, method, path, body, limit)
    except (
        BridgeError,
        requests.RequestException,
        urllib3.exceptions.HTTPError,
        http.client.HTTPException,
        OSError,
        ValueError,
    ) as error:
        if line.is_cut:
            raise _let_go(server) from error
        if isinstance(error, BridgeError):
            raise
        raise _explained(server, error, line) from error
    finally:
        line.close()
    # To http.client a line that was cut can look like the regular end of an answer.
    if line.is_cut:
        raise _let_go(server)
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
        for scheme in ("http://", "https://"):
            session.mount(scheme, _Adapter(line))
        if server.username or server.password:
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
        line.has_answered = True
        with response:
            is_error = response.status_code != _OK
            return Reply(
                status=response.status_code,
                content_type=response.headers.get("Content-Type", "").partition(";")[0].strip().lower(),
                location=response.headers.get("Location", ""),
                body=_read(server, response, MAX_ERROR_BYTES if is_error else limit, cut=is_error),
            )


def basic_credentials(server: Server) -> str:
    """The value of the Authorization header; it holds the password."""
    return "Basic " + base64.b64encode(f"{server.username}:{server.password}".encode()).decode("ascii")


def _read(server: Server, response: requests.Response, limit: int, *, cut: bool) -> Buffer:
    """The body, decoded; more than `limit` bytes are cut off or raise AnswerTooLarge."""
    announced = _content_length(response)
    if announced is not None and announced > limit and not cut:
        raise _too_large(server, limit)
    body = bytearray()
    received = 0
    decode = _decoder(server, response)
    # Not `stream`, which reads the sizes of chunks with urllib3's own code: http.client's bounds each line.
    while chunk := response.raw.read(_CHUNK, decode_content=False):
        received += len(chunk)
        body += decode(chunk, limit + 1 - len(body))
        if len(body) > limit:
            if cut:
                return bytes(body[:limit])
            raise _too_large(server, limit)
    # urllib3 before 2.0 (Blender 4.2) does not compare these.
    if announced is not None and received < announced and response.status_code not in _BODYLESS:
        raise _cut_off(server)
    return body


def _content_length(response: requests.Response) -> int | None:
    text = response.headers.get("Content-Length", "")
    if "Transfer-Encoding" in response.headers or not text.isascii() or not text.isdigit():
        return None
    return int(text[:20])


def _decoder(server: Server, response: requests.Response) -> Callable[[bytes, int], bytes]:
    """A function that decodes one piece of the body into at most so many bytes.

    No compression is asked for; a server that compresses all the same is read without ever holding more
    than the limit, whatever a small body would grow to.
    """
    coding = response.headers.get("Content-Encoding", "identity").strip().lower()
    if coding in ("identity", ""):
        return lambda chunk, room: chunk
    if coding not in ("gzip", "x-gzip", "deflate"):
        raise AnswerInvalid("{server} answers in a compression that was not asked for.", server=server.label)
    # 32: a zlib or a gzip header, whichever comes.
    inflate = zlib.decompressobj(zlib.MAX_WBITS | 32)

    def decode(chunk: bytes, room: int) -> bytes:
        try:
            return inflate.decompress(chunk, room)
        except zlib.error as error:
            raise AnswerInvalid(
                "The compressed answer of {server} is damaged.", server=server.label
            ) from error

    return decode


def _too_large(server: Server, limit: int) -> AnswerTooLarge:
    return AnswerTooLarge(
        "The answer of {server} is larger than {size} MiB.",
        ASK_FOR_LESS,
        server=server.label,
        size=f"{limit / (1 << 20):g}",
    )


def _timed_out(server: Server, timeout: float) -> ServerTimedOut:
    return ServerTimedOut(
        "{server} did not answer within {seconds} s.", server=server.label, seconds=f"{timeout:g}"
    )


def _let_go(server: Server) -> LetGo:
    return LetGo("The exchange with {server} was given up.", server=server.label)


def _cut_off(server: Server) -> ConnectionLost:
    return ConnectionLost(
        "The connection to {server} was cut off in the middle of the answer.", server=server.label
    )


def _explained(server: Server, error: BaseException, line: _Line) -> BridgeError:
    """What a failed exchange means, by what lies at the bottom of requests' and urllib3's wrapping."""
    label = server.label
    causes = tuple(_causes(error))

    def caused_by(*types: type[BaseException]) -> bool:
        return any(isinstance(cause, types) for cause in causes)

    numbers = {cause.errno for cause in causes if isinstance(cause, OSError)}
    if caused_by(socket.gaierror):
        return ServerUnreachable(
            "The computer “{host}” is not known here.",
            "Check the name, or enter the computer's IP address.",
            host=server.host,
        )
    if caused_by(ssl.SSLCertVerificationError):
        return ServerUnreachable(
            "The certificate of {server} is not one that this computer trusts.",
            "Install the certificate's authority on this computer, or use an http:// address in a network "
            "that you trust.",
            server=label,
        )
    if caused_by(ssl.SSLError):
        return WrongProtocol(
            "{server} does not speak TLS.",
            "Begin the address with http:// instead of https://.",
            server=label,
        )
    is_connecting = caused_by(urllib3.exceptions.ConnectTimeoutError) or not line.is_open
    if is_connecting and caused_by(TimeoutError):
        return ServerUnreachable(
            "Nothing answers at {server} within {seconds} s.",
            "Check the address, and that the other computer is awake and lets connections in.",
            server=label,
            seconds=f"{server.connect_timeout:g}",
        )
    if caused_by(ConnectionRefusedError):
        return ServerUnreachable("Nothing listens at {server}.", server=label)
    if numbers & {errno.EHOSTUNREACH, errno.ENETUNREACH, errno.EHOSTDOWN, errno.ENETDOWN}:
        return ServerUnreachable(
            "There is no way from this computer to {server}.",
            "Check the network. On a Mac also allow Blender in System Settings → Privacy & Security → "
            "Local Network.",
            server=label,
        )
    if caused_by(TimeoutError, urllib3.exceptions.ReadTimeoutError):
        return _timed_out(server, line.timeout)
    if line.has_answered:
        return _cut_off(server)
    if caused_by(http.client.RemoteDisconnected):
        return _hung_up(server)
    if caused_by(http.client.HTTPException):
        return WrongProtocol("What answers at {server} does not speak HTTP.", server=label)
    if caused_by(urllib3.exceptions.NewConnectionError):
        return ServerUnreachable("There is no connection to {server}.", server=label)
    if caused_by(ConnectionError):
        return _hung_up(server)
    return ConnectionLost("The exchange with {server} failed.", server=label)


def _hung_up(server: Server) -> HungUp:
    return HungUp("{server} closed the connection without an answer.", server=server.label)


def _causes(error: BaseException) -> Iterator[BaseException]:
    """The error and all that it wraps: requests and urllib3 put causes into `args` and `reason`."""
    pending: list[object] = [error]
    seen: set[int] = set()
    while pending:
        cause = pending.pop()
        if not isinstance(cause, BaseException) or id(cause) in seen:
            continue
        seen.add(id(cause))
        yield cause
        pending += [*cause.args, getattr(cause, "reason", None), cause.__cause__, cause.__context__]
