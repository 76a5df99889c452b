# SPDX-FileCopyrightText: 2026 Draw Things Bridge maintainers
# SPDX-License-Identifier: GPL-3.0-or-later

"""Many photographs on one page, each with its name."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

from PIL import Image, ImageDraw, ImageFont

_WIDTH = 2400
_GAP = 24
_LABEL = 30
_PAPER, _INK, _ALARM = "#8b8d91", "#101214", "#a01818"


@dataclass(frozen=True)
class Card:
    """One photograph, or why there is none."""

    name: str
    path: Path | None
    problem: str = ""


def make_sheet(title: str, cards: Sequence[Card], path: Path) -> Path:
    """Lay the cards out in rows, photographs in their own size; a wide one is made to fit."""
    font = ImageFont.load_default(18)
    pictures = [_picture(card) for card in cards]
    rows: list[list[int]] = [[]]
    for number, picture in enumerate(pictures):
        used = sum(pictures[n].width + _GAP for n in rows[-1])
        if rows[-1] and used + picture.width > _WIDTH - _GAP:
            rows.append([])
        rows[-1].append(number)
    heights = [max(pictures[n].height for n in row) + _LABEL + _GAP for row in rows]
    sheet = Image.new("RGB", (_WIDTH, sum(heights) + 2 * _GAP + _LABEL), _PAPER)
    draw = ImageDraw.Draw(sheet)
    draw.text((_GAP, _GAP // 2), title, font=ImageFont.load_default(26), fill=_INK)
    top = _GAP + _LABEL
    for row, height in zip(rows, heights, strict=True):
        left = _GAP
        for number in row:
            colour = _ALARM if cards[number].problem else _INK
            draw.text((left, top), cards[number].name, font=font, fill=colour)
            sheet.paste(pictures[number], (left, top + _LABEL))
            left += pictures[number].width + _GAP
        top += height
    path.parent.mkdir(parents=True, exist_ok=True)
    sheet.save(path, optimize=True)
    return path


def _picture(card: Card) -> Image.Image:
    if card.path is None:
        blank = Image.new("RGB", (280, 160), "#c9c3c3")
        text = ImageDraw.Draw(blank)
        words = " ".join(card.problem[-200:].split())
        for line in range(0, len(words), 34):
            text.text((8, 8 + line // 34 * 18), words[line : line + 34], fill=_ALARM)
        return blank
    with Image.open(card.path) as picture:
        pixels = picture.convert("RGB")
    widest = _WIDTH - 2 * _GAP
    if pixels.width > widest:
        pixels = pixels.resize((widest, round(pixels.height * widest / pixels.width)))
    return pixels
