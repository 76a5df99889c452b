# SPDX-FileCopyrightText: 2026 Draw Things Bridge maintainers
# SPDX-License-Identifier: GPL-3.0-or-later

"""The Draw Things dialect: one request from its route to its answer."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from typing import TYPE_CHECKING, Any

from .. import picture, sabotage
from ..dialect import House, Listener, Outcome
from ..transport import HTTPLIB, Request, Response
from . import rules as draw_things
from .keys import NEWEST
from .rules import Order
from .state import AppState
from .swift import Refusal

if TYPE_CHECKING:
    from ..service import Service


class DrawThingsApp:
    """Implements `Dialect`."""

    def __init__(self, house: House, app_state: AppState | None = None) -> None:
        self.app_state = app_state or AppState()
        self._house = house

    def listen(self, service: Service, host: str, port: int) -> Listener:
        return service.over_transport(self.answer, HTTPLIB, host, port)

    def answer(self, request: Request) -> Outcome:
        route = draw_things.route(request)
        if route == "configuration":
            self._house.turns.wait(lambda: self._house.faults().delay_get)
            unknown = self._house.faults().unknown_keys
            return Outcome(draw_things.configuration(self.app_state, unknown))
        if not route:
            return Outcome(draw_things.NOT_FOUND)
        # Checks wait in the queue as well as pictures: the app does all of it on one queue.
        with self._house.turns.turn():
            return self._generate(request.body, img2img=route == "img2img")

    def state_from_json(self, sent: Mapping[str, Any]) -> AppState:
        settings = dict(sent)
        is_open = bool(settings.pop("project_is_open", True))
        released = str(settings.pop("released", NEWEST))
        app = AppState()
        if settings.pop("leftovers", False):
            app = app.with_leftovers()
        return replace(app.with_settings(**settings), project_is_open=is_open, released=released)

    def close(self) -> None:
        """Nothing is kept outside of memory."""

    def _generate(self, body: bytes, *, img2img: bool) -> Outcome:
        app, faults = self.app_state, self._house.faults()
        try:
            order = draw_things.read_order(body, img2img=img2img, app=app, unknown=faults.unknown_keys)
            if faults.refuse:
                raise Refusal(faults.refuse)
        except Refusal as refusal:
            return Outcome(draw_things.refused(str(refusal)), detail=str(refusal))
        try:
            pictures = self._paint(order, app)
        except draw_things.Crash as crash:
            return Outcome(Response(drop=True), detail=f"The app crashed: {crash}")
        faults = self._house.faults()
        pictures = sabotage.pictures(pictures, faults)
        response = sabotage.texts(pictures, faults) or draw_things.delivered(pictures)
        return Outcome(response, effective=dict(order.values), images=len(pictures))

    def _paint(self, order: Order, app: AppState) -> list[bytes]:
        house = self._house
        steps = int(order.values["steps"])
        with house.turns.painting():
            house.turns.wait(lambda: house.faults().delay + house.faults().delay_per_step * steps)
            with_xmp = not house.faults().plain_picture
            pictures = draw_things.paint(order, app, house.engine, with_xmp=with_xmp)
        if pictures:
            canvas = picture.decode(pictures[-1])
            with house.turns.changed:
                self.app_state = replace(self.app_state, canvas=canvas)
        return pictures
