# SPDX-FileCopyrightText: 2026 Draw Things Bridge maintainers
# SPDX-License-Identifier: GPL-3.0-or-later

"""Folders. Computed here, made and written to by workers."""

from __future__ import annotations

import tempfile
from pathlib import Path

import bpy

from .. import __package__ as package


def user_directory() -> Path:
    """Where the extension keeps its own files; survives updates.

    Run from source, outside the extension system, there is none: the temporary folder serves.
    """
    try:
        return Path(bpy.utils.extension_path_user(package))
    except ValueError:
        return Path(tempfile.gettempdir()) / "drawthings"


def output_directory(preferences: bpy.types.AddonPreferences) -> Path:
    """Where pictures are written: the preferences' folder, or one inside the user folder."""
    chosen = preferences.output_directory.strip()
    if chosen.startswith("//") and not bpy.data.filepath:
        # Beside a .blend that was not saved yet is nowhere, or wherever Blender was started.
        chosen = ""
    return Path(bpy.path.abspath(chosen)) if chosen else user_directory() / "pictures"


def snapshot_path(job_id: str) -> Path:
    """A file for what Blender itself must write; its folder is removed when Blender quits."""
    return Path(bpy.app.tempdir) / f"drawthings-{job_id}.png"
