# SPDX-FileCopyrightText: 2026 Draw Things Bridge maintainers
# SPDX-License-Identifier: GPL-3.0-or-later

"""Sent to a server that echoes, images come back as they were."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import bpy
import numpy as np
import pytest
from blender_pictures import (
    Bytes,
    bytes_of,
    display_bytes,
    floats_of,
    generated,
    noise,
    on_disk,
    packed,
    paint,
    read_png,
    textured,
    tiled,
    tiles_of,
)

Panel = bpy.types.PropertyGroup


def restyle(name: str, **options: str | int) -> bpy.types.Image:
    """Send an image, replace it by what comes back, and return what is there now."""
    result = bpy.ops.drawthings.img2img(source='IMAGE', image=name, target='REPLACE', **options)
    assert result == {'FINISHED'}
    return bpy.data.images[name]


def loaded(name: str, pixels: Bytes, folder: Path) -> bpy.types.Image:
    image = on_disk(folder / "file.png", pixels)
    image.name = name
    return image


def painted_over(name: str, pixels: Bytes, folder: Path) -> bpy.types.Image:
    image = loaded(name, np.flip(pixels, 0), folder)
    paint(image, pixels)
    assert image.is_dirty
    return image


@pytest.mark.parametrize(
    "make",
    [
        pytest.param(lambda name, pixels, _folder: generated(name, pixels), id="generated"),
        pytest.param(lambda name, pixels, _folder: packed(name, pixels), id="packed"),
        pytest.param(loaded, id="file"),
        pytest.param(painted_over, id="unsaved-paint"),
    ],
)
@pytest.mark.parametrize("size", [(64, 64), (70, 33), (257, 129)], ids=str)
def test_byte_image_comes_back_pixel_for_pixel(
    panel: Panel,
    tmp_path: Path,
    make: Callable[[str, Bytes, Path], bpy.types.Image],
    size: tuple[int, int],
) -> None:
    pixels = noise(*size)
    before = make("wall", pixels, tmp_path)
    assert np.array_equal(bytes_of(before), pixels), "the test's own image is as it was made"
    after = restyle("wall")
    assert after.packed_file is not None
    assert tuple(after.size) == size
    assert np.array_equal(bytes_of(after), pixels)


@pytest.mark.parametrize(
    ("size", "fit"),
    [
        ((1, 1), 'PAD'), ((127, 640), 'PAD'), ((701, 1000), 'PAD'), ((2048, 2048), 'PAD'),
        ((65, 2047), 'PAD'), ((1, 1), 'CROP'), ((127, 640), 'CROP'), ((2047, 65), 'CROP'),
    ],
    ids=str,
)  # fmt: skip
def test_any_size_comes_back(panel: Panel, size: tuple[int, int], fit: str) -> None:
    pixels = noise(*size)
    packed("wall", pixels)
    panel.fit_mode = fit
    assert np.array_equal(bytes_of(restyle("wall")), pixels)


def test_scaled_fit_comes_back_in_its_size(panel: Panel) -> None:
    shade = np.linspace(0, 255, 333).astype(np.uint8)
    pixels = np.dstack([np.tile(shade, (200, 1))] * 3 + [np.full((200, 333), 255, np.uint8)])
    packed("wall", pixels)
    panel.fit_mode = 'SCALE'
    back = bytes_of(restyle("wall"))
    assert back.shape == pixels.shape
    assert np.abs(back.astype(int) - pixels).max() <= 2, "a soft gradient survives resampling"


@pytest.mark.parametrize("channels", [1, 3], ids=["grey", "rgb"])
def test_opaque_files(panel: Panel, tmp_path: Path, channels: int) -> None:
    pixels = noise(70, 64, channels=channels)
    image = on_disk(tmp_path / "file.png", pixels[..., 0] if channels == 1 else pixels)
    image.name = "wall"
    before = bytes_of(image)
    assert np.array_equal(bytes_of(restyle("wall")), before)


@pytest.mark.parametrize("alpha_mode", ['STRAIGHT', 'CHANNEL_PACKED', 'NONE'])
def test_alpha_mode_is_kept(panel: Panel, tmp_path: Path, alpha_mode: str) -> None:
    pixels = noise(70, 64)
    image = loaded("wall", pixels, tmp_path)
    image.alpha_mode = alpha_mode
    before = bytes_of(image)
    after = restyle("wall")
    assert after.alpha_mode == alpha_mode
    assert np.array_equal(bytes_of(after), before)


@pytest.mark.parametrize("space", ['Non-Color', 'sRGB'])
def test_color_space_is_kept_and_bytes_stay(panel: Panel, space: str) -> None:
    pixels = noise(96, 64)
    packed("wall", pixels).colorspace_settings.name = space
    after = restyle("wall")
    assert after.colorspace_settings.name == space
    assert np.array_equal(bytes_of(after), pixels)


def seen(image: bpy.types.Image, path: Path, view_transform: str = 'Standard') -> Bytes:
    """What Blender displays, of each pixel, as it saves a render for which all is left at that."""
    scene = bpy.data.scenes.new("Display")
    scene.view_settings.view_transform = view_transform
    scene.render.dither_intensity = 0.0
    settings = scene.render.image_settings
    settings.file_format, settings.color_mode, settings.color_depth = 'PNG', 'RGBA', '8'
    image.save_render(str(path), scene=scene)
    bpy.data.scenes.remove(scene)
    return read_png(path)


@pytest.mark.parametrize("space", ['Linear Rec.709', 'Filmic sRGB', 'ACEScg', 'Rec.1886', 'AgX Log'])
def test_bytes_in_another_color_space_come_back_as_they_are_seen(
    panel: Panel, tmp_path: Path, space: str
) -> None:
    pixels = noise(96, 64)
    image = packed("wall", pixels)
    image.colorspace_settings.name = space
    before = seen(image, tmp_path / "before.png")
    assert not np.array_equal(before, pixels)
    after = restyle("wall")
    assert after.colorspace_settings.name == 'sRGB'
    assert np.array_equal(bytes_of(after), before), "what is seen is sent"
    assert np.array_equal(seen(after, tmp_path / "after.png"), before), "what comes is shown"


def test_linear_bytes_are_sent_by_the_curve_of_srgb(panel: Panel) -> None:
    pixels = noise(96, 64)
    packed("wall", pixels).colorspace_settings.name = 'Linear Rec.709'
    wanted = display_bytes(pixels[..., :3].astype(np.float32) / 255)
    assert np.abs(bytes_of(restyle("wall"))[..., :3] - wanted).max() <= 1.0


def test_bytes_multiplied_by_alpha_come_back_no_brighter(panel: Panel, tmp_path: Path) -> None:
    straight = noise(70, 64)
    multiplied = straight.copy()
    multiplied[..., :3] = straight[..., :3] * (straight[..., 3:] / 255.0)
    image = loaded("wall", multiplied, tmp_path)
    image.alpha_mode = 'PREMUL'
    before = bytes_of(image)
    after = restyle("wall")
    assert np.array_equal(bytes_of(after), before)
    after.reload()
    assert np.array_equal(bytes_of(after), before), "also once Blender reads it again"


def test_bytes_multiplied_by_alpha_as_the_texture_of_a_material(panel: Panel, tmp_path: Path) -> None:
    image = loaded("wall", np.full((64, 64, 4), (100, 100, 100, 128), np.uint8), tmp_path)
    image.alpha_mode = 'PREMUL'
    before = bytes_of(image)
    node = textured(image).node_tree.nodes["Image Texture"]
    assert bpy.ops.drawthings.img2img(source='TEXTURE', target='REPLACE') == {'FINISHED'}
    assert node.image != image
    assert np.array_equal(bytes_of(node.image), before)


def float_image(name: str, size: tuple[int, int], space: str) -> bpy.types.Image:
    image = bpy.data.images.new(name, *size, float_buffer=True, alpha=True)
    image.colorspace_settings.name = space
    height, width = size[1], size[0]
    values = np.random.default_rng(2).random((height, width, 4), dtype=np.float32)
    values[: height // 2, :, 3] = 1.0
    values[0, :, 3] = 0.0
    # Float pixels are multiplied by alpha.
    values[..., :3] *= values[..., 3:]
    image.pixels.foreach_set(values[::-1].ravel())
    return image


def test_float_image_comes_back_as_displayed(panel: Panel) -> None:
    before = floats_of(float_image("wall", (70, 65), 'Linear Rec.709')).copy()
    after = restyle("wall")
    assert not after.is_float
    assert after.colorspace_settings.name == 'sRGB'
    back = bytes_of(after).astype(float)
    seen = before[..., 3] > 1 / 255
    straight = before[..., :3][seen] / before[..., 3:][seen]
    assert np.abs(back[..., :3][seen] - display_bytes(straight)).max() <= 1.0
    assert np.abs(back[..., 3] - before[..., 3] * 255).max() <= 1.0


@pytest.mark.parametrize("space", ['ACEScg', 'Linear Rec.2020', 'Linear Rec.709', 'sRGB'])
def test_a_float_image_of_any_color_space_comes_back_as_it_is_seen(
    panel: Panel, tmp_path: Path, space: str
) -> None:
    image = float_image("wall", (70, 65), space)
    values = floats_of(image).copy()
    values[..., 3] = 1.0
    image.pixels.foreach_set(values[::-1].ravel())
    before = seen(image, tmp_path / "before.png").astype(int)
    assert np.abs(bytes_of(restyle("wall")) - before).max() <= 1


@pytest.mark.parametrize("alpha_mode", ['STRAIGHT', 'PREMUL', 'NONE'])
def test_a_float_file_comes_back_as_it_is_seen(panel: Panel, tmp_path: Path, alpha_mode: str) -> None:
    scene = bpy.data.scenes.new("Output")
    settings = scene.render.image_settings
    settings.file_format, settings.color_mode, settings.color_depth = 'OPEN_EXR', 'RGBA', '32'
    float_image("light", (70, 65), 'Linear Rec.709').save_render(str(tmp_path / "light.exr"), scene=scene)
    image = bpy.data.images.load(str(tmp_path / "light.exr"))
    image.name = "wall"
    image.alpha_mode = alpha_mode
    before = seen(image, tmp_path / "before.png").astype(int)
    after = restyle("wall")
    visible = before[..., 3] > 1
    assert np.abs(bytes_of(after) - before)[visible].max() <= 1
    assert np.abs(seen(after, tmp_path / "after.png") - before)[visible].max() <= 1


def test_float_values_beyond_the_display_are_clipped(panel: Panel) -> None:
    image = bpy.data.images.new("sun", 64, 64, float_buffer=True, alpha=True)
    values = np.tile(np.array([7.5, -2.0, np.nan, 1.0], np.float32), 64 * 64)
    image.pixels.foreach_set(values)
    back = bytes_of(restyle("sun"))
    assert set(back[..., 0].ravel()) == {255}
    assert set(back[..., 1].ravel()) == {0}
    assert set(back[..., 2].ravel()) <= {0, 255}, "what is no number becomes a colour and not a fault"


def test_float_data_is_not_encoded(panel: Panel) -> None:
    before = floats_of(float_image("normal", (64, 64), 'Non-Color')).copy()
    after = restyle("normal")
    assert after.colorspace_settings.name == 'Non-Color'
    seen = before[..., 3] > 1 / 255
    straight = before[..., :3][seen] / before[..., 3:][seen]
    assert np.abs(floats_of(after)[..., :3][seen] - straight).max() <= 1 / 255


@pytest.mark.parametrize("alpha_mode", ['STRAIGHT', 'PREMUL', 'CHANNEL_PACKED', 'NONE'])
def test_data_of_a_float_file_come_back_as_the_file_has_them(
    panel: Panel, tmp_path: Path, alpha_mode: str
) -> None:
    """As packed masks are: the fourth channel is one more, and nothing is divided by it."""
    values = np.random.default_rng(4).random((64, 64, 4), dtype=np.float32)
    source = bpy.data.images.new("packed masks", 64, 64, float_buffer=True, alpha=True)
    source.colorspace_settings.name, source.alpha_mode = 'Non-Color', 'CHANNEL_PACKED'
    source.pixels.foreach_set(values.ravel())
    source.file_format, source.filepath_raw = 'OPEN_EXR', str(tmp_path / "masks.exr")
    source.save()
    bpy.data.images.remove(source)
    image = bpy.data.images.load(str(tmp_path / "masks.exr"))
    image.name, image.colorspace_settings.name, image.alpha_mode = "wall", 'Non-Color', alpha_mode
    before = floats_of(image).copy()
    after = restyle("wall")
    assert after.colorspace_settings.name == 'Non-Color'
    assert np.abs(floats_of(after) - before).max() <= 1 / 255


def test_sixteen_bit_file_comes_back_within_one_step(panel: Panel, tmp_path: Path) -> None:
    scene = bpy.context.scene
    source = float_image("half", (64, 64), 'Linear Rec.709')
    values = floats_of(source).copy()
    values[..., 3] = 1.0
    source.pixels.foreach_set(values[::-1].ravel())
    settings = scene.render.image_settings
    settings.file_format, settings.color_mode, settings.color_depth = 'PNG', 'RGB', '16'
    scene.view_settings.view_transform = 'Standard'
    path = tmp_path / "half.png"
    source.save_render(str(path), scene=scene)
    image = bpy.data.images.load(str(path))
    image.name = "wall"
    assert image.is_float
    back = bytes_of(restyle("wall"))
    assert np.abs(back[..., :3] - display_bytes(values[..., :3])).max() <= 1.0


@pytest.mark.parametrize("number", [1001, 1002, 1011])
def test_one_tile_comes_back_and_the_others_stay(panel: Panel, tmp_path: Path, number: int) -> None:
    tiles = {1001: noise(64, 64), 1002: noise(70, 33, seed=1), 1011: noise(128, 64, seed=2)}
    image = tiled(tmp_path, tiles)
    image.tiles[1].label = "door"
    textured(image)
    after = restyle("wall", tile=number)
    assert after.source == 'TILED'
    assert [tile.number for tile in after.tiles] == [1001, 1002, 1011]
    assert after.tiles[1].label == "door"
    back = tiles_of(after)
    for each, pixels in tiles.items():
        assert np.array_equal(back[each], pixels), each


def test_unsaved_paint_of_a_tile_is_sent(panel: Panel, tmp_path: Path) -> None:
    image = tiled(tmp_path, {1001: noise(64, 64), 1002: noise(64, 64, seed=1)})
    painted = noise(64, 64, seed=5)
    paint(image, painted)
    assert image.is_dirty
    back = tiles_of(restyle("wall", tile=1001))
    assert np.array_equal(back[1001], painted)
    assert np.array_equal(back[1002], noise(64, 64, seed=1))


def test_tile_of_a_result_can_be_sent_again(panel: Panel, tmp_path: Path) -> None:
    tiles = {1001: noise(64, 64), 1002: noise(64, 64, seed=1)}
    tiled(tmp_path, tiles)
    restyle("wall", tile=1001)
    back = tiles_of(restyle("wall", tile=1002))
    for each, pixels in tiles.items():
        assert np.array_equal(back[each], pixels), each


@pytest.mark.parametrize("space", ['sRGB', 'Linear Rec.709', 'Filmic sRGB'])
@pytest.mark.parametrize("alpha_mode", ['STRAIGHT', 'PREMUL'])
def test_tiles_look_as_before_whatever_they_are_stored_as(
    panel: Panel, tmp_path: Path, space: str, alpha_mode: str
) -> None:
    tiles = {1001: noise(64, 64), 1002: noise(70, 33, seed=1)}
    image = tiled(tmp_path, tiles)
    image.colorspace_settings.name = space
    image.alpha_mode = alpha_mode
    before = {each: tile_seen(image, each, tmp_path) for each in tiles}
    for number in tiles:
        image = restyle("wall", tile=number)
        for each, pixels in before.items():
            assert np.array_equal(tile_seen(image, each, tmp_path), pixels), (number, each)


def tile_seen(image: bpy.types.Image, number: int, folder: Path) -> Bytes:
    """A tile as it is displayed."""
    single = bpy.data.images.load(str(folder / f"wall.{number}.png"))
    if image.packed_files:
        mark = f".{number}."
        packed_file = next(each for each in image.packed_files if mark in Path(each.filepath).name)
        data = bytes(packed_file.packed_file.data)
        single.pack(data=data, data_len=len(data))
    single.colorspace_settings.name = image.colorspace_settings.name
    single.alpha_mode = image.alpha_mode
    pixels = seen(single, folder / "tile.png")
    bpy.data.images.remove(single)
    return pixels


@pytest.mark.parametrize("space", ['Linear Rec.709', 'ACEScg'])
def test_float_tiles_look_as_before(panel: Panel, tmp_path: Path, space: str) -> None:
    scene = bpy.data.scenes.new("Output")
    settings = scene.render.image_settings
    settings.file_format, settings.color_mode, settings.color_depth = 'OPEN_EXR', 'RGB', '32'
    for number in (1001, 1002):
        each = bpy.data.images.new("each", 64, 64, float_buffer=True)
        each.pixels.foreach_set(np.tile(np.array([0.2, 0.4, 0.1, 1.0], np.float32), 64 * 64))
        each.save_render(str(tmp_path / f"wall.{number}.exr"), scene=scene)
    image = bpy.data.images.load(str(tmp_path / "wall.1001.exr"))
    image.name, image.source = "wall", 'TILED'
    image.filepath = str(tmp_path / "wall.<UDIM>.exr")
    image.tiles.new(tile_number=1002)
    image.colorspace_settings.name, alpha_mode = space, image.alpha_mode
    before = light_of(tmp_path / "wall.1001.exr", space)
    after = restyle("wall", tile=1002)
    assert (after.colorspace_settings.name, after.alpha_mode) == (space, alpha_mode)
    for number in (1001, 1002):
        path = tmp_path / f"after.{number}.exr"
        found = next(each for each in after.packed_files if f".{number}." in Path(each.filepath).name)
        path.write_bytes(found.packed_file.data)
        assert np.abs(light_of(path, space) - before).max() < 0.01, number


def light_of(path: Path, space: str) -> np.ndarray:
    """The colours in a file of linear light, as Blender reads them."""
    single = bpy.data.images.load(str(path))
    single.colorspace_settings.name = space
    return floats_of(single)[..., :3].copy()


def test_texture_of_the_active_material(panel: Panel) -> None:
    pixels = noise(70, 64)
    material = textured(packed("wall", pixels))
    assert bpy.ops.drawthings.img2img(source='TEXTURE', target='MATERIAL') == {'FINISHED'}
    result = material.node_tree.nodes["Image Texture"].image
    assert result.name != "wall"
    assert np.array_equal(bytes_of(result), pixels)
    assert np.array_equal(bytes_of(bpy.data.images["wall"]), pixels), "the old one stays"


@pytest.mark.parametrize(
    ("space", "alpha_mode"),
    [
        ('sRGB', 'STRAIGHT'), ('sRGB', 'PREMUL'), ('sRGB', 'CHANNEL_PACKED'), ('Non-Color', 'STRAIGHT'),
        ('Linear Rec.709', 'STRAIGHT'), ('Filmic sRGB', 'PREMUL'),
    ],
)  # fmt: skip
def test_a_texture_looks_as_before_in_its_node(
    panel: Panel, tmp_path: Path, space: str, alpha_mode: str
) -> None:
    image = loaded("wall", noise(70, 64), tmp_path)
    image.colorspace_settings.name, image.alpha_mode = space, alpha_mode
    before = seen(image, tmp_path / "before.png")
    node = textured(image).node_tree.nodes["Image Texture"]
    assert bpy.ops.drawthings.img2img(source='TEXTURE', target='MATERIAL') == {'FINISHED'}
    assert node.image != image
    assert node.image.colorspace_settings.is_data == (space == 'Non-Color')
    assert np.array_equal(seen(node.image, tmp_path / "after.png"), before)


def test_a_float_texture_looks_as_before_in_its_node(panel: Panel, tmp_path: Path) -> None:
    image = float_image("wall", (70, 65), 'Linear Rec.709')
    values = floats_of(image).copy()
    values[..., 3] = 1.0
    image.pixels.foreach_set(values[::-1].ravel())
    before = seen(image, tmp_path / "before.png").astype(int)
    node = textured(image).node_tree.nodes["Image Texture"]
    assert bpy.ops.drawthings.img2img(source='TEXTURE', target='MATERIAL') == {'FINISHED'}
    assert np.abs(seen(node.image, tmp_path / "after.png") - before).max() <= 1


def test_image_sent_at_the_panels_size(panel: Panel) -> None:
    packed("wall", noise(70, 64))
    panel.use_source_size = False
    panel.width, panel.height = 192, 128
    assert tuple(restyle("wall").size) == (192, 128)
