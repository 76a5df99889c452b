# SPDX-FileCopyrightText: 2026 Draw Things Bridge maintainers
# SPDX-License-Identifier: GPL-3.0-or-later

"""A stand-in for the Draw Things app: the same HTTP API, as strict, with a small engine behind it.

keys, library, app   what the app knows: parameters, models, the user's settings
swift                JSON and its errors as the app's language has them
draw_things          the rules: routes, order of checks, words
engine, neural       what makes the pictures; styles and materials serve the neural one
picture, xmp         PNG and the metadata in it
transport            HTTP as the app's library speaks it
faults, sabotage     a slow, broken or lying server
journal, control     what was asked; switches over HTTP
server               all of it as one object
"""

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
]
