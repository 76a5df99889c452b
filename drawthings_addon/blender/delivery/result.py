# SPDX-FileCopyrightText: 2026 Draw Things Bridge maintainers
# SPDX-License-Identifier: GPL-3.0-or-later

"""A picture that arrived, with what makes it again."""

from __future__ import annotations

import functools
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field

import bpy

from ...jobs.history.entry import identity_of
from ...jobs.recipe import Recipe
from ...jobs.task import Picture
from ...jobs.thumbnail import NONE
from .. import previews
from . import images
from .target import Reference, Target

#: Panels ask at every redraw.
_identity = functools.lru_cache(maxsize=256)(identity_of)


@dataclass(frozen=True, eq=False)
class Result:
    """Its pixels are on disk and, mostly, in a datablock."""

    picture: Picture
    """Without its bytes. `made_by` is the task that makes it again, from the same pixels."""
    image: Reference | None
    target: Target | None = None
    """Where it was to go."""
    landed: Target | None = None
    """Where it went: `target`, with the material and the nodes that it found or made. None: nowhere."""
    packed: bool = True
    beside: Mapping[str, Reference] = field(default_factory=dict)
    """The datablocks of the pictures beside it, by their names."""
    text: str = ""
    """Its recipe as the open file has it, which an older version may have written; empty: as it is written
    now."""
    want: Callable[[Result], None] | None = None
    """Of one that the open file told of: called where it is drawn, and its thumbnail is not made yet."""

    @property
    def is_from_file(self) -> bool:
        """It was not made since Blender was started: anybody may have written its recipe."""
        return self.want is not None

    @property
    def key(self) -> str:
        """For buttons and thumbnails: no other result has it."""
        return str(self.picture.path)

    @property
    def identity(self) -> str:
        """Means the picture in the history, wherever its file lies."""
        return _identity(self.text or self.recipe.text)

    @property
    def recipe(self) -> Recipe:
        return self.picture.recipe

    @property
    def set_id(self) -> str:
        """Of the set that it is of; empty: of none."""
        return self.recipe.set.id if self.recipe.set is not None else ""

    def icon(self) -> int:
        """The thumbnail's icon; made at the first call and then remembered."""
        if self.want is not None and self.picture.thumbnail is NONE:
            self.want(self)
        return previews.icon(self.key, self.picture.thumbnail)

    def datablocks(self) -> list[bpy.types.Image]:
        """Those of its picture and of what came beside it, as far as the file has them."""
        found = (self.datablock(each.name) for each in self.picture.set)
        return [image for image in found if image is not None]

    def datablock(self, name: str = "image") -> bpy.types.Image | None:
        """The image datablock of the picture of that name, when it is in the open file, be it loaded again
        since."""
        picture = next((each for each in self.picture.set if each.name == name), None)
        reference = self.image if picture is self.picture else self.beside.get(name)
        if picture is None:
            return None
        found: bpy.types.Image | None = reference.resolve() if reference is not None else None
        if found is not None:
            return found
        found = images.of_file(picture.path)
        # A file that was thrown away leaves its name to another.
        return found if images.readable_recipe(found) == picture.recipe else None
