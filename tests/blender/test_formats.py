# SPDX-FileCopyrightText: 2026 Draw Things Bridge maintainers
# SPDX-License-Identifier: GPL-3.0-or-later

"""Pictures come in whatever format the server is set to: all that Blender decodes is delivered."""

from __future__ import annotations

import io
import json
import time
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import TYPE_CHECKING, Any

import bpy
import numpy as np
import pytest
import requests
from blender_pictures import bytes_of, noise, packed, read_png, text_of, textured, tiled, tiles_of
from blender_results import newest, told
from PIL import Image

from local_server import Faults, StandIn

if TYPE_CHECKING:
    from conftest import Desk

Panel = bpy.types.PropertyGroup
#: What Pillow calls them, the suffix of their files, and how far a value may be from what was encoded.
FORMATS = [
    ("JPEG", ".jpg", 40), ("WEBP", ".webp", 40), ("BMP", ".bmp", 0), ("TIFF", ".tif", 0), ("TGA", ".tga", 0),
    ("JPEG2000", ".jp2", 2), ("AVIF", ".avif", 40),
]  # fmt: skip
READS_AVIF = bpy.app.version >= (5, 2, 0)


@pytest.fixture
def web_ui() -> Iterator[StandIn]:
    with StandIn(engine="echo", dialect="A1111") as server:
        yield server


@pytest.fixture
def connected(panel: Panel, preferences: bpy.types.AddonPreferences, web_ui: StandIn) -> Panel:
    preferences.server_url = web_ui.url
    assert bpy.ops.drawthings.check_server() == {'FINISHED'}
    panel.sampler, panel.steps = "Euler", 4
    return panel


@pytest.fixture
def answers(monkeypatch: pytest.MonkeyPatch) -> Callable[[Callable[[bytes], bytes]], None]:
    """Have the pictures of the server's answers changed on their way."""
    from bl_ext.user_default.drawthings_addon.client import answer

    def set_to(change: Callable[[bytes], bytes]) -> None:
        as_it_is = answer.base64_bytes
        monkeypatch.setattr(answer, "base64_bytes", lambda value: change(as_it_is(value)))

    return set_to


def encoded(name: str, **options: Any) -> Callable[[bytes], bytes]:
    def encode(data: bytes) -> bytes:
        stream = io.BytesIO()
        with Image.open(io.BytesIO(data)) as picture:
            picture.convert("RGB").save(stream, name, **options)
        return stream.getvalue()

    return encode


def until(condition: Callable[[], object], seconds: float = 60.0) -> bool:
    end = time.monotonic() + seconds
    while not condition():
        assert time.monotonic() < end
        time.sleep(0.01)
    return True


def readable(name: str) -> bool:
    return name != "AVIF" or READS_AVIF


@pytest.mark.parametrize("packs", [True, False])
@pytest.mark.parametrize(("name", "suffix", "tolerance"), FORMATS)
def test_a_new_picture_is_kept_as_it_came_and_shown(
    connected: Panel,
    session: Any,
    output: Path,
    answers: Any,
    name: str,
    suffix: str,
    tolerance: int,
    packs: bool,
) -> None:
    sent: list[bytes] = []

    def change(data: bytes) -> bytes:
        sent[:] = [data, encoded(name)(data)]
        return sent[1]

    answers(change)
    connected.use_pack = packs
    if not readable(name):
        with pytest.raises(RuntimeError, match=r"cannot read “.*\.avif”.*The picture is "):
            bpy.ops.drawthings.txt2img(target='IMAGE')
    else:
        assert bpy.ops.drawthings.txt2img(target='IMAGE') == {'FINISHED'}
    (file,) = output.iterdir()
    assert (file.suffix, file.read_bytes()) == (suffix, sent[1])
    if not readable(name):
        assert not [each for each in bpy.data.images if each.has_data]
        return
    image = newest()
    assert bool(image.packed_file) == packs
    off = bytes_of(image)[..., :3].astype(int) - read_png(sent[0])[..., :3]
    assert abs(off).max() <= tolerance
    assert json.loads(image.drawthings.recipe)["request"]["conditioning"]["prompt"] == connected.prompt
    thumbnail = session.get().results[0].picture.thumbnail
    assert max(thumbnail.shape[:2]) > 32 and thumbnail[..., :3].any()
    assert not [each.name for each in bpy.data.images if each.name.startswith(".")], "decoded for it"


@pytest.mark.parametrize(("name", "tolerance"), [("JPEG", 60), ("WEBP", 60), ("BMP", 0), ("TIFF", 0)])
def test_it_is_put_back_to_its_sources_size_and_alpha(
    connected: Panel, output: Path, answers: Any, name: str, tolerance: int
) -> None:
    """The server echoes: but for what the format loses, the picture comes back."""
    pixels = np.full((70, 100, 4), (200, 120, 40, 255), np.uint8)
    pixels[:20, :, 3] = 0
    answers(encoded(name, **({"quality": 95} if name in ("JPEG", "WEBP") else {})))
    connected.use_source_size = True
    image = packed("wall", pixels)
    assert bpy.ops.drawthings.img2img(source='IMAGE', target='REPLACE', image=image.name) == {'FINISHED'}
    (file,) = output.iterdir()
    assert file.suffix == ".png", "what came of it is written whole; the file that came is gone"
    made = read_png(file)
    assert made.shape == pixels.shape and np.array_equal(made[..., 3], pixels[..., 3])
    assert abs(made[..., :3].astype(int) - pixels[..., :3]).max() <= tolerance
    assert json.loads(text_of(file)["drawthings"])["request"]["operation"] == "img2img"
    assert np.array_equal(bytes_of(bpy.data.images["wall"]), made)


@pytest.mark.skipif(READS_AVIF, reason="it reads them")
def test_what_blender_cannot_read_is_not_put_back_and_stays(
    connected: Panel, output: Path, answers: Any
) -> None:
    answers(encoded("AVIF"))
    image = packed("wall", noise(100, 70))
    with pytest.raises(RuntimeError, match=r"cannot read “.*\.avif”"):
        bpy.ops.drawthings.img2img(source='IMAGE', target='REPLACE', image=image.name)
    (file,) = output.iterdir()
    assert file.suffix == ".avif"
    assert np.array_equal(bytes_of(bpy.data.images["wall"]), noise(100, 70)), "nothing took its place"


def test_a_material_takes_it(connected: Panel, answers: Any) -> None:
    answers(encoded("WEBP"))
    material = textured(packed("wall", noise(64, 64)))
    connected.width = connected.height = 64
    assert bpy.ops.drawthings.txt2img(target='MATERIAL') == {'FINISHED'}
    assert newest() in {node.image for node in material.node_tree.nodes if node.type == 'TEX_IMAGE'}


@pytest.mark.parametrize("name", ["JPEG", "WEBP", "BMP"])
def test_a_tile_takes_it(connected: Panel, tmp_path: Path, answers: Any, name: str) -> None:
    """The other tiles are PNG files, and so is this one."""
    pixels = {1001: np.full((64, 64, 4), 200, np.uint8), 1002: noise(64, 64, seed=1)}
    pixels[1001][..., 3] = 255
    answers(encoded(name))
    image = tiled(tmp_path, pixels)
    textured(image)
    name_of = image.name
    assert bpy.ops.drawthings.img2img(source='IMAGE', target='REPLACE', image=name_of) == {'FINISHED'}
    found = tiles_of(bpy.data.images[name_of])
    assert np.array_equal(found[1002], pixels[1002])
    assert abs(found[1001].astype(int) - pixels[1001]).max() <= 8
    for each in bpy.data.images[name_of].packed_files:
        assert each.packed_file.data[:8] == b"\x89PNG\r\n\x1a\n"


def test_an_enlarged_picture_takes_it(connected: Panel, output: Path, answers: Any) -> None:
    answers(encoded("WEBP", quality=95))
    pixels = np.full((48, 64, 4), (200, 120, 40, 255), np.uint8)
    pixels[:10, :, 3] = 0
    connected.extras.upscaler, connected.extras.scale = "Nearest", 2.0
    packed("wall", pixels)
    assert bpy.ops.drawthings.upscale(image="wall") == {'FINISHED'}
    (file,) = output.iterdir()
    made = read_png(file)
    assert (file.suffix, made.shape) == (".png", (96, 128, 4))
    assert not made[:16, :, 3].any() and (made[24:, :, 3] == 255).all()


def test_a_result_is_read_from_its_file_again_and_made_again(
    connected: Panel, session: Any, output: Path, answers: Any
) -> None:
    from bl_ext.user_default.drawthings_addon.blender.actions import results

    answers(encoded("WEBP"))
    bpy.ops.drawthings.txt2img(target='IMAGE')
    bpy.data.images.remove(newest())
    (file,) = output.iterdir()
    image = results.datablock(session.get().results[0])
    assert (image.packed_file.data, image.size[:]) == (file.read_bytes(), (128, 128))
    assert bpy.ops.drawthings.again() == {'FINISHED'}
    assert sorted(each.suffix for each in output.iterdir()) == [".webp", ".webp"]
    assert newest() is not image and newest().size[:] == (128, 128)


def test_linear_light_looks_as_it_was_meant(connected: Panel, answers: Any, tmp_path: Path) -> None:
    from bl_ext.user_default.drawthings_addon.blender.capture import written

    half = bpy.data.images.new("half", 128, 128, float_buffer=True)
    half.pixels.foreach_set(np.tile(np.float32((0.5, 0.25, 0.125, 1.0)), 128 * 128))
    path = tmp_path / "half.exr"
    written.write_light(half, bpy.context.scene, path, 'OPEN_EXR', 'Linear Rec.709')
    bpy.data.images.remove(half)
    answers(lambda _data: path.read_bytes())
    assert bpy.ops.drawthings.txt2img(target='IMAGE') == {'FINISHED'}
    image = newest()
    assert image.is_float and image.pixels[:3] == pytest.approx((0.5, 0.25, 0.125), abs=1e-3)


def test_the_pixels_wait_for_full_hands_and_the_file_does_not(
    connected: Panel, desk: Desk, output: Path, answers: Any, session: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    answers(encoded("BMP"))
    pixels = np.full((70, 100, 4), (200, 120, 40, 255), np.uint8)
    pixels[:20, :, 3] = 0
    image = packed("wall", pixels)
    monkeypatch.setattr(session, "_hands_full", lambda: True)
    bpy.ops.drawthings.img2img(source='IMAGE', target='REPLACE', image=image.name)

    def suffixes() -> list[str]:
        desk.session.step()
        return [each.suffix for each in output.glob("weathered*")]

    assert until(lambda: suffixes() == [".bmp"])
    assert [each.state.name for each in desk.session.statuses()] == ["RUNNING"]
    monkeypatch.setattr(session, "_hands_full", lambda: False)
    desk.settle()
    assert suffixes() == [".png"]
    assert np.array_equal(bytes_of(bpy.data.images["wall"])[..., 3], pixels[..., 3])


def test_a_cancelled_job_does_not_wait_for_them(
    connected: Panel, desk: Desk, output: Path, answers: Any, session: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    answers(encoded("BMP"))
    image = packed("wall", noise(100, 70))
    monkeypatch.setattr(session, "_hands_full", lambda: True)
    bpy.ops.drawthings.img2img(source='IMAGE', target='REPLACE', image=image.name)
    assert until(lambda: [each.suffix for each in output.glob("weathered*")] == [".bmp"])
    (status,) = desk.session.statuses()
    desk.session.jobs.cancel(status.job.id)
    assert until(lambda: not desk.session.statuses())
    monkeypatch.setattr(session, "_hands_full", lambda: False)
    desk.settle()
    assert [each.suffix for each in output.glob("weathered*")] == [".bmp"]


# From the server itself


@pytest.mark.parametrize("samples_format", ["jpg", "webp"])
def test_a_half_done_picture_is_shown(
    connected: Panel, web_ui: StandIn, desk: Desk, samples_format: str
) -> None:
    requests.post(f"{web_ui.url}/sdapi/v1/options", json={"samples_format": samples_format}, timeout=30)
    connected.steps = 24
    web_ui.faults = Faults(delay_per_step=0.2)
    bpy.ops.drawthings.txt2img(target='IMAGE')

    def shown() -> bool:
        desk.session.step()
        progress = [each.progress for each in desk.session.statuses()]
        return any(each is not None and each.preview is not None for each in progress)

    assert until(shown)
    web_ui.faults = Faults()
    desk.settle()
    assert newest().size[:] == (128, 128)


@pytest.mark.parametrize("samples_format", ["jpg", "webp"])
def test_what_it_tells_is_read_without_a_server(
    connected: Panel, web_ui: StandIn, output: Path, samples_format: str
) -> None:
    requests.post(f"{web_ui.url}/sdapi/v1/options", json={"samples_format": samples_format}, timeout=30)
    bpy.ops.drawthings.txt2img(target='IMAGE')
    (file,) = output.iterdir()
    seed = newest().drawthings.seed
    connected.prompt, connected.seed, connected.steps = "else", 1, 9
    asked = len(web_ui.journal)
    assert bpy.ops.drawthings.read_settings(filepath=str(file)) == {'FINISHED'}
    assert (connected.prompt, connected.seed, connected.steps) == ("weathered copper", seed, 4)
    assert len(web_ui.journal) == asked


@pytest.mark.parametrize(
    ("name", "suffix", "missing", "words"),
    [
        ("WEBP", ".webp", 50, r"cannot be read.*it is cut off"),
        ("JPEG", ".jpg", 50, r"cannot be read.*it is cut off"),
        ("TIFF", ".tif", 50, r"cannot be read.*it is cut off"),
        ("GIF", ".gif", 0, r"of no format that Blender reads"),
    ],
)
@pytest.mark.parametrize("operation", ["txt2img", "upscale"])
def test_what_cannot_be_read_is_told_and_stays(
    connected: Panel,
    answers: Any,
    output: Path,
    name: str,
    suffix: str,
    missing: int,
    words: str,
    operation: str,
) -> None:
    sent: list[bytes] = []

    def change(data: bytes) -> bytes:
        whole = encoded(name)(data)
        sent[:] = [whole[: len(whole) - missing]]
        return sent[0]

    answers(change)
    connected.extras.upscaler, connected.extras.scale = "Nearest", 2.0
    packed("wall", noise(64, 64))
    known = set(bpy.data.images)
    with pytest.raises(RuntimeError, match=rf"(?s){words}.*What came is .*\{suffix}"):
        if operation == "txt2img":
            bpy.ops.drawthings.txt2img(target='IMAGE')
        else:
            bpy.ops.drawthings.upscale(image="wall")
    (file,) = output.iterdir()
    assert (file.suffix, file.read_bytes()) == (suffix, sent[0])
    assert set(bpy.data.images) == known


# Its settings


@pytest.mark.parametrize(("samples_format", "suffix"), [("JPG", ".jpg"), ("WebP", ".webp"), ("gif", "")])
def test_what_the_server_answers_with(
    connected: Panel, web_ui: StandIn, output: Path, samples_format: str, suffix: str
) -> None:
    requests.post(f"{web_ui.url}/sdapi/v1/options", json={"samples_format": samples_format}, timeout=30)
    if suffix:
        assert bpy.ops.drawthings.txt2img(target='IMAGE') == {'FINISHED'}
        assert [each.suffix for each in output.iterdir()] == [suffix]
        return
    with pytest.raises(RuntimeError, match=r"Invalid image format.*“samples_format” to png, jpg or webp"):
        bpy.ops.drawthings.txt2img(target='IMAGE')


def test_settings_that_cannot_be_read_are_told_and_in_nobodys_way(
    connected: Panel, web_ui: StandIn, session: Any
) -> None:
    """The real server answers for none of them once one has a value of a wrong type."""
    requests.post(f"{web_ui.url}/sdapi/v1/options", json={"jpeg_quality": "best"}, timeout=30)
    assert requests.get(f"{web_ui.url}/sdapi/v1/options", timeout=30).status_code == 500
    session.server_changed()
    assert bpy.ops.drawthings.check_server() == {'FINISHED'}
    assert session.get().status.connection.name == "ANSWERED"
    assert "The settings of the server cannot be read" in told()
    connected.clip_skip = 2
    assert bpy.ops.drawthings.txt2img(target='IMAGE') == {'FINISHED'}
    with pytest.raises(RuntimeError):
        bpy.ops.drawthings.take_over_settings()
    assert session.get().status.connection.name == "ANSWERED"
