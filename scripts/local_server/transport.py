# SPDX-FileCopyrightText: 2026 Draw Things Bridge maintainers
# SPDX-License-Identifier: GPL-3.0-or-later

"""HTTP as cpp-httplib 0.12 speaks it, the library inside the Draw Things app (August 2026).

Five requests a connection, five seconds for every read, eight connections at a time, neither `Server`
nor `Date`, an empty body for every error of its own. `UVICORN` is the library of the A1111 web UI.
"""

from __future__ import annotations

import contextlib
import queue
import socket
import struct
import sys
import threading
import time
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from email.utils import formatdate
from typing import BinaryIO

READ_TIMEOUT = 5.0
MAX_TARGET = 8192
MAX_FORM = 8192
MAX_LINE = 65536
FORM_TYPE = "application/x-www-form-urlencoded"

REASONS = {
    200: "OK", 204: "No Content", 302: "Found", 400: "Bad Request", 401: "Unauthorized", 403: "Forbidden",
    404: "Not Found", 405: "Method Not Allowed", 413: "Payload Too Large", 414: "URI Too Long",
    415: "Unsupported Media Type", 422: "Unprocessable Entity", 500: "Internal Server Error",
    501: "Not Implemented", 502: "Bad Gateway", 503: "Service Unavailable", 504: "Gateway Timeout",
}  # fmt: skip


@dataclass(frozen=True)
class Manners:
    """What differs from one HTTP library to the next."""

    requests: int = 5
    """So many requests are answered on one connection."""
    idle: float = READ_TIMEOUT
    """Seconds of silence after which a connection is closed."""
    workers: int = 8
    """Connections at a time; more wait."""
    headers: tuple[tuple[str, str], ...] = (("Keep-Alive", "timeout=5, max=5"),)
    """In every answer on a connection that stays open."""
    dated: bool = False
    """Every answer has a `Date`."""
    body_is_announced: bool = True
    """A POST without a length is refused, and a body that GET sends is not read."""
    form_limit: int = MAX_FORM
    """Bytes of a body that calls itself a web form."""


HTTPLIB = Manners()
UVICORN = Manners(
    requests=1_000_000,
    idle=30.0,
    # Starlette answers on 40 threads; fewer do here, and are still more than any test asks at once.
    workers=24,
    headers=(("Server", "uvicorn"),),
    dated=True,
    body_is_announced=False,
    form_limit=2**40,
)


@dataclass(frozen=True)
class Request:
    """What came in. Header names are in lower case."""

    method: str
    path: str
    """Without the query."""
    headers: Mapping[str, str] = field(default_factory=dict)
    body: bytes = b""
    query: str = ""
    """What follows the question mark."""


@dataclass(frozen=True)
class Response:
    """What goes out."""

    status: int = 200
    body: bytes = b""
    content_type: str = "application/json"
    headers: tuple[tuple[str, str], ...] = ()
    drop: bool = False
    """Close the connection with a reset instead of answering."""
    raw: bytes = b""
    """Send these bytes instead of an HTTP answer, then close."""
    cut: bool = False
    """Announce the whole body, send half of it, close."""
    dribble: float = 0.0
    """Seconds over which the body is sent."""
    padding: int = 0
    """So many spaces after the body, generated while they are sent."""


Handler = Callable[[Request], Response]


class _Malformed(Exception):
    """A request that the library answers alone, with an empty body."""

    def __init__(self, status: int) -> None:
        self.status = status


class Transport:
    """Listens on one IPv4 address and gives every whole request to the handler, in worker threads."""

    def __init__(
        self,
        handler: Handler,
        on_malformed: Callable[[int], object],
        host: str = "127.0.0.1",
        port: int = 0,
        manners: Manners = HTTPLIB,
    ) -> None:
        """Binds and starts. OSError: the address cannot be used, for instance the port is taken.

        `on_malformed` is told the status of every answer that was given without asking the handler.
        """
        self._handler = handler
        self._on_malformed = on_malformed
        self._manners = manners
        self._stopping = threading.Event()
        self._connections: set[socket.socket] = set()
        self._waiting: queue.Queue[socket.socket | None] = queue.Queue()
        self._lock = threading.Lock()
        self._listener = socket.socket(socket.AF_INET, socket.SOCK_STREAM)
        if sys.platform != "win32":
            # On Windows the option would let two servers share the port.
            self._listener.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            self._listener.bind((host, port))
            self._listener.listen(5)
        except OSError:
            self._listener.close()
            raise
        self.host, self.port = self._listener.getsockname()[:2]
        self._threads = [threading.Thread(target=self._accept, name="accept", daemon=True)]
        self._threads += [
            threading.Thread(target=self._work, name=f"worker-{n}", daemon=True)
            for n in range(manners.workers)
        ]
        for thread in self._threads:
            thread.start()

    def close(self) -> None:
        """Stops listening and drops every connection. The handler must return by itself."""
        self._stopping.set()
        # shutdown() wakes accept() on Linux, the connection wakes it elsewhere.
        with contextlib.suppress(OSError):
            self._listener.shutdown(socket.SHUT_RDWR)
        with contextlib.suppress(OSError):
            socket.create_connection((self.host, self.port), 0.2).close()
        self._listener.close()
        with self._lock:
            for connection in self._connections:
                with contextlib.suppress(OSError):
                    connection.shutdown(socket.SHUT_RDWR)
        for _ in range(self._manners.workers):
            self._waiting.put(None)
        for thread in self._threads:
            thread.join(5)

    def _accept(self) -> None:
        while not self._stopping.is_set():
            try:
                connection, _ = self._listener.accept()
            except OSError:
                return
            with self._lock:
                self._connections.add(connection)
            self._waiting.put(connection)

    def _work(self) -> None:
        while True:
            connection = self._waiting.get()
            if connection is None:
                return
            try:
                if not self._stopping.is_set():
                    self._serve(connection)
            except OSError:
                pass  # the other side went away, which is its right
            finally:
                with self._lock:
                    self._connections.discard(connection)
                connection.close()

    def _serve(self, connection: socket.socket) -> None:
        connection.settimeout(self._manners.idle)
        connection.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        with connection.makefile("rb") as stream:
            for remaining in reversed(range(self._manners.requests)):
                try:
                    request = _read(stream, connection, self._manners)
                except _Malformed as error:
                    self._on_malformed(error.status)
                    empty = Response(error.status, content_type="")
                    _send(connection, empty, self._manners, close=True)
                    _drain(connection)
                    return
                if request is None:
                    return
                response = self._handler(request)
                if self._stopping.is_set():
                    return
                if response.drop:
                    # A zero linger time makes close() send RST, as a crashed process does.
                    linger = struct.pack("ii", 1, 0)
                    connection.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, linger)
                    return
                close = remaining == 0 or _wants_close(request) or response.cut
                self._answer(connection, request, response, close)
                if close or response.raw:
                    return

    def _answer(self, connection: socket.socket, request: Request, response: Response, close: bool) -> None:
        # The library gives up when it cannot write for five seconds; so does the socket's time-out.
        if response.raw:
            connection.sendall(response.raw)
            return
        pause = None
        if response.dribble:
            pause = lambda: self._stopping.wait(response.dribble / 20)  # noqa: E731
        _send(connection, response, self._manners, close=close, head=request.method == "HEAD", pause=pause)


def _wants_close(request: Request) -> bool:
    connection = request.headers.get("connection", "").lower()
    if request.headers.get(":version") == "HTTP/1.0":
        return connection != "keep-alive"
    return connection == "close"


def _read(stream: BinaryIO, connection: socket.socket, manners: Manners) -> Request | None:
    """One request; None: the other side closed or said nothing for too long."""
    try:
        line = stream.readline(MAX_LINE)
    except TimeoutError:
        return None
    if not line:
        return None
    words = line.decode("latin-1").split()
    if len(words) != 3 or words[2] not in ("HTTP/1.0", "HTTP/1.1"):
        raise _Malformed(400)
    method, target, version = words
    if len(target) > MAX_TARGET:
        raise _Malformed(414)
    try:
        headers = _read_headers(stream)
        headers[":version"] = version
        if headers.get("expect", "").lower() == "100-continue":
            connection.sendall(b"HTTP/1.1 100 Continue\r\n\r\n")
        body = _read_body(stream, method, headers, manners)
    except TimeoutError:
        raise _Malformed(400) from None
    path, _, query = target.partition("?")
    return Request(method, path, headers, body, query)


def _read_headers(stream: BinaryIO) -> dict[str, str]:
    headers: dict[str, str] = {}
    while True:
        line = stream.readline(MAX_LINE)
        if not line:
            raise _Malformed(400)
        if line in (b"\r\n", b"\n"):
            return headers
        name, colon, value = line.decode("latin-1").partition(":")
        if not colon:
            raise _Malformed(400)
        headers[name.strip().lower()] = value.strip()


def _read_body(stream: BinaryIO, method: str, headers: Mapping[str, str], manners: Manners) -> bytes:
    if method not in ("POST", "PUT", "PATCH", "DELETE") and manners.body_is_announced:
        return b""
    encoding = headers.get("content-encoding", "").lower()
    if encoding in ("gzip", "deflate", "br"):
        # Built without compression, as the app is.
        raise _Malformed(415)
    if headers.get("transfer-encoding", "").lower() == "chunked":
        body = _read_chunks(stream)
    elif "content-length" in headers:
        if not headers["content-length"].isdigit():
            raise _Malformed(400)
        body = _exactly(stream, int(headers["content-length"]))
    elif manners.body_is_announced:
        raise _Malformed(400)
    else:
        return b""
    if headers.get("content-type", "").startswith(FORM_TYPE) and len(body) > manners.form_limit:
        raise _Malformed(413)
    return body


def _read_chunks(stream: BinaryIO) -> bytes:
    parts = []
    while True:
        try:
            size = int(stream.readline(MAX_LINE).partition(b";")[0], 16)
        except ValueError:
            raise _Malformed(400) from None
        parts.append(_exactly(stream, size))
        stream.readline(MAX_LINE)
        if not size:
            return b"".join(parts)


def _exactly(stream: BinaryIO, size: int) -> bytes:
    data = stream.read(size)
    if len(data) != size:
        raise _Malformed(400)
    return data


def _send(
    connection: socket.socket,
    response: Response,
    manners: Manners,
    *,
    close: bool,
    head: bool = False,
    pause: Callable[[], object] | None = None,
) -> None:
    body, size = response.body, len(response.body) + response.padding
    reason = REASONS.get(response.status, "Unknown")
    lines = [f"HTTP/1.1 {response.status} {reason}"]
    if close:
        lines.append("Connection: close")
    else:
        lines += [f"{name}: {value}" for name, value in manners.headers]
    if manners.dated:
        lines.append(f"Date: {formatdate(usegmt=True)}")
    lines.append(f"Content-Length: {size}")
    if size and response.content_type:
        lines.append(f"Content-Type: {response.content_type}")
    lines += [f"{name}: {value}" for name, value in response.headers]
    start = ("\r\n".join(lines) + "\r\n\r\n").encode("latin-1")
    if head:
        connection.sendall(start)
        return
    if response.cut:
        body = body[: len(body) // 2]
    if pause is None:
        connection.sendall(start + body)
    else:
        connection.sendall(start)
        step = max(1, -(-len(body) // 20))
        for position in range(0, len(body), step):
            pause()
            connection.sendall(body[position : position + step])
    if response.padding and not response.cut:
        block = b" " * 65536
        for position in range(0, response.padding, len(block)):
            connection.sendall(block[: response.padding - position])


def _drain(connection: socket.socket) -> None:
    """Read what is still coming, or closing would reset the connection before the answer is read."""
    with contextlib.suppress(OSError):
        connection.shutdown(socket.SHUT_WR)
        connection.settimeout(0.5)
        deadline = time.monotonic() + READ_TIMEOUT
        while time.monotonic() < deadline and connection.recv(65536):
            pass
