# SPDX-FileCopyrightText: 2026 Draw Things Bridge maintainers
# SPDX-License-Identifier: GPL-3.0-or-later

"""What was before a picture: the version whose place it has taken, else what it was made from."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

import bpy

from ...errors import SourceUnavailable
from ...jobs.source import SourceName
from ..delivery import applications, images, provenance, succession, texture_places, versions
from ..delivery.target import ImageTile, Reference
from ..session import session
from . import textures
from .textures import Drawn

NOTHING_BEFORE = "Nothing is known that was before this picture"


@dataclass(frozen=True)
class Before:
    """To be drawn over a picture, or over one of its tiles."""

    image: Reference | None = None
    """None: a file has it."""
    tile: int = 0
    """UDIM number of what was before; 0: it has no tiles."""
    frame: int = 0
    """Of a sequence or a movie."""
    file: Path | None = None
    """A copy of what the picture was made from."""
    covers: int = 0
    """UDIM number of the tile over which it lies; 0: the picture has no tiles."""

    def drawn(self) -> Drawn:
        """Raises SourceUnavailable. Reads files, where it is not one image."""
        if self.file is not None:
            return textures.of_file(self.file)
        image = self.image.resolve() if self.image is not None else None
        if not isinstance(image, bpy.types.Image):
            raise SourceUnavailable(f"{NOTHING_BEFORE}.", "Choose another.")
        return textures.of_image(image, tile=self.tile, frame=self.frame)


def of(image: bpy.types.Image | None) -> Before | None:
    """None where nothing is known. Cheap enough for `poll`."""
    if image is None:
        return None
    known = provenance.of(image)
    covers = known.target.tile if known.target.kind == 'REPLACE' else 0
    if image.source == 'TILED' and not covers:
        covers = image.tiles.active.number if image.tiles.active is not None else 1001
    replaced = versions.before(image)
    if replaced is not None:
        return Before(Reference.to(replaced), covers, covers=covers)
    if known.source is not None:
        return _origin(image, known.source, covers)
    file = _kept(image)
    return Before(file=file, covers=covers) if file is not None else None


@dataclass(frozen=True)
class InNode:
    """What an image node showed before. For the moment only: it holds a datablock."""

    image: bpy.types.Image | None
    """None: the node was not there."""


def of_node(node: bpy.types.ShaderNodeTexImage) -> InNode | None:
    """None where nothing is known, or no picture was there but something else. Cheap enough for `poll`."""
    image = node.image
    if image is None:
        return None
    for each in applications.index().by_image.get(image.session_uid, ()):
        if texture_places.node_of(each) != node:
            continue
        if each.before is None:
            was_fed = any(tree.unlinked for tree in each.change.trees)
            return InNode(None) if each.change.adds and not was_fed else None
        found = each.before.resolve()
        if isinstance(found, bpy.types.Image) and found != image:
            return InNode(found)
    found = succession.predecessor(image)
    return InNode(found) if found is not None else None


def _origin(image: bpy.types.Image, origin: ImageTile, covers: int) -> Before | None:
    found = origin.image.resolve()
    if not isinstance(found, bpy.types.Image) or found == image:
        return None
    recipe = images.readable_recipe(image)
    name = recipe.source if recipe is not None and recipe.source is not None else SourceName("OTHER")
    return Before(Reference.to(found), origin.tile, name.frame, covers=covers)


def _kept(image: bpy.types.Image) -> Path | None:
    """The copy of the view or render that a result of this session was made from."""
    for result in session.get().results:
        made_by = result.picture.made_by
        if made_by is None or made_by.source is None or made_by.source.path is None:
            continue
        if result.image is not None and result.image.session_uid == image.session_uid:
            return made_by.source.path if session.get().kept.has(made_by) else None
    return None
