# SPDX-FileCopyrightText: 2026 Draw Things Bridge maintainers
# SPDX-License-Identifier: GPL-3.0-or-later

"""Folders and files, as people type them. Computed here, made and written to by workers."""

from __future__ import annotations

import atexit
import os
import tempfile
from pathlib import Path

import bpy

from .. import __package__ as package
from ..client.checks import shown
from ..errors import InvalidSettings
from ..jobs.storage import OwnFolder


def user_directory() -> Path:
    """Where the extension keeps its own files; survives updates.

    Run from source, outside the extension system, there is none: the temporary folder serves.
    """
    try:
        return Path(bpy.utils.extension_path_user(package))
    except ValueError:
        return Path(tempfile.gettempdir()) / "drawthings"


def output_directory(preferences: bpy.types.AddonPreferences) -> Path:
    """Where pictures are written: the preferences' folder, or one inside the user folder.

    Raises InvalidSettings for a folder that would be another one wherever Blender is started.
    """
    chosen = preferences.output_directory.strip()
    # Beside a .blend that was not saved yet is nowhere, or wherever Blender was started.
    if not chosen or is_beside_unsaved(chosen):
        return user_directory() / "pictures"
    found = typed(chosen)
    if not found.is_absolute():
        raise InvalidSettings(
            "The output folder “{chosen}” does not say where it is.",
            "Write it from the beginning: as ~/Pictures, where “~” is your home folder, or as //pictures, "
            "beside the .blend.",
            chosen=shown(chosen),
        )
    return found


def usable_output_directory(preferences: bpy.types.AddonPreferences) -> Path | None:
    """The same; None where the preferences name a folder that is none."""
    try:
        return output_directory(preferences)
    except InvalidSettings:
        return None


def why_not_output(preferences: bpy.types.AddonPreferences) -> str:
    """Empty, or why pictures cannot be written where the preferences say. Looks at no disk."""
    try:
        output_directory(preferences)
    except InvalidSettings as error:
        return str(error)
    return ""


def is_beside_unsaved(text: str) -> bool:
    """Whether a path is meant from the folder of a .blend that has none yet."""
    return text.strip().startswith("//") and not bpy.data.filepath


def typed(text: str) -> Path:
    """A path as people write it: “~” is the home folder, “//” that of the .blend, and quotes, which file
    managers copy around a path, are not part of it. Relative where it says no more.

    Raises InvalidSettings for “//” in a .blend that was not saved yet, and for a home that nobody has.
    """
    text = text.strip()
    if len(text) > 1 and text[0] == text[-1] == '"':
        text = text[1:-1].strip()
    if is_beside_unsaved(text):
        raise InvalidSettings(
            "“{text}” is meant from the folder of the .blend, which was not saved yet.",
            "Save it first, or write the whole path.",
            text=shown(text),
        )
    path = Path(os.path.normpath(bpy.path.abspath(text)))
    if not text.startswith("~"):
        return path
    try:
        return path.expanduser()
    except RuntimeError:
        raise InvalidSettings(
            "The home folder in “{text}” is not known.", "Write the whole path.", text=shown(text)
        ) from None


def blend_name() -> str:
    """The open file's name, without its folder; empty where it was never saved."""
    return bpy.path.basename(bpy.data.filepath)


def sources_directory() -> Path:
    """For what results were made from, until Blender quits."""
    return user_directory() / "sources"


_snapshots: OwnFolder | None = None


def snapshot_path(job_id: str) -> Path:
    """A file for what Blender itself must write; its folder is there, and is removed when Blender quits."""
    global _snapshots
    if _snapshots is None:
        _snapshots = OwnFolder(sources_directory())
        atexit.register(_snapshots.remove)
    try:
        _snapshots.make()
    except OSError:
        # The disk is full or read-only: Blender's own folder may be on another.
        return Path(bpy.app.tempdir) / f"drawthings-{job_id}.png"
    return _snapshots.path / f"{job_id}.png"


def remove_snapshots() -> None:
    """Remove that folder now."""
    global _snapshots
    if _snapshots is not None:
        atexit.unregister(_snapshots.remove)
        _snapshots.remove()
        _snapshots = None
