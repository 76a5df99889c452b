#!/usr/bin/env python3
# SPDX-FileCopyrightText: 2026 Draw Things Bridge maintainers
# SPDX-License-Identifier: GPL-3.0-or-later

"""Photographs of every panel in every editor, in the states that an artist meets.

    python3 scripts/photographs.py                      # Debian's 5.2, into out/photographs/sid
    python3 scripts/photographs.py --blender trixie sid
    python3 scripts/photographs.py --readme             # and the pictures of the README into docs/

The scene is the demo's, the server the local stand-in with its neural engine.
"""

from __future__ import annotations

import argparse
import json
import shutil
import sys
import tempfile
import time
import urllib.request
from pathlib import Path
from typing import Any

from build import BuildError, build
from debian_blender import SUITES
from demo import DemoError, local_server
from environments import REPOSITORY, SetupError
from window import BlenderWindow, Rectangle, WindowError

OUT = REPOSITORY / "out" / "photographs"
DOCS = REPOSITORY / "docs"
SIZE = (1600, 1000)

_TAB = "Draw Things"
#: Pixels beside the sidebar, and from the top, on a picture of the README; and the colours it has.
_README_BESIDE, _README_HEIGHT, _README_COLOURS = 700, 640, 255
#: Nothing listens at port 9.
_NOBODY = "http://127.0.0.1:9"

_NAMES = """
import sys
sys.path.insert(0, {scripts!r})

def package():
    return next(name for name in bpy.context.preferences.addons.keys() if name.endswith("drawthings_addon"))

def session():
    return sys.modules[package() + ".blender.session.session"].get()

def connect(url):
    bpy.context.preferences.addons[package()].preferences.server_url = url

# Without a window manager the render's own window would lie over everything.
bpy.context.preferences.view.render_display_type = 'NONE'
bpy.context.preferences.view.show_tooltips = False
import demo_scene
scene = demo_scene.build()
chosen = scene.drawthings
chosen.width = chosen.height = 768
chosen.use_random_seed = False
chosen.seed = 7
jar = bpy.data.objects[demo_scene.JAR]
bpy.context.view_layer.update()
for each in scene.objects:
    each.select_set(each == jar)
bpy.context.view_layer.objects.active = jar
view = area('VIEW_3D').spaces.active
view.region_3d.view_perspective = 'CAMERA'
view.shading.type = 'SOLID'
view.shading.color_type = 'TEXTURE'
view.shading.show_cavity = view.shading.show_shadows = True
view.overlay.show_extras = False
view.overlay.show_relationship_lines = False
"""

_OPEN = """
unfold_panels('DRAWTHINGS_PT_')
chosen = bpy.context.scene.drawthings
chosen.loras.add().name = "detail_lora_f16.ckpt"
chosen.controls.add().name = "controlnet_depth_1.x_v1.1_f16.ckpt"
"""


class Photographer:
    """Walks through the states of the panels in one window, and photographs each."""

    def __init__(self, window: BlenderWindow, server: str, folder: Path) -> None:
        self.window = window
        self.server = server
        self.folder = folder
        window.run(_NAMES.format(scripts=str(REPOSITORY / "scripts")), timeout=120)

    def all(self) -> None:
        """Every state; the names of the files tell which."""
        self._view3d()
        self._image_editor()
        self._shader_editor()
        self._preferences()
        self._open_panels()

    def take(self, name: str, part: Rectangle | None = None) -> Path:
        """One photograph, of the whole window where no part is named."""
        path = self.window.photograph(self.folder / f"{name}.png", part)
        print(path.relative_to(REPOSITORY), flush=True)
        return path

    def _view3d(self) -> None:
        window = self.window
        sidebar = window.show_sidebar('VIEW_3D', _TAB)
        window.run(f"connect({_NOBODY!r})")
        self.take("view3d_greeting", sidebar)
        window.run("with override('VIEW_3D'): bpy.ops.drawthings.check_server()")
        window.wait_until("session().status.error is not None")
        self.take("view3d_no_server", sidebar)
        window.run(f"connect({self.server!r})")
        window.run("with override('VIEW_3D'): bpy.ops.drawthings.check_server()")
        window.wait_until("not session().has_work")
        self._make("weathered copper, verdigris in the creases", "txt2img(target='MATERIAL')")
        self._make("ink and watercolour", "img2img(source='VIEWPORT', target='IMAGE')")
        self._make("a mosaic of glazed tiles, cobalt blue", "txt2img(target='IMAGE')")
        window.run("bpy.context.window_manager.drawthings.result_index = 2")
        window.run("bpy.context.scene.drawthings.prompt = 'weathered copper, verdigris in the creases'")
        window.move(sidebar.left - 400, sidebar.top + 300)
        self.take("view3d_result", sidebar)
        self.take("window_view3d")
        self._for_the_readme("panel_view3d", sidebar)
        self._running(sidebar)
        self._failed(sidebar)
        self._popovers(sidebar)

    def _for_the_readme(self, name: str, sidebar: Rectangle) -> None:
        left = max(0, sidebar.left - _README_BESIDE)
        width = sidebar.left + sidebar.width - left
        part = Rectangle(left, sidebar.top, width, min(_README_HEIGHT, sidebar.height))
        self.window.photograph(self.folder / f"{name}.png", part, colours=_README_COLOURS)

    def _make(self, prompt: str, call: str, editor: str = 'VIEW_3D') -> None:
        """Order a picture and wait for it."""
        window = self.window
        before = window.run("len(session().results)")
        window.run(f"bpy.context.scene.drawthings.prompt = {prompt!r}")
        window.run(f"with override({editor!r}): bpy.ops.drawthings.{call}")
        window.wait_until(f"len(session().results) > {before}", timeout=180)
        window.wait_until("not session().has_work")

    def _running(self, sidebar: Rectangle) -> None:
        self._faults(delay=600)
        for prompt in ("cracked mud, dry river bed", "old oak planks", "moss on stone"):
            self.window.run(f"bpy.context.scene.drawthings.prompt = {prompt!r}")
            self.window.run("with override('VIEW_3D'): bpy.ops.drawthings.txt2img(target='IMAGE')")
        time.sleep(3.0)
        self.take("view3d_running", sidebar)
        self.take("window_view3d_running")
        self.window.run("bpy.ops.drawthings.cancel()")
        self.window.redraw()
        self.take("view3d_let_go", sidebar)
        self._faults()
        self.window.wait_until("not session().has_work", timeout=60)

    def _failed(self, sidebar: Rectangle) -> None:
        self._faults(empty=True)
        self.window.run("with override('VIEW_3D'): bpy.ops.drawthings.txt2img(target='IMAGE')")
        self.window.wait_until("not session().has_work")
        self.take("view3d_failed", sidebar)
        self._faults()
        self.window.run("for each in session().statuses(): session().dismiss(each.job.id)")

    def _popovers(self, sidebar: Rectangle) -> None:
        window = self.window
        for name, does in {
            "texture": "drawthings.txt2img(",
            "view": "source='VIEWPORT'",
            "render": "source='RENDER'",
        }.items():
            x, y = window.find_button('VIEW_3D', does)
            window.move(x, y)
            window.wait_until(f"{does!r} in button_under_pointer('VIEW_3D')")
            # The arrow follows its button without a gap.
            while does in window.run("button_under_pointer('VIEW_3D')"):
                x += 4
                window.move(x, y)
                # Blender leaves one button in one turn and enters the next in another.
                window.run("None")
            window.click(x + 8, y)
            time.sleep(0.5)
            self.take(f"view3d_popover_{name}")
            window.key("Escape")
            window.move(sidebar.left - 300, sidebar.top + 300)

    def _open_panels(self) -> None:
        """All sub-panels open. What is open is kept with a panel that was drawn: hence a fresh file."""
        window = self.window
        window.run("with override(): bpy.ops.wm.read_homefile(use_factory_startup=True)")
        window.run(_OPEN)
        sidebar = window.show_sidebar('VIEW_3D', _TAB)
        self.take("view3d_open_upper", sidebar)
        window.move(*sidebar.centre)
        for _ in range(3):
            window.click(*sidebar.centre, button=5, times=20)
        self.take("view3d_open_lower", sidebar)

    def _image_editor(self) -> None:
        window = self.window
        window.show_editor('IMAGE_EDITOR')
        window.run(
            "space = area('IMAGE_EDITOR').spaces.active\n"
            "space.image = next(i for i in bpy.data.images if i.drawthings.operation == 'img2img')\n"
            "bpy.context.scene.drawthings.prompt = space.image.drawthings.prompt\n"
            "bpy.context.window_manager.drawthings.result_index = 1"
        )
        sidebar = window.show_sidebar('IMAGE_EDITOR', _TAB)
        # At this zoom the whole picture is beside the sidebar.
        window.run("with override('IMAGE_EDITOR'): bpy.ops.image.view_zoom_ratio(ratio=0.5)")
        window.move(sidebar.left - 400, sidebar.top + 300)
        self.take("image_editor", sidebar)
        self.take("window_image_editor")
        self._for_the_readme("panel_image_editor", sidebar)

    def _shader_editor(self) -> None:
        window = self.window
        window.show_editor('ShaderNodeTree')
        sidebar = window.show_sidebar('ShaderNodeTree', _TAB)
        window.run("bpy.context.window_manager.drawthings.result_index = 2")
        window.run("bpy.context.scene.drawthings.prompt = 'weathered copper, verdigris in the creases'")
        window.run("with override('ShaderNodeTree'): bpy.ops.node.view_all()")
        # All nodes beside the sidebar, not under it.
        time.sleep(1.0)
        window.run(
            "with override('ShaderNodeTree'):\n"
            "    bpy.ops.view2d.zoom_out(zoomfacx=-0.2, zoomfacy=-0.2)\n"
            "    bpy.ops.view2d.pan(deltax=-230, deltay=-120)"
        )
        window.move(sidebar.left - 100, sidebar.top + sidebar.height - 20)
        self.take("shader_editor", sidebar)
        self.take("window_shader_editor")
        self._for_the_readme("panel_shader_editor", sidebar)
        window.show_editor('VIEW_3D')

    def _preferences(self) -> None:
        window = self.window
        window.run(
            "largest = max(bpy.context.window_manager.windows[0].screen.areas,"
            " key=lambda a: a.width * a.height)\n"
            "largest.ui_type = 'PREFERENCES'\n"
            "bpy.context.preferences.active_section = 'ADDONS'\n"
            "bpy.context.window_manager.addon_search = 'Draw Things'\n"
            "with override('PREFERENCES'): bpy.ops.preferences.addon_expand(module=package())"
        )
        window.redraw()
        self.take("preferences")

    def _faults(self, **switches: Any) -> None:
        request = urllib.request.Request(
            f"{self.server}/__stand_in__/faults",
            data=json.dumps(switches).encode(),
            headers={"Content-Type": "application/json"},
            method="POST",
        )
        urllib.request.urlopen(request, timeout=10).close()


def main() -> int:
    """Photograph; answer the exit status."""
    parser = argparse.ArgumentParser(description="Photographs of every panel in every editor.")
    parser.add_argument("--blender", nargs="+", default=["sid"], help=f"{', '.join(SUITES)}, path, …")
    parser.add_argument("--readme", action="store_true", help="renew the pictures of the README")
    options = parser.parse_args()
    try:
        zip_path = build()
        with tempfile.TemporaryDirectory() as folder, local_server(Path(folder) / "log") as server:
            for name in options.blender:
                with BlenderWindow(name, zip=zip_path, size=SIZE) as window:
                    Photographer(window, server, OUT / name).all()
                    window.quit()
                    if window.tracebacks:
                        print(window.tracebacks, file=sys.stderr)
                        return 1
        if options.readme:
            for picture in (OUT / options.blender[-1]).glob("panel_*.png"):
                print(shutil.copy(picture, DOCS / picture.name))
        return 0
    except (BuildError, DemoError, SetupError, WindowError) as error:
        print(error, file=sys.stderr)
        return 1


if __name__ == "__main__":
    sys.exit(main())
