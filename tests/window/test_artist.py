# SPDX-FileCopyrightText: 2026 Draw Things Bridge maintainers
# SPDX-License-Identifier: GPL-3.0-or-later

"""What an artist does: types a prompt, presses the buttons with the mouse, and goes on working."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest
from desk import TAB, Desk
from numpy.typing import NDArray
from PIL import Image

from local_server import Faults
from window import BlenderWindow, Rectangle

PROMPT = "weathered copper, verdigris"
SLOW = Faults(delay=600)


def type_prompt(window: BlenderWindow, text: str) -> None:
    """Into the field of the panel; Blender 5.2 has a text box there, which a single click opens."""
    has_box = window.run("bpy.app.version >= (5, 2, 0)")
    window.click(*window.find_button('VIEW_3D', ".drawthings.prompt"), times=1 if has_box else 2)
    window.type(text)
    window.key("Return")
    window.wait_until(f"bpy.context.scene.drawthings.prompt == {text!r}")


def pixels(path: Path) -> NDArray[np.uint8]:
    with Image.open(path) as picture:
        return np.asarray(picture.convert("RGB"))


def shades(picture: NDArray[np.uint8]) -> NDArray[np.int64]:
    """One number for each pixel's colour, of 16 steps a channel."""
    steps = (picture // 16).astype(np.int64)
    return (steps[..., 0] * 16 + steps[..., 1]) * 16 + steps[..., 2]


def vivid_pixels(panel: NDArray[np.uint8], picture: Path) -> int:
    """How many pixels of the panel have a vivid colour of the picture: a thumbnail of it does."""
    made = pixels(picture)
    vivid = np.ptp(made.astype(np.int16), axis=2) > 60
    wanted = np.unique(shades(made)[vivid])
    assert wanted.size, "the stand-in's picture has vivid colours"
    vivid_here = np.ptp(panel.astype(np.int16), axis=2) > 60
    return int((np.isin(shades(panel), wanted) & vivid_here).sum())


def panel(window: BlenderWindow, sidebar: Rectangle, folder: Path) -> NDArray[np.uint8]:
    return pixels(window.photograph(folder / "panel.png", sidebar))


def test_a_texture_while_the_artist_works_on(desk: Desk, tmp_path: Path) -> None:
    window, server = desk.window, desk.server
    server.faults = SLOW
    # A seed whose picture has vivid colours, which no other part of the panel has.
    desk.set(width=256, height=256, use_random_seed=False, seed=340216000)
    sidebar = window.show_sidebar('VIEW_3D', TAB)
    type_prompt(window, PROMPT)
    window.press_button('VIEW_3D', "drawthings.txt2img(")
    assert server.wait_until_running()
    entries = len(server.journal)

    desk.point_at_view()
    window.key("g", "x", "1", "Return")
    window.wait_until("bpy.data.objects['Cube'].location.x == 1.0")
    window.key("r", "z", "9", "0", "Return")
    window.wait_until("abs(bpy.data.objects['Cube'].rotation_euler.z - 1.5708) < 0.001")
    workspace = window.run("bpy.context.window_manager.windows[0].workspace.name")
    window.key("ctrl+Page_Down")
    window.wait_until(f"bpy.context.window_manager.windows[0].workspace.name != {workspace!r}")
    window.key("ctrl+Page_Up")
    window.wait_until(f"bpy.context.window_manager.windows[0].workspace.name == {workspace!r}")
    assert window.run("len(session().statuses()), len(session().results)") == [1, 0]
    waiting = panel(window, sidebar, tmp_path)

    server.faults = Faults()
    desk.wait_for_results(1)
    (made,) = desk.pictures()
    assert server.journal[entries].effective["prompt"] == PROMPT
    (name,) = window.run("recipes()")
    assert window.run("texture_image('Cube')") == name
    assert window.run(f"bpy.data.images[{name!r}].drawthings.prompt") == PROMPT
    assert window.run(f"tuple(bpy.data.images[{name!r}].size)") == [256, 256]
    arrived = panel(window, sidebar, tmp_path)
    assert vivid_pixels(arrived, made) > vivid_pixels(waiting, made) + 500

    desk.point_at_view()
    window.key("ctrl+z")
    window.wait_until("recipes() == []")
    assert window.run("texture('Cube')") is None
    assert window.run("bpy.data.objects['Cube'].location.x") == 1.0
    assert window.run("bpy.data.objects['Cube'].rotation_euler.z") == pytest.approx(1.5708, abs=0.001)
    window.key("ctrl+shift+z")
    window.wait_until(f"texture_image('Cube') == {name!r}")
    assert window.run(f"tuple(bpy.data.images[{name!r}].size)") == [256, 256]
    assert made.is_file(), "undo leaves the file"


def test_restyle_view(desk: Desk) -> None:
    window, server = desk.window, desk.server
    desk.set(prompt="a watercolour")
    window.show_sidebar('VIEW_3D', TAB)
    view = window.rectangle('VIEW_3D')
    window.press_button('VIEW_3D', "source='VIEWPORT'")
    desk.wait_for_results(1)
    (name,) = window.run("recipes()")
    assert window.run(f"bpy.data.images[{name!r}].drawthings.operation") == "img2img"
    assert window.run(f"tuple(bpy.data.images[{name!r}].size)") == [view.width, view.height]
    assert server.journal[-1].path.endswith("img2img")
    desk.point_at_view()
    window.key("ctrl+z")
    window.wait_until("recipes() == []")


def test_restyle_a_fresh_render(desk: Desk) -> None:
    window = desk.window
    desk.set(prompt="a woodcut", render_source='FRESH')
    window.run(
        "scene = bpy.context.scene\n"
        "scene.render.engine = 'CYCLES'\n"
        "scene.cycles.samples = 2\n"
        "scene.cycles.use_denoising = False\n"
        "scene.render.resolution_x, scene.render.resolution_y = 160, 90\n"
        "renders = []\n"
        "bpy.app.handlers.render_complete.append(lambda *_: renders.append(1))\n"
        # Without a window manager the render's own window would lie over everything.
        "bpy.context.preferences.view.render_display_type = 'NONE'"
    )
    window.show_sidebar('VIEW_3D', TAB)
    window.press_button('VIEW_3D', "source='RENDER'")
    desk.wait_for_results(1)
    assert window.run("len(renders)") == 1
    (name,) = window.run("recipes()")
    assert window.run(f"tuple(bpy.data.images[{name!r}].size)") == [160, 90]


def test_restyle_image_in_its_place(desk: Desk) -> None:
    window = desk.window
    desk.set(prompt="a mosaic", image_target='REPLACE')
    window.run(
        "photo = bpy.data.images.new('Photo', 100, 70)\n"
        "photo.generated_type = 'COLOR_GRID'\n"
        "bpy.ops.ed.undo_push(message='Photo')"
    )
    window.show_editor('IMAGE_EDITOR')
    window.run("area('IMAGE_EDITOR').spaces.active.image = bpy.data.images['Photo']")
    window.show_sidebar('IMAGE_EDITOR', TAB)
    window.press_button('IMAGE_EDITOR', "source='IMAGE'")
    desk.wait_for_results(1)
    assert window.run("recipes()") == ['Photo']
    assert window.run("tuple(bpy.data.images['Photo'].size)") == [100, 70]
    assert window.run("bpy.data.images['Photo.before'].source") == 'GENERATED'
    assert window.run("area('IMAGE_EDITOR').spaces.active.image.name") == 'Photo'
    window.move(*window.rectangle('IMAGE_EDITOR').centre)
    window.key("ctrl+z")
    window.wait_until("bpy.data.images['Photo'].source == 'GENERATED'")
    assert window.run("'Photo.before' in bpy.data.images") is False


def test_a_job_is_cancelled_from_its_row(desk: Desk) -> None:
    window, server = desk.window, desk.server
    server.faults = SLOW
    window.show_sidebar('VIEW_3D', TAB)
    desk.start_texture()
    desk.texture("second")
    window.wait_until("len(session().statuses()) == 2")
    window.redraw()
    cancel = window.find_button('VIEW_3D', "drawthings.cancel(")
    window.click(*cancel)
    window.wait_until("session().statuses()[0].state.name == 'LET_GO'")
    server.faults = Faults()
    desk.wait_for_results(1)
    assert window.run("[result.recipe.request.conditioning.prompt for result in session().results]") == [
        "second"
    ]
