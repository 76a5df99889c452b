# SPDX-FileCopyrightText: 2026 Draw Things Bridge maintainers
# SPDX-License-Identifier: GPL-3.0-or-later

"""A large image of 8 bits is taken as the bytes that it is, and nothing of it becomes floats on the way."""

from __future__ import annotations

import time
import tracemalloc
from collections.abc import Callable
from pathlib import Path

import bpy
import numpy as np
import pytest
from blender_pictures import bytes_of, generated, noise, on_disk, packed, paint, tiled
from blender_snapshot import difference, snapshot, temporary_files

Panel = bpy.types.PropertyGroup

#: More than a MiPixel, from which on a file is written.
WIDTH, HEIGHT = 1300, 1100
FLOATS = WIDTH * HEIGHT * 4 * 4


def made(_folder: Path) -> bpy.types.Image:
    return generated("sketch", noise(WIDTH, HEIGHT))


def opaque(_folder: Path) -> bpy.types.Image:
    image = bpy.data.images.new("sketch", WIDTH, HEIGHT, alpha=False)
    paint(image, noise(WIDTH, HEIGHT))
    return image


def of_a_file(folder: Path) -> bpy.types.Image:
    return on_disk(folder / "wall.png", noise(WIDTH, HEIGHT))


def in_the_blend(_folder: Path) -> bpy.types.Image:
    return packed("wall", noise(WIDTH, HEIGHT))


def painted(folder: Path) -> bpy.types.Image:
    image = of_a_file(folder)
    paint(image, noise(WIDTH, HEIGHT, seed=3))
    return image


def of_data(folder: Path) -> bpy.types.Image:
    image = of_a_file(folder)
    image.colorspace_settings.name = 'Non-Color'
    return image


def channel_packed(folder: Path) -> bpy.types.Image:
    image = of_a_file(folder)
    image.alpha_mode = 'CHANNEL_PACKED'
    return image


def without_alpha(folder: Path) -> bpy.types.Image:
    image = of_a_file(folder)
    image.alpha_mode = 'NONE'
    return image


KINDS = [made, opaque, of_a_file, in_the_blend, painted, of_data, channel_packed, without_alpha]


def peak_of(call: Callable[[], object]) -> int:
    """Bytes that Python and numpy held at once."""
    tracemalloc.start()
    try:
        call()
        return tracemalloc.get_traced_memory()[1]
    finally:
        tracemalloc.stop()


@pytest.mark.parametrize("make", KINDS)
def test_it_is_taken_byte_for_byte_and_never_as_floats(
    panel: Panel, tmp_path: Path, make: Callable[[Path], bpy.types.Image]
) -> None:
    from bl_ext.user_default.drawthings_addon.blender import capture
    from bl_ext.user_default.drawthings_addon.jobs import sources

    bpy.context.scene.view_settings.exposure = 2.0
    image = make(tmp_path)
    assert tuple(image.size) == (WIDTH, HEIGHT)
    before, found = snapshot(), []
    peak = peak_of(lambda: found.append(capture.image(image, tmp_path / "taken.png")))
    assert peak < FLOATS // 16
    assert difference(before, snapshot()) == {}
    (source,) = found
    assert source.pixels is None
    assert source.path == tmp_path / "taken.tga"
    assert sources.source_size(source) == (WIDTH, HEIGHT)
    wanted = bytes_of(image)
    np.testing.assert_array_equal(sources.to_display_bytes(source), wanted)
    window = sources.windowed(source, 300, 200, 428, 264)
    np.testing.assert_array_equal(sources.to_display_bytes(window), wanted[200:264, 300:428])
    assert peak_of(lambda: sources.to_display_bytes(window)) < FLOATS // 16


def test_a_tile_is_taken_byte_for_byte_and_never_as_floats(panel: Panel, tmp_path: Path) -> None:
    from bl_ext.user_default.drawthings_addon.blender import capture
    from bl_ext.user_default.drawthings_addon.jobs import sources

    tiles = {1001: noise(64, 64), 1002: noise(WIDTH, HEIGHT, seed=1)}
    image = tiled(tmp_path, tiles, name="floor")
    found = []
    peak = peak_of(lambda: found.append(capture.image(image, tmp_path / "taken.png", tile=1002)))
    assert peak < FLOATS // 16
    np.testing.assert_array_equal(sources.to_display_bytes(found[0]), tiles[1002])


def test_a_large_mask_is_looked_at_in_parts(panel: Panel, tmp_path: Path) -> None:
    from bl_ext.user_default.drawthings_addon.blender import capture
    from bl_ext.user_default.drawthings_addon.errors import SourceUnavailable

    pixels = np.zeros((HEIGHT, WIDTH, 4), np.uint8)
    pixels[..., 3] = 255
    pixels[-1, -1, :3] = 255
    image = packed("mask", pixels)
    found = []
    peak = peak_of(lambda: found.append(capture.mask(image, tmp_path / "taken.png")))
    assert peak < FLOATS // 4
    assert found[0].path == tmp_path / "taken.tga"
    found[0].path.unlink()
    pixels[-1, -1] = 0
    with pytest.raises(SourceUnavailable, match="empty"):
        capture.mask(packed("black", pixels), tmp_path / "taken.png")
    assert list(tmp_path.iterdir()) == []


def test_without_a_disk_it_is_taken_as_bytes_nevertheless(panel: Panel, tmp_path: Path) -> None:
    from bl_ext.user_default.drawthings_addon.blender import capture
    from bl_ext.user_default.drawthings_addon.jobs import sources

    (tmp_path / "file").write_bytes(b"")
    image = in_the_blend(tmp_path)
    source = capture.image(image, tmp_path / "file" / "taken.png")
    assert source.pixels.dtype == np.uint8
    np.testing.assert_array_equal(sources.to_display_bytes(source), bytes_of(image))


def test_a_small_one_is_bytes_in_memory(panel: Panel, tmp_path: Path) -> None:
    from bl_ext.user_default.drawthings_addon.blender import capture

    image = packed("small", noise(64, 48))
    source = capture.image(image, tmp_path / "taken.png")
    assert source.pixels.dtype == np.uint8
    np.testing.assert_array_equal(source.pixels[::-1], noise(64, 48))
    assert list(tmp_path.iterdir()) == []


def test_a_large_one_comes_back_byte_for_byte_and_leaves_no_file(panel: Panel, tmp_path: Path) -> None:
    from bl_ext.user_default.drawthings_addon.blender.session import session

    image = in_the_blend(tmp_path)
    before = temporary_files()
    bpy.ops.drawthings.img2img(source='IMAGE', image=image.name, target='IMAGE')
    result = session.get().results[0].datablock()
    np.testing.assert_array_equal(bytes_of(result), bytes_of(image))
    until = time.monotonic() + 30
    while not temporary_files() <= before:
        assert time.monotonic() < until, temporary_files() - before
        time.sleep(0.01)
