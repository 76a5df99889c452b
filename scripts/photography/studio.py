# SPDX-FileCopyrightText: 2026 Draw Things Bridge maintainers
# SPDX-License-Identifier: GPL-3.0-or-later

"""A window with the demo's scene, connected to the local servers: what an artist does there."""

from __future__ import annotations

import json
import math
import time
import urllib.request
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from PIL import Image, ImageChops, ImageDraw, ImageFilter

from environments import REPOSITORY
from window import BlenderWindow, Rectangle

TAB = "Draw Things"
NOBODY = "http://127.0.0.1:9"
"""Nothing listens at port 9."""

COPPER = "weathered copper, verdigris in the creases"

_NAMES = """
import sys
sys.path.insert(0, {scripts!r})

def package():
    return next(name for name in bpy.context.preferences.addons.keys() if name.endswith("drawthings_addon"))

def module(name):
    return sys.modules[f"{{package()}}.{{name}}"]

def session():
    return module("blender.session.session").get()

def preferences():
    return bpy.context.preferences.addons[package()].preferences

def select(*names):
    for each in bpy.context.scene.objects:
        each.select_set(each.name in names)
    bpy.context.view_layer.objects.active = bpy.data.objects[names[0]] if names else None

# Without a window manager the render's own window would lie over everything.
bpy.context.preferences.view.render_display_type = 'NONE'
bpy.context.preferences.view.show_tooltips = False
# Beside the sidebar all of the editor is seen, and behind it nothing.
bpy.context.preferences.system.use_region_overlap = False
import demo_scene
scene = demo_scene.build()
chosen = scene.drawthings
chosen.width = chosen.height = 512
chosen.use_random_seed = False
chosen.seed = 7
bpy.context.view_layer.update()
select(demo_scene.JAR)
view = area('VIEW_3D').spaces.active
view.region_3d.view_perspective = 'CAMERA'
view.shading.type = 'SOLID'
view.shading.color_type = 'TEXTURE'
view.shading.show_cavity = True
view.overlay.show_extras = False
view.overlay.show_relationship_lines = False
bpy.ops.ed.undo_push(message="Still Life")
"""

_LIGHT = """
import os
found = [
    os.path.join(folder, name)
    for folder in bpy.utils.preset_paths("interface_theme")
    for name in os.listdir(folder)
    if "light" in name.lower()
]
with override(): bpy.ops.script.execute_preset(
    filepath=found[0], menu_idname='USERPREF_MT_interface_theme_presets')
"""
_DARK = "with override(): bpy.ops.preferences.reset_default_theme()"

#: How often the sidebar's edge is looked for.
_ATTEMPTS = 9
#: Pixels around what is cut out of a photograph.
_MARGIN = 10


class Studio:
    """One window, and the servers by the name of their dialect."""

    def __init__(self, window: BlenderWindow, servers: Mapping[str, str], folder: Path) -> None:
        self.window = window
        self.servers = servers
        self.folder = folder
        window.run(_NAMES.format(scripts=str(REPOSITORY / "scripts")), timeout=120)
        self.width = self.sidebar().width

    # -- What an artist does ---------------------------------------------------------------------

    def run(self, code: str) -> Any:
        return self.window.run(code)

    def set(self, **settings: Any) -> None:
        """Set fields of the panel."""
        for name, value in settings.items():
            self.run(f"bpy.context.scene.drawthings.{name} = {value!r}")

    def call(self, operator: str, editor: str = 'VIEW_3D') -> None:
        """Call an operator of the extension, written as Python: "txt2img(target='IMAGE')"."""
        self.run(f"with override({editor!r}): bpy.ops.drawthings.{operator}")

    def connect(self, server: str) -> None:
        """Enter the address of a server, named by its dialect or by itself, and test the connection."""
        self.run(f"preferences().server_url = {self.servers.get(server, server)!r}")
        self.run("with override('VIEW_3D'): bpy.ops.drawthings.check_server()")
        self.window.wait_until("not session().has_work", timeout=60)

    def faults(self, server: str, **switches: Any) -> None:
        """Switch faults of a server on, and all others off."""
        request = urllib.request.Request(
            f"{self.servers[server]}/__stand_in__/faults",
            data=json.dumps(switches).encode(),
            headers={"Content-Type": "application/json"},
            method="POST",
        )
        urllib.request.urlopen(request, timeout=10).close()

    def make(self, prompt: str, call: str, editor: str = 'VIEW_3D') -> None:
        """Order a picture and wait for it."""
        before = self.run("len(session().results)")
        self.set(prompt=prompt)
        self.call(call, editor)
        self.window.wait_until(f"len(session().results) > {before}", timeout=180)
        self.settle()

    def settle(self) -> None:
        """Wait until nothing is under way any more."""
        self.window.wait_until("not session().has_work", timeout=120)

    def end_all(self) -> None:
        """Cancel what runs, wait until it has ended, and forget what was said about it."""
        self.run(
            "with override('VIEW_3D'):\n"
            "    for each in session().statuses(): bpy.ops.drawthings.cancel(job_id=each.job.id)"
        )
        for server in self.servers:
            self.faults(server)
        self.settle()
        self.run("for each in session().statuses(): session().dismiss(each.job.id)")
        self.run("session().notices.clear()")

    def wait_for_step(self, step: int) -> None:
        """Wait until the server has told that so many steps of a picture are done."""
        told = "[each.progress.step for each in session().statuses() if each.progress is not None]"
        self.window.wait_until(f"max({told}, default=0) >= {step}", timeout=120)
        time.sleep(0.7)

    def select(self, *names: str) -> None:
        self.run(f"select(*{names!r})")

    def show_editor(self, kind: str) -> None:
        """Turn the largest editor into this one, and step aside with the pointer."""
        self.window.show_editor(kind)
        self.step_aside(kind)

    def sidebar(self, kind: str = 'VIEW_3D') -> Rectangle:
        return self.window.show_sidebar(kind, TAB)

    def step_aside(self, kind: str = 'VIEW_3D') -> None:
        """The pointer into the editor's lower left, where it touches nothing."""
        part = self.window.rectangle(kind)
        self.window.move(part.left + 120, part.top + part.height - 40)

    # -- How it looks ----------------------------------------------------------------------------

    def theme(self, name: str) -> None:
        """Blender's own "dark" or "light" theme."""
        self.run(_LIGHT if name == "light" else _DARK)

    def set_width(self, pixels: int, kind: str = 'VIEW_3D') -> None:
        """Drag the sidebar's edge until it is so wide, or as near as Blender lets it."""
        for attempt in range(_ATTEMPTS):
            part = self.window.rectangle(kind, 'UI')
            if abs(part.width - pixels) <= 1:
                break
            # Blender takes a moment to see that the pointer is on the edge, and the edge is thin.
            self.step_aside(kind)
            edge = part.left - 1 + attempt % 3, part.top + part.height // 2
            self.window.move(*edge)
            self.window.drag(edge, (edge[0] + part.width - pixels, edge[1]))
        else:
            raise LookupError(f"the sidebar is {part.width} pixels wide, not {pixels}")
        self.step_aside(kind)

    # -- Photographs -----------------------------------------------------------------------------

    def photograph_sidebar(self, name: str, kind: str = 'VIEW_3D') -> Path:
        """The sidebar, without what is empty below its last panel."""
        return trimmed(self.window.photograph(self.path(name), self.sidebar(kind)))

    def photograph_window(self, name: str) -> Path:
        return self.window.photograph(self.path(name))

    def photograph_status_bar(self, name: str) -> Path:
        """The right half of the window's lowest line."""
        width, height = self.window.size
        line = round(26 * self.run("bpy.context.preferences.system.ui_scale"))
        return self.window.photograph(
            self.path(name), Rectangle(width // 2, height - line, width - width // 2, line)
        )

    def photograph_change(self, name: str, before: Path, kind: str = 'VIEW_3D') -> Path:
        """What opened at the pointer since the photograph `before` of the window, cut out."""
        path = self.window.photograph(self.path(name))
        with Image.open(path) as picture, Image.open(before) as earlier:
            pixels = picture.convert("RGB")
            changed = ImageChops.difference(pixels, earlier.convert("RGB")).convert("L")
        # Gaps between letters are closed; what changed elsewhere stays apart.
        mask = changed.point(lambda value: 255 * (value > 6)).filter(ImageFilter.MaxFilter(15))
        pointer = self.place_to_open(kind)
        places = ((x, y) for x in range(0, mask.width, 8) for y in range(0, mask.height, 8))
        seed = min(filter(mask.getpixel, places), key=lambda at: math.dist(at, pointer), default=None)
        if seed is None:
            raise LookupError("nothing opened")
        ImageDraw.floodfill(mask, seed, 128)
        box = mask.point(lambda value: 255 * (value == 128)).getbbox()
        pixels.crop(box).save(path)
        return path

    def place_to_open(self, kind: str) -> tuple[int, int]:
        """Where in an editor popovers and menus are opened."""
        part = self.window.rectangle(kind)
        return part.left + part.width // 3, part.top + part.height // 3

    def path(self, name: str) -> Path:
        return self.folder / f"{name}.png"


def trimmed(path: Path) -> Path:
    """Cut the rows off a picture's lower end that are of one colour."""
    with Image.open(path) as picture:
        pixels = picture.convert("RGB")
    ground = Image.new("RGB", pixels.size, pixels.getpixel((pixels.width // 2, pixels.height - 2)))
    # Its frame and tabs go all the way down.
    inside = (6, 0, pixels.width * 3 // 4, pixels.height - 6)
    box = ImageChops.difference(pixels, ground).crop(inside).getbbox()
    if box is not None:
        pixels = pixels.crop((0, 0, pixels.width, min(pixels.height, box[3] + _MARGIN)))
    pixels.save(path)
    return path
