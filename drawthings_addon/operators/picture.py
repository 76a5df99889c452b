# SPDX-FileCopyrightText: 2026 Draw Things Bridge maintainers
# SPDX-License-Identifier: GPL-3.0-or-later

"""What can be done with a picture that is there: upscale, describe, read its settings."""

from __future__ import annotations

from typing import TYPE_CHECKING, Literal

import bpy
from bpy.props import BoolProperty, EnumProperty, StringProperty

from ..blender import choices, connection, paths
from ..blender.actions import describe, from_panel, png_info, upscale
from ..blender.delivery.target import ImageTarget
from ..blender.readiness import NO_SCENE
from ..blender.selection import OPEN_ONE, Selection, image_named, no_image
from ..client.features import Feature
from ..errors import SourceUnavailable
from ..imaging import formats
from ..messages import Message
from .reporting import allowed, reported

_TAB = "Draw Things"
#: Of files that can tell how they were made.
_SUFFIXES = (*formats.PNG.suffixes, *formats.JPEG.suffixes, *formats.WEBP.suffixes)
Scope = Literal['IMAGE', 'SELECTED']


def named_or_open(name: str, context: bpy.types.Context) -> bpy.types.Image:
    """The image named, else the Image Editor's. Raises SourceUnavailable."""
    if name:
        return image_named(name, OPEN_ONE)
    found = Selection.of(context).edited_image
    if found is None:
        raise no_image()
    return found


class DRAWTHINGS_OT_upscale(bpy.types.Operator):
    """Have the server enlarge or restore this image"""

    bl_idname = "drawthings.upscale"
    bl_label = "Upscale"
    bl_options = {'REGISTER'}

    if TYPE_CHECKING:
        scope: Scope
        target: ImageTarget
        image: str
    else:
        scope: EnumProperty(
            name="Scope",
            items=(
                ('IMAGE', "Image", "The image in the Image Editor, or the one named"),
                (
                    'SELECTED',
                    "Selected",
                    "The images of the selected nodes, else of the selected objects' materials",
                ),
            ),
            default='IMAGE',
            options={'SKIP_SAVE'},
        )
        target: EnumProperty(
            name="Target", items=choices.EXTRAS_TARGETS, default='IMAGE', options={'SKIP_SAVE'}
        )
        image: StringProperty(
            name="Image", description="Name of the image datablock, for Image", options={'SKIP_SAVE'}
        )

    @classmethod
    def description(cls, _context: bpy.types.Context, properties: bpy.types.OperatorProperties) -> str:
        what = (
            "the images of all selected nodes, or of the selected objects' materials, in one go"
            if properties.scope == 'SELECTED'
            else "this image"
        )
        return Message("Have the server enlarge or restore {what}", what=what)

    @classmethod
    def poll(cls, _context: bpy.types.Context) -> bool:
        return allowed(cls, connection.why_not(Feature.UPSCALE))

    @reported
    def execute(self, context: bpy.types.Context) -> None:
        selection = Selection.of(context)
        if self.scope == 'SELECTED':
            images = upscale.selected_images(selection)
            if not images:
                raise SourceUnavailable(
                    "Nothing that has an image is selected.", "Select image nodes, or objects with a texture."
                )
        else:
            images = (named_or_open(self.image, context),)
        upscale.images(selection, upscale.settings_of(context.scene), images, self.target)


class DRAWTHINGS_OT_describe(bpy.types.Operator):
    """Have the server describe this image, and write its words into the prompt.\nShift: add them to what is there"""  # noqa: E501 - one tooltip

    bl_idname = "drawthings.describe"
    bl_label = "Describe"
    bl_options = {'REGISTER'}

    if TYPE_CHECKING:
        image: str
        append: bool
    else:
        image: StringProperty(
            name="Image",
            description="Name of the image datablock; empty: the one in the Image Editor",
            options={'SKIP_SAVE'},
        )
        append: BoolProperty(
            name="Append", description="Keep the prompt, and add the words to it", options={'SKIP_SAVE'}
        )

    @classmethod
    def poll(cls, _context: bpy.types.Context) -> bool:
        return allowed(cls, describe.why_not())

    def invoke(self, context: bpy.types.Context, event: bpy.types.Event) -> set[str]:
        if event.shift:
            self.append = True
        return self.execute(context)

    @reported
    def execute(self, context: bpy.types.Context) -> None:
        selection = Selection.of(context)
        source = from_panel.seen_image(selection, named_or_open(self.image, context))
        describe.submit(source, context.scene, append=self.append)


class DRAWTHINGS_OT_read_settings(bpy.types.Operator):
    """Set the panel to what a picture's file was made with: by this extension, A1111's WebUI or Draw Things.\nA picture's file can be dropped onto the panel, too"""  # noqa: E501 - one tooltip

    bl_idname = "drawthings.read_settings"
    bl_label = "Settings from File"
    bl_options = {'REGISTER'}

    if TYPE_CHECKING:
        filepath: str
        filter_glob: str
        use_server_options: bool
    else:
        filepath: StringProperty(name="File", subtype='FILE_PATH', options={'SKIP_SAVE'})
        filter_glob: StringProperty(default=";".join(f"*{each}" for each in _SUFFIXES), options={'HIDDEN'})
        use_server_options: BoolProperty(
            name="Server Options and Script",
            description="Take these from the picture as well: they can do anything on the server that it "
            "lets others do",
            options={'SKIP_SAVE'},
        )

    @classmethod
    def poll(cls, context: bpy.types.Context) -> bool:
        return allowed(cls, "" if context.scene else NO_SCENE)

    def invoke(self, context: bpy.types.Context, _event: bpy.types.Event) -> set[str]:
        if self.filepath:
            return self.execute(context)
        context.window_manager.fileselect_add(self)
        return {'RUNNING_MODAL'}

    @reported
    def execute(self, context: bpy.types.Context) -> None:
        if not self.filepath:
            raise SourceUnavailable("No file is chosen.", "Choose a picture.")
        png_info.read_settings(
            context.scene, paths.typed(self.filepath), use_server_options=self.use_server_options
        )


class DRAWTHINGS_OT_paste_configuration(bpy.types.Operator):
    """Set the panel to what Copy Configuration in Draw Things put into the clipboard; the prompt stays"""

    bl_idname = "drawthings.paste_configuration"
    bl_label = "Paste Configuration"
    bl_options = {'REGISTER', 'UNDO'}

    if TYPE_CHECKING:
        text: str
    else:
        text: StringProperty(
            name="Text", description="The configuration; empty: the clipboard's", options={'SKIP_SAVE'}
        )

    @classmethod
    def poll(cls, context: bpy.types.Context) -> bool:
        return allowed(cls, "" if context.scene else NO_SCENE)

    @reported
    def execute(self, context: bpy.types.Context) -> None:
        png_info.paste_configuration(context.scene, self.text or context.window_manager.clipboard)


class DRAWTHINGS_FH_png(bpy.types.FileHandler):
    """A picture's file dropped onto our own tab; everywhere else Blender does with it what it always does."""

    bl_idname = "DRAWTHINGS_FH_png"
    bl_label = "Settings of a Generated Picture"
    bl_import_operator = "drawthings.read_settings"
    bl_file_extensions = ";".join(_SUFFIXES)

    @classmethod
    def poll_drop(cls, context: bpy.types.Context) -> bool:
        area, region = context.area, context.region
        return (
            area is not None
            and area.type in {'VIEW_3D', 'IMAGE_EDITOR', 'NODE_EDITOR'}
            and region is not None
            and region.type == 'UI'
            and region.active_panel_category == _TAB
        )


register, unregister = bpy.utils.register_classes_factory(
    (
        DRAWTHINGS_OT_upscale,
        DRAWTHINGS_OT_describe,
        DRAWTHINGS_OT_read_settings,
        DRAWTHINGS_OT_paste_configuration,
        DRAWTHINGS_FH_png,
    )
)
