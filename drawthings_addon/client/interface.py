# SPDX-FileCopyrightText: 2026 Draw Things Bridge maintainers
# SPDX-License-Identifier: GPL-3.0-or-later

"""One client for every dialect: the verbs that the layers above may call.

Each verb of an endpoint raises EndpointMissing unless its dialect has it, so a caller that asks
`capabilities.offers(endpoint)` first never meets that, and one that does not gets an error with advice.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import NoReturn, Protocol, Self

from ..errors import EndpointMissing
from . import endpoints
from .a1111.types import (
    Embeddings,
    Extension,
    FaceRestorer,
    Hypernetwork,
    HypernetworkSettings,
    InterrogateModel,
    LoraFile,
    Memory,
    Model,
    Options,
    OptionValues,
    PngInfo,
    Progress,
    PromptStyle,
    RealEsrganModel,
    Scheduler,
    ScriptInfo,
    ScriptNames,
    Training,
    Upscaler,
    UpscaleSettings,
    Vae,
)
from .answer import Answer, GeneratedImage
from .capabilities import Capabilities
from .draw_things.configuration import AppConfiguration
from .endpoints import Endpoint
from .http.address import Server
from .http.transport import Listener
from .http.untrusted_json import JSON
from .request import GenerationRequest


class Client(Protocol):
    """One server, whichever dialect it speaks. Each call blocks until the answer, and may be made from any
    thread; all errors are ServerError or InvalidSettings."""

    server: Server
    capabilities: Capabilities
    """What was found when it was connected to; before that, what is assumed of its dialect."""
    listener: Listener
    """Told of each exchange, on the thread that made it."""

    def __init__(self, server: Server, capabilities: Capabilities | None = None) -> None: ...

    def sibling(self, server: Server) -> Self:
        """A client of its own for the same server, who knows what this one found out; `server` may have
        other time-outs."""
        return type(self)(server, self.capabilities)

    # Every dialect has these

    def generate(self, request: GenerationRequest) -> Answer:
        """Make the picture of `request`, which takes minutes, and return all pictures that come."""
        ...

    def abort(self) -> None:
        """Stop listening, from another thread: every call that waits there raises ConnectionLost."""
        ...

    def configuration(self) -> AppConfiguration:
        """What is set in the server's own window, as far as a request can hold it."""
        ...

    def sampler_names(self) -> tuple[str, ...]:
        """What `GenerationRequest.sampler` may be, in the server's order."""
        ...

    @property
    def docs_url(self) -> str:
        """Where a browser finds the server's documentation."""
        return f"{self.server.url}{endpoints.DOCS.path}"

    # One verb for each other endpoint

    def routes(self) -> frozenset[Endpoint]:
        """Those of ENDPOINTS that the server itself says it has, by its `/openapi.json`."""
        self._lacks(endpoints.OPENAPI)

    def progress(self, *, with_preview: bool = True) -> Progress:
        """What the server is at. Answered also while it makes a picture."""
        self._lacks(endpoints.PROGRESS)

    def interrupt(self) -> None:
        """Stop the picture that is being made: its request is answered with what is there. Harmless when
        idle."""
        self._lacks(endpoints.INTERRUPT)

    def skip(self) -> None:
        """End the present picture and go on with the next of its request. Harmless when idle."""
        self._lacks(endpoints.SKIP)

    def options(self) -> Options:
        """All settings of the server."""
        self._lacks(endpoints.OPTIONS)

    def set_options(self, values: OptionValues) -> None:
        """Change settings of the server for good. A new `sd_model_checkpoint` is loaded before this
        returns."""
        self._lacks(endpoints.SET_OPTIONS)

    def cmd_flags(self) -> Mapping[str, JSON]:
        """How the server was started."""
        self._lacks(endpoints.CMD_FLAGS)

    def memory(self) -> Memory:
        """Free and used memory."""
        self._lacks(endpoints.MEMORY)

    def extensions(self) -> tuple[Extension, ...]:
        """The extensions that the server has."""
        self._lacks(endpoints.EXTENSIONS)

    def scripts(self) -> ScriptNames:
        """The names of its scripts."""
        self._lacks(endpoints.SCRIPTS)

    def script_info(self) -> tuple[ScriptInfo, ...]:
        """Its scripts with their arguments; one of txt2img and of img2img comes twice."""
        self._lacks(endpoints.SCRIPT_INFO)

    def schedulers(self) -> tuple[Scheduler, ...]:
        """The schedulers, in the server's order, as all lists below."""
        self._lacks(endpoints.SCHEDULERS)

    def upscalers(self) -> tuple[Upscaler, ...]:
        """What enlarges pictures."""
        self._lacks(endpoints.UPSCALERS)

    def latent_upscale_modes(self) -> tuple[str, ...]:
        """What enlarges between the two passes of the hires fix, besides the upscalers."""
        self._lacks(endpoints.LATENT_UPSCALE_MODES)

    def models(self) -> tuple[Model, ...]:
        """The checkpoints."""
        self._lacks(endpoints.MODELS)

    def vaes(self) -> tuple[Vae, ...]:
        """The VAEs, without `Automatic` and `None`."""
        self._lacks(endpoints.VAES)

    def hypernetworks(self) -> tuple[Hypernetwork, ...]:
        """The hypernetworks."""
        self._lacks(endpoints.HYPERNETWORKS)

    def face_restorers(self) -> tuple[FaceRestorer, ...]:
        """What restores faces."""
        self._lacks(endpoints.FACE_RESTORERS)

    def realesrgan_models(self) -> tuple[RealEsrganModel, ...]:
        """The Real-ESRGAN models."""
        self._lacks(endpoints.REALESRGAN_MODELS)

    def prompt_styles(self) -> tuple[PromptStyle, ...]:
        """The styles that a request can name."""
        self._lacks(endpoints.PROMPT_STYLES)

    def embeddings(self) -> Embeddings:
        """The embeddings (textual inversions)."""
        self._lacks(endpoints.EMBEDDINGS)

    def loras(self) -> tuple[LoraFile, ...]:
        """The LoRAs."""
        self._lacks(endpoints.LORAS)

    def extra_single(self, image: bytes, settings: UpscaleSettings) -> GeneratedImage:
        """`image` (PNG or JPEG) enlarged or restored."""
        self._lacks(endpoints.EXTRA_SINGLE)

    def extra_batch(
        self, images: Sequence[bytes], settings: UpscaleSettings
    ) -> tuple[GeneratedImage | None, ...]:
        """The same for several, in their order; None for one that cannot be read, while others can."""
        self._lacks(endpoints.EXTRA_BATCH)

    def png_info(self, image: bytes) -> PngInfo:
        """How the picture was made, as far as it tells."""
        self._lacks(endpoints.PNG_INFO)

    def interrogate(self, image: bytes, model: InterrogateModel = "clip") -> str:
        """The picture in words that make a prompt."""
        self._lacks(endpoints.INTERROGATE)

    def refresh_checkpoints(self) -> None:
        """Have the server look for new models."""
        self._lacks(endpoints.REFRESH_CHECKPOINTS)

    def refresh_vae(self) -> None:
        """Have it look for new VAEs."""
        self._lacks(endpoints.REFRESH_VAE)

    def refresh_embeddings(self) -> None:
        """Have it look for new embeddings."""
        self._lacks(endpoints.REFRESH_EMBEDDINGS)

    def refresh_loras(self) -> None:
        """Have it look for new LoRAs."""
        self._lacks(endpoints.REFRESH_LORAS)

    def unload_checkpoint(self) -> None:
        """Free the graphics card's memory."""
        self._lacks(endpoints.UNLOAD_CHECKPOINT)

    def reload_checkpoint(self) -> None:
        """Load the model again."""
        self._lacks(endpoints.RELOAD_CHECKPOINT)

    def server_kill(self) -> None:
        """End the server's process. It is gone when this returns, or soon after."""
        self._lacks(endpoints.SERVER_KILL)

    def server_restart(self) -> None:
        """End it and start it again, where it can."""
        self._lacks(endpoints.SERVER_RESTART)

    def server_stop(self) -> None:
        """Ask it to end when it next can; without its own page (`--nowebui`) it does nothing."""
        self._lacks(endpoints.SERVER_STOP)

    def create_embedding(
        self, name: str, *, vectors: int = 1, initial_text: str = "*", overwrite: bool = False
    ) -> str:
        """A new embedding; returns the server's file name."""
        self._lacks(endpoints.CREATE_EMBEDDING)

    def create_hypernetwork(
        self, name: str, settings: HypernetworkSettings, *, overwrite: bool = False
    ) -> str:
        """A new hypernetwork; returns the server's file name, empty when it does not tell."""
        self._lacks(endpoints.CREATE_HYPERNETWORK)

    def train_embedding(self, training: Training) -> str:
        """Train it to the end, which takes long; returns the server's file name. `progress` tells the
        step."""
        self._lacks(endpoints.TRAIN_EMBEDDING)

    def train_hypernetwork(self, training: Training) -> str:
        """The same for a hypernetwork."""
        self._lacks(endpoints.TRAIN_HYPERNETWORK)

    def controlnet_models(self) -> tuple[str, ...]:
        """The models of the ControlNet extension."""
        self._lacks(endpoints.CONTROLNET_MODELS)

    def controlnet_modules(self) -> tuple[str, ...]:
        """Its preprocessors."""
        self._lacks(endpoints.CONTROLNET_MODULES)

    def _lacks(self, endpoint: Endpoint) -> NoReturn:
        raise not_offered(self.server, endpoint)


def not_offered(server: Server, endpoint: Endpoint) -> EndpointMissing:
    """The error for an endpoint that the server does not have."""
    return EndpointMissing(
        f"{server.label} does not offer “{endpoint.title}” ({endpoint}).",
        "Connect to a server that does, such as AUTOMATIC1111's WebUI, or do without it.",
        endpoint=str(endpoint),
    )
