# SPDX-FileCopyrightText: 2026 Draw Things Bridge maintainers
# SPDX-License-Identifier: GPL-3.0-or-later

"""A contact sheet is seen whole, in an open editor and in a window of its own; a picture in the latter."""

from __future__ import annotations

import pytest
from desk import Desk

_WHOLE = """
def whole():
    for window in bpy.context.window_manager.windows:
        for area in window.screen.areas:
            image = area.spaces.active.image if area.type == 'IMAGE_EDITOR' else None
            if image is not None and "contact-sheet" in image.name:
                region = next(each for each in area.regions if each.type == 'WINDOW')
                corners = [region.view2d.view_to_region(x, y, clip=False) for x, y in ((0, 0), (1, 1))]
                inside = [0 <= x <= region.width and 0 <= y <= region.height for x, y in corners]
                return all(inside) and max(area.spaces.active.zoom) <= 1
    return False
"""


@pytest.mark.parametrize("is_open", [True, False])
def test_all_of_a_sheet_is_seen(desk: Desk, *, is_open: bool) -> None:
    window = desk.window
    if is_open:
        window.show_editor('IMAGE_EDITOR')
    editor = 'IMAGE_EDITOR' if is_open else 'VIEW_3D'
    desk.set(prompt="weathered copper", width=512, height=768)
    with_editor = f"with override({editor!r}): bpy.ops.drawthings"
    window.run(f"{with_editor}.variations(rows='steps', row_values='2, 3', target='IMAGE')")
    desk.wait_for_results(2)
    window.run(_WHOLE)
    window.run(f"{with_editor}.contact_sheet()")
    window.wait_until("whole()")
    window.wait_until("not session().has_work")
    assert window.run("whole()")
    assert window.run("len(bpy.context.window_manager.windows)") == (1 if is_open else 2)


def test_all_of_a_picture_is_seen_in_a_new_window_and_one_that_is_open_stays_as_it_is(desk: Desk) -> None:
    window = desk.window
    desk.texture(edge=1024)
    desk.wait_for_results(1)
    window.run(_WHOLE.replace('"contact-sheet" in image.name', "image.drawthings.recipe"))
    window.run("with override('VIEW_3D'): bpy.ops.drawthings.show_result()")
    window.wait_until("whole()")
    window.wait_until("not session().has_work")
    window.run(
        "other = bpy.context.window_manager.windows[1].screen.areas[0]\n"
        "inside = next(each for each in other.regions if each.type == 'WINDOW')\n"
        "second = bpy.context.window_manager.windows[1]\n"
        "with bpy.context.temp_override(window=second, area=other, region=inside):\n"
        "    bpy.ops.image.view_zoom_ratio(ratio=2.0)"
    )
    window.run("with override('VIEW_3D'): bpy.ops.drawthings.show_result()")
    window.wait_until("not session().has_work")
    assert window.run("other.spaces.active.zoom[0]") == pytest.approx(2.0, abs=0.01)
