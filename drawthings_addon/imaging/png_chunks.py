# SPDX-FileCopyrightText: 2026 Draw Things Bridge maintainers
# SPDX-License-Identifier: GPL-3.0-or-later

"""The container of a PNG: its signature and the chunks, each length, kind, data and CRC-32."""

from __future__ import annotations

import struct
import zlib
from collections.abc import Collection, Iterable, Iterator, Sequence
from dataclasses import dataclass
from typing import BinaryIO

from ..errors import PictureInvalid

SIGNATURE = b"\x89PNG\r\n\x1a\n"
#: libpng writes pixels in pieces of 8 KiB: so many of them hold 1 GiB.
MAX_CHUNKS = 1 << 17
#: Compressed bytes that zlib gets in one call, which copies what it leaves of them, and the most that it
#: gives in one.
_SLICE = 1 << 16
_MAX_PIECE = 1 << 20
#: The same where that is beside what else is done, and what is copied for it.
_MAX_PIECE_BESIDE = 1 << 24
_MAX_JOINED = 1 << 25
_TRY_AGAIN = "Send the picture again."

#: What is told of data that several modules find broken in one way.
NOT_PNG = "The data is not a PNG picture."
CUT_OFF = "The PNG picture is cut off."
NO_SIZE = "The PNG picture is damaged: it does not start with its size."
NO_PIXELS = "The PNG picture is damaged: it has no pixels."
_NO_NAME = "The PNG picture is damaged: a chunk has no name."
_TOO_MANY = "The PNG picture is damaged: it has more than {most} chunks."
_NOT_DEFLATE = "The PNG picture is damaged: its data cannot be decompressed."
WRONG_CHECKSUM = "The PNG picture is damaged: the checksum of {chunk} is wrong."


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


def invalid(what: str, **values: object) -> PictureInvalid:
    """The error for bytes that are broken, with the one advice that fits."""
    return PictureInvalid(what, _TRY_AGAIN, **values)


def read_chunks(data: bytes) -> Iterator[Chunk]:
    """The chunks from IHDR to IEND; whatever follows IEND is ignored.

    Raises PictureInvalid when the container is broken, a critical chunk's CRC is wrong, or there are more
    chunks than any picture has.
    """
    if data[: len(SIGNATURE)] != SIGNATURE:
        raise invalid(NOT_PNG)
    view = memoryview(data)
    start = len(SIGNATURE)
    for _ in range(MAX_CHUNKS):
        if start + 12 > len(data):
            raise invalid(CUT_OFF)
        length, kind = struct.unpack_from(">I4s", data, start)
        end = start + 12 + length
        if end > len(data):
            raise invalid(CUT_OFF)
        if not kind.isalpha():
            raise invalid(_NO_NAME)
        (crc,) = struct.unpack_from(">I", data, end - 4)
        intact = zlib.crc32(view[start + 4 : end - 4]) == crc
        chunk = Chunk(kind, view[start + 8 : end - 4], start, end, intact)
        if chunk.is_critical and not chunk.intact:
            raise invalid(WRONG_CHECKSUM, chunk=kind.decode())
        if start == len(SIGNATURE) and kind != b"IHDR":
            raise invalid(NO_SIZE)
        yield chunk
        if kind == b"IEND":
            return
        start = end
    raise invalid(_TOO_MANY, most=MAX_CHUNKS)


def chunks_of_file(stream: BinaryIO, kinds: Collection[bytes], longest: int) -> Iterator[Chunk]:
    """The intact chunks of these kinds of a PNG's open file, none of them of more than `longest` bytes. All
    else, such as its pixels, is neither read nor checked.

    Raises PictureInvalid when the container is broken, or there are more chunks than any picture has, and
    OSError.
    """
    if stream.read(len(SIGNATURE)) != SIGNATURE:
        raise invalid(NOT_PNG)
    start = len(SIGNATURE)
    for _ in range(MAX_CHUNKS):
        head = stream.read(8)
        if len(head) < 8:
            raise invalid(CUT_OFF)
        length, kind = struct.unpack(">I4s", head)
        end = start + 12 + length
        if kind in kinds and length <= longest:
            data = stream.read(length + 4)
            if len(data) < length + 4:
                raise invalid(CUT_OFF)
            if zlib.crc32(data[:-4], zlib.crc32(kind)) == int.from_bytes(data[-4:], "big"):
                yield Chunk(kind, memoryview(data)[:-4], start, end, True)
        elif kind == b"IEND":
            return
        elif not kind.isalpha():
            raise invalid(_NO_NAME)
        else:
            stream.seek(end)
        start = end
    raise invalid(_TOO_MANY, most=MAX_CHUNKS)


def inflated_beside(parts: Sequence[memoryview], limit: int) -> Iterator[bytes]:
    """The same in pieces of up to 16 MiB. The second half of each is made in one go and without the
    interpreter: whoever holds that for long, as Blender does to decode a picture, does not stop it."""
    if sum(map(len, parts)) > _MAX_JOINED:
        yield from inflated(parts, limit)
        return
    stream = zlib.decompressobj()
    data = b"".join(parts)
    try:
        while not stream.eof and limit:
            piece = stream.decompress(data, min(limit, _MAX_PIECE_BESIDE))
            if not piece and not stream.eof:
                break
            yield piece
            limit -= len(piece)
            data = stream.unconsumed_tail
    except zlib.error as error:
        raise invalid(_NOT_DEFLATE) from error
    if limit and not stream.eof:
        raise invalid(CUT_OFF)


def write_chunk(kind: bytes, data: bytes) -> bytes:
    crc = zlib.crc32(data, zlib.crc32(kind))
    return b"".join((struct.pack(">I", len(data)), kind, data, struct.pack(">I", crc)))


def inflated(parts: Iterable[memoryview], limit: int) -> Iterator[bytes]:
    """What `parts` hold compressed, in pieces of up to 1 MiB, and no more than `limit` bytes of it.

    Raises PictureInvalid when the stream is broken, or ends before its end and before `limit`.
    """
    stream = zlib.decompressobj()
    try:
        for part in parts:
            for start in range(0, len(part), _SLICE):
                data = bytes(part[start : start + _SLICE])
                is_full = True
                while not stream.eof and (data or is_full):
                    most = min(limit, _MAX_PIECE)
                    piece = stream.decompress(data, most)
                    yield piece
                    limit -= len(piece)
                    if not limit:
                        return
                    # A full piece may leave something inside of zlib, too.
                    data, is_full = stream.unconsumed_tail, len(piece) == most
    except zlib.error as error:
        raise invalid(_NOT_DEFLATE) from error
    if not stream.eof:
        raise invalid(CUT_OFF)
