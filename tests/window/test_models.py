# SPDX-FileCopyrightText: 2026 Draw Things Bridge maintainers
# SPDX-License-Identifier: GPL-3.0-or-later

"""A model is chosen from the list with the mouse and a few letters, with its recommended settings."""

from __future__ import annotations

import time
from collections.abc import Iterator
from pathlib import Path

import pytest
from desk import TAB, Desk

from local_server import StandIn
from window import BlenderWindow

CHOSEN = "bpy.context.scene.drawthings"
#: Pixels from the button that opens the list, upwards: to its search field, and to its first row.
SEARCH, FIRST_ROW = 343, 312
#: And to the left.
TITLES = 200


@pytest.fixture(scope="module")
def window(blender_name: str, user: Path) -> Iterator[BlenderWindow]:
    """A window of its own: panels are unfolded before they are drawn, and it is as high as they need."""
    with BlenderWindow(blender_name, size=(1600, 1300), user=user) as opened:
        opened.run("unfold_panels('DRAWTHINGS_PT_view3d_settings')")
        yield opened
        assert opened.tracebacks == ""


@pytest.fixture
def desk(window: BlenderWindow, stand_in: StandIn) -> Desk:
    """Connected, with the settings in view."""
    here = Desk(window, stand_in)
    window.run("with override('VIEW_3D'): bpy.ops.drawthings.check_server()")
    window.wait_until("not session().has_work")
    window.show_sidebar('VIEW_3D', TAB)
    return here


def open_list(window: BlenderWindow) -> tuple[int, int]:
    """Press the button beside the model's field; where it is."""
    window.wait_until("len(bpy.context.window_manager.drawthings.models) == 328")
    sidebar = window.rectangle('VIEW_3D', 'UI')
    _, y = window.find_button('VIEW_3D', "drawthings.model")
    x = sidebar.left + int(sidebar.width * 0.83)
    window.click(x, y)
    time.sleep(0.5)
    return x, y


def test_chosen_by_a_few_letters_with_its_settings_in_one_undo_step(desk: Desk) -> None:
    window = desk.window
    desk.set(use_model_settings=True)
    window.run("with override(): bpy.ops.ed.undo_push(message='before')")
    x, y = open_list(window)
    window.click(x - TITLES, y - SEARCH)
    window.type("turbo z image 6-bit")
    window.key("Return")
    time.sleep(0.3)
    window.click(x - TITLES, y - FIRST_ROW)
    window.wait_until(f"{CHOSEN}.model == 'z_image_turbo_1.0_q6p.ckpt'")
    told = "(steps, sampler, guidance_scale, shift, resolution_dependent_shift)"
    shown = f"tuple(getattr({CHOSEN}, name) for name in {told!r}.strip('()').split(', '))"
    assert tuple(window.run(shown)) == (8, "UniPC Trailing", 1.0, 3.0, False)
    assert any("Z Image Turbo 1.0: Steps 20 → 8" in each for each in desk.notices())
    # In 5.2 it stays open.
    window.key("Escape")
    desk.point_at_view()
    window.key("ctrl+z")
    window.wait_until(f"{CHOSEN}.model == ''")
    assert window.run(f"{CHOSEN}.steps") == 20


def test_recommended_settings_in_one_press(desk: Desk) -> None:
    window = desk.window
    desk.set(use_model_settings=False, model="flux_1_schnell_q8p.ckpt", steps=20)
    window.redraw()
    window.press_button('VIEW_3D', "drawthings.use_model_settings(")
    window.wait_until(f"{CHOSEN}.steps == 4")


def test_which_are_there_is_found_out_while_the_window_goes_on(desk: Desk) -> None:
    window = desk.window
    window.run("with override('VIEW_3D'): bpy.ops.drawthings.find_models()")
    window.wait_until("session().model_search.is_over", timeout=120)
    there = window.run(
        "[each.name for each in bpy.context.window_manager.drawthings.models if each.state == 'THERE']"
    )
    assert sorted(there) == sorted(
        each.file for each in desk.server.app_state.library.models if each.downloaded
    )
    assert desk.server.journal.generations == ()
