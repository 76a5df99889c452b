# SPDX-FileCopyrightText: 2026 Draw Things Bridge maintainers
# SPDX-License-Identifier: GPL-3.0-or-later

"""What is seen between the columns of a picture: its lines, and whether its border is none to look at."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from .pixels import Pixels

#: Columns on either side of the border that are looked for elsewhere.
_JOINT = 12


@dataclass(frozen=True)
class Lines:
    """What is seen of a border between two columns, for each of them; the last one is the picture's own."""

    steps: npt.NDArray[np.float64]
    """(side,): the mean difference across it."""
    bends: npt.NDArray[np.float64]
    """(side,): the mean second difference there; the last one's is what a seam is told by."""
    worst: npt.NDArray[np.float64]
    """(side,): the same of the rows alone in which it is highest."""
    means: npt.NDArray[np.float64]
    """(side, C): of each column."""

    @classmethod
    def of(cls, picture: Pixels) -> Lines:
        height, side = picture.shape[:2]
        together = max(1, height // 16)
        steps, bends, worst = np.zeros(side), np.zeros(side), np.zeros(side)
        means = np.zeros((side, picture.shape[2]))
        for top in range(0, height, together):
            sums = [np.zeros(side), np.zeros(side)]
            for first in range(top, min(top + together, height), 32):
                part = picture[first : min(first + 32, top + together)].astype(np.int16)
                wide = np.concatenate((part[:, -1:], part, part[:, :2]), axis=1)
                means += part.sum(axis=0) / height
                step = np.diff(wide, axis=1)
                bend = np.abs(np.diff(step, axis=1))
                sums[0] += np.abs(step[:, 1:-1]).sum(axis=(0, 2))
                sums[1] += (bend[:, :-1] + bend[:, 1:]).sum(axis=(0, 2)) / 2
            count = (min(top + together, height) - top) * picture.shape[2]
            steps += sums[0] / picture.shape[2] / height
            bends += sums[1] / picture.shape[2] / height
            worst = np.maximum(worst, sums[1] / count)
        return cls(steps, bends, worst, means)

    @property
    def are_joined(self) -> bool:
        """The picture's own border is one of the less conspicuous: it repeats as it is."""
        is_plain = all(each[-1] <= np.median(each[:-1]) for each in (self.steps, self.bends, self.worst))
        return is_plain and not self._is_odd()

    def _is_odd(self) -> bool:
        """What lies left and right of the border is found elsewhere too, but nowhere together: such as two
        joints that make one twice as wide."""
        half = min(_JOINT, len(self.means) // 6)
        if half < 1:
            return False
        across = np.concatenate((self.means[-half:], self.means[:half]))
        windows = np.lib.stride_tricks.sliding_window_view(self.means, 2 * half, axis=0).transpose(0, 2, 1)
        differences = np.square(windows - across).sum(axis=2)
        before, after = differences[:, :half].sum(axis=1), differences[:, half:].sum(axis=1)
        together = before + after
        return bool(together.min() > max(4 * (before.min() + after.min()), 0.04 * together.mean()))

    def usual(self) -> npt.NDArray[np.bool_]:
        """(side,): which of them would be none to look at."""
        inside, bends = self.steps[:-1], self.bends[:-1]
        result: npt.NDArray[np.bool_] = (
            (self.steps <= np.percentile(inside, 95))
            & (self.steps >= 0.35 * inside.mean())
            & (self.bends >= 0.85 * bends.mean())
        )
        return result
