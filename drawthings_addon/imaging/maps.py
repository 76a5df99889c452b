# SPDX-FileCopyrightText: 2026 Draw Things Bridge maintainers
# SPDX-License-Identifier: GPL-3.0-or-later

"""The maps of a material, out of one picture: which, and how each is made."""

from __future__ import annotations

import functools
import math
from collections.abc import Callable, Iterator
from dataclasses import dataclass, replace
from typing import Any, Literal, get_args

import numpy as np
import numpy.typing as npt

from ..errors import InvalidSettings
from . import heights, shading
from .heights import HeightFrom, NormalFormat
from .pixels import Pixels

TextureMap = Literal["HEIGHT", "NORMAL", "ROUGHNESS", "AMBIENT_OCCLUSION", "ALBEDO"]
#: As they are called in names of images.
WORDS: dict[TextureMap, str] = {
    "HEIGHT": "height",
    "NORMAL": "normal",
    "ROUGHNESS": "roughness",
    "AMBIENT_OCCLUSION": "ambient occlusion",
    "ALBEDO": "albedo",
}
#: Slopes beyond that are no picture's.
_DEEPEST = 1e6


@dataclass(frozen=True)
class MapSettings:
    """How the maps of a picture are made. Raises InvalidSettings."""

    use_height: bool = True
    use_normal: bool = True
    use_roughness: bool = True
    use_ambient_occlusion: bool = True
    use_albedo: bool = True
    height_from: HeightFrom = "LUMINANCE"
    """What stands high."""
    use_server_height: bool = False
    """Instead of that, what is near in a depth map that a server makes of the picture."""
    height_flatten: float = 0.0
    """How much of the coarse part is taken out of the heights, 0 to 1."""
    height_contrast: float = 1.0
    height_smooth: float = 0.0
    """Pixels over which the heights are blurred."""
    depth: float = 8.0
    """How many pixels white stands above black."""
    use_server_normal: bool = False
    """Not of the heights: a server makes a normal map of the picture."""
    normal_format: NormalFormat = "OPENGL"
    roughness: float = 0.6
    """In the middle, 0 to 1."""
    roughness_contrast: float = 1.0
    """How much rougher dark is than bright; below 0 it is smoother."""
    occlusion_distance: float = 16.0
    """Pixels within which what stands around takes light."""
    occlusion_strength: float = 1.0
    albedo_flatten: float = 0.8
    """How much of the coarse light is taken out of the colours, 0 to 1."""
    coarse: float = 0.25
    """What is larger than this share of the longer side is coarse: light, and no detail."""
    use_wrap: bool = False
    """The picture tiles."""

    def __post_init__(self) -> None:
        if not (math.isfinite(self.depth) and 0.0 < self.depth <= _DEEPEST):
            raise InvalidSettings(
                "A depth of {depth} pixels is none.", "Set one above 0.", depth=f"{self.depth:g}"
            )
        numbers = (getattr(self, name) for name, value in vars(type(self)).items() if type(value) is float)
        if not all(map(math.isfinite, numbers)):
            raise InvalidSettings("A setting of the maps is no number.", "Set it again.")

    @property
    def maps(self) -> tuple[TextureMap, ...]:
        """Those that are made, in their order."""
        return tuple(each for each in get_args(TextureMap) if getattr(self, f"use_{each.lower()}"))

    @property
    def needs_heights(self) -> bool:
        """Some of the maps are made of heights."""
        has_own_normals = self.use_normal and not self.use_server_normal
        return self.use_height or self.use_ambient_occlusion or has_own_normals

    @property
    def server_maps(self) -> tuple[Literal["DEPTH", "NORMAL"], ...]:
        """What a server is asked for."""
        has_depth = self.use_server_height and self.needs_heights
        depth: tuple[Literal["DEPTH"], ...] = ("DEPTH",) if has_depth else ()
        return (*depth, "NORMAL") if self.use_server_normal and self.use_normal else depth

    def made_here(self) -> MapSettings:
        """The same without a server."""
        return replace(self, use_server_height=False, use_server_normal=False)

    def require_any(self) -> None:
        """Raises InvalidSettings where no map is made."""
        if not self.maps:
            raise InvalidSettings("No map is chosen.", "Switch one on: height, normal, roughness.")

    def scaled(self, factor: float) -> MapSettings:
        """The same for the picture at another size, so many times as large."""
        return replace(
            self,
            depth=max(self.depth * factor, 1e-6),
            height_smooth=self.height_smooth * factor,
            occlusion_distance=self.occlusion_distance * factor,
        )


def make(
    picture: npt.NDArray[Any],
    settings: MapSettings,
    *,
    shown: Callable[[], Pixels] | None = None,
    depth_map: shading.Floats | None = None,
    normals: Pixels | None = None,
) -> Iterator[tuple[TextureMap, npt.NDArray[Any]]]:
    """Each of the settings' maps of (H, W, 1 to 4) numbers, row 0 at the top: float32 (H, W, 1) for the
    height, else uint8, (H, W, 1), of normals (H, W, 3), and the albedo's as the picture's.

    Bytes are what is displayed, floats what they are; `shown` then gives the bytes that are displayed, which
    albedo and roughness are made of. `depth_map` (H, W), and `normals` as OPENGL has them, are a server's.
    """
    wrap, displayed = settings.use_wrap, functools.cache(shown or (lambda: picture))
    plane: shading.Floats | None = None
    for each in settings.maps:
        needs_heights = each in ("HEIGHT", "AMBIENT_OCCLUSION") or (each == "NORMAL" and normals is None)
        if needs_heights and plane is None:
            raw = heights.heights(picture, settings.height_from) if depth_map is None else depth_map
            plane = heights.shaped(
                raw,
                flatten=settings.height_flatten,
                share=settings.coarse,
                contrast=settings.height_contrast,
                smooth=settings.height_smooth,
                wrap=wrap,
            )
        if each == "NORMAL" and normals is not None:
            yield each, _in_format(normals, settings.normal_format)
        elif each == "ROUGHNESS":
            yield (
                each,
                heights.roughness(
                    displayed(), settings.roughness, settings.roughness_contrast,
                    share=settings.coarse, wrap=wrap,
                ),
            )  # fmt: skip
        elif each == "ALBEDO":
            amount = settings.albedo_flatten
            yield each, shading.without_shading(displayed(), amount, settings.coarse, wrap=wrap)
        else:
            assert plane is not None
            yield each, _of_heights(each, plane, settings)


def _of_heights(each: TextureMap, plane: shading.Floats, settings: MapSettings) -> npt.NDArray[Any]:
    if each == "HEIGHT":
        return plane[..., np.newaxis]
    if each == "NORMAL":
        return heights.normal_map(plane, settings.depth, settings.normal_format, wrap=settings.use_wrap)
    return heights.ambient_occlusion(
        plane,
        settings.depth,
        distance=settings.occlusion_distance,
        strength=settings.occlusion_strength,
        wrap=settings.use_wrap,
    )


def _in_format(normals: Pixels, how: NormalFormat) -> Pixels:
    if how == "OPENGL":
        return normals
    turned = normals.copy()
    np.subtract(np.uint8(255), normals[..., 1], out=turned[..., 1])
    return turned
