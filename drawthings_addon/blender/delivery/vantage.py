# SPDX-FileCopyrightText: 2026 Draw Things Bridge maintainers
# SPDX-License-Identifier: GPL-3.0-or-later

"""From where a picture of the scene was taken, and where it lies in a view that looks from there."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import bpy
from mathutils import Matrix

from .target import Reference

#: Of a turn, and of the way from the scene's middle: floats of 32 bits, as matrices and files have them.
_TOLERANCE = 1e-4
_NUMBERS = 16


@dataclass(frozen=True)
class Frame:
    """A rectangle in a region, in shares of its width and height, from below and from the left.

    It may be larger than the region, or beside it.
    """

    left: float
    bottom: float
    right: float
    top: float


@dataclass(frozen=True)
class Vantage:
    """Of one picture. Plain numbers: it outlives undo, and is written to the .blend and the journal."""

    view: tuple[float, ...]
    """World to view space, row by row."""
    projection: tuple[float, ...]
    """View to clip space of the whole picture, row by row, perspective or orthographic."""
    camera: Reference | None = None
    """The camera that it was taken through; None: a view of its own."""

    @classmethod
    def of(cls, view: Matrix, projection: Matrix, camera: bpy.types.Object | None = None) -> Vantage:
        """From matrices, as `GPUOffScreen.draw_view3d` takes them."""
        return cls(_row_by_row(view), _row_by_row(projection), Reference.to_any(camera))

    @classmethod
    def read(
        cls, view: Sequence[float], projection: Sequence[float], camera: Reference | None
    ) -> Vantage | None:
        """From what a file tells; None where that is no place from which anything can be seen."""
        if len(view) != _NUMBERS or len(projection) != _NUMBERS:
            return None
        found = cls(tuple(map(float, view)), tuple(map(float, projection)), camera)
        is_finite = all(abs(each) < 1e30 for each in (*found.view, *found.projection))
        return found if is_finite and found.projection[0] and found.projection[5] else None

    @property
    def is_perspective(self) -> bool:
        return self.projection[15] == 0.0

    @property
    def view_matrix(self) -> Matrix:
        """World to view space."""
        return _matrix(self.view)

    @property
    def projection_matrix(self) -> Matrix:
        """View to clip space."""
        return _matrix(self.projection)

    def is_seen_from(self, view: Matrix, window: Matrix) -> bool:
        """Whether a view looks from there: `RegionView3D.view_matrix` and `window_matrix`. Where nothing
        grows smaller with distance it may look from anywhere on the same line, or past it."""
        if self.is_perspective != (window[3][3] == 0.0):
            return False
        there = self.view
        far = max(1.0, *(abs(there[row * 4 + 3]) for row in range(3)))
        for row in range(3):
            for column in range(3):
                if abs(there[row * 4 + column] - view[row][column]) > _TOLERANCE:
                    return False
            if self.is_perspective and abs(there[row * 4 + 3] - view[row][3]) > _TOLERANCE * far:
                return False
        return True

    def frame(self, view: Matrix, window: Matrix) -> Frame | None:
        """Where the picture lies in a region with these matrices, whatever its lens, zoom, shift and shape;
        None where the view looks from elsewhere."""
        if not self.is_seen_from(view, window):
            return None
        across = self._axis(0, view, window)
        up = self._axis(1, view, window)
        return Frame(across[0], up[0], across[1], up[1])

    def _axis(self, axis: int, view: Matrix, window: Matrix) -> tuple[float, float]:
        scale, row = self.projection[axis * 5], self.projection[axis * 4 : axis * 4 + 4]
        own = window[axis]
        if self.is_perspective:
            # What is at x of the picture lies at (x + shift) / scale in a plane one unit away.
            low, high = ((edge + row[2]) / scale for edge in (-1.0, 1.0))
            ends = (own[axis] * low - own[2], own[axis] * high - own[2])
        else:
            moved = view[axis][3] - self.view[axis * 4 + 3]
            low, high = ((edge - row[3]) / scale + moved for edge in (-1.0, 1.0))
            ends = (own[axis] * low + own[3], own[axis] * high + own[3])
        return ends[0] / 2 + 0.5, ends[1] / 2 + 0.5

    def cropped(self, left: float, bottom: float, right: float, top: float) -> Vantage:
        """Of a part of the picture, in shares of its width and height."""
        matrix = self.projection_matrix
        for axis, low, high in ((0, left, right), (1, bottom, top)):
            size, middle = high - low, low + high - 1.0
            # w is what all is divided by in the end: the fourth row.
            matrix[axis] = [
                (each - middle * divisor) / size
                for each, divisor in zip(matrix[axis], matrix[3], strict=True)
            ]
        return Vantage(self.view, _row_by_row(matrix), self.camera)


def _row_by_row(matrix: Matrix) -> tuple[float, ...]:
    return tuple(number for row in matrix for number in row)


def _matrix(numbers: Sequence[float]) -> Matrix:
    return Matrix([numbers[start : start + 4] for start in range(0, _NUMBERS, 4)])
