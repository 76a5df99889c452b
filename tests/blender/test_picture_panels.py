# SPDX-FileCopyrightText: 2026 Draw Things Bridge maintainers
# SPDX-License-Identifier: GPL-3.0-or-later

"""What can be made of a picture stands where it is looked for, and alarms nobody before anything is set."""

from __future__ import annotations

import bpy
import pytest
from bl_ext.user_default.drawthings_addon.blender import painted
from bl_ext.user_default.drawthings_addon.blender.painting import begin
from blender_panels import context_of, draw_head, draw_tab, ours, shown
from blender_pictures import noise, packed, textured
from recording_layout import Drawn, Record, draw

Panel = bpy.types.PropertyGroup


def brushes(record: Record) -> list[Drawn]:
    named = ("drawthings.paint_mask", "drawthings.finish_mask")
    return [each for each in record.things if each.arguments.get("operator") in named]


def head(editor: str, image: bpy.types.Image | None) -> Record:
    record = Record()
    with shown(editor) as area:
        if editor == 'IMAGE_EDITOR':
            area.spaces.active.image = image
        with context_of(area, 280) as context:
            (kind,) = [
                each
                for each in ours(bpy.types.Panel)
                if each.bl_space_type == editor and each.bl_category == each.bl_label == "Draw Things"
            ]
            return draw(kind, context, record)


@pytest.mark.parametrize("editor", ['VIEW_3D', 'IMAGE_EDITOR', 'NODE_EDITOR'])
def test_a_mask_is_painted_from_the_line_of_what_is_restyled(panel: Panel, editor: str) -> None:
    assert not brushes(head(editor, None)), "there is nothing to paint on"
    wall = packed("wall", noise(64, 64))
    textured(wall)
    (brush,) = brushes(head(editor, wall))
    assert brush.arguments["operator"] == "drawthings.paint_mask"
    assert brush.arguments["properties"]["where"] == ('IMAGE' if editor == 'IMAGE_EDITOR' else 'MESH')
    assert not brush.obstacle
    bpy.ops.drawthings.paint_mask(where='IMAGE', image="wall")
    assert painted.now() is not None
    try:
        (end,) = brushes(head(editor, wall))
        assert end.arguments["operator"] == "drawthings.finish_mask"
    finally:
        begin.forget()


def test_it_takes_no_line_of_its_own(panel: Panel) -> None:
    without = draw_head('VIEW_3D').placed()
    textured(packed("wall", noise(64, 64)))
    assert len({each.top for each in draw_head('VIEW_3D').placed()}) <= len({each.top for each in without})


def test_the_menu_of_the_image_has_all_of_it(panel: Panel) -> None:
    wall = packed("wall", noise(64, 64))
    panel.outpaint.left = 64
    record = Record()
    with shown('IMAGE_EDITOR') as area:
        area.spaces.active.image = wall
        with context_of(area) as context:
            draw(bpy.types.DRAWTHINGS_MT_picture, context, record)
    made = {each.arguments["operator"]: each for each in record.things if "operator" in each.arguments}
    for name in ("paint_mask", "outpaint", "make_seamless", "make_maps", "refine"):
        assert f"drawthings.{name}" in made
    # Without a prompt the server has nothing to paint; what is done here needs none.
    panel.prompt = ""
    panel.seamless.method = 'BLEND'
    record = Record()
    with shown('IMAGE_EDITOR') as area:
        area.spaces.active.image = wall
        with context_of(area) as context:
            draw(bpy.types.DRAWTHINGS_MT_picture, context, record)
    told = {
        each.arguments["operator"]: each.obstacle for each in record.things if "operator" in each.arguments
    }
    assert "prompt" in told["drawthings.outpaint"]
    assert told["drawthings.make_seamless"] == ""


def test_outpaint_asks_for_a_side_without_an_alarm(panel: Panel) -> None:
    wall = packed("wall", noise(64, 64))
    with shown('IMAGE_EDITOR') as area:
        area.spaces.active.image = wall
        with context_of(area, 280) as context:
            record = draw(bpy.types.DRAWTHINGS_PT_outpaint, context, Record())
    (hint,) = [each for each in record.things if each.arguments.get("icon") == 'INFO']
    assert hint.is_faded
    assert not any(each.arguments.get("icon") == 'ERROR' for each in record.things)
    (button,) = [each for each in record.things if each.arguments.get("operator") == "drawthings.outpaint"]
    assert button.obstacle, "grey, with its reason"


def test_what_the_server_estimates_is_shown_where_it_can(panel: Panel) -> None:
    packed("wall", noise(64, 64))
    assert "use_server_height" not in draw_tab('IMAGE_EDITOR').properties
    panel.maps.use_server_height = True
    assert "use_server_height" in draw_tab('IMAGE_EDITOR').properties, "what is set is never hidden"


def test_only_here_stands_below_the_buttons_that_it_changes() -> None:
    for editor in ("view3d", "image", "shader"):
        mask = getattr(bpy.types, f"DRAWTHINGS_PT_{editor}_inpaint")
        others = [
            each
            for each in ours(bpy.types.Panel)
            if each.bl_space_type == mask.bl_space_type
            and getattr(each, "bl_category", "") == "Draw Things"
            and not getattr(each, "bl_parent_id", "")
            and each is not mask
        ]
        assert sorted(each.bl_order for each in others if each.bl_order <= mask.bl_order) == [0]
