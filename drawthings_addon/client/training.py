# SPDX-FileCopyrightText: 2026 Draw Things Bridge maintainers
# SPDX-License-Identifier: GPL-3.0-or-later

"""What a server is to learn from a folder of pictures, and how."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from types import MappingProxyType
from typing import Literal

from .features import Feature

Kind = Literal["EMBEDDING", "HYPERNETWORK"]
#: What a server has to offer for each.
FEATURES: Mapping[Kind, Feature] = MappingProxyType(
    {"EMBEDDING": Feature.TRAIN_EMBEDDING, "HYPERNETWORK": Feature.TRAIN_HYPERNETWORK}
)
#: What A1111's own page suggests (WebUI 1.10.1), and the files of its templates.
USUAL_LEARN_RATES: Mapping[Kind, str] = MappingProxyType({"EMBEDDING": "0.005", "HYPERNETWORK": "0.00001"})
TEMPLATES: Mapping[Kind, str] = MappingProxyType(
    {"EMBEDDING": "style_filewords.txt", "HYPERNETWORK": "hypernetwork.txt"}
)


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
    """Of the embedding or hypernetwork."""
    data_root: str
    """Folder of the pictures, as the server's computer names it."""
    learn_rate: str = USUAL_LEARN_RATES["EMBEDDING"]
    """A number, or a schedule such as `0.005:100, 0.001:1000`."""
    steps: int = 1000
    batch_size: int = 1
    gradient_step: int = 1
    width: int = 512
    height: int = 512
    template: str = TEMPLATES["EMBEDDING"]
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
    kind: Kind = "EMBEDDING"
    vectors: int = 1
    """Of a new embedding."""
    initial_text: str = "*"
    """Words that a new embedding starts from."""
    network: HypernetworkSettings = field(default_factory=HypernetworkSettings)
    """Of a new hypernetwork."""

    def going_on(self, learnt: int) -> Training:
        """The same for what has learnt so many steps already, where a server counts from the first ever: so
        many more steps, with the schedule from there."""

        def later(step: re.Match[str]) -> str:
            return f":{int(step[1]) + learnt}"

        moved = re.sub(r":\s*([0-9]+)", later, self.learn_rate)
        clip = re.sub(r":\s*([0-9]+)", later, self.clip_gradient_at)
        return replace(self, steps=self.steps + learnt, learn_rate=moved, clip_gradient_at=clip)
