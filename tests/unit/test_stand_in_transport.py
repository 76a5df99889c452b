# SPDX-FileCopyrightText: 2026 Draw Things Bridge maintainers
# SPDX-License-Identifier: GPL-3.0-or-later

"""HTTP as the app's library speaks it, and the app's queue."""

from __future__ import annotations

import gzip
import http.client
import json
import socket
import threading
from collections.abc import Iterator
from typing import Any

import pytest

from local_server import Echo, Faults, Job, StandIn
from local_server.picture import Pixels

pytestmark = [pytest.mark.timing, pytest.mark.once]

TXT2IMG = "/sdapi/v1/txt2img"
SMALL = {"prompt": "x", "width": 128, "height": 128}


@pytest.fixture
def server() -> Iterator[StandIn]:
    with StandIn("echo") as running:
        yield running


def ask(
    server: StandIn, method: str, path: str, body: Any = None, **headers: str
) -> tuple[http.client.HTTPResponse, bytes]:
    connection = http.client.HTTPConnection("127.0.0.1", server.port, timeout=30)
    data = body if isinstance(body, bytes) or body is None else json.dumps(body).encode()
    fields = {name.replace("_", "-"): value for name, value in headers.items()}
    try:
        connection.request(method, path, data, fields)
        response = connection.getresponse()
        return response, response.read()
    finally:
        connection.close()


def test_the_headers_are_those_of_the_app(server: StandIn) -> None:
    response, body = ask(server, "GET", "/")
    assert response.version == 11
    assert sorted(response.getheaders()) == [
        ("Content-Length", str(len(body))),
        ("Content-Type", "application/json"),
        ("Keep-Alive", "timeout=5, max=5"),
    ]


def test_a_refusal_has_the_same_headers(server: StandIn) -> None:
    response, _ = ask(server, "POST", TXT2IMG, {"nonsense": 1})
    assert (response.status, response.reason) == (422, "Unprocessable Entity")
    assert response.getheader("Content-Type") == "application/json"
    assert response.getheader("Server") is None
    assert response.getheader("Date") is None


@pytest.mark.parametrize(
    ("method", "path"),
    [
        ("GET", "/sdapi/v1/sd-models"),
        ("GET", "/sdapi/v1/samplers"),
        ("GET", "/sdapi/v1/progress"),
        ("GET", "/sdapi/v1/options/"),
        ("GET", TXT2IMG),
        ("GET", "/internal/ping"),
        ("GET", "/__stand_in__/journal"),
        ("HEAD", TXT2IMG),
        ("POST", "/"),
        ("POST", "/sdapi/v1/options"),
        ("POST", TXT2IMG + "/"),
        ("POST", "/sdapi/v1/interrupt"),
        ("OPTIONS", "/"),
        ("PUT", TXT2IMG),
        ("DELETE", "/"),
    ],
)
def test_everything_else_is_404_with_an_empty_body(server: StandIn, method: str, path: str) -> None:
    response, body = ask(server, method, path, b"" if method != "GET" else None)
    assert (response.status, body) == (404, b"")
    assert response.getheader("Content-Length") == "0"
    assert response.getheader("Content-Type") is None


@pytest.mark.parametrize("path", ["/", "/sdapi/v1/options"])
def test_head_is_served_where_get_is(server: StandIn, path: str) -> None:
    response, body = ask(server, "HEAD", path)
    assert (response.status, body) == (200, b"")
    assert int(response.getheader("Content-Length") or 0) > 1000


def test_five_requests_a_connection(server: StandIn) -> None:
    connection = http.client.HTTPConnection("127.0.0.1", server.port, timeout=30)
    told = []
    for _ in range(5):
        connection.request("GET", "/")
        response = connection.getresponse()
        response.read()
        told.append((response.getheader("Keep-Alive"), response.getheader("Connection")))
    assert told == [("timeout=5, max=5", None)] * 4 + [(None, "close")]
    assert connection.sock is None, "closed by the server"


def test_a_client_may_close_after_one(server: StandIn) -> None:
    response, _ = ask(server, "GET", "/", Connection="close")
    assert response.getheader("Connection") == "close"
    assert response.getheader("Keep-Alive") is None


def test_compressed_bodies_are_refused(server: StandIn) -> None:
    body = gzip.compress(json.dumps(SMALL).encode())
    response, answer = ask(server, "POST", TXT2IMG, body, Content_Encoding="gzip")
    assert (response.status, answer) == (415, b"")
    assert server.journal[-1].status == 415


@pytest.mark.parametrize(("size", "status"), [(8192, 422), (8193, 413)])
def test_large_forms_are_refused(server: StandIn, size: int, status: int) -> None:
    response, _ = ask(server, "POST", TXT2IMG, b"x" * size, Content_Type="application/x-www-form-urlencoded")
    assert response.status == status


def test_long_addresses_are_refused(server: StandIn) -> None:
    assert ask(server, "GET", "/" + "x" * 8192)[0].status == 414


def test_what_is_not_http_is_400(server: StandIn) -> None:
    with socket.create_connection(("127.0.0.1", server.port), 30) as connection:
        connection.sendall(b"PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n")
        assert connection.recv(100).startswith(b"HTTP/1.1 400 Bad Request\r\n")


def test_chunked_bodies_are_read(server: StandIn) -> None:
    connection = http.client.HTTPConnection("127.0.0.1", server.port, timeout=30)
    parts = iter([b'{"prompt": "x", ', b'"width": 128, "height": 128}'])
    connection.request("POST", TXT2IMG, parts, encode_chunked=True)
    assert connection.getresponse().status == 200
    connection.close()


def test_credentials_are_ignored(server: StandIn) -> None:
    assert ask(server, "GET", "/", Authorization="Bearer x")[0].status == 200


def test_only_this_computer_is_served(server: StandIn) -> None:
    assert server.url == f"http://127.0.0.1:{server.port}"


def test_a_taken_port_is_an_error(server: StandIn) -> None:
    with pytest.raises(OSError, match=r".+"):
        StandIn("echo", port=server.port)


def test_get_is_answered_while_a_picture_is_made_and_posts_wait_their_turn() -> None:
    painted: list[int] = []

    class Noting:
        def paint(self, job: Job) -> Pixels:
            painted.append(job.seed)
            return Echo().paint(job)

    with StandIn(Noting(), faults=Faults(delay=600)) as server:
        answers: list[tuple[int, int]] = []

        def order(seed: int) -> None:
            response, _ = ask(server, "POST", TXT2IMG, {**SMALL, "seed": seed})
            answers.append((seed, response.status))

        threads = []
        for seed in (1, 2, 3):
            threads.append(threading.Thread(target=order, args=(seed,), daemon=True))
            threads[-1].start()
            assert server.wait_until_running()
            assert server.wait_until(lambda n=seed: server.waiting == n - 1)
        assert (server.running, server.waiting) == (1, 2)
        assert ask(server, "GET", "/")[0].status == 200
        assert answers == []
        server.faults = Faults()
        for thread in threads:
            thread.join(30)
        assert sorted(answers) == [(1, 200), (2, 200), (3, 200)]
        # Not the journal's order: an answer is noted after its turn, when the next may be done as well.
        assert painted == [1, 2, 3]
        assert server.wait_until_idle()


def test_probes_wait_behind_a_picture_but_are_not_slowed_themselves() -> None:
    with StandIn("echo", faults=Faults(delay=600)) as server:
        response, _ = ask(server, "POST", TXT2IMG, {"sampler": "?"})
        assert response.status == 422
        assert server.running == 0


def test_a_client_that_leaves_does_not_stop_the_picture() -> None:
    with StandIn("echo", faults=Faults(delay=600)) as server:
        connection = http.client.HTTPConnection("127.0.0.1", server.port, timeout=30)
        connection.request("POST", TXT2IMG, json.dumps(SMALL))
        assert server.wait_until_running()
        connection.close()
        assert server.running == 1
        server.faults = Faults()
        assert server.wait_until(lambda: len(server.journal) == 1)
        assert server.app_state.canvas is not None


def test_closing_lets_go_of_a_running_picture() -> None:
    before = set(threading.enumerate())
    server = StandIn("echo", faults=Faults(delay=600))
    failures: list[type[BaseException]] = []

    def order() -> None:
        try:
            ask(server, "POST", TXT2IMG, SMALL)
        except (OSError, http.client.HTTPException) as error:
            failures.append(type(error))

    thread = threading.Thread(target=order)
    thread.start()
    assert server.wait_until_running()
    server.close()
    thread.join(30)
    assert len(failures) == 1
    # One of an earlier test may end meanwhile, so they are not counted.
    assert set(threading.enumerate()) <= before


def test_a_mistake_in_an_engine_is_a_500_and_seen(capsys: pytest.CaptureFixture[str]) -> None:
    class Broken:
        def paint(self, job: Job) -> Pixels:
            raise ArithmeticError("no more paint")

    with StandIn(Broken()) as server:
        response, body = ask(server, "POST", TXT2IMG, SMALL)
        assert (response.status, body) == (500, b"")
        assert server.journal[-1].detail == "ArithmeticError('no more paint')"
        assert ask(server, "GET", "/")[0].status == 200
    assert "no more paint" in capsys.readouterr().err
