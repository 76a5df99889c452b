# SPDX-FileCopyrightText: 2026 Draw Things Bridge maintainers
# SPDX-License-Identifier: GPL-3.0-or-later

"""The maps of a material, made of a picture."""

from __future__ import annotations

from typing import TYPE_CHECKING

import bpy
from bpy.props import EnumProperty, StringProperty

from ..blender import choices, subject
from ..blender.actions import maps
from ..blender.delivery.target import ImageTarget
from ..blender.readiness import NO_SCENE
from ..blender.selection import OPEN_ONE, Selection, image_named, no_image
from .reporting import allowed, obstacle, reported


class DRAWTHINGS_OT_make_maps(bpy.types.Operator):
    """Make height, normal, roughness, ambient occlusion and albedo of this picture, on this computer"""

    bl_idname = "drawthings.make_maps"
    bl_label = "Make Maps"
    bl_options = {'REGISTER'}

    if TYPE_CHECKING:
        image: str
        target: ImageTarget
    else:
        image: StringProperty(
            name="Image",
            description="Name of the image datablock; empty: the one that the editor shows",
            options={'SKIP_SAVE'},
        )
        target: EnumProperty(
            name="Target", items=choices.MAPS_TARGETS, default='IMAGE', options={'SKIP_SAVE'}
        )

    @classmethod
    def poll(cls, context: bpy.types.Context) -> bool:
        return allowed(cls, obstacle(context) or ("" if context.scene else NO_SCENE))

    @reported
    def execute(self, context: bpy.types.Context) -> None:
        selection = Selection.of(context)
        maps.of_image(selection, _image(selection, self.image), self.target)


def _image(selection: Selection, name: str) -> bpy.types.Image:
    """The image named, else the Image Editor's, else in a Shader Editor the texture's. Raises
    SourceUnavailable."""
    if name:
        return image_named(name, OPEN_ONE)
    found = selection.edited_image
    if found is None and subject.is_shader_editor(selection.editor):
        found = subject.texture(selection).image
    if found is None:
        raise no_image()
    return found


register, unregister = bpy.utils.register_classes_factory((DRAWTHINGS_OT_make_maps,))
