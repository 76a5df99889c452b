# SPDX-FileCopyrightText: 2026 Draw Things Bridge maintainers
# SPDX-License-Identifier: GPL-3.0-or-later

"""What is painted now: which image is the mask, and which picture lies under it."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Literal

import bpy

from .delivery import succession

if TYPE_CHECKING:
    from .delivery.target import Reference


Where = Literal['IMAGE', 'MESH']


@dataclass(frozen=True)
class Painting:
    """A mask that is painted. Survives undo; ends with its file."""

    where: Where
    mask: Reference
    picture: Reference
    """What is seen under the mask, and restyled."""
    owner: Reference | None = None
    """MESH: the object that is painted on."""
    space: int = 0
    """IMAGE: the editor, as a pointer that tells it from others; 0: none, as for a script in background."""

    def seen(self) -> bpy.types.Image | None:
        """The picture, or what took its place meanwhile."""
        picture = self.picture.resolve()
        return succession.present(picture) if isinstance(picture, bpy.types.Image) else None


_running: Painting | None = None


def now() -> Painting | None:
    """The mask that is painted now."""
    return _running


def set_now(painting: Painting | None) -> None:
    """Somebody begins, or nobody paints any more."""
    global _running
    _running = painting


def meant(image: bpy.types.Image | None) -> bpy.types.Image | None:
    """What an editor or a canvas shows: of a mask that is painted the picture below it, else the image
    itself. Cheap enough for `draw`."""
    painting = _running
    if painting is None or image is None or image.session_uid != painting.mask.session_uid:
        return image
    return painting.seen() or image
