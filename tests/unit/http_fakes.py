# SPDX-FileCopyrightText: 2026 Draw Things Bridge maintainers
# SPDX-License-Identifier: GPL-3.0-or-later

"""A server of a few lines on 127.0.0.1 that says exactly the bytes a test gives it."""

from __future__ import annotations

import base64
import contextlib
import json
import socket
import struct
import threading
import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from pathlib import Path

import numpy as np

from drawthings_addon.imaging import png


@dataclass(frozen=True)
class Request:
    """What a client sent; header names in lower case."""

    method: str
    path: str
    headers: dict[str, str]
    body: bytes = field(repr=False)

    @property
    def json(self):
        return json.loads(self.body)


Script = Callable[[socket.socket, Request], None]


class ScriptedServer:
    """Reads each request whole, notes it in `requests`, and hands the socket to the next script.

    Each script serves one connection; the last one serves all that follow. The socket is closed when the
    script returns. A test that fails leaves nothing behind: `close` ends every connection.
    """

    def __init__(self, *scripts: Script, reads: bool = True) -> None:
        self.requests: list[Request] = []
        self._scripts = list(scripts)
        self._reads = reads
        self._open: set[socket.socket] = set()
        self._lock = threading.Lock()
        self._listener = socket.create_server(("127.0.0.1", 0))
        self.port = self._listener.getsockname()[1]
        self.url = f"http://127.0.0.1:{self.port}"
        threading.Thread(target=self._accept, daemon=True).start()

    def __enter__(self) -> ScriptedServer:
        return self

    def __exit__(self, *_) -> None:
        # Wakes the accept() that close() alone would leave waiting.
        with contextlib.suppress(OSError):
            self._listener.shutdown(socket.SHUT_RDWR)
        self._listener.close()
        with self._lock:
            for connection in self._open:
                with contextlib.suppress(OSError):
                    connection.shutdown(socket.SHUT_RDWR)

    def _accept(self) -> None:
        while True:
            try:
                connection, _ = self._listener.accept()
            except OSError:
                return
            with self._lock:
                script = self._scripts.pop(0) if len(self._scripts) > 1 else self._scripts[0]
                self._open.add(connection)
            threading.Thread(target=self._serve, args=(connection, script), daemon=True).start()

    def _serve(self, connection: socket.socket, script: Script) -> None:
        try:
            # A client that hangs up in the middle is what many tests are about.
            with contextlib.suppress(OSError), connection:
                request = read_request(connection) if self._reads else Request("", "", {}, b"")
                if request is not None:
                    self.requests.append(request)
                    script(connection, request)
        finally:
            with self._lock:
                self._open.discard(connection)


def read_request(connection: socket.socket) -> Request | None:
    if connection.recv(1, socket.MSG_PEEK) == b"\x16":
        # TLS, of which servers of HTTP know nothing.
        return None
    stream = connection.makefile("rb")
    start = stream.readline().decode("latin-1").split()
    if len(start) < 2:
        return None
    headers = {}
    for line in iter(stream.readline, b"\r\n"):
        name, _, value = line.decode("latin-1").partition(":")
        headers[name.strip().lower()] = value.strip()
    body = stream.read(int(headers.get("content-length", "0")))
    return Request(start[0], start[1], headers, body)


def raw(data: bytes) -> Script:
    """Say these bytes and close."""
    return lambda connection, request: connection.sendall(data)


def raw_then_wait(data: bytes) -> Script:
    """Say these bytes and keep the connection open until the client leaves it."""

    def script(connection: socket.socket, request: Request) -> None:
        connection.sendall(data)
        while connection.recv(4096):
            pass

    return script


def dribble(data: bytes, seconds: float) -> Script:
    """One byte at a time, so that no time-out between two bytes is ever met."""

    def script(connection: socket.socket, request: Request) -> None:
        pause = threading.Event()
        for index in range(len(data)):
            connection.sendall(data[index : index + 1])
            pause.wait(seconds)

    return script


def endless(head: bytes, chunk: bytes) -> Script:
    """Never stops talking."""

    def script(connection: socket.socket, request: Request) -> None:
        connection.sendall(head)
        while True:
            connection.sendall(chunk)

    return script


def reset(connection: socket.socket, request: Request) -> None:
    """RST instead of an answer, as from a process that was killed."""
    connection.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))


def reset_after(data: bytes) -> Script:
    """The beginning of an answer, read by the client, then RST."""

    def script(connection: socket.socket, request: Request) -> None:
        connection.sendall(data)
        # An RST overtakes bytes that were not read yet.
        wait_until_read(connection)
        reset(connection, request)

    return script


def wait_until_read(connection: socket.socket) -> None:
    """Until the client has taken everything out of its socket that it was sent."""
    table = Path("/proc/net/tcp")
    if not table.exists():
        # Only Linux tells. Elsewhere it is as long as a client may take that is not very late.
        time.sleep(0.5)
        return
    here, there = (f":{name[1]:04X}" for name in (connection.getsockname(), connection.getpeername()))
    while True:
        rows = [line.split() for line in table.read_text().splitlines()[1:]]
        # What we have not got rid of, and what the client has not taken.
        queues = [row[4] for row in rows if {row[1][-5:], row[2][-5:]} == {here, there}]
        if all(queue == "00000000:00000000" for queue in queues):
            return
        time.sleep(0.005)


def http(status: int, body: bytes = b"", content_type: str = "application/json", *headers: str) -> bytes:
    lines = [
        f"HTTP/1.1 {status} Words",
        f"Content-Type: {content_type}",
        f"Content-Length: {len(body)}",
        *headers,
    ]
    return "\r\n".join(lines).encode("latin-1") + b"\r\n\r\n" + body


def answer(value: object, status: int = 200) -> Script:
    """JSON as Swift writes it, with escaped slashes."""
    return raw(http(status, json.dumps(value).replace("/", "\\/").encode()))


def refusal(detail: object) -> Script:
    """A 422 in Draw Things' form."""
    return answer({"error": "HTTPException", "detail": detail, "body": "", "errors": ""}, 422)


def picture(width: int = 64, height: int = 64, text: dict[str, str] | None = None) -> bytes:
    pixels = np.random.default_rng(width * height).integers(0, 256, (height, width, 3), np.uint8)
    return png.encode(pixels, text=text)


def base64_text(data: bytes) -> str:
    return base64.b64encode(data).decode("ascii")


def pictures(*data: bytes) -> Script:
    return answer({"images": [base64_text(each) for each in data]})


@contextlib.contextmanager
def unused_port() -> Iterator[int]:
    """A port at which nothing listens, held so that nobody else takes it."""
    with socket.socket() as holder:
        holder.bind(("127.0.0.1", 0))
        yield holder.getsockname()[1]
