# SPDX-FileCopyrightText: 2026 Draw Things Bridge maintainers
# SPDX-License-Identifier: GPL-3.0-or-later

"""What a picture of somebody else brings into the panel is told; what acts on the server itself is not taken
unless that is asked for."""

from __future__ import annotations

import json
from pathlib import Path
from types import ModuleType

import bpy
import pytest
from blender_panels import draw_tab
from blender_pictures import noise
from blender_results import told
from PIL import Image, PngImagePlugin

Panel = bpy.types.PropertyGroup

INFOTEXT = """a brass kettle
Steps: 31, Sampler: DPM++ 2M, CFG scale: 6.5, Seed: 4, Size: 640x960, Script: X/Y/Z"""


def recipe_text(*, options: bool = True) -> str:
    """A recipe as a stranger may have written it."""
    from bl_ext.user_default.drawthings_addon.client.request import GenerationRequest, Lora, Script
    from bl_ext.user_default.drawthings_addon.jobs.recipe import Recipe

    request = GenerationRequest.of(prompt="a brass kettle", steps=31, seed=4, loras=(Lora("rust.ckpt"),))
    if options:
        theirs = (("outdir_samples", "/home/ann"), ("samples_save", True))
        script = Script("custom code", ("import os", 1, True))
        request = request.with_options("A1111", theirs).changed(script=script)
    return Recipe(request, server="http://192.0.2.1:7860").text


def stranger(path: Path, text: str | None = None, **texts: str) -> Path:
    from bl_ext.user_default.drawthings_addon.jobs.recipe import CHUNK

    info = PngImagePlugin.PngInfo()
    for keyword, words in (texts or {CHUNK: text or recipe_text()}).items():
        info.add_itxt(keyword, words)
    Image.fromarray(noise(16, 16)).save(path, "PNG", pnginfo=info)
    return path


def options_of(panel: Panel) -> tuple[str, list[str], list[str]]:
    return (
        panel.script,
        [each.value for each in panel.script_arguments],
        [each.name for each in panel.server_options],
    )


NONE = ("", [], [])
THEIRS = ("custom code", ["import os", "1", "true"], ["outdir_samples", "samples_save"])
NAMED = "the script “custom code” with 3 arguments and the server options outdir_samples, samples_save"


def mine(panel: Panel) -> tuple[str, list[str], list[str]]:
    panel.script = "prompt matrix"
    panel.server_options.add().name = "eta"
    return options_of(panel)


def test_a_picture_of_somebody_else(panel: Panel, session: ModuleType, tmp_path: Path) -> None:
    bpy.ops.drawthings.read_settings(filepath=str(stranger(tmp_path / "kettle.png")))
    assert (panel.prompt, panel.steps, panel.loras[0].name) == ("a brass kettle", 31, "rust.ckpt")
    assert options_of(panel) == NONE
    words = told()
    assert "Taken from “kettle.png”: Prompt" in words
    assert all(label in words for label in ("Steps", "Seed", "LoRAs", "Width"))
    assert "Sampler" not in words, "what is as it was is not spoken of"
    assert f"Not taken: {NAMED}." in words
    assert "Server Options and Script" in words, "and how they are"


def test_asked_for_they_are_taken(panel: Panel, session: ModuleType, tmp_path: Path) -> None:
    path = str(stranger(tmp_path / "kettle.png"))
    bpy.ops.drawthings.read_settings(filepath=path, use_server_options=True)
    assert options_of(panel) == THEIRS
    assert "Not taken" not in told()
    assert "Server Options" in told() and "Script" in told()
    assert "Script: custom code" in draw_tab().words
    panel.script = ""
    bpy.ops.drawthings.read_settings(filepath=path)
    assert panel.script == "", "asked for once is not asked for ever"


@pytest.mark.parametrize("use_server_options", [False, True])
def test_an_infotext_and_its_like_leave_mine_alone(
    panel: Panel, session: ModuleType, tmp_path: Path, use_server_options: bool
) -> None:
    before = mine(panel)
    path = stranger(tmp_path / "a1111.png", parameters=INFOTEXT)
    bpy.ops.drawthings.read_settings(filepath=str(path), use_server_options=use_server_options)
    assert panel.steps == 31
    assert options_of(panel) == before
    assert "Taken from “a1111.png”" in told()


def test_a_recipe_leaves_mine_alone_as_well(panel: Panel, tmp_path: Path) -> None:
    before = mine(panel)
    bpy.ops.drawthings.read_settings(filepath=str(stranger(tmp_path / "kettle.png")))
    assert options_of(panel) == before
    path = str(stranger(tmp_path / "plain.png", recipe_text(options=False)))
    bpy.ops.drawthings.read_settings(filepath=path, use_server_options=True)
    assert options_of(panel) == NONE, "it was made without"


def test_what_changes_nothing_says_so(panel: Panel, session: ModuleType, tmp_path: Path) -> None:
    path = str(stranger(tmp_path / "plain.png", recipe_text(options=False)))
    bpy.ops.drawthings.read_settings(filepath=path)
    session.get().notices.clear()
    bpy.ops.drawthings.read_settings(filepath=path)
    assert told().strip() == "From “plain.png” nothing is new."


def test_a_picture_in_a_file_of_somebody_else(panel: Panel, session: ModuleType, tmp_path: Path) -> None:
    image = bpy.data.images.new("kettle", 8, 8)
    image.drawthings.recipe = recipe_text()
    image.use_fake_user = True
    bpy.ops.wm.save_as_mainfile(filepath=str(tmp_path / "theirs.blend"))
    bpy.ops.wm.open_mainfile(filepath=str(tmp_path / "theirs.blend"))
    panel = bpy.context.scene.drawthings
    tab = draw_tab('IMAGE_EDITOR')
    assert "the script “custom code”".replace(" ", "") in tab.words.replace(" ", "")
    offered = [
        each["properties"] for each in tab.all("operator") if each["operator"] == "drawthings.reuse_recipe"
    ]
    assert {each.get("use_server_options", False) for each in offered} == {True, False}
    bpy.ops.drawthings.reuse_recipe(image="kettle")
    assert (panel.prompt, options_of(panel)) == ("a brass kettle", NONE)
    assert f"Not taken: {NAMED}." in told()
    bpy.ops.drawthings.reuse_recipe(image="kettle", use_server_options=True)
    assert options_of(panel) == THEIRS


def test_names_of_any_length_are_told_in_short(panel: Panel, session: ModuleType, tmp_path: Path) -> None:
    values = json.loads(recipe_text())
    values["request"]["script"] = {"name": "s" * 200, "args": []}
    names = ["o" * 200 + str(number) for number in range(100)]
    values["request"]["options"] = [{"dialect": "A1111", "name": name, "value": 1} for name in names]
    bpy.ops.drawthings.read_settings(filepath=str(stranger(tmp_path / "long.png", json.dumps(values))))
    assert "and 92 more" in told()
    assert len(told()) < 1500


def test_mine_of_this_session_comes_back_whole(panel: Panel, session: ModuleType) -> None:
    """Nobody else has written it: reuse gives what the press was made with."""
    mine(panel)
    bpy.ops.drawthings.txt2img()
    image = session.get().results[0].datablock()
    panel.script = ""
    panel.server_options.clear()
    bpy.ops.drawthings.reuse_recipe(image=image.name)
    assert options_of(panel) == ("prompt matrix", [], ["eta"])
    assert told() == ""
    session.get().results.clear()
    panel.script = ""
    bpy.ops.drawthings.reuse_recipe(image=image.name)
    assert panel.script == "", "tomorrow it may be anybody's"
    assert "Not taken" in told()


def test_a_pasted_configuration_is_told_as_well(panel: Panel, session: ModuleType) -> None:
    bpy.ops.drawthings.paste_configuration(text='{"steps": 8, "width": 640, "height": 384}')
    assert panel.steps == 8
    assert "Taken from the clipboard:" in told()
    assert "Steps" in told()
