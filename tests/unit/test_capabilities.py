# SPDX-FileCopyrightText: 2026 Draw Things Bridge maintainers
# SPDX-License-Identifier: GPL-3.0-or-later

"""What a server offers is told by what it answers, without ever sending it a POST."""

from __future__ import annotations

import json
import threading

import pytest

from drawthings_addon.client import endpoints
from drawthings_addon.client.a1111.client import A1111Client
from drawthings_addon.client.capabilities import (
    Capabilities,
    EndpointState,
    assumed,
    listed,
    probe,
)
from drawthings_addon.client.draw_things.client import DrawThingsClient
from drawthings_addon.client.endpoints import ENDPOINTS
from drawthings_addon.client.http.address import Server
from tests.unit import http_fakes as fakes

OFFERED, NOT_OFFERED = EndpointState.OFFERED, EndpointState.NOT_OFFERED
REFUSED, FAILED = EndpointState.REFUSED, EndpointState.FAILED
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


def asked(server, kind=A1111Client, **options):
    with server:
        found = probe(kind(Server(server.url, read_timeout=5)), **options)
        assert all(request.method == "GET" for request in server.requests)
    assert [report.endpoint for report in found.reports] == list(ENDPOINTS)
    assert all(report.detail == "" or report.detail.endswith(".") for report in found.reports)
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
        (endpoints.INTERRUPT, fakes.http(405), OFFERED),
        (endpoints.INTERRUPT, NOT_FOUND, NOT_OFFERED),
        (endpoints.INTERRUPT, fakes.http(401), REFUSED),
        (endpoints.INTERRUPT, fakes.http(200, b"{}"), NOT_OFFERED),
        (endpoints.INTERRUPT, fakes.http(503), FAILED),
        (endpoints.DOCS, fakes.http(200, b"<html>", "text/html"), OFFERED),
    ],
)
def test_one_get_tells(endpoint, reply, state):
    report = asked(answering({endpoint.path: reply})).report(endpoint)
    assert report.state is state
    assert report.seconds is not None and report.seconds >= 0


def test_a_description_is_believed():
    found = asked(answering({"/openapi.json": description(endpoints.TXT2IMG, endpoints.SKIP)}))
    assert found == listed({endpoints.TXT2IMG, endpoints.SKIP, endpoints.DOCS, endpoints.OPENAPI})
    assert found.offers(endpoints.SKIP)
    assert not found.offers(endpoints.INTERRUPT)


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
    states = [found.report(endpoint).state for endpoint in described]
    assert states == [OFFERED, OFFERED, FAILED, NOT_OFFERED]
    assert found.report(endpoints.SAMPLERS).seconds is not None
    assert found.report(endpoints.TXT2IMG).seconds is None


def test_another_programs_description_is_none_of_ours():
    by_path = {
        "/openapi.json": fakes.http(200, b'{"paths": {"/users": {"get": {}}}}'),
        "/sdapi/v1/options": fakes.http(200, b"{}"),
    }
    assert asked(answering(by_path)).offers(endpoints.OPTIONS)


def test_draw_things_is_asked_too():
    """A later version of the app may answer more."""
    found = asked(answering({"/sdapi/v1/progress": fakes.http(200, b"{}")}), kind=DrawThingsClient)
    assert found.dialect == "DRAW_THINGS"
    assert found.offers(endpoints.PROGRESS)
    assert found.offers(endpoints.TXT2IMG)
    assert not found.offers(endpoints.SET_OPTIONS)


def test_a_server_that_is_gone_is_not_asked_for_everything():
    with fakes.unused_port() as port:
        found = probe(A1111Client(Server(f"127.0.0.1:{port}")))
    assert {report.state for report in found.reports if report.endpoint != endpoints.ROOT} == {FAILED}
    assert sum(report.seconds is not None for report in found.reports) < 10


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
        found = probe(A1111Client(Server(server.url, read_timeout=0.5)))
        silence.set()
        assert len(server.requests) < 12
    assert found.report(endpoints.MODELS).state is FAILED


def test_what_nobody_looked_for():
    assert not Capabilities("A1111", ()).offers(endpoints.TXT2IMG)
    assert assumed("A1111").offers(endpoints.PROGRESS)
    assert not assumed("DRAW_THINGS").offers(endpoints.PROGRESS)
    assert assumed("DRAW_THINGS").offers(endpoints.IMG2IMG)


def test_every_endpoint_is_there_once_and_named():
    assert len({str(endpoint) for endpoint in ENDPOINTS}) == len(ENDPOINTS)
    assert len({endpoint.title for endpoint in ENDPOINTS}) == len(ENDPOINTS)
    for endpoint in ENDPOINTS:
        assert endpoint.path.startswith("/")
        assert endpoint.title and endpoint.note


def test_paths_are_the_published_ones():
    import a1111_contract

    published = a1111_contract.published()["paths"]
    ours = {(e.path, e.method.lower()) for e in ENDPOINTS}
    unpublished = {path for path, method in ours if method not in published.get(path, {})}
    assert unpublished == {"/", "/docs", "/openapi.json", "/controlnet/model_list", "/controlnet/module_list"}
    assert {(path, method) for path, methods in published.items() for method in methods} <= ours
