# SPDX-FileCopyrightText: 2026 Draw Things Bridge maintainers
# SPDX-License-Identifier: GPL-3.0-or-later

"""The width and height of new pictures: turned, and in a shape that is chosen by name."""

from __future__ import annotations

import itertools
import math

import bpy

from ..client.bounds import one_line
from ..errors import SourceUnavailable
from ..messages import Message
from . import choices, subject
from .capture import source_size
from .selection import Selection

Size = tuple[int, int]
_STEP = 64
_LEAST, _MOST = 128, 8192
_NAMES = {identifier: name for identifier, name, _about in choices.ASPECTS}


def swap(chosen: bpy.types.PropertyGroup) -> None:
    """Width becomes height."""
    chosen.width, chosen.height = chosen.height, chosen.width


def set_aspect(selection: Selection, aspect: str) -> None:
    """The size gets another shape, of `choices.ASPECTS`, and keeps about as many pixels. Raises
    SourceUnavailable."""
    chosen = selection.scene.drawthings
    chosen.width, chosen.height = shaped(chosen.width, chosen.height, ratio(selection, aspect))


def shaped(width: int, height: int, ratio: float) -> Size:
    """The size in multiples of 64, 128 to 8192, that is nearest to `ratio` (width by height) with about as
    many pixels as `width` × `height`, or as that shape can have within these bounds."""
    ideal_width = math.sqrt(width * height * ratio)
    ideal_height = ideal_width / ratio
    scale = min(max(1.0, _LEAST / min(ideal_width, ideal_height)), _MOST / max(ideal_width, ideal_height))
    ideal_width, ideal_height = ideal_width * scale, ideal_height * scale
    around = itertools.product(_around(ideal_width), _around(ideal_height))
    return min(around, key=lambda size: _distance(size, ratio, ideal_width * ideal_height))


def _around(pixels: float) -> set[int]:
    below = int(pixels // _STEP * _STEP)
    return {min(max(each, _LEAST), _MOST) for each in (below, below + _STEP)}


def _distance(size: Size, ratio: float, area: float) -> float:
    """Shape and number of pixels count the same: otherwise several choices in turn would shrink a picture."""
    width, height = size
    return abs(math.log(width / height / ratio)) + abs(math.log(width * height / area))


def ratio(selection: Selection, aspect: str) -> float:
    """Width by height. Raises SourceUnavailable where that is another picture's, and there is none."""
    if aspect == 'RENDER':
        width, height = source_size.of(selection, 'RENDER')
    elif aspect == 'TEXTURE':
        image = texture(selection)
        if image is None:
            raise SourceUnavailable(why_not(selection, aspect), "Select one.")
        width, height = source_size.of_image(image)
        if not width or not height:
            raise SourceUnavailable(
                "“{image}” has no pixels.", "Choose another.", image=one_line(image.name, 60)
            )
    else:
        width, height = map(int, aspect.split(":"))
    return max(width, 1) / max(height, 1)


def texture(selection: Selection) -> bpy.types.Image | None:
    """The image that is looked at, or painted on, or that the active material shows. For `draw`."""
    shown = selection.edited_image
    if shown is not None:
        return shown
    found = subject.textures(selection)
    return found[0].image if found else None


def why_not(selection: Selection, aspect: str) -> str:
    """Empty, or why a size cannot have this shape now. For `draw`."""
    return "No image or texture is active." if aspect == 'TEXTURE' and texture(selection) is None else ""


def about(selection: Selection, aspect: str) -> str:
    """The name of a shape with the size that it gives, where that is known without reading a file."""
    name = _NAMES[aspect]
    if aspect == 'TEXTURE':
        image = texture(selection)
        if image is None or not all(source_size.of_loaded(image)):
            return name
    chosen = selection.scene.drawthings
    width, height = shaped(chosen.width, chosen.height, ratio(selection, aspect))
    return Message("{aspect}  ·  {width} × {height}", aspect=name, width=width, height=height)
