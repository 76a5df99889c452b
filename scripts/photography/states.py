# SPDX-FileCopyrightText: 2026 Draw Things Bridge maintainers
# SPDX-License-Identifier: GPL-3.0-or-later

"""What is photographed, and how to get there. The states of a sheet follow one another in one window."""

from __future__ import annotations

import time
from collections.abc import Callable
from dataclasses import dataclass
from enum import Enum, auto
from typing import Any

from .studio import COPPER, NOBODY, Studio


class Part(Enum):
    """What of the window is in the photograph."""

    SIDEBAR = auto()
    WINDOW = auto()
    STATUS_BAR = auto()
    CHANGE = auto()
    """What `reach` opened: a popover, a menu."""


@dataclass(frozen=True)
class State:
    """How the panels look at one moment of an artist's work."""

    name: str
    reach: Callable[[Studio], None]
    part: Part = Part.SIDEBAR
    editor: str = 'VIEW_3D'
    leave: Callable[[Studio], None] | None = None
    is_varied: bool = False
    """Photographed in both themes, at several widths and in twice the size, too."""


def _greeting_start(studio: Studio) -> None:
    studio.run(f"preferences().server_url = {NOBODY!r}")
    studio.set(prompt="")


def _no_server(studio: Studio) -> None:
    studio.connect(NOBODY)


def _greeting_connected(studio: Studio) -> None:
    studio.connect("draw_things")


def _greeting_prompt(studio: Studio) -> None:
    studio.set(prompt=COPPER)


def _texture(studio: Studio) -> None:
    studio.connect("draw_things")
    studio.select("Jar")
    studio.make(COPPER, "txt2img(target='MATERIAL')")


def prepare_results(studio: Studio) -> None:
    """Some results of each kind; the newest is on the jar."""
    studio.connect("draw_things")
    studio.select("Jar")
    _several_results(studio)


def _several_results(studio: Studio) -> None:
    studio.make("a mosaic of glazed tiles, cobalt blue", "txt2img(target='IMAGE')")
    studio.make("ink and watercolour", "img2img(source='VIEWPORT', target='IMAGE')")
    studio.make("old oak planks", "txt2img(target='MATERIAL')")
    studio.make(COPPER, "txt2img(target='MATERIAL')")


def _newest(studio: Studio) -> None:
    studio.run("bpy.context.window_manager.drawthings.result_index = 0")


def _choose(prompt: str) -> Callable[[Studio], None]:
    """Select the newest result of a prompt."""

    def reach(studio: Studio) -> None:
        studio.run(
            "prompts = [each.recipe.request.conditioning.prompt for each in session().results]\n"
            f"bpy.context.window_manager.drawthings.result_index = prompts.index({prompt!r})"
        )

    return reach


def _solid(studio: Studio) -> None:
    _choose(COPPER)(studio)
    studio.run("area('VIEW_3D').spaces.active.shading.color_type = 'MATERIAL'")


def _textured(studio: Studio) -> None:
    studio.run("area('VIEW_3D').spaces.active.shading.color_type = 'TEXTURE'")


def _running(studio: Studio) -> None:
    """A job with a preview that stands still, and two that wait."""
    studio.connect("a1111")
    studio.select("Jar")
    studio.set(steps=20)
    studio.faults("a1111", hold_at_step=12)
    for prompt in (COPPER, "white marble, gold veins", "moss on stone"):
        studio.set(prompt=prompt)
        studio.call("txt2img(target='MATERIAL')")
    studio.wait_for_step(12)


def _moved(studio: Studio) -> None:
    studio.run(
        "waiting = [each.job.id for each in session().statuses() if each.state.name == 'WAITING']\n"
        "with override('VIEW_3D'): bpy.ops.drawthings.move_job(job_id=waiting[-1], offset=-1)"
    )


def _several_pictures(studio: Studio) -> None:
    studio.end_all()
    studio.set(batch_count=4)
    _running(studio)
    studio.set(batch_count=1)


def _strip(studio: Studio) -> None:
    """Four pictures of one press, of which two are there."""
    studio.end_all()
    studio.connect("draw_things")
    studio.select("Jar")
    studio.set(prompt=COPPER, batch_count=4)
    studio.faults("draw_things", delay=12)
    before = studio.run("len(session().results)")
    studio.call("txt2img(target='MATERIAL')")
    studio.window.wait_until(f"len(session().results) == {before + 2}", timeout=120)


def _second_chosen(studio: Studio) -> None:
    studio.faults("draw_things")
    studio.settle()
    studio.run("with override('VIEW_3D'): bpy.ops.drawthings.select_result(index=2)")
    time.sleep(1.0)


def _strip_is_there(studio: Studio) -> None:
    """That which has arrived, or one of its own where this state is photographed alone."""
    if studio.run("not any(each.set_id for each in session().results)"):
        studio.connect("draw_things")
        studio.select("Jar")
        studio.set(prompt=COPPER, batch_count=4)
        studio.call("txt2img(target='MATERIAL')")
        studio.window.wait_until("len(session().results) >= 4", timeout=240)
        studio.settle()


def _grid(studio: Studio) -> None:
    before = studio.run("len(session().results)")
    studio.call(
        "variations(source='VIEWPORT', columns='guidance_scale', column_values='3, 4.5, 6',"
        " rows='strength', row_values='0.3, 0.5, 0.7')"
    )
    studio.window.wait_until(f"len(session().results) == {before + 9}", timeout=240)
    studio.settle()


def _contact_sheet(studio: Studio) -> None:
    studio.show_editor('IMAGE_EDITOR')
    studio.call("contact_sheet()", 'IMAGE_EDITOR')
    studio.settle()
    studio.sidebar('IMAGE_EDITOR')


def _grid_options(studio: Studio) -> None:
    studio.run("bpy.context.scene.drawthings.grid.rows = 'strength'")
    popover("DRAWTHINGS_PT_grid")(studio)


def _single_again(studio: Studio) -> None:
    escape(studio)
    studio.set(batch_count=1)


def _no_preview(studio: Studio) -> None:
    studio.end_all()
    studio.connect("draw_things")
    studio.faults("draw_things", delay=600)
    studio.set(prompt=COPPER)
    studio.call("txt2img(target='MATERIAL')")
    time.sleep(2.0)


def _let_go(studio: Studio) -> None:
    studio.call("cancel()")


def _end_all(studio: Studio) -> None:
    studio.end_all()


def _failed(studio: Studio) -> None:
    studio.end_all()
    studio.connect("draw_things")
    studio.faults("draw_things", empty=True)
    studio.call("txt2img(target='IMAGE')")
    studio.settle()
    studio.faults("draw_things")


def _failed_twice(studio: Studio) -> None:
    studio.faults("draw_things", refuse="the model is broken")
    studio.call("txt2img(target='IMAGE')")
    studio.settle()
    studio.faults("draw_things")


def _select(*names: str) -> Callable[[Studio], None]:
    def reach(studio: Studio) -> None:
        studio.select(*names)

    return reach


def _three_slots(studio: Studio) -> None:
    studio.select("Jar")
    studio.run(
        "jar = bpy.data.objects['Jar']\n"
        "for name in ('Glaze', 'Rim'): jar.data.materials.append(bpy.data.materials.new(name))"
    )


def _all_objects(studio: Studio) -> None:
    studio.set(texture_objects='SELECTED')


def _one_object(studio: Studio) -> None:
    studio.set(texture_objects='ACTIVE')


def _no_uv_map(studio: Studio) -> None:
    studio.run(
        "mesh = bpy.data.meshes.new('Block')\n"
        "mesh.from_pydata([(0, 0, 0), (1, 0, 0), (1, 1, 0), (0, 1, 0)], [], [(0, 1, 2, 3)])\n"
        "bpy.context.scene.collection.objects.link(bpy.data.objects.new('Block', mesh))"
    )
    studio.select("Block")


def _camera(studio: Studio) -> None:
    studio.run("select(bpy.context.scene.camera.name)")


def _long_prompt(studio: Studio) -> None:
    studio.select("Jar")
    _long_words(studio)


def _long_words(studio: Studio) -> None:
    studio.set(
        prompt="weathered copper with verdigris in the creases, hammered by hand, thin scratches along the"
        " rim, a warm light from the left, soft shadows, fine grain, seamless",
        negative_prompt="blurry, watermark",
    )


def _text_prompt(studio: Studio) -> None:
    """In a window of its own, which lies over all that would come after it."""
    _long_words(studio)
    studio.call("edit_prompt()")


def _chips(studio: Studio) -> None:
    studio.set(prompt=COPPER, negative_prompt="blurry, watermark")
    studio.run(
        "chosen = bpy.context.scene.drawthings\n"
        "for name in ('detail_lora_f16.ckpt', 'copper_lora_f16.ckpt'): chosen.loras.add().name = name\n"
        "chosen.controls.add().name = 'controlnet_depth_1.x_v1.1_f16.ckpt'"
    )


def _no_chips(studio: Studio) -> None:
    studio.run(
        "chosen = bpy.context.scene.drawthings\nchosen.loras.clear(); chosen.controls.clear()\n"
        "chosen.negative_prompt = ''"
    )


def popover(name: str, editor: str = 'VIEW_3D') -> Callable[[Studio], None]:
    """Open a popover in the middle of an editor."""
    return _opened("call_panel", name, editor)


def menu(name: str, editor: str = 'VIEW_3D') -> Callable[[Studio], None]:
    """The same with a menu."""
    return _opened("call_menu", name, editor)


def _opened(operator: str, name: str, editor: str) -> Callable[[Studio], None]:
    def reach(studio: Studio) -> None:
        studio.window.move(*studio.place_to_open(editor))
        studio.run(f"with override({editor!r}, 'UI'): bpy.ops.wm.{operator}('INVOKE_DEFAULT', name={name!r})")
        time.sleep(1.0)

    return reach


def escape(studio: Studio) -> None:
    """Close what is open at the pointer."""
    studio.window.key("Escape")


def _escape_to_view3d(studio: Studio) -> None:
    studio.window.key("Escape")
    _view3d(studio)


def show_image_editor(studio: Studio) -> None:
    studio.show_editor('IMAGE_EDITOR')
    studio.run(
        "space = area('IMAGE_EDITOR').spaces.active\n"
        "space.image = next(i for i in bpy.data.images if i.drawthings.operation == 'img2img')\n"
        "bpy.context.scene.drawthings.prompt = space.image.drawthings.prompt"
    )
    _choose("ink and watercolour")(studio)
    studio.sidebar('IMAGE_EDITOR')
    studio.run("with override('IMAGE_EDITOR'): bpy.ops.image.view_all(fit_view=True)")


def show_shader_editor(studio: Studio) -> None:
    studio.select("Jar")
    studio.run("bpy.data.objects['Jar'].active_material_index = 0")
    studio.show_editor('ShaderNodeTree')
    studio.sidebar('ShaderNodeTree')
    _choose(COPPER)(studio)
    studio.set(prompt=COPPER)
    studio.run("with override('ShaderNodeTree'): bpy.ops.node.view_all()")
    # It glides there.
    time.sleep(1.0)


def _replaced(studio: Studio) -> None:
    """The bowl's own image, reworked in place, and shown."""
    studio.show_editor('VIEW_3D')
    studio.select("Bowl")
    studio.show_editor('ShaderNodeTree')
    studio.set(image_target='REPLACE', strength=0.9)
    order = "img2img(source='TEXTURE', target='REPLACE')"
    studio.make("a starry night, swirling brush strokes", order, 'ShaderNodeTree')
    studio.show_editor('IMAGE_EDITOR')
    studio.run(
        "area('IMAGE_EDITOR').spaces.active.image = bpy.data.images[demo_scene.PATTERN]\n"
        "with override('IMAGE_EDITOR'): bpy.ops.image.view_all(fit_view=True)"
    )
    studio.sidebar('IMAGE_EDITOR')


def draw_line(editor: str) -> Callable[[Studio], None]:
    """The line in the middle of the editor."""

    def reach(studio: Studio) -> None:
        part = studio.window.rectangle(editor)
        studio.window.move(*part.centre)
        studio.call("compare('INVOKE_DEFAULT')", editor)
        studio.window.move(part.centre[0] + 4, part.centre[1])

    return reach


def _hold(editor: str) -> Callable[[Studio], None]:
    def reach(studio: Studio) -> None:
        studio.window.move(*studio.window.rectangle(editor).centre)
        studio.call("compare_hold('INVOKE_DEFAULT')", editor)

    return reach


def lay_over_view(studio: Studio) -> None:
    _view3d(studio)
    _choose("ink and watercolour")(studio)
    studio.call("overlay()")


def _no_overlay(studio: Studio) -> None:
    studio.window.key("Escape")
    studio.call("overlay()")


def _put_back(studio: Studio) -> None:
    studio.select("Jar")
    _choose(COPPER)(studio)
    studio.call("put_back()")


def _put_there_again(studio: Studio) -> None:
    studio.call("select_result(index=0)")


def _view3d(studio: Studio) -> None:
    studio.show_editor('VIEW_3D')
    studio.sidebar()


def _preferences(studio: Studio) -> None:
    studio.window.show_editor('PREFERENCES')
    studio.run(
        "bpy.context.preferences.active_section = 'ADDONS'\n"
        "bpy.context.window_manager.addon_search = 'Draw Things'\n"
        "with override('PREFERENCES'): bpy.ops.preferences.addon_expand(module=package())"
    )


def _open_panels(studio: Studio) -> None:
    """What is open is kept with a panel that was drawn: hence a fresh file."""
    studio.run("with override(): bpy.ops.wm.read_homefile(use_factory_startup=True)")
    studio.run("unfold_panels('DRAWTHINGS_PT_')")
    _chips(studio)
    studio.sidebar()


def _scrolled(studio: Studio) -> None:
    part = studio.sidebar()
    studio.window.move(*part.centre)
    for _ in range(3):
        studio.window.click(*part.centre, button=5, times=20)


def _models(studio: Studio) -> None:
    """The list of models, with whether each is there."""
    _greeting_connected(studio)
    studio.call("find_models()")
    studio.settle()
    studio.set(model="")
    popover("DRAWTHINGS_PT_models")(studio)


def _model_with_settings(studio: Studio) -> None:
    """A model that was chosen together with what is recommended for it."""
    studio.run("with override(): bpy.ops.wm.read_homefile(use_factory_startup=True)")
    studio.run("unfold_panels('DRAWTHINGS_PT_view3d_settings')")
    studio.run("session().notices.clear(); session().first_picture.was_made = True")
    studio.set(prompt=COPPER)
    studio.call("use_model_settings(model='qwen_image_2512_q6p.ckpt')")
    studio.sidebar()


def _edit_model(studio: Studio) -> None:
    """Of an edit model the strength counts otherwise, and of a distilled one the guidance does not."""
    studio.call("use_model_settings(model='flux_2_klein_4b_q6p.ckpt')")
    studio.set(strength=0.6)


def _nothing(_studio: Studio) -> None:
    """As the state before left it."""


def _history_alone(studio: Studio) -> None:
    """Opened, and the only panel: below the head it would be scrolled to."""
    studio.run(
        "head = bpy.types.DRAWTHINGS_PT_view3d\n"
        # What is open is kept with a panel that was drawn.
        "with override(): bpy.ops.wm.read_homefile(use_factory_startup=True)\n"
        "bpy.utils.unregister_class(head)\n"
        "unfold_panels('DRAWTHINGS_PT_view3d_history')"
    )
    studio.sidebar()
    _until_found(studio)


def _head_again(studio: Studio) -> None:
    studio.run("bpy.utils.register_class(head)")


def _until_found(studio: Studio) -> None:
    studio.settle()
    # The first drawing asks for thumbnails, and is drawn again with them.
    for _ in range(2):
        studio.window.redraw()
        studio.settle()
    time.sleep(0.5)


def prepare_history(studio: Studio) -> None:
    """What a Blender made before it ended: a strip, restyled views, and single pictures."""
    studio.connect("draw_things")
    _several_results(studio)
    studio.set(batch_count=4)
    for prompt in ("terracotta tiles in a herringbone pattern", "mossy stone wall, wet after rain"):
        studio.make(prompt, "txt2img(target='IMAGE')")
        studio.settle()
    studio.set(batch_count=1)


def _search(**fields: Any) -> Callable[[Studio], None]:
    def reach(studio: Studio) -> None:
        studio.call("clear_history_search()")
        for name, value in fields.items():
            studio.run(f"bpy.context.window_manager.drawthings.history_{name} = {value!r}")
        _until_found(studio)

    return reach


def _marked(studio: Studio) -> None:
    """A favourite; a file that is gone, which is selected."""
    _search()(studio)
    studio.run("found = session().history.page.entries")
    studio.call("history_favourite(identity=found[2].identity, value=True)")
    studio.run("found[-1].path.unlink(); session().history.look()")
    studio.settle()
    studio.call("select_in_history(identity=found[-1].identity)")
    _until_found(studio)


def _thrown_away(studio: Studio) -> None:
    studio.call("history_delete(identity=found[4].identity)")
    studio.settle()
    _search(deleted=True)(studio)


def _of_width(pixels: int) -> Callable[[Studio], None]:
    def reach(studio: Studio) -> None:
        studio.set_width(pixels)
        _until_found(studio)

    return reach


def browse_history(words: str) -> Callable[[Studio], None]:
    """The large browser, with this typed into it."""

    def reach(studio: Studio) -> None:
        studio.call("clear_history_search()")
        # A call from elsewhere would wait for the dialog's end.
        studio.run(
            "def browse():\n"
            "    with override('VIEW_3D'): bpy.ops.drawthings.browse_history('INVOKE_DEFAULT')\n"
            "bpy.app.timers.register(browse)"
        )
        time.sleep(1.5)
        if words:
            studio.window.type(words)
        _until_found(studio)

    return reach


def _two_escapes(studio: Studio) -> None:
    """The first leaves the field."""
    studio.window.key("Escape", "Escape")


SHEETS: dict[str, tuple[State, ...]] = {
    "greeting": (
        State("Greeting", _greeting_start, is_varied=True),
        State("Greeting, no server", _no_server),
        State("Greeting, connected", _greeting_connected),
        State("Greeting, prompt written", _greeting_prompt),
    ),
    "results": (
        State("First texture", _texture),
        State("First texture, window", _nothing, Part.WINDOW),
        State("Result: texture", prepare_results, is_varied=True),
        State("Result: not visible in Solid", _solid, leave=_textured),
        State("Result: view", _choose("ink and watercolour")),
        State("Result: image", _choose("a mosaic of glazed tiles, cobalt blue"), leave=_newest),
        State("Results, window", _nothing, Part.WINDOW),
    ),
    "running": (
        State("Running", _running, is_varied=True),
        State("Running, a job moved", _moved),
        State("Running, window", _nothing, Part.WINDOW),
        State("Running, status bar", _nothing, Part.STATUS_BAR),
        State("Waiting jobs", popover("DRAWTHINGS_PT_queue"), Part.CHANGE, leave=escape),
        State("Running, four pictures", _several_pictures),
        State("Running, no preview", _no_preview),
        State("Cancelled, the server goes on", _let_go, leave=_end_all),
        State("Failed", _failed),
        State("Failed twice", _failed_twice),
        State("Failed jobs", popover("DRAWTHINGS_PT_failed"), Part.CHANGE, leave=_end_all),
        State("No server, with results", _no_server, leave=_greeting_connected),
    ),
    "choosing": (
        State("A strip arrives", _strip),
        State("The second of a strip is chosen", _second_chosen, Part.WINDOW),
        State("A strip", _strip_is_there, is_varied=True),
        State("Grid", _grid_options, Part.CHANGE, leave=_single_again),
        State("A grid", _grid, is_varied=True),
        State("A grid's contact sheet", _contact_sheet, Part.WINDOW, leave=_view3d),
    ),
    "places": (
        State("One object", _select("Jar")),
        State("Slot 1 of 3", _three_slots),
        State("Three objects", _select("Jar", "Bowl", "Lemon")),
        State("Three objects, all of them", _all_objects, leave=_one_object),
        State("No UV map", _no_uv_map),
        State("Camera", _camera),
        State("Nothing selected", _select()),
        State("Prompt of several lines", _long_prompt),
        State("Chips", _chips, leave=_no_chips),
    ),
    "popovers": (
        *(
            State(title, popover(f"DRAWTHINGS_PT_{name}"), Part.CHANGE, leave=escape)
            for title, name in {
                "Texture": "texture_options",
                "Restyle View": "view_options",
                "Restyle Render": "render_options",
                "Restyle Image": "image_options",
                "All results": "history",
                "Help": "help",
                "Old versions": "versions",
            }.items()
        ),
        State("Prompt history", menu("DRAWTHINGS_MT_prompts"), Part.CHANGE, leave=escape),
        State("Aspects", menu("DRAWTHINGS_MT_aspects"), Part.CHANGE, leave=escape),
        State("Object menu", menu("VIEW3D_MT_object_context_menu"), Part.CHANGE, leave=escape),
        State("Render menu", menu("TOPBAR_MT_render"), Part.CHANGE, leave=escape),
    ),
    "comparing": (
        State("Put back", _put_back, Part.SIDEBAR, leave=_put_there_again),
        State("Old texture while a key is held", _hold('VIEW_3D'), Part.WINDOW, leave=escape),
        State("Over the 3D View", lay_over_view, Part.WINDOW),
        State("Over the 3D View, panel", _nothing),
        State("Line over the 3D View", draw_line('VIEW_3D'), Part.WINDOW, leave=_no_overlay),
        State("Image Editor, reworked in place", _replaced, editor='IMAGE_EDITOR'),
        State("Line in the Image Editor", draw_line('IMAGE_EDITOR'), Part.WINDOW, leave=escape),
        State("Before in the Image Editor", _hold('IMAGE_EDITOR'), Part.WINDOW, leave=_escape_to_view3d),
    ),
    "editors": (
        State("Image Editor", show_image_editor, editor='IMAGE_EDITOR'),
        State("Image Editor, window", _nothing, Part.WINDOW),
        State("Shader Editor", show_shader_editor, editor='ShaderNodeTree'),
        State("Shader Editor, window", _nothing, Part.WINDOW, leave=_view3d),
        State("Preferences", _preferences, Part.WINDOW, leave=_view3d),
    ),
    "models": (
        State("Models", _models, Part.CHANGE, leave=escape),
        State("A model with its settings", _model_with_settings),
        State("Settings of several kinds", menu("DRAWTHINGS_MT_model_settings"), Part.CHANGE, leave=escape),
        State("An edit model", _edit_model),
    ),
    "settings": (
        State("All panels open", _open_panels),
        State("All panels open, below", _scrolled),
        State("Prompt in the Text Editor", _text_prompt, Part.WINDOW),
    ),
}
"""By the name of the sheet."""

BEFORE_RESTART = (State("History, before the first picture", _history_alone, leave=_head_again),)
"""What comes before `prepare_history`, and Blender's end."""
AFTER_RESTART = (
    State("Browser after a restart", browse_history(""), Part.WINDOW, leave=_two_escapes),
    State("Browser, a search", browse_history("tiles"), Part.WINDOW, leave=_two_escapes),
    State("Browser, nothing found", browse_history("copppr"), Part.WINDOW, leave=_two_escapes),
    State("History after a restart", _history_alone),
    State("History, a search", _search(words="copper")),
    State("History, nothing found", _search(words="copppr")),
    State("History filters", popover("DRAWTHINGS_PT_history_filters"), Part.CHANGE, leave=escape),
    State("History, a file that is gone", _marked),
    State("History, favourites", _search(favourites=True)),
    State("History, thrown away", _thrown_away, leave=_search()),
    State("History, narrow", _of_width(200)),
    State("History, wide", _of_width(560)),
    State("History, very wide", _of_width(900), leave=_head_again),
)
