# SPDX-FileCopyrightText: 2026 Draw Things Bridge maintainers
# SPDX-License-Identifier: GPL-3.0-or-later

"""The sRGB transfer function (IEC 61966-2-1) and Blender's rounding between floats and bytes."""

from __future__ import annotations

from typing import Any

import numpy as np
import numpy.typing as npt

Floats = npt.NDArray[np.float32]


def linear_to_srgb(values: npt.NDArray[Any]) -> Floats:
    """Linear light as sRGB, float32, any shape; alpha is not a colour and must be kept out.

    Negative values and NaN become 0; above 1 the curve goes on, so that infinity stays infinity.
    """
    linear = np.fmax(np.asarray(values, np.float32), np.float32(0))
    curve = np.float32(1.055) * np.power(linear, np.float32(1 / 2.4)) - np.float32(0.055)
    return np.where(linear < np.float32(0.0031308), linear * np.float32(12.92), curve)


def srgb_to_linear(values: npt.NDArray[Any]) -> Floats:
    """The inverse of `linear_to_srgb`, with the same treatment of what is not a number."""
    srgb = np.fmax(np.asarray(values, np.float32), np.float32(0))
    curve = np.power((srgb + np.float32(0.055)) / np.float32(1.055), np.float32(2.4))
    return np.where(srgb < np.float32(0.04045), srgb / np.float32(12.92), curve)


def to_bytes(values: npt.NDArray[Any]) -> npt.NDArray[np.uint8]:
    """Floats from 0 to 1 as uint8, half rounded up as in Blender; no colour conversion.

    Below 0 and NaN become 0, above 1 becomes 255.
    """
    unit = np.fmin(np.fmax(np.asarray(values, np.float32), np.float32(0)), np.float32(1))
    result: npt.NDArray[np.uint8] = (unit * np.float32(255) + np.float32(0.5)).astype(np.uint8)
    return result


def from_bytes(values: npt.NDArray[np.uint8]) -> Floats:
    """uint8 as the float32 that `Image.pixels` of a byte image holds; no colour conversion."""
    return values.astype(np.float32) * np.float32(1 / 255)
