# SPDX-FileCopyrightText: 2026 Draw Things Bridge maintainers
# SPDX-License-Identifier: GPL-3.0-or-later

"""A server of A1111's API that others use too: what is kept of what it says, and what is left to them."""

from __future__ import annotations

import json
import threading
import urllib.request
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path

import bpy
import pytest
from blender_panels import draw_tab
from blender_pictures import noise, packed, render_quickly, text_of
from blender_results import told

from local_server import Faults, StandIn, WebUi

Panel = bpy.types.PropertyGroup
OPTIONS = "/sdapi/v1/options"


@pytest.fixture
def web_ui() -> Iterator[StandIn]:
    with StandIn(dialect='A1111', api_server_stop=True) as server:
        yield server


@contextmanager
def somebody_elses_job(server: StandIn) -> Iterator[None]:
    """It runs there for as long as the block."""

    def order() -> None:
        body = json.dumps({"prompt": "theirs", "steps": 2, "width": 64, "height": 64}).encode()
        headers = {"Content-Type": "application/json"}
        request = urllib.request.Request(f"{server.url}/sdapi/v1/txt2img", body, headers)
        with urllib.request.urlopen(request, timeout=120) as answer:
            answer.read()

    server.faults = Faults(delay=600)
    theirs = threading.Thread(target=order)
    theirs.start()
    try:
        assert server.wait_until_running()
        yield
    finally:
        server.faults = Faults()
        theirs.join()


def posted(server: StandIn, word: str) -> int:
    """How often an order of that name came."""
    return len([each for each in server.journal if each.method == "POST" and word in each.path])


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


# Its model and its process


def words_of(call: Callable[[], object]) -> str:
    with pytest.raises(RuntimeError) as failure:
        call()
    return str(failure.value)


def test_a_render_leaves_the_model_to_somebody_elses_job(connected: Panel, web_ui: StandIn) -> None:
    render_quickly(bpy.context.scene)
    connected.use_free_gpu = True
    with somebody_elses_job(web_ui):
        assert bpy.ops.render.render() == {'FINISHED'}
        assert posted(web_ui, "unload") == posted(web_ui, "reload") == 0
    assert "Somebody else's job is running" in told() and "stays loaded" in told()
    bpy.ops.render.render()
    assert posted(web_ui, "unload") == posted(web_ui, "reload") == 1


@pytest.mark.parametrize("order", ["unload_model", "load_model"])
def test_a_model_is_not_taken_from_under_somebody_elses_job(
    connected: Panel, web_ui: StandIn, order: str
) -> None:
    connected.model = web_ui.app_state.checkpoints[1].title
    before = web_ui.app_state
    press = getattr(bpy.ops.drawthings, order)
    with somebody_elses_job(web_ui):
        assert "Somebody else's job is running" in words_of(press)
        assert (posted(web_ui, "unload"), posted(web_ui, "options")) == (0, 0)
        assert web_ui.app_state.model_loaded and web_ui.app_state.current == before.current
    assert press() == {'FINISHED'}


@pytest.mark.parametrize("action", ['STOP', 'RESTART', 'KILL'])
def test_a_server_is_not_stopped_at_somebody_elses_job_unless_said_twice(
    connected: Panel, web_ui: StandIn, action: str
) -> None:
    with somebody_elses_job(web_ui):
        words = words_of(lambda: bpy.ops.drawthings.control_server(action=action))
        assert "Somebody else's job is running" in words and "confirm" in words
        assert posted(web_ui, "server-") == 0
    if action == 'STOP':
        bpy.ops.drawthings.control_server(action=action, though_busy=True)
        assert posted(web_ui, "server-") == 1


def test_a_server_that_does_not_tell_is_ordered_as_ever(connected: Panel, web_ui: StandIn) -> None:
    """Also one that hangs can be ended."""
    web_ui.faults = Faults(missing=("/sdapi/v1/progress",))
    bpy.ops.drawthings.unload_model()
    bpy.ops.drawthings.control_server(action='KILL')
    assert posted(web_ui, "unload") == posted(web_ui, "server-kill") == 1


# Its files


def test_check_files_knows_files_by_the_names_that_the_server_takes(
    connected: Panel, web_ui: StandIn
) -> None:
    model = web_ui.app_state.checkpoints[2]
    connected.model, connected.refiner_model = f"seamless_v2 [{model.hash}]", "textures_seamless_v2"
    connected.vae = "sdxl_vae"
    for name in ("add_detail.safetensors", "folder/seamless_texture [0123456789]"):
        connected.loras.add().name = name
    connected.styles.add().name = "Watercolour"
    bpy.ops.drawthings.check_files()
    assert "all files named in Settings" in told()
    connected.vae, connected.refiner_model = "no vae", "no refiner"
    connected.styles.add().name = "no style"
    bpy.ops.drawthings.check_files()
    words = told()
    assert "the VAE “no vae”" in words and "the refiner “no refiner”" in words and "“no style”" in words


def test_a_server_without_loras_and_styles_is_known_to_have_none(
    panel: Panel, preferences: bpy.types.AddonPreferences
) -> None:
    with StandIn(dialect='A1111', app_state=WebUi(loras=(), styles=())) as server:
        preferences.server_url = server.url
        bpy.ops.drawthings.check_server()
        panel.loras.add().name, panel.styles.add().name = "moss", "ink"
        words = draw_tab().words
        assert "does not list the LoRA “moss”" in words and "does not list the style “ink”" in words
        bpy.ops.drawthings.check_files()
        assert "“moss”" in told() and "“ink”" in told()
