# SPDX-FileCopyrightText: 2026 Draw Things Bridge maintainers
# SPDX-License-Identifier: GPL-3.0-or-later

"""A server in another process, as thin as can be: started once, when it is first wanted, and shared.

That process runs the Python of the tools' environment, whatever Python this is (Blender's has no FastAPI).
`$DRAWTHINGS_TOOLS` names that Python where it is known; scripts/test.py sets it.
"""

from __future__ import annotations

import atexit
import contextlib
import importlib.util
import os
import pickle
import subprocess
import sys
import threading
import time
import weakref
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

from . import host
from .faults import Faults
from .journal import Entry, Journal

TOOLS_VARIABLE = "DRAWTHINGS_TOOLS"
_SCRIPTS = Path(__file__).resolve().parents[1]
_EVERY = 0.003
"""Seconds between two looks at something that is waited for."""


class _Process:
    """The other process. One order at a time, none of which takes long."""

    def __init__(self) -> None:
        program = "from local_server import host; host.main()"
        environment = {**os.environ, "PYTHONPATH": str(_SCRIPTS)}
        self._process = subprocess.Popen(
            [_interpreter(), "-P", "-c", program],
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            env=environment,
        )
        assert self._process.stdin is not None and self._process.stdout is not None
        self._orders, self._answers = self._process.stdin, self._process.stdout
        self._lock = threading.Lock()
        atexit.register(self.end)

    def do(self, function: Callable[..., Any], *arguments: Any) -> Any:
        """What a function of a module gives back there, or raises."""
        with self._lock:
            try:
                self._orders.write(pickle.dumps((function, arguments)))
                self._orders.flush()
                succeeded, value = pickle.load(self._answers)
            except (OSError, EOFError):
                raise RuntimeError("the local server's process has ended") from None
        if not succeeded:
            raise value
        return value

    def end(self) -> None:
        """Its input ends, and with it the process."""
        with contextlib.suppress(OSError):
            self._orders.close()
        try:
            self._process.wait(10)
        except subprocess.TimeoutExpired:
            self._process.kill()


_started: list[_Process] = []
_starting = threading.Lock()
_open: weakref.WeakSet[Remote] = weakref.WeakSet()


def do(function: Callable[..., Any], *arguments: Any) -> Any:
    """Do it in the other process, which is started first where it is not yet."""
    with _starting:
        if not _started:
            _started.append(_Process())
    return _started[0].do(function, *arguments)


def catch_up() -> None:
    """Bring what was noted in the other process until now into the journals here."""
    for server in tuple(_open):
        server.journal.catch_up()


def _interpreter() -> str:
    named = os.environ.get(TOOLS_VARIABLE)
    if named:
        return named
    if all(importlib.util.find_spec(name) for name in ("fastapi", "uvicorn", "PIL")):
        return sys.executable
    import environments

    return str(environments.python(environments.TOOLS))


class RemoteJournal(Journal):
    """What the other process has noted, brought here whenever it is looked at."""

    def __init__(self, number: int) -> None:
        self._server: int | None = number
        self._last = 0
        self._keeps = False
        self._catching_up = threading.Lock()
        super().__init__()

    @property
    def keeps_pictures(self) -> bool:
        return self._keeps

    @keeps_pictures.setter
    def keeps_pictures(self, wanted: bool) -> None:
        if wanted != self._keeps and self._server is not None:
            do(host.keep_pictures, self._server, wanted)
        self._keeps = wanted

    def catch_up(self) -> None:
        with self._catching_up:
            if self._server is not None:
                self._brought(do(host.entries_after, self._server, self._last))

    def close(self) -> dict[str, Any]:
        """Close the server, after which nothing is noted any more; how it was at its end."""
        with self._catching_up:
            found, last = do(host.close_service, self._server, self._last)
            self._server = None
            self._brought(found)
            return dict(last)

    def _brought(self, entries: list[Entry]) -> None:
        for entry in entries:
            self._last = entry.number
            self.keep(entry)

    def clear(self) -> None:
        self.catch_up()
        super().clear()
        if self._server is not None:
            do(host.clear_journal, self._server)

    def __iter__(self) -> Iterator[Entry]:
        self.catch_up()
        return super().__iter__()

    def __len__(self) -> int:
        self.catch_up()
        return super().__len__()

    def __getitem__(self, index: int) -> Entry:
        self.catch_up()
        return super().__getitem__(index)


class Remote:
    """One server there. The arguments are those of `Service`."""

    def __init__(self, **options: Any) -> None:
        self._number, self.host, self.port = do(host.open_service, options)
        self.journal = RemoteJournal(self._number)
        self._closing = threading.Lock()
        self._last: dict[str, Any] | None = None
        """How it was when it was closed."""
        _open.add(self)

    def _get(self, name: str) -> Any:
        with self._closing:
            return do(host.get, self._number, name) if self._last is None else self._last[name]

    def _put(self, name: str, value: Any) -> None:
        with self._closing:
            if self._last is None:
                do(host.put, self._number, name, value)

    @property
    def faults(self) -> Faults:
        faults: Faults = self._get("faults")
        return faults

    @faults.setter
    def faults(self, faults: Faults) -> None:
        self._put("faults", faults)

    @property
    def app_state(self) -> Any:
        return self._get("app_state")

    @app_state.setter
    def app_state(self, app_state: Any) -> None:
        self._put("app_state", app_state)

    @property
    def running(self) -> int:
        return int(self._get("running"))

    @property
    def waiting(self) -> int:
        return int(self._get("waiting"))

    @property
    def idle(self) -> bool:
        return bool(self._get("idle"))

    @property
    def stopped(self) -> bool:
        return bool(self._get("stopped"))

    def wait_until(self, condition: Callable[[], bool], timeout: float) -> bool:
        until = time.monotonic() + timeout
        while not condition():
            if time.monotonic() > until:
                return False
            time.sleep(_EVERY)
        return True

    def close(self) -> None:
        with self._closing:
            if self._last is None:
                self._last = self.journal.close()
                _open.discard(self)
