# SPDX-FileCopyrightText: 2026 Draw Things Bridge maintainers
# SPDX-License-Identifier: GPL-3.0-or-later

"""The server's dot, its panel, and its page in the preferences."""

from __future__ import annotations

from dataclasses import replace

import bpy

from ..blender import connection, paths, previews, readiness, settings
from ..blender.session import session
from ..blender.session.server_state import Connection, ServerStatus
from ..client.features import Feature
from . import abilities, hindrance, words

_COLORS = {
    Connection.NOT_ASKED: (0.55, 0.55, 0.55),
    Connection.ASKING: (0.95, 0.7, 0.2),
    Connection.ANSWERED: (0.35, 0.78, 0.4),
    Connection.NO_ANSWER: (0.9, 0.35, 0.3),
}
_BUSY = (0.95, 0.7, 0.2)
#: Characters on a line of the preferences at their usual width, where there is no window to tell it.
_PREFERENCES_LINE = 90


def dot(status: ServerStatus, *, busy: bool = False) -> int:
    """The icon of a coloured dot."""
    return previews.dot(color(status, busy=busy))


def color(status: ServerStatus, *, busy: bool = False) -> tuple[float, float, float]:
    """sRGB, 0 to 1: green answered, grey not asked yet, amber busy, red no answer, also while a job waits."""
    is_broken = status.connection is Connection.NO_ANSWER
    return _BUSY if busy and not is_broken else _COLORS[status.connection]


def register() -> None:
    """Make the dots now, so that no panel has pixels to fill while it draws."""
    for each in Connection:
        dot(ServerStatus(each))


def unregister() -> None:
    """They are freed with the session's other previews."""


def draw_dot(layout: bpy.types.UILayout, current: session.Session) -> None:
    """One button that says how the server is, and asks it when pressed."""
    # What a render orders comes from its own thread, which may start no timer.
    current.wake()
    if settings.why_not_server():
        layout.label(text="", icon='ERROR')
        return
    busy = current.jobs.is_busy(settings.server())
    layout.operator(
        "drawthings.check_server", text="", icon_value=dot(current.status, busy=busy), emboss=False
    )


def draw_server(layout: bpy.types.UILayout, context: bpy.types.Context) -> None:
    """The server's address, how it is, and what can be done with it."""
    preferences = settings.preferences()
    column = layout.column(align=True)
    row = column.row(align=True)
    row.prop(preferences, "server_url", text="")
    row.popover("DRAWTHINGS_PT_help", text="", icon='QUESTION')
    column.operator("drawthings.check_server", icon='LINKED')
    draw_status(layout, words.sidebar_line(context))
    _draw_server_itself(layout, context)
    abilities.draw(layout, context, wide=False)


def _draw_server_itself(layout: bpy.types.UILayout, context: bpy.types.Context) -> None:
    column = layout.column(align=True)
    if connection.offers(Feature.FREE_MEMORY):
        row = words.pair(column, context)
        row.operator("drawthings.unload_model")
        row.operator("drawthings.reload_model")
        part = column.column(heading="Free GPU")
        part.use_property_split, part.use_property_decorate = True, False
        part.prop(context.scene.drawthings, "use_free_gpu", text="While Rendering")
    if connection.dialect().has(Feature.INFORMATION):
        row = words.pair(column, context)
        row.operator("drawthings.server_information", text="Information")
        row.operator("drawthings.open_docs", text="Documentation")
    if connection.offers(Feature.STOP):
        column.operator_menu_enum("drawthings.control_server", "action", text="Stop or Restart...")


def draw_preferences(
    layout: bpy.types.UILayout, preferences: bpy.types.AddonPreferences, context: bpy.types.Context
) -> None:
    """The extension's page in the preferences: names on the left, fields and buttons below one another."""
    layout.use_property_split = True
    layout.use_property_decorate = False
    line = words.sidebar_line(context) if context.region else _PREFERENCES_LINE
    _draw_connection(layout, preferences, line)
    abilities.draw(layout, context, wide=True)
    _draw_keeping(layout, preferences, line)
    column = layout.column(align=True)
    column.prop(preferences, "connect_timeout")
    column.prop(preferences, "read_timeout", text="Answer Timeout (Minutes)")
    privacy = words.beside(layout, "Privacy")
    words.paragraph(
        privacy.column(align=True),
        "Pictures and prompts go to this server only, and only when you press a button.",
        _beside(line),
    )
    words.beside(layout, "Feedback").operator("drawthings.report_bug", icon='COPYDOWN')


def _beside(line: int) -> int:
    """Characters of a line in the column of the fields, of `line` in all."""
    return int(line * (1 - words.LABEL_PART))


def _draw_connection(layout: bpy.types.UILayout, preferences: bpy.types.AddonPreferences, line: int) -> None:
    column = layout.column()
    column.prop(preferences, "server_url")
    part = column.column(align=True)
    part.prop(preferences, "username")
    part.prop(preferences, "password")
    beside = _beside(line)
    about_password = settings.about_password()
    if about_password:
        words.paragraph(words.beside(column).column(align=True), about_password, beside, icon='ERROR')
    _draw_certificates(column, preferences)
    part = words.beside(column).column(align=True)
    row = part.row(align=True)
    row.operator("drawthings.check_server", icon='LINKED')
    row.popover("DRAWTHINGS_PT_help", text="How?", icon='QUESTION')
    _draw_state(part, beside)


def _draw_certificates(layout: bpy.types.UILayout, preferences: bpy.types.AddonPreferences) -> None:
    """Whom to trust; grey where nobody is asked to vouch for the server."""
    column = layout.column(align=True)
    column.active = settings.has_tls()
    column.prop(preferences, "authorities")
    if preferences.authorities == 'FILE':
        column.prop(preferences, "authority_file")
    if not settings.has_tls():
        words.label(words.beside(column), "Only for an address with https://")


def _draw_keeping(layout: bpy.types.UILayout, preferences: bpy.types.AddonPreferences, line: int) -> None:
    column = layout.column(align=True)
    column.prop(preferences, "output_directory", placeholder="In the extension's own folder")
    part = words.beside(column)
    draw_output_words(part, preferences, _beside(line))
    part.operator("drawthings.open_output", icon='FILE_FOLDER')
    layout.prop(preferences, "kept_sources")
    layout.column(heading="Results").prop(preferences, "use_show_in_view")


def draw_output_words(layout: bpy.types.UILayout, preferences: bpy.types.AddonPreferences, line: int) -> None:
    """That pictures cannot go where the preferences say, or not yet; nothing where they can."""
    refused = paths.why_not_output(preferences)
    if refused:
        words.paragraph(layout.column(align=True), refused, line, icon='ERROR')
    elif paths.is_beside_unsaved(preferences.output_directory):
        words.paragraph(
            layout.column(align=True),
            "The .blend was not saved yet: until it is, pictures go to the extension's own folder.",
            line,
            icon='INFO',
        )


def draw_status(layout: bpy.types.UILayout, width: int) -> None:
    """How the server is, what to do when it does not answer, and what a password meets on its way there."""
    _draw_state(layout, width)
    draw_password_warning(layout, width)


def draw_password_warning(layout: bpy.types.UILayout, width: int) -> int:
    """Beside whatever asks the server, before it is asked; returns how many lines it took."""
    not_safe = settings.why_password_is_not_safe()
    return words.paragraph(layout.column(align=True), not_safe, width, icon='ERROR') if not_safe else 0


def _draw_state(layout: bpy.types.UILayout, width: int) -> None:
    status = session.get().status
    in_the_way = readiness.server()
    if in_the_way is not None:
        # The address stands right above it.
        remedy = '' if in_the_way.remedy == 'ADDRESS' else in_the_way.remedy
        hindrance.draw_one(layout.box().column(align=True), replace(in_the_way, remedy=remedy), width)
        return
    column = layout.column(align=True)
    first, *more = words.wrapped(connection.sentence(), width)
    words.label(column, first, icon_value=dot(status))
    for line in more:
        words.label(column, line, icon='BLANK1')
    if status.error is not None:
        for line in words.wrapped(str(status.error), width):
            words.label(column, line, icon='BLANK1')
