# SPDX-FileCopyrightText: 2026 Draw Things Bridge maintainers
# SPDX-License-Identifier: GPL-3.0-or-later

"""What runs and waits, and what went wrong: jobs and notices."""

from __future__ import annotations

import bpy

from ..blender import connection, previews, settings
from ..blender.session.results import preview_key
from ..blender.session.server_state import Connection
from ..blender.session.session import Session
from ..client.features import Feature
from ..errors import ServerError
from ..jobs.job import JobState, JobStatus
from ..messages import Message
from . import greeting, words

#: Waiting jobs that are shown one by one.
_SHOWN_WAITING = 8


def draw_troubles(layout: bpy.types.UILayout, context: bpy.types.Context, current: Session) -> None:
    """Failed jobs and notices, one box each, never a pop-up."""
    line = words.sidebar_line(context)
    failed = [status for status in current.statuses() if status.state is JobState.FAILED]
    for status in failed[:1]:
        _draw_failure(layout, status, len(failed) - 1, line)
    server_status = current.status
    # One that answers may be set so that nothing can be sent to it.
    told = server_status.connection in (Connection.NO_ANSWER, Connection.ANSWERED)
    # Who is greeted is told there, beside what mends it.
    greeted = greeting.greets(current) and server_status.connection is Connection.NO_ANSWER
    if not failed and told and not greeted and server_status.error is not None:
        column = _draw_message(
            layout.box(), server_status.error.what, server_status.error.advice, 'ERROR', line
        )
        row = column.row(align=True)
        row.operator("drawthings.check_server", icon='LINKED')
        if server_status.connection is Connection.NO_ANSWER:
            row.popover("DRAWTHINGS_PT_help", text="How?", icon='QUESTION')
    if current.notices:
        notice = current.notices[0]
        row = layout.box().row()
        column = _draw_message(row, notice.text, notice.advice, 'INFO', line - 4)
        if len(current.notices) > 1:
            more = column.row()
            words.label(more, Message("{more} more", more=len(current.notices) - 1), icon='BLANK1')
            more.operator("drawthings.dismiss", text="Dismiss All").all = True
        row.operator("drawthings.dismiss", text="", icon='X', emboss=False)


def _draw_failure(layout: bpy.types.UILayout, status: JobStatus, more: int, line: int) -> None:
    error = status.error
    if error is None:
        return
    column = _draw_message(layout.box(), error.what, error.advice, 'ERROR', line)
    faded = column.column()
    faded.active = False
    title = words.short(status.job.title, 80)
    label = Message("{title} and {more} more", title=title, more=more) if more else title
    words.label(faded, label, icon='BLANK1')
    column.separator(factor=0.5)
    row = column.row(align=True)
    row.operator("drawthings.retry", text="Try Again", icon='FILE_REFRESH').job_id = status.job.id
    if isinstance(error, ServerError):
        row.popover("DRAWTHINGS_PT_help", text="How?", icon='QUESTION')
    row.operator("drawthings.dismiss", text="", icon='X').job_id = status.job.id
    if more:
        row = column.row(align=True)
        row.operator("drawthings.retry", text="Try All Again").all = True
        row.operator("drawthings.dismiss", text="Dismiss All").failed = True


def _draw_message(
    layout: bpy.types.UILayout, what: str, advice: str, icon: str, line: int
) -> bpy.types.UILayout:
    """What failed beside its icon, what to do below; returns the column, for buttons."""
    column = layout.column(align=True)
    words.paragraph(column, what, line, icon=icon)
    for text in words.wrapped(advice, line):
        words.label(column, text, icon='BLANK1')
    return column


def draw_running(layout: bpy.types.UILayout, current: Session) -> None:
    """What runs and what waits."""
    live = [status for status in current.statuses() if status.state is not JobState.FAILED]
    if not live:
        return
    column = layout.column(align=True)
    waiting = 0
    for status in live:
        if status.state is not JobState.WAITING:
            _draw_under_way(column, status)
            continue
        if waiting < _SHOWN_WAITING:
            _draw_waiting(column, status, movable=waiting > 0)
        waiting += 1
    if waiting > _SHOWN_WAITING:
        row = column.row(align=True)
        words.label(row, Message("{more} more waiting", more=waiting - _SHOWN_WAITING), icon='BLANK1')
        row.operator("drawthings.cancel", text="Cancel All")


def _draw_under_way(layout: bpy.types.UILayout, status: JobStatus) -> None:
    row = layout.row(align=True)
    if status.state is JobState.RUNNING:
        row.progress(text=words.short(_running_text(status)), factor=status.fraction, type='BAR')
    else:
        is_stopped = settings.is_connected(status.job.server.url) and connection.offers(Feature.INTERRUPT)
        what = "The server finishes alone"
        if is_stopped:
            what = "Stops when its turn comes" if status.is_waiting_there else "Stopping"
        words.label(row, f"{what} · {words.duration(status.seconds)}", icon='SORTTIME')
    if status.state is JobState.RUNNING and _can_skip(status):
        row.operator("drawthings.skip", text="", icon='FF')
    row.operator("drawthings.cancel", text="", icon='X').job_id = status.job.id
    faded = layout.row()
    faded.active = False
    words.label(faded, status.job.title, icon='BLANK1')
    preview = previews.known(preview_key(status.job))
    if preview:
        layout.template_icon(icon_value=preview, scale=7.0)


def _can_skip(status: JobStatus) -> bool:
    """Whether there is a next picture to go on with, and the server can be told to."""
    is_connected = settings.is_connected(status.job.server.url)
    can_skip = status.job.task.can_skip and not status.is_waiting_there
    return is_connected and can_skip and connection.offers(Feature.SKIP)


def _draw_waiting(layout: bpy.types.UILayout, status: JobStatus, *, movable: bool) -> None:
    row = layout.row(align=True)
    words.label(row, status.job.title, icon='PAUSE')
    if movable:
        button = row.operator("drawthings.move_job", text="", icon='TRIA_UP')
        button.job_id, button.offset = status.job.id, -1
    row.operator("drawthings.cancel", text="", icon='X').job_id = status.job.id


def _running_text(status: JobStatus) -> str:
    text: str
    if status.is_waiting_there:
        text = Message("Waiting behind another job · {time}", time=words.duration(status.seconds))
    elif status.progress is not None and status.progress.steps:
        step = Message("step {step} of {steps}", step=status.progress.step, steps=status.progress.steps)
        text = f"{step} · {words.duration(status.seconds)}"
    else:
        text = words.about(status.worked, status.estimate)
    count = status.job.picture_count
    return (
        Message(
            "{number} of {count} · {text}",
            number=min(status.pictures_done + 1, count),
            count=count,
            text=text,
        )
        if count > 1
        else text
    )
