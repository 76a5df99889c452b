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
from ..client.table import RowState
from ..messages import Message
from . import hindrance, words

_COLORS = {
    Connection.NOT_ASKED: (0.55, 0.55, 0.55),
    Connection.ASKING: (0.95, 0.7, 0.2),
    Connection.ANSWERED: (0.35, 0.78, 0.4),
    Connection.NO_ANSWER: (0.9, 0.35, 0.3),
}
_STATE_ICONS = {
    RowState.OFFERED: 'CHECKMARK',
    RowState.UNKNOWN: 'QUESTION',
    RowState.NOT_OFFERED: 'X',
    RowState.REFUSED: 'LOCKED',
    RowState.FAILED: 'ERROR',
}
#: What is offered says so by its time.
_STATE_WORDS = {
    RowState.UNKNOWN: "not known",
    RowState.NOT_OFFERED: "not offered",
    RowState.REFUSED: "refused",
    RowState.FAILED: "failed",
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
    row = layout.row(align=True)
    row.prop(preferences, "server_url", text="")
    row.popover("DRAWTHINGS_PT_help", text="", icon='QUESTION')
    layout.operator("drawthings.check_server", icon='LINKED')
    draw_status(layout, words.sidebar_line(context))
    if connection.offers(Feature.FREE_MEMORY):
        row = layout.row(align=True)
        row.operator("drawthings.unload_model")
        row.operator("drawthings.reload_model")
        layout.prop(context.scene.drawthings, "use_free_gpu")
    if connection.dialect().has(Feature.INFORMATION):
        row = layout.row(align=True)
        row.operator("drawthings.server_information", text="Information")
        row.operator("drawthings.open_docs", text="Documentation")
    if connection.offers(Feature.STOP):
        layout.operator_menu_enum("drawthings.control_server", "action", text="Stop or Restart")


def draw_preferences(
    layout: bpy.types.UILayout, preferences: bpy.types.AddonPreferences, context: bpy.types.Context
) -> None:
    """The extension's page in the preferences."""
    layout.use_property_split = True
    layout.use_property_decorate = False
    line = words.sidebar_line(context) if context.region else _PREFERENCES_LINE
    column = layout.column()
    column.prop(preferences, "server_url")
    part = column.column(align=True)
    part.prop(preferences, "username")
    part.prop(preferences, "password")
    about_password = settings.about_password()
    if about_password:
        words.paragraph(column.column(align=True), about_password, line, icon='ERROR')
    _draw_certificates(column, preferences)
    row = column.row(align=True)
    row.operator("drawthings.check_server", icon='LINKED')
    row.popover("DRAWTHINGS_PT_help", text="How?", icon='QUESTION')
    _draw_state(layout, line)
    draw_capabilities(layout)
    column = layout.column()
    _draw_output_directory(column, preferences, line)
    column.operator("drawthings.open_output", icon='FILE_FOLDER')
    column = layout.column(align=True)
    column.prop(preferences, "connect_timeout")
    column.prop(preferences, "read_timeout", text="Answer Time-out (Minutes)")
    column = layout.column(align=True)
    column.active = False
    column.label(
        text="Pictures and prompts go to this server only. Nothing is sent until you press a button."
    )


def _draw_certificates(layout: bpy.types.UILayout, preferences: bpy.types.AddonPreferences) -> None:
    """Whom to trust; grey where nobody is asked to vouch for the server."""
    column = layout.column(align=True)
    column.active = settings.has_tls()
    column.prop(preferences, "authorities")
    if preferences.authorities == 'FILE':
        column.prop(preferences, "authority_file")


def _draw_output_directory(
    column: bpy.types.UILayout, preferences: bpy.types.AddonPreferences, line: int
) -> None:
    column.prop(preferences, "output_directory", placeholder="In the extension's own folder")
    draw_output_words(column, preferences, line)


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


def draw_capabilities(layout: bpy.types.UILayout) -> None:
    """What the server offers, one row for each thing; folded until it is wanted."""
    found = session.get().status.capabilities
    if found is None:
        return
    count = sum(row.is_offered for row in found.rows)
    header, body = layout.panel("drawthings_capabilities", default_closed=True)
    unknown = sum(row.state is RowState.UNKNOWN for row in found.rows)
    offered = (
        "Offered: {count} of {total} Endpoints, Not Known: {unknown}"
        if unknown
        else "Offered: {count} of {total} Endpoints"
    )
    words.label(header, Message(offered, count=count, total=len(found.rows), unknown=unknown))
    if body is None:
        return
    body.use_property_split = False
    column = body.column(align=True)
    for each in found.rows:
        row = column.row(align=True)
        row.active = each.state is not RowState.NOT_OFFERED
        name = row.split(factor=0.4)
        words.label(name, each.title, icon=_STATE_ICONS[each.state])
        path = name.split(factor=0.7)
        words.label(path, each.place)
        took = path.row()
        took.alignment = 'RIGHT'
        seconds = (
            "" if each.seconds is None else Message("{seconds} ms", seconds=f"{each.seconds * 1000:.0f}")
        )
        words.label(took, " · ".join(filter(None, [_STATE_WORDS.get(each.state, ""), seconds])))


def draw_status(layout: bpy.types.UILayout, width: int) -> None:
    """How the server is, what to do when it does not answer, and what a password meets on its way there."""
    _draw_state(layout, width)
    draw_password_warning(layout, width)


def draw_password_warning(layout: bpy.types.UILayout, width: int) -> None:
    """Beside whatever asks the server, before it is asked."""
    not_safe = settings.why_password_is_not_safe()
    if not_safe:
        words.paragraph(layout.column(align=True), not_safe, width, icon='ERROR')


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
