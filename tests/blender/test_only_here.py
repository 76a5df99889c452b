# SPDX-FileCopyrightText: 2026 Draw Things Bridge maintainers
# SPDX-License-Identifier: GPL-3.0-or-later

"""Only Here, from a button to the pixels: outside of the feathered mask each stays as it was.

All that can be a mask is tried in test_mask_sources.py.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from pathlib import Path

import bpy
import numpy as np
import numpy.typing as npt
import pytest
from blender_pictures import (
    Bytes,
    bytes_of,
    floats_of,
    noise,
    packed,
    paint,
    read_png,
    textured,
    tiled,
    tiles_of,
)
from PIL import Image

from local_server import StandIn

Panel = bpy.types.PropertyGroup
Where = npt.NDArray[np.bool_]
SIZE = (131, 77)
#: White in the masks of these tests: left, top, right, bottom.
BOX = (40, 20, 70, 50)


@pytest.fixture(params=["DRAW_THINGS", "A1111"])
def dialect(request: pytest.FixtureRequest) -> str:
    return str(request.param)


@pytest.fixture
def server(dialect: str, preferences: bpy.types.AddonPreferences) -> Iterator[StandIn]:
    """One that echoes, of each dialect."""
    with StandIn(dialect=dialect, engine="echo") as server:
        preferences.server_url = server.url
        assert bpy.ops.drawthings.check_server() == {'FINISHED'}
        yield server


@pytest.fixture
def here(panel: Panel, server: StandIn, dialect: str) -> Panel:
    """The panel, with Only Here to try out; each of its distances is in pixels."""
    panel.sampler = "Euler a" if dialect == "A1111" else panel.sampler
    inpaint = panel.inpaint
    inpaint.feather, inpaint.work_megapixels = 6, 0.0
    inpaint.use = True
    return panel


def box(width: int = SIZE[0], height: int = SIZE[1]) -> Bytes:
    pixels = np.zeros((height, width, 4), np.uint8)
    pixels[..., 3] = 255
    left, top, right, bottom = BOX
    pixels[top:bottom, left:right] = 255
    return pixels


def beyond(white: Where, distance: float) -> Where:
    """Farther than that from all that is white."""
    far = np.full(white.shape, np.inf)
    across, down = np.meshgrid(np.arange(white.shape[1]), np.arange(white.shape[0]))
    for y, x in zip(*np.nonzero(white), strict=True):
        far = np.minimum(far, np.hypot(across - x, down - y))
    return far > distance


def by_image(panel: Panel, wall: bpy.types.Image) -> Where:
    panel.inpaint.mask = packed("mask", box())
    return box()[..., 0] > 0


def by_alpha(panel: Panel, wall: bpy.types.Image) -> Where:
    panel.inpaint.mask_source = 'ALPHA'
    return bytes_of(wall)[..., 3] > 0


def face(corners: list[tuple[float, float]]) -> bpy.types.Object:
    """The active object: two faces, of which one lies on a part of the picture and is selected."""
    mesh = bpy.data.meshes.new("sheet")
    mesh.from_pydata(
        [(0, 0, 0), (1, 0, 0), (1, 1, 0), (0, 1, 0), (2, 0, 0), (2, 1, 0)], [], [(0, 1, 2, 3), (1, 4, 5, 2)]
    )
    layer = mesh.uv_layers.new(name="UVMap")
    for loop, uv in enumerate([*corners, (0, 0), (1, 0), (1, 1), (0, 1)]):
        layer.data[loop].uv = uv
    mesh.polygons[0].select, mesh.polygons[1].select = True, False
    owner = bpy.data.objects.new("sheet", mesh)
    bpy.context.collection.objects.link(owner)
    bpy.context.view_layer.objects.active = owner
    return owner


def corners() -> list[tuple[float, float]]:
    left, top, right, bottom = BOX
    width, height = SIZE
    u, v = (left / width, right / width), (1 - bottom / height, 1 - top / height)
    return [(u[0], v[0]), (u[1], v[0]), (u[1], v[1]), (u[0], v[1])]


def by_faces(panel: Panel, wall: bpy.types.Image) -> Where:
    face(corners())
    panel.inpaint.mask_source = 'SELECTED_FACES'
    return box()[..., 0] > 0


KINDS: dict[str, Callable[[Panel, bpy.types.Image], Where]] = {
    "image": by_image,
    "alpha": by_alpha,
    "faces": by_faces,
}


@pytest.mark.parametrize("kind", KINDS)
def test_outside_of_any_mask_no_byte_differs(here: Panel, server: StandIn, dialect: str, kind: str) -> None:
    pixels = noise(*SIZE)
    # Something of one colour, and a hole.
    left, top, right, bottom = BOX
    pixels[top:bottom, left:right, :3] = (10, 200, 30)
    pixels[:, :20, 3], pixels[:, 100:, 3] = 0, 7
    wall = packed("wall", pixels)
    white = KINDS[kind](here, wall)
    assert bpy.ops.drawthings.img2img(source='IMAGE', image="wall", target='REPLACE') == {'FINISHED'}
    after = bytes_of(bpy.data.images["wall"])
    outside = beyond(white, 6)
    np.testing.assert_array_equal(after[outside], pixels[outside])
    np.testing.assert_array_equal(after[..., 3], pixels[..., 3])
    assert np.abs(after.astype(int) - pixels).max() <= 1
    (sent,) = server.journal.generations
    assert ("mask" in sent.body) == (dialect == "A1111")


def test_what_is_made_is_in_the_mask_alone(here: Panel, server: StandIn) -> None:
    """What is under the mask is a colour, and the server gives it back."""
    pixels = noise(*SIZE)
    packed("wall", pixels)
    white = by_image(here, bpy.data.images["wall"])
    here.inpaint.fill, here.inpaint.fill_color = 'COLOR', (1.0, 0.0, 0.0)
    before = set(bpy.data.images)
    bpy.ops.drawthings.img2img(source='IMAGE', image="wall", target='IMAGE')
    (image,) = set(bpy.data.images) - before
    after = bytes_of(image)
    np.testing.assert_array_equal(after[white][:, :3], np.tile([255, 0, 0], (white.sum(), 1)))
    outside = beyond(white, 6)
    np.testing.assert_array_equal(after[outside], pixels[outside])
    np.testing.assert_array_equal(bytes_of(bpy.data.images["wall"]), pixels)


def test_the_texture_of_a_material(here: Panel, server: StandIn) -> None:
    pixels = noise(*SIZE)
    textured(packed("wall", pixels))
    here.inpaint.mask = packed("mask", box())
    bpy.ops.drawthings.img2img(source='TEXTURE', target='REPLACE')
    after = bytes_of(bpy.data.images["wall"])
    outside = beyond(box()[..., 0] > 0, 6)
    np.testing.assert_array_equal(after[outside], pixels[outside])


def test_one_tile_of_a_set(here: Panel, server: StandIn, tmp_path: Path) -> None:
    tiles = {1001: noise(*SIZE), 1002: noise(*SIZE, seed=1)}
    tiled(tmp_path, tiles)
    here.inpaint.mask = packed("mask", box())
    here.inpaint.fill = 'LATENT_NOISE'
    bpy.ops.drawthings.img2img(source='IMAGE', image="wall", tile=1002, target='REPLACE')
    after = tiles_of(bpy.data.images["wall"])
    np.testing.assert_array_equal(after[1001], tiles[1001])
    white = box()[..., 0] > 0
    outside = beyond(white, 6)
    np.testing.assert_array_equal(after[1002][outside], tiles[1002][outside])
    assert not np.array_equal(after[1002][white], tiles[1002][white])


# Bytes that stand for something else than what is displayed


@pytest.mark.parametrize("target", ['REPLACE', 'IMAGE'])
@pytest.mark.parametrize("space", ['Linear Rec.709', 'Non-Color', 'sRGB'])
@pytest.mark.parametrize("kind", ["packed", "painted, view as render"])
def test_bytes_stay_whatever_they_stand_for(panel: Panel, kind: str, space: str, target: str) -> None:
    pixels = noise(*SIZE)
    wall = packed("wall", pixels if kind == "packed" else pixels[::-1])
    wall.colorspace_settings.name = space
    if kind != "packed":
        paint(wall, pixels)
        wall.use_view_as_render = True
    panel.inpaint.mask, panel.inpaint.feather = packed("mask", box()), 6
    panel.inpaint.fill = 'LATENT_NOISE'
    there = set(bpy.data.images)
    bpy.ops.drawthings.img2img(source='IMAGE', image="wall", target=target)
    new = set(bpy.data.images) - there
    after = bpy.data.images["wall"] if target == 'REPLACE' else new.pop()
    outside = beyond(box()[..., 0] > 0, 6)
    np.testing.assert_array_equal(bytes_of(after)[outside], pixels[outside])
    assert not np.array_equal(bytes_of(after), pixels)
    assert after.colorspace_settings.name == space


@pytest.mark.parametrize("is_packed", [False, True], ids=["files", "packed"])
@pytest.mark.parametrize(
    ("suffix", "space"), [("jpg", 'sRGB'), ("webp", 'Non-Color'), ("tga", 'Linear Rec.709')]
)
def test_bytes_of_a_set_stay_in_whatever_files(
    panel: Panel, tmp_path: Path, suffix: str, space: str, *, is_packed: bool
) -> None:
    for number in (1001, 1002):
        Image.fromarray(noise(*SIZE, seed=number)[..., :3]).save(tmp_path / f"wall.{number}.{suffix}")
    wall = bpy.data.images.load(str(tmp_path / f"wall.1001.{suffix}"))
    wall.name, wall.source, wall.filepath = "wall", 'TILED', str(tmp_path / f"wall.<UDIM>.{suffix}")
    if 1002 not in {tile.number for tile in wall.tiles}:
        wall.tiles.new(tile_number=1002)
    wall.colorspace_settings.name = space
    before = {number: read_png(tmp_path / f"wall.{number}.{suffix}") for number in (1001, 1002)}
    if is_packed:
        wall.pack()
    panel.inpaint.mask, panel.inpaint.feather = packed("mask", box()), 6
    panel.inpaint.fill = 'LATENT_NOISE'
    bpy.ops.drawthings.img2img(source='IMAGE', image="wall", tile=1002, target='REPLACE')
    after = tiles_of(bpy.data.images["wall"])
    np.testing.assert_array_equal(after[1001], before[1001])
    outside = beyond(box()[..., 0] > 0, 6)
    np.testing.assert_array_equal(after[1002][outside], before[1002][outside])
    assert bpy.data.images["wall"].colorspace_settings.name == space


def test_what_was_painted_on_a_set_is_sent_each_time(panel: Panel, tmp_path: Path) -> None:
    """Before 4.3 a copy that was saved counts as the image itself."""
    wall = tiled(tmp_path, {1001: noise(*SIZE), 1002: noise(*SIZE, seed=1)})
    painted = noise(*SIZE, seed=2)
    paint(wall, painted)
    panel.inpaint.mask, panel.inpaint.feather = packed("mask", box()), 6
    outside = beyond(box()[..., 0] > 0, 6)
    for _again in range(2):
        there = set(bpy.data.images)
        bpy.ops.drawthings.img2img(source='IMAGE', image="wall", tile=1001)
        (made,) = set(bpy.data.images) - there
        np.testing.assert_array_equal(bytes_of(made)[outside], painted[outside])
    assert wall.is_dirty


# Floats


def test_floats_that_are_brought_to_a_material_stay_light(panel: Panel) -> None:
    bpy.data.images.new("wall", *SIZE, float_buffer=True).pixels.foreach_set(light()[::-1].ravel())
    before = floats_of(bpy.data.images["wall"]).copy()
    panel.inpaint.mask, panel.inpaint.feather = packed("mask", box()), 6
    there = set(bpy.data.images)
    bpy.ops.drawthings.img2img(source='IMAGE', image="wall", target='MATERIAL')
    (made,) = set(bpy.data.images) - there
    outside = beyond(box()[..., 0] > 0, 6)
    np.testing.assert_array_equal(floats_of(made)[outside], before[outside])


def light(seed: int = 0) -> npt.NDArray[np.float32]:
    """Row 0 at the top, multiplied by alpha; one pixel is brighter than white."""
    values = np.random.default_rng(seed).random((SIZE[1], SIZE[0], 4), dtype=np.float32)
    values[..., :3] *= values[..., 3:]
    values[0, 0, :3] = (37.5, -2.0, 1e-7)
    return values


def float_image(folder: Path, kind: str, alpha_mode: str, name: str = "wall") -> bpy.types.Image:
    space = 'Non-Color' if kind == "data" else 'Linear Rec.709'
    image = bpy.data.images.new(name, *SIZE, float_buffer=True, alpha=True)
    image.colorspace_settings.name, image.alpha_mode = space, alpha_mode
    image.pixels.foreach_set(light()[::-1].ravel())
    if kind == "generated":
        return image
    image.file_format, image.filepath_raw = 'OPEN_EXR', str(folder / f"{name}.exr")
    image.save()
    bpy.data.images.remove(image)
    image = bpy.data.images.load(str(folder / f"{name}.exr"))
    image.name, image.colorspace_settings.name, image.alpha_mode = name, space, alpha_mode
    return image


@pytest.mark.parametrize("target", ['REPLACE', 'IMAGE'])
@pytest.mark.parametrize(
    ("kind", "alpha_mode"),
    [
        ("file", 'PREMUL'),
        ("file", 'STRAIGHT'),
        ("file", 'CHANNEL_PACKED'),
        ("data", 'PREMUL'),
        ("generated", 'STRAIGHT'),
    ],
)
def test_a_float_image_keeps_its_floats(
    panel: Panel, tmp_path: Path, kind: str, alpha_mode: str, target: str
) -> None:
    before = floats_of(float_image(tmp_path, kind, alpha_mode)).copy()
    panel.inpaint.mask, panel.inpaint.work_megapixels, panel.inpaint.feather = packed("mask", box()), 0.0, 6
    there = set(bpy.data.images)
    bpy.ops.drawthings.img2img(source='IMAGE', image="wall", target=target)
    new = set(bpy.data.images) - there
    image = bpy.data.images["wall"] if target == 'REPLACE' else new.pop()
    assert image.is_float and image.colorspace_settings.is_data == (kind == "data")
    after = floats_of(image)
    outside = beyond(box()[..., 0] > 0, 6)
    np.testing.assert_array_equal(after[outside], before[outside])
    np.testing.assert_array_equal(after[..., 3], before[..., 3])
    assert not np.array_equal(after, before), "the server's bytes are in it"
    # What is brighter than white the server cannot give back.
    shown = (before[..., :3] <= before[..., 3:]).all(axis=2)
    assert shown.sum() > 500 and np.abs(after - before)[shown].max() < 0.02
    if target == 'REPLACE' and alpha_mode == 'CHANNEL_PACKED':
        assert image.alpha_mode == alpha_mode


@pytest.mark.parametrize("stored", ['OPEN_EXR', 'PNG'])
def test_a_float_tile_keeps_its_floats(panel: Panel, tmp_path: Path, stored: str) -> None:
    suffix = ".exr" if stored == 'OPEN_EXR' else ".png"
    scene = bpy.data.scenes.new("Output")
    settings = scene.render.image_settings
    settings.file_format, settings.color_mode = stored, 'RGBA'
    settings.color_depth = '32' if stored == 'OPEN_EXR' else '16'
    scene.view_settings.view_transform = 'Standard'
    for number in (1001, 1002):
        each = bpy.data.images.new("each", *SIZE, float_buffer=True)
        values = light(number)
        values[0, 0], values[..., 3] = 0.25, 1.0
        each.pixels.foreach_set(values[::-1].ravel())
        each.save_render(str(tmp_path / f"wall.{number}{suffix}"), scene=scene)
        bpy.data.images.remove(each)
    wall = bpy.data.images.load(str(tmp_path / f"wall.1001{suffix}"))
    wall.name, wall.source, wall.filepath = "wall", 'TILED', str(tmp_path / f"wall.<UDIM>{suffix}")
    if 1002 not in {tile.number for tile in wall.tiles}:
        wall.tiles.new(tile_number=1002)
    before = {number: tile_floats(wall, number) for number in (1001, 1002)}
    assert wall.is_float
    panel.inpaint.mask, panel.inpaint.work_megapixels, panel.inpaint.feather = packed("mask", box()), 0.0, 6
    bpy.ops.drawthings.img2img(source='IMAGE', image="wall", tile=1002, target='REPLACE')
    after = bpy.data.images["wall"]
    assert after.source == 'TILED' and after.is_float
    np.testing.assert_array_equal(tile_floats(after, 1001), before[1001])
    outside = beyond(box()[..., 0] > 0, 6)
    found = tile_floats(after, 1002)
    np.testing.assert_array_equal(found[outside], before[1002][outside])
    assert not np.array_equal(found, before[1002])
    assert np.abs(found - before[1002]).max() < 0.02


def tile_floats(image: bpy.types.Image, number: int) -> npt.NDArray[np.float32]:
    from bl_ext.user_default.drawthings_addon.blender import udim

    with udim.tile_image(image, number) as single:
        return floats_of(single).copy()


# Once more


def test_it_is_made_again_with_the_mask_and_the_floats_of_then(panel: Panel, tmp_path: Path) -> None:
    before = floats_of(float_image(tmp_path, "file", 'PREMUL')).copy()
    panel.inpaint.mask, panel.inpaint.feather = packed("mask", box()), 4
    there = set(bpy.data.images)
    bpy.ops.drawthings.img2img(source='IMAGE', image="wall", target='IMAGE')
    (first,) = set(bpy.data.images) - there
    paint(bpy.data.images["mask"], np.full((SIZE[1], SIZE[0], 4), 255, np.uint8))
    panel.inpaint.use = False
    there = set(bpy.data.images)
    bpy.ops.drawthings.again(image=first.name)
    (second,) = set(bpy.data.images) - there
    np.testing.assert_array_equal(floats_of(second), floats_of(first))
    outside = beyond(box()[..., 0] > 0, 4)
    np.testing.assert_array_equal(floats_of(second)[outside], before[outside])


def test_of_floats_that_are_kept_nothing_is_said_to_be_lost(
    panel: Panel, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    float_image(tmp_path, "file", 'PREMUL')
    panel.inpaint.mask = packed("mask", box())
    bpy.ops.drawthings.img2img(source='IMAGE', image="wall", target='REPLACE')
    assert "8 bits" not in capsys.readouterr().err
    panel.inpaint.use = False
    bpy.ops.drawthings.img2img(source='IMAGE', image="wall", target='REPLACE')
    assert "8 bits" in capsys.readouterr().err
