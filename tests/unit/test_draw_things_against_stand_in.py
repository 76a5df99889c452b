# SPDX-FileCopyrightText: 2026 Draw Things Bridge maintainers
# SPDX-License-Identifier: GPL-3.0-or-later

"""The client against the stand-in server, which is as strict as Draw Things itself."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest
import requests
from hypothesis import given, settings
from hypothesis import strategies as st

from campaign import FIXTURES_STAY, share
from drawthings_addon.client.connections import Connections
from drawthings_addon.client.draw_things.client import DrawThingsClient
from drawthings_addon.client.draw_things.configuration import to_request
from drawthings_addon.client.draw_things.keys import KEYS, SAMPLERS, SEED_MODES
from drawthings_addon.client.draw_things.payload import FIELDS
from drawthings_addon.client.http.address import Server
from drawthings_addon.client.request import Control, GenerationRequest, Lora, dialect_options
from drawthings_addon.errors import (
    AnswerInvalid,
    AnswerTooLarge,
    AuthenticationFailed,
    ConnectionLost,
    FeatureMissing,
    InvalidSettings,
    KeysUnrecognized,
    NoPicture,
    RequestRefused,
    SentElsewhere,
    ServerFailed,
    ServerTimedOut,
    UnknownServer,
    WrongProtocol,
)
from drawthings_addon.imaging import png
from local_server import AppState, Faults, StandIn

MODEL = "sd_xl_base_1.0_q6p_q8p.ckpt"
REQUEST = GenerationRequest.of(prompt="copper", model=MODEL, width=128, height=192, seed=7, steps=2)
PICTURE = png.encode(np.full((192, 128, 3), 90, np.uint8))


@pytest.fixture
def server():
    with StandIn(engine="echo") as running:
        running.app_state = running.app_state.with_leftovers()
        yield running


@pytest.fixture
def client(server):
    return DrawThingsClient(Server(server.url))


def last(server):
    return list(server.journal)[-1]


def test_what_the_app_is_left_with_does_not_leak_in(server, client):
    answer = client.generate(REQUEST)
    effective = last(server).effective
    assert (effective["loras"], effective["controls"], effective["upscaler"]) == ([], [], None)
    assert (effective["refiner_model"], effective["hires_fix"]) == (None, False)
    assert (effective["batch_count"], effective["batch_size"], effective["num_frames"]) == (1, 1, 1)
    sent_nothing_for = {name for name in effective if name not in last(server).body}
    assert sent_nothing_for <= {"tea_cache_end", *(key.name for key in KEYS.values() if not key.sendable)}
    (image,) = answer.images
    assert (image.width, image.height, image.seed) == (128, 192, 7)
    assert image.configuration["model"] == MODEL


def test_an_empty_model_is_the_apps_own(server, client):
    client.generate(REQUEST.changed(model=""))
    assert "model" not in last(server).body
    assert last(server).effective["model"] == server.app_state.value("model")


def test_img2img_sends_pixels_that_come_back(client):
    pixels = np.random.default_rng(0).integers(0, 256, (192, 128, 3), np.uint8)
    answer = client.generate(REQUEST.changed(operation="img2img", init_image=png.encode(pixels)))
    assert np.array_equal(png.decode(answer.images[0].png), pixels)


def test_loras_controls_and_an_upscaler(server, client):
    request = REQUEST.changed(
        operation="img2img",
        init_image=png.encode(np.zeros((192, 128, 3), np.uint8)),
        loras=(Lora("lcm_sdxl_lora_f16.ckpt", 0.5),),
        upscaler="realesrgan_x2plus_f16.ckpt",
        controls=(Control("controlnet_depth_1.x_v1.1_f16.ckpt", preprocessor="depth"),),
    )
    (image,) = client.generate(request).images
    assert (image.width, image.height) == (256, 384)
    assert last(server).effective["loras"][0]["file"] == "lcm_sdxl_lora_f16.ckpt"


def test_every_picture_of_a_video_is_taken(client):
    request = REQUEST.with_options("DRAW_THINGS", (("num_frames", 3),)).changed(
        model="wan_v2.1_1.3b_480p_q8p.ckpt"
    )
    assert len(client.generate(request).images) == 3


def test_the_apps_settings_can_be_taken_over_and_sent(server, client):
    request = to_request(client.configuration(), REQUEST.changed(prompt="mine"))
    assert (request.sampling.sampler, request.sampling.steps, request.sampling.shift) == ("LCM", 7, 8.0)
    assert (request.images.width, request.images.height) == (832, 576)
    client.generate(request)
    effective = last(server).effective
    assert effective["loras"][0]["weight"] == 0.75
    assert effective["prompt"] == "mine"


def test_an_older_app_gets_what_it_knows(server, client):
    unknown = ("causal_inference_pad", "cfg_zero_star", "tiled_decoding")
    server.faults = Faults(unknown_keys=unknown)
    assert set(client.generate(REQUEST).dropped_keys) == set(unknown)
    server.faults = Faults(unknown_keys=("sampler", *unknown))
    with pytest.raises(KeysUnrecognized):
        client.generate(REQUEST)


def posts(server):
    return [entry.status for entry in server.journal if entry.method == "POST"]


def test_an_older_app_is_asked_once_what_it_does_not_know(server):
    """The default sampler and ten keys came later than that."""
    server.app_state = replace(AppState(), released="2025-03-01")
    connections, address = Connections(), Server(server.url)
    first = connections.verified(address).generate(REQUEST)
    assert posts(server) == [422, 422, 200]
    assert len(first.dropped_keys) == 10
    server.journal.clear()
    for operation in ("txt2img", "img2img"):
        request = REQUEST.changed(operation=operation, init_image=PICTURE if operation == "img2img" else b"")
        later = connections.verified(address).generate(request)
        assert (later.dropped_keys, later.sampler) == (first.dropped_keys, "DPM++ 2M Trailing")
    assert posts(server) == [200, 200]


def test_an_app_that_was_updated_is_sent_everything_again(server):
    server.app_state = replace(AppState(), released="2025-03-01")
    connections, address = Connections(), Server(server.url)
    connections.verified(address).generate(REQUEST)
    server.app_state = AppState()
    server.journal.clear()
    answer = connections.verified(address).generate(REQUEST)
    assert (answer.dropped_keys, answer.sampler, posts(server)) == ((), "", [200])
    assert last(server).body["tea_cache"] is False


def test_a_new_connection_finds_out_anew(server):
    server.app_state = replace(AppState(), released="2025-03-01")
    connections, address = Connections(), Server(server.url)
    for _ in range(2):
        connections.forget(address)
        connections.verified(address).generate(REQUEST)
    assert posts(server) == [422, 422, 200] * 2


@pytest.mark.parametrize(
    ("wanted", "released", "used"),
    [
        ("UniPC Trailing", "2025-03-01", "DPM++ 2M Trailing"),
        ("UniPC AYS", "2025-03-01", "DPM++ 2M AYS"),
        ("TCD Trailing", "2025-03-01", "Euler A Trailing"),
        ("TCD Trailing", "2025-08-01", "Euler A Trailing"),
        ("UniPC Trailing", "2025-07-21", ""),
        ("TCD Trailing", "2026-02-27", ""),
    ],
)
def test_the_sampler_that_an_older_app_lacks_is_replaced_and_told(server, client, wanted, released, used):
    server.app_state = replace(AppState(), released=released)
    answer = client.generate(REQUEST.changed(sampler=wanted))
    assert answer.sampler == used
    assert [wanted in notice and used in notice for notice in answer.notices] == ([True] if used else [])
    assert last(server).effective["sampler"] == (used or wanted)


def test_a_sampler_of_no_app_is_refused_with_the_list(server, client):
    with pytest.raises(RequestRefused, match="Invalid value for sampler"):
        client.generate(REQUEST.changed(sampler="Sampler of Tomorrow"))
    assert posts(server) == [422]


def test_nothing_is_sent_to_an_app_that_would_end(server):
    connections, address = Connections(), Server(server.url)
    for asked in (False, True):
        server.app_state = AppState().with_settings(mask_blur_outset=-5)
        with pytest.raises(InvalidSettings, match=r"Mask Blur Outset is -5.*Settings → All"):
            connections.verified(address).generate(REQUEST)
        assert not posts(server), asked
        server.app_state = AppState()
    connections.verified(address).generate(REQUEST)
    assert posts(server) == [200]


def test_the_apps_lists(client):
    assert client.samplers() == SAMPLERS
    assert client.seed_modes() == SEED_MODES


def test_probes_make_no_picture(server, client):
    assert client.model_state(MODEL) == "USABLE"
    assert client.model_state("SDXL Base v1.0 (8-bit)") == "USABLE"
    assert client.model_state("flux_1_schnell_q8p.ckpt") == "NOT_DOWNLOADED"
    assert client.model_state("nothing.ckpt") == "UNKNOWN"
    assert client.has_lora("lcm_sdxl_lora_f16.ckpt")
    assert not client.has_lora("nothing.ckpt")
    assert client.has_upscaler("realesrgan_x4plus_f16.ckpt")
    assert not client.has_upscaler("nothing.ckpt")
    assert not any(entry.images for entry in server.journal)


def is_known(server, name):
    """Whether the server takes the parameter: one request is refused with all those that it does not know."""
    key = KEYS[name]
    value = [] if key.kind == "LIST" else key.minimum if key.default is None else key.default
    answer = requests.post(f"{server.url}/sdapi/v1/txt2img", json={name: value, "__probe__": 1}, timeout=10)
    assert answer.status_code == 422
    return answer.json()["detail"] == 'Unrecognized keys: ["__probe__"]'


@pytest.mark.parametrize("name", [name for name, key in KEYS.items() if key.sendable])
def test_the_server_knows_every_key_that_is_sent(server, name):
    assert is_known(server, name)


@pytest.mark.parametrize("name", [name for name, key in KEYS.items() if not key.sendable])
def test_the_server_refuses_the_keys_that_are_not_sent(server, name):
    assert not is_known(server, name)


@pytest.mark.parametrize(
    ("values", "advice"),
    [
        ({"model": "nothing.ckpt"}, "exact name"),
        ({"model": "flux_1_schnell_q8p.ckpt"}, "download"),
        ({"loras": (Lora("nothing.ckpt"),)}, "Download"),
        ({"upscaler": "nothing.ckpt"}, "Download"),
        ({"sampler": "Nothing"}, "Choose one of the values"),
        ({"seed_mode": "Nothing"}, "Choose one of the values"),
        ({"options": dialect_options("DRAW_THINGS", (("restore_faces", True),))}, "Download"),
    ],
)
def test_refusals_come_with_advice(client, values, advice):
    with pytest.raises(RequestRefused) as caught:
        client.generate(REQUEST.changed(**values))
    assert advice in caught.value.advice
    assert caught.value.detail


@pytest.mark.parametrize(
    ("faults", "kind"),
    [
        (Faults(status=404), FeatureMissing),
        (Faults(status=500, text="oh"), ServerFailed),
        (Faults(status=503), ServerFailed),
        (Faults(redirect="http://127.0.0.1:9/"), SentElsewhere),
        (Faults(html=True), UnknownServer),
        (Faults(grpc=True), WrongProtocol),
        (Faults(not_json=True), AnswerInvalid),
        (Faults(truncated=True), ConnectionLost),
        (Faults(reset=True, scope="POST"), ConnectionLost),
        (Faults(reset=True), WrongProtocol),
        (Faults(credentials="ann:hunter2"), AuthenticationFailed),
        (Faults(refuse="Nein"), RequestRefused),
        (Faults(empty=True), NoPicture),
        (Faults(no_images_key=True), AnswerInvalid),
        (Faults(not_base64=True), AnswerInvalid),
        (Faults(not_a_picture=True), AnswerInvalid),
        (Faults(broken_picture=True), AnswerInvalid),
        (Faults(huge_picture=True), AnswerTooLarge),
    ],
)
def test_every_fault_has_its_error(server, client, faults, kind):
    server.faults = faults
    with pytest.raises(kind) as caught:
        client.generate(REQUEST)
    assert type(caught.value) is kind
    assert caught.value.advice
    server.faults = Faults()
    assert client.generate(REQUEST).images


@pytest.mark.timing
def test_slow_servers(server):
    server.faults = Faults(delay=60)
    with pytest.raises(ServerTimedOut):
        DrawThingsClient(Server(server.url, read_timeout=0.5)).generate(REQUEST)
    server.faults = Faults(dribble=120)
    with pytest.raises(ServerTimedOut):
        DrawThingsClient(Server(server.url, read_timeout=1.5)).generate(REQUEST)


def test_liars_that_do_no_harm(server, client):
    server.faults = Faults(extra_images=2)
    answer = client.generate(REQUEST)
    assert len(answer.images) == 1
    assert "3 pictures where 1 was asked for" in answer.notices[0]
    server.faults = Faults(wrong_size=True)
    assert client.generate(REQUEST).images[0].width == 64
    server.faults = Faults(plain_picture=True)
    assert client.generate(REQUEST).images[0].seed is None


def test_the_right_password(server):
    server.faults = Faults(credentials="ann:hunter2")
    client = DrawThingsClient(Server(server.url, username="ann", password="hunter2"))
    assert client.generate(REQUEST).images


@pytest.fixture(scope="module")
def long_running():
    with StandIn(engine="echo") as running:
        yield running


def _values(key):
    if key.kind == "SWITCH":
        return st.booleans()
    if key.kind == "INTEGER":
        return st.integers(int(key.minimum), int(key.maximum))
    if key.kind == "NUMBER":
        return st.floats(key.minimum, key.maximum)
    return st.none() | st.text(st.characters(codec="utf-8"), max_size=10)


ADVANCED = sorted(
    name
    for name, key in KEYS.items()
    if key.sendable and name not in FIELDS and name not in ("batch_count", "batch_size", "restore_faces")
)


@settings(max_examples=share(600), suppress_health_check=FIXTURES_STAY)
@given(st.data())
def test_the_strict_server_takes_everything_that_is_sent(long_running, data):
    names = data.draw(st.lists(st.sampled_from(ADVANCED), max_size=6, unique=True))
    request = REQUEST.with_options(
        "DRAW_THINGS", tuple((name, data.draw(_values(KEYS[name]), name)) for name in names)
    ).changed(
        prompt=data.draw(st.text(st.characters(codec="utf-8"), max_size=30)),
        height=data.draw(st.sampled_from([128, 192, 256])),
        seed=data.draw(st.integers(0, 2**32 - 1)),
        steps=data.draw(st.integers(1, 150)),
        guidance_scale=data.draw(st.floats(0, 50)),
        shift=data.draw(st.floats(0.1, 8)),
        sampler=data.draw(st.sampled_from(SAMPLERS)),
    )
    answer = DrawThingsClient(Server(long_running.url)).generate(request)
    assert answer.images[0].seed == request.sampling.seed
    assert answer.images[0].height == request.images.height
