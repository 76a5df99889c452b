# SPDX-FileCopyrightText: 2026 Draw Things Bridge maintainers
# SPDX-License-Identifier: GPL-3.0-or-later

"""What a PNG tells about how it was made, whoever made it: ours, A1111 and its relatives, Draw Things."""

from __future__ import annotations

import logging
from dataclasses import dataclass

from ..client import script_configuration, xmp
from ..client.a1111_models import ExtrasSettings
from ..client.request import GenerationRequest
from ..errors import PictureInvalid
from ..imaging import png
from . import infotext
from .recipe import CHUNK, PARAMETERS_CHUNK, Recipe

log = logging.getLogger(__name__)


@dataclass(frozen=True)
class MadeHow:
    """The settings of a picture."""

    request: GenerationRequest
    is_whole: bool = False
    """It is a recipe of this extension, in which nothing is left to what was set before."""
    has_seed: bool = True
    has_prompt: bool = True
    extras: ExtrasSettings | None = None
    """It was enlarged or restored with these, and `request` tells nothing."""


def read(data: bytes, base: GenerationRequest) -> MadeHow | None:
    """What the PNG `data` tells; what it leaves open is as in `base`. None when it tells nothing.

    Our own recipe counts most, then A1111's infotext, then Draw Things' XMP; a damaged one is passed over.
    Raises PictureInvalid when `data` is not a whole PNG.
    """
    texts = png.read_text(data)
    if CHUNK in texts:
        try:
            recipe = Recipe.from_json(texts[CHUNK])
            return MadeHow(recipe.request, is_whole=True, extras=recipe.extras)
        except PictureInvalid as error:
            log.info("A recipe was passed over: %s", error)
    parameters = texts.get(PARAMETERS_CHUNK, "")
    if infotext.has_settings(parameters):
        return from_infotext(parameters, base)
    told = xmp.read_xmp(texts.get(xmp.KEYWORD, ""))
    if told.configuration:
        has_prompt = isinstance(told.configuration.get("c"), str)
        return MadeHow(xmp.to_request(told, base), has_seed=told.seed is not None, has_prompt=has_prompt)
    # Without its line of settings it is at least a prompt.
    return from_infotext(parameters, base) if parameters.strip() else None


def from_copied(text: str, base: GenerationRequest) -> MadeHow:
    """What Draw Things' Copy Configuration put into the clipboard. Raises InvalidSettings."""
    script = script_configuration.parse(text)
    request = script_configuration.to_request(script, base)
    return MadeHow(request, has_seed=script_configuration.tells_seed(script), has_prompt=False)


def from_infotext(text: str, base: GenerationRequest) -> MadeHow:
    """What an infotext tells, wherever it was found."""
    return MadeHow(infotext.parse(text, base), has_seed=infotext.tells_seed(text))
