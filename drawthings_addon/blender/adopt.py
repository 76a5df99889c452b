# SPDX-FileCopyrightText: 2026 Draw Things Bridge maintainers
# SPDX-License-Identifier: GPL-3.0-or-later

"""What tells how a picture was made, or what is set elsewhere, into the panel."""

from __future__ import annotations

import contextlib
import itertools
from collections.abc import Iterable, Iterator, Mapping
from typing import Any

import bpy

from ..client import connect
from ..client.configuration import Configuration
from ..client.dialect import Dialect
from ..client.parameters import ADVANCED, SERVER_OPTIONS
from ..client.request import Control, GenerationRequest
from ..errors import InvalidSettings
from ..jobs.metadata import Metadata
from ..jobs.refining import Refining
from ..messages import Message
from .choices import offered
from .settings import PLAIN_ROWS, own_fields
from .values import as_text, format_value, parse_value, signed_seed

_bringing: list[bool] = []


@contextlib.contextmanager
def whole() -> Iterator[None]:
    """What is set meanwhile brings all the settings that belong to its model."""
    _bringing.append(True)
    try:
        yield
    finally:
        _bringing.pop()


def is_whole() -> bool:
    """Whether such settings are being set."""
    return bool(_bringing)


def request(
    settings: bpy.types.PropertyGroup,
    made: GenerationRequest,
    *,
    use_server_options: bool = True,
    refining: Refining | None = None,
) -> None:
    """Set the panel to what a picture was made with; Source and Output stay as they are.

    Without `use_server_options` so do the server's options and the script, which may do anything there.
    `refining` is how it was worked over in tiles: then its strength is that of tiles.
    """
    if refining is not None:
        _adopt_refining(settings.refine, made, refining)
        made = made.changed(strength=settings.strength)
    settings.prompt_text = None
    settings.prompt = made.conditioning.prompt
    hires_fix = () if made.upscaling.hires_fix.enlarges else ("upscaling.hires_fix",)
    of_img2img = ("sampling.strength", "mask") if made.operation == "txt2img" else ()
    _adopt_fields(settings, made, left=hires_fix + of_img2img)
    seed(settings, made)
    if made.operation == "txt2img":
        size(settings, made)
    _adopt_styles_and_maps(settings, made)
    if use_server_options:
        _adopt_server_options(settings, made)


def _adopt_refining(group: bpy.types.PropertyGroup, made: GenerationRequest, refining: Refining) -> None:
    group.width, group.height = made.images.width, made.images.height
    group.tile, group.overlap, group.wrap = (
        refining.tile,
        refining.overlap,
        refining.wrap_x or refining.wrap_y,
    )
    group.use_upscaler, group.strength = refining.uses_upscaler, made.sampling.strength


def settings_alone(
    settings: bpy.types.PropertyGroup,
    made: GenerationRequest,
    *,
    use_server_options: bool = True,
    refining: Refining | None = None,
) -> None:
    """The same but for prompts, seed and size, which stay as they are."""
    kept = {name: getattr(settings, name) for name in _APART}
    request(settings, made, use_server_options=use_server_options, refining=refining)
    for name, value in kept.items():
        setattr(settings, name, value)


#: What is no setting of how pictures are made, but of which.
_APART = ("prompt", "prompt_text", "negative_prompt", "seed", "use_random_seed", "width", "height")


def prompt(settings: bpy.types.PropertyGroup, made: GenerationRequest) -> None:
    """The prompt and the negative prompt alone."""
    settings.prompt_text = None
    settings.prompt = made.conditioning.prompt
    settings.negative_prompt = made.conditioning.negative_prompt


def seed(settings: bpy.types.PropertyGroup, made: GenerationRequest) -> None:
    """The seed alone: the next picture starts from it, and those after it as well."""
    settings.seed = signed_seed(made.sampling.seed)
    settings.use_random_seed = False


def size(settings: bpy.types.PropertyGroup, made: GenerationRequest) -> None:
    """Width and height of new pictures alone."""
    settings.width, settings.height = made.images.width, made.images.height


def metadata(settings: bpy.types.PropertyGroup, made: Metadata, *, use_server_options: bool = False) -> None:
    """Set the panel to what a picture's file tells, of whatever origin; `use_server_options` as above."""
    random_seed = settings.use_random_seed
    prompt, prompt_text = settings.prompt, settings.prompt_text
    # No other text than our own recipe tells these.
    request(
        settings,
        made.request,
        use_server_options=use_server_options and made.is_whole,
        refining=made.refining,
    )
    if not made.is_whole:
        # What the picture does not tell is as it was before.
        size(settings, made.request)
        settings.strength = made.request.sampling.strength
    if not made.has_seed:
        settings.use_random_seed = random_seed
    if not made.has_prompt:
        settings.prompt, settings.prompt_text = prompt, prompt_text


def _adopt_styles_and_maps(settings: bpy.types.PropertyGroup, made: GenerationRequest) -> None:
    _fill(settings.styles, ({"name": name} for name in made.conditioning.styles))
    for kind in ("depth", "normal", "line"):
        unit = next((each for each in made.map_controls if each.source == kind.upper()), None)
        control = getattr(settings.scene_controls, kind)
        control.use = unit is not None
        if unit is not None:
            control.model, control.weight = unit.model, unit.weight
            control.guidance_start, control.guidance_end = unit.guidance_start, unit.guidance_end


def _adopt_server_options(settings: bpy.types.PropertyGroup, made: GenerationRequest) -> None:
    options = made.options_of(SERVER_OPTIONS)
    _fill(settings.server_options, ({"name": name, "value": as_text(value)} for name, value in options))
    settings.script = made.script.name if made.script else ""
    values = made.script.args if made.script else ()
    known = [each.label for each in offered.catalogue.script_arguments.get(settings.script, ())]
    _fill(
        settings.script_arguments,
        (
            {"name": label or Message("Argument {number}", number=number), "value": as_text(value)}
            for number, (value, label) in enumerate(
                itertools.zip_longest(values, known[: len(values)], fillvalue=""), 1
            )
        ),
    )


def configuration(settings: bpy.types.PropertyGroup, configuration: Configuration, dialect: Dialect) -> None:
    """Take over what is set in a server of the dialect, except prompts and seed; what it does not tell
    stays."""
    advanced = []
    for each in settings.advanced:
        # What cannot be sent anyway is not worth keeping.
        with contextlib.suppress(InvalidSettings):
            advanced.append((each.name, parse_value(each.name, each.value)))
    made = dialect.take_over(configuration, own_fields(settings).with_options(ADVANCED, advanced))
    _adopt_fields(settings, made, left=("upscaling.hires_fix", "mask"))
    size(settings, made)


def _adopt_fields(settings: bpy.types.PropertyGroup, made: GenerationRequest, left: tuple[str, ...]) -> None:
    """All but prompt, seed and size; the panel keeps its own of rows whose paths begin as one of `left`."""
    made = connect.named(ADVANCED).in_fields(made)
    with whole():
        for row in PLAIN_ROWS:
            if not row.path.startswith(left):
                row.put(settings, row.of(made))
    settings.hires_fix = made.upscaling.hires_fix.keeps_size
    settings.hires.use = made.upscaling.hires_fix.enlarges
    loras = made.conditioning.loras
    _fill(settings.loras, ({"name": each.file, "weight": each.weight, "mode": each.mode} for each in loras))
    _fill(settings.controls, map(_control, made.derived_controls))
    options = made.options_of(ADVANCED)
    _fill(settings.advanced, ({"name": name, "value": format_value(value)} for name, value in options))


def _control(control: Control) -> dict[str, Any]:
    """The entry of the list that holds it."""
    return {
        "name": control.model,
        "weight": control.weight,
        "guidance_start": control.guidance_start,
        "guidance_end": control.guidance_end,
        "control_importance": control.importance.lower(),
        "input_override": control.preprocessor,
        "no_prompt": control.no_prompt,
        "global_average_pooling": control.global_average_pooling,
        "down_sampling_rate": control.down_sampling_rate,
        "target_blocks": ", ".join(control.target_blocks),
    }


def _fill(entries: Any, values: Iterable[Mapping[str, Any]]) -> None:
    """A list of the panel gets these entries, each with its properties by name."""
    entries.clear()
    for each in values:
        entry = entries.add()
        for name, value in each.items():
            setattr(entry, name, value)


def fill_script_arguments(settings: bpy.types.PropertyGroup) -> None:
    """The arguments of the chosen script with the server's defaults."""
    known = offered.catalogue.script_arguments.get(settings.script, ())
    _fill(settings.script_arguments, ({"name": each.label, "value": as_text(each.value)} for each in known))
