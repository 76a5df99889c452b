# SPDX-FileCopyrightText: 2026 Draw Things Bridge maintainers
# SPDX-License-Identifier: GPL-3.0-or-later

"""Who answers at an address is told apart, and what is neither dialect is told in words."""

from __future__ import annotations

import json

import pytest

from drawthings_addon.client.a1111 import endpoints
from drawthings_addon.client.a1111.client import A1111Client
from drawthings_addon.client.a1111.dialect import A1111
from drawthings_addon.client.connect import connect
from drawthings_addon.client.draw_things.client import DrawThingsClient
from drawthings_addon.client.features import Feature
from drawthings_addon.client.http.address import Server
from drawthings_addon.errors import (
    AuthenticationFailed,
    ServerError,
    ServerFailed,
    ServerTimedOut,
    ServerUnreachable,
    UnknownServer,
    WrongProtocol,
)
from tests.unit import http_fakes as fakes

pytestmark = pytest.mark.timing

DRAW_THINGS = {"seed_mode": "Scale Alike", "guidance_scale": 4.5, "model": None}
PAGE = fakes.http(200, b"<!doctype html><title>Stable Diffusion</title>", "text/html")
NOT_FOUND = fakes.http(404, b'{"detail":"Not Found"}')
UNAUTHENTICATED = fakes.http(401, b'{"error":"HTTPException","detail":"Not authenticated"}')
OPENAPI = {"paths": {e.path: {e.method.lower(): {}} for e in (endpoints.TXT2IMG, endpoints.PROGRESS)}}
OPTIONS = {"sd_model_checkpoint": "m", "samples_format": "png"}


def routes(**answers):
    """A server with answers for some paths, as values or as bytes; the rest are 404 with an empty body."""
    by_path = {
        "/" + name.replace("__", "/").replace("_json", ".json"): each for name, each in answers.items()
    }

    def script(connection, request):
        found = by_path.get(request.path, fakes.http(404, b"", ""))
        data = found if isinstance(found, bytes) else fakes.http(200, json.dumps(found).encode())
        connection.sendall(data)

    return fakes.ScriptedServer(script)


def connected(server, **options):
    return connect(Server(server.url, **options))


def refused(server, **options):
    with server, pytest.raises(ServerError) as caught:
        connected(server, **options)
    assert caught.value.advice.endswith(".")
    return caught.value


def test_draw_things():
    with routes(**{"": DRAW_THINGS, "sdapi__v1__options": DRAW_THINGS}) as server:
        client = connected(server)
    assert isinstance(client, DrawThingsClient)
    offered = [row.place for row in client.capabilities.rows if row.is_offered]
    assert offered == list(
        map(str, (endpoints.ROOT, endpoints.TXT2IMG, endpoints.IMG2IMG, endpoints.OPTIONS))
    )


@pytest.mark.parametrize("root", [PAGE, NOT_FOUND, {}, [], fakes.http(307, b"", "", "Location: /ui"), b""])
def test_a1111_whatever_its_page_is(root):
    root = fakes.http(500) if root == b"" else root
    with routes(**{"": root, "openapi_json": OPENAPI, "sdapi__v1__options": OPTIONS}) as server:
        client = connected(server)
        assert isinstance(client, A1111Client)
        assert client.capabilities.dialect is A1111
        assert client.capabilities.offers(Feature.PROGRESS)
        assert not client.capabilities.offers(Feature.INTERRUPT)
        assert {request.method for request in server.requests} == {"GET"}


def test_a_small_server_without_a_description():
    with routes(**{"": PAGE, "sdapi__v1__options": OPTIONS, "sdapi__v1__samplers": []}) as server:
        client = connected(server)
        assert {request.method for request in server.requests} == {"GET"}
    assert isinstance(client, A1111Client)
    assert client.capabilities.has(str(endpoints.SAMPLERS))
    assert not client.capabilities.offers(Feature.PROGRESS)


@pytest.mark.parametrize("status", [400, 401, 403, 404, 405, 500])
def test_what_a_server_says_of_what_it_has_not_is_no_obstacle(status):
    """Some gateways ask for credentials wherever there is no route."""

    def script(connection, request):
        found = request.path == "/sdapi/v1/options"
        connection.sendall(fakes.http(200, json.dumps(OPTIONS).encode()) if found else fakes.http(status))

    with fakes.ScriptedServer(script) as server:
        client = connected(server)
        assert client.capabilities.offers(Feature.TEXT_TO_IMAGE)
        assert "POST" not in {request.method for request in server.requests}


def test_a_wrong_password_is_tried_once():
    """Who counts what fails may lock out."""
    with fakes.ScriptedServer(lambda connection, request: connection.sendall(UNAUTHENTICATED)) as server:
        with pytest.raises(AuthenticationFailed):
            connected(server, username="ann", password="wrong")
        assert len(server.requests) == 1


@pytest.mark.parametrize("others", [{"/": {"get": {}}}, {"/sdapi/v1/options": {"get": {}}}, {}])
def test_a_description_that_names_no_pictures_is_not_of_this_api(others):
    """Others serve this API beside what they describe."""
    described = {"paths": {"/v1/images/generations": {"post": {}}, **others}}
    with routes(openapi_json=described, sdapi__v1__options=OPTIONS) as server:
        client = connected(server)
        client.examine(thorough=True)
        assert client.capabilities.offers(Feature.TEXT_TO_IMAGE)


def test_options_may_be_empty():
    with routes(sdapi__v1__options={}) as server:
        assert connected(server).capabilities.offers(Feature.TEXT_TO_IMAGE)


@pytest.mark.parametrize("body", [b"{}", b"[]", b"null", b'{"detail": "Not Found"}'])
def test_who_answers_the_same_everywhere_is_none(body):
    script = fakes.raw(fakes.http(200, body))
    assert isinstance(refused(fakes.ScriptedServer(*[script] * 9)), UnknownServer)


@pytest.mark.parametrize("options", [NOT_FOUND, fakes.http(500), PAGE, []])
def test_a_description_is_enough(options):
    with routes(openapi_json=OPENAPI, sdapi__v1__options=options) as server:
        assert isinstance(connected(server), A1111Client)


def test_a_webui_without_its_api():
    gradio = {"paths": {"/queue/join": {"post": {}}, "/internal/ping": {"get": {}}}}
    error = refused(routes(**{"": PAGE, "openapi_json": gradio}))
    assert type(error) is UnknownServer
    assert "--api" in error.advice


@pytest.mark.parametrize(
    "answers",
    [
        {},
        {"": PAGE},
        {"": PAGE, "openapi_json": PAGE, "sdapi__v1__options": PAGE},
        {"": {}, "openapi_json": {"paths": {"/users": {"get": {}}}}, "sdapi__v1__options": {"x": 1}},
        {"openapi_json": {"paths": [1]}, "sdapi__v1__options": []},
        {"openapi_json": {"paths": {"/sdapi/v1/txt2img": "x"}}},
        {"openapi_json": fakes.http(200, b"[" * 50_000)},
    ],
    ids=str,
)
def test_something_else(answers):
    error = refused(routes(**answers))
    assert type(error) is UnknownServer
    assert "not an image server that this extension knows" in error.what


def test_a_failing_server_is_told_as_failing():
    assert type(refused(fakes.ScriptedServer(fakes.answer({"errors": "out of order"}, 500)))) is ServerFailed


def test_credentials():
    answers = {"": PAGE, "openapi_json": OPENAPI, "sdapi__v1__options": UNAUTHENTICATED}
    assert type(refused(routes(**answers))) is AuthenticationFailed
    error = refused(routes(**answers), username="ann", password="hunter2")
    assert "does not accept" in error.what
    assert "hunter2" not in str(error)
    assert type(refused(fakes.ScriptedServer(fakes.raw(UNAUTHENTICATED)))) is AuthenticationFailed


def test_no_server_at_all():
    with fakes.unused_port() as port, pytest.raises(ServerUnreachable):
        connect(Server(f"127.0.0.1:{port}"))
    assert type(refused(fakes.ScriptedServer(fakes.raw(b"")))) is WrongProtocol
    silent = fakes.ScriptedServer(fakes.raw_then_wait(b""))
    assert type(refused(silent, read_timeout=0.3)) is ServerTimedOut


@pytest.mark.parametrize(("dialect", "kind"), [("DRAW_THINGS", DrawThingsClient), ("A1111", A1111Client)])
def test_the_stand_in_of_each_dialect(dialect, kind):
    from local_server import StandIn

    with StandIn(dialect=dialect) as server:
        client = connected(server)
    assert isinstance(client, kind)
    assert client.capabilities.dialect.name == dialect


STRANGE = [
    fakes.http(500, b'{"error":"ValidationError","detail":"","body":"","errors":"value is not a valid str"}'),
    fakes.http(500, b"Internal Server Error", "text/plain"), fakes.http(204, b""), fakes.http(200, b""), None,
    [], 5, "x", [None], [{"name": 5}],
]  # fmt: skip


@pytest.mark.parametrize("described", [True, False])
@pytest.mark.parametrize("told", STRANGE, ids=str)
def test_settings_that_fail_as_a_whole(told, described):
    """As with the real server, once one of them has a value of a wrong type."""
    answers = {
        "": NOT_FOUND,
        "sdapi__v1__options": told,
        "sdapi__v1__samplers": [{"name": "Euler", "aliases": [], "options": {}}],
        "sdapi__v1__txt2img": fakes.http(405, b'{"detail":"Method Not Allowed"}'),
    }
    if described:
        answers["openapi_json"] = OPENAPI
    with routes(**answers) as server:
        client = connected(server)
        assert isinstance(client, A1111Client)
        assert client.capabilities.offers(Feature.TEXT_TO_IMAGE)
        client.examine(thorough=True)
        assert client.capabilities.offers(Feature.TEXT_TO_IMAGE)


@pytest.mark.parametrize("told", STRANGE, ids=str)
def test_what_a_server_tells_of_itself_as_far_as_it_can_be_read(told):
    paths = {e.path: {"get": {}} for e in (endpoints.MEMORY, endpoints.EXTENSIONS, endpoints.CMD_FLAGS)}
    described = {"paths": OPENAPI["paths"] | paths}
    good = {
        "memory": {"ram": {"free": 2**30}, "cuda": {}}, "extensions": [{"name": "Lora", "enabled": True}],
        "cmd-flags": {"api_server_stop": True},
    }  # fmt: skip
    whole = ["1.0 GiB of memory free", "extensions: Lora", "can be stopped from here"]
    for place, words in zip(good, whole, strict=True):
        answers = {f"sdapi__v1__{name}": each for name, each in (good | {place: told}).items()}
        with routes(openapi_json=described, sdapi__v1__options=OPTIONS, **answers) as server:
            found = connected(server).information()
        assert all(each in found for each in whole if each != words)
