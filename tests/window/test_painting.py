# SPDX-FileCopyrightText: 2026 Draw Things Bridge maintainers
# SPDX-License-Identifier: GPL-3.0-or-later

"""A mask painted by hand, over the picture and on the mesh: seen while it is painted, used by Restyle."""

from __future__ import annotations

import time
from pathlib import Path
from typing import Any

import pytest
from desk import Desk

from local_server import StandIn
from window import BlenderWindow

_NAMES = """
import numpy as np

def pixels_of(image):
    found = np.empty(image.size[0] * image.size[1] * image.channels, np.float32)
    image.pixels.foreach_get(found)
    return np.round(found.reshape(image.size[1], image.size[0], -1)[::-1] * 255).astype(int)

def photographed(path):
    image = bpy.data.images.load(path)
    found = pixels_of(image)[..., :3]
    bpy.data.images.remove(image)
    return found

def inpaint():
    return bpy.context.scene.drawthings.inpaint

def white():
    return pixels_of(inpaint().mask)[..., 0]

def reds(path):
    shown = photographed(path)
    r, g, b = shown[..., 0], shown[..., 1], shown[..., 2]
    return int(((r > 100) & (r > b + 20) & (r > g + 40)).sum())

def blues(path):
    shown = photographed(path)
    r, g, b = shown[..., 0], shown[..., 1], shown[..., 2]
    return int(((b > 90) & (b > r + 60)).sum())

def is_painting():
    return module("blender.painted").now() is not None

def tools():
    paint = bpy.context.scene.tool_settings.image_paint
    unified = module("blender.compat").unified_paint(bpy.context.scene)
    canvas = paint.canvas.name if paint.canvas else ""
    return [paint.mode, canvas, list(unified.color), list(unified.secondary_color)]

wall = bpy.data.images.new("wall", 256, 256)
wall.pixels.foreach_set([0.0, 0.2, 0.8, 1.0] * 256 * 256)
wall.update()
wall.pack()
cube = bpy.data.objects["Cube"]
material = cube.active_material
if bpy.app.version < (5, 0, 0):
    material.use_nodes = True
node = material.node_tree.nodes.new("ShaderNodeTexImage")
node.image = wall
shader = material.node_tree.nodes["Principled BSDF"]
material.node_tree.links.new(node.outputs["Color"], shader.inputs["Base Color"])
bpy.ops.ed.undo_push(message="A wall")
None
"""


def seen(window: BlenderWindow, kind: str, path: Path, function: str) -> int:
    """How many pixels of an editor have a colour."""
    window.redraw()
    window.photograph(path, window.rectangle(kind))
    found: int = window.run(f"{function}({window_path(window, path)!r})")
    return found


def window_path(window: BlenderWindow, path: Path) -> str:
    """Of a photograph, as the window's Blender finds it."""
    inside = window.folder / path.name
    inside.write_bytes(path.read_bytes())
    return str(inside)


def stroke(window: BlenderWindow, kind: str, *, up: int = 0, takes_away: bool = False) -> None:
    """Across the middle of an editor."""
    x, y = window.rectangle(kind).centre
    window.move(x - 40, y - up)
    window.redraw()
    if takes_away:
        window.hold("ctrl")
    window.drag((x - 40, y - up), (x + 40, y - up))
    if takes_away:
        window.let_go("ctrl")
    window.redraw()


def press_in_header(window: BlenderWindow, kind: str) -> None:
    """The button at the end of an editor's header that ends the painting."""
    header = window.rectangle(kind, 'HEADER')
    for x in range(header.left + header.width - 20, header.left, -30):
        window.move(x, header.centre[1])
        window.redraw()
        if "finish_mask" in window.run(f"button_under_pointer({kind!r}, 'HEADER')"):
            window.click(x, header.centre[1])
            return
    raise AssertionError("no button of the header ends it")


@pytest.fixture
def painter(desk: Desk) -> Desk:
    desk.window.run(_NAMES)
    return desk


def restyle(desk: Desk, kind: str, source: str) -> list[Any]:
    """By its button: of the bytes that differ, how many lie under the mask, how many beside it, and how large
    the mask is."""
    window = desk.window
    desk.set(prompt="rust", strength=1.0, image_target='IMAGE')
    window.run("inpaint().feather = 0; inpaint().work_megapixels = 0.0; before = pixels_of(wall)")
    window.show_sidebar(kind, "Draw Things")
    window.press_button(kind, f"img2img(source='{source}'")
    desk.wait_for_results(1)
    found: list[Any] = window.run(
        "after = pixels_of(session().results[0].datablock())\n"
        "changed, marked = (after != before).any(axis=2), white() > 0\n"
        "[int((changed & marked).sum()), int((changed & ~marked).sum()), int(marked.sum())]"
    )
    return found


def test_over_the_picture(painter: Desk, tmp_path: Path, stand_in: StandIn) -> None:
    window = painter.window
    window.show_editor('IMAGE_EDITOR')
    window.run("area('IMAGE_EDITOR').spaces.active.image = wall; before_tools = tools()")
    window.show_sidebar('IMAGE_EDITOR', "Draw Things")
    window.run("with override('IMAGE_EDITOR'): bpy.ops.drawthings.paint_mask()")
    window.redraw()
    window.wait_until("bpy.context.scene.tool_settings.image_paint.brush is not None")
    picture = tmp_path / "editor.png"
    assert seen(window, 'IMAGE_EDITOR', picture, "blues") > 10_000, "the picture, not the black mask"
    empty = seen(window, 'IMAGE_EDITOR', picture, "reds")
    stroke(window, 'IMAGE_EDITOR')
    assert window.run("int((white() > 200).sum())") > 500
    painted = seen(window, 'IMAGE_EDITOR', picture, "reds")
    assert painted > empty + 500, "the mask is seen over it"
    stroke(window, 'IMAGE_EDITOR', takes_away=True)
    assert window.run("int((white() > 200).sum())") == 0
    window.key("ctrl+z")
    window.redraw()
    assert window.run("int((white() > 200).sum())") > 500 and window.run("is_painting()")
    press_in_header(window, 'IMAGE_EDITOR')
    window.wait_until("not is_painting()")
    assert window.run("[tools() == before_tools, area('IMAGE_EDITOR').spaces.active.mode]") == [True, 'VIEW']
    assert window.run(
        "area('IMAGE_EDITOR').spaces.active.image == wall and inpaint().mask.packed_file is not None"
    )
    changed, beside, marked = restyle(painter, 'IMAGE_EDITOR', 'IMAGE')
    assert beside == 0 and changed > marked // 2


def test_on_the_mesh(painter: Desk, tmp_path: Path, stand_in: StandIn) -> None:
    window = painter.window
    window.run("before_tools = tools(); view = area('VIEW_3D').spaces.active")
    window.run("view.overlay.show_floor = view.overlay.show_axis_x = view.show_gizmo = False")
    picture = tmp_path / "view.png"
    before = seen(window, 'VIEW_3D', picture, "reds")
    window.run("with override('VIEW_3D'): bpy.ops.drawthings.paint_mask(where='MESH')")
    window.redraw()
    window.wait_until("bpy.context.scene.tool_settings.image_paint.brush is not None")
    assert seen(window, 'VIEW_3D', picture, "blues") > 2_000, "the picture, not the black mask"
    for shading in ('SOLID', 'MATERIAL'):
        window.run(f"area('VIEW_3D').spaces.active.shading.type = {shading!r}")
        deadline = time.monotonic() + 60
        while seen(window, 'VIEW_3D', picture, "blues") < 1_000 and time.monotonic() < deadline:
            time.sleep(0.5)  # shaders compile
        empty = seen(window, 'VIEW_3D', picture, "reds")
        stroke(window, 'VIEW_3D', up=-30 if shading == 'SOLID' else 10)
        assert window.run("int((white() > 200).sum())") > 200
        assert seen(window, 'VIEW_3D', picture, "reds") > empty + 200, shading
    # By hand: its keys are Blender's own.
    window.run("with override('VIEW_3D'): bpy.ops.object.mode_set(mode='OBJECT')")
    window.wait_until("not is_painting()")
    assert window.run("tools() == before_tools")
    assert seen(window, 'VIEW_3D', picture, "reds") < before + 200
    changed, beside, marked = restyle(painter, 'VIEW_3D', 'TEXTURE')
    assert beside == 0 and changed > marked // 2


def test_faces_with_another_material_show_their_own(painter: Desk, tmp_path: Path) -> None:
    window = painter.window
    window.run(
        "def use(slot):\n"
        "    for face in cube.data.polygons: face.material_index = slot\n"
        "    cube.data.update()\n"
        "cube.data.materials.append(bpy.data.materials.new('Plain'))\n"
        "use(1)"
    )
    window.run("with override('VIEW_3D'): bpy.ops.drawthings.paint_mask(where='MESH')")
    window.redraw()
    window.wait_until("bpy.context.scene.tool_settings.image_paint.brush is not None")
    picture = tmp_path / "view.png"
    blue, empty = (seen(window, 'VIEW_3D', picture, name) for name in ("blues", "reds"))
    stroke(window, 'VIEW_3D', up=-30)
    assert window.run("int((white() > 200).sum())") > 200
    assert seen(window, 'VIEW_3D', picture, "reds") < empty + 100, "nothing of them is made anew"
    window.run("use(0)")
    assert seen(window, 'VIEW_3D', picture, "reds") > empty + 200
    assert seen(window, 'VIEW_3D', picture, "blues") > blue + 500, "the picture where it is shown alone"
    window.run("with override('VIEW_3D'): bpy.ops.drawthings.finish_mask()")


def test_undo_of_the_beginning_and_of_the_end(painter: Desk) -> None:
    window = painter.window
    state = "[bpy.data.objects['Cube'].mode, is_painting(), tools() == before_tools]"
    window.run("before_tools = tools()")
    window.run("with override('VIEW_3D'): bpy.ops.drawthings.paint_mask('EXEC_DEFAULT', True, where='MESH')")
    window.redraw()
    window.run("with override('VIEW_3D'): bpy.ops.drawthings.finish_mask('EXEC_DEFAULT', True)")
    window.redraw()
    assert window.run(state) == ['OBJECT', False, True]
    for way, found in (
        ("undo", ['TEXTURE_PAINT', True, False]),
        ("undo", ['OBJECT', False, True]),
        ("redo", ['TEXTURE_PAINT', True, False]),
        ("redo", ['OBJECT', False, True]),
    ):
        window.run(f"with override('VIEW_3D'): bpy.ops.ed.{way}()")
        window.redraw()
        window.wait_until(f"{state} == {found}")


def test_nothing_is_left_when_it_is_disabled(painter: Desk, tmp_path: Path) -> None:
    window = painter.window
    window.show_editor('IMAGE_EDITOR')
    window.run("area('IMAGE_EDITOR').spaces.active.image = wall; before_tools = tools()")
    window.run("with override('IMAGE_EDITOR'): bpy.ops.drawthings.paint_mask()")
    window.redraw()
    window.run("name = package(); bpy.ops.preferences.addon_disable(module=name)")
    try:
        window.redraw()
        assert window.run("[tools() == before_tools, area('IMAGE_EDITOR').spaces.active.mode]") == [
            True,
            'VIEW',
        ]
        assert window.run("area('IMAGE_EDITOR').spaces.active.image == wall")
    finally:
        window.run("bpy.ops.preferences.addon_enable(module=name)")
