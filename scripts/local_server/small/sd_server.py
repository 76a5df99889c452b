# SPDX-FileCopyrightText: 2026 Draw Things Bridge maintainers
# SPDX-License-Identifier: GPL-3.0-or-later

"""stable-diffusion.cpp's `sd-server`, its routes below `/sdapi/v1` (published source, 2026).

What it does not know it passes over; LoRA tags in the prompt stay text.
"""

from __future__ import annotations

import json
from typing import Any

from ..dialect import Outcome
from ..transport import HTTPLIB, Request, Response
from . import api
from .installed import stem

_LATENT = ("nearest", "nearest-exact", "antialiased", "bicubic", "bicubic antialiased")
#: Other spellings that it takes, in small letters.
_ALSO = {
    "euler a": "euler_a", "k_euler_a": "euler_a", "k_euler": "euler", "k_heun": "heun", "k_dpm_2": "dpm2",
    "ddim": "ddim_trailing", "dpm++ 2m": "dpm++2m", "k_dpmpp_2m": "dpm++2m", "lcm": "lcm",
}  # fmt: skip
_WORDS: dict[str, type | tuple[type, ...]] = {
    "prompt": str, "negative_prompt": str, "sampler_name": str, "scheduler": str, "hr_upscaler": str,
    "width": (int, float), "height": (int, float), "steps": (int, float), "cfg_scale": (int, float),
    "seed": (int, float), "batch_size": (int, float), "clip_skip": (int, float), "enable_hr": bool,
    "denoising_strength": (int, float), "hr_scale": (int, float),
}  # fmt: skip


class _Refused(Exception):
    """Its words."""


class SdServer(api.Small):
    """Implements `Dialect`."""

    manners = HTTPLIB

    def answer(self, request: Request) -> Outcome:
        if request.path in self.house.faults().missing:
            return Outcome(Response(404, content_type=""))
        if request.method == "GET" and request.path == "/":
            return Outcome(Response(200, b"Stable Diffusion Server is running", "text/plain"))
        name = request.path.removeprefix(api.PREFIX)
        if request.method == "GET" and request.path.startswith(api.PREFIX) and name in self._gets():
            self.house.turns.wait(lambda: self.house.faults().delay_get)
            return Outcome(api.as_json(self._gets()[name]()))
        if request.method == "POST" and request.path in (f"{api.PREFIX}txt2img", f"{api.PREFIX}img2img"):
            return self._generate(request, is_img2img=name == "img2img")
        return Outcome(Response(404, content_type=""))

    def _gets(self) -> api.Gets:
        has = self.app_state
        modes = ("Latent", *(f"Latent ({mode})" for mode in _LATENT))
        upscalers = ("None", "Lanczos", "Nearest")
        none = {"model_name": None, "model_path": None, "model_url": None, "scale": 4}
        return {
            "loras": lambda: [{"name": stem(path), "path": path} for path in has.loras],
            "upscalers": lambda: [{"name": name, **none} for name in upscalers],
            "latent-upscale-modes": lambda: [{"name": mode} for mode in modes],
            "samplers": lambda: [
                {"name": each, "aliases": [each], "options": {}} for each in ("default", *has.samplers)
            ],
            "schedulers": lambda: [{"name": each, "label": each} for each in ("default", *has.schedulers)],
            "sd-models": lambda: [
                {
                    "title": has.model, "model_name": has.model, "filename": f"{has.model}.gguf",
                    "hash": "8" * 10, "sha256": "8" * 64, "config": None,
                }
            ],
            "options": lambda: {"samples_format": "png", "sd_model_checkpoint": has.model},
        }  # fmt: skip

    def _generate(self, request: Request, *, is_img2img: bool) -> Outcome:
        if not request.body:
            return Outcome(api.as_json({"error": "empty body"}, 400), detail="empty body")
        try:
            sent = json.loads(request.body)
            for name, kind in _WORDS.items():
                value = sent.get(name)
                if name in sent and (
                    not isinstance(value, kind) or isinstance(value, bool) != (kind is bool)
                ):
                    raise TypeError(f"[json.exception.type_error.302] {name} is of another type")
            values = self._read(sent, is_img2img=is_img2img)
            inits = sent.get("init_images") or []
            init = api.decoded(inits[0]) if is_img2img and inits else None
        except _Refused as refusal:
            return Outcome(api.as_json({"error": str(refusal)}, 400), detail=str(refusal))
        except (ValueError, TypeError, AttributeError) as error:
            return Outcome(
                api.as_json({"error": "server_error", "message": str(error)}, 500), detail=str(error)
            )
        pictures = self.painted(values, init)
        if not pictures:
            words = "generate_image returned no results"
            return Outcome(api.as_json({"error": words}, 500), detail=words)
        info = {
            **{name: values[name] for name in ("prompt", "seed", "cfg_scale", "width", "height", "steps")},
            "sampler_name": values["sampler_name"],
            "extra_generation_params": {"Schedule type": values["scheduler"]},
            "sd_model_name": f"{self.app_state.model}.gguf",
            "version": "stable-diffusion.cpp",
            "infotexts": [values["infotext"]],
            "all_prompts": [values["prompt"]],
            "all_seeds": [values["seed"]],
        }
        answer = {"images": list(map(api.encoded, pictures)), "parameters": sent, "info": json.dumps(info)}
        return Outcome(api.as_json(answer), effective=values, images=len(pictures))

    def _read(self, sent: dict[str, Any], *, is_img2img: bool) -> dict[str, Any]:
        """What takes effect. Raises _Refused."""
        has = self.app_state
        width, height = int(sent.get("width", 512)), int(sent.get("height", 512))
        if width <= 0 or height <= 0:
            raise _Refused("width and height must be positive")
        if not sent.get("prompt"):
            raise _Refused("prompt required")
        asked = sent.get("sampler_name", "")
        sampler = asked if asked in has.samplers else _ALSO.get(asked.lower(), "")
        loras: dict[str, float] = {}
        for each in sent.get("lora") or ():
            path = each.get("path", "")
            if not path:
                raise _Refused("lora.path required")
            if path not in has.loras:
                raise _Refused(f"invalid lora path: {path}")
            loras[path] = loras.get(path, 0.0) + each.get("multiplier", 1.0)
        if sent.get("enable_hr") and not is_img2img:
            width, height = (int(side * sent.get("hr_scale", 2.0)) for side in (width, height))
        values = {
            "prompt": sent["prompt"],
            "negative_prompt": sent.get("negative_prompt", ""),
            "width": width,
            "height": height,
            "steps": int(sent.get("steps", 20)),
            "cfg_scale": sent.get("cfg_scale", 7.0),
            "seed": int(sent.get("seed", -1)) % 2**32,
            "sampler_name": sampler if sampler in has.samplers else "euler_a",
            "scheduler": sent["scheduler"] if sent.get("scheduler") in has.schedulers else "discrete",
            "denoising_strength": sent.get("denoising_strength", 0.75) if is_img2img else 1.0,
            "loras": loras,
        }
        values["infotext"] = (
            f"{values['prompt']}\nSteps: {values['steps']}, Seed: {values['seed']}, "
            f"Size: {width}x{height}, Sampler: {values['sampler_name']}, Version: stable-diffusion.cpp"
        )
        return values
