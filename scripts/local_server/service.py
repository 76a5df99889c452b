# SPDX-FileCopyrightText: 2026 Draw Things Bridge maintainers
# SPDX-License-Identifier: GPL-3.0-or-later

"""One server in this process: its queue, its switches, its journal, and what speaks HTTP for it."""

from __future__ import annotations

import json
import threading
import time
import traceback
from collections.abc import Callable
from typing import Any

from . import control, sabotage
from .dialect import Dialect, DialectName, House, Listener, Outcome
from .engine import Engine, make
from .faults import Faults
from .journal import Entry, Journal
from .transport import Manners, Request, Response, Transport
from .turns import Stopped, Turns


class Service:
    """Starts listening when it is made, and stops with `close()`.

    OSError: the port is taken. ImportError: the packages of the engine or the dialect are not installed.
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
        **manner: Any,
    ) -> None:
        """As `StandIn`; `manner` is what counts for the dialect alone."""
        self.journal = Journal()
        self._faults = faults
        self._with_control = with_control
        self._on_entry = on_entry
        self._turns = Turns()
        self._closing = threading.Lock()
        self._closed = False
        painter = make(engine) if isinstance(engine, str) else engine
        house = House(painter, self._turns, lambda: self._faults, self._close_later)
        self._dialect = _dialect(dialect, house, app_state, manner)
        try:
            self._listener: Listener = self._dialect.listen(self, host, port)
        except BaseException:
            self._dialect.close()
            raise
        self.host = self._listener.host
        self.port = self._listener.port

    @property
    def faults(self) -> Faults:
        return self._faults

    @faults.setter
    def faults(self, faults: Faults) -> None:
        with self._turns.changed:
            self._faults = faults
            self._turns.changed.notify_all()

    @property
    def app_state(self) -> Any:
        return self._dialect.app_state

    @app_state.setter
    def app_state(self, app_state: Any) -> None:
        with self._turns.changed:
            self._dialect.app_state = app_state
            self._turns.changed.notify_all()

    def set_app_state(self, sent: dict[str, Any]) -> None:
        """As the setter, from JSON. KeyError, ValueError: not a setting of this server."""
        self.app_state = self._dialect.state_from_json(sent)

    @property
    def running(self) -> int:
        return self._turns.running

    @property
    def waiting(self) -> int:
        return self._turns.waiting

    @property
    def idle(self) -> bool:
        return self._turns.idle

    @property
    def stopped(self) -> bool:
        return self._turns.stopped

    def wait_until(self, condition: Callable[[], bool], timeout: float) -> bool:
        return self._turns.wait_until(condition, timeout)

    def close(self) -> None:
        self._turns.stop()
        with self._closing:
            if self._closed:
                return
            self._listener.close()
            self._dialect.close()
            self._closed = True

    def _close_later(self, seconds: float) -> None:
        # In a thread of its own: a worker cannot wait for its own end.
        timer = threading.Timer(seconds, self.close)
        timer.daemon = True
        timer.start()

    def over_transport(
        self, ask: Callable[[Request], Outcome], manners: Manners, host: str, port: int
    ) -> Listener:
        """Listen with the project's own HTTP; `ask` is the dialect, and is called in several threads."""
        return Transport(lambda request: self._answer(request, ask), self.malformed, host, port, manners)

    # One request, for what speaks HTTP

    def _answer(self, request: Request, ask: Callable[[Request], Outcome]) -> Response:
        started = time.monotonic()
        early = self.early(request)
        if early is not None:
            return self.told(request, early, started)
        try:
            outcome = ask(request)
        except Stopped:
            return Response(drop=True)
        except Exception as error:
            # As the library does with what a handler throws. A mistake here must be seen, too.
            traceback.print_exc()
            outcome = Outcome(Response(500, content_type=""), detail=repr(error))
        return self.told(request, outcome, started)

    def early(self, request: Request) -> Outcome | None:
        """The answer of whatever stands before the dialect: a switch, or what is in the server's place."""
        if self._with_control and request.path.startswith(control.PREFIX):
            return Outcome(control.answer(self, request), is_told=False)
        response = sabotage.instead(request, self._faults)
        return None if response is None else Outcome(response)

    def told(self, request: Request, outcome: Outcome, started: float) -> Response:
        """The answer as it goes over the wire, after the journal was told of it."""
        if not outcome.is_told:
            return outcome.response
        response = sabotage.on_the_wire(request, outcome.response, self._faults)
        self.record(
            method=request.method,
            path=request.path,
            query=request.query,
            status=0 if response.drop else response.status,
            detail=outcome.detail,
            body=self._body(request),
            answer=self.journal.told(outcome.answer),
            effective=outcome.effective,
            headers={k: v for k, v in request.headers.items() if not k.startswith(":")},
            images=outcome.images,
            seconds=time.monotonic() - started,
        )
        return response

    def malformed(self, status: int) -> None:
        """The library answered alone."""
        self.record(method="", path="", status=status, detail="answered by the HTTP library")

    def record(self, **values: Any) -> None:
        entry = self.journal.record(**values)
        self._turns.tell()
        if self._on_entry:
            self._on_entry(entry)

    def _body(self, request: Request) -> Any:
        if not request.body:
            return None
        try:
            return self.journal.told(json.loads(request.body))
        except (ValueError, RecursionError):
            return f"<{len(request.body)} bytes that are not JSON>"


def _dialect(name: str, house: House, app_state: Any, manner: dict[str, Any]) -> Dialect:
    # Imported here: the packages of the one are not where only the other is wanted.
    if name == "A1111":
        from .a1111.dialect import A1111

        return A1111(house, app_state, **manner)
    if name == "DRAW_THINGS":
        from .draw_things.app import DrawThingsApp

        return DrawThingsApp(house, app_state)
    if name == "KOBOLDCPP":
        from .small.koboldcpp import KoboldCpp

        return KoboldCpp(house, app_state)
    if name == "SD_SERVER":
        from .small.sd_server import SdServer

        return SdServer(house, app_state)
    raise ValueError(f"no such dialect: {name}")
