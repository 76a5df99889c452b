# SPDX-FileCopyrightText: 2026 Draw Things Bridge maintainers
# SPDX-License-Identifier: GPL-3.0-or-later

"""Arguments of an A1111 server's scripts whose choices are wanted by their places in a list."""

from __future__ import annotations

import json
import socket
import time
from dataclasses import replace
from typing import Any

import numpy as np
import pytest

from drawthings_addon.client.a1111 import scripts
from drawthings_addon.client.a1111.client import A1111Client
from drawthings_addon.client.a1111.scripts import as_wanted, is_by_place, place
from drawthings_addon.client.catalogue import ScriptArgument
from drawthings_addon.client.http.address import Server
from drawthings_addon.client.request import GenerationRequest, Script
from drawthings_addon.errors import RequestRefused, ServerFailed
from drawthings_addon.imaging import png
from local_server import Faults, StandIn
from local_server.a1111.webui import AXES, Argument
from local_server.a1111.webui import Script as ServerScript
from tests.unit import a1111_talk as talk
from tests.unit import http_fakes as fakes

REQUEST = GenerationRequest.of(prompt="copper", width=64, height=64, steps=1, seed=7, sampler="Euler")
IMG2IMG = REQUEST.changed(operation="img2img", init_image=png.encode(np.zeros((64, 64, 3), np.uint8)))
NOWHERE = Server("http://127.0.0.1:7860")
INFO = "/sdapi/v1/script-info"


def filled_in(server: StandIn, name: str, *, img2img: bool = False, **changed: Any) -> Script:
    """The script with the defaults that Fill In Arguments writes, and these by their labels."""
    client = A1111Client(Server(server.url))
    (info,) = (each for each in client.script_info() if (each.name, each.is_img2img) == (name, img2img))
    values = [changed.get(each.label.replace(" ", "_"), each.value) for each in info.args]
    return Script(name, tuple(tuple(each) if isinstance(each, list) else each for each in values))


def sent(server: StandIn) -> list[Any]:
    body = server.journal.generations[-1].body
    assert isinstance(body, dict)
    return list(body["script_args"])


def test_a_plot_works_with_what_is_filled_in(a1111_stand_in: StandIn) -> None:
    script = filled_in(a1111_stand_in, "x/y/z plot")
    assert script.args[0] == "Seed", "as the artist reads it"
    A1111Client(Server(a1111_stand_in.url)).generate(REQUEST.changed(script=script))
    assert [sent(a1111_stand_in)[index] for index in (0, 3, 6)] == [1, 0, 0]


def test_a_choice_has_its_place_in_the_tabs_own_list(a1111_stand_in: StandIn) -> None:
    client = A1111Client(Server(a1111_stand_in.url))
    values = {"X_type": "CFG Scale", "X_values": "4, 7"}
    for request, is_img2img in ((REQUEST, False), (IMG2IMG, True)):
        script = filled_in(a1111_stand_in, "x/y/z plot", img2img=is_img2img, **values)
        client.generate(request.changed(script=script))
        assert sent(a1111_stand_in)[0] == AXES.index("CFG Scale") - is_img2img
        assert a1111_stand_in.journal.generations[-1].effective["axis"] == "CFG Scale"
    old = Script("X/Y/Z plot", ("Hires steps", *script.args[1:]))
    with pytest.raises(RequestRefused) as refusal:
        client.generate(IMG2IMG.changed(script=old))
    assert "“Hires steps” is none of the choices" in refusal.value.what
    assert "CFG Scale" in refusal.value.advice


def test_outpainting_fills_as_was_chosen(a1111_stand_in: StandIn) -> None:
    script = filled_in(a1111_stand_in, "poor man's outpainting", img2img=True, Masked_content="latent noise")
    A1111Client(Server(a1111_stand_in.url)).generate(IMG2IMG.changed(script=script))
    assert a1111_stand_in.journal.generations[-1].effective["inpainting_fill"] == 2
    assert sent(a1111_stand_in) == [128, 4, 2, ["left", "right", "up", "down"]]


@pytest.mark.parametrize("value", [3, 0, True, None, 1.0])
def test_what_is_no_text_stays(a1111_stand_in: StandIn, value: Any) -> None:
    """Also numbers that an artist wrote by hand into an older file."""
    script = filled_in(a1111_stand_in, "prompt matrix")
    changed = Script(script.name, (value, *script.args[1:]))
    A1111Client(Server(a1111_stand_in.url)).generate(REQUEST.changed(script=changed))
    assert sent(a1111_stand_in)[0] == value and sent(a1111_stand_in)[2] == "positive", "wanted as a text"


def test_pictures_without_a_script_cost_no_exchange(a1111_stand_in: StandIn) -> None:
    A1111Client(Server(a1111_stand_in.url)).generate(REQUEST)
    assert INFO not in [each.path for each in a1111_stand_in.journal]


def test_a_text_that_reads_as_a_number_is_sent_as_a_text(a1111_stand_in: StandIn) -> None:
    """The panel's field cannot tell; X/Y/Z plot reads its values as CSV."""
    script = filled_in(a1111_stand_in, "x/y/z plot", X_values=7)
    A1111Client(Server(a1111_stand_in.url)).generate(REQUEST.changed(script=script))
    assert sent(a1111_stand_in)[:3] == [1, "7", 7], "the third tells no default"


@pytest.mark.parametrize(
    "value, default, choices, wanted",
    [
        (5, "", (), "5"), (True, "", (), "true"), ((1, 2), "", (), "[1, 2]"), (2.5, "", (), "2.5"),
        (None, "", (), None), (5, 0, (), 5), (5, None, (), 5), (True, False, (), True),
        (512, "256", ("256", "512"), "512"), (512, 256, ("256", "512"), 512),
        ((1, 2), ("a",), (), (1, 2)), (1, "a", ("a", "b"), 1),
    ],
)  # fmt: skip
def test_what_the_default_tells_of_an_argument(
    value: Any, default: Any, choices: tuple[str, ...], wanted: Any
) -> None:
    assert as_wanted("s", [value], [ScriptArgument("A", default, choices=choices)], NOWHERE) == [wanted]


def test_a_choice_that_reads_as_a_number_has_its_place() -> None:
    argument = ScriptArgument("X type", "256", choices=("256", "512"))
    assert as_wanted("s", [512], [argument], NOWHERE) == [1]
    assert as_wanted("s", [1], [argument], NOWHERE) == [1]


def test_a_server_that_does_not_tell_its_scripts_is_sent_what_was_written(a1111_stand_in: StandIn) -> None:
    script = filled_in(a1111_stand_in, "prompt matrix")
    a1111_stand_in.faults = Faults(missing=(INFO,))
    A1111Client(Server(a1111_stand_in.url)).generate(REQUEST.changed(script=script))
    assert sent(a1111_stand_in)[2] == "positive"


# Scripts that nobody knows


class Peculiar:
    """A server whose script wants all of its choices by their places, and fails with these words else."""

    def __init__(self, words: str) -> None:
        self.words = words
        self.bodies: list[list[Any]] = []

    def __call__(self, connection: socket.socket, request: fakes.Request) -> None:
        if request.path == INFO:
            arguments = [{"label": "Mode", "value": "Fast", "choices": ["Slow", "", "Fast"]}]
            arguments += [
                {"label": "Words", "value": "Fast"},
                {"label": "Curve", "value": "b", "choices": ["a", "b"]},
            ]
            told = {"name": "peculiar", "is_alwayson": False, "is_img2img": False, "args": arguments}
            fakes.answer([told])(connection, request)
        elif request.path == "/sdapi/v1/txt2img":
            sent = json.loads(request.body)["script_args"]
            self.bodies.append(sent)
            if isinstance(sent[0], str):
                body = {"error": "TypeError", "detail": "", "body": "", "errors": self.words}
                fakes.answer(body, 500)(connection, request)
            else:
                fakes.pictures(fakes.picture())(connection, request)
        else:
            fakes.answer({"detail": "Not Found"}, 404)(connection, request)


@pytest.mark.parametrize(
    "words",
    [
        "list indices must be integers or slices, not str",
        "tuple indices must be integers or slices, not str",
        "'<' not supported between instances of 'str' and 'int'",
        "unsupported operand type(s) for -: 'str' and 'int'",
        "'str' object cannot be interpreted as an integer",
        "invalid literal for int() with base 10: 'Fast'",
        "'Fast'",
    ],
)
def test_a_script_that_took_a_text_for_a_number_gets_places_and_is_remembered(words: str) -> None:
    serve = Peculiar(words)
    with fakes.ScriptedServer(serve) as server:
        client = A1111Client(Server(server.url))
        request = REQUEST.changed(script=Script("Peculiar", ("Fast", "Fast", "b")))
        assert client.generate(request).images
        assert client.sibling(client.server).generate(request).images
    assert serve.bodies == [["Fast", "Fast", "b"], [2, "Fast", 1], [2, "Fast", 1]]


@pytest.mark.parametrize("words", ["CUDA out of memory", "'Slow'", "list index out of range", ""])
def test_other_failures_are_told_at_once(words: str) -> None:
    serve = Peculiar(words)
    with fakes.ScriptedServer(serve) as server, pytest.raises(ServerFailed):
        A1111Client(Server(server.url)).generate(
            REQUEST.changed(script=Script("peculiar", ("Fast", "Fast", "b")))
        )
    assert len(serve.bodies) == 1


def test_a_script_that_fails_after_it_may_have_painted_is_not_paid_for_twice(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(scripts, "AT_ONCE", 0.2)
    serve = Peculiar("can only concatenate str (not \"int\") to str")

    def slowly(connection: socket.socket, request: fakes.Request) -> None:
        if request.path == "/sdapi/v1/txt2img":
            time.sleep(0.4)
        serve(connection, request)

    with fakes.ScriptedServer(slowly) as server, pytest.raises(ServerFailed):
        A1111Client(Server(server.url)).generate(
            REQUEST.changed(script=Script("peculiar", ("Fast", "Fast", "b")))
        )
    assert len(serve.bodies) == 1


def test_a_number_beside_texts_tells_it(a1111_stand_in: StandIn) -> None:
    ui = a1111_stand_in.app_state
    added = ServerScript("strokes", (Argument("Kind", 1, choices=("dry", "wet")),))
    a1111_stand_in.app_state = replace(ui, scripts=(*ui.scripts, added))
    A1111Client(Server(a1111_stand_in.url)).generate(REQUEST.changed(script=Script("strokes", ("WET",))))
    assert sent(a1111_stand_in) == [1]


@pytest.mark.parametrize(
    "script, label, value, choices, is_it",
    [
        ("x/y/z plot", "X type", "Seed", ("Nothing", "Seed"), True),
        ("any grid", "Y Type", "Seed", ("Nothing", "Seed"), True),
        ("x/y/z plot", "X values", "", (), False),
        ("Ultimate SD upscale", "Type", "Linear", ("Linear", "Chess"), True),
        ("another", "Type", "Linear", ("Linear", "Chess"), False),
        ("another", "Kind", 0, ("a", "b"), True),
        ("another", "Kind", 2, ("1", "2"), False),
        ("another", "Kind", True, ("a", "b"), False),
        ("another", "Size", 2, (), False),
    ],
)
def test_what_is_surely_wanted_by_its_place(
    script: str, label: str, value: Any, choices: tuple[str, ...], is_it: bool
) -> None:
    assert is_by_place(script, ScriptArgument(label, value, choices=choices)) is is_it


def test_places_are_those_of_the_servers_list() -> None:
    argument = ScriptArgument("X type", "a", choices=("a", "B"), places=(0, 3))
    assert [place(each, argument) for each in ("a", "b", "B ", "c", 1)] == [0, 3, 3, None, None]
    assert as_wanted("s", ["B", "more", 5], [argument], NOWHERE) == [3, "more", 5]


def test_the_local_server_is_as_unkind(a1111_stand_in: StandIn) -> None:
    script = filled_in(a1111_stand_in, "x/y/z plot")
    body = {"prompt": "x", "script_name": script.name, "script_args": list(script.args)}
    assert "not str" in talk.failed(a1111_stand_in, "txt2img", body)["errors"]
