# SPDX-FileCopyrightText: 2026 Draw Things Bridge maintainers
# SPDX-License-Identifier: GPL-3.0-or-later

"""What can be done with what was there before: put back, another version put there, shown, removed."""

from __future__ import annotations

from typing import TYPE_CHECKING

import bpy
from bpy.props import BoolProperty, StringProperty

from ..blender import node_reading, windows
from ..blender.actions import results, versions
from ..blender.selection import Selection
from ..errors import BridgeError
from ..messages import Message
from .meant import NO_RESULT, OnResult
from .reporting import allowed, obstacle, reported

_ALL_BACK = (
    "Have nodes and material as they were before the first of these pictures came. They stay in the file"
)


class DRAWTHINGS_OT_put_back(bpy.types.Operator):
    """Bring back what was there before this picture came: the image that it replaced, or the nodes and the material as they were. One that was applied to several objects, one after the other, goes from the active one; pressed for all of them at once, from all. The picture stays in the list"""  # noqa: E501 - one tooltip

    bl_idname = "drawthings.put_back"
    bl_label = "Put Back"
    bl_options = {'REGISTER'}

    if TYPE_CHECKING:
        result: str
        image: str
    else:
        result: StringProperty(
            name="Result",
            description="File of the result that is meant; empty: see Image",
            options={'HIDDEN', 'SKIP_SAVE'},
        )
        image: StringProperty(
            name="Image",
            description="Name of the image that goes; empty: the one in the Image Editor, else the selected "
            "result, else the texture of the active object",
            options={'SKIP_SAVE'},
        )

    @classmethod
    def poll(cls, context: bpy.types.Context) -> bool:
        return allowed(cls, results.why_nothing_to_put_back() or obstacle(context))

    @classmethod
    def description(cls, context: bpy.types.Context, properties: bpy.types.OperatorProperties) -> str:
        selection = Selection.of(context)
        reason = results.why_key_stays(properties.result, selection) if properties.result else ""
        what = cls.__doc__ or ""
        return Message("{what}. {reason}", what=what, reason=reason) if reason else what

    @reported
    def execute(self, context: bpy.types.Context) -> None:
        results.put_back(Selection.of(context), self.image, self.result)


class DRAWTHINGS_OT_restore_version(bpy.types.Operator):
    """Put this version where it was, instead of what is there now. Nothing is lost: what is there now becomes an old version"""  # noqa: E501 - one tooltip

    bl_idname = "drawthings.restore_version"
    bl_label = "Restore"
    bl_options = {'REGISTER'}

    if TYPE_CHECKING:
        image: str
        place: str
    else:
        image: StringProperty(name="Image", description="Name of the version", options={'SKIP_SAVE'})
        place: StringProperty(
            name="Place",
            description="Without an image: the place that becomes as it was before the first picture came",
            options={'HIDDEN', 'SKIP_SAVE'},
        )

    @classmethod
    def description(cls, _context: bpy.types.Context, properties: bpy.types.OperatorProperties) -> str:
        is_one = properties.image or not properties.place
        return (cls.__doc__ or "") if is_one else _ALL_BACK

    @reported
    def execute(self, _context: bpy.types.Context) -> None:
        versions.restore(self.image, self.place)


class DRAWTHINGS_OT_list_versions(bpy.types.Operator):
    """List what was in the place of the selected result, or of the active object's texture, with pictures: to show a version, to put it there again, or to remove it from the file"""  # noqa: E501 - one tooltip

    bl_idname = "drawthings.list_versions"
    bl_label = "Versions..."
    bl_options = {'INTERNAL'}

    @classmethod
    def poll(cls, context: bpy.types.Context) -> bool:
        with node_reading.glance():
            found = versions.meant(Selection.of(context))
        return allowed(cls, obstacle(context) if found else NO_RESULT)

    @reported
    def execute(self, _context: bpy.types.Context) -> None:
        windows.open_popover("DRAWTHINGS_PT_versions")


class DRAWTHINGS_OT_show_version(bpy.types.Operator):
    """Show this version in an Image Editor. Nothing else changes: it is put nowhere"""

    bl_idname = "drawthings.show_version"
    bl_label = "Show"
    bl_options = {'INTERNAL'}

    if TYPE_CHECKING:
        image: str
    else:
        image: StringProperty(name="Image", description="Name of the version", options={'SKIP_SAVE'})

    @reported
    def execute(self, context: bpy.types.Context) -> None:
        versions.show(self.image, context.window)


class DRAWTHINGS_OT_remove_versions(bpy.types.Operator):
    """Remove the old versions of this image from the file, as far as nothing uses them. What is shown now stays as it is, and files on disk stay"""  # noqa: E501 - one tooltip

    bl_idname = "drawthings.remove_versions"
    bl_label = "Remove Old Versions"
    bl_options = {'REGISTER'}

    if TYPE_CHECKING:
        image: str
        version: str
        all: bool
    else:
        image: StringProperty(
            name="Image",
            description="Whose old versions; empty: the one in the Image Editor, else the selected result",
            options={'SKIP_SAVE'},
        )
        version: StringProperty(
            name="Version", description="This one alone", options={'SKIP_SAVE'}
        )  # fmt: skip
        all: BoolProperty(name="All", description="Of every image in the file", options={'SKIP_SAVE'})

    def invoke(self, context: bpy.types.Context, event: bpy.types.Event) -> set[str]:
        try:
            found = versions.to_remove(Selection.of(context), self.image, self.version, of_all=self.all)
        except BridgeError:
            # It is told there.
            return self.execute(context)
        count = len(found.images)
        if not count:
            self.report(
                {'INFO'}, Message("Nothing was removed: {told}.", told=found.told or "nothing is old")
            )
            return {'CANCELLED'}
        return context.window_manager.invoke_confirm(
            self,
            event,
            title="Remove Old Versions",
            message=Message("Of {count} images the file will have no copy any more", count=count)
            if count > 1
            else Message("“{image}” will not be in the file any more", image=found.images[0].name),
            confirm_text="Remove",
        )

    @reported
    def execute(self, context: bpy.types.Context) -> None:
        told = versions.remove(Selection.of(context), self.image, self.version, of_all=self.all)
        self.report({'INFO'}, told)


class DRAWTHINGS_OT_discard_result(OnResult, bpy.types.Operator):
    """Bring back what was there before this result came, and take the result off the list. Its file stays in the output folder"""  # noqa: E501 - one tooltip

    bl_idname = "drawthings.discard_result"
    bl_label = "Discard"
    bl_options = {'INTERNAL'}

    @reported
    def execute(self, _context: bpy.types.Context) -> None:
        results.discard(self.result)


register, unregister = bpy.utils.register_classes_factory(
    (
        DRAWTHINGS_OT_put_back,
        DRAWTHINGS_OT_restore_version,
        DRAWTHINGS_OT_list_versions,
        DRAWTHINGS_OT_show_version,
        DRAWTHINGS_OT_remove_versions,
        DRAWTHINGS_OT_discard_result,
    )
)
