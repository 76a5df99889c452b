# SPDX-FileCopyrightText: 2026 Draw Things Bridge maintainers
# SPDX-License-Identifier: GPL-3.0-or-later

"""Free the server's GPU while Blender renders, where the scene asks for it and the server can.

With a window the order to unload is given when the render begins and not waited for: the window must
not stand still for it. In background the render waits. Blender calls the handlers on its render job's thread,
where neither timers nor the session's state may be touched.
"""

from __future__ import annotations

import bpy
from bpy.app.handlers import persistent

from ..client.features import Feature
from ..client.http.address import Server
from ..client.interface import Client
from ..errors import BridgeError
from ..jobs.server_worker import Question
from . import connection, handlers, settings
from .capture import scene_copy
from .session import session

#: The server whose model was unloaded for the render that is under way.
_unloaded: Server | None = None


@persistent
def _render_begins(scene: bpy.types.Scene, *_unused: object) -> None:
    global _unloaded
    # What the extension renders for a job of its own is over at once.
    if not scene.drawthings.use_free_gpu or scene.name.startswith(scene_copy.PREFIX):
        return
    try:
        known = connection.known()
        if known is not None and not known.offers(Feature.FREE_MEMORY):
            return
        server = settings.server()
    except BridgeError:
        return
    # A server on which a job runs keeps its model.
    if session.get().order_from_render(server, _command(Feature.FREE_MEMORY), when_idle=True):
        _unloaded = server


@persistent
def _render_ends(_scene: bpy.types.Scene, *_unused: object) -> None:
    _load_again()


def _load_again() -> None:
    global _unloaded
    server, _unloaded = _unloaded, None
    if server is not None:
        session.get().order_from_render(server, _command(Feature.RELOAD_MODEL))


def _command(feature: Feature) -> Question:
    """Nothing is ordered of a server that turns out not to offer it."""

    def order(client: Client) -> None:
        if client.capabilities.offers(feature):
            client.command(feature)

    return order


_HANDLERS: tuple[handlers.Named, ...] = (
    ("render_init", _render_begins),
    ("render_complete", _render_ends),
    ("render_cancel", _render_ends),
)


def register() -> None:
    handlers.add(_HANDLERS)


def unregister() -> None:
    handlers.remove(_HANDLERS)
    # The end of a render that is under way is told to nobody.
    _load_again()
