# SPDX-FileCopyrightText: 2026 Draw Things Bridge maintainers
# SPDX-License-Identifier: GPL-3.0-or-later

"""What Image Editors show: after undo and redo from the keyboard, and in another window."""

from __future__ import annotations

import pytest
from desk import Desk

_WALL = """
wall = bpy.data.images.new("wall", 128, 128)
wall.pixels.foreach_set([0.2, 0.5, 0.9, 1.0] * 128 * 128)
wall.pack()
bpy.context.scene.drawthings.prompt = "weathered copper"
area('IMAGE_EDITOR').spaces.active.image = wall
bpy.ops.ed.undo_push(message="Wall")
"""
_SHOWN = "area('IMAGE_EDITOR').spaces.active.image"
_OLD = f"{_SHOWN} is not None and {_SHOWN}.name == 'wall' and not {_SHOWN}.drawthings.recipe"
_NEW = f"{_SHOWN} is not None and {_SHOWN}.name == 'wall' and bool({_SHOWN}.drawthings.recipe)"


@pytest.mark.parametrize("is_pinned", [False, True])
def test_a_replaced_image_is_undone_and_done_again(desk: Desk, *, is_pinned: bool) -> None:
    window = desk.window
    window.show_editor('IMAGE_EDITOR')
    window.run(_WALL)
    window.run(f"area('IMAGE_EDITOR').spaces.active.use_image_pin = {is_pinned}")
    window.run("with override('IMAGE_EDITOR'): bpy.ops.drawthings.img2img(source='IMAGE', target='REPLACE')")
    desk.wait_for_results(1)
    window.wait_until(_NEW)
    window.move(*window.rectangle('IMAGE_EDITOR').centre)
    for _ in range(2):
        window.key("ctrl+z")
        window.wait_until(_OLD)
        window.key("ctrl+shift+z")
        window.wait_until(_NEW)
    assert desk.notices() == []


def test_again_after_an_undo_lands_in_its_place(desk: Desk) -> None:
    window = desk.window
    window.show_editor('IMAGE_EDITOR')
    window.run(_WALL)
    window.run("with override('IMAGE_EDITOR'): bpy.ops.drawthings.img2img(source='IMAGE', target='REPLACE')")
    desk.wait_for_results(1)
    window.move(*window.rectangle('IMAGE_EDITOR').centre)
    window.key("ctrl+z")
    window.wait_until(_OLD)
    window.run("with override('IMAGE_EDITOR'): bpy.ops.drawthings.again()")
    desk.wait_for_results(2)
    window.wait_until(_NEW)
    assert window.run(f"{_SHOWN} == session().results[0].datablock()")


def test_a_new_picture_is_shown_in_another_window(desk: Desk) -> None:
    window = desk.window
    window.run("with override(): bpy.ops.wm.window_new()")
    window.wait_until("len(bpy.context.window_manager.windows) == 2")
    window.run(
        "other = max(bpy.context.window_manager.windows[1].screen.areas, key=lambda a: a.width * a.height)\n"
        "other.type = 'IMAGE_EDITOR'"
    )
    desk.set(prompt="weathered copper", width=256, height=256)
    window.run("with override('VIEW_3D'): bpy.ops.drawthings.txt2img(target='IMAGE')")
    desk.wait_for_results(1)
    shown = (
        "[a.spaces.active.image.name for w in bpy.context.window_manager.windows for a in w.screen.areas"
        " if a.type == 'IMAGE_EDITOR' and a.spaces.active.image]"
    )
    assert window.run(shown) == window.run("[session().results[0].datablock().name]")
    second = "bpy.context.window_manager.windows[1]"
    window.run(f"with bpy.context.temp_override(window={second}): bpy.ops.wm.window_close()")
