# SPDX-FileCopyrightText: 2026 Draw Things Bridge maintainers
# SPDX-License-Identifier: GPL-3.0-or-later

"""The tall buttons of each editor, and under each the line that says what it sends and where that goes."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

import bpy

from ..blender import subject
from ..blender.actions import routes
from ..blender.actions.from_panel import SourceKind
from ..blender.actions.routes import Route, SettingsErrors
from ..blender.capture import last_render, source_size
from ..blender.delivery import preflight
from ..blender.delivery.target import TargetKind
from ..blender.selection import Selection
from ..client.request import Operation
from ..errors import BridgeError
from . import inpaint, places, words

_TALL = 1.4


@dataclass(frozen=True)
class Action:
    """What a button of an editor does, for what offers the same otherwise, too."""

    label: str
    icon: str
    source: SourceKind | Literal["PROMPT"]
    """What `drawthings.variations` calls it."""
    target: TargetKind
    way: Route
    """Its own, whatever the settings are."""
    wrong: BridgeError | None
    """What of the settings no server would take for it."""
    size: tuple[int, int] = (0, 0)
    """Of the source, where that is known."""
    image: bpy.types.Image | None = None
    """The source, where it is one."""

    @property
    def operation(self) -> Operation:
        return "txt2img" if self.source == 'PROMPT' else "img2img"

    @property
    def route(self) -> Route:
        """The way, and all that stands in it."""
        return self.way.stopped_by(self.wrong)


def choices(context: bpy.types.Context) -> list[Action]:
    """Those of the editor that is drawn."""
    editor = context.space_data.type if context.space_data is not None else 'VIEW_3D'
    selection = Selection.of(context)
    wrong = SettingsErrors.of(context.scene)
    if editor == 'IMAGE_EDITOR':
        return _of_image(selection, _reached_from_image(selection), wrong)
    found = preflight.overview(selection)
    if editor == 'VIEW_3D':
        return _of_view3d(selection, found, wrong)
    target: TargetKind = 'MATERIAL' if editor == 'NODE_EDITOR' else context.scene.drawthings.texture_target
    return _of_texture(selection, found, wrong, target)


def _of_view3d(selection: Selection, found: preflight.Overview, wrong: SettingsErrors) -> list[Action]:
    chosen = selection.scene.drawthings
    view = Action(
        "Restyle View", 'VIEW3D', 'VIEWPORT', chosen.view_target,
        routes.view(selection, found, chosen.view_target), wrong.guided,
        source_size.of(selection, 'VIEWPORT'),
    )  # fmt: skip
    render = _of_render(selection, found, wrong)
    return [*_of_texture(selection, found, wrong, chosen.texture_target), view, render]


def _of_texture(
    selection: Selection, found: preflight.Overview, wrong: SettingsErrors, target: TargetKind
) -> list[Action]:
    """A new one for the target, and the one that is there."""
    restyled = selection.scene.drawthings.image_target
    there = next((each.image for each in subject.textures(selection)), None)
    return [
        Action("Texture", 'TEXTURE', 'PROMPT', target, routes.texture(selection, found, target), wrong.new),
        Action(
            "Restyle Texture", 'IMAGE_DATA', 'TEXTURE', restyled,
            routes.textures(selection, found, restyled), wrong.picture,
            source_size.of_loaded(there), there,
        ),
    ]  # fmt: skip


def _of_render(selection: Selection, found: preflight.Overview, wrong: SettingsErrors) -> Action:
    target = selection.scene.drawthings.render_target
    return Action(
        "Restyle Render", 'RENDER_STILL', 'RENDER', target,
        routes.render(selection, found, target), wrong.guided, source_size.of(selection, 'RENDER'),
    )  # fmt: skip


def _of_image(selection: Selection, found: preflight.Overview, wrong: SettingsErrors) -> list[Action]:
    """What is shown, restyled, and a new one."""
    if _shows_render(selection):
        restyled = _of_render(selection, found, wrong)
    else:
        target = selection.scene.drawthings.image_target
        restyled = Action(
            "Restyle Image", 'IMAGE_DATA', 'IMAGE', target,
            routes.image(selection, found, target), wrong.picture,
            source_size.of_loaded(selection.edited_image), selection.edited_image,
        )  # fmt: skip
    new = routes.texture(selection, found, 'IMAGE')
    return [restyled, Action("New Picture", 'FILE_NEW', 'PROMPT', 'IMAGE', new, wrong.new)]


def _shows_render(selection: Selection) -> bool:
    image = selection.edited_image
    return image is not None and image.type == 'RENDER_RESULT'


def _reached_from_image(selection: Selection) -> preflight.Overview:
    """Where a texture goes, if what the Image Editor shows is to become one."""
    chosen = selection.scene.drawthings
    target = chosen.render_target if _shows_render(selection) else chosen.image_target
    is_reached = selection.edited_image is not None and target == 'MATERIAL'
    return preflight.overview(selection) if is_reached else preflight.Overview()


def draw_view3d(layout: bpy.types.UILayout, context: bpy.types.Context) -> None:
    """What the 3D View can make and send."""
    selection = Selection.of(context)
    found = preflight.overview(selection)
    wrong = SettingsErrors.of(context.scene)
    texture, sent, view, render = _of_view3d(selection, found, wrong)
    column = layout.column(align=True)
    _draw_tall(column, texture, icon='TEXTURE', popover="DRAWTHINGS_PT_texture_options")
    places.draw_route(
        column, context, texture.way, "DRAWTHINGS_PT_texture_options",
        target="texture_target", place=found.stopped,
    )  # fmt: skip
    if texture.target == 'MATERIAL':
        places.draw_mapping(column, context, found)
        places.draw_objects(column, context, found)
    column = layout.column(align=True)
    is_narrow = words.is_narrow(context)
    first = others = column
    if not is_narrow:
        # The longest of three labels needs half of the row, and the two others a quarter each.
        row = column.split(factor=0.5, align=True)
        first, others = row.row(align=True), row.row(align=True)
    _draw_tall(first, sent)
    _draw_tall(others, view, "" if is_narrow else "View")
    _draw_tall(others, render, "" if is_narrow else "Render")
    places.draw_route(
        column, context, sent.way, "DRAWTHINGS_PT_image_options", target="image_target", icon='IMAGE_DATA',
        beside=lambda row: inpaint.draw_paint(row, selection, text="", emboss=False),
    )  # fmt: skip
    inpaint.draw_region(column, context, selection, sent.image)
    places.draw_route(
        column, context, view.way, "DRAWTHINGS_PT_view_options",
        target="view_target", place=found.stopped, name="View", icon='VIEW3D',
    )  # fmt: skip
    places.draw_route(
        column, context, render.way, "DRAWTHINGS_PT_render_options",
        target="render_target", place=found.stopped, name="Render", icon='RENDER_STILL',
    )  # fmt: skip
    _draw_wrong(layout, context, wrong)
    for what, each in (("Texture", sent), ("View", view), ("Render", render)):
        _draw_size(layout, context, what, each)


def draw_image(layout: bpy.types.UILayout, context: bpy.types.Context) -> None:
    """What the Image Editor can make and send."""
    selection = Selection.of(context)
    image, is_render = selection.edited_image, _shows_render(selection)
    if is_render and bpy.ops.image.save_as.poll():
        last_render.notice(context.scene)
    found = _reached_from_image(selection)
    wrong = SettingsErrors.of(context.scene)
    restyled, new = _of_image(selection, found, wrong)
    column = layout.column(align=True)
    row = words.pair(column, context)
    _draw_tall(row, restyled)
    _draw_tall(row, new)
    places.draw_route(
        column, context, restyled.way,
        "DRAWTHINGS_PT_render_options" if is_render else "DRAWTHINGS_PT_image_options",
        target="render_target" if is_render else "image_target", place=found.stopped, icon=restyled.icon,
        beside=lambda row: inpaint.draw_paint(row, selection, text="", emboss=False),
    )  # fmt: skip
    inpaint.draw_region(column, context, selection, image)
    if restyled.target == 'MATERIAL':
        places.draw_mapping(column, context, found)
        places.draw_objects(column, context, found)
    places.draw_route(column, context, new.way, "DRAWTHINGS_PT_texture_options", icon='FILE_NEW')
    _draw_wrong(layout, context, wrong)
    if image is not None and not is_render and restyled.target == 'REPLACE' and restyled.way.obstacle is None:
        places.draw_hint(layout, context, preflight.what_is_lost(image))
    _draw_size(layout, context, "Render" if is_render else "Image", restyled)


def draw_shader(layout: bpy.types.UILayout, context: bpy.types.Context) -> None:
    """What the Shader Editor can make and send."""
    selection = Selection.of(context)
    found = preflight.overview(selection)
    wrong = SettingsErrors.of(context.scene)
    texture, sent = _of_texture(selection, found, wrong, 'MATERIAL')
    column = layout.column(align=True)
    row = words.pair(column, context)
    _draw_tall(row, texture, icon='TEXTURE')
    _draw_tall(row, sent)
    places.draw_route(column, context, texture.way, "DRAWTHINGS_PT_texture_options", place=found.stopped)
    places.draw_mapping(column, context, found)
    places.draw_route(
        column, context, sent.way, "DRAWTHINGS_PT_image_options", target="image_target", icon='IMAGE_DATA',
        beside=lambda row: inpaint.draw_paint(row, selection, text="", emboss=False),
    )  # fmt: skip
    inpaint.draw_region(column, context, selection, sent.image)
    _draw_wrong(layout, context, wrong)
    _draw_size(layout, context, "Texture", sent)
    places.draw_texture(layout, selection, subject.textures(selection)[:1])
    split = layout.split(factor=0.2)
    split.label(text="Into")
    split.prop(context.scene.drawthings, "socket", text="")


def _draw_size(layout: bpy.types.UILayout, context: bpy.types.Context, what: str, sent: Action) -> None:
    """Of a source that is larger than models make well."""
    kind: source_size.Kind = 'IMAGE'
    if sent.source == 'VIEWPORT' or sent.source == 'RENDER':
        kind = sent.source
    places.draw_size(layout, context, what, sent.size, source_size.key_of(kind, sent.image), sent.image)


def _draw_wrong(layout: bpy.types.UILayout, context: bpy.types.Context, wrong: SettingsErrors) -> None:
    """Each sentence once."""
    found = (each for each in (wrong.new, wrong.guided, wrong.picture) if each is not None)
    for text in dict.fromkeys(map(str, found)):
        places.draw_reason(layout, context, text)


def draw_button(
    layout: bpy.types.UILayout,
    operator: str,
    route: Route,
    text: str,
    *,
    icon: str = 'NONE',
    **properties: str,
) -> None:
    """A button, or a menu's entry, that is grey with the reason in its tooltip where the route has an
    obstacle."""
    part = layout.row(align=True)
    words.stop(part, route.reason)
    button = part.operator(operator, text=text, icon=icon)
    for name, value in properties.items():
        setattr(button, name, value)


def _draw_tall(
    layout: bpy.types.UILayout, action: Action, text: str = "", *, icon: str = 'NONE', popover: str = ""
) -> None:
    """One tall button, and the arrow to what concerns it alone where the line below is not enough."""
    row = layout.row(align=True)
    row.scale_y = _TALL
    source = {} if action.source == 'PROMPT' else {"source": action.source}
    draw_button(
        row, f"drawthings.{action.operation}", action.route, text or action.label, icon=icon,
        **source, target=action.target,
    )  # fmt: skip
    if popover:
        row.popover(popover, text="", icon='DOWNARROW_HLT')
