# SPDX-FileCopyrightText: 2026 Draw Things Bridge maintainers
# SPDX-License-Identifier: GPL-3.0-or-later

"""A picture's recipe tells in which .blend it was made."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import bpy

if TYPE_CHECKING:
    from pathlib import Path

    from conftest import Desk


def test_without_a_folder(panel: Any, desk: Desk, tmp_path: Path) -> None:
    bpy.ops.drawthings.txt2img(target='IMAGE')
    desk.settle()
    bpy.ops.wm.save_as_mainfile(filepath=str(tmp_path / "a jar.blend"))
    bpy.ops.drawthings.txt2img(target='IMAGE')
    desk.settle()
    assert [each.recipe.blend for each in desk.session.results] == ["a jar.blend", ""]
