# SPDX-FileCopyrightText: 2026 Draw Things Bridge maintainers
# SPDX-License-Identifier: GPL-3.0-or-later

"""The tall buttons of each editor, and under each the line that says what it sends and where that goes."""

from __future__ import annotations

from dataclasses import dataclass

import bpy

from ..blender import subject
from ..blender.actions import routes
from ..blender.actions.routes import Route, SettingsErrors
from ..blender.capture import last_render, source_size
from ..blender.delivery import preflight
from ..blender.delivery.target import TargetKind
from ..blender.selection import Selection
from ..client.request import Operation
from . import places, words

_TALL = 1.4


def draw_view3d(layout: bpy.types.UILayout, context: bpy.types.Context) -> None:
    """What the 3D View can make and send."""
    chosen = context.scene.drawthings
    selection = Selection.of(context)
    found = preflight.overview(selection)
    wrong = SettingsErrors.of(context.scene)
    texture = routes.texture(selection, found, chosen.texture_target)
    sent = routes.textures(selection, found, chosen.image_target)
    view = routes.view(selection, found, chosen.view_target)
    render = routes.render(selection, found, chosen.render_target)
    column = layout.column(align=True)
    _draw_tall(
        column, "drawthings.txt2img", texture.stopped_by(wrong.new), "Texture", icon='TEXTURE',
        popover="DRAWTHINGS_PT_texture_options", target=chosen.texture_target,
    )  # fmt: skip
    places.draw_route(
        column, context, texture, "DRAWTHINGS_PT_texture_options",
        target="texture_target", place=found.stopped,
    )  # fmt: skip
    if chosen.texture_target == 'MATERIAL':
        places.draw_mapping(column, context, found)
        places.draw_objects(column, context, found)
    column = layout.column(align=True)
    is_narrow = words.is_narrow(context)
    first = others = column
    if not is_narrow:
        # The longest of three labels needs half of the row, and the two others a quarter each.
        row = column.split(factor=0.5, align=True)
        first, others = row.row(align=True), row.row(align=True)
    _draw_tall(
        first, "drawthings.img2img", sent.stopped_by(wrong.picture), "Restyle Texture",
        source='TEXTURE', target=chosen.image_target,
    )  # fmt: skip
    _draw_tall(
        others, "drawthings.img2img", view.stopped_by(wrong.guided),
        "Restyle View" if is_narrow else "View", source='VIEWPORT', target=chosen.view_target,
    )  # fmt: skip
    _draw_tall(
        others, "drawthings.img2img", render.stopped_by(wrong.guided),
        "Restyle Render" if is_narrow else "Render", source='RENDER', target=chosen.render_target,
    )  # fmt: skip
    places.draw_route(
        column, context, sent, "DRAWTHINGS_PT_image_options", target="image_target", icon='IMAGE_DATA'
    )
    places.draw_route(
        column, context, view, "DRAWTHINGS_PT_view_options",
        target="view_target", place=found.stopped, name="View", icon='VIEW3D',
    )  # fmt: skip
    places.draw_route(
        column, context, render, "DRAWTHINGS_PT_render_options",
        target="render_target", place=found.stopped, name="Render", icon='RENDER_STILL',
    )  # fmt: skip
    _draw_wrong(layout, context, wrong)
    for each in subject.textures(selection)[:1]:
        places.draw_size(layout, context, "Texture", source_size.of_loaded(each.image))
    places.draw_size(layout, context, "View", source_size.of(selection, 'VIEWPORT'))
    places.draw_size(layout, context, "Render", source_size.of(selection, 'RENDER'))


def draw_image(layout: bpy.types.UILayout, context: bpy.types.Context) -> None:
    """What the Image Editor can make and send."""
    chosen = context.scene.drawthings
    image = context.space_data.image
    selection = Selection.of(context)
    is_render = image is not None and image.type == 'RENDER_RESULT'
    if is_render and bpy.ops.image.save_as.poll():
        last_render.notice(context.scene)
    setting = "render_target" if is_render else "image_target"
    target = getattr(chosen, setting)
    found = preflight.Overview()
    if image is not None and target == 'MATERIAL':
        found = preflight.overview(selection)
    wrong = SettingsErrors.of(context.scene)
    new = routes.texture(selection, found, 'IMAGE')
    column = layout.column(align=True)
    row = words.pair(column, context)
    if is_render:
        route = routes.render(selection, found, target)
        popover, icon = "DRAWTHINGS_PT_render_options", 'RENDER_STILL'
        _draw_tall(
            row, "drawthings.img2img", route.stopped_by(wrong.guided), "Restyle Render",
            source='RENDER', target=target,
        )  # fmt: skip
    else:
        route = routes.image(selection, found, target)
        popover, icon = "DRAWTHINGS_PT_image_options", 'IMAGE_DATA'
        _draw_tall(
            row, "drawthings.img2img", route.stopped_by(wrong.picture), "Restyle Image",
            source='IMAGE', target=target,
        )  # fmt: skip
    _draw_tall(row, "drawthings.txt2img", new.stopped_by(wrong.new), "New Picture", target='IMAGE')
    places.draw_route(column, context, route, popover, target=setting, place=found.stopped, icon=icon)
    if target == 'MATERIAL':
        places.draw_mapping(column, context, found)
        places.draw_objects(column, context, found)
    places.draw_route(column, context, new, "DRAWTHINGS_PT_texture_options", icon='FILE_NEW')
    _draw_wrong(layout, context, wrong)
    if is_render:
        places.draw_size(layout, context, "Render", source_size.of(selection, 'RENDER'))
    elif image is not None:
        if target == 'REPLACE' and route.obstacle is None:
            places.draw_hint(layout, context, preflight.what_is_lost(image))
        places.draw_size(layout, context, "Image", source_size.of_loaded(image))


def draw_shader(layout: bpy.types.UILayout, context: bpy.types.Context) -> None:
    """What the Shader Editor can make and send."""
    chosen = context.scene.drawthings
    selection = Selection.of(context)
    found = preflight.overview(selection)
    wrong = SettingsErrors.of(context.scene)
    texture = routes.texture(selection, found, 'MATERIAL')
    sent = routes.textures(selection, found, chosen.image_target)
    column = layout.column(align=True)
    row = words.pair(column, context)
    _draw_tall(
        row, "drawthings.txt2img", texture.stopped_by(wrong.new), "Texture", icon='TEXTURE',
        target='MATERIAL',
    )  # fmt: skip
    _draw_tall(
        row, "drawthings.img2img", sent.stopped_by(wrong.picture), "Restyle Texture",
        source='TEXTURE', target=chosen.image_target,
    )  # fmt: skip
    places.draw_route(column, context, texture, "DRAWTHINGS_PT_texture_options", place=found.stopped)
    places.draw_mapping(column, context, found)
    places.draw_route(
        column, context, sent, "DRAWTHINGS_PT_image_options", target="image_target", icon='IMAGE_DATA'
    )
    _draw_wrong(layout, context, wrong)
    taken = subject.textures(selection)[:1]
    for each in taken:
        places.draw_size(layout, context, "Texture", source_size.of_loaded(each.image))
    places.draw_texture(layout, selection, taken)
    split = layout.split(factor=0.2)
    split.label(text="Into")
    split.prop(chosen, "socket", text="")


@dataclass(frozen=True)
class Action:
    """What a button of an editor does, for what offers the same otherwise."""

    label: str
    icon: str
    source: str
    """What `drawthings.variations` calls it."""
    target: str
    route: Route
    size: tuple[int, int] = (0, 0)
    """Of the source, where that is known."""

    @property
    def operation(self) -> Operation:
        return "txt2img" if self.source == 'PROMPT' else "img2img"


def choices(context: bpy.types.Context) -> list[Action]:
    """Those of the editor that is drawn."""
    chosen = context.scene.drawthings
    editor = context.space_data.type if context.space_data is not None else 'VIEW_3D'
    selection = Selection.of(context)
    wrong = SettingsErrors.of(context.scene)
    if editor == 'IMAGE_EDITOR':
        return _choices_of_image(selection, chosen, wrong)
    found = preflight.overview(selection)
    texture_target: TargetKind = 'MATERIAL' if editor == 'NODE_EDITOR' else chosen.texture_target
    texture = routes.texture(selection, found, texture_target).stopped_by(wrong.new)
    sent = routes.textures(selection, found, chosen.image_target).stopped_by(wrong.picture)
    of_texture = next((source_size.of_loaded(each.image) for each in subject.textures(selection)), (0, 0))
    result = [
        Action("Texture", 'TEXTURE', 'PROMPT', texture_target, texture),
        Action("Restyle Texture", 'IMAGE_DATA', 'TEXTURE', chosen.image_target, sent, of_texture),
    ]
    if editor == 'VIEW_3D':
        view = routes.view(selection, found, chosen.view_target).stopped_by(wrong.guided)
        render = routes.render(selection, found, chosen.render_target).stopped_by(wrong.guided)
        result += [
            Action(
                "Restyle View", 'VIEW3D', 'VIEWPORT', chosen.view_target, view,
                source_size.of(selection, 'VIEWPORT'),
            ),
            Action(
                "Restyle Render", 'RENDER_STILL', 'RENDER', chosen.render_target, render,
                source_size.of(selection, 'RENDER'),
            ),
        ]  # fmt: skip
    return result


def _choices_of_image(
    selection: Selection, chosen: bpy.types.PropertyGroup, wrong: SettingsErrors
) -> list[Action]:
    image = selection.edited_image
    is_render = image is not None and image.type == 'RENDER_RESULT'
    target = chosen.render_target if is_render else chosen.image_target
    found = (
        preflight.overview(selection) if image is not None and target == 'MATERIAL' else preflight.Overview()
    )
    new = routes.texture(selection, found, 'IMAGE').stopped_by(wrong.new)
    if is_render:
        restyled = Action(
            "Restyle Render", 'RENDER_STILL', 'RENDER', target,
            routes.render(selection, found, target).stopped_by(wrong.guided),
            source_size.of(selection, 'RENDER'),
        )  # fmt: skip
    else:
        restyled = Action(
            "Restyle Image", 'IMAGE_DATA', 'IMAGE', target,
            routes.image(selection, found, target).stopped_by(wrong.picture),
            source_size.of_loaded(image),
        )  # fmt: skip
    return [restyled, Action("New Picture", 'FILE_NEW', 'PROMPT', 'IMAGE', new)]


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
    layout: bpy.types.UILayout,
    operator: str,
    route: Route,
    text: str,
    *,
    icon: str = 'NONE',
    popover: str = "",
    **properties: str,
) -> None:
    """One tall button, and the arrow to what concerns it alone where the line below is not enough."""
    row = layout.row(align=True)
    row.scale_y = _TALL
    draw_button(row, operator, route, text, icon=icon, **properties)
    if popover:
        row.popover(popover, text="", icon='DOWNARROW_HLT')
