# SPDX-FileCopyrightText: 2026 Draw Things Bridge maintainers
# SPDX-License-Identifier: GPL-3.0-or-later

"""From an empty file to a texture that stays: with mouse and keys alone, and how many of these it takes."""

from __future__ import annotations

from pathlib import Path

import numpy as np
from desk import TAB, Desk
from numpy.typing import NDArray
from PIL import Image

from window import BlenderWindow, Rectangle

PROMPT = "weathered copper, verdigris"
#: Clicks and key strokes beside those of the prompt: from the start-up file on.
MOST = 7


class Hands:
    """Mouse and keyboard, counted."""

    def __init__(self, window: BlenderWindow) -> None:
        self.window = window
        self.count = 0

    def press(self, does: str) -> None:
        """Click the button that does it."""
        self.window.press_button('VIEW_3D', does)
        self.count += 1

    def key(self, key: str) -> None:
        self.window.key(key)
        self.count += 1

    def hold(self, key: str) -> None:
        self.window.hold(key)
        self.count += 1

    def type_prompt(self, text: str) -> None:
        """Not counted: the click into the field, the letters, Return."""
        has_box = self.window.run("bpy.app.version >= (5, 2, 0)")
        self.window.click(
            *self.window.find_button('VIEW_3D', ".drawthings.prompt"), times=1 if has_box else 2
        )
        self.window.type(text)
        self.window.key("Return")
        self.window.wait_until(f"bpy.context.scene.drawthings.prompt == {text!r}")


def seen(window: BlenderWindow, folder: Path, part: Rectangle) -> NDArray[np.int16]:
    with Image.open(window.photograph(folder / "seen.png", part)) as picture:
        return np.asarray(picture.convert("RGB")).astype(np.int16)


def differs(one: NDArray[np.int16], other: NDArray[np.int16]) -> float:
    """The share of pixels that another picture shows in another colour."""
    return float((np.abs(one - other).max(axis=2) > 24).mean())


def test_a_first_texture_is_seen_compared_undone_and_another_one_applied(desk: Desk, tmp_path: Path) -> None:
    window = desk.window
    desk.set(width=256, height=256)
    window.run("bpy.ops.ed.undo_push(message='Size')")
    window.show_sidebar('VIEW_3D', TAB)
    view = window.rectangle('VIEW_3D')
    across, down = view.centre
    cube = Rectangle(across - 60, down - 60, 120, 120)
    hands = Hands(window)
    grey = seen(window, tmp_path, cube)

    hands.type_prompt(PROMPT)
    hands.press("drawthings.txt2img(")
    desk.wait_for_results(1)
    first = window.run("texture_image('Cube')")
    assert first

    hands.press("drawthings.show_in_view(")
    # The first drawing in Material Preview compiles its shaders.
    window.run("None", timeout=240)
    window.wait_until("module('blender.visibility').hidden_in(bpy.context.window_manager.windows[0]) == ''")
    textured = settled(window, tmp_path, cube)
    assert differs(grey, textured) > 0.3

    window.move(across, view.top + view.height // 5)
    hands.hold("backslash")
    window.wait_until("module('blender.compare.swap').is_held()")
    before = settled(window, tmp_path, cube)
    assert differs(before, textured) > 0.3
    window.let_go("backslash")
    window.wait_until("not module('blender.compare.swap').is_held()")
    assert differs(settled(window, tmp_path, cube), textured) < 0.05

    hands.key("ctrl+z")
    window.wait_until("texture('Cube') is None")
    assert window.run("bpy.context.scene.drawthings.prompt") == PROMPT

    hands.press("drawthings.txt2img(")
    desk.wait_for_results(2)
    second = window.run("texture_image('Cube')")
    assert second and second != first
    # It is applied at once: nothing more is to be pressed.
    assert differs(settled(window, tmp_path, cube), before) > 0.3
    assert hands.count <= MOST


def settled(window: BlenderWindow, folder: Path, part: Rectangle) -> NDArray[np.int16]:
    """What is seen once drawing it again changes nothing more."""
    found = seen(window, folder, part)
    for _ in range(20):
        now = seen(window, folder, part)
        if differs(found, now) < 0.005:
            return now
        found = now
    return found
