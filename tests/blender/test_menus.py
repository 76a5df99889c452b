# SPDX-FileCopyrightText: 2026 Draw Things Bridge maintainers
# SPDX-License-Identifier: GPL-3.0-or-later

"""Entries in Blender's own menus, and the bar in its status bar."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import bpy
import pytest
from blender_panels import entries, in_editor
from blender_pictures import noise, packed, textured
from recording_layout import Record, draw_entry
from test_preflight import choose, linked

if TYPE_CHECKING:
    from pathlib import Path

    from conftest import Desk

Panel = bpy.types.PropertyGroup

LONG = "weathered copper, verdigris in the creases, macro photograph"
#: Blender's menus with the editor that each is opened in.
MENUS = {
    "IMAGE_MT_image": 'IMAGE_EDITOR',
    "TOPBAR_MT_render": 'VIEW_3D',
    "VIEW3D_MT_object": 'VIEW_3D',
    "VIEW3D_MT_object_context_menu": 'VIEW_3D',
    "VIEW3D_PT_paint_texture_context_menu": 'VIEW_3D',
    "NODE_MT_category_shader_texture": 'NODE_EDITOR',
}


def drawn(menu: str, image: bpy.types.Image | None = None) -> Record:
    with in_editor(MENUS.get(menu, 'VIEW_3D')) as context:
        if image is not None:
            context.space_data.image = image
        (entry,) = [each for kind, each in entries() if kind.__name__ == menu]
        return draw_entry(entry, getattr(bpy.types, menu), context)


def test_the_history_is_in_the_window_menu() -> None:
    found = button(drawn("TOPBAR_MT_window"))
    assert (found["operator"], found["text"]) == ("drawthings.browse_history", "Draw Things History...")


def button(record: Record) -> dict[str, Any]:
    """The entry; those of a submenu come after it."""
    found, *inside = [each for each in record.all("operator") if each["operator"].startswith("drawthings.")]
    assert not inside or record.all("menu")
    return found


@pytest.mark.parametrize("menu", MENUS)
def test_an_entry_says_who_does_it_and_after_which_prompt(panel: Panel, menu: str) -> None:
    wall = packed("wall", noise(64, 64))
    textured(wall)
    panel.prompt = LONG
    record = drawn(menu, wall if menu.startswith("IMAGE") else None)
    found = button(record)
    assert "with Draw Things" in found["text"]
    assert found["icon"] != 'NONE'
    assert "“weathered copper, verdigris in …”" in record.text, "cut between two words"
    panel.prompt = ""
    record = drawn(menu, wall if menu.startswith("IMAGE") else None)
    assert "“" not in record.text


@pytest.mark.parametrize(
    "menu", ["VIEW3D_MT_object", "VIEW3D_MT_object_context_menu", "NODE_MT_context_menu"]
)
def test_it_does_not_stand_below_delete(menu: str) -> None:
    order = getattr(bpy.types, menu).draw._draw_funcs
    ours = [index for index, each in enumerate(order) if "drawthings_addon" in each.__module__]
    theirs = [index for index, each in enumerate(order) if "drawthings_addon" not in each.__module__]
    assert max(ours) < min(theirs)


def why_grey(record: Record) -> str:
    """What the entry's tooltip says of why it cannot be pressed."""
    told = [each for each in record.all("context_string_set") if each["name"] == "drawthings_obstacle"]
    return told[0]["value"] if told else ""


def test_one_that_cannot_work_is_grey_with_its_reason(panel: Panel, tmp_path: Path) -> None:
    assert why_grey(drawn("VIEW3D_MT_object")) == ""
    choose(bpy.data.objects["Camera"])
    assert "Camera" in why_grey(drawn("VIEW3D_MT_object"))
    (far,) = linked(tmp_path, "images", packed("far", noise(64, 64)))
    panel.image_target = 'REPLACE'
    assert "linked from another file" in why_grey(drawn("IMAGE_MT_image", far))
    panel.image_target = 'IMAGE'
    assert why_grey(drawn("IMAGE_MT_image", far)) == ""


def test_an_image_node_is_restyled_from_its_context_menu(panel: Panel) -> None:
    node = textured(packed("wall", noise(64, 64))).node_tree.nodes["Image Texture"]
    with in_editor('NODE_EDITOR') as context:
        (entry,) = [each for kind, each in entries() if kind.__name__ == "NODE_MT_context_menu"]
        node.select = False
        assert not draw_entry(entry, bpy.types.NODE_MT_context_menu, context).operators
        node.select = True
        node.id_data.nodes.active = node
        found = button(draw_entry(entry, bpy.types.NODE_MT_context_menu, context))
    assert found["properties"]["source"] == 'TEXTURE'


def test_the_status_bar_has_a_bar_while_jobs_run(panel: Panel, desk: Desk) -> None:
    assert not drawn("STATUSBAR_HT_header").calls
    desk.hold()
    for prompt in ("one", "two", "three"):
        panel.prompt = prompt
        bpy.ops.drawthings.txt2img()
    desk.wait_until_running()
    desk.session.step()
    record = drawn("STATUSBAR_HT_header")
    (bar,) = record.all("progress")
    assert "2 waiting" in bar["text"]
    assert "Draw Things" in record.text
    cross = button(record)
    assert cross["operator"] == "drawthings.cancel"
    assert cross["properties"]["job_id"] == desk.session.statuses()[0].job.id
    desk.session.jobs.cancel_all()
    desk.finish()
    assert not drawn("STATUSBAR_HT_header").calls
