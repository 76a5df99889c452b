# SPDX-FileCopyrightText: 2026 Draw Things Bridge maintainers
# SPDX-License-Identifier: GPL-3.0-or-later

"""The sRGB curve (IEC 61966-2-1), Blender's rounding between floats and bytes, grey and colour."""

from __future__ import annotations

from typing import Any, TypeVar

import numpy as np
import numpy.typing as npt

from .pixels import Pixels

Floats = npt.NDArray[np.float32]
_Number = TypeVar("_Number", np.uint8, np.float32)


def linear_to_srgb(values: npt.NDArray[Any]) -> Floats:
    """Linear light as sRGB, float32, any shape; alpha is not a colour and must be kept out.

    Negative values and NaN become 0; above 1 the curve goes on, so that infinity stays infinity.
    """
    linear = np.fmax(np.asarray(values, np.float32), np.float32(0))
    curve = np.float32(1.055) * np.power(linear, np.float32(1 / 2.4)) - np.float32(0.055)
    return np.where(linear < np.float32(0.0031308), linear * np.float32(12.92), curve)


def srgb_to_linear(values: npt.NDArray[np.uint8]) -> Floats:
    """Bytes of sRGB as linear light, float32, any shape: what `linear_to_srgb` and `to_bytes` give back."""
    return _LIGHT[values]


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


def with_colour(pixels: npt.NDArray[_Number]) -> npt.NDArray[_Number]:
    """Grey becomes RGB, grey with alpha RGBA; what has three channels or four is returned as it is."""
    channels = pixels.shape[2]
    if channels >= 3:
        return pixels
    # Not numpy's repeat, which holds the interpreter until all is copied.
    coloured = np.empty((*pixels.shape[:2], channels + 2), pixels.dtype)
    coloured[..., :3] = pixels[..., :1]
    coloured[..., 3:] = pixels[..., 1:]
    return coloured


def luminance(pixels: Pixels) -> Pixels:
    """(H, W, 1) of RGB or RGBA by the weights of A1111's own conversion (ITU-R BT.601), as it is stored.

    What is transparent is black; grey stays itself.
    """
    planes = pixels.astype(np.uint32)
    grey = (planes[..., 0] * 299 + planes[..., 1] * 587 + planes[..., 2] * 114 + 500) // 1000
    if planes.shape[2] == 4:
        grey = (grey * planes[..., 3] + 127) // 255
    return grey[..., np.newaxis].astype(np.uint8)


def _light() -> Floats:
    shown = np.arange(256) / 255
    curve = np.where(shown <= 0.04045, shown / 12.92, ((shown + 0.055) / 1.055) ** 2.4)
    return curve.astype(np.float32)


_LIGHT = _light()
