# SPDX-FileCopyrightText: 2026 Draw Things Bridge maintainers
# SPDX-License-Identifier: GPL-3.0-or-later

"""A capture leaves the scene as it found it, also when the server fails or the job is cancelled."""

from __future__ import annotations

import contextlib
import time
from collections.abc import Callable
from pathlib import Path
from typing import TYPE_CHECKING

import bpy
import pytest
from blender_pictures import noise, packed, paint, render_quickly, textured, tiled
from blender_snapshot import difference, snapshot, temporary_files

from local_server import Faults

if TYPE_CHECKING:
    from local_server import StandIn

Panel = bpy.types.PropertyGroup

CAPTURES = ('VIEWPORT', 'RENDER', 'IMAGE', 'TEXTURE')
FAULTS = {
    "refused": Faults(refuse="the model is in use"),
    "no picture": Faults(empty=True),
    "reset": Faults(reset=True, scope="POST"),
    "cut off": Faults(truncated=True, scope="POST"),
    "not JSON": Faults(not_json=True, scope="POST"),
    "damaged": Faults(broken_picture=True),
    "fails": Faults(status=500, scope="POST"),
}


@pytest.fixture
def workshop(panel: Panel, tmp_path: Path) -> Panel:
    """A scene in which nothing has its default value where a capture could leave its own."""
    scene = bpy.context.scene
    render_quickly(scene)
    scene.render.resolution_x, scene.render.resolution_y = 70, 65
    scene.render.filepath = str(tmp_path / "frame_####")
    scene.view_settings.view_transform = 'Filmic'
    settings = scene.render.image_settings
    if hasattr(settings, "media_type"):
        settings.media_type = 'IMAGE'
    settings.file_format = 'OPEN_EXR'
    settings.color_depth, settings.color_mode, settings.exr_codec = '32', 'RGB', 'PIZ'
    settings.color_management = 'OVERRIDE'
    settings.view_settings.view_transform = 'Raw'
    settings.view_settings.exposure = 1.5
    textured(packed("wall", noise(70, 65)))
    paint(bpy.data.images.new("sketch", 70, 65, alpha=True), noise(70, 65, seed=4))
    tiled(tmp_path, {1001: noise(64, 64), 1002: noise(64, 64, seed=1)}, name="floor").use_fake_user = True
    space = next(area for area in bpy.context.screen.areas if area.type == 'VIEW_3D').spaces.active
    space.overlay.show_floor = False
    space.lens = 35
    bpy.ops.render.render()
    # Blender's own undo step notes the active object in the particle settings.
    bpy.ops.ed.undo_push(message="before")
    return panel


def capture(source: str) -> None:
    """Send this source, and wait for the end."""
    image = {"image": "sketch"} if source == 'IMAGE' else {}
    bpy.ops.drawthings.img2img(source=source, **image)


def forget_results() -> None:
    from bl_ext.user_default.drawthings_addon.blender.session import session

    for result in session.get().results:
        image = result.datablock()
        if image is not None:
            bpy.data.images.remove(image)
    session.get().results.clear()


def wait_for(is_so: Callable[[], bool], seconds: float = 30.0) -> bool:
    until = time.monotonic() + seconds
    while not is_so():
        if time.monotonic() > until:
            return False
        time.sleep(0.01)
    return True


def assert_unchanged(before: dict, files: set[Path]) -> None:
    assert difference(before, snapshot()) == {}
    # The worker's files go a moment later, on a thread of their own.
    assert wait_for(lambda: temporary_files() <= files), temporary_files() - files


def prepare(source: str) -> tuple[dict, set[Path]]:
    """How everything is before."""
    if source == 'VIEWPORT' and bpy.app.version < (5, 1, 0):
        pytest.skip("this bpy has no graphics without a window")
    # The view itself is large, and drawn by software here.
    bpy.context.scene.drawthings.view_from = 'CAMERA'
    return snapshot(), temporary_files()


def test_the_snapshot_sees_changes(workshop: Panel) -> None:
    before = snapshot()
    assert len(before) > 3000
    assert difference(before, snapshot()) == {}
    scene = bpy.context.scene
    scene.render.image_settings.view_settings.gamma = 2.0
    scene.world.node_tree.nodes["Background"].inputs["Strength"].default_value = 3.0
    view = next(area for area in bpy.context.screen.areas if area.type == 'VIEW_3D')
    view.spaces.active.overlay.show_text = False
    bpy.context.view_layer.use_pass_z = not bpy.context.view_layer.use_pass_z
    assert len(difference(before, snapshot())) >= 4


@pytest.mark.parametrize("source", CAPTURES)
def test_after_a_picture(workshop: Panel, source: str) -> None:
    before, files = prepare(source)
    capture(source)
    forget_results()
    assert_unchanged(before, files)


def test_after_a_tile(workshop: Panel) -> None:
    before, files = prepare('IMAGE')
    bpy.ops.drawthings.img2img(source='IMAGE', image="floor", tile=1002)
    forget_results()
    assert_unchanged(before, files)


@pytest.mark.refusals
@pytest.mark.parametrize("fault", FAULTS.values(), ids=FAULTS)
def test_after_each_failure(workshop: Panel, stand_in: StandIn, fault: Faults) -> None:
    before, files = prepare('RENDER')
    stand_in.faults = fault
    for source in CAPTURES:
        if source != 'VIEWPORT' or bpy.app.version >= (5, 1, 0):
            with pytest.raises(RuntimeError):
                capture(source)
    assert_unchanged(before, files)


@pytest.mark.parametrize("source", CAPTURES)
def test_after_settings_that_cannot_be_sent(workshop: Panel, source: str) -> None:
    entry = workshop.advanced.add()
    entry.name, entry.value = "tiled_diffusion", "perhaps"
    before, files = prepare(source)
    with pytest.raises(RuntimeError, match="perhaps"):
        capture(source)
    entry.name, entry.value = "tea_cache_threshold", "99999"
    before, files = prepare(source)
    with pytest.raises(RuntimeError, match="99999"):
        capture(source)
    assert_unchanged(before, files)


@pytest.mark.parametrize("source", CAPTURES)
def test_after_a_cancelled_job(workshop: Panel, stand_in: StandIn, source: str) -> None:
    """In background a job is waited for, so that a thread has to press Cancel."""
    import threading

    from bl_ext.user_default.drawthings_addon.blender.session import session

    stand_in.faults = Faults(delay=60)
    before, files = prepare(source)

    def cancel() -> None:
        stand_in.wait_until_running()
        session.get().jobs.cancel_all()
        # A second time: do not wait for the server to finish alone.
        for status in session.get().statuses():
            session.get().jobs.cancel(status.job.id)

    thread = threading.Thread(target=cancel)
    with contextlib.ExitStack() as stack:
        stack.callback(thread.join)
        thread.start()
        capture(source)
    assert not session.get().results
    assert_unchanged(before, files)
    stand_in.faults = Faults()
    assert stand_in.wait_until_idle()


def test_after_nothing_could_be_captured(workshop: Panel) -> None:
    bpy.data.objects.remove(bpy.data.objects["Camera"])
    workshop.render_source = 'FRESH'
    before, files = prepare('RENDER')
    with pytest.raises(RuntimeError, match="no camera"):
        capture('RENDER')
    assert_unchanged(before, files)
