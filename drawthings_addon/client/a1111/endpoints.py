# SPDX-FileCopyrightText: 2026 Draw Things Bridge maintainers
# SPDX-License-Identifier: GPL-3.0-or-later

"""Every endpoint of A1111's API that this extension uses, in the order in which they are shown.

Paths as AUTOMATIC1111's WebUI 1.10.1 publishes them in its `/openapi.json`; those below `/controlnet/`
are of its ControlNet extension.
"""

from __future__ import annotations

from ..features import Feature
from ..http.endpoints import Endpoint


def _get(path: str, title: str, note: str, *features: Feature) -> Endpoint:
    return Endpoint("GET", path, title, note, frozenset(features))


def _post(path: str, title: str, note: str, *features: Feature) -> Endpoint:
    return Endpoint("POST", path, title, note, frozenset(features))


#: Draw Things tells its settings there; a server of this dialect has a page, or nothing.
ROOT = _get("/", "App Settings", "Connection test, and taking over what is set in the app")
TXT2IMG = _post("/sdapi/v1/txt2img", "Text to Image", "Pictures from a prompt", Feature.TEXT_TO_IMAGE)
IMG2IMG = _post(
    "/sdapi/v1/img2img", "Image to Image", "Pictures reworked, also inside a mask", Feature.IMAGE_TO_IMAGE
)
PROGRESS = _get("/sdapi/v1/progress", "Progress", "True progress and a live preview", Feature.PROGRESS)
INTERRUPT = _post("/sdapi/v1/interrupt", "Interrupt", "Cancel that stops the server", Feature.INTERRUPT)
SKIP = _post("/sdapi/v1/skip", "Skip", "On to the next picture", Feature.SKIP)
OPTIONS = _get("/sdapi/v1/options", "Options", "Current model and settings")
SET_OPTIONS = _post(
    "/sdapi/v1/options", "Change Options", "Changing the model of the server", Feature.LOAD_MODEL
)
CMD_FLAGS = _get("/sdapi/v1/cmd-flags", "Command Line Flags", "How the server was started")
MEMORY = _get(
    "/sdapi/v1/memory", "Memory", "Free memory of the server and its graphics card", Feature.INFORMATION
)
EXTENSIONS = _get("/sdapi/v1/extensions", "Extensions", "Extensions of the server")
SCRIPTS = _get("/sdapi/v1/scripts", "Scripts", "Names of the scripts")
SCRIPT_INFO = _get(
    "/sdapi/v1/script-info", "Script Arguments", "Scripts with their arguments", Feature.SCRIPTS
)
SAMPLERS = _get("/sdapi/v1/samplers", "Samplers", "Picker of samplers")
SCHEDULERS = _get("/sdapi/v1/schedulers", "Schedulers", "Picker of schedulers", Feature.SCHEDULERS)
UPSCALERS = _get("/sdapi/v1/upscalers", "Upscalers", "Picker of upscalers")
LATENT_UPSCALE_MODES = _get(
    "/sdapi/v1/latent-upscale-modes", "Latent Upscale Modes", "Picker of the hires fix"
)
MODELS = _get("/sdapi/v1/sd-models", "Models", "Picker of models")
VAES = _get("/sdapi/v1/sd-vae", "VAEs", "Picker of VAEs")
HYPERNETWORKS = _get("/sdapi/v1/hypernetworks", "Hypernetworks", "Picker of hypernetworks")
FACE_RESTORERS = _get("/sdapi/v1/face-restorers", "Face Restorers", "Picker of face restorers")
REALESRGAN_MODELS = _get("/sdapi/v1/realesrgan-models", "Real-ESRGAN Models", "List of Real-ESRGAN upscalers")
PROMPT_STYLES = _get("/sdapi/v1/prompt-styles", "Prompt Styles", "Picker of prompt styles", Feature.STYLES)
EMBEDDINGS = _get("/sdapi/v1/embeddings", "Embeddings", "Picker of embeddings")
EXTRA_SINGLE = _post(
    "/sdapi/v1/extra-single-image", "Upscale", "Upscale or restore one picture", Feature.UPSCALE
)
EXTRA_BATCH = _post(
    "/sdapi/v1/extra-batch-images",
    "Upscale Several",
    "Upscale or restore all selected ones",
    Feature.UPSCALE_SEVERAL,
)
PNG_INFO = _post(
    "/sdapi/v1/png-info", "PNG Info", "The settings that a picture was made with", Feature.READ_METADATA
)
INTERROGATE = _post("/sdapi/v1/interrogate", "Describe Picture", "A prompt from a picture", Feature.DESCRIBE)
REFRESH_CHECKPOINTS = _post(
    "/sdapi/v1/refresh-checkpoints", "Refresh Models", "Look for new models", Feature.REFRESH_MODELS
)
REFRESH_VAE = _post("/sdapi/v1/refresh-vae", "Refresh VAEs", "Look for new VAEs", Feature.REFRESH_VAES)
REFRESH_EMBEDDINGS = _post(
    "/sdapi/v1/refresh-embeddings",
    "Refresh Embeddings",
    "Look for new embeddings",
    Feature.REFRESH_EMBEDDINGS,
)
UNLOAD_CHECKPOINT = _post(
    "/sdapi/v1/unload-checkpoint", "Unload Model", "Free the GPU for rendering", Feature.FREE_MEMORY
)
RELOAD_CHECKPOINT = _post(
    "/sdapi/v1/reload-checkpoint", "Reload Model", "Load the model again", Feature.RELOAD_MODEL
)
SERVER_KILL = _post("/sdapi/v1/server-kill", "Kill Server", "End the server's process", Feature.KILL)
SERVER_RESTART = _post("/sdapi/v1/server-restart", "Restart Server", "Start the server anew", Feature.RESTART)
SERVER_STOP = _post("/sdapi/v1/server-stop", "Stop Server", "Ask the server to stop", Feature.STOP)
CREATE_EMBEDDING = _post(
    "/sdapi/v1/create/embedding", "Create Embedding", "Teach a style: begin", Feature.TRAIN_EMBEDDING
)
CREATE_HYPERNETWORK = _post(
    "/sdapi/v1/create/hypernetwork", "Create Hypernetwork", "Teach a style: begin", Feature.TRAIN_HYPERNETWORK
)
TRAIN_EMBEDDING = _post(
    "/sdapi/v1/train/embedding", "Train Embedding", "Teach a style: train", Feature.TRAIN_EMBEDDING
)
TRAIN_HYPERNETWORK = _post(
    "/sdapi/v1/train/hypernetwork", "Train Hypernetwork", "Teach a style: train", Feature.TRAIN_HYPERNETWORK
)
DOCS = _get("/docs", "Documentation", "The server's documentation in the browser", Feature.DOCUMENTATION)
OPENAPI = _get("/openapi.json", "API Description", "What the server says that it offers")
LORAS = _get("/sdapi/v1/loras", "LoRAs", "Picker of LoRAs", Feature.LORAS)
REFRESH_LORAS = _post("/sdapi/v1/refresh-loras", "Refresh LoRAs", "Look for new LoRAs", Feature.REFRESH_LORAS)
CONTROLNET_MODELS = _get(
    "/controlnet/model_list", "ControlNet Models", "Picker of ControlNet models", Feature.CONTROL_MAPS
)
CONTROLNET_MODULES = _get("/controlnet/module_list", "ControlNet Modules", "Picker of preprocessors")

#: All of the above.
ENDPOINTS: tuple[Endpoint, ...] = tuple(each for each in vars().values() if isinstance(each, Endpoint))
