# SPDX-FileCopyrightText: 2026 Draw Things Bridge maintainers
# SPDX-License-Identifier: GPL-3.0-or-later

"""How a picture was made, as a dialect reads it from what the picture's file tells."""

from __future__ import annotations

from dataclasses import dataclass

from .request import GenerationRequest


@dataclass(frozen=True)
class Metadata:
    """The settings of a picture; nothing of it is certain."""

    request: GenerationRequest
    """What the picture leaves open is as in the request that was there before."""
    has_seed: bool = True
    has_prompt: bool = True
