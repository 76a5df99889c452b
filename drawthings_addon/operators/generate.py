# SPDX-FileCopyrightText: 2026 Draw Things Bridge maintainers
# SPDX-License-Identifier: GPL-3.0-or-later

"""drawthings.txt2img and drawthings.img2img."""

from __future__ import annotations

from typing import TYPE_CHECKING

import bpy
from bpy.props import EnumProperty, IntProperty, StringProperty

from ..blender import choices, prompts, readiness, subject, windows
from ..blender.actions import from_panel
from ..blender.capture import source_size
from ..blender.delivery.target import TargetKind
from ..blender.selection import Selection, image_named
from ..errors import BridgeError
from ..messages import Message
from .reporting import allowed, is_told, obstacle, reported

#: Editors whose tab tells that a source is large.
_TOLD_IN = {
    'VIEWPORT': {'VIEW_3D'},
    'RENDER': {'VIEW_3D'},
    'IMAGE': {'IMAGE_EDITOR'},
    'TEXTURE': {'VIEW_3D', 'NODE_EDITOR'},
}


class DRAWTHINGS_OT_txt2img(bpy.types.Operator):
    """Make a picture from the prompt (txt2img)"""

    bl_idname = "drawthings.txt2img"
    bl_label = "Texture"
    bl_options = {'REGISTER'}

    if TYPE_CHECKING:
        target: TargetKind
    else:
        target: EnumProperty(
            name="Target", items=choices.NEW_PICTURE_TARGETS, default='IMAGE', options={'SKIP_SAVE'}
        )

    @classmethod
    def poll(cls, context: bpy.types.Context) -> bool:
        reason = readiness.why_not(context.scene) or obstacle(context)
        if not reason and not is_told(context):
            reason = subject.why_not_here(Selection.of(context))
        return allowed(cls, reason)

    @reported
    def execute(self, context: bpy.types.Context) -> None:
        from_panel.txt2img(Selection.of(context), self.target)
        prompts.note(context.scene)


class DRAWTHINGS_OT_img2img(bpy.types.Operator):
    """Restyle what is there after the prompt (img2img)"""

    bl_idname = "drawthings.img2img"
    bl_label = "Restyle"
    bl_options = {'REGISTER'}

    if TYPE_CHECKING:
        source: from_panel.SourceKind
        target: TargetKind
        image: str
        tile: int
        node: str
        node_group: str
    else:
        source: EnumProperty(
            name="Source",
            items=(
                ('VIEWPORT', "Viewport", "The 3D View as it is seen, or through the camera"),
                ('RENDER', "Render", "The last render, or a fresh one"),
                ('IMAGE', "Image", "The image in the Image Editor, or the one named"),
                (
                    'TEXTURE',
                    "Texture",
                    "The texture of the material in the Shader Editor, else of the active object's",
                ),
            ),
            default='VIEWPORT',
            options={'SKIP_SAVE'},
        )
        target: EnumProperty(name="Target", items=choices.ALL_TARGETS, default='IMAGE', options={'SKIP_SAVE'})
        image: StringProperty(
            name="Image", description="Name of the image datablock, for Image", options={'SKIP_SAVE'}
        )
        tile: IntProperty(
            name="Tile",
            description="UDIM tile of a tiled image; 0 takes its active one",
            min=0,
            options={'SKIP_SAVE'},
        )
        node: StringProperty(
            name="Node",
            description="Name of the image node, for Texture; empty: the selected one, "
            "else the one that feeds Base Color",
            options={'SKIP_SAVE'},
        )
        node_group: StringProperty(
            name="Node Group",
            description="Name of the node group that the image node is in; empty: the material's own nodes",
            options={'SKIP_SAVE'},
        )

    @classmethod
    def description(cls, context: bpy.types.Context, properties: bpy.types.OperatorProperties) -> str:
        words = {
            'VIEWPORT': "Send the view, and bring it back restyled after the prompt",
            'RENDER': "Send the render, and bring it back restyled after the prompt",
            'IMAGE': "Send this image, and bring it back restyled after the prompt",
            'TEXTURE': "Send the material's texture, and bring it back restyled after the prompt",
        }
        return Message(
            "{what} (img2img).\nStrength says how far it may go (denoising strength)",
            what=words[properties.source],
        )

    @classmethod
    def poll(cls, context: bpy.types.Context) -> bool:
        reason = readiness.why_not(context.scene) or obstacle(context)
        if not reason and not is_told(context):
            reason = subject.why_no_texture_here(Selection.of(context))
        return allowed(cls, reason)

    def invoke(self, context: bpy.types.Context, event: bpy.types.Event) -> set[str]:
        # A panel that is seen has said it already, but for a file that nothing has read.
        is_panel = context.region is not None and context.region.type == 'UI'
        is_panel = is_panel or windows.shows_tab(context.window, _TOLD_IN[self.source])
        sentence = self._about_size(context, is_panel=is_panel)
        if not sentence:
            return self.execute(context)
        return context.window_manager.invoke_confirm(
            self,
            event,
            title="Large Source",
            message=Message(
                "{sentence} The Draw Things tab has a button that sends less, and of an image one that works "
                "it over in tiles.",
                sentence=sentence,
            ),
            confirm_text="Send All of It",
            icon='WARNING',
        )

    @reported
    def execute(self, context: bpy.types.Context) -> None:
        from_panel.img2img(
            Selection.of(context),
            self.source,
            self.target,
            self._image(context),
            self.tile,
            node=self.node,
            node_group=self.node_group,
        )
        prompts.note(context.scene)

    def _about_size(self, context: bpy.types.Context, *, is_panel: bool = False) -> str:
        selection = Selection.of(context)
        try:
            if self.source == 'TEXTURE':
                named = [subject.texture(selection, self.node, self.node_group)] if self.node else ()
                images = [
                    each.image for each in named or subject.restyled(selection) if each.image is not None
                ]
            elif self.source == 'IMAGE':
                image = self._image(context)
                images = [image] if image is not None else []
            else:
                size, key = source_size.of(selection, self.source), source_size.key_of(self.source)
                return "" if is_panel else source_size.about(context.scene, size, key)
        except BridgeError:
            # `execute` tells what is the matter.
            return ""
        unsaid = [each for each in images if not (is_panel and each.has_data)]
        sentences = [
            source_size.about(context.scene, source_size.of_image(each), source_size.key_of('IMAGE', each))
            for each in unsaid
        ]
        return next(filter(None, sentences), "")

    def _image(self, context: bpy.types.Context) -> bpy.types.Image | None:
        return image_named(self.image) if self.image else Selection.of(context).edited_image


class DRAWTHINGS_OT_choose_texture(bpy.types.Operator):
    """Select this image node: it is what Restyle Texture sends"""

    bl_idname = "drawthings.choose_texture"
    bl_label = "Choose Texture"
    bl_options = {'INTERNAL', 'REGISTER', 'UNDO'}

    if TYPE_CHECKING:
        node: str
        node_group: str
    else:
        node: StringProperty(name="Node", options={'SKIP_SAVE'})
        node_group: StringProperty(name="Node Group", options={'SKIP_SAVE'})

    @reported
    def execute(self, context: bpy.types.Context) -> None:
        subject.choose(Selection.of(context), self.node, self.node_group)


class DRAWTHINGS_OT_add_generated_image(bpy.types.Operator):
    """Add an image node whose picture is made from the prompt (txt2img)"""

    bl_idname = "drawthings.add_generated_image"
    bl_label = "Generated Image"
    bl_options = {'REGISTER', 'UNDO'}

    @classmethod
    def poll(cls, context: bpy.types.Context) -> bool:
        reason = subject.why_no_tree(Selection.of(context)) or readiness.why_not(context.scene)
        return allowed(cls, reason or obstacle(context))

    def invoke(self, context: bpy.types.Context, event: bpy.types.Event) -> set[str]:
        if context.space_data is not None and context.space_data.type == 'NODE_EDITOR':
            # Where other nodes of the Add menu land.
            context.space_data.cursor_location_from_region(event.mouse_region_x, event.mouse_region_y)
        return self.execute(context)

    @reported
    def execute(self, context: bpy.types.Context) -> None:
        from_panel.add_generated_image(Selection.of(context))
        prompts.note(context.scene)


register, unregister = bpy.utils.register_classes_factory(
    (
        DRAWTHINGS_OT_txt2img,
        DRAWTHINGS_OT_img2img,
        DRAWTHINGS_OT_choose_texture,
        DRAWTHINGS_OT_add_generated_image,
    )
)
