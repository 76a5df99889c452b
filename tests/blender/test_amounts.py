# SPDX-FileCopyrightText: 2026 Draw Things Bridge maintainers
# SPDX-License-Identifier: GPL-3.0-or-later

"""Strength, number, size and seed stand beside the buttons; every other setting has one home."""

from __future__ import annotations

import itertools
import math
from types import SimpleNamespace
from typing import TYPE_CHECKING

import bpy
import pytest
from blender_dialects import assumed
from blender_panels import EDITORS, as_in_a_window, draw_head, draw_tab, in_editor, ours
from blender_pictures import noise, packed, textured
from recording_layout import Record, RecordingLayout, draw

if TYPE_CHECKING:
    from conftest import Desk

Panel = bpy.types.PropertyGroup
SHAPES = {
    "1:1": 1, "5:4": 5 / 4, "4:3": 4 / 3, "3:2": 3 / 2, "16:9": 16 / 9, "21:9": 21 / 9,
    "4:5": 4 / 5, "3:4": 3 / 4, "2:3": 2 / 3, "9:16": 9 / 16,
}  # fmt: skip


@pytest.mark.parametrize("editor", EDITORS)
def test_they_stand_in_the_head_of_each_editor(panel: Panel, editor: str) -> None:
    (head,) = [
        each
        for each in ours(bpy.types.Panel)
        if each.bl_label == "Draw Things" and each.bl_space_type == editor
    ]
    with in_editor(editor) as context:
        record = draw(head, context)
    drawn = [each["property"] for each in record.all("prop")]
    for name in ("strength", "batch_count", "width", "height", "seed", "use_random_seed"):
        assert drawn.count(name) == 1, name
    assert {"drawthings.swap_size", "drawthings.keep_seed", "drawthings.set_aspect"} <= record.operators


@pytest.mark.parametrize(("width", "is_narrow"), [(200, True), (280, False)])
def test_in_a_narrow_sidebar_no_digit_of_the_size_is_cut(panel: Panel, width: int, is_narrow: bool) -> None:
    record = draw_head(width=width)
    fields = [each for each in record.placed() if each.arguments.get("property") in ("width", "height")]
    assert (len({each.top for each in fields}) == 2) is is_narrow
    assert [each.arguments.get("text") for each in fields] == [None if is_narrow else ""] * 2, "their names"


def test_swap(panel: Panel) -> None:
    panel.width, panel.height = 1024, 576
    bpy.ops.drawthings.swap_size()
    assert (panel.width, panel.height) == (576, 1024)
    bpy.ops.drawthings.swap_size()
    assert (panel.width, panel.height) == (1024, 576)


@pytest.mark.parametrize("edge", [512, 768, 1024, 2048])
@pytest.mark.parametrize("aspect", SHAPES)
def test_a_shape_keeps_the_area_near(panel: Panel, aspect: str, edge: int) -> None:
    panel.width = panel.height = edge
    bpy.ops.drawthings.set_aspect(aspect=aspect)
    assert panel.width % 64 == panel.height % 64 == 0
    # As near as multiples of 64 allow.
    assert abs(math.log(panel.width / panel.height / SHAPES[aspect])) < 64 / edge
    assert abs(math.log(panel.width * panel.height / edge**2)) < 72 / edge


def test_all_shapes_in_turn_neither_grow_nor_shrink(panel: Panel) -> None:
    panel.width = panel.height = 1024
    for aspect in itertools.islice(itertools.cycle(SHAPES), 100):
        bpy.ops.drawthings.set_aspect(aspect=aspect)
    bpy.ops.drawthings.set_aspect(aspect="1:1")
    assert (panel.width, panel.height) == (1024, 1024)


@pytest.mark.parametrize("size", [(128, 128), (8192, 8192), (128, 8192)])
@pytest.mark.parametrize("aspect", SHAPES)
def test_within_bounds(panel: Panel, size: tuple[int, int], aspect: str) -> None:
    panel.width, panel.height = size
    bpy.ops.drawthings.set_aspect(aspect=aspect)
    assert all(128 <= each <= 8192 and each % 64 == 0 for each in (panel.width, panel.height))


@pytest.mark.parametrize(("edge", "step"), [(128, 64 / 128), (8192, 64 / 8192), (7000, 64 / 7000)])
@pytest.mark.parametrize("aspect", SHAPES)
def test_at_the_bounds_a_shape_is_kept_before_the_area(
    panel: Panel, aspect: str, edge: int, step: float
) -> None:
    panel.width = panel.height = edge
    bpy.ops.drawthings.set_aspect(aspect=aspect)
    assert abs(math.log(panel.width / panel.height / SHAPES[aspect])) < step * 1.5


def test_as_the_render(panel: Panel) -> None:
    render = bpy.context.scene.render
    render.resolution_x, render.resolution_y, render.resolution_percentage = 1920, 1080, 50
    panel.width = panel.height = 1024
    bpy.ops.drawthings.set_aspect(aspect='RENDER')
    assert (panel.width, panel.height) == (1344, 768)
    render.resolution_x, render.resolution_y = 4, 60_000
    bpy.ops.drawthings.set_aspect(aspect='RENDER')
    assert (panel.width, panel.height)[0] == 128
    assert panel.height <= 8192


def test_as_the_texture(panel: Panel) -> None:
    panel.width = panel.height = 1024
    with pytest.raises(RuntimeError, match="No image or texture is active"):
        bpy.ops.drawthings.set_aspect(aspect='TEXTURE')
    textured(packed("wall", noise(128, 64)))
    bpy.ops.drawthings.set_aspect(aspect='TEXTURE')
    assert abs(panel.width / panel.height / 2 - 1) < 0.06


def test_the_menu_says_what_each_gives_and_greys_what_cannot_be(panel: Panel) -> None:
    panel.width = panel.height = 1024
    record = draw(bpy.types.DRAWTHINGS_MT_aspects, as_in_a_window(bpy.context))
    texts = [each["text"] for each in record.all("operator")]
    assert "16:9  ·  1344 × 768" in texts
    assert "As the Texture" in texts
    properties = bpy.context.window_manager.operator_properties_last("drawthings.set_aspect")
    assert {"value": "No image or texture is active.", "name": "drawthings_obstacle"} in list(
        record.all("context_string_set")
    )
    kind = next(each for each in bpy.types.Operator.__subclasses__() if each.__name__.endswith("_set_aspect"))
    properties.aspect = '16:9'
    assert "as many pixels as before" in kind.description(bpy.context, properties)


# The seed


def test_a_seed_is_kept(panel: Panel, desk: Desk) -> None:
    panel.use_random_seed = True
    with pytest.raises(RuntimeError, match="There is no result yet"):
        bpy.ops.drawthings.keep_seed()
    bpy.ops.drawthings.txt2img()
    panel.prompt = "another"
    bpy.ops.drawthings.txt2img()
    desk.settle()
    seeds = [each.recipe.request.sampling.seed for each in desk.session.results]
    bpy.context.window_manager.drawthings.result_index = 1
    bpy.ops.drawthings.keep_seed()
    assert (panel.seed % 2**32, panel.use_random_seed) == (seeds[1], False)
    assert panel.prompt == "another", "the seed alone"
    bpy.ops.drawthings.txt2img()
    desk.settle()
    assert desk.session.results[0].recipe.request.sampling.seed == seeds[1]


def test_a_seed_beyond_blenders_integers_is_kept(panel: Panel, desk: Desk) -> None:
    panel.use_random_seed, panel.seed = False, -5
    bpy.ops.drawthings.txt2img()
    desk.settle()
    panel.seed = 0
    bpy.ops.drawthings.keep_seed()
    assert panel.seed == -5


# One home


#: What the panels Source and Output had, by the action that it concerns.
HOMES = {
    "DRAWTHINGS_PT_texture_options": {
        "texture_target", "socket", "texture_objects", "mapping", "use_new_material",
    },
    "DRAWTHINGS_PT_view_options": {"view_target", "view_from", "use_overlays", "use_source_size", "fit_mode"},
    "DRAWTHINGS_PT_render_options": {"render_target", "render_source", "use_source_size", "fit_mode"},
    "DRAWTHINGS_PT_image_options": {"image_target", "use_source_size", "fit_mode"},
}  # fmt: skip
OF_ALL = {"use_show", "use_pack"}


@pytest.mark.parametrize("name", HOMES)
def test_what_concerns_an_action_stands_in_its_popover(panel: Panel, name: str) -> None:
    with in_editor('VIEW_3D') as context:
        record = draw(getattr(bpy.types, name), context)
    drawn = [(each["data"].path_from_id(), each["property"]) for each in record.all("prop")]
    assert {each for _owner, each in drawn} >= HOMES[name] | OF_ALL
    assert len(drawn) == len(set(drawn)), "each once"
    assert "drawthings.open_output" in record.operators


@pytest.mark.parametrize("target", ['IMAGE', 'MATERIAL'])
def test_and_in_no_panel(panel: Panel, target: str) -> None:
    """A panel's own fields; what its popovers have is not counted."""
    for name in ("texture_target", "view_target", "render_target", "image_target"):
        setattr(panel, name, target)
    of_popovers = OF_ALL | {"fit_mode", "use_overlays", "render_source", "view_from", "use_new_material"}
    for editor in EDITORS:
        with in_editor(editor) as context:
            for kind in ours(bpy.types.Panel):
                if kind.bl_space_type == editor and kind.bl_label != "Draw Things":
                    drawn = {each["property"] for each in draw(kind, context).all("prop")}
                    assert not drawn & of_popovers, kind.__name__
        titles = draw_tab(editor).panels
        assert {"Settings", "Sampling", "LoRAs", "Controls", "Server"} <= set(titles)
        assert not {"Source", "Output", "More", "Guide by the Scene"} & set(titles)


def test_a_list_is_one_button_until_it_has_an_entry(panel: Panel) -> None:
    tab = draw_tab()
    assert "loras" in set(tab.empty_lists())
    assert "Add LoRA" in tab.text
    bpy.ops.drawthings.list_add(which='loras')
    tab = draw_tab()
    assert "loras" not in set(tab.empty_lists())
    assert "loras" in {each["propname"] for each in tab.all("template_list")}


@pytest.mark.parametrize("which", ["loras", "controls"])
def test_rows_of_a_list_leave_no_room_for_names(panel: Panel, which: str) -> None:
    """Seen among controls: half of each row was empty, and one letter of the name was left."""
    bpy.ops.drawthings.list_add(which=which)
    weight = next(each for each in draw_tab().things if each.arguments.get("property") == "weight")
    told = (part.state.get("use_property_split") for part in weight.layout.parts())
    assert next(each for each in told if each is not None) is False


def test_settings_are_copied_from_who_is_there(panel: Panel) -> None:
    assert "Copy Settings from Draw Things" in draw_tab().text


@pytest.mark.parametrize("dialect", ["DRAW_THINGS", "A1111"])
def test_the_button_that_copies_settings_is_whole(panel: Panel, dialect: str) -> None:
    from bl_ext.user_default.drawthings_addon.blender.session import session
    from bl_ext.user_default.drawthings_addon.ui import words

    session.get().status = session.ServerStatus(session.Connection.ANSWERED, capabilities=assumed(dialect))
    with in_editor('VIEW_3D') as context:
        record = draw(bpy.types.DRAWTHINGS_PT_view3d_settings, context)
    (text,) = (
        each["text"] for each in record.all("operator") if each["operator"] == "drawthings.take_over_settings"
    )
    assert text.startswith("Copy Settings from ")
    assert words.room(as_in_a_window(bpy.context, 280), text) >= 0


@pytest.mark.parametrize("name", ["loras", "controls", "server_options", "values"])
def test_an_entrys_name_has_room_where_fields_have_theirs_before_them(panel: Panel, name: str) -> None:
    which = "advanced" if name == "values" else name
    getattr(panel, which).add().name = "a file"
    rows = getattr(bpy.types, f"DRAWTHINGS_UL_{name}")
    record = Record()
    with in_editor('VIEW_3D', 280) as context:
        layout = RecordingLayout(record, context)
        layout.use_property_split = True
        entry = getattr(panel, which)[0]
        # Blender alone makes one.
        made = SimpleNamespace(draw_row=lambda *given: rows.draw_row(None, *given))
        rows.draw_item(made, context, layout, panel, entry, 0, panel, f"{which}_index", 0)
    for each in record.things:
        splits = [part.state.get("use_property_split") for part in each.layout.parts()]
        assert next(each for each in splits if each is not None) is False
