# SPDX-FileCopyrightText: 2026 Draw Things Bridge maintainers
# SPDX-License-Identifier: GPL-3.0-or-later

"""Faces of a mesh drawn through their UVs: a mask of the picture that they show."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from .masks import Mask

#: Pixels that are filled at a time where each has a value of its own.
_CHUNK = 1 << 16
#: Rows of triangles that are looked at at a time: what is between them fits into the cache.
_SPANS = 1 << 14
#: Of a pixel: what touches one by less than that does not touch it. Half floats of UVs are as exact as that.
_HAIR = 1e-3


@dataclass(frozen=True, eq=False)
class UvFaces:
    """Polygons in UV space, and the picture that they lie on."""

    uvs: npt.NDArray[np.float32]
    """(corners, 2), of one polygon after the other; (0, 0) is the picture's bottom left, (1, 1) its top
    right."""
    sizes: npt.NDArray[np.integer]
    """(polygons,): how many corners each has, 3 or more."""
    width: int
    """Of the picture, in pixels."""
    height: int
    values: npt.NDArray[np.float32] | None = None
    """(corners,): how white each corner is, 0 to 1; between them it is interpolated. None: all are white."""
    is_repeated: bool = True
    """What lies beyond the picture comes in on its other side, as a texture repeats; else it is left out, as
    what is on another UDIM tile is."""

    def __post_init__(self) -> None:
        count = int(self.sizes.sum()) if self.sizes.size else 0
        if self.uvs.shape != (count, 2) or (self.values is not None and self.values.shape != (count,)):
            raise ValueError("the corners are not those of the polygons")
        if self.width < 1 or self.height < 1:
            raise ValueError(f"a picture cannot be {self.width} × {self.height}")

    @property
    def nbytes(self) -> int:
        """That its arrays take."""
        return self.uvs.nbytes + self.sizes.nbytes + (self.values.nbytes if self.values is not None else 0)

    def draw(self) -> Mask:
        """(height, width) uint8, row 0 at the top: every pixel that a polygon touches. Where several do, the
        whitest counts. Polygons with a corner that is no number are left out."""
        triangles = _triangles(self)
        # In pixels from the top left.
        corners = self.uvs.astype(np.float64) * (self.width, -self.height) + (0, self.height)
        triangles = triangles[np.isfinite(corners[triangles]).all(axis=(1, 2))]
        # What is that far away is nonsense, and would take for ever.
        triangles = triangles[(np.abs(corners[triangles]) < 1e7).all(axis=(1, 2))]
        if self.values is None:
            return self._white(corners[triangles])
        return self._graded(corners[triangles], np.nan_to_num(self.values[triangles].astype(np.float64)))

    def _white(self, triangles: npt.NDArray[np.float64]) -> Mask:
        # +1 where a row of pixels begins, −1 behind its end.
        changes = np.zeros(self.height * (self.width + 1), np.int32)
        for _which, rows, first, last in self._spans(triangles):
            np.add.at(changes, rows * (self.width + 1) + first, 1)
            np.add.at(changes, rows * (self.width + 1) + last, -1)
        mask = np.empty((self.height, self.width), np.uint8)
        for row, line in enumerate(changes.reshape(self.height, -1)):
            mask[row] = (np.cumsum(line[:-1]) > 0) * np.uint8(255)
        return mask

    def _graded(self, triangles: npt.NDArray[np.float64], values: npt.NDArray[np.float64]) -> Mask:
        mask = np.zeros(self.height * self.width, np.uint8)
        origin, right, down = _planes(triangles, values)
        darkest, whitest = values.min(axis=1), values.max(axis=1)
        for which, rows, first, last, shift_x, shift_y in self._placed_spans(triangles):
            lengths = last - first
            ends = np.cumsum(lengths)
            begin = 0
            while begin < len(lengths):
                done = ends[begin - 1] if begin else 0
                end = max(begin + 1, int(np.searchsorted(ends, done + _CHUNK, side="right")))
                count = lengths[begin:end]
                of = np.repeat(np.arange(begin, end), count)
                x = np.arange(len(of)) - np.repeat(ends[begin:end] - count - done, count) + first[of]
                face = which[of]
                value = (
                    origin[face]
                    + right[face] * (x + 0.5 + shift_x[of])
                    + down[face] * (rows[of] + 0.5 + shift_y[of])
                )
                value = np.clip(value, darkest[face], whitest[face])
                grey = np.round(np.clip(value, 0, 1) * 255).astype(np.uint8)
                np.maximum.at(mask, rows[of] * self.width + x, grey)
                begin = end
        return mask.reshape(self.height, self.width)

    def _spans(self, triangles: npt.NDArray[np.float64]) -> Iterator[tuple[npt.NDArray[np.intp], ...]]:
        for which, rows, first, last, _x, _y in self._placed_spans(triangles):
            yield which, rows, first, last

    def _placed_spans(self, triangles: npt.NDArray[np.float64]) -> Iterator[tuple[npt.NDArray[np.intp], ...]]:
        """Rows of pixels that triangles touch, on the picture: the triangle, the row, its first pixel and the
        one behind its last, and by how much it was moved across and down to come there."""
        for part in _parts(triangles, self.height + 2):
            which, rows, first, last = _touched(triangles[part])
            which = which + part.start
            if not self.is_repeated:
                inside = (rows >= 0) & (rows < self.height) & (last > 0) & (first < self.width)
                which, rows, first, last = which[inside], rows[inside], first[inside], last[inside]
                none = np.zeros(len(which), np.intp)
                yield which, rows, np.maximum(first, 0), np.minimum(last, self.width), none, none
                continue
            shift_y = np.floor_divide(rows, self.height) * self.height
            rows = rows - shift_y
            # One that is as wide as the picture is all of the row.
            last = np.minimum(last, first + self.width)
            shift_x = np.floor_divide(first, self.width) * self.width
            first, last = first - shift_x, last - shift_x
            yield which, rows, first, np.minimum(last, self.width), shift_x, shift_y
            over = last > self.width
            if over.any():
                yield (
                    which[over], rows[over], np.zeros(int(over.sum()), np.intp), last[over] - self.width,
                    shift_x[over] + self.width, shift_y[over],
                )  # fmt: skip


def _parts(triangles: npt.NDArray[np.float64], most_rows: int) -> Iterator[slice]:
    """Some triangles at a time, so that their rows do not fill the memory."""
    tall = np.ptp(triangles[..., 1], axis=1) + 2 if len(triangles) else np.empty(0)
    ends = np.cumsum(tall)
    begin = 0
    while begin < len(triangles):
        done = ends[begin - 1] if begin else 0
        end = max(begin + 1, int(np.searchsorted(ends, done + max(_SPANS, most_rows), side="right")))
        yield slice(begin, end)
        begin = end


def _touched(triangles: npt.NDArray[np.float64]) -> tuple[npt.NDArray[np.intp], ...]:
    """The rows of pixels that each triangle touches: triangle, row, the first pixel, and the one behind the
    last."""
    y = triangles[..., 1]
    top = np.floor(y.min(axis=1) + _HAIR).astype(np.intp)
    bottom = np.maximum(np.ceil(y.max(axis=1) - _HAIR).astype(np.intp), top + 1)
    count = bottom - top
    which = np.repeat(np.arange(len(triangles)), count)
    rows = np.arange(len(which)) - np.repeat(np.cumsum(count) - count, count) + top[which]
    least, most = np.full(len(which), np.inf), np.full(len(which), -np.inf)
    # An edge within the row's strip: between where it enters and where it leaves.
    for one, other in ((0, 1), (1, 2), (2, 0)):
        x0, y0 = triangles[which, one].T
        x1, y1 = triangles[which, other].T
        enters = np.clip(rows, np.minimum(y0, y1), np.maximum(y0, y1))
        leaves = np.clip(rows + 1, np.minimum(y0, y1), np.maximum(y0, y1))
        is_in = (np.minimum(y0, y1) <= rows + 1) & (np.maximum(y0, y1) >= rows)
        is_level = y0 == y1
        slope = np.divide(x1 - x0, y1 - y0, out=np.zeros_like(x0), where=~is_level)
        for at, level in ((enters, x0), (leaves, x1)):
            x = np.where(is_level, level, x0 + (at - y0) * slope)
            np.minimum(least, x, out=least, where=is_in)
            np.maximum(most, x, out=most, where=is_in)
    first = np.floor(least + _HAIR).astype(np.intp)
    last = np.maximum(np.ceil(most - _HAIR).astype(np.intp), first + 1)
    return which, rows, first, last


def _planes(
    triangles: npt.NDArray[np.float64], values: npt.NDArray[np.float64]
) -> tuple[npt.NDArray[np.float64], ...]:
    """The value at (0, 0), and how it rises to the right and downwards; of one without area their mean."""
    a, b, c = triangles[:, 0], triangles[:, 1], triangles[:, 2]
    ab, ac = b - a, c - a
    up, over = values[:, 1] - values[:, 0], values[:, 2] - values[:, 0]
    area = ab[:, 0] * ac[:, 1] - ab[:, 1] * ac[:, 0]
    has_area = np.abs(area) > 1e-9
    scale = np.divide(1.0, area, out=np.zeros_like(area), where=has_area)
    right = (up * ac[:, 1] - over * ab[:, 1]) * scale
    down = (over * ab[:, 0] - up * ac[:, 0]) * scale
    origin = values[:, 0] - right * a[:, 0] - down * a[:, 1]
    return np.where(has_area, origin, values.mean(axis=1)), right, down


def _triangles(faces: UvFaces) -> npt.NDArray[np.intp]:
    """(triangles, 3): the corners of the triangles that the polygons consist of."""
    sizes = faces.sizes.astype(np.intp)
    starts = np.cumsum(sizes) - sizes
    found = [np.empty((0, 3), np.intp)]
    for size in np.unique(sizes):
        of_size = starts[sizes == size]
        if size < 3:
            continue
        corners = of_size[:, np.newaxis] + np.arange(size)
        turns = _turns(faces.uvs[corners].astype(np.float64))
        is_convex = (turns >= 0).all(axis=1) | (turns <= 0).all(axis=1)
        fan = np.stack([np.zeros(size - 2, np.intp), np.arange(1, size - 1), np.arange(2, size)], axis=1)
        found.append(corners[is_convex][:, fan].reshape(-1, 3))
        found += [corner[_ears(faces.uvs[corner])] for corner in corners[~is_convex]]
    return np.concatenate(found)


def _turns(polygons: npt.NDArray[np.float64]) -> npt.NDArray[np.float64]:
    """At each corner of polygons (count, corners, 2): positive where the outline turns left."""
    before, after = np.roll(polygons, 1, axis=1), np.roll(polygons, -1, axis=1)
    into, out = polygons - before, after - polygons
    turns: npt.NDArray[np.float64] = into[..., 0] * out[..., 1] - into[..., 1] * out[..., 0]
    return turns


def _ears(polygon: npt.NDArray[np.float32]) -> npt.NDArray[np.intp]:
    """(triangles, 3): a polygon that is not convex, cut into triangles, ear by ear."""
    points = polygon.astype(np.float64).tolist()
    left = list(range(len(points)))
    area = sum(points[i - 1][0] * points[i][1] - points[i][0] * points[i - 1][1] for i in range(len(points)))
    turn = 1.0 if area >= 0 else -1.0

    def cross(a: int, b: int, c: int) -> float:
        (ax, ay), (bx, by), (cx, cy) = points[a], points[b], points[c]
        found: float = turn * ((bx - ax) * (cy - ay) - (by - ay) * (cx - ax))
        return found

    def is_ear(at: int) -> bool:
        a, b, c = left[at - 1], left[at], left[(at + 1) % len(left)]
        if cross(a, b, c) <= 0:
            return False
        return not any(
            cross(a, b, p) >= 0 and cross(b, c, p) >= 0 and cross(c, a, p) >= 0
            for p in left
            if p not in (a, b, c) and points[p] not in (points[a], points[b], points[c])
        )

    found = []
    while len(left) > 3:
        # What crosses itself has no ear some time: then any corner serves.
        at = next((at for at in range(len(left)) if is_ear(at)), 0)
        found.append((left[at - 1], left[at], left[(at + 1) % len(left)]))
        del left[at]
    found.append((left[0], left[1], left[2]))
    return np.array(found, np.intp)
