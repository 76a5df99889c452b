# SPDX-FileCopyrightText: 2026 Draw Things Bridge maintainers
# SPDX-License-Identifier: GPL-3.0-or-later

"""Which render is sent: the last one, when it ended and how large it is, whoever rendered it."""

from __future__ import annotations

import time
from pathlib import Path
from types import ModuleType

import addon_utils
import bpy
import pytest
from bl_ext.user_default.drawthings_addon.blender.capture import last_render, scene_copy
from blender_panels import PACKAGE


def rendered(width: int = 32, height: int = 16) -> bpy.types.Scene:
    """The scene, rendered by hand."""
    scene = bpy.context.scene
    scene.render.resolution_x, scene.render.resolution_y = width, height
    scene.render.resolution_percentage = 100
    scene.render.engine = 'CYCLES'
    scene.cycles.samples = 1
    bpy.ops.render.render()
    return scene


def test_nothing_was_rendered_in_a_file_that_was_opened() -> None:
    assert last_render.of(bpy.context.scene) is None
    assert last_render.under_way(bpy.context.scene) is None


def test_when_it_ended_how_large_it_is_and_of_which_frame() -> None:
    bpy.context.scene.frame_set(7)
    before = time.time()
    scene = rendered(48, 32)
    found = last_render.of(scene)
    assert found is not None and found.ended is not None
    assert before <= found.ended <= time.time()
    assert (found.size, found.frame) == ((48, 32), 7)
    scene.render.resolution_x = 64
    assert last_render.of(scene).size == (48, 32), "as it was rendered, not as it would be"


def test_a_cropped_region_and_a_percentage_count() -> None:
    render = bpy.context.scene.render
    render.use_border = render.use_crop_to_border = True
    render.border_min_x, render.border_max_x, render.border_min_y, render.border_max_y = 0.25, 0.5, 0.0, 1.0
    assert last_render.of(rendered(64, 32)).size == (16, 32)


def test_while_it_is_under_way_the_frame_and_the_time_are_known() -> None:
    seen: list[last_render.Rendering | None] = []
    bpy.app.handlers.render_post.append(lambda scene, *_: seen.append(last_render.under_way(scene)))
    try:
        bpy.context.scene.frame_set(3)
        scene = rendered()
    finally:
        bpy.app.handlers.render_post.pop()
    (during,) = seen
    assert during is not None and during.frame == 3 and 0.0 <= during.seconds < 60.0
    assert last_render.under_way(scene) is None


def test_an_animation_is_its_last_frame(tmp_path: Path) -> None:
    scene = bpy.context.scene
    scene.frame_start, scene.frame_end = 2, 4
    scene.render.filepath = str(tmp_path / "frame")
    frames: list[int] = []
    bpy.app.handlers.render_post.append(lambda scene, *_: frames.append(last_render.under_way(scene).frame))
    scene.render.engine = 'CYCLES'
    scene.cycles.samples = 1
    scene.render.resolution_x = scene.render.resolution_y = 16
    try:
        bpy.ops.render.render(animation=True)
    finally:
        bpy.app.handlers.render_post.pop()
    assert frames == [2, 3, 4]
    assert last_render.of(scene).frame == 4


def test_each_scene_has_its_own() -> None:
    scene = rendered()
    assert last_render.of(bpy.data.scenes.new("Other")) is None
    assert last_render.of(scene) is not None


def test_each_slot_has_its_own() -> None:
    scene = rendered(32, 16)
    slots = bpy.data.images["Render Result"].render_slots
    slots.active_index = 1
    assert last_render.of(scene) is None
    rendered(48, 16)
    assert last_render.of(scene).size == (48, 16)
    slots.active_index = 0
    assert last_render.of(scene).size == (32, 16)


def test_opening_a_file_empties_it() -> None:
    rendered()
    bpy.ops.wm.read_homefile(use_factory_startup=True)
    assert last_render.of(bpy.context.scene) is None


def test_a_render_without_a_camera_leaves_no_picture() -> None:
    scene = rendered()
    scene.camera = None
    with pytest.raises(RuntimeError, match="camera"):
        bpy.ops.render.render()
    assert last_render.of(scene) is None
    assert last_render.under_way(scene) is None


def test_renders_for_maps_are_nobodys() -> None:
    scene = rendered()
    before = last_render.of(scene)
    copy = scene_copy.SceneCopy(scene)
    try:
        bpy.ops.render.render(scene=copy.scene.name)
        assert last_render.of(copy.scene) is None
    finally:
        copy.remove()
    assert last_render.of(scene) == before


def test_what_was_rendered_before_it_was_enabled_may_be_there(extension: ModuleType) -> None:
    addon_utils.disable(PACKAGE)
    try:
        rendered()
    finally:
        addon_utils.enable(PACKAGE, default_set=True)
    found = last_render.of(bpy.context.scene)
    assert found == last_render.LastRender(), "there is one, and nobody knows of when"


def test_a_picture_that_somebody_saw_is_there() -> None:
    scene = bpy.context.scene
    last_render.notice(scene)
    assert last_render.of(scene) == last_render.LastRender()
    scene = rendered()
    last_render.notice(scene)
    assert last_render.of(scene).ended is not None


@pytest.mark.parametrize("percentage", [37, 100])
def test_a_cropped_region_is_counted_as_blender_does(tmp_path: Path, percentage: int) -> None:
    scene = bpy.context.scene
    render = scene.render
    render.resolution_x, render.resolution_y, render.resolution_percentage = 691, 467, percentage
    render.use_border = render.use_crop_to_border = True
    render.border_min_x, render.border_max_x, render.border_min_y, render.border_max_y = (
        0.1,
        0.433,
        0.33,
        0.71,
    )
    render.engine, scene.cycles.samples = 'CYCLES', 1
    bpy.ops.render.render()
    path = tmp_path / "render.png"
    bpy.data.images["Render Result"].save_render(str(path))
    assert last_render.of(scene).size == tuple(bpy.data.images.load(str(path)).size)
