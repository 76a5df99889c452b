# SPDX-FileCopyrightText: 2026 Draw Things Bridge maintainers
# SPDX-License-Identifier: GPL-3.0-or-later

"""Free the server's GPU while Blender renders, where the scene asks for it and the server can.

With a window the order to unload is given when the render begins and not waited for: the window must
not stand still for it. In background the render waits.
"""

from __future__ import annotations

import time

import bpy
from bpy.app.handlers import persistent

from ..client.features import Feature
from ..client.http.address import Server
from ..errors import BridgeError, FeatureMissing
from ..jobs.serial_executor import SerialExecutor
from . import handlers, settings
from .actions import connection
from .capture import scene_copy
from .session import session

#: Orders go out one after another. Blender calls the handlers on its render job's thread, where neither
#: timers nor the session may be touched.
_orders = SerialExecutor("drawthings-gpu")
#: The server whose model was unloaded for the render that is under way.
_unloaded: Server | None = None


@persistent
def _render_begins(scene: bpy.types.Scene, *_unused: object) -> None:
    global _unloaded
    # What the extension renders for a job of its own is over at once.
    if not scene.drawthings.use_free_gpu or scene.name.startswith(scene_copy.PREFIX):
        return
    _unloaded = _free_server()
    if _unloaded is not None:
        _order(_unloaded, Feature.FREE_MEMORY)


@persistent
def _render_ends(_scene: bpy.types.Scene, *_unused: object) -> None:
    global _unloaded
    server, _unloaded = _unloaded, None
    if server is not None:
        _order(server, Feature.RELOAD_MODEL)


def _free_server() -> Server | None:
    """The connected server, if it may have a model to unload; one that was not asked yet is asked then.

    None for a server on which a job runs: it keeps its model.
    """
    try:
        known = connection.known()
        offered = known is None or known.offers(Feature.FREE_MEMORY)
        return settings.server() if offered and not connection.why_not_idle() else None
    except BridgeError:
        return None


def _order(server: Server, feature: Feature) -> None:
    """Tell the server elsewhere; what goes wrong is told in the panel and stops no render."""
    current = session.get()

    def call() -> None:
        try:
            client = current.connections.client(server)
            if client.capabilities.offers(feature):
                client.command(feature)
        except BridgeError as error:
            if isinstance(error, FeatureMissing):
                current.connections.lacks(server, error.place)
            current.tell(error.what, error.advice)

    _orders.add(call)
    if bpy.app.background:
        while not _orders.is_idle:
            time.sleep(0.005)


_HANDLERS: tuple[handlers.Named, ...] = (
    ("render_init", _render_begins),
    ("render_complete", _render_ends),
    ("render_cancel", _render_ends),
)


def register() -> None:
    handlers.add(_HANDLERS)


def unregister() -> None:
    handlers.remove(_HANDLERS)
