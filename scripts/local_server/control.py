# SPDX-FileCopyrightText: 2026 Draw Things Bridge maintainers
# SPDX-License-Identifier: GPL-3.0-or-later

"""Switches and journal over HTTP, under `/__stand_in__/`; only with `--control`.

GET /__stand_in__/status         {"running": 0, "waiting": 0}
GET, DELETE /__stand_in__/journal
GET, POST, DELETE /__stand_in__/faults        fields of `Faults`; DELETE heals
GET, POST, DELETE /__stand_in__/app_state     settings by key; of Draw Things also
                                              "project_is_open", "leftovers" and
                                              "released" (the day of the release)
"""

from __future__ import annotations

import json
from dataclasses import asdict
from typing import TYPE_CHECKING, Any

from .faults import Faults
from .transport import Request, Response

if TYPE_CHECKING:
    from .server import StandIn

PREFIX = "/__stand_in__/"


def answer(server: StandIn, request: Request) -> Response:
    """Do what a request under `PREFIX` asks for."""
    topic = request.path.removeprefix(PREFIX)
    try:
        sent = json.loads(request.body) if request.method == "POST" else {}
        if not isinstance(sent, dict):
            raise ValueError("a JSON object is wanted")
        result = _act(server, topic, request.method, sent)
    except (ValueError, KeyError, TypeError) as error:
        return _json(400, {"error": str(error)})
    return _json(404, {"error": f"no {topic}"}) if result is None else _json(200, result)


def _act(server: StandIn, topic: str, method: str, sent: dict[str, Any]) -> Any:
    if topic == "status":
        return {"running": server.running, "waiting": server.waiting}
    if topic == "journal":
        if method == "DELETE":
            server.journal.clear()
        return [entry.to_json() for entry in server.journal]
    if topic == "faults":
        if method in ("POST", "DELETE"):
            server.faults = Faults.from_json(sent)
        return asdict(server.faults)
    if topic == "app_state":
        if method in ("POST", "DELETE"):
            server.set_app_state(sent)
        return dict(server.app_state.values())
    return None


def _json(status: int, value: Any) -> Response:
    return Response(status, json.dumps(value).encode())
