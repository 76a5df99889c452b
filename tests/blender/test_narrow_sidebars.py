# SPDX-FileCopyrightText: 2026 Draw Things Bridge maintainers
# SPDX-License-Identifier: GPL-3.0-or-later

"""Two buttons stand below one another where a sidebar has no room for both."""

from __future__ import annotations

import bpy
import pytest
from bl_ext.user_default.drawthings_addon.ui import words
from blender_panels import Instead
from recording_layout import Record, RecordingLayout


@pytest.mark.parametrize(
    ("width", "scale", "part"),
    [(239, 1.0, "column"), (240, 1.0, "row"), (479, 2.0, "column"), (480, 2.0, "row")],
)
def test_a_pair_of_buttons(width: int, scale: float, part: str) -> None:
    system = Instead(bpy.context.preferences.system, ui_scale=scale)
    context = Instead(
        bpy.context,
        region=Instead(None, width=width),
        preferences=Instead(bpy.context.preferences, system=system),
    )
    record = Record()
    words.pair(RecordingLayout(record, context), context)
    assert [name for name, _arguments in record.calls] == [part]
