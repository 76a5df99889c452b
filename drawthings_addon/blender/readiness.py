# SPDX-FileCopyrightText: 2026 Draw Things Bridge maintainers
# SPDX-License-Identifier: GPL-3.0-or-later

"""Why no picture can be made at all now, for the buttons that are grey and for the panel that says so."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

import bpy

from ..errors import InvalidSettings, OnlineAccessDenied
from ..messages import Message
from . import paths, settings

NO_SCENE = "There is no scene"
Remedy = Literal['', 'PROMPT', 'ADDRESS', 'ONLINE_ACCESS', 'OUTPUT_FOLDER']


@dataclass(frozen=True)
class Hindrance:
    """What stands in the way, and what has to be set for it to go."""

    text: str
    remedy: Remedy = ''


def hindrance(scene: bpy.types.Scene | None) -> Hindrance | None:
    """What keeps every picture from being made; None when nothing does. Contacts nobody, looks at no disk."""
    if scene is None:
        return Hindrance(NO_SCENE)
    return server() or _output() or _prompt(scene)


def server() -> Hindrance | None:
    """What keeps the server from being asked anything."""
    try:
        settings.server()
    except OnlineAccessDenied as error:
        if bpy.app.online_access_override:
            return Hindrance(
                Message("{reason} It was started with --offline-mode: start it without.", reason=error.what)
            )
        return Hindrance(str(error), 'ONLINE_ACCESS')
    except InvalidSettings as error:
        return Hindrance(str(error), 'ADDRESS')
    return None


def why_not(scene: bpy.types.Scene | None) -> str:
    """Empty, or the reason in words: for greyed buttons."""
    found = hindrance(scene)
    return found.text if found is not None else ""


def why_not_here() -> str:
    """The same of what is done on this computer, which needs no server and no prompt."""
    found = _output()
    return found.text if found is not None else ""


def _output() -> Hindrance | None:
    reason = paths.why_not_output(settings.preferences())
    return Hindrance(reason, 'OUTPUT_FOLDER') if reason else None


def _prompt(scene: bpy.types.Scene) -> Hindrance | None:
    if settings.has_prompt(scene):
        return None
    return Hindrance("Write what the picture shows into the prompt first", 'PROMPT')
