# SPDX-FileCopyrightText: 2026 Draw Things Bridge maintainers
# SPDX-License-Identifier: GPL-3.0-or-later

"""The panel is what 0.1.0 registered, drew, sent and took over: compared with what that version did itself.

`panel_0_1_0.json` was written by the code of 0.1.0, with the panels of this file.
"""

from __future__ import annotations

import copy
import functools
import hashlib
import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import bpy
import numpy as np
import pytest
from blender_dialects import assumed, dialect_named
from blender_panels import Tab, draw_tab, fill_settings

DATA = Path(__file__).parent.parent / "data"
RECIPES = {each["name"]: each for each in json.loads((DATA / "requests_0_1_0.json").read_text())}
Panel = bpy.types.PropertyGroup


@functools.cache
def recorded() -> dict[str, Any]:
    found: dict[str, Any] = json.loads((DATA / "panel_0_1_0.json").read_text())
    return found


#: What is set on the panel, by the path from `Scene.drawthings`; a list's entries by their number.
PANELS: dict[str, dict[str, Any]] = {
    "as it is": {},
    "plain": {
        "negative_prompt": "blurry", "model": " sd_v1.5_f16.ckpt ", "width": 192, "height": 320, "steps": 7,
        "guidance_scale": 6.1, "strength": 0.35, "sampler": "DPM++ 2M AYS", "seed": -5,
        "seed_mode": "Torch CPU Compatible", "shift": 3.3, "resolution_dependent_shift": False,
        "speed_up_with_guidance_embed": False, "guidance_embed": 2.3, "clip_skip": 2,
        "upscaler": "realesrgan_x2plus_f16.ckpt", "refiner_model": "sd_xl_refiner_1.0_q6p_q8p.ckpt",
        "refiner_start": 0.7, "hires_fix": True,
    },
    "of A1111": {
        "sampler": "Euler a", "scheduler": " Karras ", "vae": " a.vae ", "use_tiling": True,
        "use_restore_faces": True, "styles.0.name": "Ink", "styles.1.name": " ", "hires.use": True,
        "hires.scale": 1.7, "hires.upscaler": " R-ESRGAN 4x+ ", "hires.steps": 11, "hires.strength": 0.45,
        "inpaint.mask_blur": 9, "inpaint.area": 'MASKED', "inpaint.padding": 48,
        "inpaint.fill": 'LATENT_NOISE', "script": " X/Y/Z plot ", "script_arguments.0.value": "1",
        "script_arguments.1.value": "[1, 2.5, null]", "script_arguments.2.value": "a, b",
        "server_options.0.name": " face_restoration_model ", "server_options.0.value": "CodeFormer",
        "server_options.1.name": "eta_noise_seed_delta", "server_options.1.value": "31337",
        "server_options.2.name": " ",
    },
    "lists": {
        "loras.0.name": " a.ckpt ", "loras.0.weight": -0.7, "loras.0.mode": 'refiner',
        "loras.1.name": "b.ckpt", "loras.1.enabled": False, "loras.2.name": " ",
        "controls.0.name": "depth.ckpt",
        "controls.0.weight": 0.4, "controls.0.guidance_start": 0.1, "controls.0.guidance_end": 0.9,
        "controls.0.control_importance": 'control', "controls.0.input_override": " depth ",
        "controls.0.no_prompt": True, "controls.0.global_average_pooling": False,
        "controls.0.down_sampling_rate": 2.2, "controls.0.target_blocks": "a, ,b ",
        "controls.1.name": "c.ckpt",
        "controls.1.enabled": False, "controls.2.name": "tile.ckpt", "advanced.0.name": "sharpness",
        "advanced.0.value": "2.5", "advanced.1.name": "cfg_zero_star", "advanced.1.value": "true",
        "advanced.2.name": "clip_l_text",
    },
    "formerly advanced": {
        "advanced.0.name": "guidance_embed", "advanced.0.value": "4.5", "guidance_embed": 1.0,
    },
    "both hires fixes": {"hires_fix": True, "hires.use": True},
    "an option of either's name": {
        "advanced.0.name": "sharpness", "advanced.0.value": "1.5", "server_options.0.name": "sharpness",
        "server_options.0.value": "5",
    },
    "not sent as it is": {"clip_skip": 20, "sampler": " "},
    "twice": {
        "advanced.0.name": "sharpness", "advanced.0.value": "1", "advanced.1.name": "sharpness",
        "advanced.1.value": "2", "server_options.0.name": "x", "server_options.1.name": "x",
    },
    "a field's name": {
        "advanced.0.name": "steps", "advanced.0.value": "3", "server_options.0.name": "sd_vae",
        "server_options.0.value": "x",
    },
    "no such parameter": {"advanced.0.name": "sharpnes", "advanced.0.value": "3"},
    "maps of the scene": {
        "scene_controls.depth.use": True, "scene_controls.depth.model": " depth.ckpt ",
        "scene_controls.depth.weight": 0.8, "scene_controls.depth.guidance_start": 0.2,
        "scene_controls.normal.use": True, "scene_controls.normal.model": "normal",
        "scene_controls.line.use": True,
        "scene_controls.line.model": "line", "scene_controls.line.guidance_end": 0.6,
        "controls.0.name": "tile.ckpt",
    },
}  # fmt: skip


def apply(panel: Panel, values: dict[str, Any]) -> None:
    for path, value in values.items():
        owner = panel
        *way, last = path.split(".")
        for step in way:
            if step.isdigit():
                while len(owner) <= int(step):
                    owner.add()
                owner = owner[int(step)]
            else:
                owner = getattr(owner, step)
        setattr(owner, last, value)


def ready(panel: Panel) -> None:
    panel.prompt = "weathered copper"
    panel.width = panel.height = 128
    panel.use_random_seed, panel.seed = False, 7


def shortened(value: Any) -> Any:
    """Pictures by their hash."""
    if isinstance(value, str) and len(value) > 200:
        return "sha256:" + hashlib.sha256(value.encode()).hexdigest()
    if isinstance(value, list):
        return [shortened(each) for each in value]
    return {name: shortened(each) for name, each in value.items()} if isinstance(value, dict) else value


def bodies(operation: str) -> dict[str, Any]:
    """What the panel sends in each dialect; before anybody knows which, where that is something else."""
    from bl_ext.user_default.drawthings_addon.blender import settings
    from bl_ext.user_default.drawthings_addon.client.a1111 import payload as a1111
    from bl_ext.user_default.drawthings_addon.client.draw_things import payload as draw_things
    from bl_ext.user_default.drawthings_addon.client.http.untrusted_json import to_json
    from bl_ext.user_default.drawthings_addon.errors import BridgeError

    found = {}
    for dialect, build in (("DRAW_THINGS", draw_things.build), ("A1111", a1111.build)):
        for known in (dialect, None):
            try:
                request = settings.request(bpy.context.scene, operation, known and dialect_named(known))
                body = to_json(build(pictured(request)))
                told = shortened(json.loads(body, parse_float=str))
            except BridgeError as error:
                told = {"error": [error.what, error.advice]}
            if told != found.get(dialect):
                found[dialect if known else f"{dialect}, not known yet"] = told
    return found


def pictured(request: Any) -> Any:
    from dataclasses import replace

    from bl_ext.user_default.drawthings_addon.imaging import png

    if request.operation == "txt2img":
        return request
    shape = request.images.height, request.images.width
    return request.changed(
        init_image=png.encode(np.full((*shape, 3), 90, np.uint8)),
        mask=replace(request.mask, image=png.encode(np.full((*shape, 1), 255, np.uint8))),
    )


def dumped(group: Panel) -> dict[str, Any]:
    """All values of a group, by their paths."""
    found: dict[str, Any] = {}
    for each in group.bl_rna.properties:
        name = each.identifier
        if name == "rna_type":
            continue
        value = getattr(group, name)
        if each.type == 'COLLECTION':
            found[name] = [dumped(entry) for entry in value]
        elif isinstance(value, bpy.types.PropertyGroup):
            found[name] = dumped(value)
        elif each.type == 'POINTER':
            found[name] = value.name if value else None
        else:
            found[name] = round(value, 6) if isinstance(value, float) else value
    return found


def groups(kind: Any, seen: dict[str, Any]) -> dict[str, Any]:
    """What is registered: the group and those inside of it, by their classes' names."""
    facts = seen.setdefault(kind.identifier, {})
    for each in kind.properties:
        # Blender's own, whose words differ between its versions.
        if each.identifier == "rna_type" or each.description.startswith("Unique name used"):
            continue
        facts[each.identifier] = dict(property_facts(each))
        inner = each.fixed_type if each.type in ('POINTER', 'COLLECTION') else None
        if inner and inner.identifier.startswith("DRAWTHINGS") and inner.identifier not in seen:
            groups(inner, seen)
    return seen


def property_facts(each: Any) -> Iterator[tuple[str, Any]]:
    for name in (
        "name", "description", "type", "subtype", "default", "hard_min", "hard_max", "soft_min", "soft_max",
        "step", "precision", "length_max",
    ):  # fmt: skip
        if hasattr(each, name):
            value = getattr(each, name)
            yield name, round(value, 6) if isinstance(value, float) else value
    if each.type == 'ENUM':
        yield "items", [[item.identifier, item.name, item.description] for item in each.enum_items]
    if each.type in ('POINTER', 'COLLECTION'):
        yield "fixed_type", each.fixed_type.identifier


#: What is set where it acts: in the Image Editor.
ELSEWHERE = {("DRAWTHINGS_PG_scene", "image_target", None)}


def drawn(dialect: str) -> set[tuple[str, str, str | None]]:
    """The settings that the tab shows for a server of the dialect, with what their fields say while they are
    empty."""
    from bl_ext.user_default.drawthings_addon.blender.session import session

    if dialect:
        session.get().status = session.ServerStatus(
            session.Connection.ANSWERED, capabilities=assumed(dialect)
        )
    found = settable(draw_tab())
    return found | (settable(draw_tab('IMAGE_EDITOR')) & ELSEWHERE)


def settable(tab: Tab) -> set[tuple[str, str, str | None]]:
    found = {("DRAWTHINGS_PG_scene", which, None) for which in tab.empty_lists()}
    for _method, given in tab.calls:
        name = given.get("property") or given.get("propname")
        owner = given.get("data") or given.get("dataptr")
        # Blender 5.2 has a box of several lines for the prompt, and needs no text datablock beside it.
        if name and name not in ("prompt", "prompt_text") and isinstance(owner, bpy.types.PropertyGroup):
            found.add((owner.bl_rna.identifier, name, given.get("placeholder")))
    return found


STATES = [
    f"{dialect or 'not known'}, {state}"
    for dialect in ("", "DRAW_THINGS", "A1111")
    for state in ("new", "filled")
]


def draw_state(panel: Panel, state: str) -> set[tuple[str, str, str | None]]:
    dialect, _, is_filled = state.partition(", ")
    if is_filled == "filled":
        fill_settings(panel, step=1)
        panel.prompt = "moss"
    return drawn("" if dialect == "not known" else dialect)


#: Names that may be left open since then, as `Automatic`: what each server gets for them is its own, and none
#: gets what another one's default is. Draw Things gets what it got.
LEFT_OPEN = {
    ("DRAWTHINGS_PG_scene", "sampler"): {"default": ""},
    ("DRAWTHINGS_PG_scene", "seed_mode"): {"default": ""},
    ("DRAWTHINGS_PG_scene", "vae"): {},
    ("DRAWTHINGS_PG_hires", "upscaler"): {},
}

#: Properties that have come since then.
ADDED = {
    "DRAWTHINGS_PG_scene": {
        "use_model_settings", "last_model", "own_strength", "grid", "maps", "refine", "outpaint", "seamless",
    },
    "DRAWTHINGS_PG_inpaint": {
        "use", "switch", "is_painted", "mask_source", "attribute", "color", "tolerance", "grow", "feather",
        "invert", "context", "work_megapixels", "fill_color",
    },
}  # fmt: skip
#: What can be chosen since then.
ADDED_ITEMS = {("DRAWTHINGS_PG_inpaint", "fill"): ["COLOR", "Color"]}
#: What only servers that take masks knew, and now is done for all of them.
FOR_ALL = {("DRAWTHINGS_PG_inpaint", name, None) for name in ("mask", "fill")}
#: Groups that are never saved: what is searched for, and what was found.
NEVER_SAVED = "DRAWTHINGS_PG_interface"

#: Labels and tooltips in other words since then.
REWORDED = {
    ("DRAWTHINGS_PG_scene", "batch_count"): {
        "description": "How many pictures a press makes to choose from, with seeds one apart. The first "
        "comes to its place, a click puts another there",
    },
    # As many characters as before, of up to four bytes each.
    ("DRAWTHINGS_PG_scene", "prompt"): {"description": "What the picture shows", "length_max": 80001},
    ("DRAWTHINGS_PG_scene", "negative_prompt"): {
        "name": "Negative Prompt", "description": "What the picture must not show. Some models ignore it",
        "length_max": 80001,
    },
    ("DRAWTHINGS_PG_scene", "use_free_gpu"): {"name": "Free GPU While Rendering"},
    ("DRAWTHINGS_PG_scene_controls", "depth"): {"name": "Depth"},
    ("DRAWTHINGS_PG_scene_controls", "normal"): {"name": "Normal"},
    ("DRAWTHINGS_PG_scene_controls", "line"): {"name": "Line"},
    ("DRAWTHINGS_PG_scene", "use_source_size"): {
        "description": "Keep the size of what is sent. Off: the width and height of new pictures",
    },
}  # fmt: skip

#: What can be chosen of them is the same, and its tooltips say more than its name again.
TOLD_BETTER = (
    ("DRAWTHINGS_PG_extras", "target"),
    ("DRAWTHINGS_PG_inpaint", "fill"),
    ("DRAWTHINGS_PG_lora", "mode"),
    ("DRAWTHINGS_PG_training", "backdrop"),
)


def test_what_is_registered() -> None:
    found = json.loads(json.dumps(groups(bpy.types.Scene.bl_rna.properties["drawthings"].fixed_type, {})))
    expected = copy.deepcopy(recorded()["properties"])
    for (group, name), facts in REWORDED.items():
        expected[group][name] |= facts
    for (group, name), facts in LEFT_OPEN.items():
        description = found[group][name]["description"]
        assert "Empty: " in description
        expected[group][name] |= facts | {"description": description}
    for group, name in TOLD_BETTER:
        for item in (*found[group][name]["items"], *expected[group][name]["items"]):
            del item[2]
    for (group, name), item in ADDED_ITEMS.items():
        expected[group][name]["items"].append(item)
    for group, names in ADDED.items():
        for name in names:
            del found[group][name]
    assert {group: found[group] for group in expected} == expected


def test_the_tooltip_names_what_draw_things_gets() -> None:
    properties = bpy.types.Scene.bl_rna.properties["drawthings"].fixed_type.properties
    sent = recorded()["sent"]["as it is, txt2img"]["DRAW_THINGS"]
    for name in ("sampler", "seed_mode"):
        assert f"automatic, which is {sent[name]} in Draw Things" in properties[name].description


@pytest.mark.parametrize("state", STATES)
def test_what_is_drawn(panel: Panel, state: str) -> None:
    expected = {
        (owner, name, "Automatic" if (owner, name) in LEFT_OPEN else placeholder)
        for owner, name, _text, placeholder in recorded()["drawn"][state]
    } | FOR_ALL
    groups = recorded()["properties"].keys()
    found = {
        each
        for each in draw_state(panel, state)
        if each in expected
        or (each[0] in groups and each[0] != NEVER_SAVED and each[1] not in ADDED.get(each[0], ()))
    }
    assert found == expected, "whatever could be set still can, and nothing else"


@pytest.mark.parametrize("operation", ["txt2img", "img2img"])
@pytest.mark.parametrize("name", PANELS)
def test_what_is_sent(panel: Panel, name: str, operation: str) -> None:
    ready(panel)
    apply(panel, PANELS[name])
    assert bodies(operation) == with_names_left_open(name, operation)


def with_names_left_open(name: str, operation: str) -> dict[str, Any]:
    """What 0.1.0 sent, without what it filled in for names that are empty: A1111 got Draw Things' sampler."""
    values = PANELS[name]
    sent: dict[str, Any] = copy.deepcopy(recorded()["sent"])
    expected: dict[str, Any] = sent[f"{name}, {operation}"]
    if not values.get("sampler", "").strip() and "sampler" in values:
        # It was refused; now it says nothing.
        assert "error" in expected["DRAW_THINGS"] and "error" in expected["A1111"]
        clip_skip = {"clip_skip": values["clip_skip"]}
        expected["DRAW_THINGS"] = sent[f"as it is, {operation}"]["DRAW_THINGS"] | clip_skip
        expected["A1111"] = {"error": ["CLIP Skip is 20.", "Set it to 1 to 12."]}
    for key, body in expected.items():
        if not key.startswith("A1111") or "error" in body:
            continue
        if not values.get("sampler"):
            assert body.pop("sampler_name") == "UniPC Trailing"
        if not values.get("scheduler"):
            assert body.pop("scheduler") == "Automatic"
        if body.get("enable_hr") and not values.get("hires.upscaler"):
            assert body.pop("hr_upscaler") == "Latent"
        for unit in body["alwayson_scripts"].get("controlnet", {"args": []})["args"]:
            assert unit.pop("module") == "none"
    return expected


def adopted(panel: Panel, recipe: str) -> dict[str, Any]:
    from bl_ext.user_default.drawthings_addon.blender import adopt
    from bl_ext.user_default.drawthings_addon.jobs.recipe import Recipe

    adopt.request(panel, Recipe.from_json(recipe).request)
    found = dumped(panel)
    inpaint = found["inpaint"]
    found["inpaint"] = {name: inpaint[name] for name in inpaint.keys() - ADDED["DRAWTHINGS_PG_inpaint"]}
    return {name: value for name, value in found.items() if name not in ADDED["DRAWTHINGS_PG_scene"]}


@pytest.mark.parametrize("name", [name for name in RECIPES if name != "upscaled"])
def test_what_is_taken_over_from_a_recipe(panel: Panel, name: str) -> None:
    assert adopted(panel, RECIPES[name]["recipe"]) == recorded()["adopted"][name]


def test_nothing_is_told_of_what_is_not_drawn(panel: Panel) -> None:
    draw_state(panel, "DRAW_THINGS, new")
    assert "refiner_start" not in draw_tab().properties
    assert "It has no effect while Refiner" not in draw_tab().words
