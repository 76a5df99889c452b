# SPDX-FileCopyrightText: 2026 Draw Things Bridge maintainers
# SPDX-License-Identifier: GPL-3.0-or-later

"""A render is known by its type, is one picture, and is made as Blender's own F12 makes it."""

from __future__ import annotations

import subprocess
import time
from collections.abc import Iterator
from pathlib import Path

import bpy
import numpy as np
import pytest
from blender_pictures import Bytes, bytes_of, noise, packed, read_png, render_quickly

Panel = bpy.types.PropertyGroup


@pytest.fixture
def scene(panel: Panel) -> bpy.types.Scene:
    """A small scene that renders at once."""
    found = bpy.context.scene
    render_quickly(found)
    found.render.resolution_x, found.render.resolution_y = 70, 65
    return found


@pytest.fixture
def stereo(scene: bpy.types.Scene) -> bpy.types.Scene:
    """Rendered for two eyes that are far apart."""
    scene.render.use_multiview = True
    scene.camera.data.stereo.interocular_distance = 3.0
    bpy.ops.render.render()
    return scene


def render_result() -> bpy.types.Image:
    return next(each for each in bpy.data.images if each.type == 'RENDER_RESULT')


def restyled() -> Bytes:
    """Restyle Render, and what a server that echoes was sent."""
    assert bpy.ops.drawthings.img2img(source='RENDER') == {'FINISHED'}
    return newest()


def newest() -> Bytes:
    from bl_ext.user_default.drawthings_addon.blender.session import session

    image = session.get().results[0].datablock()
    assert image is not None
    return bytes_of(image)


def saved_by_blender(scene: bpy.types.Scene, folder: Path) -> list[Bytes]:
    """The last render as Blender saves it, of each view one, in the order of their names."""
    folder.mkdir()
    settings = scene.render.image_settings
    settings.file_format, settings.color_mode, settings.color_depth = 'PNG', 'RGBA', '8'
    try:
        render_result().save_render(str(folder / "by hand.png"), scene=scene)
    except RuntimeError:
        # Of several views Blender saves all, and then says that it could not.
        assert scene.render.use_multiview
    return [read_png(path) for path in sorted(folder.iterdir())]


# By its type, not its name


def test_a_render_result_that_was_renamed(scene: bpy.types.Scene, panel: Panel, tmp_path: Path) -> None:
    bpy.ops.render.render()
    render_result().name = "Last Night"
    panel.render_source = 'LAST'
    (wanted,) = saved_by_blender(scene, tmp_path / "wanted")
    assert np.array_equal(restyled(), wanted)
    assert bpy.ops.drawthings.img2img(source='IMAGE', image="Last Night") == {'FINISHED'}
    assert np.array_equal(newest(), wanted)


def test_an_image_that_has_its_name(scene: bpy.types.Scene, panel: Panel, tmp_path: Path) -> None:
    bpy.ops.render.render()
    render_result().name = "Last Night"
    pixels = noise(64, 64)
    assert packed("Render Result", pixels).name == "Render Result"
    panel.render_source = 'LAST'
    (wanted,) = saved_by_blender(scene, tmp_path / "wanted")
    assert np.array_equal(restyled(), wanted)
    assert bpy.ops.drawthings.img2img(source='IMAGE', image="Render Result") == {'FINISHED'}
    assert np.array_equal(newest(), pixels)


def test_an_image_with_its_name_is_no_render(scene: bpy.types.Scene, panel: Panel) -> None:
    bpy.data.images.remove(render_result())
    assert packed("Render Result", noise(64, 64)).name == "Render Result"
    panel.render_source = 'LAST'
    with pytest.raises(RuntimeError, match=r"Nothing was rendered yet\. Render the scene first\."):
        bpy.ops.drawthings.img2img(source='RENDER')


def test_maps_leave_no_render_result_beside_an_image_with_its_name(scene: bpy.types.Scene) -> None:
    from bl_ext.user_default.drawthings_addon.blender.capture import control_maps

    bpy.data.images.remove(render_result())
    assert packed("Render Result", noise(64, 64)).name == "Render Result"
    before = [each.type for each in bpy.data.images]
    control_maps.capture_maps(scene, (64, 64), frozenset({'DEPTH'}))
    assert [each.type for each in bpy.data.images] == before


def test_a_scene_that_was_not_rendered_while_another_was(scene: bpy.types.Scene, panel: Panel) -> None:
    bpy.ops.render.render()
    panel.render_source = 'LAST'
    other = bpy.data.scenes.new("Other")
    other.drawthings.prompt = "weathered copper"
    other.drawthings.render_source = 'LAST'
    bpy.context.window.scene = other
    with pytest.raises(RuntimeError, match="Nothing was rendered yet"):
        bpy.ops.drawthings.img2img(source='RENDER')


# One picture of several views


@pytest.mark.parametrize("views_format", ['INDIVIDUAL', 'STEREO_3D'])
def test_of_a_stereo_render_the_first_view_is_sent(
    stereo: bpy.types.Scene, panel: Panel, tmp_path: Path, views_format: str
) -> None:
    left, right = saved_by_blender(stereo, tmp_path / "wanted")
    assert not np.array_equal(left, right)
    stereo.render.image_settings.views_format = views_format
    panel.render_source = 'LAST'
    assert np.array_equal(restyled(), left)
    assert stereo.render.image_settings.views_format == views_format


def test_a_fresh_stereo_render(scene: bpy.types.Scene, panel: Panel, tmp_path: Path) -> None:
    scene.render.use_multiview = True
    panel.render_source = 'FRESH'
    sent = restyled()
    assert np.array_equal(sent, saved_by_blender(scene, tmp_path / "wanted")[0])


def test_views_with_other_names(scene: bpy.types.Scene, panel: Panel, tmp_path: Path) -> None:
    scene.render.use_multiview = True
    scene.render.views_format = 'MULTIVIEW'
    scene.render.views["left"].use = scene.render.views["right"].use = False
    for name in ("zenith", "azimuth"):
        view = scene.render.views.new(name)
        view.file_suffix, view.camera_suffix = f"-{name}", f"-{name}"
    camera = scene.camera
    camera.name = "Camera-zenith"
    other = camera.copy()
    other.name = "Camera-azimuth"
    other.location.x += 3.0
    bpy.context.collection.objects.link(other)
    bpy.ops.render.render()
    panel.render_source = 'LAST'
    _azimuth, zenith = saved_by_blender(scene, tmp_path / "wanted")
    assert not np.array_equal(zenith, _azimuth)
    assert np.array_equal(restyled(), zenith), "the first in the scene's order"


@pytest.mark.parametrize("suffixes", [("", ""), ("_x", "_x"), ("_2", "_1"), ("/left", "/right")], ids=str)
def test_suffixes_of_views_matter_not(
    stereo: bpy.types.Scene, panel: Panel, tmp_path: Path, suffixes: tuple[str, str]
) -> None:
    left, _right = saved_by_blender(stereo, tmp_path / "wanted")
    views = [stereo.render.views["left"], stereo.render.views["right"]]
    for view, suffix in zip(views, suffixes, strict=True):
        view.file_suffix = suffix
    panel.render_source = 'LAST'
    assert np.array_equal(restyled(), left)
    assert tuple(view.file_suffix for view in views) == suffixes


def test_nothing_of_a_stereo_render_stays_behind(stereo: bpy.types.Scene, panel: Panel) -> None:
    from bl_ext.user_default.drawthings_addon.blender import paths
    from bl_ext.user_default.drawthings_addon.blender.session import session

    folder = paths.snapshot_path("x").parent
    before = set(folder.rglob("*"))
    panel.render_source = 'LAST'
    restyled()
    # The queue removes the one file that is its job's own, a moment after the picture is there; what is there
    # of earlier jobs may go meanwhile, too.
    until = time.monotonic() + 10.0
    while (left := set(folder.rglob("*")) - before) and time.monotonic() < until:
        session.get().step()
        time.sleep(0.01)
    assert left == set()


def test_stereoscopy_that_was_switched_off_after_the_render(
    stereo: bpy.types.Scene, panel: Panel, tmp_path: Path
) -> None:
    left, _right = saved_by_blender(stereo, tmp_path / "wanted")
    stereo.render.use_multiview = False
    panel.render_source = 'LAST'
    assert np.array_equal(restyled(), left)


# What needs no camera


def red_strip(scene: bpy.types.Scene) -> None:
    editor = scene.sequence_editor_create()
    strips = editor.strips if hasattr(editor, "strips") else editor.sequences
    options = {"length": 50} if bpy.app.version >= (5, 0, 0) else {"frame_end": 50}
    strip = strips.new_effect(name="red", type='COLOR', channel=1, frame_start=1, **options)
    strip.color = (1.0, 0.0, 0.0)


def red_composite(scene: bpy.types.Scene) -> None:
    if bpy.app.version < (5, 0, 0):
        scene.use_nodes = True
        tree = scene.node_tree
        tree.nodes.clear()
        end = tree.nodes.new('CompositorNodeComposite')
    else:
        tree = bpy.data.node_groups.new("Composite", 'CompositorNodeTree')
        tree.interface.new_socket("Image", in_out='OUTPUT', socket_type='NodeSocketColor')
        end = tree.nodes.new('NodeGroupOutput')
        scene.compositing_node_group = tree
    colour = tree.nodes.new('CompositorNodeRGB')
    colour.outputs[0].default_value = (1.0, 0.0, 0.0, 1.0)
    tree.links.new(colour.outputs[0], end.inputs[0])


@pytest.mark.parametrize("make", [red_strip, red_composite], ids=["sequencer", "compositor"])
@pytest.mark.parametrize("render_source", ['AUTO', 'FRESH'])
def test_a_scene_that_needs_no_camera_is_rendered(
    scene: bpy.types.Scene, panel: Panel, make: object, render_source: str
) -> None:
    bpy.data.objects.remove(scene.camera)
    scene.view_settings.view_transform = 'Standard'
    assert callable(make)
    make(scene)
    panel.render_source = render_source
    sent = restyled()
    assert sent.shape == (65, 70, 4)
    assert np.abs(sent.astype(int) - (255, 0, 0, 255)).max() <= 1


def test_a_scene_that_needs_a_camera_is_told_so(scene: bpy.types.Scene) -> None:
    bpy.data.objects.remove(scene.camera)
    with pytest.raises(RuntimeError, match=r"The scene has no camera\. Add one"):
        bpy.ops.drawthings.img2img(source='RENDER')


# What cannot be saved is told as that


@pytest.fixture
def small_disk(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Path]:
    """A temporary folder on a disk of 64 KB, where the extension has Blender write."""
    from bl_ext.user_default.drawthings_addon.blender import paths

    disk = tmp_path / "disk"
    disk.mkdir()
    mounted = subprocess.run(
        ["mount", "-t", "tmpfs", "-o", "size=64k", "tmpfs", disk], capture_output=True, check=False
    )
    if mounted.returncode != 0:
        pytest.skip("this computer mounts nothing")
    monkeypatch.setattr(paths, "snapshot_path", lambda job_id: disk / f"drawthings-{job_id}.png")
    yield disk
    subprocess.run(["umount", disk], check=True)


def test_a_full_disk_is_told_as_that(scene: bpy.types.Scene, panel: Panel, small_disk: Path) -> None:
    scene.render.resolution_x, scene.render.resolution_y = 400, 300
    scene.render.film_transparent = False
    bpy.ops.render.render()
    panel.render_source = 'LAST'
    with pytest.raises(RuntimeError, match=r"Blender could not write the picture to .*disk.*Free some space"):
        bpy.ops.drawthings.img2img(source='RENDER')
    assert list(small_disk.iterdir()) == []


def test_a_full_disk_does_not_render_again(
    scene: bpy.types.Scene, panel: Panel, small_disk: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    from bl_ext.user_default.drawthings_addon.blender.capture import render_job

    scene.render.resolution_x, scene.render.resolution_y = 400, 300
    bpy.ops.render.render()
    monkeypatch.setattr(render_job, "render_scene", lambda _scene: pytest.fail("rendered again"))
    with pytest.raises(RuntimeError, match="could not write the picture"):
        bpy.ops.drawthings.img2img(source='RENDER')


def test_a_temporary_folder_that_is_none_is_told_as_that(
    scene: bpy.types.Scene, panel: Panel, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    from bl_ext.user_default.drawthings_addon.blender import paths

    bpy.ops.render.render()
    (tmp_path / "file").write_bytes(b"")
    monkeypatch.setattr(paths, "snapshot_path", lambda job_id: tmp_path / "file" / f"{job_id}.png")
    panel.render_source = 'LAST'
    with pytest.raises(RuntimeError, match=r"could not write the picture to .*Temporary Files"):
        bpy.ops.drawthings.img2img(source='RENDER')


def test_multilayer_output_and_a_border_change_nothing(
    scene: bpy.types.Scene, panel: Panel, tmp_path: Path
) -> None:
    render = scene.render
    render.use_border, render.border_min_x, render.border_max_x = True, 0.25, 0.75
    bpy.ops.render.render()
    (wanted,) = saved_by_blender(scene, tmp_path / "wanted")
    settings = render.image_settings
    if hasattr(settings, "media_type"):
        settings.media_type = 'MULTI_LAYER_IMAGE'
    settings.file_format = 'OPEN_EXR_MULTILAYER'
    panel.render_source = 'LAST'
    assert np.array_equal(restyled(), wanted)
    assert settings.file_format == 'OPEN_EXR_MULTILAYER'
