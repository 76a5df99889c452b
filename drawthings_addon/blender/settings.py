# SPDX-FileCopyrightText: 2026 Draw Things Bridge maintainers
# SPDX-License-Identifier: GPL-3.0-or-later

"""The panel's settings become a request, and a recipe becomes settings again."""

from __future__ import annotations

import contextlib
import json
import random
from collections.abc import Iterable
from dataclasses import replace
from operator import itemgetter
from typing import Any

import bpy
import numpy as np

from .. import __package__ as package
from ..client.address import Server
from ..client.capabilities import Capabilities
from ..client.configuration import AppConfiguration, to_request
from ..client.fitness import what_does_not_fit
from ..client.keys import KEYS
from ..client.payload import sizes_that_follow
from ..client.request import (
    Control,
    ControlUnit,
    GenerationRequest,
    HiresFix,
    JsonScalar,
    Lora,
    Operation,
    Script,
)
from ..errors import InvalidSettings, OnlineAccessDenied
from ..jobs.made_how import MadeHow
from .choices import offered

_PLAIN_FIELDS = (
    "negative_prompt",
    "model",
    "steps",
    "guidance_scale",
    "sampler",
    "seed_mode",
    "shift",
    "clip_skip",
    "upscaler",
    "refiner_model",
    "refiner_start",
    "hires_fix",
)


def preferences() -> bpy.types.AddonPreferences:
    """The extension's preferences."""
    return bpy.context.preferences.addons[package].preferences


def server() -> Server:
    """The server of the preferences, with the password only where it is that of this server.

    Raises InvalidSettings for an address that cannot be meant, and OnlineAccessDenied when it is not
    this computer and Blender is set to stay offline.
    """
    chosen = preferences()
    found = Server(
        chosen.server_url,
        username=chosen.username,
        password=chosen.password,
        connect_timeout=chosen.connect_timeout,
        read_timeout=chosen.read_timeout * 60.0,
    )
    if not found.is_loopback and not bpy.app.online_access:
        raise OnlineAccessDenied(f"{found.label} is not this computer, and Blender is set to stay offline.")
    if found.password and chosen.password_origin != found.origin:
        return replace(found, username="", password="")
    return found


def is_connected(url: str) -> bool:
    """Whether this is the server of the preferences, the one whose status is shown."""
    try:
        return server().url == url
    except (InvalidSettings, OnlineAccessDenied):
        return False


def origin() -> str:
    """Scheme, host and port of the preferences' server; empty for an address that cannot be meant."""
    try:
        return Server(preferences().server_url).origin
    except InvalidSettings:
        return ""


def why_not_server() -> str:
    """Empty, or why the server cannot be asked: for greyed buttons. Contacts nobody."""
    try:
        server()
    except (InvalidSettings, OnlineAccessDenied) as error:
        return str(error)
    return ""


def prompt(scene: bpy.types.Scene) -> str:
    """The prompt: the text datablock's where one is chosen, else the field's."""
    settings = scene.drawthings
    text = settings.prompt_text.as_string() if settings.prompt_text else settings.prompt
    return text.strip()


def request(scene: bpy.types.Scene, operation: Operation) -> GenerationRequest:
    """What the panel shows, as it is sent. Raises InvalidSettings.

    txt2img takes the panel's width and height; img2img's follow from its source.
    """
    settings = scene.drawthings
    text = prompt(scene)
    if not text:
        raise InvalidSettings("There is no prompt.", "Write what the picture shows into the prompt.")
    return replace(
        _fields(settings),
        operation=operation,
        prompt=text,
        seed=_chosen_seed(settings),
        advanced=_by_name((each.name, parse_value(each.name, each.value)) for each in settings.advanced),
        **_a1111_fields(settings, operation),
    )


def _fields(settings: bpy.types.PropertyGroup) -> GenerationRequest:
    """The settings that have a field of their own, prompt and seed aside. Never raises."""
    return GenerationRequest(
        **{name: _shown(getattr(settings, name)) for name in _PLAIN_FIELDS},
        width=settings.width // 64 * 64,
        height=settings.height // 64 * 64,
        strength=_shown(settings.strength),
        loras=tuple(
            Lora(each.name.strip(), _shown(each.weight), each.mode)
            for each in settings.loras
            if each.enabled and each.name.strip()
        ),
        controls=tuple(
            Control(
                each.name.strip(),
                weight=_shown(each.weight),
                guidance_start=_shown(each.guidance_start),
                guidance_end=_shown(each.guidance_end),
                control_importance=each.control_importance,
                input_override=each.input_override.strip(),
            )
            for each in settings.controls
            if each.enabled and each.name.strip()
        ),
    )


def _shown(value: Any) -> Any:
    """A number as the panel shows it: Blender's 32 bits give 0.6 back as 0.6000000238418579."""
    return float(str(np.float32(value))) if isinstance(value, float) else value


def present(scene: bpy.types.Scene) -> GenerationRequest:
    """The panel's plain values, also while they could not be sent: what a picture does not tell stays."""
    settings = scene.drawthings
    return GenerationRequest(
        **{name: _shown(getattr(settings, name)) for name in _PLAIN_FIELDS},
        prompt=prompt(scene),
        width=settings.width,
        height=settings.height,
        strength=_shown(settings.strength),
        seed=unsigned_seed(settings.seed),
    )


def misfits(scene: bpy.types.Scene, capabilities: Capabilities) -> tuple[str, ...]:
    """What of the panel's settings has no effect on the server, in sentences. Memory only."""
    settings = scene.drawthings
    # On Draw Things the same switches name what it derives by itself, but for one.
    kinds = ("normal",) if capabilities.dialect == "DRAW_THINGS" else ("depth", "normal", "line")
    controls = [getattr(settings.scene_controls, kind) for kind in kinds]
    wanted = replace(
        _fields(settings),
        # Their names are enough, whatever their values.
        advanced=tuple((each.name, None) for each in settings.advanced),
        **_a1111_fields(settings, "txt2img"),
        mask=b"chosen" if settings.inpaint.mask is not None else b"",
        control_units=tuple(ControlUnit(model=control.model.strip()) for control in controls if control.use),
    )
    return what_does_not_fit(wanted, capabilities, offered.catalogue)


def _a1111_fields(settings: bpy.types.PropertyGroup, operation: Operation) -> dict[str, Any]:
    """What only servers of A1111's API know; the other dialect passes over them."""
    hires, inpaint = settings.hires, settings.inpaint
    return {
        "scheduler": settings.scheduler.strip(),
        "vae": settings.vae.strip(),
        "tiling": settings.use_tiling,
        "restore_faces": settings.use_restore_faces,
        "styles": tuple(each.name for each in settings.styles if each.name.strip()),
        "override_settings": _by_name(
            (each.name.strip(), any_value(each.value))
            for each in settings.server_options
            if each.name.strip()
        ),
        "script": Script(
            settings.script.strip(), tuple(any_value(each.value) for each in settings.script_arguments)
        )
        if settings.script.strip()
        else None,
        "hires": HiresFix(_shown(hires.scale), hires.upscaler.strip(), hires.steps, _shown(hires.strength))
        if hires.use and operation == "txt2img"
        else None,
        "mask_blur": inpaint.mask_blur,
        "inpaint_area": inpaint.area,
        "inpaint_padding": inpaint.padding,
        "inpaint_fill": inpaint.fill,
    }


def _by_name(entries: Iterable[tuple[str, Any]]) -> tuple[tuple[str, Any], ...]:
    """In the order of their names alone: values of one name that is there twice may not compare."""
    return tuple(sorted(entries, key=itemgetter(0)))


def adopt_request(settings: bpy.types.PropertyGroup, made: GenerationRequest) -> None:
    """Set the panel to what a picture was made with; Source and Output stay as they are."""
    settings.prompt_text = None
    settings.prompt = made.prompt
    _adopt_fields(settings, made)
    settings.seed = signed_seed(made.seed)
    settings.use_random_seed = False
    if made.operation == "txt2img":
        settings.width, settings.height = made.width, made.height
    else:
        settings.strength = made.strength
    _adopt_a1111(settings, made)


def adopt_made_how(settings: bpy.types.PropertyGroup, made: MadeHow) -> None:
    """Set the panel to what a picture's file tells, of whatever origin."""
    random_seed = settings.use_random_seed
    adopt_request(settings, made.request)
    if not made.is_whole:
        # What the picture does not tell is as it was before.
        settings.width, settings.height = made.request.width, made.request.height
        settings.strength = made.request.strength
    if not made.has_seed:
        settings.use_random_seed = random_seed


def _adopt_a1111(settings: bpy.types.PropertyGroup, made: GenerationRequest) -> None:
    settings.scheduler, settings.vae = made.scheduler, made.vae
    settings.use_tiling, settings.use_restore_faces = made.tiling, made.restore_faces
    settings.styles.clear()
    for name in made.styles:
        settings.styles.add().name = name
    settings.server_options.clear()
    for name, value in made.override_settings:
        entry = settings.server_options.add()
        entry.name, entry.value = name, _as_text(value)
    settings.script = made.script.name if made.script else ""
    settings.script_arguments.clear()
    labels = [argument.label for argument in offered.catalogue.script_arguments.get(settings.script, ())]
    for index, value in enumerate(made.script.args if made.script else ()):
        entry = settings.script_arguments.add()
        label = labels[index] if index < len(labels) else ""
        entry.name, entry.value = label or f"Argument {index + 1}", _as_text(value)
    settings.hires.use = made.hires is not None
    if made.hires is not None:
        settings.hires.scale, settings.hires.upscaler = made.hires.scale, made.hires.upscaler
        settings.hires.steps, settings.hires.strength = made.hires.steps, made.hires.strength
    if made.operation == "img2img":
        inpaint = settings.inpaint
        inpaint.mask_blur, inpaint.area = made.mask_blur, made.inpaint_area
        inpaint.padding, inpaint.fill = made.inpaint_padding, made.inpaint_fill
    for kind in ("depth", "normal", "line"):
        unit = next((each for each in made.control_units if each.source == kind.upper()), None)
        control = getattr(settings.scene_controls, kind)
        control.use = unit is not None
        if unit is not None:
            control.model, control.weight = unit.model, unit.weight
            control.guidance_start, control.guidance_end = unit.guidance_start, unit.guidance_end


def _as_text(value: object) -> str:
    return value if isinstance(value, str) else json.dumps(value)


def adopt_configuration(settings: bpy.types.PropertyGroup, configuration: AppConfiguration) -> None:
    """Take over what is set in the app, except prompts and seed; what it does not tell stays."""
    advanced = []
    for each in settings.advanced:
        # What cannot be sent anyway is not worth keeping.
        with contextlib.suppress(InvalidSettings):
            advanced.append((each.name, parse_value(each.name, each.value)))
    made = to_request(configuration, replace(_fields(settings), advanced=tuple(advanced)))
    _adopt_fields(settings, made)
    settings.width, settings.height = made.width, made.height
    settings.strength = made.strength


def _adopt_fields(settings: bpy.types.PropertyGroup, made: GenerationRequest) -> None:
    for name in _PLAIN_FIELDS:
        setattr(settings, name, getattr(made, name))
    settings.loras.clear()
    for lora in made.loras:
        entry = settings.loras.add()
        entry.name = lora.file
        entry.weight = lora.weight
        entry.mode = lora.mode
    settings.controls.clear()
    for control in made.controls:
        entry = settings.controls.add()
        entry.name = control.file
        entry.weight = control.weight
        entry.guidance_start = control.guidance_start
        entry.guidance_end = control.guidance_end
        entry.control_importance = control.control_importance
        entry.input_override = control.input_override
    settings.advanced.clear()
    for name, value in made.advanced:
        entry = settings.advanced.add()
        entry.name = name
        entry.value = format_value(value)


def fill_script_arguments(settings: bpy.types.PropertyGroup) -> None:
    """The arguments of the chosen script with the server's defaults."""
    settings.script_arguments.clear()
    for argument in offered.catalogue.script_arguments.get(settings.script, ()):
        entry = settings.script_arguments.add()
        entry.name = argument.label
        entry.value = _as_text(argument.value)


def parse_value(name: str, text: str) -> JsonScalar:
    """An advanced parameter's value from its text field. Raises InvalidSettings."""
    key = KEYS.get(name)
    if key is None:
        raise InvalidSettings(
            f"“{name}” is no parameter of the server.", "Remove it under Settings → Advanced."
        )
    text = text.strip()
    try:
        match key.kind:
            case "INTEGER":
                return int(text)
            case "NUMBER":
                return float(text)
            case "SWITCH":
                return {"true": True, "false": False}[text.casefold()]
    except (ValueError, KeyError):
        wanted = {"INTEGER": "a whole number", "NUMBER": "a number", "SWITCH": "true or false"}[key.kind]
        raise InvalidSettings(
            f"{key.label} is “{text}”, and should be {wanted}.", "Correct it under Settings → Advanced."
        ) from None
    return text or None


def first_value(settings: bpy.types.PropertyGroup, name: str) -> str:
    """The text that an advanced parameter begins with: what is sent without it, else its least value."""
    key = KEYS[name]
    value = sizes_that_follow(settings.width, settings.height).get(name, key.default)
    if value is None and key.minimum is not None:
        value = int(key.minimum) if key.kind == "INTEGER" else key.minimum
    return format_value(value)


def any_value(text: str) -> Any:
    """A value whose type nobody knows: JSON where it reads as such, else the text itself."""
    try:
        value = json.loads(text)
    except (ValueError, RecursionError):
        return text
    return tuple(value) if isinstance(value, list) else value


def format_value(value: JsonScalar) -> str:
    """The text of a value, such that `parse_value` gives it back."""
    if isinstance(value, bool):
        return "true" if value else "false"
    return "" if value is None else str(value)


def signed_seed(seed: int) -> int:
    """A seed of 0 to 2^32 - 1 as Blender's signed integers hold it."""
    return seed - 2**32 if seed >= 2**31 else seed


def unsigned_seed(value: int) -> int:
    """The way back."""
    return value % 2**32


def _chosen_seed(settings: bpy.types.PropertyGroup) -> int:
    # Below 2^31: such a seed can be typed into the field as it is shown.
    return random.randrange(2**31) if settings.use_random_seed else unsigned_seed(settings.seed)
