# SPDX-FileCopyrightText: 2026 Draw Things Bridge maintainers
# SPDX-License-Identifier: GPL-3.0-or-later

"""An artist's desk: a window with the extension, connected to a stand-in of the server."""

from __future__ import annotations

from pathlib import Path
from typing import Any

from local_server import StandIn
from window import BlenderWindow

TAB = "Draw Things"

# Names that every code run in Blender may use. Modules are looked up each time: disabling and
# enabling the extension may load them anew.
_NAMES = """
import sys

def package():
    names = [name for name in bpy.context.preferences.addons.keys() if name.endswith("drawthings_addon")]
    return names[0] if names else "bl_ext.user_default.drawthings_addon"

def module(name):
    return sys.modules[f"{package()}.{name}"]

def session():
    return module("blender.session.session").get()

def pump_runs():
    return bpy.app.timers.is_registered(module("blender.session.pump").pump)

def recipes():
    return [image.name for image in bpy.data.images if image.drawthings.recipe]

def texture(name):
    tree = bpy.data.objects[name].active_material.node_tree
    engine = bpy.context.scene.render.engine
    found = module("blender.node_reading").images(tree, "Base Color", engine)
    return found[0].node if found else None

def texture_image(name):
    node = texture(name)
    return node.image.name if node is not None and node.image is not None else ""
"""


class Desk:
    """A window, and the server that its extension is connected to."""

    def __init__(self, window: BlenderWindow, server: StandIn) -> None:
        self.window = window
        self.server = server
        self._earlier: set[Path] = set()
        window.run(_NAMES)
        window.run(f"bpy.context.preferences.addons[package()].preferences.server_url = {server.url!r}")

    def start_afresh(self) -> None:
        """Forget the pictures and notices of earlier tests."""
        self.window.wait_until("not session().has_work")
        self.window.run("session().results.clear(); session().notices.clear()")
        self._earlier = set(self.window.user.rglob("pictures/*.png"))

    def set(self, **settings: Any) -> None:
        """Set fields of the panel."""
        for name, value in settings.items():
            self.window.run(f"bpy.context.scene.drawthings.{name} = {value!r}")

    def texture(self, prompt: str = "weathered copper", *, edge: int = 256) -> None:
        """Order a texture for the active object, as the button does."""
        self.set(prompt=prompt, width=edge, height=edge)
        self.window.run("with override('VIEW_3D'): bpy.ops.drawthings.txt2img(target='MATERIAL')")

    def start_texture(self, prompt: str = "weathered copper") -> None:
        """Order a texture and wait until the server works on it."""
        self.texture(prompt)
        assert self.server.wait_until_running()

    def wait_for_results(self, count: int, timeout: float = 60.0) -> None:
        """Wait until so many pictures were delivered and nothing is under way any more."""
        self.window.wait_until(f"len(session().results) >= {count}", timeout)
        self.window.wait_until("not session().has_work", timeout)
        assert self.window.run("len(session().results)") == count

    def notices(self) -> list[str]:
        """What the panel tells."""
        told: list[str] = self.window.run("[notice.text for notice in session().notices]")
        return told

    def pictures(self) -> list[Path]:
        """The pictures on disk that this window's Blender has made since `start_afresh`."""
        return sorted(set(self.window.user.rglob("pictures/*.png")) - self._earlier)

    def point_at_view(self) -> None:
        """Move the pointer into the 3D View, where keys reach it."""
        self.window.move(*self.window.rectangle('VIEW_3D').centre)
