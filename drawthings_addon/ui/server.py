# SPDX-FileCopyrightText: 2026 Draw Things Bridge maintainers
# SPDX-License-Identifier: GPL-3.0-or-later

"""The server's dot, and its page in the preferences."""

from __future__ import annotations

import bpy

from ..blender import session, settings
from ..blender.session import Connection, ServerStatus
from . import words

HELP = (
    "Open Draw Things on this computer.",
    "Settings → Advanced → API Server: switch it on.",
    "Protocol: HTTP (not gRPC). Port: 7860. IP: localhost.",
    "Then press Test Connection.",
)
_ICONS = {
    Connection.NOT_ASKED: 'RADIOBUT_OFF',
    Connection.ASKING: 'SORTTIME',
    Connection.ANSWERED: 'CHECKMARK',
    Connection.NO_ANSWER: 'ERROR',
}


def draw_dot(layout: bpy.types.UILayout, status: ServerStatus, *, busy: bool) -> None:
    """One button that says how the server is and asks it when pressed."""
    icon = 'TIME' if busy else _ICONS[status.connection]
    layout.operator("drawthings.check_server", text="", icon=icon, emboss=False)


def sentence(status: ServerStatus, address: str) -> str:
    """How the server is, in words."""
    match status.connection:
        case Connection.ASKING:
            return f"Asking {address} …"
        case Connection.ANSWERED:
            return f"{address} · {status.model or 'model as set in the app'}"
        case Connection.NO_ANSWER:
            return f"{address} does not answer"
    return f"{address} · not asked yet"


def draw_preferences(
    layout: bpy.types.UILayout, preferences: bpy.types.AddonPreferences, context: bpy.types.Context
) -> None:
    """The extension's page in the preferences."""
    layout.use_property_split = True
    layout.use_property_decorate = False
    column = layout.column()
    column.prop(preferences, "server_url")
    row = column.row(align=True)
    row.operator("drawthings.check_server", icon='LINKED')
    row.popover("DRAWTHINGS_PT_help", text="How?", icon='QUESTION')
    draw_status(layout, 90)
    column = layout.column()
    column.prop(preferences, "output_directory", placeholder="In the extension's own folder")
    column.operator("drawthings.open_output", icon='FILE_FOLDER')
    column = layout.column(align=True)
    column.prop(preferences, "connect_timeout")
    column.prop(preferences, "read_timeout", text="Answer Time-out (Minutes)")
    column = layout.column(align=True)
    column.prop(preferences, "username")
    column.prop(preferences, "password")
    column = layout.column(align=True)
    column.active = False
    column.label(
        text="Pictures and prompts go to this server only. Nothing is sent until you press a button."
    )


def draw_status(layout: bpy.types.UILayout, width: int) -> None:
    """How the server is, and what to do when it does not answer."""
    status = session.get().status
    reason = settings.why_not_server()
    if reason:
        box = layout.box().column(align=True)
        for index, line in enumerate(words.wrapped(reason, width)):
            box.label(text=line, icon='ERROR' if index == 0 else 'BLANK1')
        return
    address = settings.server().label
    column = layout.column(align=True)
    column.label(text=sentence(status, address), icon=_ICONS[status.connection])
    if status.error is not None:
        for line in words.wrapped(str(status.error), width):
            column.label(text=line, icon='BLANK1')
