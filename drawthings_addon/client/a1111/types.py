# SPDX-FileCopyrightText: 2026 Draw Things Bridge maintainers
# SPDX-License-Identifier: GPL-3.0-or-later

"""What a server of A1111's API tells, and what it is told besides generation requests, as frozen types.

Read from a server's JSON by readers.py. The names are those of A1111's own models (WebUI 1.10.1);
every text and number is the server's and nothing vouches for it.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Literal

from .. import bounds
from ..http.untrusted_json import JSON
from ..request import JsonScalar

InterrogateModel = Literal["clip", "deepdanbooru"]


@dataclass(frozen=True)
class Progress:
    """What the server is at."""

    fraction: float = 0.0
    """0 to 1 of everything under way; 0 also when nothing is."""
    eta_seconds: float | None = None
    """The server's estimate, extrapolated and jumpy; None when it makes none."""
    step: int = 0
    steps: int = 0
    """Of the present pass; after a job they stay at its last values."""
    job_no: int = 0
    job_count: int = 0
    """Passes of this request: the hires fix makes two of one picture. 0: idle; -1 for a moment at the
    start."""
    preview: bytes | None = field(default=None, repr=False)
    """PNG or JPEG bytes of the picture so far, rough and not verified beyond its header."""
    interrupted: bool = False
    skipped: bool = False
    """Both stay true after a job until the next begins."""
    text: str = ""
    """What the server's own page would show, without markup; training tells its loss here."""

    @property
    def is_idle(self) -> bool:
        return self.job_count == 0


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
class ScriptArgument:
    label: str = ""
    value: JSON = None
    """The default."""
    minimum: float | None = None
    maximum: float | None = None
    step: float | None = None
    choices: tuple[str, ...] = ()


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
        return value if isinstance(value, str) and bounds.is_name(value) else ""


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


@dataclass(frozen=True)
class UpscaleSettings:
    """How a picture is enlarged or restored after it was made. All sizes come back floored to 8 pixels,
    unless `size` and `crop` are both set."""

    upscaler: str = "None"
    """A name of the list; "None" does not enlarge."""
    scale: float = 2.0
    """Above 0, up to 8."""
    size: tuple[int, int] | None = None
    """Width and height in pixels, instead of `scale`."""
    crop: bool = True
    """With `size`: cut to exactly that."""
    second_upscaler: str = "None"
    second_visibility: float = 0.0
    gfpgan_visibility: float = 0.0
    codeformer_visibility: float = 0.0
    codeformer_weight: float = 0.0
    """0 changes most, 1 least."""
    upscale_first: bool = False
    """Whether faces are restored after it is enlarged."""


@dataclass(frozen=True)
class HypernetworkSettings:
    """The shape of a new hypernetwork, with the defaults of A1111's own page."""

    enable_sizes: tuple[int, ...] = (768, 320, 640, 1280)
    layer_structure: tuple[float, ...] = (1.0, 2.0, 1.0)
    """Begins and ends with 1."""
    activation: str = "linear"
    weight_init: str = "Normal"
    add_layer_norm: bool = False
    use_dropout: bool = False


@dataclass(frozen=True)
class Training:
    """One training run, with the defaults of A1111's own page where it has a sensible one."""

    name: str
    """The embedding or hypernetwork, which was created before."""
    data_root: str
    """Folder of the pictures, as the server's computer names it."""
    learn_rate: str = "0.005"
    """A number, or a schedule such as `0.005:100, 0.001:1000`. For a hypernetwork 0.00001 is usual."""
    steps: int = 1000
    batch_size: int = 1
    gradient_step: int = 1
    width: int = 512
    height: int = 512
    template: str = "style_filewords.txt"
    """A file of the server's folder of prompt templates."""
    log_directory: str = "textual_inversion"
    """Folder on the server's computer."""
    shuffle_tags: bool = False
    tag_drop_out: float = 0.0
    latent_sampling: Literal["once", "deterministic", "random"] = "once"
    vary_size: bool = False
    use_alpha_as_weight: bool = False
    clip_gradient: Literal["disabled", "value", "norm"] = "disabled"
    clip_gradient_at: str = "0.1"
    """A number or a schedule."""
    picture_every: int = 0
    """Steps between two pictures on the server's disk; 0: none."""
    save_every: int = 0
    """Steps between two copies on the server's disk; 0: the end alone."""
    preview_prompt: str = ""
    """Empty: prompts of the data set."""


#: A flat object of options to set.
OptionValues = Mapping[str, JsonScalar]
