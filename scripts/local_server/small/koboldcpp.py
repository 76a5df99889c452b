# SPDX-FileCopyrightText: 2026 Draw Things Bridge maintainers
# SPDX-License-Identifier: GPL-3.0-or-later

"""KoboldCpp with a picture model, its routes below `/sdapi/v1` (published source, 2026).

It passes over what it does not know, takes any path that ends like one of its own, and answers a picture that
failed with an empty text in its place.
"""

from __future__ import annotations

import contextlib
import json
from collections.abc import Mapping
from typing import Any

from .. import picture
from ..dialect import Outcome
from ..picture import Pixels
from ..transport import Manners, Request, Response
from . import api
from .installed import stem

_NOWHERE = (
    "Error: KoboldCpp HTTP Server is running, but this endpoint does not exist. Please check the URL and "
    'METHOD.<br><a href="/api">[Read API documentation here]</a>'
)
_HTML = "text/html"
_PAGE = "<!doctype html><html><head><title>KoboldAI Lite</title></head><body></body></html>"
#: As stable-diffusion.cpp has them, as they are listed, and what else is taken for them, in small letters.
_SAMPLERS = (
    ("euler", "Euler", "k_euler"),
    ("euler_a", "Euler A", "k_euler_a", "euler a"),
    ("heun", "Heun", "k_heun"),
    ("dpm2", "DPM2", "k_dpm_2"),
    ("lcm", "LCM", "k_lcm"),
    ("dpm++2m", "DPM++ 2M", "k_dpmpp_2m", "dpm++ 2m karras", "dpm++ 2m"),
    ("ddim_trailing", "DDIM", "ddim"),
)


class KoboldCpp(api.Small):
    """Implements `Dialect`."""

    #: Python's own http.server, which speaks HTTP 1.0: a connection for each request.
    manners = Manners(
        requests=1,
        headers=(("Server", "ConcedoLlamaForKoboldServer"),),
        dated=True,
        body_is_announced=False,
        form_limit=2**40,
    )

    def answer(self, request: Request) -> Outcome:
        path = request.path.rstrip("/")
        if path in self.house.faults().missing:
            return Outcome(Response(404, content_type=_HTML))
        _start, found, name = path.rpartition(api.PREFIX)
        if request.method == "GET":
            if path in ("", "/docs", "/api"):
                return Outcome(Response(200, _PAGE.encode(), _HTML))
            if found and name in self._gets():
                self.house.turns.wait(lambda: self.house.faults().delay_get)
                return Outcome(api.as_json(self._gets()[name]()))
            return Outcome(Response(404, _NOWHERE.encode(), _HTML))
        if request.method != "POST" or not found or name not in (*_PICTURES, *_TOOLS):
            return Outcome(Response(404, content_type=_HTML))
        try:
            sent = json.loads(request.body)
        except ValueError:
            return _failed(500, "Error parsing input.", "bad_input")
        return self._generate(sent) if name in _PICTURES else self._with_a_tool(name, sent)

    def _gets(self) -> api.Gets:
        has = self.app_state
        listed = {listed: (own, *others) for own, listed, *others in _SAMPLERS if own in has.samplers}
        known = {own for own, *_ in _SAMPLERS}
        listed |= {own: () for own in has.samplers if own not in known}
        upscaler = {
            "name": has.upscaler, "model_name": has.upscaler, "model_path": "upscaler_model.gguf",
            "model_url": None, "scale": 4,
        }  # fmt: skip
        return {
            "loras": lambda: [{"name": stem(path), "path": path} for path in has.loras],
            "upscalers": lambda: [upscaler] if has.upscaler else [],
            "latent-upscale-modes": list,
            "samplers": lambda: [
                {"name": name, "aliases": list(aliases), "options": {}} for name, aliases in listed.items()
            ],
            "schedulers": lambda: [{"name": each, "label": each} for each in has.schedulers],
            "sd-models": lambda: [
                {
                    "title": has.model, "model_name": has.model, "filename": f"/models/{has.model}.gguf",
                    "hash": "8" * 10, "sha256": "8" * 64, "config": None,
                }
            ],
            "options": lambda: {"samples_format": "png", "sd_model_checkpoint": has.model},
        }  # fmt: skip

    def _generate(self, sent: Mapping[str, Any]) -> Outcome:
        has = self.app_state
        asked = str(sent.get("sampler_name") or "default").lower()
        own = {alias.lower(): each[0] for each in _SAMPLERS for alias in each}.get(asked, asked)
        inits = sent.get("init_images") or [""]
        init = api.decoded(inits[0]) if inits[0] else None
        values = {
            "prompt": str(sent.get("prompt", "high quality")),
            "negative_prompt": str(sent.get("negative_prompt", "")),
            "width": _whole(sent.get("width"), 512),
            "height": _whole(sent.get("height"), 512),
            "steps": min(max(_whole(sent.get("steps"), 20), 1), 80),
            "cfg_scale": min(max(float(sent.get("cfg_scale", 5)), 1.0), 25.0),
            "seed": _whole(sent.get("seed"), -1) % 2**32,
            "sampler_name": own if own in has.samplers else "default",
            "scheduler": str(sent.get("scheduler") or "default").lower(),
            "denoising_strength": float(sent.get("denoising_strength", 0.6)) if init is not None else 1.0,
            "loras": {
                each["path"]: each.get("multiplier", 0.0)
                for each in sent.get("lora") or ()
                if isinstance(each, dict) and each.get("path") in has.loras
            },
        }
        values["infotext"] = f"{values['prompt']}\nSteps: {values['steps']}, Seed: {values['seed']}"
        if self.house.faults().out_of_memory:
            return Outcome(api.as_json({"images": [""], "parameters": {}, "info": "", "animated": False}))
        pictures = self.painted(values, init)
        answer = {
            "images": [api.encoded(each) for each in pictures] or [""],
            "parameters": {},
            "info": "",
            "animated": False,
        }
        return Outcome(api.as_json(answer), effective=values, images=len(pictures))

    def _with_a_tool(self, name: str, sent: Mapping[str, Any]) -> Outcome:
        if name == "interrogate":
            if not self.app_state.sees:
                return _failed(503, "No Vision model loaded", "service_unavailable")
            with self.house.turns.turn():
                return Outcome(api.as_json({"caption": _caption(api.decoded(sent["image"]))}))
        text = ""
        with self.house.turns.turn(), contextlib.suppress(ValueError, KeyError):
            if self.app_state.upscaler:
                pixels = api.decoded(sent["image"])
                times = _whole(sent.get("upscaling_resize"), 2)
                larger = picture.resized(pixels, pixels.shape[1] * times, pixels.shape[0] * times)
                text = api.encoded(picture.encode(larger))
        return Outcome(api.as_json({"html_info": "", "image": text}))


_PICTURES = ("txt2img", "img2img")
_TOOLS = ("interrogate", "extra-single-image", "upscale")


def _caption(pixels: Pixels) -> str:
    """What this server has in place of a model that sees."""
    red, green, blue = (float(each) for each in pixels[..., :3].reshape(-1, 3).mean(0))
    strongest = max((red, "red"), (green, "green"), (blue, "blue"))
    colour = "grey" if max(red, green, blue) - min(red, green, blue) < 16 else strongest[1]
    return f"a {'bright' if red + green + blue > 384 else 'dark'} picture in {colour}"


def _whole(value: Any, otherwise: int) -> int:
    try:
        return int(value)
    except (TypeError, ValueError):
        return otherwise


def _failed(status: int, words: str, kind: str) -> Outcome:
    return Outcome(api.as_json({"detail": {"msg": words, "type": kind}}, status), detail=words)
