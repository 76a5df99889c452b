# SPDX-FileCopyrightText: 2026 Draw Things Bridge maintainers
# SPDX-License-Identifier: GPL-3.0-or-later

"""Whether a picture repeats without a seam, and is still the picture that it was made of: in numbers.

Each measure catches a way to cheat. What is mirrored or blurred has borders that are too much alike; what is
blurred, cross-faded or flattened has lost detail or contrast; what was made anew keeps too few pixels; a
straight cut is a new line; and what is pasted without regard has patches that the source has nowhere.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

_Floats = npt.NDArray[np.float64]
#: Sides of a patch, pixels.
_PATCH = 7
#: Patches that are compared.
_SAMPLES = 48


@dataclass(frozen=True)
class Seam:
    """Of one axis. What each of them is held to stands in `flaws`."""

    edge: float
    """Mean difference across the border."""
    highest: float
    """The 98th percentile of the source's own lines: a joint may lie on the border."""
    mean: float
    """Of the source's own lines."""
    strange: float
    """How far patches across the border are from the source's nearest, compared with the source's own from
    each other."""
    kept: float
    """Share of the pixels that are within 2 levels of the source."""
    detail: float
    """Second differences at the border, compared with those inside where they are small: a joint may lie
    anywhere."""
    contrast: float
    """Compared with the source's."""
    line: float
    """The highest line compared with the source's highest."""

    @property
    def flaws(self) -> list[str]:
        """What does not hold; empty for a picture that repeats."""
        held = {
            f"the border shows: {self.edge:.2f} > {self.highest:.2f}": self.edge <= self.highest + 1e-9,
            f"the border is blind: {self.edge:.2f} < {self.mean:.2f} / 4": self.edge >= self.mean / 4,
            f"strange patches at the border: {self.strange:.2f}": self.strange <= 1.25,
            f"kept {self.kept:.0%}": self.kept >= 0.4,
            f"detail at the border {self.detail:.2f}": self.detail >= 0.75,
            f"contrast {self.contrast:.2f}": 0.75 <= self.contrast <= 1.3,
            f"a new line: {self.line:.2f}": self.line <= 1.15,
        }
        return [what for what, holds in held.items() if not holds]


def measure(source: npt.NDArray[np.uint8], result: npt.NDArray[np.uint8], axis: int) -> Seam:
    """Of pictures (H, W, C) across the border of the axis: 0 its top and bottom, 1 its left and right."""
    before, after = (np.moveaxis(each.astype(np.float64), axis, 0) for each in (source, result))
    own, lines = _profile(before), _profile(after)
    return Seam(
        edge=float(np.abs(after[0] - after[-1]).mean()),
        highest=float(np.percentile(own, 98)),
        mean=float(own.mean()),
        strange=_strangeness(before, after),
        kept=float((np.abs(before - after).max(axis=2) <= 2).mean()),
        detail=_detail(after),
        contrast=float(after.std() / max(before.std(), 1e-9)),
        line=float(lines.max() / max(own.max(), 1e-9)),
    )


def flaws(source: npt.NDArray[np.uint8], result: npt.NDArray[np.uint8], axes: str = "XY") -> list[str]:
    """Of all the axes, each with its name before it."""
    return [
        f"{axis}: {flaw}" for axis in axes for flaw in measure(source, result, 1 if axis == "X" else 0).flaws
    ]


def _profile(picture: _Floats) -> _Floats:
    """Mean difference of each line from the next."""
    return np.abs(np.diff(picture, axis=0)).mean(axis=(1, 2))


def _detail(picture: _Floats) -> float:
    """Second differences of the four lines at the border, compared with those of other four lines."""
    around = np.concatenate((picture[-3:], picture, picture[:3]))
    second = np.abs(around[2:] - 2 * around[1:-1] + around[:-2]).mean(axis=(1, 2))
    fours = np.convolve(second, np.ones(4) / 4, "valid")
    return float(fours[0] / max(np.percentile(fours[4:-4], 10), 1e-9))


def _patches(picture: _Floats) -> npt.NDArray[np.float32]:
    """(rows, columns, values): one at every place."""
    windows = np.lib.stride_tricks.sliding_window_view(picture.astype(np.float32), (_PATCH, _PATCH), (0, 1))
    return windows.reshape(*windows.shape[:2], -1)


def _nearest(
    patches: npt.NDArray[np.float32], pool: npt.NDArray[np.float32], far: npt.NDArray[np.bool_] | None
) -> _Floats:
    """Distance of each patch to the nearest of the pool, of those alone that are `far`."""
    squares = (pool**2).sum(axis=1) - 2 * patches @ pool.T + (patches**2).sum(axis=1)[:, None]
    if far is not None:
        squares[~far] = np.inf
    return np.sqrt(np.maximum(squares.min(axis=1), 0)).astype(np.float64)


def _strangeness(before: _Floats, after: _Floats) -> float:
    mean = before.mean()
    every = _patches(before - mean)
    rows, columns, values = every.shape
    pool = every.reshape(-1, values)[:: max(1, rows * columns // 8000)]
    places = np.arange(rows * columns)[:: max(1, rows * columns // 8000)]
    rolled = np.roll(after - mean, _PATCH // 2, axis=0)[:_PATCH]
    across = _patches(rolled)[0]
    chosen = np.linspace(0, len(across) - 1, _SAMPLES).astype(int)
    found = _nearest(across[chosen], every.reshape(-1, values), None)
    own = np.random.default_rng(0).integers(0, rows * columns, 4 * _SAMPLES)
    y, x = np.divmod(own, columns)
    pool_y, pool_x = np.divmod(places, columns)
    far = (np.abs(y[:, None] - pool_y) >= _PATCH) | (np.abs(x[:, None] - pool_x) >= _PATCH)
    usual = _nearest(every.reshape(-1, values)[own], pool, far)
    return float(found.mean() / max(np.percentile(usual, 95), 1e-9))
