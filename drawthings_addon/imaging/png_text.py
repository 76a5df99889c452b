# SPDX-FileCopyrightText: 2026 Draw Things Bridge maintainers
# SPDX-License-Identifier: GPL-3.0-or-later

"""The text chunks of a PNG: tEXt (Latin-1, or UTF-8 all the same), zTXt (compressed) and iTXt (UTF-8)."""

from __future__ import annotations

import zlib
from collections.abc import Collection, Iterable, Mapping

from ..errors import PictureInvalid
from .png_chunks import (
    NO_PIXELS,
    SIGNATURE,
    Chunk,
    inflated,
    invalid,
    read_chunks,
    write_chunk,
)

#: All texts of a picture together have no more bytes than this, decompressed; what is beyond is skipped.
MAX_TEXT = 1 << 24
#: So much is decompressed for them, also of those that turn out to be damaged or too long.
MAX_WORK = 4 * MAX_TEXT
_SLICE = 1 << 20
#: Texts from here on are compressed where the chunk allows it.
_COMPRESS_FROM = 2048
#: Written as tEXt whenever Latin-1 holds it, because that is what A1111's readers look for.
_PLAIN_KEYWORDS = frozenset({"parameters"})
_TEXT_KINDS = (b"tEXt", b"zTXt", b"iTXt")


def read_text(data: bytes) -> dict[str, str]:
    """Every text of the PNG by keyword; of two with one keyword the last.

    A text chunk that is damaged is left out, and so is one that brings all of them above 16 MiB. Raises
    PictureInvalid only when the file is not a whole PNG.
    """
    return texts_of(read_chunks(data))


def texts_of(chunks: Iterable[Chunk]) -> dict[str, str]:
    """The same of a PNG's chunks."""
    texts = {}
    room = _Room()
    for chunk in chunks:
        if chunk.kind in _TEXT_KINDS and chunk.intact:
            text = _text_of(chunk, room)
            if text is not None:
                texts[_keyword_of(chunk)] = text
    return texts


def with_text(data: bytes, text: Mapping[str, str]) -> bytes:
    """The same PNG with these texts in place of any of the same keywords; all other bytes stay, but for
    texts that `read_text` leaves out: whoever decodes the picture unpacks these, too, Blender without a bound
    (libpng, seen in 4.2 to 5.2: 9 MB took 7 GB and 50 s).

    Raises PictureInvalid when `data` is not a whole PNG, ValueError for a keyword PNG cannot hold.
    """
    parts = [SIGNATURE]
    new = text_chunks(text)
    room = _Room()
    seen_pixels = False
    end = len(SIGNATURE)
    for chunk in read_chunks(data):
        if chunk.kind == b"IDAT" and not seen_pixels:
            seen_pixels = True
            parts.append(new)
        is_text = chunk.kind in _TEXT_KINDS
        if not is_text or (_keyword_of(chunk) not in text and _text_of(chunk, room) is not None):
            # In slices, since copying all of a picture at once would hold the interpreter.
            parts += (
                data[start : min(start + _SLICE, chunk.end)]
                for start in range(chunk.start, chunk.end, _SLICE)
            )
        end = chunk.end
    if not seen_pixels:
        raise invalid(NO_PIXELS)
    parts.append(data[end:])
    return b"".join(parts)


def metadata_chunks(data: bytes, *, apart: Collection[str] = ()) -> bytes:
    """The chunks of the PNG that tell about it, byte for byte, for a picture that takes its place: its texts,
    but for those of the keywords `apart` and those that `read_text` leaves out, and its EXIF.

    Raises PictureInvalid when `data` is not a whole PNG.
    """
    room = _Room()
    return b"".join(
        data[chunk.start : chunk.end]
        for chunk in read_chunks(data)
        if chunk.intact
        and (
            chunk.kind == b"eXIf"
            if chunk.kind not in _TEXT_KINDS
            else _keyword_of(chunk) not in apart and _text_of(chunk, room) is not None
        )
    )


def text_chunks(text: Mapping[str, str]) -> bytes:
    """The chunks that hold `text`. NUL, which PNG forbids, is dropped.

    Raises ValueError for a keyword that is not 1 to 79 characters of Latin-1.
    """
    return b"".join(_write_text(key, value.replace("\0", "")) for key, value in text.items())


def _write_text(keyword: str, text: str) -> bytes:
    name = keyword.encode("latin-1")
    if not 1 <= len(name) <= 79 or 0 in name:
        raise ValueError(f"a PNG keyword has 1 to 79 characters, not {keyword!r}")
    if keyword in _PLAIN_KEYWORDS:
        plain = text.encode("latin-1", "replace")
        if _plain_text(plain) == text:
            return write_chunk(b"tEXt", name + b"\0" + plain)
    encoded = text.encode("utf-8", "replace")
    compress = len(encoded) >= _COMPRESS_FROM
    if compress:
        encoded = zlib.compress(encoded)
    # After the keyword: compressed or not, method 0, no language tag, no translated keyword.
    return write_chunk(b"iTXt", name + (b"\0\1\0\0\0" if compress else b"\0\0\0\0\0") + encoded)


class _Room:
    """What is left for the texts of one picture: of memory for those that are kept, and of work for all."""

    def __init__(self) -> None:
        self._memory = MAX_TEXT
        self._work = MAX_WORK

    def taken(self, plain: bytes) -> bytes | None:
        """The text, if there is room for it."""
        if len(plain) > self._memory:
            return None
        self._memory -= len(plain)
        return plain

    def inflated(self, compressed: bytes) -> bytes | None:
        """It decompressed, if it is whole and there is room for it."""
        pieces = []
        room = min(self._memory, self._work)
        try:
            for piece in inflated([memoryview(compressed)], max(room, 0) + 1):
                room -= len(piece)
                self._work -= len(piece)
                pieces.append(piece)
        except PictureInvalid:
            return None
        return self.taken(b"".join(pieces)) if room >= 0 else None


def _plain_text(data: bytes) -> str:
    """Latin-1 by the standard. Some write UTF-8 all the same (stable-diffusion.cpp): what is that has hardly
    another meaning."""
    try:
        return data.decode("utf-8")
    except UnicodeDecodeError:
        return data.decode("latin-1")


def _keyword_of(chunk: Chunk) -> str:
    return bytes(chunk.data[:80]).partition(b"\0")[0].decode("latin-1")


def _text_of(chunk: Chunk, room: _Room) -> str | None:
    if len(chunk.data) > MAX_TEXT:
        return None
    keyword, separator, rest = bytes(chunk.data).partition(b"\0")
    if not 1 <= len(keyword) <= 79 or not separator:
        return None
    if chunk.kind == b"tEXt":
        plain = room.taken(rest)
        return None if plain is None else _plain_text(plain)
    if chunk.kind == b"zTXt":
        plain = room.inflated(rest[1:]) if rest[:1] == b"\0" else None
        return None if plain is None else _plain_text(plain)
    flags, fields = rest[:2], rest[2:].split(b"\0", 2)
    if len(flags) != 2 or len(fields) != 3 or flags not in (b"\0\0", b"\1\0"):
        return None
    plain = room.inflated(fields[2]) if flags[0] else room.taken(fields[2])
    try:
        return None if plain is None else plain.decode("utf-8")
    except UnicodeDecodeError:
        return None
