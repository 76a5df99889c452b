# SPDX-FileCopyrightText: 2026 Draw Things Bridge maintainers
# SPDX-License-Identifier: GPL-3.0-or-later

"""An image is sent as it is seen: its frame, its layer, and as a render where it is displayed as one."""

from __future__ import annotations

import contextlib
from collections.abc import Iterator
from pathlib import Path
from types import SimpleNamespace
from typing import TYPE_CHECKING

import bpy
import numpy as np
import pytest
from blender_pictures import (
    Bytes,
    bytes_of,
    generated,
    noise,
    on_disk,
    packed,
    png,
    read_png,
    textured,
    tiled,
)

if TYPE_CHECKING:
    from conftest import Desk

    from local_server import StandIn

Panel = bpy.types.PropertyGroup


def shade_of(frame: int) -> int:
    """What the pictures of frame after frame are filled with."""
    return 20 + 30 * frame


def filled(shade: int) -> Bytes:
    return np.full((64, 64, 4), (shade, shade, shade, 255), np.uint8)


def sequence(folder: Path, frames: range = range(1, 6)) -> bpy.types.Image:
    """A sequence of files that get brighter."""
    for frame in frames:
        (folder / f"f_{frame:04}.png").write_bytes(png(filled(shade_of(frame))))
    image = bpy.data.images.load(str(folder / f"f_{frames[0]:04}.png"))
    image.name, image.source = "wall", 'SEQUENCE'
    return image


def movie(folder: Path) -> bpy.types.Image:
    """A movie of five frames that get brighter."""
    sequence(folder)
    scene = bpy.data.scenes.new("Cutting Room")
    editor = scene.sequence_editor_create()
    strips = editor.strips if hasattr(editor, "strips") else editor.sequences
    strip = strips.new_image("frames", str(folder / "f_0001.png"), 1, 1)
    for frame in range(2, 6):
        strip.elements.append(f"f_{frame:04}.png")
    scene.frame_end = 5
    scene.view_settings.view_transform = 'Standard'
    render = scene.render
    render.resolution_x = render.resolution_y = 64
    if hasattr(render.image_settings, "media_type"):
        render.image_settings.media_type = 'VIDEO'
    render.image_settings.file_format = 'FFMPEG'
    render.ffmpeg.format, render.ffmpeg.codec = 'MPEG4', 'H264'
    render.ffmpeg.constant_rate_factor = 'LOSSLESS'
    render.filepath, render.use_file_extension = str(folder / "film.mp4"), False
    bpy.ops.render.render(animation=True, scene=scene.name)
    bpy.data.scenes.remove(scene)
    bpy.data.images.remove(bpy.data.images["wall"])
    image = bpy.data.images.load(str(folder / "film.mp4"))
    image.name = "wall"
    assert image.source == 'MOVIE'
    return image


@contextlib.contextmanager
def image_editor(image: bpy.types.Image) -> Iterator[bpy.types.SpaceImageEditor]:
    """The context is that of an Image Editor that shows the image."""
    area = max(bpy.context.screen.areas, key=lambda each: each.width * each.height)
    before = area.type
    area.type = 'IMAGE_EDITOR'
    area.spaces.active.image = image
    region = next(each for each in area.regions if each.type == 'WINDOW')
    try:
        with bpy.context.temp_override(window=bpy.context.window, area=area, region=region):
            yield area.spaces.active
    finally:
        area.type = before


def sent(**options: str) -> Bytes:
    """What a server that echoes was sent of an image."""
    from bl_ext.user_default.drawthings_addon.blender.session import session

    assert bpy.ops.drawthings.img2img(**{'source': 'IMAGE', **options}) == {'FINISHED'}
    image = session.get().results[0].datablock()
    assert image is not None
    return bytes_of(image)


def source_of_newest() -> tuple[str, int]:
    """The image and the frame that the newest result's recipe tells."""
    from bl_ext.user_default.drawthings_addon.blender.session import session

    source = session.get().results[0].recipe.source
    return source.name, source.frame


def sent_shade(**options: str) -> int:
    """The one shade that all of it has, within what a movie's codec makes of it."""
    pixels = sent(**options)[..., :3].astype(int)
    assert pixels.max() - pixels.min() <= 2
    return int(np.median(pixels))


def saved(image: bpy.types.Image, path: Path, view_transform: str) -> Bytes:
    """What Blender displays with a view transform."""
    scene = bpy.context.scene
    scene.view_settings.view_transform = view_transform
    settings = scene.render.image_settings
    settings.file_format, settings.color_mode, settings.color_depth = 'PNG', 'RGBA', '8'
    image.save_render(str(path), scene=scene)
    return read_png(path)


# The frame that is seen


@pytest.mark.parametrize("frame", [1, 3, 5])
def test_by_name_a_sequence_is_sent_at_the_scenes_frame(panel: Panel, tmp_path: Path, frame: int) -> None:
    sequence(tmp_path)
    bpy.context.scene.frame_set(frame)
    assert sent_shade(image="wall") == shade_of(frame)
    assert source_of_newest() == ("wall", frame)


@pytest.mark.parametrize(
    ("settings", "frame", "wanted"),
    [
        ({}, 3, 3),
        ({"frame_offset": 2}, 1, 3),
        ({"frame_start": 10}, 12, 3),
        ({"frame_duration": 4}, 40, 4),
        ({"frame_duration": 3, "use_cyclic": True}, 5, 2),
        ({"frame_duration": 3, "use_cyclic": True, "frame_start": 7}, 4, 1),
        ({"use_auto_refresh": False, "frame_current": 2}, 5, 2),
    ],
    ids=str,
)
def test_an_image_editor_is_asked_which_frame_it_shows(
    panel: Panel, tmp_path: Path, settings: dict[str, int], frame: int, wanted: int
) -> None:
    image = sequence(tmp_path)
    bpy.context.scene.frame_set(frame)
    # Else the editor shows the result.
    panel.use_show = False
    with image_editor(image) as space:
        for name, value in settings.items():
            setattr(space.image_user, name, value)
        assert sent_shade() == shade_of(wanted)
        assert sent_shade(image="wall") == shade_of(wanted), "also by name: it is how it is seen"


def test_another_image_editor_does_not_say_which_frame_this_one_shows(panel: Panel, tmp_path: Path) -> None:
    image = sequence(tmp_path)
    other = packed("other", noise(64, 64))
    with image_editor(other) as space:
        space.image_user.frame_offset = 2
        assert sent_shade(image=image.name) == shade_of(1)


def test_a_texture_is_sent_at_the_frame_of_its_node(panel: Panel, tmp_path: Path) -> None:
    node = textured(sequence(tmp_path)).node_tree.nodes["Image Texture"]
    node.image_user.frame_offset, node.image_user.use_auto_refresh = 3, True
    bpy.context.scene.frame_set(2)
    assert sent_shade(source='TEXTURE') == shade_of(5)


@pytest.mark.parametrize(("frame", "wanted"), [(1, 1), (3, 3), (5, 5), (90, 5), (-4, 1)])
def test_a_movie_is_sent_at_the_frame_that_is_seen(
    panel: Panel, tmp_path: Path, frame: int, wanted: int
) -> None:
    image = movie(tmp_path)
    bpy.context.scene.frame_set(frame)
    assert abs(sent_shade(image="wall") - shade_of(wanted)) <= 3
    assert source_of_newest() == ("wall", wanted)
    with image_editor(image):
        assert abs(sent_shade() - shade_of(wanted)) <= 3


def test_a_movie_of_a_texture(panel: Panel, tmp_path: Path) -> None:
    node = textured(movie(tmp_path)).node_tree.nodes["Image Texture"]
    node.image_user.frame_duration, node.image_user.frame_offset = 5, 1
    node.image_user.use_auto_refresh = True
    bpy.context.scene.frame_set(3)
    assert abs(sent_shade(source='TEXTURE') - shade_of(4)) <= 3


def test_a_sequence_of_linear_light(panel: Panel, tmp_path: Path) -> None:
    scene = bpy.data.scenes.new("Output")
    settings = scene.render.image_settings
    settings.file_format, settings.color_depth = 'OPEN_EXR', '32'
    for frame, light in ((1, 0.05), (2, 0.5)):
        each = bpy.data.images.new("each", 64, 64, float_buffer=True)
        each.pixels.foreach_set(np.tile(np.array([light, light, light, 1], np.float32), 64 * 64))
        each.save_render(str(tmp_path / f"f_{frame:04}.exr"), scene=scene)
    image = bpy.data.images.load(str(tmp_path / "f_0001.exr"))
    image.name, image.source = "wall", 'SEQUENCE'
    bpy.context.scene.frame_set(2)
    assert abs(sent_shade(image="wall") - 188) <= 1, "0.5 of linear light"


def test_nothing_that_was_made_for_a_frame_stays(panel: Panel, tmp_path: Path) -> None:
    sequence(tmp_path)
    names = set(bpy.data.images.keys())
    sent(image="wall")
    from bl_ext.user_default.drawthings_addon.blender.session import session

    result = session.get().results[0].datablock()
    assert set(bpy.data.images.keys()) - {result.name} == names
    assert not bpy.data.textures


# What is missing is told, with its path, before anything is sent


def refused(stand_in: StandIn, **options: str | int) -> str:
    """Why nothing is sent."""
    before = len(stand_in.journal)
    with pytest.raises(RuntimeError) as failed:
        bpy.ops.drawthings.img2img(**{'source': 'IMAGE', **options})
    assert len(stand_in.journal) == before
    return str(failed.value)


def test_a_missing_frame(panel: Panel, tmp_path: Path, stand_in: StandIn) -> None:
    sequence(tmp_path)
    bpy.context.scene.frame_set(17)
    told = refused(stand_in, image="wall")
    assert "Frame 17 of “wall” is missing" in told
    assert str(tmp_path / "f_0017.png") in told
    assert not bpy.data.textures


def test_a_missing_movie(panel: Panel, tmp_path: Path, stand_in: StandIn) -> None:
    movie(tmp_path)
    (tmp_path / "film.mp4").unlink()
    assert f"The movie of “wall” is missing: {tmp_path / 'film.mp4'}" in refused(stand_in, image="wall")


@pytest.mark.parametrize("space", ['sRGB', 'Linear Rec.709'])
@pytest.mark.parametrize("as_render", [False, True])
def test_a_missing_file(panel: Panel, tmp_path: Path, stand_in: StandIn, space: str, as_render: bool) -> None:
    image = on_disk(tmp_path / "lost.png", noise(64, 64))
    image.colorspace_settings.name, image.use_view_as_render = space, as_render
    (tmp_path / "lost.png").unlink()
    image.reload()
    told = refused(stand_in, image="lost.png")
    assert f"“lost.png” has no pixels: its file {tmp_path / 'lost.png'} is missing" in told


def test_a_viewer_node_into_which_nothing_came(panel: Panel, stand_in: StandIn) -> None:
    viewer = next((each for each in bpy.data.images if each.type == 'COMPOSITING'), None)
    if viewer is None:
        pytest.skip("the start-up file of 5.0 has no Viewer Node, and only a window makes one")
    viewer.name = "compositor"
    told = refused(stand_in, image="compositor")
    assert "“compositor” shows nothing yet" in told
    assert "Connect a Viewer node" in told


def test_a_missing_tile(panel: Panel, tmp_path: Path, stand_in: StandIn) -> None:
    tiled(tmp_path, {1001: noise(64, 64), 1002: noise(64, 64)}).reload()
    (tmp_path / "wall.1002.png").unlink()
    told = refused(stand_in, image="wall", tile=1002)
    assert f"Tile 1002 of “wall” is missing: {tmp_path / 'wall.1002.png'}" in told


# Of several views one picture


def test_of_an_image_for_two_eyes_the_first_view_is_sent(panel: Panel, tmp_path: Path) -> None:
    for suffix, shade in (("L", 80), ("R", 160)):
        (tmp_path / f"wall_{suffix}.png").write_bytes(png(filled(shade)))
    bpy.context.scene.render.use_multiview = True
    image = bpy.data.images.load(str(tmp_path / "wall_L.png"))
    image.name, image.use_multiview = "wall", True
    image.views_format = 'INDIVIDUAL'
    assert sent_shade(image="wall") == 80


# Layers and passes


@pytest.fixture
def layers(tmp_path: Path, panel: Panel) -> Path:
    """Three frames of a file with layers and passes, each brighter than the one before."""
    from blender_pictures import render_quickly

    scene = bpy.context.scene
    render_quickly(scene)
    scene.render.resolution_x = scene.render.resolution_y = 64
    scene.render.resolution_percentage = 100
    layer = scene.view_layers[0]
    layer.use_pass_normal = layer.use_pass_z = True
    settings = scene.render.image_settings
    if hasattr(settings, "media_type"):
        settings.media_type = 'MULTI_LAYER_IMAGE'
    settings.file_format = 'OPEN_EXR_MULTILAYER'
    for frame in (1, 2, 3):
        scene.world.node_tree.nodes["Background"].inputs["Strength"].default_value = frame
        scene.render.filepath = str(tmp_path / f"layers_{frame:04}.exr")
        bpy.ops.render.render(write_still=True)
    if hasattr(settings, "media_type"):
        settings.media_type = 'IMAGE'
    settings.file_format = 'PNG'
    return tmp_path / "layers_0001.exr"


def test_an_image_of_layers_is_sent_as_it_is_displayed(layers: Path, tmp_path: Path) -> None:
    image = bpy.data.images.load(str(layers))
    wanted = saved(image, tmp_path / "wanted.png", 'Standard')
    assert image.type == 'MULTILAYER'
    assert len(np.unique(wanted[..., 0])) > 8
    bpy.context.scene.view_settings.view_transform = 'AgX'
    assert np.array_equal(sent(image=image.name), wanted)
    with image_editor(image):
        assert np.array_equal(sent(), wanted)


def test_another_pass_of_an_image_node_is_told_as_the_nodes(layers: Path, tmp_path: Path) -> None:
    from bl_ext.user_default.drawthings_addon.blender import capture
    from bl_ext.user_default.drawthings_addon.errors import SourceUnavailable

    image = bpy.data.images.load(str(layers))
    saved(image, tmp_path / "read.png", 'Standard')
    assert image.type == 'MULTILAYER', "only once it was read"
    # Of an image node only its menu in the window sets them.
    user = SimpleNamespace(multilayer_layer=0, multilayer_pass=2)
    with pytest.raises(SourceUnavailable, match="The image node shows another layer or pass"):
        capture.image(image, tmp_path / "sent.png", look=capture.Look(user, is_texture=True))


def test_layers_viewed_as_a_render(layers: Path, tmp_path: Path) -> None:
    image = bpy.data.images.load(str(layers))
    image.use_view_as_render = True
    wanted = saved(image, tmp_path / "wanted.png", 'AgX')
    assert np.array_equal(sent(image=image.name), wanted)


def test_a_sequence_of_layers(layers: Path, tmp_path: Path) -> None:
    image = bpy.data.images.load(str(layers))
    image.name, image.source = "wall", 'SEQUENCE'
    third = bpy.data.images.load(str(layers.with_name("layers_0003.exr")))
    wanted = saved(third, tmp_path / "wanted.png", 'Standard')
    bpy.context.scene.frame_set(3)
    assert np.array_equal(sent(image="wall"), wanted)


# View as Render


@pytest.mark.parametrize("view_transform", ['AgX', 'Filmic', 'Standard'])
@pytest.mark.parametrize("make", ["bytes", "floats"])
def test_view_as_render_is_sent_as_seen(panel: Panel, tmp_path: Path, view_transform: str, make: str) -> None:
    if make == "bytes":
        image = packed("wall", noise(70, 65))
    else:
        image = bpy.data.images.new("float", 64, 64, float_buffer=True)
        image.pixels.foreach_set(np.random.default_rng(3).random(64 * 64 * 4, np.float32))
        scene = bpy.data.scenes.new("Output")
        scene.render.image_settings.file_format = 'OPEN_EXR'
        image.save_render(str(tmp_path / "wall.exr"), scene=scene)
        image = bpy.data.images.load(str(tmp_path / "wall.exr"))
        image.name = "wall"
    image.use_view_as_render = True
    bpy.context.scene.view_settings.exposure = 0.5
    wanted = saved(image, tmp_path / "wanted.png", view_transform)
    assert np.array_equal(sent(image="wall"), wanted)
    image.use_view_as_render = False
    assert not np.array_equal(sent(image="wall"), wanted)


def test_a_generated_image_is_never_viewed_as_a_render(panel: Panel) -> None:
    pixels = noise(70, 65)
    generated("wall", pixels).use_view_as_render = True
    assert np.array_equal(sent(image="wall"), pixels)


def test_a_texture_is_sent_by_its_colours(panel: Panel) -> None:
    pixels = noise(70, 65)
    image = packed("wall", pixels)
    image.use_view_as_render = True
    textured(image)
    assert np.array_equal(sent(source='TEXTURE'), pixels)


def test_a_frame_of_a_sequence_viewed_as_a_render(panel: Panel, tmp_path: Path) -> None:
    sequence(tmp_path).use_view_as_render = True
    single = bpy.data.images.load(str(tmp_path / "f_0003.png"))
    wanted = saved(single, tmp_path / "wanted.png", 'AgX')
    bpy.context.scene.frame_set(3)
    assert np.array_equal(sent(image="wall"), wanted)


def test_a_tile_viewed_as_a_render(panel: Panel, tmp_path: Path) -> None:
    image = tiled(tmp_path, {1001: noise(64, 64), 1002: noise(64, 64, seed=1)})
    image.use_view_as_render = True
    single = bpy.data.images.load(str(tmp_path / "wall.1002.png"))
    wanted = saved(single, tmp_path / "wanted.png", 'AgX')
    image.tiles.active_index = 1
    assert np.array_equal(sent(image="wall"), wanted)


def test_output_settings_stay_as_they_were(panel: Panel, tmp_path: Path) -> None:
    packed("wall", noise(64, 64)).colorspace_settings.name = 'Filmic sRGB'
    settings = bpy.context.scene.render.image_settings
    settings.color_management = 'OVERRIDE'
    settings.view_settings.view_transform, settings.view_settings.exposure = 'AgX', 1.5
    settings.file_format = 'JPEG'
    settings.views_format = 'STEREO_3D'
    sent(image="wall")
    assert (settings.color_management, settings.file_format) == ('OVERRIDE', 'JPEG')
    assert (settings.view_settings.view_transform, settings.view_settings.exposure) == ('AgX', 1.5)
    assert settings.views_format == 'STEREO_3D'


# What a result cannot be is said before anything is sent


@pytest.mark.parametrize("make", [sequence, movie])
def test_what_moves_is_not_replaced_by_a_still(
    panel: Panel, tmp_path: Path, stand_in: StandIn, make: object
) -> None:
    assert callable(make)
    image = make(tmp_path)
    told = refused(stand_in, image="wall", target='REPLACE')
    assert "a result would make a still of it. Send the result to an image." in told
    assert bpy.data.images["wall"] == image


def test_a_material_that_gets_a_still_is_told_of(panel: Panel, tmp_path: Path, desk: Desk) -> None:
    textured(sequence(tmp_path))
    desk.hold()
    bpy.ops.drawthings.img2img(source='TEXTURE', target='MATERIAL')
    assert "“wall” moves, and the result is a still of one frame." in desk.told


def test_an_image_of_more_bits_is_told_of_before_it_is_replaced(panel: Panel, desk: Desk) -> None:
    bpy.data.images.new("wall", 64, 64, float_buffer=True)
    desk.hold()
    bpy.ops.drawthings.img2img(source='IMAGE', image="wall", target='REPLACE')
    assert "“wall” has more than 8 bits per channel (HDR), and the result has 8" in desk.told
    desk.finish()
    assert not bpy.data.images["wall"].is_float


def test_layers_are_told_of_before_they_are_replaced(layers: Path, desk: Desk) -> None:
    image = bpy.data.images.load(str(layers))
    image.name = "wall"
    desk.hold()
    bpy.ops.drawthings.img2img(source='IMAGE', image="wall", target='REPLACE')
    assert "“wall” has layers and passes, and the result is one picture of 8 bits." in desk.told


def test_of_eight_bits_nothing_is_told(panel: Panel, desk: Desk) -> None:
    packed("wall", noise(64, 64))
    bpy.ops.drawthings.img2img(source='IMAGE', image="wall", target='REPLACE')
    desk.finish()
    assert desk.told == ""
