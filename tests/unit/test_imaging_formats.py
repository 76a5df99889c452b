# SPDX-FileCopyrightText: 2026 Draw Things Bridge maintainers
# SPDX-License-Identifier: GPL-3.0-or-later

"""Formats told by their first bytes, with their sizes, against Pillow's own writers."""

from __future__ import annotations

import io
import random
import struct
import threading
import time
from typing import Any

import numpy as np
import pytest
from PIL import Image

from drawthings_addon.errors import PictureInvalid
from drawthings_addon.imaging import exif, formats
from drawthings_addon.jobs.decoder import Decoder
from drawthings_addon.jobs.source import Source, SourceName


def picture(mode: str = "RGB") -> Image.Image:
    y, x = np.mgrid[0:48, 0:64]
    return Image.fromarray(np.dstack([x * 4, y * 5, (x + y) * 2]).astype(np.uint8)).convert(mode)


def encoded(name: str, mode: str = "RGB", **options: Any) -> bytes:
    stream = io.BytesIO()
    picture(mode).save(stream, name, **options)
    return stream.getvalue()


CASES = [
    ("PNG", "PNG", {}), ("JPEG", "JPEG", {}), ("JPEG", "JPEG", {"progressive": True}), ("WEBP", "WebP", {}),
    ("WEBP", "WebP", {"lossless": True}), ("BMP", "BMP", {}), ("TIFF", "TIFF", {}),
    ("TIFF", "TIFF", {"compression": "tiff_lzw"}), ("TIFF", "TIFF", {"compression": "tiff_deflate"}),
    ("TGA", "TGA", {}), ("TGA", "TGA", {"compression": "tga_rle"}), ("JPEG2000", "JPEG 2000", {}),
    ("JPEG2000", "JPEG 2000", {"no_jp2": True}), ("AVIF", "AVIF", {}),
]  # fmt: skip


@pytest.mark.parametrize("mode", ["RGB", "RGBA", "L"])
@pytest.mark.parametrize(("pillow", "name", "options"), CASES)
def test_each_tells_what_it_is_and_how_large(pillow: str, name: str, options: Any, mode: str) -> None:
    try:
        data = encoded(pillow, mode, **options)
    except OSError:
        pytest.skip("there is no such kind")
    found = formats.format_of(data)
    assert found.name == name
    assert found.size(data) == found.verify(data) == (64, 48)
    assert formats.texts(data) == {}
    # The last bytes may be padding, or a resolution.
    for missing in (30, len(data) // 2, len(data) - 12):
        with pytest.raises(PictureInvalid):
            formats.format_of(data[:-missing]).verify(data[:-missing])


@pytest.mark.parametrize(
    "data",
    [
        encoded("WEBP", exif=b"odd"),
        encoded("TIFF", compression="jpeg"),
    ],
    ids=["WebP", "TIFF"],
)
def test_one_byte_less_than_it_says_is_too_few(data: bytes) -> None:
    """Blender makes an empty picture of it (4.2), or another (5.2), be it padding or a table at the end."""
    formats.format_of(data).verify(data)
    for missing in (1, 2, 8):
        with pytest.raises(PictureInvalid, match="it is cut off"):
            formats.format_of(data[:-missing]).verify(data[:-missing])


def test_light() -> None:
    window = struct.pack("<4i", 0, 0, 63, 47)
    header = b"".join(
        name + b"\0box2i\0" + struct.pack("<I", 16) + window for name in (b"dataWindow", b"displayWindow")
    )
    exr = b"v/1\x01\x02\0\0\0" + header + b"\0"
    hdr = b"#?RADIANCE\nFORMAT=32-bit_rle_rgbe\n\n-Y 48 +X 64\n" + bytes(64 * 48 * 4)
    for data, name in ((exr, "OpenEXR"), (hdr, "Radiance HDR")):
        found = formats.format_of(data)
        assert (found.name, found.verify(data), found.is_light) == (name, (64, 48), True)


@pytest.mark.parametrize(
    "data", [b"", b"text", encoded("GIF"), encoded("PPM"), b"\x89PNG", b"RIFF\0\0\0\0WAVE"]
)
def test_what_is_none(data: bytes) -> None:
    with pytest.raises(PictureInvalid):
        formats.size(data)
    with pytest.raises(PictureInvalid):
        formats.texts(data)


def test_an_animation_is_none() -> None:
    data = encoded("WEBP", save_all=True, append_images=[picture().rotate(90)])
    with pytest.raises(PictureInvalid, match="an animation"):
        formats.format_of(data).verify(data)


def test_a_canvas_of_another_size_than_its_pixels() -> None:
    """What is decoded is as large as the pixels, which the canvas does not bound."""
    data = bytearray(encoded("WEBP", exif=comment("x")))
    assert data[12:16] == b"VP8X"
    data[24:27] = (7).to_bytes(3, "little")
    assert formats.size(bytes(data)) == (8, 48)
    with pytest.raises(PictureInvalid, match="not of the size"):
        formats.WEBP.verify(bytes(data))


@pytest.mark.parametrize(
    "data",
    [
        b"RIFF\xff\xff\xff\x05WEBPVP8X\x0a\0\0\0\0\0\0\0\x3f\0\0\x3f\0\0" + b"ABCD\0\0\0\0" * 5_000_000,
        b"\0\0\0\x18ftypavif" + bytes(12) + b"\0\0\0\x08free" * 5_000_000,
        b"\0\0\0\x0cjP  \r\n\x87\n" + b"\0\0\0\x08free" * 5_000_000,
        b"v/1\x01\x02\0\0\0" + b"a\0b\0\0\0\0\0" * 5_000_000,
        b"v/1\x01\x02\0\0\0" + b"a" * 40_000_000,
        b"#?RADIANCE\n" + b"a\n" * 20_000_000,
    ],
    ids=["webp", "avif", "jp2", "exr attributes", "exr name", "hdr"],
)
def test_millions_of_parts_cost_no_time(data: bytes) -> None:
    began = time.perf_counter()
    with pytest.raises(PictureInvalid, match="is damaged: it "):
        formats.format_of(data).verify(data)
    assert time.perf_counter() - began < 0.5


def test_a_strangers_bytes_raise_nothing_else() -> None:
    random.seed(7)
    for pillow, _name, options in CASES:
        data = encoded(pillow, **options)
        for _ in range(300):
            mutated = bytearray(data)
            for _ in range(random.randint(1, 6)):
                mutated[random.randrange(min(len(mutated), 400))] = random.choice((0, 1, 0x7F, 0x80, 0xFF))
            with_bounds(bytes(mutated[: random.choice((None, random.randrange(len(mutated))))]))


def with_bounds(data: bytes) -> None:
    try:
        found = formats.format_of(data)
        assert min(found.size(data)) > 0
        found.verify(data)
        formats.texts(data)
    except PictureInvalid:
        pass


# The comment


def comment(text: str, encoding: str = "utf-16-be") -> Image.Exif:
    block = Image.Exif()
    block.get_ifd(0x8769)[0x9286] = b"UNICODE\0" + text.encode(encoding)
    return block


@pytest.mark.parametrize("name", ["JPEG", "WEBP"])
@pytest.mark.parametrize("encoding", ["utf-16-be", "utf-16-le"])
@pytest.mark.parametrize("text", ["copper, grün 鉄 🙂\nSteps: 5", "x", "鉄鉄鉄 a, Steps: 5, Seed: 7"])
def test_the_comment_is_read(name: str, encoding: str, text: str) -> None:
    data = encoded(name, exif=comment(text, encoding))
    assert formats.texts(data) == {"parameters": text}


def test_other_encodings() -> None:
    for start, text in ((b"ASCII\0\0\0", "copper"), (b"\0" * 8, "grün")):
        block = Image.Exif()
        block.get_ifd(0x8769)[0x9286] = start + text.encode()
        assert exif.user_comment(block.tobytes()) == text


def test_a_damaged_block_tells_nothing() -> None:
    block = comment("copper").tobytes()
    assert exif.user_comment(block) == "copper"
    random.seed(7)
    for _ in range(3000):
        mutated = bytearray(block)
        for _ in range(random.randint(1, 5)):
            mutated[random.randrange(len(mutated))] = random.randrange(256)
        assert isinstance(exif.user_comment(bytes(mutated[: random.randrange(len(mutated) + 1)])), str)


# Pixels that Blender alone decodes


def test_workers_wait_for_the_main_thread() -> None:
    decoder = Decoder()
    decoder.open()
    data, found = encoded("WEBP"), []
    worker = threading.Thread(target=lambda: found.append(decoder.pixels(data)))
    worker.start()
    pixels = np.full((48, 64, 3), 7, np.uint8)
    while not decoder.work(lambda given: Source(SourceName("OTHER", str(len(given))), pixels=pixels)):
        pass
    worker.join()
    assert np.array_equal(found[0], pixels)
    assert not decoder.work(lambda _data: pytest.fail("nothing waits"))


def test_nobody_waits_for_a_blender_that_is_not_there() -> None:
    decoder, errors = Decoder(), []
    with pytest.raises(PictureInvalid, match="Blender cannot read this WebP"):
        decoder.pixels(encoded("WEBP"))
    assert decoder.pixels(encoded("PNG")).shape == (48, 64, 3)
    decoder.open()

    def wait() -> None:
        try:
            decoder.pixels(encoded("WEBP"))
        except PictureInvalid as error:
            errors.append(error)

    worker = threading.Thread(target=wait)
    worker.start()
    while not decoder._waiting:
        pass
    decoder.close()
    worker.join()
    assert errors


def test_what_blender_cannot_read_is_told() -> None:
    decoder = Decoder()
    decoder.open()
    told: list[Source | None] = []
    decoder.later(encoded("AVIF"), told.append)

    def read(_data: bytes) -> Source:
        raise PictureInvalid("Blender cannot.")

    assert decoder.work(read)
    assert told == [None]
