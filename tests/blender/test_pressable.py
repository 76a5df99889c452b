# SPDX-FileCopyrightText: 2026 Draw Things Bridge maintainers
# SPDX-License-Identifier: GPL-3.0-or-later

"""A button that can be pressed works, and one that cannot is grey with the reason that a press would tell.

Each state is made, each editor's panel and menus are drawn, and each button in them that makes a picture is
pressed: what Blender would let be pressed reports no error, and what is grey raises the error that its
tooltip tells.
"""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import TYPE_CHECKING, Any

import bpy
import pytest
from bl_ext.user_default.drawthings_addon.blender import compat
from bl_ext.user_default.drawthings_addon.blender.actions import from_panel
from bl_ext.user_default.drawthings_addon.blender.capture import picture_sources, views
from bl_ext.user_default.drawthings_addon.blender.selection import Selection
from bl_ext.user_default.drawthings_addon.errors import BridgeError
from bl_ext.user_default.drawthings_addon.jobs.source import Source, SourceName
from bl_ext.user_default.drawthings_addon.operators import generate
from blender_panels import Instead, context_of, entries, in_editor, ours, shown
from blender_pictures import noise, packed, render_quickly, textured
from blender_trees import principled_of
from recording_layout import Drawn, Record, draw, draw_entry
from test_preflight import choose, cube, linked, without_uvs

if TYPE_CHECKING:
    from local_server import StandIn

Panel = bpy.types.PropertyGroup
MAKING = {
    "drawthings.txt2img": generate.DRAWTHINGS_OT_txt2img,
    "drawthings.img2img": generate.DRAWTHINGS_OT_img2img,
}


@pytest.fixture(autouse=True)
def drawable(monkeypatch: pytest.MonkeyPatch) -> None:
    """A 3D View without graphics: noise comes of it, where it could be drawn."""

    def viewport(view: views.View, *, camera: bool, **_unused: object) -> Source:
        views.require_drawable(view, camera=camera)
        return Source(SourceName("VIEW"), pixels=noise(64, 64)[..., :3].copy(), keep_alpha=False)

    monkeypatch.setattr(views, "_require_canvas", lambda: None)
    monkeypatch.setattr(picture_sources, "viewport", viewport)


@pytest.fixture(autouse=True)
def small(fresh_scene: bpy.types.Scene) -> None:
    """A render takes no time."""
    render_quickly(fresh_scene)
    fresh_scene.render.resolution_x = fresh_scene.render.resolution_y = 64
    fresh_scene.render.resolution_percentage = 100


def buttons(editor: str, context: Instead) -> tuple[Record, list[Drawn]]:
    """Those that make pictures, in the editor's panel and in Blender's menus."""
    record = Record()
    for kind in ours(bpy.types.Panel):
        if kind.bl_space_type == editor and kind.bl_category == kind.bl_label == "Draw Things":
            draw(kind, context, record)
    for menu, entry in entries():
        if menu.__name__.startswith("IMAGE_") == (editor == 'IMAGE_EDITOR'):
            draw_entry(entry, menu, context, record)
    made = [each for each in record.things if each.arguments.get("operator") in MAKING]
    assert len(made) >= 2
    return record, made


def by_hand(area: bpy.types.Area, button: Drawn) -> None:
    """What the operator does, whatever its `poll` says. Raises BridgeError."""
    with context_of(area) as context:
        selection = Selection.of(context)
    given = button.arguments["properties"]
    if button.arguments["operator"] == "drawthings.txt2img":
        from_panel.txt2img(selection, given["target"])
        return
    from_panel.img2img(selection, given["source"], given["target"], selection.edited_image)


def press_all(editor: str, image: bpy.types.Image | None = None) -> None:
    """Press each button, those first that are grey: what works changes what there is."""
    with shown(editor) as area:
        if image is not None:
            area.spaces.active.image = image
        with context_of(area) as context:
            record, made = buttons(editor, context)
            told = [_as_blender_asks(button, context) for button in made]
        for button, (is_free, reason) in sorted(zip(made, told, strict=True), key=lambda each: each[1][0]):
            assert not button.is_grey, "off without a reason"
            given = button.arguments["properties"]
            name = f"{given.get('source', 'PROMPT')} {given['target']} in {editor}"
            try:
                by_hand(area, button)
            except BridgeError as error:
                assert not is_free, f"{name} could be pressed, and said: {error}"
                # Of two obstacles the tooltip tells one, and the panel both.
                told_here = f"{reason} {' '.join(record.text.splitlines())}"
                assert error.what in told_here, f"{name} said {error} and told {reason}"
            else:
                assert is_free, f"{name} is grey for nothing: {reason}"


def _as_blender_asks(button: Drawn, context: Instead) -> tuple[bool, str]:
    reason = button.obstacle
    operator = MAKING[button.arguments["operator"]]
    asked = Instead(context, drawthings_button=operator.bl_idname, drawthings_obstacle=reason)
    return operator.poll(asked), reason


State = Callable[[Panel, Path], None]


def _nothing_active(_panel: Panel, _folder: Path) -> None:
    bpy.context.view_layer.objects.active = None


def _empty_file(_panel: Panel, _folder: Path) -> None:
    bpy.ops.wm.read_homefile(use_empty=True)
    chosen = bpy.context.scene.drawthings
    chosen.prompt, chosen.width, chosen.height = "copper", 128, 128


def _camera_active(_panel: Panel, _folder: Path) -> None:
    choose(bpy.data.objects["Camera"])


def _no_uvs(_panel: Panel, _folder: Path) -> None:
    without_uvs()


def _box(panel: Panel, _folder: Path) -> None:
    without_uvs()
    panel.mapping = 'BOX'


def _everything_to_a_bare_mesh(panel: Panel, _folder: Path) -> None:
    textured(packed("wood", noise(64, 64)))
    without_uvs()
    panel.view_target = panel.render_target = panel.image_target = 'MATERIAL'


def _several_with_a_bare_one(panel: Panel, _folder: Path) -> None:
    choose(cube("First"), without_uvs("Bare"), bpy.data.objects["Light"])
    panel.texture_objects = 'SELECTED'


def _several(panel: Panel, _folder: Path) -> None:
    choose(cube("First"), cube("Second"), bpy.data.objects["Light"])
    panel.texture_objects = 'SELECTED'


def _no_principled(_panel: Panel, _folder: Path) -> None:
    material = textured(packed("wood", noise(64, 64)))
    material.node_tree.nodes.remove(principled_of(material.node_tree))


def _linked_material(_panel: Panel, folder: Path) -> None:
    material = bpy.data.materials.new("Shared")
    compat.ensure_material_nodes(material)
    (there,) = linked(folder, "materials", material)
    bpy.context.object.active_material = there


def _linked_object(_panel: Panel, folder: Path) -> None:
    (there,) = linked(folder, "objects", cube("Shared"))
    bpy.context.collection.objects.link(there)
    choose(there)


def _override(_panel: Panel, folder: Path) -> None:
    material = bpy.data.materials.new("Shared")
    compat.ensure_material_nodes(material)
    (there,) = linked(folder, "materials", material)
    bpy.context.object.active_material = there.override_create()


def _texture(_panel: Panel, _folder: Path) -> None:
    textured(packed("wood", noise(64, 64)))


def _linked_texture(_panel: Panel, folder: Path) -> None:
    (there,) = linked(folder, "images", packed("far", noise(64, 64)))
    textured(there)


def _linked_texture_to_an_image(panel: Panel, folder: Path) -> None:
    _linked_texture(panel, folder)
    panel.image_target = 'IMAGE'


def _texture_without_pixels(_panel: Panel, _folder: Path) -> None:
    image = bpy.data.images.new("empty", 0, 0)
    image.source = 'FILE'
    textured(image)


def _last_render_of_none(panel: Panel, _folder: Path) -> None:
    panel.render_source = 'LAST'


def _last_render(panel: Panel, _folder: Path) -> None:
    bpy.ops.render.render()
    panel.render_source = 'LAST'


def _no_camera(panel: Panel, _folder: Path) -> None:
    bpy.data.objects.remove(bpy.data.objects["Camera"])
    panel.view_from = 'CAMERA'


def _rendered_view(_panel: Panel, _folder: Path) -> None:
    for area in bpy.context.screen.areas:
        if area.type == 'VIEW_3D':
            area.spaces.active.shading.type = 'RENDERED'


def _advanced_that_is_none(panel: Panel, _folder: Path) -> None:
    entry = panel.advanced.add()
    entry.name, entry.value = "clip_skip", "many"


def _control_without_a_file(panel: Panel, _folder: Path) -> None:
    panel.scene_controls.depth.use = True
    bpy.ops.drawthings.check_server()


def _new_material(panel: Panel, _folder: Path) -> None:
    _no_principled(panel, _folder)
    panel.use_new_material = True


STATES: tuple[State, ...] = (
    _nothing_active, _empty_file, _camera_active, _no_uvs, _box, _everything_to_a_bare_mesh,
    _several_with_a_bare_one, _several, _no_principled, _new_material, _linked_material, _linked_object,
    _override, _texture, _linked_texture, _linked_texture_to_an_image, _texture_without_pixels,
    _last_render_of_none, _last_render, _no_camera, _rendered_view, _advanced_that_is_none,
    _control_without_a_file,
)  # fmt: skip


@pytest.mark.parametrize("editor", ['VIEW_3D', 'IMAGE_EDITOR', 'NODE_EDITOR'])
@pytest.mark.parametrize("state", STATES, ids=lambda each: each.__name__.strip("_"))
def test_what_can_be_pressed_works_and_what_cannot_is_grey(
    panel: Panel, stand_in: StandIn, tmp_path: Path, state: State, editor: str
) -> None:
    state(panel, tmp_path)
    # A script has made this a moment ago.
    bpy.context.view_layer.update()
    press_all(editor)


# Images, as the Image Editor shows them


def _far(folder: Path) -> bpy.types.Image:
    (there,) = linked(folder, "images", packed("far", noise(64, 64)))
    return there


def _bare(_folder: Path) -> bpy.types.Image:
    image = bpy.data.images.new("empty", 0, 0)
    image.source = 'FILE'
    return image


def _result(_folder: Path) -> bpy.types.Image:
    bpy.ops.render.render()
    return bpy.data.images["Render Result"]


@pytest.mark.parametrize("target", ['REPLACE', 'IMAGE', 'MATERIAL'])
@pytest.mark.parametrize("image", [_far, _bare, _result], ids=lambda each: each.__name__.strip("_"))
def test_images_of_all_kinds(
    panel: Panel, stand_in: StandIn, tmp_path: Path, image: Callable[[Path], Any], target: str
) -> None:
    panel.image_target = target
    if target == 'MATERIAL':
        panel.render_target = target
    press_all('IMAGE_EDITOR', image(tmp_path))


def test_a_movie_is_not_replaced_and_the_button_says_so(panel: Panel, stand_in: StandIn) -> None:
    image = packed("film", noise(64, 64))
    image.source = 'SEQUENCE'
    with in_editor('IMAGE_EDITOR') as context:
        context.space_data.image = image
        _record, made = buttons('IMAGE_EDITOR', context)
        told = [each.obstacle for each in made if each.arguments["operator"].endswith("img2img")]
    assert told and all("an image sequence" in each for each in told), told
