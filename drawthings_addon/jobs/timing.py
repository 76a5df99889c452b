# SPDX-FileCopyrightText: 2026 Draw Things Bridge maintainers
# SPDX-License-Identifier: GPL-3.0-or-later

"""What the time of a picture depends on, by which estimates are kept."""

from __future__ import annotations

from collections.abc import Iterable

from ..client.request import GenerationRequest


def timing_key(request: GenerationRequest) -> str:
    """What the time of such a picture depends on, but for the server."""
    model = request.models.model or "as set in the app"
    return (
        f"{model} {request.operation} {request.images.width}x{request.images.height} {request.sampling.steps}"
    )


def timings(requests: Iterable[GenerationRequest]) -> tuple[tuple[str, float], ...]:
    """See `Task.timings`: how long pictures take goes with their steps."""
    return tuple((timing_key(one), float(max(one.sampling.steps, 1))) for one in requests)
