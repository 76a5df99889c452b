# SPDX-FileCopyrightText: 2026 Draw Things Bridge maintainers
# SPDX-License-Identifier: GPL-3.0-or-later

"""Entries where people look for them: Image, Render, Object, Add → Texture, and the status bar."""

from __future__ import annotations

import bpy

from ..blender import subject
from ..blender.selection import Selection
from ..blender.session import session
from ..jobs.job import JobState
from ..messages import Message
from . import words

#: Image nodes that a menu lists.
_LISTED = 40


class DRAWTHINGS_MT_textures(bpy.types.Menu):
    """Which of several images is sent"""

    bl_idname = "DRAWTHINGS_MT_textures"
    bl_label = "Texture"

    def draw(self, context: bpy.types.Context) -> None:
        selection = Selection.of(context)
        taken = subject.textures(selection)[:1]
        found = subject.candidates(selection)
        for each in found[:_LISTED]:
            is_taken = bool(taken) and each.node == getattr(taken[0], "node", None)
            text = each.image.name if each.image is not None else ""
            if each.inside:
                text = Message("{image} (in {group})", image=text, group=each.inside[-1].node_tree.name)
            button = self.layout.operator(
                "drawthings.choose_texture",
                text=words.short(text, 60),
                icon='LAYER_ACTIVE' if is_taken else 'LAYER_USED',
                translate=False,
            )
            button.node = each.node.name
            button.node_group = each.group.name if each.group is not None else ""
        if len(found) > _LISTED:
            words.label(
                self.layout,
                Message("{more} more: click one of them", more=len(found) - _LISTED),
                icon='BLANK1',
            )


def _draw_image_menu(self: bpy.types.Menu, context: bpy.types.Context) -> None:
    image = context.space_data.image
    if image is None:
        return
    self.layout.separator()
    if image.type == 'RENDER_RESULT':
        _draw_restyle_render(self.layout, context)
    else:
        button = self.layout.operator("drawthings.img2img", text="Restyle")
        button.source, button.target = 'IMAGE', context.scene.drawthings.image_target


def _draw_render_menu(self: bpy.types.Menu, context: bpy.types.Context) -> None:
    self.layout.separator()
    _draw_restyle_render(self.layout, context)


def _draw_restyle_render(layout: bpy.types.UILayout, context: bpy.types.Context) -> None:
    button = layout.operator("drawthings.img2img", text="Restyle Render")
    button.source, button.target = 'RENDER', context.scene.drawthings.render_target


def _draw_object_menu(self: bpy.types.Menu, context: bpy.types.Context) -> None:
    self.layout.separator()
    self.layout.operator("drawthings.txt2img", text="Texture with Draw Things").target = 'MATERIAL'


def _draw_texture_nodes(self: bpy.types.Menu, context: bpy.types.Context) -> None:
    if context.space_data is not None and context.space_data.type == 'NODE_EDITOR':
        self.layout.separator()
        self.layout.operator("drawthings.add_generated_image")


def _draw_status_bar(self: bpy.types.Header, context: bpy.types.Context) -> None:
    live = [status for status in session.get().statuses() if status.state is not JobState.FAILED]
    if not live:
        return
    first = live[0]
    text = Message(
        "Draw Things {duration} · {more} waiting" if len(live) > 1 else "Draw Things {duration}",
        duration=words.duration(first.seconds),
        more=len(live) - 1,
    )
    words.label(self.layout, text, icon='TIME')


_ENTRIES = (
    ("IMAGE_MT_image", _draw_image_menu),
    ("TOPBAR_MT_render", _draw_render_menu),
    ("VIEW3D_MT_object", _draw_object_menu),
    ("VIEW3D_MT_object_context_menu", _draw_object_menu),
    ("NODE_MT_category_shader_texture", _draw_texture_nodes),
    ("STATUSBAR_HT_header", _draw_status_bar),
)


def register() -> None:
    bpy.utils.register_class(DRAWTHINGS_MT_textures)
    for name, draw in _ENTRIES:
        menu = getattr(bpy.types, name, None)
        if menu is not None:
            menu.append(draw)


def unregister() -> None:
    for name, draw in _ENTRIES:
        menu = getattr(bpy.types, name, None)
        if menu is not None:
            menu.remove(draw)
    bpy.utils.unregister_class(DRAWTHINGS_MT_textures)
