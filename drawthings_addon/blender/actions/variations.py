# SPDX-FileCopyrightText: 2026 Draw Things Bridge maintainers
# SPDX-License-Identifier: GPL-3.0-or-later

"""Sets of pictures to choose from: a strip or a grid of what the panel says, and others near one that is
there."""

from __future__ import annotations

from dataclasses import replace
from typing import Literal

import bpy

from ...client.request import GenerationRequest
from ...client.sections import HiresFix, Mask
from ...errors import SourceUnavailable
from ...jobs.variations import Axis
from .. import connection, settings
from ..delivery import images, provenance
from ..delivery.result import Result
from ..delivery.target import TargetKind
from ..selection import Selection
from ..session import session
from . import again, from_panel, generate, results
from .from_panel import SourceKind

#: How far others like one may leave it, where the model does not want another strength.
LIKENESS = 0.5


def axis(of: str, values: str) -> Axis | None:
    """One side of a grid, with values separated by commas: see `Axis.parse`. None where nothing differs along
    it. Raises InvalidSettings."""
    return Axis.parse(of, values) if of not in ("", "NONE") else None


def make(
    selection: Selection,
    source: SourceKind | Literal["PROMPT"],
    target: TargetKind = "IMAGE",
    image: bpy.types.Image | None = None,
    *,
    pictures: generate.Pictures,
) -> None:
    """Make pictures of the scene's prompt and settings, from the prompt alone or by restyling a source.

    The first that comes goes to the target, the others stand beside it, each there by `results.choose`. With
    a window it returns at once; in background it waits. Raises BridgeError.
    """
    if source == 'PROMPT':
        from_panel.txt2img(selection, target, pictures)
    else:
        from_panel.img2img(selection, source, target, image, pictures=pictures)


def more_like_this(
    selection: Selection,
    name: str = "",
    key: str = "",
    *,
    count: int = 4,
    strength: float | None = None,
) -> None:
    """Make others like a picture, out of it, by its own prompt and settings, to the place where it is or was
    to go.

    The picture is the result with this key, the image named, the selected result, or the image in the Image
    Editor. Without a strength they leave it half, or as the model wants it. Of a picture that was not made
    since Blender was started the server's options are left out, and that is told. Otherwise as `make`.
    """
    meant = results.result_or_image(selection, name, key)
    made = meant.recipe if isinstance(meant, Result) else images.require_recipe(meant)
    if not made.is_of_request:
        raise SourceUnavailable(
            "This picture was enlarged, and does not tell by what prompt it was made."
            if made.extras is not None
            else "This picture was made of another one, without a prompt.",
            "Restyle it with a prompt of yours.",
        )
    if made.refining is not None:
        raise SourceUnavailable(
            "This picture was made in tiles, and is larger than what the server makes at once.",
            "Make Again refines its source with another seed.",
        )
    request = made.request
    if not isinstance(meant, Result) or not results.is_of_this_session(made):
        request = again.harmless(request)
    request = _out_of_itself(request)
    if strength is None:
        wants_all = connection.dialect().about_strength(request, session.get().status.model)
        strength = 1.0 if wants_all else LIKENESS
    request = request.changed(strength=strength, seed=settings.random_seed())
    target = again.place_of(selection, meant)
    image = results.datablock(meant) if isinstance(meant, Result) else meant
    known = provenance.of(image)
    source = replace(
        from_panel.seen_image(selection, image, known.target.tile if image.source == 'TILED' else 0),
        vantage=known.vantage,
    )
    if request.upscaling.upscaler:
        # It is enlarged once more at the end.
        source = replace(source, size=(request.images.width, request.images.height))
    options = from_panel.options(selection, pictures=generate.Pictures(count))
    options = replace(options, only_here=None, title="More Like This")
    if isinstance(meant, Result):
        options = replace(options, packed=meant.packed)
    generate.submit(request, source, target, options)


def _out_of_itself(request: GenerationRequest) -> GenerationRequest:
    """What made a picture as what works it over: without what was laid over or done to another source."""
    return request.changed(
        operation="img2img",
        mask=Mask(),
        script=None,
        hires_fix=HiresFix(keeps_size=request.upscaling.hires_fix.keeps_size),
    )
