# SPDX-FileCopyrightText: 2026 Draw Things Bridge maintainers
# SPDX-License-Identifier: GPL-3.0-or-later

"""The settings of a server of A1111's API: asked for, changed for good, or for one request alone."""

from __future__ import annotations

import time
from collections.abc import Mapping
from typing import Any, Self

from ...errors import ServerError
from ...messages import Message
from ..capabilities import Capabilities
from ..catalogue import or_none
from ..http.address import Server
from ..http.untrusted_json import JSON
from . import endpoints, overrides
from .exchange import SHORT_TIMEOUT
from .lists import Lists
from .ticket import Running
from .turns import Turns
from .types import Options, OptionValues

#: Seconds in which a training takes a step, for sure on a graphics card.
A_STEP = 3.0
#: Bytes; WebUI 1.10.1's are ten thousand, and extensions add theirs.
_MAX_OPTIONS = 1 << 20
#: Seconds that a picture is kept waiting for the server's settings.
_PATIENCE = 5.0


class Settings(Lists, Turns):
    """A client, as far as it asks for the server's settings and changes them."""

    def __init__(self, server: Server, capabilities: Capabilities | None = None) -> None:
        super().__init__(server, capabilities)
        self._config = overrides.KnownConfig()

    def sibling(self, server: Server) -> Self:
        one = super().sibling(server)
        one._config = self._config
        return one

    def options(self) -> Options:
        """All settings of the server."""
        return Options(self._object(endpoints.OPTIONS, self._get(endpoints.OPTIONS)))

    def set_options(self, values: OptionValues, *, timeout: float | None = None) -> None:
        """Change settings of the server for good. A new `sd_model_checkpoint` is loaded before this
        returns."""
        self._order(endpoints.SET_OPTIONS, values, timeout=timeout)

    def load_model(self, name: str) -> None:
        self.set_options({overrides.MODEL: name})

    def _heard(self, error: ServerError | None) -> None:
        if error is not None:
            self._config.forget()
        super()._heard(error)

    def _settle(self, body: dict[str, Any]) -> tuple[Message, ...]:
        """Have the overrides of a request's `body` be those that the server must be sent, and will put back;
        what is to be said where it will not. Raises RequestRefused for one that it does not have.

        Costs one exchange, the first time for each override a few more; a server that does not tell its
        settings is sent all of them.
        """
        wanted = body["override_settings"]
        if not wanted or not self._has(endpoints.OPTIONS):
            return ()
        told = or_none(self._few_options)
        if told is None:
            return ()
        settled = overrides.settle(wanted, told, self._config, self.server, self._look)
        body["override_settings"] = dict(settled.sent)
        return self._hold(settled)

    def _few_options(self) -> Mapping[str, JSON]:
        """All settings, of a server that has no more than any: here the picture comes first."""
        return self._object(
            endpoints.OPTIONS, self._get(endpoints.OPTIONS, limit=_MAX_OPTIONS, timeout=_PATIENCE)
        )

    def _hold(self, settled: overrides.Settled) -> tuple[Message, ...]:
        """Have the server's config hold what it has."""
        values, stays = settled.to_hold, settled.not_held
        if not self._may_have(endpoints.SET_OPTIONS):
            return ()
        timeout = None if overrides.IN_TURN & values.keys() else SHORT_TIMEOUT

        def told() -> bool:
            self.set_options(values, timeout=timeout)
            return True

        if values and not or_none(told):
            stays |= values.keys()
        elif values and settled.is_at_rest:
            self._config.hold(values)
        return (overrides.may_stay(sorted(stays), self.server),) if stays else ()

    def is_busy(self) -> bool:
        running = self._running()
        if running is None or running.is_at_work or not running.is_training:
            return running is not None and running.is_at_work
        # The words of a training stay when it has ended. One beside which a picture has ended since is told
        # as no job any more, but goes on counting its steps.
        time.sleep(A_STEP)
        later = self._running()
        return later is not None and (later.is_at_work or later != running)

    def _look(self) -> overrides.Look:
        """What the server is at, as far as it tells."""
        running = self._running()
        if running is None:
            return overrides.Look()
        began = running.timestamp
        return overrides.Look(
            running.is_at_work, int(began) if began.isdecimal() and len(began) < 20 else None
        )

    def _running(self) -> Running | None:
        """None: it does not tell."""

        told = or_none(lambda: self._at_work(with_preview=False)) if self._has(endpoints.PROGRESS) else None
        return None if told is None else told[1]
