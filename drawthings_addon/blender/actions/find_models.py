# SPDX-FileCopyrightText: 2026 Draw Things Bridge maintainers
# SPDX-License-Identifier: GPL-3.0-or-later

"""Which models a server has: asked for on the artist's click, and never else. Where it lists them its list
tells; of one that does not it is asked for each."""

from __future__ import annotations

from collections import deque
from collections.abc import Mapping

import bpy

from ...client import bounds
from ...client.features import Feature
from ...errors import InvalidSettings
from ...messages import Message
from .. import connection, settings, windows
from ..choices import offered
from ..model_entries import entries
from ..session import session
from ..session.model_search import ModelSearch
from ..session.notices import About
from ..session.server_state import Connection
from . import server_control


def running() -> ModelSearch | None:
    """The search that goes on, if any. For `draw`."""
    search = session.get().model_search
    return None if search is None or search.is_over else search


def why_not() -> str:
    """Empty, or why the server cannot be asked now. For `draw`."""
    if running() is not None or session.get().status.connection is Connection.ASKING:
        return "The server is being asked"
    if offered.lists_models:
        return "The server lists its models itself"
    reason = settings.why_not_server() or connection.why_not_idle()
    is_known = connection.known() is not None
    return reason or (connection.why_not(Feature.FIND_MODELS) if is_known else "")


def find() -> None:
    """Ask the server for each model that its dialect knows, and for the LoRAs of recommended settings,
    whether it is there; nothing is made. Of a dialect without such a list the server's own is asked for; who
    answers is found out before.

    A few at a time, in the server's own queue, and only while no job waits or runs there. What is found is
    kept for this server, and stands in `WindowManager.drawthings.models`. In background waits for the end,
    and raises BridgeError.
    """
    _require()
    current = session.get()
    if connection.known() is not None and offered.dialect.known_models():
        _search()
        return
    server_control.check()

    def step() -> bool:
        is_asking = current.status.connection is Connection.ASKING
        if not is_asking and current.status.connection is Connection.ANSWERED:
            if offered.dialect.known_models():
                _search()
            else:
                _show()
        return is_asking

    if bpy.app.background:
        step()
    else:
        current.attend(step)


def _require() -> None:
    reason = why_not()
    if reason:
        raise InvalidSettings("{reason}.", "Ask again when that has changed.", reason=reason)


def _search() -> None:
    _require()
    current, server = session.get(), settings.server()
    names = [each.file for each in offered.all_models if bounds.is_name(each.file)]
    loras = dict.fromkeys(
        lora.file
        for name in names
        for found in connection.dialect().recommended(name)
        for lora in found.loras
    )

    def learn(found: Mapping[str, bool]) -> None:
        current.models.learn(server.origin, found)
        _show()

    search = ModelSearch(server, current.order_when_idle, learn, deque(names), deque(loras))
    current.model_search = search

    def step() -> bool:
        goes_on = search.step() and settings.is_connected(server.url)
        if not goes_on:
            search.is_over = True
            _end(search, len(names))
        return goes_on

    current.attend(step)
    if bpy.app.background and search.error is not None:
        raise search.error


def stop() -> None:
    """End the search: what was found stays."""
    search = running()
    if search is not None:
        search.is_stopped = True


def _show() -> None:
    session.get().show_found_models()
    entries.fill()
    windows.redraw_sidebars()


def _end(search: ModelSearch, count: int) -> None:
    current = session.get()
    current.jobs.write_beside(current.models.write)
    _show()
    asked = count - len(search.models)
    told = Message(
        "{server} has {there} of the {asked} models that it was asked for.",
        server=search.server.label, there=search.there, asked=asked,
    )  # fmt: skip
    advice = ""
    if search.error is not None:
        advice = Message("It ended early. {reason}", reason=search.error.what)
    elif search.left:
        advice = "It ended early: ask again to go on." if search.is_too_long else ""
    current.tell(told, advice, About("models", search.server.url))
