# SPDX-FileCopyrightText: 2026 Draw Things Bridge maintainers
# SPDX-License-Identifier: GPL-3.0-or-later

"""What the panels show. Each function draws one section into a layout."""

from __future__ import annotations

import bpy

from ..blender import compat, images, results, settings
from ..blender.session import Connection, Session
from ..jobs.job import JobState, JobStatus
from ..jobs.recipe import Recipe
from . import lists, server, words

#: Thumbnails in a row at the default width of a sidebar.
SHOWN_RESULTS = 4
#: Characters that fit on a line of the sidebar at its default width.
LINE = 40
_EXAMPLE = "weathered copper, verdigris in the creases"


def draw_prompt(layout: bpy.types.UILayout, chosen: bpy.types.PropertyGroup) -> None:
    """Prompt and negative prompt; a text box on Blender 5.2, before that a field or a text datablock."""
    column = layout.column(align=True)
    if chosen.prompt_text is not None:
        column.template_ID(chosen, "prompt_text")
        first = next((line.body for line in chosen.prompt_text.lines if line.body.strip()), "")
        column.label(text=first or "Write into it in the Text Editor", icon='BLANK1')
    elif compat.has_text_box(column):
        column.textbox(chosen, "prompt", text="", placeholder=_EXAMPLE, initial_visible_lines=3)
    else:
        row = column.row(align=True)
        row.scale_y = 1.2
        row.prop(chosen, "prompt", text="", placeholder=_EXAMPLE)
        row.prop_search(
            chosen, "prompt_text", bpy.data, "texts", text="", icon='TEXT', results_are_suggestions=False
        )
    row = layout.row()
    row.prop(chosen, "negative_prompt", placeholder="blurry, watermark")


def draw_action(
    layout: bpy.types.UILayout,
    operator: str,
    text: str,
    icon: str,
    popover: str,
    **properties: str,
) -> None:
    """One tall button, and the arrow to what concerns it alone."""
    row = layout.row(align=True)
    row.scale_y = 1.4
    button = row.operator(operator, text=text, icon=icon)
    for name, value in properties.items():
        setattr(button, name, value)
    row.popover(popover, text="", icon='DOWNARROW_HLT')


def draw_troubles(layout: bpy.types.UILayout, current: Session) -> None:
    """Failed jobs and notices, one box each, never a pop-up."""
    failed = [status for status in current.statuses() if status.state is JobState.FAILED]
    for status in failed[:1]:
        _draw_failure(layout, status, len(failed) - 1)
    status = current.status
    if not failed and status.connection is Connection.NO_ANSWER and status.error is not None:
        box = layout.box().column(align=True)
        _draw_lines(box, status.error.what, 'ERROR')
        _draw_lines(box, status.error.advice, 'BLANK1')
        row = box.row(align=True)
        row.operator("drawthings.check_server", text="Try Again", icon='FILE_REFRESH')
        row.popover("DRAWTHINGS_PT_help", text="How?", icon='QUESTION')
    if current.notices:
        notice = current.notices[0]
        box = layout.box()
        row = box.row()
        column = row.column(align=True)
        _draw_lines(column, notice.text, 'INFO')
        _draw_lines(column, notice.advice, 'BLANK1')
        if len(current.notices) > 1:
            column.label(text=f"{len(current.notices) - 1} more", icon='BLANK1')
        row.operator("drawthings.dismiss", text="", icon='X', emboss=False)


def _draw_failure(layout: bpy.types.UILayout, status: JobStatus, more: int) -> None:
    error = status.error
    if error is None:
        return
    box = layout.box().column(align=True)
    _draw_lines(box, error.what, 'ERROR')
    _draw_lines(box, error.advice, 'BLANK1')
    box.label(text=status.job.title + (f" and {more} more" if more else ""), icon='BLANK1')
    row = box.row(align=True)
    row.operator("drawthings.retry", text="Try Again", icon='FILE_REFRESH').job_id = status.job.id
    row.popover("DRAWTHINGS_PT_help", text="How?", icon='QUESTION')
    row.operator("drawthings.dismiss", text="", icon='X').job_id = status.job.id


def _draw_lines(layout: bpy.types.UILayout, text: str, icon: str) -> None:
    for index, line in enumerate(words.wrapped(text, LINE)):
        layout.label(text=line, icon=icon if index == 0 else 'BLANK1')


def draw_running(layout: bpy.types.UILayout, current: Session) -> None:
    """What runs and what waits."""
    live = [status for status in current.statuses() if status.state is not JobState.FAILED]
    if not live:
        return
    column = layout.column(align=True)
    for index, status in enumerate(live):
        _draw_job(column, status, first_waiting=index == 0 or live[index - 1].state is not JobState.WAITING)


def _draw_job(layout: bpy.types.UILayout, status: JobStatus, *, first_waiting: bool) -> None:
    row = layout.row(align=True)
    if status.state is JobState.RUNNING:
        row.progress(text=_running_text(status), factor=status.fraction, type='BAR')
    elif status.state is JobState.LET_GO:
        row.label(text=f"The app finishes this alone · {words.duration(status.seconds)}", icon='SORTTIME')
    else:
        row.label(text=status.job.title, icon='PAUSE')
        if not first_waiting:
            button = row.operator("drawthings.move_job", text="", icon='TRIA_UP')
            button.job_id, button.offset = status.job.id, -1
    row.operator("drawthings.cancel", text="", icon='X').job_id = status.job.id
    if status.state is JobState.RUNNING:
        layout.label(text=status.job.title, icon='BLANK1')


def _running_text(status: JobStatus) -> str:
    elapsed = words.duration(status.seconds)
    text = f"{elapsed} of about {words.duration(status.estimate)}" if status.estimate else elapsed
    if status.job.count > 1:
        text = f"{status.pictures_done + 1} of {status.job.count} · {text}"
    return text


def draw_results(layout: bpy.types.UILayout, context: bpy.types.Context, current: Session) -> None:
    """The newest results as thumbnails, and what can be done with the selected one."""
    chosen = context.window_manager.drawthings.result_index
    shown = list(current.results)[:SHOWN_RESULTS]
    if not shown:
        return
    row = layout.row(align=True)
    for index, result in enumerate(shown):
        column = row.column(align=True)
        column.template_icon(icon_value=result.icon(), scale=3.4)
        column.operator(
            "drawthings.select_result",
            text="",
            icon='RADIOBUT_ON' if index == chosen else 'RADIOBUT_OFF',
            depress=index == chosen,
        ).index = index
    for _ in range(SHOWN_RESULTS - len(shown)):
        row.column()
    result = results.selected(context)
    if result is None:
        return
    picture = result.picture
    column = layout.column(align=True)
    column.label(text=result.recipe.request.prompt)
    column.label(
        text=f"{words.size(picture.width, picture.height)} · seed {result.recipe.request.seed} · "
        f"{words.duration(result.recipe.seconds)}"
    )
    row = layout.row(align=True)
    row.operator_menu_enum("drawthings.apply_result", "socket", text="Apply", icon='MATERIAL')
    row.operator("drawthings.show_result", text="Show")
    row.operator("drawthings.again", text="Again")
    row.operator("drawthings.reuse_recipe", text="Reuse")


def draw_welcome(layout: bpy.types.UILayout, current: Session) -> None:
    """Before the first picture: where to begin."""
    if current.results or current.statuses() or current.notices:
        return
    box = layout.box().column(align=True)
    answered = current.status.connection is Connection.ANSWERED
    row = box.row()
    row.label(text="1. Is the server there?", icon='CHECKMARK' if answered else 'RADIOBUT_OFF')
    if not answered:
        row.operator("drawthings.check_server", text="Test")
    box.label(text="2. Write what the picture shows", icon='RADIOBUT_OFF')
    box.label(text="3. Press Texture", icon='RADIOBUT_OFF')


def draw_settings(layout: bpy.types.UILayout, chosen: bpy.types.PropertyGroup) -> None:
    """Everything that is sent and is not in the head of the panel."""
    layout.use_property_split = True
    layout.use_property_decorate = False
    layout.operator("drawthings.take_over_settings", icon='IMPORT')
    layout.prop(chosen, "model", placeholder="As Set in the App")
    column = layout.column(align=True)
    column.prop(chosen, "width")
    column.prop(chosen, "height")
    layout.prop(chosen, "steps")
    layout.prop(chosen, "guidance_scale")
    layout.prop(chosen, "strength")
    layout.prop(chosen, "sampler")
    row = layout.row(align=True)
    part = row.row(align=True)
    part.active = not chosen.use_random_seed
    part.prop(chosen, "seed")
    row.prop(chosen, "use_random_seed", text="", icon='FILE_REFRESH')
    layout.prop(chosen, "batch_count")


def draw_more_settings(layout: bpy.types.UILayout, chosen: bpy.types.PropertyGroup) -> None:
    """The settings that are needed now and then."""
    layout.use_property_split = True
    layout.use_property_decorate = False
    layout.prop(chosen, "seed_mode")
    layout.prop(chosen, "shift")
    layout.prop(chosen, "clip_skip")
    layout.prop(chosen, "upscaler", placeholder="Off")
    layout.prop(chosen, "refiner_model", placeholder="Off")
    if chosen.refiner_model:
        layout.prop(chosen, "refiner_start")
    layout.prop(chosen, "hires_fix")
    layout.operator("drawthings.check_files", icon='VIEWZOOM')


def draw_loras(layout: bpy.types.UILayout, chosen: bpy.types.PropertyGroup) -> None:
    lists.draw_list(layout, chosen, "loras", "lora_index")
    if 0 <= chosen.lora_index < len(chosen.loras):
        layout.use_property_split = True
        layout.use_property_decorate = False
        layout.prop(chosen.loras[chosen.lora_index], "mode")


def draw_controls(layout: bpy.types.UILayout, chosen: bpy.types.PropertyGroup) -> None:
    lists.draw_list(layout, chosen, "controls", "control_index")
    if 0 <= chosen.control_index < len(chosen.controls):
        entry = chosen.controls[chosen.control_index]
        layout.use_property_split = True
        layout.use_property_decorate = False
        column = layout.column(align=True)
        column.prop(entry, "guidance_start")
        column.prop(entry, "guidance_end")
        layout.prop(entry, "control_importance")
        layout.prop(entry, "input_override", placeholder="As the File Says")
    column = layout.column(align=True)
    column.active = False
    for line in words.wrapped("The app derives the hint from the picture that is sent.", LINE):
        column.label(text=line)


def draw_advanced(layout: bpy.types.UILayout, context: bpy.types.Context) -> None:
    """Any other parameter of the server, searchable by name."""
    chosen = context.scene.drawthings
    row = layout.row(align=True)
    row.prop(
        context.window_manager.drawthings, "advanced_search", text="", icon='VIEWZOOM', placeholder="Add"
    )
    row.operator("drawthings.parameter_add", text="", icon='ADD')
    if chosen.advanced:
        row = layout.row()
        row.template_list("DRAWTHINGS_UL_advanced", "", chosen, "advanced", chosen, "advanced_index", rows=3)
        row.column().operator("drawthings.list_remove", text="", icon='REMOVE').which = 'advanced'


def draw_source(layout: bpy.types.UILayout, chosen: bpy.types.PropertyGroup) -> None:
    """What is sent when something is restyled."""
    layout.use_property_split = True
    layout.use_property_decorate = False
    layout.prop(chosen, "view_from", text="View", expand=True)
    layout.prop(chosen, "use_overlays")
    layout.prop(chosen, "render_source")
    layout.prop(chosen, "use_source_size")
    layout.prop(chosen, "fit_mode", expand=True)


def draw_output(layout: bpy.types.UILayout, chosen: bpy.types.PropertyGroup) -> None:
    """Where results go."""
    layout.use_property_split = True
    layout.use_property_decorate = False
    column = layout.column(align=True)
    column.prop(chosen, "texture_target", text="Texture")
    column.prop(chosen, "view_target", text="View")
    column.prop(chosen, "render_target", text="Render")
    column.prop(chosen, "image_target", text="Image")
    layout.prop(chosen, "socket")
    column = layout.column(align=True)
    column.prop(chosen, "use_new_material")
    column.prop(chosen, "use_show")
    column.prop(chosen, "use_pack")
    layout.operator("drawthings.open_output", icon='FILE_FOLDER')


def draw_server(layout: bpy.types.UILayout) -> None:
    """The server's address, and how it is."""
    preferences = settings.preferences()
    row = layout.row(align=True)
    row.prop(preferences, "server_url", text="")
    row.popover("DRAWTHINGS_PT_help", text="", icon='QUESTION')
    layout.operator("drawthings.check_server", icon='LINKED')
    server.draw_status(layout, LINE)


def draw_recipe(layout: bpy.types.UILayout, image: bpy.types.Image) -> None:
    """How the image was made."""
    recipe = images.readable_recipe(image)
    if recipe is None:
        return
    _draw_recipe_lines(layout.column(align=True), recipe)
    row = layout.row(align=True)
    row.operator("drawthings.reuse_recipe", text="Reuse Settings", icon='COPYDOWN').image = image.name
    row.operator("drawthings.again", text="Again", icon='FILE_REFRESH').image = image.name


def _draw_recipe_lines(column: bpy.types.UILayout, recipe: Recipe) -> None:
    request = recipe.request
    for line in words.wrapped(request.prompt, LINE)[:3]:
        column.label(text=line)
    column.label(text=f"{request.model or recipe.model_used or 'Model as set in the app'}")
    column.label(text=f"Seed {request.seed} · {request.steps} steps · {words.duration(recipe.seconds)}")
