# SPDX-FileCopyrightText: 2026 Draw Things Bridge maintainers
# SPDX-License-Identifier: GPL-3.0-or-later

"""What a report of a bug needs to tell, as text: nothing of prompts, pictures, addresses or files."""

from __future__ import annotations

import platform
import tomllib
from pathlib import Path

import bpy

from . import connection
from .session import session


def text() -> str:
    """One fact a line. Contacts nobody."""
    status = session.get().status
    blender = f"{bpy.app.version_string} ({bpy.app.build_hash.decode()})"
    error = type(status.error).__name__ if status.error is not None else "none"
    facts = {
        "Draw Things Bridge": _version(),
        "Blender": blender,
        "System": f"{platform.system()} {platform.release()} {platform.machine()}",
        "Server": f"{connection.dialect().label}, {status.connection.value}",
        "Model": status.model or "not told",
        "Last error": error,
        "What I did": "",
        "What I expected": "",
        "What came instead": "",
        "Text in the console": "",
    }
    return "\n".join(f"{name}: {fact}" for name, fact in facts.items())


def _version() -> str:
    """As the manifest beside the package's modules has it."""
    try:
        manifest = Path(__file__).parents[1] / "blender_manifest.toml"
        return str(tomllib.loads(manifest.read_text("utf-8"))["version"])
    except (OSError, ValueError, KeyError):
        return "unknown"
