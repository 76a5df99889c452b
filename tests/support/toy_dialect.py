# SPDX-FileCopyrightText: 2026 Draw Things Bridge maintainers
# SPDX-License-Identifier: GPL-3.0-or-later

"""A dialect of three verbs, and a server that speaks it: all that a third dialect has to bring.

GET  /ping     {"toy": 1}
POST /draw     {"words", "width", "height", "seed"} → {"images": [base64 of a PNG]}
GET  /how-far  {"done", "of"}, in strokes
"""

from __future__ import annotations

import base64
import http.server
import importlib
import json
import struct
import threading
import zlib
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

#: Strokes of a picture.
STROKES = 8


def client_of(package: str) -> Any:
    """The client's class, of the extension as it is imported here: its line in the row of dialects."""

    def module(name: str) -> Any:
        return importlib.import_module(f"{package}.{name}")

    errors = module("errors")
    interface, dialect, table = module("client.interface"), module("client.dialect"), module("client.table")
    answer, budget, progress = module("client.answer"), module("client.budget"), module("client.progress")
    transport, untrusted = module("client.http.transport"), module("client.http.untrusted_json")
    feature = module("client.features").Feature

    class Toy(dialect.Dialect):
        name = "TOY"
        label = "Toy"
        rows = (
            table.Row(
                "Draw",
                "POST /draw",
                table.RowState.OFFERED,
                frozenset({feature.TEXT_TO_IMAGE, feature.IMAGE_TO_IMAGE}),
            ),
            table.Row("How Far", "GET /how-far", table.RowState.OFFERED, frozenset({feature.PROGRESS})),
        )

        def check(self, request: Any) -> None:
            if request.images.width > 512:
                raise errors.InvalidSettings("The toy draws nothing wider than 512.", "Set Width to 512.")

    toy = Toy()

    class ToyClient(interface.Client):
        dialect = toy

        def __init__(self, server: Any, capabilities: Any = None) -> None:
            super().__init__(server, capabilities)
            self._transport = transport.Transport(server, lambda error: self.listener(error))

        @classmethod
        def recognize(cls, server: Any) -> Any:
            client = cls(server)
            try:
                return client if client._get("/ping").get("toy") == 1 else None
            except errors.AnswerInvalid:
                return None

        def generate(self, request: Any) -> Any:
            asked = {
                "words": request.conditioning.prompt,
                "width": request.images.width,
                "height": request.images.height,
                "seed": request.sampling.seed,
            }
            room = budget.of_generation(request)
            timeout = self.server.read_timeout
            reply = self._transport.post("/draw", asked, limit=room.bytes, timeout=timeout)
            return answer.read_images(self.server, reply.body, room)

        def progress(self, ticket: Any = None, *, with_preview: bool = True) -> Any:
            told = self._get("/how-far")
            done, strokes = int(told["done"]), int(told["of"])
            share = done / max(strokes, 1)
            return progress.Progress(fraction=share, step=done, steps=strokes, job_count=int(strokes > 0))

        def abort(self) -> None:
            self._transport.abort()

        def _get(self, path: str) -> dict[str, Any]:
            reply = self._transport.get(path, limit=1 << 16, timeout=5.0)
            try:
                told = untrusted.parse_json(reply.body)
            except ValueError as error:
                raise errors.AnswerInvalid("That is no toy.", "Look at the address.") from error
            return told if isinstance(told, dict) else {}

    return ToyClient


class ToyServer:
    """Draws grey pictures, a stroke at a time; `stroke` lets it make one while it is `slow`."""

    def __init__(self) -> None:
        self.drawn: list[dict[str, Any]] = []
        self.done = self.strokes = 0
        self.slow = False
        self._strokes = threading.Semaphore(0)
        toy = self

        class Handler(http.server.BaseHTTPRequestHandler):
            def do_GET(self) -> None:
                answers = {"/ping": {"toy": 1}, "/how-far": {"done": toy.done, "of": toy.strokes}}
                self._send(answers.get(self.path))

            def do_POST(self) -> None:
                body = json.loads(self.rfile.read(int(self.headers["Content-Length"])))
                self._send(toy.draw(body) if self.path == "/draw" else None)

            def _send(self, value: Any) -> None:
                data = json.dumps(value).encode()
                self.send_response(404 if value is None else 200)
                self.send_header("Content-Type", "application/json")
                self.send_header("Content-Length", str(len(data)))
                self.end_headers()
                self.wfile.write(data)

            def log_message(self, *_: object) -> None:
                pass

        self._server = http.server.ThreadingHTTPServer(("127.0.0.1", 0), Handler)
        self._thread = threading.Thread(target=self._server.serve_forever, args=(0.01,), daemon=True)
        self._thread.start()

    @property
    def url(self) -> str:
        return f"http://127.0.0.1:{self._server.server_address[1]}"

    def stroke(self, count: int = 1) -> None:
        self._strokes.release(count)

    def draw(self, asked: dict[str, Any]) -> dict[str, Any]:
        self.drawn.append(asked)
        self.strokes = STROKES
        for self.done in range(STROKES):
            if self.slow:
                self._strokes.acquire(timeout=60)
        self.done = self.strokes = 0
        return {"images": [base64.b64encode(_png(asked["width"], asked["height"])).decode()]}

    def close(self) -> None:
        self.stroke(1000)
        self._server.shutdown()
        self._server.server_close()
        self._thread.join(10)


@contextmanager
def serving() -> Iterator[ToyServer]:
    """A server for the block."""
    server = ToyServer()
    try:
        yield server
    finally:
        server.close()


def _png(width: int, height: int) -> bytes:
    """A grey picture, written as simply as can be."""

    def chunk(kind: bytes, data: bytes) -> bytes:
        return struct.pack(">I", len(data)) + kind + data + struct.pack(">I", zlib.crc32(kind + data))

    rows = (b"\0" + b"\x80" * (3 * width)) * height
    header = struct.pack(">IIBBBBB", width, height, 8, 2, 0, 0, 0)
    return b"\x89PNG\r\n\x1a\n" + b"".join(
        (chunk(b"IHDR", header), chunk(b"IDAT", zlib.compress(rows)), chunk(b"IEND", b""))
    )
