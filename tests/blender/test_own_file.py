# SPDX-FileCopyrightText: 2026 Draw Things Bridge maintainers
# SPDX-License-Identifier: GPL-3.0-or-later

"""An image that is sent by its own file: which one may be, what of it leaves, and whatever forbids it."""

from __future__ import annotations

import io
import struct
import time
import zlib
from collections.abc import Callable
from pathlib import Path
from typing import Any

import bpy
import numpy as np
import pytest
from bl_ext.user_default.drawthings_addon.client.draw_things.client import DrawThingsClient
from bl_ext.user_default.drawthings_addon.client.request import GenerationRequest
from blender_pictures import bytes_of, noise, read_png
from PIL import Image
from PIL.PngImagePlugin import PngInfo

Panel = bpy.types.PropertyGroup
SIDE = 128


def clean(pixels: np.ndarray, **options: Any) -> bytes:
    stream = io.BytesIO()
    Image.fromarray(pixels).save(stream, "PNG", **options)
    return stream.getvalue()


def with_chunk(data: bytes, kind: bytes, body: bytes) -> bytes:
    """The PNG with one more chunk after its first."""
    chunk = struct.pack(">I", len(body)) + kind + body + struct.pack(">I", zlib.crc32(kind + body))
    return data[:33] + chunk + data[33:]


def kinds_of(data: bytes) -> set[bytes]:
    kinds, at = set(), 8
    while at < len(data):
        (length,) = struct.unpack_from(">I", data, at)
        kinds.add(data[at + 4 : at + 8])
        at += length + 12
    return kinds


def pixel_data(data: bytes) -> bytes:
    found, at = b"", 8
    while at < len(data):
        (length,) = struct.unpack_from(">I", data, at)
        if data[at + 4 : at + 8] == b"IDAT":
            found += data[at + 8 : at + 8 + length]
        at += length + 12
    return found


@pytest.fixture
def sent(monkeypatch: pytest.MonkeyPatch) -> list[bytes]:
    """The pictures that requests held."""
    pictures: list[bytes] = []
    real = DrawThingsClient.generate

    def generate(client: DrawThingsClient, request: GenerationRequest) -> Any:
        pictures.append(request.images.init_image)
        return real(client, request)

    monkeypatch.setattr(DrawThingsClient, "generate", generate)
    return pictures


def loaded(path: Path, data: bytes) -> bpy.types.Image:
    path.write_bytes(data)
    return bpy.data.images.load(str(path))


def packed(path: Path, data: bytes) -> bpy.types.Image:
    image = loaded(path, data)
    image.pack()
    path.unlink()
    return image


def restyle(image: bpy.types.Image) -> None:
    assert bpy.ops.drawthings.img2img(source='IMAGE', image=image.name, target='IMAGE') == {'FINISHED'}


@pytest.mark.parametrize("how", [loaded, packed])
def test_a_clean_one_is_sent_as_it_is(
    panel: Panel, sent: list[bytes], tmp_path: Path, how: Callable[[Path, bytes], bpy.types.Image]
) -> None:
    pixels = noise(SIDE, SIDE, channels=3)
    texts = PngInfo()
    texts.add_text("Comment", "who I am and where I live")
    texts.add_itxt("prompt", "a secret", zip=True)
    data = clean(pixels, pnginfo=texts, dpi=(72, 72))
    image = how(tmp_path / "wall.png", data)
    restyle(image)
    (picture,) = sent
    assert pixel_data(picture) == pixel_data(data)
    assert kinds_of(picture) == {b"IHDR", b"IDAT", b"IEND"}, "no text of the artist leaves with it"
    assert np.array_equal(read_png(picture)[..., :3], pixels)


@pytest.mark.parametrize("was_sent", [False, True])
@pytest.mark.parametrize("how", [loaded, packed])
def test_what_was_painted_and_saved_elsewhere_is_sent_as_it_is_seen(
    panel: Panel,
    sent: list[bytes],
    tmp_path: Path,
    how: Callable[[Path, bytes], bpy.types.Image],
    was_sent: bool,
) -> None:
    """Blender forgets with that that the image is no longer what its own file has."""
    pixels = noise(SIDE, SIDE, channels=3)
    image = how(tmp_path / "wall.png", clean(pixels))
    if was_sent:
        restyle(image)
        assert np.array_equal(read_png(sent.pop())[..., :3], pixels)
    values = np.empty(SIDE * SIDE * 4, np.float32)
    image.pixels.foreach_get(values)
    # The picture upside down, which has the same sum.
    image.pixels.foreach_set(values.reshape(SIDE, SIDE, 4)[::-1].ravel())
    image.save(filepath=str(tmp_path / "copy.png"))
    restyle(image)
    (picture,) = sent
    assert np.array_equal(read_png(picture)[..., :3], pixels[::-1])


CHROMATICITIES = struct.pack(">8I", 31270, 32900, 64000, 33000, 30000, 60000, 15000, 6000)


def first_colour(pixels: np.ndarray) -> bytes:
    return struct.pack(">3H", *map(int, pixels[0, 0]))


FORBIDDEN: dict[str, Callable[[np.ndarray], bytes]] = {
    "alpha": lambda pixels: clean(np.dstack((pixels, np.full(pixels.shape[:2], 200, np.uint8)))),
    "grey": lambda pixels: clean(pixels[..., 0]),
    "a palette": lambda pixels: clean_palette(pixels),
    "gAMA": lambda pixels: with_chunk(clean(pixels), b"gAMA", struct.pack(">I", 100000)),
    "cHRM": lambda pixels: with_chunk(clean(pixels), b"cHRM", CHROMATICITIES),
    "sRGB": lambda pixels: with_chunk(clean(pixels), b"sRGB", b"\0"),
    "a transparent colour": lambda pixels: with_chunk(clean(pixels), b"tRNS", first_colour(pixels)),
    "Exif": lambda pixels: with_chunk(clean(pixels), b"eXIf", b"MM\0*\0\0\0\x08\0\0\0\0\0\0"),
    "an unknown word": lambda pixels: with_chunk(clean(pixels), b"abCd", b"?"),
    "another size": lambda pixels: clean(pixels[:100]),
}  # fmt: skip


def clean_palette(pixels: np.ndarray) -> bytes:
    stream = io.BytesIO()
    Image.fromarray(pixels).quantize(16).save(stream, "PNG")
    return stream.getvalue()


@pytest.mark.parametrize("kind", FORBIDDEN)
def test_others_are_encoded_as_they_are_seen(
    panel: Panel, sent: list[bytes], tmp_path: Path, kind: str
) -> None:
    data = FORBIDDEN[kind](noise(SIDE, SIDE, channels=3))
    image = loaded(tmp_path / "wall.png", data)
    restyle(image)
    (picture,) = sent
    assert pixel_data(picture) != pixel_data(data)
    height = min(SIDE, read_png(data).shape[0])
    top = (SIDE - height) // 2
    assert np.array_equal(read_png(picture)[top : top + height, :, :3], bytes_of(image)[..., :3])


def test_16_bits_and_interlaced_ones_are_encoded(panel: Panel, sent: list[bytes], tmp_path: Path) -> None:
    head = struct.pack(">IIBBBBB", 64, 64, 16, 2, 0, 0, 0)
    lines = np.random.default_rng(1).integers(0, 256, (64, 1 + 64 * 6), np.uint8)
    lines[:, 0] = 0
    data = b"\x89PNG\r\n\x1a\n"
    for name, body in ((b"IHDR", head), (b"IDAT", zlib.compress(lines.tobytes())), (b"IEND", b"")):
        data += struct.pack(">I", len(body)) + name + body + struct.pack(">I", zlib.crc32(name + body))
    restyle(loaded(tmp_path / "deep.png", data))
    assert struct.unpack_from(">B", sent[0], 24)[0] == 8


def test_what_was_painted_is_sent(panel: Panel, sent: list[bytes], tmp_path: Path) -> None:
    image = loaded(tmp_path / "wall.png", clean(noise(SIDE, SIDE, channels=3)))
    values = np.zeros(SIDE * SIDE * 4, np.float32)
    values[3::4] = 1.0
    image.pixels.foreach_set(values)
    restyle(image)
    assert not read_png(sent[0])[..., :3].any()


def test_a_file_that_changed_behind_blender_is_not_what_is_seen(
    panel: Panel, sent: list[bytes], tmp_path: Path, session: Any
) -> None:
    """Blender shows what it has read; so does what is sent, also when it was sent by its file before."""
    first, second = noise(SIDE, SIDE, channels=3), noise(SIDE, SIDE, channels=3, seed=2)
    image = loaded(tmp_path / "wall.png", clean(first))
    restyle(image)
    (tmp_path / "wall.png").write_bytes(clean(second))
    restyle(image)
    # Blender let go of the pixels of neither.
    assert np.array_equal(read_png(sent[1])[..., :3], bytes_of(image)[..., :3])
    assert np.array_equal(bytes_of(image)[..., :3], first)
    image.reload()
    restyle(image)
    assert np.array_equal(read_png(sent[2])[..., :3], second)


def test_one_that_was_read_before_is_compared_once(
    panel: Panel, sent: list[bytes], tmp_path: Path, session: Any
) -> None:
    data = clean(noise(SIDE, SIDE, channels=3))
    image = loaded(tmp_path / "wall.png", data)
    assert image.pixels[0] >= 0, "read, who knows when"
    restyle(image)
    until = time.monotonic() + 30
    while not session.get().jobs.is_idle:
        assert time.monotonic() < until
        session.get().step()
    restyle(image)
    assert [pixel_data(each) == pixel_data(data) for each in sent] == [False, True]
    assert np.array_equal(read_png(sent[0]), read_png(sent[1]))


@pytest.mark.parametrize("harm", ["checksum", "cut"])
def test_a_packed_file_that_is_damaged_is_not_sent(
    panel: Panel, sent: list[bytes], tmp_path: Path, harm: str
) -> None:
    """As Blender cannot read it either, there is nothing to send."""
    data = bytearray(clean(noise(SIDE, SIDE, channels=3)))
    if harm == "checksum":
        data[len(data) // 2] ^= 0xFF
    else:
        del data[len(data) // 2 :]
    image = bpy.data.images.new("wall", 1, 1)
    image.pack(data=bytes(data), data_len=len(data))
    image.source = 'FILE'
    with pytest.raises(RuntimeError):
        bpy.ops.drawthings.img2img(source='IMAGE', image="wall", target='IMAGE')
    assert sent == []


def test_generated_and_tiled_ones_and_other_sizes_are_encoded(
    panel: Panel, sent: list[bytes], tmp_path: Path
) -> None:
    pixels = noise(SIDE, SIDE, channels=3)
    for number in (1001, 1002):
        (tmp_path / f"wall.{number}.png").write_bytes(clean(pixels))
    tiled = bpy.data.images.load(str(tmp_path / "wall.1001.png"))
    tiled.source = 'TILED'
    restyle(tiled)
    restyle(bpy.data.images.new("made", SIDE, SIDE))
    panel.use_source_size = False
    panel.width = panel.height = 256
    restyle(loaded(tmp_path / "small.png", clean(pixels)))
    assert all(pixel_data(each) != pixel_data(clean(pixels)) for each in sent)
    assert [read_png(each).shape[0] for each in sent] == [SIDE, SIDE, 256]


def test_it_can_be_made_again_from_the_same(panel: Panel, sent: list[bytes], tmp_path: Path) -> None:
    pixels = noise(SIDE, SIDE, channels=3)
    image = loaded(tmp_path / "wall.png", clean(pixels))
    restyle(image)
    image.pixels.foreach_set(np.zeros(SIDE * SIDE * 4, np.float32))
    (tmp_path / "wall.png").unlink()
    assert bpy.ops.drawthings.again() == {'FINISHED'}
    assert np.array_equal(read_png(sent[1]), read_png(sent[0]))
