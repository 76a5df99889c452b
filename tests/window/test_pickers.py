# SPDX-FileCopyrightText: 2026 Draw Things Bridge maintainers
# SPDX-License-Identifier: GPL-3.0-or-later

"""A picker that holds a value lets another be chosen with the mouse and the arrow keys alone."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest
from desk import TAB

from window import BlenderWindow


@pytest.fixture
def window(blender_name: str, user: Path) -> Iterator[BlenderWindow]:
    """A window of its own: panels are unfolded before they are drawn, and it is as high as they need."""
    with BlenderWindow(blender_name, size=(1600, 1300), user=user) as opened:
        opened.run("unfold_panels('DRAWTHINGS_PT_view3d_settings')")
        yield opened
        assert opened.tracebacks == ""


def test_another_sampler_is_chosen_without_typing(window: BlenderWindow) -> None:
    sidebar = window.show_sidebar('VIEW_3D', TAB)
    assert window.run("bpy.context.scene.drawthings.sampler") == "", "shown as Automatic"
    window.run("bpy.context.scene.drawthings.sampler = 'UniPC Trailing'")
    window.redraw()
    _, y = window.find_button('VIEW_3D', "drawthings.sampler")
    window.click(sidebar.left + int(sidebar.width * 0.6), y)
    window.redraw()
    window.key("Down")
    window.key("Return")
    window.wait_until("bpy.context.scene.drawthings.sampler == 'DPM++ 2M Karras'")
