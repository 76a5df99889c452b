# SPDX-FileCopyrightText: 2026 Draw Things Bridge maintainers
# SPDX-License-Identifier: GPL-3.0-or-later

"""Painting an order of the A1111 dialect: batches, hires fix, masks, ControlNet, and the words about it."""

from __future__ import annotations

import re
import time
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

from ..dialect import House
from ..engine import Job
from ..picture import Pixels
from . import control, infotext
from . import mask as masks
from . import pixels as px
from .errors import Failure
from .mask import Inpainting, MaskSettings
from .order import Order
from .progress import Progress
from .upscale import upscaled
from .webui import VERSION


@dataclass(frozen=True)
class Made:
    """What became of an order."""

    pictures: tuple[Pixels, ...] = field(repr=False)
    """In the order of the seeds; fewer than seeds when the job was interrupted."""
    texts: tuple[str, ...]
    """The infotext of each picture."""
    maps: tuple[Pixels, ...] = field(default=(), repr=False)
    """Appended to the answer without a text."""


class Painter:
    """Paints one order at a time."""

    def __init__(self, house: House, progress: Progress) -> None:
        self._house = house
        self._progress = progress

    def paint(self, order: Order) -> Made:
        """Raises Stopped, and Failure where the program would throw an exception."""
        progress = self._progress
        hires = order.hires_size
        pictures: list[Pixels] = []
        texts: list[str] = []
        inits = list(order.attachments.inits)
        size = order.batch_size
        progress.count(order.rounds * (2 if hires else 1))
        for number in range(order.rounds):
            progress.forget_skip()
            if progress.interrupted:
                break
            indices = range(number * size, (number + 1) * size)
            batch = _Batch(self._house, progress, order, indices, inits)
            made = batch.paint()
            if hires and not progress.is_ended:
                progress.next_job()
                made = batch.refined(made, hires)
            elif hires:
                progress.next_job()
            made = [self._finished(order, pixels, index) for pixels, index in zip(made, indices, strict=True)]
            pictures += made
            texts += [text(order, index) for index in indices]
            if order.attachments.script and order.attachments.script.name == "loopback":
                inits = made
            progress.next_job()
        return Made(tuple(pictures), tuple(texts), self._maps(order))

    def _finished(self, order: Order, pixels: Pixels, index: int) -> Pixels:
        """Trained embeddings show in the colours, tiling at the edges."""
        for embedding in order.ui.embeddings:
            if embedding.mean and embedding.name and _mentions(order.prompts[index], embedding.name):
                pixels = px.recoloured(pixels, embedding.mean, embedding.spread, 0.7)
        return pixels

    def _maps(self, order: Order) -> tuple[Pixels, ...]:
        init = order.attachments.inits[0] if order.attachments.inits else None
        return tuple(
            control.control_map(unit, init, order.width, order.height)
            for unit in order.units
            if unit.save_detected_map
        )


class _Batch:
    """The pictures that are made at once."""

    def __init__(
        self, house: House, progress: Progress, order: Order, indices: range, inits: list[Pixels]
    ) -> None:
        self._engine = house.engine
        self._faults = house.faults
        self._progress = progress
        self._order = order
        self._indices = indices
        self._inits = inits

    def paint(self) -> list[Pixels]:
        order, values = self._order, self._order.values
        steps, width, height = int(values["steps"]), order.width, order.height
        if not order.is_img2img:
            starts = [px.noise(width, height, order.seeds[n]) for n in self._indices]
            jobs = [self._job(n, width, height, steps, 1.0, None) for n in self._indices]
            return self._sample(jobs, starts, steps)
        strength = min(1.0, max(0.0, float(values["denoising_strength"])))
        inits = [self._inits[n % len(self._inits)] for n in range(len(self._indices))]
        masked = [self._inpainting(init) for init in inits]
        sources = [
            mask.source(width, height, order.seeds[n])
            if mask
            else px.fitted(init, width, height, int(values["resize_mode"] or 0))
            for n, init, mask in zip(self._indices, inits, masked, strict=True)
        ]
        jobs = [
            self._job(n, width, height, steps, strength, source)
            for n, source in zip(self._indices, sources, strict=True)
        ]
        # img2img runs the last steps only: 20 at 0.75 are 16.
        made = self._sample(jobs, sources, int(min(strength, 0.999) * steps) + 1)
        return [mask.restored(one) if mask else one for one, mask in zip(made, masked, strict=True)]

    def refined(self, pictures: list[Pixels], size: tuple[int, int]) -> list[Pixels]:
        """The second pass of the hires fix."""
        values = self._order.values
        steps = int(values["hr_second_pass_steps"] or 0) or int(values["steps"])
        strength = min(1.0, max(0.0, float(values["denoising_strength"])))
        name = values["hr_upscaler"] or "Latent"
        larger = [upscaled(one, *size, "Nearest" if "nearest" in name.lower() else name) for one in pictures]
        jobs = [
            self._job(n, *size, steps, strength, source, values["hr_prompt"] or None)
            for n, source in zip(self._indices, larger, strict=True)
        ]
        return self._sample(jobs, larger, int(min(strength, 0.999) * steps) + 1)

    def _sample(self, jobs: list[Job], starts: list[Pixels], steps: int) -> list[Pixels]:
        return self._progress.sample(lambda: [self._painted(job) for job in jobs], starts, steps)

    def _painted(self, job: Job) -> Pixels:
        if self._faults().out_of_memory:
            raise Failure("OutOfMemoryError", "CUDA out of memory. Tried to allocate 2.00 GiB")
        pixels = self._engine.paint(job)
        init = self._inits[0] if self._inits else None
        for unit in self._order.units:
            map_ = control.control_map(unit, init, job.width, job.height)
            pixels = control.applied(pixels, unit, map_)
        is_tiling = self._order.values["tiling"] or self._order.ui.option("tiling")
        return px.seamless(pixels) if is_tiling else pixels

    def _job(
        self,
        index: int,
        width: int,
        height: int,
        steps: int,
        strength: float,
        init: Pixels | None,
        prompt: str | None = None,
    ) -> Job:
        order = self._order
        seed = order.seeds[index]
        if order.values["subseed_strength"]:
            seed ^= order.subseeds[index]
        return Job(
            prompt=prompt or order.prompts[index],
            negative_prompt=order.negatives[index],
            width=width,
            height=height,
            seed=seed % 2**32,
            steps=steps,
            strength=strength,
            init=init,
        )

    def _inpainting(self, init: Pixels) -> Inpainting | None:
        order, values, mask = self._order, self._order.values, self._order.attachments.mask
        if mask is None:
            return None
        blur = values["mask_blur"]
        settings = MaskSettings(
            blur_x=int(values["mask_blur_x"] or 0) if blur is None else blur,
            blur_y=int(values["mask_blur_y"] or 0) if blur is None else blur,
            inverted=bool(values["inpainting_mask_invert"]),
            full_resolution=bool(values["inpaint_full_res"]),
            padding=int(values["inpaint_full_res_padding"] or 0),
            fill=int(values["inpainting_fill"] or 0),
            resize_mode=int(values["resize_mode"] or 0),
        )
        return masks.prepare(init, mask, settings, order.width, order.height)


def _mentions(prompt: str, name: str) -> bool:
    return re.search(rf"(?<!\w){re.escape(name)}(?!\w)", prompt) is not None


def generation_parameters(order: Order) -> dict[str, Any]:
    """What `info` has as `extra_generation_params`."""
    values = order.values
    extra: dict[str, Any] = {"Schedule type": order.scheduler}
    if order.attachments.mask is not None:
        extra["Mask blur"] = values["mask_blur_x"] if values["mask_blur"] is None else values["mask_blur"]
        if values["inpaint_full_res"]:
            extra["Inpaint area"] = "Only masked"
            extra["Masked area padding"] = values["inpaint_full_res_padding"]
    if values.get("enable_hr"):
        size = order.hires_size
        extra["Hires upscale"] = values["hr_scale"]
        if size and (values["hr_resize_x"] or values["hr_resize_y"]):
            extra["Hires resize"] = f"{size[0]}x{size[1]}"
        if values["hr_second_pass_steps"]:
            extra["Hires steps"] = values["hr_second_pass_steps"]
        extra["Hires upscaler"] = values["hr_upscaler"] or "Latent"
    for number, unit in enumerate(order.units):
        extra[f"ControlNet {number}"] = (
            f"Module: {unit.module}, Model: {unit.model}, Weight: {unit.weight}, Control Mode: {unit.mode}"
        )
    return extra


def text(order: Order, index: int) -> str:
    """The infotext of one picture."""
    values, model = order.values, order.ui.current
    settings: dict[str, Any] = {
        "Steps": values["steps"],
        "Sampler": values["sampler_name"],
        "Schedule type": order.scheduler,
        "CFG scale": values["cfg_scale"],
        "Seed": order.seeds[index],
        "Face restoration": order.ui.option("face_restoration_model") if values["restore_faces"] else None,
        "Size": f"{values['width']}x{values['height']}",
        "Model hash": model.hash,
        "Model": model.stem,
        "VAE": None if order.ui.option("sd_vae") == "Automatic" else order.ui.option("sd_vae"),
        "Denoising strength": values["denoising_strength"],
        "Clip skip": _unless(int(order.ui.option("CLIP_stop_at_last_layers")), 1),
        "Tiling": "True" if values["tiling"] else None,
        **{k: v for k, v in generation_parameters(order).items() if k != "Schedule type"},
        "Version": VERSION,
    }
    return infotext.written(order.prompts[index], order.negatives[index], settings)


def _unless(value: int, usual: int) -> int | None:
    return None if value == usual else value


def info(order: Order, made: Made) -> dict[str, Any]:
    """What the answer's `info` holds, as a JSON text."""
    values, model = order.values, order.ui.current
    vae = order.ui.option("sd_vae")
    first = 1 if order.grid_first and len(made.pictures) > 1 else 0
    return {
        "prompt": order.prompts[0],
        "all_prompts": list(order.prompts),
        "negative_prompt": order.negatives[0],
        "all_negative_prompts": list(order.negatives),
        "seed": order.seeds[0],
        "all_seeds": list(order.seeds),
        "subseed": order.subseeds[0],
        "all_subseeds": list(order.subseeds),
        "subseed_strength": values["subseed_strength"],
        "width": values["width"],
        "height": values["height"],
        "sampler_name": values["sampler_name"],
        "cfg_scale": values["cfg_scale"],
        "steps": values["steps"],
        "batch_size": values["batch_size"],
        "restore_faces": bool(values["restore_faces"]),
        "face_restoration_model": order.ui.option("face_restoration_model")
        if values["restore_faces"]
        else None,
        "sd_model_name": model.stem,
        "sd_model_hash": model.hash,
        "sd_vae_name": None if vae in ("Automatic", "None") else vae,
        "sd_vae_hash": None,
        "seed_resize_from_w": values["seed_resize_from_w"],
        "seed_resize_from_h": values["seed_resize_from_h"],
        "denoising_strength": values["denoising_strength"],
        "extra_generation_params": generation_parameters(order),
        "index_of_first_image": first,
        "infotexts": [*made.texts[:first], *made.texts],
        "styles": list(values["styles"] or ()),
        "job_timestamp": time.strftime("%Y%m%d%H%M%S"),
        "clip_skip": int(order.ui.option("CLIP_stop_at_last_layers")),
        "is_using_inpainting_conditioning": False,
        "version": VERSION,
    }


def echoed(values: Mapping[str, Any]) -> dict[str, Any]:
    """The answer's `parameters`: the request with its defaults, not what was used."""
    result = dict(values)
    if "init_images" in result and not result["include_init_images"]:
        result["init_images"] = result["mask"] = None
    return result
