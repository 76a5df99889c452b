# SPDX-FileCopyrightText: 2026 Draw Things Bridge maintainers
# SPDX-License-Identifier: GPL-3.0-or-later

"""The one place where pictures are seen: the live preview, then the selected result, and what went wrong.

It is as wide as the panel and always of the same height, with two lines below it, so that nothing moves from
a job's start to its result.
"""

from __future__ import annotations

from functools import partial

import bpy

from ..blender import connection, previews, summary, visibility, windows
from ..blender.actions import results
from ..blender.capture import last_render, render_job
from ..blender.compare import overlay
from ..blender.delivery.result import Result
from ..blender.session.results import preview_key
from ..blender.session.server_state import Connection
from ..blender.session.session import Session
from ..client.features import Feature
from ..errors import BridgeError, ServerError
from ..jobs import thumbnail
from ..jobs.job import JobState, JobStatus
from ..messages import Message
from . import greeting, layers, running, words

#: Units of its height in a wide sidebar, where a square would leave no room for anything else.
_HIGHEST = 15.0
#: Characters of where a result is.
_PLACE = 20


def height(context: bpy.types.Context) -> float:
    """Units of the place's height, the two lines below it apart: a square, in a wide sidebar less."""
    return min(layers.width(context), _HIGHEST)


def draw(layout: bpy.types.UILayout, context: bpy.types.Context, current: Session, first_action: str) -> None:
    """What there is to see now: of several things the first."""
    under_way = running.first(current)
    if under_way is not None:
        _draw_job(layout, context, current, under_way)
        return
    rendering = last_render.under_way(context.scene) if render_job.is_waiting() else None
    if rendering is not None:
        _draw_rendering(layout, context, rendering)
        return
    failed, error = trouble(current)
    greeted = greeting.greets(current)
    if error is not None:
        _draw_trouble(layout, context, error, failed, 0.0 if greeted else height(context))
    if greeted:
        greeting.draw(layout, context, current, first_action, height(context) + 2.0)
    result = results.selected()
    if error is None and result is not None:
        _draw_result(layout, context, current, result)


def trouble(current: Session) -> tuple[JobStatus | None, BridgeError | None]:
    """What went wrong since the artist looked at something else: a job with its error, or what keeps the
    server from answering."""
    failed = running.failed(current)
    for status in reversed(failed):
        if status.error is not None and current.troubles.is_news(status.error):
            return status, status.error
    error = server_error(current)
    return None, error if error is not None and current.troubles.is_news(error) else None


def server_error(current: Session) -> BridgeError | None:
    """Why the server does not answer, or nothing can be sent to it; None when it does, or a failed job tells
    the same."""
    status = current.status
    if status.connection not in (Connection.NO_ANSWER, Connection.ANSWERED):
        return None
    if status.connection is Connection.NO_ANSWER and greeting.greets(current):
        # It is told there, beside what mends it.
        return None
    if any(each.error is status.error for each in running.failed(current)):
        return None
    return status.error


def draw_lines(layout: bpy.types.UILayout, context: bpy.types.Context, current: Session) -> None:
    """What waits, is told, or went wrong and is not seen in the place, a line each."""
    if running.first(current) is not None:
        shown, error = None, None
    else:
        shown, error = trouble(current)
    told = server_error(current)
    running.draw_lines(layout, context, current, shown, told if told is not error else None)


# A job that runs


def _draw_job(
    layout: bpy.types.UILayout, context: bpy.types.Context, current: Session, status: JobStatus
) -> None:
    column = layout.column(align=True)
    place = layers.Layers(column, height(context))
    place.frame()
    preview = previews.known(preview_key(status.job))
    chosen = results.selected()
    if chosen is not None and chosen.picture.job_id == status.job.id and not preview:
        # One of its pictures that is there already is looked at while the others are made.
        place.button("drawthings.show_result", emboss=False).result = chosen.key
        place.picture(_enlarged(context, current, chosen, place.height))
    elif preview:
        place.picture(preview)
    else:
        stand_in = _stand_in(context, current, status, place.height)
        if stand_in:
            place.picture(stand_in, faded=True)
        place.text(words.fitting(context, (_why_no_preview(status), _why_no_preview_in_short(status))))
    place.close()
    running.draw_under_way(column, context, status)


def _draw_rendering(
    layout: bpy.types.UILayout, context: bpy.types.Context, rendering: last_render.Rendering
) -> None:
    """Blender makes the picture that was pressed for. It is seen as soon as it is done: until then Blender
    gives it to nobody but an Image Editor."""
    column = layout.column(align=True)
    place = layers.Layers(column, height(context))
    place.frame()
    place.text(Message("Rendering frame {frame}", frame=rendering.frame))
    place.close()
    words.label(column, words.duration(rendering.seconds), icon='RENDER_STILL')
    faded = column.row()
    faded.active = False
    words.label(faded, "Restyle Render · sent when it is done", icon='BLANK1')


def _stand_in(context: bpy.types.Context, current: Session, status: JobStatus, units: float) -> int:
    """What is shown faded until there is a preview: what is sent, else the selected result."""
    if status.job.task.sources:
        source = status.job.task.sources[0]
        read = partial(thumbnail.of_source, source)
        return current.sent.icon(status.job.id, layers.pixels(context, units), read)
    result = results.selected()
    return 0 if result is None else _enlarged(context, current, result, units)


def _why_no_preview(status: JobStatus) -> str:
    if status.is_waiting_there:
        return "Waiting behind another job"
    if not status.job.task.has_preview:
        return ""
    found = connection.found(status.job.server)
    if found is None:
        return "No preview yet"
    if found.offers(Feature.PROGRESS):
        return "Waiting for the first preview"
    return Message("{program} shows no preview", program=found.dialect.label)


def _why_no_preview_in_short(status: JobStatus) -> str:
    return "No preview yet" if status.job.task.has_preview else ""


# A result


def _draw_result(
    layout: bpy.types.UILayout, context: bpy.types.Context, current: Session, result: Result
) -> None:
    column = layout.column(align=True)
    place = layers.Layers(column, height(context))
    place.frame()
    place.button("drawthings.show_result", emboss=False).result = result.key
    place.picture(_enlarged(context, current, result, place.height))
    place.close()
    words.label(column, _title(context, result))
    if not _draw_remark(column, context, result):
        faded = column.row()
        faded.active = False
        picture = result.picture
        size = words.size(picture.width, picture.height)
        # Without the steps a seed of ten digits fits beside the size at the sidebar's default width.
        words.label(faded, f"{size} · {summary.numbers(result.recipe, with_steps=False)}")


def _draw_remark(layout: bpy.types.UILayout, context: bpy.types.Context, result: Result) -> bool:
    """Why the result is not seen in the 3D View, with what mends it, or how much of it is; whether there was
    anything to tell, in the place of the numbers."""
    image, space = results.known_image(result), context.space_data
    laid = overlay.shown()
    is_covered = space.type == 'VIEW_3D' and overlay.is_seen(laid, space.region_3d)
    if laid is not None and is_covered and not overlay.is_shown(image):
        text = "Another lies over the view · Hide It"
        layout.operator("drawthings.overlay", text=text, depress=True).image = laid.name
        return True
    is_texture = result.landed is not None and result.landed.kind == 'MATERIAL'
    if is_texture and results.is_there(result):
        hidden = visibility.hidden_in(context.window) if visibility.is_drawn(result, context.window) else ""
        if hidden:
            hint = Message("Not visible in {shading} · Show It", shading=hidden)
            text = words.fitting(context, (hint, "Hidden · Show It", "Show It"))
            layout.operator("drawthings.show_in_view", text=text, depress=True)
        return bool(hidden)
    if image is None or not overlay.is_shown(image):
        return False
    if space.type == 'VIEW_3D' and not overlay.is_seen(image, space.region_3d):
        text = words.fitting(context, ("Not seen from here · Go to Its View", "Go to Its View"))
        layout.operator("drawthings.view_of_result", text=text, depress=True).result = result.key
    else:
        layout.prop(windows.manager().drawthings, "overlay_opacity", slider=True)
    return True


def _enlarged(context: bpy.types.Context, current: Session, result: Result, units: float) -> int:
    edge = layers.pixels(context, units)
    found = current.enlarged.icon(result.key, edge, results.reader(result))
    return found or result.icon()


def _title(context: bpy.types.Context, result: Result) -> str:
    """The prompt, cut so that where it is can be read."""
    # The object is enough: which of its textures it is, the tooltip tells.
    where = words.cut(results.where(result).partition(" · ")[0], _PLACE)
    on = Message("on {place}", place=where) if where else ""
    return words.cut_to_fit(context, summary.title(result.recipe), f" · {on}" if on else "")


# What went wrong


def _draw_trouble(
    layout: bpy.types.UILayout,
    context: bpy.types.Context,
    error: BridgeError,
    failed: JobStatus | None,
    least: float,
) -> None:
    """In a place of at least so many units."""
    line = words.sidebar_line(context) - 2
    what, advice = words.wrapped(error.what, line), words.wrapped(error.advice, line)
    column = layout.column(align=True)
    # Higher than ever rather than cut.
    place = layers.Layers(column, max(least, len(what) + len(advice) + 1.0))
    place.frame()
    text = place.layer()
    text.separator(factor=0.8)
    for index, each in enumerate((*what, *advice)):
        words.label(text, each, icon='BLANK1' if index else 'ERROR')
    place.close()
    row = column.row(align=True)
    if failed is None:
        row.operator("drawthings.check_server", icon='LINKED')
    else:
        row.operator("drawthings.retry", text="Try Again", icon='FILE_REFRESH').job_id = failed.job.id
    if isinstance(error, ServerError):
        how = column if words.is_narrow(context) else row
        how.popover("DRAWTHINGS_PT_help", text="How?", icon='QUESTION')
    if failed is not None:
        row.operator("drawthings.dismiss", text="", icon='X').job_id = failed.job.id
    faded = column.row()
    faded.active = False
    title = failed.job.title if failed is not None and failed.state is JobState.FAILED else ""
    words.label(faded, words.cut_to_fit(context, title, ""))
