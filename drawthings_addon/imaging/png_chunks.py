# SPDX-FileCopyrightText: 2026 Draw Things Bridge maintainers
# SPDX-License-Identifier: GPL-3.0-or-later

"""The container of a PNG: its signature and the chunks, each length, kind, data and CRC-32."""

from __future__ import annotations

import struct
import zlib
from collections.abc import Iterator
from dataclasses import dataclass

from ..errors import PictureInvalid

SIGNATURE = b"\x89PNG\r\n\x1a\n"
_TRY_AGAIN = "Send the picture again."


@dataclass(frozen=True)
class Chunk:
    """One chunk: `file[start:end]` with its length and CRC, `data` without."""

    kind: bytes
    data: memoryview
    start: int
    end: int
    intact: bool
    """Whether the CRC is right. Only the chunks that a decoder cannot do without must be."""

    @property
    def is_critical(self) -> bool:
        return not self.kind[0] & 0x20


def invalid(what: str) -> PictureInvalid:
    """The error for bytes that are broken, with the one advice that fits."""
    return PictureInvalid(what, _TRY_AGAIN)


def read_chunks(data: bytes) -> Iterator[Chunk]:
    """The chunks from IHDR to IEND; whatever follows IEND is ignored.

    Raises PictureInvalid when the container is broken or a critical chunk's CRC is wrong.
    """
    if data[: len(SIGNATURE)] != SIGNATURE:
        raise invalid("The data is not a PNG picture.")
    view = memoryview(data)
    start = len(SIGNATURE)
    while True:
        if start + 12 > len(data):
            raise invalid("The PNG picture is cut off.")
        length, kind = struct.unpack_from(">I4s", data, start)
        end = start + 12 + length
        if end > len(data):
            raise invalid("The PNG picture is cut off.")
        if not kind.isalpha():
            raise invalid("The PNG picture is damaged: a chunk has no name.")
        (crc,) = struct.unpack_from(">I", data, end - 4)
        intact = zlib.crc32(view[start + 4 : end - 4]) == crc
        chunk = Chunk(kind, view[start + 8 : end - 4], start, end, intact)
        if chunk.is_critical and not chunk.intact:
            raise invalid(f"The PNG picture is damaged: the checksum of {kind.decode()} is wrong.")
        if start == len(SIGNATURE) and kind != b"IHDR":
            raise invalid("The PNG picture is damaged: it does not start with its size.")
        yield chunk
        if kind == b"IEND":
            return
        start = end


def write_chunk(kind: bytes, data: bytes) -> bytes:
    crc = zlib.crc32(data, zlib.crc32(kind))
    return b"".join((struct.pack(">I", len(data)), kind, data, struct.pack(">I", crc)))


def inflate(data: bytes | memoryview, limit: int) -> bytes | None:
    """`data` decompressed, or None if it is broken, cut off, or becomes more than `limit` bytes.

    Never holds more than `limit` + 1 decompressed bytes, whatever the stream claims to be.
    """
    stream = zlib.decompressobj()
    try:
        result = stream.decompress(data, limit + 1)
    except zlib.error:
        return None
    return result if stream.eof and len(result) <= limit else None
