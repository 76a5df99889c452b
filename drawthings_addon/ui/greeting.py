# SPDX-FileCopyrightText: 2026 Draw Things Bridge maintainers
# SPDX-License-Identifier: GPL-3.0-or-later

"""Until the first picture ever: what makes the pictures, and the steps to one, ticked as they are done."""

from __future__ import annotations

import bpy

from ..blender import connection, readiness, settings
from ..blender.session.server_state import Connection
from ..blender.session.session import Session
from ..errors import AuthenticationFailed, NoPicture
from ..messages import Message
from . import connecting, running, server, words

#: Lines of what is wrong with the connection: enough for what mostly is, and no step is pushed out of sight.
_MAX_ERROR_LINES = 3
#: Units of a button, so that what stands beside it is read whole.
_BUTTON_WIDTH = 3.6
_POPOVER_WIDTH = 5.2
#: Units of what is around and between the lines.
_MARGIN = 0.75


def greets(current: Session) -> bool:
    """Whether there never was a picture; not while nobody knows yet, just after the start."""
    is_own = any(not each.is_from_file for each in current.results)
    return current.first_picture.was_made is False and not is_own


def draw(
    layout: bpy.types.UILayout,
    context: bpy.types.Context,
    current: Session,
    first_action: str,
    height: float = 0.0,
) -> None:
    """At most twelve lines at a sidebar's usual width, and at least `height` units, so that what is below
    does not move when the first picture takes its place. `first_action` is the label of the button to try."""
    box = layout.box().column(align=True)
    used = _draw_steps(box, context, current, first_action) + _MARGIN
    if used < height:
        rest = box.row()
        rest.scale_y = height - used
        rest.label(text="")


def _draw_steps(
    box: bpy.types.UILayout, context: bpy.types.Context, current: Session, first_action: str
) -> int:
    """All of it; returns how many lines it took."""
    line = words.sidebar_line(context)
    lines = _draw_introduction(box, context)
    answered = current.status.connection is Connection.ANSWERED
    model = answered and connection.has_model(context.scene)
    ready = model and not _made_nothing(current)
    prompt = settings.has_prompt(context.scene)
    first_open = [answered, ready, prompt, False].index(False)
    first = "1. Connect to it" if connecting.runs_here() else "1. Enter its address"
    _draw_step(box, first, 0, first_open, done=answered)
    if not answered:
        lines += _draw_connecting(box, context, current, line)
    _draw_step(box, _about_model(context, answered=answered), 1, first_open, done=ready)
    if answered and not model:
        lines += _draw_choosing_model(box, line)
    row = _draw_step(box, "3. Write a prompt", 2, first_open, done=prompt)
    if not prompt:
        is_narrow = words.is_narrow(context)
        lines += is_narrow
        button = box.row(align=True) if is_narrow else row.row(align=True)
        button.ui_units_x = _BUTTON_WIDTH
        button.operator("drawthings.example_prompt", text="Example")
    _draw_step(box, Message("4. Press {button}", button=first_action), 3, first_open, done=False)
    return lines + 4


def _draw_introduction(column: bpy.types.UILayout, context: bpy.types.Context) -> int:
    if connecting.runs_here():
        what = "Pictures come from Draw Things, an app for Mac, iPhone, iPad."
    else:
        what = "Pictures come from Draw Things on a Mac, iPhone or iPad, or from a server like A1111's."
    lines = words.paragraph(column, what, words.plain_line(context))
    row = words.pair(column, context)
    connecting.draw_link(row)
    how = row.row(align=True)
    how.ui_units_x = _POPOVER_WIDTH
    how.popover("DRAWTHINGS_PT_help", text="How?", icon='QUESTION')
    column.separator(factor=0.8)
    return lines + (2 if words.is_narrow(context) else 1)


def _draw_step(
    layout: bpy.types.UILayout, text: str, number: int, first_open: int, *, done: bool
) -> bpy.types.UILayout:
    """One of the four: ticked, to be done now, or faded until then. Returns the row, for a button."""
    row = layout.row(align=True)
    part = row.row()
    part.active = not done and number == first_open
    icon = 'CHECKMARK' if done else 'RIGHTARROW_THIN' if number == first_open else 'BLANK1'
    words.label(part, text, icon=icon)
    return row


def _draw_connecting(
    column: bpy.types.UILayout, context: bpy.types.Context, current: Session, line: int
) -> int:
    """What is wrong, the app's switches in its own words, the address, and the button that asks there."""
    wrong, in_the_way = "", readiness.server()
    if in_the_way is not None and in_the_way.remedy == 'ADDRESS':
        wrong = in_the_way.text
    elif current.status.error is not None:
        wrong = current.status.error.what
    lines = words.paragraph(column, wrong, line, icon='ERROR', lines=_MAX_ERROR_LINES)
    preferences = settings.preferences()
    has_entered = preferences.username or preferences.password
    if has_entered or isinstance(current.status.error, AuthenticationFailed):
        # It is another server than the app, which asks for none; what it said is forgotten at the first word.
        lines += connecting.draw_password(column)
    else:
        lines += connecting.draw_switches(column, context)
    lines += connecting.draw_address(column)
    return lines + server.draw_password_warning(column, line)


def _made_nothing(current: Session) -> bool:
    """Whether the server answered without a picture, as Draw Things does where no project is open; it says
    so to nobody before."""
    jobs = running.failed(current)
    return any(
        isinstance(each.error, NoPicture) and settings.is_connected(each.job.server.url) for each in jobs
    )


def _about_model(context: bpy.types.Context, *, answered: bool) -> str:
    if answered and not connection.dialect().needs_model:
        return "2. Have a model there"
    return "2. Choose a model" if words.is_narrow(context) else "2. Choose a model, open a project"


def _draw_choosing_model(column: bpy.types.UILayout, line: int) -> int:
    what = "No model is chosen in the app: choose one, then test again."
    lines = words.paragraph(column, what, line, icon='INFO')
    column.operator("drawthings.check_server", icon='LINKED')
    return lines + 1
