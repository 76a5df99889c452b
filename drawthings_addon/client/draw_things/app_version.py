# SPDX-FileCopyrightText: 2026 Draw Things Bridge maintainers
# SPDX-License-Identifier: GPL-3.0-or-later

"""What the version of the app that answers was found not to know, so that it is asked for once only."""

from __future__ import annotations

from collections.abc import Collection, Mapping
from dataclasses import dataclass
from typing import Any

from ...errors import KeysUnrecognized, RequestRefused
from . import error_messages
from .keys import KEYS, SAMPLERS_INSTEAD


@dataclass(frozen=True)
class Fitted:
    """A payload as a version takes it."""

    body: Mapping[str, Any]
    dropped_keys: tuple[str, ...]
    """Those of the payload that it does not know."""


class AppVersion:
    """Shared by all clients of a connection, in any thread: each attribute is replaced as a whole."""

    def __init__(self) -> None:
        self.samplers: tuple[str, ...] = ()
        """Those that the app has; empty while it has not told them."""
        self._unknown: tuple[str, ...] = ()
        self._told: frozenset[str] = frozenset()

    def tells(self, keys: Collection[str]) -> None:
        """`GET /` told these keys. When they are others than before, another version answers by now."""
        told = frozenset(keys)
        if self._told and told != self._told:
            self.samplers, self._unknown = (), ()
        self._told = told

    def fitted(self, payload: Mapping[str, Any]) -> Fitted:
        """The payload without what this version does not know, and with the sampler that it has instead."""
        dropped_keys = tuple(key for key in self._unknown if key in payload)
        body = {key: value for key, value in payload.items() if key not in dropped_keys}
        if isinstance(sampler := body.get("sampler"), str):
            body["sampler"] = nearest_sampler(sampler, self.samplers) or sampler
        return Fitted(body, dropped_keys)

    def learns(self, refusal: RequestRefused, body: Mapping[str, Any]) -> bool:
        """Whether a refusal of `body` tells what to send instead; then `fitted` does."""
        if isinstance(refusal, KeysUnrecognized):
            if not all(key in body and KEYS[key].optional for key in refusal.keys):
                return False
            self._unknown = tuple(dict.fromkeys((*self._unknown, *refusal.keys)))
            return True
        samplers = error_messages.choices_of("sampler", refusal.detail)
        if samplers:
            self.samplers = samplers
        return bool(nearest_sampler(str(body.get("sampler")), samplers))


def nearest_sampler(name: str, known: Collection[str]) -> str:
    """The one of `known` to take for a sampler that an older app lacks; empty without need, or where none is
    near."""
    if not known or name in known:
        return ""
    return next((each for each in SAMPLERS_INSTEAD.get(name, ()) if each in known), "")
