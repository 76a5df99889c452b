# SPDX-FileCopyrightText: 2026 Draw Things Bridge maintainers
# SPDX-License-Identifier: GPL-3.0-or-later

"""Settings that have no effect on the server as things are: faded, with the reason below."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

import bpy

from ..blender import connection, settings
from ..blender.session import session
from . import words

#: Characters that a line outside of a box has more.
_BESIDE_A_BOX = 3


@dataclass(frozen=True)
class Effects:
    """What has none, for one drawing of one panel."""

    line: int
    """Characters of a line."""
    reasons: Mapping[str, str] = field(default_factory=dict)
    """By the parameter's name: why it has no effect, in a sentence."""

    def prop(
        self, layout: bpy.types.UILayout, owner: bpy.types.bpy_struct, name: str, **arguments: Any
    ) -> None:
        """A property, faded where it has no effect."""
        row = layout.row(align=True)
        row.active = name not in self.reasons
        row.prop(owner, name, **arguments)

    def tell(self, layout: bpy.types.UILayout, *names: str) -> None:
        """Why these have no effect, each reason once."""
        for reason in dict.fromkeys(self.reasons[name] for name in names if name in self.reasons):
            note(layout, reason, self.line)


def of(context: bpy.types.Context) -> Effects:
    """Those of the scene's settings, for the connected server."""
    line = words.sidebar_line(context) + _BESIDE_A_BOX
    model = session.get().status.model
    return Effects(line, settings.without_effect(context.scene, connection.dialect(), model))


def note(layout: bpy.types.UILayout, text: str, line: int) -> None:
    """A sentence about what stands above it, faded."""
    if text:
        column = layout.column(align=True)
        column.active = False
        column.scale_y = 0.8
        words.paragraph(column, text, line)
