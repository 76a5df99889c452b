# SPDX-FileCopyrightText: 2026 Draw Things Bridge maintainers
# SPDX-License-Identifier: GPL-3.0-or-later

"""The text chunks of a PNG: tEXt (Latin-1), zTXt (compressed) and iTXt (UTF-8)."""

from __future__ import annotations

import zlib
from collections.abc import Mapping

from .png_chunks import SIGNATURE, Chunk, inflate, invalid, read_chunks, write_chunk

#: A text longer than this, in bytes, is taken for an attack and skipped.
MAX_TEXT = 1 << 24
#: Texts from here on are compressed where the chunk allows it.
_COMPRESS_FROM = 2048
#: Written as tEXt whenever Latin-1 holds it, because that is what A1111's readers look for.
_PLAIN_KEYWORDS = frozenset({"parameters"})
_TEXT_KINDS = (b"tEXt", b"zTXt", b"iTXt")


def read_text(data: bytes) -> dict[str, str]:
    """Every text of the PNG by keyword; of two with one keyword the last.

    A text chunk that is damaged, or longer than 16 MiB, is left out. Raises PictureInvalid only
    when the file is not a whole PNG.
    """
    texts = {}
    for chunk in read_chunks(data):
        if chunk.kind in _TEXT_KINDS and chunk.intact:
            text = _text_of(chunk)
            if text is not None:
                texts[_keyword_of(chunk)] = text
    return texts


def with_text(data: bytes, text: Mapping[str, str]) -> bytes:
    """The same PNG with these texts in place of any of the same keywords; all other bytes stay.

    Raises PictureInvalid when `data` is not a whole PNG, ValueError for a keyword PNG cannot hold.
    """
    parts = [SIGNATURE]
    new = text_chunks(text)
    seen_pixels = False
    end = len(SIGNATURE)
    for chunk in read_chunks(data):
        if chunk.kind == b"IDAT" and not seen_pixels:
            seen_pixels = True
            parts.append(new)
        if not (chunk.kind in _TEXT_KINDS and _keyword_of(chunk) in text):
            parts.append(data[chunk.start : chunk.end])
        end = chunk.end
    if not seen_pixels:
        raise invalid("The PNG picture is damaged: it has no pixels.")
    parts.append(data[end:])
    return b"".join(parts)


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
        try:
            return write_chunk(b"tEXt", name + b"\0" + text.encode("latin-1"))
        except UnicodeEncodeError:
            pass
    encoded = text.encode("utf-8", "replace")
    compress = len(encoded) >= _COMPRESS_FROM
    if compress:
        encoded = zlib.compress(encoded)
    # After the keyword: compressed or not, method 0, no language tag, no translated keyword.
    return write_chunk(b"iTXt", name + (b"\0\1\0\0\0" if compress else b"\0\0\0\0\0") + encoded)


def _keyword_of(chunk: Chunk) -> str:
    return bytes(chunk.data[:80]).partition(b"\0")[0].decode("latin-1")


def _text_of(chunk: Chunk) -> str | None:
    if len(chunk.data) > MAX_TEXT:
        return None
    keyword, separator, rest = bytes(chunk.data).partition(b"\0")
    if not 1 <= len(keyword) <= 79 or not separator:
        return None
    if chunk.kind == b"tEXt":
        return rest.decode("latin-1")
    if chunk.kind == b"zTXt":
        plain = inflate(rest[1:], MAX_TEXT) if rest[:1] == b"\0" else None
        return None if plain is None else plain.decode("latin-1")
    flags, fields = rest[:2], rest[2:].split(b"\0", 2)
    if len(flags) != 2 or len(fields) != 3 or flags not in (b"\0\0", b"\1\0"):
        return None
    body: bytes | None = fields[2]
    if flags[0]:
        body = inflate(fields[2], MAX_TEXT)
    try:
        return None if body is None else body.decode("utf-8")
    except UnicodeDecodeError:
        return None
