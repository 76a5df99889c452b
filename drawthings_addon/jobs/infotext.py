# SPDX-FileCopyrightText: 2026 Draw Things Bridge maintainers
# SPDX-License-Identifier: GPL-3.0-or-later

"""A1111's infotext read back: the way back from `Recipe.parameters_text`, and from what others write.

Prompt, negative prompt and one line of `Name: value` pairs, of which nothing is certain: forks add names,
people edit the text, pages cut it off. What cannot be read is left as it was.
"""

from __future__ import annotations

import json
import math
import re
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, replace
from typing import Any

from ..client.parameters import ParameterRow
from ..client.request import ROWS, GenerationRequest
from ..client.sections import HiresFix

#: Longer than any prompt; bounds the work on a text that was made to be slow to read.
MAX_LENGTH = 1 << 16
#: A1111's WebUI 1.10.1 with all that is usual writes about forty.
_MAX_PAIRS = 256
_MAX_COLONS = 4096
#: Of a name, and of a value in quotes.
_MAX_NAME, _MAX_QUOTED = 80, 8192
#: Fewer pairs than this make no line of settings but a line of the prompt (A1111's own rule, WebUI 1.10.1).
_FEWEST_PAIRS = 3
_NOT_OF_A_NAME = re.compile(r"[^\w \-/]")
_ESCAPED_OR_QUOTE = re.compile(r'\\.|"')
_SIZE = re.compile(r"(\d{1,5}) {0,3}[x×] {0,3}(\d{1,5})")
_SURROGATE = re.compile("[\ud800-\udfff]")
_NEGATIVE = "Negative prompt:"
_MAX_SEED = 2**32 - 1


@dataclass(frozen=True)
class Infotext:
    """The parts of an infotext."""

    prompt: str
    """LoRA tags and embeddings stay in it: they are what makes the picture."""
    negative_prompt: str
    values: Mapping[str, str]
    """The pairs by their names in lower case, as texts without their quotes; of two the last."""


def split(text: str) -> Infotext:
    """Take an infotext apart. A text without a line of settings is all prompt. Never raises."""
    text = _SURROGATE.sub("", text[:MAX_LENGTH]).replace("\0", "").replace("\r\n", "\n")
    *lines, last = text.strip().split("\n")
    pairs = _pairs(last)
    if len(pairs) < _FEWEST_PAIRS:
        lines, pairs = [*lines, last], []
    prompt: list[str] = []
    negative: list[str] = []
    part = prompt
    for line in lines:
        line = line.strip()
        if line.startswith(_NEGATIVE):
            part, line = negative, line.removeprefix(_NEGATIVE).strip()
        part.append(line)
    return Infotext(
        prompt="\n".join(prompt).strip(),
        negative_prompt="\n".join(negative).strip(),
        values={name.casefold(): _unquoted(value) for name, value in pairs},
    )


def _pairs(line: str) -> list[tuple[str, str]]:
    """The `Name: value` pairs of a line, a value up to its comma or in quotes.

    Found step by step, each step beyond the last: a pattern for all of it would try a stranger's text again
    from each of its characters.
    """
    pairs: list[tuple[str, str]] = []
    at = 0
    for _ in range(_MAX_COLONS):
        colon = line.find(":", at)
        if colon < 0 or len(pairs) == _MAX_PAIRS:
            break
        name = _name_before(line, at, colon)
        at = colon + 1
        if not name:
            continue
        while line[at : at + 1].isspace():
            at += 1
        end = _end_of_quoted(line, at)
        if end is None:
            comma = line.find(",", at)
            end = len(line) if comma < 0 else comma
        pairs.append((name, line[at:end].strip()))
        at = end + 1
    return pairs


def _name_before(line: str, start: int, colon: int) -> str:
    """What before the colon can be a name: it begins with a letter or a digit."""
    *_, name = _NOT_OF_A_NAME.split(line[max(start, colon - _MAX_NAME) : colon])
    return name.strip().lstrip(" -/")


def _end_of_quoted(line: str, start: int) -> int | None:
    """Where a value in quotes ends, if it is one and a comma or nothing follows."""
    if line[start : start + 1] != '"':
        return None
    for found in _ESCAPED_OR_QUOTE.finditer(line, start + 1, start + _MAX_QUOTED):
        if found[0] == '"':
            return found.end() if line[found.end() : found.end() + 1] in ("", ",") else None
    return None


def has_settings(text: str) -> bool:
    """Whether the text is an infotext, and not just any text."""
    return bool(split(text).values)


def parse(text: str, base: GenerationRequest) -> GenerationRequest:
    """`base` with what the text tells; what it does not tell, or tells wrongly, stays as in `base`.

    Never raises. The request may still be one that the server of the day refuses.
    """
    told = split(text)
    values = _Values(told.values)
    request = base.changed(
        operation="img2img" if values.is_img2img else "txt2img",
        prompt=told.prompt,
        negative_prompt=told.negative_prompt,
        **values.special(),
    ).with_rows(dict(values.rows()))
    return request.changed(hires_fix=values.hires_fix(request))


class _Values:
    """The pairs of an infotext, each usable or None."""

    def __init__(self, values: Mapping[str, str]) -> None:
        self._values = values

    def text(self, name: str) -> str:
        return self._values.get(name, "").strip()

    def whole(self, name: str, minimum: float, maximum: float) -> int | None:
        number = self.number(name, minimum, maximum)
        return int(number) if number is not None and number.is_integer() else None

    def number(self, name: str, minimum: float, maximum: float) -> float | None:
        try:
            number = float(self.text(name)[:40])
        except ValueError:
            return None
        return number if math.isfinite(number) and minimum <= number <= maximum else None

    @property
    def is_img2img(self) -> bool:
        """The hires fix tells a denoising strength, too."""
        return "denoising strength" in self._values and not self._has_hires

    @property
    def _has_hires(self) -> bool:
        return "hires upscale" in self._values or "hires resize" in self._values

    def rows(self) -> Iterator[tuple[ParameterRow, Any]]:
        """What is told of each row, and the default of those that are told by their absence."""
        for row in ROWS:
            name = row.parameter.infotext.casefold()
            if name:
                value = self._value(row, name)
                if value is not None:
                    yield row, value
                elif row.parameter.written != "ALWAYS" and row.parameter.told_by_absence:
                    yield row, row.default

    def _value(self, row: ParameterRow, name: str) -> Any:
        text = self.text(name)
        if row.path in _READERS:
            return _READERS[row.path](text)
        if row.parameter.items:
            labels = {label.casefold(): each for each, label, _description in row.parameter.items}
            return labels.get(text.casefold())
        if not text or row.kind is str:
            return text or None
        if row.kind is bool:
            return text.casefold() == "true"
        least, most = _RANGES.get(row.path, row.range)
        return self.whole(name, least, most) if row.kind is int else self.number(name, least, most)

    def special(self) -> dict[str, Any]:
        """What stands under names that mean several things, or one for two."""
        width, height = self._size("size")
        found: dict[str, Any] = {"width": width, "height": height}
        strength = self.number("denoising strength", 0, 1)
        if self.is_img2img:
            found |= {"strength": strength}
        return {name: value for name, value in found.items() if value is not None}

    def hires_fix(self, request: GenerationRequest) -> HiresFix:
        usual = HiresFix(keeps_size=request.upscaling.hires_fix.keeps_size)
        if not self._has_hires:
            return usual
        width, _height = self._size("hires resize")
        scale = self.number("hires upscale", 1, 4)
        if scale is None and width is not None:
            scale = min(max(width / (self._size("size")[0] or request.images.width), 1.0), 4.0)
        strength = self.number("denoising strength", 0, 1)
        return replace(
            usual,
            enlarges=True,
            scale=usual.scale if scale is None else scale,
            upscaler=self.text("hires upscaler"),
            steps=self.whole("hires steps", 0, 1000) or 0,
            strength=usual.strength if strength is None else strength,
        )

    def _size(self, name: str) -> tuple[int | None, int | None]:
        found = _SIZE.fullmatch(self.text(name))
        if found is None or not (int(found[1]) and int(found[2])):
            return None, None
        return int(found[1]), int(found[2])


def tells_seed(text: str) -> bool:
    """Whether a seed that can be used is in the text."""
    return _Values(split(text).values).whole("seed", 0, _MAX_SEED) is not None


def _unquoted(value: str) -> str:
    """A value that was quoted because it holds what separates values."""
    value = value.strip()
    if len(value) > 1 and value[0] == value[-1] == '"':
        try:
            plain = json.loads(value)
        except ValueError:
            return value
        return _SURROGATE.sub("", plain) if isinstance(plain, str) else value
    return value


def _without_hash(name: str) -> str:
    """`name [0123456789]` without its hash."""
    stem, bracket, digits = name.rpartition("[")
    is_hash = re.fullmatch(r"[0-9a-fA-F]{6,}\]", digits)
    return stem.rstrip() if bracket and is_hash else name


def _unless(value: str, unwanted: str) -> str:
    return "" if value == unwanted else value


#: What A1111 writes in a way of its own.
_READERS: Mapping[str, Callable[[str], Any]] = {
    "models.refiner_model": _without_hash,
    "sampling.scheduler": lambda text: _unless(text, "Automatic"),
    "upscaling.restore_faces": lambda text: text not in ("", "None"),
}
#: Where others write more than we send.
_RANGES: Mapping[str, tuple[float, float]] = {
    "sampling.steps": (1, 1000),
    "sampling.guidance_scale": (0, 1000),
    "sampling.seed": (0, _MAX_SEED),
}
