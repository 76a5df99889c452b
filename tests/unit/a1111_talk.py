# SPDX-FileCopyrightText: 2026 Draw Things Bridge maintainers
# SPDX-License-Identifier: GPL-3.0-or-later

"""Talking to the stand-in's A1111 dialect without the extension's own client."""

from __future__ import annotations

import base64
import json
from typing import Any

import numpy as np
import requests

from local_server import StandIn, picture
from local_server.picture import Pixels

API = "/sdapi/v1/"


def ask(server: StandIn, method: str, path: str, body: Any = None, **options: Any) -> requests.Response:
    """One request on a connection of its own; a path without a slash is one of the API's."""
    address = server.url + (path if path.startswith("/") else API + path)
    headers = {"Connection": "close", **options.pop("headers", {})}
    return requests.request(method, address, json=body, headers=headers, timeout=60, **options)


def get(server: StandIn, path: str, **options: Any) -> Any:
    response = ask(server, "GET", path, **options)
    assert response.status_code == 200, response.text[:300]
    return response.json()


def post(server: StandIn, path: str, body: Any = None, **options: Any) -> Any:
    response = ask(server, "POST", path, body, **options)
    assert response.status_code == 200, response.text[:300]
    return response.json()


def failed(server: StandIn, path: str, body: Any) -> dict[str, Any]:
    """The body of a 500 as the program's middleware writes it."""
    response = ask(server, "POST", path, body)
    assert response.status_code == 500, response.text[:300]
    answer = response.json()
    assert sorted(answer) == ["body", "detail", "error", "errors"]
    return answer


def generate(server: StandIn, path: str = "txt2img", **body: Any) -> tuple[list[Pixels], dict[str, Any]]:
    """Pictures and `info`; two steps and 64 × 64 unless it is said otherwise."""
    answer = post(server, path, {"prompt": "x", "steps": 2, "width": 64, "height": 64, "seed": 5, **body})
    return [pixels(image) for image in answer["images"]], json.loads(answer["info"])


def pixels(text: str) -> Pixels:
    return picture.decode_with_alpha(base64.b64decode(text))


def texts(text: str) -> dict[str, str]:
    return picture.texts(base64.b64decode(text))


def encoded(values: Pixels, **chunks: str) -> str:
    return base64.b64encode(picture.encode(values, texts=chunks)).decode()


def painting(width: int = 64, height: int = 64, channels: int = 3, seed: int = 3) -> Pixels:
    """Noise: a shift by one pixel shows."""
    shape = (height, width, channels)
    return np.random.default_rng(seed).integers(0, 256, shape).astype(np.uint8)


def flat(colour: tuple[int, ...], width: int = 64, height: int = 64) -> Pixels:
    return np.full((height, width, len(colour)), colour, np.uint8)
