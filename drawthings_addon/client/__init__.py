# SPDX-FileCopyrightText: 2026 Draw Things Bridge maintainers
# SPDX-License-Identifier: GPL-3.0-or-later

"""Speaks HTTP to one server. Pure: no bpy.

    request        one frozen tree that is the whole request
    connect        who answers at an address: the client for it
    interface      the client: its verbs are all that the layers above call
    answer         the pictures that come back, verified
    endpoints      everything that a server may offer
    capabilities   what one server was found to offer
    fitness        what of a request has no effect on the connected server

Draw Things' dialect
    draw_things    its client
    app_version    what an older app does not know, found out once
    model_families what is known of the app's models by their names
    effects        what of a request has no effect, under its switches and with its model
    keys           every parameter: spelling, type, range
    payload        a request as JSON, checked against the keys
    configuration  what is set in the app, and taking it over
    script_configuration  the same as the app's scripts spell it, in its pictures and its clipboard
    phrases        the app's words in a refusal
    xmp            what its pictures tell about how they were made

A1111's dialect
    a1111          its client
    a1111_models   what it tells, as frozen types
    a1111_payload  a request as JSON, checked
    a1111_orders   the bodies of all other orders
    a1111_answer   its pictures, and what was really used for them
    a1111_read     JSON as the frozen types
    a1111_refusal  its statuses and its words
    a1111_names    samplers and schedulers, before a server tells its own

Any server
    address        what an artist typed, in one form
    transport      one exchange, bounded in time and bytes
    refusal        what a status other than 200 means
    checks         single values of a request
    budget         how much one answer may hold, by what was asked for
    bounds         how much is taken of a stranger's words
    wire           JSON that nobody vouches for, and long strings beside it
"""

from __future__ import annotations

from .a1111 import A1111Client
from .address import Server
from .answer import Answer, GeneratedImage
from .capabilities import Capabilities, EndpointReport, EndpointState
from .configuration import AppConfiguration, to_request
from .draw_things import DrawThingsClient, ModelState
from .interface import Client
from .request import Control, ControlUnit, GenerationRequest, HiresFix, Lora, Script

__all__ = [
    "A1111Client",
    "Answer",
    "AppConfiguration",
    "Capabilities",
    "Client",
    "Control",
    "ControlUnit",
    "DrawThingsClient",
    "EndpointReport",
    "EndpointState",
    "GeneratedImage",
    "GenerationRequest",
    "HiresFix",
    "Lora",
    "ModelState",
    "Script",
    "Server",
    "to_request",
]
