# SPDX-FileCopyrightText: 2026 Draw Things Bridge maintainers
# SPDX-License-Identifier: GPL-3.0-or-later

"""PNG beside other things: pixels compressed in parts, and looked at when the checksums are right."""

from __future__ import annotations

import io
import struct
import threading
import zlib
from collections.abc import Callable, Sequence

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from PIL import Image

from drawthings_addon.client import answer, budget
from drawthings_addon.client.http.address import Server
from drawthings_addon.client.http.untrusted_json import to_json
from drawthings_addon.client.request import GenerationRequest
from drawthings_addon.errors import AnswerInvalid, PictureInvalid
from drawthings_addon.imaging import png
from drawthings_addon.imaging import png as png_module
from drawthings_addon.imaging.png_chunks import SIGNATURE, read_chunks, write_chunk
from drawthings_addon.jobs.helper import Helper

HERE = Server("localhost")


def made_of(compressed: bytes, width: int = 8, height: int = 8) -> bytes:
    head = struct.pack(">IIBBBBB", width, height, 8, 2, 0, 0, 0)
    chunks = ((b"IHDR", head), (b"IDAT", compressed), (b"IEND", b""))
    return SIGNATURE + b"".join(write_chunk(kind, data) for kind, data in chunks)


LINES = bytes(8 * 25)
GOOD = zlib.compress(LINES)
#: Each with checksums that are right.
BROKEN = {
    "no deflate": b"no deflate at all",
    "cut off": GOOD[:-6],
    "without its end": GOOD[:-4],
    "another checksum": GOOD[:-1] + bytes([GOOD[-1] ^ 1]),
    "too few rows": zlib.compress(LINES[:100]),
    "too many rows": zlib.compress(LINES + b"\0"),
    "far too many rows": zlib.compress(bytes(1 << 26)),
    "an unknown filter": zlib.compress(b"\x05" + LINES[1:]),
}


@pytest.mark.parametrize("kind", BROKEN)
def test_what_the_checksums_leave_open_is_found(kind: str) -> None:
    data = made_of(BROKEN[kind])
    with pytest.raises(PictureInvalid) as at_once:
        png.verify(data)
    head, _texts, prove = png.whole_with_text(data)
    assert (head.width, head.height) == (8, 8)
    with pytest.raises(PictureInvalid) as later:
        prove()
    assert later.value.what == at_once.value.what


@settings(deadline=None)
@given(st.integers(1, 60), st.integers(1, 60), st.integers(1, 4), st.integers(0, 9))
def test_what_is_whole_is_proven(width: int, height: int, channels: int, seed: int) -> None:
    pixels = np.random.default_rng(seed).integers(0, 256, (height, width, channels), np.uint8)
    head, _texts, prove = png.whole_with_text(png.encode(pixels))
    prove()
    assert (head.width, head.height) == (width, height)


def test_large_ones_and_those_in_many_chunks_are_proven_too(monkeypatch: pytest.MonkeyPatch) -> None:
    from drawthings_addon.imaging import png_chunks

    monkeypatch.setattr(png_chunks, "_MAX_PIECE_BESIDE", 1000)
    pixels = np.random.default_rng(1).integers(0, 256, (64, 64, 3), np.uint8)
    png.whole_with_text(png.encode(pixels))[2]()
    monkeypatch.setattr(png_chunks, "_MAX_JOINED", 100)
    png.whole_with_text(png.encode(pixels))[2]()


def answered(*pictures: bytes) -> bytes:
    from drawthings_addon.client.http.untrusted_json import Base64

    return to_json({"images": [Base64(each) for each in pictures]})


def test_one_that_came_alone_may_be_left_open() -> None:
    room = budget.of_generation(GenerationRequest.of(width=128, height=128))
    body = answered(made_of(BROKEN["another checksum"]))
    with pytest.raises(AnswerInvalid) as at_once:
        answer.read_images(HERE, body, room)
    (image,) = answer.read_images(HERE, body, room, proves=False).images
    with pytest.raises(AnswerInvalid) as later:
        answer.prove(HERE, image)
    assert (later.value.what, later.value.advice) == (at_once.value.what, at_once.value.advice)


def test_of_several_each_is_looked_at_at_once() -> None:
    """One that cannot be read does not cost the others."""
    room = budget.Budget(2, 1 << 22, 1 << 23)
    body = answered(made_of(BROKEN["cut off"]), made_of(GOOD))
    found = answer.read_images(HERE, body, room, proves=False)
    assert [image.proof for image in found.images] == [None]
    assert len(found.notices) == 1


@settings(deadline=None, max_examples=40)
@given(
    st.integers(1, 40),
    st.integers(1, 40),
    st.integers(1, 4),
    st.integers(0, 9),
    st.integers(1, 12),
    st.sampled_from([1, 100, 1 << 20]),
)
def test_parts_make_one_picture(
    width: int, height: int, channels: int, level: int, parts: int, at_once: int
) -> None:
    """Whatever the parts and their number; each may come before or after any other."""
    pixels = np.random.default_rng(parts).integers(0, 4, (height, width, channels), np.uint8) * 60

    def backwards(calls: Sequence[Callable[[], bytes]]) -> list[bytes]:
        return [call() for call in reversed(calls)][::-1]

    with pytest.MonkeyPatch.context() as patched:
        patched.setattr(png_module, "_MOST_PARTS", parts)
        patched.setattr(png_module, "_LEAST_PART", 1)
        patched.setattr(png_module, "_COMPRESSED_AT_ONCE", at_once)
        data = png.encode(pixels, level=level, do_all=backwards)
    assert np.array_equal(png.decode(data), pixels)
    png.verify(data)
    with Image.open(io.BytesIO(data)) as image:
        image.load()
        assert np.array_equal(np.asarray(image).reshape(pixels.shape), pixels)
    (compressed,) = (bytes(chunk.data) for chunk in read_chunks(data) if chunk.kind == b"IDAT")
    stream = zlib.decompressobj()
    stream.decompress(compressed)
    assert stream.eof and not stream.unused_data, "with the checksum of all of it, and nothing behind"


def test_two_threads_compress_one_picture() -> None:
    """The first two parts wait for one another."""
    both = threading.Barrier(2, timeout=30)
    met: list[int] = []

    def meeting(calls: Sequence[Callable[[], bytes]]) -> list[bytes]:
        def met_first(number: int) -> Callable[[], bytes]:
            def call() -> bytes:
                if number in (0, len(calls) - 1):
                    both.wait()
                    met.append(number)
                return calls[number]()

            return call

        return helper.side_by_side([met_first(number) for number in range(len(calls))])

    helper = Helper()
    pixels = np.random.default_rng(1).integers(0, 256, (1024, 1024, 3), np.uint8)
    assert np.array_equal(png.decode(png.encode(pixels, do_all=meeting)), pixels)
    assert len(met) == 2


def test_what_is_begun_is_done_once_and_its_error_is_whoevers_asks() -> None:
    helper = Helper()
    done: list[int] = []
    begun = [helper.begin(lambda number=number: done.append(number)) for number in range(20)]
    for each in begun:
        each.result()
        each.result()
    assert sorted(done) == list(range(20))
    failing = helper.begin(lambda: 1 // 0)
    with pytest.raises(ZeroDivisionError):
        failing.result()


def test_without_a_thread_it_is_done_by_whoever_asks(monkeypatch: pytest.MonkeyPatch) -> None:
    def no_thread(_thread: threading.Thread) -> None:
        raise RuntimeError("can't start new thread")

    monkeypatch.setattr(threading.Thread, "start", no_thread)
    helper = Helper()
    assert helper.begin(lambda: 7).result() == 7
    assert helper.side_by_side([lambda: b"a", lambda: b"b"]) == [b"a", b"b"]
    assert helper.is_idle
