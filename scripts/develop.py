#!/usr/bin/env python3
# SPDX-FileCopyrightText: 2026 Draw Things Bridge maintainers
# SPDX-License-Identifier: GPL-3.0-or-later

"""A Blender with this source in it, and the local server beside it.

    python3 scripts/develop.py
    python3 scripts/develop.py --dialect a1111 FILE.blend

It is the Blender of `$BLENDER`, or the one on the PATH, with a folder of its own for the user's files:
one's own settings are not touched. The extension is the source itself, by links: an edit is there at the
next start.
"""

from __future__ import annotations

import argparse
import os
import shutil
import subprocess
import sys
from pathlib import Path

from build import link_source
from demo import DemoError, local_server
from environments import SetupError, cache_folder

_PROGRAMS = (
    "blender",
    "/Applications/Blender.app/Contents/MacOS/Blender",
    "C:/Program Files/Blender Foundation/Blender/blender.exe",
)
_OPEN = """
import bpy
bpy.ops.preferences.addon_enable(module="bl_ext.user_default.drawthings_addon")
bpy.context.preferences.addons["bl_ext.user_default.drawthings_addon"].preferences.server_url = {url!r}
bpy.context.preferences.view.show_splash = False

def open_sidebars():
    for window in bpy.context.window_manager.windows:
        for area in window.screen.areas:
            if area.type == 'VIEW_3D':
                area.spaces.active.show_region_ui = True
                sidebar = next(each for each in area.regions if each.type == 'UI')
                try:
                    sidebar.active_panel_category = "Draw Things"
                except AttributeError:
                    # It has no tabs before it was drawn.
                    return 0.2

bpy.app.timers.register(open_sidebars, first_interval=0.2)
"""


def find_blender() -> str:
    """The program. Raises SetupError."""
    named = os.environ.get("BLENDER")
    for candidate in (named,) if named else _PROGRAMS:
        found = shutil.which(candidate)
        if found:
            return found
    raise SetupError(
        f"{named} is no program." if named else "Blender was not found: set $BLENDER to its program."
    )


def run(blender: str, arguments: list[str], url: str, user: Path) -> int:
    """Open Blender and wait until it is closed; its exit status."""
    link_source(user)
    environment = {**os.environ, "BLENDER_USER_RESOURCES": str(user)}
    command = [blender, *arguments, "--python-expr", _OPEN.format(url=url)]
    return subprocess.run(command, env=environment, check=False).returncode


def main() -> int:
    """Start the server, then Blender."""
    parser = argparse.ArgumentParser(description="A Blender with this source, and the local server.")
    parser.add_argument(
        "--dialect", choices=("draw_things", "a1111", "koboldcpp", "sd_server"), default="draw_things"
    )
    parser.add_argument("blender", nargs="*", help="for Blender, such as a .blend file")
    options = parser.parse_args()
    user = cache_folder() / "develop"
    try:
        blender = find_blender()
        user.mkdir(parents=True, exist_ok=True)
        with local_server(user / "server.log", "--dialect", options.dialect) as url:
            print(f"The server is {url}; Blender is {blender}.")
            return run(blender, options.blender, url, user)
    except (DemoError, SetupError) as error:
        print(error, file=sys.stderr)
        return 1


if __name__ == "__main__":
    sys.exit(main())
