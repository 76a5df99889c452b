# SPDX-FileCopyrightText: 2026 Draw Things Bridge maintainers
# SPDX-License-Identifier: GPL-3.0-or-later

"""What a server offers to choose from: the lists behind the pickers.

Filled in the background when a server is asked who it is, kept for as long as it is connected, and
never asked for while drawing.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import NamedTuple

from . import keys


class Choice(NamedTuple):
    """One entry of a picker."""

    value: str
    """What is sent."""
    label: str = ""
    """What is shown beside it, such as a file name; may be empty."""


@dataclass(frozen=True)
class Catalogue:
    """Every list may be empty: the server has none, or does not tell."""

    samplers: tuple[Choice, ...] = ()
    schedulers: tuple[Choice, ...] = ()
    seed_modes: tuple[Choice, ...] = ()
    models: tuple[Choice, ...] = ()
    vaes: tuple[Choice, ...] = ()
    upscalers: tuple[Choice, ...] = ()
    latent_upscale_modes: tuple[Choice, ...] = ()
    loras: tuple[Choice, ...] = ()
    styles: tuple[Choice, ...] = ()
    embeddings: tuple[Choice, ...] = ()
    hypernetworks: tuple[Choice, ...] = ()
    face_restorers: tuple[Choice, ...] = ()
    scripts: tuple[Choice, ...] = ()
    control_models: tuple[Choice, ...] = ()
    control_modules: tuple[Choice, ...] = ()


def plain(*names: str) -> tuple[Choice, ...]:
    """Choices that are their own label."""
    return tuple(Choice(name) for name in names)


#: Before a server was asked: what a Draw Things app of August 2026 has (its published source).
BUILT_IN = Catalogue(
    samplers=plain(*keys.SAMPLERS),
    seed_modes=plain(*keys.SEED_MODES),
    upscalers=plain(*keys.UPSCALERS),
)
