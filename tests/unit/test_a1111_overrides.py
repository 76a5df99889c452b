# SPDX-FileCopyrightText: 2026 Draw Things Bridge maintainers
# SPDX-License-Identifier: GPL-3.0-or-later

"""Settings of an A1111 server for one picture: put back afterwards, for everybody else who uses it."""

from __future__ import annotations

import contextlib
import json
import socket
import threading
from collections.abc import Iterator
from typing import Any

import pytest

from drawthings_addon.client.a1111.client import A1111Client
from drawthings_addon.client.a1111.files import is_model
from drawthings_addon.client.http.address import Server
from drawthings_addon.client.request import GenerationRequest, dialect_options
from drawthings_addon.errors import RequestRefused, ServerError
from local_server import Faults, StandIn
from local_server.a1111.webui import WebUi
from local_server.journal import Entry
from tests.unit import a1111_talk as talk
from tests.unit import http_fakes as fakes

REQUEST = GenerationRequest.of(prompt="copper", width=64, height=64, steps=1, seed=7, sampler="Euler")
OPTIONS = "/sdapi/v1/options"
VAE = "sdxl_vae.safetensors"
#: Each with what a fresh server has.
CASES: list[tuple[dict[str, Any], str, Any]] = [
    ({"vae": VAE}, "sd_vae", "Automatic"),
    ({"clip_skip": 2}, "CLIP_stop_at_last_layers", 1.0),
    ({"options": dialect_options("A1111", [("eta_noise_seed_delta", 31337)])}, "eta_noise_seed_delta", 0.0),
    ({"options": dialect_options("A1111", [("samples_format", "jpg")])}, "samples_format", "png"),
    ({"options": dialect_options("A1111", [("face_restoration", True)])}, "face_restoration", False),
    ({"options": dialect_options("A1111", [("code_former_weight", 0.25)])}, "code_former_weight", 0.5),
]


@pytest.fixture
def client(a1111_stand_in: StandIn) -> A1111Client:
    return A1111Client(Server(a1111_stand_in.url))


def sent(server: StandIn) -> dict[str, Any]:
    body = server.journal.generations[-1].body
    assert isinstance(body, dict)
    found = body["override_settings"]
    assert isinstance(found, dict)
    return found


def asked(server: StandIn, path: str, method: str = "") -> list[Entry]:
    return [each for each in server.journal if each.path == path and method in ("", each.method)]


@contextlib.contextmanager
def somebody_elses_job(server: StandIn, overrides: dict[str, Any]) -> Iterator[None]:
    """It runs until the block ends."""
    server.faults = Faults(delay=30)
    body = {"prompt": "theirs", "steps": 1, "override_settings": overrides}
    other = threading.Thread(target=talk.generate, args=(server,), kwargs=body)
    other.start()
    try:
        assert server.wait_until_running()
        yield
    finally:
        server.faults = Faults()
        other.join()


@pytest.mark.parametrize("values, name, usual", CASES, ids=[case[1] for case in CASES])
def test_one_job_does_not_colour_those_that_follow(
    a1111_stand_in: StandIn, client: A1111Client, values: dict[str, Any], name: str, usual: Any
) -> None:
    before = talk.get(a1111_stand_in, "options")
    client.generate(REQUEST.changed(**values))
    assert name in sent(a1111_stand_in), "it was sent"
    assert talk.get(a1111_stand_in, "options") == before and before[name] == usual


def test_everything_at_once(a1111_stand_in: StandIn, client: A1111Client) -> None:
    ui = a1111_stand_in.app_state
    before = talk.get(a1111_stand_in, "options")
    options = dialect_options("A1111", [("eta_noise_seed_delta", 7), ("jpeg_quality", 60)])
    client.generate(REQUEST.changed(model=ui.checkpoints[1].title, vae=VAE, clip_skip=3, options=options))
    assert sent(a1111_stand_in) == {
        "CLIP_stop_at_last_layers": 3, "sd_model_checkpoint": ui.checkpoints[1].title, "sd_vae": VAE,
        "eta_noise_seed_delta": 7, "jpeg_quality": 60,
    }  # fmt: skip
    assert talk.get(a1111_stand_in, "options") == before
    (told,) = asked(a1111_stand_in, OPTIONS, "POST")
    assert told.body == {
        "CLIP_stop_at_last_layers": 1, "sd_vae": "Automatic", "eta_noise_seed_delta": 0, "jpeg_quality": 80,
    }  # fmt: skip
    assert type(told.body["CLIP_stop_at_last_layers"]) is int, "the server counts layers with it"


def test_each_option_is_made_known_once(a1111_stand_in: StandIn, client: A1111Client) -> None:
    for _ in range(3):
        client.sibling(client.server).generate(REQUEST.changed(vae=VAE))
    assert len(asked(a1111_stand_in, OPTIONS, "POST")) == 1
    client.generate(REQUEST.changed(vae=VAE, clip_skip=2))
    assert [each.body for each in asked(a1111_stand_in, OPTIONS, "POST")][1:] == [
        {"CLIP_stop_at_last_layers": 1}
    ]


@pytest.mark.parametrize("state", [{"job_count": 0}, {"job_count": 0, "job_timestamp": ""}, None])
def test_so_is_it_where_the_server_does_not_tell_when_its_jobs_began(state: dict[str, Any] | None) -> None:
    told = fakes.answer({"CLIP_stop_at_last_layers": 1.0, "sd_vae": "Automatic", "samples_format": "png"})

    def serve(connection: socket.socket, request: fakes.Request) -> None:
        if request.path.startswith("/sdapi/v1/progress"):
            answer = (404, {"detail": "Not Found"}) if state is None else (200, {"state": state})
            fakes.answer(answer[1], answer[0])(connection, request)
        else:
            small_server(told, fakes.answer(None))(connection, request)

    with fakes.ScriptedServer(serve) as server:
        client = A1111Client(Server(server.url))
        for _ in range(3):
            client.generate(REQUEST.changed(vae=VAE))
    assert len([each for each in server.requests if (each.method, each.path) == ("POST", OPTIONS)]) == 1


@pytest.mark.parametrize(
    "spelling",
    [
        "v1-5-pruned-emaonly.safetensors", "v1-5-pruned-emaonly", "{title}", "{hash}",
        "v1-5-pruned-emaonly [{hash}]",
    ],
)  # fmt: skip
def test_what_is_as_set_is_not_sent(a1111_stand_in: StandIn, client: A1111Client, spelling: str) -> None:
    ui = a1111_stand_in.app_state
    a1111_stand_in.app_state = ui.with_options({"CLIP_stop_at_last_layers": 2, "sd_vae": VAE})
    model = spelling.format(title=ui.checkpoints[0].title, hash=ui.checkpoints[0].hash)
    options = dialect_options("A1111", [("jpeg_quality", 80), ("samples_format", "png")])
    for vae in (VAE, "sdxl_vae"):
        client.generate(REQUEST.changed(model=model, clip_skip=2, vae=vae, options=options))
        assert sent(a1111_stand_in) == {}
    assert not asked(a1111_stand_in, OPTIONS, "POST")


def test_a_vae_is_sent_by_the_name_of_its_file(a1111_stand_in: StandIn, client: A1111Client) -> None:
    client.generate(REQUEST.changed(vae="sdxl_vae"))
    assert sent(a1111_stand_in)["sd_vae"] == VAE


def test_another_that_changes_it_between_is_seen(a1111_stand_in: StandIn, client: A1111Client) -> None:
    client.generate(REQUEST)
    assert sent(a1111_stand_in) == {}
    talk.post(a1111_stand_in, "options", {"CLIP_stop_at_last_layers": 4})
    client.generate(REQUEST)
    assert sent(a1111_stand_in) == {"CLIP_stop_at_last_layers": 1}
    assert talk.get(a1111_stand_in, "options")["CLIP_stop_at_last_layers"] == 4


def test_what_another_job_has_changed_for_itself_proves_nothing(
    a1111_stand_in: StandIn, client: A1111Client
) -> None:
    """Its CLIP skip of 1 is told while it runs; when our turn comes, it is 4 again."""
    talk.post(a1111_stand_in, "options", {"CLIP_stop_at_last_layers": 4})
    with somebody_elses_job(a1111_stand_in, {"CLIP_stop_at_last_layers": 1}):
        assert talk.get(a1111_stand_in, "options")["CLIP_stop_at_last_layers"] == 1
        ours = threading.Thread(target=client.generate, args=(REQUEST,))
        ours.start()
        assert a1111_stand_in.wait_until(lambda: a1111_stand_in.waiting == 1)
    ours.join()
    assert sent(a1111_stand_in) == {"CLIP_stop_at_last_layers": 1}
    assert talk.get(a1111_stand_in, "options")["CLIP_stop_at_last_layers"] == 4
    assert [each.body for each in asked(a1111_stand_in, OPTIONS, "POST")] == [{"CLIP_stop_at_last_layers": 4}]


def test_what_another_job_has_changed_for_itself_is_not_held_for_good(
    a1111_stand_in: StandIn, client: A1111Client
) -> None:
    """The program writes all of its config with each POST. Once nothing runs, it is told what it has then."""
    talk.post(a1111_stand_in, "options", {"CLIP_stop_at_last_layers": 4})
    with somebody_elses_job(a1111_stand_in, {"CLIP_stop_at_last_layers": 2}):
        ours = threading.Thread(target=client.generate, args=(REQUEST.changed(clip_skip=3),))
        ours.start()
        assert a1111_stand_in.wait_until(lambda: a1111_stand_in.waiting == 1)
    ours.join()
    for _ in range(2):
        client.generate(REQUEST.changed(clip_skip=3))
    assert talk.get(a1111_stand_in, "options")["CLIP_stop_at_last_layers"] == 4
    told = [each.body["CLIP_stop_at_last_layers"] for each in asked(a1111_stand_in, OPTIONS, "POST")]
    assert told == [4, 2, 4]


# Servers that cannot, or will not


def test_an_option_that_the_server_does_not_have_is_told_before_anything_is_paid(
    a1111_stand_in: StandIn, client: A1111Client
) -> None:
    wrong = dialect_options("A1111", [("eta_noise_seed_delt", 1)])
    with pytest.raises(RequestRefused) as refusal:
        client.generate(REQUEST.changed(options=wrong))
    assert "has no option “eta_noise_seed_delt”" in refusal.value.what
    assert "eta_noise_seed_delta" in refusal.value.advice
    assert not a1111_stand_in.journal.generations


def test_a_field_whose_option_a_fork_has_dropped_is_told_as_the_field() -> None:
    told = fakes.answer({"CLIP_stop_at_last_layers": 1.0, "samples_format": "png"})
    serve = small_server(told, fakes.answer(None))
    with fakes.ScriptedServer(serve) as server, pytest.raises(RequestRefused) as refusal:
        A1111Client(Server(server.url)).generate(REQUEST.changed(vae=VAE))
    assert "which VAE stands for" in refusal.value.what and "Leave VAE open" in refusal.value.advice


def test_automatic_is_what_a_fork_without_the_option_does_anyway() -> None:
    told = fakes.answer({"CLIP_stop_at_last_layers": 1.0, "samples_format": "png"})
    with fakes.ScriptedServer(small_server(told, fakes.answer(None))) as server:
        assert A1111Client(Server(server.url)).generate(REQUEST.changed(vae="Automatic")).images
    (body,) = (json.loads(each.body) for each in server.requests if each.method == "POST")
    assert body["override_settings"] == {}


def small_server(options: fakes.Script, set_options: fakes.Script) -> fakes.Script:
    """Makes pictures, and answers these on its settings."""

    def serve(connection: socket.socket, request: fakes.Request) -> None:
        if request.path == OPTIONS:
            (options if request.method == "GET" else set_options)(connection, request)
        elif request.path.startswith("/sdapi/v1/progress"):
            fakes.answer({"progress": 0, "state": {"job_count": 0}})(connection, request)
        else:
            fakes.pictures(fakes.picture())(connection, request)

    return serve


#: Not let in, not there, fails, cut, no JSON, something else.
FAILING = [
    fakes.raw(fakes.http(401, b'{"detail": "Not authenticated"}')),
    fakes.raw(fakes.http(404, b'{"detail": "Not Found"}')),
    fakes.raw(fakes.http(500, b'{"error": "ValidationError", "errors": "1 validation error"}')),
    fakes.reset,
    fakes.raw(fakes.http(200, b"<html>")),
    fakes.answer([1, 2]),
]


@pytest.mark.parametrize("failing", FAILING)
def test_settings_that_are_not_told_stop_no_picture(failing: fakes.Script) -> None:
    with fakes.ScriptedServer(small_server(failing, fakes.answer(None))) as server:
        answer = A1111Client(Server(server.url)).generate(REQUEST.changed(vae=VAE))
    assert answer.images and not answer.notices
    (body,) = (json.loads(each.body) for each in server.requests if each.method == "POST")
    assert body["override_settings"] == {"CLIP_stop_at_last_layers": 1, "sd_vae": VAE}


@pytest.mark.parametrize("failing", FAILING[:4])
def test_what_the_server_will_not_put_back_is_told(failing: fakes.Script) -> None:
    told = fakes.answer({"CLIP_stop_at_last_layers": 1.0, "sd_vae": "Automatic", "samples_format": "png"})
    with fakes.ScriptedServer(small_server(told, failing)) as server:
        answer = A1111Client(Server(server.url)).generate(REQUEST.changed(vae=VAE, clip_skip=2))
    assert answer.images
    (notice,) = answer.notices
    assert "may keep CLIP Skip, VAE of this picture for everybody" in notice


@pytest.mark.parametrize("method", ["GET", "POST"])
def test_a_cancel_meanwhile_sends_no_request(method: str) -> None:
    told = fakes.answer({"CLIP_stop_at_last_layers": 1.0, "sd_vae": "Automatic"})
    reached, over = threading.Event(), threading.Event()

    def hangs(_connection: socket.socket, _request: fakes.Request) -> None:
        reached.set()
        over.wait(60)

    serve = small_server(hangs, hangs) if method == "GET" else small_server(told, hangs)
    with fakes.ScriptedServer(serve) as server:
        client = A1111Client(Server(server.url))
        errors: list[ServerError] = []

        def generate() -> None:
            try:
                client.generate(REQUEST.changed(vae=VAE))
            except ServerError as error:
                errors.append(error)

        ours = threading.Thread(target=generate)
        ours.start()
        assert reached.wait(60)
        client.abort()
        ours.join(60)
        over.set()
        assert not ours.is_alive() and len(errors) == 1
        assert [each.path for each in server.requests if each.method == "POST"] in ([], [OPTIONS])


def test_a_server_that_tells_a_few_settings_is_sent_what_it_does_not_tell() -> None:
    """As KoboldCpp, which tells its model and a format."""
    told = fakes.answer({"sd_model_checkpoint": "kobold", "samples_format": "png"})
    with fakes.ScriptedServer(small_server(told, fakes.answer(None))) as server:
        answer = A1111Client(Server(server.url)).generate(REQUEST.changed(clip_skip=2))
    assert answer.images and not answer.notices
    (body,) = (json.loads(each.body) for each in server.requests if each.method == "POST")
    assert body["override_settings"] == {"CLIP_stop_at_last_layers": 2}


def test_what_has_no_value_yet_is_not_set(a1111_stand_in: StandIn, client: A1111Client) -> None:
    """A null would be no value for the server either."""
    options = dialect_options("A1111", [("upscaler_for_img2img", "Nearest")])
    answer = client.generate(REQUEST.changed(options=options))
    assert sent(a1111_stand_in) == {"upscaler_for_img2img": "Nearest"}
    assert not asked(a1111_stand_in, OPTIONS, "POST")
    (notice,) = answer.notices
    assert "may keep upscaler_for_img2img of this picture for everybody" in notice
    assert not client.generate(REQUEST.changed(options=options)).notices, "by now it is as set there"


def test_a_model_is_never_set_for_good(a1111_stand_in: StandIn, client: A1111Client) -> None:
    other = a1111_stand_in.app_state.checkpoints[1]
    client.generate(REQUEST.changed(model=other.title))
    assert sent(a1111_stand_in) == {"sd_model_checkpoint": other.title}
    assert not asked(a1111_stand_in, OPTIONS, "POST")
    assert a1111_stand_in.app_state.current != other


def test_what_is_known_is_forgotten_with_the_server() -> None:
    with StandIn(dialect="A1111") as server:
        client = A1111Client(Server(server.url, connect_timeout=2))
        client.generate(REQUEST.changed(vae=VAE))
        port = server.port
    with pytest.raises(ServerError):
        client.generate(REQUEST.changed(vae=VAE))
    with StandIn(dialect="A1111", port=port) as server:
        client.generate(REQUEST.changed(vae=VAE))
        assert len(asked(server, OPTIONS, "POST")) == 1
        assert server.app_state.option("sd_vae") == "Automatic"


@pytest.mark.parametrize("times", [1, 2])
def test_a_server_that_was_started_anew_unseen_is_told_again(times: int) -> None:
    """Its config may be as fresh as it."""
    with StandIn(dialect="A1111") as server:
        client = A1111Client(Server(server.url))
        for _ in range(times):
            client.generate(REQUEST.changed(vae=VAE))
        assert len(asked(server, OPTIONS, "POST")) == 1
        port = server.port
    with StandIn(dialect="A1111", port=port) as server:
        client.generate(REQUEST.changed(vae=VAE))
        assert server.app_state.option("sd_vae") == "Automatic"


@pytest.mark.parametrize(
    "asked_for, title, is_it",
    [
        ("a.safetensors", "a.safetensors", True), ("a.safetensors [0123456789]", "a.safetensors", True),
        ("a", "a.ckpt [0123456789]", True), ("0123456789", "a.ckpt [0123456789]", True),
        ("a.ckpt [9876543210]", "a.ckpt [0123456789]", False), ("b", "a.ckpt [0123456789]", False),
        ("sub_a", "sub/a.ckpt", True), ("sub/a.ckpt", "sub/a.ckpt [0123456789]", True),
        ("other/a.ckpt", "sub/a.ckpt", False), ("a.safetensors", "a.ckpt", False),
        # It could be that of another folder.
        ("a", "sub/a.ckpt", False),
    ],
)  # fmt: skip
def test_whether_a_model_is_the_one_that_is_loaded(asked_for: str, title: str, is_it: bool) -> None:
    assert is_model(asked_for, title) is is_it


# The local server is as unkind as the program


def test_the_local_server_keeps_what_its_config_does_not_hold(a1111_stand_in: StandIn) -> None:
    talk.generate(a1111_stand_in, override_settings={"sd_vae": VAE, "CLIP_stop_at_last_layers": 2})
    assert talk.get(a1111_stand_in, "options")["sd_vae"] == VAE
    talk.post(a1111_stand_in, "options", {"sd_vae": "Automatic"})
    talk.generate(a1111_stand_in, override_settings={"sd_vae": VAE})
    told = talk.get(a1111_stand_in, "options")
    assert (told["sd_vae"], told["CLIP_stop_at_last_layers"]) == ("Automatic", 2.0)


def test_a_saved_config_puts_everything_back(a1111_stand_in: StandIn) -> None:
    a1111_stand_in.app_state = WebUi().saved(WebUi().options)
    talk.generate(a1111_stand_in, override_settings={"sd_vae": VAE, "samples_format": "png", "eta_ddim": 0.5})
    assert a1111_stand_in.app_state.options == WebUi().options
