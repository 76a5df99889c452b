# SPDX-FileCopyrightText: 2026 Draw Things Bridge maintainers
# SPDX-License-Identifier: GPL-3.0-or-later

"""A generation request, made ready: styles, seeds, sampler, scripts, and the checks before painting.

In the order and with the words of AUTOMATIC1111 1.10.1 (read from its published source, and measured).
"""

from __future__ import annotations

import random
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from typing import Any

from ..picture import Pixels
from . import control
from . import images as a1111_images
from . import mask as masks
from . import pixels as px
from .control import Unit
from .errors import Failure, HttpError
from .pixels import Floats
from .webui import Script, WebUi

UNKNOWN_SAMPLER = "DPM++ 2M"
"""What is used, without a word, for a sampler that there is not."""


@dataclass(frozen=True)
class Attachments:
    """What a request brings along, checked before it waits for its turn."""

    inits: tuple[Pixels, ...] = field(default=(), repr=False)
    """RGB, in the sizes that were sent."""
    mask: Floats | None = field(default=None, repr=False)
    script: Script | None = None
    units: Any = None
    """ControlNet's arguments as they were sent."""


@dataclass(frozen=True)
class Order:
    """What is to be painted."""

    values: Mapping[str, Any]
    """The request, with the seed and the sampler that are used."""
    ui: WebUi
    """With the settings that the request overrides."""
    overrides: Mapping[str, Any]
    """These, by name."""
    attachments: Attachments
    prompts: tuple[str, ...]
    negatives: tuple[str, ...]
    seeds: tuple[int, ...]
    subseeds: tuple[int, ...]
    scheduler: str
    units: tuple[Unit, ...] = ()
    rounds: int = 1
    """Passes over the model, each of `batch_size` pictures."""
    grid_first: bool = False

    @property
    def width(self) -> int:
        """Pixels: floored to 8, although `info` goes on telling the size that was asked for."""
        return int(self.values["width"]) // 8 * 8

    @property
    def height(self) -> int:
        return int(self.values["height"]) // 8 * 8

    @property
    def batch_size(self) -> int:
        return int(self.values["batch_size"])

    @property
    def is_img2img(self) -> bool:
        return "init_images" in self.values

    @property
    def hires_size(self) -> tuple[int, int] | None:
        """Width and height of the second pass; None: there is none."""
        if not self.values.get("enable_hr"):
            return None
        across, down = self.values["hr_resize_x"] or 0, self.values["hr_resize_y"] or 0
        width, height = int(self.values["width"]), int(self.values["height"])
        scale = self.values["hr_scale"] or 2.0
        if not across and not down:
            across, down = int(width * scale), int(height * scale)
        elif not across:
            across = down * width // height
        elif not down:
            down = across * height // width
        return max(8, across // 8 * 8), max(8, down // 8 * 8)


def attachments(values: Mapping[str, Any], ui: WebUi, *, img2img: bool, controlnet: bool) -> Attachments:
    """Pictures and scripts. Raises HttpError, Failure."""
    if img2img and values["init_images"] is None:
        raise HttpError(404, "Init image not found")
    script = _script(values["script_name"], ui, img2img)
    units = _alwayson(values["alwayson_scripts"], ui, controlnet)
    if not img2img:
        return Attachments(script=script, units=units)
    mask = None
    if values["mask"] is not None:
        if not values["mask"]:
            raise Failure("AttributeError", "'NoneType' object has no attribute 'getextrema'")
        mask = masks.read(a1111_images.decoded(values["mask"]), cut=bool(values["mask_round"]))
    inits = tuple(px.on_background(a1111_images.decoded(image)) for image in values["init_images"])
    return Attachments(inits, mask, script, units)


def _script(name: str | None, ui: WebUi, img2img: bool) -> Script | None:
    if not name:
        return None
    script = ui.script(name, img2img=img2img)
    if script is None or script.is_alwayson:
        raise HttpError(422, f"Script '{name}' not found")
    return script


def _alwayson(sent: Mapping[str, Any], ui: WebUi, controlnet: bool) -> Any:
    units = None
    for name, arguments in sent.items():
        if name.lower() == control.TITLE and controlnet:
            units = arguments
            continue
        script = ui.script(name)
        if script is None:
            raise HttpError(422, f"Script '{name}' not found")
        if not script.is_alwayson:
            raise HttpError(422, "Cannot have a selectable script in the always on scripts params")
    return units


def prepare(values: dict[str, Any], ui: WebUi, attached: Attachments) -> Order:
    """Raises Failure where the program would throw an exception."""
    values = dict(values)
    _check_numbers(values)
    overrides = values["override_settings"] or {}
    unknown = [name for name in overrides if name not in ui.options]
    if unknown:
        raise Failure("KeyError", repr(unknown[0]))
    name = overrides.get("sd_model_checkpoint")
    if name is not None and ui.checkpoint(str(name)) is None:
        overrides = {key: value for key, value in overrides.items() if key != "sd_model_checkpoint"}
    elif name is not None:
        chosen = ui.checkpoint(str(name))
        overrides = {**overrides, "sd_model_checkpoint": chosen.title if chosen else None}
    ui = ui.with_options(overrides)

    sampler, scheduler = _sampler(values, ui)
    values["sampler_name"] = sampler
    if sampler == "UniPC" and values["steps"] < 3:
        raise Failure("AssertionError", "")
    _check_checkpoints(values, ui)
    prompt, negative = _styled(values, ui)
    values["seed"], values["subseed"] = _seed(values["seed"]), _seed(values["subseed"])
    if attached.inits:
        _check_inits(len(attached.inits), values["batch_size"])
    elif "init_images" in values:
        raise Failure("IndexError", "list index out of range")
    if values.get("enable_hr"):
        _check_hires(values, ui)

    count = values["n_iter"] * values["batch_size"]
    order = Order(
        values=values,
        ui=ui,
        overrides=overrides,
        attachments=attached,
        prompts=(prompt,) * count,
        negatives=(negative,) * count,
        seeds=tuple(values["seed"] + (n if values["subseed_strength"] == 0 else 0) for n in range(count)),
        subseeds=tuple(values["subseed"] + n for n in range(count)),
        scheduler=scheduler,
        units=control.read_units(attached.units, ui) if attached.units is not None else (),
        rounds=values["n_iter"],
        grid_first=bool(values["save_images"]) and count > 1,
    )
    return _scripted(order)


def _check_numbers(values: dict[str, Any]) -> None:
    for name in ("prompt", "negative_prompt"):
        if values[name] is None:
            raise Failure("AssertionError", "")
    for name in ("steps", "width", "height", "batch_size", "n_iter", "cfg_scale"):
        if values[name] is None:
            raise Failure("TypeError", "unsupported operand type(s) for *: 'NoneType' and 'int'")
    if values["steps"] < 1:
        raise Failure("IndexError", "index -1 is out of bounds for dimension 0 with size 0")
    for name in ("width", "height"):
        if values[name] < 8:
            raise Failure("RuntimeError", f"Trying to create tensor with negative or zero {name}")
    if values["batch_size"] < 1 or values["n_iter"] < 1:
        raise Failure("IndexError", "list index out of range")
    for name, usual in (("seed", -1), ("subseed", -1), ("subseed_strength", 0)):
        values[name] = usual if values[name] is None else values[name]


def _check_checkpoints(values: Mapping[str, Any], ui: WebUi) -> None:
    usual = (None, "", "None", "none", "Use same checkpoint")
    for name in (values["refiner_checkpoint"], values.get("hr_checkpoint_name")):
        if name not in usual and ui.checkpoint(name) is None:
            raise Failure("Exception", f"Could not find checkpoint with name {name}")


def _check_inits(inits: int, batch_size: int) -> None:
    if inits > batch_size:
        text = f"bad number of images passed: {inits}; expecting {batch_size} or less"
        raise Failure("RuntimeError", text)


def _check_hires(values: Mapping[str, Any], ui: WebUi) -> None:
    if values["denoising_strength"] is None:
        raise Failure("TypeError", "'<' not supported between instances of 'NoneType' and 'float'")
    name = values["hr_upscaler"]
    if name is None or name in ui.latent_upscale_modes:
        return
    if not any(upscaler.name == name for upscaler in ui.upscalers):
        raise Failure("Exception", f"could not find upscaler named {name}")


def _seed(value: int) -> int:
    return random.randrange(2**32) if value == -1 else value


def _sampler(values: Mapping[str, Any], ui: WebUi) -> tuple[str, str]:
    """Sampler and scheduler as they are used. What is unknown is replaced without a word."""
    asked = values["sampler_name"] or values["sampler_index"]
    known = {label.lower(): s.label for s in ui.schedulers for label in (s.name, s.label)}
    chosen = values["scheduler"] or "Automatic"
    sampler = ui.sampler(asked)
    if sampler is None:
        # "DPM++ 2M Karras": how samplers were called before 1.9.
        start, _, last = asked.rpartition(" ")
        if last.lower() in known and ui.sampler(start):
            return start, known[last.lower()]
        if ui.refuses_unknown_samplers:
            raise HttpError(404, "Sampler not found")
        return UNKNOWN_SAMPLER, "Karras"
    scheduler = known.get(chosen.lower(), "Automatic")
    if scheduler == "Automatic" and "scheduler" in sampler.options:
        scheduler = known.get(sampler.options["scheduler"], scheduler)
    return sampler.name, scheduler


def _styled(values: Mapping[str, Any], ui: WebUi) -> tuple[str, str]:
    prompt, negative = values["prompt"], values["negative_prompt"]
    by_name = {style.name: style for style in ui.styles}
    for name in values["styles"] or ():
        if name in by_name:
            prompt = _with_style(prompt, by_name[name].prompt or "")
            negative = _with_style(negative, by_name[name].negative_prompt or "")
    return prompt, negative


def _with_style(prompt: str, style: str) -> str:
    if "{prompt}" in style:
        return style.replace("{prompt}", prompt)
    return ", ".join(part for part in (prompt.strip(), style.strip()) if part)


def _scripted(order: Order) -> Order:
    """What the chosen script makes of the order."""
    script = order.attachments.script
    if script is None:
        return order
    sent = order.values["script_args"]
    if len(sent) < len(script.arguments):
        text = f"{script.name}.run() missing {len(script.arguments) - len(sent)} required arguments"
        raise Failure("TypeError", text)
    if script.name == "prompt matrix":
        parts = [part.strip() for part in order.prompts[0].split("|")]
        prompts = [
            ", ".join([parts[0], *(p for n, p in enumerate(parts[1:]) if mask >> n & 1)])
            for mask in range(2 ** (len(parts) - 1))
        ]
        return replace(_with_prompts(order, prompts, other_seeds=bool(sent[1])), grid_first=True)
    if script.name == "prompts from file or textbox":
        lines = [line.strip() for line in str(sent[3]).splitlines() if line.strip()]
        return _with_prompts(order, lines or [order.prompts[0]], other_seeds=bool(sent[0]))
    if script.name == "loopback":
        return replace(_with_prompts(order, [order.prompts[0]] * int(sent[0]), other_seeds=True))
    if script.name == "poor man's outpainting":
        # A text is none of the four numbers, which fills without a word.
        fill = sent[2] if isinstance(sent[2], int) else 0
        return replace(order, values={**order.values, "inpainting_fill": fill})
    if script.name == "x/y/z plot":
        return _plotted(order, script, sent)
    return order


def _plotted(order: Order, script: Script, sent: Sequence[Any]) -> Order:
    """The pictures of X/Y/Z plot: seeds and prompts, of what it could have on its axes."""
    for place in (sent[0], sent[3], sent[6]):
        if not isinstance(place, int):
            raise Failure("TypeError", "list indices must be integers or slices, not str")
    for written in (sent[1], sent[4], sent[7]):
        if not isinstance(written, str):
            raise Failure("TypeError", f"initial_value must be str or None, not {type(written).__name__}")
    axis = (script.arguments[0].choices or ())[sent[0]]
    values = [each.strip() for each in str(sent[1]).split(",") if each.strip()]
    if axis == "Prompt S/R" and values:
        prompts = [order.prompts[0].replace(values[0], value) for value in values]
        return replace(_with_prompts(order, prompts, other_seeds=False), grid_first=True)
    plotted = _with_prompts(order, [order.prompts[0]] * max(1, len(values)), other_seeds=False)
    if axis == "Seed" and values:
        plotted = replace(plotted, seeds=tuple(map(int, values)))
    return replace(plotted, values={**plotted.values, "axis": axis}, grid_first=True)


def _with_prompts(order: Order, prompts: list[str], *, other_seeds: bool) -> Order:
    """One picture a prompt, one after the other."""
    seed, subseed = order.seeds[0], order.subseeds[0]
    return replace(
        order,
        values={**order.values, "batch_size": 1},
        prompts=tuple(prompts),
        negatives=(order.negatives[0],) * len(prompts),
        seeds=tuple(seed + (n if other_seeds else 0) for n in range(len(prompts))),
        subseeds=tuple(subseed + n for n in range(len(prompts))),
        rounds=len(prompts),
    )
