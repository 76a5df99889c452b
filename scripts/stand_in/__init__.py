# SPDX-FileCopyrightText: 2026 Draw Things Bridge maintainers
# SPDX-License-Identifier: GPL-3.0-or-later

"""A stand-in for the Draw Things app, or for AUTOMATIC1111's web UI, with a small engine behind it.

dialect              what the two have in common, and the House that they share
keys, library, app   what the app knows: parameters, models, the user's settings
swift                JSON and its errors as the app's language has them
draw_things          the app's rules: routes, order of checks, words
draw_things_app      one request to the app
a1111                one request to the web UI
a1111_webui, options what the web UI has installed and set
a1111_routes, fields, errors, openapi         its table of routes, and bodies in and out
a1111_order, generate, mask, control, progress   a generation from its request to its pictures
a1111_lists, upscale, describe, training      its other routes
engine, neural       what makes the pictures; styles and materials serve the neural one
picture, xmp         PNG and the metadata in it
transport            HTTP as the library of each speaks it
turns                the queue, first come, first served
faults, sabotage     a slow, broken or lying server
journal, control     what was asked; switches over HTTP
server               all of it as one object
"""

from .a1111_webui import WebUi
from .app import AppState
from .engine import Echo, Engine, Job, Pattern
from .faults import Faults
from .journal import Entry, Journal
from .library import Library, Model
from .server import StandIn

__all__ = [
    "AppState",
    "Echo",
    "Engine",
    "Entry",
    "Faults",
    "Job",
    "Journal",
    "Library",
    "Model",
    "Pattern",
    "StandIn",
    "WebUi",
]
