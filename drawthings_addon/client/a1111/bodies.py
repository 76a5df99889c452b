# SPDX-FileCopyrightText: 2026 Draw Things Bridge maintainers
# SPDX-License-Identifier: GPL-3.0-or-later

"""The bodies of everything else that A1111 takes: upscaling, new embeddings and hypernetworks, training.

The last four are called with the object's keys as a Python function's arguments, so each key must be one
of it and none may be missing (WebUI 1.10.1, modules/textual_inversion and modules/hypernetworks).
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from typing import Any, get_args

from ...errors import InvalidSettings
from ...imaging import formats
from ...messages import Message
from .. import checks
from ..training import Training
from ..upscaling import UpscaleSettings
from .types import InterrogateModel

#: What the server leaves out of a name when it creates, and then does not find when it trains.
_LEFT_OUT = re.compile(r"[^\w. -]")
#: Of pages of the server alone, but an argument all the same.
_TASK = "task(drawthings)"


def upscaling(settings: UpscaleSettings) -> dict[str, Any]:
    """Everything of extra-single-image and extra-batch-images but the pictures. Raises InvalidSettings."""
    values: dict[str, Any] = {
        "show_extras_results": True,
        "upscaler_1": checks.text(settings.upscaler, "The upscaler").strip() or "None",
        "upscaler_2": checks.text(settings.second_upscaler, "The second upscaler").strip() or "None",
        "extras_upscaler_2_visibility": checks.within(
            settings.second_visibility, 0, 1, "The second upscaler's visibility"
        ),
        "gfpgan_visibility": checks.within(settings.gfpgan_visibility, 0, 1, "GFPGAN's visibility"),
        "codeformer_visibility": checks.within(
            settings.codeformer_visibility, 0, 1, "CodeFormer's visibility"
        ),
        "codeformer_weight": checks.within(settings.codeformer_weight, 0, 1, "CodeFormer's weight"),
        "upscale_first": checks.switch(settings.upscale_first, "Upscale First"),
        "upscaling_crop": checks.switch(settings.crop, "Crop"),
    }
    if settings.size is None:
        scale = checks.within(settings.scale, 0.05, 8, "The scale")
        return values | {"resize_mode": 0, "upscaling_resize": scale}
    width, height = settings.size
    return values | {
        "resize_mode": 1,
        "upscaling_resize_w": checks.whole(width, 8, 32768, "The width"),
        "upscaling_resize_h": checks.whole(height, 8, 32768, "The height"),
    }


def extra_single(image: bytes, settings: UpscaleSettings) -> dict[str, Any]:
    return upscaling(settings) | {"image": checks.picture(image, "The picture to enlarge")}


def extra_batch(images: Sequence[bytes], settings: UpscaleSettings) -> dict[str, Any]:
    files = [
        {"data": checks.picture(image, Message("Picture {number}", number=number)), "name": f"{number}.png"}
        for number, image in enumerate(images, 1)
    ]
    if not files:
        raise InvalidSettings("There is no picture to enlarge.", "Select one.")
    return upscaling(settings) | {"imageList": files}


def png_info(image: bytes) -> dict[str, Any]:
    return {"image": checks.picture(image, "The picture to read", formats.ALL)}


def interrogate(image: bytes, model: InterrogateModel) -> dict[str, Any]:
    return {
        "image": checks.picture(image, "The picture to describe"),
        "model": checks.one_of(model, get_args(InterrogateModel), "What describes pictures"),
    }


def detect(image: bytes, module: str, resolution: int) -> dict[str, Any]:
    """`resolution` is the shorter side of what the preprocessor looks at, in pixels; its thresholds are its
    own."""
    return {
        "controlnet_module": module,
        "controlnet_input_images": [checks.picture(image, "The picture to look at")],
        "controlnet_processor_res": resolution,
        "controlnet_threshold_a": -1,
        "controlnet_threshold_b": -1,
    }


def create(training: Training, overwrite: bool) -> dict[str, Any]:
    """What is to be trained, new. Raises InvalidSettings."""
    return (_create_embedding if training.kind == "EMBEDDING" else _create_hypernetwork)(training, overwrite)


def train(training: Training) -> dict[str, Any]:
    """The training itself. Raises InvalidSettings."""
    return (_train_embedding if training.kind == "EMBEDDING" else _train_hypernetwork)(training)


def _create_embedding(training: Training, overwrite: bool) -> dict[str, Any]:
    return {
        "name": _name(training.name, "embedding"),
        "num_vectors_per_token": checks.whole(training.vectors, 1, 75, "The number of vectors"),
        "overwrite_old": checks.switch(overwrite, "Overwrite"),
        "init_text": checks.text(training.initial_text, "The initial text"),
    }


def _create_hypernetwork(training: Training, overwrite: bool) -> dict[str, Any]:
    settings = training.network
    layers = [checks.finite(layer, "A layer") for layer in settings.layer_structure]
    if len(layers) < 2 or layers[0] != 1 or layers[-1] != 1:
        raise InvalidSettings("The layers do not begin and end with 1.", "Use 1, 2, 1.")
    sizes = [checks.whole(size, 1, 10_000, "A size") for size in settings.enable_sizes]
    return {
        "name": _name(training.name, "hypernetwork"),
        "enable_sizes": [str(size) for size in sizes],
        "overwrite_old": checks.switch(overwrite, "Overwrite"),
        "layer_structure": layers,
        "activation_func": checks.text(settings.activation, "The activation"),
        "weight_init": checks.text(settings.weight_init, "The weights' beginning"),
        "add_layer_norm": checks.switch(settings.add_layer_norm, "Layer normalisation"),
        "use_dropout": checks.switch(settings.use_dropout, "Dropout"),
    }


def _train_embedding(training: Training) -> dict[str, Any]:
    return _training(training) | {
        "embedding_name": _name(training.name, "embedding"),
        "save_embedding_every": _copies_every(training),
        "save_image_with_stored_embedding": True,
    }


def _train_hypernetwork(training: Training) -> dict[str, Any]:
    return _training(training) | {
        "hypernetwork_name": _name(training.name, "hypernetwork"),
        "save_hypernetwork_every": _copies_every(training),
    }


def _copies_every(training: Training) -> int:
    """Without copies and pictures on the way the server makes no log folder, and then fails in writing to it
    (measured on 1.10.1): one copy at the end."""
    every = checks.whole(training.save_every, 0, 10**6, "Steps between copies")
    return every or (0 if training.picture_every else training.steps)


def _training(training: Training) -> dict[str, Any]:
    data_root = checks.text(training.data_root, "The folder of pictures")
    if not data_root.strip():
        raise InvalidSettings(
            "There is no folder of pictures.", "Enter it as the server's computer names it."
        )
    return {
        "id_task": _TASK,
        "learn_rate": _rates(training),
        "batch_size": checks.whole(training.batch_size, 1, 1024, "The batch size"),
        "gradient_step": checks.whole(training.gradient_step, 1, 1024, "The gradient steps"),
        "data_root": data_root,
        "log_directory": checks.text(training.log_directory, "The log folder"),
        "training_width": checks.whole(training.width, 64, 2048, "The width"),
        "training_height": checks.whole(training.height, 64, 2048, "The height"),
        "varsize": checks.switch(training.vary_size, "Vary Size"),
        "steps": checks.whole(training.steps, 1, 10**6, "Steps"),
        "clip_grad_mode": checks.one_of(
            training.clip_gradient, ("disabled", "value", "norm"), "Gradient clipping"
        ),
        "clip_grad_value": _schedule(training.clip_gradient_at, "The clipping value"),
        "shuffle_tags": checks.switch(training.shuffle_tags, "Shuffle Tags"),
        "tag_drop_out": checks.within(training.tag_drop_out, 0, 1, "Tag drop-out"),
        "latent_sampling_method": checks.one_of(
            training.latent_sampling, ("once", "deterministic", "random"), "Latent sampling"
        ),
        "use_weight": checks.switch(training.use_alpha_as_weight, "Alpha as weight"),
        "create_image_every": checks.whole(training.picture_every, 0, 10**6, "Steps between pictures"),
        "template_filename": checks.text(training.template, "The template"),
        "preview_from_txt2img": bool(training.preview_prompt.strip()),
        "preview_prompt": checks.text(training.preview_prompt, "The preview's prompt"),
        "preview_negative_prompt": "",
        "preview_steps": 20,
        "preview_sampler_name": "Euler",
        "preview_cfg_scale": 7.0,
        "preview_seed": -1,
        "preview_width": training.width,
        "preview_height": training.height,
    }


def _name(name: object, what: str) -> str:
    text = checks.text(name, Message("The name of the {what}", what=what)).strip()
    # It becomes a file name on the server. A word character of Python is a letter, a digit or "_".
    if not text or _LEFT_OUT.search(text) or text.startswith("."):
        raise InvalidSettings(
            "“{text}” cannot be the name of an {what}."
            if what[0] in "aeiou"
            else "“{text}” cannot be the name of a {what}.",
            "Use letters, digits and hyphens.",
            text=checks.shown(text),
            what=what,
        )
    return text


def _rates(training: Training) -> str:
    """The learning rate: a schedule has one for each step, as the server ends with its last."""
    text = _schedule(training.learn_rate, "The learning rate")
    reached, highest = 0, 0.0
    for pair in text.split(","):
        rate, _, end = pair.partition(":")
        highest = max(highest, float(rate))
        until = int(end) if end.strip() else -1
        if until == -1:
            reached = training.steps
            break
        if until <= reached:
            raise InvalidSettings(
                "The learning rate goes back to step {until} after step {reached}.",
                "Write it as 0.005:100, 0.001:1000.",
                until=until,
                reached=reached,
            )
        reached = until
    if reached < training.steps:
        raise InvalidSettings(
            "The learning rate ends at step {reached} of {steps}: nothing would be learnt after that.",
            "Write what follows, such as {text}, 0.001.",
            reached=reached,
            steps=training.steps,
            text=checks.shown(text),
        )
    if not highest:
        raise InvalidSettings("The learning rate is 0: nothing would be learnt.", "Write 0.005.")
    return text


def _schedule(value: object, what: str) -> str:
    """`0.005` or `0.005:100, 0.001`; the server takes only text."""
    text = checks.text(value, what).strip()
    number = r"[0-9]*\.?[0-9]+(e[-+]?[0-9]+)?"
    step = rf"{number}(\s*:\s*-?[0-9]+)?"
    if not re.fullmatch(rf"{step}(\s*,\s*{step})*", text, re.IGNORECASE):
        raise InvalidSettings(
            "{what} is “{text}”.",
            "Write it as 0.005 or 0.005:100, 0.001.",
            what=what,
            text=checks.shown(text),
        )
    return text
