# SPDX-FileCopyrightText: 2026 Draw Things Bridge maintainers
# SPDX-License-Identifier: GPL-3.0-or-later

"""The stand-in as one object: `with StandIn(engine="echo") as server: …`."""

from __future__ import annotations

import itertools
import json
import threading
import time
import traceback
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field, replace
from typing import Any

from . import control, draw_things, picture, sabotage
from .app import AppState
from .draw_things import Order
from .engine import Engine, make
from .faults import Faults
from .journal import Entry, Journal, without_pictures
from .swift import Refusal
from .transport import Request, Response, Transport


class _Stopped(Exception):
    """The server is going down while a picture is being made."""


@dataclass(frozen=True)
class _Outcome:
    """An answer together with what the journal shall know about it."""

    response: Response
    detail: str = ""
    effective: dict[str, Any] = field(default_factory=dict)
    images: int = 0


class StandIn:
    """A server that speaks the Draw Things API on this computer, and is not Draw Things.

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
        app_state: AppState | None = None,
        with_control: bool = False,
        on_entry: Callable[[Entry], object] | None = None,
    ) -> None:
        """`port` 0 takes a free one; `on_entry` is called in a worker thread for every request."""
        self.journal = Journal()
        self._engine = make(engine) if isinstance(engine, str) else engine
        self._faults = faults
        self._app_state = app_state or AppState()
        self._with_control = with_control
        self._on_entry = on_entry
        self._changed = threading.Condition()
        self._tickets = itertools.count()
        self._queue: list[int] = []
        self._painting = 0
        self._stopped = False
        self._transport = Transport(self._handle, self._malformed, host, port)

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
        with self._changed:
            self._faults = faults
            self._changed.notify_all()

    @property
    def app_state(self) -> AppState:
        """What the app's user has set; requests inherit what they leave out."""
        return self._app_state

    @app_state.setter
    def app_state(self, app_state: AppState) -> None:
        with self._changed:
            self._app_state = app_state

    @property
    def running(self) -> int:
        """1 while a picture is being made, else 0. Probes and refusals do not count."""
        return self._painting

    @property
    def waiting(self) -> int:
        """POST requests in the app's queue that are not being worked on."""
        return max(0, len(self._queue) - 1)

    def wait_until_running(self, timeout: float = 30.0) -> bool:
        """Wait until a picture is being made; False: none was within `timeout` seconds."""
        return self.wait_until(lambda: self._painting > 0, timeout)

    def wait_until_idle(self, timeout: float = 30.0) -> bool:
        """Wait until nothing runs and nothing waits; False: not within `timeout` seconds."""
        return self.wait_until(lambda: not self._queue, timeout)

    def wait_until(self, condition: Callable[[], bool], timeout: float = 30.0) -> bool:
        """Wait until something is true of this server's queue or journal; False: it took too long."""
        with self._changed:
            return self._changed.wait_for(condition, timeout)

    def close(self) -> None:
        """Stop listening, drop every connection, let go of a picture that is being made."""
        with self._changed:
            self._stopped = True
            self._changed.notify_all()
        self._transport.close()

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
            outcome = _Outcome(early) if early else self._answer(request)
        except _Stopped:
            return Response(drop=True)
        except Exception as error:
            # As the library does with what a handler throws. A mistake here must be seen, too.
            traceback.print_exc()
            outcome = _Outcome(Response(500, content_type=""), detail=repr(error))
        response = sabotage.on_the_wire(request, outcome.response, self._faults)
        self._record(
            method=request.method,
            path=request.path,
            status=0 if response.drop else response.status,
            detail=outcome.detail,
            body=_journal_body(request),
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
        with self._changed:
            self._changed.notify_all()
        if self._on_entry:
            self._on_entry(entry)

    def _answer(self, request: Request) -> _Outcome:
        route = draw_things.route(request)
        if route == "configuration":
            self._wait(lambda faults: faults.delay_get)
            faults = self._faults
            return _Outcome(draw_things.configuration(self._app_state, faults.unknown_keys))
        if not route:
            return _Outcome(draw_things.NOT_FOUND)
        # Checks wait in the queue as well as pictures: the app does all of it on one queue.
        with self._turn():
            return self._generate(request.body, img2img=route == "img2img")

    def _generate(self, body: bytes, *, img2img: bool) -> _Outcome:
        app, faults = self._app_state, self._faults
        try:
            order = draw_things.read_order(body, img2img=img2img, app=app, unknown=faults.unknown_keys)
            if faults.refuse:
                raise Refusal(faults.refuse)
        except Refusal as refusal:
            return _Outcome(draw_things.refused(str(refusal)), detail=str(refusal))
        try:
            pictures = self._paint(order, app)
        except draw_things.Crash as crash:
            return _Outcome(Response(drop=True), detail=f"The app crashed: {crash}")
        faults = self._faults
        pictures = sabotage.pictures(pictures, faults)
        response = sabotage.texts(pictures, faults) or draw_things.delivered(pictures)
        return _Outcome(response, effective=dict(order.values), images=len(pictures))

    def _paint(self, order: Order, app: AppState) -> list[bytes]:
        with self._changed:
            self._painting += 1
            self._changed.notify_all()
        try:
            steps = int(order.values["steps"])
            self._wait(lambda faults: faults.delay + faults.delay_per_step * steps)
            pictures = draw_things.paint(order, app, self._engine, with_xmp=not self._faults.plain_picture)
        finally:
            with self._changed:
                self._painting -= 1
                self._changed.notify_all()
        if pictures:
            canvas = picture.decode(pictures[-1])
            with self._changed:
                self._app_state = replace(self._app_state, canvas=canvas)
        return pictures

    def _wait(self, seconds: Callable[[Faults], float]) -> None:
        """Wait as long as the switches say, also when they change meanwhile."""
        started = time.monotonic()
        with self._changed:
            while not self._stopped:
                left = started + seconds(self._faults) - time.monotonic()
                if left <= 0:
                    return
                self._changed.wait(left)
        raise _Stopped

    @contextmanager
    def _turn(self) -> Iterator[None]:
        """First come, first served."""
        with self._changed:
            ticket = next(self._tickets)
            self._queue.append(ticket)
            self._changed.notify_all()
            self._changed.wait_for(lambda: self._stopped or self._queue[0] == ticket)
        try:
            if self._stopped:
                raise _Stopped
            yield
        finally:
            with self._changed:
                self._queue.remove(ticket)
                self._changed.notify_all()


def _journal_body(request: Request) -> Any:
    if not request.body:
        return None
    try:
        return without_pictures(json.loads(request.body))
    except (ValueError, RecursionError):
        return f"<{len(request.body)} bytes that are not JSON>"
