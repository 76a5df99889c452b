# SPDX-FileCopyrightText: 2026 Draw Things Bridge maintainers
# SPDX-License-Identifier: GPL-3.0-or-later

"""What stands in a picture's way is told in every editor that has its button, and costs little there."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import bpy
import pytest
from bl_ext.user_default.drawthings_addon.blender import compat
from bl_ext.user_default.drawthings_addon.blender.capture import source_size
from bl_ext.user_default.drawthings_addon.blender.delivery import preflight
from bl_ext.user_default.drawthings_addon.blender.selection import Selection
from bl_ext.user_default.drawthings_addon.operators import generate as operators_generate
from bl_ext.user_default.drawthings_addon.ui import panels, words
from blender_panels import Instead, Tab, in_editor
from blender_pictures import noise, packed, textured
from blender_trees import principled_of
from recording_layout import draw
from test_preflight import choose, cube, linked, without_uvs

if TYPE_CHECKING:
    from pathlib import Path

    from local_server import StandIn

Panel = bpy.types.PropertyGroup


def head(editor: str, image: bpy.types.Image | None = None) -> Tab:
    """The first panel of the tab in an editor."""
    kinds = {
        'VIEW_3D': panels.DRAWTHINGS_PT_view3d,
        'IMAGE_EDITOR': panels.DRAWTHINGS_PT_image,
        'NODE_EDITOR': panels.DRAWTHINGS_PT_shader,
    }
    tab = Tab()
    with in_editor(editor) as context:
        if image is not None:
            context.space_data.image = image
        draw(kinds[editor], context, tab)
    return tab


def test_an_image_to_a_material_says_where_and_what_is_in_the_way(panel: Panel, stand_in: StandIn) -> None:
    image = packed("wall", noise(64, 64))
    owner = without_uvs()
    assert "Jar" not in head('IMAGE_EDITOR', image).words
    panel.image_target = 'MATERIAL'
    assert "“Jar” has no UV map" in head('IMAGE_EDITOR', image).words
    assert "drawthings.unwrap" in head('IMAGE_EDITOR', image).operators
    owner.data.uv_layers.new()
    assert "Jar · New Material · Base Color" in head('IMAGE_EDITOR', image).words


def test_a_texture_that_cannot_take_its_result_says_so_in_the_shader_editor(
    panel: Panel, stand_in: StandIn, tmp_path: Path
) -> None:
    (there,) = linked(tmp_path, "images", packed("far", noise(64, 64)))
    textured(there)
    panel.image_target = 'IMAGE'
    assert "linked" not in head('NODE_EDITOR').words
    panel.image_target = 'REPLACE'
    assert "“far” is linked from another file" in head('NODE_EDITOR').words


def test_a_large_texture_is_told_in_the_shader_editor(panel: Panel, stand_in: StandIn) -> None:
    textured(bpy.data.images.new("large", 2112, 2048))
    bpy.data.images["large"].update()
    assert bpy.data.images["large"].pixels[0] == 0.0
    assert "2112 × 2048 is more than most models make well" in head('NODE_EDITOR').words


def test_a_large_source_is_told_of_once(panel: Panel, stand_in: StandIn, session: Any) -> None:
    def words() -> str:
        return head('NODE_EDITOR').words

    def told() -> list[str]:
        return [each.text for each in session.get().notices if "more than most" in each.text]

    for name in ("first", "second", "third"):
        textured(bpy.data.images.new(name, 2112, 2048))
        bpy.data.images[name].update()
        assert bpy.data.images[name].pixels[0] == 0.0
        if name == "first":
            (cross,) = [
                each
                for each in head('NODE_EDITOR').all("operator")
                if each["operator"] == "drawthings.dismiss_size"
            ]
            bpy.ops.drawthings.dismiss_size(key=cross["properties"]["key"])
            assert "Texture: 2112" not in words()
        elif name == "second":
            assert "Texture: 2112" in words() and not told()
            bpy.ops.drawthings.img2img(source='TEXTURE')
            assert "Texture: 2112" not in words() and len(told()) == 1
            bpy.ops.drawthings.img2img(source='IMAGE', image="second")
            assert len(told()) == 1, "once"
        else:
            assert "Texture: 2112" in words(), "another one"


def test_what_the_editor_shows_is_not_multiplied_by_a_selection(panel: Panel, stand_in: StandIn) -> None:
    first, second = cube("First"), cube("Second")
    choose(first, second, bpy.data.objects["Light"])
    panel.texture_objects = 'SELECTED'
    assert preflight.overview(Selection.of(bpy.context)).selected_count == 2, "the panel lets choose"
    with in_editor('NODE_EDITOR') as context:
        assert preflight.overview(Selection.of(context)).selected_count == 0, "it would have no effect there"
    assert "left out" not in head('NODE_EDITOR').words


def test_a_render_region_that_is_cropped_counts_as_it_is_rendered(panel: Panel, stand_in: StandIn) -> None:
    render = bpy.context.scene.render
    render.resolution_x, render.resolution_y, render.resolution_percentage = 4000, 4000, 100
    render.use_border = True
    render.border_min_x, render.border_max_x, render.border_min_y, render.border_max_y = 0.25, 0.5, 0.0, 1.0
    assert source_size.of(Selection.of(bpy.context), 'RENDER') == (4000, 4000)
    render.use_crop_to_border = True
    assert source_size.of(Selection.of(bpy.context), 'RENDER') == (1000, 4000)


@pytest.mark.parametrize("source", ['IMAGE', 'TEXTURE'])
def test_a_file_that_nothing_has_read_is_asked_about_when_the_panel_could_not_tell(
    panel: Panel, stand_in: StandIn, tmp_path: Path, source: str
) -> None:
    path = str(tmp_path / "large.png")
    made = bpy.data.images.new("large", 2112, 2048)
    made.filepath_raw, made.file_format = path, 'PNG'
    made.save()
    bpy.data.images.remove(made)
    image = bpy.data.images.load(path)
    image.name = "large"
    textured(image)
    assert not image.has_data
    asked: list[str] = []

    def confirm(_operator: object, _event: object, **words: str) -> set[str]:
        asked.append(words["message"])
        return {'CANCELLED'}

    operator = operators_generate.DRAWTHINGS_OT_img2img

    class Press:
        """The operator as a button of the panel invokes it."""

        node = node_group = ""
        image = "large" if source == 'IMAGE' else ""
        invoke, execute = operator.invoke, operator.execute
        _about_size, _image = operator._about_size, operator._image

    Press.source = source
    manager = Instead(bpy.context.window_manager, invoke_confirm=confirm)
    context = Instead(bpy.context, window_manager=manager, region=Instead(None, type='UI'))
    assert Press().invoke(context, None) == {'CANCELLED'}
    assert "2112 × 2048" in asked[0] and not stand_in.journal.generations


def test_of_several_textures_the_large_one_is_asked_about(panel: Panel, stand_in: StandIn) -> None:
    small, large = cube("Small"), cube("Large")
    for owner, size in ((large, 2112), (small, 64)):
        choose(owner)
        textured(bpy.data.images.new(owner.name, size, 2048))
    choose(small, large)
    panel.texture_objects = 'SELECTED'

    class Press:
        source, node = 'TEXTURE', ""
        about_size = operators_generate.DRAWTHINGS_OT_img2img._about_size

    assert "2112 × 2048" in Press().about_size(bpy.context)


def test_a_panel_reads_few_of_many_large_trees_and_a_press_all(panel: Panel, stand_in: StandIn) -> None:
    owners = [cube(f"Jar {number}") for number in range(12)]
    for owner in owners:
        material = bpy.data.materials.new(owner.name)
        compat.ensure_material_nodes(material)
        tree = material.node_tree
        into = tree.nodes["Principled BSDF"].inputs["Base Color"]
        for _number in range(100):
            node = tree.nodes.new('ShaderNodeHueSaturation')
            tree.links.new(node.outputs[0], into)
            into = node.inputs["Color"]
        owner.data.materials.append(material)
    choose(*owners)
    panel.texture_objects, panel.texture_target = 'SELECTED', 'MATERIAL'
    assert 1 <= len(preflight.overview(Selection.of(bpy.context)).places) <= 5
    assert "and 9 more" in head('VIEW_3D').words
    assert len(preflight.require(Selection.of(bpy.context))) == 12


@pytest.mark.parametrize("mapping", ['UV', 'UV_PROJECT', 'BOX'])
def test_a_result_that_is_applied_lies_on_the_mesh_or_is_told(
    panel: Panel, stand_in: StandIn, mapping: str
) -> None:
    bpy.ops.drawthings.txt2img(target='IMAGE')
    owner = without_uvs()
    panel.mapping = mapping
    if mapping == 'UV':
        with pytest.raises(RuntimeError, match="“Jar” has no UV map"):
            bpy.ops.drawthings.apply_result(socket='Roughness')
        assert not owner.material_slots
        return
    bpy.ops.drawthings.apply_result(socket='Roughness')
    shader = principled_of(owner.active_material.node_tree)
    node = shader.inputs["Roughness"].links[0].from_node
    assert node.projection == ('BOX' if mapping == 'BOX' else 'FLAT')
    assert len(owner.data.uv_layers) == (mapping == 'UV_PROJECT')


def test_a_result_is_not_applied_to_what_takes_no_texture(panel: Panel, stand_in: StandIn) -> None:
    bpy.ops.drawthings.txt2img(target='IMAGE')
    is_new = bpy.app.version >= (4, 3, 0)
    (bpy.ops.object.grease_pencil_add if is_new else bpy.ops.object.gpencil_add)()
    bpy.context.object.data.materials.clear()
    with pytest.raises(RuntimeError, match="takes no texture"):
        bpy.ops.drawthings.apply_result(socket='Base Color')
    assert not bpy.context.object.material_slots


def test_a_long_name_does_not_hide_the_material_and_its_slot(panel: Panel, stand_in: StandIn) -> None:
    owner = cube("A jar of clay from the hill")
    for name in ("Old Glaze", "Cork"):
        owner.data.materials.append(bpy.data.materials.new(name))
        compat.ensure_material_nodes(bpy.data.materials[name])
    tab = Tab()
    with in_editor('VIEW_3D', 280) as context:
        draw(panels.DRAWTHINGS_PT_view3d, context, tab)
        line = next(each["text"] for each in tab.all("label") if "… · " in each["text"])
        assert words.room(context, line) >= 0, "Blender cuts a line that is longer than the sidebar"
    assert line.startswith("A ja… · Old ") and line.endswith(" (1 of 2) · Base Color")
    assert "Old Glaze (slot 1 of 2) · Base Color" in tab.words, "its popover tells all of it"
