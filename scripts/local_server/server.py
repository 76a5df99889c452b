# SPDX-FileCopyrightText: 2026 Draw Things Bridge maintainers
# SPDX-License-Identifier: GPL-3.0-or-later

"""The stand-in as one object: `with StandIn(engine="echo") as server: …`."""

from __future__ import annotations

import json
import threading
import time
import traceback
from collections.abc import Callable
from typing import Any, Literal

from . import control, sabotage
from .a1111.app import A1111
from .a1111.webui import Flavour
from .dialect import Dialect, House, Outcome
from .draw_things.app import DrawThingsApp
from .engine import Engine, make
from .faults import Faults
from .journal import Entry, Journal, without_pictures
from .transport import Request, Response, Transport
from .turns import Stopped, Turns

DialectName = Literal["DRAW_THINGS", "A1111"]


class StandIn:
    """A server that speaks one of two HTTP APIs on this computer, and is not that server.

    Starts listening when it is made, and stops with `close()` or at the end of a `with` block.
    OSError: the port is taken. ImportError: the engine's packages are not installed.
    """

    def __init__(
        self,
        engine: str | Engine = "pattern",
        *,
        host: str = "127.0.0.1",
        port: int = 0,
        faults: Faults = Faults(),  # noqa: B008  frozen
        app_state: Any = None,
        with_control: bool = False,
        on_entry: Callable[[Entry], object] | None = None,
        dialect: DialectName = "DRAW_THINGS",
        flavour: Flavour = "A1111",
        api_auth: str = "",
        api_server_stop: bool = False,
        controlnet: bool = True,
        nowebui: bool = False,
    ) -> None:
        """`port` 0 takes a free one; `on_entry` is called in a worker thread for every request.

        `app_state` is an `AppState`, or a `WebUi` for the dialect A1111; what follows `dialect` counts
        for A1111 only: whose relative it is, `user:password,…`, whether it can be stopped over HTTP,
        whether the ControlNet extension is installed, and whether it lacks the page with what tells of one
        request.
        """
        self.journal = Journal()
        self._faults = faults
        self._with_control = with_control
        self._on_entry = on_entry
        self._turns = Turns()
        self._closing = threading.Lock()
        self._closed = False
        painter = make(engine) if isinstance(engine, str) else engine
        house = House(painter, self._turns, lambda: self._faults, self._close_later)
        self._dialect: Dialect
        if dialect == "A1111":
            self._dialect = A1111(
                house,
                app_state,
                flavour=flavour,
                api_auth=api_auth,
                api_server_stop=api_server_stop,
                controlnet=controlnet,
                nowebui=nowebui,
            )
        elif dialect == "DRAW_THINGS":
            self._dialect = DrawThingsApp(house, app_state)
        else:
            raise ValueError(f"no such dialect: {dialect}")
        try:
            self._transport = Transport(self._handle, self._malformed, host, port, self._dialect.manners)
        except BaseException:
            self._dialect.close()
            raise

    @property
    def port(self) -> int:
        return int(self._transport.port)

    @property
    def url(self) -> str:
        return f"http://{self._transport.host}:{self.port}"

    @property
    def faults(self) -> Faults:
        """The switches; setting them takes effect at once, also for a picture that is being made."""
        return self._faults

    @faults.setter
    def faults(self, faults: Faults) -> None:
        with self._turns.changed:
            self._faults = faults
            self._turns.changed.notify_all()

    @property
    def app_state(self) -> Any:
        """What the server's user has set, `AppState` or `WebUi`; what requests leave out comes from it."""
        return self._dialect.app_state

    @app_state.setter
    def app_state(self, app_state: Any) -> None:
        with self._turns.changed:
            self._dialect.app_state = app_state

    def set_app_state(self, sent: dict[str, Any]) -> None:
        """As the setter, from JSON. KeyError, ValueError: not a setting of this server."""
        self.app_state = self._dialect.state_from_json(sent)

    @property
    def running(self) -> int:
        """1 while a picture is being made, else 0. Probes and refusals do not count."""
        return self._turns.running

    @property
    def waiting(self) -> int:
        """POST requests in the server's queue that are not being worked on."""
        return self._turns.waiting

    @property
    def stopped(self) -> bool:
        """`close` was called, or a request has stopped the server."""
        return self._turns.stopped

    def wait_until_running(self, timeout: float = 30.0) -> bool:
        """Wait until a picture is being made; False: none was within `timeout` seconds."""
        return self.wait_until(lambda: self._turns.running > 0, timeout)

    def wait_until_idle(self, timeout: float = 30.0) -> bool:
        """Wait until nothing runs and nothing waits; False: not within `timeout` seconds."""
        return self.wait_until(lambda: self._turns.idle, timeout)

    def wait_until(self, condition: Callable[[], bool], timeout: float = 30.0) -> bool:
        """Wait until something is true of this server's queue or journal; False: it took too long."""
        return self._turns.wait_until(condition, timeout)

    def close(self) -> None:
        """Stop listening, drop every connection, let go of a picture that is being made."""
        self._turns.stop()
        with self._closing:
            if self._closed:
                return
            self._transport.close()
            self._dialect.close()
            self._closed = True

    def _close_later(self, seconds: float) -> None:
        # In a thread of its own: a worker cannot wait for its own end.
        timer = threading.Timer(seconds, self.close)
        timer.daemon = True
        timer.start()

    def __enter__(self) -> StandIn:
        return self

    def __exit__(self, *_: object) -> None:
        self.close()

    # One request

    def _handle(self, request: Request) -> Response:
        if self._with_control and request.path.startswith(control.PREFIX):
            return control.answer(self, request)
        started = time.monotonic()
        early = sabotage.instead(request, self._faults)
        try:
            outcome = Outcome(early) if early else self._dialect.answer(request)
        except Stopped:
            return Response(drop=True)
        except Exception as error:
            # As the library does with what a handler throws. A mistake here must be seen, too.
            traceback.print_exc()
            outcome = Outcome(Response(500, content_type=""), detail=repr(error))
        response = sabotage.on_the_wire(request, outcome.response, self._faults)
        self._record(
            method=request.method,
            path=request.path,
            query=request.query,
            status=0 if response.drop else response.status,
            detail=outcome.detail,
            body=_journal_body(request),
            answer=outcome.answer,
            effective=outcome.effective,
            headers={k: v for k, v in request.headers.items() if not k.startswith(":")},
            images=outcome.images,
            seconds=time.monotonic() - started,
        )
        return response

    def _malformed(self, status: int) -> None:
        self._record(method="", path="", status=status, detail="answered by the HTTP library")

    def _record(self, **values: Any) -> None:
        entry = self.journal.record(**values)
        self._turns.tell()
        if self._on_entry:
            self._on_entry(entry)


def _journal_body(request: Request) -> Any:
    if not request.body:
        return None
    try:
        return without_pictures(json.loads(request.body))
    except (ValueError, RecursionError):
        return f"<{len(request.body)} bytes that are not JSON>"
