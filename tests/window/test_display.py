# SPDX-FileCopyrightText: 2026 Draw Things Bridge maintainers
# SPDX-License-Identifier: GPL-3.0-or-later

"""The panel keeps still and quick: no button moves while a job runs, a picture is pressed where it is seen,
and no callback holds Blender up."""

from __future__ import annotations

from pathlib import Path

import pytest
from desk import TAB, Desk
from PIL import Image, ImageChops, ImageStat

from benchmarks.callbacks import Callbacks, beyond, table
from local_server import Faults, StandIn
from window import BlenderWindow, Rectangle


def test_no_button_moves_and_pictures_are_pressed(desk: Desk, tmp_path: Path) -> None:
    window = desk.window
    sidebar = window.show_sidebar('VIEW_3D', TAB)
    for number in range(2):
        desk.texture(f"number {number}")
        desk.wait_for_results(number + 1)
    window.redraw()
    x, y = window.find_button('VIEW_3D', "drawthings.again(")
    rows = Rectangle(sidebar.left, y - 32, sidebar.width - 30, 44)
    desk.point_at_view()
    before = window.photograph(tmp_path / "before.png", rows)
    desk.server.faults = Faults(delay=600)
    desk.start_texture("weathered copper")
    window.wait_until("session().statuses()[0].seconds > 0.5")
    during = window.photograph(tmp_path / "during.png", rows)
    desk.server.faults = Faults()
    assert desk.server.wait_until_idle()
    desk.wait_for_results(3)
    after = window.photograph(tmp_path / "after.png", rows)
    for other in (during, after):
        with Image.open(before) as one, Image.open(other) as two:
            assert ImageStat.Stat(ImageChops.difference(one.convert("L"), two.convert("L"))).mean[0] < 1.0
    # The others begin half a row below the buttons; the second of them is pressed in its middle.
    window.click(x, y + 48)
    assert window.run("bpy.context.window_manager.drawthings.result_index") in (1, 2)


@pytest.mark.alone
def test_no_callback_holds_blender_up(fresh_file: BlenderWindow) -> None:
    with StandIn("echo") as server:
        callbacks = Callbacks(fresh_file, server)
        callbacks.fill()
        measured = callbacks.measure()
    print(table(measured))
    assert len(measured) > 80, "panels, polls, menus and handlers were called"
    assert not beyond(measured)
