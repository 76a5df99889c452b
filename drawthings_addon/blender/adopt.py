# SPDX-FileCopyrightText: 2026 Draw Things Bridge maintainers
# SPDX-License-Identifier: GPL-3.0-or-later

"""What tells how a picture was made, or what is set elsewhere, into the panel."""

from __future__ import annotations

import contextlib

import bpy

from ..client import connect
from ..client.configuration import Configuration
from ..client.dialect import Dialect
from ..client.parameters import ADVANCED, SERVER_OPTIONS
from ..client.request import GenerationRequest
from ..errors import InvalidSettings
from ..jobs.metadata import Metadata
from .choices import offered
from .settings import PLAIN_ROWS, own_fields
from .values import as_text, format_value, parse_value, signed_seed


def request(
    settings: bpy.types.PropertyGroup, made: GenerationRequest, *, use_server_options: bool = True
) -> None:
    """Set the panel to what a picture was made with; Source and Output stay as they are.

    Without `use_server_options` so do the server's options and the script, which may do anything there.
    """
    settings.prompt_text = None
    settings.prompt = made.conditioning.prompt
    hires_fix = () if made.upscaling.hires_fix.enlarges else ("upscaling.hires_fix",)
    of_img2img = ("sampling.strength", "mask") if made.operation == "txt2img" else ()
    _adopt_fields(settings, made, left=hires_fix + of_img2img)
    settings.seed = signed_seed(made.sampling.seed)
    settings.use_random_seed = False
    if made.operation == "txt2img":
        settings.width, settings.height = made.images.width, made.images.height
    _adopt_styles_and_maps(settings, made)
    if use_server_options:
        _adopt_server_options(settings, made)


def metadata(settings: bpy.types.PropertyGroup, made: Metadata, *, use_server_options: bool = False) -> None:
    """Set the panel to what a picture's file tells, of whatever origin; `use_server_options` as above."""
    random_seed = settings.use_random_seed
    prompt, prompt_text = settings.prompt, settings.prompt_text
    # No other text than our own recipe tells these.
    request(settings, made.request, use_server_options=use_server_options and made.is_whole)
    if not made.is_whole:
        # What the picture does not tell is as it was before.
        settings.width, settings.height = made.request.images.width, made.request.images.height
        settings.strength = made.request.sampling.strength
    if not made.has_seed:
        settings.use_random_seed = random_seed
    if not made.has_prompt:
        settings.prompt, settings.prompt_text = prompt, prompt_text


def _adopt_styles_and_maps(settings: bpy.types.PropertyGroup, made: GenerationRequest) -> None:
    settings.styles.clear()
    for name in made.conditioning.styles:
        settings.styles.add().name = name
    for kind in ("depth", "normal", "line"):
        unit = next((each for each in made.map_controls if each.source == kind.upper()), None)
        control = getattr(settings.scene_controls, kind)
        control.use = unit is not None
        if unit is not None:
            control.model, control.weight = unit.model, unit.weight
            control.guidance_start, control.guidance_end = unit.guidance_start, unit.guidance_end


def _adopt_server_options(settings: bpy.types.PropertyGroup, made: GenerationRequest) -> None:
    settings.server_options.clear()
    for name, value in made.options_of(SERVER_OPTIONS):
        entry = settings.server_options.add()
        entry.name, entry.value = name, as_text(value)
    settings.script = made.script.name if made.script else ""
    settings.script_arguments.clear()
    labels = [each.label for each in offered.catalogue.script_arguments.get(settings.script, ())]
    for index, argument in enumerate(made.script.args if made.script else ()):
        entry = settings.script_arguments.add()
        label = labels[index] if index < len(labels) else ""
        entry.name, entry.value = label or f"Argument {index + 1}", as_text(argument)


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
    settings.width, settings.height = made.images.width, made.images.height


def _adopt_fields(settings: bpy.types.PropertyGroup, made: GenerationRequest, left: tuple[str, ...]) -> None:
    """All but prompt, seed and size; the panel keeps its own of rows whose paths begin as one of `left`."""
    made = connect.named(ADVANCED).in_fields(made)
    for row in PLAIN_ROWS:
        if not row.path.startswith(left):
            row.put(settings, row.of(made))
    settings.hires_fix = made.upscaling.hires_fix.keeps_size
    settings.hires.use = made.upscaling.hires_fix.enlarges
    settings.loras.clear()
    for lora in made.conditioning.loras:
        entry = settings.loras.add()
        entry.name = lora.file
        entry.weight = lora.weight
        entry.mode = lora.mode
    settings.controls.clear()
    for control in made.derived_controls:
        entry = settings.controls.add()
        entry.name = control.model
        entry.weight = control.weight
        entry.guidance_start = control.guidance_start
        entry.guidance_end = control.guidance_end
        entry.control_importance = control.importance.lower()
        entry.input_override = control.preprocessor
        entry.no_prompt = control.no_prompt
        entry.global_average_pooling = control.global_average_pooling
        entry.down_sampling_rate = control.down_sampling_rate
        entry.target_blocks = ", ".join(control.target_blocks)
    settings.advanced.clear()
    for name, value in made.options_of(ADVANCED):
        entry = settings.advanced.add()
        entry.name = name
        entry.value = format_value(value)


def fill_script_arguments(settings: bpy.types.PropertyGroup) -> None:
    """The arguments of the chosen script with the server's defaults."""
    settings.script_arguments.clear()
    for argument in offered.catalogue.script_arguments.get(settings.script, ()):
        entry = settings.script_arguments.add()
        entry.name = argument.label
        entry.value = as_text(argument.value)
