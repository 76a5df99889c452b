# SPDX-FileCopyrightText: 2026 Draw Things Bridge maintainers
# SPDX-License-Identifier: GPL-3.0-or-later

"""Where a press brings its picture, what stands in the way, and the way out: live with the selection."""

from __future__ import annotations

from collections.abc import Sequence

import bpy

from ..blender import subject
from ..blender.capture import source_size
from ..blender.delivery import preflight
from ..blender.delivery.preflight import Overview, Place
from ..blender.selection import Selection
from ..errors import MaterialUnsuitable, UVMapMissing
from ..messages import Message
from . import words

_SHOWN = 3
#: Characters by which a line is longer that is not in a box.
_WITHOUT_BOX = 4
_WITHOUT_MAP = {
    'UV': "nothing is sent",
    'UV_PROJECT': "it gets one by Smart UV Project",
    'BOX': "projected from six sides",
}
#: Settings that say where a picture goes, by what is pressed.
_TARGETS = {
    "texture_target": "Texture",
    "view_target": "View",
    "render_target": "Render",
    "image_target": "Result",
}


def draw_places(
    layout: bpy.types.UILayout,
    context: bpy.types.Context,
    selection: Selection,
    found: Overview,
    targets: Sequence[str],
) -> None:
    """One line for each material that takes a texture; `targets` are the settings by which one may."""
    places = found.places
    if not places:
        return
    line = words.sidebar_line(context)
    column = layout.column(align=True)
    for place in places[:_SHOWN]:
        if place.obstacle is None:
            # Blender would cut the middle of a long line, where the material and its slot stand.
            words.paragraph(column, place.label, line + _WITHOUT_BOX, icon='FORWARD', lines=6)
    more = found.place_count - _SHOWN
    if more > 0:
        words.label(column, Message("and {more} more", more=more), icon='BLANK1')
    if any(place.lacks_map and place.obstacle is None for place in places):
        faded = column.row()
        faded.active = False
        words.label(
            faded,
            Message("No UV map: {how}", how=_WITHOUT_MAP[context.scene.drawthings.mapping]),
            icon='BLANK1',
        )
    mapping = context.scene.drawthings.mapping
    if any(place.takes_box(mapping) and place.is_smeared and place.obstacle is None for place in places):
        faded = column.row()
        faded.active = False
        words.label(faded, _WITHOUT_MAP['BOX'].capitalize(), icon='BLANK1')
    smeared = next((each for each in places if each.is_smeared and not each.takes_box(mapping)), None)
    if smeared is not None and smeared.owner is not None:
        text = Message("“{object}” shows one row of the picture, drawn out.", object=smeared.owner.name)
        words.paragraph(column, text, line, icon='INFO', lines=4)
        column.prop_enum(context.scene.drawthings, "mapping", 'BOX', text="Box Projection")
    for left_out in found.left_out[:_SHOWN]:
        faded = column.row()
        faded.active = False
        words.label(
            faded, Message("“{object}” takes no texture: left out", object=left_out.name), icon='BLANK1'
        )
    if found.stopped is not None:
        _draw_obstacle(column, selection, found.stopped, targets, line)
    if found.selected_count > 1:
        row = layout.row(align=True)
        row.prop(context.scene.drawthings, "texture_objects", expand=True)


def _draw_obstacle(
    layout: bpy.types.UILayout,
    selection: Selection,
    place: Place,
    targets: Sequence[str],
    line: int,
) -> None:
    chosen = selection.scene.drawthings
    error = place.obstacle
    assert error is not None
    message = layout.column(align=True)
    message.alert = True
    words.paragraph(message, error.what, line, icon='ERROR', lines=6)
    ways_out = layout.column(align=True)
    if isinstance(error, UVMapMissing):
        if chosen.mapping == 'UV' and preflight.can_unwrap(selection, place):
            ways_out.operator("drawthings.unwrap")
        ways_out.prop_enum(chosen, "mapping", 'BOX', text="Box Projection")
    elif isinstance(error, MaterialUnsuitable):
        ways_out.prop(chosen, "use_new_material", toggle=True)
    for target in targets:
        ways_out.prop_enum(chosen, target, 'IMAGE', text=Message("{what} to an Image", what=_TARGETS[target]))


def draw_texture(
    layout: bpy.types.UILayout, selection: Selection, taken: Sequence[subject.TextureNode]
) -> None:
    """Which image Restyle Texture sends, and others that could be meant; nothing where it is the only one."""
    found = subject.candidates(selection)
    if not found or [each.node for each in found] == [each.node for each in taken]:
        return
    split = layout.split(factor=0.2)
    split.label(text="From")
    name = words.short(taken[0].node.image.name, 60) if taken else "Choose"
    split.menu("DRAWTHINGS_MT_textures", text=name, icon='IMAGE_DATA', translate=False)


def draw_reason(
    layout: bpy.types.UILayout, context: bpy.types.Context, reason: str, target: str = ""
) -> None:
    """Why the button above is grey; nothing where it is not. `target` is the setting that is the way out: the
    result becomes an image of its own."""
    if reason:
        column = layout.column(align=True)
        column.alert = True
        words.paragraph(column, reason, words.sidebar_line(context), icon='ERROR', lines=4)
        if target:
            ways_out = layout.column(align=True)
            ways_out.prop_enum(context.scene.drawthings, target, 'IMAGE', text="Result to an Image")


def draw_hint(layout: bpy.types.UILayout, context: bpy.types.Context, text: str) -> None:
    """What should be known before the button above is pressed."""
    if text:
        words.paragraph(layout.column(align=True), text, words.sidebar_line(context), icon='INFO', lines=4)


def draw_size(
    layout: bpy.types.UILayout, context: bpy.types.Context, what: str, size: tuple[int, int]
) -> None:
    """A source that is larger than models make well, with its way out; nothing for any other."""
    sentence = source_size.about(context.scene, size)
    if not sentence:
        return
    width, height = source_size.smaller(*size)
    box = layout.box().column(align=True)
    words.paragraph(box, f"{what}: {sentence}", words.sidebar_line(context), icon='INFO')
    button = box.operator(
        "drawthings.limit_size", text=Message("Send {size}", size=words.size(width, height))
    )
    button.width, button.height = width, height
