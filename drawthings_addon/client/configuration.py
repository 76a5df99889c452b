# SPDX-FileCopyrightText: 2026 Draw Things Bridge maintainers
# SPDX-License-Identifier: GPL-3.0-or-later

"""What is set in a server's own window, as far as a request can hold it."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

from ..errors import InvalidSettings
from .http.untrusted_json import JSON
from .parameters import ParameterRow
from .request import ROWS_BY_PATH, Control, GenerationRequest, JsonScalar, Lora

_PROMPTS = ("conditioning.prompt", "conditioning.negative_prompt")


@dataclass(frozen=True)
class Configuration:
    """A server's settings. None: not told, or not usable. Numbers are within the server's range."""

    values: Mapping[ParameterRow, Any] = field(default_factory=dict)
    """Of parameters; what is not told, or not usable, is not there. An empty text is switched off; a seed is
    none of the random ones."""
    loras: tuple[Lora, ...] | None = None
    controls: tuple[Control, ...] | None = None
    options: tuple[tuple[str, JsonScalar], ...] = ()
    """All other settings that can be sent and taken over, by their names in the dialect."""
    harm: InvalidSettings | None = None
    """Of what is set that would end the server at any picture, whatever is sent."""
    raw: Mapping[str, JSON] = field(default_factory=dict, repr=False)
    """The server's answer as it came."""

    @property
    def model(self) -> str:
        """File name, or a name of the server's list; empty when none is chosen."""
        return str(self.values.get(ROWS_BY_PATH["models.model"], ""))

    def applied_to(self, base: GenerationRequest, *, with_prompt: bool = False) -> GenerationRequest:
        """`base` with these settings, the options left out; its prompts stay unless `with_prompt`."""
        taken = {row: value for row, value in self.values.items() if with_prompt or row.path not in _PROMPTS}
        request = base.changed(model="").with_rows(taken)
        if self.loras is not None:
            request = request.changed(loras=self.loras)
        if self.controls is not None:
            request = request.changed(controls=self.controls + base.map_controls)
        return request
