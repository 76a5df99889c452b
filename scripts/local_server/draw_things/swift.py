# SPDX-FileCopyrightText: 2026 Draw Things Bridge maintainers
# SPDX-License-Identifier: GPL-3.0-or-later

"""JSON as Swift's `JSONDecoder` reads it, and its errors as Swift prints them.

Stricter than Python's: true is no number, 1.5 is no Int, NaN is no JSON. The wording is that of
swift-foundation (macOS 14 and later); older systems differ in details, so a client may show these texts
but must not depend on them.
"""

from __future__ import annotations

import base64
import binascii
import json
import math
from dataclasses import dataclass
from typing import Any, NoReturn


class Refusal(Exception):
    """What the server answers with status 422; `str(error)` is the detail."""


class Number(str):
    """A JSON number as written: whether it is an Int or a Double is decided by who asks."""

    __slots__ = ()


@dataclass(frozen=True)
class CodingKey:
    """A step of the path to a value, printed as Swift prints it."""

    text: str
    owner: str = "JSONKey"
    index: int | None = None

    def __str__(self) -> str:
        index = "nil" if self.index is None else str(self.index)
        return f"{self.owner}(stringValue: {quoted(self.text)}, intValue: {index})"


Path = tuple[CodingKey, ...]


def key(name: str) -> CodingKey:
    return CodingKey(name)


def nested(name: str) -> CodingKey:
    return CodingKey(name, "CodingKeys")


def item(index: int) -> CodingKey:
    return CodingKey(f"Index {index}", "_CodingKey", index)


def quoted(text: str) -> str:
    """A string as Swift prints it inside an array: in quotes, with escapes."""
    escapes = {"\\": "\\\\", '"': '\\"', "\n": "\\n", "\r": "\\r", "\t": "\\t", "\0": "\\0"}
    return '"' + "".join(escapes.get(letter, letter) for letter in text) + '"'


def listed(texts: list[str] | tuple[str, ...]) -> str:
    """An array of strings as Swift prints it."""
    return "[" + ", ".join(quoted(text) for text in texts) + "]"


def number_text(value: float | int) -> str:
    """A number as Swift prints it: 50 for an Int, 50.0 for a Double."""
    return str(value)


def parse(body: bytes) -> dict[str, Any]:
    """The top-level object of a request; numbers stay `Number`. Raises Refusal."""
    try:
        value = json.loads(
            body.decode("utf-8"),
            parse_int=Number,
            parse_float=Number,
            parse_constant=_no_constant,
        )
    except (ValueError, RecursionError):
        raise Refusal(
            _context(
                "dataCorrupted",
                (),
                "The given data was not valid JSON.",
                underlying='Optional(Error Domain=NSCocoaErrorDomain Code=3840 "JSON text did not '
                'start with array or object and option to allow fragments not set.")',
            )
        ) from None
    if not isinstance(value, dict):
        mismatch("Dictionary<String, Any>", value, (), "Swift.Dictionary<Swift.String, Any>")
    return value


def _no_constant(text: str) -> NoReturn:
    raise ValueError(text)


def to_int(value: Any, path: Path) -> int:
    """Integral JSON numbers only; 20.0 is one, 1.5 and true are not."""
    if not isinstance(value, Number):
        mismatch("Int", value, path)
    try:
        result = int(value)
    except ValueError:
        double = float(value)
        if not math.isfinite(double) or not double.is_integer():
            unrepresentable(value, path)
        result = int(double)
    if not -(2**63) <= result < 2**63:
        unrepresentable(value, path)
    return result


def to_double(value: Any, path: Path) -> float:
    if not isinstance(value, Number):
        mismatch("Double", value, path)
    double = float(value)
    if not math.isfinite(double):
        unrepresentable(value, path)
    return double


def to_bool(value: Any, path: Path) -> bool:
    if not isinstance(value, bool):
        mismatch("Bool", value, path)
    return value


def to_string(value: Any, path: Path) -> str:
    if isinstance(value, Number) or not isinstance(value, str):
        mismatch("String", value, path)
    return value


def to_array(value: Any, path: Path, of: str) -> list[Any]:
    if not isinstance(value, list):
        mismatch("Array<Any>", value, path, f"Swift.Array<{of}>")
    return value


def to_object(value: Any, path: Path) -> dict[str, Any]:
    if not isinstance(value, dict):
        mismatch("Dictionary<String, Any>", value, path, "Swift.Dictionary<Swift.String, Any>")
    return value


def to_data(value: Any, path: Path) -> bytes:
    """Strict base64: no data: prefix, no line breaks, padding in place."""
    text = to_string(value, path)
    try:
        if len(text) % 4:
            raise ValueError
        return base64.b64decode(text, validate=True)
    except (ValueError, binascii.Error):
        corrupted(path, "Encountered Data is not valid Base64.")


def required(values: dict[str, Any], name: str, path: Path) -> Any:
    """A nested value that must be there. Raises Refusal (keyNotFound)."""
    if name not in values:
        wanted = nested(name)
        raise Refusal(
            f"keyNotFound({wanted}, "
            + _inner(path, f"No value associated with key {wanted} ({quoted(name)}).")
            + ")"
        )
    return values[name]


def mismatch(wanted: str, value: Any, path: Path, swift_type: str = "") -> NoReturn:
    swift_type = swift_type or f"Swift.{wanted}"
    if value is None:
        text = f"Cannot get value of type {wanted} -- found null value instead"
        raise Refusal(_context("valueNotFound", path, text, subject=swift_type))
    text = f"Expected to decode {wanted} but found {_kind(value)} instead."
    raise Refusal(_context("typeMismatch", path, text, subject=swift_type))


def unrepresentable(value: Number, path: Path) -> NoReturn:
    corrupted(path, f"Number {value} is not representable in Swift.")


def corrupted(path: Path, text: str) -> NoReturn:
    raise Refusal(_context("dataCorrupted", path, text))


def _kind(value: Any) -> str:
    if isinstance(value, bool):
        return "bool"
    if isinstance(value, Number):
        return "number"
    if isinstance(value, str):
        return "a string"
    return "an array" if isinstance(value, list) else "a dictionary"


def _context(case: str, path: Path, text: str, *, subject: str = "", underlying: str = "nil") -> str:
    subject = f"{subject}, " if subject else ""
    return f"{case}({subject}{_inner(path, text, underlying)})"


def _inner(path: Path, text: str, underlying: str = "nil") -> str:
    steps = ", ".join(str(step) for step in path)
    return (
        f"Swift.DecodingError.Context(codingPath: [{steps}], debugDescription: {quoted(text)}, "
        f"underlyingError: {underlying})"
    )
