# SPDX-FileCopyrightText: 2026 Draw Things Bridge maintainers
# SPDX-License-Identifier: GPL-3.0-or-later

"""What of a picture is made anew: an image, faces of a mesh, or what the picture itself tells."""

from __future__ import annotations

from dataclasses import dataclass, replace
from pathlib import Path
from typing import Literal

import bpy

from ...errors import BridgeError, SourceUnavailable
from ...imaging.region import Region
from ...jobs import inpainting
from ...jobs.inpainting import Inpainting
from ...jobs.source import Source, SourceName
from ...jobs.sources import source_size
from .. import mask_image, settings, udim
from ..delivery.target import ImageTile, Reference
from . import faces, pictures
from .picture_sources import ImageSource, PictureSource

MaskSource = Literal['IMAGE', 'PAINT', 'ALPHA', 'SELECTED_FACES', 'ATTRIBUTE', 'COLOR']
SWITCH_OFF = "Choose another mask in Only Here, or switch it off."
_KINDS: dict[str, inpainting.MaskKind] = {'ALPHA': "ALPHA", 'COLOR': "COLOR"}


@dataclass(frozen=True)
class OnlyHere:
    """A mask as it is meant, before it is captured. For one press or one drawing: it holds datablocks."""

    how: Inpainting
    kind: MaskSource = 'IMAGE'
    scene: bpy.types.Scene | None = None
    """PAINT: whose mask is made where there is none."""
    image: bpy.types.Image | None = None
    """IMAGE, PAINT."""
    owner: bpy.types.Object | None = None
    """SELECTED_FACES, ATTRIBUTE: the object with the mesh."""
    attribute: str = ""

    @classmethod
    def of(cls, scene: bpy.types.Scene, owner: bpy.types.Object | None) -> OnlyHere | None:
        """As the panel says; None: all of a picture is made anew. `owner` is the active object."""
        inpaint = scene.drawthings.inpaint
        if not inpaint.use:
            return None
        kind = inpaint.mask_source
        how = Inpainting(
            _KINDS.get(kind, "PICTURE"),
            color=_shown(inpaint.color),
            tolerance=settings.as_shown(inpaint.tolerance),
            grow=inpaint.grow,
            feather=inpaint.feather,
            invert=inpaint.invert,
            context=settings.as_shown(inpaint.context),
            work_megapixels=settings.as_shown(inpaint.work_megapixels),
            fill=inpaint.fill,
            fill_color=_shown(inpaint.fill_color),
        )
        return cls(how, kind, scene, inpaint.mask, owner, inpaint.attribute)

    def require(self, *, of_image: bool) -> None:
        """Raises SourceUnavailable where nothing could be a mask, as far as memory tells: for panels, too.
        `of_image`: for an image or a texture; else for a view or a render."""
        match self.kind:
            case 'IMAGE' if self.image is None:
                raise SourceUnavailable("Only Here has no mask yet.", "Choose an image, or switch it off.")
            case 'SELECTED_FACES' | 'ATTRIBUTE':
                if not of_image:
                    raise SourceUnavailable(
                        "Faces of a mesh are a mask of its texture, not of a view or a render.", SWITCH_OFF
                    )
                faces.require(self.owner, self.attribute if self.kind == 'ATTRIBUTE' else None)

    def capture(self, source: PictureSource | Source, path: Path) -> Source | None:
        """The mask of a picture, before that is captured; None: the picture itself tells. `path` is as in
        `pictures.image`. Raises SourceUnavailable, also where memory tells that nothing would be made anew,
        and StorageFailed."""
        is_image = isinstance(source, ImageSource | Source)
        self.require(of_image=is_image)
        tile = _tile(source)
        match self.kind:
            case 'ALPHA' | 'COLOR':
                return None
            case 'SELECTED_FACES' | 'ATTRIBUTE':
                assert self.owner is not None
                attribute = self.attribute if self.kind == 'ATTRIBUTE' else None
                width, height = _size(source)
                drawn = faces.of(
                    self.owner, attribute, width, height,
                    image=source.image if isinstance(source, ImageSource) else None,
                    tile=tile, may_be_none=self.how.invert,
                )  # fmt: skip
                return Source(SourceName("OTHER", self.owner.name), faces=drawn)
        image = self.image
        if image is None:
            image = self._made(source)
        found = pictures.mask(image, path, tile=tile, may_be_black=self.how.invert)
        return replace(found, origin=ImageTile(Reference.to(image), tile if image.source == 'TILED' else 0))

    def region(self, width: int, height: int) -> Region | None:
        """What is sent of a picture of so many pixels; None where memory does not know. For `draw`."""
        if self.kind not in {'IMAGE', 'PAINT'} or self.image is None or not width or not height:
            return None
        extent = (0.0, 0.0, 1.0, 1.0) if self.how.invert else mask_image.extent(self.image)
        if extent is None:
            mask_image.measure_soon(self.image)
            return None
        left, top, right, bottom = extent
        box = round(left * width), round(top * height), round(right * width), round(bottom * height)
        return self.how.region(self.how.reached(box, width, height), width, height)

    def _made(self, source: PictureSource | Source) -> bpy.types.Image:
        """The image to paint on; all black."""
        picture = source.image if isinstance(source, ImageSource) else None
        if picture is None or self.scene is None:
            raise SourceUnavailable(
                "Nothing is painted yet: nothing would be made anew.", "Press Paint Mask in Only Here."
            )
        return mask_image.ensure(self.scene, picture)


def _tile(source: PictureSource | Source) -> int:
    """The UDIM tile that the mask lies on; 0: none."""
    if isinstance(source, ImageSource):
        return source.tile_number
    if isinstance(source, Source) and isinstance(source.origin, ImageTile):
        return source.origin.tile
    return 0


def _size(source: PictureSource | Source) -> tuple[int, int]:
    """Of an image, in pixels. Reads its file."""
    if isinstance(source, Source):
        return source_size(source)
    assert isinstance(source, ImageSource)
    if source.size is not None:
        return source.size
    image = source.image
    if image.source != 'TILED':
        width, height = image.size
    else:
        width, height = next(each.size for each in image.tiles if each.number == source.tile_number)
        if not width or not height:
            with udim.tile_image(image, source.tile_number) as single:
                width, height = single.size
    if not width or not height:
        raise SourceUnavailable("“{name}” has no pixels.", "Choose another.", name=image.name)
    return width, height


def _shown(color: tuple[float, ...]) -> inpainting.Color:
    r, g, b = (settings.as_shown(each) for each in color)
    return r, g, b


def why_not(only_here: OnlyHere | None, *, of_image: bool) -> BridgeError | None:
    """What `require` raises."""
    if only_here is not None:
        try:
            only_here.require(of_image=of_image)
        except BridgeError as error:
            return error
    return None
