# SPDX-FileCopyrightText: 2026 Draw Things Bridge maintainers
# SPDX-License-Identifier: GPL-3.0-or-later

"""What can be done with a job: cancel, move, try again, dismiss."""

from __future__ import annotations

from typing import TYPE_CHECKING

import bpy
from bpy.props import BoolProperty, IntProperty, StringProperty

from ..blender import connection
from ..blender.actions import jobs
from ..blender.session import session
from ..blender.windows import redraw_sidebars
from ..client.features import Feature
from ..messages import Message
from .reporting import reported


class DRAWTHINGS_OT_cancel(bpy.types.Operator):
    """Cancel this job, or all when none is named"""

    bl_idname = "drawthings.cancel"
    bl_label = "Cancel"
    bl_options = {'INTERNAL'}

    if TYPE_CHECKING:
        job_id: str
    else:
        job_id: StringProperty(name="Job", options={'SKIP_SAVE'})

    @classmethod
    def description(cls, _context: bpy.types.Context, properties: bpy.types.OperatorProperties) -> str:
        what = (
            "The server is told to stop when it works on this job, and on nobody else's."
            if connection.offers(Feature.INTERRUPT)
            else Message(
                "{program} cannot be stopped from outside: it finishes a running picture alone, and its "
                "answer is dropped.",
                program=connection.dialect().label,
            )
        )
        if not properties.job_id:
            return Message("Cancel the running job and all that wait.\n{what}", what=what.removesuffix("."))
        return Message("Cancel this job.\n{what} Cancel again to stop waiting for that", what=what)

    @reported
    def execute(self, context: bpy.types.Context) -> None:
        jobs.cancel(self.job_id)
        redraw_sidebars()


class DRAWTHINGS_OT_move_job(bpy.types.Operator):
    """Move this waiting job earlier or later"""

    bl_idname = "drawthings.move_job"
    bl_label = "Move Job"
    bl_options = {'INTERNAL'}

    if TYPE_CHECKING:
        job_id: str
        offset: int
    else:
        job_id: StringProperty(name="Job", options={'SKIP_SAVE'})
        offset: IntProperty(name="Offset", default=-1, options={'SKIP_SAVE'})

    @reported
    def execute(self, context: bpy.types.Context) -> None:
        jobs.move(self.job_id, self.offset)
        redraw_sidebars()


class DRAWTHINGS_OT_retry(bpy.types.Operator):
    """Run this job again, with the same settings and source"""

    bl_idname = "drawthings.retry"
    bl_label = "Try Again"
    bl_options = {'INTERNAL'}

    if TYPE_CHECKING:
        job_id: str
        all: bool
    else:
        job_id: StringProperty(name="Job", options={'SKIP_SAVE'})
        all: BoolProperty(name="All", description="Every failed job", options={'SKIP_SAVE'})

    @classmethod
    def description(cls, _context: bpy.types.Context, properties: bpy.types.OperatorProperties) -> str:
        what = "every job that failed" if properties.all else "this job"
        return Message("Run {what} again, with the same settings and source", what=what)

    @reported
    def execute(self, context: bpy.types.Context) -> None:
        if self.all:
            session.get().retry_all()
        else:
            jobs.retry(self.job_id)


class DRAWTHINGS_OT_dismiss(bpy.types.Operator):
    """Take this message away"""

    bl_idname = "drawthings.dismiss"
    bl_label = "Dismiss"
    bl_options = {'INTERNAL'}

    if TYPE_CHECKING:
        job_id: str
        all: bool
        failed: bool
    else:
        job_id: StringProperty(
            name="Job", description="A failed job; empty: the oldest notice", options={'SKIP_SAVE'}
        )
        all: BoolProperty(name="All", description="Every notice", options={'SKIP_SAVE'})
        failed: BoolProperty(name="Failed", description="Every failed job", options={'SKIP_SAVE'})

    @classmethod
    def description(cls, _context: bpy.types.Context, properties: bpy.types.OperatorProperties) -> str:
        return "Forget every job that failed" if properties.failed else "Take this message away"

    def invoke(self, context: bpy.types.Context, event: bpy.types.Event) -> set[str]:
        if not self.failed:
            return self.execute(context)
        # What a crash left is nowhere else.
        return context.window_manager.invoke_confirm(
            self,
            event,
            title="Dismiss All",
            message="What these jobs were to make is not made",
            confirm_text="Dismiss",
        )

    @reported
    def execute(self, context: bpy.types.Context) -> None:
        current = session.get()
        if self.failed:
            jobs.dismiss_failed()
        elif self.job_id:
            jobs.dismiss(self.job_id)
        elif self.all:
            current.notices.clear()
        elif current.notices:
            current.notices.popleft()
        redraw_sidebars()


register, unregister = bpy.utils.register_classes_factory(
    (DRAWTHINGS_OT_cancel, DRAWTHINGS_OT_move_job, DRAWTHINGS_OT_retry, DRAWTHINGS_OT_dismiss)
)
