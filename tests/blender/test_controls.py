# SPDX-FileCopyrightText: 2026 Draw Things Bridge maintainers
# SPDX-License-Identifier: GPL-3.0-or-later

"""All controls, in every editor and state: each says what it does, or why it cannot, and has a way in.

A tooltip says what a press does, not the button's name again. What is grey by its poll has the reason in its
tooltip; what the panel greys or fades has it in words, or its switch, beside it. Every operator can be
reached without the search.
"""

from __future__ import annotations

import contextlib
import re
from collections import deque
from collections.abc import Callable, Iterator
from dataclasses import dataclass, replace
from pathlib import Path
from types import SimpleNamespace
from typing import TYPE_CHECKING, Any

import bpy
import pytest
from blender_panels import Instead, draw_everything, fill_settings, ours
from blender_pictures import noise, packed, render_quickly, textured
from recording_layout import Drawn, Record
from test_in_force import SET
from test_preflight import choose, cube, linked, without_uvs
from test_training import with_window

from local_server import Faults, StandIn

if TYPE_CHECKING:
    from conftest import Desk

#: Things of a panel between a grey control and the words that say why.
NEAR = 16
#: Between a faded one and its switch.
BESIDE = 6
_WORD = re.compile(r"[\w’']+")
_EMPTY_WORDS = frozenset({"a", "an", "the", "of", "to", "in", "it", "its", "this", "that", "is", "and", "or"})


@dataclass(frozen=True)
class Studio:
    """What a state is made with."""

    panel: bpy.types.PropertyGroup
    preferences: bpy.types.AddonPreferences
    desk: Desk
    web_ui: StandIn
    folder: Path
    monkeypatch: pytest.MonkeyPatch

    def connect(self, server: StandIn) -> None:
        self.preferences.server_url = server.url
        assert bpy.ops.drawthings.check_server() == {'FINISHED'}


@pytest.fixture
def studio(
    panel: bpy.types.PropertyGroup,
    preferences: bpy.types.AddonPreferences,
    desk: Desk,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
) -> Iterator[Studio]:
    with StandIn(engine="echo", dialect='A1111', api_server_stop=True) as web_ui:
        yield Studio(panel, preferences, desk, web_ui, tmp_path, monkeypatch)
        bpy.ops.drawthings.clear_history_search()
        web_ui.faults = Faults()


# The states


def _nothing_set(studio: Studio) -> None:
    studio.panel.prompt = ""


def _ready(studio: Studio) -> None:
    studio.connect(studio.desk.server)


def _no_object(studio: Studio) -> None:
    for owner in list(bpy.data.objects):
        bpy.data.objects.remove(owner)


def _a_camera(studio: Studio) -> None:
    choose(bpy.data.objects["Camera"])


def _no_uvs(studio: Studio) -> None:
    without_uvs()


def _several_objects(studio: Studio) -> None:
    choose(cube("First"), cube("Second"), bpy.data.objects["Light"])
    studio.panel.texture_objects = 'SELECTED'


def _a_linked_texture(studio: Studio) -> None:
    (there,) = linked(studio.folder, "images", packed("far", noise(64, 64)))
    textured(there)
    studio.panel.image_target = 'REPLACE'


def _two_textures(studio: Studio) -> None:
    tree = textured(packed("wall", noise(64, 64))).node_tree
    tree.nodes.new('ShaderNodeTexImage').image = packed("moss", noise(64, 64, seed=1))


def _a_large_texture(studio: Studio) -> None:
    textured(bpy.data.images.new("large", 2112, 2048))
    bpy.data.images["large"].update()


def _a_prompt_from_a_text(studio: Studio) -> None:
    studio.panel.prompt_text = bpy.data.texts.new("draft")
    studio.panel.prompt_text.write("weathered copper\nand more of it")


def _everything_set(studio: Studio) -> None:
    textured(packed("wall", noise(64, 64)))
    fill_settings(studio.panel, step=1)


def _everything_set_for_a_web_ui(studio: Studio) -> None:
    studio.connect(studio.web_ui)
    studio.panel.script = studio.web_ui.app_state.scripts[0].name
    fill_settings(studio.panel, step=2)


def _all_of_one_and_connected_to_the_other(studio: Studio) -> None:
    for each in SET.values():
        each(studio.panel)
    studio.connect(studio.desk.server)


def _a_web_ui(studio: Studio) -> None:
    packed("wall", noise(64, 64))
    studio.connect(studio.web_ui)


def _running_and_waiting(studio: Studio) -> None:
    studio.desk.hold()
    for prompt in ("one", "two", "three", "four"):
        studio.panel.prompt = prompt
        bpy.ops.drawthings.txt2img(target='MATERIAL')
    studio.desk.wait_until_running()
    studio.desk.session.step()


def _running_at_a_web_ui(studio: Studio) -> None:
    studio.connect(studio.web_ui)
    studio.panel.batch_count = 3
    studio.web_ui.faults = Faults(delay=60)
    bpy.ops.drawthings.txt2img()
    assert studio.web_ui.wait_until_running()
    studio.desk.session.step()


def _let_go(studio: Studio) -> None:
    _running_and_waiting(studio)
    studio.desk.session.jobs.cancel(studio.desk.session.statuses()[0].job.id)
    studio.desk.session.step()


def _failed(studio: Studio) -> None:
    studio.desk.server.faults = Faults(status=500, text="word " * 30, scope="POST")
    for _ in range(2):
        bpy.ops.drawthings.txt2img()
        studio.desk.settle()
    studio.desk.server.faults = Faults()


def _notices(studio: Studio) -> None:
    for number in range(2):
        studio.desk.session.tell(f"Something happened {number}.", "Do something about it.")


def _models_are_asked_for(studio: Studio) -> None:
    """The list is filled, and a search goes on."""
    from bl_ext.user_default.drawthings_addon.blender import model_entries, settings
    from bl_ext.user_default.drawthings_addon.blender.session.model_search import ModelSearch

    studio.panel.model = "qwen_image_2512_q6p.ckpt"
    model_entries.entries.fill()
    current = studio.desk.session
    current.model_search = ModelSearch(
        settings.server(), current.order_when_idle, print, deque(["a.ckpt"]), deque()
    )


def _results(studio: Studio) -> None:
    studio.panel.batch_count = 6
    bpy.ops.drawthings.txt2img(target='MATERIAL')
    studio.desk.settle()


def _a_history(studio: Studio) -> None:
    """A favourite, one that is gone, and one of a set that is selected."""
    _results(studio)
    shown = _searched(studio)
    newest = shown.page.entries[0].identity
    bpy.ops.drawthings.history_favourite(identity=newest, value=True)
    shown.page.entries[1].path.unlink(missing_ok=True)
    shown.look()
    studio.desk.settle()
    bpy.ops.drawthings.select_in_history(identity=newest)
    # The others are on the next page.
    bpy.ops.drawthings.search_history(limit=4)
    studio.desk.settle()


def _a_history_of_what_is_gone(studio: Studio) -> None:
    _results(studio)
    for each in _searched(studio).page.entries:
        each.path.unlink(missing_ok=True)
    studio.desk.session.history.look()
    studio.desk.settle()


def _thrown_away(studio: Studio) -> None:
    _results(studio)
    bpy.ops.drawthings.history_delete(identity=_searched(studio).page.entries[0].identity)
    bpy.context.window_manager.drawthings.history_deleted = True
    studio.desk.settle()


def _nothing_found(studio: Studio) -> None:
    bpy.context.window_manager.drawthings.history_words = "nobody wrote this"
    studio.desk.settle()


def _searched(studio: Studio) -> Any:
    bpy.ops.drawthings.clear_history_search()
    studio.desk.settle()
    return studio.desk.session.history


def _a_replaced_texture(studio: Studio) -> None:
    textured(packed("wall", noise(64, 64)))
    for _ in range(2):
        bpy.ops.drawthings.img2img(source='TEXTURE', target='REPLACE')
        studio.desk.settle()


def _a_restyled_render(studio: Studio) -> None:
    scene = bpy.context.scene
    render_quickly(scene)
    scene.render.resolution_x = scene.render.resolution_y = 64
    bpy.ops.render.render()
    bpy.ops.drawthings.img2img(source='RENDER', target='IMAGE')
    studio.desk.settle()


def _over_another_view(studio: Studio) -> None:
    from bl_ext.user_default.drawthings_addon.blender.compare import overlay

    _a_restyled_render(studio)
    studio.monkeypatch.setattr(overlay, "is_shown", lambda _image: True)
    studio.monkeypatch.setattr(overlay, "is_seen", lambda _image, _view: False)


def _strange_recipes(studio: Studio) -> None:
    _results(studio)
    for image in bpy.data.images:
        if image.drawthings.recipe:
            image.drawthings.recipe = "{"


def _a_style_is_taught(studio: Studio) -> None:
    studio.connect(studio.web_ui)
    training, _session = with_window(studio.monkeypatch)
    chosen = studio.panel.training
    chosen.name, chosen.picture_count, chosen.size, chosen.steps = "copper", 3, 64, 3
    render_quickly(bpy.context.scene)
    bpy.ops.drawthings.teach_style()
    assert training.status() is not None


def _no_server_there(studio: Studio) -> None:
    studio.desk.server.faults = Faults(reset=True)
    with contextlib.suppress(RuntimeError):
        bpy.ops.drawthings.check_server()
    studio.desk.server.faults = Faults()


def _no_such_address(studio: Studio) -> None:
    studio.preferences.server_url = "http://"


def _not_online(studio: Studio) -> None:
    studio.preferences.server_url = "http://192.0.2.7:7860"


def _a_password(studio: Studio) -> None:
    studio.preferences.username, studio.preferences.password = "ann", "secret"


def _no_output_folder(studio: Studio) -> None:
    studio.preferences.output_directory = "pictures"


def _a_mask_is_painted(studio: Studio) -> None:
    textured(packed("wall", noise(64, 64)))
    bpy.ops.drawthings.paint_mask(where='MESH')


STATES: dict[str, Callable[[Studio], None]] = {
    each.__name__.strip("_"): each
    for each in (
        _nothing_set, _ready, _no_object, _a_camera, _no_uvs, _several_objects, _a_linked_texture,
        _two_textures, _a_large_texture, _a_prompt_from_a_text, _everything_set, _everything_set_for_a_web_ui,
        _all_of_one_and_connected_to_the_other, _a_web_ui, _running_and_waiting, _running_at_a_web_ui,
        _let_go, _failed, _notices, _models_are_asked_for, _results, _a_history,
        _a_history_of_what_is_gone, _thrown_away, _nothing_found, _a_replaced_texture,
        _a_restyled_render, _over_another_view, _strange_recipes, _a_style_is_taught, _no_server_there,
        _no_such_address, _not_online, _a_password, _no_output_folder, _a_mask_is_painted,
    )
}  # fmt: skip


# What is looked at


def operators() -> dict[str, type]:
    """Ours, by the names that layouts call them."""
    return {
        f"drawthings.{each.bl_rna.identifier.removeprefix('DRAWTHINGS_OT_')}": each
        for each in ours(bpy.types.Operator)
    }


def rna_of(name: str) -> bpy.types.Struct:
    module, _, function = name.partition(".")
    return getattr(getattr(bpy.ops, module), function).get_rna_type()


def tooltip(kind: type, name: str, context: bpy.types.Context, taken: dict[str, Any]) -> str:
    """What Blender shows for a button with these properties."""
    if callable(getattr(kind, "description", None)):
        properties = {
            each.identifier: each.default
            for each in rna_of(name).properties
            if hasattr(each, "default") and each.type != 'COLLECTION'
        }
        shown = SimpleNamespace(**properties | taken, bl_rna=rna_of(name))
        found: str = kind.description(context, shown)
        if found:
            return found
    return str(rna_of(name).description)


def faults_of_a_tooltip(text: str, name: str) -> str:
    """What is wrong with it; empty when nothing is."""
    if not text:
        return "has no tooltip"
    if "bpy." in text or "()" in text:
        return f"has Python in its tooltip: {text}"
    if text.rstrip().endswith("."):
        return f"ends with a full stop: {text}"
    said = [each.lower() for each in _WORD.findall(text)]
    new = set(said) - {each.lower() for each in _WORD.findall(name)} - _EMPTY_WORDS
    return "" if len(new) >= 2 else f"says its name again: {text}"


def neighbours(record: Record, each: Drawn, distance: int) -> list[Drawn]:
    """What the same panel draws before and after."""
    same = [other for other in record.things if other.panel == each.panel]
    index = next(number for number, other in enumerate(same) if other is each)
    return same[max(index - distance, 0) : index + distance + 1]


def is_reason(each: Drawn) -> bool:
    """A sentence that is marked as one: red, faded, or behind an icon."""
    if each.method != "label":
        return False
    is_marked = (
        each.is_faded
        or each.arguments.get("icon") in {'ERROR', 'INFO', 'CANCEL', 'SORTTIME'}
        or any(part.state.get("alert") for part in each.layout.parts())
    )
    return is_marked and len(_WORD.findall(str(each.arguments.get("text", "")))) >= 3


def is_switch(each: Drawn) -> bool:
    """What can be turned on, or filled in, so that something beside it acts."""
    if each.method in ("prop", "template_ID", "prop_search"):
        kind = each.arguments["data"].bl_rna.properties[each.arguments["property"]].type
        return kind in {'BOOLEAN', 'STRING', 'POINTER', 'ENUM'} and not each.is_faded
    return False


def complaints(context: bpy.types.Context, record: Record, polls: dict[str, str | None]) -> Iterator[str]:
    """What is wrong with what was drawn in an editor; `polls`: the reasons of what is grey by its poll."""
    known = operators()
    for each in record.things:
        where = f"{each.panel} in {context.area.type}"
        name = each.arguments.get("operator", "")
        why = polls.get(name)
        if each.method.startswith("operator") and name in known:
            label = each.arguments.get("text") or known[name].bl_label
            taken = each.arguments.get("properties", {})
            told = tooltip(known[name], name, context, taken)
            wrong = faults_of_a_tooltip(told, label)
            if each.obstacle and why is None:
                why = reason_of(known[name], context, each.obstacle)
                if why not in (each.obstacle, each.obstacle.removesuffix(".")):
                    yield f"{name}, {where}: is not grey, although {each.obstacle}"
            if wrong:
                yield f"{name} ({label!r}), {where}: {wrong}"
            if why == "":
                yield f"{name}, {where}: is grey, and nothing says why"
        elif each.method in ("prop", "prop_enum", "textbox", "prop_menu_enum"):
            owner = each.arguments["data"]
            found = owner.bl_rna.properties[each.arguments["property"]]
            if not is_ours(owner):
                continue
            if found.type != 'ENUM' or each.method != "prop_enum":
                wrong = faults_of_a_tooltip(found.description, found.name)
                # Of an enumeration Blender shows what each item says.
                if wrong and (found.type != 'ENUM' or not found.enum_items_static):
                    yield f"{owner.bl_rna.identifier}.{found.identifier}, {where}: {wrong}"
            for item in found.enum_items_static if found.type == 'ENUM' else ():
                wrong = faults_of_a_tooltip(item.description, item.name)
                if wrong and item.identifier:
                    yield f"{owner.bl_rna.identifier}.{found.identifier} {item.identifier}: {wrong}"
        elif each.method in ("popover", "menu"):
            shown = getattr(bpy.types, each.arguments.get("panel") or each.arguments["menu"])
            if not (getattr(shown, "bl_description", "") or shown.__doc__):
                yield f"{shown.__name__}: has no tooltip"
        else:
            continue
        is_told = why or any(is_reason(other) for other in neighbours(record, each, NEAR))
        if each.is_grey and not is_told:
            yield f"{where}: {described(each)} is grey, and no words say why"
        if each.is_faded and not (
            is_told or any(is_switch(other) for other in neighbours(record, each, BESIDE))
        ):
            yield f"{where}: {described(each)} is faded, and neither words nor a switch beside it say why"


def is_ours(owner: bpy.types.bpy_struct) -> bool:
    name = owner.bl_rna.identifier
    return name.startswith("DRAWTHINGS_") or name == "DrawThingsPreferences"


def described(each: Drawn) -> str:
    given = each.arguments
    return str(given.get("operator") or given.get("property") or given.get("panel") or given.get("menu"))


def reason_of(kind: type, context: bpy.types.Context, obstacle: str = "") -> str | None:
    """Why an operator's button is grey; None where it can be pressed. `obstacle` is what its layout says."""
    said = [""]
    shown = Instead(context, drawthings_obstacle=obstacle)
    with pytest.MonkeyPatch.context() as patched:
        patched.setattr(kind, "poll_message_set", said.append, raising=False)
        poll = getattr(kind, "poll", None)
        return None if poll is None or poll(shown) else said[-1]


# What holds

#: The operators that were drawn, by state.
_drawn: dict[str, set[str]] = {}


@pytest.mark.refusals
@pytest.mark.parametrize("state", STATES)
def test_what_each_does_and_why_it_is_grey_is_said(studio: Studio, state: str) -> None:
    STATES[state](studio)
    found: set[str] = set()

    def look(context: bpy.types.Context, record: Record) -> None:
        polls = {name: reason_of(kind, context) for name, kind in operators().items()}
        found.update(complaints(context, record, polls))

    _drawn[state] = draw_everything(look).operators
    assert not found, "\n".join(["", *sorted(found)])


@pytest.mark.refusals
def test_every_operator_has_a_way_in(studio: Studio) -> None:
    # Those that were not drawn before, which is each where this test is run alone.
    for name in STATES.keys() - _drawn.keys():
        bpy.ops.wm.read_homefile(use_factory_startup=True)
        panel = bpy.context.scene.drawthings
        panel.prompt, panel.width, panel.height = "weathered copper", 128, 128
        STATES[name](replace(studio, panel=panel))
        _drawn[name] = draw_everything().operators
        _put_back(studio)
    others = {
        item.idname
        for each in bpy.context.window_manager.keyconfigs.addon.keymaps
        for item in each.keymap_items
    }
    others |= {each.bl_import_operator for each in ours(bpy.types.FileHandler)}
    lost = set(operators()).difference(others, *_drawn.values())
    assert not lost, sorted(lost)


def _put_back(studio: Studio) -> None:
    with contextlib.suppress(RuntimeError):
        bpy.ops.drawthings.cancel_teaching()
    bpy.ops.drawthings.clear_history_search()
    studio.desk.session.model_search = None
    studio.desk.session.jobs.cancel_all()
    studio.desk.server.faults = studio.web_ui.faults = Faults()
    studio.desk.settle()
    for name in ("server_url", "output_directory", "username", "password"):
        studio.preferences.property_unset(name)
    studio.preferences.server_url = studio.desk.server.url
    studio.preferences.output_directory = str(studio.folder / "pictures")
