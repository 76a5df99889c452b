# SPDX-FileCopyrightText: 2026 Draw Things Bridge maintainers
# SPDX-License-Identifier: GPL-3.0-or-later

"""What a picture is made from, as it is meant before it is captured: a view, a render, an image."""

from __future__ import annotations

from dataclasses import dataclass, replace
from pathlib import Path
from typing import Literal

import bpy

from ...errors import SourceUnavailable
from ...imaging.fit import FitMode
from ...jobs.source import Source
from ...jobs.sources import source_size
from .. import udim
from ..delivery.target import ImageTile, Reference
from ..delivery.vantage import Vantage
from . import looks, rendered_from
from .control_maps import Viewpoint
from .looks import Look
from .pictures import image
from .renders import render
from .views import View, vantage, view_matrices, viewport

Size = tuple[int, int]
WhichRender = Literal['AUTO', 'LAST', 'FRESH']


@dataclass(frozen=True)
class ViewSource:
    """A 3D View, as it is seen or through the scene's camera."""

    view: View
    camera: bool = False
    overlays: bool = False
    size: Size | None = None
    """Width and height to draw; None: those of the view, or of the render."""
    fit_mode: FitMode = "PAD"

    def capture(self, _path: Path) -> Source:
        """Raises SourceUnavailable."""
        found = viewport(
            self.view, size=self.size, overlays=self.overlays, camera=self.camera, fit_mode=self.fit_mode
        )
        return replace(found, origin=vantage(self.view, *source_size(found), camera=self.camera))

    def viewpoint(self, size: Size) -> Viewpoint | None:
        """From where maps of the scene are rendered for a picture of this size; None: by the camera."""
        return None if self.camera else Viewpoint(*view_matrices(self.view, *size, camera=False))


@dataclass(frozen=True)
class RenderSource:
    """The scene's last render, or a fresh one."""

    scene: bpy.types.Scene
    which: WhichRender = 'AUTO'
    """AUTO: the last one, or a fresh one where there is none."""
    editor: bpy.types.Space | None = None
    """The editor that the artist is in."""
    size: Size | None = None
    """Width and height to work at; None: its own."""
    fit_mode: FitMode = "PAD"

    def capture(self, path: Path) -> Source | None:
        """The last render; None: a fresh one comes first. Raises SourceUnavailable, StorageFailed."""
        if self.which == 'FRESH':
            return None
        try:
            found = render(self.scene, path, fit_mode=self.fit_mode, editor=self.editor)
        except SourceUnavailable:
            if self.which == 'LAST':
                raise
            return None
        return replace(found, origin=rendered_from.last(self.scene), resize_to=self.size)


@dataclass(frozen=True)
class ImageSource:
    """An image, or one tile of it."""

    image: bpy.types.Image
    tile: int = 0
    """UDIM number; of a tiled image 0 takes the active tile."""
    look: Look = looks.NOBODY
    is_texture: bool = False
    """It is meant as the texture that an image node has."""
    scene: bpy.types.Scene | None = None
    """Whose frame and view transform count; None: the first window's."""
    size: Size | None = None
    """Width and height to work at; None: its own."""
    fit_mode: FitMode = "PAD"
    keeps_floats: bool = False
    """Those of a float image are worked on as they are."""
    keeps_bytes: bool = False
    """Those of a byte image are, too, whatever they are displayed as."""
    vantage: Vantage | None = None
    """From where it shows the scene: what is made of it shows it from there, too."""

    @property
    def tile_number(self) -> int:
        """The UDIM tile that is meant; 0 for an image without tiles."""
        return udim.chosen_tile(self.image, self.tile)

    def capture(self, path: Path) -> Source:
        """Raises SourceUnavailable, StorageFailed."""
        found = image(
            self.image,
            path,
            tile=self.tile_number,
            fit_mode=self.fit_mode,
            look=self.look,
            scene=self.scene,
            as_file=self.size is None,
            keeps_floats=self.keeps_floats,
            keeps_bytes=self.keeps_bytes,
        )
        origin = self.vantage or ImageTile(Reference.to(self.image), self.tile_number)
        return replace(found, origin=origin, resize_to=self.size)


PictureSource = ViewSource | RenderSource | ImageSource
