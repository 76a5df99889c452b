# SPDX-FileCopyrightText: 2026 Draw Things Bridge maintainers
# SPDX-License-Identifier: GPL-3.0-or-later

"""What a server offers to choose from, whatever it answers."""

from __future__ import annotations

import http.server
import json
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import fields
from typing import Any

import pytest

from drawthings_addon.client.a1111 import endpoints
from drawthings_addon.client.a1111.client import A1111Client
from drawthings_addon.client.a1111.dialect import A1111
from drawthings_addon.client.capabilities import assumed
from drawthings_addon.client.catalogue import (
    Catalogue,
    Choice,
    plain,
)
from drawthings_addon.client.connect import connect
from drawthings_addon.client.draw_things import keys
from drawthings_addon.client.draw_things.catalogue import BUILT_IN
from drawthings_addon.client.http.address import Server
from local_server import Faults, StandIn
from local_server.a1111.webui import Style, WebUi

API = "/sdapi/v1/"


def read(server: StandIn) -> Catalogue:
    return connect(Server(server.url)).catalogue()


def values(choices: tuple[Choice, ...]) -> list[str]:
    return [choice.value for choice in choices]


def test_of_a1111(a1111_stand_in: StandIn) -> None:
    ui = a1111_stand_in.app_state
    found = read(a1111_stand_in)
    assert values(found.models) == [each.title for each in ui.checkpoints]
    assert values(found.vaes) == list(ui.vaes)
    assert values(found.samplers) == [each.name for each in ui.samplers]
    assert found.schedulers[0] == Choice(ui.schedulers[0].name, ui.schedulers[0].label)
    assert values(found.upscalers) == [each.name for each in ui.upscalers]
    assert values(found.latent_upscale_modes) == list(ui.latent_upscale_modes)
    assert values(found.styles) == [each.name for each in ui.styles]
    assert values(found.face_restorers) == list(ui.face_restorers)
    assert values(found.loras) == list(ui.loras)
    assert values(found.control_models) == list(ui.controlnet_models)
    assert found.seed_modes == (), "A1111 has its one way to make noise of a seed"
    assert "prompts from file or textbox" in values(found.scripts)
    assert "refiner" not in values(found.scripts), "it is always on, and is not chosen"
    assert found.script_arguments.keys() == set(values(found.scripts))
    assert [each.value for each in found.script_arguments["loopback"]][:2] == [2, 0.5]
    assert a1111_stand_in.journal.generations == ()


def test_what_no_picker_shows_is_told_by_the_client(a1111_stand_in: StandIn) -> None:
    client, ui = A1111Client(Server(a1111_stand_in.url)), a1111_stand_in.app_state
    loaded = [each.name for each in client.embeddings().loaded]
    assert loaded == ["easynegative"], "one that does not fit the model cannot be used"
    assert [each.name for each in client.hypernetworks()] == list(ui.hypernetworks)
    assert "none" in client.controlnet_modules()


def test_of_draw_things(stand_in: StandIn) -> None:
    found = read(stand_in)
    assert set(values(found.samplers)) <= set(keys.SAMPLERS) and found.samplers
    assert found.seed_modes
    told = {"samplers", "seed_modes"}
    assert all(not getattr(found, each.name) for each in fields(Catalogue) if each.name not in told)
    assert stand_in.journal.generations == ()


def test_built_in() -> None:
    assert values(BUILT_IN.samplers) == list(keys.SAMPLERS)
    assert BUILT_IN.models == ()
    assert plain("a", "b") == (Choice("a"), Choice("b"))


@pytest.mark.parametrize(
    ("path", "name"),
    [
        ("schedulers", "schedulers"), ("sd-models", "models"), ("sd-vae", "vaes"),
        ("upscalers", "upscalers"), ("latent-upscale-modes", "latent_upscale_modes"), ("loras", "loras"),
        ("prompt-styles", "styles"),
        ("face-restorers", "face_restorers"), ("script-info", "scripts"), ("samplers", "samplers"),
    ],
)  # fmt: skip
def test_a_list_that_fails_is_empty(a1111_stand_in: StandIn, path: str, name: str) -> None:
    client = connect(Server(a1111_stand_in.url))
    whole = client.catalogue()
    assert getattr(whole, name)
    a1111_stand_in.faults = Faults(missing=(API + path,))
    found = client.catalogue()
    empty = {name, "script_arguments"} if name == "scripts" else {name}
    for each in fields(Catalogue):
        if each.name in empty:
            assert not getattr(found, each.name)
        elif each.name == "told":
            assert found.told == whole.told - {name}, "nothing is known of it"
        else:
            assert getattr(found, each.name) == getattr(whole, each.name)


def test_only_what_is_offered_is_asked_for(a1111_stand_in: StandIn) -> None:
    client = connect(Server(a1111_stand_in.url))
    for endpoint in endpoints.ENDPOINTS:
        if endpoint != endpoints.SAMPLERS:
            client.capabilities = client.capabilities.without(str(endpoint), "Not here.")
    before = len(a1111_stand_in.journal)
    found = client.catalogue()
    assert [entry.path for entry in list(a1111_stand_in.journal)[before:]] == [f"{API}samplers"]
    assert found.samplers and not found.models


def test_a_server_that_is_gone(a1111_stand_in: StandIn) -> None:
    client = connect(Server(a1111_stand_in.url))
    a1111_stand_in.close()
    assert client.catalogue() == Catalogue()


def test_strange_names(a1111_stand_in: StandIn) -> None:
    names = ("a", "a", "", " ", "🦊")
    a1111_stand_in.app_state = WebUi(styles=tuple(Style(name) for name in names))
    assert read(a1111_stand_in).styles == (Choice("a"), Choice("🦊"))
    a1111_stand_in.app_state = WebUi().with_strange_lists()
    found = read(a1111_stand_in)
    for each in fields(Catalogue):
        choices = getattr(found, each.name)
        if each.name in ("script_arguments", "seed_modes", "told"):
            continue
        names = values(choices)
        assert len(names) == len(set(names)), each.name
        assert all(name.strip() for name in names), each.name
    assert len(found.vaes) > 4000
    assert {"🦊🎨", "a/b\\c/../d", "<b>bold</b>", "ünïcödé 日本語", "%s {0}"} <= set(values(found.vaes))


@contextmanager
def answering(answers: dict[str, Any]) -> Iterator[Server]:
    """A server of exactly these answers, by path; else an empty list."""

    class Handler(http.server.BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            path = self.path.partition("?")[0].removeprefix(API)
            body = json.dumps(answers.get(path, [])).encode()
            self.send_response(200)
            self.send_header("Content-Type", "application/json")
            self.send_header("Content-Length", str(len(body)))
            self.end_headers()
            self.wfile.write(body)

        def log_message(self, *_: object) -> None:
            pass

    server = http.server.ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    thread = threading.Thread(target=server.serve_forever, args=(0.01,), daemon=True)
    thread.start()
    try:
        yield Server(f"http://127.0.0.1:{server.server_address[1]}")
    finally:
        server.shutdown()
        server.server_close()
        thread.join(10)


_WRONG: tuple[Any, ...] = (
    None, 5, "text", {}, {"error": "x"}, [None, 5, [], "text"], [{"name": None}], [{"name": 5}],
    [{"name": ["a"]}], [{}], [[[]]], [{"name": "\ud800"}], [{"name": "a\0b"}],
)  # fmt: skip


@pytest.mark.parametrize("answer", _WRONG, ids=lambda value: repr(value)[:24])
def test_answers_of_another_shape(answer: Any) -> None:
    everything = (
        "samplers", "schedulers", "sd-models", "sd-vae", "upscalers", "latent-upscale-modes", "loras",
        "prompt-styles", "embeddings", "hypernetworks", "face-restorers", "script-info",
        "/controlnet/model_list", "/controlnet/module_list",
    )  # fmt: skip
    with answering(dict.fromkeys(everything, answer)) as server:
        client = A1111Client(server, assumed(A1111))
        found = client.catalogue()
    for each in fields(Catalogue):
        if each.name != "told":
            assert not getattr(found, each.name), each.name
    told = found.told - {"control_models"}
    assert bool(told) is isinstance(answer, list), "a list of what cannot be read is one of nothing"


def test_scripts_of_another_shape() -> None:
    scripts = [
        {"name": "good", "is_alwayson": False, "is_img2img": False, "args": [{"label": None, "value": {}}]},
        {"name": "good", "is_alwayson": False, "is_img2img": True, "args": []},
        {"name": "odd", "args": 7},
        {"name": 7, "args": []},
    ]
    with answering({"script-info": scripts}) as server:
        found = A1111Client(server, assumed(A1111)).catalogue()
    assert "good" in values(found.scripts)
    assert found.script_arguments.keys() == set(values(found.scripts))


def test_the_probe_and_the_lists_agree(a1111_stand_in: StandIn) -> None:
    client = connect(Server(a1111_stand_in.url))
    client.examine(thorough=True)
    assert client.catalogue() == read(a1111_stand_in)
