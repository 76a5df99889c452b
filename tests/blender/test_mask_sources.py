# SPDX-FileCopyrightText: 2026 Draw Things Bridge maintainers
# SPDX-License-Identifier: GPL-3.0-or-later

"""Whatever tells where a picture is made anew: there it is, and nowhere else, on every server.

The servers echo what they are sent, and what lies under a mask is sent as one colour.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import bpy
import numpy as np
import numpy.typing as npt
import pytest
from blender_pictures import (
    bytes_of,
    display_bytes,
    floats_of,
    generated,
    noise,
    packed,
    paint,
    render_quickly,
    textured,
    tiled,
    tiles_of,
)

from local_server import StandIn

Panel = bpy.types.PropertyGroup
Where = npt.NDArray[np.bool_]
RED = (255, 0, 0)
#: Of the picture: eight squares by six.
SQUARE, ACROSS, DOWN = 12, 8, 6
WIDTH, HEIGHT = SQUARE * ACROSS, SQUARE * DOWN


@pytest.fixture(params=['DRAW_THINGS', 'A1111'])
def connected(
    request: pytest.FixtureRequest, panel: Panel, preferences: bpy.types.AddonPreferences, stand_in: StandIn
) -> Iterator[StandIn]:
    """A server that echoes; under a mask it gets red, at the picture's own size."""
    with StandIn(engine="echo", dialect=request.param) as server:
        preferences.server_url = server.url
        bpy.ops.drawthings.check_server()
        inpaint = panel.inpaint
        inpaint.feather, inpaint.work_megapixels = 0, 0.0
        inpaint.fill, inpaint.fill_color = 'COLOR', (1.0, 0.0, 0.0)
        if request.param == 'A1111':
            panel.sampler = "Euler"
        yield server


@pytest.fixture
def wall() -> bpy.types.Image:
    return packed("wall", noise(WIDTH, HEIGHT))


def squares(*chosen: tuple[int, int]) -> Where:
    """The pixels of squares, by column and row from the bottom left."""
    where = np.zeros((HEIGHT, WIDTH), bool)
    for column, row in chosen:
        top = HEIGHT - (row + 1) * SQUARE
        where[top : top + SQUARE, column * SQUARE : (column + 1) * SQUARE] = True
    return where


def mesh(*, tile: int = 0) -> bpy.types.Object:
    """The active object: a face for each square, by rows from the bottom; a hair smaller than its square, so
    that it touches no pixel of others. With `tile` on that UDIM tile."""
    from mathutils import Vector

    corners, faces, uvs = [], [], []
    for row in range(DOWN):
        for column in range(ACROSS):
            first = len(corners)
            for x, y in ((0, 0), (1, 0), (1, 1), (0, 1)):
                corners.append(Vector((column + x, row + y, 0.0)))
                u, v = column + 0.01 + 0.98 * x, row + 0.01 + 0.98 * y
                uvs.append((u / ACROSS + (tile - 1001) % 10 * bool(tile), v / DOWN))
            faces.append(range(first, first + 4))
    data = bpy.data.meshes.new("Squares")
    data.from_pydata(corners, [], faces)
    layer = data.uv_layers.new(name="UVMap")
    layer.uv.foreach_set("vector", np.array(uvs, np.float32).ravel())
    for each in data.polygons:
        each.select = False
    owner = bpy.data.objects.new("Squares", data)
    bpy.context.scene.collection.objects.link(owner)
    bpy.ops.object.select_all(action='DESELECT')
    owner.select_set(True)
    bpy.context.view_layer.objects.active = owner
    return owner


def index(column: int, row: int) -> int:
    return row * ACROSS + column


def restyled(name: str = "wall", **arguments: Any) -> npt.NDArray[np.uint8]:
    bpy.ops.drawthings.img2img(source='IMAGE', image=name, target='REPLACE', **arguments)
    return bytes_of(bpy.data.images[name])


def assert_only(before: npt.NDArray[np.uint8], after: npt.NDArray[np.uint8], where: Where) -> None:
    assert np.array_equal(after[~where], before[~where]), "outside of the mask every byte stays"
    assert (after[where][:, :3] == RED).all(), "what is marked is what came"
    assert np.array_equal(after[..., 3], before[..., 3]), "alpha stays"


# Sources


def of_image(panel: Panel) -> Where:
    white = np.zeros((HEIGHT, WIDTH, 4), np.uint8)
    white[..., 3] = 255
    where = squares((1, 1), (2, 1))
    white[where] = 255
    panel.inpaint.mask = packed("mask", white)
    return where


def of_paint(panel: Panel) -> Where:
    bpy.ops.drawthings.paint_mask(image="wall")
    where = squares((3, 2))
    paint(panel.inpaint.mask, np.repeat(np.uint8(where)[..., np.newaxis] * np.uint8(255), 4, axis=2))
    return where


def of_alpha(panel: Panel) -> Where:
    panel.inpaint.use, panel.inpaint.mask_source = True, 'ALPHA'
    where = squares((0, 0), (7, 5))
    pixels = noise(WIDTH, HEIGHT)
    pixels[..., 3] = np.uint8(where) * 255
    bpy.data.images.remove(bpy.data.images["wall"])
    packed("wall", pixels)
    return where


def of_transparency(panel: Panel) -> Where:
    where = of_alpha(panel)
    panel.inpaint.invert = True
    return ~where


def of_color(panel: Panel) -> Where:
    panel.inpaint.use, panel.inpaint.mask_source = True, 'COLOR'
    panel.inpaint.color, panel.inpaint.tolerance = (0.2, 0.4, 0.6), 0.02
    where = squares((5, 1), (6, 4))
    pixels = noise(WIDTH, HEIGHT)
    pixels[..., 0] |= 128
    pixels[where, :3] = (51, 102, 153)
    pixels[where, 1] += np.random.default_rng(0).integers(0, 6, where.sum(), dtype=np.uint8)
    bpy.data.images.remove(bpy.data.images["wall"])
    packed("wall", pixels)
    return where


def of_faces(panel: Panel) -> Where:
    panel.inpaint.use, panel.inpaint.mask_source = True, 'SELECTED_FACES'
    owner = mesh()
    for column, row in ((2, 3), (7, 0)):
        owner.data.polygons[index(column, row)].select = True
    return squares((2, 3), (7, 0))


def of_faces_in_edit_mode(panel: Panel) -> Where:
    import bmesh

    panel.inpaint.use, panel.inpaint.mask_source = True, 'SELECTED_FACES'
    owner = mesh()
    owner.data.polygons[0].select = True
    bpy.ops.object.mode_set(mode='EDIT')
    edited = bmesh.from_edit_mesh(owner.data)
    edited.faces.ensure_lookup_table()
    for each in edited.faces:
        each.select_set(False)
    edited.faces[index(4, 4)].select_set(True)
    bmesh.update_edit_mesh(owner.data)
    return squares((4, 4))


ATTRIBUTES = [
    ('FACE', 'BOOLEAN', True), ('FACE', 'INT', 3), ('FACE', 'FLOAT', 1.0), ('POINT', 'FLOAT', 1.0),
    ('CORNER', 'BOOLEAN', True), ('CORNER', 'FLOAT_COLOR', (1.0, 1.0, 1.0, 1.0)),
    ('POINT', 'BYTE_COLOR', (1.0, 1.0, 1.0, 1.0)), ('FACE', 'INT8', 1),
]  # fmt: skip


def attributed(panel: Panel, domain: str, kind: str, value: object) -> Where:
    panel.inpaint.use, panel.inpaint.mask_source = True, 'ATTRIBUTE'
    panel.inpaint.attribute = "moss"
    data = mesh().data
    attribute = data.attributes.new("moss", kind, domain)
    if "COLOR" in kind:
        attribute.data.foreach_set("color", [0.0, 0.0, 0.0, 1.0] * len(attribute.data))
    chosen = (index(1, 4), index(6, 2))
    entries = {
        'FACE': chosen,
        # Each face has four points and corners of its own.
        'POINT': [each * 4 + corner for each in chosen for corner in range(4)],
        'CORNER': [each * 4 + corner for each in chosen for corner in range(4)],
    }[domain]
    for each in entries:
        setattr(attribute.data[each], "color" if "COLOR" in kind else "value", value)
    return squares((1, 4), (6, 2))


def of_attribute(panel: Panel) -> Where:
    return attributed(panel, *ATTRIBUTES[0])


def of_vertex_group(panel: Panel) -> Where:
    panel.inpaint.use, panel.inpaint.mask_source = True, 'ATTRIBUTE'
    panel.inpaint.attribute = "moss"
    owner = mesh()
    owner.vertex_groups.new(name="other").add([0, 1, 2, 3], 1.0, 'REPLACE')
    owner.vertex_groups.new(name="moss").add(
        [index(3, 3) * 4 + corner for corner in range(4)], 1.0, 'REPLACE'
    )
    return squares((3, 3))


SOURCES = (
    of_image, of_paint, of_alpha, of_transparency, of_color, of_faces, of_faces_in_edit_mode, of_attribute,
    of_vertex_group,
)  # fmt: skip


@pytest.mark.parametrize("of", SOURCES, ids=lambda of: of.__name__)
def test_it_is_made_anew_there_alone(
    connected: StandIn, panel: Panel, wall: bpy.types.Image, of: Callable[[Panel], Where]
) -> None:
    where = of(panel)
    before = bytes_of(bpy.data.images["wall"])
    after = restyled()
    assert_only(before, after, where)
    body = connected.journal.generations[-1].body
    assert ("mask" in body) == ("sampler_name" in body), "A1111 gets its own mask, too"


@pytest.mark.parametrize(("domain", "kind", "value"), ATTRIBUTES)
@pytest.mark.parametrize("mode", ['OBJECT', 'EDIT'])
def test_every_kind_of_attribute(
    panel: Panel, wall: bpy.types.Image, domain: str, kind: str, value: object, mode: str
) -> None:
    from bl_ext.user_default.drawthings_addon.blender.capture import faces

    where = attributed(panel, domain, kind, value)
    bpy.ops.object.mode_set(mode=mode)
    found = faces.of(bpy.context.object, "moss", WIDTH, HEIGHT).draw()
    assert np.array_equal(found, np.uint8(where) * 255)


def test_values_go_on_between_points(panel: Panel) -> None:
    from bl_ext.user_default.drawthings_addon.blender.capture import faces

    owner = mesh()
    attribute = owner.data.attributes.new("moss", 'FLOAT', 'POINT')
    for corner in (1, 2):
        attribute.data[corner].value = 1.0
    found = faces.of(owner, "moss", WIDTH, HEIGHT).draw()
    row = found[HEIGHT - SQUARE // 2, :SQUARE].astype(int)
    assert (np.diff(row) > 0).all() and row[0] < 30 and row[-1] > 225
    assert not found[:, SQUARE:].any()


def test_hidden_faces_are_not_meant(panel: Panel) -> None:
    from bl_ext.user_default.drawthings_addon.blender.capture import faces

    owner = mesh()
    for each in owner.data.polygons:
        each.select, each.hide = True, each.index != 5
    found = faces.of(owner, None, WIDTH, HEIGHT).draw()
    assert np.array_equal(found > 0, squares((5, 0)))


# Sets of tiles, floats, textures


@pytest.mark.parametrize("kind", ["image", "faces"])
def test_tiles(connected: StandIn, panel: Panel, tmp_path: Path, kind: str) -> None:
    pixels = {1001: noise(WIDTH, HEIGHT), 1002: noise(WIDTH, HEIGHT, seed=1)}
    wall = tiled(tmp_path, pixels)
    where = squares((2, 2))
    if kind == "image":
        black = np.zeros((HEIGHT, WIDTH, 4), np.uint8)
        black[..., 3] = 255
        white = black.copy()
        white[where] = 255
        panel.inpaint.mask = tiled(tmp_path, {1001: black, 1002: white}, name="mask")
    else:
        panel.inpaint.use, panel.inpaint.mask_source = True, 'SELECTED_FACES'
        mesh(tile=1002).data.polygons[index(2, 2)].select = True
    with pytest.raises(RuntimeError, match="nothing would be made anew"):
        bpy.ops.drawthings.img2img(source='IMAGE', image=wall.name, target='REPLACE', tile=1001)
    bpy.ops.drawthings.img2img(source='IMAGE', image=wall.name, target='REPLACE', tile=1002)
    found = tiles_of(bpy.data.images["wall"])
    assert np.array_equal(found[1001], pixels[1001])
    assert_only(pixels[1002], found[1002], where)


def test_floats_stay_floats(connected: StandIn, panel: Panel) -> None:
    where = of_image(panel)
    wall = bpy.data.images.new("wall", WIDTH, HEIGHT, float_buffer=True)
    values = np.random.default_rng(2).uniform(0.0, 8.0, (HEIGHT, WIDTH, 4)).astype(np.float32)
    values[..., 3] = 1.0
    wall.pixels.foreach_set(values[::-1].ravel())
    bpy.ops.drawthings.img2img(source='IMAGE', image="wall", target='REPLACE')
    image = bpy.data.images["wall"]
    assert image.is_float
    found = floats_of(image)
    assert np.array_equal(found[~where], values[~where])
    assert np.abs(display_bytes(found[where][:, :3]) - RED).max() <= 1.0


def test_a_texture_through_its_own_faces(connected: StandIn, panel: Panel, wall: bpy.types.Image) -> None:
    where = of_faces(panel)
    textured(wall)
    before = bytes_of(wall)
    bpy.ops.drawthings.img2img(source='TEXTURE', target='REPLACE')
    assert_only(before, bytes_of(bpy.data.images["wall"]), where)


def test_faces_of_other_materials_are_left_out(panel: Panel, wall: bpy.types.Image) -> None:
    from bl_ext.user_default.drawthings_addon.blender.capture import faces

    owner = mesh()
    textured(wall)
    owner.data.materials.append(bpy.data.materials.new("Other"))
    for number in (0, 1):
        owner.data.polygons[number].select = True
    owner.data.polygons[1].material_index = 1
    found = faces.of(owner, None, WIDTH, HEIGHT, image=wall).draw()
    assert np.array_equal(found > 0, squares((0, 0)))
    other = packed("other", noise(8, 8))
    found = faces.of(owner, None, WIDTH, HEIGHT, image=other).draw()
    assert np.array_equal(found > 0, squares((0, 0), (1, 0))), "no material of it says which"


def test_each_of_several_textures_through_its_own_object(
    connected: StandIn, panel: Panel, wall: bpy.types.Image
) -> None:
    panel.inpaint.use, panel.inpaint.mask_source = True, 'SELECTED_FACES'
    panel.texture_objects = 'SELECTED'
    first, second = mesh(), mesh()
    other = packed("other", noise(WIDTH, HEIGHT, seed=7))
    before = {name: bytes_of(bpy.data.images[name]) for name in ("wall", "other")}
    for owner, image, square in ((first, wall, (1, 1)), (second, other, (4, 3))):
        bpy.context.view_layer.objects.active = owner
        owner.data.materials.append(textured(image))
        owner.data.polygons[index(*square)].select = True
        owner.select_set(True)
    bpy.ops.drawthings.img2img(source='TEXTURE', target='REPLACE')
    assert_only(before["wall"], bytes_of(bpy.data.images["wall"]), squares((1, 1)))
    assert_only(before["other"], bytes_of(bpy.data.images["other"]), squares((4, 3)))


def test_a_render_with_an_image_as_mask(connected: StandIn, panel: Panel) -> None:
    scene = bpy.context.scene
    render_quickly(scene)
    scene.render.resolution_x, scene.render.resolution_y = WIDTH, HEIGHT
    scene.render.dither_intensity = 0.0
    where = of_image(panel)
    bpy.ops.render.render()
    bpy.ops.drawthings.img2img(source='RENDER')
    found = bytes_of(next(each for each in bpy.data.images if each.drawthings.recipe))
    red = (found[..., :3] == RED).all(axis=2)
    assert np.array_equal(red, where)


def test_no_face_inverted_is_all_of_it(connected: StandIn, panel: Panel, wall: bpy.types.Image) -> None:
    no_face(panel)
    panel.inpaint.invert = True
    assert_only(bytes_of(wall), restyled(), np.ones((HEIGHT, WIDTH), bool))


def test_another_size_of_the_panel_changes_nothing_outside(
    connected: StandIn, panel: Panel, wall: bpy.types.Image
) -> None:
    where = of_image(panel)
    panel.use_source_size, panel.width, panel.height = False, 256, 256
    before = bytes_of(wall)
    assert_only(before, restyled(), where)


@pytest.mark.parametrize("of", [of_image, of_alpha, of_color], ids=lambda of: of.__name__)
def test_it_is_made_again_there_alone(
    connected: StandIn, panel: Panel, wall: bpy.types.Image, of: Callable[[Panel], Where], session: Any
) -> None:
    """By the picture itself, whatever the panel says by then; also when it is no result any more."""
    where = of(panel)
    before = bytes_of(bpy.data.images["wall"])
    bpy.ops.drawthings.img2img(source='IMAGE', image="wall")
    made = next(each for each in bpy.data.images if each.drawthings.recipe)
    panel.inpaint.use = panel.inpaint.invert = False
    session.get().results.clear()
    bpy.ops.drawthings.again(image=made.name)
    again = [each for each in bpy.data.images if each.drawthings.recipe and each != made]
    for each in (made, *again):
        assert_only(before, bytes_of(each), where)
    assert len(again) == 1


# What cannot be is told before anything is sent


def no_mask(panel: Panel) -> None:
    panel.inpaint.use = True


def nothing_painted(panel: Panel) -> None:
    panel.inpaint.mask_source, panel.inpaint.use = 'PAINT', True


def black(panel: Panel) -> None:
    panel.inpaint.mask = generated("mask", np.zeros((8, 8, 4), np.uint8))


def white_inverted(panel: Panel) -> None:
    panel.inpaint.mask = generated("mask", np.full((8, 8, 4), 255, np.uint8))
    panel.inpaint.invert = True


def no_face(panel: Panel) -> None:
    panel.inpaint.use, panel.inpaint.mask_source = True, 'SELECTED_FACES'
    mesh()


def no_mesh(panel: Panel) -> None:
    no_face(panel)
    bpy.context.view_layer.objects.active = bpy.data.objects["Camera"]


def no_uv(panel: Panel) -> None:
    no_face(panel)
    layers = bpy.context.object.data.uv_layers
    layers.remove(layers[0])


def no_attribute(panel: Panel) -> None:
    panel.inpaint.use, panel.inpaint.mask_source = True, 'ATTRIBUTE'
    mesh()


def unknown_attribute(panel: Panel) -> None:
    no_attribute(panel)
    panel.inpaint.attribute = "moss"


def attribute_of_edges(panel: Panel) -> None:
    unknown_attribute(panel)
    bpy.context.object.data.attributes.new("moss", 'FLOAT', 'EDGE')


def attribute_of_vectors(panel: Panel) -> None:
    unknown_attribute(panel)
    bpy.context.object.data.attributes.new("moss", 'FLOAT_VECTOR', 'POINT')


def black_attribute(panel: Panel) -> None:
    unknown_attribute(panel)
    bpy.context.object.data.attributes.new("moss", 'FLOAT', 'POINT')


def transparent(panel: Panel) -> None:
    of_alpha(panel)
    bpy.data.images.remove(bpy.data.images["wall"])
    packed("wall", np.zeros((HEIGHT, WIDTH, 4), np.uint8))


def no_such_color(panel: Panel) -> None:
    of_color(panel)
    panel.inpaint.color = (0.0, 1.0, 0.0)


TOLD = {
    no_mask: "Only Here has no mask yet",
    nothing_painted: "“wall mask” is empty",
    black: "“mask” is empty",
    white_inverted: "“mask” is empty",
    no_face: "No face of “Squares” is selected",
    no_mesh: "mask from a mesh, and none is active",
    no_uv: "“Squares” has no UV map",
    no_attribute: "Only Here has no attribute yet",
    unknown_attribute: "no attribute or vertex group “moss”",
    attribute_of_edges: "one of edges",
    attribute_of_vectors: "float vector",
    black_attribute: "“moss” is 0 all over “Squares”",
    transparent: "transparent all over",
    no_such_color: "has the colour of the mask",
}


@pytest.mark.parametrize("case", TOLD, ids=lambda case: case.__name__)
def test_what_cannot_be_is_told_in_words(
    panel: Panel, stand_in: StandIn, wall: bpy.types.Image, case: Callable[[Panel], None]
) -> None:
    case(panel)
    with pytest.raises(RuntimeError, match=TOLD[case]) as told:
        bpy.ops.drawthings.img2img(source='IMAGE', image="wall")
    assert "Traceback" not in str(told.value) and str(told.value).strip().endswith(".")
    assert stand_in.journal.generations == ()
    if case is nothing_painted:
        assert tuple(panel.inpaint.mask.size) == (WIDTH, HEIGHT), "there is something to paint on now"


def test_faces_are_no_mask_of_a_render(panel: Panel, stand_in: StandIn) -> None:
    of_faces(panel)
    with pytest.raises(RuntimeError, match="not of a view or a render"):
        bpy.ops.drawthings.img2img(source='RENDER')
    assert stand_in.journal.generations == ()


def test_all_of_it(connected: StandIn, panel: Panel, wall: bpy.types.Image) -> None:
    panel.inpaint.mask = generated("mask", np.full((8, 8, 4), 255, np.uint8))
    assert_only(bytes_of(wall), restyled(), np.ones((HEIGHT, WIDTH), bool))


def test_switched_off_all_of_a_picture_is_sent(
    panel: Panel, stand_in: StandIn, wall: bpy.types.Image
) -> None:
    of_image(panel)
    panel.inpaint.use = False
    before = bytes_of(wall)
    assert np.array_equal(restyled()[..., :3], before[..., :3]), "as the echo has it"
