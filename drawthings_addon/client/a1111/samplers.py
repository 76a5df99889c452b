# SPDX-FileCopyrightText: 2026 Draw Things Bridge maintainers
# SPDX-License-Identifier: GPL-3.0-or-later

"""Samplers and schedulers of A1111's WebUI 1.10.1, for when a server's own lists are not known."""

from __future__ import annotations

from collections.abc import Sequence

from ..catalogue import Choice

SAMPLERS = (
    "DPM++ 2M",
    "DPM++ SDE",
    "DPM++ 2M SDE",
    "DPM++ 2M SDE Heun",
    "DPM++ 2S a",
    "DPM++ 3M SDE",
    "Euler a",
    "Euler",
    "LMS",
    "Heun",
    "DPM2",
    "DPM2 a",
    "DPM fast",
    "DPM adaptive",
    "Restart",
    "DDIM",
    "DDIM CFG++",
    "PLMS",
    "UniPC",
    "LCM",
)
#: Labels. Before 1.9 they were the last word of a sampler's name, and the server still takes them there.
SCHEDULERS = (
    "Automatic",
    "Uniform",
    "Karras",
    "Exponential",
    "Polyexponential",
    "SGM Uniform",
    "KL Optimal",
    "Align Your Steps",
    "Simple",
    "Normal",
    "DDIM",
    "Beta",
)


def parted(sampler: str, listed: Sequence[Choice] = ()) -> tuple[str, str]:
    """A sampler's name without the scheduler that it ends with, and that one: `DPM++ 2M Karras` is `DPM++ 2M`
    and `Karras`. The second is empty where there is none. `listed` are the server's own schedulers."""
    known = (*SCHEDULERS, *(name for each in listed for name in (each.value, each.label) if name))
    name = sampler.casefold()
    # SGM Uniform, and not Uniform.
    ending = max((each for each in known if name.endswith(f" {each.casefold()}")), key=len, default="")
    return sampler[: len(sampler) - len(ending)].rstrip(), ending


def without_scheduler(sampler: str, listed: Sequence[Choice] = ()) -> str:
    """The same, the name alone."""
    return parted(sampler, listed)[0]
