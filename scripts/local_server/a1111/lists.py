# SPDX-FileCopyrightText: 2026 Draw Things Bridge maintainers
# SPDX-License-Identifier: GPL-3.0-or-later

"""What the list and information routes answer, made from a `WebUi`."""

from __future__ import annotations

import os
import time
from dataclasses import asdict
from typing import Any

from . import control
from .webui import ROOT, Embedding, Script, WebUi

_GIGABYTE = 2**30


def samplers(ui: WebUi) -> list[Any]:
    return [{"name": s.name, "aliases": list(s.aliases), "options": dict(s.options)} for s in ui.samplers]


def schedulers(ui: WebUi) -> list[Any]:
    return [{**asdict(s), "aliases": None if s.aliases is None else list(s.aliases)} for s in ui.schedulers]


def upscalers(ui: WebUi) -> list[Any]:
    return [{**asdict(upscaler), "model_url": None} for upscaler in ui.upscalers]


def latent_upscale_modes(ui: WebUi) -> list[Any]:
    return [{"name": name} for name in ui.latent_upscale_modes]


def sd_models(ui: WebUi) -> list[Any]:
    return [
        {
            "title": one.title,
            "model_name": one.model_name,
            "hash": one.hash if one.is_hashed else None,
            "sha256": one.sha256 if one.is_hashed else None,
            "filename": one.filename,
            "config": None,
        }
        for one in ui.checkpoints
    ]


def sd_vaes(ui: WebUi) -> list[Any]:
    return [{"model_name": name, "filename": f"{ROOT}/models/VAE/{name}"} for name in ui.vaes]


def sd_modules(ui: WebUi) -> list[Any]:
    """Forge's list in place of the VAEs."""
    return sd_vaes(ui)


def hypernetworks(ui: WebUi) -> list[Any]:
    return [{"name": name, "path": f"{ROOT}/models/hypernetworks/{name}.pt"} for name in ui.hypernetworks]


def face_restorers(ui: WebUi) -> list[Any]:
    return [{"name": name, "cmd_dir": f"{ROOT}/models/{name}"} for name in ui.face_restorers]


def realesrgan_models(ui: WebUi) -> list[Any]:
    return [
        {"name": name, "path": f"{ROOT}/models/RealESRGAN/{name}.pth", "scale": 4}
        for name in ui.realesrgan_models
    ]


def prompt_styles(ui: WebUi) -> list[Any]:
    return [asdict(style) for style in ui.styles]


def embeddings(ui: WebUi) -> dict[str, Any]:
    return {
        "loaded": {one.name: _embedding(one, ui) for one in ui.embeddings if one.fits},
        "skipped": {one.name: _embedding(one, ui) for one in ui.embeddings if not one.fits},
    }


def _embedding(one: Embedding, ui: WebUi) -> dict[str, Any]:
    return {
        "step": one.step,
        "sd_checkpoint": ui.current.hash if one.step else None,
        "sd_checkpoint_name": ui.current.stem if one.step else None,
        "shape": 768 if one.fits else 1280,
        "vectors": one.vectors,
    }


def loras(ui: WebUi) -> list[Any]:
    return [
        {
            "name": name,
            "alias": name,
            "path": f"{ROOT}/models/Lora/{name}.safetensors",
            "metadata": {"ss_base_model_version": "sd_v1"},
        }
        for name in ui.loras
    ]


def extensions_list(ui: WebUi, *, date_is_number: bool) -> list[Any]:
    """`date_is_number`: as Forge has it."""
    return [
        {**asdict(one), "commit_date": one.commit_date if date_is_number else _date(one.commit_date)}
        for one in ui.extensions
    ]


def _date(seconds: int) -> str:
    return time.strftime("%Y-%m-%d %H:%M:%S", time.gmtime(seconds))


def _all_scripts(ui: WebUi, *, controlnet: bool) -> tuple[Script, ...]:
    return (*ui.scripts, Script(control.TITLE, is_alwayson=True)) if controlnet else ui.scripts


def scripts_list(ui: WebUi, *, controlnet: bool) -> dict[str, Any]:
    found = _all_scripts(ui, controlnet=controlnet)
    return {
        "txt2img": [script.name for script in found if script.txt2img],
        "img2img": [script.name for script in found if script.img2img],
    }


def script_info(ui: WebUi, *, controlnet: bool) -> list[Any]:
    """One entry for each of the two tabs that a script is in."""
    return [
        {
            "name": script.name,
            "is_alwayson": script.is_alwayson,
            "is_img2img": is_img2img,
            "args": [
                {**asdict(one), "choices": None if one.choices is None else list(one.choices)}
                for one in script.arguments
            ],
        }
        for script in _all_scripts(ui, controlnet=controlnet)
        for is_img2img in (False, True)
        if (script.img2img if is_img2img else script.txt2img)
    ]


def memory(ui: WebUi) -> dict[str, Any]:
    """True for the main memory; the graphics card, where there is one, is pretended."""
    free, total = _main_memory()
    ram = {"free": free, "used": total - free, "total": total}
    if not ui.has_cuda:
        return {"ram": ram, "cuda": {"error": "unavailable"}}
    model = 4 * _GIGABYTE if ui.model_loaded else 0
    card = 12 * _GIGABYTE
    held = {"current": model, "peak": 5 * _GIGABYTE}
    return {
        "ram": ram,
        "cuda": {
            "system": {"free": card - model, "used": model, "total": card},
            "active": held,
            "allocated": held,
            "reserved": held,
            "inactive": {"current": 0, "peak": 0},
            "events": {"retries": 0, "oom": 0},
        },
    }


def _main_memory() -> tuple[float, float]:
    """Free and total bytes; a guess where the system does not tell."""
    try:
        page = os.sysconf("SC_PAGE_SIZE")
        return float(os.sysconf("SC_AVPHYS_PAGES") * page), float(os.sysconf("SC_PHYS_PAGES") * page)
    except (AttributeError, ValueError, OSError):
        return 4.0 * _GIGABYTE, 8.0 * _GIGABYTE


# The ControlNet extension


def version(ui: WebUi) -> Any:
    return {"version": 3}


def settings(ui: WebUi) -> Any:
    return {"control_net_unit_count": 3}


model_list, module_list, control_types = control.model_list, control.module_list, control.control_types
