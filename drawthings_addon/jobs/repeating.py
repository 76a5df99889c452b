# SPDX-FileCopyrightText: 2026 Draw Things Bridge maintainers
# SPDX-License-Identifier: GPL-3.0-or-later

"""A picture that has just come from a server, made to repeat before anybody sees it."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace

import numpy as np

from ..client.answer import GeneratedImage
from ..client.interface import Client
from ..client.request import GenerationRequest
from ..errors import BridgeError
from ..imaging import formats, png, seams
from ..imaging.colour import with_colour
from ..messages import Message
from . import seamless
from .canvas import Seamless
from .task import TaskIO


def is_offered(client: Client) -> bool:
    """Whether the server is to be asked for pictures that repeat by themselves. Some models make none."""
    return "use_tiling" in client.dialect.takes


def repeated(
    image: GeneratedImage,
    how: Seamless,
    request: GenerationRequest,
    client: Client,
    io: TaskIO,
    *,
    answered: Callable[[float | None], None],
) -> tuple[GeneratedImage, str] | None:
    """The picture as a PNG that repeats, with what its file told; as it came, where it does so already; None
    when the job was cancelled meanwhile. And what should be known of it, or an empty text.

    `request` is what a server is asked with that paints over its seams, `answered` is told of each such
    request. What the server refuses does not cost the picture: then it is as this computer makes it.
    """
    pixels = np.ascontiguousarray(with_colour(io.decode(image.png)))
    if is_offered(client) and seams.repeats(pixels, how.axes):
        return image, ""
    notice, healed = "", seamless.blend(io, pixels, how.axes)
    if healed is None:
        return None
    if how.method == 'SERVER':
        height, width = healed.shape[:2]
        layout = seamless.layout_of(how, width, height)
        asked = request.changed(strength=how.strength)
        painted = healed.copy()
        try:
            for seconds in seamless.paint(painted, how.axes, layout, asked, client, io):
                answered(seconds)
            healed = painted
        except BridgeError as error:
            notice = Message(
                "{reason} The picture repeats all the same: its own pixels were laid over its seams.",
                reason=error.what,
            )
        if io.is_cancelled():
            return None
    is_png = image.format == formats.PNG.name
    data = png.encode(
        healed,
        text=None if is_png else image.texts,
        metadata=png.metadata_chunks(image.png) if is_png else b"",
        do_all=io.do_all,
    )
    made = replace(
        image, png=data, width=healed.shape[1], height=healed.shape[0], format=formats.PNG.name, proof=None
    )
    return made, notice
