# SPDX-FileCopyrightText: 2026 Draw Things Bridge maintainers
# SPDX-License-Identifier: GPL-3.0-or-later

"""Pictures that repeat and larger ones, from the operators to the datablocks."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from types import ModuleType

import bpy
import numpy as np
import pytest
from blender_pictures import bytes_of, floats_of, generated, noise, packed, textured, tiled

from local_server import StandIn

MODULE = "bl_ext.user_default.drawthings_addon"
Panel = bpy.types.PropertyGroup


def made() -> bpy.types.Image:
    """The newest image."""
    return max(bpy.data.images, key=lambda image: image.session_uid)


def edges(pixels: np.ndarray) -> tuple[float, float]:
    """How much the first row differs from the last, and the first column."""
    values = pixels.astype(int)[..., :3]
    return float(np.abs(values[0] - values[-1]).mean()), float(np.abs(values[:, 0] - values[:, -1]).mean())


def ramp(width: int, height: int) -> np.ndarray:
    """Soft, with a step at each border, and grain."""
    y, x = np.mgrid[0:height, 0:width]
    grain = np.random.default_rng(0).integers(0, 12, (height, width))
    pixels = np.full((height, width, 4), 255, np.uint8)
    for channel, phase in enumerate((0.0, 0.4, 0.8)):
        pixels[..., channel] = 110 + 60 * np.sin(x * 0.11 + phase) + 40 * np.cos(y * 0.13) + grain
    return pixels


@pytest.fixture
def offline(panel: Panel) -> Iterator[Panel]:
    """There is no server, no address that one could have, and no prompt."""
    preferences = bpy.context.preferences.addons[MODULE].preferences
    before = preferences.server_url
    preferences.server_url = "http://no server/"
    panel.prompt = ""
    yield panel
    preferences.server_url = before


def test_blend_needs_no_server_and_no_prompt(offline: Panel, output: Path) -> None:
    pixels = ramp(96, 80)
    wall = generated("wall", pixels)
    assert bpy.ops.drawthings.make_seamless(image="wall", method='BLEND') == {'FINISHED'}
    result = made()
    assert result != wall
    assert np.array_equal(bytes_of(wall), pixels)
    assert (result.drawthings.is_seamless, wall.drawthings.is_seamless) == (True, False)
    assert result.drawthings.operation == "seamless"
    assert all(
        after < before / 3 for before, after in zip(edges(pixels), edges(bytes_of(result)), strict=True)
    )
    assert [path.suffix for path in output.iterdir()] == [".png"]


def test_blend_in_the_images_place_is_one_undo_step_away(offline: Panel) -> None:
    material = textured(packed("wall", ramp(64, 64)))
    assert bpy.ops.drawthings.make_seamless(image="wall", method='BLEND', target='REPLACE') == {'FINISHED'}
    node = next(node for node in material.node_tree.nodes if node.type == 'TEX_IMAGE')
    assert node.image.name == "wall"
    assert node.image.drawthings.is_seamless
    assert not bpy.data.images["wall.before"].drawthings.is_seamless


def test_blend_of_floats_gives_floats(offline: Panel) -> None:
    image = bpy.data.images.new("light", 80, 64, float_buffer=True)
    floats = np.ones((64, 80, 4), np.float32)
    floats[..., :3] = np.linspace(0, 3.5, 80)[None, :, None]
    image.pixels.foreach_set(floats.ravel())
    bpy.ops.drawthings.make_seamless(image="light", method='BLEND', axes='X')
    result = made()
    assert result.is_float
    pixels = np.empty(64 * 80 * 4, np.float32)
    result.pixels.foreach_get(pixels)
    assert np.array_equal(pixels.reshape(64, 80, 4)[:, 30:50], floats[:, 30:50])


def test_a_picture_that_was_generated_keeps_its_prompt(panel: Panel) -> None:
    panel.prompt = "old moss"
    bpy.ops.drawthings.txt2img(target='IMAGE')
    first = made()
    panel.prompt = "something else"
    bpy.ops.drawthings.make_seamless(image=first.name, method='BLEND')
    assert made().drawthings.prompt == "old moss"
    assert made().drawthings.is_seamless


@pytest.mark.parametrize("dialect", ["DRAW_THINGS", "A1111"])
def test_by_the_server(dialect: str, panel: Panel, output: Path) -> None:
    preferences = bpy.context.preferences.addons[MODULE].preferences
    before = preferences.server_url
    with StandIn(engine="echo", dialect=dialect) as server:
        preferences.server_url = server.url
        try:
            pixels = ramp(96, 96)
            generated("wall", pixels)
            bpy.ops.drawthings.make_seamless(image="wall")
            by_server = bytes_of(made())
            bpy.ops.drawthings.make_seamless(image="wall", method='BLEND')
            assert np.array_equal(bytes_of(made()), by_server), "an echo changes nothing of the blend"
            assert len(server.journal.generations) == 3
            bpy.ops.drawthings.outpaint(image="wall", left=40, bottom=7)
            larger = bytes_of(made())
        finally:
            preferences.server_url = before
    assert larger.shape == (103, 136, 4)
    assert np.array_equal(larger[:96, 40:], pixels)


def test_texture_repeats_in_one_press(panel: Panel, stand_in: StandIn) -> None:
    panel.seamless.use = True
    panel.seamless.method = 'SERVER'
    bpy.ops.drawthings.txt2img(target='IMAGE')
    result = made()
    assert result.drawthings.is_seamless
    assert len(stand_in.journal.generations) > 1, "it was made, and painted over"
    stand_in.journal.clear()
    panel.seamless.method = 'BLEND'
    bpy.ops.drawthings.txt2img(target='IMAGE')
    assert made() != result
    assert made().drawthings.is_seamless
    assert len(stand_in.journal.generations) == 1


def test_a_server_that_makes_tiles_is_asked_for_one(panel: Panel) -> None:
    preferences = bpy.context.preferences.addons[MODULE].preferences
    before = preferences.server_url
    with StandIn(engine="pattern", dialect="A1111") as server:
        preferences.server_url = server.url
        try:
            panel.seamless.use = True
            bpy.ops.drawthings.txt2img(target='IMAGE')
            (asked,) = server.journal.generations
            assert asked.body["tiling"] is True
            assert made().drawthings.is_seamless
        finally:
            preferences.server_url = before


@pytest.mark.parametrize("kind", ["outpaint", "SERVER", "BLEND", "texture"])
def test_it_is_made_again_as_it_was_made(
    panel: Panel, stand_in: StandIn, session: ModuleType, kind: str
) -> None:
    """By the picture alone, when it is no result of the session any more, whatever the panel says."""
    pixels = ramp(96, 96)
    generated("wall", pixels)
    if kind == "outpaint":
        bpy.ops.drawthings.outpaint(image="wall", left=40, bottom=7)
    elif kind == "texture":
        panel.seamless.use, panel.seamless.method = True, 'BLEND'
        bpy.ops.drawthings.txt2img(target='IMAGE')
        panel.seamless.use = False
    else:
        bpy.ops.drawthings.make_seamless(image="wall", method=kind)
    first, asked = made(), len(stand_in.journal.generations)
    session.get().results.clear()
    bpy.ops.drawthings.again(image=first.name)
    second = made()
    assert second != first and tuple(second.size) == tuple(first.size)
    assert second.drawthings.is_seamless == first.drawthings.is_seamless == (kind != "outpaint")
    assert len(stand_in.journal.generations) == 2 * asked
    if kind == "outpaint":
        assert np.array_equal(bytes_of(second)[:96, 40:], pixels)


def test_outpaint_in_the_images_place(panel: Panel) -> None:
    pixels = ramp(64, 64)
    material = textured(packed("wall", pixels))
    bpy.ops.drawthings.outpaint(image="wall", right=16, top=8, target='REPLACE')
    node = next(node for node in material.node_tree.nodes if node.type == 'TEX_IMAGE')
    assert tuple(node.image.size) == (80, 72)
    assert np.array_equal(bytes_of(node.image)[8:, :64], pixels)
    assert not node.image.drawthings.is_seamless


@pytest.mark.parametrize("target", ['REPLACE', 'IMAGE'])
def test_the_numbers_stay_whatever_they_stand_for(panel: Panel, target: str) -> None:
    pixels = ramp(96, 64)
    packed("wall", pixels).colorspace_settings.name = 'Linear Rec.709'
    data = bpy.data.images.new("data", 64, 48, float_buffer=True)
    data.colorspace_settings.name = 'Non-Color'
    data.pixels.foreach_set(np.linspace(-1, 2, 64 * 48 * 4, dtype=np.float32))
    before = floats_of(data).copy()
    for name in ("wall", "data"):
        space = bpy.data.images[name].colorspace_settings.name
        bpy.ops.drawthings.outpaint(image=name, left=8, bottom=5, target=target)
        after = made()
        assert after.colorspace_settings.name == space
        if name == "wall":
            assert np.array_equal(bytes_of(after)[:64, 8:], pixels)
        else:
            assert np.array_equal(floats_of(after)[:48, 8:], before)
        bpy.ops.drawthings.make_seamless(image=name, method='BLEND', target='IMAGE')
        assert made().colorspace_settings.name == space


def test_what_cannot_be_is_told_before_anything_is_sent(
    panel: Panel, stand_in: StandIn, tmp_path: Path
) -> None:
    generated("wall", ramp(64, 64))
    tiled(tmp_path, {1001: noise(64, 64), 1002: noise(64, 64, seed=1)}, "set")
    for options, words in (
        ({"image": "wall"}, "No side of the picture"),
        ({"image": "nothing", "left": 8}, "There is no image"),
        ({"image": "wall", "left": 16384}, "16448 × 64"),
        ({"image": "set", "left": 8}, "a tile cannot grow"),
    ):
        with pytest.raises(RuntimeError, match=words):
            bpy.ops.drawthings.outpaint(**options)
    panel.prompt = ""
    with pytest.raises(RuntimeError, match="no prompt"):
        bpy.ops.drawthings.outpaint(image="wall", left=8)
    with pytest.raises(RuntimeError, match="no prompt"):
        bpy.ops.drawthings.make_seamless(image="wall")
    assert not stand_in.journal.generations


def test_what_was_made_seamless_says_so_and_gives_its_settings_back(offline: Panel) -> None:
    from bl_ext.user_default.drawthings_addon.blender import summary
    from bl_ext.user_default.drawthings_addon.blender.delivery import images

    generated("wall", ramp(64, 64))
    bpy.ops.drawthings.make_seamless(image="wall", method='BLEND', axes='Y')
    result = made()
    recipe = images.readable_recipe(result)
    assert recipe is not None
    assert summary.numbers(recipe, with_steps=True).startswith("made seamless · 0:0")
    bpy.ops.drawthings.reuse_recipe(image=result.name)
    assert (offline.seamless.axes, offline.seamless.method) == ('Y', 'BLEND')


def test_a_side_that_the_server_does_not_paint_over_is_told(panel: Panel, stand_in: StandIn) -> None:
    bpy.data.images.new("long", 16400, 4)
    with pytest.raises(RuntimeError, match="Choose Blend"):
        bpy.ops.drawthings.make_seamless(image="long")
    assert not stand_in.journal.generations
