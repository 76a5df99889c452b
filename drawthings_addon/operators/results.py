# SPDX-FileCopyrightText: 2026 Draw Things Bridge maintainers
# SPDX-License-Identifier: GPL-3.0-or-later

"""What can be done with a result: select, show, apply, make again, reuse its settings."""

from __future__ import annotations

from typing import TYPE_CHECKING

import bpy
from bpy.props import BoolProperty, EnumProperty, IntProperty, StringProperty

from ..blender import choices, subject, visibility
from ..blender.actions import results
from ..blender.selection import Selection
from .meant import ABOUT_KEY, NO_RESULT, OnResult
from .reporting import allowed, obstacle, reported


class DRAWTHINGS_OT_select_result(bpy.types.Operator):
    """Select this result. Where another result of the same object or image is now, this one is put there instead; Undo takes that back"""  # noqa: E501 - one tooltip

    bl_idname = "drawthings.select_result"
    bl_label = "Select Result"
    bl_options = {'INTERNAL'}

    if TYPE_CHECKING:
        index: int
        result: str
    else:
        index: IntProperty(name="Index", options={'SKIP_SAVE'})
        result: StringProperty(name="Result", description=ABOUT_KEY, options={'HIDDEN', 'SKIP_SAVE'})

    @classmethod
    def description(cls, _context: bpy.types.Context, properties: bpy.types.OperatorProperties) -> str:
        return results.tooltip(properties.result)

    @reported
    def execute(self, context: bpy.types.Context) -> None:
        told = results.choose(Selection.of(context), self.index, self.result)
        if told:
            self.report({'WARNING'}, told)


class DRAWTHINGS_OT_show_result(OnResult, bpy.types.Operator):
    """Show the selected result in an Image Editor; a new window opens where there is none"""

    bl_idname = "drawthings.show_result"
    bl_label = "Show"
    bl_options = {'INTERNAL', 'REGISTER', 'UNDO'}

    @reported
    def execute(self, context: bpy.types.Context) -> None:
        results.show(self.result, context.window)


class DRAWTHINGS_OT_apply_result(OnResult, bpy.types.Operator):
    """Give the selected result to the active object's material, or to the one in the Shader Editor"""

    bl_idname = "drawthings.apply_result"
    bl_label = "Apply to Material"
    bl_options = {'INTERNAL', 'REGISTER', 'UNDO'}

    if TYPE_CHECKING:
        socket: str
    else:
        socket: EnumProperty(name="Into", items=choices.SOCKETS, default='Base Color')

    @classmethod
    def poll(cls, context: bpy.types.Context) -> bool:
        return super().poll(context) and allowed(cls, subject.of(Selection.of(context)).reason)

    @reported
    def execute(self, context: bpy.types.Context) -> None:
        results.apply_to_material(Selection.of(context), self.socket, self.result)


class _OnImage:
    """A result by its key, an image by its name, the selected result, or the image in the Image Editor."""

    if TYPE_CHECKING:
        image: str
        result: str
    else:
        image: StringProperty(
            name="Image",
            description="Name of the image datablock; empty: the selected result, else the image in the "
            "Image Editor",
            options={'SKIP_SAVE'},
        )
        result: StringProperty(name="Result", description=ABOUT_KEY, options={'HIDDEN', 'SKIP_SAVE'})

    @classmethod
    def poll(cls, context: bpy.types.Context) -> bool:
        # Which picture is meant only the press knows.
        is_there = results.selected() is not None or any(each.drawthings.recipe for each in bpy.data.images)
        return allowed(cls, obstacle(context) if is_there else NO_RESULT)


class DRAWTHINGS_OT_reuse_recipe(_OnImage, bpy.types.Operator):
    """Set prompt, model, seed and all other settings to what this picture was made with"""

    bl_idname = "drawthings.reuse_recipe"
    bl_label = "Reuse Settings"
    bl_options = {'REGISTER', 'UNDO'}

    if TYPE_CHECKING:
        use_server_options: bool
    else:
        use_server_options: BoolProperty(
            name="Server Options and Script",
            description="Take these from a picture of somebody else as well: they can do anything on the "
            "server that it lets others do",
            options={'SKIP_SAVE'},
        )

    @reported
    def execute(self, context: bpy.types.Context) -> None:
        selection = Selection.of(context)
        results.reuse(selection, self.image, self.result, use_server_options=self.use_server_options)


class DRAWTHINGS_OT_again(_OnImage, bpy.types.Operator):
    """Make another picture like this one: from the same source, to the same place, with another seed. The settings in the panel stay as they are"""  # noqa: E501 - one tooltip

    bl_idname = "drawthings.again"
    bl_label = "Make Again"
    bl_options = {'REGISTER'}

    @reported
    def execute(self, context: bpy.types.Context) -> None:
        results.again(Selection.of(context), self.image, self.result)


class DRAWTHINGS_OT_show_in_view(bpy.types.Operator):
    """Switch the largest 3D View to Material Preview, where textures are seen. The scene stays as it is"""

    bl_idname = "drawthings.show_in_view"
    bl_label = "Show Textures in the 3D View"
    bl_options = {'INTERNAL'}

    @classmethod
    def poll(cls, context: bpy.types.Context) -> bool:
        is_hidden = bool(visibility.hidden_in(context.window))
        return allowed(cls, "" if is_hidden else "No 3D View of this window hides textures")

    @reported
    def execute(self, context: bpy.types.Context) -> None:
        visibility.show(context.window)


class DRAWTHINGS_OT_open_output(bpy.types.Operator):
    """Open the folder in which every picture is kept"""

    bl_idname = "drawthings.open_output"
    bl_label = "Open Output Folder"
    bl_options = {'INTERNAL'}

    @reported
    def execute(self, context: bpy.types.Context) -> None:
        results.open_output_directory()


register, unregister = bpy.utils.register_classes_factory(
    (
        DRAWTHINGS_OT_select_result,
        DRAWTHINGS_OT_show_result,
        DRAWTHINGS_OT_apply_result,
        DRAWTHINGS_OT_reuse_recipe,
        DRAWTHINGS_OT_again,
        DRAWTHINGS_OT_show_in_view,
        DRAWTHINGS_OT_open_output,
    )
)
