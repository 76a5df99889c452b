# SPDX-FileCopyrightText: 2026 Draw Things Bridge maintainers
# SPDX-License-Identifier: GPL-3.0-or-later

"""The settings of a server of A1111's API: asked for, changed for good, or for one request alone."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any, Self, TypeVar

from ...errors import ServerError
from ...messages import Message
from ..capabilities import Capabilities
from ..catalogue import plain
from ..http.address import Server
from ..http.failures import LetGo
from . import endpoints, files, overrides, payload
from .exchange import SHORT_TIMEOUT
from .lists import Lists
from .readers import Record
from .types import Options, OptionValues, Vae

_Read = TypeVar("_Read")


class Settings(Lists):
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
        options = told_or_none(self.options)
        if options is None:
            return ()
        told = options.values
        vae = wanted.get(overrides.VAE)
        if vae not in (None, payload.AUTOMATIC, "None", told.get(overrides.VAE)):
            # The server finds them by the whole name of their file, and takes none for any other.
            found = files.find_file(vae, plain(*(each.name for each in self._vaes())))
            wanted = wanted | {overrides.VAE: found.value if found else vae}
        settled = overrides.settle(wanted, told, self._config, self.server, self.is_busy)
        body["override_settings"] = dict(settled.sent)
        return self._hold(settled.to_hold)

    def _hold(self, values: Mapping[str, Any]) -> tuple[Message, ...]:
        """Have the server's config hold these, which are what it has."""
        if not values or not self._has(endpoints.SET_OPTIONS):
            return ()
        # A VAE waits its turn behind a running picture, as the request itself will.
        timeout = None if overrides.VAE in values else SHORT_TIMEOUT

        def told() -> bool:
            self.set_options(values, timeout=timeout)
            return True

        if not told_or_none(told):
            labels = {name: row.parameter.label for name, row in payload.OPTION_ROWS.items()}
            return (overrides.may_stay(values, labels, self.server),)
        self._config.held |= values.keys()
        return ()

    def _vaes(self) -> tuple[Vae, ...]:
        return (told_or_none(self.vaes) if self._has(endpoints.VAES) else None) or ()

    def is_busy(self) -> bool:
        if not self._has(endpoints.PROGRESS):
            return False

        def read() -> Record:
            reply = self._get(endpoints.PROGRESS, query="?skip_current_image=true")
            return Record(self._object(endpoints.PROGRESS, reply)).record("state")

        state = told_or_none(read)
        # Training beside a picture counts no jobs, but has its name there.
        return state is not None and (state.integer("job_count") not in (None, 0) or bool(state.text("job")))


def told_or_none(read: Callable[[], _Read]) -> _Read | None:
    """What `read` gives; None where it fails, but not where this side let go: then nothing more is asked."""
    try:
        return read()
    except LetGo:
        raise
    except ServerError:
        return None
