# SPDX-FileCopyrightText: 2026 Draw Things Bridge maintainers
# SPDX-License-Identifier: GPL-3.0-or-later

"""The stand-in's A1111 dialect: routes, bodies, errors, settings, access, relatives."""

from __future__ import annotations

import http.client
import subprocess
import sys
import threading
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
import requests

from local_server import Faults, StandIn, WebUi
from local_server.a1111.published import DOCUMENT
from tests.unit.a1111_talk import ask, failed, generate, get, post

pytestmark = pytest.mark.once

LISTS = (
    "samplers", "schedulers", "upscalers", "latent-upscale-modes", "sd-models", "sd-vae", "hypernetworks",
    "face-restorers", "realesrgan-models", "prompt-styles", "loras", "extensions", "script-info",
)  # fmt: skip


@pytest.fixture
def server() -> Iterator[StandIn]:
    with StandIn("echo", dialect="A1111") as running:
        yield running


def raw(server: StandIn, method: str, path: str, body: bytes | None = None, **headers: str) -> Any:
    """Status, headers and the body as it came over the wire."""
    connection = http.client.HTTPConnection("127.0.0.1", server.port, timeout=30)
    try:
        connection.request(method, path, body, {k.replace("_", "-"): v for k, v in headers.items()})
        response = connection.getresponse()
        return response.status, response.headers, response.read()
    finally:
        connection.close()


# Routes


def test_it_says_of_itself_what_a1111_says() -> None:
    """Routes, bodies, answers, settings and flags, word for word: the published file is of such a server."""
    with StandIn("echo", dialect="A1111", api_server_stop=True, controlnet=False, nowebui=True) as server:
        assert get(server, "/openapi.json") == DOCUMENT


def test_a_page_for_people(server: StandIn) -> None:
    response = ask(server, "GET", "/")
    assert response.status_code == 200
    assert response.headers["Content-Type"].startswith("text/html")


@pytest.mark.parametrize("path", LISTS)
def test_a_list_is_a_list_of_objects_with_names(server: StandIn, path: str) -> None:
    found = get(server, path)
    assert found
    for item in found:
        assert item.get("name") or item.get("title") or item.get("model_name")


def test_draw_things_has_none_of_these() -> None:
    with StandIn("echo") as app:
        for path, operations in DOCUMENT["paths"].items():
            if path in ("/sdapi/v1/options", "/sdapi/v1/txt2img", "/sdapi/v1/img2img"):
                continue
            for method in operations:
                assert ask(app, method.upper(), path, {}).status_code == 404


# The wire


def test_the_time_is_told_but_not_of_an_exception(server: StandIn) -> None:
    assert float(raw(server, "GET", "/sdapi/v1/options")[1]["X-Process-Time"]) >= 0
    assert raw(server, "GET", "/nope")[1]["X-Process-Time"] is not None
    thrown = raw(server, "POST", "/sdapi/v1/options", b'{"nope": 1}', content_type="application/json")
    assert thrown[0] == 500
    assert thrown[1]["X-Process-Time"] is None


# Bodies


@pytest.mark.parametrize(
    ("path", "name"),
    [
        ("txt2img", "sampler_index"),
        ("txt2img", "script_args"),
        ("txt2img", "alwayson_scripts"),
        ("txt2img", "send_images"),
        ("txt2img", "save_images"),
        ("img2img", "include_init_images"),
        ("img2img", "denoising_strength"),
    ],
)
def test_null_is_refused_for_some(server: StandIn, path: str, name: str) -> None:
    response = ask(server, "POST", path, {name: None})
    assert response.status_code == 422
    assert response.json()["detail"][0]["type"] == "type_error.none.not_allowed"


def test_null_is_accepted_for_most(server: StandIn) -> None:
    _, info = generate(server, seed=None, styles=None, sampler_name=None, tiling=None, infotext=None)
    assert info["seed"] >= 0


# Access


def test_credentials_are_wanted_for_the_api_only() -> None:
    with StandIn("echo", dialect="A1111", api_auth="me:secret,you:other") as server:
        response = ask(server, "GET", "options")
        assert response.status_code == 401
        assert response.json() == {
            "error": "HTTPException", "detail": "Not authenticated", "body": "", "errors": "",
        }  # fmt: skip
        assert "WWW-Authenticate" not in response.headers
        wrong = ask(server, "GET", "options", auth=("me", "other"))
        assert wrong.json()["detail"] == "Incorrect username or password"
        for account in (("me", "secret"), ("you", "other")):
            assert ask(server, "GET", "options", auth=account).status_code == 200
        for path in ("/", "/docs", "/openapi.json", "loras", "/controlnet/model_list"):
            assert ask(server, "GET", path).status_code == 200


# Settings


def test_whole_numbers_come_as_floats(server: StandIn) -> None:
    _, _, body = raw(server, "GET", "/sdapi/v1/options")
    assert b'"CLIP_stop_at_last_layers":1.0' in body
    assert b'"eta_noise_seed_delta":0,' in body


def test_settings_are_kept_and_unknown_ones_thrown(server: StandIn) -> None:
    assert post(server, "options", {"CLIP_stop_at_last_layers": 2, "outdir_samples": "/tmp"}) is None
    answer = failed(server, "options", {"live_previews_enable": False, "nope_key": 1})
    assert (answer["error"], answer["errors"], answer["detail"]) == ("KeyError", "'nope_key'", "")
    settings = get(server, "options")
    assert settings["CLIP_stop_at_last_layers"] == 2.0
    assert settings["live_previews_enable"] is False, "what came before the unknown one stays"
    assert settings["outdir_samples"] == "", "paths cannot be set over the API"


def test_a_model_is_chosen_by_any_of_its_names(server: StandIn) -> None:
    second = get(server, "sd-models")[1]
    for name in (second["title"], second["model_name"], second["hash"], second["sha256"]):
        server.app_state = WebUi()
        post(server, "options", {"sd_model_checkpoint": name})
        assert get(server, "options")["sd_model_checkpoint"] == second["title"]
        assert generate(server)[1]["sd_model_name"] == second["model_name"]
    for name in ("nope", second["filename"]):
        answer = failed(server, "options", {"sd_model_checkpoint": name})
        assert (answer["error"], answer["errors"]) == ("RuntimeError", f"model {name!r} not found")


def test_a_title_gains_its_hash_with_the_first_use(server: StandIn) -> None:
    third = get(server, "sd-models")[2]
    assert (third["title"], third["hash"], third["sha256"]) == ("textures/seamless_v2.ckpt", None, None)
    _, info = generate(server, override_settings={"sd_model_checkpoint": third["title"]})
    used = get(server, "sd-models")[2]
    assert used["title"] == f"textures/seamless_v2.ckpt [{used['hash']}]"
    assert info["sd_model_hash"] == used["hash"]
    # With or without it.
    for name in (third["title"], used["title"]):
        _, info = generate(server, override_settings={"sd_model_checkpoint": name})
        assert info["sd_model_name"] == "seamless_v2"


@pytest.mark.parametrize("name", ["refiner_checkpoint", "hr_checkpoint_name"])
def test_another_model_that_is_not_there_is_thrown(server: StandIn, name: str) -> None:
    answer = failed(server, "txt2img", {"prompt": "x", name: "nope"})
    assert answer["errors"] == "Could not find checkpoint with name nope"


def test_a_setting_of_a_wrong_type_is_taken_and_not_told(server: StandIn) -> None:
    assert post(server, "options", {"jpeg_quality": "high"}) is None
    response = ask(server, "GET", "options")
    assert (response.status_code, response.json()["error"]) == (500, "ValidationError")
    assert generate(server)[0], "pictures are made all the same"


@pytest.mark.timing
def test_loading_a_model_takes_its_time_and_the_answer_waits(server: StandIn) -> None:
    server.faults = Faults(delay_load=60)
    name = get(server, "sd-models")[1]["model_name"]
    done: list[requests.Response] = []
    change = threading.Thread(
        target=lambda: done.append(ask(server, "POST", "options", {"sd_model_checkpoint": name}))
    )
    change.start()
    assert server.wait_until(lambda: server.app_state.options["sd_model_checkpoint"] == name)
    assert get(server, "options")["sd_model_checkpoint"] == name, "as it was sent, until it is loaded"
    assert not done
    server.faults = Faults()
    change.join(30)
    assert done[0].status_code == 200
    assert get(server, "options")["sd_model_checkpoint"].startswith(f"{name}.safetensors [")


def test_unloading_frees_the_card_and_the_next_picture_loads_again() -> None:
    with StandIn("echo", dialect="A1111", app_state=WebUi(has_cuda=True)) as server:
        before = get(server, "memory")["cuda"]["allocated"]["current"]
        assert post(server, "unload-checkpoint") == {}
        assert get(server, "memory")["cuda"]["allocated"]["current"] == 0
        generate(server)
        assert get(server, "memory")["cuda"]["allocated"]["current"] == before
        post(server, "unload-checkpoint")
        assert post(server, "reload-checkpoint") == {}
        assert server.app_state.model_loaded


def test_memory_without_a_card(server: StandIn) -> None:
    answer = get(server, "memory")
    assert answer["cuda"] == {"error": "unavailable"}
    assert answer["ram"]["total"] >= answer["ram"]["free"] > 0


def test_refreshing_answers_null_after_the_running_job(server: StandIn) -> None:
    for what in ("checkpoints", "vae", "embeddings", "loras"):
        assert post(server, f"refresh-{what}") is None


def test_flags_and_scripts(server: StandIn) -> None:
    assert get(server, "cmd-flags")["api"] is True
    scripts = get(server, "scripts")
    assert "controlnet" in scripts["txt2img"]
    assert "loopback" in scripts["img2img"]
    assert "loopback" not in scripts["txt2img"]
    info = get(server, "script-info")
    names = [entry["name"] for entry in info if not entry["is_img2img"]]
    assert names == scripts["txt2img"]


# Stopping it


def test_it_cannot_be_stopped_unless_it_was_started_so(server: StandIn) -> None:
    for path in ("server-kill", "server-restart", "server-stop"):
        assert ask(server, "POST", path).status_code == 404


@pytest.mark.timing
def test_kill_ends_without_an_answer() -> None:
    with StandIn("echo", dialect="A1111", api_server_stop=True) as server:
        assert ask(server, "POST", "server-restart").status_code == 501
        with pytest.raises(requests.ConnectionError):
            ask(server, "POST", "server-kill")
        assert server.wait_until(lambda: server.stopped)


@pytest.mark.timing
def test_stop_answers_and_ends() -> None:
    with StandIn("echo", dialect="A1111", api_server_stop=True) as server:
        assert ask(server, "POST", "server-stop").text == "Stopping."
        assert server.wait_until(lambda: server.stopped)


# Relatives


def test_forge_differs() -> None:
    with StandIn("echo", dialect="A1111", flavour="FORGE") as server:
        assert ask(server, "GET", "sd-vae").status_code == 404
        assert ask(server, "POST", "train/embedding", {}).status_code == 404
        assert get(server, "sd-modules")
        assert isinstance(get(server, "extensions")[0]["commit_date"], int)
        assert "forge_additional_modules" in get(server, "options")
        thrown = ask(server, "POST", "txt2img", {"prompt": None})
        assert (thrown.status_code, thrown.text) == (500, "Internal Server Error")
        assert ask(server, "POST", "img2img", {}).json() == {"detail": "Init image not found"}
        problem = ask(server, "POST", "txt2img", {"steps": "many"}).json()["detail"][0]
        assert (problem["type"], problem["input"]) == ("int_parsing", "many")
        assert ask(server, "POST", "txt2img", {"steps": 2.7}).status_code == 422


def test_sd_next_differs() -> None:
    with StandIn("echo", dialect="A1111", flavour="SDNEXT") as server:
        for path in ("interrupt", "skip", "refresh-vae", "unload-checkpoint", "reload-checkpoint"):
            response = ask(server, "POST", path)
            assert (response.status_code, response.content) == (204, b"")
        for path in ("latent-upscale-modes", "hypernetworks"):
            assert ask(server, "GET", path).status_code == 404


# What a test can do with it


def test_a_list_may_be_long_and_strange() -> None:
    with StandIn("echo", dialect="A1111", app_state=WebUi().with_strange_lists(5000)) as server:
        names = [item["model_name"] for item in get(server, "sd-vae")]
        assert len(names) > 5000
        assert {"", "🦊🎨", "a/b\\c/../d"} <= set(names)
        assert len(names) > len(set(names)), "duplicates"
        assert len(get(server, "/controlnet/model_list")["model_list"]) > 5000


def test_a_described_route_can_be_missing(server: StandIn) -> None:
    server.faults = Faults(missing=("/sdapi/v1/samplers",))
    assert "/sdapi/v1/samplers" in get(server, "/openapi.json")["paths"]
    assert ask(server, "GET", "samplers").status_code == 404


def test_a_refusal_on_demand(server: StandIn) -> None:
    server.faults = Faults(refuse="Not today")
    response = ask(server, "POST", "txt2img", {"prompt": "x"})
    assert (response.status_code, response.json()["detail"]) == (422, "Not today")


def test_the_journal_holds_bodies_and_answers_without_pixels(server: StandIn) -> None:
    pictures, _ = generate(server, width=256, height=256)
    entry = server.journal[-1]
    assert len(pictures) == 1
    assert entry.body["prompt"] == "x"
    assert sorted(entry.answer) == ["images", "info", "parameters"]
    assert entry.answer["images"][0].endswith(" characters>")
    assert (entry.images, entry.effective["width"], entry.effective["seed"]) == (1, 256, 5)
    assert entry.is_generation
    get(server, "progress?skip_current_image=true")
    assert server.journal[-1].query == "skip_current_image=true"
    assert server.journal[-1].answer["state"]["job_count"] == 0
    ask(server, "POST", "txt2img", {"steps": "x"})
    assert server.journal[-1].detail == "steps: value is not a valid integer"
    assert server.journal[-1].answer["detail"][0]["loc"] == ["body", "steps"]


def test_settings_over_the_control_path() -> None:
    with StandIn("echo", dialect="A1111", with_control=True) as server:
        sent = {"samples_format": "jpeg", "strange_lists": 20}
        assert ask(server, "POST", "/__stand_in__/app_state", sent).json()["samples_format"] == "jpeg"
        assert len(get(server, "sd-vae")) == 22
        assert ask(server, "POST", "/__stand_in__/app_state", {"nope": 1}).status_code == 400


@pytest.mark.timing
def test_the_command_speaks_it_and_ends_when_it_is_killed() -> None:
    command = Path(__file__).resolve().parents[2] / "scripts" / "local_server"
    process = subprocess.Popen(
        [
            sys.executable, command, "--port", "0", "--engine", "echo", "--dialect", "a1111",
            "--api-auth", "me:secret", "--api-server-stop", "--no-controlnet",
        ],
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
        encoding="utf-8",
    )  # fmt: skip
    assert process.stdout is not None
    try:
        assert process.stdout.readline() == "This is a stand-in for testing and is not the A1111 web UI.\n"
        url = process.stdout.readline().split()[3]
        body = {"prompt": "a fox", "steps": 1, "width": 64, "height": 72}
        sent = requests.post(f"{url}/sdapi/v1/txt2img", json=body, auth=("me", "secret"), timeout=30)
        assert sent.status_code == 200
        assert requests.get(f"{url}/sdapi/v1/options", timeout=30).status_code == 401
        assert requests.get(f"{url}/controlnet/version", timeout=30).status_code == 404
        with pytest.raises(requests.ConnectionError):
            requests.post(f"{url}/sdapi/v1/server-kill", auth=("me", "secret"), timeout=30)
        rest = process.communicate(timeout=30)[0]
    finally:
        process.kill()
    assert process.returncode == 0
    assert "64 × 72" in rest
    assert rest.splitlines()[-1] == "Stopped."
