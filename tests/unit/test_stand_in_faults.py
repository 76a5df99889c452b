# SPDX-FileCopyrightText: 2026 Draw Things Bridge maintainers
# SPDX-License-Identifier: GPL-3.0-or-later

"""Every switch does what its name says, and nothing while it is off."""

from __future__ import annotations

import base64
import http.client
import json
import socket
import struct
from collections.abc import Iterator
from typing import Any

import pytest
import requests

from drawthings_addon.errors import PictureInvalid
from drawthings_addon.imaging import png
from local_server import Faults, StandIn, picture

pytestmark = pytest.mark.once

TXT2IMG = "/sdapi/v1/txt2img"
SMALL = {"prompt": "x", "width": 128, "height": 128, "seed": 3}


@pytest.fixture(params=["DRAW_THINGS", "A1111"])
def server(request: pytest.FixtureRequest) -> Iterator[StandIn]:
    """One of either make: the one on the project's own HTTP, the other on the web UI's."""
    with StandIn("echo", with_control=True, dialect=request.param) as running:
        yield running


@pytest.fixture
def app() -> Iterator[StandIn]:
    """One of Draw Things' API."""
    with StandIn("echo", with_control=True) as running:
        yield running


def paint(server: StandIn, seed: int = 3, **options: Any) -> requests.Response:
    return requests.post(
        server.url + TXT2IMG,
        json={**SMALL, "seed": seed},
        headers={"Connection": "close"},
        timeout=30,
        allow_redirects=False,
        **options,
    )


def images(server: StandIn, seed: int = 3) -> list[bytes]:
    return [base64.b64decode(text) for text in paint(server, seed).json()["images"]]


def test_all_off_is_an_honest_server(server: StandIn) -> None:
    assert [picture.decode(data).shape for data in images(server)] == [(128, 128, 3)]


def test_refuse(server: StandIn) -> None:
    server.faults = Faults(refuse="Out of memory: 37 % done")
    response = paint(server)
    assert response.status_code == 422
    assert response.json()["detail"] == "Out of memory: 37 % done"


@pytest.mark.parametrize("status", [404, 500, 503])
def test_status(server: StandIn, status: int) -> None:
    server.faults = Faults(status=status, text="It broke.")
    response = paint(server)
    assert (response.status_code, response.text) == (status, "It broke.")
    assert requests.get(server.url, timeout=30).status_code == status


def test_credentials(server: StandIn) -> None:
    server.faults = Faults(credentials="ada:s€cret")
    refused = paint(server)
    assert refused.status_code == 401
    assert refused.headers["WWW-Authenticate"].startswith("Basic ")
    assert paint(server, auth=("ada", "wrong")).status_code == 401
    assert paint(server, auth=(b"ada", "s€cret".encode())).ok


def test_redirect(server: StandIn) -> None:
    server.faults = Faults(redirect="http://127.0.0.1:9/elsewhere")
    response = paint(server)
    assert response.status_code == 302
    assert response.headers["Location"] == "http://127.0.0.1:9/elsewhere"


def test_html(server: StandIn) -> None:
    server.faults = Faults(html=True)
    response = requests.get(server.url, timeout=30)
    assert response.ok
    assert response.headers["Content-Type"].startswith("text/html")
    assert "<html>" in response.text


def test_grpc_is_no_http(server: StandIn) -> None:
    server.faults = Faults(grpc=True)
    connection = http.client.HTTPConnection("127.0.0.1", server.port, timeout=30)
    connection.request("GET", "/")
    with pytest.raises(http.client.BadStatusLine):
        connection.getresponse()
    connection.close()


def test_grpc_begins_with_a_settings_frame(server: StandIn) -> None:
    server.faults = Faults(grpc=True)
    with socket.create_connection(("127.0.0.1", server.port), 30) as connection:
        connection.sendall(b"GET / HTTP/1.1\r\nHost: here\r\n\r\n")
        received = connection.makefile("rb").read()
    length = int.from_bytes(received[:3], "big")
    assert received[3] == 4
    assert received[9 + length + 3] == 7, "GOAWAY follows"
    assert len(received) == 9 + length + 9 + 8


def test_not_json(server: StandIn) -> None:
    server.faults = Faults(not_json=True)
    with pytest.raises(ValueError, match=r".+"):
        paint(server).json()


def test_truncated(server: StandIn) -> None:
    server.faults = Faults(truncated=True)
    # Not by requests: the one of Blender 4.2 takes half an answer for a whole one.
    connection = http.client.HTTPConnection("127.0.0.1", server.port, timeout=30)
    connection.request("POST", TXT2IMG, json.dumps(SMALL))
    response = connection.getresponse()
    with pytest.raises(http.client.IncompleteRead) as caught:
        response.read()
    connection.close()
    assert caught.value.expected == pytest.approx(len(caught.value.partial), abs=1)


def test_reset(server: StandIn) -> None:
    server.faults = Faults(reset=True)
    with pytest.raises(requests.ConnectionError):
        paint(server)
    assert server.journal[-1].status == 0


def test_flood(server: StandIn) -> None:
    server.faults = Faults(flood=3_000_000)
    response = paint(server)
    assert len(response.content) == 3_000_000


@pytest.mark.timing
def test_dribble_changes_nothing_but_the_pace(server: StandIn) -> None:
    honest = images(server)
    server.faults = Faults(dribble=0.1)
    assert images(server) == honest


def test_empty(app: StandIn) -> None:
    app.faults = Faults(empty=True)
    response = paint(app)
    assert (response.status_code, response.json()) == (200, {"images": []})


def test_no_images_key(server: StandIn) -> None:
    server.faults = Faults(no_images_key=True)
    assert "images" not in paint(server).json()


def test_extra_images(server: StandIn) -> None:
    server.faults = Faults(extra_images=2)
    assert len(images(server)) == 3


def test_not_base64(server: StandIn) -> None:
    server.faults = Faults(not_base64=True)
    with pytest.raises(ValueError, match=r".+"):
        base64.b64decode(paint(server).json()["images"][0], validate=True)


@pytest.mark.parametrize("fault", ["not_a_picture", "broken_picture"])
def test_pictures_that_are_none(server: StandIn, fault: str) -> None:
    server.faults = Faults.from_json({fault: True})
    (data,) = images(server)
    assert data.startswith(picture.SIGNATURE) == (fault == "broken_picture")
    with pytest.raises(picture.NotAPicture):
        picture.decode(data)


# Of this seed's gradient the very same pixels come out where the byte in the middle is turned over.
@pytest.mark.parametrize("seed", [3, 2191639884])
def test_no_picture_is_decoded_by_chance(server: StandIn, seed: int) -> None:
    server.faults = Faults(undecodable_picture=True)
    (data,) = images(server, seed=seed)
    size, _texts, prove = png.whole_with_text(data)
    assert (size.width, size.height) == (128, 128), "its checksums are right"
    with pytest.raises(PictureInvalid):
        prove()
    with pytest.raises(picture.NotAPicture):
        picture.decode(data)


def test_huge_picture(server: StandIn) -> None:
    server.faults = Faults(huge_picture=True)
    (data,) = images(server)
    assert struct.unpack(">II", data[16:24]) == (100_000, 100_000)
    assert len(data) < 1000


def test_wrong_size(server: StandIn) -> None:
    server.faults = Faults(wrong_size=True)
    assert picture.decode(images(server)[0]).shape == (64, 64, 3)


def test_plain_picture(app: StandIn) -> None:
    assert b"XML:com.adobe.xmp" in images(app)[0]
    app.faults = Faults(plain_picture=True)
    assert b"XML:com.adobe.xmp" not in images(app)[0]


def test_scope_spares_the_other_method(server: StandIn) -> None:
    server.faults = Faults(status=500, scope="POST")
    assert requests.get(server.url, timeout=30).ok
    assert paint(server).status_code == 500
    server.faults = Faults(status=500, scope="GET")
    assert requests.get(server.url, timeout=30).status_code == 500
    assert paint(server).ok


@pytest.mark.timing
def test_delay_can_be_taken_back_while_it_lasts(server: StandIn) -> None:
    server.faults = Faults(delay_per_step=600)
    with pytest.raises(requests.ReadTimeout):
        requests.post(server.url + TXT2IMG, json=SMALL, timeout=(30, 0.2))
    assert server.wait_until_running()
    server.faults = Faults()
    assert server.wait_until_idle()


def test_unknown_faults_are_told() -> None:
    with pytest.raises(ValueError, match="no such fault: delya"):
        Faults.from_json({"delya": 1})


# Over HTTP


def control(server: StandIn, method: str, topic: str, body: Any = None) -> requests.Response:
    return requests.request(method, f"{server.url}/__stand_in__/{topic}", json=body, timeout=30)


def test_faults_over_http(server: StandIn) -> None:
    assert control(server, "POST", "faults", {"empty": True, "unknown_keys": ["fps"]}).ok
    assert server.faults == Faults(empty=True, unknown_keys=("fps",))
    assert control(server, "GET", "faults").json()["empty"] is True
    assert control(server, "DELETE", "faults").ok
    assert server.faults == Faults()
    wrong = control(server, "POST", "faults", {"nonsense": 1})
    assert wrong.status_code == 400
    assert "nonsense" in wrong.json()["error"]


def test_control_works_while_the_server_is_broken(server: StandIn) -> None:
    server.faults = Faults(reset=True, status=500)
    assert control(server, "DELETE", "faults").ok
    assert paint(server).ok


def test_app_state_over_http(app: StandIn) -> None:
    assert control(app, "POST", "app_state", {"leftovers": True, "steps": 12}).ok
    values = requests.get(app.url, timeout=30).json()
    assert (values["steps"], values["batch_count"]) == (12, 3)
    assert control(app, "POST", "app_state", {"project_is_open": False}).ok
    assert images(app) == []
    assert control(app, "POST", "app_state", {"nonsense": 1}).status_code == 400


def test_journal_over_http(server: StandIn) -> None:
    paint(server)
    (entry,) = control(server, "GET", "journal").json()
    assert (entry["path"], entry["status"], entry["body"]) == (TXT2IMG, 200, SMALL)
    assert control(server, "DELETE", "journal").json() == []
    assert control(server, "GET", "status").json() == {"running": 0, "waiting": 0}
    assert control(server, "GET", "nonsense").status_code == 404
    assert len(server.journal) == 0, "looking at the journal is not journaled"
