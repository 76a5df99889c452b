# SPDX-FileCopyrightText: 2026 Draw Things Bridge maintainers
# SPDX-License-Identifier: GPL-3.0-or-later

"""Text as triangles, by Blender's own fonts: in every Blender, without a GPU, and without a file of ours.

A text object has them: its built-in font falls back to those that Blender's interface has for other scripts
(Japanese, Cyrillic, Korean, ...; 4.2 and 5.2). `blf` draws onto the screen alone before 4.5, which has
`blf.bind_imbuf`.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from functools import cache

import bpy
import numpy as np

from ..client import bounds
from ..imaging.lettering import Letter, Lettering

#: Characters of a text that are looked at: more have room on no line.
_LONGEST = 300
_ELLIPSIS = "…"
#: Curves between the points of a letter: finer ones are not seen at 30 pixels.
_RESOLUTION = 4


@contextmanager
def letters() -> Iterator[Letter]:
    """Letters texts, see `imaging.lettering.Letter`, for as long as the block lasts: what is in the file for
    that meanwhile, it had not before and has not after. Main thread only. A line takes about a millisecond,
    the first in a script 0.2 to 0.6 s, while Blender reads that font (4.2 and 5.2)."""
    fonts = set(bpy.data.fonts)
    curve = bpy.data.curves.new(".drawthings", 'FONT')
    owner = bpy.data.objects.new(".drawthings", curve)
    try:
        curve.resolution_u = _RESOLUTION

        @cache
        def lettered(text: str) -> Lettering:
            curve.body = text
            return _triangles(owner)

        yield lambda text, room, most: _lines(text, room, most, lettered)
    finally:
        bpy.data.objects.remove(owner)
        bpy.data.curves.remove(curve)
        # Blender's own comes into the file with the first text.
        bpy.data.batch_remove(set(bpy.data.fonts) - fonts)


def _triangles(owner: bpy.types.Object) -> Lettering:
    mesh = owner.to_mesh()
    try:
        mesh.calc_loop_triangles()
        corners = np.empty(len(mesh.vertices) * 3, np.float32)
        mesh.vertices.foreach_get("co", corners)
        indices = np.empty(len(mesh.loop_triangles) * 3, np.int32)
        mesh.loop_triangles.foreach_get("vertices", indices)
    finally:
        owner.to_mesh_clear()
    triangles = corners.reshape(-1, 3)[indices, :2].reshape(-1, 3, 2)
    return Lettering(triangles, float(triangles[:, :, 0].max(initial=0.0)))


def _lines(text: str, room: float, most: int, lettered: Callable[[str], Lettering]) -> tuple[Lettering, ...]:
    """As many words on a line as it has room for; a word that is longer than a line, as of a script without
    spaces, goes on on the next."""
    rest = bounds.one_line(text, _LONGEST)
    found: list[Lettering] = []
    while rest and len(found) < most:
        is_last = len(found) == most - 1
        count = _fitting(rest, room, lettered)
        if count < len(rest) and is_last:
            while count > 1 and lettered(rest[:count].rstrip() + _ELLIPSIS).width > room:
                count -= 1
            found.append(lettered(rest[:count].rstrip() + _ELLIPSIS))
            break
        if count < len(rest):
            # Between two words where there are some.
            count = rest.rfind(" ", 1, count + 1) if " " in rest[1 : count + 1] else count
        found.append(lettered(rest[:count].rstrip()))
        rest = rest[count:].lstrip()
    return tuple(found)


def _fitting(text: str, room: float, lettered: Callable[[str], Lettering]) -> int:
    """How many characters of a text a line has room for, one at least."""
    if lettered(text).width <= room:
        return len(text)
    least, most = 1, len(text)
    while most - least > 1:
        middle = (least + most) // 2
        if lettered(text[:middle]).width <= room:
            least = middle
        else:
            most = middle
    return least
