# SPDX-FileCopyrightText: 2026 Draw Things Bridge maintainers
# SPDX-License-Identifier: GPL-3.0-or-later

"""KoboldCpp and stable-diffusion.cpp's server, in Blender: what may work can be pressed, what proved missing
cannot, and the doctor calls both usable."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator
from pathlib import Path

import bpy
import pytest
from bl_ext.user_default.drawthings_addon.client.a1111.endpoints import ENDPOINTS
from blender_panels import draw_preferences, draw_tab
from blender_pictures import generated, noise, render_quickly

from local_server import StandIn

Panel = bpy.types.PropertyGroup
BOTH = ["KOBOLDCPP", "SD_SERVER"]
ORDERS = [each for each in ENDPOINTS if each.method == "POST"]


@pytest.fixture
def kind() -> str:
    return "KOBOLDCPP"


@pytest.fixture
def stand_in(kind: str) -> Iterator[StandIn]:
    with StandIn("echo", dialect=kind) as server:
        yield server


@pytest.fixture
def connected(panel: Panel) -> Panel:
    """`scene.drawthings`, after the server was asked what it can do."""
    assert bpy.ops.drawthings.check_server() == {'FINISHED'}
    panel.steps = 2
    return panel


def posts(server: StandIn) -> list[str]:
    return [entry.path.rpartition("/")[2] for entry in server.journal if entry.method == "POST"]


def refused(press: Callable[[], object]) -> str:
    with pytest.raises(RuntimeError) as caught:
        press()
    return str(caught.value)


@pytest.mark.parametrize("kind", BOTH)
def test_a_fresh_scene_makes_a_picture(connected: Panel, stand_in: StandIn) -> None:
    from bl_ext.user_default.drawthings_addon.blender.session import session

    assert connected.sampler == ""
    assert bpy.ops.drawthings.txt2img() == {'FINISHED'}
    assert [notice.text for notice in session.get().notices] == []
    assert posts(stand_in) == ["txt2img"]
    assert not {"sampler_name", "scheduler"} & stand_in.journal.generations[-1].body.keys()


@pytest.mark.parametrize("kind", BOTH)
def test_a_sampler_of_the_list_and_one_of_another_program(connected: Panel, stand_in: StandIn) -> None:
    from bl_ext.user_default.drawthings_addon.blender import connection, settings

    for sampler in ("Euler a", "euler_a"):
        connected.sampler = sampler
        assert settings.incompatibilities(bpy.context.scene, connection.capabilities()) == ()
        assert bpy.ops.drawthings.txt2img() == {'FINISHED'}
        assert stand_in.journal.generations[-1].effective["sampler_name"] == "euler_a"
    connected.sampler = "UniPC Trailing"
    assert "UniPC Trailing" in draw_tab().words


@pytest.mark.parametrize("kind", ["DRAW_THINGS", "A1111", *BOTH])
def test_the_word_that_an_empty_field_shows_means_the_same(connected: Panel, stand_in: StandIn) -> None:
    """Who has chosen another name types `Automatic` to come back."""
    from bl_ext.user_default.drawthings_addon.blender import connection, settings

    assert bpy.ops.drawthings.txt2img() == {'FINISHED'}
    connected.sampler, connected.scheduler, connected.seed_mode = "Automatic", " automatic ", "AUTOMATIC"
    assert settings.incompatibilities(bpy.context.scene, connection.capabilities()) == ()
    assert bpy.ops.drawthings.txt2img() == {'FINISHED'}
    before, after = ({**each.body, "seed": 0, "force_task_id": ""} for each in stand_in.journal.generations)
    assert before == after


@pytest.mark.parametrize("kind", BOTH)
def test_upscale_and_describe_are_alive(connected: Panel) -> None:
    tab = draw_tab('IMAGE_EDITOR')
    assert {"drawthings.upscale", "drawthings.describe"} <= set(tab.operators)
    assert bpy.ops.drawthings.upscale.poll() and "not offer" not in tab.words


def test_koboldcpp_enlarges_and_describes(connected: Panel, stand_in: StandIn) -> None:
    generated("wall", noise(64, 64))
    connected.extras.upscaler = "ESRGAN_4x"
    assert bpy.ops.drawthings.upscale(scope='IMAGE', image="wall", target='IMAGE') == {'FINISHED'}
    assert bpy.ops.drawthings.describe(image="wall") == {'FINISHED'}
    assert posts(stand_in) == ["extra-single-image", "interrogate"]
    assert "picture in" in connected.prompt


@pytest.mark.parametrize("kind", ["SD_SERVER"])
def test_what_proved_missing_is_not_offered_any_more(connected: Panel, stand_in: StandIn) -> None:
    generated("wall", noise(64, 64))
    told = refused(lambda: bpy.ops.drawthings.describe(image="wall"))
    assert "does not offer “Describe Picture” (POST /sdapi/v1/interrogate)" in told
    tab = draw_tab('IMAGE_EDITOR')
    assert "drawthings.describe" not in tab.operators and "drawthings.upscale" in tab.operators
    connected.extras.upscaler = "x"
    assert "does not offer “Upscale”" in refused(
        lambda: bpy.ops.drawthings.upscale(scope='IMAGE', image="wall", target='IMAGE')
    )
    assert "drawthings.upscale" not in draw_tab('IMAGE_EDITOR').operators
    assert bpy.ops.drawthings.txt2img() == {'FINISHED'}, "the server is still the one that it is"
    words = [each["text"] for each in draw_preferences().all("label")]
    assert "not offered" in words
    # Text to Image has been used by now; two proved missing.
    assert words.count("not known") == len(ORDERS) - 3


@pytest.mark.parametrize("kind", BOTH)
def test_the_doctor_calls_it_usable(
    preferences: bpy.types.AddonPreferences,
    panel: Panel,
    stand_in: StandIn,
    capsys: pytest.CaptureFixture[str],
) -> None:
    from bl_ext.user_default.drawthings_addon import cli

    assert cli.main(["doctor", "--json", "--server", stand_in.url]) == 0
    told = json.loads(capsys.readouterr().out.splitlines()[-1])
    assert (told["usable"], told["dialect"], told["model"]) == (True, "A1111", "dreamshaper_8")
    states = {f"{row['method']} {row['path']}": row["state"] for row in told["endpoints"]}
    assert states["POST /sdapi/v1/txt2img"] == "UNKNOWN" and states["GET /sdapi/v1/samplers"] == "OFFERED"
    assert cli.main(["doctor", "--server", stand_in.url]) == 0
    assert "UNKNOWN" in capsys.readouterr().out
    assert posts(stand_in) == []


@pytest.mark.parametrize("kind", BOTH)
def test_loras_go_as_a_list(connected: Panel, stand_in: StandIn, output: Path) -> None:
    entry = connected.loras.add()
    entry.name, entry.weight = "rust", 0.5
    assert "LoRA" not in draw_tab().words.partition("Not sent")[2]
    assert bpy.ops.drawthings.txt2img() == {'FINISHED'}
    sent = stand_in.journal.generations[-1]
    assert sent.effective["loras"] == {"styles/rust.safetensors": 0.5}
    assert bpy.ops.drawthings.again() == {'FINISHED'}
    assert stand_in.journal.generations[-1].effective["loras"] == {"styles/rust.safetensors": 0.5}


@pytest.mark.parametrize("kind", ["SD_SERVER"])
def test_a_render_that_cannot_free_the_gpu_renders(connected: Panel, stand_in: StandIn) -> None:
    """Whether it can was not known; the first render finds out, and the panel says so from then on."""
    connected.use_free_gpu = True
    scene = bpy.context.scene
    render_quickly(scene)
    scene.render.resolution_x = scene.render.resolution_y = 64
    assert "cannot free its GPU" not in draw_tab().words
    for _ in range(2):
        bpy.ops.render.render()
    assert posts(stand_in) == ["unload-checkpoint"], "it is asked for once"
    assert "freeing the GPU" in draw_tab().words
