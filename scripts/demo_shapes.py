# SPDX-FileCopyrightText: 2026 Draw Things Bridge maintainers
# SPDX-License-Identifier: GPL-3.0-or-later

"""Shapes of the demo scene as arrays: turned on a wheel, drawn along a path, laid out as a sheet.

Lengths are metres, z is up. A texture's coordinates are scaled so that it is square on the surface:
`texture` is the length of its side.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

Floats = npt.NDArray[np.float64]
Integers = npt.NDArray[np.int64]


@dataclass(frozen=True)
class Shape:
    """Quadrangles with texture coordinates."""

    vertices: Floats
    """(n, 3)"""
    faces: Integers
    """(m, 4), counter-clockwise as seen from outside"""
    uvs: Floats
    """(m, 4, 2)"""

    def moved(self, x: float = 0.0, y: float = 0.0, z: float = 0.0) -> Shape:
        return Shape(self.vertices + np.array((x, y, z)), self.faces, self.uvs)

    def turned(self, matrix: Floats) -> Shape:
        """Rotated by a (3, 3) matrix."""
        return Shape(self.vertices @ matrix.T, self.faces, self.uvs)


def joined(shapes: Sequence[Shape]) -> Shape:
    """Several shapes as one."""
    starts = np.cumsum([0, *(len(shape.vertices) for shape in shapes)])
    return Shape(
        np.concatenate([shape.vertices for shape in shapes]),
        np.concatenate([shape.faces + start for shape, start in zip(shapes, starts, strict=False)]),
        np.concatenate([shape.uvs for shape in shapes]),
    )


def rotation(axis: Sequence[float], degrees: float) -> Floats:
    """The (3, 3) matrix of a turn about an axis (Rodrigues)."""
    x, y, z = np.asarray(axis, float) / np.linalg.norm(axis)
    cross = np.array([[0, -z, y], [z, 0, -x], [-y, x, 0]])
    angle = np.radians(degrees)
    matrix: Floats = np.eye(3) + np.sin(angle) * cross + (1 - np.cos(angle)) * cross @ cross
    return matrix


def smoothed(points: Sequence[Sequence[float]], count: int) -> Floats:
    """A curve through points (Catmull-Rom), `count` points at even distances along it."""
    given = np.asarray(points, float)
    padded = np.vstack([2 * given[0] - given[1], given, 2 * given[-1] - given[-2]])
    t = np.linspace(0, 1, 40, endpoint=False)[:, None]
    pieces = []
    for a, b, c, d in zip(padded, padded[1:], padded[2:], padded[3:], strict=False):
        pieces.append(
            0.5 * (2 * b + (c - a) * t + (2 * a - 5 * b + 4 * c - d) * t**2 + (3 * b - a - 3 * c + d) * t**3)
        )
    dense = np.vstack([*pieces, given[-1:]])
    along = _lengths(dense)
    at = np.linspace(0, along[-1], count)
    return np.stack([np.interp(at, along, column) for column in dense.T], axis=1)


def lathe(profile: Floats, *, texture: float, segments: int = 96) -> Shape:
    """A profile of (radius, height), from below upwards on the outside, turned about the z axis."""
    angles = np.linspace(0, 2 * np.pi, segments, endpoint=False)
    radius, height = np.maximum(profile[:, 0], 0), profile[:, 1]
    vertices = np.stack(
        [
            radius[:, None] * np.cos(angles),
            radius[:, None] * np.sin(angles),
            np.broadcast_to(height[:, None], (len(profile), segments)),
        ],
        axis=-1,
    )
    # A whole number of textures around, so that there is no seam.
    around = max(1, round(2 * np.pi * radius.max() / texture))
    side = 2 * np.pi * radius.max() / around
    u = np.linspace(0, around, segments + 1)
    return _grid(vertices, u, _lengths(profile) / side, wraps=True)


def tube(path: Floats, radius: float | Floats, *, texture: float, segments: int = 16) -> Shape:
    """A round bar along a path of (n, 3); open at its ends."""
    tangents = np.gradient(path, axis=0)
    tangents /= np.linalg.norm(tangents, axis=1, keepdims=True)
    # The direction that a path in one plane is never parallel to is the normal of that plane.
    up = np.linalg.svd(path - path.mean(axis=0))[2][2]
    side = np.cross(up, tangents)
    side /= np.linalg.norm(side, axis=1, keepdims=True)
    other = np.cross(tangents, side)
    angles = np.linspace(0, 2 * np.pi, segments, endpoint=False)[:, None]
    rings = np.cos(angles) * side[:, None] + np.sin(angles) * other[:, None]
    vertices = path[:, None] + rings * np.broadcast_to(radius, len(path))[:, None, None]
    u = np.linspace(0, 2 * np.pi * float(np.max(radius)) / texture, segments + 1)
    return _grid(vertices, u, _lengths(path) / texture, wraps=True)


def sheet(vertices: Floats, *, texture: float) -> Shape:
    """A surface of (rows, columns, 3) points."""
    u = _lengths(vertices[len(vertices) // 2]) / texture
    return _grid(vertices, u, _lengths(vertices[:, vertices.shape[1] // 2]) / texture, wraps=False)


def box(width: float, depth: float, height: float, *, texture: float) -> Shape:
    """A box whose bottom is at z = 0, with the grain of a texture along its width."""
    x, y = width / 2, depth / 2
    corners = np.array([(i * x, j * y, k * height) for k in (0, 1) for j in (-1, 1) for i in (-1, 1)], float)
    faces = np.array([(0, 2, 3, 1), (4, 5, 7, 6), (0, 1, 5, 4), (3, 2, 6, 7), (2, 0, 4, 6), (1, 3, 7, 5)])
    axes = ((0, 1), (0, 1), (0, 2), (0, 2), (1, 2), (1, 2))
    uvs = np.stack([corners[face][:, list(pair)] for face, pair in zip(faces, axes, strict=True)])
    return Shape(corners, faces, uvs / texture)


def _grid(vertices: Floats, u: Floats, v: Floats, *, wraps: bool) -> Shape:
    """Quadrangles between (rows, columns, 3) points; with `wraps` the last column meets the first."""
    rows, columns = vertices.shape[:2]
    number = np.arange(rows * columns).reshape(rows, columns)
    ahead = np.roll(number, -1, axis=1) if wraps else number[:, 1:]
    here = number if wraps else number[:, :-1]
    faces = np.stack([here[:-1], ahead[:-1], ahead[1:], here[1:]], axis=-1).reshape(-1, 4)
    uu, vv = np.meshgrid(u, v)
    uv = np.stack([uu, vv], axis=-1)
    corners = np.stack([uv[:-1, :-1], uv[:-1, 1:], uv[1:, 1:], uv[1:, :-1]], axis=2)
    return Shape(vertices.reshape(-1, 3), faces, corners.reshape(-1, 4, 2))


def _lengths(points: Floats) -> Floats:
    """The distance of each point along its curve."""
    steps = np.linalg.norm(np.diff(points, axis=0), axis=1)
    return np.concatenate([[0.0], np.cumsum(steps)])
