# SPDX-FileCopyrightText: 2026 Draw Things Bridge maintainers
# SPDX-License-Identifier: GPL-3.0-or-later

"""How to connect: where to get Draw Things, its switches in the app's own words, and what else will do."""

from __future__ import annotations

import sys

import bpy

from ..blender import settings
from ..messages import Message
from . import words

#: Where the app is described and can be had from.
APP_PAGE = "https://drawthings.ai"
_WHERE = "Settings → Advanced → API Server"
#: Short, for the sidebar: on this computer, and on another one.
_HERE = (_WHERE, "On · Protocol HTTP · Port 7860")
_ELSEWHERE = (_WHERE, "On · Protocol HTTP · IP 0.0.0.0")
_APP = (
    "Open the app on a Mac, iPhone or iPad. Choose a model, and open a project.",
    "Settings → Advanced → API Server: switch it on.",
    "Protocol: HTTP (not gRPC). Port: 7860.",
    "IP: localhost. For Blender on another computer: 0.0.0.0 (allow all connections).",
)
_OTHERS = (
    "AUTOMATIC1111, Forge, SD.Next: start it with --api. KoboldCpp and sd-server: with a picture model.",
)
_ADDRESS = (
    "This computer: http://127.0.0.1:7860. Another one: its own address, as http://192.168.1.20:7860.",
)
#: Characters on a line of the popover.
_LINE = 56


def runs_here() -> bool:
    """Whether the app can run on this computer."""
    return sys.platform == "darwin"


def draw_link(layout: bpy.types.UILayout) -> None:
    """The button that opens the app's page."""
    layout.operator("wm.url_open", text="Get Draw Things", icon='URL').url = APP_PAGE


def draw_switches(layout: bpy.types.UILayout, context: bpy.types.Context) -> int:
    """What to switch on in the app, so that Blender reaches it; returns how many lines that took."""
    is_elsewhere = not (runs_here() and settings.is_here())
    lines = _ELSEWHERE if is_elsewhere else _HERE
    # Where there is room they stand below the words of their step.
    is_wide = all(words.room(context, line) >= 0 for line in lines)
    width, icon = (words.MAX_LINE, 'BLANK1') if is_wide else (words.plain_line(context), 'NONE')
    return sum(words.paragraph(layout, line, width, icon=icon) for line in lines)


def draw_address(layout: bpy.types.UILayout) -> int:
    """The address, and the button that asks there: two lines."""
    layout.prop(settings.preferences(), "server_url", text="")
    layout.operator("drawthings.check_server", icon='LINKED')
    return 2


def draw_password(layout: bpy.types.UILayout) -> int:
    """The fields for who a server is to be told that one is: two lines."""
    for name, placeholder in (("username", "User Name"), ("password", "Password")):
        layout.prop(settings.preferences(), name, text="", placeholder=placeholder)
    return 2


def draw_help(layout: bpy.types.UILayout) -> None:
    """All of it, for a popover."""
    column = layout.column(align=True)
    column.label(text="Draw Things", icon='URL')
    if not runs_here():
        words.paragraph(
            column,
            "It runs on Apple's machines alone. This is none of them.",
            _LINE,
            icon='BLANK1',
        )
    _draw_list(column, _APP)
    column.separator()
    column.label(text="Another Server", icon='NETWORK_DRIVE')
    _draw_list(column, _OTHERS)
    column.separator()
    column.label(text="The Address Here", icon='LINKED')
    _draw_list(column, _ADDRESS)
    draw_link(layout)


def _draw_list(column: bpy.types.UILayout, lines: tuple[str, ...]) -> None:
    for number, line in enumerate(lines, 1):
        text = Message("{number}. {line}", number=number, line=line) if len(lines) > 1 else line
        words.paragraph(column, text, _LINE, icon='BLANK1')
