# SPDX-FileCopyrightText: 2026 Draw Things Bridge maintainers
# SPDX-License-Identifier: GPL-3.0-or-later

"""A stand-in for the Draw Things app, or for AUTOMATIC1111's web UI, with a small engine behind it.

dialect              what the two have in common, and the House that they share
draw_things          the app: its rules, routes and words
a1111                the web UI: its routes, a generation from its request to its pictures, its tools
small                KoboldCpp and stable-diffusion.cpp's server, which have a part of that API
engine               what makes the pictures; the neural one is the demo's (demo_painter)
picture              PNG and the metadata in it
transport            HTTP as the library of each speaks it
turns                the queue, first come, first served
faults, sabotage     a slow, broken or lying server
journal, control     what was asked; switches over HTTP
service              a server in this process
host, remote         the process in which A1111's servers run for tests, and asking it
server               all of it as one object
__main__             the command, `python3 scripts/local_server`
"""

from .a1111.webui import WebUi
from .draw_things.library import Library, Model
from .draw_things.state import AppState
from .engine import Echo, Engine, Job, Pattern
from .faults import Faults
from .journal import Entry, Journal
from .server import StandIn
from .small.installed import Installed

__all__ = [
    "AppState",
    "Echo",
    "Engine",
    "Entry",
    "Faults",
    "Installed",
    "Job",
    "Journal",
    "Library",
    "Model",
    "Pattern",
    "StandIn",
    "WebUi",
]
