# SPDX-FileCopyrightText: 2026 Draw Things Bridge maintainers
# SPDX-License-Identifier: GPL-3.0-or-later

"""Free the server's GPU while Blender renders, where the scene asks for it and the server can.

With a window the order to unload is given when the render begins and not waited for: the window must
not stand still for it. In background the render waits.
"""

from __future__ import annotations

from operator import methodcaller

import bpy
from bpy.app.handlers import persistent

from ..client import endpoints
from ..client.address import Server
from ..client.endpoints import Endpoint
from ..errors import BridgeError
from . import connection, session, settings, side_render

#: The server whose model was unloaded for the render that is under way.
_unloaded: Server | None = None


@persistent
def _render_begins(scene: bpy.types.Scene, *_unused: object) -> None:
    global _unloaded
    # Renders of our own are many and short, or serve the very picture that the model is to make.
    is_ours = scene.name.startswith(side_render.PREFIX)
    if is_ours or not scene.drawthings.use_free_gpu or not _can_unload():
        return
    _unloaded = settings.server()
    _order(_unloaded, endpoints.UNLOAD_CHECKPOINT, methodcaller("unload_checkpoint"))


@persistent
def _render_ends(_scene: bpy.types.Scene, *_unused: object) -> None:
    global _unloaded
    if _unloaded is not None:
        address, _unloaded = _unloaded, None
        _order(address, endpoints.RELOAD_CHECKPOINT, methodcaller("reload_checkpoint"))


def _can_unload() -> bool:
    """A job that runs keeps its model; a server that was not asked yet is asked when the time comes."""
    try:
        known = session.get().status.capabilities
        offered = known is None or known.offers(endpoints.UNLOAD_CHECKPOINT)
        return offered and not settings.why_not_server() and not connection.why_not_idle()
    except BridgeError:
        return False


def _order(address: Server, endpoint: Endpoint, verb: connection.Verb) -> None:
    """Tell the server elsewhere; what goes wrong is told in the panel and stops no render."""
    current = session.get()

    def question() -> None:
        client = current.connections.client(address)
        if client.capabilities.offers(endpoint):
            verb(client)

    def answer(_none: object, error: BridgeError | None) -> None:
        if error is not None:
            current.tell(error.what, error.advice)

    current.ask(question, answer)


_HANDLERS = (
    ("render_init", _render_begins),
    ("render_complete", _render_ends),
    ("render_cancel", _render_ends),
)


def register() -> None:
    for name, handler in _HANDLERS:
        getattr(bpy.app.handlers, name).append(handler)


def unregister() -> None:
    for name, handler in _HANDLERS:
        handlers = getattr(bpy.app.handlers, name)
        if handler in handlers:
            handlers.remove(handler)
