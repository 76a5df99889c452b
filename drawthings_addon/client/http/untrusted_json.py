# SPDX-FileCopyrightText: 2026 Draw Things Bridge maintainers
# SPDX-License-Identifier: GPL-3.0-or-later

"""JSON in both directions, to and from a server that nobody vouches for.

A picture of 4096 × 4096 is up to 90 MB of base64 in one string. Python's parser and writer of JSON work
through it in one call, in which no other thread runs: Blender would stand still for a second. So long
strings never reach them: they are cut out of what is read (`LongText`) and laid into what is written, and
lists of thousands of entries are read entry by entry.
"""

from __future__ import annotations

import base64
import binascii
import contextlib
import io
import json
import re
import uuid
from codecs import BOM_UTF8, utf_8_decode
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from typing import Any, NoReturn, TypeAlias

import numpy as np

JSON: TypeAlias = "dict[str, JSON] | list[JSON] | str | int | float | bool | LongText | None"
#: Bytes as they were received; a copy of 90 MB would take as long as reading them.
Buffer: TypeAlias = bytes | bytearray

#: Braces, brackets and commas that an answer may hold. Base64 has none of them, so a real answer
#: stays far below, and a body of "[],[],[]…" cannot become gigabytes of objects.
MAX_MARKS = 200_000
#: The same for lists of thousands of models, each with what its trainer wrote about it.
MAX_LIST_MARKS = 2_000_000
#: A string of more bytes than this is a picture, or a text that is asked for by `as_str`.
LONG = 1 << 14
#: What is larger than this is parsed entry by entry.
_PIECE = 1 << 20
#: One entry of a list or an object fits into this many bytes, without its long strings.
_MAX_PIECE = 1 << 22
#: Lists and objects within one another; a server's description of itself has some twenty.
_MAX_DEPTH = 100
#: Digits of a number; what Python reads of them takes the square of their count.
_MAX_DIGITS = 400
#: How deep below the top long strings are looked for: the field of an entry of a list in an object.
_DEPTH = 4
#: Bytes of base64 that are decoded in one call.
_SLICE = 1 << 20
#: The same where nothing else has to be done to them.
_PLAIN_SLICE = 1 << 22
#: A data URI says what it is before its first comma, in fewer characters than this.
_MAX_DATA_URI = 256
#: Characters of the longest escape, \u1234.
_ESCAPE = 6
_HIGH_SURROGATES = "".join(map(chr, range(0xD800, 0xDC00)))

_BACKSLASH, _SLASH = b"\\/"
_SPACES = b" \t\r\n\v\f"
_EACH_SPACE = tuple(bytes((space,)) for space in _SPACES)
#: Stands in for a long string while the rest is parsed. A server that writes it itself gains nothing.
_STAND_IN = "\0long "


@dataclass(frozen=True)
class LongText:
    """A string of JSON as it came, between its quotes and still escaped: too long for the parser."""

    raw: memoryview = field(repr=False)


class CutOff(ValueError):
    """JSON, as far as it goes: it ends in the middle."""


# Reading


def parse_json(body: Buffer, *, max_marks: int = MAX_MARKS) -> JSON:
    """The value that `body` holds, strictly: UTF-8, no NaN, no Infinity.

    Strings of more than LONG bytes come as LongText, where they lie no more than four levels deep; deeper
    down, and as names of an object, they are left out. Raises ValueError for what is not JSON, and for what
    would take too much memory or depth; CutOff for a list or an object without its end.
    """
    try:
        return _parsed(body, max_marks)
    except CutOff as error:
        if body[:LONG].removeprefix(BOM_UTF8).lstrip()[:1] in (b"{", b"["):
            raise
        raise ValueError("not JSON") from error


def _parsed(body: Buffer, max_marks: int) -> JSON:
    short, long_texts = _without_long_strings(body, max_marks)
    if sum(short.count(mark) for mark in (b"{", b"[", b",")) > max_marks:
        raise ValueError("more elements than any answer has")
    try:
        value = _Reader(short).document()
    except RecursionError as error:
        raise ValueError("nested too deeply") from error
    _check_depth(value)
    return _with_long_texts(value, long_texts, _DEPTH) if long_texts else value


def as_str(value: JSON, limit: int) -> str:
    """A string of either kind, cut to what `limit` bytes of JSON hold; empty for anything else."""
    if isinstance(value, str):
        return value[:limit]
    if not isinstance(value, LongText):
        return ""
    raw = bytes(value.raw[:limit])
    if len(value.raw) > limit:
        escape = raw.find(b"\\", max(len(raw) - _ESCAPE, 0))
        raw = raw if escape < 0 else raw[:escape]
    try:
        text = json.loads('"' + raw.decode("utf-8", "ignore") + '"')
    except ValueError:
        return ""
    # The first half of a pair, whose other half was cut off.
    return text.rstrip(_HIGH_SURROGATES) if isinstance(text, str) else ""


def base64_bytes(value: JSON) -> bytes:
    """What a string of base64 stands for, with or without the beginning of a data URI, and white space.

    Raises ValueError when it is no such string, CutOff when it ends in the middle.
    """
    if isinstance(value, LongText):
        raw, is_escaped = value.raw, True
    elif isinstance(value, str):
        raw, is_escaped = memoryview(value.encode()), False
    else:
        raise ValueError("not a string")
    raw = raw[_after_data_uri(raw) :]
    plain = _plain_base64(raw, is_escaped=is_escaped)
    if plain is not None:
        return plain
    decoded = io.BytesIO()
    # What belongs to the next slice: half an escape, half a group of four.
    cut = rest = b""
    is_over = False
    for start in range(0, len(raw), _SLICE):
        part = cut + bytes(raw[start : start + _SLICE])
        if is_escaped:
            end = part.find(b"\\", max(len(part) - _ESCAPE, 0)) if start + _SLICE < len(raw) else -1
            part, cut = (part, b"") if end < 0 else (part[:end], part[end:])
            part = _unescaped(part)
        part = rest + part if rest else part
        if any(space in part for space in _EACH_SPACE):
            part = part.translate(None, _SPACES)
        if is_over and part:
            raise ValueError("more after the end of the base64")
        groups, rest = part[: len(part) // 4 * 4], part[len(part) // 4 * 4 :]
        decoded.write(binascii.a2b_base64(groups, strict_mode=True))
        is_over = groups.endswith(b"=")
    if rest:
        raise CutOff("the base64 is cut off")
    return decoded.getvalue()


def _plain_base64(raw: memoryview, *, is_escaped: bool) -> bytes | None:
    """Of nothing but base64 and escaped slashes, as nearly all servers send it; None for any other.

    Python's lenient decoder leaves the backslashes out at no cost, and whatever else is none of its letters:
    then what it gives is too short.
    """
    pieces = []
    start = 0
    while start < len(raw):
        end = min(start + _PLAIN_SLICE, len(raw))
        letters = np.frombuffer(raw[start:end], np.uint8)
        escapes = letters == _BACKSLASH
        count = int(np.count_nonzero(escapes))
        if end < len(raw):
            # Whole groups of four, and no half escape.
            last = escapes[-_ESCAPE * 2 :].tolist()
            while last and (last[-1] or (end - start - count) % 4):
                count -= last.pop()
                end -= 1
        if count and not is_escaped:
            return None
        if count:
            part = slice(0, end - start - 1)
            slashes = letters[1 : end - start] == _SLASH
            if np.count_nonzero(escapes[part] & slashes) != count:
                return None
        try:
            piece = binascii.a2b_base64(raw[start:end])
        except binascii.Error:
            return None
        padding = bytes(raw[end - 2 : end]).count(b"=") if end == len(raw) else 0
        length = end - start - count
        if length % 4 or len(piece) != length // 4 * 3 - padding:
            return None
        pieces.append(piece)
        start = end
    return b"".join(pieces)


def _after_data_uri(raw: memoryview) -> int:
    start = bytes(raw[:_MAX_DATA_URI])
    if not start.startswith(b"data:"):
        return 0
    comma = start.find(b",")
    if comma < 0:
        raise ValueError("a data URI without its data")
    return comma + 1


def _unescaped(part: bytes) -> bytes:
    """Swift escapes the slashes of base64, others its plus signs."""
    if b"\\" not in part:
        return part
    found = np.frombuffer(part, np.uint8)
    escapes = found == _BACKSLASH
    if np.count_nonzero(escapes[:-1] & (found[1:] == _SLASH)) == np.count_nonzero(escapes):
        # Of slashes alone. `replace` takes four times as long.
        return part.translate(None, b"\\")
    part = part.replace(b"\\/", b"/")
    if b"\\" not in part:
        return part
    text = json.loads(b'"' + part + b'"')
    return text.encode() if isinstance(text, str) else b""


def _without_long_strings(body: Buffer, most: int) -> tuple[Buffer, list[LongText]]:
    """The same JSON with a short string in place of each long one, and the long ones.

    Raises ValueError when a string does not end, or there are more than `most` of them and of the quotes
    within them.
    """
    if len(body) <= LONG:
        return body, []
    view = memoryview(body)
    parts: list[bytes] = []
    found: list[LongText] = []
    taken = at = 0
    for _ in range(most):
        opening = body.find(b'"', at)
        if opening < 0:
            break
        closing = body.find(b'"', opening + 1)
        while closing >= 0 and _is_escaped(body, closing, opening):
            most -= 1
            if most < 0:
                raise ValueError("more quotes than any answer has")
            closing = body.find(b'"', closing + 1)
        if closing < 0:
            raise CutOff("a string does not end")
        if closing - opening > LONG:
            parts += (bytes(view[taken:opening]), json.dumps(f"{_STAND_IN}{len(found)}").encode())
            found.append(LongText(view[opening + 1 : closing]))
            taken = closing + 1
        at = closing + 1
    else:
        raise ValueError("more strings than any answer has")
    return (b"".join((*parts, bytes(view[taken:]))) if found else body), found


def _is_escaped(body: Buffer, quote: int, opening: int) -> bool:
    """Whether an odd number of backslashes stands before the quote."""
    count = 0
    while quote - count - 1 > opening and body[quote - count - 1] == _BACKSLASH:
        count += 1
        if count > LONG:
            raise ValueError("more backslashes than any answer has")
    return count % 2 == 1


def _check_depth(value: JSON) -> None:
    """So that whoever goes through the value may do so by recursion: how deep Python's parser goes differs
    between its versions, and is more than its interpreter does."""
    level: list[JSON] = [value]
    for _ in range(_MAX_DEPTH):
        if not level:
            return
        level = [
            inner
            for each in level
            for inner in (each.values() if isinstance(each, dict) else each if isinstance(each, list) else ())
            if isinstance(inner, (dict, list))
        ]
    raise ValueError("nested too deeply")


def _with_long_texts(value: JSON, found: list[LongText], depth: int) -> JSON:
    if isinstance(value, str):
        return _long_text(value, found) or value
    if depth and isinstance(value, list):
        return [_with_long_texts(each, found, depth - 1) for each in value]
    if depth and isinstance(value, dict):
        return {
            name: _with_long_texts(each, found, depth - 1)
            for name, each in value.items()
            if not name.startswith(_STAND_IN)
        }
    return value


def _long_text(text: str, found: list[LongText]) -> LongText | None:
    number = text.removeprefix(_STAND_IN) if text.startswith(_STAND_IN) else ""
    if not (number.isascii() and number.isdigit() and len(number) < 10):
        return None
    return found[int(number)] if int(number) < len(found) else None


class _Reader:
    """Parses a large list or object entry by entry: other threads run between two entries."""

    def __init__(self, data: Buffer) -> None:
        self._data = data
        self._at = len(BOM_UTF8) if data.startswith(BOM_UTF8) else 0
        self._decoder = json.JSONDecoder(parse_constant=_refuse, parse_int=_whole)

    def document(self) -> JSON:
        """The one value that is there. Raises ValueError, or RecursionError."""
        if len(self._data) <= _PIECE:
            with _cut_offs(is_all=True):
                value: JSON = self._decoder.decode(self._data[self._at :].decode())
            return value
        start = self._next()
        if start == b"[":
            value = self._list()
        elif start == b"{":
            value = self._object()
        else:
            raise ValueError("neither a list nor an object")
        if self._next():
            raise ValueError("more than one value")
        return value

    def _list(self) -> list[JSON]:
        self._at += 1
        entries: list[JSON] = []
        if self._next() == b"]":
            self._at += 1
            return entries
        while True:
            entries.append(self._value())
            if self._ends(b"]"):
                return entries

    def _object(self) -> dict[str, JSON]:
        self._at += 1
        entries: dict[str, JSON] = {}
        if self._next() == b"}":
            self._at += 1
            return entries
        while True:
            name = self._value()
            colon = self._next()
            if not colon:
                raise CutOff("an object does not end")
            if not isinstance(name, str) or colon != b":":
                raise ValueError("an object's value has no name")
            self._at += 1
            entries[name] = self._value()
            if self._ends(b"}"):
                return entries

    def _ends(self, end: bytes) -> bool:
        """Whether the list or object is over after this entry."""
        mark = self._next()
        self._at += 1
        if not mark:
            raise CutOff("a list or an object does not end")
        if mark not in (b",", end):
            raise ValueError("entries are not separated by a comma")
        return mark == end

    def _next(self) -> bytes:
        """The next byte that is not white space, where the reader then stands; empty at the end."""
        size = 1
        while True:
            part = self._data[self._at : self._at + size]
            rest = part.lstrip(b" \t\r\n")
            self._at += len(part) - len(rest)
            if rest or not part:
                return bytes(rest[:1])
            size = min(2 * size, _PIECE)

    def _value(self) -> JSON:
        self._next()
        for size in (1 << 12, _PIECE // 4, _MAX_PIECE):
            part = self._data[self._at : self._at + size]
            is_all = len(part) < size
            try:
                with _cut_offs(is_all=is_all):
                    text, _ = utf_8_decode(part, "strict", is_all)
                    value: JSON
                    value, end = self._decoder.raw_decode(text)
            except ValueError:
                if is_all:
                    raise
                continue
            if end == len(text) and not is_all:
                # A number may go on.
                continue
            self._at += len(text[:end].encode())
            return value
        raise ValueError("one entry is larger than any answer has")


@contextlib.contextmanager
def _cut_offs(*, is_all: bool) -> Iterator[None]:
    """What Python's parser says of a text that ends too early becomes CutOff, where this is all of it."""
    try:
        yield
    except UnicodeDecodeError as error:
        if is_all and error.reason == "unexpected end of data":
            raise CutOff("a character does not end") from error
        raise
    except json.JSONDecodeError as error:
        if is_all and (error.msg.startswith("Unterminated string") or _HALF.fullmatch(error.doc, error.pos)):
            raise CutOff(error.msg) from error
        raise


#: What is left of a text where Python's parser stopped, if more would have made it a value: nothing, half a
#: word, a number, or half an escape.
_HALF = re.compile(
    r"\s*|t(r(u)?)?|f(a(l(s)?)?)?|n(u(l)?)?|-|\.|[eE][-+]?|\\?u?[0-9a-fA-F]{0,4}",
)


def _whole(digits: str) -> int:
    """Reading thousands of digits takes the square of their number."""
    if len(digits) > _MAX_DIGITS:
        raise ValueError("a number of more digits than any answer has")
    return int(digits)


def _refuse(constant: str) -> NoReturn:
    raise ValueError(f"{constant} is not JSON")


# Writing


@dataclass(frozen=True)
class Base64:
    """Bytes that are written as a string of base64: encoded when the body is made, in slices."""

    data: bytes = field(repr=False)

    def slices(self) -> Iterator[bytes]:
        size = _SLICE // 4 * 3
        view = memoryview(self.data)
        return (base64.b64encode(view[start : start + size]) for start in range(0, len(view), size))


def to_json(value: Mapping[str, Any]) -> bytes:
    """A request's JSON, in ASCII. Raises ValueError for NaN and infinity, which JSON does not have."""
    mark = f"long:{uuid.uuid4().hex}:"
    long: list[str | Base64] = []
    text = json.dumps(_short(value, mark, long), allow_nan=False, separators=(",", ":"))
    first, *others = text.encode("ascii").split(mark.encode("ascii"))
    parts = [first]
    for part in others:
        number, quote, rest = part.partition(b'"')
        each = long[int(number)]
        parts += each.slices() if isinstance(each, Base64) else _slices(each)
        parts += (quote, rest)
    return b"".join(parts)


def _slices(text: str) -> Iterator[bytes]:
    for start in range(0, len(text), _SLICE):
        yield json.dumps(text[start : start + _SLICE])[1:-1].encode("ascii")


def _short(value: Any, mark: str, long: list[str | Base64]) -> Any:
    """The value with a stand-in for what is too long for Python's own writer."""
    if isinstance(value, Base64) or (isinstance(value, str) and len(value) > LONG):
        long.append(value)
        return f"{mark}{len(long) - 1}"
    if isinstance(value, Mapping):
        return {name: _short(each, mark, long) for name, each in value.items()}
    if isinstance(value, (list, tuple)):
        return [_short(each, mark, long) for each in value]
    return value
