# SPDX-FileCopyrightText: 2026 Draw Things Bridge maintainers
# SPDX-License-Identifier: GPL-3.0-or-later

"""The A1111 dialect: AUTOMATIC1111's web UI 1.10.1 started with `--api`, and two of its relatives."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from typing import TYPE_CHECKING, Any

from ..dialect import House, Listener
from . import wire
from .api import Api
from .app import application
from .webui import Flavour, WebUi

if TYPE_CHECKING:
    from ..service import Service


class A1111:
    """Implements `Dialect`."""

    def __init__(
        self,
        house: House,
        app_state: WebUi | None = None,
        *,
        flavour: Flavour = "A1111",
        api_auth: str = "",
        api_server_stop: bool = False,
        controlnet: bool = True,
        nowebui: bool = False,
    ) -> None:
        """`api_auth`: `user:password,user2:password2`; `nowebui`: without the page and what it asks for.

        ValueError: no such flavour.
        """
        ui = app_state or WebUi()
        if flavour == "SDNEXT":
            ui = replace(ui, refuses_unknown_samplers=True)
        if flavour == "FORGE":
            modules = {"forge_additional_modules": [], "forge_preset": "sd"}
            ui = replace(ui, options={**modules, **ui.options})
        self._app = application(
            flavour, api_server_stop=api_server_stop, controlnet=controlnet, nowebui=nowebui
        )
        self._api = Api(
            house,
            ui,
            flavour=flavour,
            accounts=frozenset(filter(None, api_auth.split(","))),
            api_server_stop=api_server_stop,
            controlnet=controlnet,
        )

    @property
    def app_state(self) -> WebUi:
        return self._api.app_state

    @app_state.setter
    def app_state(self, ui: WebUi) -> None:
        self._api.app_state = ui

    def listen(self, service: Service, host: str, port: int) -> Listener:
        return wire.Uvicorn(service, self._app, self._api, host, port)

    def state_from_json(self, sent: Mapping[str, Any]) -> WebUi:
        """Settings by name; `strange_lists`: so many entries more in every list."""
        settings = dict(sent)
        strange = int(settings.pop("strange_lists", 0))
        ui = WebUi().with_options(settings)
        return ui.with_strange_lists(strange) if strange else ui

    def close(self) -> None:
        self._api.training.close()
