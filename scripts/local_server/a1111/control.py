# SPDX-FileCopyrightText: 2026 Draw Things Bridge maintainers
# SPDX-License-Identifier: GPL-3.0-or-later

"""The ControlNet extension: its routes' answers, its units, and what a unit does to a picture.

From the extension's published source. The effect is this server's own: light and dark of the map carry
over, and lines are drawn in.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

import numpy as np

from ..picture import Pixels
from . import images as a1111_images
from . import pixels as px
from .errors import Failure, HttpError
from .webui import WebUi

TITLE = "controlnet"
MODULES = (
    "none", "canny", "depth_midas", "invert (from white bg & black line)", "lineart_standard",
    "normal_bae", "scribble_pidinet",
)  # fmt: skip
TYPES: Mapping[str, tuple[tuple[str, ...], str]] = {
    "All": (MODULES, ""),
    "Canny": (("none", "canny"), "canny"),
    "Depth": (("none", "depth_midas"), "depth"),
    "Lineart": (("none", "lineart_standard", "invert (from white bg & black line)"), "lineart"),
    "NormalMap": (("none", "normal_bae"), "normalbae"),
    "Scribble/Sketch": (("none", "scribble_pidinet"), "scribble"),
}
_RESIZE = ("Just Resize", "Crop and Resize", "Resize and Fill")
_MODES = ("Balanced", "My prompt is more important", "ControlNet is more important")


@dataclass(frozen=True)
class Unit:
    """One enabled unit of a request."""

    model: str
    module: str
    weight: float
    guidance: float
    """The share of the steps in which it takes part."""
    resize_mode: int
    image: Pixels | None = field(default=None, repr=False)
    """None: the init image."""
    save_detected_map: bool = True
    mode: str = "Balanced"


def read_units(arguments: Any, ui: WebUi) -> tuple[Unit, ...]:
    """The enabled units of `alwayson_scripts`' `{"args": […]}`. Raises Failure, HttpError."""
    sent = arguments.get("args", []) if isinstance(arguments, dict) else []
    if not isinstance(sent, list):
        raise Failure("TypeError", "args must be a list")
    return tuple(_read(unit, ui) for unit in sent if isinstance(unit, dict) and unit.get("enabled"))


def _read(sent: Mapping[str, Any], ui: WebUi) -> Unit:
    module, model = str(sent.get("module", "none")), str(sent.get("model", "None"))
    if module.lower() not in MODULES:
        raise Failure("ValueError", f"Unknown preprocessor: {module}")
    names = {name.lower(): name for known in ui.controlnet_models for name in (known, known.split(" [")[0])}
    if model.lower() not in names:
        raise Failure("RuntimeError", f"model not found: {model}")
    weight = _number(sent, "weight", 1.0, 0.0, 2.0)
    start = _number(sent, "guidance_start", 0.0, 0.0, 1.0)
    end = _number(sent, "guidance_end", 1.0, 0.0, 1.0)
    if start > end:
        raise Failure("ValueError", "guidance_start must be less than or equal to guidance_end")
    image = sent.get("image", sent.get("input_image"))
    if isinstance(image, dict):
        image = image.get("image")
    return Unit(
        model=model,
        module=module.lower(),
        weight=weight,
        guidance=end - start,
        resize_mode=_choice(sent, "resize_mode", _RESIZE, 1),
        image=None if image is None else px.on_background(a1111_images.decoded(image)),
        save_detected_map=bool(sent.get("save_detected_map", True)),
        mode=_MODES[_choice(sent, "control_mode", _MODES, 0)],
    )


def _number(sent: Mapping[str, Any], name: str, default: float, low: float, high: float) -> float:
    value = sent.get(name, default)
    if isinstance(value, bool) or not isinstance(value, (int, float)) or not low <= value <= high:
        raise Failure("ValueError", f"{name} must be between {low} and {high}, not {value!r}")
    return float(value)


def _choice(sent: Mapping[str, Any], name: str, choices: Sequence[str], default: int) -> int:
    """By text or by number."""
    value = sent.get(name, default)
    if value in choices:
        return choices.index(value)
    if type(value) is int and 0 <= value < len(choices):
        return value
    raise Failure("ValueError", f"{name}: {value!r} is not one of {', '.join(choices)}")


def detected(pixels: Pixels, module: str) -> Pixels:
    """The map that a preprocessor makes of a picture."""
    light = px.luminance(pixels)
    if module in ("canny", "lineart_standard", "scribble_pidinet"):
        down, across = np.gradient(px.blurred(light, 1, 1))
        edges = np.clip(np.hypot(down, across) * 8, 0, 255)
        lines = np.where(edges > 64, 255, 0) if module == "canny" else edges
        return px.rounded(np.repeat(lines[..., None], 3, axis=2))
    if module == "depth_midas":
        return px.rounded(np.repeat(px.blurred(light, 4, 4)[..., None], 3, axis=2))
    if module == "normal_bae":
        down, across = np.gradient(px.blurred(light, 2, 2) / 16)
        normal = np.stack([-across, down, np.ones_like(light)], axis=-1)
        normal /= np.linalg.norm(normal, axis=-1, keepdims=True)
        return px.rounded(normal * 127.5 + 127.5)
    if module.startswith("invert"):
        return np.asarray(255 - pixels, np.uint8)
    return pixels


def control_map(unit: Unit, init: Pixels | None, width: int, height: int) -> Pixels:
    """The map of a unit in the size of the picture. Raises Failure where there is no picture."""
    source = init if unit.image is None else unit.image
    if source is None:
        raise Failure("ValueError", "controlnet is enabled but no input image is given")
    return detected(px.fitted(source, width, height, unit.resize_mode), unit.module)


def applied(pixels: Pixels, unit: Unit, control: Pixels) -> Pixels:
    """The picture under the influence of a map of its size."""
    share = min(1.0, unit.weight * unit.guidance * 0.5)
    if unit.mode == "My prompt is more important":
        share *= 0.5
    light = px.luminance(control) / 255
    model = unit.model.lower()
    if any(word in model for word in ("canny", "lineart", "scribble", "softedge", "mlsd")):
        return px.mixed(pixels, np.full_like(pixels, 16), np.asarray(light * share, np.float32))
    if "normal" in model:
        # Lit from the upper left.
        normal = control.astype(np.float32) / 127.5 - 1
        light = np.clip(0.3 - 0.5 * normal[..., 0] + 0.5 * normal[..., 1] + 0.4 * normal[..., 2], 0, 1.2)
    lit = px.rounded(pixels * (0.25 + 1.1 * light[..., None]))
    return px.mixed(pixels, lit, share)


# What the extension's routes answer


def model_list(ui: WebUi) -> dict[str, Any]:
    return {"model_list": list(ui.controlnet_models)}


def module_list(_: WebUi) -> dict[str, Any]:
    details = {name: {"model_free": False, "sliders": []} for name in MODULES}
    return {"module_list": list(MODULES), "module_detail": details}


def control_types(ui: WebUi) -> dict[str, Any]:
    types = {}
    for name, (modules, word) in TYPES.items():
        models = [model for model in ui.controlnet_models if word in model]
        types[name] = {
            "module_list": list(modules),
            "model_list": ["None", *models],
            "default_option": modules[-1] if word else "none",
            "default_model": models[0] if models and word else "None",
        }
    return {"control_types": types}


def detect(values: Mapping[str, Any]) -> dict[str, Any]:
    """POST `/controlnet/detect`. Raises HttpError."""
    module, images = values["controlnet_module"].lower(), values["controlnet_input_images"]
    if module not in MODULES:
        raise HttpError(422, "Module not available")
    if not images:
        raise HttpError(422, "No image selected")
    maps = [detected(px.on_background(a1111_images.decoded(image)), module) for image in images]
    return {
        "images": [a1111_images.to_base64(a1111_images.encoded(one)) for one in maps],
        "info": "Success",
    }
