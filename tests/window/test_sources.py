# SPDX-FileCopyrightText: 2026 Draw Things Bridge maintainers
# SPDX-License-Identifier: GPL-3.0-or-later

"""What a window shows is what is sent: the camera's frame, a sequence's frame, the Viewer Node."""

from __future__ import annotations

import zlib
from collections.abc import Iterator
from pathlib import Path

import pytest
from desk import Desk

from local_server import StandIn
from window import BlenderWindow

_EDITOR = """
shown = area('VIEW_3D')
shown.type = 'IMAGE_EDITOR'
shown.ui_type = 'IMAGE_EDITOR'
editor = shown.spaces.active
"""

_RENDER = """
scene = bpy.context.scene
scene.render.engine = 'CYCLES'
scene.cycles.samples = 1
# Debian's 4.3 has no denoiser, and its renders fail for want of it.
scene.cycles.use_denoising = False
scene.render.resolution_x, scene.render.resolution_y = 96, 64
"""

_COMPOSITOR = """
if bpy.app.version < (5, 0, 0):
    scene.use_nodes = True
    tree = scene.node_tree
else:
    tree = bpy.data.node_groups.new("Composite", 'CompositorNodeTree')
    tree.interface.new_socket("Image", in_out='OUTPUT', socket_type='NodeSocketColor')
    tree.nodes.new('NodeGroupOutput')
    scene.compositing_node_group = tree
layers = tree.nodes.new('CompositorNodeRLayers')
viewer = tree.nodes.new('CompositorNodeViewer')
tree.links.new(layers.outputs["Image"], viewer.inputs["Image"])
tree.nodes.active = viewer
nodes = area('OUTLINER')
nodes.type = 'NODE_EDITOR'
nodes.ui_type = 'CompositorNodeTree'
nodes.spaces.active.show_backdrop = True
bpy.ops.render.render()
"""

# The first pixel of the latest result, as bytes.
_FIRST_PIXEL = """
image = session().results[0].datablock()
[round(value * 255) for value in image.pixels[:4]]
"""


def _png(shade: int, edge: int = 64) -> bytes:
    """A grey picture."""

    def chunk(kind: bytes, data: bytes) -> bytes:
        return len(data).to_bytes(4, "big") + kind + data + zlib.crc32(kind + data).to_bytes(4, "big")

    header = edge.to_bytes(4, "big") * 2 + bytes((8, 0, 0, 0, 0))
    rows = (b"\0" + bytes([shade]) * edge) * edge
    body = chunk(b"IHDR", header) + chunk(b"IDAT", zlib.compress(rows)) + chunk(b"IEND", b"")
    return b"\x89PNG\r\n\x1a\n" + body


@pytest.fixture
def stand_in() -> Iterator[StandIn]:
    with StandIn(engine="echo") as server:
        yield server


@pytest.fixture
def desk(desk: Desk) -> Desk:
    """The editors stay with what they show."""
    desk.set(prompt="weathered copper", use_show=False)
    return desk


def test_the_camera_frame_of_a_view(desk: Desk) -> None:
    window = desk.window
    window.run(
        "region_3d = area('VIEW_3D').spaces.active.region_3d\n"
        "region_3d.view_perspective = 'CAMERA'\n"
        "region_3d.view_camera_zoom = 4\n"
    )
    window.redraw()
    frame = window.run("""
from bpy_extras.view3d_utils import location_3d_to_region_2d as seen
camera = bpy.context.scene.camera
corners = [
    seen(region('VIEW_3D', 'WINDOW'), region_3d, camera.matrix_world @ corner)
    for corner in camera.data.view_frame(scene=bpy.context.scene)
]
[max(corner[axis] for corner in corners) - min(corner[axis] for corner in corners) for axis in (0, 1)]
""")
    window.run("with override('VIEW_3D'): bpy.ops.drawthings.img2img(source='VIEWPORT')")
    desk.wait_for_results(1)
    width, height = window.run("list(session().results[0].datablock().size)")
    assert abs(width - frame[0]) <= 1
    assert abs(height - frame[1]) <= 1


def test_the_frame_that_an_image_editor_shows(desk: Desk, tmp_path: Path) -> None:
    for frame in range(1, 6):
        (tmp_path / f"f_{frame:04}.png").write_bytes(_png(20 + 30 * frame))
    window = desk.window
    window.run(_EDITOR)
    window.run(
        f"image = bpy.data.images.load({str(tmp_path / 'f_0001.png')!r})\n"
        "image.source = 'SEQUENCE'\n"
        "editor.image = image\n"
        "editor.image_user.frame_offset = 1\n"
        "bpy.context.scene.frame_set(3)\n"
    )
    window.redraw()
    window.run("with override('IMAGE_EDITOR'): bpy.ops.drawthings.img2img(source='IMAGE')")
    desk.wait_for_results(1)
    assert window.run(_FIRST_PIXEL) == [140, 140, 140, 255]


def test_the_viewer_node_with_the_view_transform(desk: Desk, tmp_path: Path) -> None:
    window = desk.window
    window.run(_EDITOR + _RENDER + _COMPOSITOR)
    window.run("editor.image = next(each for each in bpy.data.images if each.type == 'COMPOSITING')")
    window.redraw()
    window.wait_until("tuple(editor.image.size) == (96, 64)")
    window.run(
        "settings = scene.render.image_settings\n"
        "settings.file_format, settings.color_mode, settings.color_depth = 'PNG', 'RGBA', '8'\n"
        "scene.view_settings.exposure = 1.0\n"
    )
    window.run("with override('IMAGE_EDITOR'): bpy.ops.drawthings.img2img(source='IMAGE')")
    desk.wait_for_results(1)
    same = window.run(f"""
editor.image.save_render({str(tmp_path / 'seen.png')!r}, scene=scene)
seen = bpy.data.images.load({str(tmp_path / 'seen.png')!r})
came = session().results[0].datablock()
[len(set(seen.pixels)) > 8, seen.pixels[:] == came.pixels[:]]
""")
    assert same == [True, True]


def test_a_large_painted_image_with_undo_beside_it(desk: Desk) -> None:
    """Blender writes its bytes from a scene that is gone at once: the window, its scene and undo stay."""
    window = desk.window
    window.run(_EDITOR + "scene = bpy.context.scene")
    window.run("""
import numpy as np
image = bpy.data.images.new("large", 1536, 1024, alpha=True)
pixels = np.random.default_rng(1).integers(0, 256, 1536 * 1024 * 4) / np.float32(255)
image.pixels.foreach_set(pixels.astype(np.float32))
image.update()
editor.image = image
bpy.ops.ed.undo_push(message="painted")
""")
    window.redraw()
    for _ in range(3):
        window.run("with override('IMAGE_EDITOR'): bpy.ops.drawthings.img2img(source='IMAGE', image='large')")
        window.redraw()
    desk.wait_for_results(3)
    same = window.run("""
def values(image):
    found = np.empty(1536 * 1024 * 4, np.float32)
    image.pixels.foreach_get(found)
    return found
sent = values(bpy.data.images["large"])
[bool((values(session().results[index].datablock()) == sent).all()) for index in range(3)]
""")
    assert same == [True, True, True]
    assert window.run("[each.name for each in bpy.data.scenes]") == ["Scene"]
    window.run("with override('IMAGE_EDITOR'): bpy.ops.ed.undo()")
    window.redraw()
    assert window.run("[bpy.context.window.scene.name, tuple(bpy.data.images['large'].size)]") == [
        "Scene",
        [1536, 1024],
    ]


def test_a_sequencer_renders_without_a_camera(desk: Desk) -> None:
    window = desk.window
    window.run(_RENDER)
    window.run("""
bpy.data.objects.remove(scene.camera)
editor = scene.sequence_editor_create()
strips = editor.strips if hasattr(editor, "strips") else editor.sequences
length = {"length": 50} if bpy.app.version >= (5, 0, 0) else {"frame_end": 50}
strips.new_effect(name="red", type='COLOR', channel=1, frame_start=1, **length).color = (1.0, 0.0, 0.0)
scene.view_settings.view_transform = 'Standard'
bpy.context.preferences.view.render_display_type = 'NONE'
""")
    desk.set(render_source='FRESH')
    window.run("with override('VIEW_3D'): bpy.ops.drawthings.img2img(source='RENDER')")
    desk.wait_for_results(1)
    red, green, blue, alpha = window.run(_FIRST_PIXEL)
    assert (green, blue, alpha) == (0, 0, 255)
    assert red >= 254


def test_a_scene_without_a_camera_is_told_so(desk: Desk) -> None:
    window: BlenderWindow = desk.window
    window.run(_RENDER + "bpy.data.objects.remove(scene.camera)\n")
    desk.set(render_source='FRESH')
    told = window.run("""
try:
    with override('VIEW_3D'):
        bpy.ops.drawthings.img2img(source='RENDER')
except RuntimeError as error:
    told = str(error)
told
""")
    assert "The scene has no camera. Add one" in told
