# SPDX-FileCopyrightText: 2026 Draw Things Bridge maintainers
# SPDX-License-Identifier: GPL-3.0-or-later

"""The application on uvicorn, with what no application can do: an answer that is cut, dropped or no HTTP.

All servers of a process share one event loop in a thread of its own, so that a server is there in
milliseconds. Every answer is held back until it is whole: the journal is told first.
"""

from __future__ import annotations

import asyncio
import functools
import gzip
import json
import socket
import struct
import sys
import threading
import time
import traceback
from collections.abc import Awaitable, Callable, Coroutine
from dataclasses import replace
from typing import TYPE_CHECKING, Any, TypeVar

import uvicorn
from anyio.to_thread import run_sync
from fastapi import FastAPI
from uvicorn.protocols.http.h11_impl import H11Protocol

from ..dialect import Outcome
from ..transport import Request, Response
from .api import Api, Call
from .errors import Failure

if TYPE_CHECKING:
    from ..service import Service

Scope = dict[str, Any]
Receive = Callable[[], Awaitable[dict[str, Any]]]
Send = Callable[[dict[str, Any]], Awaitable[None]]

_T = TypeVar("_T")

LARGE = 50_000
"""Bytes that the others who are being answered need not wait for."""
PATIENCE = 30
"""Seconds that a silent connection is kept."""


class _Protocol(H11Protocol):
    """Lets the application see the connection."""

    def connection_made(self, transport: asyncio.Transport) -> None:  # type: ignore[override]
        super().connection_made(transport)
        app = self.app

        async def seeing(scope: Scope, receive: Receive, send: Send) -> None:
            await app({**scope, "connection": transport}, receive, send)  # type: ignore[arg-type]

        self.app = seeing  # type: ignore[assignment]


class Uvicorn:
    """Implements `Listener`."""

    def __init__(self, service: Service, app: FastAPI, api: Api, host: str, port: int) -> None:
        """OSError: the port is taken."""
        self._service, self._app, self._api = service, app, api
        # With the protocol named: asyncio switches Nagle's algorithm off for no other socket.
        listener = socket.socket(socket.AF_INET, socket.SOCK_STREAM, socket.IPPROTO_TCP)
        if sys.platform != "win32":
            # On Windows the option would let two servers share the port.
            listener.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            listener.bind((host, port))
        except BaseException:
            listener.close()
            raise
        self.host, self.port = listener.getsockname()[:2]
        config = uvicorn.Config(
            self._asgi,
            log_config=None,
            log_level="critical",
            access_log=False,
            lifespan="off",
            interface="asgi3",
            http=_Protocol,
            ws="none",
            timeout_keep_alive=PATIENCE,
        )
        config.load()
        self._server = uvicorn.Server(config)
        self._server.lifespan = config.lifespan_class(config)
        self._ticking = _on_the_loop(self._start(listener))

    async def _start(self, listener: socket.socket) -> asyncio.Task[None]:
        await self._server.startup(sockets=[listener])
        return asyncio.get_running_loop().create_task(self._server.main_loop())

    def close(self) -> None:
        _on_the_loop(self._stop())

    async def _stop(self) -> None:
        self._ticking.cancel()
        for server in self._server.servers:
            server.close()
        for protocol in tuple(self._server.server_state.connections):
            protocol.transport.abort()

    # One request

    async def _asgi(self, scope: Scope, receive: Receive, send: Send) -> None:
        body = await _whole(receive)
        if body is None:
            return
        headers = {name.decode("latin-1"): value.decode("latin-1") for name, value in scope["headers"]}
        query = scope["query_string"].decode("latin-1")
        request = Request(scope["method"], scope["path"], headers, body, query)
        started = time.monotonic()
        call = Call({})
        early = self._early(request)
        if early is not None:
            response = self._service.told(request, early, started)
        else:
            answer = await self._asked(scope, request, call)
            tell = functools.partial(self._told, request, answer, call, started)
            # A large answer is read for the journal in a thread; a change of threads takes longer than a
            # small one.
            response = await run_sync(tell) if len(answer.body) + len(body) > LARGE else tell()
        if call.stops is not None:
            self._api.house.close(call.stops)
        await _Answer(scope["connection"], receive, send).give(response)

    def _early(self, request: Request) -> Outcome | None:
        if request.path in self._api.house.faults().missing:
            return _outcome(Response(404, b'{"detail":"Not Found"}'), Call({}))
        return self._service.early(request)

    async def _asked(self, scope: Scope, request: Request, call: Call) -> Response:
        """The application's answer."""
        bodies, start = [], {"status": 500, "headers": []}
        sent = iter(({"type": "http.request", "body": request.body, "more_body": False},))

        async def receive() -> dict[str, Any]:
            # That the other side goes away concerns nobody: the program finishes what it was asked for.
            return next(sent, None) or await asyncio.get_running_loop().create_future()

        async def send(message: dict[str, Any]) -> None:
            if message["type"] == "http.response.start":
                start.update(message)
            else:
                bodies.append(message.get("body", b""))

        inner = {**scope, "api": self._api, "call": call, "app": self._app}
        try:
            await self._app(inner, receive, send)
        except Failure:
            # Forge: answered already by the outermost layer of Starlette, which throws it all the same.
            pass
        except Exception:
            traceback.print_exc()
        fields = tuple((name.decode("latin-1"), value.decode("latin-1")) for name, value in start["headers"])
        return Response(start["status"], b"".join(bodies), "", fields, drop=call.drop)

    def _told(self, request: Request, response: Response, call: Call, started: float) -> Response:
        outcome = _outcome(response, call)
        # The journal is held against A1111's published models: they are not those of its relatives, and the
        # description has none.
        if self._api.flavour != "A1111" or request.path == "/openapi.json":
            outcome = replace(outcome, answer=None)
        return self._service.told(request, outcome, started)


def _outcome(response: Response, call: Call) -> Outcome:
    """With what the journal shall know."""
    plain = response.body
    if ("content-encoding", "gzip") in response.headers:
        plain = gzip.decompress(plain)
    try:
        answer = json.loads(plain)
    except ValueError:
        answer = None
    detail = _words(answer) if response.status >= 400 else ""
    told = None if call.is_spoilt else answer
    return Outcome(response, detail, call.effective, call.images, told)


def _words(answer: Any) -> str:
    """An error's answer as a line of text."""
    if not isinstance(answer, dict):
        return ""
    detail = answer.get("detail")
    if isinstance(detail, list):
        return "; ".join(f"{'.'.join(map(str, one['loc'][1:]))}: {one['msg']}" for one in detail)
    return detail or f"{answer.get('error')}: {answer.get('errors')}"


async def _whole(receive: Receive) -> bytes | None:
    """The body; None: the other side went away before its end."""
    parts = []
    while True:
        message = await receive()
        if message["type"] == "http.disconnect":
            return None
        parts.append(message.get("body", b""))
        if not message.get("more_body"):
            return b"".join(parts)


class _Answer:
    """Gives an answer as it shall go over the wire."""

    def __init__(self, connection: asyncio.Transport, receive: Receive, send: Send) -> None:
        self._connection, self._receive, self._send = connection, receive, send

    async def give(self, response: Response) -> None:
        if response.drop:
            # A zero linger time makes closing send RST, as a crashed process does.
            linger = struct.pack("ii", 1, 0)
            self._connection.get_extra_info("socket").setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, linger)
            self._connection.abort()
            await self._gone()
        elif response.raw:
            self._connection.write(response.raw)
            await self._closed()
        else:
            await self._give(response)

    async def _give(self, response: Response) -> None:
        body, size = response.body, len(response.body) + response.padding
        fields = [(name.lower(), value) for name, value in response.headers]
        if "content-length" not in dict(fields) and response.status != 204:
            fields.append(("content-length", str(size)))
        if size and response.content_type:
            fields.append(("content-type", response.content_type))
        encoded = [(name.encode("latin-1"), value.encode("latin-1")) for name, value in fields]
        await self._send({"type": "http.response.start", "status": response.status, "headers": encoded})
        if response.cut:
            await self._piece(body[: len(body) // 2])
            await self._closed()
            return
        step = max(1, -(-len(body) // 20)) if response.dribble else max(1, len(body))
        for position in range(0, len(body), step):
            await asyncio.sleep(response.dribble / 20)
            await self._piece(body[position : position + step])
        for position in range(0, response.padding, 65536):
            await self._piece(b" " * min(65536, response.padding - position))
        await self._send({"type": "http.response.body", "body": b"", "more_body": False})

    async def _piece(self, data: bytes) -> None:
        await self._send({"type": "http.response.body", "body": data, "more_body": True})

    async def _closed(self) -> None:
        """Closed after what was written has gone."""
        self._connection.close()
        await self._gone()

    async def _gone(self) -> None:
        while (await self._receive())["type"] != "http.disconnect":
            pass


@functools.cache
def _loop() -> asyncio.AbstractEventLoop:
    loop = asyncio.new_event_loop()
    # Not run_forever: anyio keeps its threads for the task that all else runs in, and without one makes a new
    # thread for every request.
    for_ever = loop.create_future()
    threading.Thread(target=loop.run_until_complete, args=(for_ever,), name="uvicorn", daemon=True).start()
    return loop


def _on_the_loop(work: Coroutine[Any, Any, _T]) -> _T:
    """Done there, and waited for here."""
    return asyncio.run_coroutine_threadsafe(work, _loop()).result(30)
