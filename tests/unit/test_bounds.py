# SPDX-FileCopyrightText: 2026 Draw Things Bridge maintainers
# SPDX-License-Identifier: GPL-3.0-or-later

"""How much is taken of what a server says: names whole or not at all, other words cut, lists counted."""

from __future__ import annotations

import json

import pytest
from hypothesis import given
from hypothesis import strategies as st

from drawthings_addon.client import bounds, catalogue
from drawthings_addon.client.a1111 import readers
from drawthings_addon.client.a1111.client import A1111Client
from drawthings_addon.client.capabilities import assumed
from drawthings_addon.client.connect import CLIENTS
from drawthings_addon.client.draw_things.configuration import read_configuration
from drawthings_addon.client.features import Feature
from drawthings_addon.client.http.address import Server
from drawthings_addon.client.http.untrusted_json import MAX_LIST_MARKS, parse_json
from drawthings_addon.client.request import GenerationRequest, Lora
from drawthings_addon.errors import InvalidSettings, RequestRefused, ServerError, ServerFailed
from tests.unit import http_fakes as fakes

LONG = "x" * 2_000_000
#: Short enough to be unpacked, and longer than any name.
MIDDLING = "x" * 5000


def read(value):
    """As it comes from a server."""
    return parse_json(json.dumps(value).encode(), max_marks=MAX_LIST_MARKS)


@given(st.text(), st.integers(1, 40))
def test_one_line_is_one_line(text, limit):
    line = bounds.one_line(text, limit)
    assert len(line) <= limit
    assert "\n" not in line
    assert not line.startswith(" ")
    assert line.encode().decode() == line


def test_what_is_cut_says_so():
    assert bounds.one_line("weathered copper", 40) == "weathered copper"
    assert bounds.one_line("weathered\n\tcopper\x00\u202e") == "weathered copper"
    assert bounds.one_line("weathered copper", 10) == "weathered…"
    assert bounds.one_line(" " * 1_000_000 + "x", 10) == "…"
    assert bounds.one_line("x" * 10, 10) == "x" * 10
    assert bounds.one_line("x" * 11, 10) == "x" * 9 + "…"


LISTS = {
    "samplers": "name",
    "schedulers": "name",
    "upscalers": "name",
    "names": "name",
    "models": "title",
    "vaes": "model_name",
    "hypernetworks": "name",
    "face_restorers": "name",
    "realesrgan_models": "name",
    "prompt_styles": "name",
    "loras": "name",
    "extensions": "name",
    "script_info": "name",
}


@pytest.mark.parametrize("kind", LISTS)
@pytest.mark.parametrize("long", [MIDDLING, LONG, "x" * 256])
def test_a_name_that_is_longer_than_any_is_left_out(kind, long):
    key = LISTS[kind]
    found = getattr(readers, kind)(read([{key: long}, {key: "x" * 255}, {key: "good"}]))
    assert len(found) == 2
    assert len(repr(found)) < 2000


@pytest.mark.parametrize("kind", LISTS)
def test_a_list_has_an_end(kind):
    key = LISTS[kind]
    found = getattr(readers, kind)([{key: str(number)} for number in range(30_000)])
    assert len(found) == bounds.MAX_ENTRIES


def test_lists_of_other_shapes_have_an_end():
    numbers = list(map(str, range(30_000)))
    assert len(readers.as_names(numbers)) == bounds.MAX_ENTRIES
    assert len(readers.embeddings({"loaded": {name: {} for name in numbers}}).loaded) == bounds.MAX_ENTRIES
    assert readers.as_names(read([LONG, MIDDLING, "good"])) == ("good",)
    assert len(readers.embeddings(read({"loaded": {MIDDLING: {}, "good": {}}})).loaded) == 1
    pairs = [(name, LONG) for name in [LONG, MIDDLING, *numbers]]
    named = catalogue.choices(pairs)
    assert len(named) == bounds.MAX_ENTRIES
    assert max(len(choice.value) + len(choice.label) for choice in named) <= 2 * bounds.MAX_NAME


@pytest.mark.parametrize("text", [MIDDLING, "word " * 400_000])
def test_words_beside_a_name_are_cut(text):
    progress = readers.progress(read({"textinfo": text, "progress": 0.5}))
    assert 0 < len(progress.text) <= bounds.MAX_WORDS
    (style,) = readers.prompt_styles(read([{"name": "a", "prompt": text, "negative_prompt": text}]))
    assert 0 < len(style.prompt) <= bounds.MAX_PROMPT
    (sampler,) = readers.samplers(read([{"name": "a", "options": {"a": text, text: "b"}, "aliases": [text]}]))
    assert len(repr(sampler)) < 2000
    told = readers.png_info(read({"info": text, "parameters": {"a": text}}))
    assert 0 < len(told.text) <= bounds.MAX_METADATA
    assert told.text.startswith(text[:1000].rstrip())


def test_a_script_with_strange_arguments():
    arguments = [
        {"label": LONG, "value": LONG, "choices": [LONG, "b"]},
        {"label": MIDDLING, "value": [["a", [LONG]]], "choices": [MIDDLING, "b"]},
        {"label": "c", "value": [1, "two"]},
        5,
    ]
    (script,) = readers.script_info(read([{"name": "a", "args": arguments}]))
    assert [argument.value for argument in script.args] == [None, None, [1, "two"], None]
    assert [argument.choices for argument in script.args] == [("b",), ("b",), (), ()]
    assert all(len(argument.label) <= bounds.MAX_NAME for argument in script.args)
    assert json.dumps([argument.value for argument in script.args])
    many = {"name": "many", "args": [{}] * (bounds.MAX_ARGUMENTS + 1)}
    as_many = {"name": "as many", "args": [{}] * bounds.MAX_ARGUMENTS}
    assert [each.name for each in readers.script_info([many, as_many])] == ["as many"]


@pytest.mark.parametrize("text", [MIDDLING, LONG, "half \ud800", "cut\0off", 7, ["a"], {}, True, None])
def test_a_model_that_is_set_but_has_no_name(text):
    options = {"sd_model_checkpoint": text, "sd_vae": text, "samples_format": text}
    with fakes.ScriptedServer(fakes.answer(options), fakes.answer(options)) as server:
        client = A1111Client(Server(server.url))
        assert client.configuration().model == ""
        told = client.options()
        assert (told.model, told.vae, told.samples_format) == ("", "", "")


@pytest.mark.parametrize("text", [MIDDLING, LONG])
def test_what_is_set_in_the_app(text):
    entry = {"file": text, "weight": 1}
    told = read_configuration(
        read(
            {
                "model": text,
                "upscaler": text,
                "refiner_model": text,
                "loras": [entry, {"file": "a.ckpt", "weight": 1}],
                "controls": [entry],
            }
        )
    )
    assert told.model == ""
    named = {row.path: value for row, value in told.values.items()}
    assert not named.get("upscaling.upscaler")
    assert not named.get("models.refiner_model")
    assert [lora.file for lora in told.loras] == ["a.ckpt"]
    assert told.controls == ()


@pytest.mark.parametrize(
    ("status", "kind", "body"),
    [
        (422, RequestRefused, {"detail": "no, no " * 300_000}),
        (
            422,
            RequestRefused,
            {"detail": [{"loc": ["body", LONG, *range(1000)], "msg": "no, no " * 300_000}]},
        ),
        (500, ServerFailed, {"error": "X", "errors": "no, no " * 300_000}),
        (500, ServerFailed, {"detail": ["no, no " * 30_000] * 8}),
        (418, ServerFailed, {"message": "no, no " * 5000}),
    ],
)
def test_a_refusal_of_megabytes(status, kind, body):
    with fakes.ScriptedServer(fakes.answer(body, status)) as server, pytest.raises(ServerError) as caught:
        A1111Client(Server(server.url)).command(Feature.REFRESH_VAES)
    assert type(caught.value) is kind
    assert len(str(caught.value)) < 1000


def test_sentences_about_settings_are_short():
    request = GenerationRequest.of(
        sampler=LONG, model=LONG, vae=LONG, loras=(Lora(LONG, 1.0),), styles=(LONG,)
    ).with_options("DRAW_THINGS", tuple((f"{LONG}{number}", None) for number in range(8)))
    lists = catalogue.Catalogue(
        **{name: catalogue.plain("a") for name in ("samplers", "models", "vaes", "loras", "styles")}
    )
    for client in CLIENTS:
        found = assumed(client.dialect).incompatibilities(request, lists)
        assert found
        assert max(len(each.sentence) for each in found) < 700


def test_a_file_name_that_is_none_is_refused_before_it_is_sent():
    from drawthings_addon.client.draw_things.payload import check_file

    assert check_file("x" * 255, "LoRA")
    with pytest.raises(InvalidSettings) as refused:
        check_file("x" * 256, "LoRA")
    assert len(str(refused.value)) < 300


@pytest.mark.parametrize(
    ("text", "limit", "shown"),
    [
        ("weathered copper, verdigris in the creases", 24, "weathered copper,…"),
        ("weathered copper, verdigris in the creases", 18, "weathered copper,…"),
        ("weathered copper", 16, "weathered copper"),
        ("a incomprehensibilities", 12, "a incompreh…"),
        ("incomprehensibilities", 8, "incompr…"),
    ],
)
def test_a_line_is_cut_between_two_words(text: str, limit: int, shown: str) -> None:
    assert bounds.one_line(text, limit) == shown
    assert len(shown) <= limit
