# SPDX-FileCopyrightText: 2026 Draw Things Bridge maintainers
# SPDX-License-Identifier: GPL-3.0-or-later

"""What a server of A1111's API tells about itself and its files, as frozen types.

Read from a server's JSON by readers.py. The names are those of A1111's own models (WebUI 1.10.1);
every text and number is the server's and nothing vouches for it.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Literal

from .. import bounds, checks
from ..catalogue import ScriptArgument
from ..http.untrusted_json import JSON
from ..request import JsonScalar

InterrogateModel = Literal["clip", "deepdanbooru"]


@dataclass(frozen=True)
class Sampler:
    name: str
    """What a request names; aliases are not resolved by the server."""
    aliases: tuple[str, ...] = ()
    options: Mapping[str, str] = field(default_factory=dict)


@dataclass(frozen=True)
class Scheduler:
    name: str
    label: str = ""
    """What the artist sees; a request may name either."""
    aliases: tuple[str, ...] = ()


@dataclass(frozen=True)
class Upscaler:
    name: str
    model_name: str = ""
    path: str = ""
    """A file of the server, or where it would be fetched from."""
    scale: float | None = None


@dataclass(frozen=True)
class Model:
    """A checkpoint."""

    title: str
    """Path below the models folder and short hash: `sub/name.safetensors [0123456789]`."""
    name: str = ""
    """The same without suffix, with `_` for each slash."""
    hash: str = ""
    sha256: str = ""
    path: str = ""
    config: str = ""


@dataclass(frozen=True)
class Vae:
    name: str
    path: str = ""


@dataclass(frozen=True)
class Hypernetwork:
    name: str
    path: str = ""


@dataclass(frozen=True)
class FaceRestorer:
    name: str
    folder: str = ""


@dataclass(frozen=True)
class RealEsrganModel:
    name: str
    path: str = ""
    scale: float | None = None


@dataclass(frozen=True)
class PromptStyle:
    name: str
    prompt: str = ""
    """`{prompt}` in it stands for the artist's; without it, it is appended."""
    negative_prompt: str = ""


@dataclass(frozen=True)
class Embedding:
    name: str
    """What a prompt names."""
    vectors: int | None = None
    shape: int | None = None
    step: int | None = None
    model: str = ""
    """The checkpoint that it was trained on, as its trainer named it."""


@dataclass(frozen=True)
class Embeddings:
    loaded: tuple[Embedding, ...] = ()
    skipped: tuple[Embedding, ...] = ()
    """Not for the present model's kind."""


@dataclass(frozen=True)
class LoraFile:
    name: str
    """What `<lora:name:weight>` names."""
    alias: str = ""
    path: str = ""


@dataclass(frozen=True)
class Memory:
    """Bytes; None where the server does not tell."""

    ram_free: int | None = None
    ram_used: int | None = None
    ram_total: int | None = None
    vram_free: int | None = None
    """None without CUDA."""
    vram_used: int | None = None
    vram_total: int | None = None
    out_of_memory_errors: int | None = None


@dataclass(frozen=True)
class Extension:
    name: str
    remote: str = ""
    branch: str = ""
    commit: str = ""
    version: str = ""
    date: str = ""
    """As the server writes it; a Unix time with Forge."""
    enabled: bool = True


@dataclass(frozen=True)
class ScriptNames:
    """Titles in lower case, as a request may name them."""

    txt2img: tuple[str, ...] = ()
    img2img: tuple[str, ...] = ()


@dataclass(frozen=True)
class ScriptInfo:
    name: str
    is_always_on: bool = False
    is_img2img: bool = False
    args: tuple[ScriptArgument, ...] = ()
    """In the order in which a request gives them."""


@dataclass(frozen=True)
class Options:
    """All settings of the server."""

    values: Mapping[str, JSON] = field(default_factory=dict, repr=False)
    """Whole numbers come as 1.0 from A1111."""

    @property
    def model(self) -> str:
        """Title of the present checkpoint, or Draw Things' model file. While another is being loaded,
        what was asked for."""
        return self._text("sd_model_checkpoint") or self._text("model")

    @property
    def vae(self) -> str:
        """`Automatic`, `None` or a name of the list."""
        return self._text("sd_vae")

    @property
    def samples_format(self) -> str:
        """In which format pictures are answered: png, jpg, webp …"""
        return self._text("samples_format")

    def _text(self, name: str) -> str:
        value = self.values.get(name)
        if not isinstance(value, str) or not bounds.is_name(value):
            return ""
        return "" if checks.SURROGATE.search(value) or "\0" in value else value


@dataclass(frozen=True)
class PngInfo:
    """How a picture was made, as the server reads it."""

    text: str = ""
    """The infotext; empty when the picture tells nothing."""
    items: Mapping[str, JSON] = field(default_factory=dict)
    """Other text of the picture."""
    parameters: Mapping[str, str] = field(default_factory=dict)
    """The infotext's parts by their names: "Prompt", "Negative prompt", "Steps", "Size-1" … Empty when there
    is no infotext, although A1111 then sends its defaults."""


#: A flat object of options to set.
OptionValues = Mapping[str, JsonScalar]
