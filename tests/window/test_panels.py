# SPDX-FileCopyrightText: 2026 Draw Things Bridge maintainers
# SPDX-License-Identifier: GPL-3.0-or-later

"""The panel is where it should be, and can be typed into."""

from __future__ import annotations

from pathlib import Path

import pytest
from PIL import Image

from window import BlenderWindow

TAB = "Draw Things"


@pytest.mark.parametrize("editor", ['VIEW_3D', 'IMAGE_EDITOR', 'ShaderNodeTree'])
def test_each_editor_has_the_tab(fresh_file: BlenderWindow, tmp_path: Path, editor: str) -> None:
    fresh_file.show_editor(editor)
    sidebar = fresh_file.show_sidebar(editor, TAB)
    assert fresh_file.run(f"region({editor!r}, 'UI').active_panel_category") == TAB
    path = fresh_file.photograph(tmp_path / "sidebar.png", sidebar)
    with Image.open(path) as picture:
        assert picture.size == (sidebar.width, sidebar.height)
        colours = picture.convert("RGB").getcolors(maxcolors=1 << 24)
    assert colours is not None
    assert len(colours) > 20, "a panel with letters on it has many shades"


def test_undo_from_the_keyboard(fresh_file: BlenderWindow) -> None:
    view = fresh_file.rectangle('VIEW_3D')
    fresh_file.move(*view.centre)
    fresh_file.key("x")
    fresh_file.redraw()
    fresh_file.key("Return")
    fresh_file.wait_until("'Cube' not in bpy.context.scene.objects")
    fresh_file.key("ctrl+z")
    fresh_file.wait_until("'Cube' in bpy.context.scene.objects")
