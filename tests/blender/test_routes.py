# SPDX-FileCopyrightText: 2026 Draw Things Bridge maintainers
# SPDX-License-Identifier: GPL-3.0-or-later

"""The line under each button: what it sends, and where its picture goes."""

from __future__ import annotations

import re
from pathlib import Path
from types import SimpleNamespace
from typing import TYPE_CHECKING, Any

import bpy
import numpy as np
import pytest
from bl_ext.user_default.drawthings_addon.blender import compat, node_reading, subject
from bl_ext.user_default.drawthings_addon.blender.capture import render_job, views
from bl_ext.user_default.drawthings_addon.blender.selection import Selection
from bl_ext.user_default.drawthings_addon.blender.session import session
from bl_ext.user_default.drawthings_addon.ui import panels
from blender_panels import Tab, in_editor
from blender_pictures import bytes_of, noise, packed, paint, render_quickly, textured, tiled
from blender_trees import add_image_node, add_node, make_material, principled_of
from mathutils import Matrix
from recording_layout import draw
from test_preflight import choose, cube, image_in, linked, material_with, without_uvs

if TYPE_CHECKING:
    from local_server import StandIn

Panel = bpy.types.PropertyGroup
HEADS = {
    'VIEW_3D': panels.DRAWTHINGS_PT_view3d,
    'IMAGE_EDITOR': panels.DRAWTHINGS_PT_image,
    'NODE_EDITOR': panels.DRAWTHINGS_PT_shader,
}


def head(editor: str = 'VIEW_3D', *, width: int = 560, image: bpy.types.Image | None = None) -> Tab:
    """The first panel of the tab, in a sidebar of so many pixels; what its lines open is not drawn."""
    tab = Tab()
    tab.opened.update(each.__name__ for each in bpy.types.Panel.__subclasses__())
    with in_editor(editor, width) as context:
        if image is not None:
            context.space_data.image = image
        draw(HEADS[editor], context, tab)
    return tab


def loaded(name: str = "wood", *, seed: int = 0) -> bpy.types.Image:
    """An image that Blender has shown: its size is known without reading a file."""
    image = packed(name, noise(64, 64, seed=seed))
    assert len(image.pixels[:4]) == 4
    return image


def lines(tab: Tab) -> list[str]:
    return [str(each["text"]) for each in tab.all("label")]


# A texture of the prompt


def test_a_place_and_its_slot(panel: Panel) -> None:
    owner = cube("Jar")
    material_with(owner, "Clay")
    assert "Jar · Clay · Base Color" in lines(head())
    material_with(owner, "Glaze")
    assert "Jar · Glaze (slot 2 of 2) · Base Color" in lines(head())
    panel.socket = 'Roughness'
    assert "Jar · Glaze (slot 2 of 2) · Roughness" in lines(head())
    panel.use_new_material = True
    assert "Jar · New Material (slot 2 of 2) · Roughness" in lines(head())


def test_in_a_narrow_sidebar_it_takes_fewer_letters(panel: Panel) -> None:
    owner = cube("Salt Jar")
    material_with(owner, "Clay")
    material_with(owner, "Blue Glaze")
    assert "Salt Jar · Blue Glaze (2 of 2) · Base Color" in lines(head(width=320))


def test_an_image_and_nothing_active(panel: Panel) -> None:
    bpy.context.view_layer.objects.active = None
    assert "New Image: no object is active" in lines(head())
    panel.texture_target = 'IMAGE'
    assert "New Image, 128 × 128" in lines(head())


def test_several_are_counted_and_whom_it_leaves_out_is_named(panel: Panel) -> None:
    choose(cube("First"), cube("Second"), bpy.data.objects["Light"], bpy.data.objects["Camera"])
    panel.texture_objects = 'SELECTED'
    found = lines(head())
    assert "2 objects · Base Color" in found
    (left_out,) = (each for each in found if each.startswith("Left out: "))
    assert "Light" in left_out and "Camera" in left_out


def test_more_than_a_panel_looks_at(panel: Panel) -> None:
    owner = cube("Jar")
    for _number in range(60):
        bpy.context.collection.objects.link(owner.copy())
    for each in bpy.context.view_layer.objects:
        each.select_set(each.type == 'MESH')
    panel.texture_objects = 'SELECTED'
    assert "More than 50 objects · Base Color" in lines(head())


@pytest.mark.parametrize(
    ("make", "red", "way_out"),
    [
        (lambda: without_uvs("Jar"), "“Jar” has no UV map.", "drawthings.unwrap"),
        (lambda: choose(bpy.data.objects["Camera"]), "“Camera” takes no texture.", "texture_target"),
    ],
)
def test_what_cannot_work_is_red_with_the_way_out(panel: Panel, make: object, red: str, way_out: str) -> None:
    make()
    bpy.context.view_layer.update()
    tab = head()
    (line,) = (each for each in tab.things if each.arguments.get("text") == red)
    assert any(part.state.get("alert") for part in line.layout.parts())
    ways = [each.arguments.get("operator") or each.arguments.get("property") for each in tab.things]
    assert way_out in ways


# The texture that is there


def test_a_texture_and_what_becomes_of_it(panel: Panel) -> None:
    assert "No texture yet" in lines(head())
    textured(loaded())
    assert "wood, 64 × 64 → Replaced" in lines(head())
    assert "wood, 64 × 64 → Replaced" in lines(head('NODE_EDITOR'))
    panel.image_target = 'IMAGE'
    assert "wood, 64 × 64 → New Image" in lines(head())
    panel.image_target = 'MATERIAL'
    assert "wood, 64 × 64 → In Its Node" in lines(head())


def test_textures_of_several(panel: Panel) -> None:
    owners = [cube(name) for name in ("First", "Second")]
    for seed, owner in enumerate(owners):
        choose(owner)
        textured(packed(f"wall {seed}", noise(64, 64, seed=seed)))
    choose(*owners)
    panel.texture_objects = 'SELECTED'
    assert "2 textures → Replaced" in lines(head())


def test_textures_of_thousands_are_not_all_looked_at(panel: Panel, monkeypatch: pytest.MonkeyPatch) -> None:
    owner = cube("First")
    textured(loaded())
    for number in range(200):
        copy = owner.copy()
        bpy.context.collection.objects.link(copy)
        if number % 2:
            copy.data = owner.data.copy()
            copy.data.materials[0] = owner.active_material.copy()
            image_in(copy.active_material).image = packed(f"wall {number}", noise(8, 8, seed=number))
    bpy.context.view_layer.update()
    for each in bpy.context.view_layer.objects:
        each.select_set(each.type == 'MESH')
    panel.texture_objects = 'SELECTED'
    read: list[bpy.types.Material] = []
    of_material = subject.of_material
    monkeypatch.setattr(subject, "of_material", lambda *each: read.append(each[0]) or of_material(*each))
    (line,) = (each for each in lines(head()) if "textures" in each)
    assert re.fullmatch(r"More than \d+ textures → Replaced", line)
    assert len(read) <= 60
    assert len(subject.restyled(Selection.of(bpy.context))) == 101, "a press takes all"


def test_a_tile(panel: Panel, tmp_path: Path) -> None:
    textured(tiled(tmp_path, {1001: noise(64, 64)[..., :4], 1002: noise(64, 64, seed=1)}))
    assert any("wall, tile 1001" in each for each in lines(head()))


def test_a_linked_one_cannot_be_replaced(panel: Panel, tmp_path: Path) -> None:
    (there,) = linked(tmp_path, "images", packed("far", noise(64, 64)))
    textured(there)
    assert "“far” is linked from another file." in head().words
    panel.image_target = 'IMAGE'
    assert "linked" not in head().words


# A view


def test_a_view_with_its_size_and_through_a_camera(panel: Panel, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(views, "seen_size", lambda _view, *, camera: (64, 48) if camera else (640, 480))
    assert "View, 640 × 480 → New Image" in lines(head())
    panel.view_from = 'CAMERA'
    assert "View through Camera, 64 × 48 → New Image" in lines(head())
    panel.use_source_size = False
    assert "View through Camera, 128 × 128 → New Image" in lines(head()), "the size that is sent"
    bpy.data.objects.remove(bpy.data.objects["Camera"])
    assert "View: The scene has no camera." in head().words


def test_a_view_that_looks_through_the_camera(panel: Panel) -> None:
    tab = Tab()
    tab.opened.update(each.__name__ for each in bpy.types.Panel.__subclasses__())
    with in_editor('VIEW_3D', 560) as context:
        context.space_data.region_3d.view_perspective = 'CAMERA'
        draw(HEADS['VIEW_3D'], context, tab)
        context.space_data.region_3d.view_perspective = 'PERSP'
    assert any(re.match(r"View through Camera, \d+ × \d+ → New Image", each) for each in lines(tab))


@pytest.mark.parametrize("kind", ['PERSP', 'ORTHO'])
def test_a_frame_is_as_large_as_it_is_on_the_screen(panel: Panel, kind: str) -> None:
    scene = bpy.context.scene
    camera, render = scene.camera, scene.render
    render.resolution_x, render.resolution_y, render.pixel_aspect_x = 300, 500, 2.0
    camera.data.type, camera.data.shift_x = kind, 0.3
    bpy.context.view_layer.update()
    graph = bpy.context.view_layer.depsgraph
    frame = camera.calc_matrix_camera(graph, x=300, y=500, scale_x=2.0, scale_y=1.0)
    # The view shows more than the frame: it takes so much of the region.
    shares = Matrix.Diagonal((0.6, 0.4, 1.0, 1.0))
    seen = SimpleNamespace(
        scene=scene,
        space=SimpleNamespace(use_local_camera=False),
        region=SimpleNamespace(width=400, height=300),
        region_3d=SimpleNamespace(view_perspective='CAMERA', window_matrix=shares @ frame),
    )
    assert views.seen_size(seen, camera=False) == (240, 120)
    assert views.seen_size(seen, camera=True) == (300, 500)
    seen.region_3d.view_perspective = 'PERSP'
    assert views.seen_size(seen, camera=False) == (400, 300)


# A render


def test_a_render_that_is_there_and_one_that_is_made(panel: Panel) -> None:
    scene = bpy.context.scene
    scene.render.resolution_x, scene.render.resolution_y, scene.render.resolution_percentage = 69, 46, 100
    assert "Render now, 69 × 46 → New Image" in lines(head())
    panel.render_source = 'LAST'
    assert "Nothing was rendered yet" in lines(head())
    render_quickly(scene)
    bpy.ops.render.render()
    found = next(each for each in lines(head()) if "render" in each.lower())
    assert re.fullmatch(r"Last render, \d\d:\d\d, 69 × 46 → New Image", found)
    scene.render.resolution_x = 128
    assert "69 × 46" in head().words, "the size that it has"
    panel.render_source = 'FRESH'
    assert "Render now, 128 × 46 → New Image" in lines(head())
    panel.render_target = 'MATERIAL'
    assert "Render now, 128 × 46 → Cube · Material · Base Color" in lines(head())


def test_while_blender_renders_no_fresh_one_can_begin(panel: Panel, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(render_job, "is_waiting", lambda: True)
    assert "Render: Blender is rendering." in head().words


def test_while_blender_renders_the_last_one_cannot_be_written(
    panel: Panel, stand_in: StandIn, monkeypatch: pytest.MonkeyPatch
) -> None:
    render_quickly(bpy.context.scene)
    bpy.ops.render.render()
    monkeypatch.setattr(render_job, "is_waiting", lambda: True)
    for panel.render_source in ('LAST', 'AUTO'):
        assert "Render: Blender is rendering." in head().words
    panel.render_source = 'LAST'
    with pytest.raises(RuntimeError, match=r"Blender is rendering\. Wait for it"):
        bpy.ops.drawthings.img2img(source='RENDER', target='IMAGE')
    assert not session.get().statuses()


def test_the_default_width_cuts_nothing(panel: Panel) -> None:
    render_quickly(bpy.context.scene)
    bpy.ops.render.render()
    textured(loaded())
    tab = head(width=280)
    found = [each for each in lines(tab) if "→" in each or " · " in each]
    assert any(re.fullmatch(r"Last \d\d:\d\d, 1920 × 1080 → Image", each) for each in found), found
    assert not any("…" in each for each in found)


# The Image Editor


def test_an_image_in_its_editor(panel: Panel) -> None:
    image = loaded()
    assert "No image is open here" in lines(head('IMAGE_EDITOR'))
    found = lines(head('IMAGE_EDITOR', image=image))
    assert "wood, 64 × 64 → Replaced" in found and "New Image, 128 × 128" in found
    panel.image_target = 'MATERIAL'
    assert "wood, 64 × 64 → Cube · Material · Base Color" in lines(head('IMAGE_EDITOR', image=image))


@pytest.mark.parametrize("does", [False, True])
def test_an_arrow_says_that_a_line_opens_something(
    panel: Panel, monkeypatch: pytest.MonkeyPatch, *, does: bool
) -> None:
    monkeypatch.setattr(compat, "draws_arrows_without_frames", lambda: does)
    tab = head()
    arrows = [each for each in tab.all("label") if each.get("icon") == 'DOWNARROW_HLT']
    opened = [each for each in tab.all("popover") if each.get("text") == " "]
    assert len(opened) == 4
    assert len(arrows) == (0 if does else 4)


# Narrow sidebars


@pytest.mark.parametrize(
    ("width", "labels"), [(280, {"View", "Render"}), (200, {"Restyle View", "Restyle Render"})]
)
def test_below_240_pixels_buttons_stand_below_one_another(panel: Panel, width: int, labels: set[str]) -> None:
    tab = head(width=width)
    assert labels <= {each.get("text") for each in tab.all("operator")}
    tops = [each.top for each in tab.placed() if each.arguments.get("operator") == "drawthings.img2img"]
    assert len(set(tops)) == (3 if width < 240 else 1)


# Texture Paint


@pytest.fixture
def painting() -> bpy.types.Object:
    """A textured cube in Texture Paint."""
    owner = cube("Jar")
    textured(loaded())
    bpy.ops.object.mode_set(mode='TEXTURE_PAINT')
    return owner


def test_the_paint_slot_is_what_is_meant(panel: Panel, painting: bpy.types.Object) -> None:
    tree = painting.active_material.node_tree
    other = tree.nodes.new('ShaderNodeTexImage')
    other.image = loaded("scratches")
    bpy.context.view_layer.update()
    names = [each.name for each in painting.active_material.texture_paint_images]
    painting.active_material.paint_active_slot = names.index("scratches")
    assert "scratches, 64 × 64 → Replaced" in lines(head())
    (found,) = subject.textures(Selection.of(bpy.context))
    assert found.node == other


def test_a_canvas_is_what_is_meant_and_unsaved_paint_is_sent(
    panel: Panel, stand_in: StandIn, painting: bpy.types.Object
) -> None:
    canvas = loaded("canvas")
    brush = bpy.context.scene.tool_settings.image_paint
    brush.mode, brush.canvas = 'IMAGE', canvas
    assert "canvas, 64 × 64 → Replaced" in lines(head())
    strokes = noise(64, 64, seed=9)
    strokes[..., 3] = 255
    paint(canvas, strokes)
    assert canvas.is_dirty
    bpy.ops.drawthings.img2img(source='TEXTURE', target='REPLACE')
    result = brush.canvas
    assert np.array_equal(bytes_of(result)[..., :3], strokes[..., :3]), "the server gives back what it got"
    assert result.drawthings.recipe, "the brush paints on the result"
    assert image_in(painting.active_material).image.name == "wood", "the material's own is another"


def test_a_canvas_that_no_node_shows_becomes_a_texture_of_its_own(
    panel: Panel, stand_in: StandIn, painting: bpy.types.Object
) -> None:
    brush = bpy.context.scene.tool_settings.image_paint
    brush.mode, brush.canvas = 'IMAGE', loaded("canvas")
    panel.image_target = 'MATERIAL'
    assert "canvas, 64 × 64 → Jar · Wall · Base Color" in lines(head())
    bpy.ops.drawthings.img2img(source='TEXTURE', target='MATERIAL')
    assert image_in(painting.active_material).image == session.get().results[0].datablock()


def test_without_a_canvas_it_says_so(panel: Panel, stand_in: StandIn, painting: bpy.types.Object) -> None:
    brush = bpy.context.scene.tool_settings.image_paint
    brush.mode, brush.canvas = 'IMAGE', None
    assert "No texture yet" in lines(head())
    with pytest.raises(RuntimeError, match="Nothing is painted on"):
        bpy.ops.drawthings.img2img(source='TEXTURE', target='REPLACE')


@pytest.mark.parametrize(
    "mode", ['OBJECT', 'EDIT', 'SCULPT', 'VERTEX_PAINT', 'WEIGHT_PAINT', 'TEXTURE_PAINT']
)
def test_in_every_mode_the_texture_is_sent(panel: Panel, stand_in: StandIn, mode: str) -> None:
    cube("Jar")
    textured(loaded())
    bpy.ops.object.mode_set(mode=mode)
    assert "wood, 64 × 64 → Replaced" in lines(head())
    bpy.ops.drawthings.img2img(source='TEXTURE', target='REPLACE')
    assert image_in(bpy.context.object.active_material).image == session.get().results[0].datablock()
    assert bpy.context.object.mode == mode


# Read once for each drawing, and no further than there is time for


def chain(count: int) -> bpy.types.Image:
    """So many Mix nodes one behind the other, with an image at the end of them."""
    tree = make_material().node_tree
    fed = principled_of(tree).inputs["Base Color"]
    for _ in range(count):
        node = add_node(tree, 'ShaderNodeMix', data_type='RGBA')
        color = [each for each in node.inputs if each.type == 'RGBA']
        tree.links.new(next(each for each in node.outputs if each.type == 'RGBA'), fed)
        fed = color[0]
    end = add_image_node(tree, "end")
    tree.links.new(end.outputs["Color"], fed)
    found: bpy.types.Image = end.image
    return found


@pytest.mark.parametrize("editor", ['VIEW_3D', 'NODE_EDITOR'])
def test_a_tree_is_read_once_for_each_drawing(
    panel: Panel, editor: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    image = chain(100)
    followed = []
    source = node_reading.Reader.source

    def counted(self: Any, place: Any) -> Any:
        followed.append(place)
        return source(self, place)

    monkeypatch.setattr(node_reading.Reader, "source", counted)
    text = " ".join(lines(head(editor)))
    assert image.name in text
    # An image of the texture's own, and what the picture would lie by, are the same answer.
    assert len(followed) < 2.5 * 100


def test_a_large_tree_is_read_by_the_press_alone(panel: Panel, monkeypatch: pytest.MonkeyPatch) -> None:
    """What a drawing has no time for is no reason for a grey button."""
    image = chain(400)
    followed = []
    source = node_reading.Reader.source

    def counted(self: Any, place: Any) -> Any:
        followed.append(place)
        return source(self, place)

    with monkeypatch.context() as patched:
        patched.setattr(node_reading.Reader, "source", counted)
        tab = head()
        assert "No texture yet" not in lines(tab)
        assert len(followed) < 700
        del followed[:]
        with in_editor('NODE_EDITOR', 280) as context:
            assert subject.why_no_texture_here(Selection.of(context)) == ""
        assert len(followed) < 300
    assert not node_reading.is_cut()
    bpy.ops.drawthings.img2img(source='TEXTURE', target='REPLACE')
    assert image.drawthings.is_replaced
    # Where all of it was read it is as ever.
    bpy.data.materials["Wall"].node_tree.nodes.remove(bpy.data.materials["Wall"].node_tree.nodes["end"])
    bpy.data.materials["Wall"].node_tree.nodes.remove(bpy.data.materials["Wall"].node_tree.nodes["Mix.300"])
    bpy.data.materials["Wall"].node_tree.nodes.remove(bpy.data.materials["Wall"].node_tree.nodes["Mix.100"])
    assert "No texture yet" in lines(head())


def test_the_settings_are_checked_once_for_each_drawing(
    panel: Panel, monkeypatch: pytest.MonkeyPatch
) -> None:
    from bl_ext.user_default.drawthings_addon.blender.actions import generate

    checked = []
    check = generate.check

    def counted(request: Any, known: Any) -> None:
        checked.append(request)
        check(request, known)

    monkeypatch.setattr(generate, "check", counted)
    head()
    assert len(checked) == 1
    # What is of new pictures alone is another question.
    panel.hires.use = True
    head()
    assert len(checked) <= 3
    panel.advanced.add().name = "hires_fix_width"
    panel.advanced[0].value = "nonsense"
    head()
    assert len(checked) <= 3
