# SPDX-FileCopyrightText: 2026 Draw Things Bridge maintainers
# SPDX-License-Identifier: GPL-3.0-or-later

"""Pictures larger than the model, in Blender: what comes, where it goes, and what is told before."""

from __future__ import annotations

import subprocess
import sys
import threading
from pathlib import Path
from typing import Any

import bpy
import numpy as np
import pytest
from bl_ext.user_default.drawthings_addon.blender import compat
from bl_ext.user_default.drawthings_addon.blender.actions import refine
from bl_ext.user_default.drawthings_addon.imaging import scale
from bl_ext.user_default.drawthings_addon.jobs.recipe import Recipe
from blender_pictures import bytes_of, packed, textured, tiled, tiles_of

from local_server import StandIn

Panel = bpy.types.PropertyGroup
REPOSITORY = Path(__file__).resolve().parents[2]


def smooth(width: int, height: int, seed: int = 0) -> np.ndarray:
    """RGBA, row 0 at the bottom: slow waves, which every filter enlarges alike."""
    y, x = np.mgrid[0:height, 0:width] * 2 * np.pi
    waves = [127 + 80 * np.sin(x / width + seed + each) * np.cos(y / height) for each in range(4)]
    return np.stack(waves, axis=2).round().astype(np.uint8)


def run(image: str = "wall", **options: Any) -> bpy.types.Image:
    """The newest image."""
    options = {"tile": 128, "overlap": 32} | options
    assert bpy.ops.drawthings.refine(image=image, **options) == {'FINISHED'}
    return max(bpy.data.images, key=lambda each: each.session_uid)


def asked(server: StandIn) -> int:
    return sum(entry.path.endswith("/img2img") for entry in server.journal)


def near(made: np.ndarray, source: np.ndarray, width: int, height: int) -> bool:
    wanted = scale.resize(source, width, height).astype(int)
    return made.shape == wanted.shape and int(np.abs(made - wanted).max()) <= 4


def test_it_becomes_a_larger_image(panel: Panel, stand_in: StandIn, output: Path) -> None:
    pixels = smooth(64, 48)
    source = packed("wall", pixels)
    made = run(width=320, height=240)
    assert near(bytes_of(made), pixels, 320, 240)
    assert tuple(source.size) == (64, 48)
    assert asked(stand_in) == 3 * 3
    assert made.packed_file is not None
    (path,) = output.glob("*.png")
    assert path.stem.endswith("-320x240")
    recipe = Recipe.from_json(made.drawthings.recipe)
    assert recipe.refining is not None and (recipe.refining.tile, recipe.refining.overlap) == (128, 32)
    assert recipe.request.sampling.strength == 0.3
    assert recipe.source is not None and recipe.source.name == "wall"


def test_without_a_size_it_is_twice_as_large_and_one_side_follows_from_the_other(panel: Panel) -> None:
    packed("wall", smooth(64, 48))
    assert tuple(run().size) == (128, 96)
    assert tuple(run(height=144).size) == (192, 144)
    panel.refine.width = 256
    assert tuple(run().size) == (256, 192)
    assert tuple(run(height=60).size) == (80, 60)


def test_it_takes_the_place_of_the_image(panel: Panel) -> None:
    pixels = smooth(64, 48)
    material = textured(packed("wall", pixels))
    made = run(width=160, target='REPLACE')
    node = next(node for node in material.node_tree.nodes if node.type == 'TEX_IMAGE')
    assert node.image == made == bpy.data.images["wall"]
    assert near(bytes_of(made), pixels, 160, 120)
    assert tuple(bpy.data.images["wall.before"].size) == (64, 48)


@pytest.mark.parametrize("target", ['IMAGE', 'REPLACE'])
def test_a_set_is_done_tile_by_tile_and_comes_as_one(
    panel: Panel, stand_in: StandIn, tmp_path: Path, target: str, session: Any
) -> None:
    tiles = {1001: smooth(64, 64), 1012: smooth(64, 64, 2)}
    source = tiled(tmp_path, tiles)
    material = textured(source)
    made = run(source.name, width=192, height=192, target=target)
    assert made.source == 'TILED'
    found = tiles_of(made)
    assert found.keys() == tiles.keys()
    for number, pixels in tiles.items():
        assert near(found[number], pixels, 192, 192), number
    assert asked(stand_in) == 2 * 4
    node = next(node for node in material.node_tree.nodes if node.type == 'TEX_IMAGE')
    assert node.image == (made if target == 'REPLACE' else source)
    (result,) = session.get().results
    assert result.datablock() == made
    assert len([each for each in bpy.data.images if each.drawthings.recipe]) == 1


@pytest.mark.parametrize("is_data", [False, True])
def test_a_float_image_becomes_one_of_bytes_which_is_told(
    panel: Panel, stand_in: StandIn, session: Any, is_data: bool
) -> None:
    pixels = smooth(64, 64)
    pixels[..., 3] = 255
    image = bpy.data.images.new("wall", 64, 64, float_buffer=True, is_data=is_data)
    shown = pixels.astype(np.float32) / 255
    linear = np.where(shown <= 0.04045, shown / 12.92, ((shown + 0.055) / 1.055) ** 2.4)
    # Blender has row 0 at the bottom.
    image.pixels.foreach_set((shown if is_data else linear.astype(np.float32))[::-1].ravel())
    image.use_fake_user = True
    assert run(width=192).colorspace_settings.name == ('Non-Color' if is_data else 'sRGB')
    made = run(width=192, target='REPLACE')
    assert not made.is_float
    assert near(bytes_of(made)[..., :3], pixels[..., :3], 192, 192)
    assert made.colorspace_settings.name == ('Non-Color' if is_data else 'sRGB')
    assert any("8 bits" in each.text for each in session.get().notices)


@pytest.mark.parametrize("target", ['IMAGE', 'REPLACE'])
def test_data_stays_data(panel: Panel, tmp_path: Path, target: str) -> None:
    """A normal map, say: as colours a shader would read other numbers."""
    pixels = smooth(64, 48)
    packed("wall", pixels).colorspace_settings.name = 'Non-Color'
    made = run(width=128, target=target)
    assert made.colorspace_settings.name == 'Non-Color'
    assert near(bytes_of(made), pixels, 128, 96)
    name = made.name
    assert bpy.ops.drawthings.again(image=name) == {'FINISHED'}
    newest = max(bpy.data.images, key=lambda each: each.session_uid)
    assert newest.colorspace_settings.name == 'Non-Color'


def test_what_it_was_made_with_is_used_again(panel: Panel, stand_in: StandIn) -> None:
    pixels = smooth(64, 64)
    packed("wall", pixels)
    panel.strength, panel.refine.strength, panel.refine.use_upscaler = 0.8, 0.25, False
    made = run(width=192, height=256)
    panel.refine.strength, panel.refine.use_upscaler = 0.5, True
    assert bpy.ops.drawthings.reuse_recipe(image=made.name) == {'FINISHED'}
    chosen = panel.refine
    assert (chosen.width, chosen.height, chosen.tile, chosen.overlap) == (192, 256, 128, 32)
    assert (round(chosen.strength, 6), chosen.use_upscaler, round(panel.strength, 6)) == (0.25, False, 0.8)
    with pytest.raises(RuntimeError, match="in tiles"):
        bpy.ops.drawthings.more_like_this(image=made.name)
    before = asked(stand_in)
    assert bpy.ops.drawthings.again(image=made.name) == {'FINISHED'}
    assert asked(stand_in) == before + 2 * 3
    seeds = [each.drawthings.seed for each in bpy.data.images if each.drawthings.recipe]
    assert len(set(seeds)) == 2


@pytest.mark.parametrize("tile", [0, 1001])
def test_one_of_an_opened_file_is_made_again(
    panel: Panel, stand_in: StandIn, tmp_path: Path, tile: int
) -> None:
    pixels = smooth(64, 64)
    source = tiled(tmp_path, {1001: pixels, 1002: pixels}) if tile else packed("wall", pixels)
    source.use_fake_user = True
    made = run(source.name, width=192, height=192)
    name = made.name
    bpy.ops.wm.save_as_mainfile(filepath=str(tmp_path / "scene.blend"))
    bpy.ops.wm.open_mainfile(filepath=str(tmp_path / "scene.blend"))
    before = asked(stand_in)
    bpy.context.scene.drawthings.prompt = ""
    assert bpy.ops.drawthings.again(image=name) == {'FINISHED'}
    assert asked(stand_in) == 2 * before
    newest = max(bpy.data.images, key=lambda each: each.session_uid)
    assert newest.name != name and newest.source == ('TILED' if tile else 'FILE')


def test_the_tiles_of_a_packed_set_are_written_once(
    panel: Panel, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    source = tiled(tmp_path, {number: smooth(64, 64, number) for number in (1001, 1002, 1003)})
    source.pack()
    written = []
    save = compat.save_image_copy
    monkeypatch.setattr(compat, "save_image_copy", lambda *each: (written.append(each), save(*each)))
    made = run(source.name, width=128, height=128)
    assert tiles_of(made).keys() == {1001, 1002, 1003}
    assert len(written) == 1


def test_one_that_was_made_seamless_is_wrapped_by_itself(panel: Panel) -> None:
    image = packed("wall", smooth(64, 64))

    def wraps(**options: Any) -> bool:
        recipe = Recipe.from_json(run(width=192, **options).drawthings.recipe)
        assert recipe.refining is not None
        return recipe.refining.wrap_x and recipe.refining.wrap_y

    assert not wraps()
    assert wraps(wrap=True)
    if hasattr(image.drawthings, "is_seamless"):
        image.drawthings.is_seamless = True
        assert wraps()
        newest = max(bpy.data.images, key=lambda each: each.session_uid)
        assert newest.drawthings.is_seamless, "what is made of it repeats as well"
        assert not wraps(wrap=False)


@pytest.mark.parametrize(
    ("options", "words"),
    [
        ({"width": 9000}, "8192"),
        ({"tile": 100}, "multiple of 64"),
        ({"overlap": 100}, "half a tile"),
        ({"image": "nothing"}, "There is no image"),
    ],
)
def test_what_cannot_be_is_told_before_anything_is_sent(
    panel: Panel, stand_in: StandIn, options: dict[str, Any], words: str
) -> None:
    packed("wall", smooth(64, 64))
    with pytest.raises(RuntimeError, match=words):
        run(**options)
    assert asked(stand_in) == 0


def test_what_a_press_does_is_told_before(panel: Panel, session: Any) -> None:
    image = packed("wall", smooth(64, 48))
    assert image.has_data or not refine.plan(bpy.context.scene, image).is_known
    assert all(image.size)
    found = refine.plan(bpy.context.scene, image)
    assert (found.sizes, found.tiles, found.seconds) == (((128, 96),), 1, None)
    panel.refine.width, panel.refine.tile, panel.refine.overlap = 640, 256, 64
    assert refine.plan(bpy.context.scene, image).tiles == 3 * 3
    run(width=640, tile=256, overlap=64)
    seconds = refine.plan(bpy.context.scene, image).seconds
    assert seconds is not None and seconds > 0
    panel.refine.overlap = 200
    assert "half a tile" in str(refine.plan(bpy.context.scene, image).error)


#: A Blender of its own, whose user folder is kept: it refines an image.
BLENDER = """
import os, sys
user, server, output, image = sys.argv[1:]
os.environ["BLENDER_USER_RESOURCES"] = user
import bpy
import addon_utils
package = "bl_ext.user_default.drawthings_addon"
addon_utils.enable(package, default_set=True)
preferences = bpy.context.preferences.addons[package].preferences
preferences.server_url, preferences.output_directory = server, output
bpy.context.scene.drawthings.prompt = "moss"
bpy.data.images.load(image).name = "wall"
print(bpy.ops.drawthings.refine(image="wall", width=512, height=512, tile=128, overlap=32))
sys.stdout.flush()
os._exit(0)
"""


@pytest.mark.skipif(sys.platform == "win32", reason="no process is killed so there")
def test_a_blender_that_was_killed_is_taken_up(tmp_path: Path) -> None:
    from build import link_source

    user = tmp_path / "user"
    link_source(user)
    picture = tmp_path / "wall.png"
    image = packed("wall", smooth(64, 64))
    picture.write_bytes(image.packed_file.data)
    fifth = threading.Event()

    def count(_entry: object) -> None:
        if asked(server) >= 5:
            fifth.set()

    with StandIn(engine="echo", on_entry=count) as server:
        command = [sys.executable, "-c", BLENDER, str(user), server.url, str(tmp_path / "out"), str(picture)]
        with subprocess.Popen(command, stdout=subprocess.PIPE) as process:
            assert fifth.wait(60)
            process.kill()
        before = asked(server)
        assert 5 <= before < 25
        assert not list((tmp_path / "out").glob("*.png"))
        ended = subprocess.run(command, capture_output=True, text=True, timeout=120, check=False)
        assert "{'FINISHED'}" in ended.stdout, ended.stderr
        # The one that was on its way, and one that may have been, are asked for again.
        assert 25 - before <= asked(server) - before <= 25 - before + 2
        seeds = {entry.body["seed"] for entry in server.journal if entry.path.endswith("/img2img")}
    assert len(seeds) == 25, "it goes on with the seed that was drawn"
    (made,) = (tmp_path / "out").glob("*.png")
    assert made.stat().st_size > 0
