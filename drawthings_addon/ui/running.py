# SPDX-FileCopyrightText: 2026 Draw Things Bridge maintainers
# SPDX-License-Identifier: GPL-3.0-or-later

"""What runs and what waits, failed jobs and notices: as lines."""

from __future__ import annotations

import bpy

from ..blender import connection, settings
from ..blender.session.session import Session
from ..client.features import Feature
from ..errors import BridgeError, ServerError
from ..jobs.job import JobState, JobStatus
from ..messages import Message
from . import words

#: Characters that the buttons beside a waiting job take.
_BESIDE_WAITING = 8
#: Waiting jobs that are shown one by one without being asked for.
_FEW = 2
#: Those that a popover lists, and failed ones that it tells of at length.
_LISTED, _TOLD = 20, 5
#: Lines of why the server does not answer.
_TOLD_LINES = 4
#: Pixels of a button without words, at an interface scale of 1.
_BUTTON = 20


def first(current: Session) -> JobStatus | None:
    """The job that is worked on, or else the one that is next."""
    return next((status for status in current.statuses() if status.state is not JobState.FAILED), None)


def failed(current: Session) -> list[JobStatus]:
    """Jobs that may be tried again, the latest last."""
    return [status for status in current.statuses() if status.state is JobState.FAILED]


def summary(current: Session, limit: int) -> tuple[str, float] | None:
    """What runs in so many characters where they are enough, and how much of it is done, 0 to 1; None where
    nothing does."""
    live = [status for status in current.statuses() if status.state is not JobState.FAILED]
    if not live:
        return None
    found = _wordings(live[0])
    if len(live) > 1:
        found = [Message("{text} · {more} waiting", text=text, more=len(live) - 1) for text in found]
    return next((text for text in found if len(text) <= limit), found[-1]), live[0].fraction


# Below the place where its picture is seen


def draw_under_way(layout: bpy.types.UILayout, context: bpy.types.Context, status: JobStatus) -> None:
    """How far a job is, and below it which one: two lines."""
    row = layout.row(align=True)
    has_skip = status.state is JobState.RUNNING and _can_skip(status)
    if status.state in (JobState.RUNNING, JobState.WAITING):
        # The cross has the room that `fitting` leaves to an icon.
        text = words.fitting(context, _wordings(status), _BUTTON if has_skip else 0)
        row.progress(text=words.short(text), factor=status.fraction, type='BAR')
    else:
        words.label(row, _text(status), icon='SORTTIME')
    if has_skip:
        row.operator("drawthings.skip", text="", icon='FF')
    row.operator("drawthings.cancel", text="", icon='X').job_id = status.job.id
    faded = layout.row()
    faded.active = False
    words.label(faded, _how_it_ends(status) or words.cut_to_fit(context, status.job.title, ""))


def _can_skip(status: JobStatus) -> bool:
    """Whether there is a next picture to go on with, and the server can be told to."""
    is_connected = settings.is_connected(status.job.server.url)
    can_skip = status.job.task.can_skip and not status.is_waiting_there
    return is_connected and can_skip and connection.offers(Feature.SKIP)


def _text(status: JobStatus) -> str:
    """How far a job is."""
    return _wordings(status)[0]


def _wordings(status: JobStatus) -> list[str]:
    """The same at length, and in ever fewer words."""
    time = words.duration(status.seconds)
    if status.state is JobState.WAITING:
        return [Message("Waiting")]
    if status.state is JobState.LET_GO:
        return [Message("Cancelled · {time}", time=time)]
    if status.state is JobState.STOPPING:
        return [Message("Stopping · {time}", time=time)]
    found: list[str]
    progress = status.progress
    if status.is_waiting_there:
        found = [
            Message("Waiting behind another job · {time}", time=time),
            Message("Waiting · {time}", time=time),
        ]
    else:
        spent = words.duration(status.worked)
        found = [words.about(status.worked, status.estimate), spent]
        if progress is not None and progress.steps:
            step = {"step": progress.step, "steps": progress.steps}
            found = [
                *(Message("step {step} of {steps} · {time}", **step, time=each) for each in found),
                Message("{step} / {steps} · {time}", **step, time=spent),
                spent,
            ]
    count = status.job.part_count
    if count <= 1:
        return found
    number = min(status.parts_done + 1, count)
    return [Message("{number} of {count} · {text}", number=number, count=count, text=text) for text in found]


def _how_it_ends(status: JobStatus) -> str:
    """What comes of a job that was cancelled while the server worked on it; empty for any other."""
    if status.state not in (JobState.LET_GO, JobState.STOPPING):
        return ""
    found = connection.found(status.job.server)
    if found is None:
        # Who answers is being found out.
        return "Stops as soon as it can"
    if found.offers(Feature.INTERRUPT):
        return "Stops when its turn comes" if status.is_waiting_there else "The server is told to stop"
    return Message("{program} finishes this picture", program=found.dialect.label)


# Lines at the end


def draw_lines(
    layout: bpy.types.UILayout,
    context: bpy.types.Context,
    current: Session,
    shown: JobStatus | None,
    server_error: BridgeError | None,
) -> None:
    """What waits, what failed, what is told. `shown` is the failed job that is told of at length elsewhere;
    `server_error` what is not."""
    _draw_waiting(layout, context, current)
    _draw_failed(layout, context, failed(current), shown)
    if server_error is not None:
        row = layout.row(align=True)
        column = row.column(align=True)
        for index, line in enumerate(words.fitting_lines(context, server_error.what, _TOLD_LINES)):
            words.label(column, line, icon='BLANK1' if index else 'ERROR')
        row.operator("drawthings.check_server", text="", icon='LINKED')
    _draw_notices(layout, context, current)


def _draw_waiting(layout: bpy.types.UILayout, context: bpy.types.Context, current: Session) -> None:
    live = [status for status in current.statuses() if status.state is not JobState.FAILED]
    others = live[1:]
    if not others:
        return
    column = layout.column(align=True)
    if len(others) <= _FEW:
        draw_queue(column, others, words.sidebar_line(context) - _BESIDE_WAITING)
        return
    row = words.pair(column, context)
    row.popover("DRAWTHINGS_PT_queue", text=Message("{count} waiting", count=len(others)), icon='SORTTIME')
    row.operator("drawthings.cancel", text="Cancel All")


def draw_queue(column: bpy.types.UILayout, waiting: list[JobStatus], line: int) -> None:
    """A line of so many characters for each job: later, earlier, not at all."""
    movable = [status for status in waiting if status.state is JobState.WAITING]
    for status in waiting[:_LISTED]:
        row = column.row(align=True)
        is_waiting = status.state is JobState.WAITING
        text = words.cut(status.job.title, line) if is_waiting else _text(status)
        words.label(row, text, icon='SORTTIME')
        if len(movable) > 1 and is_waiting:
            for icon, offset, end in (('TRIA_UP', -1, movable[0]), ('TRIA_DOWN', 1, movable[-1])):
                if status is end:
                    row.label(text="", icon='BLANK1')
                    continue
                button = row.operator("drawthings.move_job", text="", icon=icon)
                button.job_id, button.offset = status.job.id, offset
        row.operator("drawthings.cancel", text="", icon='X').job_id = status.job.id
    if len(waiting) > _LISTED:
        words.label(column, Message("{more} more", more=len(waiting) - _LISTED), icon='BLANK1')


def _draw_failed(
    layout: bpy.types.UILayout, context: bpy.types.Context, found: list[JobStatus], shown: JobStatus | None
) -> None:
    others = [status for status in found if shown is None or status.job.id != shown.job.id]
    if not others:
        return
    column = layout.column(align=True)
    row = column.row(align=True)
    again = column if words.is_narrow(context) else row
    text = Message("{count} failed" if shown is None else "{count} more", count=len(others))
    row.popover("DRAWTHINGS_PT_failed", text=text, icon='ERROR')
    if len(found) == 1:
        again.operator("drawthings.retry", text="Try Again").job_id = others[0].job.id
        row.operator("drawthings.dismiss", text="", icon='X').job_id = others[0].job.id
    else:
        again.operator("drawthings.retry", text="Try All Again").all = True
        row.operator("drawthings.dismiss", text="", icon='X').failed = True


def draw_failures(layout: bpy.types.UILayout, current: Session, line: int) -> None:
    """What became of the failed jobs, the latest first, so many characters a line."""
    found = failed(current)
    for status in reversed(found[-_TOLD:]):
        _draw_failure(layout.box(), status, line)
    if len(found) > 1:
        row = layout.row(align=True)
        row.operator("drawthings.retry", text="Try All Again").all = True
        row.operator("drawthings.dismiss", text="Dismiss All").failed = True


def _draw_failure(layout: bpy.types.UILayout, status: JobStatus, line: int) -> None:
    """What became of a job, with what can be done about it."""
    error = status.error
    if error is None:
        return
    column = layout.column(align=True)
    words.paragraph(column, error.what, line, icon='ERROR')
    for text in words.wrapped(error.advice, line):
        words.label(column, text, icon='BLANK1')
    faded = column.row()
    faded.active = False
    words.label(faded, words.cut(status.job.title, line), icon='BLANK1')
    row = column.row(align=True)
    row.operator("drawthings.retry", text="Try Again", icon='FILE_REFRESH').job_id = status.job.id
    if isinstance(error, ServerError):
        row.popover("DRAWTHINGS_PT_help", text="How?", icon='QUESTION')
    row.operator("drawthings.dismiss", text="", icon='X').job_id = status.job.id


def _draw_notices(layout: bpy.types.UILayout, context: bpy.types.Context, current: Session) -> None:
    if not current.notices:
        return
    # Beside the text a button leaves too little of it in a narrow sidebar.
    is_narrow = words.is_narrow(context)
    notice, line = current.notices[0], words.sidebar_line(context) - 4
    box = layout.box()
    row = box.column() if is_narrow else box.row()
    column = row.column(align=True)
    words.paragraph(column, notice.text, line, icon='INFO')
    for text in words.wrapped(notice.advice, line):
        words.label(column, text, icon='BLANK1')
    if len(current.notices) > 1:
        more = words.pair(column, context)
        words.label(more, Message("{more} more", more=len(current.notices) - 1), icon='BLANK1')
        more.operator("drawthings.dismiss", text="Dismiss All").all = True
    part = row.row()
    part.alignment = 'RIGHT'
    part.operator("drawthings.dismiss", text="", icon='X', emboss=False)
