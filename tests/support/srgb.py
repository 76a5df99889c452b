# SPDX-FileCopyrightText: 2026 Draw Things Bridge maintainers
# SPDX-License-Identifier: GPL-3.0-or-later

"""The curve of sRGB (IEC 61966-2-1), the way that the extension itself never goes."""

from __future__ import annotations

from typing import Any

import numpy as np
import numpy.typing as npt


def to_linear(values: npt.NDArray[Any]) -> npt.NDArray[np.float32]:
    """sRGB from 0 to 1 as linear light, float32, any shape."""
    srgb = np.asarray(values, np.float32)
    curve = np.power((srgb + np.float32(0.055)) / np.float32(1.055), np.float32(2.4))
    return np.where(srgb < np.float32(0.04045), srgb / np.float32(12.92), curve)
