# SPDX-FileCopyrightText: 2026 Draw Things Bridge maintainers
# SPDX-License-Identifier: GPL-3.0-or-later

"""What both small servers do alike: find the route, wait for their one turn, make a picture."""

from __future__ import annotations

import base64
import json
from collections.abc import Callable, Mapping
from dataclasses import replace
from typing import TYPE_CHECKING, Any

from .. import picture, sabotage
from ..dialect import House, Listener, Outcome
from ..engine import Job
from ..picture import Pixels
from ..transport import Manners, Request, Response
from .installed import Installed

if TYPE_CHECKING:
    from ..service import Service

PREFIX = "/sdapi/v1/"
Gets = Mapping[str, Callable[[], Any]]
Posts = Mapping[str, Callable[[Request], Outcome]]


class Small:
    """Implements `Dialect`, for two that differ in their routes and words."""

    manners: Manners

    def __init__(self, house: House, app_state: Installed | None = None) -> None:
        self.app_state = app_state or Installed()
        self.house = house

    def listen(self, service: Service, host: str, port: int) -> Listener:
        return service.over_transport(self.answer, self.manners, host, port)

    def state_from_json(self, sent: Mapping[str, Any]) -> Installed:
        given = {name: tuple(value) if isinstance(value, list) else value for name, value in sent.items()}
        try:
            return replace(Installed(), **given)
        except TypeError as error:
            raise KeyError(str(error)) from error

    def close(self) -> None:
        """Nothing is kept outside of memory."""

    def answer(self, request: Request) -> Outcome:
        raise NotImplementedError

    def painted(self, values: Mapping[str, Any], init: Pixels | None) -> list[bytes]:
        """Its picture as PNG, in its turn; as damaged as the switches say."""
        house = self.house
        with house.turns.turn():
            with house.turns.painting():
                steps = int(values["steps"])
                house.turns.wait(lambda: house.faults().delay + house.faults().delay_per_step * steps)
                job = Job(
                    prompt=values["prompt"],
                    negative_prompt=values["negative_prompt"],
                    width=values["width"],
                    height=values["height"],
                    seed=values["seed"] % 2**32,
                    steps=steps,
                    strength=values["denoising_strength"],
                    init=None if init is None else picture.resized(init, values["width"], values["height"]),
                )
                made = picture.encode(house.engine.paint(job), texts={"parameters": values["infotext"]})
            return sabotage.pictures([made], house.faults())


def decoded(text: str) -> Pixels:
    """A picture in a request: base64, with or without a data URI. ValueError: it is none."""
    data = base64.b64decode(text.partition(",")[2] if text.startswith("data:image/") else text)
    return picture.decode(data)


def encoded(data: bytes) -> str:
    return base64.b64encode(data).decode()


def as_json(value: Any, status: int = 200) -> Response:
    return Response(status, json.dumps(value).encode())
