# SPDX-FileCopyrightText: 2026 Draw Things Bridge maintainers
# SPDX-License-Identifier: GPL-3.0-or-later

"""A server of A1111's API that others use too: what is kept of what it says, and what is left to them."""

from __future__ import annotations

import json
from collections.abc import Iterator
from pathlib import Path

import bpy
import pytest
from blender_pictures import noise, packed, text_of

from local_server import StandIn

Panel = bpy.types.PropertyGroup
OPTIONS = "/sdapi/v1/options"


@pytest.fixture
def web_ui() -> Iterator[StandIn]:
    with StandIn(dialect='A1111') as server:
        yield server


@pytest.fixture
def connected(panel: Panel, preferences: bpy.types.AddonPreferences, web_ui: StandIn) -> Panel:
    """The panel, connected to that server."""
    preferences.server_url = web_ui.url
    assert bpy.ops.drawthings.check_server() == {'FINISHED'}
    panel.sampler, panel.steps = "DPM++ 2M", 4
    return panel


# What the server writes into its pictures


@pytest.mark.parametrize("operation", ["txt2img", "img2img"])
def test_the_servers_own_words_stay_in_the_picture(connected: Panel, output: Path, operation: str) -> None:
    if operation == "txt2img":
        bpy.ops.drawthings.txt2img(target='IMAGE')
    else:
        image = packed("Rust", noise(100, 70, channels=3))
        bpy.ops.drawthings.img2img(source='IMAGE', target='IMAGE', image=image.name)
    (file,) = output.glob("*.png")
    texts = text_of(file)
    assert "Schedule type: Karras" in texts["parameters"] and "Version: v1.10.1" in texts["parameters"]
    assert json.loads(texts["drawthings"])["request"]["sampling"]["sampler"] == "DPM++ 2M"
    connected.prompt, connected.seed = "else", 1
    assert bpy.ops.drawthings.read_settings(filepath=str(file)) == {'FINISHED'}
    assert connected.prompt != "else"


# Its settings


def test_settings_of_one_picture_are_put_back(connected: Panel, web_ui: StandIn) -> None:
    """On a server whose settings were never saved, which keeps what it does not hold itself."""
    ui = web_ui.app_state
    connected.model, connected.vae, connected.clip_skip = ui.checkpoints[1].title, ui.vaes[0], 2
    entry = connected.server_options.add()
    entry.name, entry.value = "eta_noise_seed_delta", "31337"
    connected.batch_count = 2
    bpy.ops.drawthings.txt2img()
    assert web_ui.app_state.options == ui.options
    assert len([each for each in web_ui.journal if (each.method, each.path) == ("POST", OPTIONS)]) == 1
    connected.model, connected.vae, connected.clip_skip = ui.checkpoints[0].name, "Automatic", 1
    connected.server_options.clear()
    bpy.ops.drawthings.txt2img()
    assert web_ui.journal.generations[-1].body["override_settings"] == {}, "as is set there"


def test_an_option_that_is_not_there_is_told(connected: Panel, web_ui: StandIn) -> None:
    entry = connected.server_options.add()
    entry.name, entry.value = "no_such_option", "1"
    with pytest.raises(RuntimeError) as failure:
        bpy.ops.drawthings.txt2img()
    assert "has no option “no_such_option”" in str(failure.value)
    assert not web_ui.journal.generations
