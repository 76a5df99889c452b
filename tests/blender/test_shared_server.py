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
