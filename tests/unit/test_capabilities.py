# SPDX-FileCopyrightText: 2026 Draw Things Bridge maintainers
# SPDX-License-Identifier: GPL-3.0-or-later

"""What a server offers is told by what it answers, without ever sending it a POST."""

from __future__ import annotations

import json
import threading

import pytest

from drawthings_addon.client.a1111 import endpoints
from drawthings_addon.client.a1111.client import A1111Client
from drawthings_addon.client.a1111.dialect import A1111
from drawthings_addon.client.a1111.endpoints import ENDPOINTS
from drawthings_addon.client.capabilities import Capabilities, assumed
from drawthings_addon.client.draw_things.client import DrawThingsClient
from drawthings_addon.client.draw_things.dialect import DRAW_THINGS
from drawthings_addon.client.features import Feature
from drawthings_addon.client.http.address import Server
from drawthings_addon.client.http.endpoints import rows
from drawthings_addon.client.table import RowState
from tests.unit import http_fakes as fakes

OFFERED, NOT_OFFERED, UNKNOWN = RowState.OFFERED, RowState.NOT_OFFERED, RowState.UNKNOWN
REFUSED, FAILED = RowState.REFUSED, RowState.FAILED
NOT_FOUND = fakes.http(404, b'{"detail":"Not Found"}')


def answering(by_path):
    def script(connection, request):
        connection.sendall(by_path.get(request.path, NOT_FOUND))

    return fakes.ScriptedServer(script)


def description(*offered):
    paths = {}
    for endpoint in offered:
        paths.setdefault(endpoint.path, {})[endpoint.method.lower()] = {}
    return fakes.http(200, json.dumps({"paths": paths}).encode())


def row_of(found, endpoint):
    (row,) = [row for row in found.rows if row.place == str(endpoint)]
    return row


def asked(server, kind=A1111Client, **options):
    with server:
        client = kind(Server(server.url, read_timeout=5))
        client.examine(**options)
        found = client.capabilities
        assert all(request.method == "GET" for request in server.requests)
    assert [row.place for row in found.rows] == list(map(str, ENDPOINTS))
    assert all(row.detail == "" or row.detail.endswith(".") for row in found.rows)
    return found


@pytest.mark.parametrize(
    ("endpoint", "reply", "state"),
    [
        (endpoints.SAMPLERS, fakes.http(200, b"[]"), OFFERED),
        (endpoints.SAMPLERS, NOT_FOUND, NOT_OFFERED),
        (endpoints.SAMPLERS, fakes.http(405), NOT_OFFERED),
        (endpoints.SAMPLERS, fakes.http(200, b"<html>", "text/html"), NOT_OFFERED),
        (endpoints.SAMPLERS, fakes.http(401), REFUSED),
        (endpoints.SAMPLERS, fakes.http(403), REFUSED),
        (endpoints.SAMPLERS, fakes.http(500, b'{"errors": "boom"}'), FAILED),
        (endpoints.SAMPLERS, fakes.http(200, b"nonsense"), FAILED),
        (endpoints.SAMPLERS, b"HTTP/1.1 200 OK\r\nContent-Length: 50\r\n\r\n[]", FAILED),
        (endpoints.SAMPLERS, b"", FAILED),
        (endpoints.DOCS, fakes.http(200, b"<html>", "text/html"), OFFERED),
    ],
)
def test_one_get_tells(endpoint, reply, state):
    row = row_of(asked(answering({endpoint.path: reply})), endpoint)
    assert row.state is state
    assert row.seconds is not None and row.seconds >= 0


OPTIONS = {"/sdapi/v1/options": fakes.http(200, b'{"sd_model_checkpoint": "m"}')}
SAMPLERS = {"/sdapi/v1/samplers": fakes.http(200, b'[{"name": "euler_a"}]')}
ORDERS = [each for each in ENDPOINTS if each.method == "POST"]


@pytest.mark.parametrize("reply", [fakes.http(405), NOT_FOUND, fakes.http(200, b"{}"), fakes.http(503), b""])
@pytest.mark.parametrize("told", [OPTIONS, SAMPLERS, OPTIONS | SAMPLERS])
def test_what_takes_a_post_is_not_asked_for(told, reply):
    """A server that ignores the method would obey; and one that has it may say 404."""
    server = answering({each.path: reply for each in ORDERS} | told)
    found = asked(server)
    gets = {each.path for each in ENDPOINTS if each.method == "GET"}
    assert {request.path for request in server.requests} <= gets
    for endpoint in ORDERS:
        row = row_of(found, endpoint)
        assert (row.state, row.seconds) == (UNKNOWN, None)
        assert not found.has(str(endpoint)), "nobody says that it is there"
    assert all(found.offers(feature) for endpoint in ORDERS for feature in endpoint.features)


def test_a_server_that_tells_neither_options_nor_samplers_has_nothing():
    found = asked(answering({"/sdapi/v1/progress": fakes.http(200, b"{}")}))
    assert {row_of(found, endpoint).state for endpoint in ORDERS} == {FAILED}
    assert not found.offers(Feature.TEXT_TO_IMAGE)


def test_what_proved_wrong_is_not_offered_any_more():
    found = asked(answering(OPTIONS))
    lacking = found.without(str(endpoints.EXTRA_BATCH))
    assert row_of(lacking, endpoints.EXTRA_BATCH).state is NOT_OFFERED
    assert lacking.offers(Feature.UPSCALE_SEVERAL), "they are sent one by one"
    assert not found.without(str(endpoints.EXTRA_SINGLE)).offers(Feature.UPSCALE)


def test_a_description_is_believed():
    found = asked(answering({"/openapi.json": description(endpoints.TXT2IMG, endpoints.SKIP)}))
    told = {endpoints.TXT2IMG, endpoints.SKIP, endpoints.DOCS, endpoints.OPENAPI}
    assert found == Capabilities(A1111, rows(ENDPOINTS, told, "By the server's own description."))
    assert found.offers(Feature.SKIP)
    assert not found.offers(Feature.INTERRUPT)


def test_a_thorough_look_finds_what_does_not_answer():
    described = (endpoints.TXT2IMG, endpoints.SAMPLERS, endpoints.MODELS, endpoints.VAES)
    server = answering(
        {
            "/openapi.json": description(*described),
            "/sdapi/v1/samplers": fakes.http(200, b"[]"),
            "/sdapi/v1/sd-models": fakes.http(500),
        }
    )
    found = asked(server, thorough=True)
    states = [row_of(found, endpoint).state for endpoint in described]
    assert states == [OFFERED, OFFERED, FAILED, NOT_OFFERED]
    assert row_of(found, endpoints.SAMPLERS).seconds is not None
    assert row_of(found, endpoints.TXT2IMG).seconds is None


def test_another_programs_description_is_none_of_ours():
    by_path = {
        "/openapi.json": fakes.http(200, b'{"paths": {"/users": {"get": {}}}}'),
        "/sdapi/v1/options": fakes.http(200, b"{}"),
    }
    assert asked(answering(by_path)).has(str(endpoints.OPTIONS))


def test_draw_things_is_asked_too():
    """A later version of the app may answer more."""
    found = asked(answering({"/sdapi/v1/progress": fakes.http(200, b"{}")}), kind=DrawThingsClient)
    assert found.dialect is DRAW_THINGS
    assert row_of(found, endpoints.PROGRESS).is_offered
    assert not found.offers(Feature.PROGRESS), "the extension has no use for it"
    assert found.offers(Feature.TEXT_TO_IMAGE)
    assert not found.has(str(endpoints.SET_OPTIONS))


def test_a_server_that_is_gone_is_not_asked_for_everything():
    with fakes.unused_port() as port:
        client = A1111Client(Server(f"127.0.0.1:{port}"))
        client.examine()
    found = client.capabilities
    assert {row.state for row in found.rows if row.place != str(endpoints.ROOT)} == {FAILED}
    assert sum(row.seconds is not None for row in found.rows) < 10


@pytest.mark.timing
def test_a_server_that_stops_answering():
    silence = threading.Event()

    def script(connection, request):
        if request.path == "/openapi.json":
            connection.sendall(NOT_FOUND)
        else:
            silence.wait(20)

    server = fakes.ScriptedServer(script)
    with server:
        client = A1111Client(Server(server.url, read_timeout=0.5))
        client.examine()
        silence.set()
        assert len(server.requests) < 12
    assert row_of(client.capabilities, endpoints.MODELS).state is FAILED


def test_what_nobody_looked_for():
    assert not any(map(Capabilities(A1111).offers, Feature))
    assert assumed(A1111).offers(Feature.PROGRESS)
    assert not assumed(DRAW_THINGS).offers(Feature.PROGRESS)
    assert assumed(DRAW_THINGS).offers(Feature.IMAGE_TO_IMAGE)
    assert not any(Capabilities(A1111).has(str(each)) for each in ENDPOINTS)


def test_each_feature_is_offered_by_some_server_and_lost_with_any_row_that_it_needs():
    full = assumed(A1111)
    assert all(map(full.offers, Feature))
    for row in full.rows:
        less = full.without(row.place, "Gone.")
        assert {each for each in Feature if not less.offers(each)} == row.features
    assert len({each.title for each in Feature}) == len(Feature)


def test_every_endpoint_is_there_once_and_named():
    assert len({str(endpoint) for endpoint in ENDPOINTS}) == len(ENDPOINTS)
    assert len({endpoint.title for endpoint in ENDPOINTS}) == len(ENDPOINTS)
    for endpoint in ENDPOINTS:
        assert endpoint.path.startswith("/")
        assert endpoint.title


def test_paths_are_the_published_ones():
    import a1111_contract

    published = a1111_contract.DOCUMENT["paths"]
    ours = {(e.path, e.method.lower()) for e in ENDPOINTS}
    unpublished = {path for path, method in ours if method not in published.get(path, {})}
    # The page's, pages, and those of an extension: the published server was started without the page.
    assert unpublished == {
        "/internal/progress", "/", "/docs", "/openapi.json", "/controlnet/model_list",
        "/controlnet/module_list", "/controlnet/detect",
    }  # fmt: skip
    assert {(path, method) for path, methods in published.items() for method in methods} <= ours
