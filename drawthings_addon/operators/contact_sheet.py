# SPDX-FileCopyrightText: 2026 Draw Things Bridge maintainers
# SPDX-License-Identifier: GPL-3.0-or-later

"""The pictures of a set on one page."""

from __future__ import annotations

from typing import TYPE_CHECKING

import bpy
from bpy.props import StringProperty

from ..blender.actions import contact_sheet
from ..blender.selection import Selection
from .reporting import UnlessStopped, reported


class DRAWTHINGS_OT_contact_sheet(UnlessStopped, bpy.types.Operator):
    """Put the pictures of this set on one page, with what each was made with. It is written to the output folder and shown in an Image Editor"""  # noqa: E501 - one tooltip

    bl_idname = "drawthings.contact_sheet"
    bl_label = "Contact Sheet"
    bl_options = {'REGISTER'}

    if TYPE_CHECKING:
        result: str
        set: str
    else:
        result: StringProperty(
            name="Result",
            description="File of a picture of the set; empty: the selected one",
            options={'HIDDEN', 'SKIP_SAVE'},
        )
        set: StringProperty(
            name="Set",
            description="Which set, also of an earlier day, by the number in its pictures' recipes; empty: "
            "that of the result",
            options={'HIDDEN', 'SKIP_SAVE'},
        )

    @reported
    def execute(self, context: bpy.types.Context) -> None:
        contact_sheet.make(Selection.of(context), self.result, self.set, context.window)


register, unregister = bpy.utils.register_classes_factory((DRAWTHINGS_OT_contact_sheet,))
