# SPDX-FileCopyrightText: 2026 Draw Things Bridge maintainers
# SPDX-License-Identifier: GPL-3.0-or-later

"""What 0.1.0 wrote is read, and what it sent is sent: compared with what that version did itself.

`requests_0_1_0.json` was written by the code of 0.1.0: recipes as they are in its pictures, the infotext
beside them, and the bodies that it sent for their requests, numbers as they stand in the JSON.
"""

from __future__ import annotations

import copy
import hashlib
import json
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from drawthings_addon.client.a1111 import payload as a1111
from drawthings_addon.client.draw_things import payload as draw_things
from drawthings_addon.client.http.untrusted_json import to_json
from drawthings_addon.client.request import GenerationRequest
from drawthings_addon.errors import BridgeError
from drawthings_addon.imaging import png
from drawthings_addon.jobs.recipe import Recipe

RECORDED: list[dict[str, Any]] = json.loads(
    (Path(__file__).parent.parent / "data" / "requests_0_1_0.json").read_text()
)
SENT = [each for each in RECORDED if each["draw_things"] is not None]


def picture(width: int, height: int) -> bytes:
    return png.encode(np.full((height, width, 3), 90, np.uint8))


def with_pictures(request: GenerationRequest, *, masked: bool) -> GenerationRequest:
    """The pictures that a recipe leaves out: those of the units are the bytes' own size, in img2img the
    first has one."""
    if request.operation == "img2img":
        request = request.changed(init_image=picture(request.images.width, request.images.height))
        if masked:
            white = np.full((request.images.height, request.images.width, 1), 255, np.uint8)
            request = request.changed(mask=replace(request.mask, image=png.encode(white)))
    units = tuple(
        replace(unit, image=picture(64, 64 + 8 * index))
        if request.operation == "txt2img" or index == 0
        else unit
        for index, unit in enumerate(request.map_controls)
    )
    return request.changed(controls=request.derived_controls + units)


def sent(build: Callable[[GenerationRequest], dict[str, Any]], request: GenerationRequest) -> Any:
    try:
        return shortened(json.loads(to_json(build(request)), parse_float=str))
    except BridgeError as error:
        return {"error": [error.what, error.advice]}


def shortened(value: Any) -> Any:
    """Pictures by their hash."""
    if isinstance(value, str) and len(value) > 200:
        return "sha256:" + hashlib.sha256(value.encode()).hexdigest()
    if isinstance(value, list):
        return [shortened(each) for each in value]
    return {name: shortened(each) for name, each in value.items()} if isinstance(value, dict) else value


def with_names_left_open(body: dict[str, Any], request: GenerationRequest) -> dict[str, Any]:
    """What 0.1.0 sent to A1111, without what it filled in for names that the request leaves open: each server
    has its own, and some refuse those of others."""
    body = copy.deepcopy(body)
    if "error" in body:
        return body
    if not request.sampling.scheduler.strip():
        assert body.pop("scheduler") == "Automatic"
    if body.get("enable_hr") and not request.upscaling.hires_fix.upscaler.strip():
        assert body.pop("hr_upscaler") == "Latent"
    units = body["alwayson_scripts"].get("controlnet", {"args": []})["args"]
    for unit, control in zip(units, request.map_controls, strict=True):
        if not control.preprocessor.strip():
            assert unit.pop("module") == "none"
    return body


@pytest.mark.parametrize("each", SENT, ids=lambda each: each["name"])
def test_what_is_sent(each: dict[str, Any]) -> None:
    request = with_pictures(Recipe.from_json(each["recipe"]).request, masked=each["masked"])
    assert sent(draw_things.build, request) == each["draw_things"]
    assert sent(a1111.build, request) == with_names_left_open(each["a1111"], request)


@pytest.mark.parametrize("each", RECORDED, ids=lambda each: each["name"])
def test_what_is_written_beside_the_recipe(each: dict[str, Any]) -> None:
    recipe = Recipe.from_json(each["recipe"])
    assert recipe.parameters_text() == each["parameters"]
    assert Recipe.from_json(recipe.text) == recipe
    told = json.loads(each["recipe"])
    assert (
        recipe.source.text if recipe.source else "",
        recipe.fit,
        list(recipe.dropped_keys),
        recipe.model_used,
        recipe.unfinished,
    ) == (tuple(told[name] for name in ("source", "fit", "dropped_keys", "model_used", "unfinished")))
