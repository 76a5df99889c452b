# SPDX-FileCopyrightText: 2026 Draw Things Bridge maintainers
# SPDX-License-Identifier: GPL-3.0-or-later

"""Which models a server has that does not list them: asked for on the artist's click, and never else."""

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
from . import server_control


def running() -> ModelSearch | None:
    """The search that goes on, if any. For `draw`."""
    search = session.get().model_search
    return None if search is None or search.is_over else search


def why_not() -> str:
    """Empty, or why the server cannot be asked now. For `draw`."""
    if running() is not None:
        return "The server is being asked"
    if connection.known() is not None and offered.lists_models:
        return "The server lists its models itself"
    return connection.why_not(Feature.FIND_MODELS) or connection.why_not_idle()


def find() -> None:
    """Ask the server for each model that its dialect knows, and for the LoRAs of recommended settings,
    whether it is there; nothing is made.

    A few at a time, in the server's own queue, and only while no job waits or runs there. What is found is
    kept for this server, and stands in `WindowManager.drawthings.models`. In background waits for the end,
    and raises BridgeError.
    """
    if bpy.app.background and connection.known() is None:
        server_control.check()
    reason = why_not()
    if reason:
        raise InvalidSettings("{reason}.", "Ask again when that has changed.", reason=reason)
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
