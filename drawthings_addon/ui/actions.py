# SPDX-FileCopyrightText: 2026 Draw Things Bridge maintainers
# SPDX-License-Identifier: GPL-3.0-or-later

"""The tall buttons of each editor, each with what it acts on and where its picture goes."""

from __future__ import annotations

import bpy

from ..blender import subject
from ..blender.capture import source_size
from ..blender.delivery import preflight
from ..blender.selection import Selection
from . import places

_VIEW_TARGETS = ("texture_target", "view_target", "render_target")


def draw_view3d(layout: bpy.types.UILayout, context: bpy.types.Context) -> None:
    """What the 3D View can make and send."""
    chosen = context.scene.drawthings
    selection = Selection.of(context)
    found = preflight.overview(selection)
    stopped = found.stopped is not None
    targets = [name for name in _VIEW_TARGETS if getattr(chosen, name) == 'MATERIAL']
    column = layout.column(align=True)
    _draw_action(
        column, "drawthings.txt2img", "Texture", 'TEXTURE', "DRAWTHINGS_PT_texture_options",
        enabled=not (stopped and "texture_target" in targets), target=chosen.texture_target,
    )  # fmt: skip
    row = column.row(align=True)
    _draw_action(
        row, "drawthings.img2img", "Restyle View", 'NONE', "DRAWTHINGS_PT_view_options",
        enabled=not (stopped and "view_target" in targets), source='VIEWPORT', target=chosen.view_target,
    )  # fmt: skip
    _draw_action(
        row, "drawthings.img2img", "Restyle Render", 'NONE', "DRAWTHINGS_PT_render_options",
        enabled=not (stopped and "render_target" in targets),
        source='RENDER', target=chosen.render_target,
    )  # fmt: skip
    if targets:
        places.draw_places(layout, context, selection, found, targets)
    places.draw_size(layout, context, "View", source_size.of(selection, 'VIEWPORT'))
    places.draw_size(layout, context, "Render", source_size.of(selection, 'RENDER'))


def draw_image(layout: bpy.types.UILayout, context: bpy.types.Context) -> None:
    """What the Image Editor can make and send."""
    chosen = context.scene.drawthings
    image = context.space_data.image
    is_render = image is not None and image.type == 'RENDER_RESULT'
    setting = "render_target" if is_render else "image_target"
    target = getattr(chosen, setting)
    selection = Selection.of(context)
    found = preflight.Overview()
    if image is not None and target == 'MATERIAL':
        found = preflight.overview(selection)
    stopped = found.stopped is not None
    reason = "" if image is not None else "No image is open here."
    if image is not None and target == 'REPLACE':
        reason = preflight.why_not_replace(image)
    row = layout.row(align=True)
    if is_render:
        _draw_action(
            row, "drawthings.img2img", "Restyle Render", 'NONE', "DRAWTHINGS_PT_render_options",
            enabled=not stopped, source='RENDER', target=target,
        )  # fmt: skip
    else:
        _draw_action(
            row, "drawthings.img2img", "Restyle Image", 'NONE', "DRAWTHINGS_PT_image_options",
            enabled=not (reason or stopped), source='IMAGE', target=target,
        )  # fmt: skip
    _draw_action(
        row, "drawthings.txt2img", "New Picture", 'NONE', "DRAWTHINGS_PT_texture_options", target='IMAGE'
    )  # fmt: skip
    places.draw_reason(layout, context, reason, setting if image is not None else "")
    places.draw_places(layout, context, selection, found, (setting,))
    if is_render:
        places.draw_size(layout, context, "Render", source_size.of(selection, 'RENDER'))
    elif image is not None:
        if target == 'REPLACE' and not reason:
            places.draw_hint(layout, context, preflight.what_is_lost(image))
        places.draw_size(layout, context, "Image", source_size.of_loaded(image))


def draw_shader(layout: bpy.types.UILayout, context: bpy.types.Context) -> None:
    """What the Shader Editor can make and send."""
    chosen = context.scene.drawthings
    selection = Selection.of(context)
    found = preflight.overview(selection)
    taken = subject.textures(selection)[:1]
    reason = preflight.why_texture_stays(taken[0], chosen.image_target) if taken else ""
    row = layout.row(align=True)
    _draw_action(
        row, "drawthings.txt2img", "Texture", 'TEXTURE', "DRAWTHINGS_PT_texture_options",
        enabled=found.stopped is None, target='MATERIAL',
    )  # fmt: skip
    _draw_action(
        row, "drawthings.img2img", "Restyle Texture", 'NONE', "DRAWTHINGS_PT_image_options",
        enabled=not reason, source='TEXTURE', target=chosen.image_target,
    )  # fmt: skip
    places.draw_places(layout, context, selection, found, ())
    places.draw_reason(layout, context, reason, "image_target")
    if taken:
        places.draw_size(layout, context, "Texture", source_size.of_loaded(taken[0].node.image))
    places.draw_texture(layout, selection, taken)
    split = layout.split(factor=0.2)
    split.label(text="Into")
    split.prop(chosen, "socket", text="")


def _draw_action(
    layout: bpy.types.UILayout,
    operator: str,
    text: str,
    icon: str,
    popover: str,
    *,
    enabled: bool = True,
    **properties: str,
) -> None:
    """One tall button, and the arrow to what concerns it alone; it is grey where the panel says why."""
    row = layout.row(align=True)
    row.scale_y = 1.4
    part = row.row(align=True)
    part.enabled = enabled
    button = part.operator(operator, text=text, icon=icon)
    for name, value in properties.items():
        setattr(button, name, value)
    row.popover(popover, text="", icon='DOWNARROW_HLT')
