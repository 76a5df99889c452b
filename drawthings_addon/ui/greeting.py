# SPDX-FileCopyrightText: 2026 Draw Things Bridge maintainers
# SPDX-License-Identifier: GPL-3.0-or-later

"""Until the first picture: where to begin."""

from __future__ import annotations

import bpy

from ..blender import settings
from ..blender.session.server_state import Connection
from ..blender.session.session import Session
from ..messages import Message
from . import server, words


def greets(current: Session) -> bool:
    """Whether there is room for the greeting, because nothing came, runs or went wrong yet."""
    troubled = current.status.connection is Connection.NO_ANSWER
    return not (troubled or current.results or current.statuses() or current.notices)


def draw(layout: bpy.types.UILayout, context: bpy.types.Context, current: Session, first_action: str) -> None:
    """Before the first picture: where to begin."""
    if not greets(current):
        return
    box = layout.box().column(align=True)
    answered = current.status.connection is Connection.ANSWERED
    _draw_step(box, "1. Is the server there?", done=answered)
    if not answered:
        row = box.row(align=True)
        row.operator("drawthings.check_server", icon='LINKED')
        row.popover("DRAWTHINGS_PT_help", text="", icon='QUESTION')
        server.draw_password_warning(box, words.sidebar_line(context))
    _draw_step(box, "2. Write what the picture shows", done=settings.has_prompt(context.scene))
    _draw_step(box, Message("3. Press {button}", button=first_action), done=False)


def _draw_step(layout: bpy.types.UILayout, text: str, *, done: bool) -> None:
    row = layout.row()
    row.active = not done
    words.label(row, text, icon='CHECKMARK' if done else 'BLANK1')
