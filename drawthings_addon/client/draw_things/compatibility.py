# SPDX-FileCopyrightText: 2026 Draw Things Bridge maintainers
# SPDX-License-Identifier: GPL-3.0-or-later

"""What of a request has no effect on Draw Things, whatever its model."""

from __future__ import annotations

from collections.abc import Iterator

from ...errors import InvalidSettings
from ...messages import Message
from ..compatibility import Incompatibility, Setting, left_out, rows_of, shown, unknown
from ..parameters import DRAW_THINGS
from ..request import GenerationRequest
from .app_version import nearest_sampler
from .payload import check_file

#: What a request to the app may hold.
TAKEN: frozenset[Setting] = rows_of(DRAW_THINGS) | {"loras", "lora_modes", "controls", "advanced"}
#: What is told in words of its own.
_TOLD: frozenset[Setting] = frozenset({"scene_controls"})


def incompatibilities(request: GenerationRequest, samplers: tuple[str, ...]) -> Iterator[Incompatibility]:
    """`samplers` are those that the app has."""
    sampler = request.filled(DRAW_THINGS).sampling.sampler
    instead = nearest_sampler(sampler, samplers)
    if instead:
        yield Incompatibility(
            "sampler",
            Message(
                "This version of Draw Things has no sampler “{sampler}”: “{instead}” is used instead.",
                sampler=shown(sampler),
                instead=instead,
            ),
        )
    elif sampler not in samplers:
        yield unknown("sampler", "sampler", sampler)
    yield from left_out("Draw Things", request, TAKEN | _TOLD)
    for lora in request.conditioning.loras:
        yield from _no_file("loras", lora.file, "LoRA")
    for control in request.derived_controls:
        yield from _no_file("controls", control.model, "control")
    if request.map_controls:
        yield Incompatibility(
            "scene_controls",
            "Draw Things takes no maps for controls: it derives its hint from the picture that is sent to "
            "image to image.",
            is_sent=False,
            name="normal",
        )


def _no_file(setting: Setting, file: str, what: str) -> Iterator[Incompatibility]:
    """A name with its folder, as another server has it, is refused here."""
    try:
        check_file(file, what)
    except InvalidSettings as error:
        yield Incompatibility(setting, error.what, name=file)
