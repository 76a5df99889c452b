# SPDX-FileCopyrightText: 2026 Draw Things Bridge maintainers
# SPDX-License-Identifier: GPL-3.0-or-later

"""Where a press brings its picture, what stands in the way, and the way out: live with the selection."""

from __future__ import annotations

from collections.abc import Callable, Sequence

import bpy

from ..blender import compat, subject
from ..blender.actions.routes import Route
from ..blender.capture import source_size
from ..blender.delivery import preflight
from ..blender.delivery.preflight import Overview, Place
from ..blender.selection import Selection
from ..errors import BridgeError, MaterialUnsuitable, TargetUnavailable, UVMapMissing
from ..messages import Message
from . import layers, words

#: Objects that a line names.
_NAMED = 4
#: Places that a popover lists, and objects that are left out.
_LISTED = 12
#: Lines that a route or an obstacle may take.
_LINES = 6
#: Width of an icon beside a line, in pixels at an interface scale of 1.
_ICON = 26
#: Width of the button beside a line, in pixels at an interface scale of 1.
_WAY_OUT = 76
_WITHOUT_MAP = {
    'UV': "nothing is sent",
    'UV_PROJECT': "it gets one by Smart UV Project",
    'BOX': "projected from six sides",
}
#: Characters that the cross beside a sentence takes.
_CROSS = 4
#: Characters of a popover's line.
_POPOVER_LINE = 40
_WayOut = Callable[[bpy.types.UILayout], object]


def draw_route(
    layout: bpy.types.UILayout,
    context: bpy.types.Context,
    route: Route,
    popover: str,
    *,
    target: str = "",
    place: Place | None = None,
    name: str = "",
    icon: str = 'FORWARD',
    beside: Callable[[bpy.types.UILayout], object] | None = None,
) -> None:
    """The line under a button; the whole of it opens the popover that changes it. `beside` draws an icon at
    its end that concerns what is sent.

    What cannot work is red, after the `name` of what is pressed, with a way out beside it. `target` is the
    setting that says where the picture goes, by which it can become an image instead; `place` is the one
    that takes no texture.
    """
    column = layout.column(align=True)
    error = None if route.is_empty else route.obstacle
    way_out = None
    if route.is_empty:
        beside = None
    taken = _ICON if beside is not None else 0
    if error is None:
        column.active = not route.is_empty
        lines = [words.fitting(context, route.wordings, taken)]
    else:
        lines = words.fitting_lines(context, f"{name}: {error.what}" if name else error.what, _LINES, taken)
        way_out = next(iter(_ways_out(context, error, target, place)), None)
    is_beside = way_out is not None and len(lines) == 1 and words.room(context, lines[0]) > _WAY_OUT + taken
    row = column.row(align=True) if is_beside or beside is not None else column
    _draw_opening(row.column(align=True), lines, popover, 'ERROR' if error is not None else icon)
    if beside is not None:
        beside(row.row(align=True))
    if way_out is not None:
        part = (row if is_beside else column).row(align=True)
        if is_beside:
            part.alignment = 'RIGHT'
        way_out(part)


def _draw_opening(layout: bpy.types.UILayout, lines: Sequence[str], popover: str, icon: str) -> None:
    """Lines that open a popover, with an arrow that says so. Blender draws no popover's own text red or over
    several lines, so one without a text lies below them."""
    below = layers.Layers(layout, float(len(lines)))
    button = below.layer().row(align=True)
    button.emboss = 'NONE'
    button.scale_y = below.height
    button.popover(popover, text=" ")
    if not compat.draws_arrows_without_frames():
        # Not beside the text, which would be cut for it.
        arrow = below.layer().row(align=True)
        arrow.alignment = 'RIGHT'
        arrow.alert = icon == 'ERROR'
        arrow.label(text="", icon='DOWNARROW_HLT')
    for index, text in enumerate(lines):
        row = layout.row(align=True)
        row.alert = icon == 'ERROR'
        words.label(row, text, icon=icon if index == 0 else 'BLANK1')


def _ways_out(
    context: bpy.types.Context, error: BridgeError, target: str, place: Place | None
) -> list[_WayOut]:
    """Buttons that take the obstacle away, the one that is mostly meant first."""
    chosen = context.scene.drawthings
    found: list[_WayOut] = []
    if isinstance(error, UVMapMissing):
        if chosen.mapping == 'UV' and place and preflight.can_unwrap(Selection.of(context), place):
            found.append(lambda layout: layout.operator("drawthings.unwrap", text="Unwrap"))
        found.append(lambda layout: layout.prop_enum(chosen, "mapping", 'BOX', text="Box Projection"))
    elif isinstance(error, MaterialUnsuitable):
        found.append(lambda layout: layout.prop(chosen, "use_new_material", toggle=True))
    if isinstance(error, TargetUnavailable) and target:
        found.append(lambda layout: layout.prop_enum(chosen, target, 'IMAGE', text="To an Image"))
    return found


def draw_mapping(layout: bpy.types.UILayout, context: bpy.types.Context, found: Overview) -> None:
    """How a picture lies on what has no UV map, or a bad one; nothing for any other."""
    mapping = context.scene.drawthings.mapping
    free = [place for place in found.places if place.obstacle is None]
    if any(place.lacks_map for place in free):
        _draw_faded(layout, Message("No UV map: {how}", how=_WITHOUT_MAP[mapping]))
    if any(place.takes_box(mapping) and place.is_smeared for place in free):
        _draw_faded(layout, _WITHOUT_MAP['BOX'].capitalize())
    smeared = next((each for each in found.places if each.is_smeared and not each.takes_box(mapping)), None)
    if smeared is not None and smeared.owner is not None:
        text = Message("“{object}” shows one row of the picture, drawn out.", object=smeared.owner.name)
        words.paragraph(layout, text, words.sidebar_line(context), icon='INFO', lines=4)
        layout.prop_enum(context.scene.drawthings, "mapping", 'BOX', text="Box Projection")


def draw_objects(layout: bpy.types.UILayout, context: bpy.types.Context, found: Overview) -> None:
    """Whom no texture can be laid on, and whether the active object is meant or all that are selected;
    nothing where there are not several."""
    if found.left_out:
        names = ", ".join(each.name for each in found.left_out[:_NAMED])
        more = len(found.left_out) - _NAMED
        if more > 0:
            names = Message("{names} and {more} others", names=names, more=more)
        column = layout.column(align=True)
        column.active = False
        words.label(
            column, words.fitting(context, (Message("Left out: {names}", names=names),)), icon='BLANK1'
        )
    if found.selected_count > 1:
        layout.row(align=True).prop(context.scene.drawthings, "texture_objects", expand=True)


def draw_details(layout: bpy.types.UILayout, context: bpy.types.Context, found: Overview) -> None:
    """For the popover of a line: each place by its whole name, what is in the way with all ways out, and what
    is left out."""
    if not found.places:
        return
    box = layout.box().column(align=True)
    listed = found.places[:_LISTED]
    for place in listed:
        row = box.row()
        row.alert = place.obstacle is not None
        words.label(row, place.label, icon='ERROR' if place.obstacle is not None else 'MATERIAL')
    more = found.place_count - len(listed)
    if more > 0:
        words.label(box, Message("and {more} more", more=more), icon='BLANK1')
    for left_out in found.left_out[:_LISTED]:
        _draw_faded(box, Message("“{object}” takes no texture: left out", object=left_out.name))
    stopped = found.stopped
    if stopped is not None and stopped.obstacle is not None:
        words.paragraph(box, str(stopped.obstacle), _POPOVER_LINE, icon='ERROR')
        for way_out in _ways_out(context, stopped.obstacle, "", stopped):
            way_out(box)


def _draw_faded(layout: bpy.types.UILayout, text: str) -> None:
    faded = layout.row()
    faded.active = False
    words.label(faded, text, icon='BLANK1')


def draw_texture(layout: bpy.types.UILayout, selection: Selection, taken: Sequence[subject.Texture]) -> None:
    """Which image Restyle Texture sends, and others that could be meant; nothing where it is the only one."""
    found = subject.candidates(selection)
    if not found or {each.node for each in found} == {getattr(each, "node", None) for each in taken}:
        return
    split = layout.split(factor=0.2)
    split.label(text="From")
    name = words.short(taken[0].image.name, 60) if taken and taken[0].image else "Choose"
    split.menu("DRAWTHINGS_MT_textures", text=name, icon='IMAGE_DATA', translate=False)


def draw_reason(layout: bpy.types.UILayout, context: bpy.types.Context, reason: str) -> None:
    """Why the buttons above are grey; nothing where they are not."""
    if reason:
        column = layout.column(align=True)
        column.alert = True
        words.paragraph(column, reason, words.sidebar_line(context), icon='ERROR', lines=4)


def draw_hint(layout: bpy.types.UILayout, context: bpy.types.Context, text: str) -> None:
    """What should be known before the button above is pressed."""
    if text:
        words.paragraph(layout.column(align=True), text, words.sidebar_line(context), icon='INFO', lines=4)


def draw_size(
    layout: bpy.types.UILayout,
    context: bpy.types.Context,
    what: str,
    size: tuple[int, int],
    key: str,
    image: bpy.types.Image | None = None,
) -> None:
    """A source that is larger than models make well, with its ways out; nothing for any other, nor for one of
    which it was said already. `image`: the one that it is."""
    sentence = source_size.about(context.scene, size, key)
    if not sentence:
        return
    width, height = source_size.smaller(*size)
    box = layout.box().column(align=True)
    row = box.row(align=True)
    text = f"{what}: {sentence}"
    words.paragraph(row.column(align=True), text, words.sidebar_line(context) - _CROSS, icon='INFO')
    cross = row.row()
    cross.alignment = 'RIGHT'
    cross.operator("drawthings.dismiss_size", text="", icon='X', emboss=False).key = key
    row = words.pair(box, context)
    button = row.operator(
        "drawthings.limit_size", text=Message("Send {size}", size=words.size(width, height))
    )
    button.width, button.height = width, height
    if image is not None:
        button = row.operator("drawthings.refine", text="In Tiles", icon='MOD_SUBSURF')
        button.image, button.target = image.name, context.scene.drawthings.refine.target
        button.width, button.height = size
