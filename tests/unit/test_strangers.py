# SPDX-FileCopyrightText: 2026 Draw Things Bridge maintainers
# SPDX-License-Identifier: GPL-3.0-or-later

"""Servers and files that want to do harm: what they can take is bounded for the whole of an answer.

Memory is what Python and numpy were given at the most (tracemalloc), work is counted in steps or bytes: no
test here looks at a clock. `scripts/benchmarks/answers.py` measures both.
"""

from __future__ import annotations

import base64
import io
import itertools
import json
import struct
import time
import tracemalloc
import zlib
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import Any

import numpy as np
import pytest
from PIL import Image

from drawthings_addon.client import answer, budget
from drawthings_addon.client.a1111 import exchange, readers
from drawthings_addon.client.a1111 import payload as a1111_payload
from drawthings_addon.client.a1111 import status_errors as a1111_status_errors
from drawthings_addon.client.a1111.client import A1111Client
from drawthings_addon.client.draw_things import error_messages, payload, xmp
from drawthings_addon.client.draw_things.client import DrawThingsClient
from drawthings_addon.client.http.address import Server
from drawthings_addon.client.request import GenerationRequest
from drawthings_addon.client.sections import HiresFix
from drawthings_addon.client.upscaling import UpscaleSettings
from drawthings_addon.errors import (
    AnswerInvalid,
    AnswerTooLarge,
    InvalidSettings,
    PictureInvalid,
    ServerError,
)
from drawthings_addon.imaging import jpeg, png, png_chunks, png_text
from drawthings_addon.jobs import infotext, metadata
from drawthings_addon.jobs.recipe import Recipe
from tests.unit import http_fakes as fakes

MIB = 1 << 20
PIECE = 65536
REQUEST = GenerationRequest.of(prompt="moss", width=128, height=128)
OK = b"HTTP/1.1 200 OK\r\nContent-Type: application/json\r\n"
CHUNKED = OK + b"Transfer-Encoding: chunked\r\n\r\n"


@contextmanager
def at_most(mebibytes: float) -> Iterator[None]:
    """The block takes no more memory than this."""
    tracemalloc.start()
    try:
        yield
        peak = tracemalloc.get_traced_memory()[1]
    finally:
        tracemalloc.stop()
    assert peak < mebibytes * MIB, f"{peak / MIB:.0f} MiB"


def chunk(kind: bytes, data: bytes) -> bytes:
    return struct.pack(">I", len(data)) + kind + data + struct.pack(">I", zlib.crc32(kind + data))


def picture(
    width: int = 8, height: int = 8, *, depth: int = 8, more: bytes = b"", pixels: bytes | None = None
) -> bytes:
    """A black RGB picture, with chunks before its pixels."""
    if pixels is None:
        pixels = zlib.compress(bytes(height * (1 + width * 3 * depth // 8)), 9)
    header = struct.pack(">IIBBBBB", width, height, depth, 2, 0, 0, 0)
    parts = (png_chunks.SIGNATURE, chunk(b"IHDR", header), more, chunk(b"IDAT", pixels), chunk(b"IEND", b""))
    return b"".join(parts)


def ask(client: Callable[[Server], object], data: fakes.Script, **values: object) -> object:
    with fakes.ScriptedServer(data) as server:
        return client(Server(server.url, read_timeout=60)).generate(REQUEST.changed(**values))


@pytest.fixture
def small_budget(monkeypatch: pytest.MonkeyPatch) -> float:
    """What the answer to a small request may have, in MiB: the same rule, so that tests are quick."""
    monkeypatch.setattr(budget, "_LEAST_PIXELS", 128 * 128)
    monkeypatch.setattr(budget, "_WORDS", 1 << 18)
    return budget.of_generation(REQUEST).bytes / MIB


class TestBytesOfAnAnswer:
    """Also with the urllib3 of each Blender, whose own readers of lines have no bound."""

    @pytest.mark.parametrize(
        ("start", "again"),
        [
            (OK + b"\r\n", b"x" * PIECE),
            (CHUNKED, b"10000\r\n" + b"x" * PIECE + b"\r\n"),
            (CHUNKED, b"0" * PIECE),
            (CHUNKED, b"1;" + b"x" * PIECE),
            (CHUNKED, b"1\r\nx\r\n" * 10000),
            (CHUNKED, b"1;name=value\r\nx\r\n" * 4000),
            (CHUNKED + b"2\r\n{}\r\n0\r\nName: ", b"x" * PIECE),
            (CHUNKED + b"2\r\n{}\r\n0\r\n", b"Name: value\r\n" * 5000),
            (b"", b"HTTP/1.1 100 Continue\r\n\r\n" * 2000),
            (b"HTTP/1.1 200 ", b"x" * PIECE),
            (b"HTTP/1.1 200 OK\r\nName: ", b"x" * PIECE),
            (b"HTTP/1.1 200 OK\r\n", b"Name: value\r\n" * 5000),
            (b"HTTP/1.1 200 OK\r\n", b" folded\r\n" * 5000),
            (b"HTTP/1.1 500 No\r\nTransfer-Encoding: chunked\r\n\r\n", b"0" * PIECE),
            (b"HTTP/1.1 500 No\r\nTransfer-Encoding: chunked\r\n\r\n2\r\n{}\r\n0\r\n", b"A: b\r\n" * 9999),
            (b"HTTP/1.1 302 Go\r\nLocation: /\r\n\r\n", b"x" * PIECE),
        ],
        ids=lambda part: part[-28:].decode("latin-1").strip(),
    )
    @pytest.mark.parametrize("client", [DrawThingsClient, A1111Client])
    def test_an_endless_answer_ends(
        self, client: Callable[[Server], object], start: bytes, again: bytes, small_budget: float
    ) -> None:
        with at_most(3 * small_budget + 4), pytest.raises(ServerError):
            ask(client, fakes.endless(start, again))

    @pytest.mark.parametrize("verb", ["samplers", "loras", "options", "progress", "openapi"])
    def test_lists_and_settings_too(self, verb: str, monkeypatch: pytest.MonkeyPatch) -> None:
        monkeypatch.setattr(exchange, "MAX_LIST_BYTES", exchange.MAX_SHORT_BYTES)
        with fakes.ScriptedServer(fakes.endless(CHUNKED, b"10000\r\n" + b"[" * PIECE + b"\r\n")) as server:
            client = A1111Client(Server(server.url, read_timeout=60))
            with at_most(3 * exchange.MAX_SHORT_BYTES / MIB), pytest.raises(AnswerTooLarge):
                getattr(client, verb)()

    def test_the_bound_follows_what_was_asked_for(self) -> None:
        body = b'{"images": ["' + b" " * (60 * MIB) + b'"]}'
        script = fakes.raw(OK + b"Content-Length: %d\r\n\r\n" % len(body) + body)
        with pytest.raises(AnswerTooLarge):
            ask(DrawThingsClient, script)
        with pytest.raises(AnswerInvalid):
            ask(DrawThingsClient, script, width=1024, height=1024)

    def test_small_pieces_are_not_too_many_bytes(self) -> None:
        body = json.dumps({"images": [fakes.base64_text(fakes.picture(512, 512))]}).encode()
        pieces = [body[start : start + 900] for start in range(0, len(body), 900)]
        chunks = b"".join(b"%x\r\n%b\r\n" % (len(piece), piece) for piece in pieces)
        assert ask(DrawThingsClient, fakes.raw(CHUNKED + chunks + b"0\r\nName: value\r\n\r\n"))


class TestPixelsOfAnAnswer:
    @pytest.mark.parametrize("depth", [8, 16])
    @pytest.mark.parametrize("size", [(16384, 8192), (2048, 2049), (32768, 129), (4096, 4096)])
    def test_far_more_than_was_asked_for(self, size: tuple[int, int], depth: int) -> None:
        data = picture(*size, depth=depth, pixels=b"")
        for client in (DrawThingsClient, A1111Client):
            with at_most(8), pytest.raises(AnswerTooLarge) as caught:
                ask(client, fakes.pictures(data))
            assert f"{size[0]} × {size[1]}" in caught.value.what

    @pytest.mark.parametrize("factor", [1, 2, 4])
    def test_upscalers_have_room(self, factor: int) -> None:
        data = fakes.picture(1024 * factor, 64 * factor)
        assert ask(DrawThingsClient, fakes.pictures(data), width=1024, height=64 * 2)

    def test_what_each_request_may_bring(self) -> None:
        one = budget.of_generation(REQUEST.changed(width=1024, height=1024))
        assert (one.pictures, one.pixels, one.total_pixels) == (1, 4096 * 4096, 4096 * 4096)
        larger = REQUEST.changed(width=512, height=512, hires_fix=HiresFix(enlarges=True, scale=4))
        assert budget.of_generation(larger).pixels == 8192 * 8192
        film = budget.of_generation(REQUEST, frames=81)
        assert (film.pictures, film.total_pixels) == (81, 81 * film.pixels)
        for request in (REQUEST, larger, REQUEST.changed(width=8192, height=8192)):
            found = budget.of_generation(request)
            assert found.pixels <= png.MAX_PIXELS
            assert found.bytes <= budget.MAX_BYTES

    @pytest.mark.parametrize(
        ("settings", "sizes", "largest"),
        [
            (UpscaleSettings("a", scale=4), [(1024, 1024)], (4096, 4096)),
            (UpscaleSettings("a", scale=8), [(512, 256), (64, 64)], (4096, 2048)),
            (UpscaleSettings("None", gfpgan_visibility=1), [(3000, 2000)], (3000, 2000)),
            (UpscaleSettings("a", size=(2000, 3000)), [(64, 64)], (2000, 3000)),
            (UpscaleSettings("a", size=(2000, 2000), crop=False), [(64, 640)], (2000, 20000)),
        ],
    )
    def test_enlarging_has_room_for_what_it_makes(
        self, settings: UpscaleSettings, sizes: list[tuple[int, int]], largest: tuple[int, int]
    ) -> None:
        found = budget.of_upscaling(sizes, settings)
        assert found.pictures == len(sizes)
        assert found.pixels >= largest[0] * largest[1]

    def test_of_a_script_that_has_made_too_much_as_much_is_kept_as_there_is_room_for(self) -> None:
        bounds = budget.Budget(pictures=5, pixels=64 * 64, total_pixels=2 * 64 * 64)
        body = json.dumps({"images": [fakes.base64_text(fakes.picture())] * 5}).encode()
        found = answer.read_images(Server("localhost"), body, bounds)
        assert len(found.images) == 2
        assert len(found.notices) == 3

    @pytest.mark.parametrize(
        ("side", "count", "scale", "groups"),
        [(64, 3, 4, 1), (64, 1, 4, 1), (1024, 9, 4, 5), (2048, 3, 4, 3), (8192, 2, 8, 2), (512, 200, 2, 9)],
    )
    def test_as_many_are_enlarged_at_once_as_may_come_back(
        self, side: int, count: int, scale: int, groups: int
    ) -> None:
        settings = UpscaleSettings("a", scale=scale)
        found = list(budget.groups_to_upscale([(side, side)] * count, settings))
        assert [index for group in found for index in group] == list(range(count))
        assert len(found) == groups


def jpeg_of(size: int = 128, scans: int = 1, end: bytes = b"\xff\xd9", pixels: bytes = b"\0\xff\0x") -> bytes:
    """The segments of a JPEG without its tables."""
    frame = b"\xff\xc2\0\x0b\x08" + struct.pack(">HH", size, size) + b"\x01\x01\x11\0"
    scan = b"\xff\xda\0\x08\x01\x01\0\0\0\0" + pixels
    return b"\xff\xd8\xff\xe0\0\x04xx" + frame + scan * scans + end


class TestJpegs:
    def test_one_scan_or_as_many_as_a_progressive_picture_has(self) -> None:
        for scans in (1, 10, jpeg.MAX_SCANS):
            assert jpeg.verify(jpeg_of(scans=scans)) == (128, 128)
        assert jpeg.verify(jpeg_of(pixels=b"\xff\0\xff\xd0\xff\xd7" * 400_000)) == (128, 128)
        assert jpeg.verify(jpeg_of(pixels=b"\0" * ((1 << 20) - 42))) == (128, 128)

    @pytest.mark.parametrize(
        "data",
        [
            jpeg_of(scans=0), jpeg_of(scans=101), jpeg_of(scans=200_000), jpeg_of(end=b""),
            jpeg_of(end=b"\xff"), jpeg_of(0), jpeg_of()[:30], b"\xff\xd8\xff" + b"\xff" * 5_000_000,
            b"\xff\xd8\xff\xd9", jpeg_of()[:-2] + b"\xff\xe1" * 9, b"\xff\xd8\xff\xe0\0\x02" * 1000,
        ],
        ids=range(11),
    )  # fmt: skip
    def test_a_decoder_is_not_asked_for_anything_else(self, data: bytes) -> None:
        with pytest.raises(PictureInvalid):
            jpeg.verify(data)
        with pytest.raises(AnswerInvalid):
            ask(A1111Client, fakes.pictures(data))

    @pytest.mark.parametrize("options", [{}, {"progressive": True}, {"quality": 100, "subsampling": 0}])
    def test_real_ones(self, options: dict[str, Any]) -> None:
        pixels = np.random.default_rng(1).integers(0, 256, (200, 300, 3), np.uint8)
        stream = io.BytesIO()
        Image.fromarray(pixels).save(stream, "JPEG", **options)
        assert jpeg.verify(stream.getvalue()) == jpeg.size(stream.getvalue()) == (300, 200)
        assert jpeg.verify(stream.getvalue() + b"\0\0") == (300, 200)


@pytest.mark.parametrize("field", ["prompt", "negative_prompt", "model"])
@pytest.mark.parametrize("build", [payload.build, a1111_payload.build])
def test_texts_that_no_field_takes_are_not_sent(field: str, build: Callable[..., object]) -> None:
    request = REQUEST.changed(sampler="Euler a" if build is payload.build else "Euler")
    assert build(request.changed(**{field: "x" * 20_000}))
    with pytest.raises(InvalidSettings, match="20001 characters"):
        build(request.changed(**{field: "x" * 20_001}))


class TestPictures:
    def test_verifying_holds_a_part_of_what_it_unpacks(self) -> None:
        data = picture(4096, 4096)
        with at_most(8):
            assert png.verify(data).width == 4096

    @pytest.mark.parametrize("depth", [8, 16])
    def test_decoding_holds_little_more_than_the_picture(self, depth: int) -> None:
        data = picture(2048, 2048, depth=depth)
        with at_most(2.2 * 12 * depth / 8 + 12):
            png.decode(data)

    def test_texts_have_one_bound_together(self) -> None:
        body = zlib.compress(bytes([65]) * (png_text.MAX_TEXT - 1), 9)
        data = picture(more=b"".join(chunk(b"zTXt", b"text %d\0\0" % n + body) for n in range(200)))
        assert len(data) < 4 * MIB
        with at_most(3 * png_text.MAX_TEXT / MIB + 8):
            assert len(png.read_text(data)) == 1

    @pytest.mark.parametrize("flaw", [b"", b"\0"])
    def test_so_has_the_work_for_them(self, flaw: bytes, monkeypatch: pytest.MonkeyPatch) -> None:
        """Texts that are too long or damaged cost as much as good ones, and are none."""
        body = zlib.compress(bytes(png_text.MAX_TEXT + 1), 9) + flaw
        body = body if not flaw else body[:-6]
        data = picture(more=b"".join(chunk(b"iTXt", b"a\0\1\0\0\0" + body) for _ in range(100)))
        unpacked = 0
        inflated = png_text.inflated

        def counted(parts: list[memoryview], limit: int) -> Iterator[bytes]:
            nonlocal unpacked
            for piece in inflated(parts, limit):
                unpacked += len(piece)
                yield piece

        monkeypatch.setattr(png_text, "inflated", counted)
        assert png.read_text(data) == {}
        assert unpacked < png_text.MAX_WORK + 200

    def test_texts_that_are_left_out_are_not_passed_on_either(self) -> None:
        """Blender's own reader unpacks all that it is given."""
        body = zlib.compress(bytes([65]) * (8 * MIB - 10), 9)
        texts = [chunk(b"zTXt", b"text %d\0\0" % number + body) for number in range(50)]
        texts += [chunk(b"iTXt", b"more %d\0\1\0\0\0" % number + body) for number in range(50)]
        data = picture(more=b"".join(texts))
        written = png.with_text(data, {"parameters": "copper"})
        assert len(png.read_text(written)) <= 3
        assert png.read_text(written)["parameters"] == "copper"
        assert len(written) < len(data) / 20
        kept = chunk(b"tEXt", b"Author\0somebody") + chunk(b"eXIf", b"x" * 99) + chunk(b"abCd", b"x")
        assert kept in png.with_text(picture(more=kept), {"parameters": "copper"})

    def test_a_good_text_after_bad_ones_is_read(self) -> None:
        bomb = zlib.compress(bytes(png_text.MAX_TEXT + 1), 9)
        data = picture(more=chunk(b"zTXt", b"bomb\0\0" + bomb) + chunk(b"tEXt", b"parameters\0copper"))
        assert png.read_text(data) == {"parameters": "copper"}

    @pytest.mark.parametrize(
        "read", [png.verify, png.read_text, png.decode, lambda data: png.with_text(data, {})]
    )
    def test_chunks_without_number(
        self, read: Callable[[bytes], object], monkeypatch: pytest.MonkeyPatch
    ) -> None:
        assert png_chunks.MAX_CHUNKS < 200_000
        monkeypatch.setattr(png_chunks, "MAX_CHUNKS", 2000)
        data = picture(more=chunk(b"abCd", b"") * (png_chunks.MAX_CHUNKS + 1))
        with at_most(2), pytest.raises(PictureInvalid, match="chunks"):
            read(data)

    @pytest.mark.parametrize("seed", range(20))
    def test_pieces_of_any_size_are_one_stream(self, seed: int) -> None:
        random = np.random.default_rng(seed)
        kinds = (bytes(3 * MIB), random.bytes(200_000), random.integers(0, 3, 2_500_000, np.uint8).tobytes())
        plain = kinds[seed % 3]
        packed = memoryview(zlib.compress(plain, int(random.integers(0, 10))))
        cuts = sorted({0, len(packed), *random.integers(0, len(packed), 30).tolist()})
        parts = [packed[start:end] for start, end in itertools.pairwise(cuts)]
        assert b"".join(png_chunks.inflated(parts, len(plain) + 1)) == plain
        assert b"".join(png_chunks.inflated(parts, 1000)) == plain[:1000]
        with pytest.raises(PictureInvalid):
            list(png_chunks.inflated([*parts[:-1], parts[-1][:-1]], len(plain) + 1))

    @pytest.mark.parametrize(
        ("interlaced", "lines"), [(0, [10] * 9), (1, [3, 3, 2, 2, 4, *[3] * 3, 6, 6, *[5] * 5, *[10] * 4])]
    )
    def test_a_filter_that_does_not_exist_in_any_row_of_any_pass(
        self, interlaced: int, lines: list[int]
    ) -> None:
        header = chunk(b"IHDR", struct.pack(">IIBBBBB", 9, 9, 8, 0, 0, 0, interlaced))
        for number in range(-1, len(lines)):
            rows = [bytearray(size) for size in lines]
            if number >= 0:
                rows[number][0] = 5
            pixels = chunk(b"IDAT", zlib.compress(b"".join(rows)))
            data = png_chunks.SIGNATURE + header + pixels + chunk(b"IEND", b"")
            if number < 0:
                assert png.verify(data).width == 9
            else:
                with pytest.raises(PictureInvalid, match="filter"):
                    png.verify(data)


#: Each makes a pattern that backtracks, or a search that begins again at each character, take its square.
PATHOLOGICAL = {
    "spaces": lambda n: " " * n,
    "spaces before a word": lambda n: "a\n" + " " * n + "x",
    "tabs": lambda n: "a\nb" + "\t" * n + "c",
    "names without a value": lambda n: "a b-c/d " * (n // 8),
    "quotes that do not end": lambda n: 'b:"\\",' * (n // 6),
    "backslashes in quotes": lambda n: 'b:"' + "\\" * n,
    "colons": lambda n: ":" * n,
    "commas": lambda n: "," * n,
    "a hash after spaces": lambda n: "Steps: 1, Seed: 2, Refiner: x" + " " * n + "y",
    "brackets": lambda n: "Steps: 1, Seed: 2, Model: " + " [abcdef" * (n // 8),
    "a size of spaces": lambda n: "Steps: 1, Seed: 2, Size: 64" + " " * n + "x64",
    "lines": lambda n: "\n" * n,
    "negative prompts": lambda n: "Negative prompt:\n" * (n // 17),
    "tags": lambda n: "<" * n,
    "entities": lambda n: "&#" + "9" * n,
    "many entities": lambda n: "&amp;" * (n // 5),
    "lists": lambda n: 'x: ["' + '\\"' * (n // 2),
    "words": lambda n: "model " * (n // 6),
    "scripts": lambda n: "script " * (n // 7),
    "missing files": lambda n: "Missing file:" + " " * n + "x",
}


def processor_time(call: Callable[[], object]) -> float:
    """Seconds of this thread alone: what else the machine does hardly counts."""
    began = time.thread_time()
    call()
    return time.thread_time() - began


READERS: dict[str, Callable[[str], object]] = {
    "infotext": lambda text: infotext.parse(text, REQUEST),
    "infotext has settings": infotext.has_settings,
    "xmp": lambda text: xmp.read_xmp(f"<exif:UserComment>{text}</exif:UserComment>"),
    "unrecognized keys": error_messages.unrecognized_keys,
    "options": error_messages.options,
    "missing file": error_messages.missing_file,
    "advice": error_messages.advice,
    "advice of A1111": a1111_status_errors.advice,
    "plain text": readers.plain_text,
    "recipe": lambda text: metadata.read(_with(text), REQUEST),
}


def _with(recipe: str) -> bytes:
    return png.encode(np.zeros((4, 4, 3), np.uint8), text={"drawthings": recipe})


@pytest.mark.parametrize("kind", PATHOLOGICAL)
@pytest.mark.parametrize("reader", READERS)
def test_no_reader_takes_the_square_of_a_text(reader: str, kind: str) -> None:
    """Of sixteen times the length: in proportion it takes 16 times as long, with the square 256 times."""
    read, text = READERS[reader], PATHOLOGICAL[kind]
    short = max(min(processor_time(lambda: read(text(4_000))) for _ in range(3)), 2e-4)
    ratios = (processor_time(lambda: read(text(64_000))) / short for _ in range(5))
    assert any(ratio < 64 for ratio in ratios)


@pytest.mark.parametrize("kind", PATHOLOGICAL)
def test_texts_of_pictures_are_read_whatever_they_are(kind: str) -> None:
    text = PATHOLOGICAL[kind](70_000)
    for keyword in ("parameters", xmp.KEYWORD, "drawthings"):
        metadata.read(png.encode(np.zeros((4, 4, 3), np.uint8), text={keyword: text}), REQUEST)


@pytest.mark.parametrize("prefix", ["data:" + ";" * 10_000_000, "data:a" + ";a=b" * 3_000_000, "data:"])
def test_a_data_uri_that_never_begins(prefix: str) -> None:
    body = json.dumps({"images": [prefix]}).encode()
    bounds = budget.of_generation(REQUEST.changed(width=1024, height=1024))
    with at_most(30), pytest.raises(AnswerInvalid):
        answer.read_images(Server("localhost"), body, bounds)


def test_an_honest_picture_is_copied_once() -> None:
    """The bytes of the picture, and nothing else as large as it."""
    pixels = np.random.default_rng(1).integers(0, 256, (1024, 1024, 3), np.uint8)
    data = png.encode(pixels)
    body = bytearray(json.dumps({"images": [base64.b64encode(data).decode()]}).encode())
    bounds = budget.of_generation(REQUEST.changed(width=1024, height=1024))
    with at_most(1.3 * len(data) / MIB + 4):
        (image,) = answer.read_images(Server("localhost"), body, bounds).images
    assert image.png == data


@pytest.mark.parametrize(
    ("text", "reason"),
    [
        ('{"request": ' + "[" * (1 << 20) + "]", "longer than any"),
        (json.dumps({"request": {"loras": [{"file": "a"}] * 501}, "server": ""}), "loras"),
        (json.dumps({"request": {"styles": ["a"] * 501}, "server": ""}), "styles"),
        (json.dumps({"request": {"advanced": {str(n): n for n in range(501)}}, "server": ""}), "advanced"),
    ],
)
def test_a_recipe_of_more_than_a_panel_holds(text: str, reason: str) -> None:
    with pytest.raises(PictureInvalid, match=reason):
        Recipe.from_json(text)
