# SPDX-FileCopyrightText: 2026 Draw Things Bridge maintainers
# SPDX-License-Identifier: GPL-3.0-or-later

"""What the panel tells before a press, and its ways out, with the mouse."""

from __future__ import annotations

import pytest
from desk import TAB, Desk

from window import CodeFailed

WITHOUT_UVS = """
mesh = bpy.data.objects["Cube"].data
while mesh.uv_layers:
    mesh.uv_layers.remove(mesh.uv_layers[0])
bpy.ops.ed.undo_push(message="without UVs")
"""


def test_a_mesh_without_uvs_is_unwrapped_from_the_panel_and_undone(desk: Desk) -> None:
    window, server = desk.window, desk.server
    desk.set(prompt="weathered copper", width=128, height=128)
    window.run(WITHOUT_UVS)
    window.show_sidebar('VIEW_3D', TAB)
    window.press_button('VIEW_3D', "drawthings.txt2img(")
    assert not server.journal.generations, "the button is grey"
    window.press_button('VIEW_3D', "drawthings.unwrap(")
    window.wait_until("len(bpy.data.objects['Cube'].data.uv_layers) == 1")
    assert window.run("bpy.context.mode, bpy.context.object.name") == ["OBJECT", "Cube"]
    window.press_button('VIEW_3D', "drawthings.txt2img(")
    desk.wait_for_results(1)
    (name,) = window.run("recipes()")
    assert window.run("texture_image('Cube')") == name
    desk.point_at_view()
    window.key("ctrl+z")
    window.wait_until("recipes() == []")
    assert window.run("len(bpy.data.objects['Cube'].data.uv_layers)") == 1
    window.key("ctrl+z")
    window.wait_until("len(bpy.data.objects['Cube'].data.uv_layers) == 0")


def test_a_press_that_unwraps_is_a_step_of_its_own(desk: Desk) -> None:
    window = desk.window
    desk.set(prompt="weathered copper", width=128, height=128, mapping='UV_PROJECT')
    window.run(WITHOUT_UVS)
    window.show_sidebar('VIEW_3D', TAB)
    window.press_button('VIEW_3D', "drawthings.txt2img(")
    desk.wait_for_results(1)
    assert window.run("len(bpy.data.objects['Cube'].data.uv_layers)") == 1
    desk.point_at_view()
    window.key("ctrl+z")
    window.wait_until("recipes() == []")
    window.key("ctrl+z")
    window.wait_until("len(bpy.data.objects['Cube'].data.uv_layers) == 0")


def test_a_large_view_is_sent_smaller(desk: Desk) -> None:
    window, server = desk.window, desk.server
    desk.set(prompt="a watercolour", view_from='CAMERA')
    window.run("r = bpy.context.scene.render; r.resolution_x, r.resolution_y = 3840, 2160")
    window.show_sidebar('VIEW_3D', TAB)
    window.press_button('VIEW_3D', "drawthings.limit_size(")
    window.wait_until("not bpy.context.scene.drawthings.use_source_size")
    desk.set(width=192, height=128)
    window.press_button('VIEW_3D', "source='VIEWPORT'")
    desk.wait_for_results(1)
    assert (server.journal[-1].body["width"], server.journal[-1].body["height"]) == (192, 128)


def test_what_local_view_leaves_out_is_not_unwrapped(desk: Desk) -> None:
    window, server = desk.window, desk.server
    desk.set(prompt="weathered copper", width=128, height=128)
    window.run(WITHOUT_UVS)
    window.run("bpy.ops.mesh.primitive_uv_sphere_add()")
    window.run("with override('VIEW_3D'): bpy.ops.view3d.localview()")
    window.run("bpy.context.view_layer.objects.active = bpy.data.objects['Cube']")
    desk.set(mapping='UV_PROJECT')
    with pytest.raises(CodeFailed, match="“Cube” is hidden"):
        window.run("with override('VIEW_3D'): bpy.ops.drawthings.txt2img(target='MATERIAL')")
    assert not server.journal.generations
    assert window.run("len(bpy.data.objects['Cube'].data.uv_layers)") == 0
