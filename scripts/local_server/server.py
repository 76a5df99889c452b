# SPDX-FileCopyrightText: 2026 Draw Things Bridge maintainers
# SPDX-License-Identifier: GPL-3.0-or-later

"""The stand-in as one object: `with StandIn(engine="echo") as server: …`."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, Protocol

from .a1111.webui import Flavour
from .dialect import DialectName
from .engine import Engine
from .faults import Faults
from .journal import Entry, Journal
from .remote import Remote
from .service import Service


class Running(Protocol):
    """A server in this process or in another."""

    host: str
    port: int
    journal: Journal
    faults: Faults
    app_state: Any

    @property
    def running(self) -> int: ...
    @property
    def waiting(self) -> int: ...
    @property
    def idle(self) -> bool: ...
    @property
    def stopped(self) -> bool: ...
    def wait_until(self, condition: Callable[[], bool], timeout: float) -> bool: ...
    def close(self) -> None: ...


class StandIn:
    """A server that speaks one of several HTTP APIs on this computer, and is not that server.

    Starts listening when it is made, and stops with `close()` or at the end of a `with` block. A server of
    A1111's API runs in a process of its own, which has the packages for it and is shared by all of them.
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

        `app_state` is an `AppState`, an `Installed` for the small servers, or a `WebUi` for A1111; what
        follows `dialect` counts for A1111 only: whose relative it is, `user:password,…`, whether it can be
        stopped over HTTP, whether the ControlNet extension is installed, and whether it lacks the page with
        what tells of one request. In another process an engine has a name, and nobody is called.
        """
        common: dict[str, Any] = {
            "engine": engine, "host": host, "port": port, "faults": faults, "app_state": app_state,
            "with_control": with_control, "dialect": dialect,
        }  # fmt: skip
        self._server: Running
        if dialect != "A1111":
            self._server = Service(**common, on_entry=on_entry)
        elif on_entry is not None or not isinstance(engine, str):
            raise ValueError("a server in another process can neither call nor be given an engine")
        else:
            self._server = Remote(
                **common,
                flavour=flavour,
                api_auth=api_auth,
                api_server_stop=api_server_stop,
                controlnet=controlnet,
                nowebui=nowebui,
            )

    @property
    def port(self) -> int:
        return self._server.port

    @property
    def url(self) -> str:
        return f"http://{self._server.host}:{self.port}"

    @property
    def journal(self) -> Journal:
        return self._server.journal

    @property
    def faults(self) -> Faults:
        """The switches; setting them takes effect at once, also for a picture that is being made."""
        return self._server.faults

    @faults.setter
    def faults(self, faults: Faults) -> None:
        self._server.faults = faults

    @property
    def app_state(self) -> Any:
        """What the server's user has set, `AppState` or `WebUi`; what requests leave out comes from it."""
        return self._server.app_state

    @app_state.setter
    def app_state(self, app_state: Any) -> None:
        self._server.app_state = app_state

    @property
    def running(self) -> int:
        """1 while a picture is being made, else 0. Probes and refusals do not count."""
        return self._server.running

    @property
    def waiting(self) -> int:
        """POST requests in the server's queue that are not being worked on."""
        return self._server.waiting

    @property
    def stopped(self) -> bool:
        """`close` was called, or a request has stopped the server."""
        return self._server.stopped

    def wait_until_running(self, timeout: float = 30.0) -> bool:
        """Wait until a picture is being made; False: none was within `timeout` seconds."""
        return self.wait_until(lambda: self._server.running > 0, timeout)

    def wait_until_idle(self, timeout: float = 30.0) -> bool:
        """Wait until nothing runs and nothing waits; False: not within `timeout` seconds."""
        return self.wait_until(lambda: self._server.idle, timeout)

    def wait_until(self, condition: Callable[[], bool], timeout: float = 30.0) -> bool:
        """Wait until something is true of this server's queue or journal; False: it took too long."""
        return self._server.wait_until(condition, timeout)

    def close(self) -> None:
        """Stop listening, drop every connection, let go of a picture that is being made."""
        self._server.close()

    def __enter__(self) -> StandIn:
        return self

    def __exit__(self, *_: object) -> None:
        self.close()
