# SPDX-FileCopyrightText: 2026 Draw Things Bridge maintainers
# SPDX-License-Identifier: GPL-3.0-or-later

"""A picture that arrived, with what makes it again."""

from __future__ import annotations

from dataclasses import dataclass

import bpy

from ...jobs.recipe import Recipe
from ...jobs.task import Picture
from .. import previews
from . import images
from .target import Reference, Target


@dataclass(frozen=True, eq=False)
class Result:
    """Its pixels are on disk and, mostly, in a datablock."""

    picture: Picture
    """Without its bytes. `made_by` is the task that makes it again, from the same pixels."""
    image: Reference | None
    target: Target | None = None
    """What it was ordered for."""
    landed: Target | None = None
    """Where it went: `target`, with the material and the nodes that it found or made. None: nowhere."""
    packed: bool = True

    @property
    def key(self) -> str:
        """For buttons and thumbnails: no other result has it."""
        return str(self.picture.path)

    @property
    def recipe(self) -> Recipe:
        return self.picture.recipe

    def icon(self) -> int:
        """The thumbnail's icon; made at the first call and then remembered."""
        return previews.icon(self.key, self.picture.thumbnail)

    def datablock(self) -> bpy.types.Image | None:
        """The image datablock, when it is in the open file, be it loaded again since."""
        if self.image is None:
            return None
        return self.image.resolve() or images.of_file(self.picture.path)
