# SPDX-FileCopyrightText: 2026 Draw Things Bridge maintainers
# SPDX-License-Identifier: GPL-3.0-or-later

"""What the panels show. Each function draws one section into a layout."""

from __future__ import annotations

import bpy

from ..blender import compat, connection, previews, settings, subject
from ..blender.actions import results
from ..blender.delivery import images
from ..blender.selection import Selection
from ..blender.session.results import preview_key
from ..blender.session.server_state import Connection
from ..blender.session.session import Session
from ..client.features import Feature
from ..errors import ServerError
from ..jobs.job import JobState, JobStatus
from ..jobs.metadata import server_options_in_words
from ..jobs.recipe import Recipe
from ..messages import Message
from . import effects, server, words

#: Thumbnails in a row at the default width of a sidebar.
SHOWN_RESULTS = 4
#: Waiting jobs that are shown one by one.
_SHOWN_WAITING = 8
_EXAMPLE = "weathered copper, verdigris in the creases"


def draw_prompt(layout: bpy.types.UILayout, context: bpy.types.Context) -> None:
    """Prompt and negative prompt; a text box on Blender 5.2, before that a field or a text datablock."""
    chosen = context.scene.drawthings
    column = layout.column(align=True)
    if chosen.prompt_text is not None:
        column.template_ID(chosen, "prompt_text")
        first = settings.first_line(chosen.prompt_text)
        words.label(column, first or "Write into it in the Text Editor", icon='BLANK1')
    elif compat.has_text_box(column) and words.fits(chosen, "prompt"):
        column.textbox(chosen, "prompt", placeholder=_EXAMPLE, initial_visible_lines=3)
    else:
        row = column.row(align=True)
        row.scale_y = 1.2
        words.field(row, chosen, "prompt", text="", placeholder=_EXAMPLE)
        row.popover("DRAWTHINGS_PT_prompt_options", text="", icon='TEXT')
    found = effects.of(context)
    split = layout.split(factor=0.2)
    split.active = "negative_prompt" not in found.reasons
    split.label(text="Avoid")
    words.field(split, chosen, "negative_prompt", text="", placeholder="blurry, watermark")
    if chosen.negative_prompt:
        found.tell(layout, "negative_prompt")


def draw_action(
    layout: bpy.types.UILayout,
    operator: str,
    text: str,
    icon: str,
    popover: str,
    *,
    enabled: bool = True,
    **properties: str,
) -> None:
    """One tall button, and the arrow to what concerns it alone; it is grey where the panel says why."""
    row = layout.row(align=True)
    row.scale_y = 1.4
    part = row.row(align=True)
    part.enabled = enabled
    button = part.operator(operator, text=text, icon=icon)
    for name, value in properties.items():
        setattr(button, name, value)
    row.popover(popover, text="", icon='DOWNARROW_HLT')


def draw_troubles(layout: bpy.types.UILayout, context: bpy.types.Context, current: Session) -> None:
    """Failed jobs and notices, one box each, never a pop-up."""
    line = words.sidebar_line(context)
    failed = [status for status in current.statuses() if status.state is JobState.FAILED]
    for status in failed[:1]:
        _draw_failure(layout, status, len(failed) - 1, line)
    server_status = current.status
    # One that answers may be set so that nothing can be sent to it.
    told = server_status.connection in (Connection.NO_ANSWER, Connection.ANSWERED)
    if not failed and told and server_status.error is not None:
        column = _draw_message(
            layout.box(), server_status.error.what, server_status.error.advice, 'ERROR', line
        )
        row = column.row(align=True)
        row.operator("drawthings.check_server", text="Try Again", icon='FILE_REFRESH')
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


def draw_results(layout: bpy.types.UILayout, context: bpy.types.Context, current: Session) -> None:
    """The newest results as thumbnails, and what can be done with the selected one."""
    result = results.selected()
    if result is None:
        return
    first = max(results.selected_index() - SHOWN_RESULTS + 1, 0)
    draw_thumbnails(layout, current, range(first, first + SHOWN_RESULTS), SHOWN_RESULTS)
    picture = result.picture
    column = layout.column(align=True)
    title = column.row()
    words.label(title, _recipe_title(result.recipe))
    if len(current.results) > SHOWN_RESULTS:
        title.popover("DRAWTHINGS_PT_history", text="", icon='TIME')
    faded = column.row()
    faded.active = False
    size = words.size(picture.width, picture.height)
    # Without the steps a seed of ten digits fits beside the size at the sidebar's default width.
    words.label(faded, f"{size} · {_recipe_numbers(result.recipe, with_steps=False)}")
    column = layout.column(align=True)
    row = column.row(align=True)
    part = row.row(align=True)
    # The panel says why, as of the buttons above.
    part.enabled = not subject.why_not_here(Selection.of(context))
    apply = part.operator_menu_enum("drawthings.apply_result", "socket", text="Apply to Material")
    apply.result = result.key
    row.operator("drawthings.show_result", text="Show").result = result.key
    row = column.row(align=True)
    row.operator("drawthings.again", text="Again").result = result.key
    row.operator("drawthings.reuse_recipe", text="Reuse Settings").result = result.key
    _draw_shading_hint(layout, context)


def draw_thumbnails(
    layout: bpy.types.UILayout,
    current: Session,
    indices: range,
    columns: int,
) -> None:
    """Results as thumbnails, each with a bar that selects it; a row that is not full stays as wide."""
    found = list(current.results)
    chosen = results.selected_index()
    grid = layout.grid_flow(row_major=True, columns=columns, even_columns=True, align=True)
    for index in range(indices.start, indices.stop + -len(indices) % columns):
        column = grid.column(align=True)
        if index < min(indices.stop, len(found)):
            column.template_icon(icon_value=found[index].icon(), scale=3.2)
            bar = column.row(align=True)
            bar.scale_y = 0.5
            button = bar.operator("drawthings.select_result", text=" ", depress=index == chosen)
            button.index, button.result = index, found[index].key
        else:
            column.label(text="")


def _draw_shading_hint(layout: bpy.types.UILayout, context: bpy.types.Context) -> None:
    """A texture that went into a material cannot be seen in solid shading."""
    space = context.space_data
    active = context.object
    if space.type != 'VIEW_3D' or active is None or active.active_material is None:
        return
    if space.shading.type in {'SOLID', 'WIREFRAME'} and space.shading.color_type != 'TEXTURE':
        layout.prop_enum(space.shading, "type", 'MATERIAL', text="Show Materials in This View")


def greets(current: Session) -> bool:
    """Whether there is room for the greeting, because nothing came, runs or went wrong yet."""
    troubled = current.status.connection is Connection.NO_ANSWER
    return not (troubled or current.results or current.statuses() or current.notices)


def draw_welcome(
    layout: bpy.types.UILayout, context: bpy.types.Context, current: Session, first_action: str
) -> None:
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


def draw_server(layout: bpy.types.UILayout, context: bpy.types.Context) -> None:
    """The server's address, how it is, and what can be done with it."""
    preferences = settings.preferences()
    row = layout.row(align=True)
    row.prop(preferences, "server_url", text="")
    row.popover("DRAWTHINGS_PT_help", text="", icon='QUESTION')
    layout.operator("drawthings.check_server", icon='LINKED')
    server.draw_status(layout, words.sidebar_line(context))
    if connection.offers(Feature.FREE_MEMORY):
        row = layout.row(align=True)
        row.operator("drawthings.unload_model", text="Free GPU")
        row.operator("drawthings.reload_model")
        layout.prop(context.scene.drawthings, "use_free_gpu")
    if connection.dialect().has(Feature.INFORMATION):
        row = layout.row(align=True)
        row.operator("drawthings.server_information", text="Information")
        row.operator("drawthings.open_docs", text="Documentation")
    if connection.offers(Feature.STOP):
        layout.operator_menu_enum("drawthings.control_server", "action", text="Stop or Restart")


def draw_recipe(layout: bpy.types.UILayout, context: bpy.types.Context, image: bpy.types.Image) -> None:
    """How the image was made."""
    recipe = images.readable_recipe(image)
    if recipe is None:
        layout.label(text="This image's recipe cannot be read", icon='ERROR')
        return
    line = words.sidebar_line(context)
    _draw_recipe_lines(layout.column(align=True), recipe, line)
    options = server_options_in_words(recipe.request)
    if options:
        column = layout.column(align=True)
        words.paragraph(
            column, Message("Made with {options}", options=options), line, icon='PREFERENCES', lines=4
        )
        button = column.operator("drawthings.reuse_recipe", text="Reuse with Server Options")
        button.image, button.use_server_options = image.name, True
    row = layout.row(align=True)
    row.operator("drawthings.reuse_recipe", text="Reuse Settings", icon='COPYDOWN').image = image.name
    row.operator("drawthings.again", text="Again", icon='FILE_REFRESH').image = image.name


def _draw_recipe_lines(column: bpy.types.UILayout, recipe: Recipe, line: int) -> None:
    words.paragraph(column, _recipe_title(recipe), line, lines=3)
    if recipe.extras is None:
        words.label(column, recipe.request.models.model or recipe.model_used or "Model as set on the server")
    words.label(column, _recipe_numbers(recipe, with_steps=True))


def _recipe_title(recipe: Recipe) -> str:
    """The prompt, or what was enlarged."""
    if recipe.extras is None:
        return recipe.request.conditioning.prompt
    return recipe.source.text if recipe.source is not None else ""


def _recipe_numbers(recipe: Recipe, *, with_steps: bool) -> str:
    if recipe.unfinished and not with_steps:
        # There is no room for the seed beside it.
        return recipe.unfinished
    took = recipe.unfinished or words.duration(recipe.seconds)
    if recipe.extras is None:
        return Message(
            "seed {seed} · {steps} steps · {took}" if with_steps else "seed {seed} · {took}",
            seed=recipe.request.sampling.seed,
            steps=recipe.request.sampling.steps,
            took=took,
        )
    if recipe.extras.upscaler == "None":
        return Message("faces restored · {took}", took=took)
    return f"{recipe.extras.scale:g} × {words.short(recipe.extras.upscaler, 60)} · {took}"
