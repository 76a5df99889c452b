# SPDX-FileCopyrightText: 2026 Draw Things Bridge maintainers
# SPDX-License-Identifier: GPL-3.0-or-later

"""Speaks HTTP to one server. Pure: no bpy.

    request        one frozen tree that is the whole request
    draw_things    the client: its verbs are all that the layers above call
    answer         the pictures that come back, verified

Draw Things' dialect
    keys           every parameter: spelling, type, range
    payload        a request as JSON, checked against the keys
    configuration  what is set in the app, and taking it over
    phrases        the app's words in a refusal
    xmp            what its pictures tell about how they were made

Any server
    address        what an artist typed, in one form
    transport      one exchange, bounded in time and bytes
    refusal        what a status other than 200 means
    wire           JSON that nobody vouches for
"""

from __future__ import annotations

from .address import Server
from .answer import Answer, GeneratedImage
from .configuration import AppConfiguration, to_request
from .draw_things import DrawThingsClient, ModelState
from .request import Control, GenerationRequest, Lora

__all__ = [
    "Answer",
    "AppConfiguration",
    "Control",
    "DrawThingsClient",
    "GeneratedImage",
    "GenerationRequest",
    "Lora",
    "ModelState",
    "Server",
    "to_request",
]
