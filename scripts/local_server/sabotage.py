# SPDX-FileCopyrightText: 2026 Draw Things Bridge maintainers
# SPDX-License-Identifier: GPL-3.0-or-later

"""What the switches of `faults.py` do to an answer."""

from __future__ import annotations

import base64
import binascii
import zlib
from collections.abc import Sequence
from dataclasses import replace

import numpy as np

from . import picture
from .faults import Faults
from .transport import Request, Response

_WEB_PAGE = b"<!DOCTYPE html><html><head><title>Another program</title></head><body></body></html>"

# What a gRPC server says first: a SETTINGS frame, then GOAWAY with PROTOCOL_ERROR, as HTTP/2 frames.
_GRPC = bytes.fromhex(
    "00000c 04 00 00000000 0003 00000064 0004 003fffff000008 07 00 00000000 00000000 00000001"
)


def instead(request: Request, faults: Faults) -> Response | None:
    """The answer of whatever stands in place of the app; None: the app itself answers."""
    if not faults.meets(request.method):
        return None
    if faults.credentials and not _authorised(request, faults.credentials):
        realm = ("WWW-Authenticate", 'Basic realm="Draw Things"')
        return Response(401, b"Unauthorized", "text/plain", headers=(realm,))
    if faults.status:
        return Response(faults.status, faults.text.encode(), "text/plain")
    if faults.redirect:
        return Response(302, content_type="", headers=(("Location", faults.redirect),))
    if faults.html:
        return Response(200, _WEB_PAGE, "text/html; charset=utf-8")
    if faults.grpc:
        return Response(0, raw=_GRPC)
    if faults.not_json:
        # JSON that merely ends early would be an answer that was cut off.
        return Response(200, b"{images: [None]}")
    if faults.flood:
        start = b'{"images": ['
        return Response(200, start, padding=max(0, faults.flood - len(start)))
    return None


def on_the_wire(request: Request, response: Response, faults: Faults) -> Response:
    """The same answer, damaged on its way."""
    if not faults.meets(request.method):
        return response
    return replace(
        response,
        drop=response.drop or faults.reset,
        cut=faults.truncated,
        dribble=faults.dribble,
    )


def pictures(made: Sequence[bytes], faults: Faults) -> list[bytes]:
    """The list of pictures as a lying app would send it."""
    if faults.empty:
        return []
    result = [_spoilt(data, faults) for data in made]
    if result:
        result += [result[-1]] * faults.extra_images
    return result


def texts(made: Sequence[bytes], faults: Faults) -> Response | None:
    """The answers that no list of pictures can express; None: an honest answer."""
    if faults.no_images_key:
        return Response(body=b'{"info":"","parameters":{}}')
    if faults.not_base64 and made:
        return Response(body=b'{"images":["data:image\\/png;base64,=not base64="]}')
    return None


def _spoilt(data: bytes, faults: Faults) -> bytes:
    if faults.not_a_picture:
        return b"This is a text and not a picture."
    if faults.broken_picture:
        middle = data.index(b"IDAT") + 4 + (len(data) - data.index(b"IDAT")) // 2
        return data[:middle] + bytes([data[middle] ^ 0xFF]) + data[middle + 1 :]
    if faults.undecodable_picture:
        start = data.index(b"IDAT") + 4
        length = int.from_bytes(data[start - 8 : start - 4], "big")
        spoilt = picture.chunk(b"IDAT", _undecodable(data[start : start + length]))
        return data[: start - 8] + spoilt + data[start + length + 4 :]
    if faults.huge_picture:
        pixels = picture.chunk(b"IDAT", bytes.fromhex("789c0300000000 01".replace(" ", "")))
        return picture.header(100_000, 100_000) + pixels + picture.chunk(b"IEND", b"")
    if faults.wrong_size:
        pixels_now = picture.decode(data)
        height, width = pixels_now.shape[:2]
        return picture.encode(picture.resized(pixels_now, width // 2, height // 2))
    if faults.uneven:
        pixels_now = picture.decode(data)
        shift = faults.uneven if zlib.crc32(pixels_now) & 1 else -faults.uneven
        return picture.encode(np.clip(pixels_now.astype(np.int16) + shift, 0, 255).astype(np.uint8))
    return data


def _undecodable(stream: bytes) -> bytes:
    """A zlib stream (RFC 1950) that breaks half way.

    A byte that is turned over is not enough: some pictures repeat themselves so much that the same pixels
    come out all the same.
    """
    rows = zlib.decompress(stream)
    deflate = zlib.compressobj(1)
    half = deflate.compress(rows[: len(rows) // 2]) + deflate.flush(zlib.Z_FULL_FLUSH)
    # The next three bits are a block's head, and a block of the kind 11 does not exist (RFC 1951, 3.2.3).
    return half.ljust(len(stream), b"\xff") + b"\xff"


def _authorised(request: Request, credentials: str) -> bool:
    scheme, _, token = request.headers.get("authorization", "").partition(" ")
    try:
        return scheme.lower() == "basic" and base64.b64decode(token) == credentials.encode()
    except binascii.Error:
        return False
