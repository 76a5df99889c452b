# SPDX-FileCopyrightText: 2026 Draw Things Bridge maintainers
# SPDX-License-Identifier: GPL-3.0-or-later

"""Entries where people look for them: Image, Render, Object, Add → Texture, context menus, the status bar."""

from __future__ import annotations

import bpy

from ..blender import connection, node_reading, prompts, subject
from ..blender.actions import routes
from ..blender.actions.routes import Route
from ..blender.delivery import preflight
from ..blender.selection import Selection
from ..blender.session import session
from ..client.features import Feature
from ..messages import Message
from . import actions, canvas, inpaint, refine, running, words

#: Image nodes that a menu lists.
_LISTED = 40
#: Characters of the prompt in an entry.
_PROMPT = 32
#: Units of the bar in the status bar, and characters in it.
_BAR, _BAR_TEXT = 13, 44


class DRAWTHINGS_MT_textures(bpy.types.Menu):
    """Which of several images is sent"""

    bl_idname = "DRAWTHINGS_MT_textures"
    bl_label = "Texture"

    def draw(self, context: bpy.types.Context) -> None:
        selection = Selection.of(context)
        with node_reading.glance():
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


def _draw_entry(
    layout: bpy.types.UILayout,
    context: bpy.types.Context,
    operator: str,
    route: Route,
    what: str,
    icon: str,
    *,
    is_narrow: bool = False,
    **properties: str,
) -> None:
    """What is done, by whom, and after which prompt, which stands below the entry where that is narrow."""
    prompt = words.cut(prompts.beginning(context.scene, 4 * _PROMPT), _PROMPT)
    text = Message("{what} with Draw Things", what=what)
    if prompt and not is_narrow:
        text = Message("{what} with Draw Things: “{prompt}”", what=what, prompt=prompt)
    # Some of Blender's menus end with entries that ask nothing, and what follows would ask nothing, too.
    layout.operator_context = 'INVOKE_REGION_WIN'
    errors = routes.SettingsErrors.of(context.scene)
    wrong = errors.new
    if operator == "drawthings.img2img":
        wrong = errors.picture if properties.get("source") in {'IMAGE', 'TEXTURE'} else errors.guided
    actions.draw_button(layout, operator, route.stopped_by(wrong), text, icon=icon, **properties)
    if prompt and is_narrow:
        faded = layout.row()
        faded.active = False
        words.label(faded, Message("“{prompt}”", prompt=prompt), translate=False)


def _draw_history(self: bpy.types.Menu, _context: bpy.types.Context) -> None:
    self.layout.separator()
    # Blender's own menus ask nothing, and the browser opens by being asked for.
    self.layout.operator_context = 'INVOKE_REGION_WIN'
    self.layout.operator("drawthings.browse_history", text="Draw Things History...", icon='WINDOW')


class DRAWTHINGS_MT_picture(bpy.types.Menu):
    """What else can be made of this picture"""

    bl_idname = "DRAWTHINGS_MT_picture"
    bl_label = "Draw Things"

    def draw(self, context: bpy.types.Context) -> None:
        layout = self.layout
        layout.operator_context = 'INVOKE_REGION_WIN'
        inpaint.draw_paint(layout, Selection.of(context))
        layout.separator()
        canvas.draw_entries(layout, context)
        layout.operator("drawthings.make_maps", icon='MATERIAL')
        refine.draw_button(layout, context)
        layout.separator()
        if connection.offers(Feature.UPSCALE):
            layout.operator("drawthings.upscale", icon='FULLSCREEN_ENTER').scope = 'IMAGE'
        if connection.offers(Feature.DESCRIBE):
            layout.operator("drawthings.describe", icon='OUTLINER_OB_FONT')
        layout.operator("drawthings.read_settings", text="Settings from File...", icon='FILE_IMAGE')


def _draw_image_menu(self: bpy.types.Menu, context: bpy.types.Context) -> None:
    image = context.space_data.image
    if image is None:
        return
    self.layout.separator()
    if image.type == 'RENDER_RESULT':
        _draw_restyle_render(self.layout, context)
    else:
        _draw_restyle_image(self.layout, context)
    self.layout.menu("DRAWTHINGS_MT_picture", icon='IMAGE_DATA')


def _draw_restyle_image(
    layout: bpy.types.UILayout, context: bpy.types.Context, *, is_narrow: bool = False
) -> None:
    selection = Selection.of(context)
    target = context.scene.drawthings.image_target
    route = routes.image(selection, preflight.overview(selection), target)
    _draw_entry(
        layout, context, "drawthings.img2img", route, "Restyle", 'IMAGE_DATA', is_narrow=is_narrow,
        source='IMAGE', target=target,
    )  # fmt: skip


def _draw_restyle_texture(
    layout: bpy.types.UILayout, context: bpy.types.Context, *, is_narrow: bool = False
) -> None:
    selection = Selection.of(context)
    target = context.scene.drawthings.image_target
    route = routes.textures(selection, preflight.overview(selection), target)
    what = "Restyle" if is_narrow else "Restyle Texture"
    _draw_entry(
        layout, context, "drawthings.img2img", route, what, 'TEXTURE', is_narrow=is_narrow,
        source='TEXTURE', target=target,
    )  # fmt: skip


def _draw_render_menu(self: bpy.types.Menu, context: bpy.types.Context) -> None:
    self.layout.separator()
    _draw_restyle_render(self.layout, context)


def _draw_restyle_render(layout: bpy.types.UILayout, context: bpy.types.Context) -> None:
    selection = Selection.of(context)
    target = context.scene.drawthings.render_target
    route = routes.render(selection, preflight.overview(selection), target)
    _draw_entry(
        layout, context, "drawthings.img2img", route, "Restyle Render", 'RENDER_RESULT', source='RENDER',
        target=target,
    )  # fmt: skip


def _draw_object_menu(self: bpy.types.Menu, context: bpy.types.Context) -> None:
    selection = Selection.of(context)
    route = routes.texture(selection, preflight.overview(selection), 'MATERIAL')
    _draw_entry(self.layout, context, "drawthings.txt2img", route, "Texture", 'TEXTURE', target='MATERIAL')
    self.layout.separator()


def _draw_paint_menu(self: bpy.types.Panel, context: bpy.types.Context) -> None:
    """The context menu of Texture Paint, in the 3D View and in the Image Editor: as wide as its sliders."""
    space = context.space_data
    self.layout.separator()
    if space is not None and space.type == 'IMAGE_EDITOR':
        _draw_restyle_image(self.layout, context, is_narrow=True)
    else:
        _draw_restyle_texture(self.layout, context, is_narrow=True)


def _draw_texture_nodes(self: bpy.types.Menu, context: bpy.types.Context) -> None:
    if context.space_data is not None and context.space_data.type == 'NODE_EDITOR':
        self.layout.separator()
        _draw_entry(
            self.layout, context, "drawthings.add_generated_image", Route(), "Generate Image", 'IMAGE_DATA'
        )


def _draw_node_menu(self: bpy.types.Menu, context: bpy.types.Context) -> None:
    meant = subject.shown(Selection.of(context))
    if meant is not None and meant.selected is not None and meant.selected.node.image is not None:
        _draw_restyle_texture(self.layout, context)
        self.layout.separator()


def _draw_status_bar(self: bpy.types.Header, context: bpy.types.Context) -> None:
    """As Blender's own jobs: what runs, how far it is, and a cross."""
    current = session.get()
    found = running.summary(current, _BAR_TEXT)
    first = running.first(current)
    if found is None or first is None:
        return
    text, fraction = found
    row = self.layout.row(align=True)
    row.label(text="Draw Things", icon='TEXTURE')
    part = row.row(align=True)
    part.ui_units_x = _BAR
    part.progress(text=words.short(text, _BAR_TEXT), factor=fraction, type='BAR')
    row.operator("drawthings.cancel", text="", icon='CANCEL').job_id = first.job.id


#: Blender's menus and headers, what is drawn there, and whether above what Blender draws: where its menu ends
#: with Delete.
_ENTRIES = (
    ("IMAGE_MT_image", _draw_image_menu, False),
    ("TOPBAR_MT_render", _draw_render_menu, False),
    ("TOPBAR_MT_window", _draw_history, False),
    ("VIEW3D_MT_object", _draw_object_menu, True),
    ("VIEW3D_MT_object_context_menu", _draw_object_menu, True),
    ("VIEW3D_PT_paint_texture_context_menu", _draw_paint_menu, False),
    ("NODE_MT_category_shader_texture", _draw_texture_nodes, False),
    ("NODE_MT_context_menu", _draw_node_menu, True),
    ("STATUSBAR_HT_header", _draw_status_bar, False),
)


_CLASSES = (DRAWTHINGS_MT_textures, DRAWTHINGS_MT_picture)


def register() -> None:
    for each in _CLASSES:
        bpy.utils.register_class(each)
    for name, draw, is_first in _ENTRIES:
        menu = getattr(bpy.types, name, None)
        if menu is not None:
            (menu.prepend if is_first else menu.append)(draw)


def unregister() -> None:
    for name, draw, _is_first in _ENTRIES:
        menu = getattr(bpy.types, name, None)
        if menu is not None:
            menu.remove(draw)
    for each in reversed(_CLASSES):
        bpy.utils.unregister_class(each)
