# SPDX-FileCopyrightText: 2026 Draw Things Bridge maintainers
# SPDX-License-Identifier: GPL-3.0-or-later

"""Where a result goes, in a form that survives undo and file loading.

Undo and file loading invalidate every Python reference, so none is kept: a target names its datablocks
by `session_uid`, which undo keeps (tried on 4.2 and 5.2), and by the file they belong to.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Literal

import bpy

TargetKind = Literal["IMAGE", "MATERIAL", "REPLACE"]
#: Where what is made of an image goes: a new one, or its own place.
ImageTarget = Literal["IMAGE", "REPLACE"]
Collection = Literal["images", "materials", "node_groups", "objects", "scenes"]

Relief = Literal["NORMAL", "BUMP", "DISPLACEMENT"]

#: Counts the files loaded: session_uids of an earlier file mean nothing in the next.
_generation = 0


def new_file_loaded() -> None:
    """Every target made before now is gone. Called by the session's load handler."""
    global _generation
    _generation += 1


def generation() -> int:
    """How many files were loaded."""
    return _generation


@dataclass(frozen=True)
class Reference:
    """One datablock."""

    collection: Collection
    session_uid: int
    name: str
    generation: int

    @classmethod
    def to(cls, datablock: bpy.types.ID) -> Reference:
        collections: dict[type[bpy.types.ID], Collection] = {
            bpy.types.Image: "images",
            bpy.types.Material: "materials",
            bpy.types.NodeTree: "node_groups",
            bpy.types.Object: "objects",
            bpy.types.Scene: "scenes",
        }
        for kind, collection in collections.items():
            if isinstance(datablock, kind):
                return cls(collection, datablock.session_uid, datablock.name, _generation)
        raise TypeError(f"no reference to a {type(datablock).__name__}")

    @classmethod
    def named(cls, collection: Collection, name: str) -> Reference:
        """To what has this name in the open file; to nothing of it, where nothing has or there is no name."""
        found = getattr(bpy.data, collection).get(name) if name else None
        return cls.to(found) if found is not None else cls(collection, 0, name, _generation)

    @classmethod
    def to_any(cls, datablock: bpy.types.ID | None) -> Reference | None:
        """None for None."""
        return cls.to(datablock) if datablock is not None else None

    @property
    def is_in_this_file(self) -> bool:
        return self.generation == _generation

    def resolve(self) -> bpy.types.ID | None:
        """The datablock as it is now, also when it was renamed; None when it is gone."""
        if self.generation != _generation:
            return None
        datablocks = getattr(bpy.data, self.collection)
        named = datablocks.get(self.name)
        if named is not None and named.session_uid == self.session_uid:
            return named
        return next((each for each in datablocks if each.session_uid == self.session_uid), None)


@dataclass(frozen=True)
class ImageTile:
    """An image, or one tile of it."""

    image: Reference
    tile: int = 0
    """UDIM number; 0 for an image without tiles."""


@dataclass(frozen=True)
class Wiring:
    """How the maps of a result are wired into a material."""

    relief: Relief = "NORMAL"
    """By which map the surface gets its relief: the normal map, or the height by a Bump or a Displacement."""
    base_color: bool = False
    """The albedo takes the place of what is in Base Color."""
    replaces_links: bool = False
    """Maps are wired in where something else is linked, too."""


@dataclass(frozen=True)
class Target:
    """What happens with a picture when it arrives."""

    kind: TargetKind = "IMAGE"
    image: Reference | None = None
    """REPLACE: the image whose place the result takes."""
    tile: int = 0
    """REPLACE: the UDIM tile, 0 for an image without tiles."""
    object: Reference | None = None
    """MATERIAL: the object that gets a material when it has none, or a new one."""
    new_material: bool = False
    """MATERIAL: make a new one even when the object has one."""
    slot: int | None = None
    """MATERIAL: the index of the object's slot that is meant; None, or one that is gone: the active one."""
    material: Reference | None = None
    """MATERIAL: the material whose texture it becomes; None takes the object's, or makes one."""
    node: str = ""
    """MATERIAL: the image node to fill; empty finds or adds the one that feeds `socket`."""
    node_group: Reference | None = None
    """MATERIAL: the node group that `node` is in; None: the material's own tree."""
    socket: str = "Base Color"
    """MATERIAL: the input of the Principled BSDF, by name."""
    box: bool = False
    """MATERIAL: a node that is told no coordinates is projected from six sides of the object."""
    others: tuple[Target, ...] = ()
    """MATERIAL: what takes the same picture too, as of several selected objects."""
    show: bool = True
    """Show the result in an open Image Editor."""
    wiring: Wiring | None = None
    """MATERIAL: the maps of the result are wired in, too; None: they become images and no more."""
    replaces_maps: bool = False
    """Each map takes the place of the same one that was made of the same picture before."""
    generation: int = field(default_factory=lambda: _generation)
    """The file it was made in."""

    @property
    def is_in_this_file(self) -> bool:
        return self.generation == _generation
