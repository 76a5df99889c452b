# SPDX-FileCopyrightText: 2026 Draw Things Bridge maintainers
# SPDX-License-Identifier: GPL-3.0-or-later

"""Every endpoint of A1111's API that this extension uses, in the order in which they are shown.

Paths as AUTOMATIC1111's WebUI 1.10.1 publishes them in its `/openapi.json`; those below `/controlnet/`
are of its ControlNet extension.
"""

from __future__ import annotations

from ..features import Feature
from ..http.endpoints import Endpoint


def _get(path: str, title: str, *features: Feature) -> Endpoint:
    return Endpoint("GET", path, title, frozenset(features))


def _post(path: str, title: str, *features: Feature) -> Endpoint:
    return Endpoint("POST", path, title, frozenset(features))


#: Draw Things tells its settings there; a server of this dialect has a page, or nothing.
ROOT = _get("/", "App Settings")
TXT2IMG = _post("/sdapi/v1/txt2img", "Text to Image", Feature.TEXT_TO_IMAGE)
IMG2IMG = _post("/sdapi/v1/img2img", "Image to Image", Feature.IMAGE_TO_IMAGE)
PROGRESS = _get("/sdapi/v1/progress", "Progress", Feature.PROGRESS)
#: Of the web page: of one request by its name. It is a question, whatever its method.
TASK_PROGRESS = _post("/internal/progress", "Progress of One Request")
INTERRUPT = _post("/sdapi/v1/interrupt", "Interrupt", Feature.INTERRUPT)
SKIP = _post("/sdapi/v1/skip", "Skip", Feature.SKIP)
OPTIONS = _get("/sdapi/v1/options", "Options")
SET_OPTIONS = _post("/sdapi/v1/options", "Change Options", Feature.LOAD_MODEL)
CMD_FLAGS = _get("/sdapi/v1/cmd-flags", "Command Line Flags")
MEMORY = _get("/sdapi/v1/memory", "Memory", Feature.INFORMATION)
EXTENSIONS = _get("/sdapi/v1/extensions", "Extensions")
SCRIPTS = _get("/sdapi/v1/scripts", "Scripts")
SCRIPT_INFO = _get("/sdapi/v1/script-info", "Script Arguments", Feature.SCRIPTS)
SAMPLERS = _get("/sdapi/v1/samplers", "Samplers")
SCHEDULERS = _get("/sdapi/v1/schedulers", "Schedulers", Feature.SCHEDULERS)
UPSCALERS = _get("/sdapi/v1/upscalers", "Upscalers")
LATENT_UPSCALE_MODES = _get("/sdapi/v1/latent-upscale-modes", "Latent Upscale Modes")
MODELS = _get("/sdapi/v1/sd-models", "Models", Feature.FIND_MODELS)
VAES = _get("/sdapi/v1/sd-vae", "VAEs")
HYPERNETWORKS = _get("/sdapi/v1/hypernetworks", "Hypernetworks")
FACE_RESTORERS = _get("/sdapi/v1/face-restorers", "Face Restorers")
REALESRGAN_MODELS = _get("/sdapi/v1/realesrgan-models", "Real-ESRGAN Models")
PROMPT_STYLES = _get("/sdapi/v1/prompt-styles", "Prompt Styles", Feature.STYLES)
EMBEDDINGS = _get("/sdapi/v1/embeddings", "Embeddings")
EXTRA_SINGLE = _post("/sdapi/v1/extra-single-image", "Upscale", Feature.UPSCALE, Feature.UPSCALE_SEVERAL)
#: A server without it is sent one after the other.
EXTRA_BATCH = _post("/sdapi/v1/extra-batch-images", "Upscale Several")
PNG_INFO = _post("/sdapi/v1/png-info", "PNG Info", Feature.READ_METADATA)
INTERROGATE = _post("/sdapi/v1/interrogate", "Describe Picture", Feature.DESCRIBE)
REFRESH_CHECKPOINTS = _post("/sdapi/v1/refresh-checkpoints", "Refresh Models", Feature.REFRESH_MODELS)
REFRESH_VAE = _post("/sdapi/v1/refresh-vae", "Refresh VAEs", Feature.REFRESH_VAES)
REFRESH_EMBEDDINGS = _post("/sdapi/v1/refresh-embeddings", "Refresh Embeddings", Feature.REFRESH_EMBEDDINGS)
UNLOAD_CHECKPOINT = _post("/sdapi/v1/unload-checkpoint", "Free GPU", Feature.FREE_MEMORY)
RELOAD_CHECKPOINT = _post("/sdapi/v1/reload-checkpoint", "Reload Model", Feature.RELOAD_MODEL)
SERVER_KILL = _post("/sdapi/v1/server-kill", "Kill Server", Feature.KILL)
SERVER_RESTART = _post("/sdapi/v1/server-restart", "Restart Server", Feature.RESTART)
SERVER_STOP = _post("/sdapi/v1/server-stop", "Stop Server", Feature.STOP)
CREATE_EMBEDDING = _post("/sdapi/v1/create/embedding", "Create Embedding", Feature.TRAIN_EMBEDDING)
CREATE_HYPERNETWORK = _post(
    "/sdapi/v1/create/hypernetwork", "Create Hypernetwork", Feature.TRAIN_HYPERNETWORK
)
TRAIN_EMBEDDING = _post("/sdapi/v1/train/embedding", "Train Embedding", Feature.TRAIN_EMBEDDING)
TRAIN_HYPERNETWORK = _post("/sdapi/v1/train/hypernetwork", "Train Hypernetwork", Feature.TRAIN_HYPERNETWORK)
DOCS = _get("/docs", "Documentation", Feature.DOCUMENTATION)
OPENAPI = _get("/openapi.json", "API Description")
LORAS = _get("/sdapi/v1/loras", "LoRAs", Feature.LORAS)
REFRESH_LORAS = _post("/sdapi/v1/refresh-loras", "Refresh LoRAs", Feature.REFRESH_LORAS)
CONTROLNET_MODELS = _get("/controlnet/model_list", "ControlNet Models", Feature.CONTROL_MAPS)
CONTROLNET_MODULES = _get("/controlnet/module_list", "ControlNet Modules")
CONTROLNET_DETECT = _post("/controlnet/detect", "ControlNet Preprocessors", Feature.DETECT_MAPS)

#: All of the above.
ENDPOINTS: tuple[Endpoint, ...] = tuple(each for each in vars().values() if isinstance(each, Endpoint))
