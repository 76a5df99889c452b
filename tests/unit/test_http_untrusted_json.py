# SPDX-FileCopyrightText: 2026 Draw Things Bridge maintainers
# SPDX-License-Identifier: GPL-3.0-or-later

"""JSON in and out: the same as Python's own, whatever is long, strange or damaged in it."""

from __future__ import annotations

import base64
import contextlib
import json
import math
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from drawthings_addon.client.http import untrusted_json
from drawthings_addon.client.http.untrusted_json import (
    LONG,
    Base64,
    CutOff,
    LongText,
    as_str,
    base64_bytes,
    parse_json,
    to_json,
)

numbers = st.integers() | st.floats(allow_nan=False, allow_infinity=False)
scalars = st.none() | st.booleans() | numbers | st.text()
values = st.recursive(scalars, lambda each: st.lists(each) | st.dictionaries(st.text(), each), max_leaves=30)


def written(value: Any, **options: Any) -> bytes:
    return json.dumps(value, **options).encode()


def as_swift_writes(text: str) -> bytes:
    return b'"' + text.replace("/", "\\/").encode() + b'"'


class TestReading:
    @given(values, st.booleans(), st.sampled_from([None, 1]))
    def test_as_pythons_own(self, value: Any, ascii_only: bool, indent: int | None) -> None:
        assert parse_json(written(value, ensure_ascii=ascii_only, indent=indent)) == value

    @given(value=values)
    def test_piece_by_piece_it_is_the_same(self, value: Any) -> None:
        body = written([value, {"a": value, "": [value]}, 12345], ensure_ascii=False, indent=1)
        kept = untrusted_json._PIECE
        try:
            untrusted_json._PIECE = 4
            assert parse_json(body) == json.loads(body)
        finally:
            untrusted_json._PIECE = kept

    @given(values, st.booleans(), st.floats(0, 1, exclude_max=True))
    def test_every_beginning_is_told_as_cut_off(self, value: Any, ascii_only: bool, part: float) -> None:
        body = written([value, {"a": value}, -1.5e300, True], ensure_ascii=ascii_only)
        with pytest.raises(CutOff):
            parse_json(body[: max(int(len(body) * part), 1)])

    @given(value=values, part=st.floats(0, 1, exclude_max=True))
    def test_every_beginning_piece_by_piece(self, value: Any, part: float) -> None:
        body = written({"a": [value, {"b": value}, "x" * (LONG + 1)], "c": 1}, ensure_ascii=False)
        kept = untrusted_json._PIECE
        try:
            untrusted_json._PIECE = 4
            with pytest.raises(CutOff):
                parse_json(body[: max(int(len(body) * part), 1)])
        finally:
            untrusted_json._PIECE = kept

    @pytest.mark.parametrize(
        "body",
        [b"", b" ", b"tru", b'"abc', b"[hello", b"{]", b"[1,,2]", b"[1]]", b'{"a": 1}x', b"[1 2]", b"[\xff]",
         b'[INFO] started "x', b"{% if %}", b'<html lang="en>', b'<p a="' + b"x" * 2 * LONG],
    )  # fmt: skip
    def test_what_is_no_json_is_not_told_as_cut_off(self, body: bytes) -> None:
        with pytest.raises(ValueError) as caught:
            parse_json(body)
        assert not isinstance(caught.value, CutOff)

    @pytest.mark.parametrize(
        "text", ["x" * (LONG + 1), 'ends in \\" ' * LONG, "\\" * 400 + "é☂🎨" * LONG, '"' * LONG]
    )
    def test_a_long_string_is_left_as_it_is(self, text: str) -> None:
        body = written({"a": 1, "long": text, "list": [text, "b", {"c": text}]})
        found = parse_json(bytearray(body))
        assert isinstance(found, dict)
        assert (found["a"], found["list"][1]) == (1, "b")
        for long_text in (found["long"], found["list"][0], found["list"][2]["c"]):
            assert isinstance(long_text, LongText)
            assert bytes(long_text.raw) == written(text)[1:-1]
            assert as_str(long_text, len(body)) == text

    def test_a_cut_text_is_cut_between_two_characters(self) -> None:
        text = "\N{ARTIST PALETTE}é/" * LONG
        (long_text,) = parse_json(written([text]))
        (plain,) = parse_json(written([text], ensure_ascii=False))
        for limit in range(200, 260):
            for each in (long_text, plain):
                cut = as_str(each, limit)
                assert text.startswith(cut)
                cut.encode()
                assert len(cut.encode()) > (limit - 40) / 6

    @pytest.mark.parametrize("value", [None, 5, ["x"], {}, True])
    def test_what_is_no_text_is_none(self, value: Any) -> None:
        assert as_str(value, 10) == ""

    def test_a_long_string_cannot_be_named_by_another(self) -> None:
        body = written(["\0long 0", "\0long 1", "\0long x", "\0long " + "9" * 5000, "y" * (LONG + 1)])
        found = parse_json(body)
        assert isinstance(found[0], LongText), "a second name of what is there anyway"
        assert found[1:4] == ["\0long 1", "\0long x", "\0long " + "9" * 5000]

    def test_long_names_of_values_are_left_out(self) -> None:
        assert parse_json(written({"k" * (LONG + 1): 1, "a": 2})) == {"a": 2}

    @pytest.mark.parametrize(
        "body",
        [
            b"", b"{", b"[1,]", b'{"a" 1}', b"NaN", b"[Infinity]", b"-Infinity", b"\xff", b"1 2", b'"x',
            b"[1]]", b"[" * 99_999, b'{"a":' * 99_999, b'["' + b"x" * 99_999, b"[" + b"1," * 500_000 + b"1]",
            b'["' + b"\\" * 99_999 + b'"]', b'["' + b'\\"' * 999_999 + b'"]',
            b'["' + b'","' * 999_999 + b'"]',
            b"[" + b"9" * 401 + b"]", b"[" + b"9" * 5000 + b"]",
            b" " * 3_000_000, b"[1" + b" " * 3_000_000, b"1" * 3_000_000,
            b"[[" + b"1" * 5_000_000 + b"]]", b'{"a":1' + b" " * 2_000_000 + b'"b":2}', b"\xef\xbb\xbf" * 2,
        ],
        ids=lambda body: body[:12],
    )  # fmt: skip
    def test_anything_else_is_a_value_error(self, body: bytes) -> None:
        with pytest.raises(ValueError):
            parse_json(body)

    @given(st.binary(max_size=60))
    def test_no_bytes_raise_anything_else(self, body: bytes) -> None:
        with contextlib.suppress(ValueError):
            parse_json(body)

    @pytest.mark.parametrize(("start", "end"), [(b"[", b"]"), (b'{"detail":', b"}")])
    def test_deep_values_are_read_or_refused(self, start: bytes, end: bytes) -> None:
        assert parse_json(start * 99 + b"1" + end * 99)
        for depth in (101, 500, 900, 2000, 5000, 9000, 50_000):
            with pytest.raises(ValueError):
                parse_json(start * depth + b"1" + end * depth)


class TestBase64:
    @given(st.binary(max_size=40), st.sampled_from(["", "data:image/png;base64,"]))
    def test_there_and_back(self, data: bytes, prefix: str) -> None:
        text = base64.b64encode(data).decode()
        assert base64_bytes(prefix + text) == data
        assert base64_bytes(prefix + "\n".join(text)) == data

    @pytest.mark.parametrize("size", [3 << 18, (3 << 18) + 1, (3 << 19) + 2, 5_000_003])
    @pytest.mark.parametrize("written_as", ["plain", "slashes", "lines", "unicode", "data"])
    def test_in_slices_whatever_is_cut(self, size: int, written_as: str) -> None:
        # All ones: a picture's worst case, base64 of nothing but slashes.
        data = b"\xff" * size
        text = base64.b64encode(data).decode()
        assert b"".join(Base64(data).slices()).decode() == text
        body = {
            "plain": written([text]),
            "slashes": b"[" + as_swift_writes(text) + b"]",
            "lines": written(["\r\n".join(text[at : at + 76] for at in range(0, len(text), 76))]),
            "unicode": written([text]).replace(b"/", b"\\u002f"),
            "data": written([f"data:image/png;base64,{text}"]),
        }[written_as]
        (long_text,) = parse_json(body)
        assert isinstance(long_text, LongText)
        assert base64_bytes(long_text) == data

    @pytest.mark.parametrize("space", ["", "\\n", " ", "x"])
    @pytest.mark.parametrize("shift", range(14))
    def test_an_escape_may_lie_anywhere(self, shift: int, space: str) -> None:
        data = bytes(range(256)) * 6000
        text = base64.b64encode(data).decode()
        raw = (space * shift + text).replace("/", "\\/")
        value = LongText(memoryview(raw.encode()))
        if space == "x" and shift % 4:
            with pytest.raises(ValueError):
                base64_bytes(value)
        elif space != "x":
            assert base64_bytes(value) == data

    @pytest.mark.parametrize("place", ["beginning", "middle", "end", "seam"])
    @pytest.mark.parametrize("bad", ["=", "==", "-", "\\\\", "\\u0000", "é", "\\", "data:,", "QQ==QQ=="])
    def test_what_is_not_base64(self, bad: str, place: str) -> None:
        good = "QUJD" * (1 << 19)
        at = {"beginning": 0, "middle": 4004, "end": len(good), "seam": 1 << 20}[place]
        value = LongText(memoryview((good[:at] + bad + good[at:]).encode()))
        if (bad, place) != ("data:,", "beginning"):
            with pytest.raises(ValueError):
                base64_bytes(value)

    @pytest.mark.parametrize(
        "text", ["A", "AB", "ABC", "AB=", "====", "data:", "data:" + ";" * 999, "é", "A B"]
    )
    def test_short_ones_that_are_none(self, text: str) -> None:
        with pytest.raises(ValueError):
            base64_bytes(text)

    @pytest.mark.parametrize("value", [None, 5, ["QQ=="], {}])
    def test_what_is_no_string(self, value: Any) -> None:
        with pytest.raises(ValueError):
            base64_bytes(value)


class TestWriting:
    @given(st.dictionaries(st.text(), values))
    def test_as_pythons_own(self, value: dict[str, Any]) -> None:
        assert to_json(value) == json.dumps(value, separators=(",", ":")).encode("ascii")

    def test_long_texts_too(self) -> None:
        value = {"images": ["A/+=" * LONG, "é\N{ARTIST PALETTE}\"\\\n\ud83d" * LONG], "a": ["long x 0", "\0"]}
        assert to_json(value) == json.dumps(value, separators=(",", ":")).encode("ascii")

    @pytest.mark.parametrize("size", [0, 1, 2, 3, 100, (3 << 18) - 1, 3 << 18, 4_000_000])
    def test_pictures(self, size: int) -> None:
        data = bytes(range(256)) * (size // 256 + 1)
        written = json.loads(to_json({"images": [{"data": Base64(data[:size])}, Base64(b"")], "n": 1}))
        encoded = base64.b64encode(data[:size]).decode()
        assert written == {"images": [{"data": encoded}, ""], "n": 1}

    @pytest.mark.parametrize("number", [math.nan, math.inf])
    def test_what_json_does_not_have(self, number: float) -> None:
        with pytest.raises(ValueError):
            to_json({"a": number})
