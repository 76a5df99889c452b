# SPDX-FileCopyrightText: 2026 Draw Things Bridge maintainers
# SPDX-License-Identifier: GPL-3.0-or-later

"""The contact sheet of the demo: for each job what was there before and after, with its prompt."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from PIL import Image, ImageDraw, ImageFont

Box = tuple[float, float, float, float]
"""Left, top, right, bottom."""

PAPER, INK, GREY, ACCENT = "#f3efe8", "#22262a", "#74736d", "#b0552b"

MARGIN = 72
CAPTION = 372
GAP = 64
PICTURE = (648, 432)
ROW_SPACE = 36
HEAD, FOOT = 196, 92
SWATCH, _SMALL_SWATCH = 148, 80
_VEIL = "#ff5a36"
_NUMBERS = ("no", "one", "two", "three", "four", "five", "six", "seven")
WIDTH = MARGIN + CAPTION + 2 * PICTURE[0] + GAP + MARGIN


@dataclass(frozen=True)
class Row:
    """One job."""

    title: str
    words: str
    job: Mapping[str, Any]
    before: Image.Image
    after: Image.Image


def make_sheet(report: Mapping[str, Any], path: Path) -> Path:
    """Lay the pictures of a demo's report out and save them as a PNG at `path`, which it answers."""
    rows = _rows(report)
    height = HEAD + len(rows) * (PICTURE[1] + ROW_SPACE) - ROW_SPACE + FOOT
    sheet = Image.new("RGB", (WIDTH, height), PAPER)
    draw = ImageDraw.Draw(sheet)
    _text(draw, (MARGIN, 54), "Draw Things Bridge", 58, INK)
    scene = f"A still life and a yard in Blender {report['blender']}, {_NUMBERS[len(rows)]} jobs"
    _text(draw, (MARGIN + 2, 130), scene, 25, GREY)
    right = WIDTH - MARGIN
    honest = "Pictures by the local stand-in server, not Draw Things"
    _text(draw, (right, 130), honest, 25, ACCENT, anchor="ra")
    top = HEAD
    for number, row in enumerate(rows, 1):
        _draw_row(sheet, draw, number, row, top)
        top += PICTURE[1] + ROW_SPACE
    foot = "The stand-in is a small neural network and a few brushes; Draw Things has large models."
    _text(draw, (MARGIN, height - 58), foot, 20, GREY)
    _text(draw, (right, height - 58), "python3 scripts/demo.py", 20, GREY, anchor="ra")
    sheet.save(path)
    return path


def pictures_of_row(height: int, from_end: int) -> tuple[int, int, int, int]:
    """Where on a sheet of that height the two pictures of a row are; the last row is 1."""
    left = MARGIN + CAPTION
    bottom = height - FOOT - (from_end - 1) * (PICTURE[1] + ROW_SPACE)
    return left, bottom - PICTURE[1], left + 2 * PICTURE[0] + GAP, bottom


def _rows(report: Mapping[str, Any]) -> list[Row]:
    before, after = _opened(report["before"]), _opened(report["after"])
    jobs, regions = report["jobs"], report["regions"]
    rows = []
    jar = _framed(regions["Jar"], before.size, margin=0.03)
    texture = jobs["texture"]
    rows.append(
        Row(
            "A prompt becomes a texture",
            "txt2img, into the material of the active object",
            texture,
            _cut(before, jar),
            _with_swatch(_cut(after, jar), _opened(texture["result"]), at_top=True),
        )
    )
    bowl = _framed(regions["Bowl"], before.size, margin=0.17)
    rework = jobs["rework"]
    rows.append(
        Row(
            "A texture is reworked in place",
            "img2img, in place of the image that was sent",
            rework,
            _with_swatch(_cut(before, bowl), _opened(rework["source"])),
            _with_swatch(_cut(after, bowl), _opened(rework["result"])),
        )
    )
    titles = {
        "restyle": ("A render comes back restyled", "img2img, from the last render"),
        "view": ("The viewport comes back restyled", "img2img, from the 3D View in Material Preview"),
    }
    for name, (title, words) in titles.items():
        if name in jobs:
            job = jobs[name]
            pair = (_cut(_opened(job[which]), None) for which in ("source", "result"))
            rows.append(Row(title, words, job, *pair))
    return [*rows, *_rows_of_a_texture(jobs)]


def _rows_of_a_texture(jobs: Mapping[str, Any]) -> Iterator[Row]:
    """A picture becomes a usable texture."""
    here, seamless, maps = jobs["here"], jobs["seamless"], jobs["maps"]
    yield Row(
        "Only here",
        "img2img where the mask is white; every other pixel stays as it was",
        here,
        _cut(_masked(_opened(here["source"]), _opened(here["beside"][0])), None),
        _cut(_opened(here["result"]), None),
    )
    yield Row(
        "Seamless",
        "three by three of it, before and after; made on this computer, without the server",
        seamless,
        *(_cut(_tiled(_opened(seamless[which])), None) for which in ("source", "result")),
    )
    after = _cut(_opened(maps["result"]), None)
    for number, path in enumerate(maps["beside"]):
        after = _with_swatch(after, _opened(path), at_top=True, number=number, side=_SMALL_SWATCH)
    yield Row(
        "Maps, under a low sun",
        "the colour alone, and with height, normal, roughness and occlusion made of it",
        maps,
        _cut(_opened(maps["source"]), None),
        after,
    )


def _draw_row(sheet: Image.Image, draw: ImageDraw.ImageDraw, number: int, row: Row, top: int) -> None:
    left = MARGIN
    width = CAPTION - 48
    _text(draw, (left, top - 12), str(number), 64, ACCENT)
    y = top + 84
    y = _paragraph(draw, (left, y), row.title, 31, INK, width) + 18
    if row.job["prompt"]:
        y = _paragraph(draw, (left, y), f"“{row.job['prompt']}”", 25, ACCENT, width) + 18
    y = _paragraph(draw, (left, y), row.words, 20, GREY, width) + 10
    across, down = row.job["size"]
    _text(draw, (left, y), f"{across} x {down} · {row.job['seconds']:.1f} s", 20, GREY)
    first = MARGIN + CAPTION
    second = first + PICTURE[0] + GAP
    sheet.paste(row.before, (first, top))
    sheet.paste(row.after, (second, top))
    _arrow(draw, first + PICTURE[0] + GAP // 2, top + PICTURE[1] // 2)


# -- Pictures -------------------------------------------------------------------------------------


def _opened(path: str) -> Image.Image:
    return Image.open(path).convert("RGB")


def _framed(region: Box, size: tuple[int, int], *, margin: float) -> Box:
    """A part of a picture of that size, in pixels and in the shape of `PICTURE`, around a region."""
    left, top, right, bottom = (value * size[n % 2] for n, value in enumerate(region))
    ratio = PICTURE[0] / PICTURE[1]
    height = max(bottom - top, (right - left) / ratio) * (1 + 2 * margin)
    height = min(height, size[1], size[0] / ratio)
    width = height * ratio
    x = min(max((left + right - width) / 2, 0), size[0] - width)
    y = min(max((top + bottom - height) / 2, 0), size[1] - height)
    return x, y, x + width, y + height


def _cut(picture: Image.Image, box: Box | None) -> Image.Image:
    return picture.resize(PICTURE, Image.Resampling.LANCZOS, box=box)


def _masked(picture: Image.Image, mask: Image.Image) -> Image.Image:
    """A picture with its mask over it, as it is seen while it is painted."""
    veil = mask.convert("L").point(lambda value: value * 6 // 10)
    return Image.composite(Image.new("RGB", picture.size, _VEIL), picture, veil)


def _tiled(picture: Image.Image) -> Image.Image:
    """Three by three of it, as large as one."""
    small = (picture.width // 3, picture.height // 3)
    tile = picture.resize(small, Image.Resampling.LANCZOS)
    result = Image.new("RGB", (3 * small[0], 3 * small[1]))
    for number in range(9):
        result.paste(tile, (number % 3 * small[0], number // 3 * small[1]))
    return result


def _with_swatch(
    picture: Image.Image,
    texture: Image.Image,
    *,
    at_top: bool = False,
    number: int = 0,
    side: int = SWATCH,
) -> Image.Image:
    """The texture itself in a right corner of the picture that it is seen in; the next ones to its left."""
    result = picture.copy()
    edge = 4
    x = PICTURE[0] - side - 20 - (side + 14) * number
    y = 20 if at_top else PICTURE[1] - side - 20
    result.paste(PAPER, (x - edge, y - edge, x + side + edge, y + side + edge))
    result.paste(texture.resize((side, side), Image.Resampling.LANCZOS), (x, y))
    return result


# -- Type -----------------------------------------------------------------------------------------


def _text(
    draw: ImageDraw.ImageDraw, at: tuple[int, int], words: str, size: int, colour: str, anchor: str = "la"
) -> None:
    draw.text(at, words, font=_font(size), fill=colour, anchor=anchor)


def _paragraph(
    draw: ImageDraw.ImageDraw, at: tuple[int, int], words: str, size: int, colour: str, width: int
) -> int:
    """Words in lines no longer than `width`; answers where the next paragraph may begin."""
    x, y = at
    lines = [""]
    for word in words.split():
        longer = f"{lines[-1]} {word}".strip()
        if _font(size).getlength(longer) > width and lines[-1]:
            lines.append(word)
        else:
            lines[-1] = longer
    for line in lines:
        _text(draw, (x, y), line, size, colour)
        y += round(size * 1.28)
    return y


def _font(size: int) -> ImageFont.FreeTypeFont | ImageFont.ImageFont:
    # Pillow's own font is there on every machine. It lacks × and arrows.
    return ImageFont.load_default(size)


def _arrow(draw: ImageDraw.ImageDraw, x: int, y: int) -> None:
    draw.line([(x - 16, y), (x + 12, y)], fill=ACCENT, width=3)
    draw.line([(x + 2, y - 10), (x + 13, y), (x + 2, y + 10)], fill=ACCENT, width=3, joint="curve")
