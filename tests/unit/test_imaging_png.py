# SPDX-FileCopyrightText: 2026 Draw Things Bridge maintainers
# SPDX-License-Identifier: GPL-3.0-or-later

"""PNG: pixels survive, other people's files are read, broken ones are refused in words."""

from __future__ import annotations

import io
import struct
import tracemalloc
import warnings
import zlib

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from campaign import share
from drawthings_addon.errors import PictureInvalid
from drawthings_addon.imaging import png
from drawthings_addon.imaging.png_chunks import SIGNATURE, read_chunks, write_chunk

Image = pytest.importorskip("PIL.Image")

MODES = {1: "L", 2: "LA", 3: "RGB", 4: "RGBA"}


def noise(width, height, channels, seed=0):
    rng = np.random.default_rng([seed, width, height, channels])
    return rng.integers(0, 256, (height, width, channels), dtype=np.uint8)


def smooth(width, height, channels):
    """Gradients and noise, so that an adaptive encoder picks every filter."""
    y, x = np.mgrid[0:height, 0:width]
    waves = [120 + 80 * np.sin(x / 9 + c) + 40 * np.cos(y / 7 + x / 31 * c) for c in range(channels)]
    rough = noise(width, height, channels) % 16
    return (np.stack(waves, axis=2) + rough).clip(0, 255).astype(np.uint8)


def pillow(data):
    with Image.open(io.BytesIO(data)) as image:
        image.load()
        return image


def saved_by_pillow(image, **options):
    buffer = io.BytesIO()
    image.save(buffer, "PNG", **options)
    return buffer.getvalue()


def png_of(
    scanlines,
    width,
    height,
    depth,
    colour_type,
    *,
    interlace=0,
    before=(),
    after=(),
    idats=1,
    level=6,
):
    """A PNG made by hand, so that nothing of the encoder under test is trusted."""
    body = zlib.compress(scanlines, level)
    size = -(-len(body) // idats)
    head = struct.pack(">IIBBBBB", width, height, depth, colour_type, 0, 0, interlace)
    chunks = [(b"IHDR", head), *before]
    chunks += [(b"IDAT", body[i : i + size]) for i in range(0, len(body), size)]
    chunks += [*after, (b"IEND", b"")]
    return SIGNATURE + b"".join(write_chunk(kind, data) for kind, data in chunks)


def filtered(rows, step, kinds):
    """The specification's five filters, byte by byte, as a reference."""
    result = bytearray()
    above = [0] * len(rows[0])
    for row, kind in zip(rows, kinds, strict=True):
        result.append(kind)
        for i, value in enumerate(row):
            a = row[i - step] if i >= step else 0
            b = above[i]
            c = above[i - step] if i >= step else 0
            p = a + b - c
            paeth = min((abs(p - a), 0, a), (abs(p - b), 1, b), (abs(p - c), 2, c))[2]
            result.append((value - (0, a, b, (a + b) // 2, paeth)[kind]) % 256)
        above = row
    return bytes(result)


def packed(values, depth):
    """(height, width) values as rows of bytes, the first value in the highest bits."""
    bits = (values[:, :, np.newaxis] >> np.arange(depth - 1, -1, -1)) & 1
    return np.packbits(bits.reshape(len(values), -1).astype(np.uint8), axis=1)


# Out and in again


@pytest.mark.parametrize("channels", MODES)
@pytest.mark.parametrize("size", [(1, 1), (1, 70), (70, 1), (33, 17), (64, 64), (65, 3)])
def test_what_is_encoded_is_what_pillow_and_this_package_read(channels, size):
    pixels = noise(*size, channels)
    data = png.encode(pixels)
    image = pillow(data)
    assert image.mode == MODES[channels]
    assert np.array_equal(np.asarray(image).reshape(pixels.shape), pixels)
    assert np.array_equal(png.decode(data), pixels)
    assert (png.verify(data).width, png.verify(data).height) == size
    assert png.header(data) == png.verify(data)


@settings(max_examples=share(600))
@given(st.integers(1, 70), st.integers(1, 70), st.integers(1, 4), st.integers(0, 9))
def test_every_size_and_level_survives(width, height, channels, level):
    pixels = noise(width, height, channels)
    assert np.array_equal(png.decode(png.encode(pixels, level=level)), pixels)


def test_any_view_of_an_array_is_encoded():
    pixels = noise(40, 30, 4)
    for view in (pixels[::-1], pixels[:, ::-2, :3], pixels.transpose(1, 0, 2), pixels[..., 3]):
        decoded = png.decode(png.encode(view))
        assert np.array_equal(decoded.reshape(view.shape), view)


@pytest.mark.parametrize(
    "array, error",
    [
        (np.zeros((4, 4, 3), np.float32), TypeError),
        (np.zeros((4, 4, 5), np.uint8), ValueError),
        (np.zeros((0, 4, 3), np.uint8), ValueError),
        (np.zeros(4, np.uint8), ValueError),
    ],
)
def test_what_is_not_a_picture_is_not_encoded(array, error):
    with pytest.raises(error):
        png.encode(array)


def test_the_srgb_mark_is_optional():
    pixels = noise(2, 2, 3)
    kinds = [chunk.kind for chunk in read_chunks(png.encode(pixels, srgb=True))]
    assert b"sRGB" in kinds
    assert b"sRGB" not in [chunk.kind for chunk in read_chunks(png.encode(pixels, srgb=False))]


# Other people's files


@pytest.mark.parametrize("channels", MODES)
@pytest.mark.parametrize("size", [(1, 1), (2, 61), (61, 2), (90, 120), (257, 64)])
@pytest.mark.parametrize("make", [noise, smooth])
def test_an_optimised_file_of_pillow_is_read(channels, size, make):
    pixels = make(*size, channels)
    image = Image.fromarray(pixels.squeeze(axis=2) if channels == 1 else pixels, MODES[channels])
    for options in ({"optimize": True}, {"compress_level": 1}, {"compress_level": 0}):
        assert np.array_equal(png.decode(saved_by_pillow(image, **options)), pixels)


@settings(max_examples=share(600))
@given(st.data())
def test_any_mixture_of_filters_is_undone(data):
    width = data.draw(st.integers(1, 12))
    height = data.draw(st.integers(1, 12))
    depth, colour, step = data.draw(
        st.sampled_from([(8, 0, 1), (8, 4, 2), (8, 2, 3), (8, 6, 4), (16, 0, 2), (16, 6, 8)])
    )
    kinds = data.draw(st.lists(st.integers(0, 4), min_size=height, max_size=height))
    rows = noise(width * step, height, 1, seed=len(kinds)).reshape(height, -1)
    decoded = png.decode(png_of(filtered(rows.tolist(), step, kinds), width, height, depth, colour))
    if depth == 16:
        wide = rows.view(">u2").astype(np.float64)
        rows = np.floor(wide / 257 + 0.5).astype(np.uint8)
    assert np.array_equal(decoded.reshape(height, -1), rows)


@pytest.mark.parametrize("depth", [1, 2, 4, 8])
@pytest.mark.parametrize("width", [1, 7, 8, 9, 31])
def test_grey_of_few_bits_fills_the_whole_range(depth, width):
    values = noise(width, 5, 1)[..., 0] >> (8 - depth)
    rows = packed(values, depth).tolist()
    data = png_of(filtered(rows, 1, [0, 1, 2, 3, 4]), width, 5, depth, 0)
    expected = np.round(values * (255 / (2**depth - 1))).astype(np.uint8)
    assert np.array_equal(png.decode(data)[..., 0], expected)
    assert np.array_equal(np.asarray(pillow(data).convert("L")), expected)


def test_sixteen_bits_are_rounded_and_not_cut():
    values = np.arange(65536, dtype=np.uint32).reshape(256, 256)
    rows = values.astype(">u2").view(np.uint8)
    data = png_of(filtered(rows.tolist(), 2, [0] * 256), 256, 256, 16, 0)
    assert np.array_equal(png.decode(data)[..., 0], np.floor(values / 257 + 0.5).astype(np.uint8))


@pytest.mark.parametrize("colours", [2, 4, 16, 200])
def test_a_palette_is_looked_up(colours):
    image = Image.fromarray(smooth(50, 40, 3), "RGB").quantize(colours)
    data = saved_by_pillow(image)
    assert np.array_equal(png.decode(data), np.asarray(image.convert("RGB")))
    clear = saved_by_pillow(image, transparency=bytes([0, 128]))
    assert np.array_equal(png.decode(clear), np.asarray(pillow(clear).convert("RGBA")))


def test_an_index_beyond_the_palette_is_black():
    data = png_of(b"\0\5\0", 2, 1, 8, 3, before=[(b"PLTE", b"\1\2\3")])
    assert png.decode(data).tolist() == [[[0, 0, 0], [1, 2, 3]]]


@pytest.mark.parametrize("mode, key, other", [("L", 7, 0), ("RGB", (1, 2, 3), (1, 2, 4))])
def test_a_transparent_colour_becomes_alpha(mode, key, other):
    image = Image.new(mode, (5, 4), key)
    image.putpixel((2, 1), other)
    decoded = png.decode(saved_by_pillow(image, transparency=key))
    assert decoded.shape[2] == (2 if mode == "L" else 4)
    assert np.count_nonzero(decoded[..., -1]) == 1
    assert decoded[1, 2, -1] == 255


def test_a_transparent_colour_of_one_bit_is_compared_before_it_is_spread():
    data = png_of(b"\0\x40\0\x80", 2, 2, 1, 0, before=[(b"tRNS", b"\0\1")])
    assert png.decode(data).tolist() == [[[0, 255], [255, 0]], [[255, 0], [0, 255]]]


def test_a_transparent_colour_of_16_bits_is_compared_whole():
    rows = np.array([[0x0101, 0x0102]], ">u2").view(np.uint8)
    data = png_of(filtered(rows.tolist(), 2, [0]), 2, 1, 16, 0, before=[(b"tRNS", b"\1\2")])
    assert png.decode(data).tolist() == [[[1, 255], [1, 0]]]


@pytest.mark.parametrize("depth, colour", [(8, 2), (8, 6), (8, 0), (1, 0), (4, 0), (16, 2)])
@pytest.mark.parametrize("size", [(1, 1), (2, 3), (4, 5), (5, 4), (8, 8), (17, 9), (33, 30)])
def test_an_interlaced_picture_is_put_together(depth, colour, size):
    width, height = size
    channels = {0: 1, 2: 3, 6: 4}[colour]
    values = noise(width, height, channels) >> max(0, 8 - depth)
    body = b""
    for x, y, dx, dy in (
        (0, 0, 8, 8), (4, 0, 8, 8), (0, 4, 4, 8), (2, 0, 4, 4),
        (0, 2, 2, 4), (1, 0, 2, 2), (0, 1, 1, 2),
    ):  # fmt: skip
        part = values[y::dy, x::dx]
        if part.size:
            if depth == 16:
                rows = (part.astype(">u2") * 257).reshape(len(part), -1).view(np.uint8)
            else:
                rows = packed(part.reshape(len(part), -1), depth)
            kinds = [i % 5 for i in range(len(rows))]
            body += filtered(rows.tolist(), max(1, channels * depth // 8), kinds)
    data = png_of(body, width, height, depth, colour, interlace=1)
    scale = 255 // ((1 << depth) - 1) if depth < 8 else 1
    assert png.verify(data).is_interlaced
    assert np.array_equal(png.decode(data), values * np.uint8(scale))
    if depth == 8:
        assert np.array_equal(np.asarray(pillow(data)).reshape(values.shape), values)


def test_many_small_idat_chunks_and_what_follows_the_end_are_fine():
    pixels = smooth(64, 64, 3)
    lines = np.concatenate((np.zeros((64, 1), np.uint8), pixels.reshape(64, -1)), axis=1).tobytes()
    data = png_of(lines, 64, 64, 8, 2, idats=50, after=[(b"tIME", bytes(7))]) + b"trailing"
    assert np.array_equal(png.decode(data), pixels)


def test_a_damaged_chunk_that_nobody_needs_is_passed_over():
    data = bytearray(png.encode(noise(3, 3, 3)))
    start = data.index(b"sRGB")
    data[start + 4] ^= 3
    assert png.verify(bytes(data)).width == 3


# Broken and hostile files


def head_of(width, height, depth=8, colour=2, interlace=0):
    head = struct.pack(">IIBBBBB", width, height, depth, colour, 0, 0, interlace)
    return SIGNATURE + write_chunk(b"IHDR", head)


GOOD = png.encode(noise(20, 10, 3), text={"drawthings": "{}"})
ROW = bytes(1 + 3 * 4)


@pytest.mark.parametrize(
    "data, words",
    [
        (b"", "not a PNG"),
        (b"<html>", "not a PNG"),
        (b"\xff\xd8\xff\xe0" + bytes(40), "not a PNG"),
        (GOOD[:20], "cut off"),
        (GOOD[:60], "cut off"),
        (GOOD[:-12], "cut off"),
        (GOOD[:-1], "cut off"),
        (GOOD[:20] + b"\1" + GOOD[21:], "checksum"),
        (GOOD[:-20] + bytes([GOOD[-20] ^ 1]) + GOOD[-19:], "checksum"),
        (GOOD.replace(b"IHDR", b"IHDX"), "start with its size"),
        (head_of(0, 4), "nothing"),
        (head_of(4, 0), "nothing"),
        (head_of(2**31, 2**31), "more than"),
        (head_of(32769, 1), "more than"),
        (head_of(16384, 8193), "more than"),
        (head_of(4, 4, depth=3), "does not exist"),
        (head_of(4, 4, colour=5), "does not exist"),
        (head_of(4, 4, depth=4, colour=2), "does not exist"),
        (head_of(4, 4, interlace=2), "does not exist"),
        (head_of(4, 4) + write_chunk(b"IEND", b""), "no pixels"),
        (head_of(4, 4) + struct.pack(">I4s", 2**32 - 1, b"IDAT") + bytes(9), "cut off"),
        (head_of(4, 4) + write_chunk(b"ID T", b""), "no name"),
        (
            head_of(4, 4) + write_chunk(b"CgBI", b"") + write_chunk(b"IEND", b""),
            "unknown chunk CgBI",
        ),
        (png_of(ROW * 3, 4, 4, 8, 2), "fill its size"),
        (png_of(ROW * 4 + b"\0", 4, 4, 8, 2), "fill its size"),
        (png_of(b"\5" + ROW[1:], 4, 1, 8, 2), "unknown filter"),
        (png_of(b"\0\0", 1, 1, 8, 3), "palette"),
        (png_of(b"\0\0", 1, 1, 8, 3, before=[(b"PLTE", b"1234")]), "palette"),
    ],
)
def test_a_broken_file_is_refused_with_the_reason(data, words):
    for read in (png.verify, png.decode):
        with pytest.raises(PictureInvalid, match=words) as caught:
            read(data)
        assert caught.value.advice


def test_pixels_beyond_the_limit_are_refused_before_they_are_inflated():
    with pytest.raises(PictureInvalid, match="20 × 10"):
        png.verify(GOOD, max_pixels=199)
    assert png.verify(GOOD, max_pixels=200)


def test_a_bomb_does_not_inflate():
    # 256 MiB of zeros behind a picture of 4 × 4 pixels.
    packer = zlib.compressobj(9)
    body = b"".join(packer.compress(bytes(1 << 20)) for _ in range(256)) + packer.flush()
    bomb = head_of(4, 4) + write_chunk(b"IDAT", body) + write_chunk(b"IEND", b"")
    tracemalloc.start()
    with pytest.raises(PictureInvalid, match="fill its size"):
        png.decode(bomb)
    peak = tracemalloc.get_traced_memory()[1]
    tracemalloc.stop()
    assert peak < 4 << 20


def read_all(data):
    """Everything that reads; whether verify and decode agree."""
    outcomes = []
    for read in (png.verify, png.decode, png.header, png.read_text):
        try:
            read(data)
        except PictureInvalid:
            outcomes.append(False)
        else:
            outcomes.append(True)
    assert outcomes[0] == outcomes[1]


@settings(max_examples=share(2000))
@given(st.binary(max_size=200), st.booleans())
def test_arbitrary_bytes_never_crash(data, signed):
    read_all(SIGNATURE + data if signed else data)


SEEDS = [
    GOOD,
    png_of(filtered(noise(6, 5, 1)[..., 0].tolist(), 1, [4, 3, 2, 1, 0]), 6, 5, 8, 3,
           before=[(b"PLTE", bytes(range(30))), (b"tRNS", b"\0\1")]),
    png_of(bytes(300), 5, 3, 1, 0, interlace=1),
    png.encode(noise(3, 3, 4), text={"parameters": "a", "drawthings": "x" * 3000}),
]  # fmt: skip


@settings(max_examples=share(4000))
@given(st.data())
def test_mutated_files_never_crash(data):
    source = bytearray(data.draw(st.sampled_from(SEEDS)))
    for _ in range(data.draw(st.integers(1, 4))):
        place = data.draw(st.integers(0, len(source) - 1))
        action = data.draw(st.sampled_from(["flip", "cut", "insert"]))
        if action == "flip":
            source[place] ^= data.draw(st.integers(1, 255))
        elif action == "cut":
            del source[place : place + data.draw(st.integers(1, 20))]
        else:
            source[place:place] = data.draw(st.binary(min_size=1, max_size=8))
        if not source:
            break
    read_all(bytes(source))
    read_all(with_right_checksums(bytes(source)))


def with_right_checksums(data):
    """So that a mutation gets past the checksums to the code behind them."""
    result = bytearray(data[:8])
    start = 8
    while start + 12 <= len(data):
        (length,) = struct.unpack_from(">I", data, start)
        if start + 12 + length > len(data):
            break
        result += write_chunk(data[start + 4 : start + 8], data[start + 8 : start + 8 + length])
        start += 12 + length
    return bytes(result) + data[start:]


# Text

LONG = "é😀\n" * 25_000
TEXTS = {
    "drawthings": '{"prompt": "wet cobblestone, 雨\n☂"}',
    "parameters": "a red chair\nNegative prompt: blurry\nSteps: 8, Seed: 42",
    "Comment": LONG,
}


def test_text_comes_back_here_and_in_pillow():
    data = png.encode(noise(4, 4, 3), text=TEXTS)
    assert png.read_text(data) == TEXTS
    assert pillow(data).text == TEXTS
    kinds = {bytes(c.data).split(b"\0")[0]: c.kind for c in read_chunks(data)}
    assert kinds[b"drawthings"] == b"iTXt"
    assert kinds[b"parameters"] == b"tEXt"
    assert len(data) < 20_000


def test_parameters_that_latin_1_cannot_hold_are_utf_8():
    data = png.encode(noise(4, 4, 3), text={"parameters": "☂"})
    assert pillow(data).text == {"parameters": "☂"} == png.read_text(data)


@settings(max_examples=share(800))
@given(st.text(max_size=300))
def test_any_text_survives(text):
    data = png.encode(noise(1, 1, 1), text={"drawthings": text, "parameters": text})
    clean = text.replace("\0", "").encode("utf-8", "replace").decode()
    assert png.read_text(data) == {"drawthings": clean, "parameters": clean}


@pytest.mark.parametrize("keyword", ["", "x" * 80, "a\0b", "☂"])
def test_a_keyword_that_png_cannot_hold_is_a_mistake(keyword):
    with pytest.raises(ValueError):
        png.encode(noise(1, 1, 1), text={keyword: "x"})


def test_text_of_every_kind_of_chunk_by_pillow():
    from PIL.PngImagePlugin import PngInfo

    info = PngInfo()
    info.add_text("Title", "café")
    info.add_text("Packed", "café " * 100, zip=True)
    info.add_itxt("XML:com.adobe.xmp", "<x>☂</x>", lang="en", tkey="XMP")
    info.add_itxt("Long", "☂" * 1000, zip=True)
    data = saved_by_pillow(Image.new("RGB", (3, 3)), pnginfo=info)
    assert png.read_text(data) == {
        "Title": "café", "Packed": "café " * 100,
        "XML:com.adobe.xmp": "<x>☂</x>", "Long": "☂" * 1000,
    }  # fmt: skip


@pytest.mark.parametrize("text", ["Möös", "苔 🦊", "café", "plain"])
def test_what_others_write_as_utf_8_where_latin_1_belongs_is_read(text):
    """As stable-diffusion.cpp writes its `parameters`."""
    plain, packed = b"parameters\0" + text.encode(), b"Packed\0\0" + zlib.compress(text.encode())
    data = png_of(b"\0\0", 1, 1, 8, 0, before=[(b"tEXt", plain), (b"zTXt", packed)])
    assert png.read_text(data) == {"parameters": text, "Packed": text}


def test_parameters_whose_latin_1_would_read_as_utf_8_come_back():
    assert png.read_text(png.encode(noise(1, 1, 1), text={"parameters": "Ã¶"})) == {"parameters": "Ã¶"}


def test_broken_texts_are_skipped_and_the_others_read():
    bomb = zlib.compress(bytes(20 << 20))
    broken = [
        (b"tEXt", b"no separator"),
        (b"tEXt", b"\0no keyword"),
        (b"zTXt", b"zipped\0\0not zlib"),
        (b"zTXt", b"method\0\1" + zlib.compress(b"x")),
        (b"zTXt", b"bomb\0\0" + bomb),
        (b"iTXt", b"short\0\0"),
        (b"iTXt", b"fields\0\0\0lang"),
        (b"iTXt", b"flag\0\2\0\0\0text"),
        (b"iTXt", b"utf\0\0\0\0\0\xff\xfe"),
        (b"iTXt", b"bomb2\0\1\0\0\0" + bomb),
        (b"iTXt", b"good\0\0\0\0\0text"),
    ]
    data = png_of(b"\0\0", 1, 1, 8, 0, before=broken)
    assert png.read_text(data) == {"good": "text"}
    damaged = data.replace(b"good", b"gold")
    assert png.read_text(damaged) == {}
    assert png.verify(damaged)


def test_new_text_replaces_the_old_and_moves_nothing_else():
    from PIL.PngImagePlugin import PngInfo

    info = PngInfo()
    info.add_text("parameters", "old")
    info.add_text("Author", "somebody")
    data = saved_by_pillow(Image.fromarray(smooth(30, 20, 3)), pnginfo=info, dpi=(72, 72)) + b"tail"
    new = png.with_text(data, {"parameters": "new ☂", "drawthings": "{}"})
    assert png.read_text(new) == {"Author": "somebody", "parameters": "new ☂", "drawthings": "{}"}
    assert pillow(new).text == png.read_text(new)

    def others(file):
        return [
            file[c.start : c.end]
            for c in read_chunks(file)
            if bytes(c.data).split(b"\0")[0] not in (b"parameters", b"drawthings")
        ]

    assert others(new) == others(data)
    assert new.endswith(b"tail")
    assert png.with_text(new, {"parameters": "new ☂", "drawthings": "{}"}) == new
    assert png.with_text(data, {}) == data


@pytest.mark.parametrize("data", [b"", b"JFIF", GOOD[:-5], head_of(1, 1) + write_chunk(b"IEND", b"")])
def test_text_is_not_put_into_what_is_no_png(data):
    with pytest.raises(PictureInvalid):
        png.with_text(data, {"a": "b"})


def test_nothing_here_warns():
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        png.decode(png.encode(noise(9, 9, 4)))
