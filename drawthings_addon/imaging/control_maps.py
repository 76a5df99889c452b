# SPDX-FileCopyrightText: 2026 Draw Things Bridge maintainers
# SPDX-License-Identifier: GPL-3.0-or-later

"""Depth and normals as the pictures that ControlNet models were trained on.

Rows may run either way, top or bottom first: no function here looks at a pixel's neighbours.
"""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import Literal

import numpy as np
import numpy.typing as npt

from ..errors import InvalidSettings
from .colour import to_bytes

Floats = npt.NDArray[np.float32]
Bytes = npt.NDArray[np.uint8]

NormalProtocol = Literal['OPENGL', 'SCANNET']

#: Depths closer together than this share of the distance are one surface that faces the camera.
_FLAT = 1e-3


@dataclass(frozen=True)
class DepthRange:
    """Which distances are white and black, in scene units from the camera's plane.

    Kept over a sequence, so that the same distance has the same grey in every frame.
    Raises InvalidSettings unless 0 < near < far.
    """

    near: float
    """White; what is nearer is white too."""
    far: float
    """Black; what is farther is black too."""

    def __post_init__(self) -> None:
        if not (math.isfinite(self.far) and 0.0 < self.near < self.far):
            raise InvalidSettings(
                "A depth range from {near} to {far} has no depth.",
                "Let it begin above 0 and end farther than it begins.",
                near=f"{self.near:g}",
                far=f"{self.far:g}",
            )

    @classmethod
    def of(cls, depth: npt.NDArray[np.floating]) -> DepthRange | None:
        """The range of all finite positive depths, or None when there are none."""
        seen = depth[np.isfinite(depth) & (depth > 0)]
        if seen.size == 0:
            return None
        near, far = float(seen.min()), float(seen.max())
        return cls(near, far if far - near > _FLAT * near else near * 1.1)

    def joined(self, other: DepthRange | None) -> DepthRange:
        """The smallest range that holds both."""
        if other is None:
            return self
        return DepthRange(min(self.near, other.near), max(self.far, other.far))


def depth_map(depth: Floats, depth_range: DepthRange, *, linear: bool = False) -> Bytes:
    """(H, W) distances as (H, W, 3) greys: near white, far and background black.

    Grey goes with the inverse of the distance, since that is what MiDaS predicts ("relative inverse
    depth", its PyTorch Hub page), whose maps the depth models of ControlNet 1.0 and 1.1 were trained
    on. `linear` for an orthographic camera, whose distance from the scene means nothing: it is what
    inverse depth becomes when a perspective camera moves far away. Background is infinity.
    """
    near, far = depth_range.near, depth_range.far
    clipped = np.clip(depth, np.float32(near), np.float32(far))
    grey = (far - clipped) / (far - near) if linear else (1 / clipped - 1 / far) / (1 / near - 1 / far)
    return np.repeat(to_bytes(grey)[..., np.newaxis], 3, axis=2)


def normal_map(
    normal: Floats, is_surface: npt.NDArray[np.bool_], protocol: NormalProtocol = 'OPENGL'
) -> Bytes:
    """(H, W, 3) unit normals of view space as (H, W, 3) colours, 0.5 + 0.5 n.

    y up is green, z to the viewer is blue. Red is x to the right with 'OPENGL', as 3D programs paint
    normals, and x to the left with 'SCANNET', which the normal model of ControlNet 1.1 was trained on
    ("blue is front, red is left, green is top", its README).
    Background is (128, 128, 255), a surface that faces the camera.
    """
    facing = np.array([0, 0, 1], np.float32)
    turned = normal * np.array([-1 if protocol == 'SCANNET' else 1, 1, 1], np.float32)
    return to_bytes(0.5 + 0.5 * np.where(is_surface[..., np.newaxis], turned, facing))
