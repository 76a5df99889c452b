# SPDX-FileCopyrightText: 2026 Draw Things Bridge maintainers
# SPDX-License-Identifier: GPL-3.0-or-later

"""Proxies, tunnels and login pages before a server are told as such, whatever they answer with."""

from __future__ import annotations

import email.utils
import json
import time

import pytest

from drawthings_addon.client.a1111.client import A1111Client
from drawthings_addon.client.connect import connect
from drawthings_addon.client.draw_things.client import DrawThingsClient
from drawthings_addon.client.http.address import Server
from drawthings_addon.client.http.endpoints import Endpoint
from drawthings_addon.client.http.failures import SpeaksTls
from drawthings_addon.client.http.probe import probe
from drawthings_addon.client.request import GenerationRequest
from drawthings_addon.errors import (
    AuthenticationFailed,
    SentElsewhere,
    ServerError,
    ServerFailed,
    ServerTimedOut,
    UnknownServer,
)
from tests.unit import http_fakes as fakes

pytestmark = pytest.mark.timing

REQUEST = GenerationRequest().changed(prompt="a house", width=128, height=128)


def page(title: str) -> bytes:
    return f"<html>\r\n<head><title>{title}</title></head>\r\n<body>nginx</body></html>".encode()


def said(status: int, body: str | bytes, content_type: str, *headers: str):
    data = body.encode() if isinstance(body, str) else body
    return fakes.raw(fakes.http(status, data, content_type, *headers))


BODIES = {
    "page": lambda status: said(status, page(f"{status} Oh"), "text/html"),
    "words": lambda status: said(status, "Oh dear", "text/plain"),
    "json": lambda status: said(status, json.dumps({"message": "Oh dear"}), "application/json"),
    "nothing": lambda status: said(status, b"", ""),
}


def generating(client: type, *scripts, **options) -> ServerError:
    with fakes.ScriptedServer(*scripts) as server:
        with pytest.raises(ServerError) as caught:
            client(Server(server.url, **options)).generate(REQUEST)
        assert f"127.0.0.1:{server.port}" in caught.value.what
    assert caught.value.advice.endswith(".")
    assert "check the port" not in str(caught.value).lower()
    return caught.value


def connecting(script, url=lambda server: server.url, **options) -> ServerError:
    with fakes.ScriptedServer(script) as server, pytest.raises(ServerError) as caught:
        connect(Server(url(server), **options))
    return caught.value


@pytest.fixture(params=[DrawThingsClient, A1111Client])
def client(request) -> type:
    return request.param


@pytest.mark.parametrize("body", BODIES)
@pytest.mark.parametrize(
    ("status", "kind", "what", "advice"),
    [
        (407, AuthenticationFailed, "proxy on the way", "Let Blender through"),
        (408, ServerTimedOut, "more slowly", "client_body_timeout"),
        (411, ServerFailed, "as it is sent", "without the proxy"),
        (413, ServerFailed, "too large for a program between", "client_max_body_size"),
        (414, ServerFailed, "longer than the proxy", "Shorten"),
        (429, ServerFailed, "no more requests for now", "Wait a little"),
        (431, ServerFailed, "longer than the proxy", "Shorten"),
        (499, ServerTimedOut, "waited no longer", "The timeout is the proxy's"),
        (502, ServerFailed, "gets no answer of the image server behind", "Start it"),
        (503, ServerFailed, "down or starts", "Wait a little"),
        (504, ServerTimedOut, "waited no longer", "The timeout is the proxy's"),
        (520, ServerFailed, "does not understand", "runs"),
        (521, ServerFailed, "gets no answer", "Start it"),
        (522, ServerFailed, "gets no answer", "Start it"),
        (523, ServerFailed, "gets no answer", "Start it"),
        (524, ServerTimedOut, "waited no longer", "The timeout is the proxy's"),
        (525, ServerFailed, "no secure connection", "certificate"),
        (526, ServerFailed, "no secure connection", "certificate"),
        (527, ServerFailed, "does not understand", "runs"),
        (530, ServerFailed, "gets no answer", "Start it"),
    ],
)
def test_what_only_a_gateway_says(client, body, status, kind, what, advice):
    error = generating(client, BODIES[body](status))
    assert type(error) is kind
    assert what in error.what and str(status) in error.what
    assert advice in error.advice
    assert ("Oh dear" in error.what) == (body in ("words", "json"))
    assert "preferences" not in error.advice, "nothing that Blender's own time-outs would mend"
    if kind is ServerFailed:
        assert error.status == status


@pytest.mark.parametrize(
    ("status", "kind", "what", "advice"),
    [
        (400, UnknownServer, "refuses the request", "path"),
        (401, AuthenticationFailed, "asks for a user name", "Enter those of the proxy"),
        (403, AuthenticationFailed, "does not let this computer in", "Cloudflare"),
        (404, UnknownServer, "has no image server there", "path"),
        (405, UnknownServer, "takes no orders there", "path"),
        (418, UnknownServer, "refuses the request", "path"),
        (451, UnknownServer, "refuses the request", "path"),
        (500, ServerFailed, "web server or proxy", "image server behind it"),
        (505, ServerFailed, "web server or proxy", "image server behind it"),
    ],
)
def test_a_page_where_no_image_server_has_one(client, status, kind, what, advice):
    error = generating(client, BODIES["page"](status))
    assert type(error) is kind
    assert what in error.what and advice in error.advice
    assert "Draw Things" not in str(error)


@pytest.mark.parametrize(
    ("status", "words"),
    [
        (404, {"message": "no Route matched with those values"}),
        (404, "404 page not found"),
        (404, "default backend - 404"),
        (404, "Tunnel 5a1f.ngrok.app not found"),
        (500, "upstream connect error or disconnect/reset before headers"),
    ],
)
def test_words_that_proxies_have_instead(client, status, words):
    script = (
        said(status, words, "text/plain")
        if isinstance(words, str)
        else said(status, json.dumps(words), "application/json; charset=utf-8")
    )
    error = generating(client, script)
    assert "web server or proxy" in error.what
    assert (words if isinstance(words, str) else words["message"]) in error.what


@pytest.mark.parametrize("status", [429, 503])
@pytest.mark.parametrize(
    ("header", "seconds"),
    [
        ("7", "7"),
        ("0", "0"),
        ("99999999999999999999", "86400"),
        (email.utils.formatdate(time.time() + 3600, usegmt=True), "3"),
    ],
)
def test_how_long_to_wait(client, status, header, seconds):
    error = generating(client, said(status, b"", "", f"Retry-After: {header}"))
    assert error.advice.startswith(f"Wait {seconds}") and error.advice.endswith("try again.")


@pytest.mark.parametrize("header", ["", "soon", "-5", "Fri, 31 Dec 1999 23:59:59 GMT", "²", "\xff"])
def test_what_nobody_can_wait_for(client, header):
    error = generating(client, said(429, b"", "", f"Retry-After: {header}"))
    assert error.advice == "Wait a little, then try again."


@pytest.mark.parametrize("kind", ["Bearer realm=x", "Negotiate", "Digest realm=x, nonce=y"])
def test_another_kind_of_login(client, kind):
    error = generating(client, said(401, page("401"), "text/html", f"WWW-Authenticate: {kind}"))
    assert "another kind of login" in error.what and kind.split()[0] in error.what


def test_a_login_without_a_kind(client):
    assert "asks for a user name" in generating(client, said(401, b"", "", "WWW-Authenticate:   ")).what


def test_the_login_of_a_proxy_is_given_as_any_other(client):
    basic = said(401, page("401"), "text/html", 'WWW-Authenticate: Basic realm="studio"')
    error = generating(client, basic, username="ann", password="hunter2")
    assert "does not accept" in error.what and "hunter2" not in str(error)


@pytest.mark.parametrize(
    "body",
    [
        b"<html><head><title>400 The plain HTTP request was sent to HTTPS port</title></head></html>",
        b"Client sent an HTTP request to an HTTPS server.\n",
        b"<p>Reason: You're speaking plain HTTP to an SSL-enabled server port.<br />",
        b"Bad Request\r\nThis combination of host and port requires TLS.\r\n",
    ],
)
def test_a_tls_server_that_says_so_in_plain_http(client, body):
    error = generating(client, said(400, body, "text/html"))
    assert type(error) is SpeaksTls
    assert "https://" in error.advice
    assert "https://" in connecting(said(400, body, "text/plain")).advice


@pytest.mark.parametrize("status", [400, 495, 496])
def test_a_certificate_that_a_proxy_wants(client, status):
    body = page(f"{status} No required SSL certificate was sent")
    error = generating(client, said(status, body, "text/html"))
    assert type(error) is AuthenticationFailed
    assert "a certificate of this computer" in error.what


class TestRedirects:
    @pytest.mark.parametrize("status", [301, 302, 303, 307, 308])
    @pytest.mark.parametrize(
        ("location", "what", "advice"),
        [
            ("https://127.0.0.1:{port}{path}", "by https", "Enter https://127.0.0.1:{port} as"),
            ("https://127.0.0.1/sd{path}", "by https", "Enter https://127.0.0.1/sd as"),
            (
                "/studio{path}",
                "another address (http://127.0.0.1:{port}/studio)",
                "/studio as the address if",
            ),
            ("https://gpu.example/sd{path}", "another address (gpu.example)", "Enter https://gpu.example/sd"),
            ("//gpu.example:8443", "another address (gpu.example)", "Enter http://gpu.example:8443 as"),
            ("/login?next={path}", "login on a web page", "without that page"),
            ("https://login.example/", "login on a web page", "without that page"),
            ("https://sso.example/oauth2/start?rd=x", "login on a web page", "HTTP Basic"),
            ("/users/sign_in", "login on a web page", "HTTP Basic"),
            ("", "another address,", "itself answers"),
            ("http://[", "another address,", "itself answers"),
        ],
    )
    def test_are_told_and_not_followed(self, status, location, what, advice):
        def script(connection, request):
            to = location.format(port=connection.getsockname()[1], path=request.path)
            connection.sendall(fakes.http(status, b"", "text/html", f"Location: {to}"))

        with fakes.ScriptedServer(script) as server:
            for call in (
                lambda: connect(Server(server.url, username="ann", password="hunter2")),
                lambda: DrawThingsClient(Server(server.url)).generate(REQUEST),
                lambda: A1111Client(Server(server.url)).generate(REQUEST),
            ):
                with pytest.raises(SentElsewhere) as caught:
                    call()
                error = caught.value
                assert what.format(port=server.port) in error.what
                assert advice.format(port=server.port) in error.advice
            asked = {request.path for request in server.requests}
            assert all(path in ("/", "/openapi.json") or path.startswith("/sdapi/") for path in asked)

    def test_a_page_of_its_own_elsewhere_does_not_hide_a_server(self):
        """A WebUI whose root leads to a page."""

        def script(connection, request):
            found = {"/sdapi/v1/options": {"sd_model_checkpoint": "m", "samples_format": "png"}}
            if request.path == "/":
                connection.sendall(fakes.http(307, b"", "", "Location: /login"))
            elif request.path in found:
                fakes.answer(found[request.path])(connection, request)
            else:
                connection.sendall(fakes.http(404, b'{"detail":"Not Found"}'))

        with fakes.ScriptedServer(script) as server:
            assert isinstance(connect(Server(server.url)), A1111Client)

    @pytest.mark.parametrize(
        "secret",
        [
            "http://ann:hunter2@elsewhere:9/x",
            "http://elsewhere/?token=hunter2",
            "http://elsewhere/" + "hunter2" * 10,
        ],
    )
    def test_no_secret_is_shown(self, client, secret):
        error = generating(client, said(302, b"", "", f"Location: {secret}"))
        assert "(elsewhere)" in error.what and "hunter2" not in str(error)


LOGIN = b"""<!DOCTYPE html><html><body><form method=post action=/login>
<input name="user"><input class="x" type="password" name="p"></form></body></html>"""


def test_a_page_to_log_in(client):
    error = generating(client, said(200, LOGIN, "text/html; charset=utf-8"))
    assert type(error) is SentElsewhere
    assert "login on a web page" in error.what
    assert "login on a web page" in connecting(said(200, LOGIN, "text/html")).what


@pytest.mark.parametrize("status", [502, 503, 521, 530])
def test_connecting_tells_of_a_proxy_whose_server_is_gone(status):
    def script(connection, request):
        # The proxy has a page of its own at its root.
        found = BODIES["page"](200 if request.path == "/" else status)
        found(connection, request)

    error = connecting(script)
    assert type(error) is ServerFailed and error.status == status
    assert str(status) in error.what
    assert connecting(BODIES["page"](status)).what.startswith("The proxy" if status != 503 else "127")


def test_connecting_tells_of_a_proxy_that_waited_no_longer():
    assert type(connecting(BODIES["page"](504))) is ServerTimedOut


def test_the_table_of_a_server_tells_of_them():
    """What the doctor prints, one row for each endpoint."""

    def script(connection, request):
        found = {
            "/a": BODIES["page"](524),
            "/b": said(302, b"", "", "Location: https://127.0.0.1/b"),
            "/c": BODIES["json"](500),
        }
        found[request.path](connection, request)

    table = [Endpoint("GET", path, path) for path in ("/a", "/b", "/c")]
    with fakes.ScriptedServer(script) as server:
        proxy, redirect, other = (row.detail for row in probe(Server(server.url), table))
    assert "waited no longer" in proxy and "524" in proxy
    assert "by https" in redirect
    assert other == "Status 500: Oh dear."
