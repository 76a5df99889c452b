# SPDX-FileCopyrightText: 2026 Draw Things Bridge maintainers
# SPDX-License-Identifier: GPL-3.0-or-later

"""Free the server's GPU while Blender renders, where the scene asks for it and the server can.

With a window the order to unload is given when the render begins and not waited for: the window must
not stand still for it. In background the render waits. A server that is at somebody else's job keeps its
model, which would be taken from under that, and the artist is told. Blender calls the handlers on its render
job's thread, where neither timers nor the session's state may be touched.
"""

from __future__ import annotations

from dataclasses import dataclass

import bpy
from bpy.app.handlers import persistent

from ..client.features import Feature
from ..client.http.address import Server
from ..client.interface import Client
from ..errors import BridgeError, FeatureMissing, ServerBusy
from . import connection, handlers, settings
from .capture import scene_copy
from .session import session


@dataclass(eq=False)
class _Freed:
    """A server whose model gives way to one render."""

    server: Server
    is_unloaded: bool = False
    """Told on the server's thread, between its orders."""

    def unload(self, client: Client) -> None:
        """Raises ServerBusy while others need the model."""
        if not client.capabilities.offers(Feature.FREE_MEMORY):
            return
        if client.is_busy():
            raise ServerBusy(
                "Somebody else's job is running on {server}: its model stays loaded while Blender renders.",
                "Render again when it is done, if the memory does not suffice.",
                server=client.server.label,
            )
        # Also where the answer is lost.
        self.is_unloaded = True
        try:
            client.command(Feature.FREE_MEMORY)
        except FeatureMissing:
            # Nobody knew before; now there is nothing to load again.
            self.is_unloaded = False
            raise

    def load_again(self, client: Client) -> None:
        if self.is_unloaded and client.capabilities.offers(Feature.RELOAD_MODEL):
            client.command(Feature.RELOAD_MODEL)


#: For the render that is under way.
_freed: _Freed | None = None


@persistent
def _render_begins(scene: bpy.types.Scene, *_unused: object) -> None:
    global _freed
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
    freed = _Freed(server)
    if session.get().order_from_render(server, freed.unload, when_idle=True):
        _freed = freed


@persistent
def _render_ends(_scene: bpy.types.Scene, *_unused: object) -> None:
    _load_again()


def _load_again() -> None:
    global _freed
    freed, _freed = _freed, None
    if freed is not None:
        session.get().order_from_render(freed.server, freed.load_again)


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
