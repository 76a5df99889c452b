# SPDX-FileCopyrightText: 2026 Draw Things Bridge maintainers
# SPDX-License-Identifier: GPL-3.0-or-later

"""The table of routes: of AUTOMATIC1111 1.10.1, and what its relatives have not."""

from __future__ import annotations

from dataclasses import dataclass

from .fields import (
    CONTROLNET_DETECT,
    EXTRA_BATCH,
    EXTRA_SINGLE,
    IMG2IMG,
    INTERROGATE,
    PNG_INFO,
    TASK_PROGRESS,
    TXT2IMG,
    Model,
)
from .webui import Flavour

API = "/sdapi/v1/"


@dataclass(frozen=True)
class Route:
    """One row. `name` says who answers it."""

    method: str
    path: str
    name: str
    model: Model | str | None = None
    """`object`: any JSON object."""
    answer: str = ""
    is_guarded: bool = True
    """Whether `--api-auth` covers it."""
    is_described: bool = True
    """Whether `/openapi.json` tells of it."""


def _get(path: str, name: str, answer: str = "") -> Route:
    return Route("GET", API + path, name, None, answer)


def _post(path: str, name: str, model: Model | str | None = None, answer: str = "") -> Route:
    return Route("POST", API + path, name, model, answer)


_BASE = (
    _post("txt2img", "txt2img", TXT2IMG, "TextToImageResponse"),
    _post("img2img", "img2img", IMG2IMG, "ImageToImageResponse"),
    _post("extra-single-image", "extra_single", EXTRA_SINGLE, "ExtrasSingleImageResponse"),
    _post("extra-batch-images", "extra_batch", EXTRA_BATCH, "ExtrasBatchImagesResponse"),
    _post("png-info", "png_info", PNG_INFO, "PNGInfoResponse"),
    _get("progress", "progress", "ProgressResponse"),
    _post("interrogate", "interrogate", INTERROGATE),
    _post("interrupt", "interrupt"),
    _post("skip", "skip"),
    _get("options", "options", "Options"),
    _post("options", "set_options", "object"),
    _get("cmd-flags", "cmd_flags", "Flags"),
    _get("samplers", "samplers", "SamplerItem[]"),
    _get("schedulers", "schedulers", "SchedulerItem[]"),
    _get("upscalers", "upscalers", "UpscalerItem[]"),
    _get("latent-upscale-modes", "latent_upscale_modes", "LatentUpscalerModeItem[]"),
    _get("sd-models", "models", "SDModelItem[]"),
    _get("sd-vae", "vaes", "SDVaeItem[]"),
    _get("hypernetworks", "hypernetworks", "HypernetworkItem[]"),
    _get("face-restorers", "face_restorers", "FaceRestorerItem[]"),
    _get("realesrgan-models", "realesrgan_models", "RealesrganItem[]"),
    _get("prompt-styles", "styles", "PromptStyleItem[]"),
    _get("embeddings", "embeddings", "EmbeddingsResponse"),
    _post("refresh-embeddings", "refresh"),
    _post("refresh-checkpoints", "refresh"),
    _post("refresh-vae", "refresh"),
    _post("create/embedding", "create_embedding", "object", "CreateResponse"),
    _post("create/hypernetwork", "create_hypernetwork", "object", "CreateResponse"),
    _post("train/embedding", "train_embedding", "object", "TrainResponse"),
    _post("train/hypernetwork", "train_hypernetwork", "object", "TrainResponse"),
    _get("memory", "memory", "MemoryResponse"),
    _post("unload-checkpoint", "unload"),
    _post("reload-checkpoint", "reload"),
    _get("scripts", "scripts", "ScriptsList"),
    _get("script-info", "script_info", "ScriptInfo[]"),
    _get("extensions", "extensions", "ExtensionItem[]"),
    Route("GET", API + "loras", "loras", is_guarded=False),
    Route("POST", API + "refresh-loras", "refresh", is_guarded=False),
)

_STOP = (
    _post("server-kill", "kill"),
    _post("server-restart", "restart"),
    _post("server-stop", "stop"),
)

_CONTROLNET = (
    Route("GET", "/controlnet/version", "controlnet_version", is_guarded=False),
    Route("GET", "/controlnet/model_list", "controlnet_models", is_guarded=False),
    Route("GET", "/controlnet/module_list", "controlnet_modules", is_guarded=False),
    Route("GET", "/controlnet/control_types", "controlnet_types", is_guarded=False),
    Route("GET", "/controlnet/settings", "controlnet_settings", is_guarded=False),
    Route("POST", "/controlnet/detect", "controlnet_detect", CONTROLNET_DETECT, is_guarded=False),
)

_WEB_UI = (
    Route("GET", "/", "web_ui", is_guarded=False, is_described=False),
    Route(
        "POST", "/internal/progress", "task_progress", TASK_PROGRESS, "InternalProgressResponse",
        is_guarded=False,
    ),
)  # fmt: skip

_PAGES = (
    Route("GET", "/docs", "docs", is_guarded=False, is_described=False),
    Route("GET", "/redoc", "docs", is_guarded=False, is_described=False),
    Route("GET", "/openapi.json", "openapi", is_guarded=False, is_described=False),
)

_LACKS = {
    "A1111": frozenset[str](),
    "FORGE": frozenset({"vaes", "train_embedding", "train_hypernetwork"}),
    "SDNEXT": frozenset(
        {
            "latent_upscale_modes", "hypernetworks", "create_hypernetwork", "train_embedding",
            "train_hypernetwork",
        }
    ),
}  # fmt: skip
_EXTRA: dict[str, tuple[Route, ...]] = {
    "A1111": (),
    "FORGE": (_get("sd-modules", "modules", "SDVaeItem[]"),),
    "SDNEXT": (_get("png-info", "png_info_by_get"),),
}


def table(
    flavour: Flavour, *, api_server_stop: bool, controlnet: bool, nowebui: bool = False
) -> tuple[Route, ...]:
    """All routes of a server that was started so."""
    routes = tuple(route for route in _BASE if route.name not in _LACKS[flavour])
    routes += _EXTRA[flavour]
    if api_server_stop:
        routes += _STOP
    if controlnet:
        routes += _CONTROLNET
    if not nowebui:
        routes += _WEB_UI
    return routes + _PAGES
