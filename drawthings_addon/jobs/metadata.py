# SPDX-FileCopyrightText: 2026 Draw Things Bridge maintainers
# SPDX-License-Identifier: GPL-3.0-or-later

"""What a picture's file tells about how it was made, whoever made it: ours, A1111 and its relatives, Draw
Things."""

from __future__ import annotations

import logging
from dataclasses import dataclass

from ..client import bounds, connect
from ..client.parameters import SERVER_OPTIONS
from ..client.request import GenerationRequest
from ..client.upscaling import UpscaleSettings
from ..errors import PictureInvalid
from ..imaging import formats
from ..imaging.maps import MapSettings
from ..messages import Message
from . import infotext
from .canvas import Seamless
from .recipe import CHUNK, PARAMETERS_CHUNK, Recipe
from .refining import Refining

log = logging.getLogger(__name__)

#: Characters of a name in a sentence, and names in it.
_SHOWN_NAME, _SHOWN_NAMES = 60, 8


@dataclass(frozen=True)
class Metadata:
    """The settings of a picture."""

    request: GenerationRequest
    is_whole: bool = False
    """It is a recipe of this extension, in which nothing is left to what was set before."""
    has_seed: bool = True
    has_prompt: bool = True
    extras: UpscaleSettings | None = None
    """It was enlarged or restored with these, and `request` tells nothing."""
    maps: MapSettings | None = None
    """It is one of the maps that were made with these."""
    seamless: Seamless | None = None
    """It was made to repeat so."""
    refining: Refining | None = None
    """It was worked over in tiles like this."""

    @property
    def is_of_request(self) -> bool:
        """As `Recipe.is_of_request`."""
        return self.extras is None and self.request.operation in ("txt2img", "img2img")


def read(data: bytes, base: GenerationRequest) -> Metadata | None:
    """What the picture `data` tells; what it leaves open is as in `base`. None when it tells nothing.

    Our own recipe counts most, then A1111's infotext, then what a dialect finds; a damaged one is passed
    over. Raises PictureInvalid when `data` is not a whole picture.
    """
    texts = formats.texts(data)
    if CHUNK in texts:
        try:
            recipe = Recipe.from_json(texts[CHUNK])
            return Metadata(
                recipe.request,
                is_whole=True,
                extras=recipe.extras,
                seamless=recipe.seamless,
                maps=recipe.maps,
                refining=recipe.refining,
            )
        except PictureInvalid as error:
            log.info("A recipe was passed over: %s", error)
    parameters = texts.get(PARAMETERS_CHUNK, "")
    if infotext.has_settings(parameters):
        return from_infotext(parameters, base)
    told = connect.read_metadata(texts, base)
    if told is not None:
        return Metadata(told.request, has_seed=told.has_seed, has_prompt=told.has_prompt)
    # Without its line of settings it is at least a prompt.
    return from_infotext(parameters, base) if parameters.strip() else None


def from_copied(text: str, base: GenerationRequest) -> Metadata:
    """What a server's own window put into the clipboard. Raises InvalidSettings."""
    told = connect.read_copied(text, base)
    return Metadata(told.request, has_seed=told.has_seed, has_prompt=told.has_prompt)


def server_options_in_words(request: GenerationRequest) -> str:
    """What a request asks of the server besides a picture: options of it and a script; empty when nothing."""
    script, options = _script_in_words(request), _options_in_words(request)
    if script and options:
        return Message("{script} and {options}", script=script, options=options)
    return script or options


def _script_in_words(request: GenerationRequest) -> str:
    if request.script is None:
        return ""
    count = len(request.script.args)
    template = "the script “{script}” with {count} arguments"
    if count < 2:
        template = "the script “{script}” with 1 argument" if count else "the script “{script}”"
    return Message(template, script=bounds.one_line(request.script.name, _SHOWN_NAME), count=count)


def _options_in_words(request: GenerationRequest) -> str:
    names = [bounds.one_line(name, _SHOWN_NAME) for name, _value in request.options_of(SERVER_OPTIONS)]
    if not names:
        return ""
    template = "the server options {names} and {more} more"
    if len(names) <= _SHOWN_NAMES:
        template = "the server options {names}" if len(names) > 1 else "the server option {names}"
    return Message(template, names=", ".join(names[:_SHOWN_NAMES]), more=len(names) - _SHOWN_NAMES)


def from_infotext(text: str, base: GenerationRequest) -> Metadata:
    """What an infotext tells, wherever it was found."""
    return Metadata(infotext.parse(text, base), has_seed=infotext.tells_seed(text))
